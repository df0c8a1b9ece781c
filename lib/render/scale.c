/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/scale.c - the range of values that a picture shows */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/median.h"
#include "base/parse.h"
#include "render/picture.h"

enum { KINDS = 16 };

/* "A:B", either end may be any number. */
static bool two_numbers(double out[2], const char *text)
{
	const char *stop;

	out[0] = calib_strtod(text, text + strlen(text), &stop);
	if (stop == text || *stop != ':')
		return false;
	text = stop + 1;
	out[1] = calib_strtod(text, text + strlen(text), &stop);
	return stop != text && *stop == '\0' && isfinite(out[0]) && isfinite(out[1]);
}

int calib_scale_parse(struct calib_scale *scale, const char *text, struct calib_err *err)
{
	static const struct {
		const char *word;
		enum calib_scale_kind kind;
		double lo, hi;
	} forms[] = {
		{"q:", CALIB_SCALE_QUANTILES, 0, 1}, {"sigma:", CALIB_SCALE_SIGMA, -1e6, 1e6},
		{"", CALIB_SCALE_GIVEN, -INFINITY, INFINITY}};
	static const struct { const char *word; enum calib_scale_kind kind; } words[] = {
		{"auto", CALIB_SCALE_AUTO}, {"minmax", CALIB_SCALE_MINMAX},
		{"reference", CALIB_SCALE_REFERENCE}};
	double ends[2];

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(text, words[i].word) == 0) {
			*scale = (struct calib_scale){words[i].kind, 0, 0};
			return CALIB_OK;
		}
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		size_t n = strlen(forms[i].word);

		if (strncmp(text, forms[i].word, n) == 0 && two_numbers(ends, text + n)
		    && ends[0] < ends[1] && ends[0] >= forms[i].lo && ends[1] <= forms[i].hi) {
			*scale = (struct calib_scale){forms[i].kind, ends[0], ends[1]};
			return CALIB_OK;
		}
	}
	return calib_fail(err, CALIB_EINVAL, "'%s' is not auto, minmax, reference, A:B, q:A:B with "
	                  "0 <= A < B <= 1, or sigma:A:B with A < B", text);
}

/* The good values; *n of them. */
static double *good_values(const struct calib_picture *p, size_t *n, struct calib_err *err)
{
	double *v = calib_alloc(p->count[CALIB_CELL_GOOD], sizeof *v, "values", err);

	*n = 0;
	for (size_t i = 0; v != NULL && i < p->rows * p->cols; i++)
		if (p->cell[i] == CALIB_CELL_GOOD)
			v[(*n)++] = p->value[i];
	return v;
}

static void extremes(double range[2], const double *v, size_t n)
{
	range[0] = range[1] = v[0];
	for (size_t i = 1; i < n; i++) {
		range[0] = v[i] < range[0] ? v[i] : range[0];
		range[1] = v[i] > range[1] ? v[i] : range[1];
	}
}

static void quantiles(double range[2], double *v, size_t n, double a, double b)
{
	range[0] = calib_kth(v, n, (size_t)floor(a * (double)(n - 1)));
	range[1] = calib_kth(v, n, (size_t)ceil(b * (double)(n - 1)));
}

/* Light falls on some pixels, some are hot: neither shall take the colours from the others. */
static void automatic(double range[2], const struct calib_picture *p, double *v, size_t n)
{
	double kinds[KINDS], all[2], wide;

	extremes(all, v, n);
	if (calib_picture_kinds(kinds, KINDS, p) > 0) {
		memcpy(range, all, sizeof all);
		return;
	}
	quantiles(range, v, n, 0.005, 0.995);
	wide = 0.1 * (range[1] - range[0]);
	range[0] = fmax(range[0] - wide, all[0]);
	range[1] = fmin(range[1] + wide, all[1]);
}

static void sigmas(double range[2], const double *v, size_t n, double a, double b)
{
	double mean = 0, sum = 0, sigma;

	for (size_t i = 0; i < n; i++)
		mean += v[i];
	mean /= (double)n;
	for (size_t i = 0; i < n; i++)
		sum += (v[i] - mean) * (v[i] - mean);
	sigma = sqrt(sum / (double)n);
	range[0] = mean + a * sigma;
	range[1] = mean + b * sigma;
}

int calib_scale_range(double range[2], const struct calib_scale *s, const struct calib_picture *p,
                      struct calib_err *err)
{
	double *v, wide;
	size_t n;

	range[0] = 0;
	range[1] = 1;
	if (s->kind == CALIB_SCALE_GIVEN) {
		range[0] = s->a;
		range[1] = s->b;
		return CALIB_OK;
	}
	if (p->count[CALIB_CELL_GOOD] == 0)
		return CALIB_OK;
	if ((v = good_values(p, &n, err)) == NULL)
		return CALIB_ENOMEM;
	if (s->kind == CALIB_SCALE_AUTO) {
		automatic(range, p, v, n);
	} else if (s->kind == CALIB_SCALE_QUANTILES) {
		quantiles(range, v, n, s->a, s->b);
	} else if (s->kind == CALIB_SCALE_SIGMA) {
		sigmas(range, v, n, s->a, s->b);
	} else {
		extremes(range, v, n);
		wide = s->kind == CALIB_SCALE_REFERENCE ? 0.05 * (range[1] - range[0]) : 0;
		range[0] -= wide;
		range[1] += wide;
	}
	if (!(range[0] < range[1])) {	/* of numbers beyond 2^52 half a unit is nothing */
		double half = fmax(0.5, fabs(range[0]) * 1e-15);

		range[0] -= half;
		range[1] += half;
	}
	free(v);
	return CALIB_OK;
}
