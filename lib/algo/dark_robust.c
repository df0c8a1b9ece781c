/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_robust.c - the default algorithm: sample, gates, and the test of whole frames
 *
 * The gate is wide (6 sigma) and centred on a median, so Gaussian noise is not cut and the rms is
 * not biased; one bright event does not move a median.  What a bright event does move is every
 * pixel at once, so it is found as a frame and left out as a whole. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algo/dark_int.h"
#include "base/mem.h"
#include "base/median.h"
#include "kern/stat.h"

#define SIGMA_OF_MAD CALIB_SIGMA_OF_MAD

/* ---- centre and spread of every pixel ---- */

struct sample {
	struct calib_dark *dark;
	const struct calib_dark_block *block;
	double *part;			/* [frame][tile]: clipped sums of the frame test */
};

static int centre_tile(void *ctx, size_t t, void *buffer, struct calib_err *err)
{
	struct sample *s = ctx;
	struct calib_dark *d = s->dark;
	const struct calib_tile *tile = &d->tile[t];
	size_t nf = s->block->nframes, n = tile->n;
	uint32_t *twice = buffer, *mad4 = twice + CALIB_TILE;
	uint16_t *words = (uint16_t *)(mad4 + CALIB_TILE);
	const uint16_t *frame[CALIB_SAMPLE];
	double shift = d->is_signed ? 32768 : 0;
	int rc = calib_dark_load(d, s->block, 0, nf, tile, words, frame, NULL, err);

	if (rc < 0)
		return rc;
	if (d->is_signed)
		calib_kern_flip(words, nf * n);
	calib_kern_median(frame, nf, n, twice);
	calib_kern_mad(frame, nf, n, twice, mad4);
	for (size_t i = 0; i < n; i++) {
		double med = twice[i] / 2.0 - shift, mad = mad4[i] / 4.0;
		double g = fmax(d->params.gate_k * SIGMA_OF_MAD * mad, d->params.gate_min);

		d->med[tile->first + i] = (float)med;
		d->absdev[tile->first + i] = (float)mad;
		d->unused[tile->first + i] = mad > 0 ? 0 : 0xffff;
		calib_dark_set_gate(d, tile->first + i, med - g, med + g);
	}
	return CALIB_OK;
}

/* ---- the frame test ---- */

static int clipped_tile(void *ctx, size_t t, void *buffer, struct calib_err *err)
{
	struct sample *s = ctx;
	const struct calib_dark *d = s->dark;
	const struct calib_tile *tile = &d->tile[t];
	float k = (float)(d->params.gate_k * SIGMA_OF_MAD), least = (float)d->params.gate_min;

	for (size_t f = 0; f < s->block->nframes; f++) {
		const uint16_t *words;
		int rc = calib_dark_load(d, s->block, f, 1, tile, buffer, &words, NULL,
		                         err);

		if (rc < 0)
			return rc;
		s->part[f * d->ntiles + t] =
			calib_kern_clipped(words, tile->n, d->is_signed, d->med + tile->first,
			                   d->absdev + tile->first, k, least);
	}
	return CALIB_OK;
}

void calib_robust_reduce(const struct calib_dark *d, const double *part, size_t nframes,
                         double *out)
{
	calib_dark_reduce(d, part, nframes, &d->test[0].pixels, sizeof *d->test, out);
}

/* Mean clipped deviation of each frame and segment: out[frame * nsegments + segment]. */
static int deviations(struct calib_dark *d, const struct calib_dark_block *block, double *out,
                      struct calib_err *err)
{
	struct sample s = {d, block, NULL};
	struct calib_tilejob job = {clipped_tile, &s, CALIB_TILE * sizeof(uint16_t), 0};
	int rc;

	s.part = calib_alloc(block->nframes * d->ntiles, sizeof *s.part, "frame test", err);
	if (s.part == NULL)
		return CALIB_ENOMEM;
	rc = calib_dark_tiles(d, &job, err);
	if (rc >= 0)
		calib_robust_reduce(d, s.part, block->nframes, out);
	free(s.part);
	return rc;
}

static int by_float(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Number of pixels that take part in the test of a segment, and their median MAD. */
static int noise_of_segment(const struct calib_dark *d, size_t segment, size_t *pixels,
                            double *mad, struct calib_err *err)
{
	size_t n = d->shape.segment, k = 0;
	float *v = calib_alloc(n, sizeof *v, "frame test", err);

	if (v == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (d->absdev[segment * n + i] > 0)
			v[k++] = d->absdev[segment * n + i];
	qsort(v, k, sizeof *v, by_float);
	*pixels = k;
	*mad = k == 0 ? 0 : k % 2 ? (double)v[k / 2]
	                          : ((double)v[k / 2 - 1] + (double)v[k / 2]) / 2;
	free(v);
	return CALIB_OK;
}

/* Thresholds of the frame test from the sample: centre and width per segment. */
static int set_test(struct calib_dark *d, const struct calib_dark_block *block,
                    struct calib_err *err)
{
	size_t nseg = d->shape.nsegments, nf = block->nframes;
	double *all = calib_alloc(nf * nseg, sizeof *all, "frame test", err);
	double *v = calib_alloc(nf, sizeof *v, "frame test", err);
	double mad = 0;
	int rc = all && v ? CALIB_OK : CALIB_ENOMEM;

	for (size_t k = 0; k < nseg && rc >= 0; k++)
		rc = noise_of_segment(d, k, &d->test[k].pixels, &d->test[k].width, err);
	if (rc >= 0)
		rc = deviations(d, block, all, err);
	for (size_t k = 0; k < nseg && rc >= 0; k++) {
		struct calib_frametest *test = &d->test[k];

		for (size_t f = 0; f < nf; f++)
			v[f] = all[f * nseg + k];
		test->centre = calib_median(v, nf);
		for (size_t f = 0; f < nf; f++)
			v[f] = fabs(all[f * nseg + k] - test->centre);
		mad = calib_median(v, nf);
		test->width =
			fmax(fmax(SIGMA_OF_MAD * mad, 0.02 * SIGMA_OF_MAD * test->width), 0.01);
	}
	free(all);
	free(v);
	return rc;
}

int calib_robust_sample(struct calib_dark *d, const struct calib_dark_block *block,
                        struct calib_err *err)
{
	struct sample s = {d, block, NULL};
	struct calib_tilejob job = {centre_tile, &s, 0, 0};
	int rc;

	if (block->nframes < 8)
		return calib_fail(err, CALIB_EINVAL,
				  "%zu arrays are too few for the algorithm robust, at "
				  "least 8 expected; --algo plain averages what there is",
				  block->nframes);
	if (block->nframes > CALIB_SAMPLE)
		return calib_fail(err, CALIB_EINVAL, "a sample of %zu arrays, at most %u expected",
		                  block->nframes, CALIB_SAMPLE);
	d->med = calib_alloc(d->shape.size, sizeof *d->med, "medians", err);
	d->absdev = calib_alloc(d->shape.size, sizeof *d->absdev, "medians", err);
	d->unused = calib_alloc(d->shape.size, sizeof *d->unused, "frame test", err);
	d->test = calib_alloc(d->shape.nsegments, sizeof *d->test, "frame test", err);
	if (d->med == NULL || d->absdev == NULL || d->unused == NULL || d->test == NULL)
		return CALIB_ENOMEM;
	rc = calib_dark_new_gates(d, err);
	job.buffer = CALIB_TILE * (2 * sizeof(uint32_t) + block->nframes * sizeof(uint16_t));
	if (rc >= 0)
		rc = calib_dark_tiles(d, &job, err);
	if (rc >= 0)
		rc = set_test(d, block, err);
	return rc;
}

static int drop_frame(struct calib_dark *d, uint64_t frame, uint32_t segment, double sigma,
                      struct calib_err *err)
{
	void *list = d->drop;

	if (calib_grow(&list, &d->drop_room, d->ndrops + 1, sizeof *d->drop, "bright events",
	               err) < 0)
		return CALIB_ENOMEM;
	d->drop = list;
	d->drop[d->ndrops++] = (struct calib_dark_drop){frame, segment, sigma};
	return CALIB_OK;
}

/* More than 20 % would go: then the run is not stable, and nothing is dropped at all. */
static int give_up_dropping(struct calib_dark *d, struct calib_err *err)
{
	d->back = calib_alloc(d->ndrops, sizeof *d->back, "bright events", err);
	if (d->back == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < d->ndrops; i++)
		d->back[i] = d->drop[i].frame;
	d->nback = d->ndrops;
	d->ndrops = 0;
	d->unstable = true;
	return CALIB_OK;
}

/* Which frames of the block are bright or dim in any segment? */
static int judge(struct calib_dark *d, const double *all, size_t nframes, bool *skip,
                 struct calib_err *err)
{
	size_t nseg = d->shape.nsegments;
	int rc = CALIB_OK;

	for (size_t f = 0; f < nframes && rc >= 0; f++) {
		double worst = 0;
		size_t at = 0;

		for (size_t k = 0; k < nseg; k++) {
			double s = (all[f * nseg + k] - d->test[k].centre) / d->test[k].width;

			if (fabs(s) > fabs(worst)) {
				worst = s;
				at = k;
			}
		}
		skip[f] = fabs(worst) > d->params.drop_k;
		if (skip[f])
			rc = drop_frame(d, d->frames + f, (uint32_t)at, worst, err);
	}
	return rc;
}

int calib_robust_add(struct calib_dark *d, const struct calib_dark_block *block, bool *skip,
                     struct calib_err *err)
{
	double *all;
	int rc;

	if (d->unstable || d->params.drop_k <= 0)
		return calib_dark_sums(d, block, err);
	all = calib_alloc(block->nframes * d->shape.nsegments, sizeof *all, "frame test", err);
	if (all == NULL)
		return CALIB_ENOMEM;
	rc = calib_robust_sums(d, block, all, err);
	if (rc >= 0)
		rc = judge(d, all, block->nframes, skip, err);
	if (rc >= 0)
		rc = calib_robust_undo(d, block, skip, err);
	if (d->expected > 0 && d->frames + block->nframes >= d->expected)
		calib_robust_done(d);
	free(all);
	return rc;
}

int calib_dark_pending(struct calib_dark *d, const uint64_t **frames, size_t *n,
                       struct calib_err *err)
{
	int rc = CALIB_OK;

	if (!d->unstable && d->ndrops * 5 > d->frames)
		rc = give_up_dropping(d, err);
	*frames = d->back;
	*n = d->nback;
	return rc;
}
