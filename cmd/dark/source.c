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
		.version = object->version, .det = det, .configuration = CALIB_STR_INIT,
		.events = CALIB_STR_INIT};
	calib_source_name(s->id, s->name, sizeof s->name);
	if (det->image)
		return CALIB_OK;
	s->failed = true;
	snprintf(s->why, sizeof s->why, "%s: %s delivers waveforms, no images: it has no "
	         "pedestals of pixels", s->name, det->name);
	return CALIB_OK;
}

static void free_part(struct dark_part *part)
{
	dark_part_clear(part);
	free(part->block);
	free(part->wanted);
	calib_dark_free(part->dark);
	calib_dark_free(part->gauge);
	free(part);
}

void dark_sources_free(struct dark_sources *sources)
{
	for (size_t i = 0; i < sources->n; i++) {
		struct dark_source *s = &sources->list[i];

		for (size_t k = 0; k < s->nparts; k++)
			free_part(s->part[k]);
		free(s->part);
		calib_str_release(&s->configuration);
		calib_str_release(&s->events);
	}
	free(sources->list);
}

struct dark_part *dark_source_part(const struct dark_source *s, int range, int step)
{
	for (size_t i = 0; i < s->nparts; i++)
		if (s->part[i]->range == range && s->part[i]->step == step)
			return s->part[i];
	return NULL;
}

int dark_source_new_part(struct dark_source *s, struct dark_part **part, int range, int step,
                         struct calib_err *err)
{
	void *list = s->part;
	struct dark_part *new;

	if (calib_grow(&list, &s->parts_room, s->nparts + 1, sizeof new, "parts", err) < 0)
		return CALIB_ENOMEM;
	s->part = list;
	new = calib_alloc(1, sizeof *new, "part", err);
	if (new == NULL)
		return CALIB_ENOMEM;
	*new = (struct dark_part){.range = range, .step = step, .gain = s->gain, .spool = -1,
		.params.threads = 1};
	*part = s->part[s->nparts++] = new;
	return CALIB_OK;
}

/* An array that cannot be used: count it, remember the first reason. */
static int unusable(struct dark_source *s, const struct calib_err *err)
{
	if (s->unusable++ == 0)
		snprintf(s->why, sizeof s->why, "%.239s", err->msg);
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

/* The gain range that the configuration of an array sets; 0: none that more than half of the pixels
 * are in. */
static int find_gain(struct dark_source *s, const struct calib_layout *l, struct calib_err *bad)
{
	char text[160];
	int n = 0, rc = 1;

	if (s->det->gains == 1 || l->config == s->config)
		return s->det->gains == 1 || s->gain.range >= 0;
	s->config = l->config;
	rc = calib_det_gain(&s->gain, l, bad);
	if (rc <= 0 || s->gain.range >= 0)
		return rc < 0 ? rc : 1;
	text[0] = '\0';
	for (int r = 0; r < s->det->gains; r++)
		if (s->gain.pixels[r] > 0)
			n += snprintf(text + n, sizeof text - (size_t)n, "%s %.0f %%, ",
			              s->det->ranges[r],
			              100 * (double)s->gain.pixels[r] / (double)s->gain.total);
	calib_fail(bad, CALIB_EFORMAT, "its configuration sets no gain range for more than half of "
	           "the pixels (%sunknown %.0f %%)", text,
	           100 * (double)s->gain.none / (double)s->gain.total);
	return 0;
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
	if (!s->have_layout) {
		s->layout = frame->layout;
		if (calib_det_pitch(s->pitch, &s->layout, object, cfg, &bad) < 0) {
			calib_frame_release(&frame->frame);
			return unusable(s, &bad);
		}
	}
	s->have_layout = true;
	rc = find_gain(s, &frame->layout, &bad);
	if (rc <= 0) {
		if (bad.code == CALIB_OK)	/* said before of this configuration */
			calib_fail(&bad, CALIB_EFORMAT, "no gain range");
		calib_frame_release(&frame->frame);
		return unusable(s, &bad);
	}
	return 1;
}

static int by_detector(const void *a, const void *b)
{
	const struct dark_source *x = a, *y = b;

	if (x->det != y->det)
		for (size_t i = 0; calib_det_at(i) != NULL; i++)
			if (calib_det_at(i) == x->det || calib_det_at(i) == y->det)
				return calib_det_at(i) == x->det ? -1 : 1;
	return strcmp(x->name, y->name);
}

void dark_sources_sort(struct dark_sources *s)
{
	if (s->n > 1)
		qsort(s->list, s->n, sizeof *s->list, by_detector);
}
