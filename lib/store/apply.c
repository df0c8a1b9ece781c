/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/apply.c - the steps of a change */
#include "store/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/in.h"
#include "base/log.h"
#include "base/out.h"
#include "base/path.h"
#include "store/history.h"

int calib_apply_lock(const char *calib)
{
	int fd = open(calib, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		calib_log(CALIB_INFO, "%s: another program is changing it, waiting", calib);
	do
		rc = flock(fd, LOCK_EX);
	while (rc != 0 && errno == EINTR);
	if (rc == 0)
		return fd;
	close(fd);
	return -1;
}

int calib_apply_record(struct calib_str *path, const char *calib, long pid, bool ready,
                       struct calib_err *err)
{
	calib_path_join(path, calib, CALIB_RECORD_NAME);
	calib_str_addf(path, ".%ld.%s", pid, ready ? "ready" : "begin");
	return calib_str_check(path, err);
}

int calib_apply_text(const char *path, const struct calib_str *text, mode_t mode, gid_t group,
                     struct calib_err *err)
{
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, path, CALIB_OUT_INHERIT, err);

	if (rc >= 0) {
		calib_out_access(out, mode, group);
		rc = calib_out_write(out, text->s, text->len, err);
	}
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

/* With its time, which says what change has made it. */
static int copy_file(const char *from, const char *to, struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT;
	struct stat st = {.st_mode = 0};
	struct timespec times[2];
	void *bytes = NULL;
	int rc = calib_read_file(from, &bytes, &text.len, err);

	if (rc >= 0 && stat(from, &st) == 0) {
		text.s = bytes;
		rc = calib_apply_text(to, &text, st.st_mode & 07777, st.st_gid, err);
		times[0] = st.st_atim;
		times[1] = st.st_mtim;
		if (rc >= 0 && utimensat(AT_FDCWD, to, times, 0) != 0)
			errno = 0;
	}
	free(bytes);
	return rc;
}

/* 1: the name is taken by another file */
static int back_up_as(const char *target, const char *name, struct calib_err *err)
{
	struct stat a, b;

	/* a link costs no space; where the file system has none, a copy */
	if (link(target, name) == 0 || errno == ENOENT)
		return CALIB_OK;
	if (lstat(name, &a) == 0)
		return lstat(target, &b) != 0 || a.st_ino != b.st_ino || a.st_dev != b.st_dev;
	return copy_file(target, name, err);
}

int calib_apply_backup(const char *target, const struct calib_op *op, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT, dir = CALIB_STR_INIT;
	size_t len;
	int rc = 1;

	if (*op->backup == '\0')
		return CALIB_OK;
	calib_path_dir(&dir, target);
	calib_path_join(&path, dir.s, op->backup);
	len = path.len;
	for (unsigned k = 1; rc > 0; k++) {
		rc = calib_str_check(&path, err);
		if (rc >= 0)
			rc = back_up_as(target, path.s, err);
		if (rc > 0) {
			path.s[path.len = len] = '\0';
			calib_str_addf(&path, ".%u", k);
		}
	}
	calib_str_release(&dir);
	calib_str_release(&path);
	return rc < 0 ? calib_err_wrap(err, "backup") : CALIB_OK;
}

int calib_apply_delete(const char *target, const struct calib_record *record,
                       const struct calib_op *op, struct calib_err *err)
{
	int rc = calib_apply_backup(target, op, err);

	if (rc >= 0 && *op->backup != '\0'
	    && lsetxattr(target, CALIB_REMOVED_ATTR, record->stamp, strlen(record->stamp), 0) != 0)
		errno = 0;
	if (rc >= 0 && unlink(target) != 0 && errno != ENOENT)
		rc = calib_fail_sys(err, "%s: cannot delete", target);
	return rc;
}

/* Is the line there, whole? */
static bool has_line(const char *path, const char *line)
{
	struct calib_str text = CALIB_STR_INIT;
	size_t len = strlen(line);
	bool found = false;

	if (calib_is_file(path) && calib_in_text(path, &text, NULL) >= 0)
		for (const char *p = text.s; p != NULL && !found; p = strchr(p, '\n')) {
			p += *p == '\n';
			found = strncmp(p, line, len) == 0 && p[len] == '\n';
		}
	calib_str_release(&text);
	return found;
}

int calib_apply_history(const char *target, const struct calib_record *record,
                        const struct calib_op *op, mode_t mode, gid_t group, bool once,
                        struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT, dir = CALIB_STR_INIT;
	struct stat st;
	int rc;

	if (*record->history == '\0' || *op->history == '\0')
		return CALIB_OK;
	calib_path_dir(&dir, target);
	calib_path_join(&path, dir.s, record->history);
	rc = calib_str_check(&path, err);
	/* never through a link, and never into a pipe that nobody reads */
	if (rc >= 0 && lstat(path.s, &st) == 0 && !S_ISREG(st.st_mode))
		rc = calib_fail(err, CALIB_EINVAL, "%s: is there and not a regular file", path.s);
	if (rc >= 0 && !(once && has_line(path.s, op->history)))
		rc = calib_append_line(path.s, op->history, mode, group, err);
	calib_str_release(&dir);
	calib_str_release(&path);
	return rc;
}
