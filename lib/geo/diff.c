/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/diff.c - what moved between two geometries of a detector */
#include "geo/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Names and indices are equal all the way up. */
static bool same_path(const struct calib_geo *a, size_t i, const struct calib_geo *b, size_t j)
{
	while (i != CALIB_GEO_NONE && j != CALIB_GEO_NONE) {
		const struct calib_geo_object *p = &a->object[i], *q = &b->object[j];

		if (p->index != q->index || strcmp(p->name, q->name) != 0)
			return false;
		i = p->up;
		j = q->up;
	}
	return i == j;
}

static size_t partner(const struct calib_geo *a, size_t i, const struct calib_geo *b)
{
	for (size_t j = 0; j < b->n; j++)
		if (same_path(a, i, b, j))
			return j;
	return CALIB_GEO_NONE;
}

static double wrapped(double deg)
{
	deg = fmod(deg, 360);
	return deg > 180 ? deg - 360 : deg < -180 ? deg + 360 : deg;
}

/* Mean of the corners of the sensors of an object, and the direction of a row of the first. */
struct pose { double centre[3], phi; size_t sensors; };

static int find_pose(struct pose *pose, const struct calib_geo *geo, size_t at,
                     struct calib_err *err)
{
	static const struct calib_geo_view view = {CALIB_GEO_PSANA, false, false};
	int rc = CALIB_OK;

	*pose = (struct pose){{0, 0, 0}, 0, 0};
	for (size_t i = at; i != CALIB_GEO_NONE && rc >= 0; i = calib_geo_next(geo, at, i)) {
		const struct calib_seg *seg = &geo->object[i].seg;
		double p[4][3];

		if (!calib_geo_is_seg(geo, i))
			continue;
		rc = calib_geo_pixels(p, (const size_t[][2]){{0, 0}, {0, seg->cols - 1},
		                      {seg->rows - 1, 0}, {seg->rows - 1, seg->cols - 1}}, 4, geo,
		                      geo->top, i, &view, err);
		for (int k = 0; k < 3 && rc >= 0; k++)
			pose->centre[k] += (p[0][k] + p[1][k] + p[2][k] + p[3][k]) / 4;
		if (rc >= 0 && pose->sensors++ == 0)
			pose->phi = atan2(p[1][1] - p[0][1], p[1][0] - p[0][0]) / (M_PI / 180.0);
	}
	for (int k = 0; k < 3 && pose->sensors > 0; k++)
		pose->centre[k] /= (double)pose->sensors;
	return rc;
}

static int compare(struct calib_geo_move *m, const struct calib_geo *a, const struct calib_geo *b,
                   struct pose pose[2], struct calib_err *err)
{
	const double *p = a->object[m->a].par, *q = b->object[m->b].par;
	int rc = find_pose(&pose[0], a, m->a, err);

	if (rc >= 0)
		rc = find_pose(&pose[1], b, m->b, err);
	for (int k = 0; k < 3; k++) {
		m->par[k] = q[k] - p[k];
		m->par[3 + k] = wrapped((q[3 + k] + q[6 + k]) - (p[3 + k] + p[6 + k]));
		m->shift[k] = pose[1].centre[k] - pose[0].centre[k];
	}
	m->turn = wrapped(pose[1].phi - pose[0].phi);
	m->change = m->turn != 0 ? CALIB_GEO_MOVED : CALIB_GEO_SAME;
	for (int k = 0; k < 3; k++)
		if (m->shift[k] != 0)
			m->change = CALIB_GEO_MOVED;
	for (int k = 0; k < CALIB_GEO_NPARS; k++)
		if (p[k] != q[k])
			m->change = CALIB_GEO_MOVED;
	return rc;
}

/* The sensors as one body: mean shift, then mean rotation, then what is left. */
static void find_overall(struct calib_geo_overall *o, double (*c)[2][3], size_t n)
{
	double sum_r = 0, sum = 0;

	*o = (struct calib_geo_overall){.sensors = n};
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < 3; k++)
			o->shift[k] += (c[i][1][k] - c[i][0][k]) / (double)n;
	for (size_t i = 0; i < n; i++) {
		double x = c[i][1][0] - o->shift[0], y = c[i][1][1] - o->shift[1];
		double r = hypot(c[i][0][0], c[i][0][1]);

		sum += r * wrapped((atan2(y, x) - atan2(c[i][0][1], c[i][0][0])) / (M_PI / 180.0));
		sum_r += r;
	}
	o->turn = sum_r > 0 ? sum / sum_r : 0;
	for (size_t i = 0; i < n; i++) {
		double x = c[i][1][0] - o->shift[0], y = c[i][1][1] - o->shift[1];
		double t = -o->turn * (M_PI / 180.0);
		double left[3] = {x * cos(t) - y * sin(t) - c[i][0][0],
			y * cos(t) + x * sin(t) - c[i][0][1],
			c[i][1][2] - o->shift[2] - c[i][0][2]};

		for (int k = 0; k < 3; k++)
			o->rms[k] += left[k] * left[k] / (double)n;
	}
	for (int k = 0; k < 3; k++)
		o->rms[k] = sqrt(o->rms[k]);
}

void calib_geo_diff_release(struct calib_geo_diff *diff)
{
	free(diff->move);
	*diff = (struct calib_geo_diff)CALIB_GEO_DIFF_INIT;
}

int calib_geo_diff(struct calib_geo_diff *diff, const struct calib_geo *a,
                   const struct calib_geo *b, struct calib_err *err)
{
	double (*centre)[2][3] = calib_alloc(a->n, sizeof *centre, "sensors", err);
	size_t sensors = 0;
	struct pose pose[2];
	int rc = CALIB_OK, differ = 0;

	calib_geo_diff_release(diff);
	diff->move = calib_alloc(a->n + b->n, sizeof *diff->move, "objects", err);
	if (centre == NULL || diff->move == NULL)
		rc = CALIB_ENOMEM;
	for (size_t i = 0; i < a->n && rc >= 0; i++) {
		struct calib_geo_move *m = &diff->move[diff->n++];

		*m = (struct calib_geo_move){.change = CALIB_GEO_GONE, .a = i,
			.b = partner(a, i, b)};
		if (m->b == CALIB_GEO_NONE)
			continue;
		rc = compare(m, a, b, pose, err);
		if (calib_geo_is_seg(a, i)) {
			memcpy(centre[sensors][0], pose[0].centre, sizeof pose[0].centre);
			memcpy(centre[sensors++][1], pose[1].centre, sizeof pose[1].centre);
		}
	}
	for (size_t j = 0; j < b->n && rc >= 0; j++)
		if (partner(b, j, a) == CALIB_GEO_NONE)
			diff->move[diff->n++] = (struct calib_geo_move){.change = CALIB_GEO_NEW,
				.a = CALIB_GEO_NONE, .b = j};
	for (size_t i = 0; i < diff->n && rc >= 0; i++)
		differ |= diff->move[i].change != CALIB_GEO_SAME;
	if (rc >= 0)
		find_overall(&diff->overall, centre, sensors);
	free(centre);
	if (rc < 0)
		calib_geo_diff_release(diff);
	return rc < 0 ? rc : differ;
}
