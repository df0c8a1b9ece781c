/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_cmode.c - the noise without what all pixels of a bank do together
 *
 * In every array the common mode of a bank is the median, over its pixels that have noise and whose
 * value is inside the gate, of value minus centre.  It is a whole number of quarters of an ADU, so
 * sums of corrected values are whole numbers too, and exact. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algo/dark_int.h"
#include "base/mem.h"

/* Half ADU from the centre, made positive: less than 2^19.  The median is found by its upper 10
 * bits first, then by the lower 9. */
enum { ABOVE_ZERO = 1 << 18, LOW_BITS = 9, NHIGH = 1 << 10, NLOW = 1 << LOW_BITS };

struct counts { uint32_t high[NHIGH], low[NLOW], n, below; uint32_t bin, next; };

struct pass {
	struct calib_dark *dark;
	const struct calib_dark_block *block;
	const size_t *frame;		/* those of the block that count */
	size_t nframes;
	int32_t *mode;			/* [frame][bank], quarters of an ADU */
};

int calib_cmode_init(struct calib_dark *d, struct calib_err *err)
{
	const struct calib_dark_shape *s = &d->shape;
	size_t banks = 1;

	if (d->params.algo != CALIB_ALGO_ROBUST)
		return calib_fail(err, CALIB_EINVAL, "the common mode is measured by the algorithm "
		                  "robust only, not by %s", calib_algo_name(d->params.algo));
	for (int k = 0; k < s->ndim; k++)
		banks *= s->dim[k] / s->bank[k];
	d->nbanks = s->ndim > 0 ? banks : s->nsegments;
	if (d->nbanks > UINT16_MAX)
		return calib_fail(err, CALIB_ESHAPE, "%zu banks of pixels are too many for a "
		                  "common mode", d->nbanks);
	d->bank = calib_alloc(s->size, sizeof *d->bank, "banks", err);
	d->c1 = calib_alloc(s->size, sizeof *d->c1, "sums", err);
	d->c2 = calib_alloc(s->size, sizeof *d->c2, "sums", err);
	if (d->bank == NULL || d->c1 == NULL || d->c2 == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < s->size; i++) {
		size_t rest = i, bank = 0, step = 1;

		for (int k = s->ndim - 1; k >= 0; k--) {
			bank += rest % s->dim[k] / s->bank[k] * step;
			step *= s->dim[k] / s->bank[k];
			rest /= s->dim[k];
		}
		d->bank[i] = (uint16_t)(s->ndim > 0 ? bank : i / s->segment);
	}
	return CALIB_OK;
}

static int32_t value(const struct calib_dark *d, uint16_t word)
{
	return d->is_signed ? (int16_t)word : word;
}

static bool inside(const struct calib_dark *d, size_t i, uint16_t word)
{
	int32_t x = value(d, word);

	return x >= value(d, d->lo[i]) && x <= value(d, d->hi[i]);
}

/* ---- the common mode of one array in one segment ---- */

static uint32_t deviation(const struct calib_dark *d, size_t i, uint16_t word)
{
	return (uint32_t)(2 * value(d, word) - (int32_t)(2 * d->med[i]) + ABOVE_ZERO);
}

/* Which of the upper bits hold the two middle values; below: how many lie under the first. */
static void find_bins(struct counts *c)
{
	uint32_t seen = 0, first = (c->n - 1) / 2, second = c->n / 2;

	for (uint32_t b = 0; b < NHIGH; b++) {
		if (seen <= first && first < seen + c->high[b]) {
			c->bin = b;
			c->below = seen;
		}
		if (seen <= second && second < seen + c->high[b])
			c->next = b;
		seen += c->high[b];
	}
}

/* The k-th smallest of the lower bits; NLOW: there are not so many. */
static uint32_t low_kth(const struct counts *c, uint32_t k)
{
	for (uint32_t b = 0; b < NLOW; b++) {
		if (k < c->low[b])
			return b;
		k -= c->low[b];
	}
	return NLOW;
}

/* least: the smallest value in the bin of the second middle one, when that is another bin. */
static int32_t middle(const struct counts *c, uint32_t least)
{
	uint32_t first = (c->n - 1) / 2 - c->below, second = c->n / 2 - c->below;
	uint32_t a = c->bin << LOW_BITS | low_kth(c, first);
	uint32_t b = c->next == c->bin ? c->bin << LOW_BITS | low_kth(c, second) : least;

	return (int32_t)(a + b) - 2 * ABOVE_ZERO;
}

static void median_of_banks(const struct calib_dark *d, const struct calib_tile *segment,
                            const uint16_t *words, struct counts *c, uint32_t *least,
                            int32_t *mode)
{
	size_t per = d->nbanks / d->shape.nsegments, first = segment->segment * per;

	memset(c, 0, per * sizeof *c);
	for (size_t i = 0; i < segment->n; i++) {
		size_t at = segment->first + i;

		if (d->unused[at] == 0 && inside(d, at, words[i])) {
			struct counts *bank = &c[d->bank[at] - first];

			bank->high[deviation(d, at, words[i]) >> LOW_BITS]++;
			bank->n++;
		}
	}
	for (size_t b = 0; b < per; b++) {
		least[b] = UINT32_MAX;
		if (c[b].n > 0)
			find_bins(&c[b]);
	}
	for (size_t i = 0; i < segment->n; i++) {
		size_t at = segment->first + i, b = d->bank[at] - first;
		uint32_t v;

		if (d->unused[at] != 0 || !inside(d, at, words[i]))
			continue;
		v = deviation(d, at, words[i]);
		if (v >> LOW_BITS == c[b].bin)
			c[b].low[v & (NLOW - 1)]++;
		else if (v >> LOW_BITS == c[b].next && v < least[b])
			least[b] = v;
	}
	for (size_t b = 0; b < per; b++)
		mode[first + b] = c[b].n > 0 ? middle(&c[b], least[b]) : 0;
}

static int mode_job(void *ctx, size_t job, void *buffer, struct calib_err *err)
{
	struct pass *p = ctx;
	const struct calib_dark *d = p->dark;
	size_t frame = job / d->shape.nsegments, s = job % d->shape.nsegments;
	size_t per = d->nbanks / d->shape.nsegments;
	struct calib_tile segment = {s * d->shape.segment, d->shape.segment, (uint32_t)s};
	struct counts *counts = buffer;
	uint32_t *least = (uint32_t *)(void *)(counts + per);
	uint16_t *words = (uint16_t *)(void *)(least + per);
	const uint16_t *loaded;
	int rc = calib_dark_load(d, p->block, p->frame[frame], 1, &segment, words, &loaded, NULL,
	                         err);

	if (rc >= 0)
		median_of_banks(d, &segment, loaded, counts, least, p->mode + frame * d->nbanks);
	return rc;
}

/* ---- sums of what is left ---- */

static int sum_job(void *ctx, size_t t, void *buffer, struct calib_err *err)
{
	struct pass *p = ctx;
	struct calib_dark *d = p->dark;
	const struct calib_tile *tile = &d->tile[t];

	for (size_t f = 0; f < p->nframes; f++) {
		const int32_t *mode = p->mode + f * d->nbanks;
		const uint16_t *words;
		int rc = calib_dark_load(d, p->block, p->frame[f], 1, tile, buffer, &words, NULL,
		                         err);

		if (rc < 0)
			return rc;
		for (size_t i = 0; i < tile->n; i++) {
			size_t at = tile->first + i;
			int64_t left;

			if (!inside(d, at, words[i]))
				continue;
			left = 4 * (int64_t)value(d, words[i]) - mode[d->bank[at]];
			d->c1[at] += left;
			d->c2[at] += (uint64_t)(left * left);
		}
	}
	return CALIB_OK;
}

int calib_cmode_add(struct calib_dark *d, const struct calib_dark_block *block, const bool *skip,
                    struct calib_err *err)
{
	size_t per = d->nbanks / d->shape.nsegments;
	size_t *frame = calib_alloc(block->nframes, sizeof *frame, "frames", err);
	struct pass p = {d, block, frame, 0, NULL};
	struct calib_tilejob modes = {mode_job, &p, 0, 0}, sums = {sum_job, &p, CALIB_TILE * 2, 0};
	int rc = frame ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < block->nframes && rc >= 0; i++)
		if (skip == NULL || !skip[i])
			frame[p.nframes++] = i;
	if (rc >= 0 && p.nframes > 0) {
		p.mode = calib_alloc(p.nframes * d->nbanks, sizeof *p.mode, "common mode", err);
		rc = p.mode ? CALIB_OK : CALIB_ENOMEM;
		modes.count = p.nframes * d->shape.nsegments;
		modes.buffer = per * (sizeof(struct counts) + 4) + d->shape.segment * 2;
		if (rc >= 0)
			rc = calib_dark_jobs(d, &modes, err);
		if (rc >= 0)
			rc = calib_dark_tiles(d, &sums, err);
	}
	free(p.mode);
	free(frame);
	return rc;
}

/* The sums give way to the result, as those of finish_words() do. */
double *calib_cmode_finish(struct calib_dark *d)
{
	double *rms = (double *)(void *)d->c1;

	for (size_t i = 0; i < d->shape.size; i++) {
		double n = d->acc.n[i], mean = n > 0 ? (double)d->c1[i] / n : 0;
		double v = n > 0 ? (double)d->c2[i] / n - mean * mean : 0;
		double r = v > 0 ? sqrt(v) / 4 : 0;

		memcpy(&rms[i], &r, sizeof r);
	}
	return rms;
}
