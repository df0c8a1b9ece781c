/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/status.c - criteria to status bits, with limits per detector, segment or ASIC */
#include "algo/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/median.h"
#include "base/mem.h"

/* A row a criterion: its words, and its bit in each layout. */
static const struct {
	const char *text;
	uint16_t bit[CALIB_NBITS];
} criteria[CALIB_NCRITERIA] = {
	[CALIB_RMS_HIGH] = {"rms high", {1, 1, 1}},
	[CALIB_RMS_LOW] = {"rms low", {2, 8, 8}},
	[CALIB_SATURATED] = {"saturated", {4, 0, 2}},
	[CALIB_COLD] = {"cold", {8, 0, 4}},
	[CALIB_AVE_HIGH] = {"average high", {16, 2, 16}},
	[CALIB_AVE_LOW] = {"average low", {32, 4, 32}},
	[CALIB_GAIN_SWITCH] = {"wrong gain bits", {64, 0, 0}},
	[CALIB_FLICKER] = {"flicker", {128, 0, 0}},
	[CALIB_CONSTANT] = {"constant", {256, 0, 0}},
	[CALIB_NO_VALUE] = {"no value", {512, 0, 0}},
};

static const char *const layouts[CALIB_NBITS] = {
	[CALIB_BITS_NEW] = "new", [CALIB_BITS_2015] = "2015", [CALIB_BITS_2016] = "2016",
};

const char *calib_criterion_text(enum calib_criterion c)
{
	return criteria[c].text;
}

int calib_bits_parse(const char *word)
{
	for (int i = 0; i < CALIB_NBITS; i++)
		if (strcmp(layouts[i], word) == 0)
			return i;
	return -1;
}

const char *calib_bits_name(enum calib_bits layout)
{
	return layouts[layout];
}

uint16_t calib_bits_value(enum calib_bits layout, enum calib_criterion c)
{
	return criteria[c].bit[layout];
}

double calib_status_auto(const double *ave, const double *rms, size_t n, double thr_min,
                         double thr_max)
{
	double centre = 0, width = thr_max;

	for (int pass = 0; pass < 3; pass++) {
		double s1 = 0, s2 = 0, mean = 0, sigma = 0;
		size_t k = 0;

		for (size_t i = 0; i < n; i++) {
			double d = rms[i] - centre;

			if (!(ave[i] >= thr_min && ave[i] <= thr_max && fabs(d) <= width))
				continue;
			s1 += d;
			s2 += d * d;
			k++;
		}
		if (k > 0) {
			mean = s1 / (double)k;
			sigma = s2 / (double)k - mean * mean;
			sigma = sigma > 0 ? sqrt(sigma) : 0;
		}
		centre += mean;
		width = 5 * sigma;
	}
	return centre + width;
}

/* ---- parts: detector, segment, ASIC ---- */

static size_t part_count(const struct calib_status_input *in, enum calib_per per)
{
	return per == CALIB_PER_SEGMENT ? in->nsegments
	       : per == CALIB_PER_ASIC  ? calib_asics_count(&in->asics)
				       : 1;
}

/* The pixels of part number 'part' into list; returns how many. */
static size_t part_pixels(const struct calib_status_input *in, enum calib_per per, size_t part,
                          size_t *list)
{
	size_t n = per == CALIB_PER_SEGMENT ? in->segment : in->size;

	if (per == CALIB_PER_ASIC)
		return calib_asics_pixels(&in->asics, part, list);
	for (size_t i = 0; i < n; i++)
		list[i] = part * n + i;
	return n;
}

/* ---- centre and spread over pixels ---- */

struct spread { double centre, sigma; };

static struct spread robust_spread(double *v, size_t n)
{
	struct spread s = {calib_median(v, n), 0};

	for (size_t i = 0; i < n; i++)
		v[i] = fabs(v[i] - s.centre);
	s.sigma = CALIB_SIGMA_OF_MAD * calib_median(v, n);
	return s;
}

static struct spread plain_spread(const double *v, size_t n)
{
	long double sum = 0, sum2 = 0, mean;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	mean = sum / (long double)n;
	for (size_t i = 0; i < n; i++)
		sum2 += (v[i] - mean) * (v[i] - mean);
	return (struct spread){(double)mean, (double)sqrtl(sum2 / (long double)n)};
}

/* ---- limits ---- */

struct limits { double rms_lo, rms_hi, ave_lo, ave_hi; };
struct work {
	const struct calib_status_input *in;
	const struct calib_status_params *p;
	double rms_hi;			/* absolute: INFINITY none */
	bool rms_sigma;			/* does the n-sigma rule for high rms apply? */
	size_t *list;
	double *value;
	bool *missing;			/* per segment */
};

static bool takes_part(const struct work *w, size_t i)
{
	return w->p->counted || w->in->n == NULL || w->in->n[i] > 0;
}

/* Centre and spread of a part; none of its pixels has a value: 0 and 0. */
static struct spread spread_of(const struct work *w, const double *from, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (takes_part(w, w->list[i]))
			w->value[k++] = from[w->list[i]];
	if (k == 0)
		return (struct spread){0, 0};
	return w->p->robust ? robust_spread(w->value, k) : plain_spread(w->value, k);
}

/* centre + nsigma * sigma where nsigma is set, but within the absolute bounds. */
static void bound(double *lo, double *hi, struct spread s, double nlo, double nhi)
{
	if (nlo > 0)
		*lo = fmax(s.centre - nlo * s.sigma, *lo);
	if (nhi > 0)
		*hi = fmin(s.centre + nhi * s.sigma, *hi);
}

static struct limits limits_of(const struct work *w, size_t n)
{
	const struct calib_status_params *p = w->p;
	double nhi = w->rms_sigma ? p->rms_nhi : 0;
	struct limits l = {p->rms_lo, w->rms_hi, p->ave_lo, p->ave_hi};

	if (p->rms_nlo > 0 || nhi > 0)
		bound(&l.rms_lo, &l.rms_hi, spread_of(w, w->in->rms, n), p->rms_nlo, nhi);
	if (p->ave_nlo > 0 || p->ave_nhi > 0)
		bound(&l.ave_lo, &l.ave_hi, spread_of(w, w->in->ave, n), p->ave_nlo, p->ave_nhi);
	return l;
}

/* More than the fraction of the arrays? */
static bool too_many(const struct work *w, const uint32_t *count, size_t i)
{
	double fraction = w->p->fraction;

	if (count == NULL || w->in->frames == 0)
		return false;
	if (w->p->a16)
		return (float)count[i] / (float)w->in->frames > (float)fraction;
	if (w->p->counted)
		return (double)count[i] > trunc(fraction * (double)w->in->frames);
	return (double)count[i] > fraction * (double)w->in->frames;
}

/* Bits 1 << criterion. */
static unsigned criteria_of(const struct work *w, const struct limits *l, size_t i)
{
	const struct calib_status_input *in = w->in;
	double ave = in->ave[i], rms = in->rms[i];
	unsigned c = 0;

	c |= (unsigned)(rms > l->rms_hi) << CALIB_RMS_HIGH;
	c |= (unsigned)(rms < l->rms_lo) << CALIB_RMS_LOW;
	c |= (unsigned)(ave > l->ave_hi) << CALIB_AVE_HIGH;
	c |= (unsigned)(ave < l->ave_lo) << CALIB_AVE_LOW;
	c |= (unsigned)too_many(w, in->nhi, i) << CALIB_SATURATED;
	c |= (unsigned)too_many(w, in->nlo, i) << CALIB_COLD;
	c |= (unsigned)(in->nbadgain != NULL && in->nbadgain[i] > 0) << CALIB_GAIN_SWITCH;
	if (w->p->counted)
		return c;
	if (in->n != NULL) {
		double rejected = (double)in->frames - (double)in->n[i];

		c |= (unsigned)(rejected > 0.1 * (double)in->frames) << CALIB_FLICKER;
		c |= (unsigned)(in->n[i] == 0) << CALIB_NO_VALUE;
	}
	c |= (unsigned)(rms == 0 && (in->n == NULL || in->n[i] > 1)) << CALIB_CONSTANT;
	if (w->missing[i / in->segment])
		c |= 1u << CALIB_NO_VALUE;
	return c;
}

/* All zeros: no ADC with a sensor behind it is that quiet. */
bool calib_status_missing(const struct calib_status_input *in, size_t segment)
{
	const double *ave = in->ave + segment * in->segment, *rms = in->rms + segment * in->segment;
	size_t i = 0;

	while (i < in->segment && ave[i] == 0 && rms[i] == 0)
		i++;
	return in->nsegments > 1 && i == in->segment;
}

static uint16_t word_of(enum calib_bits layout, unsigned criteria_bits)
{
	unsigned word = 0;

	for (int c = 0; c < CALIB_NCRITERIA; c++)
		if (criteria_bits & 1u << c)
			word |= criteria[c].bit[layout];
	return (uint16_t)word;
}

static void count_word(struct calib_status_summary *s, enum calib_bits layout, uint16_t word)
{
	for (int c = 0; c < CALIB_NCRITERIA; c++)
		s->count[c] += (criteria[c].bit[layout] & word) != 0;
	s->bad += word != 0;
	s->size++;
}

static void widen(struct calib_status_summary *s, const struct limits *l, bool first)
{
	s->rms_max = first ? l->rms_hi : fmax(s->rms_max, l->rms_hi);
	s->rms_min = first ? l->rms_lo : fmin(s->rms_min, l->rms_lo);
	s->ave_max = first ? l->ave_hi : fmax(s->ave_max, l->ave_hi);
	s->ave_min = first ? l->ave_lo : fmin(s->ave_min, l->ave_lo);
}

static void fill(const struct work *w, uint16_t *status, struct calib_status_summary *sum)
{
	size_t parts = part_count(w->in, w->p->per);

	for (size_t s = 0; s < w->in->nsegments; s++)
		w->missing[s] = calib_status_missing(w->in, s);
	for (size_t part = 0; part < parts; part++) {
		size_t n = part_pixels(w->in, w->p->per, part, w->list);
		struct limits l = limits_of(w, n);

		widen(sum, &l, part == 0);
		for (size_t i = 0; i < n; i++) {
			size_t pixel = w->list[i];

			status[pixel] = word_of(w->p->layout, criteria_of(w, &l, pixel));
			count_word(sum, w->p->layout, status[pixel]);
			sum->missing += w->missing[pixel / w->in->segment];
		}
	}
}

static int check(const struct calib_status_input *in, const struct calib_status_params *p,
                 struct calib_err *err)
{
	if (in->nsegments == 0 || in->segment == 0 || in->nsegments * in->segment != in->size)
		return calib_fail(err, CALIB_ESHAPE, "%zu pixels are not %zu segments of %zu",
				  in->size, in->nsegments, in->segment);
	if (p->ave_lo > p->ave_hi)
		return calib_fail(err, CALIB_EINVAL,
				  "the least average %g is above the largest, %g", p->ave_lo,
				  p->ave_hi);
	if (p->rms_rule == CALIB_RMS_ABSOLUTE && p->rms_lo > p->rms_hi)
		return calib_fail(err, CALIB_EINVAL, "the least rms %g is above the largest, %g",
		                  p->rms_lo, p->rms_hi);
	return CALIB_OK;
}

int calib_status(const struct calib_status_input *in, const struct calib_status_params *p,
                 uint16_t *status, struct calib_status_summary *summary, struct calib_err *err)
{
	struct calib_status_summary own = {{0}, 0, 0, 0, 0, 0, 0, 0};
	struct work w = {.in = in, .p = p, .rms_hi = INFINITY};
	int rc = check(in, p, err);

	if (rc < 0)
		return rc;
	if (p->rms_rule == CALIB_RMS_ABSOLUTE)
		w.rms_hi = p->rms_hi;
	else if (p->rms_rule == CALIB_RMS_AUTO)
		w.rms_hi = calib_status_auto(in->ave, in->rms, in->size, p->ave_lo, p->ave_hi);
	w.rms_sigma = p->rms_rule != CALIB_RMS_NONE;
	w.list = calib_alloc(in->size, sizeof *w.list, "pixel list", err);
	w.value = calib_alloc(in->size, sizeof *w.value, "pixel values", err);
	w.missing = calib_alloc(in->nsegments, sizeof *w.missing, "segments", err);
	if (w.list != NULL && w.value != NULL && w.missing != NULL)
		fill(&w, status, &own);
	else
		rc = CALIB_ENOMEM;
	if (summary != NULL)
		*summary = own;
	free(w.list);
	free(w.value);
	free(w.missing);
	return rc;
}

void calib_status_by_segment(const struct calib_status_input *in, enum calib_bits layout,
                             const uint16_t *status, size_t segment,
                             struct calib_status_summary *summary)
{
	*summary = (struct calib_status_summary){{0}, 0, 0, 0, 0, 0, 0, 0};
	for (size_t i = 0; i < in->segment; i++)
		count_word(summary, layout, status[segment * in->segment + i]);
}
