/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/trend.c - calib-deploy history --stats: bad pixels, pedestals and noise over the runs
 *
 * A stretch is a range of runs for which the same three files rule.  Means are over the pixels that
 * are good by the status of the stretch: a hot pixel would hide what the others do. */
#include "deploy/trend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algo/delta.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/table.h"
#include "deploy/look.h"
#include "det/parts.h"
#include "nda/nda.h"

enum { PEDESTALS, NOISE, STATUS, NTYPES };
static const char *const type_names[NTYPES] = {"pedestals", "pixel_rms", "pixel_status"};

/* One of the three types of a source. */
struct track {
	struct calib_str path;
	struct calib_dirfiles files;
	struct calib_span *spans;	/* by run */
	size_t nspans;
	const struct calib_dirfile *loaded;	/* whose values are in nda */
	bool bad;			/* it cannot be read: nda is empty */
	struct calib_nda nda;		/* doubles; of a status, 64-bit words */
};

struct trend {
	struct calib_table table;
	const struct calib_range *runs;
	size_t nruns;
	char *source;			/* of the last type directory seen */
	struct track track[NTYPES];
	double *last;			/* mean pedestal of each part in the stretch before */
	size_t nlast;
	int unread;
};

/* ---- files ---- */

static void release_tracks(struct trend *t)
{
	for (int k = 0; k < NTYPES; k++) {
		struct track *tr = &t->track[k];

		calib_str_release(&tr->path);
		calib_dirfiles_release(&tr->files);
		calib_nda_release(&tr->nda);
		free(tr->spans);
		*tr = (struct track){.path = CALIB_STR_INIT, .nda = CALIB_NDA_INIT};
	}
	free(t->last);
	t->last = NULL;
	t->nlast = 0;
}

static int open_track(struct trend *t, int k, const char *source_dir, struct calib_err *err)
{
	struct track *tr = &t->track[k];
	int rc;

	calib_path_join(&tr->path, source_dir, type_names[k]);
	rc = calib_str_check(&tr->path, err);
	if (rc >= 0 && (rc = deploy_list(&tr->files, tr->path.s, err)) > 0)
		t->unread++;
	return rc < 0 ? rc : calib_dirfiles_spans(&tr->files, &tr->spans, &tr->nspans, err);
}

/* The values of the file that rules, kept from stretch to stretch. */
static int load(struct trend *t, int k, const struct calib_dirfile *f, struct calib_err *err)
{
	const struct calib_nda_hints hints = {.typed = k == STATUS, .type = CALIB_U64};
	struct track *tr = &t->track[k];
	struct calib_str path = CALIB_STR_INIT;
	struct calib_nda nda = CALIB_NDA_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	int rc;

	if (f == tr->loaded)
		return CALIB_OK;
	calib_nda_release(&tr->nda);
	tr->loaded = f;
	tr->bad = false;
	if (f == NULL)
		return CALIB_OK;
	calib_path_join(&path, tr->path.s, f->name);
	rc = calib_str_check(&path, &why);
	if (rc >= 0)
		rc = calib_path_regular(path.s, &why);
	if (rc >= 0)
		rc = calib_nda_load(&nda, path.s, k == STATUS ? &hints : NULL, &why);
	if (rc >= 0)
		rc = calib_nda_convert(&tr->nda, &nda, k == STATUS ? CALIB_U64 : CALIB_F64, &why);
	if (rc == CALIB_ENOMEM) {
		calib_fail(err, rc, "%s", why.msg);
	} else if (rc < 0) {
		calib_log(CALIB_ERROR, "%s", why.msg);
		calib_nda_release(&tr->nda);
		tr->bad = true;
		t->unread++;
	}
	calib_nda_release(&nda);
	calib_str_release(&path);
	return rc == CALIB_ENOMEM ? rc : CALIB_OK;
}

/* ---- rows ---- */

/* The array that gives the stretch its parts; what has another size does not fit it. */
static const struct calib_nda *leading(const struct trend *t)
{
	for (int k = 0; k < NTYPES; k++)
		if (t->track[k].nda.data != NULL)
			return &t->track[k].nda;
	return NULL;
}

static const void *values(const struct trend *t, int k, size_t size, size_t first)
{
	const struct calib_nda *nda = &t->track[k].nda;

	if (nda->data == NULL || nda->size != size)
		return NULL;
	return k == STATUS ? (const void *)((const uint64_t *)nda->data + first)
		: (const void *)((const double *)nda->data + first);
}

struct part {
	long segment;			/* -1: all */
	const char *gain;
	size_t first, n, number;	/* of the parts of the stretch */
};

static int put_part(struct trend *t, const struct deploy_type *type, const struct calib_range *r,
                    const struct part *part, size_t size)
{
	struct calib_table *table = &t->table;
	const uint64_t *status = values(t, STATUS, size, part->first);
	const double *v[2] = {values(t, PEDESTALS, size, part->first),
	                      values(t, NOISE, size, part->first)};
	double mean[2] = {NAN, NAN};
	size_t bad = 0;

	for (size_t i = 0; status != NULL && i < part->n; i++)
		bad += status[i] != 0;
	for (int k = 0; k < 2; k++)
		if (v[k] != NULL)
			mean[k] = calib_trend_mean(v[k], status, part->n);
	calib_table_text(table, type->group);
	calib_table_text(table, type->source);
	calib_table_unsigned(table, r->begin);
	if (r->end >= CALIB_RUN_MAX)
		calib_table_text(table, "end");
	else
		calib_table_unsigned(table, r->end);
	if (part->segment < 0)
		calib_table_text(table, "all");
	else
		calib_table_int(table, part->segment);
	calib_table_text(table, part->gain);
	calib_table_unsigned(table, part->n);
	if (status != NULL)
		calib_table_unsigned(table, bad);
	else
		calib_table_text(table, NULL);
	calib_table_real(table, "%.6g", mean[0]);
	calib_table_real(table, "%.6g", mean[0] - t->last[part->number]);
	calib_table_real(table, "%.6g", mean[1]);
	t->last[part->number] = mean[0];
	for (int k = 0; k < NTYPES; k++)
		calib_table_text(table, t->track[k].loaded ? t->track[k].loaded->name : NULL);
	return calib_table_row(table);
}

/* There is no change to a stretch of another form. */
static int make_last(struct trend *t, size_t n, struct calib_err *err)
{
	if (n == t->nlast)
		return CALIB_OK;
	free(t->last);
	t->last = calib_alloc(n, sizeof *t->last, "parts", err);
	t->nlast = t->last != NULL ? n : 0;
	for (size_t i = 0; i < t->nlast; i++)
		t->last[i] = NAN;
	return t->last != NULL ? CALIB_OK : CALIB_ENOMEM;
}

static int put_stretch(struct trend *t, const struct deploy_type *type, const struct calib_range *r,
                       struct calib_err *err)
{
	const struct calib_nda *nda = leading(t);
	struct calib_parts p;
	struct part part = {.number = 0};
	int rc;

	if (nda == NULL)
		return CALIB_OK;
	calib_parts_of(&p, calib_det_of_source(type->source), nda);
	rc = make_last(t, p.gains * (p.segments + 1), err);
	for (size_t g = 0; g < p.gains && rc >= 0; g++) {
		part.gain = p.names != NULL ? p.names[g] : NULL;
		part.segment = -1;
		part.first = g * p.segments * p.pixels;
		part.n = p.segments * p.pixels;
		rc = put_part(t, type, r, &part, nda->size);
		part.number++;
		part.n = p.pixels;
		for (size_t s = 0; s < p.segments && p.segments > 1 && rc >= 0; s++) {
			part.segment = (long)s;
			rc = put_part(t, type, r, &part, nda->size);
			part.first += p.pixels;
			part.number++;
		}
	}
	return rc;
}

static bool wanted(const struct trend *t, const struct calib_range *r)
{
	for (size_t i = 0; i < t->nruns; i++)
		if (t->runs[i].begin <= r->end && r->begin <= t->runs[i].end)
			return true;
	return t->nruns == 0;
}

/* ---- stretches ---- */

/* The last run of the stretch that begins at a run: where the next span begins or ends. */
static uint32_t stretch_end(const struct track *tr, uint32_t run)
{
	size_t lo = 0, hi = tr->nspans;

	while (lo < hi) {	/* the first span that ends at or behind the run */
		size_t mid = lo + (hi - lo) / 2;

		if (tr->spans[mid].end < run)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == tr->nspans)
		return CALIB_RUN_MAX;
	return tr->spans[lo].begin > run ? tr->spans[lo].begin - 1 : tr->spans[lo].end;
}

static int put_source(struct trend *t, const struct deploy_type *type, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (uint32_t run = 0; run <= CALIB_RUN_MAX && rc >= 0;) {
		struct calib_range r = {run, CALIB_RUN_MAX};

		for (int k = 0; k < NTYPES; k++) {
			uint32_t end = stretch_end(&t->track[k], run);

			r.end = end < r.end ? end : r.end;
		}
		for (int k = 0; k < NTYPES && rc >= 0 && wanted(t, &r); k++)
			rc = load(t, k, calib_dirfiles_find(&t->track[k].files, run), err);
		if (rc >= 0 && wanted(t, &r))
			rc = put_stretch(t, type, &r, err);
		run = r.end + 1;
	}
	return rc;
}

/* Any of the three types brings the source, once. */
static int see_type(void *ctx, const struct deploy_type *type, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	struct trend *t = ctx;
	bool one_of = false;
	int rc = CALIB_OK;

	for (int k = 0; k < NTYPES; k++)
		one_of |= strcmp(type->type, type_names[k]) == 0;
	calib_path_dir(&dir, type->path);
	if (!one_of || (t->source != NULL && strcmp(t->source, dir.s) == 0)) {
		calib_str_release(&dir);
		return CALIB_OK;
	}
	free(t->source);
	t->source = calib_strdup(dir.s, err);
	if (t->source == NULL)
		rc = CALIB_ENOMEM;
	release_tracks(t);
	for (int k = 0; k < NTYPES && rc >= 0; k++)
		rc = open_track(t, k, dir.s, err);
	if (rc >= 0)
		rc = put_source(t, type, err);
	calib_str_release(&dir);
	return rc < 0 ? rc : CALIB_OK;
}

int deploy_trend(const char *calib, const struct deploy_filter *filter,
                 const struct calib_range *runs, size_t n, bool json, struct calib_err *err)
{
	static const char *const columns[] = {"group", "source", "begin", "end", "segment", "gain",
		"pixels", "bad", "pedestal", "pedestal-change", "noise", "pedestals-file",
		"rms-file", "status-file", NULL};
	struct trend t = {.runs = runs, .nruns = n};
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	release_tracks(&t);
	calib_table_begin(&t.table, out, columns, json, err);
	rc = deploy_walk(calib, filter, see_type, &t, err);
	rc = deploy_end(out, rc < 0 ? rc : rc + t.unread, err);
	release_tracks(&t);
	free(t.source);
	return rc;
}
