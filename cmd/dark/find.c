/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/find.c - which sources of a run are processed, and why others are not */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "dark/run.h"

static const struct calib_det *det_of(const struct calib_object *o)
{
	return o->type == CALIB_TYPE_ARRAY ? &calib_det_array : calib_det_of(o->src, o->type);
}

static bool asked_for(const struct dark_run *r, const struct calib_object *o,
                      const struct calib_det *det)
{
	return r->sel == NULL ? det->image
	                      : calib_selection_has(r->sel, r->src, o->src, o->type);
}

/* A source that is named by -d and delivers no images: say what it delivers. */
static void note_useless(struct dark_run *r, const struct calib_object *o)
{
	char name[64], type[16];

	if (r->sel == NULL || o->place.size == 0
	    || !calib_selection_exact(r->sel, r->src, o->src))
		return;
	calib_source_name(o->src, name, sizeof name);
	if (strstr(r->left_out.s, name) == NULL)
		calib_str_addf(&r->left_out, "%s: its data are of type %s version %u, no images "
			       "that this version can read\n", name,
			       calib_type_name(o->type, type), o->version);
}

/* Of a dark of what is corrected already nothing but 0 would come. */
static bool is_raw(struct dark_run *r, const struct calib_object *o)
{
	const char *why = r->o->calibrated ? NULL : calib_src_calibrated(r->src, o->src);
	char name[64];

	if (why == NULL)
		return true;
	calib_source_name(o->src, name, sizeof name);
	if (strstr(r->left_out.s, name) == NULL)
		calib_str_addf(&r->left_out, "%s: has no raw data, %s: take the raw run, or add "
		               "--calibrated\n", name, why);
	return false;
}

int dark_find_sources(struct dark_run *r, const struct calib_evt *evt, struct calib_err *err)
{
	for (size_t i = 0; i < evt->nobjects; i++) {
		const struct calib_object *o = &evt->objects[i];
		const struct calib_det *det = det_of(o);
		char name[64];

		if (det == NULL)
			note_useless(r, o);
		if (det == NULL || dark_sources_find(&r->sources, o) != NULL)
			continue;
		if (!asked_for(r, o, det)) {
			calib_source_name(o->src, name, sizeof name);
			if (strstr(r->others.s, name) == NULL)
				calib_str_addf(&r->others, "%s%s (%s)", r->others.len ? ", " : "",
					       name, det->name);
			continue;
		}
		if (is_raw(r, o) && dark_sources_add(&r->sources, o, det, err) < 0)
			return err->code;
	}
	return CALIB_OK;
}

void dark_note_late(struct dark_run *r, const struct calib_evt *evt)
{
	unsigned long long number = r->filter.read - r->filter.skipped;

	for (size_t i = 0; i < evt->nobjects; i++) {
		const struct calib_object *o = &evt->objects[i];
		const struct calib_det *det = det_of(o);
		char name[64];

		if (det == NULL || dark_sources_find(&r->sources, o) != NULL
		    || !asked_for(r, o, det))
			continue;
		calib_source_name(o->src, name, sizeof name);
		if (strstr(r->left_out.s, name) != NULL)
			continue;
		calib_str_addf(&r->left_out,
			       "%s (%s): its first data are in event %llu, only %ld were looked at "
			       "for detectors: -m %llu finds it, -m 0 looks at all\n",
			       name, det->name, number, r->o->set.scan_events, number);
	}
}

/* What is not there fails the run.  Every share of it sees the same, so the share is good, and
 * their union says it. */
static void name_absent(struct dark_run *r, const char *line)
{
	calib_log(r->o->shares > 0 ? CALIB_WARNING : CALIB_ERROR, "%s", line);
	calib_str_addf(&r->absent, "%s\n", line);
	r->failed |= r->o->shares == 0;
}

static void name_left_out(struct dark_run *r)
{
	char *save = NULL;

	for (char *line = r->left_out.len ? strtok_r(r->left_out.s, "\n", &save) : NULL;
	     line != NULL; line = strtok_r(NULL, "\n", &save))
		name_absent(r, line);
}

int dark_name_missing(struct dark_run *r, struct calib_err *err)
{
	const char *range =
		r->o->set.scan_events > 0 ? "the first events looked at (-m)" : "the run";
	const char *item;
	int rc = calib_filter_check(&r->filter, r->src, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < r->sources.n; i++)
		if (r->sources.list[i].failed)
			name_absent(r, r->sources.list[i].why);
	name_left_out(r);
	for (size_t i = 0; r->sel != NULL
	     && (item = calib_selection_missed(r->sel, i)) != NULL; i++) {
		struct calib_str line = CALIB_STR_INIT;

		for (size_t k = 0; i == 0 && k < r->sources.n; k++)
			calib_str_addf(&r->others, "%s%s (%s)", r->others.len ? ", " : "",
				       r->sources.list[k].name, r->sources.list[k].det->name);
		calib_str_addf(&line, "%s: not in %s; what is there: %s", item, range,
		               r->others.len ? r->others.s : "no image detector");
		name_absent(r, line.s);
		calib_str_release(&line);
	}
	if (r->sources.n > 0)
		return CALIB_OK;
	if (r->left_out.len > 0)
		return calib_fail(err, CALIB_ENOTFOUND, "no detector asked for has data in %s",
				  range);
	if (r->absent.len > 0 && r->o->shares > 0)
		return calib_fail(err, CALIB_ENOTFOUND, "none of the detectors is in %s", range);
	return r->failed ? CALIB_ENOTFOUND
	                 : calib_fail(err, CALIB_ENOTFOUND, "%s has no image detector", range);
}

/* Gain ranges that a dark run must have, and this one does not. */
static int check_ranges(const struct dark_run *r, const struct dark_source *s,
                        struct calib_err *err)
{
	struct calib_str have = CALIB_STR_INIT, lack = CALIB_STR_INIT;

	for (int range = 0; range < s->det->settable; range++) {
		struct calib_str *list = dark_source_part(s, range, -1) ? &have : &lack;

		calib_str_addf(list, "%s%s", list->len ? ", " : "", s->det->ranges[range]);
	}
	if (lack.len > 0 && r->o->partial)
		calib_log(CALIB_WARNING, "%s: the data lack the gain ranges %s; defaults stand for "
		          "them (--partial)", s->name, lack.s);
	else if (lack.len > 0)
		calib_fail(err, CALIB_ENOTFOUND, "%s: the data have the gain ranges %s and lack "
		           "%s: give all runs of the set (-r 12,13,14), or --partial for what is "
		           "there", s->name, have.s, lack.s);
	calib_str_release(&have);
	calib_str_release(&lack);
	return err->code;
}

int dark_check_source(const struct dark_run *r, const struct dark_source *s,
                      struct calib_err *err)
{
	if (s->counts[4] == 0 && r->o->step >= r->ncycles)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: there is no calibration cycle %ld, "
		                  "the last is %d", s->name, r->o->step, r->ncycles - 1);
	if (s->counts[4] == 0)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: no good array in %lld events%s%s",
				  s->name, (long long)s->counts[0],
				  s->unusable ? "; the first was: " : "", s->why);
	if (s->det->gains > 1 && r->o->step == DARK_NO_STEPS)
		return check_ranges(r, s, err);
	return CALIB_OK;
}

/* Dark scans of the Epix10ka family name each cycle by a label that holds the detector's name.
 * Source: lcls-psana/Detector src/UtilsEpix10kaCalib.py. */
static int range_of_label(const struct calib_control *row, const struct calib_det *det)
{
	static const char *const texts[] = {"dark Fixed High Gain", "dark Fixed Medium Gain",
		"dark Fixed Low Gain", "dark Auto High to Low", "dark Auto Medium to Low"};

	if (!row->label || strstr(row->name, det->device) == NULL)
		return -1;
	for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
		if (strcmp(row->text, texts[i]) == 0)
			return i;
	return strncmp(row->text, "position ", 9) == 0 ? -2 : -1;
}

int dark_label_range(struct dark_run *r, const struct dark_source *s, const struct calib_evt *evt)
{
	struct calib_control *rows = NULL;
	size_t n = 0;

	if (s->det->gains != 7)
		return -1;
	if (r->label_run == evt->run && r->label_step == evt->step)
		return r->label_range;
	r->label_run = evt->run;
	r->label_step = evt->step;
	r->label_range = -1;
	if (calib_control_read(&rows, &n, evt->cfg, NULL) >= 0)
		for (size_t i = 0; i < n; i++) {	/* of several the last counts */
			int range = range_of_label(&rows[i], s->det);

			r->label_range = range != -1 ? range : r->label_range;
		}
	free(rows);
	return r->label_range;
}
