/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/store.c - calib-deploy store: constants by time, in an HDF5 file of one detector */
#include "deploy/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/table.h"
#include "deploy/rundata.h"
#include "src/src.h"
#include "store/history.h"

enum { KEY_ID = KEY_LOOK, KEY_TIME, KEY_EDITION, KEY_BEGIN, KEY_UNTIL, KEY_RANGE, KEY_PRED,
       KEY_SUCC, KEY_STORE_COMMENT, KEY_STORE_FORCE };

static const struct argp_option options[] = {
	{"source", 's', "SRC", 0, "source, with -c or -e: names the store, e.g. XppGon.0:Cspad.0",
	 2},
	{"id", KEY_ID, "ID", 0, "panel numbers in the name of the store (Epix100a, Jungfrau)", 2},
	{"type", 't', "TYPE", 0, "calibration type, e.g. pedestals", 2},
	{"time", KEY_TIME, "TIME", 0, "get: seconds since 1970, or a date such as "
	 "2016-08-15T12:00:00", 3},
	{"run", 'r', "RUN", 0, "get, add: the time of this run; with -e of its first event, else "
	 "as the store records it", 3},
	{"edition", KEY_EDITION, "N", 0, "version of the constants (default: of get the default "
	 "one, of add the next)", 3},
	{"begin", KEY_BEGIN, "TIME", 0, "add: valid from this time on", 3},
	{"until", KEY_UNTIL, "TIME", 0, "add: valid up to this time (default: open)", 3},
	{"range", KEY_RANGE, "NAME", 0, "delete, default: of this range, e.g. 1471285222-end", 3},
	{"output", 'o', "FILE", 0, "get: file to write (default standard output)", 3},
	{"comment", KEY_STORE_COMMENT, "TEXT", 0, "add, delete: for the history", 4},
	{"predecessor", KEY_PRED, "ID", 0, "add, of a new store: the detector before", 4},
	{"successor", KEY_SUCC, "ID", 0, "add, of a new store: the detector after", 4},
	{"force", KEY_STORE_FORCE, NULL, 0, "add: in spite of doubts about the content", 4},
	{0}
};

/* ---- options ---- */

static double parse_time(const struct argp_state *state, const char *option, const char *arg)
{
	double v;
	time_t t;

	if (calib_parse_double(&v, arg, option, NULL) >= 0 && v >= 0 && v <= 1e11)
		return v;
	if (!calib_time_parse(&t, arg, NULL))
		argp_error(state, "%s: '%s' is neither seconds since 1970 nor a date such as "
		           "2016-08-15T12:00:00", option, arg);
	return (double)t;
}

static void take_arg(struct store_opts *o, struct argp_state *state, char *arg)
{
	bool store = calib_path_suffix(arg, ".h5");

	if (o->action == NULL && (o->action = store_action(arg)) == NULL)
		argp_error(state, "'%s': expected one of info list get add history delete default",
		           arg);
	else if (o->word == NULL)
		o->word = arg;
	else if (store && o->file == NULL)
		o->file = arg;
	else if (!store && o->input == NULL && o->action->input)
		o->input = arg;
	else
		argp_error(state, "'%s': one store, whose name ends in .h5, %s", arg,
		           o->action->input ? "and one file to add are expected"
		           : "is expected and nothing else");
}

static void check(const struct store_opts *o, const struct argp_state *state)
{
	bool dir = o->where.calib != NULL || o->where.exp != NULL;

	if (o->action == NULL)
		argp_error(state, "what to do? info, list, get, add, history, delete or default");
	if (o->file == NULL && (o->source == NULL || !dir))
		argp_error(state, "which store? Name the file, or give -c DIR or -e EXP, and "
		           "-s SOURCE");
	if (o->action->typed && o->type == NULL)
		argp_error(state, "-t TYPE is needed");
	if (o->action->get && isnan(o->time) && o->run < 0)
		argp_error(state, "--time TIME or -r RUN is needed");
	if (o->action->input && isnan(o->begin) && (o->run < 0 || o->where.exp == NULL))
		argp_error(state, "--begin TIME is needed, or -e EXP and -r RUN");
	if (o->action->ranged && o->range == NULL)
		argp_error(state, "--range NAME is needed, as 'store list' shows it");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct store_opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		o->where.optional = true;
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->cli;
		return 0;
	case 's':         o->source = arg; return 0;
	case 't':         o->type = arg; return 0;
	case 'o':         o->output = arg; return 0;
	case 'r':         o->run = cli_long(state, "--run", arg, 0, 0x7fffffff); return 0;
	case KEY_ID:      o->id = arg; return 0;
	case KEY_TIME:    o->time = parse_time(state, "--time", arg); return 0;
	case KEY_BEGIN:   o->begin = parse_time(state, "--begin", arg); return 0;
	case KEY_UNTIL:   o->until = parse_time(state, "--until", arg); return 0;
	case KEY_EDITION: o->edition = cli_long(state, "--edition", arg, 0, 999999999); return 0;
	case KEY_RANGE:   o->range = arg; return 0;
	case KEY_PRED:    o->predecessor = arg; return 0;
	case KEY_SUCC:    o->successor = arg; return 0;
	case KEY_STORE_COMMENT: o->comment = arg; return 0;
	case KEY_STORE_FORCE:   o->force = true; return 0;
	case ARGP_KEY_ARG: take_arg(o, state, arg); return 0;
	case ARGP_KEY_END: check(o, state); return 0;
	default:          return ARGP_ERR_UNKNOWN;
	}
}

/* ---- which file, what time ---- */

/* <data root>/detector/calib, where the stores of all experiments are: from that of the experiment,
 * <root>/<ins>/<exp>/calib. */
static int repository(struct calib_str *dir, const struct store_opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	int rc = calib_dir_default(&calib, o->where.root, o->where.exp, err);

	for (int i = 0; rc >= 0 && i < 3; i++) {
		calib_path_dir(dir, calib.s);
		calib_str_clear(&calib);
		calib_str_add(&calib, dir->s);
	}
	calib_str_add(dir, "/detector/calib");
	calib_str_release(&calib);
	return rc < 0 ? rc : calib_str_check(dir, err);
}

/* The panel numbers of the source in the data of the run; empty where it tells none, or there are
 * no data: then the directory decides. */
static void id_of_run(struct calib_str *id, const struct store_opts *o)
{
	struct rundata_camera camera = RUNDATA_CAMERA_INIT;
	struct calib_str plain = CALIB_STR_INIT;
	struct rundata data = RUNDATA_INIT;

	if (calib_dir_source(&plain, o->source, NULL) >= 0
	    && rundata_open(&data, &o->where, NULL) >= 0
	    && rundata_camera(&camera, &data, (unsigned)o->run, plain.s, NULL) >= 0)
		calib_str_add(id, camera.panels.s);
	rundata_camera_release(&camera);
	rundata_close(&data);
	calib_str_release(&plain);
}

int store_path(struct calib_str *path, const struct store_opts *o, bool common,
               struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT, id = CALIB_STR_INIT;
	bool panels = strstr(o->source ? o->source : "", ":Epix100a.") != NULL
	              || strstr(o->source ? o->source : "", ":Jungfrau.") != NULL;
	int rc;

	calib_str_clear(path);
	if (o->file != NULL) {
		calib_str_add(path, o->file);
		return calib_str_check(path, err);
	}
	rc = common ? repository(&dir, o, err) : deploy_calib(&dir, &o->where, err);
	if (rc >= 0 && panels && o->id == NULL && o->where.exp != NULL && o->run >= 0)
		id_of_run(&id, o);
	if (rc >= 0)
		rc = calib_dcstore_name(path, dir.s, o->source, id.len > 0 ? id.s : o->id, err);
	calib_str_release(&id);
	calib_str_release(&dir);
	return rc;
}

int store_run_time(double *time, const struct store_opts *o, struct calib_err *err)
{
	struct calib_range run = {(uint32_t)o->run, (uint32_t)o->run};
	struct calib_src_opts open = {.exp = o->where.exp, .root = o->where.root, .runs = &run,
		.nruns = 1};
	const struct calib_evt *evt = NULL;
	struct calib_src *src = NULL;
	int rc = calib_src_open(&src, &open, err);

	if (rc >= 0)
		rc = calib_src_next(src, &evt, err);
	if (rc == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "run %ld of %s has no event", o->run,
		                o->where.exp);
	if (rc > 0)
		*time = (double)evt->sec + (double)evt->nsec * 1e-9;
	calib_src_close(src);
	return rc < 0 ? rc : CALIB_OK;
}

static int run(const struct store_opts *o, struct calib_err *err)
{
	return o->action->run(o, err);
}

int deploy_store(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&cli_common_table, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {options, parse,
		"info|list|get|add|history|delete|default [STORE.h5] [FILE]",
		"Work on an HDF5 calibration store, a file that holds the constants of one "
		"detector by time. It is named, or found by the source as "
		"<calib>/<dettype>/<dettype>-<id>.h5.\v"
		"Examples:\n"
		"  calib-deploy store list -c calib -s XppGon.0:Cspad.0\n"
		"  calib-deploy store get x.h5 -t pedestals --time 1471285223 -o p.txt\n"
		"  calib-deploy store add x.h5 -t pedestals --begin 1471285222.5 p.txt",
		children, NULL, NULL};
	struct store_opts o = {.time = NAN, .begin = NAN, .until = INFINITY, .run = -1};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(run(&o, &err), &err);
}
