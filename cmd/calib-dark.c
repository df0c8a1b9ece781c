/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calib-dark.c - a dark run into per-pixel average, rms and counts */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/proc.h"
#include "cli.h"
#include "dark/dark.h"
#include "src/live.h"

enum {
	KEY_ALGO = CLI_KEY_OWN,
	KEY_COMPAT,
	KEY_STAGES,
	KEY_GATE,
	KEY_BLOCK,
	KEY_DROP,
	KEY_KEEP_BRIGHT,
	KEY_EVERY,
	KEY_NAMES,
	KEY_PREFIX,
	KEY_STEP,
	KEY_PARTIAL,
	KEY_CALIBRATED,
	KEY_LOW_AHL,
	KEY_LOW_AML,
	KEY_ZEROPEDS,
	KEY_COMMON_MODE,
	KEY_DEFAULT_GAINS,
	KEY_PART,
	KEY_MERGE,
	KEY_DEPLOYGEO,
	KEY_LIVE,
	KEY_UNTIL,
	KEY_NO_CHECK,
	KEY_CHECK,
	KEY_SETTLE,
	KEY_VERDICT,
	KEY_REPRODUCE
};

static const struct argp_option options[] = {
	{"algo", KEY_ALGO, "NAME", 0,
	 "robust (default; plain for real numbers), plain, gated2016, calibrun2024, jungfrau, "
	 "epix10ka", 2},
	{"compat", KEY_COMPAT, NULL, 0, "reproduce the faults of the old programs as well", 2},
	{"stages", KEY_STAGES, "A,B", 0, "plain: arrays of the first and second stage", 2},
	{"gate", KEY_GATE, "X,Y", 0,
	 "plain: half width [ADU] of the gate in the second and third "
	 "stage; robust: gate in sigma and its least half width (default 6,3)",
	 2},
	{"block", KEY_BLOCK, "N", 0, "gated2016, calibrun2024: arrays of the first stage", 2},
	{"thr_int_min", 'B', "ADU", 0, "count values below (default 2; calibrun2024 0.1)", 2},
	{"thr-int-min", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
	{"thr_int_max", 'T', "ADU", 0,
	 "count values above (default 2^bits-2, 65000 for 16 bits; "
	 "calibrun2024 16000)",
	 2},
	{"thr-int-max", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
	{"drop-bright", KEY_DROP, "K", 0,
	 "robust: leave out events whose mean is more than K sigma "
	 "off in a segment (default 6)",
	 2},
	{"keep-bright", KEY_KEEP_BRIGHT, NULL, 0, "robust: leave out no event", 2},
	{"common-mode", KEY_COMMON_MODE, NULL, 0,
	 "robust: measure the rms without the common mode of each ASIC or bank, too", 2},
	{"default-gains", KEY_DEFAULT_GAINS, NULL, 0,
	 "detectors with gain ranges: nominal pixel_gain, and pixel_offset of a Jungfrau", 2},
	{"dark-check", KEY_CHECK, NULL, 0,
	 "say whether the run is dark, by bright events, light leaks, beam codes, drift (default)",
	 2},
	{"no-dark-check", KEY_NO_CHECK, NULL, 0, "do not look whether it is", 2},
	{"settle", KEY_SETTLE, "N", 0,
	 "robust, plain: leave out the first N arrays of each gain range or cycle; auto: those "
	 "that are not settled", 2},
	{"every", KEY_EVERY, "K", 0, "use every K-th array only", 2},
	{"step", KEY_STEP, "K", 0,
	 "process calibration cycle K only (from 0); all: one result a cycle", 2},
	{"live", KEY_LIVE, "SECONDS", OPTION_ARG_OPTIONAL,
	 "follow a run that is being written to its end; it has ended, too, when nothing comes "
	 "for SECONDS (default 120)", 2},
	{"until-error", KEY_UNTIL, "ADU", 0,
	 "use no more of the run than it takes to know the pedestal of the median pixel with an "
	 "error (rms/sqrt(n)) below ADU", 2},
	{"part", KEY_PART, "K/N", 0,
	 "only the K-th of N shares of the arrays, into a file a source; see --merge", 2},
	{"merge", KEY_MERGE, NULL, 0, "FILE are the shares of N tasks: put them together", 2},
	{"partial", KEY_PARTIAL, NULL, 0,
	 "go on although gain ranges of the detector are missing, with defaults for them", 2},
	{"calibrated", KEY_CALIBRATED, NULL, 0,
	 "average data of HDF5 files that are corrected already, too", 2},
	{"low-ahl", KEY_LOW_AHL, "FILES", 0,
	 "Epix10ka: offsets of high and low range and their gains from charge injection, four "
	 "files separated by commas, for pedestals of AHL-L; or one file, added to those of FL",
	 2},
	{"low-aml", KEY_LOW_AML, "FILES", 0, "the same for AML-L", 2},
	{"zeropeds", KEY_ZEROPEDS, NULL, 0,
	 "Rayonix: zeros as pedestals, the detector subtracts its dark image itself", 2},
	{"deploygeo", KEY_DEPLOYGEO, NULL, 0,
	 "Rayonix: a default geometry, of the binning in the configuration", 2},
	{"threads", 'j', "N", 0, "threads (default: one a processor); the result is the same", 2},
	{"workdir", 'w', "DIR", 0, "write the files of each source into DIR", 3},
	{"output", 'o', "FILE", 0,
	 "write the arrays ave, rms, n, nlo, nhi, min, max and the counts "
	 "of one source to FILE as npy, '-' is standard output",
	 3},
	{"verdict", KEY_VERDICT, "FILE", 0, "write what --dark-check has found into FILE", 3},
	{"reproduce", KEY_REPRODUCE, "FILE", 0,
	 "do again what has made the statistics FILE, and compare bit by bit", 3},
	{"names", KEY_NAMES, "YEAR", 0, "names of the files: 2015 (default) or 2024", 3},
	{"prefix", KEY_PREFIX, "TEXT", 0, "names begin with TEXT (default clb-)", 3},
	{"runrange", 'v', "RANGE", 0, "validity range in the printed rows (default RUN-end)", 3},
	{0}};

static void add_file(struct dark_opts *o, const char *name, struct argp_state *state)
{
	const char **list = realloc(o->files, (o->nfiles + 1) * sizeof *list);

	if (list == NULL)
		argp_failure(state, 1, 0, "out of memory");
	o->files = list;
	o->files[o->nfiles++] = name;
}

/* "2/8" */
static void parse_part(struct dark_opts *o, const struct argp_state *state, const char *arg)
{
	const char *slash = strchr(arg, '/');
	char first[16];

	if (slash == NULL || slash == arg || slash - arg >= (long)sizeof first)
		argp_error(state, "--part: '%s' is not a share such as 2/8", arg);
	snprintf(first, sizeof first, "%.*s", slash ? (int)(slash - arg) : 0, arg);
	o->shares = cli_long(state, "--part", slash ? slash + 1 : "", 1, 10000);
	o->share = cli_long(state, "--part", first, 1, o->shares);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct dark_opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->set;
		state->child_inputs[1] = &o->cli;
		state->child_inputs[2] = &o->config;
		return 0;
	case KEY_ALGO:
		o->algo = calib_algo_parse(arg);
		if (o->algo < 0)
			argp_error(state, "--algo: '%s' is none of %s", arg, calib_algo_names());
		return 0;
	case KEY_COMPAT:      o->compat = true; return 0;
	case KEY_PARTIAL:     o->partial = true; return 0;
	case KEY_CALIBRATED:  o->calibrated = true; return 0;
	case KEY_COMMON_MODE: o->common_mode = true; return 0;
	case KEY_DEFAULT_GAINS: o->default_gains = true; return 0;
	case KEY_PART:        parse_part(o, state, arg); return 0;
	case KEY_MERGE:       o->merge = true; return 0;
	case KEY_ZEROPEDS:    o->zeropeds = true; return 0;
	case KEY_DEPLOYGEO:   o->deploygeo = true; return 0;
	case KEY_LIVE:
		o->live = cli_seconds(state, "--live", arg, CALIB_LIVE_TIMEOUT);
		return 0;
	case KEY_UNTIL: o->until_error = cli_double(state, "--until-error", arg, 1e-6, 1e6);
		return 0;
	case KEY_LOW_AHL:     o->low[0] = arg; return 0;
	case KEY_LOW_AML:     o->low[1] = arg; return 0;
	case KEY_STEP:
		o->step = strcmp(arg, "all") ? cli_long(state, "--step", arg, 0, 1000000)
		                             : DARK_ALL_STEPS;
		return 0;
	case KEY_CHECK:       o->dark_check = true; return 0;
	case KEY_NO_CHECK:    o->dark_check = false; return 0;
	case KEY_SETTLE:
		o->settle = strcmp(arg, "auto") ? cli_long(state, "--settle", arg, 0, 1000000000)
		                                : DARK_SETTLE_AUTO;
		return 0;
	case KEY_VERDICT:     o->verdict = arg; return 0;
	case KEY_REPRODUCE:   o->reproduce = arg; return 0;
	case KEY_STAGES:      o->stages = arg; return 0;
	case KEY_GATE:        o->gate = arg; return 0;
	case KEY_BLOCK:       o->block = cli_long(state, "--block", arg, 1, 1024); return 0;
	case 'B':
		o->int_lo = cli_limit_arg(state, "--thr_int_min", "thr_int_min", arg);
		return 0;
	case 'T':
		o->int_hi = cli_limit_arg(state, "--thr_int_max", "thr_int_max", arg);
		return 0;
	case KEY_DROP:        o->drop_k = cli_double(state, "--drop-bright", arg, 1, 1e6); return 0;
	case KEY_KEEP_BRIGHT: o->drop_k = 0; return 0;
	case KEY_EVERY:       o->every = cli_long(state, "--every", arg, 1, 1000000000); return 0;
	case 'j':             o->threads = cli_long(state, "--threads", arg, 1, 64); return 0;
	case 'w':             o->workdir = arg; return 0;
	case 'o':             o->out = arg; return 0;
	case 'v':             o->range = arg; return 0;
	case KEY_PREFIX:      o->prefix = arg; return 0;
	case KEY_NAMES:
		if (strcmp(arg, "2015") != 0 && strcmp(arg, "2024") != 0)
			argp_error(state, "--names: '%s' is neither 2015 nor 2024", arg);
		o->names2024 = arg[2] == '2';
		return 0;
	case ARGP_KEY_ARG:    add_file(o, arg, state); return 0;
	default:              return ARGP_ERR_UNKNOWN;
	}
}

/* Things no single option can check. */
static void check(const struct dark_opts *o, const struct argp *argp)
{
	struct calib_dark_params params;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range range;
	const char *why = NULL;

	bool run = o->set.exp != NULL || o->set.xtcdir != NULL;

	if (o->reproduce != NULL)
		why = run || o->nfiles > 0 || o->out != NULL || o->workdir != NULL
			|| o->verdict != NULL || o->merge || o->shares > 0
			? "--reproduce takes the run and the options from FILE, and writes nothing"
			: NULL;
	else if (run && cli_dataset_check(&o->set, o->nfiles, &err) < 0)
		why = err.msg;
	else if (dark_params(&params, o, dark_algo(o, NULL, false), 14, &err) < 0
	         || dark_limits(&params, o, NULL, NULL, &err) < 0)
		why = err.msg;
	else if (o->range != NULL && calib_range_parse(&range, o->range, &err) < 0)
		why = err.msg;
	else if (o->out == NULL && o->workdir == NULL)
		why = "say where the result goes: -w DIR, or -o FILE for one source";
	else if (o->out != NULL && o->workdir != NULL)
		why = "-o and -w exclude each other";
	else if (o->shares > 0 && (o->out != NULL || o->merge || o->step != DARK_NO_STEPS))
		why = "--part goes with -w DIR, and without --merge and --step";
	else if (o->merge && (run || o->nfiles == 0))
		why = "--merge: name the files of the shares, and no run";
	else if (o->out != NULL && (o->zeropeds || o->deploygeo))
		why = "--zeropeds and --deploygeo write files: give -w DIR instead of -o";
	else if ((o->live > 0 || o->until_error > 0) && o->merge)
		why = "--live and --until-error are of a run, --merge has its shares";
	else if ((o->live > 0 || o->until_error > 0) && !run
	         && (o->nfiles == 0 || (o->nfiles == 1 && dark_is_stack(o->files[0]))))
		why = "--live and --until-error are of a run: give -e EXP -r RUN, or its files";
	else if (o->verdict != NULL && strcmp(o->verdict, "-") == 0)
		why = "--verdict: name a file, standard output has the rows of the files written";
	else if (o->verdict != NULL && (o->shares > 0 || !o->dark_check))
		why = "--verdict goes with --dark-check, and with --merge instead of --part";
	else if (strchr(o->prefix, '/') != NULL)
		why = "--prefix: the prefix of a name cannot hold a slash";
	cli_usage(argp, why);
}

/* What was not typed. */
static int configure(struct dark_opts *o, const struct argp *argp, struct calib_err *err)
{
	const char *algo, *threads;

	cli_config_must(&o->config, "calib-dark", argp);
	algo = cli_config_text(&o->config, "algo", NULL);
	threads = cli_config_text(&o->config, "threads", NULL);
	if (o->algo < 0 && algo != NULL)
		o->algo = calib_algo_parse(algo);
	if (o->threads == 0)
		o->threads = threads != NULL ? strtol(threads, NULL, 10) : calib_nproc();
	cli_config_limits(&o->limit[0], &o->config, "thr_int_min", o->int_lo, NULL, NULL, NULL);
	cli_config_limits(&o->limit[1], &o->config, "thr_int_max", o->int_hi, NULL, NULL, NULL);
	o->int_lo = o->limit[0].s;
	o->int_hi = o->limit[1].s;
	if (calib_str_check(&o->limit[0], err) < 0 || calib_str_check(&o->limit[1], err) < 0)
		return CALIB_ENOMEM;
	return cli_config_dataset(&o->config, &o->set, err);
}

static const struct argp_child children[] = {
	{&cli_dataset, 0, "The run:", 1}, {&cli_common_table, 0, NULL, 9},
	{&cli_config_argp, 0, NULL, 0}, {0}
};
static const struct argp argp = {
	options, parse, "[FILE...]",
	"Average the dark events of a run: per-pixel mean, rms and counts of every detector "
	"asked for, in one pass."
	"\vFILE is an XTC file, or a .npy stack (events,...); without FILE and -e a stack is "
	"read from standard input.\n\n"
	"Example: calib-dark -e xppi0613 -r 173 -d CSPAD,OPAL1000 -w work",
	children, NULL, NULL};

static struct dark_opts defaults(void)
{
	return (struct dark_opts){.set = CLI_DATASET_INIT, .algo = -1, .step = DARK_NO_STEPS,
		.drop_k = DARK_DROP_K, .dark_check = true, .every = 1, .prefix = "clb-",
		.config = CLI_CONFIG_INIT, .limit = {CALIB_STR_INIT, CALIB_STR_INIT}};
}

static int process(const struct dark_opts *o, struct calib_err *err)
{
	int rc = dark_rows_begin(o, err), rows;

	if (rc >= 0 && o->merge)
		rc = dark_merge(o, err);
	else if (rc >= 0 && o->set.exp == NULL && o->set.xtcdir == NULL && o->nfiles == 0)
		rc = dark_stack(o, "-", err);
	else if (rc >= 0 && o->nfiles == 1 && dark_is_stack(o->files[0]))
		rc = dark_stack(o, o->files[0], err);
	else if (rc >= 0)
		rc = dark_run(o, err);
	rows = dark_rows_end(rc < 0 ? NULL : err);
	return rc < 0 ? rc : rows;
}

/* The options that decide results are those in the file; how it is done is ours. */
static int reproduce(const struct dark_opts *mine, struct calib_err *err)
{
	struct dark_opts o = defaults();
	char **args;
	size_t n = 0;
	int rc = dark_reproduce_open(&o.again, mine->reproduce, mine->cli.json, err);

	if (rc >= 0) {
		args = dark_reproduce_args(o.again, &n);
		cli_parse(&argp, (int)n, args, &o);
		o.threads = mine->threads;
		o.cli = mine->cli;
		o.workdir = ".";	/* nothing is written */
		check(&o, &argp);
		rc = process(&o, err);
	}
	free(o.files);
	return dark_reproduce_close(o.again, rc, err);
}

int main(int argc, char **argv)
{
	struct dark_opts o = defaults();
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_start();
	calib_log_set_level(CALIB_INFO);
	cli_parse(&argp, argc, argv, &o);
	rc = configure(&o, &argp, &err);
	if (rc >= 0 && o.live == 0 && o.set.xtcdir != NULL && calib_src_asks_live(o.set.xtcdir))
		o.live = CALIB_LIVE_TIMEOUT;
	if (rc >= 0)
		check(&o, &argp);
	if (rc >= 0)
		rc = o.reproduce != NULL ? reproduce(&o, &err) : process(&o, &err);
	free(o.files);
	calib_str_release(&o.limit[0]);
	calib_str_release(&o.limit[1]);
	cli_config_free(&o.config);
	return cli_finish(rc, &err);
}
