/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/cfpanel.c - the lines of a .geom file
 *
 * "key = value" holds for every panel named later, "panel/key = value" for one; ';' begins a
 * comment.  Source: CrystFEL crystfel_geometry(5). */
#include "form/cfpanel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

void calib_cffile_release(struct calib_cffile *file)
{
	free(file->panel);
	calib_str_release(&file->comments);
	*file = (struct calib_cffile){.panel = NULL, .comments = CALIB_STR_INIT};
}

/* "+0.1x -0.9y +0.0z", also "x", "-y", without blanks, and "-0.5x 0.2y". */
static int parse_vector(double v[3], const char *text)
{
	const char *end = text + strlen(text), *p = text, *stop;
	bool seen[3] = {false, false, false};

	v[0] = v[1] = v[2] = 0;
	for (p += strspn(p, " \t"); p < end; p += strspn(p, " \t")) {
		double sign = 1, value;
		int axis;

		if (*p == '+' || *p == '-')
			sign = *p++ == '-' ? -1 : 1;
		p += strspn(p, " \t");
		value = calib_strtod(p, end, &stop);
		if (stop == p)
			value = 1;
		p = stop;
		if (p == end || *p < 'x' || *p > 'z')
			return -1;
		axis = *p++ - 'x';
		if (seen[axis] || !(fabs(value) <= 1e6))
			return -1;
		seen[axis] = true;
		v[axis] = sign * value;
	}
	return seen[0] || seen[1] || seen[2] ? 0 : -1;
}

enum kind { VECTOR, REAL, WHOLE };
static const struct key {
	const char *name;
	enum kind kind;
	size_t at;
} keys[] = {
#define AT(member) offsetof(struct calib_cfpanel, member)
	{"fs", VECTOR, AT(fs)}, {"ss", VECTOR, AT(ss)}, {"res", REAL, AT(res)},
	{"corner_x", REAL, AT(corner[0])}, {"corner_y", REAL, AT(corner[1])},
	{"coffset", REAL, AT(coffset)}, {"min_fs", WHOLE, AT(min_fs)},
	{"max_fs", WHOLE, AT(max_fs)}, {"min_ss", WHOLE, AT(min_ss)}, {"max_ss", WHOLE, AT(max_ss)},
#undef AT
};

static int set_key(struct calib_cfpanel *p, const struct key *k, const char *value, unsigned line,
                   struct calib_err *err)
{
	char *at = (char *)p + k->at;
	int rc = CALIB_OK;

	if (k->kind == VECTOR && parse_vector((double *)(void *)at, value) < 0)
		return calib_fail(err, CALIB_EFORMAT, "%s: '%s' is not a vector such as +0.01x "
		                  "-0.99y +0.0z", k->name, value);
	if (k->kind == REAL)
		rc = calib_parse_double((double *)(void *)at, value, k->name, err);
	if (rc >= 0 && k->kind == REAL && !(fabs(*(double *)(void *)at) <= 1e12))
		rc = calib_fail(err, CALIB_EFORMAT, "%s: '%s' is not a finite number", k->name,
		                value);
	if (k->kind == WHOLE)
		rc = calib_parse_long((long *)(void *)at, value, 0, 100000000, k->name, err);
	if (strcmp(k->name, "fs") == 0)
		p->fs_line = line;
	if (strcmp(k->name, "ss") == 0)
		p->ss_line = line;
	if (strncmp(k->name, "corner", 6) == 0)
		p->corner_line = line;
	return rc;
}

static int set_value(struct calib_cfpanel *p, const char *key, const char *value, unsigned line,
                     struct calib_err *err)
{
	long number;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strcmp(key, keys[i].name) == 0)
			return set_key(p, &keys[i], value, line, err);
	if (strncmp(key, "dim", 3) == 0 && strspn(key + 3, "0123456789") == strlen(key + 3)
	    && calib_parse_long(&number, value, 0, 100000, key, NULL) >= 0)
		p->dim = number;
	if (strcmp(key, "clen") == 0)	/* else a place in the data, which a geometry has not */
		if (calib_parse_double(&p->clen, value, key, NULL) < 0 || !isfinite(p->clen))
			p->clen = NAN;
	return CALIB_OK;
}

/* Names that are no panels: bad regions, groups. */
static bool is_panel(const char *name)
{
	return strncmp(name, "bad", 3) != 0 && strncmp(name, "rigid_group", 11) != 0
	       && strncmp(name, "group_", 6) != 0;
}

static int get_panel(struct calib_cfpanel **out, struct calib_cffile *file, const char *name,
                     unsigned line, struct calib_err *err)
{
	void *list = file->panel;
	int rc;

	/* the panel of the line before is the usual one */
	for (size_t i = file->n; i-- > 0;)
		if (strcmp(file->panel[i].name, name) == 0) {
			*out = &file->panel[i];
			return CALIB_OK;
		}
	if (file->n >= CALIB_CFPANELS || strlen(name) >= sizeof file->all.name)
		return calib_fail(err, CALIB_EFORMAT, "panel '%s': more than %d panels, or a name "
		                  "of more than %zu characters", name, CALIB_CFPANELS,
		                  sizeof file->all.name - 1);
	rc = calib_grow(&list, &file->room, file->n + 1, sizeof *file->panel, "panels", err);
	if (rc < 0)
		return rc;
	file->panel = list;
	*out = &file->panel[file->n++];
	**out = file->all;
	memcpy((*out)->name, name, strlen(name) + 1);
	(*out)->line = line;
	return CALIB_OK;
}

/* A copy without blanks at its ends, and without a comment behind it. */
static char *trimmed(const char *p, const char *end, struct calib_err *err)
{
	const char *comment = memchr(p, ';', (size_t)(end - p));
	char *copy;

	end = comment != NULL ? comment : end;
	while (p < end && strchr(" \t\r", *p))
		p++;
	for (;;) {	/* editors leave no-break spaces behind */
		if (end > p && strchr(" \t\r", end[-1]))
			end--;
		else if (end - p >= 2 && memcmp(end - 2, "\xc2\xa0", 2) == 0)
			end -= 2;
		else
			break;
	}
	copy = strndup(p, (size_t)(end - p));
	if (copy == NULL)
		calib_fail(err, CALIB_ENOMEM, "out of memory for a line");
	return copy;
}

static int parse_assignment(struct calib_cffile *file, char *text, unsigned line,
                            struct calib_err *err)
{
	char *equals = strchr(text, '='), *slash, *key = text, *value;
	struct calib_cfpanel *p = &file->all;
	int rc = CALIB_OK;

	if (equals == NULL)
		return calib_fail(err, CALIB_EFORMAT, "'%s' is not KEY = VALUE", text);
	value = equals + 1 + strspn(equals + 1, " \t");
	while (equals > text && strchr(" \t", equals[-1]))
		equals--;
	*equals = '\0';
	slash = strchr(key, '/');
	if (slash != NULL) {
		*slash = '\0';
		if (!is_panel(key))
			return CALIB_OK;
		rc = get_panel(&p, file, key, line, err);
		key = slash + 1;
	}
	return rc < 0 ? rc : set_value(p, key, value, line, err);
}

static int parse_line(struct calib_cffile *file, const char *p, const char *end, unsigned line,
                      struct calib_err *err)
{
	char *text;
	int rc = CALIB_OK;

	if (p < end && *p == ';') {
		while (end > p && strchr(" \t\r", end[-1]))
			end--;
		calib_str_addf(&file->comments, "%.*s\n", (int)(end - p), p);
		return calib_str_check(&file->comments, err);
	}
	if (memchr(p, '\0', (size_t)(end - p)) != NULL)
		return calib_fail(err, CALIB_EFORMAT, "a NUL byte, text was expected");
	text = trimmed(p, end, err);
	if (text == NULL)
		return CALIB_ENOMEM;
	if (*text != '\0')
		rc = parse_assignment(file, text, line, err);
	free(text);
	return rc;
}

int calib_cffile_parse(struct calib_cffile *file, const char *text, size_t n, const char *name,
                       struct calib_err *err)
{
	const char *end = text + n, *stop;
	unsigned line = 0;
	int rc = CALIB_OK;

	*file = (struct calib_cffile){.comments = CALIB_STR_INIT};
	file->all = (struct calib_cfpanel){.res = NAN, .corner = {NAN, NAN}, .coffset = NAN,
		.clen = NAN, .min_fs = -1, .max_fs = -1, .min_ss = -1, .max_ss = -1};
	for (const char *p = text; p < end && rc >= 0; p = stop + 1) {
		stop = memchr(p, '\n', (size_t)(end - p));
		stop = stop != NULL ? stop : end;
		rc = parse_line(file, p, stop, ++line, err);
		if (rc < 0)
			calib_err_wrap(err, "%s:%u", name, line);
	}
	return rc;
}
