/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/path.c - calib-deploy path: what a file is called */
#include "deploy/deploy.h"

#include <stdio.h>

#include "base/parse.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	const char *source, *type, *range;
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

static int path(const struct opts *o, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	struct calib_range range;
	char text[24];
	int rc = calib_range_parse(&range, o->range, err);

	if (rc >= 0)
		rc = deploy_type_dir(&dir, &o->where, o->source, o->type, false, err);
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
	struct opts o = {.range = "0-end"};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(path(&o, &err), &err);
}
