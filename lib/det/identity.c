/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/identity.c - which device a source is, and how it is set, in the words of its
 * configuration: serial numbers, firmware, gain and speed settings
 *
 * Source: slac-lcls/lcls1 psddldata data/epix.ddl, jungfrau.ddl, cspad.ddl, opal1k.ddl,
 * princeton.ddl, pnccd.ddl, camera.ddl. */
#include <string.h>

#include "base/bytes.h"
#include "det/det.h"

enum { CHUNK = 4096 };

/* How a field reads.  ID: two words, the low one first, as one number. */
enum form { U8, U16, U32, HEX, ID, HEX64, F32, F64, TEXT };
static const size_t widths[] = {1, 2, 4, 4, 8, 8, 4, 8, 0};

/* One field of configuration type, versions first..last.  count 0: once; else so many, step bytes
 * apart; those whose words are all 0 are left out, they are of modules that are not there. */
struct field {
	uint16_t type, first, last;
	const char *name;
	enum form form;
	unsigned at, size, count, step;	/* size: of a TEXT */
};
static const struct field fields[] = {
	{6, 1, 1, "black_level", U16, 0, 0, 0, 0}, {6, 1, 1, "gain_percent", U16, 2, 0, 0, 0},
	{6, 1, 1, "resolution_and_binning", HEX, 4, 0, 0, 0},
	{12, 2, 2, "info", TEXT, 32, 256, 0, 0}, {12, 2, 2, "timing_file", TEXT, 288, 256, 0, 0},
	{12, 2, 2, "camex_magic", HEX, 28, 0, 0, 0},
	{18, 2, 2, "gain_index", U16, 32, 0, 0, 0}, {18, 2, 2, "readout_speed", U16, 34, 0, 0, 0},
	{18, 3, 3, "gain_index", U8, 32, 0, 0, 0}, {18, 3, 3, "readout_speed", U8, 33, 0, 0, 0},
	{18, 4, 4, "gain_index", U8, 44, 0, 0, 0}, {18, 4, 4, "readout_speed", U8, 45, 0, 0, 0},
	{18, 5, 5, "gain_index", U16, 32, 0, 0, 0}, {18, 5, 5, "readout_speed", U16, 34, 0, 0, 0},
	{18, 1, 3, "exposure_s", F32, 24, 0, 0, 0}, {18, 1, 3, "cooling_C", F32, 28, 0, 0, 0},
	{18, 4, 4, "exposure_s", F32, 36, 0, 0, 0}, {18, 4, 4, "cooling_C", F32, 40, 0, 0, 0},
	{18, 5, 5, "exposure_s", F32, 24, 0, 0, 0}, {18, 5, 5, "cooling_C", F32, 28, 0, 0, 0},
	{29, 1, 5, "concentrator_version", HEX, 0, 0, 0, 0},
	{43, 1, 2, "concentrator_version", HEX, 0, 0, 0, 0},
	{74, 1, 1, "version", HEX, 0, 0, 0, 0}, {74, 1, 1, "digital_card", ID, 68, 0, 0, 0},
	{74, 1, 1, "analog_card", ID, 76, 0, 0, 0},
	{83, 1, 1, "version", HEX, 0, 0, 0, 0}, {83, 1, 1, "digital_card", ID, 76, 0, 0, 0},
	{83, 1, 1, "analog_card", ID, 84, 0, 0, 0},
	{84, 1, 2, "version", HEX, 0, 0, 0, 0},
	{84, 1, 1, "digital_card", ID, 76, 0, 0, 0}, {84, 1, 1, "analog_card", ID, 84, 0, 0, 0},
	{84, 2, 2, "digital_card", ID, 104, 0, 0, 0}, {84, 2, 2, "analog_card", ID, 112, 0, 0, 0},
	{84, 2, 2, "carrier", ID, 120, 0, 0, 0},
	{88, 1, 1, "version", HEX, 0, 0, 0, 0}, {88, 1, 1, "digital_card", ID, 76, 0, 0, 0},
	{88, 1, 1, "analog_card", ID, 84, 0, 0, 0}, {88, 1, 1, "carrier", ID, 92, 0, 0, 0},
	{105, 1, 1, "exposure_s", F64, 16, 0, 0, 0}, {105, 1, 1, "gain", F64, 24, 0, 0, 0},
	{105, 1, 1, "manufacturer", TEXT, 32, 48, 0, 0}, {105, 1, 1, "model", TEXT, 80, 48, 0, 0},
	{107, 1, 4, "gain_mode", U16, 16, 0, 0, 0}, {107, 1, 4, "speed_mode", U16, 18, 0, 0, 0},
	{107, 1, 4, "bias_voltage", U32, 12, 0, 0, 0}, {107, 1, 4, "exposure_s", F64, 28, 0, 0, 0},
	{107, 3, 3, "serial", HEX64, 60, 0, 8, 24}, {107, 3, 3, "version", HEX64, 68, 0, 8, 24},
	{107, 3, 3, "firmware", HEX64, 76, 0, 8, 24},
	{107, 4, 4, "serial", HEX64, 60, 0, 32, 24}, {107, 4, 4, "version", HEX64, 68, 0, 32, 24},
	{107, 4, 4, "firmware", HEX64, 76, 0, 32, 24},
	{112, 1, 2, "version", HEX, 0, 0, 0, 0}, {112, 1, 2, "digital_card", ID, 104, 0, 0, 0},
	{112, 1, 2, "analog_card", ID, 112, 0, 0, 0}, {112, 1, 2, "carrier", ID, 120, 0, 0, 0},
	{112, 2, 2, "firmware_hash", TEXT, 200, 64, 0, 0},
	{112, 2, 2, "firmware", TEXT, 264, 256, 0, 0},
	{117, 1, 1, "carrier", ID, 3256, 0, 16, 271532},
	{117, 2, 2, "carrier", ID, 4632, 0, 16, 271532},
	{120, 1, 1, "carrier", ID, 820, 0, 4, 271532},
	{120, 2, 2, "carrier", ID, 1164, 0, 4, 271532},
};

/* Text of a device: no control characters, which would break a line. */
static void add_text(struct calib_str *s, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n && b[i] != '\0'; i++)
		calib_str_addc(s, b[i] >= ' ' && b[i] != 0x7f ? (char)b[i] : '?');
}

static void add_value(struct calib_str *s, const struct field *f, const uint8_t *b)
{
	uint64_t bits = f->form == F64 ? calib_le64(b) : 0;
	uint32_t word = f->form == F32 ? calib_le32(b) : 0;
	double real;
	float narrow;

	switch (f->form) {
	case U8:    calib_str_addf(s, "%u", b[0]); break;
	case U16:   calib_str_addf(s, "%u", calib_le16(b)); break;
	case U32:   calib_str_addf(s, "%u", calib_le32(b)); break;
	case HEX:   calib_str_addf(s, "0x%x", calib_le32(b)); break;
	case ID:    calib_str_addf(s, "0x%08x%08x", calib_le32(b + 4), calib_le32(b)); break;
	case HEX64: calib_str_addf(s, "0x%llx", (unsigned long long)calib_le64(b)); break;
	case TEXT:  add_text(s, b, f->size); break;
	case F32:
		memcpy(&narrow, &word, sizeof narrow);
		calib_str_addf(s, "%.7g", (double)narrow);
		break;
	case F64:
		memcpy(&real, &bits, sizeof real);
		calib_str_addf(s, "%.15g", real);
		break;
	}
}

static int add_field(struct calib_str *s, const struct field *f, const struct calib_object *c,
                     const char *prefix, struct calib_err *err)
{
	static const uint8_t zeros[8];
	size_t size = f->form == TEXT ? f->size : widths[f->form];
	uint8_t b[256];

	for (unsigned i = 0; i < (f->count > 0 ? f->count : 1); i++) {
		uint64_t at = f->at + (uint64_t)i * f->step;
		int rc;

		if (at + size > c->place.size)
			break;
		rc = calib_place_read(&c->place, at, b, size, err);
		if (rc < 0)
			return rc;
		if (f->count > 0 && memcmp(b, zeros, size) == 0)
			continue;
		calib_str_addf(s, "%s%s", prefix, f->name);
		if (f->count > 0)
			calib_str_addf(s, "[%u]", i);
		calib_str_addc(s, '\t');
		add_value(s, f, b);
		calib_str_addc(s, '\n');
	}
	return CALIB_OK;
}

/* Two runs with the same sum have the same settings, gain maps included (FNV-1a, 64 bits). */
static int add_sum(struct calib_str *s, const struct calib_object *c, const char *prefix,
                   struct calib_err *err)
{
	const char *name = calib_config_type(c->type, c->version);
	uint64_t sum = 0xcbf29ce484222325u;
	uint8_t b[CHUNK];
	char type[16];

	for (uint64_t at = 0; at < c->place.size; at += sizeof b) {
		size_t n = c->place.size - at < sizeof b ? (size_t)(c->place.size - at) : sizeof b;
		int rc = calib_place_read(&c->place, at, b, n, err);

		if (rc < 0)
			return rc;
		for (size_t i = 0; i < n; i++)
			sum = (sum ^ b[i]) * 0x100000001b3u;
	}
	if (name != NULL)
		calib_str_addf(s, "%sconfiguration\t%s", prefix, name);
	else
		calib_str_addf(s, "%sconfiguration\t%s version %u", prefix,
		               calib_type_name(c->type, type), c->version);
	calib_str_addf(s, ", %zu bytes, sum %016llx\n", c->place.size, (unsigned long long)sum);
	return CALIB_OK;
}

int calib_det_identity(struct calib_str *s, const struct calib_cfgset *cfg, struct calib_srcid src,
                       const char *prefix, struct calib_err *err)
{
	const struct calib_object *c;
	int rc = CALIB_OK;

	for (size_t i = 0; rc >= 0 && (c = calib_cfgset_at(cfg, i)) != NULL; i++) {
		if (!calib_srcid_equal(c->src, src) || c->damage != 0 || c->compressed
		    || c->array != NULL || c->slab != NULL)
			continue;
		rc = add_sum(s, c, prefix, err);
		for (size_t k = 0; k < sizeof fields / sizeof *fields && rc >= 0; k++)
			if (fields[k].type == c->type && fields[k].first <= c->version
			    && c->version <= fields[k].last)
				rc = add_field(s, &fields[k], c, prefix, err);
	}
	return rc < 0 ? rc : calib_str_check(s, err);
}
