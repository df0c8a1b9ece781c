/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/run.c - a run into constants: passes over the events, all detectors at once
 *
 *   1. headers only: which sources there are, how many good arrays each part of them has
 *      (with --settle auto: some pixels of the head, too, which says where a part begins)
 *   2. the sample, for algorithms that have one
 *   3. all arrays, in blocks
 *   4. arrays taken out as bright that must be added again (rare)
 * Memory does not depend on the number of events, and pixels are read once but for the sample.
 * Cycles that are processed one by one go through 2 to 4 one after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/proc.h"
#include "dark/run.h"

/* One part of a source fails, the others go on. */
static void give_up(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                    struct calib_err *err)
{
	calib_log(CALIB_ERROR, "%s", err->msg);
	calib_err_clear(err);
	if (p != NULL) {
		dark_part_clear(p);
		p->failed = true;
	}
	s->failed |= p == NULL || p->step < 0;
	r->failed = true;
}

/* ---- walking over the events ---- */

struct pass {
	const char *text;		/* for the progress display */
	bool finding;			/* the first pass: sources and parts are not known yet */
	bool shared;			/* only the share of this task is wanted */
	bool listed;			/* only the arrays of p->wanted are */
	/* what to do with a good array, which the callee owns, and with an event without one */
	int (*take)(struct dark_run *r, struct dark_source *s, struct dark_part *p,
	            struct dark_frame *frame, struct calib_err *err);
	void (*gap)(struct dark_part *p);
};

/* -n counts the arrays of a part: of a gain range, or of a cycle. */
static bool full(const struct dark_run *r, const struct dark_part *p)
{
	return p->failed || (p->enough && p->taken >= p->accepted)
	       || (r->o->set.num_events > 0
	           && p->taken >= (uint64_t)r->o->set.num_events);
}

/* Does the source want no more events?  Of one with several gain ranges or cycles only the first
 * pass knows what is still to come. */
static bool done(const struct dark_run *r, const struct pass *pass, const struct dark_source *s)
{
	if (s->failed)
		return true;
	if (pass->gap != NULL)	/* events without an array matter to the end */
		return false;
	if (s->nparts == 0 || (pass->finding && (s->det->gains > 1 || r->o->step != DARK_NO_STEPS)))
		return false;
	for (size_t i = 0; i < s->nparts; i++) {
		const struct dark_part *p = s->part[i];

		if (r->only_step >= 0 && p->step != r->only_step)
			continue;
		if (!p->failed && (pass->finding ? !full(r, p)
		                   : pass->listed ? p->nextwanted < p->nwanted
		                   : p->taken < (pass->shared ? p->settled + p->to : p->accepted)))
			return false;
	}
	return true;
}

static const struct calib_object *object_of(const struct dark_source *s,
                                            const struct calib_evt *evt)
{
	for (size_t i = 0; i < evt->nobjects; i++)
		if (evt->objects[i].type == s->type
		    && calib_srcid_equal(evt->objects[i].src, s->id))
			return &evt->objects[i];
	return NULL;
}

/* What a scan's label says of a cycle: charge injection is no dark data; a label that contradicts
 * the configuration is worth a word, the configuration counts. */
static bool is_dark(struct dark_run *r, struct dark_source *s, const struct calib_evt *evt)
{
	int range = dark_label_range(r, s, evt);

	if (range >= 0 && range != s->gain.range && !s->warned) {
		calib_log(CALIB_WARNING, "%s: cycle %d is called '%s', its configuration sets %s: "
		          "taken as %s", s->name, evt->step, s->det->ranges[range],
		          s->det->ranges[s->gain.range], s->det->ranges[s->gain.range]);
		s->warned = true;
	}
	return range != -2;
}

/* What the configuration of the first array of a part says of the device. */
static int describe_device(struct dark_source *s, int range, const struct calib_evt *evt,
                           struct calib_err *err)
{
	char prefix[32] = "";

	if (range >= 0)
		snprintf(prefix, sizeof prefix, "%s\t", s->det->ranges[range]);
	return calib_det_identity(&s->configuration, evt->cfg, s->id, prefix, err);
}

/* The part an array belongs to; NULL: it is not wanted. */
static int find_part(struct dark_run *r, const struct pass *pass, struct dark_source *s,
                     const struct calib_evt *evt, struct dark_part **part, struct calib_err *err)
{
	int range = s->det->gains > 1 ? s->gain.range : -1;
	int step = r->o->step == DARK_NO_STEPS ? -1 : evt->step, rc = CALIB_OK;

	*part = NULL;
	r->ncycles = evt->step >= r->ncycles ? evt->step + 1 : r->ncycles;
	if (r->o->step >= 0 && evt->step != r->o->step)
		return CALIB_OK;
	*part = dark_source_part(s, range, step);
	if (*part == NULL && pass->finding) {
		rc = dark_source_new_part(s, part, range, step, err);

		if (rc < 0)
			return rc;
		(*part)->run = evt->run;
		rc = describe_device(s, range, evt, err);
	}
	return rc;
}

/* What the trace is told of the event: its light, and where a level may jump without any. */
static struct calib_framemark mark_of(struct dark_run *r, const struct calib_evt *evt)
{
	static const enum calib_light lights[] = {[CALIB_BEAM_UNKNOWN] = CALIB_LIGHT_UNKNOWN,
		[CALIB_BEAM_OFF] = CALIB_LIGHT_OFF, [CALIB_BEAM_ON] = CALIB_LIGHT_ON};
	enum calib_beam beam;

	if (r->light_event != evt->index + 1) {	/* once for all sources */
		r->light_event = evt->index + 1;
		r->light = calib_evr_beam(evt, &beam, NULL) < 0 ? CALIB_LIGHT_UNKNOWN
		                                                : lights[beam];
	}
	return (struct calib_framemark){r->light, (uint64_t)evt->run << 32
		| (uint32_t)(evt->step + 1)};
}

static void note_moment(struct dark_part *p, const struct calib_evt *evt)
{
	p->last = (struct dark_moment){evt->index, evt->sec, evt->nsec};
	if (p->taken == 0)
		p->first = p->last;
}

static int visit(struct dark_run *r, const struct pass *pass, struct dark_source *s,
                 const struct calib_evt *evt, struct dark_part **part, struct calib_err *err)
{
	const struct calib_object *object = object_of(s, evt);
	struct dark_frame frame;
	int rc = object ? dark_source_open(s, object, evt->cfg, &frame, err) : 0;

	*part = NULL;
	if (rc == 0 && pass->gap != NULL)
		for (size_t i = 0; i < s->nparts; i++)
			pass->gap(s->part[i]);
	if (rc <= 0)
		return rc;
	rc = is_dark(r, s, evt) ? find_part(r, pass, s, evt, part, err) : CALIB_OK;
	if (rc < 0 || *part == NULL || full(r, *part)
	    || (*part)->good++ % (uint64_t)r->o->every != 0) {
		calib_frame_release(&frame.frame);
		return rc;
	}
	if (pass->finding)
		note_moment(*part, evt);
	else if (r->o->dark_check && pass->shared)
		frame.mark = mark_of(r, evt);
	rc = pass->take(r, s, *part, &frame, err);
	(*part)->taken++;
	return rc;
}

/* The first pass leaves a source's numbers as they were at its last array. */
static void count(const struct dark_run *r, struct dark_source *s)
{
	uint64_t passed = r->filter.read - r->filter.skipped - r->filter.rejected;
	uint64_t usable = 0, accepted = 0;

	for (size_t i = 0; i < s->nparts; i++) {
		s->part[i]->usable = s->part[i]->good;
		s->part[i]->accepted = s->part[i]->taken;
		usable += s->part[i]->usable;
		accepted += s->part[i]->accepted;
	}
	s->counts[0] = (int64_t)r->filter.read;
	s->counts[1] = (int64_t)r->filter.skipped;
	s->counts[2] = (int64_t)r->filter.rejected;
	s->counts[3] = (int64_t)(passed - usable);
	s->counts[4] = (int64_t)accepted;
}

/* Look for sources in this event?  -m limits it; without -m all events are looked at. */
static bool still_finding(const struct dark_run *r, const struct pass *pass)
{
	uint64_t seen = r->filter.read - r->filter.skipped;

	return pass->finding && (r->o->set.scan_events <= 0
	                         || seen <= (uint64_t)r->o->set.scan_events);
}

/* All sources of one event; *more: does any source want another event? */
static int visit_all(struct dark_run *r, const struct pass *pass, const struct calib_evt *evt,
                     bool *more, struct calib_err *err)
{
	*more = still_finding(r, pass);
	if (*more && dark_find_sources(r, evt, err) < 0)
		return err->code;
	if (pass->finding && !*more) {
		dark_note_late(r, evt);
		*more = r->sel != NULL && calib_selection_missed(r->sel, 0) != NULL;
	}
	for (size_t i = 0; i < r->sources.n; i++) {
		struct dark_source *s = &r->sources.list[i];
		struct calib_err why = CALIB_ERR_INIT;
		struct dark_part *part = NULL;

		if (done(r, pass, s))
			continue;
		if ((r->only_step < 0 || evt->step == r->only_step)
		    && visit(r, pass, s, evt, &part, &why) < 0)
			give_up(r, s, part, &why);
		if (pass->finding)
			count(r, s);
		*more |= !done(r, pass, s);
	}
	return CALIB_OK;
}

static void rewind_all(struct dark_run *r)
{
	for (size_t i = 0; i < r->sources.n; i++) {
		struct dark_source *s = &r->sources.list[i];

		s->unusable = 0;
		for (size_t k = 0; k < s->nparts; k++)
			dark_part_rewind(s->part[k]);
	}
}

static int walk(struct dark_run *r, const struct pass *pass, struct calib_err *err)
{
	const struct calib_evt *evt;
	bool more = true;
	int rc;

	r->filter = (struct calib_filter){.skip = (uint64_t)r->o->set.skip_events,
		.codes = r->codes};
	rewind_all(r);
	rc = pass->finding ? CALIB_OK : calib_src_rewind(r->src, err);
	while (rc >= 0 && more && (rc = calib_filter_next(&r->filter, r->src, &evt, err)) > 0) {
		rc = visit_all(r, pass, evt, &more, err);
		if (r->total > 0)
			cli_progress(&r->o->cli, pass->text, (double)r->filter.read,
			             (double)r->total + 1);
	}
	if (rc >= 0 && r->total > 0)
		cli_progress(&r->o->cli, pass->text, 1, 1);
	/* events read after a source's last array belong to its numbers, unless -n ended it */
	for (size_t i = 0; pass->finding && i < r->sources.n; i++)
		if (!done(r, pass, &r->sources.list[i]))
			count(r, &r->sources.list[i]);
	return rc;
}

/* ---- the passes ---- */

static int take_nothing(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                        struct dark_frame *frame, struct calib_err *err)
{
	(void)r, (void)s, (void)p, (void)err;
	calib_frame_release(&frame->frame);
	return CALIB_OK;
}

/* Is this the next of the arrays in p->wanted?  Releases it if not. */
static bool wanted(struct dark_part *p, struct dark_frame *frame)
{
	if (p->nextwanted < p->nwanted && p->wanted[p->nextwanted] == p->taken) {
		p->nextwanted++;
		return true;
	}
	calib_frame_release(&frame->frame);
	return false;
}

/* The sample is in the block as a whole. */
static int take_sample(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                       struct dark_frame *frame, struct calib_err *err)
{
	(void)r, (void)s;
	return wanted(p, frame) ? dark_part_spool(p, frame, err) : CALIB_OK;
}

/* Hand the block over to the engine. */
static int flush(struct dark_part *p,
                 int (*add)(struct calib_dark *, const struct calib_dark_block *,
                            struct calib_err *),
                 struct calib_err *err)
{
	struct calib_dark_block block;
	int rc = p->nblock > 0 ? dark_part_block(p, &block, err) : CALIB_OK;

	if (rc >= 0 && p->nblock > 0)
		rc = add(p->dark, &block, err);
	dark_part_clear(p);
	return rc;
}

static size_t block_size(const struct dark_frame *frame)
{
	return frame->frame.owned || frame->frame.slab ? DARK_BLOCK_UNPACKED : DARK_BLOCK;
}

static int take_all(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                    struct dark_frame *frame, struct calib_err *err)
{
	(void)r, (void)s;
	if (p->taken < p->settled + p->from || p->taken >= p->settled + p->to) {
		calib_frame_release(&frame->frame);
		return CALIB_OK;
	}
	dark_part_keep(p, frame);
	return p->nblock >= block_size(frame) ? flush(p, calib_dark_add, err) : CALIB_OK;
}

static int take_back(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                     struct dark_frame *frame, struct calib_err *err)
{
	size_t most = block_size(frame);

	(void)r, (void)s;
	if (!wanted(p, frame))
		return CALIB_OK;
	dark_part_keep(p, frame);
	return p->nblock < most ? CALIB_OK : flush(p, calib_dark_add_back, err);
}

static void gap(struct dark_part *p)
{
	if (p->dark != NULL)
		calib_dark_gap(p->dark);
}

/* ---- what is done to every part of a round ---- */

typedef int part_work(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                      struct calib_err *err);

static void each(struct dark_run *r, part_work *work)
{
	for (size_t i = 0; i < r->sources.n; i++)
		for (size_t k = 0; k < r->sources.list[i].nparts; k++) {
			struct dark_source *s = &r->sources.list[i];
			struct dark_part *p = s->part[k];
			struct calib_err why = CALIB_ERR_INIT;

			if (!s->failed && !p->failed
			    && (r->only_step < 0 || p->step == r->only_step)
			    && work(r, s, p, &why) < 0)
				give_up(r, s, p, &why);
		}
}

/* Where share k of n begins. */
static uint64_t share_begin(uint64_t all, long k, long n)
{
	return all / (uint64_t)n * (uint64_t)k + all % (uint64_t)n * (uint64_t)k / (uint64_t)n;
}

/* Numbers of arrays behind those that are left out, as numbers of all. */
static void shift_wanted(struct dark_part *p)
{
	for (size_t i = 0; i < p->nwanted; i++)
		p->wanted[i] += p->settled;
}

/* The engine of each part, and which arrays it wants to see first. */
static int prepare(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                   struct calib_err *err)
{
	uint64_t n = p->accepted - p->settled;
	size_t room = 1024 + DARK_BLOCK;
	int rc = dark_engine(r, s, p, dark_algo(r->o, s->det, !calib_layout_words(&s->layout)),
	                     &p->params, &p->dark, err);

	p->from = 0;
	p->to = n;
	if (rc >= 0 && r->o->shares > 0) {
		p->from = share_begin(n, r->o->share - 1, r->o->shares);
		p->to = share_begin(n, r->o->share, r->o->shares);
		rc = calib_dark_share(p->dark, p->from, err);
	}
	if (rc >= 0 && (p->wanted = calib_alloc(room, sizeof *p->wanted, "sample", err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc < 0)
		return calib_err_wrap(err, "%s", s->name);
	p->nwanted = calib_dark_wants(&p->params, n, p->wanted, room);
	if (p->nwanted == 0 && r->o->shares > 0 && p->params.check)
		for (; p->nwanted < CALIB_MEASURE_FIRST && p->nwanted < n; p->nwanted++)
			p->wanted[p->nwanted] = p->nwanted;
	shift_wanted(p);
	return dark_part_room(p, p->nwanted > DARK_BLOCK ? p->nwanted : DARK_BLOCK, err);
}

static int sample(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                  struct calib_err *err)
{
	struct calib_dark_block block;
	int rc = p->nwanted > 0 ? dark_part_block(p, &block, err) : CALIB_OK;

	(void)r;
	if (rc >= 0 && p->nwanted > 0)
		rc = calib_dark_sample(p->dark, &block, p->accepted - p->settled, err);
	dark_part_clear(p);
	if (rc >= 0)
		return CALIB_OK;
	return p->range >= 0 ? calib_err_wrap(err, "%s, %s", s->name, s->det->ranges[p->range])
	                     : calib_err_wrap(err, "%s", s->name);
}

static int last_block(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                      struct calib_err *err)
{
	uint64_t end = r->o->shares > 0 ? p->to : p->accepted;

	/* what the first pass has counted must be there for the others */
	if (p->taken < end)
		return calib_fail(err, CALIB_ETRUNC, "%s: the files changed while they were read: "
		                  "of %llu arrays %llu are left", s->name,
		                  (unsigned long long)end, (unsigned long long)p->taken);
	return flush(p, calib_dark_add, err);
}

/* Which arrays must be added again. */
static int pending(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                   struct calib_err *err)
{
	const uint64_t *frames;
	void *list = p->wanted;
	size_t room = 0, n;
	int rc = calib_dark_pending(p->dark, &frames, &n, err);

	(void)r, (void)s;
	p->nwanted = p->nextwanted = 0;
	if (rc < 0 || n == 0)
		return rc;
	free(list);
	list = p->wanted = NULL;
	rc = calib_grow(&list, &room, n, sizeof *p->wanted, "arrays", err);
	if (rc < 0)
		return rc;
	p->wanted = list;
	memcpy(p->wanted, frames, n * sizeof *frames);
	p->nwanted = n;
	shift_wanted(p);
	return CALIB_OK;
}

static int add_rest_back(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                         struct calib_err *err)
{
	(void)r, (void)s;
	return flush(p, calib_dark_add_back, err);
}

static int finish(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                  struct calib_err *err)
{
	int rc = calib_dark_finish(p->dark, &p->result, err);

	(void)r;
	calib_dark_shrink(p->dark);
	return rc < 0 ? calib_err_wrap(err, "%s", s->name) : CALIB_OK;
}

static bool any_wanted(const struct dark_run *r)
{
	for (size_t i = 0; i < r->sources.n; i++)
		for (size_t k = 0; k < r->sources.list[i].nparts; k++) {
			const struct dark_part *p = r->sources.list[i].part[k];

			if (!r->sources.list[i].failed && !p->failed && p->nwanted > 0
			    && (r->only_step < 0 || p->step == r->only_step))
				return true;
		}
	return false;
}

/* The files of every source. */
static int for_sources(struct dark_run *r, int (*write)(struct dark_run *, struct dark_source *,
                                                        struct calib_err *))
{
	for (size_t i = 0; i < r->sources.n; i++) {
		struct calib_err why = CALIB_ERR_INIT;

		if (!r->sources.list[i].failed && write(r, &r->sources.list[i], &why) < 0)
			give_up(r, &r->sources.list[i], NULL, &why);
	}
	return CALIB_OK;
}

/* ---- --settle ---- */

static int want_head(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                     struct calib_err *err)
{
	size_t head;

	if (r->o->settle != DARK_SETTLE_AUTO) {
		p->settled = (uint64_t)r->o->settle;
		return p->settled < p->accepted ? CALIB_OK
			: calib_fail(err, CALIB_ENOTFOUND, "%s: --settle %ld leaves none of %llu "
			             "arrays", s->name, r->o->settle,
			             (unsigned long long)p->accepted);
	}
	p->wanted = calib_alloc(CALIB_SETTLE_FRAMES, sizeof *p->wanted, "settling", err);
	if (p->wanted == NULL)
		return CALIB_ENOMEM;
	p->nwanted = calib_settle_wants(p->accepted, p->wanted, &head);
	return dark_part_room(p, p->nwanted, err);
}

static int find_head(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                     struct calib_err *err)
{
	struct calib_dark_block block;
	struct calib_dark_shape shape;
	struct calib_settling found = {0, 0, 0};
	size_t head = 0;
	int rc = dark_shape(&shape, r, s, p,
	                    dark_algo(r->o, s->det, !calib_layout_words(&s->layout)), &p->params,
	                    err);

	calib_settle_wants(p->accepted, p->wanted, &head);
	if (rc >= 0 && p->nblock > 0)
		rc = dark_part_block(p, &block, err);
	if (rc >= 0 && p->nblock > 0)
		rc = calib_settle_find(&found, &shape, &p->params, &block, head, err);
	p->settled = found.frames;
	p->settled_off = found.offset;
	dark_part_clear(p);
	free(p->wanted);
	p->wanted = NULL;
	p->nwanted = p->nextwanted = 0;
	return rc < 0 ? calib_err_wrap(err, "%s", s->name) : CALIB_OK;
}

/* They are skipped, as with -s. */
static int count_settled(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                         struct calib_err *err)
{
	(void)r, (void)err;
	s->counts[1] += (int64_t)p->settled;
	s->counts[4] -= (int64_t)p->settled;
	return CALIB_OK;
}

/* Where each part begins: before anything else is known of it. */
static int settle(struct dark_run *r, struct calib_err *err)
{
	static const struct pass head = {"settling", false, false, true, take_sample, NULL};
	int rc = CALIB_OK;

	each(r, want_head);
	if (any_wanted(r))
		rc = walk(r, &head, err);
	if (rc >= 0 && r->o->settle == DARK_SETTLE_AUTO)
		each(r, find_head);
	each(r, count_settled);
	return rc;
}

static int describe(struct dark_run *r, struct dark_source *s, struct dark_part *p,
                    struct calib_err *err)
{
	(void)r, (void)p;
	return dark_events_text(s, err);
}

/* Passes 2 to 4 and the files, for the parts of this round. */
static int round_of(struct dark_run *r, struct calib_err *err)
{
	static const struct pass first = {"sample", false, false, true, take_sample, NULL};
	static const struct pass main_pass = {"averaging", false, true, false, take_all, NULL};
	static const struct pass with_gaps = {"averaging", false, true, false, take_all, gap};
	static const struct pass again = {"averaging", false, false, false, take_back, NULL};
	bool gaps = r->o->algo == CALIB_ALGO_PLAIN && r->o->compat;
	int rc = r->o->settle != 0 ? settle(r, err) : CALIB_OK;

	if (rc < 0)
		return rc;
	each(r, describe);
	each(r, prepare);
	if (any_wanted(r))
		rc = walk(r, &first, err);
	each(r, sample);
	if (rc >= 0)
		rc = walk(r, gaps ? &with_gaps : &main_pass, err);
	each(r, last_block);
	if (r->o->shares > 0)
		return rc < 0 ? rc : for_sources(r, dark_share_write);
	each(r, pending);
	if (rc >= 0 && any_wanted(r)) {
		rc = walk(r, &again, err);
		each(r, add_rest_back);
	}
	if (rc < 0)
		return rc;
	each(r, finish);
	return for_sources(r, dark_products);
}

/* ---- before the rounds ---- */

static void check_sources(struct dark_run *r)
{
	r->first_step = -1;
	for (size_t i = 0; i < r->sources.n; i++) {
		struct dark_source *s = &r->sources.list[i];
		struct calib_err why = CALIB_ERR_INIT;

		if (!s->failed && dark_check_source(r, s, &why) < 0)
			give_up(r, s, NULL, &why);
		for (size_t k = 0; k < s->nparts; k++) {
			int step = s->part[k]->step;

			r->first_step = r->first_step < 0 || step < r->first_step ? step
			                                                          : r->first_step;
			r->last_step = step > r->last_step ? step : r->last_step;
		}
	}
}

static int process(struct dark_run *r, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (r->o->out != NULL && r->sources.n > 1)
		return calib_fail(err, CALIB_EINVAL,
				  "-o takes one source, the run has %zu of those "
				  "asked for (%s, %s, ...): choose one with -d",
				  r->sources.n, r->sources.list[0].name, r->sources.list[1].name);
	each(r, dark_gauge_end);
	check_sources(r);
	if (r->o->step == DARK_NO_STEPS)
		return round_of(r, err);
	for (r->only_step = r->first_step < 0 ? 0 : r->first_step;
	     r->only_step <= r->last_step && rc >= 0; r->only_step++)
		rc = round_of(r, err);
	return rc;
}

static int name_run(struct dark_run *r, struct calib_err *err)
{
	const struct calib_file *file = calib_src_file(r->src, 0);
	size_t n = 0;

	r->number = r->open.nruns > 0 ? r->open.runs[0].begin : file ? file->run : 0;
	for (size_t i = 1; i < r->open.nruns; i++)
		if (r->open.runs[i].begin < r->number)
			r->number = r->open.runs[i].begin;
	if (r->o->set.exp != NULL)
		snprintf(r->exp, sizeof r->exp, "%s", r->o->set.exp);
	else if (file != NULL && (n = calib_filename_prefix(calib_path_base(file->path))) > 0)
		snprintf(r->exp, sizeof r->exp, "%.*s", (int)n, calib_path_base(file->path));
	else
		snprintf(r->exp, sizeof r->exp, "exp");
	calib_str_clear(&r->inputs);
	for (size_t i = 0; (file = calib_src_file(r->src, i)) != NULL; i++) {
		if (file->in_progress && !r->open.control && !r->open.live)
			calib_log(CALIB_WARNING, "%s: is still being written, what is there now is "
			          "used", file->path);
		dark_add_path(&r->inputs, file->path);
		calib_str_addf(&r->inputs, "\t%llu\t%lld\n", (unsigned long long)file->size,
		               (long long)file->mtime);
	}
	return calib_str_check(&r->inputs, err);
}

static void forget_sources(struct dark_run *r)
{
	dark_sources_free(&r->sources);
	r->sources = (struct dark_sources){0};
	calib_str_clear(&r->others);
	calib_str_clear(&r->left_out);
}

/* Live, it may have taken place before all streams were there. */
static int first_pass(struct dark_run *r, struct calib_err *err)
{
	static const struct pass headers = {"reading headers", true, false, false, take_nothing,
		NULL};
	static const struct pass gauge = {"reading", true, false, false, dark_gauge_take, NULL};
	const struct pass *pass = r->o->until_error > 0 ? &gauge : &headers;
	int rc = walk(r, pass, err);

	while (rc >= 0 && calib_src_late(r->src)) {
		forget_sources(r);
		rc = calib_src_rewind(r->src, err);
		if (rc >= 0)
			rc = walk(r, pass, err);
	}
	return rc;
}

/* The first pass, and again with the control streams when something is missing without. */
static int find(struct dark_run *r, struct calib_err *err)
{
	int rc;

	dark_live_opts(r);
	for (int control = 0; control < 2; control++) {
		r->open.control = control == 1;
		rc = calib_src_open(&r->src, &r->open, err);
		if (rc >= 0 && control == 0 && !r->open.live)
			cli_smd_note(&r->o->set, r->src);
		if (rc >= 0)
			rc = name_run(r, err);
		if (rc >= 0)
			rc = first_pass(r, err);
		if (rc >= 0 && r->open.live)	/* the files as they are now */
			rc = name_run(r, err);
		if (rc < 0)
			return rc;
		if (control == 1 || (r->sel != NULL ? calib_selection_missed(r->sel, 0) == NULL
		                                    : r->sources.n > 0))
			break;
		r->open.live = r->open.live && !calib_src_over(r->src);
		calib_src_close(r->src);
		r->src = NULL;
		forget_sources(r);
	}
	if (calib_src_remark(r->src) != NULL)
		calib_log(CALIB_WARNING, "%s", calib_src_remark(r->src));
	r->total = r->filter.read;
	return CALIB_OK;
}

int dark_run(const struct dark_opts *o, struct calib_err *err)
{
	struct dark_run r = {.o = o, .others = CALIB_STR_INIT, .left_out = CALIB_STR_INIT,
		.inputs = CALIB_STR_INIT, .absent = CALIB_STR_INIT, .options = CALIB_STR_INIT,
		.only_step = -1, .last_step = -1, .label_step = -2};
	const char *problem;
	int rc = cli_src_opts(&r.open, &o->set, o->files, o->nfiles, err);

	if (rc >= 0 && o->set.codes != NULL)
		rc = calib_codes_parse(&r.codes, o->set.codes, err);
	if (rc >= 0 && o->set.detectors != NULL)
		rc = calib_selection_parse(&r.sel, o->set.detectors, err);
	if (rc >= 0)
		rc = find(&r, err);
	if (rc >= 0)
		rc = dark_options_text(&r.options, o, &r.open, r.src, err);
	if (rc >= 0)
		rc = dark_name_missing(&r, err);
	if (rc >= 0)
		dark_sources_sort(&r.sources);
	if (rc >= 0)
		rc = process(&r, err);
	for (size_t i = r.filter.read == 0 ? 1 : 0;
	     r.src != NULL && (problem = calib_src_problem(r.src, i)) != NULL; i++) {
		calib_log(CALIB_ERROR, "%s", problem);
		r.failed = true;
	}
	dark_sources_free(&r.sources);
	calib_src_close(r.src);
	calib_selection_free(r.sel);
	calib_str_release(&r.others);
	calib_str_release(&r.left_out);
	calib_str_release(&r.inputs);
	calib_str_release(&r.absent);
	calib_str_release(&r.options);
	free((void *)(uintptr_t)r.open.runs);
	return rc >= 0 && r.failed ? CALIB_EFORMAT : rc;
}
