/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/unshuffle.c - undo HDF5's shuffle filter
 *
 * The filter transposes a matrix of bytes: rows are elements, columns the bytes of one.  An
 * element of an LCLS data set is a whole frame, so that a chunk may be a few elements of
 * megabytes as well as millions of two bytes.  Compiled with -O3 (Makefile): gcc 12 vectorises
 * these loops there only.  Source: HDFGroup/hdf5 src/H5Zshuffle.c. */
#include "src/unshuffle.h"

#include <string.h>

/* Elements of 2, 4 and 8 bytes: each is put together from its bytes (the machine is
 * little-endian, as every one this runs on). */
static void words16(uint8_t *restrict out, const uint8_t *restrict in, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint16_t v = (uint16_t)(in[i] | in[n + i] << 8);

		memcpy(out + 2 * i, &v, 2);
	}
}

static void words32(uint8_t *restrict out, const uint8_t *restrict in, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t v = in[i] | (uint32_t)in[n + i] << 8 | (uint32_t)in[2 * n + i] << 16
			| (uint32_t)in[3 * n + i] << 24;

		memcpy(out + 4 * i, &v, 4);
	}
}

/* Two elements of any size: the even bytes are the first, the odd ones the second. */
static void pair(uint8_t *restrict out, const uint8_t *restrict in, size_t size)
{
	uint8_t *restrict second = out + size;

	for (size_t i = 0; i < size; i++) {
		out[i] = in[2 * i];
		second[i] = in[2 * i + 1];
	}
}

/* Bytes [first, last) of n elements, one byte after the other. */
static void bytes(uint8_t *restrict out, const uint8_t *restrict in, size_t n, size_t size,
                  size_t first, size_t last)
{
	for (size_t e = 0; e < n; e++)
		for (size_t b = first; b < last; b++)
			out[e * size + b] = in[b * n + e];
}

/* Exchange rows and columns of 8 x 8 bytes, a row in a word each: blocks of 4, of 2, of 1. */
static void transpose8(uint64_t w[8])
{
	static const uint64_t keep[] = {0x00000000ffffffffu, 0x0000ffff0000ffffu,
		0x00ff00ff00ff00ffu};

	for (unsigned s = 0; s < 3; s++) {
		unsigned step = 4u >> s, shift = 8 * step;

		for (unsigned i = 0; i < 8; i++) {
			uint64_t t;

			if (i & step)
				continue;
			t = (w[i] >> shift ^ w[i + step]) & keep[s];
			w[i + step] ^= t;
			w[i] ^= t << shift;
		}
	}
}

static void blocks(uint8_t *restrict out, const uint8_t *restrict in, size_t n, size_t size)
{
	size_t whole = n & ~(size_t)7, cols = size & ~(size_t)7;

	for (size_t b = 0; b < cols; b += 8)
		for (size_t e = 0; e < whole; e += 8) {
			uint64_t w[8];

			for (size_t k = 0; k < 8; k++)
				memcpy(&w[k], in + (b + k) * n + e, 8);
			transpose8(w);
			for (size_t k = 0; k < 8; k++)
				memcpy(out + (e + k) * size + b, &w[k], 8);
		}
	for (size_t e = whole; e < n; e++)
		for (size_t b = 0; b < cols; b++)
			out[e * size + b] = in[b * n + e];
	bytes(out, in, n, size, cols, size);
}

void calib_unshuffle(uint8_t *restrict out, const uint8_t *restrict in, size_t n, size_t size)
{
	size_t elements = size > 0 ? n / size : 0;

	if (size <= 1 || elements <= 1) {
		memcpy(out, in, n);
		return;
	}
	if (size == 2)
		words16(out, in, elements);
	else if (size == 4)
		words32(out, in, elements);
	else if (elements == 2)
		pair(out, in, size);
	else if (elements < 8)
		bytes(out, in, elements, size, 0, size);
	else
		blocks(out, in, elements, size);
	memcpy(out + elements * size, in + elements * size, n - elements * size);
}
