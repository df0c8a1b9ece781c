/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/align.h - shifts and rotations of objects so that all see the same rings
 *
 * Concentric circles tell two numbers of a rigid object: where their centre is in its frame.  A
 * rotation about that centre leaves them as they are, so one image gives dx and dy but no rz.
 * Images with the beam at different places of the detector give rz as well: between them the
 * centre moves in a direction that turns with the object.
 * Whole-detector shift and rotation are the gauge: a reference object stays, or the means over
 * the objects are zero. */
#ifndef CALIB_GEO_ALIGN_H
#define CALIB_GEO_ALIGN_H
#include <stdbool.h>

#include "geo/rings.h"

#define CALIB_ALIGN_IMAGES 64
enum { CALIB_ALIGN_DX, CALIB_ALIGN_DY, CALIB_ALIGN_RZ, CALIB_ALIGN_NPARS };

struct calib_align_image {
	struct calib_ring_points points;	/* of the objects; of the caller */
	double centre[2], radius[CALIB_RINGS_MAX];	/* start; improved */
	size_t nrings;
};
struct calib_align_object {
	double axis[2][2];		/* where its x0 and y0 move it in the frame of the points */
	double origin[2];		/* what tilt_z turns it about, and the sense (+1, -1) */
	double sense;
	bool fixed;			/* the reference */
	/* out */
	double change[CALIB_ALIGN_NPARS], sigma[CALIB_ALIGN_NPARS];	/* um um deg; NaN: fixed */
	size_t npoints;
};
/* calib_align_solve - one linear step; fix[i]: that parameter stays for every object
 * Objects with fewer than 6 points stay, sigma infinite.  *rms: of the points about the rings
 * [um], after the step.  CALIB_ENOTFOUND: too few points for anything. */
CALIB_MUST_CHECK
int calib_align_solve(struct calib_align_object *object, size_t nobjects,
                      struct calib_align_image *image, size_t nimages,
                      const bool fix[CALIB_ALIGN_NPARS], double *rms, struct calib_err *err);
#endif
