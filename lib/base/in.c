/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/in.c - byte streams: a window over a file descriptor, gzip or memory */
#include "base/in.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"

#define WINDOW (4 * CALIB_IN_PEEK)

struct calib_in {
	char *name;
	int fd;			/* -1: memory, everything is in the window from the start */
	bool own_fd, at_end;	/* at_end: nothing more comes from below the window */
	uint8_t *window;	/* window[pos..len) is ahead */
	size_t pos, len;
	uint64_t used;
	bool gzip, member_open;	/* member_open: inside a gzip member */
	z_stream z;
	uint8_t *packed;	/* compressed bytes, CALIB_IN_PEEK of them */
};

static long read_fd(struct calib_in *in, uint8_t *buf, size_t n, struct calib_err *err)
{
	ssize_t k;

	do
		k = read(in->fd, buf, n);
	while (k < 0 && errno == EINTR);
	if (k < 0)
		return calib_fail_sys(err, "%s: cannot read", in->name);
	return (long)k;
}

/* One step of inflate into the window; sets at_end behind the last member. */
static int inflate_more(struct calib_in *in, struct calib_err *err)
{
	in->z.next_out = in->window + in->len;
	in->z.avail_out = (unsigned)(WINDOW - in->len);
	while (in->z.avail_out == WINDOW - in->len && !in->at_end) {
		int rc;

		if (in->z.avail_in == 0) {
			long k = read_fd(in, in->packed, CALIB_IN_PEEK, err);

			if (k < 0)
				return (int)k;
			if (k == 0 && in->member_open)
				return calib_fail(err, CALIB_ETRUNC,
						  "%s: the gzip data end too early "
						  "(the file is incomplete)",
						  in->name);
			in->at_end = k == 0;
			in->z.next_in = in->packed;
			in->z.avail_in = (unsigned)k;
			continue;
		}
		if (!in->member_open && inflateReset(&in->z) != Z_OK)
			return calib_fail(err, CALIB_ELIB, "%s: zlib cannot restart", in->name);
		in->member_open = true;
		rc = inflate(&in->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			in->member_open = false;
		else if (rc != Z_OK && rc != Z_BUF_ERROR)
			return calib_fail(err, CALIB_EFORMAT, "%s: damaged gzip data (%s)",
					  in->name, in->z.msg ? in->z.msg : "unknown reason");
	}
	in->len = WINDOW - in->z.avail_out;
	return CALIB_OK;
}

/* Get more bytes into the window, moving what is ahead to its front. */
static int fill(struct calib_in *in, struct calib_err *err)
{
	if (in->at_end)
		return CALIB_OK;
	memmove(in->window, in->window + in->pos, in->len - in->pos);
	in->len -= in->pos;
	in->pos = 0;
	if (in->gzip)
		return inflate_more(in, err);
	long k = read_fd(in, in->window + in->len, WINDOW - in->len, err);

	if (k < 0)
		return (int)k;
	in->at_end = k == 0;
	in->len += (size_t)k;
	return CALIB_OK;
}

static int start_gzip(struct calib_in *in, struct calib_err *err)
{
	in->packed =
		calib_alloc(CALIB_IN_PEEK > in->len ? CALIB_IN_PEEK : in->len, 1, in->name, err);
	if (in->packed == NULL)
		return CALIB_ENOMEM;
	memcpy(in->packed, in->window, in->len);
	in->z.next_in = in->packed;
	in->z.avail_in = (unsigned)in->len;
	if (inflateInit2(&in->z, 15 + 16) != Z_OK)
		return calib_fail(err, CALIB_ELIB, "%s: zlib cannot start", in->name);
	in->gzip = true;
	in->at_end = false;
	in->len = 0;
	return CALIB_OK;
}

int calib_in_open(struct calib_in **out, const char *path, struct calib_err *err)
{
	bool standard = strcmp(path, "-") == 0;
	struct calib_in *in = calib_alloc(1, sizeof *in, path, err);
	struct stat st;
	int rc = CALIB_OK;

	if (in == NULL)
		return CALIB_ENOMEM;
	in->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	in->own_fd = !standard;
	in->name = calib_strdup(standard ? "standard input" : path, err);
	in->window = calib_alloc(WINDOW, 1, path, err);
	if (in->name == NULL || in->window == NULL)
		rc = CALIB_ENOMEM;
	else if (in->fd < 0)
		rc = calib_fail_sys(err, "%s: cannot open", path);
	else if (fstat(in->fd, &st) == 0 && S_ISDIR(st.st_mode))
		rc = calib_fail(err, CALIB_EINVAL, "%s: is a directory, a file was expected", path);
	while (rc >= 0 && in->len < 2 && !in->at_end)
		rc = fill(in, err);
	if (rc >= 0 && in->len >= 2 && in->window[0] == 0x1f && in->window[1] == 0x8b)
		rc = start_gzip(in, err);
	if (rc < 0) {
		calib_in_close(in);
		return rc;
	}
	*out = in;
	return CALIB_OK;
}

int calib_in_mem(struct calib_in **out, const void *bytes, size_t n, const char *name,
                 struct calib_err *err)
{
	struct calib_in *in = calib_alloc(1, sizeof *in, name, err);

	if (in == NULL)
		return CALIB_ENOMEM;
	in->fd = -1;
	in->at_end = true;
	in->name = calib_strdup(name, err);
	in->window = (uint8_t *)(uintptr_t)bytes;
	in->len = n;
	if (in->name == NULL) {
		free(in);
		return CALIB_ENOMEM;
	}
	*out = in;
	return CALIB_OK;
}

void calib_in_close(struct calib_in *in)
{
	if (in == NULL)
		return;
	if (in->gzip)
		inflateEnd(&in->z);
	if (in->own_fd && in->fd >= 0)
		close(in->fd);
	if (in->fd >= 0 || in->own_fd)
		free(in->window);
	free(in->packed);
	free(in->name);
	free(in);
}

long calib_in_peek(struct calib_in *in, const uint8_t **bytes, size_t n, struct calib_err *err)
{
	if (n > CALIB_IN_PEEK)
		return calib_fail(err, CALIB_EINVAL, "%s: cannot look %zu bytes ahead", in->name,
				  n);
	while (in->len - in->pos < n && !in->at_end) {
		int rc = fill(in, err);

		if (rc < 0)
			return rc;
	}
	*bytes = in->window + in->pos;
	return (long)(in->len - in->pos);
}

long calib_in_read(struct calib_in *in, void *buf, size_t n, struct calib_err *err)
{
	uint8_t *to = buf;
	size_t done = 0;

	while (done < n) {
		size_t k = in->len - in->pos;

		if (k == 0) {
			if (in->at_end)
				break;
			/* large reads need not go through the window */
			if (!in->gzip && n - done >= WINDOW) {
				long got = read_fd(in, to + done, n - done, err);

				if (got < 0)
					return got;
				in->at_end = got == 0;
				in->used += (uint64_t)got;
				done += (size_t)got;
				continue;
			}
			int rc = fill(in, err);

			if (rc < 0)
				return rc;
			continue;
		}
		if (k > n - done)
			k = n - done;
		memcpy(to + done, in->window + in->pos, k);
		in->pos += k;
		in->used += k;
		done += k;
	}
	return (long)done;
}

int calib_in_skip(struct calib_in *in, uint64_t n, struct calib_err *err)
{
	while (n > 0) {
		size_t k = in->len - in->pos;

		if (k == 0) {
			if (in->at_end)
				return calib_fail(err, CALIB_ETRUNC,
						  "%s: ends at byte %llu, %llu more "
						  "were expected",
						  in->name, (unsigned long long)in->used,
						  (unsigned long long)n);
			int rc = fill(in, err);

			if (rc < 0)
				return rc;
			continue;
		}
		if (k > n)
			k = (size_t)n;
		in->pos += k;
		in->used += k;
		n -= k;
	}
	return CALIB_OK;
}

uint64_t calib_in_tell(const struct calib_in *in)
{
	return in->used;
}

const char *calib_in_name(const struct calib_in *in)
{
	return in->name;
}

int calib_in_text(const char *path, struct calib_str *text, struct calib_err *err)
{
	struct calib_in *in = NULL;
	const uint8_t *b;
	long n = 0;
	int rc = calib_in_open(&in, path, err);

	while (rc >= 0 && (n = calib_in_peek(in, &b, 1, err)) > 0) {
		calib_str_addn(text, (const char *)b, (size_t)n);
		rc = calib_in_skip(in, (uint64_t)n, err);
	}
	calib_in_close(in);
	return rc < 0 ? rc : n < 0 ? (int)n : calib_str_check(text, err);
}

int calib_in_sum(const char *path, uint64_t *bytes, uint32_t *crc, struct calib_err *err)
{
	struct calib_in *in = NULL;
	const uint8_t *b;
	uLong sum = crc32(0, NULL, 0);
	long n = 0;
	int rc = calib_in_open(&in, path, err);

	*bytes = 0;
	while (rc >= 0 && (n = calib_in_peek(in, &b, 1, err)) > 0) {
		sum = crc32(sum, b, (uInt)n);
		*bytes += (uint64_t)n;
		rc = calib_in_skip(in, (uint64_t)n, err);
	}
	*crc = (uint32_t)sum;
	calib_in_close(in);
	return n < 0 ? (int)n : rc;
}

/* ---- a whole file ---- */

static int read_whole(int fd, const char *path, void **bytes, size_t *n, struct calib_err *err)
{
	void *buf = NULL;
	size_t room = 0, len = 0;
	struct stat st;
	size_t guess = fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size + 1 : 65536;

	for (;;) {
		ssize_t k;

		if (calib_grow(&buf, &room, len < guess ? guess : len + 1, 1, path, err) < 0) {
			free(buf);
			return CALIB_ENOMEM;
		}
		k = read(fd, (char *)buf + len, room - len);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			*bytes = buf;
			*n = len;
			return k < 0 ? calib_fail_sys(err, "%s: cannot read", path) : CALIB_OK;
		}
		len += (size_t)k;
	}
}

int calib_read_file(const char *path, void **bytes, size_t *n, struct calib_err *err)
{
	bool standard = strcmp(path, "-") == 0;
	int rc, fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return calib_fail_sys(err, "%s: cannot open", path);
	rc = read_whole(fd, standard ? "standard input" : path, bytes, n, err);
	if (!standard)
		close(fd);
	return rc;
}
