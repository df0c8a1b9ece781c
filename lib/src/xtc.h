/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/xtc.h - one XTC file as datagrams and leaves, headers only (private to lib/src, and
 * to programs that show a file's structure)
 *
 * Source: slac-lcls/lcls1 extpkgs/pdsdata/xtc Dgram.hh, Sequence.hh, Xtc.hh, XtcIterator.cc. */
#ifndef CALIB_SRC_XTC_H
#define CALIB_SRC_XTC_H
#include "src/src.h"

enum { CALIB_XTC_HEADER = 20, CALIB_DGRAM_HEADER = 40 };
#define CALIB_DGRAM_MAX 268435456u	/* 256 MiB: the recorder's buffers are no larger */
#define CALIB_FIDUCIALS 131040u		/* they wrap here; larger = no valid fiducial */

enum calib_service { CALIB_SVC_CONFIGURE = 4, CALIB_SVC_UNCONFIGURE = 5, CALIB_SVC_BEGINRUN = 6,
	CALIB_SVC_ENDRUN = 7, CALIB_SVC_BEGINSTEP = 8, CALIB_SVC_ENDSTEP = 9,
	CALIB_SVC_ENABLE = 10, CALIB_SVC_DISABLE = 11, CALIB_SVC_L1ACCEPT = 12 };
const char *calib_service_name(unsigned service); /* "L1Accept"; "Service<N>" never: "Unknown" */

struct calib_dgram {
	uint32_t sec, nsec, ticks, fiducial, vector, env, damage;
	unsigned service;
	uint64_t offset;		/* in its file */
	uint32_t size;			/* 20 + extent */
};

/* An open file and the window through which its headers are read. */
struct calib_xtcfile {
	int fd;
	const char *name;		/* the caller's */
	uint64_t size;			/* at the last look */
	uint64_t at;			/* window[0] is this byte */
	size_t len;
	uint8_t *window;
};
CALIB_MUST_CHECK
int calib_xtcfile_open(struct calib_xtcfile *file, const char *path, struct calib_err *err);
void calib_xtcfile_close(struct calib_xtcfile *file);

/* calib_xtc_dgram - the header of the datagram at a byte offset
 * Returns 1; 0 at the exact end of the file; CALIB_ETRUNC when it is not all there;
 * CALIB_EFORMAT for a size that cannot be (the sentence names file, byte, expectation). */
CALIB_MUST_CHECK
int calib_xtc_dgram(struct calib_xtcfile *file, uint64_t offset, struct calib_dgram *dgram,
                    struct calib_err *err);

/* calib_xtc_leaves - every leaf of a datagram, containers descended, in file order
 * leaf():  called for each, with its depth (1: directly in the datagram); a return < 0 stops
 * bad():   called with a sentence for each damaged extent; the rest is still walked
 * A container with damage bit 15 is not descended. */
struct calib_walk {
	int (*leaf)(void *ctx, const struct calib_object *leaf, int depth);
	void (*bad)(void *ctx, const char *sentence);
	void (*container)(void *ctx, const struct calib_object *xtc, int depth); /* or NULL */
	void *ctx;
};
CALIB_MUST_CHECK
int calib_xtc_leaves(struct calib_xtcfile *file, const struct calib_dgram *dgram,
                     const struct calib_walk *walk, struct calib_err *err);
#endif
