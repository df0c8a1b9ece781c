/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/old.c - the letters of roicon
 *
 * Source: lcls-psana/CalibManager app/roicon. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "roi/roi.h"

struct opts {
	struct roi_opts roi;
	const char *image, *mask_image, *nda;
	long step, bits;
	bool verbose;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &o->roi.cli; return 0;
	case 'p': o->step = cli_long(state, "-p", arg, 1, 3); return 0;
	case 'g': o->roi.from.path = arg; return 0;
	case 'a': o->roi.array = arg; return 0;
	case 'i': o->image = arg; return 0;
	case 'm': o->mask_image = arg; return 0;
	case 'n': o->nda = arg; return 0;
	case 'v': o->verbose = true; return 0;
	case 'c':
		if (calib_parse_clong(&o->bits, arg, 0, 65535, "-c", NULL) < 0)
			argp_error(state, "-c: '%s' is not a number from 0 to 65535", arg);
		return 0;
	case ARGP_KEY_END:
		if (o->roi.from.path == NULL)
			argp_error(state, "which geometry?  -g FILE");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* Text without comments, as other programs expect it; .npy as it is. */
static int save(const struct calib_nda *nda, const char *path, const struct opts *o,
                struct calib_err *err)
{
	struct calib_nda_form form = {.no_meta = true, .no_origin = true};
	struct calib_nda lines = CALIB_NDA_INIT;
	size_t cols = nda->ndim > 0 ? nda->dim[nda->ndim - 1] : 1;
	int rc = calib_form_of_name(path, err);

	if (rc < 0)
		return rc;
	form.form = rc == CALIB_FORM_TEXT ? CALIB_FORM_BARE : (enum calib_form)rc;
	if (form.form == CALIB_FORM_BARE)
		form.format = "%d";
	lines = *nda;
	lines.owned = false;
	if (form.form == CALIB_FORM_BARE && nda->ndim > 2)
		rc = calib_nda_reshape(&lines, 2, (const size_t[]){nda->size / cols, cols}, err);
	return rc < 0 ? rc
		      : calib_nda_save(&lines, path, &form, o->roi.cli.keep ? CALIB_OUT_KEEP : 0,
				       err);
}

static void tell(const struct calib_nda *a)
{
	double mean = 0, square = 0;

	for (size_t i = 0; i < a->size; i++)
		mean += calib_nda_get(a, i) / (double)a->size;
	for (size_t i = 0; i < a->size; i++)
		square += pow(calib_nda_get(a, i) - mean, 2) / (double)a->size;
	printf("mean %.6f, standard deviation %.6f\n", mean, sqrt(square));
}

/* 1: the array, without what the sensors' bits mask, as an image. */
static int make_image(const struct opts *o, const struct roi_place *place, struct calib_err *err)
{
	struct calib_nda raw = CALIB_NDA_INIT, array = CALIB_NDA_INIT, keep = CALIB_NDA_INIT;
	struct calib_nda image = CALIB_NDA_INIT, whole = CALIB_NDA_INIT;
	int rc = calib_nda_like(&keep, &place->row, CALIB_U8, err);

	if (rc >= 0) {
		memset(keep.data, 1, keep.size);
		rc = o->roi.array != NULL ? calib_nda_load(&raw, o->roi.array, NULL, err)
			: calib_nda_convert(&raw, &keep, CALIB_U16, err);
	}
	if (rc >= 0)
		rc = roi_sensor_mask(&keep, place, o->bits, err);
	if (rc >= 0)
		rc = calib_nda_convert(&array, &raw, CALIB_F64, err);
	if (rc >= 0)
		tell(&array);
	for (size_t i = 0; rc >= 0 && i < array.size && array.size == keep.size; i++)
		if (((uint8_t *)keep.data)[i] == 0)
			((double *)array.data)[i] = 0;
	if (rc >= 0)
		rc = roi_image_of(&image, place, &array, err);
	if (rc >= 0 && calib_form_of_name(o->image, NULL) == CALIB_FORM_TEXT) {
		for (size_t i = 0; i < image.size; i++)	/* NaN has no whole number */
			if (!isfinite(((float *)image.data)[i]))
				((float *)image.data)[i] = 0;
		rc = calib_nda_convert(&whole, &image, CALIB_I64, err);
	}
	if (rc >= 0)
		rc = save(whole.size > 0 ? &whole : &image, o->image, o, err);
	calib_nda_release(&whole);
	calib_nda_release(&image);
	calib_nda_release(&keep);
	calib_nda_release(&array);
	calib_nda_release(&raw);
	return rc;
}

/* 3: the mask of the image as one of the pixels. */
static int make_nda(const struct opts *o, const struct roi_place *place, struct calib_err *err)
{
	struct calib_nda image = CALIB_NDA_INIT, mask = CALIB_NDA_INIT;
	uint32_t crc;
	int rc = roi_load_mask(&image, &crc, o->mask_image, err);

	if (rc >= 0)
		roi_check_crc(o->mask_image, crc, place);
	if (rc >= 0
	    && (rc = calib_geo_from_image(&mask, &place->row, &place->col, &image, err)) < 0)
		calib_err_wrap(err, "%s", o->mask_image);
	if (rc >= 0)
		rc = roi_sensor_mask(&mask, place, o->bits, err);
	if (rc >= 0)
		rc = save(&mask, o->nda, o, err);
	calib_nda_release(&mask);
	calib_nda_release(&image);
	return rc;
}

/* 2: where the old program started its editor. */
static int tell_editor(const struct opts *o)
{
	printf("The editor is a page: calib-roi edit -g %s%s%s, draw, save the shapes, then "
	       "calib-roi "
	       "draw -s SHAPES -i %s -o %s\n",
	       o->roi.from.path, o->roi.array ? " -i " : "", o->roi.array ? o->roi.array : "",
	       o->image, o->mask_image);
	return CALIB_OK;
}

int roi_old(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{NULL, 'p', "N", 0,
		 "1 image of the array (default), 2 tell how to draw, 3 mask image to "
		 "mask of the detector",
		 1},
		{NULL, 'g', "FILE", 0, "geometry file", 1},
		{NULL, 'a', "FILE", 0, "array (default: ones)", 1},
		{NULL, 'i', "FILE", 0, "image (default mask-img.txt)", 1},
		{NULL, 'm', "FILE", 0, "mask image (default mask-roi.txt)", 1},
		{NULL, 'n', "FILE", 0, "mask of the detector (default mask-nda.txt)", 1},
		{NULL, 'c', "N", 0, "bits of the sensor mask (default 65535)", 1},
		{NULL, 'v', NULL, 0, "accepted", 1},
		{0}};
	static const struct argp_child children[] = {{&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		options,
		parse,
		NULL,
		"The steps of roicon with its letters; "
		"the verbs do more: see calib-roi --help.\v"
		"Example: calib-roi -p 3 -g geo.data -m mask-roi.txt -n mask-nda.txt -c 15",
		children,
		NULL,
		NULL};
	struct opts o = {.roi = ROI_OPTS_INIT,
			 .image = "mask-img.txt",
			 .mask_image = "mask-roi.txt",
			 .nda = "mask-nda.txt",
			 .step = 1,
			 .bits = 65535};
	struct roi_place place = ROI_PLACE_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_parse(&argp, argc, argv, &o);
	rc = roi_place_open(&place, &o.roi.from, &err);
	if (rc >= 0)
		rc = o.step == 1 ? make_image(&o, &place, &err) : o.step == 2 ? tell_editor(&o)
			: make_nda(&o, &place, &err);
	roi_place_close(&place);
	return cli_finish(rc, &err);
}
