/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/deploy.h - what the verbs of calib-deploy share */
#ifndef CALIB_CMD_DEPLOY_H
#define CALIB_CMD_DEPLOY_H
#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "cli.h"
#include "config.h"
#include "store/dir.h"
#include "store/deploy.h"

int deploy_put(int argc, char **argv);
int deploy_copy(int argc, char **argv);
int deploy_move(int argc, char **argv);
int deploy_delete(int argc, char **argv);
int deploy_undo(int argc, char **argv);
int deploy_find(int argc, char **argv);
int deploy_get(int argc, char **argv);
int deploy_path(int argc, char **argv);
int deploy_status(int argc, char **argv);
int deploy_history(int argc, char **argv);
int deploy_store(int argc, char **argv);
int deploy_diff(int argc, char **argv);
int deploy_check(int argc, char **argv);
int deploy_coverage(int argc, char **argv);

/* Keys without a letter. */
enum { KEY_LIST = CLI_KEY_OWN, KEY_DRY_RUN, KEY_FORCE, KEY_NO_BACKUP, KEY_COMMENT, KEY_GROUP,
       KEY_DIRMODE, KEY_FILEMODE, KEY_HISTORY_FILE, KEY_MAX_BAD, KEY_RUN, KEY_REFERENCE,
       KEY_PATHS, KEY_IF_NONE, KEY_TO, KEY_REDO, KEY_LIMIT, KEY_LAST_LIMIT = KEY_LIMIT + 15 };
/* The verbs that look at a directory count theirs from here, each in its own file. */
enum { KEY_LOOK = CLI_KEY_OWN + 0x100 };

/* -c -e --root --config: which calibration directory. */
struct deploy_where {
	const char *calib, *exp, *root;
	struct cli_config config;	/* loaded when the options are parsed, freed at exit */
	bool optional;			/* set before: a verb that can do without */
};
extern const struct argp deploy_where_argp;
/* deploy_calib - its path; -c wins over -e (the argp child has seen to it that one is there) */
CALIB_MUST_CHECK
int deploy_calib(struct calib_str *out, const struct deploy_where *where, struct calib_err *err);

/* deploy_type_dir - <calib>/<group>/<source>/<type>; must_be: the calibration directory is there
 * A type nobody knows is only warned of. */
CALIB_MUST_CHECK
int deploy_type_dir(struct calib_str *dir, const struct deploy_where *where, const char *source,
                    const char *type, bool must_be, struct calib_err *err);

/* -d -s -t: which part of it.  Texts are lists separated by commas, NULL: all. */
struct deploy_filter {
	const char *detectors, *sources, *types;
	bool quiet;			/* what cannot be read is counted only */
};
extern const struct argp deploy_filter_argp;

/* One type directory. */
struct deploy_type {
	const char *group, *source, *type;
	const char *path;		/* <calib>/<group>/<source>/<type> */
};
/* deploy_walk - all type directories that pass the filter, in byte order
 * A directory that cannot be read is logged and passed over.  Returns how many were, and what
 * 'each' returned above 0 added; CALIB_ENOTFOUND when there is no calibration directory, or a
 * detector is unknown. */
CALIB_MUST_CHECK
int deploy_walk(const char *calib, const struct deploy_filter *filter,
                int (*each)(void *ctx, const struct deploy_type *type, struct calib_err *err),
                void *ctx, struct calib_err *err);
/* deploy_list - calib_dirfiles_list() for a listing: 1, logged, when it cannot be read */
CALIB_MUST_CHECK
int deploy_list(struct calib_dirfiles *files, const char *typedir, struct calib_err *err);
/* deploy_end - the end of a listing: out appears, unless rc < 0; rc > 0, of deploy_walk(), is an
 * error that says so */
CALIB_MUST_CHECK
int deploy_end(struct calib_out *out, int rc, struct calib_err *err);
/* deploy_wants - does a source pass the filter, by itself or by its detector? */
bool deploy_wants(const struct deploy_filter *filter, const char *source);
/* Values of --dirmode, --filemode and --group; anything else is a usage error. */
mode_t deploy_parse_mode(const struct argp_state *state, const char *option, const char *arg);
gid_t deploy_parse_group(const struct argp_state *state, const char *arg);
/* deploy_has_word - is text one of the words of a list separated by commas? */
bool deploy_has_word(const char *list, const char *text);

/* deploy_reference - the tree as calibman's status panel shows it, on standard output */
CALIB_MUST_CHECK
int deploy_reference(const char *calib, const struct deploy_filter *filter,
                     struct calib_err *err);

/* Options of the verbs that write; the input of the first is a struct calib_deploy_params, of the
 * other two a struct deploy_typed: environment and configuration file know their values, too. */
struct deploy_typed {
	struct calib_deploy_params *params;
	const char *group, *dirmode, *filemode;	/* as typed */
	/* in the order of the table: as typed, and with environment and configuration file */
	const char *given[KEY_LAST_LIMIT - KEY_LIMIT + 1];
	struct calib_str limit[KEY_LAST_LIMIT - KEY_LIMIT + 1];
};
/* deploy_typed_take - into params goes what was typed, else what the configuration says */
CALIB_MUST_CHECK
int deploy_typed_take(struct deploy_typed *typed, const struct cli_config *config,
                      struct calib_err *err);
/* deploy_typed_limits - those of a source, else those of params */
struct calib_limits deploy_typed_limits(const struct deploy_typed *typed, const char *source);
void deploy_typed_release(struct deploy_typed *typed);
extern const struct argp deploy_change_argp;	/* --dry-run --no-backup --comment --history-file */
extern const struct argp deploy_access_argp;	/* --group --dirmode --filemode */
const struct argp *deploy_checks_argp(void);	/* --force and the limits of the table */

/* Which files: arguments, or rows of standard input when there are none. */
struct deploy_names {
	char **arg;			/* n of them, argv's */
	size_t n;
	bool zero;			/* -0: rows end with NUL instead of newline */
	bool yes;			/* -y */
};
extern const struct argp deploy_names_argp;	/* -0 -y, and the arguments */
/* deploy_each_row - rows of standard input without their end; an empty one is passed over */
CALIB_MUST_CHECK
int deploy_each_row(bool zero, int (*each)(void *ctx, char *row, unsigned long number,
                                           struct calib_err *err),
                    void *ctx, struct calib_err *err);
/* deploy_each_name - arguments or rows */
CALIB_MUST_CHECK
int deploy_each_name(const struct deploy_names *names,
                     int (*each)(void *ctx, char *name, unsigned long number,
                                 struct calib_err *err),
                     void *ctx, struct calib_err *err);
/* deploy_confirm - ask on a terminal, unless -y; elsewhere nobody is asked.  CALIB_EINVAL: no. */
CALIB_MUST_CHECK
int deploy_confirm(const struct deploy_names *names, const char *question, struct calib_err *err);

/* deploy_write - the end of put, copy and move: check, then write and print the paths, or with
 * --dry-run add the commands to *commands and print them */
CALIB_MUST_CHECK
int deploy_write(struct calib_deploy *deploy, const struct calib_deploy_params *params,
                 struct calib_err *err);
/* deploy_commit - the end of the verbs that make a change themselves: do it and print the paths
 * that were changed, or print the commands; actions: "restored" or "removed" before each */
CALIB_MUST_CHECK
int deploy_commit(struct calib_change *change, const struct calib_change_params *params,
                  bool actions, struct calib_err *err);
#endif
