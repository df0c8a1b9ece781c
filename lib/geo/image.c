/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/image.c - cells of an image, and arrays to images */
#include <math.h>
#include <string.h>

#include "geo/coords.h"
#include "kern/rotate.h"
#include "nda/elem.h"

/* Where cell 0 begins along rows and columns, and which coordinate runs along them. */
struct edges {
	double row0, col0, last_row, last_col;
	int row_axis, col_axis;		/* 0 x, 1 y */
	bool down;			/* rows grow against the coordinate */
};

static struct edges find_edges(const struct calib_nda xyz[3], const struct calib_geo_grid *g)
{
	double x[2], y[2], p = g->pix;
	struct edges e;

	kern_range(xyz[0].data, xyz[0].size, x);
	kern_range(xyz[1].data, xyz[1].size, y);
	if (g->frame == CALIB_GEO_PSANA) {
		e = (struct edges){x[0], y[0], x[1], y[1], 0, 1, false};
		e.col0 -= g->offset[1] > 0 ? (double)g->offset[1] * p : 0;
		e.row0 -= g->offset[0] > 0 ? (double)g->offset[0] * p : 0;
		e.row0 -= p / 2;
	} else {
		e = (struct edges){y[1], x[0], y[0], x[1], 1, 0, true};
		e.col0 -= g->offset[0] > 0 ? (double)g->offset[0] * p : 0;
		e.row0 += g->offset[1] > 0 ? (double)g->offset[1] * p : 0;
		e.row0 += p / 2;
	}
	e.col0 -= p / 2;
	return e;
}

int calib_geo_index(struct calib_nda *rows, struct calib_nda *cols, const struct calib_nda xyz[3],
                    const struct calib_geo_grid *grid, struct calib_err *err)
{
	struct edges e;
	double nrows, ncols;
	int rc = calib_nda_like(rows, &xyz[0], CALIB_U32, err);

	if (rc >= 0)
		rc = calib_nda_like(cols, &xyz[0], CALIB_U32, err);
	if (rc < 0 || xyz[0].size == 0)
		return rc;
	e = find_edges(xyz, grid);
	nrows = floor((e.down ? e.row0 - e.last_row : e.last_row - e.row0) / grid->pix) + 1;
	ncols = floor((e.last_col - e.col0) / grid->pix) + 1;
	if (!(nrows >= 1 && ncols >= 1 && nrows * ncols <= (double)CALIB_GEO_CELLS))
		return calib_fail(err, CALIB_ESHAPE,
				  "an image of %.0f x %.0f cells of %g um is too "
				  "large: take larger cells, or look at positions and offsets",
				  nrows, ncols, grid->pix);
	kern_cells(rows->data, xyz[e.row_axis].data, xyz[0].size, e.row0, grid->pix, e.down);
	kern_cells(cols->data, xyz[e.col_axis].data, xyz[0].size, e.col0, grid->pix, 0);
	return CALIB_OK;
}

void calib_geo_point(double rowcol[2], const struct calib_nda xyz[3],
                     const struct calib_geo_grid *grid, double x, double y, bool fract)
{
	struct edges e = find_edges(xyz, grid);
	double row = e.row_axis == 0 ? x : y, col = e.col_axis == 0 ? x : y;

	rowcol[0] = (e.down ? e.row0 - row : row - e.row0) / grid->pix;
	rowcol[1] = (col - e.col0) / grid->pix;
	for (int i = 0; i < 2 && !fract; i++)
		rowcol[i] = floor(rowcol[i]);
}

static size_t largest(const struct calib_nda *index)
{
	return kern_largest(index->data, index->size);
}

static int same_size(const struct calib_nda *rows, const struct calib_nda *cols, size_t n,
                     struct calib_err *err)
{
	if (rows->size != n || cols->size != n)
		return calib_fail(err, CALIB_ESHAPE, "%zu values for %zu pixels of the geometry", n,
		                  rows->size);
	return CALIB_OK;
}

int calib_geo_image(struct calib_nda *image, const struct calib_nda *rows,
                    const struct calib_nda *cols, const struct calib_nda *values, double vbase,
                    struct calib_err *err)
{
	const uint32_t *r = rows->data, *c = cols->data;
	size_t dim[2] = {largest(rows) + 1, largest(cols) + 1};
	int rc = same_size(rows, cols, values->size, err);
	double block[CALIB_ELEM_BLOCK];
	float single[CALIB_ELEM_BLOCK], *out;

	if (rc >= 0 && dim[0] > CALIB_GEO_CELLS / dim[1])
		rc = calib_fail(err, CALIB_ESHAPE, "an image of %zux%zu cells is too large",
		                dim[0], dim[1]);
	if (rc >= 0)
		rc = calib_nda_alloc(image, CALIB_F32, 2, dim, err);
	if (rc < 0)
		return rc;
	out = image->data;
	for (size_t i = 0; i < image->size && (float)vbase != 0; i++)
		out[i] = (float)vbase;
	if (values->type == CALIB_F32) {
		kern_scatter(out, r, c, values->data, values->size, dim[1]);
		return CALIB_OK;
	}
	for (size_t i = 0; i < values->size; i += CALIB_ELEM_BLOCK) {
		size_t n =
			values->size - i < CALIB_ELEM_BLOCK ? values->size - i : CALIB_ELEM_BLOCK;

		calib_elem_reals(block, values, i, n);
		for (size_t k = 0; k < n; k++)
			single[k] = (float)block[k];
		kern_scatter(out, r + i, c + i, single, n, dim[1]);
	}
	return CALIB_OK;
}

int calib_geo_from_image(struct calib_nda *values, const struct calib_nda *rows,
                         const struct calib_nda *cols, const struct calib_nda *image,
                         struct calib_err *err)
{
	const uint32_t *r = rows->data, *c = cols->data;
	size_t width = calib_dtype_size(image->type);
	int rc = image->ndim == 2 ? same_size(rows, cols, rows->size, err)
		: calib_fail(err, CALIB_ESHAPE, "an image has 2 dimensions, not %d", image->ndim);

	if (rc >= 0 && rows->size > 0 && (largest(rows) >= image->dim[0]
	    || largest(cols) >= image->dim[1]))
		rc = calib_fail(err, CALIB_ESHAPE,
				"the image has %zux%zu cells, the geometry needs "
				"%zux%zu",
				image->dim[0], image->dim[1], largest(rows) + 1, largest(cols) + 1);
	if (rc >= 0)
		rc = calib_nda_like(values, rows, image->type, err);
	for (size_t i = 0; rc >= 0 && i < rows->size; i++)
		memcpy((char *)values->data + i * width, (const char *)image->data
		       + ((size_t)r[i] * image->dim[1] + c[i]) * width, width);
	return rc;
}
