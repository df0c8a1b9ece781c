/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/geotable.h - the "table of all sensors" of a CSPAD: sensors side by side, no geometry
 *
 * Source: PyCSPadImage CSPadArrayImage.py. */
#ifndef CALIB_ALGO_GEOTABLE_H
#define CALIB_ALGO_GEOTABLE_H
#include "nda/nda.h"

/* Empty columns between the two chips of a sensor, columns between quads, rows between sensors. */
struct calib_geogaps { size_t chip, quad, sensor; };
#define CALIB_GEOGAPS_CSPAD {3, 6, 6}		/* calibman's */
#define CALIB_GEOGAPS_CSPAD2X2 {3, 0, 20}

/* calib_geotable - table of the type of the array, gaps 0
 * array: a CSPAD of 2296960 values, quads as columns of 8 sensors; or a CSPAD2x2 of 143560, as
 * (185,388,2) or by sensor when its first dimension is 2, the two below each other.
 * gaps NULL: the ones above.  CALIB_ESHAPE for another size. */
CALIB_MUST_CHECK
int calib_geotable(struct calib_nda *table, const struct calib_nda *array,
                   const struct calib_geogaps *gaps, struct calib_err *err);
#endif
