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

static void open_run(struct rundata_run *r, const struct calib_run *run)
{
	const char **names = calib_alloc(run->nfiles, sizeof *names, "files", NULL);
	struct calib_src_opts open = {.files = names, .nfiles = run->nfiles};
	struct calib_err why = CALIB_ERR_INIT;
	struct calib_src *src = NULL;
	int rc = names != NULL ? CALIB_OK : CALIB_ENOMEM;

	r->opened = true;
	r->time = NAN;
	for (size_t i = 0; i < run->nfiles && rc >= 0; i++)
		names[i] = run->file[i].path;
	if (rc >= 0)
		rc = calib_src_open(&src, &open, &why);
	if (rc >= 0)
		rc = look(r, src, &why);
	if (rc < 0)
		calib_log(CALIB_WARNING, "run %u: %s", run->run, why.msg);
	if (isnan(r->time))
		r->time = (double)run->first;	/* of its files, the best there is */
	calib_src_close(src);
	free(names);
}

const struct rundata_run *rundata_get(struct rundata *data, unsigned run)
{
	size_t lo = 0, hi = data->runs.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (data->runs.run[mid].run < run)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == data->runs.n || data->runs.run[lo].run != run)
		return NULL;
	if (!data->seen[lo].opened)
		open_run(&data->seen[lo], &data->runs.run[lo]);
	return &data->seen[lo];
}
