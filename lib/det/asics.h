/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/asics.h - the ASICs of an array of pixels */
#ifndef CALIB_DET_ASICS_H
#define CALIB_DET_ASICS_H
#include "det/det.h"

/* One gain range of an array, in C order, cut along each dimension. */
struct calib_asics {
	int ndim;
	size_t dim[CALIB_NDA_MAXDIM];
	size_t extent[CALIB_NDA_MAXDIM];	/* of one ASIC; 0: all of the dimension */
};

/* calib_asics_of - array of the detector's form, of that many gain ranges; det NULL, or an array of
 * another form: one ASIC, or one a segment when det is segmented */
void calib_asics_of(struct calib_asics *asics, const struct calib_det *det,
                    const struct calib_nda *nda, size_t gains);
/* calib_asics_count - how many there are; 1 and more */
size_t calib_asics_count(const struct calib_asics *asics);
/* calib_asics_box - first pixel of ASIC k < count along each dimension, and how many it has */
void calib_asics_box(const struct calib_asics *asics, size_t k, size_t *first, size_t *extent);
/* calib_asics_pixels - the numbers of its pixels, in order; list has room for all of the gain
 * range; returns how many there are */
size_t calib_asics_pixels(const struct calib_asics *asics, size_t k, size_t *list);
#endif
