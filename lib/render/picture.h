/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/picture.h - an array as a picture: values, ranges, colours
 *
 * values of the cells -> range of the values -> indices of a palette -> PNG (render/png.h). */
#ifndef CALIB_RENDER_PICTURE_H
#define CALIB_RENDER_PICTURE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "nda/nda.h"
#include "render/cmap.h"
#include "render/view.h"

/* What a cell holds. */
enum calib_cell { CALIB_CELL_GOOD, CALIB_CELL_BAD, CALIB_CELL_NAN, CALIB_CELL_NONE };

struct calib_picture {
	size_t rows, cols;
	double *value;			/* of the good cells; others 0 */
	uint8_t *cell;			/* enum calib_cell */
	size_t shrink;			/* pixels along the side of one cell, 1: each has its own */
	size_t count[CALIB_CELL_NONE + 1];	/* cells of each kind */
	bool integer;			/* all good values are whole numbers */
};
#define CALIB_PICTURE_INIT {0, 0, NULL, NULL, 1, {0}, false}
void calib_picture_release(struct calib_picture *picture);

/* Cells a picture may have; of larger arrays several pixels make one. */
#define CALIB_PICTURE_CELLS ((size_t)1 << 25)

/* What a picture is made of. */
struct calib_picture_source {
	const struct calib_view *view;
	const struct calib_nda *values;
	const struct calib_nda *minus;	/* subtracted, of the same size, or NULL */
	const uint8_t *bad;		/* one byte for each value, not 0: bad; or NULL */
};
/* calib_picture_make - the values as the view arranges them; shrink: n x n pixels to a cell with
 * the mean of the good ones; 0: 1, or as many as CALIB_PICTURE_CELLS demands
 * A cell is bad, NaN (also infinite) or without data when none of its pixels is good, in that
 * order.  CALIB_ESHAPE: minus is of another size. */
CALIB_MUST_CHECK
int calib_picture_make(struct calib_picture *picture, const struct calib_picture_source *source,
                       size_t shrink, struct calib_err *err);

/* ---- the range of the values ---- */

enum calib_scale_kind { CALIB_SCALE_AUTO, CALIB_SCALE_MINMAX, CALIB_SCALE_GIVEN,
	CALIB_SCALE_QUANTILES, CALIB_SCALE_SIGMA, CALIB_SCALE_REFERENCE };
struct calib_scale {
	enum calib_scale_kind kind;
	double a, b;			/* given, quantiles 0..1, factors of sigma */
};
/* calib_scale_parse - auto, minmax, A:B, q:A:B, sigma:A:B, reference; err NULL: only look */
CALIB_MUST_CHECK
int calib_scale_parse(struct calib_scale *scale, const char *text, struct calib_err *err);
/* calib_scale_range - of the good cells; lo < hi always
 * auto: quantiles 0.005 and 0.995 widened by a tenth of their difference, not beyond the extremes;
 *   whole numbers of at most 16 kinds: the extremes
 * quantiles: element floor(q (n-1)) of the sorted values, for the upper one the ceiling
 * sigma: mean + a sigma .. mean + b sigma, of the population
 * reference: the extremes widened by 5 % at both ends, as the reference draws them
 * Without a good cell 0..1; of equal values v - 0.5 .. v + 0.5. */
CALIB_MUST_CHECK
int calib_scale_range(double range[2], const struct calib_scale *scale,
                      const struct calib_picture *picture, struct calib_err *err);
/* calib_picture_kinds - the different values of the good cells in order, when they are whole
 * numbers and not more than max; 0: otherwise */
size_t calib_picture_kinds(double *kinds, size_t max, const struct calib_picture *picture);

/* ---- colours ---- */

/* Indices of a palette that are no colours of the map. */
enum { CALIB_INDEX_NONE, CALIB_INDEX_BAD, CALIB_INDEX_BELOW, CALIB_INDEX_ABOVE, CALIB_INDEX_NAN,
	CALIB_INDEX_FIRST, CALIB_INDEX_STEPS = 251 };

struct calib_colours {
	double range[2];
	bool log;			/* colours go with the logarithm */
	double gamma;			/* t^gamma of 0..1; 1: none */
};
#define CALIB_COLOURS_INIT {{0, 1}, false, 1}
/* calib_colours_t - where in the range a value is, 0..1; < 0 below, > 1 above
 * log: the lower end is the smallest positive value there is, at least (calib_colours_log()). */
double calib_colours_t(const struct calib_colours *colours, double value);
/* calib_colours_log - make the range fit for a logarithm: both ends above 0 */
void calib_colours_log(struct calib_colours *colours, const struct calib_picture *picture);
/* calib_picture_index - one index for each cell */
void calib_picture_index(uint8_t *index, const struct calib_picture *picture,
                         const struct calib_colours *colours);
/* calib_palette - the 256 colours of the indices; bad: 0xRRGGBB of bad pixels; below and above are
 * the ends of the map unless they are given (>= 0) */
void calib_palette(uint8_t rgb[256][3], const struct calib_cmap *map, uint32_t bad, long below,
                   long above);
#endif
