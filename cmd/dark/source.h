/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/source.h - the detectors of a run while calib-dark walks over its events
 *
 * A source is an address and a data type.  Its arrays belong to parts: one for each gain range of a
 * detector that has several, and, when cycles are processed one by one, for each cycle. */
#ifndef CALIB_CMD_DARK_SOURCE_H
#define CALIB_CMD_DARK_SOURCE_H
#include "algo/dark.h"
#include "base/str.h"
#include "det/det.h"

/* Frames handed over to the engine at once: enough for a tile of pixels to be summed while it
 * is in the cache, few enough that decompressed payloads stay small. */
enum { DARK_BLOCK = 32, DARK_BLOCK_UNPACKED = 8, DARK_MAXRANGES = 7 };

/* A good array of one event. */
struct dark_frame {
	struct calib_frame frame;
	struct calib_layout layout;
	struct calib_framemark mark;
};

/* An event of a run. */
struct dark_moment { uint64_t index; uint32_t sec, nsec; };

struct dark_part {
	int range;			/* gain range, -1: the detector has one */
	int step;			/* calibration cycle, -1: all of them */
	unsigned run;			/* of its first array */
	struct calib_gain gain;		/* of that array */
	uint64_t usable, accepted;	/* good arrays; those --every and -n leave */
	uint64_t settled;		/* of those, left out at the beginning (--settle) */
	double settled_off;		/* --settle auto: noises the first of them were off */
	uint64_t from, to;		/* of the others, the share of this task */
	struct dark_moment first, last;	/* events of the first and last array accepted */
	bool failed;
	/* state of the pass under way */
	uint64_t good, taken;
	struct dark_frame *block;
	size_t nblock, room;
	int spool;			/* file without a name for arrays that were unpacked; -1 */
	uint64_t spooled;
	/* --until-error: an engine that measures what there is so far; enough: accepted is final */
	struct calib_dark *gauge;
	uint64_t gauged;		/* arrays that were added to it */
	double error;			/* of the median pixel [ADU] */
	bool enough;
	/* the engine */
	struct calib_dark_params params;
	struct calib_dark *dark;
	uint64_t *wanted;		/* numbers of the arrays of the sample, then of those */
	size_t nwanted, nextwanted;	/* to be added again */
	struct calib_dark_result result;
};

struct dark_source {
	struct calib_srcid id;
	uint16_t type, version;
	const struct calib_det *det;
	char name[64];			/* "XppGon.0:Cspad.0" */
	struct calib_layout layout;	/* of the first good array */
	bool have_layout, failed;
	double pitch[2];		/* of its pixels [um]; 0: there is no default geometry */
	uint64_t unusable;		/* damaged, of wrong size, without configuration */
	char why[240]; /* what was wrong with the first of them, or why it failed */
	int64_t counts[5];		/* read, skipped, rejected, without data, accepted */
	struct calib_str configuration;	/* calib_det_identity() of each part */
	struct calib_str events;	/* a line for each part: dark_events_text() */
	/* the gain of the configuration that was seen last */
	const struct calib_object *config;
	struct calib_gain gain;
	bool warned;			/* that a label and the configuration disagree */
	struct dark_part **part;
	size_t nparts, parts_room;
};

struct dark_sources { struct dark_source *list; size_t n, room; };

/* dark_sources_find - the source of an object, NULL if it is none of them */
struct dark_source *dark_sources_find(struct dark_sources *sources,
                                      const struct calib_object *object);
/* dark_sources_add - a new one; failed, with the reason in why, when it delivers no images */
CALIB_MUST_CHECK
int dark_sources_add(struct dark_sources *sources, const struct calib_object *object,
                     const struct calib_det *det, struct calib_err *err);
void dark_sources_free(struct dark_sources *sources);

/* dark_source_open - is the source's object of this event a good array?
 * 1: *frame is open and waits to be released; source->gain is of its configuration.  0: it is
 * not; < 0: the layout changed in the run */
CALIB_MUST_CHECK
int dark_source_open(struct dark_source *source, const struct calib_object *object,
                     const struct calib_cfgset *cfg, struct dark_frame *frame,
                     struct calib_err *err);
/* dark_sources_sort - in the order of the registry, as calibrun has always processed them */
void dark_sources_sort(struct dark_sources *sources);
/* dark_source_part - the part of a gain range and a cycle; NULL if there is none yet */
struct dark_part *dark_source_part(const struct dark_source *source, int range, int step);
CALIB_MUST_CHECK
int dark_source_new_part(struct dark_source *source, struct dark_part **part, int range, int step,
                         struct calib_err *err);

/* dark_part_keep - put an open frame into the block, which has room for it
 * dark_part_spool - the same for a frame that shall not stay in memory: what was or must be
 * unpacked goes to a file first */
void dark_part_keep(struct dark_part *part, const struct dark_frame *frame);
CALIB_MUST_CHECK
int dark_part_spool(struct dark_part *part, struct dark_frame *frame, struct calib_err *err);
/* dark_part_block - the block as the engine takes it, everything in it unpacked */
CALIB_MUST_CHECK
int dark_part_block(struct dark_part *part, struct calib_dark_block *block,
                    struct calib_err *err);
void dark_part_rewind(struct dark_part *part);	/* before a pass over the events */
void dark_part_clear(struct dark_part *part);	/* release the frames of the block */
/* dark_part_room - make the block able to hold n frames */
CALIB_MUST_CHECK
int dark_part_room(struct dark_part *part, size_t n, struct calib_err *err);
#endif
