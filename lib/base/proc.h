/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/proc.h - who, where and when; overridable so that outputs can be tested */
#ifndef CALIB_BASE_PROC_H
#define CALIB_BASE_PROC_H
#include <stddef.h>
#include <time.h>

/* calib_now - the time; CALIB_NOW or SOURCE_DATE_EPOCH (seconds since 1970) overrides it */
time_t calib_now(void);
/* calib_time_format - strftime of a time in the local zone (TZ) into buf; returns buf */
char *calib_time_format(time_t t, const char *format, char *buf, size_t n);
/* calib_user - login name of the effective user (CALIB_USER overrides), "unknown" if none */
const char *calib_user(char *buf, size_t n);
/* calib_host - name of this machine (CALIB_HOST overrides) */
const char *calib_host(char *buf, size_t n);
/* calib_work_dir - the current directory (CALIB_WORK_DIR overrides), "." if it has no name */
const char *calib_work_dir(char *buf, size_t n);
/* calib_nproc - processors this process may use, at least 1 */
int calib_nproc(void);
#endif
