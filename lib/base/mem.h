/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/mem.h - memory whose size was checked before it was asked for */
#ifndef CALIB_BASE_MEM_H
#define CALIB_BASE_MEM_H
#include <stddef.h>

#include "base/err.h"

/* No single object of ours is larger; a file that asks for more is wrong. */
#define CALIB_MEM_LIMIT ((size_t)1 << 40)

/* calib_mul_size - *out = a * b
 * Returns CALIB_OK, or CALIB_ENOMEM on overflow or above CALIB_MEM_LIMIT; the
 * sentence names 'what' and both factors. */
CALIB_MUST_CHECK
int calib_mul_size(size_t *out, size_t a, size_t b, const char *what, struct calib_err *err);

/* calib_alloc - zeroed memory for n objects of the given size; free() gives it back
 * Returns NULL with CALIB_ENOMEM in err ('what' names the thing).  n = 0 gives a
 * unique pointer as well. */
CALIB_MUST_CHECK
void *calib_alloc(size_t n, size_t size, const char *what, struct calib_err *err);

/* calib_grow - make room for at least 'need' objects in the array *array
 * *room is the number of objects allocated; growth is geometric, new memory is
 * zeroed.  On failure the array is unchanged. */
CALIB_MUST_CHECK
int calib_grow(void **array, size_t *room, size_t need, size_t size, const char *what,
               struct calib_err *err);

/* calib_strdup - copy of a string, NULL with CALIB_ENOMEM */
CALIB_MUST_CHECK
char *calib_strdup(const char *text, struct calib_err *err);
#endif
