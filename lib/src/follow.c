/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/follow.c - an XTC run while the recorder writes it
 *
 * The recorder opens <name>.xtc.inprogress and renames it at once or at the end; it flushes after
 * every datagram; a chunk ends with a Disable, a stream with an EndRun.  So a name says nothing,
 * and a stream has ended when its newest chunk ends with EndRun.  Streams and chunks turn up at any
 * time.  Where no EndRun comes, the run is over when nothing was written for a while.
 * Source: slac-lcls/lcls1 extpkgs/pdsapp tools/Recorder.cc; lcls-psana/XtcInput
 * src/XtcStreamDgIter.cpp, src/ChunkFileIterLive.cpp. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "src/live.h"
#include "src/xtcrun.h"

#define RENAME_WAIT 10.0	/* s from the last datagram to the rename at close */
#define NAMED 8			/* files that a sentence names */

struct texts { char **list; size_t n, room; };

struct calib_follow {
	struct calib_live live;
	struct calib_src_opts opts;	/* of a run that is there */
	bool named;			/* files, no directory: only their names may change */
	bool begun;			/* the first pass was started */
	bool merging;			/* datagrams of this pass were merged */
	bool late;			/* and one turned up that belonged between them */
	size_t runs_over;		/* runs whose end is known */
	bool gave_up;			/* that of the current run is a time-out */
	struct texts names;		/* that files had: messages and places refer to them */
	struct texts ended;		/* problems of runs without end */
	char *remark;
};

static struct xtcrun *xtc(const struct calib_src *src)
{
	return src->run;
}

/* It owns the text afterwards, unless there was no room. */
static int keep_text(struct texts *t, char *text, struct calib_err *err)
{
	void *list = t->list;
	int rc = calib_grow(&list, &t->room, t->n + 1, sizeof *t->list, "names", err);

	t->list = list;
	if (rc >= 0)
		t->list[t->n++] = text;
	return rc;
}

static void free_texts(struct texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->list[i]);
	free(t->list);
}

/* ---- before there are files ---- */

bool calib_src_asks_live(const char *text)
{
	const char *at = text[0] == ':' || strchr(text, '=') != NULL ? text : "";

	for (; *at != '\0'; at += strcspn(at, ":")) {
		at += strspn(at, ": \t");
		if (strncmp(at, "live", 4) == 0 && strchr(": \t", at[4]) != NULL)
			return true;
	}
	return false;
}

/* A run given by its own number that has no files yet. */
static bool a_run_missing(const struct calib_files *files, const struct calib_src_opts *opts,
                          struct calib_err *why)
{
	for (size_t i = 0; i < opts->nruns; i++) {
		bool found = opts->runs[i].begin != opts->runs[i].end;

		for (size_t k = 0; k < files->n && !found; k++)
			found = files->file[k].run == opts->runs[i].begin;
		if (!found) {
			calib_fail(why, CALIB_ENOTFOUND, "run %u has no files yet",
			           opts->runs[i].begin);
			return true;
		}
	}
	return false;
}

static uint64_t bytes_of(const struct calib_files *files)
{
	uint64_t sum = files->n;

	for (size_t i = 0; i < files->n; i++)
		sum += files->file[i].size;
	return sum;
}

static void watch(struct calib_follow *f, const struct calib_files *files)
{
	struct calib_str dir = CALIB_STR_INIT;
	char *named = NULL;

	if (files->n > 0)
		calib_path_dir(&dir, files->file[0].path);
	else if (!f->named && calib_src_dir(&named, &f->opts, NULL) >= 0)
		calib_str_add(&dir, named);
	if (dir.len > 0 && calib_str_check(&dir, NULL) >= 0)
		calib_live_watch(&f->live, dir.s);
	calib_str_release(&dir);
	free(named);
}

/* Wait for the files: 1 they are there. */
static int find_files(struct calib_src *src, struct calib_follow *f, struct calib_err *err)
{
	uint64_t before = 0;

	for (;;) {
		struct calib_err why = CALIB_ERR_INIT;
		int rc = calib_files_find(&src->files, &f->opts, &why);

		if (rc >= 0 && (f->named || src->files.hdf5
		                || !a_run_missing(&src->files, &f->opts, &why)))
			return 1;
		if (f->named || (rc < 0 && rc != CALIB_ENOTFOUND))
			return calib_fail(err, rc, "%s", why.msg);
		if (bytes_of(&src->files) != before)	/* of an earlier run */
			calib_live_news(&f->live);
		before = bytes_of(&src->files);
		if (f->live.notify < 0)
			watch(f, &src->files);
		calib_files_release(&src->files);
		if (f->opts.waiting != NULL)
			f->opts.waiting(f->opts.waiting_ctx, why.msg);
		rc = calib_live_wait(&f->live, err);
		if (rc < 0)
			return rc;
		if (rc == 0)
			return calib_fail(err, CALIB_ENOTFOUND, "%s; it was waited for %g s",
			                  why.msg, f->live.timeout);
	}
}

int calib_follow_open(struct calib_src *src, const struct calib_src_opts *opts,
                      struct calib_err *err)
{
	struct calib_follow *f = calib_alloc(1, sizeof *f, "run", err);
	int rc;

	if (f == NULL)
		return CALIB_ENOMEM;
	f->opts = *opts;
	f->opts.live = f->opts.smd = false;
	f->named = opts->nfiles > 0 || calib_files_named(opts->xtcdir);
	calib_live_begin(&f->live, opts->timeout, opts->poll, opts->stop);
	src->follow = f;
	rc = find_files(src, f, err);
	if (rc >= 0)
		watch(f, &src->files);
	calib_live_news(&f->live);
	if (src->files.hdf5)	/* the translation of a run that has ended */
		calib_follow_close(src);
	return rc;
}

void calib_follow_close(struct calib_src *src)
{
	struct calib_follow *f = src->follow;

	if (f == NULL)
		return;
	calib_live_end(&f->live);
	free_texts(&f->names);
	free_texts(&f->ended);
	free(f->remark);
	free(f);
	src->follow = NULL;
}

/* A problem of the first pass that later ones do not meet, but must report. */
static void note_lasting(void *ctx, const char *sentence)
{
	struct calib_src *src = ctx;

	char *copy = strdup(sentence);

	calib_src_note(src, sentence);
	if (copy == NULL || keep_text(&src->follow->ended, copy, NULL) < 0)
		free(copy);
}

static void follow_stream(const struct calib_follow *f, struct calib_stream *s)
{
	s->follow = true;
	s->settle = 2 * f->live.poll;
	s->lasting = note_lasting;
}

void calib_follow_start(struct calib_src *src)
{
	struct calib_follow *f = src->follow;

	for (size_t i = 0; i < xtc(src)->nstreams && !f->begun; i++)
		follow_stream(f, xtc(src)->streams[i]);
	f->begun = true;
	f->merging = f->late = false;
	for (size_t i = 0; i < f->ended.n; i++)
		calib_src_note(src, f->ended.list[i]);
	if (f->runs_over == xtc(src)->nruns && xtc(src)->whole)
		calib_xtcrun_gaps(src);
	calib_live_news(&f->live);
}

/* ---- files that turn up, or have another name ---- */

/* The same chunk, in another file: its bytes are the same as far as they go. */
static void reopen(int fd, const char *path)
{
	struct stat was, is;
	int new = open(path, O_RDONLY | O_CLOEXEC);

	if (new >= 0 && fstat(fd, &was) == 0 && fstat(new, &is) == 0
	    && (was.st_ino != is.st_ino || was.st_dev != is.st_dev) && S_ISREG(is.st_mode))
		(void)dup3(new, fd, O_CLOEXEC);
	if (new >= 0)
		close(new);
}

static int renamed(struct calib_src *src, size_t i, const char *path, struct calib_err *err)
{
	struct calib_file *file = &src->files.file[i];
	char *new = calib_strdup(path, err);

	if (new == NULL || keep_text(&src->follow->names, (char *)(uintptr_t)file->path, err) < 0) {
		free(new);
		return CALIB_ENOMEM;
	}
	file->path = new;
	for (size_t k = 0; k < xtc(src)->nstreams; k++) {
		struct calib_stream *s = xtc(src)->streams[k];
		size_t at = (size_t)(file - s->files);

		if (file < s->files || at >= s->nfiles || s->fds[at] < 0)
			continue;
		if (at == s->current)
			s->file.name = new;
		reopen(s->fds[at], new);
	}
	return CALIB_OK;
}

/* Where the new file at src->files.file[at] belongs: a stream of its own, or a chunk of one. */
static int place_file(struct calib_src *src, size_t at, struct calib_err *err)
{
	const struct calib_file *f = src->files.file;
	struct xtcrun *x = xtc(src);
	size_t run = 0, k = 0;
	int rc = CALIB_OK;

	for (size_t i = 0, end; i < src->files.n && rc >= 0; i = end, k++) {
		bool here;

		for (end = i + 1; end < src->files.n && f[end].run == f[i].run
		     && f[end].stream == f[i].stream;)
			end++;
		here = at >= i && at < end;
		run += i > 0 && f[i].run != f[i - 1].run;
		if (here && end - i > 1) {
			struct calib_stream *s = x->streams[k];

			src->follow->late |= src->follow->merging
			                     && (s->done || at - i <= s->current);
			rc = calib_stream_extend(s, f + i, at - i, err);
		} else if (here) {
			src->follow->late |= src->follow->merging && run <= x->run_at;
			rc = calib_xtcrun_stream(src, k, i, 1, err);
			if (rc >= 0)
				follow_stream(src->follow, x->streams[k]);
			for (size_t r = run + 1; r <= x->nruns && rc >= 0; r++)
				x->first[r]++;
			if (rc >= 0 && x->first[run + 1] - x->first[run] >= CALIB_MAX_STREAMS)
				rc = calib_fail(err, CALIB_EINVAL, "run %u has more than %d "
				                "streams", f[i].run, CALIB_MAX_STREAMS - 1);
		} else {
			x->streams[k]->files = f + i;
		}
	}
	return rc;
}

static struct calib_file *find_file(const struct calib_src *src, const struct calib_file *file,
                                    bool *run_known)
{
	*run_known = false;
	for (size_t i = 0; i < src->files.n; i++) {
		struct calib_file *f = &src->files.file[i];

		if (f->run != file->run)
			continue;
		*run_known = true;
		if (f->stream == file->stream && f->chunk == file->chunk)
			return f;
	}
	return NULL;
}

/* What the directory says of one file: 1 it is new, 0 it was known. */
static int take_file(struct calib_src *src, const struct calib_file *listed, struct calib_err *err)
{
	struct calib_file new = *listed, *known;
	bool run_known;
	size_t at;
	int rc = CALIB_OK;

	known = find_file(src, listed, &run_known);
	if (known == NULL && !run_known)	/* of a range: what was there at the start counts */
		return 0;
	if (known == NULL) {
		new.small = NULL;
		rc = calib_files_add(&src->files, &new, &at, err);
		if (rc >= 0)
			rc = place_file(src, at, err);
		calib_live_news(&src->follow->live);
		return rc < 0 ? rc : 1;
	}
	if (listed->size > known->size)
		calib_live_news(&src->follow->live);
	if (strcmp(known->path, listed->path) != 0)
		rc = renamed(src, (size_t)(known - src->files.file), listed->path, err);
	known->in_progress = listed->in_progress;
	known->size = listed->size;
	known->mtime = listed->mtime;
	return rc < 0 ? rc : 0;
}

/* Of files that were named only the end of the name may go. */
static int look_at_named(struct calib_src *src, struct calib_err *err)
{
	static const char end[] = ".inprogress";
	int rc = CALIB_OK;

	for (size_t i = 0; i < src->files.n && rc >= 0; i++) {
		struct calib_file *f = &src->files.file[i];
		size_t n = strlen(f->path) - strlen(end);
		char *final = f->in_progress ? strndup(f->path, n) : NULL;
		struct stat st;

		if (final != NULL && !calib_is_file(f->path) && calib_is_file(final)) {
			rc = renamed(src, i, final, err);
			f->in_progress = false;
		}
		free(final);
		if (stat(f->path, &st) == 0) {
			f->size = (uint64_t)st.st_size;
			f->mtime = st.st_mtime;
		}
	}
	return rc;
}

/* List the files again: 1 there are new ones. */
static int look_at_names(struct calib_src *src, struct calib_err *err)
{
	struct calib_files now;
	int rc = CALIB_OK, any = 0;

	if (src->follow->named)
		return look_at_named(src, err);
	if (calib_files_find(&now, &src->follow->opts, NULL) < 0)
		return 0;	/* as in the moment of a rename; the next look finds them */
	for (size_t i = 0; i < now.n && rc >= 0 && !now.hdf5; i++) {
		rc = take_file(src, &now.file[i], err);
		any |= rc > 0;
	}
	calib_files_release(&now);
	return rc < 0 ? rc : any;
}

/* ---- waiting ---- */

/* Bytes of any stream keep the run alive, also those that are not read yet. */
static void look_at_sizes(struct calib_src *src)
{
	const struct xtcrun *x = xtc(src);
	struct calib_live *live = &src->follow->live;

	for (size_t i = x->first[x->run_at]; i < x->first[x->run_at + 1]; i++) {
		struct calib_stream *s = x->streams[i];

		calib_stream_grown(s);
		if (s->follow && s->grown > live->alive)
			live->alive = s->grown;
	}
}

/* The time is out: the run is what is there now. */
static void give_up(struct calib_src *src)
{
	const struct xtcrun *x = xtc(src);

	for (size_t i = x->first[x->run_at]; i < x->first[x->run_at + 1]; i++)
		x->streams[i]->follow = false;
	src->follow->gave_up = true;
}

/* The files without an EndRun; *partial: one of them does not even look finished. */
static void list_open(const struct calib_src *src, struct calib_str *list, bool *partial)
{
	const struct xtcrun *x = xtc(src);
	size_t n = 0;

	*partial = false;
	for (size_t i = x->first[x->run_at]; i < x->first[x->run_at + 1]; i++) {
		const struct calib_stream *s = x->streams[i];
		const struct calib_file *f = &s->files[s->nfiles - 1];
		uint64_t size = s->fds[s->nfiles - 1] < 0 ? f->size : s->size[s->nfiles - 1];

		if (s->service == CALIB_SVC_ENDRUN)
			continue;
		*partial |= f->in_progress || s->end != size;
		if (++n <= NAMED)
			calib_str_addf(list, "%s%s (%llu of %llu bytes)", n > 1 ? ", " : "",
			               calib_path_base(f->path), (unsigned long long)s->end,
			               (unsigned long long)size);
	}
	if (n > NAMED)
		calib_str_addf(list, " and %zu more", n - NAMED);
}

/* After give_up(), when all is read.  Whole files under their final names are no more suspicious
 * than those of a run that was found finished. */
static int say_gave_up(struct calib_src *src, struct calib_err *err)
{
	struct calib_follow *f = src->follow;
	const struct xtcrun *x = xtc(src);
	unsigned run = x->streams[x->first[x->run_at]]->files[0].run;
	struct calib_str list = CALIB_STR_INIT, text = CALIB_STR_INIT;
	bool partial;
	int rc;

	list_open(src, &list, &partial);
	if (list.len == 0)	/* all is there; something else was said of it */
		return CALIB_OK;
	calib_str_addf(&text, partial ? "run %u: nothing was written for %g s, its end was not "
	               "seen; what is complete is used, of the unfinished files %s"
	                              : "run %u: nothing was written for %g s, taken as its end; "
	               "there is no EndRun in %s", run, f->live.timeout, list.s);
	rc = calib_str_check(&text, err);
	if (rc >= 0 && partial) {
		note_lasting(src, text.s);
	} else if (rc >= 0) {
		free(f->remark);
		f->remark = calib_strdup(text.s, err);
	}
	calib_str_release(&list);
	calib_str_release(&text);
	return rc < 0 ? rc : err->code;
}

int calib_follow_fill(struct calib_src *src, struct calib_err *err)
{
	struct calib_follow *f = src->follow;
	const struct xtcrun *x = xtc(src);

	for (;;) {
		bool waits = false;
		int rc;

		for (size_t i = x->first[x->run_at]; i < x->first[x->run_at + 1]; i++) {
			calib_stream_peek(x->streams[i], err);
			if (err->code != CALIB_OK)
				return err->code;
			waits |= x->streams[i]->waiting;
		}
		if (!waits) {
			f->merging = true;
			return CALIB_OK;
		}
		look_at_sizes(src);
		if (f->opts.waiting != NULL)
			f->opts.waiting(f->opts.waiting_ctx, NULL);
		rc = calib_live_wait(&f->live, err);
		if (rc == 0)
			give_up(src);
		else if (rc > 0 && f->live.names)
			rc = look_at_names(src, err);
		if (rc < 0)
			return rc;
	}
}

static bool unfinished_names(const struct calib_src *src)
{
	const struct xtcrun *x = xtc(src);
	unsigned run = x->streams[x->first[x->run_at]]->files[0].run;

	for (size_t i = 0; i < src->files.n; i++)
		if (src->files.file[i].run == run && src->files.file[i].in_progress)
			return true;
	return false;
}

int calib_follow_end(struct calib_src *src, struct calib_err *err)
{
	struct calib_follow *f = src->follow;
	double timeout = f->live.timeout;
	int any, rc = 1;

	if (xtc(src)->run_at < f->runs_over)
		return 0;
	any = look_at_names(src, err);
	/* the names tell others that the run has ended, and they go into our reports */
	f->live.timeout = timeout > 0 && timeout < RENAME_WAIT ? timeout : RENAME_WAIT;
	calib_live_news(&f->live);
	while (any == 0 && !f->gave_up && unfinished_names(src)) {
		rc = calib_live_wait(&f->live, err);
		if (rc <= 0)
			break;
		any = look_at_names(src, err);
	}
	f->live.timeout = timeout;
	calib_live_news(&f->live);
	if (any != 0 || rc < 0)
		return any != 0 ? any : rc;
	if (f->gave_up && (rc = say_gave_up(src, err)) < 0)
		return rc;
	f->gave_up = false;
	f->runs_over++;
	if (f->runs_over == xtc(src)->nruns && xtc(src)->whole)
		calib_xtcrun_gaps(src);
	return 0;
}

bool calib_src_late(const struct calib_src *src)
{
	return src->follow != NULL && src->follow->late;
}

bool calib_src_over(const struct calib_src *src)
{
	return src->follow == NULL || src->follow->runs_over == xtc(src)->nruns;
}

const char *calib_src_remark(const struct calib_src *src)
{
	return src->follow ? src->follow->remark : NULL;
}
