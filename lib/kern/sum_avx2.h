/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/sum_avx2.h - the sums of 16 pixels over a block of frames (with AVX2, where it is) */
#ifndef CALIB_KERN_SUM_AVX2_H
#define CALIB_KERN_SUM_AVX2_H
#include "kern/sum.h"

enum { CALIB_KERN_GROUP = 16 };

/* Sums of a block of at most 15 frames. */
struct calib_kern_part {
	uint32_t s1[CALIB_KERN_GROUP], s2[CALIB_KERN_GROUP];
	uint16_t min[CALIB_KERN_GROUP], max[CALIB_KERN_GROUP], rejected[CALIB_KERN_GROUP];
	uint16_t nlo[CALIB_KERN_GROUP], nhi[CALIB_KERN_GROUP];	/* only with beyond */
	bool beyond;
};

/* calib_kern_avx2 - does this processor have it? */
bool calib_kern_avx2(void);
/* calib_kern_group - pixels at..at+15; false when a value has more than 14 bits, or is negative:
 * the plain loops must do it */
bool calib_kern_group(const uint16_t *const *frames, size_t nframes, size_t at, bool is_signed,
                      const struct calib_kern_limits *limits, struct calib_kern_part *out);

/* The frame test of some pixels: clip(x - med, -g, g) with g = max(k * mad, least). */
struct calib_kern_test {
	const uint16_t *lo, *hi;	/* the integers within g of med, bit patterns */
	const uint16_t *unused;		/* 0xffff: the pixel adds nothing (its MAD is 0) */
	const float *med, *mad;
	float k, least;
	double base;			/* sum of med over the pixels in use */
};
/* calib_kern_inside - *sum = sum of the clipped deviations of n pixels, n a multiple of 16
 * Without AVX2, or with a value of more than 15 bits: false, calib_kern_clipped() must do it. */
bool calib_kern_inside(const uint16_t *words, size_t n, bool is_signed,
                       const struct calib_kern_test *test, double *sum);

/* calib_kern_within16 - how many frames have lo <= x <= hi, for 16 pixels from at on; only where
 * calib_kern_avx2() */
void calib_kern_within16(const uint16_t *const *frames, size_t nframes, size_t at,
                         const uint16_t *lo, const uint16_t *hi, uint16_t *count);
#endif
