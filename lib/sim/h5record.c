/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/h5record.c - bytes of compounds, little-endian at natural C offsets */
#include <string.h>

#include "sim/hdf5.h"

static size_t alignment(const struct sim_h5member *m)
{
	size_t most = 1;

	if (m->type == SIM_SECTIONS)
		return 1;
	if (m->type != SIM_NESTED)
		return sim_h5_num_size(m->type);
	for (const struct sim_h5member *k = m->nested; k->name != NULL; k++)
		most = alignment(k) > most ? alignment(k) : most;	/* two levels at most */
	return most;
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

size_t sim_h5_place(const struct sim_h5member *m, size_t *end)
{
	size_t size = m->nested != NULL ? sim_h5_record_size(m->nested)
					: sim_h5_num_size(m->type);
	size_t at = round_up(*end, alignment(m));

	*end = at + size * (m->n > 0 ? m->n : 1);
	return at;
}

size_t sim_h5_record_size(const struct sim_h5member *members)
{
	const struct sim_h5member all = {.type = SIM_NESTED, .nested = members};
	size_t end = 0;

	for (const struct sim_h5member *m = members; m->name != NULL; m++)
		sim_h5_place(m, &end);
	return round_up(end, alignment(&all));
}

/* What does not stand in the payload. */
static uint32_t computed(uint16_t at, const uint8_t *payload, const struct sim_det *det)
{
	switch (at) {
	case SIM_H5_ROWS:   return (uint32_t)det->rows;
	case SIM_H5_COLS:   return (uint32_t)det->cols;
	case SIM_H5_BITS:   return det->kind->bits;
	case SIM_H5_PIXELS: return (uint32_t)det->npixels;
	/* header of Jungfrau::ElementV1 and of Pimax::FrameV1: 12 bytes */
	case SIM_H5_BYTES:  return (uint32_t)(12 + 2 * det->npixels);
	case SIM_H5_FULL:   return 3840;
	case SIM_H5_PITCH:  return 44u * payload[0];
	case SIM_H5_LAST:   return calib_le32(payload + det->payload - 4);
	default:            return at - (uint32_t)SIM_H5_CONST;
	}
}

static void put_bytes(uint8_t *out, uint32_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

static void put_member(uint8_t *out, const struct sim_h5member *m, const uint8_t *payload,
                       const uint8_t *base, const struct sim_det *det)
{
	size_t size = sim_h5_num_size(m->type);

	if (m->type == SIM_TEXT) {
		const char *text = (const char *)base + m->at;

		memcpy(out, &text, sizeof text);
	} else if (m->type == SIM_SECTIONS) {	/* all 32 are stored */
		for (size_t i = 0; i < size; i++)
			out[i] = (uint8_t)i;
	} else if (m->at >= SIM_H5_CONST) {
		put_bytes(out, computed(m->at, payload, det), size);
	} else if (m->bits > 0) {
		put_bytes(out, calib_le32(base + m->at) >> m->bit & ((1u << m->bits) - 1), size);
	} else {
		memcpy(out, base + m->at, size * (m->n > 0 ? m->n : 1));
	}
}

/* base: where the members count from, in the payload */
static void put_record(uint8_t *out, const struct sim_h5member *members, const uint8_t *payload,
                       const uint8_t *base, const struct sim_det *det)
{
	size_t end = 0;

	for (const struct sim_h5member *m = members; m->name != NULL; m++) {
		size_t at = sim_h5_place(m, &end), size;

		if (m->nested == NULL) {
			put_member(out + at, m, payload, base, det);
			continue;
		}
		size = sim_h5_record_size(m->nested);
		for (size_t i = 0; i < (m->n > 0 ? m->n : 1u); i++)
			put_record(out + at + i * size, m->nested, payload,
				   base + m->at + i * m->stride, det);
	}
}

void sim_h5_record(uint8_t *out, const struct sim_h5member *members, const uint8_t *payload,
                   const uint8_t *base, const struct sim_det *det)
{
	memset(out, 0, sim_h5_record_size(members));
	put_record(out, members, payload, base, det);
}
