/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/lsq.c - small dense linear least squares by normal equations */
#include "kern/lsq.h"

#include <math.h>
#include <string.h>

void calib_kern_lsq_add(double *matrix, double *right, size_t n, const double *a, double y,
                        double w)
{
	for (size_t i = 0; i < n; i++) {
		if (!(fabs(a[i]) > 0))
			continue;
		right[i] += w * a[i] * y;
		for (size_t j = 0; j <= i; j++)
			matrix[i * n + j] += w * a[i] * a[j];
	}
}

/* Lower triangle in place; a pivot that cancels to nothing is a singular matrix. */
static int factor(double *m, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		double full = m[j * n + j], d = full;

		for (size_t k = 0; k < j; k++)
			d -= m[j * n + k] * m[j * n + k];
		if (!(d > full * 1e-11) || !(full > 0))
			return -1;
		m[j * n + j] = d = sqrt(d);
		for (size_t i = j + 1; i < n; i++) {
			double s = m[i * n + j];

			for (size_t k = 0; k < j; k++)
				s -= m[i * n + k] * m[j * n + k];
			m[i * n + j] = s / d;
		}
	}
	return 0;
}

static void substitute(const double *m, size_t n, double *x)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			x[i] -= m[i * n + k] * x[k];
		x[i] /= m[i * n + i];
	}
	for (size_t i = n; i-- > 0;) {
		for (size_t k = i + 1; k < n; k++)
			x[i] -= m[k * n + i] * x[k];
		x[i] /= m[i * n + i];
	}
}

int calib_kern_lsq_solve(double *matrix, double *right, size_t n, double *work)
{
	if (factor(matrix, n) < 0)
		return -1;
	substitute(matrix, n, right);
	memset(work, 0, n * n * sizeof *work);
	for (size_t i = 0; i < n; i++) {	/* the inverse is symmetric: rows are columns */
		work[i * n + i] = 1;
		substitute(matrix, n, work + i * n);
	}
	memcpy(matrix, work, n * n * sizeof *work);
	return 0;
}
