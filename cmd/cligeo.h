/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/cligeo.h - which geometry: a file, or the one that is valid for a run */
#ifndef CALIB_CMD_CLIGEO_H
#define CALIB_CMD_CLIGEO_H
#include "cli.h"
#include "geo/geo.h"

/* -g, or -r and -d with -c or -e (--root); --lcls2.  Texts point into argv. */
struct cli_geo {
	const char *path;		/* -g; a command may set it from an argument */
	const char *calib, *exp, *root, *detector;
	long run;			/* -1: not given */
	bool lcls2;
	bool standard;			/* nothing given: standard input; else a usage error */
};
#define CLI_GEO_INIT {NULL, NULL, NULL, NULL, NULL, -1, false, true}
extern const struct argp cli_geo_argp;

/* cli_geo_given - was a geometry named by -g or by -c -e -r -d? */
bool cli_geo_given(const struct cli_geo *geo);
/* cli_geo_path - the file: as named, or the one that rules the run in the calibration directory;
 * "-" for standard input.  -d is a source, or a detector of which the directory has one.
 * CALIB_ENOTFOUND says where it was looked for. */
CALIB_MUST_CHECK
int cli_geo_path(struct calib_str *path, const struct cli_geo *geo, struct calib_err *err);
/* cli_geo_load - the geometry of that file */
CALIB_MUST_CHECK
int cli_geo_load(struct calib_geo *out, const struct cli_geo *geo, struct calib_err *err);
#endif
