/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/rings.c - radial profile, centre and radii of powder rings */
#include "geo/rings.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { COARSE = 16, SAMPLE = 60000, PEAK = 6, VALLEY = 40 };

void calib_rings_profile(struct calib_ring_bin *bin, size_t nbins, double lo, double hi,
                         const struct calib_ring_data *data, const double centre[2])
{
	double scale = (double)nbins / (hi - lo);

	memset(bin, 0, nbins * sizeof *bin);
	for (size_t i = 0; i < data->n; i++) {
		double dx = data->x[i] - centre[0], dy = data->y[i] - centre[1];
		double t = (sqrt(dx * dx + dy * dy) - lo) * scale, d;

		if (!(t >= 0 && t < (double)nbins))
			continue;
		struct calib_ring_bin *b = &bin[(size_t)t];

		b->count++;	/* Welford: no cancellation on a high background */
		d = data->v[i] - b->mean;
		b->mean += d / (double)b->count;
		b->rms += d * (data->v[i] - b->mean);
	}
	for (size_t i = 0; i < nbins; i++)
		bin[i].rms = bin[i].count ? sqrt(bin[i].rms / (double)bin[i].count) : 0;
}

double calib_rings_reach(const struct calib_ring_data *data, const double centre[2])
{
	double most = 0;

	for (size_t i = 0; i < data->n; i++)
		most = fmax(most, hypot(data->x[i] - centre[0], data->y[i] - centre[1]));
	return most;
}

static int ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int calib_rings_clip(struct calib_ring_data *data, struct calib_err *err)
{
	double *copy = malloc((data->n + 1) * sizeof *copy), lo, hi;

	if (copy == NULL)
		return calib_fail(err, CALIB_ENOMEM, "out of memory for %zu pixels", data->n);
	memcpy(copy, data->v, data->n * sizeof *copy);
	qsort(copy, data->n, sizeof *copy, ascending);
	lo = data->n ? copy[data->n / 1000] : 0;
	hi = data->n ? copy[data->n - 1 - data->n / 1000] : 0;
	for (size_t i = 0; i < data->n; i++)
		data->v[i] = fmin(fmax(data->v[i], lo), hi);
	free(copy);
	return CALIB_OK;
}

/* Variance between the bins: largest where rings fall into bins of their own. */
static double contrast(const struct calib_ring_data *data, const double centre[2], double width,
                       struct calib_ring_bin *bin, size_t room)
{
	double hi = calib_rings_reach(data, centre) + width, all = 0, mean = 0, sum = 0;
	size_t n = (size_t)fmin(hi / width + 1, (double)room);

	calib_rings_profile(bin, n, 0, width * (double)n, data, centre);
	for (size_t i = 0; i < n; i++) {
		all += (double)bin[i].count;
		mean += (double)bin[i].count * bin[i].mean;
	}
	mean /= fmax(all, 1);
	for (size_t i = 0; i < n; i++)
		sum += (double)bin[i].count * (bin[i].mean - mean) * (bin[i].mean - mean);
	return sum;
}

/* The best of the 3 x 3 (or, at first, many) neighbours at this step. */
static void climb(double centre[2], int reach, double step, double width,
                  const struct calib_ring_data *data, struct calib_ring_bin *bin, size_t room)
{
	double middle[2] = {centre[0], centre[1]};
	double best = contrast(data, centre, width, bin, room);

	for (int i = -reach; i <= reach; i++)
		for (int j = -reach; j <= reach; j++) {
			double at[2] = {middle[0] + i * step, middle[1] + j * step};
			double c = contrast(data, at, width, bin, room);

			if (c > best) {
				best = c;
				centre[0] = at[0];
				centre[1] = at[1];
			}
		}
}

int calib_rings_centre(double centre[2], double range, const struct calib_ring_data *data,
                       struct calib_err *err)
{
	size_t stride = data->n / SAMPLE + 1, n = 0, room = 16384;
	struct calib_ring_data few = {.pixel = data->pixel};
	struct calib_ring_bin *bin = malloc(room * sizeof *bin);
	double *all = malloc((data->n / stride + 1) * 3 * sizeof *all), step = range / COARSE;

	if (bin == NULL || all == NULL) {
		free(bin);
		free(all);
		return calib_fail(err, CALIB_ENOMEM, "out of memory for %zu pixels", data->n);
	}
	few.x = all;
	few.y = all + data->n / stride + 1;
	few.v = few.y + data->n / stride + 1;
	for (size_t i = 0; i < data->n; i += stride, n++) {
		few.x[n] = data->x[i];
		few.y[n] = data->y[i];
		few.v[n] = data->v[i];
	}
	few.n = n;
	climb(centre, COARSE, step, fmax(step / 2, data->pixel), &few, bin, room);
	while (step > data->pixel / 4) {
		for (int k = 0; k < 2; k++)
			climb(centre, 1, step, fmax(step / 2, data->pixel), &few, bin, room);
		step /= 2;
	}
	free(bin);
	free(all);
	return CALIB_OK;
}

struct peak { double radius, height; };

static int higher(const void *a, const void *b)
{
	const struct peak *x = a, *y = b;

	return (x->height < y->height) - (x->height > y->height);
}

/* How far bin i stands out of the valleys at both sides; 0: no maximum. */
static double prominence(const double *v, size_t n, size_t i)
{
	double left = v[i], right = v[i];

	for (size_t k = 1; k <= VALLEY; k++) {
		double a = i >= k ? v[i - k] : v[0], b = i + k < n ? v[i + k] : v[n - 1];

		if (k <= PEAK && (a > v[i] || b >= v[i]))
			return 0;
		left = fmin(left, a);
		right = fmin(right, b);
	}
	return v[i] - fmax(left, right);
}

int calib_rings_find(double radius[CALIB_RINGS_MAX], size_t max, double lo, double hi, double apart,
                     const struct calib_ring_data *data, const double centre[2],
                     struct calib_err *err)
{
	double w = data->pixel;
	size_t n = (size_t)fmin(fmax((hi - lo) / w, 1), 1e6) + 1, found = 0, kept = 0;
	struct calib_ring_bin *bin = malloc(n * sizeof *bin);
	double *smooth = calloc(n, sizeof *smooth);
	struct peak *peak = malloc(n * sizeof *peak);

	if (bin != NULL && smooth != NULL && peak != NULL) {
		calib_rings_profile(bin, n, lo, lo + w * (double)n, data, centre);
		for (size_t i = 0; i < n; i++) {
			double sum = 0, count = 0;

			for (size_t k = i < 2 ? 0 : i - 2; k < n && k <= i + 2; k++) {
				sum += bin[k].mean * (double)bin[k].count;
				count += (double)bin[k].count;
			}
			smooth[i] = count > 0 ? sum / count : i > 0 ? smooth[i - 1] : 0;
		}
		for (size_t i = 0; i < n; i++) {
			double p = prominence(smooth, n, i);
			double noise = bin[i].rms / sqrt(fmax((double)bin[i].count * 5, 1));

			if (p > 6 * noise && p > 0 && bin[i].count > 50)
				peak[found++] = (struct peak){lo + ((double)i + 0.5) * w, p};
		}
		qsort(peak, found, sizeof *peak, higher);
		for (size_t i = 0; i < found && kept < max; i++) {
			bool near = peak[i].height < 0.1 * peak[0].height;	/* or noise */

			for (size_t k = 0; k < kept && !near; k++)
				near = fabs(radius[k] - peak[i].radius) < apart;
			if (!near)
				radius[kept++] = peak[i].radius;
		}
		found = kept;
		qsort(radius, found, sizeof *radius, ascending);
	} else {
		(void)calib_fail(err, CALIB_ENOMEM, "out of memory for %zu bins", n);
		found = (size_t)-1;
	}
	free(bin);
	free(smooth);
	free(peak);
	return found == (size_t)-1 ? CALIB_ENOMEM : (int)found;
}
