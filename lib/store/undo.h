/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/undo.h - put back what changes have replaced or deleted, and take away what was new */
#ifndef CALIB_STORE_UNDO_H
#define CALIB_STORE_UNDO_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "store/change.h"
#include "store/record.h"

struct calib_undo_params {
	const char *source, *type, *name;	/* only of these files; NULL: all */
	long to;		/* the state after this change, 0: before the first; < 0: the last
				 * change that is not undone is undone */
	bool redo;		/* instead the last undo is taken back */
	bool force;		/* also what somebody else has changed since */
};

/* calib_undo_marks - of each operation, whether it is undone
 * *marks: as many as there are operations in all records, in their order; free() it. */
CALIB_MUST_CHECK
int calib_undo_marks(bool **marks, const struct calib_records *records, struct calib_err *err);
/* calib_undo_matches - is the operation on one of the files? */
bool calib_undo_matches(const struct calib_undo_params *params, const struct calib_op *op);

struct calib_undo;

/* calib_undo_add - add to a change what undoes others
 * The contents are held by *undo, to be freed after the commit.  CALIB_ENOTFOUND: there is nothing
 * to undo; CALIB_EINVAL: a file was changed since, or no copy of it was kept. */
CALIB_MUST_CHECK
int calib_undo_add(struct calib_undo **undo, struct calib_change *change, const char *calib,
                   const struct calib_undo_params *params, struct calib_err *err);
void calib_undo_free(struct calib_undo *undo);
#endif
