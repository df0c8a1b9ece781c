/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/unshuffle.h - undo HDF5's shuffle filter (private to lib/src) */
#ifndef CALIB_SRC_UNSHUFFLE_H
#define CALIB_SRC_UNSHUFFLE_H
#include <stddef.h>
#include <stdint.h>

/* calib_unshuffle - n bytes that were elements of the given size; out does not overlap in
 * Stored are the first bytes of all elements, then the second bytes, and so on; what is left
 * over at the end is stored as it is. */
void calib_unshuffle(uint8_t *restrict out, const uint8_t *restrict in, size_t n, size_t size);
#endif
