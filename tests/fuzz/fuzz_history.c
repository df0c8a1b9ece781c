/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_history.c - HISTORY files, line by line and as a whole */
#include "fuzz.h"

#include "store/history.h"

/* Does a value hold what looks like a key?  The dialects cannot quote it, so it moves when the
 * fields are written in another order. */
static bool ambiguous(const struct calib_history *record)
{
	char key[32];

	for (int i = 0; i < CALIB_H_NKEYS; i++) {
		const char *value = record->value[i];

		if (value == NULL)
			continue;
		if (strstr(value, "cmt:") != NULL)
			return true;
		for (int k = 0; k < CALIB_H_NKEYS; k++) {
			snprintf(key, sizeof key, "%s:",
			         calib_history_key_name((enum calib_history_key)k));
			if (strstr(value, key) != NULL)
				return true;
		}
	}
	return false;
}

/* The line we write of a record is one line, and means what we read. */
static void check_format(const struct calib_history *record)
{
	struct calib_str line = CALIB_STR_INIT, again = CALIB_STR_INIT;
	struct calib_history back = CALIB_HISTORY_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	fuzz_check_err(calib_history_format(&line, record, &err), &err);
	fuzz_check_text(line.s, "");
	CHECK(calib_history_parse(&back, line.s, "again", &err) == 1);
	if (!ambiguous(record)) {
		CHECK(back.dialect == record->dialect);
		CHECK(calib_history_format(&again, &back, &err) >= 0);
		CHECK(strcmp(again.s, line.s) == 0);
	}
	calib_history_release(&back);
	calib_str_release(&again);
	calib_str_release(&line);
}

static void check_record(const struct calib_history *record)
{
	CHECK((unsigned)record->dialect < CALIB_NDIALECTS);
	CHECK(record->value[CALIB_H_FILE] != NULL);
	for (int i = 0; i < CALIB_H_NKEYS; i++) {
		const char *value = record->value[i];
		size_t len = value ? strlen(value) : 0;

		CHECK(len == 0 || strchr(" \t\r", value[len - 1]) == NULL);
	}
	check_format(record);
}

static int each(void *ctx, const struct calib_history *record, struct calib_err *err)
{
	(void)err;
	check_record(record);
	++*(size_t *)ctx;
	return CALIB_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_file file = {-1, ""};
	struct calib_err err = CALIB_ERR_INIT;
	char *text = fuzz_copy(data, size), *copy, *line, *next;
	size_t records = 0, seen = 0;
	bool packed = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;

	fuzz_begin();
	for (size_t i = 0; i < size; i++)	/* as the file's reader shows it */
		text[i] = text[i] ? text[i] : '?';
	copy = fuzz_text(text, size);
	for (line = copy; line != NULL; line = next) {
		struct calib_history record = CALIB_HISTORY_INIT;
		struct calib_err bad = CALIB_ERR_INIT;
		int rc;

		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		rc = calib_history_parse(&record, line, "HISTORY:1", &bad);
		fuzz_check_err(rc, &bad);
		records += rc == 1;
		if (rc == 1)
			check_record(&record);
		calib_history_release(&record);
	}
	fuzz_check_err(calib_history_each(fuzz_file_set(&file, data, size), each, &seen, &err),
	               &err);
	CHECK(packed || err.code != CALIB_OK || seen == records);
	free(copy);
	free(text);
	return 0;
}
