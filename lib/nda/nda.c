/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/nda.c - arrays in memory: types, shapes, conversion */
#include "nda/nda.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nda/elem.h"

size_t calib_dtype_size(enum calib_dtype type)
{
	return calib_elem_types[type].size;
}

bool calib_dtype_is_float(enum calib_dtype type)
{
	return calib_elem_types[type].real;
}

const char *calib_dtype_name(enum calib_dtype type)
{
	return calib_elem_types[type].name;
}

/* Words besides numpy's own names and codes such as "u2".
 * Source: numpy (names of its scalar types); slac-lcls/lcls1 pdscalibdata/src/NDArrIOV1.cpp */
static const struct { const char *word; enum calib_dtype type; } dtype_words[] = {
	{"ubyte", CALIB_U8}, {"uint8_t", CALIB_U8}, {"byte", CALIB_I8}, {"int8_t", CALIB_I8},
	{"ushort", CALIB_U16}, {"uint16_t", CALIB_U16}, {"short", CALIB_I16},
	{"int16_t", CALIB_I16}, {"uintc", CALIB_U32}, {"uint32_t", CALIB_U32},
	{"unsigned", CALIB_U32}, {"intc", CALIB_I32}, {"int32_t", CALIB_I32},
	{"uint", CALIB_U64}, {"ulong", CALIB_U64}, {"ulonglong", CALIB_U64},
	{"uint64_t", CALIB_U64}, {"int", CALIB_I64}, {"long", CALIB_I64},
	{"longlong", CALIB_I64}, {"int64_t", CALIB_I64}, {"single", CALIB_F32},
	{"float", CALIB_F64}, {"double", CALIB_F64}, {"bool_", CALIB_BOOL},
};

int calib_dtype_parse(const char *word)
{
	const char *code = word + (*word == '<' || *word == '|' || *word == '=');

	for (int i = 0; i < CALIB_NDTYPES; i++)
		if (!strcmp(word, calib_elem_types[i].name)
		    || !strcmp(code, calib_elem_types[i].npy))
			return i;
	for (size_t i = 0; i < sizeof dtype_words / sizeof dtype_words[0]; i++)
		if (strcmp(word, dtype_words[i].word) == 0)
			return (int)dtype_words[i].type;
	return -1;
}

static int shape_size(size_t *size, size_t *bytes, enum calib_dtype type, int ndim,
                      const size_t *dim, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (ndim < 0 || ndim > CALIB_NDA_MAXDIM)
		return calib_fail(err, CALIB_EINVAL,
				  "an array of %d dimensions, 0 to %d are possible", ndim,
				  CALIB_NDA_MAXDIM);
	*size = 1;
	for (int i = 0; i < ndim && rc >= 0; i++)
		rc = calib_mul_size(size, *size, dim[i], "array", err);
	if (rc >= 0)
		rc = calib_mul_size(bytes, *size, calib_dtype_size(type), "array", err);
	return rc;
}

int calib_nda_alloc(struct calib_nda *nda, enum calib_dtype type, int ndim, const size_t *dim,
                    struct calib_err *err)
{
	size_t size = 0, bytes = 0, own[CALIB_NDA_MAXDIM] = {0};
	int rc = shape_size(&size, &bytes, type, ndim, dim, err);
	void *data;

	if (rc < 0)
		return rc;
	if (ndim > 0)
		memcpy(own, dim, (size_t)ndim * sizeof *dim);	/* dim may be nda->dim */
	data = calib_alloc(bytes, 1, "array", err);
	if (data == NULL)
		return CALIB_ENOMEM;
	calib_nda_release(nda);
	calib_nda_view(nda, type, ndim, own, data);
	nda->owned = true;
	return CALIB_OK;
}

int calib_nda_like(struct calib_nda *nda, const struct calib_nda *other, enum calib_dtype type,
                   struct calib_err *err)
{
	return calib_nda_alloc(nda, type, other->ndim, other->dim, err);
}

void calib_nda_view(struct calib_nda *nda, enum calib_dtype type, int ndim, const size_t *dim,
                    void *data)
{
	*nda = (struct calib_nda){.type = type, .ndim = ndim, .size = 1, .data = data};
	for (int i = 0; i < ndim; i++) {
		nda->dim[i] = dim[i];
		nda->size *= dim[i];
	}
}

void calib_nda_release(struct calib_nda *nda)
{
	if (nda->owned)
		free(nda->data);
	*nda = (struct calib_nda)CALIB_NDA_INIT;
}

int calib_nda_reshape(struct calib_nda *nda, int ndim, const size_t *dim, struct calib_err *err)
{
	size_t size = 0, bytes = 0, own[CALIB_NDA_MAXDIM] = {0};
	char have[128], want[128];
	int rc = shape_size(&size, &bytes, nda->type, ndim, dim, err);

	if (rc < 0)
		return rc;
	if (size != nda->size)
		return calib_fail(err, CALIB_ESHAPE, "an array %s cannot take the shape %s",
		                  calib_nda_shape_text(nda->ndim, nda->dim, have),
		                  calib_nda_shape_text(ndim, dim, want));
	if (ndim > 0)
		memcpy(own, dim, (size_t)ndim * sizeof *dim);
	nda->ndim = ndim;
	memcpy(nda->dim, own, sizeof own);
	return CALIB_OK;
}

bool calib_nda_same_shape(const struct calib_nda *a, const struct calib_nda *b)
{
	if (a->ndim != b->ndim)
		return false;
	for (int i = 0; i < a->ndim; i++)
		if (a->dim[i] != b->dim[i])
			return false;
	return true;
}

char *calib_nda_shape_text(int ndim, const size_t *dim, char buf[128])
{
	size_t used = 0;

	snprintf(buf, 128, "scalar");
	for (int i = 0; i < ndim && used < 128; i++)
		used += (size_t)snprintf(buf + used, 128 - used, "%s%zu", i ? "x" : "", dim[i]);
	return buf;
}

double calib_nda_get(const struct calib_nda *nda, size_t i)
{
	double v = 0;

	calib_elem_reals(&v, nda, i, 1);
	return v;
}

/* Elements first..first+n-1 of src into dst; returns how many fitted. */
static size_t convert_block(struct calib_nda *dst, const struct calib_nda *src, size_t first,
                            size_t n)
{
	double reals[CALIB_ELEM_BLOCK];
	calib_wide ints[CALIB_ELEM_BLOCK];

	if (calib_dtype_is_float(src->type)) {
		calib_elem_reals(reals, src, first, n);
		return calib_elem_put_reals(dst, first, reals, n);
	}
	calib_elem_ints(ints, src, first, n);
	return calib_elem_put_ints(dst, first, ints, n);
}

int calib_nda_convert(struct calib_nda *dst, const struct calib_nda *src, enum calib_dtype type,
                      struct calib_err *err)
{
	struct calib_nda out = CALIB_NDA_INIT;
	char place[128], value[40];
	int rc = calib_nda_like(&out, src, type, err);

	if (rc >= 0 && type == src->type)
		memcpy(out.data, src->data, src->size * calib_dtype_size(type));
	for (size_t i = 0; rc >= 0 && type != src->type && i < src->size; i += CALIB_ELEM_BLOCK) {
		size_t n = src->size - i < CALIB_ELEM_BLOCK ? src->size - i : CALIB_ELEM_BLOCK;
		size_t done = convert_block(&out, src, i, n);

		if (done < n)
			rc = calib_fail(err, CALIB_EINVAL, "element %s: %s does not fit into %s",
			                calib_elem_place(src, i + done, place),
			                calib_elem_text(src, i + done, value),
			                calib_dtype_name(type));
	}
	if (rc < 0) {
		calib_nda_release(&out);
		return rc;
	}
	calib_nda_release(dst);		/* only now: dst may be src */
	*dst = out;
	return CALIB_OK;
}
