/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/sources.c - the sources of a run: what they are and how often they have data */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "scan/scan.h"

struct source {
	struct calib_srcid id;
	uint16_t type, version;
	const struct calib_det *det;
	struct calib_layout layout;
	bool have_layout;
	unsigned gains;			/* bit i: gain range i was seen */
	const struct calib_object *config;	/* the last one whose gain was looked at */
	uint64_t events, damaged;
	uint32_t first[2], last[2];	/* seconds, nanoseconds */
};

struct sources { struct source *list; size_t n, room; struct calib_selection *sel; };

static struct source *find(struct sources *s, const struct calib_src *src,
                           const struct calib_object *o, struct calib_err *err)
{
	void *list = s->list;
	struct source *new;

	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].type == o->type && calib_srcid_equal(s->list[i].id, o->src))
			return &s->list[i];
	if (s->sel != NULL && !calib_selection_has(s->sel, src, o->src, o->type)
	    && !calib_selection_exact(s->sel, src, o->src))
		return NULL;
	if (calib_grow(&list, &s->room, s->n + 1, sizeof *new, "sources", err) < 0)
		return NULL;
	s->list = list;
	new = &s->list[s->n++];
	*new = (struct source){.id = o->src, .type = o->type, .version = o->version,
		.det = calib_det_of(o->src, o->type)};
	return new;
}

/* Arrays of HDF5 files describe themselves, whatever sent them. */
static bool may_have_layout(const struct source *s, const struct calib_object *o)
{
	return s->det != NULL ? s->det->image : o->array != NULL;
}

static void note(struct source *s, const struct calib_object *o, const struct calib_evt *evt)
{
	struct calib_layout layout;
	struct calib_gain gain;

	if (s->events == 0) {
		s->first[0] = evt->sec;
		s->first[1] = evt->nsec;
	}
	s->last[0] = evt->sec;
	s->last[1] = evt->nsec;
	s->events++;
	s->damaged += o->damage != 0;
	if (o->damage != 0 || !may_have_layout(s, o)
	    || (s->have_layout && (s->det == NULL || s->det->gains == 1)))
		return;
	if (calib_det_layout(&layout, o, evt->cfg, NULL) <= 0)
		return;
	if (!s->have_layout)
		s->layout = layout;
	s->have_layout = true;
	if (layout.config != s->config && calib_det_gain(&gain, &layout, NULL) > 0
	    && gain.range >= 0)
		s->gains |= 1u << gain.range;
	s->config = layout.config;
}

static int collect(struct sources *s, const struct scan_opts *o, struct calib_src *src,
                   struct calib_err *err)
{
	uint64_t limit = scan_limit(o, 10);
	struct calib_filter filter;
	const struct calib_evt *evt;
	int rc = scan_filter(&filter, o, err);

	for (uint64_t n = 0; rc >= 0 && (limit == 0 || n < limit); n++) {
		rc = calib_filter_next(&filter, src, &evt, err);
		if (rc == 0)
			return calib_filter_check(&filter, src, err);
		if (rc < 0)
			return rc;
		for (size_t i = 0; i < evt->nobjects; i++) {
			struct source *at = find(s, src, &evt->objects[i], err);

			if (at != NULL)
				note(at, &evt->objects[i], evt);
			else if (err->code != CALIB_OK)
				return err->code;
		}
	}
	return rc < 0 ? rc : CALIB_OK;
}

static void gains_text(char text[64], const struct source *s)
{
	int n = 0;

	text[0] = '\0';
	for (int i = 0; s->gains != 0 && i < s->det->gains; i++)
		if (s->gains & 1u << i)
			n += snprintf(text + n, 64 - (size_t)n, "%s%s", n > 0 ? "," : "",
			              s->det->ranges[i]);
}

static int print(struct calib_table *t, const struct source *s, const struct calib_src *src)
{
	char name[64], type[64], shape[128], gains[64], time[40];

	calib_table_text(t, calib_source_name(s->id, name, sizeof name));
	calib_table_text(t, scan_type(s->type, s->version, type));
	calib_table_text(t, s->det ? s->det->name : NULL);
	calib_table_text(t, s->det ? s->det->group : NULL);
	calib_table_text(t, calib_src_alias(src, s->id));
	calib_table_text(t, s->have_layout
				    ? calib_nda_shape_text(s->layout.ndim, s->layout.dim, shape)
				    : NULL);
	calib_table_text(t, s->have_layout ? calib_dtype_name(s->layout.dtype) : NULL);
	gains_text(gains, s);
	calib_table_text(t, gains);
	calib_table_int(t, (long long)s->events);
	calib_table_int(t, (long long)s->damaged);
	calib_table_text(t, scan_time(s->first[0], s->first[1], time));
	calib_table_text(t, scan_time(s->last[0], s->last[1], time));
	return calib_table_row(t);
}

/* What -d asked for and the events looked at do not have. */
static int missing(const struct sources *s, const struct scan_opts *o, struct calib_err *err)
{
	struct calib_str list = CALIB_STR_INIT;
	uint64_t limit = scan_limit(o, 10);
	const char *item;

	for (size_t i = 0; s->sel && (item = calib_selection_missed(s->sel, i)) != NULL; i++)
		calib_str_addf(&list, "%s%s", i ? ", " : "", item);
	if (list.len > 0 && limit > 0)
		calib_fail(err, CALIB_ENOTFOUND,
			   "no data of %s in the first %llu events; -m 0 looks at all", list.s,
			   (unsigned long long)limit);
	else if (list.len > 0)
		calib_fail(err, CALIB_ENOTFOUND, "no data of %s in the run", list.s);
	calib_str_release(&list);
	return err->code;
}

int scan_sources(const struct scan_opts *o, struct calib_src *src, struct calib_err *err)
{
	static const char *const columns[] = {"source", "type",  "detector", "group",  "alias",
					      "shape",  "dtype", "gains",    "events", "damaged",
					      "first",  "last",  NULL};
	struct sources s = {0};
	struct calib_table table;
	int rc = o->set.detectors ? calib_selection_parse(&s.sel, o->set.detectors, err) : CALIB_OK;

	if (rc >= 0)
		rc = collect(&s, o, src, err);
	if (rc >= 0 && (rc = scan_begin(&table, columns, o, err)) >= 0) {
		for (size_t i = 0; i < s.n && rc >= 0; i++)
			rc = print(&table, &s.list[i], src);
		rc = scan_end(&table, rc, err);
	}
	if (rc >= 0)
		rc = missing(&s, o, err);
	calib_selection_free(s.sel);
	free(s.list);
	return rc;
}
