/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/src.c - the streams of a run merged into events
 *
 * DAQ streams hold different events and are interleaved; only a control stream's datagram is
 * joined to the DAQ datagram of the same fiducial.  The rules and their limits are psana's.
 * Source: lcls-psana/XtcInput src/StreamDgram.cpp, src/XtcStreamMerger.cpp;
 * lcls-psana/PSXtcInput src/XtcInputModuleBase.cpp. */
#include "src/src.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "src/files.h"
#include "src/stream.h"

#define MAX_CLOCK_DIFF 85	/* s; datagrams of one event differ by less */
#define MAX_PROBLEMS 100
#define MAX_STREAMS 256

enum { TYPE_ANY = 0, TYPE_EPICS = 13, TYPE_ALIAS = 69 };

struct calib_cfgset {
	struct calib_cfgset *older;	/* list of all, for the clean-up */
	size_t n;
	const struct calib_object *object[];
};

struct alias { struct calib_srcid id; char name[32]; };
struct stored { struct stored *next; struct calib_object object; };

struct calib_src {
	struct calib_files files;
	struct calib_stream *streams;	/* of all runs; run i has [first[i], first[i+1]) */
	size_t nstreams, *first, nruns, run_at;
	struct stored *stored;		/* configuration objects, newest first */
	struct calib_cfgset *sets;	/* all that ever were in force, newest first */
	const struct calib_cfgset *cfg, *configured;
	struct alias *alias;
	size_t naliases, alias_room;
	char **problem;
	size_t nproblems, problem_room;
	uint64_t more_problems;
	struct calib_src_stats stats;
	/* the group of datagrams that is being looked at, and whose streams they are from */
	struct calib_entry *group[MAX_STREAMS];
	struct calib_stream *owner[MAX_STREAMS];
	size_t ngroup;
	struct calib_dgram last[16];	/* last transition of each kind */
	bool seen[16];
	struct calib_evt evt;
	struct calib_object *objects;
	size_t objects_room;
	bool pending;			/* evt was found by open, not yet delivered */
};

static void note_problem(void *ctx, const char *sentence)
{
	struct calib_src *src = ctx;
	void *list = src->problem;
	char *copy;

	if (src->nproblems == MAX_PROBLEMS) {
		src->more_problems++;
		return;
	}
	copy = calib_strdup(sentence, NULL);
	if (copy == NULL || calib_grow(&list, &src->problem_room, src->nproblems + 1,
	                               sizeof copy, "problems", NULL) < 0) {
		free(copy);
		src->more_problems++;
		return;
	}
	src->problem = list;
	src->problem[src->nproblems++] = copy;
}

static void forget_problems(struct calib_src *src)
{
	for (size_t i = 0; i < src->nproblems; i++)
		free(src->problem[i]);
	src->nproblems = 0;
	src->more_problems = 0;
}

/* ---- configuration ---- */

const struct calib_object *calib_cfgset_find(const struct calib_cfgset *set,
                                             struct calib_srcid id, uint16_t type,
                                             uint16_t version)
{
	for (size_t i = 0; set != NULL && i < set->n; i++) {
		const struct calib_object *o = set->object[i];

		if (o->type == type && o->version == version && calib_srcid_equal(o->src, id))
			return o;
	}
	return NULL;
}

const struct calib_object *calib_cfgset_at(const struct calib_cfgset *set, size_t i)
{
	return set != NULL && i < set->n ? set->object[i] : NULL;
}

static const struct calib_object *store(struct calib_src *src, const struct calib_object *o,
                                        struct calib_err *err)
{
	struct stored *s = calib_alloc(1, sizeof *s, "configuration", err);

	if (s == NULL)
		return NULL;
	s->object = *o;
	s->next = src->stored;
	src->stored = s;
	return &s->object;
}

/* Put one object into a set under construction: replaces its predecessor from before this
 * transition (index < old); of two in one transition the first counts. */
static void place_object(struct calib_cfgset *set, size_t old, const struct calib_object *o)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct calib_object *x = set->object[i];

		if (x->type == o->type && x->version == o->version
		    && calib_srcid_equal(x->src, o->src)) {
			if (i < old)
				set->object[i] = o;
			return;
		}
	}
	set->object[set->n++] = o;
}

static bool is_control(const struct calib_src *src, size_t i)
{
	return src->owner[i]->control;
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
	struct calib_cfgset *set;
	size_t old = src->cfg ? src->cfg->n : 0, n = old;

	for (size_t i = 0; i < src->ngroup; i++)
		n += src->group[i]->nleaves;
	set = calib_alloc(1, sizeof *set + n * sizeof set->object[0], "configuration", err);
	if (set == NULL)
		return CALIB_ENOMEM;
	set->older = src->sets;
	src->sets = set;
	set->n = old;
	if (old > 0)
		memcpy(set->object, src->cfg->object, old * sizeof set->object[0]);
	src->cfg = set;
	for (size_t i = 0; i < src->ngroup; i++)
		for (size_t k = 0; gives_config(src, i) && k < src->group[i]->nleaves; k++) {
			const struct calib_object *o = &src->group[i]->leaf[k];

			if (o->type == TYPE_EPICS || o->type == TYPE_ANY)
				continue;
			o = store(src, o, err);
			if (o == NULL)
				return CALIB_ENOMEM;
			place_object(set, old, o);
		}
	return CALIB_OK;
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
		struct alias a = {{0, 0}, ""};
		void *list = src->alias;
		struct calib_srcid id;

		if (calib_place_read(&o->place, 4 + 40 * (uint64_t)i, row, 40, NULL) < 0)
			break;
		a.id = (struct calib_srcid){calib_le32(row), calib_le32(row + 4)};
		memcpy(a.name, row + 8, 31);
		if (a.name[0] == '\0' || calib_src_by_alias(src, a.name, &id)
		    || calib_src_alias(src, a.id) != NULL)
			continue;
		if (calib_grow(&list, &src->alias_room, src->naliases + 1, sizeof a, "aliases",
		               err) < 0)
			return CALIB_ENOMEM;
		src->alias = list;
		src->alias[src->naliases++] = a;
	}
	return CALIB_OK;
}

static int take_aliases(struct calib_src *src, struct calib_err *err)
{
	for (int control = 1; control >= 0; control--)
		for (size_t i = 0; i < src->ngroup; i++)
			for (size_t k = 0; is_control(src, i) == control && gives_config(src, i)
			     && k < src->group[i]->nleaves; k++) {
				const struct calib_object *o = &src->group[i]->leaf[k];

				if (o->type == TYPE_ALIAS && o->version == 1
				    && read_aliases(src, o, err) < 0)
					return CALIB_ENOMEM;
			}
	return CALIB_OK;
}

const char *calib_src_alias(const struct calib_src *src, struct calib_srcid id)
{
	for (size_t i = 0; i < src->naliases; i++)
		if (calib_srcid_equal(src->alias[i].id, id))
			return src->alias[i].name;
	return NULL;
}

bool calib_src_by_alias(const struct calib_src *src, const char *alias, struct calib_srcid *id)
{
	for (size_t i = 0; i < src->naliases; i++)
		if (strcmp(src->alias[i].name, alias) == 0) {
			*id = src->alias[i].id;
			return true;
		}
	return false;
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
	for (size_t i = 0; i < src->ngroup; i++)
		calib_stream_recycle(src->owner[i], src->group[i]);
	src->ngroup = 0;
}

/* The stream whose head comes first; NULL when all of the run have ended. */
static struct calib_stream *first_stream(struct calib_src *src, struct calib_err *err)
{
	struct calib_stream *best = NULL;
	const struct calib_entry *head = NULL;

	for (size_t i = src->first[src->run_at]; i < src->first[src->run_at + 1]; i++) {
		const struct calib_entry *e = calib_stream_peek(&src->streams[i], err);

		if (e != NULL && (head == NULL || before(e, head))) {
			best = &src->streams[i];
			head = e;
		}
	}
	return best;
}

/* Insert by stream number, so that the DAQ datagram leads. */
static void add_to_group(struct calib_src *src, struct calib_stream *owner)
{
	struct calib_entry *e = calib_stream_take(owner);
	size_t at = src->ngroup++;

	for (; at > 0 && src->group[at - 1]->stream > e->stream; at--) {
		src->group[at] = src->group[at - 1];
		src->owner[at] = src->owner[at - 1];
	}
	src->group[at] = e;
	src->owner[at] = owner;
}

/* The next datagrams that belong together; 0 at the end of the last run. */
static int next_group(struct calib_src *src, struct calib_err *err)
{
	struct calib_stream *s = NULL;
	struct calib_dgram lead;
	bool lead_control;

	recycle_group(src);
	while (src->run_at < src->nruns && (s = first_stream(src, err)) == NULL) {
		if (err->code != CALIB_OK)
			return err->code;
		src->run_at++;
		memset(src->seen, 0, sizeof src->seen);
		src->evt.step = -1;
		if (src->run_at < src->nruns)
			src->evt.run = src->streams[src->first[src->run_at]].files[0].run;
	}
	if (s == NULL)
		return 0;
	lead = s->queue[0]->d;
	lead_control = s->control;
	add_to_group(src, s);
	while (src->ngroup < MAX_STREAMS && (s = first_stream(src, err)) != NULL
	       && joins(&lead, lead_control, s))
		add_to_group(src, s);
	return err->code != CALIB_OK ? err->code : 1;
}

/* ---- transitions and events ---- */

static int on_transition(struct calib_src *src, struct calib_err *err)
{
	const struct calib_dgram *d = &src->group[0]->d;
	int rc = CALIB_OK;

	/* a copy in a stream that lags behind */
	if (src->seen[d->service] && compare_clock(&src->last[d->service], d) == 0)
		return CALIB_OK;
	src->seen[d->service] = true;
	src->last[d->service] = *d;
	switch (d->service) {
	case CALIB_SVC_CONFIGURE:
		rc = take_configs(src, err);
		return rc < 0 ? rc : take_aliases(src, err);
	case CALIB_SVC_BEGINSTEP:
		src->evt.step++;
		return take_configs(src, err);
	case CALIB_SVC_BEGINRUN:
		for (size_t i = 0; i < src->ngroup; i++)
			if (src->group[i]->d.env > 0) {
				src->evt.run = src->group[i]->d.env;
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

	for (size_t i = 0; i < src->ngroup; i++) {
		const struct calib_entry *e = src->group[i];

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
	const struct calib_entry *e = src->group[0];
	struct calib_evt *evt = &src->evt;
	size_t n = 0, total = 0;
	void *list = src->objects;

	for (size_t i = 0; i < src->ngroup; i++)
		total += src->group[i]->nleaves;
	if (calib_grow(&list, &src->objects_room, total, sizeof *src->objects, "event", err) < 0)
		return CALIB_ENOMEM;
	src->objects = list;
	for (size_t i = 0; i < src->ngroup; i++)
		for (size_t k = 0; k < src->group[i]->nleaves; k++)
			if (!repeated(src, n, &src->group[i]->leaf[k]))
				src->objects[n++] = src->group[i]->leaf[k];
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
	struct calib_err local = CALIB_ERR_INIT;
	int rc;

	if (err == NULL)
		err = &local;
	while ((rc = next_group(src, err)) == 1) {
		if (src->group[0]->d.service != CALIB_SVC_L1ACCEPT) {
			rc = on_transition(src, err);
			if (rc < 0)
				return rc;
		} else if (deliverable(src)) {
			return build_event(src, err);
		}
	}
	return rc;
}

int calib_src_next(struct calib_src *src, const struct calib_evt **evt, struct calib_err *err)
{
	int rc = src->pending ? 1 : advance(src, err);

	src->pending = false;
	*evt = rc == 1 ? &src->evt : NULL;
	return rc;
}

/* ---- open and close ---- */

/* Files are sorted by run, stream, chunk: cut them into streams. */
static int make_streams(struct calib_src *src, struct calib_err *err)
{
	const struct calib_file *f = src->files.file;
	size_t n = src->files.n;

	src->streams = calib_alloc(n, sizeof *src->streams, "streams", err);
	src->first = calib_alloc(n + 1, sizeof *src->first, "runs", err);
	if (src->streams == NULL || src->first == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0, k; i < n; i = k) {
		struct calib_stream *s = &src->streams[src->nstreams];

		for (k = i + 1; k < n && f[k].run == f[i].run && f[k].stream == f[i].stream;)
			k++;
		if (i == 0 || f[i].run != f[i - 1].run)
			src->first[src->nruns++] = src->nstreams;
		if (calib_stream_init(s, f + i, k - i, err) < 0)
			return CALIB_ENOMEM;
		s->problem = note_problem;
		s->ctx = src;
		s->ndatagrams = &src->stats.datagrams;
		s->nbad_fiducial = &src->stats.bad_fiducial;
		src->nstreams++;
		if (src->nstreams - src->first[src->nruns - 1] >= MAX_STREAMS)
			return calib_fail(err, CALIB_EINVAL, "run %u has more than %d streams",
			                  f[i].run, MAX_STREAMS - 1);
	}
	src->first[src->nruns] = src->nstreams;
	return CALIB_OK;
}

static void free_configs(struct calib_src *src)
{
	for (struct calib_cfgset *s = src->sets, *older; s != NULL; s = older) {
		older = s->older;
		free(s);
	}
	for (struct stored *s = src->stored, *next; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
}

/* Read up to the first event: configurations and aliases are known then. */
static int start(struct calib_src *src, struct calib_err *err)
{
	int rc;

	src->run_at = 0;
	src->ngroup = 0;
	src->stats = (struct calib_src_stats){0};
	memset(src->seen, 0, sizeof src->seen);
	src->evt = (struct calib_evt){.step = -1, .run = src->files.file[0].run};
	rc = advance(src, err);
	src->pending = rc == 1;
	src->configured = src->cfg;
	return rc < 0 ? rc : CALIB_OK;
}

int calib_src_rewind(struct calib_src *src, struct calib_err *err)
{
	recycle_group(src);
	for (size_t i = 0; i < src->nstreams; i++)
		calib_stream_rewind(&src->streams[i]);
	forget_problems(src);
	src->naliases = 0;
	src->cfg = NULL;	/* the objects stay: their addresses were promised until close */
	return start(src, err);
}

int calib_src_open(struct calib_src **result, const struct calib_src_opts *opts,
                   struct calib_err *err)
{
	struct calib_src *src = calib_alloc(1, sizeof *src, "run", err);
	int rc;

	if (src == NULL)
		return CALIB_ENOMEM;
	rc = calib_files_find(&src->files, opts, err);
	if (rc >= 0)
		rc = make_streams(src, err);
	if (rc >= 0)
		rc = start(src, err);
	if (rc < 0) {
		calib_src_close(src);
		return rc;
	}
	*result = src;
	return CALIB_OK;
}

void calib_src_close(struct calib_src *src)
{
	if (src == NULL)
		return;
	recycle_group(src);
	for (size_t i = 0; i < src->nstreams; i++)
		calib_stream_release(&src->streams[i]);
	forget_problems(src);
	free_configs(src);
	free(src->problem);
	free(src->alias);
	free(src->objects);
	free(src->streams);
	free(src->first);
	calib_files_release(&src->files);
	free(src);
}

const char *calib_src_problem(const struct calib_src *src, size_t i)
{
	return i < src->nproblems ? src->problem[i] : NULL;
}

const struct calib_file *calib_src_file(const struct calib_src *src, size_t i)
{
	return i < src->files.n ? &src->files.file[i] : NULL;
}

void calib_src_stats(const struct calib_src *src, struct calib_src_stats *stats)
{
	*stats = src->stats;
}

const struct calib_cfgset *calib_src_configs(const struct calib_src *src)
{
	return src->configured;
}
