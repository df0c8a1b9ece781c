/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/geoseg.h - the sensors ("segments") of which detectors are made
 *
 * A segment is a grid of rows x cols pixels with its own frame, z = 0; coordinates are those of
 * pixel centres in um.  Every known type is a product of two axes: one coordinate depends on the
 * row only, the other on the column only.
 * Facts: PSCalib SegGeometry*.py of LCLS-I; types marked LCLS-II from psana.pscalib. */
#ifndef CALIB_ALGO_GEOSEG_H
#define CALIB_ALGO_GEOSEG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum calib_geoseg_kind { CALIB_GEOSEG_WIDE, CALIB_GEOSEG_GAPS, CALIB_GEOSEG_HR1X4,
	CALIB_GEOSEG_UHR3X2, CALIB_GEOSEG_MATRIX, CALIB_GEOSEG_MATRIX1, CALIB_GEOSEG_SIZELESS };

struct calib_geoseg {
	enum calib_geoseg_kind kind;
	size_t rows, cols;		/* pixels; 0 for a type whose size the data decide */
	size_t asic_rows, asic_cols;	/* pixels of one readout chip */
	double pix_um;			/* scale size: the smaller pitch */
	double row_um, col_um;		/* pitch of rows and of columns */
	double wide_um;			/* width of the pixels at the middle; 0: none are wide */
	bool wide_rows;			/* the middle rows are wide as well */
	bool row0_low;			/* y grows with the row */
	bool unbonded;			/* has the diagonal of pixels without bonds (CSPAD) */
};

/* calib_geoseg_find - the segment type of an object's name ("SENS2X1:V1",
 * "MTRX:V2:1024:1024:13:13")
 * Returns 1 a segment, 0 the name of a group of objects, CALIB_EFORMAT for a malformed MTRX. */
CALIB_MUST_CHECK
int calib_geoseg_find(struct calib_geoseg *seg, const char *name, struct calib_err *err);
/* calib_geoseg_known - the i-th name of the fixed types; NULL behind the last */
const char *calib_geoseg_known(size_t i);

/* calib_geoseg_axes - coordinates [um] of rows (seg->rows values) and columns (seg->cols)
 * y comes from the row and x from the column; for MTRX (V1) x from the row and y from the
 * column.  wide_centre: the wide pixels at their true centre instead of the outer place. */
void calib_geoseg_axes(const struct calib_geoseg *seg, bool wide_centre, double *row,
                       double *col);
/* calib_geoseg_areas - relative areas of rows and of columns: the area of a pixel, in units of
 * pix_um squared, is the product */
void calib_geoseg_areas(const struct calib_geoseg *seg, double *row, double *col);

enum calib_geomask { CALIB_GEOMASK_EDGE = 1, CALIB_GEOMASK_WIDE = 2, CALIB_GEOMASK_UNBONDED = 4,
	CALIB_GEOMASK_NEIGHBOURS = 8, CALIB_GEOMASK_BLOCK = 16 };
/* calib_geoseg_mask - rows x cols bytes, C order: 1 good, 0 masked
 * bits: of enum calib_geomask, others are ignored; of the last three the highest acts.
 * width: rows and columns at the edges; wcentral: at each side of the middle; 0: none. */
void calib_geoseg_mask(const struct calib_geoseg *seg, unsigned bits, size_t width,
                       size_t wcentral, uint8_t *mask);
#endif
