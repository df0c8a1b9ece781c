/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/jungfrau.c - Jungfrau: modules of 512 x 1024, bits 14-15 of a word are its gain range
 * Source: lcls-psana/psddldata data/jungfrau.ddl. */
#include "det/family.h"

enum { MODULE_INFO = 20, MAX_MODULES = 32 };

int calib_jungfrau_layout(struct calib_layout *l, const struct calib_object *data,
                          const struct calib_cfgset *cfg, struct calib_err *err)
{
	static const struct calib_cfgtype list[] = {{107, 1}, {107, 2}, {107, 3}, {107, 4}, {0, 0}};
	const struct calib_object *c = calib_family_config(cfg, data->src, list);
	uint32_t w[5];
	int rc;

	if (c == NULL)
		return 0;
	rc = calib_family_u32(c, 0, w, 5, err);
	if (rc < 0)
		return rc;
	if (w[0] == 0 || w[0] > MAX_MODULES)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s: byte %llu: Jungfrau of %u modules, 1 to %d "
				  "expected",
				  c->place.file, (unsigned long long)c->place.offset, w[0],
				  MAX_MODULES);
	l->config = c;
	l->header = data->version == 1 ? 12 : 16 + MODULE_INFO * (size_t)w[0];
	l->data_mask = 0x3fff;
	l->param[CALIB_JUNGFRAU_MODE] = w[4] & 0xffff;
	return calib_family_shape(l, CALIB_U16, 3, (size_t[]){w[0], w[1], w[2]}, c, err);
}
