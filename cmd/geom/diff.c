/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/diff.c - calib-geom diff, check: what moved, and is a geometry as it should be? */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/table.h"
#include "det/det.h"
#include "geom/geom.h"
#include "store/geofile.h"

enum { KEY_AGAINST = CLI_KEY_OWN, KEY_UM, KEY_DEG };

struct opts {
	struct cli cli;
	struct cli_geo which;
	const char *file[2];
	size_t n;
	const char *against, *det;
	double tol_um, tol_deg;
};

static const char *const columns[] = {
	"object",       "index",        "parent",       "parent_index", "what",
	"dx_um",        "dy_um",        "dz_um",        "dangle_z_deg", "dangle_y_deg",
	"dangle_x_deg", "centre_dx_um", "centre_dy_um", "centre_dz_um", NULL};

/* The same object of another geometry: a segment's name may recur under another parent. */
static size_t twin(const struct calib_geo *in, const struct calib_geoobj *of, size_t hint)
{
	for (size_t k = 0; k < in->n; k++) {
		size_t i = (hint + k) % in->n;
		const struct calib_geoobj *o = &in->obj[i];

		if (o->ind == of->ind && o->parent != NULL && o->parent_ind == of->parent_ind
		    && strcmp(o->name, of->name) == 0 && strcmp(o->parent, of->parent) == 0)
			return i;
	}
	return CALIB_GEO_NONE;
}

static int put(struct calib_table *t, const struct calib_geoobj *o, const char *what,
	       const double *change, size_t n)
{
	calib_table_text(t, o->name);
	calib_table_unsigned(t, o->ind);
	calib_table_text(t, o->parent);
	calib_table_unsigned(t, o->parent_ind);
	calib_table_text(t, what);
	for (size_t i = 0; i < n; i++)
		calib_table_real(t, "%.9g", fabs(change[i]) < 1e-9 ? 0 : change[i]);
	return calib_table_row(t);
}

/* Move and turn in the parent's frame; of a segment also of its centre in the detector's. */
static size_t changes(double v[9], const struct calib_geo *a, size_t i, const struct calib_geo *b,
		      size_t k)
{
	const struct calib_geoobj *p = &a->obj[i], *q = &b->obj[k];
	double from[3], to[3];

	for (int axis = 0; axis < 3; axis++) {
		double turn = q->rot[axis] + q->tilt[axis] - p->rot[axis] - p->tilt[axis];

		v[axis] = q->at[axis] - p->at[axis];
		v[5 - axis] = remainder(turn, 360);
	}
	if (!p->is_seg || p->seg.rows == 0 || calib_geo_centre(a, i, from, NULL) < 0
	    || calib_geo_centre(b, k, to, NULL) < 0)
		return 6;
	for (int axis = 0; axis < 3; axis++)
		v[6 + axis] = to[axis] - from[axis];
	return 9;
}

static bool beyond(const double v[9], size_t n, const struct opts *o)
{
	bool yes = false;

	for (size_t i = 0; i < n; i++)
		yes |= fabs(v[i]) > (i >= 3 && i < 6 ? o->tol_deg + 1e-12 : o->tol_um + 1e-9);
	return yes;
}

/* Rows for what differs; returns how many, < 0 error. */
static long compare(const struct calib_geo *a, const struct calib_geo *b, const struct opts *o,
		    struct calib_err *err)
{
	struct calib_table t;
	struct calib_out *out = NULL;
	long n = 0;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	calib_table_begin(&t, out, columns, o->cli.json, err);
	for (size_t i = 0; i < a->n && rc >= 0; i++) {
		double v[9];
		size_t k, used;

		if (a->obj[i].parent == NULL)
			continue;
		k = twin(b, &a->obj[i], i);
		used = k == CALIB_GEO_NONE ? 0 : changes(v, a, i, b, k);
		if (used > 0 && !beyond(v, used, o))
			continue;
		rc = put(&t, &a->obj[i], used ? "moved" : "removed", v, used);
		n++;
	}
	for (size_t i = 0; i < b->n && rc >= 0; i++)
		if (b->obj[i].parent != NULL && twin(a, &b->obj[i], i) == CALIB_GEO_NONE) {
			rc = put(&t, &b->obj[i], "added", NULL, 0);
			n++;
		}
	if (rc >= 0)
		rc = calib_out_commit(out, err);
	else
		calib_out_abort(out);
	return rc < 0 ? rc : n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &o->cli; return 0;
	case KEY_UM: o->tol_um = cli_double(state, "--um", arg, 0, 1e12); return 0;
	case KEY_DEG: o->tol_deg = cli_double(state, "--deg", arg, 0, 360); return 0;
	case KEY_AGAINST: o->against = arg; return 0;
	case 'd': o->det = arg; return 0;
	case ARGP_KEY_ARG:
		if (o->n == 2)
			argp_error(state, "'%s': no further argument is expected", arg);
		o->file[o->n++] = arg;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

#define TOLERANCES                                                                                 \
	{"um", KEY_UM, "UM", 0, "moves up to this are none (default: 0)", 1},                      \
	{                                                                                          \
		"deg", KEY_DEG, "DEG", 0, "turns up to this are none (default: 0)", 1              \
	}

static const struct argp_child children[] = {{&cli_common_table, 0, NULL, 0}, {0}};

static long diff(const struct opts *o, const char *from, const char *to, struct calib_err *err)
{
	struct calib_geo a = CALIB_GEO_INIT, b = CALIB_GEO_INIT;
	long n = calib_geo_load(&a, from, err);

	if (n >= 0)
		n = calib_geo_load(&b, to, err);
	if (n >= 0)
		n = compare(&a, &b, o, err);
	calib_geo_release(&a);
	calib_geo_release(&b);
	return n;
}

int geom_diff(int argc, char **argv)
{
	static const struct argp_option options[] = {TOLERANCES, {0}};
	static const struct argp argp = {
		options,
		parse,
		"OLD NEW",
		"One row for each object that moved or turned in its parent's frame, was added or "
		"removed, and for sensors how far the centre moved in the detector's frame. Exit "
		"status 1 when there is any.\v"
		"Example: calib-geom diff 0-end.data new.data",
		children,
		NULL,
		NULL};
	struct opts o = {.n = 0};
	struct calib_err err = CALIB_ERR_INIT;
	long n;
	int status;

	cli_parse(&argp, argc, argv, &o);
	if (o.n != 2)
		cli_usage(&argp, "two geometries are expected, OLD NEW");
	n = diff(&o, o.file[0], o.file[1], &err);
	status = cli_finish(n < 0 ? (int)n : 0, &err);
	return status != 0 || n > 0;
}

/* The size of the arrays is that of the detector. */
static int check_size(const struct calib_geo *geo, const char *path, const char *name, long *bad,
		      struct calib_err *err)
{
	const struct calib_det *det = calib_det_by_name(name);
	size_t dim[3], n = 0, want = 1;
	int rc = calib_geo_shape(geo, geo->top, dim, &n, err);

	if (det == NULL)
		det = calib_det_of_source(name);
	if (det == NULL)
		return calib_fail(err, CALIB_ENOTFOUND, "'%s' is not a detector; known are %s",
				  name, calib_det_names());
	for (int i = 0; i < det->ndim; i++)
		want *= det->dim[i];
	if (rc >= 0 && det->ndim > 0 && want > 0 && n != want) {
		calib_log(CALIB_WARNING, "%s: %zu pixels, %s has %zu", path, n, det->name, want);
		++*bad;
	}
	return rc;
}

/* What can be used but is most likely a slip. */
static void check_objects(const struct calib_geo *geo, const char *path, long *bad)
{
	for (size_t i = 0; i < geo->n; i++) {
		const struct calib_geoobj *o = &geo->obj[i];
		size_t place = 0;

		if (o->is_seg)
			continue;
		for (size_t c = o->first; c != CALIB_GEO_NONE; c = geo->obj[c].next, place++) {
			const struct calib_geoobj *child = &geo->obj[c];

			if (child->ind != place && o->nchild > 1) {
				calib_log(CALIB_WARNING,
					  "%s:%zu: %s %u is number %zu of %s %u; the order of the "
					  "lines decides, not the index",
					  path, child->line, child->name, child->ind, place,
					  o->name, o->ind);
				++*bad;
			}
		}
	}
}

static long check(const struct opts *o, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	const char *path = o->n > 0 ? o->file[0] : "-";
	long bad = 0, moved = 0;
	int rc = calib_geo_load(&geo, path, err);

	if (rc >= 0)
		check_objects(&geo, path, &bad);
	if (rc >= 0 && o->det)
		rc = check_size(&geo, path, o->det, &bad, err);
	calib_geo_release(&geo);
	if (rc >= 0 && o->against)
		moved = diff(o, o->against, path, err);
	return rc < 0 ? rc : moved < 0 ? moved : bad + moved;
}

int geom_check(int argc, char **argv)
{
	static const struct argp_option options[] = {
		TOLERANCES,
		{"detector", 'd', "DET", 0, "has it the pixels of this detector or source?", 1},
		{"against", KEY_AGAINST, "OLD", 0, "list what moved since, as 'diff' does", 1},
		{0}};
	static const struct argp argp = {
		options,
		parse,
		"[FILE]",
		"Is a geometry as it should be?  Exit status 1 for an error, a warning, or with "
		"--against anything that moved.\v"
		"Example: calib-geom check -d CSPAD --against 0-end.data --um 50 --deg 0.1 "
		"new.data",
		children,
		NULL,
		NULL};
	struct opts o = {.n = 0};
	struct calib_err err = CALIB_ERR_INIT;
	long n;
	int status;

	cli_parse(&argp, argc, argv, &o);
	if (o.n == 2)
		cli_usage(&argp, "one geometry is expected");
	n = check(&o, &err);
	status = cli_finish(n < 0 ? (int)n : 0, &err);
	return status != 0 || n > 0;
}
