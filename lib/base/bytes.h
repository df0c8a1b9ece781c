/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/bytes.h - numbers in files: any alignment, either byte order */
#ifndef CALIB_BASE_BYTES_H
#define CALIB_BASE_BYTES_H
#include <stdint.h>
#include <string.h>

static inline uint16_t calib_le16(const void *p)
{
	const uint8_t *b = p;

	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t calib_le32(const void *p)
{
	const uint8_t *b = p;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t calib_le64(const void *p)
{
	return (uint64_t)calib_le32(p) | (uint64_t)calib_le32((const uint8_t *)p + 4) << 32;
}

static inline uint32_t calib_be32(const void *p)
{
	return __builtin_bswap32(calib_le32(p));
}

static inline float calib_lef32(const void *p)
{
	uint32_t u = calib_le32(p);
	float f;

	memcpy(&f, &u, sizeof f);
	return f;
}

static inline double calib_lef64(const void *p)
{
	uint64_t u = calib_le64(p);
	double d;

	memcpy(&d, &u, sizeof d);
	return d;
}

static inline void calib_put_le16(void *p, uint16_t v)
{
	uint8_t *b = p;

	b[0] = (uint8_t)v;
	b[1] = (uint8_t)(v >> 8);
}

static inline void calib_put_le32(void *p, uint32_t v)
{
	calib_put_le16(p, (uint16_t)v);
	calib_put_le16((uint8_t *)p + 2, (uint16_t)(v >> 16));
}

static inline void calib_put_le64(void *p, uint64_t v)
{
	calib_put_le32(p, (uint32_t)v);
	calib_put_le32((uint8_t *)p + 4, (uint32_t)(v >> 32));
}
#endif
