/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/camera.h - are constants of the same camera as the data of a run? */
#ifndef CALIB_CMD_DEPLOY_CAMERA_H
#define CALIB_CMD_DEPLOY_CAMERA_H
#include "deploy/deploy.h"

/* camera_check - rows: what is compared, of the constants, of the run, verdict (same, different,
 * unknown)
 * path: <calib>/<group>/<source>/<type>/<file>.  CALIB_ESHAPE when anything differs. */
CALIB_MUST_CHECK
int camera_check(const char *path, const struct deploy_where *where, const char *source,
                 unsigned run, bool json, struct calib_err *err);
#endif
