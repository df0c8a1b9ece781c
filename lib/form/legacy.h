/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/legacy.h - constants of the CSPAD from before there were geometry files
 *
 * Text tables of numbers, each a calibration type of its own: center, tilt, offset ...; what is
 * missing has a default.  Lengths are pixels of 109.92 um, angles degrees.
 * Source: lcls-psana/PyCSPadImage src/CSPADPixCoords.py, src/CalibPars*.py. */
#ifndef CALIB_FORM_LEGACY_H
#define CALIB_FORM_LEGACY_H
#include "geo/geo.h"

enum calib_legacy_type {
	CALIB_LEGACY_CENTER, CALIB_LEGACY_CENTER_CORR, CALIB_LEGACY_MARG_GAP_SHIFT,
	CALIB_LEGACY_OFFSET, CALIB_LEGACY_OFFSET_CORR, CALIB_LEGACY_TILT,
	CALIB_LEGACY_CENTER_GLOBAL, CALIB_LEGACY_NTYPES
};

struct calib_legacy {
	bool cspad2x2;
	/* center, center_corr, center_global: x, y, z of quad and sensor, [96] (2x2: [6]);
	 * marg_gap_shift [12]; offset, offset_corr: x, y, z of quads, [12]; tilt [32] (2x2: [2]) */
	double value[CALIB_LEGACY_NTYPES][96];
	bool given[CALIB_LEGACY_NTYPES];
};

/* calib_legacy_name - "center", "tilt" ...: names of directories; NULL past the end */
const char *calib_legacy_name(enum calib_legacy_type type);
/* calib_legacy_used - does this camera have the type, and how many numbers are there? 0: no */
size_t calib_legacy_count(enum calib_legacy_type type, bool cspad2x2);
/* calib_legacy_default - the constants of a camera nobody has measured */
void calib_legacy_default(struct calib_legacy *legacy, bool cspad2x2);
/* calib_legacy_load - the numbers of one type from its file; CALIB_EFORMAT when there are more or
 * less than there should be */
CALIB_MUST_CHECK
int calib_legacy_load(struct calib_legacy *legacy, enum calib_legacy_type type, const char *path,
                      struct calib_err *err);
/* calib_legacy_centers - centres of the sensors in the frame of the detector [pixels], float32 as
 * the reference keeps them: those of center_global, else evaluated from the others
 * @center: 3 x 32 (2x2: 3 x 2) numbers */
void calib_legacy_centers(const struct calib_legacy *legacy, float *center);
/* calib_legacy_geometry - a geometry with the same pixel coordinates: SENS2X1:V1 in CSPAD:V2, or
 * CSPAD2X2:V1, in IP */
CALIB_MUST_CHECK
int calib_legacy_geometry(struct calib_geo *geo, const struct calib_legacy *legacy,
                          struct calib_err *err);
#endif
