/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/slurm.c - Slurm, by its commands; facts of them: slurm 22.05 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrun/calibrun.h"


static void slurm_args(struct args *a, const struct engine_job *job)
{
	const struct engine_wish *w = job->wish;
	struct calib_str after = CALIB_STR_INIT;

	args_add(a, "sbatch");
	args_add(a, "--parsable");
	args_add(a, "--no-requeue");	/* a node that is lost is said, not waited for */
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
	int rc;

	slurm_args(&a, job);
	rc = child_run(&a, job->script, &out, err);
	if (rc == 0 && !engine_id(out.s, id))
		rc = calib_fail(err, CALIB_EFORMAT, "sbatch answered '%.60s', not the number of a "
		                "job", out.s);
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
static void slurm_line(char *line, const char *const *ids, size_t n, struct engine_answer *answers)
{
	char *field[4] = {line, NULL, NULL, NULL};
	struct engine_answer *a = engine_answer_of(line, ids, n, answers);

	for (int i = 1; i < 4 && field[i - 1] != NULL; i++) {
		field[i] = strchr(field[i - 1], '|');
		if (field[i] != NULL)
			*field[i]++ = '\0';
	}
	if (a != NULL && field[1] != NULL)
		engine_note(a, field[0], slurm_state(field[1]), field[1],
		            field[2] != NULL && strcmp(field[2], "None") != 0 ? field[2] : NULL,
		            field[3]);
}

static int slurm_poll(const char *const *ids, size_t n, struct engine_answer *answers,
                      struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT, list = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	char *save = NULL;
	int rc;

	for (size_t i = 0; i < n; i++)
		calib_str_addf(&list, "%s%s", i ? "," : "", ids[i]);
	rc = calib_str_check(&list, err);
	if (rc >= 0)
		rc = engine_ask(&out, (const char *const[]){"squeue", "--noheader", "--array",
			"--states=all", "--format", "%i|%T|%r|%N", "--jobs", list.s, NULL}, &why);
	for (char *line = rc >= 0 && out.len ? strtok_r(out.s, "\n", &save) : NULL; line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		slurm_line(line, ids, n, answers);
	calib_str_release(&out);
	calib_str_release(&list);
	/* of a single one that it has forgotten it says this, of several nothing */
	if (rc < 0 && strstr(why.msg, "Invalid job id") != NULL)
		return CALIB_OK;
	return rc < 0 ? calib_fail(err, rc, "%s", why.msg) : rc;
}

static int slurm_cancel(const char *id, struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	int rc = engine_ask(&out, (const char *const[]){"scancel", id, NULL}, err);

	calib_str_release(&out);
	return rc;
}

static int slurm_queue(const char *queue, long count[4], struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	char *save = NULL;
	/* allocated/idle/other/total */
	int rc = engine_ask(&out, (const char *const[]){"sinfo", "--noheader", "--partition", queue,
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
		rc = engine_ask(&out, (const char *const[]){"squeue", "--noheader", "--array",
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

const struct engine engine_slurm = {"slurm", "sbatch", "$SLURM_ARRAY_TASK_ID", "%j", "%A_%a",
	slurm_submit, slurm_poll, slurm_cancel, slurm_queue};
