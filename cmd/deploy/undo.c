/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/undo.c - calib-deploy undo: put back what changes have replaced */
#include "deploy/deploy.h"

#include <string.h>

#include "base/parse.h"
#include "base/path.h"
#include "store/undo.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct deploy_filter filter;
	struct calib_deploy_params params;
	struct calib_undo_params undo;
	struct deploy_names names;	/* -y only */
	const char *range;
};

static const struct argp_option options[] = {
	{"runrange", 'v', "RANGE", 0, "only files of this range (default all)", 2},
	{"to", KEY_TO, "TIME", 0, "back to the state after this second, YYYY-MM-DDTHH:MM:SS as in "
	 "HISTORY, or when this day began, YYYY-MM-DD", 3},
	{"redo", KEY_REDO, NULL, 0, "take back the last undo", 3},
	{"yes", 'y', NULL, 0, "do not ask", 3},
	{"dry-run", KEY_DRY_RUN, NULL, 0, "print the commands for sh that would do it, change "
	 "nothing", 4},
	{"dry_run", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 4},
	{"no-backup", KEY_NO_BACKUP, NULL, 0, "keep no copy of what is undone", 4},
	{"no_backup", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 4},
	{"history-file", KEY_HISTORY_FILE, "NAME", 0, "empty: none (default HISTORY)", 6},
	{"history_file", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 6},
	{0}
};

/* A time, or the beginning of one: "2015-04-17" is when that day began. */
static bool is_time(const char *text)
{
	static const char form[] = "0000-00-00T00:00:00";
	size_t len = strlen(text);

	if (len < 4 || len >= sizeof form)
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return len == 4 || len == 7 || len == 10 || len == 13 || len == 16 || len == 19;
}

static void check_opts(struct argp_state *state, const struct opts *o)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range range;

	if (o->undo.redo && o->undo.to != NULL)
		argp_error(state, "--redo and --to cannot be combined");
	if (o->undo.to != NULL && !is_time(o->undo.to))
		argp_error(state, "--to: '%s' is not a time such as 2015-04-17T12:46:40 or "
		           "2015-04-17", o->undo.to);
	if (o->range != NULL && calib_range_parse(&range, o->range, &err) < 0)
		cli_usage_error(state, &err);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->filter;
		state->child_inputs[2] = &o->cli;
		return 0;
	case 'v':              o->range = arg; return 0;
	case 'y':              o->names.yes = true; return 0;
	case KEY_TO:           o->undo.to = arg; return 0;
	case KEY_REDO:         o->undo.redo = true; return 0;
	case KEY_DRY_RUN:      o->params.change.dry_run = true; return 0;
	case KEY_NO_BACKUP:    o->params.change.no_backup = true; return 0;
	case KEY_HISTORY_FILE: o->params.change.history = arg; return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no argument is expected; -s, -t and -v select files", arg);
		return 0;
	case ARGP_KEY_END:     check_opts(state, o); return 0;
	default:               return ARGP_ERR_UNKNOWN;
	}
}

struct looking {
	const struct opts *o;
	struct calib_undo *undo;
};

static int look(void *ctx, const struct deploy_type *type, struct calib_err *err)
{
	const struct looking *l = ctx;
	const char *calib = l->o->params.change.calib;

	return calib_undo_look(l->undo, calib, type->path + strlen(calib) + 1,
	                       l->o->params.change.history, err);
}

static int plan(const struct opts *o, struct calib_undo **undo, struct calib_change *change,
                struct calib_err *err)
{
	struct looking l = {.o = o};
	int rc = calib_undo_new(&l.undo, &o->undo, err);

	if (rc >= 0)
		rc = deploy_walk(o->params.change.calib, &o->filter, look, &l, err);
	if (rc >= 0)
		rc = calib_undo_add(l.undo, change, err);
	*undo = l.undo;
	return rc;
}

/* Others need not wait for the answer: it is asked for before the change is begun. */
static int ask(const struct opts *o, struct calib_err *err)
{
	struct calib_change_params params = o->params.change;
	struct calib_str question = CALIB_STR_INIT;
	struct calib_change *change = NULL;
	struct calib_undo *undo = NULL;
	size_t n = 0;
	int rc;

	params.dry_run = true;
	rc = calib_change_new(&change, &params, err);
	if (rc >= 0)
		rc = plan(o, &undo, change, err);
	if (rc >= 0)
		n = calib_change_record(change)->n;
	calib_str_addf(&question, "put back %zu file%s of %s", n, n == 1 ? "" : "s",
	               params.calib);
	if (rc >= 0)
		rc = deploy_confirm(&o->names, question.s, err);
	calib_change_free(change);
	calib_undo_free(undo);
	calib_str_release(&question);
	return rc;
}

static int do_it(const struct opts *o, struct calib_err *err)
{
	struct calib_change *change = NULL;
	struct calib_undo *undo = NULL;
	int rc = CALIB_OK;

	if (!o->params.change.dry_run)
		rc = calib_change_recover(o->params.change.calib, err);
	if (rc >= 0 && !o->params.change.dry_run)
		rc = ask(o, err);
	if (rc >= 0)
		rc = calib_change_new(&change, &o->params.change, err);
	if (rc >= 0)
		rc = plan(o, &undo, change, err);
	if (rc >= 0)
		rc = deploy_commit(change, &o->params.change, true, err);
	calib_change_free(change);
	calib_undo_free(undo);
	return rc;
}

static int undo(struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT, name = CALIB_STR_INIT;
	struct calib_range range;
	char text[24];
	int rc = deploy_calib(&calib, &o->where, err);

	o->params.change.calib = calib.s;
	o->params.change.exp = o->where.exp;
	o->params.change.verb = o->undo.redo ? "redo" : "undo";
	if (rc >= 0 && !calib_is_dir(calib.s))
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such calibration directory",
		                calib.s);
	if (rc >= 0 && o->range != NULL)
		rc = calib_range_parse(&range, o->range, err);
	if (rc >= 0 && o->range != NULL)
		calib_str_addf(&name, "%s.data", calib_range_format(&range, text));
	o->undo.name = o->range != NULL ? name.s : NULL;
	if (rc >= 0)
		rc = do_it(o, err);
	calib_str_release(&name);
	calib_str_release(&calib);
	return rc;
}

int deploy_undo(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&deploy_filter_argp, 0, NULL, 0},
		{&cli_common, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {options, parse, NULL,
		"Put back what the last change of the directory replaced or deleted, and remove "
		"what was new in it; given again, the change before, and so on. What is undone "
		"stays as a copy. Prints 'restored' or 'removed' and the path of each file.\v"
		"Example: calib-deploy undo -c calib -s XppGon.0:Cspad.0 -t pedestals -v 173-end",
		children, NULL, NULL};
	struct opts o = {.params = calib_deploy_defaults()};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(undo(&o, &err), &err);
}
