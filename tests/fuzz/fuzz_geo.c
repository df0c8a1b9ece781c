/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_geo.c - geometry files: read, evaluated when small, written and read again */
#include "fuzz.h"

#include "store/geofile.h"

enum { SMALL = 100000 }; /* pixels worth evaluating */

static void check_pixels(const struct calib_geo *geo)
{
	struct calib_geocells cells = CALIB_GEOCELLS_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_geogrid grid = {0};
	struct calib_geoleaf *leaf = NULL;
	size_t dim[3], n = 0, leaves = 0, sum = 0;
	double *x;
	int rc = calib_geo_shape(geo, geo->top, dim, &n, &err);

	fuzz_check_err(rc, &err);
	if (rc < 0 || n > SMALL)
		return;
	CHECK(n == dim[0] * dim[1] * dim[2] && n > 0);
	CHECK(calib_geo_leaves(geo, geo->top, &leaf, &leaves, &err) >= 0);
	for (size_t i = 0; i < leaves; i++)
		sum += geo->obj[leaf[i].obj].seg.rows * geo->obj[leaf[i].obj].seg.cols;
	CHECK(sum == n);
	free(leaf);
	x = calloc(3 * n, sizeof *x);
	CHECK(x != NULL);
	CHECK(calib_geo_coords(geo, geo->top, &(struct calib_geoview){0}, x, x + n, x + 2 * n, &err)
	      >= 0);
	grid.pitch = calib_geo_pitch(geo, geo->top);
	rc = calib_geo_cells(&cells, x, x + n, n, &grid, &err);
	fuzz_check_err(rc, &err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		CHECK(cells.row[i] < cells.rows && cells.col[i] < cells.cols);
	calib_geocells_release(&cells);
	free(x);
}

/* What we write we can read, and write again in the same bytes. */
static void check_text(const struct calib_geo *geo, bool precise)
{
	struct calib_str text = CALIB_STR_INIT, again = CALIB_STR_INIT;
	struct calib_geo back = CALIB_GEO_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	calib_geo_format(&text, geo, precise);
	CHECK(calib_geo_parse(&back, text.s, text.len, "again", &err) >= 0);
	CHECK(back.n == geo->n);
	for (size_t i = 0; precise && i < geo->n; i++)
		CHECK(memcmp(back.obj[i].tilt, geo->obj[i].tilt, sizeof geo->obj[i].tilt) == 0);
	calib_geo_format(&again, &back, precise);
	/* a comment that begins with '#' or is one character is read as less */
	CHECK(geo->ncomment > 0 || strcmp(text.s, again.s) == 0);
	calib_geo_release(&back);
	calib_str_release(&again);
	calib_str_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	char *copy = fuzz_copy(data, size);
	int rc = calib_geo_parse(&geo, copy, size, "file", &err);

	fuzz_begin();
	fuzz_check_err(rc, &err);
	if (rc >= 0) {
		CHECK(geo.top == geo.n - 1);
		check_pixels(&geo);
		check_text(&geo, false);
		check_text(&geo, true);
	}
	calib_geo_release(&geo);
	free(copy);
	return 0;
}
