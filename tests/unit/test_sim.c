/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_sim.c - what the simulator writes is what the reader reads, pixel by pixel */
#include "test.h"

#include <dirent.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/path.h"
#include "det/det.h"
#include "nda/nda.h"
#include "sim/sim.h"

static char dir[64];

static int new_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/calib-test-sim.XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return system(command);
}

static struct calib_sim_plan small_plan(const char *detectors)
{
	static char truth[96];
	struct calib_sim_plan p = CALIB_SIM_PLAN_INIT;

	snprintf(truth, sizeof truth, "%s/truth", dir);
	p.exp = "xppi0613";
	p.run = 173;
	p.detectors = detectors;
	p.events = 8;
	p.rows = 17;
	p.cols = 22;
	p.root = dir;
	p.truth = truth;
	return p;
}

static void write_run(const struct calib_sim_plan *p)
{
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_sim_write(p, &err) < 0)
		fail_msg("%s", err.msg);
}

static struct calib_src *open_run(const struct calib_sim_plan *p, bool control)
{
	const struct calib_range runs = {p->run, p->run};
	const struct calib_src_opts opts = {.exp = p->exp, .runs = &runs, .nruns = 1,
					    .root = p->root, .control = control};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_src *src;

	if (calib_src_open(&src, &opts, &err) < 0)
		fail_msg("%s", err.msg);
	return src;
}

/* What was read of one source. */
struct got {
	struct calib_srcid id;
	char name[64];
	struct calib_layout layout;
	uint64_t n, *s1, *s2;
	uint16_t *lo, *hi;
	int gains_seen;		/* bits */
};

static struct got *find(struct got *got, int *n, struct calib_srcid id)
{
	for (int i = 0; i < *n; i++)
		if (calib_srcid_equal(got[i].id, id))
			return &got[i];
	assert_true(*n < 64);
	memset(&got[*n], 0, sizeof got[0]);
	got[*n].id = id;
	calib_source_name(id, got[*n].name, sizeof got[0].name);
	return &got[(*n)++];
}

static void add(struct got *g, const struct calib_object *o, const struct calib_evt *evt)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_layout l;
	struct calib_frame f, *frames[] = {&f};
	struct calib_gain gain;
	uint16_t *w;

	if (calib_det_layout(&l, o, evt->cfg, &err) != 1)
		fail_msg("%s: no layout: %s", g->name, err.msg);
	if (calib_frame_open(&f, &l, o, &err) < 0 || calib_frames_load(frames, 1, 1, &err) < 0)
		fail_msg("%s: %s", g->name, err.msg);
	w = malloc(l.size * sizeof *w);
	if (calib_frame_read(&f, &l, 0, l.size, w, &err) < 0)
		fail_msg("%s: %s", g->name, err.msg);
	if (g->n == 0) {
		g->s1 = calloc(l.size, sizeof *g->s1);
		g->s2 = calloc(l.size, sizeof *g->s2);
		g->lo = malloc(l.size * sizeof *g->lo);
		g->hi = calloc(l.size, sizeof *g->hi);
		memset(g->lo, 0xff, l.size * sizeof *g->lo);
	} else {
		assert_int_equal(l.size, g->layout.size);
	}
	g->layout = l;
	g->n++;
	if (calib_det_gain(&gain, &l, &err) > 0 && gain.range >= 0)
		g->gains_seen |= 1 << gain.range;
	for (size_t i = 0; i < l.size; i++) {
		uint16_t v = w[i] & l.data_mask;

		g->s1[i] += v;
		g->s2[i] += (uint64_t)v * v;
		g->lo[i] = v < g->lo[i] ? v : g->lo[i];
		g->hi[i] = v > g->hi[i] ? v : g->hi[i];
	}
	calib_frame_release(&f);
	free(w);
}

/* Sums of all good frames of all sources; returns how many sources. */
static int read_run(struct calib_src *src, struct got *got, uint64_t *events)
{
	const struct calib_evt *evt;
	struct calib_err err = CALIB_ERR_INIT;
	int n = 0, rc;

	*events = 0;
	while ((rc = calib_src_next(src, &evt, &err)) > 0) {
		(*events)++;
		for (size_t i = 0; i < evt->nobjects; i++) {
			const struct calib_object *o = &evt->objects[i];

			if (o->damage == 0 && calib_data_type(o->type, o->version) != NULL)
				add(find(got, &n, o->src), o, evt);
		}
	}
	if (rc < 0)
		fail_msg("%s", err.msg);
	return n;
}

static void free_got(struct got *got, int n)
{
	for (int i = 0; i < n; i++) {
		free(got[i].s1);
		free(got[i].s2);
		free(got[i].lo);
		free(got[i].hi);
	}
}

static void load(struct calib_nda *nda, const struct calib_sim_plan *p, const char *source,
                 const char *what)
{
	struct calib_err err = CALIB_ERR_INIT;
	char path[256];

	*nda = (struct calib_nda)CALIB_NDA_INIT;
	snprintf(path, sizeof path, "%s/%s-%s.npy", p->truth, source, what);
	if (calib_nda_load(nda, path, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

/* Every array of the truth, bit by bit. */
static void compare(const struct got *g, const struct calib_sim_plan *p)
{
	struct calib_nda s1, s2, n, lo, hi, ave, rms;

	load(&s1, p, g->name, "sum");
	load(&s2, p, g->name, "sum2");
	load(&n, p, g->name, "n");
	load(&lo, p, g->name, "min");
	load(&hi, p, g->name, "max");
	load(&ave, p, g->name, "ave");
	load(&rms, p, g->name, "rms");
	if (s1.size != g->layout.size)
		fail_msg("%s: %zu pixels, truth has %zu", g->name, g->layout.size, s1.size);
	if (memcmp(s1.data, g->s1, 8 * s1.size) != 0 || memcmp(s2.data, g->s2, 8 * s1.size) != 0)
		fail_msg("%s: sums differ from the truth", g->name);
	assert_memory_equal(lo.data, g->lo, 2 * s1.size);
	assert_memory_equal(hi.data, g->hi, 2 * s1.size);
	for (size_t i = 0; i < s1.size; i++) {
		double a = (double)g->s1[i] / (double)g->n;
		double v = (double)g->s2[i] / (double)g->n - a * a;

		assert_int_equal(((uint32_t *)n.data)[i], g->n);
		assert_true(((double *)ave.data)[i] == a);
		assert_true(((double *)rms.data)[i] == (v > 0 ? sqrt(v) : 0));
	}
	calib_nda_release(&s1);
	calib_nda_release(&s2);
	calib_nda_release(&n);
	calib_nda_release(&lo);
	calib_nda_release(&hi);
	calib_nda_release(&ave);
	calib_nda_release(&rms);
}

/* All names but EpixS, which no reader of the reference decodes. */
static const char *all_detectors(int *count)
{
	static char list[2048];

	list[0] = '\0';
	*count = 0;
	for (size_t i = 0; calib_sim_name(i) != NULL; i++) {
		if (strcmp(calib_sim_name(i), "EpixS") == 0)
			continue;
		if (list[0] != '\0')
			strcat(list, ",");
		strcat(list, calib_sim_name(i));
		(*count)++;
	}
	return list;
}

static void every_detector_reads_back_exactly(void **state)
{
	static struct got got[64];
	int count, n;
	struct calib_sim_plan p = small_plan(all_detectors(&count));
	uint64_t events;
	struct calib_src *src;

	(void)state;
	p.events = 11;
	p.streams = 3;
	p.chunks = 2;
	p.steps = 3;
	p.drop = p.damage = p.bright = 0.1;
	p.hot = p.dead = p.stuck = p.noisy = p.flicker = 0.01;
	write_run(&p);
	src = open_run(&p, false);
	n = read_run(src, got, &events);
	assert_int_equal(events, 11);
	assert_int_equal(n, count);
	assert_null(calib_src_problem(src, 0));
	for (int i = 0; i < n; i++) {
		const char *alias = calib_src_alias(src, got[i].id);

		compare(&got[i], &p);
		assert_non_null(alias);
		if (got[i].gains_seen != (got[i].layout.det->gains == 1 ? 0 : 7))
			fail_msg("%s: gain ranges seen: %x", got[i].name, got[i].gains_seen);
	}
	calib_src_close(src);
	free_got(got, n);
}

/* One HDF5 file in place of all XTC files; without those the Translator has no form for. */
static void the_hdf5_file_holds_the_same_run(void **state)
{
	static const char *const lost[] = {"Epix10ka2M", "Zyla", "Uxi", "Pixis", "iStar", "Alvium",
					   "Epix10kaQuad"};
	static struct got got[64];
	int count, n, jungfraus = 0;
	struct calib_sim_plan p = small_plan(all_detectors(&count));
	char path[256];
	const char *files[] = {path};
	const struct calib_src_opts opts = {.files = files, .nfiles = 1};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_src *src;
	uint64_t events;

	(void)state;
	p.events = 11;
	p.steps = 3;
	p.drop = p.damage = 0.1;
	p.hdf5 = CALIB_SIM_HDF5;
	calib_log_set_level(CALIB_ERROR);	/* no warnings about the lost ones */
	write_run(&p);
	calib_log_set_level(CALIB_WARNING);
	snprintf(path, sizeof path, "%s/xpp/xppi0613/hdf5/xppi0613-r0173.h5", dir);
	if (calib_src_open(&src, &opts, &err) < 0)
		fail_msg("%s", err.msg);
	n = read_run(src, got, &events);
	assert_int_equal(events, 11);
	assert_int_equal(n, count - (int)(sizeof lost / sizeof lost[0]));
	for (int i = 0; i < n; i++) {
		compare(&got[i], &p);
		for (size_t k = 0; k < sizeof lost / sizeof lost[0]; k++)
			assert_string_not_equal(got[i].layout.det->name, lost[k]);
		jungfraus += got[i].gains_seen == 7;
	}
	assert_int_equal(jungfraus, 1);
	calib_src_close(src);
	free_got(got, n);
}

static void every_registered_image_detector_can_be_written(void **state)
{
	const struct calib_det *det;

	(void)state;
	for (size_t i = 0; (det = calib_det_at(i)) != NULL; i++) {
		struct calib_sim_plan p = small_plan(det->name);
		struct calib_err err = CALIB_ERR_INIT;

		if (det->image && calib_sim_check(&p, &err) < 0)
			fail_msg("%s: %s", det->name, err.msg);
	}
}

static void compressed_frames_and_a_control_stream_read_back(void **state)
{
	static struct got got[64];
	struct calib_sim_plan p = small_plan("CSPAD,CSPAD2x2,OPAL1000,Quartz4A150");
	uint64_t events;
	struct calib_src *src;
	int n;

	(void)state;
	p.compress = p.control = true;
	p.streams = 2;
	p.chunks = 3;
	p.dead = 0.02;
	p.bright = 0.3;
	write_run(&p);
	src = open_run(&p, true);
	n = read_run(src, got, &events);
	assert_int_equal(events, 8);
	assert_int_equal(n, 5);
	for (int i = 0; i < n; i++)
		compare(&got[i], &p);
	assert_null(calib_src_problem(src, 0));
	calib_src_close(src);
	free_got(got, n);
}

/* One event less for every cut within the last frame; every problem is reported. */
static void truth_leaves_out_what_a_truncation_takes_away(void **state)
{
	static const uint64_t cut[] = {1, 100, 121, 900, 1500, 2200};
	static const uint64_t want[] = {8, 8, 7, 7, 6, 5};

	(void)state;
	for (size_t k = 0; k < sizeof cut / sizeof cut[0]; k++) {
		static struct got got[64];
		struct calib_sim_plan p = small_plan("Pixis");
		uint64_t events;
		struct calib_src *src;
		int n;

		p.run = 200 + (unsigned)k;
		p.truncate = cut[k];
		write_run(&p);
		src = open_run(&p, false);
		n = read_run(src, got, &events);
		assert_int_equal(events, want[k]);
		assert_int_equal(n, 1);
		compare(&got[0], &p);
		calib_src_close(src);
		free_got(got, n);
	}
}

/* Sums of the two orders of streams, of two seeds. */
static uint64_t total(unsigned streams, uint64_t seed, const char *detectors, unsigned run)
{
	struct calib_sim_plan p = small_plan(detectors);
	struct calib_nda s2;
	uint64_t sum = 0;

	p.streams = streams;
	p.seed = seed;
	p.run = run;
	p.bright = 0.2;
	write_run(&p);
	load(&s2, &p, "XppEndstation.0:Opal1000.1", "sum2");
	for (size_t i = 0; i < s2.size; i++)
		sum = sum * 31 + ((uint64_t *)s2.data)[i];
	calib_nda_release(&s2);
	return sum;
}

static void content_depends_on_seed_and_source_only(void **state)
{
	const char *one = "XppEndstation.0:Opal1000.1";
	const char *two = "CSPAD2x2,OPAL1000@XppEndstation.0:Opal1000.1,Tm6740";
	uint64_t first = total(1, 1, one, 300);

	(void)state;
	assert_true(total(5, 1, one, 301) == first);
	assert_true(total(2, 1, two, 302) == first);
	assert_true(total(1, 2, one, 303) != first);
}

static void noise_is_gaussian_and_the_pedestal_unbiased(void **state)
{
	struct calib_sim_plan p = small_plan("Pixis");
	struct calib_nda ave, rms;
	double m1 = 0, m2 = 0;

	(void)state;
	p.events = 1000;
	p.rows = p.cols = 64;
	p.noise = 10;
	write_run(&p);
	load(&ave, &p, "MecTargetChamber.0:Pixis.1", "ave");
	load(&rms, &p, "MecTargetChamber.0:Pixis.1", "rms");
	for (size_t i = 0; i < rms.size; i++) {
		double r = ((double *)rms.data)[i];

		/* sigma 8 to 12.5 ADU; the error of a rms of 1000 values is 2.2 %, 6 of them */
		assert_true(r > 8 * 0.86 && r < 12.5 * 1.14);
		m1 += r;
		m2 += ((double *)ave.data)[i];
	}
	/* uniform between 8 and 12.5: 10.25 +- 1.3 / sqrt(4096) of the pixels themselves */
	assert_true(fabs(m1 / (double)rms.size - 10.25) < 0.08);
	assert_true(m2 / (double)rms.size > 600 && m2 / (double)rms.size < 720);
	calib_nda_release(&ave);
	calib_nda_release(&rms);
}

static void impossible_plans_are_refused_with_a_sentence(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_sim_plan p = small_plan("Acqiris");

	(void)state;
	assert_int_equal(calib_sim_check(&p, &err), CALIB_EINVAL);
	assert_non_null(strstr(err.msg, "'Acqiris' is not a detector that can be simulated"));
	calib_err_clear(&err);
	p = small_plan("OPAL1000@XppEndstation.0:Cspad.0");
	assert_int_equal(calib_sim_check(&p, &err), CALIB_EINVAL);
	calib_err_clear(&err);
	p = small_plan("CSPAD,XppGon.0:Cspad.0");
	assert_int_equal(calib_sim_check(&p, &err), CALIB_EINVAL);
	assert_non_null(strstr(err.msg, "given twice"));
	calib_err_clear(&err);
	p = small_plan("CSPAD");
	p.hot = 0.6;
	p.dead = 0.6;
	assert_int_equal(calib_sim_check(&p, &err), CALIB_EINVAL);
	calib_err_clear(&err);
	p = small_plan("Jungfrau");
	p.gains = "0,3";
	assert_int_equal(calib_sim_check(&p, &err), CALIB_EINVAL);
	assert_non_null(strstr(err.msg, "gain ranges 0 to 2, not 3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_detector_reads_back_exactly, new_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(the_hdf5_file_holds_the_same_run, new_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(every_registered_image_detector_can_be_written,
						new_dir, remove_dir),
		cmocka_unit_test_setup_teardown(compressed_frames_and_a_control_stream_read_back,
						new_dir, remove_dir),
		cmocka_unit_test_setup_teardown(truth_leaves_out_what_a_truncation_takes_away,
						new_dir, remove_dir),
		cmocka_unit_test_setup_teardown(content_depends_on_seed_and_source_only, new_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(noise_is_gaussian_and_the_pedestal_unbiased,
						new_dir, remove_dir),
		cmocka_unit_test_setup_teardown(impossible_plans_are_refused_with_a_sentence,
						new_dir, remove_dir),
	};

	return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
