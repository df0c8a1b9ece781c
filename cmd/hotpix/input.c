/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/hotpix/input.c - statistics of a dark run, and the thresholds that belong to them */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "hotpix/hotpix.h"
#include "nda/h5.h"

void hotpix_free(struct hotpix_input *input)
{
	calib_nda_release(&input->ave);
	calib_nda_release(&input->rms);
	calib_nda_release(&input->n);
	calib_nda_release(&input->nlo);
	calib_nda_release(&input->nhi);
	calib_nda_release(&input->nbadgain);
	free(input->exp);
	free(input->source);
	free(input->algo_name);
	free(input->det_name);
	free(input->params);
}

/* An array as the type the criteria take. */
static int as(struct calib_nda *nda, enum calib_dtype type, struct calib_err *err)
{
	struct calib_nda other = CALIB_NDA_INIT;
	int rc;

	if (nda->type == type)
		return CALIB_OK;
	rc = calib_nda_convert(&other, nda, type, err);
	if (rc >= 0) {
		calib_nda_release(nda);
		*nda = other;
	}
	return rc;
}

/* An array that only some statistics have. */
static int get_optional(struct calib_h5 *h5, const char *name, struct calib_nda *nda,
                        struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	int rc = calib_h5_get(h5, name, nda, &why);

	if (rc == CALIB_ENOTFOUND)
		return CALIB_OK;
	return rc < 0 ? calib_fail(err, rc, "%s", why.msg) : rc;
}

static int get_numbers(struct calib_h5 *h5, const char *name, uint64_t numbers[7],
                       struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	int rc = get_optional(h5, name, &nda, err);

	for (size_t i = 0; i < nda.size && i < 7; i++)
		numbers[i] = (uint64_t)calib_nda_get(&nda, i);
	calib_nda_release(&nda);
	return rc;
}

static int read_h5(struct hotpix_input *p, struct calib_err *err)
{
	struct calib_h5 *h5 = NULL;
	int64_t run = 0, bits = 0, frames = 0, counter = 0;
	int rc = calib_h5_open(&h5, p->name, err);
	const struct { const char *name; struct calib_nda *nda; } arrays[] = {
		{"ave", &p->ave}, {"rms", &p->rms}, {"n", &p->n}, {"nlo", &p->nlo},
		{"nhi", &p->nhi},
	};
	const struct { const char *name; char **text; } texts[] = {
		{"exp", &p->exp}, {"source", &p->source}, {"algo", &p->algo_name},
		{"detector", &p->det_name}, {"parameters", &p->params},
	};
	const struct { const char *name; int64_t *value; } ints[] = {
		{"run", &run}, {"bits", &bits}, {"frames", &frames}, {"counter", &counter},
	};

	for (size_t i = 0; i < sizeof arrays / sizeof *arrays && rc >= 0; i++)
		rc = calib_h5_get(h5, arrays[i].name, arrays[i].nda, err);
	for (size_t i = 0; i < sizeof texts / sizeof *texts && rc >= 0; i++)
		rc = calib_h5_get_text(h5, texts[i].name, texts[i].text, err);
	for (size_t i = 0; i < sizeof ints / sizeof *ints && rc >= 0; i++)
		rc = calib_h5_get_int(h5, ints[i].name, ints[i].value, err);
	if (rc >= 0)
		rc = get_optional(h5, "nbadgain", &p->nbadgain, err);
	if (rc >= 0)
		rc = get_numbers(h5, "range_frames", p->range_frames, err);
	if (rc >= 0)
		rc = get_numbers(h5, "range_counter", p->range_counter, err);
	if (h5 != NULL)
		calib_h5_close(h5);
	if (rc < 0)
		return calib_err_wrap(err, "%s is no statistics file of calib-dark", p->name);
	p->run = (unsigned)run;
	p->bits = (int)bits;
	p->frames = (uint64_t)frames;
	p->counter = (uint64_t)counter;
	return CALIB_OK;
}

/* ave rms n nlo nhi min max counts, one after the other */
static int read_stream(struct hotpix_input *p, struct calib_err *err)
{
	struct calib_nda unused = CALIB_NDA_INIT, counts = CALIB_NDA_INIT;
	struct calib_nda *list[] = {&p->ave, &p->rms, &p->n, &p->nlo, &p->nhi, &unused, &unused,
		&counts};
	struct calib_in *in = NULL;
	int rc = calib_in_open(&in, p->name, err);

	for (size_t i = 0; i < 8 && rc >= 0; i++) {
		rc = calib_nda_read(list[i], in, NULL, err);
		if (rc == 0)
			rc = calib_fail(
				err, CALIB_ETRUNC,
				"%s: has %zu arrays, the statistics of "
				"calib-dark -o are 8 (ave, rms, n, nlo, nhi, min, max, counts)",
				calib_in_name(in), i);
	}
	if (rc >= 0 && counts.size < 5)
		rc = calib_fail(err, CALIB_ESHAPE,
				"%s: the eighth array has %zu values, the counts "
				"are 5",
				calib_in_name(in), counts.size);
	/* the count of wrong gain bits follows where the detector has gain ranges, then the rms
	 * without common mode where it was asked for */
	if (rc >= 0)
		rc = calib_nda_read(&p->nbadgain, in, NULL, err);
	if (rc > 0 && calib_dtype_is_float(p->nbadgain.type))
		calib_nda_release(&p->nbadgain);
	else if (rc > 0)
		rc = calib_nda_read(&unused, in, NULL, err);
	/* events that robust left out as a whole are in the counts; the pixels that lost least
	 * tell how many there are without them */
	for (size_t i = 0; rc >= 0 && i < p->n.size; i++)
		if (calib_nda_get(&p->n, i) > (double)p->frames)
			p->frames = (uint64_t)calib_nda_get(&p->n, i);
	p->accepted = rc >= 0 ? (uint64_t)calib_nda_get(&counts, 4) : 0;
	calib_nda_release(&unused);
	calib_nda_release(&counts);
	calib_in_close(in);
	return rc < 0 ? rc : CALIB_OK;
}

static bool is_h5(const char *path)
{
	struct calib_in *in = NULL;
	bool h5 = strcmp(path, "-") != 0 && calib_in_open(&in, path, NULL) >= 0
		&& calib_nda_probe(in, NULL) == CALIB_FORM_H5;

	calib_in_close(in);
	return h5;
}

/* Arrays of one shape and of the right types. */
static int check(struct hotpix_input *p, struct calib_err *err)
{
	struct calib_nda *counts[] = {&p->n, &p->nlo, &p->nhi, &p->nbadgain};
	char a[128], b[128];
	int rc = as(&p->ave, CALIB_F64, err);

	if (rc >= 0)
		rc = as(&p->rms, CALIB_F64, err);
	for (size_t i = 0; i < 4 && rc >= 0; i++)
		if (counts[i]->size > 0 && (rc = as(counts[i], CALIB_U32, err)) >= 0
		    && !calib_nda_same_shape(counts[i], &p->ave))
			rc = calib_fail(err, CALIB_ESHAPE,
					"%s: counts of another shape than the average", p->name);
	if (rc >= 0 && !calib_nda_same_shape(&p->ave, &p->rms))
		rc = calib_fail(err, CALIB_ESHAPE, "the average is %s, the rms is %s",
		                calib_nda_shape_text(p->ave.ndim, p->ave.dim, a),
		                calib_nda_shape_text(p->rms.ndim, p->rms.dim, b));
	if (rc >= 0 && p->ave.size == 0)
		rc = calib_fail(err, CALIB_ESHAPE, "%s: no pixels", p->name);
	return rc;
}

/* Shape of one gain range; a single panel counts as a list of one. */
static void describe_range(struct hotpix_input *p)
{
	struct calib_status_input *in = &p->in;

	calib_asics_of(&in->asics, p->det, &p->ave, p->nranges);
	in->size = p->ave.size / p->nranges;
	in->nsegments = 1;
	in->segment = in->size;
	if (in->asics.ndim >= 3 && (p->det == NULL || p->det->segmented || p->nranges > 1)) {
		in->nsegments = in->asics.dim[0];
		in->segment = in->size / in->nsegments;
	}
}

static void describe(struct hotpix_input *p, const struct hotpix_opts *o)
{
	int algo = p->algo_name ? calib_algo_parse(p->algo_name) : CALIB_ALGO_ROBUST;
	const char *name = o->detector ? o->detector : p->det_name;

	p->algo = o->algo >= 0 ? (enum calib_algo)o->algo : algo >= 0 ? (enum calib_algo)algo
	                                                              : CALIB_ALGO_ROBUST;
	p->det = name ? calib_det_by_name(name) : NULL;
	if (p->det == NULL && name != NULL)
		p->det = calib_det_of_source(name);
	if (p->accepted > 0 && p->algo != CALIB_ALGO_ROBUST)
		p->frames = p->accepted;
	if (p->accepted > 0)
		p->counter = p->accepted - 1;
	p->nranges = p->det != NULL && p->det->gains > 1 && p->ave.ndim == 4
		&& p->ave.dim[0] == (size_t)p->det->gains ? p->ave.dim[0] : 1;
	p->in = (struct calib_status_input){0};
	describe_range(p);
	hotpix_range(&p->in, p, 0);
}

/* A stream does not say how many arrays a gain range has: the pixels that lost least tell. */
static uint64_t most_values(const struct hotpix_input *p, size_t range)
{
	size_t size = p->ave.size / p->nranges;
	const uint32_t *n = p->n.data;
	uint32_t most = 0;

	for (size_t i = range * size; p->n.size > 0 && i < (range + 1) * size; i++)
		most = n[i] > most ? n[i] : most;
	return most;
}

bool hotpix_range(struct calib_status_input *in, const struct hotpix_input *p, size_t range)
{
	size_t at = range * (p->ave.size / p->nranges);
	uint64_t frames = p->frames, counter = p->counter;

	*in = p->in;
	in->ave = (const double *)p->ave.data + at;
	in->rms = (const double *)p->rms.data + at;
	in->n = p->n.size ? (const uint32_t *)p->n.data + at : NULL;
	in->nlo = p->nlo.size ? (const uint32_t *)p->nlo.data + at : NULL;
	in->nhi = p->nhi.size ? (const uint32_t *)p->nhi.data + at : NULL;
	in->nbadgain = p->nbadgain.size ? (const uint32_t *)p->nbadgain.data + at : NULL;
	if (p->nranges > 1) {
		frames = p->range_frames[range] ? p->range_frames[range] : most_values(p, range);
		counter = p->range_frames[range] ? p->range_counter[range] : frames - (frames > 0);
	}
	in->frames = calib_algo_quantiles(p->algo) || p->algo == CALIB_ALGO_EPIX10KA ? counter
	                                                                            : frames;
	return frames > 0 || p->n.size == 0;
}

int hotpix_read(struct hotpix_input *p, const struct hotpix_opts *o, const char *path,
                struct calib_err *err)
{
	int rc;

	*p = (struct hotpix_input){.name = path ? path : o->ave, .ave = CALIB_NDA_INIT,
		.rms = CALIB_NDA_INIT, .n = CALIB_NDA_INIT, .nlo = CALIB_NDA_INIT,
		.nhi = CALIB_NDA_INIT, .nbadgain = CALIB_NDA_INIT};
	if (path == NULL) {
		rc = calib_nda_load(&p->ave, o->ave, NULL, err);
		if (rc >= 0)
			rc = calib_nda_load(&p->rms, o->rms, NULL, err);
	} else {
		rc = is_h5(path) ? read_h5(p, err) : read_stream(p, err);
	}
	if (rc >= 0)
		rc = check(p, err);
	if (rc >= 0)
		describe(p, o);
	return rc;
}

/* ---- thresholds ---- */

/* "int_lo=2 int_hi=16382 ...": the value of a key, NAN when it is not there. */
static double recorded(const char *params, const char *key)
{
	const char *at = params ? strstr(params, key) : NULL, *stop;

	if (at == NULL)
		return NAN;
	at += strlen(key);
	return calib_strtod(at, at + strcspn(at, " "), &stop);
}

static double first_of(double a, double b, double c)
{
	return !isnan(a) ? a : !isnan(b) ? b : c;
}

/* -t: a number, 0 for none, "auto"; not given: the sigma rule, with the reference's programs (> 0)
 * their limit */
static int rms_rule(struct calib_status_params *q, const struct hotpix_limits *o, double reference,
                    struct calib_err *err)
{
	q->rms_rule = reference > 0 ? CALIB_RMS_ABSOLUTE : CALIB_RMS_SIGMA;
	q->rms_hi = reference;
	if (o->thr_rms == NULL)
		return CALIB_OK;
	if (strcmp(o->thr_rms, "auto") == 0) {
		q->rms_rule = CALIB_RMS_AUTO;
	} else {
		int rc = calib_parse_double(&q->rms_hi, o->thr_rms, "--thr_rms", err);

		if (rc < 0 || !(q->rms_hi >= 0))
			return calib_fail(err, CALIB_EINVAL,
					  "--thr_rms: '%s' is neither a number from 0 nor "
					  "auto",
					  o->thr_rms);
		q->rms_rule = q->rms_hi > 0 ? CALIB_RMS_ABSOLUTE : CALIB_RMS_NONE;
	}
	if (reference == 0 && isnan(o->rms_nhi))
		q->rms_nhi = 0;
	return CALIB_OK;
}

int hotpix_params(struct calib_status_params *q, const struct hotpix_opts *opts,
                  const struct hotpix_limits *o, const struct hotpix_input *p,
                  struct calib_err *err)
{
	bool multi = p->algo == CALIB_ALGO_JUNGFRAU || p->algo == CALIB_ALGO_EPIX10KA;
	bool reference = multi || p->algo == CALIB_ALGO_CALIBRUN2024
		|| p->algo == CALIB_ALGO_GATED2016;
	double sigmas = multi ? 6 : reference ? 5 : p->algo == CALIB_ALGO_PLAIN ? 0 : 8;
	struct calib_dark_params d;

	calib_dark_defaults(&d, p->algo, p->bits ? p->bits : 14);
	*q = (struct calib_status_params){.layout = opts->layout, .fraction = o->fraction,
		.rms_lo = first_of(o->rms_lo, NAN, multi ? 0.001 : 0.1),
		.ave_lo = first_of(o->ave_lo, recorded(p->params, "int_lo="), d.int_lo),
		.ave_hi = first_of(o->ave_hi, recorded(p->params, "int_hi="), d.int_hi),
		.ave_nlo = first_of(o->ave_nlo, NAN, sigmas),
		.ave_nhi = first_of(o->ave_nhi, NAN, sigmas),
		.rms_nlo = first_of(o->rms_nlo, NAN, sigmas),
		.rms_nhi = first_of(o->rms_nhi, NAN, sigmas),
		.robust = o->robust >= 0 ? o->robust > 0 : !reference,
		.per = o->per >= 0 ? (enum calib_per)o->per
		       : p->algo == CALIB_ALGO_EPIX10KA ? CALIB_PER_SEGMENT
		       : reference ? CALIB_PER_DETECTOR : CALIB_PER_ASIC,
		.counted = reference, .a16 = p->algo == CALIB_ALGO_GATED2016};
	return rms_rule(q, o, reference ? multi ? 16000 : 10000 : 0, err);
}
