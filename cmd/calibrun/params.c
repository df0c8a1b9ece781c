/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/params.c - options, configuration file and defaults into the job's parameters */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "calibrun/settings.h"
#include "det/det.h"
#include "store/dir.h"

static const char *conf_text(const struct run_params *p, const char *name)
{
	const char *text = calib_confpars_text(p->conf, name);

	return text && *text && strcasecmp(text, "Select") != 0 ? text : NULL;
}

/* ---- what is missing ---- */

static void hint(const char *what, const char *option, const char *example)
{
	fprintf(stderr, "calibrun: %s: add %s, for example %s\n", what, option, example);
}

/* All of it at once, on stderr, whatever -p. */
static int check_missing(const struct run_params *p)
{
	const struct run_opts *o = p->o;
	bool run = o->run != NULL || run_opts_watch(o);
	bool exp = p->exp[0] != '\0', det = p->detectors[0] != '\0';

	if (o->loadcfg && p->conf == NULL) {
		fprintf(stderr,
			"calibrun: -L: there is no " CALIB_CONFPARS_NAME " in this directory; "
			"calibman writes it, or name everything by options\n");
		return CALIB_EINVAL;
	}
	if (run && exp && det)
		return CALIB_OK;
	if (!run)
		hint("which run is not said", "-r <number>", "-r 173");
	if (!exp)
		hint("the experiment is not said", "-e <exp-name>", "-e xppi0613");
	if (!det)
		hint("the detectors are not said", "-d <det-names>", "-d CSPAD,CSPAD2x2");
	fprintf(stderr, "calibrun: 'calibrun -h' lists the options; where calibman has saved its "
	        "configuration, calibrun -r <number> -L takes experiment and detectors from it\n");
	return CALIB_EINVAL;
}

/* ---- combining ---- */

/* Experiment, detectors and calibration directory come from the file only with -L, or, said so,
 * where the option is missing. */
static int experiment(struct run_params *p, struct calib_err *err)
{
	const char *exp = p->o->exp ? p->o->exp : conf_text(p, "EXPERIMENT_NAME");
	const char *det = p->o->detectors ? p->o->detectors : conf_text(p, "DETECTOR_NAMES");

	if (exp != NULL && (strlen(exp) > 32 || calib_dir_component("experiment", exp, err) < 0))
		return calib_fail(err, CALIB_EINVAL, "-e: '%.40s' is no name of an experiment",
				  exp);
	snprintf(p->exp, sizeof p->exp, "%s", exp ? exp : "");
	p->detectors = calib_strdup(det ? det : "", err);
	if (p->detectors == NULL)
		return CALIB_ENOMEM;
	for (char *c = p->detectors; !p->o->detectors && *c != '\0'; c++)
		*c = *c == ' ' ? ',' : *c;
	if (!p->o->loadcfg && exp != NULL && p->o->exp == NULL)
		record(CALIB_INFO, "calibrun", "experiment %s is taken from %s", exp,
		       p->conf_name);
	if (!p->o->loadcfg && det != NULL && p->o->detectors == NULL)
		record(CALIB_INFO, "calibrun", "detectors %s are taken from %s", det,
		       p->conf_name);
	return CALIB_OK;
}

/* --root, else environment or calibtools.yaml, else calibman's file; "": the library knows */
static int find_root(struct run_params *p, struct calib_err *err)
{
	const char *root = p->o->root;
	int rc = root != NULL ? 0 : cli_config_root(&p->root, &p->site,
	                                           p->exp[0] != '\0' ? p->exp : NULL, NULL, err);

	if (rc == 0) {
		calib_str_clear(&p->root);
		root = root != NULL ? root : conf_text(p, "INSTRUMENT_DIR");
		calib_str_add(&p->root, root ? root : "");
	}
	return rc < 0 ? rc : calib_str_check(&p->root, err);
}

static const char *work_dir(struct run_params *p)
{
	const char *text = cli_config_text(&p->site, "workdir", NULL);

	if (text == NULL)
		return conf_text(p, "DIRECTORY_WORK");
	calib_str_clear(&p->site.root);
	cli_config_expand(&p->site.root, text, p->root.len > 0 ? p->root.s : NULL, p->exp);
	return p->site.root.s;
}

static int directories(struct run_params *p, struct calib_err *err)
{
	const struct run_opts *o = p->o;
	const char *prefix = conf_text(p, "FILE_NAME_PREFIX");
	const char *work, *calib = o->calibdir;
	bool configured = cli_config_text(&p->site, "calibdir", NULL) != NULL;

	if (find_root(p, err) < 0)
		return err->code;
	work = o->workdir ? o->workdir : work_dir(p);
	if (calib == NULL && !configured && o->loadcfg)
		calib = conf_text(p, "CALIB_DIRECTORY");
	p->name_prefix = prefix ? prefix : "clb-";
	for (const char *c = work ? work : ""; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return calib_fail(err, CALIB_EINVAL, "-w: the name of the work directory "
			                  "has a control character");
	if (work != NULL && work[0] == '-')	/* no option for the programs that follow */
		calib_str_add(&p->workdir, "./");
	calib_str_add(&p->workdir, work ? work : "./work");
	while (p->workdir.len > 1 && p->workdir.s[p->workdir.len - 1] == '/')
		p->workdir.s[--p->workdir.len] = '\0';
	if (calib != NULL)
		calib_str_add(&p->calibdir, calib);
	else if (p->exp[0] != '\0'
	         && cli_config_calib(&p->calibdir, &p->site, p->root.len ? p->root.s : NULL, p->exp,
	                             NULL, err) < 0)
		return err->code;
	return calib_str_check(&p->workdir, err);
}

/* First and last event of calibman count from 1; -s and -n mean what they say. */
static void numbers(struct run_params *p)
{
	const struct run_opts *o = p->o;
	long start = calib_confpars_int(p->conf, "BATCH_DARK_START", 1);
	long end = calib_confpars_int(p->conf, "BATCH_DARK_END", 1000);

	p->skip_events = o->skip_events >= 0 ? o->skip_events : start > 1 ? start - 1 : 0;
	p->num_events = o->num_events >= 0 ? o->num_events : end - start > 0 ? end - start : 0;
	p->scan_events = o->scan_events >= 0 ? o->scan_events
		: calib_confpars_int(p->conf, "BATCH_DARK_SCAN", 10);
	p->codes = o->codes;
	if (p->codes == NULL)
		p->codes = conf_text(p, "BATCH_DARK_EVCODES");
	if (p->codes == NULL)
		p->codes = conf_text(p, "BATCH_DARK_SELECTOR");
	if (p->codes != NULL && strcmp(p->codes, "0") == 0)
		p->codes = NULL;
	p->hotpix = !o->no_hotpix && calib_confpars_bool(p->conf, "DARK_DEPLOY_HOTPIX", true);
	p->cmode = !o->no_cmode && calib_confpars_bool(p->conf, "DARK_DEPLOY_CMODE", true);
	p->history = calib_confpars_text(p->conf, "HISTORY_FILE_NAME");
	p->xtcdir = o->xtcdir && *o->xtcdir ? o->xtcdir : NULL;
}

int run_params_combine(struct run_params *p, const struct run_opts *o, struct calib_err *err)
{
	int rc;

	*p = (struct run_params){.typed = o, .own = *o, .site = CLI_CONFIG_INIT,
		.workdir = CALIB_STR_INIT, .calibdir = CALIB_STR_INIT, .root = CALIB_STR_INIT,
		.prefix = CALIB_STR_INIT};
	p->o = &p->own;
	rc = config_read(p, err);
	if (rc >= 0)
		rc = experiment(p, err);
	if (rc >= 0 && run_opts_job(o))
		rc = check_missing(p);
	if (rc >= 0)
		rc = directories(p, err);
	if (rc >= 0)
		rc = settings_apply(p, err);
	if (rc >= 0)
		numbers(p);
	p->live = run_params_live(p);
	if (rc >= 0 && run_opts_job(o) && !run_opts_watch(o))
		rc = run_params_plan(p, err);
	return rc;
}

void run_params_free(struct run_params *p)
{
	calib_confpars_free(p->conf);
	cli_config_free(&p->site);
	for (size_t i = 0; i < p->nowned; i++)
		free(p->owned[i]);
	free(p->owned);
	free(p->detectors);
	free(p->jobs);
	calib_str_release(&p->workdir);
	calib_str_release(&p->calibdir);
	calib_str_release(&p->root);
	calib_str_release(&p->prefix);
}

/* The analysis looks for constants in <experiment>/calib only. */
static void doubt_calibdir(const struct run_params *p)
{
	const char *dir = p->calibdir.s;
	size_t n = p->calibdir.len;

	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (p->o->deploy && (n < 5 || strncmp(dir + n - 5, "calib", 5) != 0
	                     || (n > 5 && dir[n - 6] != '/')))
		record(CALIB_WARNING, "calibrun", "-c: %s: the last directory is not 'calib', the "
		       "analysis finds constants there only when it is told so", dir);
}

/* Those that are not left to calib-hotpix; none of a file is in the record of the command. */
static void report_thresholds(const struct run_params *p)
{
	const struct threshold *t;

	for (size_t i = 0; (t = settings_threshold(i)) != NULL; i++)
		if (strcmp(t->key, "thr_rms") != 0 && settings_value(p->o, t) != NULL)
			record(CALIB_INFO, "calibrun", "%-14s: %s", t->key,
			       settings_value(p->o, t));
}

void run_params_report(const struct run_params *p)
{
	const struct run_opts *o = p->o;
	char n[4][24];
	const char *yes[] = {"False", "True"};

	snprintf(n[0], sizeof n[0], "%ld", p->num_events);
	snprintf(n[1], sizeof n[1], "%ld", p->skip_events);
	snprintf(n[2], sizeof n[2], "%ld", p->scan_events);
	snprintf(n[3], sizeof n[3], "%ld", o->print_bits);
	const struct { const char *name, *value; } list[] = {
		{"str_run_number", p->runs}, {"runrange", p->range}, {"exp_name", p->exp},
		{"workdir", p->workdir.s}, {"calibdir", p->calibdir.s},
		{"xtcdir", p->xtcdir ? p->xtcdir : ""}, {"det_name", p->detectors},
		{"num_events", n[0]}, {"skip_events", n[1]},
		{"scan_events", n[2]},
		{"event_code", p->codes ? p->codes : "0"}, {"thr_rms", p->thr_rms},
		{"algo", o->algo ? o->algo : "robust"}, {"process", yes[o->process]},
		{"deploy", yes[o->deploy]}, {"loadcfg", yes[o->loadcfg]}, {"print_bits", n[3]},
	};

	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		record(CALIB_INFO, "calibrun", "%-14s: %s", list[i].name, list[i].value);
	report_thresholds(p);
	doubt_calibdir(p);
}

int run_params_detectors(const struct run_params *p, struct calib_err *err)
{
	char **items = NULL;
	size_t n = 0;
	int rc = calib_list_parse(&items, &n, p->detectors, err);

	for (size_t i = 0; i < n && rc >= 0; i++)
		if (!calib_selection_known(items[i]) && !run_params_alias(p, items[i], NULL))
			rc = calib_fail(err, CALIB_EINVAL, "-d: '%s' is no detector; known are %s",
					items[i], calib_det_names());
	free(items);
	return rc;
}

const char *run_params_deployed(const struct run_params *p, size_t i)
{
	const struct { const char *type; bool wanted; } types[] = {{"pedestals", true},
		{"pixel_rms", true}, {"pixel_status", p->hotpix}, {"common_mode", p->cmode},
		{"pixel_gain", !p->o->no_gains}, {"pixel_offset", !p->o->no_gains},
		{"geometry", p->o->deploygeo}};

	for (size_t t = 0; t < sizeof types / sizeof *types; t++)
		if (types[t].wanted && i-- == 0)
			return types[t].type;
	return NULL;
}

bool run_params_selects(const struct run_params *p, const char *source)
{
	const struct calib_det *det = calib_det_of_source(source);
	char **items = NULL;
	size_t n = 0;
	bool yes = false;

	if (calib_list_parse(&items, &n, p->detectors, NULL) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		yes |= strcmp(items[i], source) == 0
			|| (det != NULL && calib_det_by_name(items[i]) == det)
			|| (strchr(items[i], ':') != NULL && strstr(source, items[i]) != NULL)
			/* an alias: only the run can tell, so take all */
			|| (!calib_det_by_name(items[i]) && !strchr(items[i], ':'));
	free(items);
	return yes;
}
