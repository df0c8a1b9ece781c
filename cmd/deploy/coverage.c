/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/coverage.c - calib-deploy coverage: which constants rule each run, and their age */
#include "deploy/coverage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/table.h"
#include "deploy/look.h"
#include "deploy/rundata.h"
#include "nda/nda.h"
#include "store/change.h"
#include "store/ctype.h"

/* What dark runs yield. */
#define DARK_TYPES "pedestals,pixel_rms,pixel_status"
enum { DEFAULT_HOURS = 24 };

/* ---- options ---- */

enum { KEY_MAX_RUNS = KEY_LOOK + 0x40, KEY_MAX_HOURS };

static const struct argp_option options[] = {
	{"run", 'r', "RUNS", 0, "these runs, as in 12,14-16 (default: all that have data)", 4},
	{"max-runs", KEY_MAX_RUNS, "N", 0, "constants of more than N runs before are too old "
	 "(default: any are good)", 4},
	{"max-hours", KEY_MAX_HOURS, "H", 0, "constants of more than H hours before are too old; "
	 "0: any are good (default 24)", 4},
	{0}
};

static error_t parse_coverage(int key, char *arg, struct argp_state *state)
{
	struct coverage_opts *o = state->input;
	struct calib_err err = CALIB_ERR_INIT;

	switch (key) {
	case 'r':
		coverage_release(o);
		if (calib_runs_parse(&o->runs, &o->nruns, arg, &err) < 0)
			cli_usage_error(state, &err);
		for (size_t i = 0; i < o->nruns; i++)
			if (o->runs[i].end > 999999)
				argp_error(state, "--run: %u is not a run", o->runs[i].end);
		return 0;
	case KEY_MAX_RUNS:
		o->max_runs = cli_long(state, "--max-runs", arg, 0, 999999);
		return 0;
	case KEY_MAX_HOURS:
		o->max_hours = cli_double(state, "--max-hours", arg, 0, 1e9);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp coverage_argp = {options, parse_coverage, NULL, NULL, NULL, NULL, NULL};

bool coverage_given(const struct coverage_opts *opts)
{
	return opts->runs != NULL || opts->max_runs >= 0 || opts->max_hours >= 0;
}

void coverage_release(struct coverage_opts *opts)
{
	free(opts->runs);
	opts->runs = NULL;
	opts->nruns = 0;
}

/* ---- constants of a source and type ---- */

enum state { UNKNOWN, MEASURED, DEFAULT, UNUSABLE, NONE };
static const char *const state_names[] = {"-", "measured", "default", "unusable", "none"};

struct track {
	char *source, *type;
	const char *group;
	struct calib_str path;
	struct look_type look;
	enum state *state;		/* of each file, UNKNOWN until it is needed */
};

struct coverage {
	const char *calib;
	const struct deploy_filter *filter;	/* of sources: types NULL */
	const struct coverage_opts *opts;
	char **types;
	struct track *track;
	size_t n, room;
	struct rundata data;
	struct calib_table table;
	bool problems;
	size_t none, rows;		/* without constants; printed */
	int unread;
};

/* The values the analysis takes where it finds no constants: constants of them were never measured.
 * Source: lcls-psana/PSCalib src/GenericCalibPars.py */
static bool default_value(const char *type, double *value)
{
	static const struct { const char *type; double value; } known[] = {
		{"pedestals", 0}, {"pixel_rms", 1}, {"pixel_gain", 1}, {"pixel_mask", 1},
		{"pixel_bkgd", 0}, {"pixel_offset", 0}
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].type, type) == 0) {
			*value = known[i].value;
			return true;
		}
	return false;
}

static enum state judge(const struct track *t, const char *path)
{
	const struct calib_ctype *type = calib_ctype_for(t->type, t->source);
	struct calib_nda nda = CALIB_NDA_INIT;
	enum state state = MEASURED;
	double value;
	size_t i = 0;

	if (type == NULL || type->form != CALIB_CTYPE_PIXELS)
		return access(path, R_OK) == 0 ? MEASURED : UNUSABLE;
	if (!calib_is_file(path) || calib_nda_load(&nda, path, NULL, NULL) < 0 || nda.size == 0)
		state = UNUSABLE;
	else if (default_value(t->type, &value)) {
		while (i < nda.size && calib_nda_get(&nda, i) == value)
			i++;
		state = i == nda.size ? DEFAULT : MEASURED;
	}
	calib_nda_release(&nda);
	return state;
}

static int add_track(struct coverage *c, const char *source, const char *type,
                     struct calib_err *err)
{
	void *list = c->track;
	struct track *t;
	int rc = calib_grow(&list, &c->room, c->n + 1, sizeof *t, "sources", err);

	if (rc < 0)
		return rc;
	c->track = list;
	t = &c->track[c->n++];
	*t = (struct track){.path = CALIB_STR_INIT, .look = LOOK_TYPE_INIT};
	t->source = calib_strdup(source, err);
	t->type = calib_strdup(type, err);
	t->group = calib_dir_group_of(source);
	if (t->source == NULL || t->type == NULL)
		return CALIB_ENOMEM;
	rc = calib_dir_type_path(&t->path, c->calib, source, type, err);
	if (rc >= 0)
		rc = look_load(&t->look, t->path.s, true, err);
	c->unread += rc > 0 ? rc : 0;
	if (rc >= 0) {
		t->state = calib_alloc(t->look.files.n, sizeof *t->state, "files", err);
		rc = t->state != NULL ? CALIB_OK : CALIB_ENOMEM;
	}
	return rc;
}

/* All types of a source; nothing where they are there already, or nothing reads them. */
static int add_source(struct coverage *c, const char *source, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (calib_dir_group_of(source) == NULL || !deploy_wants(c->filter, source))
		return CALIB_OK;
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->track[i].source, source) == 0)
			return CALIB_OK;
	for (char **t = c->types; *t != NULL && rc >= 0; t++)
		if (calib_ctype_for(*t, source) != NULL)
			rc = add_track(c, source, *t, err);
	return rc;
}

static int see_type(void *ctx, const struct deploy_type *type, struct calib_err *err)
{
	const char *group = calib_dir_group_of(type->source);

	return group != NULL && strcmp(group, type->group) == 0
	       ? add_source(ctx, type->source, err) : CALIB_OK;
}

/* Those in the directory, and those named by -s, which may have nothing yet. */
static int known_sources(struct coverage *c, struct calib_err *err)
{
	struct calib_str plain = CALIB_STR_INIT;
	char **named = NULL;
	size_t n = 0;
	int rc = CALIB_OK;

	if (c->data.runs.n > 0 && !calib_is_dir(c->calib))
		calib_log(CALIB_WARNING, "%s: no such directory, no run has constants", c->calib);
	else
		rc = deploy_walk(c->calib, c->filter, see_type, c, err);
	if (rc >= 0) {
		c->unread += rc;
		rc = CALIB_OK;
	}
	if (rc >= 0 && c->filter->sources != NULL)
		rc = calib_list_parse(&named, &n, c->filter->sources, err);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		rc = calib_dir_source(&plain, named[i], err);
		if (rc >= 0)
			rc = add_source(c, plain.s, err);
	}
	free(named);
	calib_str_release(&plain);
	return rc;
}

/* ---- one run ---- */

struct answer {
	enum state state;
	const struct calib_dirfile *file;
	long dark, age_runs;		/* the run it was made of */
	double age_hours;		/* NAN: not known */
	bool old;
};

/* Of the dark run's data; where they are gone, of the deployment. */
static double time_of_dark(struct coverage *c, long dark, const struct calib_history *record)
{
	const struct rundata_run *r = dark >= 0 ? rundata_get(&c->data, (unsigned)dark) : NULL;
	const char *when = record->value[CALIB_H_CPTIME];
	time_t t;

	if (r != NULL)
		return r->time;
	return when != NULL && calib_time_parse(&t, when, record->value[CALIB_H_ZONE])
	       ? (double)t : NAN;
}

static void answer(struct coverage *c, struct track *t, unsigned run, struct answer *a)
{
	const struct calib_dirfile *f = calib_dirfiles_find(&t->look.files, run);
	const struct rundata_run *data = rundata_get(&c->data, run);
	const struct calib_history *record;
	struct calib_str path = CALIB_STR_INIT;
	size_t i;

	*a = (struct answer){NONE, f, -1, 0, NAN, false};
	if (f == NULL)
		return;
	i = (size_t)(f - t->look.files.file);
	if (t->state[i] == UNKNOWN) {
		calib_path_join(&path, t->path.s, f->name);
		t->state[i] = path.failed ? UNUSABLE : judge(t, path.s);
		calib_str_release(&path);
	}
	a->state = t->state[i];
	record = &t->look.note[i].record;
	if (record->value[CALIB_H_RUN] == NULL
	    || calib_parse_long(&a->dark, record->value[CALIB_H_RUN], 0, 999999, "run", NULL) < 0)
		a->dark = (long)f->range.begin;
	a->age_runs = (long)run - a->dark;
	if (data != NULL)
		a->age_hours = (data->time - time_of_dark(c, a->dark, record)) / 3600;
	a->old = (c->opts->max_runs > 0 && labs(a->age_runs) > c->opts->max_runs)
		|| (c->opts->max_hours > 0 && fabs(a->age_hours) > c->opts->max_hours);
}

static int put_answer(struct coverage *c, const struct track *t, unsigned run, double time,
                      const struct answer *a)
{
	struct calib_table *table = &c->table;
	char text[40];

	calib_table_unsigned(table, run);
	calib_table_text(table, isnan(time) ? NULL
	                 : calib_time_format((time_t)time, "%Y-%m-%dT%H:%M:%S", text, sizeof text));
	calib_table_text(table, t->group);
	calib_table_text(table, t->source);
	calib_table_text(table, t->type);
	calib_table_text(table, state_names[a->state]);
	calib_table_text(table, a->file ? a->file->name : NULL);
	if (a->file != NULL) {
		calib_table_int(table, a->dark);
		calib_table_int(table, a->age_runs);
	} else {
		calib_table_text(table, NULL);
		calib_table_text(table, NULL);
	}
	calib_table_real(table, "%.1f", a->age_hours);
	calib_table_text(table, a->file == NULL ? NULL : a->old ? "yes" : "no");
	return calib_table_row(table);
}

/* What is to be said of a run in one line. */
struct problem { size_t none, preset, old; struct calib_str text; };

static void add_problem(struct problem *p, const struct track *t, const struct answer *a)
{
	struct calib_str *s = &p->text;
	bool bad = a->state == NONE || a->state == UNUSABLE;

	p->none += bad;
	p->preset += a->state == DEFAULT;
	p->old += !bad && a->state != DEFAULT && a->old;
	if (!bad && a->state != DEFAULT && !a->old)
		return;
	calib_str_addf(s, "%s%s %s: ", s->len ? "; " : "", t->source, t->type);
	if (a->state == NONE)
		calib_str_add(s, "none");
	else if (a->state == UNUSABLE)
		calib_str_addf(s, "%s cannot be used", a->file->name);
	else if (a->state == DEFAULT)
		calib_str_addf(s, "%s has default values", a->file->name);
	else
		calib_str_addf(s, "%s is of run %ld, %ld runs", a->file->name, a->dark,
		               a->age_runs);
	if (bad || a->state == DEFAULT)
		return;
	if (!isnan(a->age_hours))
		calib_str_addf(s, " and %.1f hours", a->age_hours);
	calib_str_add(s, " before");
}

static int put_problem(struct coverage *c, unsigned run, double time, const struct problem *p)
{
	struct calib_table *t = &c->table;
	char text[40];

	if (p->text.len == 0)
		return CALIB_OK;
	c->rows++;
	calib_table_unsigned(t, run);
	calib_table_text(t, isnan(time) ? NULL
	                 : calib_time_format((time_t)time, "%Y-%m-%dT%H:%M:%S", text, sizeof text));
	calib_table_unsigned(t, p->none);
	calib_table_unsigned(t, p->preset);
	calib_table_unsigned(t, p->old);
	calib_table_text(t, p->text.s);
	return calib_table_row(t);
}

static bool has_source(char *const *sources, const char *source)
{
	for (; sources != NULL && *sources != NULL; sources++)
		if (strcmp(*sources, source) == 0)
			return true;
	return false;
}

static int cover_run(struct coverage *c, unsigned run, struct calib_err *err)
{
	const struct rundata_run *data = rundata_get(&c->data, run);
	double time = data != NULL ? data->time : NAN;
	struct problem p = {0, 0, 0, CALIB_STR_INIT};
	int rc = CALIB_OK;

	for (char **s = data ? data->sources : NULL; s != NULL && *s != NULL && rc >= 0; s++)
		rc = add_source(c, *s, err);
	for (size_t i = 0; i < c->n && rc >= 0; i++) {
		struct track *t = &c->track[i];
		struct answer a;

		if (data != NULL && data->sources != NULL && !has_source(data->sources, t->source))
			continue;
		answer(c, t, run, &a);
		c->none += a.state == NONE || a.state == UNUSABLE;
		if (c->problems)
			add_problem(&p, t, &a);
		else
			rc = put_answer(c, t, run, time, &a);
	}
	if (rc >= 0)
		rc = calib_str_check(&p.text, err);
	if (rc >= 0 && c->problems)
		rc = put_problem(c, run, time, &p);
	calib_str_release(&p.text);
	return rc;
}

/* With data, the runs of -r that have some; without, those of -r. */
static int cover_runs(struct coverage *c, struct calib_err *err)
{
	const struct coverage_opts *o = c->opts;
	int rc = CALIB_OK;

	for (size_t i = 0; i < c->data.runs.n && rc >= 0; i++) {
		unsigned run = c->data.runs.run[i].run;

		if (o->nruns == 0 || calib_runs_have(o->runs, o->nruns, run))
			rc = cover_run(c, run, err);
	}
	for (size_t i = 0; i < o->nruns && c->data.runs.n == 0; i++)
		for (uint32_t run = o->runs[i].begin; run <= o->runs[i].end && rc >= 0; run++)
			rc = cover_run(c, run, err);
	return rc;
}

/* ---- all of it ---- */

static int begin(struct coverage *c, const struct deploy_where *where, const char *types,
                 struct calib_err *err)
{
	size_t n = 0;
	int rc = calib_list_parse(&c->types, &n, types != NULL ? types : DARK_TYPES, err);

	if (rc >= 0)
		rc = rundata_open(&c->data, where, err);
	if (rc >= 0 && c->data.runs.n == 0 && c->opts->nruns == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "which runs? The data are not there, give "
		                "-r RUNS");
	return rc < 0 ? rc : known_sources(c, err);
}

static int finish(const struct coverage *c, struct calib_err *err)
{
	if (c->problems && c->rows > 0)
		return calib_fail(err, CALIB_ENOTFOUND, "runs with no, default or too old "
		                  "constants: %zu", c->rows);
	if (c->none > 0)
		return calib_fail(err, CALIB_ENOTFOUND, "rows without constants: %zu", c->none);
	return CALIB_OK;
}

static void release(struct coverage *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct track *t = &c->track[i];

		look_release(&t->look);
		calib_str_release(&t->path);
		free(t->source);
		free(t->type);
		free(t->state);
	}
	free(c->track);
	free(c->types);
	rundata_close(&c->data);
}

int coverage_report(const char *calib, const struct deploy_where *where,
                    const struct deploy_filter *filter, const struct coverage_opts *opts,
                    bool json, bool problems, struct calib_err *err)
{
	static const char *const columns[] = {"run", "time", "group", "source", "type", "constants",
		"file", "dark-run", "age-runs", "age-hours", "old", NULL};
	static const char *const lines[] = {"run", "time", "none", "default", "old", "text", NULL};
	struct coverage_opts o = *opts;
	struct deploy_filter all = *filter;	/* a source counts by any type it has */
	struct coverage c = {.calib = calib, .filter = &all, .opts = &o, .problems = problems,
		.data = RUNDATA_INIT};
	struct calib_out *out = NULL;
	int rc;

	all.types = NULL;
	o.max_hours = o.max_hours < 0 ? DEFAULT_HOURS : o.max_hours;
	rc = begin(&c, where, filter->types, err);
	if (rc >= 0)
		rc = calib_out_open(&out, "-", 0, err);
	if (rc >= 0) {
		calib_table_begin(&c.table, out, problems ? lines : columns, json, err);
		rc = cover_runs(&c, err);
		rc = deploy_end(out, rc < 0 ? rc : c.unread, err);
	}
	if (rc >= 0)
		rc = finish(&c, err);
	release(&c);
	return rc;
}

/* ---- the verb ---- */

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct deploy_filter filter;
	struct coverage_opts coverage;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->filter;
		state->child_inputs[2] = &o->coverage;
		state->child_inputs[3] = &o->cli;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no argument is expected", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(const struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	int rc = deploy_calib(&calib, &o->where, err);

	if (rc >= 0)
		calib_change_notice(calib.s);
	if (rc >= 0)
		rc = coverage_report(calib.s, &o->where, &o->filter, &o->coverage, o->cli.json,
		                     false, err);
	calib_str_release(&calib);
	return rc;
}

int deploy_coverage(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&deploy_filter_argp, 0, NULL, 0},
		{&coverage_argp, 0, NULL, 0}, {&cli_common_table, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {NULL, parse, NULL,
		"Tell for each run and detector which constants rule, whether they were measured "
		"or have the default values of the analysis, and how old they are. Exit status 1 "
		"where there are none.\v"
		"Example: calib-deploy coverage -e xppi0613 -r 100-200 -t pedestals",
		children, NULL, NULL};
	struct opts o = {.coverage = COVERAGE_DEFAULTS};
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_parse(&argp, argc, argv, &o);
	rc = run(&o, &err);
	coverage_release(&o.coverage);
	return cli_finish(rc, &err);
}
