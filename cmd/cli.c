/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/cli.c - what every command shares */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/parse.h"


static const struct argp_option common_options[] = {
	{"no-clobber", CLI_KEY_KEEP, NULL, 0, "fail instead of replacing an output file", -3},
	{"debug", CLI_KEY_DEBUG, NULL, OPTION_HIDDEN, "print debug messages", -3},
	{"progress", CLI_KEY_PROGRESS, NULL, 0,
	 "show progress also when stderr is no terminal", -3},
	{"no-progress", CLI_KEY_NO_PROGRESS, NULL, 0, "show no progress", -3},
	{"help", 'h', NULL, 0, "print this help and exit", -2},
	{"usage", CLI_KEY_USAGE, NULL, 0, "print the synopsis and exit", -2},
	{"version", 'V', NULL, 0, "print the version and exit", -2},
	{0}
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct cli *cli = state->input;

	(void)arg;
	switch (key) {
	case CLI_KEY_KEEP:        cli->keep = true; return 0;
	case CLI_KEY_JSON:        cli->json = true; return 0;
	case CLI_KEY_PROGRESS:    cli->progress = 1; return 0;
	case CLI_KEY_NO_PROGRESS: cli->progress = -1; return 0;
	case CLI_KEY_DEBUG:       calib_log_set_level(CALIB_DEBUG); return 0;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case CLI_KEY_USAGE:
		argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	case 'V':
		printf("%s (calibtools) %s\n", state->root_argp ? state->name : "calibtools",
		       CALIB_VERSION);
		exit(fflush(stdout) == 0 ? 0 : 1);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cli_common = {common_options, parse_common, NULL, NULL, NULL, NULL, NULL};

static const struct argp_option table_options[] = {
	{"json", CLI_KEY_JSON, NULL, 0, "print rows as JSON, one object a line", -3},
	{0}
};
static const struct argp_child table_children[] = {{&cli_common, 0, NULL, 0}, {0}};

static error_t parse_table(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = state->input;
		return 0;
	}
	return key == CLI_KEY_JSON ? parse_common(key, arg, state) : ARGP_ERR_UNKNOWN;
}

const struct argp cli_common_table = {table_options, parse_table, NULL, NULL, table_children,
	NULL, NULL};

static const struct argp_option dataset_options[] = {
	{"exp", 'e', "EXP", 0, "experiment, e.g. xppi0613", 1},
	{"run", 'r', "RUN", 0, "run number; also 12,14-16", 1},
	{"detector", 'd', "DETS", 0, "detector names (CSPAD,OPAL1000), sources "
	 "(XppGon.0:Cspad.0) or aliases, separated by commas", 1},
	{"xtcdir", 'x', "DIR", 0, "directory of the run's files, or a dataset text such as "
	 ":dir=/path/xtc:stream=0-79", 1},
	{"root", CLI_KEY_ROOT, "DIR", 0, "root of the data, <root>/<ins>/<exp>/xtc", 1},
	{"smd", CLI_KEY_SMD, NULL, 0,
	 "find the events through the small-data files of the run; the result is the same", 1},
	{"num_events", 'n', "N", 0,
	 "events to process: arrays accepted per source (default all)", 1},
	{"num-events", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1},
	{"skip_events", 's', "N", 0, "events to skip at the start (default 0)", 1},
	{"skip-events", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1},
	{"scan_events", 'm', "N", 0,
	 "look for detectors in the first N events only; 0: in all", 1},
	{"scan-events", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1},
	{"event_code", 'f', "CODES", 0, "use events with any of these codes; a negative code "
	 "inverts the selection; 0 = all", 1},
	{"event-code", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1},
	{0}
};

static error_t parse_dataset(int key, char *arg, struct argp_state *state)
{
	struct cli_dataset *set = state->input;

	switch (key) {
	case 'e': set->exp = arg; return 0;
	case 'r': set->run = arg; return 0;
	case 'd': set->detectors = arg; return 0;
	case 'x': set->xtcdir = arg; return 0;
	case 'f': set->codes = arg; return 0;
	case CLI_KEY_ROOT: set->root = arg; return 0;
	case CLI_KEY_SMD: set->smd = true; return 0;
	case 'n': set->num_events = cli_long(state, "--num_events", arg, 0, 2147483647); return 0;
	case 's': set->skip_events = cli_long(state, "--skip_events", arg, 0, 2147483647); return 0;
	case 'm': set->scan_events = cli_long(state, "--scan_events", arg, 0, 2147483647); return 0;
	default:  return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cli_dataset = {dataset_options, parse_dataset, NULL, NULL, NULL, NULL, NULL};

int cli_src_opts(struct calib_src_opts *opts, const struct cli_dataset *set,
                 const char *const *files, size_t nfiles, struct calib_err *err)
{
	struct calib_range *runs = NULL;

	*opts = (struct calib_src_opts){.exp = set->exp, .xtcdir = set->xtcdir, .root = set->root,
		.files = files, .nfiles = nfiles, .smd = set->smd};
	if (nfiles == 0 && set->run == NULL && (set->xtcdir == NULL || !strchr(set->xtcdir, '=')))
		return calib_fail(err, CALIB_EINVAL, "which run? add -r RUN, or name the files");
	if (set->run == NULL)
		return CALIB_OK;
	if (calib_runs_parse(&runs, &opts->nruns, set->run, err) < 0)
		return CALIB_EINVAL;
	opts->runs = runs;
	return CALIB_OK;
}

void cli_smd_note(const struct cli_dataset *set, const struct calib_src *src)
{
	const struct calib_file *f;

	for (size_t i = 0; set->smd && (f = calib_src_file(src, i)) != NULL; i++)
		if (f->small != NULL)
			return;
	if (set->smd)
		calib_log(CALIB_WARNING, "--smd: there are no small-data files (smalldata/ beside "
		          "the files of the run), the files themselves are read");
}

int cli_dataset_check(const struct cli_dataset *set, size_t nfiles, struct calib_err *err)
{
	struct calib_src_opts opts;
	struct calib_codes codes;
	int rc = cli_src_opts(&opts, set, NULL, nfiles, err);

	free((void *)(uintptr_t)opts.runs);
	if (rc >= 0 && set->codes != NULL)
		rc = calib_codes_parse(&codes, set->codes, err);
	return rc;
}

void cli_usage(const struct argp *argp, const char *why)
{
	if (why == NULL)
		return;
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, why);
	argp_help(argp, stderr, ARGP_HELP_SEE, program_invocation_short_name);
	exit(argp_err_exit_status);
}

/* Only calls that POSIX allows in a signal handler. */
static void on_signal(int sig)
{
	static const char text[] = ": ended by a signal, no file was left unfinished\n";

	calib_out_unlink_pending();
	if (sig != SIGPIPE) {	/* a reader that has seen enough is no news */
		ssize_t n = write(STDERR_FILENO, program_invocation_short_name,
		                  strlen(program_invocation_short_name));

		n = n < 0 ? n : write(STDERR_FILENO, text, sizeof text - 1);
		(void)n;
	}
	raise(sig);	/* SA_RESETHAND: now the default action, the shell sees 128+N */
}

/* All files of a run stay open: 80 streams of a dozen chunks are as many as the usual limit. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void cli_start(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};
	struct sigaction act = {.sa_handler = on_signal,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};

	argp_err_exit_status = 2;
	allow_files();
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		struct sigaction old;

		/* nohup and shells with jobs in the background ignore some on purpose */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &act, NULL);
	}
	atexit(calib_out_unlink_pending);
}

int cli_finish(int rc, const struct calib_err *err)
{
	bool lost = ferror(stdout) != 0;

	if (rc < 0 && err->msg[0] != '\0')
		fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->msg);
	lost |= fclose(stdout) != 0;
	if (lost)
		fprintf(stderr, "%s: cannot write standard output\n",
			program_invocation_short_name);
	return rc < 0 || lost;
}

void cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	error_t rc = argp_parse(argp, argc, argv, ARGP_NO_HELP, NULL, input);

	if (rc != 0) {
		fprintf(stderr, "%s: cannot read the options: %s\n",
			program_invocation_short_name, strerror(rc));
		exit(1);
	}
}

double cli_double(const struct argp_state *state, const char *option, const char *arg,
                  double lo, double hi)
{
	double v = 0;

	if (calib_parse_double(&v, arg, option, NULL) < 0 || !(v >= lo && v <= hi))
		argp_error(state, "%s: '%s' is not a number from %g to %g", option, arg, lo, hi);
	return v;
}

long cli_long(const struct argp_state *state, const char *option, const char *arg,
              long lo, long hi)
{
	long v = 0;

	if (calib_parse_long(&v, arg, lo, hi, option, NULL) < 0)
		argp_error(state, "%s: '%s' is not a whole number from %ld to %ld", option, arg, lo,
			   hi);
	return v;
}

const char *cli_only_arg(struct argp_state *state, const char *seen, const char *arg)
{
	if (seen != NULL)
		argp_error(state, "'%s': only one file can be given", arg);
	return arg;
}

void cli_usage_error(const struct argp_state *state, const struct calib_err *err)
{
	argp_error(state, "%s", err->msg);
}

static int list_verbs(FILE *to, const char *prog, const char *doc, const struct cli_verb *verbs)
{
	fprintf(to, "Usage: %s VERB [OPTION...]\n%s\n\n", prog, doc);
	for (; verbs->name != NULL; verbs++)
		fprintf(to, "  %-10s %s\n", verbs->name, verbs->help);
	fprintf(to, "\n'%s VERB --help' lists the options of one.\n", prog);
	return fflush(to) == 0 ? 0 : 1;
}

int cli_verbs(int argc, char **argv, const char *doc, const struct cli_verb *verbs)
{
	static char name[64];
	const char *prog = program_invocation_short_name;

	if (argc >= 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return list_verbs(stdout, prog, doc, verbs);
	if (argc >= 2 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))) {
		printf("%s (calibtools) %s\n", prog, CALIB_VERSION);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	for (const struct cli_verb *v = verbs; argc >= 2 && v->name != NULL; v++)
		if (strcmp(argv[1], v->name) == 0) {
			snprintf(name, sizeof name, "%s %s", prog, v->name);
			argv[1] = name;
			program_invocation_short_name = name;
			return v->main(argc - 1, argv + 1);
		}
	if (argc >= 2)
		fprintf(stderr, "%s: '%s' is not a verb of this program\n", prog, argv[1]);
	fprintf(stderr, "%s: expected one of:", prog);
	for (; verbs->name != NULL; verbs++)
		fprintf(stderr, " %s", verbs->name);
	fprintf(stderr, "\nTry '%s --help' for more information.\n", prog);
	return 2;
}

bool cli_progress_wanted(const struct cli *cli)
{
	return cli->progress > 0 || (cli->progress == 0 && isatty(STDERR_FILENO));
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

char *cli_time_left(double seconds, char buf[32])
{
	long s = seconds < 0 ? 0 : seconds < 3.6e6 ? (long)(seconds + 0.5) : 3600000;

	if (s >= 3600)
		snprintf(buf, 32, "%ld:%02ld:%02ld left", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(buf, 32, "%ld:%02ld left", s / 60, s % 60);
	return buf;
}

/* Is it time to show something?  last: shows the end in any case. */
static bool show_now(const struct cli *cli, bool last)
{
	static double shown;
	double now = seconds_now();

	if (!cli_progress_wanted(cli) || (!last && now - shown < 0.5))
		return false;
	shown = now;
	return true;
}

static bool on_line;	/* the cursor stands behind something shown */

void cli_progress(const struct cli *cli, const char *text, double done, double total)
{
	static double first;
	static const char *what;
	double elapsed;
	char left[32];

	if (what != text)
		first = seconds_now();
	what = text;
	if (!show_now(cli, done >= total))
		return;
	elapsed = seconds_now() - first;
	if (done < total)
		fprintf(stderr, "\r%s %3.0f %%", text, total > 0 ? 100 * done / total : 100);
	if (done < total && elapsed > 1 && done > 0)
		fprintf(stderr, ", %.0f/s, %s", done / elapsed,
		        cli_time_left((total - done) * elapsed / done, left));
	if (done < total)
		fputs("\033[K", stderr);
	else if (on_line)
		fprintf(stderr, "\r%s 100 %%\033[K\n", text);
	on_line = done < total;
}

void cli_count(const struct cli *cli, const char *text, double count)
{
	if (!show_now(cli, false))
		return;
	fprintf(stderr, "\r%s %.0f\033[K", text, count);
	on_line = true;
}

double cli_seconds(const struct argp_state *state, const char *option, const char *arg,
                   double otherwise)
{
	return arg != NULL ? cli_double(state, option, arg, 0.01, 1e6) : otherwise;
}

int cli_no_terminal(const char *path, const char *what, struct calib_err *err)
{
	if (strcmp(path, "-") == 0 && isatty(STDOUT_FILENO))
		return calib_fail(err, CALIB_EINVAL, "%s would fill the terminal with binary data: "
		                  "use -o FILE, a pipe, or --format=text", what);
	return CALIB_OK;
}
