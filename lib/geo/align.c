/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/align.c - shifts and rotations of objects so that all see the same rings */
#include "geo/align.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kern/lsq.h"

#define PRIOR_SHIFT 1e5		/* um, deg: so weak that it decides only what nothing else does */
#define PRIOR_TURN 1e2
#define GAUGE 1e-3		/* um, deg: how exactly the means are zero */
enum { FEWEST = 6 };

struct system {
	double *matrix, *right, *work, *row, *x;
	size_t n, *first;	/* of the images */
	const bool *fix;
};

static bool is_free(const struct system *s, const struct calib_align_object *o, int par)
{
	return !o->fixed && !s->fix[par] && o->npoints >= FEWEST;
}

/* Coefficients of one point; the distance from the centre is what they sum up to. */
static double equation(struct system *s, const struct calib_align_object *object,
                       const struct calib_align_image *image, size_t m,
                       const struct calib_ring_point *p)
{
	const struct calib_align_object *o = &object[p->object];
	double dx = p->x - image->centre[0], dy = p->y - image->centre[1], r = hypot(dx, dy);
	double u = dx / r, v = dy / r, a[CALIB_ALIGN_NPARS];
	size_t at = s->first[m];

	memset(s->row, 0, s->n * sizeof *s->row);
	s->row[at] = u;
	s->row[at + 1] = v;
	s->row[at + 2 + p->ring] = 1;
	a[0] = -(u * o->axis[0][0] + v * o->axis[0][1]);
	a[1] = -(u * o->axis[1][0] + v * o->axis[1][1]);
	a[2] = -(v * (p->x - o->origin[0]) - u * (p->y - o->origin[1])) * o->sense
	       * acos(-1) / 180;
	for (int i = 0; i < CALIB_ALIGN_NPARS; i++)
		if (is_free(s, o, i))
			s->row[p->object * (size_t)CALIB_ALIGN_NPARS + (size_t)i] = a[i];
	return r;
}

static void constraints(struct system *s, const struct calib_align_object *object, size_t n)
{
	bool reference = false;

	for (size_t j = 0; j < n; j++)
		reference |= object[j].fixed;
	for (int k = 0; k < CALIB_ALIGN_NPARS; k++) {
		memset(s->row, 0, s->n * sizeof *s->row);
		for (size_t j = 0; j < n; j++)
			for (int i = 0; i < CALIB_ALIGN_NPARS; i++)
				if (is_free(s, &object[j], i) && (k == 2) == (i == 2))
					s->row[j * 3 + (size_t)i] = k == 2 ? object[j].sense
						: object[j].axis[i][k];
		if (!reference)
			calib_kern_lsq_add(s->matrix, s->right, s->n, s->row, 0,
			                   1 / (GAUGE * GAUGE));
	}
	for (size_t i = 0; i < s->n; i++) {
		double prior = i < n * 3 && i % 3 == 2 ? PRIOR_TURN : PRIOR_SHIFT;

		memset(s->row, 0, s->n * sizeof *s->row);
		s->row[i] = 1;
		if (i < n * 3)
			calib_kern_lsq_add(s->matrix, s->right, s->n, s->row, 0,
			                   is_free(s, &object[i / 3], (int)(i % 3))
			                   ? 1 / (prior * prior) : 1);
		else	/* a ring without a point must not make it singular */
			calib_kern_lsq_add(s->matrix, s->right, s->n, s->row, 0, 1e-16);
	}
}

/* rms of the points, and the scale of their weighted residuals, with the solution in x. */
static double residual(struct system *s, const struct calib_align_object *object,
                       const struct calib_align_image *image, size_t nimages, bool solve,
                       double *scale)
{
	double sum = 0, all = 0, chi = 0;

	for (size_t m = 0; m < nimages; m++)
		for (size_t i = 0; i < image[m].points.n; i++) {
			const struct calib_ring_point *p = &image[m].points.point[i];
			double r = equation(s, object, &image[m], m, p), off = r, w = 1, z;

			for (size_t k = 0; k < s->n; k++)
				off -= s->row[k] * s->x[k];
			z = off / p->sigma;
			if (*scale > 0)
				w = 1 / (1 + pow(z / (4 * *scale), 4));
			if (solve)
				calib_kern_lsq_add(s->matrix, s->right, s->n, s->row, r,
				                   w / (p->sigma * p->sigma));
			sum += w * off * off;
			chi += w * z * z;
			all += w;
		}
	if (!solve)
		*scale = sqrt(chi / fmax(all - (double)s->n, 1));
	return sqrt(sum / fmax(all, 1));
}

static int prepare(struct system *s, struct calib_align_object *object, size_t n,
                   const struct calib_align_image *image, size_t nimages, struct calib_err *err)
{
	size_t total = 0;

	s->n = n * 3;
	for (size_t j = 0; j < n; j++)
		object[j].npoints = 0;
	for (size_t m = 0; m < nimages; m++) {
		s->first[m] = s->n;
		s->n += 2 + image[m].nrings;
		total += image[m].points.n;
		for (size_t i = 0; i < image[m].points.n; i++)
			object[image[m].points.point[i].object].npoints++;
	}
	if (total < FEWEST)
		return calib_fail(err, CALIB_ENOTFOUND,
		        "%zu points on rings are too few: are there "
		                  "rings in the image?", total);
	s->matrix = calloc(s->n * (2 * s->n + 3), sizeof *s->matrix);
	if (s->matrix == NULL)
		return calib_fail(err, CALIB_ENOMEM, "out of memory for %zu unknowns", s->n);
	s->work = s->matrix + s->n * s->n;
	s->right = s->work + s->n * s->n;
	s->row = s->right + s->n;
	s->x = s->row + s->n;
	return CALIB_OK;
}

static void take(const struct system *s, struct calib_align_object *object, size_t n,
                 struct calib_align_image *image, size_t nimages, double scale)
{
	for (size_t j = 0; j < n; j++)
		for (int i = 0; i < CALIB_ALIGN_NPARS; i++) {
			size_t k = j * 3 + (size_t)i;
			bool free = is_free(s, &object[j], i);

			object[j].change[i] = free ? s->x[k] : 0;
			object[j].sigma[i] = free ? scale * sqrt(s->matrix[k * s->n + k])
				: object[j].fixed || s->fix[i] ? (double)NAN : (double)INFINITY;
		}
	for (size_t m = 0; m < nimages; m++) {
		image[m].centre[0] += s->x[s->first[m]];
		image[m].centre[1] += s->x[s->first[m] + 1];
		for (size_t k = 0; k < image[m].nrings; k++)
			if (s->x[s->first[m] + 2 + k] > 0)
				image[m].radius[k] = s->x[s->first[m] + 2 + k];
	}
}

int calib_align_solve(struct calib_align_object *object, size_t nobjects,
                      struct calib_align_image *image, size_t nimages,
                      const bool fix[CALIB_ALIGN_NPARS], double *rms, struct calib_err *err)
{
	size_t first[CALIB_ALIGN_IMAGES];
	struct system s = {.first = first, .fix = fix};
	double scale = 0;
	int rc = prepare(&s, object, nobjects, image, nimages, err);

	for (int k = 0; k < 6 && rc >= 0; k++) {
		memset(s.matrix, 0, s.n * s.n * sizeof *s.matrix);
		memset(s.right, 0, s.n * sizeof *s.right);
		residual(&s, object, image, nimages, true, &scale);
		constraints(&s, object, nobjects);
		if (calib_kern_lsq_solve(s.matrix, s.right, s.n, s.work) < 0)
			rc = calib_fail(err, CALIB_ENOTFOUND, "the rings do not determine the "
			                "objects asked for; align fewer of them");
		memcpy(s.x, s.right, s.n * sizeof *s.x);
		if (rc >= 0)
			*rms = residual(&s, object, image, nimages, false, &scale);
	}
	if (rc >= 0)
		take(&s, object, nobjects, image, nimages, scale);
	free(s.matrix);
	return rc;
}
