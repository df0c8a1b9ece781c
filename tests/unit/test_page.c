/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_page.c - the frame of our HTML pages */
#include "test.h"

#include "render/page.h"

/* The vectors of RFC 4648, and a length beyond one piece of work. */
static void base64_is_that_of_the_rfc(void **state)
{
	static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfb", "//77"}};
	struct calib_str s = CALIB_STR_INIT;
	unsigned char many[1000];

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		calib_str_clear(&s);
		calib_str_add_base64(&s, pairs[i][0], strlen(pairs[i][0]));
		assert_string_equal(s.s, pairs[i][1]);
	}
	for (size_t i = 0; i < sizeof many; i++)
		many[i] = (unsigned char)(i * 7);
	calib_str_clear(&s);
	calib_str_add_base64(&s, many, sizeof many);
	assert_int_equal(s.len, 4 * ((sizeof many + 2) / 3));
	assert_memory_equal(s.s + s.len - 8, "PENKUQ==", 8);
	calib_str_release(&s);
}

static void a_page_is_whole_and_its_title_is_escaped(void **state)
{
	struct calib_str s = CALIB_STR_INIT;

	(void)state;
	calib_page_begin(&s, &(struct calib_page){"a<b> & c", ".own { }\n", false});
	assert_null(strstr(s.s, "script-src"));
	assert_non_null(strstr(s.s, "default-src 'none'"));
	assert_non_null(strstr(s.s, "<title>a&lt;b&gt; &amp; c</title>"));
	assert_non_null(strstr(s.s, ".own { }\n</style>"));
	calib_page_end(&s);
	assert_string_equal(s.s + s.len - 16, "</body>\n</html>\n");
	calib_str_clear(&s);
	calib_page_begin(&s, &(struct calib_page){"t", NULL, true});
	assert_non_null(strstr(s.s, "script-src 'unsafe-inline'; img-src data: blob:\">"));
	calib_str_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_is_that_of_the_rfc),
		cmocka_unit_test(a_page_is_whole_and_its_title_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
