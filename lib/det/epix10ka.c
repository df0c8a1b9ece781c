/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/epix10ka.c - Epix10kaQuad and Epix10ka2M: 4 and 16 panels of 352 x 384 in one array
 * Source: lcls-psana/psddldata data/epix.ddl. */
#include "det/family.h"

int calib_epix10ka_layout(struct calib_layout *l, const struct calib_object *data,
                          const struct calib_cfgset *cfg, struct calib_err *err)
{
	static const struct calib_cfgtype list[] = {{117, 1}, {117, 2}, {120, 1}, {120, 2}, {0, 0}};
	const struct calib_object *c = calib_family_config(cfg, data->src, list);

	if (c == NULL)
		return 0;
	l->config = c;
	l->header = 4;
	l->data_mask = 0x3fff;
	return calib_family_shape(l, CALIB_U16, 3,
	                          (size_t[]){c->type == 117 ? 16 : 4, 352, 384}, c, err);
}
