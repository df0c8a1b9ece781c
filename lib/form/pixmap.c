/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/pixmap.c - pixel maps of Cheetah
 *
 * Source: Cheetah's pixelmap.h5 files; slaclab/psgeom psgeom/translate.py for the layout of the
 * CSPAD and the sign of x. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "form/geoform.h"
#include "form/pose.h"
#include "nda/h5.h"

enum { CSPAD_SENSORS = 32, QUADS = 4 };

static const char *const names[3] = {"x", "y", "z"};

/* Where pixel (r, c) of sensor s is in a map with 'across' sensors beside each other. */
static size_t cell(size_t s, size_t r, size_t c, size_t sensors, size_t across, size_t rows,
                   size_t cols)
{
	size_t down = sensors / across;

	return (s % down * rows + r) * (across * cols) + s / down * cols + c;
}

static size_t sensors_across(size_t sensors, size_t rows, size_t cols)
{
	return sensors == CSPAD_SENSORS && rows == 185 && cols == 388 ? QUADS : 1;
}

static int put_texts(struct calib_h5 *file, const struct calib_pixmap *how, struct calib_err *err)
{
	int rc = calib_h5_put_text(file, "unit", "m", err);

	if (rc >= 0)
		rc = calib_h5_put_text(file, "frame", how->frame == CALIB_GEO_LAB
		                       ? "lab: x, y up, z along the beam"
		                       : "psana: x along image rows, y along columns", err);
	if (rc >= 0 && how->flip_x)
		rc = calib_h5_put_text(file, "x", "sign changed", err);
	return rc;
}

int calib_pixmap_save(const struct calib_geo *geo, const char *path, const struct calib_pixmap *how,
                      int flags, struct calib_err *err)
{
	const struct calib_geo_view view = {how->frame, false, false};
	struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	struct calib_nda map = CALIB_NDA_INIT;
	struct calib_h5 *file = NULL;
	size_t across = 1;
	int rc = calib_geo_layout(&l, geo, geo->top, err);

	if (rc >= 0)
		rc = calib_geo_coords(xyz, geo, &l, &view, err);
	if (rc >= 0) {
		across = sensors_across(l.n, l.rows, l.cols);
		rc = calib_nda_alloc(&map, CALIB_F32, 2, (const size_t[]){l.n / across * l.rows,
		                     across * l.cols}, err);
	}
	if (rc >= 0)
		rc = calib_h5_create(&file, path, flags, err);
	for (int k = 0; k < 3 && rc >= 0; k++) {
		double unit = k == 0 && how->flip_x ? -1e-6 : 1e-6;

		for (size_t s = 0; s < l.n; s++)
			for (size_t i = 0; i < l.rows * l.cols; i++)
				((float *)map.data)[cell(s, i / l.cols, i % l.cols, l.n, across,
							 l.rows, l.cols)] =
					(float)(((double *)xyz[k].data)[l.leaf[s].first
									+ i * l.leaf[s].stride]
						* unit);
		rc = calib_h5_put(file, names[k], &map, err);
	}
	if (rc >= 0)
		rc = put_texts(file, how, err);
	if (rc >= 0)
		rc = calib_h5_commit(file, err);
	else
		calib_h5_close(file);
	for (int k = 0; k < 3; k++)
		calib_nda_release(&xyz[k]);
	calib_nda_release(&map);
	calib_geo_layout_release(&l);
	return rc;
}

/* A map that was read, in double. */
struct map {
	const char *path, *type;
	const struct calib_pixmap *how;
	enum calib_geo_frame frame;
	double um;			/* a unit of the file */
	struct calib_nda v[3];
	struct calib_seg seg;
	size_t n, across;
	double *x, *y;			/* axes of a sensor */
	double z0, worst;
};

/* One of x, y, z in two dimensions; a list of sensors is one below the other. */
static int read_axis(struct map *m, struct calib_h5 *file, const char *group, int k,
                     struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	struct calib_nda raw = CALIB_NDA_INIT, *v = &m->v[k];
	struct calib_err lost = CALIB_ERR_INIT;
	int rc;

	calib_str_addf(&name, "%s%s%s", group, *group ? "/" : "", names[k]);
	rc = calib_str_check(&name, err);
	if (rc >= 0)
		rc = calib_h5_get(file, name.s, &raw, &lost);
	if (k == 2 && rc == CALIB_ENOTFOUND)	/* a flat map may have no z */
		rc = calib_nda_like(&raw, &m->v[0], CALIB_F64, err);
	else if (rc < 0)
		calib_fail(err, rc, "%s", lost.msg);
	if (rc >= 0)
		rc = calib_nda_convert(v, &raw, CALIB_F64, err);
	if (rc >= 0 && v->ndim == 3)
		rc = calib_nda_reshape(v, 2, (const size_t[]){v->dim[0] * v->dim[1], v->dim[2]},
				       err);
	if (rc >= 0 && (v->ndim != 2 || !calib_nda_same_shape(v, &m->v[0])))
		rc = calib_fail(err, CALIB_ESHAPE,
				"%s: %s is not a map of 2 or 3 dimensions, all of "
				"one size",
				m->path, name.s);
	for (size_t i = 0; rc >= 0 && i < v->size; i++)
		if (!(fabs(((double *)v->data)[i]) <= CALIB_GEO_MAX))
			rc = calib_fail(err, CALIB_EFORMAT,
					"%s: %s: element %zu is not a finite number "
					"up to %g",
					m->path, name.s, i, CALIB_GEO_MAX);
	calib_nda_release(&raw);
	calib_str_release(&name);
	return rc;
}

/* What the file says of itself: maps of ours do, Cheetah's are in metres. */
static int read_texts(struct map *m, struct calib_h5 *file)
{
	char *text = NULL;

	m->um = 1e6;
	if (calib_h5_get_text(file, "unit", &text, NULL) >= 0 && strcmp(text, "um") == 0)
		m->um = 1;
	free(text);
	text = NULL;
	m->frame = m->how->frame;
	if (!m->how->frame_given && calib_h5_get_text(file, "frame", &text, NULL) >= 0)
		m->frame = strncmp(text, "psana", 5) == 0 ? CALIB_GEO_PSANA : CALIB_GEO_LAB;
	free(text);
	return CALIB_OK;
}

static int read_map(struct map *m, struct calib_err *err)
{
	struct calib_h5 *file = NULL;
	struct calib_str path = CALIB_STR_INIT;
	size_t n = calib_h5_split(m->path);
	const char *group = n > 0 ? m->path + n + 1 : "";
	int rc;

	calib_str_addn(&path, m->path, n > 0 ? n : strlen(m->path));
	rc = calib_str_check(&path, err);
	if (rc >= 0)
		rc = calib_h5_open(&file, path.s, err);
	if (rc >= 0)
		rc = read_texts(m, file);
	for (int k = 0; k < 3 && rc >= 0; k++)
		rc = read_axis(m, file, group, k, err);
	calib_h5_close(file);
	calib_str_release(&path);
	return rc;
}

static int find_sensors(struct map *m, struct calib_err *err)
{
	char words[CALIB_SEG_NAMES];
	const size_t *d = m->v[0].dim;
	int rc;

	m->type = m->how->segment ? m->how->segment : "SENS2X1:V1";
	rc = calib_seg_parse(&m->seg, m->type, 0, err);
	if (rc == 0 || (rc > 0 && m->seg.swapped))
		rc = calib_fail(err, CALIB_EINVAL,
				"'%s' is no type of sensor with rows and columns, "
				"expected one of: %s",
				m->type, calib_seg_names(words));
	if (rc < 0)
		return rc;
	m->across = d[1] == QUADS * m->seg.cols && m->seg.cols == 388 ? QUADS : 1;
	if (d[1] != m->across * m->seg.cols || d[0] == 0 || d[0] % m->seg.rows != 0)
		return calib_fail(err, CALIB_ESHAPE,
				  "%s: a map of %zux%zu pixels does not consist of "
				  "sensors %s of %zux%zu; --segment names another type",
				  m->path, d[0], d[1], m->type, m->seg.rows, m->seg.cols);
	m->n = d[0] / m->seg.rows * m->across;
	m->x = calib_alloc(m->seg.rows + m->seg.cols, sizeof *m->x, "axes", err);
	if (m->x == NULL)
		return CALIB_ENOMEM;
	m->y = m->x + m->seg.cols;
	calib_seg_axes(&m->seg, false, m->x, m->y);
	return CALIB_OK;
}

static void point(const struct map *m, size_t s, size_t r, size_t c, double p[3])
{
	size_t at = cell(s, r, c, m->n, m->across, m->seg.rows, m->seg.cols);
	double lab[3];

	for (int k = 0; k < 3; k++)
		lab[k] = ((const double *)m->v[k].data)[at] * m->um;
	if (m->how->flip_x)
		lab[0] = -lab[0];
	memcpy(p, lab, sizeof lab);
	if (m->frame == CALIB_GEO_LAB) {
		p[0] = -lab[1];
		p[1] = -lab[0];
		p[2] = -lab[2];
	}
	p[2] -= m->z0;
}

/* Every corner of an ASIC against where the sensor has it. */
static int check_corners(struct map *m, size_t s, const double centre[3], const double ex[3],
                         const double ey[3], struct calib_err *err)
{
	for (size_t i = 0; i < 2 * (m->seg.rows / m->seg.asic[0]); i++)
		for (size_t j = 0; j < 2 * (m->seg.cols / m->seg.asic[1]); j++) {
			size_t r = i / 2 * m->seg.asic[0] + (i % 2 ? m->seg.asic[0] - 1 : 0);
			size_t c = j / 2 * m->seg.asic[1] + (j % 2 ? m->seg.asic[1] - 1 : 0);
			double p[3], off = 0;

			point(m, s, r, c, p);
			for (int k = 0; k < 3; k++) {
				double d = p[k] - (centre[k] + ex[k] * m->x[c] + ey[k] * m->y[r]);

				off += d * d;
			}
			off = sqrt(off);
			m->worst = fmax(m->worst, off);
			if (!(off <= m->how->tolerance * m->seg.scale))
				return calib_fail(err, CALIB_EFORMAT,
						  "%s: pixel %zu,%zu of sensor %zu "
						  "is %.1f um from its place in a flat %s: another "
						  "frame (--frame, --flip-x) or type (--segment)?",
						  m->path, r, c, s, off, m->type);
		}
	return CALIB_OK;
}

static int place_sensor(struct map *m, size_t s, double par[CALIB_GEO_NPARS],
                        struct calib_err *err)
{
	double sx = calib_pose_sign(m->x, m->seg.cols), sy = calib_pose_sign(m->y, m->seg.rows);
	double p[4][3], centre[3], ex[3], ey[3], length[2];

	for (size_t i = 0; i < 4; i++)
		point(m, s, i / 2 ? m->seg.rows - 1 : 0, i % 2 ? m->seg.cols - 1 : 0, p[i]);
	for (int k = 0; k < 3; k++) {
		centre[k] = (p[0][k] + p[1][k] + p[2][k] + p[3][k]) / 4;
		ex[k] = sx * (p[1][k] - p[0][k] + p[3][k] - p[2][k]);
		ey[k] = sy * (p[2][k] - p[0][k] + p[3][k] - p[1][k]);
	}
	calib_pose_square(ex, ey, length);
	calib_pose_par(par, centre, ex, ey);
	return check_corners(m, s, centre, ex, ey, err);
}

/* The mean distance, in whole mm, becomes that of the detector. */
static void find_z0(struct map *m)
{
	const double *z = m->v[2].data;
	double sum = 0;

	for (size_t i = 0; i < m->v[2].size; i++)
		sum += z[i];
	m->z0 = nearbyint(sum / (double)m->v[2].size * m->um / 1e3) * 1e3;
	if (m->frame == CALIB_GEO_LAB)
		m->z0 = 0 - m->z0;
	if (m->z0 > 0)		/* whoever reads the file would make it negative */
		m->z0 = 0;
}

static int build(struct map *m, struct calib_geo *geo, struct calib_err *err)
{
	bool cspad = m->seg.rows == 185;
	const char *parent = cspad && m->n == CSPAD_SENSORS ? "CSPAD:V2"
		: cspad && m->n == 2 ? "CSPAD2X2:V1" : "CAMERA";
	double par[CALIB_GEO_NPARS] = {0};
	int rc = calib_geo_comment(geo, "TITLE      Geometry from a pixel map", err);

	if (rc >= 0)
		rc = calib_geo_comment(geo, "CALIB_TYPE geometry", err);
	find_z0(m);
	for (size_t s = 0; s < m->n && rc >= 0; s++) {
		rc = place_sensor(m, s, par, err);
		if (rc >= 0)
			rc = calib_geo_add(geo, parent, 0, m->type, (long)s, par, 0, err);
	}
	memset(par, 0, sizeof par);
	par[CALIB_GEO_Z0] = m->z0;
	if (rc >= 0)
		rc = calib_geo_add(geo, "IP", 0, parent, 0, par, 0, err);
	return rc < 0 ? rc : calib_geo_link(geo, err);
}

int calib_pixmap_load(struct calib_geo *geo, double *worst, const char *path,
                      const struct calib_pixmap *how, struct calib_err *err)
{
	struct map m = {.path = path, .how = how,
		.v = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT}};
	int rc;

	calib_geo_release(geo);
	rc = read_map(&m, err);
	if (rc >= 0)
		rc = find_sensors(&m, err);
	if (rc >= 0)
		rc = build(&m, geo, err);
	*worst = m.worst;
	for (int k = 0; k < 3; k++)
		calib_nda_release(&m.v[k]);
	free(m.x);
	if (rc < 0)
		calib_geo_release(geo);
	return rc;
}
