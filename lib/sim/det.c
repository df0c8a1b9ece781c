/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/det.c - the detectors that can be written, and the list of -d */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/parse.h"
#include "sim/priv.h"

/* Types and versions: the newest that the reference readers take.  An Opal alias always has
 * its number, as the instruments do it. */
#define CAM SIM_CAMERA
static const struct sim_kind kinds[] = {
	/* name  alias  source  family  config  data  rows cols segments resize bits base ... */
	{"CSPAD", "cspad", "XppGon.0:Cspad.0", SIM_CSPAD, 29, 5, 28, 2,
	 185, 388, 32, false, 14, 1200, 0, 0, 0, 32, 0},
	{"CSPAD2x2", "cspad2x2_", "XppGon.0:Cspad2x2.0", SIM_CSPAD2X2, 43, 2, 41, 1,
	 185, 388, 1, false, 14, 1200, 0, 0, 0, 32, 0},
	{"Princeton", "princeton_", "MecTargetChamber.0:Princeton.0", SIM_CCD, 18, 5, 17, 2,
	 1300, 1340, 1, true, 16, 600, 56, 0, 16, 12, 0},
	{"pnCCD", "pnccd", "Camp.0:pnCCD.0", SIM_PNCCD, 12, 2, 11, 1,
	 512, 512, 4, false, 14, 900, 544, 0, 0, 16, 0},
	{"Tm6740", "tm6740_", "XppSb3Pim.1:Tm6740.1", CAM, 9, 2, 2, 1,
	 480, 640, 1, true, 10, 60, 12, 0, 0, 16, 32},
	{"Opal1000", "opal_", "XppEndstation.0:Opal1000.0", CAM, 6, 1, 2, 1,
	 1024, 1024, 1, true, 12, 100, 12, 0, 0, 16, 32},
	{"Opal2000", "opal_", "CxiEndstation.0:Opal2000.1", CAM, 6, 1, 2, 1,
	 1080, 1920, 1, true, 12, 100, 12, 0, 0, 16, 32},
	{"Opal4000", "opal_", "CxiEndstation.0:Opal4000.1", CAM, 6, 1, 2, 1,
	 1752, 2336, 1, true, 12, 100, 12, 0, 0, 16, 32},
	{"Opal8000", "opal_", "CxiEndstation.0:Opal8000.1", CAM, 6, 1, 2, 1,
	 2472, 3296, 1, true, 12, 100, 12, 0, 0, 16, 32},
	{"OrcaFl40", "orca_", "XcsEndstation.0:OrcaFl40.0", CAM, 66, 1, 2, 1,
	 2048, 2048, 1, true, 16, 100, 8, 0, 0, 16, 100},
	{"Epix100a", "epix100a_", "XcsEndstation.0:Epix100a.1", SIM_EPIX, 84, 2, 75, 3,
	 704, 768, 1, false, 14, 3000, 188, 128, 100, 32, 4},
	{"Epix10ka", "epix10ka_", "MfxEndstation.0:Epix10ka.0", SIM_EPIX, 112, 2, 75, 3,
	 352, 384, 1, false, 14, 3000, 520, 128, 104, 32, 2},
	{"Epix10ka2M", "epix10ka2M", "MfxEndstation.0:Epix10ka2M.0", SIM_EPIXARRAY, 117, 2, 118, 1,
	 352, 384, 16, false, 14, 3000, 4632, 0, 0, 4, 0},
	{"Fccd960", "fccd960_", "SxrEndstation.0:Fccd960.0", CAM, 21, 2, 2, 1,
	 960, 960, 1, true, 13, 4200, 108, 0, 0, 16, 4096},
	{"Rayonix", "rayonix", "MfxEndstation.0:Rayonix.0", CAM, 73, 2, 2, 1,
	 1920, 1920, 1, true, 16, 10, 60, 0, 0, 16, 0},
	{"Andor", "andor_", "SxrEndstation.0:Andor.0", SIM_CCD, 60, 1, 61, 1,
	 2048, 2048, 1, true, 16, 600, 44, 0, 16, 12, 0},
	{"DualAndor", "dualandor_", "SxrEndstation.0:DualAndor.0", SIM_CCD, 96, 1, 97, 1,
	 2048, 2048, 2, true, 16, 600, 52, 0, 20, 16, 8},
	{"Jungfrau", "jungfrau", "CxiEndstation.0:Jungfrau.0", SIM_JUNGFRAU, 107, 3, 108, 2,
	 512, 1024, 1, false, 14, 2500, 0, 0, 0, 16, 0},
	{"Zyla", "zyla_", "XppEndstation.0:Zyla.0", SIM_CCD, 110, 1, 111, 1,
	 2160, 2560, 1, true, 16, 100, 52, 12, 28, 8, 0},
	{"Uxi", "uxi_", "DetLab.0:Uxi.0", SIM_UXI, 115, 3, 116, 1,
	 1024, 512, 2, true, 16, 300, 168, 16, 0, 16, 0},
	{"Pixis", "pixis_", "MecTargetChamber.0:Pixis.1", SIM_CCD, 113, 1, 114, 1,
	 1024, 1024, 1, true, 16, 600, 104, 0, 16, 12, 0},
	{"StreakC7700", "streak_", "CxiEndstation.0:StreakC7700.0", CAM, 119, 1, 2, 1,
	 1024, 1344, 1, true, 16, 120, 68, 0, 0, 16, 0},
	{"Archon", "archon_", "SxrEndstation.0:Archon.0", CAM, 106, 4, 2, 1,
	 300, 4800, 1, true, 16, 900, 88, 36, 0, 16, 0},
	{"iStar", "istar_", "XppEndstation.0:iStar.0", SIM_CCD, 121, 1, 111, 1,
	 2160, 2560, 1, true, 16, 100, 56, 16, 32, 8, 0},
	{"Alvium", "alvium_", "XppEndstation.0:Alvium.0", SIM_CCD, 122, 1, 123, 1,
	 1216, 1936, 1, true, 12, 60, 464, 12, 0, 16, 0},
	/* beyond calibrun's list */
	{"Epix10kaQuad", "epix10kaQuad", "MfxEndstation.0:Epix10kaQuad.0", SIM_EPIXARRAY, 120, 2,
	 118, 1, 352, 384, 4, false, 14, 3000, 1164, 0, 0, 4, 0},
	{"Epix10k", "epix10k_", "XppEndstation.0:Epix10k.0", SIM_EPIX, 83, 1, 75, 1,
	 352, 384, 1, false, 14, 3000, 136, 96, 84, 32, 0},
	{"Epix", "epix_", "XppEndstation.0:Epix.0", SIM_EPIX, 74, 1, 75, 1,
	 704, 768, 1, false, 14, 3000, 112, 88, 84, 32, 0},
	{"EpixS", "epixs_", "XcsEndstation.0:EpixS.0", SIM_EPIX, 88, 1, 75, 3,
	 704, 768, 1, false, 14, 3000, 152, 100, 84, 32, 2},
	{"Fccd", "fccd_", "SxrEndstation.0:Fccd.0", CAM, 21, 2, 2, 1,
	 500, 1152, 1, true, 16, 500, 108, 0, 0, 16, 0},
	{"Quartz4A150", "quartz_", "MecTargetChamber.0:Quartz4A150.0", CAM, 57, 2, 2, 1,
	 2048, 2048, 1, true, 8, 30, 20, 0, 0, 16, 16},
	{"ControlsCamera", "camera_", "XppEndstation.0:ControlsCamera.0", CAM, 105, 1, 2, 1,
	 964, 1288, 1, true, 12, 60, 128, 0, 0, 16, 0},
	{"Timepix", "timepix_", "XcsEndstation.0:Timepix.0", SIM_TIMEPIX, 49, 1, 50, 2,
	 512, 512, 1, true, 14, 40, 232, 0, 0, 12, 0},
	{"Fli", "fli_", "MecTargetChamber.0:Fli.0", SIM_CCD, 55, 1, 56, 1,
	 4096, 4096, 1, true, 16, 600, 40, 0, 16, 12, 0},
	{"Pimax", "pimax_", "MecTargetChamber.0:Pimax.0", SIM_CCD, 80, 1, 81, 1,
	 1024, 1024, 1, true, 16, 600, 76, 0, 16, 12, 0},
	{"Opal1600", "opal_", "XppEndstation.0:Opal1600.0", CAM, 6, 1, 2, 1,
	 1200, 1600, 1, true, 12, 100, 12, 0, 0, 16, 32},
	{"Imp", "imp_", "CxiEndstation.0:Imp.0", SIM_IMP, 68, 1, 67, 1,
	 1023, 4, 1, false, 16, 2000, 40, 0, 0, 32, 0},
};
#undef CAM
#define NKINDS (sizeof kinds / sizeof kinds[0])

const char *calib_sim_name(size_t i)
{
	return i < NKINDS ? kinds[i].name : NULL;
}

static const struct sim_kind *find_kind(const char *name, size_t len)
{
	for (size_t i = 0; i < NKINDS; i++)
		if (strlen(kinds[i].name) == len && strncasecmp(kinds[i].name, name, len) == 0)
			return &kinds[i];
	return NULL;
}

/* The source as a number; it must name one device. */
static int source_id(struct calib_srcid *id, const char *text, struct calib_err *err)
{
	struct calib_address a;
	int rc = calib_address_parse(&a, text, err);

	if (rc < 0)
		return rc;
	for (int i = 0; i < 4; i++)
		if (a.level != CALIB_LEVEL_SOURCE || a.part[i] < 0 || a.part[i] > 254)
			return calib_fail(err, CALIB_EINVAL, "-d: '%s' is not the source of one "
					  "detector, such as XppGon.0:Cspad.0", text);
	id->log = (uint32_t)CALIB_LEVEL_SOURCE << 24;
	id->phy = (uint32_t)a.part[0] << 24 | (uint32_t)a.part[1] << 16 |
		  (uint32_t)a.part[2] << 8 | (uint32_t)a.part[3];
	return CALIB_OK;
}

static bool taken(const struct sim_det *dets, int n, uint32_t phy)
{
	for (int i = 0; i < n; i++)
		if (dets[i].src.phy == phy)
			return true;
	return false;
}

/* cspad -> cspad, cspad_1; opal_ -> opal_0; a name in use gets the location number too */
static void name_alias(struct sim_det *det, const struct sim_det *dets, int n)
{
	unsigned dev = det->src.phy & 0xff, loc = det->src.phy >> 24;
	const char *stem = det->kind->alias;
	size_t len = strlen(stem);

	if (stem[len - 1] == '_')
		snprintf(det->alias, sizeof det->alias, "%s%u", stem, dev);
	else if (dev > 0)
		snprintf(det->alias, sizeof det->alias, "%s_%u", stem, dev);
	else
		snprintf(det->alias, sizeof det->alias, "%s", stem);
	for (int i = 0; i < n; i++)
		if (strcmp(dets[i].alias, det->alias) == 0) {
			snprintf(det->alias, sizeof det->alias, "%.16s_%u_%u_%u",
				 det->kind->name, loc, det->src.phy >> 16 & 0xff, dev);
			return;
		}
}

/* Shape in calibration order, and the bytes around the pixels. */
static int shape(struct sim_det *det, const struct calib_sim_plan *plan, struct calib_err *err)
{
	const struct sim_kind *k = det->kind;
	size_t segments = k->family == SIM_JUNGFRAU ? plan->modules : k->segments, bytes;

	det->cversion = (uint16_t)(k->family == SIM_JUNGFRAU && segments > 8 ? 4 : k->cversion);
	det->rows = k->resize && plan->rows > 0 ? plan->rows : k->rows;
	det->cols = k->resize && plan->cols > 0 ? plan->cols : k->cols;
	det->nsegments = segments;
	det->pixel_bytes = k->bits <= 8 ? 1 : 2;
	det->ndim = 0;
	if (segments > 1 || k->family == SIM_JUNGFRAU || k->ctype == 112)
		det->dim[det->ndim++] = segments;
	det->dim[det->ndim++] = det->rows;
	det->dim[det->ndim++] = det->cols;
	if (k->family == SIM_CSPAD2X2)
		det->dim[det->ndim++] = 2;
	if (calib_mul_size(&det->segment, det->rows, det->cols, "pixels", err) < 0)
		return CALIB_ENOMEM;
	if (k->family == SIM_CSPAD2X2)
		det->segment *= 2;
	if (calib_mul_size(&det->npixels, det->segment, segments, "pixels", err) < 0 ||
	    calib_mul_size(&bytes, det->npixels, det->pixel_bytes, "frame", err) < 0)
		return CALIB_ENOMEM;
	det->header = k->header;
	switch (k->family) {
	case SIM_CSPAD: det->header = 4 * 32; det->trailer = 4 * 4; break;
	case SIM_PNCCD: det->header = 4 * 16; break;
	case SIM_JUNGFRAU: det->header = 16 + 20 * segments; break;
	/* calibration and environmental rows per ASIC: param and param / 2, two ASICs a column */
	case SIM_EPIX:
		det->trailer = (k->param * 2u + k->param) * det->cols * 2 + 4 * 2 + 4;
		if (k->dversion == 1)	/* Epix, Epix10k: two excluded rows instead */
			det->trailer = (k->ctype == 74 ? 2 : 0) * det->cols * 2 + 4 * 2 + 4;
		break;
	case SIM_EPIXARRAY: det->trailer = segments * (4 * 384 * 2 + 2 * 192 * 4 + 4 * 2); break;
	default: break;
	}
	det->payload = det->header + bytes + det->trailer;
	det->ngains = k->family == SIM_JUNGFRAU ? 3
		    : k->family == SIM_EPIXARRAY || k->ctype == 112 ? 5 : 1;
	/* psana refuses datagrams of more than 256 MiB */
	if (det->payload > (200u << 20))
		return calib_fail(err, CALIB_EINVAL, "%s: a frame of %zu bytes is too large for a "
				  "datagram", det->name, det->payload);
	return CALIB_OK;
}

/* One item: NAME, NAME@SOURCE or SOURCE. */
static int parse_item(struct sim_det *dets, int n, const char *item, struct calib_err *err)
{
	struct sim_det *det = &dets[n];
	const char *at = strchr(item, '@'), *source = at != NULL ? at + 1 : item;
	const struct sim_kind *named = NULL, *real;
	const char *dev;
	int rc;

	if (at != NULL || strchr(item, ':') == NULL) {
		named = find_kind(item, at != NULL ? (size_t)(at - item) : strlen(item));
		if (named == NULL)
			return calib_fail(err, CALIB_EINVAL, "-d: '%s' is not a detector that can "
					  "be simulated; --list shows them", item);
		if (at == NULL)
			source = named->source;
	}
	rc = source_id(&det->src, source, err);
	if (rc < 0)
		return rc;
	while (at == NULL && named != NULL && taken(dets, n, det->src.phy) &&
	       (det->src.phy & 0xff) < 254)
		det->src.phy++;
	if (taken(dets, n, det->src.phy))
		return calib_fail(err, CALIB_EINVAL, "-d: source '%s' is given twice", source);
	calib_source_name(det->src, det->name, sizeof det->name);
	dev = strchr(det->name, ':') + 1;
	real = find_kind(dev, strcspn(dev, "."));
	if (real == NULL || (named != NULL && real != named))
		return calib_fail(err, CALIB_EINVAL, "-d: '%s': the device of %s is not %s", item,
				  det->name,
				  named != NULL ? named->name : "one that can be simulated");
	det->kind = real;
	return CALIB_OK;
}

static int add_det(struct sim_det *dets, int n, const char *item,
                   const struct calib_sim_plan *plan, struct calib_err *err)
{
	int rc;

	memset(&dets[n], 0, sizeof dets[n]);
	rc = parse_item(dets, n, item, err);
	if (rc >= 0)
		rc = shape(&dets[n], plan, err);
	if (rc >= 0)
		name_alias(&dets[n], dets, n);
	return rc;
}

int sim_dets_parse(struct sim_det *dets, const struct calib_sim_plan *plan,
                   struct calib_err *err)
{
	char **items;
	size_t n;
	int rc = calib_list_parse(&items, &n, plan->detectors, err), made = 0;

	if (rc < 0)
		return rc;
	if (n == 0 || n > CALIB_SIM_MAXDETS)
		rc = calib_fail(err, CALIB_EINVAL, "-d: expected 1 to %d detectors, '%s' has %zu",
				CALIB_SIM_MAXDETS, plan->detectors, n);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		rc = add_det(dets, made, items[i], plan, err);
		made += rc >= 0;
	}
	if (rc >= 0 && plan->control) {
		rc = add_det(dets, made, "ControlsCamera", plan, err);
		dets[made].control = true;
		made += rc >= 0;
	}
	free(items);
	return rc < 0 ? rc : made;
}
