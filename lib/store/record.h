/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/record.h - what was changed in a calibration directory, one file for each change
 *
 * <calib>/HISTORY/000042 says what change 42 has done, so that it can be undone.  While it is being
 * done the file is 000042.<pid>.begin (nothing but temporary files is there yet), then
 * 000042.<pid>.ready (all of these are complete and replace the old files one by one).  A file of
 * one of the latter names without its process is a change that was interrupted. */
#ifndef CALIB_STORE_RECORD_H
#define CALIB_STORE_RECORD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define CALIB_RECORD_DIR "HISTORY"

/* Enough of a content to tell whether a file still holds it. */
struct calib_print {
	bool there;			/* false: no file */
	uint64_t size, sum;		/* bytes, and their FNV-1a hash */
};
struct calib_print calib_print_bytes(const void *bytes, size_t n);
/* calib_print_file - of a regular file; what cannot be read has the sum 0 */
struct calib_print calib_print_file(const char *path);
bool calib_print_equal(const struct calib_print *a, const struct calib_print *b);

enum calib_op_kind { CALIB_OP_NEW, CALIB_OP_REPLACE, CALIB_OP_DELETE };

/* What a change does to one file.  All texts are the record's. */
struct calib_op {
	enum calib_op_kind kind;
	char *file;			/* below the calibration directory */
	char *backup;			/* name of the old file beside it; "": none was kept */
	struct calib_print before, after;
	char *undoes;			/* "42.1,40.3": change and place of what it takes back;
					 * "": nothing */
	char *history;			/* line for HISTORY, "": none */
	bool applied;			/* not stored: it has been done */
};

struct calib_record {
	unsigned long id;
	long pid;			/* of an unfinished one, from its name; else 0 */
	bool ready;			/* unfinished: its temporary files are complete */
	char *name;			/* of its file */
	char *time, *user, *host, *verb;
	char *history;			/* name of the HISTORY files, "": none */
	struct calib_op *op;
	size_t n, room;
};
#define CALIB_RECORD_INIT {0, 0, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0}

void calib_record_release(struct calib_record *record);
/* calib_record_add - one more operation; the texts are copied */
CALIB_MUST_CHECK
int calib_record_add(struct calib_record *record, const struct calib_op *op,
                     struct calib_err *err);
/* calib_record_format - the text of its file; only_applied: without what has not been done */
CALIB_MUST_CHECK
int calib_record_format(struct calib_str *text, const struct calib_record *record,
                        bool only_applied, struct calib_err *err);
/* calib_record_parse - the reverse; text is cut up.  The sentence begins with 'where'.
 * CALIB_EFORMAT also for a file that leads out of the directory. */
CALIB_MUST_CHECK
int calib_record_parse(struct calib_record *record, char *text, const char *where,
                       struct calib_err *err);

/* All changes of a directory by id; unfinished ones have a pid. */
struct calib_records {
	struct calib_record *list;
	size_t n, room;
	unsigned long last;		/* largest id that is taken */
};
#define CALIB_RECORDS_INIT {NULL, 0, 0, 0}

/* calib_records_load - a directory without any is an empty list; a file that is no record is
 * reported by calib_log() and passed over
 * all: false leaves the finished ones out of the list, not out of 'last' */
CALIB_MUST_CHECK
int calib_records_load(struct calib_records *records, const char *calib, bool all,
                       struct calib_err *err);
void calib_records_release(struct calib_records *records);
#endif
