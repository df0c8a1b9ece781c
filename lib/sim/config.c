/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/config.c - configuration objects; offsets from detectors.md 5 and 9 of the
 * specification (Source: lcls-psana/psddldata data/(*).ddl) */
#include <string.h>

#include "sim/priv.h"

enum { QUAD_REG = 71960, QUAD_GAINMAP = 180, GAINMAP_SIZE = 71780, ELEM10KA = 271532,
       ASIC10KA = 104 };

/* Pixel settings and trbit of the gain ranges FH, FM, FL, AHL-H, AML-M. */
static const struct { uint16_t pixel; uint8_t trbit; } range10ka[5] = {
	{12, 1}, {12, 0}, {8, 0}, {0, 1}, {0, 0}
};

/* All sections of all quads, all pixels of high gain. */
static void cspad(struct sim_buf *buf, const struct sim_det *det)
{
	bool two = det->kind->family == SIM_CSPAD2X2;
	uint8_t *p = sim_buf_room(buf, two ? 48 + QUAD_REG : 88 + 4 * QUAD_REG);

	if (p == NULL)
		return;
	calib_put_le32(p, 0x10);		/* concentrator version */
	if (two) {
		calib_put_le32(p + 20, 3);	/* run mode */
		calib_put_le32(p + 32, (uint32_t)det->payload);
		calib_put_le32(p + 40, 0xf);	/* ASICs */
		calib_put_le32(p + 44, 3);	/* sections */
		memset(p + 48 + QUAD_GAINMAP, 0xff, GAINMAP_SIZE);
		return;
	}
	calib_put_le32(p + 8, 40);		/* event code */
	calib_put_le32(p + 52, 3);
	calib_put_le32(p + 64, (uint32_t)(det->payload / 4));
	calib_put_le32(p + 76, 0xffff);		/* ASICs */
	calib_put_le32(p + 80, 0xf);		/* quads */
	calib_put_le32(p + 84, 0xffffffff);	/* sections */
	for (size_t q = 0; q < 4; q++)
		memset(p + 88 + q * QUAD_REG + QUAD_GAINMAP, 0xff, GAINMAP_SIZE);
}

static void opal(uint8_t *p, const struct sim_det *det)
{
	calib_put_le32(p, det->kind->param | 100u << 16);	/* black level, gain percent */
	calib_put_le32(p + 4, det->kind->bits == 8 ? 0 : 2);	/* 8 or 12 bit */
}

static void tm6740(uint8_t *p, const struct sim_det *det)
{
	calib_put_le32(p + 4, det->kind->param | (uint32_t)det->kind->param << 16);
	calib_put_le32(p + 8, 2);				/* 10 bit */
}

static void quartz(uint8_t *p, const struct sim_det *det)
{
	calib_put_le32(p, det->kind->param | 100u << 16);
	calib_put_le32(p + 4, 4u << 16);			/* 8 bit, 4 taps */
}

static void archon(uint8_t *p, const struct sim_det *det)
{
	p[0] = 1;						/* triggered */
	calib_put_le32(p + 36, (uint32_t)(det->cols >= 16 ? det->cols / 16 : det->cols));
	calib_put_le32(p + 40, (uint32_t)det->rows);
	calib_put_le32(p + 44, 1);
	calib_put_le32(p + 48, 1);
	calib_put_le32(p + 60, det->cols >= 16 ? 16 : 1);	/* taps */
}

static void rayonix(uint8_t *p, const struct sim_det *det)
{
	/* binning of a 3840 x 3840 sensor; the frame header rules where it does not divide */
	p[0] = (uint8_t)(det->cols > 0 && det->cols <= 3840 ? 3840 / det->cols : 1);
	p[1] = (uint8_t)(det->rows > 0 && det->rows <= 3840 ? 3840 / det->rows : 1);
	calib_put_le32(p + 16, 1);
	memcpy(p + 20, "MX170-HS:7", 11);
}

static void controls(uint8_t *p, const struct sim_det *det)
{
	calib_put_le32(p, (uint32_t)det->cols);
	calib_put_le32(p + 4, (uint32_t)det->rows);
	calib_put_le32(p + 8, det->kind->bits);
	memcpy(p + 32, "synthetic", 10);
}

static const struct { uint16_t type; void (*fill)(uint8_t *p, const struct sim_det *det); }
camera_config[] = {
	{6, opal}, {9, tm6740}, {57, quartz}, {106, archon}, {73, rayonix}, {105, controls},
};

static void camera(struct sim_buf *buf, const struct sim_det *det)
{
	uint8_t *p = sim_buf_room(buf, det->kind->cfg_size);

	for (size_t i = 0; p != NULL && i < sizeof camera_config / sizeof camera_config[0]; i++)
		if (camera_config[i].type == det->kind->ctype)
			camera_config[i].fill(p, det);
}

/* Width, height and binning 1 x 1 are all that the frame's shape needs. */
static void ccd(struct sim_buf *buf, const struct sim_det *det)
{
	const struct sim_kind *k = det->kind;
	uint8_t *p = sim_buf_room(buf, k->cfg_size);

	if (p == NULL)
		return;
	calib_put_le32(p + k->cfg_width, (uint32_t)det->cols);
	calib_put_le32(p + k->cfg_width + 4, (uint32_t)det->rows);
	if (k->cfg_bin > 0) {
		calib_put_le32(p + k->cfg_bin, 1);
		calib_put_le32(p + k->cfg_bin + 4, 1);
	}
	if (k->family == SIM_UXI) {
		calib_put_le32(p + k->cfg_width + 8, (uint32_t)det->nsegments);
		calib_put_le32(p + k->cfg_width + 12, 2);
	}
	if (k->param > 0)
		calib_put_le32(p + k->param, (uint32_t)det->nsegments);	/* sensors of an Andor3d */
	if (k->ctype == 110 || k->ctype == 121)
		p[8] = 2;			/* 16 bit */
	if (k->ctype == 122) {
		p[10] = 3;			/* 12 bit */
		calib_put_le32(p + 28, (uint32_t)det->rows);
		calib_put_le32(p + 32, (uint32_t)det->rows);
	}
}

static void pnccd(struct sim_buf *buf, const struct sim_det *det)
{
	static const uint16_t value[7] = {4, 0, 1024, 1024, 512, 512, 4};
	uint8_t *p = sim_buf_room(buf, det->kind->cfg_size);

	for (size_t i = 0; p != NULL && i < 7; i++)
		calib_put_le32(p + 4 * i, value[i]);
	if (p != NULL)
		calib_put_le32(p + 4, (uint32_t)(det->payload / 4));
}

/* Four ASICs of one panel; returns where the pixel settings begin. */
static void asics10ka(uint8_t *p, unsigned gain)
{
	for (uint32_t a = 0; a < 4; a++) {
		calib_put_le32(p + a * ASIC10KA + 80, 0x1000 + a);
		calib_put_le32(p + a * ASIC10KA + 88, (uint32_t)range10ka[gain].trbit << 4);
	}
}

static void pixels10ka(uint8_t *p, size_t n, unsigned gain)
{
	for (size_t i = 0; i < n; i++)
		calib_put_le16(p + 2 * i, range10ka[gain].pixel);
}

/* kind->cfg_size: where the ASIC records begin, cfg_width: numberOfAsicsPerRow, cfg_bin: size
 * of an ASIC record, param: calibration rows per ASIC. */
static void epix(struct sim_buf *buf, const struct sim_det *det, unsigned gain)
{
	const struct sim_kind *k = det->kind;
	bool old = k->dversion == 1;
	size_t excluded = k->ctype == 74 ? 2 : 0, n = k->cfg_size + 4u * k->cfg_bin, pixels;
	size_t asic_rows = (det->rows + excluded) / 2, asic_cols = det->cols / 2;
	uint8_t *p;

	pixels = n;
	if (k->ctype == 74)	/* test and mask bits, one bit a pixel */
		n += 2 * 4 * asic_rows * ((asic_cols + 31) / 32) * 4;
	else
		n += 4 * asic_rows * asic_cols * 2 + (old ? 0 : k->param * det->cols);
	p = sim_buf_room(buf, n);
	if (p == NULL)
		return;
	calib_put_le32(p, 1);
	calib_put_le32(p + k->cfg_width, 2);
	calib_put_le32(p + k->cfg_width + 4, 2);
	calib_put_le32(p + k->cfg_width + 8, (uint32_t)asic_rows);
	if (old) {
		calib_put_le32(p + k->cfg_width - 4, (uint32_t)excluded);
		calib_put_le32(p + k->cfg_width + 12, (uint32_t)asic_cols);
		return;
	}
	calib_put_le32(p + k->cfg_width + 12, (uint32_t)asic_rows);	/* readable */
	calib_put_le32(p + k->cfg_width + 16, (uint32_t)asic_cols);
	calib_put_le32(p + k->cfg_width + 20, k->param);		/* calibration rows */
	calib_put_le32(p + k->cfg_width + 24, k->param / 2);		/* environmental rows */
	calib_put_le32(p + k->cfg_width + 32, 0xf);			/* ASICs */
	if (k->ctype == 112) {
		asics10ka(p + k->cfg_size, gain);
		pixels10ka(p + pixels, det->npixels, gain);
	}
}

static void epixarray(struct sim_buf *buf, const struct sim_det *det, unsigned gain)
{
	size_t start = det->kind->cfg_size;
	uint8_t *p = sim_buf_room(buf, start + det->nsegments * ELEM10KA);

	for (size_t i = 0; p != NULL && i < det->nsegments; i++) {
		uint8_t *elem = p + start + i * ELEM10KA;

		calib_put_le32(elem, 0x2000 + (uint32_t)i);	/* carrier */
		calib_put_le32(elem + 8, 0xf);
		asics10ka(elem + 12, gain);
		pixels10ka(elem + 428, det->segment, gain);
	}
}

static void jungfrau(struct sim_buf *buf, const struct sim_det *det, unsigned gain)
{
	static const uint16_t mode[3] = {0, 3, 4};	/* Normal, ForcedGain1, ForcedGain2 */
	uint8_t *p = sim_buf_room(buf, det->cversion == 4 ? 828 : 252);

	if (p == NULL)
		return;
	calib_put_le32(p, (uint32_t)det->nsegments);
	calib_put_le32(p + 4, (uint32_t)det->rows);
	calib_put_le32(p + 8, (uint32_t)det->cols);
	calib_put_le32(p + 12, 200);			/* bias [V] */
	calib_put_le16(p + 16, mode[gain]);
	calib_put_le16(p + 18, 1);
	for (size_t i = 0; i < det->nsegments; i++) {
		calib_put_le64(p + 60 + 24 * i, 0xf0be06 + i);
		calib_put_le64(p + 68 + 24 * i, 0x400820d00ff0017u);
		calib_put_le64(p + 76 + 24 * i, 0x21fe1013u);
	}
}

static void imp(struct sim_buf *buf, const struct sim_det *det)
{
	uint8_t *p = sim_buf_room(buf, det->kind->cfg_size);

	if (p != NULL)
		calib_put_le32(p + 28, (uint32_t)det->rows);
}

void sim_config(struct sim_buf *buf, const struct sim_det *det, unsigned gain)
{
	switch (det->kind->family) {
	case SIM_CSPAD:
	case SIM_CSPAD2X2:  cspad(buf, det); return;
	case SIM_CAMERA:    camera(buf, det); return;
	case SIM_CCD:
	case SIM_UXI:       ccd(buf, det); return;
	case SIM_PNCCD:     pnccd(buf, det); return;
	case SIM_EPIX:      epix(buf, det, gain); return;
	case SIM_EPIXARRAY: epixarray(buf, det, gain); return;
	case SIM_JUNGFRAU:  jungfrau(buf, det, gain); return;
	case SIM_IMP:       imp(buf, det); return;
	default:            sim_buf_room(buf, det->kind->cfg_size); return;
	}
}
