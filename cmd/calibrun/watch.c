/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/watch.c - --watch: every new dark run of an experiment as it ends
 *
 * Each run is a calibrun of its own, called with the same options and its number, so that nothing
 * of one run can touch another, and what interrupts this program interrupts that one.  What became
 * of the runs stands in a table in the work directory, which is replaced as a whole after each
 * one: killed at any moment, the run that was in work is simply taken again. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/proc.h"
#include "calibrun/watch.h"
#include "src/lists.h"

enum { KEY_WATCH = 0x800, KEY_ONCE, KEY_SETTLE, KEY_SELECT, KEY_WATCHED, KEY_ON_SUCCESS,
       KEY_ON_FAILURE };
enum { TRIES = 3, RETRY_AFTER = 60 };	/* of a run that fails; s, times the tries so far */

static const struct argp_option options[] = {
	{"watch", KEY_WATCH, NULL, 0, "process every new dark run of the experiment as it ends", 1},
	{"once", KEY_ONCE, NULL, 0, "--watch: only the runs that are there now, for cron", 1},
	{"settle", KEY_SETTLE, "S", 0,
	 "--watch: a run has ended when its files are unchanged for S seconds (default 30)", 1},
	{"select", KEY_SELECT, "LIST", 0,
	 "--watch: which runs: dark (default: no event codes of beam), stat (dark by the events "
	 "themselves), all, code=N or code=-N (with, without that event code); several, as in "
	 "code=40,stat, must all be true", 1},
	{"on-success", KEY_ON_SUCCESS, "CMD", 0,
	 "run that command after all is done, with the summary's name in CALIB_SUMMARY; sh:CMD is "
	 "a command of the shell", 1},
	{"on-failure", KEY_ON_FAILURE, "CMD", 0, "the same when something has failed", 1},
	{"watched", KEY_WATCHED, NULL, OPTION_HIDDEN, NULL, 1},
	{0}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct watch_opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:  o->settle = 30; return 0;
	case KEY_WATCH:      o->watch = true; return 0;
	case KEY_ONCE:       o->once = true; return 0;
	case KEY_SETTLE:     o->settle = cli_double(state, "--settle", arg, 0, 86400); return 0;
	case KEY_SELECT:     o->select = arg; return 0;
	case KEY_ON_SUCCESS: o->on_success = arg; return 0;
	case KEY_ON_FAILURE: o->on_failure = arg; return 0;
	case KEY_WATCHED:    o->watched = true; return 0;
	default:             return ARGP_ERR_UNKNOWN;
	}
}

const struct argp watch_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

int watch_check(const struct run_opts *o, struct calib_err *err)
{
	const struct watch_opts *w = &o->watch;

	if ((w->on_success || w->on_failure) && o->batch.no_wait)
		return calib_fail(err, CALIB_EINVAL, "--on-success, --on-failure: with --no-wait "
		                  "nobody sees the end of the jobs: leave that out");
	if (!w->watch && (w->once || w->select != NULL))
		return calib_fail(err, CALIB_EINVAL, "--once and --select go with --watch");
	if (!w->watch || w->watched)
		return CALIB_OK;
	if (!o->process)
		return calib_fail(err, CALIB_EINVAL, "--watch: add -P to process the runs, and -D "
		                  "to deploy their constants");
	if (o->dry_run || o->batch.no_wait || run_opts_look(o))
		return calib_fail(err, CALIB_EINVAL, "--watch processes runs: it does not go with "
		                  "--dry-run, --no-wait, --files, --clean or --preflight");
	if (o->xtcdir != NULL && calib_is_file(o->xtcdir))
		return calib_fail(err, CALIB_EINVAL, "--watch: -x names a single file, give the "
		                  "directory of the runs");
	return watch_select_check(w->select, err);
}

/* ---- signals ---- */

static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
	stop = sig;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { NSIGNALS = sizeof signals / sizeof *signals };

static void catch_signals(struct sigaction old[NSIGNALS])
{
	const struct sigaction act = {.sa_handler = on_stop};

	stop = 0;
	for (int i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &act, &old[i]);
}

static void release_signals(const struct sigaction old[NSIGNALS])
{
	for (int i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &old[i], NULL);
}

/* ---- one run ---- */

static void exec_run(const struct args *a, const char *program, const struct sigaction old[])
{
	release_signals(old);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execvp(program, a->list);
	dprintf(STDERR_FILENO, "%s: cannot start: %s\n", program, strerror(errno));
	_exit(127);
}

/* Its exit status; a signal that came meanwhile goes on to it. */
static int wait_for(pid_t pid)
{
	int status = 0, passed = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (stop != 0 && !passed++)
			kill(pid, SIGTERM);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The same command again for one run: what is said last counts. */
static int call(const struct run_params *p, unsigned run, const struct sigaction old[],
                struct calib_err *err)
{
	struct calib_str program = CALIB_STR_INIT;
	struct args a = {0};
	int status;
	pid_t pid;

	args_add(&a, "calibrun");
	for (int i = 1; i < p->o->argc; i++)
		args_add(&a, p->o->argv[i]);
	args_add(&a, "--watched");
	args_number(&a, "-r", run);
	child_program(&program, "calibrun");
	if (a.failed || program.failed)
		return calib_fail(err, CALIB_ENOMEM, "out of memory");
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		exec_run(&a, program.s, old);
	status = pid < 0 ? calib_fail_sys(err, "run %u: cannot start calibrun", run)
	                 : wait_for(pid);
	args_free(&a);
	calib_str_release(&program);
	return status;
}

/* ---- looking ---- */

struct watch {
	const struct run_params *p;
	struct sigaction old[NSIGNALS];
	struct watch_table table;
	struct watch_table before;	/* the files as they were at the last look */
	double period;			/* s between two looks */
	uint32_t method, choice;	/* check sums of the command lines, and with --select */
	size_t failed;
	bool told_none, told_error;	/* said once, not at every look */
};

/* What makes the constants of any run: a change takes the runs again. */
static int sum_method(struct watch *w, struct calib_err *err)
{
	struct run_opts one = *w->p->o;
	struct run_params q;
	struct calib_str text = CALIB_STR_INIT;
	int rc;

	one.run = "0";
	one.watch.watch = false;
	one.save_config = NULL;
	rc = run_params_combine(&q, &one, err);
	if (rc >= 0)
		rc = run_params_select(&q, 0, err);
	if (rc >= 0) {
		void (*const lines[])(struct args *, const struct run_params *) = {
			dark_args, hotpix_args, deploy_args};

		for (size_t k = 0; k < (one.deploy ? 3u : 2u); k++) {
			struct args a = {0};

			lines[k](&a, &q);
			for (size_t i = 0; i < a.n; i++)
				calib_str_addf(&text, "%s\n", a.list[i]);
			args_free(&a);
		}
		for (size_t t = 0; one.deploy && run_params_deployed(&q, t) != NULL; t++)
			calib_str_addf(&text, "%s\n", run_params_deployed(&q, t));
		rc = calib_str_check(&text, err);
	}
	w->method = (uint32_t)crc32(0, (const uint8_t *)text.s, (uInt)text.len);
	calib_str_add(&text, one.watch.select ? one.watch.select : "");
	w->choice = (uint32_t)crc32(0, (const uint8_t *)text.s, (uInt)text.len);
	calib_str_release(&text);
	run_params_free(&q);
	return rc;
}

/* No directory, or no run in it, is a beginning and no failure. */
static int list_runs(struct watch *w, struct calib_runs *runs, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	struct calib_src_opts open;
	const char *which = w->p->o->run;
	int rc = run_params_files(w->p, which != NULL ? which : "0-65535", &open, err);

	*runs = (struct calib_runs){NULL, 0, NULL, 0};
	if (rc < 0)
		return rc;
	rc = calib_runs_list(runs, &open, &why);
	free((void *)(uintptr_t)open.runs);
	if (rc == CALIB_ENOTFOUND) {
		if (!w->told_none)
			record(CALIB_INFO, "calibrun", "no run yet: %s", why.msg);
		w->told_none = true;
		return CALIB_OK;
	}
	return rc < 0 ? calib_fail(err, rc, "%s", why.msg) : rc;
}

/* Complete: nobody writes it, and it is as it was for long enough.  A file that is copied may bear
 * an old time while it grows, so this program looks twice, unless it looks only once. */
static bool complete(struct watch *w, const struct watch_row *row, const struct calib_run *run)
{
	const struct watch_row *last = watch_find(&w->before, run->run);
	bool same = last != NULL && watch_same_files(last, row);
	double age = difftime(time(NULL), (time_t)run->last);

	return !run->in_progress && (same || w->p->o->watch.once)
	       && (age >= w->p->o->watch.settle || (same && row->seen - last->seen
	                                            >= w->p->o->watch.settle));
}

static double clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Was it taken already, or left, as it would be now? */
static bool settled(const struct watch *w, const struct watch_row *old, const struct watch_row *row)
{
	return old != NULL && watch_same_files(old, row)
	       && old->method == (strcmp(old->state, "left") == 0 ? w->choice : w->method);
}

/* Is there something to do about it?  A run that failed is tried again, later and later. */
static bool wanted(const struct watch *w, const struct watch_row *old, const struct watch_row *row)
{
	if (!settled(w, old, row))
		return true;
	if (strcmp(old->state, "failed") != 0 || old->tries >= TRIES)
		return false;
	return difftime(calib_now(), (time_t)old->time) >= RETRY_AFTER * old->tries;
}

static int take(struct watch *w, struct watch_row *row, const struct watch_row *old,
                struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	int status = watch_selected(w->p, row->run, &why);

	row->tries = 1 + (settled(w, old, row) ? old->tries : 0);
	if (status == 0) {
		record(CALIB_INFO, "calibrun", "run %u is left alone: %s", row->run, why.msg);
		row->method = w->choice;
		watch_state(row, "left", why.msg);
		return CALIB_OK;
	}
	if (session_log_name() == NULL && session_open_log(w->p->workdir.s, err) < 0)
		return err->code;
	if (status > 0) {
		record(CALIB_INFO, "calibrun", "run %u has ended: it is processed", row->run);
		status = call(w->p, row->run, w->old, &why);
		if (stop != 0)
			return CALIB_OK;
		if (status > 0)
			calib_fail(&why, CALIB_EFORMAT, "calibrun ended with status %d", status);
		else if (status == 0)
			record(CALIB_INFO, "calibrun", "run %u is done", row->run);
		status = status != 0 ? -1 : 0;
	}
	if (status < 0)
		record(CALIB_ERROR, "calibrun", "run %u, try %d of %d: %s", row->run, row->tries,
		       TRIES, why.msg);
	w->failed += status < 0;
	watch_state(row, status < 0 ? "failed" : "done", status < 0 ? why.msg : "");
	return CALIB_OK;
}

/* At the first start without -r all that is there is old. */
static void begin_here(struct watch *w, const struct calib_runs *runs)
{
	for (size_t i = runs->n; i-- > 0;)
		if (!runs->run[i].in_progress) {
			w->table.from = runs->run[i].run + 1;
			record(CALIB_INFO, "calibrun", "run %u is the last one of %s that is "
			       "complete: runs from %u on are new; -r says which others are taken",
			       runs->run[i].run, w->p->exp, w->table.from);
			return;
		}
	w->table.from = 0;
}

static int look(struct watch *w, struct calib_err *err)
{
	struct watch_table now = {.from = 0};
	struct calib_runs runs;
	int rc = list_runs(w, &runs, err);

	if (rc >= 0 && !w->table.begun) {
		if (w->p->o->run == NULL)
			begin_here(w, &runs);
		w->table.begun = true;
		rc = watch_write(w->p, &w->table, err);
	}
	for (size_t i = 0; i < runs.n && rc >= 0 && stop == 0; i++) {
		const struct calib_run *run = &runs.run[i];
		const struct watch_row *old = watch_find(&w->table, run->run);
		const struct watch_row *last = watch_find(&w->before, run->run);
		struct watch_row row = {.run = run->run, .nfiles = run->nfiles,
			.bytes = run->bytes, .newest = run->last, .method = w->method,
			.seen = clock_now()};

		if (w->p->o->run == NULL && run->run < w->table.from)
			continue;
		if (!wanted(w, old, &row))
			continue;
		if (complete(w, &row, run)) {
			rc = take(w, &row, old, err);
			if (rc >= 0 && stop == 0)
				rc = watch_put(&w->table, &row, err);
			if (rc >= 0 && stop == 0)
				rc = watch_write(w->p, &w->table, err);
			continue;
		}
		if (last != NULL && watch_same_files(last, &row))
			row.seen = last->seen;	/* since when it is as it is */
		rc = watch_put(&now, &row, err);
	}
	free(w->before.row);
	w->before = now;
	calib_runs_release(&runs);
	return rc;
}

/* ---- the whole ---- */

/* A directory that cannot be listed just now may be back in a minute. */
static int watch_on(struct watch *w, struct calib_err *err)
{
	int rc = CALIB_OK;

	while (stop == 0) {
		struct timespec t = {(time_t)w->period,
			(long)(1e9 * (w->period - floor(w->period)))};
		struct calib_err why = CALIB_ERR_INIT;

		rc = look(w, &why);
		if (rc < 0 && (w->p->o->watch.once || rc == CALIB_ENOMEM))
			return calib_fail(err, rc, "%s", why.msg);
		if (rc < 0 && !w->told_error)
			record(CALIB_ERROR, "calibrun", "%s", why.msg);
		w->told_error = rc < 0;
		if (w->p->o->watch.once)
			break;
		if (stop == 0)
			nanosleep(&t, NULL);
	}
	if (w->failed > 0 && stop == 0)
		return calib_fail(err, CALIB_EFORMAT, "%zu run%s failed: see the log", w->failed,
		                  w->failed > 1 ? "s" : "");
	return CALIB_OK;
}

int watch_runs(const struct run_params *p, struct calib_err *err)
{
	const double settle = p->o->watch.settle;
	struct watch w = {.p = p, .period = fmin(fmax(settle / 2, 0.1), 10)};
	struct calib_str lock = CALIB_STR_INIT;
	int fd, rc = calib_make_dirs(p->workdir.s, 0, (gid_t)-1, err), sig;

	calib_str_addf(&lock, "%s/.%s%s-watch.lock", p->workdir.s, p->name_prefix, p->exp);
	fd = rc < 0 ? rc : work_flock(lock.s, err);
	calib_str_release(&lock);
	if (fd == CALIB_EEXIST) {
		record(CALIB_INFO, "calibrun", "another calibrun watches %s in %s: nothing to do",
		       p->exp, p->workdir.s);
		return CALIB_OK;
	}
	if (fd < 0)
		return fd;
	rc = watch_read(p, &w.table, err);
	if (rc >= 0)
		rc = sum_method(&w, err);
	catch_signals(w.old);
	if (rc >= 0)
		rc = watch_on(&w, err);
	release_signals(w.old);
	sig = stop;
	close(fd);
	free(w.table.row);
	free(w.before.row);
	if (sig != 0) {
		record(CALIB_INFO, "calibrun", "ended by signal %d (%s)", sig, strsignal(sig));
		raise(sig);
	}
	return rc;
}
