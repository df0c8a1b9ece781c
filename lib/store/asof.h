/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/asof.h - what a type directory held at an earlier time, from HISTORY and the backups */
#ifndef CALIB_STORE_ASOF_H
#define CALIB_STORE_ASOF_H
#include <time.h>

#include "base/err.h"
#include "store/dir.h"

/* Of a file that was there at that time. */
struct calib_past {
	char *name;		/* "173-end.data" */
	char *content;		/* name of the file that has its content of then: its own name, or a
				 * backup; NULL: the content was replaced or deleted without one */
	char *since;		/* when HISTORY says it came ("2015-04-17T12:46:40"), or NULL */
};
struct calib_asof {
	struct calib_dirfiles files;	/* names of then */
	struct calib_past *past;	/* one a file, in the order of files */
	size_t n;
};
#define CALIB_ASOF_INIT {CALIB_DIRFILES_INIT, NULL, 0}

/* calib_asof_load - the files whose name holds the run, at a time
 * A backup "<name>-YYYY-MM-DDTHH:MM:SS" has what was there up to its time.  A file that HISTORY
 * does not mention before was there if the content it had is not younger.  A missing directory had
 * nothing. */
CALIB_MUST_CHECK
int calib_asof_load(struct calib_asof *asof, const char *typedir, const char *history,
                    uint32_t run, time_t when, struct calib_err *err);
void calib_asof_release(struct calib_asof *asof);
/* calib_asof_find - the one that ruled the run; NULL: none */
const struct calib_past *calib_asof_find(const struct calib_asof *asof, uint32_t run);
#endif
