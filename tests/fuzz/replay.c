/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/replay.c - run a fuzz target on its corpus, tests/fuzz/corpus/<target>, or on the
 * files given as arguments, without libFuzzer */
#include <errno.h>
#include <glob.h>

#include "fuzz.h"

enum { MAX_FILE = 1 << 20, SMALL = 8192, CUTS = 16 };

/* A file whole, and a small one cut at some lengths: what a full disk or a dead writer leaves. */
static void replay(const char *path)
{
	static uint8_t bytes[MAX_FILE];
	FILE *f = fopen(path, "rb");
	size_t n;

	CHECK(f != NULL);
	n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	printf("%s\n", path);
	fflush(stdout);		/* the last one named is the one that broke */
	for (size_t i = n <= SMALL ? 0 : CUTS; i <= CUTS; i++) {
		size_t k = n * i / CUTS;
		char *copy = fuzz_copy(bytes, k);

		LLVMFuzzerTestOneInput((uint8_t *)copy, k);
		free(copy);
	}
}

int main(int argc, char **argv)
{
	const char *target = program_invocation_short_name + strlen("fuzz_");
	char pattern[256];
	glob_t found;

	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc > 1)
		return 0;
	snprintf(pattern, sizeof pattern, "tests/fuzz/corpus/%s/*", target);
	if (glob(pattern, 0, NULL, &found) != 0) {
		printf("%s: no such file: nothing was tested\n", pattern);
		return 1;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		replay(found.gl_pathv[i]);
	globfree(&found);
	return 0;
}
