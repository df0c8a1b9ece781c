/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/arrays.c - calib-geom coords, index, image, mask, table: geometry into arrays */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "geo/sensors.h"
#include "geom/verbs.h"
#include "nda/h5.h"

enum { KEY_AXIS = CLI_KEY_OWN + 0x40, KEY_AREAS, KEY_POINT, KEY_FRACT, KEY_VBASE, KEY_WIDTH,
       KEY_WCENTRAL, KEY_GAP, KEY_HSPACE, KEY_VSPACE, KEY_COLUMNS, KEY_INDEX };

struct opts {
	struct cli cli;
	struct cli_geo from;
	struct geom_view view;
	struct geom_grid grid;
	struct cli_output output;
	const char *object, *array, *index, *axis;
	bool areas, fract, has_point;
	double point[2], vbase;
	long bits, width, wcentral;
	struct calib_sensors sensors;
};
#define OPTS_INIT {.from = CLI_GEO_INIT, .view = GEOM_VIEW_INIT, .grid = GEOM_GRID_INIT, \
	.output = CLI_OUTPUT_INIT, .bits = 255, .width = 1, .wcentral = 1, \
	.sensors = CALIB_SENSORS_INIT}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case KEY_AREAS: o->areas = true; return 0;
	case KEY_AXIS:  o->axis = arg; return 0;
	case KEY_POINT:
		o->has_point = true;
		geom_numbers(state, "--point", arg, -CALIB_GEO_MAX, CALIB_GEO_MAX, o->point);
		return 0;
	case KEY_INDEX:
		o->index = arg;
		o->from.standard = true;	/* no geometry is needed */
		return 0;
	case KEY_FRACT: o->fract = true; return 0;
	case KEY_VBASE: o->vbase = cli_double(state, "--vbase", arg, -3.4e38, 3.4e38); return 0;
	case 'b':
		if (calib_parse_clong(&o->bits, arg, 0, 65535, "--bits", NULL) < 0)
			argp_error(state, "--bits: '%s' is not a number from 0 to 65535 (0x1f, "
			           "0b111 and 037 are)", arg);
		return 0;
	case KEY_WIDTH:    o->width = cli_long(state, "--width", arg, 0, 65536); return 0;
	case KEY_WCENTRAL: o->wcentral = cli_long(state, "--wcentral", arg, 0, 65536); return 0;
	case KEY_GAP:      o->sensors.gap = cli_long(state, "--gap", arg, 0, 10000); return 0;
	case KEY_HSPACE:   o->sensors.hspace = cli_long(state, "--hspace", arg, 0, 10000); return 0;
	case KEY_VSPACE:   o->sensors.vspace = cli_long(state, "--vspace", arg, 0, 10000); return 0;
	case KEY_COLUMNS:
		o->sensors.columns = (size_t)cli_long(state, "--columns", arg, 1, 10000);
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* The argument is an object (coords, index, mask). */
static error_t parse_object(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	void *const inputs[] = {&o->from, &o->output, &o->cli, &o->view, &o->grid};

	switch (key) {
	case ARGP_KEY_INIT:	/* a verb has the first few of these children */
		for (size_t i = 0; state->root_argp->children[i].argp != NULL; i++)
			state->child_inputs[i] = inputs[i];
		return 0;
	case ARGP_KEY_ARG:
		if (o->object != NULL)
			argp_error(state, "'%s': only one object can be given; -g names the "
			           "geometry file", arg);
		o->object = arg;
		return 0;
	default: return parse(key, arg, state);
	}
}

static int pick_axis(const struct argp *argp, const char *axis, const char *const *words)
{
	char why[128];

	for (int i = 0; axis != NULL && words[i] != NULL; i++)
		if (strcmp(axis, words[i]) == 0)
			return i;
	if (axis != NULL) {
		snprintf(why, sizeof why, "--axis: '%.40s' is not %s%s%s", axis, words[0],
		         words[2] ? ", y or " : " or ", words[2] ? words[2] : words[1]);
		cli_usage(argp, why);
	}
	return -1;
}

/* Several arrays of one shape and type into one with a new first axis. */
static int stack(struct calib_nda *out, const struct calib_nda *const *in, size_t n,
                 struct calib_err *err)
{
	size_t dim[CALIB_NDA_MAXDIM] = {n}, bytes = in[0]->size * calib_dtype_size(in[0]->type);
	int rc;

	memcpy(dim + 1, in[0]->dim, (size_t)in[0]->ndim * sizeof dim[0]);
	rc = calib_nda_alloc(out, in[0]->type, in[0]->ndim + 1, dim, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		memcpy((char *)out->data + i * bytes, in[i]->data, bytes);
	return rc;
}

/* x, y, z and what they are of, for other programs. */
static int save_h5(const struct geom *g, const struct opts *o, struct calib_err *err)
{
	static const char *const names[] = {"x", "y", "z"};
	struct calib_h5 *file = NULL;
	struct calib_str text = CALIB_STR_INIT;
	int rc = calib_h5_create(&file, o->output.path, o->cli.keep ? CALIB_OUT_KEEP : 0, err);

	for (int k = 0; k < 3 && rc >= 0; k++)
		rc = calib_h5_put(file, names[k], &g->xyz[k], err);
	if (rc >= 0)
		rc = calib_h5_put_text(file, "unit", "um", err);
	if (rc >= 0)
		rc = calib_h5_put_text(file, "frame", o->view.view.frame == CALIB_GEO_LAB ? "lab"
		                       : "psana", err);
	if (rc >= 0)
		rc = calib_h5_put_int(file, "do_tilt", !o->view.view.no_tilt, err);
	if (rc >= 0)
		rc = calib_geo_text(&text, &g->geo, true, err);
	if (rc >= 0)
		rc = calib_h5_put_text(file, "geometry", text.s, err);
	if (rc >= 0)
		rc = calib_h5_commit(file, err);
	else
		calib_h5_close(file);
	calib_str_release(&text);
	return rc;
}

static int coords(const struct opts *o, int axis, struct calib_err *err)
{
	struct geom g = GEOM_INIT;
	struct calib_nda out = CALIB_NDA_INIT;
	int rc = geom_open(&g, &o->from, o->object, err);

	if (rc >= 0)
		rc = o->areas ? calib_geo_areas(&g.xyz[0], &g.geo, &g.layout, err)
			: geom_place(&g, &o->view, err);
	if (rc >= 0 && (o->areas || axis >= 0))
		rc = cli_output_save(&g.xyz[o->areas ? 0 : axis], &o->output, &o->cli, err);
	else if (rc >= 0 && calib_path_suffix(o->output.path, ".h5")
	         && o->output.form.form == CALIB_FORM_AUTO)
		rc = save_h5(&g, o, err);
	else if (rc >= 0) {
		rc = stack(&out, (const struct calib_nda *const[]){&g.xyz[0], &g.xyz[1], &g.xyz[2]},
		           3, err);
		if (rc >= 0)
			rc = cli_output_save(&out, &o->output, &o->cli, err);
	}
	calib_nda_release(&out);
	geom_close(&g);
	return rc;
}

#define GEO_CHILDREN {&cli_geo_argp, 0, NULL, 0}, {&cli_output_argp, 0, NULL, 0}, \
	{&cli_common, 0, NULL, 0}

int geom_coords(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"axis", KEY_AXIS, "AXIS", 0, "only x, y or z (default: all three, a first axis "
		 "of 3; in an .h5 file data sets x, y, z)", 2},
		{"areas", KEY_AREAS, NULL, 0, "instead: areas in units of an ordinary pixel", 2},
		{0}
	};
	static const struct argp_child children[] = {GEO_CHILDREN, {&geom_view_argp, 0, NULL, 0},
		{0}};
	static const struct argp argp = {options, parse_object, "[OBJECT]", "Coordinates of every "
		"pixel [um] in the order of the data, of the whole detector or of one OBJECT, as "
		"QUAD:V1:0, in the frame of its parent.\v"
		"Example: calib-geom coords -g 0-end.data -o xyz.npy", children, NULL, NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	int axis;

	cli_parse(&argp, argc, argv, &o);
	axis = pick_axis(&argp, o.axis, (const char *const[]){"x", "y", "z", NULL});
	return cli_finish(coords(&o, axis, &err), &err);
}

static int index_arrays(const struct opts *o, int axis, struct calib_err *err)
{
	struct geom g = GEOM_INIT;
	struct calib_geo_grid grid;
	struct calib_nda out = CALIB_NDA_INIT;
	double at[2];
	char text[2][CALIB_NUMBER_ROOM];
	int rc = geom_open(&g, &o->from, o->object, err);

	if (rc >= 0)
		rc = geom_cells(&g, &o->view, &o->grid, &grid, err);
	if (rc >= 0 && o->has_point) {
		calib_geo_point(at, g.xyz, &grid, o->point[0], o->point[1], o->fract);
		if (o->fract)
			printf("#row\tcol\n%s\t%s\n", calib_geo_number(at[0], text[0]),
			       calib_geo_number(at[1], text[1]));
		else
			printf("#row\tcol\n%.0f\t%.0f\n", at[0], at[1]);
	} else if (rc >= 0 && axis >= 0) {
		rc = cli_output_save(axis ? &g.cols : &g.rows, &o->output, &o->cli, err);
	} else if (rc >= 0) {
		rc = stack(&out, (const struct calib_nda *const[]){&g.rows, &g.cols}, 2, err);
		if (rc >= 0)
			rc = cli_output_save(&out, &o->output, &o->cli, err);
	}
	calib_nda_release(&out);
	geom_close(&g);
	return rc;
}

int geom_index(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"axis", KEY_AXIS, "AXIS", 0, "only rows or cols (default: both, a first axis of "
		 "2)", 3},
		{"point", KEY_POINT, "X,Y", 0, "instead: print row and column of this point [um]; "
		 "0,0 is the beam", 3},
		{"fract", KEY_FRACT, NULL, 0, "with fractions: 0.5 is the middle of a cell", 3},
		{0}
	};
	static const struct argp_child children[] = {GEO_CHILDREN, {&geom_view_argp, 0, NULL, 0},
		{&geom_grid_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {options, parse_object, "[OBJECT]", "Row and column of "
		"every pixel in an image whose cells are as large as a pixel (uint32).\v"
		"Example: calib-geom index -g 0-end.data --point 0,0", children, NULL, NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	int axis;

	cli_parse(&argp, argc, argv, &o);
	axis = pick_axis(&argp, o.axis, (const char *const[]){"rows", "cols", NULL});
	return cli_finish(index_arrays(&o, axis, &err), &err);
}

/* How many arrays of so many pixels: dimensions before those of one count them; 0: none. */
static size_t count_frames(const struct calib_nda *nda, size_t pixels)
{
	size_t product = 1;

	for (int i = nda->ndim - 1; i >= 0 && product < pixels; i--)
		product *= nda->dim[i];
	return product == pixels && pixels > 0 ? nda->size / pixels : 0;
}

/* A stack of frames becomes a stack of images. */
static int make_images(struct calib_nda *out, const struct geom *g, const struct calib_nda *nda,
                       double vbase, struct calib_err *err)
{
	size_t pixels = g->rows.size, n = count_frames(nda, pixels);
	struct calib_nda image = CALIB_NDA_INIT, frame;
	char shape[2][128];
	int rc = CALIB_OK;

	if (n == 0)
		return calib_fail(err, CALIB_ESHAPE,
				  "an array of shape %s for %zu "
				  "pixels, %s",
				  calib_nda_shape_text(nda->ndim, nda->dim, shape[0]), pixels,
				  calib_nda_shape_text(g->rows.ndim, g->rows.dim, shape[1]));
	for (size_t i = 0; i < n && rc >= 0; i++) {
		calib_nda_view(&frame, nda->type, 1, &pixels, (char *)nda->data
		               + i * pixels * calib_dtype_size(nda->type));
		rc = calib_geo_image(n == 1 ? out : &image, &g->rows, &g->cols, &frame, vbase, err);
		if (rc >= 0 && n > 1 && i == 0)
			rc = calib_nda_alloc(out, CALIB_F32, 3, (const size_t[]){n, image.dim[0],
			                     image.dim[1]}, err);
		if (rc >= 0 && n > 1)
			memcpy((float *)out->data + i * image.size, image.data,
			       image.size * sizeof(float));
	}
	calib_nda_release(&image);
	return rc;
}

/* Rows and columns as 'calib-geom index' writes them. */
static int load_index(struct geom *g, const char *path, struct calib_err *err)
{
	struct calib_nda both = CALIB_NDA_INIT, part;
	char shape[128];
	int rc = calib_nda_load(&both, path, NULL, err);

	if (rc >= 0 && (both.ndim < 2 || both.dim[0] != 2 || both.size == 0))
		rc = calib_fail(err, CALIB_ESHAPE,
				"%s: an array of shape %s, rows and columns with a "
				"first axis of 2 were expected",
				path, calib_nda_shape_text(both.ndim, both.dim, shape));
	for (size_t i = 0; i < 2 && rc >= 0; i++) {
		calib_nda_view(&part, both.type, both.ndim - 1, both.dim + 1, (char *)both.data
		               + i * (both.size / 2) * calib_dtype_size(both.type));
		rc = calib_nda_convert(i ? &g->cols : &g->rows, &part, CALIB_U32, err);
		if (rc < 0)
			calib_err_wrap(err, "%s", path);
	}
	calib_nda_release(&both);
	return rc;
}

static int image(const struct opts *o, struct calib_err *err)
{
	struct geom g = GEOM_INIT;
	struct calib_geo_grid grid;
	struct calib_nda nda = CALIB_NDA_INIT, out = CALIB_NDA_INIT;
	struct calib_nda_form form;
	int rc = cli_output_form(&form, &o->output, err);

	if (rc >= 0 && o->index != NULL)
		rc = load_index(&g, o->index, err);
	else if (rc >= 0)
		rc = geom_open(&g, &o->from, NULL, err);
	if (rc >= 0)
		rc = calib_nda_load(&nda, o->array, NULL, err);
	if (rc >= 0 && o->index == NULL)
		rc = geom_cells(&g, &o->view, &o->grid, &grid, err);
	if (rc >= 0 && make_images(&out, &g, &nda, o->vbase, err) < 0)
		rc = calib_err_wrap(err, "%s", strcmp(o->array, "-") ? o->array : "standard input");
	if (rc >= 0)
		rc = cli_output_save(&out, &o->output, &o->cli, err);
	calib_nda_release(&nda);
	calib_nda_release(&out);
	geom_close(&g);
	return rc;
}

/* The argument is an array (image, table). */
static error_t parse_array(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		o->array = cli_only_arg(state, o->array, arg);
		return 0;
	case ARGP_KEY_END:
		if (o->array == NULL)
			o->array = "-";
		return 0;
	default: return parse_object(key, arg, state);
	}
}

int geom_image(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"index", KEY_INDEX, "FILE", 0, "instead of a geometry: rows and columns of the "
		 "pixels, as 'calib-geom index' writes them", 3},
		{"vbase", KEY_VBASE, "V", 0, "value of cells no pixel falls into (default 0)", 3},
		{0}
	};
	static const struct argp_child children[] = {GEO_CHILDREN, {&geom_view_argp, 0, NULL, 0},
		{&geom_grid_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {options, parse_array, "[ARRAY]", "An array as an image "
		"(float32): every value in the cell its pixel falls into, the last one where "
		"several do.  A stack of arrays becomes a stack of images.\v"
		"Example: calib-geom image -g 0-end.data pedestals.data -o image.npy", children,
		NULL, NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	o.from.standard = false;
	cli_parse(&argp, argc, argv, &o);
	return cli_finish(image(&o, &err), &err);
}

static int mask(const struct opts *o, struct calib_err *err)
{
	struct geom g = GEOM_INIT;
	struct calib_nda out = CALIB_NDA_INIT;
	int rc = geom_open(&g, &o->from, o->object, err);

	if (rc >= 0)
		rc = calib_geo_mask(&out, &g.geo, &g.layout, (int)o->bits, (size_t)o->width,
		                    (size_t)o->wcentral, err);
	if (rc >= 0)
		rc = cli_output_save(&out, &o->output, &o->cli, err);
	calib_nda_release(&out);
	geom_close(&g);
	return rc;
}

int geom_mask(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"bits", 'b', "BITS", 0, "what to mask, a sum: 1 edges, 2 pixels at the joints of "
		 "ASICs, and of the CSPAD 4 unbonded pixels, 8 those with four neighbours, 16 with "
		 "eight (default 255)", 2},
		{"width", KEY_WIDTH, "N", 0, "rows and columns at an edge (default 1)", 2},
		{"wcentral", KEY_WCENTRAL, "N", 0, "rows and columns each side of a joint (default "
		 "1)", 2},
		{0}
	};
	static const struct argp_child children[] = {GEO_CHILDREN, {0}};
	static const struct argp argp = {options, parse_object, "[OBJECT]", "Mask from the "
		"sensors alone, uint8: 1 a good pixel, 0 one to leave out.\v"
		"Example: calib-geom mask -g 0-end.data -b 3 -o mask.npy", children, NULL, NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(mask(&o, &err), &err);
}

static int table(const struct opts *o, struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT, out = CALIB_NDA_INIT;
	int rc = calib_nda_load(&nda, o->array, NULL, err);

	if (rc >= 0 && calib_sensors_table(&out, &nda, &o->sensors, err) < 0)
		rc = calib_err_wrap(err, "%s", strcmp(o->array, "-") ? o->array : "standard input");
	if (rc >= 0)
		rc = cli_output_save(&out, &o->output, &o->cli, err);
	calib_nda_release(&nda);
	calib_nda_release(&out);
	return rc;
}

static error_t parse_table(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	if (key != ARGP_KEY_INIT)
		return parse_array(key, arg, state);
	state->child_inputs[0] = &o->output;
	state->child_inputs[1] = &o->cli;
	return 0;
}

int geom_table(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"columns", KEY_COLUMNS, "N", 0, "block columns (default: 4 of a CSPAD, its quads, "
		 "else 1)", 3},
		{"gap", KEY_GAP, "N", 0, "cells between the two ASICs of a CSPAD 2x1 (default 3)",
		 3},
		{"hspace", KEY_HSPACE, "N", 0, "cells between block columns (default 6)", 3},
		{"vspace", KEY_VSPACE, "N", 0, "cells between sensors above each other (default 6, "
		 "20 of a CSPAD2x2)", 3},
		{0}
	};
	static const struct argp_child children[] = {{&cli_output_argp, 0, NULL, 0},
		{&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {options, parse_table, "[ARRAY]", "An array as a picture "
		"of all its sensors beside each other, without any geometry: of a CSPAD one quad a "
		"column.\vExample: calib-geom table pedestals.data -o table.npy", children, NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(table(&o, &err), &err);
}
