/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/geo.c - the tree of objects: building it, finding in it */
#include "geo/geo.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

const char *const calib_geo_par_names[CALIB_GEO_NPARS] = {"x0", "y0", "z0", "rot_z", "rot_y",
	"rot_x", "tilt_z", "tilt_y", "tilt_x"};

void calib_geo_release(struct calib_geo *geo)
{
	for (size_t i = 0; i < geo->n; i++) {
		free(geo->object[i].parent);
		free(geo->object[i].name);
	}
	for (size_t i = 0; i < geo->ncomments; i++)
		free(geo->comment[i]);
	free(geo->object);
	free(geo->comment);
	free(geo->file);
	*geo = (struct calib_geo)CALIB_GEO_INIT;
}

int calib_geo_comment(struct calib_geo *geo, const char *text, struct calib_err *err)
{
	void *list = geo->comment;
	char *copy = calib_strdup(text, err);
	int rc;

	if (copy == NULL)
		return CALIB_ENOMEM;
	rc = calib_grow(&list, &geo->comment_room, geo->ncomments + 1, sizeof *geo->comment,
	                "comments", err);
	if (rc < 0) {
		free(copy);
		return rc;
	}
	geo->comment = list;
	geo->comment[geo->ncomments++] = copy;
	return CALIB_OK;
}

int calib_geo_comments(struct calib_geo *geo, const char *text, struct calib_err *err)
{
	struct calib_str line = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (size_t n; *text != '\0' && rc >= 0; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		calib_str_clear(&line);
		calib_str_addn(&line, text, n);
		rc = calib_str_check(&line, err);
		if (rc >= 0)
			rc = calib_geo_comment(geo, line.s, err);
	}
	calib_str_release(&line);
	return rc;
}

int calib_geo_add(struct calib_geo *geo, const char *parent, long parent_index, const char *name,
                  long index, const double par[CALIB_GEO_NPARS], int flags,
                  struct calib_err *err)
{
	static const double zeros[CALIB_GEO_NPARS];
	void *list = geo->object;
	struct calib_geo_object *o;
	int rc;

	if (geo->n >= CALIB_GEO_OBJECTS)
		return calib_fail(err, CALIB_EFORMAT, "more than %d objects", CALIB_GEO_OBJECTS);
	if (strlen(name) > CALIB_GEO_NAME || (parent != NULL && strlen(parent) > CALIB_GEO_NAME))
		return calib_fail(err, CALIB_EFORMAT, "a name of more than %d characters",
		                  CALIB_GEO_NAME);
	rc = calib_grow(&list, &geo->room, geo->n + 1, sizeof *geo->object, "objects", err);
	if (rc < 0)
		return rc;
	geo->object = list;
	o = &geo->object[geo->n];
	*o = (struct calib_geo_object){.parent_index = parent_index, .index = index,
		.up = CALIB_GEO_NONE, .first_child = CALIB_GEO_NONE, .next = CALIB_GEO_NONE,
		.last_child = CALIB_GEO_NONE};
	memcpy(o->par, par != NULL ? par : zeros, sizeof o->par);
	rc = parent != NULL ? calib_seg_parse(&o->seg, name, flags, err) : 0;
	if (rc < 0)
		return rc;
	o->name = calib_strdup(name, err);
	o->parent = parent != NULL ? calib_strdup(parent, err) : NULL;
	geo->n++;	/* from here on released with the others */
	return o->name == NULL || (parent != NULL && o->parent == NULL) ? CALIB_ENOMEM : CALIB_OK;
}

/* Words for messages: "det.data:12" for an object of a file, else its name. */
static const char *place(const struct calib_geo *geo, size_t at, struct calib_str *s)
{
	const struct calib_geo_object *o = &geo->object[at];

	calib_str_clear(s);
	if (o->line > 0)
		calib_str_addf(s, "%s:%u", geo->file ? geo->file : "geometry", o->line);
	else
		calib_str_addf(s, "%s", geo->file ? geo->file : "geometry");
	return s->s;
}

static size_t find_parent(const struct calib_geo *geo, size_t child)
{
	const struct calib_geo_object *o = &geo->object[child];

	for (size_t i = 0; i < geo->n; i++)
		if (i != child && geo->object[i].index == o->parent_index
		    && strcmp(geo->object[i].name, o->parent) == 0)
			return i;
	return CALIB_GEO_NONE;
}

/* The list grows by the top, which no line defines; a second one is a second tree. */
static int link_parents(struct calib_geo *geo, struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	size_t lines = geo->n, first = CALIB_GEO_NONE;
	int rc = CALIB_OK;

	for (size_t i = 0; i < lines && rc >= 0; i++) {
		struct calib_geo_object *o = &geo->object[i];
		size_t up;

		if (strcmp(o->parent, o->name) == 0 && o->parent_index == o->index) {
			rc = calib_fail(err, CALIB_EFORMAT, "%s: %s:%ld is its own parent",
			                place(geo, i, &s), o->name, o->index);
			break;
		}
		up = find_parent(geo, i);
		if (up == CALIB_GEO_NONE && geo->n > lines) {
			rc = calib_fail(err, CALIB_EFORMAT, "%s: no line defines the parent %s:%ld,"
			                " and the tree already has the root %s:%ld (line %u): "
			                "expected one root", place(geo, i, &s), o->parent,
			                o->parent_index, geo->object[lines].name,
			                geo->object[lines].index, geo->object[first].line);
			break;
		}
		if (up == CALIB_GEO_NONE) {
			rc = calib_geo_add(geo, NULL, 0, o->parent, o->parent_index, NULL, 0, err);
			if (rc < 0)
				break;
			first = i;
			up = geo->n - 1;
			o = &geo->object[i];
		}
		o->up = up;
		if (geo->object[up].nchildren++ == 0)
			geo->object[up].first_child = i;
		else
			geo->object[geo->object[up].last_child].next = i;
		geo->object[up].last_child = i;
	}
	calib_str_release(&s);
	return rc;
}

/* Going up from any object must end. */
static int check_loops(const struct calib_geo *geo, struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (size_t i = 0; i < geo->n && rc >= 0; i++) {
		size_t steps = 0;

		for (size_t at = i; at != CALIB_GEO_NONE && steps <= geo->n; steps++)
			at = geo->object[at].up;
		if (steps > geo->n)
			rc = calib_fail(err, CALIB_EFORMAT, "%s: %s:%ld is in a loop: going from "
			                "parent to parent never ends", place(geo, i, &s),
			                geo->object[i].name, geo->object[i].index);
	}
	calib_str_release(&s);
	return rc;
}

static int check_leaves(const struct calib_geo *geo, struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (size_t i = 0; i < geo->n && rc >= 0; i++) {
		const struct calib_geo_object *o = &geo->object[i];
		const char *like = calib_seg_like(o->name);

		if (o->seg.type != NULL || o->nchildren > 0)
			continue;
		rc = calib_fail(err, CALIB_EFORMAT, "%s: object %s:%ld has no sensors%s%s%s",
		                place(geo, i, &s), o->name, o->index,
		                like ? ", and is no sensor itself: did you mean " : "",
		                like ? like : ": its name is no sensor type, and no line has it "
		                "as parent", like ? "?" : "");
	}
	calib_str_release(&s);
	return rc;
}

int calib_geo_link(struct calib_geo *geo, struct calib_err *err)
{
	int rc;

	if (geo->n == 0)
		return calib_fail(err, CALIB_EFORMAT, "%s: no object in it, lines of 13 fields "
		                  "were expected", geo->file ? geo->file : "geometry");
	rc = link_parents(geo, err);
	if (rc >= 0)
		rc = check_loops(geo, err);
	if (rc >= 0)
		rc = check_leaves(geo, err);
	if (rc < 0)
		return rc;
	geo->top = geo->n - 1;
	if (geo->object[geo->top].parent != NULL)
		return calib_fail(err, CALIB_EFORMAT, "%s: every object has a parent: expected one "
		                  "root, IP:0 usually", geo->file ? geo->file : "geometry");
	return CALIB_OK;
}

size_t calib_geo_find(const struct calib_geo *geo, const char *name, long index)
{
	for (size_t i = 0; i < geo->n; i++)
		if (geo->object[i].index == index && strcmp(geo->object[i].name, name) == 0)
			return i;
	return CALIB_GEO_NONE;
}

/* Is it called so?  "NAME:INDEX", or "NAME" for index 0. */
static bool is_called(const struct calib_geo_object *o, const char *text, size_t n)
{
	size_t len = strlen(o->name);
	char digits[24];
	long index;

	if (n < len || strncmp(text, o->name, len) != 0)
		return false;
	if (n == len)
		return o->index == 0;
	if (text[len] != ':' || n - len - 1 >= sizeof digits)
		return false;
	memcpy(digits, text + len + 1, n - len - 1);
	digits[n - len - 1] = '\0';
	return calib_parse_long(&index, digits, 0, 1000000000, "index", NULL) >= 0
	       && index == o->index;
}

/* The words of a path, the last one first. */
static bool matches(const struct calib_geo *geo, size_t at, const char *text)
{
	size_t end = strlen(text);

	for (;;) {
		size_t begin = end;

		while (begin > 0 && text[begin - 1] != '/')
			begin--;
		if (at == CALIB_GEO_NONE || !is_called(&geo->object[at], text + begin, end - begin))
			return false;
		if (begin == 0)
			return true;
		end = begin - 1;
		at = geo->object[at].up;
	}
}

int calib_geo_get(size_t *at, const struct calib_geo *geo, const char *text,
                  struct calib_err *err)
{
	struct calib_str list = CALIB_STR_INIT;
	int rc;

	/* an exact name wins over one without its index: "MTRX:V2:8:8:75:75" */
	for (size_t i = 0; i < geo->n; i++)
		if (matches(geo, i, text)) {
			*at = i;
			return CALIB_OK;
		}
	for (size_t i = 0; i < geo->n && list.len < 300; i++) {
		calib_str_add(&list, i > 0 ? " " : "");
		calib_geo_name(&list, geo, i, false);
	}
	rc = calib_fail(err, CALIB_ENOTFOUND, "%s: no object '%s', expected NAME:INDEX, one of: %s",
	                geo->file ? geo->file : "geometry", text, list.s);
	calib_str_release(&list);
	return rc;
}

static bool same_name(const struct calib_geo_object *a, const struct calib_geo_object *b)
{
	return a->index == b->index && strcmp(a->name, b->name) == 0;
}

/* How many words tell an object from all others. */
static size_t depth_needed(const struct calib_geo *geo, size_t at)
{
	size_t most = 1;

	for (size_t i = 0; i < geo->n; i++) {
		size_t a = at, b = i, depth = 1;

		if (i == at)
			continue;
		while (a != CALIB_GEO_NONE && b != CALIB_GEO_NONE && a != b
		       && same_name(&geo->object[a], &geo->object[b])) {
			a = geo->object[a].up;
			b = geo->object[b].up;
			depth++;
		}
		most = depth > most ? depth : most;
	}
	return most;
}

void calib_geo_name(struct calib_str *out, const struct calib_geo *geo, size_t at, bool path)
{
	size_t depth = path ? depth_needed(geo, at) : 1;

	for (; depth > 0; depth--) {
		size_t word = at;

		for (size_t k = 1; k < depth && word != CALIB_GEO_NONE; k++)
			word = geo->object[word].up;
		if (word != CALIB_GEO_NONE)
			calib_str_addf(out, "%s:%ld%s", geo->object[word].name,
			               geo->object[word].index, depth > 1 ? "/" : "");
	}
}

bool calib_geo_is_seg(const struct calib_geo *geo, size_t at)
{
	return geo->object[at].seg.type != NULL;
}

size_t calib_geo_next(const struct calib_geo *geo, size_t root, size_t at)
{
	if (!calib_geo_is_seg(geo, at) && geo->object[at].nchildren > 0)
		return geo->object[at].first_child;
	while (at != root) {
		if (geo->object[at].next != CALIB_GEO_NONE)
			return geo->object[at].next;
		at = geo->object[at].up;
	}
	return CALIB_GEO_NONE;
}
