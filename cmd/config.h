/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/config.h - values that were not typed: environment CALIB_<KEY>, then calibtools.yaml
 *
 * The file is that of --config, else CALIB_CONFIG, else ./calibtools.yaml,
 * $XDG_CONFIG_HOME/calibtools.yaml, /etc/calibtools.yaml: the first one that is there. */
#ifndef CALIB_CMD_CONFIG_H
#define CALIB_CMD_CONFIG_H
#include "base/str.h"
#include "cli.h"
#include "conf/site.h"
#include "det/det.h"

struct cli_config {
	const char *file;		/* --config; NULL: searched */
	struct calib_site *site;	/* NULL: there is no file; owned */
	struct calib_str root;		/* of cli_config_dataset() */
};
#define CLI_CONFIG_INIT {NULL, NULL, CALIB_STR_INIT}
extern const struct argp cli_config_argp;	/* --config FILE, its input is the struct */

/* cli_config_search - where the file is, if --config does not say it; false: there is none */
bool cli_config_search(struct calib_str *path);
/* cli_config_load - read it and check it, and the environment: CALIB_EINVAL names the place
 * program: of the keys whose environment is looked at ("calib-dark"); NULL: of all */
CALIB_MUST_CHECK
int cli_config_load(struct cli_config *config, const char *program, struct calib_err *err);
/* cli_config_take - the same with a file that was read already; config owns site */
CALIB_MUST_CHECK
int cli_config_take(struct cli_config *config, struct calib_site *site, const char *program,
                    struct calib_err *err);
/* cli_config_must - cli_config_load(), or end the program as for a usage error */
void cli_config_must(struct cli_config *config, const char *program, const struct argp *argp);
void cli_config_free(struct cli_config *config);

/* cli_config_env - the value of CALIB_<KEY>, NULL when it is not set or empty */
const char *cli_config_env(const char *key);
/* cli_config_text - environment, else file, of a key outside of sections; NULL: neither
 * origin (may be NULL): adds "environment CALIB_QUEUE" or "calibtools.yaml:3". */
const char *cli_config_text(const struct cli_config *config, const char *key,
                            struct calib_str *origin);
/* cli_config_queue - the same for a queue, whose section goes before what is for all */
const char *cli_config_queue(const struct cli_config *config, const char *queue, const char *key,
                             struct calib_str *origin);
/* cli_config_limits - the value of a key for all detectors and for some, as calib_limits_for()
 * reads it, out of what was given (NULL: nothing), environment, file, and 'under' (NULL: nothing)
 * Adds to *out and, where that is not NULL, to *origin.  under_origin: what to say of 'under'. */
void cli_config_limits(struct calib_str *out, const struct cli_config *config, const char *key,
                       const char *given, const char *under, const char *under_origin,
                       struct calib_str *origin);
/* cli_config_number - a number of cli_config_limits() for a source, else 'otherwise' */
double cli_config_number(const struct cli_config *config, const char *source, const char *key,
                         double otherwise);
/* cli_config_root - the root of the data that environment or file name: the first one that has the
 * experiment (may be NULL), else that exists, else the first
 * Into *out; origin as above.  1 there is one, 0 there is none. */
CALIB_MUST_CHECK
int cli_config_root(struct calib_str *out, const struct cli_config *config, const char *exp,
                    struct calib_str *origin, struct calib_err *err);
/* cli_config_roots - the i-th of them into *out; false past the end */
bool cli_config_roots(struct calib_str *out, const struct cli_config *config, size_t i);
/* cli_config_calib - the calibration directory of an experiment, below root (NULL: of
 * cli_config_root()), as calibdir says, else <root>/<ins>/<exp>/calib
 * CALIB_EINVAL: the experiment has no name that can be one. */
CALIB_MUST_CHECK
int cli_config_calib(struct calib_str *out, const struct cli_config *config, const char *root,
                     const char *exp, struct calib_str *origin, struct calib_err *err);
/* cli_config_expand - a text with {root} (NULL: what is built in), {ins}, {exp} (NULL or "": left
 * as they are), {user}; adds to *out */
void cli_config_expand(struct calib_str *out, const char *text, const char *root, const char *exp);
/* cli_config_dataset - set->root where --root is not given */
CALIB_MUST_CHECK
int cli_config_dataset(struct cli_config *config, struct cli_dataset *set, struct calib_err *err);

/* cli_limit_arg - an option with limits: CALIB_<KEY>'s form, a usage error when it is not one */
const char *cli_limit_arg(const struct argp_state *state, const char *option, const char *key,
                          const char *arg);
/* cli_limit_known - are the names in it detectors or sources?  CALIB_EINVAL */
CALIB_MUST_CHECK
int cli_limit_known(const char *text, const char *where, struct calib_err *err);
/* cli_limit_real - the number for a source of a detector, each may be NULL; NAN: none */
double cli_limit_real(const char *text, const char *source, const struct calib_det *det);
#endif
