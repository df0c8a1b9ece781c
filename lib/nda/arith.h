/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/arith.h - two arrays into one, element by element */
#ifndef CALIB_NDA_ARITH_H
#define CALIB_NDA_ARITH_H
#include "nda/nda.h"

enum calib_op {
	CALIB_ADD, CALIB_SUB, CALIB_MUL, CALIB_DIV, CALIB_MIN, CALIB_MAX,
	CALIB_AND, CALIB_OR, CALIB_XOR,		/* bits of whole numbers */
	CALIB_NOT,				/* one operand: 1 where it is 0, else 0 */
	CALIB_ABS,				/* one operand */
	CALIB_EQ, CALIB_NE, CALIB_LT, CALIB_LE, CALIB_GT, CALIB_GE,	/* uint8, 1 = true */
	CALIB_NOPS
};
int calib_op_parse(const char *word);		/* "add", ...; -1 unknown */
bool calib_op_is_unary(enum calib_op op);

/* calib_arith - out = a op b; b is ignored (may be NULL) by the operations of one operand
 * Shapes: equal, or one is a single value, or the dimensions of one are the last ones of the
 * other and it is repeated.  Type: integers give the smallest type that holds both operands'
 * (8 to 64 bits), integers of at most 16 bits with float32 give float32, DIV of integers and
 * all other mixtures float64.  An operand of ndim 0 does not widen the type of an array, but
 * a fraction makes an integer array a real one.  MIN and MAX give NaN where either is NaN.
 * Integer results are exact: CALIB_EINVAL names the first element that does not fit.
 * out may be a or b. */
CALIB_MUST_CHECK
int calib_arith(struct calib_nda *out, const struct calib_nda *a, enum calib_op op,
                const struct calib_nda *b, struct calib_err *err);
#endif
