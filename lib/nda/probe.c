/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/probe.c - which form a stream has, by its first bytes (never by its name) */
#include <string.h>

#include "nda/form.h"

#define MAGIC(bytes) bytes, sizeof bytes - 1

static const struct {
	const char *bytes;
	size_t n;
	enum calib_form form;
	const char *refusal;
} magics[] = {
	{MAGIC("\223NUMPY"), CALIB_FORM_NPY, NULL},
	{MAGIC("\211HDF\r\n\032\n"), CALIB_FORM_H5, "an HDF5 file: name it with its dataset, "
	 "as in file.h5:/path/to/dataset"},
	{MAGIC("\211PNG\r\n\032\n"), CALIB_FORM_AUTO, "a PNG picture, not an array"},
	{MAGIC("II*\0"), CALIB_FORM_AUTO, "a TIFF picture, not an array"},
	{MAGIC("MM\0*"), CALIB_FORM_AUTO, "a TIFF picture, not an array"},
	{MAGIC("PK\003\004"), CALIB_FORM_AUTO, "a zip archive (.npz): unpack it, the members are "
	 ".npy arrays"},
	{MAGIC("\357\273\277"), CALIB_FORM_TEXT, NULL},		/* a byte order mark */
};

static bool is_text_byte(uint8_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f);
}

/* Comments may hold anything printable of any character set.  One comment line of plain text
 * at the start is enough: the damaged files of the C++ writer (ndarray.md 4.2) go on with
 * raw bytes, and the text reader explains them. */
static bool looks_like_text(const uint8_t *p, size_t n)
{
	size_t i = 0;
	bool comment = false, first = true;

	for (; i < n; i++) {
		if (p[i] == '\n') {
			if (comment)
				return true;
			continue;
		}
		if (comment && p[i] >= 0x80)
			continue;
		if (!is_text_byte(p[i]))
			return false;
		if (first && p[i] != ' ' && p[i] != '\t' && p[i] != '\r') {
			if (strchr("#0123456789+-.nNiI", p[i]) == NULL)
				return false;
			comment = p[i] == '#';
			first = false;
		}
	}
	return true;
}

enum calib_form calib_form_probe(const uint8_t *bytes, size_t n, const char **refusal)
{
	*refusal = NULL;
	if (n > CALIB_PROBE_BYTES)
		n = CALIB_PROBE_BYTES;
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
		if (n >= magics[i].n && memcmp(bytes, magics[i].bytes, magics[i].n) == 0) {
			*refusal = magics[i].refusal;
			return magics[i].form;
		}
	return looks_like_text(bytes, n) ? CALIB_FORM_TEXT : CALIB_FORM_AUTO;
}
