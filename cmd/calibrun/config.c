/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/config.c - which configuration file, what is in force and why, and saving it */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/in.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/table.h"
#include "calibrun/settings.h"
#include "conf/yaml.h"

/* Nothing but comments, /dev/null: what is here is not used either. */
static bool is_empty(const char *bytes, size_t n)
{
	for (const char *p = bytes, *end = bytes + n; p < end;) {
		if (*p == '#')
			while (p < end && *p != '\n')
				p++;
		else if (strchr(" \t\r\n", *p) == NULL || *p == '\0')
			return false;
		else
			p++;
	}
	return true;
}

/* --config FILE: its content says of which form it is. */
static int read_named(struct run_params *p, const char *name, bool *empty, bool *site,
                      struct calib_err *err)
{
	char *bytes = calib_alloc(CALIB_YAML_MAX_BYTES + 1, 1, "configuration", err);
	struct calib_in *in = NULL;
	struct calib_site *own = NULL;
	long n = 0;
	int rc = bytes != NULL ? calib_in_open(&in, name, err) : CALIB_ENOMEM;

	if (rc >= 0)
		n = calib_in_read(in, bytes, CALIB_YAML_MAX_BYTES + 1, err);
	calib_in_close(in);
	rc = rc < 0 ? rc : n < 0 ? (int)n : CALIB_OK;
	*empty = rc >= 0 && is_empty(bytes, (size_t)n);
	*site = rc >= 0 && calib_site_is(bytes, (size_t)n);
	if (rc >= 0 && *site)
		rc = calib_site_parse(&own, bytes, (size_t)n, name, err);
	if (rc >= 0 && (*site || *empty))
		rc = cli_config_take(&p->site, own, "calibrun", err);
	free(bytes);
	return rc;
}

/* The programs that are started, here or in a job, read the same file. */
static int hand_on(const struct run_params *p, struct calib_err *err)
{
	const char *name = calib_site_file(p->site.site);
	char *full = name != NULL && calib_is_file(name) ? realpath(name, NULL) : NULL;
	int rc = setenv("CALIB_CONFIG", full != NULL ? full : "/dev/null", 1);

	free(full);
	return rc == 0 ? CALIB_OK : calib_fail_sys(err, "environment CALIB_CONFIG");
}

int config_read(struct run_params *p, struct calib_err *err)
{
	const char *name = p->o->config;
	bool empty = false, site = false;
	int rc = CALIB_OK;

	p->conf_name = CALIB_CONFPARS_NAME;
	p->config_env = cli_config_env("config") != NULL;
	if (name != NULL && access(name, F_OK) != 0 && errno == ENOENT)
		return calib_fail(err, CALIB_EINVAL, "--config: %s: there is no such file", name);
	if (name != NULL)
		rc = read_named(p, name, &empty, &site, err);
	if (rc >= 0 && !site && !empty)
		rc = cli_config_load(&p->site, "calibrun", err);
	if (rc < 0)
		return rc == CALIB_ENOTFOUND ? CALIB_EINVAL : rc;
	if (name != NULL && !site)
		p->conf_name = name;
	rc = calib_confpars_read(&p->conf, p->conf_name, err);
	if (rc == CALIB_ENOTFOUND) {
		calib_err_clear(err);
		rc = CALIB_OK;
	}
	return rc < 0 ? rc : hand_on(p, err);
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
enum { MAX_PARS = 64, MAX_LIMITS = 16 };
struct pars {
	struct par list[MAX_PARS];
	char text[8][24];
	size_t n, ntexts;
	struct calib_str names, limit[MAX_LIMITS];
};
#define PARS_INIT {.n = 0, .names = CALIB_STR_INIT}

static void pars_release(struct pars *s)
{
	calib_str_release(&s->names);
	for (size_t i = 0; i < MAX_LIMITS; i++)
		calib_str_release(&s->limit[i]);
}

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
	const struct run_opts *o = p->typed;
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
		{"no-hotpix", yes_no[!p->hotpix], o->no_hotpix, {"DARK_DEPLOY_HOTPIX", NULL},
		 false},
		{"no-cmode", yes_no[!p->cmode], o->no_cmode, {"DARK_DEPLOY_CMODE", NULL}, false},
	};

	put(s, rows, sizeof rows / sizeof *rows);
}

/* NULL: the option is none. */
static const struct threshold *threshold_of(const char *option)
{
	const struct threshold *t;
	char key[32];

	snprintf(key, sizeof key, "%s", option);
	for (char *c = key; *c != '\0'; c++)
		*c = *c == '-' ? '_' : *c;
	for (size_t i = 0; (t = settings_threshold(i)) != NULL; i++)
		if (strcmp(t->key, key) == 0)
			return t;
	return NULL;
}

/* Thresholds, as the option of each would give them. */
static void put_limits(struct pars *s, const struct run_params *p)
{
	static const struct { const char *key, *option, *otherwise; } rows[] = {
		{"thr_rms", "thr_rms", "0"}, {"thr_rms_min", "thr_rms_min", "0.1"},
		{"thr_int_min", "thr_int_min", "2"}, {"thr_int_max", "thr_int_max", "2^bits-2"},
		{"max_bad", "max-bad", "0.10"}, {"max_flipped", "max-flipped", "0.05"},
		{"max_moved", "max-moved", "0.25"}, {"max_shift", "max-shift", "20"},
		{"fraction", "fraction", "0.1"},
	};
	const struct threshold *t;

	for (size_t i = 0; (t = settings_threshold(i)) != NULL && i < MAX_LIMITS; i++) {
		struct par par = {.option = t->key};
		struct calib_str *text = &s->limit[i];
		const char *value = settings_value(p->o, t), *otherwise = NULL;

		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
			if (strcmp(rows[k].key, t->key) == 0) {
				par.option = rows[k].option;
				otherwise = rows[k].otherwise;
			}
		calib_limits_over(text, otherwise, value);
		par.value = text->len > 0 ? text->s : NULL;
		put(s, &par, 1);
	}
}

#define FLAG(name, field) {name, yes_no[o->field], o->field, {NULL, NULL}, true}
#define TEXT(name, field, otherwise) \
	{name, either(o->field, otherwise), p->typed->field != NULL, {NULL, NULL}, true}

/* What only the command line knows. */
static void put_own(struct pars *s, const struct run_params *p)
{
	const struct run_opts *o = p->o;
	const struct par rows[] = {
		TEXT("algo", algo, "robust"),
		{"nrecs1", o->nrecs1 >= 0 ? number(s, o->nrecs1) : NULL, o->nrecs1 >= 0,
		 {NULL, NULL}, true},
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
#define TEXT(name, field) {name, o->field, p->typed->field != NULL, {NULL, NULL}, false}

/* The files that are read, with a comma between two. */
static const char *config_names(struct pars *s, const struct run_params *p)
{
	const char *site = calib_site_file(p->site.site);

	if (site == NULL || p->conf == NULL)
		return site != NULL ? site : p->conf != NULL ? p->conf_name : NULL;
	calib_str_clear(&s->names);
	calib_str_addf(&s->names, "%s,%s", site, p->conf_name);
	return s->names.s;
}

/* What is of this call. */
static void put_call(struct pars *s, const struct run_params *p)
{
	const struct run_opts *o = p->o;
	const struct par rows[] = {
		TEXT("run", run), TEXT("queue", batch.wish.queue), TEXT("engine", batch.engine),
		TEXT("account", batch.wish.account), TEXT("time", batch.wish.time),
		TEXT("mem", batch.wish.mem), TEXT("reservation", batch.wish.reservation),
		{"tasks", o->batch.tasks > 0 ? number(s, o->batch.tasks) : NULL,
		 p->typed->batch.tasks > 0,
		 {NULL, NULL}, false},
		FLAG("no-wait", batch.no_wait),
		{"runrange", either(o->runrange, "<run>-end"), o->runrange != NULL, {NULL, NULL},
		 false},
		TEXT("xtcdir", xtcdir), FLAG("process", process), FLAG("deploy", deploy),
		FLAG("loadcfg", loadcfg), FLAG("force", force),
		{"no-clobber", yes_no[o->cli.keep], o->cli.keep, {NULL, NULL}, false},
		{"threads", number(s, o->threads > 0 ? o->threads : calib_nproc()),
		 p->typed->threads > 0, {NULL, NULL}, false},
		{"print_bits", number(s, o->print_bits), o->bits_given, {NULL, NULL}, false},
		{"config", config_names(s, p), o->config != NULL, {NULL, NULL}, false},
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

/* A value that calibman puts into every file is nobody's choice. */
static void add_default(struct calib_str *s, const struct run_params *p, const char *key)
{
	const char *name;
	bool said = false;

	for (size_t i = 0; (name = settings_parameter(key, i)) != NULL; i++)
		if (settings_default(p->conf, name)) {
			calib_str_addf(s, "%s%s:%u %s is left at its default", said ? ", " : " (",
			               p->conf_name, calib_confpars_line(p->conf, name), name);
			said = true;
		}
	calib_str_add(s, said ? ")" : "");
}

static void add_limit_origin(struct calib_str *s, const struct run_params *p,
                             const struct threshold *t)
{
	struct calib_str text = CALIB_STR_INIT, from = CALIB_STR_INIT;
	char buf[64];
	const char *all;

	settings_limits(p, t, &text, &from);
	all = calib_limits_for(text.s, NULL, NULL, buf);
	if (all == NULL)
		calib_str_addf(s, "built-in%s", from.len > 0 ? ", " : "");
	calib_str_add(s, from.s);
	if (strncmp(s->s, "built-in", 8) == 0)
		add_default(s, p, t->key);
	calib_str_release(&text);
	calib_str_release(&from);
}

static void add_origin(struct calib_str *s, const struct run_params *p, const struct par *par)
{
	const char *name = in_file(p, par->conf[0]) ? par->conf[0]
		: in_file(p, par->conf[1]) ? par->conf[1] : NULL;
	const struct threshold *limit = threshold_of(par->option);
	const char *env = getenv("SIT_PSDM_DATA");

	if (limit != NULL)
		add_limit_origin(s, p, limit);
	else if (par->given)
		calib_str_add(s, "command line");
	else if (strcmp(par->option, "config") == 0 && p->config_env)
		calib_str_add(s, "environment CALIB_CONFIG");
	else if (settings_origin(p, par->option, s))
		return;
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
	put_limits(s, p);
	put_own(s, p);
}

int config_print(const struct run_params *p, struct calib_err *err)
{
	static const char *const columns[] = {"parameter", "value", "origin", NULL};
	struct calib_str origin = CALIB_STR_INIT;
	struct pars pars = PARS_INIT;
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
	pars_release(&pars);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

/* ---- saving ---- */

/* Does the file say of a threshold what is in force?  It has no detectors, and a value that it has
 * by default is not read back. */
static bool saved(const struct run_params *p, const struct threshold *t)
{
	const char *text = settings_value(p->o, t), *all, *name = settings_parameter(t->key, 0);
	char buf[64], who[128];
	double v;

	if (text == NULL)
		return true;
	all = calib_limits_for(text, NULL, NULL, buf);
	if (name == NULL || all == NULL || calib_limits_name(text, 0, who, NULL)
	    || calib_parse_double(&v, all, "", NULL) < 0)
		return false;
	return !settings_usual(name, v);
}

/* What calibman's file has no name for must be given again: said, so that nobody relies on it. */
static void name_unsaved(const struct run_params *p)
{
	struct calib_str names = CALIB_STR_INIT;
	struct pars pars = PARS_INIT;

	put_all(&pars, p);
	for (size_t i = 0; i < pars.n; i++) {
		const struct threshold *limit = threshold_of(pars.list[i].option);

		if ((pars.list[i].method && pars.list[i].given)
		    || (limit != NULL && !saved(p, limit)))
			calib_str_addf(&names, "%s--%s", names.len ? ", " : "",
			               pars.list[i].option);
	}
	if (names.len > 0)
		record(CALIB_WARNING, "calibrun", "--save-config: %s has no place for the value of "
		       "%s: give it again when you use the file", p->o->save_config, names.s);
	calib_str_release(&names);
	pars_release(&pars);
}

/* The thresholds for all detectors: of the later generation, and where the file has them of the
 * earlier.  texts: room for each. */
static size_t put_thresholds(struct calib_confpar *pars, char (*texts)[64],
                             const struct run_params *p)
{
	const struct threshold *t;
	const char *name;
	size_t n = 0;

	for (size_t i = 0; (t = settings_threshold(i)) != NULL; i++) {
		const char *text = settings_value(p->o, t);
		const char *all = calib_limits_for(text ? text : "", NULL, NULL, texts[i]);
		bool rms = strcmp(t->key, "thr_rms") == 0;

		if (all != NULL && strcmp(all, "auto") == 0)
			continue;
		for (size_t k = 0; (name = settings_parameter(t->key, k)) != NULL; k++) {
			if (all == NULL && settings_default(p->conf, name))
				continue;
			/* in the reference's file a limit of 0 would be one: no value is none */
			pars[n++] = (struct calib_confpar){name,
				rms && k == 0 && strtod(all ? all : "0", NULL) == 0 ? NULL : all,
				k > 0 || all == NULL};
		}
	}
	return n;
}

int config_save(const struct run_params *p, struct calib_err *err)
{
	const struct run_opts *o = p->o;
	const char *calib = calib_confpars_text(p->conf, "CALIB_DIRECTORY");
	const long limit = 2147483647;	/* of whole numbers in that file */
	long start = p->skip_events < limit ? p->skip_events + 1 : limit, code;
	bool one = p->codes && calib_parse_long(&code, p->codes, -255, 255, "", NULL) >= 0;
	struct pars s = PARS_INIT;
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
		{{"DARK_DEPLOY_HOTPIX", yes_no[p->hotpix], false}, true},
		{{"DARK_DEPLOY_CMODE", yes_no[p->cmode], false}, true},
	};
	struct calib_confpar pars[sizeof all / sizeof *all + 2 * MAX_LIMITS];
	char texts[MAX_LIMITS][64];
	size_t n = 0;
	int rc = dets ? CALIB_OK : calib_fail(err, CALIB_ENOMEM, "out of memory");

	for (char *c = dets; c != NULL && *c != '\0'; c++)
		*c = *c == ',' ? ' ' : *c;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].wanted)
			pars[n++] = all[i].par;
	n += put_thresholds(pars + n, texts, p);
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
