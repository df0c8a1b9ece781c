/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/err.c - build the sentence of an error */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A name from a file may hold escape sequences; a terminal must not obey them. */
static void make_printable(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
}

static int set(struct calib_err *err, int code, const char *func, int line, int sys,
               const char *format, va_list ap)
{
	if (err == NULL || err->code != CALIB_OK)
		return code;
	err->code = code;
	err->sys = sys;
	err->func = func;
	err->line = line;
	vsnprintf(err->msg, sizeof err->msg, format, ap);
	if (sys != 0) {
		size_t used = strlen(err->msg);
		char text[128];

		/* GNU strerror_r: may return a static string instead of filling text */
		snprintf(err->msg + used, sizeof err->msg - used, ": %s",
		         strerror_r(sys, text, sizeof text));
	}
	make_printable(err->msg);
	return code;
}

int calib_err_set(struct calib_err *err, int code, const char *func, int line,
                  const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(err, code, func, line, 0, format, ap);
	va_end(ap);
	return code;
}

int calib_err_set_sys(struct calib_err *err, const char *func, int line,
                      const char *format, ...)
{
	int sys = errno;
	va_list ap;

	va_start(ap, format);
	set(err, CALIB_ESYS, func, line, sys, format, ap);
	va_end(ap);
	return CALIB_ESYS;
}

int calib_err_wrap(struct calib_err *err, const char *format, ...)
{
	char tail[sizeof err->msg];
	va_list ap;
	int n;

	if (err == NULL || err->code == CALIB_OK)
		return CALIB_OK;
	memcpy(tail, err->msg, sizeof tail);
	va_start(ap, format);
	n = vsnprintf(err->msg, sizeof err->msg, format, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof err->msg)
		snprintf(err->msg + n, sizeof err->msg - (size_t)n, ": %s", tail);
	make_printable(err->msg);
	return err->code;
}

void calib_err_clear(struct calib_err *err)
{
	*err = (struct calib_err)CALIB_ERR_INIT;
}
