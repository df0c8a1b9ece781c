/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/svgout.c - shapes as SVG, with the picture they are drawn on */
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "form/shapes_int.h"

static void put_points(struct calib_str *t, const double *v, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		calib_str_addf(t, "%s%.10g,%.10g", i > 0 ? " " : "", v[i], v[i + 1]);
}

static void put_turn(struct calib_str *t, const struct calib_roi *r, double x, double y)
{
	if (r->rot != 0)
		calib_str_addf(t, " transform=\"rotate(%.10g %.10g %.10g)\"", r->rot, x, y);
}

/* Rings, or parts of circles, as a path. */
static void put_path(struct calib_str *t, const struct calib_roi *r)
{
	calib_str_addf(t, "<path fill-rule=\"%s\" d=\"", r->nonzero ? "nonzero" : "evenodd");
	for (size_t k = 0; k < r->nrings; k++) {
		size_t first = r->ring[k], end = k + 1 < r->nrings ? r->ring[k + 1] : r->n / 2;

		calib_str_addc(t, 'M');
		put_points(t, r->v + 2 * first, 2 * (end - first));
		calib_str_addc(t, 'Z');
	}
	calib_str_add(t, "\"/>");
}

static void put_circle_path(struct calib_str *t, double x, double y, double r)
{
	calib_str_addf(t,
		       "M%.10g %.10gA%.10g %.10g 0 1 1 %.10g %.10gA%.10g %.10g 0 1 1 %.10g %.10gZ",
		       x + r, y, r, r, x - r, y, r, r, x + r, y);
}

static void ring_path(struct calib_str *t, const double *v)
{
	put_circle_path(t, v[0], v[1], v[3]);
	if (v[2] > 0)
		put_circle_path(t, v[0], v[1], v[2]);
}

static void wedge_path(struct calib_str *t, const double *v)
{
	const double degree = 0.017453292519943295;
	double span = v[5] - v[4], a = v[4] * degree, b = v[5] * degree;

	if (span >= 360) {
		ring_path(t, v);
		return;
	}
	span = fmod(span, 360);
	span += span < 0 ? 360 : 0;
	calib_str_addf(t, "M%.10g %.10gA%.10g %.10g 0 %d 1 %.10g %.10gL%.10g %.10g"
	               "A%.10g %.10g 0 %d 0 %.10g %.10gZ", v[0] + v[3] * cos(a),
	               v[1] + v[3] * sin(a), v[3], v[3], span > 180, v[0] + v[3] * cos(b),
	               v[1] + v[3] * sin(b), v[0] + v[2] * cos(b), v[1] + v[2] * sin(b), v[2], v[2],
	               span > 180, v[0] + v[2] * cos(a), v[1] + v[2] * sin(a));
}

void shapes_svg_path(struct calib_str *t, const struct calib_roi *r)
{
	if (r->kind == CALIB_ROI_RING)
		ring_path(t, r->v);
	else
		wedge_path(t, r->v);
}

/* The path, and what it is: a reader that finds the one unchanged takes the other. */
static void put_round(struct calib_str *t, const struct calib_roi *r)
{
	calib_str_addf(t, "<path fill-rule=\"evenodd\" data-shape=\"%s", shapes_word(r->kind));
	for (size_t i = 0; i < r->n; i++)
		calib_str_addf(t, " %.10g", r->v[i]);
	calib_str_add(t, "\" d=\"");
	shapes_svg_path(t, r);
	calib_str_add(t, "\"/>");
}

static void put_rect(struct calib_str *t, double x, double y, double w, double h)
{
	calib_str_addf(t, "<rect x=\"%.10g\" y=\"%.10g\" width=\"%.10g\" height=\"%.10g\"", x, y, w,
	               h);
}

/* Whole rows and columns, as far as the image goes. */
static void put_band(struct calib_str *t, const struct calib_roi *r, double rows, double cols)
{
	if (r->kind == CALIB_ROI_ROW)
		put_rect(t, 0, r->v[0], cols - 1, r->v[1] - r->v[0]);
	else
		put_rect(t, r->v[0], 0, r->v[1] - r->v[0], rows - 1);
	calib_str_add(t, "/>");
}

/* 1 written, 0 SVG has nothing like it. */
static int put_shape(struct calib_str *t, const struct calib_roi *r, double rows, double cols)
{
	const double *v = r->v;

	switch (r->kind) {
	case CALIB_ROI_RECT: case CALIB_ROI_OLD_RECT:
		put_rect(t, fmin(v[0], v[0] + v[2]), fmin(v[1], v[1] + v[3]), fabs(v[2]),
			 fabs(v[3]));
		put_turn(t, r, v[0] + v[2] / 2, v[1] + v[3] / 2);
		calib_str_add(t, "/>");
		return 1;
	case CALIB_ROI_CIRCLE: case CALIB_ROI_OLD_CIRCLE:
		calib_str_addf(t, "<circle cx=\"%.10g\" cy=\"%.10g\" r=\"%.10g\"/>", v[0], v[1],
		               fabs(v[2]));
		return 1;
	case CALIB_ROI_ELLIPSE:
		calib_str_addf(t, "<ellipse cx=\"%.10g\" cy=\"%.10g\" rx=\"%.10g\" ry=\"%.10g\"",
		               v[0], v[1], v[2], v[3]);
		put_turn(t, r, v[0], v[1]);
		calib_str_add(t, "/>");
		return 1;
	case CALIB_ROI_RING: case CALIB_ROI_WEDGE: put_round(t, r); return 1;
	case CALIB_ROI_POLYGON: case CALIB_ROI_OLD_POLYGON:
		if (r->nrings > 1) {
			put_path(t, r);
			return 1;
		}
		calib_str_addf(t, "<polygon fill-rule=\"%s\" points=\"", r->nonzero ? "nonzero"
		               : "evenodd");
		put_points(t, v, r->n);
		calib_str_add(t, "\"/>");
		return 1;
	case CALIB_ROI_LINE: case CALIB_ROI_OLD_LINE: {
		bool old = r->kind == CALIB_ROI_OLD_LINE;

		calib_str_addf(t,
			       "<line x1=\"%.10g\" y1=\"%.10g\" x2=\"%.10g\" y2=\"%.10g\" "
			       "stroke-width=\"%.10g\" stroke=\"currentColor\"/>",
			       v[0], v[old ? 2 : 1], v[old ? 1 : 2], v[3], old ? 1 : r->width);
		return 1;
	}
	case CALIB_ROI_PIXEL:
		for (size_t i = 0; i < r->n; i += 2) {
			put_rect(t, round(v[i]), round(v[i + 1]), 0, 0);
			calib_str_add(t, "/>");
		}
		return 1;
	case CALIB_ROI_ROW: case CALIB_ROI_COL:
		if (!(rows > 0 && cols > 0))
			return 0;
		put_band(t, r, rows, cols);
		return 1;
	default: return 0;
	}
}

static bool is_old(const struct calib_roi *r)
{
	return r->kind >= CALIB_ROI_OLD_RECT && r->kind <= CALIB_ROI_OLD_POLYGON;
}

static int put_group(struct calib_str *t, const struct calib_shapes *s, size_t rows, size_t cols,
                     bool keep, struct calib_err *err)
{
	calib_str_addf(t, " <g id=\"%s\" fill=\"%s\" fill-opacity=\"%s\">\n",
		       keep ? "keep" : "mask", keep ? "#00a000" : "#c00000", keep ? ".25" : ".35");
	for (size_t i = 0; i < s->n; i++) {
		const struct calib_roi *r = &s->list[i];
		bool seg = r->space == CALIB_ROI_SEG;

		if ((r->role != CALIB_ROI_MASK) != keep)
			continue;
		if (r->space == CALIB_ROI_UM || (seg && r->seg[0] != r->seg[1]))
			return shapes_cannot(s, r, "SVG", r->space == CALIB_ROI_UM ? "a shape in um"
			                     : "a shape of several sensors", err);
		calib_str_add(t, "  ");
		if (seg)
			calib_str_addf(t, "<g data-seg=\"%zu\">", r->seg[0]);
		if (!put_shape(t, r, (double)(seg ? 0 : rows), (double)(seg ? 0 : cols)))
			return shapes_cannot(s, r, "SVG", shapes_word(r->kind), err);
		calib_str_add(t, seg ? "</g>\n" : "\n");
	}
	calib_str_add(t, " </g>\n");
	return CALIB_OK;
}

static void warn(const struct calib_shapes *s)
{
	size_t old = 0, keeps = 0, only = 0;

	for (size_t i = 0; i < s->n; i++) {
		old += is_old(&s->list[i]);
		keeps += s->list[i].role == CALIB_ROI_KEEP;
		only += s->list[i].role == CALIB_ROI_ONLY;
	}
	if (old > 0)
		calib_log(CALIB_WARNING,
			  "%s: old words have rims of their own; in SVG all of the rim "
			  "is inside",
			  s->name);
	if (only > 1 || (only > 0 && keeps > 0))
		calib_log(CALIB_WARNING,
			  "%s: several inverted regions are joined in SVG: what is in "
			  "any of them is kept",
			  s->name);
	if (s->bits >= 0 || s->ngrow > 0)
		calib_log(CALIB_WARNING,
			  "%s: bits and grow have no place in SVG, they are left out", s->name);
}

int calib_shapes_svg(struct calib_str *t, const struct calib_shapes *s, size_t rows, size_t cols,
                     const void *png, size_t n, struct calib_err *err)
{
	int rc;

	warn(s);
	calib_str_add(t, "<svg xmlns=\"http://www.w3.org/2000/svg\"");
	if (rows > 0)
		calib_str_addf(t, " width=\"%zu\" height=\"%zu\" viewBox=\"-0.5 -0.5 %zu %zu\" "
		               "data-calib=\"roi 1\" data-rows=\"%zu\" data-cols=\"%zu\">\n", cols,
		               rows, cols, rows, rows, cols);
	else
		calib_str_add(t, " viewBox=\"-0.5 -0.5 2000 2000\" data-calib=\"roi 1\">\n");
	if (n > 0) {
		calib_str_addf(t, " <image x=\"-0.5\" y=\"-0.5\" width=\"%zu\" height=\"%zu\" "
		               "preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" "
		               "href=\"data:image/png;base64,", cols, rows);
		calib_str_add_base64(t, png, n);
		calib_str_add(t, "\"/>\n");
	}
	rc = put_group(t, s, rows, cols, true, err);
	if (rc >= 0)
		rc = put_group(t, s, rows, cols, false, err);
	calib_str_add(t, "</svg>\n");
	return rc < 0 ? rc : calib_str_check(t, err);
}

int shapes_write_svg(struct calib_str *t, const struct calib_shapes *s,
                     const struct calib_shapes_hints *hints, struct calib_err *err)
{
	(void)hints;
	return calib_shapes_svg(t, s, s->rows, s->cols, NULL, 0, err);
}
