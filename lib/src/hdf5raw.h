/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/hdf5raw.h - stored bytes of HDF5 data sets into elements, without the HDF5 library,
 * which only one thread may enter (private to lib/src) */
#ifndef CALIB_SRC_HDF5RAW_H
#define CALIB_SRC_HDF5RAW_H
#include "src/src.h"

/* What was done to the bytes when they were stored, in this order. */
struct calib_h5codec {
	size_t swap;			/* other byte order: bytes of a number; else 0 */
	size_t shuffle;			/* bytes of a shuffled element; else 0 */
	bool deflate;
};

/* Buffers and decompressors that threads take turns with. */
struct calib_h5pool;
CALIB_MUST_CHECK
int calib_h5pool_new(struct calib_h5pool **pool, struct calib_err *err);
void calib_h5pool_free(struct calib_h5pool *pool);

/* calib_h5pool_take, _give - memory of n bytes, of any content; given back, it serves the next one:
 * fresh memory costs more time than unshuffling */
uint8_t *calib_h5pool_take(struct calib_h5pool *pool, size_t n, struct calib_err *err);
void calib_h5pool_give(struct calib_h5pool *pool, uint8_t *bytes, size_t n);

/* calib_h5raw_read - the n bytes that are stored at a place; any number of threads at once
 * CALIB_EFORMAT: they are not the n bytes of this codec. */
CALIB_MUST_CHECK
int calib_h5raw_read(struct calib_h5pool *pool, const struct calib_place *stored,
                     const struct calib_h5codec *codec, uint8_t *out, size_t n,
                     struct calib_err *err);
#endif
