/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/noise.h - counter-based noise of synthetic frames, integers only */
#ifndef CALIB_KERN_NOISE_H
#define CALIB_KERN_NOISE_H
#include <stddef.h>
#include <stdint.h>

#define KERN_NOISE_BITS 13	/* a uniform number of so many bits picks a table entry */
#define KERN_NOISE_TABLE (1 << KERN_NOISE_BITS)

/* kern_noise_pick - two table entries for every key: npairs keys, 2 * npairs entries
 * The 32-bit hash of key + event gives the lowest and the highest bits to the two. */
void kern_noise_pick(uint16_t *restrict entry, const uint32_t *restrict key, size_t npairs,
                     uint32_t event);
/* kern_noise_look - g[i] = table[entry[i]], 4096 = one standard deviation */
void kern_noise_look(int16_t *restrict g, const uint16_t *restrict entry, size_t n,
                     const int16_t *restrict table);

/* What n pixels are made of. */
struct kern_noise {
	const uint16_t *ped;	/* whole ADU */
	const uint16_t *frac;	/* the rest of the pedestal plus 1/2, in 1/65536 ADU */
	const uint16_t *sigma;	/* in 1/256 ADU */
	int32_t add;		/* to every pixel, ADU: light */
	int32_t top;		/* values are clipped to 0..top */
};
/* kern_noise_make - out[i] = clip(ped + add + floor(frac + g sigma)) */
void kern_noise_make(uint16_t *restrict out, const int16_t *restrict g, size_t n,
                     const struct kern_noise *par);
/* kern_noise_sum - add one frame to exact sums, smallest and largest value */
void kern_noise_sum(uint64_t *restrict s1, uint64_t *restrict s2, const uint16_t *restrict x,
                    size_t n);
void kern_noise_range(uint16_t *restrict lo, uint16_t *restrict hi, const uint16_t *restrict x,
                      size_t n);
#endif
