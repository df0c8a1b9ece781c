/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/place.h - rows of points turned and moved from frame to frame */
#ifndef CALIB_KERN_PLACE_H
#define CALIB_KERN_PLACE_H
#include <stddef.h>
#include <stdint.h>

/* One step from an object's frame to its parent's: turn about z, then y, then x, then move. */
struct calib_kern_step {
	double cos[3], sin[3];		/* about x, y, z */
	double at[3];			/* origin in the parent's frame */
};

/* calib_kern_place - n points through one step, in place
 * The order of the operations is part of the definition: the results are compared bit by bit. */
void calib_kern_place(double *restrict x, double *restrict y, double *restrict z, size_t n,
                      const struct calib_kern_step *step);
/* calib_kern_cells - cell[i] = trunc((v[i] - from) / pitch), or trunc((from - v[i]) / pitch)
 * where flip; quotients must lie in 0..2^31-1 */
void calib_kern_cells(uint32_t *restrict cell, const double *restrict v, size_t n, double from,
                      double pitch, int flip);
/* calib_kern_range - smallest and largest of n >= 1 finite values */
void calib_kern_range(const double *v, size_t n, double *lo, double *hi);
#endif
