/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/history.c - calib-deploy history: what was deployed and deleted */
#include "deploy/deploy.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/out.h"
#include "base/path.h"
#include "base/table.h"
#include "deploy/trend.h"
#include "store/history.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct deploy_filter filter;
	const char *name;
	bool stats;
	struct calib_range *runs;	/* with stats */
	size_t nruns;
};

enum { KEY_STATS = KEY_LOOK };

static const struct argp_option options[] = {
	{"stats", KEY_STATS, NULL, 0, "instead: bad pixels, mean pedestal and noise for every "
	 "stretch of runs with the same constants, as a whole and by segment", 3},
	{"run", 'r', "RUNS", 0, "with --stats: only stretches that hold one of these runs", 3},
	{"history-file", KEY_HISTORY_FILE, "NAME", 0, "name of the files (default HISTORY)", 3},
	{"history_file", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 3},
	{0}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->filter;
		state->child_inputs[2] = &o->cli;
		return 0;
	case KEY_HISTORY_FILE: o->name = arg; return 0;
	case KEY_STATS:        o->stats = true; return 0;
	case 'r':
		free(o->runs);
		o->runs = NULL;
		if (calib_runs_parse(&o->runs, &o->nruns, arg, &err) < 0)
			cli_usage_error(state, &err);
		return 0;
	case ARGP_KEY_END:
		if (o->runs != NULL && !o->stats)
			argp_error(state, "-r selects stretches of --stats, records have no range");
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no argument is expected", arg);
		return 0;
	default:               return ARGP_ERR_UNKNOWN;
	}
}

static const char *const columns[] = {"group", "source", "type", "file", "time", "zone", "cmd",
	"exp", "run", "user", "host", "comment", "copy_of", "app", "ctype", "cwd", NULL};
/* What stands in the columns from "file" on. */
static const enum calib_history_key cells[] = {CALIB_H_FILE, CALIB_H_CPTIME, CALIB_H_ZONE,
	CALIB_H_CMD, CALIB_H_EXP, CALIB_H_RUN, CALIB_H_USER, CALIB_H_HOST, CALIB_H_COMMENT,
	CALIB_H_COPY_OF, CALIB_H_APP, CALIB_H_CTYPE, CALIB_H_CWD};

struct listing {
	struct calib_table table;
	const struct deploy_type *type;
	const char *name;
};

static int put_row(void *ctx, const struct calib_history *record, struct calib_err *err)
{
	struct listing *l = ctx;

	(void)err;	/* the table holds it */
	calib_table_text(&l->table, l->type->group);
	calib_table_text(&l->table, l->type->source);
	calib_table_text(&l->table, l->type->type);
	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
		const char *text = record->value[cells[i]];

		/* a dialect without the key says cp by being there */
		if (cells[i] == CALIB_H_CMD && text == NULL)
			text = "cp";
		calib_table_text(&l->table, text);
	}
	return calib_table_row(&l->table);
}

static int list_type(void *ctx, const struct deploy_type *type, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	struct listing *l = ctx;
	int rc;

	l->type = type;
	calib_path_join(&path, type->path, l->name);
	rc = calib_str_check(&path, err);
	if (rc >= 0 && calib_is_file(path.s))
		rc = calib_history_each(path.s, put_row, l, &why);
	/* what cannot be read is named, the others are listed; the table's errors are its own */
	if (why.code == CALIB_ESYS && l->table.rc >= 0) {
		calib_log(CALIB_ERROR, "%s", why.msg);
		rc = 1;
	} else if (why.code != CALIB_OK) {
		calib_fail(err, why.code, "%s", why.msg);
	}
	calib_str_release(&path);
	return rc;
}

static int records(const struct opts *o, const char *calib, struct calib_err *err)
{
	struct listing l = {.name = o->name};
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	calib_table_begin(&l.table, out, columns, o->cli.json, err);
	return deploy_end(out, deploy_walk(calib, &o->filter, list_type, &l, err), err);
}

static int history(const struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	int rc = deploy_calib(&calib, &o->where, err);

	if (rc >= 0)
		rc = o->stats ? deploy_trend(calib.s, &o->filter, o->runs, o->nruns, o->cli.json,
		                             err)
			: records(o, calib.s, err);
	calib_str_release(&calib);
	return rc;
}

int deploy_history(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&deploy_filter_argp, 0, NULL, 0},
		{&cli_common_table, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {options, parse, NULL,
		"List the records of the HISTORY files, oldest first in each directory, whichever "
		"program wrote them; or how the constants changed over the runs.\v"
		"Example: calib-deploy history -e xppi0613 -s XppGon.0:Cspad.0 -t pedestals",
		children, NULL, NULL};
	struct opts o = {.name = "HISTORY"};
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_parse(&argp, argc, argv, &o);
	rc = history(&o, &err);
	free(o.runs);
	return cli_finish(rc, &err);
}
