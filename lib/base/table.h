/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/table.h - rows for programs: TSV with a header line, or JSON, one row a line */
#ifndef CALIB_BASE_TABLE_H
#define CALIB_BASE_TABLE_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/out.h"

/* Cells are given in the order of the columns; calib_table_row() ends a row.  A write error
 * is kept and returned by calib_table_row() and calib_table_end().  In TSV a tab, newline or
 * other control character in a cell becomes '?', and an empty or missing cell is "-". */
struct calib_table {
	struct calib_out *out;
	const char *const *columns;	/* NULL-terminated, the caller's */
	size_t cell;
	bool json;
	int rc;
	struct calib_err *err;
};

/* calib_table_begin - writes the header line "#col1<TAB>col2..." (TSV only) */
void calib_table_begin(struct calib_table *table, struct calib_out *out,
                       const char *const *columns, bool json, struct calib_err *err);
void calib_table_text(struct calib_table *table, const char *text);	/* NULL: none */
void calib_table_int(struct calib_table *table, long long value);
void calib_table_unsigned(struct calib_table *table, unsigned long long value);
/* calib_table_real - printf format of one double, "%.9g"; nan: no value */
void calib_table_real(struct calib_table *table, const char *format, double value);
CALIB_MUST_CHECK
int calib_table_row(struct calib_table *table);
#endif
