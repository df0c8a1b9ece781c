/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun.c - dark runs into deployed constants: the documented command */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "algo/dark.h"
#include "base/path.h"
#include "base/parse.h"
#include "base/proc.h"
#include "calibrun/batch.h"
#include "calibrun/calibrun.h"
#include "calibrun/look.h"

enum {
	KEY_DIRMODE = CLI_KEY_OWN,
	KEY_FILEMODE,
	KEY_GROUP,
	KEY_NRECS1,
	KEY_ZEROPEDS,
	KEY_DEPLOYGEO,
	KEY_ALGO,
	KEY_DRY_RUN,
	KEY_SUMMARY,
	KEY_NO_HOTPIX,
	KEY_NO_CMODE,
	KEY_NO_GAINS,
	KEY_FORCE,
	KEY_MAX_BAD,
	KEY_MAX_FLIPPED,
	KEY_MAX_MOVED,
	KEY_MAX_SHIFT,
	KEY_LIVE,
	KEY_PARTIAL,
	KEY_LOG_JSON,
	KEY_RECORD,
	KEY_SUMMARY_TEXT,
	KEY_CONFIG,
	KEY_SAVE_CONFIG,
	KEY_PRINT_CONFIG,
	KEY_NO_REPORT, KEY_REPORT,
	KEY_SIGMA,
	KEY_PER,
	KEY_FRACTION
};

#define ALIAS(name) {name, 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 0}

static const struct argp_option options[] = {
	{"exp", 'e', "EXP", 0, "experiment, e.g. xppi0613", 1},
	{"run", 'r', "LIST", 0,
	 "run number, several as in 2,4-7, or last for the newest; of detectors with gain ranges "
	 "several runs are one dark",
	 1},
	{"detector", 'd', "LIST", 0, "detectors, e.g. CSPAD,OPAL1000; also sources and aliases", 1},
	{"num_events", 'n', "N", 0, "arrays to average (default 999; 0: all)", 1},
	ALIAS("num-events"),
	{"skip_events", 's', "N", 0, "events to skip first (default 0)", 1},
	ALIAS("skip-events"),
	{"scan_events", 'm', "N", 0,
	 "look for detectors in the first N events only (default 10; 0: all)", 1},
	ALIAS("scan-events"),
	{"event_code", 'f', "LIST", 0,
	 "event codes of dark events, e.g. 40 or 40,-43 (default: all "
	 "events)",
	 1},
	ALIAS("event-code"),
	{"thr_rms", 't', "ADU", 0,
	 "rms above is a bad pixel; 0: none is bad for its rms (default); "
	 "auto",
	 1},
	ALIAS("thr-rms"),
	ALIAS("thr_rms_max"),
	ALIAS("thr-rms-max"),
	{"runrange", 'v', "RANGE", 0,
	 "runs the constants are for: 123-567, 123-end (default RUN-end)", 1},
	{"workdir", 'w', "DIR", 0, "work directory (default ./work)", 1},
	{"calibdir", 'c', "DIR", 0, "calibration directory (default <root>/<ins>/<exp>/calib)", 1},
	{"xtcdir", 'x', "DIR", 0,
	 "directory of the xtc files (default <root>/<ins>/<exp>/xtc), an xtc "
	 "file, or a dataset",
	 1},
	ALIAS("dsnamex"),
	{"print_bits", 'p', "BITS", 0,
	 "messages to show: 1 debug 2 info 4 warning 8 error 16 critical "
	 "(default 036)",
	 1},
	ALIAS("print-bits"),
	{"process", 'P', NULL, 0, "process the data, write files into the work directory", 1},
	{"deploy", 'D', NULL, 0, "deploy the files into the calibration directory", 1},
	{"loadcfg", 'L', NULL, 0,
	 "experiment, detectors and calibration directory from the "
	 "configuration file of calibman",
	 1},
	{"thr_int_min", 'B', "ADU", 0, "average below is bad (default 2)", 2},
	ALIAS("thr-int-min"),
	{"thr_int_max", 'T', "ADU", 0, "average above is bad (default 2^bits-2)", 2},
	ALIAS("thr-int-max"),
	{"thr_rms_min", 'b', "ADU", 0, "rms below is bad (default 0.1)", 2},
	ALIAS("thr-rms-min"),
	{"intnlo", 'Z', "N", 0, "average more than N sigma below the others is bad", 2},
	{"intnhi", 'U', "N", 0, "average more than N sigma above", 2},
	{"rmsnlo", 'z', "N", 0, "rms more than N sigma below", 2},
	{"rmsnhi", 'u', "N", 0, "rms more than N sigma above", 2},
	{"sigma", KEY_SIGMA, "WORD", 0, "of these limits: robust (default) or plain", 2},
	{"per", KEY_PER, "WORD", 0, "the others are those of the same asic (default), segment or "
	 "detector", 2},
	{"fraction", KEY_FRACTION, "F", 0, "a pixel with more than F of its values beyond the "
	 "limits is bad (0.1)", 2},
	{"algo", KEY_ALGO, "NAME", 0, "robust (default), plain, gated2016 or calibrun2024", 2},
	{"partial", KEY_PARTIAL, NULL, 0,
	 "go on although gain ranges of a detector are missing, with defaults for them", 2},
	{"nrecs1", KEY_NRECS1, "N", 0, "calibrun2024: arrays of the first stage", 2},
	{"max-bad", KEY_MAX_BAD, "F", 0, "deploy nothing of a detector with more bad pixels (0.10)",
	 2},
	{"max-flipped", KEY_MAX_FLIPPED, "F", 0,
	 "largest fraction of pixels that turn good or bad (0.05; 1: any)", 2},
	{"max-moved", KEY_MAX_MOVED, "F", 0,
	 "largest fraction of pixels whose pedestal changed otherwise than the others (0.25; "
	 "1: any)", 2},
	{"max-shift", KEY_MAX_SHIFT, "X", 0, "largest change of the pedestals [rms] (20; 0: any)",
	 2},
	{"report", KEY_REPORT, "FILE", 0,
	 "name of the page about a detector (.html); of several the source is added", 2},
	{"no-report", KEY_NO_REPORT, NULL, 0, "write no page about each detector", 2},
	{"no-hotpix", KEY_NO_HOTPIX, NULL, 0, "deploy no pixel_status", 2},
	{"no-cmode", KEY_NO_CMODE, NULL, 0, "deploy no common_mode (of a pnCCD)", 2},
	{"no-gains", KEY_NO_GAINS, NULL, 0,
	 "deploy no nominal pixel_gain where a detector with gain ranges has none", 2},
	{"zeropeds", KEY_ZEROPEDS, NULL, 0,
	 "Rayonix: deploy zeros as pedestals, the detector subtracts its dark image itself", 2},
	{"deploygeo", KEY_DEPLOYGEO, NULL, 0,
	 "Rayonix: deploy a default geometry, of the binning in the configuration", 2},
	{"live", KEY_LIVE, "SECONDS", OPTION_ARG_OPTIONAL,
	 "follow a run that is being written, until it ends or nothing comes for SECONDS "
	 "(default 120); on by itself when a component of -x is ffb",
	 2},
	{"threads", 'j', "N", 0, "threads (default: one a processor)", 3},
	{"dirmode", KEY_DIRMODE, "MODE", 0, "mode of new directories (default 02775)", 3},
	{"filemode", KEY_FILEMODE, "MODE", 0, "mode of new files (default 0664)", 3},
	{"group", KEY_GROUP, "NAME", 0, "group of what is created", 3},
	{"loglev", 'l', "NAME", 0, "DEBUG INFO WARNING ERROR CRITICAL: least level shown", 3},
	{"root", CLI_KEY_ROOT, "DIR", 0, "where the data of all instruments are", 3},
	{"dry-run", KEY_DRY_RUN, NULL, 0, "print a shell script that does the same", 3},
	{"summary", KEY_SUMMARY, "FILE", 0, "write a row for every source", 3},
	{"summary-text", KEY_SUMMARY_TEXT, "FILE", 0,
	 "write the same in words, for a mail or a log book", 3},
	{"log-json", KEY_LOG_JSON, "FILE", 0, "append the log to FILE as JSON, one record a line",
	 3},
	{"record", KEY_RECORD, "FILE", 0, "append a line of every run to FILE, for the whole site",
	 3},
	{"config", KEY_CONFIG, "FILE", 0,
	 "configuration file: calibtools.yaml, searched here, in $XDG_CONFIG_HOME, in /etc, "
	 "or in the form of confpars-calibman.txt, used where it is here", 3},
	{"save-config", KEY_SAVE_CONFIG, "FILE", 0,
	 "write the parameters in force to FILE, in the form of confpars-calibman.txt", 3},
	{"print-config", KEY_PRINT_CONFIG, NULL, 0,
	 "print all parameters, and where each comes from, and do nothing", 3},
	{"force", KEY_FORCE, NULL, 0, "deploy in spite of doubts about the content", 3},
	{0}};

static const char *mode_text(const struct argp_state *state, const char *option, const char *arg)
{
	long mode = 0;

	/* calib-deploy reads octal; 1533 is the decimal form of old scripts */
	if (calib_parse_clong(&mode, arg, 0, 07777, option, NULL) < 0)
		argp_error(state, "%s: '%s' is no mode such as 02775", option, arg);
	if (arg[0] == '0' || (strspn(arg, "01234567") == strlen(arg) && strlen(arg) <= 3))
		return arg;
	static char text[2][16];
	static int which;

	which ^= 1;
	snprintf(text[which], sizeof text[which], "%lo", (unsigned long)mode);
	return text[which];
}

static long level_bits(const struct argp_state *state, const char *arg)
{
	static const char *const names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};

	for (int i = 0; i < 5; i++)
		if (strcasecmp(arg, names[i]) == 0)
			return 31 & ~((1 << i) - 1);
	argp_error(state, "--loglev: '%s' is none of DEBUG INFO WARNING ERROR CRITICAL", arg);
	return 30;
}

/* Thresholds, for all detectors or for some. */
static bool parse_limit(int key, const char *arg, const struct argp_state *state)
{
	struct run_opts *o = state->input;
	const struct { int key; const char **to, *option, *name; } limits[] = {
		{'t', &o->thr_rms, "--thr_rms", "thr_rms"},
		{'b', &o->rms_lo, "--thr_rms_min", "thr_rms_min"},
		{'B', &o->int_lo, "--thr_int_min", "thr_int_min"},
		{'T', &o->int_hi, "--thr_int_max", "thr_int_max"},
		{'Z', &o->intnlo, "--intnlo", "intnlo"}, {'U', &o->intnhi, "--intnhi", "intnhi"},
		{'z', &o->rmsnlo, "--rmsnlo", "rmsnlo"}, {'u', &o->rmsnhi, "--rmsnhi", "rmsnhi"},
		{KEY_SIGMA, &o->sigma, "--sigma", "sigma"}, {KEY_PER, &o->per, "--per", "per"},
		{KEY_FRACTION, &o->fraction, "--fraction", "fraction"},
		{KEY_MAX_BAD, &o->max_bad, "--max-bad", "max_bad"},
		{KEY_MAX_FLIPPED, &o->max_flipped, "--max-flipped", "max_flipped"},
		{KEY_MAX_MOVED, &o->max_moved, "--max-moved", "max_moved"},
		{KEY_MAX_SHIFT, &o->max_shift, "--max-shift", "max_shift"},
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (limits[i].key == key) {
			*limits[i].to = cli_limit_arg(state, limits[i].option, limits[i].name, arg);
			return true;
		}
	return false;
}

static error_t parse_added(int key, char *arg, struct argp_state *state)
{
	struct run_opts *o = state->input;

	if (parse_limit(key, arg, state))
		return 0;
	switch (key) {
	case 'j': o->threads = cli_long(state, "--threads", arg, 1, 64); return 0;
	case 'l':
		o->print_bits = level_bits(state, arg);
		o->bits_given = true;
		return 0;
	case KEY_NRECS1:    o->nrecs1 = cli_long(state, "--nrecs1", arg, 1, 1024); return 0;
	case KEY_DIRMODE:   o->dirmode = mode_text(state, "--dirmode", arg); return 0;
	case KEY_FILEMODE:  o->filemode = mode_text(state, "--filemode", arg); return 0;
	case KEY_ALGO:
		if (calib_algo_parse(arg) < 0)
			argp_error(state, "--algo: '%s' is none of robust, plain, gated2016, "
			           "calibrun2024", arg);
		o->algo = arg;
		return 0;
	case KEY_GROUP:     o->group = arg; return 0;
	case KEY_DRY_RUN:   o->dry_run = true; return 0;
	case KEY_SUMMARY:   o->summary = arg; return 0;
	case KEY_LOG_JSON:  o->log_json = arg; return 0;
	case KEY_RECORD:    o->record = arg; return 0;
	case KEY_SUMMARY_TEXT: o->summary_text = arg; return 0;
	case KEY_CONFIG:    o->config = arg; return 0;
	case KEY_SAVE_CONFIG: o->save_config = arg; return 0;
	case KEY_PRINT_CONFIG: o->print_config = true; return 0;
	case KEY_PARTIAL:   o->partial = true; return 0;
	case KEY_NO_HOTPIX: o->no_hotpix = true; return 0;
	case KEY_NO_REPORT: o->no_report = true; return 0;
	case KEY_REPORT:
		if (!calib_path_suffix(arg, ".html"))
			argp_error(state, "--report: '%s' does not end in .html", arg);
		o->report = arg;
		return 0;
	case KEY_NO_GAINS:  o->no_gains = true; return 0;
	case KEY_NO_CMODE:  o->no_cmode = true; return 0;
	case KEY_ZEROPEDS:  o->zeropeds = true; return 0;
	case KEY_DEPLOYGEO: o->deploygeo = true; return 0;
	case KEY_LIVE:
		cli_seconds(state, "--live", arg, 0);
		o->live = arg != NULL ? arg : CALIBRUN_LIVE;
		return 0;
	case KEY_FORCE:     o->force = true; return 0;
	default:            return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->cli;
		state->child_inputs[1] = &o->batch;
		state->child_inputs[2] = &o->watch;
		state->child_inputs[3] = &o->look;
		return 0;
	case 'e': o->exp = arg; return 0;
	case 'r': o->run = arg; return 0;
	case 'd': o->detectors = arg; return 0;
	case 'x': o->xtcdir = arg; return 0;
	case 'f': o->codes = strcmp(arg, "None") ? arg : "0"; return 0;
	case 'v': o->runrange = arg; return 0;
	case 'w': o->workdir = arg; return 0;
	case 'c': o->calibdir = arg; return 0;
	case 'P': o->process = true; return 0;
	case 'D': o->deploy = true; return 0;
	case 'L': o->loadcfg = true; return 0;
	case CLI_KEY_ROOT: o->root = arg; return 0;
	case 'n': o->num_events = cli_long(state, "--num_events", arg, 0, 2147483647); return 0;
	case 's': o->skip_events = cli_long(state, "--skip_events", arg, 0, 2147483647); return 0;
	case 'm': o->scan_events = cli_long(state, "--scan_events", arg, 0, 2147483647); return 0;
	case 'p':
		if (calib_parse_clong(&o->print_bits, arg, 0, 255, "--print_bits", NULL) < 0)
			argp_error(state, "--print_bits: '%s' is not a number from 0 to 255 (0377)",
				   arg);
		o->bits_given = true;
		return 0;
	case ARGP_KEY_ARG: return 0;	/* the reference ignores them, scripts pass some */
	default:           return parse_added(key, arg, state);
	}
}

/* Texts that only make sense as a whole; all of this is usage. */
static int check_texts(const struct run_params *p, struct calib_err *err)
{
	const struct run_opts *o = p->o;
	struct calib_codes codes;

	if (batch_check(&o->batch, err) < 0 || look_check(o, err) < 0
	    || watch_check(o, err) < 0)
		return CALIB_EINVAL;
	if (o->live != NULL && o->batch.tasks > 0)
		return calib_fail(err, CALIB_EINVAL, "--tasks are shares of a run that has ended, "
		                  "--live follows one that has not: leave out one of them");
	if (p->codes != NULL && calib_codes_parse(&codes, p->codes, err) < 0)
		return CALIB_EINVAL;
	/* an alias is known only to a run, and of those to come there is none yet */
	return run_opts_watch(o) ? CALIB_OK : run_params_detectors(p, err);
}

/* Everything after the options; *status: for a failure. */
static int act(const struct run_opts *o, int argc, char **argv, int *status,
               struct calib_err *err)
{
	struct run_params p = {0};
	bool job = run_opts_job(o), in_session = job && !o->dry_run && !run_opts_look(o);
	int rc = CALIB_OK;

	if (in_session)
		session_begin(argc, argv, o->print_bits);
	if (in_session)
		session_progress_on(cli_progress_wanted(&o->cli));
	if (in_session && o->log_json != NULL)
		rc = session_open_json(o->log_json, err);
	if (rc >= 0)
		rc = run_params_combine(&p, o, err);
	if (rc >= 0 && job)
		rc = check_texts(&p, err);
	else if (rc >= 0)
		rc = batch_check(o->print_config ? &o->batch : &p.o->batch, err);
	if (rc >= 0 && o->save_config != NULL && !o->print_config && !o->dry_run)
		rc = config_save(&p, err);
	/* 2 is for the user's words, 1 for what they name */
	*status = rc < 0 && rc == CALIB_EINVAL ? 2 : 1;
	if (rc < 0 && *status == 1 && in_session)
		record(CALIB_ERROR, "calibrun", "%s", err->msg);
	else if (rc >= 0 && batch_asked(&o->batch))
		rc = jobs_answer(&p, err);
	else if (rc >= 0 && o->print_config)
		rc = config_print(&p, err);
	else if (rc >= 0 && run_opts_look(o))
		rc = look_answer(&p, err);
	else if (rc >= 0 && run_opts_watch(o))
		rc = watch_runs(&p, err);
	else if (rc >= 0 && job)
		rc = o->dry_run ? script_print(&p, err) : runs_process(&p, argc, argv, err);
	if (in_session)
		session_end();
	run_params_free(&p);
	return rc;
}

/* A call by another calibrun, which writes, deploys and tells for it. */
static void as_called(struct run_opts *o)
{
	if (o->look.reproducing) {
		o->deploy = o->watch.watch = false;
		o->batch = (struct batch_opts){.engine = NULL};
	}
	if (o->batch.worker || o->look.reproducing)
		o->summary = o->summary_text = o->record = o->log_json = o->watch.on_success
			= o->watch.on_failure = NULL;
	if (o->batch.worker || o->look.reproducing || o->watch.watched)
		o->save_config = NULL;
}

int main(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&cli_common, 0, NULL, 9}, {&batch_argp, 0, "Batch jobs:", 4},
		{&watch_argp, 0, "Runs that come by themselves:", 5},
		{&look_argp, 0, "Only to look:", 6}, {0}
	};
	static const struct argp argp = {
		options,
		parse,
		NULL,
		"Turn a dark run into pedestals, noise and bad pixels, and deploy them."
		"\vExample: calibrun -e xppi0613 -d CSPAD,OPAL1000 -P -D -r 173",
		children,
		NULL,
		NULL};
	struct run_opts o = {.num_events = -1, .skip_events = -1, .scan_events = -1, .nrecs1 = -1,
		.threads = -1, .print_bits = 036, .argc = argc, .argv = argv};
	struct calib_err err = CALIB_ERR_INIT;
	int rc, status;

	cli_start();
	cli_parse(&argp, argc, argv, &o);
	as_called(&o);
	rc = o.look.reproduce != NULL ? reproduce(o.look.reproduce, &err)
	     : act(&o, argc, argv, &status, &err);
	status = o.look.reproduce != NULL ? 1 : status;
	return cli_finish(rc, &err) ? status : 0;
}
