/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_hdf5_src.c - the golden HDF5 files as runs: every case, pixel by pixel */
#include "json.h"
#include "test.h"

#include <hdf5.h>

#include "base/path.h"
#include "det/det.h"
#include "nda/h5.h"

/* Frames of one source as they are stored, in doubles. */
struct frames {
	size_t n, size;			/* size: of a frame */
	double *v;
	int dtype, ndim;
	size_t dim[CALIB_NDA_MAXDIM];
	int bits;
};

struct pick { const char *source; int step; const char *codes; int threads; };

static char root[4096];

static const char *golden(const char *name, char buf[8400])
{
	snprintf(buf, 8400, "%s/%s", root, name);
	return buf;
}

static struct calib_src *open_run(const char *name)
{
	struct calib_src_opts opts = {.files = &name, .nfiles = 1};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_src *src = NULL;

	if (calib_src_open(&src, &opts, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	return src;
}

static bool wanted(const struct calib_object *o, const struct calib_evt *evt,
                   const struct pick *pick)
{
	char name[96];

	if (o->array == NULL || o->damage != 0 || o->place.size == 0
	    || (pick->step >= 0 && evt->step != pick->step))
		return false;
	return pick->source == NULL
	       || strcmp(calib_source_name(o->src, name, sizeof name), pick->source) == 0;
}

/* Stored sections in stored order: what the golden numbers are of. */
static size_t stored_size(const struct calib_layout *l)
{
	return l->array->nsections ? (size_t)l->array->nsections * l->size / l->dim[0] : l->size;
}

static void keep(struct frames *f, const struct calib_frame *frame, const struct calib_layout *l)
{
	size_t n = stored_size(l), part = l->array->nsections ? l->size / l->dim[0] : l->size;
	struct calib_err err = CALIB_ERR_INIT;

	f->v = realloc(f->v, (f->n + 1) * n * sizeof *f->v);
	f->size = n;
	f->dtype = (int)l->dtype;
	f->ndim = l->ndim;
	f->bits = l->bits;
	memcpy(f->dim, l->dim, sizeof f->dim);
	for (size_t k = 0; k * part < n; k++) {
		size_t from = l->array->nsections ? l->array->section[k] * part : 0;
		double *to = f->v + f->n * n + k * part;

		/* in two parts, so that a start inside a piece is tested */
		if (calib_frame_reals(frame, l, from, part / 3, to, &err) < 0
		    || calib_frame_reals(frame, l, from + part / 3, part - part / 3,
		                         to + part / 3, &err) < 0)
			fail_msg("%s", err.msg);
	}
	f->n++;
}

static struct frames read_frames(struct calib_src *src, const struct pick *pick)
{
	struct calib_filter filter = {0};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_layout layout[64];
	struct calib_frame frame[64], *list[64];
	struct frames f = {0};
	const struct calib_evt *evt;
	size_t n = 0;

	if (pick->codes != NULL)
		assert_int_equal(calib_codes_parse(&filter.codes, pick->codes, NULL), CALIB_OK);
	while (calib_filter_next(&filter, src, &evt, &err) == 1)
		for (size_t i = 0; i < evt->nobjects; i++) {
			const struct calib_object *o = &evt->objects[i];

			if (!wanted(o, evt, pick))
				continue;
			assert_true(n < 64);
			if (calib_det_layout(&layout[n], o, evt->cfg, &err) != 1
			    || calib_frame_open(&frame[n], &layout[n], o, &err) < 0)
				fail_msg("%s", err.msg);
			list[n] = &frame[n];
			n++;
		}
	assert_int_equal(err.code, 0);
	if (calib_frames_load(list, n, pick->threads, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < n; i++)
		keep(&f, &frame[i], &layout[i]);
	for (size_t i = 0; i < n; i++)
		calib_frame_release(&frame[i]);
	return f;
}

static void compare_map(const struct json *c, const char *what, const double *have, size_t n)
{
	struct calib_nda want = CALIB_NDA_INIT;
	struct calib_h5 *file = NULL;
	char path[8400], name[256];

	assert_int_equal(calib_h5_open(&file, golden("expected.h5", path), NULL), CALIB_OK);
	snprintf(name, sizeof name, "/%s/%s", c->key, what);
	assert_int_equal(calib_h5_get(file, name, &want, NULL), CALIB_OK);
	assert_int_equal(want.size, n);
	for (size_t i = 0; i < n; i++)
		if (!(fabs(((double *)want.data)[i] - have[i]) <= 1e-9 * (1 + fabs(have[i]))))
			fail_msg("%s %s: pixel %zu: %.17g, expected %.17g", c->key, what, i,
			         have[i], ((double *)want.data)[i]);
	calib_nda_release(&want);
	calib_h5_close(file);
}

/* The shape of the golden file is that of the stored array; a CSPAD has sections of it. */
static void compare_shape(const struct json *c, const struct frames *f)
{
	size_t total = 1;
	int i = 0;

	for (const struct json *d = json_get(c, "shape")->child; d != NULL; d = d->next, i++) {
		total *= (size_t)d->number;
		if (f->dim[0] != 32)
			assert_int_equal(f->dim[i], d->number);
	}
	assert_int_equal(total, f->size);
	if (f->dim[0] != 32)
		assert_int_equal(f->ndim, i);
	if (strcmp(json_str(c, "dtype"), ">u2") != 0)
		assert_string_equal(calib_dtype_name((enum calib_dtype)f->dtype),
		                    json_str(c, "dtype"));
	if (json_get(c, "depth") != NULL)
		assert_int_equal(f->bits, json_num(c, "depth"));
}

static void compare(const struct json *c, struct frames *f)
{
	double *mean = calloc(f->size, sizeof *mean), *rms = calloc(f->size, sizeof *rms);
	double sum = 0, min = INFINITY, max = -INFINITY;

	if ((double)f->n != json_num(c, "events_valid"))
		fail_msg("%s: %zu events, expected %g", c->key, f->n, json_num(c, "events_valid"));
	compare_shape(c, f);
	for (size_t i = 0; i < f->n * f->size; i++) {
		mean[i % f->size] += f->v[i];
		sum += f->v[i];
		min = fmin(min, f->v[i]);
		max = fmax(max, f->v[i]);
	}
	for (size_t i = 0; i < f->size; i++)
		mean[i] /= (double)f->n;
	for (size_t i = 0; i < f->n * f->size; i++)
		rms[i % f->size] += (f->v[i] - mean[i % f->size]) * (f->v[i] - mean[i % f->size]);
	for (size_t i = 0; i < f->size; i++)
		rms[i] = sqrt(rms[i] / (double)f->n);
	if (sum != json_num(c, "sum") || min != json_get(c, "min")->number
	    || max != json_get(c, "max")->number)
		fail_msg("%s: sum %.17g min %g max %g", c->key, sum, min, max);
	compare_map(c, "mean", mean, f->size);
	compare_map(c, "rms", rms, f->size);
	free(mean);
	free(rms);
	free(f->v);
}

/* By the whole file, where its form tells the source. */
static void case_by_file(const struct json *c, const char *path, bool all_steps)
{
	char name[8400], source[128] = "", *slash;
	struct pick pick = {NULL, -1, NULL, 4};
	struct calib_src *src = open_run(golden(json_str(c, "file"), name));
	struct frames f;

	if (strncmp(path, "/Configure", 10) == 0) {
		snprintf(source, sizeof source, "%.*s", (int)(strrchr(path, '/') - path), path);
		slash = strrchr(source, '/');
		pick.source = slash + 1;
		pick.step = all_steps ? -1 : 0;
	}
	pick.codes = strstr(c->key, "evcode_not140") ? "-140" : strstr(c->key, "evcode140")
		? "140" : NULL;
	f = read_frames(src, &pick);
	compare(c, &f);
	calib_src_close(src);
}

/* A second pass and another number of threads give the same. */
static void case_by_path(const struct json *c, const char *path)
{
	char file[8400], name[9000];
	struct pick pick = {NULL, -1, NULL, 1};
	struct calib_src *src;
	struct frames f;

	snprintf(name, sizeof name, "%s:%s", golden(json_str(c, "file"), file), path);
	src = open_run(name);
	f = read_frames(src, &pick);
	compare(c, &f);
	assert_int_equal(calib_src_rewind(src, NULL), CALIB_OK);
	pick.threads = 4;
	f = read_frames(src, &pick);
	compare(c, &f);
	assert_null(calib_src_problem(src, 0));
	calib_src_close(src);
}

static void every_case_has_its_pixels(void **state)
{
	char path[8400];
	struct json *all = json_load(golden("expected.json", path));
	int n = 0;

	(void)state;
	for (const struct json *c = all->child; c != NULL; c = c->next, n++) {
		const struct json *p = json_get(c, "path");
		const char *first = p->kind == '[' ? p->child->text : p->text;
		bool codes = strstr(c->key, "evcode") != NULL;

		if (strncmp(json_str(c, "file"), "generic", 7) != 0)
			case_by_file(c, first, p->kind == '[');
		if (p->kind != '[' && !codes)
			case_by_path(c, first);
		p = json_get(c, "alias_paths");
		for (p = p ? p->child : NULL; p != NULL; p = p->next)
			case_by_path(c, p->text);
	}
	assert_true(n >= 20);
	json_free(all);
}

static void steps_and_times_are_in_order(void **state)
{
	char path[8400];
	struct calib_src *src = open_run(golden("translator-cxitut13-r0010.h5", path));
	const struct calib_evt *evt;
	uint64_t last = 0, n = 0, with_opal[2] = {0, 0};
	int step = 0;

	(void)state;
	while (calib_src_next(src, &evt, NULL) == 1) {
		uint64_t now = (uint64_t)evt->sec << 32 | evt->nsec;

		assert_int_equal(evt->index, n++);
		assert_int_equal(evt->run, 10);
		if (evt->step != step) {
			assert_int_equal(evt->step, step + 1);
			step = evt->step;
			last = 0;
		}
		assert_true(now > last);
		last = now;
		assert_int_equal(evt->fiducial, evt->step == 0 ? 30000 + 3 * evt->index
		                                               : evt->fiducial);
		for (size_t i = 0; i < evt->nobjects; i++) {
			char name[96];

			calib_source_name(evt->objects[i].src, name, sizeof name);
			with_opal[evt->step] += strcmp(name, "CxiEndstation.0:Opal1000.1") == 0;
			for (size_t k = 0; k < i; k++)
				assert_false(calib_srcid_equal(evt->objects[i].src,
				                               evt->objects[k].src));
		}
	}
	assert_int_equal(step, 1);
	assert_int_equal(with_opal[0], 5);
	assert_int_equal(with_opal[1], 7);
	assert_int_equal(n, 9 + 7);
	assert_null(calib_src_problem(src, 0));
	calib_src_close(src);
}

static void event_codes_are_those_of_the_event(void **state)
{
	static const unsigned first[] = {40, 140};
	char path[8400];
	struct calib_src *src = open_run(golden("translator-cxitut13-r0010.h5", path));
	const struct calib_evt *evt;
	uint8_t codes[16];
	bool has_evr;
	long n;

	(void)state;
	assert_int_equal(calib_src_next(src, &evt, NULL), 1);
	n = calib_evr_codes(evt, codes, sizeof codes, &has_evr, NULL);
	assert_true(has_evr);
	assert_int_equal(n, 2);
	for (long i = 0; i < n; i++)
		assert_int_equal(codes[i], first[i]);
	assert_int_equal(calib_src_next(src, &evt, NULL), 1);
	assert_int_equal(calib_evr_codes(evt, codes, sizeof codes, &has_evr, NULL), 1);
	assert_int_equal(codes[0], 40);
	calib_src_close(src);
}

static void corrected_data_are_told(void **state)
{
	static const struct { const char *file, *word; } list[] = {
		{"translator-cxitut13-r0010.h5", NULL},
		{"translator-calibrated-cxitut13-r0011.h5", "calibrated"},
		{"o2o-short-cxi80410-r0004.h5", NULL}, {"cheetah-cxi02116-r0008.cxi", "CXI"},
		{"LCLS_2014_May13_r0010_170000_7530.h5", "Cheetah"},
		{"smalldata-xpptut15-run240.h5", "smalldata"},
		{"generic.h5:/scan/f64", NULL},
	};

	(void)state;
	for (size_t k = 0; k < sizeof list / sizeof list[0]; k++) {
		char path[8400];
		struct calib_src *src = open_run(golden(list[k].file, path));
		const struct calib_evt *evt;

		while (calib_src_next(src, &evt, NULL) == 1)
			for (size_t i = 0; i < evt->nobjects; i++) {
				const char *why = calib_src_calibrated(src, evt->objects[i].src);

				if (list[k].word == NULL)
					assert_null(why);
				else
					assert_non_null(strstr(why, list[k].word));
			}
		calib_src_close(src);
	}
}

static void runs_and_names_are_known(void **state)
{
	static const struct { const char *file, *alias; unsigned run; } list[] = {
		{"cheetah-cxi02116-r0008.cxi", "/entry_1/instrument_1/detector_1/data", 8},
		{"LCLS_2014_May13_r0010_170000_7530.h5", "/data/rawdata0", 10},
		{"smalldata-xpptut15-run240.h5", "/epix_1/ROI_0_area", 240},
		{"generic.h5:/soft", "/soft", 0},
	};

	(void)state;
	for (size_t k = 0; k < sizeof list / sizeof list[0]; k++) {
		char path[8400], name[96];
		struct calib_src *src = open_run(golden(list[k].file, path));
		const struct calib_evt *evt;
		struct calib_srcid id;

		assert_int_equal(calib_src_next(src, &evt, NULL), 1);
		assert_int_equal(evt->run, list[k].run);
		assert_int_equal(evt->nobjects, 1);
		assert_string_equal(calib_source_name(evt->objects[0].src, name, sizeof name),
		                    "NoDetector.0:NoDevice.0");
		assert_string_equal(calib_src_alias(src, evt->objects[0].src), list[k].alias);
		assert_true(calib_src_by_alias(src, list[k].alias, &id));
		assert_true(calib_srcid_equal(id, evt->objects[0].src));
		calib_src_close(src);
	}
}

static void what_is_no_run_says_why(void **state)
{
	static const struct { const char *name, *says; } list[] = {
		{"generic.h5", "which data set?"},
		{"generic.h5:/scan/nothing", "has no data set '/scan/nothing'"},
		{"generic.h5:/scan", "HDF5 cannot open the data set"},
		{"smalldata-xpptut15-run240.h5:/fiducials", "a list of numbers is no list of "
		 "events"},
	};

	(void)state;
	for (size_t k = 0; k < sizeof list / sizeof list[0]; k++) {
		char path[8400];
		const char *name = golden(list[k].name, path);
		struct calib_src_opts opts = {.files = &name, .nfiles = 1};
		struct calib_err err = CALIB_ERR_INIT;
		struct calib_src *src = NULL;

		assert_true(calib_src_open(&src, &opts, &err) < 0);
		if (strstr(err.msg, list[k].says) == NULL)
			fail_msg("%s: %s", list[k].name, err.msg);
	}
}

static void nothing_of_hdf5_stays_open(void **state)
{
	static const H5I_type_t kinds[] = {H5I_FILE, H5I_GROUP, H5I_DATASPACE, H5I_DATASET,
		H5I_ATTR};
	hsize_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (H5Inmembers(kinds[i], &n) >= 0)
			assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_has_its_pixels),
		cmocka_unit_test(steps_and_times_are_in_order),
		cmocka_unit_test(event_codes_are_those_of_the_event),
		cmocka_unit_test(corrected_data_are_told),
		cmocka_unit_test(runs_and_names_are_known),
		cmocka_unit_test(what_is_no_run_says_why),
		cmocka_unit_test(nothing_of_hdf5_stays_open),
	};

	if (test_golden("hdf5/expected.json", root) == NULL) {
		puts("no golden HDF5 files");
		return 77;
	}
	*strrchr(root, '/') = '\0';
	return cmocka_run_group_tests_name("hdf5_src", tests, NULL, NULL);
}
