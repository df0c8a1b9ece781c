/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/edit.c - calib-roi edit: an image to draw shapes on */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "render/picture.h"
#include "render/png.h"
#include "roi/edit.h"

enum { KEY_RANGE = ROI_KEY_VERB, KEY_CMAP, KEY_LOG };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct edit_opts *o = state->input;
	struct calib_err err = CALIB_ERR_INIT;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->roi.cli;
		state->child_inputs[1] = &o->roi.from;
		return 0;
	case 'o': o->roi.output.path = arg; return 0;
	case KEY_RANGE:
		if (calib_scale_parse(&o->scale, arg, &err) < 0)
			cli_usage_error(state, &err);
		return 0;
	case KEY_CMAP:
		if (calib_cmap_get(&o->map, arg, &err) < 0)
			cli_usage_error(state, &err);
		o->cmap = arg;
		return 0;
	case KEY_LOG: o->colours.log = true; return 0;
	default:      return roi_parse_common(key, arg, state, &o->roi);
	}
}

/* Cells without a pixel are none, not 0. */
static int make_picture(struct calib_picture *picture, struct calib_view *view,
                        struct calib_nda *array, const struct roi_place *p,
                        const struct edit_opts *o, struct calib_err *err)
{
	char shape[2][128];
	int rc = o->roi.array != NULL ? calib_nda_load(array, o->roi.array, NULL, err)
		: calib_nda_like(array, &p->row, CALIB_U8, err);

	if (rc >= 0 && o->roi.array == NULL)
		memset(array->data, 1, array->size);
	if (rc >= 0 && array->size != p->row.size)
		rc = calib_fail(
			err, CALIB_ESHAPE, "%s: shape %s, the geometry has %zu pixels, %s",
			o->roi.array, calib_nda_shape_text(array->ndim, array->dim, shape[0]),
			p->row.size, calib_nda_shape_text(p->row.ndim, p->row.dim, shape[1]));
	if (rc >= 0)
		rc = calib_view_cells(view, p->rows, p->cols, p->row.data, p->col.data, p->row.size,
		                      err);
	if (rc >= 0)
		rc = calib_picture_make(picture, &(struct calib_picture_source){view, array, NULL,
		                        NULL}, 1, err);
	return rc;
}

int edit_png(uint8_t **bytes, size_t *n, const struct calib_picture *picture,
             const struct edit_opts *o, struct calib_err *err)
{
	struct calib_colours colours = o->colours;
	uint8_t rgb[256][3], *index = calib_alloc(picture->rows * picture->cols, 1, "picture", err);
	struct calib_png png = {.rows = picture->rows, .cols = picture->cols, .index = index,
		.rgb = (const uint8_t (*)[3])rgb, .transparent = true};
	int rc;

	if (index == NULL)
		return CALIB_ENOMEM;
	rc = calib_scale_range(colours.range, &o->scale, picture, err);
	if (rc >= 0) {
		if (colours.log)
			calib_colours_log(&colours, picture);
		calib_picture_index(index, picture, &colours);
		calib_palette(rgb, &o->map, 0xff00ff, -1, -1);
		rc = calib_png_encode(&png, bytes, n, err);
	}
	free(index);
	return rc;
}

static int write_svg(const struct edit_data *d, const struct edit_opts *o, struct calib_str *text,
                     struct calib_err *err)
{
	uint8_t *bytes = NULL;
	size_t n = 0;
	int rc = edit_png(&bytes, &n, d->picture, o, err);

	if (rc >= 0)
		rc = calib_shapes_svg(text, d->shapes, d->picture->rows, d->picture->cols, bytes, n,
		                      err);
	free(bytes);
	return rc;
}

static int edit(const struct edit_opts *o, struct calib_err *err)
{
	struct roi_place place = ROI_PLACE_INIT;
	struct calib_picture picture = CALIB_PICTURE_INIT;
	struct calib_shapes shapes = CALIB_SHAPES_INIT;
	struct calib_nda array = CALIB_NDA_INIT;
	struct calib_view view = CALIB_VIEW_INIT;
	struct calib_str text = CALIB_STR_INIT;
	struct edit_data data = {&place, &view, &array, &picture, &shapes};
	int rc = roi_place_open(&place, &o->roi.from, err);

	if (rc >= 0)
		rc = make_picture(&picture, &view, &array, &place, o, err);
	if (rc >= 0)
		rc = roi_shapes(&shapes, &o->roi, &place, err);
	if (rc >= 0)
		rc = calib_path_suffix(o->roi.output.path, ".svg") ? write_svg(&data, o, &text, err)
			: edit_page(&text, &data, o, err);
	if (rc >= 0)
		rc = calib_out_text(o->roi.output.path, o->roi.cli.keep ? CALIB_OUT_KEEP : 0, &text,
		                    err);
	calib_str_release(&text);
	calib_shapes_release(&shapes);
	calib_picture_release(&picture);
	calib_view_release(&view);
	calib_nda_release(&array);
	roi_place_close(&place);
	return rc;
}

int roi_edit(int argc, char **argv)
{
	static const struct argp_option options[] = {
		ROI_OPT_ARRAY("array (default: ones, which shows the sensors)"),
		ROI_OPT_SHAPES,
		{"output", 'o', "FILE", 0,
		 "a page for a browser (default edit.html), or, with the suffix "
		 ".svg, a picture for a vector editor; '-' is standard output",
		 2},
		{"range", KEY_RANGE, "RANGE", 0,
		 "values of the colours: auto (default), minmax, A:B, "
		 "q:A:B (quantiles), sigma:A:B, reference",
		 2},
		{"cmap", KEY_CMAP, "NAME", 0, "colour map (default viridis)", 2},
		{"log", KEY_LOG, NULL, 0, "logarithmic colours", 2},
		{0}};
	static const struct argp_child children[] = {{&cli_common, 0, NULL, 0},
		{&cli_geo_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		options,
		parse,
		NULL,
		"Write a page to draw shapes on the "
		"image of a detector. It needs no network and no installation: open it with a "
		"browser, "
		"draw, save the shapes, and give them to calib-roi mask -s.\v"
		"Example: calib-roi edit -g 0-end.data -i average.npy",
		children,
		NULL,
		NULL};
	struct edit_opts o = {.roi = ROI_OPTS_INIT, .cmap = "viridis",
		.scale = {CALIB_SCALE_AUTO, 0, 0}, .colours = CALIB_COLOURS_INIT};
	struct calib_err err = CALIB_ERR_INIT;
	int rc = calib_cmap_get(&o.map, o.cmap, &err);

	o.roi.from.standard = false;
	o.roi.output.path = "edit.html";
	cli_parse(&argp, argc, argv, &o);
	if (rc >= 0)
		rc = edit(&o, &err);
	roi_opts_release(&o.roi);
	return cli_finish(rc, &err);
}
