/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/psf.h - geometries as position and pixel vectors (psf) of each readout chip
 *
 * Pixel (r,c) of a chip is at p + r*s + c*f [um].  Source: PSCalib UtilsPSF.py. */
#ifndef CALIB_FORM_PSF_H
#define CALIB_FORM_PSF_H
#include "algo/geo.h"
#include "base/str.h"

struct calib_psf {
	size_t segment, asic;		/* numbers from 0; chips of a segment row by row */
	size_t row, col;		/* first pixel of the chip in its segment */
	double p[3], s[3], f[3];	/* um: first pixel, step of a row, step of a column */
	double last_s[3], last_f[3];	/* um: last pixel of the first column, of the first row */
};
/* calib_psf_each - the chips of the whole detector, in the order of the array
 * each() < 0 ends the walk and is returned. */
CALIB_MUST_CHECK
int calib_psf_each(const struct calib_geo *geo, const struct calib_geoview *view,
                   int (*each)(void *ctx, const struct calib_psf *psf,
                               const struct calib_geoseg *seg, struct calib_err *err),
                   void *ctx, struct calib_err *err);
/* calib_psf_format - one line for each chip: p, s, f; the text begins with a newline and ends
 * without one, as the reference has it */
CALIB_MUST_CHECK
int calib_psf_format(struct calib_str *text, const struct calib_geo *geo,
                     const struct calib_geoview *view, struct calib_err *err);
#endif
