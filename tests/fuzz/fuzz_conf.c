/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_conf.c - calibman's configuration file */
#include "fuzz.h"

#include <math.h>
#include <strings.h>

#include "base/str.h"
#include "conf/calibman.h"

/* A value is of its parameter's kind; one line of it goes into 'out'. */
static void check_value(const struct calib_confpars *conf, const char *name,
                        struct calib_str *out)
{
	const char *text = calib_confpars_text(conf, name);
	size_t len;

	if (text == NULL)
		return;
	len = strlen(text);
	CHECK(strchr(text, '\n') == NULL && strcasecmp(text, "none") != 0);
	CHECK(len == 0 || (!strchr(" \t", text[0]) && !strchr(" \t\r", text[len - 1])));
	switch (calib_par_kind(name)) {
	case CALIB_PAR_TEXT:
		break;
	case CALIB_PAR_INT:	/* what the reader let in is never "otherwise" */
		CHECK(calib_confpars_int(conf, name, 1L << 40) != 1L << 40);
		break;
	case CALIB_PAR_REAL:
		CHECK(calib_confpars_real(conf, name, 0.1) == calib_confpars_real(conf, name, 0.2)
		      || isnan(calib_confpars_real(conf, name, 0)));
		break;
	default:
		CHECK(calib_par_kind(name) == CALIB_PAR_BOOL);
		CHECK(calib_confpars_bool(conf, name, true)
		      == calib_confpars_bool(conf, name, false));
	}
	calib_str_addf(out, "%s \t %s\n", name, text);
}

/* Read a file; of the words of 'words', those that are parameters of it go into 'out'. */
static int try_file(const void *bytes, size_t n, const char *words, struct calib_str *out)
{
	static struct fuzz_file file = {-1, ""};
	struct calib_confpars *conf = NULL;
	struct calib_err err = CALIB_ERR_INIT;
	int rc = calib_confpars_read(&conf, fuzz_file_set(&file, bytes, n), &err);
	char name[64];

	fuzz_check_err(rc, &err);
	CHECK((rc >= 0) == (conf != NULL));
	while (rc >= 0 && *words) {
		size_t len = strcspn(words, " \t\n");

		snprintf(name, sizeof name, "%.*s", len < 63 ? (int)len : 63, words);
		if (len > 0)
			check_value(conf, name, out);
		words += len + (words[len] != '\0');
	}
	calib_confpars_free(conf);
	return rc;
}

/* What was read, written as a file, is read as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct calib_str once = CALIB_STR_INIT, twice = CALIB_STR_INIT;
	char *words = fuzz_copy(data, size), *text;

	fuzz_begin();
	for (size_t i = 0; i < size; i++)
		words[i] = words[i] ? words[i] : '\n';
	text = fuzz_text(words, size);
	calib_str_add(&once, "");
	calib_str_add(&twice, "");
	if (try_file(data, size, text, &once) >= 0) {
		CHECK(try_file(once.s, once.len, text, &twice) >= 0);
		CHECK(strcmp(once.s, twice.s) == 0);
	}
	calib_str_release(&twice);
	calib_str_release(&once);
	free(text);
	free(words);
	return 0;
}
