/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_geo_golden.c - every geometry file of the golden data: tree, coordinates,
 * indexes, images, areas, masks bit by bit as the reference has them, and the file written back */
#include "test.h"

#include "base/in.h"
#include "geo/coords.h"
#include "json.h"
#include "sha256.h"

static struct json *load_gz(const char *name)
{
	char path[4096];
	struct calib_str text = CALIB_STR_INIT;
	struct json *v;
	const char *p;

	if (test_golden(name, path) == NULL)
		return NULL;
	assert_int_equal(calib_in_text(path, &text, NULL), CALIB_OK);
	p = text.s;
	v = json_value(&p);
	calib_str_release(&text);
	return v;
}

static const struct json *item(const struct json *list, size_t i)
{
	const struct json *c = list ? list->child : NULL;

	for (; c != NULL && i > 0; i--)
		c = c->next;
	return c;
}

static size_t count(const struct json *list)
{
	size_t n = 0;

	for (const struct json *c = list ? list->child : NULL; c != NULL; c = c->next)
		n++;
	return n;
}

static long whole(const struct json *v, const char *key, long otherwise)
{
	const struct json *c = json_get(v, key);

	return c && c->kind == '#' ? (long)c->number : otherwise;
}

/* Where a point of sensor s is taken from: its place as if the sensors stood one behind the other,
 * also for the CSPAD2x2, whose order differs. */
static size_t element(const struct calib_geo_layout *l, size_t s, const struct json *rc)
{
	size_t i = (size_t)item(rc, 0)->number * l->cols + (size_t)item(rc, 1)->number;

	return s * l->rows * l->cols + i;
}

static void same_number(const char *what, double got, double want)
{
	if (got != want) {
		print_error("%s: %.17g, expected %.17g\n", what, got, want);
		fail();
	}
}

/* Sums are formed in another order there (exactly). */
static void check_range(const char *what, const double *v, size_t n, const struct json *want)
{
	double min = v[0], max = v[0], sum = 0, lost = 0, size = 0;

	for (size_t i = 0; i < n; i++) {
		double y = v[i] - lost, t = sum + y;

		lost = (t - sum) - y;
		sum = t;
		size += fabs(v[i]);
		min = v[i] < min ? v[i] : min;
		max = v[i] > max ? v[i] : max;
	}
	same_number(what, min, json_num(want, "min") == -1 ? min : json_get(want, "min")->number);
	same_number(what, max, json_get(want, "max")->number);
	if (fabs(sum - json_get(want, "sum")->number) > 1e-9 * size) {
		print_error("%s: sum %.17g, expected %.17g\n", what, sum,
		            json_get(want, "sum")->number);
		fail();
	}
}

static void check_tree(const struct calib_geo *geo, const struct json *tree)
{
	static const char *const keys[] = {"x0", "y0", "z0", "rot_z", "rot_y", "rot_x", "tilt_z",
		"tilt_y", "tilt_x"};

	assert_int_equal(geo->n, count(tree));
	for (size_t i = 0; i < geo->n; i++) {
		const struct json *t = item(tree, i);
		const struct calib_geo_object *o = &geo->object[i];

		assert_string_equal(o->name, json_str(t, "object"));
		assert_string_equal(o->parent ? o->parent : "", json_str(t, "parent"));
		assert_int_equal(o->index, whole(t, "oind", -1));
		assert_int_equal(o->nchildren, whole(t, "nchildren", -1));
		assert_int_equal(calib_geo_is_seg(geo, i), json_true(t, "is_segment"));
		for (int k = 0; k < CALIB_GEO_NPARS; k++)
			same_number(keys[k], o->par[k], json_get(t, keys[k])->number);
	}
}

static void check_coords(const struct calib_geo *geo, const struct calib_geo_layout *l,
                         const struct json *top)
{
	const struct json *points = json_get(top, "coord_points_row_col");
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	const struct json *list = json_get(top, "coords");

	assert_true(count(list) == 4);
	for (const struct json *c = list->child; c != NULL; c = c->next) {
		struct calib_geo_view view = {(enum calib_geo_frame)whole(c, "cframe", 0),
			!json_true(c, "do_tilt"), false};

		assert_int_equal(calib_geo_coords(xyz, geo, l, &view, NULL), CALIB_OK);
		for (int k = 0; k < 3; k++) {
			const double *v = xyz[k].data;

			check_range("XYZ", v, l->size,
				    json_get(c, (const char *[]){"X", "Y", "Z"}[k]));
			for (size_t s = 0; s < l->n; s++)
				for (size_t p = 0; p < count(points); p++)
					same_number("point", v[element(l, s, item(points, p))],
					            item(item(item(json_get(c, "segments"), s), p),
					                 (size_t)k)->number);
		}
	}
	for (int k = 0; k < 3; k++)
		calib_nda_release(&xyz[k]);
}

static void check_index(const char *what, const struct calib_nda *index, const struct json *want,
                        bool every_bit)
{
	const uint32_t *v = index->data;
	uint32_t min = v[0], max = 0;
	double sum = 0;
	char hex[65];

	for (size_t i = 0; i < index->size; i++) {
		min = v[i] < min ? v[i] : min;
		max = v[i] > max ? v[i] : max;
		sum += v[i];
	}
	same_number(what, min, json_num(want, "min"));
	same_number(what, max, json_num(want, "max"));
	same_number(what, sum, json_num(want, "sum"));
	if (!every_bit)
		return;
	sha256_hex(v, index->size * sizeof *v, hex);
	assert_string_equal(hex, json_str(want, "sha256_u32le"));
}

static void check_indexes(const struct calib_geo *geo, const struct calib_geo_layout *l,
                          const struct json *top)
{
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	struct calib_nda rows = CALIB_NDA_INIT, cols = CALIB_NDA_INIT;

	size_t sets = 0;

	assert_true(count(json_get(top, "indexes")) == 7);
	for (const struct json *c = json_get(top, "indexes")->child; c != NULL; c = c->next) {
		const struct json *args = json_get(c, "args"), *off = json_get(args, "xy0_off_pix");
		const struct json *tilt = json_get(args, "do_tilt"), *pix;
		enum calib_geo_frame frame = (enum calib_geo_frame)whole(args, "cframe", 0);
		struct calib_geo_view view = {frame, tilt != NULL && tilt->kind == 'f', false};
		struct calib_geo_grid grid = {l->scale, {0, 0}, frame};
		double point[2];

		pix = json_get(args, "pix_scale_size_um");
		grid.pix = pix != NULL ? pix->number : grid.pix;
		for (size_t i = 0; i < 2 && off != NULL; i++)
			grid.offset[i] = (long)item(off, i)->number;
		assert_int_equal(calib_geo_coords(xyz, geo, l, &view, NULL), CALIB_OK);
		assert_int_equal(calib_geo_index(&rows, &cols, xyz, &grid, NULL), CALIB_OK);
		/* hashing takes most of the time: of large detectors a part of the sets */
		check_index("rows", &rows, json_get(c, "rows"), l->size < 3000000 || sets < 3);
		check_index("cols", &cols, json_get(c, "cols"), l->size < 3000000 || sets < 3);
		sets++;
		calib_geo_point(point, xyz, &grid, 0, 0, false);
		for (size_t i = 0; i < 2; i++)
			same_number("point00", point[i], item(json_get(c, "point00"), i)->number);
		calib_geo_point(point, xyz, &grid, 0, 0, true);
		for (size_t i = 0; i < 2; i++)
			same_number("point00_fract", point[i],
			            item(json_get(c, "point00_fract"), i)->number);
	}
	for (int k = 0; k < 3; k++)
		calib_nda_release(&xyz[k]);
	calib_nda_release(&rows);
	calib_nda_release(&cols);
}

static void check_image(const struct calib_geo *geo, const struct calib_geo_layout *l,
                        const struct json *top)
{
	const struct json *want = json_get(top, "image");
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	struct calib_nda rows = CALIB_NDA_INIT, cols = CALIB_NDA_INIT, image = CALIB_NDA_INIT;
	struct calib_nda weights = CALIB_NDA_INIT, back = CALIB_NDA_INIT;
	struct calib_geo_grid grid = {l->scale, {0, 0}, CALIB_GEO_PSANA};
	char hex[65];

	assert_int_equal(calib_geo_coords(xyz, geo, l, &(struct calib_geo_view){0}, NULL),
			 CALIB_OK);
	assert_int_equal(calib_geo_index(&rows, &cols, xyz, &grid, NULL), CALIB_OK);
	assert_int_equal(calib_nda_alloc(&weights, CALIB_F64, 1, &l->size, NULL), CALIB_OK);
	for (size_t i = 0; i < l->size; i++)
		((double *)weights.data)[i] = (double)(i % 65521);
	assert_int_equal(calib_geo_image(&image, &rows, &cols, &weights, 0, NULL), CALIB_OK);
	assert_int_equal(image.dim[0], item(json_get(want, "shape"), 0)->number);
	assert_int_equal(image.dim[1], item(json_get(want, "shape"), 1)->number);
	sha256_hex(image.data, image.size * sizeof(float), hex);
	assert_string_equal(hex, json_str(want, "sha256_f32le"));
	/* the way back: a pixel gets its own value or that of the one drawn over it */
	assert_int_equal(calib_geo_from_image(&back, &rows, &cols, &image, NULL), CALIB_OK);
	assert_int_equal(back.size, l->size);
	same_number("last pixel", ((float *)back.data)[l->size - 1],
		    (double)((l->size - 1) % 65521));
	for (int k = 0; k < 3; k++)
		calib_nda_release(&xyz[k]);
	calib_nda_release(&rows);
	calib_nda_release(&cols);
	calib_nda_release(&image);
	calib_nda_release(&weights);
	calib_nda_release(&back);
}

static void check_areas(const struct calib_geo *geo, const struct calib_geo_layout *l,
                        const struct json *top)
{
	const struct json *want = json_get(top, "areas");
	struct calib_nda areas = CALIB_NDA_INIT;
	const double *v;

	assert_int_equal(calib_geo_areas(&areas, geo, l, NULL), CALIB_OK);
	v = areas.data;
	for (const struct json *c = json_get(want, "raw_distinct")->child; c != NULL; c = c->next) {
		double value = strtod(c->text, NULL), found = 0, expected = -1;

		for (const struct json *n = json_get(want, "values")->child; n != NULL; n = n->next)
			if (fabs(item(n, 0)->number - value) < 1e-9)
				expected = item(n, 1)->number;
		for (size_t i = 0; i < areas.size; i++)
			found += v[i] == value;
		same_number("pixels of an area", found, expected);
	}
	calib_nda_release(&areas);
}

static void check_masks(const struct calib_geo *geo, const struct calib_geo_layout *l,
                        const struct json *top)
{
	struct calib_nda mask = CALIB_NDA_INIT;
	char hex[65];

	assert_true(count(json_get(top, "masks")) == 17);
	for (const struct json *c = json_get(top, "masks")->child; c != NULL; c = c->next) {
		const struct json *args = json_get(c, "args");

		assert_int_equal(calib_geo_mask(&mask, geo, l, (int)whole(args, "mbits", 255),
						(size_t)whole(args, "width", 1),
						(size_t)whole(args, "wcentral", 1), NULL),
				 CALIB_OK);
		sha256_hex(mask.data, mask.size, hex);
		assert_string_equal(hex, json_str(c, "sha256_u8"));
	}
	calib_nda_release(&mask);
}

static void check_at_z(const struct calib_geo *geo, const struct calib_geo_layout *l,
                       const struct json *top)
{
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	struct calib_nda rows = CALIB_NDA_INIT, cols = CALIB_NDA_INIT;
	struct calib_geo_grid grid = {l->scale, {0, 0}, CALIB_GEO_PSANA};

	for (const struct json *c = json_get(top, "xy_at_z")->child; c != NULL; c = c->next) {
		const struct json *z = json_get(c, "zplane");

		assert_int_equal(calib_geo_coords(xyz, geo, l, &(struct calib_geo_view){0}, NULL),
		                 CALIB_OK);
		calib_geo_at_z(xyz, z->kind == '#' ? z->number : NAN);
		for (size_t k = 0; k < 2; k++) {
			const struct json *want = json_get(c, k ? "Y" : "X");
			const double *v = xyz[k].data;
			double min = INFINITY, max = -INFINITY, want_max;

			for (size_t i = 0; i < l->size; i++) {
				min = fmin(min, v[i]);
				max = fmax(max, v[i]);
			}
			/* the last digits of the mean of z depend on the order of a sum */
			want_max = json_get(want, "max")->number;
			assert_true(fabs(max - want_max) <= 1e-9 * fabs(want_max) + 1e-9);
			assert_true(fabs(min - json_get(want, "min")->number)
				    <= 1e-9 * fabs(want_max) + 1e-9);
		}
		assert_int_equal(calib_geo_index(&rows, &cols, xyz, &grid, NULL), CALIB_OK);
		for (size_t k = 0; k < 2; k++) {
			const struct calib_nda *index = k ? &cols : &rows;
			const uint32_t *v = index->data;
			double sum = 0, max = 0;

			for (size_t i = 0; i < index->size; i++) {
				sum += v[i];
				max = fmax(max, v[i]);
			}
			same_number("max index at z", max,
				    json_num(c, k ? "cols_max" : "rows_max"));
			same_number("indexes at z", sum, json_num(c, k ? "cols_sum" : "rows_sum"));
		}
	}
	for (int k = 0; k < 3; k++)
		calib_nda_release(&xyz[k]);
	calib_nda_release(&rows);
	calib_nda_release(&cols);
}

static void check_saved(const struct calib_geo *geo, const char *name)
{
	struct calib_str got = CALIB_STR_INIT, want = CALIB_STR_INIT;
	char path[4096], file[128];

	snprintf(file, sizeof file, "geometry/saved/%s.data", name);
	assert_non_null(test_golden(file, path));
	assert_int_equal(calib_in_text(path, &want, NULL), CALIB_OK);
	assert_int_equal(calib_geo_text(&got, geo, false, NULL), CALIB_OK);
	assert_string_equal(got.s, want.s);
	calib_str_release(&got);
	calib_str_release(&want);
}

static const char *const names[] = {"cspad", "cspad2x2", "epix100a", "epix10ka", "epix10ka2m",
	"epix10kaquad", "jungfrau05m", "jungfrau1m", "jungfrau4m", "pnccd", "real-cspad-cxi",
	"real-jungfrau4m-v1", "real-pnccd-amo", "real-rayonix-117um", "real-rayonix-mtrxv1",
	"real-rayonix-mtrxv2"};

/* Load the file a golden name stands for, its layout and expectations. */
static struct json *begin(const char *name, struct calib_geo *geo, struct calib_geo_layout *l)
{
	char path[4096], file[128];
	struct calib_err err = CALIB_ERR_INIT;
	struct json *top;

	snprintf(file, sizeof file, "geometry/json/%s.json.gz", name);
	top = load_gz(file);
	if (top == NULL)
		skip();
	snprintf(file, sizeof file,
		 strncmp(name, "real-", 5) ? "geometry/defaults/geometry-def-%s.data"
					   : "geometry/real/%s.data",
		 strncmp(name, "real-", 5) ? name : name + 5);
	assert_non_null(test_golden(file, path));
	if (calib_geo_load(geo, path, 0, &err) < 0
	    || calib_geo_layout(l, geo, geo->top, &err) < 0)
		print_error("%s\n", err.msg);
	assert_int_equal(err.code, CALIB_OK);
	return top;
}

static void all_files(void (*check)(const struct calib_geo *, const struct calib_geo_layout *,
                                    const struct json *))
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct calib_geo geo = CALIB_GEO_INIT;
		struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
		struct json *top = begin(names[i], &geo, &l);

		print_message("%s\n", names[i]);
		check(&geo, &l, top);
		calib_geo_layout_release(&l);
		calib_geo_release(&geo);
		json_free(top);
	}
}

static void tree_and_sizes(const struct calib_geo *geo, const struct calib_geo_layout *l,
                           const struct json *top)
{
	const struct json *shape = json_get(top, "seg_shape");

	check_tree(geo, json_get(top, "tree"));
	assert_int_equal(geo->top, geo->n - 1);
	assert_int_equal(l->rows, item(shape, 0)->number);
	assert_int_equal(l->cols, item(shape, 1)->number);
	same_number("size", (double)l->size, json_num(top, "size"));
	same_number("scale", l->scale, json_num(top, "pixel_scale_size"));
}

static void trees_are_built(void **state) { (void)state; all_files(tree_and_sizes); }
static void coordinates_agree(void **state) { (void)state; all_files(check_coords); }
static void indexes_agree(void **state) { (void)state; all_files(check_indexes); }
static void images_agree(void **state) { (void)state; all_files(check_image); }
static void areas_agree(void **state) { (void)state; all_files(check_areas); }
static void masks_agree(void **state) { (void)state; all_files(check_masks); }
static void projections_agree(void **state) { (void)state; all_files(check_at_z); }

static void files_are_written_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct calib_geo geo = CALIB_GEO_INIT;
		struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
		struct json *top = begin(names[i], &geo, &l);

		check_saved(&geo, names[i]);
		calib_geo_layout_release(&l);
		calib_geo_release(&geo);
		json_free(top);
	}
}

/* LCLS-II: other wide pixels, and the wide pixels of the Jungfrau. */
static void lcls2_agrees(void **state)
{
	struct json *all = load_gz("geometry/json/lcls2-defaults.json.gz");
	size_t done = 0;

	(void)state;
	if (all == NULL)
		skip();
	for (const struct json *top = all->child; top != NULL; top = top->next) {
		struct calib_geo geo = CALIB_GEO_INIT;
		struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
		struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
		struct calib_nda mask = CALIB_NDA_INIT;
		const struct json *points = json_get(top, "points");
		char path[4096], file[128];
		double masked = 0;

		if (strcmp(json_str(top, "load"), "ok") != 0)
			continue;
		print_message("%s\n", top->key);
		snprintf(file, sizeof file, "geometry/defaults-lcls2/geometry-def-%s.data",
			 top->key);
		assert_non_null(test_golden(file, path));
		assert_int_equal(calib_geo_load(&geo, path, CALIB_SEG_LCLS2, NULL), CALIB_OK);
		assert_int_equal(calib_geo_layout(&l, &geo, geo.top, NULL), CALIB_OK);
		assert_int_equal(calib_geo_coords(xyz, &geo, &l, &(struct calib_geo_view){0}, NULL),
		                 CALIB_OK);
		for (int k = 0; k < 3; k++) {
			check_range("XYZ", xyz[k].data, l.size,
			            json_get(top, (const char *[]){"X", "Y", "Z"}[k]));
			for (size_t s = 0; s < l.n; s++)
				for (size_t p = 0; p < count(points); p++)
					same_number("point", ((double *)xyz[k].data)[element(&l, s,
					            item(points, p))], item(item(item(json_get(top,
					            "segments"), s), p), (size_t)k)->number);
		}
		assert_int_equal(calib_geo_mask(&mask, &geo, &l, 3, 1, 1, NULL), CALIB_OK);
		for (size_t i = 0; i < l.size; i++)
			masked += ((uint8_t *)mask.data)[i] == 0;
		if (json_num(top, "mask_default_masked") > 0)
			same_number("masked", masked, json_num(top, "mask_default_masked"));
		for (int k = 0; k < 3; k++)
			calib_nda_release(&xyz[k]);
		calib_nda_release(&mask);
		calib_geo_layout_release(&l);
		calib_geo_release(&geo);
		done++;
	}
	assert_int_equal(done, 11);
	json_free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees_are_built), cmocka_unit_test(coordinates_agree),
		cmocka_unit_test(indexes_agree), cmocka_unit_test(images_agree),
		cmocka_unit_test(areas_agree), cmocka_unit_test(masks_agree),
		cmocka_unit_test(projections_agree), cmocka_unit_test(files_are_written_back),
		cmocka_unit_test(lcls2_agrees),
	};

	return cmocka_run_group_tests_name("geo_golden", tests, NULL, NULL);
}
