/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/number.h - numbers to text: printf formats checked and fast, shortest round trip */
#ifndef CALIB_NDA_NUMBER_H
#define CALIB_NDA_NUMBER_H
#include "nda/elem.h"

#define CALIB_NUMBER_ROOM 512		/* bytes the longest number needs */

/* A printf format of one number: "%8.2f".  conv 's': the shortest that reads back. */
struct calib_number {
	char flags[6];
	int width, precision;		/* precision -1: not given */
	char conv;			/* d f F e E g G s */
};

/* calib_number_parse - NULL: the shortest.  CALIB_EINVAL for anything but one conversion */
CALIB_MUST_CHECK
int calib_number_parse(struct calib_number *number, const char *format, struct calib_err *err);
/* calib_number_real, calib_number_int - text of v at p, which has CALIB_NUMBER_ROOM bytes
 * single: v is a float32, fewer digits bring it back.  As printf does, but '.' in every
 * locale and no sign before nan.  Return the place behind the text. */
char *calib_number_real(char *p, const struct calib_number *number, double v, bool single);
char *calib_number_int(char *p, const struct calib_number *number, calib_wide v);
#endif
