/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/legacy.c - constants of the CSPAD from before there were geometry files */
#include "form/legacy.h"

#include <string.h>

#include "base/in.h"
#include "base/parse.h"

#define PITCH 109.92			/* um */
enum { QUADS = 4, SENSORS = 32, OF_QUAD = 8, QUAD_SIDE = 850, SIDE = 1765 };

static const struct {
	const char *name;
	size_t count, count2x2;
} types[CALIB_LEGACY_NTYPES] = {
	[CALIB_LEGACY_CENTER] = {"center", 96, 6},
	[CALIB_LEGACY_CENTER_CORR] = {"center_corr", 96, 0},
	[CALIB_LEGACY_MARG_GAP_SHIFT] = {"marg_gap_shift", 12, 0},
	[CALIB_LEGACY_OFFSET] = {"offset", 12, 0},
	[CALIB_LEGACY_OFFSET_CORR] = {"offset_corr", 12, 0},
	[CALIB_LEGACY_TILT] = {"tilt", 32, 2},
	[CALIB_LEGACY_CENTER_GLOBAL] = {"center_global", 96, 0},
};

const char *calib_legacy_name(enum calib_legacy_type type)
{
	return type < CALIB_LEGACY_NTYPES ? types[type].name : NULL;
}

size_t calib_legacy_count(enum calib_legacy_type type, bool cspad2x2)
{
	return cspad2x2 ? types[type].count2x2 : types[type].count;
}

void calib_legacy_default(struct calib_legacy *legacy, bool cspad2x2)
{
	static const double x[OF_QUAD] = {198, 198, 310, 98, 627, 628, 711, 498};
	static const double y[OF_QUAD] = {307, 95, 625, 625, 515, 727, 198, 199};
	static const double gaps[12] = {15, 40, 4, 40, 15, 40, 4, 40};
	static const double offset[12] = {0, 0, 820, 820, 0, 820, 820, 0};
	static const double center2x2[6] = {198, 198, 95, 308};

	memset(legacy, 0, sizeof *legacy);
	legacy->cspad2x2 = cspad2x2;
	memcpy(legacy->value[CALIB_LEGACY_MARG_GAP_SHIFT], gaps, sizeof gaps);
	memcpy(legacy->value[CALIB_LEGACY_OFFSET], offset, sizeof offset);
	for (int s = 0; s < SENSORS; s++) {
		legacy->value[CALIB_LEGACY_CENTER][s] = x[s % OF_QUAD];
		legacy->value[CALIB_LEGACY_CENTER][SENSORS + s] = y[s % OF_QUAD];
	}
	if (cspad2x2)
		memcpy(legacy->value[CALIB_LEGACY_CENTER], center2x2, sizeof center2x2);
}

int calib_legacy_load(struct calib_legacy *legacy, enum calib_legacy_type type, const char *path,
                      struct calib_err *err)
{
	size_t want = calib_legacy_count(type, legacy->cspad2x2), n = 0;
	struct calib_str text = CALIB_STR_INIT;
	int rc = calib_in_text(path, &text, err);
	const char *p = text.s, *end = text.s + text.len, *stop;
	unsigned line = 1;

	while (rc >= 0) {
		double v;

		for (; p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'); p++)
			line += *p == '\n';
		if (p < end && *p == '#') {
			p += strcspn(p, "\n");
			continue;
		}
		if (p == end)
			break;
		v = calib_strtod(p, end, &stop);
		if (stop == p || !(v >= -1e9 && v <= 1e9)) {
			rc = calib_fail(err, CALIB_EFORMAT, "%s:%u: '%.*s' is not a number", path,
					line, (int)strcspn(p, " \t\r\n"), p);
		} else if (n < want) {
			legacy->value[type][n] = v;
		}
		n++;
		p = stop;
	}
	if (rc >= 0 && n != want)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: %zu numbers, %zu expected of type %s",
				path, n, want, types[type].name);
	legacy->given[type] |= rc >= 0;
	calib_str_release(&text);
	return rc;
}

/* A point of quad q in the frame of the quads. */
static void turn_quad(int q, double xy[2])
{
	double x = xy[0], y = xy[1];

	switch (q) {	/* the reference turns by 180, 90, 0, 270 whatever its files say */
	case 0:  xy[0] = QUAD_SIDE - x; xy[1] = QUAD_SIDE - y; break;
	case 1:  xy[0] = QUAD_SIDE - y; xy[1] = x; break;
	case 2:  break;
	default: xy[0] = y; xy[1] = QUAD_SIDE - x; break;
	}
}

void calib_legacy_centers(const struct calib_legacy *legacy, float *center)
{
	static const int gap_sign[2][QUADS] = {{-1, -1, 1, 1}, {-1, 1, 1, -1}};
	static const int shift_sign[2][QUADS] = {{1, -1, -1, 1}, {-1, -1, 1, 1}};
	const double (*v)[96] = legacy->value, *m = v[CALIB_LEGACY_MARG_GAP_SHIFT];
	size_t given = legacy->cspad2x2 ? CALIB_LEGACY_CENTER : CALIB_LEGACY_CENTER_GLOBAL;

	if (legacy->cspad2x2 || legacy->given[CALIB_LEGACY_CENTER_GLOBAL]) {
		for (size_t i = 0; i < (legacy->cspad2x2 ? 6 : 96); i++)
			center[i] = (float)v[given][i];
		return;
	}
	for (int s = 0; s < SENSORS; s++) {
		int q = s / OF_QUAD;
		double at[3], origin[3];

		for (int k = 0; k < 3; k++) {
			at[k] = v[CALIB_LEGACY_CENTER][k * SENSORS + s]
			        + v[CALIB_LEGACY_CENTER_CORR][k * SENSORS + s] + m[4 * k];
			origin[k] = v[CALIB_LEGACY_OFFSET][k * QUADS + q]
			            + v[CALIB_LEGACY_OFFSET_CORR][k * QUADS + q];
		}
		turn_quad(q, at);
		for (int k = 0; k < 2; k++)
			origin[k] += m[4 * k + 1] + gap_sign[k][q] * m[4 * k + 2]
			             + shift_sign[k][q] * m[4 * k + 3];
		/* from the frame of matrices to that of the optical measurement */
		center[s] = (float)(origin[1] + at[1]);
		center[SENSORS + s] = (float)(SIDE - (origin[0] + at[0]));
		center[2 * SENSORS + s] = (float)(origin[2] + at[2]);
	}
}

/* How the sensors lie: in a quad, and the quads. */
static double rotation(const struct calib_legacy *legacy, int s)
{
	static const int in_quad[OF_QUAD] = {0, 0, 270, 270, 180, 180, 270, 270};
	static const int of_quad[QUADS] = {90, 0, 270, 180};

	return legacy->cspad2x2 ? 180 : (in_quad[s % OF_QUAD] + of_quad[s / OF_QUAD]) % 360;
}

static int add_header(struct calib_geo *geo, const struct calib_legacy *legacy,
                      struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	int rc;

	calib_str_addf(&s, "TITLE      Geometry from older constants\nDETECTOR   %s\n"
	               "CALIB_TYPE geometry\nCOMMENT:01 made of:", legacy->cspad2x2 ? "CSPAD2x2"
	               : "CSPAD");
	for (int t = 0; t < CALIB_LEGACY_NTYPES; t++)
		calib_str_addf(&s, "%s%s", legacy->given[t] ? " " : "", legacy->given[t]
		               ? types[t].name : "");
	calib_str_add(&s, "; the rest are defaults");
	rc = calib_str_check(&s, err);
	if (rc >= 0)
		rc = calib_geo_comments(geo, s.s, err);
	calib_str_release(&s);
	return rc;
}

int calib_legacy_geometry(struct calib_geo *geo, const struct calib_legacy *legacy,
                          struct calib_err *err)
{
	const char *parent = legacy->cspad2x2 ? "CSPAD2X2:V1" : "CSPAD:V2";
	int n = legacy->cspad2x2 ? 2 : SENSORS;
	float center[96];
	int rc;

	calib_geo_release(geo);
	rc = add_header(geo, legacy, err);
	calib_legacy_centers(legacy, center);
	for (int s = 0; s < n && rc >= 0; s++) {
		double par[CALIB_GEO_NPARS] = {0};

		for (int k = 0; k < 3; k++)
			par[k] = (double)center[k * n + s] * PITCH;
		par[CALIB_GEO_ROT_Z] = rotation(legacy, s);
		par[CALIB_GEO_TILT_Z] = legacy->value[CALIB_LEGACY_TILT][s];
		rc = calib_geo_add(geo, parent, 0, "SENS2X1:V1", s, par, 0, err);
	}
	if (rc >= 0)
		rc = calib_geo_add(geo, "IP", 0, parent, 0, NULL, 0, err);
	if (rc >= 0)
		rc = calib_geo_link(geo, err);
	if (rc < 0)
		calib_geo_release(geo);
	return rc;
}
