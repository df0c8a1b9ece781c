/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/metro.h - optical metrology: measured corners of sensors into positions and tilts
 *
 * Corners are measured [um] with a microscope, four for each sensor, clockwise from the corner with
 * the smallest x and y.  Frames are right-handed, angles in degrees.
 * Source: lcls-psana/CalibManager OpticAlignment*.py, optical_metrology_*. */
#ifndef CALIB_ALGO_METRO_H
#define CALIB_ALGO_METRO_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct calib_metro_point {
	int quad;			/* of the heading above it; -1: none */
	int number;			/* as written */
	int32_t x, y, z;		/* um */
	size_t line;			/* of the file, for messages */
};

/* Which numbers the corners have, and which detector they make. */
enum calib_metro_layout { CALIB_METRO_CSPAD_V1,	/* CXI: quads that move, each in its own frame */
	CALIB_METRO_CSPAD_V2,			/* XPP: fixed quads in one frame */
	CALIB_METRO_CSPAD2X2, CALIB_METRO_EPIX10KA2M };

/* The sides and angles of one sensor, for judging the measurement: 1 and 2 are the two opposite
 * sides, S the short and L the long one; d is what a side departs from its axis. */
struct calib_metro_quality {
	double s[2], ds[2], l[2], dl[2];	/* um, with their signs */
	double sa, la;				/* means of the pairs */
	double xsize, ysize;
	double dzs[2], dzl[2], dzsa, dzla, dzx, dzy;
	double d[2];				/* diagonals */
	double dz3;				/* distance of the fourth corner from the plane */
	int rot;				/* 0, 90, 180 or 270: direction of the long side */
	double angle;				/* what that departs from rot [deg], about z */
	double angle_xz, angle_yz;
};

/* A sensor: where its middle is, and how it lies. */
struct calib_metro_sensor {
	int quad, segment;
	double centre[3];			/* um */
	int rot;				/* deg, multiple of 90 */
	double tilt[3];				/* about z, y, x [deg] */
	struct calib_metro_quality q;
};
enum { CALIB_METRO_SENSORS = 32 };

struct calib_metro_opts {
	enum calib_metro_layout layout;
	int n90;		/* CSPAD V2: the detector is turned by n90 times 90 deg */
	bool compat;		/* CSPAD V2: the reference's wrong table for n90 1 and 3 */
	/* ePix10ka2M only */
	int rot, qoff;		/* place of quad 0; first quad measured, 0..3 */
	bool quads;		/* with quads between the sensors and the camera */
	bool flat;		/* do not use z */
	bool as_measured;	/* neither centre nor level the points */
	double camera[2];	/* x and y of the camera, where not all quads were measured [um] */
};

struct calib_metro {
	struct calib_metro_sensor sensor[CALIB_METRO_SENSORS];
	size_t n;
	bool have_quad[4];	/* CSPAD V1: measured; the others have no sensors here */
	double quad[4][3];	/* ePix10ka2M with quads: their places in the camera [um] */
	int quad_rot[4];	/* deg */
};

/* calib_metro_evaluate - points in the order of the file
 * CALIB_EFORMAT: not the numbers that the layout has, or corners that cannot be those of a sensor;
 * the sentence says which, by quad and point or line. */
CALIB_MUST_CHECK
int calib_metro_evaluate(struct calib_metro *metro, const struct calib_metro_point *points,
                         size_t n, const struct calib_metro_opts *opts, struct calib_err *err);

/* calib_metro_measure - sides and angles of one sensor
 * p:       its corners, clockwise
 * origin:  index of the corner at pixel (0,0)
 * rot:     0, 90, 180, 270, or -1: from the direction of the long side, which is taken for that
 *          of an axis when it is within so many degrees of it ("within")
 * integer: means and diagonals are cut to whole um, as the programs for the CSPAD do
 * CALIB_EFORMAT: two of the three distances from the origin are equal. */
CALIB_MUST_CHECK
int calib_metro_measure(struct calib_metro_quality *q, const struct calib_metro_point p[4],
                        int origin, int rot, double within, bool integer, struct calib_err *err);
#endif
