/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_look.c - what the looking verbs of calib-deploy stand on: times, the past of a
 * directory, changes, parts of arrays, quoting */
#include "test.h"

#include <math.h>
#include <time.h>

#include "algo/delta.h"
#include "base/median.h"
#include "base/str.h"
#include "det/parts.h"
#include "store/dir.h"
#include "store/history.h"

static uint32_t seed = 1;

static double noise(void)
{
	seed = seed * 1664525 + 1013904223;
	return (double)(seed >> 8) / 65536 - 128;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void a_median_is_the_middle_of_the_sorted_values(void **state)
{
	(void)state;
	for (size_t n = 1; n < 200; n++) {
		double v[200], sorted[200];

		for (size_t i = 0; i < n; i++)
			sorted[i] = v[i] = n % 3 ? noise() : floor(noise() / 64);
		qsort(sorted, n, sizeof *sorted, by_value);
		assert_true(calib_kth(v, n, n / 2) == sorted[n / 2]);
	}
}

static void changes_are_counted_in_units_of_the_noise(void **state)
{
	const double before[] = {10, 10, 10, 10, NAN, NAN, 10, INFINITY};
	const double after[] = {10, 14.9, 15.1, 5.1, NAN, 1, 10.5, INFINITY};
	const double rms[] = {1, 1, 1, 1, 1, 1, 0, 1};
	double work[8];
	struct calib_delta c;

	(void)state;
	calib_delta_values(&c, before, after, rms, 8, 5, work);
	/* 15.1; a number where there was none; 10.5 without noise */
	assert_int_equal(c.changed, 3);
	assert_int_equal(c.pixels, 8);
	assert_true(c.sigma == 1);
	assert_true(fabs(c.largest - 5.1) < 1e-12);
	assert_true(fabs(c.mean - (0 + 4.9 + 5.1 - 4.9 + 0.5) / 5) < 1e-12);
	assert_true(c.median == 0.5);
	/* the same constants: no spread, nothing changed */
	calib_delta_values(&c, before, before, NULL, 4, 5, work);
	assert_int_equal(c.changed, 0);
	assert_true(c.sigma == 0 && c.largest == 0);
	/* a common shift is a change of every pixel */
	calib_delta_values(&c, before, after + 6, NULL, 1, 5, work);
	assert_int_equal(c.changed, 1);
	calib_delta_values(&c, before + 4, after + 4, NULL, 1, 5, work);
	assert_int_equal(c.changed, 0);
	assert_true(isnan(c.mean) && isnan(c.largest));
}

static void bits_are_gained_and_lost(void **state)
{
	const uint64_t before[] = {0, 0, 1, 3, UINT64_C(1) << 63, 0};
	const uint64_t after[] = {0, 5, 0, 1, 0, UINT64_C(1) << 40};
	struct calib_bitdelta c;

	(void)state;
	calib_delta_bits(&c, before, after, 6);
	assert_int_equal(c.changed, 5);
	assert_int_equal(c.worse, 2);
	assert_int_equal(c.better, 2);
	assert_int_equal(c.gained[0], 1);
	assert_int_equal(c.gained[2], 1);
	assert_int_equal(c.gained[40], 1);
	assert_int_equal(c.lost[0], 1);
	assert_int_equal(c.lost[1], 1);
	assert_int_equal(c.lost[63], 1);
	assert_int_equal(c.gained[1] + c.lost[2] + c.lost[40], 0);
}

static void means_leave_out_bad_pixels(void **state)
{
	const double v[] = {1, 2, NAN, 1000, 3};
	const uint64_t status[] = {0, 0, 0, 4, 0}, all[] = {1, 1, 1, 1, 1};

	(void)state;
	assert_true(calib_trend_mean(v, status, 5) == 2);
	assert_true(calib_trend_mean(v, NULL, 2) == 1.5);
	assert_true(isnan(calib_trend_mean(v, all, 5)));
}

/* ---- parts of arrays ---- */

static void expect_parts(const char *source, int ndim, const size_t *dim, size_t gains,
                         size_t segments, size_t pixels)
{
	struct calib_nda nda;
	struct calib_parts p;

	calib_nda_view(&nda, CALIB_F32, ndim, dim, NULL);
	calib_parts_of(&p, calib_det_of_source(source), &nda);
	assert_int_equal(p.gains, gains);
	assert_int_equal(p.segments, segments);
	assert_int_equal(p.pixels, pixels);
}

static void arrays_have_the_parts_of_their_detector(void **state)
{
	(void)state;
	expect_parts("XppGon.0:Cspad.0", 3, (size_t[]){32, 185, 388}, 1, 32, 71780);
	expect_parts("XppGon.0:Cspad.0", 2, (size_t[]){5920, 388}, 1, 32, 71780);
	expect_parts("XppGon.0:Cspad2x2.0", 3, (size_t[]){185, 388, 2}, 1, 1, 143560);
	expect_parts("X.0:Opal1000.0", 2, (size_t[]){1024, 1024}, 1, 1, 1048576);
	expect_parts("X.0:Jungfrau.0", 4, (size_t[]){3, 8, 512, 1024}, 3, 8, 524288);
	expect_parts("X.0:Jungfrau.0", 3, (size_t[]){8, 512, 1024}, 1, 8, 524288);
	expect_parts("X.0:Epix10ka2M.0", 4, (size_t[]){7, 16, 352, 384}, 7, 16, 135168);
	expect_parts("X.0:pnCCD.0", 3, (size_t[]){4, 512, 512}, 1, 4, 262144);
	expect_parts("X.0:Nothing.0", 2, (size_t[]){3, 4}, 1, 1, 12);
	/* what is not of the detector's form is one part */
	expect_parts("XppGon.0:Cspad.0", 1, (size_t[]){7}, 1, 1, 7);
	expect_parts("X.0:Jungfrau.0", 1, (size_t[]){3}, 1, 1, 3);
}

/* ---- times ---- */

static void expect_time(const char *text, const char *zone, long want)
{
	time_t t = 0;

	assert_true(calib_time_parse(&t, text, zone));
	if ((long)t != want)
		fail_msg("%s %s: %ld, expected %ld", text, zone ? zone : "", (long)t, want);
}

static void times_are_local_and_a_zone_settles_what_is_said_twice(void **state)
{
	time_t t;

	(void)state;
	setenv("TZ", "America/Los_Angeles", 1);
	tzset();
	if (mktime(&(struct tm){.tm_year = 115, .tm_mon = 3, .tm_mday = 17, .tm_isdst = -1})
	    != 1429254000) {
		setenv("TZ", "PST8PDT,M3.2.0,M11.1.0", 1);	/* without a table of zones */
		tzset();
	}
	expect_time("2015-04-17T12:46:40", "PDT", 1429300000);
	expect_time("2015-04-17T12:46:40", NULL, 1429300000);
	expect_time("2015-04-17 12:46:40", "CEST", 1429300000);	/* a zone not of here */
	expect_time("2015-04-17T19:46:40Z", NULL, 1429300000);
	expect_time("2015-04-17T19:46:40", "UTC", 1429300000);
	expect_time("2015-04-17T12:46", NULL, 1429299960);
	expect_time("2015-04-17", NULL, 1429254000);
	expect_time("@1429300000", NULL, 1429300000);
	expect_time("2015-11-01T01:30:00", "PDT", 1446366600);
	expect_time("2015-11-01T01:30:00", "PST", 1446370200);
	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < 12; i++) {
		static const char *const bad[] = {"", "now", "2015", "2015-4-17", "2015-04-17T",
			"2015-13-01", "2015-00-01", "2015-04-17T24:00:00", "2015-04-17T12:60:00",
			"2015-04-17T12:46:40x", "@", "@-1"};

		if (calib_time_parse(&t, bad[i], NULL))
			fail_msg("'%s' is taken for a time", bad[i]);
	}
}

/* ---- HISTORY ---- */

static void the_last_record_of_each_name_is_kept(void **state)
{
	static const char *const names[] = {"1-end.data", "2-end.data", "3-end.data"};
	char path[] = "/tmp/calibtest.XXXXXX";
	struct calib_history record[3];
	unsigned long records = 0, bad = 0;
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	(void)state;
	assert_non_null(f);
	fputs("file:2-end.data  copy_of:a  run:0001\nrubbish\nfile:1-end.data  run:0002\n"
	      "file:9-end.data  run:0003\nfile:2-end.data  copy_of:b  run:0004", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(calib_history_last(path, names, 3, record, NULL), 0);
	assert_string_equal(record[0].value[CALIB_H_RUN], "0002");
	assert_null(record[0].value[CALIB_H_COPY_OF]);
	assert_string_equal(record[1].value[CALIB_H_RUN], "0004");
	assert_string_equal(record[1].value[CALIB_H_COPY_OF], "b");
	assert_null(record[2].text);
	for (int i = 0; i < 3; i++)
		calib_history_release(&record[i]);
	assert_int_equal(calib_history_count(path, &records, &bad, NULL), 0);
	assert_int_equal(records, 4);
	assert_int_equal(bad, 1);
	remove(path);
}

static void grouped_spans_are_those_of_each_file(void **state)
{
	static const char *const names[] = {"1-end.data", "50-60.data", "100-end.data"};
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	struct calib_str text = CALIB_STR_INIT;
	struct calib_span *spans = NULL;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(calib_dirfiles_add(&files, names[i], NULL), 0);
	calib_dirfiles_sort(&files);
	assert_int_equal(calib_dirfiles_spans(&files, &spans, &n, NULL), 0);
	assert_int_equal(n, 4);
	calib_spans_group(spans, n);
	assert_int_equal(calib_spans_of(spans, n, 0), 2);
	calib_spans_text(&text, &files, spans, 2, 0);
	assert_string_equal(text.s, "1-49,61-99");
	assert_int_equal(calib_spans_of(spans + 2, n - 2, 1), 1);
	assert_int_equal(calib_spans_of(spans + 2, n - 2, 0), 0);
	assert_int_equal(calib_spans_of(spans + 3, n - 3, 2), 1);
	calib_str_release(&text);
	free(spans);
	calib_dirfiles_release(&files);
}

static void html_is_quoted(void **state)
{
	struct calib_str s = CALIB_STR_INIT;

	(void)state;
	calib_str_quote_html(&s, "a<b>&\"'\xc3\xa9\xff\x1b\n");
	assert_string_equal(s.s, "a&lt;b&gt;&amp;&quot;&#39;\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd"
	                    "\xef\xbf\xbd");
	calib_str_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_median_is_the_middle_of_the_sorted_values),
		cmocka_unit_test(changes_are_counted_in_units_of_the_noise),
		cmocka_unit_test(bits_are_gained_and_lost),
		cmocka_unit_test(means_leave_out_bad_pixels),
		cmocka_unit_test(arrays_have_the_parts_of_their_detector),
		cmocka_unit_test(times_are_local_and_a_zone_settles_what_is_said_twice),
		cmocka_unit_test(the_last_record_of_each_name_is_kept),
		cmocka_unit_test(grouped_spans_are_those_of_each_file),
		cmocka_unit_test(html_is_quoted),
	};

	return cmocka_run_group_tests_name("look", tests, NULL, NULL);
}
