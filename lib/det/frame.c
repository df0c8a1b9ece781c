/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/frame.c - pixels of one event in calibration order */
#include <stdlib.h>
#include <string.h>

#include "det/det.h"

void calib_frame_release(struct calib_frame *frame)
{
	free(frame->owned);
	frame->owned = NULL;
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

int calib_frame_read(const struct calib_frame *frame, const struct calib_layout *layout,
                     size_t first, size_t n, uint16_t *words, struct calib_err *err)
{
	size_t width = layout->dtype == CALIB_U8 ? 1 : 2, covered = 0;
	int rc = CALIB_OK;

	for (int i = 0; i < frame->npieces && rc >= 0; i++) {
		size_t a = frame->piece[i].first, b = a + frame->piece[i].n;
		size_t lo = a > first ? a : first, hi = b < first + n ? b : first + n;

		if (lo >= hi)
			continue;
		covered += hi - lo;
		if (covered == hi - lo && hi - lo < n)	/* pixels of no piece are 0 */
			memset(words, 0, n * sizeof *words);
		rc = read_words(frame, layout->dtype, frame->piece[i].at + (lo - a) * width,
				hi - lo, words + (lo - first), err);
	}
	if (covered == 0)
		memset(words, 0, n * sizeof *words);
	return rc;
}
