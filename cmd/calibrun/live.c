/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/live.c - the files of a run before it is averaged, also of one being written */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/path.h"
#include "calibrun/calibrun.h"

/* Do the files lie where the recorder writes them?  calibrun.md: a component, not just letters. */
static bool on_ffb(const struct run_params *p)
{
	struct calib_src_opts open;
	char *dir = NULL;
	bool yes = calib_path_has(p->xtcdir, "ffb");

	if (!yes && run_params_files(p, "0", &open, NULL) >= 0) {
		yes = calib_src_dir(&dir, &open, NULL) >= 0 && calib_path_has(dir, "ffb");
		free((void *)(uintptr_t)open.runs);
	}
	free(dir);
	return yes;
}

const char *run_params_live(const struct run_params *p)
{
	if (p->o->live != NULL)
		return p->o->live;
	if (p->xtcdir == NULL || p->o->batch.tasks > 0)	/* shares are of a run that has ended */
		return NULL;
	return on_ffb(p) || calib_src_asks_live(p->xtcdir) ? CALIBRUN_LIVE : NULL;
}

static void waiting(void *ctx, const char *missing)
{
	const struct run_params *p = ctx;
	static char said[8];	/* of which run; one at a time is worked on */

	if (missing == NULL || strcmp(said, p->run4) == 0)
		return;
	snprintf(said, sizeof said, "%s", p->run4);
	record(CALIB_INFO, "calibrun", "%s: waiting for it, %s s at most", missing, p->live);
}

static int list_file(const struct run_params *p, const struct calib_file *f,
                     struct calib_err *err)
{
	record(CALIB_INFO, "calibrun", "%s file %s", f->hdf5 ? "hdf5" : "xtc", f->path);
	if (p->runs == p->run4 && f->run != 0 && f->run != p->run)
		return calib_fail(err, CALIB_EINVAL, "%s: is of run %u, -r says %u: give both the "
		                  "same", f->path, f->run, p->run);
	if (f->in_progress && p->live == NULL)
		return calib_fail(err, CALIB_EINVAL, "%s: the run is still being written: wait for "
		                  "its end, or add --live to follow it", f->path);
	return CALIB_OK;
}

int live_files(struct run_params *p, struct calib_err *err)
{
	struct calib_src_opts open;
	struct calib_src *src = NULL;
	const struct calib_file *f;
	int rc = run_params_files(p, p->runs, &open, err);

	open.live = p->live != NULL;
	open.waiting = waiting;
	open.waiting_ctx = p;
	if (rc >= 0 && open.live)
		rc = calib_parse_double(&open.timeout, p->live, "--live", err);
	if (rc >= 0)
		rc = calib_src_open(&src, &open, err);
	for (size_t i = 0; rc >= 0 && (f = calib_src_file(src, i)) != NULL; i++)
		rc = list_file(p, f, err);
	if (rc >= 0 && p->live != NULL && !calib_src_over(src))
		record(CALIB_INFO, "calibrun", "the run is followed until it ends, or nothing was "
		       "written for %s s", p->live);
	calib_src_close(src);
	free((void *)(uintptr_t)open.runs);
	return rc;
}
