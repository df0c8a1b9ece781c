/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/peek.c - what the first events of a run say: detectors, light, how many events */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "scan/scan.h"

/* A second at the full rate: what comes only every tenth or sixtieth pulse is seen. */
enum { LOOK_AT = 120 };
enum { MAX_DETS = 128, MAX_TYPES = 256 };

struct look {
	const struct calib_src *src;
	struct calib_selection *sel, *wanted;	/* NULL without -d */
	bool has[MAX_DETS], array;
	bool evr, beam;
};

static void note_det(struct look *l, const struct calib_det *det)
{
	l->array |= det == &calib_det_array;
	for (size_t i = 0; i < MAX_DETS && calib_det_at(i) != NULL; i++)
		l->has[i] |= calib_det_at(i) == det;
}

static void note_object(struct look *l, struct calib_srcid id, uint16_t type)
{
	note_det(l, calib_det_of(id, type));
	if (l->sel != NULL) {
		calib_selection_has(l->sel, l->src, id, type);
		calib_selection_has(l->wanted, l->src, id, type);
	}
}

/* A source that is configured counts although it may have no data in these events: it may be slow.
 * Its device tells which data it sends. */
static void note_config(struct look *l, const struct calib_object *o)
{
	note_object(l, o->src, o->type);
	for (unsigned type = 0; type < MAX_TYPES; type++)
		if (calib_det_of(o->src, (uint16_t)type) != NULL)
			note_object(l, o->src, (uint16_t)type);
}

static int note_event(struct look *l, const struct calib_evt *evt, struct calib_err *err)
{
	enum calib_beam beam;
	int rc = calib_evr_beam(evt, &beam, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < evt->nobjects; i++)
		note_object(l, evt->objects[i].src, evt->objects[i].type);
	l->evr |= beam != CALIB_BEAM_UNKNOWN;
	l->beam |= beam == CALIB_BEAM_ON;
	return CALIB_OK;
}

/* *events: how many the run has, -1 when it has more than were looked at */
static int look_at_events(struct look *l, long long *events, const struct scan_opts *o,
                          struct calib_src *src, struct calib_err *err)
{
	const struct calib_cfgset *cfg = calib_src_configs(src);
	const struct calib_object *config;
	uint64_t limit = scan_limit(o, LOOK_AT);
	const struct calib_evt *evt;
	struct calib_filter filter;
	int rc = scan_filter(&filter, o, err);

	for (size_t i = 0; (config = calib_cfgset_at(cfg, i)) != NULL; i++)
		note_config(l, config);
	for (uint64_t n = 0; rc >= 0; n++) {
		rc = calib_filter_next(&filter, src, &evt, err);
		if (rc == 0)
			*events = (long long)filter.read;
		if (rc <= 0 || (limit > 0 && n == limit))
			break;
		rc = note_event(l, evt, err);
	}
	return rc < 0 ? rc : CALIB_OK;
}

static void name_detectors(struct calib_str *names, const struct look *l)
{
	for (size_t i = 0; i < MAX_DETS && calib_det_at(i) != NULL; i++)
		if (l->has[i])
			calib_str_addf(names, "%s%s", names->len ? "," : "",
			               calib_det_at(i)->name);
	if (l->array)
		calib_str_addf(names, "%s%s", names->len ? "," : "", calib_det_array.name);
}

static size_t count_missed(const struct calib_selection *sel)
{
	size_t n = 0;

	while (sel != NULL && calib_selection_missed(sel, n) != NULL)
		n++;
	return n;
}

/* Opened by name: its files are known, and to look for them again would list the directory once
 * for every run. */
static int open_run(struct calib_src **src, const struct scan_opts *o, const struct calib_run *run,
                    struct calib_err *err)
{
	const char **names = calib_alloc(run->nfiles, sizeof *names, "files", err);
	struct calib_src_opts open = {.files = names, .nfiles = run->nfiles, .smd = o->set.smd};
	int rc = names ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < run->nfiles && rc >= 0; i++)
		names[i] = run->file[i].path;
	if (rc >= 0)
		rc = calib_src_open(src, &open, err);
	free(names);
	return rc;
}

static int log_problems(const struct calib_src *src, int rc, const struct calib_err *why)
{
	const char *problem;

	if (rc < 0)
		calib_log(CALIB_ERROR, "%s", why->msg);
	for (size_t i = 0; src != NULL && (problem = calib_src_problem(src, i)) != NULL; i++) {
		calib_log(CALIB_ERROR, "%s", problem);
		rc = rc < 0 ? rc : CALIB_EFORMAT;
	}
	return rc;
}

int scan_peek_run(struct scan_peek *peek, const struct scan_opts *o, const struct calib_run *run,
                  struct calib_selection *wanted, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	struct calib_src *src = NULL;
	struct look l = {.wanted = wanted};
	int rc = o->set.detectors ? calib_selection_parse(&l.sel, o->set.detectors, err) : CALIB_OK;

	*peek = (struct scan_peek){CALIB_STR_INIT, count_missed(l.sel), 0, -1, -1};
	if (rc < 0)
		return rc;
	rc = open_run(&src, o, run, &why);
	l.src = src;
	if (rc >= 0)
		rc = look_at_events(&l, &peek->events, o, src, &why);
	rc = log_problems(src, rc, &why);
	if (rc < 0)
		peek->events = -1;	/* some of them cannot be read */
	if (src != NULL) {
		name_detectors(&peek->detectors, &l);
		peek->dark = l.beam ? 0 : l.evr ? 1 : -1;
	}
	peek->missed = count_missed(l.sel);
	calib_src_close(src);
	calib_selection_free(l.sel);
	return rc < 0 ? rc : calib_str_check(&peek->detectors, err);
}
