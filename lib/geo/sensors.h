/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/sensors.h - the "table of all sensors": an array as an image without geometry
 *
 * Sensors stand in blocks, first down a block column, then the next; gaps are 0.
 * Source: lcls-psana/PyCSPadImage src/CSPadArrayImage.py (CSPAD, CSPAD2x2). */
#ifndef CALIB_GEO_SENSORS_H
#define CALIB_GEO_SENSORS_H
#include "nda/nda.h"

struct calib_sensors {
	size_t columns;		/* block columns; 0: 4 for the CSPAD (its quads), else 1 */
	long gap;		/* cells between ASICs of a 2x1; -1: 3 */
	long hspace;		/* between block columns; -1: 6 */
	long vspace;		/* between sensors above each other; -1: 6, CSPAD2x2: 20 */
};
#define CALIB_SENSORS_INIT {0, -1, -1, -1}

/* calib_sensors_table - image of an array (sensors, rows, cols), (rows, cols, 2) of a CSPAD2x2, or
 * flattened (5920, 388) of a CSPAD; the element type stays
 * CALIB_ESHAPE for anything else. */
CALIB_MUST_CHECK
int calib_sensors_table(struct calib_nda *image, const struct calib_nda *nda,
                        const struct calib_sensors *how, struct calib_err *err);
#endif
