/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/rundata.h - what the data of an experiment say of its runs: when, and which detectors
 *
 * A run is opened when it is first asked for; only its first event is looked at. */
#ifndef CALIB_CMD_DEPLOY_RUNDATA_H
#define CALIB_CMD_DEPLOY_RUNDATA_H
#include "deploy/deploy.h"
#include "src/lists.h"

struct rundata_run {
	bool opened;
	double time;			/* of its first event, s since 1970; NAN: not known */
	char **sources;			/* image detectors with a group, NULL-terminated; or NULL */
};
struct rundata {
	struct calib_runs runs;
	struct rundata_run *seen;	/* one a run of 'runs' */
};
#define RUNDATA_INIT {{NULL, 0, NULL, 0}, NULL}

/* rundata_open - the runs of -e; none, with n 0, where there is no experiment or no data */
CALIB_MUST_CHECK
int rundata_open(struct rundata *data, const struct deploy_where *where, struct calib_err *err);
void rundata_close(struct rundata *data);
/* rundata_get - NULL: the run has no data; else what can be read of it (the rest is logged) */
const struct rundata_run *rundata_get(struct rundata *data, unsigned run);

/* What the data of one run say of a source. */
struct rundata_camera {
	struct calib_str panels;	/* numbers of the hardware; empty: it tells none */
	struct calib_str shape;		/* of its array, "32x185x388"; empty: no event had data */
	size_t pixels;			/* 0: not known */
};
#define RUNDATA_CAMERA_INIT {CALIB_STR_INIT, CALIB_STR_INIT, 0}
/* rundata_camera - CALIB_ENOTFOUND: no data of the run, or not of the source */
CALIB_MUST_CHECK
int rundata_camera(struct rundata_camera *camera, struct rundata *data, unsigned run,
                   const char *source, struct calib_err *err);
void rundata_camera_release(struct rundata_camera *camera);
#endif
