/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_share.c - a run shared out among tasks: the sums of a share, and their union
 *
 * Every task has the same sample, thus the same gates; sums of integers do not depend on who adds
 * them.  Whether too many events are bright only all tasks together know: a share keeps the sums of
 * those it left out. */
#include <stdlib.h>
#include <string.h>

#include "algo/dark_int.h"
#include "base/mem.h"

int calib_dark_share(struct calib_dark *d, uint64_t first, struct calib_err *err)
{
	const struct calib_dark_params *p = &d->params;
	const char *what = NULL;

	if (d->real)
		what = "real numbers, whose sums depend on their order";
	else if (p->algo == CALIB_ALGO_GATED2016)
		what = "the algorithm gated2016, whose gate follows the events in their order";
	else if (p->algo == CALIB_ALGO_PLAIN && (p->stage_gate[0] > 0 || p->stage_gate[1] > 0))
		what = "the stages of the algorithm plain, which follow the events in their order";
	else if (p->compat)
		what = "--compat";
	else if (p->common_mode)
		what = "--common-mode";
	if (what != NULL)
		return calib_fail(err, CALIB_EINVAL, "a run cannot be shared out with %s", what);
	d->frames = d->first = first;
	d->share = true;
	return CALIB_OK;
}

void calib_dark_sums_free(struct calib_dark_sums *s)
{
	free(s->acc.s1);
	free(s->acc.s2);
	free(s->acc.n);
	free(s->acc.nlo);
	free(s->acc.nhi);
	free(s->acc.min);
	free(s->acc.max);
	free(s->badgain);
	*s = (struct calib_dark_sums){{NULL, NULL, NULL, NULL, NULL, NULL, NULL}, NULL};
}

int calib_dark_sums_new(struct calib_dark_sums *s, size_t n, bool is_signed, bool badgain,
                        struct calib_err *err)
{
	struct calib_kern_acc *a = &s->acc;

	a->s1 = calib_alloc(n, sizeof *a->s1, "sums", err);
	a->s2 = calib_alloc(n, sizeof *a->s2, "sums", err);
	a->n = calib_alloc(n, sizeof *a->n, "counts", err);
	a->nlo = calib_alloc(n, sizeof *a->nlo, "counts", err);
	a->nhi = calib_alloc(n, sizeof *a->nhi, "counts", err);
	a->min = calib_alloc(n, sizeof *a->min, "extremes", err);
	a->max = calib_alloc(n, sizeof *a->max, "extremes", err);
	s->badgain = badgain ? calib_alloc(n, sizeof *s->badgain, "counts", err) : NULL;
	if (!a->s1 || !a->s2 || !a->n || !a->nlo || !a->nhi || !a->min || !a->max
	    || (badgain && !s->badgain)) {
		calib_dark_sums_free(s);
		return CALIB_ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		a->min[i] = is_signed ? 0x7fff : 0xffff;
		a->max[i] = is_signed ? 0x8000 : 0;
	}
	return CALIB_OK;
}

void calib_dark_export(const struct calib_dark *d, struct calib_dark_state *state)
{
	*state = (struct calib_dark_state){.frames = d->frames - d->first, .used = d->used,
		.kept = {d->acc, d->badgain}, .gone = d->gone, .med = d->med, .absdev = d->absdev,
		.drops = d->drop, .ndrops = d->ndrops, .trace = d->trace};
}

/* Extremes as numbers of the words' type. */
static void add_extremes(const struct calib_dark *d, uint16_t *min, uint16_t *max,
                         const uint16_t *least, const uint16_t *most)
{
	uint16_t flip = d->is_signed ? 0x8000 : 0;

	for (size_t i = 0; i < d->shape.size; i++) {
		if ((least[i] ^ flip) < (min[i] ^ flip))
			min[i] = least[i];
		if ((most[i] ^ flip) > (max[i] ^ flip))
			max[i] = most[i];
	}
}

static void add(struct calib_dark *d, const struct calib_dark_sums *to,
                const struct calib_dark_sums *s)
{
	for (size_t i = 0; i < d->shape.size; i++) {
		to->acc.s1[i] += s->acc.s1[i];
		to->acc.s2[i] += s->acc.s2[i];
		to->acc.n[i] += s->acc.n[i];
		to->acc.nlo[i] += s->acc.nlo[i];
		to->acc.nhi[i] += s->acc.nhi[i];
		if (to->badgain != NULL && s->badgain != NULL)
			to->badgain[i] += s->badgain[i];
	}
	add_extremes(d, to->acc.min, to->acc.max, s->acc.min, s->acc.max);
}

static int add_drops(struct calib_dark *d, const struct calib_dark_state *s, struct calib_err *err)
{
	void *list = d->drop;
	int rc = calib_grow(&list, &d->drop_room, d->ndrops + s->ndrops, sizeof *d->drop,
	                    "bright events", err);

	d->drop = list;
	if (rc >= 0 && s->ndrops > 0)
		memcpy(d->drop + d->ndrops, s->drops, s->ndrops * sizeof *s->drops);
	d->ndrops += rc >= 0 ? s->ndrops : 0;
	return rc;
}

/* The centres of the first share; the others must have the same. */
static int take_centres(struct calib_dark *d, const struct calib_dark_state *s,
                        struct calib_err *err)
{
	size_t bytes = d->shape.size * sizeof(float);

	if (s->med == NULL || s->absdev == NULL)
		return CALIB_OK;
	if (d->med != NULL)
		return memcmp(d->med, s->med, bytes) == 0
		       && memcmp(d->absdev, s->absdev, bytes) == 0 ? CALIB_OK
			: calib_fail(err, CALIB_EINVAL, "it is a share of other data: the centres "
			             "of its pixels differ from those of the first");
	d->med = calib_alloc(d->shape.size, sizeof(float), "medians", err);
	d->absdev = calib_alloc(d->shape.size, sizeof(float), "medians", err);
	if (d->med == NULL || d->absdev == NULL)
		return CALIB_ENOMEM;
	memcpy(d->med, s->med, bytes);
	memcpy(d->absdev, s->absdev, bytes);
	return CALIB_OK;
}

int calib_dark_import(struct calib_dark *d, const struct calib_dark_state *s,
                      struct calib_err *err)
{
	const struct calib_dark_sums kept = {d->acc, d->badgain};
	int rc = take_centres(d, s, err);

	if (rc >= 0 && s->gone.acc.s1 != NULL && d->gone.acc.s1 == NULL)
		rc = calib_dark_sums_new(&d->gone, d->shape.size, d->is_signed,
		                         d->badgain != NULL, err);
	if (rc >= 0)
		rc = add_drops(d, s, err);
	if (rc >= 0 && d->trace != NULL && s->trace != NULL)
		rc = calib_trace_merge(d->trace, s->trace, err);
	if (rc < 0)
		return rc;
	add(d, &kept, &s->kept);
	if (s->gone.acc.s1 != NULL)
		add(d, &d->gone, &s->gone);
	d->frames += s->frames;
	d->used += s->used;
	return CALIB_OK;
}

void calib_dark_united(struct calib_dark *d)
{
	const struct calib_dark_sums kept = {d->acc, d->badgain};

	if (d->ndrops * 5 > d->frames) {	/* as calib_dark_pending() */
		add(d, &kept, &d->gone);
		d->used += d->ndrops;
		d->ndrops = 0;
		d->unstable = true;
	}
	calib_dark_sums_free(&d->gone);
}
