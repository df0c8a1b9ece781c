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

static void put_json_text(struct calib_table *table, const char *text)
{
	struct calib_str quoted = CALIB_STR_INIT;

	calib_str_quote_json(&quoted, text);
	if (table->rc >= 0)
		table->rc = calib_str_check(&quoted, table->err);
	put(table, quoted.s, quoted.len);
	calib_str_release(&quoted);
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

static const char controls[] = "\1\2\3\4\5\6\a\b\t\n\v\f\r\16\17\20\21\22\23\24\25\26\27\30\31"
	"\32\33\34\35\36\37\177";

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
	for (size_t n; text != NULL && *text; text += n) {
		n = strcspn(text, controls);
		if (n > 0)
			put(table, text, n);
		else
			put(table, "?", n = 1);
	}
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
