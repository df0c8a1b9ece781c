/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/in.h - a byte stream with peek: file, standard input, memory; gzip inflated */
#ifndef CALIB_BASE_IN_H
#define CALIB_BASE_IN_H
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define CALIB_IN_PEEK 65536	/* calib_in_peek() can look at least this far ahead */

struct calib_in;

/* calib_in_open - path, or "-" for standard input
 * A stream that begins with the gzip magic 1f 8b is inflated on the fly; several members
 * one after the other are one stream. */
CALIB_MUST_CHECK
int calib_in_open(struct calib_in **in, const char *path, struct calib_err *err);
/* calib_in_mem - n bytes that stay the caller's and must outlive the stream */
CALIB_MUST_CHECK
int calib_in_mem(struct calib_in **in, const void *bytes, size_t n, const char *name,
                 struct calib_err *err);
void calib_in_close(struct calib_in *in);	/* NULL allowed */

/* calib_in_peek - the next bytes without using them up
 * *bytes: valid until the next call.  Returns how many there are: at least n
 * (n <= CALIB_IN_PEEK) unless the stream ends before, then fewer; 0 = end; < 0 error. */
CALIB_MUST_CHECK
long calib_in_peek(struct calib_in *in, const uint8_t **bytes, size_t n, struct calib_err *err);
/* calib_in_read - up to n bytes; fewer only where the stream ends; < 0 error */
CALIB_MUST_CHECK
long calib_in_read(struct calib_in *in, void *buf, size_t n, struct calib_err *err);
/* calib_in_skip - n bytes, which calib_in_peek() has shown or which are read and dropped;
 * CALIB_ETRUNC when the stream ends before */
CALIB_MUST_CHECK
int calib_in_skip(struct calib_in *in, uint64_t n, struct calib_err *err);
/* calib_in_text - add the content of a whole file to a text */
CALIB_MUST_CHECK
int calib_in_text(const char *path, struct calib_str *text, struct calib_err *err);
/* calib_in_sum - how many bytes a file has and their CRC-32, as of gzip and zip; of a compressed
 * one those it holds */
CALIB_MUST_CHECK
int calib_in_sum(const char *path, uint64_t *bytes, uint32_t *crc, struct calib_err *err);
/* calib_read_file - the bytes of a file, or of "-", standard input, as they are: not inflated
 * *bytes: *n of them, free() it, also after an error */
CALIB_MUST_CHECK
int calib_read_file(const char *path, void **bytes, size_t *n, struct calib_err *err);
uint64_t calib_in_tell(const struct calib_in *in);	/* bytes used up (after inflation) */
const char *calib_in_name(const struct calib_in *in);	/* path, or "standard input" */
#endif
