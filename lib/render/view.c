/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/view.c - which element of an array stands in which cell of a picture */
#include "render/view.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "geo/sensors.h"

enum { GRID_GAP = 6, CSPAD_SIZE = 32 * 185 * 388, CSPAD2X2_SIZE = 2 * 185 * 388 };

void calib_view_release(struct calib_view *view)
{
	free(view->owned);
	*view = (struct calib_view)CALIB_VIEW_INIT;
}

static void set(struct calib_view *view, size_t rows, size_t cols)
{
	calib_view_release(view);
	*view = (struct calib_view){rows, cols, 0, (ptrdiff_t)cols, 1, NULL, NULL};
}

int calib_view_flat(struct calib_view *view, const struct calib_nda *nda, struct calib_err *err)
{
	size_t cols = nda->ndim > 0 ? nda->dim[nda->ndim - 1] : 1;

	if (nda->size == 0)
		return calib_fail(err, CALIB_ESHAPE, "the array is empty");
	set(view, nda->size / cols, cols);
	return CALIB_OK;
}

/* Columns of a grid of n blocks that make it nearest to a square. */
static size_t columns_of(size_t n, size_t rows, size_t cols)
{
	double best = INFINITY;
	size_t columns = 1;

	for (size_t c = 1; c <= n; c++) {
		size_t down = (n + c - 1) / c;
		double ratio = fabs(log((double)(c * (cols + GRID_GAP))
		                        / (double)(down * (rows + GRID_GAP))));

		if (ratio < best - 1e-9) {	/* as high as wide: the higher one */
			best = ratio;
			columns = c;
		}
	}
	return columns;
}

/* The array as sensors; of what is flattened the sizes tell. */
static void as_sensors(struct calib_nda *seen, const struct calib_nda *nda, void *data)
{
	size_t dim[3] = {1, 0, 0};

	if (nda->size == CSPAD_SIZE) {
		calib_nda_view(seen, CALIB_U32, 3, (const size_t[]){32, 185, 388}, data);
		return;
	}
	if (nda->size == CSPAD2X2_SIZE && nda->ndim > 0 && nda->dim[nda->ndim - 1] == 2) {
		calib_nda_view(seen, CALIB_U32, 3, (const size_t[]){185, 388, 2}, data);
		return;
	}
	if (nda->size == CSPAD2X2_SIZE) {
		calib_nda_view(seen, CALIB_U32, 3, (const size_t[]){2, 185, 388}, data);
		return;
	}
	for (int i = 0; i < nda->ndim - 2; i++)
		dim[0] *= nda->dim[i];
	dim[1] = nda->dim[nda->ndim - 2];
	dim[2] = nda->dim[nda->ndim - 1];
	calib_nda_view(seen, CALIB_U32, 3, dim, data);
}

int calib_view_table(struct calib_view *view, const struct calib_nda *nda, struct calib_err *err)
{
	struct calib_nda table = CALIB_NDA_INIT, seen = CALIB_NDA_INIT;
	bool cspad = nda->size == CSPAD_SIZE || nda->size == CSPAD2X2_SIZE;
	struct calib_sensors how = CALIB_SENSORS_INIT;
	uint32_t *number;
	int rc;

	if (nda->size == 0 || (nda->ndim < 3 && !cspad))
		return calib_view_flat(view, nda, err);
	if (nda->size >= UINT32_MAX)
		return calib_fail(err, CALIB_ESHAPE, "an array of %zu values is too large for a "
		                  "table of its sensors", nda->size);
	number = calib_alloc(nda->size, sizeof *number, "numbers of the pixels", err);
	if (number == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < nda->size; i++)
		number[i] = (uint32_t)i + 1;
	as_sensors(&seen, nda, number);
	if (!cspad)
		how = (struct calib_sensors){columns_of(seen.dim[0], seen.dim[1], seen.dim[2]), 0,
			GRID_GAP, GRID_GAP};
	rc = calib_sensors_table(&table, &seen, &how, err);
	if (rc >= 0) {
		set(view, table.dim[0], table.dim[1]);
		view->map = view->owned = table.data;
		table.data = NULL;
	}
	calib_nda_release(&table);
	free(number);
	return rc;
}

int calib_view_cells(struct calib_view *view, size_t rows, size_t cols, const uint32_t *row,
                     const uint32_t *col, size_t n, struct calib_err *err)
{
	size_t size;
	uint32_t *map;

	if (n >= UINT32_MAX)
		return calib_fail(err, CALIB_ESHAPE, "%zu pixels are too many for a picture", n);
	if (calib_mul_size(&size, rows, cols, "picture", err) < 0)
		return CALIB_ENOMEM;
	map = calib_alloc(size, sizeof *map, "picture", err);
	if (map == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (row[i] >= rows || col[i] >= cols) {
			free(map);
			return calib_fail(err, CALIB_ESHAPE, "pixel %zu is in row %u, column %u "
			                  "of a picture of %zux%zu", i, row[i], col[i], rows, cols);
		}
		map[row[i] * cols + col[i]] = (uint32_t)i + 1;
	}
	set(view, rows, cols);
	view->map = view->owned = map;
	return CALIB_OK;
}

void calib_view_turn(struct calib_view *view, int quarters, bool mirror)
{
	for (int k = ((quarters % 4) + 4) % 4; k > 0; k--) {
		struct calib_view v = *view;

		/* row r of the new one is column cols-1-r of the old one */
		view->rows = v.cols;
		view->cols = v.rows;
		view->base = v.base + (ptrdiff_t)(v.cols - 1) * v.dcol;
		view->drow = -v.dcol;
		view->dcol = v.drow;
	}
	if (mirror) {
		view->base += (ptrdiff_t)(view->cols - 1) * view->dcol;
		view->dcol = -view->dcol;
	}
}

int calib_view_window(struct calib_view *view, size_t r0, size_t r1, size_t c0, size_t c1,
                      struct calib_err *err)
{
	if (r0 >= r1 || c0 >= c1 || r1 > view->rows || c1 > view->cols)
		return calib_fail(err, CALIB_EINVAL, "window %zu:%zu,%zu:%zu: the picture has rows "
		                  "0:%zu and columns 0:%zu", r0, r1, c0, c1, view->rows,
		                  view->cols);
	view->base += (ptrdiff_t)r0 * view->drow + (ptrdiff_t)c0 * view->dcol;
	view->rows = r1 - r0;
	view->cols = c1 - c0;
	return CALIB_OK;
}
