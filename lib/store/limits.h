/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/limits.h - how far constants may be from good ones before they are refused
 *
 * The one table of these limits: options, their help and defaults are taken from here. */
#ifndef CALIB_STORE_LIMITS_H
#define CALIB_STORE_LIMITS_H
#include <stddef.h>

struct calib_limits {
	double bad;		/* fraction of bad pixels in a status or mask, 0..1 */
	double shift;		/* median change of the pedestals [rms of the pixel]; 0: any */
	double moved;		/* fraction of the pixels whose pedestal changed by more than 5 rms
				 * from the common change, 0..1; 1: any */
	double flipped;		/* fraction of the pixels that turned good or bad, 0..1; 1: any */
};

/* A pixel has moved when its pedestal changed by more than this many rms. */
#define CALIB_MOVED_RMS 5.0

struct calib_limit {
	const char *name;	/* of the option: "max-bad" */
	const char *arg;	/* its value in the help */
	size_t at;		/* offset in struct calib_limits */
	double lo, hi;		/* values allowed */
	double standard;
	const char *help;
};

/* calib_limit_at - the i-th row, NULL past the end */
const struct calib_limit *calib_limit_at(size_t i);
/* calib_limit_value - where its value stands */
double *calib_limit_value(struct calib_limits *limits, const struct calib_limit *limit);
/* calib_limits_standard - all at their standard values */
struct calib_limits calib_limits_standard(void);
#endif
