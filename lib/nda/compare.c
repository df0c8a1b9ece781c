/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/compare.c - do two arrays agree, and where do they differ most? */
#include "nda/compare.h"

#include <math.h>
#include <string.h>

#include "nda/elem.h"

static bool agree(double a, double b, double difference, double abs, double rel)
{
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b);
	if (isinf(a) || isinf(b))
		return a == b;
	return difference <= abs + rel * fabs(b);
}

/* |a - b|; of two whole numbers exactly, which doubles above 2^53 are not */
static void differences(double *out, const struct calib_nda *a, const struct calib_nda *b,
                        size_t first, size_t n, const double *x, const double *y)
{
	calib_wide u[CALIB_ELEM_BLOCK], v[CALIB_ELEM_BLOCK];

	if (calib_dtype_is_float(a->type) || calib_dtype_is_float(b->type)) {
		for (size_t i = 0; i < n; i++)
			out[i] = x[i] == y[i] ? 0 : fabs(x[i] - y[i]);	/* inf - inf is NaN */
		return;
	}
	calib_elem_ints(u, a, first, n);
	calib_elem_ints(v, b, first, n);
	for (size_t i = 0; i < n; i++)
		out[i] = (double)(u[i] < v[i] ? v[i] - u[i] : u[i] - v[i]);
}

static void note(struct calib_nda_diff *diff, size_t at, bool same, double difference, double b)
{
	if (!same && diff->differ++ == 0 && !(diff->max_abs > 0))
		diff->where = at;
	if (difference > diff->max_abs) {
		diff->max_abs = difference;
		diff->where = at;
	}
	if (difference > 0 && difference / fabs(b) > diff->max_rel)
		diff->max_rel = difference / fabs(b);
}

static int check(const struct calib_nda *a, const struct calib_nda *b, bool bits,
                 struct calib_err *err)
{
	char one[128], two[128];

	if (!calib_nda_same_shape(a, b))
		return calib_fail(err, CALIB_ESHAPE, "shapes %s and %s differ",
		                  calib_nda_shape_text(a->ndim, a->dim, one),
		                  calib_nda_shape_text(b->ndim, b->dim, two));
	if (bits && a->type != b->type)
		return calib_fail(err, CALIB_ESHAPE, "types %s and %s differ",
				  calib_dtype_name(a->type), calib_dtype_name(b->type));
	return CALIB_OK;
}

int calib_nda_compare(const struct calib_nda *a, const struct calib_nda *b, double abs,
                      double rel, struct calib_nda_diff *diff, struct calib_err *err)
{
	double x[CALIB_ELEM_BLOCK], y[CALIB_ELEM_BLOCK], d[CALIB_ELEM_BLOCK];
	bool bits = abs < 0 && rel < 0;
	size_t bytes = calib_dtype_size(a->type);
	int rc = check(a, b, bits, err);

	*diff = (struct calib_nda_diff){0, 0, 0, 0};
	for (size_t first = 0; rc >= 0 && first < a->size; first += CALIB_ELEM_BLOCK) {
		size_t n = a->size - first < CALIB_ELEM_BLOCK ? a->size - first : CALIB_ELEM_BLOCK;

		calib_elem_reals(x, a, first, n);
		calib_elem_reals(y, b, first, n);
		differences(d, a, b, first, n, x, y);
		for (size_t i = 0; i < n; i++) {
			size_t at = first + i;
			bool same = bits ? memcmp((const char *)a->data + at * bytes,
			                          (const char *)b->data + at * bytes, bytes) == 0
				: agree(x[i], y[i], d[i], abs < 0 ? 0 : abs, rel < 0 ? 0 : rel);

			note(diff, at, same, d[i], y[i]);
		}
	}
	return rc < 0 ? rc : diff->differ > 0;
}
