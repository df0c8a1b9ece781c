/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/conf/calibman.h - the configuration file of calibman, confpars-calibman.txt
 *
 * One parameter a line: name, blanks, value.  Files of 2015 and of 2024 are read alike.
 * Source: lcls-psana/CalibManager src/ConfigParameters.py, src/ConfigParametersForApp.py. */
#ifndef CALIB_CONF_CALIBMAN_H
#define CALIB_CONF_CALIBMAN_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define CALIB_CONFPARS_NAME "confpars-calibman.txt"

enum calib_par_kind { CALIB_PAR_TEXT, CALIB_PAR_INT, CALIB_PAR_REAL, CALIB_PAR_BOOL };
/* calib_par_kind - of a parameter's name; -1: no such parameter */
int calib_par_kind(const char *name);

struct calib_confpars;
/* calib_confpars_read - all values of a file; CALIB_ENOTFOUND when there is none
 * Unknown names and values that do not fit are said through calib_log(), with file and line,
 * and left out. */
CALIB_MUST_CHECK
int calib_confpars_read(struct calib_confpars **conf, const char *path, struct calib_err *err);
void calib_confpars_free(struct calib_confpars *conf);

/* calib_confpars_text - the value; NULL when the file does not set it (conf may be NULL) */
const char *calib_confpars_text(const struct calib_confpars *conf, const char *name);
/* calib_confpars_line - the line that sets it, from 1; 0 when none does */
unsigned calib_confpars_line(const struct calib_confpars *conf, const char *name);
/* The same as numbers; 'otherwise' when the file does not set it. */
long calib_confpars_int(const struct calib_confpars *conf, const char *name, long otherwise);
double calib_confpars_real(const struct calib_confpars *conf, const char *name,
                           double otherwise);
bool calib_confpars_bool(const struct calib_confpars *conf, const char *name, bool otherwise);

/* One parameter to be written; text NULL: it has no value, which is written None; known: only
 * where the file has a value of it. */
struct calib_confpar { const char *name, *text; bool known; };
/* calib_confpars_save - write a file as calibman does, sorted by name, whole or not at all
 * What path holds already is kept but for the values of 'from' (may be NULL), and those but for
 * pars.  Comments come first; lines that set nothing are kept as they are.  CALIB_EINVAL: a value
 * that the file cannot hold. */
CALIB_MUST_CHECK
int calib_confpars_save(const char *path, const struct calib_confpars *from,
                        const struct calib_confpar *pars, size_t n, struct calib_err *err);
#endif
