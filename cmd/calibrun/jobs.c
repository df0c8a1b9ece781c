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
#include "base/mem.h"
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

/* The rows, and what the engines know of their jobs. */
struct listed { struct entry entry; enum engine_state state; struct calib_str why; };
struct list { struct calib_str text; struct listed *row; size_t n, room; };

static void free_list(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		calib_str_release(&l->row[i].why);
	free(l->row);
	calib_str_release(&l->text);
}

/* What the engine said of the jobs of a row; shares NULL: there are none. */
static void note_answer(struct listed *r, const struct engine_answer *shares,
                        const struct engine_answer *last)
{
	r->state = last->state;
	if (r->state == ENGINE_WAITING && shares != NULL && shares->state == ENGINE_RUNNING)
		r->state = ENGINE_RUNNING;
	if (shares != NULL)
		calib_str_add(&r->why, shares->why.s);
	if (last->why.len > 0)
		calib_str_addf(&r->why, "%s%s", r->why.len ? "; " : "", last->why.s);
}

static bool has_shares(const struct entry *e)
{
	return strcmp(e->shares, "-") != 0;
}

/* All jobs of one engine by one call of it; too long ago is an answer, too. */
static int ask_engine(struct list *l, const char *name, struct calib_err *err)
{
	const struct engine *engine = engine_find(name, err);
	const char **ids = calib_alloc(2 * l->n + 1, sizeof *ids, "jobs", err);
	struct engine_answer *a = calib_alloc(2 * l->n + 1, sizeof *a, "jobs", err);
	size_t n = 0, at = 0;
	int rc = engine == NULL ? CALIB_EINVAL : ids && a ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < l->n && rc >= 0; i++) {
		const struct entry *e = &l->row[i].entry;

		if (strcmp(e->engine, name) != 0)
			continue;
		if (has_shares(e))
			ids[n++] = e->shares;
		ids[n++] = e->last;
	}
	for (size_t i = 0; i < n; i++)
		a[i] = (struct engine_answer){.state = ENGINE_GONE, .why = CALIB_STR_INIT};
	if (rc >= 0)
		rc = engine->poll(ids, n, a, err);
	for (size_t i = 0; i < l->n && rc >= 0; i++) {
		const struct entry *e = &l->row[i].entry;

		if (strcmp(e->engine, name) != 0)
			continue;
		at += has_shares(e);
		note_answer(&l->row[i], has_shares(e) ? &a[at - 1] : NULL, &a[at]);
		at++;
	}
	engine_answers_release(a, n);
	free(ids);
	free(a);
	return rc;
}

static int load(struct list *l, const struct run_params *p, struct calib_err *err)
{
	struct entry e;
	char *save;
	int rc = read_list(&l->text, p, err);

	save = l->text.s;
	while (rc >= 0 && next_entry(&e, &save)) {
		void *rows = l->row;

		rc = calib_grow(&rows, &l->room, l->n + 1, sizeof *l->row, "jobs", err);
		if (rc < 0)
			break;
		l->row = rows;
		l->row[l->n++] = (struct listed){e, ENGINE_GONE, CALIB_STR_INIT};
	}
	for (size_t i = 0; i < l->n && rc >= 0; i++) {
		bool asked = false;

		for (size_t k = 0; k < i; k++)
			asked |= strcmp(l->row[k].entry.engine, l->row[i].entry.engine) == 0;
		if (!asked)
			rc = ask_engine(l, l->row[i].entry.engine, err);
	}
	return rc;
}

static int show(const struct run_params *p, struct calib_err *err)
{
	static const char *const columns[] = {"time", "engine", "queue", "exp", "run", "shares",
		"job", "state", "why", NULL};
	struct list l = {CALIB_STR_INIT, NULL, 0, 0};
	struct calib_table t;
	struct calib_out *out = NULL;
	int rc = load(&l, p, err);

	if (rc >= 0)
		rc = calib_out_open(&out, "-", 0, err);
	if (rc >= 0)
		calib_table_begin(&t, out, columns, false, err);
	for (size_t i = 0; i < l.n && rc >= 0; i++) {
		const struct entry *e = &l.row[i].entry;
		const char *cells[] = {e->time, e->engine, e->queue, e->exp, e->run, e->shares,
			e->last, engine_state_name(l.row[i].state), l.row[i].why.s};

		for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
			calib_table_text(&t, cells[k]);
		rc = calib_table_row(&t);
	}
	free_list(&l);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

static int end_jobs(const struct run_params *p, const char *which, struct calib_err *err)
{
	struct list l = {CALIB_STR_INIT, NULL, 0, 0};
	bool all = strcmp(which, "all") == 0, found = false;
	int rc = load(&l, p, err);

	for (size_t i = 0; i < l.n && rc >= 0; i++) {
		const struct entry *e = &l.row[i].entry;
		const char *ids[] = {e->shares, e->last};

		if (!all && strcmp(which, e->shares) != 0 && strcmp(which, e->last) != 0)
			continue;
		found = true;
		if (l.row[i].state != ENGINE_WAITING && l.row[i].state != ENGINE_RUNNING)
			continue;
		for (size_t k = 0; k < 2 && rc >= 0; k++)
			if (k == 1 || has_shares(e)) {
				rc = engine_find(e->engine, err)->cancel(ids[k], err);
				printf("%s\n", ids[k]);
			}
	}
	free_list(&l);
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
		if (count[i] >= 0)
			calib_table_int(&t, count[i]);
		else
			calib_table_text(&t, NULL);
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
