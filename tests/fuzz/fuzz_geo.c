/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_geo.c - geometry files: ours, CrystFEL's, JSON */
#include "fuzz.h"

#include "form/crystfel.h"
#include "form/geoform.h"
#include "geo/coords.h"

/* A tree that was read hangs together, and its sensors have places. */
static void check_tree(const struct calib_geo *geo)
{
	struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	size_t visited = 0, at;
	int rc;

	CHECK(geo->n >= 2 && geo->top == geo->n - 1 && geo->object[geo->top].parent == NULL);
	for (at = geo->top; at != CALIB_GEO_NONE; at = calib_geo_next(geo, geo->top, at)) {
		CHECK(at < geo->n && visited++ < geo->n);
		if (geo->object[at].nchildren == 0)
			CHECK(calib_geo_is_seg(geo, at));
	}
	rc = calib_geo_layout(&l, geo, geo->top, &err);
	fuzz_check_err(rc, &err);
	if (rc >= 0) {
		double p[2][3];
		static const struct calib_geo_view view = {CALIB_GEO_LAB, false, true};
		size_t last[2] = {l.rows - 1, l.cols - 1};

		CHECK(l.n >= 1 && l.size == l.n * l.rows * l.cols && l.scale > 0);
		CHECK(l.leaf[l.n - 1].first + (l.rows * l.cols - 1) * l.leaf[l.n - 1].stride
		      < l.size);
		CHECK(calib_geo_pixels(p, (const size_t[][2]){{0, 0}, {last[0], last[1]}}, 2, geo,
		                       geo->top, l.leaf[0].object, &view, &err) >= 0);
	}
	calib_geo_layout_release(&l);
}

/* What was read and written is read as the same, and written so again. */
static void check_text(const struct calib_geo *geo, bool full)
{
	struct calib_str once = CALIB_STR_INIT, twice = CALIB_STR_INIT;
	struct calib_geo again = CALIB_GEO_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	bool kept = true;

	CHECK(calib_geo_text(&once, geo, full, &err) >= 0);
	CHECK(calib_geo_read(&again, once.s, once.len, "again", 0, &err) >= 0);
	CHECK(again.n == geo->n && again.ncomments <= geo->ncomments);
	CHECK(calib_geo_text(&twice, &again, full, &err) >= 0);
	for (size_t i = 0; i < geo->ncomments; i++)	/* the reader drops or empties these */
		kept &= strlen(geo->comment[i]) > 1;
	if (kept)
		CHECK(strcmp(once.s, twice.s) == 0);
	calib_geo_release(&again);
	calib_str_release(&twice);
	calib_str_release(&once);
}

/* In JSON what is no UTF-8 becomes U+FFFD, which is longer: such names may not fit any more. */
static bool is_plain(const struct calib_geo *geo)
{
	for (size_t i = 0; i < geo->n; i++)
		for (const char *p = geo->object[i].name; *p != '\0'; p++)
			if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
				return false;
	return true;
}

static void check_json(const struct calib_geo *geo)
{
	struct calib_str text = CALIB_STR_INIT;
	struct calib_geo again = CALIB_GEO_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	CHECK(calib_geojson_text(&text, geo, &err) >= 0);
	CHECK(calib_geojson_read(&again, text.s, text.len, "again", 0, &err) >= 0);
	CHECK(again.n == geo->n && again.ncomments == geo->ncomments);
	for (size_t i = 0; i < geo->n; i++)
		for (int k = 0; k < CALIB_GEO_NPARS; k++)
			CHECK(again.object[i].par[k] == geo->object[i].par[k]);
	calib_geo_release(&again);
	calib_str_release(&text);
}

static void try_crystfel(const char *bytes, size_t n, enum calib_crystfel_fit fit)
{
	struct calib_crystfel how = CALIB_CRYSTFEL_INIT;
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	double worst;
	bool mirrored;
	long rc;

	how.fit = fit;
	how.frame = CALIB_GEO_LAB;
	rc = calib_crystfel_read(&geo, &worst, &mirrored, bytes, n, "fuzz", &how, &err);
	fuzz_check_err(rc, &err);
	CHECK((rc >= 0) == (geo.n > 0));
	if (rc >= 0)
		check_tree(&geo);
	calib_geo_release(&geo);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	char *bytes = fuzz_copy(data, size);
	int rc;

	fuzz_begin();
	rc = calib_geo_read(&geo, bytes, size, "fuzz", 0, &err);
	fuzz_check_err(rc, &err);
	CHECK((rc >= 0) == (geo.n > 0));
	if (rc >= 0) {
		check_tree(&geo);
		check_text(&geo, false);
		check_text(&geo, true);
		if (is_plain(&geo))
			check_json(&geo);
	}
	calib_err_clear(&err);
	rc = calib_geojson_read(&geo, bytes, size, "fuzz", 0, &err);
	fuzz_check_err(rc, &err);
	if (rc >= 0)
		check_tree(&geo);
	calib_geo_release(&geo);
	try_crystfel(bytes, size, CALIB_CRYSTFEL_PSANA);
	try_crystfel(bytes, size, CALIB_CRYSTFEL_ALL);
	free(bytes);
	return 0;
}
