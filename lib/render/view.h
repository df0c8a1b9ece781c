/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/view.h - which element of an array stands in which cell of a picture
 *
 * Row 0 is on top.  Turning, mirroring and cutting out change three numbers, not the cells, so that
 * they cost nothing on the largest picture. */
#ifndef CALIB_RENDER_VIEW_H
#define CALIB_RENDER_VIEW_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nda/nda.h"

#define CALIB_NO_PIXEL SIZE_MAX		/* a cell of a gap */

struct calib_view {
	size_t rows, cols;
	ptrdiff_t base, drow, dcol;	/* cell (r,c) is number base + r*drow + c*dcol */
	const uint32_t *map;		/* element + 1 of each number, 0: none; NULL: the number */
	uint32_t *owned;		/* the same when the view has to free it */
};
#define CALIB_VIEW_INIT {0, 0, 0, 0, 0, NULL, NULL}
void calib_view_release(struct calib_view *view);

/* calib_view_flat - an array of two dimensions as it is, others as lines of their last one
 * CALIB_ESHAPE: the array is empty. */
CALIB_MUST_CHECK
int calib_view_flat(struct calib_view *view, const struct calib_nda *nda, struct calib_err *err);
/* calib_view_table - sensors beside each other (geo/sensors.h): CSPAD and CSPAD2x2 of any shape as
 * calibman has them, other arrays of three and more dimensions as a grid with gaps of 6 cells, as
 * near to a square as may be; two dimensions and fewer as calib_view_flat() */
CALIB_MUST_CHECK
int calib_view_table(struct calib_view *view, const struct calib_nda *nda, struct calib_err *err);
/* calib_view_cells - pixel i of n in row[i], col[i] of a picture of rows x cols, the last of
 * several in one cell stays.  CALIB_ESHAPE: a cell outside of it. */
CALIB_MUST_CHECK
int calib_view_cells(struct calib_view *view, size_t rows, size_t cols, const uint32_t *row,
                     const uint32_t *col, size_t n, struct calib_err *err);

/* calib_view_turn - by quarters of a turn against the clock, as numpy's rot90; then, with mirror,
 * left and right change places */
void calib_view_turn(struct calib_view *view, int quarters, bool mirror);
/* calib_view_window - rows r0 .. r1-1 and columns c0 .. c1-1 of it
 * CALIB_EINVAL: nothing of the picture is in it, or it leads out of it. */
CALIB_MUST_CHECK
int calib_view_window(struct calib_view *view, size_t r0, size_t r1, size_t c0, size_t c1,
                      struct calib_err *err);

/* calib_view_at - element of the array in a cell, or CALIB_NO_PIXEL */
static inline size_t calib_view_at(const struct calib_view *view, size_t row, size_t col)
{
	size_t k = (size_t)(view->base + (ptrdiff_t)row * view->drow
	                    + (ptrdiff_t)col * view->dcol);

	return view->map == NULL ? k : (size_t)view->map[k] - 1;
}
#endif
