/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/record.h - what a change of a calibration directory is about to do
 *
 * While a change is made, <calib>/.deploy.<pid>.begin says what it is (nothing but temporary files
 * is there yet), then <calib>/.deploy.<pid>.ready (all of these are complete and replace the old
 * files one by one).  A file of one of these names without its process is a change that was
 * interrupted. */
#ifndef CALIB_STORE_RECORD_H
#define CALIB_STORE_RECORD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define CALIB_RECORD_NAME ".deploy"

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
	char *history;			/* line for HISTORY, "": none */
	bool applied;			/* not stored: it has been done */
};

struct calib_record {
	long pid;			/* of the process that makes it */
	bool ready;			/* its temporary files are complete */
	char *time, *user, *host, *verb;
	char *stamp;			/* "1429300000.000000001": time of all its files */
	char *history;			/* name of the HISTORY files, "": none */
	struct calib_op *op;
	size_t n, room;
};
#define CALIB_RECORD_INIT {0, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0}

void calib_record_release(struct calib_record *record);
/* calib_record_add - one more operation; the texts are copied */
CALIB_MUST_CHECK
int calib_record_add(struct calib_record *record, const struct calib_op *op,
                     struct calib_err *err);
/* calib_record_format - the text of its file */
CALIB_MUST_CHECK
int calib_record_format(struct calib_str *text, const struct calib_record *record,
                        struct calib_err *err);
/* calib_record_parse - the reverse; text is cut up.  The sentence begins with 'where'.
 * CALIB_EFORMAT also for a file that leads out of the directory. */
CALIB_MUST_CHECK
int calib_record_parse(struct calib_record *record, char *text, const char *where,
                       struct calib_err *err);

/* The unfinished changes of a directory. */
struct calib_records {
	struct calib_record *list;
	size_t n, room;
};
#define CALIB_RECORDS_INIT {NULL, 0, 0}

/* calib_records_load - a directory without any is an empty list; a file that is no record is
 * reported by calib_log() and passed over */
CALIB_MUST_CHECK
int calib_records_load(struct calib_records *records, const char *calib, struct calib_err *err);
void calib_records_release(struct calib_records *records);
#endif
