/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_dark_golden.c - the reference's numbers, bit for bit where they are integers */
#include "npy.h"

#include "algo/dark.h"
#include "algo/epix10ka.h"
#include "json.h"

struct stack { struct npy raw; size_t npix, width; const size_t *order; };

static int read_stack(void *ctx, size_t i, size_t first, size_t n, void *values,
                      struct calib_err *err)
{
	const struct stack *s = ctx;
	size_t frame = s->order ? s->order[i] : i;

	(void)err;
	memcpy(values, s->raw.data + (frame * s->npix + first) * s->width, n * s->width);
	return CALIB_OK;
}

/* A case: the folder below golden/dark, the folder of raw.npy, how to run it. */
struct golden {
	const char *name, *raw;
	enum calib_algo algo;
	uint16_t mask;
	uint64_t block;
	bool compat;
	uint64_t stages[2];
	int gates[2];
	const char *missing;		/* events without an array, as in params.json */
	uint16_t gain_mask, gain_bits;
};

#define CASE(folder, raw_in, ...) {.name = folder, .raw = raw_in, __VA_ARGS__}
#define GENERIC(name, ...) CASE("generic_u16/" name, "generic_u16", __VA_ARGS__)
#define PLAIN .algo = CALIB_ALGO_PLAIN, .mask = 0xffff
#define A16(n) .algo = CALIB_ALGO_GATED2016, .mask = 0xffff, .block = n
#define A24(m, n) .algo = CALIB_ALGO_CALIBRUN2024, .mask = m, .block = n
#define JUNGFRAU(gm, bits) CASE("jungfrau_3gain/" gm, "jungfrau_3gain/" gm, \
	.algo = CALIB_ALGO_JUNGFRAU, .mask = 0x3fff, .block = 30, .gain_mask = 0xc000, \
	.gain_bits = bits)
#define EPIX10KA(step) CASE("epix10ka_5gain/" step, "epix10ka_5gain/" step, \
	.algo = CALIB_ALGO_EPIX10KA, .mask = 0x3fff, .block = 1024)

static const struct golden cases[] = {
	GENERIC("nda_2015_auto", PLAIN),
	GENERIC("nda_2015_rms30", PLAIN),
	GENERIC("nda_2016", PLAIN),
	GENERIC("nda_2stage", PLAIN, .stages = {10, 0}, .gates = {25, 3}),
	GENERIC("nda_3stage", PLAIN, .stages = {20, 15}, .gates = {100, 20}),
	GENERIC("nda_missing", PLAIN, .compat = true, .stages = {20, 15}, .gates = {100, 20},
		.missing = "0 7 22 40"),
	GENERIC("calibrun2024", A24(0x3fff, 50)),
	GENERIC("calibrun2024_b", A24(0x3fff, 20)),
	GENERIC("darkproc_frac", A24(0x3fff, 50)),
	GENERIC("det_ndarr_2016", A16(50)),
	GENERIC("det_ndarr_2016_b", A16(10)),
	CASE("signed_i16/nda_2015_auto", "signed_i16", PLAIN, .compat = true),
	CASE("signed_i16/nda_wide", "signed_i16", PLAIN, .compat = true),
	CASE("signed_i16/calibrun2024", "signed_i16", A24(0x3fff, 50), .compat = true),
	CASE("camera_16bit/nda_2015_auto", "camera_16bit", PLAIN),
	CASE("camera_16bit/calibrun2024_14bit", "camera_16bit", A24(0x3fff, 30), .compat = true),
	CASE("camera_16bit/calibrun2024_16bit", "camera_16bit", A24(0xffff, 30)),
	CASE("short_run/calibrun2024_asis", "short_run", A24(0x3fff, 50), .compat = true),
	CASE("short_run/calibrun2024_nrecs1_12", "short_run", A24(0x3fff, 12)),
	CASE("short_run/nda_2016", "short_run", PLAIN),
	CASE("float_cancel", "float_cancel", PLAIN),
	JUNGFRAU("gm0", 0), JUNGFRAU("gm1", 0x4000), JUNGFRAU("gm2", 0xc000),
	EPIX10KA("step0_FH"), EPIX10KA("step1_FM"), EPIX10KA("step2_FL"),
	EPIX10KA("step3_AHL-H"), EPIX10KA("step4_AML-M"),
};

static double param(const struct json *params, const char *key, double otherwise)
{
	const struct json *v = json_get(json_get(params, "params"), key);

	return v ? v->number : otherwise;
}

static void set_params(struct calib_dark_params *p, const struct golden *g,
                       const struct json *json, int threads)
{
	calib_dark_defaults(p, g->algo, 14);
	p->compat = g->compat;
	p->data_mask = g->mask;
	p->gain_mask = g->gain_mask;
	p->gain_bits = g->gain_bits;
	p->threads = threads;
	p->block = g->block;
	p->int_lo = param(json, "int_lo", param(json, "intlow", p->int_lo));
	p->int_hi = param(json, "int_hi", param(json, "inthig", p->int_hi));
	p->frac_lo = param(json, "fraclo", p->frac_lo);
	p->frac_hi = param(json, "frachi", p->frac_hi);
	p->nsigma = param(json, "nsigma", p->nsigma);
	p->stage_events[0] = g->stages[0] ? g->stages[0] : 1000000;
	p->stage_events[1] = g->stages[1];
	p->stage_gate[0] = g->gates[0];
	p->stage_gate[1] = g->gates[1];
}

/* Compare with a file of the case; missing files do not count.  tolerance 0: equal. */
static int compare(const char *dir, const char *file, size_t n, double tolerance,
                   double (*get)(const void *, size_t), const void *have)
{
	char path[4400];
	struct npy want;

	snprintf(path, sizeof path, "%s/%s.npy", dir, file);
	if (have == NULL || !npy_load(&want, path))
		return 0;
	assert_int_equal(want.size, n);
	for (size_t i = 0; i < n; i++) {
		double a = get(have, i), b = npy_get(&want, i);

		if (!(fabs(a - b) <= tolerance))
			fail_msg("%s: element %zu is %.17g, expected %.17g", path, i, a, b);
	}
	free(want.data);
	return 1;
}

static double of_double(const void *p, size_t i) { return ((const double *)p)[i]; }
static double of_float(const void *p, size_t i) { return (double)((const float *)p)[i]; }
static double of_u32(const void *p, size_t i) { return ((const uint32_t *)p)[i]; }
static double of_any(const void *p, size_t i) { return ((const uint32_t *)p)[i] > 0; }
static double of_nda(const void *p, size_t i) { return calib_nda_get(p, i); }
static double gate_lo(const void *p, size_t i)
{
	double lo = 0, hi = 0;

	calib_dark_gate(p, i, &lo, &hi);
	return lo;
}
static double gate_hi(const void *p, size_t i)
{
	double lo = 0, hi = 0;

	calib_dark_gate(p, i, &lo, &hi);
	return hi;
}

/* Hand the stack over in blocks of the given size; the missing events are gaps. */
static void feed(struct calib_dark *d, struct stack *s, const char *missing, size_t per)
{
	size_t n = s->raw.dim[0], order[128], k = 0;
	struct calib_err err = CALIB_ERR_INIT;
	char key[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(key, sizeof key, " %zu ", i);
		char list[64];

		snprintf(list, sizeof list, " %.40s ", missing ? missing : "");
		bool gap = strstr(list, key) != NULL;

		if (!gap)
			order[k++] = i;
		if (k == per || ((gap || i + 1 == n) && k > 0)) {
			struct calib_dark_block block = {k, read_stack, s, NULL};

			s->order = order;
			assert_int_equal(calib_dark_add(d, &block, &err), CALIB_OK);
			k = 0;
		}
		if (gap)
			calib_dark_gap(d);
	}
}

static int one_case(const struct golden *g, int threads, size_t per)
{
	char path[4400], dir[4096], raw[4096];
	struct calib_dark_params p;
	struct calib_dark_shape shape = {.dtype = CALIB_U16, .size = 1, .nsegments = 1,
		.segment = 1};
	struct calib_dark_result r;
	struct calib_dark *d = NULL;
	struct calib_err err = CALIB_ERR_INIT;
	struct stack s = {.order = NULL};
	struct json *json;
	uint64_t list[1024];
	int compared = 0;

	snprintf(dir, sizeof dir, "%s/params.json", g->name);
	snprintf(path, sizeof path, "dark/%.1000s", dir);
	if (test_golden(path, dir) == NULL)
		return -1;
	json = json_load(dir);
	*strrchr(dir, '/') = '\0';
	snprintf(path, sizeof path, "dark/%s/raw.npy", g->raw);
	assert_non_null(test_golden(path, raw));
	assert_true(npy_load(&s.raw, raw));
	s.npix = s.raw.size / s.raw.dim[0];
	s.width = (size_t)(s.raw.descr[2] - '0');
	shape.dtype = !strcmp(s.raw.descr, "<f8") ? CALIB_F64
	              : !strcmp(s.raw.descr, "<i2") ? CALIB_I16 : CALIB_U16;
	shape.size = shape.segment = s.npix;
	if (s.raw.ndim == 4) {
		shape.nsegments = s.raw.dim[1];
		shape.segment = s.npix / shape.nsegments;
	}
	set_params(&p, g, json, threads);
	if (param(json, "nrecs", 1e9) < (double)s.raw.dim[0])
		s.raw.dim[0] = (size_t)param(json, "nrecs", 0);
	assert_int_equal(calib_dark_new(&d, &shape, &p, &err), CALIB_OK);
	struct calib_dark_block sample = {calib_dark_wants(&p, s.raw.dim[0], list, 1024),
					  read_stack, &s, NULL};

	assert_int_equal(calib_dark_sample(d, &sample, s.raw.dim[0], &err), CALIB_OK);
	feed(d, &s, g->missing, per);
	assert_int_equal(calib_dark_finish(d, &r, &err), CALIB_OK);
	bool exact = !strcmp(g->name, "float_cancel");

	compared += compare(dir, exact ? "exact_ave" : "ave", s.npix, exact ? 1e-7 : 1e-6,
			    of_double, r.ave);
	compared += compare(dir, exact ? "exact_rms" : "rms", s.npix, exact ? 1e-9 : 1e-6,
			    of_double, r.rms);
	compared += compare(dir, "count", s.npix, 0, of_u32, r.n);
	if (g->algo != CALIB_ALGO_PLAIN) {
		compared += compare(dir, "nlo", s.npix, 0, of_u32, r.nlo);
		compared += compare(dir, "nhi", s.npix, 0, of_u32, r.nhi);
		compared += compare(dir, "min", s.npix, 0, of_nda, &r.min);
		compared += compare(dir, "bad_switch", s.npix, 0, of_any, r.nbadgain);
		if (calib_algo_quantiles(g->algo)) {
			compared += compare(dir, "med", s.npix, 0, of_float, r.med);
			compared += compare(dir, "absdev", s.npix, 0, of_float, r.absdev);
			compared += compare(dir, "gate_lo", s.npix, 0.999, gate_lo, d);
			compared += compare(dir, "gate_hi", s.npix, 0, gate_hi, d);
		}
	}
	compared += compare(dir, "max", s.npix, 0, of_nda, &r.max);
	calib_dark_free(d);
	free(s.raw.data);
	json_free(json);
	return compared;
}

static void the_reference_is_reproduced(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (int k = 0; k < 3; k++) {
			static const size_t per[] = {64, 7, 1};
			int n = one_case(&cases[i], k == 1 ? 8 : 1, per[k]);

			if (n < 0)
				skip();
			/* of epix10ka there are ave and rms only */
			if (n < (cases[i].algo == CALIB_ALGO_EPIX10KA ? 2 : 4))
				fail_msg("%s: only %d arrays compared", cases[i].name, n);
		}
}

static const double *of_low(struct npy *a, const char *name)
{
	char path[256], full[4096];

	snprintf(path, sizeof path, "dark/epix10ka_5gain/ahl_low/%s.npy", name);
	if (test_golden(path, full) == NULL)
		skip();
	assert_true(npy_load(a, full));
	assert_string_equal(a->descr, "<f8");
	return (const double *)(const void *)a->data;
}

static void pedestals_of_the_low_range(void **state)
{
	struct npy f[6];
	const double *ped = of_low(&f[0], "ped_h"), *offset_h = of_low(&f[1], "offset_h");
	const double *offset_l = of_low(&f[2], "offset_l"), *gain_h = of_low(&f[3], "gain_h");
	const double *gain_l = of_low(&f[4], "gain_l"), *want = of_low(&f[5], "ped_l");
	double *low = malloc(f[0].size * sizeof *low);

	(void)state;
	assert_non_null(low);
	calib_epix10ka_low(low, ped, offset_h, offset_l, gain_h, gain_l, f[0].size);
	for (size_t i = 0; i < f[0].size; i++)
		if (low[i] != want[i])
			fail_msg("pixel %zu: %.17g, the reference has %.17g", i, low[i], want[i]);
	/* the pixel without a gain, which is there on purpose */
	assert_true(gain_h[0] == 0 && low[0] == offset_l[0]);
	free(low);
	for (int i = 0; i < 6; i++)
		free(f[i].data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pedestals_of_the_low_range),
		cmocka_unit_test(the_reference_is_reproduced),
	};

	return cmocka_run_group_tests_name("dark_golden", tests, NULL, NULL);
}
