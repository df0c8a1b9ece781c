/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/rings.c - calib-geom rings, radial, align: what powder rings tell of a geometry */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "geo/align.h"
#include "geom/rings.h"
#include "geom/verbs.h"

enum { KEY_CENTRE = CLI_KEY_OWN + 0x100, KEY_RADIUS, KEY_MAX, KEY_BINS, KEY_RANGE, KEY_FIX,
       KEY_REFERENCE, KEY_FULL, KEY_STATUS };
enum { OBJECTS = 256, STEPS = 4 };

struct opts {
	struct cli cli;
	struct cli_geo from;
	const char *array[CALIB_ALIGN_IMAGES], *object[OBJECTS], *mask, *status, *output,
	        *reference;
	size_t narrays, nobjects;
	bool align, has_centre, full, fix[CALIB_ALIGN_NPARS];
	double centre[2], range[2];
	long max, bins;
};
#define OPTS_INIT {.from = CLI_GEO_INIT, .range = {0, INFINITY}, .max = 12}

static void parse_range(struct argp_state *state, const char *option, const char *arg,
                        double out[2])
{
	const char *colon = strchr(arg, ':'), *stop;

	out[0] = colon ? calib_strtod(arg, colon, &stop) : 0;
	if (colon == NULL || stop != colon || colon == arg || !(out[0] >= 0))
		argp_error(state, "%s: '%s' is not A:B, two radii", option, arg);
	out[1] = cli_double(state, option, colon + 1, out[0], CALIB_GEO_MAX);
	if (!(out[1] > out[0]))
		argp_error(state, "%s: '%s' is an empty range", option, arg);
}

static void parse_fix(struct argp_state *state, const char *arg, bool fix[CALIB_ALIGN_NPARS])
{
	static const char *const names[] = {"dx", "dy", "rz"};
	size_t n;

	for (;; arg += n + 1) {
		int i = 0;

		n = strcspn(arg, ",");
		while (i < 3 && (n != 2 || strncmp(arg, names[i], 2) != 0))
			i++;
		if (i == 3)
			argp_error(state, "--fix: '%s' is not dx, dy, rz with commas between", arg);
		fix[i] = true;
		if (arg[n] == '\0')
			return;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->from;
		state->child_inputs[1] = &o->cli;
		return 0;
	case KEY_CENTRE:
		o->has_centre = true;
		geom_numbers(state, "--centre", arg, -CALIB_GEO_MAX, CALIB_GEO_MAX, o->centre);
		return 0;
	case KEY_RADIUS: parse_range(state, "--radius", arg, o->range); return 0;
	case KEY_RANGE:  parse_range(state, "--range", arg, o->range); return 0;
	case KEY_MAX:    o->max = cli_long(state, "--max-rings", arg, 1, CALIB_RINGS_MAX); return 0;
	case KEY_BINS:   o->bins = cli_long(state, "--bins", arg, 1, 1000000); return 0;
	case KEY_FIX:    parse_fix(state, arg, o->fix); return 0;
	case KEY_REFERENCE: o->reference = arg; return 0;
	case KEY_FULL:   o->full = true; return 0;
	case KEY_STATUS: o->status = arg; return 0;
	case 'm': o->mask = arg; return 0;
	case 'o': o->output = arg; return 0;
	case 'i':
		if (o->narrays == CALIB_ALIGN_IMAGES)
			argp_error(state, "--image: at most %d", CALIB_ALIGN_IMAGES);
		o->array[o->narrays++] = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!o->align) {
			o->array[0] = cli_only_arg(state, o->array[0], arg);
			o->narrays = 1;
		} else if (o->nobjects == OBJECTS) {
			argp_error(state, "at most %d objects", OBJECTS);
		} else {
			o->object[o->nobjects++] = arg;
		}
		return 0;
	case ARGP_KEY_END:
		if (o->align && o->narrays == 0)
			argp_error(state,
			        "which image? -i FILE, an array in the order of the data");
		if (o->narrays == 0)
			o->array[o->narrays++] = "-";
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static int load_like(struct calib_nda *out, const char *path, size_t size, struct calib_err *err)
{
	int rc = path ? calib_nda_load(out, path, NULL, err) : CALIB_OK;

	if (rc >= 0 && path != NULL && out->size != size)
		rc = calib_fail(err, CALIB_ESHAPE, "%s: %zu values for %zu pixels", path, out->size,
		                size);
	return rc;
}

static void release(struct calib_ring_data *d)
{
	free(d->x);
	free(d->object);
	*d = (struct calib_ring_data){0};
}

/* Good pixels of an array with their places; g NULL: column and row of an image.  part: object of
 * every leaf, those of none (UINT_MAX) are left out. */
static int gather(struct calib_ring_data *d, const char *path, const struct opts *o,
                  const struct geom *g, const unsigned *part, struct calib_err *err)
{
	struct calib_nda a = CALIB_NDA_INIT, mask = CALIB_NDA_INIT, status = CALIB_NDA_INIT;
	size_t rc_size = g ? g->layout.rows * g->layout.cols : 0;
	unsigned *of = NULL;
	int rc = calib_nda_load(&a, path, NULL, err);

	if (rc >= 0 && g == NULL && a.ndim != 2)
		rc = calib_fail(err, CALIB_ESHAPE,
		        "%s: an image has two dimensions, this array has "
		                "%d; with -g it is placed by a geometry", path, a.ndim);
	if (rc >= 0 && g != NULL && a.size != g->layout.size)
		rc = calib_fail(err, CALIB_ESHAPE,
		        "%s: %zu values for the %zu pixels of the geometry",
		                path, a.size, g->layout.size);
	if (rc >= 0)
		rc = load_like(&mask, o->mask, a.size, err);
	if (rc >= 0)
		rc = load_like(&status, o->status, a.size, err);
	if (rc >= 0) {
		d->x = calloc(a.size + 1, 3 * sizeof *d->x);
		d->object = calloc(a.size + 1, sizeof *d->object);
		of = calloc(a.size + 1, sizeof *of);
		if (d->x == NULL || d->object == NULL || of == NULL)
			rc = calib_fail(err, CALIB_ENOMEM, "out of memory for %zu pixels", a.size);
	}
	for (size_t l = 0; rc >= 0 && part != NULL && l < g->layout.n; l++)
		for (size_t i = 0; i < rc_size; i++)
			of[g->layout.leaf[l].first + i * g->layout.leaf[l].stride] = part[l];
	if (rc >= 0) {
		d->y = d->x + a.size + 1;
		d->v = d->y + a.size + 1;
		d->pixel = g ? g->layout.scale : 1;
		for (size_t i = 0; i < a.size; i++) {
			double v = calib_nda_get(&a, i);

			if (!isfinite(v) || of[i] == (unsigned)-1
			    || (o->mask && !(fabs(calib_nda_get(&mask, i)) > 0))
			    || (o->status && fabs(calib_nda_get(&status, i)) > 0))
				continue;
			d->x[d->n] = g ? ((double *)g->xyz[0].data)[i] : (double)(i % a.dim[1]);
			d->y[d->n] = g ? ((double *)g->xyz[1].data)[i] : (double)(i / a.dim[1]);
			d->v[d->n] = v;
			d->object[d->n++] = of[i];
		}
		if (d->n == 0)
			rc = calib_fail(err, CALIB_ENOTFOUND, "%s: no good pixel", path);
	}
	free(of);
	calib_nda_release(&a);
	calib_nda_release(&mask);
	calib_nda_release(&status);
	return rc;
}

static int open_place(struct geom *g, const struct opts *o, struct calib_err *err)
{
	struct geom_view view = GEOM_VIEW_INIT;
	int rc = cli_geo_given(&o->from) ? geom_open(g, &o->from, NULL, err) : CALIB_OK;

	return rc >= 0 && cli_geo_given(&o->from) ? geom_place(g, &view, err) : rc;
}

static int locate(double centre[2], const struct opts *o, const struct calib_ring_data *d,
                  struct calib_err *err)
{
	double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY};

	memcpy(centre, o->centre, sizeof o->centre);
	if (o->has_centre)
		return CALIB_OK;
	for (size_t i = 0; i < d->n; i++) {
		lo[0] = fmin(lo[0], d->x[i]);
		lo[1] = fmin(lo[1], d->y[i]);
		hi[0] = fmax(hi[0], d->x[i]);
		hi[1] = fmax(hi[1], d->y[i]);
	}
	for (int k = 0; k < 2; k++)
		centre[k] = (lo[k] + hi[k]) / 2;
	return calib_rings_centre(centre, fmax(hi[0] - lo[0], hi[1] - lo[1]) / 4, d, err);
}

static int find(double radius[CALIB_RINGS_MAX], const struct opts *o,
                const struct calib_ring_data *d, const double centre[2], struct calib_err *err)
{
	double hi = fmin(o->range[1], calib_rings_reach(d, centre));
	int n = calib_rings_find(radius, (size_t)o->max, o->range[0], fmax(hi, o->range[0] + 1),
	                         o->align ? 30 * d->pixel : 0, d,
	                         centre, err);

	return n == 0 ? calib_fail(err, CALIB_ENOTFOUND, "no ring stands out of the radial profile "
	                           "around %.1f, %.1f; try --centre or --radius", centre[0],
	                           centre[1]) : n;
}

static void print_fit(const struct calib_ring_fit *f, size_t k, bool json, bool last)
{
	const char *form = json ? "{\"ring\": %zu, \"x\": %.4f, \"sx\": %.4f, \"y\": %.4f, \"sy\": "
		"%.4f, \"radius\": %.4f, \"sradius\": %.4f, \"a\": %.4f, \"b\": %.4f, "
		"\"angle\": %.2f, "
		"\"saxis\": %.4f, \"rms\": %.4f, \"points\": %zu}"
		: "%zu\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%.2f\t%.4f\t%.4f\t%zu\n";

	printf(form, k, f->centre[0], f->sigma_centre[0], f->centre[1], f->sigma_centre[1],
	       f->radius, f->sigma_radius, f->axis[0], f->axis[1], f->angle, f->sigma_axis, f->rms,
	       f->n);
	if (json)
		printf(last ? "]\n" : ",\n");
}

static int save_picture(const struct opts *o, const struct calib_ring_data *d,
                        const struct calib_ring_points *points, const struct calib_ring_fit *fit,
                        size_t n, struct calib_err *err)
{
	struct calib_str svg = CALIB_STR_INIT;
	int rc = ring_picture(&svg, d, points, fit, n, cli_geo_given(&o->from), err);

	if (rc >= 0)
		rc = calib_out_text(o->output, o->cli.keep ? CALIB_OUT_KEEP : 0, &svg, err);
	calib_str_release(&svg);
	return rc;
}

static int rings(const struct opts *o, struct calib_err *err)
{
	struct geom g = GEOM_INIT;
	struct calib_ring_data d = {0};
	struct calib_ring_points points = {0};
	struct calib_ring_fit fit[CALIB_RINGS_MAX];
	double centre[2], radius[CALIB_RINGS_MAX];
	bool geometry = cli_geo_given(&o->from);
	size_t good = 0;
	int n = 0, rc = open_place(&g, o, err);

	if (rc >= 0)
		rc = gather(&d, o->array[0], o, geometry ? &g : NULL, NULL, err);
	if (rc >= 0)
		rc = calib_rings_clip(&d, err);
	if (rc >= 0)
		rc = locate(centre, o, &d, err);
	if (rc >= 0)
		rc = n = find(radius, o, &d, centre, err);
	if (rc >= 0)
		rc = calib_rings_points(&points, &d, 1, centre, radius, (size_t)n, err);
	for (int k = 0; k < n && rc >= 0; k++)	/* a bump that is no ring has no points */
		good += calib_rings_fit(&fit[good], &points, (unsigned)k, centre, NULL) >= 0;
	if (rc >= 0 && good == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "no ring could be fitted: too few points");
	if (rc >= 0 && o->output != NULL)
		rc = save_picture(o, &d, &points, fit, good, err);
	if (rc >= 0)
		printf(o->cli.json ? "[" :
		        "#ring\tx\tsx\ty\tsy\tradius\tsradius\ta\tb\tangle\tsaxis"
		       "\trms\tpoints\n");
	for (size_t k = 0; k < good && rc >= 0; k++)
		print_fit(&fit[k], k, o->cli.json, k + 1 == good);
	free(points.point);
	release(&d);
	geom_close(&g);
	return rc;
}

static int radial(const struct opts *o, struct calib_err *err)
{
	struct geom g = GEOM_INIT;
	struct calib_ring_data d = {0};
	struct calib_ring_bin *bin = NULL;
	bool geometry = cli_geo_given(&o->from);
	int rc = open_place(&g, o, err);
	double lo = o->range[0], hi = o->range[1];
	size_t n = (size_t)o->bins;

	if (rc >= 0)
		rc = gather(&d, o->array[0], o, geometry ? &g : NULL, NULL, err);
	if (rc >= 0) {
		hi = isfinite(hi) ? hi : nextafter(fmax(calib_rings_reach(&d, o->centre), lo + 1),
		                                   INFINITY);
		n = n ? n : (size_t)fmin(ceil((hi - lo) / d.pixel), 1e6);
		bin = malloc(n * sizeof *bin);
		if (bin == NULL)
			rc = calib_fail(err, CALIB_ENOMEM, "out of memory for %zu bins", n);
	}
	if (rc >= 0) {
		calib_rings_profile(bin, n, lo, hi, &d, o->centre);
		printf("#radius\tmean\trms\tcount\n");
		for (size_t i = 0; i < n; i++)
			if (bin[i].count)
				printf("%.10g\t%.10g\t%.10g\t%zu\n", lo + ((double)i + 0.5) * (hi -
				        lo)
				       / (double)n, bin[i].mean, bin[i].rms, bin[i].count);
	}
	free(bin);
	release(&d);
	geom_close(&g);
	return rc;
}
#define COMMON_OPTIONS \
	{"mask", 'm', "FILE", 0, "use only pixels that are not 0 in this array", 2}, \
	{"status", KEY_STATUS, "FILE", 0, "use only pixels that are 0 in this array", 2}
#define RING_OPTIONS COMMON_OPTIONS, \
	{"centre", KEY_CENTRE, "X,Y", 0, "where the rings have their centre, about (default: " \
	 "searched)", 2}, \
	{"radius", KEY_RADIUS, "A:B", 0, "only rings between these radii", 2}, \
	{"max-rings", KEY_MAX, "N", 0, "the N strongest rings (default 12)", 2}
static const struct argp_child children[] = {{&cli_geo_argp, 0, NULL, 0},
	{&cli_common_table, 0, NULL, 0}, {0}};

static int run(const struct argp *argp, int argc, char **argv, bool align,
               int (*work)(const struct opts *, struct calib_err *))
{
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	o.align = align;
	cli_parse(argp, argc, argv, &o);
	if (work == radial && !o.has_centre)
		cli_usage(argp, "where is the centre? --centre X,Y; 'calib-geom rings' finds it");
	return cli_finish(work(&o, &err), &err);
}

int geom_rings(int argc, char **argv)
{
	static const struct argp_option options[] = {RING_OPTIONS,
		{"output", 'o', "FILE", 0, "write a picture of the fit (SVG): image, points, "
		 "ellipses", 2}, {0}};
	static const struct argp argp = {options, parse, "[ARRAY]", "Circles and ellipses through "
		"the powder rings of an image (pixels: x column, y row), or "
		"of an array with -g (um).\v"
		"Example: calib-geom rings image.npy", children, NULL, NULL};

	return run(&argp, argc, argv, false, rings);
}

int geom_radial(int argc, char **argv)
{
	static const struct argp_option options[] = {COMMON_OPTIONS,
		{"centre", KEY_CENTRE, "X,Y", 0, "centre of the profile", 2},
		{"bins", KEY_BINS, "N", 0, "number of bins (default: one a pixel)", 2},
		{"range", KEY_RANGE, "A:B", 0, "radii (default: all)", 2}, {0}};
	static const struct argp_child plain[] = {{&cli_geo_argp, 0, NULL, 0},
		{&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {options, parse, "[ARRAY]", "Radial profile of an image "
		"(pixels), or of an array with -g (um).\v"
		"Example: calib-geom radial --centre 512,510 image.npy", plain, NULL, NULL};

	return run(&argp, argc, argv, false, radial);
}

/* ---- align ---- */

struct alignment {
	struct geom g;
	struct calib_align_image *image;
	struct calib_align_object *object;
	size_t *at, n;			/* of the tree */
	double (*total)[CALIB_ALIGN_NPARS], before, after;
	unsigned *part;
};

static bool inside(const struct calib_geo *geo, size_t at, size_t of)
{
	for (; at != CALIB_GEO_NONE; at = geo->object[at].up)
		if (at == of)
			return true;
	return false;
}

/* The objects: those named, else the children of the first group that has more than one. */
static int choose(struct alignment *a, const struct opts *o, struct calib_err *err)
{
	const struct calib_geo *geo = &a->g.geo;
	size_t root = geo->top, reference = CALIB_GEO_NONE;
	int rc = CALIB_OK;

	a->at = calloc(CALIB_GEO_OBJECTS, sizeof *a->at);
	a->object = calloc(CALIB_GEO_OBJECTS, sizeof *a->object);
	a->total = calloc(CALIB_GEO_OBJECTS, sizeof *a->total);
	a->part = calloc(a->g.layout.n + 1, sizeof *a->part);
	a->image = calloc(o->narrays, sizeof *a->image);
	if (!a->at || !a->object || !a->total || !a->part || !a->image)
		return calib_fail(err, CALIB_ENOMEM, "out of memory for the objects");
	while (geo->object[root].nchildren == 1
	       && !calib_geo_is_seg(geo, geo->object[root].first_child))
		root = geo->object[root].first_child;
	for (size_t i = 0; i < o->nobjects && rc >= 0; i++)
		rc = calib_geo_get(&a->at[a->n++], geo, o->object[i], err);
	for (size_t c = geo->object[root].first_child; o->nobjects == 0 && c != CALIB_GEO_NONE;
	     c = geo->object[c].next)
		a->at[a->n++] = c;
	if (rc >= 0 && o->reference != NULL)
		rc = calib_geo_get(&reference, geo, o->reference, err);
	for (size_t j = 0; j < a->n && rc >= 0; j++) {
		a->object[j].fixed = a->at[j] == reference;
		for (size_t i = 0; i < a->n && rc >= 0; i++)
			if ((i != j && inside(geo, a->at[j], a->at[i])) || a->at[j] == geo->top)
				rc = calib_fail(err, CALIB_EINVAL, "%s:%ld is the root or inside "
				                "another object of the list",
				        geo->object[a->at[j]].name,
				                geo->object[a->at[j]].index);
	}
	for (size_t j = 0; reference != CALIB_GEO_NONE && rc >= 0; j++) {
		if (j == a->n)
			rc = calib_fail(err, CALIB_EINVAL,
			        "--reference: %s is not one of the objects "
			                "to align", o->reference);
		else if (a->at[j] == reference)
			break;
	}
	for (size_t l = 0; l < a->g.layout.n && rc >= 0; l++) {
		a->part[l] = (unsigned)-1;
		for (size_t j = 0; j < a->n; j++)
			if (inside(geo, a->g.layout.leaf[l].object, a->at[j]))
				a->part[l] = (unsigned)j;
	}
	return rc;
}

/* Where a change of x0, y0, tilt_z moves the first pixel of the object. */
static int derive(struct alignment *a, size_t j, struct calib_err *err)
{
	static const int par[] = {CALIB_GEO_X0, CALIB_GEO_Y0, CALIB_GEO_TILT_Z};
	static const double by[] = {1000, 1000, 1e-3};
	const struct calib_geo_view view = {CALIB_GEO_PSANA, false, false};
	const size_t corner[1][2] = {{0, 0}};
	struct calib_align_object *o = &a->object[j];
	double *p = a->g.geo.object[a->at[j]].par, q[1][3], r[1][3], d[3][2];
	size_t leaf = 0;
	int rc = CALIB_OK;

	while (a->part[leaf] != j)
		leaf++;
	rc = calib_geo_pixels(q, corner, 1, &a->g.geo, a->g.geo.top, leaf, &view, err);
	for (int i = 0; i < 3 && rc >= 0; i++) {
		double old = p[par[i]];

		p[par[i]] += by[i];
		rc = calib_geo_pixels(r, corner, 1, &a->g.geo, a->g.geo.top, leaf, &view, err);
		p[par[i]] = old;
		for (int k = 0; k < 2; k++)
			d[i][k] = (r[0][k] - q[0][k]) / by[i];
	}
	if (rc < 0)
		return rc;
	memcpy(o->axis, d, sizeof o->axis);
	o->sense = d[0][0] * d[1][1] - d[0][1] * d[1][0] > 0 ? 1 : -1;
	o->origin[0] = q[0][0] - o->sense * d[2][1] * 180 / acos(-1);
	o->origin[1] = q[0][1] + o->sense * d[2][0] * 180 / acos(-1);
	return rc;
}

static int measure(struct alignment *a, const struct opts *o, size_t m, bool first,
                   struct calib_err *err)
{
	struct calib_align_image *im = &a->image[m];
	struct calib_ring_data d = {0};
	int rc = gather(&d, o->array[m], o, &a->g, a->part, err);

	if (rc >= 0)
		rc = calib_rings_clip(&d, err);
	if (rc >= 0 && first)
		rc = locate(im->centre, o, &d, err);
	if (rc >= 0 && first) {
		rc = find(im->radius, o, &d, im->centre, err);
		im->nrings = rc >= 0 ? (size_t)rc : 0;
	}
	im->points.n = 0;
	if (rc >= 0)
		rc = calib_rings_points(&im->points, &d, (unsigned)a->n, im->centre, im->radius,
		                        im->nrings, err);
	release(&d);
	return rc;
}

static int refine(struct alignment *a, const struct opts *o, struct calib_err *err)
{
	static const bool all[CALIB_ALIGN_NPARS] = {true, true, true};
	static const int par[] = {CALIB_GEO_X0, CALIB_GEO_Y0, CALIB_GEO_TILT_Z};
	struct geom_view view = GEOM_VIEW_INIT;
	bool fix[CALIB_ALIGN_NPARS] = {o->fix[0], o->fix[1], o->fix[2] || o->narrays < 2};
	int rc = CALIB_OK;

	for (int k = 0; k < STEPS && rc >= 0; k++) {
		rc = geom_place(&a->g, &view, err);
		for (size_t m = 0; m < o->narrays && rc >= 0; m++)
			rc = measure(a, o, m, k == 0, err);
		for (size_t j = 0; j < a->n && rc >= 0; j++)
			rc = derive(a, j, err);
		if (rc >= 0 && k == 0)
			rc = calib_align_solve(a->object, a->n, a->image, o->narrays, all,
			        &a->before,
			                       err);
		if (rc >= 0)
			rc = calib_align_solve(a->object, a->n, a->image, o->narrays, fix,
			        &a->after,
			                       err);
		for (size_t j = 0; j < a->n && rc >= 0; j++)
			for (int i = 0; i < CALIB_ALIGN_NPARS; i++) {
				a->g.geo.object[a->at[j]].par[par[i]] += a->object[j].change[i];
				a->total[j][i] += a->object[j].change[i];
			}
	}
	return rc;
}

static void report(const struct alignment *a, const struct opts *o)
{
	struct calib_str name = CALIB_STR_INIT;
	bool json = o->cli.json;

	printf(json ? "{\"before\": %.4f, \"after\": %.4f, \"objects\": [\n"
	       :
	        "#residual before %.4f um, after %.4f um\n#object\tdx\tsdx\tdy\tsdy"
	       "\trz\tsrz\tpoints"
	       "\tnote\n", a->before, a->after);
	for (size_t j = 0; j < a->n; j++) {
		const struct calib_align_object *p = &a->object[j];
		const double *t = a->total[j];
		const char *note = p->fixed ? "reference" : p->npoints < 6 ?
		        "not determined: no ring "
			"crosses it" : p->sigma[0] > 100 || p->sigma[1] > 100 || p->sigma[2] > 0.1
			? "weakly determined" : o->narrays < 2 && !o->fix[2] ? "rz not determined: "
			"concentric rings of one image" : "";

		calib_str_clear(&name);
		calib_geo_name(&name, &a->g.geo, a->at[j], true);
		printf(json ? "{\"object\": \"%s\"" : "%s", name.s);
		for (int i = 0; i < CALIB_ALIGN_NPARS; i++) {
			static const char *const key[] = {"dx", "dy", "rz"};

			if (json && isfinite(p->sigma[i]))
				printf(", \"%s\": %.6f, \"s%s\": %.6f", key[i], t[i], key[i],
				        p->sigma[i]);
			else if (json)
				printf(", \"%s\": %.6f, \"s%s\": null", key[i], t[i], key[i]);
			else if (isfinite(p->sigma[i]))
				printf("\t%.6f\t%.6f", t[i], p->sigma[i]);
			else
				printf("\t%.6f\t-", t[i]);
		}
		printf(json ? ", \"points\": %zu, \"note\": \"%s\"}%s" : "\t%zu\t%s%s", p->npoints,
		        note,
		       json && j + 1 < a->n ? ",\n" : "\n");
		if (!json && !p->fixed && p->npoints >= 6) {
			printf("# calib-geom move %s --dx %.4f --dy %.4f\n", name.s, t[0], t[1]);
			if (fabs(t[2]) > 0)
				printf("# calib-geom tilt %s --dz %.6f\n", name.s, t[2]);
		}
	}
	if (json)
		printf("]}\n");
	calib_str_release(&name);
}

static int align(const struct opts *o, struct calib_err *err)
{
	struct alignment a = {.g = GEOM_INIT};
	int rc = geom_open(&a.g, &o->from, NULL, err);

	if (rc >= 0)
		rc = choose(&a, o, err);
	if (rc >= 0)
		rc = refine(&a, o, err);
	if (rc >= 0)
		report(&a, o);
	if (rc >= 0 && o->output != NULL)
		rc = geom_save(&a.g.geo, o->output, o->full, &o->cli, err);
	for (size_t m = 0; a.image != NULL && m < o->narrays; m++)
		free(a.image[m].points.point);
	free(a.image);
	free(a.object);
	free(a.at);
	free(a.total);
	free(a.part);
	geom_close(&a.g);
	return rc;
}

int geom_align(int argc, char **argv)
{
	static const struct argp_option options[] = {RING_OPTIONS,
		{"image", 'i', "FILE", 0,
		        "array with rings; may be given several times: images with "
		 "the beam at different places determine rotations", 2},
		{"fix", KEY_FIX, "LIST", 0, "leave these of every object: dx,dy,rz", 3},
		{"reference", KEY_REFERENCE, "OBJECT", 0,
		        "this object stays (default: mean shift and "
		 "mean rotation are zero)", 3},
		{"output", 'o', "FILE", 0, "write the new geometry to FILE", 4},
		{"full", KEY_FULL, NULL, 0, "write numbers with all their digits", 4}, {0}};
	static const struct argp argp = {options, parse, "[OBJECT...]", "Shift and rotate objects "
		"(default: the quads or sensors at the top) so that all see the same rings.\v"
		"Example: calib-geom align -g old.data -i rings.npy -o new.data", children, NULL,
		NULL};

	return run(&argp, argc, argv, true, align);
}
