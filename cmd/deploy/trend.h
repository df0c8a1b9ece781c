/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/trend.h - history --stats: bad pixels, pedestals and noise over the runs */
#ifndef CALIB_CMD_DEPLOY_TREND_H
#define CALIB_CMD_DEPLOY_TREND_H
#include "base/parse.h"
#include "deploy/deploy.h"

/* deploy_trend - a row for every stretch of runs with the same constants, gain range and segment
 * runs: only stretches that hold one of them, n 0: all. */
CALIB_MUST_CHECK
int deploy_trend(const char *calib, const struct deploy_filter *filter,
                 const struct calib_range *runs, size_t n, bool json, struct calib_err *err);
#endif
