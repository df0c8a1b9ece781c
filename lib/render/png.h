/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/png.h - PNG pictures by libpng: palettes, 16-bit grey; reading of masks
 *
 * The same picture gives the same bytes: there is no time in it. */
#ifndef CALIB_RENDER_PNG_H
#define CALIB_RENDER_PNG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* One chunk of text; key is Title, Software, Source or Comment.  UTF-8. */
struct calib_png_text { const char *key, *text; };

struct calib_png {
	size_t rows, cols;		/* of the cells, up to 2^31 - 1 */
	const uint8_t *index;		/* palette: rows * cols indices; NULL: grey */
	const uint8_t (*rgb)[3];	/* its 256 colours */
	bool transparent;		/* index 0 lets the background through */
	const uint16_t *grey;		/* else rows * cols values */
	size_t scale;			/* each cell scale x scale pixels; 0 is 1 */
	const struct calib_png_text *text;	/* ntext of them */
	size_t ntext;
};
/* calib_png_encode - the file in memory; *bytes: free() it */
CALIB_MUST_CHECK
int calib_png_encode(const struct calib_png *png, uint8_t **bytes, size_t *n,
                     struct calib_err *err);

/* calib_png_decode - a picture as 8-bit grey, of colours their luminance, transparent as 0; *grey:
 * free() it
 * CALIB_EFORMAT begins with where: not a PNG, cut off, of more than 2^28 pixels. */
CALIB_MUST_CHECK
int calib_png_decode(uint8_t **grey, size_t *rows, size_t *cols, const void *bytes, size_t n,
                     const char *where, struct calib_err *err);
#endif
