/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/log.c - messages */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static enum calib_log_level lowest_shown = CALIB_WARNING;
static void (*current_sink)(void *ctx, enum calib_log_level level, const char *text);
static void *current_ctx;

const char *calib_log_name(enum calib_log_level level)
{
	static const char *const names[] = {"debug", "info", "warning", "error", "critical"};

	return names[level];
}

void calib_log_set_level(enum calib_log_level lowest)
{
	lowest_shown = lowest;
}

void calib_log_set_sink(void (*sink)(void *ctx, enum calib_log_level level, const char *text),
                        void *ctx)
{
	current_sink = sink;
	current_ctx = ctx;
}

/* Warnings always bear their level; the others for a program that reads them. */
static bool bears_level(enum calib_log_level level)
{
	return level == CALIB_WARNING
	       || (level < CALIB_WARNING && getenv("CALIB_LOG_LEVELS") != NULL);
}

void calib_log(enum calib_log_level level, const char *format, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
			*p = '?';
	if (current_sink != NULL)
		current_sink(current_ctx, level, text);
	else if (level >= lowest_shown)
		fprintf(stderr, "%s: %s%s%s\n", program_invocation_short_name,
		        bears_level(level) ? calib_log_name(level) : "",
		        bears_level(level) ? ": " : "", text);
}
