/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/apply.c - shapes into masks: of an image, of the pixels of a geometry */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "roi/roi.h"

static const char *name_of(const struct calib_shapes *s)
{
	return s->name != NULL ? s->name : "shapes";
}

/* One shape on a grid, with its place in the message. */
static int draw(uint8_t *marks, const struct calib_roi_grid *grid, const struct calib_shapes *s,
                const struct calib_roi *r, struct calib_err *err)
{
	long outside = calib_roi_draw(marks, grid, r, err);

	if (outside > 0)
		calib_log(CALIB_WARNING,
			  "%s:%u: %ld points of the line lie outside, they are passed "
			  "over",
			  name_of(s), r->line, outside);
	return outside < 0 ? calib_err_wrap(err, "%s:%u", name_of(s), r->line) : CALIB_OK;
}

static bool has_keep(const struct calib_shapes *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].role == CALIB_ROI_KEEP)
			return true;
	return false;
}

static int check_size(const struct calib_shapes *s, size_t rows, size_t cols,
                      struct calib_err *err)
{
	if (s->rows == 0 || (s->rows == rows && s->cols == cols))
		return CALIB_OK;
	return calib_fail(err, CALIB_ESHAPE,
			  "%s: the shapes are of an image of %zu rows and %zu "
			  "columns, this has %zu and %zu",
			  name_of(s), s->rows, s->cols, rows, cols);
}

static int grow(struct calib_nda *mask, const struct calib_shapes *s,
                const struct roi_segments *seg, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t g = 0; g < s->ngrow; g++)
		for (size_t i = 0; i < seg->n && rc >= 0; i++)
			rc = calib_roi_grow((uint8_t *)mask->data + i * seg->step, &seg->grid,
			                    s->grow[g].n, s->grow[g].pattern, err);
	return rc;
}

int roi_draw_image(struct calib_nda *mask, const struct calib_shapes *s, size_t rows, size_t cols,
                   struct calib_err *err)
{
	struct calib_roi_grid grid = {rows, cols, 1, cols};
	struct roi_segments whole = {1, 0, grid};
	int rc = check_size(s, rows, cols, err);

	if (rc >= 0)
		rc = calib_nda_alloc(mask, CALIB_U8, 2, (const size_t[]){rows, cols}, err);
	for (size_t i = 0; i < s->n && rc >= 0; i++) {
		const struct calib_roi *r = &s->list[i];

		if (r->space != CALIB_ROI_IMG)
			rc = calib_fail(err, CALIB_EINVAL, "%s:%u: a shape %s has no place in an "
			                "image: use calib-roi mask -g GEO", name_of(s), r->line,
			                r->space == CALIB_ROI_SEG ? "of a sensor" : "in um");
		else
			rc = draw(mask->data, &grid, s, r, err);
	}
	if (rc < 0)
		return rc;
	if (s->bits > 0)
		calib_log(CALIB_WARNING, "%s: bits %d has no effect on an image", name_of(s),
			  s->bits);
	calib_roi_mask(mask->data, mask->size, has_keep(s));
	return grow(mask, s, &whole, err);
}

/* ---- pixels of a geometry ---- */

/* Shapes of the image, through the cell of each pixel. */
static int mark_image(uint8_t *marks, const struct roi_place *p, const struct calib_shapes *s,
                      struct calib_err *err)
{
	const uint32_t *row = p->row.data, *col = p->col.data;
	struct calib_roi_grid grid = {p->rows, p->cols, 1, p->cols};
	uint8_t *image = calib_alloc(p->rows * p->cols, 1, "image", err);
	int rc = image != NULL ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < s->n && rc >= 0; i++)
		if (s->list[i].space == CALIB_ROI_IMG)
			rc = draw(image, &grid, s, &s->list[i], err);
	for (size_t i = 0; i < p->row.size && rc >= 0; i++)
		marks[i] = image[row[i] * p->cols + col[i]];
	free(image);
	return rc;
}

static int mark_sensors(uint8_t *marks, const struct roi_place *p, const struct calib_shapes *s,
                        const struct calib_roi *r, struct calib_err *err)
{
	size_t last = r->seg[1] < p->layout.n ? r->seg[1] : p->layout.n - 1;
	int rc = CALIB_OK;

	if (r->seg[0] >= p->layout.n || (r->seg[1] != SIZE_MAX && r->seg[1] >= p->layout.n))
		return calib_fail(err, CALIB_EINVAL,
				  "%s:%u: sensor %zu, the geometry has %zu, from 0 "
				  "on",
				  name_of(s), r->line,
				  r->seg[0] >= p->layout.n ? r->seg[0] : r->seg[1], p->layout.n);
	for (size_t i = r->seg[0]; i <= last && rc >= 0; i++) {
		const struct calib_geo_leaf *leaf = &p->layout.leaf[i];
		struct calib_roi_grid grid = {p->layout.rows, p->layout.cols, leaf->stride,
			leaf->stride * p->layout.cols};

		rc = draw(marks + leaf->first, &grid, s, r, err);
	}
	return rc;
}

/* CrystFEL asks the corner of a pixel: its centre less half a step each way, in pixels of the
 * laboratory frame. */
static void make_corners(double *x, double *y, const struct roi_place *p)
{
	const double *px = p->xyz[0].data, *py = p->xyz[1].data;
	const struct calib_geo_layout *l = &p->layout;

	for (size_t s = 0; s < l->n; s++) {
		size_t first = l->leaf[s].first, step = l->leaf[s].stride;
		size_t down = step * l->cols, n = l->rows * l->cols;
		double hx = 0, hy = 0;

		if (l->cols > 1) {
			hx += (px[first + step] - px[first]) / 2;
			hy += (py[first + step] - py[first]) / 2;
		}
		if (l->rows > 1) {
			hx += (px[first + down] - px[first]) / 2;
			hy += (py[first + down] - py[first]) / 2;
		}
		for (size_t i = 0; i < n; i++) {
			size_t k = first + i * step;

			x[k] = -(py[k] - hy) / l->scale;
			y[k] = -(px[k] - hx) / l->scale;
		}
	}
}

static int mark_plane(uint8_t *marks, const struct roi_place *p, const struct calib_shapes *s,
                      const struct calib_roi *r, struct calib_err *err)
{
	size_t n = p->row.size;
	double *corner = NULL;
	int rc;

	if (r->kind == CALIB_ROI_CORNERS) {
		corner = calib_alloc(n, 2 * sizeof *corner, "corners of pixels", err);
		if (corner == NULL)
			return CALIB_ENOMEM;
		make_corners(corner, corner + n, p);
	}
	rc = corner != NULL ? calib_roi_points(marks, corner, corner + n, n, r, err)
		: calib_roi_points(marks, p->xyz[0].data, p->xyz[1].data, n, r, err);
	free(corner);
	return rc < 0 ? calib_err_wrap(err, "%s:%u", name_of(s), r->line) : rc;
}

int roi_apply(struct calib_nda *mask, const struct roi_place *p, const struct calib_shapes *s,
              struct calib_err *err)
{
	struct roi_segments seg;
	int rc = check_size(s, p->rows, p->cols, err);

	if (rc >= 0)
		rc = calib_nda_like(mask, &p->row, CALIB_U8, err);
	if (rc >= 0)
		rc = mark_image(mask->data, p, s, err);
	for (size_t i = 0; i < s->n && rc >= 0; i++) {
		const struct calib_roi *r = &s->list[i];

		if (r->space == CALIB_ROI_SEG)
			rc = mark_sensors(mask->data, p, s, r, err);
		else if (r->space == CALIB_ROI_UM)
			rc = mark_plane(mask->data, p, s, r, err);
	}
	if (rc < 0)
		return rc;
	calib_roi_mask(mask->data, mask->size, has_keep(s));
	if (s->bits > 0)
		rc = roi_sensor_mask(mask, p, s->bits, err);
	seg = roi_segments(mask, p);
	return rc < 0 ? rc : grow(mask, s, &seg, err);
}

int roi_sensor_mask(struct calib_nda *mask, const struct roi_place *p, long bits,
                    struct calib_err *err)
{
	struct calib_nda sensors = CALIB_NDA_INIT;
	int rc = CALIB_OK;

	if (bits > 0)
		rc = calib_geo_mask(&sensors, &p->geo, &p->layout, (int)bits, 1, 1, err);
	for (size_t i = 0; i < sensors.size && rc >= 0 && bits > 0; i++)
		((uint8_t *)mask->data)[i] &= ((uint8_t *)sensors.data)[i];
	calib_nda_release(&sensors);
	return rc;
}

int roi_image_of(struct calib_nda *image, const struct roi_place *p, const struct calib_nda *array,
                 struct calib_err *err)
{
	struct calib_nda ones = CALIB_NDA_INIT;
	char shape[2][128];
	int rc;

	if (array != NULL && array->size != p->row.size)
		return calib_fail(err, CALIB_ESHAPE,
				  "an array of shape %s for the %zu pixels of the "
				  "geometry, %s",
				  calib_nda_shape_text(array->ndim, array->dim, shape[0]),
				  p->row.size,
				  calib_nda_shape_text(p->row.ndim, p->row.dim, shape[1]));
	if (array != NULL)
		return calib_geo_image(image, &p->row, &p->col, array, 0, err);
	rc = calib_nda_like(&ones, &p->row, CALIB_U8, err);
	if (rc >= 0) {
		memset(ones.data, 1, ones.size);
		rc = calib_geo_image(image, &p->row, &p->col, &ones, 0, err);
	}
	calib_nda_release(&ones);
	return rc;
}
