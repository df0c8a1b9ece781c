/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_xtc_bad.c - a small run that is cut, overwritten, or of a version nobody knows:
 * every good event is delivered, every fault is named with file and byte, nothing is guessed */
#include "test.h"

#include <unistd.h>

#include "base/bytes.h"
#include "det/det.h"
#include "sim/sim.h"

enum { MAXSIZE = 1 << 21, EVENTS = 3, MAXGRAMS = 64, NDETS = 3 };

static char dir[64], path[160];
static uint8_t *run, *copy;	/* the run; a damaged one */
static size_t size;
static size_t start[MAXGRAMS], ngrams;	/* datagrams */
static size_t event_end[EVENTS];

static void save(const uint8_t *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
	struct calib_sim_plan p = CALIB_SIM_PLAN_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	char from[160];
	size_t events = 0;
	FILE *f;

	(void)state;
	strcpy(dir, "/tmp/calib-test-bad.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	p.exp = "xppi0613";
	p.run = 7;
	p.detectors = "Zyla,Opal1000,Tm6740";
	p.events = EVENTS;
	p.rows = p.cols = 5;
	p.root = dir;
	if (calib_sim_write(&p, &err) < 0)
		fail_msg("%s", err.msg);
	snprintf(from, sizeof from, "%s/xpp/xppi0613/xtc/e000-r0007-s00-c00.xtc", dir);
	snprintf(path, sizeof path, "%s/e000-r0007-s00-c00.xtc", dir);
	run = malloc(MAXSIZE);
	copy = malloc(MAXSIZE);
	f = fopen(from, "rb");
	assert_true(run != NULL && copy != NULL && f != NULL);
	size = fread(run, 1, MAXSIZE, f);
	fclose(f);
	assert_true(size > 1000 && size < 20000);
	for (size_t at = 0; at < size; at += 20 + calib_le32(run + at + 36)) {
		start[ngrams++] = at;
		if ((calib_le32(run + at + 8) >> 24 & 15) == 12)
			event_end[events++] = at + 20 + calib_le32(run + at + 36);
	}
	assert_int_equal(events, EVENTS);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	free(run);
	free(copy);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return system(command);
}

/* What came of reading the file at path. */
struct seen { size_t events, frames, problems; bool opened; char problem[512]; };

/* Every frame that can be opened is read whole, and lies within the file. */
static void read_frames(const struct calib_evt *evt, struct seen *seen)
{
	for (size_t i = 0; i < evt->nobjects; i++) {
		const struct calib_object *o = &evt->objects[i];
		struct calib_err err = CALIB_ERR_INIT;
		struct calib_layout l;
		struct calib_frame f;
		uint16_t *words;

		if (o->damage != 0 || calib_det_layout(&l, o, evt->cfg, &err) != 1
		    || l.size > 1000000 || calib_frame_open(&f, &l, o, &err) < 0)
			continue;
		words = malloc(l.size * sizeof *words);
		assert_non_null(words);
		assert_true(o->place.offset + o->place.size <= MAXSIZE);
		if (calib_frame_read(&f, &l, 0, l.size, words, &err) >= 0)
			seen->frames++;
		free(words);
		calib_frame_release(&f);
	}
}

static struct seen read_run(void)
{
	const char *files[] = {path};
	const struct calib_src_opts opts = {.files = files, .nfiles = 1};
	struct calib_err err = CALIB_ERR_INIT;
	struct seen seen = {0};
	struct calib_src *src;
	const struct calib_evt *evt;
	const char *problem;

	if (calib_src_open(&src, &opts, &err) < 0) {
		assert_true(err.msg[0] != '\0');
		return seen;
	}
	seen.opened = true;
	while (calib_src_next(src, &evt, &err) == 1) {
		uint8_t codes[256];
		bool has;
		struct calib_err evr = CALIB_ERR_INIT;

		seen.events++;
		if (calib_evr_codes(evt, codes, sizeof codes, &has, &evr) < 0)
			assert_true(evr.msg[0] != '\0');
		read_frames(evt, &seen);
	}
	while ((problem = calib_src_problem(src, seen.problems)) != NULL) {
		assert_non_null(strstr(problem, "e000-r0007-s00-c00.xtc: byte "));
		if (seen.problems++ == 0)
			snprintf(seen.problem, sizeof seen.problem, "%s", problem);
	}
	calib_src_close(src);
	return seen;
}

static bool at_boundary(size_t n)
{
	for (size_t i = 0; i < ngrams; i++)
		if (start[i] == n)
			return true;
	return n == size;
}

static void a_run_cut_at_any_byte_gives_all_whole_events(void **state)
{
	(void)state;
	for (size_t n = size + 2; n-- > 0;) {	/* from one byte too many on */
		struct seen seen;
		size_t want = 0;

		save(run, n);
		for (size_t i = 0; i < EVENTS; i++)
			want += event_end[i] <= n;
		seen = read_run();
		assert_true(seen.opened);
		assert_int_equal(seen.events, want);
		assert_int_equal(seen.frames, NDETS * want);
		assert_int_equal(seen.problems, at_boundary(n) ? 0 : 1);
		if (seen.problems)
			assert_non_null(strstr(seen.problem, "incomplete"));
	}
}

static uint32_t draw(uint64_t *s)
{
	*s = *s * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*s >> 33);
}

static void random_bytes_never_do_harm(void **state)
{
	uint64_t s = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		int n = 1 + (int)(draw(&s) % 4);

		memcpy(copy, run, size);
		while (n-- > 0) {
			size_t at = draw(&s) % (size - 4);
			uint32_t v = draw(&s) % 4 == 0 ? 0xffffffffu : draw(&s);

			calib_put_le32(copy + at, v);
		}
		save(copy, size);
		assert_true(read_run().events <= EVENTS + 1);
	}
	for (size_t i = 0; i < size; i++)
		copy[i] = (uint8_t)draw(&s);
	save(copy, size);
	assert_int_equal(read_run().events, 0);
}

/* Byte of the n-th object of a type among the objects of all events; 0: none */
static size_t find_object(uint32_t type, size_t nth)
{
	for (size_t at = start[0] + 40; at + 20 <= size; at += 4)
		if (calib_le32(run + at + 12) == type && run[at + 7] == 1 && nth-- == 0)
			return at;
	return 0;
}

static void extents_that_point_outside_are_named_with_their_byte(void **state)
{
	static const uint32_t bad[] = {0, 8, 19, 1u << 20, 0xfffffff0u, 0xffffffffu};
	size_t at = find_object(0x1006f, 1);	/* the second Zyla frame */
	char want[64];

	(void)state;
	assert_true(at > 0);
	snprintf(want, sizeof want, "byte %zu: extent", at);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct seen seen;

		memcpy(copy, run, size);
		calib_put_le32(copy + at + 16, bad[i]);
		save(copy, size);
		seen = read_run();
		assert_int_equal(seen.events, EVENTS);
		assert_true(seen.frames >= NDETS * EVENTS - NDETS && seen.frames < NDETS * EVENTS);
		assert_true(seen.problems > 0);
		assert_non_null(strstr(seen.problem, want));
	}
}

static void a_bad_datagram_ends_its_file_only(void **state)
{
	static const uint32_t bad[] = {0, 19, 268435437u, 0xffffffffu};
	struct seen seen;
	char want[64];

	(void)state;
	snprintf(want, sizeof want, "byte %zu: datagram extent", start[ngrams - 4]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		/* the last event stands before Disable, EndCalibCycle, EndRun */
		memcpy(copy, run, size);
		calib_put_le32(copy + start[ngrams - 4] + 36, bad[i]);
		save(copy, size);
		seen = read_run();
		assert_int_equal(seen.events, EVENTS - 1);
		assert_int_equal(seen.problems, 1);
		assert_non_null(strstr(seen.problem, want));
	}
}

static void an_unknown_version_is_named_not_guessed(void **state)
{
	static const uint16_t types[] = {2, 11, 17, 28, 41, 50, 56, 61, 67, 75, 81, 97, 108, 111,
		114, 116, 118, 123};
	char name[16], want[64];

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct calib_object o = {.src = {1u << 24, 0}, .type = types[i], .version = 9,
			.place = {.size = 1000, .mem = run, .file = "x"}};
		struct calib_err err = CALIB_ERR_INIT;
		struct calib_layout l;

		assert_int_equal(calib_det_layout(&l, &o, NULL, &err), CALIB_ENOTFOUND);
		snprintf(want, sizeof want, "type %s version 9",
			 calib_type_name(types[i], name));
		assert_non_null(strstr(err.msg, want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_cut_at_any_byte_gives_all_whole_events),
		cmocka_unit_test(random_bytes_never_do_harm),
		cmocka_unit_test(extents_that_point_outside_are_named_with_their_byte),
		cmocka_unit_test(a_bad_datagram_ends_its_file_only),
		cmocka_unit_test(an_unknown_version_is_named_not_guessed),
	};

	return cmocka_run_group_tests_name("xtc_bad", tests, set_up, tear_down);
}
