/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/tools/fault.c - LD_PRELOAD: let the N-th call of a function fail
 *
 * FAULT=write:N    the N-th write() to a regular file and all later ones fail with ENOSPC; the N-th
 *                  one writes half of its bytes first
 * FAULT=quota:N    the N-th write() to a regular file and all later ones fail with EDQUOT
 * FAULT=rofs:N     the N-th open() that creates a file and all later ones fail with EROFS
 * FAULT=fsync:N    the N-th fsync() fails with EIO
 * FAULT=rename:N   the N-th rename() fails with EACCES
 * FAULT=malloc:N   the N-th malloc(), calloc() or realloc() fails, later ones work
 * FAULT=read:N     every read() and pread() delivers at most N bytes
 * FAULT=kill:N     SIGTERM at the N-th write() to a regular file
 * FAULT=vanish-rename:N, vanish-fsync:N, vanish-link:N   the directory FAULT_DIR is renamed away
 *                  before the N-th call of that function
 * FAULT=plain:1    a file system without hard links and locks: link() and flock() fail
 * FAULT_PROG=name  only in the program of that name
 * FAULT_LOG=path   a line is appended there when a fault was injected
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ready;		/* 0 not looked at, 1 on, -1 off */
static char kind[20];
static long wanted, calls;

static void setup(void)
{
	const char *spec = getenv("FAULT"), *prog = getenv("FAULT_PROG"), *colon;

	ready = -1;
	if (spec == NULL || (colon = strchr(spec, ':')) == NULL
	    || (size_t)(colon - spec) >= sizeof kind)
		return;
	if (prog != NULL && strcmp(prog, program_invocation_short_name) != 0)
		return;
	memcpy(kind, spec, (size_t)(colon - spec));
	wanted = strtol(colon + 1, NULL, 10);
	ready = 1;
}

static bool is(const char *name)
{
	if (ready == 0)
		setup();
	return ready == 1 && strcmp(kind, name) == 0;
}

static void note(void)
{
	const char *path = getenv("FAULT_LOG");
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path,
	                             O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;

	if (fd >= 0) {
		(void)!syscall(SYS_write, fd, "hit\n", (size_t)4);
		syscall(SYS_close, fd);
	}
}

static long count(void)
{
	return __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
}

static bool regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	if ((is("write") || is("quota")) && regular(fd)) {
		long now = count();

		if (now >= wanted)
			note();
		if (now == wanted && n > 1 && is("write"))
			return syscall(SYS_write, fd, buf, n / 2);
		if (now >= wanted) {
			errno = is("quota") ? EDQUOT : ENOSPC;
			return -1;
		}
	}
	if (is("kill") && regular(fd) && count() == wanted) {
		note();
		raise(SIGTERM);
	}
	return syscall(SYS_write, fd, buf, n);
}

ssize_t pwrite64(int fd, const void *buf, size_t n, off64_t at)
{
	if (is("write") && regular(fd) && count() >= wanted) {
		note();
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, buf, n, at);
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return pwrite64(fd, buf, n, at);
}

ssize_t read(int fd, void *buf, size_t n)
{
	if (is("read") && n > (size_t)wanted)
		n = (size_t)wanted;
	return syscall(SYS_read, fd, buf, n);
}

ssize_t pread64(int fd, void *buf, size_t n, off64_t at)
{
	if (is("read") && n > (size_t)wanted)
		n = (size_t)wanted;
	return syscall(SYS_pread64, fd, buf, n, at);
}

ssize_t pread(int fd, void *buf, size_t n, off_t at)
{
	return pread64(fd, buf, n, at);
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if ((flags & O_CREAT) && is("rofs") && count() >= wanted) {
		note();
		errno = EROFS;
		return -1;
	}
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static void vanish(const char *kind_now)
{
	const char *dir = getenv("FAULT_DIR");
	char to[4096];
	size_t n = dir ? strlen(dir) : 0;

	if (!is(kind_now) || count() != wanted || n == 0 || n + 6 > sizeof to)
		return;
	note();
	memcpy(to, dir, n);
	memcpy(to + n, ".gone", 6);
	syscall(SYS_renameat2, AT_FDCWD, dir, AT_FDCWD, to, 0);
}

int link(const char *from, const char *to)
{
	vanish("vanish-link");
	if (is("plain")) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int flock(int fd, int operation)
{
	if (is("plain")) {
		errno = ENOLCK;
		return -1;
	}
	return (int)syscall(SYS_flock, fd, operation);
}

int fsync(int fd)
{
	vanish("vanish-fsync");
	if (is("fsync") && count() == wanted) {
		note();
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
	vanish("vanish-rename");
	if (is("rename") && count() == wanted) {
		note();
		errno = EACCES;
		return -1;
	}
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* glibc's own entry points: dlsym() would call calloc() while we look for calloc(). */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static bool fail_alloc(void)
{
	if (!is("malloc") || count() != wanted)
		return false;
	note();
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	return fail_alloc() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fail_alloc() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return fail_alloc() ? NULL : __libc_realloc(p, n);
}
