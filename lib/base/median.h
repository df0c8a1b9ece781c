/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/median.h - order statistics of a list of numbers, none of them a NaN */
#ifndef CALIB_BASE_MEDIAN_H
#define CALIB_BASE_MEDIAN_H
#include <stddef.h>

#define CALIB_SIGMA_OF_MAD 1.4826	/* of a Gaussian: its sigma in median absolute deviations */

/* calib_kth - the k-th smallest of n > k numbers; v is reordered so that nothing before place k is
 * larger */
double calib_kth(double *v, size_t n, size_t k);
/* calib_median - the mean of the two middle ones when n is even, 0 when it is 0; reorders v */
double calib_median(double *v, size_t n);
#endif
