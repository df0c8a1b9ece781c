/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_yaml.c - calibtools.yaml, and limits as options have them */
#include "fuzz.h"

#include "base/str.h"
#include "conf/site.h"

/* What was let in fits its key, and is found where it says to be. */
static void check_values(const struct calib_site *site)
{
	const struct calib_site_value *v;

	for (size_t i = 0; (v = calib_site_at(site, i)) != NULL; i++) {
		struct calib_err err = CALIB_ERR_INIT;
		struct calib_str text = CALIB_STR_INIT;
		bool found = false;

		CHECK(v->line > 0 && calib_site_key_find(v->key->name) == v->key);
		CHECK(calib_site_check(v->key, v->text, "again", &err) == CALIB_OK);
		CHECK((v->name == NULL) == (v->scope == CALIB_SITE_ALL));
		for (size_t j = 0; !found && (j == 0 || v->key->list); j++) {
			const struct calib_site_value *same = calib_site_find(site, v->scope,
				v->name, v->key->name, j);

			CHECK(same != NULL);
			found = same == v;
		}
		CHECK(found);
		calib_site_expand(&text, v->text, &(struct calib_site_fields){"r", "e", "u"});
		CHECK(calib_str_check(&text, NULL) == CALIB_OK);
		calib_str_clear(&text);
		if (v->key->scope == CALIB_SITE_DETECTOR) {
			calib_site_limits(&text, site, v->key->name);
			CHECK(calib_limits_check(v->key, text.s, "limits", &err) == CALIB_OK);
		}
		calib_str_release(&text);
	}
}

/* Over nothing and under nothing a text of limits says what it said. */
static void check_limits(const char *text)
{
	struct calib_str over = CALIB_STR_INIT, under = CALIB_STR_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	char name[128], value[64], buf[64];
	const char *got;

	if (calib_limits_check(calib_site_key_find("thr_rms"), text, "limits", &err) < 0) {
		fuzz_check_err(CALIB_EINVAL, &err);
		return;
	}
	calib_limits_over(&over, NULL, text);
	calib_limits_over(&under, text, "");
	CHECK(strcmp(over.s, under.s) == 0);
	for (size_t i = 0; calib_limits_name(over.s, i, name, value); i++) {
		got = calib_limits_for(text, name, NULL, buf);
		CHECK(got != NULL && strcmp(got, value) == 0);
	}
	calib_str_release(&over);
	calib_str_release(&under);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = fuzz_copy(data, size), *text = fuzz_text(data, size);
	struct calib_site *site = NULL;
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	fuzz_begin();
	calib_site_is(bytes, size);
	rc = calib_site_parse(&site, bytes, size, "fuzz.yaml", &err);
	fuzz_check_err(rc, &err);
	CHECK((rc >= 0) == (site != NULL));
	CHECK(rc >= 0 || rc == CALIB_EINVAL);
	check_values(site);
	check_limits(text);
	calib_site_free(site);
	free(bytes);
	free(text);
	return 0;
}
