/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/stream.c - chunks one after the other, and a look-ahead that mends small disorder
 *
 * L1Accepts are sorted by clock inside the look-ahead but never moved across a transition; the
 * lengths are those of psana.  Source: lcls-psana/XtcInput src/XtcStreamMerger.cpp,
 * src/StreamDgram.cpp. */
#include "src/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "src/files.h"
#include "src/live.h"

#define LOOKAHEAD_DAQ 20
#define LOOKAHEAD_CONTROL 40

int calib_stream_init(struct calib_stream *s, const struct calib_file *files, size_t nfiles,
                      struct calib_err *err)
{
	*s = (struct calib_stream){.files = files, .nfiles = nfiles};
	s->control = files[0].stream >= CALIB_FIRST_CONTROL_STREAM;
	s->file.fd = -1;
	s->fds = calib_alloc(nfiles, sizeof *s->fds, "stream", err);
	s->size = calib_alloc(nfiles, sizeof *s->size, "stream", err);
	s->small = calib_alloc(nfiles, sizeof *s->small, "stream", err);
	for (size_t i = 0; i < nfiles && s->fds != NULL; i++)
		s->fds[i] = -1;
	for (size_t i = 0; i < nfiles && s->small != NULL; i++)
		s->small[i].file.fd = -1;
	return s->fds && s->size && s->small ? CALIB_OK : CALIB_ENOMEM;
}

int calib_stream_extend(struct calib_stream *s, const struct calib_file *files, size_t at,
                        struct calib_err *err)
{
	size_t n = s->nfiles + 1, rest = s->nfiles - at;
	int *fds = calib_alloc(n, sizeof *fds, "stream", err);
	uint64_t *size = calib_alloc(n, sizeof *size, "stream", err);
	struct calib_small *small = calib_alloc(n, sizeof *small, "stream", err);

	if (fds == NULL || size == NULL || small == NULL) {
		free(fds), free(size), free(small);
		return CALIB_ENOMEM;
	}
	memcpy(fds, s->fds, at * sizeof *fds);
	memcpy(fds + at + 1, s->fds + at, rest * sizeof *fds);
	memcpy(size, s->size, at * sizeof *size);
	memcpy(size + at + 1, s->size + at, rest * sizeof *size);
	memcpy(small, s->small, at * sizeof *small);
	memcpy(small + at + 1, s->small + at, rest * sizeof *small);
	free(s->fds), free(s->size), free(s->small);
	fds[at] = -1;
	small[at] = (struct calib_small){.file.fd = -1};
	s->fds = fds;
	s->size = size;
	s->small = small;
	s->files = files;
	s->nfiles = n;
	s->current += at <= s->current && !(s->done && at == s->current);
	s->follow = true;
	s->done = false;
	return CALIB_OK;
}

static void free_entry(struct calib_entry *e)
{
	free(e->leaf);
	free(e);
}

void calib_stream_release(struct calib_stream *s)
{
	for (size_t i = 0; i < s->nqueued; i++)
		free_entry(s->queue[i]);
	for (size_t i = 0; i < s->nspare; i++)
		free_entry(s->spare[i]);
	free(s->file.window);
	for (size_t i = 0; s->fds != NULL && i < s->nfiles; i++)
		if (s->fds[i] >= 0)
			close(s->fds[i]);
	for (size_t i = 0; s->small != NULL && i < s->nfiles; i++)
		calib_xtcfile_close(&s->small[i].file);
	free(s->fds);
	free(s->size);
	free(s->small);
	*s = (struct calib_stream){.file.fd = -1};
}

void calib_stream_recycle(struct calib_stream *s, struct calib_entry *e)
{
	if (s->nspare < sizeof s->spare / sizeof s->spare[0])
		s->spare[s->nspare++] = e;
	else
		free_entry(e);
}

void calib_stream_rewind(struct calib_stream *s)
{
	for (size_t i = 0; i < s->nqueued; i++)
		calib_stream_recycle(s, s->queue[i]);
	s->nqueued = s->current = 0;
	s->offset = 0;
	s->done = s->started = s->after_endstep = s->waiting = false;
	s->block = s->service = 0;
	s->file.fd = -1;
	s->file.len = 0;
}

/* The descriptor of a chunk stays open: places in it are read until the source is closed.
 * The window moves from chunk to chunk.  In later passes a file ends where it ended in the first
 * one, however much was written since. */
static int open_chunk(struct calib_stream *s, struct calib_err *err)
{
	const struct calib_file *f = &s->files[s->current];
	struct calib_xtcfile next;
	int rc;

	if (f->small != NULL && !s->follow)
		calib_small_open(&s->small[s->current], f->small);
	if (s->fds[s->current] >= 0) {
		s->file.fd = s->fds[s->current];
		s->file.name = f->path;
		s->file.size = s->size[s->current];
		s->file.len = 0;
		return CALIB_OK;
	}
	rc = calib_xtcfile_open(&next, f->path, err);
	if (rc < 0)
		return rc;
	free(s->file.window);
	s->file = next;
	s->fds[s->current] = next.fd;
	s->size[s->current] = next.size;
	s->grown = calib_live_now();
	return CALIB_OK;
}

static void next_chunk(struct calib_stream *s)
{
	s->file.fd = -1;
	s->end = s->offset;
	s->offset = 0;
	s->current++;
	s->done = s->current == s->nfiles;
}

/* ---- files that grow ---- */

bool calib_stream_grown(struct calib_stream *s)
{
	uint64_t before = s->file.size, now;
	struct stat st;
	char text[4300];

	if (!s->follow || s->file.fd < 0 || fstat(s->file.fd, &st) != 0)
		return false;
	now = (uint64_t)st.st_size;
	if (now == before)
		return false;
	s->file.size = s->size[s->current] = now;
	s->grown = calib_live_now();
	s->file.len = 0;
	if (now > before)
		return true;
	snprintf(text, sizeof text, "%.4000s: became shorter while it was followed, from %llu to "
	         "%llu bytes",
	         s->file.name, (unsigned long long)before, (unsigned long long)now);
	s->lasting(s->ctx, text);
	s->follow = false;
	s->file.size = s->size[s->current] = s->offset;
	return false;
}

/* A file may grow before its bytes are there: a header of zeros is none yet. */
static bool not_yet(struct calib_stream *s, int rc)
{
	uint8_t head[CALIB_DGRAM_HEADER] = {0};

	if (rc == 0 || rc == CALIB_ETRUNC)
		return true;
	if (pread(s->file.fd, head, sizeof head, (off_t)s->offset) != (ssize_t)sizeof head)
		return false;
	for (size_t i = 0; i < sizeof head; i++)
		if (head[i] != 0)
			return false;
	return true;
}

/* Is the chunk, which was read to its end, one that no longer grows? */
static bool closed(const struct calib_stream *s)
{
	bool next = s->current + 1 < s->nfiles
		&& s->files[s->current + 1].chunk == s->files[s->current].chunk + 1;

	/* the recorder closes a chunk after a Disable, and only then opens the next */
	return next && (s->service == CALIB_SVC_DISABLE
	                || calib_live_now() - s->grown >= s->settle);
}

enum { READ_ON, NEXT, WAIT };

/* live: no datagram is to be had at s->offset, for the reason rc: what now? */
static int at_edge(struct calib_stream *s, int rc)
{
	/* the window may be older than the bytes that were written there since */
	if (rc == CALIB_EFORMAT && s->fresh != s->offset + 1) {
		s->fresh = s->offset + 1;
		s->file.len = 0;
		return READ_ON;
	}
	s->fresh = 0;
	if (!not_yet(s, rc))
		return NEXT;
	if (calib_stream_grown(s) || !s->follow)
		return READ_ON;
	if (rc == 0 && s->service == CALIB_SVC_ENDRUN && s->current + 1 == s->nfiles) {
		s->follow = false;
		return NEXT;
	}
	return rc == 0 && closed(s) ? NEXT : WAIT;
}

/* live: the name may have changed since it was listed; who follows looks again */
static bool gone(const struct calib_stream *s, const struct calib_err *err)
{
	return s->follow && err->sys == ENOENT;
}

/* The next datagram header of the stream, over chunk borders; 0 at the end. */
static int next_header(struct calib_stream *s, struct calib_dgram *d)
{
	while (!s->done) {
		struct calib_err err = CALIB_ERR_INIT;
		int rc, edge = NEXT;

		if (s->file.fd < 0 && open_chunk(s, &err) < 0) {
			s->waiting = gone(s, &err);
			if (s->waiting)
				return 0;
			s->problem(s->ctx, err.msg);
			next_chunk(s);
			continue;
		}
		rc = calib_small_dgram(&s->small[s->current], &s->file, s->offset, d, &err);
		if (rc == 1) {
			s->offset += d->size;
			s->service = d->service;
			++*s->ndatagrams;
			return 1;
		}
		if (s->follow)
			edge = at_edge(s, rc);
		s->waiting = edge == WAIT;
		if (s->waiting)
			return 0;
		if (edge == READ_ON)
			continue;
		/* a file that is still being written may end anywhere */
		if (rc < 0 && !(s->files[s->current].in_progress && rc == CALIB_ETRUNC))
			s->problem(s->ctx, err.msg);
		next_chunk(s);
	}
	return 0;
}

struct walk_ctx { struct calib_entry *e; struct calib_stream *s; };

static int on_leaf(void *ctx, const struct calib_object *leaf, int depth)
{
	struct calib_entry *e = ((struct walk_ctx *)ctx)->e;
	void *list = e->leaf;

	(void)depth;
	if (calib_grow(&list, &e->room, e->nleaves + 1, sizeof *leaf, "event", NULL) < 0)
		return CALIB_ENOMEM;
	e->leaf = list;
	e->leaf[e->nleaves++] = *leaf;
	return CALIB_OK;
}

static void on_bad(void *ctx, const char *sentence)
{
	struct calib_stream *s = ((struct walk_ctx *)ctx)->s;

	s->problem(s->ctx, sentence);
}

static struct calib_entry *new_entry(struct calib_stream *s, const struct calib_dgram *d,
                                     struct calib_err *err)
{
	struct calib_entry *e = s->nspare ? s->spare[--s->nspare]
	                                  : calib_alloc(1, sizeof *e, "event", err);
	struct walk_ctx ctx = {e, s};
	struct calib_walk walk = {on_leaf, on_bad, NULL, &ctx};
	int rc;

	if (e == NULL)
		return NULL;
	e->d = *d;
	e->stream = s->files[s->current].stream;
	e->chunk = s->files[s->current].chunk;
	e->block = s->block;
	e->nleaves = 0;
	rc = calib_small_leaves(&s->small[s->current], &s->file, d, &walk, err);
	if (rc == 0)
		rc = calib_xtc_leaves(&s->file, d, &walk, err);
	if (rc < 0) {
		calib_fail(err, CALIB_ENOMEM, "out of memory for the objects of an event");
		calib_stream_recycle(s, e);
		return NULL;
	}
	return e;
}

static int compare_clock(const struct calib_dgram *a, const struct calib_dgram *b)
{
	if (a->sec != b->sec)
		return a->sec < b->sec ? -1 : 1;
	return a->nsec < b->nsec ? -1 : a->nsec > b->nsec;
}

static void enqueue(struct calib_stream *s, struct calib_entry *e)
{
	size_t at = s->nqueued;

	while (e->d.service == CALIB_SVC_L1ACCEPT && at > 0) {
		const struct calib_dgram *before = &s->queue[at - 1]->d;
		int order;

		if (before->service != CALIB_SVC_L1ACCEPT)
			break;
		order = compare_clock(before, &e->d);
		if (order == 0 && s->control) {	/* a repetition */
			calib_stream_recycle(s, e);
			return;
		}
		if (order <= 0)
			break;
		at--;
	}
	memmove(s->queue + at + 1, s->queue + at, (s->nqueued - at) * sizeof s->queue[0]);
	s->queue[at] = e;
	s->nqueued++;
}

/* What the merge is to see: Enable and Disable only separate chunks; an L1Accept without a
 * valid fiducial is dropped unless it opens the stream. */
static bool wanted(struct calib_stream *s, const struct calib_dgram *d)
{
	bool first = !s->started;

	s->started = true;
	if (d->service == CALIB_SVC_ENABLE || d->service == CALIB_SVC_DISABLE)
		return false;
	if (d->service == CALIB_SVC_ENDSTEP) {
		s->block += !s->after_endstep;
		s->after_endstep = true;
	} else {
		s->after_endstep = false;
	}
	if (d->service == CALIB_SVC_L1ACCEPT && d->fiducial >= CALIB_FIDUCIALS && !first) {
		++*s->nbad_fiducial;
		return false;
	}
	return true;
}

struct calib_entry *calib_stream_peek(struct calib_stream *s, struct calib_err *err)
{
	size_t ahead = s->control ? LOOKAHEAD_CONTROL : LOOKAHEAD_DAQ;
	struct calib_dgram d;

	s->waiting = false;
	while (s->nqueued < ahead && next_header(s, &d) == 1) {
		struct calib_entry *e;

		if (!wanted(s, &d))
			continue;
		e = new_entry(s, &d, err);
		if (e == NULL)
			return NULL;
		enqueue(s, e);
	}
	return s->nqueued ? s->queue[0] : NULL;
}

struct calib_entry *calib_stream_take(struct calib_stream *s)
{
	struct calib_entry *e = s->queue[0];

	s->nqueued--;
	memmove(s->queue, s->queue + 1, s->nqueued * sizeof s->queue[0]);
	return e;
}
