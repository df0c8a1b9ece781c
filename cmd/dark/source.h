/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/source.h - the detectors of a run while calib-dark walks over its events */
#ifndef CALIB_CMD_DARK_SOURCE_H
#define CALIB_CMD_DARK_SOURCE_H
#include "algo/dark.h"
#include "det/det.h"

/* Frames handed over to the engine at once: enough for a tile of pixels to be summed while it
 * is in the cache, few enough that decompressed payloads stay small. */
enum { DARK_BLOCK = 32, DARK_BLOCK_UNPACKED = 8 };

/* A good array of one event. */
struct dark_frame { struct calib_frame frame; struct calib_layout layout; };

/* A source is an address and a data type, as the analysis sees it. */
struct dark_source {
	struct calib_srcid id;
	uint16_t type, version;
	const struct calib_det *det;
	char name[64];			/* "XppGon.0:Cspad.0" */
	struct calib_layout layout;	/* of the first good array */
	bool have_layout, failed;
	/* found by the first pass over the headers */
	uint64_t usable, accepted;	/* good arrays; those --every leaves */
	uint64_t unusable;		/* damaged, of wrong size, without configuration */
	char why[200]; /* what was wrong with the first of them, or why it failed */
	int64_t counts[5];		/* read, skipped, rejected, without data, accepted */
	/* state of the pass under way */
	uint64_t good, taken;
	struct dark_frame *block;
	size_t nblock, room;
	/* the engine */
	struct calib_dark_params params;
	struct calib_dark *dark;
	uint64_t *wanted;		/* numbers of the arrays of the sample, then of those */
	size_t nwanted, nextwanted;	/* to be added again */
};

struct dark_sources { struct dark_source *list; size_t n, room; };

/* dark_sources_find - the source of an object, NULL if it is none of them */
struct dark_source *dark_sources_find(struct dark_sources *sources,
                                      const struct calib_object *object);
/* dark_sources_add - a new one; failed, with the reason in why, when this detector cannot be
 * processed here (waveforms, several gain ranges) */
CALIB_MUST_CHECK
int dark_sources_add(struct dark_sources *sources, const struct calib_object *object,
                     const struct calib_det *det, struct calib_err *err);
void dark_sources_free(struct dark_sources *sources);

/* dark_source_open - is the source's object of this event a good array?
 * 1: *frame is open and waits to be released; 0: it is not; < 0: the layout changed in the run */
CALIB_MUST_CHECK
int dark_source_open(struct dark_source *source, const struct calib_object *object,
                     const struct calib_cfgset *cfg, struct dark_frame *frame,
                     struct calib_err *err);
/* dark_source_keep - put an open frame into the block, which has room for it */
void dark_source_keep(struct dark_source *source, const struct dark_frame *frame);
/* dark_source_block - the block as the engine takes it */
struct calib_dark_block dark_source_block(struct dark_source *source);
void dark_source_rewind(struct dark_source *source);	/* before a pass over the events */
void dark_source_clear(struct dark_source *source);	/* release the frames of the block */
/* dark_source_room - make the block able to hold n frames */
CALIB_MUST_CHECK
int dark_source_room(struct dark_source *source, size_t n, struct calib_err *err);
#endif
