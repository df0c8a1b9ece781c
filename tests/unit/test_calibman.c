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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_generations_are_read_without_complaint),
		cmocka_unit_test(the_reference_s_cases_are_read_alike),
		cmocka_unit_test(what_crashed_the_reference_is_read_or_named),
		cmocka_unit_test(none_restores_the_default_and_the_last_value_counts),
		cmocka_unit_test(a_missing_file_is_not_an_empty_one),
	};

	calib_log_set_sink(count, NULL);
	return cmocka_run_group_tests_name("calibman", tests, NULL, NULL);
}
