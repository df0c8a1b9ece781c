/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/spectrum.h - how often the values of a picture occur, and what that says
 *
 * Source of the reference's numbers: lcls-psana/CalibManager src/PlotImgSpeWidget.py, proc_stat. */
#ifndef CALIB_RENDER_SPECTRUM_H
#define CALIB_RENDER_SPECTRUM_H
#include "render/picture.h"

#define CALIB_SPECTRUM_BINS 100

struct calib_spectrum {
	double lo, hi;
	size_t nbins;
	uint64_t *count;
	uint64_t below, above;		/* values beyond the ends */
};
#define CALIB_SPECTRUM_INIT {0, 1, 0, NULL, 0, 0}
void calib_spectrum_release(struct calib_spectrum *spectrum);

/* calib_spectrum_begin - empty: bins of equal width from lo to hi > lo, the last one with its upper
 * edge, as numpy's histogram */
CALIB_MUST_CHECK
int calib_spectrum_begin(struct calib_spectrum *spectrum, double lo, double hi, size_t nbins,
                         struct calib_err *err);
/* calib_spectrum_add - n values; NaN are passed over */
void calib_spectrum_add(struct calib_spectrum *spectrum, const double *value, size_t n);
/* calib_spectrum_edge - where bin i begins */
double calib_spectrum_edge(const struct calib_spectrum *spectrum, size_t i);

/* calib_spectrum_of - of the good cells of a picture; nbins 0: CALIB_SPECTRUM_BINS, but for whole
 * numbers bins around them of equal whole width, so that no comb appears; lo and hi are those of
 * the bins then */
CALIB_MUST_CHECK
int calib_spectrum_of(struct calib_spectrum *spectrum, const struct calib_picture *picture,
                      const double range[2], size_t nbins, struct calib_err *err);

/* Numbers of the box in the picture. */
struct calib_spectrum_stat {
	double entries, mean, mean_err, rms, rms_err, skew, kurtosis;
};
/* calib_spectrum_reference - from contents and middles of the bins, with the reference's errors,
 * which are far too large; all 0 without entries */
struct calib_spectrum_stat calib_spectrum_reference(const struct calib_spectrum *spectrum);
/* calib_picture_stat - of the good cells within the range; errors rms/sqrt(n), rms/sqrt(2n) */
struct calib_spectrum_stat calib_picture_stat(const struct calib_picture *picture,
                                              const double range[2]);
#endif
