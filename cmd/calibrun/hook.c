/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/hook.c - --on-success and --on-failure: a command of the user after the session
 *
 * Its words go to the program as they are; only a command that begins with "sh:" is a shell's.
 * CALIB_SUMMARY is the name of the summary, CALIB_LOG that of the log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "calibrun/calibrun.h"

/* The name of the summary; one is written beside the log when none was asked for. */
static int name_summary(struct calib_str *name, const struct run_params *p,
                        const struct outcome *runs, struct calib_err *err)
{
	const struct run_opts *o = p->o;
	const char *log = session_log_name();
	struct run_opts with = *o;
	struct run_params q = *p;

	if (o->summary_text != NULL || o->summary != NULL || log == NULL) {
		calib_str_add(name, o->summary_text ? o->summary_text
		              : o->summary ? o->summary : "");
		return calib_str_check(name, err);
	}
	calib_str_addf(name, "%.*s-summary.txt", (int)(strlen(log) - strlen("-log.txt")), log);
	with.summary_text = name->s;
	q.o = &with;
	return name->failed ? calib_str_check(name, err) : summary_text(&q, runs, p->njobs, err);
}

static int split(struct args *a, const char *command, struct calib_err *err)
{
	char **words = NULL;
	size_t n = 0;
	int rc = CALIB_OK;

	if (strncmp(command, "sh:", 3) == 0) {
		args_add(a, "/bin/sh");
		args_add(a, "-c");
		args_add(a, command + 3);
		return CALIB_OK;
	}
	rc = calib_words_parse(&words, &n, command, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		args_add(a, words[i]);
	if (rc >= 0 && n == 0)
		rc = calib_fail(err, CALIB_EINVAL, "the command is empty");
	free(words);
	return rc;
}

void hook_run(const struct run_params *p, int rc, const struct outcome *runs)
{
	const struct watch_opts *o = &p->o->watch;
	const char *option = rc < 0 ? "--on-failure" : "--on-success";
	const char *command = rc < 0 ? o->on_failure : o->on_success;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_str summary = CALIB_STR_INIT, out = CALIB_STR_INIT;
	struct args a = {0};
	int status;

	if (command == NULL)
		return;
	status = name_summary(&summary, p, runs, &err);
	if (status >= 0)
		status = split(&a, command, &err);
	if (status >= 0) {
		setenv("CALIB_SUMMARY", summary.s, 1);
		setenv("CALIB_LOG", session_log_name() ? session_log_name() : "", 1);
		status = child_run(&a, NULL, &out, &err);
		unsetenv("CALIB_SUMMARY");
		unsetenv("CALIB_LOG");
	}
	if (out.len > 0 && out.s[out.len - 1] == '\n')
		out.s[--out.len] = '\0';
	if (out.len > 0)
		record(CALIB_INFO, a.list[0], "%s", out.s);
	if (status < 0)
		record(CALIB_WARNING, "calibrun", "%s: %s", option, err.msg);
	else if (status > 0)
		record(CALIB_WARNING, "calibrun", "%s: '%s' ended with status %d", option, command,
		       status);
	args_free(&a);
	calib_str_release(&out);
	calib_str_release(&summary);
}
