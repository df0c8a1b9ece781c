/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/cfpanel.h - the panels of a .geom file, as its text has them; private to lib/form */
#ifndef CALIB_FORM_CFPANEL_H
#define CALIB_FORM_CFPANEL_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

#define CALIB_CFPANELS 4096	/* most panels of a file */

struct calib_cfpanel {
	char name[64];
	unsigned line, fs_line, ss_line, corner_line;	/* where it was first named, set */
	double fs[3], ss[3];
	double res, corner[2], coffset, clen;	/* NaN: not given; clen NaN: no number */
	long min_fs, max_fs, min_ss, max_ss;	/* -1: not given */
	long dim;		/* number given for a dimension: which part of a stack; 0: none */
};

struct calib_cffile {
	struct calib_cfpanel *panel;
	size_t n, room;
	struct calib_cfpanel all;	/* what holds for panels that follow */
	struct calib_str comments;	/* lines that begin with ';', without the newline before */
};

/* calib_cffile_parse - release in any case */
CALIB_MUST_CHECK
int calib_cffile_parse(struct calib_cffile *file, const char *text, size_t n, const char *name,
                       struct calib_err *err);
void calib_cffile_release(struct calib_cffile *file);
#endif
