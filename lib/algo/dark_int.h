/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_int.h - the inside of the dark engine (private to lib/algo/dark*.c) */
#ifndef CALIB_ALGO_DARK_INT_H
#define CALIB_ALGO_DARK_INT_H
#include "algo/dark.h"
#include "kern/sum.h"

#define CALIB_TILE 16384u	/* pixels; 15 frames of a tile are half a megabyte */
#define CALIB_SAMPLE 128u	/* frames of the robust sample */
#define CALIB_EPIX10KA_FIRST 500u	/* frames of the first stage of epix10ka */

/* A run of pixels inside one segment: the unit of work of a thread. */
struct calib_tile { size_t first, n; uint32_t segment; };

/* The frame test of one segment. */
struct calib_frametest { double centre, width; size_t pixels; };

struct calib_dark {
	struct calib_dark_shape shape;
	struct calib_dark_params params;
	bool is_signed, real;
	struct calib_tile *tile;
	size_t ntiles;
	uint64_t frames, used, expected;	/* expected: 0 = not known */
	uint64_t zero_frames;		/* compat: unused slots of a short block */
	uint64_t most;			/* arrays that are used at all */
	struct calib_kern_acc acc;
	uint32_t *badgain;		/* arrays with wrong gain bits, NULL: there are none */
	uint16_t *old_min, *old_max;	/* robust: before the block that is being added */
	uint16_t *lo, *hi;		/* gate of each pixel, bit patterns of the word type */
	bool gated;
	float *med, *absdev;
	uint16_t *unused;		/* robust: 0xffff where absdev is 0 */
	/* robust */
	struct calib_frametest *test;	/* per segment */
	struct calib_dark_drop *drop;
	size_t ndrops, drop_room;
	uint64_t *back;			/* frame numbers the 20 % rule wants back */
	size_t nback;
	bool unstable, sampled;
	/* a share: where it begins, and the sums of what it left out */
	bool share;
	uint64_t first;
	struct calib_dark_sums gone;
	/* common mode: the bank of each pixel, sums of what is left, in quarters of an ADU */
	size_t nbanks;
	uint16_t *bank;
	int64_t *c1;
	uint64_t *c2;
	double *rms_cm;			/* the result, in the place of c1 */
	/* params.check: how frames are measured, and what came of it */
	struct calib_measure *measure;
	struct calib_trace *trace;
	/* real numbers: shifted sums */
	double *r_s1, *r_s2, *r_x0, *r_min, *r_max, *r_ave, r_gate;
	double *ave, *rms;		/* results, in the place of S1 and S2 */
};

/* A job over tiles: fn(ctx, tile number, thread's buffer) from several threads.
 * buffer: CALIB_TILE * frames words. */
struct calib_tilejob {
	int (*fn)(void *ctx, size_t job, void *buffer, struct calib_err *err);
	void *ctx;
	size_t buffer;			/* bytes each thread needs */
	size_t count;			/* of jobs, where they are not tiles */
};
CALIB_MUST_CHECK
int calib_dark_tiles(const struct calib_dark *dark, const struct calib_tilejob *job,
                     struct calib_err *err);
/* calib_dark_jobs - the same for job->count jobs that are no tiles */
CALIB_MUST_CHECK
int calib_dark_jobs(const struct calib_dark *dark, const struct calib_tilejob *job,
                    struct calib_err *err);
/* calib_dark_load - words of frames [a, a+n) of a block for one tile, masked, as pointers
 * badgain: of the tile's pixels, counts wrong gain bits; NULL: they are not looked at */
CALIB_MUST_CHECK
int calib_dark_load(const struct calib_dark *dark, const struct calib_dark_block *block,
                    size_t a, size_t n, const struct calib_tile *tile, uint16_t *buffer,
                    const uint16_t **frame, uint32_t *badgain, struct calib_err *err);
/* calib_dark_badgain - the counters of a tile, NULL when gain bits do not matter */
uint32_t *calib_dark_badgain(const struct calib_dark *dark, const struct calib_tile *tile);
/* calib_dark_sums - add frames to the accumulators */
CALIB_MUST_CHECK
int calib_dark_sums(struct calib_dark *dark, const struct calib_dark_block *block,
                    struct calib_err *err);
/* calib_dark_limits, calib_dark_shifted - gates and accumulators from pixel first on */
struct calib_kern_limits calib_dark_limits(const struct calib_dark *dark, size_t first);
struct calib_kern_acc calib_dark_shifted(const struct calib_kern_acc *acc, size_t first);
/* calib_dark_moments - ave and rms of pixel i from the sums as they stand */
void calib_dark_moments(const struct calib_dark *dark, size_t i, double *ave, double *rms);
/* calib_dark_set_gate - accept lo <= x <= hi, both as integers of the word type; an empty
 * interval rejects everything */
void calib_dark_set_gate(struct calib_dark *dark, size_t i, double lo, double hi);
/* calib_dark_new_gates - memory for the gates, if there is none yet */
CALIB_MUST_CHECK
int calib_dark_new_gates(struct calib_dark *dark, struct calib_err *err);

/* dark_robust.c */
CALIB_MUST_CHECK
int calib_robust_sample(struct calib_dark *dark, const struct calib_dark_block *block,
                        struct calib_err *err);
/* calib_robust_add - add a block and leave out its bright and dim frames: skip[i] */
CALIB_MUST_CHECK
int calib_robust_add(struct calib_dark *dark, const struct calib_dark_block *block, bool *skip,
                     struct calib_err *err);
/* calib_robust_reduce - sums of tiles into means of segments, as below */
void calib_robust_reduce(const struct calib_dark *dark, const double *part, size_t nframes,
                         double *out);
/* dark_measure.c */
CALIB_MUST_CHECK
int calib_measure_new(struct calib_dark *dark, struct calib_err *err);
void calib_measure_free(struct calib_dark *dark);
/* calib_measure_first - reference and noise from up to 8 frames of a block, evenly spread */
CALIB_MUST_CHECK
int calib_measure_first(struct calib_dark *dark, const struct calib_dark_block *block,
                        struct calib_err *err);
/* calib_dark_new_measure - an engine that can be measured with and no more */
CALIB_MUST_CHECK
int calib_dark_new_measure(struct calib_dark **dark, const struct calib_dark_shape *shape,
                           const struct calib_dark_params *params, struct calib_err *err);
/* calib_measure_block - values [frame * nsegments + segment] of a block, only those pixels read */
CALIB_MUST_CHECK
int calib_measure_block(struct calib_dark *dark, const struct calib_dark_block *block, double *all,
                        struct calib_err *err);
/* calib_measure_known - was that done? */
bool calib_measure_known(const struct calib_dark *dark);
/* calib_measure_begin, _tile, _end - around the frames of a block: _tile measures the words of a
 * frame while they are in the cache, _end puts the block into the trace */
CALIB_MUST_CHECK
int calib_measure_begin(struct calib_dark *dark, size_t nframes, struct calib_err *err);
void calib_measure_tile(const struct calib_dark *dark, size_t tile, size_t frame,
                        const uint16_t *words);
CALIB_MUST_CHECK
int calib_measure_end(struct calib_dark *dark, const struct calib_dark_block *block,
                      struct calib_err *err);
/* calib_dark_reduce - sums of tiles, part[frame * ntiles + tile], into means over pixels[segment],
 * out[frame * nsegments + segment] */
void calib_dark_reduce(const struct calib_dark *dark, const double *part, size_t nframes,
                       const size_t *pixels, size_t stride, double *out);
/* dark_share.c */
CALIB_MUST_CHECK
int calib_dark_sums_new(struct calib_dark_sums *sums, size_t n, bool is_signed, bool badgain,
                        struct calib_err *err);
void calib_dark_sums_free(struct calib_dark_sums *sums);
/* dark_cmode.c */
CALIB_MUST_CHECK
int calib_cmode_init(struct calib_dark *dark, struct calib_err *err);
/* calib_cmode_add - the arrays of a block that calib_robust_add() kept; skip NULL: all */
CALIB_MUST_CHECK
int calib_cmode_add(struct calib_dark *dark, const struct calib_dark_block *block,
                    const bool *skip, struct calib_err *err);
double *calib_cmode_finish(struct calib_dark *dark);
/* dark_onepass.c */
/* calib_robust_sums - add all frames of a block, and measure them on the way: out as above */
CALIB_MUST_CHECK
int calib_robust_sums(struct calib_dark *dark, const struct calib_dark_block *block, double *out,
                      struct calib_err *err);
/* calib_robust_undo - take the frames with skip[i] of the block just added out again */
CALIB_MUST_CHECK
int calib_robust_undo(struct calib_dark *dark, const struct calib_dark_block *block,
                      const bool *skip, struct calib_err *err);
/* calib_robust_done - no more blocks come: free what only they need */
void calib_robust_done(struct calib_dark *dark);
/* calib_dark_reset - sums, counts and extremes as at the beginning */
void calib_dark_reset(struct calib_dark *dark);
/* dark_sample.c */
CALIB_MUST_CHECK
int calib_epix10ka_sample(struct calib_dark *dark, const struct calib_dark_block *block,
                          struct calib_err *err);
CALIB_MUST_CHECK
int calib_quantile_sample(struct calib_dark *dark, const struct calib_dark_block *block,
                          struct calib_err *err);
/* dark_real.c */
CALIB_MUST_CHECK
int calib_real_add(struct calib_dark *dark, const struct calib_dark_block *block,
                   struct calib_err *err);
CALIB_MUST_CHECK
int calib_real_init(struct calib_dark *dark, struct calib_err *err);
void calib_real_moments(const struct calib_dark *dark, size_t i, double *ave, double *rms);
void calib_real_reset(struct calib_dark *dark, double gate);
void calib_real_finish(struct calib_dark *dark);
void calib_real_free(struct calib_dark *dark);
#endif
