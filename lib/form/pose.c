/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/pose.c - place and orientation of a sensor as the nine numbers of a geometry */
#include "form/pose.h"

#include <math.h>

static double dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

double calib_pose_square(double a[3], double b[3], double length[2])
{
	double cosine, along;

	length[0] = sqrt(dot(a, a));
	length[1] = sqrt(dot(b, b));
	for (int k = 0; k < 3; k++) {
		a[k] = length[0] > 0 ? a[k] / length[0] : 0;
		b[k] = length[1] > 0 ? b[k] / length[1] : 0;
	}
	cosine = along = dot(a, b);
	for (int k = 0; k < 3; k++)
		b[k] -= along * a[k];
	along = sqrt(dot(b, b));
	for (int k = 0; k < 3; k++)
		b[k] = along > 0 ? b[k] / along : 0;
	return cosine;
}

double calib_pose_sign(const double *axis, size_t n)
{
	return axis[n - 1] < axis[0] ? -1 : 1;
}

/* A turn as a multiple of 90 deg in 0..270 and a rest of at most 45 deg. */
static void split(double par[CALIB_GEO_NPARS], int axis, double deg)
{
	double quarter = nearbyint(deg / 90);
	long turns = (long)quarter % 4;

	par[CALIB_GEO_ROT_Z + axis] = (double)(turns < 0 ? turns + 4 : turns) * 90;
	par[CALIB_GEO_TILT_Z + axis] = deg - quarter * 90;
}

/* v' = Rx(ax) Ry(ay) Rz(az) v with the columns ex, ey, ex x ey:
 *   cy cz                 -cy sz                 sy
 *   cx sz + sx sy cz      cx cz - sx sy sz      -sx cy
 *   sx sz - cx sy cz      sx cz + cx sy sz       cx cy
 * Of the two solutions that with the smaller ax: a sensor seen from behind has rot_y 180. */
void calib_pose_par(double par[CALIB_GEO_NPARS], const double centre[3], const double ex[3],
                    const double ey[3])
{
	const double deg = 180 / M_PI;
	double ez[3] = {ex[1] * ey[2] - ex[2] * ey[1], ex[2] * ey[0] - ex[0] * ey[2],
		ex[0] * ey[1] - ex[1] * ey[0]};
	double ay = atan2(ez[0], hypot(ez[1], ez[2])), az, ax;

	for (int k = 0; k < 3; k++)
		par[CALIB_GEO_X0 + k] = centre[k];
	if (ez[2] < 0) {
		ay = M_PI - ay;
		ax = atan2(ez[1], -ez[2]);
		az = atan2(ey[0], -ex[0]);
	} else {
		ax = atan2(-ez[1], ez[2]);
		az = atan2(-ey[0], ex[0]);
	}
	split(par, 0, az * deg);
	split(par, 1, ay * deg);
	split(par, 2, ax * deg);
}
