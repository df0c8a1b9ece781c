/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/change.h - change files of a calibration directory: all of a change, or none of it
 *
 * new (which waits for other writers, and finishes what was interrupted), put and delete, then
 * commit.  The steps, so that a process killed between any two of them leaves each file old or
 * new, and the next one finishes or undoes the rest:
 *   1. .deploy.<pid>.begin says what is going to be done
 *   2. new contents are written beside their targets under temporary names, and synced
 *   3. begin becomes ready
 *   4. for each file: the old one gets its backup name as well, the new one is renamed over it,
 *      HISTORY gets its line
 *   5. .deploy.<pid>.ready is removed
 * All files that a change writes have the same time of modification, to the nanosecond: with the
 * backups and HISTORY it tells undo.h what belongs together. */
#ifndef CALIB_STORE_CHANGE_H
#define CALIB_STORE_CHANGE_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "store/record.h"

struct calib_change_params {
	const char *calib;		/* calibration directory, created when missing */
	const char *verb;		/* for the record: "put" */
	bool dry_run;			/* nothing is written; no commit */
	bool no_backup;			/* what is replaced is lost */
	bool no_replace;		/* an existing target is refused */
	mode_t dirmode, filemode;	/* of what is created */
	bool keep_mode;			/* false: filemode also for files that are replaced */
	gid_t group;			/* of what is created; -1: that of the directory */
	const char *history;		/* name of the HISTORY files, "": none */
	const char *comment, *exp;	/* for HISTORY; NULL: empty */
};

struct calib_change;

/* calib_change_new - begin; the texts in params must outlive the object */
CALIB_MUST_CHECK
int calib_change_new(struct calib_change **change, const struct calib_change_params *params,
                     struct calib_err *err);
void calib_change_free(struct calib_change *change);

struct calib_change_file {
	const char *file;		/* below the directory: group/source/type/name */
	const char *input;		/* where its content comes from, for HISTORY */
	const void *bytes;		/* n of them, until the commit; NULL: read from input */
	size_t n;
	const struct calib_print *print;	/* without bytes: what input must hold then */
	long run;			/* for HISTORY, < 0: not known */
};
/* calib_change_comment - another comment for what is added from now on, copied into its line */
void calib_change_comment(struct calib_change *change, const char *comment);
/* calib_change_put - file shall have this content; 1 it will be written, 0 it has it already
 * CALIB_EEXIST with no_replace. */
CALIB_MUST_CHECK
int calib_change_put(struct calib_change *change, const struct calib_change_file *file,
                     struct calib_err *err);
/* calib_change_delete - the file shall be gone: only its backup stays.  CALIB_ENOTFOUND: it is. */
CALIB_MUST_CHECK
int calib_change_delete(struct calib_change *change, const char *file, struct calib_err *err);
/* calib_change_commit - do it; without anything to do it writes nothing
 * After an error some files may have been changed: op[].applied of calib_change_record(). */
CALIB_MUST_CHECK
int calib_change_commit(struct calib_change *change, struct calib_err *err);
/* calib_change_commands - what a commit would do, as commands for sh */
CALIB_MUST_CHECK
int calib_change_commands(struct calib_change *change, struct calib_str *text,
                          struct calib_err *err);
/* calib_change_record - what is to be done or has been done, until calib_change_free() */
const struct calib_record *calib_change_record(const struct calib_change *change);

/* calib_change_recover - finish or undo what was interrupted, and say so by calib_log()
 * Where nothing was, nothing is touched. */
CALIB_MUST_CHECK
int calib_change_recover(const char *calib, struct calib_err *err);
/* calib_change_interrupted - the changes that nobody is making any more, of another host those
 * begun CALIB_CHANGE_STALE seconds ago; nothing is touched.  Returns how many. */
#define CALIB_CHANGE_STALE 600
CALIB_MUST_CHECK
int calib_change_interrupted(struct calib_records *records, const char *calib,
                             struct calib_err *err);
/* calib_change_notice - tell of them by calib_log(); for readers, whom no failure stops */
void calib_change_notice(const char *calib);
#endif
