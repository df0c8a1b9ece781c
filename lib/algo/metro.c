/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/metro.c - optical metrology */
#include "algo/metro.h"

#include <math.h>
#include <string.h>

#include "algo/metro_int.h"

/* The reference's own, for the same last digit. */
static const double PI = 3.14159265359;

struct vec { double v[3]; };

static struct vec from_to(const struct calib_metro_point *a, const struct calib_metro_point *b)
{
	return (struct vec){{(double)b->x - a->x, (double)b->y - a->y, (double)b->z - a->z}};
}

static struct vec minus(struct vec a, struct vec b)
{
	return (struct vec){{a.v[0] - b.v[0], a.v[1] - b.v[1], a.v[2] - b.v[2]}};
}

static double length(struct vec a)
{
	return sqrt(a.v[0] * a.v[0] + a.v[1] * a.v[1] + a.v[2] * a.v[2]);
}

/* How far c is from the plane of a and b. */
static double above(struct vec a, struct vec b, struct vec c)
{
	struct vec n = {{a.v[1] * b.v[2] - a.v[2] * b.v[1], a.v[2] * b.v[0] - a.v[0] * b.v[2],
		a.v[0] * b.v[1] - a.v[1] * b.v[0]}};

	double norm = length(n);

	/* the normal is made of length 1 first, for the same last digit */
	return c.v[0] * (n.v[0] / norm) + c.v[1] * (n.v[1] / norm) + c.v[2] * (n.v[2] / norm);
}

/* The three other corners seen from one, by distance: short side, long side, diagonal. */
static int sort_by_length(struct vec v[3], struct calib_err *err)
{
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 2 - i; k++)
			if (length(v[k]) > length(v[k + 1])) {
				struct vec t = v[k];

				v[k] = v[k + 1];
				v[k + 1] = t;
			}
	if (!(length(v[0]) < length(v[1]) && length(v[1]) < length(v[2])))
		return calib_fail(err, CALIB_EFORMAT, "two corners are equally far from the third "
		                  "(%.1f, %.1f and %.1f um): which side is the long one cannot "
		                  "be told",
		                  length(v[0]), length(v[1]), length(v[2]));
	return CALIB_OK;
}

/* To 0, 90, 180 or 270 deg. */
static int axis_of(double x, double y, double within)
{
	double t = atan2(y, x) * 180 / PI;

	return fabs(t) < within ? 0 : fabs(t - 90) < within ? 90 : fabs(t) > 180 - within ? 180
	       : 270;
}

static double angle_from(double x, double y, int rot)
{
	double t = atan2(y, x);

	if (fabs(t) > 0.1 && t < 0)
		t += 2 * PI;
	return t * 180 / PI - rot;
}

static double mean_of(const double pair[2], bool integer)
{
	double mean = 0.5 * (pair[0] + pair[1]);

	return integer ? (int)mean : mean;	/* whole, so that there is no -0 */
}

int calib_metro_measure(struct calib_metro_quality *q, const struct calib_metro_point p[4],
                        int origin, int rot, double within, bool integer, struct calib_err *err)
{
	const struct calib_metro_point *o = &p[origin];
	struct vec v[3], s[2], l[2], d[2];
	bool flat;
	int a, b;

	for (int i = 0; i < 3; i++)
		v[i] = from_to(o, &p[(origin + 1 + i) % 4]);
	if (sort_by_length(v, err) < 0)
		return CALIB_EFORMAT;
	s[0] = v[0], l[0] = v[1], d[0] = v[2];
	s[1] = minus(d[0], l[0]), l[1] = minus(d[0], s[0]), d[1] = minus(l[0], s[0]);
	q->rot = rot >= 0 ? rot : axis_of(l[0].v[0], l[0].v[1], within);
	flat = q->rot == 0 || q->rot == 180;
	a = flat, b = !flat;	/* axis across, and along, the long side */
	for (int i = 0; i < 2; i++) {
		q->s[i] = s[i].v[a], q->ds[i] = l[i].v[a];
		q->l[i] = l[i].v[b], q->dl[i] = s[i].v[b];
		q->dzs[i] = s[i].v[2], q->dzl[i] = l[i].v[2];
		q->d[i] = integer ? trunc(length(d[i])) : length(d[i]);
	}
	q->sa = mean_of(q->s, integer), q->la = mean_of(q->l, integer);
	q->dzsa = mean_of(q->dzs, integer), q->dzla = mean_of(q->dzl, integer);
	q->xsize = fabs(flat ? q->la : q->sa), q->ysize = fabs(flat ? q->sa : q->la);
	q->dzx = flat ? q->dzla : q->dzsa, q->dzy = flat ? q->dzsa : q->dzla;
	q->angle = angle_from(0.5 * (l[0].v[0] + l[1].v[0]), 0.5 * (l[0].v[1] + l[1].v[1]), q->rot);
	q->angle_xz = atan2(q->dzx, q->xsize) * 180 / PI;
	q->angle_yz = atan2(q->dzy, q->ysize) * 180 / PI;
	q->dz3 = above(l[0], s[0], d[0]);
	return CALIB_OK;
}

double calib_metro_above(const struct calib_metro_point p[4], int o, int a, int b)
{
	return above(from_to(&p[o], &p[a]), from_to(&p[o], &p[b]), from_to(&p[o], &p[(o + 2) % 4]));
}

/* ---- CSPAD ---- */

/* Of the sensors in a quad: first corner, the corner at pixel (0,0), design direction / 90 deg. */
static const struct { int first, origin, n; } places[8] = {
	{5, 6, 0}, {1, 2, 0}, {13, 15, 3}, {9, 11, 3}, {17, 20, 2}, {21, 24, 2}, {29, 31, 3},
	{25, 27, 3},
}, places2x2[2] = {{1, 4, 2}, {5, 8, 2}};

/* XPP numbers corners by their place in the frame of the whole detector: the standard number p is
 * there tables[turn][p - 1]. */
static const int tables[4][32] = {
	{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
	 26, 27, 28, 29, 30, 31, 32},
	{32, 29, 30, 31, 28, 25, 26, 27, 4, 1, 2, 3, 8, 5, 6, 7, 16, 13, 14, 15, 12, 9, 10, 11, 20,
	 17, 18, 19, 24, 21, 22, 23},
	{23, 24, 21, 22, 19, 20, 17, 18, 31, 32, 29, 30, 27, 28, 25, 26, 7, 8, 5, 6, 3, 4, 1, 2,
	 15, 16, 13, 14, 11, 12, 9, 10},
	{10, 11, 12, 9, 14, 15, 16, 13, 22, 23, 24, 21, 18, 19, 20, 17, 26, 27, 28, 25, 30, 31, 32,
	 29, 6, 7, 8, 5, 2, 3, 4, 1},
};
static const int quad_turn[4] = {1, 0, 3, 2};

/* [quad][number - 1]; line 0: not measured. */
struct corners { struct calib_metro_point p[4][32]; };

static int sort_corners(struct corners *c, const struct calib_metro_point *points, size_t n,
                        int per_quad, struct calib_err *err)
{
	memset(c, 0, sizeof *c);
	for (size_t i = 0; i < n; i++) {
		const struct calib_metro_point *p = &points[i];
		int quad = p->quad < 0 && per_quad == 8 ? 0 : p->quad;

		if (quad < 0 || quad > 3)
			return calib_fail(err, CALIB_EFORMAT, "line %zu: point %d belongs to no "
			                  "quad from 0 to 3: a line 'Quad n' must be above it",
			                  p->line, p->number);
		if (p->number < 1 || p->number > per_quad)
			return calib_fail(err, CALIB_EFORMAT, "line %zu: point %d: numbers of this "
			                  "layout are from 1 to %d", p->line, p->number, per_quad);
		if (c->p[quad][p->number - 1].line != 0)
			return calib_fail(err, CALIB_EFORMAT, "line %zu: quad %d has point %d "
			                  "already, on line %zu", p->line, quad, p->number,
			                  c->p[quad][p->number - 1].line);
		c->p[quad][p->number - 1] = *p;
	}
	return CALIB_OK;
}

static int turn_of(const struct calib_metro_opts *o, int quad)
{
	if (o->layout != CALIB_METRO_CSPAD_V2)
		return 0;
	return o->compat ? (quad_turn[quad] - o->n90 + 4) % 4 : (quad_turn[quad] + o->n90) % 4;
}

static int cspad_sensor(struct calib_metro_sensor *s, const struct corners *c,
                        const struct calib_metro_opts *o, struct calib_err *err)
{
	bool small = o->layout == CALIB_METRO_CSPAD2X2;
	int first = small ? places2x2[s->segment].first : places[s->segment].first;
	int origin = small ? places2x2[s->segment].origin : places[s->segment].origin;
	int n = (small ? places2x2[s->segment].n : places[s->segment].n) + o->n90;
	const int *table = tables[turn_of(o, s->quad)];
	struct calib_metro_point p[4];
	double sum[3] = {0, 0, 0};

	if (o->layout == CALIB_METRO_CSPAD_V2)
		n += quad_turn[s->quad];
	for (int k = 0; k < 4; k++) {
		int number = table[first + k - 1];

		p[k] = c->p[s->quad][number - 1];
		if (p[k].line == 0)
			return calib_fail(err, CALIB_EFORMAT, "quad %d has no point %d", s->quad,
			                  number);
		sum[0] += p[k].x, sum[1] += p[k].y, sum[2] += p[k].z;
	}
	for (int i = 0; i < 3; i++)
		s->centre[i] = 0.25 * sum[i];
	s->rot = n % 4 * 90;
	if (calib_metro_measure(&s->q, p, origin - first, s->rot, 0, true, err) < 0) {
		calib_err_wrap(err, "quad %d, points %d to %d", s->quad, table[first - 1],
		               table[first + 2]);
		return CALIB_EFORMAT;
	}
	s->q.dz3 = calib_metro_above(p, 0, 1, 3);	/* whichever the origin is */
	/* the reference keeps them as 32-bit numbers */
	s->tilt[0] = (float)s->q.angle;
	s->tilt[1] = (float)s->q.angle_xz;
	s->tilt[2] = (float)s->q.angle_yz;
	return CALIB_OK;
}

static int evaluate_cspad(struct calib_metro *m, const struct calib_metro_point *points, size_t n,
                          const struct calib_metro_opts *o, struct calib_err *err)
{
	bool small = o->layout == CALIB_METRO_CSPAD2X2;
	int quads = small ? 1 : 4, per_quad = small ? 2 : 8;
	struct corners c;
	int rc = sort_corners(&c, points, n, per_quad * 4, err);

	for (size_t i = 0; i < n && rc >= 0; i++)
		m->have_quad[small && points[i].quad < 0 ? 0 : points[i].quad] = true;
	for (int q = 0; q < quads && rc >= 0; q++) {
		if (!m->have_quad[q])
			rc = calib_fail(err, CALIB_EFORMAT, "there are no points of quad %d", q);
		for (int s = 0; s < per_quad && rc >= 0; s++) {
			struct calib_metro_sensor *sensor = &m->sensor[m->n++];

			*sensor = (struct calib_metro_sensor){.quad = q, .segment = s};
			rc = cspad_sensor(sensor, &c, o, err);
		}
	}
	return rc;
}

int calib_metro_evaluate(struct calib_metro *m, const struct calib_metro_point *points, size_t n,
                         const struct calib_metro_opts *o, struct calib_err *err)
{
	memset(m, 0, sizeof *m);
	for (size_t i = 0; i < n; i++)
		if (points[i].x > CALIB_METRO_FAR || points[i].x < -CALIB_METRO_FAR
		    || points[i].y > CALIB_METRO_FAR || points[i].y < -CALIB_METRO_FAR
		    || points[i].z > CALIB_METRO_FAR || points[i].z < -CALIB_METRO_FAR)
			return calib_fail(err, CALIB_EFORMAT, "line %zu: point %d is more than 100 "
			                  "m away: coordinates are in um", points[i].line,
			                  points[i].number);
	return o->layout == CALIB_METRO_EPIX10KA2M ? calib_metro_epix(m, points, n, o, err)
	       : evaluate_cspad(m, points, n, o, err);
}
