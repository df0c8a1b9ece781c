/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/shapejson.c - regions of the LCLS-II mask editor as JSON
 *
 * Inside is masked; an inverted region masks its outside, and all of them act.
 * Source: slac-lcls/lcls2 psana/psana/graphqt/GWROIUtils.py. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "form/shapes_int.h"

#define DEGREE 0.017453292519943295	/* pi / 180 */
enum { INVERTED = 32 };

/* One region as the file has it. */
struct region {
	double type, angle, radius, nverts, mode;
	double *p;			/* x y of n points */
	size_t n, room;
	unsigned line;
};

struct made { double *v; size_t n, room; };

static int add(struct made *m, double x, double y, struct calib_err *err)
{
	void *p = m->v;
	int rc = calib_grow(&p, &m->room, m->n + 2, sizeof *m->v, "region", err);

	m->v = p;
	if (rc >= 0) {
		m->v[m->n++] = x;
		m->v[m->n++] = y;
	}
	return rc;
}

/* ---- what the types mean ---- */

typedef int make(struct made *m, struct calib_roi *r, const struct region *g,
                 struct calib_err *err);

static int make_points(struct made *m, struct calib_roi *r, const struct region *g,
                       struct calib_err *err)
{
	int rc = CALIB_OK;

	(void)r;
	for (size_t i = 0; i < g->n && rc >= 0; i++)
		rc = add(m, g->p[2 * i], g->p[2 * i + 1], err);
	return rc;
}

static int make_pixels(struct made *m, struct calib_roi *r, const struct region *g,
                       struct calib_err *err)
{
	if (g->type > 1)
		calib_log(CALIB_WARNING, "line %u: a group of pixels has no effect in the LCLS-II "
		          "editor; here its pixels are masked", g->line);
	r->role = CALIB_ROI_MASK;	/* never inverted */
	return make_points(m, r, g, err);
}

static int make_line(struct made *m, struct calib_roi *r, const struct region *g,
                     struct calib_err *err)
{
	int rc = add(m, trunc(g->p[0]), trunc(g->p[2]), err);

	r->lw = 1;
	r->colour[0] = 'k';
	return rc < 0 ? rc : add(m, trunc(g->p[1]), trunc(g->p[3]), err);
}

/* Top left, top right, bottom right, bottom left, turned about the first corner. */
static int make_rect(struct made *m, struct calib_roi *r, const struct region *g,
                     struct calib_err *err)
{
	double w = g->p[2] - g->p[0], h = g->p[3] - g->p[1];
	double c = cos(g->angle * DEGREE), s = sin(g->angle * DEGREE);
	const double corner[4][2] = {{0, 0}, {w, 0}, {w, h}, {0, h}};
	int rc = CALIB_OK;

	(void)r;
	for (int i = 0; i < 4 && rc >= 0; i++)
		rc = add(m, g->p[0] + corner[i][0] * c - corner[i][1] * s,
		         g->p[1] + corner[i][0] * s + corner[i][1] * c, err);
	return rc;
}

static int make_regular(struct made *m, struct calib_roi *r, const struct region *g,
                        struct calib_err *err)
{
	int rc = CALIB_OK;

	(void)r;
	if (!(g->nverts >= 3 && g->nverts <= 10000))
		return calib_fail(err, CALIB_EFORMAT, "nverts %g, expected 3 to 10000", g->nverts);
	for (int k = 0; k < (int)g->nverts && rc >= 0; k++) {
		double t = (g->angle + 360. * k / (int)g->nverts) * DEGREE;

		rc = add(m, g->p[0] + g->radius * cos(t), g->p[1] + g->radius * sin(t), err);
	}
	return rc;
}

/* Its path includes the line of one pixel that is drawn. */
static int make_ellipse(struct made *m, struct calib_roi *r, const struct region *g,
                        struct calib_err *err)
{
	int rc = add(m, (g->p[0] + g->p[2]) / 2, (g->p[1] + g->p[3]) / 2, err);

	r->rot = g->angle;
	return rc < 0 ? rc : add(m, fabs(g->p[2] - g->p[0]) / 2 + 0.5,
	                         fabs(g->p[3] - g->p[1]) / 2 + 0.5, err);
}

static int make_circle(struct made *m, struct calib_roi *r, const struct region *g,
                       struct calib_err *err)
{
	int rc = add(m, (g->p[0] + g->p[2]) / 2, (g->p[1] + g->p[3]) / 2, err);

	(void)r;
	if (rc >= 0)
		rc = add(m, fabs(g->p[2] - g->p[0]) / 2, 0, err);
	m->n = 3;
	return rc;
}

/* From the radius and angle of one point about the centre to those of another. */
static int make_arch(struct made *m, struct calib_roi *r, const struct region *g,
                     struct calib_err *err)
{
	double d[2][2] = {{g->p[2] - g->p[0], g->p[3] - g->p[1]},
		{g->p[4] - g->p[0], g->p[5] - g->p[1]}};
	double radius[2], a1, span;
	int rc = CALIB_OK, n;

	(void)r;
	for (int i = 0; i < 2; i++)
		radius[i] = hypot(d[i][0], d[i][1]);
	a1 = atan2(d[0][1], d[0][0]) / DEGREE;
	span = fmod(atan2(d[1][1], d[1][0]) / DEGREE - a1, 360);
	span += span < 0 ? 360 : 0;
	n = 32 * ((int)floor(span / 90) + 1);
	for (int side = 0; side < 2; side++)
		for (int k = 0; k < n && rc >= 0; k++) {
			double t = (a1 + span * (side == 0 ? k : n - 1 - k) / (n - 1)) * DEGREE;

			rc = add(m, g->p[0] + radius[side] * cos(t),
			         g->p[1] + radius[side] * sin(t), err);
		}
	return rc;
}

static const struct type {
	int type;
	enum calib_roi_kind kind;
	size_t least, most;		/* points */
	make *make;
} types[] = {
	{1, CALIB_ROI_PIXEL, 1, 1, make_pixels},
	{2, CALIB_ROI_OLD_LINE, 2, 2, make_line},
	{4, CALIB_ROI_OLD_POLYGON, 2, 2, make_rect},
	{8, CALIB_ROI_OLD_POLYGON, 2, 2, make_rect},
	{16, CALIB_ROI_OLD_POLYGON, 3, SIZE_MAX, make_points},
	{32, CALIB_ROI_OLD_POLYGON, 1, 3, make_regular},
	{64, CALIB_ROI_ELLIPSE, 2, 2, make_ellipse},
	{128, CALIB_ROI_CIRCLE, 2, 2, make_circle},
	{256, CALIB_ROI_OLD_POLYGON, 3, 3, make_arch},
	{512, CALIB_ROI_PIXEL, 1, SIZE_MAX, make_pixels},
};

static int add_region(struct calib_shapes *s, const struct region *g, struct calib_err *err)
{
	struct calib_roi r = {.width = 1, .line = g->line};
	struct made m = {NULL, 0, 0};
	const struct type *t = NULL;
	int rc;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == g->type)
			t = &types[i];
	if (t == NULL)
		return calib_fail(err, CALIB_EFORMAT, "roi_type %g is none of 1 2 4 8 16 32 64 128 "
		                  "256 512", g->type);
	if (g->n < t->least || g->n > t->most)
		return calib_fail(err, CALIB_EFORMAT, "roi_type %d with %zu points, expected %s%zu",
		                  t->type, g->n, t->most > t->least ? "at least " : "", t->least);
	r.kind = t->kind;
	r.role = ((long)g->mode & INVERTED) != 0 ? CALIB_ROI_ONLY : CALIB_ROI_MASK;
	rc = t->make(&m, &r, g, err);
	r.v = m.v;
	r.n = m.n;
	if (rc >= 0)
		rc = calib_shapes_add(s, &r, err);
	free(m.v);
	return rc;
}

/* ---- reading ---- */

static int read_point(void *ctx, struct calib_json *j)
{
	struct region *g = ctx;
	void *p = g->p;
	int rc = g->n < CALIB_SHAPES_POINTS
		? calib_grow(&p, &g->room, 2 * (g->n + 1), sizeof *g->p, "region", j->err)
		: calib_json_expected(j, "the end of the points");

	g->p = p;
	if (rc >= 0 && !calib_json_take(j, '['))
		rc = calib_json_expected(j, "[x, y]");
	if (rc >= 0)
		rc = calib_json_number(j, &g->p[2 * g->n], 1e9);
	if (rc >= 0 && !calib_json_take(j, ','))
		rc = calib_json_expected(j, "','");
	if (rc >= 0)
		rc = calib_json_number(j, &g->p[2 * g->n + 1], 1e9);
	if (rc >= 0 && !calib_json_take(j, ']'))
		rc = calib_json_expected(j, "']'");
	g->n += rc >= 0;
	return rc;
}

static int read_member(void *ctx, const char *key, struct calib_json *j)
{
	struct region *g = ctx;
	const struct { const char *key; double *to; } numbers[] = {{"roi_type", &g->type},
		{"angle", &g->angle}, {"radius", &g->radius}, {"nverts", &g->nverts},
		{"mode", &g->mode}};
	struct calib_str text = CALIB_STR_INIT;
	double other;
	int rc;

	if (strcmp(key, "points") == 0)
		return calib_json_items(j, read_point, g);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (strcmp(key, numbers[i].key) == 0)
			return calib_json_number(j, numbers[i].to, 1e9);
	calib_json_blank(j);
	if (j->p < j->end && *j->p != '"')
		return calib_json_number(j, &other, 1e300);
	rc = calib_json_text(j, &text);
	calib_str_release(&text);
	return rc;
}

static int read_region(void *ctx, const char *key, struct calib_json *j)
{
	struct region g = {.line = j->line};
	int rc;

	(void)key;
	rc = calib_json_members(j, read_member, &g);
	if (rc >= 0)
		rc = add_region(ctx, &g, j->err);
	free(g.p);
	return rc;
}

int shapes_read_json(struct calib_shapes *s, const struct shapes_input *in, struct calib_err *err)
{
	size_t bom = strncmp(in->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	struct calib_json j = {in->text + bom, in->text + in->n, 1, err};
	int rc = calib_json_members(&j, read_region, s);

	if (rc >= 0)
		rc = calib_json_end(&j);
	return rc < 0 ? calib_err_wrap(err, "%s:%u", in->name, j.line) : CALIB_OK;
}

/* ---- writing ---- */

static void put_points(struct calib_str *t, const double *v, size_t n)
{
	calib_str_add(t, ", \"points\": [");
	for (size_t i = 0; i + 1 < n; i += 2)
		calib_str_addf(t, "%s[%.10g, %.10g]", i > 0 ? ", " : "", round(v[i] * 100) / 100,
		               round(v[i + 1] * 100) / 100);
	calib_str_addc(t, ']');
}

static void put_head(struct calib_str *t, const char *name, int type)
{
	calib_str_addf(t, "\"roi_name\": \"%s\", \"roi_type\": %d", name, type);
}

static void put_rect(struct calib_str *t, const struct calib_roi *r)
{
	const double *v = r->v;
	double c = cos(r->rot * DEGREE), s = sin(r->rot * DEGREE);
	double mx = v[0] + v[2] / 2, my = v[1] + v[3] / 2; /* turned about it: the first corner */
	double x = mx - v[2] / 2 * c + v[3] / 2 * s, y = my - v[2] / 2 * s - v[3] / 2 * c;

	put_head(t, "RECT", 4);
	put_points(t, (double[]){x, y, x + v[2], y + v[3]}, 4);
	calib_str_addf(t, ", \"angle\": %.6g", r->rot);
}

static void put_box(struct calib_str *t, const char *name, int type, const struct calib_roi *r,
                    double rx, double ry)
{
	const double *v = r->v;

	put_head(t, name, type);
	put_points(t, (double[]){v[0] - rx, v[1] - ry, v[0] + rx, v[1] + ry}, 4);
	calib_str_addf(t, ", \"angle\": %.6g", r->rot);
}

/* 1 written, 0 there is no such region. */
static int put_region(struct calib_str *t, const struct calib_roi *r)
{
	const double *v = r->v;

	if (r->space != CALIB_ROI_IMG || r->nrings > 1)
		return 0;
	switch (r->kind) {
	case CALIB_ROI_RECT: case CALIB_ROI_OLD_RECT: put_rect(t, r); return 1;
	case CALIB_ROI_CIRCLE: case CALIB_ROI_OLD_CIRCLE:
		put_box(t, "CIRCLE", 128, r, v[2], v[2]);
		return 1;
	case CALIB_ROI_ELLIPSE:
		put_box(t, "ELLIPSE", 64, r, fmax(v[2] - 0.5, 0), fmax(v[3] - 0.5, 0));
		return 1;
	case CALIB_ROI_POLYGON: case CALIB_ROI_OLD_POLYGON:
		put_head(t, "POLYGON", 16);
		put_points(t, v, r->n);
		return 1;
	case CALIB_ROI_LINE:
		put_head(t, "LINE", 2);
		put_points(t, v, 4);
		return r->width <= 1;
	case CALIB_ROI_OLD_LINE:
		put_head(t, "LINE", 2);
		put_points(t, (double[]){v[0], v[2], v[1], v[3]}, 4);
		return 1;
	case CALIB_ROI_PIXEL:
		put_head(t, "PIXEL", 1);
		put_points(t, v, 2);
		return r->n == 2;
	default: return 0;
	}
}

int shapes_write_json(struct calib_str *t, const struct calib_shapes *s,
                      const struct calib_shapes_hints *hints, struct calib_err *err)
{
	struct calib_str one = CALIB_STR_INIT;
	const char *between = "{";
	size_t keeps = 0;
	int rc = CALIB_OK;

	(void)hints;
	for (size_t i = 0; i < s->n; i++)
		keeps += s->list[i].role == CALIB_ROI_KEEP;
	for (size_t i = 0; i < s->n && rc >= 0; i++) {
		const struct calib_roi *r = &s->list[i];

		calib_str_clear(&one);
		if (keeps > 1 && r->role == CALIB_ROI_KEEP)
			rc = shapes_cannot(s, r, "JSON", "one of several regions to keep", err);
		else if (!put_region(&one, r))
			rc = shapes_cannot(s, r, "JSON", shapes_word(r->kind), err);
		calib_str_addf(t, "%s\"ROI_%04zu\": {%s%s}", between, i, one.s,
		               r->role != CALIB_ROI_MASK ? ", \"mode\": 32" : "");
		between = ", ";
	}
	calib_str_add(t, s->n > 0 ? "}\n" : "{}\n");
	if (rc >= 0 && (s->bits >= 0 || s->ngrow > 0))
		calib_log(CALIB_WARNING,
			  "%s: bits and grow have no place in JSON, they are left out", s->name);
	if (rc >= 0 && s->n > 0)
		calib_log(CALIB_WARNING,
			  "%s: the LCLS-II editor has other rims: pixels on the edge of "
			  "a shape may differ",
			  s->name);
	calib_str_release(&one);
	return rc;
}
