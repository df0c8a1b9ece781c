/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_kern.c - the fast loops against the plainest ones, on random words */
#include "kern/stat.h"
#include "kern/sum.h"
#include "kern/sum_avx2.h"
#include "test.h"

enum { MAXN = 1300, MAXF = 33 };

static uint64_t state = 1;

static uint32_t draw(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

/* Words of so many bits, and around the edges of the type once in a while. */
static void fill(uint16_t *words, size_t n, unsigned bits)
{
	for (size_t i = 0; i < n; i++)
		words[i] = (uint16_t)(draw() & ((1u << bits) - 1));
}

static int32_t value(uint16_t word, bool is_signed)
{
	return is_signed ? (int16_t)word : word;
}

/* ---- sums ---- */

struct sums {
	int64_t s1[MAXN];
	uint64_t s2[MAXN];
	uint32_t n[MAXN], nlo[MAXN], nhi[MAXN];
	uint16_t min[MAXN], max[MAXN];
};

static struct calib_kern_acc pointers(struct sums *s)
{
	return (struct calib_kern_acc){s->s1, s->s2, s->n, s->nlo, s->nhi, s->min, s->max};
}

static void add_plainly(struct sums *s, uint16_t *const *frame, size_t nframes, size_t n,
                        bool is_signed, const struct calib_kern_limits *lim)
{
	for (size_t f = 0; f < nframes; f++)
		for (size_t i = 0; i < n; i++) {
			int32_t x = value(frame[f][i], is_signed);

			if (x < value(s->min[i], is_signed))
				s->min[i] = frame[f][i];
			if (x > value(s->max[i], is_signed))
				s->max[i] = frame[f][i];
			s->nlo[i] += x < lim->below;
			s->nhi[i] += x > lim->above;
			if (lim->lo != NULL && (x < value(lim->lo[i], is_signed)
						|| x > value(lim->hi[i], is_signed)))
				continue;
			s->s1[i] += x;
			s->s2[i] += (uint64_t)((int64_t)x * x);
			s->n[i]++;
		}
}

struct sum_case { size_t n, nframes; unsigned bits; bool is_signed, gate; int32_t below, above; };

static void check_sums(const struct sum_case *c)
{
	static struct sums want, have;
	static uint16_t store[CALIB_KERN_FRAMES][MAXN], lo[MAXN], hi[MAXN];
	struct calib_kern_limits lim = {c->gate ? lo : NULL, c->gate ? hi : NULL, c->below,
					c->above};
	struct calib_kern_acc acc = pointers(&have);
	uint16_t *frame[CALIB_KERN_FRAMES];

	memset(&want, 0, sizeof want);
	memset(want.min, 0xff, sizeof want.min);
	for (size_t i = 0; i < MAXN; i++) {
		uint16_t a = (uint16_t)(draw() & 0xffff), b = (uint16_t)(draw() & 0xffff);
		bool swap = value(a, c->is_signed) > value(b, c->is_signed);

		want.s1[i] = (int64_t)draw() - (1 << 30);	/* sums go on, they do not begin */
		want.s2[i] = draw();
		if (c->is_signed) {
			want.min[i] = 0x7fff;
			want.max[i] = 0x8000;
		}
		lo[i] = swap ? b : a;
		hi[i] = swap ? a : b;
	}
	have = want;
	for (size_t f = 0; f < c->nframes; f++) {
		fill(store[f], c->n, c->bits);
		frame[f] = store[f];
	}
	add_plainly(&want, frame, c->nframes, c->n, c->is_signed, &lim);
	calib_kern_add((const uint16_t *const *)frame, c->nframes, c->n, c->is_signed, &lim, &acc);
	assert_memory_equal(&have, &want, sizeof want);
}

static void sums_are_those_of_the_plain_loop(void **unused)
{
	static const size_t sizes[] = {1, 15, 16, 17, 64, 511, 512, 513, 1299};

	(void)unused;
	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
		for (size_t f = 1; f <= CALIB_KERN_FRAMES; f += 1 + f / 3)
			for (unsigned k = 0; k < 16; k++)
				check_sums(&(struct sum_case){
					sizes[s], f, k & 1 ? 16 : 14, k & 2, k & 4,
					k & 8 ? (k & 2 ? -32768 : 0) : 100,
					k & 8 ? (k & 2 ? 32767 : 65535) : 16000});
}

static void sums_of_the_largest_words_do_not_overflow(void **unused)
{
	static struct sums s;
	static uint16_t top[64];
	const uint16_t *frame[CALIB_KERN_FRAMES];
	struct calib_kern_limits lim = {NULL, NULL, 0, 65535};
	struct calib_kern_acc acc = pointers(&s);

	(void)unused;
	memset(&s, 0, sizeof s);
	for (unsigned bits = 14; bits <= 16; bits++) {
		uint64_t x = (1u << bits) - 1;

		for (size_t i = 0; i < 64; i++) {
			top[i] = (uint16_t)x;
			s.s1[i] = 0;
			s.s2[i] = 0;
		}
		for (size_t f = 0; f < CALIB_KERN_FRAMES; f++)
			frame[f] = top;
		calib_kern_add(frame, CALIB_KERN_FRAMES, 64, false, &lim, &acc);
		for (size_t i = 0; i < 64; i++) {
			assert_int_equal(s.s1[i], CALIB_KERN_FRAMES * x);
			assert_int_equal(s.s2[i], CALIB_KERN_FRAMES * x * x);
		}
	}
}

/* ---- order statistics ---- */

static int upwards(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t two_middles(uint32_t *v, size_t n)
{
	qsort(v, n, sizeof *v, upwards);
	return v[(n - 1) / 2] + v[n / 2];
}

static void check_order(size_t n, size_t nframes, unsigned bits)
{
	static uint16_t store[MAXF][MAXN], kth[MAXN];
	static uint32_t twice[MAXN], mad4[MAXN];
	const uint16_t *frame[MAXF];
	size_t k = nframes / 3;
	uint32_t v[MAXF];

	for (size_t f = 0; f < nframes; f++) {
		fill(store[f], n, bits);
		frame[f] = store[f];
	}
	calib_kern_kth(frame, nframes, n, k, kth);
	calib_kern_median(frame, nframes, n, twice);
	calib_kern_mad(frame, nframes, n, twice, mad4);
	for (size_t i = 0; i < n; i++) {
		for (size_t f = 0; f < nframes; f++)
			v[f] = store[f][i];
		uint32_t med = two_middles(v, nframes);

		assert_int_equal(twice[i], med);
		assert_int_equal(kth[i], v[k]);
		for (size_t f = 0; f < nframes; f++)
			v[f] = (uint32_t)abs((int32_t)(2 * store[f][i]) - (int32_t)med);
		assert_int_equal(mad4[i], two_middles(v, nframes));
	}
}

static void order_statistics_are_those_of_sorting(void **unused)
{
	static const size_t sizes[] = {1, 63, 64, 65, 700, 1024};

	(void)unused;
	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
		for (size_t f = 1; f <= MAXF; f += 1 + f / 4)
			for (unsigned bits = 3; bits <= 16; bits += bits < 13 ? 10 : 3)
				check_order(sizes[s], f, bits);
}

/* ---- the frame test ---- */

/* The sum of clipped deviations, as its definition reads. */
static double clipped_plainly(const uint16_t *words, size_t n, bool is_signed, const float *med,
                              const float *mad, double k, double least)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double g = fmax(k * (double)mad[i], least);
		double d = value(words[i], is_signed) - (double)med[i];

		if (mad[i] > 0)
			sum += d < -g ? -g : d > g ? g : d;
	}
	return sum;
}

static void check_frame_test(size_t n, unsigned bits, bool is_signed)
{
	static uint16_t words[MAXN], lo[MAXN], hi[MAXN], out[MAXN];
	static float med[MAXN], mad[MAXN];
	struct calib_kern_test test = {lo, hi, out, med, mad, 5, 4, 0};
	double want, sum = 0;

	fill(words, n, bits);
	for (size_t i = 0; i < n; i++) {
		float g;

		med[i] = (float)(draw() % (1u << bits)) / 2;
		mad[i] = draw() % 8 == 0 ? 0 : (float)(draw() % 4000) / 4;
		g = fmaxf(test.k * mad[i], test.least);
		lo[i] = (uint16_t)(int)fmaxf(ceilf(med[i] - g), is_signed ? -32768 : 0);
		hi[i] = (uint16_t)(int)fminf(floorf(med[i] + g), is_signed ? 32767 : 65535);
		out[i] = mad[i] > 0 ? 0 : 0xffff;
		test.base += mad[i] > 0 ? (double)med[i] : 0;
	}
	want = clipped_plainly(words, n, is_signed, med, mad, 5, 4);
	sum = calib_kern_clipped(words, n, is_signed, med, mad, test.k, test.least);
	assert_true(fabs(sum - want) <= 1e-6 * (fabs(want) + (double)n));
	if (n % 16 != 0)
		return;
	if (calib_kern_inside(words, n, is_signed, &test, &sum))
		assert_true(fabs(sum - want) <= 1e-6 * (fabs(want) + (double)n));
	else						/* its two reasons */
		assert_true(!calib_kern_avx2() || bits == 16);
}

static void frame_test_is_the_sum_of_its_definition(void **unused)
{
	static const size_t sizes[] = {1, 16, 64, 333, 512, 1024};

	(void)unused;
	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
		for (unsigned bits = 12; bits <= 16; bits += 2)
			for (int is_signed = 0; is_signed < 2; is_signed++)
				check_frame_test(sizes[s], bits, is_signed != 0);
}

static void words_are_masked_and_flipped(void **unused)
{
	uint16_t w[77], x[77];

	(void)unused;
	fill(w, 77, 16);
	memcpy(x, w, sizeof w);
	calib_kern_mask(x, 77, 0x3fff);
	for (size_t i = 0; i < 77; i++)
		assert_int_equal(x[i], w[i] & 0x3fff);
	memcpy(x, w, sizeof w);
	calib_kern_flip(x, 77);
	for (size_t i = 0; i < 77; i++)
		assert_int_equal(x[i], w[i] ^ 0x8000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_the_plain_loop),
		cmocka_unit_test(sums_of_the_largest_words_do_not_overflow),
		cmocka_unit_test(order_statistics_are_those_of_sorting),
		cmocka_unit_test(frame_test_is_the_sum_of_its_definition),
		cmocka_unit_test(words_are_masked_and_flipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
