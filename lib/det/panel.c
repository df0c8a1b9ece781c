/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/panel.c - which piece of hardware delivered the data */
#include "det/panel.h"

#include <inttypes.h>

#include "base/bytes.h"

enum { NONE = -1, MOST_PANELS = 32, MODULE_BYTES = 24, MODULES_AT = 60, ELEM_BYTES = 271532 };

/* One panel of cards; offsets of a pair of u32 each. */
static const struct {
	uint16_t type, version;
	int carrier, digital, analog;
} cards[] = {
	{74, 1, NONE, 68, 76}, {83, 1, NONE, 76, 84}, {84, 1, NONE, 76, 84},
	{84, 2, 120, 104, 112}, {112, 1, 120, 104, 112}, {112, 2, 120, 104, 112},
};
/* Several panels, each with two carriers at its beginning. */
static const struct { uint16_t type, version; uint64_t first; int panels; } carriers[] = {
	{117, 1, 3256, 16}, {117, 2, 4632, 16}, {120, 1, 820, 4}, {120, 2, 1164, 4},
};
/* Jungfrau: modules, each serial number, module version, firmware version. */
enum { JUNGFRAU = 107, WITH_MODULES = 3 };

static int pair(const struct calib_place *place, int at, uint32_t value[2], struct calib_err *err)
{
	uint8_t b[8];
	int rc;

	value[0] = value[1] = 0;
	if (at == NONE)
		return CALIB_OK;
	rc = calib_place_read(place, (uint64_t)at, b, sizeof b, err);
	if (rc >= 0) {
		value[0] = calib_le32(b);
		value[1] = calib_le32(b + 4);
	}
	return rc;
}

static int id_of_cards(struct calib_str *id, const struct calib_place *place, size_t row,
                       struct calib_err *err)
{
	uint32_t version[2], carrier[2], digital[2], analog[2];
	int rc = pair(place, 0, version, err);

	if (rc >= 0)
		rc = pair(place, cards[row].carrier, carrier, err);
	if (rc >= 0)
		rc = pair(place, cards[row].digital, digital, err);
	if (rc >= 0)
		rc = pair(place, cards[row].analog, analog, err);
	if (rc < 0)
		return rc;
	calib_str_addf(id, "%010" PRIu32 "-%010" PRIu32 "-%010" PRIu32 "-%010" PRIu32 "-%010" PRIu32
	               "-%010" PRIu32 "-%010" PRIu32, version[0], carrier[0], carrier[1],
	               digital[0], digital[1], analog[0], analog[1]);
	return (carrier[0] | carrier[1] | digital[0] | digital[1] | analog[0] | analog[1]) != 0;
}

static int id_of_carriers(struct calib_str *id, const struct calib_place *place, size_t row,
                          struct calib_err *err)
{
	bool any = false;
	int rc = CALIB_OK;

	for (int i = 0; i < carriers[row].panels && rc >= 0; i++) {
		uint8_t b[8];

		rc = calib_place_read(place, carriers[row].first + (uint64_t)i * ELEM_BYTES, b,
		                      sizeof b, err);
		if (rc < 0)
			break;
		calib_str_addf(id, "%s%010" PRIu32 "-%010" PRIu32, i > 0 ? "_" : "", calib_le32(b),
		               calib_le32(b + 4));
		any |= calib_le32(b) != 0 || calib_le32(b + 4) != 0;
	}
	return rc < 0 ? rc : any;
}

/* The public code strips zeros and "x" from the left of "0x...": of 0 nothing is left. */
static void add_hex(struct calib_str *id, uint64_t value)
{
	if (value != 0)
		calib_str_addf(id, "%" PRIx64, value);
}

static int id_of_modules(struct calib_str *id, const struct calib_place *place,
                         struct calib_err *err)
{
	uint32_t modules[2];
	bool any = false;
	int rc = pair(place, 0, modules, err);

	for (uint32_t i = 0; rc >= 0 && i < modules[0] && i < MOST_PANELS; i++) {
		uint8_t b[MODULE_BYTES];

		rc = calib_place_read(place, MODULES_AT + (uint64_t)i * MODULE_BYTES, b, sizeof b,
		                      err);
		if (rc < 0)
			break;
		if (i > 0)
			calib_str_addc(id, '_');
		add_hex(id, calib_le64(b + 8));
		calib_str_addc(id, '-');
		add_hex(id, calib_le64(b + 16));
		calib_str_addc(id, '-');
		add_hex(id, calib_le64(b));
		any |= calib_le64(b) != 0;
	}
	return rc < 0 ? rc : any;
}

/* 1 an id, 0 none in this object. */
static int id_of(struct calib_str *id, const struct calib_object *o, struct calib_err *err)
{
	for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
		if (o->type == cards[i].type && o->version == cards[i].version)
			return id_of_cards(id, &o->place, i, err);
	for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
		if (o->type == carriers[i].type && o->version == carriers[i].version)
			return id_of_carriers(id, &o->place, i, err);
	if (o->type == JUNGFRAU && o->version >= WITH_MODULES)
		return id_of_modules(id, &o->place, err);
	return 0;
}

int calib_panel_id(struct calib_str *id, const struct calib_cfgset *cfg, struct calib_srcid src,
                   struct calib_err *err)
{
	const struct calib_object *o;
	int rc = 0;

	for (size_t i = 0; rc == 0 && (o = calib_cfgset_at(cfg, i)) != NULL; i++) {
		if (!calib_srcid_equal(o->src, src) || o->compressed || o->array != NULL)
			continue;
		calib_str_clear(id);
		rc = id_of(id, o, err);
	}
	return rc > 0 && calib_str_check(id, err) < 0 ? CALIB_ENOMEM : rc;
}
