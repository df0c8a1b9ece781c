/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/status.c - calib-deploy status: the constants and the runs they rule */
#include "deploy/deploy.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/out.h"
#include "base/parse.h"
#include "base/proc.h"
#include "base/table.h"
#include "store/dir.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct deploy_filter filter;
	bool reference, paths;
};

static const struct argp_option options[] = {
	{"paths", KEY_PATHS, NULL, 0, "print names only", 3},
	{"reference", KEY_REFERENCE, NULL, 0, "print what calibman's status panel shows, with its "
	 "faults", 3},
	{0}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->filter;
		state->child_inputs[2] = &o->cli;
		return 0;
	case KEY_PATHS:     o->paths = true; return 0;
	case KEY_REFERENCE: o->reference = true; return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no argument is expected", arg);
		return 0;
	default:            return ARGP_ERR_UNKNOWN;
	}
}

static const char *const columns[] = {"group", "source", "type", "file", "begin", "end",
	"effective-intervals", "size", "mtime", "owner", "mode", NULL};

struct listing {
	struct calib_table table;
	bool paths;
};

/* Size, time, owner, mode; none for a file that vanished meanwhile. */
static void put_stat(struct calib_table *table, const char *path)
{
	const struct passwd *owner;
	struct stat st;
	char text[40];

	if (stat(path, &st) != 0)
		return;
	calib_table_int(table, (long long)st.st_size);
	calib_table_text(table, calib_time_format(st.st_mtime, "%Y-%m-%dT%H:%M:%S", text,
	                                          sizeof text));
	owner = getpwuid(st.st_uid);
	snprintf(text, sizeof text, "%lu", (unsigned long)st.st_uid);
	calib_table_text(table, owner ? owner->pw_name : text);
	snprintf(text, sizeof text, "%04o", (unsigned)(st.st_mode & 07777));
	calib_table_text(table, text);
}

static int put_row(struct listing *l, const struct deploy_type *type,
                   const struct calib_dirfile *f, const char *effective)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_table *t = &l->table;

	calib_str_addf(&path, "%s/%s", type->path, f->name);
	calib_table_text(t, type->group);
	calib_table_text(t, type->source);
	calib_table_text(t, type->type);
	calib_table_text(t, f->name);
	calib_table_int(t, f->range.begin);
	if (f->range.end == CALIB_RUN_END)
		calib_table_text(t, "end");
	else
		calib_table_int(t, f->range.end);
	calib_table_text(t, *effective ? effective : NULL);
	put_stat(t, path.s);
	calib_str_release(&path);
	return calib_table_row(t);
}

/* Rows in falling priority would hide the history of the directory: oldest range first. */
static int list_type(void *ctx, const struct deploy_type *type, struct calib_err *err)
{
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	struct calib_str text = CALIB_STR_INIT;
	struct listing *l = ctx;
	struct calib_span *spans = NULL;
	size_t n = 0;
	int rc = calib_dirfiles_list(&files, type->path, err);

	if (rc >= 0)
		rc = calib_dirfiles_spans(&files, &spans, &n, err);
	for (size_t i = 0; i < files.n && rc >= 0; i++) {
		const struct calib_dirfile *f = &files.file[i];

		if (f->why != NULL)
			calib_log(CALIB_WARNING, "%s/%s: %s", type->path, f->name, f->why);
		if (f->kind != CALIB_NAME_GOOD)
			continue;
		calib_str_clear(&text);
		calib_spans_text(&text, &files, spans, n, i);
		rc = calib_str_check(&text, err);
		if (rc >= 0 && l->paths)
			rc = calib_out_printf(l->table.out, err, "%s/%s\n", type->path, f->name);
		else if (rc >= 0)
			rc = put_row(l, type, f, text.s);
	}
	free(spans);
	calib_str_release(&text);
	calib_dirfiles_release(&files);
	return rc;
}

static int list(const struct opts *o, const char *calib, struct calib_err *err)
{
	struct listing l = {.paths = o->paths};
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	if (o->paths)
		l.table.out = out;
	else
		calib_table_begin(&l.table, out, columns, o->cli.json, err);
	rc = deploy_walk(calib, &o->filter, list_type, &l, err);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

static int status(const struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	int rc = deploy_calib(&calib, &o->where, err);

	if (rc >= 0)
		rc = o->reference ? deploy_reference(calib.s, &o->filter, err)
		                  : list(o, calib.s, err);
	calib_str_release(&calib);
	return rc;
}

int deploy_status(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&deploy_filter_argp, 0, NULL, 0},
		{&cli_common_table, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {options, parse, NULL,
		"List the constants of a calibration directory and the runs each file rules; names "
		"the analysis never uses are reported on standard error.\v"
		"Example: calib-deploy status -e xppi0613 -d CSPAD -t pedestals",
		children, NULL, NULL};
	struct opts o = {.reference = false};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(status(&o, &err), &err);
}
