/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_panel.c - numbers of the hardware, from configurations */
#include "test.h"

#include "base/bytes.h"
#include "det/panel.h"
#include "src/run.h"

static uint8_t bytes[5000000];

/* One configuration of n bytes is in force; *id as calib_panel_id() makes it. */
static int id_of(struct calib_str *id, uint16_t type, uint16_t version, size_t n)
{
	const struct calib_object object = {.src = {0x01000000, 0x0a000b00}, .type = type,
		.version = version, .place = {.fd = -1, .size = n, .mem = bytes, .file = "test"}};
	struct calib_cfgset *set = calloc(1, sizeof *set + sizeof set->object[0]);
	int rc;

	assert_non_null(set);
	set->n = 1;
	set->object[0] = &object;
	rc = calib_panel_id(id, set, object.src, NULL);
	if (rc > 0)	/* of another source there is none */
		assert_int_equal(calib_panel_id(&(struct calib_str)CALIB_STR_INIT, set,
		                                (struct calib_srcid){0x01000000, 1}, NULL), 0);
	free(set);
	return rc;
}

static void an_epix_has_version_carrier_and_cards(void **state)
{
	static const uint32_t cards[] = {996663297, 3791650826, 1232098304, 953206283, 2655595777,
		520093719};
	static const size_t at[] = {120, 124, 104, 108, 112, 116};
	struct calib_str id = CALIB_STR_INIT;

	(void)state;
	memset(bytes, 0, sizeof bytes);
	calib_put_le32(bytes, 3925999616);
	assert_int_equal(id_of(&id, 84, 2, 1000), 0);	/* all cards 0: it tells nothing */
	for (size_t i = 0; i < 6; i++)
		calib_put_le32(bytes + at[i], cards[i]);
	for (uint16_t type = 84; type <= 112; type = (uint16_t)(type + 28)) {
		assert_int_equal(id_of(&id, type, 2, 1000), 1);
		assert_string_equal(id.s, "3925999616-0996663297-3791650826-1232098304-0953206283-"
		                    "2655595777-0520093719");
	}
	memset(bytes + 4, 0, 200);
	calib_put_le32(bytes + 76, 1);
	calib_put_le32(bytes + 88, 4);
	assert_int_equal(id_of(&id, 84, 1, 1000), 1);	/* no carriers yet */
	assert_string_equal(id.s, "3925999616-0000000000-0000000000-0000000001-0000000000-"
	                    "0000000000-0000000004");
	assert_int_equal(id_of(&id, 84, 3, 1000), 0);	/* a version nobody knows */
	assert_true(id_of(&id, 84, 2, 120) < 0);	/* cut short */
	calib_str_release(&id);
}

static void panels_are_joined(void **state)
{
	struct calib_str id = CALIB_STR_INIT;

	(void)state;
	memset(bytes, 0, sizeof bytes);
	for (uint32_t i = 0; i < 4; i++)
		calib_put_le32(bytes + 1164 + 271532 * i + 4, 7 + i);
	assert_int_equal(id_of(&id, 120, 2, 1087292), 1);
	assert_string_equal(id.s, "0000000000-0000000007_0000000000-0000000008_"
	                    "0000000000-0000000009_0000000000-0000000010");
	memset(bytes, 0, sizeof bytes);
	calib_put_le32(bytes + 4632 + 271532 * 15, 1);
	assert_int_equal(id_of(&id, 117, 2, 4349144), 1);
	assert_int_equal(id.len, 16 * 21 + 15);
	calib_str_release(&id);
}

/* detectors.md 5.10 */
static void a_jungfrau_has_modules_in_hexadecimal(void **state)
{
	struct calib_str id = CALIB_STR_INIT;

	(void)state;
	memset(bytes, 0, sizeof bytes);
	calib_put_le32(bytes, 2);
	calib_put_le64(bytes + 60, 0xf0be06);
	calib_put_le64(bytes + 68, 0x400820d00ff0017);
	calib_put_le64(bytes + 76, 0x21fe1013);
	calib_put_le64(bytes + 84, 16);
	calib_put_le64(bytes + 100, 1);
	assert_int_equal(id_of(&id, 107, 4, 828), 1);
	assert_string_equal(id.s, "400820d00ff0017-21fe1013-f0be06_-1-10");
	assert_int_equal(id_of(&id, 107, 2, 60), 0);
	calib_put_le32(bytes, 0xffffffff);	/* more modules than there are bytes */
	assert_true(id_of(&id, 107, 3, 252) < 0);
	calib_str_release(&id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_epix_has_version_carrier_and_cards),
		cmocka_unit_test(panels_are_joined),
		cmocka_unit_test(a_jungfrau_has_modules_in_hexadecimal),
	};

	return cmocka_run_group_tests_name("panel", tests, NULL, NULL);
}
