/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/text.c - reading numbers in text: Python header, C++ header, or none (ndarray.md)
 *
 * The stream is taken in pieces that end between two numbers, so that the inner loops stop at
 * a blank and need no test for the end.  Values go straight into the array's type, whose
 * memory grows with the data: what a header promises is only compared at the end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "nda/elem.h"
#include "nda/form.h"

#define MAX_DIM_LINES 16
#define BATCH 512

struct text {
	struct calib_in *in;
	const char *name;
	const struct calib_nda_hints *hints;
	/* metadata; the line numbers count from 1 */
	int dtype, ndim, ndims;			/* -1, -1, 0: no such lines */
	long index[MAX_DIM_LINES];		/* the i of DIM:i */
	size_t dim[MAX_DIM_LINES];
	bool cxx_u8;				/* DTYPE uint8_t: perhaps raw bytes */
	/* where we are */
	size_t line, fields, nlines, first_fields, ragged_line;
	bool in_comment, mid_line, started, late_meta, no_more_meta;
	/* values */
	enum calib_dtype type;
	void *values;
	size_t count, room;
	uint64_t max, min;			/* of an integer type */
	size_t fractions, clipped, doubtful_line;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool ends_field(char c)
{
	return is_blank(c) || c == '\n' || c == '#';
}

/* ---- values ---- */

static int bad_field(const struct text *t, const char *p, const char *end, struct calib_err *err)
{
	int n = 0;

	while (p + n < end && n < 40 && !ends_field(p[n]))
		n++;
	if (t->cxx_u8)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s:%zu: '%.*s' is not a number: the C++ program "
				  "that wrote this file wrote uint8_t values as characters",
				  t->name, t->line, n, p);
	return calib_fail(err, CALIB_EFORMAT, "%s:%zu: '%.*s' is not a number", t->name, t->line, n,
			  p);
}

static int make_room(struct text *t, size_t n, struct calib_err *err)
{
	return calib_grow(&t->values, &t->room, t->count + n, calib_dtype_size(t->type), t->name,
			  err);
}

static int add_reals(struct text *t, const double *v, size_t n, struct calib_err *err)
{
	int rc = make_room(t, n, err);

	if (rc < 0)
		return rc;
	if (t->type == CALIB_F32)
		for (size_t i = 0; i < n; i++)
			((float *)t->values)[t->count + i] = (float)v[i];
	else
		memcpy((double *)t->values + t->count, v, n * sizeof *v);
	t->count += n;
	t->fields += n;
	return CALIB_OK;
}

/* v: two's complement, within the limits of the type */
static int add_ints(struct text *t, const uint64_t *v, size_t n, struct calib_err *err)
{
	int rc = make_room(t, n, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		size_t at = t->count + i;

		switch (calib_dtype_size(t->type)) {
		case 1:  ((uint8_t *)t->values)[at] = (uint8_t)v[i]; break;
		case 2:  ((uint16_t *)t->values)[at] = (uint16_t)v[i]; break;
		case 4:  ((uint32_t *)t->values)[at] = (uint32_t)v[i]; break;
		default: ((uint64_t *)t->values)[at] = v[i]; break;
		}
	}
	t->count += n;
	t->fields += n;
	return CALIB_OK;
}

/* 10^0 .. 10^15: exact, as is an integer of at most 15 digits, so one division of the two is
 * rounded correctly. */
static const double power10[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15};

/* [-+]digits[.digits] of at most 15 digits, ended by a blank: nearly every field there is.
 * Returns the place behind it, NULL when it is something else. */
static inline const char *quick_real(const char *p, double *v)
{
	bool minus = *p == '-';
	uint64_t digits = 0;
	const char *start, *point = NULL;
	unsigned c;

	p += minus || *p == '+';
	start = p;
	while ((c = (unsigned)(unsigned char)*p - '0') <= 9) {
		digits = digits * 10 + c;
		p++;
	}
	if (*p == '.') {
		point = ++p;
		while ((c = (unsigned)(unsigned char)*p - '0') <= 9) {
			digits = digits * 10 + c;
			p++;
		}
	}
	if (p - start > 15 || p == start || (point == start + 1 && p == point) || !ends_field(*p))
		return NULL;
	double x = (double)digits;

	if (point != NULL)
		x /= power10[p - point];
	*v = minus ? -x : x;
	return p;
}

/* The fields of one line from *p on; stops at its end, a comment, or the end of the piece. */
static int parse_reals(struct text *t, const char **pp, const char *end, struct calib_err *err)
{
	double batch[BATCH];
	const char *p = *pp;
	size_t n = 0;
	int rc = CALIB_OK;

	for (;;) {
		const char *next;

		while (p < end && is_blank(*p))
			p++;
		if (p == end || *p == '\n' || *p == '#')
			break;
		next = quick_real(p, &batch[n]);
		if (next == NULL) {
			batch[n] = calib_strtod(p, end, &next);
			if (next == p || !ends_field(*next)) {
				rc = bad_field(t, p, end, err);
				break;
			}
		}
		p = next;
		if (++n == BATCH) {
			rc = add_reals(t, batch, n, err);
			n = 0;
			if (rc < 0)
				break;
		}
	}
	if (rc >= 0 && n > 0)
		rc = add_reals(t, batch, n, err);
	*pp = p;
	return rc;
}

/* Count a field that lost something; under "strict" it is an error. */
static int doubtful(struct text *t, size_t *counter, const char *p, const char *end,
                    const char *what, struct calib_err *err)
{
	int n = 0;

	while (p + n < end && n < 40 && !ends_field(p[n]))
		n++;
	if (t->hints != NULL && t->hints->strict)
		return calib_fail(err, CALIB_EINVAL, "%s:%zu: '%.*s' %s %s", t->name, t->line, n, p,
				  what, calib_dtype_name(t->type));
	if (t->fractions + t->clipped == 0)
		t->doubtful_line = t->line;
	++*counter;
	return CALIB_OK;
}

/* Any spelling of a number for an integer array: the digits before the point exactly, or by
 * way of a double where there is an exponent. */
static int slow_int(struct text *t, const char **pp, const char *end, uint64_t *out,
                    struct calib_err *err)
{
	const char *p = *pp, *q = p, *stop;
	bool minus = *p == '-', fraction = false, over = false;
	double v = calib_strtod(p, end, &stop);
	uint64_t mag = 0;
	int rc = CALIB_OK;

	if (stop == p || !ends_field(*stop))
		return bad_field(t, p, end, err);
	q += minus || *p == '+';
	/* the words nan and inf, not 1e400, which is only beyond all limits */
	if (!isfinite(v) && *q != '.' && (*q < '0' || *q > '9'))
		return calib_fail(err, CALIB_EINVAL, "%s:%zu: '%.*s' cannot be a value of %s",
				  t->name, t->line, (int)(stop - p), p, calib_dtype_name(t->type));
	for (; *q >= '0' && *q <= '9'; q++)
		if (__builtin_mul_overflow(mag, 10u, &mag)
		    || __builtin_add_overflow(mag, (uint64_t)(*q - '0'), &mag))
			over = true;
	if (*q == '.')
		for (q++; *q >= '0' && *q <= '9'; q++)
			fraction |= *q != '0';
	if (q != stop) {
		double whole = trunc(fabs(v));

		fraction = whole != fabs(v);
		over = !(whole < 0x1p64);
		mag = over ? 0 : (uint64_t)whole;
	}
	if (fraction)
		rc = doubtful(t, &t->fractions, p, end, "has a fraction, the array is", err);
	if (rc >= 0 && (over || mag > (minus ? t->min : t->max))) {
		rc = doubtful(t, &t->clipped, p, end, "is outside", err);
		mag = minus ? t->min : t->max;
	}
	*out = minus ? -mag : mag;
	*pp = stop;
	return rc;
}

static int parse_ints(struct text *t, const char **pp, const char *end, struct calib_err *err)
{
	uint64_t batch[BATCH];
	const char *p = *pp;
	size_t n = 0;
	int rc = CALIB_OK;

	for (;;) {
		const char *q;
		uint64_t mag = 0;
		bool minus;

		while (p < end && is_blank(*p))
			p++;
		if (p == end || *p == '\n' || *p == '#')
			break;
		minus = *p == '-';
		q = p + (minus || *p == '+');
		const char *digits = q;

		for (unsigned c; (c = (unsigned)(unsigned char)*q - '0') <= 9; q++)
			mag = mag * 10 + c;
		if (q > digits && q - digits < 19 && ends_field(*q)
		    && mag <= (minus ? t->min : t->max)) {
			batch[n] = minus ? -mag : mag;
			p = q;
		} else {
			rc = slow_int(t, &p, end, &batch[n], err);
		}
		if (rc >= 0 && ++n == BATCH) {
			rc = add_ints(t, batch, n, err);
			n = 0;
		}
		if (rc < 0)
			break;
	}
	if (rc >= 0 && n > 0)
		rc = add_ints(t, batch, n, err);
	*pp = p;
	return rc;
}

/* ---- metadata ---- */

/* A whole number from 0 that fills the word; false otherwise. */
static bool parse_count(const char *word, size_t *out)
{
	size_t v = 0;

	for (const char *p = word; *p; p++) {
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(v, (size_t)10, &v)
		    || __builtin_add_overflow(v, (size_t)(*p - '0'), &v))
			return false;
	}
	*out = v;
	return *word != '\0';
}

static int set_dtype(struct text *t, const char *word, struct calib_err *err)
{
	t->dtype = calib_dtype_parse(word);
	t->cxx_u8 = strcmp(word, "uint8_t") == 0;
	if (t->dtype < 0)
		return calib_fail(err, CALIB_EFORMAT, "%s:%zu: '%s' is not a known DTYPE", t->name,
		                  t->line, word);
	return CALIB_OK;
}

static int set_ndim(struct text *t, const char *word, struct calib_err *err)
{
	size_t n = 0;

	if (!parse_count(word, &n))
		return calib_fail(err, CALIB_EFORMAT,
				  "%s:%zu: NDIM '%s' is not a whole number from 0", t->name,
				  t->line, word);
	if (n > CALIB_NDA_MAXDIM)
		return calib_fail(err, CALIB_ESHAPE, "%s:%zu: NDIM %zu, at most %d dimensions are "
		                  "possible", t->name, t->line, n, CALIB_NDA_MAXDIM);
	t->ndim = (int)n;
	return CALIB_OK;
}

static int add_dim(struct text *t, const char *index, const char *word, struct calib_err *err)
{
	size_t i = 0;

	if (t->ndims == MAX_DIM_LINES)
		return calib_fail(err, CALIB_EFORMAT, "%s:%zu: more than %d DIM lines", t->name,
				  t->line, MAX_DIM_LINES);
	if (!parse_count(word, &t->dim[t->ndims]))
		return calib_fail(err, CALIB_EFORMAT,
				  "%s:%zu: DIM:%s '%s' is not a whole number from 0", t->name,
				  t->line, index, word);
	t->index[t->ndims++] = parse_count(index, &i) && i < 1000 ? (long)i : -1;
	return CALIB_OK;
}

/* "# KEY value ...": any white space after '#', keys in capitals; all else is comment. */
static int parse_meta(struct text *t, const char *p, const char *eol, struct calib_err *err)
{
	char word[2][64];

	for (int i = 0; i < 2; i++) {
		size_t n = 0;

		while (p < eol && is_blank(*p))
			p++;
		while (p < eol && !is_blank(*p) && n < sizeof word[0] - 1)
			word[i][n++] = *p++;
		word[i][n] = '\0';
	}
	bool dtype = !strcmp(word[0], "DTYPE"), ndim = !strcmp(word[0], "NDIM");
	bool dim = !strncmp(word[0], "DIM:", 4);

	if ((!dtype && !ndim && !dim) || word[1][0] == '\0')
		return CALIB_OK;
	if (t->started) {
		if (!t->late_meta)
			calib_log(CALIB_WARNING, "%s:%zu: metadata behind the data is ignored",
				  t->name, t->line);
		t->late_meta = true;
		return CALIB_OK;
	}
	return dtype ? set_dtype(t, word[1], err) : ndim ? set_ndim(t, word[1], err)
		: add_dim(t, word[0] + 4, word[1], err);
}

/* ---- lines ---- */

/* The first field of data: from here on the type is fixed. */
static void start_data(struct text *t)
{
	bool told = t->hints != NULL && t->hints->typed;

	t->started = true;
	t->type = t->dtype >= 0 ? (enum calib_dtype)t->dtype : told ? t->hints->type : CALIB_F32;
	t->max = calib_elem_types[t->type].max;
	t->min = calib_elem_types[t->type].min;
}

static void end_line(struct text *t)
{
	if (t->fields > 0 && ++t->nlines == 1)
		t->first_fields = t->fields;
	else if (t->fields > 0 && t->fields != t->first_fields && t->ragged_line == 0)
		t->ragged_line = t->line;
	t->fields = 0;
	t->line++;
}

/* From '#' to the end of the line, or of the piece.  As in the reference, the metadata ends at a
 * '#' that is not the first character of its line. */
static int parse_comment(struct text *t, const char *piece, const char **pp, const char *end,
                         struct calib_err *err)
{
	const char *eol = memchr(*pp, '\n', (size_t)(end - *pp));
	const char *hash = *pp;

	t->in_comment = eol == NULL;
	*pp = eol != NULL ? eol : end;
	if (t->fields > 0)
		return CALIB_OK;
	t->no_more_meta |= hash > piece ? hash[-1] != '\n' : t->mid_line;
	return t->no_more_meta ? CALIB_OK : parse_meta(t, hash + 1, *pp, err);
}

/* p..end is a piece whose last byte is no part of a field. */
static int parse_piece(struct text *t, const char *p, const char *end, struct calib_err *err)
{
	const char *piece = p;
	int rc = CALIB_OK;

	if (t->in_comment) {
		p = memchr(p, '\n', (size_t)(end - p));
		t->in_comment = p == NULL;
	}
	while (p != NULL && p < end && rc >= 0) {
		if (is_blank(*p)) {
			p++;
		} else if (*p == '\n') {
			end_line(t);
			p++;
		} else if (*p == '#') {
			rc = parse_comment(t, piece, &p, end, err);
		} else {
			if (!t->started)
				start_data(t);
			rc = calib_dtype_is_float(t->type) ? parse_reals(t, &p, end, err)
				: parse_ints(t, &p, end, err);
		}
	}
	t->mid_line = end > piece && end[-1] != '\n';
	return rc;
}

/* How much of n bytes can be parsed now: up to the last line end, else the last blank. */
static size_t cut(const struct text *t, const char *p, size_t n)
{
	const char *eol = memrchr(p, '\n', n);
	size_t k = n;

	if (eol != NULL)
		return (size_t)(eol - p) + 1;
	if (t->in_comment)
		return n;
	while (k > 0 && !is_blank(p[k - 1]) && p[k - 1] != '#')
		k--;
	return k > 0 && p[k - 1] == '#' ? n : k;
}

/* The last piece may end inside a field: give it a line end. */
static int parse_last(struct text *t, const uint8_t *bytes, size_t n, struct calib_err *err)
{
	char *copy = calib_alloc(n + 1, 1, t->name, err);
	int rc;

	if (copy == NULL)
		return CALIB_ENOMEM;
	memcpy(copy, bytes, n);
	copy[n] = '\n';
	rc = parse_piece(t, copy, copy + n + 1, err);
	free(copy);
	return rc < 0 ? rc : calib_in_skip(t->in, n, err);
}

static int skip_mark(struct text *t, struct calib_err *err)
{
	const uint8_t *bytes;
	long n = calib_in_peek(t->in, &bytes, 3, err);

	if (n < 3 || memcmp(bytes, "\357\273\277", 3) != 0)
		return n < 0 ? (int)n : CALIB_OK;
	calib_log(CALIB_WARNING, "%s: the byte order mark at the start is ignored", t->name);
	return calib_in_skip(t->in, 3, err);
}

static int parse_all(struct text *t, struct calib_err *err)
{
	int rc = skip_mark(t, err);

	while (rc >= 0) {
		const uint8_t *bytes;
		long n = calib_in_peek(t->in, &bytes, CALIB_IN_PEEK, err);

		if (n < CALIB_IN_PEEK)
			return n < 0 ? (int)n : parse_last(t, bytes, (size_t)n, err);
		const char *p = (const char *)bytes;
		size_t k = cut(t, p, (size_t)n);

		if (k == 0)
			return calib_fail(err, CALIB_EFORMAT,
					  "%s:%zu: a word of more than %ld bytes", t->name, t->line,
					  n);
		rc = parse_piece(t, p, p + k, err);
		if (rc >= 0)
			rc = calib_in_skip(t->in, k, err);
	}
	return rc;
}

/* ---- shape ---- */

/* DIM lines by their index when that is 0..n-1 or 1..n; else as they came. */
static void order_dims(const struct text *t, size_t *dim)
{
	for (int from = 0; from <= 1; from++) {
		bool seen[MAX_DIM_LINES] = {false};
		int good = 0;

		for (int i = 0; i < t->ndims; i++) {
			long at = t->index[i] - from;

			if (at < 0 || at >= t->ndims || seen[at])
				break;
			seen[at] = true;
			dim[at] = t->dim[i];
			good++;
		}
		if (good == t->ndims)
			return;
	}
	calib_log(CALIB_WARNING,
		  "%s: the indices of the DIM lines are neither 0..%d nor 1..%d: taken "
		  "in the order of the lines",
		  t->name, t->ndims - 1, t->ndims);
	memcpy(dim, t->dim, (size_t)t->ndims * sizeof *dim);
}

/* Lines x fields; a single line or column has one dimension, a single number none. */
static int shape_of_layout(const struct text *t, struct calib_nda *nda, struct calib_err *err)
{
	size_t dim[2] = {t->nlines, t->first_fields};
	int ndim = 2;

	if (t->ragged_line != 0)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s:%zu: another number of fields than in the lines "
				  "before (%zu)",
				  t->name, t->ragged_line, t->first_fields);
	if (t->nlines <= 1 || t->first_fields == 1) {
		dim[0] = t->count;
		ndim = t->count == 1 ? 0 : 1;
	}
	calib_nda_view(nda, t->type, ndim, dim, NULL);
	return CALIB_OK;
}

static int find_shape(const struct text *t, struct calib_nda *nda, struct calib_err *err)
{
	size_t dim[MAX_DIM_LINES] = {0}, size = 1;
	char want[128];
	int rc = CALIB_OK;

	if (t->ndim > 0 && t->ndims > 0 && t->ndim != t->ndims)
		return calib_fail(err, CALIB_EFORMAT, "%s: NDIM is %d, but there are %d DIM lines",
		                  t->name, t->ndim, t->ndims);
	if (t->ndim < 0 && t->ndims > 0)
		calib_log(CALIB_WARNING, "%s: DIM lines without an NDIM line are ignored", t->name);
	if (t->ndim <= 0 || t->ndims == 0)
		return shape_of_layout(t, nda, err);
	order_dims(t, dim);
	for (int i = 0; i < t->ndim && rc >= 0; i++)
		rc = calib_mul_size(&size, size, dim[i], t->name, err);
	if (rc < 0)
		return rc;
	if (size == t->count) {
		calib_nda_view(nda, t->type, t->ndim, dim, NULL);
		return CALIB_OK;
	}
	calib_nda_shape_text(t->ndim, dim, want);
	if (t->ndim > 2 || t->ragged_line != 0 || (t->hints != NULL && t->hints->strict))
		return calib_fail(err, CALIB_ESHAPE,
				  "%s: %zu values, the shape %s of the header wants %zu", t->name,
				  t->count, want, size);
	/* the reference does not look at the header of 1-d and 2-d files (ndarray.md 3) */
	calib_log(CALIB_WARNING,
		  "%s: %zu values, the shape %s of the header wants %zu: taken as %zu "
		  "lines of %zu",
		  t->name, t->count, want, size, t->nlines, t->first_fields);
	return shape_of_layout(t, nda, err);
}

static void warn_losses(const struct text *t)
{
	if (t->fractions > 0)
		calib_log(CALIB_WARNING,
			  "%s: %zu fractions cut off, the array is %s (first in line %zu)", t->name,
			  t->fractions, calib_dtype_name(t->type), t->doubtful_line);
	if (t->clipped > 0)
		calib_log(CALIB_WARNING,
			  "%s: %zu values outside %s set to its limits (first in line %zu)",
			  t->name, t->clipped, calib_dtype_name(t->type), t->doubtful_line);
}

int calib_text_read(struct calib_nda *nda, struct calib_in *in,
                    const struct calib_nda_hints *hints, struct calib_err *err)
{
	struct text t = {.in = in, .name = calib_in_name(in), .hints = hints, .dtype = -1,
		.ndim = -1, .line = 1};
	struct calib_nda got = CALIB_NDA_INIT;
	int rc = parse_all(&t, err);

	if (rc >= 0 && !t.started)
		start_data(&t);
	if (rc >= 0)
		rc = find_shape(&t, &got, err);
	if (rc >= 0)
		rc = make_room(&t, t.count == 0, err);
	if (rc < 0) {
		free(t.values);
		return rc;
	}
	warn_losses(&t);
	got.data = t.values;
	got.owned = true;
	calib_nda_release(nda);
	*nda = got;
	return CALIB_OK;
}
