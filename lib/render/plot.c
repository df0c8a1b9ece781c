/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/plot.c - an annotated picture by cairo */
#include "render/plot.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SMALLEST 200.
enum { MAX_TICKS = 12 };

struct rect { double x, y, w, h; };

struct canvas {
	cairo_t *c;
	const struct calib_plot *plot;
	struct calib_plot_boxes *boxes;
	double font;			/* size of a text */
	struct rect image, spectrum, bar;
	int rc;
};

/* ---- texts ---- */

/* What is no UTF-8, and control characters, become '?': cairo draws nothing otherwise. */
static void clean(char *out, size_t room, const char *text)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p != '\0' && n + 5 < room;) {
		size_t len = *p < 0x80                 ? 1
			     : *p >= 0xc2 && *p < 0xe0 ? 2
			     : *p >= 0xe1 && *p < 0xf0 ? 3
			     : *p >= 0xf1 && *p < 0xf4 ? 4
						       : 0;
		bool good = len > 0 && *p >= 0x20 && *p != 0x7f;

		for (size_t k = 1; k < len && good; k++)
			good = (p[k] & 0xc0) == 0x80;
		if (good)
			memcpy(out + n, p, len);
		else
			out[n] = '?';
		n += good ? len : 1;
		p += good ? len : 1;
	}
	out[n] = '\0';
}

static void note_box(struct canvas *v, const char *text, double x, double y, double w, double h)
{
	void *p;

	if (v->boxes == NULL || w <= 0)
		return;
	p = v->boxes->box;
	if (calib_grow(&p, &v->boxes->room, v->boxes->n + 1, sizeof *v->boxes->box, "texts", NULL)
	    < 0) {
		v->rc = CALIB_ENOMEM;
		return;
	}
	v->boxes->box = p;
	v->boxes->box[v->boxes->n] = (struct calib_plot_box){x, y, w, h, ""};
	snprintf(v->boxes->box[v->boxes->n++].text, 64, "%.63s", text);
}

/* A text with its anchor (0 left, 0.5 middle, 1 right) at x and its base line at y, shortened to at
 * most 'room' wide. */
static void put_text(struct canvas *v, const char *text, double x, double y, double anchor,
                     double room)
{
	char s[400];
	cairo_text_extents_t e;
	size_t n;

	clean(s, sizeof s, text);
	cairo_text_extents(v->c, s, &e);
	for (n = strlen(s); n > 3 && e.x_advance > room; n--) {
		while (n > 3 && ((unsigned char)s[n - 1] & 0xc0) == 0x80)
			n--;
		snprintf(s + n - 1, sizeof s - n, "...");
		cairo_text_extents(v->c, s, &e);
		if (e.x_advance <= room)
			break;
	}
	if (e.x_advance > room)
		return;
	x -= anchor * e.x_advance;
	cairo_move_to(v->c, x, y);
	cairo_show_text(v->c, s);
	note_box(v, s, x + e.x_bearing, y + e.y_bearing, e.width, e.height);
}

/* ---- axes ---- */

/* A round step that gives at most n parts. */
static double round_step(double span, int n)
{
	double raw = span / n, power = pow(10, floor(log10(raw))), part = raw / power;

	return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

static void format_tick(char text[32], double v, double step)
{
	int digits = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);

	if (fabs(v) < step * 1e-6)
		v = 0;
	if (fabs(v) >= 1e6 || digits > 6)
		snprintf(text, 32, "%.4g", v);
	else
		snprintf(text, 32, "%.*f", digits, v);
}

static void line(struct canvas *v, double x1, double y1, double x2, double y2)
{
	cairo_move_to(v->c, x1, y1);
	cairo_line_to(v->c, x2, y2);
	cairo_stroke(v->c);
}

/* Ticks below a box; the values lo and hi are at its ends. */
static void axis_below(struct canvas *v, const struct rect *b, double lo, double hi)
{
	double step = round_step(hi - lo, (int)fmax(2, fmin(MAX_TICKS, b->w / (v->font * 5))));
	double room = -1;		/* where the next text has room */

	for (long k = (long)ceil(lo / step); (double)k * step <= hi + step * 1e-9; k++) {
		double t = (double)k * step;
		double x = b->x + (t - lo) / (hi - lo) * b->w;
		char text[32];

		format_tick(text, t, step);
		line(v, x, b->y + b->h, x, b->y + b->h + 4);
		if (x < room)
			continue;
		room = x + v->font * 0.65 * ((double)strlen(text) + 1);
		put_text(v, text, x, b->y + b->h + 5 + v->font, 0.5, v->font * 5);
	}
}

static void axis_left(struct canvas *v, const struct rect *b, double top, double bottom)
{
	double span = fabs(bottom - top), lo = fmin(top, bottom);
	double step = round_step(span, (int)fmax(1, fmin(MAX_TICKS, b->h / (v->font * 2.5))));
	double before = -INFINITY;

	for (long k = (long)ceil(lo / step); (double)k * step <= lo + span + step * 1e-9; k++) {
		double t = (double)k * step;
		double y = b->y + (t - top) / (bottom - top) * b->h;
		char text[32];

		format_tick(text, t, step);
		line(v, b->x - 4, y, b->x, y);
		if (fabs(y - before) < v->font * 1.2)
			continue;
		before = y;
		put_text(v, text, b->x - 6, y + v->font * 0.35, 1, b->x - 8);
	}
}

static void frame(struct canvas *v, const struct rect *b)
{
	cairo_rectangle(v->c, b->x, b->y, b->w, b->h);
	cairo_stroke(v->c);
}

/* ---- image ---- */

static void paint(struct canvas *v, const uint8_t *index, size_t rows, size_t cols,
                  const struct rect *b)
{
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)cols, (int)rows);
	unsigned char *data = cairo_image_surface_get_data(s);
	int stride = cairo_image_surface_get_stride(s);

	if (data == NULL) {
		v->rc = CALIB_ENOMEM;
		cairo_surface_destroy(s);
		return;
	}
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++) {
			uint8_t i = index[r * cols + c];
			const uint8_t *rgb = v->plot->rgb[i];
			uint32_t argb = i == CALIB_INDEX_NONE
						? 0
						: 0xff000000u | (uint32_t)rgb[0] << 16
							  | (uint32_t)rgb[1] << 8 | rgb[2];

			memcpy(data + r * (size_t)stride + 4 * c, &argb, sizeof argb);
		}
	cairo_surface_mark_dirty(s);
	cairo_save(v->c);
	cairo_translate(v->c, b->x, b->y);
	cairo_scale(v->c, b->w / (double)cols, b->h / (double)rows);
	cairo_set_source_surface(v->c, s, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(v->c), CAIRO_FILTER_NEAREST);
	cairo_paint(v->c);
	cairo_restore(v->c);
	cairo_surface_destroy(s);
}

static void draw_image(struct canvas *v)
{
	const struct calib_plot *p = v->plot;
	size_t rows = p->picture->rows, cols = p->picture->cols;
	uint8_t *index = calib_alloc(rows * cols, 1, "picture", NULL);
	double scale = v->image.w / (double)cols;

	if (index == NULL) {
		v->rc = CALIB_ENOMEM;
		return;
	}
	calib_picture_index(index, p->picture, p->colours);
	paint(v, index, rows, cols, &v->image);
	free(index);
	cairo_save(v->c);
	cairo_rectangle(v->c, v->image.x, v->image.y, v->image.w, v->image.h);
	cairo_clip(v->c);
	cairo_set_source_rgb(v->c, 1, 0, 0);
	cairo_set_line_width(v->c, 1.5);
	for (size_t i = 0; i < p->nrings; i++) {
		cairo_new_sub_path(v->c);
		cairo_arc(v->c, v->image.x + (p->ring[i].x + 0.5) * scale,
		          v->image.y + (p->ring[i].y + 0.5) * scale, p->ring[i].r * scale, 0,
		          6.283185307179586);
		cairo_stroke(v->c);
	}
	cairo_restore(v->c);
	frame(v, &v->image);
	axis_below(v, &v->image, p->col0 - 0.5 * p->step, p->col0 + ((double)cols - 0.5) * p->step);
	axis_left(v, &v->image, p->row0 - 0.5 * p->step, p->row0 + ((double)rows - 0.5) * p->step);
}

/* ---- spectrum and bar ---- */

static double height_of(const struct canvas *v, uint64_t count, double most)
{
	double n = (double)count;

	if (v->plot->log_counts)
		return n > 0 ? log10(n + 1) / log10(most + 1) : 0;
	return n / most;
}

static void draw_spectrum(struct canvas *v)
{
	const struct calib_spectrum *s = v->plot->spectrum;
	const struct rect *b = &v->spectrum;
	double most = 1;

	for (size_t i = 0; i < s->nbins; i++)
		most = fmax(most, (double)s->count[i]);
	cairo_set_source_rgb(v->c, 0.18, 0.44, 0.70);
	cairo_move_to(v->c, b->x, b->y + b->h);
	for (size_t i = 0; i < s->nbins; i++) {
		double x = b->x + b->w * (double)i / (double)s->nbins;
		double y = b->y + b->h * (1 - 0.95 * height_of(v, s->count[i], most));

		cairo_line_to(v->c, x, y);
		cairo_line_to(v->c, x + b->w / (double)s->nbins, y);
	}
	cairo_line_to(v->c, b->x + b->w, b->y + b->h);
	cairo_fill(v->c);
	cairo_set_source_rgb(v->c, 0, 0, 0);
	frame(v, b);
	if (!v->plot->log_counts) {
		struct rect full = {b->x, b->y + 0.05 * b->h, b->w, 0.95 * b->h};

		axis_left(v, &full, most, 0);
	} else {
		char text[48];

		snprintf(text, sizeof text, "log, %.4g", most);
		put_text(v, text, b->x - 6, b->y + v->font, 1, b->x - 8);
	}
}

/* The box beside the spectrum: nothing can hide a peak. */
static void draw_stat(struct canvas *v, double x, double room)
{
	const struct calib_spectrum_stat *s = &v->plot->stat;
	char lines[6][96];
	double step = fmin(v->font * 1.3, v->spectrum.h / 6);

	snprintf(lines[0], sizeof lines[0], "Entries=%.0f", s->entries);
	snprintf(lines[1], sizeof lines[1], "Mean=%.6g+-%.2g", s->mean, s->mean_err);
	snprintf(lines[2], sizeof lines[2], "RMS=%.6g+-%.2g", s->rms, s->rms_err);
	snprintf(lines[3], sizeof lines[3], "skew=%.3f kurt=%.3f", s->skew, s->kurtosis);
	snprintf(lines[4], sizeof lines[4], "below %llu above %llu",
	         (unsigned long long)v->plot->spectrum->below,
	         (unsigned long long)v->plot->spectrum->above);
	snprintf(lines[5], sizeof lines[5], "of %s", v->plot->stat_name);
	cairo_set_font_size(v->c, fmin(v->font, step / 1.25));
	for (int i = 0; i < 6; i++)
		put_text(v, lines[i], x, v->spectrum.y + step * (i + 0.85), 0, room);
	cairo_set_font_size(v->c, v->font);
}

static void draw_bar(struct canvas *v)
{
	const struct calib_plot *p = v->plot;
	uint8_t index[CALIB_INDEX_STEPS];

	for (size_t i = 0; i < CALIB_INDEX_STEPS; i++)
		index[i] = (uint8_t)(CALIB_INDEX_FIRST + i);
	if (p->colours->log)	/* the axis is linear, as that of the spectrum above */
		for (size_t i = 0; i < CALIB_INDEX_STEPS; i++) {
			double t = ((double)i + 0.5) / CALIB_INDEX_STEPS, a = p->colours->range[0];
			double at = calib_colours_t(p->colours, a + t * (p->colours->range[1] - a));

			index[i] = (uint8_t)(CALIB_INDEX_FIRST
					     + calib_cmap_index(CALIB_INDEX_STEPS, at));
		}
	paint(v, index, 1, CALIB_INDEX_STEPS, &v->bar);
	frame(v, &v->bar);
	axis_below(v, &v->bar, p->colours->range[0], p->colours->range[1]);
}

static void draw_counts(struct canvas *v, double y)
{
	const size_t *n = v->plot->count;
	char text[200];

	snprintf(text, sizeof text, "%zu good, %zu masked or bad, %zu NaN, %zu without data%s%s",
	         n[CALIB_CELL_GOOD], n[CALIB_CELL_BAD], n[CALIB_CELL_NAN], n[CALIB_CELL_NONE],
	         v->plot->note[0] != '\0' ? "; " : "", v->plot->note);
	put_text(v, text, v->image.x, y, 0, v->plot->width - v->image.x - 8);
}

/* ---- the whole ---- */

/* From top to bottom: title, image, spectrum with the numbers beside it, bar, counts. */
static void lay_out(struct canvas *v)
{
	const struct calib_plot *p = v->plot;
	double w = p->width, h = p->height, left, right = 12, f, text = 0, scale;

	f = v->font = fmax(7, fmin(13, fmin(w, h) / 55));
	left = f * 5.5;
	text = fmin(f * 14, w * 0.34);
	v->image = (struct rect){left, f * 2.5, w - left - right, h * 0.64 - f * 4};
	scale = fmin(v->image.w / (double)p->picture->cols, v->image.h / (double)p->picture->rows);
	v->image.w = scale * (double)p->picture->cols;
	v->image.h = scale * (double)p->picture->rows;
	v->spectrum = (struct rect){left, h * 0.64 + f * 1.2, w - left - right - text,
		h * 0.36 - f * 7.4};
	v->bar = (struct rect){left, v->spectrum.y + v->spectrum.h + 3, v->spectrum.w, f};
}

static void draw(struct canvas *v)
{
	const struct calib_plot *p = v->plot;

	cairo_set_source_rgb(v->c, 1, 1, 1);
	cairo_paint(v->c);
	cairo_set_source_rgb(v->c, 0, 0, 0);
	cairo_set_line_width(v->c, 1);
	cairo_select_font_face(v->c, "sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	lay_out(v);
	cairo_set_font_size(v->c, v->font * 1.15);
	put_text(v, p->title, v->image.x, v->font * 1.6, 0, p->width - v->image.x - 8);
	cairo_set_font_size(v->c, v->font);
	draw_image(v);
	draw_spectrum(v);
	draw_stat(v, v->spectrum.x + v->spectrum.w + 8,
		  p->width - v->spectrum.x - v->spectrum.w - 12);
	draw_bar(v);
	draw_counts(v, p->height - v->font * 0.6);
}

static cairo_status_t take(void *ctx, const unsigned char *data, unsigned int n)
{
	struct calib_str *s = ctx;

	calib_str_addn(s, (const char *)data, n);
	return s->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *surface_of(struct calib_str *bytes, enum calib_plot_form form,
                                   const struct calib_plot *p)
{
	cairo_surface_t *s;

	if (form == CALIB_PLOT_SVG)
		return cairo_svg_surface_create_for_stream(take, bytes, p->width, p->height);
	if (form == CALIB_PLOT_PNG)
		return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)p->width,
						  (int)p->height);
	s = cairo_pdf_surface_create_for_stream(take, bytes, p->width, p->height);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, "1970-01-01T00:00:00Z");
	return s;
}

int calib_plot_draw(struct calib_str *bytes, enum calib_plot_form form,
                    const struct calib_plot *plot, struct calib_plot_boxes *boxes,
                    struct calib_err *err)
{
	struct canvas v = {.plot = plot, .boxes = boxes};
	cairo_surface_t *surface;
	cairo_status_t status;

	if (!(plot->width >= SMALLEST && plot->height >= SMALLEST && plot->width <= 20000
	      && plot->height <= 20000))
		return calib_fail(err, CALIB_EINVAL,
				  "a picture of %gx%g: expected 200 to 20000 each", plot->width,
				  plot->height);
	surface = surface_of(bytes, form, plot);
	v.c = cairo_create(surface);
	draw(&v);
	status = cairo_status(v.c);
	cairo_destroy(v.c);
	if (form == CALIB_PLOT_PNG && status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_write_to_png_stream(surface, take, bytes);
	cairo_surface_finish(surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	if (v.rc < 0)
		return calib_fail(err, CALIB_ENOMEM, "out of memory for a picture");
	if (status != CAIRO_STATUS_SUCCESS)
		return calib_fail(err, CALIB_ELIB, "cairo cannot draw the picture: %s",
		                  cairo_status_to_string(status));
	return calib_str_check(bytes, err);
}
