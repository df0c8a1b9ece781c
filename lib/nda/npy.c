/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/npy.c - numpy's .npy format, versions 1 to 3 in, version 1 out
 * Source: numpy/numpy doc/source/reference (numpy.lib.format) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "nda/elem.h"
#include "nda/form.h"

#define MAX_HEADER 65536

/* What the header says. */
struct header {
	const char *name;		/* of the stream, for messages */
	enum calib_dtype type;
	bool half, big_endian, fortran;
	int ndim;
	size_t dim[CALIB_NDA_MAXDIM];
};

static int bad(const struct header *h, const char *what, struct calib_err *err)
{
	return calib_fail(err, CALIB_EFORMAT, "%s: npy header: %s", h->name, what);
}

static void skip_blanks(const char **p)
{
	*p += strspn(*p, " \t\r\n");
}

/* A quoted text of the header into buf; false when it is none or too long. */
static bool parse_quoted(const char **p, char *buf, size_t n)
{
	char quote = **p;
	const char *end;

	if (quote != '\'' && quote != '"')
		return false;
	end = strchr(*p + 1, quote);
	if (end == NULL || (size_t)(end - *p) > n)
		return false;
	memcpy(buf, *p + 1, (size_t)(end - *p - 1));
	buf[end - *p - 1] = '\0';
	*p = end + 1;
	return true;
}

/* '<u2', '|b1', '>f8', '=i4', 'u2' */
static int parse_descr(struct header *h, const char **p, struct calib_err *err)
{
	char text[32];
	const char *code = text;

	if (**p == '[')
		return bad(h, "a structured type, plain numbers were expected", err);
	if (!parse_quoted(p, text, sizeof text))
		return bad(h, "'descr' is not a type", err);
	h->big_endian = *code == '>' || (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ && *code != '<');
	code += *code != '\0' && strchr("<>|=", *code) != NULL;
	h->half = strcmp(code, "f2") == 0;
	if (h->half) {
		h->type = CALIB_F32;
		return CALIB_OK;
	}
	for (int i = 0; i < CALIB_NDTYPES; i++)
		if (strcmp(code, calib_elem_types[i].npy) == 0) {
			h->type = (enum calib_dtype)i;
			return CALIB_OK;
		}
	return calib_fail(err, CALIB_EFORMAT, "%s: npy header: type '%s' is not a number of 1 to 8 "
	                  "bytes", h->name, text);
}

static int parse_order(struct header *h, const char **p, struct calib_err *err)
{
	if (strncmp(*p, "True", 4) != 0 && strncmp(*p, "False", 5) != 0)
		return bad(h, "'fortran_order' is neither True nor False", err);
	h->fortran = **p == 'T';
	*p += h->fortran ? 4 : 5;
	return CALIB_OK;
}

/* One dimension: decimal digits, Python 2 adds an L. */
static int parse_dim(const struct header *h, const char **p, size_t *dim, struct calib_err *err)
{
	size_t v = 0;

	if (**p < '0' || **p > '9')
		return bad(h, "a dimension is not a number from 0", err);
	for (; **p >= '0' && **p <= '9'; ++*p) {
		v = v * 10 + (size_t)(**p - '0');
		if (v > CALIB_MEM_LIMIT)
			return bad(h, "a dimension is too large", err);
	}
	*p += **p == 'L';
	*dim = v;
	return CALIB_OK;
}

static int parse_shape(struct header *h, const char **p, struct calib_err *err)
{
	bool comma = true;

	if (*(*p)++ != '(')
		return bad(h, "'shape' is not a tuple", err);
	for (h->ndim = 0;; h->ndim++) {
		size_t dim = 0;
		int rc;

		skip_blanks(p);
		if (**p == ')')
			break;
		if (!comma)
			return bad(h, "'shape' lacks a comma", err);
		rc = parse_dim(h, p, &dim, err);
		if (rc < 0)
			return rc;
		if (h->ndim >= CALIB_NDA_MAXDIM)
			return calib_fail(err, CALIB_ESHAPE,
					  "%s: an array of more than %d dimensions", h->name,
					  CALIB_NDA_MAXDIM);
		h->dim[h->ndim] = dim;
		skip_blanks(p);
		comma = **p == ',';
		*p += comma;
	}
	if (h->ndim == 1 && !comma)
		return bad(h, "'shape' is not a tuple (a comma is missing)", err);
	++*p;
	return CALIB_OK;
}

static const struct {
	const char *name;
	int (*parse)(struct header *h, const char **p, struct calib_err *err);
} keys[] = {{"descr", parse_descr}, {"fortran_order", parse_order}, {"shape", parse_shape}};

#define NKEYS (sizeof keys / sizeof keys[0])

/* {'key': value, ...}: each key once, in any order; returns the key's number. */
static int parse_item(struct header *h, const char **p, struct calib_err *err)
{
	char key[32];

	if (!parse_quoted(p, key, sizeof key))
		return bad(h, "a quoted key was expected", err);
	skip_blanks(p);
	if (*(*p)++ != ':')
		return bad(h, "a ':' was expected after a key", err);
	skip_blanks(p);
	for (size_t i = 0; i < NKEYS; i++)
		if (strcmp(key, keys[i].name) == 0) {
			int rc = keys[i].parse(h, p, err);

			return rc < 0 ? rc : (int)i;
		}
	return calib_fail(err, CALIB_EFORMAT, "%s: npy header: unknown key '%s'", h->name, key);
}

static int parse_header(struct header *h, const char *p, struct calib_err *err)
{
	unsigned seen = 0;
	bool comma = true;

	skip_blanks(&p);
	if (*p++ != '{')
		return bad(h, "a '{' was expected", err);
	for (;;) {
		int i;

		skip_blanks(&p);
		if (*p == '}')
			break;
		if (!comma)
			return bad(h, "a ',' was expected after a value", err);
		i = parse_item(h, &p, err);
		if (i < 0)
			return i;
		if (seen & 1u << i)
			return bad(h, "a key appears twice", err);
		seen |= 1u << i;
		skip_blanks(&p);
		comma = *p == ',';
		p += comma;
	}
	p++;
	skip_blanks(&p);
	if (*p != '\0')
		return bad(h, "text behind the closing brace", err);
	if (seen != (1u << NKEYS) - 1)
		return bad(h, "'descr', 'fortran_order' and 'shape' are all needed", err);
	return CALIB_OK;
}

static int read_header(struct header *h, struct calib_in *in, struct calib_err *err)
{
	uint8_t start[12];
	size_t n, len;
	long k = calib_in_read(in, start, 8, err);
	char *text;
	int rc;

	if (k >= 0 && k < 8)
		return calib_fail(err, CALIB_ETRUNC, "%s: ends inside the npy header", h->name);
	if (k < 0)
		return (int)k;
	if (start[6] < 1 || start[6] > 3 || start[7] != 0)
		return calib_fail(err, CALIB_EFORMAT, "%s: npy version %d.%d, 1.0 to 3.0 are known",
		                  h->name, start[6], start[7]);
	n = start[6] == 1 ? 2 : 4;
	k = calib_in_read(in, start + 8, n, err);
	if (k < 0)
		return (int)k;
	if ((size_t)k < n)
		return calib_fail(err, CALIB_ETRUNC, "%s: ends inside the npy header", h->name);
	len = n == 2 ? calib_le16(start + 8) : calib_le32(start + 8);
	if (len > MAX_HEADER)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s: npy header of %zu bytes, at most %d expected", h->name, len,
				  MAX_HEADER);
	text = calib_alloc(len + 1, 1, h->name, err);
	if (text == NULL)
		return CALIB_ENOMEM;
	k = calib_in_read(in, text, len, err);
	if (k < 0)
		rc = (int)k;
	else if ((size_t)k < len)
		rc = calib_fail(err, CALIB_ETRUNC, "%s: ends inside the npy header", h->name);
	else if (memchr(text, '\0', len) != NULL)
		rc = bad(h, "a NUL byte", err);
	else
		rc = parse_header(h, text, err);
	free(text);
	return rc;
}

/* IEEE 754 half to single precision. */
static float half_value(uint16_t bits)
{
	uint32_t sign = (uint32_t)(bits & 0x8000) << 16, exponent = bits >> 10 & 31;
	uint32_t fraction = bits & 0x3ff, u;
	float f;

	if (exponent == 0) {		/* zero and subnormal: units of 2^-24 */
		f = (float)fraction * 0x1p-24f;
		return sign ? -f : f;
	}
	u = sign | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13;
	memcpy(&f, &u, sizeof f);
	return f;
}

/* The halves were loaded as uint16. */
static int widen_half(struct calib_nda *nda, struct calib_err *err)
{
	struct calib_nda out = CALIB_NDA_INIT;
	int rc = calib_nda_like(&out, nda, CALIB_F32, err);

	for (size_t i = 0; rc >= 0 && i < nda->size; i++)
		((float *)out.data)[i] = half_value(((const uint16_t *)nda->data)[i]);
	calib_nda_release(nda);
	*nda = out;
	return rc;
}

/* First index fastest to last index fastest; nda has the right shape already. */
static int to_c_order(struct calib_nda *nda, struct calib_err *err)
{
	struct calib_nda out = CALIB_NDA_INIT;
	size_t size = calib_dtype_size(nda->type), at[CALIB_NDA_MAXDIM] = {0};
	size_t stride[CALIB_NDA_MAXDIM], from = 0;
	int rc = calib_nda_like(&out, nda, nda->type, err);

	if (rc < 0)
		return rc;
	stride[0] = 1;
	for (int k = 1; k < nda->ndim; k++)
		stride[k] = stride[k - 1] * nda->dim[k - 1];
	for (size_t i = 0; i < nda->size; i++) {
		memcpy((char *)out.data + i * size, (const char *)nda->data + from * size, size);
		for (int k = nda->ndim - 1; k >= 0; k--) {
			from += stride[k];
			if (++at[k] < nda->dim[k])
				break;
			from -= stride[k] * nda->dim[k];
			at[k] = 0;
		}
	}
	calib_nda_release(nda);
	*nda = out;
	return CALIB_OK;
}

int calib_npy_read(struct calib_nda *nda, struct calib_in *in, struct calib_err *err)
{
	struct header h = {.name = calib_in_name(in)};
	struct calib_nda got = CALIB_NDA_INIT;
	size_t size = 1;
	int rc = read_header(&h, in, err);

	for (int i = 0; i < h.ndim && rc >= 0; i++)
		rc = calib_mul_size(&size, size, h.dim[i], h.name, err);
	if (rc >= 0) {
		calib_nda_view(&got, h.half ? CALIB_U16 : h.type, h.ndim, h.dim, NULL);
		rc = calib_raw_load(&got, in, h.big_endian, err);
	}
	if (rc >= 0 && h.half)
		rc = widen_half(&got, err);
	if (rc >= 0 && h.fortran && h.ndim > 1)
		rc = to_c_order(&got, err);
	if (rc < 0) {
		calib_nda_release(&got);
		return rc;
	}
	calib_nda_release(nda);
	*nda = got;
	return CALIB_OK;
}

int calib_npy_begin(struct calib_nda *nda, struct calib_in *in, struct calib_err *err)
{
	struct header h = {.name = calib_in_name(in)};
	size_t bytes = 0;
	int rc = read_header(&h, in, err);

	if (rc < 0)
		return rc;
	if (h.half || h.big_endian || (h.fortran && h.ndim > 1))
		return calib_fail(err, CALIB_EFORMAT,
				  "%s: %s elements cannot be streamed: convert them "
				  "with calib-nda convert",
				  h.name,
				  h.half      ? "float16"
				  : h.fortran ? "Fortran-ordered"
					      : "big-endian");
	calib_nda_release(nda);
	calib_nda_view(nda, h.type, h.ndim, h.dim, NULL);
	bytes = calib_dtype_size(h.type);
	for (int i = 0; i < h.ndim && rc >= 0; i++)
		rc = calib_mul_size(&bytes, bytes, h.dim[i], h.name, err);
	return rc;
}

int calib_npy_write(const struct calib_nda *nda, struct calib_out *out, struct calib_err *err)
{
	const struct calib_elem *elem = &calib_elem_types[nda->type];
	char head[256] = "\223NUMPY\001";	/* then minor version 0 */
	size_t used = 10, whole;
	int rc;

	used += (size_t)snprintf(head + used, sizeof head - used,
	                         "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
	                         elem->size == 1 ? '|' : '<', elem->npy);
	for (int i = 0; i < nda->ndim; i++)
		used += (size_t)snprintf(head + used, sizeof head - used, "%s%zu%s", i ? " " : "",
		                         nda->dim[i], i + 1 < nda->ndim || i == 0 ? "," : "");
	used += (size_t)snprintf(head + used, sizeof head - used, "), }");
	whole = (used + 1 + 63) / 64 * 64;	/* data begin at a multiple of 64 */
	memset(head + used, ' ', whole - 1 - used);
	head[whole - 1] = '\n';
	calib_put_le16(head + 8, (uint16_t)(whole - 10));
	rc = calib_out_write(out, head, whole, err);
	return rc < 0 ? rc : calib_raw_write(nda, out, err);
}
