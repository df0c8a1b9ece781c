/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/geotable.c - the "table of all sensors" of a CSPAD */
#include "algo/geotable.h"

#include <string.h>

enum { ROWS = 185, COLS = 388, CHIP = COLS / 2, SENSOR = ROWS * COLS };

int calib_geotable(struct calib_nda *table, const struct calib_nda *array,
		   const struct calib_geogaps *gaps, struct calib_err *err)
{
	static const struct calib_geogaps usual[] = {CALIB_GEOGAPS_CSPAD, CALIB_GEOGAPS_CSPAD2X2};
	bool pair = array->size == 2 * SENSOR;
	bool mixed = pair && array->ndim == 3 && array->dim[2] == 2;
	size_t quads = pair ? 1 : 4, sensors = pair ? 2 : 8, esize = calib_dtype_size(array->type);
	size_t dim[2];
	char shape[128];
	int rc;

	if (!pair && array->size != 32 * SENSOR)
		return calib_fail(err, CALIB_ESHAPE,
				  "shape %s is neither that of a CSPAD, 32x185x388, nor that of a "
				  "CSPAD2x2, 185x388x2",
				  calib_nda_shape_text(array->ndim, array->dim, shape));
	if (gaps == NULL)
		gaps = &usual[pair];
	dim[0] = sensors * ROWS + (sensors - 1) * gaps->sensor;
	dim[1] = quads * (COLS + gaps->chip) + (quads - 1) * gaps->quad;
	rc = calib_nda_alloc(table, array->type, 2, dim, err);
	for (size_t i = 0; i < 32 * SENSOR && i < array->size && rc >= 0; i++) {
		size_t s = mixed ? i % 2 : i / SENSOR, in = mixed ? i / 2 : i % SENSOR;
		size_t c = in % COLS;
		size_t row = s % sensors * (ROWS + gaps->sensor) + in / COLS;
		size_t col = s / sensors * (COLS + gaps->chip + gaps->quad) + c
			     + (c >= CHIP ? gaps->chip : 0);

		memcpy((char *)table->data + (row * dim[1] + col) * esize,
		       (const char *)array->data + i * esize, esize);
	}
	return rc;
}
