/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/psf.c - position, slow and fast vectors of ASICs */
#include "form/geoform.h"

int calib_psf_text(struct calib_str *text, const struct calib_geo *geo, enum calib_geo_frame frame,
                   struct calib_err *err)
{
	const struct calib_geo_view view = {frame, false, false};
	struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
	int rc = calib_geo_layout(&l, geo, geo->top, err);

	for (size_t n = 0; n < l.n && rc >= 0; n++) {
		const struct calib_seg *seg = &geo->object[l.leaf[n].object].seg;

		for (size_t r = 0; r < seg->rows && rc >= 0; r += seg->asic[0])
			for (size_t c = 0; c < seg->cols && rc >= 0; c += seg->asic[1]) {
				size_t next[2] = {r + (seg->asic[0] > 1), c + (seg->asic[1] > 1)};
				double p[3][3];

				rc = calib_geo_pixels(p, (const size_t[][2]){{r, c}, {next[0], c},
				                      {r, next[1]}}, 3, geo, geo->top,
				                      l.leaf[n].object, &view, err);
				calib_str_addf(text, "\n%12.3f %12.3f %12.3f  %8.3f %8.3f %8.3f  "
				               "%8.3f %8.3f %8.3f", p[0][0], p[0][1], p[0][2],
				               p[1][0] - p[0][0], p[1][1] - p[0][1],
				               p[1][2] - p[0][2], p[2][0] - p[0][0],
				               p[2][1] - p[0][1], p[2][2] - p[0][2]);
			}
	}
	calib_geo_layout_release(&l);
	return rc < 0 ? rc : calib_str_check(text, err);
}
