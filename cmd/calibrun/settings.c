/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/settings.c - what was not typed: environment, calibtools.yaml, and the thresholds of
 * confpars-calibman.txt */
#include "calibrun/settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "calibrun/batch.h"

/* ---- thresholds ---- */

#define AT(field) offsetof(struct run_opts, field)
static const struct threshold thresholds[] = {
	{"thr_rms", AT(thr_rms)}, {"thr_rms_min", AT(rms_lo)}, {"thr_int_min", AT(int_lo)},
	{"thr_int_max", AT(int_hi)}, {"intnlo", AT(intnlo)}, {"intnhi", AT(intnhi)},
	{"rmsnlo", AT(rmsnlo)}, {"rmsnhi", AT(rmsnhi)}, {"sigma", AT(sigma)}, {"per", AT(per)},
	{"fraction", AT(fraction)}, {"max_bad", AT(max_bad)}, {"max_shift", AT(max_shift)},
	{"max_flipped", AT(max_flipped)}, {"max_moved", AT(max_moved)},
};

/* The parameters of calibman's file, the later generation first, and what that generation writes
 * into every file: NAN, nothing more.  Of 1 and 32000, which were so for a short time only, both
 * must be there.  Source: lcls-psana/CalibManager src/ConfigParametersForApp.py, 2015 to 2024. */
static const struct { const char *key, *name; double usual; const char *other; } parameters[] = {
	{"thr_rms", "MASK_PIX_MAX_THR_RMS", 10000, NULL},
	{"thr_rms", "MASK_HOT_PIX_ADU_THR_RMS", 0, NULL},
	{"thr_rms_min", "MASK_PIX_MIN_THR_RMS", 0.1, NULL},
	{"thr_rms_min", "MASK_HOT_PIX_MIN_THR_RMS", 0, NULL},
	{"thr_int_min", "MASK_PIX_ADU_THR_MIN", 0.1, NULL},
	{"thr_int_min", "MASK_HOT_PIX_ADU_THR_MIN", 2, "MASK_HOT_PIX_ADU_THR_MAX"},
	{"thr_int_max", "MASK_PIX_ADU_THR_MAX", 16000, NULL},
	{"thr_int_max", "MASK_HOT_PIX_ADU_THR_MAX", 65000, "MASK_HOT_PIX_ADU_THR_MIN"},
	{"intnlo", "MASK_PIX_INTNLO", 5, NULL}, {"intnhi", "MASK_PIX_INTNHI", 5, NULL},
	{"rmsnlo", "MASK_PIX_RMSNLO", 5, NULL}, {"rmsnhi", "MASK_PIX_RMSNHI", 5, NULL},
};
enum { NPARAMETERS = sizeof parameters / sizeof *parameters };

const struct threshold *settings_threshold(size_t i)
{
	return i < sizeof thresholds / sizeof *thresholds ? &thresholds[i] : NULL;
}

static const char **field_of(struct run_opts *o, size_t at)
{
	return (const char **)(void *)((char *)o + at);
}

const char *settings_value(const struct run_opts *o, const struct threshold *t)
{
	return *(const char *const *)(const void *)((const char *)o + t->at);
}

const char *settings_parameter(const char *key, size_t i)
{
	for (size_t k = 0; k < NPARAMETERS; k++)
		if (strcmp(parameters[k].key, key) == 0 && i-- == 0)
			return parameters[k].name;
	return NULL;
}

bool settings_usual(const char *name, double v)
{
	for (size_t k = 0; k < NPARAMETERS; k++)
		if (strcmp(parameters[k].name, name) == 0)
			return v == parameters[k].usual;
	return false;
}

bool settings_default(const struct calib_confpars *conf, const char *name)
{
	double v = calib_confpars_real(conf, name, NAN);

	for (size_t k = 0; k < NPARAMETERS && !isnan(v); k++)
		if (strcmp(parameters[k].name, name) == 0) {
			const char *other = parameters[k].other;
			double besides = other ? calib_confpars_real(conf, other, NAN) : NAN;

			return settings_usual(name, v) || (v == 1 && besides == 32000)
			       || (v == 32000 && besides == 1);
		}
	return false;
}

/* The value of calibman's file that somebody chose, into text; NULL: there is none. */
static const char *chosen(const struct run_params *p, const char *key, char text[32],
                          struct calib_str *origin)
{
	const char *name;

	for (size_t i = 0; (name = settings_parameter(key, i)) != NULL; i++) {
		struct calib_err err = CALIB_ERR_INIT;
		struct calib_str where = CALIB_STR_INIT;
		double v = calib_confpars_real(p->conf, name, NAN);
		int rc;

		if (calib_confpars_text(p->conf, name) == NULL || settings_default(p->conf, name))
			continue;
		if (strcmp(key, "thr_rms") == 0 && !(isfinite(v) && v > 0))
			v = 0;		/* off */
		calib_str_addf(&where, "%s:%u %s", p->conf_name,
		               calib_confpars_line(p->conf, name), name);
		snprintf(text, 32, "%.15g", v);
		rc = calib_site_check(calib_site_key_find(key), text, where.s, &err);
		if (rc >= 0 && origin != NULL)
			calib_str_add(origin, where.s);
		else if (rc < 0 && origin == NULL)
			record(CALIB_ERROR, "calibrun", "%s; the default is used", err.msg);
		calib_str_release(&where);
		if (rc >= 0)
			return text;
	}
	return NULL;
}

void settings_limits(const struct run_params *p, const struct threshold *t, struct calib_str *text,
                     struct calib_str *origin)
{
	struct calib_str from = CALIB_STR_INIT;
	char buf[32];
	const char *under = chosen(p, t->key, buf, origin != NULL ? &from : NULL);

	if (under == NULL && strcmp(t->key, "thr_rms") == 0) {
		under = "0";	/* as documented since 2015; calib-hotpix alone has a rule */
		calib_str_add(&from, "built-in");
	}
	cli_config_limits(text, &p->site, t->key, settings_value(p->typed, t), under, from.s,
	                  origin);
	calib_str_release(&from);
}

/* ---- everything else ---- */

/* A text that lives as long as the parameters. */
static int keep(struct run_params *p, const char **to, const char *text, struct calib_err *err)
{
	void *list = p->owned;
	char *copy = calib_strdup(text, err);

	if (copy == NULL
	    || calib_grow(&list, &p->owned_room, p->nowned + 1, sizeof copy, "options", err) < 0) {
		free(copy);
		return CALIB_ENOMEM;
	}
	p->owned = list;
	p->owned[p->nowned++] = copy;
	*to = copy;
	return CALIB_OK;
}

static int take_thresholds(struct run_params *p, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds && rc >= 0; i++) {
		struct calib_str text = CALIB_STR_INIT;

		settings_limits(p, &thresholds[i], &text, NULL);
		rc = calib_str_check(&text, err);
		if (rc >= 0 && text.len > 0)
			rc = keep(p, field_of(&p->own, thresholds[i].at), text.s, err);
		calib_str_release(&text);
	}
	p->thr_rms = p->own.thr_rms;
	return rc;
}

static void take_numbers(struct run_params *p)
{
	const struct { const char *key; long *to; bool typed; } numbers[] = {
		{"num_events", &p->own.num_events, p->typed->num_events >= 0},
		{"skip_events", &p->own.skip_events, p->typed->skip_events >= 0},
		{"scan_events", &p->own.scan_events, p->typed->scan_events >= 0},
		{"threads", &p->own.threads, p->typed->threads > 0},
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		const char *text = cli_config_text(&p->site, numbers[i].key, NULL);

		if (!numbers[i].typed && text != NULL)
			*numbers[i].to = strtol(text, NULL, 10);
	}
}

/* Of a list in the file: 40,-43. */
static int take_codes(struct run_params *p, struct calib_err *err)
{
	const char *env = cli_config_env("event_code");
	const struct calib_site_value *v;
	struct calib_str text = CALIB_STR_INIT;
	int rc;

	calib_str_add(&text, env != NULL ? env : "");
	for (size_t i = 0; env == NULL && (v = calib_site_find(p->site.site, CALIB_SITE_ALL, NULL,
	                                                       "event_code", i)) != NULL; i++)
		calib_str_addf(&text, "%s%s", i > 0 ? "," : "", v->text);
	rc = calib_str_check(&text, err);
	if (rc >= 0 && text.len > 0)
		rc = keep(p, &p->own.codes, text.s, err);
	calib_str_release(&text);
	return rc;
}

static int take_texts(struct run_params *p, struct calib_err *err)
{
	const struct { const char *key, **to; } texts[] = {
		{"algo", &p->own.algo}, {"group", &p->own.group}, {"dirmode", &p->own.dirmode},
		{"filemode", &p->own.filemode}, {"record", &p->own.record},
	};
	int rc = p->typed->codes == NULL ? take_codes(p, err) : CALIB_OK;

	for (size_t i = 0; i < sizeof texts / sizeof *texts && rc >= 0; i++) {
		const char *text = cli_config_text(&p->site, texts[i].key, NULL);
		struct calib_str whole = CALIB_STR_INIT;

		if (*texts[i].to != NULL || text == NULL)
			continue;
		/* the job that waits for a worker writes the record */
		if (texts[i].to == &p->own.record && p->typed->batch.worker)
			continue;
		cli_config_expand(&whole, text, p->root.len > 0 ? p->root.s : NULL, p->exp);
		rc = calib_str_check(&whole, err);
		if (rc >= 0)
			rc = keep(p, texts[i].to, whole.s, err);
		calib_str_release(&whole);
	}
	return rc;
}

/* ---- batch jobs ---- */

/* A queue in the configuration makes no job of a run: -q, or an option for jobs, does. */
static bool wants_jobs(const struct run_opts *o)
{
	const struct batch_opts *b = &o->batch;

	if (b->worker || (b->engine != NULL && batch_local(b)))
		return false;
	return o->print_config || b->wish.queue != NULL || b->engine != NULL || b->no_wait
	       || b->tasks > 0 || b->queue_status;
}

static int take_batch(struct run_params *p, struct calib_err *err)
{
	struct batch_opts *b = &p->own.batch;
	const char *engine = cli_config_text(&p->site, "engine", NULL), *tasks;
	const struct { const char *key, **to; } texts[] = {
		{"account", &b->wish.account}, {"time", &b->wish.time}, {"mem", &b->wish.mem},
		{"reservation", &b->wish.reservation},
	};
	int rc = CALIB_OK;

	if (!wants_jobs(p->typed))
		return CALIB_OK;
	/* with -q it is not done here, whatever the configuration says */
	if (b->engine == NULL && engine != NULL
	    && (b->wish.queue == NULL || strcmp(engine, "local") != 0))
		b->engine = engine;
	if (b->wish.queue == NULL && !batch_local(b))
		b->wish.queue = cli_config_text(&p->site, "queue", NULL);
	for (size_t i = 0; i < sizeof texts / sizeof *texts && rc >= 0; i++) {
		const char *text = cli_config_queue(&p->site, b->wish.queue, texts[i].key, NULL);
		struct calib_str whole = CALIB_STR_INIT;

		if (*texts[i].to != NULL || text == NULL)
			continue;
		cli_config_expand(&whole, text, NULL, *p->exp != '\0' ? p->exp : NULL);
		rc = calib_str_check(&whole, err);
		if (rc >= 0)
			rc = keep(p, texts[i].to, whole.s, err);
		calib_str_release(&whole);
	}
	tasks = cli_config_queue(&p->site, b->wish.queue, "tasks", NULL);
	if (b->tasks == 0 && tasks != NULL && b->wish.queue != NULL)
		b->tasks = strtol(tasks, NULL, 10);
	return rc;
}

int settings_apply(struct run_params *p, struct calib_err *err)
{
	int rc = take_thresholds(p, err);

	take_numbers(p);
	if (rc >= 0)
		rc = take_texts(p, err);
	return rc < 0 ? rc : take_batch(p, err);
}

bool settings_origin(const struct run_params *p, const char *option, struct calib_str *origin)
{
	const struct calib_site_key *k;
	char key[64];

	snprintf(key, sizeof key, "%s", option);
	for (char *c = key; *c != '\0'; c++)
		*c = *c == '-' ? '_' : *c;
	k = calib_site_key_find(key);
	if (k == NULL)
		return false;
	if (strcmp(key, "root") == 0) {
		struct calib_str root = CALIB_STR_INIT;
		int rc = cli_config_root(&root, &p->site, *p->exp != '\0' ? p->exp : NULL, origin,
		                         NULL);

		calib_str_release(&root);
		return rc > 0;
	}
	if (k->scope == CALIB_SITE_QUEUE)
		return cli_config_queue(&p->site, p->o->batch.wish.queue, key, origin) != NULL;
	return cli_config_text(&p->site, key, origin) != NULL;
}
