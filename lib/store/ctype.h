/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/ctype.h - the types of calibration constants
 *
 * Source: lcls-psana/PSCalib src/GlobalUtils.py, lcls-psana/CalibManager
 * src/ConfigParametersForApp.py. */
#ifndef CALIB_STORE_CTYPE_H
#define CALIB_STORE_CTYPE_H
#include <stdbool.h>
#include <stddef.h>

#include "nda/nda.h"

enum calib_ctype_form {
	CALIB_CTYPE_PIXELS,	/* array text, one value a pixel (and gain range) */
	CALIB_CTYPE_NUMBERS,	/* a short list or table of numbers */
	CALIB_CTYPE_TEXT	/* a format of its own */
};
/* Which values of a pixel type mark a bad pixel. */
enum calib_ctype_bad { CALIB_BAD_NONE, CALIB_BAD_NONZERO, CALIB_BAD_ZERO };

struct calib_ctype {
	const char *name;		/* directory: "pixel_status" */
	enum calib_ctype_form form;
	enum calib_dtype type;		/* element type the analysis reads it into */
	bool integer;			/* fractions are an error */
	enum calib_ctype_bad bad;
	size_t count, count_max;	/* NUMBERS: how many, 0: no limit that side */
	const char *devices;		/* who has it: NULL all; words; "Epix*" begins with;
					 * "!Acqiris" all others */
};

/* calib_ctype_at - i-th row, NULL past the end; a name may have a row for each device */
const struct calib_ctype *calib_ctype_at(size_t i);
/* calib_ctype_find - first row of that name; NULL: no such type */
const struct calib_ctype *calib_ctype_find(const char *name);
/* calib_ctype_for - the row that a source has; NULL: its detector does not have the type, or
 * there is no such type */
const struct calib_ctype *calib_ctype_for(const char *name, const char *source);
/* calib_ctype_names - all names once, separated by blanks, for messages; static text */
const char *calib_ctype_names(void);
#endif
