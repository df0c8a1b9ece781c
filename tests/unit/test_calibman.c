/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_calibman.c - configuration files of both generations of calibman */
#include "test.h"

#include <unistd.h>

#include "base/log.h"
#include "conf/calibman.h"
#include "json.h"

static int complaints;

static void count(void *ctx, enum calib_log_level level, const char *text)
{
	(void)ctx, (void)level, (void)text;
	complaints++;
}

static struct calib_confpars *read_text(const char *text)
{
	char path[] = "/tmp/confparsXXXXXX";
	int fd = mkstemp(path);
	struct calib_confpars *conf = NULL;
	struct calib_err err = CALIB_ERR_INIT;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	complaints = 0;
	if (calib_confpars_read(&conf, path, &err) < 0)
		fail_msg("%s", err.msg);
	unlink(path);
	return conf;
}

static void both_generations_are_read_without_complaint(void **state)
{
	static const char *const files[] = {"calibrun/confpars-calibman.default.txt",
		"calibrun/confpars-calibman.default-2015.txt", "calibrun/confpars-calibman.txt"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct calib_confpars *conf = NULL;
		struct calib_err err = CALIB_ERR_INIT;
		char path[4096];

		if (test_golden(files[i], path) == NULL)
			skip();
		complaints = 0;
		assert_int_equal(calib_confpars_read(&conf, path, &err), CALIB_OK);
		assert_int_equal(complaints, 0);
		assert_int_equal(calib_confpars_int(conf, "BATCH_DARK_SCAN", -1), 10);
		if (i == 2) {
			assert_int_equal(calib_confpars_int(conf, "BATCH_DARK_END", -1), 511);
			assert_string_equal(calib_confpars_text(conf, "BATCH_DARK_EVCODES"),
					    "40,-41");
			assert_false(calib_confpars_bool(conf, "DARK_DEPLOY_HOTPIX", true));
		}
		calib_confpars_free(conf);
	}
}

/* A golden case: the values that differ from the default are all there. */
static void check_case(const struct json *c)
{
	const struct json *want = json_get(c, "non_default");
	struct calib_confpars *conf = read_text(json_get(c, "text")->text);

	for (const struct json *v = want ? want->child : NULL; v != NULL; v = v->next) {
		const char *have = calib_confpars_text(conf, v->key);

		if (have == NULL)
			fail_msg("%s: %s is not set", json_get(c, "case")->text, v->key);
		if (v->kind == '"')
			assert_string_equal(have, v->text);
		else if (v->kind == 't' || v->kind == 'f')
			assert_int_equal(calib_confpars_bool(conf, v->key, v->kind == 'f'),
			                 v->kind == 't');
		else
			assert_true(calib_confpars_real(conf, v->key, -1) == v->number);
	}
	calib_confpars_free(conf);
}

static void the_reference_s_cases_are_read_alike(void **state)
{
	char path[4096];
	struct json *cases;

	(void)state;
	if (test_golden("calibrun/confpars_reader_cases.json", path) == NULL)
		skip();
	cases = json_load(path);
	for (const struct json *c = cases->child; c != NULL; c = c->next)
		check_case(c);
	json_free(cases);
}

static void what_crashed_the_reference_is_read_or_named(void **state)
{
	struct calib_confpars *conf = read_text("DARK_DEPLOY_HOTPIX 0\nBATCH_DARK_END 5.5\n"
		"BATCH_DARK_SCAN\t12\n#comment\nDETECTOR_NAMES\n  BATCH_DARK_START 0x10\nFOO 1\n"
		"MASK_PIX_MAX_THR_RMS 1_000.5\n");

	(void)state;
	assert_int_equal(complaints, 4);	/* 0, 5.5, 0x10, FOO */
	assert_true(calib_confpars_bool(conf, "DARK_DEPLOY_HOTPIX", true));
	assert_int_equal(calib_confpars_int(conf, "BATCH_DARK_END", 1000), 1000);
	assert_int_equal(calib_confpars_int(conf, "BATCH_DARK_SCAN", 10), 12);
	assert_string_equal(calib_confpars_text(conf, "DETECTOR_NAMES"), "");
	assert_true(calib_confpars_real(conf, "MASK_PIX_MAX_THR_RMS", 0) == 1000.5);
	calib_confpars_free(conf);
}

static void none_restores_the_default_and_the_last_value_counts(void **state)
{
	struct calib_confpars *conf = read_text("BATCH_DARK_END 7\nBATCH_DARK_SCAN 3\n"
		"BATCH_DARK_END nOnE\nBATCH_DARK_SCAN 4");

	(void)state;
	assert_null(calib_confpars_text(conf, "BATCH_DARK_END"));
	assert_int_equal(calib_confpars_int(conf, "BATCH_DARK_SCAN", 0), 4);
	assert_int_equal(complaints, 0);
	calib_confpars_free(conf);
}

static void a_missing_file_is_not_an_empty_one(void **state)
{
	struct calib_confpars *conf = NULL;
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	assert_int_equal(calib_confpars_read(&conf, "/nonexistent/x.txt", &err), CALIB_ENOTFOUND);
	assert_null(conf);
	assert_null(calib_confpars_text(NULL, "BATCH_DARK_END"));
}

static char *saved(const char *before, const struct calib_confpars *from,
                   const struct calib_confpar *pars, size_t n, char *text, size_t room)
{
	char path[] = "/tmp/confparsXXXXXX";
	int fd = mkstemp(path);
	struct calib_err err = CALIB_ERR_INIT;
	FILE *f;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, before, strlen(before)), (ssize_t)strlen(before));
	close(fd);
	if (calib_confpars_save(path, from, pars, n, &err) < 0)
		fail_msg("%s", err.msg);
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, room - 1, f)] = '\0';
	fclose(f);
	unlink(path);
	return text;
}

/* What the reference wrote is written again byte by byte. */
static void a_file_of_the_reference_is_reproduced(void **state)
{
	static const char *const files[] = {"calibrun/confpars-calibman.default.txt",
		"calibrun/confpars-calibman.txt"};
	static char want[16384], have[16384];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct calib_confpars *conf = NULL;
		char path[4096], to[] = "/tmp/confparsXXXXXX";
		FILE *f;

		if (test_golden(files[i], path) == NULL)
			skip();
		f = fopen(path, "r");
		want[fread(want, 1, sizeof want - 1, f)] = '\0';
		fclose(f);
		/* as the file to be kept, and as what a new one is made of */
		assert_string_equal(saved(want, NULL, NULL, 0, have, sizeof have), want);
		assert_int_equal(calib_confpars_read(&conf, path, NULL), CALIB_OK);
		assert_int_equal(close(mkstemp(to)), 0);
		unlink(to);
		assert_int_equal(calib_confpars_save(to, conf, NULL, 0, NULL), CALIB_OK);
		f = fopen(to, "r");
		have[fread(have, 1, sizeof have - 1, f)] = '\0';
		fclose(f);
		unlink(to);
		assert_string_equal(have, want);
		calib_confpars_free(conf);
	}
}

static void numbers_are_written_as_python_does(void **state)
{
	static const struct { const char *text, *want; } cases[] = {{"7", "7.0"},
		{"0.30000000000000004", "0.30000000000000004"}, {".00001", "1e-05"},
		{"1e16", "1e+16"}, {"123456789.125", "123456789.125"},
		{"1e15", "1000000000000000.0"},
		{"0.0001", "0.0001"}, {"-2.5e-7", "-2.5e-07"}, {"1_000.5", "1000.5"},
		{"inf", "inf"},
		{"12345678901234567890", "1.2345678901234567e+19"}, {"1e100", "1e+100"},
		{"-0.0", "-0.0"}, {"10000.0", "10000"}, {"0.1", "0.1"}, {"120", "120.0"}};
	char text[256], want[256], before[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(before, sizeof before, "MASK_PIX_MAX_THR_RMS %s\n", cases[i].text);
		snprintf(want, sizeof want, "%-32s %s\n", "MASK_PIX_MAX_THR_RMS", cases[i].want);
		assert_string_equal(saved(before, NULL, NULL, 0, text, sizeof text), want);
	}
}

static void other_lines_are_kept(void **state)
{
	const struct calib_confpar pars[] = {{"DIRECTORY_WORK", "./my work", false},
		{"BATCH_DARK_EVCODES", NULL, false},
		{"DARK_DEPLOY_HOTPIX", "false", false},
		{"BATCH_DARK_END", "5", true}, {"BATCH_DARK_SELECTOR", "5", true}};
	struct calib_confpars *from = read_text("BATCH_DARK_SCAN 12\nBATCH_DARK_END 9\n");
	char text[1024];
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	assert_int_equal(calib_confpars_line(from, "BATCH_DARK_END"), 2);
	assert_int_equal(calib_confpars_line(from, "BATCH_DARK_START"), 0);
	assert_string_equal(saved("# ours\n\nZZZ  of the site \nDIR_FOR_LOG_FILE_CPO \n"
	                          "BATCH_DARK_END 1.5\n"
	                          "BATCH_DARK_SCAN +03\nBATCH_DARK_START 007\nA_NAME\tx\nZZZ 2\n"
	                          "DETECTOR_NAMES None\n# more", from, pars, 5, text, sizeof text),
		"# ours\n# more\nA_NAME\tx\n"
		"BATCH_DARK_END                   5\nBATCH_DARK_EVCODES               None\n"
		"BATCH_DARK_SCAN                  12\nBATCH_DARK_START                 7\n"
		"DARK_DEPLOY_HOTPIX               False\nDETECTOR_NAMES None\n"
		"DIRECTORY_WORK                   ./my work\nDIR_FOR_LOG_FILE_CPO             \n"
		"ZZZ  of the site\nZZZ 2\n");
	assert_int_equal(complaints, 0);
	calib_confpars_free(from);
	static const struct { struct calib_confpar par; const char *why; } bad[] = {
		{{"DIRECTORY_WORK", "a\nb", false}, "control character"},
		{{"DIRECTORY_WORK", " a", false}, "blank"},
		{{"DIRECTORY_WORK", "none", false}, "means the default"},
		{{"BATCH_DARK_END", "x", false}, "BATCH_DARK_END"}};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		calib_err_clear(&err);
		assert_int_not_equal(calib_confpars_save("/tmp/confpars-none", NULL, &bad[i].par, 1,
		                                         &err), CALIB_OK);
		assert_non_null(strstr(err.msg, bad[i].why));
	}
	assert_int_not_equal(access("/tmp/confpars-none", F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_generations_are_read_without_complaint),
		cmocka_unit_test(the_reference_s_cases_are_read_alike),
		cmocka_unit_test(what_crashed_the_reference_is_read_or_named),
		cmocka_unit_test(none_restores_the_default_and_the_last_value_counts),
		cmocka_unit_test(a_missing_file_is_not_an_empty_one),
		cmocka_unit_test(a_file_of_the_reference_is_reproduced),
		cmocka_unit_test(numbers_are_written_as_python_does),
		cmocka_unit_test(other_lines_are_kept),
	};

	calib_log_set_sink(count, NULL);
	return cmocka_run_group_tests_name("calibman", tests, NULL, NULL);
}
