/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/undo.h - put back what changes have replaced or deleted, and take away what was new
 *
 * new, look into the type directories in question, add to a change, commit it, free. */
#ifndef CALIB_STORE_UNDO_H
#define CALIB_STORE_UNDO_H
#include <stdbool.h>

#include "base/err.h"
#include "store/change.h"

struct calib_undo_params {
	const char *name;	/* only files of this name; NULL: all */
	const char *to;		/* YYYY-MM-DDTHH:MM:SS: as it was after this second; YYYY-MM-DD:
				 * when the day began; NULL: the last change not undone */
	bool redo;		/* instead the last undo is taken back */
};

struct calib_undo;

CALIB_MUST_CHECK
int calib_undo_new(struct calib_undo **undo, const struct calib_undo_params *params,
                   struct calib_err *err);
void calib_undo_free(struct calib_undo *undo);
/* calib_undo_look - what was done in <calib>/<below>; below: group/source/type */
CALIB_MUST_CHECK
int calib_undo_look(struct calib_undo *undo, const char *calib, const char *below,
                    const char *history, struct calib_err *err);
/* calib_undo_add - what has to be done, to a change of that directory
 * CALIB_ENOTFOUND: there is nothing to do; CALIB_EINVAL: no copy of an old content was kept. */
CALIB_MUST_CHECK
int calib_undo_add(struct calib_undo *undo, struct calib_change *change, struct calib_err *err);
#endif
