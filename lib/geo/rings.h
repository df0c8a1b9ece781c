/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/rings.h - powder and solvent rings: radial profile, centre, radii, points, fits
 *
 * Lengths are in the unit of x, y and pixel (um, or pixels of an image). */
#ifndef CALIB_GEO_RINGS_H
#define CALIB_GEO_RINGS_H
#include <stddef.h>

#include "base/err.h"

#define CALIB_RINGS_MAX 32		/* most rings */
#define CALIB_RINGS_SECTORS 120		/* points of a ring, each of 3 degrees, at most */

/* Good pixels only; the caller owns the arrays. */
struct calib_ring_data {
	size_t n;
	double *x, *y, *v;
	unsigned *object;	/* which part of the detector, from 0; NULL: one */
	double pixel;
};

struct calib_ring_bin { double mean, rms; size_t count; };
/* calib_rings_profile - mean, rms about it and count of nbins bins of radius lo..hi */
void calib_rings_profile(struct calib_ring_bin *bin, size_t nbins, double lo, double hi,
                         const struct calib_ring_data *data, const double centre[2]);
/* calib_rings_reach - the largest distance of a pixel from the centre */
double calib_rings_reach(const struct calib_ring_data *data, const double centre[2]);
/* calib_rings_clip - values far outside the bulk (hot pixels) become its limits: 0.1 % to 99.9 % */
CALIB_MUST_CHECK
int calib_rings_clip(struct calib_ring_data *data, struct calib_err *err);
/* calib_rings_centre - where the profile has most contrast; *centre is the middle of the search,
 * range its half width */
CALIB_MUST_CHECK
int calib_rings_centre(double centre[2], double range, const struct calib_ring_data *data,
                       struct calib_err *err);
/* calib_rings_find - radii of the peaks of the profile between lo and hi, the strongest 'max'
 * in ascending order; returns how many
 * apart: a peak nearer than this to a stronger one is the same ring, of another object */
CALIB_MUST_CHECK
int calib_rings_find(double radius[CALIB_RINGS_MAX], size_t max, double lo, double hi, double apart,
                     const struct calib_ring_data *data, const double centre[2],
                     struct calib_err *err);

struct calib_ring_point {
	double x, y, sigma;	/* sigma: of the radius */
	unsigned ring, object;
};
struct calib_ring_points { struct calib_ring_point *point; size_t n, room; };
/* calib_rings_points - the crest of every ring in every sector of every object, by a fit of
 * a Gaussian on a slope; appended.  Free points->point. */
CALIB_MUST_CHECK
int calib_rings_points(struct calib_ring_points *points, const struct calib_ring_data *data,
                       unsigned nobjects, const double centre[2], const double *radius,
                       size_t nrings, struct calib_err *err);

struct calib_ring_fit {
	size_t n;			/* points used */
	double centre[2], radius, rms;
	double sigma_centre[2], sigma_radius;
	double axis[2], angle;		/* semi-axes a >= b; of a, degrees, -90..90 */
	double sigma_axis;
};
/* calib_rings_fit - circle and ellipse through the points of one ring, far points weighted down
 * The ellipse is to first order in its eccentricity: radius + e cos 2(phi - angle).
 * CALIB_ENOTFOUND: too few points, or all on a short arc. */
CALIB_MUST_CHECK
int calib_rings_fit(struct calib_ring_fit *fit, const struct calib_ring_points *points,
                    unsigned ring, const double centre[2], struct calib_err *err);
#endif
