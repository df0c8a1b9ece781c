/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/form.h - the file forms, each a reader and a writer; private to lib/nda */
#ifndef CALIB_NDA_FORM_H
#define CALIB_NDA_FORM_H
#include "nda/nda.h"

/* calib_form_probe - which form do these bytes (the first of a stream, at most 512) have?
 * *refusal: NULL, or why a stream of this kind cannot be read.
 * Returns the form, CALIB_FORM_AUTO when there is none that is known. */
#define CALIB_PROBE_BYTES 512
enum calib_form calib_form_probe(const uint8_t *bytes, size_t n, const char **refusal);

/* Readers of one array at the current place; the content of nda is replaced. */
CALIB_MUST_CHECK
int calib_npy_read(struct calib_nda *nda, struct calib_in *in, struct calib_err *err);
CALIB_MUST_CHECK
int calib_raw_read(struct calib_nda *nda, struct calib_in *in,
                   const struct calib_nda_hints *hints, struct calib_err *err);
CALIB_MUST_CHECK
int calib_text_read(struct calib_nda *nda, struct calib_in *in,
                    const struct calib_nda_hints *hints, struct calib_err *err);

CALIB_MUST_CHECK
int calib_npy_write(const struct calib_nda *nda, struct calib_out *out, struct calib_err *err);
CALIB_MUST_CHECK
int calib_raw_write(const struct calib_nda *nda, struct calib_out *out, struct calib_err *err);
CALIB_MUST_CHECK
int calib_text_write(const struct calib_nda *nda, struct calib_out *out,
                     const struct calib_nda_form *form, bool bare, struct calib_err *err);

/* calib_raw_load - n elements of the stream into new memory, bytes swapped if asked
 * Memory grows with what arrives, so that a header cannot ask for more than the stream has.
 * CALIB_ETRUNC when it ends before. */
CALIB_MUST_CHECK
int calib_raw_load(struct calib_nda *nda, struct calib_in *in, bool big_endian,
                   struct calib_err *err);

#endif
