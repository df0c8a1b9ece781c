/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/audit.h - what is wrong in a calibration directory */
#ifndef CALIB_STORE_AUDIT_H
#define CALIB_STORE_AUDIT_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

enum calib_audit_level {
	CALIB_AUDIT_NOTE,	/* worth knowing: an overlap, a stray file, a file without record */
	CALIB_AUDIT_WARNING,	/* a file that is never used, a name or mode not as it should be */
	CALIB_AUDIT_ERROR,	/* the analysis cannot read it, or silently takes defaults */
	CALIB_NAUDIT
};
const char *calib_audit_level_name(enum calib_audit_level level);	/* "warning" */
int calib_audit_level_parse(const char *word);				/* -1: no such word */

struct calib_finding {
	enum calib_audit_level level;
	const char *problem;		/* one word, see calib_audit_problems() */
	const char *group, *source, *type, *file;	/* NULL: of what is above it */
	const char *text;		/* a sentence without its subject */
};

/* What to look for, and who hears of it. */
struct calib_audit {
	const char *calib;
	bool names_only;		/* content is not read */
	double max_bad;			/* largest fraction of bad pixels, 0..1 */
	mode_t dirmode, filemode;	/* as they should be */
	gid_t group;			/* -1: that of the calibration directory */
	int (*each)(void *ctx, const struct calib_finding *finding, struct calib_err *err);
	void *ctx;
};

/* calib_audit_problems - the words of findings and what they mean; NULL past the end */
const char *calib_audit_problems(size_t i, const char **meaning);
/* calib_audit_tree - the calibration directory itself, its groups and sources: entries that do not
 * belong there, wrong groups, modes.  What is in type directories is not looked at. */
CALIB_MUST_CHECK
int calib_audit_tree(const struct calib_audit *audit, struct calib_err *err);
/* calib_audit_type - one type directory with all in it */
CALIB_MUST_CHECK
int calib_audit_type(const struct calib_audit *audit, const char *group, const char *source,
                     const char *type, struct calib_err *err);
#endif
