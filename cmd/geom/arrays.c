/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/arrays.c - calib-geom coords, index, image, mask: pixel arrays of a geometry */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "geom/geom.h"

enum {
	KEY_AXIS = CLI_KEY_OWN,
	KEY_PIX,
	KEY_OFF,
	KEY_POINT,
	KEY_FRACT,
	KEY_ZPLANE,
	KEY_VBASE,
	KEY_BITS,
	KEY_WIDTH,
	KEY_WCENTRAL,
	KEY_AREA
};

struct opts {
	struct cli cli;
	struct cli_geo which;
	struct geom_output out;
	struct calib_geoview view;
	struct calib_geogrid grid;
	const char *object, *array;
	char axis; /* x y z, or 0 for all three */
	bool area, point, fract, plane, mean;
	double at[2], zplane, vbase;
	long bits, width, wcentral;
};
#define OPTS_INIT                                                                                  \
	{                                                                                          \
		.which = CLI_GEO_INIT, .out = GEOM_OUTPUT_INIT, .bits = 255, .width = 1,           \
		.wcentral = 1                                                                      \
	}

/* "A,B": two numbers */
static void parse_pair(const struct argp_state *state, const char *option, const char *arg,
		       double pair[2], double limit)
{
	char **item = NULL;
	size_t n = 0;
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_list_parse(&item, &n, arg, &err) < 0)
		cli_usage_error(state, &err);
	if (n != 2)
		argp_error(state, "%s: '%s' is not two numbers A,B", option, arg);
	for (size_t i = 0; i < 2; i++)
		pair[i] = cli_double(state, option, item[i], -limit, limit);
	free(item);
}

static void parse_bits(const struct argp_state *state, struct opts *o, const char *arg)
{
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_parse_clong(&o->bits, arg, 0, 0xffff, "--bits", &err) < 0)
		cli_usage_error(state, &err);
}

static error_t parse_numbers(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	double pair[2];

	switch (key) {
	case KEY_PIX: o->grid.pitch = cli_double(state, "--pix", arg, 1e-3, 1e9); return 0;
	case KEY_OFF:
		parse_pair(state, "--off", arg, pair, 1e6);
		o->grid.offset[0] = (long)pair[0];
		o->grid.offset[1] = (long)pair[1];
		return 0;
	case KEY_POINT:
		parse_pair(state, "--point", arg, o->at, 1e12);
		o->point = true;
		return 0;
	case KEY_ZPLANE:
		o->plane = true;
		o->mean = strcmp(arg, "mean") == 0;
		if (!o->mean)
			o->zplane = cli_double(state, "--zplane", arg, -1e12, 1e12);
		return 0;
	case KEY_VBASE: o->vbase = cli_double(state, "--vbase", arg, -1e38, 1e38); return 0;
	case 'b': parse_bits(state, o, arg); return 0;
	case KEY_WIDTH: o->width = cli_long(state, "--width", arg, 0, 100000); return 0;
	case KEY_WCENTRAL: o->wcentral = cli_long(state, "--wcentral", arg, 0, 100000); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->which;
		state->child_inputs[1] = &o->out;
		state->child_inputs[2] = &o->cli;
		state->child_inputs[3] = &o->view;
		return 0;
	case KEY_AXIS:
		if (arg[0] == '\0' || arg[1] != '\0' || strchr("xyz", arg[0]) == NULL)
			argp_error(state, "--axis: '%s' is not x, y or z", arg);
		o->axis = arg[0];
		return 0;
	case KEY_AREA: o->area = true; return 0;
	case KEY_FRACT: o->fract = true; return 0;
	case ARGP_KEY_ARG:
		if (geom_is_object(arg) && o->object == NULL)
			o->object = arg;
		else
			o->array = cli_only_arg(state, o->array, arg);
		return 0;
	default: return parse_numbers(key, arg, state);
	}
}

static const struct argp_child view_children[] = {{&cli_geo, 0, NULL, 0},
						  {&geom_output_argp, 0, NULL, 0},
						  {&cli_common, 0, NULL, 0},
						  {&geom_view_argp, 0, NULL, 0},
						  {0}};
static const struct argp_child mask_children[] = {
	{&cli_geo, 0, NULL, 0}, {&geom_output_argp, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}};

/* Only an image takes an array; elsewhere the argument is the geometry. */
static void only_geometry(const struct argp *argp, struct opts *o)
{
	if (o->array == NULL)
		return;
	if (o->which.file != NULL || o->which.run >= 0)
		cli_usage(argp, "a geometry was given twice, by an option and as an argument");
	o->which.file = o->array;
}

static int load(struct calib_geo *geo, size_t *obj, const struct opts *o, struct calib_err *err)
{
	int rc = cli_geo_load(geo, &o->which, err);

	return rc < 0 ? rc : geom_find(obj, geo, o->object, err);
}

/* One plane of an array (3,...), or an array of that shape without the first axis. */
static void plane_of(struct calib_nda *plane, const struct calib_nda *all, size_t i)
{
	size_t n = all->size / all->dim[0] * calib_dtype_size(all->type);

	calib_nda_view(plane, all->type, all->ndim - 1, all->dim + 1, (char *)all->data + i * n);
}

static int coords(const struct opts *o, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_nda xyz = CALIB_NDA_INIT, part;
	size_t obj = 0, dim[3], n;
	int rc = load(&geo, &obj, o, err);

	if (rc >= 0 && o->area) {
		rc = calib_geo_shape(&geo, obj, dim, &n, err);
		if (rc >= 0)
			rc = calib_nda_alloc(&xyz, CALIB_F64, 3, dim, err);
		if (rc >= 0)
			rc = calib_geo_areas(&geo, obj, xyz.data, err);
	} else if (rc >= 0) {
		rc = geom_coords_of(&xyz, &geo, obj, &o->view, err);
	}
	part = xyz;
	if (rc >= 0 && o->axis)
		plane_of(&part, &xyz, (size_t)(o->axis - 'x'));
	if (rc >= 0)
		rc = geom_save(&part, &o->out, &o->cli, err);
	calib_nda_release(&xyz);
	calib_geo_release(&geo);
	return rc;
}

int geom_coords(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"axis", KEY_AXIS, "AXIS", 0, "only x, y or z (default: all, first index of 3)", 0},
		{"area", KEY_AREA, NULL, 0,
		 "areas of the pixels, in units of the scale size squared,"
		 " instead",
		 0},
		{0}};
	static const struct argp argp = {
		options,
		parse,
		"[NAME:INDEX] [FILE]",
		"Coordinates of all pixel centres in um, of an object (default: the whole "
		"detector) "
		"in the frame of its parent.\v"
		"Example: calib-geom coords QUAD:V1:0 -g 0-end.data -o quad0.npy",
		view_children,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	if (o.axis && o.area)
		cli_usage(&argp, "--area has no axes");
	only_geometry(&argp, &o);
	return cli_finish(coords(&o, &err), &err);
}

/* Cells of the pixels; the geometry is not needed any more afterwards. */
static int make_cells(struct calib_geocells *cells, struct opts *o, size_t dim[3],
		      struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_nda xyz = CALIB_NDA_INIT;
	size_t obj = 0, n = 0;
	int rc = load(&geo, &obj, o, err);

	if (rc >= 0)
		rc = geom_coords_of(&xyz, &geo, obj, &o->view, err);
	if (rc >= 0) {
		double *x = xyz.data;

		n = xyz.size / 3;
		memcpy(dim, xyz.dim + 1, 3 * sizeof *dim);
		if (o->plane)
			calib_geo_project(x, x + n, x + 2 * n, n, o->mean ? NULL : &o->zplane);
		if (!(o->grid.pitch > 0))
			o->grid.pitch = calib_geo_pitch(&geo, geo.top);
		o->grid.lab = o->view.lab;
		rc = calib_geo_cells(cells, x, x + n, n, &o->grid, err);
	}
	calib_nda_release(&xyz);
	calib_geo_release(&geo);
	return rc;
}

static int save_index(const struct calib_geocells *cells, const size_t dim[3], const struct opts *o,
		      struct calib_err *err)
{
	struct calib_nda both = CALIB_NDA_INIT;
	int rc = calib_nda_alloc(&both, CALIB_U32, 4, (size_t[]){2, dim[0], dim[1], dim[2]}, err);

	if (rc >= 0) {
		memcpy(both.data, cells->row, cells->n * sizeof *cells->row);
		memcpy((uint32_t *)both.data + cells->n, cells->col, cells->n * sizeof *cells->col);
		rc = geom_save(&both, &o->out, &o->cli, err);
	}
	calib_nda_release(&both);
	return rc;
}

static int index_arrays(struct opts *o, struct calib_err *err)
{
	struct calib_geocells cells = CALIB_GEOCELLS_INIT;
	size_t dim[3];
	double at[2];
	int rc = make_cells(&cells, o, dim, err);

	if (rc >= 0 && o->point) {
		calib_geo_locate(&cells, &o->grid, o->at[0], o->at[1], at);
		if (o->fract)
			printf("#row\tcolumn\n%.17g\t%.17g\n", at[0], at[1]);
		else
			printf("#row\tcolumn\n%.0f\t%.0f\n", floor(at[0]), floor(at[1]));
	} else if (rc >= 0) {
		rc = save_index(&cells, dim, o, err);
	}
	calib_geocells_release(&cells);
	return rc;
}

#define GRID_OPTIONS                                                                               \
	{"pix", KEY_PIX, "UM", 0, "size of an image cell (default: the pixel scale size)", 0},     \
		{"off", KEY_OFF, "NX,NY", 0, "empty cells before the first (default: none)", 0},   \
	{                                                                                          \
		"zplane", KEY_ZPLANE, "Z|mean", 0,                                                 \
			"project from the origin to this plane, um (default: no projection)", 0    \
	}

int geom_index(int argc, char **argv)
{
	static const struct argp_option options[] = {
		GRID_OPTIONS,
		{"point", KEY_POINT, "X,Y", 0, "print row and column of this point, um, instead",
		 0},
		{"fract", KEY_FRACT, NULL, 0, "with --point: with fractions", 0},
		{0}};
	static const struct argp argp = {
		options,
		parse,
		"[NAME:INDEX] [FILE]",
		"Row and column in an image of every pixel: an array with first index 2.\v"
		"Example: calib-geom index -g 0-end.data --point 0,0 --fract",
		view_children,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	if (o.fract && !o.point)
		cli_usage(&argp, "--fract belongs to --point X,Y");
	only_geometry(&argp, &o);
	return cli_finish(index_arrays(&o, &err), &err);
}

static int save_image(const struct calib_geocells *cells, const float *value, const struct opts *o,
		      struct calib_err *err)
{
	struct calib_nda img = CALIB_NDA_INIT;
	int rc = calib_nda_alloc(&img, CALIB_F32, 2, (size_t[]){cells->rows, cells->cols}, err);

	if (rc >= 0) {
		calib_geo_image(cells, value, (float)o->vbase, img.data);
		rc = geom_save(&img, &o->out, &o->cli, err);
	}
	calib_nda_release(&img);
	return rc;
}

static int image(struct opts *o, struct calib_err *err)
{
	const char *path = o->array ? o->array : "-";
	struct calib_geocells cells = CALIB_GEOCELLS_INIT;
	struct calib_nda in = CALIB_NDA_INIT, value = CALIB_NDA_INIT;
	size_t dim[3];
	char have[128], want[128];
	int rc = make_cells(&cells, o, dim, err);

	if (rc >= 0)
		rc = calib_nda_load(&in, path, NULL, err);
	if (rc >= 0 && in.size != cells.n)
		rc = calib_fail(err, CALIB_ESHAPE,
				"%s: shape %s, %zu values; the geometry has %s, "
				"%zu pixels",
				path, calib_nda_shape_text(in.ndim, in.dim, have), in.size,
				calib_nda_shape_text(3, dim, want), cells.n);
	if (rc >= 0)
		rc = calib_nda_convert(&value, &in, CALIB_F32, err);
	if (rc >= 0)
		rc = save_image(&cells, value.data, o, err);
	calib_nda_release(&value);
	calib_nda_release(&in);
	calib_geocells_release(&cells);
	return rc;
}

int geom_image(int argc, char **argv)
{
	static const struct argp_option options[] = {
		GRID_OPTIONS,
		{"vbase", KEY_VBASE, "V", 0, "value of cells without a pixel (default: 0)", 0},
		{0}};
	static const struct argp argp = {
		options,
		parse,
		"[NAME:INDEX] [ARRAY]",
		"An image, float32, of an array of the detector (default: standard input). Where "
		"pixels share a cell the last one stays.\v"
		"Example: calib-geom image -g 0-end.data average.npy -o image.npy",
		view_children,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	if (o.which.run < 0 && o.which.file == NULL)
		cli_usage(&argp, "which geometry? -g FILE, or -r -d with -e or -c");
	return cli_finish(image(&o, &err), &err);
}

static int mask(const struct opts *o, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_nda out = CALIB_NDA_INIT;
	size_t obj = 0, dim[3], n;
	int rc = load(&geo, &obj, o, err);

	if (rc >= 0)
		rc = calib_geo_shape(&geo, obj, dim, &n, err);
	if (rc >= 0)
		rc = calib_nda_alloc(&out, CALIB_U8, 3, dim, err);
	if (rc >= 0)
		rc = calib_geo_mask(&geo, obj, (unsigned)o->bits, (size_t)o->width,
				    (size_t)o->wcentral, out.data, err);
	if (rc >= 0)
		rc = geom_save(&out, &o->out, &o->cli, err);
	calib_nda_release(&out);
	calib_geo_release(&geo);
	return rc;
}

int geom_mask(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"bits", 'b', "BITS", 0,
		 "sum of 1 edges, 2 wide or central, 4 non-bonded, 8 and "
		 "their neighbours, 16 and the block of 3x3 around (default: 255, all)",
		 0},
		{"width", KEY_WIDTH, "N", 0, "rows and columns at the edges (default: 1)", 0},
		{"wcentral", KEY_WCENTRAL, "N", 0,
		 "rows and columns at each side of the middle "
		 "(default: 1)",
		 0},
		{0}};
	static const struct argp argp = {
		options,
		parse,
		"[NAME:INDEX] [FILE]",
		"A mask, uint8, of what is special about the sensors: 1 good, 0 masked.\v"
		"Example: calib-geom mask -g 0-end.data -b 3 --width 2 -o mask.npy",
		mask_children,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	only_geometry(&argp, &o);
	return cli_finish(mask(&o, &err), &err);
}
