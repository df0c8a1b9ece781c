/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/new.c - geometries made from nothing */
#include "geo/new.h"

#include "base/parse.h"
#include "geo/defaults.h"

int calib_geo_columns(struct calib_geo *geo, struct calib_err *err)
{
	static const char *const columns[] = {"PARENT     - name and version of the parent object",
		"PARENT_IND - index of the parent object",
		"OBJECT     - name and version of the object", "OBJECT_IND - index of the object",
		"X0         - origin of the object in the frame of the parent, x [um]",
		"Y0         - y [um]", "Z0         - z [um]",
		"ROT_Z      - design rotation of the object about z of the parent [deg]",
		"ROT_Y      - about y [deg]", "ROT_X      - about x [deg]",
		"TILT_Z     - correction of that rotation, about z [deg]",
		"TILT_Y     - about y [deg]", "TILT_X     - about x [deg]"};
	struct calib_str s = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (size_t i = 0; i < sizeof columns / sizeof *columns && rc >= 0; i++) {
		calib_str_clear(&s);
		calib_str_addf(&s, "PARAM:%02zu %s", i + 1, columns[i]);
		rc = calib_str_check(&s, err);
		if (rc >= 0)
			rc = calib_geo_comment(geo, s.s, err);
	}
	calib_str_release(&s);
	return rc;
}

static int add_header(struct calib_geo *geo, const struct calib_geo_default *def,
                      struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	int rc;

	calib_str_addf(&s, "TITLE      Default geometry of the %s\nDETECTOR   %s\n"
	               "CALIB_TYPE geometry\nCOMMENT:01 %s\n"
	               "COMMENT:02 the place of the detector in the experiment is not known\n",
	               def->name, def->name, def->remark);
	rc = calib_str_check(&s, err);
	if (rc >= 0)
		rc = calib_geo_comments(geo, s.s, err);
	calib_str_release(&s);
	return rc < 0 ? rc : calib_geo_columns(geo, err);
}

int calib_geo_new(struct calib_geo *geo, const struct calib_geo_default *def,
                  struct calib_err *err)
{
	int rc;

	calib_geo_release(geo);
	rc = add_header(geo, def, err);
	for (size_t i = 0; i < def->nlines && rc >= 0; i++) {
		const struct calib_geo_line *l = &def->line[i];

		rc = calib_geo_add(geo, l->parent, l->parent_index, l->name, l->index, l->par, 0,
		                   err);
	}
	if (rc >= 0)
		rc = calib_geo_link(geo, err);
	if (rc < 0)
		calib_geo_release(geo);
	return rc;
}

int calib_geo_matrix(struct calib_geo *geo, size_t n, const size_t size[2],
                     const char *const pitch[2], struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	double par[CALIB_GEO_NPARS] = {0}, step = 0;
	int rc;

	calib_str_addf(&name, "MTRX:V2:%zu:%zu:%s:%s", size[0], size[1], pitch[0], pitch[1]);
	rc = calib_str_check(&name, err);
	if (rc >= 0)
		rc = calib_parse_double(&step, pitch[0], "pitch", err);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		par[CALIB_GEO_Y0] = n > 1 ? ((double)(n - 1) / 2 - (double)i) * step
		                            * (double)size[0] : 0;
		rc = calib_geo_add(geo, n > 1 ? "CAMERA" : "IP", 0, name.s, (long)i, par, 0, err);
	}
	if (rc >= 0 && n > 1)
		rc = calib_geo_add(geo, "IP", 0, "CAMERA", 0, NULL, 0, err);
	if (rc >= 0)
		rc = calib_geo_link(geo, err);
	calib_str_release(&name);
	return rc;
}
