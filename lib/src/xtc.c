/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/xtc.c - datagrams and leaves of one file; no extent is believed before it is checked */
#include "src/xtc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/mem.h"

#define WINDOW 262144		/* sequential reading of small datagrams */
#define GLANCE 4096		/* one header far from the last one */
#define MAX_DEPTH 64

enum { DAMAGE_INCOMPLETE = 1 << 15, TYPE_XTC = 1 };

const char *calib_service_name(unsigned service)
{
	static const char *const names[] = {"Unknown", "Reset", "Map", "Unmap", "Configure",
		"Unconfigure", "BeginRun", "EndRun", "BeginCalibCycle", "EndCalibCycle", "Enable",
		"Disable", "L1Accept"};

	return service < sizeof names / sizeof names[0] ? names[service] : "Unknown";
}

int calib_place_read(const struct calib_place *place, uint64_t at, void *buf, size_t n,
                     struct calib_err *err)
{
	uint8_t *to = buf;

	if (at > place->size || n > place->size - at)
		return calib_fail(err, CALIB_ETRUNC,
				  "%s: byte %llu: %zu bytes wanted, the object ends "
				  "after %zu",
				  place->file, (unsigned long long)(place->offset + at), n,
				  place->size);
	if (place->mem != NULL) {
		memcpy(buf, place->mem + at, n);
		return CALIB_OK;
	}
	while (n > 0) {
		ssize_t k = pread(place->fd, to, n, (off_t)(place->offset + at));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return calib_fail_sys(err, "%s: byte %llu: cannot read", place->file,
			                      (unsigned long long)(place->offset + at));
		if (k == 0)
			return calib_fail(err, CALIB_ETRUNC,
					  "%s: ends at byte %llu, %zu more bytes were "
					  "expected",
					  place->file, (unsigned long long)(place->offset + at), n);
		to += k;
		at += (uint64_t)k;
		n -= (size_t)k;
	}
	return CALIB_OK;
}

int calib_xtcfile_open(struct calib_xtcfile *file, const char *path, struct calib_err *err)
{
	struct stat st;

	*file = (struct calib_xtcfile){-1, path, 0, 0, 0, NULL};
	file->window = calib_alloc(WINDOW, 1, path, err);
	if (file->window == NULL)
		return CALIB_ENOMEM;
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0 || fstat(file->fd, &st) != 0) {
		calib_fail_sys(err, "%s: cannot open", path);
		calib_xtcfile_close(file);
		return CALIB_ESYS;
	}
	if (!S_ISREG(st.st_mode)) {
		calib_xtcfile_close(file);
		return calib_fail(err, CALIB_EINVAL, "%s: is not a regular file", path);
	}
	file->size = (uint64_t)st.st_size;
	return CALIB_OK;
}

void calib_xtcfile_close(struct calib_xtcfile *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->window);
	file->fd = -1;
	file->window = NULL;
	file->len = 0;
}

/* n bytes at an offset, n <= GLANCE; NULL when they are not all in the file.  Near the last
 * window a large one is read, else just a glance: pixels in between are never touched. */
static const uint8_t *look(struct calib_xtcfile *file, uint64_t at, size_t n,
                           struct calib_err *err)
{
	uint64_t end = file->at + file->len;
	size_t want, have = 0;

	if (at >= file->at && at + n <= end)
		return file->window + (at - file->at);
	want = at >= file->at && at <= end + WINDOW / 8 ? WINDOW : GLANCE;
	file->at = at;
	file->len = 0;
	while (have < want) {
		ssize_t k = pread(file->fd, file->window + have, want - have, (off_t)(at + have));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0) {
			calib_fail_sys(err, "%s: byte %llu: cannot read", file->name,
			               (unsigned long long)at);
			return NULL;
		}
		if (k == 0)
			break;
		have += (size_t)k;
	}
	file->len = have;
	return have >= n ? file->window : NULL;
}

static void parse_dgram(struct calib_dgram *d, const uint8_t *h, uint64_t offset)
{
	uint32_t low = calib_le32(h + 8), high = calib_le32(h + 12);

	d->nsec = calib_le32(h);
	d->sec = calib_le32(h + 4);
	d->ticks = low & 0xffffff;
	d->service = low >> 24 & 15;
	d->fiducial = high & 0x1ffff;
	d->vector = high >> 17;
	d->env = calib_le32(h + 16);
	d->damage = calib_le32(h + 20);
	d->offset = offset;
	d->size = calib_le32(h + 36) + 20;
}

int calib_xtc_dgram(struct calib_xtcfile *file, uint64_t offset, struct calib_dgram *d,
                    struct calib_err *err)
{
	unsigned long long at = offset;
	const uint8_t *h;
	uint32_t extent;

	if (offset == file->size)
		return 0;
	if (offset > file->size || file->size - offset < CALIB_DGRAM_HEADER)
		return calib_fail(err, CALIB_ETRUNC,
				  "%s: byte %llu: the file ends inside a datagram "
				  "header (%llu of 40 bytes); it is incomplete",
				  file->name, at, (unsigned long long)(file->size - offset));
	h = look(file, offset, CALIB_DGRAM_HEADER, err);
	if (h == NULL)
		return calib_fail(err, CALIB_ETRUNC,
				  "%s: byte %llu: the file became shorter while it "
				  "was read",
				  file->name, at);
	extent = calib_le32(h + 36);
	if (extent < CALIB_XTC_HEADER || extent > CALIB_DGRAM_MAX - 20)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s: byte %llu: datagram extent %u, 20 to %u "
				  "expected; the rest of this file is not read",
				  file->name, at, extent, CALIB_DGRAM_MAX - 20);
	parse_dgram(d, h, offset);
	if (file->size - offset < d->size)
		return calib_fail(err, CALIB_ETRUNC,
				  "%s: byte %llu: the file ends inside a datagram "
				  "(%llu of %u bytes); it is incomplete",
				  file->name, at, (unsigned long long)(file->size - offset),
				  d->size);
	return 1;
}

static void complain(const struct calib_walk *walk, const struct calib_xtcfile *file,
                     uint64_t at, uint32_t extent, const char *what)
{
	char text[600];

	snprintf(text, sizeof text, "%s: byte %llu: extent %u %s", file->name,
	         (unsigned long long)at, extent, what);
	walk->bad(walk->ctx, text);
}

static void parse_xtc(struct calib_object *x, const struct calib_xtcfile *file, const uint8_t *h,
                      uint64_t at)
{
	uint32_t id = calib_le32(h + 12);

	*x = (struct calib_object){
		.src = {calib_le32(h + 4), calib_le32(h + 8)},
		.type = (uint16_t)id, .version = (uint16_t)(id >> 16 & 0x7fff),
		.compressed = id >> 31, .damage = calib_le32(h),
		.place = {file->fd, at + CALIB_XTC_HEADER,
		          calib_le32(h + 16) - CALIB_XTC_HEADER, NULL, file->name},
	};
}

int calib_xtc_leaves(struct calib_xtcfile *file, const struct calib_dgram *dgram,
                     const struct calib_walk *walk, struct calib_err *err)
{
	uint64_t end[MAX_DEPTH], at = dgram->offset + CALIB_DGRAM_HEADER;
	uint64_t last = dgram->offset + dgram->size;
	uint32_t left = dgram->size / CALIB_XTC_HEADER;	/* no more headers have room */
	int depth = 0, rc = CALIB_OK;

	end[0] = last;
	if (dgram->damage & DAMAGE_INCOMPLETE)
		return CALIB_OK;
	while (rc >= 0 && depth >= 0) {
		struct calib_object x;
		const uint8_t *h;
		uint32_t extent;

		if (at >= end[depth]) {
			at = end[depth--];
			continue;
		}
		h = end[depth] - at < CALIB_XTC_HEADER ? NULL
						       : look(file, at, CALIB_XTC_HEADER, err);
		extent = h ? calib_le32(h + 16) : (uint32_t)(end[depth] - at);
		if (h == NULL || extent < CALIB_XTC_HEADER) {
			complain(walk, file, at, extent,
				 "of an object, at least 20 expected; the rest of "
				 "its container is skipped");
			at = end[depth--];
			continue;
		}
		if (extent > last - at) {
			complain(walk, file, at, extent,
				 "of an object reaches beyond its datagram; the "
				 "object is not used");
			at = end[depth--];
			continue;
		}
		if (left-- == 0) {	/* boxes in boxes, each walked twice, would take for ever */
			complain(walk, file, at, extent,
				 "of an object that overlaps others; the rest of its datagram is "
				 "skipped");
			break;
		}
		parse_xtc(&x, file, h, at);
		if (extent > end[depth] - at)
			complain(walk, file, at, extent,
				 "of an object reaches beyond its container");
		if (x.type != TYPE_XTC) {
			rc = walk->leaf(walk->ctx, &x, depth + 1);
			at += extent;
			continue;
		}
		if (walk->container != NULL)
			walk->container(walk->ctx, &x, depth + 1);
		if ((x.damage & DAMAGE_INCOMPLETE) || depth + 1 == MAX_DEPTH) {
			at += extent;
			continue;
		}
		end[++depth] = at + extent;
		at += CALIB_XTC_HEADER;
	}
	return rc < 0 ? rc : CALIB_OK;
}
