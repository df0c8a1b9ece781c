/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/quick.h - an array as a plain PNG in one call: a pixel of the picture for each of the
 * array, sensors beside each other */
#ifndef CALIB_RENDER_QUICK_H
#define CALIB_RENDER_QUICK_H
#include "render/picture.h"

struct calib_quick {
	const struct calib_nda *values;
	const struct calib_nda *minus;	/* subtracted, or NULL: colours around 0 then */
	const uint8_t *bad;		/* of each value, or NULL */
	const char *title;		/* for the text of the file */
	size_t most;			/* cells along a side: larger pictures are shrunk; 0: any */
};
/* calib_quick_png - the file in memory, free() it; range, which may be NULL: of the colours,
 * viridis, or coolwarm around 0 */
CALIB_MUST_CHECK
int calib_quick_png(uint8_t **bytes, size_t *n, double range[2], const struct calib_quick *quick,
                    struct calib_err *err);
#endif
