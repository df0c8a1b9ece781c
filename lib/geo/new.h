/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/new.h - geometries made from nothing: defaults of detectors, one matrix of pixels */
#ifndef CALIB_GEO_NEW_H
#define CALIB_GEO_NEW_H
#include "geo/geo.h"

/* A detector with a default: positions of its sensors as designed or once measured, the detector
 * around the beam at a typical distance. */
struct calib_geo_default {
	const char *name;		/* "CSPAD", "Jungfrau4M" */
	const char *det;		/* row of the registry it belongs to, or NULL */
	size_t nsensors;
	const char *segment;		/* its sensors */
	const char *remark;		/* where the numbers come from, for the comments */
	const struct calib_geo_line *line;
	size_t nlines;
};
/* calib_geo_default_at - i-th row, NULL past the end */
const struct calib_geo_default *calib_geo_default_at(size_t i);
/* calib_geo_default_find - by name, any case; a registry name that has several (Jungfrau) needs
 * the number of sensors, else 0; NULL: none */
const struct calib_geo_default *calib_geo_default_find(const char *name, size_t nsensors);

/* calib_geo_new - the default of a row */
CALIB_MUST_CHECK
int calib_geo_new(struct calib_geo *geo, const struct calib_geo_default *def,
                  struct calib_err *err);

/* calib_geo_matrix - add n matrices of pixels "MTRX:V2:rows:cols:pitch:pitch" around the origin, of
 * several one below another, in "IP 0"
 * pitch: between rows, between columns [um], as they shall stand in the name */
CALIB_MUST_CHECK
int calib_geo_matrix(struct calib_geo *geo, size_t n, const size_t size[2],
                     const char *const pitch[2], struct calib_err *err);
/* calib_geo_columns - comments "PARAM:01 PARENT ..." that explain the 13 fields */
CALIB_MUST_CHECK
int calib_geo_columns(struct calib_geo *geo, struct calib_err *err);
#endif
