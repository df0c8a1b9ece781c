/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/plot/reportpart.c - the tables of a report that go by sensors and by ASICs */
#include <math.h>
#include <stdlib.h>

#include "base/median.h"
#include "base/mem.h"
#include "det/asics.h"
#include "plot/report.h"

#define ODD_SIGMA 5			/* a part that far from the others is marked */

struct part { double ave, rms, low, high; size_t good, bad, pixels, bit[64]; };

/* The gain ranges of the run, each cut into n parts: sensors or ASICs. */
struct parts {
	size_t n;
	uint32_t *of;			/* part of each pixel of one gain range */
	struct part *list;		/* n for each gain range */
};

static void parts_release(struct parts *p)
{
	free(p->of);
	free(p->list);
}

static void add(struct part *p, double ave, double rms, uint64_t word)
{
	p->pixels++;
	if (word != 0) {
		p->bad++;
		for (; word != 0; word &= word - 1)
			p->bit[__builtin_ctzll(word)]++;
	} else if (isfinite(ave) && isfinite(rms)) {
		p->ave += ave;
		p->rms += rms;
		p->low = fmin(p->low, ave);
		p->high = fmax(p->high, ave);
		p->good++;
	}
}

/* One pass over the run in the order of its memory. */
static void measure(struct parts *p, const struct report *r)
{
	const struct calib_nda *ave = &r->array[REPORT_AVE], *rms = &r->array[REPORT_RMS];
	const uint64_t *w = r->status.data;
	size_t size = ave->size / r->parts.gains, n = p->n * r->parts.gains;

	for (size_t i = 0; i < n; i++)
		p->list[i] = (struct part){.low = INFINITY, .high = -INFINITY};
	for (size_t g = 0; g < r->parts.gains; g++)
		for (size_t i = 0; i < size; i++) {
			size_t at = g * size + i;

			add(&p->list[g * p->n + p->of[i]], calib_nda_get(ave, at),
			    calib_nda_get(rms, at), r->status.size > 0 ? w[at] : 0);
		}
	for (size_t i = 0; i < n; i++) {
		struct part *q = &p->list[i];

		q->ave = q->good > 0 ? q->ave / (double)q->good : (double)NAN;
		q->rms = q->good > 0 ? q->rms / (double)q->good : (double)NAN;
		q->low = q->good > 0 ? q->low : (double)NAN;
		q->high = q->good > 0 ? q->high : (double)NAN;
	}
}

/* asics NULL: the sensors; those of a CSPAD2x2 lie in each other. */
static int parts_of(struct parts *p, const struct report *r, const struct calib_asics *asics,
                    struct calib_err *err)
{
	size_t size = r->array[REPORT_AVE].size / r->parts.gains, *list = NULL;

	*p = (struct parts){asics != NULL ? calib_asics_count(asics) : r->parts.segments, NULL,
			    NULL};
	p->of = calib_alloc(size, sizeof *p->of, "parts of the detector", err);
	if (p->of != NULL)
		p->list = calib_alloc(p->n * r->parts.gains, sizeof *p->list, "parts", err);
	if (p->list != NULL && asics != NULL)
		list = calib_alloc(size, sizeof *list, "pixels of an ASIC", err);
	if (p->list == NULL || (asics != NULL && list == NULL))
		return CALIB_ENOMEM;
	for (size_t k = 0; asics != NULL && k < p->n; k++) {
		size_t n = calib_asics_pixels(asics, k, list);

		for (size_t i = 0; i < n; i++)
			p->of[list[i]] = (uint32_t)k;
	}
	for (size_t i = 0; asics == NULL && i < size; i++)
		p->of[i] = (uint32_t)(r->woven ? i % p->n : i / r->parts.pixels);
	free(list);
	measure(p, r);
	return CALIB_OK;
}

/* How far part i is from the middle of all n, in their own spread; 0 with fewer than four. */
static double distance(const struct part *p, size_t n, size_t i, bool rms)
{
	double *work = calib_alloc(n, sizeof *work, "parts", NULL), middle, spread, d = 0;
	double own = rms ? p[i].rms : p[i].ave;
	size_t m = 0;

	for (size_t k = 0; work != NULL && k < n; k++) {
		work[m] = rms ? p[k].rms : p[k].ave;
		m += isfinite(work[m]) != 0;
	}
	if (m >= 4 && isfinite(own)) {
		middle = calib_median(work, m);
		for (size_t k = 0; k < m; k++)
			work[k] = fabs(work[k] - middle);
		spread = CALIB_SIGMA_OF_MAD * calib_median(work, m);
		d = spread > 0 ? fabs(own - middle) / spread : 0;
	}
	free(work);
	return d;
}

/* ---- rows ---- */

/* "0-184" of each dimension but those of one pixel, which are a number */
static void put_box(struct calib_str *s, const struct calib_asics *asics, size_t k)
{
	size_t first[CALIB_NDA_MAXDIM], extent[CALIB_NDA_MAXDIM];

	calib_asics_box(asics, k, first, extent);
	for (int i = 0; i < asics->ndim; i++) {
		calib_str_addf(s, "%s%zu", i > 0 ? ", " : "<td class=\"num\">", first[i]);
		if (extent[i] > 1)
			calib_str_addf(s, "-%zu", first[i] + extent[i] - 1);
	}
	calib_str_add(s, "</td>");
}

static void put_name(struct calib_str *s, const struct report *r, const struct calib_asics *asics,
                     size_t gain, size_t k)
{
	if (r->parts.gains > 1)
		report_cell(s, r->parts.names != NULL ? r->parts.names[gain] : NULL);
	if (asics != NULL)
		put_box(s, asics, k);
	else
		calib_str_addf(s, "<td class=\"num\">%zu</td>", k);
}

static void put_part(struct calib_str *s, const struct part *all, size_t n, size_t k)
{
	const struct part *p = &all[k];
	bool ave = distance(all, n, k, false) > ODD_SIGMA,
	     rms = distance(all, n, k, true) > ODD_SIGMA;

	report_number(s, "%.6g", p->ave);
	report_number(s, "%.6g", p->low);
	report_number(s, "%.6g", p->high);
	report_number(s, "%.5g", p->rms);
	calib_str_addf(s, "<td class=\"num\">%zu</td>", p->bad);
	report_number(s, "%.3f", 100. * (double)p->bad / (double)p->pixels);
	report_cell(s, ave && rms ? "pedestal and noise unlike the others"
	               : ave      ? "pedestal unlike the others"
	               : rms      ? "noise unlike the others"
				  : "");
}

static void put_parts(struct calib_str *s, const struct report *r, const struct parts *p,
                      const struct calib_asics *asics)
{
	calib_str_add(s, "<div class=\"scroll\"><table>\n<thead><tr>");
	if (r->parts.gains > 1)
		calib_str_add(s, "<th>Gain</th>");
	calib_str_addf(s,
		       "<th>%s</th><th>Mean pedestal</th><th>Lowest</th><th>Highest</th>"
		       "<th>Mean noise</th><th>Bad pixels</th><th>Per cent</th><th></th></tr>"
		       "</thead>\n<tbody>\n",
		       asics != NULL ? "Pixels of the array" : "Sensor");
	for (size_t i = 0; i < p->n * r->parts.gains; i++) {
		calib_str_add(s, "<tr>");
		put_name(s, r, asics, i / p->n, i % p->n);
		put_part(s, p->list + i / p->n * p->n, p->n, i % p->n);
		calib_str_add(s, "</tr>\n");
	}
	calib_str_add(s, "</tbody></table></div>\n");
}

/* Rows of sensors, columns of the bits that occur. */
static void put_bits(struct calib_str *s, const struct report *r, const struct parts *p)
{
	uint64_t any = 0;

	for (size_t i = 0; i < p->n * r->parts.gains; i++)
		for (int b = 0; b < 64; b++)
			any |= p->list[i].bit[b] > 0 ? UINT64_C(1) << b : 0;
	if (any == 0)
		return;
	calib_str_add(s,
		      "<details><summary>Bad pixels of each sensor by bit</summary>\n<div "
		      "class=\"scroll\"><table>\n<thead><tr>");
	if (r->parts.gains > 1)
		calib_str_add(s, "<th>Gain</th>");
	calib_str_add(s, "<th>Sensor</th>");
	for (uint64_t w = any; w != 0; w &= w - 1)
		calib_str_addf(s, "<th>%s</th>", report_bit(__builtin_ctzll(w)));
	calib_str_add(s, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < p->n * r->parts.gains; i++) {
		calib_str_add(s, "<tr>");
		put_name(s, r, NULL, i / p->n, i % p->n);
		for (uint64_t w = any; w != 0; w &= w - 1)
			calib_str_addf(s, "<td class=\"num\">%zu</td>",
			               p->list[i].bit[__builtin_ctzll(w)]);
		calib_str_add(s, "</tr>\n");
	}
	calib_str_add(s, "</tbody></table></div></details>\n");
}

int report_parts(struct calib_str *s, const struct report *r, struct calib_err *err)
{
	struct calib_asics asics;
	struct parts p;
	int rc = parts_of(&p, r, NULL, err);

	calib_str_add(s, "<h2>Sensors</h2>\n");
	if (rc >= 0) {
		put_parts(s, r, &p, NULL);
		put_bits(s, r, &p);
	}
	parts_release(&p);
	calib_asics_of(&asics, r->source != NULL ? calib_det_of_source(r->source) : NULL,
	               &r->array[REPORT_AVE], r->parts.gains);
	if (rc < 0 || calib_asics_count(&asics) == r->parts.segments)
		return rc;
	rc = parts_of(&p, r, &asics, err);
	calib_str_addf(s, "<details><summary>The %zu ASICs</summary>\n", calib_asics_count(&asics));
	if (rc >= 0)
		put_parts(s, r, &p, &asics);
	calib_str_add(s, "</details>\n");
	parts_release(&p);
	return rc;
}
