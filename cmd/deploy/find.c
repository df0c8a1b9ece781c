/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/find.c - calib-deploy find: which file rules a run; path: what a file is called */
#include "deploy/deploy.h"

#include <stdio.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "store/ctype.h"
#include "store/dir.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	const char *source, *type, *range;
	long run;
};

static error_t parse_common_keys(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->cli;
		return 0;
	case 's': o->source = arg; return 0;
	case 't': o->type = arg; return 0;
	case 'v': o->range = arg; return 0;
	case 'r':
		o->run = cli_long(state, "--run", arg, 0, (long)CALIB_RUN_END - 1);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no argument is expected", arg);
		return 0;
	case ARGP_KEY_END:
		if (o->source == NULL || o->type == NULL)
			argp_error(state, "-s SOURCE and -t TYPE are needed");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{&deploy_where_argp, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}
};

/* A type we do not know is more likely a slip than a new one: say so, search all the same. */
static void doubt_type(const char *type)
{
	if (calib_ctype_find(type) == NULL)
		calib_log(CALIB_WARNING, "'%s' is not a calibration type of the analysis", type);
}

static int type_dir(struct calib_str *dir, const struct opts *o, bool must_be,
                    struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	int rc = deploy_calib(&calib, &o->where, err);

	if (rc >= 0 && must_be && !calib_is_dir(calib.s))
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such calibration directory",
		                calib.s);

	if (rc >= 0)
		rc = calib_dir_type_path(dir, calib.s, o->source, o->type, err);
	if (rc >= 0)
		doubt_type(o->type);
	calib_str_release(&calib);
	return rc;
}

static int find(const struct opts *o, struct calib_err *err)
{
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	struct calib_str dir = CALIB_STR_INIT;
	const struct calib_dirfile *f;
	int rc = type_dir(&dir, o, true, err);

	if (rc >= 0)
		rc = calib_dirfiles_list(&files, dir.s, err);
	if (rc >= 0) {
		f = calib_dirfiles_find(&files, (uint32_t)o->run);
		if (f != NULL)
			printf("%s/%s\n", dir.s, f->name);
		else
			rc = calib_fail(err, CALIB_ENOTFOUND, "%s: no file for run %ld", dir.s,
			                o->run);
	}
	calib_dirfiles_release(&files);
	calib_str_release(&dir);
	return rc;
}

static const struct argp_option find_options[] = {
	{"source", 's', "SRC", 0, "source, e.g. XppGon.0:Cspad.0", 2},
	{"type", 't', "TYPE", 0, "calibration type, e.g. pedestals", 2},
	{"run", 'r', "RUN", 0, "run number", 2},
	{0}
};

static error_t parse_find(int key, char *arg, struct argp_state *state)
{
	const struct opts *o = state->input;

	if (key == ARGP_KEY_END && o->run < 0)
		argp_error(state, "-r RUN is needed");
	return parse_common_keys(key, arg, state);
}

int deploy_find(int argc, char **argv)
{
	static const struct argp argp = {find_options, parse_find, NULL,
		"Print the path of the file that the analysis uses for a run; exit status 1 when "
		"there is none.\v"
		"Example: calib-deploy find -e xppi0613 -s XppGon.0:Cspad.0 -t pedestals -r 180",
		children, NULL, NULL};
	struct opts o = {.run = -1};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(find(&o, &err), &err);
}

static int path(const struct opts *o, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	struct calib_range range;
	char text[24];
	int rc = calib_range_parse(&range, o->range, err);

	if (rc >= 0)
		rc = type_dir(&dir, o, false, err);
	if (rc >= 0)
		printf("%s/%s.data\n", dir.s, calib_range_format(&range, text));
	calib_str_release(&dir);
	return rc;
}

static const struct argp_option path_options[] = {
	{"source", 's', "SRC", 0, "source, e.g. XppGon.0:Cspad.0", 2},
	{"type", 't', "TYPE", 0, "calibration type, e.g. pedestals", 2},
	{"runrange", 'v', "RANGE", 0, "runs: 123-567, 123-end, or 123, which is 123-end "
	 "(default 0-end)", 2},
	{0}
};

static error_t parse_path(int key, char *arg, struct argp_state *state)
{
	const struct opts *o = state->input;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range range;

	if (key == ARGP_KEY_END && calib_range_parse(&range, o->range, &err) < 0)
		cli_usage_error(state, &err);
	return parse_common_keys(key, arg, state);
}

int deploy_path(int argc, char **argv)
{
	static const struct argp argp = {path_options, parse_path, NULL,
		"Print the path that constants of a source, type and run range have. Nothing is "
		"looked up.\v"
		"Example: calib-deploy path -c calib -s XppGon.0:Cspad.0 -t pedestals -v 173-end",
		children, NULL, NULL};
	struct opts o = {.range = "0-end", .run = -1};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(path(&o, &err), &err);
}
