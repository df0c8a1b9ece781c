/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/textout.c - writing text: with the Python header (ndarray.md 2), or bare
 *
 * Source: lcls-psana/PSCalib src/NDArrIO.py (the layout of save_txt) */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/proc.h"
#include "nda/form.h"
#include "nda/number.h"

/* "# KEY         value": values start at column 15 */
#define KEY_FORMAT "# %-11s %s\n"

static int write_comments(struct calib_out *out, const char *const *comments,
                          struct calib_err *err)
{
	int rc = CALIB_OK;

	for (; comments != NULL && *comments != NULL && rc >= 0; comments++) {
		rc = calib_out_write(out, "# ", 2, err);
		for (const char *p = *comments; *p && rc >= 0; p++) {
			char c = (unsigned char)*p < 0x20 && *p != '\t' ? '?' : *p;

			rc = calib_out_write(out, &c, 1, err);
		}
		if (rc >= 0)
			rc = calib_out_write(out, "\n", 1, err);
	}
	return rc;
}

/* "(2,3,4)", "(5,)", "()" */
static void shape_tuple(const struct calib_nda *nda, char *buf, size_t n)
{
	size_t used = (size_t)snprintf(buf, n, "(");

	for (int i = 0; i < nda->ndim; i++)
		used += (size_t)snprintf(buf + used, n - used, "%s%zu", i ? "," : "", nda->dim[i]);
	snprintf(buf + used, n - used, "%s)", nda->ndim == 1 ? "," : "");
}

static int write_origin(const struct calib_nda *nda, struct calib_out *out, struct calib_err *err)
{
	char host[256], user[256], when[64], shape[160], dir[4096];
	const char *name = calib_out_name(out), *type = calib_dtype_name(nda->type);

	shape_tuple(nda, shape, sizeof shape);
	calib_time_format(calib_now(), "%Y-%m-%dT%H:%M:%S", when, sizeof when);
	return calib_out_printf(
		out, err,
		"\n" KEY_FORMAT KEY_FORMAT KEY_FORMAT KEY_FORMAT KEY_FORMAT KEY_FORMAT KEY_FORMAT,
		"HOST", calib_host(host, sizeof host), "WORK_DIR", calib_work_dir(dir, sizeof dir),
		"FILE_NAME", strcmp(name, "standard output") ? name : "-", "DATE_TIME", when, "UID",
		calib_user(user, sizeof user), "SHAPE", shape, "DATATYPE", type);
}

static int write_meta(const struct calib_nda *nda, struct calib_out *out, struct calib_err *err)
{
	int rc = calib_out_printf(out, err, "\n# %-11s %s\n# %-11s %d\n", "DTYPE",
	                          calib_dtype_name(nda->type), "NDIM", nda->ndim);

	for (int i = 0; i < nda->ndim && rc >= 0; i++)
		rc = calib_out_printf(out, err, "# DIM:%d       %zu\n", i, nda->dim[i]);
	return rc;
}

/* Where the fields of the data part stand. */
struct layout {
	size_t columns;		/* fields per line */
	bool one_line;		/* T1 of one dimension: a blank, fields each with a blank, no end */
};

static int nan_as_int(const struct calib_nda *nda, size_t i, struct calib_err *err)
{
	char place[128], value[40];

	return calib_fail(err, CALIB_EINVAL, "element %s: %s cannot be written as a whole number",
	                  calib_elem_place(nda, i, place), calib_elem_text(nda, i, value));
}

/* Elements first..first+n-1; *column: fields already in this line */
static int write_block(const struct calib_nda *nda, struct calib_out *out,
                       const struct calib_number *number, const struct layout *layout,
                       size_t first, size_t n, struct calib_err *err)
{
	double reals[CALIB_ELEM_BLOCK];
	calib_wide ints[CALIB_ELEM_BLOCK];
	bool real = calib_dtype_is_float(nda->type), single = nda->type == CALIB_F32;
	size_t column = first % layout->columns;
	char *p = NULL, *start = NULL;
	int rc = CALIB_OK;

	if (real)
		calib_elem_reals(reals, nda, first, n);
	else
		calib_elem_ints(ints, nda, first, n);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (p == NULL || (size_t)(p - start) > 32768 - CALIB_NUMBER_ROOM) {
			if (p != NULL)
				calib_out_advance(out, (size_t)(p - start));
			rc = calib_out_buffer(out, &start, 32768, err);
			if (rc < 0)
				return rc;
			p = start;
		}
		if (real && number->conv == 'd' && !isfinite(reals[i]))
			return nan_as_int(nda, first + i, err);
		p = real ? calib_number_real(p, number, reals[i], single)
			: calib_number_int(p, number, ints[i]);
		if (++column == layout->columns)
			column = 0;
		*p++ = column > 0 || layout->one_line ? ' ' : '\n';
	}
	if (p != NULL)
		calib_out_advance(out, (size_t)(p - start));
	return rc;
}

static int write_data(const struct calib_nda *nda, struct calib_out *out,
                      const struct calib_number *number, const struct layout *layout,
                      struct calib_err *err)
{
	int rc = layout->one_line ? calib_out_write(out, " ", 1, err) : CALIB_OK;

	for (size_t i = 0; i < nda->size && rc >= 0; i += CALIB_ELEM_BLOCK) {
		size_t n = nda->size - i < CALIB_ELEM_BLOCK ? nda->size - i : CALIB_ELEM_BLOCK;

		rc = write_block(nda, out, number, layout, i, n, err);
	}
	return rc;
}

int calib_text_write(const struct calib_nda *nda, struct calib_out *out,
                     const struct calib_nda_form *form, bool bare, struct calib_err *err)
{
	/* numpy.savetxt writes one dimension as a column */
	struct layout layout = {.columns = nda->ndim >= 2 ? nda->dim[nda->ndim - 1] : 1,
		.one_line = nda->ndim == 1 && !bare};
	struct calib_number number;
	int rc = calib_number_parse(&number, form != NULL ? form->format : NULL, err);

	if (rc >= 0 && !bare)
		rc = write_comments(out, form != NULL ? form->comments : NULL, err);
	if (rc >= 0 && !bare && (form == NULL || !form->no_origin))
		rc = write_origin(nda, out, err);
	if (rc >= 0 && !bare && (form == NULL || !form->no_meta))
		rc = write_meta(nda, out, err);
	if (rc >= 0 && !bare)
		rc = calib_out_write(out, "\n", 1, err);
	return rc < 0 ? rc : write_data(nda, out, &number, &layout, err);
}
