/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/calibrun.h - the parts of calibrun: parameters, session log, children, work files
 *
 * calibrun averages nothing itself: it combines parameters, runs calib-dark, calib-hotpix and
 * calib-deploy, and keeps the log.  --dry-run prints what it would run. */
#ifndef CALIB_CMD_CALIBRUN_H
#define CALIB_CMD_CALIBRUN_H
#include <stdint.h>

#include "base/log.h"
#include "base/str.h"
#include "cli.h"
#include "config.h"
#include "calibrun/engine.h"
#include "conf/calibman.h"

/* By jobs of a batch engine, or in tasks here. */
struct batch_opts {
	struct engine_wish wish;
	const char *engine;		/* NULL: the one that is there */
	long tasks, parts;		/* parts: of the worker, shares that were made */
	bool no_wait, worker;		/* worker: this is the job */
	bool jobs, queue_status;	/* show them, do nothing else */
	const char *kill;		/* id of a job, or "all" */
};
extern const struct argp batch_argp;	/* its input is a struct batch_opts */

/* What is told of a run instead of processing it. */
struct look_opts {
	bool files, clean, preflight, yes;
	const char *reproduce;		/* a log */
	bool reproducing;		/* this is the call again: nothing outside -w */
};

/* Runs that come while nobody looks, and what is done about them. */
struct watch_opts {
	bool watch, once, watched;	/* watched: this is the call for one of its runs */
	double settle;			/* s without a change until a run counts as complete */
	const char *select;
	const char *on_success, *on_failure;	/* commands */
};
extern const struct argp watch_argp;	/* its input is a struct watch_opts */

/* As typed; texts point into argv, NULL or -1: not given. */
struct run_opts {
	struct cli cli;
	struct batch_opts batch;
	struct look_opts look;
	struct watch_opts watch;
	int argc;
	char **argv;
	const char *exp, *run, *detectors, *xtcdir, *codes, *thr_rms, *runrange;
	const char *workdir, *calibdir, *root, *algo, *summary, *log_json, *record, *summary_text;
	const char *config, *save_config;
	const char *int_lo, *int_hi, *rms_lo, *intnlo, *intnhi, *rmsnlo, *rmsnhi;
	const char *dirmode, *filemode, *group, *max_bad;
	const char *max_flipped, *max_moved, *max_shift;
	const char *sigma, *per, *fraction;
	long num_events, skip_events, scan_events, nrecs1, threads, print_bits;
	bool process, deploy, loadcfg, dry_run, force, no_hotpix, no_cmode, no_gains;
	bool no_report;
	const char *report;		/* --report FILE; NULL: beside the statistics */
	bool partial;
	const char *live;		/* s; NULL: not given */
	bool zeropeds, deploygeo, print_config;
	bool bits_given;		/* print_bits is of -p or -l */
};

/* What the job works with, after options, configuration file and defaults. */
struct run_params {
	const struct run_opts *o;	/* in force: typed, or of environment and calibtools.yaml */
	const struct run_opts *typed;
	struct run_opts own;		/* what o points to */
	char **owned;			/* texts in it that were not typed */
	size_t nowned, owned_room;
	struct cli_config site;
	bool config_env;		/* CALIB_CONFIG was set when we began */
	struct calib_confpars *conf;	/* NULL: no file */
	const char *conf_name;		/* its name, also when there is none */
	char exp[64];
	const char *asked;		/* -r as given, or the number of the newest run */
	char newest[8];
	unsigned *jobs;			/* runs to be done one after the other, owned */
	size_t njobs;
	bool one_dark;			/* all of 'asked' is one job: the gain ranges of a dark */
	struct calib_range valid;	/* of -v */
	/* of one job, by run_params_select(): */
	char run4[8];
	unsigned run;			/* the first one of a dark of several */
	const char *runs;		/* run4, or 'asked' of one dark: 12,13,14 */
	const char *range;		/* as -v, or "173-end" */
	char range_text[24];
	char *detectors;		/* separated by commas, owned */
	struct calib_str workdir, calibdir, root, prefix; /* prefix: <w>/clb-xppi0613-r0173- */
	const char *xtcdir, *codes, *history, *name_prefix;
	const char *live;		/* s without data that end a run; NULL: it has ended */
	const char *thr_rms;		/* for all detectors and some: calib_limits_for() */
	long num_events, skip_events, scan_events;	/* scan 0: all events */
	bool hotpix, cmode;		/* deploy pixel_status, common_mode */
	bool multi;			/* some of the detectors have gain ranges, or may have */
};
/* run_params_combine - options, configuration file, defaults (calibrun.md 3)
 * What is missing is said on stderr, everything at once: CALIB_EINVAL with an empty sentence. */
CALIB_MUST_CHECK
int run_params_combine(struct run_params *params, const struct run_opts *opts,
                       struct calib_err *err);
void run_params_free(struct run_params *params);
/* run_opts_job - is a run to be done, or only the configuration or the batch jobs to be shown? */
static inline bool run_opts_job(const struct run_opts *o)
{
	return !o->batch.jobs && !o->batch.queue_status && o->batch.kill == NULL
	       && (!o->print_config && (o->save_config == NULL || o->process || o->deploy));
}

/* run_opts_look - is it only to be looked at? */
static inline bool run_opts_look(const struct run_opts *o)
{
	return o->look.files || o->look.clean || o->look.preflight;
}

/* run_opts_watch - is it to wait for runs? */
static inline bool run_opts_watch(const struct run_opts *o)
{
	return o->watch.watch && !o->watch.watched;
}

/* config_read - --config FILE, else what is in this directory and where calibtools.yaml is
 * searched; of run_params_combine() */
CALIB_MUST_CHECK
int config_read(struct run_params *params, struct calib_err *err);
/* config_print - --print-config: every parameter, its value, and where that comes from */
CALIB_MUST_CHECK
int config_print(const struct run_params *params, struct calib_err *err);
/* config_save - --save-config FILE: what is in force, as calibman would write it */
CALIB_MUST_CHECK
int config_save(const struct run_params *params, struct calib_err *err);

/* run_params_plan - which runs -r means, and how they are done: jobs, njobs, one_dark
 * Of run_params_combine(); CALIB_ENOTFOUND: there is no newest run. */
CALIB_MUST_CHECK
int run_params_plan(struct run_params *params, struct calib_err *err);
/* run_params_select - the i-th job: its run, range and names */
CALIB_MUST_CHECK
int run_params_select(struct run_params *params, size_t i, struct calib_err *err);
/* run_params_alias - is that an alias in the runs?  source (may be NULL): what it stands for */
bool run_params_alias(const struct run_params *params, const char *word, char source[128]);
/* run_params_files - what to open; free() opts->runs */
CALIB_MUST_CHECK
int run_params_files(const struct run_params *params, const char *runs,
                     struct calib_src_opts *opts, struct calib_err *err);
#define CALIBRUN_LIVE "120"
/* run_params_live - is the run followed while it is written?  As --live says, or -x */
const char *run_params_live(const struct run_params *params);
/* live_files - wait for a run to begin if need be; its files into the log
 * CALIB_EINVAL: it is still being written, and not to be followed */
CALIB_MUST_CHECK
int live_files(struct run_params *params, struct calib_err *err);
/* run_params_report - one record a parameter */
void run_params_report(const struct run_params *params);
/* run_params_detectors - unknown names: CALIB_EINVAL, the sentence lists the known ones */
CALIB_MUST_CHECK
int run_params_detectors(const struct run_params *params, struct calib_err *err);
/* run_params_deployed - the i-th type of constants to deploy, in their order; NULL past the end */
const char *run_params_deployed(const struct run_params *params, size_t i);
/* run_params_selects - does -d select this source, by name, source or detector? */
bool run_params_selects(const struct run_params *params, const char *source);

/* ---- session: terminal and log file ---- */

/* session_begin - the begin line on stdout; print_bits says which records are shown */
void session_begin(int argc, char **argv, long print_bits);
/* session_open_log - <workdir>/YYYY-MM-DD-HH:MM:SS-log.txt, from now on every record goes there */
CALIB_MUST_CHECK
int session_open_log(const char *workdir, struct calib_err *err);
/* session_open_json - every record from now on also as a line of JSON, appended to that file */
CALIB_MUST_CHECK
int session_open_json(const char *path, struct calib_err *err);
const char *session_log_name(void);	/* NULL: none yet */
/* record - one record of the session; who: the program it is of */
void record(enum calib_log_level level, const char *who, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* session_progress_on - show progress on stderr from now on
 * session_progress - one line in place of the last one, until a record comes; NULL: none any more
 */
void session_progress_on(bool on);
bool session_progress_wanted(void);
void session_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* session_collect - error records from now on also into *lines; NULL: no longer */
void session_collect(struct calib_str *lines);
/* session_end - the end line on stderr */
void session_end(void);

/* ---- children ---- */

struct args { char **list; size_t n, room; bool failed; };
void args_add(struct args *args, const char *text);
void args_pair(struct args *args, const char *option, const char *value); /* value NULL: none */
void args_number(struct args *args, const char *option, long value);	/* < 0: none */
void args_free(struct args *args);
/* child_program - where a program is that child_run() would run */
void child_program(struct calib_str *path, const char *name);
/* child_run - run a program of ours; its stderr becomes records, its stdout *out
 * input: for its stdin, or NULL.  Returns its exit status (128+N after signal N), < 0 when it
 * cannot be run. */
CALIB_MUST_CHECK
int child_run(const struct args *args, const char *input, struct calib_str *out,
              struct calib_err *err);
/* child_talk - the same, but what it has to say is no record: of its errors the first is in err
 * child_look - without input */
CALIB_MUST_CHECK
int child_talk(const struct args *args, const char *input, struct calib_str *out,
               struct calib_err *err);
CALIB_MUST_CHECK
int child_look(const struct args *args, struct calib_str *out, struct calib_err *err);
/* run_args - which run, of which detectors */
void run_args(struct args *args, const struct run_params *params);
/* events_args - which arrays of which run are averaged, and how */
void events_args(struct args *args, const struct run_params *params);
/* dark_args, hotpix_args, deploy_args - the command lines; shared by the job and the script */
void dark_args(struct args *args, const struct run_params *params);
void hotpix_args(struct args *args, const struct run_params *params);
void deploy_args(struct args *args, const struct run_params *params);

/* ---- rows: file, source, type, range ---- */

struct row {
	char *file, *source, *type, *range;
	bool left_out;			/* its source could not be flagged: is not deployed */
};
struct rows { struct row *list; size_t n, room; char *text; };
/* rows_parse - of a table printed by calib-dark or calib-hotpix; adds to *rows */
CALIB_MUST_CHECK
int rows_add(struct rows *rows, const char *file, const char *source, const char *type,
             const char *range, struct calib_err *err);
CALIB_MUST_CHECK
int rows_parse(struct rows *rows, const char *table, struct calib_err *err);
void rows_free(struct rows *rows);
const struct row *rows_find(const struct rows *rows, const char *source, const char *type);

/* ---- is the run dark? (verdict.c) ---- */

/* rows_judge - leave out the sources whose statistics say that their run is not dark, and say why;
 * with --force only say it
 * Returns how many were left out. */
CALIB_MUST_CHECK
int rows_judge(const struct run_params *params, struct rows *rows, struct calib_err *err);
/* verdict_of - "ok", "warning", "failed", or "-" where there is none, of a statistics file */
CALIB_MUST_CHECK
int verdict_of(const char *file, char verdict[16], struct calib_err *err);

/* ---- work files ---- */

/* work_flock - a lock that ends with its process: a descriptor, or CALIB_EEXIST when another has it
 */
CALIB_MUST_CHECK
int work_flock(const char *name, struct calib_err *err);
/* work_lock - only one calibrun works on the files of a run at a time; fd, or < 0 */
CALIB_MUST_CHECK
int work_lock(const struct run_params *params, struct calib_err *err);
void work_unlock(const struct run_params *params, int fd);
/* A file of a run in the work directory, or one that the completion record names. */
struct work_file {
	char name[256], source[128], type[32];
	uint64_t bytes;			/* of the record; 0 otherwise */
	uint32_t crc;
};
/* work_kind - what a file is, by its name after "clb-xppi0613-r0173-": source, and the type of
 * constants or "statistics"; NULL: it is none of ours */
const char *work_kind(const char *rest, char source[128]);
/* work_files - those of the selected detectors that are there, sorted by name; free() *list
 * work_recorded - those the completion record names, in its order; none is no error
 * CALIB_ENOTFOUND: there is no work directory. */
CALIB_MUST_CHECK
int work_files(const struct run_params *params, struct work_file **list, size_t *n,
               struct calib_err *err);
CALIB_MUST_CHECK
int work_recorded(const struct run_params *params, struct work_file **list, size_t *n,
                  struct calib_err *err);
/* work_clean - remove what an earlier call left for the selected detectors
 * removed: adds their names, a line each; may be NULL */
CALIB_MUST_CHECK
int work_clean(const struct run_params *params, struct calib_str *removed, struct calib_err *err);
/* work_temporary - a new work directory for this call only; work_remove - with the files in it */
CALIB_MUST_CHECK
int work_temporary(struct calib_str *dir, struct calib_err *err);
void work_remove(const char *dir);
/* work_complete - write the completion record: rows of this call, and of earlier ones for other
 * detectors; each with size and check sum of its file */
CALIB_MUST_CHECK
int work_complete(const struct run_params *params, const struct rows *rows,
                  struct calib_err *err);
/* work_completed - rows of the record for the selected detectors, files unchanged since;
 * CALIB_ENOTFOUND when there are none */
CALIB_MUST_CHECK
int work_completed(const struct run_params *params, struct rows *rows, struct calib_err *err);

/* ---- job ---- */

/* job_process - average and flag; rows: what may be deployed
 * Returns 0, or 1 when something failed and the rest is done: err then says what failed. */
CALIB_MUST_CHECK
int job_process(const struct run_params *params, struct rows *rows, struct calib_err *err);
/* job_deploy - *deployed: the files written, a line each */
CALIB_MUST_CHECK
int job_deploy(const struct run_params *params, const struct rows *rows,
               struct calib_str *deployed, struct calib_err *err);

/* What became of one run. */
struct outcome {
	unsigned run;
	struct rows rows;
	bool deployed;			/* -D was given and nothing of it failed */
	struct calib_err err;		/* code CALIB_OK: all that was asked is done */
	struct calib_str files;		/* written into the calibration directory, a line each */
	struct calib_str errors;	/* the error records, a line each */
};
/* summary_table - --summary FILE: one row a source of each run */
CALIB_MUST_CHECK
int summary_table(const struct run_params *params, const struct outcome *runs, size_t n,
                  struct calib_err *err);
/* summary_text - --summary-text FILE: the same in words */
CALIB_MUST_CHECK
int summary_text(const struct run_params *params, const struct outcome *runs, size_t n,
                 struct calib_err *err);
/* record_of_site - --record FILE: a line of this run; a failure is a warning */
void record_of_site(const struct run_params *params, const struct outcome *outcome);
/* runs_process - the session: all runs of -r, one after the other, a failed one is said
 * Params hold the last run afterwards. */
CALIB_MUST_CHECK
int runs_process(struct run_params *params, int argc, char **argv, struct calib_err *err);
/* watch_check - options that make no sense together: CALIB_EINVAL
 * watch_runs - --watch: takes the runs of the experiment as they end, until a signal comes */
CALIB_MUST_CHECK
int watch_check(const struct run_opts *opts, struct calib_err *err);
CALIB_MUST_CHECK
int watch_runs(const struct run_params *params, struct calib_err *err);
/* hook_run - --on-success, --on-failure; rc: of the session.  Failures are warnings. */
void hook_run(const struct run_params *params, int rc, const struct outcome *runs);
/* script_print - --dry-run: a POSIX shell script that does the same */
CALIB_MUST_CHECK
int script_print(struct run_params *params, struct calib_err *err);
#endif
