/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/cmap.c - colour maps */
#include "render/cmap.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

/* ---- maps that are rules: the tables of the LCLS-II viewers ---- */

static uint8_t part_of(double v)
{
	return (uint8_t)(v * 255 + 0.5);
}

void calib_hue(uint8_t rgb[3], double degrees)
{
	double h = fmod(degrees, 360), f;
	int k;

	h = (h < 0 ? h + 360 : h) / 60;
	k = (int)h % 6;
	f = h - floor(h);
	const double at[6][3] = {{1, f, 0}, {1 - f, 1, 0}, {0, 1, f}, {0, 1 - f, 1}, {f, 0, 1},
		{1, 0, 1 - f}};

	for (int i = 0; i < 3; i++)
		rgb[i] = part_of(at[k][i]);
}

static void rainbow(struct calib_cmap *map, double from, double to)
{
	map->n = CALIB_CMAP_COLOURS;
	for (size_t i = 0; i < map->n; i++)
		calib_hue(map->rgb[i], from + (to - from) * (double)i / (double)map->n);
}

struct point { size_t at; uint32_t rgb; };

static void points(struct calib_cmap *map, const struct point *p)
{
	size_t n = 0;

	for (; p[1].at > 0; p++)
		for (size_t i = p[0].at; i < p[1].at; i++, n++)
			for (int k = 0; k < 3; k++) {
				double a = (double)(p[0].rgb >> (16 - 8 * k) & 255);
				double b = (double)(p[1].rgb >> (16 - 8 * k) & 255);
				double t = (double)(i - p[0].at) / (double)(p[1].at - p[0].at);

				map->rgb[i][k] = (uint8_t)(a + (b - a) * t);
			}
	map->n = n;
}

static void lcls2_1(struct calib_cmap *map) { rainbow(map, 250, -20); }
static void lcls2_2(struct calib_cmap *map) { rainbow(map, -20, 250); }
static void lcls2_5(struct calib_cmap *map) { rainbow(map, -120, 100); }
static void lcls2_6(struct calib_cmap *map) { rainbow(map, 100, -120); }
static void grey(struct calib_cmap *map, bool white_first)
{
	map->n = 256;
	for (size_t i = 0; i < 256; i++)
		memset(map->rgb[i], (int)(white_first ? 255 - i : i), 3);
}
static void lcls2_3(struct calib_cmap *map) { grey(map, false); }
static void lcls2_4(struct calib_cmap *map) { grey(map, true); }

static void lcls2_7(struct calib_cmap *map)
{
	static const struct point p[] = {{0, 0x000000}, {50, 0x0000ff}, {200, 0xff00ff},
		{300, 0xff0000}, {500, 0x00ff00}, {600, 0xffff00}, {700, 0xffffff}, {0, 0}};

	points(map, p);
}

static void lcls2_8(struct calib_cmap *map)
{
	static const struct point p[] = {{0, 0xffffff}, {100, 0xffff00}, {200, 0x00ff00},
		{400, 0xff0000}, {500, 0xff00ff}, {650, 0x0000ff}, {700, 0x000000}, {0, 0}};

	points(map, p);
}

/* ---- all of them ---- */

/* A map without a rule is a column of the table, in this order. */
static const struct { const char *name; void (*make)(struct calib_cmap *); } maps[] = {
	{"viridis", NULL}, {"plasma", NULL}, {"inferno", NULL}, {"magma", NULL}, {"cividis", NULL},
	{"gray", NULL}, {"jet", NULL}, {"hot", NULL}, {"turbo", NULL}, {"coolwarm", NULL},
	{"lcls2-1", lcls2_1}, {"lcls2-2", lcls2_2}, {"lcls2-3", lcls2_3}, {"lcls2-4", lcls2_4},
	{"lcls2-5", lcls2_5}, {"lcls2-6", lcls2_6}, {"lcls2-7", lcls2_7}, {"lcls2-8", lcls2_8},
};

const char *calib_cmap_name(size_t i)
{
	return i < sizeof maps / sizeof *maps ? maps[i].name : NULL;
}

static void from_table(struct calib_cmap *map, size_t column)
{
	map->n = 256;
	for (size_t i = 0; i < 256; i++)
		for (int k = 0; k < 3; k++)
			map->rgb[i][k] = (uint8_t)(calib_cmap_table[i][column] >> (16 - 8 * k));
}

static void turn_round(struct calib_cmap *map)
{
	for (size_t i = 0; i < map->n / 2; i++) {
		uint8_t keep[3];

		memcpy(keep, map->rgb[i], 3);
		memcpy(map->rgb[i], map->rgb[map->n - 1 - i], 3);
		memcpy(map->rgb[map->n - 1 - i], keep, 3);
	}
}

int calib_cmap_get(struct calib_cmap *map, const char *name, struct calib_err *err)
{
	struct calib_str known = CALIB_STR_INIT;
	size_t len = strlen(name);
	bool turned = len > 2 && strcasecmp(name + len - 2, "_r") == 0;

	len -= turned ? 2 : 0;
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		if (strlen(maps[i].name) == len && strncasecmp(maps[i].name, name, len) == 0) {
			if (maps[i].make != NULL)
				maps[i].make(map);
			else
				from_table(map, i);
			if (turned)
				turn_round(map);
			calib_str_release(&known);
			return CALIB_OK;
		}
		calib_str_addf(&known, "%s%s", i > 0 ? " " : "", maps[i].name);
	}
	calib_fail(err, CALIB_ENOTFOUND, "'%s' is no colour map; there are %s, each also with _r "
	           "behind it for its reverse", name, known.s);
	calib_str_release(&known);
	return CALIB_ENOTFOUND;
}
