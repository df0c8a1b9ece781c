/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/engine.c - which batch engines there are, and what their rows share */
#include "calibrun/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calibrun/calibrun.h"

/* Where several are there the first one is taken. */
static const struct engine *const engines[] = {&engine_slurm, &engine_lsf};
enum { NENGINES = sizeof engines / sizeof *engines };

const char *engine_state_name(enum engine_state state)
{
	static const char *const names[] = {[ENGINE_WAITING] = "waiting",
		[ENGINE_RUNNING] = "running", [ENGINE_DONE] = "done", [ENGINE_FAILED] = "failed",
		[ENGINE_GONE] = "gone"};

	return names[state];
}

int engine_ask(struct calib_str *out, const char *const *words, struct calib_err *err)
{
	struct args a = {0};
	int rc;

	for (size_t i = 0; words[i] != NULL; i++)
		args_add(&a, words[i]);
	rc = child_look(&a, out, err);
	args_free(&a);
	return rc > 0 ? CALIB_EFORMAT : rc;
}

bool engine_id(const char *text, char id[32])
{
	size_t n = strspn(text, "0123456789");

	snprintf(id, 32, "%.*s", (int)(n < 32 ? n : 0), text);
	return n > 0 && n < 32;
}

/* ---- answers ---- */

void engine_note(struct engine_answer *a, const char *id, enum engine_state state,
                 const char *word, const char *reason, const char *node)
{
	bool said = reason != NULL && *reason != '\0';

	a->tasks++;
	a->running += state == ENGINE_RUNNING;
	a->done += state == ENGINE_DONE;
	a->failed += state == ENGINE_FAILED;
	if (state == ENGINE_WAITING && said)
		snprintf(a->reason, sizeof a->reason, "%s", reason);
	if (state == ENGINE_FAILED) {
		calib_str_addf(&a->why, "%sjob %s: %s", a->why.len ? "; " : "", id, word);
		if (said)
			calib_str_addf(&a->why, " (%s)", reason);
		if (node != NULL && *node != '\0')
			calib_str_addf(&a->why, " on %s", node);
	}
	/* a task that runs or waits is not the end, though others have failed */
	a->state = a->running > 0 ? ENGINE_RUNNING
		: a->running + a->done + a->failed < a->tasks ? ENGINE_WAITING
		: a->failed > 0 ? ENGINE_FAILED : ENGINE_DONE;
}

struct engine_answer *engine_answer_of(const char *task, const char *const *ids, size_t n,
                                       struct engine_answer *answers)
{
	size_t len = strspn(task, "0123456789");

	for (size_t i = 0; i < n; i++)
		if (strlen(ids[i]) == len && strncmp(ids[i], task, len) == 0)
			return &answers[i];
	return NULL;
}

void engine_answers_release(struct engine_answer *answers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		calib_str_release(&answers[i].why);
}

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
	struct calib_str names = CALIB_STR_INIT, probes = CALIB_STR_INIT;

	for (size_t i = 0; i < NENGINES; i++) {
		const struct engine *e = engines[i];

		if (name != NULL && strcmp(name, e->name) != 0)
			continue;
		if (is_there(e->probe))
			return e;
		if (name != NULL)
			calib_fail(err, CALIB_ENOTFOUND, "--engine %s: the command %s is not "
			           "there: call calibrun where jobs can be submitted, or with "
			           "--engine local", name, e->probe);
	}
	for (size_t i = 0; i < NENGINES; i++) {
		calib_str_addf(&names, "%s, ", engines[i]->name);
		calib_str_addf(&probes, "%s%s", i ? " and " : "", engines[i]->probe);
	}
	if (err->code == CALIB_OK && name == NULL)
		calib_fail(err, CALIB_ENOTFOUND, "-q: there is no batch engine, the commands %s "
		           "are missing: call calibrun where jobs can be submitted, or with "
		           "--engine local", probes.s);
	else if (err->code == CALIB_OK)
		calib_fail(err, CALIB_EINVAL, "--engine: '%s' is none of %slocal", name, names.s);
	calib_str_release(&names);
	calib_str_release(&probes);
	return NULL;
}
