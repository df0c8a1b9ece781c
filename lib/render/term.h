/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/term.h - a picture on a terminal: half blocks in colours, sixel, letters */
#ifndef CALIB_RENDER_TERM_H
#define CALIB_RENDER_TERM_H
#include "base/str.h"
#include "render/picture.h"

enum calib_term { CALIB_TERM_TRUE, CALIB_TERM_256, CALIB_TERM_ASCII, CALIB_TERM_SIXEL };

/* calib_term_text - index: of each cell of a picture of rows x cols, as calib_picture_index() has
 * them; rgb: their colours.  Two rows of cells make a line; where nothing is, nothing is drawn.
 * Letters go by how bright a cell is. */
void calib_term_text(struct calib_str *s, const uint8_t *index, size_t rows, size_t cols,
                     const uint8_t rgb[256][3], enum calib_term kind);
#endif
