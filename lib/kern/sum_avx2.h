/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/sum_avx2.h - the sums of 16 pixels over a block of frames (private to lib/kern) */
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
#endif
