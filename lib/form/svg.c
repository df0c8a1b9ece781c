/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/svg.c - shapes drawn with a vector editor
 *
 * User units of the outermost svg are image coordinates.  Nothing outside of the file is loaded, no
 * entity is expanded.
 * Source: W3C, Scalable Vector Graphics 2. */
#include <expat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "form/shapes_int.h"
#include "form/svg_int.h"

enum { DEPTH = 64, MAX_BYTES = 64 << 20 };
#define DEGREE 0.017453292519943295	/* pi / 180 */

/* What an element hands to those in it. */
struct level {
	struct svg_matrix m;
	enum calib_roi_role role;
	bool hidden, evenodd;
	long seg;			/* -1: of the image */
	double stroke;
};

struct reader {
	XML_Parser xml;
	struct calib_shapes *shapes;
	const char *name;
	struct level level[DEPTH];
	int depth, skipped;		/* elements open; of an element that is passed over */
	const char **attr;		/* of the element in hand */
	const char *element;
	bool noted_shift, noted_round;
	int rc;
	struct calib_err *err;
};

static void fail(struct reader *r, int rc)
{
	if (r->rc >= 0) {
		r->rc = rc;
		calib_err_wrap(r->err, "%s:%lu: <%s>", r->name,
		               (unsigned long)XML_GetCurrentLineNumber(r->xml), r->element);
	}
	XML_StopParser(r->xml, XML_FALSE);
}

static const char *attribute(const struct reader *r, const char *name)
{
	for (const char **a = r->attr; *a != NULL; a += 2)
		if (strcmp(a[0], name) == 0)
			return a[1];
	return NULL;
}

/* "name: value" of the style, else the attribute; *len its length. */
static const char *property(const struct reader *r, const char *name, size_t *len)
{
	const char *p = attribute(r, "style");

	for (; p != NULL && *p != '\0'; p += *p == ';') {
		size_t n;

		p += strspn(p, " \t\r\n");
		n = strcspn(p, ":; \t\r\n");
		if (strlen(name) == n && strncmp(p, name, n) == 0) {
			p += n + strspn(p + n, " \t\r\n");
			if (*p == ':') {
				p += 1 + strspn(p + 1, " \t\r\n");
				*len = strcspn(p, "; \t\r\n");
				return p;
			}
		}
		p += strcspn(p, ";");
	}
	p = attribute(r, name);
	*len = p != NULL ? strlen(p) : 0;
	return p;
}

static bool is(const char *text, size_t len, const char *word)
{
	return text != NULL && strlen(word) == len && strncmp(text, word, len) == 0;
}

/* A length without unit, or px. */
static int length_of(const struct reader *r, const char *name, const char *text, size_t len,
                     double *out)
{
	const char *stop;

	*out = calib_strtod(text, text + len, &stop);
	if (stop != text && (stop == text + len || is(stop, (size_t)(text + len - stop), "px"))
	    && fabs(*out) <= 1e9)
		return CALIB_OK;
	return calib_fail(r->err, CALIB_EFORMAT,
			  "%s=\"%.*s\": expected a number, without unit or px", name,
			  (int)(len < 40 ? len : 40), text);
}

/* 0 when it is not there. */
static int length(const struct reader *r, const char *name, double *out)
{
	const char *text = attribute(r, name);

	*out = 0;
	return text == NULL ? CALIB_OK : length_of(r, name, text, strlen(text), out);
}

static int lengths(const struct reader *r, const char *const *names, size_t n, double *out)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = length(r, names[i], &out[i]);
	return rc;
}

/* ---- shapes ---- */

static const struct level *top(const struct reader *r)
{
	return &r->level[r->depth];
}

static int add(struct reader *r, enum calib_roi_kind kind, double *v, size_t n,
               struct calib_roi *more)
{
	const struct level *l = top(r);

	more->kind = kind;
	more->role = l->role;
	more->v = v;
	more->n = n;
	more->line = (unsigned)XML_GetCurrentLineNumber(r->xml);
	if (l->seg >= 0) {
		more->space = CALIB_ROI_SEG;
		more->seg[0] = more->seg[1] = (size_t)l->seg;
	}
	if (more->width == 0)
		more->width = 1;
	return calib_shapes_add(r->shapes, more, r->err);
}

static int add_rings(struct reader *r, struct svg_rings *g)
{
	struct calib_roi more = {.nonzero = !top(r)->evenodd};
	int rc = CALIB_OK;

	if (g->nrings > 1) {
		more.ring = g->ring;
		more.nrings = g->nrings;
	}
	if (g->nrings > 0)
		rc = add(r, CALIB_ROI_POLYGON, g->v, g->n, &more);
	return rc;
}

/* Scale and turn of a transform that keeps right angles and proportions; false: it does not. */
static bool similar(const struct svg_matrix *m, double *scale, double *turn)
{
	double size = hypot(m->a, m->b);

	*scale = size;
	*turn = atan2(m->b, m->a) / DEGREE;
	return fabs(m->a - m->d) <= 1e-12 * size && fabs(m->b + m->c) <= 1e-12 * size;
}

static bool straight(const struct svg_matrix *m)
{
	return m->b == 0 && m->c == 0;
}

static int draw_rect(struct reader *r)
{
	static const char *const names[] = {"x", "y", "width", "height"};
	const struct svg_matrix *m = &top(r)->m;
	struct svg_rings g = {NULL, 0, 0, NULL, 0, 0};
	struct calib_roi more = {.width = 1};
	double v[4], scale, at[2], far[2];
	int rc = lengths(r, names, 4, v);

	if (rc >= 0 && (v[2] < 0 || v[3] < 0))
		rc = calib_fail(r->err, CALIB_EFORMAT, "width and height must not be negative");
	if (rc < 0)
		return rc;
	if ((attribute(r, "rx") != NULL || attribute(r, "ry") != NULL) && !r->noted_round) {
		r->noted_round = true;
		calib_log(CALIB_INFO, "%s: round corners of rectangles are taken as square",
			  r->name);
	}
	if (straight(m)) {
		svg_apply(m, v[0], v[1], at);
		svg_apply(m, v[0] + v[2], v[1] + v[3], far);
		return add(r, CALIB_ROI_RECT, (double[]){fmin(at[0], far[0]), fmin(at[1], far[1]),
		           fabs(far[0] - at[0]), fabs(far[1] - at[1])}, 4, &more);
	}
	if (similar(m, &scale, &more.rot)) {
		svg_apply(m, v[0] + v[2] / 2, v[1] + v[3] / 2, at);
		return add(r, CALIB_ROI_RECT,
			   (double[]){at[0] - v[2] * scale / 2, at[1] - v[3] * scale / 2,
				      v[2] * scale, v[3] * scale},
			   4, &more);
	}
	rc = svg_begin_ring(&g, r->err);
	for (int i = 0; i < 4 && rc >= 0; i++)
		rc = svg_point(&g, m, v[0] + (i == 1 || i == 2 ? v[2] : 0), v[1]
		               + (i >= 2 ? v[3] : 0), r->err);
	if (rc >= 0)
		rc = add_rings(r, &g);
	svg_rings_release(&g);
	return rc;
}

static int draw_round(struct reader *r, const double v[4])
{
	const struct svg_matrix *m = &top(r)->m;
	struct svg_rings g = {NULL, 0, 0, NULL, 0, 0};
	struct calib_roi more = {.width = 1};
	double scale, turn, at[2], rx = v[2], ry = v[3];
	int rc;

	if (rx < 0 || ry < 0)
		return calib_fail(r->err, CALIB_EFORMAT, "a radius must not be negative");
	svg_apply(m, v[0], v[1], at);
	if (straight(m)) {
		rx *= fabs(m->a);
		ry *= fabs(m->d);
	} else if (similar(m, &scale, &turn)) {
		rx *= scale;
		ry *= scale;
		more.rot = rx == ry ? 0 : turn;
	} else {
		rc = svg_ellipse(&g, m, v, v + 2, r->err);
		if (rc >= 0)
			rc = add_rings(r, &g);
		svg_rings_release(&g);
		return rc;
	}
	if (rx == ry)
		return add(r, CALIB_ROI_CIRCLE, (double[]){at[0], at[1], rx}, 3, &more);
	return add(r, CALIB_ROI_ELLIPSE, (double[]){at[0], at[1], rx, ry}, 4, &more);
}

static int draw_circle(struct reader *r)
{
	static const char *const names[] = {"cx", "cy", "r"};
	double v[4];
	int rc = lengths(r, names, 3, v);

	v[3] = v[2];
	return rc < 0 ? rc : draw_round(r, v);
}

static int draw_ellipse(struct reader *r)
{
	static const char *const names[] = {"cx", "cy", "rx", "ry"};
	double v[4];
	int rc = lengths(r, names, 4, v);

	return rc < 0 ? rc : draw_round(r, v);
}

static int add_line(struct reader *r, const double a[2], const double b[2])
{
	const struct svg_matrix *m = &top(r)->m;
	double scale = sqrt(fabs(m->a * m->d - m->b * m->c)), v[4];
	struct calib_roi more = {.width = fmax(top(r)->stroke * scale, 1)};

	svg_apply(m, a[0], a[1], v);
	svg_apply(m, b[0], b[1], v + 2);
	return add(r, CALIB_ROI_LINE, v, 4, &more);
}

static int draw_line(struct reader *r)
{
	static const char *const names[] = {"x1", "y1", "x2", "y2"};
	double v[4];
	int rc = lengths(r, names, 4, v);

	return rc < 0 ? rc : add_line(r, v, v + 2);
}

/* Numbers of "points" as one ring, not transformed. */
static int read_points(struct reader *r, struct svg_rings *g, const struct svg_matrix *m)
{
	const char *p = attribute(r, "points");
	double x, y;
	int rc = svg_begin_ring(g, r->err);

	p = p != NULL ? p : "";
	while (rc >= 0 && svg_number(&p, &x)) {
		if (!svg_number(&p, &y))
			return calib_fail(r->err, CALIB_EFORMAT,
					  "points: a y is missing at the end");
		rc = svg_point(g, m, x, y, r->err);
	}
	p += strspn(p, " \t\r\n,");
	if (rc >= 0 && *p != '\0')
		rc = calib_fail(r->err, CALIB_EFORMAT, "points: '%.20s' is not a number", p);
	return rc;
}

static int draw_polygon(struct reader *r)
{
	struct svg_rings g = {NULL, 0, 0, NULL, 0, 0};
	int rc = read_points(r, &g, &top(r)->m);

	if (rc >= 0)
		rc = add_rings(r, &g);
	svg_rings_release(&g);
	return rc;
}

static int draw_polyline(struct reader *r)
{
	static const struct svg_matrix as_is = SVG_IDENTITY;
	struct svg_rings g = {NULL, 0, 0, NULL, 0, 0};
	int rc = read_points(r, &g, &as_is);

	for (size_t i = 0; i + 3 < g.n && rc >= 0; i += 2)
		rc = add_line(r, g.v + i, g.v + i + 2);
	svg_rings_release(&g);
	return rc;
}

static bool same_rings(const struct svg_rings *a, const struct svg_rings *b)
{
	bool same = a->n == b->n && a->nrings == b->nrings;

	for (size_t i = 0; i < a->n && same; i++)
		same = fabs(a->v[i] - b->v[i]) < 1e-6;
	return same;
}

static bool is_same(const struct svg_matrix *m, const struct svg_matrix *n)
{
	return m->a == n->a && m->b == n->b && m->c == n->c && m->d == n->d && m->e == n->e
	       && m->f == n->f;
}

/* The ring or wedge that the path was made of, when it is still there unchanged: 1 it was taken. */
static int take_shape(struct reader *r, const struct svg_rings *g)
{
	static const struct svg_matrix as_is = SVG_IDENTITY;
	const struct svg_matrix *m = &top(r)->m;
	const char *text = attribute(r, "data-shape");
	struct shapes_input in = {text, text != NULL ? strlen(text) : 0, r->name, NULL};
	struct calib_shapes made = CALIB_SHAPES_INIT;
	struct svg_rings h = {NULL, 0, 0, NULL, 0, 0};
	struct calib_str d = CALIB_STR_INIT;
	int rc = 0;

	if (text != NULL && is_same(m, &as_is)
	    && shapes_read_text(&made, &in, NULL) >= 0 && made.n == 1
	    && (made.list[0].kind == CALIB_ROI_RING || made.list[0].kind == CALIB_ROI_WEDGE)) {
		shapes_svg_path(&d, &made.list[0]);
		if (!d.failed && svg_path(&h, m, d.s, NULL) >= 0 && same_rings(g, &h)) {
			struct calib_roi more = {.width = 1};

			rc = add(r, made.list[0].kind, made.list[0].v, made.list[0].n, &more);
			rc = rc < 0 ? rc : 1;
		}
	}
	calib_str_release(&d);
	svg_rings_release(&h);
	calib_shapes_release(&made);
	return rc;
}

static int draw_path(struct reader *r)
{
	struct svg_rings g = {NULL, 0, 0, NULL, 0, 0};
	const char *d = attribute(r, "d");
	int rc = d != NULL ? svg_path(&g, &top(r)->m, d, r->err) : CALIB_OK;

	if (rc >= 0)
		rc = take_shape(r, &g);
	if (rc == 0)
		rc = add_rings(r, &g);
	svg_rings_release(&g);
	return rc;
}

static int draw_nothing(struct reader *r)
{
	(void)r;
	return CALIB_OK;
}

static int refuse(struct reader *r)
{
	return calib_fail(r->err, CALIB_EFORMAT, "cannot be taken for a shape: let the editor make "
	                  "it an ordinary path");
}

/* Elements; draw NULL: passed over with all that is in it. */
static const struct { const char *name; int (*draw)(struct reader *r); } elements[] = {
	{"rect", draw_rect}, {"circle", draw_circle}, {"ellipse", draw_ellipse},
	{"line", draw_line}, {"polygon", draw_polygon}, {"polyline", draw_polyline},
	{"path", draw_path}, {"g", draw_nothing}, {"a", draw_nothing}, {"image", NULL},
	{"text", NULL}, {"defs", NULL}, {"metadata", NULL}, {"title", NULL}, {"desc", NULL},
	{"style", NULL}, {"use", refuse}, {"symbol", refuse}, {"svg", refuse}, {"script", refuse},
	{"clipPath", NULL}, {"foreignObject", refuse},
};

/* ---- elements and what they hand down ---- */

static void take_role(const struct reader *r, struct level *l)
{
	static const char *const names[] = {"data-role", "class", "inkscape:label", "id"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *text = attribute(r, names[i]);

		if (text != NULL && strncasecmp(text, "keep", 4) == 0) {
			l->role = CALIB_ROI_KEEP;
			return;
		}
		if (text != NULL && strncasecmp(text, "mask", 4) == 0) {
			l->role = CALIB_ROI_MASK;
			return;
		}
	}
}

static int take_segment(const struct reader *r, struct level *l)
{
	const char *text = attribute(r, "data-seg");

	return text == NULL ? CALIB_OK : calib_parse_long(&l->seg, text, 0, 999999, "data-seg",
	                                                  r->err);
}

static int hand_down(struct reader *r, struct level *l)
{
	const char *text = attribute(r, "transform");
	size_t len;
	int rc = text != NULL ? svg_transform(&l->m, text, r->err) : CALIB_OK;

	if (rc >= 0)
		rc = take_segment(r, l);
	take_role(r, l);
	text = property(r, "display", &len);
	l->hidden = l->hidden || is(text, len, "none");
	text = property(r, "visibility", &len);
	l->hidden = l->hidden || is(text, len, "hidden");
	text = property(r, "fill-rule", &len);
	if (text != NULL)
		l->evenodd = is(text, len, "evenodd");
	text = property(r, "stroke-width", &len);
	if (rc >= 0 && text != NULL)
		rc = length_of(r, "stroke-width", text, len, &l->stroke);
	text = property(r, "clip-path", &len);
	if (rc >= 0 && text != NULL && !is(text, len, "none"))
		rc = calib_fail(r->err, CALIB_EFORMAT, "is cut by a clip-path, which cannot be "
		                "taken for a shape: let the editor release it");
	return rc;
}

static int read_size(struct reader *r)
{
	const char *rows = attribute(r, "data-rows"), *cols = attribute(r, "data-cols");
	long n[2] = {0, 0};
	int rc = CALIB_OK;

	if (rows == NULL || cols == NULL)
		return CALIB_OK;
	rc = calib_parse_long(&n[0], rows, 1, 1000000000, "data-rows", r->err);
	if (rc >= 0)
		rc = calib_parse_long(&n[1], cols, 1, 1000000000, "data-cols", r->err);
	if (rc >= 0) {
		r->shapes->rows = (size_t)n[0];
		r->shapes->cols = (size_t)n[1];
	}
	return rc;
}

/* Where the picture begins tells whether whole numbers are centres of pixels. */
static int begin_svg(struct reader *r)
{
	const char *box = attribute(r, "viewBox"), *p = box;
	struct level *l = &r->level[0];
	double v[4] = {0, 0, 0, 0};
	int n = 0;

	*l = (struct level){SVG_IDENTITY, CALIB_ROI_MASK, false, false, -1, 1};
	while (box != NULL && n < 4 && svg_number(&p, &v[n]))
		n++;
	if (box != NULL && n != 4)
		return calib_fail(r->err, CALIB_EFORMAT, "viewBox=\"%.40s\": expected four numbers",
		                  box);
	if (v[0] == 0 && v[1] == 0 && attribute(r, "data-rows") == NULL) {
		l->m = (struct svg_matrix){1, 0, 0, 1, -0.5, -0.5};
		calib_log(CALIB_INFO, "%s: the picture begins at 0 0; pixel (0,0) is taken to be "
		          "between 0 and 1", r->name);
	} else if (box != NULL && (v[0] != -0.5 || v[1] != -0.5)) {
		return calib_fail(r->err, CALIB_EFORMAT, "viewBox begins at %g %g, expected -0.5 "
		                  "-0.5: whole numbers are the middles of pixels", v[0], v[1]);
	}
	return read_size(r);
}

static int open_element(struct reader *r)
{
	const char *name = r->element;
	size_t n = sizeof elements / sizeof *elements, i = 0;
	int rc;

	if (strncmp(name, "svg:", 4) == 0)
		name += 4;
	if (r->depth < 0) {
		r->depth = 0;
		return strcmp(name, "svg") == 0 ? begin_svg(r)
			: calib_fail(r->err, CALIB_EFORMAT, "is no SVG");
	}
	while (i < n && strcmp(elements[i].name, name) != 0)
		i++;
	if (i == n && strchr(name, ':') == NULL)
		calib_log(CALIB_WARNING, "%s:%lu: <%s> is no shape, it is passed over", r->name,
		          (unsigned long)XML_GetCurrentLineNumber(r->xml), name);
	if (i == n || elements[i].draw == NULL) {
		r->skipped = 1;
		return CALIB_OK;
	}
	if (r->depth + 1 == DEPTH)
		return calib_fail(r->err, CALIB_EFORMAT, "more than %d elements in each other",
		                  DEPTH);
	r->level[r->depth + 1] = r->level[r->depth];
	r->depth++;
	rc = hand_down(r, &r->level[r->depth]);
	return rc < 0 || r->level[r->depth].hidden ? rc : elements[i].draw(r);
}

static void XMLCALL on_start(void *ctx, const char *name, const char **attr)
{
	struct reader *r = ctx;
	int rc;

	if (r->rc < 0)
		return;
	if (r->skipped > 0) {
		r->skipped++;
		return;
	}
	r->element = name;
	r->attr = attr;
	rc = open_element(r);
	if (rc < 0)
		fail(r, rc);
}

static void XMLCALL on_end(void *ctx, const char *name)
{
	struct reader *r = ctx;

	(void)name;
	if (r->skipped > 0)
		r->skipped--;
	else
		r->depth--;
}

static void XMLCALL on_entity(void *ctx, const char *name, int is_parameter, const char *value,
                              int length, const char *base, const char *system_id,
                              const char *public_id, const char *notation)
{
	struct reader *r = ctx;

	(void)is_parameter, (void)value, (void)length, (void)base, (void)system_id;
	(void)public_id, (void)notation;
	r->element = "!ENTITY";
	fail(r, calib_fail(r->err, CALIB_EFORMAT, "the entity '%.40s' is declared: not accepted, "
	                   "for safety", name));
}

int shapes_read_svg(struct calib_shapes *s, const struct shapes_input *in, struct calib_err *err)
{
	struct reader *r;
	int rc;

	if (in->n > MAX_BYTES)
		return calib_fail(err, CALIB_EFORMAT, "%s: %zu bytes, an SVG may have 64 MiB",
		                  in->name, in->n);
	r = calib_alloc(1, sizeof *r, "SVG reader", err);
	if (r == NULL)
		return CALIB_ENOMEM;
	r->shapes = s;
	r->name = in->name;
	r->depth = -1;
	r->err = err;
	r->xml = XML_ParserCreate(NULL);
	if (r->xml == NULL) {
		free(r);
		return calib_fail(err, CALIB_ENOMEM, "%s: out of memory", in->name);
	}
	XML_SetUserData(r->xml, r);
	XML_SetElementHandler(r->xml, on_start, on_end);
	XML_SetEntityDeclHandler(r->xml, on_entity);
	if (XML_Parse(r->xml, in->text, (int)in->n, 1) == XML_STATUS_ERROR && r->rc >= 0)
		r->rc = calib_fail(err, CALIB_EFORMAT, "%s:%lu: %s", in->name,
		                   (unsigned long)XML_GetCurrentLineNumber(r->xml),
		                   XML_ErrorString(XML_GetErrorCode(r->xml)));
	XML_ParserFree(r->xml);
	rc = r->rc;
	free(r);
	return rc;
}
