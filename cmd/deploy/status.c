/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/status.c - calib-deploy status: the constants and the runs they rule */
#include "deploy/deploy.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/out.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/table.h"
#include "deploy/look.h"
#include "store/change.h"
#include "store/history.h"

enum { KEY_LONG = KEY_LOOK, KEY_HTML };

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct deploy_filter filter;
	bool reference, paths, null, full;
	const char *html;
	struct calib_range *runs;
	size_t nruns;
};

static const struct argp_option options[] = {
	{"run", 'r', "RUNS", 0, "only what rules one of these runs, as in 12,14-16 (default: all "
	 "files)", 2},
	{"long", KEY_LONG, NULL, 0, "also group, links, backups, and what HISTORY says", 3},
	{"paths", KEY_PATHS, NULL, 0, "print names only", 3},
	{"null", '0', NULL, 0, "with --paths: end each name with a NUL, for xargs -0", 3},
	{"html", KEY_HTML, "FILE", 0, "write a page with a timeline instead ('-': standard "
	 "output)", 3},
	{"reference", KEY_REFERENCE, NULL, 0, "print what calibman's status panel shows, with its "
	 "faults", 3},
	{0}
};

static void parse_runs(struct opts *o, const struct argp_state *state, const char *arg)
{
	struct calib_err err = CALIB_ERR_INIT;

	free(o->runs);
	o->runs = NULL;
	if (calib_runs_parse(&o->runs, &o->nruns, arg, &err) < 0)
		cli_usage_error(state, &err);
	for (size_t i = 0; i < o->nruns; i++)
		if (o->runs[i].end > CALIB_RUN_MAX)
			argp_error(state, "--run: %u is beyond the last run, %u", o->runs[i].end,
			           CALIB_RUN_MAX);
}

static void check(const struct opts *o, const struct argp_state *state)
{
	int forms = o->paths + o->reference + o->full + (o->html != NULL);

	if (forms > 1 || (forms > 0 && !o->full && o->cli.json))
		argp_error(state, "--long, --paths, --html, --reference: only one of them, and "
		           "--json with --long only");
	if (o->null && !o->paths)
		argp_error(state, "-0 ends names with a NUL, add --paths");
	if (o->reference && o->nruns > 0)
		argp_error(state, "--reference shows all runs, leave out -r");
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
	case 'r':           parse_runs(o, state, arg); return 0;
	case '0':           o->null = true; return 0;
	case KEY_LONG:      o->full = true; return 0;
	case KEY_PATHS:     o->paths = true; return 0;
	case KEY_HTML:      o->html = arg; return 0;
	case KEY_REFERENCE: o->reference = true; return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no argument is expected", arg);
		return 0;
	case ARGP_KEY_END:  check(o, state); return 0;
	default:            return ARGP_ERR_UNKNOWN;
	}
}

/* The last eleven with --long only. */
static const char *const columns[] = {"group", "source", "type", "file", "begin", "end",
	"effective-intervals", "size", "mtime", "owner", "mode", "ctime", "owner-group", "link",
	"backups", "deployed", "exp", "run", "user", "host", "comment", "copy_of", NULL};
static const char *const plain[] = {"group", "source", "type", "file", "begin", "end",
	"effective-intervals", "size", "mtime", "owner", "mode", NULL};

/* Names of users or groups that have been looked up: a directory has few of them. */
struct owners {
	struct { unsigned id; char name[48]; } list[16];
	size_t n;
};

struct listing {
	struct calib_table table;
	const struct opts *o;
	struct owners users, groups;
};

static const char *user_of(unsigned id)
{
	const struct passwd *pw = getpwuid(id);

	return pw != NULL ? pw->pw_name : NULL;
}

static const char *group_of(unsigned id)
{
	const struct group *gr = getgrgid(id);

	return gr != NULL ? gr->gr_name : NULL;
}

/* The name, or the number where there is none. */
static const char *owner_name(struct owners *own, const char *(*look_up)(unsigned id), unsigned id)
{
	const char *name;
	size_t i = 0;

	while (i < own->n && own->list[i].id != id)
		i++;
	if (i < own->n)
		return own->list[i].name;
	i = own->n < 16 ? own->n++ : 15;
	own->list[i].id = id;
	name = look_up(id);
	if (name != NULL)
		snprintf(own->list[i].name, sizeof own->list[i].name, "%s", name);
	else
		snprintf(own->list[i].name, sizeof own->list[i].name, "%u", id);
	return own->list[i].name;
}

static void put_time(struct calib_table *t, time_t when)
{
	char text[40];

	calib_table_text(t, calib_time_format(when, "%Y-%m-%dT%H:%M:%S", text, sizeof text));
}

/* Of the file that is read, so that a link shows what it leads to; a link that leads nowhere shows
 * itself, a file that vanished meanwhile nothing. */
static bool put_stat(struct listing *l, const char *path, struct stat *st)
{
	struct calib_table *t = &l->table;
	char text[16];

	if (stat(path, st) != 0 && lstat(path, st) != 0) {
		for (int i = 0; i < 4; i++)
			calib_table_text(t, NULL);
		return false;
	}
	calib_table_int(t, (long long)st->st_size);
	put_time(t, st->st_mtime);
	calib_table_text(t, owner_name(&l->users, user_of, st->st_uid));
	snprintf(text, sizeof text, "%04o", (unsigned)(st->st_mode & 07777));
	calib_table_text(t, text);
	return true;
}

static void put_link(struct calib_table *t, const char *path)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof target - 1);

	target[n > 0 ? n : 0] = '\0';
	calib_table_text(t, n > 0 ? target : NULL);
}

static void put_long(struct listing *l, const char *path, const struct stat *st,
                     const struct look_file *note)
{
	static const enum calib_history_key keys[] = {CALIB_H_CPTIME, CALIB_H_EXP, CALIB_H_RUN,
		CALIB_H_USER, CALIB_H_HOST, CALIB_H_COMMENT, CALIB_H_COPY_OF};
	struct calib_table *t = &l->table;

	if (st != NULL) {
		put_time(t, st->st_ctime);
		calib_table_text(t, owner_name(&l->groups, group_of, st->st_gid));
	} else {
		calib_table_text(t, NULL);
		calib_table_text(t, NULL);
	}
	put_link(t, path);
	calib_table_unsigned(t, note->backups);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		calib_table_text(t, note->record.value[keys[i]]);
}

static int put_row(struct listing *l, const struct deploy_type *type,
                   const struct calib_dirfile *f, const char *effective,
                   const struct look_file *note)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_table *t = &l->table;
	struct stat st;
	bool there;

	calib_path_join(&path, type->path, f->name);
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
	there = put_stat(l, path.s, &st);
	if (note != NULL)
		put_long(l, path.s, there ? &st : NULL, note);
	calib_str_release(&path);
	return calib_table_row(t);
}

/* A newline in a name would make two of it. */
static int put_path(const struct listing *l, const struct deploy_type *type, const char *name,
                    struct calib_err *err)
{
	int rc;

	if (!l->o->null && (strchr(type->path, '\n') != NULL || strchr(name, '\n') != NULL)) {
		calib_log(CALIB_ERROR, "%s/%s: the name has a newline, list it with -0", type->path,
		          name);
		return 1;
	}
	rc = calib_out_printf(l->table.out, err, "%s/%s", type->path, name);
	return rc < 0 ? rc : calib_out_write(l->table.out, l->o->null ? "" : "\n", 1, err);
}

static bool rules_any(const struct opts *o, const struct calib_span *span, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < o->nruns; k++)
			if (span[i].begin <= o->runs[k].end && o->runs[k].begin <= span[i].end)
				return true;
	return o->nruns == 0;
}

/* Rows in falling priority would hide the history of the directory: oldest range first. */
static int put_files(struct listing *l, const struct deploy_type *type, struct look_type *look,
                     struct calib_err *err)
{
	const struct calib_dirfiles *files = &look->files;
	const struct calib_span *span = look->spans;
	size_t left = look->nspans;
	struct calib_str text = CALIB_STR_INIT;
	int rc = CALIB_OK, unread = 0;

	for (size_t i = 0; i < files->n && rc >= 0; i++) {
		const struct calib_dirfile *f = &files->file[i];
		size_t n = calib_spans_of(span, left, i);

		if (f->why != NULL)
			calib_log(CALIB_WARNING, "%s/%s: %s", type->path, f->name, f->why);
		if (f->kind == CALIB_NAME_GOOD && rules_any(l->o, span, n)) {
			calib_str_clear(&text);
			calib_spans_text(&text, files, span, n, i);
			rc = calib_str_check(&text, err);
			if (rc >= 0)
				rc = l->o->paths ? put_path(l, type, f->name, err)
					: put_row(l, type, f, text.s,
					          look->note ? &look->note[i] : NULL);
			unread += rc > 0;
		}
		span += n;
		left -= n;
	}
	calib_str_release(&text);
	return rc < 0 ? rc : unread;
}

static int list_type(void *ctx, const struct deploy_type *type, struct calib_err *err)
{
	struct look_type look = LOOK_TYPE_INIT;
	struct listing *l = ctx;
	int rc = look_load(&look, type->path, l->o->full, err), unread = rc;

	if (rc >= 0)
		rc = put_files(l, type, &look, err);
	look_release(&look);
	return rc < 0 ? rc : rc + unread;
}

static int list(const struct opts *o, const char *calib, struct calib_err *err)
{
	struct listing l = {.o = o};
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	if (o->paths)
		l.table.out = out;
	else
		calib_table_begin(&l.table, out, o->full ? columns : plain, o->cli.json, err);
	return deploy_end(out, deploy_walk(calib, &o->filter, list_type, &l, err), err);
}

static int status(const struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	int rc = deploy_calib(&calib, &o->where, err);

	if (rc >= 0)
		calib_change_notice(calib.s);
	if (rc >= 0 && o->html != NULL)
		rc = deploy_timeline(calib.s, &o->filter, o->runs, o->nruns, o->html, err);
	else if (rc >= 0)
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
	int rc;

	cli_parse(&argp, argc, argv, &o);
	rc = status(&o, &err);
	free(o.runs);
	return cli_finish(rc, &err);
}
