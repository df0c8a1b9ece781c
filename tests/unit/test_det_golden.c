/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_det_golden.c - every pixel of every detector of the golden runs, exactly */
#include "golden_run.h"
#include "json.h"
#include "sha256.h"

#include "det/det.h"

struct sums {
	const struct json *want;
	struct calib_srcid id;
	struct calib_layout layout;
	bool started;
	uint64_t n;
	int64_t *sum, *sum2, min, max;
	bool stored[32];	/* CSPAD: sections that are in the data */
	const struct calib_object *config;	/* the last one whose gain was compared */
};

static int gains_checked;

/* Odd tile sizes: a reader that only works on whole frames or pieces is caught. */
static void add_frame(struct sums *s, const struct calib_object *o)
{
	static const size_t tile[] = {1, 6, 1013, 65537, 3000001};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_frame f;
	uint16_t *w = malloc(2 * s->layout.size);
	size_t at = 0;

	if (calib_frame_open(&f, &s->layout, o, &err) < 0)
		fail_msg("%s: %s", s->want->key, err.msg);
	for (int k = 0; at < s->layout.size; k++) {
		size_t n = tile[(k + (int)s->n) % 5];

		n = n < s->layout.size - at ? n : s->layout.size - at;
		if (calib_frame_read(&f, &s->layout, at, n, w + at, &err) < 0)
			fail_msg("%s: %s", s->want->key, err.msg);
		at += n;
	}
	for (int k = 0; k < f.npieces && s->layout.nsegments == 32; k++)
		for (size_t p = 0; p < f.piece[k].n; p += s->layout.segment)
			s->stored[(f.piece[k].first + p) / s->layout.segment] = true;
	for (size_t i = 0; i < s->layout.size; i++) {
		if (s->layout.nsegments == 32 && !s->stored[i / s->layout.segment]) {
			assert_int_equal(w[i], 0);
			continue;
		}
		int64_t v = s->layout.dtype == CALIB_I16 ? (int64_t)(int16_t)w[i] : w[i];

		s->sum[i] += v;
		s->sum2[i] += v * v;
		s->min = v < s->min ? v : s->min;
		s->max = v > s->max ? v : s->max;
	}
	s->n++;
	calib_frame_release(&f);
	free(w);
}

/* The gain settings in force, as psana's configuration objects say them. */
static void check_gain(struct sums *s, const struct calib_layout *l, const struct calib_evt *evt)
{
	const struct json *c = json_get(s->want, "cycles"), *config, *v;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_gain g;
	int n = 0;

	if (l->config == s->config)
		return;
	s->config = l->config;
	if (c != NULL)
		for (c = c->child; c != NULL && n < evt->step; n++)
			c = c->next;
	config = json_get(c ? c : s->want, "config");
	if (config == NULL || calib_det_gain(&g, l, &err) != 1)
		return;
	if ((v = json_get(config, "gain_index")) != NULL) {
		assert_int_equal(g.range, v->number);
	} else {
		assert_string_equal(l->det->ranges[g.range], json_str(config, "gain"));
		assert_int_equal(g.none, json_num(config, "pixels_no_range"));
		n = 0;
		for (v = json_get(config, "pixels_per_range")->child; v != NULL; v = v->next)
			assert_int_equal(g.pixels[n++], v->number);
		assert_int_equal(n, 7);
	}
	gains_checked++;
}

static void add_event(struct sums *s, const struct calib_evt *evt)
{
	for (size_t i = 0; i < evt->nobjects; i++) {
		const struct calib_object *o = &evt->objects[i];
		struct calib_err err = CALIB_ERR_INIT;
		struct calib_layout l;

		if (!calib_srcid_equal(o->src, s->id) || o->damage != 0
		    || calib_data_type(o->type, o->version) == NULL)
			continue;
		int rc = calib_det_layout(&l, o, evt->cfg, &err);

		if (rc < 0)
			fail_msg("%s: %s", s->want->key, err.msg);
		if (rc == 0)
			continue;
		if (!s->started) {
			s->started = true;
			s->layout = l;
			s->sum = calloc(l.size, 8);
			s->sum2 = calloc(l.size, 8);
			s->min = 1 << 20;
			s->max = -(1 << 20);
		}
		assert_true(calib_layout_equal(&l, &s->layout));
		check_gain(s, &l, evt);
		s->layout = l;
		add_frame(s, o);
	}
}

/* The golden files hold only the sections of a CSPAD that are in the data, by quad number. */
static void drop_missing_sections(struct sums *s)
{
	size_t k = 0, n = s->layout.segment;

	if (s->layout.nsegments != 32)
		return;
	for (size_t i = 0; i < 32; i++)
		if (s->stored[i]) {
			memmove(s->sum + k * n, s->sum + i * n, 8 * n);
			memmove(s->sum2 + k++ * n, s->sum2 + i * n, 8 * n);
		}
	s->layout.dim[0] = k;
	s->layout.size = k * n;
}

static void check(const struct sums *s, const char *run)
{
	const struct json *w = s->want, *shape = json_get(w, "shape");
	int64_t total = 0, total2 = 0;
	char hex[65];
	int i = 0;

	if ((double)s->n != json_num(w, "n"))
		fail_msg("%s %s: %g frames, expected %g", run, w->key, (double)s->n,
			 json_num(w, "n"));
	for (const struct json *d = shape->child; d != NULL; d = d->next, i++)
		assert_int_equal(s->layout.dim[i], d->number);
	assert_int_equal(s->layout.ndim, i);
	assert_string_equal(s->layout.dtype == CALIB_U8 ? "<u1"
	                    : s->layout.dtype == CALIB_I16 ? "<i2" : "<u2", json_str(w, "dtype"));
	for (size_t k = 0; k < s->layout.size; k++) {
		total += s->sum[k];
		total2 += s->sum2[k];
	}
	if ((double)total != json_num(w, "sum_total")
	    || (double)total2 != json_num(w, "sum2_total"))
		fail_msg("%s %s: sums differ", run, w->key);
	assert_int_equal(s->min, json_num(w, "min"));
	assert_int_equal(s->max, json_num(w, "max"));
	sha256_hex(s->sum, 8 * s->layout.size, hex);
	assert_string_equal(hex, json_str(w, "sha256_sum_i64le"));
	sha256_hex(s->sum2, 8 * s->layout.size, hex);
	assert_string_equal(hex, json_str(w, "sha256_sum2_i64le"));
}

static int one_run(const char *root, const char *name)
{
	struct golden_run run;
	struct sums s[40] = {0};
	const struct calib_evt *evt;
	struct calib_src *src;
	struct json *all;
	int n = 0;

	if (!golden_open(&run, root, name))
		return 0;
	all = json_load(run.json);
	src = golden_src(&run);
	for (struct json *d = json_get(all, "detectors")->child; d != NULL; d = d->next) {
		s[n].want = d;
		assert_true(calib_src_by_alias(src, d->key, &s[n].id));
		n++;
	}
	while (calib_src_next(src, &evt, NULL) == 1)
		for (int i = 0; i < n; i++)
			add_event(&s[i], evt);
	for (int i = 0; i < n; i++) {
		drop_missing_sections(&s[i]);
		check(&s[i], name);
		free(s[i].sum);
		free(s[i].sum2);
	}
	calib_src_close(src);
	json_free(all);
	golden_close(&run);
	return n;
}

static void every_detector_of_every_golden_run_has_its_sums(void **state)
{
	char root[4096], **names = golden_runs(root);
	int detectors = 0;

	(void)state;
	if (names == NULL)
		skip();
	for (char **name = names; *name != NULL; name++)
		detectors += one_run(root, *name);
	calib_names_free(names);
	assert_true(detectors > 0 && gains_checked >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_detector_of_every_golden_run_has_its_sums),
	};

	return cmocka_run_group_tests_name("det_golden", tests, NULL, NULL);
}
