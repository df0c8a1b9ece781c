/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/session.c - the records of a session, on the terminal and in its log file
 *
 * The log is opened with the first record and appended to as the job goes, so that it survives
 * whatever happens to the job. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/path.h"
#include "base/proc.h"
#include "calibrun/calibrun.h"

static struct {
	long bits;			/* 1 debug, 2 info, 4 warning, 8 error, 16 critical */
	int fd;				/* of the log, -1: not yet */
	struct calib_str name;
	struct calib_str early;		/* records from before the log was there */
	time_t begin;
	struct timespec clock;
} session = {.fd = -1, .name = CALIB_STR_INIT, .early = CALIB_STR_INIT};

static char *stamp(time_t t, char buf[32])
{
	return calib_time_format(t, "%Y-%m-%d %H:%M:%S", buf, 32);
}

static void write_log(const char *text, size_t n)
{
	while (n > 0) {
		ssize_t k = write(session.fd, text, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0) {	/* the constants matter more than the log */
			fprintf(stderr, "%s: %s: cannot write: %s\n",
			        program_invocation_short_name, session.name.s, strerror(errno));
			close(session.fd);
			session.fd = -1;
			return;
		}
		text += k;
		n -= (size_t)k;
	}
}

static void show(enum calib_log_level level, const char *line)
{
	bool wanted = session.bits >> level & 1;

	if (wanted)
		fputs(line, stdout);
	else if (session.bits == 0 && (level == CALIB_WARNING || level == CALIB_ERROR))
		fputs(line, stderr);
	fflush(stdout);
}

void record(enum calib_log_level level, const char *who, const char *format, ...)
{
	struct calib_str line = CALIB_STR_INIT;
	char text[8192], now[32];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
			*p = '?';
	calib_str_addf(&line, "%s (%s) %s: %s\n", stamp(calib_now(), now), calib_log_name(level),
	               who, text);
	show(level, line.s);
	if (level >= CALIB_INFO && session.fd >= 0)
		write_log(line.s, line.len);
	else if (level >= CALIB_INFO && session.name.len == 0)
		calib_str_add(&session.early, line.s);
	calib_str_release(&line);
}

/* Messages of the library. */
static void sink(void *ctx, enum calib_log_level level, const char *text)
{
	(void)ctx;
	record(level, "calibrun", "%s", text);
}

void session_begin(int argc, char **argv, long print_bits)
{
	char now[32];

	session.bits = print_bits;
	session.begin = calib_now();
	clock_gettime(CLOCK_MONOTONIC, &session.clock);
	printf("%s Begin calibrun -", stamp(session.begin, now));
	for (int i = 1; i < argc; i++)
		printf(" %s", argv[i]);
	putchar('\n');
	fflush(stdout);
	calib_log_set_sink(sink, NULL);
}

int session_open_log(const char *workdir, struct calib_err *err)
{
	char name[32];
	int rc = calib_make_dirs(workdir, 0, (gid_t)-1, err);

	if (rc < 0)
		return rc;
	calib_time_format(session.begin, "%Y-%m-%d-%H:%M:%S", name, sizeof name);
	calib_str_addf(&session.name, "%s/%s-log.txt", workdir, name);
	session.fd = open(session.name.s, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (session.fd < 0)
		return calib_fail_sys(err, "%s: cannot open the log", session.name.s);
	write_log(session.early.s, session.early.len);
	calib_str_release(&session.early);
	return CALIB_OK;
}

const char *session_log_name(void)
{
	return session.name.len > 0 ? session.name.s : NULL;
}

void session_end(void)
{
	struct timespec now;
	char text[32];

	clock_gettime(CLOCK_MONOTONIC, &now);
	fflush(stdout);
	fprintf(stderr, "%s End of calibrun, consumed time = %.3f(sec)\n", stamp(calib_now(), text),
	        (double)(now.tv_sec - session.clock.tv_sec)
	        + 1e-9 * (double)(now.tv_nsec - session.clock.tv_nsec));
	calib_log_set_sink(NULL, NULL);
	if (session.fd >= 0)
		close(session.fd);
	session.fd = -1;
	calib_str_release(&session.name);
	calib_str_release(&session.early);
}
