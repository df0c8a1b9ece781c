/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/pnccd.c - pnCCD: one frame of 512 x 512 a link, as read, not turned
 * Source: lcls-psana/psddldata data/pnccd.ddl. */
#include "det/family.h"

enum { LINK_HEADER = 16, LINK_PIXELS = 512 * 512, PAYLOAD_PER_LINK = 0 };

int calib_pnccd_layout(struct calib_layout *l, const struct calib_object *data,
                       const struct calib_cfgset *cfg, struct calib_err *err)
{
	static const struct calib_cfgtype list[] = {{12, 1}, {12, 2}, {0, 0}};
	const struct calib_object *c = calib_family_config(cfg, data->src, list);
	uint32_t words[2];
	size_t dim[3] = {0, 512, 512};
	int rc;

	if (c == NULL)
		return 0;
	rc = calib_family_u32(c, 0, words, 2, err);
	if (rc < 0)
		return rc;
	if (words[0] > 8 || words[1] != LINK_HEADER + 2 * LINK_PIXELS)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s: byte %llu: pnCCD with %u links of %u bytes, "
				  "4 of %d expected",
				  c->place.file, (unsigned long long)c->place.offset, words[0],
				  words[1], LINK_HEADER + 2 * LINK_PIXELS);
	dim[0] = words[0];
	l->param[PAYLOAD_PER_LINK] = words[1];
	l->config = c;
	return calib_family_shape(l, CALIB_U16, 3, dim, c, err);
}

int calib_pnccd_frame(struct calib_frame *f, const struct calib_layout *l, struct calib_err *err)
{
	for (size_t i = 0; i < l->dim[0]; i++) {
		int rc = calib_family_piece(f, l, i * LINK_PIXELS, LINK_PIXELS,
		                            i * l->param[PAYLOAD_PER_LINK] + LINK_HEADER, err);

		if (rc < 0)
			return rc;
	}
	return CALIB_OK;
}
