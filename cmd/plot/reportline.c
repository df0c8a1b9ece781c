/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/plot/reportline.c - the lines of a report: spectra, trace, noise against position */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "plot/report.h"
#include "render/spectrum.h"

enum { MAX_TRACE = 2000 };		/* points of a line */

static void begin_svg(struct calib_str *s, const char *label, double width, double height)
{
	calib_str_addf(s, "<svg class=\"line\" role=\"img\" viewBox=\"0 0 %g %g\" "
	               "preserveAspectRatio=\"none\"><title>", width, height);
	calib_str_quote_html(s, label);
	calib_str_add(s, "</title>");
}

void report_spectrum(struct calib_str *s, const struct calib_spectrum *p, bool log_counts)
{
	double most = 1;

	for (size_t i = 0; i < p->nbins; i++)
		most = fmax(most, (double)p->count[i]);
	begin_svg(s, log_counts ? "spectrum, logarithmic counts" : "spectrum", (double)p->nbins,
		  100);
	calib_str_add(s, "<path d=\"M0 100");
	for (size_t i = 0; i < p->nbins; i++) {
		double n = (double)p->count[i];

		calib_str_addf(s, "V%.2fH%zu", 100 - 96 * (log_counts ? log(n + 1) / log(most + 1)
		               : n / most), i + 1);
	}
	calib_str_add(s, "V100Z\"/></svg>\n");
}

/* Points at 0, 1, 2 ...; NaN leaves a gap. */
static void put_line(struct calib_str *s, const char *label, const double *v, size_t n)
{
	double lo = INFINITY, hi = -INFINITY;
	bool pen = false;

	for (size_t i = 0; i < n; i++)
		if (isfinite(v[i])) {
			lo = fmin(lo, v[i]);
			hi = fmax(hi, v[i]);
		}
	if (!(lo <= hi))
		return;
	calib_str_addf(s, "<p>");
	calib_str_quote_html(s, label);
	calib_str_addf(s, ", from %.6g to %.6g</p>\n", lo, hi);
	hi = hi > lo ? hi : lo + 1;
	begin_svg(s, label, n > 1 ? (double)(n - 1) : 1, 100);
	calib_str_add(s, "<path class=\"thin\" d=\"");
	for (size_t i = 0; i < n; i++) {
		if (isfinite(v[i]))
			calib_str_addf(s, "%c%zu %.2f", pen ? 'L' : 'M', i,
			               98 - 96 * (v[i] - lo) / (hi - lo));
		pen = isfinite(v[i]);
	}
	calib_str_add(s, "\"/></svg>\n");
}

/* Mean of the medians of all sensors, event by event. */
void report_trace(struct calib_str *s, const struct report *r)
{
	const struct calib_nda *t = &r->array[REPORT_TRACE];
	size_t n = t->ndim > 0 ? t->dim[0] : 0, segs = n > 0 ? t->size / n : 0, step;
	double *v;

	if (n < 2 || segs == 0)
		return;
	step = (n + MAX_TRACE - 1) / MAX_TRACE;
	/* of a stretch of events the one farthest from the first: a flash must not get lost */
	v = calib_alloc(n / step + 1, sizeof *v, "trace", NULL);
	s->failed = s->failed || v == NULL;
	for (size_t i = 0; v != NULL && i < n; i++) {
		double sum = 0, x, *to = &v[i / step];
		size_t m = 0;

		for (size_t k = 0; k < segs; k++) {
			x = calib_nda_get(t, i * segs + k);
			sum += isfinite(x) ? x : 0;
			m += isfinite(x) != 0;
		}
		x = m > 0 ? sum / (double)m : (double)NAN;
		if (i % step == 0 || !(fabs(*to - v[0]) >= fabs(x - v[0])))
			*to = x;
	}
	calib_str_add(s, "<h2>Over the run</h2>\n");
	if (v != NULL)
		put_line(s, "level of the detector, event by event: a step is light", v,
		         (n + step - 1) / step);
	free(v);
}

void report_profiles(struct calib_str *s, const struct calib_nda *rms,
                     const struct calib_view *view, const uint8_t *bad)
{
	double *sum = calib_alloc(view->rows + view->cols, 2 * sizeof *sum, "profile", NULL);
	double *n = sum != NULL ? sum + view->rows + view->cols : NULL;

	for (size_t i = 0; sum != NULL && i < view->rows; i++)
		for (size_t k = 0; k < view->cols; k++) {
			size_t at = calib_view_at(view, i, k);
			double v = at == CALIB_NO_PIXEL || (bad != NULL && bad[at] != 0)
					   ? (double)NAN
					   : calib_nda_get(rms, at);

			if (!isfinite(v))
				continue;
			sum[i] += v;
			n[i]++;
			sum[view->rows + k] += v;
			n[view->rows + k]++;
		}
	for (size_t i = 0; sum != NULL && i < view->rows + view->cols; i++)
		sum[i] = n[i] > 0 ? sum[i] / n[i] : (double)NAN;
	s->failed = s->failed || sum == NULL;
	calib_str_add(s, "<h3>Noise against position</h3>\n");
	if (sum != NULL) {
		put_line(s, "mean noise of each row of the sensors beside each other", sum,
		         view->rows);
		put_line(s, "mean noise of each column of them", sum + view->rows, view->cols);
	}
	free(sum);
}
