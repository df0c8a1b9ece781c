/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/slab.h - how bytes that must be made are made (private to lib/src) */
#ifndef CALIB_SRC_SLAB_H
#define CALIB_SRC_SLAB_H
#include "src/src.h"

/* First member of what a source knows of the bytes.  One thread holds, drops and prepares slabs;
 * only make() of several slabs may run at once. */
struct calib_slab {
	int holders;
	uint8_t *bytes;			/* NULL: not made yet */
	/* prepare(): what only one thread may do, such as using a library; it may set bytes.  Else
	 * make() sets them.  gone(): nobody holds the slab any more, the bytes can be given up. */
	int (*prepare)(struct calib_slab *slab, struct calib_err *err);
	int (*make)(struct calib_slab *slab, struct calib_err *err);
	void (*gone)(struct calib_slab *slab);
};
#endif
