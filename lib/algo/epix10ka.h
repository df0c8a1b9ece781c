/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/epix10ka.h - pedestals of ranges that a dark run cannot set */
#ifndef CALIB_ALGO_EPIX10KA_H
#define CALIB_ALGO_EPIX10KA_H
#include <stddef.h>

/* calib_epix10ka_low - pedestals of the low range of an auto mode, from those of its high (medium)
 * range and the lines fitted to charge injection:
 * low = offset_l - (offset_h - ped_h) gain_l / gain_h, the quotient being 0 where gain_h is 0
 * All arrays have n values [ADU; gains in ADU per pulser step].
 * Source: lcls-psana/Detector src/UtilsEpix10kaCalib.py. */
void calib_epix10ka_low(double *low, const double *ped_h, const double *offset_h,
                        const double *offset_l, const double *gain_h, const double *gain_l,
                        size_t n);
#endif
