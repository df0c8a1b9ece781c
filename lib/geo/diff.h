/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/diff.h - what moved between two geometries of a detector, and by how much */
#ifndef CALIB_GEO_DIFF_H
#define CALIB_GEO_DIFF_H
#include "geo/coords.h"

enum calib_geo_change { CALIB_GEO_SAME, CALIB_GEO_MOVED, CALIB_GEO_GONE, CALIB_GEO_NEW };

struct calib_geo_move {
	enum calib_geo_change change;
	size_t a, b;		/* object of either tree; CALIB_GEO_NONE: only in the other */
	double par[6]; /* b - a: x0 y0 z0 [um], angles about z y x (rotation + tilt) [deg] */
	/* In the frame of the detector, psana's axes: where its pixels went. */
	double shift[3];	/* of the mean of the corners of its sensors [um] */
	double turn;		/* of its first row about z [deg], -180..180 */
};

/* The two as a whole, after CalibManager's compare_geometry_files.  Source:
 * lcls-psana/CalibManager app/compare_geometry_files. */
struct calib_geo_overall {
	size_t sensors;
	double shift[3];	/* mean of the shifts of the sensors [um] */
	double turn;		/* mean rotation about z after that, weighted by distance [deg] */
	double rms[3];		/* of what is left of the sensors' centres [um] */
};

struct calib_geo_diff {
	struct calib_geo_move *move;
	size_t n;
	struct calib_geo_overall overall;
};
#define CALIB_GEO_DIFF_INIT {NULL, 0, {0, {0}, 0, {0}}}

/* calib_geo_diff - every object of a in the order of its lines, then those only in b
 * Objects belong together when their names and indices are equal all the way up.
 * Returns 1 something differs, 0 nothing does. */
CALIB_MUST_CHECK
int calib_geo_diff(struct calib_geo_diff *diff, const struct calib_geo *a,
                   const struct calib_geo *b, struct calib_err *err);
void calib_geo_diff_release(struct calib_geo_diff *diff);
#endif
