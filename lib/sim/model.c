/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/model.c - what a pixel reads in an event: a pure function of seed, source, pixel and
 * event, in integers only
 *
 *   value = clip(pedestal + light + floor(frac + g sigma)),  g from a table of 8192 quantiles
 *
 * of the normal distribution, picked by a hash of (pixel pair, event). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kern/noise.h"
#include "sim/priv.h"

#define TILE 4096			/* pixels; work arrays stay in the first-level cache */

const char *const sim_class_name[SIM_NCLASSES] = {
	"normal", "dead", "hot", "noisy", "stuck", "flickering"
};

struct sim_model {
	size_t n, segment;
	uint64_t seed;
	uint32_t who;
	int32_t base, top;
	size_t asic_cols;
	double noise;			/* ADU */
	double fraction[SIM_NCLASSES];
	int32_t jump;			/* of flickering pixels, ADU */
	const struct calib_sim_plan *plan;	/* light and drift of it */
	uint16_t *ped, *frac, *sigma;
	uint32_t *key;			/* one for two pixels */
	uint8_t *kind;			/* enum sim_class */
	size_t *flicker, nflicker;
	int16_t table[KERN_NOISE_TABLE];
};

/* splitmix64 of everything that matters */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

uint64_t sim_hash(uint64_t seed, uint32_t who, enum sim_purpose purpose, uint64_t count)
{
	return mix(mix(mix(seed) ^ ((uint64_t)who << 8 | (uint64_t)purpose)) ^ count);
}

bool sim_chance(uint64_t hash, double fraction)
{
	return (double)(hash >> 11) < fraction * 0x1p53;
}

/* Quantiles of the normal distribution at (i + 1/2) / 8192 in units of 1/4096, scaled so that
 * their mean square is 1.  The distribution is summed in steps of 1/4096 with additions and
 * multiplications only, so that every machine gets the same table:
 * exp(-(z+h)^2/2) = exp(-z^2/2) q, q <- q exp(-h^2). */
static void gauss_table(int16_t *table)
{
	const int half = KERN_NOISE_TABLE / 2;
	const double h = 1.0 / 4096, norm = 0.39894228040143267794 * h;
	const double h2 = h * h, r = 1 - h2 + h2 * h2 / 2;
	double q = 1 - h2 / 2 + h2 * h2 / 8, f = 1, sum = 0.5, square = 0, scale;

	for (int i = 0, k = 0; i < half; k++) {
		double next = f * q, step = norm * (f + next) / 2;

		/* the quantile lies between k and k+1: take the nearer */
		for (; i < half; i++) {
			double want = 0.5 + (i + 0.5) / KERN_NOISE_TABLE;

			if (want >= sum + step)
				break;
			table[half + i] = (int16_t)(k + (want - sum > step / 2));
		}
		sum += step;
		f = next;
		q *= r;
	}
	for (int i = 0; i < half; i++)
		square += (double)table[half + i] * table[half + i];
	scale = 4096 / sqrt(square / half);
	for (int i = 0; i < half; i++) {
		table[half + i] = (int16_t)(table[half + i] * scale + 0.5);
		table[half - 1 - i] = (int16_t)-table[half + i];
	}
}

static enum sim_class pick_class(const struct sim_model *m, uint64_t hash)
{
	double u = (double)(hash >> 11) * 0x1p-53;

	for (int c = SIM_NORMAL + 1; c < SIM_NCLASSES; c++) {
		if (u < m->fraction[c])
			return (enum sim_class)c;
		u -= m->fraction[c];
	}
	return SIM_NORMAL;
}

/* Pedestal in 1/65536 ADU and sigma in 1/256 ADU of one pixel. */
static void one_pixel(struct sim_model *m, size_t i, unsigned gain)
{
	uint64_t h = sim_hash(m->seed, m->who, SIM_PIXEL, i);
	uint64_t bank = sim_hash(m->seed, m->who, SIM_SEGMENT,
				 i / m->segment * 16 + i % m->segment % (2 * m->asic_cols) /
				 m->asic_cols);
	int64_t base = (int64_t)m->base << 16, ped, spread = base / 8;
	/* sigma of 0.8 to 1.25 of the typical, a third less in every higher gain range */
	double sigma = m->noise * 256 * (0.8 + 0.45 * (double)(h >> 40 & 0xffff) / 65536);

	for (unsigned g = 0; g < gain; g++)
		sigma *= 2.0 / 3;
	ped = base + (int64_t)(bank % (uint64_t)(spread + 1)) + (int64_t)gain * (base / 5) +
	      (int64_t)(h % (uint64_t)(spread / 2 + 1));
	switch (m->kind[i]) {
	case SIM_DEAD:  ped = 0; sigma = 0; break;
	case SIM_STUCK: ped = (int64_t)m->top << 16; sigma = 0; break;
	case SIM_HOT:   ped += (((int64_t)m->top << 16) - ped) / 4; sigma *= 20; break;
	case SIM_NOISY: sigma *= 8; break;
	default: break;
	}
	m->sigma[i] = (uint16_t)(sigma > 65535 ? 65535 : sigma + 0.5);
	ped += 0x8000;
	m->ped[i] = (uint16_t)(ped >> 16);
	m->frac[i] = (uint16_t)(ped & 0xffff);
}

void sim_model_gain(struct sim_model *m, unsigned gain)
{
	for (size_t i = 0; i < m->n; i++)
		one_pixel(m, i, gain);
}

static int plant(struct sim_model *m, struct calib_err *err)
{
	for (size_t i = 0; i < m->n; i++) {
		m->kind[i] = (uint8_t)pick_class(m, sim_hash(m->seed, m->who, SIM_PIXEL,
							     i + ((uint64_t)1 << 48)));
		m->nflicker += m->kind[i] == SIM_FLICKERING;
	}
	m->flicker = calib_alloc(m->nflicker, sizeof *m->flicker, "flickering pixels", err);
	if (m->flicker == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0, k = 0; i < m->n; i++)
		if (m->kind[i] == SIM_FLICKERING)
			m->flicker[k++] = i;
	return CALIB_OK;
}

int sim_model_new(struct sim_model **model, const struct sim_det *det,
                  const struct calib_sim_plan *plan, struct calib_err *err)
{
	struct sim_model *m = calib_alloc(1, sizeof *m, "noise model", err);
	size_t pairs = det->npixels / 2 + 1;

	*model = m;
	if (m == NULL)
		return CALIB_ENOMEM;
	m->n = det->npixels;
	m->segment = det->segment;
	m->seed = plan->seed;
	m->who = det->src.phy;
	m->base = det->kind->base;
	m->top = (1 << det->kind->bits) - 1;
	m->noise = plan->noise;
	m->asic_cols = det->dim[det->ndim - 1] > 1 ? det->dim[det->ndim - 1] / 2 : 1;
	m->plan = plan;
	m->jump = (int32_t)(25 * plan->noise + 1);
	m->fraction[SIM_DEAD] = plan->dead;
	m->fraction[SIM_HOT] = plan->hot;
	m->fraction[SIM_NOISY] = plan->noisy;
	m->fraction[SIM_STUCK] = plan->stuck;
	m->fraction[SIM_FLICKERING] = plan->flicker;
	m->ped = calib_alloc(m->n, sizeof *m->ped, "pedestals", err);
	m->frac = calib_alloc(m->n, sizeof *m->frac, "pedestals", err);
	m->sigma = calib_alloc(m->n, sizeof *m->sigma, "noise", err);
	m->key = calib_alloc(pairs, sizeof *m->key, "noise", err);
	m->kind = calib_alloc(m->n, 1, "pixel classes", err);
	if (!m->ped || !m->frac || !m->sigma || !m->key || !m->kind || plant(m, err) < 0) {
		sim_model_free(m);
		*model = NULL;
		return CALIB_ENOMEM;
	}
	for (size_t i = 0; i < pairs; i++)
		m->key[i] = (uint32_t)sim_hash(m->seed, m->who, SIM_KEY, i);
	gauss_table(m->table);
	sim_model_gain(m, 0);
	return CALIB_OK;
}

void sim_model_free(struct sim_model *m)
{
	if (m == NULL)
		return;
	free(m->ped);
	free(m->frac);
	free(m->sigma);
	free(m->key);
	free(m->kind);
	free(m->flicker);
	free(m);
}

/* Light of a bright frame: 20 to 80 sigma, on the whole frame or on one segment. */
static int32_t light_on(const struct sim_model *m, uint64_t event, size_t pixel)
{
	uint64_t h = sim_hash(m->seed, m->who, SIM_BRIGHT, event + ((uint64_t)1 << 48));
	size_t nsegments = m->n / m->segment;

	if (nsegments > 1 && (h & 1) && pixel / m->segment != (h >> 8) % nsegments)
		return 0;
	return (int32_t)(m->noise * (20 + (double)(h >> 48 & 63)) + 1);
}

/* The level of all pixels: it drifts, and settles with the square of what is left of the time. */
static double level_at(const struct sim_model *m, uint64_t event)
{
	const struct calib_sim_plan *p = m->plan;
	double level = p->events > 1 ? p->drift * (double)event / (double)(p->events - 1) : 0;

	if (event < p->settling_events) {
		double left = 1 - (double)event / (double)p->settling_events;

		level += p->settling * left * left;
	}
	return level;
}

/* Light of the beam: 0.5 to 1.5 times the mean. */
static double beam_on(const struct sim_model *m, uint64_t event, size_t pixel)
{
	uint64_t h = sim_hash(m->seed, m->who, SIM_LIGHT, event);
	long only = m->plan->light_segment;

	if (only >= 0 && pixel / m->segment != (size_t)only)
		return 0;
	return m->plan->light * (0.5 + (double)(h >> 11) * 0x1p-53);
}

static void flickers(const struct sim_model *m, uint64_t event, uint16_t *frame)
{
	for (size_t k = 0; k < m->nflicker; k++) {
		size_t i = m->flicker[k];
		int32_t v = frame[i] + m->jump;

		if ((sim_hash(m->seed, m->who, SIM_FLICKER, event << 28 ^ i) & 3) == 0)
			frame[i] = (uint16_t)(v > m->top ? m->top : v);
	}
}

/* Dead and stuck pixels do not see light. */
static void keep_constant(const struct sim_model *m, uint16_t *frame)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->kind[i] == SIM_DEAD)
			frame[i] = 0;
}

void sim_model_frame(const struct sim_model *m, uint64_t event, bool bright, bool beam,
                     uint16_t *frame)
{
	double level = level_at(m, event);
	uint32_t ek = (uint32_t)sim_hash(m->seed, m->who, SIM_EVENT, event);
	uint16_t entry[TILE + 2];
	int16_t g[TILE];

	for (size_t at = 0; at < m->n;) {
		/* a tile begins at an even pixel but for the light, which changes by segment */
		size_t n = m->n - at < TILE ? m->n - at : TILE, skip = at & 1;
		size_t left = m->segment - at % m->segment;
		struct kern_noise par = {m->ped + at, m->frac + at, m->sigma + at, 0, m->top};

		if (bright || beam) {
			n = n > left ? left : n;
			par.add = bright ? light_on(m, event, at) : 0;
		}
		par.add += (int32_t)(level + (beam ? beam_on(m, event, at) : 0) + 0.5);
		n = n > TILE - skip ? TILE - skip : n;
		kern_noise_pick(entry, m->key + at / 2, (n + skip + 1) / 2, ek);
		kern_noise_look(g, entry + skip, n, m->table);
		kern_noise_make(frame + at, g, n, &par);
		at += n;
	}
	if (m->nflicker > 0)
		flickers(m, event, frame);
	if ((bright || beam || level > 0) && m->fraction[SIM_DEAD] > 0)
		keep_constant(m, frame);
}

enum sim_class sim_model_class(const struct sim_model *m, size_t pixel)
{
	return (enum sim_class)m->kind[pixel];
}
