/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/geo.h - geometry of a detector: a tree of objects, and the text file that holds it
 *
 * Every object stands in the frame of its parent: origin [um], design rotation and tilt [deg].
 * The leaves are sensors (geo/seg.h).  Lines of the file, 13 fields: parent, its index, object, its
 * index, x0 y0 z0, rot_z rot_y rot_x, tilt_z tilt_y tilt_x.
 * Source: lcls-psana/PSCalib src/GeometryAccess.py, src/GeometryObject.py. */
#ifndef CALIB_GEO_GEO_H
#define CALIB_GEO_GEO_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/out.h"
#include "base/str.h"
#include "geo/seg.h"
#include "nda/number.h"

#define CALIB_GEO_OBJECTS 4096		/* most objects of a file; detectors have up to 40 */
#define CALIB_GEO_NAME 255		/* longest name */
#define CALIB_GEO_MAX 1e12		/* largest length [um] and angle [deg] */
#define CALIB_GEO_NONE ((size_t)-1)

/* The nine numbers, in the order of the file. */
enum calib_geo_par { CALIB_GEO_X0, CALIB_GEO_Y0, CALIB_GEO_Z0, CALIB_GEO_ROT_Z, CALIB_GEO_ROT_Y,
	CALIB_GEO_ROT_X, CALIB_GEO_TILT_Z, CALIB_GEO_TILT_Y, CALIB_GEO_TILT_X, CALIB_GEO_NPARS };
extern const char *const calib_geo_par_names[CALIB_GEO_NPARS];	/* "x0" ... "tilt_x" */

struct calib_geo_object {
	char *parent;		/* name of the parent; NULL: the top, which no line defines */
	long parent_index;
	char *name;
	long index;
	double par[CALIB_GEO_NPARS];
	unsigned line;		/* of the file, from 1; 0: made */
	struct calib_seg seg;	/* seg.type != NULL: a sensor */
	/* Places in the list, CALIB_GEO_NONE: none.  Children are in the order of the lines. */
	size_t up, first_child, next, last_child;
	size_t nchildren;
};

struct calib_geo {
	char *file;		/* for messages */
	char **comment;		/* text of the comment lines, without '# ' */
	size_t ncomments, comment_room;
	struct calib_geo_object *object;	/* in file order, the top last */
	size_t n, room;
	size_t top;
};
#define CALIB_GEO_INIT {NULL, NULL, 0, 0, NULL, 0, 0, CALIB_GEO_NONE}

/* calib_geo_load - read a geometry file, "-" is standard input; gzip is inflated
 * flags: enum calib_seg_flags.  Z of an object whose parent begins with IP is made negative, as
 * the reference does.  A line that is wrong, a loop, a second root, a group without sensors are
 * CALIB_EFORMAT naming file and line. */
CALIB_MUST_CHECK
int calib_geo_load(struct calib_geo *geo, const char *path, int flags, struct calib_err *err);
/* calib_geo_read - the same of n bytes of text */
CALIB_MUST_CHECK
int calib_geo_read(struct calib_geo *geo, const char *text, size_t n, const char *name, int flags,
                   struct calib_err *err);
void calib_geo_release(struct calib_geo *geo);		/* twice is harmless */

/* calib_geo_comment, calib_geo_add - build one by hand: comments and objects in the order of the
 * lines, then calib_geo_link().  Texts are copied. */
CALIB_MUST_CHECK
int calib_geo_comment(struct calib_geo *geo, const char *text, struct calib_err *err);
/* calib_geo_comments - every line of a text as a comment */
CALIB_MUST_CHECK
int calib_geo_comments(struct calib_geo *geo, const char *text, struct calib_err *err);
CALIB_MUST_CHECK
int calib_geo_add(struct calib_geo *geo, const char *parent, long parent_index, const char *name,
                  long index, const double par[CALIB_GEO_NPARS], int flags,
                  struct calib_err *err);
CALIB_MUST_CHECK
int calib_geo_link(struct calib_geo *geo, struct calib_err *err);

/* calib_geo_number - as few digits as bring the value back; returns text */
const char *calib_geo_number(double v, char text[CALIB_NUMBER_ROOM]);
/* calib_geo_text - the file: comments, an empty line, the objects
 * full: numbers with all their digits instead of whole um and 3 and 5 decimals of a degree */
CALIB_MUST_CHECK
int calib_geo_text(struct calib_str *text, const struct calib_geo *geo, bool full,
                   struct calib_err *err);
/* calib_geo_save - the same as a file; flags as of calib_out_open() */
CALIB_MUST_CHECK
int calib_geo_save(const struct calib_geo *geo, const char *path, bool full, int flags,
                   struct calib_err *err);

/* calib_geo_find - the first object in file order of that name and index; CALIB_GEO_NONE */
size_t calib_geo_find(const struct calib_geo *geo, const char *name, long index);
/* calib_geo_get - the object a user names: "QUAD:V1:0", or "QUAD:V1" for index 0, or from the
 * parent down where several have the same name: "QUAD:V1:1/SENS2X1:V1:3"
 * CALIB_ENOTFOUND lists what there is. */
CALIB_MUST_CHECK
int calib_geo_get(size_t *at, const struct calib_geo *geo, const char *text,
                  struct calib_err *err);
/* calib_geo_name - "QUAD:V1:0" added to a text; path: with its parents as far as they are needed
 * to tell it from others of its name */
void calib_geo_name(struct calib_str *out, const struct calib_geo *geo, size_t at, bool path);
/* calib_geo_next - the tree below 'root' in depth-first order: root itself first, then children in
 * the order of the lines; CALIB_GEO_NONE at the end.  Nothing below a sensor is visited. */
size_t calib_geo_next(const struct calib_geo *geo, size_t root, size_t at);
/* calib_geo_is_seg - is the object a sensor? */
bool calib_geo_is_seg(const struct calib_geo *geo, size_t at);
#endif
