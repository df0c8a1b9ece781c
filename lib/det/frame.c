/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/frame.c - pixels of one event in calibration order */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "det/det.h"

void calib_frame_release(struct calib_frame *frame)
{
	free(frame->owned);
	calib_slab_drop(frame->slab);
	frame->owned = NULL;
	frame->slab = NULL;
	frame->npieces = 0;
}

/* n stored values as 16-bit words.  Bytes are read into the upper half of the room and widened
 * from the front: word i is written behind byte i only after that was read. */
static int read_words(const struct calib_frame *frame, enum calib_dtype type, uint64_t at,
                      size_t n, uint16_t *words, struct calib_err *err)
{
	uint8_t *bytes = (uint8_t *)words + n;
	int rc;

	if (type != CALIB_U8)
		return calib_place_read(&frame->place, at, words, 2 * n, err);
	rc = calib_place_read(&frame->place, at, bytes, n, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		words[i] = bytes[i];
	return rc;
}

int calib_frames_load(struct calib_frame *const *frames, size_t n, int threads,
                      struct calib_err *err)
{
	struct calib_slab **slabs = calib_alloc(n, sizeof(struct calib_slab *), "frames", err);
	int rc = slabs ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < n && rc >= 0; i++)
		slabs[i] = frames[i]->slab;
	if (rc >= 0)
		rc = calib_slabs_load(slabs, n, threads, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		if (slabs[i] != NULL)
			frames[i]->place.mem = calib_slab_bytes(slabs[i]) + frames[i]->place.offset;
	free(slabs);
	return rc;
}

/* Stored elements as doubles, a part at a time. */
static int read_reals(const struct calib_frame *frame, enum calib_dtype type, uint64_t at,
                      size_t n, double *values, struct calib_err *err)
{
	enum { PART = 2048 };
	size_t width = calib_dtype_size(type);
	uint8_t part[PART * 8];

	for (size_t a = 0; a < n; a += PART) {
		size_t k = n - a < PART ? n - a : PART;
		struct calib_nda view = CALIB_NDA_INIT;
		int rc = calib_place_read(&frame->place, at + a * width, part, k * width, err);

		if (rc < 0)
			return rc;
		calib_nda_view(&view, type, 1, &k, part);
		for (size_t i = 0; i < k; i++)
			values[a + i] = calib_nda_get(&view, i);
	}
	return CALIB_OK;
}

/* How stored elements become values, of the size given. */
struct reader {
	size_t size;
	int (*words)(const struct calib_frame *, enum calib_dtype, uint64_t, size_t, uint16_t *,
	             struct calib_err *);
	int (*reals)(const struct calib_frame *, enum calib_dtype, uint64_t, size_t, double *,
	             struct calib_err *);
};

/* Pixels [first, first+n): those of the pieces are read, those of no piece are 0. */
static int read_pieces(const struct calib_frame *frame, const struct calib_layout *layout,
                       size_t first, size_t n, const struct reader *reader, void *values,
                       struct calib_err *err)
{
	size_t width = calib_dtype_size(layout->dtype), covered = 0;
	int rc = CALIB_OK;

	for (int i = 0; i < frame->npieces && rc >= 0; i++) {
		size_t a = frame->piece[i].first, b = a + frame->piece[i].n;
		size_t lo = a > first ? a : first, hi = b < first + n ? b : first + n;
		uint64_t at = frame->piece[i].at + (lo - a) * width;
		char *to = (char *)values + (lo - first) * reader->size;

		if (lo >= hi)
			continue;
		covered += hi - lo;
		if (covered == hi - lo && hi - lo < n)
			memset(values, 0, n * reader->size);
		rc = reader->words ? reader->words(frame, layout->dtype, at, hi - lo,
						   (uint16_t *)(void *)to, err)
				   : reader->reals(frame, layout->dtype, at, hi - lo,
						   (double *)(void *)to, err);
	}
	if (covered == 0)
		memset(values, 0, n * reader->size);
	return rc;
}

int calib_frame_read(const struct calib_frame *frame, const struct calib_layout *layout,
                     size_t first, size_t n, uint16_t *words, struct calib_err *err)
{
	static const struct reader reader = {sizeof(uint16_t), read_words, NULL};

	return read_pieces(frame, layout, first, n, &reader, words, err);
}

int calib_frame_reals(const struct calib_frame *frame, const struct calib_layout *layout,
                      size_t first, size_t n, double *values, struct calib_err *err)
{
	static const struct reader reader = {sizeof(double), NULL, read_reals};

	return read_pieces(frame, layout, first, n, &reader, values, err);
}
