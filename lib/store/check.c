/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/check.c - is this content fit to be deployed?
 *
 * The analysis takes default constants, silently, when a file has the wrong size or cannot be
 * read: so what it would not read must not get into the directory. */
#include "store/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/median.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"
#include "det/det.h"
#include "nda/nda.h"
#include "store/content.h"
#include "store/ctype.h"

static int check_type(struct content *c, struct calib_err *err)
{
	const struct calib_check *k = c->check;

	if (c->ctype != NULL)
		return CALIB_OK;
	if (calib_ctype_find(k->type) != NULL)
		return calib_fail(err, CALIB_EINVAL, "%s: source '%s' has no constants of type "
		                  "'%s'", k->path, k->source, k->type);
	return calib_fail(err, CALIB_EINVAL, "%s: '%s' is not a calibration type, expected one of: "
	                  "%s", k->path, k->type, calib_ctype_names());
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* Something must stand outside comment lines. */
static int check_text(struct content *c, struct calib_err *err)
{
	const char *end = c->bytes + c->n, *p = c->bytes, *path = c->check->path;

	if (c->n >= 2 && memcmp(p, "\x1f\x8b", 2) == 0)
		return calib_fail(err, CALIB_EFORMAT, "%s: is compressed with gzip, the analysis "
		                  "reads plain text only", path);
	if (memchr(p, '\0', c->n) != NULL || (c->n >= 6 && memcmp(p, "\x93NUMPY", 6) == 0))
		return calib_fail(err, CALIB_EFORMAT, "%s: is binary, the analysis reads text only "
		                  "(calib-nda convert writes it)", path);
	while (p < end) {
		while (p < end && is_blank(*p))
			p++;
		if (p < end && *p != '#')
			return CALIB_OK;
		while (p < end && *p != '\n')
			p++;
	}
	return calib_fail(err, CALIB_EFORMAT, "%s: holds no data", path);
}

static int check_numbers(struct content *c, struct calib_err *err)
{
	const char *end = c->bytes + c->n, *p = c->bytes, *path = c->check->path;
	const struct calib_ctype *t = c->ctype;
	size_t count = 0;

	while (p < end) {
		const char *stop;
		double v;

		while (p < end && is_blank(*p))
			p++;
		if (p < end && *p == '#') {
			while (p < end && *p != '\n')
				p++;
			continue;
		}
		if (p == end)
			break;
		v = calib_strtod(p, end, &stop);
		if (stop == p || (stop < end && !is_blank(*stop)) || !isfinite(v))
			return calib_fail(err, CALIB_EFORMAT, "%s: number %zu of %s is '%.*s', a "
			                  "finite number was expected", path, count + 1, t->name,
			                  (int)(end - p < 20 ? end - p : 20), p);
		count++;
		p = stop;
	}
	if (count < t->count || (t->count_max != 0 && count > t->count_max))
		return calib_fail(err, CALIB_ESHAPE, "%s: %zu numbers, %s of '%s' has %zu%s", path,
		                  count, t->name, c->check->source, t->count_max,
		                  t->count == t->count_max ? "" : " at most");
	return CALIB_OK;
}

/* A geometry is a table: parent and its number, object and its number, three coordinates, three
 * angles, three tilts.  Source: lcls-psana/PSCalib src/GeometryAccess.py. */
static int check_geometry(struct content *c, struct calib_err *err)
{
	enum { NAMES = 4, NUMBERS = 9 };
	const char *end = c->bytes + c->n, *path = c->check->path;
	size_t line = 1;

	if (c->ctype == NULL || strcmp(c->ctype->name, "geometry") != 0)
		return CALIB_OK;
	for (const char *p = c->bytes; p < end; p++, line++) {
		int fields = 0;
		bool good = true;

		for (bool comment = *p == '#'; p < end && *p != '\n';) {
			const char *stop = p, *number;

			while (stop < end && !is_blank(*stop))
				stop++;
			if (stop > p && !comment) {
				double v = fields < NAMES ? 0 : calib_strtod(p, stop, &number);

				good = good && (fields < NAMES || (number == stop && isfinite(v)));
				fields++;
			}
			p = stop > p ? stop : p + 1;
		}
		if (fields > 0 && (!good || fields != NAMES + NUMBERS))
			return calib_fail(err, CALIB_EFORMAT, "%s: line %zu is not of a geometry: "
			                  "two names with their numbers, and nine numbers were "
			                  "expected", path, line);
	}
	return CALIB_OK;
}

/* ---- pixels ---- */

static int check_pixels(struct content *c, struct calib_err *err)
{
	const struct calib_nda_hints hints = {.strict = true};
	struct calib_in *in = NULL;
	int rc = calib_in_mem(&in, c->bytes, c->n, c->check->path, err);

	if (rc >= 0)
		rc = calib_nda_read(&c->nda, in, &hints, err);
	calib_in_close(in);
	if (rc == 0)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: holds no array", c->check->path);
	return rc < 0 ? rc : CALIB_OK;
}

/* Number of values the analysis insists on, 0: none; it reshapes what has that many.
 * Source: lcls-psana/PSCalib src/GenericCalibPars.py */
static size_t fixed_size(const struct calib_det *det)
{
	size_t n = 1;

	if (strcmp(det->device, "Imp") == 0)
		return 4 * 1023;
	for (int i = 0; i < det->ndim; i++)
		n *= det->dim[i];
	return det->ndim >= 2 && det->gains <= 1 ? n : 0;
}

/* Other shapes come from the file itself, so its last dimensions must be the detector's,
 * behind one for the gain ranges where there are several; a detector of one panel may count it. */
static bool fits(const struct calib_det *det, const struct calib_nda *nda)
{
	int n = nda->ndim, extra = det->gains > 1;

	if (extra && n == det->ndim + 2 && nda->dim[1] == 1)
		extra = 2;
	if (n > det->ndim + extra || (n > det->ndim && nda->dim[0] != (size_t)det->gains))
		return false;
	for (int i = 1; i <= n && i <= det->ndim; i++)
		if (det->dim[det->ndim - i] != 0 && det->dim[det->ndim - i] != nda->dim[n - i])
			return false;
	return true;
}

/* "any x 512 x 1024, or 3 of these" */
static void wanted_shape(struct calib_str *text, const struct calib_det *det)
{
	for (int i = 0; i < det->ndim; i++) {
		calib_str_add(text, i > 0 ? "x" : "");
		if (det->dim[i] != 0)
			calib_str_addf(text, "%zu", det->dim[i]);
		else
			calib_str_addc(text, 'N');
	}
	if (det->gains > 1)
		calib_str_addf(text, " or %dx that", det->gains);
}

static int check_shape(struct content *c, struct calib_err *err)
{
	const struct calib_det *det = calib_det_of_source(c->check->source);
	const struct calib_nda *nda = &c->nda;
	struct calib_str want = CALIB_STR_INIT;
	char got[128];
	size_t n;

	if (nda->size == 0)
		return calib_fail(err, CALIB_ESHAPE, "%s: holds no values", c->check->path);
	n = det != NULL ? fixed_size(det) : 0;
	if (det == NULL || n == nda->size || (n == 0 && (det->ndim == 0 || fits(det, nda))))
		return CALIB_OK;
	calib_nda_shape_text(nda->ndim, nda->dim, got);
	if (n != 0)
		return calib_fail(err, CALIB_ESHAPE, "%s: shape %s has %zu values, %s of '%s' must "
		                  "have %zu", c->check->path, got, nda->size, c->check->type,
		                  c->check->source, n);
	wanted_shape(&want, det);
	calib_fail(err, CALIB_ESHAPE, "%s: shape %s, %s of '%s' must have %s (text of more than "
	           "two dimensions needs its lines # NDIM and # DIM:)", c->check->path, got,
	           c->check->type, c->check->source, want.s);
	calib_str_release(&want);
	return CALIB_ESHAPE;
}

/* Largest value of the element type the analysis reads. */
static double largest(const struct calib_ctype *t)
{
	return t->type == CALIB_U8 ? 255 : t->type == CALIB_U16 ? 65535 : 18446744073709551615.0;
}

static int check_values(struct content *c, struct calib_err *err)
{
	const struct calib_ctype *t = c->ctype;
	bool is_unsigned = t->integer && !calib_dtype_is_float(t->type);

	for (size_t i = 0; i < c->nda.size; i++) {
		double v = calib_nda_get(&c->nda, i);
		const char *want = NULL;

		if (!isfinite(v))
			want = "a finite number";
		else if (t->integer && v != trunc(v))
			want = "a whole number";
		else if (v < 0 && strcmp(t->name, "pixel_rms") == 0)
			want = "0 or more";
		else if (is_unsigned && (v < 0 || v > largest(t)))
			want = calib_dtype_name(t->type);
		if (want != NULL)
			return calib_fail(err, CALIB_EINVAL, "%s: value %zu of %s is %g, expected "
			                  "%s", c->check->path, i + 1, t->name, v, want);
	}
	return CALIB_OK;
}

static int check_bad(struct content *c, struct calib_err *err)
{
	size_t bad = 0, n = c->nda.size;

	if (c->ctype->bad == CALIB_BAD_NONE || n == 0)
		return CALIB_OK;
	for (size_t i = 0; i < n; i++)
		bad += (calib_nda_get(&c->nda, i) != 0) == (c->ctype->bad == CALIB_BAD_NONZERO);
	if ((double)bad <= c->check->limits.bad * (double)n)
		return CALIB_OK;
	return calib_fail(err, CALIB_EINVAL, "%s: %zu of %zu pixels are bad (%.1f %%), more than "
	                  "--max-bad %g: was there light in the run?", c->check->path, bad, n,
	                  100 * (double)bad / (double)n, c->check->limits.bad);
}

/* ---- all of it ---- */

typedef int (*step_fn)(struct content *c, struct calib_err *err);

static int doubt(const struct content *c, int rc, const struct calib_err *why,
                 struct calib_err *err)
{
	if (rc == CALIB_ENOMEM)
		return calib_fail(err, rc, "%s", why->msg);
	if (!c->check->force)
		return calib_fail(err, rc, "%s (--force deploys it all the same)", why->msg);
	calib_log(CALIB_WARNING, "%s (deployed because of --force)", why->msg);
	return CALIB_OK;
}

/* Each step in turn; what cannot be read as an array cannot be looked at further. */
static int take_steps(struct content *c, const step_fn *step, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (; *step != NULL && rc >= 0; step++) {
		struct calib_err why = CALIB_ERR_INIT;
		int failed = (*step)(c, &why);

		if (failed < 0)
			rc = doubt(c, failed, &why, err);
		if (failed < 0 && (*step == check_text || *step == check_pixels))
			break;
	}
	return rc;
}

int calib_check_array(const struct calib_check *check, const struct calib_nda *nda,
                      struct calib_err *err)
{
	static const step_fn pixel_steps[] = {check_type, check_shape, check_values, check_bad,
		NULL};
	static const step_fn other_steps[] = {check_type, NULL};
	struct content c = {check, calib_ctype_for(check->type, check->source), NULL, 0, *nda,
		false};
	bool pixels = c.ctype != NULL && c.ctype->form == CALIB_CTYPE_PIXELS;

	return take_steps(&c, pixels ? pixel_steps : other_steps, err);
}

int calib_check_content(const struct calib_check *check, const void *bytes, size_t n,
                        struct calib_err *err)
{
	static const step_fn pixel_steps[] = {check_type, check_text, check_pixels,
		calib_check_header, check_shape, check_values, check_bad, calib_check_ruling, NULL};
	static const step_fn number_steps[] = {check_type, check_text, check_numbers, NULL};
	static const step_fn text_steps[] = {check_type, check_text, check_geometry, NULL};
	struct content c = {check, calib_ctype_for(check->type, check->source), bytes, n,
		CALIB_NDA_INIT, false};
	const step_fn *step = text_steps;
	int rc;

	if (c.ctype != NULL && c.ctype->form == CALIB_CTYPE_PIXELS)
		step = pixel_steps;
	else if (c.ctype != NULL && c.ctype->form == CALIB_CTYPE_NUMBERS)
		step = number_steps;
	rc = take_steps(&c, step, err);
	if (check->values != NULL)
		*check->values = c.nda.size;
	calib_nda_release(&c.nda);
	return rc;
}
