/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/undo.c - calib-deploy undo: put back what changes have replaced */
#include "deploy/deploy.h"

#include <stdlib.h>

#include "base/parse.h"
#include "base/path.h"
#include "base/table.h"
#include "store/dir.h"
#include "store/undo.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct calib_deploy_params params;
	struct calib_undo_params undo;
	struct deploy_names names;	/* -y only */
	const char *source, *range;
	bool list;
};

static const struct argp_option options[] = {
	{"source", 's', "SRC", 0, "only files of this source (default all)", 2},
	{"type", 't', "TYPE", 0, "only files of this type (default all)", 2},
	{"runrange", 'v', "RANGE", 0, "only files of this range (default all)", 2},
	{"to", KEY_TO, "N", 0, "back to the state after change N; 0: before the first", 3},
	{"redo", KEY_REDO, NULL, 0, "take back the last undo", 3},
	{"list", KEY_LIST, NULL, 0, "list the changes and whether they are undone", 3},
	{"force", KEY_FORCE, NULL, 0, "also where another program has changed a file since", 3},
	{"yes", 'y', NULL, 0, "do not ask", 3},
	{0}
};

static void check_opts(struct argp_state *state, const struct opts *o)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range range;

	if (o->undo.redo && o->undo.to >= 0)
		argp_error(state, "--redo and --to cannot be combined");
	if (o->range != NULL && calib_range_parse(&range, o->range, &err) < 0)
		cli_usage_error(state, &err);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->params;
		state->child_inputs[2] = &o->cli;
		return 0;
	case 's':       o->source = arg; return 0;
	case 't':       o->undo.type = arg; return 0;
	case 'v':       o->range = arg; return 0;
	case 'y':       o->names.yes = true; return 0;
	case KEY_TO:    o->undo.to = cli_long(state, "--to", arg, 0, 999999999); return 0;
	case KEY_REDO:  o->undo.redo = true; return 0;
	case KEY_LIST:  o->list = true; return 0;
	case KEY_FORCE: o->undo.force = true; return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no argument is expected; -s, -t and -v select files", arg);
		return 0;
	case ARGP_KEY_END: check_opts(state, o); return 0;
	default:        return ARGP_ERR_UNKNOWN;
	}
}

/* ---- the list ---- */

static int put_row(struct calib_table *t, const struct calib_record *r, size_t files, size_t undone)
{
	calib_table_unsigned(t, r->id);
	calib_table_text(t, r->time);
	calib_table_text(t, r->user);
	calib_table_text(t, r->host);
	calib_table_text(t, r->verb);
	calib_table_unsigned(t, files);
	calib_table_unsigned(t, undone);
	calib_table_text(t, r->pid == 0 ? "done" : "interrupted");
	return calib_table_row(t);
}

static int put_rows(const struct opts *o, const struct calib_records *records, const bool *marks,
                    struct calib_err *err)
{
	static const char *const columns[] = {"change", "time", "user", "host", "verb", "files",
		"undone", "state", NULL};
	struct calib_table table;
	struct calib_out *out = NULL;
	size_t at = 0;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	calib_table_begin(&table, out, columns, o->cli.json, err);
	for (size_t i = 0; i < records->n && rc >= 0; i++) {
		const struct calib_record *r = &records->list[i];
		size_t files = 0, undone = 0;

		for (size_t k = 0; k < r->n; k++, at++)
			if (calib_undo_matches(&o->undo, &r->op[k])) {
				files++;
				undone += marks[at];
			}
		if (files > 0)
			rc = put_row(&table, r, files, undone);
	}
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

static int list(const struct opts *o, struct calib_err *err)
{
	struct calib_records records = CALIB_RECORDS_INIT;
	bool *marks = NULL;
	int rc = calib_records_load(&records, o->params.change.calib, true, err);

	if (rc >= 0)
		rc = calib_undo_marks(&marks, &records, err);
	if (rc >= 0)
		rc = put_rows(o, &records, marks, err);
	free(marks);
	calib_records_release(&records);
	return rc;
}

/* ---- doing it ---- */

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
		rc = calib_undo_add(&undo, change, params.calib, &o->undo, err);
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
		rc = calib_undo_add(&undo, change, o->params.change.calib, &o->undo, err);
	if (rc >= 0)
		rc = deploy_commit(change, &o->params.change, true, err);
	calib_change_free(change);
	calib_undo_free(undo);
	return rc;
}

static int undo(struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT, source = CALIB_STR_INIT, name = CALIB_STR_INIT;
	struct calib_range range;
	char text[24];
	int rc = deploy_calib(&calib, &o->where, err);

	o->params.change.calib = calib.s;
	o->params.change.exp = o->where.exp;
	o->params.change.verb = o->undo.redo ? "redo" : "undo";
	if (rc >= 0 && !calib_is_dir(calib.s))
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such calibration directory",
		                calib.s);
	if (rc >= 0 && o->source != NULL)
		rc = calib_dir_source(&source, o->source, err);
	if (rc >= 0 && o->range != NULL)
		rc = calib_range_parse(&range, o->range, err);
	if (rc >= 0 && o->range != NULL)
		calib_str_addf(&name, "%s.data", calib_range_format(&range, text));
	o->undo.source = o->source != NULL ? source.s : NULL;
	o->undo.name = o->range != NULL ? name.s : NULL;
	if (rc >= 0)
		rc = o->list ? list(o, err) : do_it(o, err);
	calib_str_release(&name);
	calib_str_release(&source);
	calib_str_release(&calib);
	return rc;
}

int deploy_undo(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&deploy_change_argp, 0, NULL, 0},
		{&cli_common_table, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {options, parse, NULL,
		"Put back what the last change of the directory replaced or deleted, and remove "
		"what was new in it; given again, the change before, and so on. What is undone "
		"stays as a copy. Prints 'restored' or 'removed' and the path of each file.\v"
		"Example: calib-deploy undo -c calib -s XppGon.0:Cspad.0 -t pedestals -v 173-end",
		children, NULL, NULL};
	struct opts o = {.params = calib_deploy_defaults(), .undo.to = -1};
	struct calib_err err = CALIB_ERR_INIT;

	o.params.change.comment = "undo";
	cli_parse(&argp, argc, argv, &o);
	return cli_finish(undo(&o, &err), &err);
}
