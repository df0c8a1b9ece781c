/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/roi_int.h - between roi.c and roipoly.c */
#ifndef CALIB_ALGO_ROI_INT_H
#define CALIB_ALGO_ROI_INT_H
#include "algo/roi.h"

/* Vertices of closed rings, and how they are filled. */
struct rings {
	const double *v;		/* x y of n points */
	size_t n;
	const size_t *begin;		/* of each ring, in points; NULL: one ring */
	size_t nrings;
	bool nonzero;			/* by winding number, else by parity */
	bool closed;			/* points on an edge are inside */
};

/* rings_draw - OR the mark into the pixels inside */
CALIB_MUST_CHECK
int rings_draw(uint8_t *marks, const struct calib_roi_grid *grid, const struct rings *rings,
               uint8_t mark, struct calib_err *err);
/* rings_points - into the points inside */
CALIB_MUST_CHECK
int rings_points(uint8_t *marks, const double *x, const double *y, size_t n,
                 const struct rings *rings, uint8_t mark, struct calib_err *err);
#endif
