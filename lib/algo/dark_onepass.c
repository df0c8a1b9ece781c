/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_onepass.c - robust: frames are added and measured in one reading
 *
 * Whether a frame is bright is known only when all of it was seen.  Bright frames are rare, so all
 * frames of a block are added at once, and those that turn out bright are taken out again: sums and
 * counts are exact, so they subtract; the extremes are made anew from those before the block. */
#include <stdlib.h>
#include <string.h>

#include "algo/dark_int.h"
#include "base/mem.h"
#include "kern/stat.h"
#include "kern/sum_avx2.h"

#define SIGMA_OF_MAD 1.4826
#define STRIP 4096u /* pixels whose centre and spread stay in the cache for all frames */

struct onepass {
	struct calib_dark *dark;
	const struct calib_dark_block *block;
	double *part;			/* [frame * ntiles + tile] */
	const bool *skip;
};

/* The frame test for pixels from 'at' on. */
static struct calib_kern_test test_of(const struct calib_dark *d, size_t at, size_t n)
{
	struct calib_kern_test t = {.lo = d->lo + at, .hi = d->hi + at, .unused = d->unused + at,
		.med = d->med + at, .mad = d->absdev + at,
		.k = (float)(d->params.gate_k * SIGMA_OF_MAD), .least = (float)d->params.gate_min};

	for (size_t i = 0; i < n; i++)
		t.base += t.unused[i] ? 0 : (double)t.med[i];
	return t;
}

/* The clipped deviations of k frames of a tile, which are added to theirs of this tile. */
static void measure(const struct onepass *o, const struct calib_tile *tile, size_t t, size_t first,
                    const uint16_t *const *frame, size_t k)
{
	const struct calib_dark *d = o->dark;

	for (size_t at = 0; at < tile->n; at += STRIP) {
		size_t n = tile->n - at < STRIP ? tile->n - at : STRIP, whole = n & ~(size_t)15;
		struct calib_kern_test test = test_of(d, tile->first + at, whole);

		for (size_t f = 0; f < k; f++) {
			double *part = &o->part[(first + f) * d->ntiles + t], sum;
			size_t from = 0;

			if (calib_kern_avx2()
			    && calib_kern_inside(frame[f] + at, whole, d->is_signed, &test, &sum)) {
				*part += sum;
				from = whole;
			}
			*part += calib_kern_clipped(frame[f] + at + from, n - from, d->is_signed,
			                            test.med + from, test.mad + from, test.k,
			                            test.least);
		}
	}
}

static int add_tile(void *ctx, size_t t, void *buffer, struct calib_err *err)
{
	const struct onepass *o = ctx;
	struct calib_dark *d = o->dark;
	const struct calib_tile *tile = &d->tile[t];
	const struct calib_kern_acc acc = calib_dark_shifted(&d->acc, tile->first);
	const struct calib_kern_limits lim = calib_dark_limits(d, tile->first);
	size_t nframes = o->block->nframes;

	memcpy(d->old_min + tile->first, acc.min, tile->n * sizeof *acc.min);
	memcpy(d->old_max + tile->first, acc.max, tile->n * sizeof *acc.max);
	for (size_t i = 0; i < nframes; i += CALIB_KERN_FRAMES) {
		size_t k = nframes - i < CALIB_KERN_FRAMES ? nframes - i : CALIB_KERN_FRAMES;
		const uint16_t *frame[CALIB_KERN_FRAMES];
		int rc = calib_dark_load(d, o->block, i, k, tile, buffer, frame,
		                         calib_dark_badgain(d, tile), err);

		if (rc < 0)
			return rc;
		measure(o, tile, t, i, frame, k);
		for (size_t f = 0; f < k; f++)
			calib_measure_tile(d, t, i + f, frame[f]);
		calib_kern_add(frame, k, tile->n, d->is_signed, &lim, &acc);
	}
	return CALIB_OK;
}

int calib_robust_sums(struct calib_dark *d, const struct calib_dark_block *block, double *out,
                      struct calib_err *err)
{
	struct onepass o = {d, block, NULL, NULL};
	struct calib_tilejob job = {add_tile, &o,
				    CALIB_TILE * CALIB_KERN_FRAMES * sizeof(uint16_t), 0};
	int rc = CALIB_OK;

	if (d->old_min == NULL)
		d->old_min = calib_alloc(d->shape.size, sizeof *d->old_min, "extremes", err);
	if (d->old_max == NULL)
		d->old_max = calib_alloc(d->shape.size, sizeof *d->old_max, "extremes", err);
	o.part = calib_alloc(block->nframes * d->ntiles, sizeof *o.part, "frame test", err);
	if (d->old_min == NULL || d->old_max == NULL || o.part == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = calib_dark_tiles(d, &job, err);
	if (rc >= 0)
		calib_robust_reduce(d, o.part, block->nframes, out);
	free(o.part);
	return rc;
}

/* Accumulators of one tile, in the thread's buffer. */
struct scratch {
	int64_t s1[CALIB_TILE];
	uint64_t s2[CALIB_TILE];
	uint32_t n[CALIB_TILE], nlo[CALIB_TILE], nhi[CALIB_TILE], badgain[CALIB_TILE];
	uint16_t min[CALIB_TILE], max[CALIB_TILE], words[CALIB_TILE];
};

static int undo_tile(void *ctx, size_t t, void *buffer, struct calib_err *err)
{
	const struct onepass *o = ctx;
	const struct calib_dark *d = o->dark;
	const struct calib_tile *tile = &d->tile[t];
	const struct calib_kern_acc acc = calib_dark_shifted(&d->acc, tile->first);
	const struct calib_kern_limits lim = calib_dark_limits(d, tile->first);
	uint32_t *badgain = calib_dark_badgain(d, tile);
	struct scratch *s = buffer;
	/* bright frames: sums to subtract; the others: extremes; what is left over goes nowhere */
	const struct calib_kern_acc bright = {s->s1, s->s2, s->n, s->nlo, s->nhi, s->min, s->max};
	struct calib_kern_acc good = bright, gone = bright;

	if (d->share)
		gone = calib_dark_shifted(&d->gone.acc, tile->first);
	memset(s, 0, sizeof *s);
	memcpy(acc.min, d->old_min + tile->first, tile->n * sizeof *acc.min);
	memcpy(acc.max, d->old_max + tile->first, tile->n * sizeof *acc.max);
	good.min = acc.min;
	good.max = acc.max;
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < o->block->nframes; i++) {
			const uint16_t *frame;
			int rc;

			if (o->skip[i] != (pass == 0))
				continue;
			rc = calib_dark_load(d, o->block, i, 1, tile, s->words, &frame,
			                     badgain && pass == 0 ? s->badgain : NULL, err);
			if (rc < 0)
				return rc;
			if (pass == 0 && d->share)
				calib_kern_add(&frame, 1, tile->n, d->is_signed, &lim, &gone);
			calib_kern_add(&frame, 1, tile->n, d->is_signed, &lim,
			               pass == 0 ? &bright : &good);
		}
		for (size_t i = 0; i < tile->n && pass == 0; i++) {
			acc.s1[i] -= s->s1[i];
			acc.s2[i] -= s->s2[i];
			acc.n[i] -= s->n[i];
			acc.nlo[i] -= s->nlo[i];
			acc.nhi[i] -= s->nhi[i];
			if (badgain != NULL)
				badgain[i] -= s->badgain[i];
			if (badgain != NULL && d->share)
				d->gone.badgain[tile->first + i] += s->badgain[i];
		}
	}
	return CALIB_OK;
}

void calib_robust_done(struct calib_dark *d)
{
	free(d->old_min);
	free(d->old_max);
	d->old_min = d->old_max = NULL;
}

int calib_robust_undo(struct calib_dark *d, const struct calib_dark_block *block, const bool *skip,
                      struct calib_err *err)
{
	struct onepass o = {d, block, NULL, skip};
	struct calib_tilejob job = {undo_tile, &o, sizeof(struct scratch), 0};

	bool any = false;

	for (size_t i = 0; i < block->nframes; i++)
		any |= skip[i];
	if (any && d->share && d->gone.acc.s1 == NULL
	    && calib_dark_sums_new(&d->gone, d->shape.size, d->is_signed, d->badgain != NULL,
	                           err) < 0)
		return CALIB_ENOMEM;
	return any ? calib_dark_tiles(d, &job, err) : CALIB_OK;
}
