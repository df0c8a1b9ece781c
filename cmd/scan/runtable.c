/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/runtable.c - what the site's data base says of runs, from a table with tabs */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/in.h"
#include "base/mem.h"
#include "scan/scan.h"

enum { MAX_CELLS = 64 };

static const char *const note_names[SCAN_NOTES] = {"type", "comment", "sources"};

/* Where the columns are; -1: there is none. */
struct header { int run, note[SCAN_NOTES]; };

static int read_text(struct calib_str *text, const char *path, struct calib_err *err)
{
	struct calib_in *in = NULL;
	const uint8_t *bytes;
	long n = 0;
	int rc = calib_in_open(&in, path, err);

	while (rc >= 0 && (n = calib_in_peek(in, &bytes, 1, err)) > 0) {
		calib_str_addn(text, (const char *)bytes, (size_t)n);
		rc = calib_in_skip(in, (uint64_t)n, err);
	}
	calib_in_close(in);
	return rc < 0 ? rc : n < 0 ? (int)n : calib_str_check(text, err);
}

/* A line into its cells, blanks around them and a carriage return dropped. */
static int cut(char *line, char *cell[MAX_CELLS])
{
	int n = 0;

	while (n < MAX_CELLS && line != NULL) {
		char *p = strsep(&line, "\t");
		size_t len;

		p += strspn(p, " ");
		for (len = strlen(p); len > 0 && strchr(" \r", p[len - 1]); len--)
			p[len - 1] = '\0';
		cell[n++] = p;
	}
	return n;
}

static int read_header(struct header *h, char *line, const char *path, struct calib_err *err)
{
	char *cell[MAX_CELLS];
	int n = 0;

	*h = (struct header){-1, {-1, -1, -1}};
	if (line != NULL && *line == '#')
		n = cut(line + 1, cell);
	for (int i = 0; i < n; i++) {
		if (h->run < 0 && strcasecmp(cell[i], "run") == 0)
			h->run = i;
		for (int k = 0; k < SCAN_NOTES; k++)
			if (h->note[k] < 0 && strcasecmp(cell[i], note_names[k]) == 0)
				h->note[k] = i;
	}
	if (h->run < 0)
		return calib_fail(err, CALIB_EFORMAT, "%s:1: a header line such as "
		                  "'#run<tab>type<tab>comment<tab>sources' is expected", path);
	return CALIB_OK;
}

static int read_row(struct scan_notes *notes, const struct header *h, char *line,
                    const char *where, struct calib_err *err)
{
	struct scan_note row = {0, {NULL}};
	char *cell[MAX_CELLS];
	int n = cut(line, cell);
	void *rows = notes->row;
	long run;

	if (n <= h->run)
		return calib_fail(err, CALIB_EFORMAT, "%s: %d columns, the run is expected in "
		                  "column %d", where, n, h->run + 1);
	if (calib_parse_long(&run, cell[h->run], 0, 999999999, where, err) < 0)
		return CALIB_EFORMAT;
	row.run = (unsigned)run;
	for (int k = 0; k < SCAN_NOTES; k++)
		if (h->note[k] >= 0 && h->note[k] < n)
			row.cell[k] = cell[h->note[k]];
	if (calib_grow(&rows, &notes->room, notes->n + 1, sizeof row, "run table", err) < 0)
		return CALIB_ENOMEM;
	notes->row = rows;
	notes->row[notes->n++] = row;
	return CALIB_OK;
}

static int by_run(const void *a, const void *b)
{
	const struct scan_note *x = a, *y = b;

	return (x->run > y->run) - (x->run < y->run);
}

int scan_notes_read(struct scan_notes *notes, const char *path, struct calib_err *err)
{
	struct header h;
	unsigned number = 1;
	char *next;
	int rc;

	*notes = (struct scan_notes){.text = CALIB_STR_INIT};
	rc = read_text(&notes->text, path, err);
	if (rc < 0)
		return rc;
	next = notes->text.len > 0 ? notes->text.s : NULL;
	rc = read_header(&h, strsep(&next, "\n"), path, err);
	while (rc >= 0 && next != NULL) {
		char where[512], *line = strsep(&next, "\n");

		snprintf(where, sizeof where, "%.480s:%u", path, ++number);
		if (line[strspn(line, " \t\r")] != '\0' && *line != '#')
			rc = read_row(notes, &h, line, where, err);
	}
	if (rc >= 0 && notes->n > 0)
		qsort(notes->row, notes->n, sizeof notes->row[0], by_run);
	for (size_t i = 1; i < notes->n && rc >= 0; i++)
		if (notes->row[i].run == notes->row[i - 1].run)
			rc = calib_fail(err, CALIB_EFORMAT, "%s: run %u is there twice, one row a "
			                "run is expected", path, notes->row[i].run);
	return rc;
}

void scan_notes_release(struct scan_notes *notes)
{
	free(notes->row);
	calib_str_release(&notes->text);
	*notes = (struct scan_notes){.text = CALIB_STR_INIT};
}
