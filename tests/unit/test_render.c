/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_render.c - pictures: views, ranges, colours, spectra, PNG */
#include "test.h"

#include <zlib.h>

#include "base/in.h"
#include "json.h"
#include "render/png.h"
#include "render/spectrum.h"

static char *load(const char *name)
{
	char path[4096];
	const char *file = test_golden(name, path);
	void *bytes = NULL;
	size_t n;
	char *text;

	if (file == NULL)
		return NULL;
	assert_int_equal(calib_read_file(file, &bytes, &n, NULL), CALIB_OK);
	text = calloc(1, n + 1);
	assert_non_null(text);
	memcpy(text, bytes, n);
	free(bytes);
	return text;
}

/* ---- colour maps ---- */

static void maps_have_the_colours_of_the_tables(void **state)
{
	char *text = load("pictures/colormaps-256.tsv"), *line, *rest;
	char names[16][32];
	size_t n = 0, entries = 0;

	(void)state;
	if (text == NULL)
		skip();
	line = strtok_r(text, "\n", &rest);
	for (char *cell, *more; (cell = strtok_r(line, "\t", &more)) != NULL; line = NULL)
		snprintf(names[n++], 32, "%.31s", cell);
	while ((line = strtok_r(NULL, "\n", &rest)) != NULL) {
		char *more, *cell;

		assert_non_null(strtok_r(line, "\t", &more));
		for (size_t k = 1; k < n; k++) {
			struct calib_cmap map;
			char hex[8];

			cell = strtok_r(NULL, "\t", &more);
			assert_int_equal(calib_cmap_get(&map, names[k], NULL), CALIB_OK);
			assert_int_equal(map.n, 256);
			snprintf(hex, sizeof hex, "%02x%02x%02x", map.rgb[entries][0],
			         map.rgb[entries][1], map.rgb[entries][2]);
			assert_string_equal(hex, cell);
		}
		entries++;
	}
	assert_int_equal(entries, 256);
	assert_int_equal(n, 11);
	free(text);
}

static void other_maps_follow_their_rules(void **state)
{
	struct calib_cmap map, back;
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	/* hue 250 at the low end, blue with a little red; 1000 colours, the last near -20 */
	assert_int_equal(calib_cmap_get(&map, "lcls2-1", NULL), CALIB_OK);
	assert_int_equal(map.n, 1000);
	assert_memory_equal(map.rgb[0], ((uint8_t[]){43, 0, 255}), 3);
	assert_memory_equal(map.rgb[999], ((uint8_t[]){255, 0, 84}), 3);
	assert_int_equal(calib_cmap_get(&map, "LCLS2-7", NULL), CALIB_OK);
	assert_int_equal(map.n, 700);
	assert_memory_equal(map.rgb[0], ((uint8_t[]){0, 0, 0}), 3);
	assert_memory_equal(map.rgb[50], ((uint8_t[]){0, 0, 255}), 3);
	assert_memory_equal(map.rgb[250], ((uint8_t[]){255, 0, 127}), 3);
	assert_int_equal(calib_cmap_get(&map, "gray", NULL), CALIB_OK);
	assert_int_equal(calib_cmap_get(&back, "Gray_R", NULL), CALIB_OK);
	for (size_t i = 0; i < 256; i++)
		assert_memory_equal(map.rgb[i], back.rgb[255 - i], 3);
	assert_int_equal(calib_cmap_get(&map, "rainbow", &err), CALIB_ENOTFOUND);
	assert_non_null(strstr(err.msg, "viridis"));
	assert_int_equal(calib_cmap_get(&map, "_r", &err), CALIB_ENOTFOUND);
	for (size_t i = 0; calib_cmap_name(i) != NULL; i++)
		assert_int_equal(calib_cmap_get(&map, calib_cmap_name(i), NULL), CALIB_OK);
}

static void colours_are_chosen_as_matplotlib_does(void **state)
{
	(void)state;
	assert_int_equal(calib_cmap_index(256, 0), 0);
	assert_int_equal(calib_cmap_index(256, 1), 255);
	assert_int_equal(calib_cmap_index(256, 0.5), 128);
	assert_int_equal(calib_cmap_index(256, 0.4999999), 127);
	assert_int_equal(calib_cmap_index(256, -3), 0);
	assert_int_equal(calib_cmap_index(256, 7), 255);
}

/* ---- views ---- */

static uint32_t crc_of_view(const struct calib_view *v, size_t *gaps)
{
	uint32_t crc = (uint32_t)crc32(0, NULL, 0);

	*gaps = 0;
	for (size_t r = 0; r < v->rows; r++)
		for (size_t c = 0; c < v->cols; c++) {
			size_t i = calib_view_at(v, r, c) + 1;	/* of a gap: 0 */
			uint8_t le[4] = {(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16),
				(uint8_t)(i >> 24)};

			*gaps += i == 0;
			crc = (uint32_t)crc32(crc, le, 4);
		}
	return crc;
}

static void tables_are_those_of_calibman(void **state)
{
	static const struct { const char *name; int ndim; size_t dim[3]; } cases[] = {
		{"cspad", 2, {5920, 388}}, {"cspad", 3, {32, 185, 388}}, {"cspad", 1, {2296960}},
		{"cspad2x2-as-data", 3, {185, 388, 2}}, {"cspad2x2-natural", 2, {370, 388}},
		{"cspad2x2-natural", 3, {2, 185, 388}}};
	char *text = load("pictures/table-manifest.json");
	const char *p = text;
	struct json *all;

	(void)state;
	if (text == NULL)
		skip();
	all = json_value(&p);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct json *want = json_get(all, cases[i].name);
		struct calib_view v = CALIB_VIEW_INIT;
		struct calib_nda nda;
		char hex[9];
		size_t gaps;

		calib_nda_view(&nda, CALIB_U8, cases[i].ndim, cases[i].dim, NULL);
		assert_int_equal(calib_view_table(&v, &nda, NULL), CALIB_OK);
		snprintf(hex, sizeof hex, "%08x", crc_of_view(&v, &gaps));
		assert_string_equal(hex, json_get(want, "crc32_i32le")->text);
		if (json_get(want, "zeros") != NULL)
			assert_int_equal(gaps, (size_t)json_get(want, "zeros")->number);
		calib_view_release(&v);
	}
	json_free(all);
	free(text);
}

static void other_detectors_are_a_grid_near_a_square(void **state)
{
	static const struct { size_t dim[3], rows, cols; } cases[] = {
		{{16, 352, 384}, 4 * 352 + 18, 4 * 384 + 18}, {{8, 512, 1024}, 4 * 512 + 18, 2054},
		{{1, 10, 20}, 10, 20}, {{5, 10, 10}, 3 * 10 + 12, 26}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct calib_view v = CALIB_VIEW_INIT;
		struct calib_nda nda;

		calib_nda_view(&nda, CALIB_U8, 3, cases[i].dim, NULL);
		assert_int_equal(calib_view_table(&v, &nda, NULL), CALIB_OK);
		assert_int_equal(v.rows, cases[i].rows);
		assert_int_equal(v.cols, cases[i].cols);
		assert_int_equal(calib_view_at(&v, 0, 0), 0);
		calib_view_release(&v);
	}
}

/* Turned, mirrored and cut out: as numpy.rot90 of [[0 1 2] [3 4 5]], [:, ::-1] and [0:2, 1:2]. */
static void turns_and_windows_move_no_pixel_to_a_wrong_place(void **state)
{
	static const size_t turned[4][6] = {{0, 1, 2, 3, 4, 5}, {2, 5, 1, 4, 0, 3},
		{5, 4, 3, 2, 1, 0}, {3, 0, 4, 1, 5, 2}};
	struct calib_nda nda;

	(void)state;
	calib_nda_view(&nda, CALIB_U8, 2, (const size_t[]){2, 3}, NULL);
	for (int k = -4; k < 8; k++)
		for (int mirror = 0; mirror < 2; mirror++) {
			struct calib_view v = CALIB_VIEW_INIT;
			const size_t *want = turned[(k + 4) % 4];

			assert_int_equal(calib_view_flat(&v, &nda, NULL), CALIB_OK);
			calib_view_turn(&v, k, mirror != 0);
			assert_int_equal(v.rows, k % 2 == 0 ? 2 : 3);
			for (size_t r = 0; r < v.rows; r++)
				for (size_t c = 0; c < v.cols; c++)
					assert_int_equal(calib_view_at(&v, r, mirror
						? v.cols - 1 - c : c), want[r * v.cols + c]);
			assert_int_equal(calib_view_window(&v, 0, 2, 1, 2, NULL), CALIB_OK);
			assert_int_equal(v.rows * 10 + v.cols, 21);
			assert_int_equal(calib_view_at(&v, 1, 0),
			                 want[(k % 2 == 0 ? 3 : 2)
			                      + (mirror ? (k % 2 == 0 ? 1 : 0) : 1)]);
			assert_int_equal(calib_view_window(&v, 0, 3, 0, 1, NULL), CALIB_EINVAL);
			calib_view_release(&v);
		}
}

static void cells_of_a_geometry_hold_the_last_pixel(void **state)
{
	static const uint32_t row[4] = {0, 1, 1, 0}, col[4] = {2, 0, 0, 0};
	struct calib_view v = CALIB_VIEW_INIT;

	(void)state;
	assert_int_equal(calib_view_cells(&v, 2, 3, row, col, 4, NULL), CALIB_OK);
	assert_int_equal(calib_view_at(&v, 0, 2), 0);
	assert_int_equal(calib_view_at(&v, 1, 0), 2);
	assert_int_equal(calib_view_at(&v, 0, 0), 3);
	assert_true(calib_view_at(&v, 1, 1) == CALIB_NO_PIXEL);
	assert_int_equal(calib_view_cells(&v, 1, 3, row, col, 4, NULL), CALIB_ESHAPE);
	calib_view_release(&v);
}

/* ---- pictures ---- */

static void picture_of(struct calib_picture *p, const struct calib_nda *nda, const uint8_t *bad,
                       size_t shrink)
{
	struct calib_view v = CALIB_VIEW_INIT;

	assert_int_equal(calib_view_flat(&v, nda, NULL), CALIB_OK);
	assert_int_equal(calib_picture_make(p, &(struct calib_picture_source){&v, nda, NULL, bad},
	                                    shrink, NULL), CALIB_OK);
	calib_view_release(&v);
}

static void cells_are_means_of_good_pixels(void **state)
{
	double value[3 * 5] = {1, 3, NAN, 7, 9, 2, 4, NAN, 1, 1, 5, 5, 5, 5, INFINITY};
	static const uint8_t bad[15] = {0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1};
	struct calib_picture p = CALIB_PICTURE_INIT;
	struct calib_nda nda;

	(void)state;
	calib_nda_view(&nda, CALIB_F64, 2, (const size_t[]){3, 5}, value);
	picture_of(&p, &nda, bad, 2);
	assert_int_equal(p.rows * 10 + p.cols, 23);
	assert_true(p.value[0] == (1. + 2 + 4) / 3);
	assert_true(p.value[1] == 7);			/* a NaN and a bad one left out */
	assert_true(p.value[2] == 5);
	assert_int_equal(p.cell[3], CALIB_CELL_BAD);	/* 5 5, both bad */
	assert_true(p.value[4] == 5);
	assert_int_equal(p.cell[5], CALIB_CELL_NAN);
	assert_int_equal(p.count[CALIB_CELL_GOOD], 4);
	assert_false(p.integer);
	picture_of(&p, &nda, bad, 1);
	assert_true(p.integer);
	assert_int_equal(p.count[CALIB_CELL_NAN], 3);
	assert_int_equal(p.count[CALIB_CELL_BAD], 4);
	calib_picture_release(&p);
}

static void ranges_are_those_of_the_rules(void **state)
{
	static const struct { const char *rule; double lo, hi; } cases[] = {
		/* of 0 .. 999 in tenths: quantiles floor(0.005*999)=4, ceil(0.995*999)=995 */
		{"auto", 0, 99.9}, {"minmax", 0, 99.9}, {"-3:7.5", -3, 7.5},
		{"q:0.1:0.9", 9.9, 90.0}, {"sigma:-1:1", 49.95 - 28.86749902, 49.95 + 28.86749902},
		{"reference", -4.995, 104.895}};
	static const char *const wrong[] = {"", "1", "2:1", "q:0.9:0.1", "q:-1:1", "q:0:2", "1:2:3",
		"sigma:1:1", "nan:1", "minmax ", "0:inf", "a:b"};
	double value[1000], range[2];
	struct calib_picture p = CALIB_PICTURE_INIT;
	struct calib_scale s;
	struct calib_nda nda;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		value[i * 7 % 1000] = (double)i / 10;
	calib_nda_view(&nda, CALIB_F64, 2, (const size_t[]){10, 100}, value);
	picture_of(&p, &nda, NULL, 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(calib_scale_parse(&s, cases[i].rule, NULL), CALIB_OK);
		assert_int_equal(calib_scale_range(range, &s, &p, NULL), CALIB_OK);
		assert_true(fabs(range[0] - cases[i].lo) < 1e-6);
		assert_true(fabs(range[1] - cases[i].hi) < 1e-6);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(calib_scale_parse(&s, wrong[i], NULL), CALIB_EINVAL);
	/* one hot pixel does not take the colours from the others */
	value[500] = 1e6;
	picture_of(&p, &nda, NULL, 1);
	s.kind = CALIB_SCALE_AUTO;
	assert_int_equal(calib_scale_range(range, &s, &p, NULL), CALIB_OK);
	assert_true(range[1] > 99 && range[1] < 120);
	/* a mask keeps its extremes, equal values half a unit */
	for (size_t i = 0; i < 1000; i++)
		value[i] = i == 3 ? 64 : 0;
	picture_of(&p, &nda, NULL, 1);
	assert_int_equal(calib_scale_range(range, &s, &p, NULL), CALIB_OK);
	assert_true(range[0] == 0 && range[1] == 64);
	value[3] = 0;
	picture_of(&p, &nda, NULL, 1);
	assert_int_equal(calib_scale_range(range, &s, &p, NULL), CALIB_OK);
	assert_true(range[0] == -0.5 && range[1] == 0.5);
	calib_picture_release(&p);
}

static void every_kind_of_cell_has_its_index(void **state)
{
	double value[8] = {-1, 0, 0.5, 1, 2, NAN, 3, 0.999999};
	static const uint8_t bad[8] = {0, 0, 0, 0, 0, 0, 1, 0}, want[8] = {CALIB_INDEX_BELOW,
		CALIB_INDEX_FIRST, CALIB_INDEX_FIRST + 125, 255, CALIB_INDEX_ABOVE, CALIB_INDEX_NAN,
		CALIB_INDEX_BAD, 255};
	struct calib_colours c = CALIB_COLOURS_INIT;
	struct calib_picture p = CALIB_PICTURE_INIT;
	uint8_t index[8], rgb[256][3];
	struct calib_cmap map;
	struct calib_nda nda;

	(void)state;
	calib_nda_view(&nda, CALIB_F64, 1, (const size_t[]){8}, value);
	picture_of(&p, &nda, bad, 1);
	calib_picture_index(index, &p, &c);
	assert_memory_equal(index, want, 8);
	/* logarithm: what is not positive is below, the ends are above 0 */
	c = (struct calib_colours){{0, 2}, true, 1};
	calib_colours_log(&c, &p);
	assert_true(c.range[0] == 0.5 && c.range[1] == 2);
	calib_picture_index(index, &p, &c);
	assert_int_equal(index[0], CALIB_INDEX_BELOW);
	assert_int_equal(index[1], CALIB_INDEX_BELOW);
	assert_int_equal(index[2], CALIB_INDEX_FIRST);
	assert_int_equal(index[3], CALIB_INDEX_FIRST + 125);	/* the middle of 0.5 and 2 */
	assert_int_equal(index[4], 255);
	assert_int_equal(calib_cmap_get(&map, "hot", NULL), CALIB_OK);
	calib_palette(rgb, &map, 0xff00ff, -1, 0x010203);
	assert_memory_equal(rgb[CALIB_INDEX_BAD], ((uint8_t[]){255, 0, 255}), 3);
	assert_memory_equal(rgb[CALIB_INDEX_BELOW], map.rgb[0], 3);
	assert_memory_equal(rgb[CALIB_INDEX_ABOVE], ((uint8_t[]){1, 2, 3}), 3);
	assert_memory_equal(rgb[255], map.rgb[255], 3);
	calib_picture_release(&p);
}

/* ---- spectra ---- */

static size_t numbers(double *v, size_t room, const char *text)
{
	size_t n = 0;

	for (char *end; n < room; text = end, n++) {
		v[n] = strtod(text, &end);
		if (end == text)
			break;
		v[n] = (double)(float)v[n];	/* the reference had float32 */
	}
	return n;
}

static void close_to(double got, double want, double by)
{
	if (!(fabs(got - want) <= by * (1 + fabs(want)))) {
		print_error("got %.12g, expected %.12g\n", got, want);
		fail();
	}
}

static void check_spectrum(const struct json *want, const double *v, size_t n)
{
	const struct json *range = json_get(want, "range");
	struct calib_spectrum s = CALIB_SPECTRUM_INIT;
	struct calib_spectrum_stat stat;
	double lo = INFINITY, hi = -INFINITY;
	size_t k = 0, other = 0;

	for (size_t i = 0; i < n; i++) {
		lo = fmin(lo, v[i]);
		hi = fmax(hi, v[i]);
	}
	if (range != NULL && range->child != NULL) {
		lo = json_get(want, "first_edge")->number;
		hi = json_get(want, "last_edge")->number;
	}
	assert_int_equal(calib_spectrum_begin(&s, lo, hi, (size_t)json_num(want, "bins"), NULL),
	                 CALIB_OK);
	calib_spectrum_add(&s, v, n);
	for (const struct json *c = json_get(want, "counts")->child; c != NULL; c = c->next, k++)
		other += fabs((double)s.count[k] - c->number) > 0;
	assert_int_equal(k, s.nbins);
	/* the reference's edges are float32: a value on one may count in the bin beside it */
	assert_true(other <= 2);
	stat = calib_spectrum_reference(&s);
	close_to(stat.mean, json_get(want, "mean")->number, 1e-6);
	close_to(stat.rms, json_get(want, "rms")->number, 1e-6);
	close_to(stat.mean_err, json_get(want, "err_mean")->number, 1e-4);
	close_to(stat.rms_err, json_get(want, "err_rms")->number, 1e-4);
	close_to(stat.skew, json_get(want, "skew")->number, 1e-4);
	close_to(stat.kurtosis, json_get(want, "kurt")->number, 1e-4);
	close_to(stat.entries, json_get(want, "sum_w")->number, 1e-3);
	calib_spectrum_release(&s);
}

static void statistics_are_those_of_the_reference(void **state)
{
	char *text = load("pictures/stat-manifest.json");
	static double v[100000];
	const char *p = text;
	struct json *all;
	size_t cases = 0;

	(void)state;
	if (text == NULL)
		skip();
	all = json_value(&p);
	for (const struct json *c = all->child; c != NULL; c = c->next, cases++) {
		char name[64], *data;

		snprintf(name, sizeof name, "pictures/%.40s", json_get(c, "data")->text);
		data = load(name);
		assert_non_null(data);
		check_spectrum(c, v, numbers(v, 100000, data));
		free(data);
	}
	assert_true(cases >= 8);
	json_free(all);
	free(text);
}

static void whole_numbers_make_no_comb(void **state)
{
	double value[1000], range[2] = {0, 0};
	struct calib_spectrum s = CALIB_SPECTRUM_INIT;
	struct calib_picture p = CALIB_PICTURE_INIT;
	struct calib_spectrum_stat stat;
	struct calib_nda nda;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		value[i] = (double)(i % 50);
	calib_nda_view(&nda, CALIB_F64, 2, (const size_t[]){10, 100}, value);
	picture_of(&p, &nda, NULL, 1);
	range[1] = 49;
	assert_int_equal(calib_spectrum_of(&s, &p, range, 0, NULL), CALIB_OK);
	assert_int_equal(s.nbins, 50);
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(s.count[i], 20);
	for (size_t i = 0; i < 1000; i++)
		value[i] = (double)i;
	picture_of(&p, &nda, NULL, 1);
	range[1] = 999;
	assert_int_equal(calib_spectrum_of(&s, &p, range, 0, NULL), CALIB_OK);
	assert_int_equal(s.nbins, 100);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(s.count[i], 10);
	range[0] = 10;
	range[1] = 19;
	stat = calib_picture_stat(&p, range);
	close_to(stat.entries, 10, 0);
	close_to(stat.mean, 14.5, 1e-12);
	close_to(stat.rms, sqrt(99. / 12), 1e-12);
	close_to(stat.mean_err, sqrt(99. / 120), 1e-12);
	calib_spectrum_release(&s);
	calib_picture_release(&p);
}

/* ---- PNG ---- */

static void a_png_comes_back_pixel_by_pixel(void **state)
{
	static const struct calib_png_text texts[] = {{"Title", "a \xc2\xb5m"}};
	uint8_t index[6] = {0, 1, 2, 3, 4, 255}, rgb[256][3], *bytes, *again, *grey;
	struct calib_png png = {2, 3, index, rgb, true, NULL, 3, texts, 1};
	size_t n, m, rows, cols;

	(void)state;
	for (size_t i = 0; i < 256; i++)
		memset(rgb[i], (int)(255 - i), 3);
	assert_int_equal(calib_png_encode(&png, &bytes, &n, NULL), CALIB_OK);
	assert_int_equal(calib_png_encode(&png, &again, &m, NULL), CALIB_OK);
	assert_true(n == m && memcmp(bytes, again, n) == 0);
	assert_int_equal(calib_png_decode(&grey, &rows, &cols, bytes, n, "x", NULL), CALIB_OK);
	assert_int_equal(rows, 6);
	assert_int_equal(cols, 9);
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++) {
			uint8_t i = index[r / 3 * 3 + c / 3];

			assert_int_equal(grey[r * cols + c], i == 0 ? 0 : 255 - i);
		}
	free(grey);
	free(again);
	for (size_t cut = 0; cut < n; cut += 7) {	/* cut off anywhere: said so, no crash */
		struct calib_err err = CALIB_ERR_INIT;

		assert_int_equal(calib_png_decode(&grey, &rows, &cols, bytes, cut, "x.png", &err),
		                 CALIB_EFORMAT);
		assert_memory_equal(err.msg, "x.png: is no PNG", 16);
	}
	free(bytes);
}

static void sixteen_bits_of_grey_are_kept(void **state)
{
	uint16_t grey[4] = {0, 255, 256, 65535};
	struct calib_png png = {.rows = 2, .cols = 2, .grey = grey};
	uint8_t *bytes, *back;
	size_t n, rows, cols;

	(void)state;
	assert_int_equal(calib_png_encode(&png, &bytes, &n, NULL), CALIB_OK);
	assert_int_equal(bytes[24], 16);		/* bit depth in IHDR */
	assert_int_equal(calib_png_decode(&back, &rows, &cols, bytes, n, "x", NULL), CALIB_OK);
	assert_memory_equal(back, ((uint8_t[]){0, 1, 1, 255}), 4);
	free(back);
	free(bytes);
	png.rows = 0;
	assert_int_equal(calib_png_encode(&png, &bytes, &n, NULL), CALIB_ESHAPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_have_the_colours_of_the_tables),
		cmocka_unit_test(other_maps_follow_their_rules),
		cmocka_unit_test(colours_are_chosen_as_matplotlib_does),
		cmocka_unit_test(tables_are_those_of_calibman),
		cmocka_unit_test(other_detectors_are_a_grid_near_a_square),
		cmocka_unit_test(turns_and_windows_move_no_pixel_to_a_wrong_place),
		cmocka_unit_test(cells_of_a_geometry_hold_the_last_pixel),
		cmocka_unit_test(cells_are_means_of_good_pixels),
		cmocka_unit_test(ranges_are_those_of_the_rules),
		cmocka_unit_test(every_kind_of_cell_has_its_index),
		cmocka_unit_test(statistics_are_those_of_the_reference),
		cmocka_unit_test(whole_numbers_make_no_comb),
		cmocka_unit_test(a_png_comes_back_pixel_by_pixel),
		cmocka_unit_test(sixteen_bits_of_grey_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
