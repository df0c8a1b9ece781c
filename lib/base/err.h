/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/err.h - an error is a code and one finished sentence */
#ifndef CALIB_BASE_ERR_H
#define CALIB_BASE_ERR_H
#include <stdarg.h>

#define CALIB_MUST_CHECK __attribute__((warn_unused_result))

/* Every fallible function returns one of these, or a count >= 0.  The sentence
 * in struct calib_err says what, where, which value, and what was expected. */
enum calib_errcode {
	CALIB_OK = 0,
	CALIB_EINVAL = -1,	/* an argument or option has an impossible value */
	CALIB_ESYS = -2,	/* the system refused; calib_err.sys is errno */
	CALIB_EFORMAT = -3,	/* the bytes are not of the form they should be */
	CALIB_ETRUNC = -4,	/* the bytes end too early */
	CALIB_ENOTFOUND = -5,	/* what was asked for is not there */
	CALIB_ENOMEM = -6,	/* out of memory, or a size beyond the limits */
	CALIB_ESHAPE = -7,	/* shapes, types or sizes do not fit each other */
	CALIB_EEXIST = -8,	/* it is there and must not be replaced */
	CALIB_ELIB = -9		/* a library (HDF5, zlib, libyaml) failed */
};

/* Lives on the caller's stack, so that "out of memory" needs no memory. */
struct calib_err {
	int code;		/* enum calib_errcode, CALIB_OK while untouched */
	int sys;		/* errno, or 0 */
	const char *func;	/* where it was noticed, for debug output */
	int line;
	char msg[512];
};
#define CALIB_ERR_INIT {0, 0, "", 0, ""}

/* calib_fail - state an error, the first one wins
 * Returns code, so that "return calib_fail(err, CALIB_EINVAL, ...)" is one line.
 * err may be NULL.  Control characters in the result are shown as '?'. */
#define calib_fail(err, code, ...) calib_err_set((err), (code), __func__, __LINE__, __VA_ARGS__)
/* calib_fail_sys - the same with code CALIB_ESYS; ": <text of errno>" is appended */
#define calib_fail_sys(err, ...) calib_err_set_sys((err), __func__, __LINE__, __VA_ARGS__)

int calib_err_set(struct calib_err *err, int code, const char *func, int line,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
int calib_err_set_sys(struct calib_err *err, const char *func, int line,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* calib_err_wrap - put "<text>: " before the sentence; returns the code it holds */
int calib_err_wrap(struct calib_err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* calib_err_clear - forget, so that the struct can serve the next attempt */
void calib_err_clear(struct calib_err *err);
#endif
