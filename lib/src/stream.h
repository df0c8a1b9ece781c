/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/stream.h - the datagrams of one stream of a run, in order (private to lib/src) */
#ifndef CALIB_SRC_STREAM_H
#define CALIB_SRC_STREAM_H
#include "src/small.h"
#include "src/xtc.h"

/* A datagram in the look-ahead, with its leaves. */
struct calib_entry {
	struct calib_dgram d;
	unsigned stream, chunk;
	unsigned block;			/* EndCalibCycles seen in the stream, its own included */
	struct calib_object *leaf;
	size_t nleaves, room;
};

#define CALIB_LOOKAHEAD_MAX 40

struct calib_stream {
	const struct calib_file *files;	/* its chunks, in order; the caller's */
	size_t nfiles, current;
	bool control, done, started, after_endstep;
	/* live: more may be written; waiting: peek came to the end of what is there now */
	bool follow, waiting;
	unsigned service;		/* of the last datagram read */
	uint64_t fresh;			/* 1 + the offset at which the window was just renewed */
	double settle, grown;		/* live: s a file must rest; when it grew last */
	unsigned block;
	uint64_t offset, end;		/* end: where the last chunk that was left was left */
	struct calib_xtcfile file;	/* of files[current] */
	int *fds;			/* of every chunk opened so far, -1 before */
	uint64_t *size;			/* of these, as far as they are read, in every pass */
	struct calib_small *small;	/* small-data file of every chunk */
	struct calib_entry *queue[CALIB_LOOKAHEAD_MAX + 1];	/* [0] is next */
	size_t nqueued;
	struct calib_entry *spare[CALIB_LOOKAHEAD_MAX + 2];
	size_t nspare;
	/* where notes go */
	void (*problem)(void *ctx, const char *sentence);
	void (*lasting)(void *ctx, const char *sentence);	/* live: not found again later */
	void *ctx;
	uint64_t *ndatagrams, *nbad_fiducial;
};

CALIB_MUST_CHECK
int calib_stream_init(struct calib_stream *s, const struct calib_file *files, size_t nfiles,
                      struct calib_err *err);
void calib_stream_release(struct calib_stream *s);
void calib_stream_rewind(struct calib_stream *s);
/* calib_stream_peek - the next datagram without taking it; NULL at the end (or, with err set,
 * out of memory).  With s->waiting set afterwards it may still be another one. */
struct calib_entry *calib_stream_peek(struct calib_stream *s, struct calib_err *err);
/* calib_stream_extend - live: the files have moved, and there are more of them; one is new at the
 * index given */
CALIB_MUST_CHECK
int calib_stream_extend(struct calib_stream *s, const struct calib_file *files, size_t at,
                        struct calib_err *err);
/* calib_stream_grown - live: look at the open file; has it grown? */
bool calib_stream_grown(struct calib_stream *s);
/* calib_stream_take - the same, taken out; give it back with calib_stream_recycle() */
struct calib_entry *calib_stream_take(struct calib_stream *s);
void calib_stream_recycle(struct calib_stream *s, struct calib_entry *e);
#endif
