/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/geofile.c - geometry files: 13 columns and comments */
#include "store/geofile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/parse.h"

enum { NFIELDS = 13, WORD_MAX = 64 };
static const char blanks[] = " \t\v\f\r";
static const char *const field_names[NFIELDS] = {
	"parent", "parent index", "object", "object index", "x0",     "y0",    "z0",
	"rot_z",  "rot_y",        "rot_x",  "tilt_z",       "tilt_y", "tilt_x"};

/* Of "##  text  " the text; "#" alone is nothing, and a single character an empty comment. */
static int read_comment(struct calib_geo *geo, char *line, struct calib_err *err)
{
	size_t len;

	line += strspn(line, "#");
	line += strspn(line, " ");
	len = strlen(line);
	if (len == 0)
		return CALIB_OK;
	if (len == 1)
		line[0] = '\0';
	line += strspn(line, blanks);
	for (len = strlen(line); len > 0 && strchr(blanks, line[len - 1]); len--)
		line[len - 1] = '\0';
	return calib_geo_comment(geo, line, err);
}

static size_t split(char *line, char *field[NFIELDS])
{
	size_t n = 0;

	for (line += strspn(line, blanks); *line; n++) {
		size_t len = strcspn(line, blanks);
		bool more = line[len] != '\0';

		if (n < NFIELDS)
			field[n] = line;
		line[len] = '\0';
		line += len + more;
		line += strspn(line, blanks);
	}
	return n;
}

static int read_numbers(struct calib_geoobj *obj, char *field[NFIELDS], const char *where,
			struct calib_err *err)
{
	double *const to[9] = {&obj->at[0],   &obj->at[1],   &obj->at[2],
			       &obj->rot[2],  &obj->rot[1],  &obj->rot[0],
			       &obj->tilt[2], &obj->tilt[1], &obj->tilt[0]};
	long ind[2];

	for (size_t i = 0; i < 2; i++)
		if (calib_parse_long(&ind[i], field[1 + 2 * i], 0, 1000000000, "index", NULL) < 0)
			return calib_fail(err, CALIB_EFORMAT,
					  "%s: %s: '%s' is not a whole number from 0 to 1000000000",
					  where, field_names[1 + 2 * i], field[1 + 2 * i]);
	obj->parent_ind = (unsigned)ind[0];
	obj->ind = (unsigned)ind[1];
	for (size_t i = 0; i < 9; i++)
		if (calib_parse_double(to[i], field[4 + i], "value", NULL) < 0
		    || !(fabs(*to[i]) <= 1e15))
			return calib_fail(err, CALIB_EFORMAT,
					  "%s: %s: '%s' is not a number between -1e15 and 1e15",
					  where, field_names[4 + i], field[4 + i]);
	return CALIB_OK;
}

static int read_object(struct calib_geo *geo, char *line, size_t number, const char *where,
		       struct calib_err *err)
{
	struct calib_geoobj obj = {.line = number};
	char *field[NFIELDS], place[300];
	size_t n = split(line, field);

	snprintf(place, sizeof place, "%s:%zu", where, number);
	if (n != NFIELDS)
		return calib_fail(
			err, CALIB_EFORMAT,
			"%s: %zu columns, 13 expected: parent index object index x0 y0 z0 "
			"rot_z rot_y rot_x tilt_z tilt_y tilt_x",
			place, n);
	for (size_t i = 0; i <= 2; i += 2)
		if (strlen(field[i]) > WORD_MAX)
			return calib_fail(err, CALIB_EFORMAT,
					  "%s: %s: a name of %zu characters, at "
					  "most %d expected",
					  place, field_names[i], strlen(field[i]), (int)WORD_MAX);
	if (read_numbers(&obj, field, place, err) < 0)
		return CALIB_EFORMAT;
	obj.parent = field[0];
	obj.name = field[2];
	if (strncmp(obj.parent, "IP", 2) == 0 && obj.at[2] > 0)
		obj.at[2] = -obj.at[2];
	return calib_geo_add(geo, &obj, err);
}

static int read_line(struct calib_geo *geo, char *line, size_t number, const char *where,
		     struct calib_err *err)
{
	if (line[strspn(line, blanks)] == '\0')
		return CALIB_OK;
	return line[0] == '#' ? read_comment(geo, line, err)
			      : read_object(geo, line, number, where, err);
}

int calib_geo_parse(struct calib_geo *geo, const char *text, size_t n, const char *where,
		    struct calib_err *err)
{
	const char *at = text, *end = text + n;
	struct calib_str line = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (size_t number = 1; at < end && rc >= 0; number++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop ? stop : end) - at);

		if (memchr(at, '\0', len) != NULL) {
			rc = calib_fail(err, CALIB_EFORMAT, "%s:%zu: a NUL byte, text expected",
					where, number);
			break;
		}
		calib_str_clear(&line);
		calib_str_addn(&line, at, len);
		if (len > 0 && line.len == len && line.s[len - 1] == '\r')
			line.s[len - 1] = '\0';
		rc = calib_str_check(&line, err);
		if (rc >= 0 && len > 0)
			rc = read_line(geo, line.s, number, where, err);
		at += len + 1;
	}
	calib_str_release(&line);
	if (rc >= 0)
		rc = calib_geo_link(geo, where, err);
	if (rc < 0)
		calib_geo_release(geo);
	return rc;
}

int calib_geo_load(struct calib_geo *geo, const char *path, struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT;
	int rc = calib_in_text(path, &text, err);

	if (rc >= 0)
		rc = calib_geo_parse(geo, text.s, text.len,
				     strcmp(path, "-") == 0 ? "standard input" : path, err);
	calib_str_release(&text);
	return rc;
}

/* Does a number come back from its text? */
static bool exact(const char *text, double v)
{
	double back;

	return calib_parse_double(&back, text, "number", NULL) >= 0 && back == v;
}

/* v in a column of 8, with this many decimals; trim: without the zeros at their end */
static void add_number(struct calib_str *text, int decimals, double v, bool trim, bool precise)
{
	char word[64];
	size_t len;

	snprintf(word, sizeof word, "%8.*f", decimals, v);
	for (len = strlen(word); trim && word[len - 1] == '0'; len--)
		word[len - 1] = '\0';
	if (trim && word[len - 1] == '.')
		word[len - 1] = '\0';
	for (int digits = 1; precise && digits <= 17 && !exact(word + strspn(word, " "), v);
	     digits++)
		snprintf(word, sizeof word, "%.*g", digits, v);
	calib_str_addf(text, "%8s", word);
}

static void add_object(struct calib_str *text, const struct calib_geoobj *o, bool precise)
{
	calib_str_addf(text, "%-11s %3u %-11s %3u ", o->parent, o->parent_ind, o->name, o->ind);
	for (int k = 0; k < 3; k++) {
		calib_str_addc(text, ' ');
		add_number(text, 0, o->at[k], false, precise);
	}
	calib_str_add(text, "  ");
	for (int k = 2; k >= 0; k--) {
		add_number(text, 3, o->rot[k], true, precise);
		calib_str_add(text, k > 0 ? "   " : "    ");
	}
	for (int k = 2; k >= 0; k--) {
		add_number(text, 5, o->tilt[k], false, precise);
		calib_str_addc(text, k > 0 ? ' ' : '\n');
	}
}

void calib_geo_format(struct calib_str *text, const struct calib_geo *geo, bool precise)
{
	for (size_t i = 0; i < geo->ncomment; i++)
		calib_str_addf(text, "# %s\n", geo->comment[i]);
	calib_str_addc(text, '\n');
	for (size_t i = 0; i < geo->n; i++)
		if (geo->obj[i].parent != NULL)
			add_object(text, &geo->obj[i], precise);
}
