/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/arith.c - two arrays into one, element by element */
#include "nda/arith.h"

#include <math.h>
#include <string.h>

#include "nda/elem.h"

static const struct { const char *name; bool unary, whole, truth; } ops[CALIB_NOPS] = {
	[CALIB_ADD] = {"add", 0, 0, 0}, [CALIB_SUB] = {"sub", 0, 0, 0},
	[CALIB_MUL] = {"mul", 0, 0, 0}, [CALIB_DIV] = {"div", 0, 0, 0},
	[CALIB_MIN] = {"min", 0, 0, 0}, [CALIB_MAX] = {"max", 0, 0, 0},
	[CALIB_AND] = {"and", 0, 1, 0}, [CALIB_OR] = {"or", 0, 1, 0},
	[CALIB_XOR] = {"xor", 0, 1, 0}, [CALIB_NOT] = {"not", 1, 0, 0},
	[CALIB_ABS] = {"abs", 1, 0, 0}, [CALIB_EQ] = {"eq", 0, 0, 1},
	[CALIB_NE] = {"ne", 0, 0, 1}, [CALIB_LT] = {"lt", 0, 0, 1},
	[CALIB_LE] = {"le", 0, 0, 1}, [CALIB_GT] = {"gt", 0, 0, 1},
	[CALIB_GE] = {"ge", 0, 0, 1},
};

int calib_op_parse(const char *word)
{
	for (int i = 0; i < CALIB_NOPS; i++)
		if (strcmp(word, ops[i].name) == 0)
			return i;
	return -1;
}

bool calib_op_is_unary(enum calib_op op)
{
	return ops[op].unary;
}

/* ---- types ---- */

static bool holds(enum calib_dtype type, enum calib_dtype other)
{
	return calib_elem_types[type].max >= calib_elem_types[other].max
		&& calib_elem_types[type].min >= calib_elem_types[other].min;
}

/* The smallest integer type for the values of both; int64 for uint64 with a signed type. */
static enum calib_dtype join_ints(enum calib_dtype a, enum calib_dtype b)
{
	static const enum calib_dtype by_size[] = {CALIB_BOOL, CALIB_U8, CALIB_I8, CALIB_U16,
		CALIB_I16, CALIB_U32, CALIB_I32, CALIB_U64, CALIB_I64};

	for (size_t i = 0; i < sizeof by_size / sizeof by_size[0]; i++)
		if (holds(by_size[i], a) && holds(by_size[i], b))
			return by_size[i];
	return CALIB_I64;
}

static bool is_small(enum calib_dtype type)
{
	return type == CALIB_F32
	       || (!calib_elem_types[type].real && calib_elem_types[type].size <= 2);
}

static enum calib_dtype join(const struct calib_nda *a, const struct calib_nda *b)
{
	bool real_a = calib_dtype_is_float(a->type), real_b = calib_dtype_is_float(b->type);

	if (a->ndim == 0 && b->ndim > 0) {
		const struct calib_nda *t = a;

		a = b;
		b = t;
		real_b = real_a;
		real_a = calib_dtype_is_float(a->type);
	}
	if (b->ndim == 0 && a->ndim > 0) {	/* a single value takes the array's type */
		if (real_a || (!real_b && a->type != CALIB_BOOL))
			return a->type;
		if (real_b)
			return is_small(a->type) ? CALIB_F32 : CALIB_F64;
	}
	if (!real_a && !real_b)
		return join_ints(a->type, b->type);
	return is_small(a->type) && is_small(b->type) ? CALIB_F32 : CALIB_F64;
}

static enum calib_dtype result_type(enum calib_op op, const struct calib_nda *a,
                                    const struct calib_nda *b)
{
	enum calib_dtype type;

	if (ops[op].truth)
		return CALIB_U8;
	if (ops[op].unary)
		return a->type;
	type = join(a, b);
	if (op == CALIB_DIV && !calib_dtype_is_float(type))
		return CALIB_F64;
	/* true + true is 2 */
	return type == CALIB_BOOL && op <= CALIB_MUL ? CALIB_U8 : type;
}

/* ---- shapes ---- */

/* Are the dimensions of b the last ones of a, or is b a single value? */
static bool fits_into(const struct calib_nda *a, const struct calib_nda *b)
{
	if (b->ndim == 0)
		return true;
	if (b->ndim > a->ndim)
		return false;
	return memcmp(b->dim, a->dim + (a->ndim - b->ndim), (size_t)b->ndim * sizeof *b->dim) == 0;
}

/* ---- values ---- */

static bool real_op(enum calib_op op, double *out, const double *a, const double *b, size_t n)
{
#define LOOP(expression) for (size_t i = 0; i < n; i++) out[i] = (expression); return true
	switch (op) {
	case CALIB_ADD: LOOP(a[i] + b[i]);
	case CALIB_SUB: LOOP(a[i] - b[i]);
	case CALIB_MUL: LOOP(a[i] * b[i]);
	case CALIB_DIV: LOOP(a[i] / b[i]);
	case CALIB_MIN: LOOP(isnan(a[i]) || a[i] < b[i] ? a[i] : b[i]);
	case CALIB_MAX: LOOP(isnan(a[i]) || a[i] > b[i] ? a[i] : b[i]);
	case CALIB_NOT: LOOP(a[i] == 0);
	case CALIB_ABS: LOOP(fabs(a[i]));
	case CALIB_EQ:  LOOP(a[i] == b[i]);
	case CALIB_NE:  LOOP(a[i] != b[i]);
	case CALIB_LT:  LOOP(a[i] < b[i]);
	case CALIB_LE:  LOOP(a[i] <= b[i]);
	case CALIB_GT:  LOOP(a[i] > b[i]);
	case CALIB_GE:  LOOP(a[i] >= b[i]);
	default:        return false;
	}
}

/* Exact: only uint64 * uint64 could leave the 127 bits, and then no type would hold it. */
static calib_wide product(calib_wide a, calib_wide b)
{
	calib_wide r;

	return __builtin_mul_overflow(a, b, &r) ? (calib_wide)1 << 100 : r;
}

static bool int_op(enum calib_op op, calib_wide *out, const calib_wide *a, const calib_wide *b,
                   size_t n)
{
	switch (op) {
	case CALIB_ADD: LOOP(a[i] + b[i]);
	case CALIB_SUB: LOOP(a[i] - b[i]);
	case CALIB_MUL: LOOP(product(a[i], b[i]));
	case CALIB_MIN: LOOP(a[i] < b[i] ? a[i] : b[i]);
	case CALIB_MAX: LOOP(a[i] > b[i] ? a[i] : b[i]);
	case CALIB_AND: LOOP(a[i] & b[i]);
	case CALIB_OR:  LOOP(a[i] | b[i]);
	case CALIB_XOR: LOOP(a[i] ^ b[i]);
	case CALIB_NOT: LOOP(a[i] == 0);
	case CALIB_ABS: LOOP(a[i] < 0 ? -a[i] : a[i]);
	case CALIB_EQ:  LOOP(a[i] == b[i]);
	case CALIB_NE:  LOOP(a[i] != b[i]);
	case CALIB_LT:  LOOP(a[i] < b[i]);
	case CALIB_LE:  LOOP(a[i] <= b[i]);
	case CALIB_GT:  LOOP(a[i] > b[i]);
	case CALIB_GE:  LOOP(a[i] >= b[i]);
	default:        return false;
	}
#undef LOOP
}

/* n elements from number 'first' on of an array that is repeated as often as needed */
static void fetch(void *to, const struct calib_nda *nda, size_t first, size_t n, bool real)
{
	for (size_t done = 0; done < n;) {
		size_t at = (first + done) % nda->size;
		size_t k = nda->size - at < n - done ? nda->size - at : n - done;

		if (real)
			calib_elem_reals((double *)to + done, nda, at, k);
		else
			calib_elem_ints((calib_wide *)to + done, nda, at, k);
		done += k;
	}
}

/* Returns n, or the index of the first result that does not fit. */
static size_t block(struct calib_nda *out, const struct calib_nda *a, enum calib_op op,
                    const struct calib_nda *b, size_t first, size_t n)
{
	union { double real[CALIB_ELEM_BLOCK]; calib_wide whole[CALIB_ELEM_BLOCK]; } x, y;
	bool real = op == CALIB_DIV || calib_dtype_is_float(a->type)
		|| (b != NULL && calib_dtype_is_float(b->type));

	fetch(&x, a, first, n, real);
	if (b != NULL)
		fetch(&y, b, first, n, real);
	if (real)
		return real_op(op, x.real, x.real, y.real, n)
			? calib_elem_put_reals(out, first, x.real, n) : 0;
	return int_op(op, x.whole, x.whole, y.whole, n)
		? calib_elem_put_ints(out, first, x.whole, n) : 0;
}

static int check(const struct calib_nda *a, enum calib_op op, const struct calib_nda *b,
                 struct calib_err *err)
{
	char one[128], two[128];

	if (ops[op].whole && (calib_dtype_is_float(a->type) || calib_dtype_is_float(b->type)))
		return calib_fail(err, CALIB_EINVAL, "%s: %s and %s, whole numbers were expected",
				  ops[op].name, calib_dtype_name(a->type),
				  calib_dtype_name(b->type));
	if (b != NULL && !fits_into(a, b) && !fits_into(b, a))
		return calib_fail(err, CALIB_ESHAPE, "%s: shapes %s and %s do not fit each other",
		                  ops[op].name, calib_nda_shape_text(a->ndim, a->dim, one),
		                  calib_nda_shape_text(b->ndim, b->dim, two));
	return CALIB_OK;
}

int calib_arith(struct calib_nda *out, const struct calib_nda *a, enum calib_op op,
                const struct calib_nda *b, struct calib_err *err)
{
	struct calib_nda result = CALIB_NDA_INIT;
	char place[128];
	int rc;

	if (ops[op].unary)
		b = NULL;
	rc = check(a, op, b, err);
	if (rc >= 0)
		rc = calib_nda_like(&result, b != NULL && b->ndim > a->ndim ? b : a,
		                    result_type(op, a, b), err);
	for (size_t i = 0; rc >= 0 && i < result.size; i += CALIB_ELEM_BLOCK) {
		size_t n = result.size - i < CALIB_ELEM_BLOCK ? result.size - i : CALIB_ELEM_BLOCK;
		size_t done = block(&result, a, op, b, i, n);

		if (done < n)
			rc = calib_fail(err, CALIB_EINVAL,
					"%s: the result at %s does not fit into %s, "
					"convert to a wider type first",
					ops[op].name, calib_elem_place(&result, i + done, place),
					calib_dtype_name(result.type));
	}
	if (rc < 0) {
		calib_nda_release(&result);
		return rc;
	}
	calib_nda_release(out);
	*out = result;
	return CALIB_OK;
}
