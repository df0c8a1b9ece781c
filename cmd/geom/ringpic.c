/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/ringpic.c - the picture of fitted rings: the image, the points, the ellipses, as SVG */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "geom/rings.h"
#include "render/quick.h"

enum { SIDE = 800 };			/* cells of the picture along a side */

/* Rows go down with x of a geometry, with y of an image. */
struct frame { double row0, col0, step; size_t rows, cols; bool swapped; };

static double row_of(const struct frame *f, double x, double y)
{
	return ((f->swapped ? x : y) - f->row0) / f->step;
}

static double col_of(const struct frame *f, double x, double y)
{
	return ((f->swapped ? y : x) - f->col0) / f->step;
}

static struct frame frame_of(const struct calib_ring_data *d, bool swapped)
{
	struct frame f = {INFINITY, INFINITY, d->pixel, 0, 0, swapped};
	double row1 = -INFINITY, col1 = -INFINITY;

	for (size_t i = 0; i < d->n; i++) {
		double r = swapped ? d->x[i] : d->y[i], c = swapped ? d->y[i] : d->x[i];

		f.row0 = fmin(f.row0, r);
		f.col0 = fmin(f.col0, c);
		row1 = fmax(row1, r);
		col1 = fmax(col1, c);
	}
	f.step = fmax(d->pixel, fmax(row1 - f.row0, col1 - f.col0) / SIDE);
	f.rows = (size_t)((row1 - f.row0) / f.step) + 1;
	f.cols = (size_t)((col1 - f.col0) / f.step) + 1;
	return f;
}

/* Means of the pixels in each cell, as PNG. */
static int put_image(struct calib_str *s, const struct frame *f, const struct calib_ring_data *d,
                     struct calib_err *err)
{
	struct calib_nda image = CALIB_NDA_INIT;
	struct calib_quick quick = {.values = &image, .title = "rings"};
	size_t *count = calib_alloc(f->rows * f->cols, sizeof *count, "picture", err), n = 0;
	uint8_t *png = NULL;
	double *v;
	int rc = count == NULL ? CALIB_ENOMEM : calib_nda_alloc(&image, CALIB_F64, 2,
	                                        (const size_t[]){f->rows, f->cols}, err);

	v = image.data;
	for (size_t i = 0; i < d->n && rc >= 0; i++) {
		size_t at = (size_t)row_of(f, d->x[i], d->y[i]) * f->cols
			+ (size_t)col_of(f, d->x[i], d->y[i]);

		v[at] += d->v[i];
		count[at]++;
	}
	for (size_t i = 0; i < image.size && rc >= 0; i++)
		v[i] = count[i] > 0 ? v[i] / (double)count[i] : (double)NAN;
	if (rc >= 0)
		rc = calib_quick_png(&png, &n, NULL, &quick, err);
	if (rc >= 0) {
		calib_str_addf(s, "<image x=\"-0.5\" y=\"-0.5\" width=\"%zu\" height=\"%zu\" "
		               "href=\"data:image/png;base64,", f->cols, f->rows);
		calib_str_add_base64(s, png, n);
		calib_str_add(s, "\"/>\n");
	}
	free(png);
	free(count);
	calib_nda_release(&image);
	return rc;
}

/* An ellipse as its points: the same formula as the fit, whatever way the axes go. */
static void put_ellipse(struct calib_str *s, const struct frame *f,
			const struct calib_ring_fit *fit)
{
	enum { POINTS = 180 };
	const double degree = 0.017453292519943295;

	calib_str_add(s, "<polygon points=\"");
	for (int k = 0; k < POINTS; k++) {
		double t = 2 * k * degree, turn = fit->angle * degree;
		double a = fit->axis[0] * cos(t), b = fit->axis[1] * sin(t);
		double x = fit->centre[0] + a * cos(turn) - b * sin(turn);
		double y = fit->centre[1] + a * sin(turn) + b * cos(turn);

		calib_str_addf(s, "%.2f,%.2f ", col_of(f, x, y), row_of(f, x, y));
	}
	calib_str_add(s, "\"/>\n");
}

int ring_picture(struct calib_str *s, const struct calib_ring_data *data,
                 const struct calib_ring_points *points, const struct calib_ring_fit *fit, size_t n,
                 bool geometry, struct calib_err *err)
{
	struct frame f = frame_of(data, geometry);
	int rc;

	calib_str_addf(s,
		       "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-0.5 -0.5 %zu %zu\">\n",
		       f.cols, f.rows);
	rc = put_image(s, &f, data, err);
	calib_str_add(s, "<g fill=\"none\" stroke=\"#ff3030\" stroke-width=\"1\">\n");
	for (size_t k = 0; k < n; k++)
		put_ellipse(s, &f, &fit[k]);
	calib_str_add(s, "</g>\n<g fill=\"#ffffff\" stroke=\"#000000\" stroke-width=\"0.3\">\n");
	for (size_t i = 0; i < points->n; i++)
		calib_str_addf(s, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"1.5\"/>\n",
		               col_of(&f, points->point[i].x, points->point[i].y),
		               row_of(&f, points->point[i].x, points->point[i].y));
	calib_str_add(s, "</g>\n</svg>\n");
	return rc < 0 ? rc : calib_str_check(s, err);
}
