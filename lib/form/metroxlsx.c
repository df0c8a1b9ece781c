/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/metroxlsx.c - the sheets of a measured detector into texts of points
 *
 * Source: lcls-psana/CalibManager src/xlsx_parser.py, whose bytes these are; it takes the first row
 * for a title whatever it is, and ignores a sheet that does not come out right. */
#include <stdio.h>

#include "form/metro.h"
#include "form/xlsx.h"

enum { SMALL = 8, QUAD = 32 };

void calib_metro_texts_release(struct calib_metro_texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		calib_str_release(&t->list[i].text);
	t->n = 0;
}

static bool all_there(const struct calib_xlsx_row *r)
{
	return r->cell[0] != NULL && r->cell[1] != NULL && r->cell[2] != NULL;
}

static bool all_numbers(const struct calib_xlsx_row *r)
{
	return r->number[0] && r->number[1] && r->number[2];
}

/* Lines of at most 32 points; returns how many, or < 0. */
static int take_points(struct calib_str *text, const struct calib_xlsx_sheet *sheet,
                       const char *path, struct calib_str *said, struct calib_err *err)
{
	bool first = true;
	int n = 0;

	for (size_t i = 0; i < sheet->n; i++) {
		const struct calib_xlsx_row *r = &sheet->row[i];

		if (!all_there(r))
			continue;
		if (first && !all_numbers(r)) {
			calib_str_addf(said, "%s: row %u is taken for a "
			               "title\n", sheet->title, r->row);
			first = false;
			continue;
		}
		first = false;
		if (n == QUAD) {
			calib_str_addf(said, "%s: rows from %u on are left out, 32 points are "
			               "read\n",
			               sheet->title, r->row);
			break;
		}
		for (int k = 0; k < 3; k++)
			if (!r->number[k])
				return calib_fail(err, CALIB_EFORMAT, "%s: %s!%c%u: '%.40s' is no "
				                  "number of um", path, sheet->title, 'A' + k,
				                  r->row, r->cell[k]);
		calib_str_addf(text, "%2d %7s %7s %7s\n", ++n, r->cell[0], r->cell[1], r->cell[2]);
	}
	return n;
}

static int take_sheet(struct calib_metro_texts *t, const struct calib_xlsx_sheet *sheet,
                      size_t *quads, const char *path, struct calib_str *said,
                      struct calib_err *err)
{
	struct calib_str points = CALIB_STR_INIT;
	int n = take_points(&points, sheet, path, said, err), rc = n < 0 ? n : CALIB_OK;

	if (n == 0)	/* sheets of remarks, and the empty ones that programs add */
		calib_str_addf(said, "%s: has no points\n", sheet->title);
	else if (n == SMALL && t->n < sizeof t->list / sizeof *t->list) {
		struct calib_metro_text *to = &t->list[t->n++];

		*to = (struct calib_metro_text){sheet->number, CALIB_STR_INIT};
		calib_str_addf(&to->text, "Point    X       Y       Z\n%s", points.s);
		rc = calib_str_check(&to->text, err);
	} else if (n == QUAD) {
		if (*quads == 0)
			t->list[t->n++] = (struct calib_metro_text){0, CALIB_STR_INIT};
		calib_str_addf(&t->list[t->n - 1].text, "Quad %u \nPoint    X       Y        "
		               "Z\n%s\n",
		               sheet->number - 1, points.s);
		(*quads)++;
		rc = calib_str_check(&t->list[t->n - 1].text, err);
	} else if (n > 0)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: %s: has %d points, a quad of a CSPAD has "
		                "32, a CSPAD2x2 has 8", path, sheet->title, n);
	calib_str_release(&points);
	return rc;
}

int calib_metro_texts_make(struct calib_metro_texts *t, const struct calib_xlsx *book,
                           const char *path, struct calib_str *said, struct calib_err *err)
{
	size_t quads = 0;
	int rc = CALIB_OK;

	t->n = 0;
	for (size_t i = 0; i < book->n && rc >= 0; i++)
		rc = take_sheet(t, &book->sheet[i], &quads, path, said, err);
	if (rc >= 0 && t->n == 0)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: no sheet has points in the columns A, B "
		                "and C",
		                path);
	if (rc >= 0 && quads > 0 && quads != 4)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: %zu of its sheets are quads of 32 points, "
		                "a CSPAD has 4", path, quads);
	if (rc >= 0 && quads > 0 && t->n > 1)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: some of its sheets have 32 points, others "
		                "8: of one detector all have the same", path);
	if (rc < 0)
		calib_metro_texts_release(t);
	return rc;
}
