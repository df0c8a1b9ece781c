/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/params.c - options of calib-dark to parameters of the engine */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "dark/dark.h"
#include "dark/run.h"

/* "A,B" or "A"; the second keeps its value when it is not given. */
static int parse_pair(double pair[2], const char *text, const char *option, struct calib_err *err)
{
	const char *comma = strchr(text, ','), *end = text + strlen(text), *stop;
	const char *first_end = comma ? comma : end;

	pair[0] = calib_strtod(text, first_end, &stop);
	if (stop != first_end || stop == text || !(pair[0] >= 0 && pair[0] <= 2e9))
		return calib_fail(err, CALIB_EINVAL,
				  "%s: '%s' is not one or two numbers from 0, as in "
				  "20,15",
				  option, text);
	if (comma == NULL)
		return CALIB_OK;
	pair[1] = calib_strtod(comma + 1, end, &stop);
	if (stop != end || stop == comma + 1 || !(pair[1] >= 0 && pair[1] <= 2e9))
		return calib_fail(err, CALIB_EINVAL,
				  "%s: '%s' is not one or two numbers from 0, as in "
				  "20,15",
				  option, text);
	return CALIB_OK;
}

static int plain_params(struct calib_dark_params *p, const struct dark_opts *o,
                        struct calib_err *err)
{
	double stages[2] = {1000000, 0}, gates[2] = {0, 0};
	int rc = o->stages ? parse_pair(stages, o->stages, "--stages", err) : CALIB_OK;

	if (rc >= 0 && o->gate != NULL)
		rc = parse_pair(gates, o->gate, "--gate", err);
	for (int i = 0; i < 2; i++) {
		if (rc >= 0 && (stages[i] != floor(stages[i]) || gates[i] != floor(gates[i])))
			rc = calib_fail(err, CALIB_EINVAL,
					"--stages and --gate of the algorithm plain are "
					"whole numbers");
		p->stage_events[i] = (uint64_t)stages[i];
		p->stage_gate[i] = (int)gates[i];
	}
	return rc;
}

enum calib_algo dark_algo(const struct dark_opts *o, const struct calib_det *det, bool real)
{
	if (o->algo < 0)
		return real ? CALIB_ALGO_PLAIN : CALIB_ALGO_ROBUST;
	if (o->algo == CALIB_ALGO_CALIBRUN2024 && det != NULL && det->gains > 1)
		return det->gains == 3 ? CALIB_ALGO_JUNGFRAU : CALIB_ALGO_EPIX10KA;
	return (enum calib_algo)o->algo;
}

int dark_params(struct calib_dark_params *p, const struct dark_opts *o, enum calib_algo algo,
                int bits, struct calib_err *err)
{
	double gate[2] = {6, 3};
	int rc = CALIB_OK;

	calib_dark_defaults(p, algo, bits);
	p->compat = o->compat;
	p->threads = (int)o->threads;
	p->drop_k = o->drop_k;
	p->common_mode = o->common_mode;
	p->check = o->dark_check;
	/* the old programs cut every detector's data to 14 bits */
	if (algo == CALIB_ALGO_CALIBRUN2024 && o->compat)
		p->data_mask = 0x3fff;
	if (algo == CALIB_ALGO_PLAIN)
		rc = plain_params(p, o, err);
	else if (o->stages != NULL)
		rc = calib_fail(err, CALIB_EINVAL, "--stages belongs to --algo plain");
	if (rc >= 0 && algo == CALIB_ALGO_ROBUST && o->gate != NULL) {
		rc = parse_pair(gate, o->gate, "--gate", err);
		p->gate_k = gate[0];
		p->gate_min = gate[1];
	} else if (rc >= 0 && algo != CALIB_ALGO_PLAIN && o->gate != NULL) {
		rc = calib_fail(err, CALIB_EINVAL, "--gate belongs to --algo plain and robust");
	}
	if (rc >= 0 && o->block > 0
	    && (algo == CALIB_ALGO_PLAIN || algo == CALIB_ALGO_ROBUST))
		rc = calib_fail(err, CALIB_EINVAL, "--block belongs to --algo gated2016 and "
		                "calibrun2024");
	/* 2016: the first 5 % of the events asked for (1000 unless -n says), at least 5 */
	if (algo == CALIB_ALGO_GATED2016)
		p->block = (uint64_t)ceil(fmax(0.05 * (double)(o->set.num_events ? o->set.num_events
		                                                                 : 1000), 5));
	if (o->block > 0)
		p->block = (uint64_t)o->block;
	if (rc >= 0 && o->common_mode && algo != CALIB_ALGO_ROBUST)
		rc = calib_fail(err, CALIB_EINVAL, "--common-mode belongs to --algo robust, which "
		                "needs integer data");
	if (rc >= 0 && o->settle != 0
	    && (o->compat || o->stages != NULL || (algo != CALIB_ALGO_ROBUST
	                                           && algo != CALIB_ALGO_PLAIN)))
		rc = calib_fail(err, CALIB_EINVAL, "--settle belongs to --algo robust, and plain "
		                "without --stages and --compat: the others begin with the first "
		                "array by definition, -s skips events for them");
	return rc;
}

int dark_limits(struct calib_dark_params *p, const struct dark_opts *o, const char *source,
                const struct calib_det *det, struct calib_err *err)
{
	double lo = cli_limit_real(o->int_lo, source, det);
	double hi = cli_limit_real(o->int_hi, source, det);

	p->int_lo = isnan(lo) ? p->int_lo : lo;
	p->int_hi = isnan(hi) ? p->int_hi : hi;
	if (p->int_lo <= p->int_hi)
		return CALIB_OK;
	return calib_fail(err, CALIB_EINVAL, "%s%s-B %g is above -T %g", source ? source : "",
	                  source ? ": " : "", p->int_lo, p->int_hi);
}

int dark_shape(struct calib_dark_shape *shape, const struct dark_run *r,
               const struct dark_source *s, const struct dark_part *p, enum calib_algo algo,
               struct calib_dark_params *params, struct calib_err *err)
{
	const struct calib_layout *l = &s->layout;
	int rc;

	*shape = (struct calib_dark_shape){calib_layout_words(l) ? l->dtype : CALIB_F64, l->size,
		l->nsegments, l->segment, 0, {0}, {0}};
	shape->ndim = l->ndim;
	memcpy(shape->dim, l->dim, sizeof shape->dim);
	memcpy(shape->bank, l->asic, sizeof shape->bank);
	rc = dark_params(params, r->o, algo, l->bits, err);
	if (rc >= 0)
		rc = dark_limits(params, r->o, s->name, s->det, err);
	if (params->data_mask == 0xffff)
		params->data_mask = l->data_mask;
	/* the Epix10ka program of the reference does not look at them */
	params->gain_mask = params->algo == CALIB_ALGO_EPIX10KA ? 0 : p->gain.mask;
	params->gain_bits = p->gain.bits;
	return rc;
}

int dark_engine(const struct dark_run *r, const struct dark_source *s, const struct dark_part *p,
                enum calib_algo algo, struct calib_dark_params *params, struct calib_dark **dark,
                struct calib_err *err)
{
	struct calib_dark_shape shape;
	int rc = dark_shape(&shape, r, s, p, algo, params, err);

	return rc < 0 ? rc : calib_dark_new(dark, &shape, params, err);
}
