/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/small.h - small-data files: where things are in a large one (private to lib/src)
 *
 * A small-data file has the datagrams of a large XTC file without the pixels.  It can lack events
 * and detectors, so it is never believed: what does not account for every byte of the large file is
 * read there.  The result is that of the large file, always.
 * Source: slac-lcls/lcls1 extpkgs/pdsdata index/src/SmlDataIterL1Accept.cc. */
#ifndef CALIB_SRC_SMALL_H
#define CALIB_SRC_SMALL_H
#include "src/xtc.h"

struct calib_small {
	struct calib_xtcfile file;	/* fd -1: there is none */
	uint64_t at;			/* its next datagram */
	struct calib_dgram here;	/* that of the last event, in the small file */
	bool hit;			/* the last datagram was taken from it */
	bool useless;			/* it ended, or contradicts the large file */
};

/* calib_small_find - the small-data file of a large one, its name allocated; NULL: there is none */
char *calib_small_find(const char *large);
/* calib_small_large - the large file of a small one, allocated; NULL: the name is not of one */
char *calib_small_large(const char *small);

/* calib_small_open - from its beginning; none that cannot be opened is missed */
void calib_small_open(struct calib_small *small, const char *name);
/* calib_small_dgram - as calib_xtc_dgram() of the large file */
CALIB_MUST_CHECK
int calib_small_dgram(struct calib_small *small, struct calib_xtcfile *large, uint64_t offset,
                      struct calib_dgram *dgram, struct calib_err *err);
/* calib_small_leaves - the leaves of the datagram just found, those of pixels in the large file
 * 1; 0: they are not all in the small file, read the large one; < 0: a leaf() said so */
CALIB_MUST_CHECK
int calib_small_leaves(struct calib_small *small, const struct calib_xtcfile *large,
                       const struct calib_dgram *dgram, const struct calib_walk *walk,
                       struct calib_err *err);
#endif
