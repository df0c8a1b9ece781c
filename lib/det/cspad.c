/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/cspad.c - CSPAD: 4 quads of 8 sections of 185 x 388, and the CSPAD2x2
 *
 * Quads are stored in the order of arrival and tell their number in their own header; of each,
 * only the sections of its region-of-interest mask.
 * Source: lcls-psana/psddldata data/cspad.ddl.h, data/cspad2x2.ddl; lcls-psana/Detector
 * src/PyDetectorAccess.py. */
#include "base/bytes.h"
#include "det/family.h"

enum { SECTION = 185 * 388, SECTION_BYTES = 2 * SECTION, QUAD_HEADER = 32, QUAD_TRAILER = 4 };
enum { ASIC_MASK, QUAD_MASK, ROI_MASK };	/* layout->param */

/* Byte of asicMask in each configuration version; quadMask and roiMask follow. */
static const struct { struct calib_cfgtype cfg; uint16_t asic_mask; bool has_roi; } configs[] = {
	{{29, 1}, 36, false}, {{29, 2}, 36, true}, {{29, 3}, 72, true}, {{29, 4}, 72, true},
	{{29, 5}, 76, true},
};

/* Sections that an element of DataV1 holds. */
static unsigned stored_v1(uint32_t asic_mask)
{
	return (asic_mask & 15) == 1 ? 2 : 8;
}

int calib_cspad_layout(struct calib_layout *l, const struct calib_object *data,
                       const struct calib_cfgset *cfg, struct calib_err *err)
{
	static const size_t dim[] = {32, 185, 388};
	size_t first = data->version == 2 ? 1 : 0;	/* DataV2 needs a roi mask: not ConfigV1 */

	for (size_t i = first; i < sizeof configs / sizeof configs[0]; i++) {
		const struct calib_object *c = calib_cfgset_find(
			cfg, data->src, configs[i].cfg.type, configs[i].cfg.version);
		int rc;

		if (c == NULL)
			continue;
		rc = calib_family_u32(c, configs[i].asic_mask, l->param, configs[i].has_roi ? 3 : 2,
		                      err);
		if (rc < 0)
			return rc;
		if (!configs[i].has_roi)
			l->param[ROI_MASK] = stored_v1(l->param[ASIC_MASK]) == 8 ? 0xffffffffu
			                                                          : 0x03030303u;
		l->config = c;
		return calib_family_shape(l, CALIB_I16, 3, dim, data, err);
	}
	return 0;
}

/* One quad element at byte *at: its sections become pieces. */
static int add_quad(struct calib_frame *f, const struct calib_layout *l, uint64_t *at,
                    unsigned *seen, struct calib_err *err)
{
	uint8_t head[8];
	unsigned quad, mask, stored, k = 0;
	int rc = calib_place_read(&f->place, *at, head, sizeof head, err);

	if (rc < 0)
		return rc;
	quad = calib_le32(head + 4) >> 24 & 3;
	mask = l->param[ROI_MASK] >> 8 * quad & 255;
	stored = l->version == 1 ? stored_v1(l->param[ASIC_MASK])
	                         : (unsigned)__builtin_popcount(mask);
	if (*seen >> quad & 1)
		return calib_fail(err, CALIB_EFORMAT, "%s: byte %llu: quad %u is there twice",
		                  f->place.file, (unsigned long long)(f->place.offset + *at), quad);
	*seen |= 1u << quad;
	for (unsigned s = 0; s < 8 && k < stored; s++) {
		if (!(mask >> s & 1))
			continue;
		rc = calib_family_piece(f, l, (8 * quad + s) * (size_t)SECTION, SECTION,
		                        *at + QUAD_HEADER + k * (uint64_t)SECTION_BYTES, err);
		if (rc < 0)
			return rc;
		k++;
	}
	*at += QUAD_HEADER + stored * (uint64_t)SECTION_BYTES + QUAD_TRAILER;
	return CALIB_OK;
}

int calib_cspad_frame(struct calib_frame *f, const struct calib_layout *l, struct calib_err *err)
{
	int quads = __builtin_popcount(l->param[QUAD_MASK] & 15);
	uint64_t at = 0;
	unsigned seen = 0;

	for (int i = 0; i < quads; i++) {
		int rc = add_quad(f, l, &at, &seen, err);

		if (rc < 0)
			return rc;
	}
	if (at != f->place.size)
		return calib_fail(err, CALIB_EFORMAT, "%s: byte %llu: CSPAD data of %zu bytes, the "
		                  "configuration says %llu", f->place.file,
		                  (unsigned long long)f->place.offset, f->place.size,
		                  (unsigned long long)at);
	return CALIB_OK;
}

/* Data order, which is also the order of the deployed files: section index fastest. */
int calib_cspad2x2_layout(struct calib_layout *l, const struct calib_object *data,
                          const struct calib_cfgset *cfg, struct calib_err *err)
{
	static const size_t dim[] = {185, 388, 2};

	(void)cfg;
	l->header = QUAD_HEADER;
	return calib_family_shape(l, CALIB_I16, 3, dim, data, err);
}
