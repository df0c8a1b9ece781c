/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/cligeo.h - which geometry: a file, or the one in force for a run */
#ifndef CALIB_CLIGEO_H
#define CALIB_CLIGEO_H
#include <argp.h>

#include "algo/geo.h"
#include "base/str.h"

/* Filled by cli_geo, an argp child: -g, or -r -d with -c or -e [--root]. */
struct cli_geo {
	const char *file;		/* NULL: look it up, or standard input */
	const char *calib, *exp, *root, *source;
	long run;			/* -1: not given */
};
#define CLI_GEO_INIT {NULL, NULL, NULL, NULL, NULL, -1}
extern const struct argp cli_geo;
/* cli_geo_path - the file those options mean; "-" when none is given
 * CALIB_ENOTFOUND when no geometry is in force for the run. */
CALIB_MUST_CHECK
int cli_geo_path(struct calib_str *path, const struct cli_geo *which, struct calib_err *err);
/* cli_geo_load - that file */
CALIB_MUST_CHECK
int cli_geo_load(struct calib_geo *geo, const struct cli_geo *which, struct calib_err *err);
#endif
