/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/cfread.c - panels of a .geom file into sensors of a geometry */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "form/cfpanel.h"
#include "form/crystfel.h"
#include "form/pose.h"

/* Types tried in this order, by size and pitch of the panels; else a panel is a matrix. */
static const char *const candidates[] = {"EPIX10KA:V2", "JUNGFRAU:V2", "SENS2X1:V1", "EPIX100:V1",
	"EPIXHR2X2:V1", "MTRX:V2:512:512:75:75"};

struct reader {
	const char *file;
	const struct calib_crystfel *how;
	struct calib_cffile text;
	char type[CALIB_GEO_NAME + 1];
	struct calib_seg seg;
	double *x, *y;			/* axes of the sensor */
	size_t asics;			/* panels of a sensor */
	const struct calib_cfpanel **slot;	/* panel of every ASIC of every sensor, or NULL */
	size_t n;			/* sensors */
	double zoff, worst;
	bool mirrored;
	struct calib_err *err;
};

__attribute__((format(printf, 4, 5)))
static int refuse(struct reader *r, const struct calib_cfpanel *p, unsigned line,
                  const char *format, ...)
{
	char why[400];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	return calib_fail(r->err, CALIB_EFORMAT, "%s:%u: panel %s: %s", r->file,
	                  line > 0 ? line : p->line, p->name, why);
}

static int check_panels(struct reader *r)
{
	for (size_t i = 0; i < r->text.n; i++) {
		const struct calib_cfpanel *p = &r->text.panel[i];

		if (p->min_fs < 0 || p->max_fs < p->min_fs || p->min_ss < 0
		    || p->max_ss < p->min_ss)
			return refuse(r, p, 0, "min_fs, max_fs, min_ss and max_ss do not say which "
			              "part of the data it is");
		if (p->fs_line == 0 || p->ss_line == 0)
			return refuse(r, p, 0, "fs or ss is missing");
		if (!(isfinite(p->corner[0]) && isfinite(p->corner[1])))
			return refuse(r, p, 0, "corner_x or corner_y is missing");
		if (!(p->res > 0))
			return refuse(r, p, 0, "res is missing: the pixels of a metre");
	}
	if (r->text.n == 0)
		return calib_fail(r->err, CALIB_EFORMAT, "%s: no panel in it, lines PANEL/fs = ... "
		                  "were expected", r->file);
	return CALIB_OK;
}

static size_t height(const struct calib_cfpanel *p)
{
	return (size_t)(p->max_ss - p->min_ss + 1);
}

static size_t width(const struct calib_cfpanel *p)
{
	return (size_t)(p->max_fs - p->min_fs + 1);
}

static int take_type(struct reader *r, const char *name)
{
	char names[CALIB_SEG_NAMES];
	int rc = calib_seg_parse(&r->seg, name, 0, r->err);

	if (rc > 0 && strlen(name) >= sizeof r->type)
		return calib_fail(r->err, CALIB_EINVAL, "'%s' is too long a name", name);
	snprintf(r->type, sizeof r->type, "%s", name);
	if (rc == 0)
		return calib_fail(r->err, CALIB_EINVAL,
				  "'%s' is no type of sensor, expected one of: "
				  "%s",
				  name, calib_seg_names(names));
	if (rc > 0 && r->seg.swapped)
		return calib_fail(r->err, CALIB_EINVAL, "'%s' counts from its corner: take MTRX:V2",
		                  name);
	return rc < 0 ? rc : CALIB_OK;
}

static int find_type(struct reader *r)
{
	const struct calib_cfpanel *p = &r->text.panel[0];
	char matrix[96];

	if (r->how->segment != NULL)
		return take_type(r, r->how->segment);
	for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
		if (take_type(r, candidates[i]) < 0)
			return CALIB_EINVAL;
		if (r->seg.asic[0] == height(p) && r->seg.asic[1] == width(p)
		    && fabs(1e6 / p->res / r->seg.scale - 1) < 0.01)
			return CALIB_OK;
	}
	if (height(p) > CALIB_SEG_SIDE || width(p) > CALIB_SEG_SIDE)
		return refuse(r, p, 0, "more than 65536 rows or columns");
	snprintf(matrix, sizeof matrix, "MTRX:V2:%zu:%zu:%.6g:%.6g", height(p), width(p),
	         1e6 / p->res, 1e6 / p->res);
	return take_type(r, matrix);
}

static size_t at_least(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Sensors stand below each other in the data, then in the next block of columns (the quads of a
 * CSPAD), then in the next part of a stack. */
static int fill_slots(struct reader *r)
{
	size_t parts = 1, down = 1, across = 1, wide = r->seg.cols / r->seg.asic[1];
	struct calib_cfpanel *p;

	for (size_t i = 0; i < r->text.n; i++) {
		p = &r->text.panel[i];
		down = at_least(down, (size_t)p->min_ss / r->seg.rows + 1);
		across = at_least(across, (size_t)p->min_fs / r->seg.cols + 1);
		parts = at_least(parts, (size_t)p->dim + 1);
	}
	r->asics = wide * (r->seg.rows / r->seg.asic[0]);
	if ((double)parts * (double)down * (double)across > CALIB_GEO_OBJECTS)
		return calib_fail(r->err, CALIB_EFORMAT,
				  "%s: the panels are spread over data of more "
				  "than %d sensors %s",
				  r->file, CALIB_GEO_OBJECTS, r->type);
	r->n = parts * down * across;
	r->slot = calib_alloc(r->n * r->asics, sizeof *r->slot, "panels", r->err);
	if (r->slot == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < r->text.n; i++) {
		size_t row, col, sensor, asic;

		p = &r->text.panel[i];
		row = (size_t)p->min_ss % r->seg.rows;
		col = (size_t)p->min_fs % r->seg.cols;
		sensor = ((size_t)p->dim * across + (size_t)p->min_fs / r->seg.cols) * down
		         + (size_t)p->min_ss / r->seg.rows;
		asic = row / r->seg.asic[0] * wide + col / r->seg.asic[1];
		if (height(p) != r->seg.asic[0] || width(p) != r->seg.asic[1]
		    || row % r->seg.asic[0] != 0 || col % r->seg.asic[1] != 0) {
			return refuse(r, p, 0,
				      "%zux%zu pixels at %ld,%ld of the data, which is no "
				      "ASIC of a %.40s",
				      height(p), width(p), p->min_ss, p->min_fs, r->type);
		}
		if (r->slot[sensor * r->asics + asic] != NULL)
			return refuse(r, p, 0, "another panel is the same part of the data");
		r->slot[sensor * r->asics + asic] = p;
	}
	return CALIB_OK;
}

static int check_slots(struct reader *r)
{
	for (size_t s = 0; s < r->n; s++) {
		const struct calib_cfpanel *any = NULL;

		for (size_t a = 0; a < r->asics; a++)
			any = r->slot[s * r->asics + a] != NULL ? r->slot[s * r->asics + a] : any;
		if (any == NULL)
			return calib_fail(r->err, CALIB_EFORMAT, "%s: no panel is a part of sensor "
			                  "%zu of %zu %s", r->file, s, r->n, r->type);
		if (r->slot[s * r->asics] == NULL && r->how->fit != CALIB_CRYSTFEL_ALL)
			return refuse(r, any, 0,
				      "the first panel of its sensor is missing; --fit all "
				      "places a sensor by those there are");
	}
	return CALIB_OK;
}

/* psana's axes are -Y, -X, -Z of the LAB frame. */
static void to_psana(const struct reader *r, double v[3])
{
	double lab[3] = {v[0], v[1], v[2]};

	if (r->how->fit == CALIB_CRYSTFEL_PSANA || r->how->frame != CALIB_GEO_LAB)
		return;
	v[0] = -lab[1];
	v[1] = -lab[0];
	v[2] = -lab[2];
}

struct place { double at[3], fs[3], ss[3]; };

/* Corner [um] and unit vectors of a panel in psana's frame, z from zoff on. */
static int panel_place(struct reader *r, const struct calib_cfpanel *p, struct place *out)
{
	double pitch = r->seg.scale, length[2], cosine;

	*out = (struct place){{p->corner[0] * pitch, p->corner[1] * pitch,
		((isnan(p->coffset) ? 0 : p->coffset) - r->zoff) * 1e6}, {p->fs[0], p->fs[1],
		p->fs[2]}, {p->ss[0], p->ss[1], p->ss[2]}};
	to_psana(r, out->at);
	to_psana(r, out->fs);
	to_psana(r, out->ss);
	cosine = calib_pose_square(out->fs, out->ss, length);
	for (int i = 0; i < 2; i++)
		if (!(fabs(length[i] - 1) < 0.01)) {
			return refuse(r, p, i ? p->ss_line : p->fs_line,
				      "%s has length %.4g, expected 1: pixels of a "
				      "geometry are all of one size",
				      i ? "ss" : "fs", length[i]);
		}
	if (!(fabs(cosine) < 0.01))
		return refuse(r, p, p->ss_line, "fs and ss are not at right angles");
	if (!(fabs(1e6 / p->res / pitch - 1) < 0.01)) {
		return refuse(r, p, 0, "res %.6g is a pixel of %.6g um, that of a %.40s has %.6g",
		         p->res, 1e6 / p->res, r->type, pitch);
	}
	return CALIB_OK;
}

/* The sensor's own coordinates of the first pixel of an ASIC. */
static void asic_point(const struct reader *r, size_t asic, double xy[2])
{
	size_t wide = r->seg.cols / r->seg.asic[1];

	xy[0] = r->x[asic % wide * r->seg.asic[1]];
	xy[1] = r->y[asic / wide * r->seg.asic[0]];
}

/* How far the panels of a sensor are from where the sensor has them. */
static int check_rest(struct reader *r, size_t s, const double centre[3], const double ex[3],
                      const double ey[3])
{

	for (size_t a = 0; a < r->asics; a++) {
		const struct calib_cfpanel *p = r->slot[s * r->asics + a];
		struct place place;
		double xy[2], off = 0;
		int rc;

		if (p == NULL)
			continue;
		rc = panel_place(r, p, &place);
		if (rc < 0)
			return rc;
		asic_point(r, a, xy);
		for (int k = 0; k < 3; k++) {
			double d = place.at[k] - (centre[k] + ex[k] * xy[0] + ey[k] * xy[1]);

			off += d * d;
		}
		off = sqrt(off);
		r->worst = fmax(r->worst, off);
		if (off > r->how->tolerance * r->seg.scale) {
			return refuse(r, p, p->corner_line,
				      "%.1f um from its place in the %.40s of panel %.40s; a "
				      "larger --tolerance (now %g pixels) lets it be",
				      off, r->type,
				      r->slot[s * r->asics] ? r->slot[s * r->asics]->name : "-",
				      r->how->tolerance);
		}
	}
	return CALIB_OK;
}

/* Turn of the nearest quarter, the rest as tilt; pitch of a vector out of the plane. */
static double pitch_of(const float u[3], int largest)
{
	double deg = atan2((double)u[2], (double)u[largest]) / (M_PI / 180.0);

	return deg > 90 ? deg - 180 : deg < -90 ? deg + 180 : deg;
}

/* psana's way, to the last bit: vectors and their products in float32. */
static void place_as_psana(const struct reader *r, const struct calib_cfpanel *p,
                           double par[CALIB_GEO_NPARS])
{
	float u[2][3];
	double angle, quarter = 0;
	const double half[2] = {fabs(r->x[0]), fabs(r->y[0])};
	int fs_along, ss_along;

	for (int k = 0; k < 3; k++) {
		u[0][k] = (float)p->fs[k];
		u[1][k] = (float)p->ss[k];
	}
	for (int k = 0; k < 3; k++) {
		double corner = k < 2 ? p->corner[k] * r->seg.scale
			: ((isnan(p->coffset) ? 0 : p->coffset) - r->zoff) * 1e6;

		par[k] = corner + (double)(u[0][k] * (float)half[0])
		         + (double)(u[1][k] * (float)half[1]);
	}
	angle = atan2((double)u[0][1], (double)u[0][0]) / (M_PI / 180.0);
	for (int q = -2; q <= 2; q++)
		if (q == -2 || fabs(angle - q * 90.) < fabs(angle - quarter))
			quarter = q * 90.;
	par[CALIB_GEO_ROT_Z] = quarter < 0 ? quarter + 360 : quarter;
	par[CALIB_GEO_TILT_Z] = angle - quarter;
	fs_along = fabsf(u[0][0]) >= fabsf(u[0][1]) ? 0 : 1;
	ss_along = 1 - fs_along;
	par[CALIB_GEO_TILT_X] = fs_along == 0 ? pitch_of(u[1], ss_along) : pitch_of(u[0], fs_along);
	par[CALIB_GEO_TILT_Y] = fs_along == 0 ? -pitch_of(u[0], fs_along)
		: -pitch_of(u[1], ss_along);
}

/* Mean axes and centre of the panels that count. */
static int mean_pose(struct reader *r, size_t s, double centre[3], double ex[3], double ey[3])
{
	double sx = calib_pose_sign(r->x, r->seg.cols), sy = calib_pose_sign(r->y, r->seg.rows);
	size_t count = r->how->fit == CALIB_CRYSTFEL_ALL ? r->asics : 1, used = 0;
	double length[2];
	int rc = CALIB_OK;

	for (int k = 0; k < 3; k++)
		centre[k] = ex[k] = ey[k] = 0;
	for (size_t pass = 0; pass < 2 && rc >= 0; pass++, used = 0) {
		for (size_t a = 0; a < count && rc >= 0; a++) {
			const struct calib_cfpanel *p = r->slot[s * r->asics + a];
			struct place place;
			double xy[2];

			if (p == NULL)
				continue;
			rc = panel_place(r, p, &place);
			asic_point(r, a, xy);
			used++;
			for (int k = 0; k < 3; k++) {
				ex[k] += pass == 0 ? sx * place.fs[k] : 0;
				ey[k] += pass == 0 ? sy * place.ss[k] : 0;
				centre[k] +=
					pass == 1 ? place.at[k] - ex[k] * xy[0] - ey[k] * xy[1] : 0;
			}
		}
		if (pass == 0)
			calib_pose_square(ex, ey, length);
		else
			for (int k = 0; k < 3; k++)
				centre[k] /= (double)used;
	}
	return rc;
}

static int place_sensor(struct reader *r, struct calib_geo *geo, size_t s, const char *parent)
{
	double par[CALIB_GEO_NPARS] = {0}, centre[3], ex[3], ey[3];
	int rc = mean_pose(r, s, centre, ex, ey);

	if (rc >= 0)
		rc = check_rest(r, s, centre, ex, ey);
	if (rc < 0)
		return rc;
	if (r->how->fit == CALIB_CRYSTFEL_PSANA) {
		place_as_psana(r, r->slot[s * r->asics], par);
		r->mirrored |= ex[0] * ey[1] - ex[1] * ey[0] < 0;
	} else {
		calib_pose_par(par, centre, ex, ey);
	}
	return calib_geo_add(geo, parent, 0, r->type, (long)s, par, 0, r->err);
}

static bool is_exact(const struct reader *r)
{
	return r->how->fit != CALIB_CRYSTFEL_PSANA;
}

/* z of the detector [um] for a distance in the file. */
static double detector_z(const struct reader *r, double distance_m)
{
	double clen = r->text.panel[0].clen, z;

	z = (distance_m + (r->how->clen && !isnan(clen) ? clen : 0)) * 1e6;
	return is_exact(r) && r->how->frame == CALIB_GEO_LAB ? 0 - z : z;
}

/* The distance all have in common, in whole mm: it becomes that of the detector.  A positive z
 * would be made negative by whoever reads the file: then the sensors keep it. */
static void find_zoff(struct reader *r)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < r->n * r->asics; i++) {
		bool counts = r->slot[i] != NULL && (r->how->fit == CALIB_CRYSTFEL_ALL
		                                     || i % r->asics == 0);

		if (counts) {
			sum += isnan(r->slot[i]->coffset) ? 0 : r->slot[i]->coffset;
			n++;
		}
	}
	r->zoff = nearbyint(sum / (double)n * 1e3) / 1e3;
	if (is_exact(r) && detector_z(r, r->zoff) > 0)
		r->zoff = 0;
}

static int build(struct reader *r, struct calib_geo *geo)
{
	const char *parent =
		is_exact(r) && r->n == 2 && r->seg.rows == 185 ? "CSPAD2X2:V1" : "DET:VC";
	double par[CALIB_GEO_NPARS] = {0};
	int rc = CALIB_OK;

	for (size_t s = 0; s < r->n && rc >= 0; s++)
		rc = place_sensor(r, geo, s, parent);
	par[CALIB_GEO_Z0] = detector_z(r, r->zoff);
	if (rc >= 0)
		rc = calib_geo_add(geo, "IP", 0, parent, 0, par, 0, r->err);
	return rc < 0 ? rc : calib_geo_link(geo, r->err);
}

static int add_comments(struct reader *r, struct calib_geo *geo)
{
	struct calib_str s = CALIB_STR_INIT;
	int rc = CALIB_OK, count = 0;

	for (const char *p = r->text.comments.s, *end; *p != '\0' && rc >= 0; p = end + 1) {
		end = strchr(p, '\n');
		calib_str_clear(&s);
		calib_str_addf(&s, "CFELCMT:%02d %.*s", count++, (int)(end - p), p);
		rc = calib_str_check(&s, r->err);
		if (rc >= 0)
			rc = calib_geo_comment(geo, s.s, r->err);
	}
	calib_str_release(&s);
	return rc;
}

long calib_crystfel_read(struct calib_geo *geo, double *worst, bool *mirrored, const char *text,
                         size_t n, const char *name, const struct calib_crystfel *how,
                         struct calib_err *err)
{
	struct reader r = {.file = name, .how = how, .err = err};
	int rc = calib_cffile_parse(&r.text, text, n, name, err);

	calib_geo_release(geo);
	if (rc >= 0)
		rc = check_panels(&r);
	if (rc >= 0)
		rc = find_type(&r);
	if (rc >= 0)
		rc = fill_slots(&r);
	if (rc >= 0)
		rc = check_slots(&r);
	if (rc >= 0) {
		r.x = calib_alloc(r.seg.rows + r.seg.cols, sizeof *r.x, "axes", err);
		rc = r.x != NULL ? CALIB_OK : CALIB_ENOMEM;
	}
	if (rc >= 0) {
		r.y = r.x + r.seg.cols;
		calib_seg_axes(&r.seg, false, r.x, r.y);
		find_zoff(&r);
		rc = add_comments(&r, geo);
	}
	if (rc >= 0)
		rc = build(&r, geo);
	*worst = r.worst;
	*mirrored = r.mirrored;
	free(r.x);
	free(r.slot);
	calib_cffile_release(&r.text);
	if (rc < 0)
		calib_geo_release(geo);
	return rc < 0 ? rc : (long)r.n;
}
