/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/config.c - which configuration file, what is in force and why, and saving it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/table.h"
#include "calibrun/calibrun.h"

int config_read(struct run_params *p, struct calib_err *err)
{
	const char *name = p->o->config;
	int rc;

	p->conf_name = name != NULL ? name : CALIB_CONFPARS_NAME;
	if (name != NULL && (calib_path_suffix(name, ".yaml") || calib_path_suffix(name, ".yml")))
		return calib_fail(err, CALIB_EINVAL, "--config: %s: YAML is not available in this "
		                  "version, give a file of the form of " CALIB_CONFPARS_NAME, name);
	rc = calib_confpars_read(&p->conf, p->conf_name, err);
	if (rc == CALIB_ENOTFOUND && name != NULL) {	/* asked for by name: as bad as no -r */
		calib_err_wrap(err, "--config");
		return CALIB_EINVAL;
	}
	if (rc == CALIB_ENOTFOUND) {
		calib_err_clear(err);
		rc = CALIB_OK;
	}
	return rc;
}

/* ---- what is in force ---- */

/* A parameter: its option, its value, whether the option was given, and the names in the file that
 * stand for it, the first one set counts. */
struct par {
	const char *option, *value;
	bool given;
	const char *conf[2];
	bool method;			/* of the constants' making, not of this call only */
};
enum { MAX_PARS = 64 };
struct pars { struct par list[MAX_PARS]; char text[8][24]; size_t n, ntexts; };

static const char *number(struct pars *s, long value)
{
	char *text = s->text[s->ntexts++];

	snprintf(text, sizeof s->text[0], "%ld", value);
	return text;
}

static void put(struct pars *s, const struct par *rows, size_t n)
{
	for (size_t i = 0; i < n && s->n < MAX_PARS; i++)
		s->list[s->n++] = rows[i];
}

static const char *either(const char *given, const char *otherwise)
{
	return given != NULL ? given : otherwise;
}

static const char *const yes_no[] = {"False", "True"};

/* What calibman's file knows too. */
static void put_shared(struct pars *s, const struct run_params *p)
{
	const struct run_opts *o = p->o;
	const char *env = getenv("SIT_PSDM_DATA");
	const struct par rows[] = {
		{"exp", p->exp, o->exp != NULL, {"EXPERIMENT_NAME", NULL}, false},
		{"detector", p->detectors, o->detectors != NULL, {"DETECTOR_NAMES", NULL}, false},
		{"root", p->root.len > 0 ? p->root.s : env && *env ? env
		         : "/sdf/data/lcls/ds, else /reg/d/psdm", o->root != NULL,
		 {"INSTRUMENT_DIR", NULL}, false},
		{"calibdir", p->calibdir.s, o->calibdir != NULL,
		 {o->loadcfg ? "CALIB_DIRECTORY" : NULL, NULL}, false},
		{"workdir", p->workdir.s, o->workdir != NULL, {"DIRECTORY_WORK", NULL}, false},
		{"prefix", p->name_prefix, false, {"FILE_NAME_PREFIX", NULL}, false},
		{"history", either(p->history, "HISTORY"), false, {"HISTORY_FILE_NAME", NULL},
		 false},
		{"num_events", number(s, p->num_events), o->num_events >= 0,
		 {"BATCH_DARK_END", "BATCH_DARK_START"}, false},
		{"skip_events", number(s, p->skip_events), o->skip_events >= 0,
		 {"BATCH_DARK_START", NULL}, false},
		{"scan_events", number(s, p->scan_events), o->scan_events >= 0,
		 {"BATCH_DARK_SCAN", NULL}, false},
		{"event_code", either(p->codes, "0"), o->codes != NULL,
		 {"BATCH_DARK_EVCODES", "BATCH_DARK_SELECTOR"}, false},
		{"thr_rms", p->thr_rms, o->thr_rms != NULL,
		 {"MASK_PIX_MAX_THR_RMS", "MASK_HOT_PIX_ADU_THR_RMS"}, false},
		{"no-hotpix", yes_no[!p->hotpix], o->no_hotpix, {"DARK_DEPLOY_HOTPIX", NULL},
		 false},
		{"no-cmode", yes_no[!p->cmode], o->no_cmode, {"DARK_DEPLOY_CMODE", NULL}, false},
	};

	put(s, rows, sizeof rows / sizeof *rows);
}

#define FLAG(name, field) {name, yes_no[o->field], o->field, {NULL, NULL}, true}
#define TEXT(name, field, otherwise) \
	{name, either(o->field, otherwise), o->field != NULL, {NULL, NULL}, true}

/* What only the command line knows. */
static void put_own(struct pars *s, const struct run_params *p)
{
	const struct run_opts *o = p->o;
	const struct par rows[] = {
		TEXT("thr_int_min", int_lo, "2"), TEXT("thr_int_max", int_hi, "2^bits-2"),
		TEXT("thr_rms_min", rms_lo, "0.1"), TEXT("intnlo", intnlo, NULL),
		TEXT("intnhi", intnhi, NULL), TEXT("rmsnlo", rmsnlo, NULL),
		TEXT("rmsnhi", rmsnhi, NULL), TEXT("algo", algo, "robust"),
		{"nrecs1", o->nrecs1 >= 0 ? number(s, o->nrecs1) : NULL, o->nrecs1 >= 0,
		 {NULL, NULL}, true},
		TEXT("max-bad", max_bad, "0.10"), TEXT("max-shift", max_shift, "20"),
		FLAG("partial", partial), FLAG("no-gains", no_gains), FLAG("zeropeds", zeropeds),
		FLAG("deploygeo", deploygeo), TEXT("dirmode", dirmode, "02775"),
		TEXT("filemode", filemode, "0664"), TEXT("group", group, NULL),
		{"live", either(p->live, "no"), o->live != NULL, {NULL, NULL}, true},
	};

	put(s, rows, sizeof rows / sizeof *rows);
}

#undef FLAG
#undef TEXT
#define FLAG(name, field) {name, yes_no[o->field], o->field, {NULL, NULL}, false}
#define TEXT(name, field) {name, o->field, o->field != NULL, {NULL, NULL}, false}

/* What is of this call. */
static void put_call(struct pars *s, const struct run_params *p)
{
	const struct run_opts *o = p->o;
	const struct par rows[] = {
		TEXT("run", run), TEXT("queue", batch.wish.queue), TEXT("engine", batch.engine),
		TEXT("account", batch.wish.account), TEXT("time", batch.wish.time),
		TEXT("mem", batch.wish.mem), TEXT("reservation", batch.wish.reservation),
		{"tasks", o->batch.tasks > 0 ? number(s, o->batch.tasks) : NULL, o->batch.tasks > 0,
		 {NULL, NULL}, false},
		FLAG("no-wait", batch.no_wait),
		{"runrange", either(o->runrange, "<run>-end"), o->runrange != NULL, {NULL, NULL},
		 false},
		TEXT("xtcdir", xtcdir), FLAG("process", process), FLAG("deploy", deploy),
		FLAG("loadcfg", loadcfg), FLAG("force", force),
		{"no-clobber", yes_no[o->cli.keep], o->cli.keep, {NULL, NULL}, false},
		{"threads", number(s, o->threads > 0 ? o->threads : calib_nproc()),
		 o->threads > 0, {NULL, NULL}, false},
		{"print_bits", number(s, o->print_bits), o->bits_given, {NULL, NULL}, false},
		{"config", p->conf ? p->conf_name : NULL, o->config != NULL, {NULL, NULL}, false},
		TEXT("summary", summary), TEXT("summary-text", summary_text),
		TEXT("log-json", log_json), TEXT("record", record),
	};

	put(s, rows, sizeof rows / sizeof *rows);
}

/* Does the file say it?  "Select" and nothing are no value, but for the history. */
static bool in_file(const struct run_params *p, const char *name)
{
	const char *text = name != NULL ? calib_confpars_text(p->conf, name) : NULL;

	return text != NULL && (strcmp(name, "HISTORY_FILE_NAME") == 0
	                        || (*text != '\0' && strcasecmp(text, "Select") != 0));
}

static void add_origin(struct calib_str *s, const struct run_params *p, const struct par *par)
{
	const char *name = in_file(p, par->conf[0]) ? par->conf[0]
		: in_file(p, par->conf[1]) ? par->conf[1] : NULL;
	const char *env = getenv("SIT_PSDM_DATA");

	if (par->given)
		calib_str_add(s, "command line");
	else if (name != NULL)
		calib_str_addf(s, "%s:%u %s", p->conf_name, calib_confpars_line(p->conf, name),
		               name);
	else if (strcmp(par->option, "root") == 0 && env != NULL && *env != '\0')
		calib_str_add(s, "environment SIT_PSDM_DATA");
	else
		calib_str_add(s, "built-in");
}

static void put_all(struct pars *s, const struct run_params *p)
{
	put_call(s, p);
	put_shared(s, p);
	put_own(s, p);
}

int config_print(const struct run_params *p, struct calib_err *err)
{
	static const char *const columns[] = {"parameter", "value", "origin", NULL};
	struct calib_str origin = CALIB_STR_INIT;
	struct pars pars = {.n = 0};
	struct calib_table t;
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	put_all(&pars, p);
	calib_table_begin(&t, out, columns, false, err);
	for (size_t i = 0; i < pars.n && rc >= 0; i++) {
		calib_str_clear(&origin);
		add_origin(&origin, p, &pars.list[i]);
		calib_table_text(&t, pars.list[i].option);
		calib_table_text(&t, pars.list[i].value);
		calib_table_text(&t, origin.s);
		rc = calib_table_row(&t);
	}
	calib_str_release(&origin);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

/* ---- saving ---- */

/* What calibman's file has no name for must be given again: said, so that nobody relies on it. */
static void name_unsaved(const struct run_params *p)
{
	struct calib_str names = CALIB_STR_INIT;
	struct pars pars = {.n = 0};

	put_all(&pars, p);
	for (size_t i = 0; i < pars.n; i++)
		if ((pars.list[i].method && pars.list[i].given)
		    || (strcmp(pars.list[i].option, "thr_rms") == 0
		        && strcmp(p->thr_rms, "auto") == 0))
			calib_str_addf(&names, "%s--%s", names.len ? ", " : "",
			               pars.list[i].option);
	if (names.len > 0)
		record(CALIB_WARNING, "calibrun", "--save-config: %s has no place for the value of "
		       "%s: give it again when you use the file", p->o->save_config, names.s);
	calib_str_release(&names);
}

int config_save(const struct run_params *p, struct calib_err *err)
{
	const struct run_opts *o = p->o;
	const char *calib = calib_confpars_text(p->conf, "CALIB_DIRECTORY");
	const long limit = 2147483647;	/* of whole numbers in that file */
	long start = p->skip_events < limit ? p->skip_events + 1 : limit, code;
	bool off = strtod(p->thr_rms, NULL) == 0, automatic = strcmp(p->thr_rms, "auto") == 0;
	bool one = p->codes && calib_parse_long(&code, p->codes, -255, 255, "", NULL) >= 0;
	struct pars s = {.n = 0};
	char *dets = strdup(p->detectors);
	const struct { struct calib_confpar par; bool wanted; } all[] = {
		{{"EXPERIMENT_NAME", p->exp, false}, p->exp[0] != '\0'},
		{{"DETECTOR_NAMES", dets, false}, p->detectors[0] != '\0'},
		{{"CALIB_DIRECTORY", o->calibdir ? o->calibdir : either(calib, "Select"), false},
		 true},
		{{"DIRECTORY_WORK", p->workdir.s, false}, true},
		{{"INSTRUMENT_DIR", p->root.len > 0 ? p->root.s : NULL, false}, true},
		{{"FILE_NAME_PREFIX", p->name_prefix, false}, true},
		{{"HISTORY_FILE_NAME", either(p->history, "HISTORY"), false}, true},
		/* first event counts from 1, end - start is how many, 0 all */
		{{"BATCH_DARK_START", number(&s, start), false}, true},
		{{"BATCH_DARK_END", number(&s, p->num_events < limit - start
		                           ? start + p->num_events : limit), false}, true},
		{{"BATCH_DARK_SCAN", number(&s, p->scan_events), false}, true},
		{{"BATCH_DARK_EVCODES", p->codes, false}, true},
		{{"BATCH_DARK_SELECTOR", one ? p->codes : "0", true}, true},
		/* in the reference's file a limit of 0 would be one: no value is none */
		{{"MASK_PIX_MAX_THR_RMS", off ? NULL : p->thr_rms, false}, !automatic},
		{{"MASK_HOT_PIX_ADU_THR_RMS", p->thr_rms, true}, !automatic},
		{{"DARK_DEPLOY_HOTPIX", yes_no[p->hotpix], false}, true},
		{{"DARK_DEPLOY_CMODE", yes_no[p->cmode], false}, true},
	};
	struct calib_confpar pars[sizeof all / sizeof *all];
	size_t n = 0;
	int rc = dets ? CALIB_OK : calib_fail(err, CALIB_ENOMEM, "out of memory");

	for (char *c = dets; c != NULL && *c != '\0'; c++)
		*c = *c == ',' ? ' ' : *c;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].wanted)
			pars[n++] = all[i].par;
	if (rc >= 0)
		rc = calib_confpars_save(o->save_config, p->conf, pars, n, err);
	free(dets);
	if (rc < 0) {
		calib_err_wrap(err, "--save-config");
		return rc;
	}
	name_unsaved(p);
	record(CALIB_INFO, "calibrun", "the configuration is saved in %s", o->save_config);
	return rc;
}
