/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/gain.c - which gain range a configuration sets: Jungfrau, and the Epix10ka family
 *
 * A Jungfrau is in one range as a whole.  In the Epix10ka family every pixel has two bits of its
 * own and the trbit of its ASIC; the range of a run is that of more than half of the pixels.
 * Source: lcls-psana/Detector src/UtilsEpix10ka.py, src/UtilsJungfrau.py; slac-lcls/lcls1
 * psddldata data/epix.ddl, data/jungfrau.ddl. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "det/family.h"

enum { ROWS = 352, COLS = 384, ASICS = 4, ASIC_BYTES = 104, ASIC_TRBIT_WORD = 88,
       PIXELS_BYTES = 2 * ROWS * COLS, PANEL_BYTES = 271532 };
enum { BIT_TRBIT = 16, BIT_DATA = 32 };

/* Where a configuration has its panels.  panel: bytes from one to the next; asics, pixels: from the
 * beginning of a panel. */
static const struct {
	struct calib_cfgtype cfg;
	unsigned panels;
	size_t first, panel, asics, pixels;
} places[] = {
	{{112, 1}, 1, 0, 0, 188, 604},
	{{112, 2}, 1, 0, 0, 520, 936},
	{{117, 1}, 16, 3256, PANEL_BYTES, 12, 428},
	{{117, 2}, 16, 4632, PANEL_BYTES, 12, 428},
	{{120, 1}, 4, 820, PANEL_BYTES, 12, 428},
	{{120, 2}, 4, 1164, PANEL_BYTES, 12, 428},
};

/* The range of a pixel by its control bits: pixel configuration & 12, trbit, data bit 14. */
static const struct { unsigned mask, value; } ranges[] = {
	[CALIB_FH] = {28, 28}, [CALIB_FM] = {28, 12}, [CALIB_FL] = {12, 8},
	[CALIB_AHL_H] = {60, 16}, [CALIB_AML_M] = {60, 0}, [CALIB_AHL_L] = {60, 48},
	[CALIB_AML_L] = {60, 32},
};
enum { NRANGES = sizeof ranges / sizeof ranges[0] };

static int range_of(unsigned control)
{
	for (int r = 0; r < NRANGES; r++)
		if ((control & ranges[r].mask) == ranges[r].value)
			return r;
	return -1;
}

/* The ASIC of a pixel of a panel. */
static unsigned asic_of(unsigned row, unsigned col)
{
	bool low = row >= ROWS / 2, right = col >= COLS / 2;

	return right ? (low ? 0 : 1) : (low ? 3 : 2);
}

/* Pixels per range of one panel; bytes: its pixel configuration. */
static void count_panel(struct calib_gain *g, const uint8_t *bytes, const unsigned *trbit)
{
	for (unsigned r = 0; r < ROWS; r++)
		for (unsigned c = 0; c < COLS; c++) {
			unsigned word = calib_le16(bytes + 2 * (r * COLS + c)) & 12u;
			int range = range_of(word | (trbit[asic_of(r, c)] ? BIT_TRBIT : 0));

			if (range < 0)
				g->none++;
			else
				g->pixels[range]++;
			g->total++;
		}
}

static int read_panels(struct calib_gain *g, const struct calib_object *c, size_t place,
                       struct calib_err *err)
{
	uint8_t *pixels = calib_alloc(PIXELS_BYTES, 1, "pixel configuration", err);
	int rc = pixels ? CALIB_OK : CALIB_ENOMEM;

	for (unsigned p = 0; p < places[place].panels && rc >= 0; p++) {
		size_t at = places[place].first + p * places[place].panel;
		unsigned trbit[ASICS];

		for (unsigned a = 0; a < ASICS && rc >= 0; a++) {
			uint32_t word;

			rc = calib_family_u32(c, at + places[place].asics + a * ASIC_BYTES
			                      + ASIC_TRBIT_WORD, &word, 1, err);
			trbit[a] = rc >= 0 ? word >> 4 & 1 : 0;
		}
		if (rc >= 0)
			rc = calib_place_read(&c->place, at + places[place].pixels, pixels,
			                      PIXELS_BYTES, err);
		if (rc >= 0)
			count_panel(g, pixels, trbit);
	}
	free(pixels);
	return rc;
}

/* In the auto ranges bit 14 of a datum tells that the pixel has switched to low gain. */
static void majority(struct calib_gain *g)
{
	g->range = -1;
	for (int r = 0; r < NRANGES; r++)
		if (2 * g->pixels[r] > g->total)
			g->range = r;
	if (g->range == CALIB_AHL_H || g->range == CALIB_AML_M)
		g->mask = 0x4000;
}

static int jungfrau(struct calib_gain *g, const struct calib_layout *l)
{
	/* gainMode: Normal, FixedGain1, FixedGain2, ForcedGain1, ForcedGain2, HighGain0 */
	static const int range[] = {0, 1, 2, 1, 2, 0};
	static const uint16_t bits[] = {0, 0x4000, 0xc000};
	uint32_t mode = l->param[CALIB_JUNGFRAU_MODE];

	g->total = l->size;
	g->range = mode < sizeof range / sizeof range[0] ? range[mode] : -1;
	if (g->range < 0) {
		g->none = l->size;
		return 1;
	}
	g->pixels[g->range] = l->size;
	g->mask = 0xc000;
	g->bits = bits[g->range];
	return 1;
}

int calib_det_gain(struct calib_gain *gain, const struct calib_layout *l, struct calib_err *err)
{
	const struct calib_object *c = l->config;

	*gain = (struct calib_gain){.range = -1};
	if (l->det == NULL || l->det->gains == 1 || c == NULL)
		return 0;
	if (l->det->gains == 3)
		return jungfrau(gain, l);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (c->type == places[i].cfg.type && c->version == places[i].cfg.version) {
			int rc = read_panels(gain, c, i, err);

			majority(gain);
			return rc < 0 ? rc : 1;
		}
	return 0;
}
