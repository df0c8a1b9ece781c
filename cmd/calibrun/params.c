/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/params.c - options, configuration file and defaults into the job's parameters */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "calibrun/calibrun.h"
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

static int directories(struct run_params *p, struct calib_err *err)
{
	const struct run_opts *o = p->o;
	const char *work = o->workdir ? o->workdir : conf_text(p, "DIRECTORY_WORK");
	const char *root = o->root ? o->root : conf_text(p, "INSTRUMENT_DIR");
	const char *calib = o->calibdir ? o->calibdir
		: o->loadcfg ? conf_text(p, "CALIB_DIRECTORY") : NULL;
	const char *prefix = conf_text(p, "FILE_NAME_PREFIX");

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
	calib_str_add(&p->root, root ? root : "");
	if (calib != NULL)
		calib_str_add(&p->calibdir, calib);
	else if (p->exp[0] != '\0' && calib_dir_default(&p->calibdir, root, p->exp, err) < 0)
		return CALIB_EINVAL;
	return calib_str_check(&p->workdir, err);
}

/* First and last event of calibman count from 1; -s and -n mean what they say. */
static void numbers(struct run_params *p)
{
	const struct run_opts *o = p->o;
	long start = calib_confpars_int(p->conf, "BATCH_DARK_START", 1);
	long end = calib_confpars_int(p->conf, "BATCH_DARK_END", 1000);
	double thr = calib_confpars_real(p->conf, "MASK_PIX_MAX_THR_RMS",
	             calib_confpars_real(p->conf, "MASK_HOT_PIX_ADU_THR_RMS", 0));

	p->skip_events = o->skip_events >= 0 ? o->skip_events : start > 1 ? start - 1 : 0;
	p->num_events = o->num_events >= 0 ? o->num_events : end - start > 0 ? end - start : 0;
	p->scan_events = o->scan_events >= 0 ? o->scan_events
		: calib_confpars_int(p->conf, "BATCH_DARK_SCAN", 10);
	if (o->thr_rms != NULL)
		snprintf(p->thr_rms, sizeof p->thr_rms, "%s", o->thr_rms);
	else
		snprintf(p->thr_rms, sizeof p->thr_rms, "%.15g",
			 isfinite(thr) && thr > 0 ? thr : 0);
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

	*p = (struct run_params){.o = o, .workdir = CALIB_STR_INIT, .calibdir = CALIB_STR_INIT,
		.root = CALIB_STR_INIT, .prefix = CALIB_STR_INIT};
	rc = config_read(p, err);
	if (rc >= 0)
		rc = experiment(p, err);
	if (rc >= 0 && run_opts_job(o))
		rc = check_missing(p);
	if (rc >= 0)
		rc = directories(p, err);
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
