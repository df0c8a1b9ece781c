/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/coords.c - pixel coordinates through the tree */
#include "geo/coords.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kern/kern.h"
#include "kern/rotate.h"

void calib_geo_layout_release(struct calib_geo_layout *layout)
{
	free(layout->leaf);
	*layout = (struct calib_geo_layout)CALIB_GEO_LAYOUT_INIT;
}

/* Groups beside each other must hold as many sensors: arrays of them are stacked. */
static int check_counts(const struct calib_geo *geo, size_t root, struct calib_err *err)
{
	size_t *count = calib_alloc(geo->n, sizeof *count, "objects", err);
	struct calib_str name = CALIB_STR_INIT;
	int rc = count != NULL ? CALIB_OK : CALIB_ENOMEM;

	if (rc < 0)
		return rc;
	for (size_t at = root; at != CALIB_GEO_NONE; at = calib_geo_next(geo, root, at))
		for (size_t up = at; calib_geo_is_seg(geo, at); up = geo->object[up].up) {
			count[up]++;
			if (up == root)
				break;
		}
	for (size_t at = root; at != CALIB_GEO_NONE && rc >= 0;
	     at = calib_geo_next(geo, root, at)) {
		const struct calib_geo_object *o = &geo->object[at];

		if (at == root || o->next == CALIB_GEO_NONE || count[o->next] == count[at])
			continue;
		calib_geo_name(&name, geo, at, true);
		rc = calib_fail(err, CALIB_ESHAPE, "%s:%u: %s:%ld holds %zu sensors, %s beside it "
		                "%zu: expected as many", geo->file ? geo->file : "geometry",
		                geo->object[o->next].line, geo->object[o->next].name,
		                geo->object[o->next].index, count[o->next], name.s, count[at]);
	}
	calib_str_release(&name);
	free(count);
	return rc;
}

/* The reference re-orders an object of exactly this name and size to the order of its data. */
static bool is_cspad2x2(const struct calib_geo *geo, size_t at)
{
	const struct calib_geo_object *o = &geo->object[at];

	return strcmp(o->name, "CSPAD2X2:V1") == 0 && o->nchildren == 2
	       && calib_geo_is_seg(geo, o->first_child)
	       && geo->object[o->first_child].seg.rows == 185
	       && geo->object[o->first_child].seg.cols == 388;
}

static int list_leaves(struct calib_geo_layout *l, const struct calib_geo *geo,
                       struct calib_err *err)
{
	size_t n = 0, pixels = 0;

	for (size_t at = l->root; at != CALIB_GEO_NONE; at = calib_geo_next(geo, l->root, at)) {
		const struct calib_geo_object *o = &geo->object[at];

		if (!calib_geo_is_seg(geo, at))
			continue;
		if (n > 0 && (o->seg.rows != l->rows || o->seg.cols != l->cols))
			return calib_fail(err, CALIB_ESHAPE, "%s:%u: %s:%ld has %zux%zu pixels, "
			                  "the sensors before it have %zux%zu",
			                  geo->file ? geo->file : "geometry", o->line, o->name,
			                  o->index, o->seg.rows, o->seg.cols, l->rows, l->cols);
		l->rows = o->seg.rows;
		l->cols = o->seg.cols;
		pixels = l->rows * l->cols;
		l->leaf[n] = (struct calib_geo_leaf){at, n * pixels, 1};
		if (at != l->root && is_cspad2x2(geo, o->up)) {
			size_t k = at != geo->object[o->up].first_child;

			l->leaf[n].first = (n - k) * pixels + k;
			l->leaf[n].stride = 2;
		}
		n++;
	}
	l->n = n;
	return calib_mul_size(&l->size, n, pixels, "pixels", err);
}

int calib_geo_layout(struct calib_geo_layout *layout, const struct calib_geo *geo, size_t root,
                     struct calib_err *err)
{
	int rc = check_counts(geo, root, err);
	size_t first = geo->top;

	calib_geo_layout_release(layout);
	layout->root = root;
	layout->leaf = rc >= 0 ? calib_alloc(geo->n, sizeof *layout->leaf, "sensors", err) : NULL;
	if (rc >= 0 && layout->leaf == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = list_leaves(layout, geo, err);
	if (rc < 0) {
		calib_geo_layout_release(layout);
		return rc;
	}
	while (!calib_geo_is_seg(geo, first))
		first = geo->object[first].first_child;
	layout->scale = geo->object[first].seg.scale;
	if (layout->n == 2 && layout->leaf[0].stride == 2) {
		layout->ndim = 3;
		memcpy(layout->dim, (size_t[]){layout->rows, layout->cols, 2}, 3 * sizeof(size_t));
	} else {
		layout->ndim = layout->n > 1 ? 3 : 2;
		memcpy(layout->dim, (size_t[]){layout->n, layout->rows, layout->cols}
		       + (layout->n == 1), (size_t)layout->ndim * sizeof(size_t));
	}
	return CALIB_OK;
}

/* What one object does to the points of its children. */
struct step {
	double c[3], s[3];		/* about z, y, x */
	bool turns[3];
	double origin[3];
};

/* A rotation by exactly 0 is left out: it could only change the sign of zeros, which adding the
 * origin makes positive again, unless that is a negative zero. */
static void make_step(struct step *step, const double par[CALIB_GEO_NPARS], bool no_tilt)
{
	bool negative_zero = false;

	for (int i = 0; i < 3; i++) {
		step->origin[i] = par[CALIB_GEO_X0 + i];
		negative_zero |= step->origin[i] == 0 && signbit(step->origin[i]) != 0;
	}
	for (int i = 0; i < 3; i++) {
		double deg = par[CALIB_GEO_ROT_Z + i], rad;

		if (!no_tilt)
			deg += par[CALIB_GEO_TILT_Z + i];
		rad = deg * (M_PI / 180.0);
		step->c[i] = cos(rad);
		step->s[i] = sin(rad);
		step->turns[i] = deg != 0 || negative_zero;
	}
}

/* The steps of every object, made once. */
static struct step *make_steps(const struct calib_geo *geo, const struct calib_geo_view *view,
                               struct calib_err *err)
{
	struct step *step = calib_alloc(geo->n, sizeof *step, "objects", err);

	for (size_t i = 0; i < geo->n && step != NULL; i++)
		make_step(&step[i], geo->object[i].par, view->no_tilt);
	return step;
}

/* A few points at a time stay in the first-level cache all the way up. */
struct points { double x[CALIB_STRIP], y[CALIB_STRIP], z[CALIB_STRIP]; };

static void climb(struct points *p, size_t n, const struct calib_geo *geo, const struct step *step,
                  size_t from, size_t root)
{
	for (size_t at = from;; at = geo->object[at].up) {
		const struct step *t = &step[at];

		if (t->turns[0])
			kern_rotate(p->x, p->y, n, t->c[0], t->s[0]);
		if (t->turns[1])
			kern_rotate(p->z, p->x, n, t->c[1], t->s[1]);
		if (t->turns[2])
			kern_rotate(p->y, p->z, n, t->c[2], t->s[2]);
		kern_shift(p->x, n, t->origin[0]);
		kern_shift(p->y, n, t->origin[1]);
		kern_shift(p->z, n, t->origin[2]);
		if (at == root)
			return;
	}
}

/* The three arrays of one strip in the frame asked for. */
static void put(double *const out[3], size_t at, size_t stride, const struct points *p, size_t n,
                enum calib_geo_frame frame)
{
	const double *const in[3] = {frame == CALIB_GEO_LAB ? p->y : p->x,
		frame == CALIB_GEO_LAB ? p->x : p->y, p->z};

	for (int k = 0; k < 3; k++) {
		if (stride == 1 && frame == CALIB_GEO_PSANA)
			memcpy(out[k] + at, in[k], n * sizeof *in[k]);
		else if (stride == 1)
			kern_negate(out[k] + at, in[k], n);
		else
			for (size_t i = 0; i < n; i++)
				out[k][at + i * stride] =
					frame == CALIB_GEO_LAB ? -in[k][i] : in[k][i];
	}
}

/* The axes of a segment: x has room for the longer side, y behind it. */
static int get_axes(double **x, double **y, const struct calib_seg *seg, bool wide_centre,
                    struct calib_err *err)
{
	size_t side = seg->rows > seg->cols ? seg->rows : seg->cols;

	*x = calib_alloc(2 * side, sizeof **x, "axes of a sensor", err);
	if (*x == NULL)
		return CALIB_ENOMEM;
	*y = *x + side;
	calib_seg_axes(seg, wide_centre, *x, *y);
	return CALIB_OK;
}

static void fill(struct points *p, const struct calib_seg *seg, const double *x, const double *y,
                 size_t row, size_t col, size_t n)
{
	double *along = seg->swapped ? p->y : p->x, *across = seg->swapped ? p->x : p->y;
	double fixed = seg->swapped ? x[row] : y[row];

	memcpy(along, (seg->swapped ? y : x) + col, n * sizeof *along);
	for (size_t i = 0; i < n; i++)
		across[i] = fixed;
	memset(p->z, 0, n * sizeof *p->z);
}

static int leaf_coords(double *const out[3], const struct calib_geo *geo,
                       const struct calib_geo_layout *l, const struct calib_geo_leaf *leaf,
                       const struct step *step, const struct calib_geo_view *view,
                       struct calib_err *err)
{
	const struct calib_seg *seg = &geo->object[leaf->object].seg;
	struct points p;
	double *x, *y;
	int rc = get_axes(&x, &y, seg, view->wide_centre, err);

	for (size_t r = 0; r < seg->rows && rc >= 0; r++)
		for (size_t c = 0; c < seg->cols; c += CALIB_STRIP) {
			size_t n = seg->cols - c < CALIB_STRIP ? seg->cols - c : CALIB_STRIP;

			fill(&p, seg, x, y, r, c, n);
			climb(&p, n, geo, step, leaf->object, l->root);
			put(out, leaf->first + (r * seg->cols + c) * leaf->stride, leaf->stride, &p,
			    n, view->frame);
		}
	if (rc >= 0)
		free(x);
	return rc;
}

int calib_geo_coords(struct calib_nda xyz[3], const struct calib_geo *geo,
                     const struct calib_geo_layout *layout, const struct calib_geo_view *view,
                     struct calib_err *err)
{
	struct step *step = make_steps(geo, view, err);
	double *out[3];
	int rc = step != NULL ? CALIB_OK : CALIB_ENOMEM;

	for (int k = 0; k < 3 && rc >= 0; k++) {
		rc = calib_nda_alloc(&xyz[k], CALIB_F64, layout->ndim, layout->dim, err);
		out[k] = xyz[k].data;
	}
	for (size_t i = 0; i < layout->n && rc >= 0; i++)
		rc = leaf_coords(out, geo, layout, &layout->leaf[i], step, view, err);
	free(step);
	return rc;
}

int calib_geo_pixels(double (*xyz)[3], const size_t (*rc)[2], size_t n,
                     const struct calib_geo *geo, size_t root, size_t leaf,
                     const struct calib_geo_view *view, struct calib_err *err)
{
	const struct calib_seg *seg = &geo->object[leaf].seg;
	struct step *step = make_steps(geo, view, err);
	double *x = NULL, *y;
	struct points p;
	int status = step != NULL ? get_axes(&x, &y, seg, view->wide_centre, err) : CALIB_ENOMEM;

	for (size_t i = 0; i < n && status >= 0; i++) {
		double *const out[3] = {&xyz[i][0], &xyz[i][1], &xyz[i][2]};

		fill(&p, seg, x, y, rc[i][0], rc[i][1], 1);
		climb(&p, 1, geo, step, leaf, root);
		put(out, 0, 1, &p, 1, view->frame);
	}
	free(x);
	free(step);
	return status;
}

int calib_geo_areas(struct calib_nda *areas, const struct calib_geo *geo,
                    const struct calib_geo_layout *layout, struct calib_err *err)
{
	size_t pixels = layout->rows * layout->cols;
	double *one = calib_alloc(pixels, sizeof *one, "areas", err), *out;
	int rc = one != NULL ? calib_nda_alloc(areas, CALIB_F64, layout->ndim, layout->dim, err)
		: CALIB_ENOMEM;

	out = areas->data;
	for (size_t k = 0; k < layout->n && rc >= 0; k++) {
		const struct calib_geo_leaf *leaf = &layout->leaf[k];

		calib_seg_areas(&geo->object[leaf->object].seg, one);
		for (size_t i = 0; i < pixels; i++)
			out[leaf->first + i * leaf->stride] = one[i];
	}
	free(one);
	return rc;
}

int calib_geo_mask(struct calib_nda *mask, const struct calib_geo *geo,
                   const struct calib_geo_layout *layout, int bits, size_t width, size_t central,
                   struct calib_err *err)
{
	size_t pixels = layout->rows * layout->cols;
	uint8_t *one = calib_alloc(pixels, sizeof *one, "mask", err), *out;
	int rc = one != NULL ? calib_nda_alloc(mask, CALIB_U8, layout->ndim, layout->dim, err)
		: CALIB_ENOMEM;

	out = mask->data;
	for (size_t k = 0; k < layout->n && rc >= 0; k++) {
		const struct calib_geo_leaf *leaf = &layout->leaf[k];

		calib_seg_mask(&geo->object[leaf->object].seg, bits, width, central, one);
		for (size_t i = 0; i < pixels; i++)
			out[leaf->first + i * leaf->stride] = one[i];
	}
	free(one);
	return rc;
}

void calib_geo_at_z(struct calib_nda xyz[3], double z0)
{
	const double *z = xyz[2].data;
	size_t n = xyz[2].size;

	if (isnan(z0)) {
		double sum = 0, lost = 0;	/* compensated: the order does not matter much */

		for (size_t i = 0; i < n; i++) {
			double next = sum + z[i];

			lost += fabs(sum) >= fabs(z[i]) ? (sum - next) + z[i] : (z[i] - next) + sum;
			sum = next;
		}
		z0 = n > 0 ? (sum + lost) / (double)n : 0;
	}
	if (fabs(z0) < 1000)
		return;
	kern_project(xyz[0].data, z, n, z0);
	kern_project(xyz[1].data, z, n, z0);
}
