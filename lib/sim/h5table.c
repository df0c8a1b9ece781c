/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/h5table.c - what the Translator makes of configurations and data
 *
 * Members in file order.  Offsets: detectors.md 9 of the specification; names, types and labels:
 * hdf5.md A.7.  Source of both: lcls-psana/psddl_hdf2psana src/(*).ddl.cpp.  Left out: the
 * registers of CSPAD quads, voltages and wave forms of Fccd, most of what Epix panels have
 * beyond shapes and serial numbers, and arrays of ASICs. */
#include <string.h>

#include "sim/hdf5.h"

#define ZERO SIM_H5_CONST
#define ROWS SIM_H5_ROWS
#define COLS SIM_H5_COLS

/* A value, bits of a word; L: with labels; several values. */
#define V(n_, t_, a_) {.name = n_, .type = t_, .at = a_}
#define VL(n_, t_, a_, l_) {.name = n_, .type = t_, .at = a_, .labels = l_}
#define B(n_, t_, a_, b_, w_) {.name = n_, .type = t_, .at = a_, .bit = b_, .bits = w_}
#define BL(n_, t_, a_, b_, w_, l_) \
	{.name = n_, .type = t_, .at = a_, .bit = b_, .bits = w_, .labels = l_}

/* ---- CSPAD ---- */

static const struct sim_h5member threshold[] = {
	V("adcThreshold", SIM_U32, 0), V("pixelCountThreshold", SIM_U32, 4), {0}};
static const struct sim_h5member cspad_config[] = {
	V("concentratorVersion", SIM_U32, 0), V("runDelay", SIM_U32, 4), V("eventCode", SIM_U32, 8),
	V("protectionEnable", SIM_U32, 44), V("inactiveRunMode", SIM_U32, 48),
	V("activeRunMode", SIM_U32, 52), V("internalTriggerDelay", SIM_U32, 56),
	V("testDataIndex", SIM_U32, 60), V("payloadPerQuad", SIM_U32, 64),
	V("badAsicMask0", SIM_U32, 68), V("badAsicMask1", SIM_U32, 72), V("asicMask", SIM_U32, 76),
	V("quadMask", SIM_U32, 80), V("roiMask", SIM_U32, 84),
	{.name = "protectionThresholds", .type = SIM_NESTED, .at = 12, .n = 4,
	 .nested = threshold, .stride = 8},
	V("sections", SIM_SECTIONS, ZERO), {0}};
static const struct sim_h5member cspad2x2_config[] = {
	V("concentratorVersion", SIM_U32, 0),
	{.name = "protectionThreshold", .type = SIM_NESTED, .at = 4, .nested = threshold},
	V("protectionEnable", SIM_U32, 12), V("inactiveRunMode", SIM_U32, 16),
	V("activeRunMode", SIM_U32, 20), V("runTriggerDelay", SIM_U32, 24),
	V("testDataIndex", SIM_U32, 28), V("payloadSize", SIM_U32, 32),
	V("badAsicMask", SIM_U32, 36),
	V("asicMask", SIM_U32, 40), V("roiMask", SIM_U32, 44), V("numAsicsRead", SIM_U32, ZERO + 4),
	V("numAsicsStored", SIM_U32, ZERO + 4), {0}};
#define CSPAD_HEADER \
	B("virtual_channel", SIM_U32, 0, 0, 2), B("lane", SIM_U32, 0, 6, 2), \
	B("tid", SIM_U32, 0, 8, 24), B("acq_count", SIM_U32, 4, 0, 16), \
	B("op_code", SIM_U32, 4, 16, 8), B("quad", SIM_U32, 4, 24, 2), \
	V("seq_count", SIM_U32, 8), V("ticks", SIM_U32, 12), V("fiducials", SIM_U32, 16), \
	V("frame_type", SIM_U32, 28)
static const struct sim_h5member cspad_element[] = {
	CSPAD_HEADER, V("sectionMask", SIM_U32, ZERO + 0xff),
	{.name = "sb_temp", .type = SIM_U16, .at = 20, .n = 4}, {0}};
static const struct sim_h5member cspad2x2_element[] = {
	CSPAD_HEADER, {.name = "sb_temp", .type = SIM_U16, .at = 20, .n = 4}, {0}};

/* ---- cameras ---- */

static const char depths[] = "Eight_bit Ten_bit Twelve_bit", mirrors[] = "None HFlip VFlip HVFlip",
	halves[] = "x1 x2 x4", quarters[] = "x1 x2 x4 x8";

static const struct sim_h5member frame[] = {
	V("width", SIM_U32, 0), V("height", SIM_U32, 4), V("depth", SIM_U32, 8),
	V("offset", SIM_U32, 12), {0}};
static const struct sim_h5member coord[] = {V("column", SIM_U16, 0), V("row", SIM_U16, 2), {0}};
static const struct sim_h5member opal[] = {
	B("black_level", SIM_U16, 0, 0, 16), B("gain_percent", SIM_U16, 0, 16, 16),
	BL("output_resolution", SIM_U8, 4, 0, 4, depths),
	BL("vertical_binning", SIM_U8, 4, 4, 4, quarters),
	BL("output_mirroring", SIM_U8, 4, 8, 4, mirrors),
	B("vertical_remapping", SIM_U8, 4, 12, 1),
	B("output_lookup_table_enabled", SIM_U8, 4, 13, 1),
	B("defect_pixel_correction_enabled", SIM_U8, 4, 14, 1),
	V("number_of_defect_pixels", SIM_U32, 8), B("output_offset", SIM_U16, 0, 0, 16),
	V("output_resolution_bits", SIM_U32, SIM_H5_BITS), {0}};
static const struct sim_h5member tm6740[] = {
	B("gain_a", SIM_U16, 0, 0, 16), B("gain_b", SIM_U16, 0, 16, 16),
	B("vref_a", SIM_U16, 4, 0, 10), B("vref_b", SIM_U16, 4, 16, 10),
	B("gain_balance", SIM_U8, 8, 0, 1),
	BL("output_resolution", SIM_I32, 8, 1, 1, "Eight_bit Ten_bit"),
	BL("horizontal_binning", SIM_I32, 8, 2, 2, halves),
	BL("vertical_binning", SIM_I32, 8, 4, 2, halves),
	BL("lookuptable_mode", SIM_I32, 8, 6, 1, "Gamma Linear"),
	V("output_resolution_bits", SIM_U8, SIM_H5_BITS), {0}};
static const struct sim_h5member quartz[] = {
	B("black_level", SIM_U16, 0, 0, 16), B("gain_percent", SIM_U16, 0, 16, 16),
	BL("output_resolution", SIM_U8, 4, 0, 4, depths),
	BL("horizontal_binning", SIM_U8, 4, 4, 2, halves),
	BL("vertical_binning", SIM_U8, 4, 6, 2, halves),
	BL("output_mirroring", SIM_U8, 4, 8, 4, mirrors),
	B("output_lookup_table_enabled", SIM_U8, 4, 12, 1),
	B("defect_pixel_correction_enabled", SIM_U8, 4, 13, 1),
	B("use_hardware_roi", SIM_U8, 4, 14, 1), B("use_test_pattern", SIM_U8, 4, 15, 1),
	B("max_taps", SIM_U8, 4, 16, 4),
	{.name = "roi_lo", .type = SIM_NESTED, .at = 8, .nested = coord},
	{.name = "roi_hi", .type = SIM_NESTED, .at = 12, .nested = coord},
	V("number_of_defect_pixels", SIM_U32, 16), B("output_offset", SIM_U16, 0, 0, 16),
	V("output_resolution_bits", SIM_U32, SIM_H5_BITS), {0}};
static const struct sim_h5member orca[] = {
	BL("mode", SIM_U8, 0, 0, 2, "x1 x2 x4 Subarray"),
	BL("cooling", SIM_U8, 0, 2, 2, "Off On Max"),
	B("defect_pixel_correction_enabled", SIM_U8, 0, 4, 1), V("rows", SIM_U32, ROWS), {0}};
static const struct sim_h5member fccd[] = {
	V("outputMode", SIM_U16, 0), V("ccdEnable", SIM_U8, 2), V("focusMode", SIM_U8, 3),
	V("exposureTime", SIM_U32, 4), V("width", SIM_U32, COLS), V("height", SIM_U32, ROWS),
	V("trimmedWidth", SIM_U32, COLS), V("trimmedHeight", SIM_U32, ROWS), {0}};
static const struct sim_h5member rayonix[] = {
	V("binning_f", SIM_U8, 0), V("binning_s", SIM_U8, 1), V("testPattern", SIM_I16, 2),
	V("exposure", SIM_U32, 4), V("trigger", SIM_U32, 8), V("rawMode", SIM_U16, 12),
	V("darkFlag", SIM_U16, 14),
	VL("readoutMode", SIM_U32, 16, "Unknown Standard HighGain LowNoise HDR"),
	V("deviceID", SIM_TEXT, 20), V("pixelWidth", SIM_U32, SIM_H5_PITCH),
	V("pixelHeight", SIM_U32, SIM_H5_PITCH), V("maxWidth", SIM_U32, SIM_H5_FULL),
	V("maxHeight", SIM_U32, SIM_H5_FULL), V("width", SIM_U32, COLS), V("height", SIM_U32, ROWS),
	V("numPixels", SIM_U32, SIM_H5_PIXELS), {0}};
static const struct sim_h5member controls[] = {
	V("width", SIM_U32, 0), V("height", SIM_U32, 4), V("depth", SIM_U32, 8),
	VL("color_mode", SIM_U32, 12, "Mono Bayer RGB1"), V("exposure_time", SIM_F64, 16),
	V("gain", SIM_F64, 24), V("manufacturer", SIM_TEXT, 32), V("model", SIM_TEXT, 80), {0}};

/* ---- CCDs ---- */

#define CCD_HEAD \
	V("width", SIM_U32, 0), V("height", SIM_U32, 4), V("orgX", SIM_U32, 8), \
	V("orgY", SIM_U32, 12), V("binX", SIM_U32, 16), V("binY", SIM_U32, 20), \
	V("exposureTime", SIM_F32, 24), V("coolingTemp", SIM_F32, 28)
static const char fans[] =
	"ENUM_FAN_FULL ENUM_FAN_LOW ENUM_FAN_OFF ENUM_FAN_ACQOFF ENUM_FAN_NUM";

static const struct sim_h5member princeton[] = {
	CCD_HEAD, V("gainIndex", SIM_U16, 32), V("readoutSpeedIndex", SIM_U16, 34),
	V("maskedHeight", SIM_U32, 36), V("kineticHeight", SIM_U32, 40), V("vsSpeed", SIM_F32, 44),
	V("infoReportInterval", SIM_I16, 48), V("exposureEventCode", SIM_U16, 50),
	V("numDelayShots", SIM_U32, 52), {0}};
static const struct sim_h5member andor[] = {
	CCD_HEAD, VL("fanMode", SIM_U8, 32, fans), V("baselineClamp", SIM_U8, 33),
	V("highCapacity", SIM_U8, 34), V("gainIndex", SIM_U8, 35),
	V("readoutSpeedIndex", SIM_U16, 36),
	V("exposureEventCode", SIM_U16, 38), V("numDelayShots", SIM_U32, 40), {0}};
static const struct sim_h5member andor3d[] = {
	V("width", SIM_U32, 0), V("height", SIM_U32, 4), V("numSensors", SIM_U32, 8),
	V("orgX", SIM_U32, 12), V("orgY", SIM_U32, 16), V("binX", SIM_U32, 20),
	V("binY", SIM_U32, 24),
	V("exposureTime", SIM_F32, 28), V("coolingTemp", SIM_F32, 32),
	VL("fanMode", SIM_U8, 36, fans), V("baselineClamp", SIM_U8, 37),
	V("highCapacity", SIM_U8, 38), V("gainIndex", SIM_U8, 39),
	V("readoutSpeedIndex", SIM_U16, 40),
	V("exposureEventCode", SIM_U16, 42), V("exposureStartDelay", SIM_U32, 44),
	V("numDelayShots", SIM_U32, 48), {0}};
static const struct sim_h5member fli[] = {
	CCD_HEAD, V("gainIndex", SIM_U8, 32), V("readoutSpeedIndex", SIM_U8, 33),
	V("exposureEventCode", SIM_U16, 34), V("numDelayShots", SIM_U32, 36), {0}};
static const struct sim_h5member pimax[] = {
	CCD_HEAD, V("readoutSpeed", SIM_F32, 32), V("gainIndex", SIM_U16, 36),
	V("intensifierGain", SIM_U16, 38), V("gateDelay", SIM_F64, 40), V("gateWidth", SIM_F64, 48),
	V("maskedHeight", SIM_U32, 56), V("kineticHeight", SIM_U32, 60), V("vsSpeed", SIM_F32, 64),
	V("infoReportInterval", SIM_I16, 68), V("exposureEventCode", SIM_U16, 70),
	V("numIntegrationShots", SIM_U32, 72), V("frameSize", SIM_U32, SIM_H5_BYTES),
	V("numPixelsX", SIM_U32, COLS), V("numPixelsY", SIM_U32, ROWS),
	V("numPixels", SIM_U32, SIM_H5_PIXELS), {0}};
static const struct sim_h5member shot[] = {
	V("shotIdStart", SIM_U32, 0), V("readoutTime", SIM_F32, 4), V("temperature", SIM_F32, 8),
	{0}};
static const struct sim_h5member shot3d[] = {
	V("shotIdStart", SIM_U32, 0), V("readoutTime", SIM_F32, 4), {0}};

/* ---- panels ---- */

static const struct sim_h5member pnccd_config[] = {
	V("numLinks", SIM_U32, 0), V("payloadSizePerLink", SIM_U32, 4),
	V("numChannels", SIM_U32, 8),
	V("numRows", SIM_U32, 12), V("numSubmoduleChannels", SIM_U32, 16),
	V("numSubmoduleRows", SIM_U32, 20), V("numSubmodules", SIM_U32, 24),
	V("camexMagic", SIM_U32, 28), V("info", SIM_TEXT, 32), V("timingFName", SIM_TEXT, 288),
	{0}};
static const struct sim_h5member pnccd_link[] = {
	V("specialWord", SIM_U32, 0), V("frameNumber", SIM_U32, 4), V("timeStampHi", SIM_U32, 8),
	V("timeStampLo", SIM_U32, 12), {0}};
#define EPIX_CARDS(at) \
	V("version", SIM_U32, 0), V("digitalCardId0", SIM_U32, at), \
	V("digitalCardId1", SIM_U32, (at) + 4), V("analogCardId0", SIM_U32, (at) + 8), \
	V("analogCardId1", SIM_U32, (at) + 12)
#define EPIX_OLD(at) \
	V("lastRowExclusions", SIM_U32, at), V("numberOfAsicsPerRow", SIM_U32, (at) + 4), \
	V("numberOfAsicsPerColumn", SIM_U32, (at) + 8), \
	V("numberOfRowsPerAsic", SIM_U32, (at) + 12), \
	V("numberOfPixelsPerAsicRow", SIM_U32, (at) + 16), V("asicMask", SIM_U32, (at) + 24)
#define EPIX_SIZES \
	V("numberOfRows", SIM_U32, ROWS), V("numberOfColumns", SIM_U32, COLS), \
	V("numberOfAsics", SIM_U32, ZERO + 4)
static const struct sim_h5member epix1[] = {EPIX_CARDS(68), EPIX_OLD(84), EPIX_SIZES, {0}};
static const struct sim_h5member epix10k[] = {
	EPIX_CARDS(76), EPIX_OLD(92), B("scopeTraceLength", SIM_U16, 128, 0, 13), EPIX_SIZES, {0}};
static const struct sim_h5member epix100a[] = {
	EPIX_CARDS(104), V("carrierId0", SIM_U32, 120), V("carrierId1", SIM_U32, 124),
	V("numberOfAsicsPerRow", SIM_U32, 128), V("numberOfAsicsPerColumn", SIM_U32, 132),
	V("numberOfRowsPerAsic", SIM_U32, 136), V("numberOfReadableRowsPerAsic", SIM_U32, 140),
	V("numberOfPixelsPerAsicRow", SIM_U32, 144), V("calibrationRowCountPerASIC", SIM_U32, 148),
	V("environmentalRowCountPerASIC", SIM_U32, 152), V("asicMask", SIM_U32, 160),
	V("numberOf125MhzTicksPerRunTrigger", SIM_U32, 168),
	B("scopeTraceLength", SIM_U16, 180, 0, 13), V("numberOfRows", SIM_U32, ROWS),
	V("numberOfReadableRows", SIM_U32, ROWS), V("numberOfColumns", SIM_U32, COLS),
	V("numberOfCalibrationRows", SIM_U32, ZERO + 8),
	V("numberOfEnvironmentalRows", SIM_U32, ZERO + 4), V("numberOfAsics", SIM_U32, ZERO + 4),
	{0}};
static const struct sim_h5member epix_element[] = {
	B("vc", SIM_U8, 0, 0, 2), B("lane", SIM_U8, 0, 6, 2), B("acqCount", SIM_U16, 4, 0, 16),
	V("frameNumber", SIM_U32, 8), V("ticks", SIM_U32, 12), V("fiducials", SIM_U32, 16),
	V("lastWord", SIM_U32, SIM_H5_LAST), {0}};
static const struct sim_h5member jungfrau_config[] = {
	V("numberOfModules", SIM_U32, 0), V("numberOfRowsPerModule", SIM_U32, 4),
	V("numberOfColumnsPerModule", SIM_U32, 8), V("biasVoltage", SIM_U32, 12),
	VL("gainMode", SIM_U16, 16,
	   "Normal FixedGain1 FixedGain2 ForcedGain1 ForcedGain2 HighGain0"),
	VL("speedMode", SIM_U16, 18, "Quarter Half"), V("triggerDelay", SIM_F64, 20),
	V("exposureTime", SIM_F64, 28), V("frameSize", SIM_U32, SIM_H5_BYTES),
	V("numPixels", SIM_U32, SIM_H5_PIXELS), {0}};
static const struct sim_h5member jungfrau_element[] = {
	V("frameNumber", SIM_U32, 0), V("ticks", SIM_U32, 8), V("fiducials", SIM_U32, 12), {0}};
static const struct sim_h5member timepix_data[] = {
	V("width", SIM_U16, 0), V("height", SIM_U16, 2), V("timestamp", SIM_U32, 4),
	V("frameCounter", SIM_U16, 8), V("lostRows", SIM_U16, 10), {0}};
static const struct sim_h5member imp_config[] = {
	V("range", SIM_U32, 0), V("calRange", SIM_U32, 4), V("reset", SIM_U32, 8),
	V("biasData", SIM_U32, 12), V("calData", SIM_U32, 16), V("biasDacData", SIM_U32, 20),
	V("calStrobe", SIM_U32, 24), V("numberOfSamples", SIM_U32, 28), V("trigDelay", SIM_U32, 32),
	V("adcDelay", SIM_U32, 36), {0}};
static const struct sim_h5member imp_lanes[] = {
	B("linkErrCount", SIM_U8, 0, 0, 4), B("linkDownCount", SIM_U8, 0, 4, 4),
	B("cellErrCount", SIM_U8, 0, 8, 4), B("rxCount", SIM_U8, 0, 12, 4),
	B("locLinked", SIM_U8, 0, 16, 1), B("remLinked", SIM_U8, 0, 17, 1),
	B("zeros", SIM_U16, 0, 18, 10), B("powersOkay", SIM_U8, 0, 28, 4), {0}};
static const struct sim_h5member imp_element[] = {
	B("vc", SIM_U8, 0, 0, 2), B("lane", SIM_U8, 0, 6, 2), V("frameNumber", SIM_U32, 8),
	V("range", SIM_U32, 20),
	{.name = "laneStatus", .type = SIM_NESTED, .at = 24, .nested = imp_lanes}, {0}};
static const struct sim_h5member imp_sample[] = {
	{.name = "channels", .type = SIM_U16, .at = 0, .n = 4}, {0}};

/* ---- types ---- */

/* By the type of the XTC file.  Jungfrau: the first version, of which ours is an extension, as
 * the newer ones have no form in HDF5. */
static const struct { uint16_t ctype; const char *group; const struct sim_h5member *members; }
configs[] = {
	{6, "Opal1k::ConfigV1", opal}, {9, "Pulnix::TM6740ConfigV2", tm6740},
	{12, "PNCCD::ConfigV2", pnccd_config}, {18, "Princeton::ConfigV5", princeton},
	{21, "FCCD::FccdConfigV2", fccd}, {29, "CsPad::ConfigV5", cspad_config},
	{43, "CsPad2x2::ConfigV2", cspad2x2_config}, {55, "Fli::ConfigV1", fli},
	{57, "Quartz::ConfigV2", quartz}, {60, "Andor::ConfigV1", andor},
	{66, "Orca::ConfigV1", orca}, {68, "Imp::ConfigV1", imp_config},
	{73, "Rayonix::ConfigV2", rayonix}, {74, "Epix::ConfigV1", epix1},
	{80, "Pimax::ConfigV1", pimax}, {83, "Epix::Config10KV1", epix10k},
	{84, "Epix::Config100aV2", epix100a}, {96, "Andor3d::ConfigV1", andor3d},
	{105, "Camera::ControlsCameraConfigV1", controls},
	{107, "Jungfrau::ConfigV1", jungfrau_config},
};

static const struct { uint16_t dtype, dversion; const char *group; } data[] = {
	{2, 1, "Camera::FrameV1"}, {11, 1, "PNCCD::FrameV1"}, {17, 2, "Princeton::FrameV2"},
	{28, 2, "CsPad::ElementV2"}, {41, 1, "CsPad2x2::ElementV1"}, {50, 2, "Timepix::DataV2"},
	{56, 1, "Fli::FrameV1"}, {61, 1, "Andor::FrameV1"}, {67, 1, "Imp::ElementV1"},
	{75, 1, "Epix::ElementV1"}, {75, 3, "Epix::ElementV3"}, {81, 1, "Pimax::FrameV1"},
	{97, 1, "Andor3d::FrameV1"}, {108, 2, "Jungfrau::ElementV1"},
};

enum { T_EPIXS_CONFIG = 88 };	/* psana knows no such object, and delivers no data without it */

const char *sim_h5_group(const struct sim_det *det)
{
	const struct sim_kind *k = det->kind;

	for (size_t i = 0; i < sizeof data / sizeof data[0]; i++)
		if (data[i].dtype == k->dtype && data[i].dversion == k->dversion &&
		    k->ctype != T_EPIXS_CONFIG)
			return data[i].group;
	return NULL;
}

const char *sim_h5_config(const struct sim_det *det, const struct sim_h5member **members)
{
	for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++)
		if (configs[i].ctype == det->kind->ctype) {
			*members = configs[i].members;
			return configs[i].group;
		}
	return NULL;
}

/* ---- columns ---- */

size_t sim_h5_num_size(enum sim_h5num type)
{
	static const uint8_t size[] = {[SIM_U8] = 1, [SIM_I8] = 1, [SIM_U16] = 2, [SIM_I16] = 2,
		[SIM_U32] = 4, [SIM_I32] = 4, [SIM_F32] = 4, [SIM_F64] = 8,
		[SIM_TEXT] = sizeof(char *), [SIM_SECTIONS] = 32};

	return type == SIM_NESTED ? 0 : size[type];
}

static void add_record(struct sim_h5col *c, const char *name, const struct sim_h5member *members)
{
	*c = (struct sim_h5col){.name = name, .members = members, .type = SIM_NESTED, .parts = 1};
}

/* An array of numbers at a byte of the payload, rows and cols 0: not a dimension. */
static void add_array(struct sim_h5col *c, const char *name, enum sim_h5num type, size_t at,
                      const size_t dim[3])
{
	*c = (struct sim_h5col){.name = name, .type = type, .at = at, .parts = 1};
	c->part = sim_h5_num_size(type);
	for (int i = 0; i < 3; i++)
		if (dim[i] > 0) {
			c->dim[c->ndim++] = dim[i];
			c->part *= dim[i];
		}
}

/* All pixels in the shape of the detector. */
static void add_pixels(struct sim_h5col *c, const char *name, const struct sim_det *det)
{
	bool is_signed = det->kind->family == SIM_CSPAD || det->kind->family == SIM_CSPAD2X2;

	*c = (struct sim_h5col){.name = name, .at = det->header, .parts = 1, .ndim = det->ndim};
	c->type = det->pixel_bytes == 1 ? SIM_U8 : is_signed ? SIM_I16 : SIM_U16;
	c->part = det->npixels * det->pixel_bytes;
	memcpy(c->dim, det->dim, (size_t)det->ndim * sizeof c->dim[0]);
}

size_t sim_h5_cspad_quad(void)
{
	return 32 + (size_t)8 * 185 * 388 * 2 + 4;
}

static int cspad(struct sim_h5col *c, const struct sim_det *det)
{
	add_record(&c[0], "element", cspad_element);
	c[0].ndim = 1;
	c[0].dim[0] = 4;
	add_pixels(&c[1], "data", det);
	c[1].at = 32;
	c[1].part /= 4;
	for (int i = 0; i < 2; i++) {
		c[i].parts = 4;
		c[i].stride = sim_h5_cspad_quad();
		c[i].by_quad = true;
	}
	add_array(&c[2], "common_mode", SIM_F32, 0, (const size_t[]){32, 0, 0});
	c[2].part = 0;
	return 3;
}

static int cspad2x2(struct sim_h5col *c, const struct sim_det *det)
{
	add_record(&c[0], "element", cspad2x2_element);
	add_pixels(&c[1], "data", det);
	add_array(&c[2], "common_mode", SIM_F32, 0, (const size_t[]){2, 0, 0});
	c[2].part = 0;
	return 3;
}

static int ccd(struct sim_h5col *c, const struct sim_det *det)
{
	bool three = det->kind->ctype == 96;

	add_record(&c[0], "frame", three ? shot3d : shot);
	add_pixels(&c[1], "data", det);
	if (three)
		add_array(&c[2], "temperature", SIM_F32, 8, (const size_t[]){det->nsegments, 0, 0});
	return three ? 3 : 2;
}

static int pnccd(struct sim_h5col *c, const struct sim_det *det)
{
	add_record(&c[0], "frame", pnccd_link);
	c[0].ndim = 1;
	c[0].dim[0] = 4;
	add_array(&c[1], "data", SIM_U16, 16, (const size_t[]){4, det->segment, 0});
	c[1].part /= 4;
	for (int i = 0; i < 2; i++) {
		c[i].parts = 4;
		c[i].stride = 16 + 2 * det->segment;
	}
	return 2;
}

/* Behind the pixels: see shape() in det.c. */
static int epix(struct sim_h5col *c, const struct sim_det *det)
{
	const struct sim_kind *k = det->kind;
	size_t at = det->header + 2 * det->npixels;
	int n = 2;

	add_record(&c[0], "data", epix_element);
	add_pixels(&c[1], "frame", det);
	if (k->dversion == 1 && k->ctype == 74) {
		add_array(&c[n], "excludedRows", SIM_U16, at, (const size_t[]){2, det->cols, 0});
		at += c[n++].part;
	} else if (k->dversion > 1) {
		add_array(&c[n], "calibrationRows", SIM_U16, at,
		          (const size_t[]){2u * k->param, det->cols, 0});
		at += c[n++].part;
		add_array(&c[n], "environmentalRows", SIM_U32, at,
		          (const size_t[]){k->param, det->cols / 2, 0});
		at += c[n++].part;
	}
	add_array(&c[n++], "temperatures", SIM_U16, at, (const size_t[]){4, 0, 0});
	return n;
}

static int two(struct sim_h5col *c, const struct sim_det *det, const struct sim_h5member *members,
               const char *pixels)
{
	add_record(&c[0], "data", members);
	add_pixels(&c[1], pixels, det);
	return 2;
}

static int imp(struct sim_h5col *c, const struct sim_det *det)
{
	add_record(&c[0], "data", imp_element);
	add_record(&c[1], "samples", imp_sample);
	c[1].ndim = 1;
	c[1].dim[0] = c[1].parts = det->rows;
	c[1].at = det->header;
	c[1].stride = 8;
	return 2;
}

int sim_h5_columns(struct sim_h5col col[SIM_H5_MAXCOLS], const struct sim_det *det)
{
	switch (det->kind->family) {
	case SIM_CSPAD:    return cspad(col, det);
	case SIM_CSPAD2X2: return cspad2x2(col, det);
	case SIM_CAMERA:   return two(col, det, frame, "image");
	case SIM_CCD:      return ccd(col, det);
	case SIM_PNCCD:    return pnccd(col, det);
	case SIM_EPIX:     return epix(col, det);
	case SIM_JUNGFRAU: return two(col, det, jungfrau_element, "frame");
	case SIM_TIMEPIX:  return two(col, det, timepix_data, "image");
	case SIM_IMP:      return imp(col, det);
	default:           return 0;
	}
}
