/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/settings.h - options that were not typed: environment, calibtools.yaml, and the
 * thresholds of confpars-calibman.txt, into the options in force */
#ifndef CALIB_CMD_SETTINGS_H
#define CALIB_CMD_SETTINGS_H
#include "calibrun/calibrun.h"

/* settings_apply - fill params->own, the options in force, from params->typed and the rest
 * params->exp must be known; of run_params_combine(). */
CALIB_MUST_CHECK
int settings_apply(struct run_params *params, struct calib_err *err);
/* settings_origin - where the value of an option ("max-bad") that was not typed comes from: adds to
 * *origin; false: neither from the environment nor from calibtools.yaml */
bool settings_origin(const struct run_params *params, const char *option, struct calib_str *origin);

/* A threshold: its key, and where it is in the options. */
struct threshold { const char *key; size_t at; };
/* settings_threshold - the i-th one; NULL past the end
 * settings_value - its text in some options; NULL: none */
const struct threshold *settings_threshold(size_t i);
const char *settings_value(const struct run_opts *opts, const struct threshold *threshold);
/* settings_limits - the text in force, and origins as in cli_config_limits() */
void settings_limits(const struct run_params *params, const struct threshold *threshold,
                     struct calib_str *text, struct calib_str *origin);
/* settings_parameter - the i-th parameter of calibman's file for a key, NULL past the end
 * settings_default - does the file hold the value there that calibman puts into every file?  That
 * is nobody's choice, and counts as not set. */
const char *settings_parameter(const char *key, size_t i);
bool settings_usual(const char *parameter, double value);	/* such a value, in any file */
bool settings_default(const struct calib_confpars *conf, const char *parameter);
#endif
