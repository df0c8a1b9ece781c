/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/watch.h - which runs --watch takes, and the table of what became of them */
#ifndef CALIB_CMD_WATCH_H
#define CALIB_CMD_WATCH_H
#include "calibrun/calibrun.h"

/* A run; its files and the method as they were when it was taken. */
struct watch_row {
	unsigned run;
	char state[8];			/* done, failed, or left: it is not one of those wanted */
	int tries;
	size_t nfiles;
	uint64_t bytes;
	int64_t newest;			/* time of the newest file, s since 1970 */
	uint32_t method;		/* check sum of all that decides the constants */
	int64_t time;			/* s since 1970 */
	char text[256];			/* why it failed or was left */
	double seen;			/* of this process only */
};
/* <workdir>/clb-<exp>-watch.txt, sorted by run; free() row */
struct watch_table {
	unsigned from;			/* runs before it were there before all this began */
	bool begun;			/* there is a table */
	struct watch_row *row;
	size_t n, room;
};
/* watch_read - no table is no error; a damaged one is CALIB_EFORMAT with file:line */
CALIB_MUST_CHECK
int watch_read(const struct run_params *params, struct watch_table *table, struct calib_err *err);
CALIB_MUST_CHECK
int watch_write(const struct run_params *params, const struct watch_table *table,
                struct calib_err *err);
/* watch_put - a new row, or in place of that of the same run */
CALIB_MUST_CHECK
int watch_put(struct watch_table *table, const struct watch_row *row, struct calib_err *err);
const struct watch_row *watch_find(const struct watch_table *table, unsigned run);
bool watch_same_files(const struct watch_row *a, const struct watch_row *b);
/* watch_state - what became of it, now */
void watch_state(struct watch_row *row, const char *state, const char *text);

/* watch_select_check - is that a list for --select?  CALIB_EINVAL, the sentence says what is */
CALIB_MUST_CHECK
int watch_select_check(const char *select, struct calib_err *err);
/* watch_selected - 1: the run is one of those wanted, 0: it is not, err says why; < 0: it could
 * not be told */
CALIB_MUST_CHECK
int watch_selected(const struct run_params *params, unsigned run, struct calib_err *err);
#endif
