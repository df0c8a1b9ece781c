/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/geofile.h - geometry files: 13 columns and comments
 *
 * A line: PARENT index OBJECT index X0 Y0 Z0 [um] ROT_Z ROT_Y ROT_X TILT_Z TILT_Y TILT_X [deg],
 * split at blanks and tabs; '#' in the first column is a comment.  Where PARENT begins with IP a
 * positive Z0 is turned negative on reading.  Source: PSCalib GeometryAccess.py. */
#ifndef CALIB_STORE_GEOFILE_H
#define CALIB_STORE_GEOFILE_H
#include "algo/geo.h"
#include "base/str.h"

/* calib_geo_load - a geometry from a file ("-": standard input; may be compressed), linked
 * Errors name file and line: CALIB_EFORMAT, or CALIB_ESYS.  *geo is empty then. */
CALIB_MUST_CHECK
int calib_geo_load(struct calib_geo *geo, const char *path, struct calib_err *err);
/* calib_geo_parse - the same from n bytes of text; where names them in messages */
CALIB_MUST_CHECK
int calib_geo_parse(struct calib_geo *geo, const char *text, size_t n, const char *where,
                    struct calib_err *err);
/* calib_geo_format - the text of a file, byte for byte as the reference writes it
 * precise: positions and angles with as many digits as bring the values back, where the usual
 * columns (whole um, 0.001 and 0.00001 degrees) would lose some. */
void calib_geo_format(struct calib_str *text, const struct calib_geo *geo, bool precise);
#endif
