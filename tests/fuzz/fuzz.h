/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz.h - what the fuzz targets share
 *
 * A target reads any bytes in every way there is, and aborts where a promise of the library's
 * headers is not kept: libFuzzer, or the replay of the corpus, then names the input. */
#ifndef CALIB_FUZZ_H
#define CALIB_FUZZ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"

/* The entry point of libFuzzer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))

static inline void fuzz_broken(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, condition);
	abort();
}

/* Text for a terminal: not empty, no control characters but those given. */
static inline void fuzz_check_text(const char *text, const char *allowed)
{
	CHECK(*text != '\0');
	for (; *text; text++)
		CHECK(((unsigned char)*text >= 0x20 && *text != 0x7f) || strchr(allowed, *text));
}

static inline void fuzz_sink(void *ctx, enum calib_log_level level, const char *text)
{
	(void)ctx;
	(void)level;
	fuzz_check_text(text, "\n\t");
}

/* fuzz_begin - check what is logged, instead of printing it */
static inline void fuzz_begin(void)
{
	calib_log_set_sink(fuzz_sink, NULL);
}

/* fuzz_check_err - a failure comes with a sentence, a success leaves err alone */
static inline void fuzz_check_err(long rc, const struct calib_err *err)
{
	CHECK((rc < 0) == (err->code < 0));
	CHECK((rc < 0) == (err->msg[0] != '\0'));
	if (rc < 0)
		fuzz_check_text(err->msg, "");
}

/* fuzz_copy - exactly these bytes and no NUL behind them, so that a byte too far is noticed */
static inline char *fuzz_copy(const void *bytes, size_t n)
{
	char *copy = calloc(n ? n : 1, 1);

	CHECK(copy != NULL);
	if (n > 0)
		memcpy(copy, bytes, n);
	return copy;
}

/* fuzz_text - bytes as a string, up to the first NUL among them; free() it */
static inline char *fuzz_text(const void *bytes, size_t n)
{
	char *text = strndup(bytes, n);

	CHECK(text != NULL);
	return text;
}

/* A file that has a name and lives in memory; begin with {-1, ""}, kept from call to call. */
struct fuzz_file { int fd; char path[40]; };

/* fuzz_file_set - give it this content; returns its name */
static inline const char *fuzz_file_set(struct fuzz_file *file, const void *bytes, size_t n)
{
	if (file->fd < 0) {
		file->fd = memfd_create("fuzz", MFD_CLOEXEC);
		CHECK(file->fd >= 0);
		snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->fd);
	}
	CHECK(ftruncate(file->fd, 0) == 0);
	CHECK(n == 0 || pwrite(file->fd, bytes, n, 0) == (ssize_t)n);
	return file->path;
}
#endif
