/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/det.c - the one place that knows which detectors exist
 *
 * To add one: a row here; an entry in lib/det/layout.c if its data type is new; a line in
 * tests/unit/test_det.c. */
#include "det/det.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CAMERA "Camera::CalibV1"
#define EPIX10KA_RANGES (const char *const[]){"FH", "FM", "FL", "AHL-H", "AML-M", "AHL-L", "AML-L"}
/* dark.md 3.5 of the specification */
#define EPIX10KA_GAINS (const double[]){16.40, 5.466, .164, 16.40, 5.466, .164, .164}
#define SOURCES(...) (const char *const[]){__VA_ARGS__, NULL}

static const struct calib_det table[] = {
	{.name = "CSPAD",
	 .device = "Cspad",
	 .type = "CsPad::DataV",
	 .group = "CsPad::CalibV1",
	 .ndim = 3,
	 .dim = {32, 185, 388},
	 .segmented = true,
	 .asic = {1, 185, 194},
	 .bits = 14,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .no_meta = true,
	 .sources = SOURCES("XppGon.0:Cspad.0", "CxiDs1.0:Cspad.0", "CxiDs2.0:Cspad.0",
			    "CxiDsd.0:Cspad.0", "MecTargetChamber.0:Cspad.0",
			    "XcsEndstation.0:Cspad.0")},
	{.name = "CSPAD2x2",
	 .device = "Cspad2x2",
	 .type = "CsPad2x2::ElementV",
	 .group = "CsPad2x2::CalibV1",
	 .ndim = 3,
	 .dim = {185, 388, 2},
	 .asic = {185, 194, 1},
	 .bits = 14,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .no_meta = true,
	 .sources = SOURCES("XppGon.0:Cspad2x2.0", "CxiSc2.0:Cspad2x2.0",
			    "MecTargetChamber.0:Cspad2x2.0")},
	{.name = "Princeton",
	 .device = "Princeton",
	 .type = "Princeton::FrameV",
	 .group = "Princeton::CalibV1",
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("MecTargetChamber.0:Princeton.0", "XcsBeamline.0:Princeton.0")},
	{.name = "pnCCD",
	 .device = "pnCCD",
	 .type = "PNCCD::F",
	 .group = "PNCCD::CalibV1",
	 .ndim = 3,
	 .dim = {4, 512, 512},
	 .segmented = true,
	 .asic = {1, 512, 128},
	 .bits = 14,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .common_mode = true,
	 .sources = SOURCES("Camp.0:pnCCD.0", "Camp.0:pnCCD.1", "SxrEndstation.0:pnCCD.0")},
	{.name = "Tm6740",
	 .device = "Tm6740",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("CxiDg1.0:Tm6740.0")},
	{.name = "Opal1000",
	 .device = "Opal1000",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("XppEndstation.0:Opal1000.0", "XppEndstation.0:Opal1000.1",
			    "SxrBeamline.0:Opal1000.100")},
	{.name = "Opal2000",
	 .device = "Opal2000",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("CxiEndstation.0:Opal2000.1")},
	{.name = "Opal4000",
	 .device = "Opal4000",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("CxiEndstation.0:Opal4000.1", "CxiEndstation.0:Opal4000.3")},
	{.name = "Opal8000",
	 .device = "Opal8000",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("MecTargetChamber.0:Opal8000.0")},
	{.name = "OrcaFl40",
	 .device = "OrcaFl40",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("XcsEndstation.0:OrcaFl40.0")},
	{.name = "Epix100a",
	 .device = "Epix100a",
	 .type = "Epix::ElementV",
	 .group = "Epix100a::CalibV1",
	 .ndim = 2,
	 .dim = {704, 768},
	 .asic = {352, 384},
	 .bits = 14,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("XcsEndstation.0:Epix100a.1", "XppGon.0:Epix100a.1")},
	{.name = "Epix10ka",
	 .device = "Epix10ka",
	 .type = "Epix::ElementV",
	 .group = "Epix10ka::CalibV1",
	 .ndim = 2,
	 .dim = {352, 384},
	 .asic = {176, 192},
	 .bits = 14,
	 .gains = 7,
	 .settable = 5,
	 .ranges = EPIX10KA_RANGES,
	 .factor = EPIX10KA_GAINS,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("MfxEndstation.0:Epix10ka.0")},
	{.name = "Epix10ka2M",
	 .device = "Epix10ka2M",
	 .type = "Epix::ArrayV",
	 .group = "Epix10ka2M::CalibV1",
	 .ndim = 3,
	 .dim = {16, 352, 384},
	 .segmented = true,
	 .asic = {1, 176, 192},
	 .bits = 14,
	 .gains = 7,
	 .settable = 5,
	 .ranges = EPIX10KA_RANGES,
	 .factor = EPIX10KA_GAINS,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("MfxEndstation.0:Epix10ka2M.0")},
	{.name = "Fccd960",
	 .device = "Fccd960",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("SxrEndstation.0:Fccd960.0")},
	{.name = "Rayonix",
	 .device = "Rayonix",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .pitch = 44.5,
	 .full = 3840,
	 .sources = SOURCES("MfxEndstation.0:Rayonix.0", "XppSb1Pim.0:Rayonix.0")},
	{.name = "Andor",
	 .device = "Andor",
	 .type = "Andor::FrameV",
	 .group = "Andor::CalibV1",
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("SxrEndstation.0:Andor.0")},
	{.name = "DualAndor",
	 .device = "DualAndor",
	 .type = "Andor3d::FrameV",
	 .group = "Andor3d::CalibV1",
	 .ndim = 3,
	 .segmented = true,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("SxrEndstation.0:DualAndor.0")},
	{.name = "Jungfrau",
	 .device = "Jungfrau",
	 .type = "Jungfrau::ElementV",
	 .group = "Jungfrau::CalibV1",
	 .ndim = 3,
	 .dim = {0, 512, 1024},
	 .segmented = true,
	 .asic = {1, 256, 256},
	 .bits = 14,
	 .gains = 3,
	 .settable = 3,
	 .ranges = (const char *const[]){"G0", "G1", "G2"},
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("CxiEndstation.0:Jungfrau.0", "XppEndstation.0:Jungfrau.0")},
	{.name = "Zyla",
	 .device = "Zyla",
	 .type = "Zyla::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("XppEndstation.0:Zyla.0")},
	{.name = "Uxi",
	 .device = "Uxi",
	 .type = "Uxi::FrameV",
	 .group = "Uxi::CalibV1",
	 .ndim = 3,
	 .segmented = true,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("DetLab.0:Uxi.0")},
	{.name = "Pixis",
	 .device = "Pixis",
	 .type = "Pixis::FrameV",
	 .group = "Pixis::CalibV1",
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("MecTargetChamber.0:Pixis.1")},
	{.name = "StreakC7700",
	 .device = "StreakC7700",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("MecTargetChamber.0:StreakC7700.0")},
	{.name = "Archon",
	 .device = "Archon",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("SxrEndstation.0:Archon.0")},
	{.name = "Acqiris",
	 .device = "Acqiris",
	 .type = "Acqiris::DataDesc",
	 .group = "Acqiris::CalibV1",
	 .gains = 1,
	 .calibrun = true,
	 .sources = SOURCES("AmoETOF.0:Acqiris.0")},
	{.name = "iStar",
	 .device = "iStar",
	 .type = "Zyla::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("XppEndstation.0:iStar.0")},
	{.name = "Alvium",
	 .device = "Alvium",
	 .type = "Vimba::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .bits = 12,
	 .gains = 1,
	 .image = true,
	 .calibrun = true,
	 .sources = SOURCES("XppEndstation.0:Alvium.0")},
	/* known to the analysis, not to calibrun's own list */
	{.name = "Epix10kaQuad",
	 .device = "Epix10kaQuad",
	 .type = "Epix::ArrayV",
	 .group = "Epix10kaQuad::CalibV1",
	 .ndim = 3,
	 .dim = {4, 352, 384},
	 .segmented = true,
	 .asic = {1, 176, 192},
	 .bits = 14,
	 .gains = 7,
	 .settable = 5,
	 .ranges = EPIX10KA_RANGES,
	 .factor = EPIX10KA_GAINS,
	 .image = true,
	 .sources = SOURCES("MfxEndstation.0:Epix10kaQuad.0")},
	{.name = "Epix10k",
	 .device = "Epix10k",
	 .type = "Epix::ElementV",
	 .group = "Epix10ka::CalibV1",
	 .ndim = 2,
	 .bits = 14,
	 .gains = 1,
	 .image = true,
	 .sources = SOURCES("XppEndstation.0:Epix10k.0")},
	{.name = "Epix",
	 .device = "Epix",
	 .type = "Epix::ElementV",
	 .group = "Epix::CalibV1",
	 .ndim = 2,
	 .bits = 14,
	 .gains = 1,
	 .image = true,
	 .sources = SOURCES("XcsEndstation.0:Epix.0")},
	{.name = "Fccd",
	 .device = "Fccd",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .sources = SOURCES("SxrEndstation.0:Fccd.0")},
	{.name = "Quartz4A150",
	 .device = "Quartz4A150",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .gains = 1,
	 .image = true,
	 .sources = SOURCES("CxiEndstation.0:Quartz4A150.0")},
	{.name = "ControlsCamera",
	 .device = "ControlsCamera",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .gains = 1,
	 .image = true,
	 .sources = SOURCES("CxiEndstation.0:ControlsCamera.0")},
	{.name = "Opal1600",
	 .device = "Opal1600",
	 .type = "Camera::FrameV",
	 .group = CAMERA,
	 .ndim = 2,
	 .gains = 1,
	 .image = true,
	 .sources = SOURCES("XcsEndstation.0:Opal1600.0")},
	{.name = "Timepix",
	 .device = "Timepix",
	 .type = "Timepix::DataV",
	 .group = "Timepix::CalibV1",
	 .ndim = 2,
	 .bits = 14,
	 .gains = 1,
	 .image = true,
	 .sources = SOURCES("XcsEndstation.0:Timepix.0")},
	{.name = "Fli",
	 .device = "Fli",
	 .type = "Fli::FrameV",
	 .group = "Fli::CalibV1",
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .sources = SOURCES("MecTargetChamber.0:Fli.0")},
	{.name = "Pimax",
	 .device = "Pimax",
	 .type = "Pimax::FrameV",
	 .group = "Pimax::CalibV1",
	 .ndim = 2,
	 .bits = 16,
	 .gains = 1,
	 .image = true,
	 .sources = SOURCES("MecTargetChamber.0:Pimax.0")},
	{.name = "Imp",
	 .device = "Imp",
	 .type = "Imp::ElementV",
	 .group = "Imp::CalibV1",
	 .gains = 1,
	 .sources = SOURCES("XcsEndstation.0:Imp.1")},
};

#define NDETS (sizeof table / sizeof table[0])

/* psana's names of the types.  Source: slac-lcls/lcls1 psddl_pds2psana src/dispatch.cpp. */
static const struct {
	uint16_t type, version;
	const char *name;
	bool config;
} types[] = {
	{2, 1, "Camera::FrameV1", false}, {3, 1, "Acqiris::DataDescV1", false},
	{11, 1, "PNCCD::FramesV1", false}, {17, 1, "Princeton::FrameV1", false},
	{17, 2, "Princeton::FrameV2", false}, {28, 1, "CsPad::DataV1", false},
	{28, 2, "CsPad::DataV2", false}, {41, 1, "CsPad2x2::ElementV1", false},
	{50, 1, "Timepix::DataV1", false}, {50, 2, "Timepix::DataV2", false},
	{56, 1, "Fli::FrameV1", false}, {61, 1, "Andor::FrameV1", false},
	{67, 1, "Imp::ElementV1", false}, {75, 1, "Epix::ElementV1", false},
	{75, 2, "Epix::ElementV2", false}, {75, 3, "Epix::ElementV3", false},
	{81, 1, "Pimax::FrameV1", false}, {97, 1, "Andor3d::FrameV1", false},
	{108, 1, "Jungfrau::ElementV1", false}, {108, 2, "Jungfrau::ElementV2", false},
	{111, 1, "Zyla::FrameV1", false}, {114, 1, "Pixis::FrameV1", false},
	{116, 1, "Uxi::FrameV1", false}, {118, 1, "Epix::ArrayV1", false},
	{123, 1, "Vimba::FrameV1", false},
	{4, 1, "Acqiris::ConfigV1", true}, {6, 1, "Opal1k::ConfigV1", true},
	{7, 1, "Camera::FrameFexConfigV1", true}, {9, 1, "Pulnix::TM6740ConfigV1", true},
	{9, 2, "Pulnix::TM6740ConfigV2", true}, {12, 1, "PNCCD::ConfigV1", true},
	{12, 2, "PNCCD::ConfigV2", true}, {18, 1, "Princeton::ConfigV1", true},
	{18, 2, "Princeton::ConfigV2", true}, {18, 3, "Princeton::ConfigV3", true},
	{18, 4, "Princeton::ConfigV4", true}, {18, 5, "Princeton::ConfigV5", true},
	{21, 1, "FCCD::FccdConfigV1", true}, {21, 2, "FCCD::FccdConfigV2", true},
	{29, 1, "CsPad::ConfigV1", true}, {29, 2, "CsPad::ConfigV2", true},
	{29, 3, "CsPad::ConfigV3", true}, {29, 4, "CsPad::ConfigV4", true},
	{29, 5, "CsPad::ConfigV5", true}, {43, 1, "CsPad2x2::ConfigV1", true},
	{43, 2, "CsPad2x2::ConfigV2", true}, {49, 1, "Timepix::ConfigV1", true},
	{49, 2, "Timepix::ConfigV2", true}, {49, 3, "Timepix::ConfigV3", true},
	{55, 1, "Fli::ConfigV1", true}, {57, 1, "Quartz::ConfigV1", true},
	{57, 2, "Quartz::ConfigV2", true}, {60, 1, "Andor::ConfigV1", true},
	{60, 2, "Andor::ConfigV2", true}, {66, 1, "Orca::ConfigV1", true},
	{68, 1, "Imp::ConfigV1", true}, {73, 1, "Rayonix::ConfigV1", true},
	{73, 2, "Rayonix::ConfigV2", true}, {74, 1, "Epix::ConfigV1", true},
	{80, 1, "Pimax::ConfigV1", true}, {83, 1, "Epix::Config10KV1", true},
	{84, 1, "Epix::Config100aV1", true}, {84, 2, "Epix::Config100aV2", true},
	{85, 1, "GenericPgp::ConfigV1", true}, {88, 1, "Epix::ConfigSV1", true},
	{96, 1, "Andor3d::ConfigV1", true}, {105, 1, "Camera::ControlsCameraConfigV1", true},
	{106, 1, "Archon::ConfigV1", true}, {106, 2, "Archon::ConfigV2", true},
	{106, 3, "Archon::ConfigV3", true}, {106, 4, "Archon::ConfigV4", true},
	{107, 1, "Jungfrau::ConfigV1", true}, {107, 2, "Jungfrau::ConfigV2", true},
	{107, 3, "Jungfrau::ConfigV3", true}, {107, 4, "Jungfrau::ConfigV4", true},
	{110, 1, "Zyla::ConfigV1", true}, {112, 1, "Epix::Config10kaV1", true},
	{112, 2, "Epix::Config10kaV2", true}, {113, 1, "Pixis::ConfigV1", true},
	{115, 1, "Uxi::ConfigV1", true}, {115, 2, "Uxi::ConfigV2", true},
	{115, 3, "Uxi::ConfigV3", true}, {115, 4, "Uxi::ConfigV4", true},
	{117, 1, "Epix::Config10ka2MV1", true}, {117, 2, "Epix::Config10ka2MV2", true},
	{119, 1, "Streak::ConfigV1", true}, {120, 1, "Epix::Config10kaQuadV1", true},
	{120, 2, "Epix::Config10kaQuadV2", true}, {121, 1, "iStar::ConfigV1", true},
	{122, 1, "Vimba::AlviumConfigV1", true},
};

static const char *type_name(uint16_t type, uint16_t version, bool config)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (types[i].type == type && types[i].version == version
		    && types[i].config == config)
			return types[i].name;
	return NULL;
}

const char *calib_data_type(uint16_t type, uint16_t version)
{
	return type_name(type, version, false);
}

const char *calib_config_type(uint16_t type, uint16_t version)
{
	return type_name(type, version, true);
}

const struct calib_det calib_det_array = {.name = "array", .device = "NoDevice", .type = "Array",
	.group = "", .gains = 1, .image = true};

const struct calib_det *calib_det_at(size_t i)
{
	return i < NDETS ? &table[i] : NULL;
}

const struct calib_det *calib_det_by_name(const char *name)
{
	for (size_t i = 0; i < NDETS; i++)
		if (strcasecmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

/* The name of a data type in any version: a version we cannot read is still of that detector. */
static const char *any_version(uint16_t type)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (types[i].type == type && !types[i].config)
			return types[i].name;
	return NULL;
}

const struct calib_det *calib_det_of(struct calib_srcid id, uint16_t type)
{
	const char *name = any_version(type);

	if (name == NULL || calib_srcid_level(id) != CALIB_LEVEL_SOURCE)
		return NULL;
	for (size_t i = 0; i < NDETS; i++)
		if (calib_device_number(table[i].device) == (int)(id.phy >> 8 & 255)
		    && strncmp(name, table[i].type, strlen(table[i].type)) == 0)
			return &table[i];
	return NULL;
}

const struct calib_det *calib_det_of_source(const char *source)
{
	for (size_t i = 0; i < NDETS; i++) {
		size_t len = strlen(table[i].device);

		for (const char *p = source; (p = strchr(p, ':')) != NULL;)
			if (strncmp(++p, table[i].device, len) == 0 && p[len] == '.')
				return &table[i];
	}
	return NULL;
}

const char *calib_det_names(void)
{
	return "CSPAD CSPAD2x2 Princeton pnCCD Tm6740 Opal1000 Opal2000 Opal4000 Opal8000 OrcaFl40 "
	       "Epix100a Epix10ka Epix10ka2M Fccd960 Rayonix Andor DualAndor Jungfrau Zyla Uxi "
	       "Pixis StreakC7700 Archon Acqiris iStar Alvium Epix10kaQuad Epix10k Epix Fccd "
	       "Quartz4A150 ControlsCamera Opal1600 Timepix Fli Pimax Imp";
}
