/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/plot/reporttab.c - the tables of a report: numbers, bad pixels, sensors, constants in force
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algo/status.h"
#include "base/median.h"
#include "base/mem.h"
#include "plot/report.h"
#include "store/dir.h"

enum { SHOWN_BITS = 32 };		/* the script has so many of each cell */
#define ODD_SIGMA 5			/* a sensor that far from the others is marked */

static void put_table(struct calib_str *s, const char *title, const char *heads)
{
	calib_str_addf(s, "<h2>%s</h2>\n<div class=\"scroll\"><table>\n<thead><tr>%s</tr></thead>\n"
	               "<tbody>\n", title, heads);
}

static void end_table(struct calib_str *s)
{
	calib_str_add(s, "</tbody></table></div>\n");
}

/* ---- numbers of each array ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void put_numbers(struct calib_str *s, const char *name, const struct calib_nda *nda)
{
	static const double percent[] = {0, 0.001, 0.01, 0.5, 0.99, 0.999, 1};
	double *v = calib_alloc(nda->size, sizeof *v, "values", NULL), mean = 0, sum = 0;
	size_t n = 0;

	for (size_t i = 0; v != NULL && i < nda->size; i++) {
		v[n] = calib_nda_get(nda, i);
		n += isfinite(v[n]) != 0;
	}
	s->failed = s->failed || v == NULL;
	calib_str_addf(s, "<tr><th scope=\"row\">%s</th>", name);
	for (size_t i = 0; i < n; i++)
		mean += v[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		sum += (v[i] - mean) * (v[i] - mean) / (double)n;
	if (n > 0)
		qsort(v, n, sizeof *v, by_value);
	for (size_t k = 0; k < sizeof percent / sizeof *percent; k++) {
		double at = percent[k] * (double)(n - 1);

		/* as quantiles of ranges: the upper ones from above */
		report_number(s, "%.6g",
			      n > 0 ? v[(size_t)(percent[k] > 0.5 ? ceil(at) : floor(at))]
				    : (double)NAN);
	}
	report_number(s, "%.6g", n > 0 ? mean : (double)NAN);
	report_number(s, "%.6g", n > 0 ? sqrt(sum) : (double)NAN);
	calib_str_addf(s, "<td class=\"num\">%zu</td></tr>\n", nda->size - n);
	free(v);
}

/* ---- bad pixels ---- */

static void put_bits(struct calib_str *s, const struct report *r)
{
	const uint64_t *w = r->status.data;
	size_t bad = 0, n = r->status.size;

	put_table(s, "Bad pixels", "<th>Bit</th><th>Meaning</th><th>Pixels</th><th>Per cent</th>");
	for (int bit = 0; bit < 64; bit++) {
		uint64_t mask = UINT64_C(1) << bit;
		const char *text = "not known";
		size_t count = 0;

		for (size_t i = 0; i < n; i++)
			count += (w[i] & mask) != 0;
		for (int c = 0; c < CALIB_NCRITERIA; c++)
			if (calib_bits_value(CALIB_BITS_NEW, (enum calib_criterion)c) == mask)
				text = calib_criterion_text((enum calib_criterion)c);
		if (count == 0)
			continue;
		if (bit >= SHOWN_BITS)
			calib_str_addf(s, "<tr><td class=\"num\">%llu</td>",
			               (unsigned long long)mask);
		else
			calib_str_addf(
				s,
				"<tr><td class=\"num\"><button type=\"button\" data-bit=\"%d\" "
				"aria-pressed=\"false\">%llu</button></td>",
				bit, (unsigned long long)mask);
		report_cell(s, text);
		calib_str_addf(s, "<td class=\"num\">%zu</td>", count);
		report_number(s, "%.4f", 100. * (double)count / (double)n);
		calib_str_add(s, "</tr>\n");
	}
	for (size_t i = 0; i < n; i++)
		bad += w[i] != 0;
	calib_str_addf(s, "<tr><th scope=\"row\" colspan=\"2\">any</th><td class=\"num\">%zu</td>",
		       bad);
	report_number(s, "%.4f", n > 0 ? 100. * (double)bad / (double)n : 0);
	calib_str_add(s, "</tr>\n");
	end_table(s);
	calib_str_add(s,
		      "<p class=\"soft\">A click on a bit shows its pixels in the pictures.</p>\n");
}

/* ---- sensors ---- */

struct part { double ave, rms, low, high; size_t bad; };

/* Pixel k of a part: sensors of a CSPAD2x2 lie in each other. */
static size_t pixel_at(const struct report *r, size_t gain, size_t seg, size_t k)
{
	const struct calib_nda *a = &r->array[REPORT_AVE];
	bool woven = a->ndim == 3 && a->dim[2] == 2 && r->parts.segments == 2;

	return woven ? k * 2 + seg : (gain * r->parts.segments + seg) * r->parts.pixels + k;
}

static struct part measure(const struct report *r, size_t gain, size_t seg)
{
	struct part p = {0, 0, INFINITY, -INFINITY, 0};
	size_t n = 0;

	for (size_t k = 0; k < r->parts.pixels; k++) {
		size_t i = pixel_at(r, gain, seg, k);
		double a = calib_nda_get(&r->array[REPORT_AVE], i);
		double d = calib_nda_get(&r->array[REPORT_RMS], i);

		if (r->status.size > 0 && ((const uint64_t *)r->status.data)[i] != 0) {
			p.bad++;
		} else if (isfinite(a) && isfinite(d)) {
			p.ave += a;
			p.rms += d;
			p.low = fmin(p.low, a);
			p.high = fmax(p.high, a);
			n++;
		}
	}
	p.ave = n > 0 ? p.ave / (double)n : (double)NAN;
	p.rms = n > 0 ? p.rms / (double)n : (double)NAN;
	return p;
}

/* How far from the middle of all, in their own spread; 0 with fewer than four of them. */
static double distance(const double *v, size_t n, size_t i)
{
	double *work = calib_alloc(n, sizeof *work, "sensors", NULL), middle, spread, d = 0;
	size_t m = 0;

	for (size_t k = 0; work != NULL && k < n; k++)
		if (isfinite(v[k]))
			work[m++] = v[k];
	if (m >= 4 && isfinite(v[i])) {
		middle = calib_median(work, m);
		for (size_t k = 0; k < m; k++)
			work[k] = fabs(work[k] - middle);
		spread = CALIB_SIGMA_OF_MAD * calib_median(work, m);
		d = spread > 0 ? fabs(v[i] - middle) / spread : 0;
	}
	free(work);
	return d;
}

static void put_sensors(struct calib_str *s, const struct report *r)
{
	size_t n = r->parts.gains * r->parts.segments;
	struct part *p = calib_alloc(n, sizeof *p, "sensors", NULL);
	double *ave = calib_alloc(2 * n, sizeof *ave, "sensors", NULL);
	double *rms = ave != NULL ? ave + n : NULL;

	put_table(
		s, "Sensors",
		"<th>Gain</th><th>Sensor</th><th>Mean pedestal</th><th>Lowest</th>"
		"<th>Highest</th><th>Mean noise</th><th>Bad pixels</th><th>Per cent</th><th></th>");
	for (size_t i = 0; p != NULL && ave != NULL && i < n; i++) {
		p[i] = measure(r, i / r->parts.segments, i % r->parts.segments);
		ave[i] = p[i].ave;
		rms[i] = p[i].rms;
	}
	for (size_t i = 0; p != NULL && ave != NULL && i < n; i++) {
		size_t gain = i / r->parts.segments, from = gain * r->parts.segments;
		bool odd_a = distance(ave + from, r->parts.segments, i - from) > ODD_SIGMA;
		bool odd_r = distance(rms + from, r->parts.segments, i - from) > ODD_SIGMA;

		calib_str_add(s, "<tr>");
		report_cell(s, r->parts.names != NULL ? r->parts.names[gain] : NULL);
		calib_str_addf(s, "<td class=\"num\">%zu</td>", i - from);
		report_number(s, "%.6g", p[i].ave);
		report_number(s, "%.6g", isfinite(p[i].low) ? p[i].low : (double)NAN);
		report_number(s, "%.6g", isfinite(p[i].high) ? p[i].high : (double)NAN);
		report_number(s, "%.5g", p[i].rms);
		calib_str_addf(s, "<td class=\"num\">%zu</td>", p[i].bad);
		report_number(s, "%.3f", 100. * (double)p[i].bad / (double)r->parts.pixels);
		report_cell(s, odd_a && odd_r ? "pedestal and noise unlike the others"
			       : odd_a        ? "pedestal unlike the others"
			       : odd_r        ? "noise unlike the others"
					      : "");
		calib_str_add(s, "</tr>\n");
	}
	end_table(s);
	free(ave);
	free(p);
}

/* ---- constants in force ---- */

static void put_change(struct calib_str *s, const struct report *r)
{
	const struct calib_nda *ave = &r->array[REPORT_AVE], *rms = &r->array[REPORT_RMS];
	double *v = calib_alloc(ave->size, sizeof *v, "changes", NULL), shift;
	size_t n = 0, moved = 0;

	for (size_t i = 0; v != NULL && i < ave->size; i++) {
		double d = calib_nda_get(ave, i) - calib_nda_get(&r->ruling, i);
		double noise = calib_nda_get(rms, i);

		if (isfinite(d) && noise > 0) {
			moved += fabs(d) > 5 * noise;
			v[n++] = d;
		}
	}
	s->failed = s->failed || v == NULL;
	shift = n > 0 ? calib_median(v, n) : (double)NAN;
	calib_str_add(s, "<h2>Against the pedestals in force</h2>\n<p>");
	calib_str_quote_html(s, r->ruling_path.s);
	calib_str_addf(
		s,
		": the median pixel changed by %.5g, %zu of %zu pixels (%.3f %%) by more than "
		"5 times their noise.</p>\n",
		shift, moved, n, n > 0 ? 100. * (double)moved / (double)n : 0);
	free(v);
}

static void put_files(struct calib_str *s, const struct report *r, const char *type)
{
	struct calib_str dir = CALIB_STR_INIT, runs = CALIB_STR_INIT;
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	struct calib_span *spans = NULL;
	size_t n = 0;

	if (calib_dir_type_path(&dir, r->calib, r->source, type, NULL) >= 0
	    && calib_dirfiles_list(&files, dir.s, NULL) >= 0
	    && calib_dirfiles_spans(&files, &spans, &n, NULL) >= 0) {
		calib_spans_group(spans, n);
		for (size_t i = 0, at = 0; i < files.ngood; i++) {
			size_t own = calib_spans_of(spans + at, n - at, i);

			calib_str_clear(&runs);
			calib_spans_text(&runs, &files, spans + at, n - at, i);
			at += own;
			calib_str_add(s, "<tr>");
			report_cell(s, type);
			report_cell(s, files.file[i].name);
			report_cell(s, runs.len > 0 ? runs.s : "none, others hide it");
			calib_str_add(s, "</tr>\n");
		}
	}
	free(spans);
	calib_dirfiles_release(&files);
	calib_str_release(&runs);
	calib_str_release(&dir);
}

void report_tables(struct calib_str *s, const struct report *r)
{
	static const char *const names[] = {"pedestals (average)", "noise (rms)", "smallest",
					    "largest"};

	put_table(s, "Numbers",
		  "<th></th><th>Min</th><th>0.1 %</th><th>1 %</th><th>Median</th><th>99 %"
		  "</th><th>99.9 %</th><th>Max</th><th>Mean</th><th>Std</th><th>Not finite</th>");
	for (int i = 0; i < REPORT_TRACE; i++)
		if (r->array[i].size > 0)
			put_numbers(s, names[i], &r->array[i]);
	end_table(s);
	if (r->status.size > 0)
		put_bits(s, r);
	put_sensors(s, r);
	if (r->ruling.size > 0)
		put_change(s, r);
	if (r->calib != NULL && r->source != NULL) {
		put_table(s, "Constants in the calibration directory",
		          "<th>Type</th><th>File</th><th>Rules the runs</th>");
		put_files(s, r, "pedestals");
		put_files(s, r, "pixel_rms");
		put_files(s, r, "pixel_status");
		end_table(s);
	}
}
