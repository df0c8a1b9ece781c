/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/crystfel.h - geometries for CrystFEL: .geom files of panels, one for each readout chip
 *
 * Source: PSCalib UtilsConvert.py.  corner_x, corner_y are the CENTRE of the panel's first pixel
 * in pixels, as there; CrystFEL's own definition is the pixel's corner, half a pixel off. */
#ifndef CALIB_FORM_CRYSTFEL_H
#define CALIB_FORM_CRYSTFEL_H
#include "algo/geo.h"
#include "base/str.h"

/* calib_crystfel_format - the whole detector as panels p<segment>a<chip>
 * view: tilts and frame; the reference writes the laboratory frame by default.
 * Any segment type; CALIB_ESHAPE where its size is that of the data. */
CALIB_MUST_CHECK
int calib_crystfel_format(struct calib_str *text, const struct calib_geo *geo,
                          const struct calib_geoview *view, struct calib_err *err);

/* Which panels stand for the sensors, and what these are; "epix10ka", "jungfrau", "cspad",
 * "cspadv2", "pnccd". */
struct calib_crystfel_type;
/* calib_crystfel_type - by name; NULL: unknown */
const struct calib_crystfel_type *calib_crystfel_type(const char *name);
/* calib_crystfel_parse - the sensors of a .geom file as a geometry, linked
 * Only the first panel of each sensor is used; the frame is not changed.  Origins are truncated to
 * whole um as the reference does.  Source: PSCalib UtilsConvertCrystFEL.py.
 * CALIB_EFORMAT names the line that cannot be understood, or the panel that is missing. */
CALIB_MUST_CHECK
int calib_crystfel_parse(struct calib_geo *geo, const char *text, size_t n, const char *where,
                         const struct calib_crystfel_type *type, struct calib_err *err);
#endif
