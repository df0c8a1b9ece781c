/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/jobs.c - the list of jobs in the work directory: show them, end them
 *
 * A row is added when jobs are submitted, so that it works from any terminal; what became of them
 * the engine is asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/in.h"
#include "base/out.h"
#include "base/path.h"
#include "base/table.h"
#include "calibrun/batch.h"

/* A row of the list; texts point into the line. */
struct entry { char *time, *engine, *queue, *exp, *run, *shares, *last; };

static void list_name(struct calib_str *name, const struct run_params *p)
{
	calib_path_join(name, p->workdir.s, ".calibrun-jobs.tsv");
}

int jobs_note(const struct run_params *p, const struct batch_job *job, struct calib_err *err)
{
	static const char header[] = "#time\tengine\tqueue\texp\trun\tshares\tjob\n";
	struct calib_str name = CALIB_STR_INIT, line = CALIB_STR_INIT;
	time_t now = time(NULL);
	struct tm tm;
	char text[32];
	int rc;

	gmtime_r(&now, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	calib_str_addf(&line, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", text, job->engine->name,
	               p->o->batch.wish.queue, p->exp, p->runs,
	               job->shares[0] ? job->shares : "-", job->last);
	list_name(&name, p);
	rc = calib_str_check(&line, err);
	if (rc >= 0)
		rc = calib_append_row(name.s, header, line.s, err);
	calib_str_release(&name);
	calib_str_release(&line);
	return rc;
}

static int read_list(struct calib_str *text, const struct run_params *p, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	int rc;

	list_name(&name, p);
	rc = calib_is_file(name.s) ? calib_in_text(name.s, text, err)
		: calib_fail(err, CALIB_ENOTFOUND, "%s: no jobs were submitted with this work "
		             "directory (-w)", p->workdir.s);
	calib_str_release(&name);
	return rc;
}

/* The next row of the text; false at its end. */
static bool next_entry(struct entry *e, char **save)
{
	char **cell[] = {&e->time, &e->engine, &e->queue, &e->exp, &e->run, &e->shares, &e->last};
	char *line;

	while ((line = strtok_r(NULL, "\n", save)) != NULL) {
		char *in_line = NULL;
		size_t n = 0;

		for (char *c = strtok_r(line, "\t", &in_line); c != NULL && n < 7; n++) {
			*cell[n] = c;
			c = strtok_r(NULL, "\t", &in_line);
		}
		if (*line != '#' && n == 7)
			return true;
	}
	return false;
}

/* The state of all jobs of a row together; those that have ended badly say why. */
static int look_at(const struct entry *e, enum engine_state *state, struct calib_str *why,
                   struct calib_err *err)
{
	const struct engine *engine = engine_find(e->engine, err);
	enum engine_state shares = ENGINE_DONE;
	int rc = engine == NULL ? err->code : CALIB_OK;

	*state = ENGINE_GONE;
	if (rc >= 0 && strcmp(e->shares, "-") != 0)
		rc = engine->poll(e->shares, &shares, why, err);
	if (rc >= 0)
		rc = engine->poll(e->last, state, why, err);
	if (rc < 0) {		/* too long ago: that is an answer, too */
		calib_err_clear(err);
		return engine == NULL ? CALIB_EINVAL : CALIB_OK;
	}
	if (*state == ENGINE_WAITING && shares == ENGINE_RUNNING)
		*state = ENGINE_RUNNING;
	for (char *p = why->s; why->len > 0 && *p != '\0'; p++)
		*p = (char)(*p == '\n' ? ';' : *p);
	return CALIB_OK;
}

static int show(const struct run_params *p, struct calib_err *err)
{
	static const char *const columns[] = {"time", "engine", "queue", "exp", "run", "shares",
		"job", "state", "why", NULL};
	struct calib_str text = CALIB_STR_INIT, why = CALIB_STR_INIT;
	struct calib_table t;
	struct calib_out *out = NULL;
	struct entry e;
	char *save;
	int rc = read_list(&text, p, err);

	if (rc >= 0)
		rc = calib_out_open(&out, "-", 0, err);
	if (rc >= 0)
		calib_table_begin(&t, out, columns, false, err);
	save = text.s;
	while (rc >= 0 && next_entry(&e, &save)) {
		const char *cells[] = {e.time, e.engine, e.queue, e.exp, e.run, e.shares, e.last};
		enum engine_state state;

		calib_str_clear(&why);
		rc = look_at(&e, &state, &why, err);
		for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
			calib_table_text(&t, cells[i]);
		calib_table_text(&t, engine_state_name(state));
		calib_table_text(&t, why.len ? why.s : NULL);
		rc = rc < 0 ? rc : calib_table_row(&t);
	}
	calib_str_release(&text);
	calib_str_release(&why);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

static int end_jobs(const struct run_params *p, const char *which, struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT, why = CALIB_STR_INIT;
	bool all = strcmp(which, "all") == 0, found = false;
	struct entry e;
	char *save;
	int rc = read_list(&text, p, err);

	save = text.s;
	while (rc >= 0 && next_entry(&e, &save)) {
		const char *ids[] = {e.shares, e.last};
		enum engine_state state;

		if (!all && strcmp(which, e.shares) != 0 && strcmp(which, e.last) != 0)
			continue;
		found = true;
		rc = look_at(&e, &state, &why, err);
		if (state != ENGINE_WAITING && state != ENGINE_RUNNING)
			continue;
		for (size_t i = 0; i < 2 && rc >= 0; i++)
			if (strcmp(ids[i], "-") != 0) {
				rc = engine_find(e.engine, err)->cancel(ids[i], err);
				printf("%s\n", ids[i]);
			}
	}
	calib_str_release(&text);
	calib_str_release(&why);
	return rc >= 0 && !found
		? calib_fail(err, CALIB_ENOTFOUND, "--kill: there is no job %s in %s, see --jobs",
		             which, p->workdir.s) : rc;
}

static int show_queue(const struct run_params *p, struct calib_err *err)
{
	static const char *const columns[] = {"queue", "free", "processors", "running", "waiting",
		NULL};
	const struct engine *e = engine_find(p->o->batch.engine, err);
	struct calib_out *out = NULL;
	struct calib_table t;
	long count[4];
	int rc = e == NULL ? err->code : e->queue(p->o->batch.wish.queue, count, err);

	if (rc >= 0)
		rc = calib_out_open(&out, "-", 0, err);
	if (rc < 0)
		return rc;
	calib_table_begin(&t, out, columns, false, err);
	calib_table_text(&t, p->o->batch.wish.queue);
	for (size_t i = 0; i < 4; i++)
		calib_table_int(&t, count[i]);
	rc = calib_table_row(&t);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

int jobs_answer(const struct run_params *p, struct calib_err *err)
{
	const struct batch_opts *o = &p->o->batch;

	if (o->queue_status)
		return show_queue(p, err);
	return o->kill != NULL ? end_jobs(p, o->kill, err) : show(p, err);
}
