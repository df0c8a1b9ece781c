/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/hdf5raw.c - chunks of HDF5 data sets: read, inflated, unshuffled, bytes swapped
 *
 * libdeflate is twice as fast as zlib; zlib decides about what it refuses.  Source of the
 * filters: HDFGroup/hdf5 src/H5Zdeflate.c, src/H5Zshuffle.c. */
#include "src/hdf5raw.h"

#include <libdeflate.h>
#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"
#include "src/unshuffle.h"

/* What one thread needs while it makes one chunk. */
struct scratch {
	struct scratch *next;
	struct libdeflate_decompressor *inflate;
	void *stored, *shuffled;
	size_t stored_room, shuffled_room;
};

#define MAX_IDLE ((size_t)1 << 28)	/* bytes that are kept for the next chunks */
enum { MAX_BUFFERS = 256 };

struct calib_h5pool {
	pthread_mutex_t lock;
	struct scratch *idle;
	struct { uint8_t *bytes; size_t n; } buffer[MAX_BUFFERS];
	size_t nbuffers, nbytes;
};

int calib_h5pool_new(struct calib_h5pool **pool, struct calib_err *err)
{
	*pool = calib_alloc(1, sizeof **pool, "HDF5 data", err);
	if (*pool == NULL)
		return CALIB_ENOMEM;
	pthread_mutex_init(&(*pool)->lock, NULL);
	return CALIB_OK;
}

static void free_scratch(struct scratch *s)
{
	if (s->inflate != NULL)
		libdeflate_free_decompressor(s->inflate);
	free(s->stored);
	free(s->shuffled);
	free(s);
}

void calib_h5pool_free(struct calib_h5pool *pool)
{
	if (pool == NULL)
		return;
	for (struct scratch *s = pool->idle, *next; s != NULL; s = next) {
		next = s->next;
		free_scratch(s);
	}
	for (size_t i = 0; i < pool->nbuffers; i++)
		free(pool->buffer[i].bytes);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

uint8_t *calib_h5pool_take(struct calib_h5pool *pool, size_t n, struct calib_err *err)
{
	uint8_t *bytes = NULL;

	pthread_mutex_lock(&pool->lock);
	for (size_t i = pool->nbuffers; i > 0 && bytes == NULL; i--)
		if (pool->buffer[i - 1].n == n) {
			bytes = pool->buffer[i - 1].bytes;
			pool->buffer[i - 1] = pool->buffer[--pool->nbuffers];
			pool->nbytes -= n;
		}
	pthread_mutex_unlock(&pool->lock);
	return bytes ? bytes : calib_alloc(n, 1, "decompressed data", err);
}

void calib_h5pool_give(struct calib_h5pool *pool, uint8_t *bytes, size_t n)
{
	pthread_mutex_lock(&pool->lock);
	if (bytes != NULL && pool->nbuffers < MAX_BUFFERS && n <= MAX_IDLE - pool->nbytes) {
		pool->buffer[pool->nbuffers].bytes = bytes;
		pool->buffer[pool->nbuffers++].n = n;
		pool->nbytes += n;
		bytes = NULL;
	}
	pthread_mutex_unlock(&pool->lock);
	free(bytes);
}

static struct scratch *take(struct calib_h5pool *pool, struct calib_err *err)
{
	struct scratch *s;

	pthread_mutex_lock(&pool->lock);
	s = pool->idle;
	if (s != NULL)
		pool->idle = s->next;
	pthread_mutex_unlock(&pool->lock);
	if (s != NULL)
		return s;
	s = calib_alloc(1, sizeof *s, "HDF5 data", err);
	if (s == NULL)
		return NULL;
	s->inflate = libdeflate_alloc_decompressor();
	if (s->inflate != NULL)
		return s;
	free(s);
	calib_fail(err, CALIB_ENOMEM, "out of memory for a decompressor");
	return NULL;
}

static void give_back(struct calib_h5pool *pool, struct scratch *s)
{
	pthread_mutex_lock(&pool->lock);
	s->next = pool->idle;
	pool->idle = s;
	pthread_mutex_unlock(&pool->lock);
}

static int inflate_bytes(struct scratch *s, const uint8_t *in, size_t nin, uint8_t *out, size_t n,
                         const struct calib_place *stored, struct calib_err *err)
{
	uLongf got = n;
	size_t have;
	int rc;

	if (libdeflate_zlib_decompress(s->inflate, in, nin, out, n, &have) == LIBDEFLATE_SUCCESS
	    && have == n)
		return CALIB_OK;
	rc = uncompress(out, &got, in, nin);
	if (rc == Z_OK && got == n)
		return CALIB_OK;
	return calib_fail(err, CALIB_EFORMAT, "%s: byte %llu: a compressed chunk of %zu bytes is "
	                  "damaged: it gives %s, %zu bytes expected", stored->file,
	                  (unsigned long long)stored->offset, nin,
	                  rc == Z_OK ? "fewer" : rc == Z_BUF_ERROR ? "more" : "no data", n);
}

static void swap_bytes(uint8_t *bytes, size_t n, size_t size)
{
	for (size_t i = 0; i + size <= n; i += size)
		for (size_t k = 0; k < size / 2; k++) {
			uint8_t b = bytes[i + k];

			bytes[i + k] = bytes[i + size - 1 - k];
			bytes[i + size - 1 - k] = b;
		}
}

/* The bytes as stored: where they are in memory, or read into the scratch buffer. */
static int stored_bytes(struct scratch *s, const struct calib_place *stored, const uint8_t **in,
                        struct calib_err *err)
{
	int rc;

	*in = stored->mem;
	if (stored->mem != NULL)
		return CALIB_OK;
	rc = calib_grow(&s->stored, &s->stored_room, stored->size, 1, "stored data", err);
	*in = s->stored;
	return rc < 0 ? rc : calib_place_read(stored, 0, s->stored, stored->size, err);
}

static int decode(struct scratch *s, const struct calib_place *stored,
                  const struct calib_h5codec *codec, uint8_t *out, size_t n,
                  struct calib_err *err)
{
	bool shuffled = codec->shuffle > 1 && n / codec->shuffle > 1;
	const uint8_t *in;
	uint8_t *plain = out;
	int rc;

	if (!codec->deflate && stored->size != n)
		return calib_fail(err, CALIB_EFORMAT, "%s: byte %llu: a chunk of %zu bytes, %zu "
		                  "expected", stored->file, (unsigned long long)stored->offset,
		                  stored->size, n);
	if (!codec->deflate && !shuffled)
		return calib_place_read(stored, 0, out, n, err);
	rc = stored_bytes(s, stored, &in, err);
	if (rc >= 0 && codec->deflate && shuffled) {
		rc = calib_grow(&s->shuffled, &s->shuffled_room, n, 1, "decompressed data", err);
		plain = s->shuffled;
	}
	if (rc >= 0 && codec->deflate)
		rc = inflate_bytes(s, in, stored->size, plain, n, stored, err);
	if (rc >= 0 && shuffled)
		calib_unshuffle(out, codec->deflate ? plain : in, n, codec->shuffle);
	return rc;
}

int calib_h5raw_read(struct calib_h5pool *pool, const struct calib_place *stored,
                     const struct calib_h5codec *codec, uint8_t *out, size_t n,
                     struct calib_err *err)
{
	struct scratch *s = take(pool, err);
	int rc;

	if (s == NULL)
		return CALIB_ENOMEM;
	rc = decode(s, stored, codec, out, n, err);
	if (rc >= 0 && codec->swap > 1)
		swap_bytes(out, n, codec->swap);
	give_back(pool, s);
	return rc < 0 ? rc : CALIB_OK;
}
