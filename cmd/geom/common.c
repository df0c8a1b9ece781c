/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/common.c - objects, output and views that the verbs of calib-geom share */
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"
#include "geom/geom.h"

enum { KEY_FORMAT = CLI_KEY_OWN + 0x100, KEY_FRAME, KEY_NO_TILT, KEY_WIDE };

bool geom_is_object(const char *text)
{
	const char *colon = strrchr(text, ':');
	long ind;

	return colon != NULL && colon > text && strchr(text, '/') == NULL
	       && calib_parse_long(&ind, colon + 1, 0, 1000000000, "index", NULL) >= 0;
}

/* The different objects, at most a dozen, for a message. */
static void list_objects(struct calib_str *text, const struct calib_geo *geo)
{
	size_t shown = geo->n < 12 ? geo->n : 12;

	for (size_t i = 0; i < shown; i++)
		calib_str_addf(text, " %s:%u", geo->obj[i].name, geo->obj[i].ind);
	if (shown < geo->n)
		calib_str_addf(text, " and %zu more", geo->n - shown);
}

int geom_find(size_t *obj, const struct calib_geo *geo, const char *text, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	const char *colon;
	long ind = 0;
	int rc;

	*obj = geo->top;
	if (text == NULL)
		return CALIB_OK;
	if (!geom_is_object(text))
		return calib_fail(err, CALIB_EINVAL, "'%s' is not NAME:INDEX, as QUAD:V1:0", text);
	colon = strrchr(text, ':');
	calib_str_addn(&name, text, (size_t)(colon - text));
	rc = calib_str_check(&name, err);
	if (rc >= 0)
		rc = calib_parse_long(&ind, colon + 1, 0, 1000000000, "index", err);
	if (rc >= 0)
		*obj = calib_geo_find(geo, name.s, (unsigned)ind);
	if (rc >= 0 && *obj == CALIB_GEO_NONE) {
		calib_str_clear(&name);
		list_objects(&name, geo);
		rc = calib_fail(err, CALIB_ENOTFOUND, "the geometry has no object %s; it has%s",
				text, name.s);
	}
	calib_str_release(&name);
	return rc;
}

static const struct argp_option output_options[] = {
	{"output", 'o', "FILE", 0,
	 "write to FILE; its suffix .npy .txt .dat .data .h5 (and .gz) selects the form (default "
	 "'-', standard output, npy)",
	 1},
	{"format", KEY_FORMAT, "FORM", 0, "npy, text, text-bare or raw", 1},
	{0}};

static error_t parse_output(int key, char *arg, struct argp_state *state)
{
	struct geom_output *o = state->input;
	int form;

	switch (key) {
	case 'o': o->path = arg; return 0;
	case KEY_FORMAT:
		form = calib_form_parse(arg);
		if (form < 0)
			argp_error(state, "--format: '%s' is not npy, text, text-bare or raw", arg);
		o->form.form = (enum calib_form)form;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp geom_output_argp = {output_options, parse_output, NULL, NULL, NULL, NULL, NULL};

int geom_save(const struct calib_nda *nda, const struct geom_output *out, const struct cli *cli,
	      struct calib_err *err)
{
	bool text = out->form.form == CALIB_FORM_TEXT || out->form.form == CALIB_FORM_BARE;
	int rc = text ? CALIB_OK : cli_no_terminal(out->path, "an array", err);

	return rc < 0 ? rc
		      : calib_nda_save(nda, out->path, &out->form, cli->keep ? CALIB_OUT_KEEP : 0,
				       err);
}

static const struct argp_option view_options[] = {
	{"frame", KEY_FRAME, "FRAME", 0, "psana (default) or lab", 2},
	{"no-tilt", KEY_NO_TILT, NULL, 0, "leave the tilts out, only the design rotations", 2},
	{"wide-centre", KEY_WIDE, NULL, 0,
	 "wide pixels at their centre (default: where a normal pixel would be at their outer edge)",
	 2},
	{0}};

static error_t parse_view(int key, char *arg, struct argp_state *state)
{
	struct calib_geoview *view = state->input;

	switch (key) {
	case KEY_FRAME:
		if (strcmp(arg, "lab") != 0 && strcmp(arg, "psana") != 0)
			argp_error(state, "--frame: '%s' is not psana or lab", arg);
		view->lab = arg[0] == 'l';
		return 0;
	case KEY_NO_TILT: view->no_tilt = true; return 0;
	case KEY_WIDE: view->wide_centre = true; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp geom_view_argp = {view_options, parse_view, NULL, NULL, NULL, NULL, NULL};

int geom_coords_of(struct calib_nda *xyz, const struct calib_geo *geo, size_t obj,
		   const struct calib_geoview *view, struct calib_err *err)
{
	size_t dim[4] = {3, 0, 0, 0}, n = 0;
	double *x;
	int rc = calib_geo_shape(geo, obj, dim + 1, &n, err);

	if (rc >= 0)
		rc = calib_nda_alloc(xyz, CALIB_F64, 4, dim, err);
	if (rc < 0)
		return rc;
	x = xyz->data;
	return calib_geo_coords(geo, obj, view, x, x + n, x + 2 * n, err);
}
