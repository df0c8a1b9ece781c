/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/golden_run.h - unpack a golden XTC run into a directory of its own */
#ifndef CALIB_TEST_GOLDEN_RUN_H
#define CALIB_TEST_GOLDEN_RUN_H
#include "test.h"

#include <dirent.h>
#include <unistd.h>

#include "base/in.h"
#include "base/path.h"
#include "src/src.h"

struct golden_run {
	char dir[64], json[4200];
	char *files[64];
	size_t n;
};

/* The golden runs: the directories that have an expected.json. */
static inline char **golden_runs(char root[4096])
{
	static const char *const roots[] = {"../shared/golden/xtc", "tests/golden/xtc"};
	char **names = NULL;
	size_t n;

	for (size_t i = 0; i < 2; i++) {
		snprintf(root, 4096, "%s", roots[i]);
		if (calib_is_dir(root) && calib_dir_names(&names, &n, root, NULL) >= 0)
			return names;
	}
	return NULL;
}

static inline void golden_unpack(const char *from, const char *to)
{
	struct calib_in *in = NULL;
	char buf[65536];
	FILE *f = fopen(to, "w");
	long k;

	assert_non_null(f);
	assert_int_equal(calib_in_open(&in, from, NULL), CALIB_OK);
	while ((k = calib_in_read(in, buf, sizeof buf, NULL)) > 0)
		assert_int_equal(fwrite(buf, 1, (size_t)k, f), k);
	assert_int_equal(k, 0);
	calib_in_close(in);
	fclose(f);
}

/* false: not a run */
static inline bool golden_open(struct golden_run *run, const char *root, const char *name)
{
	char path[8400], to[400], **names = NULL;
	size_t n = 0;

	snprintf(run->json, sizeof run->json, "%s/%s/expected.json", root, name);
	if (!calib_is_file(run->json))
		return false;
	snprintf(run->dir, sizeof run->dir, "/tmp/calib-golden-XXXXXX");
	assert_non_null(mkdtemp(run->dir));
	snprintf(path, sizeof path, "%s/%s", root, name);
	assert_int_equal(calib_dir_names(&names, &n, path, NULL), CALIB_OK);
	run->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (!calib_path_suffix(names[i], ".xtc.gz"))
			continue;
		snprintf(path, sizeof path, "%s/%s/%s", root, name, names[i]);
		snprintf(to, sizeof to, "%s/%.*s", run->dir, (int)strlen(names[i]) - 3, names[i]);
		golden_unpack(path, to);
		run->files[run->n++] = strdup(to);
	}
	calib_names_free(names);
	return true;
}

static inline void golden_close(struct golden_run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		unlink(run->files[i]);
		free(run->files[i]);
	}
	rmdir(run->dir);
}

static inline struct calib_src *golden_src(const struct golden_run *run)
{
	struct calib_src_opts opts = {.files = (const char *const *)run->files,
		.nfiles = run->n, .control = true};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_src *src = NULL;

	if (calib_src_open(&src, &opts, &err) < 0)
		fail_msg("%s: %s", run->json, err.msg);
	return src;
}
#endif
