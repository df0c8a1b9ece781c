/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_record.c - records of unfinished changes */
#include "fuzz.h"

#include "store/record.h"

static void check_op(const struct calib_op *op)
{
	CHECK(op->kind == CALIB_OP_NEW || op->kind == CALIB_OP_REPLACE
	      || op->kind == CALIB_OP_DELETE);
	CHECK(*op->file != '/' && strstr(op->file, "/../") == NULL);
	CHECK(strncmp(op->file, "../", 3) != 0);
	CHECK(strchr(op->backup, '/') == NULL && strcmp(op->backup, "..") != 0);
	fuzz_check_text(op->file, "");
}

/* What is read never leads out of the directory, and is written as it was read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct calib_record record = CALIB_RECORD_INIT, again = CALIB_RECORD_INIT;
	struct calib_str text = CALIB_STR_INIT, twice = CALIB_STR_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	char *copy = fuzz_text(data, size);
	int rc;

	fuzz_begin();
	rc = calib_record_parse(&record, copy, ".deploy.1.ready", &err);
	fuzz_check_err(rc, &err);
	for (size_t i = 0; rc >= 0 && i < record.n; i++)
		check_op(&record.op[i]);
	if (rc >= 0) {
		CHECK(calib_record_format(&text, &record, &err) >= 0);
		free(copy);
		copy = fuzz_text(text.s, text.len);
		CHECK(calib_record_parse(&again, copy, "again", &err) >= 0);
		CHECK(again.n == record.n);
		CHECK(calib_record_format(&twice, &again, &err) >= 0);
		CHECK(strcmp(text.s, twice.s) == 0);
	}
	calib_record_release(&again);
	calib_record_release(&record);
	calib_str_release(&twice);
	calib_str_release(&text);
	free(copy);
	return 0;
}
