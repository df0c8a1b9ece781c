/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/shapecf.c - bad regions of CrystFEL's geometry files
 *
 * "badbeam/min_fs = 10": fs is the column, ss is sensor * rows + row, both ends included.  min_x
 * ... max_y are pixels of the laboratory frame, without the ends.  Bad regions only mask. Source:
 * taw10/crystfel libcrystfel/src/datatemplate.c; crystfel_geometry(5). */
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "form/shapes_int.h"

#include <stdlib.h>

enum { MIN_FS, MAX_FS, MIN_SS, MAX_SS, MIN_X, MAX_X, MIN_Y, MAX_Y, NFIELDS };
static const char *const fields[NFIELDS] = {"min_fs", "max_fs", "min_ss", "max_ss", "min_x",
	"max_x", "min_y", "max_y"};

struct region {
	const char *name;		/* in the text */
	size_t len;
	double v[NFIELDS];		/* NaN: not given */
	unsigned line;
};

struct regions { struct region *list; size_t n, room; };

static struct region *region_of(struct regions *g, const char *name, size_t len, unsigned line,
                                struct calib_err *err)
{
	void *p = g->list;
	struct region *r;

	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].len == len && strncmp(g->list[i].name, name, len) == 0)
			return &g->list[i];
	if (calib_grow(&p, &g->room, g->n + 1, sizeof *g->list, "bad regions", err) < 0)
		return NULL;
	g->list = p;
	r = &g->list[g->n++];
	*r = (struct region){.name = name, .len = len, .line = line};
	for (int k = 0; k < NFIELDS; k++)
		r->v[k] = NAN;
	return r;
}

/* "badNAME/field = value" */
static int read_line(struct regions *g, const char *line, size_t len, unsigned number,
                     struct calib_err *err)
{
	const char *slash, *equals, *end = line + len, *stop;
	struct region *r;

	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	slash = memchr(line, '/', (size_t)(end - line));
	equals = memchr(line, '=', (size_t)(end - line));
	if (end - line < 3 || strncmp(line, "bad", 3) != 0 || slash == NULL || equals == NULL
	    || equals < slash)
		return CALIB_OK;
	r = region_of(g, line, (size_t)(slash - line), number, err);
	if (r == NULL)
		return CALIB_ENOMEM;
	slash++;
	for (len = 0; slash + len < equals && strchr(" \t=", slash[len]) == NULL;)
		len++;
	for (equals++; equals < end && (*equals == ' ' || *equals == '\t');)
		equals++;
	if (len == 5 && strncmp(slash, "panel", 5) == 0)
		return CALIB_OK;	/* fs and ss say which sensor it is */
	for (int k = 0; k < NFIELDS; k++)
		if (strlen(fields[k]) == len && strncmp(fields[k], slash, len) == 0) {
			r->v[k] = calib_strtod(equals, end, &stop);
			if (stop == equals || isnan(r->v[k]))
				return calib_fail(err, CALIB_EFORMAT, "'%.*s' is not a number",
				                  (int)(end - equals < 40 ? end - equals : 40),
				                  equals);
			return CALIB_OK;
		}
	return calib_fail(err, CALIB_EFORMAT, "'%.*s' is no field of a bad region",
	                  (int)(len < 40 ? len : 40), slash);
}

static bool given(const struct region *r, int first)
{
	return !isnan(r->v[first]) || !isnan(r->v[first + 1]) || !isnan(r->v[first + 2])
	       || !isnan(r->v[first + 3]);
}

/* A rectangle of the data, cut at the borders of sensors. */
static int add_blocks(struct calib_shapes *s, const struct region *r,
                      const struct calib_shapes_hints *h, struct calib_err *err)
{
	double rows = (double)h->seg_rows, v[4];
	struct calib_roi roi = {.kind = CALIB_ROI_RECT, .space = CALIB_ROI_SEG, .width = 1,
		.line = r->line, .v = v, .n = 4};
	int rc = CALIB_OK;

	for (int k = 0; k < 4; k++)
		if (isnan(r->v[k]))
			return calib_fail(err, CALIB_EFORMAT, "%s is missing in %.*s", fields[k],
			                  (int)r->len, r->name);
	if (r->v[MIN_FS] < 0 || r->v[MIN_SS] < 0 || r->v[MAX_FS] < r->v[MIN_FS]
	    || r->v[MAX_SS] < r->v[MIN_SS] || r->v[MAX_FS] >= (double)h->seg_cols
	    || r->v[MAX_SS] >= rows * (double)h->nsegs)
		return calib_fail(err, CALIB_EFORMAT,
				  "%.*s: fs %g to %g, ss %g to %g is not inside "
				  "of the data, fs 0 to %zu, ss 0 to %g",
				  (int)r->len, r->name, r->v[MIN_FS], r->v[MAX_FS], r->v[MIN_SS],
				  r->v[MAX_SS], h->seg_cols - 1, rows * (double)h->nsegs - 1);
	for (size_t seg = (size_t)(trunc(r->v[MIN_SS]) / rows);
	     (double)seg * rows <= trunc(r->v[MAX_SS]) && rc >= 0; seg++) {
		double top = fmax(trunc(r->v[MIN_SS]) - (double)seg * rows, 0);
		double bottom = fmin(trunc(r->v[MAX_SS]) - (double)seg * rows, rows - 1);

		roi.seg[0] = roi.seg[1] = seg;
		v[0] = trunc(r->v[MIN_FS]);
		v[1] = top;
		v[2] = trunc(r->v[MAX_FS]) - v[0];
		v[3] = bottom - top;
		rc = calib_shapes_add(s, &roi, err);
	}
	return rc;
}

static int add_region(struct calib_shapes *s, const struct region *r,
                      const struct calib_shapes_hints *h, struct calib_err *err)
{
	static const double open[4] = {-INFINITY, INFINITY, -INFINITY, INFINITY};
	struct calib_roi roi = {.kind = CALIB_ROI_CORNERS, .space = CALIB_ROI_UM, .width = 1,
		.line = r->line, .n = 4};
	double v[4];

	if (given(r, MIN_FS) && given(r, MIN_X))
		return calib_fail(err, CALIB_EFORMAT, "%.*s has fs, ss and x, y: only one of them "
		                  "can be", (int)r->len, r->name);
	if (given(r, MIN_FS)) {
		if (h == NULL || h->seg_rows == 0)
			return calib_fail(err, CALIB_EINVAL,
					  "%.*s is in fs and ss: -g GEO is needed "
					  "to tell which sensor that is",
					  (int)r->len, r->name);
		return add_blocks(s, r, h, err);
	}
	for (int k = 0; k < 4; k++)
		v[k] = isnan(r->v[MIN_X + k]) ? open[k] : r->v[MIN_X + k];
	roi.v = v;
	return calib_shapes_add(s, &roi, err);
}

int shapes_read_crystfel(struct calib_shapes *s, const struct shapes_input *in,
                         struct calib_err *err)
{
	struct regions g = {NULL, 0, 0};
	const char *p = in->text;
	unsigned number = 1;
	int rc = CALIB_OK;

	for (; *p != '\0' && rc >= 0; number++) {
		size_t len = strcspn(p, "\n"), text = strcspn(p, "\n\r;");

		rc = read_line(&g, p, text, number, err);
		p += len + (p[len] == '\n');
	}
	if (rc < 0)
		calib_err_wrap(err, "%s:%u", in->name, number - 1);
	if (rc >= 0 && g.n == 0)
		calib_log(CALIB_WARNING, "%s: has no bad regions", in->name);
	for (size_t i = 0; i < g.n && rc >= 0; i++) {
		rc = add_region(s, &g.list[i], in->hints, err);
		if (rc < 0)
			calib_err_wrap(err, "%s:%u", in->name, g.list[i].line);
	}
	free(g.list);
	return rc;
}

/* ---- writing ---- */

/* Rectangles of whole pixels of sensors are all a bad region can be. */
static bool is_block(const struct calib_roi *r)
{
	return r->kind == CALIB_ROI_RECT && r->space == CALIB_ROI_SEG && r->role == CALIB_ROI_MASK
	       && r->rot == 0;
}

int shapes_write_crystfel(struct calib_str *t, const struct calib_shapes *s,
                          const struct calib_shapes_hints *h, struct calib_err *err)
{
	size_t count = 0;

	if (h == NULL || h->seg_rows == 0)
		return calib_fail(err, CALIB_EINVAL,
				  "bad regions of CrystFEL need -g GEO: they count "
				  "the rows of all sensors");
	for (size_t i = 0; i < s->n; i++) {
		const struct calib_roi *r = &s->list[i];
		double rows = (double)h->seg_rows, cols = (double)h->seg_cols;

		if (!is_block(r))
			return shapes_cannot(s, r,
					     "bad regions of CrystFEL (convert --to crystfel-h5 "
					     "makes a mask for it)",
					     r->space == CALIB_ROI_SEG ? "this shape of a sensor"
								       : "what is no rectangle of "
									 "a sensor",
					     err);
		for (size_t seg = r->seg[0]; seg <= r->seg[1] && seg < h->nsegs; seg++) {
			double c0 = fmax(ceil(r->v[0]), 0), r0 = fmax(ceil(r->v[1]), 0);
			double c1 = fmin(floor(r->v[0] + r->v[2]), cols - 1);
			double r1 = fmin(floor(r->v[1] + r->v[3]), rows - 1);

			if (c0 > c1 || r0 > r1)
				continue;
			calib_str_addf(t, "bad%zu/min_fs = %.0f\nbad%zu/max_fs = %.0f\n"
			               "bad%zu/min_ss = %.0f\nbad%zu/max_ss = %.0f\n", count, c0,
			               count, c1, count, (double)seg * rows + r0, count,
			               (double)seg * rows + r1);
			count++;
		}
	}
	if (s->bits > 0 || s->ngrow > 0)
		calib_log(CALIB_WARNING, "%s: bits and grow have no place in bad regions, they are "
		          "left out", s->name);
	return CALIB_OK;
}
