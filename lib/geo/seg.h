/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/seg.h - sensors ("segments"): where the pixels of one are in its own frame
 *
 * A segment is an array of rows x cols pixels, row slow.  The coordinates of every type separate:
 * x depends on the column and y on the row (the other way round where 'swapped').  Points are
 * pixel centres [um], z is 0.
 * Source: lcls-psana/PSCalib src/SegGeometry*.py; slac-lcls/lcls2
 * psana/psana/pscalib/geometry/SegGeometry*.py for the types that only LCLS-II has. */
#ifndef CALIB_GEO_SEG_H
#define CALIB_GEO_SEG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CALIB_SEG_SIDE 65536		/* most rows or columns of a segment */

struct calib_segtype;

struct calib_seg {
	const struct calib_segtype *type;	/* NULL: not a segment */
	size_t rows, cols;
	double pitch[2];	/* along the rows (from row to row), along the columns [um] */
	double wide; /* size of the pixels at the joints of the ASICs [um]; 0: as others */
	double scale;		/* pixel of images, the smaller pitch [um] */
	size_t asic[2];		/* rows and columns of one ASIC */
	bool swapped;		/* x depends on the row, y on the column */
	bool lcls2;		/* as LCLS-II has it: CALIB_SEG_LCLS2 */
};

/* EPIX10KA:V1 with wide pixels of 225 um instead of 250, JUNGFRAU:V2 with wide pixels. */
enum calib_seg_flags { CALIB_SEG_LCLS2 = 1 };

/* calib_seg_parse - is the name of an object that of a segment type?
 * MTRX:R:C:PR:PC and MTRX:V2:R:C:PR:PC carry size and pitch in the name.
 * Returns 1 a segment, 0 the name of a group; CALIB_EFORMAT for a matrix whose numbers are wrong,
 * CALIB_EINVAL for a type whose size only the data know. */
CALIB_MUST_CHECK
int calib_seg_parse(struct calib_seg *seg, const char *name, int flags, struct calib_err *err);
const char *calib_seg_name(const struct calib_seg *seg);	/* "SENS2X1:V1", "MTRX:V2" */
/* calib_seg_names - names of all types, separated by blanks, for messages; returns text */
#define CALIB_SEG_NAMES 400
const char *calib_seg_names(char text[CALIB_SEG_NAMES]);
/* calib_seg_like - the type whose name begins like this one up to the version, or NULL: for
 * messages about a group that was meant to be a segment */
const char *calib_seg_like(const char *name);

/* calib_seg_axes - x of every column and y of every row (swapped: of every row, every column)
 * @x, @y:        rows or cols values [um], see 'swapped'
 * @wide_centre:  the wide pixels at their centres instead of where an ordinary pixel at their
 *                outer edge would be */
void calib_seg_axes(const struct calib_seg *seg, bool wide_centre, double *x, double *y);
/* calib_seg_areas - areas of rows x cols pixels in units of an ordinary one
 * A wide pixel of the CSPAD is 2.5000000000000004, as in the reference. */
void calib_seg_areas(const struct calib_seg *seg, double *area);

/* What a sensor mask leaves out; values of the reference's control bits. */
enum calib_seg_mask {
	CALIB_MASK_EDGES = 1,		/* width outer rows and columns */
	CALIB_MASK_CENTRAL = 2,		/* central columns and rows each side of a joint of ASICs */
	CALIB_MASK_UNBONDED = 4,	/* CSPAD: pixels without a bond */
	CALIB_MASK_NEIGHBOURS = 8,	/* and their four neighbours */
	CALIB_MASK_NEIGHBOURS8 = 16	/* and all eight; of the last three only the highest acts */
};
/* calib_seg_mask - 1 a good pixel, 0 one that is masked; rows x cols values
 * @bits: sum of enum calib_seg_mask; others are ignored.  @width, @central: 0 masks nothing.
 * Bit 8 leaves the pixels (0,0) and (0,194) themselves, as the reference does. */
void calib_seg_mask(const struct calib_seg *seg, int bits, size_t width, size_t central,
                    uint8_t *mask);
#endif
