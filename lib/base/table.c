/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/table.c - rows for programs */
#include "base/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static void put(struct calib_table *table, const char *text, size_t n)
{
	if (table->rc >= 0)
		table->rc = calib_out_write(table->out, text, n, table->err);
}

static void puts_(struct calib_table *table, const char *text)
{
	put(table, text, strlen(text));
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

static void put_json_text(struct calib_table *table, const char *text)
{
	char code[8];

	puts_(table, "\"");
	for (size_t n; *text; text += n > 0 ? n : 1) {
		unsigned char c = (unsigned char)*text;

		n = utf8_length(text);

		if (c == '"' || c == '\\') {
			code[0] = '\\';
			code[1] = (char)c;
			put(table, code, 2);
		} else if (c < 0x20 || c == 0x7f) {
			put(table, code, (size_t)snprintf(code, sizeof code, "\\u%04x", c));
		} else if (n == 0) {
			puts_(table, "\xef\xbf\xbd");	/* U+FFFD: what is no UTF-8 is no JSON */
		} else {
			put(table, text, n);
		}
	}
	puts_(table, "\"");
}

/* What stands before a cell: the separator and, in JSON, its name. */
static void begin_cell(struct calib_table *table)
{
	if (table->json) {
		puts_(table, table->cell == 0 ? "{" : ",");
		put_json_text(table, table->columns[table->cell]);
		puts_(table, ":");
	} else if (table->cell > 0) {
		puts_(table, "\t");
	}
	table->cell++;
}

void calib_table_begin(struct calib_table *table, struct calib_out *out,
                       const char *const *columns, bool json, struct calib_err *err)
{
	*table = (struct calib_table){out, columns, 0, json, CALIB_OK, err};
	for (size_t i = 0; !json && columns[i] != NULL; i++) {
		puts_(table, i == 0 ? "#" : "\t");
		puts_(table, columns[i]);
	}
	if (!json)
		puts_(table, "\n");
}

void calib_table_text(struct calib_table *table, const char *text)
{
	begin_cell(table);
	if (table->json) {
		if (text == NULL)
			puts_(table, "null");
		else
			put_json_text(table, text);
		return;
	}
	if (text == NULL || *text == '\0')
		puts_(table, "-");
	for (; text != NULL && *text; text++)
		put(table, (unsigned char)*text < 0x20 || *text == 0x7f ? "?" : text, 1);
}

static void put_number(struct calib_table *table, const char *text)
{
	begin_cell(table);
	puts_(table, text);
}

void calib_table_int(struct calib_table *table, long long value)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", value);
	put_number(table, text);
}

void calib_table_unsigned(struct calib_table *table, unsigned long long value)
{
	char text[32];

	snprintf(text, sizeof text, "%llu", value);
	put_number(table, text);
}

void calib_table_real(struct calib_table *table, const char *format, double value)
{
	char text[64];

	if (!isfinite(value)) {
		put_number(table, table->json ? "null" : "-");
		return;
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof text, format, value);
#pragma GCC diagnostic pop
	put_number(table, text);
}

int calib_table_row(struct calib_table *table)
{
	while (table->columns[table->cell] != NULL)
		calib_table_text(table, NULL);
	puts_(table, table->json ? "}\n" : "\n");
	table->cell = 0;
	return table->rc;
}
