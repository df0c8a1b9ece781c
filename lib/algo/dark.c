/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark.c - the engine: blocks of frames, tiles of pixels, one set of accumulators
 *
 * All algorithms are the same accumulation under a gate that is set at certain frames:
 *   plain         no gate; with stages, the gate around the average of the stage before
 *   gated2016     intensity limits, then +-6 mean rms around the first stage's average
 *   calibrun2024  quantiles of the first block
 *   jungfrau      the same, with wrong gain bits counted
 *   epix10ka      +-6 mean rms of the panel around the average of the first 500 arrays
 *   robust        median and spread of a sample; bright events left out as a whole
 * Source of the first three: lcls-psana/ImgAlgos src/NDArrAverage.cpp; lcls-psana/Detector
 * app/det_ndarr_raw_proc, src/UtilsDarkProc.py. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "algo/dark_int.h"
#include "base/mem.h"

static const char *const algo_names[CALIB_NALGOS] = {
	[CALIB_ALGO_ROBUST] = "robust", [CALIB_ALGO_PLAIN] = "plain",
	[CALIB_ALGO_GATED2016] = "gated2016", [CALIB_ALGO_CALIBRUN2024] = "calibrun2024",
	[CALIB_ALGO_JUNGFRAU] = "jungfrau", [CALIB_ALGO_EPIX10KA] = "epix10ka",
};

int calib_algo_parse(const char *word)
{
	for (int i = 0; i < CALIB_NALGOS; i++)
		if (strcmp(algo_names[i], word) == 0)
			return i;
	return -1;
}

const char *calib_algo_name(enum calib_algo algo)
{
	return algo_names[algo];
}

const char *calib_algo_names(void)
{
	return "robust, plain, gated2016, calibrun2024, jungfrau, epix10ka";
}

bool calib_algo_quantiles(enum calib_algo algo)
{
	return algo == CALIB_ALGO_CALIBRUN2024 || algo == CALIB_ALGO_JUNGFRAU;
}

void calib_dark_defaults(struct calib_dark_params *p, enum calib_algo algo, int bits)
{
	bool reference = algo == CALIB_ALGO_GATED2016 || algo == CALIB_ALGO_CALIBRUN2024;
	bool multi = algo == CALIB_ALGO_JUNGFRAU || algo == CALIB_ALGO_EPIX10KA;

	*p = (struct calib_dark_params){
		.algo = algo, .data_mask = 0xffff,
		.int_lo = multi ? 1 : reference ? 0.1 : 2,
		.int_hi = multi || reference ? 16000 : bits >= 16 ? 65000
		                                                   : (double)(1 << bits) - 2,
		.block = algo == CALIB_ALGO_EPIX10KA ? 1024 : 50, .frac_lo = 0.05, .frac_hi = 0.95,
		.nsigma = 6,
		.stage_events = {1000000, 0},
		.gate_k = 6, .gate_min = 3, .drop_k = 6, .threads = 1,
	};
}

/* ---- tiles and threads ---- */

static int make_tiles(struct calib_dark *d, struct calib_err *err)
{
	size_t per = (d->shape.segment + CALIB_TILE - 1) / CALIB_TILE, k = 0;

	if (calib_mul_size(&d->ntiles, per, d->shape.nsegments, "tiles", err) < 0)
		return CALIB_ENOMEM;
	d->tile = calib_alloc(d->ntiles, sizeof *d->tile, "tiles", err);
	if (d->tile == NULL)
		return CALIB_ENOMEM;
	for (size_t s = 0; s < d->shape.nsegments; s++)
		for (size_t i = 0; i < per; i++) {
			size_t a = d->shape.segment * i / per, b = d->shape.segment * (i + 1) / per;

			d->tile[k++] = (struct calib_tile){s * d->shape.segment + a, b - a,
				(uint32_t)s};
		}
	return CALIB_OK;
}

struct crew {
	const struct calib_tilejob *job;
	size_t count, next;		/* jobs; the next one, taken atomically */
	pthread_mutex_t lock;		/* of rc and err */
	int rc;
	struct calib_err *err;
};

static void *work(void *arg)
{
	struct crew *c = arg;
	struct calib_err err = CALIB_ERR_INIT;
	void *buffer = calib_alloc(c->job->buffer, 1, "tile buffer", &err);
	int rc = buffer ? CALIB_OK : CALIB_ENOMEM;
	size_t t;

	while (rc >= 0 && (t = __atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED)) < c->count)
		rc = c->job->fn(c->job->ctx, t, buffer, &err);
	free(buffer);
	if (rc < 0) {
		__atomic_store_n(&c->next, c->count, __ATOMIC_RELAXED);
		pthread_mutex_lock(&c->lock);
		if (c->rc >= 0) {
			c->rc = rc;
			if (c->err != NULL)
				*c->err = err;
		}
		pthread_mutex_unlock(&c->lock);
	}
	return NULL;
}

static int run_jobs(const struct calib_dark *dark, const struct calib_tilejob *job, size_t count,
                    struct calib_err *err)
{
	struct crew crew = {job, count, 0, PTHREAD_MUTEX_INITIALIZER, CALIB_OK, err};
	pthread_t id[64];
	int want = dark->params.threads, n = 0;

	want = want > 64 ? 64 : want;
	want = (size_t)want > count ? (int)count : want;
	while (n < want - 1 && pthread_create(&id[n], NULL, work, &crew) == 0)
		n++;
	work(&crew);	/* this thread works, too; it alone suffices */
	while (n > 0)
		pthread_join(id[--n], NULL);
	return crew.rc;
}

int calib_dark_tiles(const struct calib_dark *dark, const struct calib_tilejob *job,
                     struct calib_err *err)
{
	return run_jobs(dark, job, dark->ntiles, err);
}

int calib_dark_jobs(const struct calib_dark *dark, const struct calib_tilejob *job,
                    struct calib_err *err)
{
	return run_jobs(dark, job, job->count, err);
}

int calib_dark_load(const struct calib_dark *dark, const struct calib_dark_block *block,
                    size_t a, size_t n, const struct calib_tile *tile, uint16_t *buffer,
                    const uint16_t **frame, uint32_t *badgain, struct calib_err *err)
{
	const struct calib_dark_params *p = &dark->params;

	for (size_t i = 0; i < n; i++) {
		uint16_t *to = buffer + i * tile->n;
		int rc = block->read(block->ctx, a + i, tile->first, tile->n, to, err);

		if (rc < 0)
			return rc;
		if (badgain != NULL)
			calib_kern_differ(to, tile->n, p->gain_mask, p->gain_bits, badgain);
		if (p->data_mask != 0xffff)
			calib_kern_mask(to, tile->n, p->data_mask);
		frame[i] = to;
	}
	return CALIB_OK;
}

uint32_t *calib_dark_badgain(const struct calib_dark *d, const struct calib_tile *tile)
{
	return d->badgain ? d->badgain + tile->first : NULL;
}

/* ---- accumulation ---- */

struct sums { struct calib_dark *dark; const struct calib_dark_block *block; };

struct calib_kern_limits calib_dark_limits(const struct calib_dark *d, size_t first)
{
	/* word-type limits of real numbers: the integers below and above which values count */
	double least = d->is_signed ? -32768 : 0, most = d->is_signed ? 32767 : 65535;
	double below = ceil(d->params.int_lo), above = floor(d->params.int_hi);

	return (struct calib_kern_limits){d->gated ? d->lo + first : NULL,
		d->gated ? d->hi + first : NULL,
		(int32_t)(below < least ? least : below > most ? most : below),
		(int32_t)(above < least ? least : above > most ? most : above)};
}

struct calib_kern_acc calib_dark_shifted(const struct calib_kern_acc *a, size_t by)
{
	return (struct calib_kern_acc){a->s1 + by, a->s2 + by, a->n + by, a->nlo + by,
		a->nhi + by, a->min + by, a->max + by};
}

static int sum_tile(void *ctx, size_t t, void *buffer, struct calib_err *err)
{
	const struct sums *s = ctx;
	const struct calib_dark *d = s->dark;
	const struct calib_tile *tile = &d->tile[t];
	const struct calib_kern_acc acc = calib_dark_shifted(&d->acc, tile->first);
	const struct calib_kern_limits lim = calib_dark_limits(d, tile->first);
	const uint16_t *frame[CALIB_KERN_FRAMES];
	uint16_t *words = buffer;
	size_t k = 0;

	for (size_t i = 0; i < s->block->nframes; i++) {
		int rc = calib_dark_load(d, s->block, i, 1, tile, words + k * tile->n, &frame[k],
		                         calib_dark_badgain(d, tile), err);

		if (rc < 0)
			return rc;
		calib_measure_tile(d, t, i, frame[k]);
		k++;
		if (k == CALIB_KERN_FRAMES || i + 1 == s->block->nframes) {
			calib_kern_add(frame, k, tile->n, d->is_signed, &lim, &acc);
			k = 0;
		}
	}
	return CALIB_OK;
}

int calib_dark_sums(struct calib_dark *dark, const struct calib_dark_block *block,
                    struct calib_err *err)
{
	struct sums s = {dark, block};
	struct calib_tilejob job = {sum_tile, &s,
				    CALIB_TILE * CALIB_KERN_FRAMES * sizeof(uint16_t), 0};

	return calib_dark_tiles(dark, &job, err);
}

static void reset_extremes(struct calib_dark *d)
{
	uint16_t least = d->is_signed ? 0x8000 : 0, most = d->is_signed ? 0x7fff : 0xffff;

	for (size_t i = 0; i < d->shape.size; i++) {
		d->acc.min[i] = most;
		d->acc.max[i] = least;
	}
}

static void reset_sums(struct calib_dark *d)
{
	memset(d->acc.s1, 0, d->shape.size * sizeof *d->acc.s1);
	memset(d->acc.s2, 0, d->shape.size * sizeof *d->acc.s2);
	memset(d->acc.n, 0, d->shape.size * sizeof *d->acc.n);
}

static void reset_counts(struct calib_dark *d)
{
	memset(d->acc.nlo, 0, d->shape.size * sizeof *d->acc.nlo);
	memset(d->acc.nhi, 0, d->shape.size * sizeof *d->acc.nhi);
	if (d->badgain != NULL)
		memset(d->badgain, 0, d->shape.size * sizeof *d->badgain);
	reset_extremes(d);
}

void calib_dark_reset(struct calib_dark *d)
{
	reset_sums(d);
	reset_counts(d);
}

/* The formula and its order of operations are the reference's; integer sums are exact, so the
 * result has its bits.  A negative variance can only be rounding. */
void calib_dark_moments(const struct calib_dark *d, size_t i, double *ave, double *rms)
{
	double n = d->acc.n[i], v;

	*ave = *rms = 0;
	if (d->acc.n[i] == 0)
		return;
	*ave = (double)d->acc.s1[i] / n;
	v = (double)d->acc.s2[i] / n - *ave * *ave;
	*rms = v > 0 ? sqrt(v) : 0;
}

int calib_dark_new_gates(struct calib_dark *d, struct calib_err *err)
{
	if (d->lo == NULL)
		d->lo = calib_alloc(d->shape.size, sizeof *d->lo, "gates", err);
	if (d->hi == NULL)
		d->hi = calib_alloc(d->shape.size, sizeof *d->hi, "gates", err);
	if (d->lo == NULL || d->hi == NULL)
		return CALIB_ENOMEM;
	d->gated = true;
	return CALIB_OK;
}

void calib_dark_set_gate(struct calib_dark *d, size_t i, double lo, double hi)
{
	double least = d->is_signed ? -32768 : 0, most = d->is_signed ? 32767 : 65535;

	lo = ceil(lo);
	hi = floor(hi);
	if (lo > most || hi < least) {	/* nothing can pass */
		lo = most;
		hi = least;
	}
	d->lo[i] = (uint16_t)(int32_t)(lo < least ? least : lo);
	d->hi[i] = (uint16_t)(int32_t)(hi > most ? most : hi);
}

bool calib_dark_gate(const struct calib_dark *d, size_t i, double *lo, double *hi)
{
	if (!d->gated)
		return false;
	*lo = d->is_signed ? (double)(int16_t)d->lo[i] : d->lo[i];
	*hi = d->is_signed ? (double)(int16_t)d->hi[i] : d->hi[i];
	return true;
}

/* ---- stages of plain and gated2016 ---- */

/* |x - ave| <= gate in double arithmetic, as integers: the bound is tried, not computed. */
static void gate_around(struct calib_dark *d, size_t i, double ave, double gate)
{
	double lo = floor(ave - gate) - 1, hi = ceil(ave + gate) + 1;

	while (fabs(lo - ave) > gate && lo <= ave)
		lo += 1;
	while (fabs(hi - ave) > gate && hi >= ave)
		hi -= 1;
	calib_dark_set_gate(d, i, lo, hi);
}

/* End of a stage of NDArrAverage: its averages become the centres of the next gate. */
static int close_plain(struct calib_dark *d, int gate, struct calib_err *err)
{
	double ave, rms;
	int rc = CALIB_OK;

	if (d->real) {
		calib_real_reset(d, gate > 0 ? gate : 0);
		return CALIB_OK;
	}
	d->gated = false;
	if (gate > 0)
		rc = calib_dark_new_gates(d, err);
	for (size_t i = 0; rc >= 0 && gate > 0 && i < d->shape.size; i++) {
		calib_dark_moments(d, i, &ave, &rms);
		gate_around(d, i, ave, gate);
	}
	reset_sums(d);
	reset_counts(d);
	d->used = 0;
	return rc;
}

/* End of the first stage of 2016: +-nsigma times the mean rms of the detector. */
static int close_2016(struct calib_dark *d, struct calib_err *err)
{
	long double total = 0;
	double ave, rms, h;
	int rc = calib_dark_new_gates(d, err);

	for (size_t i = 0; i < d->shape.size; i++) {
		calib_dark_moments(d, i, &ave, &rms);
		total += rms;
	}
	h = d->params.nsigma * (double)(total / (long double)d->shape.size);
	for (size_t i = 0; rc >= 0 && i < d->shape.size; i++) {
		double lo, hi;

		calib_dark_moments(d, i, &ave, &rms);
		lo = trunc(fmax(ave - h, d->params.int_lo));
		hi = trunc(fmin(ave + h, d->params.int_hi));
		calib_dark_set_gate(d, i, lo, hi);
	}
	reset_sums(d);
	return rc;
}

/* What happens before frame number m. */
static int at_boundary(struct calib_dark *d, uint64_t m, struct calib_err *err)
{
	const struct calib_dark_params *p = &d->params;
	uint64_t end0 = p->stage_events[0], end1 = end0 + p->stage_events[1];
	int rc = CALIB_OK;

	if (m == 0)
		return CALIB_OK;
	if (p->algo == CALIB_ALGO_PLAIN) {
		if (m == end0 || (p->stage_events[1] > 0 && m == end1)
		    || (end0 == 0 && m == end1)) {
			rc = close_plain(d, p->stage_gate[m == end0 && end0 > 0 ? 0 : 1], err);
		}
	} else if (p->algo == CALIB_ALGO_GATED2016 && m == p->block) {
		rc = close_2016(d, err);
	}
	return rc;
}

static uint64_t until_boundary(const struct calib_dark *d, uint64_t m)
{
	const struct calib_dark_params *p = &d->params;
	uint64_t marks[2] = {UINT64_MAX, UINT64_MAX}, left = UINT64_MAX;

	if (p->algo == CALIB_ALGO_PLAIN) {
		marks[0] = p->stage_events[0];
		marks[1] = p->stage_events[0] + p->stage_events[1];
	} else if (p->algo == CALIB_ALGO_GATED2016) {
		marks[0] = p->block;
	}
	for (int i = 0; i < 2; i++)
		if (marks[i] > m && marks[i] - m < left)
			left = marks[i] - m;
	return left;
}

/* ---- the public face ---- */

static int alloc_acc(struct calib_dark *d, struct calib_err *err)
{
	struct calib_dark_sums sums;
	int rc = calib_dark_sums_new(&sums, d->shape.size, d->is_signed, d->params.gain_mask != 0,
	                             err);

	d->acc = sums.acc;
	d->badgain = sums.badgain;
	return rc;
}

static int check_params(const struct calib_dark_shape *s, const struct calib_dark_params *p,
                        struct calib_err *err)
{
	if (s->size == 0 || s->nsegments == 0 || s->nsegments * s->segment != s->size)
		return calib_fail(err, CALIB_ESHAPE, "%zu pixels are not %zu segments of %zu",
				  s->size, s->nsegments, s->segment);
	if (s->dtype != CALIB_U8 && s->dtype != CALIB_U16 && s->dtype != CALIB_I16
	    && s->dtype != CALIB_F64)
		return calib_fail(err, CALIB_EINVAL,
				  "data of type %s: 8- or 16-bit integers or float64 "
				  "expected",
				  calib_dtype_name(s->dtype));
	if (s->dtype == CALIB_F64 && p->algo != CALIB_ALGO_PLAIN)
		return calib_fail(err, CALIB_EINVAL,
				  "algorithm %s needs integer data; real numbers are "
				  "averaged by --algo plain",
				  calib_algo_name(p->algo));
	if (!(p->int_lo <= p->int_hi))
		return calib_fail(err, CALIB_EINVAL, "intensity limits %g..%g are reversed",
				  p->int_lo, p->int_hi);
	if (p->threads < 1)
		return calib_fail(err, CALIB_EINVAL, "%d threads, at least 1 expected", p->threads);
	return CALIB_OK;
}

/* A stack of that many is no detector; the trace would not be bounded. */
enum { MOST_SEGMENTS = 4096 };

int calib_dark_new(struct calib_dark **result, const struct calib_dark_shape *shape,
                   const struct calib_dark_params *params, struct calib_err *err)
{
	struct calib_dark *d;
	int rc = check_params(shape, params, err);

	if (rc < 0)
		return rc;
	d = calib_alloc(1, sizeof *d, "dark statistics", err);
	if (d == NULL)
		return CALIB_ENOMEM;
	d->shape = *shape;
	d->params = *params;
	d->real = shape->dtype == CALIB_F64;
	d->most = UINT64_MAX;
	d->is_signed = shape->dtype == CALIB_I16 && (params->data_mask & 0x8000);
	rc = make_tiles(d, err);
	if (rc >= 0)
		rc = d->real ? calib_real_init(d, err) : alloc_acc(d, err);
	if (rc >= 0 && params->check && !d->real && shape->nsegments <= MOST_SEGMENTS)
		rc = calib_measure_new(d, err);
	if (rc >= 0 && params->common_mode)
		rc = calib_cmode_init(d, err);
	if (rc >= 0 && (params->algo == CALIB_ALGO_GATED2016
	                || params->algo == CALIB_ALGO_EPIX10KA)) {
		rc = calib_dark_new_gates(d, err);
		for (size_t i = 0; rc >= 0 && i < shape->size; i++)
			calib_dark_set_gate(d, i, params->int_lo, params->int_hi);
	}
	if (rc < 0) {
		calib_dark_free(d);
		return rc;
	}
	*result = d;
	return CALIB_OK;
}

int calib_dark_new_measure(struct calib_dark **result, const struct calib_dark_shape *shape,
                           const struct calib_dark_params *params, struct calib_err *err)
{
	struct calib_dark *d;
	int rc = check_params(shape, params, err);

	if (rc < 0)
		return rc;
	*result = d = calib_alloc(1, sizeof *d, "dark statistics", err);
	if (d == NULL)
		return CALIB_ENOMEM;
	d->shape = *shape;
	d->params = *params;
	d->is_signed = shape->dtype == CALIB_I16 && (params->data_mask & 0x8000);
	rc = make_tiles(d, err);
	return rc < 0 ? rc : calib_measure_new(d, err);
}

static void forget(void *array)
{
	void *p;

	memcpy(&p, array, sizeof p);
	free(p);
	memset(array, 0, sizeof p);
}

void calib_dark_shrink(struct calib_dark *d)
{
	d->gated = false;
	forget(&d->old_min);
	forget(&d->old_max);
	forget(&d->lo);
	forget(&d->hi);
	forget(&d->unused);
	forget(&d->c2);
	forget(&d->bank);
	calib_measure_free(d);
}

void calib_dark_free(struct calib_dark *d)
{
	struct calib_dark_sums sums;

	if (d == NULL)
		return;
	sums = (struct calib_dark_sums){d->acc, d->badgain};
	free(d->tile);
	calib_dark_sums_free(&sums);
	calib_dark_shrink(d);
	free(d->med);
	free(d->absdev);
	free(d->test);
	free(d->drop);
	free(d->back);
	free(d->c1);
	calib_dark_sums_free(&d->gone);
	calib_measure_free(d);
	calib_trace_free(d->trace);
	calib_real_free(d);
	free(d);
}

/* Arrays that E10 uses: of a block the last one collected is dropped. */
static uint64_t epix10ka_uses(const struct calib_dark_params *params, uint64_t nframes)
{
	uint64_t n = nframes != 0 && nframes < params->block ? nframes : params->block;

	return n - 1;
}

size_t calib_dark_wants(const struct calib_dark_params *params, uint64_t nframes, uint64_t *list,
                        size_t room)
{
	uint64_t most = params->algo == CALIB_ALGO_ROBUST ? CALIB_SAMPLE
	                : calib_algo_quantiles(params->algo) ? params->block : 0;
	uint64_t b;

	if (params->algo == CALIB_ALGO_EPIX10KA) {
		most = epix10ka_uses(params, nframes);
		most = most < CALIB_EPIX10KA_FIRST ? most : CALIB_EPIX10KA_FIRST;
	}
	b = nframes != 0 && nframes < most ? nframes : most;

	b = b < room ? b : room;
	for (uint64_t i = 0; i < b; i++)
		list[i] = params->algo == CALIB_ALGO_ROBUST && nframes != 0 ? i * nframes / b : i;
	return (size_t)b;
}

int calib_dark_sample(struct calib_dark *d, const struct calib_dark_block *block,
                      uint64_t nframes, struct calib_err *err)
{
	d->expected = nframes;
	d->sampled = true;
	if (d->measure != NULL && calib_measure_first(d, block, err) < 0)
		return err ? err->code : CALIB_ENOMEM;
	switch (d->params.algo) {
	case CALIB_ALGO_ROBUST:
		return calib_robust_sample(d, block, err);
	case CALIB_ALGO_CALIBRUN2024:
	case CALIB_ALGO_JUNGFRAU:
		return calib_quantile_sample(d, block, err);
	case CALIB_ALGO_EPIX10KA:
		d->most = epix10ka_uses(&d->params, nframes);
		return calib_epix10ka_sample(d, block, err);
	default:
		return CALIB_OK;
	}
}

static int add_some(struct calib_dark *d, const struct calib_dark_block *block,
                    struct calib_err *err)
{
	bool skip[64] = {false};
	uint64_t kept = block->nframes;
	int rc = CALIB_OK;

	rc = calib_measure_begin(d, block->nframes, err);
	if (rc >= 0 && d->real)
		rc = calib_real_add(d, block, err);
	else if (rc >= 0)
		rc = d->params.algo == CALIB_ALGO_ROBUST ? calib_robust_add(d, block, skip, err)
		                                         : calib_dark_sums(d, block, err);
	if (rc >= 0)
		rc = calib_measure_end(d, block, err);
	if (rc >= 0 && d->bank != NULL)
		rc = calib_cmode_add(d, block, skip, err);
	for (size_t i = 0; i < block->nframes; i++)
		kept -= skip[i];
	d->frames += block->nframes;
	d->used += kept;
	return rc;
}

/* The part of a block that begins at frame "from". */
struct part { const struct calib_dark_block *block; size_t from; };

static int read_part(void *ctx, size_t i, size_t first, size_t n, void *values,
                     struct calib_err *err)
{
	const struct part *p = ctx;

	return p->block->read(p->block->ctx, p->from + i, first, n, values, err);
}

static void mark_part(void *ctx, size_t i, struct calib_framemark *mark)
{
	const struct part *p = ctx;

	p->block->mark(p->block->ctx, p->from + i, mark);
}

/* Without a sample: the same frames however long the block is. */
static int first_measure(struct calib_dark *d, const struct calib_dark_block *block,
                         struct calib_err *err)
{
	struct part part = {block, 0};
	const struct calib_dark_block first = {block->nframes < CALIB_MEASURE_FIRST ? block->nframes
		: CALIB_MEASURE_FIRST, read_part, &part, NULL};

	return calib_measure_first(d, &first, err);
}

int calib_dark_add(struct calib_dark *d, const struct calib_dark_block *block,
                   struct calib_err *err)
{
	bool needs_sample = d->params.algo != CALIB_ALGO_PLAIN
	                    && d->params.algo != CALIB_ALGO_GATED2016;
	struct part part = {block, 0};
	int rc = CALIB_OK;

	if (needs_sample && !d->sampled)
		return calib_fail(err, CALIB_EINVAL, "algorithm %s: no sample was given",
		                  calib_algo_name(d->params.algo));
	if (d->measure != NULL && !calib_measure_known(d) && d->frames == d->first)
		rc = first_measure(d, block, err);
	while (part.from < block->nframes && rc >= 0) {
		uint64_t n = block->nframes - part.from, left;

		rc = at_boundary(d, d->frames, err);
		if (rc < 0)
			break;
		left = until_boundary(d, d->frames);
		n = n < left ? n : left;
		n = n < 64 ? n : 64;
		if (d->frames + n > d->most)
			n = d->frames < d->most ? d->most - d->frames : 0;
		if (n == 0) {	/* the rest is not used */
			d->frames += block->nframes - part.from;
			break;
		}
		struct calib_dark_block some = {(size_t)n, read_part, &part,
			block->mark ? mark_part : NULL};

		rc = add_some(d, &some, err);
		part.from += (size_t)n;
	}
	return rc;
}

/* NDArrAverage tests the boundary at every event, also at one without an array: it then closes
 * the empty stage a second time. */
void calib_dark_gap(struct calib_dark *d)
{
	if (!d->params.compat || d->params.algo != CALIB_ALGO_PLAIN)
		return;
	(void)!at_boundary(d, d->frames, NULL);
}

int calib_dark_add_back(struct calib_dark *d, const struct calib_dark_block *block,
                        struct calib_err *err)
{
	int rc = calib_dark_sums(d, block, err);

	if (rc >= 0 && d->bank != NULL)
		rc = calib_cmode_add(d, block, NULL, err);
	if (rc >= 0)
		d->used += block->nframes;
	return rc;
}

/* compat: the reference adds the unused slots of its first block as frames of zeros. */
static void add_zero_frames(struct calib_dark *d)
{
	uint32_t k = (uint32_t)d->zero_frames;

	for (size_t i = 0; i < d->shape.size && k > 0; i++) {
		if (d->lo[i] == 0)
			d->acc.n[i] += k;
		d->acc.nlo[i] += 0 < d->params.int_lo ? k : 0;
		d->acc.nhi[i] += 0 > d->params.int_hi ? k : 0;
		d->acc.min[i] = 0;
		if (d->badgain != NULL && d->params.gain_bits != 0)
			d->badgain[i] += k;
	}
}

/* ave and rms take the place of S1 and S2: both are 8 bytes. */
static void finish_words(struct calib_dark *d)
{
	double *ave = (double *)(void *)d->acc.s1, *rms = (double *)(void *)d->acc.s2;

	add_zero_frames(d);
	for (size_t i = 0; i < d->shape.size; i++) {
		double a, r;

		calib_dark_moments(d, i, &a, &r);
		memcpy(&ave[i], &a, sizeof a);
		memcpy(&rms[i], &r, sizeof r);
		if (d->params.compat && d->is_signed && (int16_t)d->acc.max[i] < 0)
			d->acc.max[i] = 0;	/* the reference starts its maximum at 0 */
	}
	d->ave = ave;
	d->rms = rms;
}

int calib_dark_finish(struct calib_dark *d, struct calib_dark_result *r, struct calib_err *err)
{
	enum calib_dtype type = d->is_signed ? CALIB_I16 : CALIB_U16;
	uint64_t minus = calib_algo_quantiles(d->params.algo);

	if (d->frames == 0)
		return calib_fail(err, CALIB_ENOTFOUND, "no arrays were accepted");
	*r = (struct calib_dark_result){.frames = d->frames, .used = d->used,
		.counter = d->used - minus, .unstable = d->unstable, .n = d->acc.n,
		.nlo = d->acc.nlo, .nhi = d->acc.nhi, .nbadgain = d->badgain, .med = d->med,
		.absdev = d->absdev, .drops = d->drop, .ndrops = d->ndrops,
		.trace = d->trace};
	if (d->ave == NULL && d->real)
		calib_real_finish(d);
	else if (d->ave == NULL)
		finish_words(d);
	if (d->bank != NULL && d->rms_cm == NULL)
		d->rms_cm = calib_cmode_finish(d);
	r->rms_cm = d->rms_cm;
	r->ave = d->ave;
	r->rms = d->rms;
	calib_nda_view(&r->min, d->real ? CALIB_F64 : type, 1, &d->shape.size,
	               d->real ? (void *)d->r_min : (void *)d->acc.min);
	calib_nda_view(&r->max, d->real ? CALIB_F64 : type, 1, &d->shape.size,
	               d->real ? (void *)d->r_max : (void *)d->acc.max);
	return CALIB_OK;
}
