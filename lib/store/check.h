/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/check.h - is this content fit to be deployed? */
#ifndef CALIB_STORE_CHECK_H
#define CALIB_STORE_CHECK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/limits.h"

struct calib_check {
	const char *path;		/* of the content, for messages */
	const char *calib;		/* directory; NULL: nothing is compared */
	const char *source;		/* without DetInfo() */
	const char *type;		/* "pedestals" */
	uint32_t run;			/* first run of the range: what rules it is compared */
	struct calib_limits limits;
	bool force;			/* doubts are warnings */
	size_t *values;			/* out: pixels of the content, 0: no pixels */
};

/* calib_check_content - n bytes that shall become constants
 * Returns CALIB_OK or the first doubt: CALIB_EINVAL, CALIB_EFORMAT, CALIB_ESHAPE. */
CALIB_MUST_CHECK
int calib_check_content(const struct calib_check *check, const void *bytes, size_t n,
                        struct calib_err *err);
/* calib_check_array - the same of an array in memory: shape, values and bad pixels */
struct calib_nda;
CALIB_MUST_CHECK
int calib_check_array(const struct calib_check *check, const struct calib_nda *nda,
                      struct calib_err *err);
#endif
