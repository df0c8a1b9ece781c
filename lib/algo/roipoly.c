/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/roipoly.c - polygons: which points are inside
 *
 * An edge A->B is crossed by the ray from a point to the right when one end is at or below the
 * point and the other above, and  (B.y - y)(A.x - B.x) >= (B.x - x)(A.y - B.y)  is as its direction
 * asks; matplotlib's rule, in double arithmetic as it stands here.  For a row of pixels that holds
 * up to a column and no further, so that an edge costs a row one step. */
#include "algo/roi_int.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

struct edge { double ax, ay, bx, by; };

/* The edge that begins at point i; *ring: the ring it is in, i goes up. */
static struct edge edge_at(const struct rings *g, size_t i, size_t *ring)
{
	size_t first, end, next;

	while (g->begin != NULL && *ring + 1 < g->nrings && i >= g->begin[*ring + 1])
		++*ring;
	first = g->begin != NULL ? g->begin[*ring] : 0;
	end = g->begin != NULL && *ring + 1 < g->nrings ? g->begin[*ring + 1] : g->n;
	next = i + 1 < end ? i + 1 : first;
	return (struct edge){g->v[2 * i], g->v[2 * i + 1], g->v[2 * next], g->v[2 * next + 1]};
}

static inline bool crosses(const struct edge *e, double x, double y)
{
	bool fa = e->ay >= y, fb = e->by >= y;

	return fa != fb && ((e->by - y) * (e->ax - e->bx) >= (e->bx - x) * (e->ay - e->by)) == fb;
}

static inline bool is_on(const struct edge *e, double x, double y)
{
	return x >= fmin(e->ax, e->bx) && x <= fmax(e->ax, e->bx) && y >= fmin(e->ay, e->by)
	       && y <= fmax(e->ay, e->by)
	       && (x - e->ax) * (e->by - e->ay) == (y - e->ay) * (e->bx - e->ax);
}

/* ---- rows of pixels ---- */

/* Columns 0 .. the result - 1 of a row cross the edge. */
static size_t columns_crossing(const struct edge *e, double y, size_t cols)
{
	double at = e->bx - (e->by - y) * (e->ax - e->bx) / (e->ay - e->by);
	size_t k = !(at > 0) ? 0 : at >= (double)cols ? cols : (size_t)at;

	while (k < cols && crosses(e, (double)k, y))
		k++;
	while (k > 0 && !crosses(e, (double)(k - 1), y))
		k--;
	return k;
}

struct canvas {
	uint8_t *marks;
	const struct calib_roi_grid *grid;
	uint8_t mark;
	int32_t *turn;			/* rows x (cols + 1): changes of the winding number */
	size_t first, last;		/* rows that the rings reach */
};

static void put(const struct canvas *c, size_t row, size_t col)
{
	c->marks[row * c->grid->pitch + col * c->grid->stride] |= c->mark;
}

/* Pixels exactly on the edge. */
static void mark_on(const struct canvas *c, const struct edge *e, size_t row)
{
	double y = (double)row, lo = fmin(e->ax, e->bx), hi = fmax(e->ax, e->bx), at;
	double last = (double)c->grid->cols - 1;

	if (y < fmin(e->ay, e->by) || y > fmax(e->ay, e->by))
		return;
	if (e->ay == e->by) {
		if (hi < 0 || lo > last)
			return;
		for (size_t x = (size_t)fmax(ceil(lo), 0); (double)x <= fmin(hi, last); x++)
			put(c, row, x);
		return;
	}
	at = round(e->ax + (y - e->ay) * (e->bx - e->ax) / (e->by - e->ay));
	if (at >= 0 && at <= last && is_on(e, at, y))
		put(c, row, (size_t)at);
}

static void add_edge(const struct canvas *c, const struct rings *g, const struct edge *e)
{
	double lo = fmin(e->ay, e->by), hi = fmax(e->ay, e->by);
	size_t row;

	if (!(hi >= 0) || lo > (double)c->last)
		return;
	row = lo > (double)c->first ? (size_t)lo : c->first;
	for (; row <= c->last && (double)row <= hi; row++) {
		int32_t *turn = c->turn + (row - c->first) * (c->grid->cols + 1);

		if ((e->ay >= (double)row) != (e->by >= (double)row)) {
			int32_t way = e->by > e->ay ? 1 : -1;

			turn[0] += way;
			turn[columns_crossing(e, (double)row, c->grid->cols)] -= way;
		}
		if (g->closed)
			mark_on(c, e, row);
	}
}

static void fill(const struct canvas *c, const struct rings *g)
{
	for (size_t row = c->first; row <= c->last; row++) {
		const int32_t *turn = c->turn + (row - c->first) * (c->grid->cols + 1);
		int32_t number = 0;

		for (size_t col = 0; col < c->grid->cols; col++) {
			number += turn[col];
			if (g->nonzero ? number != 0 : number & 1)
				put(c, row, col);
		}
	}
}

int rings_draw(uint8_t *marks, const struct calib_roi_grid *grid, const struct rings *g,
               uint8_t mark, struct calib_err *err)
{
	struct canvas c = {marks, grid, mark, NULL, 0, 0};
	double lo = INFINITY, hi = -INFINITY;
	size_t ring = 0, size;

	for (size_t i = 0; i < g->n; i++) {
		lo = fmin(lo, g->v[2 * i + 1]);
		hi = fmax(hi, g->v[2 * i + 1]);
	}
	if (!(lo <= hi) || hi < 0 || lo > (double)grid->rows - 1 || grid->cols == 0)
		return CALIB_OK;
	c.first = lo > 0 ? (size_t)lo : 0;
	c.last = hi < (double)grid->rows - 1 ? (size_t)hi : grid->rows - 1;
	if (calib_mul_size(&size, c.last - c.first + 1, grid->cols + 1, "polygon", err) < 0)
		return CALIB_ENOMEM;
	c.turn = calib_alloc(size, sizeof *c.turn, "polygon", err);
	if (c.turn == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < g->n; i++) {
		struct edge e = edge_at(g, i, &ring);

		add_edge(&c, g, &e);
	}
	fill(&c, g);
	free(c.turn);
	return CALIB_OK;
}

/* ---- points anywhere ---- */

enum { STRIPS = 1024 };

/* Edges by strips of y, so that a point asks those near it only. */
struct index {
	double lo, step;
	size_t begin[STRIPS + 1];
	struct edge *edge;
};

static size_t strip_of(const struct index *x, double y)
{
	double k = (y - x->lo) / x->step;

	return !(k > 0) ? 0 : k >= STRIPS ? STRIPS - 1 : (size_t)k;
}

static int make_index(struct index *x, const struct rings *g, struct calib_err *err)
{
	size_t count[STRIPS] = {0}, ring;
	double hi = -INFINITY;

	x->lo = INFINITY;
	for (size_t i = 0; i < g->n; i++) {
		x->lo = fmin(x->lo, g->v[2 * i + 1]);
		hi = fmax(hi, g->v[2 * i + 1]);
	}
	x->step = hi > x->lo ? (hi - x->lo) / STRIPS : 1;
	for (int pass = 0; pass < 2; pass++) {
		ring = 0;
		for (size_t i = 0; i < g->n; i++) {
			struct edge e = edge_at(g, i, &ring);

			for (size_t k = strip_of(x, fmin(e.ay, e.by));
			     k <= strip_of(x, fmax(e.ay, e.by)); k++)
				if (pass == 0)
					x->begin[k + 1]++;
				else
					x->edge[x->begin[k] + count[k]++] = e;
		}
		if (pass > 0)
			break;
		for (size_t k = 0; k < STRIPS; k++)
			x->begin[k + 1] += x->begin[k];
		x->edge = calib_alloc(x->begin[STRIPS], sizeof *x->edge, "polygon", err);
		if (x->edge == NULL)
			return CALIB_ENOMEM;
	}
	return CALIB_OK;
}

int rings_points(uint8_t *marks, const double *x, const double *y, size_t n,
                 const struct rings *g, uint8_t mark, struct calib_err *err)
{
	struct index *at = calib_alloc(1, sizeof *at, "polygon", err);
	int rc = at != NULL ? make_index(at, g, err) : CALIB_ENOMEM;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		size_t k = strip_of(at, y[i]);
		bool on = false;
		int number = 0;

		for (size_t j = at->begin[k]; j < at->begin[k + 1] && !on; j++) {
			const struct edge *e = &at->edge[j];

			if (crosses(e, x[i], y[i]))
				number += e->by > e->ay ? 1 : -1;
			on = g->closed && is_on(e, x[i], y[i]);
		}
		if (on || (g->nonzero ? number != 0 : number & 1))
			marks[i] |= mark;
	}
	if (at != NULL)
		free(at->edge);
	free(at);
	return rc;
}
