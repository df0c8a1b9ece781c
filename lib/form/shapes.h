/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/shapes.h - files of shapes: our text with CorAna's lines in it, LCLS-II JSON, SVG, bad
 * regions of CrystFEL
 *
 * The text is that of calib-shapes(5).  Which form a file has its content tells. */
#ifndef CALIB_FORM_SHAPES_H
#define CALIB_FORM_SHAPES_H
#include "algo/roi.h"
#include "base/str.h"

#define CALIB_SHAPES_MAX 100000		/* shapes of a file */
#define CALIB_SHAPES_POINTS 1000000	/* numbers of points of a shape, twice that many values */

enum calib_shapes_form { CALIB_SHAPES_TEXT, CALIB_SHAPES_JSON, CALIB_SHAPES_SVG,
	CALIB_SHAPES_CRYSTFEL, CALIB_SHAPES_NFORMS };

struct calib_shapes {
	struct calib_roi *list;
	size_t n, room;
	size_t rows, cols;		/* of the image they are of; 0: not stated */
	int bits;			/* of the sensor mask; -1: not stated */
	struct calib_shapes_grow { size_t n; enum calib_roi_pattern pattern; } *grow;
	size_t ngrow, grow_room;
	enum calib_shapes_form form;	/* they were read from */
	char *name;			/* of the file, for messages */
};
#define CALIB_SHAPES_INIT {NULL, 0, 0, 0, 0, -1, NULL, 0, 0, CALIB_SHAPES_TEXT, NULL}
void calib_shapes_release(struct calib_shapes *shapes);

/* What a file of another program does not say. */
struct calib_shapes_hints {
	size_t seg_rows, seg_cols;	/* of a sensor; CrystFEL's rows are segment * rows + row */
	size_t nsegs;
	double pix_um;			/* pixel size [um]; 0: not known */
};

/* calib_shapes_load - a file, "-" is standard input, added to what is there
 * hints may be NULL.  CALIB_EFORMAT names file and line (SVG: and the element). */
CALIB_MUST_CHECK
int calib_shapes_load(struct calib_shapes *shapes, const char *path,
                      const struct calib_shapes_hints *hints, struct calib_err *err);
/* calib_shapes_read - the same of n bytes */
CALIB_MUST_CHECK
int calib_shapes_read(struct calib_shapes *shapes, const char *text, size_t n, const char *name,
                      const struct calib_shapes_hints *hints, struct calib_err *err);

/* calib_shapes_add - a copy of a shape at the end; its numbers are checked, the sentence has no
 * place yet.  Space IMG, SEG or UM as it stands in it. */
CALIB_MUST_CHECK
int calib_shapes_add(struct calib_shapes *shapes, const struct calib_roi *roi,
                     struct calib_err *err);

/* calib_shapes_format - as a text of a form.  What the form cannot hold is CALIB_EINVAL naming the
 * line it came from; what it holds with other rims or without a part is told by calib_log(). */
CALIB_MUST_CHECK
int calib_shapes_format(struct calib_str *text, const struct calib_shapes *shapes,
                        enum calib_shapes_form form, const struct calib_shapes_hints *hints,
                        struct calib_err *err);
/* calib_shapes_svg - an SVG file with a picture behind the shapes: PNG, or none (n 0) */
CALIB_MUST_CHECK
int calib_shapes_svg(struct calib_str *text, const struct calib_shapes *shapes, size_t rows,
                     size_t cols, const void *png, size_t n, struct calib_err *err);
/* calib_shapes_form_parse - "text", "json", "svg", "crystfel"; -1: none of them */
int calib_shapes_form_parse(const char *word);
#endif
