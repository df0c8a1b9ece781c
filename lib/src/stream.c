/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/stream.c - chunks one after the other, and a look-ahead that mends small disorder
 *
 * L1Accepts are sorted by clock inside the look-ahead but never moved across a transition; the
 * lengths are those of psana.  Source: lcls-psana/XtcInput src/XtcStreamMerger.cpp,
 * src/StreamDgram.cpp. */
#include "src/stream.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "src/files.h"

#define LOOKAHEAD_DAQ 20
#define LOOKAHEAD_CONTROL 40

int calib_stream_init(struct calib_stream *s, const struct calib_file *files, size_t nfiles,
                      struct calib_err *err)
{
	*s = (struct calib_stream){.files = files, .nfiles = nfiles};
	s->control = files[0].stream >= CALIB_FIRST_CONTROL_STREAM;
	s->file.fd = -1;
	s->fds = calib_alloc(nfiles, sizeof *s->fds, "stream", err);
	s->small = calib_alloc(nfiles, sizeof *s->small, "stream", err);
	for (size_t i = 0; i < nfiles && s->fds != NULL; i++)
		s->fds[i] = -1;
	for (size_t i = 0; i < nfiles && s->small != NULL; i++)
		s->small[i].file.fd = -1;
	return s->fds && s->small ? CALIB_OK : CALIB_ENOMEM;
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
	s->done = s->started = s->after_endstep = false;
	s->block = 0;
	s->file.fd = -1;
	s->file.len = 0;
}

/* The descriptor of a chunk stays open: places in it are read until the source is closed.
 * The window moves from chunk to chunk. */
static bool open_chunk(struct calib_stream *s)
{
	const struct calib_file *f = &s->files[s->current];
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_xtcfile next;

	if (f->small != NULL)
		calib_small_open(&s->small[s->current], f->small);
	if (s->fds[s->current] >= 0) {
		s->file.fd = s->fds[s->current];
		s->file.name = f->path;
		s->file.size = f->size;
		s->file.len = 0;
		return true;
	}
	if (calib_xtcfile_open(&next, f->path, &err) < 0) {
		s->problem(s->ctx, err.msg);
		return false;
	}
	free(s->file.window);
	s->file = next;
	s->fds[s->current] = next.fd;
	return true;
}

static void next_chunk(struct calib_stream *s)
{
	s->file.fd = -1;
	s->offset = 0;
	s->current++;
	s->done = s->current == s->nfiles;
}

/* The next datagram header of the stream, over chunk borders; 0 at the end. */
static int next_header(struct calib_stream *s, struct calib_dgram *d)
{
	while (!s->done) {
		struct calib_err err = CALIB_ERR_INIT;
		int rc;

		if (s->file.fd < 0 && !open_chunk(s)) {
			next_chunk(s);
			continue;
		}
		rc = calib_small_dgram(&s->small[s->current], &s->file, s->offset, d, &err);
		if (rc == 1) {
			s->offset += d->size;
			++*s->ndatagrams;
			return 1;
		}
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
