/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/rundata.c - what the data of an experiment say of its runs */
#include "deploy/rundata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "det/det.h"
#include "det/panel.h"
#include "nda/nda.h"

int rundata_open(struct rundata *data, const struct deploy_where *where, struct calib_err *err)
{
	struct calib_src_opts opts = {.exp = where->exp, .root = where->root};
	struct calib_err why = CALIB_ERR_INIT;
	int rc;

	if (where->exp == NULL)
		return CALIB_OK;
	rc = calib_runs_list(&data->runs, &opts, &why);
	if (rc == CALIB_ENOTFOUND)
		return CALIB_OK;
	if (rc < 0)
		return calib_fail(err, rc, "%s", why.msg);
	data->seen = calib_alloc(data->runs.n, sizeof *data->seen, "runs", err);
	return data->seen != NULL ? CALIB_OK : CALIB_ENOMEM;
}

void rundata_close(struct rundata *data)
{
	for (size_t i = 0; data->seen != NULL && i < data->runs.n; i++)
		calib_names_free(data->seen[i].sources);
	free(data->seen);
	calib_runs_release(&data->runs);
	*data = (struct rundata)RUNDATA_INIT;
}

/* An image detector whose constants have a place, once. */
static int add_source(struct rundata_run *r, size_t *n, size_t *room, struct calib_srcid id,
                      struct calib_err *err)
{
	char name[64];
	const struct calib_det *det;
	void *list = r->sources;

	calib_source_name(id, name, sizeof name);
	det = calib_det_of_source(name);
	if (det == NULL || !det->image || calib_dir_group_of(name) == NULL)
		return CALIB_OK;
	for (size_t i = 0; i < *n; i++)
		if (strcmp(r->sources[i], name) == 0)
			return CALIB_OK;
	if (calib_grow(&list, room, *n + 2, sizeof(char *), "sources", err) < 0)
		return CALIB_ENOMEM;
	r->sources = list;
	r->sources[*n] = calib_strdup(name, err);
	if (r->sources[*n] == NULL)
		return CALIB_ENOMEM;
	++*n;
	return CALIB_OK;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is configured, and what the first event has: HDF5 files announce nothing. */
static int look(struct rundata_run *r, struct calib_src *src, struct calib_err *err)
{
	const struct calib_cfgset *cfg = calib_src_configs(src);
	const struct calib_object *o;
	const struct calib_evt *evt;
	size_t n = 0, room = 0;
	int rc = CALIB_OK;

	for (size_t i = 0; rc >= 0 && (o = calib_cfgset_at(cfg, i)) != NULL; i++)
		rc = add_source(r, &n, &room, o->src, err);
	if (rc >= 0 && (rc = calib_src_next(src, &evt, err)) > 0) {
		r->time = (double)evt->sec + (double)evt->nsec * 1e-9;
		for (size_t i = 0; i < evt->nobjects && rc >= 0; i++)
			rc = add_source(r, &n, &room, evt->objects[i].src, err);
	}
	if (n > 1)
		qsort(r->sources, n, sizeof *r->sources, by_text);
	return rc;
}

/* Opened by the names of its files, which are known. */
static int open_files(struct calib_src **src, const struct calib_run *run, struct calib_err *err)
{
	const char **names = calib_alloc(run->nfiles, sizeof *names, "files", err);
	struct calib_src_opts open = {.files = names, .nfiles = run->nfiles};
	int rc = names != NULL ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < run->nfiles && rc >= 0; i++)
		names[i] = run->file[i].path;
	if (rc >= 0)
		rc = calib_src_open(src, &open, err);
	free(names);
	return rc;
}

static void open_run(struct rundata_run *r, const struct calib_run *run)
{
	struct calib_err why = CALIB_ERR_INIT;
	struct calib_src *src = NULL;
	int rc;

	r->opened = true;
	r->time = NAN;
	rc = open_files(&src, run, &why);
	if (rc >= 0)
		rc = look(r, src, &why);
	if (rc < 0)
		calib_log(CALIB_WARNING, "run %u: %s", run->run, why.msg);
	if (isnan(r->time))
		r->time = (double)run->first;	/* of its files, the best there is */
	calib_src_close(src);
}

/* Place of a run in the list, or of the next one. */
static size_t index_of(const struct rundata *data, unsigned run)
{
	size_t lo = 0, hi = data->runs.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (data->runs.run[mid].run < run)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct rundata_run *rundata_get(struct rundata *data, unsigned run)
{
	size_t i = index_of(data, run);

	if (i == data->runs.n || data->runs.run[i].run != run)
		return NULL;
	if (!data->seen[i].opened)
		open_run(&data->seen[i], &data->runs.run[i]);
	return &data->seen[i];
}

/* ---- one camera ---- */

enum { LOOK_AT = 120 };

static bool is_source(struct calib_srcid id, const char *source)
{
	char name[64];

	return strcmp(calib_source_name(id, name, sizeof name), source) == 0;
}

/* The shape of its first data; a slow camera is not in every event. */
static int look_at_shape(struct rundata_camera *camera, struct calib_src *src, const char *source,
                         struct calib_err *err)
{
	const struct calib_evt *evt;
	int rc = 1;

	for (int n = 0; n < LOOK_AT && camera->pixels == 0 && rc > 0; n++) {
		rc = calib_src_next(src, &evt, err);
		for (size_t i = 0; rc > 0 && i < evt->nobjects && camera->pixels == 0; i++) {
			struct calib_layout layout;
			char text[128];

			if (!is_source(evt->objects[i].src, source)
			    || calib_det_layout(&layout, &evt->objects[i], evt->cfg, NULL) <= 0)
				continue;
			camera->pixels = layout.size;
			calib_str_add(&camera->shape, calib_nda_shape_text(layout.ndim, layout.dim,
			                                                   text));
		}
	}
	return rc < 0 ? rc : calib_str_check(&camera->shape, err);
}

static int look_at_panels(struct rundata_camera *camera, struct calib_src *src, const char *source,
                          struct calib_err *err)
{
	const struct calib_cfgset *cfg = calib_src_configs(src);
	const struct calib_object *o;
	int rc = 0;

	for (size_t i = 0; rc == 0 && (o = calib_cfgset_at(cfg, i)) != NULL; i++)
		if (is_source(o->src, source)) {
			rc = calib_panel_id(&camera->panels, cfg, o->src, err);
			break;
		}
	if (rc == 0)
		calib_str_clear(&camera->panels);
	return rc < 0 ? rc : CALIB_OK;
}

int rundata_camera(struct rundata_camera *camera, struct rundata *data, unsigned run,
                   const char *source, struct calib_err *err)
{
	size_t i = index_of(data, run);
	struct calib_src *src = NULL;
	int rc;

	if (i == data->runs.n || data->runs.run[i].run != run)
		return calib_fail(err, CALIB_ENOTFOUND, "run %u has no data here", run);
	rc = open_files(&src, &data->runs.run[i], err);
	if (rc >= 0)
		rc = look_at_panels(camera, src, source, err);
	if (rc >= 0)
		rc = look_at_shape(camera, src, source, err);
	if (rc >= 0 && camera->pixels == 0 && camera->panels.len == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "run %u has no data of '%s' in its first %d "
		                "events", run, source, LOOK_AT);
	calib_src_close(src);
	return rc;
}

void rundata_camera_release(struct rundata_camera *camera)
{
	calib_str_release(&camera->panels);
	calib_str_release(&camera->shape);
}
