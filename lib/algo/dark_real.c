/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_real.c - real numbers: sums of x - x0, x0 the first value of the pixel
 *
 * Squares of large values cancel in S2/n - ave^2; differences from a value of the same size do
 * not, and a constant pixel gives exactly 0.  Each pixel is added up in event order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algo/dark_int.h"
#include "base/mem.h"

struct real { struct calib_dark *dark; const struct calib_dark_block *block; };

static void add_value(struct calib_dark *d, size_t i, double x)
{
	double y;

	d->acc.nlo[i] += x < d->params.int_lo;
	d->acc.nhi[i] += x > d->params.int_hi;
	d->r_min[i] = x < d->r_min[i] ? x : d->r_min[i];
	d->r_max[i] = x > d->r_max[i] ? x : d->r_max[i];
	if (isnan(x) || (d->r_gate > 0 && fabs(x - d->r_ave[i]) > d->r_gate))
		return;
	if (d->acc.n[i]++ == 0)
		d->r_x0[i] = x;
	y = x - d->r_x0[i];
	d->r_s1[i] += y;
	d->r_s2[i] += y * y;
}

static int real_tile(void *ctx, size_t t, void *buffer, struct calib_err *err)
{
	const struct real *r = ctx;
	const struct calib_tile *tile = &r->dark->tile[t];
	double *x = buffer;

	for (size_t f = 0; f < r->block->nframes; f++) {
		int rc = r->block->read(r->block->ctx, f, tile->first, tile->n, x, err);

		if (rc < 0)
			return rc;
		for (size_t i = 0; i < tile->n; i++)
			add_value(r->dark, tile->first + i, x[i]);
	}
	return CALIB_OK;
}

int calib_real_add(struct calib_dark *d, const struct calib_dark_block *block,
                   struct calib_err *err)
{
	struct real r = {d, block};
	struct calib_tilejob job = {real_tile, &r, CALIB_TILE * sizeof(double), 0};

	return calib_dark_tiles(d, &job, err);
}

static void clear(struct calib_dark *d)
{
	size_t n = d->shape.size;

	memset(d->r_s1, 0, n * sizeof *d->r_s1);
	memset(d->r_s2, 0, n * sizeof *d->r_s2);
	memset(d->acc.n, 0, n * sizeof *d->acc.n);
	memset(d->acc.nlo, 0, n * sizeof *d->acc.nlo);
	memset(d->acc.nhi, 0, n * sizeof *d->acc.nhi);
	for (size_t i = 0; i < n; i++) {
		d->r_min[i] = INFINITY;
		d->r_max[i] = -INFINITY;
	}
}

int calib_real_init(struct calib_dark *d, struct calib_err *err)
{
	double **all[] = {&d->r_s1, &d->r_s2, &d->r_x0, &d->r_min, &d->r_max, &d->r_ave};
	size_t n = d->shape.size;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		*all[i] = calib_alloc(n, sizeof(double), "sums", err);
		if (*all[i] == NULL)
			return CALIB_ENOMEM;
	}
	d->acc.n = calib_alloc(n, sizeof *d->acc.n, "counts", err);
	d->acc.nlo = calib_alloc(n, sizeof *d->acc.nlo, "counts", err);
	d->acc.nhi = calib_alloc(n, sizeof *d->acc.nhi, "counts", err);
	if (d->acc.n == NULL || d->acc.nlo == NULL || d->acc.nhi == NULL)
		return CALIB_ENOMEM;
	clear(d);
	return CALIB_OK;
}

void calib_real_moments(const struct calib_dark *d, size_t i, double *ave, double *rms)
{
	double n = d->acc.n[i], mean, v;

	*ave = *rms = 0;
	if (d->acc.n[i] == 0)
		return;
	mean = d->r_s1[i] / n;
	v = d->r_s2[i] / n - mean * mean;
	*ave = d->r_x0[i] + mean;
	*rms = v > 0 ? sqrt(v) : 0;
}

/* End of a stage: its averages are the centres of the next gate. */
void calib_real_reset(struct calib_dark *d, double gate)
{
	double rms;

	for (size_t i = 0; i < d->shape.size; i++)
		calib_real_moments(d, i, &d->r_ave[i], &rms);
	d->r_gate = gate;
	clear(d);
	d->used = 0;
}

void calib_real_finish(struct calib_dark *d)
{
	for (size_t i = 0; i < d->shape.size; i++) {
		double ave, rms;

		calib_real_moments(d, i, &ave, &rms);
		d->r_s1[i] = ave;
		d->r_s2[i] = rms;
	}
	d->ave = d->r_s1;
	d->rms = d->r_s2;
}

void calib_real_free(struct calib_dark *d)
{
	free(d->r_s1);
	free(d->r_s2);
	free(d->r_x0);
	free(d->r_min);
	free(d->r_max);
	free(d->r_ave);
}
