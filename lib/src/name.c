/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/name.c - names of sources and types, and the addresses users type
 *
 * Source of numbers and spellings: slac-lcls/lcls1 extpkgs/pdsdata/xtc src/DetInfo.cc,
 * src/BldInfo.cc, TypeId.hh; of the address rules: lcls-psana/PSEvt src/Source.cpp. */
#include "src/src.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The index is the number in bits 24-31 of phy. */
static const char *const detector_names[] = {
	"NoDetector", "AmoIMS", "AmoGD", "AmoETOF", "AmoITOF", "AmoMBES", "AmoVMI", "AmoBPS",
	"Camp", "EpicsArch", "BldEb", "SxrBeamline", "SxrEndstation", "XppSb1Ipm", "XppSb1Pim",
	"XppMonPim", "XppSb2Ipm", "XppSb3Ipm", "XppSb3Pim", "XppSb4Pim", "XppGon", "XppLas",
	"XppEndstation", "AmoEndstation", "CxiEndstation", "XcsEndstation", "MecEndstation",
	"CxiDg1", "CxiDg2", "CxiDg3", "CxiDg4", "CxiKb1", "CxiDs1", "CxiDs2", "CxiDsu", "CxiSc1",
	"CxiDsd", "XcsBeamline", "CxiSc2", "MecXuvSpectrometer", "MecXrtsForw", "MecXrtsBack",
	"MecFdi", "MecTimeTool", "MecTargetChamber", "FeeHxSpectrometer",
	"XrayTransportDiagnostic", "Lamp", "MfxEndstation", "MfxDg1", "MfxDg2", "XrtDiag",
	"DetLab"
};

/* The index is the number in bits 8-15 of phy. */
static const char *const device_names[] = {
	"NoDevice", "Evr", "Acqiris", "Opal1000", "Tm6740", "pnCCD", "Princeton", "Fccd", "Ipimb",
	"Encoder", "Cspad", "AcqTDC", "Xamps", "Cspad2x2", "Fexamp", "Gsc16ai", "Phasics",
	"Timepix", "Opal2000", "Opal4000", "OceanOptics", "Opal1600", "Opal8000", "Fli",
	"Quartz4A150", "Andor", "USDUSB", "OrcaFl40", "Imp", "Epix", "Rayonix", "EpixSampler",
	"Pimax", "Fccd960", "Epix10k", "Epix100a", "EpixS", "Gotthard", "DualAndor", "Wave8",
	"LeCroy", "ControlsCamera", "Archon", "Jungfrau", "Zyla", "Epix10ka", "Pixis", "Uxi",
	"Epix10ka2M", "StreakC7700", "Epix10kaQuad", "JungfrauSegment", "JungfrauSegmentM2",
	"JungfrauSegmentM3", "JungfrauSegmentM4", "iStar", "QuadAdc", "Alvium"
};

/* BldInfo: the index is phy. */
static const char *const bld_names[] = {
	"EBeam", "PhaseCavity", "FEEGasDetEnergy", "NH2-SB1-IPM-01", "XCS-IPM-01", "XCS-DIO-01",
	"XCS-IPM-02", "XCS-DIO-02", "XCS-IPM-03", "XCS-DIO-03", "XCS-IPM-03m", "XCS-DIO-03m",
	"XCS-YAG-1", "XCS-YAG-2", "XCS-YAG-3m", "XCS-YAG-3", "XCS-YAG-mono", "XCS-IPM-mono",
	"XCS-DIO-mono", "XCS-DEC-mono", "MEC-LAS-EM-01", "MEC-TCTR-PIP-01", "MEC-TCTR-DI-01",
	"MEC-XT2-IPM-02", "MEC-XT2-IPM-03", "MEC-HXM-IPM-01", "GMD", "CxiDg1_Imb01",
	"CxiDg2_Imb01", "CxiDg2_Imb02", "CxiDg3_Imb01", "CxiDg1_Pim", "CxiDg2_Pim", "CxiDg3_Pim",
	"XppMon_Pim0", "XppMon_Pim1", "XppSb2_Ipm", "XppSb3_Ipm", "XppSb3_Pim", "XppSb4_Pim",
	"XppEnds_Ipm0", "XppEnds_Ipm1", "MEC-XT2-PIM-02", "MEC-XT2-PIM-03", "CxiDg3_Spec",
	"NH2-SB1-IPM-02", "FEE-SPEC0", "SXR-SPEC0", "XPP-SPEC0", "XCS-USR-IPM-01",
	"XCS-USR-IPM-02", "XCS-USR-IPM-03", "XCS-USR-IPM-04", "XCS-IPM-04", "XCS-DIO-04",
	"XCS-IPM-05", "XCS-DIO-05", "XCS-IPM-gon", "XCS-IPM-ladm", "XPP-AIN-01", "XCS-AIN-01",
	"AMO-AIN-01", "MFX-BEAMMON-01", "EOrbits", "MfxDg1_Pim", "MfxDg2_Pim", "SXR-AIN-01",
	"HX2-SB1-BMMON", "XRT-USB-ENCODER-01", "XPP-USB-ENCODER-01", "XPP-USB-ENCODER-02",
	"XCS-USB-ENCODER-01", "CXI-USB-ENCODER-01", "XCS-SND-DIO", "MFX-USR-DIO", "XPP-SB2-BMMON",
	"XPP-SB3-BMMON", "HFX-DG2-BMMON", "XCS-SB1-BMMON", "XCS-SB2-BMMON", "CXI-DG2-BMMON",
	"CXI-DG3-BMMON", "MFX-DG1-BMMON", "MFX-DG2-BMMON", "MFX-AIN-01", "MEC-AIN-01",
	"FEE-AIN-01", "MEC-XT2-BMMON-02", "MEC-XT2-BMMON-03", "XPP-USR-DIO", "XPP-ALC-DIO",
	"XCS-USR-DIO", "CXI-USR-DIO", "MEC-USR-DIO", "MFX-USB-ENCODER-01", "HXX-DG1-BMMON-01"
};

/* TypeId: the index is bits 0-15. */
static const char *const type_names[] = {
	"Any", "Xtc", "Frame", "AcqWaveform", "AcqConfig", "TwoDGaussian", "Opal1kConfig",
	"FrameFexConfig", "EvrConfig", "TM6740Config", "RunControlConfig", "pnCCDframe",
	"pnCCDconfig", "Epics", "FEEGasDetEnergy", "EBeamBld", "PhaseCavity", "PrincetonFrame",
	"PrincetonConfig", "EvrData", "FrameFccdConfig", "FccdConfig", "IpimbData", "IpimbConfig",
	"EncoderData", "EncoderConfig", "EvrIOConfig", "PrincetonInfo", "CspadElement",
	"CspadConfig", "IpmFexConfig", "IpmFex", "DiodeFexConfig", "DiodeFex", "PimImageConfig",
	"SharedIpimb", "AcqTDCConfig", "AcqTDCData", "Index", "XampsConfig", "XampsElement",
	"Cspad2x2Element", "SharedPIM", "Cspad2x2Config", "FexampConfig", "FexampElement",
	"Gsc16aiConfig", "Gsc16aiData", "PhasicsConfig", "TimepixConfig", "TimepixData",
	"CspadCompressedElement", "OceanOpticsConfig", "OceanOpticsData", "EpicsConfig",
	"FliConfig", "FliFrame", "QuartzConfig", "Reserved1", "Reserved2", "AndorConfig",
	"AndorFrame", "UsdUsbData", "UsdUsbConfig", "GMD", "SharedAcqADC", "OrcaConfig",
	"ImpData", "ImpConfig", "AliasConfig", "L3TConfig", "L3TData", "Spectrometer",
	"RayonixConfig", "EpixConfig", "EpixElement", "EpixSamplerConfig", "EpixSamplerElement",
	"EvsConfig", "PartitionConfig", "PimaxConfig", "PimaxFrame", "Arraychar", "Epix10kConfig",
	"Epix100aConfig", "GenericPgpConfig", "TimeToolConfig", "TimeToolData", "EpixSConfig",
	"SmlDataConfig", "SmlDataOrigDgramOffset", "SmlDataProxy", "ArrayUInt16",
	"GotthardConfig", "AnalogInput", "SmlData", "Andor3dConfig", "Andor3dFrame",
	"BeamMonitorBldData", "Generic1DConfig", "Generic1DData", "UsdUsbFexConfig",
	"UsdUsbFexData", "EOrbits", "SharedUsdUsb", "ControlsCameraConfig", "ArchonConfig",
	"JungfrauConfig", "JungfrauElement", "QuadAdcConfig", "ZylaConfig", "ZylaFrame",
	"Epix10kaConfig", "PixisConfig", "PixisFrame", "UxiConfig", "UxiFrame",
	"Epix10ka2MConfig", "Epix10kaArray", "StreakConfig", "Epix10kaQuadConfig", "iStarConfig",
	"AlviumConfig", "VimbaFrame"
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* Old spellings that are understood on input. */
static const struct { const char *name; int number; } old_detectors[] = {
	{"AmoIms", 1}, {"amoIMS", 1}, {"AmoPem", 2}, {"amoGD", 2}, {"AmoGasdet", 2},
	{"AmoETof", 3}, {"amoETOF", 3}, {"AmoITof", 4}, {"amoITOF", 4}, {"AmoMbs", 5},
	{"amoMBES", 5}, {"AmoMbes", 5}, {"AmoIis", 5}, {"amoVMI", 6}, {"AmoVmi", 6},
	{"AmoBps", 7}, {"amoBPS", 7}, {"epicsArch", 9}
};

static int find(const char *const *names, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return (int)i;
	return -1;
}

static int find_device(const char *name, size_t len)
{
	if (len == 6 && memcmp(name, "TM6740", 6) == 0)
		return 4;
	return find(device_names, COUNT(device_names), name, len);
}

static int find_detector(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(old_detectors); i++)
		if (strlen(old_detectors[i].name) == len
		    && memcmp(old_detectors[i].name, name, len) == 0)
			return old_detectors[i].number;
	return find(detector_names, COUNT(detector_names), name, len);
}

int calib_device_number(const char *name)
{
	return find_device(name, strlen(name));
}

int calib_detector_number(const char *name)
{
	return find_detector(name, strlen(name));
}

const char *calib_type_name(uint16_t type, char buf[16])
{
	if (type < COUNT(type_names))
		return type_names[type];
	if (type == CALIB_TYPE_ARRAY)
		return "Array";
	snprintf(buf, 16, "Type%u", type);
	return buf;
}

static const char *name_of(const char *const *names, size_t n, unsigned number)
{
	return number < n ? names[number] : "-Invalid-";
}

char *calib_source_name(struct calib_srcid id, char *buf, size_t n)
{
	uint32_t p = id.phy;

	switch (calib_srcid_level(id)) {
	case CALIB_LEVEL_SOURCE:
		snprintf(buf, n, "%s.%u:%s.%u",
			 name_of(detector_names, COUNT(detector_names), p >> 24), p >> 16 & 255,
			 name_of(device_names, COUNT(device_names), p >> 8 & 255), p & 255);
		break;
	case CALIB_LEVEL_REPORTER:
		snprintf(buf, n, "%s", name_of(bld_names, COUNT(bld_names), p));
		break;
	default:
		snprintf(buf, n, "%u.%u.%u.%u", p >> 24, p >> 16 & 255, p >> 8 & 255, p & 255);
	}
	return buf;
}

char *calib_source_text(struct calib_srcid id, char *buf, size_t n)
{
	char name[96];

	calib_source_name(id, name, sizeof name);
	switch (calib_srcid_level(id)) {
	case CALIB_LEVEL_SOURCE:
		snprintf(buf, n, "DetInfo(%s)", name);
		break;
	case CALIB_LEVEL_REPORTER:
		snprintf(buf, n, "BldInfo(%s)", name);
		break;
	default:
		snprintf(buf, n, "ProcInfo(%s, pid=%u)", name, id.log & 0xffffff);
	}
	return buf;
}

/* One number of an address: digits up to 255, "*" or nothing = any. */
static bool parse_part(const char *text, size_t len, int *value)
{
	long v = 0;

	*value = -1;
	if (len == 0 || (len == 1 && *text == '*'))
		return true;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || v > 255)
			return false;
		v = v * 10 + (text[i] - '0');
	}
	*value = v == 255 ? -1 : (int)v;	/* 255 means any in the reference, too */
	return v <= 255;
}

/* "name.id" with the given separator; both may be missing. */
static bool parse_half(const char *text, size_t len, char sep, int (*number)(const char *, size_t),
                       int part[2])
{
	const char *dot = memchr(text, sep, len);
	size_t name = dot ? (size_t)(dot - text) : len;

	part[0] = part[1] = -1;
	if (name > 0 && !(name == 1 && *text == '*')) {
		part[0] = number(text, name);
		if (part[0] < 0)
			return false;
	}
	return dot == NULL || parse_part(dot + 1, len - name - 1, &part[1]);
}

/* Det.id:Dev.id, or Det-id|Dev-id; the styles cannot be mixed. */
static bool parse_detinfo(struct calib_address *a, const char *text, size_t len, const char *seps)
{
	const char *mid = memchr(text, seps[0], len);
	size_t left = mid ? (size_t)(mid - text) : len;

	if (!parse_half(text, left, seps[1], find_detector, a->part))
		return false;
	a->part[2] = a->part[3] = -1;
	if (mid != NULL && !parse_half(mid + 1, len - left - 1, seps[1], find_device, a->part + 2))
		return false;
	a->level = CALIB_LEVEL_SOURCE;
	a->exact = a->part[0] >= 0 && a->part[1] >= 0 && a->part[2] >= 0 && a->part[3] >= 0;
	return true;
}

static bool parse_ip(struct calib_address *a, const char *text, size_t len)
{
	uint32_t ip = 0;
	const char *p = text, *end = text + len;

	for (int i = 0; i < 4; i++) {
		unsigned v = 0, digits = 0;

		if (i > 0 && (p == end || *p++ != '.'))
			return false;
		for (; p < end && *p >= '0' && *p <= '9' && digits < 3; p++, digits++)
			v = v * 10 + (unsigned)(*p - '0');
		if (digits == 0 || v > 255)
			return false;
		ip = ip << 8 | v;
	}
	a->phy = ip;
	a->exact = true;
	return p == end;
}

static void trim(const char **text, size_t *len)
{
	while (*len > 0 && strchr(" \t", (*text)[0]))
		(*text)++, (*len)--;
	while (*len > 0 && strchr(" \t", (*text)[*len - 1]))
		(*len)--;
}

/* Strip WORD ( ... ); false when the text is not of that form. */
static bool strip_class(const char **text, size_t *len, const char *word)
{
	size_t n = strlen(word), k = *len;
	const char *p = *text;

	if (k < n + 2 || memcmp(p, word, n) != 0 || p[k - 1] != ')')
		return false;
	p += n;
	k -= n;
	trim(&p, &k);
	if (*p != '(')
		return false;
	p++;
	k -= 2;
	trim(&p, &k);
	*text = p;
	*len = k;
	return true;
}

static bool parse_bld(struct calib_address *a, const char *text, size_t len)
{
	int bld = find(bld_names, COUNT(bld_names), text, len);

	if (bld < 0)
		return false;
	a->level = CALIB_LEVEL_REPORTER;
	a->phy = (uint32_t)bld;
	a->exact = true;
	return true;
}

static bool parse_det(struct calib_address *a, const char *text, size_t len)
{
	return parse_detinfo(a, text, len, ":.") || parse_detinfo(a, text, len, "|-");
}

int calib_address_parse(struct calib_address *address, const char *text, struct calib_err *err)
{
	struct calib_address a = {-1, false, {-1, -1, -1, -1}, 0};
	const char *p = text;
	size_t len = strlen(text);
	bool ok;

	trim(&p, &len);
	if (len == 0) {
		ok = true;
	} else if (strip_class(&p, &len, "DetInfo")) {
		a.level = CALIB_LEVEL_SOURCE;
		ok = len == 0 || parse_det(&a, p, len);
	} else if (strip_class(&p, &len, "BldInfo")) {
		a.level = CALIB_LEVEL_REPORTER;
		ok = len == 0 || parse_bld(&a, p, len);
	} else if (strip_class(&p, &len, "ProcInfo")) {
		a.level = CALIB_LEVEL_SEGMENT;
		ok = len == 0 || parse_ip(&a, p, len);
	} else {
		ok = parse_bld(&a, p, len) || parse_det(&a, p, len);
	}
	if (!ok)
		return calib_fail(err, CALIB_EINVAL,
				  "source '%s': expected Detector.N:Device.N, for "
				  "example XppGon.0:Cspad.0 or :Cspad",
				  text);
	*address = a;
	return CALIB_OK;
}

bool calib_address_match(const struct calib_address *address, struct calib_srcid id)
{
	unsigned level = calib_srcid_level(id);
	const unsigned part[4] = {id.phy >> 24, id.phy >> 16 & 255, id.phy >> 8 & 255,
				  id.phy & 255};

	switch (address->level) {
	case -1:
		return true;
	case CALIB_LEVEL_SOURCE:
		if (level != CALIB_LEVEL_SOURCE)
			return false;
		for (int i = 0; i < 4; i++)
			if (address->part[i] >= 0 && (unsigned)address->part[i] != part[i])
				return false;
		return true;
	case CALIB_LEVEL_REPORTER:
		return level == CALIB_LEVEL_REPORTER && (!address->exact || address->phy == id.phy);
	default:
		return level != CALIB_LEVEL_SOURCE && level != CALIB_LEVEL_REPORTER
		       && (!address->exact || address->phy == id.phy);
	}
}
