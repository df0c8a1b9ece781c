/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/coords.h - where the pixels of an object are
 *
 * Arrays are in the order of the detector's data: (sensors, rows, cols), (rows, cols) of a single
 * sensor, and (rows, cols, 2) of an object CSPAD2X2:V1 of two SENS2X1:V1.
 * Source: lcls-psana/PSCalib src/GeometryAccess.py, src/GeometryObject.py. */
#ifndef CALIB_GEO_COORDS_H
#define CALIB_GEO_COORDS_H
#include "geo/geo.h"
#include "nda/nda.h"

/* One sensor and its place in the arrays: pixel i of it is element first + i * stride. */
struct calib_geo_leaf { size_t object, first, stride; };

/* The sensors of an object.  Holds for this tree until it is changed. */
struct calib_geo_layout {
	size_t root;
	struct calib_geo_leaf *leaf;	/* in array order */
	size_t n;
	size_t rows, cols;		/* of each sensor */
	size_t size;			/* n * rows * cols */
	int ndim;
	size_t dim[CALIB_NDA_MAXDIM];
	double scale;			/* pixel of images [um], of the first sensor of the tree */
};
#define CALIB_GEO_LAYOUT_INIT {0, NULL, 0, 0, 0, 0, 0, {0}, 0}
/* calib_geo_layout - CALIB_ESHAPE when sensors or groups beside each other are of different size */
CALIB_MUST_CHECK
int calib_geo_layout(struct calib_geo_layout *layout, const struct calib_geo *geo, size_t root,
                     struct calib_err *err);
void calib_geo_layout_release(struct calib_geo_layout *layout);

/* psana: x along the rows of the image, y along the columns, z against the beam.  LAB: X = -y,
 * Y = -x, Z = -z of that; Y points up, Z along the beam. */
enum calib_geo_frame { CALIB_GEO_PSANA = 0, CALIB_GEO_LAB = 1 };

struct calib_geo_view {
	enum calib_geo_frame frame;
	bool no_tilt;		/* design rotations only */
	bool wide_centre;	/* wide pixels at their centres, see calib_seg_axes() */
};

/* calib_geo_coords - x, y, z [um] of every pixel of the layout, float64, in the frame of the
 * parent of its root, the parameters of the root included
 * @xyz: three arrays, made here.  Rotations are Rx(ax) Ry(ay) Rz(az), az = rot_z + tilt_z ...
 * Same bits as the reference: no fused operations, its order. */
CALIB_MUST_CHECK
int calib_geo_coords(struct calib_nda xyz[3], const struct calib_geo *geo,
                     const struct calib_geo_layout *layout, const struct calib_geo_view *view,
                     struct calib_err *err);
/* calib_geo_pixels - the same for some pixels of one sensor
 * @rc: row and column of each of n pixels; @xyz: n points; root as of the layout */
CALIB_MUST_CHECK
int calib_geo_pixels(double (*xyz)[3], const size_t (*rc)[2], size_t n,
                     const struct calib_geo *geo, size_t root, size_t leaf,
                     const struct calib_geo_view *view, struct calib_err *err);

/* calib_geo_areas - float64, relative to an ordinary pixel; see calib_seg_areas() */
CALIB_MUST_CHECK
int calib_geo_areas(struct calib_nda *areas, const struct calib_geo *geo,
                    const struct calib_geo_layout *layout, struct calib_err *err);
/* calib_geo_mask - uint8, 1 good, 0 masked; bits, width, central as of calib_seg_mask() */
CALIB_MUST_CHECK
int calib_geo_mask(struct calib_nda *mask, const struct calib_geo *geo,
                   const struct calib_geo_layout *layout, int bits, size_t width, size_t central,
                   struct calib_err *err);

/* calib_geo_at_z - project x and y from the origin on the plane z0 [um]
 * z0 NaN: the mean of z.  A plane nearer than 1000 um leaves x and y alone. */
void calib_geo_at_z(struct calib_nda xyz[3], double z0);

/* How image cells are found. */
struct calib_geo_grid {
	double pix;			/* size of a cell [um] */
	long offset[2];			/* empty rows and columns before the first (in the LAB
					 * frame: columns and rows); <= 0: none */
	enum calib_geo_frame frame;	/* as of the coordinates */
};
/* calib_geo_index - row and column of every pixel, uint32, in the shape of x
 * The outermost pixels are in the middle of their cells.  CALIB_ESHAPE: an image of more than
 * CALIB_GEO_CELLS cells. */
#define CALIB_GEO_CELLS ((size_t)1 << 30)
CALIB_MUST_CHECK
int calib_geo_index(struct calib_nda *rows, struct calib_nda *cols, const struct calib_nda xyz[3],
                    const struct calib_geo_grid *grid, struct calib_err *err);
/* calib_geo_point - row and column of the point x, y [um]; may lie outside the image
 * fract: not rounded down. */
void calib_geo_point(double rowcol[2], const struct calib_nda xyz[3],
                     const struct calib_geo_grid *grid, double x, double y, bool fract);

/* calib_geo_image - float32 image of an array; cells no pixel falls into are vbase, the last pixel
 * in data order wins where several do.  CALIB_ESHAPE: another number of values. */
CALIB_MUST_CHECK
int calib_geo_image(struct calib_nda *image, const struct calib_nda *rows,
                    const struct calib_nda *cols, const struct calib_nda *values, double vbase,
                    struct calib_err *err);
/* calib_geo_from_image - for every pixel of the array the value of its cell, in the element type
 * of the image: the way back.  CALIB_ESHAPE: a cell outside the image. */
CALIB_MUST_CHECK
int calib_geo_from_image(struct calib_nda *values, const struct calib_nda *rows,
                         const struct calib_nda *cols, const struct calib_nda *image,
                         struct calib_err *err);
#endif
