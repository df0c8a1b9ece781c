/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/look.h - a type directory as the verbs that look at it see it */
#ifndef CALIB_CMD_DEPLOY_LOOK_H
#define CALIB_CMD_DEPLOY_LOOK_H
#include "deploy/deploy.h"
#include "store/history.h"

/* What is known of a file besides its name. */
struct look_file {
	struct calib_history record;	/* the last one of HISTORY that names it */
	size_t backups;			/* earlier contents that were kept */
};

struct look_type {
	struct calib_dirfiles files;
	struct calib_span *spans;	/* grouped by file: calib_spans_group() */
	size_t nspans;
	struct look_file *note;		/* one a file, or NULL */
};
#define LOOK_TYPE_INIT {CALIB_DIRFILES_INIT, NULL, 0, NULL}

/* look_load - list a type directory; notes: also HISTORY and the backups
 * Returns how many of its files could not be read, logged; release it in any case. */
CALIB_MUST_CHECK
int look_load(struct look_type *look, const char *typedir, bool notes, struct calib_err *err);
void look_release(struct look_type *look);

/* deploy_timeline - the page of status --html, into a file ("-": standard output)
 * runs: only what rules one of them, n 0: all. */
CALIB_MUST_CHECK
int deploy_timeline(const char *calib, const struct deploy_filter *filter,
                    const struct calib_range *runs, size_t n, const char *path,
                    struct calib_err *err);
#endif
