/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_metro.c - optical metrology: every golden measurement, byte for byte */
#include "base/in.h"
#include "form/metro.h"
#include "form/xlsx.h"
#include "test.h"

static char *golden(const char *name)
{
	char path[4096], full[512];
	struct calib_str text = CALIB_STR_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	snprintf(full, sizeof full, "geometry/metrology/%s", name);
	if (test_golden(full, path) == NULL)
		skip();
	if (calib_in_text(path, &text, &err) < 0)
		fail_msg("%s", err.msg);
	return text.s;
}

static void load(struct calib_metro_points *p, const char *name, bool cut)
{
	struct calib_err err = CALIB_ERR_INIT;
	char *text = golden(name);

	*p = (struct calib_metro_points){NULL, 0, 0, 0};
	if (calib_metro_points_parse(p, text, name, cut, &err) < 0)
		fail_msg("%s", err.msg);
	free(text);
}

/* The text is the golden file, or is in it. */
static void same(const struct calib_str *got, const char *name, bool whole)
{
	char *want = golden(name);

	if (whole ? strcmp(got->s, want) != 0 : strstr(want, got->s) == NULL) {
		fprintf(stderr, "--- got\n%s--- %s\n", got->s, name);
		fail_msg("%s has not that text", name);
	}
	assert_true(got->len > 100);
	free(want);
}

static const struct cspad {
	const char *name, *det, *exp;
	enum calib_metro_layout layout;
} cspads[] = {
	{"cspad-cxi-v1", "CSPAD-CXI", "TEST", CALIB_METRO_CSPAD_V1},
	{"cspad-cxi-ds1-2011", "CSPAD-CXI", "CXI", CALIB_METRO_CSPAD_V1},
	{"cspad-xpp-v2", "CSPAD-XPP", "TEST", CALIB_METRO_CSPAD_V2},
	{"cspad2x2-1", "CSPAD2X2", "TEST", CALIB_METRO_CSPAD2X2},
	{"cspad2x2-2", "CSPAD2X2", "TEST", CALIB_METRO_CSPAD2X2},
};

static void assert_cspad(const struct cspad *c)
{
	const struct calib_metro_title title = {NULL, NULL, c->exp, c->det, NULL};
	const struct calib_metro_opts opts = {.layout = c->layout};
	const char *global = c->layout == CALIB_METRO_CSPAD_V2 ? "_global" : "";
	struct calib_metro_points p;
	struct calib_metro m;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_str s[5] = {CALIB_STR_INIT, CALIB_STR_INIT, CALIB_STR_INIT, CALIB_STR_INIT,
		CALIB_STR_INIT};
	char name[256];

	snprintf(name, sizeof name, "%s.txt", c->name);
	load(&p, name, true);
	if (calib_metro_evaluate(&m, p.list, p.n, &opts, &err) < 0)
		fail_msg("%s: %s", c->name, err.msg);
	calib_metro_flatness(&s[0], &m);
	calib_metro_tables(&s[0], &m, false);
	snprintf(name, sizeof name, "out-%s/report.txt", c->name);
	same(&s[0], name, false);
	calib_metro_geometry(&s[1], &m, c->layout, &title, false, NULL);
	snprintf(name, sizeof name, "out-%s/geometry-0-end.data", c->name);
	same(&s[1], name, true);
	if (c->layout != CALIB_METRO_CSPAD2X2) {
		calib_metro_center(&s[2], &m, false);
		snprintf(name, sizeof name, "out-%s/center%s_um-0-end.data", c->name, global);
		same(&s[2], name, true);
		calib_metro_center(&s[3], &m, true);
		snprintf(name, sizeof name, "out-%s/center%s-0-end.data", c->name, global);
		same(&s[3], name, true);
		calib_metro_tilt(&s[4], &m);
		snprintf(name, sizeof name, "out-%s/tilt-0-end.data", c->name);
		same(&s[4], name, true);
	}
	for (int i = 0; i < 5; i++)
		calib_str_release(&s[i]);
	calib_metro_points_release(&p);
}

static void cspad_constants_are_those_of_the_reference(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cspads / sizeof *cspads; i++)
		assert_cspad(&cspads[i]);
}

static void epix_geometry_is_that_of_the_reference(void **state)
{
	static const struct { const char *name; struct calib_metro_opts o; } cases[] = {
		{"v1-r0", {.layout = CALIB_METRO_EPIX10KA2M}},
		{"v1-r3", {.layout = CALIB_METRO_EPIX10KA2M, .rot = 3}},
		{"v1-q1", {.layout = CALIB_METRO_EPIX10KA2M, .qoff = 1}},
		{"v1-N", {.layout = CALIB_METRO_EPIX10KA2M, .flat = true}},
		{"v1-C", {.layout = CALIB_METRO_EPIX10KA2M, .as_measured = true}},
		{"v0-r0", {.layout = CALIB_METRO_EPIX10KA2M, .quads = true,
		           .camera = {78000, -4150}}},
	};
	static const double camera[4] = {0, 0, 10000, 90};
	static const struct calib_metro_title title = {NULL, NULL, "abcd01234", "Epix10ka2M", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct calib_str geo = CALIB_STR_INIT, report = CALIB_STR_INIT;
		struct calib_metro_points p;
		struct calib_metro m;
		struct calib_err err = CALIB_ERR_INIT;
		char name[256];

		load(&p, "epix10ka2m.txt", false);
		if (calib_metro_evaluate(&m, p.list, p.n, &cases[i].o, &err) < 0)
			fail_msg("%s: %s", cases[i].name, err.msg);
		calib_metro_geometry(&geo, &m, CALIB_METRO_EPIX10KA2M, &title, cases[i].o.quads,
		                     camera);
		snprintf(name, sizeof name, "out-epix10ka2m-%s/geometry.txt", cases[i].name);
		same(&geo, name, true);
		calib_metro_tables(&report, &m, true);
		snprintf(name, sizeof name, "out-epix10ka2m-%s/report.txt", cases[i].name);
		same(&report, name, false);
		calib_str_release(&geo);
		calib_str_release(&report);
		calib_metro_points_release(&p);
	}
}

static void check_warns_as_the_reference(void **state)
{
	static const struct calib_metro_limits limits = {60, 100};
	static const struct { const char *in, *out; double within; int warnings; } cases[] = {
		{"cspad-cxi-v1.txt", "out-check-cspad-cxi-v1.txt", 10, 4},
		{"epix10ka2m.txt", "out-check-epix10ka2m.txt", 10, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct calib_str s = CALIB_STR_INIT;
		struct calib_metro_points p;
		struct calib_err err = CALIB_ERR_INIT;

		load(&p, cases[i].in, false);
		assert_int_equal(calib_metro_check(&s, p.list, p.n, cases[i].within, &limits, &err),
		                 cases[i].warnings);
		same(&s, cases[i].out, true);
		calib_str_release(&s);
		calib_metro_points_release(&p);
	}
}

static void workbooks_give_the_texts_of_the_reference(void **state)
{
	static const struct { const char *book, *text[2]; unsigned sheet[2]; size_t n; } cases[] = {
		{"cspad-cxi-v1.xlsx", {"cspad-cxi-v1.txt"}, {0}, 1},
		{"cspad-cxi-v1-inline.xlsx", {"cspad-cxi-v1.txt"}, {0}, 1},
		{"cspad2x2.xlsx", {"cspad2x2-1.txt", "cspad2x2-2.txt"}, {1, 2}, 2},
		{"cspad2x2-inline.xlsx", {"cspad2x2-1.txt", "cspad2x2-2.txt"}, {1, 2}, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct calib_metro_texts t;
		struct calib_xlsx book;
		struct calib_str said = CALIB_STR_INIT;
		struct calib_err err = CALIB_ERR_INIT;
		char path[4096], name[256];

		snprintf(name, sizeof name, "geometry/metrology/%s", cases[i].book);
		if (test_golden(name, path) == NULL)
			skip();
		if (calib_xlsx_read(&book, path, &err) < 0
		    || calib_metro_texts_make(&t, &book, path, &said, &err) < 0)
			fail_msg("%s", err.msg);
		assert_string_equal(book.sheet[0].title, i < 2 ? "Quad 0" : "CSPad2x2-1");
		assert_int_equal(t.n, cases[i].n);
		assert_non_null(strstr(said.s, ": row 1 is taken for a title\n"));
		for (size_t k = 0; k < t.n; k++) {
			assert_int_equal(t.list[k].sheet, cases[i].sheet[k]);
			same(&t.list[k].text, cases[i].text[k], true);
		}
		calib_metro_texts_release(&t);
		calib_xlsx_release(&book);
		calib_str_release(&said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cspad_constants_are_those_of_the_reference),
		cmocka_unit_test(epix_geometry_is_that_of_the_reference),
		cmocka_unit_test(check_warns_as_the_reference),
		cmocka_unit_test(workbooks_give_the_texts_of_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
