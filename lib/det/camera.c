/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/camera.c - Camera::FrameV1: Opal, Tm6740, Orca, Fccd, Quartz, Rayonix, Archon ...
 *
 * u32 width, height, depth, offset, then the rows; the frame describes itself and needs no
 * configuration.  The offset is not subtracted.  Source: lcls-psana/psddldata data/camera.ddl. */
#include "det/family.h"

int calib_camera_layout(struct calib_layout *l, const struct calib_object *data,
                        const struct calib_cfgset *cfg, struct calib_err *err)
{
	uint32_t head[4];
	size_t dim[2];
	int rc = calib_family_u32(data, 0, head, 4, err);

	(void)cfg;
	if (rc < 0)
		return rc;
	if (head[2] == 0 || head[2] > 16)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s: byte %llu: camera frame of %u bits a pixel, "
				  "1 to 16 expected",
				  data->place.file, (unsigned long long)data->place.offset,
				  head[2]);
	dim[0] = head[1];
	dim[1] = head[0];
	l->bits = (int)head[2];
	l->header = 16;
	return calib_family_shape(l, head[2] <= 8 ? CALIB_U8 : CALIB_U16, 2, dim, data, err);
}

/* Rayonix::ConfigV1 and V2 begin with the binning of columns and of rows.  A 7680 pixel wide MX340
 * without a configuration counts as an MX170: the shape cannot tell. */
int calib_det_pitch(double pitch[2], const struct calib_layout *l,
                    const struct calib_object *object, const struct calib_cfgset *cfg,
                    struct calib_err *err)
{
	static const struct calib_cfgtype list[] = {{73, 2}, {73, 1}, {0, 0}};
	const struct calib_object *c;
	uint32_t word = 0;
	int rc = CALIB_OK;

	if (l->det == NULL || l->det->pitch == 0 || l->ndim != 2)
		return 0;
	c = calib_family_config(cfg, object->src, list);
	if (c != NULL)
		rc = calib_family_u32(c, 0, &word, 1, err);
	for (int i = 0; i < 2; i++) {
		unsigned binning = word >> (i == 0 ? 8 : 0) & 0xff;

		pitch[i] = l->det->pitch * (binning > 0 ? (double)binning
		                            : l->det->full / (double)l->dim[i]);
	}
	return rc < 0 ? rc : 1;
}
