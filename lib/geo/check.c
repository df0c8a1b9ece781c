/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/check.c - is a geometry what it should be? */
#include "geo/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "geo/coords.h"
#include "geo/new.h"

struct check {
	const struct calib_geo *geo;
	int (*each)(void *ctx, const struct calib_geo_finding *finding, struct calib_err *err);
	void *ctx;
	struct calib_str text;
	long warnings;
	struct calib_err *err;
};

/* Hand on what has been written into c->text. */
static int say(struct check *c, enum calib_geo_level level, size_t object)
{
	int rc = calib_str_check(&c->text, c->err);

	if (rc >= 0)
		rc = c->each(c->ctx, &(struct calib_geo_finding){level, object, c->text.s}, c->err);
	c->warnings += level == CALIB_GEO_WARNING;
	calib_str_clear(&c->text);
	return rc;
}

static int check_siblings(struct check *c, size_t at)
{
	const struct calib_geo *geo = c->geo;
	size_t place = 0;
	int rc = CALIB_OK;

	for (size_t i = geo->object[at].first_child; i != CALIB_GEO_NONE && rc >= 0;
	     i = geo->object[i].next, place++) {
		const struct calib_geo_object *o = &geo->object[i];

		for (size_t j = geo->object[at].first_child; j != i && rc >= 0;
		     j = geo->object[j].next)
			if (geo->object[j].index == o->index
			    && strcmp(geo->object[j].name, o->name) == 0) {
				calib_str_addf(&c->text, "the same object stands in line %u",
				               geo->object[j].line);
				rc = say(c, CALIB_GEO_WARNING, i);
				break;
			}
		if (rc >= 0 && (size_t)o->index != place) {
			calib_str_addf(&c->text, "has place %zu in the arrays, by the order of the "
			               "lines, not %ld", place, o->index);
			rc = say(c, CALIB_GEO_WARNING, i);
		}
	}
	return rc;
}

/* A row of the registry and this geometry: same number and size of sensors?  Detectors whose array
 * the data decide fit any. */
static bool fits(const struct calib_det *det, const struct calib_geo_layout *l)
{
	const size_t *d = det->dim;
	bool last = det->ndim == 3 && d[2] == 2;	/* the sensors are the last dimension */
	size_t rows, cols, n;

	if (!det->image || det->ndim < 2)
		return false;
	rows = d[last ? 0 : det->ndim - 2];
	cols = d[last ? 1 : det->ndim - 1];
	n = last ? 2 : det->ndim == 3 ? d[0] : 1;
	return (rows == 0 || rows == l->rows) && (cols == 0 || cols == l->cols)
	       && (n == 0 || n == l->n);
}

static bool is_fixed(const struct calib_det *det)
{
	return det->ndim >= 2 && det->dim[1] != 0;
}

static int check_registry(struct check *c, const struct calib_geo_layout *l,
                          const struct calib_det *det)
{
	const struct calib_det *row;
	char shape[2][128];
	size_t count = 0;

	if (det != NULL && fits(det, l))
		return CALIB_OK;
	if (det != NULL) {
		calib_str_addf(&c->text, "%zu pixels in %s, a %s has %s", l->size,
		               calib_nda_shape_text(l->ndim, l->dim, shape[0]), det->name,
		               calib_nda_shape_text(det->ndim, det->dim, shape[1]));
		return say(c, CALIB_GEO_WARNING, CALIB_GEO_NONE);
	}
	for (size_t i = 0; (row = calib_det_at(i)) != NULL; i++)
		if (is_fixed(row) && fits(row, l))
			calib_str_addf(&c->text, "%s%s", count++ == 0 ? "fits: " : " ", row->name);
	if (count == 0)
		calib_str_addf(&c->text, "%s: no detector of a fixed size has these sensors; a "
		               "camera may", calib_nda_shape_text(l->ndim, l->dim, shape[0]));
	return say(c, CALIB_GEO_NOTE, CALIB_GEO_NONE);
}

/* EPIX100:V1 for an Epix100a: the type up to its version. */
static int check_types(struct check *c, const struct calib_geo_layout *l,
                       const struct calib_det *det)
{
	const struct calib_geo_default *d;
	int rc = CALIB_OK;

	for (size_t i = 1; i < l->n && rc >= 0; i++) {
		const char *first = calib_seg_name(&c->geo->object[l->leaf[0].object].seg);
		const char *name = calib_seg_name(&c->geo->object[l->leaf[i].object].seg);

		if (strcmp(name, first) == 0)
			continue;
		calib_str_addf(&c->text, "is a %s, the first sensor a %s", name, first);
		rc = say(c, CALIB_GEO_WARNING, l->leaf[i].object);
	}
	for (size_t i = 0; det != NULL && rc >= 0 && (d = calib_geo_default_at(i)) != NULL; i++) {
		const char *name = calib_seg_name(&c->geo->object[l->leaf[0].object].seg);

		if (d->det == NULL || strcmp(d->det, det->name) != 0)
			continue;
		if (strncmp(d->segment, name, strcspn(d->segment, ":") + 1) != 0
		    && strncmp(name, "MTRX", 4) != 0) {
			calib_str_addf(&c->text, "is a %s, a %s has sensors %s", name, det->name,
			               d->segment);
			rc = say(c, CALIB_GEO_WARNING, l->leaf[0].object);
		}
		break;
	}
	return rc;
}

/* One sensor over another: pixels of both in one cell, more than rounding explains.
 * count: room for one number a sensor. */
static int find_overlaps(struct check *c, const struct calib_geo_layout *l,
                         const struct calib_nda *rows, const struct calib_nda *cols,
                         uint16_t *owner, size_t width)
{
	const uint32_t *r = rows->data, *k = cols->data;
	size_t pixels = l->rows * l->cols;
	int rc = CALIB_OK;

	for (size_t s = 0; s < l->n && rc >= 0; s++) {
		size_t hidden = 0, by = 0;

		for (size_t i = 0; i < pixels; i++) {
			size_t at = l->leaf[s].first + i * l->leaf[s].stride;
			uint16_t *cell = &owner[(size_t)r[at] * width + k[at]];

			if (*cell != 0 && *cell != s + 1) {
				hidden++;
				by = *cell - 1u;
			}
			*cell = (uint16_t)(s + 1);
		}
		if (hidden <= 2 * (l->rows + l->cols))	/* edges that touch */
			continue;
		calib_str_addf(&c->text, "lies over ");
		calib_geo_name(&c->text, c->geo, l->leaf[by].object, true);
		calib_str_addf(&c->text, ": %zu pixels share cells", hidden);
		rc = say(c, CALIB_GEO_WARNING, l->leaf[s].object);
	}
	return rc;
}

static int check_overlaps(struct check *c, const struct calib_geo_layout *l)
{
	static const struct calib_geo_view view = {CALIB_GEO_PSANA, false, false};
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	struct calib_nda rows = CALIB_NDA_INIT, cols = CALIB_NDA_INIT, image = CALIB_NDA_INIT;
	struct calib_geo_grid grid = {l->scale, {0, 0}, CALIB_GEO_PSANA};
	uint16_t *owner = NULL;
	int rc = calib_geo_coords(xyz, c->geo, l, &view, c->err);

	if (rc >= 0)
		rc = calib_geo_index(&rows, &cols, xyz, &grid, c->err);
	if (rc >= 0)	/* its size is that of the image; the values do not matter */
		rc = calib_geo_image(&image, &rows, &cols, &rows, 0, c->err);
	if (rc >= 0) {
		owner = calib_alloc(image.size, sizeof *owner, "cells", c->err);
		rc = owner == NULL ? CALIB_ENOMEM
			: find_overlaps(c, l, &rows, &cols, owner, image.dim[1]);
	}
	free(owner);
	for (int i = 0; i < 3; i++)
		calib_nda_release(&xyz[i]);
	calib_nda_release(&rows);
	calib_nda_release(&cols);
	calib_nda_release(&image);
	return rc;
}

long calib_geo_check(const struct calib_geo *geo, const struct calib_det *det,
                     int (*each)(void *ctx, const struct calib_geo_finding *finding,
                                 struct calib_err *err), void *ctx, struct calib_err *err)
{
	struct check c = {geo, each, ctx, CALIB_STR_INIT, 0, err};
	struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
	int rc = calib_geo_layout(&l, geo, geo->top, err);

	for (size_t i = 0; i < geo->n && rc >= 0; i++)
		rc = check_siblings(&c, i);
	if (rc >= 0 && strncmp(geo->object[geo->top].name, "IP", 2) != 0) {
		calib_str_addf(&c.text, "the root is usually IP: its z is then made negative, as "
		               "psana has it");
		rc = say(&c, CALIB_GEO_WARNING, geo->top);
	}
	if (rc >= 0)
		rc = check_registry(&c, &l, det);
	if (rc >= 0)
		rc = check_types(&c, &l, det);
	if (rc >= 0)
		rc = check_overlaps(&c, &l);
	calib_geo_layout_release(&l);
	calib_str_release(&c.text);
	return rc < 0 ? rc : c.warnings;
}
