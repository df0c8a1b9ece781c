/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/quick.c - an array as a plain PNG in one call */
#include "render/quick.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "render/png.h"

/* As far below 0 as above. */
static void make_symmetric(double range[2])
{
	double far = fmax(fabs(range[0]), fabs(range[1]));

	range[0] = -far;
	range[1] = far;
}

static int encode(uint8_t **bytes, size_t *n, const struct calib_picture *p, const double range[2],
                  const struct calib_quick *q, struct calib_err *err)
{
	struct calib_colours colours = {{range[0], range[1]}, false, 1};
	uint8_t rgb[256][3], *index = calib_alloc(p->rows * p->cols, 1, "picture", err);
	char comment[160];
	const struct calib_png_text text[] = {{"Title", q->title}, {"Software",
		"calibtools " CALIB_VERSION}, {"Comment", comment}};
	struct calib_png png = {p->rows, p->cols, index, (const uint8_t (*)[3])rgb, true, NULL, 1,
		text, 3};
	struct calib_cmap map;
	int rc = index != NULL
			 ? calib_cmap_get(&map, q->minus != NULL ? "coolwarm" : "viridis", err)
			 : CALIB_ENOMEM;

	if (rc >= 0) {
		snprintf(comment, sizeof comment, "range %.9g to %.9g, %s, 1 pixel is %zux%zu",
		         range[0], range[1], q->minus != NULL ? "coolwarm" : "viridis", p->shrink,
		         p->shrink);
		calib_picture_index(index, p, &colours);
		calib_palette(rgb, &map, 0xff00ff, -1, -1);
		rc = calib_png_encode(&png, bytes, n, err);
	}
	free(index);
	return rc;
}

int calib_quick_png(uint8_t **bytes, size_t *n, double range[2], const struct calib_quick *q,
                    struct calib_err *err)
{
	struct calib_scale scale = {CALIB_SCALE_AUTO, 0, 0};
	struct calib_picture picture = CALIB_PICTURE_INIT;
	struct calib_view view = CALIB_VIEW_INIT;
	double own[2], *ends = range != NULL ? range : own;
	size_t shrink = 0;
	int rc = calib_view_table(&view, q->values, err);

	if (rc >= 0 && q->most > 0) {
		size_t side = view.rows > view.cols ? view.rows : view.cols;

		shrink = (side + q->most - 1) / q->most;
	}
	if (rc >= 0)
		rc = calib_picture_make(&picture, &(struct calib_picture_source){&view, q->values,
		                        q->minus, q->bad}, shrink, err);
	if (rc >= 0)
		rc = calib_scale_range(ends, &scale, &picture, err);
	if (rc >= 0) {
		if (q->minus != NULL)
			make_symmetric(ends);
		rc = encode(bytes, n, &picture, ends, q, err);
	}
	calib_picture_release(&picture);
	calib_view_release(&view);
	return rc;
}
