/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/edit.h - what calib-roi edit shows, and how */
#ifndef CALIB_CMD_ROI_EDIT_H
#define CALIB_CMD_ROI_EDIT_H
#include "render/picture.h"
#include "roi/roi.h"

struct edit_opts {
	struct roi_opts roi;
	struct calib_scale scale;
	struct calib_colours colours;
	struct calib_cmap map;
	const char *cmap;		/* its name */
};

struct edit_data {
	const struct roi_place *place;
	const struct calib_view *view;
	const struct calib_nda *array;
	const struct calib_picture *picture;
	const struct calib_shapes *shapes;
};

/* edit_png - the picture as it is first shown; free() the bytes */
CALIB_MUST_CHECK
int edit_png(uint8_t **bytes, size_t *n, const struct calib_picture *picture,
             const struct edit_opts *o, struct calib_err *err);
/* edit_page - the page */
CALIB_MUST_CHECK
int edit_page(struct calib_str *text, const struct edit_data *data, const struct edit_opts *o,
              struct calib_err *err);
#endif
