/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/session.c - the records of a session, on the terminal and in its log files
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

/* A file that is appended to; fd -1: not open, or given up after an error. */
struct sink { int fd; struct calib_str name; };

static struct {
	long bits;			/* 1 debug, 2 info, 4 warning, 8 error, 16 critical */
	struct sink log, json;
	struct calib_str early;		/* records from before the log was there */
	struct calib_str *errors;	/* collects them, or NULL */
	time_t begin;
	struct timespec clock;
	bool progress, shown;		/* is it wanted, is a line of it there */
} session = {.log = {-1, CALIB_STR_INIT}, .json = {-1, CALIB_STR_INIT}, .early = CALIB_STR_INIT};

static char *stamp(time_t t, char buf[32])
{
	return calib_time_format(t, "%Y-%m-%d %H:%M:%S", buf, 32);
}

/* One write, unless the system takes less: whoever reads along sees whole lines. */
static void append(struct sink *sink, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t k = write(sink->fd, text, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0) {	/* the constants matter more than the log */
			fprintf(stderr, "%s: %s: cannot write: %s\n",
			        program_invocation_short_name, sink->name.s, strerror(errno));
			close(sink->fd);
			sink->fd = -1;
			return;
		}
		text += k;
		n -= (size_t)k;
	}
}

static int open_sink(struct sink *sink, const char *what, struct calib_err *err)
{
	sink->fd = open(sink->name.s, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (sink->fd < 0)
		return calib_fail_sys(err, "%s: cannot open the %s", sink->name.s, what);
	return CALIB_OK;
}

static void close_sink(struct sink *sink)
{
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
	calib_str_release(&sink->name);
}

/* {"time":"2014-05-13T16:53:20-07:00","level":"info","program":"calib-dark","text":"..."} */
static void append_json(time_t t, enum calib_log_level level, const char *who, const char *text)
{
	struct calib_str line = CALIB_STR_INIT;
	char now[32], zone[8];
	size_t minutes;

	calib_time_format(t, "%z", zone, sizeof zone);
	minutes = strlen(zone) > 2 ? strlen(zone) - 2 : 0;
	calib_str_addf(&line, "{\"time\":\"%s%.*s:%s\",\"level\":\"%s\",\"program\":",
	               calib_time_format(t, "%Y-%m-%dT%H:%M:%S", now, sizeof now), (int)minutes,
	               zone, zone + minutes, calib_log_name(level));
	calib_str_quote_json(&line, who);
	calib_str_add(&line, ",\"text\":");
	calib_str_quote_json(&line, text);
	calib_str_add(&line, "}\n");
	append(&session.json, line.s, line.len);
	calib_str_release(&line);
}

/* What stands on the terminal's line of progress gives way. */
static void clear_progress(void)
{
	if (session.shown)
		fputs("\r\033[K", stderr);
	session.shown = false;
}

void session_progress_on(bool on)
{
	session.progress = on;
}

bool session_progress_wanted(void)
{
	return session.progress;
}

void session_progress(const char *format, ...)
{
	va_list ap;

	if (!session.progress)
		return;
	clear_progress();
	if (format == NULL)
		return;
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fflush(stderr);
	session.shown = true;
}

static void show(enum calib_log_level level, const char *line)
{
	bool wanted = session.bits >> level & 1;

	clear_progress();
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
	time_t t = calib_now();
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
			*p = '?';
	calib_str_addf(&line, "%s (%s) %s: %s\n", stamp(t, now), calib_log_name(level),
	               who, text);
	show(level, line.s);
	if (level >= CALIB_INFO && session.log.fd >= 0)
		append(&session.log, line.s, line.len);
	else if (level >= CALIB_INFO && session.log.name.len == 0)
		calib_str_add(&session.early, line.s);
	if (level >= CALIB_INFO && session.json.fd >= 0)
		append_json(t, level, who, text);
	if (level == CALIB_ERROR && session.errors != NULL)
		calib_str_addf(session.errors, "%s\n", text);
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
	calib_str_addf(&session.log.name, "%s/%s-log.txt", workdir, name);
	if (open_sink(&session.log, "log", err) < 0)
		return CALIB_ESYS;
	append(&session.log, session.early.s, session.early.len);
	calib_str_release(&session.early);
	return CALIB_OK;
}

int session_open_json(const char *path, struct calib_err *err)
{
	calib_str_add(&session.json.name, path);
	return open_sink(&session.json, "log in JSON", err);
}

const char *session_log_name(void)
{
	return session.log.name.len > 0 ? session.log.name.s : NULL;
}

void session_collect(struct calib_str *lines)
{
	session.errors = lines;
}

void session_end(void)
{
	struct timespec now;
	char text[32];

	clock_gettime(CLOCK_MONOTONIC, &now);
	clear_progress();
	fflush(stdout);
	fprintf(stderr, "%s End of calibrun, consumed time = %.3f(sec)\n", stamp(calib_now(), text),
	        (double)(now.tv_sec - session.clock.tv_sec)
	        + 1e-9 * (double)(now.tv_nsec - session.clock.tv_nsec));
	calib_log_set_sink(NULL, NULL);
	close_sink(&session.log);
	close_sink(&session.json);
	calib_str_release(&session.early);
}
