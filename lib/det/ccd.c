/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/ccd.c - frames whose size is in the configuration, and nothing else is special
 *
 * Source: lcls-psana/psddldata data/{princeton,pixis,pimax,fli,andor,andor3d,zyla,istar,vimba,
 * uxi}.ddl. */
#include "det/family.h"

#define NONE 0xffff

/* Bytes of the fields in the configuration.  Rows of one data type are in the order in which
 * psana looks for a configuration. */
static const struct row {
	struct calib_cfgtype data, cfg;
	uint16_t width, height, bin_x, bin_y;	/* bin NONE: not binned */
	uint16_t planes;			/* number of sensors or frames, NONE: 2-d */
	uint16_t header; /* before the pixels, + 4 bytes a plane for Andor3d */
} rows[] = {
	{{17, 1}, {18, 1}, 0, 4, 16, 20, NONE, 8},  {{17, 1}, {18, 2}, 0, 4, 16, 20, NONE, 8},
	{{17, 1}, {18, 3}, 0, 4, 16, 20, NONE, 8},  {{17, 1}, {18, 4}, 0, 4, 16, 20, NONE, 8},
	{{17, 1}, {18, 5}, 0, 4, 16, 20, NONE, 8},  {{17, 2}, {18, 1}, 0, 4, 16, 20, NONE, 12},
	{{17, 2}, {18, 2}, 0, 4, 16, 20, NONE, 12}, {{17, 2}, {18, 3}, 0, 4, 16, 20, NONE, 12},
	{{17, 2}, {18, 4}, 0, 4, 16, 20, NONE, 12}, {{17, 2}, {18, 5}, 0, 4, 16, 20, NONE, 12},
	{{56, 1}, {55, 1}, 0, 4, 16, 20, NONE, 12},	/* Fli */
	{{61, 1}, {60, 1}, 0, 4, 16, 20, NONE, 12},	/* Andor */
	{{61, 1}, {60, 2}, 0, 4, 16, 20, NONE, 12},
	{{81, 1}, {80, 1}, 0, 4, 16, 20, NONE, 12},	/* Pimax */
	{{97, 1}, {96, 1}, 0, 4, 20, 24, 8, 8},		/* Andor3d */
	{{111, 1}, {121, 1}, 16, 20, 32, 36, NONE, 8},	/* iStar, delivered as Zyla frames */
	{{111, 1}, {110, 1}, 12, 16, 28, 32, NONE, 8},	/* Zyla */
	{{114, 1}, {113, 1}, 0, 4, 16, 20, NONE, 12},	/* Pixis */
	{{116, 1}, {115, 1}, 0, 4, NONE, NONE, 8, 16},	/* Uxi */
	{{116, 1}, {115, 2}, 12, 16, NONE, NONE, 20, 16},
	{{116, 1}, {115, 3}, 16, 20, NONE, NONE, 24, 16},
	{{123, 1}, {122, 1}, 12, 16, NONE, NONE, NONE, 16},	/* Vimba (Alvium) */
};

enum { ANDOR3D_FRAME = 97 };

static int field(const struct calib_object *c, uint16_t at, uint32_t missing, uint32_t *v,
                 struct calib_err *err)
{
	*v = missing;
	return at == NONE ? CALIB_OK : calib_family_u32(c, at, v, 1, err);
}

/* Pixels of a binned axis: rounded up. */
static size_t binned(uint32_t n, uint32_t bin)
{
	return bin == 0 ? 0 : ((size_t)n + bin - 1) / bin;
}

int calib_ccd_layout(struct calib_layout *l, const struct calib_object *data,
                     const struct calib_cfgset *cfg, struct calib_err *err)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		const struct calib_object *c;
		uint32_t w, h, bx, by, n;
		size_t dim[3];

		if (r->data.type != data->type || r->data.version != data->version)
			continue;
		c = calib_cfgset_find(cfg, data->src, r->cfg.type, r->cfg.version);
		if (c == NULL)
			continue;
		if (field(c, r->width, 0, &w, err) < 0 || field(c, r->height, 0, &h, err) < 0
		    || field(c, r->bin_x, 1, &bx, err) < 0 || field(c, r->bin_y, 1, &by, err) < 0
		    || field(c, r->planes, 1, &n, err) < 0)
			return calib_fail(err, CALIB_EFORMAT, "%s: the configuration is too short",
			                  c->place.file);
		dim[0] = n;
		dim[1] = binned(h, by);
		dim[2] = binned(w, bx);
		l->config = c;
		l->header = r->header + (data->type == ANDOR3D_FRAME ? 4 * (size_t)n : 0);
		return r->planes == NONE ? calib_family_shape(l, CALIB_U16, 2, dim + 1, c, err)
		                         : calib_family_shape(l, CALIB_U16, 3, dim, c, err);
	}
	return 0;
}
