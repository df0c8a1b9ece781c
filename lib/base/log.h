/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/log.h - messages of a running program; the only file of lib/ that prints */
#ifndef CALIB_BASE_LOG_H
#define CALIB_BASE_LOG_H
enum calib_log_level { CALIB_DEBUG, CALIB_INFO, CALIB_WARNING, CALIB_ERROR, CALIB_CRITICAL };

/* calib_log - one message, without the final newline; control characters become '?'
 * The default sink prints "program: text" on stderr from CALIB_WARNING up, "program: warning: text"
 * for a warning; with CALIB_LOG_LEVELS in the environment, as calibrun sets it, the level also of
 * what is less than a warning. */
void calib_log(enum calib_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void calib_log_set_level(enum calib_log_level lowest);
/* calib_log_set_sink - where messages go; NULL restores the default
 * The sink gets messages of every level. */
void calib_log_set_sink(void (*sink)(void *ctx, enum calib_log_level level, const char *text),
                        void *ctx);
/* calib_log_name - "debug", "info", "warning", "error", "critical" */
const char *calib_log_name(enum calib_log_level level);
#endif
