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
	for (size_t k = 0; k < sizeof percent / sizeof *percent; k++) {
		double at = percent[k] * (double)(n > 0 ? n - 1 : 0);

		/* as quantiles of ranges: the upper ones from above */
		report_number(
			s, "%.6g",
			n > 0 ? calib_kth(v, n, (size_t)(percent[k] > 0.5 ? ceil(at) : floor(at)))
			      : (double)NAN);
	}
	report_number(s, "%.6g", n > 0 ? mean : (double)NAN);
	report_number(s, "%.6g", n > 0 ? sqrt(sum) : (double)NAN);
	calib_str_addf(s, "<td class=\"num\">%zu</td></tr>\n", nda->size - n);
	free(v);
}

/* ---- bad pixels ---- */

const char *report_bit(int bit)
{
	for (int c = 0; c < CALIB_NCRITERIA; c++)
		if (calib_bits_value(CALIB_BITS_NEW, (enum calib_criterion)c) == UINT64_C(1) << bit)
			return calib_criterion_text((enum calib_criterion)c);
	return "not known";
}

static void put_bits(struct calib_str *s, const struct report *r)
{
	const uint64_t *w = r->status.data;
	size_t count[64] = {0}, bad = 0, n = r->status.size;

	for (size_t i = 0; i < n; i++) {
		bad += w[i] != 0;
		for (uint64_t word = w[i]; word != 0; word &= word - 1)
			count[__builtin_ctzll(word)]++;
	}
	put_table(s, "Bad pixels", "<th>Bit</th><th>Meaning</th><th>Pixels</th><th>Per cent</th>");
	for (int bit = 0; bit < 64; bit++) {
		unsigned long long mask = 1ull << bit;

		if (count[bit] == 0)
			continue;
		calib_str_add(s, "<tr><td class=\"num\">");
		if (bit < SHOWN_BITS)
			calib_str_addf(s, "<button type=\"button\" data-bit=\"%d\" "
			               "aria-pressed=\"false\">%llu</button></td>", bit, mask);
		else
			calib_str_addf(s, "%llu</td>", mask);
		report_cell(s, report_bit(bit));
		calib_str_addf(s, "<td class=\"num\">%zu</td>", count[bit]);
		report_number(s, "%.4f", 100. * (double)count[bit] / (double)n);
		calib_str_add(s, "</tr>\n");
	}
	calib_str_addf(s, "<tr><th scope=\"row\" colspan=\"2\">any</th><td class=\"num\">%zu</td>",
		       bad);
	report_number(s, "%.4f", n > 0 ? 100. * (double)bad / (double)n : 0);
	calib_str_add(s, "</tr>\n");
	end_table(s);
	calib_str_add(s,
		      "<p class=\"soft\">A click on a bit shows its pixels in the pictures.</p>\n");
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

int report_tables(struct calib_str *s, const struct report *r, struct calib_err *err)
{
	static const char *const names[] = {"pedestals (average)", "noise (rms)", "smallest",
					    "largest"};
	int rc;

	put_table(s, "Numbers",
		  "<th></th><th>Min</th><th>0.1 %</th><th>1 %</th><th>Median</th><th>99 %"
		  "</th><th>99.9 %</th><th>Max</th><th>Mean</th><th>Std</th><th>Not finite</th>");
	for (int i = 0; i < REPORT_TRACE; i++)
		if (r->array[i].size > 0)
			put_numbers(s, names[i], &r->array[i]);
	end_table(s);
	if (r->status.size > 0)
		put_bits(s, r);
	rc = report_parts(s, r, err);
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
	return rc;
}
