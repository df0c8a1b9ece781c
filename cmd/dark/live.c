/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/live.c - calib-dark on a run that is being written, and with no more of it than needed
 *
 * The first pass, over headers only, waits for the run to grow; the others find all that it found.
 * So nothing depends on the time at which what was written, and the result is that of the finished
 * run.  --until-error reads the arrays in the first pass, too, and decides after every 32 of them
 * by their values alone. */
#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "dark/run.h"

#define STRIDE 32u	/* arrays after which the error is looked at */

static void waiting(void *ctx, const char *missing)
{
	struct dark_run *r = ctx;

	if (missing != NULL && !r->waiting)
		calib_log(CALIB_INFO, "%s: waiting for it, %g s at most", missing, r->o->live);
	r->waiting = missing != NULL;
	cli_count(&r->o->cli, missing != NULL ? "waiting for the run" : "following the run, events",
	          (double)r->filter.read);
}

void dark_live_opts(struct dark_run *r)
{
	r->open.live = r->o->live > 0;
	r->open.timeout = r->o->live;
	r->open.waiting = waiting;
	r->open.waiting_ctx = r;
}

/* ---- --until-error ---- */

/* Bright events would count as noise for ever; robust leaves them out. */
static int new_gauge(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                     struct calib_err *err)
{
	enum calib_algo algo = dark_algo(r->o, s->det, !calib_layout_words(&s->layout));
	struct calib_dark_params params;
	struct dark_opts o = *r->o;
	struct dark_run plain = *r;
	int rc;

	if (algo != CALIB_ALGO_ROBUST) {	/* without its stages */
		algo = CALIB_ALGO_PLAIN;
		o.algo = CALIB_ALGO_PLAIN;
		o.stages = o.gate = NULL;
		o.block = 0;
	}
	o.common_mode = false;
	plain.o = &o;
	rc = dark_engine(&plain, s, p, algo, &params, &p->gauge, err);
	return rc < 0 ? rc : dark_part_room(p, STRIDE, err);
}

/* The arrays that were kept into the gauge. */
static int fill_gauge(struct dark_part *p, struct calib_err *err)
{
	struct calib_dark_block block;
	int rc = p->nblock > 0 ? dark_part_block(p, &block, err) : CALIB_OK;

	/* another algorithm than robust has no use for the sample, and does no harm with it */
	if (rc >= 0 && p->nblock > 0 && p->gauged == 0)
		rc = calib_dark_sample(p->gauge, &block, 0, err);
	if (rc >= 0 && p->nblock > 0)
		rc = calib_dark_add(p->gauge, &block, err);
	p->gauged += p->nblock;
	dark_part_clear(p);
	return rc < 0 ? rc : calib_dark_error(p->gauge, &p->error, err);
}

int dark_gauge_take(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                    struct dark_frame *frame, struct calib_err *err)
{
	int rc = p->gauge == NULL ? new_gauge(r, s, p, err) : CALIB_OK;

	if (rc < 0) {
		calib_frame_release(&frame->frame);
		return rc;
	}
	rc = dark_part_spool(p, frame, err);
	if (rc < 0 || p->nblock < STRIDE)
		return rc;
	rc = fill_gauge(p, err);
	p->enough = rc >= 0 && p->error < r->o->until_error;
	return rc;
}

int dark_gauge_end(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                   struct calib_err *err)
{
	const char *range = p->range >= 0 ? s->det->ranges[p->range] : "";
	int rc = CALIB_OK;

	(void)r;
	if (p->gauge == NULL)
		return CALIB_OK;
	if (!p->enough && (p->gauged > 0 || p->nblock >= 8))
		rc = fill_gauge(p, err);
	if (rc >= 0 && p->gauged > 0)
		calib_log(p->enough ? CALIB_INFO : CALIB_WARNING,
		          "%s%s%s: the pedestal error of the median pixel is %.3g ADU after %llu "
		          "arrays%s", s->name, *range ? ", " : "", range, p->error,
		          (unsigned long long)p->gauged,
		          p->enough ? "" : ", all there are: it was to be less");
	dark_part_clear(p);
	calib_dark_free(p->gauge);
	p->gauge = NULL;
	return rc;
}
