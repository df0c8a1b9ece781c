/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_trace.c - the trace: one value a frame and segment, in bounded memory */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algo/dark_check.h"
#include "base/mem.h"

enum { MOST_VALUES = 1 << 18, LEAST_BLOCKS = 64 };

int calib_trace_new(struct calib_trace **trace, size_t nsegments, struct calib_err *err)
{
	struct calib_trace *t = calib_alloc(1, sizeof *t, "trace", err);
	size_t n = 0;

	*trace = t;
	if (t == NULL)
		return CALIB_ENOMEM;
	t->nsegments = nsegments;
	t->per = 1;
	t->room = CALIB_TRACE_BLOCKS;
	while (t->room > LEAST_BLOCKS && nsegments > MOST_VALUES / t->room)
		t->room /= 2;
	if (calib_mul_size(&n, t->room, nsegments, "trace", err) >= 0) {
		t->sum = calib_alloc(n, sizeof *t->sum, "trace", err);
		t->lit = calib_alloc(n, sizeof *t->lit, "trace", err);
		t->top = calib_alloc(n, sizeof *t->top, "trace", err);
		t->n = calib_alloc(t->room, sizeof *t->n, "trace", err);
		t->non = calib_alloc(t->room, sizeof *t->non, "trace", err);
		t->noff = calib_alloc(t->room, sizeof *t->noff, "trace", err);
		t->noise = calib_alloc(nsegments, sizeof *t->noise, "trace", err);
	}
	if (t->sum && t->lit && t->top && t->n && t->non && t->noff && t->noise)
		return CALIB_OK;
	calib_trace_free(t);
	*trace = NULL;
	return CALIB_ENOMEM;
}

void calib_trace_free(struct calib_trace *t)
{
	if (t == NULL)
		return;
	free(t->sum);
	free(t->lit);
	free(t->top);
	free(t->n);
	free(t->non);
	free(t->noff);
	free(t->noise);
	free(t->epoch);
	free(t);
}

/* What block 'from' of other has, to block 'to'; they may be the same trace. */
static void add_block(struct calib_trace *t, size_t to, const struct calib_trace *other,
                      size_t from)
{
	size_t a = to * t->nsegments, b = from * t->nsegments;

	if (other->n[from] == 0)
		return;
	for (size_t k = 0; k < t->nsegments; k++) {
		int32_t top = other->top[b + k];

		t->sum[a + k] += other->sum[b + k];
		t->lit[a + k] += other->lit[b + k];
		t->top[a + k] = t->n[to] == 0 || top > t->top[a + k] ? top : t->top[a + k];
	}
	t->n[to] += other->n[from];
	t->non[to] += other->non[from];
	t->noff[to] += other->noff[from];
	t->nblocks = to + 1 > t->nblocks ? to + 1 : t->nblocks;
}

static void clear_block(struct calib_trace *t, size_t j)
{
	memset(t->sum + j * t->nsegments, 0, t->nsegments * sizeof *t->sum);
	memset(t->lit + j * t->nsegments, 0, t->nsegments * sizeof *t->lit);
	memset(t->top + j * t->nsegments, 0, t->nsegments * sizeof *t->top);
	t->n[j] = t->non[j] = t->noff[j] = 0;
}

/* Two blocks become one, all over. */
static void halve(struct calib_trace *t)
{
	size_t n = t->nblocks;

	t->nblocks = 0;
	for (size_t j = 0; j < n; j++) {
		if (j % 2 == 1 || j == 0) {
			if (j > 0)
				add_block(t, j / 2, t, j);
			else
				t->nblocks = t->n[0] > 0;
		} else {
			clear_block(t, j / 2);
			add_block(t, j / 2, t, j);
		}
	}
	for (size_t j = (n + 1) / 2; j < n; j++)
		clear_block(t, j);
	t->per *= 2;
}

static int note_epoch(struct calib_trace *t, struct calib_epoch e, struct calib_err *err)
{
	void *list = t->epoch;
	int rc;

	if (t->nepochs > 0 && t->epoch[t->nepochs - 1].id == e.id)
		return CALIB_OK;
	rc = calib_grow(&list, &t->epochs_room, t->nepochs + 1, sizeof e, "trace", err);
	t->epoch = list;
	if (rc >= 0)
		t->epoch[t->nepochs++] = e;
	return rc;
}

int calib_trace_add(struct calib_trace *t, uint64_t frame, const double *adu,
                    const struct calib_framemark *mark, struct calib_err *err)
{
	const struct calib_epoch e = {frame, mark ? mark->epoch : 0};
	enum calib_light light = mark ? mark->light : CALIB_LIGHT_UNKNOWN;
	size_t j, at;

	while (frame / t->per >= t->room)
		halve(t);
	j = (size_t)(frame / t->per);
	at = j * t->nsegments;
	for (size_t k = 0; k < t->nsegments; k++) {
		int32_t v = (int32_t)lrint(fmin(fmax(adu[k], -1e6), 1e6) * CALIB_TRACE_UNIT);

		t->sum[at + k] += v;
		t->lit[at + k] += light == CALIB_LIGHT_ON ? v : 0;
		t->top[at + k] = t->n[j] == 0 || v > t->top[at + k] ? v : t->top[at + k];
	}
	t->n[j]++;
	t->non[j] += light == CALIB_LIGHT_ON;
	t->noff[j] += light == CALIB_LIGHT_OFF;
	t->nblocks = j + 1 > t->nblocks ? j + 1 : t->nblocks;
	return note_epoch(t, e, err);
}

int calib_trace_merge(struct calib_trace *t, const struct calib_trace *more,
                      struct calib_err *err)
{
	int rc = CALIB_OK;

	if (t->nsegments != more->nsegments
	    || more->nblocks > t->room
	    || (t->nblocks > 0 && memcmp(t->noise, more->noise,
	                                 t->nsegments * sizeof *t->noise) != 0))
		return calib_fail(err, CALIB_EINVAL, "it is a share of other data: the noise of "
		                  "its segments differs from that of the first");
	memcpy(t->noise, more->noise, t->nsegments * sizeof *t->noise);
	while (t->per < more->per && t->per < (uint64_t)1 << 40)
		halve(t);
	for (size_t j = 0; j < more->nblocks; j++) {
		uint64_t to = (uint64_t)j * more->per / t->per;

		if (to < t->room)
			add_block(t, (size_t)to, more, j);
	}
	for (size_t i = 0; i < more->nepochs && rc >= 0; i++)
		rc = note_epoch(t, more->epoch[i], err);
	return rc;
}

double calib_trace_value(const struct calib_trace *t, size_t j, size_t k)
{
	return t->n[j] == 0 ? 0 : (double)t->sum[j * t->nsegments + k] / CALIB_TRACE_UNIT
	                          / (double)t->n[j];
}
