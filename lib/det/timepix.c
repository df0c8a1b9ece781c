/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/timepix.c - Timepix: DataV2 as it is; DataV1 holds four chips of 256 x 256 as read, which
 * are put into the image of 512 x 512.  Also Imp, which has four waveforms and no image.
 * Source: slac-lcls/lcls1 psddl_pds2psana src/TimepixDataV1ToV2.cpp; lcls-psana/psddldata
 * data/timepix.ddl, data/imp.ddl. */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "det/family.h"

enum { SIDE = 512, V1_HEADER = 8, V2_HEADER = 12 };

int calib_timepix_layout(struct calib_layout *l, const struct calib_object *data,
                         const struct calib_cfgset *cfg, struct calib_err *err)
{
	uint32_t size;
	int rc;

	(void)cfg;
	if (data->version == 1) {
		l->header = V1_HEADER;
		return calib_family_shape(l, CALIB_U16, 2, (size_t[]){SIDE, SIDE}, data, err);
	}
	rc = calib_family_u32(data, 0, &size, 1, err);	/* u16 width, u16 height */
	if (rc < 0)
		return rc;
	l->header = V2_HEADER;
	return calib_family_shape(l, CALIB_U16, 2, (size_t[]){size >> 16, size & 0xffff}, data,
				  err);
}

/* Where value y * 256 + x of DataV1 goes. */
static size_t target(unsigned y, unsigned x)
{
	static const struct { int row0, row_x, col0, col_y; } chip[] = {
		{511, -1, 0, 1}, {255, -1, -256, 1}, {0, 1, 1023, -1}, {256, 1, 1279, -1}
	};
	unsigned c = y / 256;
	int row = chip[c].row0 + chip[c].row_x * (int)x;
	int col = chip[c].col0 + chip[c].col_y * (int)y;

	return (size_t)row * SIDE + (size_t)col;
}

int calib_timepix_frame(struct calib_frame *f, const struct calib_layout *l,
                        struct calib_err *err)
{
	size_t n = (size_t)SIDE * SIDE;
	uint8_t *in, *out;
	int rc;

	(void)l;
	in = calib_alloc(n, 2, "Timepix frame", err);
	out = calib_alloc(n, 2, "Timepix frame", err);
	if (in == NULL || out == NULL) {
		free(in);
		free(out);
		return CALIB_ENOMEM;
	}
	rc = calib_place_read(&f->place, V1_HEADER, in, 2 * n, err);
	for (unsigned y = 0; y < 1024 && rc >= 0; y++)
		for (unsigned x = 0; x < 256; x++)
			calib_put_le16(out + 2 * target(y, x), calib_le16(in + 2 * (y * 256 + x)));
	free(in);
	if (rc < 0) {
		free(out);
		return rc;
	}
	free(f->owned);
	f->owned = out;
	f->place.mem = out;
	f->place.size = 2 * n;
	return calib_family_piece(f, l, 0, n, 0, err);
}

/* Samples of four channels, as stored: (samples, 4). */
int calib_imp_layout(struct calib_layout *l, const struct calib_object *data,
                     const struct calib_cfgset *cfg, struct calib_err *err)
{
	const struct calib_object *c = calib_cfgset_find(cfg, data->src, 68, 1);
	uint32_t n;
	int rc;

	if (c == NULL)
		return 0;
	rc = calib_family_u32(c, 28, &n, 1, err);
	if (rc < 0)
		return rc;
	l->config = c;
	l->header = 32;
	return calib_family_shape(l, CALIB_U16, 2, (size_t[]){n, 4}, c, err);
}
