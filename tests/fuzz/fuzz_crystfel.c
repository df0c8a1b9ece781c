/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_crystfel.c - geometries of CrystFEL, as of every detector */
#include "fuzz.h"

#include "form/crystfel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"epix10ka", "jungfrau", "cspad", "cspadv2", "pnccd"};
	char *copy = fuzz_copy(data, size);

	fuzz_begin();
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct calib_geo geo = CALIB_GEO_INIT;
		struct calib_err err = CALIB_ERR_INIT;
		const struct calib_crystfel_type *type = calib_crystfel_type(types[i]);
		int rc;

		CHECK(type != NULL);
		rc = calib_crystfel_parse(&geo, copy, size, "file", type, &err);
		fuzz_check_err(rc, &err);
		CHECK(rc >= 0 || geo.n == 0);
		for (size_t k = 0; k < geo.n; k++)
			CHECK(geo.obj[k].parent == NULL || geo.obj[k].line > 0);
		calib_geo_release(&geo);
	}
	free(copy);
	return 0;
}
