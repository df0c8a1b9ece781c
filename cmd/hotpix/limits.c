/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/hotpix/limits.c - the thresholds of each detector: options, environment, calibtools.yaml */
#include <math.h>
#include <string.h>

#include "config.h"
#include "hotpix/hotpix.h"

/* In the order of enum hotpix_limit: the key in the configuration, the option. */
static const struct { const char *key, *option; } limits[HOTPIX_NLIMITS] = {
	{"thr_rms", "--thr_rms"}, {"thr_rms_min", "--thr_rms_min"},
	{"thr_int_min", "--thr_int_min"}, {"thr_int_max", "--thr_int_max"},
	{"intnlo", "--intnlo"}, {"intnhi", "--intnhi"}, {"rmsnlo", "--rmsnlo"},
	{"rmsnhi", "--rmsnhi"}, {"sigma", "--sigma"}, {"per", "--per"},
	{"fraction", "--fraction"}, {"max_bad", "--max-bad"},
};

void hotpix_limit_given(struct hotpix_opts *o, enum hotpix_limit limit, const char *arg,
                        const struct argp_state *state)
{
	o->given[limit] = cli_limit_arg(state, limits[limit].option, limits[limit].key, arg);
}

int hotpix_limits_load(struct hotpix_opts *o, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < HOTPIX_NLIMITS && rc >= 0; i++) {
		cli_config_limits(&o->limit[i], &o->config, limits[i].key, o->given[i], NULL, NULL,
		                  NULL);
		rc = calib_str_check(&o->limit[i], err);
	}
	return rc;
}

void hotpix_limits_free(struct hotpix_opts *o)
{
	for (size_t i = 0; i < HOTPIX_NLIMITS; i++)
		calib_str_release(&o->limit[i]);
}

static double real(const struct hotpix_opts *o, enum hotpix_limit limit, const char *source,
                   const struct calib_det *det, double otherwise)
{
	double v = cli_limit_real(o->limit[limit].s, source, det);

	return isnan(v) ? otherwise : v;
}

/* The number of a word in a list, or -1. */
static int word(const struct hotpix_opts *o, enum hotpix_limit limit, const char *source,
                const struct calib_det *det, const char *const *words)
{
	char buf[64];
	const char *text = calib_limits_for(o->limit[limit].s, source, det ? det->name : NULL, buf);

	for (int i = 0; text != NULL && words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return -1;
}

void hotpix_limits_of(struct hotpix_limits *l, const struct hotpix_opts *o, const char *source,
                      const struct calib_det *det)
{
	static const char *const sigma[] = {"plain", "robust", NULL};
	static const char *const per[] = {"detector", "segment", "asic", NULL};
	const char *thr = calib_limits_for(o->limit[HOTPIX_THR_RMS].s, source,
	                                   det ? det->name : NULL, l->thr_text);

	l->thr_rms = thr != NULL ? l->thr_text : NULL;
	l->rms_lo = real(o, HOTPIX_RMS_LO, source, det, NAN);
	l->ave_lo = real(o, HOTPIX_AVE_LO, source, det, NAN);
	l->ave_hi = real(o, HOTPIX_AVE_HI, source, det, NAN);
	l->ave_nlo = real(o, HOTPIX_AVE_NLO, source, det, NAN);
	l->ave_nhi = real(o, HOTPIX_AVE_NHI, source, det, NAN);
	l->rms_nlo = real(o, HOTPIX_RMS_NLO, source, det, NAN);
	l->rms_nhi = real(o, HOTPIX_RMS_NHI, source, det, NAN);
	l->robust = word(o, HOTPIX_SIGMA, source, det, sigma);
	l->per = word(o, HOTPIX_PER, source, det, per);
	l->fraction = real(o, HOTPIX_FRACTION, source, det, 0.1);
	l->max_bad = real(o, HOTPIX_MAX_BAD, source, det, 0.1);
}

const char *hotpix_limits_why(const struct hotpix_limits *l,
                              const struct calib_status_params *params)
{
	if ((!isnan(l->ave_lo) || !isnan(l->ave_hi)) && params->ave_lo >= params->ave_hi)
		return "--thr_int_min must be below --thr_int_max";
	if (!isnan(l->rms_lo) && params->rms_hi > 0 && params->rms_lo >= params->rms_hi)
		return "--thr_rms_min must be below --thr_rms";
	return NULL;
}
