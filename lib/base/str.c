/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/str.c - growing strings */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void calib_str_release(struct calib_str *str)
{
	if (str->room)
		free(str->s);
	*str = (struct calib_str)CALIB_STR_INIT;
}

void calib_str_clear(struct calib_str *str)
{
	str->len = 0;
	if (str->room)
		str->s[0] = '\0';
}

/* Room for n more characters and the NUL. */
static bool reserve(struct calib_str *str, size_t n)
{
	void *p = str->room ? str->s : NULL;

	if (str->failed || calib_grow(&p, &str->room, str->len + n + 1, 1, "text", NULL) < 0) {
		str->failed = true;
		return false;
	}
	str->s = p;
	return true;
}

void calib_str_addn(struct calib_str *str, const char *text, size_t n)
{
	if (!reserve(str, n))
		return;
	memcpy(str->s + str->len, text, n);
	str->len += n;
	str->s[str->len] = '\0';
}

void calib_str_add(struct calib_str *str, const char *text)
{
	calib_str_addn(str, text, strlen(text));
}

void calib_str_addc(struct calib_str *str, char c)
{
	calib_str_addn(str, &c, 1);
}

void calib_str_addf(struct calib_str *str, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0 || !reserve(str, (size_t)n))
		return;
	va_start(ap, format);
	vsnprintf(str->s + str->len, (size_t)n + 1, format, ap);
	va_end(ap);
	str->len += (size_t)n;
}

int calib_str_check(const struct calib_str *str, struct calib_err *err)
{
	if (str->failed)
		return calib_fail(err, CALIB_ENOMEM, "out of memory for a text of %zu bytes",
				  str->len);
	return CALIB_OK;
}

void calib_str_quote_sh(struct calib_str *str, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789_-+=.,/:@%";

	if (*text != '\0' && text[strspn(text, plain)] == '\0') {
		calib_str_add(str, text);
		return;
	}
	calib_str_addc(str, '\'');
	for (; *text; text++)
		if (*text == '\'')
			calib_str_add(str, "'\\''");
		else
			calib_str_addc(str, *text);
	calib_str_addc(str, '\'');
}

/* Bytes of the UTF-8 character at the beginning of text, 0: it is none. */
static size_t utf8_length(const char *text)
{
	const unsigned char *t = (const unsigned char *)text;
	size_t n = t[0] < 0x80 ? 1 : t[0] >= 0xc2 && t[0] < 0xe0 ? 2 : (t[0] & 0xf0) == 0xe0 ? 3
		: t[0] >= 0xf0 && t[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((t[i] & 0xc0) != 0x80)
			return 0;
	/* too long a form, a surrogate, beyond U+10FFFF */
	if ((t[0] == 0xe0 && t[1] < 0xa0) || (t[0] == 0xed && t[1] > 0x9f)
	    || (t[0] == 0xf0 && t[1] < 0x90) || (t[0] == 0xf4 && t[1] > 0x8f))
		return 0;
	return n;
}

void calib_str_quote_json(struct calib_str *str, const char *text)
{
	calib_str_addc(str, '"');
	for (size_t n; *text; text += n > 0 ? n : 1) {
		unsigned char c = (unsigned char)*text;

		n = utf8_length(text);
		if (c == '"' || c == '\\') {
			calib_str_addc(str, '\\');
			calib_str_addc(str, *text);
		} else if (c < 0x20 || c == 0x7f) {
			calib_str_addf(str, "\\u%04x", c);
		} else if (n == 0) {
			calib_str_add(str, "\xef\xbf\xbd");	/* U+FFFD: only UTF-8 is JSON */
		} else {
			calib_str_addn(str, text, n);
		}
	}
	calib_str_addc(str, '"');
}

void calib_str_quote_html(struct calib_str *str, const char *text)
{
	static const struct { char c; const char *entity; } marks[] = {
		{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}
	};

	for (size_t n; *text; text += n > 0 ? n : 1) {
		const char *entity = NULL;

		n = utf8_length(text);
		for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
			if (*text == marks[i].c)
				entity = marks[i].entity;
		if (entity != NULL)
			calib_str_add(str, entity);
		else if (n == 0 || (unsigned char)*text < 0x20 || *text == 0x7f)
			calib_str_add(str, "\xef\xbf\xbd");
		else
			calib_str_addn(str, text, n);
	}
}

void calib_str_add_base64(struct calib_str *s, const void *bytes, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = bytes;
	char text[4 * 256];
	size_t k = 0;

	for (; n > 0; p += 3) {
		unsigned v = p[0] * 65536u + (n > 1 ? p[1] * 256u : 0) + (n > 2 ? p[2] : 0);

		text[k++] = digits[v >> 18];
		text[k++] = digits[v >> 12 & 63];
		text[k++] = '=';
		text[k++] = '=';
		if (n > 1)
			text[k - 2] = digits[v >> 6 & 63];
		if (n > 2)
			text[k - 1] = digits[v & 63];
		n -= n > 2 ? 3 : n;
		if (k == sizeof text || n == 0) {
			calib_str_addn(s, text, k);
			k = 0;
		}
	}
}
