/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/unpack.c - payloads compressed by the DAQ: engines None, Hist16, HistN
 *
 * Source: slac-lcls/lcls1 extpkgs/pdsdata/compress (Hist16Engine, HistNEngine), xtc/XtcCompress. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "src/src.h"

#define MAX_UNPACKED ((size_t)1 << 28)

/* Bytes that are read from the front; running over the end is remembered. */
struct reader { const uint8_t *p; size_t left; bool over; };

static const uint8_t *take(struct reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (n > r->left) {
		r->over = true;
		return NULL;
	}
	r->p += n;
	r->left -= n;
	return p;
}

static uint32_t take32(struct reader *r)
{
	const uint8_t *p = take(r, 4);

	return p ? calib_le32(p) : 0;
}

static uint16_t take16(struct reader *r)
{
	const uint8_t *p = take(r, 2);

	return p ? calib_le16(p) : 0;
}

enum { FLAG_STORED = 0, FLAG_BITMAP = 1, FLAG_RUNS = 3 };

/* The bitmap of n pixels as one byte each: 1 = the short form.  Run-length form: pairs of
 * (count, word). */
static bool read_bitmap(struct reader *r, uint32_t flag, uint8_t *is_short, size_t n)
{
	uint32_t words = take32(r);
	size_t pixel = 0;

	for (uint32_t w = 0; w < words && pixel < n && !r->over;) {
		uint32_t count = 1;
		uint16_t bits;

		if (flag == FLAG_RUNS) {
			count = take16(r);
			w++;
		}
		bits = take16(r);
		w++;
		for (; count > 0 && pixel < n; count--)
			for (int b = 0; b < 16 && pixel < n; b++)
				is_short[pixel++] = (uint8_t)(bits >> b & 1);
	}
	return !r->over && pixel == n;
}

static uint32_t checksum(const uint8_t *out, size_t n, int depth)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += depth == 1 ? out[i] : calib_le16(out + 2 * i);
	return sum;
}

/* n 16-bit words into out; map has room for n bytes. */
static const char *hist16(struct reader *r, uint8_t *out, size_t n, uint8_t *map)
{
	uint32_t flag = take32(r), sum = take32(r);
	struct reader packed;
	uint16_t base;
	uint32_t nb;

	take32(r);	/* bytes that follow */
	if (flag == FLAG_STORED) {
		const uint8_t *p = take(r, 2 * n);

		if (p == NULL)
			return "stored words are missing";
		memcpy(out, p, 2 * n);
		return checksum(out, n, 2) == sum ? NULL : "wrong checksum";
	}
	if (flag != FLAG_BITMAP && flag != FLAG_RUNS)
		return "unknown flag";
	base = take16(r);
	nb = take32(r);
	packed = (struct reader){r->p, nb, false};
	if (take(r, nb) == NULL || !read_bitmap(r, flag, map, n))
		return "the data end too early";
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = take(&packed, map[i] ? 1 : 2);

		if (p == NULL)
			return "too few packed pixels";
		calib_put_le16(out + 2 * i, map[i] ? (uint16_t)(base + *p) : calib_le16(p));
	}
	return checksum(out, n, 2) == sum ? NULL : "wrong checksum";
}

/* A stream of bits in little-endian u32 words, least significant bit first. */
struct bits { const uint8_t *p; size_t nbits, at; };

static bool take_bits(struct bits *b, unsigned n, uint32_t *value)
{
	uint32_t v = 0;

	if (n > b->nbits - b->at)
		return false;
	for (unsigned i = 0; i < n; i++, b->at++)
		v |= (uint32_t)(b->p[b->at / 8] >> b->at % 8 & 1) << i;
	*value = v;
	return true;
}

static const char *histn(struct reader *r, uint8_t *out, size_t bytes, uint8_t *map)
{
	uint16_t flag = take16(r), depth = take16(r);
	uint32_t sum = take32(r), base, nb;
	uint16_t wide, narrow;
	struct bits b;
	size_t n;

	take32(r);	/* bytes that follow */
	if (depth != 1 && depth != 2)
		return "unknown depth";
	n = bytes / depth;
	if (n * depth != bytes)
		return "odd size";
	if (flag == FLAG_STORED) {
		const uint8_t *p = take(r, bytes);

		if (p == NULL)
			return "stored bytes are missing";
		memcpy(out, p, bytes);
		return checksum(out, n, depth) == sum ? NULL : "wrong checksum";
	}
	if (flag != FLAG_BITMAP && flag != FLAG_RUNS)
		return "unknown flag";
	wide = take16(r);
	narrow = take16(r);
	base = take32(r);
	nb = take32(r);
	b = (struct bits){r->p, (size_t)nb * 8, 0};
	if (wide > 32 || narrow > 32 || take(r, nb) == NULL || !read_bitmap(r, flag, map, n))
		return "the data end too early";
	for (size_t i = 0; i < n; i++) {
		uint32_t v;

		if (!take_bits(&b, map[i] ? narrow : wide, &v))
			return "too few packed pixels";
		v += map[i] ? base : 0;
		if (depth == 1)
			out[i] = (uint8_t)v;
		else
			calib_put_le16(out + 2 * i, (uint16_t)v);
	}
	return checksum(out, n, depth) == sum ? NULL : "wrong checksum";
}

enum { ENGINE_NONE, ENGINE_HIST16, ENGINE_HISTN };

static const char *inflate_block(uint32_t engine, struct reader *data, uint8_t *out, size_t dsize,
                                 uint8_t *map)
{
	const uint8_t *p;

	switch (engine) {
	case ENGINE_NONE:
		p = take(data, dsize);
		if (p == NULL)
			return "the data end too early";
		memcpy(out, p, dsize);
		return NULL;
	case ENGINE_HIST16:
		return dsize % 2 ? "odd size" : hist16(data, out, dsize / 2, map);
	case ENGINE_HISTN:
		return histn(data, out, dsize, map);
	default:
		return "unknown compression engine";
	}
}

struct growing { uint8_t *bytes; size_t len, room; };

static int append(struct growing *g, size_t n, struct calib_err *err)
{
	void *p = g->bytes;

	if (n > MAX_UNPACKED - g->len)
		return calib_fail(err, CALIB_ENOMEM, "more than %zu decompressed bytes",
				  MAX_UNPACKED);
	/* a first block of no bytes needs an address, too */
	if (calib_grow(&p, &g->room, g->len + n > 0 ? g->len + n : 1, 1, "decompressed data", err)
	    < 0)
		return CALIB_ENOMEM;
	g->bytes = p;
	return CALIB_OK;
}

/* One block: u32 header size, header, u32 engine, u32 -, u32 dsize, u32 csize, data. */
static int one_block(struct reader *r, struct growing *g, struct calib_err *err)
{
	uint32_t hs = take32(r), engine, dsize, csize;
	const uint8_t *header = take(r, hs), *data;
	struct reader packed;
	const char *why;
	uint8_t *map;

	engine = take32(r);
	take32(r);
	dsize = take32(r);
	csize = take32(r);
	data = take(r, csize);
	if (r->over)
		return calib_fail(err, CALIB_EFORMAT,
				  "a compressed block reaches beyond the payload");
	if (append(g, (size_t)hs + dsize, err) < 0)
		return CALIB_ENOMEM;
	memcpy(g->bytes + g->len, header, hs);
	map = calib_alloc(dsize, 1, "decompression", err);
	if (map == NULL)
		return CALIB_ENOMEM;
	packed = (struct reader){data, csize, false};
	why = inflate_block(engine, &packed, g->bytes + g->len + hs, dsize, map);
	free(map);
	if (why != NULL)
		return calib_fail(err, CALIB_EFORMAT, "compressed data (engine %u): %s", engine,
				  why);
	g->len += (size_t)hs + dsize;
	return CALIB_OK;
}

int calib_unpack(const struct calib_object *object, uint8_t **bytes, size_t *n,
                 struct calib_err *err)
{
	struct growing g = {NULL, 0, 0};
	uint8_t *all = calib_alloc(object->place.size, 1, "compressed data", err);
	struct reader r = {all, object->place.size, false};
	int rc = all ? calib_place_read(&object->place, 0, all, object->place.size, err)
	             : CALIB_ENOMEM;

	while (rc >= 0 && r.left > 0) {
		size_t used;

		rc = one_block(&r, &g, err);
		used = (size_t)(r.p - all);
		if (used % 4 != 0)	/* the next block begins at a multiple of 4 */
			(void)take(&r, r.left < 4 - used % 4 ? r.left : 4 - used % 4);
	}
	free(all);
	if (rc < 0) {
		calib_err_wrap(err, "%s: byte %llu", object->place.file,
		               (unsigned long long)object->place.offset);
		free(g.bytes);
		return rc;
	}
	*bytes = g.bytes ? g.bytes : calib_alloc(0, 1, "decompressed data", err);
	*n = g.len;
	return *bytes ? CALIB_OK : CALIB_ENOMEM;
}
