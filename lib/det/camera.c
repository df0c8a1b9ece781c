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
