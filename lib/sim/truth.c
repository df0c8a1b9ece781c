/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/truth.c - exact results of what was written: sums in integers, one division at the end */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "kern/noise.h"
#include "nda/nda.h"
#include "sim/priv.h"

/* Sums of a set of frames. */
struct sums {
	uint64_t n, *s1, *s2;
	uint16_t *lo, *hi;
};

struct sim_truth {
	size_t npixels;
	struct sums all, clean, step; /* clean: without bright frames; unused ones have no memory */
	bool has_clean, has_steps;
	const char *dir;
	int flags;
};

static int sums_new(struct sums *s, size_t n, struct calib_err *err)
{
	s->s1 = calib_alloc(n, sizeof *s->s1, "sums", err);
	s->s2 = calib_alloc(n, sizeof *s->s2, "sums", err);
	s->lo = calib_alloc(n, sizeof *s->lo, "smallest values", err);
	s->hi = calib_alloc(n, sizeof *s->hi, "largest values", err);
	if (!s->s1 || !s->s2 || !s->lo || !s->hi)
		return CALIB_ENOMEM;
	memset(s->lo, 0xff, n * sizeof *s->lo);
	return CALIB_OK;
}

static void sums_free(struct sums *s)
{
	free(s->s1);
	free(s->s2);
	free(s->lo);
	free(s->hi);
}

static void sums_add(struct sums *s, const uint16_t *frame, size_t n)
{
	s->n++;
	kern_noise_sum(s->s1, s->s2, frame, n);
	kern_noise_range(s->lo, s->hi, frame, n);
}

int sim_truth_new(struct sim_truth **truth, const struct sim_det *det,
                  const struct calib_sim_plan *plan, struct calib_err *err)
{
	struct sim_truth *t = calib_alloc(1, sizeof *t, "truth", err);
	int rc = t == NULL ? CALIB_ENOMEM : CALIB_OK;

	*truth = t;
	if (rc < 0)
		return rc;
	t->npixels = det->npixels;
	t->dir = plan->truth;
	t->flags = plan->flags;
	t->has_clean = plan->bright > 0;
	t->has_steps = plan->steps > 1;
	rc = sums_new(&t->all, t->npixels, err);
	if (rc >= 0 && t->has_clean)
		rc = sums_new(&t->clean, t->npixels, err);
	if (rc >= 0 && t->has_steps)
		rc = sums_new(&t->step, t->npixels, err);
	return rc;
}

void sim_truth_free(struct sim_truth *t)
{
	if (t == NULL)
		return;
	sums_free(&t->all);
	sums_free(&t->clean);
	sums_free(&t->step);
	free(t);
}

void sim_truth_add(struct sim_truth *t, const uint16_t *frame, bool bright)
{
	sums_add(&t->all, frame, t->npixels);
	if (t->has_clean && !bright)
		sums_add(&t->clean, frame, t->npixels);
	if (t->has_steps)
		sums_add(&t->step, frame, t->npixels);
}

/* One array of the results. */
static void fill(void *data, const struct sums *s, char what, size_t npixels)
{
	double n = (double)s->n;

	for (size_t i = 0; i < npixels; i++) {
		double ave = s->n > 0 ? (double)s->s1[i] / n : 0;
		double var = s->n > 0 ? (double)s->s2[i] / n - ave * ave : 0;

		switch (what) {
		case 'n': ((uint32_t *)data)[i] = (uint32_t)s->n; break;
		case 'l': ((uint16_t *)data)[i] = s->n > 0 ? s->lo[i] : 0; break;
		case 'h': ((uint16_t *)data)[i] = s->hi[i]; break;
		case '1': ((uint64_t *)data)[i] = s->s1[i]; break;
		case '2': ((uint64_t *)data)[i] = s->s2[i]; break;
		case 'r': ((double *)data)[i] = var > 0 ? sqrt(var) : 0; break;
		default:  ((double *)data)[i] = ave; break;
		}
	}
}

static const struct { char what; const char *name; enum calib_dtype type; } results[] = {
	{'a', "ave", CALIB_F64}, {'r', "rms", CALIB_F64}, {'n', "n", CALIB_U32},
	{'l', "min", CALIB_U16}, {'h', "max", CALIB_U16}, {'1', "sum", CALIB_U64},
	{'2', "sum2", CALIB_U64},
};

/* tag: "", "clean-", "step0-" */
static int save(const struct sim_truth *t, const struct sums *s, const struct sim_det *det,
                const char *tag, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (size_t i = 0; i < sizeof results / sizeof results[0] && rc >= 0; i++) {
		struct calib_nda nda = CALIB_NDA_INIT;

		calib_str_clear(&path);
		calib_str_addf(&path, "%s/%s-%s%s.npy", t->dir, det->name, tag, results[i].name);
		rc = calib_str_check(&path, err);
		if (rc >= 0)
			rc = calib_nda_alloc(&nda, results[i].type, det->ndim, det->dim, err);
		if (rc >= 0) {
			fill(nda.data, s, results[i].what, det->npixels);
			rc = calib_nda_save(&nda, path.s, NULL, t->flags, err);
		}
		calib_nda_release(&nda);
	}
	calib_str_release(&path);
	return rc;
}

int sim_truth_step(struct sim_truth *t, const struct sim_det *det, unsigned step,
                   struct calib_err *err)
{
	char tag[32];
	int rc;

	if (!t->has_steps)
		return CALIB_OK;
	snprintf(tag, sizeof tag, "step%u-", step);
	rc = save(t, &t->step, det, tag, err);
	t->step.n = 0;
	memset(t->step.s1, 0, t->npixels * sizeof *t->step.s1);
	memset(t->step.s2, 0, t->npixels * sizeof *t->step.s2);
	memset(t->step.lo, 0xff, t->npixels * sizeof *t->step.lo);
	memset(t->step.hi, 0, t->npixels * sizeof *t->step.hi);
	return rc;
}

int sim_truth_save(struct sim_truth *t, const struct sim_det *det, struct calib_err *err)
{
	int rc = save(t, &t->all, det, "", err);

	if (rc >= 0 && t->has_clean)
		rc = save(t, &t->clean, det, "clean-", err);
	return rc;
}

/* source, what, event, pixel; -1: does not apply */
int sim_truth_row(struct calib_out *out, const struct sim_det *det, const char *what,
                  long long event, long long pixel, struct calib_err *err)
{
	int rc = calib_out_printf(out, err, "%s\t%s\t", det->name, what);

	if (rc >= 0)
		rc = event < 0 ? calib_out_printf(out, err, "-\t")
			       : calib_out_printf(out, err, "%lld\t", event);
	if (rc >= 0)
		rc = pixel < 0 ? calib_out_printf(out, err, "-\n")
			       : calib_out_printf(out, err, "%lld\n", pixel);
	return rc;
}

int sim_truth_pixels(struct calib_out *out, const struct sim_det *det, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < det->npixels && rc >= 0; i++) {
		enum sim_class c = sim_model_class(det->model, i);

		if (c != SIM_NORMAL)
			rc = sim_truth_row(out, det, sim_class_name[c], -1, (long long)i, err);
	}
	return rc;
}
