/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/out.c - atomic output */
#include "base/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "base/path.h"

#define BUFFER 65536
#define ACL "system.posix_acl_access"
#define MAX_PENDING 2048

/* Names to unlink when the process dies.  Fixed, because a signal handler reads it; a slot
 * is in use while pid is ours.  It is the one piece of process-wide state of the library. */
static struct { volatile pid_t pid; char path[PATH_MAX]; } pending[MAX_PENDING];

struct calib_out {
	char *name, *target, *temp;	/* temp NULL: written directly */
	int fd, slot, flags;
	bool prepared;
	mode_t mode;
	gid_t group;
	struct timespec time;	/* tv_sec 0: as it comes */
	char *buf;
	size_t len;
	z_stream z;
	bool gzip;
	unsigned char *packed;
};

static void block_signals(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, old);
}

static int claim_slot(const char *temp, struct calib_err *err)
{
	sigset_t old;
	int slot = -1;

	if (strlen(temp) >= PATH_MAX)
		return calib_fail(err, CALIB_EINVAL, "%s: the name is too long", temp);
	block_signals(&old);
	for (int i = 0; i < MAX_PENDING && slot < 0; i++)
		if (pending[i].pid == 0)
			slot = i;
	if (slot >= 0) {
		memcpy(pending[slot].path, temp, strlen(temp) + 1);
		pending[slot].pid = getpid();
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (slot < 0)
		return calib_fail(err, CALIB_ENOMEM,
				  "%s: more than %d output files are open at once", temp,
				  MAX_PENDING);
	return slot;
}

static void release_slot(int slot)
{
	if (slot >= 0)
		pending[slot].pid = 0;
}

void calib_out_unlink_pending(void)
{
	pid_t self = getpid();

	for (int i = 0; i < MAX_PENDING; i++)
		if (pending[i].pid == self) {
			unlink(pending[i].path);
			pending[i].pid = 0;
		}
}

static void destroy(struct calib_out *out)
{
	if (out->gzip)
		deflateEnd(&out->z);
	if (out->fd > STDERR_FILENO)
		close(out->fd);
	release_slot(out->slot);
	free(out->packed);
	free(out->buf);
	free(out->temp);
	free(out->target);
	free(out->name);
	free(out);
}

/* Create .<name>.<pid>-<n>.tmp or <name>.inprogress beside the target, known to the clean-up. */
static int create_temp(struct calib_out *out, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT, path = CALIB_STR_INIT;
	bool growing = (out->flags & CALIB_OUT_GROWING) != 0;
	int rc = CALIB_OK;

	calib_path_dir(&dir, out->target);
	for (unsigned n = 0; out->fd < 0 && rc >= 0; n++) {
		calib_str_clear(&path);
		if (growing)
			calib_str_addf(&path, "%s.inprogress", out->target);
		else
			calib_str_addf(&path, "%s/.%s.%ld-%u.tmp", dir.s,
			               calib_path_base(out->target), (long)getpid(), n);
		rc = calib_str_check(&path, err);
		if (rc < 0)
			break;
		rc = out->slot = claim_slot(path.s, err);
		if (rc < 0)
			break;
		out->fd = open(path.s, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (out->fd < 0) {
			release_slot(out->slot);
			out->slot = -1;
			if (growing && errno == EEXIST)
				rc = calib_fail(err, CALIB_EEXIST, "%s: is being written by "
				                "another program, or was left by one; remove it "
				                "then", path.s);
			else if (errno != EEXIST)
				rc = calib_fail_sys(err, "%s: cannot write in the directory '%s'",
				                    out->name, dir.s);
		}
	}
	if (rc >= 0 && (out->temp = calib_strdup(path.s, err)) == NULL)
		rc = CALIB_ENOMEM;
	calib_str_release(&dir);
	calib_str_release(&path);
	return rc < 0 ? rc : CALIB_OK;
}

/* Where a link that leads to no file leads to; allocated.  Of what is no link, the name. */
static char *follow(const char *path)
{
	char *at = strdup(path), link[PATH_MAX];
	ssize_t n;

	for (int i = 0; at != NULL && i < 40; i++) {
		struct calib_str dir = CALIB_STR_INIT, next = CALIB_STR_INIT;

		n = readlink(at, link, sizeof link - 1);
		if (n <= 0)
			break;
		link[n] = '\0';
		calib_path_dir(&dir, at);
		if (link[0] == '/')
			calib_str_add(&next, link);
		else
			calib_path_join(&next, dir.s, link);
		free(at);
		at = calib_str_check(&next, NULL) < 0 ? NULL : strdup(next.s);
		calib_str_release(&dir);
		calib_str_release(&next);
	}
	return at;
}

static int open_target(struct calib_out *out, const char *path, struct calib_err *err)
{
	struct stat st;
	bool exists = stat(path, &st) == 0;

	if (exists && S_ISDIR(st.st_mode))
		return calib_fail(err, CALIB_EINVAL, "%s: is a directory, a file name was expected",
				  path);
	if (exists && !S_ISREG(st.st_mode)) {
		out->fd = open(path, O_WRONLY | O_CLOEXEC);
		return out->fd >= 0 ? CALIB_OK
				    : calib_fail_sys(err, "%s: cannot open for writing", path);
	}
	if (exists && (out->flags & CALIB_OUT_KEEP))
		return calib_fail(err, CALIB_EEXIST, "%s: exists already", path);
	if (exists) {
		out->mode = st.st_mode & 07777;
		out->group = st.st_gid;
		out->target = realpath(path, NULL);
	} else {
		out->target = follow(path);
	}
	if (out->target == NULL)
		return calib_fail_sys(err, "%s: cannot follow the name", path);
	return create_temp(out, err);
}

static int start_gzip(struct calib_out *out, struct calib_err *err)
{
	out->packed = calib_alloc(BUFFER, 1, out->name, err);
	if (out->packed == NULL)
		return CALIB_ENOMEM;
	if (deflateInit2(&out->z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return calib_fail(err, CALIB_ELIB, "%s: zlib cannot start", out->name);
	out->gzip = true;
	return CALIB_OK;
}

int calib_out_open(struct calib_out **result, const char *path, int flags, struct calib_err *err)
{
	struct calib_out *out = calib_alloc(1, sizeof *out, path, err);
	bool standard = strcmp(path, "-") == 0;
	int rc = CALIB_OK;

	if (out == NULL)
		return CALIB_ENOMEM;
	out->fd = !standard ? -1 : flags & CALIB_OUT_STDERR ? STDERR_FILENO : STDOUT_FILENO;
	out->slot = -1;
	out->group = (gid_t)-1;
	out->flags = flags;
	out->name = calib_strdup(!standard ? path : flags & CALIB_OUT_STDERR ? "standard error"
	                         : "standard output", err);
	out->buf = calib_alloc(BUFFER, 1, path, err);
	if (out->name == NULL || out->buf == NULL)
		rc = CALIB_ENOMEM;
	else if (!standard)
		rc = open_target(out, path, err);
	if (rc >= 0 && !(flags & CALIB_OUT_PRIVATE)
	    && ((flags & CALIB_OUT_GZIP) || calib_path_suffix(path, ".gz")))
		rc = start_gzip(out, err);
	if (rc >= 0 && (flags & CALIB_OUT_PRIVATE) && out->temp == NULL)
		rc = calib_fail(err, CALIB_EINVAL, "%s: this form needs a regular file", out->name);
	if (rc < 0) {
		calib_out_abort(out);
		return rc;
	}
	*result = out;
	return CALIB_OK;
}

static int write_fd(struct calib_out *out, const void *bytes, size_t n, struct calib_err *err)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t k = write(out->fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return calib_fail_sys(err, "%s: cannot write", out->name);
		p += k;
		n -= (size_t)k;
	}
	return CALIB_OK;
}

static int deflate_bytes(struct calib_out *out, const void *bytes, size_t n, int flush,
                         struct calib_err *err)
{
	int rc = CALIB_OK;

	out->z.next_in = (unsigned char *)(uintptr_t)bytes;
	out->z.avail_in = (unsigned)n;
	do {
		out->z.next_out = out->packed;
		out->z.avail_out = BUFFER;
		deflate(&out->z, flush);
		rc = write_fd(out, out->packed, BUFFER - out->z.avail_out, err);
	} while (rc >= 0 && out->z.avail_out == 0);
	return rc;
}

int calib_out_flush(struct calib_out *out, struct calib_err *err)
{
	size_t n = out->len;

	out->len = 0;
	if (n == 0)
		return CALIB_OK;
	return out->gzip ? deflate_bytes(out, out->buf, n, Z_NO_FLUSH, err)
	                 : write_fd(out, out->buf, n, err);
}

int calib_out_write(struct calib_out *out, const void *bytes, size_t n, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (n >= BUFFER && !out->gzip) {
		rc = calib_out_flush(out, err);
		return rc < 0 ? rc : write_fd(out, bytes, n, err);
	}
	for (const char *p = bytes; n > 0 && rc >= 0;) {
		size_t k = n < BUFFER - out->len ? n : BUFFER - out->len;

		memcpy(out->buf + out->len, p, k);
		out->len += k;
		p += k;
		n -= k;
		if (out->len == BUFFER)
			rc = calib_out_flush(out, err);
	}
	return rc;
}

int calib_out_printf(struct calib_out *out, struct calib_err *err, const char *format, ...)
{
	char small[512];
	va_list ap;
	int n, rc;

	va_start(ap, format);
	n = vsnprintf(small, sizeof small, format, ap);
	va_end(ap);
	if (n < 0)
		return calib_fail(err, CALIB_EINVAL, "%s: text cannot be formatted", out->name);
	if ((size_t)n < sizeof small)
		return calib_out_write(out, small, (size_t)n, err);
	char *big = calib_alloc((size_t)n + 1, 1, out->name, err);

	if (big == NULL)
		return CALIB_ENOMEM;
	va_start(ap, format);
	vsnprintf(big, (size_t)n + 1, format, ap);
	va_end(ap);
	rc = calib_out_write(out, big, (size_t)n, err);
	free(big);
	return rc;
}

int calib_out_buffer(struct calib_out *out, char **room, size_t n, struct calib_err *err)
{
	if (n > BUFFER)
		return calib_fail(err, CALIB_EINVAL, "%s: no room for %zu bytes at once", out->name,
				  n);
	if (BUFFER - out->len < n) {
		int rc = calib_out_flush(out, err);

		if (rc < 0)
			return rc;
	}
	*room = out->buf + out->len;
	return CALIB_OK;
}

void calib_out_advance(struct calib_out *out, size_t n)
{
	out->len += n;
}

void calib_out_access(struct calib_out *out, mode_t mode, gid_t group)
{
	if (mode != 0)
		out->mode = mode;
	if (group != (gid_t)-1)
		out->group = group;
}

void calib_out_time(struct calib_out *out, struct timespec time)
{
	out->time = time;
}

const char *calib_out_name(const struct calib_out *out)
{
	return out->name;
}

const char *calib_out_temp(const struct calib_out *out)
{
	return out->temp;
}

/* Give it the ACL, or none, of the file that is replaced; a new one has what the directory gives to
 * new files.  True: it has one. */
static bool has_acl(const struct calib_out *out)
{
	char acl[4096];
	ssize_t n = getxattr(out->target, ACL, acl, sizeof acl);

	if (n > 0)
		return fsetxattr(out->fd, ACL, acl, (size_t)n, 0) == 0;
	if (n < 0 && errno == ENODATA) {
		fremovexattr(out->fd, ACL);
		return false;
	}
	return fgetxattr(out->fd, ACL, NULL, 0) > 0;
}

static int set_access(struct calib_out *out, struct calib_err *err)
{
	const struct timespec times[2] = {{0, UTIME_OMIT}, out->time};
	bool acl = has_acl(out);

	if (out->time.tv_sec != 0 && futimens(out->fd, times) != 0)
		return calib_fail_sys(err, "%s: cannot set its time", out->name);
	/* a foreign group cannot be kept by everyone; the mode can */
	if (out->group != (gid_t)-1 && fchown(out->fd, (uid_t)-1, out->group) != 0)
		errno = 0;
	if (acl && (out->flags & CALIB_OUT_INHERIT))
		return CALIB_OK;
	if (out->mode != 0 && fchmod(out->fd, out->mode) != 0)
		return calib_fail_sys(err, "%s: cannot set mode %04o", out->name,
		                      (unsigned)out->mode);
	return CALIB_OK;
}

int calib_out_prepare(struct calib_out *out, struct calib_err *err)
{
	int rc;

	if (out->prepared)
		return CALIB_OK;
	rc = calib_out_flush(out, err);
	if (rc >= 0 && out->gzip)
		rc = deflate_bytes(out, "", 0, Z_FINISH, err);
	if (rc >= 0 && out->temp != NULL)
		rc = set_access(out, err);
	if (rc >= 0 && out->temp != NULL && fsync(out->fd) != 0)
		rc = calib_fail_sys(err, "%s: cannot write to disk", out->name);
	if (rc >= 0 && out->temp != NULL) {	/* many may wait for the rename at once */
		if (close(out->fd) != 0)
			rc = calib_fail_sys(err, "%s: cannot write", out->name);
		out->fd = -1;
		free(out->buf);
		out->buf = NULL;
	}
	out->prepared = rc >= 0;
	return rc;
}

/* The rename is on disk only when the directory is. */
void calib_sync_dir(const char *target)
{
	struct calib_str dir = CALIB_STR_INIT;
	int fd;

	calib_path_dir(&dir, target);
	fd = open(dir.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	calib_str_release(&dir);
}

int calib_out_commit(struct calib_out *out, struct calib_err *err)
{
	int rc = calib_out_prepare(out, err);
	sigset_t old;

	if (rc >= 0 && out->temp == NULL) {
		if (out->fd > STDERR_FILENO && close(out->fd) != 0)
			rc = calib_fail_sys(err, "%s: cannot write", out->name);
		out->fd = -1;
	} else if (rc >= 0) {
		block_signals(&old);
		if (out->flags & CALIB_OUT_KEEP) {
			if (link(out->temp, out->target) != 0)
				rc = errno == EEXIST
					     ? calib_fail(err, CALIB_EEXIST, "%s: exists already",
							  out->name)
					     : calib_fail_sys(err, "%s: cannot create", out->name);
			else
				unlink(out->temp);
		} else if (rename(out->temp, out->target) != 0) {
			rc = calib_fail_sys(err, "%s: cannot replace", out->name);
		}
		if (rc >= 0) {
			release_slot(out->slot);
			out->slot = -1;
		}
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		if (rc >= 0)
			calib_sync_dir(out->target);
	}
	if (rc < 0)
		calib_out_abort(out);
	else
		destroy(out);
	return rc;
}

void calib_out_abort(struct calib_out *out)
{
	if (out == NULL)
		return;
	if (out->temp != NULL)
		unlink(out->temp);
	destroy(out);
}

static void pause_ms(long ms)
{
	const struct timespec t = {0, ms * 1000000};

	nanosleep(&t, NULL);
}

/* One writer of ours at a time.  Who holds the lock for longer than a second is not waited for:
 * the write itself stays in one piece without it. */
static void lock_to_append(int fd)
{
	for (int i = 0; i < 200 && flock(fd, LOCK_EX | LOCK_NB) != 0
	     && (errno == EWOULDBLOCK || errno == EINTR); i++)
		pause_ms(5);
}

static bool ends_in_line(int fd)
{
	struct stat st;
	char last = '\n';

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0
	    && pread(fd, &last, 1, st.st_size - 1) != 1)
		return true;
	return last == '\n';
}

/* Is there a last line without its end, such as a program killed while writing leaves?  A program
 * that takes no lock may just be writing, and its bytes are seen page by page: look again. */
static bool is_open_line(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool open_line = false;

	if (fd < 0)
		return false;
	for (int i = 0; i < 5; i++) {
		if (i > 0)
			pause_ms(5);
		open_line = !ends_in_line(fd);
		if (!open_line)
			break;
	}
	close(fd);
	return open_line;
}

/* One write: two programs that append at once cannot mix their lines.  Where only a part of it
 * finds room, that part is taken back, if it is still the last. */
static int write_whole(int fd, const struct calib_str *text, const char *path,
                       struct calib_err *err)
{
	ssize_t n = write(fd, text->s, text->len);
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (n == (ssize_t)text->len)
		return CALIB_OK;
	if (n > 0) {
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == end
		    && ftruncate(fd, end - n) != 0)
			errno = 0;
		errno = ENOSPC;
	}
	return calib_fail_sys(err, "%s: cannot append", path);
}

static int append(const char *path, const char *header, const char *line, mode_t mode,
                  gid_t group, struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT;
	struct stat st;
	int fd, rc = CALIB_OK;
	bool created = true, regular;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST) {
		created = false;
		fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	}
	if (fd < 0)
		rc = calib_fail_sys(err, "%s: cannot open for appending", path);
	if (rc >= 0 && created && group != (gid_t)-1 && fchown(fd, (uid_t)-1, group) != 0)
		errno = 0;
	if (rc >= 0 && created && mode != 0 && fgetxattr(fd, ACL, NULL, 0) <= 0
	    && fchmod(fd, mode) != 0)
		rc = calib_fail_sys(err, "%s: cannot set mode %04o", path, (unsigned)mode);
	regular = rc >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (regular)
		lock_to_append(fd);
	if (regular && is_open_line(path))
		calib_str_addc(&text, '\n');
	/* its size counts now that nobody else of us is writing */
	if (regular && header != NULL && fstat(fd, &st) == 0 && st.st_size == 0)
		calib_str_addf(&text, "%s\n", header);
	calib_str_addf(&text, "%s\n", line);
	if (rc >= 0)
		rc = calib_str_check(&text, err);
	if (rc >= 0)
		rc = write_whole(fd, &text, path, err);
	if (fd >= 0 && close(fd) != 0 && rc >= 0)
		rc = calib_fail_sys(err, "%s: cannot append", path);
	calib_str_release(&text);
	return rc;
}

int calib_append_line(const char *path, const char *line, mode_t mode, gid_t group,
                      struct calib_err *err)
{
	return append(path, NULL, line, mode, group, err);
}

int calib_append_row(const char *path, const char *header, const char *line,
                     struct calib_err *err)
{
	return append(path, header, line, 0, (gid_t)-1, err);
}

int calib_out_text(const char *path, int flags, const struct calib_str *text,
                   struct calib_err *err)
{
	struct calib_out *out = NULL;
	int rc = calib_str_check(text, err);

	if (rc >= 0)
		rc = calib_out_open(&out, path, flags, err);
	if (rc >= 0)
		rc = calib_out_write(out, text->s, text->len, err);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}
