/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/data.c - one frame as the DAQ stores it: headers, order of pixels, trailers */
#include <string.h>

#include "sim/priv.h"

enum { CSPAD_QUAD = 8 * 185 * 388, PNCCD_LINK = 512 * 512 };

static uint8_t *put_words(uint8_t *p, const uint16_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		calib_put_le16(p + 2 * i, v[i]);
	return p + 2 * n;
}

/* The words that CSPAD, Epix and Imp elements begin with: lane, counter, sequence, clock. */
static void element_header(uint8_t *p, const struct sim_event *evt, uint32_t word1)
{
	calib_put_le32(p, 0x0100);
	calib_put_le32(p + 4, word1 | (uint32_t)(evt->index & 0xffff));
	calib_put_le32(p + 8, (uint32_t)evt->index);
	calib_put_le32(p + 12, 0x1234);
	calib_put_le32(p + 16, evt->fiducial);
}

/* The quads in an order that changes from event to event, as network timing makes it. */
static void cspad(uint8_t *p, const struct sim_event *evt, const uint16_t *frame)
{
	static const uint8_t order[4] = {2, 0, 3, 1};

	for (uint64_t i = 0; i < 4; i++) {
		uint32_t quad = order[(i + evt->index) & 3];

		element_header(p, evt, quad << 24);
		p = put_words(p + 32, frame + quad * (size_t)CSPAD_QUAD, CSPAD_QUAD) + 4;
	}
}

static void camera(uint8_t *p, const struct sim_det *det, const uint16_t *frame)
{
	calib_put_le32(p, (uint32_t)det->cols);
	calib_put_le32(p + 4, (uint32_t)det->rows);
	calib_put_le32(p + 8, det->kind->bits);
	calib_put_le32(p + 12, det->kind->param);
	if (det->pixel_bytes == 2)
		put_words(p + 16, frame, det->npixels);
	else
		for (size_t i = 0; i < det->npixels; i++)
			p[16 + i] = (uint8_t)frame[i];
}

static void pnccd(uint8_t *p, const struct sim_event *evt, const uint16_t *frame)
{
	for (size_t link = 0; link < 4; link++) {
		calib_put_le32(p + 4, (uint32_t)evt->index);
		calib_put_le32(p + 8, evt->sec);
		calib_put_le32(p + 12, evt->nsec);
		p = put_words(p + 16, frame + link * PNCCD_LINK, PNCCD_LINK);
	}
}

static void jungfrau(uint8_t *p, const struct sim_det *det, const struct sim_event *evt,
                     const uint16_t *frame)
{
	calib_put_le64(p, evt->index);
	calib_put_le32(p + 8, 0x1234);
	calib_put_le32(p + 12, evt->fiducial);
	for (size_t i = 0; i < det->nsegments; i++) {
		calib_put_le64(p + 16 + 20 * i, evt->index);
		calib_put_le16(p + 28 + 20 * i, (uint16_t)i);
	}
	put_words(p + det->header, frame, det->npixels);
}

/* Pixels first, then rows of other numbers that nobody may take for pixels. */
static void epix(uint8_t *p, const struct sim_det *det, const struct sim_event *evt,
                 const uint16_t *frame)
{
	uint8_t *tail;

	if (det->kind->family == SIM_EPIXARRAY)
		calib_put_le32(p, (uint32_t)evt->index);
	else
		element_header(p, evt, 0);
	tail = put_words(p + det->header, frame, det->npixels);
	memset(tail, 0x5a, det->trailer);
}

static void imp(uint8_t *p, const struct sim_det *det, const struct sim_event *evt,
                const uint16_t *frame)
{
	element_header(p, evt, 0);
	put_words(p + det->header, frame, det->npixels);
}

static void timepix(uint8_t *p, const struct sim_det *det, const struct sim_event *evt,
                    const uint16_t *frame)
{
	calib_put_le16(p, (uint16_t)det->cols);
	calib_put_le16(p + 2, (uint16_t)det->rows);
	calib_put_le16(p + 8, (uint16_t)evt->index);
	put_words(p + 12, frame, det->npixels);
}

void sim_payload(struct sim_buf *buf, const struct sim_det *det, const struct sim_event *evt,
                 const uint16_t *frame)
{
	uint8_t *p = sim_buf_room(buf, det->payload);

	if (p == NULL)
		return;
	switch (det->kind->family) {
	case SIM_CSPAD:     cspad(p, evt, frame); return;
	case SIM_CAMERA:    camera(p, det, frame); return;
	case SIM_PNCCD:     pnccd(p, evt, frame); return;
	case SIM_JUNGFRAU:  jungfrau(p, det, evt, frame); return;
	case SIM_EPIX:
	case SIM_EPIXARRAY: epix(p, det, evt, frame); return;
	case SIM_IMP:       imp(p, det, evt, frame); return;
	case SIM_TIMEPIX:   timepix(p, det, evt, frame); return;
	case SIM_CSPAD2X2:  element_header(p, evt, 0); break;
	default:            calib_put_le32(p, (uint32_t)evt->index); break;
	}
	put_words(p + det->header, frame, det->npixels);
}

/* ---- compressed form (Source: slac-lcls/lcls1 extpkgs/pdsdata, engine Hist16) ---- */

/* One byte for a pixel within 256 ADU above the base, two for any other; a bitmap says which.
 * The base that catches most is near the mean; the smallest value is good enough for dark
 * frames, where dead pixels (0) would spoil it, hence the low quantile. */
static uint16_t pack_base(const uint8_t *words, size_t n)
{
	uint32_t seen[256] = {0};
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		seen[words[2 * i + 1]]++;
	for (unsigned b = 0; b < 256; b++) {
		sum += seen[b];
		if (sum > n / 16)
			return (uint16_t)(b << 8);
	}
	return 0;
}

static void hist16(struct sim_buf *buf, const uint8_t *words, size_t n)
{
	uint16_t base = pack_base(words, n);
	size_t nmap = (n + 15) / 16, small = 0;
	uint32_t checksum = 0;
	uint8_t *p, *map;

	for (size_t i = 0; i < n; i++) {
		uint16_t v = calib_le16(words + 2 * i);

		checksum += v;
		small += (uint16_t)(v - base) < 256;
	}
	p = sim_buf_room(buf, 22 + (2 * n - small) + 2 * nmap);
	if (p == NULL)
		return;
	calib_put_le32(p, 1);
	calib_put_le32(p + 4, checksum);
	calib_put_le32(p + 8, (uint32_t)(10 + (2 * n - small) + 2 * nmap));
	calib_put_le16(p + 12, base);
	calib_put_le32(p + 14, (uint32_t)(2 * n - small));
	map = p + 18 + (2 * n - small);
	calib_put_le32(map, (uint32_t)nmap);
	map += 4;
	p += 18;
	for (size_t i = 0; i < n; i++) {
		uint16_t v = calib_le16(words + 2 * i);

		if ((uint16_t)(v - base) < 256) {
			*p++ = (uint8_t)(v - base);
			map[2 * (i / 16) + (i % 16) / 8] |= (uint8_t)(1u << i % 8);
		} else {
			calib_put_le16(p, v);
			p += 2;
		}
	}
}

bool sim_can_pack(const struct sim_det *det)
{
	enum sim_family f = det->kind->family;

	return f == SIM_CSPAD || f == SIM_CSPAD2X2 || f == SIM_CAMERA;
}

/* Blocks of header, engine, sizes and data; the next block begins at a multiple of 4. */
void sim_packed(struct sim_buf *buf, const struct sim_det *det, const uint8_t *payload,
                size_t size)
{
	uint32_t blocks = det->kind->family == SIM_CSPAD ? 4 : 1;
	size_t head = det->kind->family == SIM_CAMERA ? 16 : 32, from = buf->len;
	size_t dsize = size / blocks - head;

	for (uint32_t b = 0; b < blocks; b++, payload += head + dsize) {
		size_t at, body;
		uint8_t *p;

		sim_buf_room(buf, (4 - (buf->len - from) % 4) % 4);
		sim_buf_u32(buf, (uint32_t)head);
		p = sim_buf_room(buf, head);
		if (p != NULL)
			memcpy(p, payload, head);
		at = buf->len;
		sim_buf_u32(buf, det->pixel_bytes == 2 ? 1 : 0);	/* Hist16, or as it is */
		sim_buf_u32(buf, 0);
		sim_buf_u32(buf, (uint32_t)dsize);
		sim_buf_u32(buf, 0);
		body = buf->len;
		if (det->pixel_bytes == 2) {
			hist16(buf, payload + head, dsize / 2);
		} else {
			p = sim_buf_room(buf, dsize);
			if (p != NULL)
				memcpy(p, payload + head, dsize);
		}
		if (!buf->failed)
			calib_put_le32(buf->at + at + 12, (uint32_t)(buf->len - body));
	}
}
