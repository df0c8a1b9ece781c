/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/history.h - HISTORY files: one line for each deployment or deletion
 *
 * Four programs write four dialects of "key:value" lines; we read all and write the first.
 * Source: lcls-psana/CalibManager src/FileDeployer.py, lcls-psana/PSCalib
 * src/CalibFileFinder.py and src/GlobalUtils.py. */
#ifndef CALIB_STORE_HISTORY_H
#define CALIB_STORE_HISTORY_H
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"

enum calib_dialect {
	CALIB_HISTORY_COPY,	/* calibrun, calibman, calib-deploy: copied */
	CALIB_HISTORY_REMOVE,	/* calibman: removed */
	CALIB_HISTORY_APP,	/* PSCalib CalibFileFinder: has app, comment last */
	CALIB_HISTORY_FILE,	/* PSCalib GlobalUtils: has ctype, cwd, cmt last */
	CALIB_NDIALECTS
};

/* The keys that occur in any dialect. */
enum calib_history_key {
	CALIB_H_FILE, CALIB_H_COPY_OF, CALIB_H_CMD, CALIB_H_CTYPE, CALIB_H_EXP, CALIB_H_RUN,
	CALIB_H_APP, CALIB_H_COMMENT, CALIB_H_USER, CALIB_H_HOST, CALIB_H_CPTIME, CALIB_H_ZONE,
	CALIB_H_CWD, CALIB_H_NKEYS
};
const char *calib_history_key_name(enum calib_history_key key);	/* "copy_of" */

/* One record.  value[]: NULL where the line has no such key; padding is cut off.  A parsed
 * record's values point into 'text', which calib_history_release() frees. */
struct calib_history {
	enum calib_dialect dialect;
	const char *value[CALIB_H_NKEYS];
	char *text;
};
#define CALIB_HISTORY_INIT {CALIB_HISTORY_COPY, {NULL}, NULL}

/* calib_history_parse - one line without its newline
 * Returns 1 a record, 0 an empty line or one that begins with #, CALIB_EFORMAT when it holds no
 * file: at its beginning.  The sentence begins with 'where' ("HISTORY:3"). */
CALIB_MUST_CHECK
int calib_history_parse(struct calib_history *record, const char *line, const char *where,
                        struct calib_err *err);
void calib_history_release(struct calib_history *record);
/* calib_history_format - the line in its dialect, without newline; a missing value is empty; a
 * control character in a value becomes '?', and so does a blank before what reads like a key */
CALIB_MUST_CHECK
int calib_history_format(struct calib_str *line, const struct calib_history *record,
                         struct calib_err *err);

/* calib_history_copy - a record that outlives the one it was made of */
CALIB_MUST_CHECK
int calib_history_copy(struct calib_history *to, const struct calib_history *from,
                       struct calib_err *err);

/* calib_history_each - parse a file and hand every record to 'each', in order
 * The last line needs no newline.  A line that is no record, or longer than 64 KiB, is passed over;
 * the first five are reported by calib_log(), then their number.  Memory depends on no size.
 * CALIB_ENOTFOUND when there is no such file.  A negative value of 'each' ends it. */
CALIB_MUST_CHECK
int calib_history_each(const char *path,
                       int (*each)(void *ctx, const struct calib_history *record,
                                   struct calib_err *err),
                       void *ctx, struct calib_err *err);

/* calib_history_count - its records, and the lines that are none; says nothing about them */
CALIB_MUST_CHECK
int calib_history_count(const char *path, unsigned long *records, unsigned long *bad,
                        struct calib_err *err);
/* calib_history_last - the last record of each of n names, sorted by byte value
 * record: n of them, filled in any case; text NULL where there is none.  Release each. */
CALIB_MUST_CHECK
int calib_history_last(const char *path, const char *const *names, size_t n,
                       struct calib_history *record, struct calib_err *err);

/* calib_time_parse - "2015-04-17T12:46:40", "2015-04-17 12:46" or "2015-04-17" in the local zone
 * (in UTC with a Z at its end), or "@" and seconds since 1970; false: none of these
 * zone: as a record names it, "PDT", settles an hour that the clock shows twice; may be NULL. */
bool calib_time_parse(time_t *t, const char *text, const char *zone);

/* What we note down about a copy, or a removal. */
struct calib_history_note {
	const char *name;		/* "173-end.data" */
	const char *input;		/* where it came from */
	const char *exp, *comment;	/* NULL: empty */
	long run;			/* < 0: not known, empty */
	bool removed;			/* it has only a name and a comment */
	time_t time;
};
/* calib_history_line - the line of the first dialect, or for a removal of the second, with user,
 * host and local time, without newline */
CALIB_MUST_CHECK
int calib_history_line(struct calib_str *line, const struct calib_history_note *note,
                       struct calib_err *err);
#endif
