/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/look.h - what calibrun tells of a run without processing it */
#ifndef CALIB_CMD_LOOK_H
#define CALIB_CMD_LOOK_H
#include "calibrun/calibrun.h"

extern const struct argp look_argp;	/* its input is a struct look_opts */
/* look_check - options that make no sense together: CALIB_EINVAL */
CALIB_MUST_CHECK
int look_check(const struct run_opts *opts, struct calib_err *err);
/* reproduce - --reproduce LOG: CALIB_EFORMAT when a work file differs */
CALIB_MUST_CHECK
int reproduce(const char *log, struct calib_err *err);
/* look_answer - --files, --clean, --preflight, for every run of -r */
CALIB_MUST_CHECK
int look_answer(struct run_params *params, struct calib_err *err);

/* ---- preflight ---- */

enum flight { FLIGHT_OK, FLIGHT_WARNING, FLIGHT_FAILED };
/* preflight_run - all that can be known before any work, of the run selected: a row a check into
 * table; returns the number of checks that failed, or < 0
 * preflight_quick - those of them that cost nothing, before a run is processed: the first that
 * fails is the error */
struct calib_table;
CALIB_MUST_CHECK
int preflight_run(const struct run_params *params, struct calib_table *table,
                  struct calib_err *err);
CALIB_MUST_CHECK
int preflight_quick(const struct run_params *params, struct calib_err *err);
#endif
