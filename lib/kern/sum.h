/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/sum.h - accumulate a few frames of 16-bit words into per-pixel sums, exactly */
#ifndef CALIB_KERN_SUM_H
#define CALIB_KERN_SUM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 15 squares of 14-bit values fit into 32 bits. */
#define CALIB_KERN_FRAMES 15

/* Accumulators of n pixels.  min and max hold the bit patterns of the words' own type. */
struct calib_kern_acc {
	int64_t *s1;
	uint64_t *s2;
	uint32_t *n, *nlo, *nhi;
	uint16_t *min, *max;
};

/* Limits in the words' own type, as bit patterns; comparisons are inclusive for the gate. */
struct calib_kern_limits {
	const uint16_t *lo, *hi;	/* per-pixel gate, NULL: every value is accepted */
	int32_t below, above;	/* nlo counts x < below, nhi x > above; in the type's range */
};

/* calib_kern_add - frames[i] are nframes <= 15 runs of n words of the same pixels
 * S1 and S2 grow by the values inside the gate; nlo, nhi, min, max by all values. */
void calib_kern_add(const uint16_t *const *frames, size_t nframes, size_t n, bool is_signed,
                    const struct calib_kern_limits *lim, const struct calib_kern_acc *acc);

/* calib_kern_mask - words[i] &= mask */
void calib_kern_mask(uint16_t *words, size_t n, uint16_t mask);
/* calib_kern_differ - count[i] += (words[i] & mask) != want */
void calib_kern_differ(const uint16_t *words, size_t n, uint16_t mask, uint16_t want,
                       uint32_t *count);
/* calib_kern_flip - words[i] ^= 0x8000: int16 order becomes uint16 order, and back */
void calib_kern_flip(uint16_t *words, size_t n);
#endif
