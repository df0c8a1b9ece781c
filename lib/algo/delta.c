/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/delta.c - what changed from one set of constants to the next */
#include "algo/delta.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/median.h"

/* Differences that are numbers, into work; returns how many. */
static size_t differences(double *work, const double *before, const double *after, size_t n)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		double d = after[i] - before[i];

		if (isfinite(d))
			work[m++] = d;
	}
	return m;
}

static double spread(double *work, size_t m, double median)
{
	for (size_t i = 0; i < m; i++)
		work[i] = fabs(work[i] - median);
	return m > 0 ? CALIB_SIGMA_OF_MAD * calib_kth(work, m, m / 2) : 0;
}

static double median_noise(double *work, const double *rms, size_t n)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(rms[i]) && rms[i] > 0)
			work[m++] = rms[i];
	return m > 0 ? calib_kth(work, m, m / 2) : 0;
}

static bool has_changed(double before, double after, double sigma, double nsigma)
{
	double d = after - before;

	if (!isfinite(d))
		return !(isnan(before) && isnan(after)) && before != after;
	return isfinite(sigma) && sigma > 0 ? fabs(d) > nsigma * sigma : d != 0;
}

void calib_delta_values(struct calib_delta *c, const double *before, const double *after,
                         const double *rms, size_t n, double nsigma, double *work)
{
	size_t m = differences(work, before, after, n);
	double sum = 0;

	*c = (struct calib_delta){n, 0, NAN, NAN, NAN, 0};
	for (size_t i = 0; i < m; i++) {
		sum += work[i];
		if (i == 0 || fabs(work[i]) > fabs(c->largest))
			c->largest = work[i];
	}
	if (m > 0) {
		c->mean = sum / (double)m;
		c->median = calib_kth(work, m, m / 2);
	}
	c->sigma = rms != NULL ? median_noise(work, rms, n) : spread(work, m, c->median);
	for (size_t i = 0; i < n; i++)
		c->changed += has_changed(before[i], after[i], rms != NULL ? rms[i] : c->sigma,
		                          nsigma);
}

void calib_delta_bits(struct calib_bitdelta *c, const uint64_t *before, const uint64_t *after,
                       size_t n)
{
	memset(c, 0, sizeof *c);
	for (size_t i = 0; i < n; i++) {
		uint64_t differ = before[i] ^ after[i];

		if (differ == 0)
			continue;
		c->changed++;
		c->worse += before[i] == 0;
		c->better += after[i] == 0;
		for (unsigned bit = 0; bit < 64; bit++) {
			c->gained[bit] += differ >> bit & after[i] >> bit & 1;
			c->lost[bit] += differ >> bit & before[i] >> bit & 1;
		}
	}
}

double calib_trend_mean(const double *values, const uint64_t *status, size_t n)
{
	double sum = 0;
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(values[i]) && (status == NULL || status[i] == 0)) {
			sum += values[i];
			m++;
		}
	return m > 0 ? sum / (double)m : NAN;
}
