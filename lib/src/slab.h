/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/slab.h - how bytes that must be made are made (private to lib/src) */
#ifndef CALIB_SRC_SLAB_H
#define CALIB_SRC_SLAB_H
#include "src/src.h"

/* First member of what a source knows of the bytes.  One thread holds and drops slabs; only
 * make() of several slabs may run at once. */
struct calib_slab {
	int holders;
	size_t size;			/* of the bytes once they are made */
	uint8_t *bytes;			/* NULL: not made yet */
	bool serial;			/* make() uses a library that only one thread may enter */
	/* make() fills slab->bytes[size], which is allocated; gone(): nobody holds it any more */
	int (*make)(struct calib_slab *slab, struct calib_err *err);
	void (*gone)(struct calib_slab *slab);
};
#endif
