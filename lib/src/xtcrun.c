/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/xtcrun.c - the streams of an XTC run merged into events
 *
 * DAQ streams hold different events and are interleaved; only a control stream's datagram is
 * joined to the DAQ datagram of the same fiducial.  The rules and their limits are psana's.
 * Source: lcls-psana/XtcInput src/StreamDgram.cpp, src/XtcStreamMerger.cpp;
 * lcls-psana/PSXtcInput src/XtcInputModuleBase.cpp. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "src/xtcrun.h"

#define MAX_CLOCK_DIFF 85	/* s; datagrams of one event differ by less */

enum { TYPE_ANY = 0, TYPE_EPICS = 13, TYPE_ALIAS = 69 };

static struct xtcrun *xtc(const struct calib_src *src)
{
	return src->run;
}

static bool is_control(const struct calib_src *src, size_t i)
{
	return xtc(src)->owner[i]->control;
}

/* Datagrams whose configurations count: all control streams, and the lowest DAQ stream. */
static bool gives_config(const struct calib_src *src, size_t i)
{
	if (is_control(src, i))
		return true;
	for (size_t k = 0; k < i; k++)
		if (!is_control(src, k))
			return false;
	return true;
}

static int take_configs(struct calib_src *src, struct calib_err *err)
{
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < xtc(src)->ngroup; i++)
		n += xtc(src)->group[i]->nleaves;
	rc = calib_src_cfg_begin(src, n, err);
	for (size_t i = 0; i < xtc(src)->ngroup && rc >= 0; i++)
		for (size_t k = 0; gives_config(src, i) && k < xtc(src)->group[i]->nleaves; k++) {
			const struct calib_object *o = &xtc(src)->group[i]->leaf[k];

			if (o->type == TYPE_EPICS || o->type == TYPE_ANY)
				continue;
			rc = calib_src_cfg_add(src, o, NULL, err);
			if (rc < 0)
				break;
		}
	return rc;
}

/* AliasConfig: u32 n, then 40 bytes each: log, phy, name[31], pad.  First insertion wins. */
static int read_aliases(struct calib_src *src, const struct calib_object *o, struct calib_err *err)
{
	uint8_t head[4], row[40];
	uint32_t n;

	if (calib_place_read(&o->place, 0, head, 4, NULL) < 0)
		return CALIB_OK;
	n = calib_le32(head);
	for (uint32_t i = 0; i < n; i++) {
		char name[32] = "";
		int rc;

		if (calib_place_read(&o->place, 4 + 40 * (uint64_t)i, row, 40, NULL) < 0)
			break;
		memcpy(name, row + 8, 31);
		rc = calib_src_add_alias(src, (struct calib_srcid){calib_le32(row),
		                         calib_le32(row + 4)}, name, err);
		if (rc < 0)
			return rc;
	}
	return CALIB_OK;
}

static int take_aliases(struct calib_src *src, struct calib_err *err)
{
	for (int control = 1; control >= 0; control--)
		for (size_t i = 0; i < xtc(src)->ngroup; i++)
			for (size_t k = 0; is_control(src, i) == control && gives_config(src, i)
			     && k < xtc(src)->group[i]->nleaves; k++) {
				const struct calib_object *o = &xtc(src)->group[i]->leaf[k];

				if (o->type == TYPE_ALIAS && o->version == 1
				    && read_aliases(src, o, err) < 0)
					return CALIB_ENOMEM;
			}
	return CALIB_OK;
}

/* ---- merging ---- */

static int compare_clock(const struct calib_dgram *a, const struct calib_dgram *b)
{
	if (a->sec != b->sec)
		return a->sec < b->sec ? -1 : 1;
	return a->nsec < b->nsec ? -1 : a->nsec > b->nsec;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

/* Does a come before b in the run? */
static bool before(const struct calib_entry *a, const struct calib_entry *b)
{
	bool ea = a->d.service == CALIB_SVC_L1ACCEPT, eb = b->d.service == CALIB_SVC_L1ACCEPT;
	uint32_t ahead;

	if (ea != eb)	/* a transition waits only for the events of earlier blocks */
		return ea ? b->block > a->block : !(a->block > b->block);
	if (a->block != b->block)
		return a->block < b->block;
	if (!ea)
		return compare_clock(&a->d, &b->d) < 0;
	if (distance(a->d.sec, b->d.sec) >= MAX_CLOCK_DIFF)
		return a->d.sec < b->d.sec;
	ahead = (b->d.fiducial + CALIB_FIDUCIALS - a->d.fiducial % CALIB_FIDUCIALS)
	        % CALIB_FIDUCIALS;
	return ahead >= 1 && ahead < CALIB_FIDUCIALS / 2;
}

/* Does the head of s belong to the group that was opened by lead, taken from its stream? */
static bool joins(const struct calib_dgram *lead, bool lead_control, const struct calib_stream *s)
{
	const struct calib_dgram *d = &s->queue[0]->d;

	if (d->service != lead->service)
		return false;
	if (lead->service != CALIB_SVC_L1ACCEPT)
		return compare_clock(d, lead) == 0;
	return (s->control || lead_control) && d->fiducial == lead->fiducial
	       && distance(d->sec, lead->sec) < MAX_CLOCK_DIFF;
}

static void recycle_group(struct calib_src *src)
{
	for (size_t i = 0; i < xtc(src)->ngroup; i++)
		calib_stream_recycle(xtc(src)->owner[i], xtc(src)->group[i]);
	xtc(src)->ngroup = 0;
}

/* The stream whose head comes first; NULL when all of the run have ended. */
static struct calib_stream *first_stream(struct calib_src *src, struct calib_err *err)
{
	struct xtcrun *x = xtc(src);
	struct calib_stream *best = NULL;
	const struct calib_entry *head = NULL;

	if (src->follow != NULL && calib_follow_fill(src, err) < 0)
		return NULL;
	for (size_t i = x->first[x->run_at]; i < x->first[x->run_at + 1]; i++) {
		const struct calib_entry *e = calib_stream_peek(x->streams[i], err);

		if (e != NULL && (head == NULL || before(e, head))) {
			best = x->streams[i];
			head = e;
		}
	}
	return best;
}

/* Insert by stream number, so that the DAQ datagram leads. */
static void add_to_group(struct calib_src *src, struct calib_stream *owner)
{
	struct calib_entry *e = calib_stream_take(owner);
	size_t at = xtc(src)->ngroup++;

	for (; at > 0 && xtc(src)->group[at - 1]->stream > e->stream; at--) {
		xtc(src)->group[at] = xtc(src)->group[at - 1];
		xtc(src)->owner[at] = xtc(src)->owner[at - 1];
	}
	xtc(src)->group[at] = e;
	xtc(src)->owner[at] = owner;
}

/* The next datagrams that belong together; 0 at the end of the last run. */
static int next_group(struct calib_src *src, struct calib_err *err)
{
	struct xtcrun *x = xtc(src);
	struct calib_stream *s = NULL;
	struct calib_dgram lead;
	bool lead_control;

	recycle_group(src);
	while (xtc(src)->run_at < xtc(src)->nruns && (s = first_stream(src, err)) == NULL) {
		int more = err->code == CALIB_OK && src->follow ? calib_follow_end(src, err) : 0;

		if (err->code != CALIB_OK)
			return err->code;
		if (more > 0)
			continue;
		xtc(src)->run_at++;
		memset(xtc(src)->seen, 0, sizeof xtc(src)->seen);
		src->evt.step = -1;
		if (x->run_at < x->nruns)
			src->evt.run = x->streams[x->first[x->run_at]]->files[0].run;
	}
	if (s == NULL)
		return 0;
	lead = s->queue[0]->d;
	lead_control = s->control;
	add_to_group(src, s);
	while (xtc(src)->ngroup < CALIB_MAX_STREAMS && (s = first_stream(src, err)) != NULL
	       && joins(&lead, lead_control, s))
		add_to_group(src, s);
	return err->code != CALIB_OK ? err->code : 1;
}

/* ---- transitions and events ---- */

static int on_transition(struct calib_src *src, struct calib_err *err)
{
	const struct calib_dgram *d = &xtc(src)->group[0]->d;
	int rc = CALIB_OK;

	/* a copy in a stream that lags behind */
	if (xtc(src)->seen[d->service] && compare_clock(&xtc(src)->last[d->service], d) == 0)
		return CALIB_OK;
	xtc(src)->seen[d->service] = true;
	xtc(src)->last[d->service] = *d;
	switch (d->service) {
	case CALIB_SVC_CONFIGURE:
		rc = take_configs(src, err);
		return rc < 0 ? rc : take_aliases(src, err);
	case CALIB_SVC_BEGINSTEP:
		src->evt.step++;
		return take_configs(src, err);
	case CALIB_SVC_BEGINRUN:
		for (size_t i = 0; i < xtc(src)->ngroup; i++)
			if (xtc(src)->group[i]->d.env > 0) {
				src->evt.run = xtc(src)->group[i]->d.env;
				break;
			}
		return CALIB_OK;
	default:
		return CALIB_OK;
	}
}

/* Same type and source as an object that is there and usable: psana keeps the first. */
static bool repeated(const struct calib_src *src, size_t n, const struct calib_object *o)
{
	for (size_t i = 0; i < n; i++) {
		const struct calib_object *x = &src->objects[i];

		if (x->type == o->type && x->src.phy == o->src.phy && x->version == o->version
		    && x->type != TYPE_EPICS && x->type != TYPE_ANY && x->damage == 0
		    && x->place.size > 0 && calib_srcid_equal(x->src, o->src))
			return true;
	}
	return false;
}

/* Is it an event to deliver?  Counts those that are not. */
static bool deliverable(struct calib_src *src)
{
	bool any_daq = false, all_trimmed = true, content = false;

	for (size_t i = 0; i < xtc(src)->ngroup; i++) {
		const struct calib_entry *e = xtc(src)->group[i];

		if (!is_control(src, i)) {
			any_daq = true;
			all_trimmed &= e->d.env >> 31 == 1;
		}
		for (size_t k = 0; k < e->nleaves && !content; k++)
			content = e->leaf[k].type != TYPE_EPICS;
	}
	if (any_daq && all_trimmed) {
		src->stats.trimmed++;
		return false;
	}
	if (!content)
		src->stats.empty++;
	return content;
}

static int build_event(struct calib_src *src, struct calib_err *err)
{
	const struct calib_entry *e = xtc(src)->group[0];
	struct calib_evt *evt = &src->evt;
	size_t n = 0, total = 0;

	for (size_t i = 0; i < xtc(src)->ngroup; i++)
		total += xtc(src)->group[i]->nleaves;
	if (calib_src_room(src, total, err) < 0)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < xtc(src)->ngroup; i++)
		for (size_t k = 0; k < xtc(src)->group[i]->nleaves; k++)
			if (!repeated(src, n, &xtc(src)->group[i]->leaf[k]))
				src->objects[n++] = xtc(src)->group[i]->leaf[k];
	evt->sec = e->d.sec;
	evt->nsec = e->d.nsec;
	evt->fiducial = e->d.fiducial;
	evt->ticks = e->d.ticks;
	evt->vector = e->d.vector;
	evt->env = e->d.env;
	evt->stream = e->stream;
	evt->chunk = e->chunk;
	evt->offset = e->d.offset;
	evt->index = src->stats.events++;
	evt->objects = src->objects;
	evt->nobjects = n;
	evt->cfg = src->cfg;
	return 1;
}

static int advance(struct calib_src *src, struct calib_err *err)
{
	int rc;

	while ((rc = next_group(src, err)) == 1) {
		if (xtc(src)->group[0]->d.service != CALIB_SVC_L1ACCEPT) {
			rc = on_transition(src, err);
			if (rc < 0)
				return rc;
		} else if (deliverable(src)) {
			return build_event(src, err);
		}
	}
	return rc;
}

int calib_xtcrun_stream(struct calib_src *src, size_t k, size_t from, size_t n,
                        struct calib_err *err)
{
	struct xtcrun *x = xtc(src);
	struct calib_stream *s = calib_alloc(1, sizeof *s, "stream", err);
	void *list = x->streams;

	if (calib_grow(&list, &x->streams_room, x->nstreams + 1, sizeof s, "streams", err) < 0) {
		free(s);
		return CALIB_ENOMEM;
	}
	x->streams = list;
	if (s == NULL || calib_stream_init(s, src->files.file + from, n, err) < 0) {
		free(s);
		return CALIB_ENOMEM;
	}
	s->problem = calib_src_note;
	s->ctx = src;
	s->ndatagrams = &src->stats.datagrams;
	s->nbad_fiducial = &src->stats.bad_fiducial;
	memmove(x->streams + k + 1, x->streams + k, (x->nstreams - k) * sizeof *x->streams);
	x->streams[k] = s;
	x->nstreams++;
	return CALIB_OK;
}

/* Files are sorted by run, stream, chunk: cut them into streams. */
static int make_streams(struct calib_src *src, struct calib_err *err)
{
	const struct calib_file *f = src->files.file;
	size_t n = src->files.n;
	struct xtcrun *x = xtc(src);

	x->first = calib_alloc(n + 1, sizeof *x->first, "runs", err);
	if (x->first == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && f[k].run == f[i].run && f[k].stream == f[i].stream;)
			k++;
		if (i == 0 || f[i].run != f[i - 1].run)
			x->first[x->nruns++] = x->nstreams;
		if (calib_xtcrun_stream(src, x->nstreams, i, k - i, err) < 0)
			return CALIB_ENOMEM;
		if (x->nstreams - x->first[x->nruns - 1] >= CALIB_MAX_STREAMS)
			return calib_fail(err, CALIB_EINVAL, "run %u has more than %d streams",
			                  f[i].run, CALIB_MAX_STREAMS - 1);
	}
	x->first[x->nruns] = x->nstreams;
	return CALIB_OK;
}

/* Chunks of a stream are counted from 0 without a gap, and none is empty. */
void calib_xtcrun_gaps(struct calib_src *src)
{
	const struct calib_file *f = src->files.file;
	char text[4200];

	for (size_t i = 0; i < src->files.n; i++) {
		bool first = i == 0 || f[i].run != f[i - 1].run || f[i].stream != f[i - 1].stream;
		unsigned want = first ? 0 : f[i - 1].chunk + 1;

		if (f[i].chunk > want) {
			snprintf(text, sizeof text, "%.4000s: chunk %u of run %u, stream %u is "
			         "missing before it, its events are left out", f[i].path, want,
			         f[i].run, f[i].stream);
			calib_src_note(src, text);
		}
		if (f[i].size == 0 && !f[i].in_progress) {
			snprintf(text, sizeof text, "%.4000s: is empty", f[i].path);
			calib_src_note(src, text);
		}
	}
}

static void start(struct calib_src *src)
{
	struct xtcrun *x = xtc(src);

	if (src->follow != NULL)
		calib_follow_start(src);
	else if (x->whole)
		calib_xtcrun_gaps(src);
	x->run_at = 0;
	x->ngroup = 0;
	memset(x->seen, 0, sizeof x->seen);
	src->evt = (struct calib_evt){.step = -1, .run = src->files.file[0].run};
}

static int open_streams(struct calib_src *src, const struct calib_src_opts *opts,
                        struct calib_err *err)
{
	int rc;

	src->run = calib_alloc(1, sizeof(struct xtcrun), "run", err);
	if (src->run == NULL)
		return CALIB_ENOMEM;
	xtc(src)->whole = opts->nfiles == 0;
	rc = make_streams(src, err);
	if (rc >= 0)
		start(src);
	return rc;
}

static void rewind_streams(struct calib_src *src)
{
	recycle_group(src);
	for (size_t i = 0; i < xtc(src)->nstreams; i++)
		calib_stream_rewind(xtc(src)->streams[i]);
	start(src);
}

static void close_streams(struct calib_src *src)
{
	struct xtcrun *x = xtc(src);

	if (x == NULL)
		return;
	recycle_group(src);
	for (size_t i = 0; i < x->nstreams; i++) {
		calib_stream_release(x->streams[i]);
		free(x->streams[i]);
	}
	free(x->streams);
	free(x->first);
	free(x);
}

/* Nothing in an XTC file is corrected already. */
static const char *never(const struct calib_src *src, struct calib_srcid id)
{
	(void)src;
	(void)id;
	return NULL;
}

const struct calib_src_kind calib_src_xtc = {open_streams, advance, rewind_streams, close_streams,
	never};
