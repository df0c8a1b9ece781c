/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/priv.h - what the files of lib/sim share */
#ifndef CALIB_SIM_PRIV_H
#define CALIB_SIM_PRIV_H
#include "base/bytes.h"
#include "base/out.h"
#include "base/str.h"
#include "sim/sim.h"
#include "src/src.h"

/* ---- bytes that grow (buf.c); a failed allocation is remembered ---- */
struct sim_buf {
	uint8_t *at;
	size_t len, room;
	bool failed;
};
uint8_t *sim_buf_room(struct sim_buf *buf, size_t n);	/* n zeroed bytes at the end, or NULL */
void sim_buf_u32(struct sim_buf *buf, uint32_t v);
void sim_buf_text(struct sim_buf *buf, const char *text, size_t n);	/* cut or padded to n */
int sim_buf_check(const struct sim_buf *buf, struct calib_err *err);
void sim_buf_release(struct sim_buf *buf);

/* An Xtc is opened, filled and closed; returns the place of its header. */
struct sim_xtc { uint32_t damage; struct calib_srcid src; uint32_t type; };
size_t sim_xtc_open(struct sim_buf *buf, const struct sim_xtc *head);
void sim_xtc_close(struct sim_buf *buf, size_t head);	/* sets the extent */

/* ---- random decisions (model.c): pure functions of their arguments ---- */
enum sim_purpose { SIM_KEY = 1, SIM_PIXEL, SIM_SEGMENT, SIM_EVENT, SIM_BRIGHT, SIM_DROP,
	SIM_DAMAGE, SIM_CODE, SIM_FLICKER, SIM_GARBAGE, SIM_LIGHT };
uint64_t sim_hash(uint64_t seed, uint32_t who, enum sim_purpose purpose, uint64_t count);
bool sim_chance(uint64_t hash, double fraction);

/* ---- detectors (det.c, config.c, data.c) ---- */
enum sim_family { SIM_CSPAD, SIM_CSPAD2X2, SIM_CAMERA, SIM_CCD, SIM_PNCCD, SIM_EPIX, SIM_EPIXARRAY,
	SIM_JUNGFRAU, SIM_UXI, SIM_TIMEPIX, SIM_IMP, SIM_NFAMILIES };

/* A detector that can be written.  Numbers: detectors.md 3 to 5 and 9 of the specification. */
struct sim_kind {
	const char *name, *alias, *source;
	enum sim_family family;
	uint16_t ctype, cversion, dtype, dversion;
	uint16_t rows, cols;		/* of one segment */
	uint16_t segments;
	bool resize;			/* --size applies */
	uint8_t bits;
	uint16_t base;			/* typical pedestal */
	/* config: size, and offset of width, of binX (0 none); header: bytes before the pixels */
	uint16_t cfg_size, cfg_width, cfg_bin, header;
	uint16_t param; /* camera: offset word of the frame header; epix: see config.c */
};

#define SIM_MAXPIECES 32
struct sim_det {
	const struct sim_kind *kind;
	struct calib_srcid src;
	char name[64];			/* XppGon.0:Cspad.0 */
	char alias[32];
	bool control;			/* written to stream 80 */
	uint16_t cversion;
	int ndim;
	size_t dim[4];
	size_t npixels, nsegments, segment;
	size_t rows, cols;
	unsigned pixel_bytes;		/* in the file */
	size_t header, trailer, payload;
	unsigned ngains;		/* settable gain ranges: 1, 3, 5 */
	struct sim_model *model;
	struct sim_truth *truth;
	uint64_t good, bright, damaged, dropped, lost;
};
/* sim_dets_parse - the list of -d; returns how many, or an error */
int sim_dets_parse(struct sim_det *dets, const struct calib_sim_plan *plan,
                   struct calib_err *err);
/* sim_config - append the configuration payload of one gain range */
void sim_config(struct sim_buf *buf, const struct sim_det *det, unsigned gain);

struct sim_event {
	uint64_t index;
	unsigned step, stream;
	uint32_t sec, nsec, fiducial;
	bool lost;			/* behind the truncation */
};
/* sim_payload - append the payload of one frame (npixels values in array order) */
void sim_payload(struct sim_buf *buf, const struct sim_det *det, const struct sim_event *evt,
                 const uint16_t *frame);
/* sim_packed - the same, compressed; true when this detector has a compressed form */
bool sim_can_pack(const struct sim_det *det);
void sim_packed(struct sim_buf *buf, const struct sim_det *det, const uint8_t *payload,
                size_t size);

/* ---- noise model (model.c) ---- */
enum sim_class { SIM_NORMAL, SIM_DEAD, SIM_HOT, SIM_NOISY, SIM_STUCK, SIM_FLICKERING,
	SIM_NCLASSES };
extern const char *const sim_class_name[SIM_NCLASSES];
int sim_model_new(struct sim_model **model, const struct sim_det *det,
                  const struct calib_sim_plan *plan, struct calib_err *err);
void sim_model_free(struct sim_model *model);
/* sim_model_gain - pedestals and noise of another gain range */
void sim_model_gain(struct sim_model *model, unsigned gain);
/* sim_model_frame - values of one event, without gain bits; bright: with the light of --bright,
 * beam: with that of --light */
void sim_model_frame(const struct sim_model *model, uint64_t event, bool bright, bool beam,
                     uint16_t *frame);
enum sim_class sim_model_class(const struct sim_model *model, size_t pixel);

/* ---- truth (truth.c) ---- */
int sim_truth_new(struct sim_truth **truth, const struct sim_det *det,
                  const struct calib_sim_plan *plan, struct calib_err *err);
void sim_truth_free(struct sim_truth *truth);
void sim_truth_add(struct sim_truth *truth, const uint16_t *frame, bool bright);
/* sim_truth_step - write the arrays of the step that ends and forget them */
int sim_truth_step(struct sim_truth *truth, const struct sim_det *det, unsigned step,
                   struct calib_err *err);
int sim_truth_save(struct sim_truth *truth, const struct sim_det *det, struct calib_err *err);
/* sim_truth_table - rows of truth.tsv: one frame, or all planted pixels of a detector */
int sim_truth_row(struct calib_out *out, const struct sim_det *det, const char *what,
                  long long event, long long pixel, struct calib_err *err);
int sim_truth_pixels(struct calib_out *out, const struct sim_det *det, struct calib_err *err);

/* ---- the run (run.c, dgram.c) ---- */
enum sim_service { SIM_CONFIGURE = 4, SIM_BEGINRUN = 6, SIM_ENDRUN, SIM_BEGINCYCLE, SIM_ENDCYCLE,
	SIM_ENABLE, SIM_DISABLE, SIM_L1ACCEPT };
enum sim_what { SIM_GOOD, SIM_ISBRIGHT, SIM_DAMAGED, SIM_DROPPED };

struct sim_code { uint8_t code; double fraction; };
struct sim_run {
	const struct calib_sim_plan *plan;
	struct sim_det det[CALIB_SIM_MAXDETS + 1];
	int ndets;
	struct sim_code code[64];
	int ncodes;
	unsigned gain[256];		/* --gains */
	int ngains;
	struct sim_buf buf, spare;
	uint16_t *frame;
	struct sim_h5 *h5;		/* NULL: no HDF5 file, or not yet */
};
int sim_codes_parse(struct sim_run *run, const char *text, struct calib_err *err);
int sim_gains_parse(struct sim_run *run, const char *text, struct calib_err *err);
unsigned sim_gain(const struct sim_run *run, const struct sim_det *det, unsigned step);
/* sim_label - what a scan calls the step of a detector, and the name of the label; NULL: nothing */
const char *sim_label(const struct sim_run *run, int det, unsigned step, char name[96]);
enum sim_what sim_what(const struct sim_run *run, const struct sim_det *det, uint64_t event);

/* When, and what sort of transition. */
struct sim_moment { uint32_t sec, nsec, fiducial; };
/* sim_transition, sim_l1accept - one datagram of a stream into run->buf */
void sim_transition(struct sim_run *run, enum sim_service service, struct sim_moment when,
                    unsigned stream, unsigned step);
void sim_l1accept(struct sim_run *run, const struct sim_event *evt, unsigned stream);
/* sim_l1_size - bytes of that datagram, when nothing is compressed */
uint64_t sim_l1_size(const struct sim_run *run, const struct sim_event *evt, unsigned stream);
#define SIM_CONTROL_STREAM 80u
#endif
