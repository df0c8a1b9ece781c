/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/pose.h - place and orientation of a sensor as the nine numbers of a geometry
 * Private to lib/form. */
#ifndef CALIB_FORM_POSE_H
#define CALIB_FORM_POSE_H
#include "geo/geo.h"

/* calib_pose_par - the numbers for a sensor whose own axes x and y point along ex and ey
 * ex, ey: unit vectors at right angles; centre [um].  Rotations are multiples of 90 deg, the rest
 * is tilt. */
void calib_pose_par(double par[CALIB_GEO_NPARS], const double centre[3], const double ex[3],
                    const double ey[3]);
/* calib_pose_square - make a and b unit vectors at right angles, changing b more than a
 * Returns the cosine of the angle they had; *length: what they were long */
double calib_pose_square(double a[3], double b[3], double length[2]);
/* calib_pose_axis - +1 or -1: does the coordinate of the sensor grow with the column (x), the row
 * (y)?  Only for types that are not swapped. */
double calib_pose_sign(const double *axis, size_t n);
#endif
