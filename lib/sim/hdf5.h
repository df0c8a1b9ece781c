/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/hdf5.h - private to lib/sim: a run in the form of the LCLS Translator
 *
 * The payloads of the XTC file are taken apart: tables say which bytes become which member of
 * which data set.  A failure is remembered and reported by the next sim_h5_check(). */
#ifndef CALIB_SIM_HDF5_H
#define CALIB_SIM_HDF5_H
#include "sim/priv.h"

/* ---- what becomes of a payload (h5table.c) ---- */

enum sim_h5num { SIM_U8, SIM_I8, SIM_U16, SIM_I16, SIM_U32, SIM_I32, SIM_F32, SIM_F64,
	SIM_TEXT,			/* characters at a place, as a string of any length */
	SIM_SECTIONS,			/* i8[4][8]: place of a CSPAD section in the stack */
	SIM_NESTED };

/* Places that are none in the payload. */
enum { SIM_H5_CONST = 0xfe00,		/* + the value, below 256 */
	SIM_H5_ROWS = 0xff00, SIM_H5_COLS, SIM_H5_BITS, SIM_H5_PIXELS, SIM_H5_BYTES,
	SIM_H5_FULL, SIM_H5_PITCH,	/* Rayonix: pixels of the sensor, [um] of a pixel */
	SIM_H5_LAST };			/* the last word of the payload */

/* A member of a compound; they lie at natural C offsets. */
struct sim_h5member {
	const char *name;
	uint8_t type;			/* enum sim_h5num */
	uint16_t at;			/* byte in the payload, or one of the above */
	uint8_t bit, bits;		/* bits of the 32-bit word there; 0: the whole value */
	uint8_t n;			/* an array of n; 0: none */
	const char *labels;		/* of an enumeration: values 0, 1, ... */
	const struct sim_h5member *nested;
	uint8_t stride;			/* nested: bytes of one in the payload */
};

/* An element of a data set: numbers or compounds, in pieces of the payload. */
#define SIM_H5_MAXCOLS 6
struct sim_h5col {
	const char *name;
	const struct sim_h5member *members;	/* NULL: numbers */
	enum sim_h5num type;
	int ndim;			/* 0: not an array */
	size_t dim[4];
	size_t at, parts, stride, part;	/* part: bytes of numbers in a piece; 0: all zeros */
	bool by_quad;			/* pieces in the order of quads, not as they are stored */
};

/* sim_h5_group - "Camera::FrameV1"; NULL: the Translator does not know these data */
const char *sim_h5_group(const struct sim_det *det);
/* sim_h5_config - "Opal1k::ConfigV1" and its members; NULL: not translated */
const char *sim_h5_config(const struct sim_det *det, const struct sim_h5member **members);
/* sim_h5_columns - the data sets beside time, _damage and _mask; returns how many */
int sim_h5_columns(struct sim_h5col col[SIM_H5_MAXCOLS], const struct sim_det *det);
size_t sim_h5_num_size(enum sim_h5num type);	/* in a compound */
size_t sim_h5_cspad_quad(void);			/* bytes from quad to quad */

/* ---- compounds (h5record.c) ---- */

/* sim_h5_place - where a member begins, when the one before it ends at *end; *end: its own end */
size_t sim_h5_place(const struct sim_h5member *m, size_t *end);
/* sim_h5_record_size, sim_h5_record - the bytes of a compound, made from a payload
 * base: where offsets count from.  Texts stay where they are, the compound points to them. */
size_t sim_h5_record_size(const struct sim_h5member *members);
void sim_h5_record(uint8_t *out, const struct sim_h5member *members, const uint8_t *payload,
                   const uint8_t *base, const struct sim_det *det);

/* ---- scan records (h5control.c) ---- */

/* sim_h5_control - ControlData::ConfigV4 of a step, below the group of its calib cycle */
bool sim_h5_control(int64_t group, const struct sim_run *run, unsigned step);

/* ---- the file (hdf5.c) ---- */

struct sim_h5;
int sim_h5_open(struct sim_h5 **h5, struct sim_run *run, const char *path, struct calib_err *err);
/* sim_h5_begin, sim_h5_end - a group of the levels Configure, Run, CalibCycle
 * Configurations of all detectors at the first level; at the last one those that changed. */
void sim_h5_begin(struct sim_h5 *h5, struct sim_moment when, unsigned step);
void sim_h5_end(struct sim_h5 *h5, struct sim_moment when);
/* sim_h5_frame - an entry of detector i; payload NULL: blank, because of the damage */
void sim_h5_frame(struct sim_h5 *h5, int i, const struct sim_event *evt, uint32_t damage,
                  const uint8_t *payload);
/* sim_h5_codes - an entry of event codes; payload of EvrData */
void sim_h5_codes(struct sim_h5 *h5, const struct sim_event *evt, const uint8_t *payload);
int sim_h5_check(const struct sim_h5 *h5, struct calib_err *err);
int sim_h5_commit(struct sim_h5 *h5, struct calib_err *err);	/* frees it */
void sim_h5_abort(struct sim_h5 *h5);				/* NULL allowed */
#endif
