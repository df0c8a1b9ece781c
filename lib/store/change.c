/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/change.c - change files of a calibration directory: all of a change, or none of it */
#include "store/change.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/path.h"
#include "base/proc.h"
#include "store/apply.h"
#include "store/commands.h"
#include "store/dir.h"
#include "store/history.h"

/* What the record does not hold of an operation. */
struct work {
	const void *bytes;		/* NULL: in the file 'input' */
	size_t n;
	char *input;
	struct calib_out *out;
	char *parent;			/* the directory that was there already */
};

struct calib_change {
	struct calib_change_params p;
	gid_t newgroup;			/* of what is created */
	int lock;
	struct calib_record record;
	struct work *work;		/* of record.op */
	size_t room;
	time_t now;			/* of HISTORY */
	struct timespec stamp;		/* of the files */
	char when[40];			/* for the names of backups */
};

/* ---- begin ---- */

/* The record is lines of cells: no value may break one. */
static char *clean(const char *text, struct calib_err *err)
{
	char *own = calib_strdup(text, err);

	for (char *p = own; p != NULL && *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return own;
}

static int describe(struct calib_change *c, struct calib_err *err)
{
	struct calib_record *r = &c->record;
	char user[64], host[256], stamp[64];

	c->now = calib_now();
	clock_gettime(CLOCK_REALTIME, &c->stamp);
	calib_time_format(c->now, "%Y-%m-%dT%H:%M:%S", c->when, sizeof c->when);
	snprintf(stamp, sizeof stamp, "%lld.%09ld", (long long)c->stamp.tv_sec, c->stamp.tv_nsec);
	r->stamp = calib_strdup(stamp, err);
	r->time = calib_strdup(c->when, err);
	r->user = clean(calib_user(user, sizeof user), err);
	r->host = clean(calib_host(host, sizeof host), err);
	r->verb = clean(c->p.verb, err);
	r->history = calib_strdup(c->p.history, err);
	r->pid = (long)getpid();
	return r->time && r->user && r->host && r->verb && r->stamp && r->history ? CALIB_OK
	       : CALIB_ENOMEM;
}

/* The directory, the lock of it, and no unfinished change of somebody else. */
static int enter(struct calib_change *c, struct calib_err *err)
{
	int rc = calib_make_dirs(c->p.calib, c->p.dirmode, c->newgroup, err);

	if (rc >= 0) {
		c->lock = calib_apply_lock(c->p.calib);
		rc = calib_apply_recover(c->p.calib, c->lock >= 0, err);
	}
	return rc;
}

int calib_change_new(struct calib_change **change, const struct calib_change_params *params,
                     struct calib_err *err)
{
	struct calib_change *c;
	struct stat st;
	int rc = CALIB_OK;

	if (*params->history != '\0'
	    && calib_dir_component("HISTORY file", params->history, err) < 0)
		return CALIB_EINVAL;
	c = calib_alloc(1, sizeof *c, "change", err);
	if (c == NULL)
		return CALIB_ENOMEM;
	c->p = *params;
	c->lock = -1;
	c->newgroup = params->group;
	if (c->newgroup == (gid_t)-1 && stat(params->calib, &st) == 0)
		c->newgroup = st.st_gid;
	rc = describe(c, err);
	if (rc >= 0 && !params->dry_run)
		rc = enter(c, err);
	if (rc < 0) {
		calib_change_free(c);
		return rc;
	}
	*change = c;
	return CALIB_OK;
}

void calib_change_free(struct calib_change *change)
{
	if (change == NULL)
		return;
	for (size_t i = 0; i < change->record.n; i++) {
		calib_out_abort(change->work[i].out);
		free(change->work[i].input);
		free(change->work[i].parent);
	}
	free(change->work);
	calib_record_release(&change->record);
	if (change->lock >= 0)
		close(change->lock);
	free(change);
}

const struct calib_record *calib_change_record(const struct calib_change *change)
{
	return &change->record;
}

void calib_change_comment(struct calib_change *change, const char *comment)
{
	change->p.comment = comment;
}

static int target_of(const struct calib_change *c, const char *file, struct calib_str *target,
                     struct calib_err *err)
{
	calib_path_join(target, c->p.calib, file);
	return calib_str_check(target, err);
}

/* ---- what is to be done ---- */

/* <name>.data-YYYY-MM-DDTHH:MM:SS, the form the analysis library's own writer leaves; a second
 * backup within the second gets .1 and so on behind it. */
static int name_backup(const struct calib_change *c, const char *target, struct calib_str *name,
                       struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct stat st;
	int rc = CALIB_OK;

	for (unsigned k = 0; rc >= 0; k++) {
		calib_str_clear(&path);
		calib_str_addf(&path, "%s-%s", target, c->when);
		if (k > 0)
			calib_str_addf(&path, ".%u", k);
		rc = calib_str_check(&path, err);
		if (rc >= 0 && lstat(path.s, &st) != 0)
			break;
	}
	if (rc >= 0)
		calib_str_add(name, calib_path_base(path.s));
	calib_str_release(&path);
	return rc < 0 ? rc : calib_str_check(name, err);
}

static int add_op(struct calib_change *c, struct calib_op *op,
                  const struct calib_history_note *note, const struct work *work,
                  struct calib_err *err)
{
	struct calib_str target = CALIB_STR_INIT, backup = CALIB_STR_INIT, line = CALIB_STR_INIT;
	void *list = c->work;
	int rc = target_of(c, op->file, &target, err);

	if (rc >= 0 && op->before.there && !c->p.no_backup)
		rc = name_backup(c, target.s, &backup, err);
	if (rc >= 0 && note != NULL)
		rc = calib_history_line(&line, note, err);
	if (rc >= 0)
		rc = calib_grow(&list, &c->room, c->record.n + 1, sizeof *work, "change", err);
	if (rc >= 0) {
		c->work = list;
		c->work[c->record.n] = *work;
		op->backup = backup.s;
		op->history = line.s;
		rc = calib_record_add(&c->record, op, err);
	}
	calib_str_release(&line);
	calib_str_release(&backup);
	calib_str_release(&target);
	return rc;
}

int calib_change_put(struct calib_change *change, const struct calib_change_file *file,
                     struct calib_err *err)
{
	struct calib_op op = {.file = (char *)(uintptr_t)file->file};
	struct calib_history_note note = {calib_path_base(file->file), file->input, change->p.exp,
		change->p.comment, file->run, false, change->now};
	struct work work = {file->bytes, file->n, NULL, NULL, NULL};
	struct calib_str target = CALIB_STR_INIT;
	int rc = target_of(change, file->file, &target, err);

	if (rc >= 0)
		rc = calib_dir_beneath(change->p.calib, target.s, err);
	if (rc >= 0) {
		op.before = calib_print_file(target.s);
		op.after = file->bytes ? calib_print_bytes(file->bytes, file->n) : *file->print;
		op.kind = op.before.there ? CALIB_OP_REPLACE : CALIB_OP_NEW;
	}
	if (rc >= 0 && calib_print_equal(&op.before, &op.after)) {
		calib_str_release(&target);
		return 0;
	}
	if (rc >= 0 && change->p.no_replace && op.before.there)
		rc = calib_fail(err, CALIB_EEXIST, "%s: exists already", target.s);
	if (rc >= 0 && (work.input = calib_strdup(file->input, err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = add_op(change, &op, &note, &work, err);
	if (rc < 0)
		free(work.input);
	calib_str_release(&target);
	return rc < 0 ? rc : 1;
}

/* The reference notes a removal only where there is a HISTORY. */
static bool has_history(const struct calib_change *c, const char *target)
{
	struct calib_str path = CALIB_STR_INIT, dir = CALIB_STR_INIT;
	bool found;

	calib_path_dir(&dir, target);
	calib_path_join(&path, dir.s, c->p.history);
	found = *c->p.history != '\0' && calib_is_file(path.s);
	calib_str_release(&dir);
	calib_str_release(&path);
	return found;
}

int calib_change_delete(struct calib_change *change, const char *file, struct calib_err *err)
{
	struct calib_op op = {.kind = CALIB_OP_DELETE, .file = (char *)(uintptr_t)file};
	struct calib_history_note note = {calib_path_base(file), NULL, NULL, change->p.comment, -1,
		true, change->now};
	struct calib_str target = CALIB_STR_INIT;
	struct stat st;
	int rc = target_of(change, file, &target, err);

	if (rc >= 0)
		rc = calib_dir_beneath(change->p.calib, target.s, err);
	if (rc >= 0 && lstat(target.s, &st) != 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such file", target.s);
	else if (rc >= 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		rc = calib_fail(err, CALIB_EINVAL, "%s: is not a file", target.s);
	if (rc >= 0) {
		op.before = calib_print_file(target.s);
		op.before.there = true;
		rc = add_op(change, &op, has_history(change, target.s) ? &note : NULL,
		            &(struct work){NULL, 0, NULL, NULL, NULL}, err);
	}
	calib_str_release(&target);
	return rc;
}

/* ---- doing it ---- */

/* One content at a time is in memory, however many there are. */
static int write_content(struct work *w, const struct calib_print *want, struct calib_err *err)
{
	struct calib_print found;
	void *bytes = NULL;
	size_t n = 0;
	int rc;

	if (w->bytes != NULL)
		return calib_out_write(w->out, w->bytes, w->n, err);
	rc = calib_read_file(w->input, &bytes, &n, err);
	if (rc >= 0) {
		found = calib_print_bytes(bytes, n);
		if (!calib_print_equal(&found, want))
			rc = calib_fail(err, CALIB_EINVAL, "%s: was changed after it was checked",
			                w->input);
	}
	if (rc >= 0)
		rc = calib_out_write(w->out, bytes, n, err);
	free(bytes);
	return rc;
}

static int note_parent(struct work *w, const char *dir, struct calib_err *err)
{
	struct calib_str parent = CALIB_STR_INIT;
	int rc;

	calib_path_existing(&parent, dir);
	rc = calib_str_check(&parent, err);
	if (rc >= 0 && (w->parent = calib_strdup(parent.s, err)) == NULL)
		rc = CALIB_ENOMEM;
	calib_str_release(&parent);
	return rc;
}

/* Nothing came of it: the directories that were made for it go as well. */
static void withdraw(struct calib_change *c, size_t i)
{
	struct calib_str dir = CALIB_STR_INIT, up = CALIB_STR_INIT;
	struct work *w = &c->work[i];
	int rc = target_of(c, c->record.op[i].file, &dir, NULL);

	calib_out_abort(w->out);
	w->out = NULL;
	while (rc >= 0 && w->parent != NULL) {
		calib_path_dir(&up, dir.s);
		calib_str_clear(&dir);
		calib_str_add(&dir, up.s);
		if (dir.failed || up.failed || strcmp(dir.s, w->parent) == 0 || rmdir(dir.s) != 0)
			break;
	}
	calib_str_release(&up);
	calib_str_release(&dir);
}

static int prepare(struct calib_change *c, size_t i, struct calib_err *err)
{
	const struct calib_op *op = &c->record.op[i];
	bool fresh = op->kind == CALIB_OP_NEW;
	struct work *w = &c->work[i];
	struct calib_str target = CALIB_STR_INIT, dir = CALIB_STR_INIT;
	int rc = target_of(c, op->file, &target, err);

	if (rc < 0 || op->kind == CALIB_OP_DELETE)
		goto out;
	calib_path_dir(&dir, target.s);
	rc = note_parent(w, dir.s, err);
	if (rc >= 0)
		rc = calib_make_dirs(dir.s, c->p.dirmode, c->newgroup, err);
	if (rc >= 0)	/* a mode that was asked for is set, the usual one gives way to an ACL */
		rc = calib_out_open(&w->out, target.s, c->p.keep_mode ? CALIB_OUT_INHERIT : 0, err);
	if (rc >= 0) {
		calib_out_access(w->out, fresh || !c->p.keep_mode ? c->p.filemode : 0,
		                 fresh ? c->newgroup : c->p.group);
		calib_out_time(w->out, c->stamp);
		rc = write_content(w, &op->after, err);
	}
	if (rc >= 0)
		rc = calib_out_prepare(w->out, err);
out:
	calib_str_release(&dir);
	calib_str_release(&target);
	return rc;
}

static void check_group(const struct calib_change *c, const struct calib_op *op, const char *target)
{
	gid_t want = op->kind == CALIB_OP_NEW ? c->newgroup : c->p.group;
	struct stat st;

	if (op->kind != CALIB_OP_DELETE && want != (gid_t)-1 && stat(target, &st) == 0
	    && st.st_gid != want)
		calib_log(CALIB_WARNING, "%s: cannot give it to group %lu, it belongs to %lu",
		          target, (unsigned long)want, (unsigned long)st.st_gid);
}

/* A record that cannot be written is kept in *late: the constants are in place, and the others
 * shall not miss theirs for it. */
static int apply(struct calib_change *c, size_t i, struct calib_err *late, struct calib_err *err)
{
	struct calib_op *op = &c->record.op[i];
	struct calib_out *out = c->work[i].out;
	struct calib_str target = CALIB_STR_INIT;
	int rc = target_of(c, op->file, &target, err);

	if (rc >= 0 && op->kind == CALIB_OP_DELETE) {
		rc = calib_apply_delete(target.s, &c->record, op, err);
	} else if (rc >= 0) {
		rc = calib_apply_backup(target.s, op, err);
		if (rc >= 0) {
			c->work[i].out = NULL;	/* commit frees it in any case */
			rc = calib_out_commit(out, err);
		}
	}
	if (rc >= 0) {
		op->applied = true;
		check_group(c, op, target.s);
		if (calib_apply_history(target.s, &c->record, op, c->p.filemode, c->newgroup, false,
		                        late) < 0)
			calib_log(CALIB_DEBUG, "%s", late->msg);
	}
	calib_str_release(&target);
	return rc;
}

/* Signals wait: what has begun to appear shall be there as a whole. */
static int apply_all(struct calib_change *c, const char *ready, struct calib_err *late,
                     struct calib_err *err)
{
	size_t done = 0;
	sigset_t all, old;
	int rc = CALIB_OK;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	for (size_t i = 0; i < c->record.n && rc >= 0; i++) {
		rc = apply(c, i, late, err);
		done += rc >= 0;
	}
	if (rc < 0 && done > 0)
		calib_err_wrap(err, "%zu of %zu files are %s, then", done, c->record.n,
		               strcmp(c->record.verb, "delete") == 0 ? "deleted" : "deployed");
	for (size_t i = 0; i < c->record.n; i++) {	/* nothing half-written stays */
		calib_out_abort(c->work[i].out);
		c->work[i].out = NULL;
	}
	/* with a line missing in HISTORY it stays unfinished: the next change adds it */
	if (late->code == CALIB_OK && unlink(ready) != 0)
		calib_fail_sys(late, "%s: cannot delete", ready);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static int get_ready(struct calib_change *c, const char *begin, const char *ready,
                     struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT;
	int rc = calib_record_format(&text, &c->record, err);

	if (rc >= 0)
		rc = calib_apply_text(begin, &text, c->p.filemode, c->newgroup, err);
	calib_str_release(&text);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < c->record.n && rc >= 0; i++)
		rc = prepare(c, i, err);
	if (rc >= 0 && rename(begin, ready) != 0)
		rc = calib_fail_sys(err, "%s: cannot rename", begin);
	if (rc >= 0)
		calib_sync_dir(ready);
	for (size_t i = c->record.n; rc < 0 && i-- > 0;)
		withdraw(c, i);
	if (rc < 0)
		unlink(begin);
	return rc;
}

int calib_change_commit(struct calib_change *change, struct calib_err *err)
{
	struct calib_str begin = CALIB_STR_INIT, ready = CALIB_STR_INIT;
	struct calib_err late = CALIB_ERR_INIT;
	const char *calib = change->p.calib;
	int rc;

	if (change->record.n == 0)
		return CALIB_OK;
	rc = calib_apply_record(&begin, calib, change->record.pid, false, err);
	if (rc >= 0)
		rc = calib_apply_record(&ready, calib, change->record.pid, true, err);
	if (rc >= 0)
		rc = get_ready(change, begin.s, ready.s, err);
	if (rc >= 0)
		rc = apply_all(change, ready.s, &late, err);
	if (rc >= 0 && late.code != CALIB_OK)
		rc = calib_fail(err, late.code, "%s (the constants are deployed)", late.msg);
	calib_str_release(&ready);
	calib_str_release(&begin);
	return rc;
}

/* Does an earlier operation write into the same directory? */
static bool is_first_there(const struct calib_change *c, size_t i)
{
	const struct calib_op *op = c->record.op;
	size_t len = strlen(op[i].file) - strlen(calib_path_base(op[i].file));

	for (size_t k = 0; k < i; k++)
		if (op[k].kind != CALIB_OP_DELETE && strncmp(op[k].file, op[i].file, len) == 0)
			return false;
	return true;
}

int calib_change_commands(struct calib_change *change, struct calib_str *text,
                          struct calib_err *err)
{
	struct calib_command command = {.calib = change->p.calib, .history = change->p.history,
		.dirmode = change->p.dirmode, .filemode = change->p.filemode};
	int rc = CALIB_OK;

	for (size_t i = 0; i < change->record.n && rc >= 0; i++) {
		command.input = change->work[i].input;
		command.newdir = is_first_there(change, i);
		rc = calib_command_add(text, &command, &change->record.op[i], err);
	}
	return rc;
}
