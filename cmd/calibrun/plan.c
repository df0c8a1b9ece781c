/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/plan.c - which runs -r means, and whether they are one job or several
 *
 * Several runs of detectors with gain ranges are the parts of one dark; of all others each is a
 * dark, and done as a call of its own would do it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "calibrun/calibrun.h"
#include "det/det.h"

int run_params_files(const struct run_params *p, const char *runs, struct calib_src_opts *opts,
                     struct calib_err *err)
{
	struct cli_dataset set = CLI_DATASET_INIT;

	set.exp = p->exp, set.run = runs, set.xtcdir = p->xtcdir;
	set.root = p->root.len ? p->root.s : NULL;
	return cli_src_opts(opts, &set, NULL, 0, err);
}

/* Words that are neither a detector nor an address may be aliases, which only the runs know. */
bool run_params_alias(const struct run_params *p, const char *word, char source[128])
{
	struct calib_src_opts open;
	struct calib_src *src = NULL;
	struct calib_srcid id;
	bool found = false;

	if (run_params_files(p, p->asked, &open, NULL) < 0)
		return false;
	open.control = true;
	if (calib_src_open(&src, &open, NULL) >= 0)
		found = calib_src_by_alias(src, word, &id);
	if (found && source != NULL)
		calib_source_name(id, source, 128);
	calib_src_close(src);
	free((void *)(uintptr_t)open.runs);
	return found;
}

/* How many of -d have gain ranges, may have them (an alias), have none. */
struct ranged { size_t yes, maybe, no; };

static const struct calib_det *detector_of(const struct run_params *p, const char *item,
                                           bool several)
{
	const struct calib_det *det = strchr(item, ':') ? calib_det_of_source(item)
	                                                : calib_det_by_name(item);
	char source[128];

	/* it must be known only where the runs are one job or several by it */
	if (det == NULL && several && !calib_selection_known(item)
	    && run_params_alias(p, item, source))
		det = calib_det_of_source(source);
	return det;
}

static int count_ranged(struct ranged *r, const struct run_params *p, bool several,
                        struct calib_err *err)
{
	char **items = NULL;
	size_t n = 0;
	int rc = calib_list_parse(&items, &n, p->detectors, err);

	*r = (struct ranged){0, 0, 0};
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		const struct calib_det *det = detector_of(p, items[i], several);

		r->yes += det != NULL && det->gains > 1;
		r->maybe += det == NULL;
		r->no += det != NULL && det->gains <= 1;
	}
	free(items);
	return rc;
}

/* -r last */
static int newest_run(struct run_params *p, struct calib_err *err)
{
	struct calib_newest newest;
	struct calib_src_opts open;
	int rc = run_params_files(p, "0", &open, err);

	if (rc >= 0)
		rc = calib_src_newest(&newest, &open, err);
	/* live, the newest one is that which is being written */
	if (p->live != NULL && rc == CALIB_ENOTFOUND && newest.growing >= 0) {
		calib_err_clear(err);
		rc = CALIB_OK;
	}
	if (rc >= 0 && p->live != NULL && newest.growing > newest.run)
		newest.run = newest.growing;
	free((void *)(uintptr_t)open.runs);
	if (rc < 0) {
		calib_err_wrap(err, "-r last");
		return rc;
	}
	snprintf(p->newest, sizeof p->newest, "%ld", newest.run);
	p->asked = p->newest;
	record(CALIB_INFO, "calibrun", "-r last: run %s is the newest of %s", p->asked, p->exp);
	if (newest.growing > newest.run)
		record(CALIB_INFO, "calibrun", "run %ld is still being written, it is left alone",
		       newest.growing);
	return CALIB_OK;
}

/* The runs in the order given, each once. */
static int list_jobs(struct run_params *p, const struct calib_range *list, size_t n,
                     struct calib_err *err)
{
	bool *seen = calib_alloc(CALIB_RUN_MAX + 1, sizeof *seen, "runs", err);

	p->jobs = calib_alloc(CALIB_RUN_MAX + 1, sizeof *p->jobs, "runs", err);
	for (size_t i = 0; seen != NULL && p->jobs != NULL && i < n; i++)
		for (unsigned run = list[i].begin; run <= list[i].end; run++) {
			if (!seen[run])
				p->jobs[p->njobs++] = run;
			seen[run] = true;
		}
	free(seen);
	return p->njobs > 0 ? CALIB_OK : CALIB_ENOMEM;
}

/* Of one dark the constants are named by the first run. */
static void join_jobs(struct run_params *p)
{
	for (size_t i = 1; i < p->njobs; i++)
		if (p->jobs[i] < p->jobs[0])
			p->jobs[0] = p->jobs[i];
	p->one_dark = true;
	p->njobs = 1;
}

static int parse_runs(struct run_params *p, struct calib_err *err)
{
	struct calib_range *list = NULL;
	size_t n = 0;
	int rc = calib_runs_parse(&list, &n, p->asked, NULL);

	for (size_t i = 0; rc >= 0 && i < n; i++)
		if (list[i].end > CALIB_RUN_MAX)
			rc = CALIB_EINVAL;
	if (rc < 0)
		calib_fail(err, CALIB_EINVAL, "-r: '%s' is not a run number from 0 to %d, nor "
		           "several as in 2,4-7, nor the word last", p->asked, CALIB_RUN_MAX);
	else
		rc = list_jobs(p, list, n, err);
	free(list);
	return rc;
}

int run_params_plan(struct run_params *p, struct calib_err *err)
{
	struct ranged ranged;
	bool several;
	int rc = CALIB_OK;

	p->asked = p->o->run;
	if (p->o->runrange != NULL && calib_range_parse(&p->valid, p->o->runrange, err) < 0)
		return CALIB_EINVAL;
	if (strcmp(p->asked, "last") == 0)
		rc = newest_run(p, err);
	if (rc >= 0)
		rc = parse_runs(p, err);
	several = p->njobs > 1;
	if (rc >= 0)
		rc = count_ranged(&ranged, p, several, err);
	if (rc < 0)
		return rc;
	p->multi = ranged.yes + ranged.maybe > 0;
	if (!several)
		return CALIB_OK;
	if (ranged.yes > 0 && ranged.no + ranged.maybe > 0)
		return calib_fail(err, CALIB_EINVAL, "-r: '%s': several runs are one dark of "
		                  "detectors with several gain ranges (Jungfrau, Epix10ka), and "
		                  "a dark each of the others in -d: call calibrun for each kind",
		                  p->asked);
	if (ranged.yes > 0)
		join_jobs(p);
	else if (p->xtcdir != NULL && calib_is_file(p->xtcdir))
		return calib_fail(err, CALIB_EINVAL, "-r: '%s': -x names a single file, which is "
		                  "of one run: give its number", p->asked);
	else if (p->o->runrange != NULL)
		record(CALIB_WARNING, "calibrun", "-v: constants of all runs are for %s, those of "
		       "the last run replace the others'", p->o->runrange);
	return CALIB_OK;
}

int run_params_select(struct run_params *p, size_t i, struct calib_err *err)
{
	struct calib_range range = p->valid;

	p->run = p->jobs[i];
	snprintf(p->run4, sizeof p->run4, "%04u", p->run);
	p->runs = p->one_dark ? p->asked : p->run4;
	if (p->o->runrange == NULL)
		range = (struct calib_range){p->run, CALIB_RUN_END};
	p->range = calib_range_format(&range, p->range_text);
	if (p->run < range.begin || p->run > range.end)
		record(CALIB_WARNING, "calibrun", "the range %s does not contain run %u", p->range,
		       p->run);
	calib_str_clear(&p->prefix);
	calib_str_addf(&p->prefix, "%s/%s%s-r%s-", p->workdir.s, p->name_prefix, p->exp, p->run4);
	return calib_str_check(&p->prefix, err);
}
