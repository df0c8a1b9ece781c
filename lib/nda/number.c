/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/number.c - numbers to text */
#include "nda/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"

#define MAX_WIDTH 64
#define MAX_PRECISION 60
#define EXACT 0x1p53			/* below it every whole number is a double */

static const double power10[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Decimal digits from *p on, at most limit; -1 when it is more. */
static int parse_digits(const char **p, int limit)
{
	int v = 0;

	for (; **p >= '0' && **p <= '9'; ++*p) {
		v = v * 10 + (**p - '0');
		if (v > limit)
			return -1;
	}
	return v;
}

int calib_number_parse(struct calib_number *number, const char *format, struct calib_err *err)
{
	struct calib_number n = {.precision = -1, .conv = 's'};
	const char *p = format;
	size_t nflags;

	*number = n;
	if (format == NULL)
		return CALIB_OK;
	if (*p++ != '%')
		goto bad;
	nflags = strspn(p, "-+ 0#");
	if (nflags >= sizeof n.flags)
		goto bad;
	memcpy(n.flags, p, nflags);
	p += nflags;
	n.width = parse_digits(&p, MAX_WIDTH);
	if (*p == '.') {
		p++;
		n.precision = parse_digits(&p, MAX_PRECISION);
		if (n.precision < 0)
			goto bad;
	}
	if (n.width < 0 || *p == '\0' || strchr("difFeEgG", *p) == NULL || p[1] != '\0')
		goto bad;
	n.conv = *p == 'i' ? 'd' : *p;
	*number = n;
	return CALIB_OK;
bad:
	return calib_fail(err, CALIB_EINVAL, "format '%s': expected one conversion such as %%8.2f, "
	                  "%%.9g, %%e or %%d", format);
}

static const char pairs[201] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

/* The digits of v, at least 'least' of them, ending before end; returns the first. */
static char *put_digits(char *end, uint64_t v, int least)
{
	char *p = end;

	while (v >= 100) {
		p -= 2;
		memcpy(p, pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		p -= 2;
		memcpy(p, pairs + v * 2, 2);
	} else if (v > 0 || p == end) {
		*--p = (char)('0' + v);
	}
	while (end - p < least)
		*--p = '0';
	return p;
}

static char *pad(char *p, int width, size_t used)
{
	for (size_t n = used; n < (size_t)width; n++)
		*p++ = ' ';
	return p;
}

/* By printf itself, for the rare cases; then the locale's point becomes '.'. */
static char *put_printf(char *p, const struct calib_number *n, char conv, double v)
{
	const char *point = localeconv()->decimal_point;
	char spec[32], *at;
	int len, used = snprintf(spec, sizeof spec, "%%%s%.0d", n->flags, n->width);

	if (n->precision >= 0 || conv == '0')
		used += snprintf(spec + used, sizeof spec - (size_t)used, ".%d",
		                 conv == '0' ? 0 : n->precision);
	snprintf(spec + used, sizeof spec - (size_t)used, "%c", conv == '0' ? 'f' : conv);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	len = snprintf(p, CALIB_NUMBER_ROOM, spec, v);
#pragma GCC diagnostic pop
	if (strcmp(point, ".") != 0 && (at = strstr(p, point)) != NULL) {
		size_t extra = strlen(point) - 1;

		*at = '.';
		memmove(at + 1, at + 1 + extra, strlen(at + 1 + extra) + 1);
		len -= (int)extra;
	}
	return p + len;
}

/* The whole number nearest to |v| * 10^precision, ties to even, of the exact value of v.
 * t is that product rounded; where t lies exactly between two numbers the part that was
 * rounded away decides. */
static bool fixed_digits(double v, int precision, uint64_t *digits)
{
	double scale, t, part;

	if (precision > 22)
		return false;
	scale = power10[precision];
	t = v * scale;
	if (!(t < EXACT))
		return false;
	*digits = (uint64_t)t;
	part = t - (double)*digits;
	if (part > 0.5) {
		++*digits;
	} else if (part == 0.5) {
		double rest = fma(v, scale, -t);

		*digits += rest > 0 || (rest == 0 && (*digits & 1));
	}
	return true;
}

static char *put_fixed(char *p, const struct calib_number *n, double v)
{
	int precision = n->precision < 0 ? 6 : n->precision;
	uint64_t digits;
	char buf[48], *end = buf + sizeof buf, *from;
	size_t len;

	if (n->flags[0] != '\0' || !fixed_digits(fabs(v), precision, &digits))
		return put_printf(p, n, n->conv, v);
	from = put_digits(end, digits, precision + 1);
	len = (size_t)(end - from);
	p = pad(p, n->width, len + (precision > 0) + (signbit(v) != 0));
	if (signbit(v))
		*p++ = '-';
	memcpy(p, from, len - (size_t)precision);
	p += len - (size_t)precision;
	if (precision > 0) {
		*p++ = '.';
		memcpy(p, end - precision, (size_t)precision);
		p += precision;
	}
	return p;
}

/* %g of a number that needs no exponent: the digits of a fixed form, without zeros at the end. */
static char *put_general(char *p, const struct calib_number *n, double v)
{
	int digits = n->precision < 0 ? 6 : n->precision == 0 ? 1 : n->precision, exponent = -4;
	struct calib_number fixed = {.conv = 'f'};
	double mag = fabs(v);
	char *end;
	uint64_t all;

	while (exponent < digits - 1 && exponent < 17
	       && mag >= (exponent + 1 < 0 ? 1 / power10[-exponent - 1] : power10[exponent + 1]))
		exponent++;
	if (n->flags[0] != '\0' || n->width > 0 || digits > 15 || mag >= power10[digits - 1]
	    || (mag < 1e-4 && mag != 0) || !fixed_digits(mag, digits - 1 - exponent, &all)
	    || all >= (uint64_t)power10[digits])	/* rounded up into the next decade */
		return put_printf(p, n, n->conv, v);
	fixed.precision = mag == 0 ? 0 : digits - 1 - exponent;
	end = put_fixed(p, &fixed, v);
	if (memchr(p, '.', (size_t)(end - p)) == NULL)
		return end;
	while (end[-1] == '0')
		end--;
	return end[-1] == '.' ? end - 1 : end;
}

static bool reads_back(double got, double v, bool single)
{
	return single ? (float)got == (float)v : got == v;
}

/* The fewest digits that read back: v = digits * 10^exponent.  Where 15 digits suffice one
 * division of two exact numbers tells, as the reader does it; else printf and strtod.  Above
 * 2^24 a float32 may do with fewer digits than its whole part has. */
static void shortest_digits(double v, bool single, uint64_t *digits, int *exponent)
{
	int most = single ? 9 : 17;
	double high = single ? 0x1p24 : 1e15;
	char text[40];

	for (int d = 0; d <= 22 && v >= 1e-5 && v < high && v * power10[d] < 1e15; d++) {
		uint64_t n = (uint64_t)rint(v * power10[d]);

		if (reads_back((double)n / power10[d], v, single)) {
			*digits = n;
			*exponent = -d;
			return;
		}
	}
	for (int k = 1; k <= most; k++) {
		const char *end, *stop;
		char *e, *to;
		long x = 0;

		snprintf(text, sizeof text, "%.*e", k - 1, v);
		*digits = 0;
		for (to = text; *to != 'e'; to++)	/* passes the point of any locale */
			if (*to >= '0' && *to <= '9')
				*digits = *digits * 10 + (uint64_t)(*to - '0');
		if (calib_parse_long(&x, to + 1, -400, 400, "exponent", NULL) < 0)
			return;
		*exponent = (int)x - (k - 1);
		e = put_digits(text + 24, *digits, 1);
		to = text + 24;
		to += snprintf(to, 12, "e%d", *exponent);
		end = to;
		if (reads_back(calib_strtod(e, end, &stop), v, single))
			return;
	}
}

/* As %.9g or %.17g would, with fewer digits where they suffice. */
static char *put_shortest(char *p, double v, bool single)
{
	char buf[24], *end = buf + sizeof buf, *from;
	uint64_t digits = 0;
	int exponent = 0, len, first;

	if (signbit(v))
		*p++ = '-';
	v = fabs(v);
	if (v == 0) {
		*p++ = '0';
		return p;
	}
	shortest_digits(v, single, &digits, &exponent);
	while (digits % 10 == 0) {
		digits /= 10;
		exponent++;
	}
	from = put_digits(end, digits, 1);
	len = (int)(end - from);
	first = exponent + len - 1;		/* power of ten of the first digit */
	if (first < -4 || first >= (single ? 9 : 17)) {
		*p++ = *from++;
		if (len > 1)
			*p++ = '.';
		memcpy(p, from, (size_t)len - 1);
		p += len - 1;
		return p
		       + snprintf(p, 8, "e%c%02d", first < 0 ? '-' : '+',
				  first < 0 ? -first : first);
	}
	if (first < 0) {
		memcpy(p, "0.0000", 6);
		p += 1 - first;
	}
	for (int i = 0; i < len || i <= first; i++) {
		if (i == first + 1 && first >= 0)
			*p++ = '.';
		*p++ = i < len ? from[i] : '0';
	}
	return p;
}

static char *put_word(char *p, const struct calib_number *n, double v)
{
	const char *word = isnan(v) ? "nan" : v < 0 ? "-inf" : "inf";

	p = pad(p, n->flags[0] == '-' ? 0 : n->width, strlen(word));
	return stpcpy(p, word);
}

char *calib_number_real(char *p, const struct calib_number *number, double v, bool single)
{
	if (!isfinite(v))
		return put_word(p, number, v);
	switch (number->conv) {
	case 's':
		return put_shortest(p, v, single);
	case 'f':
	case 'F':
		return put_fixed(p, number, v);
	case 'g':
		return put_general(p, number, v);
	case 'd':	/* truncated, as Python does; "%.0f" has the digits of any size */
		v = trunc(v);
		return put_printf(p, number, '0', v == 0 ? 0 : v);
	default:
		return put_printf(p, number, number->conv, v);
	}
}

char *calib_number_int(char *p, const struct calib_number *number, calib_wide v)
{
	char buf[48], *end = buf + sizeof buf, *from;
	uint64_t mag = (uint64_t)(v < 0 ? -v : v);

	if (number->conv != 'd' && number->conv != 's')
		return calib_number_real(p, number, (double)v, false);
	if (number->flags[0] != '\0' && mag < (uint64_t)EXACT)
		return put_printf(p, number, '0', (double)v);
	from = put_digits(end, mag, number->precision > 20 ? 20 : number->precision);
	if (v < 0)
		*--from = '-';
	p = pad(p, number->width, (size_t)(end - from));
	memcpy(p, from, (size_t)(end - from));
	return p + (end - from);
}
