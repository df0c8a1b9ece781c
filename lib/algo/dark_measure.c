/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_measure.c - the trace of a run while its frames are added
 *
 * A few runs of pixels in every tile stand for the segment, which costs little while the tile is in
 * the cache.  All algorithms have the same trace; the frame test of robust is another thing, which
 * follows the spread of each pixel. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algo/dark_int.h"
#include "base/mem.h"
#include "base/median.h"
#include "kern/stat.h"

/* Of a tile: runs of pixels, evenly spread.  320 pixels in a segment of CSPAD or more; the mean
 * of their deviations is known to 6 % of the noise of one. */
enum { RUNS = 4, RUN = 32, PIXELS = RUNS * RUN, FIRST = CALIB_MEASURE_FIRST };
#define LEAST_NOISE 0.3			/* ADU: what counting in whole ADU makes */
#define CLIP 50				/* noises: no pixel alone moves the mean by 0.1 */
#define MOST_CLIP 65536			/* ADU: more does not occur */

struct calib_measure {
	/* [tile * PIXELS + i] in halves of an ADU; clip 0: the pixel does not take part */
	int32_t *ref, *clip;
	size_t *pixels;			/* [segment] that take part */
	double *part;			/* [frame * ntiles + tile] of a block under way, or NULL */
};

/* Run r of a tile: its first pixel and how many. */
static size_t run_of(const struct calib_tile *tile, int r, size_t *first)
{
	if (tile->n <= PIXELS) {
		*first = (size_t)r * RUN;
		return *first >= tile->n ? 0 : tile->n - *first < RUN ? tile->n - *first : RUN;
	}
	*first = tile->n * (size_t)(2 * r + 1) / (2 * RUNS) - RUN / 2;
	return RUN;
}

int calib_measure_new(struct calib_dark *d, struct calib_err *err)
{
	struct calib_measure *m = calib_alloc(1, sizeof *m, "trace", err);

	d->measure = m;
	if (m == NULL)
		return CALIB_ENOMEM;
	m->ref = calib_alloc(d->ntiles * PIXELS, sizeof *m->ref, "trace", err);
	m->clip = calib_alloc(d->ntiles * PIXELS, sizeof *m->clip, "trace", err);
	m->pixels = calib_alloc(d->shape.nsegments, sizeof *m->pixels, "trace", err);
	if (m->ref == NULL || m->clip == NULL || m->pixels == NULL)
		return CALIB_ENOMEM;
	return calib_trace_new(&d->trace, d->shape.nsegments, err);
}

void calib_measure_free(struct calib_dark *d)
{
	if (d->measure != NULL) {
		free(d->measure->ref);
		free(d->measure->clip);
		free(d->measure->pixels);
		free(d->measure->part);
	}
	free(d->measure);
	d->measure = NULL;
}

/* ---- reference and noise from the first frames, or from those of the sample ---- */

struct first {
	struct calib_dark *dark;
	const struct calib_dark_block *block;
	size_t n, frame[FIRST];
	float *word;			/* [(tile * PIXELS + i) * FIRST + frame] */
};

static int read_first(void *ctx, size_t t, void *buffer, struct calib_err *err)
{
	const struct first *f = ctx;
	const struct calib_dark *d = f->dark;

	for (size_t j = 0; j < f->n; j++)
		for (int r = 0; r < RUNS; r++) {
			struct calib_tile run = d->tile[t];
			size_t first, n = run_of(&run, r, &first);
			float *to = f->word + (t * PIXELS + (size_t)r * RUN) * FIRST + j;
			const uint16_t *words;
			int rc;

			if (n == 0)
				continue;
			run.first += first;
			run.n = n;
			rc = calib_dark_load(d, f->block, f->frame[j], 1, &run, buffer, &words,
			                     NULL, err);
			if (rc < 0)
				return rc;
			for (size_t i = 0; i < n; i++)
				to[i * FIRST] = d->is_signed ? (float)(int16_t)words[i]
				                             : (float)words[i];
		}
	return CALIB_OK;
}

/* The difference of two frames has the noise of a pixel twice, and nothing of what all pixels of
 * the segment have in common.  Clipped, so that a few bad pixels do not matter. */
static double noise_of_pair(double *v, double *work, size_t n)
{
	double med, clip, sum = 0;

	memcpy(work, v, n * sizeof *v);
	med = calib_median(work, n);
	for (size_t i = 0; i < n; i++)
		work[i] = v[i] = fabs(v[i] - med);
	clip = 4 * fmax(calib_median(work, n), 1);
	for (size_t i = 0; i < n; i++)
		sum += fmin(v[i], clip) * fmin(v[i], clip);
	return sqrt(sum / (double)n / 2);
}

/* Pixels of the tiles of a segment, room for all. */
struct pick { size_t *at, n; };

static double noise_of_segment(const struct first *f, const struct pick *p, double *v)
{
	double pair[FIRST / 2];
	size_t npairs = f->n / 2;

	for (size_t j = 0; j < npairs; j++) {
		for (size_t i = 0; i < p->n; i++)
			v[i] = (double)f->word[p->at[i] * FIRST + 2 * j + 1]
			       - (double)f->word[p->at[i] * FIRST + 2 * j];
		pair[j] = noise_of_pair(v, v + p->n, p->n);
	}
	return fmax(calib_median(pair, npairs), LEAST_NOISE);
}

/* All pixels of the sample of a segment, or, with only_live, those that are not constant. */
static void pick(struct pick *p, const struct first *f, size_t segment, bool only_live)
{
	const struct calib_dark *d = f->dark;

	p->n = 0;
	for (size_t t = 0; t < d->ntiles; t++)
		for (int r = 0; r < RUNS && d->tile[t].segment == segment; r++) {
			size_t first, n = run_of(&d->tile[t], r, &first);

			for (size_t i = 0; i < n; i++) {
				size_t at = t * PIXELS + (size_t)r * RUN + i;
				bool live = !only_live;

				for (size_t j = 1; j < f->n && !live; j++)
					live = f->word[at * FIRST + j] != f->word[at * FIRST];
				if (live)
					p->at[p->n++] = at;
			}
		}
}

static void set_segment(const struct first *f, size_t segment, struct pick *p, double *v)
{
	struct calib_measure *m = f->dark->measure;
	size_t all;
	double noise;

	pick(p, f, segment, false);
	all = p->n;
	pick(p, f, segment, true);
	if (p->n < all / 10 + 1)	/* data without noise: all of them count */
		pick(p, f, segment, false);
	noise = noise_of_segment(f, p, v);
	f->dark->trace->noise[segment] = noise;
	m->pixels[segment] = p->n;
	for (size_t i = 0; i < p->n; i++) {
		const float *word = f->word + p->at[i] * FIRST;

		for (size_t j = 0; j < f->n; j++)
			v[j] = (double)word[j];
		m->ref[p->at[i]] = (int32_t)lrint(2 * calib_median(v, f->n));
		m->clip[p->at[i]] = (int32_t)lrint(2 * fmin(CLIP * noise, MOST_CLIP));
	}
}

int calib_measure_first(struct calib_dark *d, const struct calib_dark_block *block,
                        struct calib_err *err)
{
	struct first f = {.dark = d, .block = block};
	struct calib_tilejob job = {read_first, &f, RUN * sizeof(uint16_t), 0};
	struct pick p = {NULL, 0};
	size_t n = d->ntiles * PIXELS;
	double *v = NULL;
	int rc = CALIB_OK;

	f.n = block->nframes < FIRST ? block->nframes : FIRST;
	if (f.n < 2)			/* nothing to compare with: the trace stays empty */
		return CALIB_OK;
	for (size_t j = 0; j < f.n; j++)
		f.frame[j] = j * block->nframes / f.n;
	f.word = calib_alloc(n * FIRST, sizeof *f.word, "trace", err);
	p.at = calib_alloc(n, sizeof *p.at, "trace", err);
	v = calib_alloc(2 * n + FIRST, sizeof *v, "trace", err);
	if (f.word == NULL || p.at == NULL || v == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = calib_dark_tiles(d, &job, err);
	for (size_t k = 0; k < d->shape.nsegments && rc >= 0; k++)
		set_segment(&f, k, &p, v);
	free(f.word);
	free(p.at);
	free(v);
	return rc;
}

/* ---- frames as they are added ---- */

void calib_dark_reduce(const struct calib_dark *d, const double *part, size_t nframes,
                       const size_t *pixels, size_t stride, double *out)
{
	size_t nseg = d->shape.nsegments;

	memset(out, 0, nframes * nseg * sizeof *out);
	for (size_t f = 0; f < nframes; f++) {
		/* in the order of the tiles, whichever thread was first */
		for (size_t t = 0; t < d->ntiles; t++)
			out[f * nseg + d->tile[t].segment] += part[f * d->ntiles + t];
		for (size_t k = 0; k < nseg; k++) {
			const void *at = (const char *)pixels + k * stride;
			size_t n = *(const size_t *)at;

			if (n > 0)
				out[f * nseg + k] /= (double)n;
		}
	}
}

bool calib_measure_known(const struct calib_dark *d)
{
	return d->measure != NULL && d->trace->noise[0] > 0;
}

int calib_measure_begin(struct calib_dark *d, size_t nframes, struct calib_err *err)
{
	struct calib_measure *m = d->measure;

	if (!calib_measure_known(d))
		return CALIB_OK;
	m->part = calib_alloc(nframes * d->ntiles, sizeof *m->part, "trace", err);
	return m->part ? CALIB_OK : CALIB_ENOMEM;
}

/* Sum over a run of pixels, number 'at' and following of the sample. */
static double clipped(const struct calib_dark *d, size_t at, const uint16_t *words, size_t n)
{
	return calib_kern_offset(words, n, d->is_signed, d->measure->ref + at,
	                         d->measure->clip + at) / 2.0;
}

void calib_measure_tile(const struct calib_dark *d, size_t t, size_t frame, const uint16_t *words)
{
	const struct calib_measure *m = d->measure;
	double sum = 0;

	if (m == NULL || m->part == NULL)
		return;
	for (int r = 0; r < RUNS; r++) {
		size_t first, n = run_of(&d->tile[t], r, &first);
		size_t at = t * PIXELS + (size_t)r * RUN;

		if (n > 0)
			sum += clipped(d, at, words + first, n);
	}
	m->part[frame * d->ntiles + t] = sum;
}

/* The pixels of the trace alone. */
struct alone { struct calib_dark *dark; const struct calib_dark_block *block; };

static int measure_alone(void *ctx, size_t t, void *buffer, struct calib_err *err)
{
	const struct alone *a = ctx;
	const struct calib_dark *d = a->dark;
	const struct calib_measure *m = d->measure;

	for (size_t f = 0; f < a->block->nframes; f++) {
		double *sum = &m->part[f * d->ntiles + t];

		for (int r = 0; r < RUNS; r++) {
			struct calib_tile run = d->tile[t];
			size_t first, n = run_of(&d->tile[t], r, &first);
			size_t at = t * PIXELS + (size_t)r * RUN;
			const uint16_t *words;
			int rc;

			if (n == 0)
				continue;
			run.first += first;
			run.n = n;
			rc = calib_dark_load(d, a->block, f, 1, &run, buffer, &words, NULL, err);
			if (rc < 0)
				return rc;
			*sum += clipped(d, at, words, n);
		}
	}
	return CALIB_OK;
}

int calib_measure_block(struct calib_dark *d, const struct calib_dark_block *block, double *all,
                        struct calib_err *err)
{
	struct alone a = {d, block};
	struct calib_tilejob job = {measure_alone, &a, RUN * sizeof(uint16_t), 0};
	struct calib_measure *m = d->measure;
	int rc = calib_measure_begin(d, block->nframes, err);

	if (rc >= 0)
		rc = calib_dark_tiles(d, &job, err);
	if (rc >= 0)
		calib_dark_reduce(d, m->part, block->nframes, m->pixels, sizeof *m->pixels, all);
	free(m->part);
	m->part = NULL;
	return rc;
}

static int note(struct calib_dark *d, const struct calib_dark_block *block, const double *all,
                struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t f = 0; f < block->nframes && rc >= 0; f++) {
		struct calib_framemark mark = {CALIB_LIGHT_UNKNOWN, 0};

		if (block->mark != NULL)
			block->mark(block->ctx, f, &mark);
		rc = calib_trace_add(d->trace, d->frames + f, all + f * d->shape.nsegments, &mark,
		                     err);
	}
	return rc;
}

int calib_measure_end(struct calib_dark *d, const struct calib_dark_block *block,
                      struct calib_err *err)
{
	struct calib_measure *m = d->measure;
	double *all;
	int rc;

	if (m == NULL || m->part == NULL)
		return CALIB_OK;
	all = calib_alloc(block->nframes * d->shape.nsegments, sizeof *all, "trace", err);
	if (all == NULL)
		return CALIB_ENOMEM;
	calib_dark_reduce(d, m->part, block->nframes, m->pixels, sizeof *m->pixels, all);
	rc = note(d, block, all, err);
	free(m->part);
	m->part = NULL;
	free(all);
	return rc;
}
