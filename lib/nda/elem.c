/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/elem.c - blocks of array elements as exact integers or doubles, and back */
#include "nda/elem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct calib_elem calib_elem_types[CALIB_NDTYPES] = {
	[CALIB_U8] = {"uint8", "u1", 1, false, UINT8_MAX, 0},
	[CALIB_I8] = {"int8", "i1", 1, false, INT8_MAX, 1u << 7},
	[CALIB_U16] = {"uint16", "u2", 2, false, UINT16_MAX, 0},
	[CALIB_I16] = {"int16", "i2", 2, false, INT16_MAX, 1u << 15},
	[CALIB_U32] = {"uint32", "u4", 4, false, UINT32_MAX, 0},
	[CALIB_I32] = {"int32", "i4", 4, false, INT32_MAX, 1u << 31},
	[CALIB_U64] = {"uint64", "u8", 8, false, UINT64_MAX, 0},
	[CALIB_I64] = {"int64", "i8", 8, false, INT64_MAX, (uint64_t)1 << 63},
	[CALIB_F32] = {"float32", "f4", 4, true, 0, 0},
	[CALIB_F64] = {"float64", "f8", 8, true, 0, 0},
	[CALIB_BOOL] = {"bool", "b1", 1, false, 1, 0},
};

#define INT_TYPES(X) \
	X(CALIB_U8, uint8_t) X(CALIB_I8, int8_t) X(CALIB_U16, uint16_t) X(CALIB_I16, int16_t) \
	X(CALIB_U32, uint32_t) X(CALIB_I32, int32_t) X(CALIB_U64, uint64_t) X(CALIB_I64, int64_t)

void calib_elem_reals(double *out, const struct calib_nda *nda, size_t first, size_t n)
{
#define LOAD(TYPE, C) \
	case TYPE: { \
		const C *from = (const C *)nda->data + first; \
		for (size_t i = 0; i < n; i++) \
			out[i] = (double)from[i]; \
		return; \
	}
	switch (nda->type) {
	INT_TYPES(LOAD)
	LOAD(CALIB_F32, float)
	LOAD(CALIB_F64, double)
	LOAD(CALIB_BOOL, uint8_t)
	case CALIB_NDTYPES:
		return;
	}
#undef LOAD
}

void calib_elem_ints(calib_wide *out, const struct calib_nda *nda, size_t first, size_t n)
{
#define LOAD(TYPE, C) \
	case TYPE: { \
		const C *from = (const C *)nda->data + first; \
		for (size_t i = 0; i < n; i++) \
			out[i] = from[i]; \
		return; \
	}
	switch (nda->type) {
	INT_TYPES(LOAD)
	LOAD(CALIB_BOOL, uint8_t)
	case CALIB_F32:
	case CALIB_F64:
	case CALIB_NDTYPES:
		return;
	}
#undef LOAD
}

static size_t put_f32(float *to, const double *in, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		to[i] = (float)in[i];
		if (isinf(to[i]) && !isinf(in[i]))
			return i;
	}
	return n;
}

/* Limits as doubles: max + 1 is a power of two and exact, so "below it" is the test. */
static size_t put_whole(struct calib_nda *nda, size_t first, const double *in, size_t n)
{
	double above = ldexp((double)(calib_elem_types[nda->type].max / 2 + 1), 1);
	double lowest = -(double)calib_elem_types[nda->type].min;

#define STORE(TYPE, C) \
	case TYPE: { \
		C *to = (C *)nda->data + first; \
		for (size_t i = 0; i < n; i++) { \
			double v = trunc(in[i]); \
			if (!(v >= lowest && v < above)) \
				return i; \
			to[i] = (C)v; \
		} \
		return n; \
	}
	switch (nda->type) {
	INT_TYPES(STORE)
	case CALIB_F32:
	case CALIB_F64:
	case CALIB_BOOL:
	case CALIB_NDTYPES:
		break;
	}
#undef STORE
	return 0;
}

size_t calib_elem_put_reals(struct calib_nda *nda, size_t first, const double *in, size_t n)
{
	if (nda->type == CALIB_F32)
		return put_f32((float *)nda->data + first, in, n);
	if (nda->type == CALIB_F64) {
		memcpy((double *)nda->data + first, in, n * sizeof *in);
		return n;
	}
	if (nda->type != CALIB_BOOL)
		return put_whole(nda, first, in, n);
	for (size_t i = 0; i < n; i++) {
		if (isnan(in[i]))
			return i;
		((uint8_t *)nda->data)[first + i] = in[i] != 0;
	}
	return n;
}

size_t calib_elem_put_ints(struct calib_nda *nda, size_t first, const calib_wide *in, size_t n)
{
	calib_wide hi = calib_elem_types[nda->type].max;
	calib_wide lo = -(calib_wide)calib_elem_types[nda->type].min;

#define STORE(TYPE, C) \
	case TYPE: { \
		C *to = (C *)nda->data + first; \
		for (size_t i = 0; i < n; i++) { \
			if (in[i] < lo || in[i] > hi) \
				return i; \
			to[i] = (C)in[i]; \
		} \
		return n; \
	}
	switch (nda->type) {
	INT_TYPES(STORE)
	case CALIB_F32:
		for (size_t i = 0; i < n; i++)
			((float *)nda->data)[first + i] = (float)in[i];
		return n;
	case CALIB_F64:
		for (size_t i = 0; i < n; i++)
			((double *)nda->data)[first + i] = (double)in[i];
		return n;
	case CALIB_BOOL:
		for (size_t i = 0; i < n; i++)
			((uint8_t *)nda->data)[first + i] = in[i] != 0;
		return n;
	case CALIB_NDTYPES:
		break;
	}
#undef STORE
	return 0;
}

void calib_elem_swap(void *data, size_t n, size_t size)
{
	uint8_t *p = data;

	for (size_t i = 0; i < n; i++, p += size)
		for (size_t k = 0; k < size / 2; k++) {
			uint8_t b = p[k];

			p[k] = p[size - 1 - k];
			p[size - 1 - k] = b;
		}
}

char *calib_elem_place(const struct calib_nda *nda, size_t i, char buf[128])
{
	size_t at[CALIB_NDA_MAXDIM], used = 0;

	for (int k = nda->ndim - 1; k >= 0; k--) {
		at[k] = i % nda->dim[k];
		i /= nda->dim[k];
	}
	buf[0] = '\0';
	for (int k = 0; k < nda->ndim; k++)
		used += (size_t)snprintf(buf + used, 128 - used, "%c%zu", k ? ',' : '[', at[k]);
	if (nda->ndim > 0)
		snprintf(buf + used, 128 - used, "]");
	return buf;
}

char *calib_elem_text(const struct calib_nda *nda, size_t i, char buf[40])
{
	double v;
	calib_wide w;

	if (nda->type == CALIB_U64) {
		snprintf(buf, 40, "%llu", ((const unsigned long long *)nda->data)[i]);
	} else if (!calib_elem_types[nda->type].real) {
		calib_elem_ints(&w, nda, i, 1);
		snprintf(buf, 40, "%lld", (long long)w);
	} else {
		calib_elem_reals(&v, nda, i, 1);
		snprintf(buf, 40, nda->type == CALIB_F32 ? "%.9g" : "%.17g", v);
	}
	return buf;
}
