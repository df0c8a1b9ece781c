/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/source.c - the detectors of a run while calib-dark walks over its events */
#include "dark/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct dark_source *dark_sources_find(struct dark_sources *sources,
                                      const struct calib_object *object)
{
	for (size_t i = 0; i < sources->n; i++) {
		struct dark_source *s = &sources->list[i];

		if (s->type == object->type && calib_srcid_equal(s->id, object->src))
			return s;
	}
	return NULL;
}

int dark_sources_add(struct dark_sources *sources, const struct calib_object *object,
                     const struct calib_det *det, struct calib_err *err)
{
	void *list = sources->list;
	struct dark_source *s;

	if (calib_grow(&list, &sources->room, sources->n + 1, sizeof *s, "sources", err) < 0)
		return CALIB_ENOMEM;
	sources->list = list;
	s = &sources->list[sources->n++];
	*s = (struct dark_source){.id = object->src, .type = object->type,
		.version = object->version, .det = det};
	calib_source_name(s->id, s->name, sizeof s->name);
	if (det->image && det->gains == 1)
		return CALIB_OK;
	s->failed = true;
	if (!det->image)
		snprintf(s->why, sizeof s->why, "%s: %s delivers waveforms, no images: it has no "
		         "pedestals of pixels", s->name, det->name);
	else
		snprintf(s->why, sizeof s->why, "%s: %s has %d gain ranges; this version processes "
		         "detectors of one gain range only", s->name, det->name, det->gains);
	return CALIB_OK;
}

void dark_source_clear(struct dark_source *source)
{
	for (size_t i = 0; i < source->nblock; i++)
		calib_frame_release(&source->block[i].frame);
	source->nblock = 0;
}

void dark_source_rewind(struct dark_source *source)
{
	source->good = source->taken = source->unusable = 0;
	source->nextwanted = 0;
}

void dark_sources_free(struct dark_sources *sources)
{
	for (size_t i = 0; i < sources->n; i++) {
		struct dark_source *s = &sources->list[i];

		dark_source_clear(s);
		free(s->block);
		free(s->wanted);
		calib_dark_free(s->dark);
	}
	free(sources->list);
}

/* An array that cannot be used: count it, remember the first reason. */
static int unusable(struct dark_source *s, const struct calib_err *err)
{
	if (s->unusable++ == 0)
		snprintf(s->why, sizeof s->why, "%.199s", err->msg);
	return 0;
}

static int layout_changed(const struct dark_source *s, const struct calib_layout *now,
                          struct calib_err *err)
{
	char a[128], b[128];

	return calib_fail(err, CALIB_ESHAPE, "%s: the arrays change within the run, from %s %s to "
	                  "%s %s: process the parts one by one (-s and -n)", s->name,
	                  calib_nda_shape_text(s->layout.ndim, s->layout.dim, a),
	                  calib_dtype_name(s->layout.dtype),
	                  calib_nda_shape_text(now->ndim, now->dim, b),
	                  calib_dtype_name(now->dtype));
}

/* Why the array of an object is not known: no data, or no configuration that we can use. */
static void no_layout(const struct dark_source *s, const struct calib_object *object,
                      const struct calib_cfgset *cfg, struct calib_err *bad)
{
	const struct calib_object *c;
	char type[16];

	if (object->place.size == 0) {
		calib_fail(bad, CALIB_EFORMAT, "no data");
		return;
	}
	for (size_t i = 0; (c = calib_cfgset_at(cfg, i)) != NULL; i++)
		if (calib_srcid_equal(c->src, s->id)) {
			calib_fail(bad, CALIB_EFORMAT, "its configuration is of type %s version "
			           "%u, which this version cannot use for %s",
			           calib_type_name(c->type, type), c->version,
			           calib_data_type(object->type, object->version));
			return;
		}
	calib_fail(bad, CALIB_EFORMAT, "no configuration is in force");
}

int dark_source_open(struct dark_source *s, const struct calib_object *object,
                     const struct calib_cfgset *cfg, struct dark_frame *frame,
                     struct calib_err *err)
{
	struct calib_err bad = CALIB_ERR_INIT;
	int rc;

	*frame = (struct dark_frame){0};
	if (object->damage != 0) {
		calib_fail(&bad, CALIB_EFORMAT, "damage 0x%x", object->damage);
		return unusable(s, &bad);
	}
	rc = calib_det_layout(&frame->layout, object, cfg, &bad);
	if (rc == 0)
		no_layout(s, object, cfg, &bad);
	if (rc > 0 && s->have_layout && !calib_layout_equal(&s->layout, &frame->layout))
		return layout_changed(s, &frame->layout, err);
	if (rc <= 0 || calib_frame_open(&frame->frame, &frame->layout, object, &bad) < 0)
		return bad.code == CALIB_ENOMEM ? calib_fail(err, bad.code, "%s", bad.msg)
		                                : unusable(s, &bad);
	if (!s->have_layout)
		s->layout = frame->layout;
	s->have_layout = true;
	return 1;
}

int dark_source_room(struct dark_source *s, size_t n, struct calib_err *err)
{
	void *block = s->block;
	int rc = calib_grow(&block, &s->room, n, sizeof *s->block, "frames", err);

	s->block = block;
	return rc;
}

void dark_source_keep(struct dark_source *s, const struct dark_frame *frame)
{
	s->block[s->nblock++] = *frame;
}

static int read_pixels(void *ctx, size_t i, size_t first, size_t n, void *values,
                       struct calib_err *err)
{
	const struct dark_source *s = ctx;

	return calib_frame_read(&s->block[i].frame, &s->block[i].layout, first, n, values, err);
}

struct calib_dark_block dark_source_block(struct dark_source *s)
{
	return (struct calib_dark_block){s->nblock, read_pixels, s};
}
