/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/geonew.h - the design geometry of a detector, where none was measured */
#ifndef CALIB_ALGO_GEONEW_H
#define CALIB_ALGO_GEONEW_H
#include "algo/geo.h"
#include "det/det.h"

struct calib_geonew {
	size_t modules;			/* Jungfrau: 1, 2 or 8; else 0 */
	size_t rows, cols;		/* cameras of one sensor; 0: as the registry has it */
	double pix_um;			/* their pixel size; 0: not known */
	double dist_um;			/* from the interaction point */
};
/* calib_geo_new - sensors at their design places, without tilts, linked
 * A detector of one sensor that has no type of its own is MTRX:V2.
 * CALIB_EINVAL: rows, columns, pixel size or modules are needed, or do not fit. */
CALIB_MUST_CHECK
int calib_geo_new(struct calib_geo *geo, const struct calib_det *det,
                  const struct calib_geonew *want, struct calib_err *err);
#endif
