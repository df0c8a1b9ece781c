/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/roi.c - regions of interest: which pixels are in a shape */
#include "algo/roi_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What was turned is asked with this much more, so that a rim does not hang on the last bit of a
 * sine: a part of a pixel nobody can draw. */
#define SLACK 1e-9
#define LARGEST 1e9			/* of a coordinate or size */
#define DEGREE 0.017453292519943295	/* pi / 180 */

/* ---- numbers a shape may have ---- */

/* How many; what must not be negative; which must not be below the one before. */
static const struct rule {
	const char *word;
	size_t least, most;
	const char *positive;		/* digits: places that have to be >= 0 */
	size_t rising;			/* v[rising] >= v[rising-1]; 0: no such */
} rules[CALIB_ROI_NKINDS] = {
	[CALIB_ROI_RECT] = {"rect", 4, 4, "23", 0},
	[CALIB_ROI_CIRCLE] = {"circle", 3, 3, "2", 0},
	[CALIB_ROI_ELLIPSE] = {"ellipse", 4, 4, "23", 0},
	[CALIB_ROI_RING] = {"ring", 4, 4, "23", 3},
	[CALIB_ROI_WEDGE] = {"wedge", 6, 6, "23", 3},
	[CALIB_ROI_POLYGON] = {"polygon", 6, SIZE_MAX, "", 0},
	[CALIB_ROI_LINE] = {"line", 4, 4, "", 0},
	[CALIB_ROI_PIXEL] = {"pixel", 2, SIZE_MAX, "", 0},
	[CALIB_ROI_ROW] = {"row", 2, 2, "", 1},
	[CALIB_ROI_COL] = {"col", 2, 2, "", 1},
	[CALIB_ROI_EDGE] = {"edge", 1, 1, "0", 0},
	[CALIB_ROI_OLD_RECT] = {"Rectangle", 4, 4, "", 0},
	[CALIB_ROI_OLD_CIRCLE] = {"Circle", 3, 3, "", 0},
	[CALIB_ROI_OLD_LINE] = {"Line", 4, 4, "", 0},
	[CALIB_ROI_OLD_WEDGE] = {"Wedge", 6, 6, "", 0},
	[CALIB_ROI_OLD_POLYGON] = {"Polygon", 0, SIZE_MAX, "", 0},
	[CALIB_ROI_CORNERS] = {"rectangle of corners", 4, 4, "", 0},
};

int calib_roi_check(const struct calib_roi *r, struct calib_err *err)
{
	const struct rule *rule = &rules[r->kind];

	if (r->n < rule->least || r->n > rule->most)
		return calib_fail(err, CALIB_EINVAL, "%s has %zu numbers, expected %s%zu",
		                  rule->word, r->n, rule->most > rule->least ? "at least " : "",
		                  rule->least);
	if (rule->most == SIZE_MAX && r->n % 2 != 0)
		return calib_fail(err, CALIB_EINVAL,
				  "%s has %zu numbers, expected pairs of x and y", rule->word,
				  r->n);
	for (size_t i = 0; i < r->n; i++)
		if (!(fabs(r->v[i]) <= LARGEST) && r->kind != CALIB_ROI_CORNERS)
			return calib_fail(err, CALIB_EINVAL, "number %zu of %s is %g, expected "
			                  "-1e9 to 1e9", i + 1, rule->word, r->v[i]);
	for (const char *p = rule->positive; *p != '\0'; p++)
		if (r->v[*p - '0'] < 0)
			return calib_fail(err, CALIB_EINVAL,
					  "number %d of %s is %g, it must not be "
					  "negative",
					  *p - '0' + 1, rule->word, r->v[*p - '0']);
	if (rule->rising > 0 && r->v[rule->rising] < r->v[rule->rising - 1])
		return calib_fail(err, CALIB_EINVAL, "%s: %g is below %g", rule->word,
		                  r->v[rule->rising], r->v[rule->rising - 1]);
	if (r->kind == CALIB_ROI_LINE && !(r->width > 0 && r->width <= LARGEST))
		return calib_fail(err, CALIB_EINVAL, "width %g of a line, expected more than 0",
		                  r->width);
	return CALIB_OK;
}

/* ---- is a point inside? ---- */

struct area {
	const double *v;
	double cosine, sine, slack;	/* of the turn; 0 where there is none */
	double half;			/* width of a line */
	double span, u[2][2];		/* wedge: degrees from a1 on, directions of the ends */
	double lo[2], hi[2];		/* x and y of what may be inside */
};

static inline bool in_rect(const struct area *a, double x, double y)
{
	const double *v = a->v;
	double dx, dy, tx, ty;

	if (a->slack == 0)
		return x >= v[0] && x <= v[0] + v[2] && y >= v[1] && y <= v[1] + v[3];
	dx = x - (v[0] + v[2] / 2);
	dy = y - (v[1] + v[3] / 2);
	tx = dx * a->cosine + dy * a->sine;
	ty = dy * a->cosine - dx * a->sine;
	return fabs(tx) <= v[2] / 2 + a->slack && fabs(ty) <= v[3] / 2 + a->slack;
}

static inline bool in_circle(const struct area *a, double x, double y)
{
	double dx = x - a->v[0], dy = y - a->v[1];

	return dx * dx + dy * dy <= a->v[2] * a->v[2];
}

static inline bool in_ellipse(const struct area *a, double x, double y)
{
	double dx = x - a->v[0], dy = y - a->v[1], rx = a->v[2], ry = a->v[3];
	double tx = dx * a->cosine + dy * a->sine, ty = dy * a->cosine - dx * a->sine;

	return tx * tx * ry * ry + ty * ty * rx * rx <= rx * rx * ry * ry * (1 + a->slack)
	       && fabs(tx) <= rx + a->slack && fabs(ty) <= ry + a->slack;
}

static inline bool in_ring(const struct area *a, double x, double y)
{
	double dx = x - a->v[0], dy = y - a->v[1], d = dx * dx + dy * dy;

	return d >= a->v[2] * a->v[2] && d <= a->v[3] * a->v[3];
}

/* The angle itself is needed near the ends only; the middle has every angle. */
static inline bool in_wedge(const struct area *a, double x, double y)
{
	double dx = x - a->v[0], dy = y - a->v[1], c1, c2, margin, angle;

	if (!in_ring(a, x, y))
		return false;
	if (a->span >= 360 || (dx == 0 && dy == 0))
		return true;
	c1 = a->u[0][0] * dy - a->u[0][1] * dx;
	c2 = dx * a->u[1][1] - dy * a->u[1][0];
	margin = 1e-6 * (fabs(dx) + fabs(dy));
	if (a->span <= 180 ? c1 > margin && c2 > margin : c1 > margin || c2 > margin)
		return true;
	if (a->span <= 180 ? c1 < -margin || c2 < -margin : c1 < -margin && c2 < -margin)
		return false;
	angle = fmod(atan2(dy, dx) / DEGREE - a->v[4], 360);
	angle += angle < 0 ? 360 : 0;
	return angle <= a->span + SLACK || angle >= 360 - SLACK;
}

static inline bool in_line(const struct area *a, double x, double y)
{
	const double *v = a->v;
	double ex = v[2] - v[0], ey = v[3] - v[1], dx = x - v[0], dy = y - v[1];
	double len = ex * ex + ey * ey, t = len > 0 ? (dx * ex + dy * ey) / len : 0;

	t = t < 0 ? 0 : t > 1 ? 1 : t;
	dx -= t * ex;
	dy -= t * ey;
	return dx * dx + dy * dy <= a->half * a->half + SLACK;
}

static inline bool in_old_rect(const struct area *a, double x, double y)
{
	double x0 = trunc(a->v[0]), y0 = trunc(a->v[1]), w = trunc(a->v[2]), h = trunc(a->v[3]);

	return x >= fmin(x0, x0 + w) && x <= fmax(x0, x0 + w) && y >= fmin(y0, y0 + h)
	       && y <= fmax(y0, y0 + h);
}

static inline bool in_old_circle(const struct area *a, double x, double y)
{
	double dx = x - trunc(a->v[0]), dy = y - trunc(a->v[1]), r = trunc(a->v[2]);

	return dx * dx + dy * dy <= r * r;
}

/* One function of pixels and one of points for each, so that the question is inside the loop. */
struct job {
	uint8_t *marks;
	const struct calib_roi_grid *grid;
	uint8_t mark;
	size_t r0, r1, c0, c1;		/* pixels that may be inside */
	const double *x, *y;
	size_t n;
};
#define LOOPS(kind) \
	static void draw_##kind(const struct job *j, const struct area *a) \
	{ \
		for (size_t r = j->r0; r < j->r1; r++) \
			for (size_t c = j->c0; c < j->c1; c++) \
				if (in_##kind(a, (double)c, (double)r)) \
					j->marks[r * j->grid->pitch + c * j->grid->stride] |= \
						j->mark; \
	} \
	static void points_##kind(const struct job *j, const struct area *a) \
	{ \
		for (size_t i = 0; i < j->n; i++) \
			if (in_##kind(a, j->x[i], j->y[i])) \
				j->marks[i] |= j->mark; \
	}
LOOPS(rect)
LOOPS(circle)
LOOPS(ellipse)
LOOPS(ring)
LOOPS(wedge)
LOOPS(line)
LOOPS(old_rect)
LOOPS(old_circle)

static const struct {
	void (*draw)(const struct job *j, const struct area *a);
	void (*points)(const struct job *j, const struct area *a);
} areas[CALIB_ROI_NKINDS] = {
	[CALIB_ROI_RECT] = {draw_rect, points_rect},
	[CALIB_ROI_CIRCLE] = {draw_circle, points_circle},
	[CALIB_ROI_ELLIPSE] = {draw_ellipse, points_ellipse},
	[CALIB_ROI_RING] = {draw_ring, points_ring},
	[CALIB_ROI_WEDGE] = {draw_wedge, points_wedge},
	[CALIB_ROI_LINE] = {draw_line, points_line},
	[CALIB_ROI_OLD_RECT] = {draw_old_rect, points_old_rect},
	[CALIB_ROI_OLD_CIRCLE] = {draw_old_circle, points_old_circle},
};

static void make_wedge(struct area *a)
{
	a->span = a->v[5] - a->v[4];
	if (a->span < 360) {
		a->span = fmod(a->span, 360);
		a->span += a->span < 0 ? 360 : 0;
	}
	for (int i = 0; i < 2; i++) {
		a->u[i][0] = cos(a->v[4 + i] * DEGREE);
		a->u[i][1] = sin(a->v[4 + i] * DEGREE);
	}
}

/* A box around it: of a turned one that of every turn. */
static void make_box(struct area *a, const struct calib_roi *r)
{
	double x = a->v[0], y = a->v[1], reach = 0;

	switch (r->kind) {
	case CALIB_ROI_RECT:
		x += a->v[2] / 2;
		y += a->v[3] / 2;
		reach = a->v[2] + a->v[3] + 1;
		break;
	case CALIB_ROI_OLD_RECT:
		reach = fabs(a->v[2]) + fabs(a->v[3]) + 1;
		break;
	case CALIB_ROI_ELLIPSE: reach = fmax(a->v[2], a->v[3]) + 1; break;
	case CALIB_ROI_LINE:    reach = hypot(a->v[2] - x, a->v[3] - y) + r->width + 1; break;
	case CALIB_ROI_RING: case CALIB_ROI_WEDGE: reach = a->v[3] + 1; break;
	default:                reach = fabs(a->v[2]) + 1; break;
	}
	a->lo[0] = x - reach;
	a->lo[1] = y - reach;
	a->hi[0] = x + reach;
	a->hi[1] = y + reach;
	if (r->kind == CALIB_ROI_RECT && a->slack == 0) {
		a->lo[0] = a->v[0];
		a->lo[1] = a->v[1];
		a->hi[0] = a->v[0] + a->v[2];
		a->hi[1] = a->v[1] + a->v[3];
	}
}

static struct area make_area(const struct calib_roi *r)
{
	struct area a = {.v = r->v, .cosine = 1, .half = r->width / 2};
	double turn = fmod(r->rot, 360);

	if (turn != 0) {
		a.cosine = cos(turn * DEGREE);
		a.sine = sin(turn * DEGREE);
		a.slack = SLACK;
	}
	if (r->kind == CALIB_ROI_WEDGE)
		make_wedge(&a);
	make_box(&a, r);
	return a;
}

/* First and last+1 of n pixels between lo and hi. */
static void clip(size_t *first, size_t *end, double lo, double hi, size_t n)
{
	double last = fmin(floor(hi), (double)n - 1);

	*first = lo > 0 ? (size_t)fmin(ceil(lo), (double)n) : 0;
	*end = last < 0 ? 0 : (size_t)last + 1;
}

/* ---- shapes that are no areas ---- */

static struct rings rings_of(const struct calib_roi *r)
{
	return (struct rings){r->v, r->n / 2, r->ring, r->nrings, r->nonzero,
		r->kind == CALIB_ROI_POLYGON};
}

/* numpy's linspace(a, b, n)[k] */
static double spaced(double a, double b, size_t n, size_t k)
{
	double step;

	if (k + 1 == n && n > 1)
		return b;
	step = n > 1 ? (b - a) / (double)(n - 1) : 0;
	return (double)k * step + a;
}

/* The arc as chords of three degrees and more, out and back.  The angles are spaced in radians, as
 * in the reference: vertices come to lie on pixels. */
static int draw_old_wedge(const struct job *j, const struct calib_roi *r, struct calib_err *err)
{
	double x = r->v[0], y = r->v[1], radius[2] = {r->v[2], r->v[2] - r->v[3]};
	size_t n = (size_t)(fabs(r->v[5] - r->v[4]) / 3) + 1, at = 0;
	double *v = calib_alloc(2 * n + 1, 2 * sizeof *v, "wedge", err);
	struct rings g = {v, 2 * n + 1, NULL, 0, false, false};
	int rc;

	if (v == NULL)
		return CALIB_ENOMEM;
	for (int side = 0; side < 2; side++)
		for (size_t k = 0; k < n; k++) {
			double t = spaced(r->v[4] * DEGREE, r->v[5] * DEGREE, n,
			                  side == 0 ? k : n - 1 - k);

			v[at++] = x + radius[side] * cos(t);
			v[at++] = y + radius[side] * sin(t);
		}
	v[at++] = v[0];
	v[at++] = v[1];
	rc = n < 2 ? CALIB_OK : rings_draw(j->marks, j->grid, &g, j->mark, err);
	free(v);
	return rc;
}

static bool put(const struct job *j, double col, double row)
{
	if (!(row >= 0 && col >= 0 && row < (double)j->grid->rows && col < (double)j->grid->cols))
		return false;
	j->marks[(size_t)row * j->grid->pitch + (size_t)col * j->grid->stride] |= j->mark;
	return true;
}

static long draw_old_line(const struct job *j, const struct calib_roi *r)
{
	double x1 = r->v[0], x2 = r->v[1], y1 = r->v[2], y2 = r->v[3];
	double dx = fabs(x1 - x2), dy = fabs(y1 - y2);
	size_t n = (size_t)((dx > dy ? dx : dy) + 1);
	long outside = 0;

	for (size_t k = 0; k < n; k++)
		outside += !put(j, trunc(spaced(x1, x2, n, k)), trunc(spaced(y1, y2, n, k)));
	return outside;
}

static void draw_block(const struct job *j, double r0, double r1, double c0, double c1)
{
	struct area a = {.v = (double[]){c0, r0, c1 - c0, r1 - r0}};
	struct job part = *j;

	clip(&part.r0, &part.r1, r0, r1, j->grid->rows);
	clip(&part.c0, &part.c1, c0, c1, j->grid->cols);
	draw_rect(&part, &a);
}

static void draw_edge(const struct job *j, double n)
{
	double rows = (double)j->grid->rows, cols = (double)j->grid->cols;

	draw_block(j, 0, n - 1, 0, cols - 1);
	draw_block(j, rows - n, rows - 1, 0, cols - 1);
	draw_block(j, 0, rows - 1, 0, n - 1);
	draw_block(j, 0, rows - 1, cols - n, cols - 1);
}

static long draw_inside(const struct job *j, const struct calib_roi *r, struct calib_err *err)
{
	double rows = (double)j->grid->rows - 1, cols = (double)j->grid->cols - 1;
	struct rings g = rings_of(r);

	switch (r->kind) {
	case CALIB_ROI_POLYGON: case CALIB_ROI_OLD_POLYGON:
		return g.n < 3 ? 0 : rings_draw(j->marks, j->grid, &g, j->mark, err);
	case CALIB_ROI_PIXEL:
		for (size_t i = 0; i < r->n; i += 2)
			put(j, round(r->v[i]), round(r->v[i + 1]));
		return 0;
	case CALIB_ROI_ROW:       draw_block(j, r->v[0], r->v[1], 0, cols); return 0;
	case CALIB_ROI_COL:       draw_block(j, 0, rows, r->v[0], r->v[1]); return 0;
	case CALIB_ROI_EDGE:      draw_edge(j, r->v[0]); return 0;
	case CALIB_ROI_OLD_WEDGE: return draw_old_wedge(j, r, err);
	case CALIB_ROI_OLD_LINE:  return draw_old_line(j, r);
	default:
		return calib_fail(err, CALIB_EINVAL, "a %s cannot be drawn on an image",
		                  rules[r->kind].word);
	}
}

/* ---- marks ---- */

enum { INSIDE = 0x80 };			/* of ONLY, until its outside is known */

static uint8_t mark_of(const struct calib_roi *r)
{
	return r->role == CALIB_ROI_MASK ? CALIB_ROI_MASKED
		: r->role == CALIB_ROI_KEEP ? CALIB_ROI_KEPT : INSIDE;
}

static void mark_outside(uint8_t *mark)
{
	*mark = (*mark & INSIDE) != 0 ? (uint8_t)(*mark & ~INSIDE)
		: (uint8_t)(*mark | CALIB_ROI_OUTSIDE);
}

long calib_roi_draw(uint8_t *marks, const struct calib_roi_grid *grid, const struct calib_roi *r,
                    struct calib_err *err)
{
	struct job j = {.marks = marks, .grid = grid, .mark = mark_of(r)};
	long rc = 0;

	if (areas[r->kind].draw != NULL) {
		struct area a = make_area(r);

		clip(&j.r0, &j.r1, a.lo[1], a.hi[1], grid->rows);
		clip(&j.c0, &j.c1, a.lo[0], a.hi[0], grid->cols);
		areas[r->kind].draw(&j, &a);
	} else {
		rc = draw_inside(&j, r, err);
	}
	if (r->role == CALIB_ROI_ONLY && rc >= 0)
		for (size_t i = 0; i < grid->rows; i++)
			for (size_t k = 0; k < grid->cols; k++)
				mark_outside(&marks[i * grid->pitch + k * grid->stride]);
	return rc;
}

int calib_roi_points(uint8_t *marks, const double *x, const double *y, size_t n,
                     const struct calib_roi *r, struct calib_err *err)
{
	struct job j = {.marks = marks, .mark = mark_of(r), .x = x, .y = y, .n = n};
	struct rings g = rings_of(r);
	int rc = CALIB_OK;

	if (r->kind == CALIB_ROI_POLYGON || r->kind == CALIB_ROI_OLD_POLYGON) {
		rc = g.n < 3 ? CALIB_OK : rings_points(marks, x, y, n, &g, j.mark, err);
	} else if (areas[r->kind].points != NULL) {
		struct area a = make_area(r);

		areas[r->kind].points(&j, &a);
	} else if (r->kind == CALIB_ROI_CORNERS) {
		for (size_t i = 0; i < n; i++)
			if (r->v[0] < x[i] && x[i] < r->v[1] && r->v[2] < y[i] && y[i] < r->v[3])
				marks[i] |= j.mark;
	} else {
		rc = calib_fail(err, CALIB_EINVAL, "a %s has no place in um",
		                rules[r->kind].word);
	}
	if (r->role == CALIB_ROI_ONLY && rc >= 0)
		for (size_t i = 0; i < n; i++)
			mark_outside(&marks[i]);
	return rc;
}

void calib_roi_mask(uint8_t *marks, size_t n, bool keep)
{
	for (size_t i = 0; i < n; i++)
		marks[i] = (!keep || (marks[i] & CALIB_ROI_KEPT) != 0)
			&& (marks[i] & (CALIB_ROI_MASKED | CALIB_ROI_OUTSIDE)) == 0;
}

/* ---- neighbours ---- */

static bool is_near(long dr, long dc, long n, enum calib_roi_pattern pattern)
{
	return pattern == CALIB_ROI_SQUARE || (pattern == CALIB_ROI_RHOMBUS
	       ? labs(dr) + labs(dc) <= n : dr * dr + dc * dc <= n * n);
}

static void spread(uint8_t *mask, const struct calib_roi_grid *g, long row, long col, long n,
                   enum calib_roi_pattern pattern)
{
	for (long r = row > n ? row - n : 0; r <= row + n && r < (long)g->rows; r++)
		for (long c = col > n ? col - n : 0; c <= col + n && c < (long)g->cols; c++)
			if (is_near(r - row, c - col, n, pattern))
				mask[(size_t)r * g->pitch + (size_t)c * g->stride] = 0;
}

int calib_roi_grow(uint8_t *mask, const struct calib_roi_grid *g, size_t n,
                   enum calib_roi_pattern pattern, struct calib_err *err)
{
	uint8_t *before = calib_alloc(g->rows * g->cols, 1, "mask", err);

	if (before == NULL)
		return CALIB_ENOMEM;
	for (size_t r = 0; r < g->rows; r++)
		for (size_t c = 0; c < g->cols; c++)
			before[r * g->cols + c] = mask[r * g->pitch + c * g->stride];
	for (size_t r = 0; r < g->rows; r++)
		for (size_t c = 0; c < g->cols; c++)
			if (before[r * g->cols + c] == 0)
				spread(mask, g, (long)r, (long)c, (long)n, pattern);
	free(before);
	return CALIB_OK;
}
