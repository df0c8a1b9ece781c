/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/proc.c - user, host, time */
#include "base/proc.h"

#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/parse.h"

time_t calib_now(void)
{
	static const char *const names[] = {"CALIB_NOW", "SOURCE_DATE_EPOCH"};

	for (size_t i = 0; i < 2; i++) {
		const char *text = getenv(names[i]);
		long t;

		if (text != NULL
		    && calib_parse_long(&t, text, 0, 253402300799, names[i], NULL) >= 0)
			return (time_t)t;
	}
	return time(NULL);
}

char *calib_time_format(time_t t, const char *format, char *buf, size_t n)
{
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || strftime(buf, n, format, &tm) == 0)
		snprintf(buf, n, "%lld", (long long)t);
	return buf;
}

const char *calib_user(char *buf, size_t n)
{
	const char *name = getenv("CALIB_USER");
	struct passwd pw, *found = NULL;
	char room[4096];

	if (name == NULL && getpwuid_r(geteuid(), &pw, room, sizeof room, &found) == 0 && found)
		name = pw.pw_name;
	snprintf(buf, n, "%s", name ? name : "unknown");
	return buf;
}

const char *calib_host(char *buf, size_t n)
{
	const char *name = getenv("CALIB_HOST");

	if (name != NULL)
		snprintf(buf, n, "%s", name);
	else if (gethostname(buf, n) != 0)
		snprintf(buf, n, "localhost");
	buf[n - 1] = '\0';
	return buf;
}

const char *calib_work_dir(char *buf, size_t n)
{
	const char *name = getenv("CALIB_WORK_DIR");

	if (name != NULL)
		snprintf(buf, n, "%s", name);
	else if (getcwd(buf, n) == NULL)
		snprintf(buf, n, ".");
	return buf;
}

int calib_nproc(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
}
