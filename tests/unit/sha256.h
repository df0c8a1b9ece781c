/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/sha256.h - SHA-256 (FIPS 180-4), to compare with the sums in golden files */
#ifndef CALIB_TEST_SHA256_H
#define CALIB_TEST_SHA256_H
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline uint32_t sha_ror(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

/* First 32 bits of the fraction of a root of a prime: the constants of the standard. */
static inline uint32_t sha_fraction(long double root)
{
	return (uint32_t)((root - floorl(root)) * 4294967296.0L);
}

static inline void sha_block(uint32_t h[8], const uint32_t k[64], const uint8_t *p)
{
	uint32_t w[64], v[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16
		       | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (int i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7]
		       + (sha_ror(w[i - 15], 7) ^ sha_ror(w[i - 15], 18) ^ w[i - 15] >> 3)
		       + (sha_ror(w[i - 2], 17) ^ sha_ror(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(v, h, sizeof v);
	for (int i = 0; i < 64; i++) {
		uint32_t e = v[4], a = v[0];
		uint32_t t1 = v[7] + (sha_ror(e, 6) ^ sha_ror(e, 11) ^ sha_ror(e, 25))
		              + ((e & v[5]) ^ (~e & v[6])) + k[i] + w[i];
		uint32_t t2 = (sha_ror(a, 2) ^ sha_ror(a, 13) ^ sha_ror(a, 22))
		              + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof v[0]);
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		h[i] += v[i];
}

static inline void sha256_hex(const void *bytes, size_t n, char hex[65])
{
	uint32_t h[8], k[64];
	const uint8_t *p = bytes;
	uint8_t tail[128] = {0};
	size_t left = n % 64, blocks = left < 56 ? 1 : 2;
	int count = 0;

	for (unsigned prime = 2; count < 64; prime++) {
		unsigned d = 2;

		while (d * d <= prime && prime % d != 0)
			d++;
		if (d * d <= prime)
			continue;
		if (count < 8)
			h[count] = sha_fraction(sqrtl(prime));
		k[count++] = sha_fraction(cbrtl(prime));
	}
	for (size_t i = 0; i + 64 <= n; i += 64)
		sha_block(h, k, p + i);
	memcpy(tail, p + n - left, left);
	tail[left] = 0x80;
	for (int i = 0; i < 8; i++)
		tail[blocks * 64 - 1 - (size_t)i] = (uint8_t)((uint64_t)n * 8 >> 8 * i);
	for (size_t i = 0; i < blocks; i++)
		sha_block(h, k, tail + 64 * i);
	for (int i = 0; i < 8; i++)
		snprintf(hex + 8 * i, 9, "%08x", h[i]);
}
#endif
