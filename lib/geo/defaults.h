/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/geo/defaults.h - a line of a geometry in a table; private to lib/geo */
#ifndef CALIB_GEO_DEFAULTS_H
#define CALIB_GEO_DEFAULTS_H
#include "geo/new.h"

struct calib_geo_line {
	const char *parent;
	long parent_index;
	const char *name;
	long index;
	double par[CALIB_GEO_NPARS];
};
#endif
