/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/plot/write.c - the files and the terminal of calib-plot */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/out.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/table.h"
#include "plot/plot.h"
#include "render/page.h"
#include "render/png.h"

static const char *title_of(const struct plot_opts *o, struct calib_str *s)
{
	if (o->title != NULL)
		return o->title;
	calib_str_add(s, strcmp(o->array, "-") == 0 ? "standard input" : calib_path_base(o->array));
	if (o->minus != NULL)
		calib_str_addf(s, " minus %s", calib_path_base(o->minus));
	return s->s;
}

static struct calib_spectrum_stat stat_of(const struct plot *p, const struct plot_opts *o)
{
	double range[2] = {p->spectrum.lo, p->spectrum.hi};

	return o->reference_stat ? calib_spectrum_reference(&p->spectrum)
		: calib_picture_stat(&p->full, range);
}

static void range_text(char text[160], const struct plot *p)
{
	snprintf(text, 160, "range %.9g to %.9g%s, 1 pixel is %zux%zu", p->colours.range[0],
		 p->colours.range[1], p->colours.log ? ", log" : "", p->full.shrink,
		 p->full.shrink);
}

/* ---- pixels only ---- */

static uint16_t *make_grey(const struct calib_picture *p, const struct calib_colours *c,
                           struct calib_err *err)
{
	uint16_t *grey = calib_alloc(p->rows * p->cols, sizeof *grey, "picture", err);

	for (size_t i = 0; grey != NULL && i < p->rows * p->cols; i++)
		if (p->cell[i] == CALIB_CELL_GOOD) {
			double t = calib_colours_t(c, p->value[i]);

			grey[i] = t <= 0 ? 0 : t >= 1 ? 65535 : (uint16_t)lround(t * 65535);
		}
	return grey;
}

/* A pixel of the PNG for each cell, or --scale of them, or --shrink pixels in one. */
static int bare_png(uint8_t **bytes, size_t *n, struct plot *p, const struct plot_opts *o,
                    struct calib_err *err)
{
	struct calib_str title = CALIB_STR_INIT;
	struct calib_picture_source source = {&p->view, &p->values,
		p->minus.size > 0 ? &p->minus : NULL, p->bad};
	const struct calib_picture *picture = &p->full;
	char comment[160];
	const struct calib_png_text text[] = {{"Title", title_of(o, &title)},
		{"Software", "calibtools " CALIB_VERSION}, {"Comment", comment}};
	struct calib_png png = {.rgb = (const uint8_t (*)[3])p->rgb, .transparent = true,
		.scale = (size_t)o->enlarge, .text = text, .ntext = 3};
	uint8_t *index = NULL;
	uint16_t *grey = NULL;
	int rc = calib_str_check(&title, err);

	range_text(comment, p);
	if (rc >= 0 && o->shrink > 1) {
		rc = calib_picture_make(&p->shown, &source, (size_t)o->shrink, err);
		picture = &p->shown;
	}
	png.rows = picture->rows;
	png.cols = picture->cols;
	if (rc >= 0 && o->grey16) {
		png.grey = grey = make_grey(picture, &p->colours, err);
	} else if (rc >= 0) {
		png.index = index = calib_alloc(picture->rows * picture->cols, 1, "picture", err);
		if (index != NULL)
			calib_picture_index(index, picture, &p->colours);
	}
	if (rc >= 0 && index == NULL && grey == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = calib_png_encode(&png, bytes, n, err);
	free(index);
	free(grey);
	calib_str_release(&title);
	return rc;
}

static int save(const char *path, const void *bytes, size_t n, const struct plot_opts *o,
                struct calib_err *err)
{
	struct calib_str text = {(char *)bytes, n, n, false};

	return calib_out_text(path, o->cli.keep ? CALIB_OUT_KEEP : 0, &text, err);
}

/* ---- annotated ---- */

static int save_boxes(const struct calib_plot_boxes *boxes, const struct plot_opts *o,
                      struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	int rc;

	calib_str_add(&s, "#x\ty\twidth\theight\ttext\n");
	for (size_t i = 0; i < boxes->n; i++)
		calib_str_addf(&s, "%.2f\t%.2f\t%.2f\t%.2f\t%s\n", boxes->box[i].x, boxes->box[i].y,
		               boxes->box[i].w, boxes->box[i].h, boxes->box[i].text);
	rc = calib_str_check(&s, err);
	if (rc >= 0)
		rc = calib_out_text(o->boxes, 0, &s, err);
	calib_str_release(&s);
	return rc;
}

static int annotated(struct calib_str *bytes, enum calib_plot_form form, struct plot *p,
                     const struct plot_opts *o, struct calib_err *err)
{
	struct calib_str title = CALIB_STR_INIT;
	struct calib_plot_ring ring[PLOT_RINGS];
	struct calib_plot_boxes boxes = {NULL, 0, 0};
	char note[160];
	struct calib_plot plot = {.picture = &p->shown,
				  .colours = &p->colours,
				  .rgb = (const uint8_t(*)[3])p->rgb,
				  .spectrum = &p->spectrum,
				  .stat = stat_of(p, o),
				  .stat_name = o->reference_stat ? "the histogram" : "pixels",
				  .log_counts = o->log_counts,
				  .count = p->full.count,
				  .title = title_of(o, &title),
				  .note = note,
				  .row0 = (double)p->row0,
				  .col0 = (double)p->col0,
				  .ring = ring,
				  .nrings = o->nrings,
				  .width = (double)o->size[0],
				  .height = (double)o->size[1]};
	int rc = plot_shrunk(&p->shown, p, plot.height, plot.width, err);

	range_text(note, p);
	plot.step = rc >= 0 ? (double)p->shown.shrink : 1;
	for (size_t i = 0; i < o->nrings; i++)
		ring[i] = (struct calib_plot_ring){(o->ring[i].x - plot.col0) / plot.step,
			(o->ring[i].y - plot.row0) / plot.step, o->ring[i].r / plot.step};
	if (rc >= 0)
		rc = calib_str_check(&title, err);
	if (rc >= 0)
		rc = calib_plot_draw(bytes, form, &plot, o->boxes != NULL ? &boxes : NULL, err);
	if (rc >= 0 && o->boxes != NULL)
		rc = save_boxes(&boxes, o, err);
	free(boxes.box);
	calib_str_release(&title);
	return rc;
}

/* ---- a page ---- */

static void put_number(struct calib_str *s, const char *name, const char *format, double v)
{
	char text[64];

	snprintf(text, sizeof text, format, v);
	calib_str_addf(s, "<tr><th>%s</th><td class=\"num\">%s</td></tr>\n", name, text);
}

static int page(struct calib_str *s, struct plot *p, const struct plot_opts *o,
                struct calib_err *err)
{
	struct calib_str title = CALIB_STR_INIT, picture = CALIB_STR_INIT;
	struct calib_spectrum_stat stat = stat_of(p, o);
	const char *name = title_of(o, &title);
	int rc = annotated(&picture, CALIB_PLOT_PNG, p, o, err);

	calib_page_begin(s, &(struct calib_page){
				    name, "img { max-width: 100%; background: #fff; }\n", true});
	if (rc >= 0) {
		calib_str_add(s, "<p><img alt=\"");
		calib_str_quote_html(s, name);
		calib_str_add(s, "\" src=\"data:image/png;base64,");
		calib_str_add_base64(s, picture.s, picture.len);
		calib_str_add(s, "\"></p>\n<div class=\"scroll\"><table>\n");
	}
	put_number(s, "values", "%.0f", stat.entries);
	put_number(s, "mean", "%.9g", stat.mean);
	put_number(s, "rms", "%.9g", stat.rms);
	put_number(s, "skewness", "%.4g", stat.skew);
	put_number(s, "kurtosis", "%.4g", stat.kurtosis);
	put_number(s, "colours from", "%.9g", p->colours.range[0]);
	put_number(s, "colours to", "%.9g", p->colours.range[1]);
	put_number(s, "masked or bad", "%.0f", (double)p->full.count[CALIB_CELL_BAD]);
	put_number(s, "NaN", "%.0f", (double)p->full.count[CALIB_CELL_NAN]);
	calib_str_add(s, "</table></div>\n");
	calib_page_end(s);
	calib_str_release(&picture);
	calib_str_release(&title);
	return rc < 0 ? rc : calib_str_check(s, err);
}

int plot_write(struct plot *p, const struct plot_opts *o, struct calib_err *err)
{
	static const struct { const char *suffix; enum calib_plot_form form; } forms[] = {
		{".png", CALIB_PLOT_PNG}, {".svg", CALIB_PLOT_SVG}, {".pdf", CALIB_PLOT_PDF},
		{"-", CALIB_PLOT_PNG}};
	struct calib_str bytes = CALIB_STR_INIT;
	uint8_t *png = NULL;
	size_t n = 0, i = 0;
	int rc;

	if (calib_path_suffix(o->output, ".html")) {
		rc = page(&bytes, p, o, err);
	} else if (o->bare || o->grey16) {
		rc = bare_png(&png, &n, p, o, err);
	} else {
		while (i + 1 < 4 && !calib_path_suffix(o->output, forms[i].suffix))
			i++;
		rc = annotated(&bytes, forms[i].form, p, o, err);
	}
	if (rc >= 0)
		rc = save(o->output, png != NULL ? (const void *)png : bytes.s, png != NULL ? n
		          : bytes.len, o, err);
	free(png);
	calib_str_release(&bytes);
	return rc;
}

/* ---- terminal ---- */

static int what_it_can(void)
{
	const char *colour = getenv("COLORTERM"), *term = getenv("TERM"),
		   *none = getenv("NO_COLOR");

	if ((none != NULL && *none != '\0') || term == NULL || strcmp(term, "dumb") == 0)
		return CALIB_TERM_ASCII;
	return colour != NULL && (strcmp(colour, "truecolor") == 0 || strcmp(colour, "24bit") == 0)
		? CALIB_TERM_TRUE : CALIB_TERM_256;
}

static double columns_of(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	long n;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns == NULL || calib_parse_long(&n, columns, 1, 10000, "COLUMNS", NULL) < 0)
		n = 80;
	return (double)n;
}

int plot_preview(struct plot *p, const struct plot_opts *o, struct calib_err *err)
{
	bool on_stderr = o->output != NULL && strcmp(o->output, "-") == 0;
	int kind = o->preview == PREVIEW_ASK ? what_it_can() : o->preview, rc;
	double wide = kind == CALIB_TERM_SIXEL ? 800 : columns_of(on_stderr ? STDERR_FILENO
	                                                         : STDOUT_FILENO);
	struct calib_str text = CALIB_STR_INIT;
	struct calib_picture picture = CALIB_PICTURE_INIT;
	struct calib_out *out = NULL;
	uint8_t *index = NULL;

	rc = plot_shrunk(&picture, p, 1e9, wide, err);
	if (rc >= 0) {
		index = calib_alloc(picture.rows * picture.cols, 1, "picture", err);
		rc = index != NULL ? CALIB_OK : CALIB_ENOMEM;
	}
	if (rc >= 0) {
		calib_picture_index(index, &picture, &p->colours);
		calib_term_text(&text, index, picture.rows, picture.cols,
		                (const uint8_t (*)[3])p->rgb, (enum calib_term)kind);
		calib_str_addf(&text, "%s%.6g to %.6g\n", kind == CALIB_TERM_SIXEL ? "\n" : "",
		               p->colours.range[0], p->colours.range[1]);
		rc = calib_str_check(&text, err);
	}
	if (rc >= 0)
		rc = calib_out_open(&out, "-", on_stderr ? CALIB_OUT_STDERR : 0, err);
	if (rc >= 0)
		rc = calib_out_write(out, text.s, text.len, err);
	if (rc >= 0)
		rc = calib_out_commit(out, err);
	else
		calib_out_abort(out);
	free(index);
	calib_picture_release(&picture);
	calib_str_release(&text);
	return rc;
}
