/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/reference.h - what calibman's status panel makes of a type directory
 *
 * It shows wrong run ranges (deploy.md 3) and is kept for comparison only.
 * Source: lcls-psana/CalibManager src/CalibFileFinder.py */
#ifndef CALIB_STORE_REFERENCE_H
#define CALIB_STORE_REFERENCE_H
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct calib_reference {
	const char *name;		/* borrowed */
	int64_t begin, end;		/* of the name; "end" is 9999 */
	int64_t shown_begin, shown_end;	/* -1: "file is not used" */
};
/* calib_reference_list - the rows of the panel in its order, highest priority last
 * names: NULL-terminated; those calibman would fail on are left out.  *rows: n, free() it. */
CALIB_MUST_CHECK
int calib_reference_list(struct calib_reference **rows, size_t *n, char *const *names,
                         struct calib_err *err);
/* calib_reference_group - calibman's group where it differs from the analysis, else group */
const char *calib_reference_group(const char *detector, const char *group);
#endif
