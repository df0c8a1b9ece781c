/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/file.c - one array from or to a file of any form */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "nda/form.h"
#include "nda/h5.h"

#define H5_DEFAULT "/data"	/* dataset of "x.h5" when none is named */

int calib_form_parse(const char *word)
{
	static const struct { const char *word; enum calib_form form; } words[] = {
		{"npy", CALIB_FORM_NPY}, {"text", CALIB_FORM_TEXT}, {"text-bare", CALIB_FORM_BARE},
		{"raw", CALIB_FORM_RAW},
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(word, words[i].word) == 0)
			return (int)words[i].form;
	return -1;
}

const char *calib_form_name(enum calib_form form)
{
	static const char *const names[CALIB_NFORMS] = {"unknown",   "npy", "text",
							"text-bare", "raw", "hdf5"};

	return names[form];
}

int calib_nda_probe(struct calib_in *in, struct calib_err *err)
{
	const uint8_t *bytes;
	const char *refusal;
	long n = calib_in_peek(in, &bytes, CALIB_PROBE_BYTES, err);

	return n < 0 ? (int)n : (int)calib_form_probe(bytes, (size_t)n, &refusal);
}

bool calib_nda_is_h5(const char *path)
{
	return strcmp(path, "-") != 0 && calib_h5_split(path) > 0;
}

int calib_nda_read(struct calib_nda *nda, struct calib_in *in,
                   const struct calib_nda_hints *hints, struct calib_err *err)
{
	const uint8_t *bytes;
	const char *refusal, *name = calib_in_name(in);
	long n = calib_in_peek(in, &bytes, CALIB_PROBE_BYTES, err);
	enum calib_form form;
	int rc;

	if (n <= 0)
		return (int)n;
	if (hints != NULL && hints->raw) {
		rc = calib_raw_read(nda, in, hints, err);
		return rc < 0 ? rc : 1;
	}
	form = calib_form_probe(bytes, (size_t)n, &refusal);
	if (refusal != NULL)
		return calib_fail(err, CALIB_EFORMAT, "%s: %s", name, refusal);
	if (form == CALIB_FORM_NPY)
		rc = calib_npy_read(nda, in, err);
	else if (form == CALIB_FORM_TEXT)
		rc = calib_text_read(nda, in, hints, err);
	else
		rc = calib_fail(err, CALIB_EFORMAT,
				"%s: neither text nor npy nor gzip of these: raw data "
				"need their type and shape to be stated",
				name);
	return rc < 0 ? rc : 1;
}

size_t calib_h5_split(const char *path)
{
	char file[4096];

	if (calib_is_file(path))
		return 0;
	for (const char *p = strstr(path, ":/"); p != NULL; p = strstr(p + 1, ":/")) {
		int n = snprintf(file, sizeof file, "%.*s", (int)(p - path), path);

		if (n > 0 && (size_t)n < sizeof file && calib_is_file(file))
			return (size_t)n;
	}
	return 0;
}

static int load_h5(struct calib_nda *nda, const char *path, size_t n, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	struct calib_h5 *file = NULL;
	int rc;

	calib_str_addn(&name, path, n);
	rc = calib_str_check(&name, err);
	if (rc >= 0)
		rc = calib_h5_open(&file, name.s, err);
	if (rc >= 0)
		rc = calib_h5_get(file, path + n + 1, nda, err);
	calib_h5_close(file);
	calib_str_release(&name);
	return rc;
}

/* Nothing at all: text without numbers in a file; a pipe whose writer failed otherwise. */
static int load_empty(struct calib_nda *nda, const struct calib_in *in, bool standard,
                      struct calib_err *err)
{
	size_t none = 0;

	if (standard)
		return calib_fail(err, CALIB_ETRUNC, "%s: empty, an array was expected",
		                  calib_in_name(in));
	calib_log(CALIB_WARNING, "%s: empty, taken as an array without values", calib_in_name(in));
	return calib_nda_alloc(nda, CALIB_F32, 1, &none, err);
}

static int check_end(struct calib_in *in, const struct calib_nda_hints *hints,
                     struct calib_err *err)
{
	const uint8_t *bytes;
	long n = calib_in_peek(in, &bytes, 1, err);

	if (n <= 0)
		return (int)n;
	if (hints != NULL && hints->raw)
		return calib_fail(err, CALIB_ESHAPE,
				  "%s: more than the %llu bytes of the type and shape "
				  "stated",
				  calib_in_name(in), (unsigned long long)calib_in_tell(in));
	calib_log(CALIB_WARNING, "%s: something follows the array: only the first array is used",
	          calib_in_name(in));
	return CALIB_OK;
}

int calib_nda_load(struct calib_nda *nda, const char *path, const struct calib_nda_hints *hints,
                   struct calib_err *err)
{
	struct calib_in *in = NULL;
	size_t n = strcmp(path, "-") != 0 ? calib_h5_split(path) : 0;
	int rc;

	if (n > 0)
		return load_h5(nda, path, n, err);
	rc = calib_in_open(&in, path, err);
	if (rc >= 0)
		rc = calib_nda_read(nda, in, hints, err);
	if (rc == 0)
		rc = load_empty(nda, in, strcmp(path, "-") == 0, err);
	else if (rc > 0)
		rc = check_end(in, hints, err);
	calib_in_close(in);
	return rc < 0 ? rc : CALIB_OK;
}

int calib_nda_write(const struct calib_nda *nda, struct calib_out *out,
                    const struct calib_nda_form *form, struct calib_err *err)
{
	switch (form != NULL ? form->form : CALIB_FORM_AUTO) {
	case CALIB_FORM_AUTO:
	case CALIB_FORM_NPY:  return calib_npy_write(nda, out, err);
	case CALIB_FORM_TEXT: return calib_text_write(nda, out, form, false, err);
	case CALIB_FORM_BARE: return calib_text_write(nda, out, form, true, err);
	case CALIB_FORM_RAW:  return calib_raw_write(nda, out, err);
	case CALIB_FORM_H5:
	case CALIB_NFORMS:    break;
	}
	return calib_fail(err, CALIB_EINVAL, "%s: HDF5 cannot be written to a stream",
	                  calib_out_name(out));
}

/* Does the name end in the suffix, or in the suffix and ".gz"? */
static bool has_suffix(const char *path, const char *suffix)
{
	char packed[16];

	snprintf(packed, sizeof packed, "%s.gz", suffix);
	return calib_path_suffix(path, suffix) || calib_path_suffix(path, packed);
}

/* By the suffix; names that promise something else are refused, others get npy. */
int calib_form_of_name(const char *path, struct calib_err *err)
{
	static const struct { const char *suffix; enum calib_form form; } suffixes[] = {
		{".npy", CALIB_FORM_NPY}, {".txt", CALIB_FORM_TEXT}, {".dat", CALIB_FORM_TEXT},
		{".data", CALIB_FORM_TEXT}, {".h5", CALIB_FORM_H5},
	};
	static const char *const other[] = {".png",  ".svg", ".html", ".tif",
					    ".tiff", ".npz", ".xtc"};

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
		if (has_suffix(path, suffixes[i].suffix))
			return (int)suffixes[i].form;
	for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
		if (has_suffix(path, other[i]))
			return calib_fail(err, CALIB_EINVAL,
					  "%s: an array cannot be written as '%s': .npy, "
					  ".txt, .dat, .data and .h5 are possible",
					  path, other[i]);
	return strstr(path, ".h5:/") != NULL ? CALIB_FORM_H5 : CALIB_FORM_NPY;
}

static int save_h5(const struct calib_nda *nda, const char *path, int flags, struct calib_err *err)
{
	const char *colon = strstr(path, ".h5:/");
	struct calib_str name = CALIB_STR_INIT;
	struct calib_h5 *file = NULL;
	int rc;

	calib_str_addn(&name, path, colon != NULL ? (size_t)(colon - path) + 3 : strlen(path));
	rc = calib_str_check(&name, err);
	if (rc >= 0)
		rc = calib_h5_create(&file, name.s, flags, err);
	if (rc >= 0)
		rc = calib_h5_put(file, colon != NULL ? colon + 4 : H5_DEFAULT, nda, err);
	if (rc >= 0)
		rc = calib_h5_commit(file, err);
	else
		calib_h5_close(file);
	calib_str_release(&name);
	return rc;
}

int calib_nda_save(const struct calib_nda *nda, const char *path,
                   const struct calib_nda_form *form, int flags, struct calib_err *err)
{
	struct calib_nda_form own = {.form = CALIB_FORM_AUTO};
	struct calib_out *out = NULL;
	int rc;

	if (form != NULL)
		own = *form;
	if (own.form == CALIB_FORM_AUTO && strcmp(path, "-") != 0) {
		rc = calib_form_of_name(path, err);
		if (rc < 0)
			return rc;
		own.form = (enum calib_form)rc;
	}
	if (own.form == CALIB_FORM_H5)
		return save_h5(nda, path, flags, err);
	rc = calib_out_open(&out, path, flags, err);
	if (rc < 0)
		return rc;
	rc = calib_nda_write(nda, out, &own, err);
	if (rc < 0) {
		calib_out_abort(out);
		return rc;
	}
	return calib_out_commit(out, err);
}
