/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/put.c - calib-deploy put: check constants and deploy them */
#include "deploy/deploy.h"

#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "store/dir.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct calib_deploy_params params;
	struct calib_deploy_item item;
	bool list, zero;
	const char *if_none;		/* types */
	const char *calib;
	struct deploy_typed typed;
};

static const struct argp_option options[] = {
	{"source", 's', "SRC", 0, "source, e.g. XppGon.0:Cspad.0", 2},
	{"type", 't', "TYPE", 0, "calibration type, e.g. pedestals", 2},
	{"runrange", 'v', "RANGE", 0, "runs: 123-567, 123-end, or 123, which is 123-end", 2},
	{"list", KEY_LIST, NULL, 0, "read rows 'file source type range' from standard input", 2},
	{"null", '0', NULL, 0, "rows end with NUL instead of newline", 2},
	{"if-none", KEY_IF_NONE, "TYPES", 0, "leave out constants of these types where some are "
	 "in force for the run", 2},
	{"run", 'r', "RUN", 0, "for HISTORY: the dark run (default the first of RANGE)", 6},
	{0}
};

static void check_opts(struct argp_state *state, struct opts *o)
{
	const struct calib_deploy_item *i = &o->item;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range range;

	if (deploy_typed_take(&o->typed, &o->where.config, &err) < 0)
		cli_usage_error(state, &err);
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

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		o->typed.params = &o->params;
		state->child_inputs[1] = &o->params;
		state->child_inputs[2] = state->child_inputs[3] = &o->typed;
		state->child_inputs[4] = &o->cli;
		return 0;
	case 's':         o->item.source = arg; return 0;
	case 't':         o->item.type = arg; return 0;
	case 'v':         o->item.range = arg; return 0;
	case '0':         o->zero = true; return 0;
	case 'r':
		o->params.run = cli_long(state, "--run", arg, 0, 99999999);
		return 0;
	case KEY_LIST:    o->list = true; return 0;
	case KEY_IF_NONE: o->if_none = arg; return 0;
	case ARGP_KEY_ARG:
		o->item.file = cli_only_arg(state, o->item.file, arg);
		return 0;
	case ARGP_KEY_END: check_opts(state, o); return 0;
	default:           return ARGP_ERR_UNKNOWN;
	}
}

/* ---- the list on standard input ---- */

enum { CELLS = 5 };			/* the last one, calib-dark's verdict, may lack */

/* Cut a row into cells: at tabs when it has any, else at blanks. */
static int split_row(char *row, char *cell[CELLS])
{
	bool tabs = strchr(row, '\t') != NULL;
	const char *gap = tabs ? "\t" : " ";
	int n = 0;

	for (char *p = row + (tabs ? 0 : strspn(row, gap)); *p != '\0'; n++) {
		size_t len = strcspn(p, gap);
		bool last = p[len] == '\0';

		if (n < CELLS)
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
	struct calib_range range = {(uint32_t)o->params.run, CALIB_RUN_END};
	struct calib_str path = CALIB_STR_INIT;
	int rc = CALIB_OK;

	if (o->if_none == NULL || !deploy_has_word(o->if_none, item->type))
		return 0;
	if (o->params.run < 0)
		rc = calib_range_parse(&range, item->range, err);
	if (rc >= 0)
		rc = calib_dir_find(&path, o->calib, item->source, item->type, range.begin, err);
	if (rc > 0)
		calib_log(CALIB_INFO, "%s is in force, %s is not deployed", path.s, item->file);
	calib_str_release(&path);
	return rc;
}

static int add_item(const struct opts *o, struct calib_deploy *deploy,
                    const struct calib_deploy_item *item, struct calib_err *err)
{
	struct calib_deploy_item mine = *item;
	int rc = in_force(o, item, err);

	mine.own = true;
	mine.limits = deploy_typed_limits(&o->typed, item->source);
	return rc != 0 ? rc : calib_deploy_add(deploy, &mine, err);
}

struct listing {
	const struct opts *o;
	struct calib_deploy *deploy;
};

static int add_row(void *ctx, char *row, unsigned long number, struct calib_err *err)
{
	const struct listing *l = ctx;
	const struct opts *o = l->o;
	char *cell[CELLS] = {NULL};
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
	if (cell[4] != NULL && strcmp(cell[4], "failed") == 0 && !o->params.force)
		return calib_fail(err, CALIB_EINVAL, "standard input:%lu: %s: %s comes from a run "
		                  "that is not dark or not stable, as calib-dark has said; --force "
		                  "deploys it all the same", number, cell[0], cell[2]);
	return add_item(o, l->deploy, &(struct calib_deploy_item){.file = cell[0],
	                        .source = cell[1], .type = cell[2], .range = cell[3]}, err);
}

/* ---- doing it ---- */

static int put(struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	struct listing l = {.o = o};
	int rc = deploy_calib(&calib, &o->where, err);

	o->params.change.calib = o->calib = calib.s;
	o->params.change.exp = o->where.exp;
	o->params.change.no_replace = o->cli.keep;
	if (o->item.file == NULL)
		o->item.file = "-";
	if (rc >= 0 && !o->params.change.dry_run)
		rc = calib_change_recover(calib.s, err);
	if (rc >= 0)
		rc = calib_deploy_new(&l.deploy, &o->params, err);
	if (rc >= 0)
		rc = o->list ? deploy_each_row(o->zero, add_row, &l, err)
		             : add_item(o, l.deploy, &o->item, err);
	if (rc >= 0)
		rc = deploy_write(l.deploy, &o->params, err);
	calib_deploy_free(l.deploy);
	calib_str_release(&calib);
	return rc;
}

int deploy_put(int argc, char **argv)
{
	const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&deploy_change_argp, 0, NULL, 0},
		{&deploy_access_argp, 0, NULL, 0}, {deploy_checks_argp(), 0, NULL, 0},
		{&cli_common, 0, NULL, 0}, {0}
	};
	const struct argp argp = {options, parse, "[FILE]",
		"Check constants, and deploy FILE (default standard input), its bytes unchanged, "
		"as <calib>/<group>/<source>/<type>/<range>.data. All of a list is checked before "
		"the first file is written. Prints the paths written.\v"
		"Example: calib-deploy put -e xppi0613 -s XppGon.0:Cspad.0 -t pedestals "
		"-v 173-end peds.txt", children, NULL, NULL};
	struct opts o = {.params = calib_deploy_defaults()};
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_parse(&argp, argc, argv, &o);
	rc = put(&o, &err);
	deploy_typed_release(&o.typed);
	return cli_finish(rc, &err);
}
