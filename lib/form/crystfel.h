/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/crystfel.h - CrystFEL's geometry files (.geom), and back
 *
 * A .geom file describes panels: rectangles of the data array, a corner, and two vectors.  Here a
 * panel is an ASIC of a sensor.  Positions are those of pixel centres, as psana's converter writes
 * them (CrystFEL means the corner of the pixel, half a pixel off).
 * Source: lcls-psana/PSCalib src/UtilsConvert.py, src/UtilsConvertCrystFEL.py; CrystFEL
 * crystfel_geometry(5). */
#ifndef CALIB_FORM_CRYSTFEL_H
#define CALIB_FORM_CRYSTFEL_H
#include "geo/coords.h"

/* calib_crystfel_text - the .geom file of a geometry; frame: LAB is usual */
CALIB_MUST_CHECK
int calib_crystfel_text(struct calib_str *text, const struct calib_geo *geo,
                        enum calib_geo_frame frame, struct calib_err *err);

/* How a sensor gets its place from its panels. */
enum calib_crystfel_fit {
	CALIB_CRYSTFEL_PSANA, /* as psana's converter: by the first panel, float32 vectors, rotation
			       * about z and two tilts; axes of the file kept, so that sensors of a
			       * file in the LAB frame come out mirrored */
	CALIB_CRYSTFEL_FIRST, /* by the first panel, exactly */
	CALIB_CRYSTFEL_ALL    /* by the mean of all panels */
};
struct calib_crystfel {
	const char *segment;	/* type of the sensors; NULL: by size and pitch of the panels */
	double tolerance;	/* how far a panel may be from its place in the sensor [pixels] */
	enum calib_crystfel_fit fit;
	enum calib_geo_frame frame;	/* of the file; not with CALIB_CRYSTFEL_PSANA */
	bool clen;		/* add a clen that is a number to z */
};
#define CALIB_CRYSTFEL_INIT {NULL, 1, CALIB_CRYSTFEL_PSANA, CALIB_GEO_PSANA, false}
/* calib_crystfel_read - n bytes of a .geom file as a geometry: sensors in DET:VC in IP
 * Its comments become comments CFELCMT:nn.  What a geometry cannot say (panels that are no sensor
 * together, vectors that are not at right angles) is CALIB_EFORMAT naming file and line.
 * Returns the number of sensors; *worst: the largest distance of a panel from its place [um];
 * *mirrored: are sensors mirrored in the result, so that the frame is another? */
CALIB_MUST_CHECK
long calib_crystfel_read(struct calib_geo *geo, double *worst, bool *mirrored, const char *text,
                         size_t n, const char *name, const struct calib_crystfel *how,
                         struct calib_err *err);
/* calib_crystfel_geometry - that geometry as psana's converter writes it: whole um toward 0
 * header: comment lines before those of the geometry, "# TITLE ...\n" */
CALIB_MUST_CHECK
int calib_crystfel_geometry(struct calib_str *text, const struct calib_geo *geo,
                            const char *header, struct calib_err *err);
#endif
