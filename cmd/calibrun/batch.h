/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/batch.h - a run by the jobs of a batch engine */
#ifndef CALIB_CMD_BATCH_H
#define CALIB_CMD_BATCH_H
#include "calibrun/calibrun.h"

/* The jobs of one run: of its shares, if any, and of calibrun. */
struct batch_job {
	const struct engine *engine;	/* NULL: none was submitted */
	char shares[32], last[32];	/* ids; "": none */
	char logs[512];			/* their names, as a pattern */
	bool ended;
	struct calib_err err;		/* why it failed */
};

/* batch_wanted - is the run to be done by jobs?  batch_local - here, in tasks? */
bool batch_wanted(const struct batch_opts *opts);
bool batch_local(const struct batch_opts *opts);
/* batch_check - options that make no sense together: CALIB_EINVAL */
CALIB_MUST_CHECK
int batch_check(const struct batch_opts *opts, struct calib_err *err);
/* batch_asked - --jobs, --kill and --queue-status: instead of a run */
bool batch_asked(const struct batch_opts *opts);
/* jobs_note - into the list of jobs in the work directory; jobs_answer - what was asked */
CALIB_MUST_CHECK
int jobs_note(const struct run_params *params, const struct batch_job *job, struct calib_err *err);
CALIB_MUST_CHECK
int jobs_answer(const struct run_params *params, struct calib_err *err);
CALIB_MUST_CHECK
int batch_submit(const struct run_params *params, struct batch_job *job, struct calib_err *err);
/* batch_wait - until all have ended; on SIGINT and SIGTERM they are cancelled */
CALIB_MUST_CHECK
int batch_wait(struct batch_job *jobs, size_t n, struct calib_err *err);
/* batch_here - make the shares that are missing, one after the other */
CALIB_MUST_CHECK
int batch_here(const struct run_params *params, struct calib_err *err);
/* batch_parts - add the files of all shares to a command; batch_parts_used - remove them */
CALIB_MUST_CHECK
int batch_parts(const struct run_params *params, long parts, struct args *args,
                struct calib_err *err);
CALIB_MUST_CHECK
int batch_parts_used(const struct run_params *params, struct calib_err *err);
#endif
