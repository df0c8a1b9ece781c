/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/str.h - a string that grows; a failed allocation is remembered, so that a
 * sequence of additions is checked once, by calib_str_check() */
#ifndef CALIB_BASE_STR_H
#define CALIB_BASE_STR_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct calib_str {
	char *s;		/* always NUL-terminated; "" before the first addition */
	size_t len, room;
	bool failed;
};
#define CALIB_STR_INIT {(char *)"", 0, 0, false}

void calib_str_release(struct calib_str *str);
void calib_str_clear(struct calib_str *str);		/* length 0, memory kept */
void calib_str_addn(struct calib_str *str, const char *text, size_t n);
void calib_str_add(struct calib_str *str, const char *text);
void calib_str_addc(struct calib_str *str, char c);
void calib_str_addf(struct calib_str *str, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* calib_str_check - CALIB_OK, or CALIB_ENOMEM when any addition failed */
CALIB_MUST_CHECK
int calib_str_check(const struct calib_str *str, struct calib_err *err);
/* calib_str_quote_sh - add text as one word of a POSIX shell command */
void calib_str_quote_sh(struct calib_str *str, const char *text);
/* calib_str_quote_json - add text as a JSON string; what is no UTF-8 becomes U+FFFD */
void calib_str_quote_json(struct calib_str *str, const char *text);
/* calib_str_quote_html - add text as the content of an element or of an attribute in quotes; a
 * control character and what is no UTF-8 become U+FFFD */
void calib_str_quote_html(struct calib_str *str, const char *text);
/* calib_str_add_base64 - add n bytes in base64 (RFC 4648), without line ends */
void calib_str_add_base64(struct calib_str *str, const void *bytes, size_t n);
#endif
