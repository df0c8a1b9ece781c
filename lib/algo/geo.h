/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/geo.h - the geometry of a detector: a tree of objects with segments at its leaves
 *
 * Lengths are um, angles degrees.  Frames: psana's (x along rows down, y along columns right, z
 * against the beam) and the laboratory's, X = -y, Y = -x, Z = -z.
 * Facts: PSCalib GeometryAccess.py, GeometryObject.py.  Files: store/geofile.h. */
#ifndef CALIB_ALGO_GEO_H
#define CALIB_ALGO_GEO_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algo/geoseg.h"
#include "base/err.h"
#include "kern/place.h"

#define CALIB_GEO_DEPTH 32		/* levels a tree may have */
#define CALIB_GEO_NONE SIZE_MAX
enum { CALIB_GEO_X, CALIB_GEO_Y, CALIB_GEO_Z };

struct calib_geoobj {
	char *parent, *name;
	unsigned parent_ind, ind;
	double at[3], rot[3], tilt[3];	/* x, y, z; files have the angles as z, y, x */
	size_t line;			/* of the file; 0: made by the reader, has no parent */
	/* set by calib_geo_link() */
	size_t up, first, last, next;	/* parent, children, next child of the parent */
	size_t nchild;
	bool is_seg;
	struct calib_geoseg seg;
};

struct calib_geo {
	struct calib_geoobj *obj;	/* in the order of the file, made ones behind them */
	size_t n, room;
	char **comment;			/* without the '#' */
	size_t ncomment, comment_room;
	size_t top;			/* the root: the last of obj */
};
#define CALIB_GEO_INIT {NULL, 0, 0, NULL, 0, 0, CALIB_GEO_NONE}

void calib_geo_release(struct calib_geo *geo);
/* calib_geo_add - append an object, the names are copied; calib_geo_link() afterwards */
CALIB_MUST_CHECK
int calib_geo_add(struct calib_geo *geo, const struct calib_geoobj *obj, struct calib_err *err);
CALIB_MUST_CHECK
int calib_geo_comment(struct calib_geo *geo, const char *text, struct calib_err *err);
/* calib_geo_link - find parents and children, make the root, and check the tree
 * where: begins the sentences, "name of the file"; the line follows it.
 * CALIB_EFORMAT: a loop, two roots, a group without segments, an object given twice, children
 * of different shapes, more than CALIB_GEO_DEPTH levels. */
CALIB_MUST_CHECK
int calib_geo_link(struct calib_geo *geo, const char *where, struct calib_err *err);
/* calib_geo_find - the object name:index, CALIB_GEO_NONE when there is none */
size_t calib_geo_find(const struct calib_geo *geo, const char *name, unsigned ind);

/* One segment of an object, in the order of the array. */
struct calib_geoleaf {
	size_t obj;
	size_t at, row, col;		/* array element of pixel (r,c): at + r*row + c*col */
};
/* calib_geo_leaves - the segments below an object (or itself); *leaves: free() it */
CALIB_MUST_CHECK
int calib_geo_leaves(const struct calib_geo *geo, size_t obj, struct calib_geoleaf **leaves,
                     size_t *n, struct calib_err *err);
/* calib_geo_shape - of the arrays of an object: (segments, rows, cols), or (185, 388, 2) for
 * CSPAD2X2:V1; *size: the number of pixels
 * CALIB_ESHAPE when a segment's size is that of the data (MTRXANY, ARCHON). */
CALIB_MUST_CHECK
int calib_geo_shape(const struct calib_geo *geo, size_t obj, size_t dim[3], size_t *size,
                    struct calib_err *err);
/* calib_geo_pitch - pixel scale size [um] of an object: that of its first segment */
double calib_geo_pitch(const struct calib_geo *geo, size_t obj);

struct calib_geoview { bool no_tilt, lab, wide_centre; };
/* calib_geo_coords - pixel centres [um] in the frame of the object's parent
 * x, y, z: as many values as calib_geo_shape() says, in the order of the data */
CALIB_MUST_CHECK
int calib_geo_coords(const struct calib_geo *geo, size_t obj, const struct calib_geoview *view,
                     double *x, double *y, double *z, struct calib_err *err);
/* calib_geo_point - the pixel (row, col) of one segment, as calib_geo_coords() has it */
CALIB_MUST_CHECK
int calib_geo_point(const struct calib_geo *geo, size_t obj, const struct calib_geoleaf *leaf,
                    const struct calib_geoview *view, size_t row, size_t col, double at[3],
                    struct calib_err *err);
/* calib_geo_centre - mean of the corner pixels of a segment, in the frame of the root's parent
 * obj: a segment. */
CALIB_MUST_CHECK
int calib_geo_centre(const struct calib_geo *geo, size_t obj, double at[3],
                     struct calib_err *err);
/* calib_geo_areas - areas of the pixels in units of the pitch squared */
CALIB_MUST_CHECK
int calib_geo_areas(const struct calib_geo *geo, size_t obj, double *area,
                    struct calib_err *err);
/* calib_geo_mask - calib_geoseg_mask() of every segment */
CALIB_MUST_CHECK
int calib_geo_mask(const struct calib_geo *geo, size_t obj, unsigned bits, size_t width,
                   size_t wcentral, uint8_t *mask, struct calib_err *err);
/* calib_geo_project - x and y as seen from the origin in the plane z
 * plane NULL: the mean of z; nothing changes where the plane is nearer than 1000 um. */
void calib_geo_project(double *x, double *y, const double *z, size_t n, const double *plane);

/* How pixels become cells of an image. */
struct calib_geogrid {
	double pitch;			/* um */
	long offset[2];			/* cells added before; <= 0: none */
	bool lab;			/* x, y are of the laboratory frame */
};
struct calib_geocells {
	uint32_t *row, *col;		/* of each pixel */
	size_t n, rows, cols;		/* of the image */
	double x0, y0;			/* um: where cell (0,0) begins */
};
#define CALIB_GEOCELLS_INIT {NULL, NULL, 0, 0, 0, 0, 0}
/* calib_geo_cells - cell of each of n >= 1 pixels; release with calib_geocells_release()
 * CALIB_ESHAPE: the image would have more than 2^31 cells. */
CALIB_MUST_CHECK
int calib_geo_cells(struct calib_geocells *cells, const double *x, const double *y, size_t n,
                    const struct calib_geogrid *grid, struct calib_err *err);
void calib_geocells_release(struct calib_geocells *cells);
/* calib_geo_locate - row and column, fractional, of a point [um] in that image */
void calib_geo_locate(const struct calib_geocells *cells, const struct calib_geogrid *grid,
                      double x, double y, double at[2]);
/* calib_geo_image - values to cells; where pixels share one, the last in array order stays
 * image: cells->rows * cells->cols values; cells without pixel get base. */
void calib_geo_image(const struct calib_geocells *cells, const float *value, float base,
                     float *image);
#endif
