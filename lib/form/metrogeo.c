/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/metrogeo.c - constants from optical metrology: center, tilt, geometry */
#include <math.h>
#include <stdio.h>

#include "form/metro.h"

static const double PIXEL = 109.92;	/* um, CSPAD */

void calib_metro_center(struct calib_str *s, const struct calib_metro *m, bool pixels)
{
	for (int k = 0; k < 3; k++) {
		for (size_t i = 0; i < m->n; i++) {
			double v = m->sensor[i].centre[k];

			if (pixels)
				calib_str_addf(s, "%7.2f  ", v / PIXEL);
			else
				calib_str_addf(s, "%6d  ", (int)v);
			if (i % 8 == 7)
				calib_str_addc(s, '\n');
		}
		if (k < 2)
			calib_str_addc(s, '\n');
	}
}

void calib_metro_tilt(struct calib_str *s, const struct calib_metro *m)
{
	for (size_t i = 0; i < m->n; i++)
		calib_str_addf(s, "%8.5f  %s", m->sensor[i].tilt[0], i % 8 == 7 ? "\n" : "");
}

/* ---- geometry ---- */

static const char columns[] =
	"# PARAM:01 PARENT     - name and version of the parent object\n"
	"# PARAM:02 PARENT_IND - index of the parent object\n"
	"# PARAM:03 OBJECT     - name and version of the object\n"
	"# PARAM:04 OBJECT_IND - index of the new object\n"
	"# PARAM:05 X0         - x-coordinate [um] of the object origin in the parent frame\n"
	"# PARAM:06 Y0         - y-coordinate [um] of the object origin in the parent frame\n"
	"# PARAM:07 Z0         - z-coordinate [um] of the object origin in the parent frame\n"
	"# PARAM:08 ROT_Z      - object design rotation angle [deg] around Z axis of the parent "
	"frame\n"
	"# PARAM:09 ROT_Y      - object design rotation angle [deg] around Y axis of the parent "
	"frame\n"
	"# PARAM:10 ROT_X      - object design rotation angle [deg] around X axis of the parent "
	"frame\n"
	"# PARAM:11 TILT_Z     - object tilt angle [deg] around Z axis of the parent frame\n"
	"# PARAM:12 TILT_Y     - object tilt angle [deg] around Y axis of the parent frame\n"
	"# PARAM:13 TILT_X     - object tilt angle [deg] around X axis of the parent frame\n\n";

static const char *or_dash(const char *text)
{
	return text != NULL && *text != '\0' ? text : "-";
}

/* One object; the two families of programs have their own widths. */
struct object {
	const char *parent;
	int parent_index;
	const char *name;
	int index;
	double x, y, z;
	int rot;
	double tilt[3];
};

static void cspad_line(struct calib_str *s, const struct object *o)
{
	calib_str_addf(s, "%-12s %3d  %-12s %3d   %8d %8d %8d   %5d %5d %5d   %8.5f %8.5f %8.5f \n",
	               o->parent, o->parent_index, o->name, o->index, (int)o->x, (int)o->y,
	               (int)o->z, o->rot, 0, 0, o->tilt[0], o->tilt[1], o->tilt[2]);
}

static void epix_line(struct calib_str *s, const struct object *o)
{
	calib_str_addf(s, "%12s %2d %12s %2d  %8d %8d %8d  %6d %6d %6d  %9.5f %9.5f %9.5f",
	               o->parent,
	               o->parent_index, o->name, o->index, (int)o->x, (int)o->y, (int)o->z, o->rot,
	               0, 0, o->tilt[0], o->tilt[1], o->tilt[2]);
}

/* What a CSPAD's sensors belong to, and the objects above; moving quads are placed by design. */
static const struct family {
	const char *parent;
	bool per_quad;
	struct object above[6];
	int n, nquads;			/* the quads are the first of them */
} families[] = {
	[CALIB_METRO_CSPAD_V1] = {"QUAD:V1", true, {
		{"CSPAD:V1", 0, "QUAD:V1", 0, -4500, -4500, 0, 90, {0, 0, 0}},
		{"CSPAD:V1", 0, "QUAD:V1", 1, -4500, 4500, 0, 0, {0, 0, 0}},
		{"CSPAD:V1", 0, "QUAD:V1", 2, 4500, 4500, 0, 270, {0, 0, 0}},
		{"CSPAD:V1", 0, "QUAD:V1", 3, 4500, -4500, 0, 180, {0, 0, 0}},
		{"RAIL", 0, "CSPAD:V1", 0, 0, 0, 1000000, 0, {0, 0, 0}},
		{"IP", 0, "RAIL", 0, 0, 0, 0, 0, {0, 0, 0}}}, 6, 4},
	[CALIB_METRO_CSPAD_V2] = {"CSPAD:V2", false, {
		{"IP", 0, "CSPAD:V2", 0, 0, 0, 1000000, 0, {0, 0, 0}}}, 1, 0},
	[CALIB_METRO_CSPAD2X2] = {"CSPAD2X2:V1", false, {
		{"IP", 0, "CSPAD2X2:V1", 0, 0, 0, 1000000, 0, {0, 0, 0}}}, 1, 0},
};

static void cspad(struct calib_str *s, const struct calib_metro *m, const struct family *f,
                  const struct calib_metro_title *t)
{
	calib_str_addf(s, "# TITLE      Geometry parameters of %s\n# DATE_TIME  %s\n"
	               "# METROLOGY  %s\n# AUTHOR     %s\n# EXPERIMENT %s\n# DETECTOR   %s\n"
	               "# CALIB_TYPE geometry\n", or_dash(t->det), or_dash(t->date),
	               or_dash(t->metrology), or_dash(t->author), or_dash(t->exp), or_dash(t->det));
	calib_str_add(s, "# COMMENT:01 Table contains the list of geometry parameters for "
	              "alignment of 2x1 sensors, quads, CSPAD, etc\n"
	              "# COMMENT:02 All translation and rotation pars of the object are defined "
	              "w.r.t. parent object Cartesian frame\n");
	calib_str_add(s, columns);
	calib_str_add(s, "# HDR PARENT IND        OBJECT IND     X0[um]   Y0[um]   Z0[um]   ROT-Z "
	              "ROT-Y ROT-X     TILT-Z   TILT-Y   TILT-X\n\n");
	for (size_t i = 0; i < m->n; i++) {
		const struct calib_metro_sensor *e = &m->sensor[i];
		struct object o = {f->parent, f->per_quad ? e->quad : 0, "SENS2X1:V1",
			f->per_quad ? e->segment : (int)i, e->centre[0], e->centre[1], e->centre[2],
			e->rot, {e->tilt[0], e->tilt[1], e->tilt[2]}};

		cspad_line(s, &o);
		if (i + 1 == m->n || m->sensor[i + 1].quad != e->quad)
			calib_str_addc(s, '\n');
	}
	for (int i = 0; i < f->n; i++) {
		cspad_line(s, &f->above[i]);
		if (i + 1 == f->n || i + 1 == f->nquads)
			calib_str_addc(s, '\n');
	}
}

static void epix(struct calib_str *s, const struct calib_metro *m,
                 const struct calib_metro_title *t, bool quads, const double camera[4])
{
	calib_str_addf(s, "\n# COMMENT:00 detector:%s experiment:%s\n"
	               "# COMMENT:01 constants generated from optical metrology\n"
	               "# COMMENT:02 processor version %s\n# DATE_TIME %s\n# USER %s\n"
	               "# CALIB_TYPE geometry\n", or_dash(t->det), or_dash(t->exp),
	               quads ? "0 - panels-quads-detector" : "1 - panels only, no quads",
	               or_dash(t->date), or_dash(t->author));
	calib_str_add(s, columns);
	calib_str_add(s, "# HDR PARENT IND     OBJECT IND    X0[um]   Y0[um]   Z0[um]   ROT-Z  "
	              "ROT-Y  ROT-X     TILT-Z    TILT-Y    TILT-X\n\n");
	for (int quad = 0; quad < (quads ? 4 : 1); quad++)
		for (int number = 0; number < (quads ? 4 : 16); number++)
			for (size_t i = 0; i < m->n; i++) {
				const struct calib_metro_sensor *e = &m->sensor[i];
				struct object o = {quads ? "QUAD" : "CAMERA", quad, "EPIX10KA:V1",
					number, e->centre[0], e->centre[1], e->centre[2], e->rot,
					{e->tilt[0], e->tilt[1], e->tilt[2]}};

				if (e->segment != number || (quads && e->quad != quad))
					continue;
				epix_line(s, &o);
				calib_str_addc(s, '\n');
			}
	for (int q = 0; q < 4 && quads; q++) {
		struct object o = {"CAMERA", 0, "QUAD", q, m->quad[q][0], m->quad[q][1],
			m->quad[q][2], m->quad_rot[q], {0, 0, 0}};

		epix_line(s, &o);
		calib_str_addc(s, '\n');
	}
	epix_line(s, &(struct object){"IP", 0, "CAMERA", 0, camera[0], camera[1], camera[2],
		(int)camera[3], {0, 0, 0}});
}

void calib_metro_geometry(struct calib_str *s, const struct calib_metro *m,
                          enum calib_metro_layout layout, const struct calib_metro_title *title,
                          bool quads, const double camera[4])
{
	if (layout == CALIB_METRO_EPIX10KA2M)
		epix(s, m, title, quads, camera);
	else
		cspad(s, m, &families[layout], title);
}
