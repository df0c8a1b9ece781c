/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/geo.c - the tree of a geometry */
#include "algo/geo.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void calib_geo_release(struct calib_geo *geo)
{
	for (size_t i = 0; i < geo->n; i++) {
		free(geo->obj[i].parent);
		free(geo->obj[i].name);
	}
	for (size_t i = 0; i < geo->ncomment; i++)
		free(geo->comment[i]);
	free(geo->obj);
	free(geo->comment);
	*geo = (struct calib_geo)CALIB_GEO_INIT;
}

int calib_geo_add(struct calib_geo *geo, const struct calib_geoobj *obj, struct calib_err *err)
{
	void *array = geo->obj;
	struct calib_geoobj copy = *obj;
	int rc = calib_grow(&array, &geo->room, geo->n + 1, sizeof *obj, "objects", err);

	geo->obj = array;
	if (rc < 0)
		return rc;
	copy.parent = obj->parent ? calib_strdup(obj->parent, err) : NULL;
	copy.name = calib_strdup(obj->name, err);
	if (copy.name == NULL || (obj->parent != NULL && copy.parent == NULL)) {
		free(copy.name);
		free(copy.parent);
		return CALIB_ENOMEM;
	}
	geo->obj[geo->n++] = copy;
	return CALIB_OK;
}

int calib_geo_comment(struct calib_geo *geo, const char *text, struct calib_err *err)
{
	void *array = geo->comment;
	int rc = calib_grow(&array, &geo->comment_room, geo->ncomment + 1, sizeof(char *),
			    "comments", err);

	geo->comment = array;
	if (rc < 0)
		return rc;
	geo->comment[geo->ncomment] = calib_strdup(text, err);
	if (geo->comment[geo->ncomment] == NULL)
		return CALIB_ENOMEM;
	geo->ncomment++;
	return CALIB_OK;
}

size_t calib_geo_find(const struct calib_geo *geo, const char *name, unsigned ind)
{
	for (size_t i = 0; i < geo->n; i++)
		if (geo->obj[i].ind == ind && strcmp(geo->obj[i].name, name) == 0)
			return i;
	return CALIB_GEO_NONE;
}

/* Objects by name and index: open addressing, a power of two of slots, at most half used. */
struct index {
	size_t *slot, mask;
};

static size_t *index_slot(const struct index *index, const struct calib_geo *geo, const char *name,
			  unsigned ind)
{
	uint64_t h = 14695981039346656037u ^ ind;

	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211u;
	for (size_t i = (size_t)(h ^ h >> 32);; i++) {
		size_t *slot = &index->slot[i & index->mask];
		const struct calib_geoobj *obj = *slot ? &geo->obj[*slot - 1] : NULL;

		if (obj == NULL || (obj->ind == ind && strcmp(obj->name, name) == 0))
			return slot;
	}
}

static int index_all(struct index *index, const struct calib_geo *geo, const char *where,
		     struct calib_err *err)
{
	size_t slots = 16;

	while (slots < 4 * geo->n + 4) /* every object may need a parent made for it */
		slots *= 2;
	index->mask = slots - 1;
	index->slot = calib_alloc(slots, sizeof *index->slot, "index of objects", err);
	if (index->slot == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < geo->n; i++) {
		const struct calib_geoobj *obj = &geo->obj[i];
		size_t *slot = index_slot(index, geo, obj->name, obj->ind);

		/* pnCCD has PNCCD:V1 0 and 1 in each of two groups: only a segment may recur */
		if (*slot == 0)
			*slot = i + 1;
		else if (!obj->is_seg)
			return calib_fail(err, CALIB_EFORMAT,
					  "%s:%zu: %s %u was already described in line %zu", where,
					  obj->line, obj->name, obj->ind, geo->obj[*slot - 1].line);
	}
	return CALIB_OK;
}

static void attach(struct calib_geo *geo, size_t child, size_t up)
{
	struct calib_geoobj *parent = &geo->obj[up];

	geo->obj[child].up = up;
	if (parent->nchild++ == 0)
		parent->first = child;
	else
		geo->obj[parent->last].next = child;
	parent->last = child;
}

static int find_parents(struct calib_geo *geo, const struct index *index, const char *where,
			struct calib_err *err)
{
	size_t given = geo->n, root = CALIB_GEO_NONE;

	for (size_t i = 0; i < given; i++) {
		struct calib_geoobj *obj = &geo->obj[i];
		size_t *slot = index_slot(index, geo, obj->parent, obj->parent_ind);

		if (*slot == 0) {
			struct calib_geoobj made = {.name = obj->parent,
						    .ind = obj->parent_ind,
						    .up = CALIB_GEO_NONE,
						    .first = CALIB_GEO_NONE,
						    .last = CALIB_GEO_NONE,
						    .next = CALIB_GEO_NONE};
			int rc;

			if (root != CALIB_GEO_NONE)
				return calib_fail(
					err, CALIB_EFORMAT,
					"%s:%zu: second root %s %u, the first is %s %u; all "
					"objects must hang on one",
					where, obj->line, obj->parent, obj->parent_ind,
					geo->obj[root].name, geo->obj[root].ind);
			rc = calib_geo_add(geo, &made, err);
			if (rc < 0)
				return rc;
			root = geo->n - 1;
			*slot = geo->n;
		}
		attach(geo, i, *slot - 1);
	}
	geo->top = root;
	return CALIB_OK;
}

/* Every object reaches the root in few steps; so there is no loop. */
static int check_depth(const struct calib_geo *geo, const char *where, struct calib_err *err)
{
	for (size_t i = 0; i < geo->n; i++) {
		size_t up = i, depth = 0;

		while (up != CALIB_GEO_NONE && up != geo->top && depth <= CALIB_GEO_DEPTH) {
			up = geo->obj[up].up;
			depth++;
			if (up == i)
				return calib_fail(err, CALIB_EFORMAT, "%s:%zu: %s %u is its own %s",
						  where, geo->obj[i].line, geo->obj[i].name,
						  geo->obj[i].ind,
						  depth > 1 ? "ancestor" : "parent");
		}
		if (depth > CALIB_GEO_DEPTH)
			return calib_fail(err, CALIB_EFORMAT,
					  "%s:%zu: %s %u is below a loop or more than %d levels",
					  where, geo->obj[i].line, geo->obj[i].name,
					  geo->obj[i].ind, CALIB_GEO_DEPTH);
	}
	return CALIB_OK;
}

/* Two children of one object hold arrays of one shape: level by level along the first children. */
static bool same_shape(const struct calib_geo *geo, size_t a, size_t b)
{
	while (!geo->obj[a].is_seg && !geo->obj[b].is_seg) {
		if (geo->obj[a].nchild != geo->obj[b].nchild || geo->obj[a].nchild == 0)
			return geo->obj[a].nchild == geo->obj[b].nchild;
		a = geo->obj[a].first;
		b = geo->obj[b].first;
	}
	return geo->obj[a].is_seg == geo->obj[b].is_seg
	       && geo->obj[a].seg.rows == geo->obj[b].seg.rows
	       && geo->obj[a].seg.cols == geo->obj[b].seg.cols;
}

static int check_shapes(const struct calib_geo *geo, const char *where, struct calib_err *err)
{
	for (size_t i = 0; i < geo->n; i++) {
		const struct calib_geoobj *obj = &geo->obj[i];

		if (obj->is_seg)
			continue;
		if (obj->nchild == 0)
			return calib_fail(
				err, CALIB_EFORMAT,
				"%s:%zu: %s %u is no known segment type and has no objects "
				"below it",
				where, obj->line, obj->name, obj->ind);
		for (size_t c = geo->obj[obj->first].next; c != CALIB_GEO_NONE;
		     c = geo->obj[c].next)
			if (!same_shape(geo, obj->first, c))
				return calib_fail(
					err, CALIB_EFORMAT,
					"%s:%zu: %s %u has another shape than %s %u in line "
					"%zu; what is in one object must be alike",
					where, geo->obj[c].line, geo->obj[c].name, geo->obj[c].ind,
					geo->obj[obj->first].name, geo->obj[obj->first].ind,
					geo->obj[obj->first].line);
	}
	return CALIB_OK;
}

static int find_segments(struct calib_geo *geo, const char *where, struct calib_err *err)
{
	for (size_t i = 0; i < geo->n; i++) {
		struct calib_geoobj *obj = &geo->obj[i];
		int rc = calib_geoseg_find(&obj->seg, obj->name, err);

		if (rc < 0)
			return calib_err_wrap(err, "%s:%zu", where, obj->line);
		obj->is_seg = rc > 0;
		obj->up = obj->first = obj->last = obj->next = CALIB_GEO_NONE;
		obj->nchild = 0;
	}
	return CALIB_OK;
}

int calib_geo_link(struct calib_geo *geo, const char *where, struct calib_err *err)
{
	struct index index = {NULL, 0};
	int rc = CALIB_OK;

	if (geo->n == 0)
		return calib_fail(err, CALIB_EFORMAT, "%s: no object is described", where);
	rc = find_segments(geo, where, err);
	if (rc >= 0)
		rc = index_all(&index, geo, where, err);
	if (rc >= 0)
		rc = find_parents(geo, &index, where, err);
	free(index.slot);
	if (rc >= 0)
		rc = check_depth(geo, where, err);
	if (rc >= 0 && geo->top == CALIB_GEO_NONE)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: no root: every parent is below another",
				where);
	return rc >= 0 ? check_shapes(geo, where, err) : rc;
}
