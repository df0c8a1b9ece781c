/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/epix.c - single ePix panels: Epix, Epix10k, Epix100a, Epix10ka, and generic PGP
 *
 * The frame is asics per column x rows of one ASIC by asics per row x pixels of an ASIC row,
 * behind a header of 32 bytes.  Source: lcls-psana/psddldata data/epix.ddl, data/genericpgp.ddl. */
#include "det/family.h"

#define NONE 0xffff

static const struct row {
	struct calib_cfgtype data, cfg;
	uint16_t asics_per_row, asics_per_col, rows, pixels;	/* bytes in the configuration */
	uint16_t excluded;				/* rows left out at the end, or NONE */
} rows[] = {
	{{75, 1}, {83, 1}, 96, 100, 104, 108, 92},	/* Config10KV1 */
	{{75, 1}, {74, 1}, 88, 92, 96, 100, 84},	/* ConfigV1 */
	{{75, 2}, {84, 1}, 92, 96, 104, 108, NONE},	/* Config100aV1: readable rows */
	{{75, 2}, {84, 2}, 128, 132, 140, 144, NONE},	/* Config100aV2 */
	{{75, 3}, {84, 1}, 92, 96, 104, 108, NONE},
	{{75, 3}, {84, 2}, 128, 132, 140, 144, NONE},
	{{75, 3}, {112, 1}, 128, 132, 140, 144, NONE},	/* Config10kaV1 */
	{{75, 3}, {112, 2}, 128, 132, 140, 144, NONE},	/* Config10kaV2 */
};

enum { ELEMENT_HEADER = 32, EPIX10KA_CONFIG = 112, GENERIC_PGP = 85 };

static int from_row(struct calib_layout *l, const struct row *r, const struct calib_object *c,
                    struct calib_err *err)
{
	uint32_t across, down, rows_, pixels, excluded = 0;
	size_t dim[2];

	if (calib_family_u32(c, r->asics_per_row, &across, 1, err) < 0
	    || calib_family_u32(c, r->asics_per_col, &down, 1, err) < 0
	    || calib_family_u32(c, r->rows, &rows_, 1, err) < 0
	    || calib_family_u32(c, r->pixels, &pixels, 1, err) < 0
	    || (r->excluded != NONE && calib_family_u32(c, r->excluded, &excluded, 1, err) < 0))
		return calib_fail(err, CALIB_EFORMAT, "%s: the configuration is too short",
		                  c->place.file);
	dim[0] = (size_t)down * rows_ > excluded ? (size_t)down * rows_ - excluded : 0;
	dim[1] = (size_t)across * pixels;
	if (c->type == EPIX10KA_CONFIG)
		l->data_mask = 0x3fff;
	return calib_family_shape(l, CALIB_U16, 2, dim, c, err);
}

int calib_epix_layout(struct calib_layout *l, const struct calib_object *data,
                      const struct calib_cfgset *cfg, struct calib_err *err)
{
	const struct calib_object *c;
	uint32_t words[2];
	int rc;

	l->header = ELEMENT_HEADER;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].data.version != data->version)
			continue;
		c = calib_cfgset_find(cfg, data->src, rows[i].cfg.type, rows[i].cfg.version);
		if (c != NULL) {
			l->config = c;
			return from_row(l, &rows[i], c, err);
		}
	}
	c = data->version == 1 ? calib_cfgset_find(cfg, data->src, GENERIC_PGP, 1) : NULL;
	if (c == NULL)
		return 0;
	rc = calib_family_u32(c, 4, words, 2, err);	/* frame rows, columns */
	if (rc < 0)
		return rc;
	l->config = c;
	return calib_family_shape(l, CALIB_U16, 2, (size_t[]){words[0], words[1]}, c, err);
}
