/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/xlsx.h - the first three columns of the sheets of a workbook (Office Open XML, .xlsx)
 *
 * Source: ECMA-376 part 1, SpreadsheetML: 18.3 (worksheets), 18.4 (shared strings). */
#ifndef CALIB_FORM_XLSX_H
#define CALIB_FORM_XLSX_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* A row in which at least one of A, B and C has a content; NULL: that cell has none. */
struct calib_xlsx_row {
	unsigned row;			/* from 1, as the program shows it */
	char *cell[3];			/* the text, as it is stored */
	bool number[3];			/* it is a finite number */
};
struct calib_xlsx_sheet {
	unsigned number;		/* N of its member xl/worksheets/sheetN.xml */
	char title[128];		/* its name in the workbook, "sheetN" when it has none */
	struct calib_xlsx_row *row;
	size_t n, room;
};
struct calib_xlsx { struct calib_xlsx_sheet *sheet; size_t n, room; };	/* by number */

/* calib_xlsx_read - CALIB_EFORMAT: no such workbook, or one whose parts are too large, or that
 * declares entities, or has a formula without its value; the sentence names the sheet and cell */
CALIB_MUST_CHECK
int calib_xlsx_read(struct calib_xlsx *book, const char *path, struct calib_err *err);
void calib_xlsx_release(struct calib_xlsx *book);
#endif
