/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/picture.c - an array as a picture: values and colours */
#include "render/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void calib_picture_release(struct calib_picture *picture)
{
	free(picture->value);
	free(picture->cell);
	*picture = (struct calib_picture)CALIB_PICTURE_INIT;
}

/* ---- cells ---- */

/* One cell in the making. */
struct sum { double value; size_t good, bad, nan; };

static void add_pixel(struct sum *s, const struct calib_picture_source *from, size_t i)
{
	double v;

	if (i == CALIB_NO_PIXEL)
		return;
	v = calib_nda_get(from->values, i);
	if (from->minus != NULL)
		v -= calib_nda_get(from->minus, i);
	if (from->bad != NULL && from->bad[i] != 0) {
		s->bad++;
	} else if (!isfinite(v)) {
		s->nan++;
	} else {
		s->value += v;
		s->good++;
	}
}

static void put_cell(struct calib_picture *p, size_t at, const struct sum *s)
{
	enum calib_cell cell = s->good > 0 ? CALIB_CELL_GOOD : s->bad > 0 ? CALIB_CELL_BAD
		: s->nan > 0 ? CALIB_CELL_NAN : CALIB_CELL_NONE;

	p->cell[at] = (uint8_t)cell;
	p->count[cell]++;
	if (cell == CALIB_CELL_GOOD) {
		p->value[at] = s->good > 1 ? s->value / (double)s->good : s->value;
		p->integer = p->integer && p->value[at] == floor(p->value[at]);
	}
}

static void fill(struct calib_picture *p, const struct calib_picture_source *from)
{
	const struct calib_view *v = from->view;
	size_t n = p->shrink;

	for (size_t r = 0; r < p->rows; r++)
		for (size_t c = 0; c < p->cols; c++) {
			struct sum s = {0, 0, 0, 0};

			for (size_t i = r * n; i < (r + 1) * n && i < v->rows; i++)
				for (size_t k = c * n; k < (c + 1) * n && k < v->cols; k++)
					add_pixel(&s, from, calib_view_at(v, i, k));
			put_cell(p, r * p->cols + c, &s);
		}
}

/* a / b, rounded up */
static size_t parts(size_t a, size_t b)
{
	return a / b + (a % b > 0);
}

int calib_picture_make(struct calib_picture *picture, const struct calib_picture_source *source,
                       size_t shrink, struct calib_err *err)
{
	const struct calib_view *v = source->view;
	struct calib_picture p = CALIB_PICTURE_INIT;
	char a[128], b[128];

	if (source->minus != NULL && source->minus->size != source->values->size)
		return calib_fail(err, CALIB_ESHAPE, "the array has the shape %s, what is to be "
		                  "subtracted %s", calib_nda_shape_text(source->values->ndim,
		                  source->values->dim, a), calib_nda_shape_text(
		                  source->minus->ndim, source->minus->dim, b));
	p.shrink = shrink > 0 ? shrink : 1;
	while (shrink == 0 && (double)parts(v->rows, p.shrink) * (double)parts(v->cols, p.shrink)
	       > (double)CALIB_PICTURE_CELLS)
		p.shrink++;
	p.rows = parts(v->rows, p.shrink);
	p.cols = parts(v->cols, p.shrink);
	p.integer = true;
	p.value = calib_alloc(p.rows * p.cols, sizeof *p.value, "picture", err);
	p.cell = p.value != NULL ? calib_alloc(p.rows * p.cols, 1, "picture", err) : NULL;
	if (p.cell == NULL) {
		free(p.value);
		return CALIB_ENOMEM;
	}
	fill(&p, source);
	calib_picture_release(picture);
	*picture = p;
	return CALIB_OK;
}

size_t calib_picture_kinds(double *kinds, size_t max, const struct calib_picture *p)
{
	size_t n = 0;

	if (!p->integer)
		return 0;
	for (size_t i = 0; i < p->rows * p->cols; i++) {
		size_t k = 0;

		if (p->cell[i] != CALIB_CELL_GOOD)
			continue;
		while (k < n && kinds[k] < p->value[i])
			k++;
		if (k < n && kinds[k] == p->value[i])
			continue;
		if (n == max)
			return 0;
		memmove(kinds + k + 1, kinds + k, (n - k) * sizeof *kinds);
		kinds[k] = p->value[i];
		n++;
	}
	return n;
}

/* ---- colours ---- */

double calib_colours_t(const struct calib_colours *c, double value)
{
	double a = c->range[0], b = c->range[1], t;

	if (c->log) {
		if (!(value > 0))
			return -1;
		a = log(a);
		b = log(b);
		value = log(value);
	}
	t = (value - a) / (b - a);
	if (t <= 0 || t >= 1 || c->gamma == 1)
		return t;
	return pow(t, c->gamma);
}

void calib_colours_log(struct calib_colours *c, const struct calib_picture *p)
{
	double least = INFINITY;

	for (size_t i = 0; i < p->rows * p->cols; i++)
		if (p->cell[i] == CALIB_CELL_GOOD && p->value[i] > 0 && p->value[i] < least)
			least = p->value[i];
	if (!(c->range[1] > 0))
		c->range[1] = isfinite(least) ? least * 10 : 1;
	if (!(c->range[0] > 0))
		c->range[0] = isfinite(least) && least < c->range[1] ? least : c->range[1] / 10;
}

void calib_picture_index(uint8_t *index, const struct calib_picture *p,
                         const struct calib_colours *c)
{
	static const uint8_t other[] = {[CALIB_CELL_BAD] = CALIB_INDEX_BAD,
		[CALIB_CELL_NAN] = CALIB_INDEX_NAN, [CALIB_CELL_NONE] = CALIB_INDEX_NONE};

	for (size_t i = 0; i < p->rows * p->cols; i++) {
		double t;

		if (p->cell[i] != CALIB_CELL_GOOD) {
			index[i] = other[p->cell[i]];
			continue;
		}
		t = calib_colours_t(c, p->value[i]);
		index[i] = t < 0 ? CALIB_INDEX_BELOW : t > 1 ? CALIB_INDEX_ABOVE
			: (uint8_t)(CALIB_INDEX_FIRST + calib_cmap_index(CALIB_INDEX_STEPS, t));
	}
}

static void set_rgb(uint8_t rgb[3], uint32_t colour)
{
	for (int k = 0; k < 3; k++)
		rgb[k] = (uint8_t)(colour >> (16 - 8 * k));
}

void calib_palette(uint8_t rgb[256][3], const struct calib_cmap *map, uint32_t bad, long below,
                   long above)
{
	for (size_t i = 0; i < CALIB_INDEX_STEPS; i++)	/* the middle of each step */
		memcpy(rgb[CALIB_INDEX_FIRST + i], map->rgb[calib_cmap_index(map->n,
		       ((double)i + 0.5) / CALIB_INDEX_STEPS)], 3);
	set_rgb(rgb[CALIB_INDEX_NONE], 0xffffff);
	set_rgb(rgb[CALIB_INDEX_BAD], bad);
	set_rgb(rgb[CALIB_INDEX_NAN], 0x808080);
	memcpy(rgb[CALIB_INDEX_BELOW], map->rgb[0], 3);
	memcpy(rgb[CALIB_INDEX_ABOVE], map->rgb[map->n - 1], 3);
	if (below >= 0)
		set_rgb(rgb[CALIB_INDEX_BELOW], (uint32_t)below);
	if (above >= 0)
		set_rgb(rgb[CALIB_INDEX_ABOVE], (uint32_t)above);
}
