/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/follow.c - --follow: new runs of an experiment, or new files of a run, as they appear
 *
 * Directories are listed, no file is opened; nothing that was printed is printed again, also when
 * it is renamed or gone for a while. */
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "scan/scan.h"
#include "src/live.h"

/* A listing may take this part of the time: thousands of files on a loaded file server. */
#define SHARE 0.05

/* What was printed, ascending. */
struct seen { uint64_t *key; size_t n, room; };

/* 1 it is new and entered now, 0 it is not. */
static int enter(struct seen *s, uint64_t key, struct calib_err *err)
{
	size_t lo = 0, hi = s->n;
	void *list = s->key;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->key[mid] < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < s->n && s->key[lo] == key)
		return 0;
	if (calib_grow(&list, &s->room, s->n + 1, sizeof key, "list", err) < 0)
		return CALIB_ENOMEM;
	s->key = list;
	memmove(s->key + lo + 1, s->key + lo, (s->n - lo) * sizeof key);
	s->key[lo] = key;
	s->n++;
	return 1;
}

/* Streams and chunks of data have a few digits. */
static uint64_t key_of(const struct calib_file *f)
{
	return (uint64_t)f->run << 40 | (uint64_t)(f->stream & 0xfffff) << 20
	       | (f->chunk & 0xfffff);
}

static int new_files(struct calib_table *t, struct seen *seen, const struct calib_runs *runs,
                     struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < runs->nfiles && rc >= 0; i++) {
		rc = enter(seen, key_of(&runs->file[i]), err);
		if (rc > 0)
			rc = scan_file_row(t, &runs->file[i]);
	}
	return rc;
}

static int new_runs(struct calib_table *t, struct seen *seen, const struct calib_runs *runs,
                    struct calib_err *err)
{
	static const struct scan_peek none = {CALIB_STR_INIT, 0, 0, -1, -1};
	int rc = CALIB_OK;

	for (size_t i = 0; i < runs->n && rc >= 0; i++) {
		rc = enter(seen, runs->run[i].run, err);
		if (rc > 0)
			rc = scan_run_row(t, runs->run[i].run, &runs->run[i], &none, NULL, false);
	}
	return rc;
}

/* Rows of what is new; *wait: why there is nothing yet. */
static int look(const struct scan_opts *o, const struct calib_src_opts *open,
                struct calib_table *t, struct seen *seen, struct calib_err *wait,
                struct calib_err *err)
{
	struct calib_runs runs;
	struct calib_err why = CALIB_ERR_INIT;
	int rc = calib_runs_list(&runs, open, &why);

	if (rc == CALIB_ENOTFOUND) {	/* a run that is yet to begin */
		*wait = why;
		return CALIB_OK;
	}
	if (rc < 0)
		return calib_fail(err, rc, "%s", why.msg);
	rc = o->follow_files ? new_files(t, seen, &runs, err) : new_runs(t, seen, &runs, err);
	calib_runs_release(&runs);
	return rc;
}

/* Nobody reads any more: as when a row is written then, but without waiting for one. */
static int reader_left(struct calib_err *err)
{
	struct pollfd out = {STDOUT_FILENO, 0, 0};

	if (poll(&out, 1, 0) <= 0 || !(out.revents & (POLLERR | POLLNVAL)))
		return CALIB_OK;
	raise(SIGPIPE);
	return calib_fail(err, CALIB_ESYS, "standard output was closed");
}

static int watch(const struct scan_opts *o, const struct calib_src_opts *open,
                 struct calib_table *t, const char *dir, struct calib_err *err)
{
	struct calib_err wait = CALIB_ERR_INIT;
	struct calib_live live;
	struct seen seen = {NULL, 0, 0};
	int rc = CALIB_OK;

	calib_live_begin(&live, -1, 0, NULL);
	calib_live_watch(&live, dir);
	for (live.names = true; rc >= 0;) {
		double began = calib_live_now();
		bool first = wait.code == CALIB_OK;

		if (live.names) {
			rc = look(o, open, t, &seen, &wait, err);
			if (rc >= 0)
				rc = calib_out_flush(t->out, err);
			live.poll = fmax(CALIB_LIVE_POLL, (calib_live_now() - began) / SHARE);
		}
		if (first && wait.code != CALIB_OK)
			calib_log(CALIB_WARNING, "%s: waiting for them", wait.msg);
		if (rc >= 0)
			rc = reader_left(err);
		if (rc >= 0)
			rc = calib_live_wait(&live, err);
	}
	calib_live_end(&live);
	free(seen.key);
	return rc;
}

int scan_follow(const struct scan_opts *o, struct calib_err *err)
{
	struct calib_src_opts open;
	struct calib_table table;
	char *dir = NULL;
	int rc = cli_src_opts(&open, &o->set, NULL, 1, err);	/* 1: -r may be missing */

	open.nfiles = 0;
	if (rc >= 0)
		rc = calib_src_dir(&dir, &open, err);
	if (rc >= 0)
		rc = scan_begin(&table, o->follow_files ? scan_file_columns : scan_run_columns, o,
		                err);
	if (rc >= 0)
		rc = scan_end(&table, watch(o, &open, &table, dir, err), err);
	free(dir);
	free((void *)(uintptr_t)open.runs);
	return rc;
}
