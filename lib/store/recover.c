/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/recover.c - finish or undo a change that was interrupted */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "store/apply.h"
#include "store/change.h"
#include "store/dir.h"

/* ".173-end.data.1234-0.tmp" of process 1234; name NULL: of any file */
static bool is_temp(const char *entry, const char *name, long pid)
{
	size_t len = name ? strlen(name) : 0;
	char mark[32];
	const char *dot;

	if (entry[0] != '.' || !calib_path_suffix(entry, ".tmp"))
		return false;
	if (name != NULL)
		dot = strncmp(entry + 1, name, len) == 0 && entry[1 + len] == '.' ? entry + 1 + len
		                                                                 : NULL;
	else
		dot = strstr(entry + 1, ".");
	snprintf(mark, sizeof mark, ".%ld-", pid);
	for (; dot != NULL && name == NULL && strncmp(dot, mark, strlen(mark)) != 0;)
		dot = strchr(dot + 1, '.');
	return dot != NULL && strncmp(dot, mark, strlen(mark)) == 0;
}

/* The temporary file that was to become target: *temp its path, "" when there is none. */
static int find_temp(struct calib_str *temp, const char *target, long pid, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc;

	calib_str_clear(temp);
	calib_path_dir(&dir, target);
	rc = calib_str_check(&dir, err);
	if (rc >= 0 && calib_is_dir(dir.s))
		rc = calib_dir_names(&names, &n, dir.s, err);
	for (size_t i = 0; i < n; i++)
		if (is_temp(names[i], calib_path_base(target), pid))
			calib_path_join(temp, dir.s, names[i]);
	calib_names_free(names);
	calib_str_release(&dir);
	return rc < 0 ? rc : calib_str_check(temp, err);
}

/* Every unfinished file of that process beside target: also of a backup that was being copied. */
static void remove_temps(const char *target, long pid)
{
	struct calib_str dir = CALIB_STR_INIT, path = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;

	calib_path_dir(&dir, target);
	if (calib_is_dir(dir.s) && calib_dir_names(&names, &n, dir.s, NULL) >= 0)
		for (size_t i = 0; i < n; i++) {
			calib_path_join(&path, dir.s, names[i]);
			if (is_temp(names[i], NULL, pid) && !path.failed)
				unlink(path.s);
		}
	calib_names_free(names);
	calib_str_release(&path);
	calib_str_release(&dir);
}

/* What stands there now decides: what was found before may be replaced, anything else was written
 * by somebody since and stays. */
static int finish_put(struct calib_op *op, const char *target, long pid, struct calib_err *err)
{
	struct calib_print now = calib_print_file(target), made;
	struct calib_str temp = CALIB_STR_INIT;
	int rc = find_temp(&temp, target, pid, err);

	made = calib_print_file(temp.s);
	op->applied = calib_print_equal(&now, &op->after);
	if (rc < 0 || op->applied)
		goto out;
	if (!calib_print_equal(&now, &op->before)) {
		calib_log(CALIB_WARNING, "%s: was changed since, is left as it is", target);
	} else if (!calib_print_equal(&made, &op->after)) {
		calib_log(CALIB_WARNING, "%s: its new content is gone, is left as it was", target);
	} else {
		rc = calib_apply_backup(target, op, err);
		if (rc >= 0 && rename(temp.s, target) != 0)
			rc = calib_fail_sys(err, "%s: cannot replace", target);
		op->applied = rc >= 0;
	}
out:
	calib_str_release(&temp);
	return rc;
}

static int finish_delete(const struct calib_record *record, struct calib_op *op,
                         const char *target, struct calib_err *err)
{
	struct calib_print now = calib_print_file(target);
	int rc = CALIB_OK;

	if (now.there && !calib_print_equal(&now, &op->before)) {
		calib_log(CALIB_WARNING, "%s: was changed since, is left as it is", target);
		return CALIB_OK;
	}
	rc = calib_apply_delete(target, record, op, err);
	op->applied = rc >= 0;
	return rc;
}

static int finish_op(const char *calib, struct calib_record *record, struct calib_op *op,
                     struct calib_err *err)
{
	struct calib_str target = CALIB_STR_INIT;
	struct stat st;
	int rc;

	calib_path_join(&target, calib, op->file);
	rc = calib_str_check(&target, err);
	if (rc >= 0)
		rc = calib_dir_beneath(calib, target.s, err);
	if (rc >= 0 && record->ready)
		rc = op->kind == CALIB_OP_DELETE ? finish_delete(record, op, target.s, err)
		                                 : finish_put(op, target.s, record->pid, err);
	if (rc >= 0 && op->applied)
		rc = calib_apply_history(target.s, record, op, stat(target.s, &st) == 0
		                         ? st.st_mode & 0777 : 0, (gid_t)-1, true, err);
	if (rc >= 0)
		remove_temps(target.s, record->pid);
	calib_str_release(&target);
	return rc;
}

static int recover(const char *calib, struct calib_record *record, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	size_t done = 0;
	int rc = calib_apply_record(&path, calib, record->pid, record->ready, err);

	for (size_t i = 0; i < record->n && rc >= 0; i++) {
		rc = finish_op(calib, record, &record->op[i], err);
		done += record->op[i].applied;
	}
	if (rc >= 0 && unlink(path.s) != 0 && errno != ENOENT)
		rc = calib_fail_sys(err, "%s: cannot delete", path.s);
	calib_str_release(&path);
	if (rc < 0)
		return calib_err_wrap(err, "a change that was interrupted (%s)", record->verb);
	if (record->ready)
		calib_log(CALIB_WARNING, "%s: a change (%s by %s on %s, %s) was interrupted; it is "
		          "finished now, %zu of %zu files", calib, record->verb, record->user,
		          record->host, record->time, done, record->n);
	else
		calib_log(CALIB_WARNING, "%s: a change (%s by %s on %s, %s) was interrupted before "
		          "it changed anything; its unfinished files are removed", calib,
		          record->verb, record->user, record->host, record->time);
	return CALIB_OK;
}

/* Without locks: is the process that made the record surely gone? */
static bool is_gone(const struct calib_record *record)
{
	char host[256];

	return strcmp(calib_host(host, sizeof host), record->host) == 0
	       && kill((pid_t)record->pid, 0) != 0 && errno == ESRCH;
}

/* The same for readers, who cannot ask the lock: what another host began long ago is taken for
 * interrupted. */
static bool is_left(const char *calib, const struct calib_record *record)
{
	struct calib_str path = CALIB_STR_INIT;
	struct timespec now;
	struct stat st;
	bool left = is_gone(record);

	if (!left && clock_gettime(CLOCK_REALTIME, &now) == 0
	    && calib_apply_record(&path, calib, record->pid, record->ready, NULL) >= 0) {
		char host[256];

		left = strcmp(calib_host(host, sizeof host), record->host) != 0
		       && stat(path.s, &st) == 0
		       && now.tv_sec - st.st_mtime > CALIB_CHANGE_STALE;
	}
	calib_str_release(&path);
	return left;
}

int calib_change_interrupted(struct calib_records *records, const char *calib,
                             struct calib_err *err)
{
	size_t n = 0;
	int rc = calib_records_load(records, calib, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < records->n; i++) {
		struct calib_record r = records->list[i];

		if (is_left(calib, &r)) {
			records->list[i] = records->list[n];
			records->list[n++] = r;
		}
	}
	for (size_t i = n; i < records->n; i++)
		calib_record_release(&records->list[i]);
	records->n = n;
	return (int)n;
}

void calib_change_notice(const char *calib)
{
	struct calib_records records = CALIB_RECORDS_INIT;
	int n = calib_change_interrupted(&records, calib, NULL);

	for (int i = 0; i < n; i++) {
		const struct calib_record *r = &records.list[i];

		calib_log(CALIB_WARNING, "%s: a change (%s by %s on %s, %s) was interrupted: %s; "
		          "the next put, copy, move, delete or undo there %s", calib, r->verb,
		          r->user, r->host, r->time, r->ready ? "its files may be old or new"
		          : "nothing is changed yet", r->ready ? "finishes it" : "clears it away");
	}
	calib_records_release(&records);
}

/* Do the names in the directory say that something is unfinished?  With 'remove' the records that
 * were still being written are removed: nobody else writes any under the lock. */
static bool look(const char *calib, bool remove)
{
	struct calib_str path = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;
	bool found = false;

	if (calib_is_dir(calib) && calib_dir_names(&names, &n, calib, NULL) >= 0)
		for (size_t i = 0; i < n; i++) {
			const char *p = names[i] + (names[i][0] == '.' && names[i][1] == '.');

			if (strncmp(p, CALIB_RECORD_NAME ".", strlen(CALIB_RECORD_NAME) + 1) != 0)
				continue;
			found = true;
			calib_path_join(&path, calib, names[i]);
			if (remove && p != names[i] && calib_path_suffix(p, ".tmp") && !path.failed)
				unlink(path.s);
		}
	calib_names_free(names);
	calib_str_release(&path);
	return found;
}

int calib_apply_recover(const char *calib, bool locked, struct calib_err *err)
{
	struct calib_records records = CALIB_RECORDS_INIT;
	int rc = calib_records_load(&records, calib, err);

	for (size_t i = 0; i < records.n && rc >= 0; i++) {
		struct calib_record *r = &records.list[i];

		if (locked || is_gone(r))
			rc = recover(calib, r, err);
		else
			calib_log(CALIB_WARNING, "%s: a change (%s by %s on %s) is not finished, "
			          "by process %ld; if that is gone, repeat this there", calib,
			          r->verb, r->user, r->host, r->pid);
	}
	if (rc >= 0 && locked)
		look(calib, true);
	calib_records_release(&records);
	return rc;
}

int calib_change_recover(const char *calib, struct calib_err *err)
{
	int lock, rc;

	if (!look(calib, false))
		return CALIB_OK;
	lock = calib_apply_lock(calib);
	rc = calib_apply_recover(calib, lock >= 0, err);
	if (lock >= 0)
		close(lock);
	return rc;
}
