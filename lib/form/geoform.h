/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/geoform.h - geometries in forms of other programs: psf, JSON, pixel maps */
#ifndef CALIB_FORM_GEOFORM_H
#define CALIB_FORM_GEOFORM_H
#include "geo/coords.h"

/* calib_psf_text - position, slow and fast vector of every ASIC [um], nine numbers a line
 * A pixel is at position + row * slow + column * fast.  Begins with a newline, ends without one.
 * Source: lcls-psana/PSCalib src/UtilsPSF.py. */
CALIB_MUST_CHECK
int calib_psf_text(struct calib_str *text, const struct calib_geo *geo, enum calib_geo_frame frame,
                   struct calib_err *err);

/* calib_geojson_text - a list of objects: first {"comment": TEXT} each, then the lines, with the
 * keys parent parent_index object index x0 y0 z0 rot_z rot_y rot_x tilt_z tilt_y tilt_x */
CALIB_MUST_CHECK
int calib_geojson_text(struct calib_str *text, const struct calib_geo *geo, struct calib_err *err);
/* calib_geojson_read - the way back; numbers that are missing are 0, other keys an error
 * CALIB_EFORMAT names the line. */
CALIB_MUST_CHECK
int calib_geojson_read(struct calib_geo *geo, const char *text, size_t n, const char *name,
                       int flags, struct calib_err *err);

/* Pixel maps of Cheetah: HDF5 data sets x, y, z [m], float32, in two dimensions: sensors below each
 * other, of a CSPAD the quads beside each other (1480, 1552). */
struct calib_pixmap {
	enum calib_geo_frame frame;	/* of the file */
	bool frame_given;		/* reading: else the file may say so itself */
	bool flip_x;			/* x of the file has the other sign, as psgeom writes it */
	const char *segment;		/* reading: type of the sensors; NULL: SENS2X1:V1 */
	double tolerance;		/* reading: how far corners of ASICs may be off [pixels] */
};
#define CALIB_PIXMAP_INIT {CALIB_GEO_LAB, false, false, NULL, 1}
/* calib_pixmap_save - flags as of calib_out_open() */
CALIB_MUST_CHECK
int calib_pixmap_save(const struct calib_geo *geo, const char *path, const struct calib_pixmap *how,
                      int flags, struct calib_err *err);
/* calib_pixmap_load - the geometry whose pixels are there: every sensor placed by its corners
 * path may name a group: "file.cxi:/entry_1/geometry".  Arrays may also have a first dimension that
 * counts the sensors; in a file of calib-geom coords the unit is um.
 * *worst: the largest distance of a corner of an ASIC from the map [um].  CALIB_EFORMAT when a
 * sensor is not flat or not of that type. */
CALIB_MUST_CHECK
int calib_pixmap_load(struct calib_geo *geo, double *worst, const char *path,
                      const struct calib_pixmap *how, struct calib_err *err);
#endif
