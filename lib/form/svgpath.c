/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/svgpath.c - transforms and paths of SVG
 *
 * Source: W3C, Scalable Vector Graphics 2, chapters 8.5 (transforms), 9.3 (path data), appendix B.2
 * (arcs). */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "form/shapes.h"
#include "form/svg_int.h"

#define FLAT 0.02			/* how far a line may be from its curve, of 0.05 allowed */
#define PI 3.141592653589793

/* ---- transforms ---- */

struct svg_matrix svg_product(struct svg_matrix m, struct svg_matrix n)
{
	return (struct svg_matrix){m.a * n.a + m.c * n.b, m.b * n.a + m.d * n.b,
		m.a * n.c + m.c * n.d, m.b * n.c + m.d * n.d,
		m.a * n.e + m.c * n.f + m.e, m.b * n.e + m.d * n.f + m.f};
}

void svg_apply(const struct svg_matrix *m, double x, double y, double out[2])
{
	out[0] = m->a * x + m->c * y + m->e;
	out[1] = m->b * x + m->d * y + m->f;
}

static void skip_separators(const char **p)
{
	while (**p == ',' || isspace((unsigned char)**p))
		++*p;
}

bool svg_number(const char **p, double *v)
{
	const char *stop;

	skip_separators(p);
	if (**p == '\0' || strchr("+-.0123456789", **p) == NULL)
		return false;
	*v = calib_strtod(*p, *p + strlen(*p), &stop);
	if (stop == *p || !(fabs(*v) <= 1e9))
		return false;
	*p = stop;
	return true;
}

enum word { MATRIX, TRANSLATE, SCALE, ROTATE, SKEWX, SKEWY };
static const struct { const char *name; int counts[2]; } words[] = {
	[MATRIX] = {"matrix", {6, 6}}, [TRANSLATE] = {"translate", {1, 2}},
	[SCALE] = {"scale", {1, 2}}, [ROTATE] = {"rotate", {1, 3}}, [SKEWX] = {"skewX", {1, 1}},
	[SKEWY] = {"skewY", {1, 1}},
};

/* Turns by whole quarters have exact numbers. */
static struct svg_matrix turned(double degrees)
{
	double q = degrees / 90, c = cos(degrees * PI / 180), s = sin(degrees * PI / 180);

	if (q == floor(q)) {
		static const double quarter[4] = {1, 0, -1, 0};
		int k = (int)fmod(fmod(q, 4) + 4, 4);

		c = quarter[k];
		s = quarter[(k + 3) % 4];
	}
	return (struct svg_matrix){c, s, -s, c, 0, 0};
}

static struct svg_matrix matrix_of(enum word word, const double *v, int n)
{
	struct svg_matrix m = SVG_IDENTITY;

	switch (word) {
	case MATRIX:    return (struct svg_matrix){v[0], v[1], v[2], v[3], v[4], v[5]};
	case TRANSLATE: return (struct svg_matrix){1, 0, 0, 1, v[0], n > 1 ? v[1] : 0};
	case SCALE:     return (struct svg_matrix){v[0], 0, 0, n > 1 ? v[1] : v[0], 0, 0};
	case SKEWX:     m.c = tan(v[0] * PI / 180); return m;
	case SKEWY:     m.b = tan(v[0] * PI / 180); return m;
	case ROTATE:
		m = turned(v[0]);
		if (n == 3) {
			m = svg_product((struct svg_matrix){1, 0, 0, 1, v[1], v[2]}, m);
			m = svg_product(m, (struct svg_matrix){1, 0, 0, 1, -v[1], -v[2]});
		}
		return m;
	}
	return m;
}

/* One "word(numbers)"; 0 at the end of the text. */
static int read_transform(struct svg_matrix *m, const char **p, struct calib_err *err)
{
	const char *begin;
	double v[6] = {0};
	size_t len;
	int n = 0, word = -1;

	skip_separators(p);
	begin = *p;
	if (*begin == '\0')
		return 0;
	len = strcspn(begin, "( \t\r\n");
	for (int i = 0; i < (int)(sizeof words / sizeof *words); i++)
		if (strlen(words[i].name) == len && strncmp(words[i].name, begin, len) == 0)
			word = i;
	*p = begin + len + strspn(begin + len, " \t\r\n");
	if (word >= 0 && **p == '(') {
		++*p;
		while (n < 6 && svg_number(p, &v[n]))
			n++;
		skip_separators(p);
	}
	if (word < 0 || **p != ')' || (n != words[word].counts[0] && n != words[word].counts[1]))
		return calib_fail(err, CALIB_EFORMAT, "'%.40s' is no transform", begin);
	++*p;
	*m = svg_product(*m, matrix_of((enum word)word, v, n));
	return 1;
}

int svg_transform(struct svg_matrix *m, const char *text, struct calib_err *err)
{
	const char *p = text;
	int rc;

	while ((rc = read_transform(m, &p, err)) > 0)
		;
	if (rc >= 0 && !(fabs(m->a * m->d - m->b * m->c) > 1e-12))
		return calib_fail(err, CALIB_EFORMAT, "the transform '%.60s' cannot be undone: it "
		                  "makes an area a line", text);
	return rc;
}

/* ---- rings ---- */

void svg_rings_release(struct svg_rings *g)
{
	free(g->v);
	free(g->ring);
	*g = (struct svg_rings){NULL, 0, 0, NULL, 0, 0};
}

/* A ring that became no area is taken back. */
static void drop_small_ring(struct svg_rings *g)
{
	if (g->nrings > 0 && g->n / 2 - g->ring[g->nrings - 1] < 3) {
		g->n = 2 * g->ring[g->nrings - 1];
		g->nrings--;
	}
}

int svg_begin_ring(struct svg_rings *g, struct calib_err *err)
{
	void *p = g->ring;
	int rc;

	drop_small_ring(g);
	p = g->ring;
	rc = calib_grow(&p, &g->ring_room, g->nrings + 1, sizeof *g->ring, "path", err);
	g->ring = p;
	if (rc >= 0)
		g->ring[g->nrings++] = g->n / 2;
	return rc;
}

int svg_point(struct svg_rings *g, const struct svg_matrix *m, double x, double y,
              struct calib_err *err)
{
	void *p = g->v;
	double at[2];
	int rc = g->n < 2 * CALIB_SHAPES_POINTS
		? calib_grow(&p, &g->room, g->n + 2, sizeof *g->v, "path", err)
		: calib_fail(err, CALIB_EFORMAT, "more than %d points", CALIB_SHAPES_POINTS);

	g->v = p;
	if (rc < 0)
		return rc;
	svg_apply(m, x, y, at);
	g->v[g->n++] = at[0];
	g->v[g->n++] = at[1];
	return CALIB_OK;
}

/* ---- curves ---- */

/* Where the pen is, and the last control point. */
struct pen {
	struct svg_rings *rings;
	const struct svg_matrix *m;
	double x, y, x0, y0;		/* here, beginning of the ring */
	double cx, cy;
	char last;			/* the command before, in capitals */
	struct calib_err *err;
};

static double largest_scale(const struct svg_matrix *m)
{
	return fmax(hypot(m->a, m->b), hypot(m->c, m->d)) * 1.4142135623730951;
}

static int draw_cubic(struct pen *p, const double c[6])
{
	double d1 = hypot(p->x - 2 * c[0] + c[2], p->y - 2 * c[1] + c[3]);
	double d2 = hypot(c[0] - 2 * c[2] + c[4], c[1] - 2 * c[3] + c[5]);
	double n = ceil(sqrt(0.75 * fmax(d1, d2) * largest_scale(p->m) / FLAT));
	int rc = CALIB_OK;

	n = n < 1 ? 1 : n > 10000 ? 10000 : n;
	for (size_t k = 1; k <= (size_t)n && rc >= 0; k++) {
		double t = (double)k / n, u = 1 - t;
		double w[4] = {u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t};

		rc = svg_point(p->rings, p->m,
			       w[0] * p->x + w[1] * c[0] + w[2] * c[2] + w[3] * c[4],
			       w[0] * p->y + w[1] * c[1] + w[2] * c[3] + w[3] * c[5], p->err);
	}
	p->x = c[4];
	p->y = c[5];
	return rc;
}

/* Points of an arc about a centre, from angle t on by dt. */
static int draw_arc_points(struct pen *p, const double centre[2], const double r[2], double turn,
                           double t, double dt)
{
	double radius = fmax(r[0], r[1]) * largest_scale(p->m);
	double step = radius > FLAT ? 2 * acos(1 - FLAT / radius) : PI / 2;
	double n = ceil(fabs(dt) / fmin(step, PI / 4));
	int rc = CALIB_OK;

	n = n < 1 ? 1 : n > 100000 ? 100000 : n;
	for (size_t k = 1; k <= (size_t)n && rc >= 0; k++) {
		double a = t + dt * (double)k / n, x = r[0] * cos(a), y = r[1] * sin(a);

		rc = svg_point(p->rings, p->m, centre[0] + x * cos(turn) - y * sin(turn),
		               centre[1] + x * sin(turn) + y * cos(turn), p->err);
	}
	return rc;
}

static double angle_of(double x, double y)
{
	return atan2(y, x);
}

/* v: rx ry rotation large sweep x y; the conversion to a centre of appendix B.2.4 */
static int draw_arc(struct pen *p, const double v[7])
{
	double r[2] = {fabs(v[0]), fabs(v[1])}, turn = v[2] * PI / 180, c = cos(turn),
	       s = sin(turn);
	double hx = (p->x - v[5]) / 2, hy = (p->y - v[6]) / 2;
	double x1 = c * hx + s * hy, y1 = c * hy - s * hx, lambda, k, cx, cy, centre[2], t, dt;
	int rc;

	if (r[0] == 0 || r[1] == 0 || (hx == 0 && hy == 0)) {
		p->x = v[5];
		p->y = v[6];
		return hx == 0 && hy == 0 ? CALIB_OK
			: svg_point(p->rings, p->m, v[5], v[6], p->err);
	}
	lambda = x1 * x1 / (r[0] * r[0]) + y1 * y1 / (r[1] * r[1]);
	if (lambda > 1) {
		r[0] *= sqrt(lambda);
		r[1] *= sqrt(lambda);
	}
	k = r[0] * r[0] * y1 * y1 + r[1] * r[1] * x1 * x1;
	k = sqrt(fmax(0, (r[0] * r[0] * r[1] * r[1] - k) / k)) * (v[3] != v[4] ? 1 : -1);
	cx = k * r[0] * y1 / r[1];
	cy = -k * r[1] * x1 / r[0];
	centre[0] = c * cx - s * cy + (p->x + v[5]) / 2;
	centre[1] = s * cx + c * cy + (p->y + v[6]) / 2;
	t = angle_of((x1 - cx) / r[0], (y1 - cy) / r[1]);
	dt = angle_of((-x1 - cx) / r[0], (-y1 - cy) / r[1]) - t;
	if (v[4] != 0 && dt < 0)
		dt += 2 * PI;
	else if (v[4] == 0 && dt > 0)
		dt -= 2 * PI;
	rc = draw_arc_points(p, centre, r, turn, t, dt);
	p->x = v[5];
	p->y = v[6];
	return rc;
}

int svg_ellipse(struct svg_rings *rings, const struct svg_matrix *m, const double centre[2],
                const double radius[2], struct calib_err *err)
{
	struct pen p = {.rings = rings, .m = m, .err = err};
	int rc = svg_begin_ring(rings, err);

	return rc < 0 ? rc : draw_arc_points(&p, centre, radius, 0, 0, 2 * PI);
}

/* ---- path data ---- */

static const char commands[] = "MLHVCSQTAZ";
static const int counts[] = {2, 2, 1, 1, 6, 4, 4, 2, 7, 0};

static int draw_line(struct pen *p, double x, double y)
{
	p->x = x;
	p->y = y;
	return svg_point(p->rings, p->m, x, y, p->err);
}

/* Control point mirrored at the pen, or the pen where no such curve was before. */
static void mirrored(const struct pen *p, const char *after, double c[2])
{
	bool smooth = p->last != '\0' && strchr(after, p->last) != NULL;

	c[0] = smooth ? 2 * p->x - p->cx : p->x;
	c[1] = smooth ? 2 * p->y - p->cy : p->y;
}

/* A quadratic curve is a cubic one with control points at two thirds. */
static int draw_quadratic(struct pen *p, const double q[2], double x, double y)
{
	double c[6] = {p->x + 2. / 3 * (q[0] - p->x), p->y + 2. / 3 * (q[1] - p->y),
		x + 2. / 3 * (q[0] - x), y + 2. / 3 * (q[1] - y), x, y};

	p->cx = q[0];
	p->cy = q[1];
	return draw_cubic(p, c);
}

/* v: absolute numbers of one command */
static int draw(struct pen *p, char command, const double *v)
{
	double c[6];
	int rc;

	switch (command) {
	case 'M':
		rc = svg_begin_ring(p->rings, p->err);
		p->x0 = v[0];
		p->y0 = v[1];
		return rc < 0 ? rc : draw_line(p, v[0], v[1]);
	case 'L': return draw_line(p, v[0], v[1]);
	case 'H': return draw_line(p, v[0], p->y);
	case 'V': return draw_line(p, p->x, v[0]);
	case 'C':
		p->cx = v[2];
		p->cy = v[3];
		return draw_cubic(p, v);
	case 'S':
		mirrored(p, "CS", c);
		memcpy(c + 2, v, 4 * sizeof *v);
		p->cx = v[0];
		p->cy = v[1];
		return draw_cubic(p, c);
	case 'Q': return draw_quadratic(p, v, v[2], v[3]);
	case 'T':
		mirrored(p, "QT", c);
		return draw_quadratic(p, c, v[0], v[1]);
	case 'A': return draw_arc(p, v);
	default:			/* Z: a ring is closed in any case */
		p->x = p->x0;
		p->y = p->y0;
		return CALIB_OK;
	}
}

/* Flags of an arc may stand without anything between. */
static bool read_flag(const char **p, double *v)
{
	skip_separators(p);
	if (**p != '0' && **p != '1')
		return false;
	*v = *(*p)++ - '0';
	return true;
}

static bool read_numbers(const char **p, char command, int n, double *v)
{
	for (int i = 0; i < n; i++) {
		bool flag = command == 'A' && (i == 3 || i == 4);

		if (flag ? !read_flag(p, &v[i]) : !svg_number(p, &v[i]))
			return false;
	}
	return true;
}

static void make_absolute(const struct pen *p, char command, int n, double *v)
{
	if (command == 'H') {
		v[0] += p->x;
	} else if (command == 'V') {
		v[0] += p->y;
	} else {
		for (int i = command == 'A' ? 5 : 0; i + 1 < n; i += 2) {
			v[i] += p->x;
			v[i + 1] += p->y;
		}
	}
}

int svg_path(struct svg_rings *rings, const struct svg_matrix *m, const char *d,
             struct calib_err *err)
{
	struct pen pen = {.rings = rings, .m = m, .err = err};
	const char *p = d;
	char command = '\0';
	int rc = CALIB_OK;

	for (skip_separators(&p); *p != '\0' && rc >= 0; skip_separators(&p)) {
		const char *at = strchr(commands, toupper((unsigned char)*p)), *from = p;
		bool relative;
		double v[7];
		int n;

		if (at != NULL)
			command = *p++;
		relative = islower((unsigned char)command) != 0;
		at = command != '\0' ? strchr(commands, toupper((unsigned char)command)) : NULL;
		if (at == NULL || (pen.last == '\0' && *at != 'M')
		    || (*at == 'Z' && from == p))
			return calib_fail(err, CALIB_EFORMAT, "path: '%.20s' where a command was "
			                  "expected", from);
		n = counts[at - commands];
		if (!read_numbers(&p, *at, n, v))
			return calib_fail(err, CALIB_EFORMAT, "path: '%.20s' where a number of %c "
			                  "was expected", p, command);
		if (relative)
			make_absolute(&pen, *at, n, v);
		if (pen.last == 'Z' && *at != 'M' && *at != 'Z') {
			double begin[2] = {pen.x0, pen.y0};

			rc = draw(&pen, 'M', begin);
		}
		if (rc >= 0)
			rc = draw(&pen, *at, v);
		pen.last = *at;
		if (*at == 'M')		/* more pairs are lines */
			command = relative ? 'l' : 'L';
	}
	drop_small_ring(rings);
	return rc;
}
