/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/deploy.h - bring constants into a calibration directory: all of them, or none
 *
 * new, add (each item is read and checked), check, then write.  Nothing in the directory
 * changes before every item has passed; then all of it is one change (change.h). */
#ifndef CALIB_STORE_DEPLOY_H
#define CALIB_STORE_DEPLOY_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "store/change.h"
#include "store/limits.h"

struct calib_deploy_params {
	struct calib_change_params change;	/* directory, backups, modes, HISTORY */
	bool force;			/* doubts about the content are warnings */
	struct calib_limits limits;
	long run;			/* for HISTORY; < 0: the first of the range */
};
/* calib_deploy_defaults - what the programs begin with; no directory */
struct calib_deploy_params calib_deploy_defaults(void);

struct calib_deploy_item {
	const char *file;		/* "-" is standard input */
	const char *source, *type, *range;
	bool own;			/* these go before those of the parameters */
	struct calib_limits limits;
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
 * values that do not fit, an empty or cut file, and what is beyond the limits.
 * The item counts as refused in calib_deploy_check(); others can be added all the same. */
CALIB_MUST_CHECK
int calib_deploy_add(struct calib_deploy *deploy, const struct calib_deploy_item *item,
                     struct calib_err *err);
/* calib_deploy_delete - in the same change a file of the directory shall go, unless an item takes
 * its place; file: below the directory */
CALIB_MUST_CHECK
int calib_deploy_delete(struct calib_deploy *deploy, const char *file, struct calib_err *err);
/* calib_deploy_check - what concerns all items: none refused, no target twice, directories
 * writable.  Says through calib_log() which files will hide which. */
CALIB_MUST_CHECK
int calib_deploy_check(struct calib_deploy *deploy, struct calib_err *err);
/* calib_deploy_write - after a check without error: write all, each with its line in HISTORY
 * With params.change.dry_run: nothing, only the commands for sh that would do it are added to
 * *commands (else it may be NULL). */
CALIB_MUST_CHECK
int calib_deploy_write(struct calib_deploy *deploy, struct calib_str *commands,
                       struct calib_err *err);

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
