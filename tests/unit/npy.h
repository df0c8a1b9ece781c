/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/npy.h - the plain .npy files of the golden data, read without our own reader */
#ifndef CALIB_TEST_NPY_H
#define CALIB_TEST_NPY_H
#include <stdbool.h>

#include "test.h"

struct npy { char descr[8]; int ndim; size_t dim[6], size; uint8_t *data; };

static inline bool npy_load(struct npy *a, const char *path)
{
	unsigned char head[10];
	char text[512] = "", *p;
	FILE *f = fopen(path, "r");
	size_t len, width;

	if (f == NULL)
		return false;
	assert_int_equal(fread(head, 1, 10, f), 10);
	len = head[8] + 256u * head[9];
	assert_true(len < sizeof text);
	assert_int_equal(fread(text, 1, len, f), len);
	p = strstr(text, "'descr': '") + 10;
	snprintf(a->descr, sizeof a->descr, "%.*s", (int)strcspn(p, "'"), p);
	p = strstr(text, "'shape': (") + 10;
	a->ndim = 0;
	a->size = 1;
	while (*p != ')') {
		a->dim[a->ndim] = strtoul(p, &p, 10);
		a->size *= a->dim[a->ndim++];
		p += strspn(p, ", ");
	}
	width = (size_t)(a->descr[2] - '0');
	a->data = malloc(a->size * width);
	assert_int_equal(fread(a->data, width, a->size, f), a->size);
	fclose(f);
	return true;
}

static inline double npy_get(const struct npy *a, size_t i)
{
	const char *d = a->descr + 1;

	if (!strcmp(d, "u1") || !strcmp(d, "b1")) return a->data[i];
	if (!strcmp(d, "u2")) return ((uint16_t *)(void *)a->data)[i];
	if (!strcmp(d, "i2")) return ((int16_t *)(void *)a->data)[i];
	if (!strcmp(d, "u4")) return ((uint32_t *)(void *)a->data)[i];
	if (!strcmp(d, "i4")) return ((int32_t *)(void *)a->data)[i];
	if (!strcmp(d, "u8")) return (double)((uint64_t *)(void *)a->data)[i];
	if (!strcmp(d, "i8")) return (double)((int64_t *)(void *)a->data)[i];
	if (!strcmp(d, "f4")) return (double)((float *)(void *)a->data)[i];
	if (!strcmp(d, "f8")) return ((double *)(void *)a->data)[i];
	fprintf(stderr, "dtype %s\n", a->descr);
	exit(1);
}
#endif
