/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/sensors.c - the "table of all sensors" */
#include "geo/sensors.h"

#include <string.h>

#include "base/mem.h"

enum { ROWS_2X1 = 185, COLS_2X1 = 388, COLS_ASIC = 194 };

/* An array as n sensors; pixel i of sensor s is element s * first + i * stride. */
struct shape { size_t n, rows, cols, first, stride; };

static int find_shape(struct shape *s, const struct calib_nda *nda, struct calib_err *err)
{
	const size_t *d = nda->dim;
	char text[128];

	if (nda->ndim == 3 && d[0] == ROWS_2X1 && d[1] == COLS_2X1 && d[2] == 2)
		*s = (struct shape){2, d[0], d[1], 1, 2};
	else if (nda->ndim == 3)
		*s = (struct shape){d[0], d[1], d[2], d[1] * d[2], 1};
	else if (nda->ndim == 2 && d[1] == COLS_2X1 && d[0] % ROWS_2X1 == 0 && d[0] > 0)
		*s = (struct shape){d[0] / ROWS_2X1, ROWS_2X1, COLS_2X1, ROWS_2X1 * COLS_2X1, 1};
	else if (nda->ndim == 2 && nda->size == 2 * ROWS_2X1 * COLS_2X1 && d[1] == 2)
		*s = (struct shape){2, ROWS_2X1, COLS_2X1, 1, 2};	/* its text, flattened */
	else
		return calib_fail(err, CALIB_ESHAPE, "an array of shape %s is no list of sensors: "
		                  "expected (sensors, rows, cols), (185, 388, 2) or (5920, 388)",
		                  calib_nda_shape_text(nda->ndim, d, text));
	if (nda->size == 0)
		return calib_fail(err, CALIB_ESHAPE, "the array is empty");
	return CALIB_OK;
}

int calib_sensors_table(struct calib_nda *image, const struct calib_nda *nda,
                        const struct calib_sensors *how, struct calib_err *err)
{
	size_t width = calib_dtype_size(nda->type), columns, down, gap, hspace, vspace, dim[2],
	       step;
	struct shape s = {0, 0, 0, 0, 0};
	int rc = find_shape(&s, nda, err);
	bool asics;

	if (rc < 0)
		return rc;
	asics = s.rows == ROWS_2X1 && s.cols == COLS_2X1;
	columns = how->columns > 0 ? how->columns : asics && s.n == 32 ? 4 : 1;
	columns = columns < s.n ? columns : s.n;
	down = (s.n + columns - 1) / columns;
	gap = !asics ? 0 : how->gap >= 0 ? (size_t)how->gap : 3;
	hspace = how->hspace >= 0 ? (size_t)how->hspace : 6;
	vspace = how->vspace >= 0 ? (size_t)how->vspace : asics && s.n == 2 ? 20 : 6;
	step = s.cols + gap + hspace;
	dim[0] = down * s.rows + (down - 1) * vspace;
	dim[1] = columns * step - hspace;
	rc = calib_nda_alloc(image, nda->type, 2, dim, err);
	for (size_t k = 0; k < s.n && rc >= 0; k++)
		for (size_t r = 0; r < s.rows; r++)
			for (size_t c = 0; c < s.cols; c++) {
				size_t row = k % down * (s.rows + vspace) + r;
				size_t col =
					k / down * step + c + (asics && c >= COLS_ASIC ? gap : 0);
				size_t from = k * s.first + (r * s.cols + c) * s.stride;

				memcpy((char *)image->data + (row * dim[1] + col) * width,
				       (const char *)nda->data + from * width, width);
			}
	return rc;
}
