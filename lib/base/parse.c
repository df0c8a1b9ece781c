/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/parse.c - text to values and back */
#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int parse_base(long *out, const char *text, const char *digits, int base, long lo, long hi,
                      const char *what, struct calib_err *err)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(digits, &end, base);
	if (!isxdigit((unsigned char)digits[*digits == '-' || *digits == '+']) || *end != '\0')
		return calib_fail(err, CALIB_EINVAL, "%s: '%s' is not a whole number", what, text);
	if (errno == ERANGE || v < lo || v > hi)
		return calib_fail(err, CALIB_EINVAL, "%s: %s is outside %ld..%ld", what, text, lo,
				  hi);
	*out = v;
	return CALIB_OK;
}

int calib_parse_long(long *out, const char *text, long lo, long hi, const char *what,
                     struct calib_err *err)
{
	return parse_base(out, text, text, 10, lo, hi, what, err);
}

int calib_parse_clong(long *out, const char *text, long lo, long hi, const char *what,
                      struct calib_err *err)
{
	if (text[0] == '0' && (text[1] == 'b' || text[1] == 'B'))
		return parse_base(out, text, text + 2, 2, lo, hi, what, err);
	return parse_base(out, text, text, 0, lo, hi, what, err);
}

int calib_parse_double(double *out, const char *text, const char *what, struct calib_err *err)
{
	const char *end = text + strlen(text), *stop;
	double v = calib_strtod(text, end, &stop);

	if (stop == text || stop != end)
		return calib_fail(err, CALIB_EINVAL, "%s: '%s' is not a number", what, text);
	*out = v;
	return CALIB_OK;
}

/* 10^0 .. 10^22 are exact doubles, and so is an integer below 2^53: one operation on two
 * exact numbers is correctly rounded (W. D. Clinger, "How to read floating point numbers
 * accurately", 1990). */
static const double power10[] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

/* The rare cases: more digits, large exponents, words.  strtod wants a NUL and obeys the
 * locale's decimal point, so it gets a copy and, if need be, that point. */
static double slow_strtod(const char *text, const char *end, const char **stop)
{
	char buf[400], *tail, *point;
	const char *dp = localeconv()->decimal_point;
	size_t n = 0;
	double v;

	while (n < sizeof buf - 1 && text + n < end
	       && strchr("+-.0123456789eEnNaAiIfFtTyY", text[n]) && text[n] != '\0') {
		buf[n] = text[n];
		n++;
	}
	buf[n] = '\0';
	if (dp[0] != '.' && dp[1] == '\0' && (point = strchr(buf, '.')) != NULL)
		*point = dp[0];
	v = strtod(buf, &tail);
	*stop = text + (tail - buf);
	return v;
}

double calib_strtod(const char *text, const char *end, const char **stop)
{
	const char *p = text;
	uint64_t digits = 0;
	int ndigits = 0, scale = 0;
	bool minus = false, any = false;

	if (p < end && (*p == '-' || *p == '+'))
		minus = *p++ == '-';
	for (; p < end && *p >= '0' && *p <= '9'; p++, any = true) {
		digits = digits * 10 + (uint64_t)(*p - '0');
		ndigits += digits != 0;
		if (ndigits > 18)
			return slow_strtod(text, end, stop);
	}
	if (p < end && *p == '.')
		for (p++; p < end && *p >= '0' && *p <= '9'; p++, any = true, scale--) {
			digits = digits * 10 + (uint64_t)(*p - '0');
			ndigits += digits != 0;
			if (ndigits > 18)
				return slow_strtod(text, end, stop);
		}
	if (!any)
		return slow_strtod(text, end, stop);
	if (p < end && (*p == 'e' || *p == 'E')) {
		const char *q = p + 1;
		int e = 0;
		bool eminus = false;

		if (q < end && (*q == '-' || *q == '+'))
			eminus = *q++ == '-';
		if (q < end && *q >= '0' && *q <= '9') {
			for (; q < end && *q >= '0' && *q <= '9'; q++)
				e = e < 10000 ? e * 10 + (*q - '0') : e;
			scale += eminus ? -e : e;
			p = q;
		}
	}
	if (digits >> 53 || scale < -22 || scale > 22)
		return slow_strtod(text, end, stop);
	*stop = p;
	double v = (double)digits;
	v = scale < 0 ? v / power10[-scale] : v * power10[scale];
	return minus ? -v : v;
}

static int bad_range(const char *text, struct calib_err *err)
{
	return calib_fail(err, CALIB_EINVAL,
			  "run range '%s': expected BEGIN-END, BEGIN-end or BEGIN "
			  "with 0 <= BEGIN <= END <= %u",
			  text, CALIB_RUN_MAX);
}

/* Decimal digits only; leaves *p behind them. */
static bool parse_run(const char **p, uint32_t max, uint32_t *run)
{
	const char *q = *p;
	uint64_t v = 0;

	while (*q >= '0' && *q <= '9' && v <= max)
		v = v * 10 + (uint64_t)(*q++ - '0');
	if (q == *p || v > max)
		return false;
	*p = q;
	*run = (uint32_t)v;
	return true;
}

int calib_range_parse(struct calib_range *range, const char *text, struct calib_err *err)
{
	struct calib_range r = {0, CALIB_RUN_END};
	const char *p = text;

	if (!parse_run(&p, CALIB_RUN_MAX, &r.begin))
		return bad_range(text, err);
	if (*p != '\0' && strcmp(p, "-end") != 0) {
		if (*p++ != '-' || !parse_run(&p, CALIB_RUN_MAX, &r.end) || *p != '\0'
		    || r.begin > r.end)
			return bad_range(text, err);
	}
	*range = r;
	return CALIB_OK;
}

char *calib_range_format(const struct calib_range *range, char buf[24])
{
	if (range->end == CALIB_RUN_END)
		snprintf(buf, 24, "%u-end", range->begin);
	else
		snprintf(buf, 24, "%u-%u", range->begin, range->end);
	return buf;
}

int calib_runs_parse(struct calib_range **ranges, size_t *n, const char *text,
                     struct calib_err *err)
{
	size_t count = 0, room = 0;
	void *list = NULL;
	const char *p = text;

	for (;;) {
		struct calib_range r;

		if (!parse_run(&p, CALIB_RUN_END - 1, &r.begin))
			break;
		r.end = r.begin;
		if (*p == '-' && (p++, !parse_run(&p, CALIB_RUN_END - 1, &r.end)))
			break;
		if (r.end < r.begin || (*p != ',' && *p != '\0'))
			break;
		if (calib_grow(&list, &room, count + 1, sizeof r, "run list", err) < 0) {
			free(list);
			return CALIB_ENOMEM;
		}
		((struct calib_range *)list)[count++] = r;
		if (*p++ == '\0') {
			*ranges = list;
			*n = count;
			return CALIB_OK;
		}
	}
	free(list);
	return calib_fail(err, CALIB_EINVAL, "run list '%s': expected run numbers and ranges "
	                  "separated by commas, as in 2,4-7", text);
}

bool calib_runs_have(const struct calib_range *ranges, size_t n, unsigned run)
{
	for (size_t i = 0; i < n; i++)
		if (run >= ranges[i].begin && run <= ranges[i].end)
			return true;
	return false;
}

int calib_list_parse(char ***items, size_t *n, const char *text, struct calib_err *err)
{
	size_t commas = 1, count = 0, len = strlen(text);
	char **list, *copy;

	for (const char *p = text; *p; p++)
		commas += *p == ',';
	list = calib_alloc((commas + 1) * sizeof *list + len + 1, 1, "list", err);
	if (list == NULL)
		return CALIB_ENOMEM;
	copy = (char *)(list + commas + 1);
	memcpy(copy, text, len + 1);
	for (char *item = copy, *next; item != NULL; item = next) {
		next = strchr(item, ',');
		if (next != NULL)
			*next++ = '\0';
		item += strspn(item, " \t");
		for (size_t k = strlen(item); k > 0 && strchr(" \t", item[k - 1]); k--)
			item[k - 1] = '\0';
		if (*item != '\0')
			list[count++] = item;
	}
	*items = list;
	*n = count;
	return CALIB_OK;
}

/* The part of a word up to a blank outside of quotes, without the quotes; NULL: one stays open. */
static const char *take_word(const char *p, char **to)
{
	for (char quote = '\0'; *p != '\0' || quote != '\0'; p++) {
		if (*p == '\0')
			return NULL;
		if (quote == '\0' && strchr(" \t\n", *p) != NULL)
			break;
		if (quote == '\0' ? *p == '\'' || *p == '"' : *p == quote)
			quote = quote ? '\0' : *p;
		else if (*p == '\\' && p[1] != '\0'
		         && (quote == '\0' || (quote == '"' && strchr("\"\\$`", p[1]) != NULL)))
			*(*to)++ = *++p;
		else
			*(*to)++ = *p;
	}
	*(*to)++ = '\0';
	return p;
}

int calib_words_parse(char ***words, size_t *n, const char *text, struct calib_err *err)
{
	size_t len = strlen(text), room = len / 2 + 2, count = 0;
	char **list = calib_alloc(room * sizeof *list + len + 2, 1, "words", err), *to;

	if (list == NULL)
		return CALIB_ENOMEM;
	to = (char *)(list + room);
	for (const char *p = text; *(p += strspn(p, " \t\n")) != '\0';) {
		list[count++] = to;
		p = take_word(p, &to);
		if (p == NULL) {
			free(list);
			return calib_fail(err, CALIB_EINVAL, "'%s': a quote is not closed", text);
		}
	}
	*words = list;
	*n = count;
	return CALIB_OK;
}
