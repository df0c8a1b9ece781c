/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/svg_int.h - between svg.c and svgpath.c: coordinates, transforms, paths of SVG */
#ifndef CALIB_FORM_SVG_INT_H
#define CALIB_FORM_SVG_INT_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* x' = a x + c y + e, y' = b x + d y + f */
struct svg_matrix { double a, b, c, d, e, f; };
#define SVG_IDENTITY {1, 0, 0, 1, 0, 0}

struct svg_matrix svg_product(struct svg_matrix m, struct svg_matrix n);	/* n first */
void svg_apply(const struct svg_matrix *m, double x, double y, double out[2]);
/* svg_transform - a list of matrix translate scale rotate skewX skewY
 * CALIB_EFORMAT: another word, wrong numbers, a transform that cannot be undone. */
CALIB_MUST_CHECK
int svg_transform(struct svg_matrix *m, const char *text, struct calib_err *err);

/* Numbers separated by blanks and commas; false: the next thing is none. */
bool svg_number(const char **p, double *v);

/* Points of closed rings in the making. */
struct svg_rings {
	double *v;
	size_t n, room;			/* numbers */
	size_t *ring;			/* where each begins, in points */
	size_t nrings, ring_room;
};
void svg_rings_release(struct svg_rings *rings);
CALIB_MUST_CHECK
int svg_begin_ring(struct svg_rings *rings, struct calib_err *err);
/* svg_point - add a point, transformed */
CALIB_MUST_CHECK
int svg_point(struct svg_rings *rings, const struct svg_matrix *m, double x, double y,
              struct calib_err *err);
/* svg_path - the d of a path: M L H V C S Q T A Z, curves as lines within 0.05 pixel
 * Rings of fewer than 3 points are left out. */
CALIB_MUST_CHECK
int svg_path(struct svg_rings *rings, const struct svg_matrix *m, const char *d,
             struct calib_err *err);
/* svg_ellipse - a whole one as a ring */
CALIB_MUST_CHECK
int svg_ellipse(struct svg_rings *rings, const struct svg_matrix *m, const double centre[2],
                const double radius[2], struct calib_err *err);
#endif
