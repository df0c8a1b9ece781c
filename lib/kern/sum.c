/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/sum.c - sums over a block of events, strip of pixels by strip
 *
 * Event by event, every accumulator of the detector would be read and written for each frame;
 * that traffic, not arithmetic, would cost the time.  Here 15 frames of 512 pixels are added up
 * in 32-bit counters that stay in the cache, and only the result is widened into the totals. */
#include "kern/sum.h"

#include <string.h>

#include "kern/kern.h"
#include "kern/sum_avx2.h"

/* One strip.  wide: squares as low and high half, for values of more than 14 bits. */
#define DEFINE_STRIP(NAME, WORD, SUM, GATED, WIDE)                                              \
CALIB_CLONES static void NAME(const uint16_t *const *frames, size_t nframes, size_t at, size_t n, \
                              const uint16_t *lo_, const uint16_t *hi_, int32_t below,          \
                              int32_t above, const struct calib_kern_acc *acc)                  \
{                                                                                               \
	SUM s1[CALIB_STRIP];                                                                    \
	uint32_t sq[CALIB_STRIP], sqh[WIDE ? CALIB_STRIP : 1];                                  \
	uint16_t cnt[CALIB_STRIP], nlo[CALIB_STRIP], nhi[CALIB_STRIP];                          \
	WORD mn[CALIB_STRIP], mx[CALIB_STRIP];                                                  \
	const WORD *lo = (const WORD *)lo_, *hi = (const WORD *)hi_;                            \
	const WORD b = (WORD)below, a = (WORD)above;                                            \
	memset(s1, 0, sizeof s1);                                                               \
	memset(sq, 0, sizeof sq);                                                               \
	memset(sqh, 0, sizeof sqh);                                                             \
	memset(cnt, 0, sizeof cnt);                                                             \
	memset(nlo, 0, sizeof nlo);                                                             \
	memset(nhi, 0, sizeof nhi);                                                             \
	memcpy(mn, acc->min + at, n * sizeof mn[0]);                                            \
	memcpy(mx, acc->max + at, n * sizeof mx[0]);                                            \
	for (size_t f = 0; f < nframes; f++) {                                                  \
		const WORD *restrict x = (const WORD *)frames[f] + at;                          \
		for (size_t i = 0; i < n; i++) {                                                \
			WORD v = x[i], y = v;                                                   \
			mn[i] = v < mn[i] ? v : mn[i];                                          \
			mx[i] = v > mx[i] ? v : mx[i];                                          \
			nlo[i] = (uint16_t)(nlo[i] + (v < b));                                  \
			nhi[i] = (uint16_t)(nhi[i] + (v > a));                                  \
			if (GATED) {                                                            \
				uint16_t in = (uint16_t)-((v >= lo[at + i]) & (v <= hi[at + i])); \
				cnt[i] = (uint16_t)(cnt[i] - in);                               \
				y = (WORD)(v & in);                                             \
			}                                                                       \
			s1[i] = (SUM)(s1[i] + y);                                               \
			uint32_t q = (uint32_t)((SUM)y * (SUM)y);                               \
			if (WIDE) {                                                             \
				sq[i] += q & 0xffff;                                            \
				sqh[i] += q >> 16;                                              \
			} else {                                                                \
				sq[i] += q;                                                     \
			}                                                                       \
		}                                                                               \
	}                                                                                       \
	memcpy(acc->min + at, mn, n * sizeof mn[0]);                                            \
	memcpy(acc->max + at, mx, n * sizeof mx[0]);                                            \
	for (size_t i = 0; i < n; i++) {                                                        \
		acc->s1[at + i] += (int64_t)s1[i];                                              \
		acc->s2[at + i] += WIDE ? sq[i] + ((uint64_t)sqh[WIDE ? i : 0] << 16) : sq[i];  \
		acc->n[at + i] += GATED ? cnt[i] : (uint32_t)nframes;                           \
		acc->nlo[at + i] += nlo[i];                                                     \
		acc->nhi[at + i] += nhi[i];                                                     \
	}                                                                                       \
}

DEFINE_STRIP(strip_u16, uint16_t, uint32_t, 0, 0)
DEFINE_STRIP(strip_u16_wide, uint16_t, uint32_t, 0, 1)
DEFINE_STRIP(strip_u16_gate, uint16_t, uint32_t, 1, 0)
DEFINE_STRIP(strip_u16_gate_wide, uint16_t, uint32_t, 1, 1)
DEFINE_STRIP(strip_i16, int16_t, int32_t, 0, 0)
DEFINE_STRIP(strip_i16_wide, int16_t, int32_t, 0, 1)
DEFINE_STRIP(strip_i16_gate, int16_t, int32_t, 1, 0)
DEFINE_STRIP(strip_i16_gate_wide, int16_t, int32_t, 1, 1)

CALIB_CLONES static uint16_t all_bits(const uint16_t *restrict x, size_t n)
{
	uint16_t bits = 0;

	for (size_t i = 0; i < n; i++)
		bits |= x[i];
	return bits;
}

/* The plain loops, for n <= CALIB_STRIP pixels from 'at'. */
static void add_strip(const uint16_t *const *frames, size_t nframes, size_t at, size_t n,
                      bool is_signed, const struct calib_kern_limits *lim,
                      const struct calib_kern_acc *acc)
{
	static void (*const strip[2][2][2])(const uint16_t *const *, size_t, size_t, size_t,
	                                    const uint16_t *, const uint16_t *, int32_t, int32_t,
	                                    const struct calib_kern_acc *) = {
		{{strip_u16, strip_u16_wide}, {strip_u16_gate, strip_u16_gate_wide}},
		{{strip_i16, strip_i16_wide}, {strip_i16_gate, strip_i16_gate_wide}},
	};
	uint16_t bits = 0;

	for (size_t f = 0; f < nframes; f++)
		bits |= all_bits(frames[f] + at, n);
	strip[is_signed][lim->lo != NULL][(bits & 0xc000) != 0](frames, nframes, at, n, lim->lo,
	                                                        lim->hi, lim->below, lim->above,
	                                                        acc);
}

/* Into the totals.  The words of a group are below 2^14, so their order is that of int16, too. */
static void add_group(const struct calib_kern_acc *acc, size_t at, bool is_signed,
                      uint32_t nframes, const struct calib_kern_part *p)
{
	for (size_t i = 0; i < CALIB_KERN_GROUP; i++) {
		acc->s1[at + i] += p->s1[i];
		acc->s2[at + i] += p->s2[i];
		acc->n[at + i] += nframes - p->rejected[i];
	}
	for (size_t i = 0; i < CALIB_KERN_GROUP && is_signed; i++) {
		int16_t lo = (int16_t)acc->min[at + i], hi = (int16_t)acc->max[at + i];

		acc->min[at + i] = (int16_t)p->min[i] < lo ? p->min[i] : (uint16_t)lo;
		acc->max[at + i] = (int16_t)p->max[i] > hi ? p->max[i] : (uint16_t)hi;
	}
	for (size_t i = 0; i < CALIB_KERN_GROUP && !is_signed; i++) {
		acc->min[at + i] = p->min[i] < acc->min[at + i] ? p->min[i] : acc->min[at + i];
		acc->max[at + i] = p->max[i] > acc->max[at + i] ? p->max[i] : acc->max[at + i];
	}
	for (size_t i = 0; i < CALIB_KERN_GROUP && p->beyond; i++) {
		acc->nlo[at + i] += p->nlo[i];
		acc->nhi[at + i] += p->nhi[i];
	}
}

void calib_kern_add(const uint16_t *const *frames, size_t nframes, size_t n, bool is_signed,
                    const struct calib_kern_limits *lim, const struct calib_kern_acc *acc)
{
	struct calib_kern_part part;
	size_t at = 0;

	while (calib_kern_avx2() && at + CALIB_KERN_GROUP <= n) {
		if (calib_kern_group(frames, nframes, at, is_signed, lim, &part))
			add_group(acc, at, is_signed, (uint32_t)nframes, &part);
		else
			add_strip(frames, nframes, at, CALIB_KERN_GROUP, is_signed, lim, acc);
		at += CALIB_KERN_GROUP;
	}
	for (; at < n; at += CALIB_STRIP)
		add_strip(frames, nframes, at, n - at < CALIB_STRIP ? n - at : CALIB_STRIP,
			  is_signed, lim, acc);
}

CALIB_CLONES void calib_kern_mask(uint16_t *words, size_t n, uint16_t mask)
{
	for (size_t i = 0; i < n; i++)
		words[i] &= mask;
}

CALIB_CLONES void calib_kern_differ(const uint16_t *restrict words, size_t n, uint16_t mask,
                                    uint16_t want, uint32_t *restrict count)
{
	for (size_t i = 0; i < n; i++)
		count[i] += (words[i] & mask) != want;
}

CALIB_CLONES void calib_kern_flip(uint16_t *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		words[i] ^= 0x8000;
}
