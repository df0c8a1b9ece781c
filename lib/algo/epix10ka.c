/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/epix10ka.c - pedestals of ranges that a dark run cannot set */
#include "algo/epix10ka.h"

void calib_epix10ka_low(double *low, const double *ped_h, const double *offset_h,
                        const double *offset_l, const double *gain_h, const double *gain_l,
                        size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double ratio = gain_h[i] != 0 ? gain_l[i] / gain_h[i] : 0;

		low[i] = offset_l[i] - (offset_h[i] - ped_h[i]) * ratio;
	}
}
