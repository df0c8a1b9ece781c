/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/layout.c - from an object to its array: the table of data types
 *
 * Source of types, versions and the configurations they need: slac-lcls/lcls1
 * psddl_pds2psana src/dispatch.cpp. */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "det/family.h"

enum { JUNGFRAU_ELEMENT = 108 };

static const struct calib_family families[] = {
	{2, 1, calib_camera_layout, NULL},
	{11, 1, calib_pnccd_layout, calib_pnccd_frame},
	{17, 1, calib_ccd_layout, NULL}, {17, 2, calib_ccd_layout, NULL},
	{28, 1, calib_cspad_layout, calib_cspad_frame},
	{28, 2, calib_cspad_layout, calib_cspad_frame},
	{41, 1, calib_cspad2x2_layout, NULL},
	{50, 1, calib_timepix_layout, calib_timepix_frame},
	{50, 2, calib_timepix_layout, NULL},
	{56, 1, calib_ccd_layout, NULL}, {61, 1, calib_ccd_layout, NULL},
	{67, 1, calib_imp_layout, NULL},
	{75, 1, calib_epix_layout, NULL}, {75, 2, calib_epix_layout, NULL},
	{75, 3, calib_epix_layout, NULL}, {81, 1, calib_ccd_layout, NULL},
	{97, 1, calib_ccd_layout, NULL}, {108, 1, calib_jungfrau_layout, NULL},
	{108, 2, calib_jungfrau_layout, NULL}, {111, 1, calib_ccd_layout, NULL},
	{114, 1, calib_ccd_layout, NULL}, {116, 1, calib_ccd_layout, NULL},
	{118, 1, calib_epix10ka_layout, NULL}, {123, 1, calib_ccd_layout, NULL},
};

static const struct calib_family *family_of(uint16_t type, uint16_t version)
{
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (families[i].type == type && families[i].version == version)
			return &families[i];
	return NULL;
}

const struct calib_object *calib_family_config(const struct calib_cfgset *cfg,
                                               struct calib_srcid src,
                                               const struct calib_cfgtype *list)
{
	for (; list->type != 0; list++) {
		const struct calib_object *o = calib_cfgset_find(cfg, src, list->type,
		                                                 list->version);

		if (o != NULL)
			return o;
	}
	return NULL;
}

/* The first block of a compressed payload holds the header bytes verbatim behind their size. */
static int header_place(const struct calib_object *object, uint64_t end,
                        struct calib_place *place, struct calib_err *err)
{
	uint8_t size[4];
	int rc;

	*place = object->place;
	if (!object->compressed)
		return CALIB_OK;
	rc = calib_place_read(&object->place, 0, size, 4, err);
	if (rc < 0)
		return rc;
	if (calib_le32(size) < end || object->place.size < 4 + end)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s: byte %llu: compressed data with a header of "
				  "%u bytes, at least %llu expected",
				  place->file, (unsigned long long)place->offset, calib_le32(size),
				  (unsigned long long)end);
	place->offset += 4;
	place->size -= 4;
	if (place->mem != NULL)
		place->mem += 4;
	return CALIB_OK;
}

int calib_family_u32(const struct calib_object *object, uint64_t at, uint32_t *words, size_t n,
                     struct calib_err *err)
{
	struct calib_place place;
	int rc = header_place(object, at + 4 * n, &place, err);

	for (size_t i = 0; i < n && rc >= 0; i++) {
		uint8_t b[4];

		rc = calib_place_read(&place, at + 4 * i, b, 4, err);
		if (rc >= 0)
			words[i] = calib_le32(b);
	}
	return rc;
}

int calib_family_shape(struct calib_layout *l, enum calib_dtype type, int ndim,
                       const size_t *dim, const struct calib_object *of, struct calib_err *err)
{
	char shape[128];

	l->dtype = type;
	l->ndim = ndim;
	l->size = 1;
	for (int i = 0; i < ndim; i++) {
		l->dim[i] = dim[i];
		if (dim[i] == 0 || __builtin_mul_overflow(l->size, dim[i], &l->size)
		    || l->size > CALIB_MEM_LIMIT / 64)
			return calib_fail(err, CALIB_EFORMAT,
					  "%s: byte %llu: impossible array shape %s",
					  of->place.file, (unsigned long long)of->place.offset,
					  calib_nda_shape_text(ndim, dim, shape));
	}
	return 1;
}

int calib_family_piece(struct calib_frame *f, const struct calib_layout *l, size_t first,
                       size_t n, uint64_t at, struct calib_err *err)
{
	size_t width = calib_dtype_size(l->dtype);

	if (at > f->place.size || n > (f->place.size - at) / width)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s: byte %llu: %zu bytes of data, %llu expected", f->place.file,
				  (unsigned long long)f->place.offset, f->place.size,
				  (unsigned long long)(at + n * width));
	if (f->npieces > 0 && f->piece[f->npieces - 1].first + f->piece[f->npieces - 1].n == first
	    && f->piece[f->npieces - 1].at + f->piece[f->npieces - 1].n * width == at) {
		f->piece[f->npieces - 1].n += n;
		return CALIB_OK;
	}
	if (f->npieces == CALIB_FRAME_PIECES)
		return calib_fail(err, CALIB_EFORMAT, "%s: byte %llu: more than %d pieces",
				  f->place.file, (unsigned long long)f->place.offset,
				  CALIB_FRAME_PIECES);
	f->piece[f->npieces].first = first;
	f->piece[f->npieces].n = n;
	f->piece[f->npieces].at = at;
	f->npieces++;
	return CALIB_OK;
}

/* What an array of HDF5 does not say and its configuration does: which bits are the value. */
static void array_gain(struct calib_layout *l, const struct calib_family *family,
                       const struct calib_object *o, const struct calib_cfgset *cfg)
{
	struct calib_layout stored = {.data_mask = 0x3fff};

	if (o->type != JUNGFRAU_ELEMENT || family == NULL)
		return;
	if (family->layout(&stored, o, cfg, NULL) == 1)
		l->config = stored.config;
	memcpy(l->param, stored.param, sizeof l->param);
	l->data_mask = stored.data_mask;
}

static int array_layout(struct calib_layout *l, const struct calib_object *o,
                        struct calib_err *err)
{
	static const int bits[CALIB_NDTYPES] = {[CALIB_U8] = 8, [CALIB_BOOL] = 8};

	l->array = o->array;
	l->bits = o->array->bits ? o->array->bits
		: bits[o->array->dtype] ? bits[o->array->dtype] : 16;
	return calib_family_shape(l, (enum calib_dtype)o->array->dtype, o->array->ndim,
				  o->array->dim, o, err);
}

bool calib_layout_words(const struct calib_layout *l)
{
	return l->dtype == CALIB_U8 || l->dtype == CALIB_U16 || l->dtype == CALIB_I16;
}

/* The slices that are stored of an array that lacks some. */
static int array_pieces(struct calib_frame *f, const struct calib_layout *l,
                        struct calib_err *err)
{
	const struct calib_array_type *a = l->array;
	size_t slice = l->size / l->dim[0], width = calib_dtype_size(l->dtype);
	int rc = CALIB_OK;

	for (int k = 0; k < a->nsections && rc >= 0; k++)
		rc = calib_family_piece(f, l, a->section[k] * slice, slice,
					(uint64_t)k * slice * width, err);
	return rc;
}

/* What follows from the shape and the registry. */
static void complete(struct calib_layout *l)
{
	const struct calib_det *det = l->det;
	bool segmented = det != NULL && det->segmented && l->ndim == 3;

	l->nsegments = segmented ? l->dim[0] : 1;
	l->segment = l->size / l->nsegments;
	for (int i = 0; i < l->ndim; i++) {
		size_t a = det != NULL && i < 4 && det->ndim == l->ndim ? det->asic[i] : 0;

		if (a == 0 || a > l->dim[i] || l->dim[i] % a != 0)
			a = segmented && i == 0 ? 1 : l->dim[i];
		l->asic[i] = a;
	}
	if (det != NULL && det->bits != 0)
		l->bits = det->bits;
}

int calib_det_layout(struct calib_layout *layout, const struct calib_object *object,
                     const struct calib_cfgset *cfg, struct calib_err *err)
{
	const struct calib_family *family = family_of(object->type, object->version);
	struct calib_layout l = {.type = object->type, .version = object->version,
		.data_mask = 0xffff, .bits = 16};
	char buf[16], name[96];
	int rc;

	l.det = calib_det_of(object->src, object->type);
	if (object->place.size == 0)
		return 0;
	if (object->array != NULL) {
		array_gain(&l, family, object, cfg);
		rc = array_layout(&l, object, err);
	} else if (family == NULL)
		return calib_fail(err, CALIB_ENOTFOUND,
				  "%s: type %s version %u is not image data this "
				  "version can read",
				  calib_source_name(object->src, name, sizeof name),
				  calib_type_name(object->type, buf), object->version);
	else
		rc = family->layout(&l, object, cfg, err);
	if (rc != 1)
		return rc;
	complete(&l);
	*layout = l;
	return 1;
}

bool calib_layout_equal(const struct calib_layout *a, const struct calib_layout *b)
{
	return a->det == b->det && a->dtype == b->dtype && a->ndim == b->ndim
	       && memcmp(a->dim, b->dim, sizeof a->dim) == 0
	       && a->bits == b->bits;
}

int calib_frame_open(struct calib_frame *frame, const struct calib_layout *layout,
                     const struct calib_object *object, struct calib_err *err)
{
	const struct calib_family *family = family_of(layout->type, layout->version);
	int rc = CALIB_OK;

	frame->place = object->place;
	frame->owned = NULL;
	frame->slab = calib_slab_hold(object->slab);
	frame->npieces = 0;
	if (object->compressed) {
		size_t n;

		rc = calib_unpack(object, &frame->owned, &n, err);
		if (rc < 0) {
			calib_frame_release(frame);
			return rc;
		}
		frame->place.mem = frame->owned;
		frame->place.size = n;
	}
	if (object->array != NULL && object->array->nsections > 0)
		rc = array_pieces(frame, layout, err);
	else if (object->array == NULL && family != NULL && family->frame != NULL)
		rc = family->frame(frame, layout, err);
	else
		rc = calib_family_piece(frame, layout, 0, layout->size, layout->header, err);
	if (rc < 0)
		calib_frame_release(frame);
	return rc < 0 ? rc : CALIB_OK;
}
