/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/find.c - calib-deploy find: which file rules a run, or ruled it; why; whose it is */
#include "deploy/deploy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/proc.h"
#include "base/table.h"
#include "deploy/camera.h"
#include "store/change.h"
#include "store/asof.h"
#include "store/history.h"

enum { KEY_AS_OF = KEY_LOOK, KEY_WHY, KEY_CHECK };

struct opts {
	struct cli cli;
	struct deploy_where where;
	const char *source, *type;
	long run;
	bool past, why, check;
	time_t when;
};

static const struct argp_option options[] = {
	{"source", 's', "SRC", 0, "source, e.g. XppGon.0:Cspad.0", 2},
	{"type", 't', "TYPE", 0, "calibration type, e.g. pedestals", 2},
	{"run", 'r', "RUN", 0, "run number", 2},
	{"as-of", KEY_AS_OF, "TIME", 0, "what ruled at that time, by HISTORY and the backups: "
	 "2015-04-17T12:00:00, 2015-04-17, or @SECONDS", 3},
	{"why", KEY_WHY, NULL, 0, "print a row for every file that could rule, best first, and "
	 "what decides", 3},
	{"check", KEY_CHECK, NULL, 0, "compare the camera of the constants with that of the run's "
	 "data", 3},
	{0}
};

static void check_opts(const struct opts *o, const struct argp_state *state)
{
	if (o->source == NULL || o->type == NULL)
		argp_error(state, "-s SOURCE and -t TYPE are needed");
	if (o->run < 0)
		argp_error(state, "-r RUN is needed");
	if (o->check && (o->why || o->past))
		argp_error(state, "--check goes without --why and --as-of");
	if (o->check && o->where.exp == NULL)
		argp_error(state, "--check needs -e EXP, to look at the data of the run");
	if (o->cli.json && !o->why && !o->check)
		argp_error(state, "--json needs --why or --check, a path is no table");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->cli;
		return 0;
	case 's': o->source = arg; return 0;
	case 't': o->type = arg; return 0;
	case 'r':
		o->run = cli_long(state, "--run", arg, 0, (long)CALIB_RUN_END - 1);
		return 0;
	case KEY_AS_OF:
		if (!calib_time_parse(&o->when, arg, NULL))
			argp_error(state, "--as-of: '%s' is not a time such as "
			           "2015-04-17T12:00:00, 2015-04-17 or @1429272000", arg);
		o->past = true;
		return 0;
	case KEY_WHY:   o->why = true; return 0;
	case KEY_CHECK: o->check = true; return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no argument is expected", arg);
		return 0;
	case ARGP_KEY_END: check_opts(o, state); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* What there is to choose from: now, or then. */
struct choice {
	struct calib_dirfiles now;
	struct calib_asof past;
};

static int load(struct choice *c, const struct opts *o, const char *dir, struct calib_err *err)
{
	if (o->past)
		return calib_asof_load(&c->past, dir, "HISTORY", (uint32_t)o->run, o->when, err);
	return calib_dirfiles_list(&c->now, dir, err);
}

static void release(struct choice *c)
{
	calib_dirfiles_release(&c->now);
	calib_asof_release(&c->past);
}

static int none(const struct opts *o, const char *dir, struct calib_err *err)
{
	char when[40];

	if (!o->past)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: no file for run %ld", dir, o->run);
	return calib_fail(err, CALIB_ENOTFOUND, "%s: no file for run %ld at %s", dir, o->run,
	                  calib_time_format(o->when, "%Y-%m-%dT%H:%M:%S %Z", when, sizeof when));
}

/* *path: of the content that rules. */
static int ruler(struct calib_str *path, const struct choice *c, const struct opts *o,
                 const char *dir, struct calib_err *err)
{
	const struct calib_dirfile *f;
	const struct calib_past *p;
	const char *name = NULL;

	if (o->past) {
		p = calib_asof_find(&c->past, (uint32_t)o->run);
		if (p != NULL && p->content == NULL)
			return calib_fail(err, CALIB_ENOTFOUND, "%s/%s: ruled run %ld then, "
			                  "but was replaced or deleted later and no backup was "
			                  "kept", dir,
			                  p->name, o->run);
		name = p != NULL ? p->content : NULL;
	} else {
		f = calib_dirfiles_find(&c->now, (uint32_t)o->run);
		name = f != NULL ? f->name : NULL;
	}
	if (name == NULL)
		return none(o, dir, err);
	calib_path_join(path, dir, name);
	return calib_str_check(path, err);
}

/* ---- why ---- */

/* In words, against the file that rules. */
static void verdict(struct calib_str *s, const struct calib_dirfile *f,
                    const struct calib_dirfile *best, uint32_t run)
{
	if (f == best)
		calib_str_add(s, "rules");
	else if (f->kind != CALIB_NAME_GOOD || f->range.begin > f->range.end)
		calib_str_addf(s, "is never used: %s", f->why);
	else if (run < f->range.begin)
		calib_str_addf(s, "begins after run %u", run);
	else if (run > f->range.end)
		calib_str_addf(s, "ends before run %u", run);
	else if (f->range.begin < best->range.begin)
		calib_str_addf(s, "begins before %s, which begins at run %u", best->name,
		               best->range.begin);
	else if (f->range.end != best->range.end)
		calib_str_addf(s, "begins with %s, but ends later", best->name);
	else
		calib_str_addf(s, "is for the same runs as %s, whose name comes first", best->name);
}

static int put_reason(struct calib_table *t, const struct choice *c, const struct opts *o,
                      const struct calib_dirfile *f, const struct calib_dirfile *best)
{
	const struct calib_dirfiles *files = o->past ? &c->past.files : &c->now;
	const struct calib_past *p = o->past ? &c->past.past[f - files->file] : NULL;
	struct calib_str text = CALIB_STR_INIT;

	verdict(&text, f, best, (uint32_t)o->run);
	calib_table_text(t, f == best ? "yes" : "no");
	calib_table_text(t, f->name);
	if (f->kind == CALIB_NAME_GOOD)
		calib_table_unsigned(t, f->range.begin);
	else
		calib_table_text(t, NULL);
	if (f->kind != CALIB_NAME_GOOD || f->range.end == CALIB_RUN_END)
		calib_table_text(t, f->kind == CALIB_NAME_GOOD ? "end" : NULL);
	else
		calib_table_unsigned(t, f->range.end);
	calib_table_text(t, text.s);
	calib_table_text(t, p == NULL ? f->name : p->content);
	calib_table_text(t, p == NULL ? NULL : p->since);
	calib_str_release(&text);
	return calib_table_row(t);
}

/* Highest priority first; what holds the run before what does not. */
static int explain(const struct choice *c, const struct opts *o, struct calib_err *err)
{
	static const char *const columns[] = {"rules", "file", "begin", "end", "reason", "content",
		"since", NULL};
	const struct calib_dirfiles *files = o->past ? &c->past.files : &c->now;
	const struct calib_dirfile *best = calib_dirfiles_find(files, (uint32_t)o->run);
	uint32_t run = (uint32_t)o->run;
	struct calib_out *out = NULL;
	struct calib_table t;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	calib_table_begin(&t, out, columns, o->cli.json, err);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = files->n; i-- > 0 && rc >= 0;) {
			const struct calib_dirfile *f = &files->file[i];
			bool holds = f->kind == CALIB_NAME_GOOD && f->range.begin <= run
			             && run <= f->range.end;

			if (holds == (pass == 0))
				rc = put_reason(&t, c, o, f, best);
		}
	return deploy_end(out, rc, err);
}

/* ---- all of it ---- */

static int find(const struct opts *o, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT, path = CALIB_STR_INIT;
	struct choice c = {CALIB_DIRFILES_INIT, CALIB_ASOF_INIT};
	struct calib_err why = CALIB_ERR_INIT;
	int rc = deploy_calib(&path, &o->where, err);

	if (rc >= 0) {
		calib_change_notice(path.s);
		calib_str_clear(&path);
		rc = deploy_type_dir(&dir, &o->where, o->source, o->type, true, err);
	}
	if (rc >= 0)
		rc = load(&c, o, dir.s, err);
	if (rc >= 0) {
		int found = ruler(&path, &c, o, dir.s, &why);

		if (o->why)
			rc = explain(&c, o, err);
		else if (found >= 0 && o->check)
			rc = camera_check(path.s, &o->where, o->source, (unsigned)o->run,
			                  o->cli.json, err);
		else if (found >= 0)
			printf("%s\n", path.s);
		if (rc >= 0 && found < 0)
			rc = calib_fail(err, found, "%s", why.msg);
	}
	release(&c);
	calib_str_release(&path);
	calib_str_release(&dir);
	return rc;
}

int deploy_find(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&cli_common_table, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {options, parse, NULL,
		"Print the path of the file that the analysis uses for a run; exit status 1 when "
		"there is none.\v"
		"Example: calib-deploy find -e xppi0613 -s XppGon.0:Cspad.0 -t pedestals -r 180",
		children, NULL, NULL};
	struct opts o = {.run = -1};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(find(&o, &err), &err);
}
