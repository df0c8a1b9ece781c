/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_base.c - errors, memory, strings, parsing, tables */
#include "test.h"

#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/str.h"
#include "base/table.h"

static void the_first_error_wins_and_wrap_adds_in_front(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	assert_int_equal(calib_fail(&err, CALIB_EFORMAT, "a.data:%d: 'x' is not a number", 3),
	                 CALIB_EFORMAT);
	assert_int_equal(calib_fail(&err, CALIB_ENOMEM, "later"), CALIB_ENOMEM);
	assert_int_equal(calib_err_wrap(&err, "run %d", 12), CALIB_EFORMAT);
	assert_string_equal(err.msg, "run 12: a.data:3: 'x' is not a number");
	assert_string_equal(err.func, "the_first_error_wins_and_wrap_adds_in_front");
	assert_int_equal(calib_fail(NULL, CALIB_EINVAL, "nobody listens"), CALIB_EINVAL);
}

static void control_characters_of_names_do_not_reach_the_terminal(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	calib_fail(&err, CALIB_EINVAL, "%s: no", "a\x1b[31m\nb");
	assert_string_equal(err.msg, "a?[31m?b: no");
}

static void a_sentence_of_any_length_is_cut_not_overrun(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;
	char big[2000];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	calib_fail(&err, CALIB_EINVAL, "%s", big);
	assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
	calib_err_wrap(&err, "%s", big);
	assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
}

static void products_of_sizes_are_checked(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;
	size_t n = 7;

	(void)state;
	assert_int_equal(calib_mul_size(&n, SIZE_MAX / 2, 3, "frame", &err), CALIB_ENOMEM);
	assert_non_null(strstr(err.msg, "frame"));
	assert_int_equal(calib_mul_size(&n, (size_t)1 << 30, (size_t)1 << 11, "frame", NULL),
	                 CALIB_ENOMEM);
	assert_int_equal(n, 7);
	assert_int_equal(calib_mul_size(&n, 185, 388, "frame", NULL), CALIB_OK);
	assert_int_equal(n, 71780);
	assert_null(calib_alloc(SIZE_MAX, 2, "frame", NULL));
}

static void a_growing_array_keeps_its_content_and_is_zeroed(void **state)
{
	void *list = NULL;
	size_t room = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(calib_grow(&list, &room, i + 1, sizeof(int), "x", NULL), CALIB_OK);
		assert_int_equal(((int *)list)[i], 0);
		((int *)list)[i] = (int)i;
	}
	assert_int_equal(((int *)list)[999], 999);
	assert_int_equal(((int *)list)[0], 0);
	free(list);
}

static void strings_grow_and_quote_for_the_shell(void **state)
{
	struct calib_str s = CALIB_STR_INIT;

	(void)state;
	assert_string_equal(s.s, "");
	calib_str_addf(&s, "%s-%04d ", "run", 173);
	calib_str_quote_sh(&s, "it's $HOME");
	calib_str_addc(&s, ' ');
	calib_str_quote_sh(&s, "plain:name.0");
	calib_str_addc(&s, ' ');
	calib_str_quote_sh(&s, "");
	assert_string_equal(s.s, "run-0173 'it'\\''s $HOME' plain:name.0 ''");
	assert_int_equal(calib_str_check(&s, NULL), CALIB_OK);
	calib_str_release(&s);
	calib_str_release(&s);
}

static void integers_are_decimal_whole_and_in_range(void **state)
{
	static const struct { const char *text; long value; int rc; } rows[] = {
		{"0173", 173, CALIB_OK}, {"+5", 5, CALIB_OK}, {"-5", -5, CALIB_OK},
		{"0x10", 0, CALIB_EINVAL}, {"5.5", 0, CALIB_EINVAL}, {"", 0, CALIB_EINVAL},
		{" 5", 0, CALIB_EINVAL}, {"5 ", 0, CALIB_EINVAL}, {"1001", 0, CALIB_EINVAL},
		{"99999999999999999999", 0, CALIB_EINVAL}, {"-", 0, CALIB_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		long v = 0;

		assert_int_equal(calib_parse_long(&v, rows[i].text, -1000, 1000, "-r", NULL),
		                 rows[i].rc);
		assert_int_equal(v, rows[i].value);
	}
}

static void print_bits_take_c_prefixes(void **state)
{
	long v = 0;

	(void)state;
	assert_int_equal(calib_parse_clong(&v, "036", 0, 511, "-p", NULL), CALIB_OK);
	assert_int_equal(v, 30);
	assert_int_equal(calib_parse_clong(&v, "36", 0, 511, "-p", NULL), CALIB_OK);
	assert_int_equal(v, 36);
	assert_int_equal(calib_parse_clong(&v, "0b11110", 0, 511, "-p", NULL), CALIB_OK);
	assert_int_equal(v, 30);
	assert_int_equal(calib_parse_clong(&v, "0x1e", 0, 511, "-p", NULL), CALIB_OK);
	assert_int_equal(v, 30);
	assert_int_equal(calib_parse_clong(&v, "09", 0, 511, "-p", NULL), CALIB_EINVAL);
}

/* calib_strtod against strtod, which is correctly rounded in glibc. */
static void numbers_are_correctly_rounded(void **state)
{
	static const char *const hard[] = {
		"0",
		"-0",
		"1e22",
		"1e23",
		"9007199254740993",
		"9007199254740992.5",
		"0.1",
		"1e-22",
		"1e-23",
		"123456789012345678",
		"1234567890123456789012",
		"2.2250738585072011e-308",
		"4.9e-324",
		"1.7976931348623159e308",
		"1e400",
		"-1e400",
		"1e-400",
		".5",
		"5.",
		"1.e3",
		"179769313486231580793e289",
		"0.000000000000000000000000000001",
		"3.14159265358979",
		"8.41e21",
		"nan",
		"inf",
		"-Infinity",
		"1E+05",
		"00012.50",
	};
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < 20000 + sizeof hard / sizeof hard[0]; i++) {
		char made[64];
		const char *text = made, *stop;
		double want, got;

		if (i < sizeof hard / sizeof hard[0]) {
			text = hard[i];
		} else {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			snprintf(made, sizeof made, "%.*e", (int)(seed >> 60), (double)(seed >> 11)
			         * pow(10, (double)((int)(seed >> 40 & 63) - 40)));
		}
		want = strtod(text, NULL);
		got = calib_strtod(text, text + strlen(text), &stop);
		assert_ptr_equal(stop, text + strlen(text));
		if (isnan(want))
			assert_true(isnan(got));
		else
			assert_memory_equal(&got, &want, sizeof got);
	}
}

static void a_number_ends_where_it_is_told(void **state)
{
	const char text[] = "12345";
	const char *stop;

	(void)state;
	assert_true(calib_strtod(text, text + 3, &stop) == 123.0);
	assert_ptr_equal(stop, text + 3);
	assert_true(calib_strtod(text, text, &stop) == 0.0);
	assert_ptr_equal(stop, text);
}

static void words_that_are_no_numbers_are_refused(void **state)
{
	static const char *const bad[] = {"", "abc", "0x10", "1d3", "1,2", "--1", "1e", "e5", "."};
	double v = 1;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct calib_err err = CALIB_ERR_INIT;

		assert_int_equal(calib_parse_double(&v, bad[i], "-t", &err), CALIB_EINVAL);
		assert_non_null(strstr(err.msg, "is not a number"));
	}
	assert_true(v == 1);
}

static void run_ranges_follow_the_rules_of_deployment(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{"123-567", "123-567"}, {"123-end", "123-end"}, {"123", "123-end"},
		{"0007-0012", "7-12"}, {"0-end", "0-end"}, {"9999", "9999-end"}, {"5-5", "5-5"},
		{"5-2", NULL}, {"abc", NULL}, {"", NULL}, {"10000", NULL}, {"5-", NULL},
		{"5-END", NULL}, {"-5", NULL}, {"1-5-9", NULL}, {"5 -10", NULL}, {"3-+9", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct calib_range range;
		char buf[24];
		int rc = calib_range_parse(&range, rows[i].text, NULL);

		assert_int_equal(rc, rows[i].want ? CALIB_OK : CALIB_EINVAL);
		if (rc == CALIB_OK)
			assert_string_equal(calib_range_format(&range, buf), rows[i].want);
	}
}

static void run_lists_are_numbers_and_closed_ranges(void **state)
{
	static const char *const bad[] = {"", "a", "2,", ",2", "4-2", "2,,3", "2-", "2-end"};
	struct calib_range *runs = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(calib_runs_parse(&runs, &n, "2,4-7,012", NULL), CALIB_OK);
	assert_int_equal(n, 3);
	assert_int_equal(runs[1].begin, 4);
	assert_int_equal(runs[1].end, 7);
	assert_int_equal(runs[2].begin, 12);
	free(runs);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(calib_runs_parse(&runs, &n, bad[i], NULL), CALIB_EINVAL);
}

static void lists_are_split_and_trimmed(void **state)
{
	char **items = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(calib_list_parse(&items, &n, " CSPAD , ,OPAL1000,", NULL), CALIB_OK);
	assert_int_equal(n, 2);
	assert_string_equal(items[0], "CSPAD");
	assert_string_equal(items[1], "OPAL1000");
	assert_null(items[2]);
	free(items);
}

static void paths_are_taken_apart_by_component(void **state)
{
	struct calib_str s = CALIB_STR_INIT;

	(void)state;
	assert_true(calib_path_has("/reg/d/ffb/cxi/cxi12345/xtc", "ffb"));
	assert_false(calib_path_has("/reg/d/myffb/xtc", "ffb"));
	assert_true(calib_path_has("ffb", "ffb"));
	calib_path_dir(&s, "a/b/c.txt");
	assert_string_equal(s.s, "a/b");
	calib_path_dir(&s, "c.txt");
	assert_string_equal(s.s, ".");
	calib_path_dir(&s, "/c.txt");
	assert_string_equal(s.s, "/");
	calib_path_join(&s, "a/", "b");
	assert_string_equal(s.s, "a/b");
	assert_string_equal(calib_path_base("a/b"), "b");
	calib_str_release(&s);
}

static void bytes_are_little_endian_at_any_alignment(void **state)
{
	const uint8_t b[] = {0xff, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
	uint8_t out[9] = {0};

	(void)state;
	assert_int_equal(calib_le16(b + 1), 0x0201);
	assert_int_equal(calib_le32(b + 1), 0x04030201);
	assert_true(calib_le64(b + 1) == 0x0807060504030201u);
	assert_int_equal(calib_be32(b + 1), 0x01020304);
	calib_put_le64(out + 1, calib_le64(b + 1));
	assert_memory_equal(out + 1, b + 1, 8);
}

static void tables_cannot_be_broken_by_a_cell(void **state)
{
	static const char *const columns[] = {"name", "value", "note", NULL};
	char path[] = "/tmp/calib-table-XXXXXX", got[512];
	struct calib_err err = CALIB_ERR_INIT;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (int json = 0; json < 2; json++) {
		struct calib_out *out = NULL;
		struct calib_table table;
		FILE *f;
		size_t n;

		assert_int_equal(calib_out_open(&out, path, 0, &err), CALIB_OK);
		calib_table_begin(&table, out, columns, json == 1, &err);
		calib_table_text(&table, "a\tb\n\"\\");
		calib_table_real(&table, "%.3f", NAN);
		assert_int_equal(calib_table_row(&table), CALIB_OK);
		calib_table_text(&table, "");
		calib_table_int(&table, -7);
		calib_table_real(&table, "%.3f", 1.5);
		assert_int_equal(calib_table_row(&table), CALIB_OK);
		assert_int_equal(calib_out_commit(out, &err), CALIB_OK);
		f = fopen(path, "r");
		n = fread(got, 1, sizeof got - 1, f);
		fclose(f);
		got[n] = '\0';
		assert_string_equal(got, json
			? "{\"name\":\"a\\u0009b\\u000a\\\"\\\\\",\"value\":null,\"note\":null}\n"
			  "{\"name\":\"\",\"value\":-7,\"note\":1.500}\n"
			: "#name\tvalue\tnote\na?b?\"\\\t-\t-\n-\t-7\t1.500\n");
	}
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_error_wins_and_wrap_adds_in_front),
		cmocka_unit_test(control_characters_of_names_do_not_reach_the_terminal),
		cmocka_unit_test(a_sentence_of_any_length_is_cut_not_overrun),
		cmocka_unit_test(products_of_sizes_are_checked),
		cmocka_unit_test(a_growing_array_keeps_its_content_and_is_zeroed),
		cmocka_unit_test(strings_grow_and_quote_for_the_shell),
		cmocka_unit_test(integers_are_decimal_whole_and_in_range),
		cmocka_unit_test(print_bits_take_c_prefixes),
		cmocka_unit_test(numbers_are_correctly_rounded),
		cmocka_unit_test(a_number_ends_where_it_is_told),
		cmocka_unit_test(words_that_are_no_numbers_are_refused),
		cmocka_unit_test(run_ranges_follow_the_rules_of_deployment),
		cmocka_unit_test(run_lists_are_numbers_and_closed_ranges),
		cmocka_unit_test(lists_are_split_and_trimmed),
		cmocka_unit_test(paths_are_taken_apart_by_component),
		cmocka_unit_test(bytes_are_little_endian_at_any_alignment),
		cmocka_unit_test(tables_cannot_be_broken_by_a_cell),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
