/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/mask.c - calib-roi image, draw, mask, nda: arrays, images and masks */
#include <string.h>

#include "base/parse.h"
#include "render/view.h"
#include "roi/roi.h"

enum { KEY_SIZE = ROI_KEY_VERB, KEY_ROT90, KEY_FLIP };

struct opts {
	struct roi_opts roi;
	long size[2];			/* --size; 0: not given */
	long quarters;			/* --rot90 */
	bool flip;
};
#define OPTS_INIT {.roi = ROI_OPTS_INIT}

/* "ROWS,COLS" */
static void parse_size(struct opts *o, const struct argp_state *state, const char *arg)
{
	const char *comma = strchr(arg, ',');
	char rows[32] = "";

	if (comma != NULL && (size_t)(comma - arg) < sizeof rows)
		memcpy(rows, arg, (size_t)(comma - arg));
	if (comma == NULL || calib_parse_long(&o->size[0], rows, 1, 1000000, "rows", NULL) < 0
	    || calib_parse_long(&o->size[1], comma + 1, 1, 1000000, "columns", NULL) < 0)
		argp_error(state, "--size: '%s' is not ROWS,COLUMNS", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	void *const inputs[] = {&o->roi.output, &o->roi.cli, &o->roi.from};

	switch (key) {
	case ARGP_KEY_INIT:
		for (size_t i = 0; state->root_argp->children[i].argp != NULL; i++)
			state->child_inputs[i] = inputs[i];
		return 0;
	case KEY_SIZE:  parse_size(o, state, arg); return 0;
	case KEY_ROT90: o->quarters = cli_long(state, "--rot90", arg, -3, 3); return 0;
	case KEY_FLIP:  o->flip = true; return 0;
	default:        return roi_parse_common(key, arg, state, &o->roi);
	}
}

#define CHILDREN {&cli_output_argp, 0, NULL, 0}, {&cli_common, 0, NULL, 0}
static const struct argp_child with_geometry[] = {CHILDREN, {&cli_geo_argp, 0, NULL, 0}, {0}};
static const struct argp_child without_geometry[] = {CHILDREN, {0}};

static int finish(int rc, struct opts *o, const struct calib_err *err)
{
	roi_opts_release(&o->roi);
	return cli_finish(rc, err);
}

/* ---- image ---- */

static int image(const struct roi_opts *o, struct calib_err *err)
{
	struct roi_place place = ROI_PLACE_INIT;
	struct calib_nda array = CALIB_NDA_INIT, mask = CALIB_NDA_INIT, out = CALIB_NDA_INIT;
	int rc = roi_place_open(&place, &o->from, err);

	if (rc >= 0 && o->array != NULL) {
		rc = calib_nda_load(&mask, o->array, NULL, err);
		if (rc >= 0)
			rc = calib_nda_convert(&array, &mask, CALIB_F64, err);
	} else if (rc >= 0) {
		rc = calib_nda_like(&array, &place.row, CALIB_F64, err);
		for (size_t i = 0; i < array.size && rc >= 0; i++)
			((double *)array.data)[i] = 1;
	}
	if (rc >= 0 && o->bits > 0 && array.size == place.row.size) {
		rc = calib_nda_like(&mask, &place.row, CALIB_U8, err);
		if (rc >= 0)
			memset(mask.data, 1, mask.size);
		if (rc >= 0)
			rc = roi_sensor_mask(&mask, &place, o->bits, err);
		for (size_t i = 0; i < mask.size && rc >= 0; i++)
			if (((uint8_t *)mask.data)[i] == 0)
				((double *)array.data)[i] = 0;
	}
	if (rc >= 0)
		rc = roi_image_of(&out, &place, &array, err);
	if (rc >= 0)
		rc = roi_save(&out, o, place.crc, err);
	calib_nda_release(&out);
	calib_nda_release(&mask);
	calib_nda_release(&array);
	roi_place_close(&place);
	return rc;
}

int roi_image(int argc, char **argv)
{
	static const struct argp_option options[] = {
		ROI_OPT_ARRAY("array (default: ones, which shows the sensors)"),
		ROI_OPT_BITS("default 0, none"), {0}};
	static const struct argp argp = {
		options,
		parse,
		NULL,
		"Make the image of an array (float32), "
		"to draw on: each value at the row and column of its pixel, 0 where there is "
		"none.\v"
		"Example: calib-roi image -g 0-end.data -i average.npy -o image.npy",
		with_geometry,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	o.roi.from.standard = false;
	cli_parse(&argp, argc, argv, &o);
	return finish(image(&o.roi, &err), &o, &err);
}

/* ---- draw ---- */

/* The mask of a turned display, turned back as CorAna does. */
static int turn_back(struct calib_nda *mask, const struct opts *o, struct calib_err *err)
{
	struct calib_nda out = CALIB_NDA_INIT;
	struct calib_view v = CALIB_VIEW_INIT;
	const uint8_t *from = mask->data;
	uint8_t *to;
	int rc = calib_view_flat(&v, mask, err);

	if (rc < 0)
		return rc;
	calib_view_turn(&v, (int)(o->flip ? o->quarters : -o->quarters), false);
	rc = calib_nda_alloc(&out, CALIB_U8, 2, (const size_t[]){v.rows, v.cols}, err);
	if (rc < 0)
		return rc;
	to = out.data;
	for (size_t r = 0; r < v.rows; r++)
		for (size_t c = 0; c < v.cols; c++)
			*to++ = from[calib_view_at(&v, o->flip ? v.rows - 1 - r : r, c)];
	calib_nda_release(mask);
	*mask = out;
	return CALIB_OK;
}

/* Size of the image drawn on: of -i, of --size, or as the shapes say. */
static int find_size(size_t size[2], uint32_t *crc, const struct opts *o,
                     const struct calib_shapes *s, struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	char text[128];
	int rc = CALIB_OK;

	size[0] = o->size[0] > 0 ? (size_t)o->size[0] : s->rows;
	size[1] = o->size[1] > 0 ? (size_t)o->size[1] : s->cols;
	*crc = 0;
	if (o->roi.array != NULL) {
		rc = roi_load_image(&nda, crc, o->roi.array, err);
		if (rc >= 0 && nda.ndim != 2)
			rc = calib_fail(err, CALIB_ESHAPE, "%s: an array of shape %s is no image",
					o->roi.array,
					calib_nda_shape_text(nda.ndim, nda.dim, text));
		size[0] = nda.dim[0];
		size[1] = nda.dim[1];
	} else if (size[0] == 0) {
		rc = calib_fail(err, CALIB_EINVAL,
				"how large is the image?  Give -i IMAGE, or --size "
				"ROWS,COLUMNS, or a line 'size ROWS COLUMNS' in the shapes");
	}
	calib_nda_release(&nda);
	return rc;
}

static int draw(const struct opts *o, struct calib_err *err)
{
	struct calib_shapes s = CALIB_SHAPES_INIT;
	struct calib_nda mask = CALIB_NDA_INIT;
	bool turned = o->quarters % 2 != 0;
	size_t size[2];
	uint32_t crc;
	int rc = roi_shapes(&s, &o->roi, NULL, err);

	if (rc >= 0)
		rc = find_size(size, &crc, o, &s, err);
	if (rc >= 0)
		rc = roi_draw_image(&mask, &s, size[turned], size[!turned], err);
	if (rc >= 0 && (o->quarters != 0 || o->flip))
		rc = turn_back(&mask, o, err);
	for (size_t i = 0; rc >= 0 && o->roi.invert && i < mask.size; i++)
		((uint8_t *)mask.data)[i] ^= 1;
	if (rc >= 0)
		rc = roi_save(&mask, &o->roi, crc, err);
	calib_nda_release(&mask);
	calib_shapes_release(&s);
	return rc;
}

int roi_draw(int argc, char **argv)
{
	static const struct argp_option options[] = {
		ROI_OPT_ARRAY("image the shapes are of: its size is that of the mask"),
		ROI_OPT_SHAPES,
		{"size", KEY_SIZE, "ROWS,COLS", 0, "instead of -i", 2},
		{"invert", ROI_KEY_INVERT, NULL, 0, "1 becomes 0 and 0 becomes 1", 2},
		{"rot90", KEY_ROT90, "N", 0,
		 "the shapes were drawn on the image turned by N times 90 "
		 "degrees, as in CorAna's editor",
		 2},
		{"flip", KEY_FLIP, NULL, 0, "and turned upside down there", 2},
		{0}};
	static const struct argp argp = {options, parse, NULL, "Make the mask of an image from "
		"shapes: 1 keep, 0 masked.\v"
		"Example: calib-roi draw -s shapes.txt -i image.npy -o mask-image.npy",
		without_geometry, NULL, NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	if (o.roi.nshapes == 0)
		cli_usage(&argp, "which shapes?  -s FILE, or -s - for standard input");
	return finish(draw(&o, &err), &o, &err);
}

/* ---- mask ---- */

static int and_all(struct calib_nda *mask, const struct roi_opts *o, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < o->nand && rc >= 0; i++)
		rc = roi_and(mask, o->and[i], err);
	for (size_t i = 0; rc >= 0 && o->invert && i < mask->size; i++)
		((uint8_t *)mask->data)[i] ^= 1;
	return rc;
}

/* What every mask of the detector ends with, drawn or painted. */
static int finish_mask(struct calib_nda *mask, const struct roi_opts *o,
                       const struct roi_place *place, struct calib_err *err)
{
	int rc = roi_sensor_mask(mask, place, o->bits, err);

	if (rc >= 0)
		rc = and_all(mask, o, err);
	if (rc >= 0)
		rc = roi_save(mask, o, place->crc, err);
	return rc;
}

static int mask(const struct roi_opts *o, struct calib_err *err)
{
	struct roi_place place = ROI_PLACE_INIT;
	struct calib_shapes s = CALIB_SHAPES_INIT;
	struct calib_nda out = CALIB_NDA_INIT;
	int rc = roi_place_open(&place, &o->from, err);

	if (rc >= 0)
		rc = roi_shapes(&s, o, &place, err);
	if (rc >= 0)
		rc = roi_apply(&out, &place, &s, err);
	if (rc >= 0)
		rc = finish_mask(&out, o, &place, err);
	calib_nda_release(&out);
	calib_shapes_release(&s);
	roi_place_close(&place);
	return rc;
}

#define AND_OPTION {"and", ROI_KEY_AND, "MASK", 0, "and this mask of the detector, too; may be " \
	"given again", 2}

int roi_mask(int argc, char **argv)
{
	static const struct argp_option options[] = {ROI_OPT_SHAPES,
		ROI_OPT_BITS("default 0, none; those of the shapes act as well"), AND_OPTION,
		{"invert", ROI_KEY_INVERT, NULL, 0, "1 becomes 0 and 0 becomes 1", 2}, {0}};
	static const struct argp argp = {options,
					 parse,
					 NULL,
					 "Make the mask of a detector from "
					 "shapes on its image, its sensors or its plane: 1 keep, 0 "
					 "masked, in the order of the "
					 "data.\v"
					 "Example: calib-roi mask -g 0-end.data -s shapes.txt -b "
					 "15 -o - | calib-deploy put -c "
					 "calib -s XppGon.0:Cspad.0 -t pixel_mask -v 12-end",
					 with_geometry,
					 NULL,
					 NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	o.roi.from.standard = false;
	cli_parse(&argp, argc, argv, &o);
	if (o.roi.nshapes == 0 && o.roi.bits <= 0 && o.roi.nand == 0)
		cli_usage(&argp, "nothing to mask: give -s SHAPES, -b BITS or --and MASK");
	return finish(mask(&o.roi, &err), &o, &err);
}

/* ---- nda ---- */

static int nda(const struct roi_opts *o, struct calib_err *err)
{
	struct roi_place place = ROI_PLACE_INIT;
	struct calib_nda image = CALIB_NDA_INIT, out = CALIB_NDA_INIT;
	uint32_t crc = 0;
	int rc = roi_place_open(&place, &o->from, err);

	if (rc >= 0)
		rc = roi_load_mask(&image, &crc, o->mask_image, err);
	if (rc >= 0
	    && (image.ndim != 2 || image.dim[0] != place.rows || image.dim[1] != place.cols)) {
		char shape[128];

		rc = calib_fail(err, CALIB_ESHAPE, "%s: shape %s, the image of this geometry has "
		                "%zux%zu: it was made on another geometry", o->mask_image,
		                calib_nda_shape_text(image.ndim, image.dim, shape), place.rows,
		                place.cols);
	}
	if (rc >= 0) {
		roi_check_crc(o->mask_image, crc, &place);
		rc = calib_geo_from_image(&out, &place.row, &place.col, &image, err);
	}
	if (rc >= 0)
		rc = finish_mask(&out, o, &place, err);
	calib_nda_release(&out);
	calib_nda_release(&image);
	roi_place_close(&place);
	return rc;
}

int roi_nda(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"mask", 'm', "IMAGE", 0, "mask of the image: an array, or a PNG (bright: keep)",
		 2},
		ROI_OPT_BITS("default 0, none"),
		AND_OPTION,
		{0}};
	static const struct argp argp = {
		options,
		parse,
		NULL,
		"Make the mask of a detector from the "
		"mask of its image: each pixel has the value of its cell.\v"
		"Example: calib-roi nda -g 0-end.data -m mask-image.npy -b 15 -o mask.txt",
		with_geometry,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	o.roi.from.standard = false;
	cli_parse(&argp, argc, argv, &o);
	if (o.roi.mask_image == NULL)
		cli_usage(&argp, "which mask image?  -m IMAGE, or -m - for standard input");
	return finish(nda(&o.roi, &err), &o, &err);
}
