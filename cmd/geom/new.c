/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/new.c - calib-geom new: default geometry of a detector, a matrix for a camera */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "det/det.h"
#include "geo/new.h"
#include "geom/verbs.h"

enum { KEY_ROWS = CLI_KEY_OWN, KEY_COLS, KEY_PIXEL, KEY_SENSORS, KEY_LIST, KEY_FULL };

struct opts {
	struct cli cli;
	const char *name, *output;
	long rows, cols, sensors;
	double pix[2];			/* 0: not given */
	bool list, full;
};

static void parse_pix(const struct argp_state *state, struct opts *o, const char *arg)
{
	if (strchr(arg, ',') != NULL)
		geom_numbers(state, "--pix", arg, 1e-3, 1e6, o->pix);
	else
		o->pix[0] = o->pix[1] = cli_double(state, "--pix", arg, 1e-3, 1e6);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &o->cli; return 0;
	case KEY_ROWS:      o->rows = cli_long(state, "--rows", arg, 1, CALIB_SEG_SIDE); return 0;
	case KEY_COLS:      o->cols = cli_long(state, "--cols", arg, 1, CALIB_SEG_SIDE); return 0;
	case KEY_SENSORS:   o->sensors = cli_long(state, "--sensors", arg, 1, 1000); return 0;
	case KEY_PIXEL:     parse_pix(state, o, arg); return 0;
	case KEY_LIST:      o->list = true; return 0;
	case KEY_FULL:      o->full = true; return 0;
	case 'o':           o->output = arg; return 0;
	case ARGP_KEY_ARG:
		if (o->name != NULL)
			argp_error(state, "'%s': only one detector can be given", arg);
		o->name = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->name == NULL && !o->list)
			argp_error(state, "which detector? --list shows those that have a default");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static void list(void)
{
	const struct calib_geo_default *d;

	printf("#name\tdetector\tsensors\ttype\tnumbers\n");
	for (size_t i = 0; (d = calib_geo_default_at(i)) != NULL; i++)
		printf("%s\t%s\t%zu\t%s\t%s\n", d->name, d->det ? d->det : "-", d->nsensors,
		       d->segment, d->remark);
}

/* "89", "44.5", "133.333": the name of a matrix carries it. */
static const char *pitch_text(double um, char text[32])
{
	snprintf(text, 32, "%.9g", um);
	return text;
}

/* Rows, columns and pixel of a camera: as given, else as far as the registry knows. */
static int matrix_size(const struct opts *o, const struct calib_det *det, size_t size[2],
                       double pix[2], struct calib_err *err)
{
	for (int i = 0; i < 2; i++) {
		long given = i ? o->cols : o->rows, other = i ? o->rows : o->cols;

		size[i] = (size_t)(given > 0 ? given : 0);
		if (size[i] == 0)
			size[i] = det->dim[det->ndim - 2 + i];
		if (size[i] == 0 && det->full > 0)
			size[i] = other > 0 ? (size_t)other : det->full;
		pix[i] = o->pix[i];
		/* a known sensor, binned so that this many pixels cover it */
		if (pix[i] == 0 && det->pitch > 0 && size[i] > 0)
			pix[i] = det->pitch * det->full / (double)size[i];
	}
	if (size[0] == 0 || size[1] == 0)
		return calib_fail(err, CALIB_EINVAL,
				  "%s: the size depends on the camera: give --rows "
				  "and --cols, as 'calib-scan' shows them",
				  det->name);
	if (!(pix[0] > 0 && pix[1] > 0))
		return calib_fail(err, CALIB_EINVAL,
				  "%s: the size of its pixels is not known: give "
				  "--pix UM",
				  det->name);
	return CALIB_OK;
}

static int new_matrix(struct calib_geo *geo, const struct opts *o, const struct calib_det *det,
                      struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	size_t size[2];
	double pix[2];
	char text[2][32];
	size_t n = o->sensors > 0 ? (size_t)o->sensors : det->ndim == 3 ? det->dim[0] : 1;
	int rc = matrix_size(o, det, size, pix, err);

	if (rc >= 0 && n == 0)
		rc = calib_fail(err, CALIB_EINVAL,
				"%s: its array has %d dimensions: give the number "
				"of its sensors, --sensors N",
				det->name, det->ndim);
	calib_str_addf(&s, "TITLE      Geometry of the %s, a matrix of pixels\nDETECTOR   %s\n"
	               "CALIB_TYPE geometry\n"
	               "COMMENT:01 the place of the detector in the experiment is not known\n",
	               det->name, det->name);
	if (rc >= 0)
		rc = calib_str_check(&s, err);
	if (rc >= 0)
		rc = calib_geo_comments(geo, s.s, err);
	if (rc >= 0)
		rc = calib_geo_columns(geo, err);
	if (rc >= 0)
		rc = calib_geo_matrix(geo, n, size,
				      (const char *const[]){pitch_text(pix[0], text[0]),
							    pitch_text(pix[1], text[1])},
				      err);
	calib_str_release(&s);
	return rc;
}

static bool comes_in_sizes(const struct calib_det *det)
{
	const struct calib_geo_default *d;

	for (size_t i = 0; (d = calib_geo_default_at(i)) != NULL; i++)
		if (d->det != NULL && strcmp(d->det, det->name) == 0)
			return true;
	return false;
}

static int make(const struct opts *o, struct calib_err *err)
{
	const struct calib_geo_default *d = calib_geo_default_find(o->name, (size_t)o->sensors);
	const struct calib_det *det = calib_det_by_name(o->name);
	struct calib_geo geo = CALIB_GEO_INIT;
	int rc;

	if (strchr(o->name, ':') != NULL)
		det = calib_det_of_source(o->name);
	if (d == NULL && det != NULL)
		d = calib_geo_default_find(det->name, (size_t)o->sensors);
	if (d != NULL)
		rc = calib_geo_new(&geo, d, err);
	else if (det != NULL && comes_in_sizes(det))
		rc = calib_fail(err, CALIB_EINVAL,
				"%s: give the number of its sensors, --sensors N "
				"(--list shows what there is)",
				det->name);
	else if (det != NULL && det->image)
		rc = new_matrix(&geo, o, det, err);
	else
		rc = calib_fail(err, CALIB_ENOTFOUND, "no detector '%s' with an image, expected a "
		                "name of --list or one of: %s", o->name, calib_det_names());
	if (rc >= 0)
		rc = geom_save(&geo, o->output, o->full, &o->cli, err);
	calib_geo_release(&geo);
	return rc;
}

int geom_new(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"rows", KEY_ROWS, "N", 0, "of a camera: rows of its array", 1},
		{"cols", KEY_COLS, "N", 0, "of a camera: columns of its array", 1},
		{"pix", KEY_PIXEL, "UM[,UM]", 0, "of a camera: size of a pixel along rows and "
		 "columns (Rayonix: by its binning)", 1},
		{"sensors", KEY_SENSORS, "N", 0, "of a detector that comes in several sizes", 1},
		{"list", KEY_LIST, NULL, 0, "list the detectors that have a default", 1},
		{"full", KEY_FULL, NULL, 0, "write numbers with all their digits", 2},
		{"output", 'o', "FILE", 0, "write to FILE (default '-', standard output)", 2},
		{0}
	};
	static const struct argp_child children[] = {{&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {options, parse, "DETECTOR", "Default geometry of a "
		"detector; for a camera one matrix of pixels around the beam.\v"
		"Example: calib-geom new Opal1000 --rows 1024 --cols 1024 --pix 5.5", children,
		NULL, NULL};
	struct opts o = {.output = "-"};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	if (o.list) {
		list();
		return cli_finish(CALIB_OK, &err);
	}
	return cli_finish(make(&o, &err), &err);
}
