/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/panel.h - which piece of hardware delivered the data: the numbers of its panels
 *
 * Source: lcls-psana/PSCalib src/DCDetectorId.py, lcls-psana/Detector src/UtilsEpix.py,
 * src/UtilsJungfrau.py; slac-lcls/lcls1 psddldata data/epix.ddl, data/jungfrau.ddl. */
#ifndef CALIB_DET_PANEL_H
#define CALIB_DET_PANEL_H
#include "base/err.h"
#include "base/str.h"
#include "src/src.h"

/* calib_panel_id - from the configuration in force
 * Epix100a and Epix10ka: version, carrier, digital and analogue cards, seven decimals of ten digits
 * joined by '-', as the analysis names calibration stores; Epix and Epix10k the same.  Of an
 * Epix10ka2M and Epix10kaQuad: the carriers of each panel.  Jungfrau: module version, firmware and
 * serial number in hexadecimal, '-' between them.  Panels are joined by '_'.
 * Returns 1; 0 when the detector tells no numbers, or they are all 0. */
CALIB_MUST_CHECK
int calib_panel_id(struct calib_str *id, const struct calib_cfgset *cfg, struct calib_srcid src,
                   struct calib_err *err);
#endif
