/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/engine.h - batch engines: rows of a table, driven through their own commands */
#ifndef CALIB_CMD_ENGINE_H
#define CALIB_CMD_ENGINE_H
#include <stdbool.h>

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

/* What the engine knows of a job, of all tasks of an array together. */
struct engine_answer {
	enum engine_state state;
	unsigned tasks, running, done, failed;
	char reason[64];		/* why it waits, in the engine's words; "": not said */
	struct calib_str why;		/* tasks that have failed, in its words, after "; " */
};
/* engine_note - one more task; word, reason, node: the engine's words, NULL or "": none */
void engine_note(struct engine_answer *answer, const char *id, enum engine_state state,
                 const char *word, const char *reason, const char *node);
/* engine_answer_of - that of the job which a task "4_3" or "4[3]" belongs to; NULL: of none */
struct engine_answer *engine_answer_of(const char *task, const char *const *ids, size_t n,
                                       struct engine_answer *answers);
void engine_answers_release(struct engine_answer *answers, size_t n);

struct engine {
	const char *name, *probe;	/* probe: the command that shows that it is there */
	const char *index;		/* shell text: the index of an array's task */
	const char *log, *array_log;	/* pattern at the end of a log's name */
	/* submit: its number into id.  poll: all jobs with one call of the engine; answers are
	 * CALIB_STR_INIT and 0 before, ENGINE_GONE: it does not know the job (any more) */
	int (*submit)(const struct engine_job *job, char id[32], struct calib_err *err);
	int (*poll)(const char *const *ids, size_t n, struct engine_answer *answers,
	            struct calib_err *err);
	int (*cancel)(const char *id, struct calib_err *err);
	/* queue: free and all processors, jobs that run and that wait, -1: it does not say;
	 * CALIB_ENOTFOUND: no such queue, CALIB_EINVAL: it takes no jobs */
	int (*queue)(const char *queue, long count[4], struct calib_err *err);
};
extern const struct engine engine_slurm, engine_lsf;
/* engine_ask - what a command of the engine prints; its errors are in err only */
CALIB_MUST_CHECK
int engine_ask(struct calib_str *out, const char *const *words, struct calib_err *err);
/* engine_id - the digits at the beginning of text into id; false: there are none, or too many */
bool engine_id(const char *text, char id[32]);
/* engine_find - by name, or NULL: the first that is there; NULL: none, the sentence says what to do
 */
const struct engine *engine_find(const char *name, struct calib_err *err);
#endif
