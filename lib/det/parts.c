/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/parts.c - gain ranges and segments of an array of constants */
#include "det/parts.h"

/* Pixels of one segment: the dimensions behind the first; those that come from the data are the
 * last of the array.  0: the array has too few. */
static size_t segment_size(const struct calib_det *det, const struct calib_nda *nda)
{
	size_t size = 1;

	for (int i = 1; i < det->ndim; i++) {
		int at = nda->ndim - det->ndim + i;

		size *= det->dim[i] != 0 ? det->dim[i] : at >= 0 ? nda->dim[at] : 0;
	}
	return size;
}

void calib_parts_of(struct calib_parts *parts, const struct calib_det *det,
                    const struct calib_nda *nda)
{
	size_t size;

	*parts = (struct calib_parts){1, 1, nda->size, NULL};
	if (det == NULL)
		return;
	if (det->gains > 1 && nda->ndim > det->ndim && nda->dim[0] == (size_t)det->gains) {
		parts->gains = nda->dim[0];
		parts->names = det->ranges;
		parts->pixels /= parts->gains;
	}
	size = det->segmented && det->ndim > 2 ? segment_size(det, nda) : 0;
	if (size > 0 && parts->pixels % size == 0) {
		parts->segments = parts->pixels / size;
		parts->pixels = size;
	}
}
