/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/plot/reportpic.c - the pictures of a report, and the data its script reads */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "plot/report.h"
#include "render/page.h"
#include "render/png.h"
#include "render/spectrum.h"

enum { BAR_STOPS = 32 };		/* colours of a bar */

/* ---- pictures ---- */

struct shown {
	const char *id, *title, *cmap;
	const struct calib_nda *values, *minus;
	bool around_0;
};

/* A gain range of the run. */
struct range {
	const struct report *r;
	size_t gain, size, shrink;	/* size: its pixels */
	const char *name;		/* "" when there is one only */
	const uint8_t *bad;		/* of its pixels, or NULL */
	const uint64_t *status;		/* or NULL */
};

static void put_heading(struct calib_str *s, const char *tag, const char *title,
                        const struct range *g)
{
	calib_str_addf(s, "<%s>%s", tag, title);
	if (*g->name != '\0')
		calib_str_add(s, ", ");
	calib_str_quote_html(s, g->name);
	calib_str_addf(s, "</%s>\n", tag);
}

static int put_png(struct calib_str *s, const struct shown *p, const struct range *g,
                   const struct calib_picture *picture, const double range[2],
                   struct calib_err *err)
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
		calib_str_addf(s, "<div class=\"picture\"><img id=\"%s", p->id);
		if (g->gain > 0)
			calib_str_addf(s, "-%zu", g->gain);
		calib_str_addf(s, "\" data-gain=\"%zu\" alt=\"", g->gain);
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

/* The colours of a picture and what their ends and the middle stand for. */
static int put_bar(struct calib_str *s, const struct shown *p, const struct range *g,
                   const double range[2], struct calib_err *err)
{
	struct calib_cmap map;
	int rc = calib_cmap_get(&map, p->cmap, err);

	if (rc < 0)
		return rc;
	calib_str_addf(s,
		       "<svg class=\"bar\" role=\"img\" viewBox=\"0 0 100 1\" "
		       "preserveAspectRatio=\"none\"><title>colours</title><defs><linearGradient "
		       "id=\"bar-%s-%zu\">", p->id, g->gain);
	for (int k = 0; k <= BAR_STOPS; k++) {
		const uint8_t *rgb = map.rgb[calib_cmap_index(map.n, (double)k / BAR_STOPS)];

		calib_str_addf(s, "<stop offset=\"%g\" stop-color=\"#%02x%02x%02x\"/>",
		               (double)k / BAR_STOPS, rgb[0], rgb[1], rgb[2]);
	}
	calib_str_addf(s,
		       "</linearGradient></defs><rect width=\"100\" height=\"1\" fill=\""
		       "url(#bar-%s-%zu)\"/></svg>\n<div class=\"ends\"><span>%.6g</span><span>%.6g"
		       "</span><span>%.6g</span></div>\n",
		       p->id, g->gain, range[0], (range[0] + range[1]) / 2, range[1]);
	return CALIB_OK;
}

static int put_picture(struct calib_str *s, const struct shown *p, const struct range *g,
                       struct calib_err *err)
{
	struct calib_nda values = report_gain(g->r, p->values, g->gain);
	struct calib_nda minus = p->minus != NULL ? report_gain(g->r, p->minus, g->gain)
		: (struct calib_nda)CALIB_NDA_INIT;
	struct calib_picture_source from = {&g->r->view, &values, p->minus != NULL ? &minus : NULL,
		g->bad};
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
		rc = calib_picture_make(&picture, &from, g->shrink, err);
	put_heading(s, "h3", p->title, g);
	if (rc >= 0)
		rc = put_png(s, p, g, &picture, range, err);
	if (rc >= 0) {
		calib_str_addf(
			s,
			"<p>Colours and spectra from %.6g to %.6g; %llu values below, %llu above; "
			"magenta: bad.</p>\n",
			range[0], range[1], (unsigned long long)spectrum.below,
			(unsigned long long)spectrum.above);
		report_spectrum(s, &spectrum, false);
		report_spectrum(s, &spectrum, true);
		rc = put_bar(s, p, g, range, err);
	}
	calib_spectrum_release(&spectrum);
	calib_picture_release(&full);
	calib_picture_release(&picture);
	return rc;
}

/* ---- what the script reads: pixel and status of every cell ---- */

struct cells { size_t rows, cols, n; uint32_t *pixel, *bits; };	/* pixel + 1, 0: none */

static void cells_release(struct cells *c)
{
	free(c->pixel);
	free(c->bits);
}

static int cells_of(struct cells *c, const struct range *g, struct calib_err *err)
{
	const struct calib_view *view = &g->r->view;
	size_t shrink = g->shrink;

	*c = (struct cells){(view->rows + shrink - 1) / shrink, (view->cols + shrink - 1) / shrink,
		0, NULL, NULL};
	c->n = c->rows * c->cols;
	c->pixel = calib_alloc(c->n, sizeof *c->pixel, "page", err);
	c->bits = c->pixel != NULL ? calib_alloc(c->n, sizeof *c->bits, "page", err) : NULL;
	if (c->bits == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < view->rows; i++)
		for (size_t k = 0; k < view->cols; k++) {
			size_t at = calib_view_at(view, i, k);
			size_t cell = i / shrink * c->cols + k / shrink;

			if (at == CALIB_NO_PIXEL)
				continue;
			if (c->pixel[cell] == 0)
				c->pixel[cell] = (uint32_t)at + 1;
			if (g->status != NULL)
				c->bits[cell] |= (uint32_t)g->status[at];
		}
	return CALIB_OK;
}

/* Cells with a bad pixel, however many good ones are in them. */
static int put_bad(struct calib_str *s, const struct range *g, const struct cells *c,
                   struct calib_err *err)
{
	static const struct shown p = {"bad", "Bad pixels", "gray_r", NULL, NULL, false};
	struct calib_picture picture = {c->rows, c->cols, NULL, NULL, 1, {0}, true};
	int rc;

	picture.value = calib_alloc(c->n, sizeof *picture.value, "picture", err);
	picture.cell = picture.value ? calib_alloc(c->n, 1, "picture", err) : NULL;
	for (size_t i = 0; picture.cell != NULL && i < c->n; i++)
		picture.cell[i] = c->pixel[i] == 0  ? CALIB_CELL_NONE
				  : c->bits[i] != 0 ? CALIB_CELL_BAD
						    : CALIB_CELL_GOOD;
	put_heading(s, "h3", p.title, g);
	calib_str_add(s, "<p>Magenta: the cell has a bad pixel.</p>\n");
	rc = picture.cell == NULL ? CALIB_ENOMEM
		: put_png(s, &p, g, &picture, (const double[]){-.2, .8}, err);
	calib_picture_release(&picture);
	return rc;
}

/* The same pixels for all gain ranges, told once as differences; the bits of each. */
static int put_cells(struct calib_str *s, const struct range *g, const struct cells *c,
                     struct calib_err *err)
{
	const struct calib_nda *a = &g->r->array[REPORT_AVE];
	bool woven = g->r->woven;
	char id[32];
	int rc = CALIB_OK;

	snprintf(id, sizeof id, "bits-%zu", g->gain);
	if (g->gain == 0) {
		for (size_t i = c->n - 1; i > 0; i--)
			c->pixel[i] -= c->pixel[i - 1];
		calib_str_addf(s,
			       "<script type=\"application/json\" id=\"report\">{\"rows\":%zu,"
			       "\"cols\":%zu,\"segments\":%zu,\"pixels\":%zu,\"columns\":%zu,"
			       "\"woven\":%s,\"shrink\":%zu,\"gains\":%zu}</script>\n",
			       c->rows, c->cols, g->r->parts.segments, g->r->parts.pixels,
			       woven         ? a->dim[1]
			       : a->ndim > 0 ? a->dim[a->ndim - 1]
					     : 1,
			       woven ? "true" : "false", g->shrink, g->r->parts.gains);
		rc = calib_page_words(s, "cells", c->pixel, c->n, false, err);
	}
	return rc < 0 ? rc : calib_page_words(s, id, c->bits, c->n, false, err);
}

/* ---- a gain range ---- */

static int put_range(struct calib_str *s, const struct range *g, struct calib_err *err)
{
	const struct report *r = g->r;
	const struct shown all[] = {
		{"ave", "Pedestals", "viridis", &r->array[REPORT_AVE], NULL, false},
		{"rms", "Noise (rms)", "inferno", &r->array[REPORT_RMS], NULL, false},
		{"change", "Change against the pedestals in force", "coolwarm",
		 &r->array[REPORT_AVE], &r->ruling, true},
		{"min", "Smallest values", "viridis", &r->array[REPORT_MIN], NULL, false},
		{"max", "Largest values", "viridis", &r->array[REPORT_MAX], NULL, false}};
	struct calib_nda rms = report_gain(g->r, &r->array[REPORT_RMS], g->gain);
	struct calib_view table = CALIB_VIEW_INIT;
	struct cells c;
	int rc = CALIB_OK;

	put_heading(s, "h2", "Pictures", g);
	calib_str_addf(s, "<p>%s; a cell is %zux%zu pixels.</p>\n",
	               r->assembled ? "Pixels where the geometry has them"
	                            : "Sensors beside each other", g->shrink, g->shrink);
	for (size_t i = 0; i < sizeof all / sizeof *all && rc >= 0; i++)
		if (all[i].values->size > 0 && (all[i].minus == NULL || all[i].minus->size > 0))
			rc = put_picture(s, &all[i], g, err);
	if (rc < 0)
		return rc;
	rc = cells_of(&c, g, err);
	if (rc >= 0 && g->status != NULL)
		rc = put_bad(s, g, &c, err);
	if (rc >= 0)
		rc = put_cells(s, g, &c, err);
	if (rc >= 0)
		rc = calib_view_table(&table, &rms, err);
	if (rc >= 0)
		report_profiles(s, &rms, &table, g->bad);
	cells_release(&c);
	calib_view_release(&table);
	return rc;
}

/* Cells along a picture: a page stays below 6 MB, however many gain ranges there are. */
static size_t side_of(size_t gains)
{
	return gains == 1 ? 1000 : gains <= 3 ? 700 : 500;
}

int report_pictures(struct calib_str *s, const struct report *r, struct calib_err *err)
{
	size_t side = r->view.rows > r->view.cols ? r->view.rows : r->view.cols;
	size_t most = side_of(r->parts.gains), n = r->array[REPORT_AVE].size;
	struct range g = {r, 0, n / r->parts.gains, (side + most - 1) / most, "", NULL, NULL};
	const uint64_t *status = r->status.size > 0 ? r->status.data : NULL;
	uint8_t *bad = NULL;
	int rc = CALIB_OK;

	if (status != NULL && (bad = calib_alloc(n, 1, "bad pixels", err)) == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; bad != NULL && i < n; i++)
		bad[i] = status[i] != 0;
	report_trace(s, r);
	for (; g.gain < r->parts.gains && rc >= 0; g.gain++) {
		if (r->parts.names != NULL)
			g.name = r->parts.names[g.gain];
		g.bad = bad != NULL ? bad + g.gain * g.size : NULL;
		g.status = status != NULL ? status + g.gain * g.size : NULL;
		rc = put_range(s, &g, err);
	}
	free(bad);
	return rc;
}
