/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/place.c - rows of points turned and moved from frame to frame */
#include "kern/place.h"

#include "kern/kern.h"

CALIB_CLONES
void calib_kern_place(double *restrict x, double *restrict y, double *restrict z, size_t n,
                      const struct calib_kern_step *step)
{
	const double cx = step->cos[0], cy = step->cos[1], cz = step->cos[2];
	const double sx = step->sin[0], sy = step->sin[1], sz = step->sin[2];
	const double x0 = step->at[0], y0 = step->at[1], z0 = step->at[2];

	for (size_t i = 0; i < n; i++) {
		double x1 = x[i] * cz - y[i] * sz, y1 = y[i] * cz + x[i] * sz;
		double z2 = z[i] * cy - x1 * sy, x2 = x1 * cy + z[i] * sy;
		double y3 = y1 * cx - z2 * sx, z3 = z2 * cx + y1 * sx;

		x[i] = x2 + x0;
		y[i] = y3 + y0;
		z[i] = z3 + z0;
	}
}

/* Signed 32-bit conversion is the one SSE2 and AVX2 have; the caller keeps cells below 2^31. */
CALIB_CLONES
void calib_kern_cells(uint32_t *restrict cell, const double *restrict v, size_t n, double from,
                      double pitch, int flip)
{
	for (size_t i = 0; i < n; i++)
		cell[i] = (uint32_t)(int32_t)(flip ? (from - v[i]) / pitch : (v[i] - from) / pitch);
}

CALIB_CLONES
void calib_kern_range(const double *v, size_t n, double *lo, double *hi)
{
	double least[8], most[8];
	size_t i;

	for (i = 0; i < 8; i++)
		least[i] = most[i] = v[0];
	for (i = 0; i + 8 <= n; i += 8)
		for (size_t k = 0; k < 8; k++) {
			least[k] = v[i + k] < least[k] ? v[i + k] : least[k];
			most[k] = v[i + k] > most[k] ? v[i + k] : most[k];
		}
	for (; i < n; i++) {
		least[0] = v[i] < least[0] ? v[i] : least[0];
		most[0] = v[i] > most[0] ? v[i] : most[0];
	}
	*lo = least[0];
	*hi = most[0];
	for (i = 1; i < 8; i++) {
		*lo = least[i] < *lo ? least[i] : *lo;
		*hi = most[i] > *hi ? most[i] : *hi;
	}
}
