/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/convert.c - calib-roi convert: shapes from one form to another */
#include <string.h>

#include "base/path.h"
#include "nda/h5.h"
#include "roi/roi.h"

enum { KEY_TO = ROI_KEY_VERB };
enum { TO_H5 = CALIB_SHAPES_NFORMS };	/* behind the forms of shapes */

struct opts {
	struct roi_opts roi;
	int to;				/* -1: by the suffix, else text */
};

static void parse_to(struct opts *o, const struct argp_state *state, const char *arg)
{
	o->to = strcmp(arg, "crystfel-h5") == 0 ? (int)TO_H5 : calib_shapes_form_parse(arg);
	if (o->to < 0)
		argp_error(state, "--to: '%s' is not text, json, svg, crystfel or crystfel-h5",
			   arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->roi.from;
		state->child_inputs[1] = &o->roi.cli;
		return 0;
	case 'o':          o->roi.output.path = arg; return 0;
	case KEY_TO:       parse_to(o, state, arg); return 0;
	case ARGP_KEY_ARG: return roi_parse_common('s', arg, state, &o->roi);
	default:           return roi_parse_common(key, arg, state, &o->roi);
	}
}

static int form_of_name(const char *path)
{
	static const struct { const char *suffix; int form; } forms[] = {
		{".json", CALIB_SHAPES_JSON}, {".svg", CALIB_SHAPES_SVG},
		{".geom", CALIB_SHAPES_CRYSTFEL}, {".h5", TO_H5}};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (calib_path_suffix(path, forms[i].suffix))
			return forms[i].form;
	return CALIB_SHAPES_TEXT;
}

/* The mask as CrystFEL reads it, rows of all sensors below each other, and what to say there. */
static int save_h5(const struct opts *o, const struct roi_place *p, const struct calib_shapes *s,
                   struct calib_err *err)
{
	struct calib_nda mask = CALIB_NDA_INIT, flat = CALIB_NDA_INIT;
	const struct calib_geo_layout *l = &p->layout;
	struct calib_h5 *file = NULL;
	int rc = roi_apply(&mask, p, s, err);

	if (rc >= 0)
		rc = calib_nda_alloc(&flat, CALIB_U8, 2, (const size_t[]){l->n * l->rows, l->cols},
		                     err);
	for (size_t i = 0; i < l->n && rc >= 0; i++)
		for (size_t k = 0; k < l->rows * l->cols; k++)
			((uint8_t *)flat.data)[i * l->rows * l->cols + k] =
				((uint8_t *)mask.data)[l->leaf[i].first + k * l->leaf[i].stride];
	if (rc >= 0)
		rc = calib_h5_create(&file, o->roi.output.path,
				     o->roi.cli.keep ? CALIB_OUT_KEEP : 0, err);
	if (rc >= 0) {
		rc = calib_h5_put(file, "entry_1/data_1/mask", &flat, err);
		if (rc >= 0)
			rc = calib_h5_commit(file, err);
		else
			calib_h5_close(file);
	}
	if (rc >= 0)
		printf("mask = /entry_1/data_1/mask\nmask_good = 0x1\nmask_bad = 0x0\n");
	calib_nda_release(&flat);
	calib_nda_release(&mask);
	return rc;
}

static int convert(const struct opts *o, struct calib_err *err)
{
	struct roi_place place = ROI_PLACE_INIT;
	struct calib_shapes s = CALIB_SHAPES_INIT;
	struct calib_shapes_hints hints = {0, 0, 0, 0};
	struct calib_str text = CALIB_STR_INIT;
	bool has_geometry = cli_geo_given(&o->roi.from);
	int to = o->to >= 0 ? o->to : form_of_name(o->roi.output.path), rc = CALIB_OK;

	if (to == TO_H5 && !has_geometry)
		rc = calib_fail(err, CALIB_EINVAL, "a mask for CrystFEL is one of the pixels of a "
		                "detector: -g GEO is needed");
	if (rc >= 0 && to == TO_H5 && strcmp(o->roi.output.path, "-") == 0)
		rc = calib_fail(err, CALIB_EINVAL, "an HDF5 file cannot be written to standard "
		                "output: give -o FILE.h5");
	if (rc >= 0 && has_geometry) {
		rc = roi_place_open(&place, &o->roi.from, err);
		hints = roi_hints(&place);
	}
	if (rc >= 0)
		rc = roi_shapes(&s, &o->roi, has_geometry ? &place : NULL, err);
	if (rc >= 0 && to == TO_H5) {
		rc = save_h5(o, &place, &s, err);
	} else if (rc >= 0) {
		if (has_geometry && s.rows == 0) {
			s.rows = place.rows;
			s.cols = place.cols;
		}
		rc = calib_shapes_format(&text, &s, (enum calib_shapes_form)to, &hints, err);
		if (rc >= 0)
			rc = calib_out_text(o->roi.output.path,
					    o->roi.cli.keep ? CALIB_OUT_KEEP : 0, &text, err);
	}
	calib_str_release(&text);
	calib_shapes_release(&s);
	roi_place_close(&place);
	return rc;
}

int roi_convert(int argc, char **argv)
{
	static const struct argp_option options[] = {
		ROI_OPT_SHAPES,
		{"to", KEY_TO, "FORM", 0,
		 "text, json (LCLS-II editor), svg, crystfel (bad regions), "
		 "crystfel-h5 (a mask for CrystFEL, with -g; prints the lines for the .geom file); "
		 "default: by the suffix of -o, else text",
		 2},
		{"output", 'o', "FILE", 0, "write to FILE (default '-', standard output)", 2},
		{0}};
	static const struct argp_child children[] = {{&cli_geo_argp, 0, NULL, 0},
		{&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {options,
					 parse,
					 "[FILE...]",
					 "Write shapes in another form. "
					 "What that form cannot hold is an error, nothing is "
					 "written then. A geometry is needed "
					 "for bad regions of CrystFEL.\v"
					 "Example: calib-roi convert drawn.svg -o shapes.txt",
					 children,
					 NULL,
					 NULL};
	struct opts o = {.roi = ROI_OPTS_INIT, .to = -1};
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_parse(&argp, argc, argv, &o);
	if (o.roi.nshapes == 0)
		roi_parse_common('s', (char *)(uintptr_t)"-", NULL, &o.roi);
	rc = convert(&o, &err);
	roi_opts_release(&o.roi);
	return cli_finish(rc, &err);
}
