/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/mem.c - checked allocation */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int calib_mul_size(size_t *out, size_t a, size_t b, const char *what, struct calib_err *err)
{
	size_t r;

	if (__builtin_mul_overflow(a, b, &r) || r > CALIB_MEM_LIMIT)
		return calib_fail(err, CALIB_ENOMEM, "%s: %zu x %zu is too large", what, a, b);
	*out = r;
	return CALIB_OK;
}

/* Large arrays are touched in many places by several threads: in pages of 2 MiB that takes a
 * hundredth of the page faults.  Advice only: whether it is followed does not matter. */
static void advise(void *p, size_t bytes)
{
	enum { HUGE_PAGE = 2 << 20 };
	uintptr_t from = ((uintptr_t)p + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
	uintptr_t to = ((uintptr_t)p + bytes) & ~(uintptr_t)(HUGE_PAGE - 1);

	if (to > from)
		madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void *calib_alloc(size_t n, size_t size, const char *what, struct calib_err *err)
{
	size_t bytes = 0;
	void *p;

	if (calib_mul_size(&bytes, n, size, what, err) < 0)
		return NULL;
	p = calloc(bytes ? bytes : 1, 1);
	if (p == NULL)
		calib_fail(err, CALIB_ENOMEM, "%s: out of memory (%zu bytes)", what, bytes);
	else
		advise(p, bytes);
	return p;
}

int calib_grow(void **array, size_t *room, size_t need, size_t size, const char *what,
               struct calib_err *err)
{
	size_t n = *room ? *room : 8, bytes = 0;
	void *p;

	if (need <= *room)
		return CALIB_OK;
	while (n < need)
		if (__builtin_mul_overflow(n, (size_t)2, &n))
			return calib_fail(err, CALIB_ENOMEM, "%s: too many", what);
	if (calib_mul_size(&bytes, n, size, what, err) < 0)
		return CALIB_ENOMEM;
	p = realloc(*array, bytes);
	if (p == NULL)
		return calib_fail(err, CALIB_ENOMEM, "%s: out of memory (%zu bytes)", what, bytes);
	memset((char *)p + *room * size, 0, bytes - *room * size);
	*array = p;
	*room = n;
	return CALIB_OK;
}

char *calib_strdup(const char *text, struct calib_err *err)
{
	char *p = strdup(text);

	if (p == NULL)
		calib_fail(err, CALIB_ENOMEM, "out of memory (%zu bytes)", strlen(text) + 1);
	return p;
}
