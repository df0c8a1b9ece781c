/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/nda.c - arrays in memory: types, shapes, conversion */
#include "nda/nda.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct {
	const char *name;
	size_t size;
	bool is_float;
} dtypes[CALIB_NDTYPES] = {
	[CALIB_U8] = {"uint8", 1, false},    [CALIB_I8] = {"int8", 1, false},
	[CALIB_U16] = {"uint16", 2, false},  [CALIB_I16] = {"int16", 2, false},
	[CALIB_U32] = {"uint32", 4, false},  [CALIB_I32] = {"int32", 4, false},
	[CALIB_U64] = {"uint64", 8, false},  [CALIB_I64] = {"int64", 8, false},
	[CALIB_F32] = {"float32", 4, true},  [CALIB_F64] = {"float64", 8, true},
	[CALIB_BOOL] = {"bool", 1, false},
};

/* Words of numpy and of the C++ writer.  "int" and "float" are 32 bits in C++ and 64 in numpy:
 * the wider reading loses nothing. */
static const struct { const char *word; enum calib_dtype type; } words[] = {
	{"ubyte", CALIB_U8}, {"uint8_t", CALIB_U8}, {"u1", CALIB_U8}, {"byte", CALIB_I8},
	{"int8_t", CALIB_I8}, {"i1", CALIB_I8}, {"ushort", CALIB_U16}, {"uint16_t", CALIB_U16},
	{"u2", CALIB_U16}, {"short", CALIB_I16}, {"int16_t", CALIB_I16}, {"i2", CALIB_I16},
	{"uintc", CALIB_U32}, {"uint32_t", CALIB_U32}, {"unsigned", CALIB_U32}, {"u4", CALIB_U32},
	{"intc", CALIB_I32}, {"int32_t", CALIB_I32}, {"i4", CALIB_I32}, {"uint", CALIB_U64},
	{"uint64_t", CALIB_U64}, {"u8", CALIB_U64}, {"ulong", CALIB_U64}, {"int", CALIB_I64},
	{"long", CALIB_I64}, {"int64_t", CALIB_I64}, {"i8", CALIB_I64}, {"single", CALIB_F32},
	{"f4", CALIB_F32}, {"float", CALIB_F64}, {"double", CALIB_F64}, {"f8", CALIB_F64},
	{"b1", CALIB_BOOL}, {"bool_", CALIB_BOOL},
};

size_t calib_dtype_size(enum calib_dtype type)
{
	return dtypes[type].size;
}

bool calib_dtype_is_float(enum calib_dtype type)
{
	return dtypes[type].is_float;
}

const char *calib_dtype_name(enum calib_dtype type)
{
	return dtypes[type].name;
}

int calib_dtype_parse(const char *word)
{
	if (strchr("<=|", *word) != NULL && *word != '\0')
		word++;
	for (int i = 0; i < CALIB_NDTYPES; i++)
		if (strcmp(dtypes[i].name, word) == 0)
			return i;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i].word, word) == 0)
			return (int)words[i].type;
	return -1;
}

static int check_shape(size_t *size, enum calib_dtype type, int ndim, const size_t *dim,
                       struct calib_err *err)
{
	size_t n = 1, bytes;

	if (ndim < 0 || ndim > CALIB_NDA_MAXDIM)
		return calib_fail(err, CALIB_EINVAL, "array of %d dimensions, at most %d are possible",
		                  ndim, CALIB_NDA_MAXDIM);
	for (int i = 0; i < ndim; i++)
		if (calib_mul_size(&n, n, dim[i], "array size", err) < 0)
			return CALIB_ENOMEM;
	if (calib_mul_size(&bytes, n, dtypes[type].size, "array size", err) < 0)
		return CALIB_ENOMEM;
	*size = n;
	return CALIB_OK;
}

static void set_shape(struct calib_nda *nda, enum calib_dtype type, int ndim, const size_t *dim,
                      size_t size)
{
	nda->type = type;
	nda->ndim = ndim;
	for (int i = 0; i < ndim; i++)
		nda->dim[i] = dim[i];
	nda->size = size;
}

int calib_nda_alloc(struct calib_nda *nda, enum calib_dtype type, int ndim, const size_t *dim,
                    struct calib_err *err)
{
	size_t copy[CALIB_NDA_MAXDIM], size;
	int rc = check_shape(&size, type, ndim, dim, err);
	void *data;

	if (rc < 0)
		return rc;
	for (int i = 0; i < ndim; i++)
		copy[i] = dim[i];	/* dim may be nda->dim */
	data = calib_alloc(size, dtypes[type].size, "array", err);
	if (data == NULL)
		return CALIB_ENOMEM;
	calib_nda_release(nda);
	set_shape(nda, type, ndim, copy, size);
	nda->data = data;
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
	size_t size = 1;

	for (int i = 0; i < ndim; i++)
		size *= dim[i];
	calib_nda_release(nda);
	set_shape(nda, type, ndim, dim, size);
	nda->data = data;
	nda->owned = false;
}

void calib_nda_release(struct calib_nda *nda)
{
	if (nda->owned)
		free(nda->data);
	*nda = (struct calib_nda)CALIB_NDA_INIT;
}

int calib_nda_reshape(struct calib_nda *nda, int ndim, const size_t *dim, struct calib_err *err)
{
	char have[128], want[128];
	size_t size;
	int rc = check_shape(&size, nda->type, ndim, dim, err);

	if (rc < 0)
		return rc;
	if (size != nda->size)
		return calib_fail(err, CALIB_ESHAPE, "an array of shape %s cannot become %s",
		                  calib_nda_shape_text(nda->ndim, nda->dim, have),
		                  calib_nda_shape_text(ndim, dim, want));
	nda->ndim = ndim;
	for (int i = 0; i < ndim; i++)
		nda->dim[i] = dim[i];
	return CALIB_OK;
}

bool calib_nda_same_shape(const struct calib_nda *a, const struct calib_nda *b)
{
	return a->ndim == b->ndim
	       && memcmp(a->dim, b->dim, (size_t)a->ndim * sizeof a->dim[0]) == 0;
}

char *calib_nda_shape_text(int ndim, const size_t *dim, char buf[128])
{
	size_t n = 0;

	snprintf(buf, 128, "scalar");
	for (int i = 0; i < ndim && n < 128; i++)
		n += (size_t)snprintf(buf + n, 128 - n, i ? "x%zu" : "%zu", dim[i]);
	return buf;
}

/* Load element i of any type: LOAD(double) and so on would round 64-bit integers, so signed
 * and unsigned integers have ways of their own. */
double calib_nda_get(const struct calib_nda *nda, size_t i)
{
	switch (nda->type) {
	case CALIB_BOOL:
	case CALIB_U8:  return ((const uint8_t *)nda->data)[i];
	case CALIB_I8:  return ((const int8_t *)nda->data)[i];
	case CALIB_U16: return ((const uint16_t *)nda->data)[i];
	case CALIB_I16: return ((const int16_t *)nda->data)[i];
	case CALIB_U32: return ((const uint32_t *)nda->data)[i];
	case CALIB_I32: return ((const int32_t *)nda->data)[i];
	case CALIB_U64: return (double)((const uint64_t *)nda->data)[i];
	case CALIB_I64: return (double)((const int64_t *)nda->data)[i];
	case CALIB_F32: return (double)((const float *)nda->data)[i];
	default:        return ((const double *)nda->data)[i];
	}
}

static int64_t get_int(const struct calib_nda *nda, size_t i)
{
	switch (nda->type) {
	case CALIB_U64: return (int64_t)((const uint64_t *)nda->data)[i];
	case CALIB_I64: return ((const int64_t *)nda->data)[i];
	default:        return (int64_t)calib_nda_get(nda, i);
	}
}

/* Smallest and largest value of an integer type. */
static void int_limits(enum calib_dtype type, int64_t *lo, uint64_t *hi)
{
	unsigned bits = (unsigned)dtypes[type].size * 8;
	bool is_signed = type == CALIB_I8 || type == CALIB_I16 || type == CALIB_I32
	                 || type == CALIB_I64;

	*lo = is_signed ? -(int64_t)((uint64_t)1 << (bits - 2)) * 2 : 0;
	*hi = type == CALIB_BOOL ? 1
	      : UINT64_MAX >> (64 - bits) >> is_signed;
}

static void put_int(struct calib_nda *nda, size_t i, int64_t v)
{
	switch (nda->type) {
	case CALIB_BOOL:
	case CALIB_U8:
	case CALIB_I8:  ((uint8_t *)nda->data)[i] = (uint8_t)v; break;
	case CALIB_U16:
	case CALIB_I16: ((uint16_t *)nda->data)[i] = (uint16_t)v; break;
	case CALIB_U32:
	case CALIB_I32: ((uint32_t *)nda->data)[i] = (uint32_t)v; break;
	case CALIB_U64:
	case CALIB_I64: ((uint64_t *)nda->data)[i] = (uint64_t)v; break;
	case CALIB_F32: ((float *)nda->data)[i] = (float)v; break;
	default:        ((double *)nda->data)[i] = (double)v; break;
	}
}

static int misfit(const struct calib_nda *dst, size_t i, double v, struct calib_err *err)
{
	return calib_fail(err, CALIB_EINVAL, "element %zu: %.17g does not fit into %s", i, v,
	                  calib_dtype_name(dst->type));
}

static int to_float(struct calib_nda *dst, const struct calib_nda *src)
{
	for (size_t i = 0; i < src->size; i++) {
		if (dst->type == CALIB_F32 && src->type == CALIB_U64)
			((float *)dst->data)[i] = (float)((const uint64_t *)src->data)[i];
		else if (dst->type == CALIB_F32)
			((float *)dst->data)[i] = (float)calib_nda_get(src, i);
		else
			((double *)dst->data)[i] = calib_nda_get(src, i);
	}
	return CALIB_OK;
}

static int from_float(struct calib_nda *dst, const struct calib_nda *src, struct calib_err *err)
{
	int64_t lo;
	uint64_t hi;

	int_limits(dst->type, &lo, &hi);
	for (size_t i = 0; i < src->size; i++) {
		double v = trunc(calib_nda_get(src, i));

		/* 2^63 and 2^64 are exact doubles, the limits below them are not */
		if (!(v >= (double)lo && v < (double)hi + (hi >> 53 ? 0.0 : 1.0)))
			return misfit(dst, i, calib_nda_get(src, i), err);
		put_int(dst, i, dst->type == CALIB_U64 ? (int64_t)(uint64_t)v : (int64_t)v);
	}
	return CALIB_OK;
}

static int from_int(struct calib_nda *dst, const struct calib_nda *src, struct calib_err *err)
{
	int64_t lo;
	uint64_t hi;

	int_limits(dst->type, &lo, &hi);
	for (size_t i = 0; i < src->size; i++) {
		int64_t v = get_int(src, i);
		bool huge = src->type == CALIB_U64 && v < 0;

		if ((!huge && v < lo) || ((huge || v > 0) && (uint64_t)v > hi))
			return misfit(dst, i, calib_nda_get(src, i), err);
		put_int(dst, i, v);
	}
	return CALIB_OK;
}

int calib_nda_convert(struct calib_nda *dst, const struct calib_nda *src, enum calib_dtype type,
                      struct calib_err *err)
{
	int rc = calib_nda_like(dst, src, type, err);

	if (rc < 0)
		return rc;
	if (dtypes[type].is_float)
		rc = to_float(dst, src);
	else if (dtypes[src->type].is_float)
		rc = from_float(dst, src, err);
	else
		rc = from_int(dst, src, err);
	if (rc < 0)
		calib_nda_release(dst);
	return rc;
}
