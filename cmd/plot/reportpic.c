/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/plot/reportpic.c - the pictures of a report, and the data its script reads */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "plot/report.h"
#include "render/page.h"
#include "render/png.h"
#include "render/spectrum.h"

enum { SIDE = 1000, MAX_TRACE = 2000 };	/* cells of a picture, points of a line */

/* ---- lines as SVG ---- */

static void begin_svg(struct calib_str *s, const char *label, double width, double height)
{
	calib_str_addf(s, "<svg class=\"line\" role=\"img\" viewBox=\"0 0 %g %g\" "
	               "preserveAspectRatio=\"none\"><title>", width, height);
	calib_str_quote_html(s, label);
	calib_str_add(s, "</title>");
}

/* Steps of a spectrum; log: of its counts. */
static void put_steps(struct calib_str *s, const struct calib_spectrum *p, bool log_counts)
{
	double most = 1;

	for (size_t i = 0; i < p->nbins; i++)
		most = fmax(most, (double)p->count[i]);
	begin_svg(s, log_counts ? "spectrum, logarithmic counts" : "spectrum", (double)p->nbins,
		  100);
	calib_str_add(s, "<path d=\"M0 100");
	for (size_t i = 0; i < p->nbins; i++) {
		double n = (double)p->count[i];

		calib_str_addf(s, "V%.2fH%zu", 100 - 96 * (log_counts ? log(n + 1) / log(most + 1)
		               : n / most), i + 1);
	}
	calib_str_add(s, "V100Z\"/></svg>\n");
}

/* Points at 0, 1, 2 ...; NaN leaves a gap. */
static void put_line(struct calib_str *s, const char *label, const double *v, size_t n)
{
	double lo = INFINITY, hi = -INFINITY;
	bool pen = false;

	for (size_t i = 0; i < n; i++)
		if (isfinite(v[i])) {
			lo = fmin(lo, v[i]);
			hi = fmax(hi, v[i]);
		}
	if (!(lo <= hi))
		return;
	calib_str_addf(s, "<p>");
	calib_str_quote_html(s, label);
	calib_str_addf(s, ", from %.6g to %.6g</p>\n", lo, hi);
	hi = hi > lo ? hi : lo + 1;
	begin_svg(s, label, n > 1 ? (double)(n - 1) : 1, 100);
	calib_str_add(s, "<path class=\"thin\" d=\"");
	for (size_t i = 0; i < n; i++) {
		if (isfinite(v[i]))
			calib_str_addf(s, "%c%zu %.2f", pen ? 'L' : 'M', i,
			               98 - 96 * (v[i] - lo) / (hi - lo));
		pen = isfinite(v[i]);
	}
	calib_str_add(s, "\"/></svg>\n");
}

/* ---- pictures ---- */

struct shown {
	const char *id, *title, *cmap;
	const struct calib_nda *values, *minus;
	bool around_0;
};

static int put_png(struct calib_str *s, const struct shown *p, const struct calib_picture *picture,
                   const double range[2], struct calib_err *err)
{
	struct calib_colours colours = {{range[0], range[1]}, false, 1};
	uint8_t rgb[256][3], *bytes = NULL;
	uint8_t *index = calib_alloc(picture->rows * picture->cols, 1, "picture", err);
	struct calib_png png = {.rows = picture->rows, .cols = picture->cols, .index = index,
		.rgb = (const uint8_t (*)[3])rgb, .transparent = true};
	struct calib_cmap map;
	size_t n = 0;
	int rc = index != NULL ? calib_cmap_get(&map, p->cmap, err) : CALIB_ENOMEM;

	if (rc >= 0) {
		calib_picture_index(index, picture, &colours);
		calib_palette(rgb, &map, 0xff00ff, -1, -1);
		rc = calib_png_encode(&png, &bytes, &n, err);
	}
	if (rc >= 0) {
		calib_str_addf(s, "<div class=\"picture\"><img id=\"%s\" alt=\"", p->id);
		calib_str_quote_html(s, p->title);
		calib_str_addf(s,
			       "\" width=\"%zu\" height=\"%zu\" data-lo=\"%.9g\" data-hi=\"%.9g\" "
			       "data-palette=\"",
			       picture->cols, picture->rows, range[0], range[1]);
		for (size_t i = 0; i < 256; i++)
			calib_str_addf(s, "%02x%02x%02x", rgb[i][0], rgb[i][1], rgb[i][2]);
		calib_str_add(s, "\" src=\"data:image/png;base64,");
		calib_str_add_base64(s, bytes, n);
		calib_str_add(s, "\"></div>\n<p class=\"value\" aria-live=\"polite\"></p>\n");
	}
	free(bytes);
	free(index);
	return rc;
}

static int put_picture(struct calib_str *s, const struct shown *p, const struct calib_view *view,
                       const uint8_t *bad, size_t shrink, struct calib_err *err)
{
	struct calib_picture_source from = {view, p->values, p->minus, bad};
	struct calib_picture picture = CALIB_PICTURE_INIT, full = CALIB_PICTURE_INIT;
	struct calib_spectrum spectrum = CALIB_SPECTRUM_INIT;
	struct calib_scale scale = {CALIB_SCALE_AUTO, 0, 0};
	double range[2];
	int rc = calib_picture_make(&full, &from, 1, err);

	if (rc >= 0)
		rc = calib_scale_range(range, &scale, &full, err);
	if (rc >= 0 && p->around_0) {
		range[1] = fmax(fabs(range[0]), fabs(range[1]));
		range[0] = -range[1];
	}
	if (rc >= 0)
		rc = calib_spectrum_of(&spectrum, &full, range, 0, err);
	if (rc >= 0)
		rc = calib_picture_make(&picture, &from, shrink, err);
	calib_str_addf(s, "<h3>%s</h3>\n", p->title);
	if (rc >= 0)
		rc = put_png(s, p, &picture, range, err);
	if (rc >= 0) {
		calib_str_addf(
			s,
			"<p>Colours and spectra from %.6g to %.6g; %llu values below, %llu above; "
			"magenta: bad.</p>\n",
			range[0], range[1], (unsigned long long)spectrum.below,
			(unsigned long long)spectrum.above);
		put_steps(s, &spectrum, false);
		put_steps(s, &spectrum, true);
	}
	calib_spectrum_release(&spectrum);
	calib_picture_release(&full);
	calib_picture_release(&picture);
	return rc;
}

/* ---- what the script reads: pixel and status of every cell ---- */

static int put_cells(struct calib_str *s, const struct report *r, const struct calib_view *view,
                     size_t shrink, struct calib_err *err)
{
	size_t rows = (view->rows + shrink - 1) / shrink, cols = (view->cols + shrink - 1) / shrink;
	uint32_t *pixel = calib_alloc(rows * cols, sizeof *pixel, "page", err), before = 0;
	uint32_t *bits = pixel ? calib_alloc(rows * cols, sizeof *bits, "page", err) : NULL;
	const struct calib_nda *a = &r->array[REPORT_AVE];
	bool woven = a->ndim == 3 && a->dim[2] == 2 && r->parts.segments == 2;
	int rc = bits != NULL ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; rc >= 0 && i < view->rows; i++)
		for (size_t k = 0; k < view->cols; k++) {
			size_t at = calib_view_at(view, i, k),
			       cell = i / shrink * cols + k / shrink;

			if (at == CALIB_NO_PIXEL)
				continue;
			if (pixel[cell] == 0)
				pixel[cell] = (uint32_t)at + 1;
			if (r->status.size > 0)
				bits[cell] |= (uint32_t)((const uint64_t *)r->status.data)[at];
		}
	for (size_t i = 0; rc >= 0 && i < rows * cols; i++) {
		uint32_t now = pixel[i];

		pixel[i] = now - before;
		before = now;
	}
	calib_str_addf(s,
		       "<script type=\"application/json\" id=\"report\">{\"rows\":%zu,\"cols\":%zu,"
		       "\"segments\":%zu,\"pixels\":%zu,\"columns\":%zu,\"woven\":%s,"
		       "\"shrink\":%zu}</script>\n",
		       rows, cols, r->parts.segments, r->parts.pixels,
		       woven         ? a->dim[1]
		       : a->ndim > 0 ? a->dim[a->ndim - 1]
				     : 1,
		       woven ? "true" : "false", shrink);
	if (rc >= 0)
		rc = calib_page_words(s, "cells", pixel, rows * cols, false, err);
	if (rc >= 0)
		rc = calib_page_words(s, "bits", bits, rows * cols, false, err);
	free(bits);
	free(pixel);
	return rc;
}

/* ---- lines ---- */

/* Mean of the medians of all sensors, event by event. */
static void put_trace(struct calib_str *s, const struct report *r)
{
	const struct calib_nda *t = &r->array[REPORT_TRACE];
	size_t n = t->ndim > 0 ? t->dim[0] : 0, segs = n > 0 ? t->size / n : 0, step;
	double *v;

	if (n < 2 || segs == 0)
		return;
	step = (n + MAX_TRACE - 1) / MAX_TRACE;
	/* of a stretch of events the one farthest from the first: a flash must not get lost */
	v = calib_alloc(n / step + 1, sizeof *v, "trace", NULL);
	s->failed = s->failed || v == NULL;
	for (size_t i = 0; v != NULL && i < n; i++) {
		double sum = 0, x, *to = &v[i / step];
		size_t m = 0;

		for (size_t k = 0; k < segs; k++) {
			x = calib_nda_get(t, i * segs + k);
			sum += isfinite(x) ? x : 0;
			m += isfinite(x) != 0;
		}
		x = m > 0 ? sum / (double)m : (double)NAN;
		if (i % step == 0 || !(fabs(*to - v[0]) >= fabs(x - v[0])))
			*to = x;
	}
	calib_str_add(s, "<h2>Over the run</h2>\n");
	if (v != NULL)
		put_line(s, "level of the detector, event by event: a step is light", v,
		         (n + step - 1) / step);
	free(v);
}

/* Noise along the rows and the columns of the picture. */
static void put_profiles(struct calib_str *s, const struct report *r, const struct calib_view *view,
                         const uint8_t *bad)
{
	double *sum = calib_alloc(view->rows + view->cols, 2 * sizeof *sum, "profile", NULL);
	double *n = sum != NULL ? sum + view->rows + view->cols : NULL;

	for (size_t i = 0; sum != NULL && i < view->rows; i++)
		for (size_t k = 0; k < view->cols; k++) {
			size_t at = calib_view_at(view, i, k);
			double v = at == CALIB_NO_PIXEL || (bad != NULL && bad[at] != 0)
					   ? (double)NAN
					   : calib_nda_get(&r->array[REPORT_RMS], at);

			if (!isfinite(v))
				continue;
			sum[i] += v;
			n[i]++;
			sum[view->rows + k] += v;
			n[view->rows + k]++;
		}
	for (size_t i = 0; sum != NULL && i < view->rows + view->cols; i++)
		sum[i] = n[i] > 0 ? sum[i] / n[i] : (double)NAN;
	s->failed = s->failed || sum == NULL;
	calib_str_add(s, "<h2>Noise against position</h2>\n");
	if (sum != NULL) {
		put_line(s, "mean noise of each row of the picture", sum, view->rows);
		put_line(s, "mean noise of each column", sum + view->rows, view->cols);
	}
	free(sum);
}

int report_pictures(struct calib_str *s, const struct report *r, struct calib_err *err)
{
	const struct shown all[] = {
		{"ave", "Pedestals", "viridis", &r->array[REPORT_AVE], NULL, false},
		{"rms", "Noise (rms)", "inferno", &r->array[REPORT_RMS], NULL, false},
		{"change", "Change against the pedestals in force", "coolwarm",
		 &r->array[REPORT_AVE], &r->ruling, true}};
	struct calib_view view = CALIB_VIEW_INIT;
	size_t side, shrink, n = r->array[REPORT_AVE].size;
	uint8_t *bad = NULL;
	int rc = calib_view_table(&view, &r->array[REPORT_AVE], err);

	if (rc >= 0 && r->status.size > 0 && (bad = calib_alloc(n, 1, "bad pixels", err)) == NULL)
		rc = CALIB_ENOMEM;
	for (size_t i = 0; bad != NULL && i < n; i++)
		bad[i] = ((const uint64_t *)r->status.data)[i] != 0;
	side = view.rows > view.cols ? view.rows : view.cols;
	shrink = rc >= 0 ? (side + SIDE - 1) / SIDE : 1;
	if (rc >= 0) {
		calib_str_addf(s,
			       "<h2>Pictures</h2>\n<p>Sensors beside each other; a cell is %zux%zu "
			       "pixels.</p>\n",
			       shrink, shrink);
		put_trace(s, r);
	}
	for (size_t i = 0; i < sizeof all / sizeof *all && rc >= 0; i++)
		if (all[i].minus == NULL || all[i].minus->size > 0)
			rc = put_picture(s, &all[i], &view, bad, shrink, err);
	if (rc >= 0) {
		put_profiles(s, r, &view, bad);
		rc = put_cells(s, r, &view, shrink, err);
	}
	calib_view_release(&view);
	free(bad);
	return rc;
}
