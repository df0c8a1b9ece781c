/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/xlsx.c - workbooks: a zip of XML members, each read in one pass
 *
 * What is read is bounded: members by their unpacked size, trees by their depth, sheets by the
 * number of rows with content.  Entities cannot be declared, so none can expand. */
#include "form/xlsx.h"

#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unzip.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"

enum { MAX_BYTES = 64 << 20, MAX_DEPTH = 64, MAX_ROWS = 100000, MAX_STRINGS = 1000000,
       MAX_TEXT = 32767 /* of a cell; ECMA-376 does not say, Excel does */ };

/* ---- members ---- */

/* What is made of a member: its elements in turn. */
struct reader {
	void (*start)(struct reader *r, const char *name, const XML_Char **atts);
	void (*end)(struct reader *r, const char *name);
	const char *path, *member;
	XML_Parser parser;
	int depth;
	bool collect;			/* text belongs to something */
	struct calib_str text;
	void *to;			/* whatever start and end work on */
	struct calib_err *err;		/* code is set: parsing has ended */
};

static void stop(struct reader *r)
{
	XML_StopParser(r->parser, XML_FALSE);
}

/* Names without their prefix: "x:row" is "row". */
static const char *local(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon != NULL ? colon + 1 : name;
}

static const char *attribute(const XML_Char **atts, const char *name)
{
	for (; *atts != NULL; atts += 2)
		if (strcmp(local(atts[0]), name) == 0)
			return atts[1];
	return NULL;
}

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **atts)
{
	struct reader *r = data;

	if (++r->depth > MAX_DEPTH) {
		calib_fail(r->err, CALIB_EFORMAT, "%s: %s: elements are nested deeper than %d",
		           r->path, r->member, MAX_DEPTH);
		stop(r);
		return;
	}
	r->start(r, local(name), atts);
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
	struct reader *r = data;

	r->depth--;
	r->end(r, local(name));
}

static void XMLCALL on_text(void *data, const XML_Char *text, int n)
{
	struct reader *r = data;

	if (r->collect && r->text.len + (size_t)n <= MAX_TEXT)
		calib_str_addn(&r->text, text, (size_t)n);
}

static void XMLCALL on_entity(void *data, const XML_Char *name, int is_parameter,
                              const XML_Char *value, int n, const XML_Char *base,
                              const XML_Char *system, const XML_Char *public,
                              const XML_Char *notation)
{
	struct reader *r = data;

	(void)is_parameter, (void)value, (void)n, (void)base, (void)system, (void)public,
		(void)notation;
	calib_fail(r->err, CALIB_EFORMAT, "%s: %s: declares the entity '%.40s', which no workbook "
	           "does", r->path, r->member, name);
	stop(r);
}

/* The open member through the parser, piece by piece. */
static int parse_member(unzFile zip, struct reader *r)
{
	char buf[65536];
	size_t total = 0;
	int n;

	do {
		n = unzReadCurrentFile(zip, buf, sizeof buf);
		total += n > 0 ? (size_t)n : 0;
		if (n < 0)
			return calib_fail(r->err, CALIB_EFORMAT, "%s: %s: is damaged (zip error "
			        "%d)",
			                  r->path, r->member, n);
		if (total > MAX_BYTES)
			return calib_fail(r->err, CALIB_EFORMAT, "%s: %s: is more than %d MiB "
			                  "unpacked, no measurement is that large", r->path,
			                  r->member, MAX_BYTES >> 20);
		if (XML_Parse(r->parser, buf, n, n == 0) == XML_STATUS_ERROR) {
			if (r->err->code != CALIB_OK)
				return r->err->code;
			return calib_fail(r->err, CALIB_EFORMAT, "%s: %s:%lu: %s", r->path,
			                  r->member,
			                  (unsigned long)XML_GetCurrentLineNumber(r->parser),
			                  XML_ErrorString(XML_GetErrorCode(r->parser)));
		}
	} while (n > 0);
	return calib_str_check(&r->text, r->err);
}

static int read_current(unzFile zip, struct reader *r)
{
	int rc;

	r->parser = XML_ParserCreate(NULL);
	r->text = (struct calib_str)CALIB_STR_INIT;
	if (r->parser == NULL)
		return calib_fail(r->err, CALIB_ENOMEM, "out of memory");
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_start, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	XML_SetEntityDeclHandler(r->parser, on_entity);
	if (unzOpenCurrentFile(zip) != UNZ_OK)
		rc = calib_fail(r->err, CALIB_EFORMAT, "%s: %s: cannot be unpacked: encrypted, or "
		                "an unknown compression", r->path, r->member);
	else
		rc = parse_member(zip, r);
	unzCloseCurrentFile(zip);
	XML_ParserFree(r->parser);
	calib_str_release(&r->text);
	return rc;
}

/* A member that need not be there. */
static int read_member(unzFile zip, const char *name, struct reader *r)
{
	r->member = name;
	return unzLocateFile(zip, name, 1) == UNZ_OK ? read_current(zip, r) : CALIB_OK;
}

/* ---- texts and titles ---- */

struct texts { char **list; size_t n, room; };

static void texts_free(struct texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->list[i]);
	free(t->list);
}

static int texts_add(struct texts *t, const char *text, struct calib_err *err)
{
	void *list = t->list;
	char *copy;

	if (t->n >= MAX_STRINGS)
		return calib_fail(err, CALIB_EFORMAT, "more than %d texts", MAX_STRINGS);
	if (calib_grow(&list, &t->room, t->n + 1, sizeof *t->list, "texts", err) < 0)
		return CALIB_ENOMEM;
	t->list = list;
	copy = calib_strdup(text, err);
	if (copy == NULL)
		return CALIB_ENOMEM;
	t->list[t->n++] = copy;
	return CALIB_OK;
}

/* <si> has one <t>, or runs with a <t> each; phonetic runs are no part of the text. */
static void string_start(struct reader *r, const char *name, const XML_Char **atts)
{
	(void)atts;
	if (strcmp(name, "si") == 0)
		calib_str_clear(&r->text);
	r->collect = strcmp(name, "t") == 0;
}

static void string_end(struct reader *r, const char *name)
{
	r->collect = false;
	if (strcmp(name, "si") == 0 && texts_add(r->to, r->text.s, r->err) < 0)
		stop(r);
}

/* Pairs: of the workbook, title and id; of its relations, id and target. */
static void pair_start(struct reader *r, const char *name, const XML_Char **atts)
{
	bool sheet = strcmp(name, "sheet") == 0;
	const char *a, *b;

	if (!sheet && strcmp(name, "Relationship") != 0)
		return;
	a = attribute(atts, sheet ? "name" : "Id");
	b = attribute(atts, sheet ? "id" : "Target");
	if (a != NULL && b != NULL
	    && (texts_add(r->to, a, r->err) < 0 || texts_add(r->to, b, r->err) < 0))
		stop(r);
}

static void pair_end(struct reader *r, const char *name)
{
	(void)r, (void)name;
}

/* "worksheets/sheet3.xml", "/xl/worksheets/sheet3.xml" */
static unsigned sheet_number(const char *path)
{
	const char *at = strstr(path, "worksheets/sheet");
	char *end;
	unsigned long n;

	if (at == NULL)
		return 0;
	n = strtoul(at + 16, &end, 10);
	return end != at + 16 && strcmp(end, ".xml") == 0 && n <= 10000 ? (unsigned)n : 0;
}

static void title_sheet(struct calib_xlsx_sheet *s, const struct texts *sheets,
                        const struct texts *relations)
{
	snprintf(s->title, sizeof s->title, "sheet%u", s->number);
	for (size_t i = 0; i + 1 < relations->n; i += 2)
		for (size_t k = 0; k + 1 < sheets->n; k += 2)
			if (sheet_number(relations->list[i + 1]) == s->number
			    && strcmp(sheets->list[k + 1], relations->list[i]) == 0)
				snprintf(s->title, sizeof s->title, "%s", sheets->list[k]);
}

/* ---- sheets ---- */

/* The cell that is being read; column 0 to 2, -1: another. */
struct sheet_reader {
	struct calib_xlsx_sheet *sheet;
	const struct texts *strings;
	struct calib_xlsx_row row;
	unsigned rows;
	int column;
	enum { PLAIN, SHARED, INLINE } type;
	bool value, formula;		/* has a <v> or <is>, an <f> */
	char cell[16];
};

static void row_clear(struct calib_xlsx_row *row)
{
	for (int i = 0; i < 3; i++)
		free(row->cell[i]);
	*row = (struct calib_xlsx_row){.row = 0};
}

static void cell_start(struct reader *r, struct sheet_reader *s, const XML_Char **atts)
{
	const char *place = attribute(atts, "r"), *type = attribute(atts, "t");

	s->column = s->column < 100 ? s->column + 1 : s->column;
	if (place != NULL)	/* else it is the one after the last */
		s->column = place[0] >= 'A' && place[0] <= 'C' && place[1] >= '0'
			&& place[1] <= '9' ? place[0] - 'A' : 100;
	s->type = type == NULL ? PLAIN : strcmp(type, "s") == 0 ? SHARED
		: strcmp(type, "inlineStr") == 0 ? INLINE : PLAIN;
	s->value = s->formula = false;
	snprintf(s->cell, sizeof s->cell, "%c%u", s->column < 3 ? 'A' + s->column : '?',
	         s->row.row);
	calib_str_clear(&r->text);
}

static void sheet_start(struct reader *r, const char *name, const XML_Char **atts)
{
	struct sheet_reader *s = r->to;

	if (strcmp(name, "row") == 0) {
		const char *number = attribute(atts, "r");

		row_clear(&s->row);
		s->rows++;
		s->row.row = number ? (unsigned)strtoul(number, NULL, 10) : s->rows;
		s->rows = s->row.row;
		s->column = -1;
	} else if (strcmp(name, "c") == 0) {
		cell_start(r, s, atts);
	} else if (strcmp(name, "f") == 0) {
		s->formula = true;
	} else if (strcmp(name, "v") == 0 || strcmp(name, "is") == 0) {
		s->value = true;
		calib_str_clear(&r->text);
	}
	r->collect = s->column < 3 && (strcmp(name, "v") == 0
	                               || (s->type == INLINE && strcmp(name, "t") == 0));
}

static void take_cell(struct reader *r, struct sheet_reader *s)
{
	const char *text = r->text.s;
	double number;
	size_t i;

	if (s->column < 0 || s->column > 2)
		return;
	if (s->formula && (!s->value || r->text.len == 0)) {
		calib_fail(r->err, CALIB_EFORMAT, "%s: %s!%s: has a formula without its value: "
		           "save the workbook once by the program that computes it", r->path,
		           s->sheet->title, s->cell);
		stop(r);
		return;
	}
	if (!s->value || r->text.len == 0)
		return;
	if (s->type == SHARED) {
		i = strtoul(text, NULL, 10);
		if (i >= s->strings->n) {
			calib_fail(r->err, CALIB_EFORMAT, "%s: %s!%s: names the text number %zu of "
			           "%zu", r->path, s->sheet->title, s->cell, i, s->strings->n);
			stop(r);
			return;
		}
		text = s->strings->list[i];
	}
	free(s->row.cell[s->column]);
	s->row.cell[s->column] = calib_strdup(text, r->err);
	s->row.number[s->column] = s->type == PLAIN
		&& calib_parse_double(&number, text, "", NULL) >= 0 && isfinite(number);
	if (s->row.cell[s->column] == NULL)
		stop(r);
}

static void take_row(struct reader *r, struct sheet_reader *s)
{
	struct calib_xlsx_sheet *sheet = s->sheet;
	void *rows = sheet->row;

	if (s->row.cell[0] == NULL && s->row.cell[1] == NULL && s->row.cell[2] == NULL)
		return;
	if (sheet->n >= MAX_ROWS)
		calib_fail(r->err, CALIB_EFORMAT, "%s: %s: has more than %d rows with content",
		           r->path, sheet->title, MAX_ROWS);
	else if (calib_grow(&rows, &sheet->room, sheet->n + 1, sizeof *sheet->row, "rows", r->err)
	         >= 0) {
		sheet->row = rows;
		sheet->row[sheet->n++] = s->row;
		s->row = (struct calib_xlsx_row){.row = 0};
		return;
	}
	stop(r);
}

static void sheet_end(struct reader *r, const char *name)
{
	struct sheet_reader *s = r->to;

	r->collect = false;
	if (strcmp(name, "c") == 0)
		take_cell(r, s);
	else if (strcmp(name, "row") == 0)
		take_row(r, s);
}

/* ---- the workbook ---- */

void calib_xlsx_release(struct calib_xlsx *book)
{
	for (size_t i = 0; i < book->n; i++) {
		for (size_t k = 0; k < book->sheet[i].n; k++)
			row_clear(&book->sheet[i].row[k]);
		free(book->sheet[i].row);
	}
	free(book->sheet);
	*book = (struct calib_xlsx){NULL, 0, 0};
}

static int by_number(const void *a, const void *b)
{
	const struct calib_xlsx_sheet *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Which sheets there are; their members' names follow from their numbers. */
static int list_sheets(struct calib_xlsx *book, unzFile zip, struct calib_err *err)
{
	char name[256];

	for (int rc = unzGoToFirstFile(zip); rc == UNZ_OK; rc = unzGoToNextFile(zip)) {
		void *list = book->sheet;
		unsigned n;

		if (unzGetCurrentFileInfo64(zip, NULL, name, sizeof name, NULL, 0, NULL, 0)
		    != UNZ_OK || strncmp(name, "xl/worksheets/sheet", 19) != 0
		    || (n = sheet_number(name)) == 0)
			continue;
		if (calib_grow(&list, &book->room, book->n + 1, sizeof *book->sheet, "sheets", err)
		    < 0)
			return CALIB_ENOMEM;
		book->sheet = list;
		book->sheet[book->n++].number = n;
	}
	if (book->n > 0)
		qsort(book->sheet, book->n, sizeof *book->sheet, by_number);
	return CALIB_OK;
}

static int read_book(struct calib_xlsx *book, unzFile zip, const char *path, struct calib_err *err)
{
	struct texts strings = {NULL, 0, 0}, sheets = {NULL, 0, 0}, relations = {NULL, 0, 0};
	struct reader r = {.start = pair_start, .end = pair_end, .path = path, .err = err};
	int rc = list_sheets(book, zip, err);

	r.to = &sheets;
	if (rc >= 0)
		rc = read_member(zip, "xl/workbook.xml", &r);
	r.to = &relations;
	if (rc >= 0)
		rc = read_member(zip, "xl/_rels/workbook.xml.rels", &r);
	r.to = &strings, r.start = string_start, r.end = string_end;
	if (rc >= 0)
		rc = read_member(zip, "xl/sharedStrings.xml", &r);
	for (size_t i = 0; i < book->n && rc >= 0; i++) {
		struct sheet_reader s = {.sheet = &book->sheet[i], .strings = &strings,
			.column = -1};
		char member[64];

		snprintf(member, sizeof member, "xl/worksheets/sheet%u.xml", s.sheet->number);
		title_sheet(s.sheet, &sheets, &relations);
		r.to = &s, r.start = sheet_start, r.end = sheet_end;
		rc = read_member(zip, member, &r);
		row_clear(&s.row);
	}
	texts_free(&strings);
	texts_free(&sheets);
	texts_free(&relations);
	return rc;
}

int calib_xlsx_read(struct calib_xlsx *book, const char *path, struct calib_err *err)
{
	FILE *f = fopen(path, "rb");
	unzFile zip;
	int rc;

	*book = (struct calib_xlsx){NULL, 0, 0};
	if (f == NULL)	/* minizip has no words for it */
		return calib_fail_sys(err, "%s: cannot open", path);
	fclose(f);
	zip = unzOpen64(path);
	if (zip == NULL)
		return calib_fail(err, CALIB_EFORMAT, "%s: is no workbook of the form .xlsx (a zip "
		                  "archive); save it as that", path);
	rc = read_book(book, zip, path, err);
	unzClose(zip);
	if (rc >= 0 && book->n == 0)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: is a zip archive without "
		                "worksheets", path);
	if (rc < 0)
		calib_xlsx_release(book);
	return rc;
}
