/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/apply.h - the steps of a change, shared by who does it and who finishes it */
#ifndef CALIB_STORE_APPLY_H
#define CALIB_STORE_APPLY_H
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "store/record.h"

/* calib_apply_lock - wait until nobody else changes the directory
 * Returns a descriptor to be closed, -1: the file system knows no locks. */
int calib_apply_lock(const char *calib);
/* calib_apply_record - <calib>/.deploy.<pid>.begin, or .ready */
CALIB_MUST_CHECK
int calib_apply_record(struct calib_str *path, const char *calib, long pid, bool ready,
                       struct calib_err *err);
/* calib_apply_text - a new file with this text */
CALIB_MUST_CHECK
int calib_apply_text(const char *path, const struct calib_str *text, mode_t mode, gid_t group,
                     struct calib_err *err);
/* calib_apply_backup - the target gets its backup name as well, or one with .1, .2 ... behind it
 * when somebody has taken that; nothing when it has it already */
CALIB_MUST_CHECK
int calib_apply_backup(const char *target, const struct calib_op *op, struct calib_err *err);
/* The attribute of a removed file, which lives on as its backup, that holds the stamp of the
 * change; where the file system has none, two removals of one second look like one change. */
#define CALIB_REMOVED_ATTR "user.calibtools.removed"
/* calib_apply_delete - backup, then remove the target */
CALIB_MUST_CHECK
int calib_apply_delete(const char *target, const struct calib_record *record,
                       const struct calib_op *op, struct calib_err *err);
/* calib_apply_history - add the line of the operation to the HISTORY beside target; once: unless
 * the line is there already */
CALIB_MUST_CHECK
int calib_apply_history(const char *target, const struct calib_record *record,
                        const struct calib_op *op, mode_t mode, gid_t group, bool once,
                        struct calib_err *err);
/* calib_apply_recover - under the lock: see calib_change_recover(); locked false: only where the
 * process is known to be gone */
CALIB_MUST_CHECK
int calib_apply_recover(const char *calib, bool locked, struct calib_err *err);
#endif
