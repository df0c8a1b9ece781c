/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/noise.c - counter-based noise of synthetic frames, integers only */
#include "kern/noise.h"

#include "kern/kern.h"

CALIB_CLONES
void kern_noise_pick(uint16_t *restrict entry, const uint32_t *restrict key, size_t npairs,
                     uint32_t event)
{
	for (size_t i = 0; i < npairs; i++) {
		uint32_t x = key[i] + event;

		/* the finaliser of MurmurHash3: every bit of the sum reaches every bit */
		x ^= x >> 16;
		x *= 0x85ebca6bu;
		x ^= x >> 13;
		x *= 0xc2b2ae35u;
		x ^= x >> 16;
		entry[2 * i] = (uint16_t)(x & (KERN_NOISE_TABLE - 1));
		entry[2 * i + 1] = (uint16_t)(x >> (32 - KERN_NOISE_BITS));
	}
}

CALIB_CLONES
void kern_noise_look(int16_t *restrict g, const uint16_t *restrict entry, size_t n,
                     const int16_t *restrict table)
{
	for (size_t i = 0; i < n; i++)
		g[i] = table[entry[i]];
}

CALIB_CLONES
void kern_noise_make(uint16_t *restrict out, const int16_t *restrict g, size_t n,
                     const struct kern_noise *par)
{
	const uint16_t *restrict ped = par->ped, *restrict frac = par->frac;
	const uint16_t *restrict sigma = par->sigma;
	const int32_t add = par->add, top = par->top;

	/* |g sigma| < 2^14 2^16, so that the sum of both terms fits 32 bits */
	for (size_t i = 0; i < n; i++) {
		int32_t v = (g[i] * (int32_t)sigma[i] + ((int32_t)frac[i] << 4)) >> 20;

		v += ped[i] + add;
		v = v < 0 ? 0 : v;
		out[i] = (uint16_t)(v > top ? top : v);
	}
}

CALIB_CLONES
void kern_noise_sum(uint64_t *restrict s1, uint64_t *restrict s2, const uint16_t *restrict x,
                    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t v = x[i];

		s1[i] += v;
		s2[i] += v * v;
	}
}

CALIB_CLONES
void kern_noise_range(uint16_t *restrict lo, uint16_t *restrict hi, const uint16_t *restrict x,
                      size_t n)
{
	for (size_t i = 0; i < n; i++) {
		lo[i] = x[i] < lo[i] ? x[i] : lo[i];
		hi[i] = x[i] > hi[i] ? x[i] : hi[i];
	}
}
