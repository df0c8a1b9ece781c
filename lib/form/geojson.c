/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/geojson.c - a geometry as JSON */
#include <math.h>
#include <string.h>

#include "base/json.h"
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

/* What one object of the list may say. */
struct entry {
	struct calib_str parent, object, comment;
	double par[CALIB_GEO_NPARS], index[2];
	bool has_comment;
};

static int read_member(void *ctx, const char *key, struct calib_json *j)
{
	struct entry *e = ctx;

	if (strcmp(key, "parent") == 0)
		return calib_json_text(j, &e->parent);
	if (strcmp(key, "object") == 0)
		return calib_json_text(j, &e->object);
	if (strcmp(key, "comment") == 0) {
		e->has_comment = true;
		return calib_json_text(j, &e->comment);
	}
	if (strcmp(key, "parent_index") == 0)
		return calib_json_number(j, &e->index[0], CALIB_GEO_MAX);
	if (strcmp(key, "index") == 0)
		return calib_json_number(j, &e->index[1], CALIB_GEO_MAX);
	for (int k = 0; k < CALIB_GEO_NPARS; k++)
		if (strcmp(key, calib_geo_par_names[k]) == 0)
			return calib_json_number(j, &e->par[k], CALIB_GEO_MAX);
	return calib_fail(j->err, CALIB_EFORMAT, "key '%s' is none of a geometry", key);
}

/* Fit to stand in a line of a geometry file. */
static bool is_name(const char *text)
{
	return *text != '\0' && *text != '#' && strpbrk(text, " \t\r\n\f\v") == NULL;
}

static int add_entry(struct calib_json *j, struct calib_geo *geo, const struct entry *e, int flags,
                     unsigned line)
{
	int rc;

	if (e->has_comment && e->object.len == 0 && e->parent.len == 0) {
		if (strchr(e->comment.s, '\n') != NULL)
			return calib_fail(j->err, CALIB_EFORMAT, "a comment of several lines");
		return calib_geo_comment(geo, e->comment.s, j->err);
	}
	if (!is_name(e->parent.s) || !is_name(e->object.s))
		return calib_fail(j->err, CALIB_EFORMAT,
				  "an object needs \"parent\" and \"object\", "
				  "names without blanks that do not begin with '#'");
	for (int i = 0; i < 2; i++)
		if (!(e->index[i] >= 0 && e->index[i] <= 1e9) || e->index[i] != floor(e->index[i]))
			return calib_fail(j->err, CALIB_EFORMAT, "%g is not an index from 0 to 1e9",
			                  e->index[i]);
	rc = calib_geo_add(geo, e->parent.s, (long)e->index[0], e->object.s, (long)e->index[1],
	                   e->par, flags, j->err);
	if (rc >= 0)
		geo->object[geo->n - 1].line = line;
	return rc;
}

struct reading { struct calib_geo *geo; int flags; };

static int read_entry(void *ctx, struct calib_json *j)
{
	struct entry e = {CALIB_STR_INIT, CALIB_STR_INIT, CALIB_STR_INIT, {0}, {0, 0}, false};
	struct reading *r = ctx;
	unsigned line = j->line;
	int rc = calib_json_members(j, read_member, &e);

	if (rc >= 0)
		rc = add_entry(j, r->geo, &e, r->flags, line);
	calib_str_release(&e.parent);
	calib_str_release(&e.object);
	calib_str_release(&e.comment);
	return rc;
}

int calib_geojson_read(struct calib_geo *geo, const char *text, size_t n, const char *name,
                       int flags, struct calib_err *err)
{
	struct calib_json j = {text, text + n, 1, err};
	struct reading r = {geo, flags};
	int rc;

	calib_geo_release(geo);
	rc = calib_json_items(&j, read_entry, &r);
	if (rc >= 0)
		rc = calib_json_end(&j);
	if (rc < 0)
		calib_err_wrap(err, "%s:%u", name, j.line);
	if (rc >= 0)
		rc = calib_geo_link(geo, err);
	if (rc < 0)
		calib_geo_release(geo);
	return rc;
}
