/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/common.c - what the verbs of calib-geom share */
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "geom/verbs.h"

enum { KEY_FRAME = CLI_KEY_OWN, KEY_NO_TILT, KEY_WIDE, KEY_ZPLANE, KEY_PIX, KEY_OFF };

static const struct argp_option view_options[] = {
	{"frame", KEY_FRAME, "NAME", 0, "psana: x along the rows of the image, z against the beam "
	 "(default); lab: y up, z along the beam", 2},
	{"no-tilt", KEY_NO_TILT, NULL, 0, "design rotations only", 2},
	{"wide-centre", KEY_WIDE, NULL, 0, "wide pixels at their centres instead of where a "
	 "pixel of ordinary size at their outer edge would be", 2},
	{"zplane", KEY_ZPLANE, "Z", 0, "project x and y from the origin on this plane [um]; "
	 "'mean': that of all pixels", 2},
	{0}
};

static error_t parse_view(int key, char *arg, struct argp_state *state)
{
	struct geom_view *v = state->input;

	switch (key) {
	case KEY_FRAME:
		if (strcmp(arg, "psana") != 0 && strcmp(arg, "lab") != 0 && strcmp(arg, "0") != 0
		    && strcmp(arg, "1") != 0)
			argp_error(state, "--frame: '%s' is not psana or lab", arg);
		v->view.frame = *arg == 'l' || *arg == '1' ? CALIB_GEO_LAB : CALIB_GEO_PSANA;
		return 0;
	case KEY_NO_TILT: v->view.no_tilt = true; return 0;
	case KEY_WIDE:    v->view.wide_centre = true; return 0;
	case KEY_ZPLANE:
		v->projected = true;
		v->zplane = strcmp(arg, "mean") == 0 ? (double)NAN
			: cli_double(state, "--zplane", arg, -CALIB_GEO_MAX, CALIB_GEO_MAX);
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}
const struct argp geom_view_argp = {view_options, parse_view, NULL, NULL, NULL, NULL, NULL};

static const struct argp_option grid_options[] = {
	{"pix", KEY_PIX, "UM", 0, "size of a cell (default: the pixel of the detector)", 3},
	{"off", KEY_OFF, "N,M", 0, "leave so many rows and columns empty before the first (lab: "
	 "columns and rows)", 3},
	{0}
};

void geom_numbers(const struct argp_state *state, const char *option, const char *arg,
                  double lo, double hi, double out[2])
{
	const char *comma = strchr(arg, ','), *stop;

	if (comma == NULL)
		argp_error(state, "%s: '%s' is not two numbers with a comma between", option, arg);
	out[0] = calib_strtod(arg, comma, &stop);
	if (stop != comma || comma == arg || !(out[0] >= lo && out[0] <= hi))
		argp_error(state, "%s: '%s' is not two numbers from %g to %g", option, arg, lo, hi);
	out[1] = cli_double(state, option, comma + 1, lo, hi);
}

static error_t parse_grid(int key, char *arg, struct argp_state *state)
{
	struct geom_grid *g = state->input;
	double v[2];

	switch (key) {
	case KEY_PIX:
		g->pix = cli_double(state, "--pix", arg, 1e-3, 1e9);
		return 0;
	case KEY_OFF:
		geom_numbers(state, "--off", arg, -100000, 100000, v);
		if (v[0] != trunc(v[0]) || v[1] != trunc(v[1]))
			argp_error(state, "--off: '%s' is not two whole numbers", arg);
		g->offset[0] = (long)v[0];
		g->offset[1] = (long)v[1];
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}
const struct argp geom_grid_argp = {grid_options, parse_grid, NULL, NULL, NULL, NULL, NULL};

int geom_open(struct geom *g, const struct cli_geo *from, const char *object,
              struct calib_err *err)
{
	int rc = cli_geo_load(&g->geo, from, err);
	size_t at = g->geo.top;

	if (rc >= 0 && object != NULL)
		rc = calib_geo_get(&at, &g->geo, object, err);
	if (rc >= 0)
		rc = calib_geo_layout(&g->layout, &g->geo, at, err);
	return rc;
}

int geom_place(struct geom *g, const struct geom_view *view, struct calib_err *err)
{
	int rc = calib_geo_coords(g->xyz, &g->geo, &g->layout, &view->view, err);

	if (rc >= 0 && view->projected)
		calib_geo_at_z(g->xyz, view->zplane);
	return rc;
}

int geom_cells(struct geom *g, const struct geom_view *view, const struct geom_grid *how,
               struct calib_geo_grid *grid, struct calib_err *err)
{
	int rc = geom_place(g, view, err);

	*grid = (struct calib_geo_grid){how->pix > 0 ? how->pix : g->layout.scale,
		{how->offset[0], how->offset[1]}, view->view.frame};
	return rc < 0 ? rc : calib_geo_index(&g->rows, &g->cols, g->xyz, grid, err);
}

void geom_close(struct geom *g)
{
	calib_nda_release(&g->cols);
	calib_nda_release(&g->rows);
	for (int k = 0; k < 3; k++)
		calib_nda_release(&g->xyz[k]);
	calib_geo_layout_release(&g->layout);
	calib_geo_release(&g->geo);
}

/* Would the usual text lose digits of a number? */
static bool is_rounded(const struct calib_geo_object *o)
{
	for (int i = 0; i < CALIB_GEO_NPARS; i++) {
		double unit = i < CALIB_GEO_ROT_Z ? 1 : i < CALIB_GEO_TILT_Z ? 1e3 : 1e5;
		double v = o->par[i] * unit;

		if (fabs(v - nearbyint(v)) > 1e-6)
			return true;
	}
	return false;
}

int geom_save(const struct calib_geo *geo, const char *path, bool full, const struct cli *cli,
              struct calib_err *err)
{
	for (size_t i = 0; i < geo->n && !full; i++)
		if (geo->object[i].parent != NULL && is_rounded(&geo->object[i])) {
			calib_log(CALIB_WARNING, "%s:%ld and maybe others are written in whole um "
			          "and 3 or 5 decimals of a degree; --full keeps all digits",
			          geo->object[i].name, geo->object[i].index);
			break;
		}
	return calib_geo_save(geo, path, full, cli->keep ? CALIB_OUT_KEEP : 0, err);
}
