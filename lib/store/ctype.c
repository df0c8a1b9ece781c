/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/ctype.c - the types of calibration constants */
#include "store/ctype.h"

#include <string.h>

#define PIXELS CALIB_CTYPE_PIXELS
#define NUMBERS CALIB_CTYPE_NUMBERS
#define NOT_WAVEFORM "!Acqiris"

static const struct calib_ctype types[] = {
	/* name            form     element    integer bad              count devices */
	{"pedestals",    PIXELS,  CALIB_F32, false, CALIB_BAD_NONE, 0, 0, NULL},
	{"pixel_status", PIXELS,  CALIB_U16, true, CALIB_BAD_NONZERO, 0, 0, NOT_WAVEFORM},
	{"pixel_rms",    PIXELS,  CALIB_F32, false, CALIB_BAD_NONE, 0, 0, NOT_WAVEFORM},
	{"pixel_gain",   PIXELS,  CALIB_F32, false, CALIB_BAD_NONE, 0, 0, NOT_WAVEFORM},
	{"pixel_mask",   PIXELS,  CALIB_U8,  true, CALIB_BAD_ZERO, 0, 0, NOT_WAVEFORM},
	{"pixel_bkgd",   PIXELS,  CALIB_F32, false, CALIB_BAD_NONE, 0, 0, NOT_WAVEFORM},
	{"pixel_offset", PIXELS,  CALIB_F32, false, CALIB_BAD_NONE, 0, 0, "Epix* Jungfrau"},
	{"status_extra", PIXELS,  CALIB_U64, true, CALIB_BAD_NONZERO, 0, 0, NOT_WAVEFORM},
	{"status_data",  PIXELS,  CALIB_U16, true, CALIB_BAD_NONZERO, 0, 0, NOT_WAVEFORM},
	{"common_mode",  NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 1, 16, NOT_WAVEFORM},
	{"geometry", CALIB_CTYPE_TEXT, CALIB_F64, false, CALIB_BAD_NONE, 0, 0, NOT_WAVEFORM},
	{"dark_min",     PIXELS,  CALIB_F64, true, CALIB_BAD_NONE, 0, 0, "Jungfrau"},
	{"dark_max",     PIXELS,  CALIB_F64, true, CALIB_BAD_NONE, 0, 0, "Jungfrau"},
	{"pixel_min",    PIXELS,  CALIB_F64, true, CALIB_BAD_NONE, 0, 0, "Jungfrau"},
	{"pixel_max",    PIXELS,  CALIB_F64, true, CALIB_BAD_NONE, 0, 0, "Jungfrau"},
	{"center",         NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 96, 96, "Cspad"},
	{"center",         NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 6, 6, "Cspad2x2"},
	{"center_global",  NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 96, 96, "Cspad"},
	{"offset",         NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 12, 12, "Cspad"},
	{"offset_corr",    NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 12, 12, "Cspad"},
	{"marg_gap_shift", NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 12, 12, "Cspad"},
	{"quad_rotation",  NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 4, 4, "Cspad"},
	{"quad_tilt",      NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 4, 4, "Cspad"},
	{"rotation",       NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 32, 32, "Cspad"},
	{"tilt",           NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 32, 32, "Cspad"},
	{"tilt",           NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 2, 2, "Cspad2x2"},
	{"beam_vector",    NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 3, 3, "Cspad"},
	{"beam_intersect", NUMBERS, CALIB_F64, false, CALIB_BAD_NONE, 3, 3, "Cspad"},
	{"filter", CALIB_CTYPE_TEXT, CALIB_F64, false, CALIB_BAD_NONE, 0, 0, "Cspad Cspad2x2"},
	{"hex_config", CALIB_CTYPE_TEXT, CALIB_F64, false, CALIB_BAD_NONE, 0, 0, "Acqiris"},
	{"hex_table",  CALIB_CTYPE_TEXT, CALIB_F64, false, CALIB_BAD_NONE, 0, 0, "Acqiris"},
};
#define NTYPES (sizeof types / sizeof types[0])

const struct calib_ctype *calib_ctype_at(size_t i)
{
	return i < NTYPES ? &types[i] : NULL;
}

const struct calib_ctype *calib_ctype_find(const char *name)
{
	for (size_t i = 0; i < NTYPES; i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

/* One word of a list of devices against "XppGon.0:Cspad.0". */
static bool has_device(const char *source, const char *word, size_t len)
{
	bool prefix = len > 0 && word[len - 1] == '*';

	len -= prefix;
	for (const char *p = strchr(source, ':'); p != NULL; p = strchr(p + 1, ':'))
		if (strncmp(p + 1, word, len) == 0 && (prefix || p[1 + len] == '.'))
			return true;
	return false;
}

static bool any_device(const char *source, const char *words)
{
	for (const char *w = words; *w != '\0';) {
		size_t len = strcspn(w, " ");

		if (has_device(source, w, len))
			return true;
		w += len + strspn(w + len, " ");
	}
	return false;
}

const struct calib_ctype *calib_ctype_for(const char *name, const char *source)
{
	for (size_t i = 0; i < NTYPES; i++) {
		const char *d = types[i].devices;

		if (strcmp(types[i].name, name) != 0)
			continue;
		if (d == NULL
		    || (*d == '!' ? !any_device(source, d + 1) : any_device(source, d)))
			return &types[i];
	}
	return NULL;
}

const char *calib_ctype_names(void)
{
	return "pedestals pixel_status pixel_rms pixel_gain pixel_mask pixel_bkgd pixel_offset "
	       "status_extra status_data common_mode geometry dark_min dark_max pixel_min "
	       "pixel_max center center_global offset offset_corr marg_gap_shift quad_rotation "
	       "quad_tilt rotation tilt beam_vector beam_intersect filter hex_config hex_table";
}
