/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/lsf.c - IBM Spectrum LSF, by its commands
 *
 * What they print is read by words, as calibman did; a message about AFS tokens, or any other on
 * standard error, is no failure while the answer is one.
 * Source: lcls-psana/CalibManager src/BatchJob.py and BatchLogParser.py; LSF command reference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrun/calibrun.h"

/* The n-th word of a line, from 1; "": it has fewer. */
static const char *word(const char *line, int n, char buf[64])
{
	size_t len = 0;

	for (int i = 1; i <= n; i++) {
		line += len;
		line += strspn(line, " \t");
		len = strcspn(line, " \t\n");
	}
	snprintf(buf, 64, "%.*s", (int)(len < 63 ? len : 63), line);
	return buf;
}

static void lsf_args(struct args *a, const struct engine_job *job)
{
	const struct engine_wish *w = job->wish;
	struct calib_str text = CALIB_STR_INIT;

	args_add(a, "bsub");
	args_pair(a, "-q", w->queue);
	args_pair(a, "-o", job->log);
	calib_str_addf(&text, job->array ? "%s[%s]" : "%s", job->name, job->array);
	args_pair(a, "-J", text.s);
	args_pair(a, "-P", w->account);
	args_pair(a, "-W", w->time);
	args_pair(a, "-M", w->mem);
	args_pair(a, "-U", w->reservation);
	calib_str_clear(&text);
	if (job->after != NULL) {
		calib_str_addf(&text, "done(%s)", job->after);
		args_pair(a, "-w", text.s);
	}
	calib_str_release(&text);
}

/* "Job <126090> is submitted to queue <psnehq>." */
static int lsf_submit(const struct engine_job *job, char id[32], struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	struct args a = {0};
	const char *line;
	int rc;

	lsf_args(&a, job);
	rc = child_talk(&a, job->script, &out, err);
	line = strncmp(out.s, "Job <", 5) == 0 ? out.s : strstr(out.s, "\nJob <");
	line = line != NULL ? strchr(line, '<') + 1 : "";
	if (rc == 0 && !engine_id(line, id))
		rc = calib_fail(err, CALIB_EFORMAT, "bsub answered '%.60s', not the number of a "
		                "job", out.s);
	args_free(&a);
	calib_str_release(&out);
	return rc > 0 ? calib_err_wrap(err, "the job was not accepted") : rc;
}

/* All others are failures. */
static const struct { const char *word; enum engine_state state; } states[] = {
	{"PEND", ENGINE_WAITING}, {"PSUSP", ENGINE_WAITING}, {"WAIT", ENGINE_WAITING},
	{"FWD_PEND", ENGINE_WAITING}, {"RUN", ENGINE_RUNNING}, {"USUSP", ENGINE_RUNNING},
	{"SSUSP", ENGINE_RUNNING}, {"PROV", ENGINE_RUNNING}, {"UNKWN", ENGINE_RUNNING},
	{"DONE", ENGINE_DONE},
};

static enum engine_state state_of(const char *text)
{
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (strcmp(states[i].word, text) == 0)
			return states[i].state;
	return ENGINE_FAILED;
}

/* JOBID USER STAT QUEUE FROM_HOST EXEC_HOST JOB_NAME SUBMIT_TIME; the tasks of an array have the
 * same number, and their index behind the name.  A job that waits has no EXEC_HOST. */
static void lsf_line(const char *line, const char *const *ids, size_t n,
                     struct engine_answer *answers)
{
	char id[64], stat[64], host[64], name[64], task[160];
	struct engine_answer *a = engine_answer_of(word(line, 1, id), ids, n, answers);
	enum engine_state state = state_of(word(line, 3, stat));
	const char *index;

	if (a == NULL)
		return;
	word(line, 6, host);
	word(line, 7, name);
	index = strchr(name, '[');
	snprintf(task, sizeof task, "%s%s", id, index ? index : "");
	engine_note(a, task, state, stat, NULL, state == ENGINE_WAITING ? NULL : host);
}

static int lsf_poll(const char *const *ids, size_t n, struct engine_answer *answers,
                    struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	struct args a = {0};
	char *save = NULL;
	int rc;

	args_add(&a, "bjobs");
	args_add(&a, "-a");	/* also those that have ended */
	args_add(&a, "-w");	/* one line each, whatever the width */
	for (size_t i = 0; i < n; i++)
		args_add(&a, ids[i]);
	rc = child_look(&a, &out, err);
	args_free(&a);
	for (char *line = rc >= 0 && out.len ? strtok_r(out.s, "\n", &save) : NULL; line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		lsf_line(line, ids, n, answers);
	/* "Job <126090> is not found" of one of them is no failure for the others */
	if (rc > 0 && (out.len > 0 || strstr(err->msg, "is not found") != NULL)) {
		calib_err_clear(err);
		rc = 0;
	}
	calib_str_release(&out);
	return rc > 0 ? CALIB_EFORMAT : rc;
}

static int lsf_cancel(const char *id, struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	int rc = engine_ask(&out, (const char *const[]){"bkill", id, NULL}, err);

	calib_str_release(&out);
	return rc;
}

/* A number, or -1 for "-". */
static long number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return end != text && *end == '\0' ? n : -1;
}

/* QUEUE_NAME PRIO STATUS MAX JL/U JL/P JL/H NJOBS PEND RUN SUSP, the last line */
static int lsf_queue(const char *queue, long count[4], struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	char text[64];
	const char *line;
	int rc = engine_ask(&out, (const char *const[]){"bqueues", queue, NULL}, err);

	while (out.len > 0 && out.s[out.len - 1] == '\n')
		out.s[--out.len] = '\0';
	line = strrchr(out.s, '\n');
	line = line != NULL ? line + 1 : out.s;
	if (rc >= 0 && strcmp(word(line, 1, text), queue) != 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "-q: the engine has no queue '%s'", queue);
	if (rc >= 0 && strcmp(word(line, 3, text), "Open:Active") != 0)
		rc = calib_fail(err, CALIB_EINVAL, "-q: queue %s is %s, it takes no jobs now",
		                queue, text);
	count[3] = number(word(line, 9, text));
	count[2] = number(word(line, 10, text));
	count[1] = number(word(line, 4, text));
	count[0] = count[1] >= 0 && count[2] >= 0 && count[1] >= count[2] ? count[1] - count[2]
		: -1;
	calib_str_release(&out);
	return rc;
}

const struct engine engine_lsf = {"lsf", "bsub", "$LSB_JOBINDEX", "%J", "%J_%I", lsf_submit,
	lsf_poll, lsf_cancel, lsf_queue};
