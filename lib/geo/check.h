/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/check.h - is a geometry what it should be? */
#ifndef CALIB_GEO_CHECK_H
#define CALIB_GEO_CHECK_H
#include "det/det.h"
#include "geo/geo.h"

enum calib_geo_level { CALIB_GEO_NOTE, CALIB_GEO_WARNING };

struct calib_geo_finding {
	enum calib_geo_level level;
	size_t object;			/* CALIB_GEO_NONE: the whole */
	const char *text;		/* valid during the call */
};

/* calib_geo_check - call each() with everything that is suspicious, in the order of the lines
 * det: what it should be of, NULL: any detector.  Looks at indices and duplicates, at number, size
 * and type of the sensors against the registry, and whether sensors lie over each other.
 * Returns the number of warnings. */
CALIB_MUST_CHECK
long calib_geo_check(const struct calib_geo *geo, const struct calib_det *det,
                     int (*each)(void *ctx, const struct calib_geo_finding *finding,
                                 struct calib_err *err), void *ctx, struct calib_err *err);
#endif
