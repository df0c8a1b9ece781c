/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/rotate.c - points of a detector: rotate, shift, find their cells in an image */
#include "kern/rotate.h"

#include "kern/kern.h"

CALIB_CLONES
void kern_rotate(double *restrict a, double *restrict b, size_t n, double c, double s)
{
	for (size_t i = 0; i < n; i++) {
		double x = a[i], y = b[i];

		a[i] = x * c - y * s;
		b[i] = y * c + x * s;
	}
}

CALIB_CLONES
void kern_shift(double *restrict v, size_t n, double by)
{
	for (size_t i = 0; i < n; i++)
		v[i] += by;
}

CALIB_CLONES
void kern_negate(double *restrict out, const double *restrict v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = -v[i];
}

/* Eight independent chains, which a compiler may not make of one by itself. */
CALIB_CLONES
void kern_range(const double *restrict v, size_t n, double range[2])
{
	double lo[8], hi[8];
	size_t i = 0;

	for (int k = 0; k < 8; k++)
		lo[k] = hi[k] = v[0];
	for (; i + 8 <= n; i += 8)
		for (int k = 0; k < 8; k++) {
			lo[k] = v[i + (size_t)k] < lo[k] ? v[i + (size_t)k] : lo[k];
			hi[k] = v[i + (size_t)k] > hi[k] ? v[i + (size_t)k] : hi[k];
		}
	for (; i < n; i++) {
		lo[0] = v[i] < lo[0] ? v[i] : lo[0];
		hi[0] = v[i] > hi[0] ? v[i] : hi[0];
	}
	for (int k = 1; k < 8; k++) {
		lo[0] = lo[k] < lo[0] ? lo[k] : lo[0];
		hi[0] = hi[k] > hi[0] ? hi[k] : hi[0];
	}
	range[0] = lo[0];
	range[1] = hi[0];
}

CALIB_CLONES
void kern_cells(uint32_t *restrict cell, const double *restrict v, size_t n, double v0, double p,
                int down)
{
	if (down)
		for (size_t i = 0; i < n; i++)
			cell[i] = (uint32_t)(int32_t)((v0 - v[i]) / p);
	else
		for (size_t i = 0; i < n; i++)
			cell[i] = (uint32_t)(int32_t)((v[i] - v0) / p);
}

CALIB_CLONES
void kern_project(double *restrict v, const double *restrict z, size_t n, double z0)
{
	for (size_t i = 0; i < n; i++)
		v[i] = z[i] != 0 ? z0 * (v[i] / z[i]) : 0;
}

CALIB_CLONES
uint32_t kern_largest(const uint32_t *restrict v, size_t n)
{
	uint32_t most = 0;

	for (size_t i = 0; i < n; i++)
		most = v[i] > most ? v[i] : most;
	return most;
}

void kern_scatter(float *restrict image, const uint32_t *restrict row,
                  const uint32_t *restrict col, const float *restrict value, size_t n,
                  size_t width)
{
	for (size_t i = 0; i < n; i++)
		image[(size_t)row[i] * width + col[i]] = value[i];
}
