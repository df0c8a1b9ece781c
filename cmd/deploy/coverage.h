/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/coverage.h - which constants rule each run of an experiment, and how old they are */
#ifndef CALIB_CMD_DEPLOY_COVERAGE_H
#define CALIB_CMD_DEPLOY_COVERAGE_H
#include "base/parse.h"
#include "deploy/deploy.h"

struct coverage_opts {
	struct calib_range *runs;	/* NULL: those that have data */
	size_t nruns;
	long max_runs;			/* older constants are too old; 0: any age */
	double max_hours;		/* 0: any age */
};
#define COVERAGE_DEFAULTS {NULL, 0, -1, -1}	/* -1: not given */
extern const struct argp coverage_argp;		/* -r --max-runs --max-hours */
bool coverage_given(const struct coverage_opts *opts);
void coverage_release(struct coverage_opts *opts);

/* coverage_report - a row for each run, detector and type; problems: a row for each run that has
 * none, default or too old constants, with the detectors in words
 * A run without constants (problems: any row) is an error that counts them. */
CALIB_MUST_CHECK
int coverage_report(const char *calib, const struct deploy_where *where,
                    const struct deploy_filter *filter, const struct coverage_opts *opts,
                    bool json, bool problems, struct calib_err *err);
#endif
