/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/live.c - wait for a directory whose files grow */
#include "src/live.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

/* Six streams at 120 Hz report a thousand writes a second; a look takes in all of them. */
#define PAUSE 0.01

double calib_live_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void calib_live_begin(struct calib_live *l, double timeout, double poll, volatile int *stop)
{
	double now = calib_live_now();

	*l = (struct calib_live){timeout != 0 ? timeout : CALIB_LIVE_TIMEOUT,
		poll > 0 ? poll : CALIB_LIVE_POLL, stop, -1, now, now, false};
}

void calib_live_watch(struct calib_live *l, const char *dir)
{
	calib_live_end(l);
	l->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (l->notify >= 0
	    && inotify_add_watch(l->notify, dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO
	                         | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE) < 0)
		calib_live_end(l);
}

void calib_live_end(struct calib_live *l)
{
	if (l->notify >= 0)
		close(l->notify);
	l->notify = -1;
}

void calib_live_news(struct calib_live *l)
{
	l->alive = calib_live_now();
}

static void nap(double seconds)
{
	struct timespec t = {(time_t)seconds, (long)(1e9 * (seconds - (double)(time_t)seconds))};

	if (seconds > 0)
		nanosleep(&t, NULL);
}

/* Take what was reported; did names change?  An overflow means that anything may have. */
static bool drain(struct calib_live *l)
{
	union {
		struct inotify_event event;
		char room[4096];
	} buf;
	bool names = false;
	ssize_t n;

	while ((n = read(l->notify, &buf, sizeof buf)) > 0)
		for (ssize_t at = 0; at + (ssize_t)sizeof buf.event <= n;) {
			const struct inotify_event *e = (const void *)(buf.room + at);

			names |= !(e->mask & IN_MODIFY);
			at += (ssize_t)(sizeof *e + e->len);
		}
	return names;
}

int calib_live_wait(struct calib_live *l, struct calib_err *err)
{
	double now = calib_live_now(), left = l->alive + l->timeout - now, until;
	struct pollfd fd = {l->notify, POLLIN, 0};

	if (l->stop != NULL && *l->stop != 0)
		return calib_fail(err, CALIB_ESYS, "stopped while waiting for data");
	if (l->timeout > 0 && left <= 0)
		return 0;
	until = l->looked + l->poll - now;
	until = until < PAUSE ? PAUSE : until > l->poll ? l->poll : until;
	if (l->timeout > 0 && left < until)
		until = left;
	/* the writer may be in the middle of a row of writes */
	if (l->notify < 0)
		nap(until);
	else if (poll(&fd, 1, (int)(1000 * until) + 1) > 0)
		nap(PAUSE);
	now = calib_live_now();
	l->names = l->notify >= 0 && drain(l);
	if (l->names || now - l->looked >= l->poll) {
		l->names = true;
		l->looked = now;
	}
	return 1;
}
