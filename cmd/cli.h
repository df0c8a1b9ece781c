/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/cli.h - what every command shares: options, start, finish, exit status */
#ifndef CALIB_CLI_H
#define CALIB_CLI_H
#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/out.h"
#include "src/src.h"

/* Keys of options without a letter.  Each command starts its own at CLI_KEY_OWN. */
enum { CLI_KEY_KEEP = 0x100, CLI_KEY_USAGE, CLI_KEY_JSON, CLI_KEY_PROGRESS,
       CLI_KEY_NO_PROGRESS, CLI_KEY_ROOT, CLI_KEY_SMD, CLI_KEY_DEBUG, CLI_KEY_CONFIG,
       CLI_KEY_FORMAT, CLI_KEY_FMT, CLI_KEY_LCLS2, CLI_KEY_OWN = 0x400 };

/* Filled by cli_common, the argp child of every command. */
struct cli {
	bool keep;		/* --no-clobber */
	bool json;		/* --json: only with cli_common_table */
	int progress;		/* 1 --progress, -1 --no-progress, 0 when stderr is a terminal */
};
extern const struct argp cli_common;		/* -h --usage -V --no-clobber --debug */
extern const struct argp cli_common_table;	/* the same with --json */

/* Which events of which run: -e -r -x -d -n -s -m -f --root, for tools that read events.
 * All texts point into argv. */
struct cli_dataset {
	const char *exp, *run, *xtcdir, *root, *detectors, *codes;
	long num_events;	/* -n, accepted arrays; 0 = all */
	long skip_events;	/* -s */
	long scan_events;	/* -m; -1 = not given */
	bool smd;		/* --smd */
};
#define CLI_DATASET_INIT {NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, -1, false}
extern const struct argp cli_dataset;
/* cli_src_opts - what to open for those options and the file arguments; free() opts->runs
 * The texts of set and the list of files must outlive *opts. */
CALIB_MUST_CHECK
int cli_src_opts(struct calib_src_opts *opts, const struct cli_dataset *set,
                 const char *const *files, size_t nfiles, struct calib_err *err);
/* cli_smd_note - say so when small-data files were asked for and there are none */
void cli_smd_note(const struct cli_dataset *set, const struct calib_src *src);
/* cli_dataset_check - are -e -r -f as they should be?  (usage, before anything is opened) */
CALIB_MUST_CHECK
int cli_dataset_check(const struct cli_dataset *set, size_t nfiles, struct calib_err *err);
/* cli_usage - print "program: why" and where help is, exit with status 2; why NULL: nothing */
void cli_usage(const struct argp *argp, const char *why);

/* cli_start - first call of main: exit status 2 for usage errors, clean-up of unfinished
 * files at exit and on INT TERM HUP PIPE XFSZ (the signal is raised again afterwards) */
void cli_start(void);
/* cli_finish - last call of main: prints the error if rc < 0, notices a full disk or a closed
 * pipe behind standard output; returns the exit status: 0, or 1 */
int cli_finish(int rc, const struct calib_err *err);

/* cli_parse - argp_parse() without argp's own --help; ends the program when it is out of memory,
 * which argp reports by returning before anything was parsed */
void cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* Typed option values; a value outside lo..hi is a usage error that names option, value and
 * range (status 2). */
double cli_double(const struct argp_state *state, const char *option, const char *arg,
                  double lo, double hi);
long cli_long(const struct argp_state *state, const char *option, const char *arg,
              long lo, long hi);
/* cli_only_arg - the one file argument; a second one is a usage error */
const char *cli_only_arg(struct argp_state *state, const char *seen, const char *arg);
/* cli_usage_error - a usage error stated by the library: prints err->msg, exits 2 */
void cli_usage_error(const struct argp_state *state, const struct calib_err *err);

/* Verbs: calib-deploy put ..., calib-nda convert ...  A table ends with {NULL}. */
struct cli_verb {
	const char *name;
	const char *help;	/* one line */
	int (*main)(int argc, char **argv);	/* argv[0] is "calib-nda convert" */
};
/* cli_verbs - run the verb argv[1] names; --help lists the verbs; unknown: status 2 */
int cli_verbs(int argc, char **argv, const char *doc, const struct cli_verb *verbs);

/* cli_progress_wanted - on a terminal, or asked for */
bool cli_progress_wanted(const struct cli *cli);
/* cli_time_left - "1:05 left", "2:00:00 left" */
char *cli_time_left(double seconds, char buf[32]);
/* cli_progress - "text 37 %, 820/s, 0:12 left" on stderr at most twice a second; done = total ends
 * the line.  Another address of text is another thing that begins. */
void cli_progress(const struct cli *cli, const char *text, double done, double total);

/* cli_count - "text 173" at the same pace, where no total is known */
void cli_count(const struct cli *cli, const char *text, double count);
/* cli_seconds - the value of an option that may be given without one */
double cli_seconds(const struct argp_state *state, const char *option, const char *arg,
                   double otherwise);

/* cli_no_terminal - refuse to write binary data to a terminal: CALIB_EINVAL */
CALIB_MUST_CHECK
int cli_no_terminal(const char *path, const char *what, struct calib_err *err);
#endif
