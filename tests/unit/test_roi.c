/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_roi.c - shapes of all forms against the masks of the reference, pixel by pixel */
#include "test.h"

#include <zlib.h>

#include "base/in.h"
#include "form/shapes.h"
#include "json.h"
#include "render/view.h"

static char *load(const char *name, size_t *n)
{
	char path[4096];
	const char *file = test_golden(name, path);
	struct calib_in *in = NULL;
	char *text = calloc(1, 1 << 20);
	size_t got = 0;

	if (file == NULL) {
		free(text);
		return NULL;
	}
	assert_int_equal(calib_in_open(&in, file, NULL), CALIB_OK);
	for (long k; (k = calib_in_read(in, text + got, (1 << 20) - 1 - got, NULL)) > 0;)
		got += (size_t)k;
	calib_in_close(in);
	if (n != NULL)
		*n = got;
	return text;
}

static void read_shapes(struct calib_shapes *s, const char *name)
{
	struct calib_err err = CALIB_ERR_INIT;
	size_t n;
	char *text = load(name, &n);

	assert_non_null(text);
	if (calib_shapes_read(s, text, n, name, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	free(text);
}

/* Mask of shapes on an image. */
static void draw(uint8_t *mask, const struct calib_shapes *s, size_t rows, size_t cols)
{
	struct calib_roi_grid grid = {rows, cols, 1, cols};
	bool keep = false;

	memset(mask, 0, rows * cols);
	for (size_t i = 0; i < s->n; i++) {
		assert_true(calib_roi_draw(mask, &grid, &s->list[i], NULL) >= 0);
		keep = keep || s->list[i].role == CALIB_ROI_KEEP;
	}
	calib_roi_mask(mask, rows * cols, keep);
}

static size_t sum(const uint8_t *mask, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += mask[i];
	return k;
}

/* Turned back as CorAna does: by 0, 270, 180, 90, or by N and upside down. */
static void turn_back(uint8_t *out, const uint8_t *mask, size_t rows, size_t cols, int quarters,
                      bool flip)
{
	struct calib_view v = CALIB_VIEW_INIT;
	struct calib_nda nda;

	calib_nda_view(&nda, CALIB_U8, 2, (const size_t[]){rows, cols}, NULL);
	assert_int_equal(calib_view_flat(&v, &nda, NULL), CALIB_OK);
	calib_view_turn(&v, flip ? quarters : -quarters, false);
	for (size_t r = 0; r < v.rows; r++)
		for (size_t c = 0; c < v.cols; c++)
			out[r * v.cols + c] = mask[calib_view_at(&v, flip ? v.rows - 1 - r : r, c)];
}

static void check_mask_text(const char *name, const char *text, const uint8_t *mask, size_t n)
{
	size_t k = 0, wrong = 0;

	for (const char *p = text; *p != '\0'; p++)
		if (*p == '0' || *p == '1' || *p == '?') {
			if (k < n)
				wrong += *p != '?' && mask[k] != (uint8_t)(*p - '0');
			k++;
		}
	if (k != n || wrong != 0)
		fail_msg("%s: %zu of %zu pixels are wrong, the file has %zu", name, wrong, n, k);
}

/* ---- CorAna ---- */

static void check_old(const char *name, const struct json *want)
{
	static uint8_t mask[10000], back[10000];
	const struct json *shape = json_get(want, "display_shape");
	struct calib_shapes s = CALIB_SHAPES_INIT, t = CALIB_SHAPES_INIT;
	char file[256], *text;
	size_t rows, cols;
	struct calib_str again = CALIB_STR_INIT;

	snprintf(file, sizeof file, "roi/shapes/%s.txt", name);
	read_shapes(&s, file);
	if (shape == NULL)
		shape = json_get(want, "shape");
	rows = (size_t)shape->child->number;
	cols = (size_t)shape->child->next->number;
	draw(mask, &s, rows, cols);
	turn_back(back, mask, rows, cols, (int)fmax(json_num(want, "ccd_rot_n90"), 0) / 90,
	          json_true(want, "y_is_flip"));
	snprintf(file, sizeof file, "roi/masks/%s.txt.gz", name);
	text = load(file, NULL);
	assert_non_null(text);
	check_mask_text(name, text, back, rows * cols);
	assert_int_equal(sum(back, rows * cols), (size_t)json_num(want, "ones"));
	free(text);
	/* written again, the lines make the same mask */
	assert_int_equal(calib_shapes_format(&again, &s, CALIB_SHAPES_TEXT, NULL, NULL), CALIB_OK);
	assert_int_equal(calib_shapes_read(&t, again.s, again.len, name, NULL, NULL), CALIB_OK);
	draw(back, &t, rows, cols);
	if (strstr(name, "poly") == NULL && strstr(name, "fraction") == NULL)
		assert_memory_equal(mask, back, rows * cols);
	calib_str_release(&again);
	calib_shapes_release(&t);
	calib_shapes_release(&s);
}

static void old_lines_make_the_masks_of_the_reference(void **state)
{
	char *text = load("roi/manifest.json", NULL);
	const char *p = text;
	struct json *all;
	size_t n = 0;

	(void)state;
	if (text == NULL)
		skip();
	all = json_value(&p);
	for (const struct json *c = all->child; c != NULL; c = c->next, n++)
		check_old(c->key, c);
	assert_true(n >= 44);
	json_free(all);
	free(text);
}

/* ---- LCLS-II ---- */

static void json_regions_make_the_masks_of_the_reference(void **state)
{
	char *text = load("roi/json/manifest.json", NULL);
	const char *p = text;
	struct json *all;
	size_t n = 0;

	(void)state;
	if (text == NULL)
		skip();
	all = json_value(&p);
	for (const struct json *c = all->child; c != NULL; c = c->next, n++) {
		static uint8_t mask[2400];
		struct calib_shapes s = CALIB_SHAPES_INIT;
		char file[256], *want;
		size_t k = 0, wrong = 0;

		snprintf(file, sizeof file, "roi/json/%s.json", c->key);
		read_shapes(&s, file);
		draw(mask, &s, 40, 60);
		snprintf(file, sizeof file, "roi/json/%s.txt", c->key);
		want = load(file, NULL);
		assert_non_null(want);
		for (const char *q = want; *q != '\0'; q++)
			if (*q == '0' || *q == '1') {
				assert_true(k < 2400);
				wrong += mask[k++] != (uint8_t)(*q - '0');
			}
		assert_int_equal(k, 2400);
		/* Qt's ellipses differ on the rim; a group of pixels has no effect there */
		if (strncmp(c->key, "pixgroup", 8) == 0)
			assert_int_equal(wrong, 3);
		else if (wrong > (strncmp(c->key, "ellipse", 7) == 0 ? 12u : 0u))
			fail_msg("%s: %zu pixels are wrong", c->key, wrong);
		free(want);
		calib_shapes_release(&s);
	}
	assert_true(n >= 17);
	json_free(all);
	free(text);
}

/* ---- ours ---- */

static const char *const ours[] = {"closed-polygon.shapes", "mixed-old-new.shapes",
	"only-mask.shapes", "star.shapes", "words.shapes", "basic.svg", "paths.svg",
		"viewbox0.svg"};

static void our_text_and_svg_make_the_masks_of_the_specification(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		static uint8_t mask[100000];
		struct calib_shapes s = CALIB_SHAPES_INIT;
		size_t rows, cols, n;
		char file[256], *text, *p;

		snprintf(file, sizeof file, "roi/ours/%s.mask", ours[i]);
		text = load(file, NULL);
		if (text == NULL)
			skip();
		rows = strtoul(text, &p, 10);
		cols = strtoul(p, &p, 10);
		snprintf(file, sizeof file, "roi/ours/%s", ours[i]);
		read_shapes(&s, file);
		n = rows * cols;
		assert_true(n > 0 && n <= sizeof mask);
		draw(mask, &s, rows, cols);
		check_mask_text(ours[i], p, mask, n);
		free(text);
		calib_shapes_release(&s);
	}
}

/* Written and read again a list makes the same mask, in every form that holds it. */
static void forms_hold_the_same_shapes(void **state)
{
	static const char text[] = "# calib-roi shapes 1\nsize 40 60\nkeep circle 30 20 18.5\n"
		"keep rect 2 2 10 4\nmask rect 20 18 25 3.5 rot=12.3\n"
		"mask ellipse 12 30 5 2.5 rot=40\n"
		"mask ring 30 20 5 7\nmask wedge 30 20 9 16 -40 35.5\n"
		"mask wedge 30 20 1 4 100 -100\n"
		"mask polygon 14 30 25 33 20 38\nmask line 5 39 50 3 width=1.7\n"
		"mask pixel 3 3 7 5\n"
		"mask row 12\nmask col 44 45\n";
	static uint8_t a[2400], b[2400];

	(void)state;
	for (int form = CALIB_SHAPES_TEXT; form <= CALIB_SHAPES_SVG; form++) {
		struct calib_shapes s = CALIB_SHAPES_INIT, t = CALIB_SHAPES_INIT;
		struct calib_str out = CALIB_STR_INIT;

		if (form == CALIB_SHAPES_JSON)
			continue;
		assert_int_equal(calib_shapes_read(&s, text, strlen(text), "x", NULL, NULL),
			CALIB_OK);
		assert_int_equal(calib_shapes_format(&out, &s, (enum calib_shapes_form)form, NULL,
		                                     NULL), CALIB_OK);
		assert_int_equal(calib_shapes_read(&t, out.s, out.len, "y", NULL, NULL), CALIB_OK);
		assert_int_equal(t.form, form);
		assert_int_equal(t.rows * 1000 + t.cols, 40060);
		draw(a, &s, 40, 60);
		draw(b, &t, 40, 60);
		if (form == CALIB_SHAPES_TEXT)
			assert_string_equal(out.s, text);
		for (size_t i = 0, wrong = 0; i < 2400; i++)
			assert_true((wrong += a[i] != b[i]) == 0);
		calib_str_release(&out);
		calib_shapes_release(&s);
		calib_shapes_release(&t);
	}
}

/* ---- rules ---- */

static size_t area(const char *line)
{
	static uint8_t mask[40 * 60];
	struct calib_shapes s = CALIB_SHAPES_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_shapes_read(&s, line, strlen(line), "x", NULL, &err) < 0)
		fail_msg("%s", err.msg);
	draw(mask, &s, 40, 60);
	calib_shapes_release(&s);
	return 2400 - sum(mask, 2400);
}

static void shapes_are_closed_sets(void **state)
{
	(void)state;
	assert_int_equal(area("rect 5 5 0 0"), 1);
	assert_int_equal(area("rect 5 5 4 3"), 20);
	assert_int_equal(area("rect 5 5 4 3 rot=90"), 3 * 4);
	assert_int_equal(area("rect -3 -3 5 5"), 9);
	assert_int_equal(area("circle 20 20 5"), 81);
	assert_int_equal(area("ring 20 20 5 5"), 12);
	assert_int_equal(area("wedge 20 20 0 5 0 90"), (81 - 1 - 20) / 4 + 11);
	assert_int_equal(area("wedge 20 20 0 5 90 0"), 81 - (81 - 21) / 4);
	assert_int_equal(area("wedge 20 20 0 5 -720 0"), 81);
	assert_int_equal(area("wedge 20 20 0 5 10 370"), 81);
	assert_int_equal(area("polygon 10 10 20 10 20 20 10 20"), 121);
	assert_int_equal(area("polygon 10 20 20 20 20 10 10 10"), 121);
	assert_int_equal(area("line 5 5 5 9"), 5);
	assert_int_equal(area("line 5 5 5 9 width=2"), 17);
	assert_int_equal(area("edge 1"), 196);
	assert_int_equal(area("edge 100"), 2400);
	assert_int_equal(area("row 0 39"), 2400);
	assert_int_equal(area("pixel 0 0 59 39 60 39 -1 0"), 2);
	assert_int_equal(area("keep circle 1000 1000 5"), 2400);
	assert_int_equal(area(""), 0);
}

static void wrong_lines_are_named(void **state)
{
	static const struct { const char *text, *say; } cases[] = {
		{"rect 1 2 3", "x:1: rect has 3 numbers"}, {"\n\nrect 1 2 3 -4",
		 "x:3: number 4 of rect"},
		{"circle 1 2 nan", "'nan' is neither a number"}, {"blob 1 2", "'blob' is no shape"},
		{"polygon 1 2 3 4", "polygon has 4 numbers, expected at least 6"},
		{"polygon 1 2 3 4 5 6 7", "expected pairs"}, {"ring 1 2 5 3", "ring: 3 is below 5"},
		{"line 1 2 3 4 width=0", "width 0"}, {"rect 1 2 3 4 width=2", "'width=2'"},
		{"keep", "'' is no shape"}, {"seg=7-3 rect 1 1 1 1", "is not seg=N"},
		{"um row 3", "no place in um"}, {"keep Circle 1 1 1 1 k False False", "old word"},
		{"Circle 1 1 1 1 k Maybe False", "neither True nor False"},
		{"Rectangle 1 2 3 4 1 k False", "neither True nor False"},
		{"Polygon 1 k False False 3 1 2 3 4 5", "y of a vertex is missing"},
		{"size 40 60\nsize 41 60", "x:2: size 41 60"}, {"bits 70000", "bits: 70000"},
		{"grow 2 ptrn=x", "ptrn=r, ptrn=c or ptrn=s"}, {"bits 3 4", "too much"},
		{"circle 1e300 2 3", "-1e9 to 1e9"},
		{"{\"a\": {\"roi_type\": 3, \"points\": []}}", "roi_type 3 is none of"},
		{"{\"a\": {\"roi_type\": 16, \"points\": [[1,2],[3,4]]}}", "with 2 points"},
		{"{\"a\": {\"roi_type\": 4", "x:1: the text ends"},
		{"<svg viewBox=\"-.5 -.5 9 9\"><rect width=\"5cm\"/></svg>",
		 "<rect>: width=\"5cm\""},
		{"<svg viewBox=\"-.5 -.5 9 9\">\n<g transform=\"scale(0)\"/></svg>",
		 "x:2: <g>: the transform 'scale(0)' cannot be undone"},
		{"<svg viewBox=\"-.5 -.5 9 9\"><use href=\"#a\"/></svg>", "<use>: cannot be taken"},
		{"<svg viewBox=\"3 4 9 9\"/>", "viewBox begins at 3 4"},
		{"<!DOCTYPE svg [<!ENTITY a \"b\">]><svg>&a;</svg>", "entity 'a' is declared"},
		{"<svg viewBox=\"-.5 -.5 9 9\"><path d=\"M1 1 X\"/></svg>",
		 "'X' where a number of L"},
		{"<svg viewBox=\"-.5 -.5 9 9\"><path d=\"L1 1\"/></svg>", "where a command"},
		{"<svg viewBox=\"-.5 -.5 9 9\"><polygon points=\"1 2 3\"/></svg>", "y is missing"},
		{"<svg viewBox=\"-.5 -.5 9 9\"><rect></svg>", "x:1: mismatched tag"},
		{"<html/>", "is no SVG"},
		{"badx/min_fs = 3\nbadx/max_fs = 5", "x:1: badx is in fs and ss: -g GEO"},
		{"badx/min_x = 3\nbadx/min_fs = 5", "only one of them"},
		{"badx/min_q = 3", "x:1: 'min_q' is no field"},
		{"badx/min_x = abc", "'abc' is not a number"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct calib_shapes s = CALIB_SHAPES_INIT;
		struct calib_err err = CALIB_ERR_INIT;

		if (calib_shapes_read(&s, cases[i].text, strlen(cases[i].text), "x", NULL,
			&err) >= 0)
			fail_msg("accepted: %s", cases[i].text);
		if (strstr(err.msg, cases[i].say) == NULL)
			fail_msg("%s\nsays: %s\nnot: %s", cases[i].text, err.msg, cases[i].say);
		calib_shapes_release(&s);
	}
}

/* Points anywhere and pixels of a grid are the same question. */
static void points_and_pixels_agree(void **state)
{
	static const char *const lines[] = {"rect 3.2 4 20 9.5", "rect 10 8 21 7 rot=33",
		"circle 22 17.5 9.25", "ellipse 30 20 14 5 rot=-20", "ring 20 20 6.5 11",
		"wedge 25 20 3 15 200 380", "polygon 5 5 50 8.5 40 35 20 10 8 38",
			"line 3 3 55 30 width=4.2"};
	static double x[2400], y[2400];

	(void)state;
	for (size_t i = 0; i < 2400; i++) {
		x[i] = (double)(i % 60);
		y[i] = (double)(i / 60);
	}
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		static uint8_t a[2400], b[2400];
		struct calib_roi_grid grid = {40, 60, 1, 60};
		struct calib_shapes s = CALIB_SHAPES_INIT;

		memset(a, 0, sizeof a);
		memset(b, 0, sizeof b);
		assert_int_equal(calib_shapes_read(&s, lines[i], strlen(lines[i]), "x", NULL, NULL),
		                 CALIB_OK);
		assert_int_equal(calib_roi_draw(a, &grid, &s.list[0], NULL), 0);
		assert_int_equal(calib_roi_points(b, x, y, 2400, &s.list[0], NULL), CALIB_OK);
		assert_memory_equal(a, b, 2400);
		assert_true(sum(a, 2400) > 100);
		calib_shapes_release(&s);
	}
}

static void bad_pixels_grow_by_the_pattern(void **state)
{
	static const struct { enum calib_roi_pattern pattern; size_t n, zeros; } cases[] = {
		{CALIB_ROI_RHOMBUS, 1, 5}, {CALIB_ROI_RHOMBUS, 2, 13}, {CALIB_ROI_DISC, 2, 13},
		{CALIB_ROI_DISC, 3, 29}, {CALIB_ROI_SQUARE, 1, 9}, {CALIB_ROI_SQUARE, 0, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t mask[2 * 121];
		struct calib_roi_grid grid = {11, 11, 2, 22};

		memset(mask, 1, sizeof mask);
		mask[2 * (5 * 11 + 5)] = 0;
		assert_int_equal(calib_roi_grow(mask, &grid, cases[i].n, cases[i].pattern, NULL),
		                 CALIB_OK);
		assert_int_equal(242 - sum(mask, 242), cases[i].zeros);
	}
}

/* A star of a million vertices is drawn in time, and as the one of few is. */
static void polygons_may_have_a_million_vertices(void **state)
{
	size_t n = 1000000;
	double *v = malloc(2 * n * sizeof *v);
	static uint8_t a[40 * 60], b[40 * 60];
	struct calib_roi_grid grid = {40, 60, 1, 60};
	struct calib_roi r = {.kind = CALIB_ROI_POLYGON, .v = v, .n = 2 * n},
		c = {.kind = CALIB_ROI_CIRCLE, .v = (double[]){30.25, 20.25, 15}, .n = 3};

	(void)state;
	assert_non_null(v);
	for (size_t i = 0; i < n; i++) {
		v[2 * i] = 30.25 + 15.0000001 * cos(6.283185307179586 * (double)i / (double)n);
		v[2 * i + 1] = 20.25 + 15.0000001 * sin(6.283185307179586 * (double)i / (double)n);
	}
	assert_int_equal(calib_roi_check(&r, NULL), CALIB_OK);
	assert_int_equal(calib_roi_draw(a, &grid, &r, NULL), 0);
	assert_int_equal(calib_roi_draw(b, &grid, &c, NULL), 0);
	assert_memory_equal(a, b, sizeof a);
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_lines_make_the_masks_of_the_reference),
		cmocka_unit_test(json_regions_make_the_masks_of_the_reference),
		cmocka_unit_test(our_text_and_svg_make_the_masks_of_the_specification),
		cmocka_unit_test(forms_hold_the_same_shapes),
		cmocka_unit_test(shapes_are_closed_sets),
		cmocka_unit_test(wrong_lines_are_named),
		cmocka_unit_test(points_and_pixels_agree),
		cmocka_unit_test(bad_pixels_grow_by_the_pattern),
		cmocka_unit_test(polygons_may_have_a_million_vertices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
