/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_dark_check.c - the trace and what is read from it */
#include <math.h>
#include <string.h>

#include "algo/dark.h"
#include "algo/dark_check.h"
#include "kern/stat.h"
#include "test.h"

/* A number of a frame and segment, the same everywhere. */
static double value(uint64_t frame, size_t segment)
{
	return (double)((frame * 2654435761u + segment * 40503u) % 4096) / 1024 - 2;
}

static void fill(struct calib_trace *t, uint64_t from, uint64_t to)
{
	for (uint64_t f = from; f < to; f++) {
		double v[3] = {value(f, 0), value(f, 1), value(f, 2)};
		struct calib_framemark mark = {f % 3 == 0 ? CALIB_LIGHT_ON : CALIB_LIGHT_OFF,
			f / 5000};

		assert_int_equal(calib_trace_add(t, f, v, &mark, NULL), CALIB_OK);
	}
}

static void the_trace_is_bounded_and_exact(void **state)
{
	const uint64_t n = 20000;
	struct calib_trace *t = NULL;

	(void)state;
	assert_int_equal(calib_trace_new(&t, 3, NULL), CALIB_OK);
	fill(t, 0, n);
	assert_int_equal(t->per, 8);	/* 4096 blocks of 4 are 16384 */
	assert_int_equal(t->nblocks, n / 8);
	for (size_t j = 0; j < t->nblocks; j++)
		for (size_t k = 0; k < 3; k++) {
			double sum = 0, top = -9;

			for (uint64_t f = 8 * j; f < 8 * j + 8; f++) {
				sum += value(f, k);
				top = fmax(top, value(f, k));
			}
			assert_true(calib_trace_value(t, j, k) == sum / 8);
			assert_int_equal(t->top[3 * j + k], (int)(top * CALIB_TRACE_UNIT));
			assert_int_equal(t->n[j], 8);
		}
	assert_int_equal(t->nepochs, 4);
	assert_int_equal(t->epoch[1].frame, 5000);
	calib_trace_free(t);
}

static void shares_give_the_same_trace(void **state)
{
	static const uint64_t ends[] = {3, 4097, 4100, 9001, 15000};
	struct calib_trace *whole = NULL, *all = NULL, *share = NULL;
	uint64_t from = 0;

	(void)state;
	assert_int_equal(calib_trace_new(&whole, 3, NULL), CALIB_OK);
	assert_int_equal(calib_trace_new(&all, 3, NULL), CALIB_OK);
	fill(whole, 0, 15000);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(calib_trace_new(&share, 3, NULL), CALIB_OK);
		fill(share, from, ends[i]);
		assert_int_equal(calib_trace_merge(all, share, NULL), CALIB_OK);
		calib_trace_free(share);
		from = ends[i];
	}
	assert_int_equal(all->per, whole->per);
	assert_int_equal(all->nblocks, whole->nblocks);
	assert_int_equal(all->nepochs, whole->nepochs);
	assert_memory_equal(all->sum, whole->sum, 3 * whole->nblocks * sizeof *whole->sum);
	assert_memory_equal(all->lit, whole->lit, 3 * whole->nblocks * sizeof *whole->lit);
	assert_memory_equal(all->top, whole->top, 3 * whole->nblocks * sizeof *whole->top);
	assert_memory_equal(all->non, whole->non, whole->nblocks * sizeof *whole->non);
	assert_memory_equal(all->epoch, whole->epoch, whole->nepochs * sizeof *whole->epoch);
	calib_trace_free(all);
	calib_trace_free(whole);
}

static size_t head(const double *v, size_t n, double scatter, double *offset)
{
	const struct calib_head_rule rule = {.base = 100, .scatter = scatter, .noise = 4,
		.group = 8, .most = n / 4, .per = 1};

	return calib_head_find(&rule, v, n, offset);
}

static void a_head_ends_where_it_is_settled(void **state)
{
	double v[200], offset;

	(void)state;
	for (int i = 0; i < 200; i++)	/* within 1 ADU, a fourth of the noise, after 17 */
		v[i] = 100 + (i < 40 ? 20 * exp(-i / 5.7) : 0);
	assert_int_equal(head(v, 200, 0.1, &offset), 18);
	assert_true(fabs(offset - 5) < 1e-9);
	for (int i = 0; i < 200; i++)	/* the same from below */
		v[i] = 200 - v[i];
	assert_int_equal(head(v, 200, 0.1, &offset), 18);
	assert_true(fabs(offset + 5) < 1e-9);
	for (int i = 0; i < 200; i++)	/* a drift is no head, however steep */
		v[i] = 120 - 20.0 * i / 150;
	assert_int_equal(head(v, 200, 0.1, &offset), 0);
	for (int i = 0; i < 200; i++)	/* nor are three bright events */
		v[i] = i < 3 ? 300 : 100;
	assert_int_equal(head(v, 200, 0.1, &offset), 0);
	for (int i = 0; i < 200; i++)	/* nor what the scatter explains */
		v[i] = 100 + (i % 2 ? 5 : -5) + (i < 16 ? 4 : 0);
	assert_int_equal(head(v, 200, 10, &offset), 0);
	assert_int_equal(head(v, 0, 10, &offset), 0);
}

static void the_level_of_pixels_is_exact_and_clipped(void **state)
{
	uint16_t w[67];
	int32_t twice[67], clip[67];

	(void)state;
	for (size_t n = 0; n <= 67; n++)
		for (int is_signed = 0; is_signed < 2; is_signed++) {
			int64_t want = 0;

			for (size_t i = 0; i < n; i++) {
				int64_t x, d;

				w[i] = (uint16_t)(i * 40503u + n * 7919u);
				twice[i] = (int32_t)(i * 1999 % 131071) - (is_signed ? 65536 : 0);
				clip[i] = i % 5 == 0 ? 0 : i % 7 == 0 ? 131071 : (int32_t)i * 100;
				x = is_signed ? (int16_t)w[i] : (int64_t)w[i];
				d = 2 * x - twice[i];
				want += d > clip[i] ? clip[i] : d < -clip[i] ? -clip[i] : d;
			}
			assert_int_equal(calib_kern_offset(w, n, is_signed, twice, clip), want);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_trace_is_bounded_and_exact),
		cmocka_unit_test(shares_give_the_same_trace),
		cmocka_unit_test(a_head_ends_where_it_is_settled),
		cmocka_unit_test(the_level_of_pixels_is_exact_and_clipped),
	};

	return cmocka_run_group_tests_name("dark_check", tests, NULL, NULL);
}
