/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_settle.c - how many frames at the beginning are not settled, before any is added
 *
 * Only the pixels of the trace are read, of the frames of a bounded head, and of some of the rest
 * that say where the level settles. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algo/dark_int.h"
#include "base/mem.h"
#include "base/median.h"

enum { MOST_HEAD = 1024, REST = 64 };

size_t calib_settle_wants(uint64_t nframes, uint64_t *list, size_t *head)
{
	uint64_t n = nframes / 4 < MOST_HEAD ? nframes / 4 : MOST_HEAD;
	uint64_t rest = nframes - nframes / 2;
	size_t k = 0;

	*head = (size_t)n;
	for (uint64_t i = 0; i < n; i++)
		list[k++] = i;
	for (uint64_t i = 0; i < REST && i < rest; i++)
		list[k++] = nframes / 2 + i * rest / (rest < REST ? rest : REST);
	return k;
}

/* Frames [from, from + nframes) of a block. */
struct part { const struct calib_dark_block *block; size_t from; };

static int read_part(void *ctx, size_t i, size_t first, size_t n, void *values,
                     struct calib_err *err)
{
	const struct part *p = ctx;

	return p->block->read(p->block->ctx, p->from + i, first, n, values, err);
}

/* Values of one segment in the frames, and the head they make. */
static size_t head_of(const double *all, size_t nseg, size_t segment, size_t nframes, size_t nhead,
                      double noise, double *v, double *offset)
{
	struct calib_head_rule rule = {.noise = noise, .group = 8, .most = nhead, .per = 1};
	size_t n = 0;

	for (size_t f = nhead; f < nframes; f++)
		v[n++] = all[f * nseg + segment];
	rule.scatter = calib_trace_jitter(v, n, v + nframes);
	rule.base = calib_median(v, n);
	for (size_t f = 0; f < nhead; f++)
		v[f] = all[f * nseg + segment];
	return calib_head_find(&rule, v, nhead, offset);
}

static int judge(struct calib_settling *s, const struct calib_dark *d, const double *all,
                 size_t nframes, size_t nhead, struct calib_err *err)
{
	size_t nseg = d->shape.nsegments;
	double *v = calib_alloc(2 * nframes, sizeof *v, "settling", err);

	if (v == NULL)
		return CALIB_ENOMEM;
	for (size_t k = 0; k < nseg; k++) {
		double offset;
		size_t n = head_of(all, nseg, k, nframes, nhead, d->trace->noise[k], v, &offset);

		s->frames = n > s->frames ? n : s->frames;
		if (fabs(offset) > fabs(s->offset)) {
			s->offset = offset;
			s->segment = k;
		}
	}
	free(v);
	return CALIB_OK;
}

int calib_settle_find(struct calib_settling *s, const struct calib_dark_shape *shape,
                      const struct calib_dark_params *params,
                      const struct calib_dark_block *block, size_t nhead, struct calib_err *err)
{
	struct part part = {block, nhead};
	const struct calib_dark_block rest = {block->nframes - nhead, read_part, &part, NULL};
	struct calib_dark *d = NULL;
	double *all = NULL;
	int rc = CALIB_OK;

	*s = (struct calib_settling){0, 0, 0};
	if (nhead < 8 || rest.nframes < 8 || shape->dtype == CALIB_F64)
		return CALIB_OK;	/* too few to tell */
	rc = calib_dark_new_measure(&d, shape, params, err);
	if (rc >= 0)
		rc = calib_measure_first(d, &rest, err);
	if (rc >= 0 && (all = calib_alloc(block->nframes * shape->nsegments, sizeof *all,
	                                  "settling", err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = calib_measure_block(d, block, all, err);
	if (rc >= 0)
		rc = judge(s, d, all, block->nframes, nhead, err);
	free(all);
	calib_dark_free(d);
	return rc;
}
