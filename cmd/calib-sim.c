/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calib-sim.c - write synthetic runs with exactly known content */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "sim/sim.h"

enum { KEY_STREAMS = CLI_KEY_OWN, KEY_CHUNKS, KEY_SEED, KEY_NOISE, KEY_HOT, KEY_DEAD, KEY_NOISY,
       KEY_STUCK, KEY_FLICKER, KEY_BRIGHT, KEY_DROP, KEY_DAMAGE, KEY_STEPS, KEY_CODES, KEY_GAINS,
       KEY_RATE, KEY_LIVE, KEY_TRUNCATE, KEY_CONTROL, KEY_NEW_NAMES, KEY_EXPNUM, KEY_SIZE,
       KEY_MODULES, KEY_COMPRESS, KEY_SMD, KEY_HDF5, KEY_DEFLATE, KEY_TRUTH, KEY_LIST, KEY_LIGHT,
       KEY_DRIFT, KEY_SETTLING };

struct opts {
	struct cli cli;
	struct calib_sim_plan plan;
	bool list;
};

static const struct argp_option options[] = {
	{"exp", 'e', "EXP", 0, "experiment; its first three characters are the instrument", 1},
	{"run", 'r', "RUN", 0, "run number", 1},
	{"detector", 'd', "DETS", 0, "detectors: names, sources, or NAME@SOURCE", 1},
	{"num_events", 'n', "N", 0, "events (default 100)", 1},
	{"num-events", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1},
	{"output", 'o', "ROOT", 0, "write ROOT/<ins>/<exp>/xtc/e000-r0173-s00-c00.xtc ... "
	 "(default .)", 1},
	{"truth", KEY_TRUTH, "DIR", 0, "write the exact results into DIR", 1},
	{"list", KEY_LIST, NULL, 0, "print the names of the detectors and exit", 1},
	{NULL, 0, NULL, 0, "Files:", 2},
	{"streams", KEY_STREAMS, "N", 0, "DAQ streams (default 1)", 2},
	{"chunks", KEY_CHUNKS, "N", 0, "files per stream (default 1)", 2},
	{"control", KEY_CONTROL, NULL, 0, "add stream 80 with a ControlsCamera", 2},
	{"new-names", KEY_NEW_NAMES, NULL, 0, "name files <exp>-r0173-...", 2},
	{"expnum", KEY_EXPNUM, "N", 0, "experiment number in file names (default 0)", 2},
	{"compress", KEY_COMPRESS, NULL, 0, "compress cameras and CSPADs as the DAQ does", 2},
	{"hdf5", KEY_HDF5, "only", OPTION_ARG_OPTIONAL, "write also <exp>-r0173.h5 in the form of "
	 "the LCLS Translator; only: no XTC files", 2},
	{"deflate", KEY_DEFLATE, "N", 0, "compression of the HDF5 file, 0 none to 9 (default 1)",
	 2},
	{"smd", KEY_SMD, NULL, 0, "write smalldata/<name>.smd.xtc beside each file", 2},
	{"truncate", KEY_TRUNCATE, "BYTES", 0, "cut the end of the last DAQ file", 2},
	{NULL, 0, NULL, 0, "Events:", 3},
	{"steps", KEY_STEPS, "N", 0, "calibration cycles (default 1)", 3},
	{"gains", KEY_GAINS, "LIST", 0, "gain range of each step (default 0,1,2,...)", 3},
	{"codes", KEY_CODES, "LIST", 0, "event codes, with fraction: 40,162:0.1 "
	 "(default 40,140)", 3},
	{"rate", KEY_RATE, "HZ", 0, "events per second, 360 at most (default 120)", 3},
	{"live", KEY_LIVE, "SPEED", OPTION_ARG_OPTIONAL, "write as slowly as the DAQ, or SPEED "
	 "times as fast; files are called .inprogress until they are complete", 3},
	{"drop", KEY_DROP, "F", 0, "fraction of frames missing (default 0)", 3},
	{"damage", KEY_DAMAGE, "F", 0, "fraction of frames damaged (default 0)", 3},
	{"bright", KEY_BRIGHT, "F", 0, "fraction of frames with light (default 0)", 3},
	{"light", KEY_LIGHT, "ADU[:SEG]", 0, "light in events with codes of beam, in one segment "
	 "or all (default 0)", 3},
	{"drift", KEY_DRIFT, "ADU", 0, "all pixels rise by so much over the run (default 0)", 3},
	{"settling", KEY_SETTLING, "ADU:N", 0, "all pixels begin so high, and have come down "
	 "after N events", 3},
	{NULL, 0, NULL, 0, "Pixels:", 4},
	{"seed", KEY_SEED, "N", 0, "another seed, other numbers (default 1)", 4},
	{"noise", KEY_NOISE, "ADU", 0, "noise of the typical pixel (default 4)", 4},
	{"dead", KEY_DEAD, "F", 0, "fraction of pixels that read 0 (default 0)", 4},
	{"hot", KEY_HOT, "F", 0, "fraction of pixels with high level and noise (default 0)", 4},
	{"noisy", KEY_NOISY, "F", 0, "fraction of pixels with 8 times the noise (default 0)", 4},
	{"stuck", KEY_STUCK, "F", 0, "fraction of pixels at full scale (default 0)", 4},
	{"flicker", KEY_FLICKER, "F", 0, "fraction of pixels that jump (default 0)", 4},
	{"size", KEY_SIZE, "R,C", 0, "rows and columns of cameras of variable size", 4},
	{"modules", KEY_MODULES, "N", 0, "modules of a Jungfrau (default 1)", 4},
	{0}
};

/* Options that are one number from 0 to 1. */
static double *fraction_of(struct calib_sim_plan *plan, int key)
{
	switch (key) {
	case KEY_HOT:     return &plan->hot;
	case KEY_DEAD:    return &plan->dead;
	case KEY_NOISY:   return &plan->noisy;
	case KEY_STUCK:   return &plan->stuck;
	case KEY_FLICKER: return &plan->flicker;
	case KEY_BRIGHT:  return &plan->bright;
	case KEY_DROP:    return &plan->drop;
	case KEY_DAMAGE:  return &plan->damage;
	default:          return NULL;
	}
}

static const char *option_name(int key)
{
	static char name[32];

	for (const struct argp_option *o = options; o->name != NULL || o->doc != NULL; o++)
		if (o->key == key && o->name != NULL) {
			snprintf(name, sizeof name, "--%s", o->name);
			break;
		}
	return name;
}

/* "5:3": a number, and after a colon a whole one; false: there is none */
static bool parse_two(const struct argp_state *state, const char *name, const char *arg,
                      double *first, long *second)
{
	const char *colon = strchr(arg, ':');
	char text[32] = "";

	if (colon == NULL || colon - arg >= (long)sizeof text) {
		*first = cli_double(state, name, arg, 0, 16000);
		return false;
	}
	memcpy(text, arg, (size_t)(colon - arg));
	*first = cli_double(state, name, text, 0, 16000);
	*second = cli_long(state, name, colon + 1, 0, 1000000000);
	return true;
}

static void parse_settling(struct calib_sim_plan *p, const struct argp_state *state,
                           const char *arg)
{
	long n = 0;

	if (!parse_two(state, "--settling", arg, &p->settling, &n) || n < 1)
		argp_error(state, "--settling: '%s' is not ADU:N", arg);
	p->settling_events = (uint64_t)n;
}

static void parse_size(struct calib_sim_plan *plan, const struct argp_state *state,
                       const char *arg)
{
	char rows[16] = "";
	const char *comma = strchr(arg, ',');

	if (comma == NULL || comma - arg >= (long)sizeof rows)
		argp_error(state, "--size: '%s' is not ROWS,COLUMNS", arg);
	else {
		memcpy(rows, arg, (size_t)(comma - arg));
		plan->rows = (size_t)cli_long(state, "--size", rows, 1, 16384);
		plan->cols = (size_t)cli_long(state, "--size", comma + 1, 1, 16384);
	}
}

static enum calib_sim_hdf5 parse_hdf5(const struct argp_state *state, const char *arg)
{
	if (arg != NULL && strcmp(arg, "only") != 0)
		argp_error(state, "--hdf5: '%s' is not 'only'", arg);
	return arg != NULL ? CALIB_SIM_HDF5 : CALIB_SIM_BOTH;
}

static void finish(struct opts *o, const struct argp_state *state)
{
	struct calib_err err = CALIB_ERR_INIT;

	if (o->list)
		return;
	if (o->plan.exp == NULL || o->plan.run == 0 || o->plan.detectors == NULL)
		argp_error(state, "-e EXP, -r RUN and -d DETS are needed");
	else if (calib_sim_check(&o->plan, &err) < 0)
		cli_usage_error(state, &err);
}

static error_t parse_number(int key, char *arg, struct argp_state *state)
{
	struct calib_sim_plan *p = &((struct opts *)state->input)->plan;
	const char *name = option_name(key);

	switch (key) {
	case 'r':         p->run = (unsigned)cli_long(state, "--run", arg, 1, 9999); return 0;
	case 'n':         p->events = (uint64_t)cli_long(state, name, arg, 0, 100000000); return 0;
	case KEY_STREAMS: p->streams = (unsigned)cli_long(state, name, arg, 1, 80); return 0;
	case KEY_CHUNKS:  p->chunks = (unsigned)cli_long(state, name, arg, 1, 99); return 0;
	case KEY_STEPS:   p->steps = (unsigned)cli_long(state, name, arg, 1, 256); return 0;
	case KEY_MODULES: p->modules = (unsigned)cli_long(state, name, arg, 1, 32); return 0;
	case KEY_EXPNUM:  p->expnum = cli_long(state, name, arg, 0, 99999); return 0;
	case KEY_SEED:    p->seed = (uint64_t)cli_long(state, name, arg, 0, 2147483647); return 0;
	case KEY_DEFLATE: p->deflate = (int)cli_long(state, name, arg, 0, 9); return 0;
	case KEY_NOISE:   p->noise = cli_double(state, name, arg, 0, 200); return 0;
	case KEY_RATE:    p->rate = cli_double(state, name, arg, 0.001, 360); return 0;
	case KEY_LIVE:    p->live = arg ? cli_double(state, name, arg, 0.001, 1e6) : 1; return 0;
	case KEY_TRUNCATE:
		p->truncate = (uint64_t)cli_long(state, name, arg, 0, 1L << 40);
		return 0;
	default:          return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	double *fraction = fraction_of(&o->plan, key);

	if (fraction != NULL) {
		*fraction = cli_double(state, option_name(key), arg, 0, 1);
		return 0;
	}
	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &o->cli; return 0;
	case 'e':           o->plan.exp = arg; return 0;
	case 'd':           o->plan.detectors = arg; return 0;
	case 'o':           o->plan.root = arg; return 0;
	case KEY_CODES:     o->plan.codes = arg; return 0;
	case KEY_GAINS:     o->plan.gains = arg; return 0;
	case KEY_TRUTH:     o->plan.truth = arg; return 0;
	case KEY_CONTROL:   o->plan.control = true; return 0;
	case KEY_COMPRESS:  o->plan.compress = true; return 0;
	case KEY_HDF5:      o->plan.hdf5 = parse_hdf5(state, arg); return 0;
	case KEY_SMD:       o->plan.smd = true; return 0;
	case KEY_NEW_NAMES: o->plan.expnum = -1; return 0;
	case KEY_LIST:      o->list = true; return 0;
	case KEY_LIGHT:
		parse_two(state, "--light", arg, &o->plan.light, &o->plan.light_segment);
		return 0;
	case KEY_DRIFT:     o->plan.drift = cli_double(state, "--drift", arg, 0, 16000); return 0;
	case KEY_SETTLING:  parse_settling(&o->plan, state, arg); return 0;
	case KEY_SIZE:      parse_size(&o->plan, state, arg); return 0;
	case ARGP_KEY_ARG:  argp_error(state, "'%s': no argument is expected", arg); return 0;
	case ARGP_KEY_END:  finish(o, state); return 0;
	default:            return parse_number(key, arg, state);
	}
}

static void progress(void *ctx, uint64_t done, uint64_t total)
{
	cli_progress(ctx, "events", (double)done, (double)total);
}

int main(int argc, char **argv)
{
	static const struct argp_child children[] = {{&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {options, parse, NULL,
		"Write a synthetic run whose averages are exactly known.\v"
		"Example: calib-sim -e xppi0613 -r 173 -d CSPAD,OPAL1000 -o /tmp/data",
		children, NULL, NULL};
	struct opts o = {.plan = CALIB_SIM_PLAN_INIT};
	struct calib_err err = CALIB_ERR_INIT;
	const char *name;

	cli_start();
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &o);
	for (size_t i = 0; o.list && (name = calib_sim_name(i)) != NULL; i++)
		puts(name);
	if (o.list)
		return cli_finish(0, &err);
	o.plan.flags = o.cli.keep ? CALIB_OUT_KEEP : 0;
	o.plan.progress = progress;
	o.plan.ctx = &o.cli;
	return cli_finish(calib_sim_write(&o.plan, &err), &err);
}
