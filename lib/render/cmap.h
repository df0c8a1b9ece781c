/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/cmap.h - colour maps
 *
 * Source: the 256 entries of matplotlib 3.6 (viridis, plasma, inferno, magma are CC0 by their
 * authors; cividis and turbo published tables), rounded to nearest; tables 1 to 8 of the LCLS-II
 * viewers, slac-lcls/lcls2 psana/psana/graphqt/ColorTable.py, by their rules. */
#ifndef CALIB_RENDER_CMAP_H
#define CALIB_RENDER_CMAP_H
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CALIB_CMAP_COLOURS 1000

struct calib_cmap {
	size_t n;			/* colours, from the low end */
	uint8_t rgb[CALIB_CMAP_COLOURS][3];
};

/* calib_cmap_name - the i-th name; NULL past the end */
const char *calib_cmap_name(size_t i);
/* calib_cmap_get - by name, in any case; "_r" behind it turns it round
 * CALIB_ENOTFOUND lists the names. */
CALIB_MUST_CHECK
int calib_cmap_get(struct calib_cmap *map, const char *name, struct calib_err *err);

/* calib_cmap_index - colour of t, cut to 0..1: min(n-1, (int)(t n)) */
static inline size_t calib_cmap_index(size_t n, double t)
{
	size_t i = t > 0 ? (size_t)((t < 1 ? t : 1) * (double)n) : 0;

	return i < n ? i : n - 1;
}

/* calib_hue - colour of a hue [degrees] with full saturation and value */
void calib_hue(uint8_t rgb[3], double degrees);

/* The maps that are tables: [i][k] is 0xRRGGBB of entry i of map k, in the order of the names. */
#define CALIB_CMAP_TABLES 10
extern const uint32_t calib_cmap_table[256][CALIB_CMAP_TABLES];
#endif
