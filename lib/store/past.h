/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/past.h - what was done to the files of a type directory, and where old contents are
 *
 * Read from HISTORY and the backups alone, so it also knows what other programs did, as far as they
 * tell.  A file passes through states 0..n; event i leads from state i to state i+1, state n is the
 * present one. */
#ifndef CALIB_STORE_PAST_H
#define CALIB_STORE_PAST_H
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/err.h"

struct calib_event {
	char *time;			/* YYYY-MM-DDTHH:MM:SS as in HISTORY, or of the backup */
	char *user, *host, *comment;	/* "" when only a backup tells */
	bool removed;
	int steps;			/* > 0: it undid so many events, < 0: it did them again */
	unsigned long line;		/* of HISTORY, from 1; 0: none */
};

struct calib_state {
	bool absent;			/* there was no file */
	char *backup;			/* name of the file that holds it; NULL: lost, or present */
};

/* How undo and redo have moved through the states. */
struct calib_past {
	char *name;			/* "173-end.data" */
	struct calib_event *event;	/* n */
	struct calib_state *state;	/* n + 1 */
	size_t n, room;
	size_t *done, ndone;		/* states that led here; the last one is like the present */
	size_t *undone, nundone;	/* states that redo leads to, the next one last */
	size_t last_undo;		/* event that undid it */
	int redo_steps;			/* how many it undid at once */
};

struct calib_pasts {
	char *typedir;
	struct calib_past *list;
	size_t n, room;
	unsigned long lines;		/* of HISTORY, and when the last one was added */
	struct timespec last;
};
#define CALIB_PASTS_INIT {NULL, NULL, 0, 0, 0, {0, 0}}

/* calib_pasts_load - fill empty pasts with the files of a type directory
 * history: name of the HISTORY file, "": only the backups tell. */
CALIB_MUST_CHECK
int calib_pasts_load(struct calib_pasts *pasts, const char *typedir, const char *history,
                     struct calib_err *err);
void calib_pasts_release(struct calib_pasts *pasts);
/* calib_past_stamp - when an event happened, 0 when no file tells
 * Returns true when it is the very time that all files of one change share, false when it is just
 * about when a removal took effect. */
bool calib_past_stamp(struct timespec *stamp, const struct calib_pasts *pasts,
                      const struct calib_past *past, size_t event);
#endif
