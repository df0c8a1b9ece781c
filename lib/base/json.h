/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/json.h - reading JSON texts whose form is known, piece by piece */
#ifndef CALIB_BASE_JSON_H
#define CALIB_BASE_JSON_H
#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/* Where in the text; made by {text, text + n, 1, err}. */
struct calib_json {
	const char *p, *end;
	unsigned line;			/* from 1; for messages of the caller */
	struct calib_err *err;
};

/* calib_json_expected - CALIB_EFORMAT, or CALIB_ETRUNC at the end: "'x' where WHAT was expected" */
int calib_json_expected(struct calib_json *j, const char *what);
void calib_json_blank(struct calib_json *j);
/* calib_json_take - the next character that is no blank, used up when it is this one */
bool calib_json_take(struct calib_json *j, char which);
/* calib_json_text - a text in quotes; \uXXXX from 0x80 on becomes '?' */
CALIB_MUST_CHECK
int calib_json_text(struct calib_json *j, struct calib_str *out);
/* calib_json_number - finite, not beyond +-limit */
CALIB_MUST_CHECK
int calib_json_number(struct calib_json *j, double *out, double limit);
/* calib_json_members - an object: each(ctx, key, j) reads the value of one key, and so on */
CALIB_MUST_CHECK
int calib_json_members(struct calib_json *j, int (*each)(void *ctx, const char *key,
                                                         struct calib_json *j), void *ctx);
/* calib_json_items - a list: each(ctx, j) reads one item */
CALIB_MUST_CHECK
int calib_json_items(struct calib_json *j, int (*each)(void *ctx, struct calib_json *j), void *ctx);
/* calib_json_end - nothing but blanks may follow */
CALIB_MUST_CHECK
int calib_json_end(struct calib_json *j);
#endif
