/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/metro_int.h - between metro.c and the detectors that have rules of their own */
#ifndef CALIB_ALGO_METRO_INT_H
#define CALIB_ALGO_METRO_INT_H
#include "algo/metro.h"

/* Coordinates are smaller than this [um], so that their sums and differences are exact. */
enum { CALIB_METRO_FAR = 100000000 };

/* of calib_metro_evaluate() */
CALIB_MUST_CHECK
int calib_metro_epix(struct calib_metro *metro, const struct calib_metro_point *points, size_t n,
                     const struct calib_metro_opts *opts, struct calib_err *err);

/* calib_metro_above - how far the corner opposite to o is from the plane of o and its neighbours a
 * and b [um]; positive on the side of a x b */
double calib_metro_above(const struct calib_metro_point p[4], int o, int a, int b);
#endif
