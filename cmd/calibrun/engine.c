/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/engine.c - Slurm, by its commands; facts of them: slurm 22.05 */
#include "calibrun/engine.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calibrun/calibrun.h"

/* ---- Slurm ---- */

static void slurm_args(struct args *a, const struct engine_job *job)
{
	const struct engine_wish *w = job->wish;
	struct calib_str after = CALIB_STR_INIT;

	args_add(a, "sbatch");
	args_add(a, "--parsable");
	args_pair(a, "--job-name", job->name);
	args_pair(a, "--output", job->log);
	args_pair(a, "--partition", w->queue);
	args_pair(a, "--account", w->account);
	args_pair(a, "--time", w->time);
	args_pair(a, "--mem", w->mem);
	args_pair(a, "--reservation", w->reservation);
	args_pair(a, "--array", job->array);
	if (job->after != NULL) {
		/* else it would wait for ever when the other one fails */
		args_add(a, "--kill-on-invalid-dep=yes");
		calib_str_addf(&after, "afterok:%s", job->after);
		args_pair(a, "--dependency", after.s);
	}
	calib_str_release(&after);
}

static int slurm_submit(const struct engine_job *job, char id[32], struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	struct args a = {0};
	size_t n;
	int rc;

	slurm_args(&a, job);
	rc = child_run(&a, job->script, &out, err);
	n = strspn(out.s, "0123456789");
	if (rc == 0 && (n == 0 || n >= 32))
		rc = calib_fail(err, CALIB_EFORMAT, "sbatch answered '%.60s', not the number of a "
		                "job", out.s);
	else if (rc == 0)
		snprintf(id, 32, "%.*s", (int)n, out.s);
	args_free(&a);
	calib_str_release(&out);
	return rc > 0 ? calib_err_wrap(err, "the job was not accepted") : rc;
}

/* States that are not the end of a job; COMPLETED is the good one, all others are failures. */
static const struct { const char *word; enum engine_state state; } slurm_states[] = {
	{"PENDING", ENGINE_WAITING}, {"REQUEUED", ENGINE_WAITING}, {"REQUEUE_HOLD", ENGINE_WAITING},
	{"CONFIGURING", ENGINE_WAITING}, {"RUNNING", ENGINE_RUNNING},
	{"COMPLETING", ENGINE_RUNNING}, {"SUSPENDED", ENGINE_RUNNING}, {"RESIZING", ENGINE_RUNNING},
	{"SIGNALING", ENGINE_RUNNING}, {"STAGE_OUT", ENGINE_RUNNING}, {"STOPPED", ENGINE_RUNNING},
	{"COMPLETED", ENGINE_DONE},
};

static enum engine_state slurm_state(const char *word)
{
	for (size_t i = 0; i < sizeof slurm_states / sizeof *slurm_states; i++)
		if (strcmp(slurm_states[i].word, word) == 0)
			return slurm_states[i].state;
	return ENGINE_FAILED;
}

/* "4_3|FAILED|NonZeroExitCode|n2" */
static void slurm_line(char *line, enum engine_state *all, struct calib_str *why)
{
	char *save = NULL, *id = strtok_r(line, "|", &save), *word = strtok_r(NULL, "|", &save);
	char *reason = strtok_r(NULL, "|", &save), *node = strtok_r(NULL, "|", &save);
	enum engine_state state = word ? slurm_state(word) : ENGINE_FAILED;

	if (word == NULL)
		return;
	if (state == ENGINE_FAILED) {
		calib_str_addf(why, "%sjob %s: %s", why->len ? "\n" : "", id, word);
		if (reason != NULL && strcmp(reason, "None") != 0)
			calib_str_addf(why, " (%s)", reason);
		if (node != NULL && *node != '\0')
			calib_str_addf(why, " on %s", node);
	}
	/* a task that runs or waits is not the end, though others have failed */
	if (*all == ENGINE_GONE)
		*all = state;
	else if (state == ENGINE_RUNNING || *all == ENGINE_RUNNING)
		*all = ENGINE_RUNNING;
	else if (state == ENGINE_WAITING || *all == ENGINE_WAITING)
		*all = ENGINE_WAITING;
	else if (state == ENGINE_FAILED)
		*all = ENGINE_FAILED;
}

static int slurm_poll(const char *id, enum engine_state *state, struct calib_str *why,
                      struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	struct args a = {0};
	char *save = NULL;
	int rc;

	*state = ENGINE_GONE;
	args_add(&a, "squeue");
	args_add(&a, "--noheader");
	args_add(&a, "--array");
	args_add(&a, "--states=all");
	args_pair(&a, "--format", "%i|%T|%r|%N");
	args_pair(&a, "--jobs", id);
	rc = child_run(&a, NULL, &out, err);
	for (char *line = rc == 0 && out.len ? strtok_r(out.s, "\n", &save) : NULL; line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		slurm_line(line, state, why);
	args_free(&a);
	calib_str_release(&out);
	return rc < 0 ? rc : rc > 0 ? CALIB_EFORMAT : CALIB_OK;
}

static int slurm_cancel(const char *id, struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	struct args a = {0};
	int rc;

	args_add(&a, "scancel");
	args_add(&a, id);
	rc = child_run(&a, NULL, &out, err);
	args_free(&a);
	calib_str_release(&out);
	return rc > 0 ? CALIB_EFORMAT : rc;
}

/* The lines a command prints. */
static int ask(struct calib_str *out, const char *const *words, struct calib_err *err)
{
	struct args a = {0};
	int rc;

	for (size_t i = 0; words[i] != NULL; i++)
		args_add(&a, words[i]);
	rc = child_run(&a, NULL, out, err);
	args_free(&a);
	return rc > 0 ? CALIB_EFORMAT : rc;
}

static int slurm_queue(const char *queue, long count[4], struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	char *save = NULL;
	/* allocated/idle/other/total */
	int rc = ask(&out, (const char *const[]){"sinfo", "--noheader", "--partition", queue,
	                                         "--format", "%C", NULL}, err);
	const char *slash = strchr(out.s, '/');

	memset(count, 0, 4 * sizeof *count);
	if (rc >= 0 && slash == NULL)
		rc = calib_fail(err, CALIB_ENOTFOUND, "-q: the engine has no queue '%s'", queue);
	if (rc >= 0) {
		count[0] = strtol(slash + 1, NULL, 10);
		count[1] = strtol(strrchr(out.s, '/') + 1, NULL, 10);
	}
	calib_str_clear(&out);
	if (rc >= 0)
		rc = ask(&out, (const char *const[]){"squeue", "--noheader", "--array",
		                                     "--partition", queue, "--format", "%T", NULL},
		         err);
	for (char *line = rc >= 0 && out.len ? strtok_r(out.s, "\n", &save) : NULL; line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		enum engine_state state = slurm_state(line);

		count[2] += state == ENGINE_RUNNING;
		count[3] += state == ENGINE_WAITING;
	}
	calib_str_release(&out);
	return rc;
}

const char *engine_state_name(enum engine_state state)
{
	static const char *const names[] = {[ENGINE_WAITING] = "waiting",
		[ENGINE_RUNNING] = "running", [ENGINE_DONE] = "done", [ENGINE_FAILED] = "failed",
		[ENGINE_GONE] = "gone"};

	return names[state];
}

static const struct engine engines[] = {
	{"slurm", "sbatch", "$SLURM_ARRAY_TASK_ID", "%j", "%A_%a", slurm_submit, slurm_poll,
	 slurm_cancel, slurm_queue},
};

/* ---- which one ---- */

static bool is_there(const char *command)
{
	const char *path = getenv("PATH");
	bool found = false;

	for (size_t n; path != NULL && *path != '\0' && !found; path += n + (path[n] == ':')) {
		struct calib_str name = CALIB_STR_INIT;

		n = strcspn(path, ":");
		calib_str_addf(&name, "%.*s/%s", (int)n, path, command);
		found = calib_str_check(&name, NULL) >= 0 && access(name.s, X_OK) == 0;
		calib_str_release(&name);
	}
	return found;
}

const struct engine *engine_find(const char *name, struct calib_err *err)
{
	for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
		const struct engine *e = &engines[i];

		if (name != NULL && strcmp(name, e->name) != 0)
			continue;
		if (is_there(e->probe))
			return e;
		if (name != NULL)
			calib_fail(err, CALIB_ENOTFOUND, "--engine %s: the command %s is not "
			           "there: call calibrun where jobs can be submitted, or with "
			           "--engine local", name, e->probe);
	}
	if (err->code == CALIB_OK && name == NULL)
		calib_fail(err, CALIB_ENOTFOUND, "-q: there is no batch engine, the command %s is "
		           "missing: call calibrun where jobs can be submitted, or with --engine "
		           "local", engines[0].probe);
	else if (err->code == CALIB_OK)
		calib_fail(err, CALIB_EINVAL, "--engine: '%s' is none of slurm, local", name);
	return NULL;
}
