/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/common.c - options, geometry, masks and files of calib-roi */
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "render/png.h"
#include "roi/roi.h"

static const char crc_mark[] = "GEOMETRY_CRC ";

static void add_name(struct argp_state *state, const char *const **list, size_t *n, size_t *room,
                     const char *name)
{
	struct calib_err err = CALIB_ERR_INIT;
	void *p = (void *)*list;

	if (calib_grow(&p, room, *n + 1, sizeof **list, "names", &err) < 0)
		argp_failure(state, 1, 0, "%s", err.msg);
	*list = p;
	((const char **)p)[(*n)++] = name;
}

error_t roi_parse_common(int key, char *arg, struct argp_state *state, struct roi_opts *o)
{
	switch (key) {
	case 'i': o->array = arg; return 0;
	case 'm': o->mask_image = arg; return 0;
	case 's': add_name(state, &o->shapes, &o->nshapes, &o->shapes_room, arg); return 0;
	case ROI_KEY_AND: add_name(state, &o->and, &o->nand, &o->and_room, arg); return 0;
	case ROI_KEY_INVERT: o->invert = true; return 0;
	case 'b':
		if (calib_parse_clong(&o->bits, arg, 0, 65535, "--bits", NULL) < 0)
			argp_error(state, "--bits: '%s' is not a number from 0 to 65535 (0x1f, "
			           "0b111 and 037 are)", arg);
		return 0;
	case ARGP_KEY_FINI: return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

void roi_opts_release(struct roi_opts *o)
{
	free((void *)o->shapes);
	free((void *)o->and);
}

/* ---- geometry ---- */

/* libdeflate's is several times as fast as zlib's: it is made for every mask. */
static uint32_t crc_of(uint32_t crc, const struct calib_nda *nda)
{
	return libdeflate_crc32(crc, nda->data, nda->size * sizeof(uint32_t));
}

static size_t side(const struct calib_nda *index)
{
	const uint32_t *v = index->data;
	uint32_t most = 0;

	for (size_t i = 0; i < index->size; i++)
		most = v[i] > most ? v[i] : most;
	return (size_t)most + 1;
}

int roi_place_open(struct roi_place *p, const struct cli_geo *from, struct calib_err *err)
{
	static const struct calib_geo_view view = {CALIB_GEO_PSANA, false, false};
	int rc = cli_geo_load(&p->geo, from, err);

	if (rc >= 0)
		rc = calib_geo_layout(&p->layout, &p->geo, p->geo.top, err);
	if (rc >= 0)
		rc = calib_geo_coords(p->xyz, &p->geo, &p->layout, &view, err);
	if (rc >= 0)
		rc = calib_geo_index(&p->row, &p->col, p->xyz, &(struct calib_geo_grid){
		                     p->layout.scale, {0, 0}, CALIB_GEO_PSANA}, err);
	if (rc < 0)
		return rc;
	p->rows = side(&p->row);
	p->cols = side(&p->col);
	p->crc = crc_of(crc_of(0, &p->row), &p->col);
	return CALIB_OK;
}

void roi_place_close(struct roi_place *p)
{
	for (int k = 0; k < 3; k++)
		calib_nda_release(&p->xyz[k]);
	calib_nda_release(&p->row);
	calib_nda_release(&p->col);
	calib_geo_layout_release(&p->layout);
	calib_geo_release(&p->geo);
}

struct calib_shapes_hints roi_hints(const struct roi_place *p)
{
	return (struct calib_shapes_hints){p->layout.rows, p->layout.cols, p->layout.n,
		p->layout.scale};
}

void roi_check_crc(const char *what, uint32_t crc, const struct roi_place *p)
{
	if (crc != 0 && crc != p->crc)
		calib_log(CALIB_WARNING,
			  "%s: was made on another geometry (%08x, this is %08x): its "
			  "shapes may be at other pixels",
			  what, crc, p->crc);
}

/* ---- files ---- */

/* "# GEOMETRY_CRC 0123abcd" among the comments at the beginning. */
static uint32_t find_crc(const char *text, size_t n)
{
	size_t len = strlen(crc_mark);

	for (const char *p = text, *end = text + n; p < end && *p == '#';) {
		const char *line = memchr(p, '\n', (size_t)(end - p)), *q = p + 1;

		while (q < end && *q == ' ')
			q++;
		if ((size_t)(end - q) > len && strncmp(q, crc_mark, len) == 0)
			return (uint32_t)strtoul(q + len, NULL, 16);
		if (line == NULL)
			break;
		p = line + 1;
	}
	return 0;
}

static uint32_t crc_of_file(const char *path)
{
	struct calib_in *in = NULL;
	const uint8_t *bytes = NULL;
	uint32_t crc = 0;
	long n;

	if (strcmp(path, "-") == 0 || calib_nda_is_h5(path) || calib_in_open(&in, path, NULL) < 0)
		return 0;
	n = calib_in_peek(in, &bytes, CALIB_IN_PEEK, NULL);
	if (n > 0)
		crc = find_crc((const char *)bytes, (size_t)n);
	calib_in_close(in);
	return crc;
}

int roi_shapes(struct calib_shapes *s, const struct roi_opts *o, const struct roi_place *place,
               struct calib_err *err)
{
	struct calib_shapes_hints hints = {0, 0, 0, 0};
	int rc = CALIB_OK;

	if (place != NULL)
		hints = roi_hints(place);
	for (size_t i = 0; i < o->nshapes && rc >= 0; i++) {
		rc = calib_shapes_load(s, o->shapes[i], &hints, err);
		if (rc >= 0 && place != NULL)
			roi_check_crc(o->shapes[i], crc_of_file(o->shapes[i]), place);
	}
	return rc;
}

/* The array of a PNG, or of any other form. */
static int load_any(struct calib_nda *nda, const char *path, struct calib_err *err)
{
	static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
	struct calib_in *in = NULL;
	const uint8_t *head = NULL;
	uint8_t *grey = NULL;
	void *bytes = NULL;
	size_t n = 0, dim[2];
	long got = 0;
	int rc;

	if (strcmp(path, "-") != 0 && !calib_nda_is_h5(path)) {
		rc = calib_in_open(&in, path, err);
		if (rc < 0)
			return rc;
		got = calib_in_peek(in, &head, sizeof signature, NULL);
	}
	if (got < (long)sizeof signature || memcmp(head, signature, sizeof signature) != 0) {
		calib_in_close(in);
		return calib_nda_load(nda, path, NULL, err);
	}
	calib_in_close(in);
	rc = calib_read_file(path, &bytes, &n, err);
	if (rc >= 0)
		rc = calib_png_decode(&grey, &dim[0], &dim[1], bytes, n, path, err);
	if (rc >= 0) {
		calib_nda_release(nda);
		calib_nda_view(nda, CALIB_U8, 2, dim, grey);
		nda->owned = true;
		for (size_t i = 0; i < nda->size; i++)	/* grey is as good as white */
			grey[i] = grey[i] >= 128;
	}
	free(bytes);
	return rc;
}

int roi_load_image(struct calib_nda *image, uint32_t *crc, const char *path, struct calib_err *err)
{
	int rc = load_any(image, path, err);

	*crc = rc >= 0 ? crc_of_file(path) : 0;
	return rc;
}

int roi_load_mask(struct calib_nda *mask, uint32_t *crc, const char *path, struct calib_err *err)
{
	struct calib_nda raw = CALIB_NDA_INIT;
	size_t other = 0;
	int rc = roi_load_image(&raw, crc, path, err);

	if (rc >= 0)
		rc = calib_nda_like(mask, &raw, CALIB_U8, err);
	for (size_t i = 0; rc >= 0 && i < raw.size; i++) {
		double v = calib_nda_get(&raw, i);

		other += v != 0 && v != 1;
		((uint8_t *)mask->data)[i] = v != 0;
	}
	if (other > 0)
		calib_log(CALIB_WARNING, "%s: %zu values are neither 0 nor 1; they are taken as 1",
		          path, other);
	calib_nda_release(&raw);
	return rc;
}

int roi_and(struct calib_nda *mask, const char *path, struct calib_err *err)
{
	struct calib_nda other = CALIB_NDA_INIT;
	char a[128], b[128];
	uint32_t crc;
	int rc = roi_load_mask(&other, &crc, path, err);

	if (rc >= 0 && other.size != mask->size)
		rc = calib_fail(err, CALIB_ESHAPE, "%s: shape %s, the mask has %s", path,
		                calib_nda_shape_text(other.ndim, other.dim, a),
		                calib_nda_shape_text(mask->ndim, mask->dim, b));
	for (size_t i = 0; rc >= 0 && i < mask->size; i++)
		((uint8_t *)mask->data)[i] &= ((uint8_t *)other.data)[i];
	calib_nda_release(&other);
	return rc;
}

int roi_save(const struct calib_nda *nda, const struct roi_opts *o, uint32_t crc,
             struct calib_err *err)
{
	struct cli_output out = o->output;
	char mark[64];
	const char *comments[2] = {mark, NULL};

	snprintf(mark, sizeof mark, "%s%08x", crc_mark, crc);
	if (crc != 0)
		out.form.comments = comments;
	/* a mask goes into calib-deploy, and the analysis reads text only */
	if (nda->type == CALIB_U8 && strcmp(out.path, "-") == 0
	    && out.form.form == CALIB_FORM_AUTO)
		out.form.form = CALIB_FORM_TEXT;
	out.form.no_origin = true;
	return cli_output_save(nda, &out, &o->cli, err);
}

struct roi_segments roi_segments(const struct calib_nda *mask, const struct roi_place *place)
{
	size_t rows = mask->ndim > 1 ? mask->dim[mask->ndim - 2] : 1;
	size_t cols = mask->ndim > 0 ? mask->dim[mask->ndim - 1] : 1;

	if (place != NULL) {
		const struct calib_geo_layout *l = &place->layout;

		rows = l->rows;
		cols = l->cols;
		if (l->n > 1 && l->leaf[0].stride > 1)	/* a CSPAD2x2: sensors in each other */
			return (struct roi_segments){l->n, 1, {rows, cols, l->leaf[0].stride,
				cols * l->leaf[0].stride}};
	} else if (mask->ndim == 3 && mask->dim[0] == 185 && mask->dim[1] == 388
	           && mask->dim[2] == 2) {
		return (struct roi_segments){2, 1, {185, 388, 2, 776}};
	}
	return (struct roi_segments){mask->size / (rows * cols > 0 ? rows * cols : 1), rows * cols,
		{rows, cols, 1, cols}};
}
