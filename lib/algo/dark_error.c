/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_error.c - how well the pedestals are known so far */
#include <math.h>
#include <stdlib.h>

#include "algo/dark_int.h"
#include "base/mem.h"

/* The k-th smallest of v[0..n); reorders v.  Wirth's selection: linear in n but for rare orders. */
static double kth_smallest(double *v, long n, long k)
{
	long lo = 0, hi = n - 1;

	while (lo < hi) {
		double pivot = v[k];
		long i = lo, j = hi;

		do {
			while (v[i] < pivot)
				i++;
			while (pivot < v[j])
				j--;
			if (i <= j) {
				double t = v[i];

				v[i++] = v[j];
				v[j--] = t;
			}
		} while (i <= j);
		lo = j < k ? i : lo;
		hi = k < i ? j : hi;
	}
	return v[k];
}

int calib_dark_error(const struct calib_dark *d, double *median, struct calib_err *err)
{
	double *v = calib_alloc(d->shape.size, sizeof *v, "errors of pixels", err);
	size_t k = 0;

	*median = 0;
	if (v == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < d->shape.size; i++) {
		double ave, rms, n = d->acc.n[i];

		if (d->real)
			calib_real_moments(d, i, &ave, &rms);
		else
			calib_dark_moments(d, i, &ave, &rms);
		if (n > 0 && rms > 0)
			v[k++] = rms / sqrt(n);
	}
	if (k > 0)
		*median = kth_smallest(v, (long)k, (long)(k / 2));
	free(v);
	return CALIB_OK;
}
