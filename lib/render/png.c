/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/png.c - PNG pictures by libpng */
#include "render/png.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MAX_SIDE 0x7fffffffu
#define MAX_PIXELS ((size_t)1 << 28)

/* What libpng is given to tell, and where it writes. */
struct work {
	char message[200];
	jmp_buf back;
	uint8_t *bytes;			/* written so far, or to be read */
	size_t n, room, at;
};

static void on_error(png_structp png, png_const_charp text)
{
	struct work *w = png_get_error_ptr(png);

	snprintf(w->message, sizeof w->message, "%s", text);
	longjmp(w->back, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static void put_bytes(png_structp png, png_bytep data, size_t n)
{
	struct work *w = png_get_io_ptr(png);
	void *bytes = w->bytes;

	if (calib_grow(&bytes, &w->room, w->n + n, 1, "picture", NULL) < 0)
		png_error(png, "out of memory");
	w->bytes = bytes;
	memcpy(w->bytes + w->n, data, n);
	w->n += n;
}

static void flush_bytes(png_structp png)
{
	(void)png;
}

static void take_bytes(png_structp png, png_bytep data, size_t n)
{
	struct work *w = png_get_io_ptr(png);

	if (n > w->n - w->at)
		png_error(png, "it ends too early");
	memcpy(data, w->bytes + w->at, n);
	w->at += n;
}

/* ---- writing ---- */

static void set_texts(png_structp png, png_infop info, const struct calib_png *p)
{
	for (size_t i = 0; i < p->ntext; i++) {
		png_text t = {0};

		t.compression = PNG_ITXT_COMPRESSION_NONE;
		t.key = (char *)p->text[i].key;
		t.text = (char *)p->text[i].text;
		t.itxt_length = strlen(p->text[i].text);
		png_set_text(png, info, &t, 1);
	}
}

static void set_palette(png_structp png, png_infop info, const struct calib_png *p)
{
	static const png_byte alpha[1] = {0};
	png_color palette[256];

	for (size_t i = 0; i < 256; i++)
		palette[i] = (png_color){p->rgb[i][0], p->rgb[i][1], p->rgb[i][2]};
	png_set_PLTE(png, info, palette, 256);
	if (p->transparent)
		png_set_tRNS(png, info, alpha, 1, NULL);
}

/* One row of cells as bytes of PNG, each of them 'scale' times. */
static void make_row(uint8_t *row, const struct calib_png *p, size_t r, size_t scale)
{
	for (size_t c = 0; c < p->cols; c++)
		for (size_t k = 0; k < scale; k++)
			if (p->index != NULL) {
				row[c * scale + k] = p->index[r * p->cols + c];
			} else {
				uint16_t v = p->grey[r * p->cols + c];

				row[2 * (c * scale + k)] = (uint8_t)(v >> 8);
				row[2 * (c * scale + k) + 1] = (uint8_t)v;
			}
}

static void write_all(png_structp png, png_infop info, const struct calib_png *p, size_t scale,
                      uint8_t *row)
{
	png_set_IHDR(png, info, (png_uint_32)(p->cols * scale), (png_uint_32)(p->rows * scale),
	             p->index != NULL ? 8 : 16,
	             p->index != NULL ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_GRAY,
	             PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (p->index != NULL)
		set_palette(png, info, p);
	set_texts(png, info, p);
	png_set_compression_level(png, 6);
	png_write_info(png, info);
	for (size_t r = 0; r < p->rows; r++) {
		make_row(row, p, r, scale);
		for (size_t k = 0; k < scale; k++)
			png_write_row(png, row);
	}
	png_write_end(png, info);
}

int calib_png_encode(const struct calib_png *p, uint8_t **bytes, size_t *n, struct calib_err *err)
{
	size_t scale = p->scale > 0 ? p->scale : 1;
	struct work w = {.bytes = NULL};
	png_structp png;
	png_infop info;
	uint8_t *row;

	if (p->rows == 0 || p->cols == 0 || p->rows > MAX_SIDE / scale
	    || p->cols > MAX_SIDE / scale)
		return calib_fail(err, CALIB_ESHAPE, "a picture of %zu rows and %zu columns, %zu "
		                  "times enlarged, is no PNG", p->rows, p->cols, scale);
	row = calib_alloc(p->cols * scale, 2, "row of a picture", err);
	if (row == NULL)
		return CALIB_ENOMEM;
	png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &w, on_error, on_warning);
	info = png != NULL ? png_create_info_struct(png) : NULL;
	if (info == NULL)
		snprintf(w.message, sizeof w.message, "out of memory");
	if (info == NULL || setjmp(w.back) != 0) {
		png_destroy_write_struct(&png, &info);
		free(row);
		free(w.bytes);
		return calib_fail(err, CALIB_ELIB, "the picture cannot be made: %s", w.message);
	}
	png_set_user_limits(png, MAX_SIDE, MAX_SIDE);
	png_set_write_fn(png, &w, put_bytes, flush_bytes);
	write_all(png, info, p, scale, row);
	png_destroy_write_struct(&png, &info);
	free(row);
	*bytes = w.bytes;
	*n = w.n;
	return CALIB_OK;
}

/* ---- reading ---- */

/* To rows of grey and alpha, whatever it was. */
static void set_grey(png_structp png)
{
	png_set_expand(png);
	png_set_scale_16(png);
	png_set_rgb_to_gray_fixed(png, PNG_ERROR_ACTION_NONE, -1, -1);
	png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
}

int calib_png_decode(uint8_t **grey, size_t *rows, size_t *cols, const void *bytes, size_t n,
                     const char *where, struct calib_err *err)
{
	struct work w = {.bytes = (uint8_t *)bytes, .n = n};
	uint8_t *volatile out = NULL, *volatile pixels = NULL;
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &w, on_error, on_warning);
	png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
	size_t size;
	int passes;

	if (info == NULL)
		snprintf(w.message, sizeof w.message, "out of memory");
	if (info == NULL || setjmp(w.back) != 0) {
		png_destroy_read_struct(&png, &info, NULL);
		free(out);
		free(pixels);
		return calib_fail(err, CALIB_EFORMAT, "%s: is no PNG that can be read: %s", where,
		                  w.message);
	}
	png_set_read_fn(png, &w, take_bytes);
	png_read_info(png, info);
	*rows = png_get_image_height(png, info);
	*cols = png_get_image_width(png, info);
	size = *rows * *cols;
	if (size > MAX_PIXELS)
		png_error(png, "it has more than 2^28 pixels");
	set_grey(png);
	passes = png_set_interlace_handling(png);
	png_read_update_info(png, info);
	out = malloc(size);
	pixels = malloc(2 * size);
	if (out == NULL || pixels == NULL || png_get_rowbytes(png, info) != 2 * *cols)
		png_error(png, "out of memory");
	for (int pass = 0; pass < passes; pass++)
		for (size_t r = 0; r < *rows; r++)
			png_read_row(png, pixels + 2 * r * *cols, NULL);
	png_read_end(png, NULL);
	png_destroy_read_struct(&png, &info, NULL);
	for (size_t i = 0; i < size; i++)
		out[i] = pixels[2 * i + 1] < 128 ? 0 : pixels[2 * i];
	free(pixels);
	*grey = out;
	return CALIB_OK;
}
