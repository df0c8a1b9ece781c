/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/delta.h - what changed from one set of constants to the next */
#ifndef CALIB_ALGO_DELTA_H
#define CALIB_ALGO_DELTA_H
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Of a part of the pixels: a segment in one gain range. */
struct calib_delta {
	size_t pixels;
	size_t changed;			/* beyond the limit; any bit */
	double mean, median, largest;	/* of new - old [unit of the values]; median the upper of
					 * two, largest by its size;
					 * NAN when no pixel has both values */
	double sigma;			/* the unit of the limit: median noise, or the spread of
					 * the differences */
};

/* calib_delta_values - real values, n pixels each
 * rms:    noise of each pixel [same unit], or NULL: 1.4826 times the median deviation of the
 *         differences from their median
 * nsigma: a pixel changed when |new - old| > nsigma * sigma; without noise (0, not finite) when it
 *         is not the same; a value that only one of both has counts as changed
 * work:   room for n values.  Thread-safe. */
void calib_delta_values(struct calib_delta *c, const double *before, const double *after,
                         const double *rms, size_t n, double nsigma, double *work);

/* Bits of a status word. */
struct calib_bitdelta { size_t gained[64], lost[64], changed, worse, better; };
/* calib_delta_bits - n words each
 * changed: words that differ; worse, better: pixels that were good (0) and are bad, and back. */
void calib_delta_bits(struct calib_bitdelta *c, const uint64_t *before, const uint64_t *after,
                       size_t n);

/* calib_trend_mean - mean over the good pixels with a finite value, NAN when there are none
 * status: NULL: all are good. */
double calib_trend_mean(const double *values, const uint64_t *status, size_t n);
#endif
