/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/defaults.c - default positions of the sensors of detectors
 *
 * The numbers are those the analysis falls back to when nothing is deployed, so that images have
 * the same size.  Source: lcls-psana/Detector data/geometry-def-*.data; slac-lcls/lcls2
 * psana/psana/pscalib/geometry/data for what only LCLS-II has. */
#include "geo/defaults.h"

#include <strings.h>

static const struct calib_geo_line cspad[] = {
	{"CSPAD:V2", 0, "SENS2X1:V1", 0, {51621, 112683, 153, 90, 0, 0, .48292, 0, .00263}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 1, {74168, 112907, 135, 90, 0, 0, .48886, -.05755, .01316}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 2, {16366, 124137, 107, 0, 0, 0, .3237, .00395, -.01096}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 3, {16415, 101350, 185, 0, 0, 0, .1513, .09867, -.29055}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 4, {27786, 159233, 123, 270, 0, 0, .24474, -.03015, .03948}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 5, {4845, 159260, 106, 270, 0, 0, .05987, -.04659, .01053}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 6, {62758, 168631, 132, 0, 0, 0, .4494, .02895, -.00548}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 7, {62881, 145851, 137, 0, 0, 0, .20068, .03553, -.03015}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 8, {107098, 129494, 165, 0, 0, 0, .01316, .01184, -.02742}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 9, {107067, 106699, 152, 0, 0, 0, -.15924, -.01316, -.05208}},
	{"CSPAD:V2",
	 0,
	 "SENS2X1:V1",
	 10,
	 {118871, 164660, 152, 270, 0, 0, .11249, -.02193, .04078}},
	{"CSPAD:V2",
	 0,
	 "SENS2X1:V1",
	 11,
	 {95879, 164632, 143, 270, 0, 0, -.07632, -.05757, .03158}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 12, {153905, 153051, 158, 180, 0, 0, -.03026, 0, -.04385}},
	{"CSPAD:V2",
	 0,
	 "SENS2X1:V1",
	 13,
	 {153838, 175841, 140, 180, 0, 0, -.03947, -.01973, -.16719}},
	{"CSPAD:V2",
	 0,
	 "SENS2X1:V1",
	 14,
	 {163149, 117980, 156, 270, 0, 0, -.175, -.04385, -.00526}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 15, {140287, 117936, 153, 270, 0, 0, 0, -.02741, -.0079}},
	{"CSPAD:V2",
	 0,
	 "SENS2X1:V1",
	 16,
	 {123905, 73726, 133, 270, 0, 0, .00263, -.00548, -.00921}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 17, {101282, 73699, 130, 270, 0, 0, .20725, -.0274, -.03948}},
	{"CSPAD:V2",
	 0,
	 "SENS2X1:V1",
	 18,
	 {159023, 62203, 142, 180, 0, 0, -.05461, -.00263, -.03562}},
	{"CSPAD:V2",
	 0,
	 "SENS2X1:V1",
	 19,
	 {159024, 84885, 136, 180, 0, 0, -.08026, .01579, -.06576}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 20, {147998, 26847, 106, 90, 0, 0, .03158, -.08219, .08947}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 21, {170404, 26856, 96, 90, 0, 0, -.07893, -.00822, .06972}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 22, {112701, 17748, 97, 180, 0, 0, .26908, -.025, -.00548}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 23, {112640, 40586, 100, 180, 0, 0, .03685, -.01448, .03836}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 24, {68448, 57015, 119, 180, 0, 0, .27835, -.02501, .09319}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 25, {68292, 79701, 120, 180, 0, 0, .3744, -.0329, -.04112}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 26, {56919, 21965, 69, 90, 0, 0, .18024, -.06578, .07894}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 27, {79497, 22002, 67, 90, 0, 0, .1204, -.0274, .09211}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 28, {21658, 33119, 72, 0, 0, 0, .2724, .03553, -.12332}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 29, {21748, 10489, 28, 0, 0, 0, .09805, .03027, -.07946}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 30, {12357, 68156, 97, 90, 0, 0, .20919, .03562, .05789}},
	{"CSPAD:V2", 0, "SENS2X1:V1", 31, {35247, 68250, 89, 90, 0, 0, .09144, -.04109, .02368}},
	{"IP", 0, "CSPAD:V2", 0, {0, 0, -1e+06, 0, 0, 0, 10}},
};
static const struct calib_geo_line cspad2x2[] = {
	{"CSPAD2X2:V1", 0, "SENS2X1:V1", 0, {21769, 10453, 9, 180, 0, 0, -.00197, -.02369, .01919}},
	{"CSPAD2X2:V1", 0, "SENS2X1:V1", 1, {21810, 33805, 3, 180, 0, 0, -0., -.00658, -.03837}},
	{"IP", 0, "CSPAD2X2:V1", 0, {0, 0, -1e+06, 0, 0, 0, 10}},
};
static const struct calib_geo_line epix100a[] = {
	{"IP", 0, "EPIX100:V1", 0, {0, 0, -1e+06, 90, 180}},
};
static const struct calib_geo_line epix10ka[] = {
	{"SENSOR", 0, "EPIX10KA:V1", 0, {0}}, {"IP", 0, "SENSOR", 0, {0, 0, -1e+06, 90}},
};
static const struct calib_geo_line epix10kaquad[] = {
	{"QUAD", 0, "EPIX10KA:V1", 0, {-20150, 20950, 0, 180}},
	{"QUAD", 0, "EPIX10KA:V1", 1, {20150, 20950, 0, 180}},
	{"QUAD", 0, "EPIX10KA:V1", 2, {-20150, -20950, 0, 180}},
	{"QUAD", 0, "EPIX10KA:V1", 3, {20150, -20950, 0, 180}},
	{"IP", 0, "QUAD", 0, {0, 0, -1e+06, 90}},
};
static const struct calib_geo_line epix10ka2m[] = {
	{"CAMERA", 0, "EPIX10KA:V1", 0, {-59032, 23573, 0, 270, 0, 0, -.01949}},
	{"CAMERA", 0, "EPIX10KA:V1", 1, {-59026, 64317, 0, 270, 0, 0, -.14725}},
	{"CAMERA", 0, "EPIX10KA:V1", 2, {-17405, 23567, 0, 270, 0, 0, -.38763}},
	{"CAMERA", 0, "EPIX10KA:V1", 3, {-17039, 63692, 0, 270, 0, 0, -.28908}},
	{"CAMERA", 0, "EPIX10KA:V1", 4, {23423, 59147, 0, 180, 0, 0, -.59396}},
	{"CAMERA", 0, "EPIX10KA:V1", 5, {64071, 59039, 0, 180, 0, 0, -.1992}},
	{"CAMERA", 0, "EPIX10KA:V1", 6, {23779, 17334, 0, 180, 0, 0, -.40785}},
	{"CAMERA", 0, "EPIX10KA:V1", 7, {63997, 17181, 0, 180, 0, 0, -.40771}},
	{"CAMERA", 0, "EPIX10KA:V1", 8, {59152, -23403, 0, 90, 0, 0, -.36743}},
	{"CAMERA", 0, "EPIX10KA:V1", 9, {58942, -64143, 0, 90, 0, 0, -.53539}},
	{"CAMERA", 0, "EPIX10KA:V1", 10, {17468, -23658, 0, 90, 0, 0, -.33429}},
	{"CAMERA", 0, "EPIX10KA:V1", 11, {17029, -63871, 0, 90, 0, 0, -.24041}},
	{"CAMERA", 0, "EPIX10KA:V1", 12, {-23591, -59310, 0, 0, 0, 0, -.24184}},
	{"CAMERA", 0, "EPIX10KA:V1", 13, {-64155, -59056, 0, 0, 0, 0, -.54221}},
	{"CAMERA", 0, "EPIX10KA:V1", 14, {-23622, -17240, 0, 0, 0, 0, -.14729}},
	{"CAMERA", 0, "EPIX10KA:V1", 15, {-63991, -17169, 0, 0, 0, 0, -.148}},
	{"IP", 0, "CAMERA", 0, {0, 0, -118000, 90}},
};
static const struct calib_geo_line jungfrau05m[] = {
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 0, {0, 0, 0, 90}},
	{"IP:V1", 0, "JFCAMERA:V1", 0, {0, 0, -10000}},
};
static const struct calib_geo_line jungfrau1m[] = {
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 0, {0, 20625, 0, 0, 0, 180}},
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 1, {0, -20625, 0, 0, 0, 180}},
	{"IP:V1", 0, "JFCAMERA:V1", 0, {0, 0, -100000, 90}},
};
static const struct calib_geo_line jungfrau4m[] = {
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 0, {-56807.1, 44005.5, 0, 90, 180}},
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 1, {-15557.5, 44005.5, 0, 90, 180}},
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 2, {25692.1, 33921.7, 0, 90, 180}},
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 3, {66941.7, 33921.7, 0, 90, 180}},
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 4, {-66941.7, -33921.7, 0, 90, 180}},
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 5, {-25692.1, -33921.7, 0, 90, 180}},
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 6, {15557.5, -44005.5, 0, 90, 180}},
	{"JFCAMERA:V1", 0, "JUNGFRAU:V1", 7, {56807.1, -44005.5, 0, 90, 180}},
	{"IP:V1", 0, "JFCAMERA:V1", 0, {0, 0, -100000, 90}},
};
static const struct calib_geo_line jungfrau16m[] = {
	{"JFDET:V1", 0, "JUNGFRAU:V2", 0, {-114300, -146925}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 1, {-36375, -146925}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 2, {41550, -141825}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 3, {119475, -141825}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 4, {-114300, -105675}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 5, {-36375, -105675}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 6, {41550, -100575}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 7, {119475, -100575}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 8, {-114300, -64425}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 9, {-36375, -64425}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 10, {41550, -59325}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 11, {119475, -59325}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 12, {-114300, -23175}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 13, {-36375, -23175}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 14, {41550, -18075}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 15, {119475, -18075}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 16, {-119475, 18075}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 17, {-41550, 18075}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 18, {36375, 23175}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 19, {114300, 23175}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 20, {-119475, 59325}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 21, {-41550, 59325}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 22, {36375, 64425}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 23, {114300, 64425}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 24, {-119475, 100575}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 25, {-41550, 100575}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 26, {36375, 105675}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 27, {114300, 105675}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 28, {-119475, 141825}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 29, {-41550, 141825}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 30, {36375, 146925}},
	{"JFDET:V1", 0, "JUNGFRAU:V2", 31, {114300, 146925}},
	{"IP:V1", 0, "JFDET:V1", 0, {2587.5, 0, -100000, 90}},
};
static const struct calib_geo_line pnccd[] = {
	{"SEG2Q:V1", 0, "PNCCD:V1", 0, {-38362, -38362}},
	{"SEG2Q:V1", 0, "PNCCD:V1", 1, {38362, -37, 0, 180}},
	{"SEG2Q:V1", 1, "PNCCD:V1", 0, {-38362, -38362}},
	{"SEG2Q:V1", 1, "PNCCD:V1", 1, {38362, -37, 0, 180}},
	{"DETPNCCD:V1", 0, "SEG2Q:V1", 0, {-1, -3300, 0, 0, 0, 0, 20}},
	{"DETPNCCD:V1", 0, "SEG2Q:V1", 1, {-1, 3300, 0, 180, 0, 0, 20}},
	{"IP:V1", 0, "DETPNCCD:V1", 0, {0, 0, -100000, 90, 180}},
};
static const struct calib_geo_line epixhr2x2[] = {
	{"SEGMENT", 0, "EPIXHR2X2:V1", 0, {0}}, {"IP", 0, "SEGMENT", 0, {0, 0, -10000, 90}},
};
static const struct calib_geo_line epixm320[] = {
	{"SEGMENT", 0, "EPIXMASIC:V1", 0, {-9600, 4800, 0, 180}},
	{"SEGMENT", 0, "EPIXMASIC:V1", 1, {9600, 4800, 0, 180}},
	{"SEGMENT", 0, "EPIXMASIC:V1", 2, {9600, -4800}},
	{"SEGMENT", 0, "EPIXMASIC:V1", 3, {-9600, -4800}},
	{"IP", 0, "SEGMENT", 0, {0, 0, -10000, 90}},
};
static const struct calib_geo_line epixuhr[] = {
	{"SEGMENT", 0, "EPIXUHRASIC:V1", 0, {-8500, 9700, 0, 270}},
	{"SEGMENT", 0, "EPIXUHRASIC:V1", 1, {8500, 9700, 0, 270, 180, 180}},
	{"SEGMENT", 0, "EPIXUHRASIC:V1", 2, {8500, -9700, 0, 270, 180, 180}},
	{"SEGMENT", 0, "EPIXUHRASIC:V1", 3, {-8500, -9700, 0, 270}},
	{"IP", 0, "SEGMENT", 0, {0, 0, -10000, 90}},
};

#define LINES(table) table, sizeof(table) / sizeof(table)[0]
#define DESIGN "positions as designed"
static const struct calib_geo_default defaults[] = {
	{"CSPAD", "CSPAD", 32, "SENS2X1:V1", "positions of one camera as measured", LINES(cspad)},
	{"CSPAD2x2", "CSPAD2x2", 2, "SENS2X1:V1", "positions of one camera as measured",
	 LINES(cspad2x2)},
	{"Epix100a", "Epix100a", 1, "EPIX100:V1", DESIGN, LINES(epix100a)},
	{"Epix10ka", "Epix10ka", 1, "EPIX10KA:V1", DESIGN, LINES(epix10ka)},
	{"Epix10kaQuad", "Epix10kaQuad", 4, "EPIX10KA:V1", DESIGN, LINES(epix10kaquad)},
	{"Epix10ka2M", "Epix10ka2M", 16, "EPIX10KA:V1", "positions of one camera as measured",
	 LINES(epix10ka2m)},
	{"Jungfrau05M", "Jungfrau", 1, "JUNGFRAU:V1", DESIGN, LINES(jungfrau05m)},
	{"Jungfrau1M", "Jungfrau", 2, "JUNGFRAU:V1", DESIGN, LINES(jungfrau1m)},
	{"Jungfrau4M", "Jungfrau", 8, "JUNGFRAU:V1", DESIGN, LINES(jungfrau4m)},
	{"Jungfrau16M", "Jungfrau", 32, "JUNGFRAU:V2", DESIGN, LINES(jungfrau16m)},
	{"pnCCD", "pnCCD", 4, "PNCCD:V1", DESIGN, LINES(pnccd)},
	{"EpixHR2x2", NULL, 1, "EPIXHR2X2:V1", DESIGN, LINES(epixhr2x2)},
	{"EpixM320", NULL, 4, "EPIXMASIC:V1", DESIGN, LINES(epixm320)},
	{"EpixUHR", NULL, 4, "EPIXUHRASIC:V1", DESIGN, LINES(epixuhr)},
};

const struct calib_geo_default *calib_geo_default_at(size_t i)
{
	return i < sizeof defaults / sizeof defaults[0] ? &defaults[i] : NULL;
}

const struct calib_geo_default *calib_geo_default_find(const char *name, size_t nsensors)
{
	const struct calib_geo_default *d;

	for (size_t i = 0; (d = calib_geo_default_at(i)) != NULL; i++)
		if (strcasecmp(d->name, name) == 0 && (nsensors == 0 || d->nsensors == nsensors))
			return d;
	for (size_t i = 0; (d = calib_geo_default_at(i)) != NULL; i++)
		if (d->det != NULL && strcasecmp(d->det, name) == 0 && d->nsensors == nsensors)
			return d;
	return NULL;
}
