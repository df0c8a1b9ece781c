/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/ringfit.c - points on powder rings, and circles and ellipses through them */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "geo/rings.h"
#include "kern/lsq.h"

enum { NPAR = 5, MINIMUM = 20 };	/* height, crest, width, level, slope; pixels of a sector */
#define WINDOW 25.0			/* pixels each side of a ring, less where rings are near */

struct sample { double t, v; };		/* t: distance from the ring [pixel] */

/* Where to start: the highest of the smoothed bins of the sector. */
static double start(const struct sample *s, size_t n, double half, double *height, double *level)
{
	double sum[64] = {0}, count[64] = {0}, best = -INFINITY, least = INFINITY, at = 0;

	for (size_t i = 0; i < n; i++) {
		size_t b = (size_t)fmin(fmax(s[i].t + half, 0), 63);

		sum[b] += s[i].v;
		count[b]++;
	}
	for (size_t b = 1; b + 1 < 64 && (double)b < 2 * half; b++) {
		double c = count[b - 1] + count[b] + count[b + 1];
		double m = (sum[b - 1] + sum[b] + sum[b + 1]) / fmax(c, 1);

		if (c < 3)
			continue;
		least = fmin(least, m);
		if (m > best) {
			best = m;
			at = (double)b + 0.5 - half;
		}
	}
	*height = best - least;
	*level = least;
	return at;
}

/* One step of Gauss-Newton without samples farther than limit; the rms of the rest. */
static double step(double p[NPAR], double cov[NPAR * NPAR], const struct sample *s, size_t n,
                   double limit, size_t *used)
{
	double right[NPAR] = {0}, work[NPAR * NPAR], sum = 0;

	memset(cov, 0, NPAR * NPAR * sizeof *cov);
	*used = 0;
	for (size_t i = 0; i < n; i++) {
		double u = (s[i].t - p[1]) / p[2], g = exp(-0.5 * u * u);
		double a[NPAR] = {g, p[0] * g * u / p[2], p[0] * g * u * u / p[2], 1, s[i].t};
		double r = s[i].v - (p[0] * g + p[3] + p[4] * s[i].t);

		if (fabs(r) > limit)
			continue;
		sum += r * r;
		(*used)++;
		calib_kern_lsq_add(cov, right, NPAR, a, r, 1);
	}
	if (*used < MINIMUM || calib_kern_lsq_solve(cov, right, NPAR, work) < 0)
		return -1;
	for (int i = 0; i < NPAR; i++)
		p[i] += i == 1 || i == 2 ? fmin(fmax(right[i], -2), 2) : right[i];
	p[2] = fmin(fmax(p[2], 0.5), 12);
	return sqrt(sum / (double)(*used - NPAR));
}

/* The crest of a sector; false: none to be seen. */
static bool crest(double *t, double *sigma, const struct sample *s, size_t n, double half)
{
	double p[NPAR] = {0, 0, 2, 0, 0}, cov[NPAR * NPAR], rms = 0, limit = INFINITY;
	size_t used;

	if (n < MINIMUM)
		return false;
	p[1] = start(s, n, half, &p[0], &p[3]);
	for (int k = 0; k < 15; k++) {
		rms = step(p, cov, s, n, limit, &used);
		if (rms < 0 || !(fabs(p[1]) < half))
			return false;
		limit = k >= 2 ? 4 * rms + 1e-9 * fabs(p[0]) : INFINITY;
	}
	*t = p[1];
	*sigma = fmax(rms * sqrt(fmax(cov[NPAR + 1], 0)), 1e-3);
	return p[0] > 6 * rms * sqrt(fmax(cov[0], 0)) && *sigma < 1 && p[2] < 11
	       && fabs(p[1]) + p[2] < half;
}

static int append(struct calib_ring_points *points, struct calib_ring_point point,
                  struct calib_err *err)
{
	if (points->n == points->room) {
		size_t room = points->room * 2 + 256;
		void *more = realloc(points->point, room * sizeof *points->point);

		if (more == NULL)
			return calib_fail(err, CALIB_ENOMEM, "out of memory for %zu points", room);
		points->point = more;
		points->room = room;
	}
	points->point[points->n++] = point;
	return CALIB_OK;
}

/* Scratch of one ring: pixels of the window sorted by object and sector. */
struct window { size_t *first; struct sample *sample; double half; size_t ncells; };

static double place(const struct calib_ring_data *d, size_t i, const double c[2], double radius,
                    size_t *cell)
{
	double dx = d->x[i] - c[0], dy = d->y[i] - c[1], turn = 2 * acos(-1);
	double phi = atan2(dy, dx) / turn + 0.5;
	size_t sector = (size_t)fmin(phi * CALIB_RINGS_SECTORS, CALIB_RINGS_SECTORS - 1);

	*cell = (d->object ? d->object[i] : 0) * (size_t)CALIB_RINGS_SECTORS + sector;
	return (sqrt(dx * dx + dy * dy) - radius) / d->pixel;
}

static void sort(struct window *w, const struct calib_ring_data *d, const double c[2],
                 double radius)
{
	double far = (radius + w->half * d->pixel), near = radius - w->half * d->pixel;
	size_t cell;

	memset(w->first, 0, (w->ncells + 2) * sizeof *w->first);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < d->n; i++) {
			double dx = d->x[i] - c[0], dy = d->y[i] - c[1], q = dx * dx + dy * dy, t;

			if (q > far * far || (near > 0 && q < near * near))
				continue;
			t = place(d, i, c, radius, &cell);
			if (pass == 0)
				w->first[cell + 2]++;
			else
				w->sample[w->first[cell + 1]++] = (struct sample){t, d->v[i]};
		}
		for (size_t k = 2; pass == 0 && k < w->ncells + 2; k++)
			w->first[k] += w->first[k - 1];
	}
}

int calib_rings_points(struct calib_ring_points *points, const struct calib_ring_data *data,
                       unsigned nobjects, const double centre[2], const double *radius,
                       size_t nrings, struct calib_err *err)
{
	struct window w = {.ncells = (size_t)nobjects * CALIB_RINGS_SECTORS};
	double t, sigma, turn = 2 * acos(-1);
	int rc = CALIB_OK;

	w.first = malloc((w.ncells + 2) * sizeof *w.first);
	w.sample = malloc((data->n + 1) * sizeof *w.sample);
	if (w.first == NULL || w.sample == NULL)
		rc = calib_fail(err, CALIB_ENOMEM, "out of memory for %zu pixels", data->n);
	for (size_t k = 0; k < nrings && rc >= 0; k++) {
		double left = k > 0 ? (radius[k] - radius[k - 1]) / data->pixel : INFINITY;
		double right = k + 1 < nrings ? (radius[k + 1] - radius[k]) / data->pixel :
		        INFINITY;

		w.half = fmin(WINDOW, 0.6 * fmin(left, right));
		sort(&w, data, centre, radius[k]);
		for (size_t cell = 0; cell < w.ncells && rc >= 0; cell++) {
			double phi = turn * (((double)(cell % CALIB_RINGS_SECTORS) + 0.5)
			                     / CALIB_RINGS_SECTORS - 0.5), r;

			if (!crest(&t, &sigma, w.sample + w.first[cell],
			           w.first[cell + 1] - w.first[cell], w.half))
				continue;
			r = radius[k] + t * data->pixel;
			rc = append(points, (struct calib_ring_point){centre[0] + r * cos(phi),
			            centre[1] + r * sin(phi), sigma * data->pixel, (unsigned)k,
			            (unsigned)(cell / CALIB_RINGS_SECTORS)}, err);
		}
	}
	free(w.first);
	free(w.sample);
	return rc;
}

/* r(phi) = R + dx cos + dy sin [+ e cos 2phi + f sin 2phi], far points weighted down. */
static int harmonics(double p[5], double cov[25], size_t npar, double *rms, size_t *n,
                     const struct calib_ring_points *points, unsigned ring, const double c[2],
                     const double old[5], double scale)
{
	double work[25], sum = 0, all = 0;

	memset(p, 0, 5 * sizeof *p);
	memset(cov, 0, 25 * sizeof *cov);
	*n = 0;
	for (size_t i = 0; i < points->n; i++) {
		const struct calib_ring_point *q = &points->point[i];
		double dx = q->x - c[0], dy = q->y - c[1], r = hypot(dx, dy), u = dx / r, v = dy /
		        r;
		double a[5] = {1, u, v, u * u - v * v, 2 * u * v}, off = r, w;

		if (q->ring != ring)
			continue;
		for (size_t k = 0; k < npar; k++)
			off -= a[k] * old[k];
		off /= scale > 0 ? 4 * scale : 1;
		w = scale > 0 ? 1 / (1 + off * off * off * off) : 1;
		calib_kern_lsq_add(cov, p, npar, a, r, w);
		sum += w * off * off * 16 * scale * scale;
		all += w;
		(*n)++;
	}
	*rms = sqrt(sum / fmax(all - (double)npar, 1));
	return *n < npar + 3 ? -1 : calib_kern_lsq_solve(cov, p, npar, work);
}

/* Median of |residual| as a standard deviation. */
static double spread(const struct calib_ring_points *points, unsigned ring, const double c[2],
                     const double p[5])
{
	double abs[4096], sum;
	size_t n = 0;

	for (size_t i = 0; i < points->n && n < 4096; i++) {
		double dx = points->point[i].x - c[0], dy = points->point[i].y - c[1];
		double r = hypot(dx, dy), u = dx / r, v = dy / r;

		if (points->point[i].ring != ring)
			continue;
		sum = r - p[0] - p[1] * u - p[2] * v - p[3] * (u * u - v * v) - p[4] * 2 * u * v;
		for (size_t k = n++;; k--) {	/* sorted as it grows */
			if (k == 0 || abs[k - 1] <= fabs(sum)) {
				abs[k] = fabs(sum);
				break;
			}
			abs[k] = abs[k - 1];
		}
	}
	return n ? fmax(1.4826 * abs[n / 2], 1e-9) : 1;
}

int calib_rings_fit(struct calib_ring_fit *fit, const struct calib_ring_points *points,
                    unsigned ring, const double centre[2], struct calib_err *err)
{
	double p[5] = {0}, old[5] = {0}, cov[25], c[2] = {centre[0], centre[1]}, scale = 0, e;

	memset(fit, 0, sizeof *fit);
	for (int pass = 0; pass < 2; pass++)	/* the circle, then the ellipse */
		for (int k = 0; k < 10; k++) {
			size_t npar = pass ? 5 : 3;

			if (harmonics(p, cov, npar, &e, &fit->n, points, ring, c, old, scale) < 0)
				return calib_fail(err, CALIB_ENOTFOUND,
				        "%zu points of a ring are too "
				                  "few or on too short an arc for a fit", fit->n);
			c[0] += p[1];
			c[1] += p[2];
			p[1] = p[2] = 0;
			memcpy(old, p, sizeof old);
			scale = spread(points, ring, c, p);
			if (k == 9 && pass == 0) {
				memcpy(fit->centre, c, sizeof c);
				fit->radius = p[0];
				fit->rms = e;
				fit->sigma_radius = e * sqrt(cov[0]);
				fit->sigma_centre[0] = e * sqrt(cov[4]);
				fit->sigma_centre[1] = e * sqrt(cov[8]);
			}
		}
	fit->axis[0] = p[0] + hypot(p[3], p[4]);
	fit->axis[1] = p[0] - hypot(p[3], p[4]);
	fit->angle = atan2(p[4], p[3]) * 90 / acos(-1);
	fit->sigma_axis = e * sqrt(cov[3 * 5 + 3]);
	return CALIB_OK;
}
