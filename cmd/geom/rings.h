/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/rings.h - the picture of fitted rings */
#ifndef CALIB_CMD_GEOM_RINGS_H
#define CALIB_CMD_GEOM_RINGS_H
#include <stdbool.h>

#include "base/str.h"
#include "geo/rings.h"

/* ring_picture - image, points and the n fitted ellipses as SVG
 * geometry: x goes down and y to the right, as in images of a geometry; else x is the column. */
CALIB_MUST_CHECK
int ring_picture(struct calib_str *svg, const struct calib_ring_data *data,
                 const struct calib_ring_points *points, const struct calib_ring_fit *fit, size_t n,
                 bool geometry, struct calib_err *err);
#endif
