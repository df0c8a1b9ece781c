/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/shapetext.c - our text of shapes, and the lines of CorAna's mask editor in it */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "form/shapes_int.h"

/* The words; those with a capital letter are CorAna's, 'old' their numbers before "lw colour". */
static const struct word { const char *word; size_t old; } words[CALIB_ROI_NKINDS] = {
	[CALIB_ROI_RECT] = {"rect", 0}, [CALIB_ROI_CIRCLE] = {"circle", 0},
	[CALIB_ROI_ELLIPSE] = {"ellipse", 0}, [CALIB_ROI_RING] = {"ring", 0},
	[CALIB_ROI_WEDGE] = {"wedge", 0}, [CALIB_ROI_POLYGON] = {"polygon", 0},
	[CALIB_ROI_LINE] = {"line", 0}, [CALIB_ROI_PIXEL] = {"pixel", 0},
	[CALIB_ROI_ROW] = {"row", 0}, [CALIB_ROI_COL] = {"col", 0}, [CALIB_ROI_EDGE] = {"edge", 0},
	[CALIB_ROI_OLD_RECT] = {"Rectangle", 4}, [CALIB_ROI_OLD_CIRCLE] = {"Circle", 3},
	[CALIB_ROI_OLD_LINE] = {"Line", 4}, [CALIB_ROI_OLD_WEDGE] = {"Wedge", 6},
	[CALIB_ROI_OLD_POLYGON] = {"Polygon", 0}, [CALIB_ROI_CORNERS] = {"", 0},
};

const char *shapes_word(enum calib_roi_kind kind)
{
	return words[kind].word;
}

int shapes_kind(const char *word, size_t len)
{
	for (int i = 0; i < CALIB_ROI_NKINDS; i++)
		if (strlen(words[i].word) == len && strncmp(words[i].word, word, len) == 0
		    && len > 0)
			return i;
	return -1;
}

/* ---- reading ---- */

/* A line cut into words where they stand. */
struct line {
	const char *p;			/* what is left */
	struct calib_err *err;
};

/* The next word; *len 0 at the end. */
static const char *next_word(struct line *l, size_t *len)
{
	const char *word;

	l->p += strspn(l->p, " \t\r\f\v");
	word = l->p;
	*len = *word == '#' ? 0 : strcspn(word, " \t\r\f\v#");
	l->p += *len;
	return word;
}

static int need_number(struct line *l, double *out, const char *what)
{
	const char *stop, *word;
	size_t len;

	word = next_word(l, &len);
	if (len == 0)
		return calib_fail(l->err, CALIB_EFORMAT, "the line ends, %s is missing", what);
	*out = calib_strtod(word, word + len, &stop);
	if (stop != word + len || !isfinite(*out))
		return calib_fail(l->err, CALIB_EFORMAT, "%s: '%.*s' is not a number", what,
		                  (int)(len < 40 ? len : 40), word);
	return CALIB_OK;
}

static int need_bool(struct line *l, bool *out, const char *what)
{
	size_t len;
	const char *word = next_word(l, &len);

	*out = len == 4 && strncasecmp(word, "True", 4) == 0;
	if (!*out && !(len == 5 && strncasecmp(word, "False", 5) == 0))
		return calib_fail(l->err, CALIB_EFORMAT, "%s: '%.*s' is neither True nor False",
				  what, (int)(len < 40 ? len : 40), word);
	return CALIB_OK;
}

/* Numbers of a shape while it is read. */
struct numbers { double *v; size_t n, room; };

static int add_number(struct numbers *x, double v, struct calib_err *err)
{
	void *p = x->v;
	int rc = x->n < 2 * CALIB_SHAPES_POINTS
		? calib_grow(&p, &x->room, x->n + 1, sizeof *x->v, "shape", err)
		: calib_fail(err, CALIB_EFORMAT, "more than %d points", CALIB_SHAPES_POINTS);

	x->v = p;
	if (rc >= 0)
		x->v[x->n++] = v;
	return rc;
}

/* "lw colour sel rem" */
static int read_old_tail(struct line *l, struct calib_roi *r)
{
	bool selected = false;
	const char *word;
	double lw = 1;
	size_t len;
	int rc = need_number(l, &lw, "line width");

	if (rc < 0)
		return rc;
	if (lw != floor(lw) || fabs(lw) > 1e6)
		return calib_fail(l->err, CALIB_EFORMAT, "line width %g is no whole number", lw);
	r->lw = (int)lw;
	word = next_word(l, &len);
	if (len == 0 || len >= sizeof r->colour)
		return calib_fail(l->err, CALIB_EFORMAT, "'%.*s' is no colour",
		                  (int)(len < 40 ? len : 40), word);
	memcpy(r->colour, word, len);
	rc = need_bool(l, &selected, "selected");
	if (rc >= 0)
		rc = need_bool(l, &r->rem, "removed");
	r->role = selected ? CALIB_ROI_MASK : CALIB_ROI_KEEP;
	return rc;
}

/* All x of a polygon come first, then all y. */
static int read_old_polygon(struct line *l, struct calib_roi *r, struct numbers *x)
{
	double n = 0, v = 0;
	int rc = read_old_tail(l, r);

	if (rc >= 0)
		rc = need_number(l, &n, "number of vertices");
	if (rc >= 0 && (n != floor(n) || n < 0 || n > CALIB_SHAPES_POINTS))
		rc = calib_fail(l->err, CALIB_EFORMAT, "%g is no number of vertices from 0 to %d",
				n, CALIB_SHAPES_POINTS);
	for (size_t i = 0; rc >= 0 && i < 2 * (size_t)n; i++)
		rc = add_number(x, 0, l->err);
	for (size_t i = 0; rc >= 0 && i < 2 * (size_t)n; i++) {
		rc = need_number(l, &v, i < (size_t)n ? "x of a vertex" : "y of a vertex");
		if (rc >= 0)
			x->v[i < (size_t)n ? 2 * i : 2 * (i - (size_t)n) + 1] = v;
	}
	return rc;
}

static int read_old(struct line *l, struct calib_roi *r, struct numbers *x)
{
	double v = 0;
	int rc = CALIB_OK;

	if (r->kind == CALIB_ROI_OLD_POLYGON)
		return read_old_polygon(l, r, x);
	for (size_t i = 0; i < words[r->kind].old && rc >= 0; i++) {
		rc = need_number(l, &v, "a number of the shape");
		if (rc >= 0)
			rc = add_number(x, v, l->err);
	}
	return rc < 0 ? rc : read_old_tail(l, r);
}

/* "rot=12", "width=2", of some kinds only */
static int read_key(struct line *l, struct calib_roi *r, const char *word, size_t len)
{
	static const struct { const char *key; enum calib_roi_kind kind[2]; } keys[] = {
		{"rot=", {CALIB_ROI_RECT, CALIB_ROI_ELLIPSE}},
		{"width=", {CALIB_ROI_LINE, CALIB_ROI_LINE}}};
	const char *stop;
	double v;

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(keys[i].key);

		if (len <= n || strncmp(word, keys[i].key, n) != 0
		    || (r->kind != keys[i].kind[0] && r->kind != keys[i].kind[1]))
			continue;
		v = calib_strtod(word + n, word + len, &stop);
		if (stop != word + len || !isfinite(v))
			break;
		*(i == 0 ? &r->rot : &r->width) = v;
		return CALIB_OK;
	}
	return calib_fail(l->err, CALIB_EFORMAT, "'%.*s' is neither a number nor something a %s "
	                  "can have", (int)(len < 40 ? len : 40), word, words[r->kind].word);
}

static int read_new(struct line *l, struct calib_roi *r, struct numbers *x)
{
	size_t len;
	int rc = CALIB_OK;

	for (const char *word; rc >= 0 && (word = next_word(l, &len), len > 0);) {
		const char *stop;
		double v = calib_strtod(word, word + len, &stop);

		if (stop == word + len && isfinite(v))
			rc = add_number(x, v, l->err);
		else
			rc = read_key(l, r, word, len);
	}
	if (rc >= 0 && (r->kind == CALIB_ROI_ROW || r->kind == CALIB_ROI_COL) && x->n == 1)
		rc = add_number(x, x->v[0], l->err);
	return rc;
}

/* "seg=3", "seg=3-7", "seg=*" */
static bool read_segments(size_t seg[2], const char *word, size_t len)
{
	const char *p = word + 4;
	char *end;

	if (len < 5 || strncmp(word, "seg=", 4) != 0)
		return false;
	if (len == 5 && *p == '*') {
		seg[0] = 0;
		seg[1] = SIZE_MAX;
		return true;
	}
	if (!isdigit((unsigned char)*p))
		return false;
	seg[0] = seg[1] = strtoul(p, &end, 10);
	if (*end == '-' && isdigit((unsigned char)end[1]))
		seg[1] = strtoul(end + 1, &end, 10);
	return end == word + len && seg[0] <= seg[1] && seg[1] < 1000000;
}

static bool is(const char *word, size_t len, const char *text)
{
	return strlen(text) == len && strncmp(word, text, len) == 0;
}

static int whole_number(struct line *l, double lo, double hi, const char *what, size_t *out)
{
	double v = 0;
	int rc = need_number(l, &v, what);

	if (rc >= 0 && (v != floor(v) || v < lo || v > hi))
		rc = calib_fail(l->err, CALIB_EFORMAT, "%s: %g is no whole number from %g to %g",
		                what, v, lo, hi);
	if (rc >= 0)
		*out = (size_t)v;
	return rc;
}

static int read_grow(struct calib_shapes *s, struct line *l)
{
	struct calib_shapes_grow g = {0, CALIB_ROI_RHOMBUS};
	void *p = s->grow;
	size_t len;
	const char *word;
	int rc = whole_number(l, 0, 1000, "grow", &g.n);

	word = next_word(l, &len);
	if (rc >= 0 && len > 0) {
		const char *at = len == 6 && strncmp(word, "ptrn=", 5) == 0
			? strchr("rcs", word[5]) : NULL;

		if (at == NULL)
			return calib_fail(l->err, CALIB_EFORMAT, "'%.*s' is not ptrn=r, ptrn=c or "
			                  "ptrn=s", (int)(len < 40 ? len : 40), word);
		g.pattern = *at == 'r' ? CALIB_ROI_RHOMBUS : *at == 'c' ? CALIB_ROI_DISC
			: CALIB_ROI_SQUARE;
	}
	if (rc >= 0)
		rc = calib_grow(&p, &s->grow_room, s->ngrow + 1, sizeof g, "shapes", l->err);
	s->grow = p;
	if (rc >= 0)
		s->grow[s->ngrow++] = g;
	return rc;
}

/* Lines that are no shape; 0: it is none of them. */
static int read_other(struct calib_shapes *s, struct line *l, const char *word, size_t len)
{
	size_t v = 0, w = 0;
	int rc;

	if (is(word, len, "grow")) {
		rc = read_grow(s, l);
		return rc < 0 ? rc : 1;
	}
	if (is(word, len, "bits")) {
		rc = whole_number(l, 0, 65535, "bits", &v);
		if (rc >= 0)
			s->bits = (s->bits > 0 ? s->bits : 0) | (int)v;
		return rc < 0 ? rc : 1;
	}
	if (!is(word, len, "size"))
		return 0;
	rc = whole_number(l, 1, 1e9, "rows", &v);
	if (rc >= 0)
		rc = whole_number(l, 1, 1e9, "columns", &w);
	if (rc >= 0 && s->rows > 0 && (s->rows != v || s->cols != w))
		rc = calib_fail(l->err, CALIB_EFORMAT, "size %zu %zu, but before it was %zu %zu", v,
		                w, s->rows, s->cols);
	s->rows = v;
	s->cols = w;
	return rc < 0 ? rc : 1;
}

static int read_shape(struct calib_shapes *s, struct line *l, struct calib_roi *r,
                      const char *word, size_t len)
{
	struct numbers x = {NULL, 0, 0};
	int kind = shapes_kind(word, len), rc;

	if (kind < 0)
		return calib_fail(
			l->err, CALIB_EFORMAT,
			"'%.*s' is no shape; there are rect, circle, "
			"ellipse, ring, wedge, polygon, line, pixel, row, col, edge, grow, "
			"bits and size",
			(int)(len < 40 ? len : 40), word);
	r->kind = (enum calib_roi_kind)kind;
	rc = isupper((unsigned char)*word) ? read_old(l, r, &x) : read_new(l, r, &x);
	r->v = x.v;
	r->n = x.n;
	if (rc >= 0 && r->space == CALIB_ROI_UM && (r->kind == CALIB_ROI_PIXEL
	    || r->kind == CALIB_ROI_ROW || r->kind == CALIB_ROI_COL || r->kind == CALIB_ROI_EDGE))
		rc = calib_fail(l->err, CALIB_EFORMAT, "a %s has no place in um", words[kind].word);
	if (rc >= 0)
		rc = calib_shapes_add(s, r, l->err);
	free(x.v);
	return rc;
}

static int read_line(struct calib_shapes *s, const char *text, const char *name, unsigned number,
                     struct calib_err *err)
{
	struct calib_roi r = {.role = CALIB_ROI_MASK, .width = 1, .line = number, .lw = 1,
		.colour = "k"};
	struct line l = {text, err};
	const char *word;
	bool prefixed = false;
	size_t len;
	int rc;

	word = next_word(&l, &len);
	if (len == 0)
		return CALIB_OK;
	if (isupper((unsigned char)*word) && (shapes_kind(word, len) < 0)) {
		if (!is(word, len, "Center"))
			calib_log(CALIB_WARNING,
				  "%s:%u: '%.*s' is no shape, the line is passed over", name,
				  number, (int)(len < 40 ? len : 40), word);
		return CALIB_OK;
	}
	rc = read_other(s, &l, word, len);
	if (rc != 0) {
		next_word(&l, &len);
		return rc < 0 || len == 0 ? rc
					  : calib_fail(err, CALIB_EFORMAT,
						       "'%.*s' is too much "
						       "on this line",
						       (int)len, l.p - len);
	}
	if (is(word, len, "keep") || is(word, len, "mask")) {
		r.role = *word == 'k' ? CALIB_ROI_KEEP : CALIB_ROI_MASK;
		prefixed = true;
		word = next_word(&l, &len);
	}
	if (is(word, len, "img") || is(word, len, "um") || (len > 4 && !strncmp(word, "seg=", 4))) {
		r.space = *word == 'i'   ? CALIB_ROI_IMG
			  : *word == 'u' ? CALIB_ROI_UM
					 : CALIB_ROI_SEG;
		if (r.space == CALIB_ROI_SEG && !read_segments(r.seg, word, len))
			return calib_fail(err, CALIB_EFORMAT,
					  "'%.*s' is not seg=N, seg=N-M or seg=*",
					  (int)(len < 40 ? len : 40), word);
		prefixed = true;
		word = next_word(&l, &len);
	}
	if (prefixed && isupper((unsigned char)*word))
		return calib_fail(err, CALIB_EFORMAT, "'%.*s' is an old word, its line says itself "
		                  "whether it keeps or masks", (int)(len < 40 ? len : 40), word);
	return read_shape(s, &l, &r, word, len);
}

int shapes_read_text(struct calib_shapes *s, const struct shapes_input *in, struct calib_err *err)
{
	struct calib_str line = CALIB_STR_INIT;
	const char *p = in->text;
	int rc = CALIB_OK;

	if (strncmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	for (unsigned number = 1; *p != '\0' && rc >= 0; number++) {
		size_t len = strcspn(p, "\n");

		calib_str_clear(&line);
		calib_str_addn(&line, p, len);
		rc = calib_str_check(&line, err);
		if (rc >= 0 && (rc = read_line(s, line.s, in->name, number, err)) < 0)
			calib_err_wrap(err, "%s:%u", in->name, number);
		p += len + (p[len] == '\n');
	}
	calib_str_release(&line);
	return rc < 0 ? rc : CALIB_OK;
}

/* ---- writing ---- */

static const char *true_false(bool b)
{
	return b ? "True" : "False";
}

/* A line as CorAna's editor writes it. */
static void write_old(struct calib_str *t, const struct calib_roi *r)
{
	calib_str_add(t, words[r->kind].word);
	if (r->kind == CALIB_ROI_OLD_POLYGON) {
		calib_str_addf(t, " %d %s %s %s %zu ", r->lw, r->colour,
		               true_false(r->role == CALIB_ROI_MASK), true_false(r->rem), r->n / 2);
		for (size_t k = 0; k < 2; k++)
			for (size_t i = k; i < r->n; i += 2)
				calib_str_addf(t, "%7.2d ", (int)r->v[i]);
	} else {
		for (size_t i = 0; i < r->n; i++)
			calib_str_addf(t, " %7.2f", r->v[i]);
		calib_str_addf(t, " %d %s %s %s", r->lw, r->colour,
		               true_false(r->role == CALIB_ROI_MASK), true_false(r->rem));
	}
	calib_str_addc(t, '\n');
}

/* A rectangle of the laboratory frame of CrystFEL in the plane of the detector, X = -y, Y = -x. */
static int write_corners(struct calib_str *t, const struct calib_shapes *s,
                         const struct calib_roi *r, const struct calib_shapes_hints *hints,
                         struct calib_err *err)
{
	double u = hints != NULL ? hints->pix_um : 0, lo[2], hi[2];

	if (!(u > 0))
		return shapes_cannot(s, r, "a text without the pixel size (-g GEO)",
		                     "a region in x and y", err);
	for (int k = 0; k < 2; k++) {	/* an open end: as far as any detector */
		lo[k] = -u * fmin(r->v[3 - 2 * k], 1e6);
		hi[k] = -u * fmax(r->v[2 - 2 * k], -1e6);
	}
	calib_log(CALIB_WARNING, "%s:%u: a region in x and y is asked of the corners of pixels "
	          "there, of their centres in a text: its rim may move by half a pixel", s->name,
	          r->line);
	calib_str_addf(t, "mask um rect %.6g %.6g %.6g %.6g\n", lo[0], lo[1], hi[0] - lo[0],
	               hi[1] - lo[1]);
	return CALIB_OK;
}

static void write_head(struct calib_str *t, const struct calib_roi *r)
{
	calib_str_add(t, r->role == CALIB_ROI_MASK ? "mask " : "keep ");
	if (r->space == CALIB_ROI_UM)
		calib_str_add(t, "um ");
	else if (r->space == CALIB_ROI_SEG && r->seg[1] == SIZE_MAX)
		calib_str_add(t, "seg=* ");
	else if (r->space == CALIB_ROI_SEG && r->seg[0] == r->seg[1])
		calib_str_addf(t, "seg=%zu ", r->seg[0]);
	else if (r->space == CALIB_ROI_SEG)
		calib_str_addf(t, "seg=%zu-%zu ", r->seg[0], r->seg[1]);
}

static void write_new(struct calib_str *t, const struct calib_roi *r)
{
	size_t n = r->n;

	write_head(t, r);
	calib_str_add(t,
		      words[r->kind == CALIB_ROI_OLD_POLYGON ? CALIB_ROI_POLYGON : r->kind].word);
	if ((r->kind == CALIB_ROI_ROW || r->kind == CALIB_ROI_COL) && r->v[0] == r->v[1])
		n = 1;
	for (size_t i = 0; i < n; i++)
		calib_str_addf(t, " %.6g", r->v[i]);
	if (r->rot != 0 && (r->kind == CALIB_ROI_RECT || r->kind == CALIB_ROI_ELLIPSE))
		calib_str_addf(t, " rot=%.6g", r->rot);
	if (r->kind == CALIB_ROI_LINE && r->width != 1)
		calib_str_addf(t, " width=%.6g", r->width);
	calib_str_addc(t, '\n');
}

int shapes_write_text(struct calib_str *t, const struct calib_shapes *s,
                      const struct calib_shapes_hints *hints, struct calib_err *err)
{
	static const char patterns[] = "rcs";
	size_t keeps = 0, onlys = 0;
	int rc = CALIB_OK, warned = 0;

	for (size_t i = 0; i < s->n; i++) {
		keeps += s->list[i].role == CALIB_ROI_KEEP;
		onlys += s->list[i].role == CALIB_ROI_ONLY;
	}
	calib_str_add(t, "# calib-roi shapes 1\n");
	if (s->rows > 0)
		calib_str_addf(t, "size %zu %zu\n", s->rows, s->cols);
	for (size_t i = 0; i < s->n && rc >= 0; i++) {
		const struct calib_roi *r = &s->list[i];

		if (r->role == CALIB_ROI_ONLY && (keeps > 0 || onlys > 1))
			rc = shapes_cannot(s, r, "a text", "one of several inverted regions", err);
		else if (r->nrings > 1)
			rc = shapes_cannot(s, r, "a text", "a path of several parts", err);
		else if (r->kind == CALIB_ROI_CORNERS)
			rc = write_corners(t, s, r, hints, err);
		else if (r->kind == CALIB_ROI_OLD_POLYGON && r->colour[0] == '\0' && !warned++)
			calib_log(CALIB_WARNING, "%s: polygons of this form have half of their "
			          "rim, those of a text all of it", s->name);
		if (rc >= 0 && r->kind != CALIB_ROI_CORNERS
		    && (words[r->kind].old > 0
			|| (r->kind == CALIB_ROI_OLD_POLYGON && r->colour[0] != '\0')))
			write_old(t, r);
		else if (rc >= 0 && r->kind != CALIB_ROI_CORNERS)
			write_new(t, r);
	}
	if (s->bits >= 0)
		calib_str_addf(t, "bits %d\n", s->bits);
	for (size_t i = 0; i < s->ngrow; i++)
		calib_str_addf(t, "grow %zu ptrn=%c\n", s->grow[i].n, patterns[s->grow[i].pattern]);
	return rc;
}
