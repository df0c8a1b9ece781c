/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/job.c - what calibrun does: average, flag, deploy, summarise */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "calibrun/batch.h"
#include "calibrun/calibrun.h"

/* ---- command lines ---- */

void run_args(struct args *a, const struct run_params *p)
{
	args_pair(a, "-e", p->exp);
	if (p->runs == p->run4)
		args_number(a, "-r", p->run);
	else
		args_pair(a, "-r", p->runs);
	args_pair(a, "-d", p->detectors);
	args_pair(a, "-x", p->xtcdir);
	args_pair(a, "--root", p->root.len ? p->root.s : NULL);
}

void events_args(struct args *a, const struct run_params *p)
{
	const struct run_opts *o = p->o;

	run_args(a, p);
	args_number(a, "-n", p->num_events);
	if (p->skip_events > 0)
		args_number(a, "-s", p->skip_events);
	args_number(a, "-m", p->scan_events);
	args_pair(a, "-f", p->codes);
	args_pair(a, "--algo", o->algo);
	args_pair(a, "-B", o->int_lo);
	args_pair(a, "-T", o->int_hi);
	if (o->algo != NULL && strcmp(o->algo, "calibrun2024") == 0)
		args_number(a, "--block", o->nrecs1);
	if (o->partial)
		args_add(a, "--partial");
}

/* What shares and their union have in common with a run that is averaged as a whole. */
static void output_args(struct args *a, const struct run_params *p)
{
	const struct run_opts *o = p->o;

	args_pair(a, "-w", p->workdir.s);
	args_pair(a, "-v", p->range);
	if (strcmp(p->name_prefix, "clb-") != 0)
		args_pair(a, "--prefix", p->name_prefix);
	if (o->zeropeds)
		args_add(a, "--zeropeds");
	if (p->multi && !o->no_gains)
		args_add(a, "--default-gains");
	if (o->deploygeo)
		args_add(a, "--deploygeo");
	args_number(a, "-j", o->threads);
	if (o->cli.keep)
		args_add(a, "--no-clobber");
}

void dark_args(struct args *a, const struct run_params *p)
{
	char live[32];

	args_add(a, "calib-dark");
	events_args(a, p);
	output_args(a, p);
	snprintf(live, sizeof live, "--live=%.20s", p->live ? p->live : "");
	if (p->live != NULL)
		args_add(a, live);
}

void hotpix_args(struct args *a, const struct run_params *p)
{
	const struct run_opts *o = p->o;

	args_add(a, "calib-hotpix");
	args_pair(a, "-t", p->thr_rms);
	args_pair(a, "-b", o->rms_lo);
	args_pair(a, "-B", o->int_lo);
	args_pair(a, "-T", o->int_hi);
	args_pair(a, "-Z", o->intnlo);
	args_pair(a, "-U", o->intnhi);
	args_pair(a, "-z", o->rmsnlo);
	args_pair(a, "-u", o->rmsnhi);
	args_pair(a, "--sigma", o->sigma);
	args_pair(a, "--per", o->per);
	args_pair(a, "--fraction", o->fraction);
	args_pair(a, "--max-bad", o->force ? "1" : o->max_bad);
	args_pair(a, "-w", p->workdir.s);
	args_pair(a, "-v", p->range);
	if (o->cli.keep)
		args_add(a, "--no-clobber");
}

void deploy_args(struct args *a, const struct run_params *p)
{
	const struct run_opts *o = p->o;

	args_add(a, "calib-deploy");
	args_add(a, "put");
	args_add(a, "--list");
	args_pair(a, "-c", p->calibdir.s);
	args_pair(a, "-e", p->exp);
	args_number(a, "-r", p->run);
	args_pair(a, "--comment", "calibrun-dark");
	args_pair(a, "--history-file", p->history);
	args_pair(a, "--dirmode", o->dirmode);
	args_pair(a, "--filemode", o->filemode);
	args_pair(a, "--group", o->group);
	args_pair(a, "--max-bad", o->max_bad);
	args_pair(a, "--max-flipped", o->max_flipped);
	args_pair(a, "--max-moved", o->max_moved);
	args_pair(a, "--max-shift", o->max_shift);
	if (p->multi && !o->no_gains)
		args_pair(a, "--if-none", "pixel_gain,pixel_offset");
	if (o->force)
		args_add(a, "--force");
	if (o->cli.keep)
		args_add(a, "--no-clobber");
}

/* ---- steps ---- */

/* Run a step and take its rows; a step that fails for some sources still prints the others'. */
static int step(struct args *a, struct rows *rows, struct calib_err *first,
                struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	int rc = child_run(a, NULL, &out, &why);
	int parsed = rows_parse(rows, out.s, err);

	if (rc > 0)
		calib_fail(first, CALIB_EFORMAT, "%s", why.msg);
	else if (rc < 0)
		calib_fail(err, rc, "%s", why.msg);
	calib_str_release(&out);
	args_free(a);
	return rc < 0 ? rc : parsed < 0 ? parsed : rc > 0 ? 1 : 0;
}

/* Flags for every source; rows of a source that could not be flagged are left out. */
static int flag(const struct run_params *p, struct rows *rows, struct calib_err *first,
                struct calib_err *err)
{
	struct rows flagged = {0};
	struct args a = {0};
	int rc, failed = 0;

	hotpix_args(&a, p);
	for (size_t i = 0; i < rows->n; i++)
		if (strcmp(rows->list[i].type, "statistics") == 0)
			args_add(&a, rows->list[i].file);
	rc = step(&a, &flagged, first, err);
	failed = rc > 0;
	for (size_t i = 0; i < rows->n && rc >= 0; i++) {
		const char *source = rows->list[i].source;

		if (rows_find(&flagged, source, "pixel_status") != NULL)
			continue;
		if (strcmp(rows->list[i].type, "pedestals") == 0)
			record(CALIB_ERROR, "calibrun", "%s: has no pixel status, is not deployed",
			       source);
		rows->list[i].left_out = true;
		failed = 1;
	}
	for (size_t i = 0; i < flagged.n && rc >= 0; i++) {
		const struct row *r = &flagged.list[i];

		rc = rows_add(rows, r->file, r->source, r->type, r->range, err);
	}
	rows_free(&flagged);
	return rc < 0 ? rc : failed;
}

/* Shares of the run, or 0: it is averaged as a whole. */
static long parts_of(const struct run_params *p)
{
	return batch_local(&p->o->batch) ? p->o->batch.tasks : p->o->batch.parts;
}

/* The run, or the shares that tasks have made of it. */
static int average_args(struct args *a, const struct run_params *p, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (parts_of(p) == 0) {
		dark_args(a, p);
		if (session_progress_wanted())
			args_add(a, "--progress");
		return CALIB_OK;
	}
	if (batch_local(&p->o->batch))
		rc = batch_here(p, err);
	args_add(a, "calib-dark");
	args_add(a, "--merge");
	output_args(a, p);
	return rc < 0 ? rc : batch_parts(p, parts_of(p), a, err);
}

/* "clb-xppi0613-r0173-peds-report-SOURCE.html" of its statistics file; or as --report says, with
 * the source where there are several. */
static int report_name(struct calib_str *name, const struct run_params *p, const struct row *stat,
                       bool several, struct calib_err *err)
{
	const char *file = stat->file, *mark = strstr(calib_path_base(file), "-stat-");
	const char *given = p->o->report;

	if (given != NULL) {
		calib_str_addn(name, given, strlen(given) - strlen(".html"));
		if (several)
			calib_str_addf(name, "-%s", stat->source);
	} else {
		if (mark == NULL || !calib_path_suffix(file, ".h5"))
			return 0;
		calib_str_addn(name, file, (size_t)(mark - file));
		calib_str_add(name, "-report-");
		calib_str_addn(name, mark + strlen("-stat-"),
		               strlen(mark) - strlen("-stat-") - strlen(".h5"));
	}
	calib_str_add(name, ".html");
	return calib_str_check(name, err) < 0 ? CALIB_ENOMEM : 1;
}

/* A page about each detector, before anything is deployed: the constants in force are the old ones.
 * One that cannot be written is no reason to stop. */
static int write_report(const struct run_params *p, struct rows *rows, size_t at, bool several,
                        struct calib_err *err)
{
	const struct row stat = rows->list[at],
			 *status = rows_find(rows, stat.source, "pixel_status");
	struct calib_str name = CALIB_STR_INIT, out = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	struct args a = {0};
	int rc = report_name(&name, p, &stat, several, err);

	if (rc > 0) {
		args_add(&a, "calib-plot");
		args_add(&a, "--report");
		args_pair(&a, "--status", status != NULL ? status->file : NULL);
		args_pair(&a, "--constants", p->calibdir.s);
		args_pair(&a, "-o", name.s);
		args_add(&a, stat.file);
		if (child_run(&a, NULL, &out, &why) == 0) {
			/* one of a name of its own is no work file */
			rc = p->o->report != NULL ? CALIB_OK
				: rows_add(rows, name.s, stat.source, "report", stat.range, err);
			if (rc >= 0 && p->o->report == NULL)
				rows->list[rows->n - 1].left_out = stat.left_out;
		} else {
			record(CALIB_WARNING, "calibrun", "%s: no report: %s", stat.source,
			       why.msg);
		}
	}
	args_free(&a);
	calib_str_release(&name);
	calib_str_release(&out);
	return rc;
}

static int write_reports(const struct run_params *p, struct rows *rows, struct calib_err *err)
{
	size_t n = rows->n, sources = 0;
	int rc = CALIB_OK;

	for (size_t i = 0; i < n; i++)
		sources += strcmp(rows->list[i].type, "statistics") == 0;
	for (size_t i = 0; i < n && rc >= 0; i++)
		if (strcmp(rows->list[i].type, "statistics") == 0)
			rc = write_report(p, rows, i, sources > 1, err);
	return rc;
}

int job_process(const struct run_params *p, struct rows *rows, struct calib_err *err)
{
	struct calib_err first = CALIB_ERR_INIT;
	struct args a = {0};
	int rc = p->o->cli.keep ? CALIB_OK : work_clean(p, NULL, err), flags = 0, left = 0;

	if (rc >= 0)
		rc = average_args(&a, p, err);
	if (rc >= 0)
		rc = step(&a, rows, &first, err);
	args_free(&a);
	if (rc >= 0 && rows->n == 0)
		return calib_fail(err, CALIB_ENOTFOUND, "%s", first.msg[0] ? first.msg
		                  : "nothing was averaged, nothing is deployed");
	if (rc >= 0)
		flags = flag(p, rows, &first, err);
	if (rc < 0 || flags < 0)
		return rc < 0 ? rc : flags;
	if (!p->o->no_report && write_reports(p, rows, err) < 0)
		return err->code;
	for (size_t i = 0; i < rows->n; i++)
		left += !rows->list[i].left_out;
	if (work_complete(p, rows, err) < 0
	    || (parts_of(p) > 0 && batch_parts_used(p, err) < 0))
		return err->code;
	if (rc == 0 && flags == 0)
		return 0;
	calib_fail(err, CALIB_EFORMAT, "%s: %s", left == 0 ? "no detector is left to deploy"
	           : p->o->deploy ? "not everything was done, the rest is deployed"
	           : "not everything was done, the rest is in the work directory", first.msg);
	return 1;
}

/* All pedestals, then all rms, then all status ..., each in the order of the sources. */
int job_deploy(const struct run_params *p, const struct rows *rows, struct calib_str *deployed,
               struct calib_err *err)
{
	struct calib_str list = CALIB_STR_INIT, out = CALIB_STR_INIT;
	struct args a = {0};
	const char *type;
	char *save = NULL;
	int rc;

	for (size_t t = 0; (type = run_params_deployed(p, t)) != NULL; t++)
		for (size_t i = 0; i < rows->n; i++)
			if (strcmp(rows->list[i].type, type) == 0 && !rows->list[i].left_out)
				calib_str_addf(&list, "%s\t%s\t%s\t%s\n", rows->list[i].file,
				               rows->list[i].source, type, rows->list[i].range);
	rc = calib_str_check(&list, err);
	if (rc >= 0 && list.len == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "nothing to deploy");
	deploy_args(&a, p);
	if (rc >= 0)
		rc = child_run(&a, list.s, &out, err);
	calib_str_add(deployed, out.s);
	for (char *line = out.len ? strtok_r(out.s, "\n", &save) : NULL; line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		record(CALIB_INFO, "calib-deploy", "deployed %s", line);
	args_free(&a);
	calib_str_release(&list);
	calib_str_release(&out);
	return rc > 0 ? CALIB_EFORMAT : rc;
}
