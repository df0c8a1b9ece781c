/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/metro.c - points of optical metrology, and what is printed of them */
#include "form/metro.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/parse.h"

/* ---- points ---- */

void calib_metro_points_release(struct calib_metro_points *p)
{
	free(p->list);
	*p = (struct calib_metro_points){NULL, 0, 0, 0};
}

/* "Quad 2", "# quad 2" */
static bool is_quad(const char *line, int *quad)
{
	char *end;
	long n;

	line += strspn(line, " \t#");
	if (strncasecmp(line, "quad", 4) != 0 || strchr(" \t", line[4]) == NULL)
		return false;
	n = strtol(line + 4, &end, 10);
	if (end == line + 4 || end[strspn(end, " \t:")] != '\0' || n < 0 || n > 99)
		return false;
	*quad = (int)n;
	return true;
}

static bool is_heading(const char *line)
{
	line += strspn(line, " \t");
	return *line == '\0' || *line == '#' || strncasecmp(line, "point", 5) == 0
	       || strncasecmp(line, "sensor", 6) == 0;
}

static int add_point(struct calib_metro_points *p, char *line, int quad, bool cut, size_t at,
                     const char *name, struct calib_err *err)
{
	char *field[5], *save = NULL;
	double v[4];
	void *list = p->list;
	int n = 0;

	for (char *f = strtok_r(line, " \t", &save); f != NULL && n < 5;
	     f = strtok_r(NULL, " \t", &save))
		field[n++] = f;
	if (n != 4)
		return calib_fail(err, CALIB_EFORMAT, "%s:%zu: expected 4 numbers: point, x, y and "
		                  "z in um", name, at);
	for (int i = 0; i < 4; i++)
		if (calib_parse_double(&v[i], field[i], "", NULL) < 0
		    || !(fabs(v[i]) < 1e9))
			return calib_fail(err, CALIB_EFORMAT, "%s:%zu: '%s' is no number of um",
			                  name, at, field[i]);
	if (v[0] != trunc(v[0]))
		return calib_fail(err, CALIB_EFORMAT, "%s:%zu: '%s' is no number of a point", name,
		                  at, field[0]);
	if (calib_grow(&list, &p->room, p->n + 1, sizeof *p->list, "points", err) < 0)
		return CALIB_ENOMEM;
	p->list = list;
	for (int i = 1; i < 4; i++) {
		p->rounded += v[i] != trunc(v[i]);
		v[i] = cut ? trunc(v[i]) : round(v[i]);
	}
	p->list[p->n++] = (struct calib_metro_point){quad, (int)v[0], (int32_t)v[1],
		(int32_t)v[2], (int32_t)v[3], at};
	return CALIB_OK;
}

int calib_metro_points_parse(struct calib_metro_points *p, const char *text, const char *name,
                             bool cut, struct calib_err *err)
{
	char *copy = calib_strdup(text, err), *next;
	int quad = -1, rc = copy ? CALIB_OK : CALIB_ENOMEM;
	size_t at = 0;

	for (char *line = copy; line != NULL && rc >= 0; line = next) {
		at++;
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		line[strcspn(line, "\r")] = '\0';
		if (!is_quad(line, &quad) && !is_heading(line))
			rc = add_point(p, line, quad, cut, at, name, err);
	}
	free(copy);
	return rc;
}

/* ---- tables ---- */

static const char head_xy[] = "segm:        S1      S2     dS1     dS2        L1      L2     dL1   "
        "  dL2    angle(deg)   D1      D2      dD   d(dS)   d(dL)\n";
static const char head_z[] = "segm:        SA      LA   XSize   YSize    dZS1  dZS2  dZL1  dZL2    "
	"dZSA  dZLA  ddZS  ddZL     dZX   dZY   angXZ(deg) angYZ(deg) dz3(um)\n";

/* The reference prints these as whole numbers, cut. */
static int whole(double v)
{
	return (int)v;
}

static void row_xy(struct calib_str *s, const char *segm, const struct calib_metro_quality *q)
{
	calib_str_addf(s, "segm:%s  %6d  %6d  %6d  %6d    %6d  %6d  %6d  %6d   %8.5f  %6d  %6d  "
	               "%6d  %6d  %6d\n", segm, whole(q->s[0]), whole(q->s[1]), whole(q->ds[0]),
	               whole(q->ds[1]), whole(q->l[0]), whole(q->l[1]), whole(q->dl[0]),
	               whole(q->dl[1]), q->angle, whole(q->d[0]), whole(q->d[1]),
	               whole(q->d[0] - q->d[1]), whole(q->ds[0] - q->ds[1]),
	               whole(q->dl[0] - q->dl[1]));
}

static void row_z(struct calib_str *s, const char *segm, const struct calib_metro_quality *q)
{
	calib_str_addf(s, "segm:%s  %6d  %6d  %6d  %6d   %5d %5d %5d %5d   %5d %5d %5d %5d   %5d "
	               "%5d  %8.5f   %8.5f   %8.3f\n", segm, whole(q->sa), whole(q->la),
	               whole(q->xsize), whole(q->ysize), whole(q->dzs[0]), whole(q->dzs[1]),
	               whole(q->dzl[0]), whole(q->dzl[1]), whole(q->dzsa), whole(q->dzla),
	               whole(q->dzs[0] - q->dzs[1]), whole(q->dzl[0] - q->dzl[1]),
	               whole(q->dzx), whole(q->dzy), q->angle_xz, q->angle_yz, q->dz3);
}

void calib_metro_flatness(struct calib_str *s, const struct calib_metro *m)
{
	double sum = 0, var = 0;

	calib_str_add(s, "\nDeviation from flatness [um] for segments:\n");
	for (size_t i = 0; i < m->n; i++) {
		calib_str_addf(s, "quad:%1d, segm:%2d,  dz3[um]: %8.3f\n", m->sensor[i].quad,
		               m->sensor[i].segment, m->sensor[i].q.dz3);
		sum += m->sensor[i].q.dz3;
	}
	for (size_t i = 0; i < m->n; i++)
		var += pow(m->sensor[i].q.dz3 - sum / (double)m->n, 2) / (double)m->n;
	calib_str_addf(s, "Mean and Standard deviation for dz3[um]: %8.3f +- %8.3f\n",
	               sum / (double)m->n, sqrt(var));
}

static void table(struct calib_str *s, const struct calib_metro *m, bool z)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct calib_metro_sensor *e = &m->sensor[i];
		char segm[8];

		snprintf(segm, sizeof segm, " %1d", e->segment);
		if (e->segment == 0)
			calib_str_addf(s, i > 0 ? "\nQuad  %d\n" : "Quad  %d\n", e->quad);
		(z ? row_z : row_xy)(s, segm, &e->q);
	}
	calib_str_addc(s, '\n');
}

/* A line, the heading, a line, the rows, a line. */
static void framed(struct calib_str *s, const struct calib_metro_quality *q, size_t n, bool z)
{
	char line[140], segm[8];
	int width = z ? 137 : 124;

	memset(line, '-', sizeof line);
	calib_str_addf(s, "%s quality check for optical metrology measurements \n",
	               z ? "Z" : "X-Y");
	calib_str_addf(s, "%.*s\n%s%.*s\n", width, line, z ? head_z : head_xy, width, line);
	for (size_t i = 0; i < n; i++) {
		snprintf(segm, sizeof segm, "%2d", (int)(i % 1000));
		(z ? row_z : row_xy)(s, segm, &q[i]);
	}
	calib_str_addf(s, "%.*s\n\n", width, line);
}

void calib_metro_tables(struct calib_str *s, const struct calib_metro *m, bool epix)
{
	struct calib_metro_quality q[CALIB_METRO_SENSORS];

	for (size_t i = 0; i < m->n; i++)
		q[i] = m->sensor[i].q;
	if (epix) {
		framed(s, q, m->n, false);
		calib_str_addc(s, '\n');
		framed(s, q, m->n, true);
		return;
	}
	calib_str_add(s, "\n\nQuality check in XY plane:\n ");
	calib_str_add(s, head_xy);
	table(s, m, false);
	calib_str_add(s, "\nQuality check in Z:\n ");
	calib_str_add(s, head_z);
	table(s, m, true);
}

/* ---- check ---- */

static void numbering(struct calib_str *s, const struct calib_metro_point *p, size_t n)
{
	bool sequential = n > 0 && p[0].number % 4 == 1;

	for (size_t i = 1; i < n; i++)
		sequential &= p[i].number == p[i - 1].number + 1;
	calib_str_add(s, sequential ? "OK - points in table are sequential\n"
	              : "WARNING - numeration of points in table is NOT sequential or started from "
	              "non-x4 number\n");
	for (size_t i = 0; i + 3 < n; i += 4) {
		bool ok = p[i].number % 4 == 1;

		for (int k = 1; k < 4; k++)
			ok &= p[i + (size_t)k].number == p[i].number + k;
		calib_str_addf(s, "Measured segment %2zu  point numbers: (%3d %3d %3d %3d) %s\n",
		               i / 4, p[i].number, p[i + 1].number, p[i + 2].number,
		               p[i + 3].number, ok ? "OK - points in segment are sequential"
		               : "WARNING - points in segment are NOT sequential");
	}
}

static int warn_xy(struct calib_str *s, size_t segm, const struct calib_metro_quality *q,
                   double limit)
{
	const double v[3] = {q->d[0] - q->d[1], q->ds[0] - q->ds[1], q->dl[0] - q->dl[1]};
	int n = 0;

	for (int i = 0; i < 3; i++)
		if (fabs(v[i]) > limit) {
			calib_str_addf(s, "  WARNING segm %2zu:  |%d| > %.1f\n", segm, whole(v[i]),
			               limit);
			n++;
		}
	return n;
}

static int warn_z(struct calib_str *s, size_t segm, const struct calib_metro_quality *q,
                  double limit)
{
	if (fabs(q->dz3) <= limit)
		return 0;
	calib_str_addf(s, "  WARNING segm %2zu:  |%.1f| > %.1f\n", segm, q->dz3, limit);
	return 1;
}

int calib_metro_check(struct calib_str *s, const struct calib_metro_point *p, size_t n,
                      double within, const struct calib_metro_limits *limits,
                      struct calib_err *err)
{
	size_t sensors = n / 4;
	struct calib_metro_quality *q = calib_alloc(sensors, sizeof *q, "sensors", err);
	int warnings = 0, rc = q ? CALIB_OK : CALIB_ENOMEM;

	if (rc >= 0 && (n == 0 || n % 4 != 0))
		rc = calib_fail(err, CALIB_EFORMAT, "there are %zu points, which is not 4 for each "
		                "sensor", n);
	for (size_t i = 0; i < sensors && rc >= 0; i++) {
		rc = calib_metro_measure(&q[i], &p[4 * i], 0, -1, within, false, err);
		if (rc < 0)
			calib_err_wrap(err, "lines %zu to %zu", p[4 * i].line, p[4 * i + 3].line);
	}
	if (rc >= 0) {
		numbering(s, p, n);
		framed(s, q, sensors, false);
		for (size_t i = 0; i < sensors; i++)
			warnings += warn_xy(s, i, &q[i], limits->side);
		calib_str_addc(s, '\n');
		framed(s, q, sensors, true);
		for (size_t i = 0; i < sensors; i++)
			warnings += warn_z(s, i, &q[i], limits->plane);
		calib_str_addc(s, '\n');
	}
	free(q);
	return rc < 0 ? rc : warnings;
}

/* ---- doubts ---- */

/* The same numbers twice: one quad was measured, and written for two. */
static int equal_quads(struct calib_str *s, const struct calib_metro_point *p, size_t n)
{
	int count = 0;

	for (int a = 0; a < 4; a++)
		for (int b = a + 1; b < 4; b++) {
			size_t i = 0, k = 0, same = 0, in_a = 0, in_b = 0;

			for (; i < n; i++) {
				in_a += p[i].quad == a;
				in_b += p[i].quad == b;
			}
			for (i = 0; i < n; i++)
				for (k = 0; k < n && p[i].quad == a; k++)
					same += p[k].quad == b && p[k].number == p[i].number
						&& p[k].x == p[i].x && p[k].y == p[i].y
						&& p[k].z == p[i].z;
			if (in_a == 0 || in_a != in_b || same != in_a)
				continue;
			calib_str_addf(s, "quads %d and %d have the same numbers: one of them was "
			               "not measured\n", a, b);
			count++;
		}
	return count;
}

/* Long and short side and diagonal of a sensor with tolerances [um]; sides of a CSPAD 2x1 as
 * measured in 2011 (43539 x 20907 between the marks) differ from those between corners. */
static int odd_sides(struct calib_str *s, const struct calib_metro *m,
                     enum calib_metro_layout layout)
{
	const double ratio = layout == CALIB_METRO_EPIX10KA2M ? 38700.0 / 35600 : 43539.0 / 20907;
	int count = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct calib_metro_sensor *e = &m->sensor[i];
		double l = fabs(e->q.la), w = fabs(e->q.sa);

		if (w > 0 && fabs(l / w / ratio - 1) < 0.03)
			continue;
		calib_str_addf(s, "quad %d, sensor %d: sides of %.0f and %.0f um are none of such "
		               "a sensor\n", e->quad, e->segment, l, w);
		count++;
	}
	return count;
}

static int too_small(struct calib_str *s, const struct calib_metro_point *p, size_t n)
{
	int32_t lo = n > 0 ? p[0].x : 0, hi = lo;

	for (size_t i = 0; i < n; i++) {
		lo = p[i].x < lo ? p[i].x : lo;
		hi = p[i].x > hi ? p[i].x : hi;
	}
	if (n == 0 || hi - lo >= 1000)
		return 0;
	calib_str_addf(s, "all points are within %d um: are they given in mm?\n", (int)(hi - lo));
	return 1;
}

int calib_metro_doubts(struct calib_str *s, const struct calib_metro_point *p, size_t n,
                       const struct calib_metro *m, enum calib_metro_layout layout)
{
	int count = equal_quads(s, p, n);

	count += too_small(s, p, n);
	return count + odd_sides(s, m, layout);
}
