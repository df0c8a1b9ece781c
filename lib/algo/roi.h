/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/roi.h - regions of interest: shapes, and the pixels that are in them
 *
 * Coordinates of an image or of a sensor: x is the column, y the row, pixel centres are whole
 * numbers.  Which pixels a shape has is a rule with double arithmetic, the same everywhere; the
 * words of a shape file stand for closed sets (a centre on the rim is inside).
 * Source of the old words: lcls-psana/CorAna src/Drag*.py; of LCLS-II: slac-lcls/lcls2
 * psana/psana/graphqt/GWROIUtils.py. */
#ifndef CALIB_ALGO_ROI_H
#define CALIB_ALGO_ROI_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum calib_roi_kind {
	/* v: what their word in a shape file is followed by */
	CALIB_ROI_RECT,			/* x y w h, turned about its middle */
	CALIB_ROI_CIRCLE,		/* x y r */
	CALIB_ROI_ELLIPSE,		/* x y rx ry, turned */
	CALIB_ROI_RING,			/* x y r1 r2 */
	CALIB_ROI_WEDGE,		/* x y r1 r2 a1 a2 [deg] */
	CALIB_ROI_POLYGON,		/* x1 y1 x2 y2 ...; of several rings see 'ring' */
	CALIB_ROI_LINE,			/* x1 y1 x2 y2, of a width */
	CALIB_ROI_PIXEL,		/* x y ... */
	CALIB_ROI_ROW, CALIB_ROI_COL,	/* first last */
	CALIB_ROI_EDGE,			/* n */
	/* CorAna's, with its rims */
	CALIB_ROI_OLD_RECT,		/* x y w h */
	CALIB_ROI_OLD_CIRCLE,		/* x y r */
	CALIB_ROI_OLD_LINE,		/* x1 x2 y1 y2 */
	CALIB_ROI_OLD_WEDGE,		/* x y r w t1 t2 */
	CALIB_ROI_OLD_POLYGON,		/* x1 y1 x2 y2 ...: half of the rim is inside */
	/* CrystFEL's: x between v0 and v1, y between v2 and v3 [pixels of the laboratory frame],
	 * without the ends, asked of the corner of a pixel */
	CALIB_ROI_CORNERS,
	CALIB_ROI_NKINDS
};
/* only: what is outside is masked; keep: what is in none of them is masked, as soon as there is
 * one; mask: what is in it is masked, whatever the others say */
enum calib_roi_role { CALIB_ROI_MASK, CALIB_ROI_KEEP, CALIB_ROI_ONLY };
enum calib_roi_space { CALIB_ROI_IMG, CALIB_ROI_SEG, CALIB_ROI_UM };

struct calib_roi {
	enum calib_roi_kind kind;
	enum calib_roi_role role;
	enum calib_roi_space space;
	size_t seg[2];			/* SEG: first and last; SIZE_MAX last: to the end */
	double *v;			/* n numbers, owned by the list */
	size_t n;
	size_t *ring;			/* POLYGON of several: where each begins in v; or NULL */
	size_t nrings;
	bool nonzero;			/* and inside by winding number, not by parity */
	double rot;			/* degrees, x toward y: RECT, ELLIPSE */
	double width;			/* LINE */
	unsigned line;			/* of the file */
	int lw;				/* old ones: what their lines carry along */
	char colour[24];
	bool rem;
};

/* calib_roi_check - CALIB_EINVAL for numbers a shape cannot have; the sentence lacks the place */
CALIB_MUST_CHECK
int calib_roi_check(const struct calib_roi *roi, struct calib_err *err);

/* A grid of pixels: an image, or a sensor in an array. */
struct calib_roi_grid { size_t rows, cols, stride, pitch; };	/* (r,c) is r*pitch + c*stride */
/* What all shapes make of a pixel: marks, joined by OR. */
enum { CALIB_ROI_KEPT = 1, CALIB_ROI_MASKED = 2, CALIB_ROI_OUTSIDE = 4 };
/* calib_roi_draw - mark the pixels of a grid; not for CALIB_ROI_CORNERS
 * Returns how many points of an old line lie outside. */
CALIB_MUST_CHECK
long calib_roi_draw(uint8_t *marks, const struct calib_roi_grid *grid,
                    const struct calib_roi *roi, struct calib_err *err);
/* calib_roi_points - mark n points anywhere, for shapes that are areas: for PIXEL ROW COL EDGE and
 * the old ones but OLD_POLYGON it is CALIB_EINVAL */
CALIB_MUST_CHECK
int calib_roi_points(uint8_t *marks, const double *x, const double *y, size_t n,
                     const struct calib_roi *roi, struct calib_err *err);
/* calib_roi_mask - n marks as a mask, 1 keep, 0 masked; keep: is there any shape of that role? */
void calib_roi_mask(uint8_t *marks, size_t n, bool keep);

enum calib_roi_pattern { CALIB_ROI_RHOMBUS, CALIB_ROI_DISC, CALIB_ROI_SQUARE };
/* calib_roi_grow - every 0 of a grid also in its neighbours up to n away: |dr|+|dc| <= n,
 * dr^2+dc^2 <= n^2, or both <= n */
CALIB_MUST_CHECK
int calib_roi_grow(uint8_t *mask, const struct calib_roi_grid *size, size_t n,
                   enum calib_roi_pattern pattern, struct calib_err *err);
#endif
