/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/geopix.c - from the tree of a geometry to pixel arrays */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algo/geo.h"
#include "base/mem.h"

static const char cspad2x2[] = "CSPAD2X2:V1";

/* The object whose two segments are interleaved pixel by pixel in the data. */
static bool is_pair(const struct calib_geo *geo, size_t obj)
{
	const struct calib_geoobj *o = &geo->obj[obj];

	return strcmp(o->name, cspad2x2) == 0 && o->nchild == 2 && geo->obj[o->first].is_seg
	       && geo->obj[o->first].seg.rows == 185 && geo->obj[o->first].seg.cols == 388;
}

/* The next object in the order of the lines, below root; segments end the descent. */
static size_t next_object(const struct calib_geo *geo, size_t root, size_t at)
{
	if (!geo->obj[at].is_seg && geo->obj[at].nchild > 0)
		return geo->obj[at].first;
	while (at != root && geo->obj[at].next == CALIB_GEO_NONE)
		at = geo->obj[at].up;
	return at == root ? CALIB_GEO_NONE : geo->obj[at].next;
}

int calib_geo_leaves(const struct calib_geo *geo, size_t obj, struct calib_geoleaf **leaves,
		     size_t *n, struct calib_err *err)
{
	size_t room = 0, count = 0, pixels = 0;
	void *list = NULL;

	for (size_t i = obj; i != CALIB_GEO_NONE; i = next_object(geo, obj, i)) {
		const struct calib_geoseg *seg = &geo->obj[i].seg;
		struct calib_geoleaf leaf = {i, pixels, seg->cols, 1};
		size_t size, up = geo->obj[i].up;

		if (!geo->obj[i].is_seg)
			continue;
		if (calib_grow(&list, &room, count + 1, sizeof leaf, "segments", err) < 0
		    || calib_mul_size(&size, seg->rows, seg->cols, "segment", err) < 0
		    || calib_mul_size(&size, pixels + size, 1, "pixels", err) < 0) {
			free(list);
			return CALIB_ENOMEM;
		}
		if (i != obj && is_pair(geo, up)) {
			bool second = geo->obj[up].first != i;

			leaf.at = second ? pixels - seg->rows * seg->cols + 1 : pixels;
			leaf.row = 2 * seg->cols;
			leaf.col = 2;
		}
		((struct calib_geoleaf *)list)[count++] = leaf;
		pixels = size;
	}
	*leaves = list;
	*n = count;
	return CALIB_OK;
}

int calib_geo_shape(const struct calib_geo *geo, size_t obj, size_t dim[3], size_t *size,
		    struct calib_err *err)
{
	size_t segments = 1, i = obj;
	bool pair = false;
	int rc = CALIB_OK;

	for (; !geo->obj[i].is_seg && rc >= 0; i = geo->obj[i].first) {
		pair |= is_pair(geo, i);
		rc = calib_mul_size(&segments, segments, geo->obj[i].nchild, "segments", err);
	}
	dim[0] = segments;
	dim[1] = geo->obj[i].seg.rows;
	dim[2] = geo->obj[i].seg.cols;
	if (rc >= 0 && dim[1] == 0)
		return calib_fail(err, CALIB_ESHAPE,
				  "the size of %s is that of the data; describe the sensor as "
				  "MTRX:V2:ROWS:COLS:PITCH:PITCH",
				  geo->obj[i].name);
	if (rc >= 0)
		rc = calib_mul_size(size, dim[1], dim[2], "segment", err);
	if (rc >= 0)
		rc = calib_mul_size(size, *size, segments, "pixels", err);
	if (pair && segments == 2) {
		dim[0] = 185;
		dim[1] = 388;
		dim[2] = 2;
	}
	return rc;
}

double calib_geo_pitch(const struct calib_geo *geo, size_t obj)
{
	while (!geo->obj[obj].is_seg)
		obj = geo->obj[obj].first;
	return geo->obj[obj].seg.pix_um;
}

static void make_step(struct calib_kern_step *step, const struct calib_geoobj *obj, bool no_tilt)
{
	static const double rad = 3.14159265358979323846 / 180.0;

	for (int k = 0; k < 3; k++) {
		double angle = (no_tilt ? obj->rot[k] : obj->rot[k] + obj->tilt[k]) * rad;

		step->cos[k] = cos(angle);
		step->sin[k] = sin(angle);
		step->at[k] = obj->at[k];
	}
}

/* The way from a segment up to and including an object. */
struct way {
	struct calib_kern_step step[CALIB_GEO_DEPTH + 2];
	size_t n;
};

static void make_way(struct way *way, const struct calib_geo *geo, size_t from, size_t to,
		     bool no_tilt)
{
	way->n = 0;
	for (size_t i = from;; i = geo->obj[i].up) {
		make_step(&way->step[way->n++], &geo->obj[i], no_tilt);
		if (i == to)
			return;
	}
}

/* Room for the axes of a segment and one row of points. */
struct bench {
	double *row, *col, *x, *y, *z;
};

static int bench_new(struct bench *b, const struct calib_geoseg *seg, struct calib_err *err)
{
	b->row = calib_alloc(seg->rows + 4 * seg->cols, sizeof *b->row, "axes", err);
	if (b->row == NULL)
		return CALIB_ENOMEM;
	b->col = b->row + seg->rows;
	b->x = b->col + seg->cols;
	b->y = b->x + seg->cols;
	b->z = b->y + seg->cols;
	return CALIB_OK;
}

/* Columns c0..c0+n of a row, at the begin of the bench. */
static void make_row(const struct bench *b, const struct calib_geoseg *seg, const struct way *way,
		     size_t r, size_t c0, size_t n, bool lab)
{
	bool swapped = seg->kind == CALIB_GEOSEG_MATRIX1;

	for (size_t c = 0; c < n; c++) {
		b->x[c] = swapped ? b->row[r] : b->col[c0 + c];
		b->y[c] = swapped ? b->col[c0 + c] : b->row[r];
		b->z[c] = 0;
	}
	for (size_t i = 0; i < way->n; i++)
		calib_kern_place(b->x, b->y, b->z, n, &way->step[i]);
	for (size_t c = 0; lab && c < n; c++) {
		double x = b->x[c];

		b->x[c] = -b->y[c];
		b->y[c] = -x;
		b->z[c] = -b->z[c];
	}
}

static void put_row(double *to, const double *from, size_t n, size_t step)
{
	if (step == 1)
		memcpy(to, from, n * sizeof *to);
	else
		for (size_t i = 0; i < n; i++)
			to[i * step] = from[i];
}

static int segment_coords(const struct calib_geo *geo, size_t obj, const struct calib_geoleaf *leaf,
			  const struct calib_geoview *view, double *const out[3],
			  struct calib_err *err)
{
	const struct calib_geoseg *seg = &geo->obj[leaf->obj].seg;
	struct way way;
	struct bench b;

	if (bench_new(&b, seg, err) < 0)
		return CALIB_ENOMEM;
	make_way(&way, geo, leaf->obj, obj, view->no_tilt);
	calib_geoseg_axes(seg, view->wide_centre, b.row, b.col);
	for (size_t r = 0; r < seg->rows; r++) {
		size_t at = leaf->at + r * leaf->row;

		make_row(&b, seg, &way, r, 0, seg->cols, view->lab);
		put_row(out[0] + at, b.x, seg->cols, leaf->col);
		put_row(out[1] + at, b.y, seg->cols, leaf->col);
		put_row(out[2] + at, b.z, seg->cols, leaf->col);
	}
	free(b.row);
	return CALIB_OK;
}

int calib_geo_coords(const struct calib_geo *geo, size_t obj, const struct calib_geoview *view,
		     double *x, double *y, double *z, struct calib_err *err)
{
	struct calib_geoleaf *leaf = NULL;
	size_t n = 0;
	int rc = calib_geo_leaves(geo, obj, &leaf, &n, err);

	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = segment_coords(geo, obj, &leaf[i], view, (double *const[]){x, y, z}, err);
	free(leaf);
	return rc;
}

int calib_geo_point(const struct calib_geo *geo, size_t obj, const struct calib_geoleaf *leaf,
		    const struct calib_geoview *view, size_t row, size_t col, double at[3],
		    struct calib_err *err)
{
	const struct calib_geoseg *seg = &geo->obj[leaf->obj].seg;
	struct way way;
	struct bench b;

	if (row >= seg->rows || col >= seg->cols)
		return calib_fail(err, CALIB_EINVAL, "%s has no pixel (%zu,%zu), it is %zu x %zu",
				  geo->obj[leaf->obj].name, row, col, seg->rows, seg->cols);
	if (bench_new(&b, seg, err) < 0)
		return CALIB_ENOMEM;
	make_way(&way, geo, leaf->obj, obj, view->no_tilt);
	calib_geoseg_axes(seg, view->wide_centre, b.row, b.col);
	make_row(&b, seg, &way, row, col, 1, view->lab);
	at[0] = b.x[0];
	at[1] = b.y[0];
	at[2] = b.z[0];
	free(b.row);
	return CALIB_OK;
}

int calib_geo_centre(const struct calib_geo *geo, size_t obj, double at[3], struct calib_err *err)
{
	const struct calib_geoseg *seg = &geo->obj[obj].seg;
	const struct calib_geoleaf leaf = {obj, 0, seg->cols, 1};
	double corner[3], sum[3] = {0};
	int rc = CALIB_OK;

	for (size_t i = 0; i < 4 && rc >= 0; i++) {
		rc = calib_geo_point(geo, geo->top, &leaf, &(struct calib_geoview){0},
				     i / 2 * (seg->rows - 1), i % 2 * (seg->cols - 1), corner, err);
		for (int k = 0; k < 3 && rc >= 0; k++)
			sum[k] += corner[k];
	}
	for (int k = 0; k < 3; k++)
		at[k] = sum[k] / 4;
	return rc;
}

int calib_geo_areas(const struct calib_geo *geo, size_t obj, double *area, struct calib_err *err)
{
	struct calib_geoleaf *leaf = NULL;
	size_t n = 0;
	int rc = calib_geo_leaves(geo, obj, &leaf, &n, err);

	for (size_t i = 0; i < n && rc >= 0; i++) {
		const struct calib_geoseg *seg = &geo->obj[leaf[i].obj].seg;
		struct bench b;

		rc = bench_new(&b, seg, err);
		if (rc < 0)
			break;
		calib_geoseg_areas(seg, b.row, b.col);
		for (size_t r = 0; r < seg->rows; r++)
			for (size_t c = 0; c < seg->cols; c++)
				area[leaf[i].at + r * leaf[i].row + c * leaf[i].col] =
					b.row[r] * b.col[c];
		free(b.row);
	}
	free(leaf);
	return rc;
}

int calib_geo_mask(const struct calib_geo *geo, size_t obj, unsigned bits, size_t width,
		   size_t wcentral, uint8_t *mask, struct calib_err *err)
{
	struct calib_geoleaf *leaf = NULL;
	size_t n = 0;
	int rc = calib_geo_leaves(geo, obj, &leaf, &n, err);

	for (size_t i = 0; i < n && rc >= 0; i++) {
		const struct calib_geoseg *seg = &geo->obj[leaf[i].obj].seg;
		uint8_t *one = calib_alloc(seg->rows * seg->cols, 1, "mask of a segment", err);

		if (one == NULL) {
			rc = CALIB_ENOMEM;
			break;
		}
		calib_geoseg_mask(seg, bits, width, wcentral, one);
		for (size_t r = 0; r < seg->rows; r++)
			for (size_t c = 0; c < seg->cols; c++)
				mask[leaf[i].at + r * leaf[i].row + c * leaf[i].col] =
					one[r * seg->cols + c];
		free(one);
	}
	free(leaf);
	return rc;
}

/* Sum in pairs, which keeps the mean of millions of values exact to the last digits. */
static double pair_sum(const double *v, size_t n)
{
	double sum[64];
	size_t level = 0;

	for (size_t i = 0; i < n; i++) {
		sum[level++] = v[i];
		for (size_t k = i + 1; (k & 1) == 0; k >>= 1) {
			sum[level - 2] += sum[level - 1];
			level--;
		}
	}
	while (level > 1) {
		sum[level - 2] += sum[level - 1];
		level--;
	}
	return n > 0 ? sum[0] : 0;
}

void calib_geo_project(double *x, double *y, const double *z, size_t n, const double *plane)
{
	double z0 = plane ? *plane : pair_sum(z, n) / (double)n;

	if (fabs(z0) < 1000)
		return;
	for (size_t i = 0; i < n; i++) {
		x[i] = z[i] != 0 ? z0 * (x[i] / z[i]) : 0;
		y[i] = z[i] != 0 ? z0 * (y[i] / z[i]) : 0;
	}
}

int calib_geo_cells(struct calib_geocells *cells, const double *x, const double *y, size_t n,
		    const struct calib_geogrid *grid, struct calib_err *err)
{
	double xlo, xhi, ylo, yhi, p = grid->pitch, rows, cols;
	double before[2] = {grid->offset[0] > 0 ? (double)grid->offset[0] * p : 0,
			    grid->offset[1] > 0 ? (double)grid->offset[1] * p : 0};

	calib_kern_range(x, n, &xlo, &xhi);
	calib_kern_range(y, n, &ylo, &yhi);
	cells->x0 = xlo - before[0] - p / 2;
	cells->y0 = grid->lab ? yhi + before[1] + p / 2 : ylo - before[1] - p / 2;
	rows = trunc(grid->lab ? (cells->y0 - ylo) / p : (xhi - cells->x0) / p) + 1;
	cols = trunc(grid->lab ? (xhi - cells->x0) / p : (yhi - cells->y0) / p) + 1;
	if (!(rows * cols <= 2147483648.0))
		return calib_fail(err, CALIB_ESHAPE,
				  "an image of %.0f x %.0f cells of %g um is too large; set a "
				  "larger cell",
				  rows, cols, p);
	cells->rows = (size_t)rows;
	cells->cols = (size_t)cols;
	cells->n = n;
	cells->row = calib_alloc(n, sizeof *cells->row, "row indexes", err);
	cells->col = cells->row ? calib_alloc(n, sizeof *cells->col, "column indexes", err) : NULL;
	if (cells->col == NULL)
		return CALIB_ENOMEM;
	if (grid->lab) {
		calib_kern_cells(cells->row, y, n, cells->y0, p, 1);
		calib_kern_cells(cells->col, x, n, cells->x0, p, 0);
	} else {
		calib_kern_cells(cells->row, x, n, cells->x0, p, 0);
		calib_kern_cells(cells->col, y, n, cells->y0, p, 0);
	}
	return CALIB_OK;
}

void calib_geocells_release(struct calib_geocells *cells)
{
	free(cells->row);
	free(cells->col);
	*cells = (struct calib_geocells)CALIB_GEOCELLS_INIT;
}

void calib_geo_locate(const struct calib_geocells *cells, const struct calib_geogrid *grid,
		      double x, double y, double at[2])
{
	double across = (x - cells->x0) / grid->pitch;

	at[0] = grid->lab ? (cells->y0 - y) / grid->pitch : across;
	at[1] = grid->lab ? across : (y - cells->y0) / grid->pitch;
}

void calib_geo_image(const struct calib_geocells *cells, const float *value, float base,
		     float *image)
{
	for (size_t i = 0; i < cells->rows * cells->cols; i++)
		image[i] = base;
	for (size_t i = 0; i < cells->n; i++)
		image[(size_t)cells->row[i] * cells->cols + cells->col[i]] = value[i];
}
