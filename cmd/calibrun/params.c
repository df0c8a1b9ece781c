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
	bool run = o->run != NULL, exp = p->exp[0] != '\0', det = p->detectors[0] != '\0';

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
		       CALIB_CONFPARS_NAME);
	if (!p->o->loadcfg && det != NULL && p->o->detectors == NULL)
		record(CALIB_INFO, "calibrun", "detectors %s are taken from %s", det,
		       CALIB_CONFPARS_NAME);
	return CALIB_OK;
}

/* How many of -d have gain ranges, may have them (an alias), have none. */
struct ranged { size_t yes, maybe, no; };

static struct ranged count_ranged(const struct run_params *p)
{
	struct ranged r = {0, 0, 0};
	char **items = NULL;
	size_t n = 0;

	if (calib_list_parse(&items, &n, p->detectors, NULL) < 0)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct calib_det *det = strchr(items[i], ':') ? calib_det_of_source(items[i])
		                                                    : calib_det_by_name(items[i]);

		r.yes += det != NULL && det->gains > 1;
		r.maybe += det == NULL;
		r.no += det != NULL && det->gains == 1;
	}
	free(items);
	return r;
}

/* -r 173, or 12,13,14 for a detector of several gain ranges: the constants are of the first. */
static int run_numbers(struct run_params *p, struct calib_err *err)
{
	struct calib_range *list = NULL;
	size_t n = 0;
	bool parsed = calib_runs_parse(&list, &n, p->o->run, NULL) >= 0;
	bool several = parsed && (n > 1 || list[0].begin < list[0].end);
	struct ranged ranged = count_ranged(p);

	p->run = parsed ? list[0].begin : 0;
	for (size_t i = 1; i < n; i++)
		p->run = list[i].begin < p->run ? list[i].begin : p->run;
	free(list);
	p->multi = ranged.yes + ranged.maybe > 0;
	/* several runs are the gain ranges of one dark */
	if (several && (ranged.yes == 0 || ranged.maybe + ranged.no > 0))
		return calib_fail(err, CALIB_EINVAL, "-r: '%s': several runs are one dark of "
		                  "detectors with several gain ranges only (Jungfrau, Epix10ka); "
		                  "call calibrun for each", p->o->run);
	if (strcmp(p->o->run, "last") == 0)
		return calib_fail(err, CALIB_EINVAL, "-r: 'last' is not available in this version, "
		                  "give the number");
	if (!parsed)
		return calib_fail(err, CALIB_EINVAL, "-r: '%s' is not a run number from 0 to %d",
		                  p->o->run, CALIB_RUN_MAX);
	if (several)
		p->runs = p->o->run;
	return CALIB_OK;
}

static int run_and_range(struct run_params *p, struct calib_err *err)
{
	struct calib_range range;

	if (p->o->run == NULL)
		return CALIB_OK;
	if (run_numbers(p, err) < 0)
		return CALIB_EINVAL;
	snprintf(p->run4, sizeof p->run4, "%04u", p->run);
	if (p->runs == NULL)
		p->runs = p->run4;
	range = (struct calib_range){p->run, CALIB_RUN_END};
	if (p->o->runrange != NULL && calib_range_parse(&range, p->o->runrange, err) < 0)
		return CALIB_EINVAL;
	p->range = calib_range_format(&range, p->range_text);
	if (p->run < range.begin || p->run > range.end)
		record(CALIB_WARNING, "calibrun", "the range %s does not contain run %u", p->range,
		       p->run);
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
	calib_str_addf(&p->prefix, "%s/%s%s-r%s-", p->workdir.s, p->name_prefix, p->exp, p->run4);
	if (calib != NULL)
		calib_str_add(&p->calibdir, calib);
	else if (p->exp[0] != '\0' && calib_dir_default(&p->calibdir, root, p->exp, err) < 0)
		return CALIB_EINVAL;
	return calib_str_check(&p->prefix, err);
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
	rc = calib_confpars_read(&p->conf, CALIB_CONFPARS_NAME, err);
	if (rc == CALIB_ENOTFOUND) {
		calib_err_clear(err);
		rc = CALIB_OK;
	}
	if (rc >= 0)
		rc = experiment(p, err);
	if (rc >= 0)
		rc = check_missing(p);
	if (rc >= 0)
		rc = run_and_range(p, err);
	if (rc >= 0)
		rc = directories(p, err);
	if (rc >= 0)
		numbers(p);
	return rc;
}

void run_params_free(struct run_params *p)
{
	calib_confpars_free(p->conf);
	free(p->detectors);
	calib_str_release(&p->workdir);
	calib_str_release(&p->calibdir);
	calib_str_release(&p->root);
	calib_str_release(&p->prefix);
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
}

/* Words that are neither a detector nor an address may be aliases, which only the run knows. */
static bool is_alias(const struct run_params *p, const char *word)
{
	struct cli_dataset set = CLI_DATASET_INIT;
	struct calib_src_opts open;
	struct calib_src *src = NULL;
	struct calib_srcid id;
	bool found = false;

	set.exp = p->exp, set.run = p->runs, set.xtcdir = p->xtcdir;
	set.root = p->root.len ? p->root.s : NULL;
	if (cli_src_opts(&open, &set, NULL, 0, NULL) < 0)
		return false;
	open.control = true;
	if (calib_src_open(&src, &open, NULL) >= 0)
		found = calib_src_by_alias(src, word, &id);
	calib_src_close(src);
	free((void *)(uintptr_t)open.runs);
	return found;
}

int run_params_detectors(const struct run_params *p, struct calib_err *err)
{
	char **items = NULL;
	size_t n = 0;
	int rc = calib_list_parse(&items, &n, p->detectors, err);

	for (size_t i = 0; i < n && rc >= 0; i++)
		if (!calib_selection_known(items[i]) && !is_alias(p, items[i]))
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
