/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/array.h - what must be true of every array that was read */
#ifndef CALIB_FUZZ_ARRAY_H
#define CALIB_FUZZ_ARRAY_H
#include "fuzz.h"

#include <math.h>

#include "nda/nda.h"

/* Arrays that are small enough for a pipe, as text as well (some 25 bytes a value). */
#define SMALL_ARRAY 1000

/* array_check - its shape is its size, and all its elements are there */
static inline void array_check(const struct calib_nda *nda)
{
	size_t size = 1, bytes;
	unsigned char sum = 0;

	CHECK((unsigned)nda->type < CALIB_NDTYPES);
	CHECK(nda->ndim >= 0 && nda->ndim <= CALIB_NDA_MAXDIM);
	for (int i = 0; i < nda->ndim; i++)
		size *= nda->dim[i];
	CHECK(size == nda->size && nda->data != NULL && nda->owned);
	bytes = size * calib_dtype_size(nda->type);
	for (size_t i = 0; i < bytes; i++) {
		sum ^= ((const unsigned char *)nda->data)[i];
		CHECK(nda->type != CALIB_BOOL || ((const unsigned char *)nda->data)[i] <= 1);
	}
	__asm__ volatile("" : : "r"(sum));	/* the reading is the purpose */
}

/* array_same - equal type, shape and values; nan is equal to nan, whatever its other bits */
static inline bool array_same(const struct calib_nda *a, const struct calib_nda *b)
{
	size_t bytes = a->size * calib_dtype_size(a->type);

	if (a->type != b->type || !calib_nda_same_shape(a, b))
		return false;
	if (memcmp(a->data, b->data, bytes) == 0)
		return true;
	for (size_t i = 0; i < a->size; i++) {
		double v = calib_nda_get(a, i), w = calib_nda_get(b, i);

		if (!(isnan(v) && isnan(w)) && (v != w || signbit(v) != signbit(w)))
			return false;
	}
	return calib_dtype_is_float(a->type);
}

/* array_read - the first array of n bytes; result and err as of calib_nda_read() */
static inline int array_read(struct calib_nda *nda, const void *bytes, size_t n,
                             const struct calib_nda_hints *hints)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_in *in = NULL;
	int rc;

	CHECK(calib_in_mem(&in, bytes, n, "memory", &err) >= 0);
	rc = calib_nda_read(nda, in, hints, &err);
	fuzz_check_err(rc, &err);
	CHECK(rc <= 1 && (rc != 0 || n == 0));
	CHECK(calib_in_tell(in) <= n);
	if (rc == 1)
		array_check(nda);
	calib_in_close(in);
	return rc;
}

/* array_read_file - the same from a file, where gzip is inflated */
static inline int array_read_file(struct calib_nda *nda, const void *bytes, size_t n)
{
	static struct fuzz_file file = {-1, ""};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_in *in = NULL;
	int rc = calib_in_open(&in, fuzz_file_set(&file, bytes, n), &err);

	if (rc >= 0)
		rc = calib_nda_read(nda, in, NULL, &err);
	fuzz_check_err(rc, &err);
	if (rc == 1)
		array_check(nda);
	calib_in_close(in);
	return rc;
}

/* array_write - a small array in the form given, into buf; returns the number of bytes */
static inline size_t array_write(const struct calib_nda *nda, const struct calib_nda_form *form,
                                 char *buf, size_t room)
{
	struct calib_err err = CALIB_ERR_INIT;
	size_t n = 0;
	char path[40];
	ssize_t k;
	int end[2];

	CHECK(nda->size <= SMALL_ARRAY && pipe(end) == 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", end[1]);
	fuzz_check_err(calib_nda_save(nda, path, form, 0, &err), &err);
	CHECK(err.code == CALIB_OK);
	close(end[1]);
	while ((k = read(end[0], buf + n, room - n)) > 0)
		n += (size_t)k;
	CHECK(k == 0 && n < room);
	close(end[0]);
	return n;
}
#endif
