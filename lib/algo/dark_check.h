/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_check.h - is this run dark?  The trace of its frames, and what is read from it
 *
 * For every frame and segment the engine has one number: the mean deviation of the segment's
 * pixels from where they were in the sample, each clipped to its gate.  It is a robust stand-in for
 * the median of the frame, and made while the pixels are in the cache.  Values are whole
 * 1/1024 ADU and sums of them exact, so the trace depends on neither threads nor shares. */
#ifndef CALIB_ALGO_DARK_CHECK_H
#define CALIB_ALGO_DARK_CHECK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CALIB_TRACE_BLOCKS 4096	/* at most; fewer when a detector has more than 64 segments */
#define CALIB_TRACE_UNIT 1024	/* of an ADU */

/* What is known of the light of a frame, from its event codes. */
enum calib_light { CALIB_LIGHT_UNKNOWN, CALIB_LIGHT_OFF, CALIB_LIGHT_ON };
/* Of one frame; epoch: another number in another calibration cycle or run, where the level of a
 * detector may change without light. */
struct calib_framemark { enum calib_light light; uint64_t epoch; };

struct calib_epoch { uint64_t frame, id; };	/* the first frame of it that was seen */
/* Blocks of equally many frames: one each up to CALIB_TRACE_BLOCKS, else a power of two.  Array
 * index [block * nsegments + segment]. */
struct calib_trace {
	size_t nsegments, room;		/* blocks there is memory for */
	uint64_t per;			/* frames of a block */
	size_t nblocks;			/* up to the last one with frames */
	int64_t *sum, *lit;		/* of all frames; of those with beam */
	int32_t *top;			/* the largest frame */
	uint32_t *n, *non, *noff;	/* a block: frames; with and without beam */
	struct calib_epoch *epoch;
	size_t nepochs, epochs_room;
	/* [segment] noise of a pixel in a frame without what all pixels have in common [ADU]; 0:
	 * not known, the trace is empty then */
	double *noise;
};
CALIB_MUST_CHECK
int calib_trace_new(struct calib_trace **trace, size_t nsegments, struct calib_err *err);
void calib_trace_free(struct calib_trace *trace);
/* calib_trace_add - frame number 'frame', its values in ADU for each segment; mark NULL: unknown */
CALIB_MUST_CHECK
int calib_trace_add(struct calib_trace *trace, uint64_t frame, const double *adu,
                    const struct calib_framemark *mark, struct calib_err *err);
/* calib_trace_merge - the same as if the frames of both had been added in their order
 * CALIB_EINVAL: they are of different detectors or data. */
CALIB_MUST_CHECK
int calib_trace_merge(struct calib_trace *trace, const struct calib_trace *more,
                      struct calib_err *err);
/* calib_trace_value - mean of a block and segment [ADU]; 0 without frames */
double calib_trace_value(const struct calib_trace *trace, size_t block, size_t segment);

/* ---- the verdict ---- */

enum calib_state { CALIB_STATE_OK, CALIB_STATE_WARNING, CALIB_STATE_FAILED };
const char *calib_state_name(enum calib_state state);	/* "ok", "warning", "failed" */

enum calib_check {
	CALIB_CHECK_CODES, CALIB_CHECK_BEAM, CALIB_CHECK_BRIGHT, CALIB_CHECK_SCATTER,
	CALIB_CHECK_SEGMENT, CALIB_CHECK_TAIL, CALIB_CHECK_SETTLING, CALIB_CHECK_DRIFT,
	CALIB_NCHECKS
};
/* The limits, and why they are so: the one table of them, in dark_judge.c. */
struct calib_check_limit {
	const char *name;		/* "drift" */
	double warn, fail;		/* a value above is a warning, fails; INFINITY: never */
	const char *advice;		/* what to do, or "" */
};
const struct calib_check_limit *calib_check_limit(enum calib_check check);

struct calib_finding {
	enum calib_check check;
	bool judged;			/* false: too little was known; text says why */
	double value, limit;		/* limit: the one exceeded, else the lower one */
	enum calib_state state;
	const char *advice;		/* what to do when it is not ok, or "" */
	char text[240];			/* a sentence with the numbers */
};
struct calib_dark_result;
struct calib_dark_shape;
/* calib_dark_judge - all checks on a finished result; drops: bright frames were left out
 * Returns the worst state.  settled: frames of the head that are not settled. */
enum calib_state calib_dark_judge(struct calib_finding found[CALIB_NCHECKS],
                                  const struct calib_dark_result *result,
                                  const struct calib_dark_shape *shape, bool drops);
/* calib_trace_jitter - scatter of one value against the next, as the sigma of one: drift and
 * settling are not in it; work: room for n */
double calib_trace_jitter(const double *v, size_t n, double *work);
/* calib_head_find - values at the beginning that are off the base in one direction, counted in
 * groups where one value by itself does not tell; 0 when they begin near it, or do not settle
 * offset: of the first, in units of the noise */
struct calib_head_rule {
	double base, scatter, noise;	/* scatter: of one value */
	size_t group, most;		/* a longer head is a drift */
	uint64_t per;			/* frames of a value */
};
size_t calib_head_find(const struct calib_head_rule *rule, const double *v, size_t n,
                       double *offset);
/* calib_trace_head - how many frames at the beginning are not settled: 0 settled, or too few to
 * tell; offset: the largest deviation in units of the noise, and its segment */
uint64_t calib_trace_head(const struct calib_trace *trace, double *offset, size_t *segment,
                          struct calib_err *err);
#endif
