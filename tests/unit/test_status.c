/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_status.c - status words: the reference's, and the rules of our own */
#include "npy.h"

#include "algo/status.h"
#include "json.h"

static const char *const cases[] = {
	"generic_u16/nda_2015_auto", "generic_u16/nda_2015_rms30", "generic_u16/nda_2016",
	"generic_u16/nda_2stage", "generic_u16/nda_3stage", "generic_u16/calibrun2024",
	"generic_u16/calibrun2024_b", "generic_u16/darkproc_frac", "generic_u16/det_ndarr_2016",
	"generic_u16/det_ndarr_2016_b", "signed_i16/nda_2015_auto", "signed_i16/nda_wide",
	"signed_i16/calibrun2024", "camera_16bit/nda_2015_auto", "camera_16bit/calibrun2024_14bit",
	"camera_16bit/calibrun2024_16bit", "short_run/calibrun2024_asis",
	"short_run/calibrun2024_nrecs1_12", "short_run/nda_2016",
	"jungfrau_3gain/gm0", "jungfrau_3gain/gm1", "jungfrau_3gain/gm2",
	"epix10ka_5gain/step0_FH", "epix10ka_5gain/step1_FM", "epix10ka_5gain/step2_FL",
	"epix10ka_5gain/step3_AHL-H", "epix10ka_5gain/step4_AML-M",
};

static double number(const struct json *params, const char *key, const char *other,
                     double otherwise)
{
	const struct json *v = json_get(params, key);

	if (v == NULL && other != NULL)
		v = json_get(params, other);
	return v ? v->number : otherwise;
}

static struct calib_status_params params_of(const struct json *json, const char *name)
{
	const struct json *q = json_get(json, "params");
	bool nda = strstr(name, "nda_") != NULL;
	struct calib_status_params p = {.layout = CALIB_BITS_2015, .rms_rule = CALIB_RMS_ABSOLUTE,
		.per = CALIB_PER_DETECTOR, .fraction = 0.1, .counted = true};

	if (nda) {
		p.rms_hi = number(q, "thr_rms_ADU", NULL, 10000);
		p.rms_rule = p.rms_hi > 0 ? CALIB_RMS_ABSOLUTE : CALIB_RMS_AUTO;
		p.rms_lo = number(q, "thr_rms_min", NULL, 0);
		p.ave_lo = number(q, "thr_min_ADU", NULL, -100000);
		p.ave_hi = number(q, "thr_max_ADU", NULL, 100000);
		return p;
	}
	p.a16 = strstr(name, "det_ndarr") != NULL;
	p.layout = p.a16 ? CALIB_BITS_2016 : CALIB_BITS_NEW;
	p.ave_lo = number(q, "int_lo", "intlow", 0.1);
	p.ave_hi = number(q, "int_hi", "inthig", 16000);
	p.rms_lo = number(q, "rms_lo", "rmslow", 0.1);
	p.rms_hi = number(q, "rms_hi", "rmshig", 10000);
	p.ave_nlo = number(q, "intnlo", NULL, 5);
	p.ave_nhi = number(q, "intnhi", NULL, 5);
	p.rms_nlo = number(q, "rmsnlo", NULL, 5);
	p.rms_nhi = number(q, "rmsnhi", NULL, 5);
	p.fraction = number(q, "fraclm", NULL, 0.1);
	return p;
}

/* An array of the case as doubles; NULL when the case has none. */
static double *load(const char *dir, const char *file, size_t *n)
{
	char path[4400];
	struct npy a;
	double *v;

	snprintf(path, sizeof path, "%s/%s.npy", dir, file);
	if (!npy_load(&a, path))
		return NULL;
	*n = a.size;
	v = calloc(a.size, sizeof *v);
	for (size_t i = 0; i < a.size; i++)
		v[i] = npy_get(&a, i);
	free(a.data);
	return v;
}

/* Arrays of the raw stack with a value beyond a limit, the last array left out (E10). */
static uint32_t *count_raw(const char *dir, bool above, double limit)
{
	char path[4400];
	struct npy raw;
	uint32_t *c;
	size_t n;

	snprintf(path, sizeof path, "%s/raw.npy", dir);
	assert_true(npy_load(&raw, path));
	n = raw.size / raw.dim[0];
	c = calloc(n, sizeof *c);
	for (size_t i = 0; i < raw.size - n; i++) {
		unsigned v = (unsigned)npy_get(&raw, i) & 0x3fff;

		c[i % n] += above ? v > limit : v < limit;
	}
	free(raw.data);
	return c;
}

static uint32_t *counts(const char *dir, const char *file)
{
	size_t n = 0;
	double *v = load(dir, file, &n);
	uint32_t *c = v ? calloc(n, sizeof *c) : NULL;

	for (size_t i = 0; v != NULL && i < n; i++)
		c[i] = (uint32_t)v[i];
	free(v);
	return c;
}

/* Panels of a stack (events,panels,rows,columns). */
static size_t panels(const char *dir)
{
	char path[4400];
	struct npy raw;

	snprintf(path, sizeof path, "%s/raw.npy", dir);
	assert_true(npy_load(&raw, path));
	free(raw.data);
	return raw.ndim == 4 ? raw.dim[1] : 1;
}

static void assert_case(const char *name, const char *dir, const struct json *json)
{
	size_t n = 0;
	double *ave = load(dir, "ave", &n), *rms = load(dir, "rms", &n);
	double *want = load(dir, "status", &n), *mask = load(dir, "mask", &n);
	struct calib_status_input in = {.size = n, .asics = {1, {n}, {0}}, .nsegments = 1,
		.segment = n, .ave = ave, .rms = rms, .nlo = counts(dir, "nlo"),
		.nhi = counts(dir, "nhi"), .nbadgain = counts(dir, "bad_switch"),
		.frames = (uint64_t)number(json_get(json, "limits"), "counter", NULL, 60)};
	struct calib_status_params p = params_of(json, name);
	struct calib_status_summary sum;
	struct calib_err err = CALIB_ERR_INIT;
	uint16_t *status = calloc(n, sizeof *status);
	const struct json *limits = json_get(json, "limits");

	assert_non_null(want);
	if (strstr(name, "epix10ka") != NULL) {
		in.nlo = count_raw(dir, false, p.ave_lo);
		in.nhi = count_raw(dir, true, p.ave_hi);
		in.frames = (uint64_t)number(json_get(json, "params"), "nrec_used", NULL, 0);
		in.nsegments = panels(dir);
		in.segment = n / in.nsegments;
		p.per = CALIB_PER_SEGMENT;
	}
	if (calib_status(&in, &p, status, &sum, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	for (size_t i = 0; i < n; i++) {
		if (status[i] != (uint16_t)want[i])
			fail_msg("%s: pixel %zu is %u, expected %g", name, i, status[i], want[i]);
		if (mask != NULL && (status[i] == 0) != (mask[i] > 0))
			fail_msg("%s: pixel %zu: mask %g", name, i, mask[i]);
	}
	if (limits != NULL) {
		assert_true(fabs(sum.rms_max / number(limits, "rms_max", NULL, 1) - 1) < 1e-12);
		assert_true(fabs(sum.ave_max / number(limits, "ave_max", NULL, 1) - 1) < 1e-12);
		assert_true(sum.rms_min == number(limits, "rms_min", NULL, 0));
		assert_true(fabs(sum.ave_min - number(limits, "ave_min", NULL, 0))
			    <= 1e-12 * fabs(sum.ave_min));
	}
	free(ave), free(rms), free(want), free(mask), free(status);
	free((void *)(uintptr_t)in.nlo), free((void *)(uintptr_t)in.nhi);
	free((void *)(uintptr_t)in.nbadgain);
}

static void the_reference_s_words_are_reproduced(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char path[4400], dir[4096];
		struct json *json;

		snprintf(dir, sizeof dir, "dark/%s/params.json", cases[i]);
		snprintf(path, sizeof path, "%s", dir);
		if (test_golden(path, dir) == NULL)
			skip();
		json = json_load(dir);
		*strrchr(dir, '/') = '\0';
		assert_case(cases[i], dir, json);
		json_free(json);
	}
}

static void the_automatic_threshold_is_that_of_2015(void **state)
{
	char dir[4096];
	size_t n = 0;
	double *ave, *rms;

	(void)state;
	if (test_golden("dark/generic_u16/nda_2015_auto/params.json", dir) == NULL)
		skip();
	*strrchr(dir, '/') = '\0';
	ave = load(dir, "ave", &n);
	rms = load(dir, "rms", &n);
	assert_true(fabs(calib_status_auto(ave, rms, n, 2, 65000) - 52.748143900630) < 1e-9);
	free(ave), free(rms);
}

/* Two segments of 4 x 6 with ASICs of 4 x 3: four parts of 12 pixels. */
enum { SIZE = 48 };
static double ave[SIZE], rms[SIZE];
static uint32_t values[SIZE], low[SIZE], high[SIZE];

static struct calib_status_input small(void)
{
	for (size_t i = 0; i < SIZE; i++) {
		ave[i] = 1000 + (double)(i % 7);
		rms[i] = (i % 6 < 3 ? 2 : 20) + 0.01 * (double)(i % 5);
		values[i] = 100;
		low[i] = high[i] = 0;
	}
	return (struct calib_status_input){.size = SIZE,
					   .asics = {3, {2, 4, 6}, {1, 4, 3}},
					   .nsegments = 2,
					   .segment = 24,
					   .ave = ave,
					   .rms = rms,
					   .n = values,
					   .nlo = low,
					   .nhi = high,
					   .frames = 100};
}

static struct calib_status_params ours(void)
{
	return (struct calib_status_params){.layout = CALIB_BITS_NEW, .rms_rule = CALIB_RMS_SIGMA,
		.rms_lo = 0.1, .ave_lo = 2, .ave_hi = 16382, .robust = true, .per = CALIB_PER_ASIC,
		.ave_nlo = 8, .ave_nhi = 8, .rms_nlo = 8, .rms_nhi = 8, .fraction = 0.1};
}

static void run(const struct calib_status_input *in, const struct calib_status_params *p,
                uint16_t *status, struct calib_status_summary *sum)
{
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_status(in, p, status, sum, &err) < 0)
		fail_msg("%s", err.msg);
}

static void an_asic_is_judged_by_its_own_noise(void **state)
{
	struct calib_status_input in = small();
	struct calib_status_params p = ours();
	struct calib_status_summary sum;
	uint16_t status[SIZE];

	(void)state;
	rms[1] = 20;			/* quiet ASIC, normal for its neighbour */
	rms[3] = 2;			/* noisy ASIC */
	run(&in, &p, status, &sum);
	assert_int_equal(status[1], 1);
	assert_int_equal(status[3], 2);
	assert_int_equal(sum.bad, 2);
	p.per = CALIB_PER_DETECTOR;
	run(&in, &p, status, &sum);
	assert_int_equal(status[1], 0);
}

static void every_criterion_has_its_bit(void **state)
{
	struct calib_status_input in = small();
	struct calib_status_params p = ours();
	struct calib_status_summary sum;
	uint16_t status[SIZE];

	(void)state;
	high[0] = 11;			/* of 100, more than a tenth */
	high[1] = 10;			/* a tenth is not more */
	low[2] = 11;
	ave[6] = 5000;
	ave[7] = 1;
	values[8] = 89;			/* 11 rejected */
	rms[12] = 0;
	values[13] = 0, ave[13] = 0, rms[13] = 0;
	run(&in, &p, status, &sum);
	assert_int_equal(status[0], 4);
	assert_int_equal(status[1], 0);
	assert_int_equal(status[2], 8);
	assert_int_equal(status[6], 16);
	assert_int_equal(status[7], 32);
	assert_int_equal(status[8], 128);
	assert_int_equal(status[12], 2 + 256);
	assert_int_equal(status[13], 2 + 32 + 128 + 512);
	assert_int_equal(sum.bad, 7);
	assert_int_equal(sum.count[CALIB_FLICKER], 2);
	p.layout = CALIB_BITS_2016;
	run(&in, &p, status, &sum);
	assert_int_equal(status[0], 2);
	assert_int_equal(status[2], 4);
	assert_int_equal(status[8], 0);
	assert_int_equal(status[12], 8);
	p.layout = CALIB_BITS_2015;
	run(&in, &p, status, &sum);
	assert_int_equal(status[0], 0);
	assert_int_equal(status[6], 2);
	assert_int_equal(status[7], 4);
}

static void zero_means_that_no_pixel_is_flagged_for_noise(void **state)
{
	struct calib_status_input in = small();
	struct calib_status_params p = ours();
	uint16_t status[SIZE];

	(void)state;
	rms[4] = 1e6;
	p.rms_rule = CALIB_RMS_NONE;
	run(&in, &p, status, NULL);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(status[i], 0);
	p.rms_rule = CALIB_RMS_ABSOLUTE;
	p.rms_hi = 20.02;
	p.rms_nhi = 0;
	run(&in, &p, status, NULL);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(status[i], rms[i] > 20.02);
}

static void a_segment_that_never_came_is_not_called_cold_only(void **state)
{
	struct calib_status_input in = small();
	struct calib_status_params p = ours();
	struct calib_status_summary sum, second;
	uint16_t status[SIZE];

	(void)state;
	memset(ave + 24, 0, 24 * sizeof *ave);
	memset(rms + 24, 0, 24 * sizeof *rms);
	run(&in, &p, status, &sum);
	assert_int_equal(sum.missing, 24);
	assert_int_equal(sum.bad, 24);
	assert_true(status[30] & 512);
	calib_status_by_segment(&in, p.layout, status, 1, &second);
	assert_int_equal(second.bad, 24);
	assert_int_equal(second.count[CALIB_NO_VALUE], 24);
	calib_status_by_segment(&in, p.layout, status, 0, &second);
	assert_int_equal(second.bad, 0);
}

static void reversed_limits_are_refused(void **state)
{
	struct calib_status_input in = small();
	struct calib_status_params p = ours();
	struct calib_err err = CALIB_ERR_INIT;
	uint16_t status[SIZE];

	(void)state;
	p.ave_lo = 20000;
	assert_int_equal(calib_status(&in, &p, status, NULL, &err), CALIB_EINVAL);
	assert_string_equal(err.msg, "the least average 20000 is above the largest, 16382");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_s_words_are_reproduced),
		cmocka_unit_test(the_automatic_threshold_is_that_of_2015),
		cmocka_unit_test(an_asic_is_judged_by_its_own_noise),
		cmocka_unit_test(every_criterion_has_its_bit),
		cmocka_unit_test(zero_means_that_no_pixel_is_flagged_for_noise),
		cmocka_unit_test(a_segment_that_never_came_is_not_called_cold_only),
		cmocka_unit_test(reversed_limits_are_refused),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
