/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/engine.h - batch engines: rows of a table, driven through their own commands */
#ifndef CALIB_CMD_ENGINE_H
#define CALIB_CMD_ENGINE_H
#include "base/str.h"

/* What the user may say of a job; NULL: the engine's own default. */
struct engine_wish { const char *queue, *account, *time, *mem, *reservation; };

/* One job, or an array of them. */
struct engine_job {
	const struct engine_wish *wish;
	const char *name, *log;		/* log: with the engine's pattern for the id */
	const char *script;		/* POSIX sh */
	const char *array;		/* "1,3-8": indices of an array; NULL: one job */
	const char *after;		/* id of a job that must have ended well; NULL: none */
};

enum engine_state { ENGINE_WAITING, ENGINE_RUNNING, ENGINE_DONE, ENGINE_FAILED, ENGINE_GONE };
/* engine_state_name - "running"; "gone": the engine does not know it any more */
const char *engine_state_name(enum engine_state state);

struct engine {
	const char *name, *probe;	/* probe: the command that shows that it is there */
	const char *index;		/* shell text: the index of an array's task */
	const char *log, *array_log;	/* pattern at the end of a log's name */
	/* submit: id into *id.  poll: the state of all tasks together; *why: those that failed, a
	 * line each, in the engine's own words */
	int (*submit)(const struct engine_job *job, char id[32], struct calib_err *err);
	int (*poll)(const char *id, enum engine_state *state, struct calib_str *why,
	            struct calib_err *err);
	int (*cancel)(const char *id, struct calib_err *err);
	/* queue: free and all processors, jobs that run and that wait; CALIB_ENOTFOUND: no such */
	int (*queue)(const char *queue, long count[4], struct calib_err *err);
};
/* engine_find - by name, or NULL: the first that is there; NULL: none, the sentence says what to do
 */
const struct engine *engine_find(const char *name, struct calib_err *err);
#endif
