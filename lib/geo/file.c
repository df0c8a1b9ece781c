/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/file.c - the geometry text file */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/mem.h"
#include "base/parse.h"
#include "geo/geo.h"

enum { FIELDS = 13, WORD = CALIB_GEO_NAME + 1 };

static const char *const field_names[FIELDS] = {
	"PARENT", "PARENT_IND", "OBJECT", "OBJECT_IND", "X0",     "Y0",    "Z0",
	"ROT_Z",  "ROT_Y",      "ROT_X",  "TILT_Z",     "TILT_Y", "TILT_X"};

/* Python's white space within a line. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* A comment: leading '#' and then blanks go; nothing left is no comment, one character an empty
 * one, else both ends are stripped. */
static int add_comment(struct calib_geo *geo, const char *p, const char *end,
                       struct calib_err *err)
{
	char *text;
	int rc;

	while (p < end && *p == '#')
		p++;
	while (p < end && *p == ' ')
		p++;
	if (p == end)
		return CALIB_OK;
	if (end - p == 1)
		return calib_geo_comment(geo, "", err);
	while (p < end && is_blank(*p))
		p++;
	while (end > p && is_blank(end[-1]))
		end--;
	if (memchr(p, '\0', (size_t)(end - p)) != NULL)
		return calib_fail(err, CALIB_EFORMAT, "a NUL byte in a comment, text was expected");
	text = strndup(p, (size_t)(end - p));
	if (text == NULL)
		return calib_fail(err, CALIB_ENOMEM, "out of memory for a comment");
	rc = calib_geo_comment(geo, text, err);
	free(text);
	return rc;
}

/* The words of a line; their number, or FIELDS + 1 when there are more. */
static int split(char word[FIELDS][WORD], const char *p, const char *end, struct calib_err *err)
{
	int n = 0;

	for (;;) {
		const char *from;

		while (p < end && is_blank(*p))
			p++;
		if (p == end)
			return n;
		for (from = p; p < end && !is_blank(*p); p++)
			if (*p == '\0')
				return calib_fail(err, CALIB_EFORMAT, "a NUL byte, text was "
				                  "expected");
		if (n == FIELDS)
			return FIELDS + 1;
		if (p - from >= WORD)
			return calib_fail(err, CALIB_EFORMAT, "field %s has more than %d "
			                  "characters", field_names[n], WORD - 1);
		memcpy(word[n], from, (size_t)(p - from));
		word[n++][p - from] = '\0';
	}
}

static int add_object(struct calib_geo *geo, const char *p, const char *end, int flags,
                      struct calib_err *err)
{
	char word[FIELDS][WORD];
	double par[CALIB_GEO_NPARS];
	long index[2];
	int n = split(word, p, end, err), rc;

	if (n < 0)
		return n;
	if (n != FIELDS)
		return calib_fail(err, CALIB_EFORMAT, "%s%d fields, expected 13: PARENT IND OBJECT "
		                  "IND X0 Y0 Z0 ROT_Z ROT_Y ROT_X TILT_Z TILT_Y TILT_X%s",
		                  n > FIELDS ? "more than " : "", n > FIELDS ? FIELDS : n,
		                  n > FIELDS ? "; a comment has a line of its own" : "");
	for (int i = 0; i < 2; i++) {
		rc = calib_parse_long(&index[i], word[2 * i + 1], 0, 1000000000,
		                      field_names[2 * i + 1], err);
		if (rc < 0)
			return rc;
	}
	for (int i = 0; i < CALIB_GEO_NPARS; i++) {
		rc = calib_parse_double(&par[i], word[4 + i], field_names[4 + i], err);
		if (rc < 0)
			return rc;
		if (!(fabs(par[i]) <= CALIB_GEO_MAX))
			return calib_fail(err, CALIB_EFORMAT, "%s: '%s' is not a finite number up "
			                  "to %g", field_names[4 + i], word[4 + i], CALIB_GEO_MAX);
	}
	/* psana looks against the beam: a detector is at negative z */
	if (strncmp(word[0], "IP", 2) == 0 && par[CALIB_GEO_Z0] > 0)
		par[CALIB_GEO_Z0] = -par[CALIB_GEO_Z0];
	return calib_geo_add(geo, word[0], index[0], word[2], index[1], par, flags, err);
}

static int read_line(struct calib_geo *geo, const char *p, const char *end, unsigned line,
                     int flags, struct calib_err *err)
{
	const char *q = p;
	size_t before = geo->n;
	int rc;

	while (q < end && is_blank(*q))
		q++;
	if (q == end)
		return CALIB_OK;
	if (*q == '#' && q > p)
		return calib_fail(err, CALIB_EFORMAT,
				  "a comment begins with '#' in the first column");
	rc = *p == '#' ? add_comment(geo, p, end, err) : add_object(geo, p, end, flags, err);
	if (rc >= 0 && geo->n > before)
		geo->object[before].line = line;
	return rc;
}

int calib_geo_read(struct calib_geo *geo, const char *text, size_t n, const char *name, int flags,
                   struct calib_err *err)
{
	const char *end = text + n;
	unsigned line = 0;
	int rc = CALIB_OK;

	calib_geo_release(geo);
	geo->file = calib_strdup(name, err);
	if (geo->file == NULL)
		return CALIB_ENOMEM;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)	/* editors put it before UTF-8 */
		text += 3;
	for (const char *p = text, *stop; p < end && rc >= 0; p = stop + 1) {
		stop = memchr(p, '\n', (size_t)(end - p));
		stop = stop != NULL ? stop : end;
		line++;
		/* a file from elsewhere may have lines that end in CR LF */
		rc = read_line(geo, p, stop > p && stop[-1] == '\r' ? stop - 1 : stop, line, flags,
		               err);
		if (rc < 0)
			calib_err_wrap(err, "%s:%u", name, line);
	}
	if (rc >= 0)
		rc = calib_geo_link(geo, err);
	if (rc < 0)
		calib_geo_release(geo);
	return rc;
}

int calib_geo_load(struct calib_geo *geo, const char *path, int flags, struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT;
	int rc = calib_in_text(path, &text, err);

	if (rc >= 0)
		rc = calib_geo_read(geo, text.s, text.len,
		                    strcmp(path, "-") == 0 ? "standard input" : path, flags, err);
	calib_str_release(&text);
	return rc;
}

/* "%8.3f" without the zeros at its end. */
static const char *rotation_text(double deg, char text[32])
{
	size_t n = (size_t)snprintf(text, 32, "%8.3f", deg);

	while (text[n - 1] == '0')
		n--;
	n -= text[n - 1] == '.';
	text[n] = '\0';
	return text;
}

static void add_line(struct calib_str *s, const struct calib_geo_object *o, bool full)
{
	const double *v = o->par;
	char r[3][32], number[CALIB_NUMBER_ROOM];

	calib_str_addf(s, "%-11s %3ld %-11s %3ld ", o->parent, o->parent_index, o->name, o->index);
	if (full) {
		for (int i = 0; i < CALIB_GEO_NPARS; i++)
			calib_str_addf(s, " %*s", i < CALIB_GEO_TILT_Z ? 8 : 10,
			               calib_geo_number(v[i], number));
		calib_str_addc(s, '\n');
		return;
	}
	calib_str_addf(s, " %8.0f %8.0f %8.0f  %8s   %8s   %8s    %8.5f %8.5f %8.5f\n", v[0], v[1],
	               v[2], rotation_text(v[3], r[0]), rotation_text(v[4], r[1]),
	               rotation_text(v[5], r[2]), v[6], v[7], v[8]);
}

const char *calib_geo_number(double v, char text[CALIB_NUMBER_ROOM])
{
	static const struct calib_number shortest = {"", 0, -1, 's'};

	*calib_number_real(text, &shortest, v, false) = '\0';
	return text;
}

int calib_geo_text(struct calib_str *text, const struct calib_geo *geo, bool full,
                   struct calib_err *err)
{
	for (size_t i = 0; i < geo->ncomments; i++)
		calib_str_addf(text, "# %s\n", geo->comment[i]);
	calib_str_addc(text, '\n');
	for (size_t i = 0; i < geo->n; i++)
		if (geo->object[i].parent != NULL)
			add_line(text, &geo->object[i], full);
	return calib_str_check(text, err);
}

int calib_geo_save(const struct calib_geo *geo, const char *path, bool full, int flags,
                   struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT;
	int rc = calib_geo_text(&text, geo, full, err);

	if (rc >= 0)
		rc = calib_out_text(path, flags, &text, err);
	calib_str_release(&text);
	return rc;
}
