/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/live.h - wait for a directory whose files grow
 *
 * The kernel reports what is written on this machine (inotify) and nothing of what other machines
 * write to a shared file system, so every wait also ends after a while, and whoever waits looks. */
#ifndef CALIB_SRC_LIVE_H
#define CALIB_SRC_LIVE_H
#include <stdbool.h>

#include "base/err.h"

#define CALIB_LIVE_TIMEOUT 120.0	/* s, psana's liveTimeout */
#define CALIB_LIVE_POLL 1.0		/* s between looks */

struct calib_live {
	double timeout;			/* s without news until the wait is given up */
	double poll;			/* s between looks where nothing is reported */
	volatile int *stop;		/* not 0: end the wait; may be NULL */
	int notify;			/* inotify descriptor, -1: poll only */
	double alive, looked;		/* calib_live_now() of the last news, of the last look */
	bool names;			/* entries came or went, or poll seconds went by */
};

/* calib_live_begin - start the clock; timeout and poll 0: the defaults, < 0: wait for ever */
void calib_live_begin(struct calib_live *live, double timeout, double poll, volatile int *stop);
/* calib_live_watch - wake up when something in the directory changes; where that cannot be, the
 * waits are polls */
void calib_live_watch(struct calib_live *live, const char *dir);
void calib_live_end(struct calib_live *live);
/* calib_live_news - bytes arrived: the clock starts again */
void calib_live_news(struct calib_live *live);
/* calib_live_wait - until something may have changed
 * Returns 1 look again (live->names: also at the directory), 0 nothing came for timeout seconds,
 * CALIB_ESYS when *stop says so. */
CALIB_MUST_CHECK
int calib_live_wait(struct calib_live *live, struct calib_err *err);
double calib_live_now(void);		/* s of a clock that is never set */
#endif
