/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/parts.h - gain ranges and segments of an array of constants */
#ifndef CALIB_DET_PARTS_H
#define CALIB_DET_PARTS_H
#include "det/det.h"

/* The array is gains x segments x pixels, in C order. */
struct calib_parts {
	size_t gains, segments;
	size_t pixels;			/* of a segment in one gain range */
	const char *const *names;	/* of the gain ranges; NULL: there is one */
};
/* calib_parts_of - det NULL, or an array that is not of the detector's form: one part
 * Only the number of values counts where the detector knows its shape: CSPAD constants are often
 * written as 5920 rows. */
void calib_parts_of(struct calib_parts *parts, const struct calib_det *det,
                    const struct calib_nda *nda);
#endif
