/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_sim_smd.c - small-data form of datagrams: as the reference writes it */
#include "test.h"

#include <unistd.h>

#include "base/bytes.h"
#include "base/in.h"
#include "base/path.h"
#include "sim/sim.h"
#include "sim/smd.h"

struct bytes { uint8_t *at; size_t n; };

/* A whole file, unpacked when its name ends in .gz. */
static struct bytes load(const char *path)
{
	struct calib_in *in = NULL;
	struct calib_err err = CALIB_ERR_INIT;
	struct bytes b = {malloc(1 << 20), 0};
	size_t room = 1 << 20;
	long k;

	if (calib_in_open(&in, path, &err) < 0)
		fail_msg("%s", err.msg);
	while ((k = calib_in_read(in, (char *)b.at + b.n, room - b.n, &err)) > 0) {
		b.n += (size_t)k;
		if (b.n == room) {
			room *= 2;
			b.at = realloc(b.at, room);
		}
	}
	calib_in_close(in);
	return b;
}

static size_t dgram_size(const uint8_t *at)
{
	return 20 + calib_le32(at + 36);
}

/* The small form of all datagrams of a large file. */
static struct bytes transform(const struct bytes *large)
{
	struct bytes s = {malloc(2 * large->n + 4096), 0};

	for (size_t at = 0; at < large->n; at += dgram_size(large->at + at))
		s.n += calib_smd_dgram(s.at + s.n, large->at + at, dgram_size(large->at + at), at);
	return s;
}

/* The writer of the reference leaves src.phy of leaves of its own undefined: clear it. */
static void clear_undefined(struct bytes *small)
{
	for (size_t at = 0; at < small->n; at += dgram_size(small->at + at)) {
		uint8_t *xtc = small->at + at + 40;
		uint32_t type = dgram_size(small->at + at) >= 60 ? calib_le32(xtc + 12) : 0;

		if (type == 0x10059 || type == 0x1005a)
			calib_put_le32(xtc + 8, 0);
	}
}

static void small_files_are_those_of_the_reference(void **state)
{
	static const char *const roots[] = {"../shared/golden/xtc/smd", "tests/golden/xtc/smd"};
	const char *root = calib_is_dir(roots[0]) ? roots[0] : roots[1];
	char **names = NULL, path[4200];
	size_t n = 0, compared = 0;

	(void)state;
	if (calib_dir_names(&names, &n, root, NULL) < 0)
		skip();
	for (size_t i = 0; i < n; i++) {
		struct bytes large, want, got;

		if (!calib_path_suffix(names[i], ".xtc.gz"))
			continue;
		snprintf(path, sizeof path, "%s/%s", root, names[i]);
		large = load(path);
		snprintf(path, sizeof path, "%s/smalldata/%.*s.smd.xtc.gz", root,
			 (int)strlen(names[i]) - 7, names[i]);
		want = load(path);
		got = transform(&large);
		clear_undefined(&want);
		assert_int_equal(got.n, want.n);
		assert_memory_equal(got.at, want.at, want.n);
		compared++;
		free(large.at);
		free(want.at);
		free(got.at);
	}
	calib_names_free(names);
	assert_int_equal(compared, 6);
}

static uint8_t *put_xtc(uint8_t *p, uint32_t damage, uint32_t type, uint32_t extent)
{
	const uint32_t word[5] = {damage, 0x01000000, 0, type, extent};

	for (size_t i = 0; i < 5; i++)
		calib_put_le32(p + 4 * i, word[i]);
	return p + 20;
}

/* An event of 40 bytes and the extent given. */
static uint8_t *put_event(uint8_t *p, uint32_t extent)
{
	memset(p, 0, 20);
	calib_put_le32(p + 8, 12u << 24);
	return put_xtc(p + 20, 0, 1, extent);
}

static void events_without_children_are_left_out(void **state)
{
	uint8_t in[60], out[100];

	(void)state;
	put_event(in, 20);
	assert_int_equal(calib_smd_dgram(out, in, 40, 0), 0);
	put_xtc(put_event(in, 40), 0, 0, 20);		/* Any without damage */
	assert_int_equal(calib_smd_dgram(out, in, 60, 0), 0);
	put_xtc(put_event(in, 40), 2, 0, 20);		/* a placeholder counts */
	assert_int_equal(calib_smd_dgram(out, in, 60, 0), 92);
	put_xtc(put_event(in, 40), 0, 1, 20);		/* so does an empty container */
	assert_int_equal(calib_smd_dgram(out, in, 60, 0), 92);
}

static void an_incomplete_container_is_emptied_and_an_odd_one_ends_the_event(void **state)
{
	uint8_t in[140], out[200];

	(void)state;
	memset(in, 0, sizeof in);
	put_xtc(put_xtc(put_event(in, 20 + 44 + 40), 1u << 15, 1, 44), 0, 19, 24);
	put_xtc(put_xtc(in + 84, 0, 1, 40), 0, 2, 20);
	assert_int_equal(calib_smd_dgram(out, in, 124, 0x100000001), 40 + 32 + 20 + 40);
	assert_int_equal(calib_le32(out + 36), 112);
	assert_int_equal(calib_le64(out + 60), 0x100000001);
	assert_int_equal(calib_le32(out + 68), 104);
	assert_int_equal(calib_le32(out + 72 + 16), 20);
	assert_memory_equal(out + 92, in + 84, 40);

	put_xtc(put_event(in, 20 + 42 + 40), 0, 1, 42);
	assert_int_equal(calib_smd_dgram(out, in, 122, 0), 0);
}

/* Whatever the extents say, nothing outside is read or written (the sanitizer watches). */
static void broken_extents_stay_within_bounds(void **state)
{
	enum { N = 2000 };
	uint8_t *in = malloc(N), *out = malloc(N + CALIB_SMD_ADDED);
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		memset(in, 0, N);
		put_event(in, N - 20);
		for (size_t at = 40; at + 20 <= N; at += 20) {
			seed = seed * 1664525 + 1013904223;
			put_xtc(in + at, seed >> 28 == 0 ? 1u << 15 : 0, seed >> 31 ? 1 : 2,
				(seed >> 8 & 0x7f) * (seed & 8 ? 20 : 4));
		}
		assert_true(calib_smd_dgram(out, in, N, 0) <= N + CALIB_SMD_ADDED);
	}
	free(in);
	free(out);
}

static const struct calib_sim_plan *plan(const char *root)
{
	static struct calib_sim_plan p = CALIB_SIM_PLAN_INIT;

	p.exp = "xppi0613";
	p.run = 7;
	p.detectors = "Opal1000,Pixis,Jungfrau";
	p.rows = p.cols = 33;		/* an odd number of pixels */
	p.events = 12;
	p.streams = p.chunks = p.steps = 2;
	p.drop = p.damage = 0.2;
	p.smd = p.control = true;
	p.root = root;
	return &p;
}

static void the_run_writer_makes_them_of_every_file(void **state)
{
	char dir[] = "/tmp/calib-test-smd.XXXXXX", path[256], command[300];
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_sim_plan p = *plan(dir);

	(void)state;
	assert_non_null(mkdtemp(dir));
	if (calib_sim_write(&p, &err) < 0)
		fail_msg("%s", err.msg);
	for (int i = 0; i < 6; i++) {
		const char *format = "%s/xpp/xppi0613/xtc/%se000-r0007-s%02d-c%02d%s.xtc";
		int stream = i / 2 == 2 ? 80 : i / 2;
		struct bytes large, got, want;

		snprintf(path, sizeof path, format, dir, "", stream, i % 2, "");
		large = load(path);
		snprintf(path, sizeof path, format, dir, "smalldata/", stream, i % 2, ".smd");
		got = load(path);
		want = transform(&large);
		assert_int_equal(got.n, want.n);
		assert_memory_equal(got.at, want.at, want.n);
		free(large.at);
		free(got.at);
		free(want.at);
	}
	/* small files of the run that the next one would not replace */
	p.smd = false;
	assert_int_equal(calib_sim_write(&p, &err), CALIB_EEXIST);
	assert_non_null(strstr(err.msg, "smalldata/e000-r0007-s00-c00.smd.xtc: belongs to an"));
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_files_are_those_of_the_reference),
		cmocka_unit_test(events_without_children_are_left_out),
		cmocka_unit_test(an_incomplete_container_is_emptied_and_an_odd_one_ends_the_event),
		cmocka_unit_test(broken_extents_stay_within_bounds),
		cmocka_unit_test(the_run_writer_makes_them_of_every_file),
	};

	return cmocka_run_group_tests_name("sim_smd", tests, NULL, NULL);
}
