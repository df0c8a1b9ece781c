/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/put.c - calib-deploy put: check constants and deploy them */
#include "deploy/deploy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "store/deploy.h"
#include "store/dir.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct calib_deploy_params params;
	struct calib_deploy_item item;
	bool list, dry_run;
	const char *if_none;		/* types */
	const char *calib;
};

static const struct argp_option options[] = {
	{"source", 's', "SRC", 0, "source, e.g. XppGon.0:Cspad.0", 2},
	{"type", 't', "TYPE", 0, "calibration type, e.g. pedestals", 2},
	{"runrange", 'v', "RANGE", 0, "runs: 123-567, 123-end, or 123, which is 123-end", 2},
	{"list", KEY_LIST, NULL, 0, "read rows 'file source type range' from standard input", 2},
	{"if-none", KEY_IF_NONE, "TYPES", 0, "leave out constants of these types where some are "
	 "in force for the run", 2},
	{"dry-run", KEY_DRY_RUN, NULL, 0, "check, and print the commands that would do it", 3},
	{"dry_run", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 3},
	{"force", KEY_FORCE, NULL, 0, "deploy in spite of doubts about the content", 3},
	{"no-backup", KEY_NO_BACKUP, NULL, 0, "keep no copy of a file that is replaced", 3},
	{"no_backup", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 3},
	{"max-bad", KEY_MAX_BAD, "F", 0, "largest fraction of bad pixels (default 0.10)", 4},
	{"max_bad", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 4},
	{"max-shift", KEY_MAX_SHIFT, "X", 0, "largest median change of the pedestals, in units of "
	 "the median rms in force; 0 = any (default 20)", 4},
	{"max_shift", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 4},
	{"comment", KEY_COMMENT, "TEXT", 0, "for HISTORY (default calib-deploy)", 5},
	{"run", 'r', "RUN", 0, "for HISTORY: the dark run (default the first of RANGE)", 5},
	{"history-file", KEY_HISTORY_FILE, "NAME", 0, "empty: none (default HISTORY)", 5},
	{"history_file", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 5},
	{"group", KEY_GROUP, "NAME", 0, "group of what is created (default that of the "
	 "calibration directory)", 6},
	{"dirmode", KEY_DIRMODE, "MODE", 0, "mode of new directories (default 2775)", 6},
	{"filemode", KEY_FILEMODE, "MODE", 0,
	 "mode of files (default 0664 for new ones; others keep theirs)", 6},
	{0}
};

static void check_opts(struct argp_state *state, const struct opts *o)
{
	const struct calib_deploy_item *i = &o->item;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range range;

	if (o->list && (i->file || i->source || i->type || i->range))
		argp_error(state, "--list: file, source, type and range stand in the rows");
	if (o->list)
		return;
	if (i->source == NULL || i->type == NULL || i->range == NULL)
		argp_error(state, "-s SOURCE, -t TYPE and -v RANGE are needed, or --list");
	/* with --force a reversed range is the library's to judge */
	if (!o->params.force && calib_range_parse(&range, i->range, &err) < 0)
		cli_usage_error(state, &err);
}

static error_t parse_number_keys(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	struct calib_deploy_params *p = &o->params;

	switch (key) {
	case 'r':           p->run = cli_long(state, "--run", arg, 0, 99999999); return 0;
	case KEY_MAX_BAD:   p->max_bad = cli_double(state, "--max-bad", arg, 0, 1); return 0;
	case KEY_MAX_SHIFT: p->max_shift = cli_double(state, "--max-shift", arg, 0, 1e9); return 0;
	case KEY_GROUP:     p->group = deploy_parse_group(state, arg); return 0;
	case KEY_DIRMODE:   p->dirmode = deploy_parse_mode(state, "--dirmode", arg); return 0;
	case KEY_FILEMODE:
		p->filemode = deploy_parse_mode(state, "--filemode", arg);
		p->keep_mode = false;
		return 0;
	default:            return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->cli;
		return 0;
	case 's':              o->item.source = arg; return 0;
	case 't':              o->item.type = arg; return 0;
	case 'v':              o->item.range = arg; return 0;
	case KEY_LIST:         o->list = true; return 0;
	case KEY_IF_NONE:      o->if_none = arg; return 0;
	case KEY_DRY_RUN:      o->dry_run = true; return 0;
	case KEY_FORCE:        o->params.force = true; return 0;
	case KEY_NO_BACKUP:    o->params.no_backup = true; return 0;
	case KEY_COMMENT:      o->params.comment = arg; return 0;
	case KEY_HISTORY_FILE: o->params.history = arg; return 0;
	case ARGP_KEY_ARG:
		o->item.file = cli_only_arg(state, o->item.file, arg);
		return 0;
	case ARGP_KEY_END:     check_opts(state, o); return 0;
	default:               return parse_number_keys(key, arg, state);
	}
}

/* ---- the list on standard input ---- */

/* Cut a row into four cells: at tabs when it has any, else at blanks. */
static int split_row(char *row, char *cell[4])
{
	bool tabs = strchr(row, '\t') != NULL;
	const char *gap = tabs ? "\t" : " ";
	int n = 0;

	for (char *p = row + (tabs ? 0 : strspn(row, gap)); *p != '\0'; n++) {
		size_t len = strcspn(p, gap);
		bool last = p[len] == '\0';

		if (n < 4)
			cell[n] = p;
		p[len] = '\0';
		p += len + !last;
		p += tabs || last ? 0 : strspn(p, gap);
	}
	return n;
}

/* What calib-dark names besides the constants. */
static bool no_constants(const char *type)
{
	static const char *const types[] = {"statistics", "average", "rms_cm"};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* 1 when --if-none keeps it out: constants of the type are in force. */
static int in_force(const struct opts *o, const struct calib_deploy_item *item,
                    struct calib_err *err)
{
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	struct calib_str dir = CALIB_STR_INIT;
	const struct calib_dirfile *file = NULL;
	struct calib_range range = {0, CALIB_RUN_END};
	int rc = CALIB_OK;

	if (o->if_none == NULL || !deploy_has_word(o->if_none, item->type))
		return 0;
	if (o->params.run < 0)
		rc = calib_range_parse(&range, item->range, err);
	if (rc >= 0)
		rc = calib_dir_type_path(&dir, o->calib, item->source, item->type, err);
	if (rc >= 0)
		rc = calib_dirfiles_list(&files, dir.s, err);
	if (rc >= 0)
		file = calib_dirfiles_find(&files, o->params.run < 0 ? range.begin
		                                                     : (uint32_t)o->params.run);
	if (file != NULL)
		calib_log(CALIB_INFO, "%s/%s is in force, %s is not deployed", dir.s, file->name,
		          item->file);
	calib_dirfiles_release(&files);
	calib_str_release(&dir);
	return rc < 0 ? rc : file != NULL;
}

static int add_item(const struct opts *o, struct calib_deploy *deploy,
                    const struct calib_deploy_item *item, struct calib_err *err)
{
	int rc = in_force(o, item, err);

	return rc != 0 ? rc : calib_deploy_add(deploy, item, err);
}

static int add_row(const struct opts *o, struct calib_deploy *deploy, char *row,
                   unsigned long number, struct calib_err *err)
{
	char *cell[4] = {NULL, NULL, NULL, NULL};
	size_t len = strlen(row);
	int n;

	while (len > 0 && strchr(" \t\r", row[len - 1]) != NULL)
		row[--len] = '\0';
	if (row[strspn(row, " \t")] == '\0' || *row == '#')
		return CALIB_OK;
	n = split_row(row, cell);
	if (n < 4)
		return calib_fail(err, CALIB_EFORMAT, "standard input:%lu: %d cells, expected "
		                  "'file source type range'", number, n);
	if (strcmp(cell[0], "-") == 0)
		return calib_fail(err, CALIB_EFORMAT, "standard input:%lu: '-' cannot be a file "
		                  "here, the list is on standard input", number);
	if (no_constants(cell[2]))
		return CALIB_OK;
	return add_item(o, deploy, &(struct calib_deploy_item){cell[0], cell[1], cell[2],
	                        cell[3]}, err);
}

static int add_list(const struct opts *o, struct calib_deploy *deploy, struct calib_err *err)
{
	struct calib_str row = CALIB_STR_INIT;
	struct calib_in *in = NULL;
	unsigned long number = 1;
	int rc = calib_in_open(&in, "-", err);

	while (rc >= 0) {
		const uint8_t *bytes, *end;
		long n = calib_in_peek(in, &bytes, 1, err);
		size_t used;

		if (n <= 0) {
			rc = n < 0 ? (int)n : rc;
			break;
		}
		end = memchr(bytes, '\n', (size_t)n);
		used = end ? (size_t)(end - bytes) : (size_t)n;
		calib_str_addn(&row, (const char *)bytes, used);
		rc = calib_str_check(&row, err);
		if (rc >= 0)
			rc = calib_in_skip(in, used + (end != NULL), err);
		if (rc < 0 || end == NULL)
			continue;
		rc = row.len > 0 ? add_row(o, deploy, row.s, number++, err) : CALIB_OK;
		calib_str_clear(&row);
	}
	if (rc >= 0 && row.len > 0)
		rc = add_row(o, deploy, row.s, number, err);
	calib_in_close(in);
	calib_str_release(&row);
	return rc;
}

/* ---- doing it ---- */

static int print_commands(const struct calib_deploy *deploy, struct calib_err *err)
{
	struct calib_deploy_result r;
	struct calib_str text = CALIB_STR_INIT;
	int rc;

	for (size_t i = 0; calib_deploy_result(deploy, i, &r); i++) {
		calib_str_add(&text, "cp ");
		if (*r.file == '-' && r.file[1] != '\0')
			calib_str_add(&text, "-- ");
		calib_str_quote_sh(&text, strcmp(r.file, "-") == 0 ? "/dev/stdin" : r.file);
		calib_str_addc(&text, ' ');
		calib_str_quote_sh(&text, r.path);
		calib_str_addc(&text, '\n');
	}
	rc = calib_str_check(&text, err);
	if (rc >= 0)
		fputs(text.s, stdout);
	calib_str_release(&text);
	return rc;
}

static void print_results(const struct calib_deploy *deploy)
{
	struct calib_deploy_result r;

	for (size_t i = 0; calib_deploy_result(deploy, i, &r); i++) {
		if (r.unchanged)
			calib_log(CALIB_WARNING, "%s: has this content already, left alone",
			          r.path);
		if (r.written)
			printf("%s\n", r.path);
	}
}

static int put(struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	struct calib_deploy *deploy = NULL;
	int rc = deploy_calib(&calib, &o->where, err);

	o->params.calib = o->calib = calib.s;
	o->params.exp = o->where.exp;
	o->params.no_replace = o->cli.keep;
	if (o->item.file == NULL)
		o->item.file = "-";
	if (rc >= 0)
		rc = calib_deploy_new(&deploy, &o->params, err);
	if (rc >= 0)
		rc = o->list ? add_list(o, deploy, err) : add_item(o, deploy, &o->item, err);
	if (rc >= 0)
		rc = calib_deploy_check(deploy, err);
	if (rc >= 0 && o->dry_run)
		rc = print_commands(deploy, err);
	else if (rc >= 0)
		rc = calib_deploy_write(deploy, err);
	if (deploy != NULL && !o->dry_run)
		print_results(deploy);
	calib_deploy_free(deploy);
	calib_str_release(&calib);
	return rc;
}

int deploy_put(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {options, parse, "[FILE]",
		"Check constants, and deploy FILE (default standard input), its bytes unchanged, "
		"as <calib>/<group>/<source>/<type>/<range>.data. All of a list is checked before "
		"the first file is written. Prints the paths written.\v"
		"Example: calib-deploy put -e xppi0613 -s XppGon.0:Cspad.0 -t pedestals "
		"-v 173-end peds.txt", children, NULL, NULL};
	struct opts o = {.params = CALIB_DEPLOY_DEFAULTS};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(put(&o, &err), &err);
}
