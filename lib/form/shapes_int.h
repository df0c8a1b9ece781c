/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/shapes_int.h - the forms of shape files among each other */
#ifndef CALIB_FORM_SHAPES_INT_H
#define CALIB_FORM_SHAPES_INT_H
#include "form/shapes.h"

/* What a reader is given. */
struct shapes_input {
	const char *text;		/* n bytes, a NUL behind them */
	size_t n;
	const char *name;
	const struct calib_shapes_hints *hints;
};

CALIB_MUST_CHECK
int shapes_read_text(struct calib_shapes *s, const struct shapes_input *in, struct calib_err *err);
CALIB_MUST_CHECK
int shapes_read_json(struct calib_shapes *s, const struct shapes_input *in, struct calib_err *err);
CALIB_MUST_CHECK
int shapes_read_svg(struct calib_shapes *s, const struct shapes_input *in, struct calib_err *err);
CALIB_MUST_CHECK
int shapes_read_crystfel(struct calib_shapes *s, const struct shapes_input *in,
                         struct calib_err *err);

CALIB_MUST_CHECK
int shapes_write_text(struct calib_str *t, const struct calib_shapes *s,
                      const struct calib_shapes_hints *hints, struct calib_err *err);
CALIB_MUST_CHECK
int shapes_write_json(struct calib_str *t, const struct calib_shapes *s,
                      const struct calib_shapes_hints *hints, struct calib_err *err);
CALIB_MUST_CHECK
int shapes_write_svg(struct calib_str *t, const struct calib_shapes *s,
                     const struct calib_shapes_hints *hints, struct calib_err *err);
CALIB_MUST_CHECK
int shapes_write_crystfel(struct calib_str *t, const struct calib_shapes *s,
                          const struct calib_shapes_hints *hints, struct calib_err *err);

/* shapes_svg_path - a ring or wedge as the d of a path */
void shapes_svg_path(struct calib_str *t, const struct calib_roi *r);
/* shapes_cannot - CALIB_EINVAL: "FILE:LINE: WHAT, FORM cannot hold that; ADVICE" */
CALIB_MUST_CHECK
int shapes_cannot(const struct calib_shapes *s, const struct calib_roi *r, const char *form,
                  const char *what, struct calib_err *err);
/* shapes_word - "rect" ... "Polygon"; shapes_kind - the way back, -1 none */
const char *shapes_word(enum calib_roi_kind kind);
int shapes_kind(const char *word, size_t len);
#endif
