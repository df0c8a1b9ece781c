/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/xtcrun.h - an XTC run inside: its streams, and the end of a run that is being written
 * (private to lib/src/xtcrun.c, follow.c) */
#ifndef CALIB_SRC_XTCRUN_H
#define CALIB_SRC_XTCRUN_H
#include "src/run.h"
#include "src/stream.h"

#define CALIB_MAX_STREAMS 256	/* of a run */

struct xtcrun {
	/* of all runs; run i has [first[i], first[i+1]) */
	struct calib_stream **streams;
	size_t nstreams, streams_room, *first, nruns, run_at;
	/* the group of datagrams that is being looked at, and whose streams they are from */
	struct calib_entry *group[CALIB_MAX_STREAMS];
	struct calib_stream *owner[CALIB_MAX_STREAMS];
	size_t ngroup;
	struct calib_dgram last[16];	/* last transition of each kind */
	bool seen[16];
	bool whole;			/* a directory was searched: all chunks should be there */
};

/* calib_xtcrun_stream - a new stream of the files [from, from+n), which is the k-th one */
CALIB_MUST_CHECK
int calib_xtcrun_stream(struct calib_src *src, size_t k, size_t from, size_t n,
                        struct calib_err *err);
/* calib_xtcrun_gaps - note chunks that are missing and files that are empty */
void calib_xtcrun_gaps(struct calib_src *src);

/* ---- lib/src/follow.c: runs that are being written ---- */

/* calib_follow_open - wait for the files of opts, at most opts->timeout seconds; src->follow is
 * NULL afterwards when there is nothing to follow (HDF5 files) */
CALIB_MUST_CHECK
int calib_follow_open(struct calib_src *src, const struct calib_src_opts *opts,
                      struct calib_err *err);
void calib_follow_close(struct calib_src *src);
/* calib_follow_start - before a pass: the streams are there */
void calib_follow_start(struct calib_src *src);
/* calib_follow_fill - wait until each stream of the current run has as much look-ahead as it needs,
 * or its end; a run is over when nothing came for a while, too.  Merged then, datagrams come in the
 * order of the finished run. */
CALIB_MUST_CHECK
int calib_follow_fill(struct calib_src *src, struct calib_err *err);
/* calib_follow_end - all streams of the current run have ended: 1 something else turned up, 0 no */
CALIB_MUST_CHECK
int calib_follow_end(struct calib_src *src, struct calib_err *err);
#endif
