/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/metro_epix.c - optical metrology of the ePix10ka2M: 16 sensors in 4 quads
 *
 * Points come in the order in which they were measured, four for each sensor, clockwise from the
 * lower left; where a sensor is and which number the DAQ gives it follows from the place of quad 0.
 * Source: lcls-psana/CalibManager src/OpticAlignmentUtils.py, app/optical_metrology_epix10ka2m. */
#include <math.h>

#include "algo/metro_int.h"

enum { SENSORS = 16, PER_QUAD = 4 };

/* The DAQ's number of sensor s in the order of measurement, by the place of quad 0. */
static const int daq_number[4][SENSORS] = {
	{0, 1, 3, 2, 6, 4, 5, 7, 11, 10, 8, 9, 13, 15, 14, 12},
	{2, 0, 1, 3, 7, 6, 4, 5, 9, 11, 10, 8, 12, 13, 15, 14},
	{3, 2, 0, 1, 5, 7, 6, 4, 8, 9, 11, 10, 14, 12, 13, 15},
	{1, 3, 2, 0, 4, 5, 7, 6, 10, 8, 9, 11, 15, 14, 12, 13},
};
/* The same within quads that turn with quad 0. */
static const int quad_number[4][PER_QUAD] = {
	{0, 1, 3, 2}, {2, 0, 1, 3}, {3, 2, 0, 1}, {1, 3, 2, 0},
};
static const int quad_rot[4] = {90, 0, 270, 180};

/* [sensor][corner][x, y, z] */
struct array { double p[SENSORS][4][3]; };

/* The middle of all points to the origin, in whole um; then the mean slope away. */
static void level(struct array *a)
{
	double mean[3] = {0, 0, 0}, num[2] = {0, 0}, den[2] = {0, 0};
	double (*p)[3] = &a->p[0][0];

	for (int i = 0; i < SENSORS * 4; i++)
		for (int k = 0; k < 3; k++)
			mean[k] += p[i][k] / (SENSORS * 4);
	for (int i = 0; i < SENSORS * 4; i++)
		for (int k = 0; k < 3; k++)
			p[i][k] -= trunc(mean[k]);
	for (int i = 0; i < SENSORS * 4; i++)
		for (int k = 0; k < 2; k++) {
			num[k] += p[i][2] * ((p[i][k] > 0) - (p[i][k] < 0));
			den[k] += fabs(p[i][k]);
		}
	for (int i = 0; i < SENSORS * 4; i++)
		p[i][2] -= trunc((den[0] > 0 ? num[0] / den[0] : 0) * p[i][0]
		                 + (den[1] > 0 ? num[1] / den[1] : 0) * p[i][1]);
}

static int turns_of(double x, double y)
{
	double t = atan2(y, x) * 180 / M_PI;

	return fabs(t) < 45 ? 0 : fabs(t - 90) < 45 ? 1 : fabs(t) > 135 ? 2 : 3;
}

/* (x, y) turned by -n times 90 deg */
static void turn_back(double v[3], int n)
{
	for (; n > 0; n--) {
		double x = v[0];

		v[0] = v[1];
		v[1] = -x;
	}
}

/* By cosine and sine, as the reference does it: a position that is whole may come out a hair less,
 * and is cut then. */
static void turn(double v[3], double deg)
{
	double c = cos(deg * M_PI / 180), s = sin(deg * M_PI / 180), x = v[0];

	v[0] = x * c - v[1] * s;
	v[1] = x * s + v[1] * c;
}

/* Where a sensor is and how it lies; o: the corner at its origin. */
static void place(struct calib_metro_sensor *s, double p[4][3], int o)
{
	double x[3], y[3];
	int n;

	for (int k = 0; k < 3; k++) {
		double vx1 = p[(o + 3) % 4][k] - p[o][k], vy1 = p[(o + 1) % 4][k] - p[o][k];
		double vd1 = p[(o + 2) % 4][k] - p[o][k];

		s->centre[k] = 0.25 * (p[0][k] + p[1][k] + p[2][k] + p[3][k]);
		x[k] = 0.5 * (vx1 + (vd1 - vy1));
		y[k] = 0.5 * (vy1 + (vd1 - vx1));
	}
	n = turns_of(p[(o + 3) % 4][0] - p[o][0], p[(o + 3) % 4][1] - p[o][1]);
	turn_back(x, n);
	turn_back(y, n);
	s->rot = n * 90;
	s->tilt[0] = atan2(x[1], x[0]) * 180 / M_PI;
	s->tilt[1] = atan2(x[2], x[0]) * 180 / M_PI;
	s->tilt[2] = atan2(y[2], y[1]) * 180 / M_PI;
}

/* Sensors in the order of measurement, with their sides as they are used. */
static int place_all(struct calib_metro *m, const struct array *a,
                     const struct calib_metro_opts *o, struct calib_err *err)
{
	for (int s = 0; s < SENSORS; s++) {
		struct calib_metro_point p[4];
		struct array copy = *a;
		int origin = (s / PER_QUAD + 1 + o->rot) % 4;

		m->sensor[s] = (struct calib_metro_sensor){.quad = s / PER_QUAD, .segment = s};
		place(&m->sensor[s], copy.p[s], origin);
		for (int k = 0; k < 4; k++)
			p[k] = (struct calib_metro_point){.x = (int32_t)a->p[s][k][0],
				.y = (int32_t)a->p[s][k][1], .z = (int32_t)a->p[s][k][2]};
		if (calib_metro_measure(&m->sensor[s].q, p, origin, -1, 45, false, err) < 0) {
			calib_err_wrap(err, "sensor %d in the order of measurement", s);
			return CALIB_EFORMAT;
		}
		m->sensor[s].q.dz3 = calib_metro_above(p, origin, (origin + 3) % 4,
		                                       (origin + 1) % 4);
	}
	m->n = SENSORS;
	return CALIB_OK;
}

static void mean_centre(double mean[3], const struct calib_metro_sensor *s, int n)
{
	for (int k = 0; k < 3; k++) {
		mean[k] = 0;
		for (int i = 0; i < n; i++)
			mean[k] += s[i].centre[k] / n;
	}
}

static void without_quads(struct calib_metro *m, const struct calib_metro_opts *o)
{
	double mean[3];

	mean_centre(mean, m->sensor, SENSORS);
	for (int s = 0; s < SENSORS; s++) {
		for (int k = 0; k < 3; k++)
			m->sensor[s].centre[k] -= mean[k];
		m->sensor[s].segment = daq_number[o->rot][s];
	}
}

/* Positions and directions in the frame of each quad, which is turned as the quad is. */
static void with_quads(struct calib_metro *m, const struct calib_metro_opts *o,
                       const bool measured[4])
{
	double all[3], camera[2] = {o->camera[0], o->camera[1]};

	mean_centre(all, m->sensor, SENSORS);
	for (int q = 0; q < 4; q++) {
		struct calib_metro_sensor *s = &m->sensor[q * PER_QUAD];

		mean_centre(m->quad[q], s, PER_QUAD);
		m->quad[q][2] = 0;
		m->quad_rot[q] = quad_rot[q];
	}
	if (measured[0] && measured[1] && measured[2] && measured[3])
		for (int k = 0; k < 2; k++)
			camera[k] = 0.25 * (m->quad[0][k] + m->quad[1][k] + m->quad[2][k]
			                    + m->quad[3][k]);
	for (int i = 0; i < SENSORS; i++) {
		struct calib_metro_sensor *s = &m->sensor[i];
		int q = i / PER_QUAD, turns = (q + o->rot + o->qoff) % 4;

		s->centre[0] -= m->quad[q][0];
		s->centre[1] -= m->quad[q][1];
		s->centre[2] -= all[2];
		turn(s->centre, 90.0 * turns);
		s->rot = (s->rot + 90 * turns) % 360;
		s->segment = quad_number[(q + o->rot) % 4][i % PER_QUAD];
	}
	for (int q = 0; q < 4; q++)
		for (int k = 0; k < 2; k++)
			m->quad[q][k] -= camera[k];
}

int calib_metro_epix(struct calib_metro *m, const struct calib_metro_point *points, size_t n,
                     const struct calib_metro_opts *o, struct calib_err *err)
{
	bool measured[4] = {false, false, false, false};
	struct array a;
	int rc;

	if (n != SENSORS * 4)
		return calib_fail(err, CALIB_EFORMAT, "there are %zu points, an ePix10ka2M has 64: "
		                  "4 for each of 16 sensors", n);
	for (size_t i = 0; i < n; i++) {
		size_t group = i / 4, s = (group / 4 + (size_t)o->qoff) % 4 * 4 + group % 4;

		a.p[s][i % 4][0] = points[i].x;
		a.p[s][i % 4][1] = points[i].y;
		a.p[s][i % 4][2] = points[i].z;
		if (points[i].quad >= 0 && points[i].quad < 4)
			measured[points[i].quad] = true;
	}
	if (!o->as_measured)
		level(&a);
	rc = place_all(m, &a, o, err);
	if (rc < 0)
		return rc;
	if (o->quads)
		with_quads(m, o, measured);
	else
		without_quads(m, o);
	for (int s = 0; s < SENSORS && o->flat; s++)
		m->sensor[s].centre[2] = m->sensor[s].tilt[1] = m->sensor[s].tilt[2] = 0;
	return CALIB_OK;
}
