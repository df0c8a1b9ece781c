/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/crystfelin.c - geometries of CrystFEL as ours */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "form/crystfel.h"

/* To add a detector: a row.  Sensor i is panel p<i / per>a<i % per * step>. */
struct calib_crystfel_type {
	const char *name, *seg;
	size_t n; /* sensors, all of which must be there */
	size_t per, step;
};
static const struct calib_crystfel_type types[] = {
	{"epix10ka", "EPIX10KA:V2", 16, 1, 0},       {"jungfrau", "JUNGFRAU:V2", 8, 1, 0},
	{"cspad", "SENS2X1:V1", 32, 8, 2},           {"cspadv2", "SENS2X1:V1", 32, 1, 0},
	{"pnccd", "MTRX:V2:512:512:75:75", 4, 1, 0},
};

const struct calib_crystfel_type *calib_crystfel_type(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

enum { HAVE_FS = 1, HAVE_SS = 2, HAVE_X = 4, HAVE_Y = 8, HAVE_ALL = 15, PANELS = 1024 };
struct panel {
	float fs[3], ss[3]; /* as the reference keeps them: single precision */
	double corner[2], coffset;
	unsigned have;
	size_t line;
};
struct reader {
	const struct calib_crystfel_type *type;
	const char *where;
	size_t line, used; /* used: comments */
	double coffset;    /* of all panels */
	struct panel panel[32];
};

/* "p3a12": sensor number, -1 for another panel; -2 for no panel's name */
static int sensor_of(const struct calib_crystfel_type *type, const char *name, size_t len)
{
	const char *a = len >= 4 ? memchr(name + 1, 'a', len - 1) : NULL;
	char word[16];
	long major, minor;

	if (a == NULL || len >= sizeof word)
		return -2;
	memcpy(word, name, len);
	word[len] = '\0';
	word[a - name] = '\0';
	if (calib_parse_long(&major, word + 1, 0, PANELS, "panel", NULL) < 0
	    || calib_parse_long(&minor, word + (a - name) + 1, 0, PANELS, "panel", NULL) < 0)
		return -2;
	if (type->per == 1)
		return minor == 0 && (size_t)major < type->n ? (int)major : -1;
	if (minor % (long)type->step != 0 || minor / (long)type->step >= (long)type->per)
		return -1;
	return (size_t)(major * (long)type->per) < type->n
		       ? (int)(major * (long)type->per + minor / (long)type->step)
		       : -1;
}

static int bad(const struct reader *r, const char *key, const char *value, struct calib_err *err)
{
	return calib_fail(
		err, CALIB_EFORMAT, "%s:%zu: %s: '%s' is not %s", r->where, r->line, key, value,
		key[0] == 'f' || key[0] == 's' ? "a vector, as +0.1x -0.9y +0.0z" : "a number");
}

/* "+0.1x -0.9y [+0.0z]" */
static int read_vector(float v[3], const struct reader *r, const char *key, const char *value,
		       struct calib_err *err)
{
	const char *p = value, *end = value + strlen(value);
	unsigned seen = 0;

	v[0] = v[1] = v[2] = 0;
	while (*(p += strspn(p, " \t"))) {
		static const char axes[] = "xyz";
		const char *stop, *axis;
		double sign = *p == '-' ? -1 : 1, x;

		p += *p == '-' || *p == '+';
		p += strspn(p, " \t");
		x = calib_strtod(p, end, &stop);
		if (stop == p)
			x = 1; /* "+x" */
		axis = strchr(axes, *stop);
		if (*stop == '\0' || axis == NULL || !isfinite(x))
			return bad(r, key, value, err);
		v[axis - axes] = (float)(sign * x);
		seen++;
		p = stop + 1;
	}
	return seen > 0 ? CALIB_OK : bad(r, key, value, err);
}

/* One key of a panel. */
static int read_key(struct reader *r, struct panel *p, const char *key, const char *value,
		    struct calib_err *err)
{
	static const struct {
		const char *key;
		unsigned have;
	} numbers[] = {{"corner_x", HAVE_X}, {"corner_y", HAVE_Y}, {"coffset", 0}};
	double v;

	if (strcmp(key, "fs") == 0 || strcmp(key, "ss") == 0) {
		p->have |= key[0] == 'f' ? HAVE_FS : HAVE_SS;
		return read_vector(key[0] == 'f' ? p->fs : p->ss, r, key, value, err);
	}
	for (size_t i = 0; i < 3; i++) {
		if (strcmp(key, numbers[i].key) != 0)
			continue;
		if (calib_parse_double(&v, value, key, NULL) < 0 || !(fabs(v) < 1e12))
			return bad(r, key, value, err);
		*(i < 2 ? &p->corner[i] : &p->coffset) = v;
		p->have |= numbers[i].have;
	}
	return CALIB_OK;
}

static int read_line(struct reader *r, struct calib_geo *geo, char *line, struct calib_err *err)
{
	char *equal = strchr(line, '='), *key = line + strspn(line, " \t"), *value, *slash;
	struct panel other = {.have = 0}, *panel = &other;
	size_t len;
	int i;

	if (*key == '\0')
		return CALIB_OK;
	if (line[0] == ';') {
		struct calib_str text = CALIB_STR_INIT;
		int rc;

		calib_str_addf(&text, "CFELCMT:%02zu %s", r->used++, line);
		rc = calib_str_check(&text, err);
		if (rc >= 0)
			rc = calib_geo_comment(geo, text.s, err);
		calib_str_release(&text);
		return rc;
	}
	if (*key == ';')
		return CALIB_OK;
	if (equal == NULL)
		return calib_fail(err, CALIB_EFORMAT, "%s:%zu: '%s' is not KEY = VALUE", r->where,
				  r->line, key);
	value = equal + 1 + strspn(equal + 1, " \t");
	for (len = strlen(value); len > 0 && strchr(" \t", value[len - 1]); len--)
		value[len - 1] = '\0';
	for (; equal > key && strchr(" \t", equal[-1]); equal--)
		;
	*equal = '\0';
	slash = strchr(key, '/');
	if (slash == NULL) {
		int rc = strcmp(key, "coffset") == 0 ? read_key(r, &other, key, value, err) : 0;

		r->coffset += other.coffset;
		return rc;
	}
	i = sensor_of(r->type, key, (size_t)(slash - key));
	if (i >= 0 && (size_t)i < r->type->n)
		panel = &r->panel[i];
	panel->line = r->line;
	return read_key(r, panel, slash + 1, value, err);
}

/* Angle of a vector to its plane, from the component along z. */
static double pitch(const float u[3])
{
	float along = fabsf(u[0]) > fabsf(u[1]) ? u[0] : u[1];
	double a = atan2((double)u[2], (double)along) * (180 / 3.14159265358979323846);

	return a > 90 ? a - 180 : a < -90 ? a + 180 : a;
}

/* The direction of a vector; one that is a unit vector up to the six digits of a file stays as it
 * is, which the reference takes all to be.  false: it has none. */
static bool unit(float u[3], const float v[3])
{
	double length = sqrt((double)v[0] * v[0] + (double)v[1] * v[1] + (double)v[2] * v[2]);
	double scale = fabs(length - 1) < 1e-5 ? 1 : length;

	for (int k = 0; k < 3 && length > 0; k++)
		u[k] = (float)(v[k] / scale);
	return length > 0 && isfinite(length);
}

static int add_sensor(struct calib_geo *geo, const struct reader *r, size_t i, double zoff,
		      struct calib_err *err)
{
	const struct panel *p = &r->panel[i];
	struct calib_geoobj obj = {.parent = (char *)"DET:VC",
				   .name = (char *)r->type->seg,
				   .ind = (unsigned)i,
				   .line = p->line};
	struct calib_geoseg seg;
	float uf[3], us[3];
	double angle, nearest, x00, y00, at[3], *row;
	int rc = calib_geoseg_find(&seg, r->type->seg, err);

	if (rc < 0)
		return rc;
	row = calib_alloc(seg.rows + seg.cols, sizeof *row, "axes", err);
	if (row == NULL)
		return CALIB_ENOMEM;
	calib_geoseg_axes(&seg, false, row, row + seg.rows);
	y00 = fabs(row[0]);
	x00 = fabs(row[seg.rows]);
	free(row);
	if (!unit(uf, p->fs) || !unit(us, p->ss))
		return calib_fail(err, CALIB_EFORMAT,
				  "%s:%zu: fs or ss of this panel has no length", r->where,
				  p->line);
	for (int k = 0; k < 3; k++) {
		at[k] = k < 2 ? p->corner[k] * seg.pix_um : (p->coffset - zoff) * 1e6;
		obj.at[k] =
			trunc(at[k] + (double)(uf[k] * (float)x00) + (double)(us[k] * (float)y00));
	}
	angle = atan2((double)uf[1], (double)uf[0]) * (180 / 3.14159265358979323846);
	nearest = 90 * round(angle / 90);
	obj.rot[2] = nearest < 0 ? nearest + 360 : nearest;
	obj.tilt[2] = angle - nearest;
	if (fabsf(uf[0]) > fabsf(uf[1])) {
		obj.tilt[0] = pitch(us);
		obj.tilt[1] = -pitch(uf);
	} else {
		obj.tilt[0] = pitch(uf);
		obj.tilt[1] = -pitch(us);
	}
	return calib_geo_add(geo, &obj, err);
}

static int build(struct calib_geo *geo, struct reader *r, struct calib_err *err)
{
	struct calib_geoobj det = {.parent = (char *)"IP", .name = (char *)"DET:VC"};
	size_t n = 0;
	double sum = 0, zoff;
	int rc = CALIB_OK;

	for (size_t i = 0; i < r->type->n; i++) {
		if (r->panel[i].have != HAVE_ALL)
			return calib_fail(
				err, CALIB_EFORMAT,
				"%s: panel p%zua%zu lacks fs, ss, corner_x or corner_y; '%s' "
				"needs %zu sensors",
				r->where, i / r->type->per, i % r->type->per * r->type->step,
				r->type->name, r->type->n);
		sum += r->panel[i].coffset;
		n++;
	}
	zoff = r->coffset + round(sum / (double)n * 1e3) / 1e3;
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = add_sensor(geo, r, i, zoff, err);
	det.at[2] = trunc(zoff * 1e6);
	det.line = r->line;
	if (rc >= 0)
		rc = calib_geo_add(geo, &det, err);
	return rc < 0 ? rc : calib_geo_link(geo, r->where, err);
}

int calib_crystfel_parse(struct calib_geo *geo, const char *text, size_t n, const char *where,
			 const struct calib_crystfel_type *type, struct calib_err *err)
{
	const char *at = text, *end = text + n;
	struct reader *r = calib_alloc(1, sizeof *r, "panels", err);
	struct calib_str line = CALIB_STR_INIT;
	int rc = r ? CALIB_OK : CALIB_ENOMEM;

	for (size_t number = 1; at < end && rc >= 0; number++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop ? stop : end) - at);

		r->type = type;
		r->where = where;
		r->line = number;
		calib_str_clear(&line);
		calib_str_addn(&line, at, len > 0 && at[len - 1] == '\r' ? len - 1 : len);
		rc = calib_str_check(&line, err);
		if (rc >= 0 && line.len > 0)
			rc = read_line(r, geo, line.s, err);
		at += len + 1;
	}
	calib_str_release(&line);
	if (rc >= 0 && r->type == NULL)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: empty, a CrystFEL geometry expected",
				where);
	if (rc >= 0)
		rc = build(geo, r, err);
	free(r);
	if (rc < 0)
		calib_geo_release(geo);
	return rc;
}
