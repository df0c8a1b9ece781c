/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/runs.c - the runs of a session, each as a call of its own would do it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/proc.h"
#include "calibrun/batch.h"
#include "calibrun/look.h"
#include "store/dir.h"

/* err: what failed, also where the rest is done; < 0 then */
static int run_job(struct run_params *p, struct outcome *o, struct calib_err *err)
{
	int failed = 0, rc = CALIB_OK, lock = -1;

	if (p->o->process) {
		rc = preflight_quick(p, err);	/* sooner than after an hour of averaging */
		if (rc >= 0)
			rc = live_files(p, err);
		lock = rc >= 0 ? work_lock(p, err) : -1;
		rc = rc < 0 ? rc : lock < 0 ? lock : CALIB_OK;
		if (rc >= 0)
			rc = job_process(p, &o->rows, err);
		failed = rc > 0;
	} else {
		record(CALIB_WARNING, "calibrun", "processing is off: add -P to process the run");
		if (p->o->deploy)
			rc = work_completed(p, &o->rows, err);
	}
	if (rc >= 0 && p->o->deploy) {
		int doubtful = rows_judge(p, &o->rows, err);

		if (doubtful > 0 && !failed)
			calib_fail(err, CALIB_EFORMAT, "%d detector%s not deployed: the run is not "
			           "dark or not stable", doubtful, doubtful > 1 ? "s are" : " is");
		failed |= doubtful > 0;
		rc = doubtful < 0 ? doubtful : CALIB_OK;
	}
	if (rc >= 0 && p->o->deploy) {
		struct calib_err why = CALIB_ERR_INIT;

		rc = job_deploy(p, &o->rows, &o->files, &why);
		/* worse than a detector that is left out, unless all are */
		if (rc < 0 && !(failed && rc == CALIB_ENOTFOUND))
			*err = why;
		o->deployed = rc >= 0;
	} else if (rc >= 0)
		record(CALIB_WARNING, "calibrun", "deployment is off: add -D to deploy");
	if (lock >= 0)
		work_unlock(p, lock);
	return rc < 0 ? rc : failed ? CALIB_EFORMAT : CALIB_OK;
}

/* The run by jobs: what can be seen to fail is said before they are submitted. */
static int submit_run(struct run_params *p, struct batch_job *job, struct calib_err *err)
{
	int rc = preflight_quick(p, err);

	if (rc >= 0)
		rc = live_files(p, err);
	return rc < 0 ? rc : batch_submit(p, job, err);
}

static void failed(const struct run_params *p, struct outcome *o, int rc, struct calib_err *err)
{
	if (p->njobs > 1)
		record(CALIB_ERROR, "calibrun", "run %u: %s", o->run, err->msg);
	else
		record(CALIB_ERROR, "calibrun", "%s", err->msg);
	o->err = *err;
	o->err.code = rc;
}

/* What the job has deployed: its rows, where they are. */
static void note_deployed(const struct run_params *p, struct outcome *o)
{
	const char *type;

	for (size_t t = 0; (type = run_params_deployed(p, t)) != NULL; t++)
		for (size_t i = 0; i < o->rows.n; i++) {
			const struct row *r = &o->rows.list[i];
			struct calib_str path = CALIB_STR_INIT;

			if (strcmp(r->type, type) == 0
			    && calib_dir_type_path(&path, p->calibdir.s, r->source, type,
			                           NULL) >= 0) {
				calib_str_addf(&path, "/%s.data", r->range);
				if (calib_is_file(path.s))
					calib_str_addf(&o->files, "%s\n", path.s);
			}
			calib_str_release(&path);
		}
}

/* All runs are submitted before the first is waited for; their work files tell the rest. */
static int by_jobs(struct run_params *p, struct outcome *runs, struct calib_err *err)
{
	struct batch_job *jobs = calib_alloc(p->njobs, sizeof *jobs, "jobs", err);
	int rc = jobs ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < p->njobs && rc >= 0; i++) {
		struct calib_err why = CALIB_ERR_INIT;
		int one = run_params_select(p, i, &why);

		runs[i].run = p->jobs[i];
		runs[i].files = runs[i].errors = (struct calib_str)CALIB_STR_INIT;
		if (one >= 0)
			run_params_report(p);
		if (one >= 0)
			one = submit_run(p, &jobs[i], &why);
		if (one < 0)
			failed(p, &runs[i], one, &why);
		else if (p->o->batch.no_wait)
			printf("%s%s%s\n", jobs[i].shares, jobs[i].shares[0] ? " " : "",
			       jobs[i].last);
	}
	if (rc >= 0 && !p->o->batch.no_wait)
		rc = batch_wait(jobs, p->njobs, err);
	for (size_t i = 0; i < p->njobs && rc >= 0 && !p->o->batch.no_wait; i++) {
		struct calib_err why = jobs[i].err;
		int one = run_params_select(p, i, err);

		if (runs[i].err.code < 0)
			continue;
		if (one >= 0)
			one = why.code < 0 ? why.code : work_completed(p, &runs[i].rows, &why);
		if (one < 0)
			failed(p, &runs[i], one, &why);
		else
			record(CALIB_INFO, "calibrun", "run %u is done by job %s", runs[i].run,
			       jobs[i].last);
		runs[i].deployed = p->o->deploy && one >= 0;
		if (runs[i].deployed)
			note_deployed(p, &runs[i]);
		if (p->o->record != NULL)
			record_of_site(p, &runs[i]);
	}
	free(jobs);
	return rc;
}

static void one_run(struct run_params *p, size_t i, struct outcome *o)
{
	struct calib_err err = CALIB_ERR_INIT;
	int rc = run_params_select(p, i, &err);

	o->run = p->jobs[i];
	o->files = o->errors = (struct calib_str)CALIB_STR_INIT;
	session_collect(&o->errors);
	if (p->njobs > 1)
		record(CALIB_INFO, "calibrun", "---- run %u, %zu of %zu ----", o->run, i + 1,
		       p->njobs);
	if (rc >= 0)
		run_params_report(p);
	if (rc >= 0)
		rc = run_job(p, o, &err);
	if (rc < 0)
		failed(p, o, rc, &err);
	session_collect(NULL);
	if (p->o->record != NULL)
		record_of_site(p, o);
}

/* The sentence of all that failed; of a single run it is its own. */
static int all_failures(const struct outcome *runs, size_t n, struct calib_err *err)
{
	struct calib_str list = CALIB_STR_INIT;
	const struct outcome *first = NULL;
	size_t failed = 0;

	for (size_t i = 0; i < n; i++) {
		if (runs[i].err.code == CALIB_OK)
			continue;
		if (first == NULL)
			first = &runs[i];
		if (++failed <= 12)
			calib_str_addf(&list, "%s%u", failed > 1 ? "," : "", runs[i].run);
		else if (failed == 13)
			calib_str_add(&list, ",...");
	}
	if (first != NULL && n == 1)
		*err = first->err;
	else if (first != NULL)
		calib_fail(err, CALIB_EFORMAT, "%zu of %zu runs failed (%s), the first: run %u: %s",
		           failed, n, list.s, first->run, first->err.msg);
	calib_str_release(&list);
	return first == NULL ? CALIB_OK : err->code;
}

static void log_call(const struct run_params *p, int argc, char **argv)
{
	struct calib_str line = CALIB_STR_INIT;
	char cwd[4096];

	for (int i = 0; i < argc; i++) {
		calib_str_addc(&line, ' ');
		calib_str_quote_sh(&line, argv[i]);
	}
	record(CALIB_INFO, "calibrun", "log file %s", session_log_name());
	if (p->site.site != NULL)
		record(CALIB_INFO, "calibrun", "configuration file %s",
		       calib_site_file(p->site.site));
	if (p->conf != NULL)
		record(CALIB_INFO, "calibrun", "configuration file %s%s",
		       p->conf_name == p->o->config ? "" : "./", p->conf_name);
	else if (p->site.site == NULL)
		record(CALIB_WARNING, "calibrun",
		       "there is no configuration file ./%s, defaults are used",
		       CALIB_CONFPARS_NAME);
	record(CALIB_INFO, "calibrun", "command:%s", line.s);
	record(CALIB_INFO, "calibrun", "current directory: %s",
	       calib_work_dir(cwd, sizeof cwd));
	calib_str_release(&line);
}

/* What is written of all runs together.  A file of an earlier call would be taken for this one's,
 * so it is written also when all failed. */
static int reports(const struct run_params *p, const struct outcome *runs, struct calib_err *err)
{
	const struct {
		const char *file;
		int (*write)(const struct run_params *params, const struct outcome *runs, size_t n,
		             struct calib_err *err);
	} kinds[] = {{p->o->summary, summary_table}, {p->o->summary_text, summary_text}};
	int rc = CALIB_OK;

	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		struct calib_err why = CALIB_ERR_INIT;

		if (kinds[k].file == NULL || kinds[k].write(p, runs, p->njobs, &why) >= 0)
			continue;
		record(CALIB_ERROR, "calibrun", "%s", why.msg);
		rc = calib_fail(err, why.code, "%s", why.msg);
	}
	return rc;
}

int runs_process(struct run_params *p, int argc, char **argv, struct calib_err *err)
{
	struct outcome *runs = calib_alloc(p->njobs, sizeof *runs, "runs", err);
	int rc = runs == NULL ? CALIB_ENOMEM : session_open_log(p->workdir.s, err), made;

	if (rc < 0) {
		free(runs);
		return rc;
	}
	log_call(p, argc, argv);
	if (batch_wanted(&p->o->batch) && p->o->process)
		rc = by_jobs(p, runs, err);
	for (size_t i = 0; i < p->njobs && !(batch_wanted(&p->o->batch) && p->o->process); i++)
		one_run(p, i, &runs[i]);
	if (rc >= 0)
		rc = all_failures(runs, p->njobs, err);
	made = reports(p, runs, err);
	hook_run(p, rc < 0 ? rc : made, runs);
	record(CALIB_CRITICAL, "calibrun", "See details in log-file: %s", session_log_name());
	for (size_t i = 0; i < p->njobs; i++) {
		rows_free(&runs[i].rows);
		calib_str_release(&runs[i].files);
		calib_str_release(&runs[i].errors);
	}
	free(runs);
	return rc < 0 ? rc : made;
}
