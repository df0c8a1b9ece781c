/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/smd.c - small-data form of a datagram
 *
 * Transitions are copied, Configure with one leaf more.  Of an event the containers are copied,
 * small leaves too; a large one becomes a proxy: offset, type and extent of the original.  The
 * writer of the reference gives up on a container at the first child it does not like, and what
 * follows there is lost: so it is here. */
#include "sim/smd.h"

#include <string.h>

#include "base/bytes.h"
#include "src/src.h"

enum { HEADER = 40, TOP = 20, XTC = 20, L1ACCEPT = 12, CONFIGURE = 4 };
enum { T_ANY = 0, T_XTC = 1, T_EVRDATA = 19, T_SMLCONFIG = 89, T_SMLOFFSET = 90, T_SMLPROXY = 91,
       NTYPES = 124 };
enum { SIZE_SMLCONFIG = 24, SIZE_SMLOFFSET = 32, SIZE_SMLPROXY = 36 };
/* real data nest 4 deep; what is deeper is left out */
enum { DEPTH = 32 };
#define INCOMPLETE (1u << 15)
#define VERSION1 (1u << 16)

/* A container being copied: where it ends, and its header in the small form. */
struct level { size_t end; uint8_t *head; };

struct walk {
	struct level level[DEPTH];
	int depth;
	uint8_t *put;
	uint64_t offset;
};

static uint8_t *put_header(uint8_t *p, uint32_t type, uint32_t extent)
{
	memset(p, 0, XTC);
	calib_put_le32(p + 4, (uint32_t)CALIB_LEVEL_RECORDER << 24);
	calib_put_le32(p + 12, VERSION1 | type);
	calib_put_le32(p + 16, extent);
	return p + XTC;
}

/* Does the writer stop at this child? */
static bool is_refused(const uint8_t *xtc, size_t left)
{
	uint32_t extent = calib_le32(xtc + 16), type = calib_le32(xtc + 12) & 0xffff;

	return extent < XTC || extent % 4 != 0 || extent > left || type >= NTYPES ||
	       (type == T_ANY && calib_le32(xtc) == 0) ||
	       calib_le32(xtc + 4) >> 24 > CALIB_LEVEL_REPORTER;
}

static void put_leaf(struct walk *w, const uint8_t *xtc, size_t at)
{
	uint32_t extent = calib_le32(xtc + 16), type = calib_le32(xtc + 12);

	if (extent < CALIB_SMD_THRESHOLD || (type & 0xffff) == T_EVRDATA) {
		memcpy(w->put, xtc, extent);
		w->put += extent;
		return;
	}
	memcpy(w->put, xtc, XTC);
	calib_put_le32(w->put + 12, VERSION1 | T_SMLPROXY);
	calib_put_le32(w->put + 16, SIZE_SMLPROXY);
	calib_put_le64(w->put + 20, w->offset + at);
	calib_put_le32(w->put + 28, type);
	calib_put_le32(w->put + 32, extent);
	w->put += SIZE_SMLPROXY;
}

/* Begin a container; one whose contribution is incomplete stays empty. */
static void enter(struct walk *w, const uint8_t *xtc, size_t end, bool empty)
{
	memcpy(w->put, xtc, XTC);
	if (empty) {
		calib_put_le32(w->put + 16, XTC);
	} else {
		w->level[w->depth].end = end;
		w->level[w->depth++].head = w->put;
	}
	w->put += XTC;
}

static void leave(struct walk *w)
{
	uint8_t *head = w->level[--w->depth].head;

	calib_put_le32(head + 16, (uint32_t)(w->put - head));
}

static size_t event(uint8_t *small, const uint8_t *dgram, size_t n, uint64_t offset)
{
	struct walk w = {.put = small + TOP, .offset = offset};
	size_t at = HEADER, children = 0;

	memcpy(small, dgram, TOP);
	enter(&w, dgram + TOP, n, (calib_le32(dgram + TOP) & INCOMPLETE) != 0);
	w.put = put_header(w.put, T_SMLOFFSET, SIZE_SMLOFFSET);
	calib_put_le64(w.put, offset);
	calib_put_le32(w.put + 8, calib_le32(dgram + 36));
	w.put += SIZE_SMLOFFSET - XTC;
	while (w.depth > 0) {
		const struct level *l = &w.level[w.depth - 1];
		const uint8_t *xtc = dgram + at;
		size_t end;

		if (l->end - at < XTC || is_refused(xtc, l->end - at)) {
			at = l->end;	/* the rest of a container is lost */
			leave(&w);
			continue;
		}
		children++;
		end = at + calib_le32(xtc + 16);
		if ((calib_le32(xtc + 12) & 0xffff) != T_XTC) {
			put_leaf(&w, xtc, at);
			at = end;
		} else {
			bool empty = (calib_le32(xtc) & INCOMPLETE) != 0 || w.depth == DEPTH;

			enter(&w, xtc, end, empty);
			at = empty ? end : at + XTC;
		}
	}
	return children > 0 ? (size_t)(w.put - small) : 0;
}

size_t calib_smd_dgram(uint8_t *small, const uint8_t *dgram, size_t n, uint64_t offset)
{
	unsigned service = calib_le32(dgram + 8) >> 24 & 0xf;

	if (service == L1ACCEPT)
		return event(small, dgram, n, offset);
	if (service != CONFIGURE) {
		memcpy(small, dgram, n);
		return n;
	}
	memcpy(small, dgram, HEADER);
	calib_put_le32(small + 36, calib_le32(dgram + 36) + SIZE_SMLCONFIG);
	calib_put_le32(put_header(small + HEADER, T_SMLCONFIG, SIZE_SMLCONFIG),
	               CALIB_SMD_THRESHOLD);
	memcpy(small + HEADER + SIZE_SMLCONFIG, dgram + HEADER, n - HEADER);
	return n + SIZE_SMLCONFIG;
}
