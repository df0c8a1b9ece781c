/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/psf.c - geometries as position and pixel vectors of each readout chip */
#include "form/psf.h"

#include <stdlib.h>

/* One chip; a step along an axis of a single pixel is 0. */
static int make(struct calib_psf *psf, const struct calib_geo *geo,
		const struct calib_geoleaf *leaf, const struct calib_geoview *view,
		struct calib_err *err)
{
	const struct calib_geoseg *seg = &geo->obj[leaf->obj].seg;
	size_t r = psf->row, c = psf->col, nr = seg->asic_rows, nc = seg->asic_cols;
	const struct {
		size_t r, c;
		double *to;
	} point[] = {{r, c, psf->p},
		     {r + (nr > 1), c, psf->s},
		     {r, c + (nc > 1), psf->f},
		     {r + nr - 1, c, psf->last_s},
		     {r, c + nc - 1, psf->last_f}};
	int rc = CALIB_OK;

	for (size_t i = 0; i < sizeof point / sizeof point[0] && rc >= 0; i++)
		rc = calib_geo_point(geo, geo->top, leaf, view, point[i].r, point[i].c, point[i].to,
				     err);
	for (int k = 0; k < 3; k++) {
		psf->s[k] -= psf->p[k];
		psf->f[k] -= psf->p[k];
	}
	return rc;
}

int calib_psf_each(const struct calib_geo *geo, const struct calib_geoview *view,
		   int (*each)(void *ctx, const struct calib_psf *psf,
			       const struct calib_geoseg *seg, struct calib_err *err),
		   void *ctx, struct calib_err *err)
{
	struct calib_geoleaf *leaf = NULL;
	size_t n = 0, dim[3], pixels;
	int rc = calib_geo_shape(geo, geo->top, dim, &pixels, err);

	if (rc >= 0)
		rc = calib_geo_leaves(geo, geo->top, &leaf, &n, err);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		const struct calib_geoseg *seg = &geo->obj[leaf[i].obj].seg;
		size_t across = seg->cols / seg->asic_cols;
		size_t chips = across * (seg->rows / seg->asic_rows);

		for (size_t a = 0; a < chips && rc >= 0; a++) {
			struct calib_psf psf = {.segment = i,
						.asic = a,
						.row = a / across * seg->asic_rows,
						.col = a % across * seg->asic_cols};

			rc = make(&psf, geo, &leaf[i], view, err);
			if (rc >= 0)
				rc = each(ctx, &psf, seg, err);
		}
	}
	free(leaf);
	return rc;
}

static int add(void *ctx, const struct calib_psf *psf, const struct calib_geoseg *seg,
	       struct calib_err *err)
{
	struct calib_str *text = ctx;

	(void)seg;
	calib_str_addf(text, "\n%12.3f %12.3f %12.3f  %8.3f %8.3f %8.3f  %8.3f %8.3f %8.3f",
		       psf->p[0], psf->p[1], psf->p[2], psf->s[0], psf->s[1], psf->s[2], psf->f[0],
		       psf->f[1], psf->f[2]);
	return calib_str_check(text, err);
}

int calib_psf_format(struct calib_str *text, const struct calib_geo *geo,
		     const struct calib_geoview *view, struct calib_err *err)
{
	return calib_psf_each(geo, view, add, text, err);
}
