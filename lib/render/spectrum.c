/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/spectrum.c - how often the values of a picture occur */
#include "render/spectrum.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { WHOLE_KINDS = 200 };		/* whole numbers: so many different ones get a bin each */

void calib_spectrum_release(struct calib_spectrum *s)
{
	free(s->count);
	*s = (struct calib_spectrum)CALIB_SPECTRUM_INIT;
}

int calib_spectrum_begin(struct calib_spectrum *s, double lo, double hi, size_t nbins,
                         struct calib_err *err)
{
	uint64_t *count;

	if (!(lo < hi) || nbins == 0)
		return calib_fail(err, CALIB_EINVAL, "a spectrum of %zu bins from %g to %g: the "
		                  "ends must rise, and one bin be there", nbins, lo, hi);
	count = calib_alloc(nbins, sizeof *count, "spectrum", err);
	if (count == NULL)
		return CALIB_ENOMEM;
	free(s->count);
	s->count = count;
	s->lo = lo;
	s->hi = hi;
	s->nbins = nbins;
	s->below = s->above = 0;
	return CALIB_OK;
}

double calib_spectrum_edge(const struct calib_spectrum *s, size_t i)
{
	return i >= s->nbins ? s->hi : s->lo + (s->hi - s->lo) / (double)s->nbins * (double)i;
}

static void add_one(struct calib_spectrum *s, double v)
{
	size_t k;

	if (v < s->lo || v > s->hi) {
		*(v < s->lo ? &s->below : &s->above) += 1;
		return;
	}
	k = (size_t)((v - s->lo) / (s->hi - s->lo) * (double)s->nbins);
	k = k < s->nbins ? k : s->nbins - 1;
	/* the division may be off by one where v is an edge */
	if (k + 1 < s->nbins && v >= calib_spectrum_edge(s, k + 1))
		k++;
	else if (k > 0 && v < calib_spectrum_edge(s, k))
		k--;
	s->count[k]++;
}

void calib_spectrum_add(struct calib_spectrum *s, const double *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isnan(value[i]))
			add_one(s, value[i]);
}

int calib_spectrum_of(struct calib_spectrum *s, const struct calib_picture *p,
                      const double range[2], size_t nbins, struct calib_err *err)
{
	double lo = range[0], hi = range[1], first = ceil(lo), last = floor(hi), wide;
	int rc;

	if (nbins == 0) {
		nbins = CALIB_SPECTRUM_BINS;
		if (p->integer && last >= first && p->count[CALIB_CELL_GOOD] > 0
		    && last - first < 1e9) {
			wide = last - first < WHOLE_KINDS ? 1
				: ceil((last - first + 1) / CALIB_SPECTRUM_BINS);
			nbins = (size_t)ceil((last - first + 1) / wide);
			lo = first - 0.5;
			hi = lo + wide * (double)nbins;
		}
	}
	rc = calib_spectrum_begin(s, lo, hi, nbins, err);
	for (size_t i = 0; i < p->rows * p->cols && rc >= 0; i++)
		if (p->cell[i] == CALIB_CELL_GOOD)
			add_one(s, p->value[i]);
	return rc;
}

struct calib_spectrum_stat calib_spectrum_reference(const struct calib_spectrum *s)
{
	double w = 0, w2 = 0, m1 = 0, m[5] = {0};
	struct calib_spectrum_stat stat = {0, 0, 0, 0, 0, 0, 0};

	for (size_t i = 0; i < s->nbins; i++) {
		double c = (double)s->count[i];
		double x = 0.5 * (calib_spectrum_edge(s, i) + calib_spectrum_edge(s, i + 1));

		w += c;
		w2 += c * c;
		m1 += c * x;
	}
	if (w <= 0)
		return stat;
	stat.entries = w;
	stat.mean = m1 / w;
	for (size_t i = 0; i < s->nbins; i++) {
		double d = 0.5 * (calib_spectrum_edge(s, i) + calib_spectrum_edge(s, i + 1))
			- stat.mean;

		for (int k = 2; k <= 4; k++)
			m[k] += (double)s->count[i] * pow(d, k) / w;
	}
	stat.rms = sqrt(m[2]);
	stat.mean_err = stat.rms / sqrt(w * w / w2);
	stat.rms_err = stat.mean_err / sqrt(2);
	if (stat.rms > 0) {
		stat.skew = m[3] / pow(stat.rms, 3);
		stat.kurtosis = m[4] / pow(stat.rms, 4) - 3;
	}
	return stat;
}

static bool within(const struct calib_picture *p, size_t i, const double range[2])
{
	return p->cell[i] == CALIB_CELL_GOOD && p->value[i] >= range[0] && p->value[i] <= range[1];
}

struct calib_spectrum_stat calib_picture_stat(const struct calib_picture *p, const double range[2])
{
	struct calib_spectrum_stat stat = {0, 0, 0, 0, 0, 0, 0};
	double m[5] = {0};

	for (size_t i = 0; i < p->rows * p->cols; i++)
		if (within(p, i, range)) {
			stat.entries++;
			stat.mean += p->value[i];
		}
	if (stat.entries == 0)
		return stat;
	stat.mean /= stat.entries;
	for (size_t i = 0; i < p->rows * p->cols; i++)
		if (within(p, i, range)) {
			double d = p->value[i] - stat.mean;

			m[2] += d * d / stat.entries;
			m[3] += d * d * d / stat.entries;
			m[4] += d * d * d * d / stat.entries;
		}
	stat.rms = sqrt(m[2]);
	stat.mean_err = stat.rms / sqrt(stat.entries);
	stat.rms_err = stat.rms / sqrt(2 * stat.entries);
	if (stat.rms > 0) {
		stat.skew = m[3] / pow(stat.rms, 3);
		stat.kurtosis = m[4] / pow(stat.rms, 4) - 3;
	}
	return stat;
}
