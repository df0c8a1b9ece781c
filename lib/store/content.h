/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/content.h - the steps of calib_check_content(), for its own files */
#ifndef CALIB_STORE_CONTENT_H
#define CALIB_STORE_CONTENT_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "nda/nda.h"
#include "store/check.h"
#include "store/ctype.h"

/* What the steps look at. */
struct content {
	const struct calib_check *check;
	const struct calib_ctype *ctype;	/* NULL: type unknown to this detector */
	const char *bytes;
	size_t n;
	struct calib_nda nda;			/* pixel types, after they were read */
	bool named;				/* its header says that it is of this source */
};

/* Each returns CALIB_OK, or a code with the doubt as a sentence. */

/* calib_check_header - do the comment lines speak of this source and type, and is the last line
 * whole? */
CALIB_MUST_CHECK
int calib_check_header(struct content *c, struct calib_err *err);
/* calib_check_ruling - is it like the constants that rule the first run of the range? */
CALIB_MUST_CHECK
int calib_check_ruling(struct content *c, struct calib_err *err);
#endif
