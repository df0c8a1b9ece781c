/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/geonew.c - the design geometry of a detector */
#include "algo/geonew.h"

#include <stdio.h>
#include <string.h>

/* Origin of a sensor in its camera [um], rotation about z [deg]. */
struct place {
	double x, y, rot_z;
};

static const struct place origin[] = {{0, 0, 0}};
/* The default center_global of PyCSPadImage, in pixels of 109.92 um, and its orientations. */
static const struct place cspad[] = {
	{52034, 113005, 90},   {75324, 112809, 90},   {17039, 125249, 0},    {16936, 101886, 0},
	{29328, 160129, 270},  {5930, 160192, 270},   {64088, 169245, 0},    {63990, 145962, 0},
	{108744, 129762, 0},   {108504, 106332, 0},   {120575, 164632, 270}, {97181, 164720, 270},
	{155335, 152248, 180}, {155530, 175673, 180}, {164971, 117576, 270}, {141579, 117607, 270},
	{125593, 73085, 270},  {102251, 73298, 270},  {160422, 60852, 180},  {160557, 84189, 180},
	{148125, 26109, 90},   {171468, 25948, 90},   {113467, 16727, 180},  {113596, 40172, 180},
	{68896, 56101, 180},   {68966, 79467, 180},   {56722, 21251, 90},    {80148, 21260, 90},
	{21795, 33860, 0},     {21765, 10470, 0},     {12675, 68731, 90},    {36016, 68605, 90},
};
static const struct place cspad2x2[] = {{21790, 10453, 180}, {21790, 33805, 180}};
static const struct place quad[] = {
	{-20150, 20950, 180}, {20150, 20950, 180}, {-20150, -20950, 180}, {20150, -20950, 180}};
/* Four quads around the beam, each a quarter turn from the next: the places of measured cameras,
 * averaged over the quads to 0.1 mm. */
static const struct place epix2m[] = {
	{-59000, 23500, 270}, {-59000, 64100, 270}, {-17200, 23500, 270}, {-17200, 64100, 270},
	{23500, 59000, 180},  {64100, 59000, 180},  {23500, 17200, 180},  {64100, 17200, 180},
	{59000, -23500, 90},  {59000, -64100, 90},  {17200, -23500, 90},  {17200, -64100, 90},
	{-23500, -59000, 0},  {-64100, -59000, 0},  {-23500, -17200, 0},  {-64100, -17200, 0}};
static const struct place jungfrau2[] = {{0, 20625, 0}, {0, -20625, 0}};
static const struct place jungfrau8[] = {{-56807.1, 44005.5, 90},  {-15557.5, 44005.5, 90},
					 {25692.1, 33921.7, 90},   {66941.7, 33921.7, 90},
					 {-66941.7, -33921.7, 90}, {-25692.1, -33921.7, 90},
					 {15557.5, -44005.5, 90},  {56807.1, -44005.5, 90}};
/* The two halves of a pnCCD; MTRX-like sensors have their origin at a corner pixel. */
static const struct place pnccd[] = {{-38362, -38362, 0}, {38362, -37, 180}};
static const struct place halves[] = {{-1, -3300, 0}, {-1, 3300, 180}};

/* To add a detector of several sensors: a row.  rot_y, rot_x: turns of each sensor;
 * group: the objects between sensors and camera, NULL: none. */
static const struct layout {
	const char *det;
	size_t modules;
	const char *root, *camera;
	double rot_z, rot_y; /* of the camera */
	const char *group;
	const struct place *at_group;
	size_t ngroup;
	const char *seg;
	const struct place *at;
	size_t n;
	double seg_rot_y, seg_rot_x;
} layouts[] = {
	{"CSPAD", 0, "IP", "CSPAD:V2", 0, 0, NULL, NULL, 0, "SENS2X1:V1", cspad, 32, 0, 0},
	{"CSPAD2x2", 0, "IP", "CSPAD2X2:V1", 0, 0, NULL, NULL, 0, "SENS2X1:V1", cspad2x2, 2, 0, 0},
	{"pnCCD", 0, "IP:V1", "DETPNCCD:V1", 90, 180, "SEG2Q:V1", halves, 2, "PNCCD:V1", pnccd, 2,
	 0, 0},
	{"Epix100a", 0, "IP", NULL, 90, 180, NULL, NULL, 0, "EPIX100:V1", origin, 1, 0, 0},
	{"Epix10ka", 0, "IP", "SENSOR", 90, 0, NULL, NULL, 0, "EPIX10KA:V1", origin, 1, 0, 0},
	{"Epix10kaQuad", 0, "IP", "QUAD", 90, 0, NULL, NULL, 0, "EPIX10KA:V1", quad, 4, 0, 0},
	{"Epix10ka2M", 0, "IP", "CAMERA", 90, 0, NULL, NULL, 0, "EPIX10KA:V1", epix2m, 16, 0, 0},
	{"Jungfrau", 1, "IP:V1", "JFCAMERA:V1", 90, 0, NULL, NULL, 0, "JUNGFRAU:V1", origin, 1, 0,
	 180},
	{"Jungfrau", 2, "IP:V1", "JFCAMERA:V1", 90, 0, NULL, NULL, 0, "JUNGFRAU:V1", jungfrau2, 2,
	 0, 180},
	{"Jungfrau", 8, "IP:V1", "JFCAMERA:V1", 90, 0, NULL, NULL, 0, "JUNGFRAU:V1", jungfrau8, 8,
	 180, 0},
};
enum { NLAYOUTS = sizeof layouts / sizeof layouts[0] };

static int add(struct calib_geo *geo, const char *parent, unsigned pind, const char *name,
	       unsigned ind, const double v[6], struct calib_err *err)
{
	struct calib_geoobj obj = {.parent = (char *)parent,
				   .parent_ind = pind,
				   .name = (char *)name,
				   .ind = ind,
				   .at = {v[0], v[1], v[2]},
				   .rot = {v[5], v[4], v[3]}};

	obj.line = geo->n + 1;
	return calib_geo_add(geo, &obj, err);
}

static int add_sensors(struct calib_geo *geo, const struct layout *l, const char *parent,
		       unsigned pind, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < l->n && rc >= 0; i++)
		rc = add(geo, parent, pind, l->seg, (unsigned)i,
			 (double[]){l->at[i].x, l->at[i].y, 0, l->at[i].rot_z, l->seg_rot_y,
				    l->seg_rot_x},
			 err);
	return rc;
}

static int add_layout(struct calib_geo *geo, const struct layout *l, double dist,
		      struct calib_err *err)
{
	const double camera[] = {0, 0, -dist, l->rot_z, l->rot_y, 0};
	int rc = CALIB_OK;

	if (l->camera == NULL)
		return add(geo, l->root, 0, l->seg, 0, camera, err);
	for (unsigned g = 0; g < l->ngroup && rc >= 0; g++)
		rc = add_sensors(geo, l, l->group, g, err);
	if (l->group == NULL)
		rc = add_sensors(geo, l, l->camera, 0, err);
	for (unsigned g = 0; g < l->ngroup && rc >= 0; g++)
		rc = add(geo, l->camera, 0, l->group, g,
			 (double[]){l->at_group[g].x, l->at_group[g].y, 0, l->at_group[g].rot_z, 0,
				    0},
			 err);
	return rc < 0 ? rc : add(geo, l->root, 0, l->camera, 0, camera, err);
}

/* One sensor of rows x cols pixels. */
static int add_matrix(struct calib_geo *geo, const struct calib_det *det,
		      const struct calib_geonew *want, struct calib_err *err)
{
	bool known = det->ndim == 2 && det->dim[0] > 0;
	size_t rows = want->rows ? want->rows : known ? det->dim[0] : 0;
	size_t cols = want->cols ? want->cols : known ? det->dim[1] : 0;
	double pix = want->pix_um;
	char name[96];

	/* Rayonix MX170: 3840 pixels of 44.5 um, joined by binning */
	if (strcmp(det->name, "Rayonix") == 0) {
		rows = rows ? rows : 1920;
		cols = cols ? cols : rows;
		pix = pix > 0 ? pix : 44.5 * (3840 / (double)rows);
	}
	if (rows == 0 || cols == 0)
		return calib_fail(err, CALIB_EINVAL,
				  "%s has no fixed size: give its rows and columns", det->name);
	if (known && (rows != det->dim[0] || cols != det->dim[1]))
		return calib_fail(err, CALIB_EINVAL, "%s has %zu x %zu pixels, not %zu x %zu",
				  det->name, det->dim[0], det->dim[1], rows, cols);
	if (!(pix > 0))
		return calib_fail(err, CALIB_EINVAL,
				  "the pixel size of %s is that of its optics: give it in um",
				  det->name);
	snprintf(name, sizeof name, "MTRX:V2:%zu:%zu:%.10g:%.10g", rows, cols, pix, pix);
	return add(geo, "IP", 0, name, 0, (double[]){0, 0, -want->dist_um, 0, 0, 0}, err);
}

int calib_geo_new(struct calib_geo *geo, const struct calib_det *det,
		  const struct calib_geonew *want, struct calib_err *err)
{
	const struct layout *found = NULL;
	bool several = false;
	char title[160];
	int rc;

	for (size_t i = 0; i < NLAYOUTS; i++)
		if (strcmp(layouts[i].det, det->name) == 0) {
			several |= layouts[i].modules > 0;
			if (layouts[i].modules == want->modules)
				found = &layouts[i];
		}
	if (several && found == NULL)
		return calib_fail(err, CALIB_EINVAL, "%s comes with 1, 2 or 8 modules: say which",
				  det->name);
	if (!several && want->modules > 0)
		return calib_fail(err, CALIB_EINVAL, "%s has no choice of modules", det->name);
	if (found && (want->rows || want->cols || want->pix_um > 0))
		return calib_fail(err, CALIB_EINVAL, "%s has sensors of fixed size", det->name);
	snprintf(title, sizeof title, "TITLE      Design geometry of %s, not measured", det->name);
	rc = calib_geo_comment(geo, title, err);
	if (rc >= 0)
		rc = calib_geo_comment(geo, "METROLOGY  no metrology available", err);
	if (rc >= 0)
		rc = found ? add_layout(geo, found, want->dist_um, err)
			   : add_matrix(geo, det, want, err);
	return rc < 0 ? rc : calib_geo_link(geo, det->name, err);
}
