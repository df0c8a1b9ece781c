/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/deploy.h - bring constants into a calibration directory: all of them, or none
 *
 * new, add (each item is read and checked), check, then write.  Nothing in the directory
 * changes before every item has passed; then all files are made ready under temporary names
 * and appear by rename.  What was there before stays as <name>.data-YYYY-MM-DDTHH:MM:SS. */
#ifndef CALIB_STORE_DEPLOY_H
#define CALIB_STORE_DEPLOY_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct calib_deploy_params {
	const char *calib;		/* calibration directory, created when missing */
	bool force;			/* doubts about the content are warnings */
	bool no_backup;
	bool no_replace;		/* an existing target is refused */
	double max_bad;			/* largest fraction of bad pixels, 0..1 */
	double max_shift;		/* largest median pedestal shift [median rms]; 0: any */
	mode_t dirmode;			/* of directories created */
	mode_t filemode;		/* of files created */
	bool keep_mode;			/* false: filemode also for files that are replaced */
	gid_t group;			/* -1: that of the calibration directory */
	const char *history;		/* name of the HISTORY file, "": none */
	const char *comment, *exp;	/* for HISTORY; NULL: empty */
	long run;			/* < 0: the first of the range */
};
#define CALIB_DEPLOY_DEFAULTS {NULL, false, false, false, 0.10, 20, 02775, 0664, true, (gid_t)-1, \
	"HISTORY", "calib-deploy", NULL, -1}

struct calib_deploy_item {
	const char *file;		/* "-" is standard input */
	const char *source, *type, *range;
	bool own;			/* these go before those of the parameters */
	double max_bad, max_shift;
};

struct calib_deploy;

/* calib_deploy_new - params are copied, the texts in them must outlive the object */
CALIB_MUST_CHECK
int calib_deploy_new(struct calib_deploy **deploy, const struct calib_deploy_params *params,
                     struct calib_err *err);
void calib_deploy_free(struct calib_deploy *deploy);

/* calib_deploy_add - read one item and check it
 * Refused (with force: a warning, except where no path can be made of it): unknown type, a type
 * the detector does not have, wrong shape or size, NaN, infinity, fractions in integer types,
 * values that do not fit, too many bad pixels, a large pedestal shift, an empty file.
 * The item counts as refused in calib_deploy_check(); others can be added all the same. */
CALIB_MUST_CHECK
int calib_deploy_add(struct calib_deploy *deploy, const struct calib_deploy_item *item,
                     struct calib_err *err);
/* calib_deploy_check - what concerns all items: none refused, no target twice, directories
 * writable.  Says through calib_log() which files will hide which. */
CALIB_MUST_CHECK
int calib_deploy_check(struct calib_deploy *deploy, struct calib_err *err);
/* calib_deploy_write - after a check without error: write all, then HISTORY */
CALIB_MUST_CHECK
int calib_deploy_write(struct calib_deploy *deploy, struct calib_err *err);

/* What became of the items. */
struct calib_deploy_result {
	const char *file, *path;	/* input and target */
	bool unchanged;			/* the same bytes were there already */
	bool written;
};
/* calib_deploy_result - the i-th item that was not refused; false past the end */
bool calib_deploy_result(const struct calib_deploy *deploy, size_t i,
                         struct calib_deploy_result *result);
#endif
