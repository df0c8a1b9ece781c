/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_text.c - arrays as text, with the header of either writer or none, and gzip */
#include "array.h"

#include "nda/form.h"

/* As text with its header, as C or numpy wrote it, it reads back bit for bit. */
static void round_trip(const struct calib_nda *nda)
{
	const struct calib_nda_form form = {.form = CALIB_FORM_TEXT, .no_origin = true};
	struct calib_nda back = CALIB_NDA_INIT;
	static char buf[65536];

	CHECK(array_read(&back, buf, array_write(nda, &form, buf, sizeof buf), NULL) == 1);
	CHECK(array_same(nda, &back));
	calib_nda_release(&back);
}

/* Without a header the values are the same, in the lines they stand in. */
static void bare_trip(const struct calib_nda *nda)
{
	const struct calib_nda_form form = {.form = CALIB_FORM_BARE};
	const struct calib_nda_hints hints = {.typed = true, .type = nda->type, .strict = true};
	struct calib_nda back = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	static char buf[65536];
	size_t n = array_write(nda, &form, buf, sizeof buf);

	if (nda->size == 0)
		return;
	CHECK(array_read(&back, buf, n, &hints) == 1);
	CHECK(back.size == nda->size);
	fuzz_check_err(calib_nda_reshape(&back, nda->ndim, nda->dim, &err), &err);
	CHECK(array_same(nda, &back));
	calib_nda_release(&back);
}

static void try_hints(const uint8_t *data, size_t size, const struct calib_nda_hints *hints)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_in *in = NULL;
	const uint8_t *rest;
	int rc;

	CHECK(calib_in_mem(&in, data, size, "memory", &err) >= 0);
	rc = calib_text_read(&nda, in, hints, &err);
	fuzz_check_err(rc, &err);
	if (rc >= 0) {
		CHECK(calib_in_peek(in, &rest, 1, &err) == 0);	/* text uses up its stream */
		array_check(&nda);
		if (nda.size <= SMALL_ARRAY) {
			round_trip(&nda);
			bare_trip(&nda);
		}
	}
	calib_nda_release(&nda);
	calib_in_close(in);
}

/* A file is parsed in pieces, of as much as lib/base/in.c reads at once.  With so many blanks, or
 * a comment of that length, before the text a piece ends inside it, and that changes nothing. */
static void in_pieces(const uint8_t *data, size_t size)
{
	enum { PIECE = 4 * CALIB_IN_PEEK, MAX_TEXT = 1024 };
	static char text[PIECE + MAX_TEXT];
	static struct fuzz_file file = {-1, ""};
	size_t lead = PIECE - (size > 0 ? data[size - 1] * size / 256 : 0);
	struct calib_nda whole = CALIB_NDA_INIT, pieces = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_in *in = NULL;
	int rc;

	if (size == 0 || size > MAX_TEXT || array_read(&whole, data, size, NULL) != 1
	    || data[0] == 0xef || data[0] == 0x93) {
		calib_nda_release(&whole);
		return;		/* no text; a byte order mark is one only at the beginning */
	}
	memset(text, ' ', lead);
	if (data[0] == '#') {	/* blanks before it would end the metadata */
		text[0] = '#';
		text[lead - 1] = '\n';
	}
	memcpy(text + lead, data, size);
	CHECK(calib_in_open(&in, fuzz_file_set(&file, text, lead + size), &err) >= 0);
	rc = calib_text_read(&pieces, in, NULL, &err);
	fuzz_check_err(rc, &err);
	CHECK(rc >= 0 && array_same(&whole, &pieces));
	calib_in_close(in);
	calib_nda_release(&pieces);
	calib_nda_release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct calib_nda_hints hints[] = {
		{.strict = true},
		{.typed = true, .type = CALIB_I16},
		{.typed = true, .type = CALIB_U64, .strict = true},
		{.typed = true, .type = CALIB_F64},
	};
	struct calib_nda mem = CALIB_NDA_INIT, file = CALIB_NDA_INIT;
	int rc;

	fuzz_begin();
	rc = array_read_file(&file, data, size);
	if (size < 2 || data[0] != 0x1f || data[1] != 0x8b) {
		CHECK(array_read(&mem, data, size, NULL) == rc);
		CHECK(rc != 1 || array_same(&mem, &file));
	}
	if (rc == 1 && file.size <= SMALL_ARRAY)
		round_trip(&file);
	try_hints(data, size, NULL);
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		try_hints(data, size, &hints[i]);
	in_pieces(data, size);
	calib_nda_release(&file);
	calib_nda_release(&mem);
	return 0;
}
