/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/sum_avx2.c - the sums of values below 2^14, 16 pixels at a time in registers
 *
 * All frames of a block are added up for 16 pixels before the next 16 are looked at, so that no
 * accumulator leaves its register.  Two frames are interleaved, so that one multiply-and-add
 * squares and adds both.  The results are the integers of the plain loops, bit for bit. */
#include "kern/sum_avx2.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "kern/sum.h"

bool calib_kern_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

#define AVX2 __attribute__((target("avx2")))

struct limits16 { __m256i below, above; };	/* -1 in lanes beyond them */

/* 32-bit lanes (unpacklo/hi order) of 16 pixels, in pixel order */
AVX2 static inline void store32(uint32_t out[16], __m256i lo, __m256i hi)
{
	_mm256_storeu_si256((__m256i *)(void *)out, _mm256_permute2x128_si256(lo, hi, 0x20));
	_mm256_storeu_si256((__m256i *)(void *)(out + 8), _mm256_permute2x128_si256(lo, hi, 0x31));
}

AVX2 static inline __m256i load16(const uint16_t *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

AVX2 static inline void store16(uint16_t *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)(void *)p, v);
}

/* How many of the values of each lane are beyond the limits: rarely called. */
AVX2 static void count_beyond(const uint16_t *const *frames, size_t nframes, size_t at,
                              struct limits16 lim, struct calib_kern_part *out)
{
	__m256i nlo = _mm256_setzero_si256(), nhi = nlo;

	for (size_t f = 0; f < nframes; f++) {
		__m256i x = load16(frames[f] + at);

		nlo = _mm256_sub_epi16(nlo, _mm256_cmpgt_epi16(lim.below, x));
		nhi = _mm256_sub_epi16(nhi, _mm256_cmpgt_epi16(x, lim.above));
	}
	store16(out->nlo, nlo);
	store16(out->nhi, nhi);
	out->beyond = true;
}

AVX2 static int16_t clamp(int32_t v)
{
	return (int16_t)(v < -1 ? -1 : v > 0x4000 ? 0x4000 : v);
}

/* One group of 16 pixels; GATE is a constant, so that two loops come out of it. */
AVX2 static inline __attribute__((always_inline)) bool
group(const uint16_t *const *frames, size_t nframes, size_t at, const __m256i gate[2],
      const bool gated, struct limits16 lim, struct calib_kern_part *out)
{
	const __m256i ones = _mm256_set1_epi16(1), zero = _mm256_setzero_si256();
	__m256i mn = _mm256_set1_epi16(0x7fff), mx = zero, all = zero, rejected = zero;
	__m256i s1l = zero, s1h = zero, s2l = zero, s2h = zero, beyond;

	for (size_t f = 0; f < nframes; f += 2) {
		__m256i x = load16(frames[f] + at);
		__m256i y = f + 1 < nframes ? load16(frames[f + 1] + at) : zero, l, h;

		all = _mm256_or_si256(all, _mm256_or_si256(x, y));
		mn = _mm256_min_epi16(mn, f + 1 < nframes ? _mm256_min_epi16(x, y) : x);
		mx = _mm256_max_epi16(mx, _mm256_max_epi16(x, y));
		if (gated) {
			__m256i bx = _mm256_or_si256(_mm256_cmpgt_epi16(gate[0], x),
			                             _mm256_cmpgt_epi16(x, gate[1]));
			__m256i by = _mm256_or_si256(_mm256_cmpgt_epi16(gate[0], y),
			                             _mm256_cmpgt_epi16(y, gate[1]));

			if (f + 1 == nframes)
				by = zero;
			rejected = _mm256_sub_epi16(rejected, _mm256_add_epi16(bx, by));
			x = _mm256_andnot_si256(bx, x);
			y = _mm256_andnot_si256(by, y);
		}
		l = _mm256_unpacklo_epi16(x, y);
		h = _mm256_unpackhi_epi16(x, y);
		s1l = _mm256_add_epi32(s1l, _mm256_madd_epi16(l, ones));
		s1h = _mm256_add_epi32(s1h, _mm256_madd_epi16(h, ones));
		s2l = _mm256_add_epi32(s2l, _mm256_madd_epi16(l, l));
		s2h = _mm256_add_epi32(s2h, _mm256_madd_epi16(h, h));
	}
	if (!_mm256_testz_si256(all, _mm256_set1_epi16((short)0xc000)))
		return false;
	store32(out->s1, s1l, s1h);
	store32(out->s2, s2l, s2h);
	store16(out->min, mn);
	store16(out->max, mx);
	store16(out->rejected, rejected);
	beyond = _mm256_or_si256(_mm256_cmpgt_epi16(lim.below, mn),
	                         _mm256_cmpgt_epi16(mx, lim.above));
	out->beyond = false;
	if (!_mm256_testz_si256(beyond, beyond))
		count_beyond(frames, nframes, at, lim, out);
	return true;
}

AVX2 bool calib_kern_group(const uint16_t *const *frames, size_t nframes, size_t at,
                           bool is_signed, const struct calib_kern_limits *k,
                           struct calib_kern_part *out)
{
	struct limits16 lim = {_mm256_set1_epi16(clamp(k->below)),
			       _mm256_set1_epi16(clamp(k->above))};
	const __m256i top = _mm256_set1_epi16(0x7fff);
	__m256i gate[2] = {top, top};

	if (k->lo == NULL)
		return group(frames, nframes, at, gate, false, lim, out);
	gate[0] = load16(k->lo + at);
	gate[1] = load16(k->hi + at);
	if (!is_signed) {	/* what is beyond 2^15 accepts, or refuses, all values here */
		gate[0] = _mm256_min_epu16(gate[0], top);
		gate[1] = _mm256_min_epu16(gate[1], top);
	}
	return group(frames, nframes, at, gate, true, lim, out);
}
/* What the lanes beyond their gate contribute: the gate's width, instead of the value. */
static double beyond_gate(const uint16_t *words, size_t at, unsigned lanes, bool is_signed,
                          const struct calib_kern_test *t)
{
	double sum = 0;

	for (; lanes != 0; lanes &= lanes - 1) {
		size_t i = at + (size_t)__builtin_ctz(lanes);
		float x = is_signed ? (float)(int16_t)words[i] : (float)words[i],
		      g = t->k * t->mad[i];

		g = g > t->least ? g : t->least;
		/* base has its centre subtracted, which must not be */
		sum += (double)(x > t->med[i] ? g : -g) + (double)t->med[i];
	}
	return sum;
}

AVX2 bool calib_kern_inside(const uint16_t *words, size_t n, bool is_signed,
                            const struct calib_kern_test *t, double *sum)
{
	const __m256i ones = _mm256_set1_epi16(1), top = _mm256_set1_epi16(0x7fff);
	__m256i total = _mm256_setzero_si256(), all = total, part = total;
	int64_t lane[4];
	double rest = 0;

	for (size_t i = 0; i + CALIB_KERN_GROUP <= n; i += CALIB_KERN_GROUP) {
		__m256i x = load16(words + i), lo = load16(t->lo + i), hi = load16(t->hi + i);
		__m256i unused = load16(t->unused + i), bad, y;

		if (!is_signed) {
			lo = _mm256_min_epu16(lo, top);
			hi = _mm256_min_epu16(hi, top);
		}
		all = _mm256_or_si256(all, x);
		bad = _mm256_or_si256(_mm256_cmpgt_epi16(lo, x), _mm256_cmpgt_epi16(x, hi));
		bad = _mm256_andnot_si256(unused, bad);
		y = _mm256_andnot_si256(_mm256_or_si256(bad, unused), x);
		part = _mm256_add_epi32(part, _mm256_madd_epi16(y, ones));
		if (!_mm256_testz_si256(bad, bad)) {
			unsigned odd = (unsigned)_mm256_movemask_epi8(bad) & 0x55555555u, lanes = 0;

			for (; odd != 0; odd &= odd - 1)
				lanes |= 1u << (__builtin_ctz(odd) / 2);
			rest += beyond_gate(words, i, lanes, is_signed, t);
		}
		if (i % 16384 == 0) {	/* 2 * 32767 * 1024 fit into 32 bits */
			total = _mm256_add_epi64(total, _mm256_add_epi64(
				_mm256_cvtepu32_epi64(_mm256_castsi256_si128(part)),
				_mm256_cvtepu32_epi64(_mm256_extracti128_si256(part, 1))));
			part = _mm256_setzero_si256();
		}
	}
	total = _mm256_add_epi64(total, _mm256_add_epi64(
		_mm256_cvtepu32_epi64(_mm256_castsi256_si128(part)),
		_mm256_cvtepu32_epi64(_mm256_extracti128_si256(part, 1))));
	_mm256_storeu_si256((__m256i *)(void *)lane, total);
	*sum = (double)(lane[0] + lane[1] + lane[2] + lane[3]) - t->base + rest;
	return _mm256_testz_si256(all, _mm256_set1_epi16((short)0x8000)) != 0;
}
AVX2 void calib_kern_within16(const uint16_t *const *frames, size_t nframes, size_t at,
                              const uint16_t *lo, const uint16_t *hi, uint16_t *count)
{
	__m256i n = _mm256_setzero_si256(), l = load16(lo), h = load16(hi);

	for (size_t f = 0; f < nframes; f++) {
		__m256i x = load16(frames[f] + at);
		/* two comparisons: a range may be empty (lo = hi + 1) and must stay so */
		__m256i low = _mm256_cmpeq_epi16(_mm256_max_epu16(x, l), x);
		__m256i high = _mm256_cmpeq_epi16(_mm256_min_epu16(x, h), x);

		n = _mm256_sub_epi16(n, _mm256_and_si256(low, high));
	}
	store16(count, n);
}
#else
bool calib_kern_avx2(void)
{
	return false;
}

bool calib_kern_inside(const uint16_t *words, size_t n, bool is_signed,
                       const struct calib_kern_test *t, double *sum)
{
	(void)words, (void)n, (void)is_signed, (void)t, (void)sum;
	return false;
}

void calib_kern_within16(const uint16_t *const *frames, size_t nframes, size_t at,
                         const uint16_t *lo, const uint16_t *hi, uint16_t *count)
{
	(void)frames, (void)nframes, (void)at, (void)lo, (void)hi, (void)count;
}

bool calib_kern_group(const uint16_t *const *frames, size_t nframes, size_t at, bool is_signed,
                      const struct calib_kern_limits *k, struct calib_kern_part *out)
{
	(void)frames, (void)nframes, (void)at, (void)is_signed, (void)k, (void)out;
	return false;
}
#endif
