/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/stat.c - order statistics by bisection on the value: compare and count, many pixels
 * at once, nothing is sorted */
#include "kern/stat.h"

#include <string.h>

#include "kern/kern.h"
#include "kern/sum_avx2.h"

enum { LANES = 64 };	/* pixels that are bisected together; few, so that outliers cost little */

/* Frames with lo <= x <= hi, for n <= LANES pixels. */
CALIB_CLONES static void count_range(const uint16_t *const *frames, size_t nframes, size_t at,
                                     size_t n, const uint16_t *lo, const uint16_t *hi,
                                     uint16_t *count)
{
	if (n == LANES && calib_kern_avx2()) {
		for (size_t i = 0; i < LANES; i += CALIB_KERN_GROUP)
			calib_kern_within16(frames, nframes, at + i, lo + i, hi + i, count + i);
		return;
	}
	memset(count, 0, n * sizeof *count);
	for (size_t f = 0; f < nframes; f++) {
		const uint16_t *restrict x = frames[f] + at;

		for (size_t i = 0; i < n; i++)
			count[i] = (uint16_t)(count[i] + ((x[i] >= lo[i]) & (x[i] <= hi[i])));
	}
}

/* Narrow lo..hi (inclusive) to the smallest value with at least k+1 frames at or below it. */
CALIB_CLONES static void bisect(const uint16_t *const *frames, size_t nframes, size_t at, size_t n,
                                size_t k, uint16_t *lo, uint16_t *hi)
{
	static const uint16_t none[LANES];
	uint16_t mid[LANES], count[LANES];

	for (;;) {
		uint16_t open = 0;

		for (size_t i = 0; i < n; i++) {
			mid[i] = (uint16_t)(lo[i] + (hi[i] - lo[i]) / 2);
			open |= (uint16_t)(lo[i] ^ hi[i]);
		}
		if (open == 0)
			return;
		count_range(frames, nframes, at, n, none, mid, count);
		for (size_t i = 0; i < n; i++) {
			int below = count[i] > k;

			hi[i] = below ? mid[i] : hi[i];
			lo[i] = below ? lo[i] : (uint16_t)(mid[i] + (lo[i] != hi[i]));
		}
	}
}

CALIB_CLONES static void extremes(const uint16_t *const *frames, size_t nframes, size_t at,
                                  size_t n, uint16_t *lo, uint16_t *hi)
{
	for (size_t i = 0; i < n; i++)
		lo[i] = hi[i] = frames[0][at + i];
	for (size_t f = 1; f < nframes; f++) {
		const uint16_t *restrict x = frames[f] + at;

		for (size_t i = 0; i < n; i++) {
			lo[i] = x[i] < lo[i] ? x[i] : lo[i];
			hi[i] = x[i] > hi[i] ? x[i] : hi[i];
		}
	}
}

void calib_kern_kth(const uint16_t *const *frames, size_t nframes, size_t n, size_t k,
                    uint16_t *kth)
{
	uint16_t lo[LANES], hi[LANES];

	for (size_t at = 0; at < n; at += LANES) {
		size_t m = n - at < LANES ? n - at : LANES;

		extremes(frames, nframes, at, m, lo, hi);
		bisect(frames, nframes, at, m, k, lo, hi);
		memcpy(kth + at, lo, m * sizeof *kth);
	}
}

/* The value after v in order: v again when more than k+1 frames are at or below it, else the
 * smallest one above. */
CALIB_CLONES static void successor(const uint16_t *const *frames, size_t nframes, size_t at,
                                   size_t n, size_t k, const uint16_t *v, uint16_t *next)
{
	uint16_t count[LANES];

	memset(count, 0, sizeof count);
	for (size_t i = 0; i < n; i++)
		next[i] = 0xffff;
	for (size_t f = 0; f < nframes; f++) {
		const uint16_t *restrict x = frames[f] + at;

		for (size_t i = 0; i < n; i++) {
			uint16_t above = x[i] > v[i] ? x[i] : 0xffff;

			count[i] = (uint16_t)(count[i] + (x[i] <= v[i]));
			next[i] = above < next[i] ? above : next[i];
		}
	}
	for (size_t i = 0; i < n; i++)
		next[i] = count[i] > k + 1 ? v[i] : next[i];
}

void calib_kern_median(const uint16_t *const *frames, size_t nframes, size_t n, uint32_t *twice)
{
	size_t k = (nframes - 1) / 2;
	uint16_t lo[LANES], hi[LANES];

	for (size_t at = 0; at < n; at += LANES) {
		size_t m = n - at < LANES ? n - at : LANES;

		extremes(frames, nframes, at, m, lo, hi);
		bisect(frames, nframes, at, m, k, lo, hi);
		if (nframes % 2 == 0)
			successor(frames, nframes, at, m, k, lo, hi);
		for (size_t i = 0; i < m; i++)
			twice[at + i] = (uint32_t)lo[i] + hi[i];
	}
}

/* Frames with |2x - twice| <= t, that is ceil((twice-t)/2) <= x <= floor((twice+t)/2). */
CALIB_CLONES static void count_within(const uint16_t *const *frames, size_t nframes, size_t at,
                                      size_t n, const uint32_t *twice, const uint32_t *t,
                                      uint16_t *count)
{
	uint16_t lo[LANES], hi[LANES];

	for (size_t i = 0; i < n; i++) {
		uint32_t top = (twice[i] + t[i]) / 2;

		lo[i] = (uint16_t)(t[i] >= twice[i] ? 0 : (twice[i] - t[i] + 1) / 2);
		hi[i] = (uint16_t)(top > 0xffff ? 0xffff : top);
	}
	count_range(frames, nframes, at, n, lo, hi, count);
}

/* The smallest deviation above t, in half units. */
CALIB_CLONES static void next_deviation(const uint16_t *const *frames, size_t nframes, size_t at,
                                        size_t n, const uint32_t *twice, const uint32_t *t,
                                        uint32_t *next)
{
	for (size_t i = 0; i < n; i++)
		next[i] = UINT32_MAX;
	for (size_t f = 0; f < nframes; f++) {
		const uint16_t *restrict x = frames[f] + at;

		for (size_t i = 0; i < n; i++) {
			uint32_t y = 2 * (uint32_t)x[i];
			uint32_t d = y > twice[i] ? y - twice[i] : twice[i] - y;

			d = d > t[i] ? d : UINT32_MAX;
			next[i] = d < next[i] ? d : next[i];
		}
	}
}

static void mad_strip(const uint16_t *const *frames, size_t nframes, size_t at, size_t n,
                      const uint32_t *twice, uint32_t *mad4)
{
	size_t k = (nframes - 1) / 2;
	uint32_t lo[LANES], hi[LANES], mid[LANES];
	uint16_t count[LANES], mn[LANES], mx[LANES];

	extremes(frames, nframes, at, n, mn, mx);
	for (size_t i = 0; i < n; i++) {
		uint32_t a = twice[i] - 2u * mn[i], b = 2u * mx[i] - twice[i];

		lo[i] = 0;
		hi[i] = a > b ? a : b;
	}
	for (;;) {
		uint32_t open = 0;

		for (size_t i = 0; i < n; i++) {
			mid[i] = lo[i] + (hi[i] - lo[i]) / 2;
			open |= lo[i] ^ hi[i];
		}
		if (open == 0)
			break;
		count_within(frames, nframes, at, n, twice, mid, count);
		for (size_t i = 0; i < n; i++) {
			if (count[i] > k)
				hi[i] = mid[i];
			else if (lo[i] != hi[i])
				lo[i] = mid[i] + 1;
		}
	}
	memcpy(hi, lo, sizeof hi);
	if (nframes % 2 == 0) {
		count_within(frames, nframes, at, n, twice, lo, count);
		next_deviation(frames, nframes, at, n, twice, lo, mid);
		for (size_t i = 0; i < n; i++)
			hi[i] = count[i] > k + 1 ? lo[i] : mid[i];
	}
	for (size_t i = 0; i < n; i++)
		mad4[i] = lo[i] + hi[i];
}

void calib_kern_mad(const uint16_t *const *frames, size_t nframes, size_t n,
                    const uint32_t *twice, uint32_t *mad4)
{
	for (size_t at = 0; at < n; at += LANES)
		mad_strip(frames, nframes, at, n - at < LANES ? n - at : LANES, twice + at,
			  mad4 + at);
}

enum { SUMS = 16, FLUSH = 64 * SUMS };

/* Sixteen running sums in single precision, emptied into doubles before they lose anything. */
#define DEFINE_CLIPPED(NAME, WORD)                                                             \
CALIB_CLONES static double NAME(const WORD *restrict x, size_t n, const float *restrict med,   \
                                const float *restrict mad, float k, float least)               \
{                                                                                              \
	double total = 0;                                                                      \
	for (size_t at = 0; at < n; at += FLUSH) {                                             \
		size_t m = n - at < FLUSH ? n - at : FLUSH, i = 0;                             \
		float sum[SUMS] = {0};                                                         \
		for (; i + SUMS <= m; i += SUMS)                                               \
			for (size_t l = 0; l < SUMS; l++) {                                    \
				float s = mad[at + i + l], g = k * s;                          \
				float d = (float)x[at + i + l] - med[at + i + l];              \
				g = g > least ? g : least;                                     \
				g = s > 0 ? g : 0;                                             \
				d = d > g ? g : d;                                             \
				d = d < -g ? -g : d;                                           \
				sum[l] += d;                                                   \
			}                                                                      \
		for (size_t l = 0; i < m; i++, l++) {                                          \
			float s = mad[at + i], g = k * s > least ? k * s : least;              \
			float d = (float)x[at + i] - med[at + i];                              \
			g = s > 0 ? g : 0;                                                     \
			d = d > g ? g : d;                                                     \
			d = d < -g ? -g : d;                                                   \
			sum[l] += d;                                                           \
		}                                                                              \
		for (size_t l = 0; l < SUMS; l++)                                              \
			total += (double)sum[l];                                               \
	}                                                                                      \
	return total;                                                                          \
}

DEFINE_CLIPPED(clipped_u16, uint16_t)
DEFINE_CLIPPED(clipped_i16, int16_t)

double calib_kern_clipped(const uint16_t *words, size_t n, int is_signed, const float *med,
                          const float *mad, float k, float least)
{
	return is_signed ? clipped_i16((const int16_t *)words, n, med, mad, k, least)
	                 : clipped_u16(words, n, med, mad, k, least);
}

/* Both loops are the same but for the type of the words; of at most 2^15 words the sum fits. */
static int32_t offset_u16(const uint16_t *restrict w, size_t n, const int32_t *restrict twice,
                          const int32_t *restrict clip)
{
	int32_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		int32_t v = 2 * w[i] - twice[i];

		v = v > clip[i] ? clip[i] : v;
		sum += v < -clip[i] ? -clip[i] : v;
	}
	return sum;
}

static int32_t offset_i16(const int16_t *restrict w, size_t n, const int32_t *restrict twice,
                          const int32_t *restrict clip)
{
	int32_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		int32_t v = 2 * w[i] - twice[i];

		v = v > clip[i] ? clip[i] : v;
		sum += v < -clip[i] ? -clip[i] : v;
	}
	return sum;
}

int32_t calib_kern_offset(const uint16_t *words, size_t n, int is_signed, const int32_t *twice,
                          const int32_t *clip)
{
	return is_signed ? offset_i16((const int16_t *)words, n, twice, clip)
	                 : offset_u16(words, n, twice, clip);
}
