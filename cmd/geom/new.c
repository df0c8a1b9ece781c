/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/new.c - calib-geom new: the design geometry of a detector */
#include "algo/geonew.h"
#include "base/str.h"
#include "geom/geom.h"
#include "store/geofile.h"

enum { KEY_ROWS = CLI_KEY_OWN, KEY_COLS, KEY_PIX, KEY_DIST, KEY_MODULES };

struct opts {
	struct cli cli;
	struct calib_geonew want;
	const char *det, *out;
};

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "write to FILE (default '-', standard output)", 1},
	{"rows", KEY_ROWS, "N", 0, "rows of a camera (default: those of the detector)", 1},
	{"cols", KEY_COLS, "N", 0, "columns of a camera", 1},
	{"pix", KEY_PIX, "UM", 0, "pixel size of a camera", 1},
	{"dist", KEY_DIST, "UM", 0, "distance from the interaction point (default: 100000)", 1},
	{"modules", KEY_MODULES, "N", 0, "modules of a Jungfrau: 1, 2 or 8", 1},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &o->cli; return 0;
	case 'o': o->out = arg; return 0;
	case KEY_ROWS: o->want.rows = (size_t)cli_long(state, "--rows", arg, 1, 100000); return 0;
	case KEY_COLS: o->want.cols = (size_t)cli_long(state, "--cols", arg, 1, 100000); return 0;
	case KEY_PIX: o->want.pix_um = cli_double(state, "--pix", arg, 1e-3, 1e6); return 0;
	case KEY_DIST: o->want.dist_um = cli_double(state, "--dist", arg, 0, 1e9); return 0;
	case KEY_MODULES:
		o->want.modules = (size_t)cli_long(state, "--modules", arg, 1, 32);
		return 0;
	case ARGP_KEY_ARG: o->det = cli_only_arg(state, o->det, arg); return 0;
	case ARGP_KEY_END:
		if (o->det == NULL)
			argp_error(state, "which detector? calib-scan --list-detectors lists them");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static int make(const struct opts *o, struct calib_err *err)
{
	const struct calib_det *det = calib_det_by_name(o->det);
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_str text = CALIB_STR_INIT;
	int rc;

	if (det == NULL)
		det = calib_det_of_source(o->det);
	if (det == NULL)
		return calib_fail(err, CALIB_ENOTFOUND, "'%s' is not a detector; known are %s",
				  o->det, calib_det_names());
	rc = calib_geo_new(&geo, det, &o->want, err);
	if (rc >= 0) {
		calib_geo_format(&text, &geo, true);
		rc = calib_out_text(o->out, o->cli.keep ? CALIB_OUT_KEEP : 0, &text, err);
	}
	calib_str_release(&text);
	calib_geo_release(&geo);
	return rc;
}

int geom_new(int argc, char **argv)
{
	static const struct argp_child children[] = {{&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		options,
		parse,
		"DETECTOR",
		"Write the design geometry of a detector, not measured and without tilts. Cameras "
		"of "
		"one sensor are MTRX:V2.\v"
		"Example: calib-geom new Opal1000 --rows 1024 --cols 1024 --pix 13 -o 0-end.data",
		children,
		NULL,
		NULL};
	struct opts o = {.want = {.dist_um = 100000}, .out = "-"};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(make(&o, &err), &err);
}
