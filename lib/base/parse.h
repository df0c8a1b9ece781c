/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/parse.h - text to values and back; independent of the locale */
#ifndef CALIB_BASE_PARSE_H
#define CALIB_BASE_PARSE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* calib_parse_long - a decimal integer with optional sign, the whole text, lo..hi
 * what: how the sentence begins ("--run", "geo.data:17: QUAD index"). */
CALIB_MUST_CHECK
int calib_parse_long(long *out, const char *text, long lo, long hi, const char *what,
                     struct calib_err *err);

/* calib_parse_clong - the same with C prefixes: 0x1f, 0b101, 036 (octal) */
CALIB_MUST_CHECK
int calib_parse_clong(long *out, const char *text, long lo, long hi, const char *what,
                      struct calib_err *err);

/* calib_parse_double - a real number, the whole text; nan and inf words are accepted */
CALIB_MUST_CHECK
int calib_parse_double(double *out, const char *text, const char *what, struct calib_err *err);

/* calib_strtod - like strtod, '.' is the decimal point in every locale; correctly rounded
 * Reads at most up to end (exclusive), never beyond; *stop = first byte not used,
 * = text when there is no number.  Hexadecimal is not a number here. */
double calib_strtod(const char *text, const char *end, const char **stop);

/* Runs begin..end inclusive; end = CALIB_RUN_END means open ("end"). */
#define CALIB_RUN_END UINT32_MAX
#define CALIB_RUN_MAX 9999u	/* largest run number a validity range may name */
struct calib_range { uint32_t begin, end; };

/* calib_range_parse - validity range "123-567", "123-end", "123" (= 123-end)
 * 0 <= begin <= end <= 9999; leading zeros are dropped.  CALIB_EINVAL otherwise. */
CALIB_MUST_CHECK
int calib_range_parse(struct calib_range *range, const char *text, struct calib_err *err);
/* calib_range_format - "123-567" or "123-end" into buf (at least 24 bytes); returns buf */
char *calib_range_format(const struct calib_range *range, char buf[24]);

/* calib_runs_parse - list "2,4-7,12" into ranges in the order given
 * *ranges is allocated, free() it.  Ranges are closed; begin > end is CALIB_EINVAL. */
CALIB_MUST_CHECK
int calib_runs_parse(struct calib_range **ranges, size_t *n, const char *text,
                     struct calib_err *err);
/* calib_runs_have - is run in one of n ranges? */
bool calib_runs_have(const struct calib_range *ranges, size_t n, unsigned run);

/* calib_list_parse - split "a,b , c" at commas, blanks trimmed, empty items dropped
 * *items: NULL-terminated array in one allocation, free() it. */
CALIB_MUST_CHECK
int calib_list_parse(char ***items, size_t *n, const char *text, struct calib_err *err);
/* calib_words_parse - split as a shell does, with its quotes and backslashes, but nothing in it is
 * expanded
 * *words: as *items above.  An open quote is CALIB_EINVAL. */
CALIB_MUST_CHECK
int calib_words_parse(char ***words, size_t *n, const char *text, struct calib_err *err);
#endif
