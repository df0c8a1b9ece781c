/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/seg.c - the segment types
 *
 * To add one: a row in the table; a function for its axes when no other type has them; a row in
 * tests/unit/test_geo_seg.c. */
#include "geo/seg.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"

/* Fills n values of one axis; which: 0 along the rows, 1 along the columns. */
typedef void axis_fn(const struct calib_seg *seg, int which, bool centre, double *v, size_t n);

struct calib_segtype {
	const char *name;
	size_t rows, cols, asic[2];
	double pitch, wide, wide_lcls2;
	axis_fn *x, *y;
	bool flip;		/* y falls with the row */
	bool joints;		/* mask bit 2 acts: columns and rows at the joints of ASICs */
	bool wide_areas;	/* pixels at the joints are wide */
	bool unbonded;		/* mask bits 4, 8, 16 act */
	bool matrix;		/* the name is followed by size and pitch */
	bool swapped;
	const char *unsized;	/* only the data know its size: why */
};

/* Wide pixels in the middle, which are placed as if they were ordinary pixels at their outer
 * edges; the left half mirrors the right one. */
static void axis_wide(const struct calib_seg *seg, int which, bool centre, double *v, size_t n)
{
	double p = seg->pitch[which], w = seg->wide;
	size_t half = n / 2;

	for (size_t k = 0; k < half; k++) {
		double at = k == 0 && centre ? w / 2 : ((double)k * p + w) - p / 2;

		v[half + k] = at;
		v[half - 1 - k] = -at;
	}
}

static void axis_cspad_rows(const struct calib_seg *seg, int which, bool centre, double *v,
                            size_t n)
{
	double p = seg->pitch[which], last = -((double)(n - 1) * p);

	(void)centre;
	for (size_t r = 0; r < n; r++)
		v[r] = -((double)r * p) - last / 2;
}

/* Around the middle, without gaps; flipped by a negative pitch as the reference does it. */
static void axis_middle(const struct calib_seg *seg, int which, bool centre, double *v, size_t n)
{
	double p = which == 0 ? -seg->pitch[0] : seg->pitch[1];

	(void)centre;
	for (size_t i = 0; i < n; i++)
		v[i] = ((double)i - (double)(n - 1) / 2) * p;
}

/* From the centre of pixel 0 on. */
static void axis_corner(const struct calib_seg *seg, int which, bool centre, double *v, size_t n)
{
	(void)centre;
	for (size_t i = 0; i < n; i++)
		v[i] = (double)i * seg->pitch[which];
}

/* ASICs of 256 pixels, 3 pitches from edge pixel to edge pixel. */
static void axis_jungfrau(const struct calib_seg *seg, int which, bool centre, double *v, size_t n)
{
	double p = seg->pitch[which], joints = (double)(n / 256 - 1);
	double first = -((double)(n - 1) + 2 * joints) / 2;

	(void)centre;
	for (size_t i = 0; i < n; i++)
		v[i] = (double)(i % 256) * p + (first + (double)(i / 256) * 258) * p;
	for (size_t i = 256; i < n && seg->lcls2; i += 256) {
		v[i - 1] += p / 2;
		v[i] -= p / 2;
	}
}

/* Four ASICs of 192 columns; Source: lcls2 SegGeometryEpixHR1x4V1.py. */
static void axis_hr1x4_cols(const struct calib_seg *seg, int which, bool centre, double *v,
                            size_t n)
{
	double p = seg->pitch[which], w = seg->wide;

	(void)centre;
	for (size_t k = 0; k < 192; k++) {
		double near = (double)k * p - p / 2 + w,
		       far = (double)k * p - p / 2 + 3 * w + 191 * p;

		v[n / 2 + k] = near;
		v[n / 2 + 192 + k] = far;
		v[n / 2 - 1 - k] = -near;
		v[n / 2 - 193 - k] = -far;
	}
}

/* The reference lets the two middle rows overlap: 72 rows from -50 um on each side. */
static void axis_hr1x4_rows(const struct calib_seg *seg, int which, bool centre, double *v,
                            size_t n)
{
	double p = seg->pitch[which];

	(void)centre;
	for (size_t k = 0; k < n / 2; k++) {
		v[n / 2 - 1 - k] = (double)k * p - p / 2;
		v[n / 2 + k] = -((double)k * p - p / 2);
	}
}

/* ASICs with wide pixels at every joint: 2 wide pixels less 1 pitch between edge centres. */
static void axis_asics(const struct calib_seg *seg, int which, bool centre, double *v, size_t n)
{
	size_t asic = seg->asic[which], count = n / asic;
	double p = seg->pitch[which], step = (double)(asic - 1) * p + (2 * seg->wide - p);
	double first = -((double)(count - 1) * step + (double)(asic - 1) * p) / 2;

	(void)centre;
	for (size_t i = 0; i < n; i++)
		v[i] = first + (double)(i / asic) * step + (double)(i % asic) * p;
}

static const struct calib_segtype types[] = {
	{.name = "SENS2X1:V1", .rows = 185, .cols = 388, .asic = {185, 194}, .pitch = 109.92,
	 .wide = 274.80, .x = axis_wide, .y = axis_cspad_rows, .joints = true, .wide_areas = true,
	 .unbonded = true},
	{.name = "EPIX100:V1", .rows = 704, .cols = 768, .asic = {352, 384}, .pitch = 50,
	 .wide = 175, .x = axis_wide, .y = axis_wide, .joints = true, .wide_areas = true},
	{.name = "EPIX10KA:V1", .rows = 352, .cols = 384, .asic = {176, 192}, .pitch = 100,
	 .wide = 250, .wide_lcls2 = 225, .x = axis_wide, .y = axis_wide, .flip = true,
	 .joints = true, .wide_areas = true},
	{.name = "EPIX10KA:V2", .rows = 352, .cols = 384, .asic = {176, 192}, .pitch = 100,
	 .wide = 225, .x = axis_wide, .y = axis_wide, .flip = true, .joints = true,
	 .wide_areas = true},
	{.name = "PNCCD:V1", .rows = 512, .cols = 512, .asic = {512, 512}, .pitch = 75,
	 .x = axis_corner, .y = axis_corner, .swapped = true},
	{.name = "JUNGFRAU:V1", .rows = 512, .cols = 1024, .asic = {256, 256}, .pitch = 75,
	 .x = axis_jungfrau, .y = axis_jungfrau, .flip = true, .joints = true},
	{.name = "JUNGFRAU:V2", .rows = 512, .cols = 1024, .asic = {256, 256}, .pitch = 75,
	 .x = axis_jungfrau, .y = axis_jungfrau, .joints = true},
	{.name = "EPIXHR2X2:V1", .rows = 288, .cols = 384, .asic = {144, 192}, .pitch = 100,
	 .wide = 225, .x = axis_wide, .y = axis_wide, .flip = true, .joints = true,
	 .wide_areas = true},
	{.name = "EPIXHR1X4:V1", .rows = 144, .cols = 768, .asic = {144, 192}, .pitch = 100,
	 .wide = 225, .x = axis_hr1x4_cols, .y = axis_hr1x4_rows},
	{.name = "EPIXMASIC:V1", .rows = 192, .cols = 384, .asic = {192, 384}, .pitch = 50,
	 .x = axis_middle, .y = axis_middle},
	{.name = "EPIXUHRASIC:V1", .rows = 168, .cols = 192, .asic = {168, 192}, .pitch = 100,
	 .x = axis_middle, .y = axis_middle},
	{.name = "EPIXUHR3X2:V1", .rows = 336, .cols = 576, .asic = {168, 192}, .pitch = 100,
	 .wide = 262.5, .x = axis_asics, .y = axis_asics, .flip = true, .joints = true,
	 .wide_areas = true},
	{.name = "MTRX:V2", .matrix = true, .x = axis_middle, .y = axis_middle},
	{.name = "MTRX", .matrix = true, .x = axis_corner, .y = axis_corner, .swapped = true},
	{.name = "MTRXANY:V1", .unsized = "its size and pitch"},
	{.name = "ARCHON:V1", .unsized = "its size"},
	{.name = "ARCHON:V2", .unsized = "its size"},
};
enum { NTYPES = sizeof types / sizeof types[0] };

/* The text between two colons, parsed; *p moves behind it. */
static int next_number(double *out, const char **p, bool whole)
{
	const char *end = strchrnul(*p, ':'), *stop;

	*out = calib_strtod(*p, end, &stop);
	if (stop != end || *p == end || !(*out > 0 && *out <= (whole ? CALIB_SEG_SIDE : 1e6))
	    || (whole && *out != (double)(size_t)*out))
		return -1;
	*p = *end ? end + 1 : end;
	return 0;
}

/* V1: the four fields behind MTRX, anything may follow; V2: the last four. */
static int parse_matrix(struct calib_seg *seg, const char *name, const char *numbers,
                        struct calib_err *err)
{
	double v[4];
	const char *p = numbers;

	if (strncmp(name, "MTRX:V2", 7) == 0) {
		int fields = 0;

		for (p = name + strlen(name); p > name + 7 && fields < 4; p--)
			fields += p[-1] == ':';
		p += fields == 4;
	}
	for (int i = 0; i < 4; i++)
		if (next_number(&v[i], &p, i < 2) < 0)
			return calib_fail(err, CALIB_EFORMAT, "'%s' is not a matrix of pixels: "
			                  "expected %s:ROWS:COLS:PITCH:PITCH, pitches in um", name,
			                  seg->type->name);
	seg->rows = (size_t)v[0];
	seg->cols = (size_t)v[1];
	seg->pitch[0] = v[2];
	seg->pitch[1] = v[3];
	seg->scale = v[2] < v[3] ? v[2] : v[3];
	seg->asic[0] = seg->rows;
	seg->asic[1] = seg->cols;
	return 1;
}

/* The row of the table for a name; NULL: a group. */
static const struct calib_segtype *find_type(const char *name, const char **rest)
{
	for (size_t i = 0; i < NTYPES; i++) {
		size_t len = strlen(types[i].name);

		if (strncmp(name, types[i].name, len) != 0)
			continue;
		*rest = name + len;
		if (**rest == '\0' || (types[i].matrix && **rest == ':'))
			return &types[i];
	}
	return NULL;
}

int calib_seg_parse(struct calib_seg *seg, const char *name, int flags, struct calib_err *err)
{
	const char *rest = NULL;
	const struct calib_segtype *t = find_type(name, &rest);

	*seg = (struct calib_seg){.type = NULL};
	if (t == NULL)
		return 0;
	if (t->unsized != NULL)
		return calib_fail(err, CALIB_EINVAL, "'%s' does not say %s: name it "
		                  "MTRX:V2:ROWS:COLS:PITCH:PITCH, as the data are", name,
		                  t->unsized);
	*seg = (struct calib_seg){t, t->rows, t->cols, {t->pitch, t->pitch}, t->wide, t->pitch,
		{t->asic[0], t->asic[1]}, t->swapped, (flags & CALIB_SEG_LCLS2) != 0};
	if (seg->lcls2 && t->wide_lcls2 > 0)
		seg->wide = t->wide_lcls2;
	if (seg->lcls2 && strcmp(t->name, "JUNGFRAU:V2") != 0)
		seg->lcls2 = false;
	return t->matrix ? parse_matrix(seg, name, *rest ? rest + 1 : rest, err) : 1;
}

const char *calib_seg_name(const struct calib_seg *seg)
{
	return seg->type != NULL ? seg->type->name : "";
}

const char *calib_seg_names(char text[CALIB_SEG_NAMES])
{
	size_t n = 0;

	for (size_t i = 0; i < NTYPES && n < CALIB_SEG_NAMES; i++)
		if (types[i].unsized == NULL)
			n += (size_t)snprintf(text + n, CALIB_SEG_NAMES - n, "%s%s%s",
					      n > 0 ? " " : "", types[i].name,
					      types[i].matrix ? ":R:C:P:P" : "");
	return text;
}

const char *calib_seg_like(const char *name)
{
	size_t len = strcspn(name, ":");

	for (size_t i = 0; i < NTYPES; i++)
		if (strncasecmp(types[i].name, name, len) == 0
		    && strcspn(types[i].name, ":") == len)
			return types[i].name;
	return NULL;
}

void calib_seg_axes(const struct calib_seg *seg, bool wide_centre, double *x, double *y)
{
	const struct calib_segtype *t = seg->type;

	if (seg->swapped) {
		t->x(seg, 0, wide_centre, x, seg->rows);
		t->y(seg, 1, wide_centre, y, seg->cols);
		return;
	}
	t->x(seg, 1, wide_centre, x, seg->cols);
	t->y(seg, 0, wide_centre, y, seg->rows);
	for (size_t r = 0; r < seg->rows && t->flip; r++)
		y[r] = -y[r];
}

/* Is i next to a joint of ASICs, not further than 'within' pixels? */
static bool at_joint(size_t i, size_t n, size_t asic, size_t within)
{
	size_t from = i % asic;		/* pixels behind the last joint or the edge */

	return (i >= asic && from < within) || (i / asic + 1 < n / asic && asic - from <= within);
}

void calib_seg_areas(const struct calib_seg *seg, double *area)
{
	double p = seg->pitch[0];

	for (size_t r = 0; r < seg->rows; r++) {
		bool wide_row = at_joint(r, seg->rows, seg->asic[0], 1);

		for (size_t c = 0; c < seg->cols; c++, area++) {
			bool wide_col = at_joint(c, seg->cols, seg->asic[1], 1);
			double sx = wide_col ? seg->wide : p, sy = wide_row ? seg->wide : p;

			*area = seg->type->wide_areas ? sx * sy * (1. / (p * p)) : 1;
		}
	}
}

/* Where the bonds of a CSPAD 2x1 are missing: every tenth pixel of the diagonals of its ASICs. */
static void mask_unbonded(const struct calib_seg *seg, int bits, uint8_t *mask)
{
	int reach = bits & CALIB_MASK_NEIGHBOURS8 ? 2 : bits & CALIB_MASK_NEIGHBOURS ? 1 : 0;

	for (long p = 0; p < (long)seg->rows; p += 10)
		for (long first = 0; first < (long)seg->cols; first += 194)
			for (long dr = -1; dr <= 1; dr++)
				for (long dc = -1; dc <= 1; dc++) {
					long r = p + dr, c = p + dc;
					bool hit = reach == 2 || (dr == 0 && dc == 0)
					           || (reach == 1 && (dr == 0 || dc == 0));

					if (p == 0 && reach == 1 && dr == 0 && dc == 0)
						hit = false;
					if (hit && r >= 0 && c >= 0 && r < (long)seg->rows
					    && c < 194)
						mask[r * (long)seg->cols + first + c] = 0;
				}
}

void calib_seg_mask(const struct calib_seg *seg, int bits, size_t width, size_t central,
                    uint8_t *mask)
{
	size_t edge = bits & CALIB_MASK_EDGES ? width : 0;
	size_t joint = bits & CALIB_MASK_CENTRAL && seg->type->joints ? central : 0;

	/* the first row holds what every row has, until it gets its own */
	for (size_t c = 0; c < seg->cols; c++)
		mask[c] = !(c < edge || seg->cols - c <= edge
		            || at_joint(c, seg->cols, seg->asic[1], joint));
	for (size_t r = seg->rows; r-- > 0;) {
		bool row = r < edge || seg->rows - r <= edge
		           || at_joint(r, seg->rows, seg->asic[0], joint);

		if (row)
			memset(mask + r * seg->cols, 0, seg->cols);
		else if (r > 0)
			memcpy(mask + r * seg->cols, mask, seg->cols);
	}
	if (seg->type->unbonded && (bits & (CALIB_MASK_UNBONDED | CALIB_MASK_NEIGHBOURS
	                                    | CALIB_MASK_NEIGHBOURS8)) != 0)
		mask_unbonded(seg, bits, mask);
}
