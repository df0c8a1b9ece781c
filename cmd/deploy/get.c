/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/get.c - calib-deploy get: copy constants out of the directory */
#include "deploy/deploy.h"

#include <stdlib.h>

#include "base/in.h"
#include "base/parse.h"
#include "base/path.h"
#include "store/change.h"
#include "store/dir.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	const char *source, *type, *range, *output;
	long run;
};

static const struct argp_option options[] = {
	{"source", 's', "SRC", 0, "source, e.g. XppGon.0:Cspad.0", 2},
	{"type", 't', "TYPE", 0, "calibration type, e.g. pedestals", 2},
	{"run", 'r', "RUN", 0, "the file that rules this run", 2},
	{"runrange", 'v', "RANGE", 0, "the file of just this range", 2},
	{"output", 'o', "FILE", 0, "write to FILE; '-' is standard output (default)", 3},
	{0}
};

static void check_opts(struct argp_state *state, const struct opts *o)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range range;

	if (o->source == NULL || o->type == NULL)
		argp_error(state, "-s SOURCE and -t TYPE are needed");
	if ((o->run < 0) == (o->range == NULL))
		argp_error(state, "either -r RUN or -v RANGE is needed");
	if (o->range != NULL && calib_range_parse(&range, o->range, &err) < 0)
		cli_usage_error(state, &err);
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
	case 'v': o->range = arg; return 0;
	case 'o': o->output = arg; return 0;
	case 'r':
		o->run = cli_long(state, "--run", arg, 0, (long)CALIB_RUN_END - 1);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no argument is expected, -o names the output", arg);
		return 0;
	case ARGP_KEY_END: check_opts(state, o); return 0;
	default:           return ARGP_ERR_UNKNOWN;
	}
}

static int locate(struct calib_str *path, const struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	struct calib_range range;
	char text[24];
	int rc = deploy_calib(&calib, &o->where, err);

	if (rc >= 0 && !calib_is_dir(calib.s))
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such calibration directory",
		                calib.s);
	if (rc >= 0)
		calib_change_notice(calib.s);
	if (rc >= 0 && o->range == NULL) {
		rc = calib_dir_find(path, calib.s, o->source, o->type, (uint32_t)o->run, err);
		if (rc == 0)
			rc = calib_fail(err, CALIB_ENOTFOUND, "%s: no file for run %ld", path->s,
			                o->run);
	} else if (rc >= 0) {
		rc = calib_range_parse(&range, o->range, err);
		if (rc >= 0)
			rc = calib_dir_type_path(path, calib.s, o->source, o->type, err);
		calib_str_addf(path, "/%s.data", calib_range_format(&range, text));
	}
	calib_str_release(&calib);
	return rc < 0 ? rc : calib_str_check(path, err);
}

static int get(const struct opts *o, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_out *out = NULL;
	void *bytes = NULL;
	size_t n = 0;
	int rc = locate(&path, o, err);

	if (rc >= 0)
		rc = calib_path_regular(path.s, err);
	if (rc >= 0)
		rc = calib_read_file(path.s, &bytes, &n, err);
	if (rc >= 0)
		rc = calib_out_open(&out, o->output, o->cli.keep ? CALIB_OUT_KEEP : 0, err);
	if (rc >= 0)
		rc = calib_out_write(out, bytes, n, err);
	if (rc >= 0)
		rc = calib_out_commit(out, err);
	else
		calib_out_abort(out);
	free(bytes);
	calib_str_release(&path);
	return rc;
}

int deploy_get(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {options, parse, NULL,
		"Copy the constants that rule a run, or those of a range, out of the directory, "
		"their bytes unchanged.\v"
		"Example: calib-deploy get -e xppi0613 -s XppGon.0:Cspad.0 -t pedestals -r 180 "
		"-o peds.txt", children, NULL, NULL};
	struct opts o = {.run = -1, .output = "-"};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(get(&o, &err), &err);
}
