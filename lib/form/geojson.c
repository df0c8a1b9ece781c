/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/geojson.c - a geometry as JSON */
#include <math.h>
#include <string.h>

#include "base/parse.h"
#include "form/geoform.h"

int calib_geojson_text(struct calib_str *text, const struct calib_geo *geo, struct calib_err *err)
{
	const char *between = "[\n";
	char number[CALIB_NUMBER_ROOM];

	for (size_t i = 0; i < geo->ncomments; i++, between = ",\n") {
		calib_str_addf(text, "%s{\"comment\": ", between);
		calib_str_quote_json(text, geo->comment[i]);
		calib_str_addc(text, '}');
	}
	for (size_t i = 0; i < geo->n; i++) {
		const struct calib_geo_object *o = &geo->object[i];

		if (o->parent == NULL)
			continue;
		calib_str_addf(text, "%s{\"parent\": ", between);
		calib_str_quote_json(text, o->parent);
		calib_str_addf(text, ", \"parent_index\": %ld, \"object\": ", o->parent_index);
		calib_str_quote_json(text, o->name);
		calib_str_addf(text, ", \"index\": %ld", o->index);
		for (int k = 0; k < CALIB_GEO_NPARS; k++) {
			calib_str_addf(text, ", \"%s\": ", calib_geo_par_names[k]);
			calib_str_add(text, calib_geo_number(o->par[k], number));
		}
		calib_str_addc(text, '}');
		between = ",\n";
	}
	calib_str_add(text, "\n]\n");
	return calib_str_check(text, err);
}

struct cursor {
	const char *p, *end;
	unsigned line;
	struct calib_err *err;
};

static int expected(struct cursor *c, const char *what)
{
	if (c->p == c->end)
		return calib_fail(c->err, CALIB_ETRUNC, "the text ends, %s was expected", what);
	return calib_fail(c->err, CALIB_EFORMAT, "'%.*s' where %s was expected",
	                  (int)(c->end - c->p < 20 ? c->end - c->p : 20), c->p, what);
}

static void skip_blanks(struct cursor *c)
{
	for (; c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\r' || *c->p == '\n');
	     c->p++)
		c->line += *c->p == '\n';
}

/* The next character that is no blank, used up when it is this one. */
static bool take(struct cursor *c, char which)
{
	skip_blanks(c);
	if (c->p == c->end || *c->p != which)
		return false;
	c->p++;
	return true;
}

/* \uXXXX below 0x80 is enough for what we write; others become '?'. */
static int read_escape(struct cursor *c, struct calib_str *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known;
	unsigned value = 0;

	if (c->p == c->end)
		return expected(c, "an escaped character");
	known = *c->p != '\0' ? strchr(from, *c->p) : NULL;
	if (known != NULL) {
		calib_str_addc(out, to[known - from]);
		c->p++;
		return CALIB_OK;
	}
	if (*c->p != 'u' || c->end - c->p < 5)
		return expected(c, "an escaped character");
	for (int i = 1; i <= 4; i++) {
		const char *digits = "0123456789abcdefABCDEF", *d = strchr(digits, c->p[i]);

		if (d == NULL || *d == '\0')
			return expected(c, "four hexadecimal digits");
		value = value * 16 + (unsigned)(d - digits < 16 ? d - digits : d - digits - 6);
	}
	calib_str_addc(out, value > 0 && value < 0x80 ? (char)value : '?');
	c->p += 5;
	return CALIB_OK;
}

static int read_text(struct cursor *c, struct calib_str *out)
{
	calib_str_clear(out);
	calib_str_add(out, "");
	if (!take(c, '"'))
		return expected(c, "a text in quotes");
	while (c->p < c->end && *c->p != '"') {
		char byte = *c->p++;

		if (byte == '\0' || byte == '\n') {
			c->p--;
			return expected(c, "the end of a text");
		}
		if (byte != '\\')
			calib_str_addc(out, byte);
		else if (read_escape(c, out) < 0)
			return CALIB_EFORMAT;
	}
	return take(c, '"') ? calib_str_check(out, c->err) : expected(c, "the end of a text");
}

static int read_number(struct cursor *c, double *out)
{
	const char *stop;

	skip_blanks(c);
	*out = calib_strtod(c->p, c->end, &stop);
	if (stop == c->p || !(fabs(*out) <= CALIB_GEO_MAX))
		return expected(c, "a finite number");
	c->p = stop;
	return CALIB_OK;
}

/* What one object of the list may say. */
struct entry {
	struct calib_str parent, object, comment;
	double par[CALIB_GEO_NPARS], index[2];
	bool has_comment;
};

static int read_member(struct cursor *c, struct entry *e, const char *key)
{
	if (strcmp(key, "parent") == 0)
		return read_text(c, &e->parent);
	if (strcmp(key, "object") == 0)
		return read_text(c, &e->object);
	if (strcmp(key, "comment") == 0) {
		e->has_comment = true;
		return read_text(c, &e->comment);
	}
	if (strcmp(key, "parent_index") == 0)
		return read_number(c, &e->index[0]);
	if (strcmp(key, "index") == 0)
		return read_number(c, &e->index[1]);
	for (int k = 0; k < CALIB_GEO_NPARS; k++)
		if (strcmp(key, calib_geo_par_names[k]) == 0)
			return read_number(c, &e->par[k]);
	return calib_fail(c->err, CALIB_EFORMAT, "key '%s' is none of a geometry", key);
}

/* Fit to stand in a line of a geometry file. */
static bool is_name(const char *text)
{
	return *text != '\0' && *text != '#' && strpbrk(text, " \t\r\n\f\v") == NULL;
}

static int add_entry(struct cursor *c, struct calib_geo *geo, const struct entry *e, int flags,
                     unsigned line)
{
	int rc;

	if (e->has_comment && e->object.len == 0 && e->parent.len == 0) {
		if (strchr(e->comment.s, '\n') != NULL)
			return calib_fail(c->err, CALIB_EFORMAT, "a comment of several lines");
		return calib_geo_comment(geo, e->comment.s, c->err);
	}
	if (!is_name(e->parent.s) || !is_name(e->object.s))
		return calib_fail(c->err, CALIB_EFORMAT,
				  "an object needs \"parent\" and \"object\", "
				  "names without blanks that do not begin with '#'");
	for (int i = 0; i < 2; i++)
		if (!(e->index[i] >= 0 && e->index[i] <= 1e9) || e->index[i] != floor(e->index[i]))
			return calib_fail(c->err, CALIB_EFORMAT, "%g is not an index from 0 to 1e9",
			                  e->index[i]);
	rc = calib_geo_add(geo, e->parent.s, (long)e->index[0], e->object.s, (long)e->index[1],
	                   e->par, flags, c->err);
	if (rc >= 0)
		geo->object[geo->n - 1].line = line;
	return rc;
}

static int read_entry(struct cursor *c, struct calib_geo *geo, int flags)
{
	struct entry e = {CALIB_STR_INIT, CALIB_STR_INIT, CALIB_STR_INIT, {0}, {0, 0}, false};
	struct calib_str key = CALIB_STR_INIT;
	unsigned line = c->line;
	int rc = take(c, '{') ? CALIB_OK : expected(c, "'{'");

	while (rc >= 0) {
		rc = read_text(c, &key);
		if (rc >= 0 && !take(c, ':'))
			rc = expected(c, "':'");
		if (rc >= 0)
			rc = read_member(c, &e, key.s);
		if (rc < 0 || take(c, '}'))
			break;
		if (!take(c, ','))
			rc = expected(c, "',' or '}'");
	}
	if (rc >= 0)
		rc = add_entry(c, geo, &e, flags, line);
	calib_str_release(&key);
	calib_str_release(&e.parent);
	calib_str_release(&e.object);
	calib_str_release(&e.comment);
	return rc;
}

int calib_geojson_read(struct calib_geo *geo, const char *text, size_t n, const char *name,
                       int flags, struct calib_err *err)
{
	struct cursor c = {text, text + n, 1, err};
	int rc = take(&c, '[') ? CALIB_OK : expected(&c, "'['");

	calib_geo_release(geo);
	while (rc >= 0) {
		rc = read_entry(&c, geo, flags);
		if (rc < 0 || take(&c, ']'))
			break;
		if (!take(&c, ','))
			rc = expected(&c, "',' or ']'");
	}
	skip_blanks(&c);
	if (rc >= 0 && c.p != c.end)
		rc = expected(&c, "the end");
	if (rc < 0)
		calib_err_wrap(err, "%s:%u", name, c.line);
	if (rc >= 0)
		rc = calib_geo_link(geo, err);
	if (rc < 0)
		calib_geo_release(geo);
	return rc;
}
