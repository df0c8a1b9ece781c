/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/batch.c - a run by the jobs of a batch engine
 *
 * One job runs calibrun itself.  With --tasks an array of jobs adds up shares of the run before,
 * and calibrun puts them together.  Exit status decides; shares that are finished stay until they
 * were used, so that the same command goes on where it was interrupted. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/in.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/path.h"
#include "calibrun/batch.h"
#include "src/src.h"

enum { KEY_ENGINE = 0x600, KEY_TASKS, KEY_NO_WAIT, KEY_ACCOUNT, KEY_TIME, KEY_MEM, KEY_RESERVATION,
       KEY_WORKER, KEY_PARTS, KEY_JOBS, KEY_KILL, KEY_QUEUE_STATUS };

static const struct argp_option options[] = {
	{"queue", 'q', "NAME", 0, "process the run by jobs in this queue of the batch engine", 1},
	{"engine", KEY_ENGINE, "NAME", 0,
	 "slurm or lsf (default: the one that is there), or local: here", 1},
	{"tasks", KEY_TASKS, "N", 0, "share the run out among N jobs; the result is the same", 1},
	{"no-wait", KEY_NO_WAIT, NULL, 0, "print the numbers of the jobs and do not wait for them",
	 1},
	{"account", KEY_ACCOUNT, "NAME", 0, "account of the jobs", 1},
	{"time", KEY_TIME, "TIME", 0, "time limit of the jobs, as the engine reads it", 1},
	{"mem", KEY_MEM, "SIZE", 0, "memory of the jobs, as the engine reads it", 1},
	{"reservation", KEY_RESERVATION, "NAME", 0, "reservation of the jobs", 1},
	{"jobs", KEY_JOBS, NULL, 0, "print the jobs of the work directory and what became of them",
	 1},
	{"kill", KEY_KILL, "JOB", 0, "end that job of the work directory; all: all of them", 1},
	{"queue-status", KEY_QUEUE_STATUS, NULL, 0, "print how busy the queue -q is", 1},
	{"worker", KEY_WORKER, NULL, OPTION_HIDDEN, NULL, 1},
	{"parts", KEY_PARTS, "N", OPTION_HIDDEN, NULL, 1},
	{0}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct batch_opts *o = state->input;

	switch (key) {
	case 'q':             o->wish.queue = arg; return 0;
	case KEY_ENGINE:      o->engine = arg; return 0;
	case KEY_TASKS:       o->tasks = cli_long(state, "--tasks", arg, 1, 2000); return 0;
	case KEY_NO_WAIT:     o->no_wait = true; return 0;
	case KEY_ACCOUNT:     o->wish.account = arg; return 0;
	case KEY_TIME:        o->wish.time = arg; return 0;
	case KEY_MEM:         o->wish.mem = arg; return 0;
	case KEY_RESERVATION: o->wish.reservation = arg; return 0;
	case KEY_JOBS:        o->jobs = true; return 0;
	case KEY_KILL:        o->kill = arg; return 0;
	case KEY_QUEUE_STATUS: o->queue_status = true; return 0;
	case KEY_WORKER:      o->worker = true; return 0;
	case KEY_PARTS:       o->parts = cli_long(state, "--parts", arg, 0, 2000); return 0;
	default:              return ARGP_ERR_UNKNOWN;
	}
}

const struct argp batch_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

bool batch_wanted(const struct batch_opts *o)
{
	return !o->worker && o->wish.queue != NULL && !batch_local(o);
}

bool batch_asked(const struct batch_opts *o)
{
	return o->jobs || o->queue_status || o->kill != NULL;
}

bool batch_local(const struct batch_opts *o)
{
	return o->engine != NULL && strcmp(o->engine, "local") == 0;
}

int batch_check(const struct batch_opts *o, struct calib_err *err)
{
	if (o->worker)
		return CALIB_OK;
	if (o->queue_status && o->wish.queue == NULL)
		return calib_fail(err, CALIB_EINVAL, "--queue-status: of which queue? add -q "
		                  "QUEUE");
	if (o->wish.queue != NULL && (*o->wish.queue == '-' || *o->wish.queue == '\0'))
		return calib_fail(err, CALIB_EINVAL, "-q: '%s' is no queue", o->wish.queue);
	if (o->wish.queue == NULL && o->engine != NULL && !batch_local(o))
		return calib_fail(err, CALIB_EINVAL, "--engine %s: which queue? add -q QUEUE",
		                  o->engine);
	if (o->wish.queue == NULL && !batch_local(o) && (o->tasks > 0 || o->no_wait))
		return calib_fail(err, CALIB_EINVAL, "--tasks and --no-wait are for batch jobs: "
		                  "add -q QUEUE, or --engine local for tasks here");
	if (batch_local(o) && o->no_wait)
		return calib_fail(err, CALIB_EINVAL, "--no-wait: what is done here is waited for");
	return CALIB_OK;
}

/* ---- shares that are there already ---- */

/* The number behind a word; NULL: it is not there. */
static const char *number_after(const char *text, const char *word, long *value)
{
	size_t n = strlen(word), digits;
	char number[8];

	if (strncmp(text, word, n) != 0)
		return NULL;
	digits = strspn(text + n, "0123456789");
	if (digits == 0 || digits >= sizeof number)
		return NULL;
	memcpy(number, text + n, digits);
	number[digits] = '\0';
	*value = strtol(number, NULL, 10);
	return text + n + digits;
}

/* <prefix>part-K-of-N-<source>.h5 */
static bool is_part(const struct run_params *p, const char *name, long *k, long *n)
{
	const char *stem = calib_path_base(p->prefix.s);
	size_t len = strlen(stem);
	const char *rest = strncmp(name, stem, len) == 0 ? number_after(name + len, "part-", k)
	                                                 : NULL;

	rest = rest ? number_after(rest, "-of-", n) : NULL;
	return rest != NULL && *rest == '-' && calib_path_suffix(name, ".h5");
}

typedef int part_fn(void *ctx, const char *path, long k, long n, struct calib_err *err);

static int each_part(const struct run_params *p, part_fn *fn, void *ctx, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	char **names = NULL;
	size_t count = 0;
	long k, n;
	int rc = calib_dir_names(&names, &count, p->workdir.s, err);

	for (size_t i = 0; i < count && rc >= 0; i++) {
		if (!is_part(p, names[i], &k, &n))
			continue;
		calib_str_clear(&path);
		calib_path_join(&path, p->workdir.s, names[i]);
		rc = fn(ctx, path.s, k, n, err);
	}
	calib_names_free(names);
	calib_str_release(&path);
	return rc;
}

struct found { bool *have; long tasks; };

static int note(void *ctx, const char *path, long k, long n, struct calib_err *err)
{
	struct found *f = ctx;

	(void)path, (void)err;
	if (n == f->tasks && k >= 1 && k <= n)
		f->have[k] = true;
	return CALIB_OK;
}

static int drop(void *ctx, const char *path, long k, long n, struct calib_err *err)
{
	(void)ctx, (void)k, (void)n;
	return unlink(path) == 0 || errno == ENOENT ? CALIB_OK
		: calib_fail_sys(err, "%s: cannot remove", path);
}

struct merged { struct args *args; long parts; };

static int add(void *ctx, const char *path, long k, long n, struct calib_err *err)
{
	struct merged *m = ctx;

	(void)k, (void)err;
	if (n == m->parts)
		args_add(m->args, path);
	return CALIB_OK;
}

int batch_parts(const struct run_params *p, long parts, struct args *args, struct calib_err *err)
{
	struct merged m = {args, parts};
	size_t before = args->n;
	int rc = each_part(p, add, &m, err);

	return rc >= 0 && args->n == before
		? calib_fail(err, CALIB_ENOTFOUND, "%spart-*: there are no shares to put together",
		             p->prefix.s) : rc;
}

/* What the shares are of: command and files. */
static int key_of(struct calib_str *key, const struct run_params *p, struct calib_err *err)
{
	struct calib_src_opts open;
	struct calib_src *src = NULL;
	const struct calib_file *f;
	struct args a = {0};
	int rc = run_params_files(p, p->runs, &open, err);

	if (rc >= 0)
		rc = calib_src_open(&src, &open, err);
	events_args(&a, p);
	for (size_t i = 0; i < a.n; i++)
		calib_str_addf(key, "%s\n", a.list[i]);
	calib_str_addf(key, "%ld\n", p->o->batch.tasks);
	for (size_t i = 0; rc >= 0 && (f = calib_src_file(src, i)) != NULL; i++)
		calib_str_addf(key, "%s\t%llu\t%lld\n", f->path, (unsigned long long)f->size,
		               (long long)f->mtime);
	args_free(&a);
	calib_src_close(src);
	free((void *)(uintptr_t)open.runs);
	return rc < 0 ? rc : calib_str_check(key, err);
}

static void key_name(struct calib_str *name, const struct run_params *p)
{
	calib_str_addf(name, "%sparts.txt", p->prefix.s);
}

static bool same_key(const char *path, const struct calib_str *key)
{
	struct calib_in *in = NULL;
	const uint8_t *b = NULL;
	bool same = calib_is_file(path) && calib_in_open(&in, path, NULL) >= 0
		&& calib_in_peek(in, &b, key->len + 1, NULL) == (long)key->len
		&& memcmp(b, key->s, key->len) == 0;

	calib_in_close(in);
	return same;
}

/* Which shares are still to be made?  Those of another command or of other files are removed. */
static int missing(const struct run_params *p, bool *have, struct calib_err *err)
{
	struct calib_str key = CALIB_STR_INIT, name = CALIB_STR_INIT;
	struct found f = {have, p->o->batch.tasks};
	int rc = key_of(&key, p, err);

	key_name(&name, p);
	if (rc >= 0 && same_key(name.s, &key)) {
		rc = each_part(p, note, &f, err);
	} else if (rc >= 0) {
		rc = each_part(p, drop, NULL, err);
		if (rc >= 0)
			rc = calib_out_text(name.s, 0, &key, err);
	}
	calib_str_release(&key);
	calib_str_release(&name);
	return rc;
}

int batch_parts_used(const struct run_params *p, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	int rc;

	key_name(&name, p);
	unlink(name.s);
	rc = each_part(p, drop, NULL, err);
	calib_str_release(&name);
	return rc;
}

/* ---- scripts ---- */

static void command(struct calib_str *s, const struct args *a)
{
	struct calib_str program = CALIB_STR_INIT;

	child_program(&program, a->list[0]);
	calib_str_add(s, "exec ");
	calib_str_quote_sh(s, program.s);
	for (size_t i = 1; i < a->n; i++) {
		calib_str_addc(s, ' ');
		calib_str_quote_sh(s, a->list[i]);
	}
	calib_str_release(&program);
}

static void share_args(struct args *a, const struct run_params *p)
{
	dark_args(a, p);
	args_add(a, "--part");
}

static void share_script(struct calib_str *s, const struct run_params *p, const struct engine *e)
{
	struct args a = {0};

	share_args(&a, p);
	calib_str_add(s, "#!/bin/sh\n");
	command(s, &a);
	calib_str_addf(s, " \"%s/%ld\"\n", e->index, p->o->batch.tasks);
	args_free(&a);
}

/* The same command again, as the job: what is said last counts. */
static void worker_script(struct calib_str *s, const struct run_params *p)
{
	struct args a = {0};

	args_add(&a, "calibrun");
	for (int i = 1; i < p->o->argc; i++)
		args_add(&a, p->o->argv[i]);
	args_add(&a, "--worker");
	args_pair(&a, "-r", p->runs);
	args_number(&a, "--parts", p->o->batch.tasks);
	calib_str_add(s, "#!/bin/sh\n");
	command(s, &a);
	calib_str_addc(s, '\n');
	args_free(&a);
}

/* ---- jobs ---- */

static int submit(const struct engine *e, const struct run_params *p, const char *what,
                  const char *script, const char *array, const char *after, char id[32],
                  struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT, log = CALIB_STR_INIT;
	struct engine_job job = {&p->o->batch.wish, NULL, NULL, script, array, after};
	int rc;

	calib_str_addf(&name, "%s-%s-r%s", what, p->exp, p->run4);
	calib_str_addf(&log, "%sbatch-%s.log", p->prefix.s, array ? e->array_log : e->log);
	job.name = name.s;
	job.log = log.s;
	rc = calib_str_check(&log, err);
	if (rc >= 0)
		rc = e->submit(&job, id, err);
	if (rc >= 0)
		record(CALIB_INFO, "calibrun", "submitted job %s (%s%s%s) to %s, queue %s", id,
		       name.s, array ? ", shares " : "", array ? array : "", e->name,
		       p->o->batch.wish.queue);
	calib_str_release(&name);
	calib_str_release(&log);
	return rc;
}

int batch_submit(const struct run_params *p, struct batch_job *job, struct calib_err *err)
{
	const struct engine *e = engine_find(p->o->batch.engine, err);
	struct calib_str text = CALIB_STR_INIT, array = CALIB_STR_INIT;
	long n = p->o->batch.tasks;
	bool *have = calib_alloc((size_t)n + 2, sizeof *have, "shares", err);
	int rc = e == NULL ? err->code : have ? CALIB_OK : CALIB_ENOMEM;

	*job = (struct batch_job){.engine = e};
	if (rc >= 0 && n > 0)
		rc = missing(p, have, err);
	for (long k = 1; k <= n && rc >= 0; k++)
		if (!have[k])
			calib_str_addf(&array, "%s%ld", array.len ? "," : "", k);
	if (rc >= 0 && array.len > 0) {
		share_script(&text, p, e);
		rc = calib_str_check(&text, err);
		if (rc >= 0)
			rc = submit(e, p, "share", text.s, array.s, NULL, job->shares, err);
	}
	calib_str_clear(&text);
	worker_script(&text, p);
	if (rc >= 0)
		rc = calib_str_check(&text, err);
	if (rc >= 0)
		rc = submit(e, p, "calibrun", text.s, NULL, job->shares[0] ? job->shares : NULL,
		            job->last, err);
	snprintf(job->logs, sizeof job->logs, "%sbatch-*.log", p->prefix.s);
	if (rc >= 0)
		rc = jobs_note(p, job, err);
	if (rc < 0 && e != NULL && job->shares[0] != '\0')
		(void)!e->cancel(job->shares, NULL);
	calib_str_release(&text);
	calib_str_release(&array);
	free(have);
	return rc;
}

/* ---- waiting ---- */

static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
	stop = sig;
}

/* Ask the engine to end the jobs, then end as the signal wants it. */
static void interrupted(struct batch_job *jobs, size_t n, const struct sigaction old[2])
{
	for (size_t i = 0; i < n; i++) {
		struct calib_err err = CALIB_ERR_INIT;
		const char *ids[] = {jobs[i].shares, jobs[i].last};

		for (size_t k = 0; k < 2 && !jobs[i].ended; k++)
			if (*ids[k] != '\0' && jobs[i].engine->cancel(ids[k], &err) < 0)
				record(CALIB_ERROR, "calibrun", "job %s: %s", ids[k], err.msg);
	}
	record(CALIB_ERROR, "calibrun", "interrupted, the jobs are cancelled");
	sigaction(SIGINT, &old[0], NULL);
	sigaction(SIGTERM, &old[1], NULL);
	raise(stop);
}

/* One job after the engine has answered. */
static void judge(struct batch_job *job, const struct engine_answer *shares,
                  const struct engine_answer *last)
{
	struct calib_str why = CALIB_STR_INIT;

	if (last->state == ENGINE_WAITING && shares != NULL && shares->state == ENGINE_FAILED)
		(void)!job->engine->cancel(job->last, NULL);	/* it would wait for ever */
	else if (last->state == ENGINE_WAITING || last->state == ENGINE_RUNNING
	         || (shares != NULL && shares->state == ENGINE_RUNNING))
		return;
	job->ended = true;
	if (last->state == ENGINE_DONE)
		return;
	if (shares != NULL)
		calib_str_add(&why, shares->why.s);
	if (last->why.len > 0)
		calib_str_addf(&why, "%s%s", why.len ? "; " : "", last->why.s);
	if (why.len == 0)
		calib_str_addf(&why, "job %s: the engine does not know it any more", job->last);
	calib_fail(&job->err, CALIB_EFORMAT, "%s; nothing is deployed by jobs that failed, see %s; "
	           "the same command goes on with what is missing", why.s, job->logs);
	calib_str_release(&why);
}

/* What is asked: the numbers of all jobs that have not ended, two of each at most. */
struct question { const char **ids; struct engine_answer *answers; size_t n; };

/* One call of the engine for all jobs. */
static int ask(struct question *q, struct batch_job *jobs, size_t n, struct calib_err *err)
{
	const struct engine *engine = NULL;

	q->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].engine == NULL || jobs[i].ended)
			continue;
		engine = jobs[i].engine;
		if (jobs[i].shares[0] != '\0')
			q->ids[q->n++] = jobs[i].shares;
		q->ids[q->n++] = jobs[i].last;
	}
	for (size_t i = 0; i < q->n; i++)
		q->answers[i] = (struct engine_answer){.state = ENGINE_GONE,
			.why = CALIB_STR_INIT};
	return engine != NULL ? engine->poll(q->ids, q->n, q->answers, err) : CALIB_OK;
}

/* "3 of 10 jobs done, 2 running, 5 waiting (Resources)", and the shares of a single one. */
static void show_progress(const struct question *q, const struct batch_job *jobs, size_t n,
                          double elapsed)
{
	unsigned done = 0, running = 0, waiting = 0, tasks = 0, made = 0;
	const char *reason = "";
	char left[32] = "";

	for (size_t i = 0; i < n; i++)
		done += jobs[i].engine == NULL || jobs[i].ended;
	for (size_t i = 0; i < q->n; i++) {
		const struct engine_answer *a = &q->answers[i];

		running += a->running;
		waiting += a->state == ENGINE_WAITING;
		tasks += a->tasks;
		made += a->done;
		reason = a->state == ENGINE_WAITING && a->reason[0] ? a->reason : reason;
	}
	if (n > 1)
		tasks = (unsigned)n, made = done;
	if (made > 0 && made < tasks)
		cli_time_left(elapsed * (tasks - made) / made, left);
	session_progress("jobs: %u of %u done, %u running, %u waiting%s%s%s%s%s", made, tasks,
	                 running, waiting, *reason ? " (" : "", reason, *reason ? ")" : "",
	                 *left ? ", " : "", left);
}

/* A controller that restarts does not answer for a while: failures counts how often that was. */
static size_t round_of(struct question *q, struct batch_job *jobs, size_t n, size_t *failures,
                       double elapsed)
{
	struct calib_err why = CALIB_ERR_INIT;
	int rc = ask(q, jobs, n, &why);
	size_t left = 0, at = 0;

	*failures = rc < 0 ? *failures + 1 : 0;
	for (size_t i = 0; i < n; i++) {
		const struct engine_answer *shares = NULL;

		if (jobs[i].engine == NULL || jobs[i].ended)
			continue;
		if (jobs[i].shares[0] != '\0')
			shares = &q->answers[at++];
		if (rc >= 0)
			judge(&jobs[i], shares, &q->answers[at]);
		else if (*failures >= 30) {
			jobs[i].ended = true;
			jobs[i].err = why;
		}
		at++;
		left += !jobs[i].ended;
	}
	if (rc >= 0)
		show_progress(q, jobs, n, elapsed);
	engine_answers_release(q->answers, q->n);
	return left;
}

int batch_wait(struct batch_job *jobs, size_t n, struct calib_err *err)
{
	const struct sigaction act = {.sa_handler = on_stop};
	struct sigaction old[2];
	struct question q = {calib_alloc(2 * n + 1, sizeof *q.ids, "jobs", err),
		calib_alloc(2 * n + 1, sizeof *q.answers, "jobs", err), 0};
	size_t left = q.ids && q.answers ? 1 : 0, failures = 0;
	double elapsed = 0;
	long delay = 1;

	sigaction(SIGINT, &act, &old[0]);
	sigaction(SIGTERM, &act, &old[1]);
	while (left > 0 && !stop) {
		const struct timespec t = {delay, 0};

		nanosleep(&t, NULL);
		elapsed += (double)delay;
		delay = delay < 10 ? delay + 1 : 10;
		if (!stop)
			left = round_of(&q, jobs, n, &failures, elapsed);
	}
	session_progress(NULL);
	free(q.ids);
	free(q.answers);
	if (stop)
		interrupted(jobs, n, old);
	sigaction(SIGINT, &old[0], NULL);
	sigaction(SIGTERM, &old[1], NULL);
	return stop ? calib_fail(err, CALIB_EFORMAT, "interrupted") : err->code;
}

/* ---- here ---- */

int batch_here(const struct run_params *p, struct calib_err *err)
{
	long n = p->o->batch.tasks;
	bool *have = calib_alloc((size_t)n + 2, sizeof *have, "shares", err);
	int rc = have ? missing(p, have, err) : CALIB_ENOMEM;

	for (long k = 1; k <= n && rc >= 0; k++) {
		struct calib_str out = CALIB_STR_INIT;
		struct args a = {0};
		char text[48];

		if (have[k])
			continue;
		share_args(&a, p);
		snprintf(text, sizeof text, "%ld/%ld", k, n);
		args_add(&a, text);
		rc = child_run(&a, NULL, &out, err);
		rc = rc > 0 ? CALIB_EFORMAT : rc;
		args_free(&a);
		calib_str_release(&out);
	}
	free(have);
	return rc;
}
