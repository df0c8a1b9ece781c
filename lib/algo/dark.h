/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark.h - a dark run into per-pixel statistics (dark.md)
 *
 * The caller hands over blocks of frames in event order; the engine reads them by tiles of
 * pixels, shared out among threads, into one set of accumulators.  Sums are exact integers, so
 * neither threads nor the split into blocks change a bit of the result.
 *
 *   init -> [sample] -> add, add, ... -> finish -> release
 */
#ifndef CALIB_ALGO_DARK_H
#define CALIB_ALGO_DARK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "algo/dark_check.h"
#include "base/err.h"
#include "kern/sum.h"
#include "nda/nda.h"

enum calib_algo {
	CALIB_ALGO_ROBUST,		/* dark.md 6.1 */
	CALIB_ALGO_PLAIN,		/* A15: NDArrAverage, one to three stages */
	CALIB_ALGO_GATED2016,		/* A16 */
	CALIB_ALGO_CALIBRUN2024,	/* A24 */
	CALIB_ALGO_JUNGFRAU,		/* JF: A24 with its own limits, and the gain bits */
	CALIB_ALGO_EPIX10KA,		/* E10 */
	CALIB_NALGOS
};
int calib_algo_parse(const char *word);			/* "robust", ...; -1 unknown */
const char *calib_algo_name(enum calib_algo algo);
const char *calib_algo_names(void);	/* "robust, plain, ...", for messages */
/* calib_algo_quantiles - the gate is made of quantiles, counter and limits as in 2024 */
bool calib_algo_quantiles(enum calib_algo algo);

struct calib_dark_params {
	enum calib_algo algo;
	bool compat;			/* reproduce the reference's artefacts */
	uint16_t data_mask;		/* applied to every word first; 0xffff none.  A mask that
					 * clears the sign bit makes int16 words unsigned */
	/* bits of a word that tell the gain range, and what they should read; mask 0: none */
	uint16_t gain_mask, gain_bits;
	double int_lo, int_hi;		/* intensity limits that count nlo, nhi; also gates */
	/* plain: arrays of stage 0 and 1, gates of stage 1 and 2 (0 = none) */
	uint64_t stage_events[2];
	int stage_gate[2];
	/* gated2016, calibrun2024: arrays of the first stage; quantiles; n sigma */
	uint64_t block;	/* gated2016: max(5 % of the events, 5); quantiles: 50; E10: 1024 */
	double frac_lo, frac_hi;	/* 0.05, 0.95 */
	double nsigma;			/* 6 */
	/* robust */
	double gate_k, gate_min;	/* 6 (of 1.4826 MAD), 3 ADU */
	double drop_k;			/* 6; 0 = keep bright events */
	bool common_mode;		/* measure the rms without the common mode as well */
	bool check;			/* make the trace: is the run dark? */
	int threads;			/* >= 1 */
};
/* calib_dark_defaults - parameters of an algorithm as dark.md gives them; 14 or 16 bits */
void calib_dark_defaults(struct calib_dark_params *params, enum calib_algo algo, int bits);

/* Shape of the detector. */
struct calib_dark_shape {
	enum calib_dtype dtype;		/* U8 U16: unsigned words; I16: signed; F64: real numbers */
	size_t size;			/* pixels */
	size_t nsegments, segment;	/* frame test is per segment; nsegments*segment == size */
	/* dimensions, and the extent along each of the pixels that share a common mode: it divides
	 * the dimension, and none reaches over segments.  ndim 0: those of a segment share it */
	int ndim;
	size_t dim[CALIB_NDA_MAXDIM], bank[CALIB_NDA_MAXDIM];
};

/* A block of frames.  read() delivers pixels [first, first+n) of frame i: 16-bit words, or
 * doubles when dtype is F64.  It is called from several threads at once. */
struct calib_dark_block {
	size_t nframes;
	int (*read)(void *ctx, size_t i, size_t first, size_t n, void *values,
	            struct calib_err *err);
	void *ctx;
	/* of frame i, for the trace; NULL: nothing is known.  Of the thread that adds the block */
	void (*mark)(void *ctx, size_t i, struct calib_framemark *mark);
};

/* Frames that the trace compares with: of the sample, else the first.  A share of a run whose
 * algorithm has no sample is to be given them by calib_dark_sample(). */
#define CALIB_MEASURE_FIRST 8

struct calib_dark;

CALIB_MUST_CHECK
int calib_dark_new(struct calib_dark **dark, const struct calib_dark_shape *shape,
                   const struct calib_dark_params *params, struct calib_err *err);
void calib_dark_free(struct calib_dark *dark);

/* calib_dark_wants - which of N frames the sample of this algorithm consists of
 * robust: min(N,128) frames, number floor(i*N/B); calibrun2024, jungfrau: the first min(N,block);
 * epix10ka: the first 500 of those it uses; others: none.  N = 0 means "not known": the first ones.
 * The trace compares with frames of the sample; without one, with the first frames that are added.
 * Returns the count; list[i] ascending, room for 128 or params.block entries. */
size_t calib_dark_wants(const struct calib_dark_params *params, uint64_t nframes,
                        uint64_t *list, size_t room);
/* calib_dark_sample - centre, spread and gates from those frames; once, before add
 * robust: CALIB_EINVAL when fewer than 8 frames (the sentence gives the count). */
CALIB_MUST_CHECK
int calib_dark_sample(struct calib_dark *dark, const struct calib_dark_block *block,
                      uint64_t nframes, struct calib_err *err);
/* calib_dark_add - the next frames in order; at most 64 at once is efficient */
CALIB_MUST_CHECK
int calib_dark_add(struct calib_dark *dark, const struct calib_dark_block *block,
                   struct calib_err *err);
/* calib_dark_gap - an event without an array here (matters to plain with compat only) */
void calib_dark_gap(struct calib_dark *dark);
/* calib_dark_pending - after the last add: the frames the 20 % rule wants back, by number (order
 * of add), to be handed to calib_dark_add_back() in that order; *n = 0: nothing to do */
CALIB_MUST_CHECK
int calib_dark_pending(struct calib_dark *dark, const uint64_t **frames, size_t *n,
                       struct calib_err *err);
CALIB_MUST_CHECK
int calib_dark_add_back(struct calib_dark *dark, const struct calib_dark_block *block,
                        struct calib_err *err);

/* The result; arrays belong to the engine and live until calib_dark_free().  All have
 * shape.size elements; those an algorithm does not have are NULL. */
struct calib_dark_drop { uint64_t frame; uint32_t segment; double sigma; };
struct calib_dark_result {
	uint64_t frames;		/* arrays handed over */
	uint64_t used;			/* that entered the sums */
	uint64_t counter;		/* the algorithm's own count, denominator of nlo, nhi */
	bool unstable; /* robust: more than 20 % would have gone; none was dropped */
	const double *ave, *rms;	/* ADU; 0 where n = 0 */
	const double *rms_cm;		/* without the common mode; NULL unless it was asked for */
	const uint32_t *n;		/* accepted values */
	const uint32_t *nlo, *nhi;	/* values below int_lo, above int_hi */
	const uint32_t *nbadgain;	/* arrays with wrong gain bits; NULL without gain_mask */
	struct calib_nda min, max;	/* of all values of the arrays used: U16, I16 or F64 */
	const float *med, *absdev;	/* centre and spread of the sample; exact */
	const struct calib_dark_drop *drops;	/* bright and dim events left out (robust) */
	size_t ndrops;
	const struct calib_trace *trace;	/* NULL: not asked for, or real numbers */
};
CALIB_MUST_CHECK
int calib_dark_finish(struct calib_dark *dark, struct calib_dark_result *result,
                      struct calib_err *err);
/* ---- settling (dark_settle.c) ---- */

/* Frames of a head that is not settled; offset of the first ones in units of the noise. */
struct calib_settling { size_t frames; double offset; size_t segment; };
#define CALIB_SETTLE_FRAMES 1088	/* at most of calib_settle_wants() */
/* calib_settle_wants - which of N frames tell: the first *head, and some of the second half
 * Returns how many; ascending. */
size_t calib_settle_wants(uint64_t nframes, uint64_t *list, size_t *head);
/* calib_settle_find - from a block of those frames; too few: none
 * A head is at most a fourth of the frames, and 1024: what settles later drifts. */
CALIB_MUST_CHECK
int calib_settle_find(struct calib_settling *settling, const struct calib_dark_shape *shape,
                      const struct calib_dark_params *params,
                      const struct calib_dark_block *block, size_t head, struct calib_err *err);

/* ---- shares (dark_share.c) ---- */

/* What a task knows of its share of a run; views of the engine, or of arrays that were read.  The
 * sums of a detector: shape.size values each, extremes as bit patterns of the words. */
struct calib_dark_sums {
	struct calib_kern_acc acc;
	uint32_t *badgain;		/* NULL: gain bits do not matter */
};
struct calib_dark_state {
	uint64_t frames, used;		/* arrays of the share; of them in kept */
	struct calib_dark_sums kept, gone;	/* gone: left out as bright; acc.s1 NULL: none */
	const float *med, *absdev;	/* or NULL */
	const struct calib_dark_drop *drops;
	size_t ndrops;
	const struct calib_trace *trace;	/* or NULL */
};
/* calib_dark_share - after new: only frames from first on will be added, of all those the sample is
 * of; CALIB_EINVAL when the algorithm needs all of them in order */
CALIB_MUST_CHECK
int calib_dark_share(struct calib_dark *dark, uint64_t first, struct calib_err *err);
void calib_dark_export(const struct calib_dark *dark, struct calib_dark_state *state);
/* calib_dark_import - into a new engine: add a share; in the order of the shares
 * CALIB_EINVAL: its gates are of other data */
CALIB_MUST_CHECK
int calib_dark_import(struct calib_dark *dark, const struct calib_dark_state *state,
                      struct calib_err *err);
/* calib_dark_united - after the last one: finish may be called */
void calib_dark_united(struct calib_dark *dark);

/* calib_dark_error - between adds: how well the pedestals are known [ADU]
 * The median of rms / sqrt(n) over the pixels that vary (of two the upper); 0 when none does. */
CALIB_MUST_CHECK
int calib_dark_error(const struct calib_dark *dark, double *median, struct calib_err *err);
/* calib_dark_gate - the final gate of pixel i, inclusive [ADU]; false: there is none */
bool calib_dark_gate(const struct calib_dark *dark, size_t i, double *lo, double *hi);
/* calib_dark_shrink - after finish: free all but the result; there are no gates then */
void calib_dark_shrink(struct calib_dark *dark);
#endif
