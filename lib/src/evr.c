/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/evr.c - event codes of an event
 *
 * EvrData v3 and v4: u32 n, then n x (u32 fiducial, u32 ticks, u32 code).  Latched codes show up
 * again in later events with their old fiducial.
 * Source: slac-lcls/lcls1 Detector/src/EvrDetector.py; lcls-daq/pds evgr/EvrSlaveFIFOHandler.cc. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "src/src.h"

enum { TYPE_EVRDATA = 19, ENTRY = 12, CHUNK = 64 };

static bool is_evr(const struct calib_object *o)
{
	return o->type == TYPE_EVRDATA && (o->version == 3 || o->version == 4) && o->damage == 0
	       && !o->compressed && o->place.size >= 4;
}

/* Mark the codes of one FIFO list in set[256]. */
static int collect(const struct calib_object *o, uint32_t fiducial, bool *set,
                   struct calib_err *err)
{
	uint8_t buf[CHUNK * ENTRY];
	uint32_t n;
	int rc = calib_place_read(&o->place, 0, buf, 4, err);

	if (rc < 0)
		return rc;
	n = calib_le32(buf);
	if (n > (o->place.size - 4) / ENTRY)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s: byte %llu: %u event codes do not fit into "
				  "%zu bytes",
				  o->place.file, (unsigned long long)o->place.offset, n,
				  o->place.size);
	for (uint32_t i = 0; i < n; i += CHUNK) {
		uint32_t k = n - i < CHUNK ? n - i : CHUNK;

		rc = calib_place_read(&o->place, 4 + (uint64_t)i * ENTRY, buf, k * ENTRY, err);
		if (rc < 0)
			return rc;
		for (uint32_t j = 0; j < k; j++)
			if (calib_le32(buf + j * ENTRY) == fiducial)
				set[calib_le32(buf + j * ENTRY + 8) & 255] = true;
	}
	return CALIB_OK;
}

long calib_evr_codes(const struct calib_evt *evt, uint8_t *codes, size_t room, bool *has_evr,
                     struct calib_err *err)
{
	bool set[256] = {false};
	size_t n = 0;

	*has_evr = false;
	for (size_t i = 0; i < evt->nobjects; i++) {
		if (!is_evr(&evt->objects[i]))
			continue;
		*has_evr = true;
		int rc = collect(&evt->objects[i], evt->fiducial, set, err);

		if (rc < 0)
			return rc;
	}
	for (unsigned c = 0; c < 256 && n < room; c++)
		if (set[c])
			codes[n++] = (uint8_t)c;
	return (long)n;
}

bool calib_codes_beam(const uint8_t *codes, size_t n)
{
	enum { BEAM_FIRST = 140, BEAM_LAST = 146, SINGLE_SHOT = 150, BEAM_DROPPED = 162 };
	bool on = false, dropped = false;

	for (size_t i = 0; i < n; i++) {
		on |= (codes[i] >= BEAM_FIRST && codes[i] <= BEAM_LAST) || codes[i] == SINGLE_SHOT;
		dropped |= codes[i] == BEAM_DROPPED;
	}
	return on && !dropped;
}

int calib_evr_beam(const struct calib_evt *evt, enum calib_beam *beam, struct calib_err *err)
{
	bool has_evr;
	uint8_t codes[256];
	long n = calib_evr_codes(evt, codes, sizeof codes, &has_evr, err);

	*beam = CALIB_BEAM_UNKNOWN;
	if (n < 0)
		return (int)n;
	if (has_evr)
		*beam = calib_codes_beam(codes, (size_t)n) ? CALIB_BEAM_ON : CALIB_BEAM_OFF;
	return CALIB_OK;
}

int calib_codes_parse(struct calib_codes *codes, const char *text, struct calib_err *err)
{
	struct calib_codes c = {0, {0}, false};
	char **items = NULL;
	size_t n = 0;
	int rc = calib_list_parse(&items, &n, text, err);

	if (rc >= 0 && n == 0)
		rc = calib_fail(err, CALIB_EINVAL, "event codes: the list is empty; 0 takes all "
		                "events");
	if (rc >= 0 && n > sizeof c.code)
		rc = calib_fail(err, CALIB_EINVAL, "event codes '%s': at most %zu can be given",
				text, sizeof c.code);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		long v;

		rc = calib_parse_long(&v, items[i], -255, 255, "event code", err);
		if (rc < 0 || v == 0)
			continue;	/* 0 = no selection, as in 2015 */
		c.invert |= v < 0;
		c.code[c.n++] = (uint8_t)labs(v);
	}
	free(items);
	if (rc >= 0)
		*codes = c;
	return rc;
}
