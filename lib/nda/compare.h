/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/compare.h - do two arrays agree, and where do they differ most? */
#ifndef CALIB_NDA_COMPARE_H
#define CALIB_NDA_COMPARE_H
#include "nda/nda.h"

struct calib_nda_diff {
	size_t differ;		/* elements that disagree */
	double max_abs;		/* largest |a - b|, NaN and equal infinities left out */
	double max_rel;		/* largest |a - b| / |b| */
	size_t where;		/* element of max_abs; the first that disagrees where it is 0 */
};

/* calib_nda_compare - bits, when neither tolerance is given (both negative): then the types
 * must agree as well; else |a - b| <= abs + rel * |b|, a negative one counting as 0, NaN
 * agreeing with NaN.
 * Returns 0 they agree, 1 they differ; CALIB_ESHAPE when shapes (or types) differ. */
CALIB_MUST_CHECK
int calib_nda_compare(const struct calib_nda *a, const struct calib_nda *b, double abs,
                      double rel, struct calib_nda_diff *diff, struct calib_err *err);
#endif
