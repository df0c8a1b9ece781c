/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/bench/text.c - writing and reading arrays as text, against loops of snprintf and strtod
 * One CSPAD of values.  The loops work in memory; ours go through files, header and all. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/out.h"
#include "nda/nda.h"

enum { ROWS = 32 * 185, COLS = 388, RUNS = 5 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(int rc, const struct calib_err *err)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "text: %s\n", err->msg);
	exit(1);
}

/* The text of n values, as a plain program would write it; returns its length. */
static size_t print_loop(char *text, const float *v, size_t n, const char *format)
{
	char *p = text;

	for (size_t i = 0; i < n; i++) {
		p += snprintf(p, 40, format, (double)v[i]);
		*p++ = (i + 1) % COLS == 0 ? '\n' : ' ';
	}
	*p = '\0';
	return (size_t)(p - text);
}

static double read_loop(const char *text, size_t n)
{
	double sum = 0;
	char *end;

	for (size_t i = 0; i < n; i++, text = end)
		sum += strtod(text, &end);
	return sum;
}

static void bench(const struct calib_nda *a, const char *ours, const char *loop, char *text)
{
	const float *v = a->data;
	size_t n = a->size;
	double w0 = 1e9, w1 = 1e9, r0 = 1e9, r1 = 1e9;
	struct calib_nda_form form = {.form = CALIB_FORM_TEXT, .format = ours};
	struct calib_err err;

	for (int run = 0; run < RUNS; run++) {
		struct calib_nda back = {0};
		double t = now();

		print_loop(text, v, n, loop);
		w0 = fmin(w0, now() - t);
		t = now();
		if (read_loop(text, n) == 0)
			exit(1);
		r0 = fmin(r0, now() - t);
		t = now();
		must(calib_nda_save(a, "text-bench.txt", &form, 0, &err), &err);
		w1 = fmin(w1, now() - t);
		t = now();
		must(calib_nda_load(&back, "text-bench.txt", NULL, &err), &err);
		r1 = fmin(r1, now() - t);
		if (back.size != n)
			exit(1);
		calib_nda_release(&back);
	}
	printf("text %-9s %zu values: written in %.3f s, %4.1f x as fast as snprintf (goal 3); "
	       "read in %.3f s, %4.1f x as fast as strtod (goal 3)\n", ours ? ours : "shortest", n,
	       w1, w0 / w1, r1, r0 / r1);
}

int main(void)
{
	struct calib_nda a = {0};
	struct calib_err err;
	char *text;
	float *v;

	must(calib_nda_alloc(&a, CALIB_F32, 2, (size_t[]){ROWS, COLS}, &err), &err);
	text = malloc(a.size * 20 + 64);
	if (text == NULL)
		return 1;
	v = a.data;
	for (size_t i = 0; i < a.size; i++)
		v[i] = 1000 + 500 * (float)sin((double)i);
	bench(&a, "%.3f", "%.3f", text);
	bench(&a, NULL, "%.9g", text);
	unlink("text-bench.txt");
	calib_nda_release(&a);
	free(text);
	return 0;
}
