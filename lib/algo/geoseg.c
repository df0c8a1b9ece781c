/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/geoseg.c - the sensors of which detectors are made */
#include "algo/geoseg.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"

/* To add a type: a row; its axes are known kinds, or a case in axis(). */
static const struct {
	const char *name;
	struct calib_geoseg seg;
} types[] = {
	{"SENS2X1:V1",
	 {CALIB_GEOSEG_WIDE, 185, 388, 185, 194, 109.92, 109.92, 109.92, 274.80, false, false,
	  true}},
	{"EPIX100:V1", {CALIB_GEOSEG_WIDE, 704, 768, 352, 384, 50, 50, 50, 175, true, true, false}},
	{"EPIX10KA:V1",
	 {CALIB_GEOSEG_WIDE, 352, 384, 176, 192, 100, 100, 100, 250, true, false, false}},
	{"EPIX10KA:V2",
	 {CALIB_GEOSEG_WIDE, 352, 384, 176, 192, 100, 100, 100, 225, true, false, false}},
	{"PNCCD:V1", {CALIB_GEOSEG_MATRIX1, 512, 512, 512, 512, 75, 75, 75, 0, false, true, false}},
	{"JUNGFRAU:V1",
	 {CALIB_GEOSEG_GAPS, 512, 1024, 256, 256, 75, 75, 75, 0, false, false, false}},
	{"JUNGFRAU:V2",
	 {CALIB_GEOSEG_GAPS, 512, 1024, 256, 256, 75, 75, 75, 0, false, true, false}},
	/* LCLS-II */
	{"EPIXHR2X2:V1",
	 {CALIB_GEOSEG_WIDE, 288, 384, 144, 192, 100, 100, 100, 225, true, false, false}},
	{"EPIXHR1X4:V1",
	 {CALIB_GEOSEG_HR1X4, 144, 768, 144, 192, 100, 100, 100, 225, false, false, false}},
	{"EPIXMASIC:V1",
	 {CALIB_GEOSEG_MATRIX, 192, 384, 192, 384, 50, 50, 50, 0, false, false, false}},
	{"EPIXUHRASIC:V1",
	 {CALIB_GEOSEG_MATRIX, 168, 192, 168, 192, 100, 100, 100, 0, false, false, false}},
	{"EPIXUHR3X2:V1",
	 {CALIB_GEOSEG_UHR3X2, 336, 576, 168, 192, 100, 100, 100, 262.5, false, false, false}},
	{"MTRXANY:V1", {.kind = CALIB_GEOSEG_SIZELESS}},
	{"ARCHON:V1", {.kind = CALIB_GEOSEG_SIZELESS}},
	{"ARCHON:V2", {.kind = CALIB_GEOSEG_SIZELESS}},
};
enum { NTYPES = sizeof types / sizeof types[0] };

const char *calib_geoseg_known(size_t i)
{
	return i < NTYPES ? types[i].name : NULL;
}

static int malformed(const char *name, struct calib_err *err)
{
	return calib_fail(err, CALIB_EFORMAT,
			  "'%s' is not MTRX:ROWS:COLS:PITCH:PITCH or MTRX:V2:ROWS:COLS:PITCH:PITCH "
			  "(pixels 1 to 100000, pitches in um)",
			  name);
}

/* "MTRX:R:C:PR:PC" fields 2 to 5, "MTRX:V2:...:R:C:PR:PC" the last four. */
static int matrix(struct calib_geoseg *seg, const char *name, struct calib_err *err)
{
	bool v2 = strncmp(name, "MTRX:V2", 7) == 0;
	const char *field[64], *at = name;
	char word[4][32];
	size_t n = 0, first;
	long rows, cols;
	double pr, pc;

	for (field[n++] = at; (at = strchr(at, ':')) != NULL && n < 63; field[n++] = at)
		at++;
	field[n] = name + strlen(name) + 1;
	if (at != NULL || n < 5 + (size_t)v2)
		return malformed(name, err);
	first = v2 ? n - 4 : 1;
	for (size_t i = 0; i < 4; i++) {
		size_t len = (size_t)(field[first + i + 1] - field[first + i]) - 1;

		if (len >= sizeof word[i])
			return malformed(name, err);
		memcpy(word[i], field[first + i], len);
		word[i][len] = '\0';
	}
	if (calib_parse_long(&rows, word[0], 1, 100000, "rows", NULL) < 0
	    || calib_parse_long(&cols, word[1], 1, 100000, "columns", NULL) < 0
	    || calib_parse_double(&pr, word[2], "pitch", NULL) < 0
	    || calib_parse_double(&pc, word[3], "pitch", NULL) < 0
	    || !(pr > 0 && pr < 1e9 && pc > 0 && pc < 1e9))
		return malformed(name, err);
	*seg = (struct calib_geoseg){v2 ? CALIB_GEOSEG_MATRIX : CALIB_GEOSEG_MATRIX1,
				     (size_t)rows,
				     (size_t)cols,
				     (size_t)rows,
				     (size_t)cols,
				     pr < pc ? pr : pc,
				     pr,
				     pc,
				     0,
				     false,
				     !v2,
				     false};
	return 1;
}

int calib_geoseg_find(struct calib_geoseg *seg, const char *name, struct calib_err *err)
{
	for (size_t i = 0; i < NTYPES; i++)
		if (strcmp(types[i].name, name) == 0) {
			*seg = types[i].seg;
			return 1;
		}
	if (strncmp(name, "MTRX", 4) == 0)
		return matrix(seg, name, err);
	return 0;
}

/* Pixels mirrored at the middle, the two there wide and by default at their outer place. */
static void wide_axis(double *v, size_t n, double pitch, double wide, bool centre)
{
	size_t half = n / 2;

	for (size_t k = 0; k < half; k++) {
		v[half + k] = (double)k * pitch + wide - pitch / 2;
		if (k == 0 && centre)
			v[half] = wide / 2;
		v[half - 1 - k] = -v[half + k];
	}
}

static void even_axis(double *v, size_t n, double pitch, double first)
{
	for (size_t k = 0; k < n; k++)
		v[k] = first + (double)k * pitch;
}

static void negate(double *v, size_t n)
{
	for (size_t k = 0; k < n; k++)
		v[k] = -v[k];
}

/* Chips of asic pixels, three pitches between the pixels at the gaps; measured in pitches, as the
 * reference adds them. */
static void gap_axis(double *v, size_t n, size_t asic, double pitch)
{
	for (size_t k = 0; k < n; k++) {
		double chip = (double)(k / asic), half = (double)(n / asic) / 2;
		double first = (chip - half) * (double)(asic + 2) + 1.5;

		v[k] = (double)(k % asic) * pitch + first * pitch;
	}
}

/* The middle of n values at 0, as (k - (n-1)/2) * pitch. */
static void centred_axis(double *v, size_t n, double pitch)
{
	for (size_t k = 0; k < n; k++)
		v[k] = ((double)k - ((double)n - 1) / 2) * pitch;
}

/* The CSPAD row axis: from 0 down, moved by half of the last. */
static void single_axis(double *v, size_t n, double pitch)
{
	for (size_t k = 0; k < n; k++)
		v[k] = -(double)k * pitch;
	for (size_t k = 0; k < n; k++)
		v[k] -= -(double)(n - 1) * pitch / 2;
}

/* Two halves of chips of 192, the gap in the middle and one in each half. */
static void hr1x4_columns(double *v)
{
	for (size_t k = 0; k < 192; k++) {
		v[384 + k] = (double)k * 100 - 50 + 225;
		v[576 + k] = (double)k * 100 - 50 + 675 + 19100;
	}
	for (size_t k = 0; k < 384; k++)
		v[383 - k] = -v[384 + k];
}

static void rows_axis(const struct calib_geoseg *seg, bool centre, double *v)
{
	switch (seg->kind) {
	case CALIB_GEOSEG_WIDE:
		if (!seg->wide_rows) {
			single_axis(v, seg->rows, seg->row_um);
			return;
		}
		wide_axis(v, seg->rows, seg->row_um, seg->wide_um, centre);
		break;
	case CALIB_GEOSEG_GAPS: gap_axis(v, seg->rows, seg->asic_rows, seg->row_um); break;
	/* the reference's two middle rows lie on each other; kept, for its arrays are compared */
	case CALIB_GEOSEG_HR1X4: wide_axis(v, seg->rows, seg->row_um, 0, false); break;
	case CALIB_GEOSEG_UHR3X2: wide_axis(v, seg->rows, seg->row_um, seg->wide_um, false); break;
	case CALIB_GEOSEG_MATRIX1: even_axis(v, seg->rows, seg->row_um, 0); return;
	case CALIB_GEOSEG_MATRIX: centred_axis(v, seg->rows, seg->row_um); break;
	case CALIB_GEOSEG_SIZELESS: return;
	}
	if (!seg->row0_low)
		negate(v, seg->rows);
}

void calib_geoseg_axes(const struct calib_geoseg *seg, bool wide_centre, double *row, double *col)
{
	rows_axis(seg, wide_centre, row);
	switch (seg->kind) {
	case CALIB_GEOSEG_WIDE:
		wide_axis(col, seg->cols, seg->col_um, seg->wide_um, wide_centre);
		break;
	case CALIB_GEOSEG_GAPS: gap_axis(col, seg->cols, seg->asic_cols, seg->col_um); break;
	case CALIB_GEOSEG_HR1X4: hr1x4_columns(col); break;
	case CALIB_GEOSEG_UHR3X2: /* 425 um between the pixels at each gap */
		for (size_t k = 0; k < seg->cols; k++)
			col[k] = ((double)(k % 192) - 95.5) * 100 + ((double)(k / 192) - 1) * 19525;
		break;
	case CALIB_GEOSEG_MATRIX1: even_axis(col, seg->cols, seg->col_um, 0); break;
	case CALIB_GEOSEG_MATRIX: centred_axis(col, seg->cols, seg->col_um); break;
	case CALIB_GEOSEG_SIZELESS: break;
	}
}

void calib_geoseg_areas(const struct calib_geoseg *seg, double *row, double *col)
{
	double wide = seg->wide_um / seg->pix_um;

	for (size_t r = 0; r < seg->rows; r++)
		row[r] = 1;
	for (size_t c = 0; c < seg->cols; c++)
		col[c] = 1;
	if (seg->kind != CALIB_GEOSEG_WIDE)
		return;
	col[seg->cols / 2 - 1] = col[seg->cols / 2] = wide;
	if (seg->wide_rows)
		row[seg->rows / 2 - 1] = row[seg->rows / 2] = wide;
}

/* width rows or columns before and behind a line between pixels */
static void clear_rows(const struct calib_geoseg *seg, uint8_t *mask, size_t line, size_t width)
{
	size_t from = line > width ? line - width : 0;
	size_t to = width < seg->rows - line ? line + width : seg->rows;

	memset(mask + from * seg->cols, 0, (to - from) * seg->cols);
}

static void clear_cols(const struct calib_geoseg *seg, uint8_t *mask, size_t line, size_t width)
{
	size_t from = line > width ? line - width : 0;
	size_t to = width < seg->cols - line ? line + width : seg->cols;

	for (size_t r = 0; r < seg->rows; r++)
		memset(mask + r * seg->cols + from, 0, to - from);
}

/* One pixel without bond and its surroundings, as bits ask. */
static void clear_unbonded(const struct calib_geoseg *seg, uint8_t *mask, unsigned bits, size_t p,
			   size_t c0)
{
	for (size_t r = p > 0 ? p - 1 : 0; r <= p + 1 && r < seg->rows; r++)
		for (size_t c = p > 0 ? p - 1 : 0; c <= p + 1; c++) {
			bool cross = r == p || c == p, self = r == p && c == p;
			bool hit = bits & CALIB_GEOMASK_BLOCK        ? true
				   : bits & CALIB_GEOMASK_NEIGHBOURS ? cross && (p > 0 || !self)
								     : self;

			if (hit)
				mask[r * seg->cols + c0 + c] = 0;
		}
}

void calib_geoseg_mask(const struct calib_geoseg *seg, unsigned bits, size_t width, size_t wcentral,
		       uint8_t *mask)
{
	const unsigned bonds =
		CALIB_GEOMASK_UNBONDED | CALIB_GEOMASK_NEIGHBOURS | CALIB_GEOMASK_BLOCK;
	bool middle = seg->wide_um > 0 || seg->kind == CALIB_GEOSEG_GAPS;

	memset(mask, 1, seg->rows * seg->cols);
	if (bits & CALIB_GEOMASK_EDGE && width > 0) {
		clear_rows(seg, mask, 0, width);
		clear_rows(seg, mask, seg->rows, width);
		clear_cols(seg, mask, 0, width);
		clear_cols(seg, mask, seg->cols, width);
	}
	if (bits & CALIB_GEOMASK_WIDE && wcentral > 0 && middle) {
		for (size_t r = seg->asic_rows; r < seg->rows; r += seg->asic_rows)
			clear_rows(seg, mask, r, wcentral);
		for (size_t c = seg->asic_cols; c < seg->cols; c += seg->asic_cols)
			clear_cols(seg, mask, c, wcentral);
	}
	if (bits & bonds && seg->unbonded)
		for (size_t p = 0; p < seg->rows; p += 10) {
			clear_unbonded(seg, mask, bits, p, 0);
			clear_unbonded(seg, mask, bits, p, seg->asic_cols);
		}
}
