/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/elem.h - blocks of array elements as exact integers or doubles, and back
 *
 * Eleven element types would make 121 pairs; every operation on two arrays goes through blocks
 * of one of two kinds instead.  Private to lib/nda and its users in cmd/nda. */
#ifndef CALIB_NDA_ELEM_H
#define CALIB_NDA_ELEM_H
#include "nda/nda.h"

/* Holds every value of every integer type, and the sum of two of them. */
__extension__ typedef __int128 calib_wide;

#define CALIB_ELEM_BLOCK 1024		/* a good number of elements for one call */

/* What an element type can hold. */
struct calib_elem {
	const char *name;		/* numpy's word */
	char npy[4];			/* kind and bytes in a .npy header: "u2" */
	size_t size;
	bool real;
	uint64_t max, min;		/* integers: largest value, magnitude of the smallest */
};
extern const struct calib_elem calib_elem_types[CALIB_NDTYPES];

/* calib_elem_reals, calib_elem_ints - elements first..first+n-1; ints: not for real types */
void calib_elem_reals(double *out, const struct calib_nda *nda, size_t first, size_t n);
void calib_elem_ints(calib_wide *out, const struct calib_nda *nda, size_t first, size_t n);
/* calib_elem_put_reals, calib_elem_put_ints - store; reals to an integer type are truncated
 * toward zero, anything but 0 becomes 1 in BOOL.
 * Return n, or the index of the first value that does not fit; those before it are stored. */
size_t calib_elem_put_reals(struct calib_nda *nda, size_t first, const double *in, size_t n);
size_t calib_elem_put_ints(struct calib_nda *nda, size_t first, const calib_wide *in, size_t n);
/* calib_elem_swap - reverse the bytes of n elements of 1, 2, 4 or 8 bytes */
void calib_elem_swap(void *data, size_t n, size_t size);
/* calib_elem_place - the index of element i as "[2,0,17]" ("" for ndim 0); returns buf */
char *calib_elem_place(const struct calib_nda *nda, size_t i, char buf[128]);
/* calib_elem_text - value of element i in full precision; returns buf */
char *calib_elem_text(const struct calib_nda *nda, size_t i, char buf[40]);
#endif
