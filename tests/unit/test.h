/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test.h - cmocka and the headers it wants first */
#ifndef CALIB_TEST_H
#define CALIB_TEST_H
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* test_golden - path of a golden file, NULL when it is neither beside the project nor in it */
static inline const char *test_golden(const char *name, char buf[4096])
{
	static const char *const roots[] = {"../shared/golden", "tests/golden"};

	for (size_t i = 0; i < 2; i++) {
		FILE *f;

		snprintf(buf, 4096, "%s/%.4000s", roots[i], name);
		f = fopen(buf, "r");
		if (f != NULL) {
			fclose(f);
			return buf;
		}
	}
	return NULL;
}
#endif
