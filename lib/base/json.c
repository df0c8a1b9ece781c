/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/json.c - reading JSON texts whose form is known */
#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/parse.h"

int calib_json_expected(struct calib_json *j, const char *what)
{
	if (j->p == j->end)
		return calib_fail(j->err, CALIB_ETRUNC, "the text ends, %s was expected", what);
	return calib_fail(j->err, CALIB_EFORMAT, "'%.*s' where %s was expected",
	                  (int)(j->end - j->p < 20 ? j->end - j->p : 20), j->p, what);
}

void calib_json_blank(struct calib_json *j)
{
	for (; j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\r' || *j->p == '\n');
	     j->p++)
		j->line += *j->p == '\n';
}

/* The next character that is no blank, used up when it is this one. */
bool calib_json_take(struct calib_json *j, char which)
{
	calib_json_blank(j);
	if (j->p == j->end || *j->p != which)
		return false;
	j->p++;
	return true;
}

/* \uXXXX below 0x80 is enough for what we write; others become '?'. */
static int read_escape(struct calib_json *j, struct calib_str *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known;
	unsigned value = 0;

	if (j->p == j->end)
		return calib_json_expected(j, "an escaped character");
	known = *j->p != '\0' ? strchr(from, *j->p) : NULL;
	if (known != NULL) {
		calib_str_addc(out, to[known - from]);
		j->p++;
		return CALIB_OK;
	}
	if (*j->p != 'u' || j->end - j->p < 5)
		return calib_json_expected(j, "an escaped character");
	for (int i = 1; i <= 4; i++) {
		const char *digits = "0123456789abcdefABCDEF", *d = strchr(digits, j->p[i]);

		if (d == NULL || *d == '\0')
			return calib_json_expected(j, "four hexadecimal digits");
		value = value * 16 + (unsigned)(d - digits < 16 ? d - digits : d - digits - 6);
	}
	calib_str_addc(out, value > 0 && value < 0x80 ? (char)value : '?');
	j->p += 5;
	return CALIB_OK;
}

int calib_json_text(struct calib_json *j, struct calib_str *out)
{
	calib_str_clear(out);
	calib_str_add(out, "");
	if (!calib_json_take(j, '"'))
		return calib_json_expected(j, "a text in quotes");
	while (j->p < j->end && *j->p != '"') {
		char byte = *j->p++;

		if (byte == '\0' || byte == '\n') {
			j->p--;
			return calib_json_expected(j, "the end of a text");
		}
		if (byte != '\\')
			calib_str_addc(out, byte);
		else if (read_escape(j, out) < 0)
			return CALIB_EFORMAT;
	}
	return calib_json_take(j, '"') ? calib_str_check(out, j->err)
				       : calib_json_expected(j, "the end of a text");
}

int calib_json_number(struct calib_json *j, double *out, double limit)
{
	const char *stop;

	calib_json_blank(j);
	*out = calib_strtod(j->p, j->end, &stop);
	if (stop == j->p || !(fabs(*out) <= limit))
		return calib_json_expected(j, "a finite number");
	j->p = stop;
	return CALIB_OK;
}

int calib_json_members(struct calib_json *j, int (*each)(void *ctx, const char *key,
                                                         struct calib_json *j), void *ctx)
{
	struct calib_str key = CALIB_STR_INIT;
	int rc = calib_json_take(j, '{') ? CALIB_OK : calib_json_expected(j, "'{'");

	if (rc >= 0 && calib_json_take(j, '}'))
		return CALIB_OK;
	while (rc >= 0) {
		rc = calib_json_text(j, &key);
		if (rc >= 0 && !calib_json_take(j, ':'))
			rc = calib_json_expected(j, "':'");
		if (rc >= 0)
			rc = each(ctx, key.s, j);
		if (rc < 0 || calib_json_take(j, '}'))
			break;
		if (!calib_json_take(j, ','))
			rc = calib_json_expected(j, "',' or '}'");
	}
	calib_str_release(&key);
	return rc;
}

int calib_json_items(struct calib_json *j, int (*each)(void *ctx, struct calib_json *j), void *ctx)
{
	int rc = calib_json_take(j, '[') ? CALIB_OK : calib_json_expected(j, "'['");

	if (rc >= 0 && calib_json_take(j, ']'))
		return CALIB_OK;
	while (rc >= 0) {
		rc = each(ctx, j);
		if (rc < 0 || calib_json_take(j, ']'))
			break;
		if (!calib_json_take(j, ','))
			rc = calib_json_expected(j, "',' or ']'");
	}
	return rc;
}

int calib_json_end(struct calib_json *j)
{
	calib_json_blank(j);
	return j->p == j->end ? CALIB_OK : calib_json_expected(j, "the end");
}
