/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/dgram.c - one datagram: transitions with their records, events with their frames */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "sim/hdf5.h"

enum { T_ANY = 0, T_XTC = 1, T_EVRCONFIG = 8, T_RUNCONTROL = 10, T_EVRDATA = 19, T_ALIAS = 69,
       T_PARTITION = 79 };
enum { DAMAGE_DROPPED = 1 << 1, DAMAGE_OUT_OF_SYNCH = 1 << 13, DAMAGE_USER = 1 << 14,
       DAMAGE_INCOMPLETE = 1 << 15, DAMAGE_CONTAINS = 1 << 16 };

#define TYPE(type, version) ((uint32_t)(version) << 16 | (uint32_t)(type))
#define COMPRESSED 0x80000000u
#define HEADER 40u
#define XTC 20u

static const uint32_t evr_phy = 0x00000100;	/* NoDetector.0:Evr.0 */

/* The process that sent it; its number differs between streams, as in real runs. */
static struct calib_srcid proc(unsigned level, unsigned host, unsigned stream)
{
	return (struct calib_srcid){level << 24 | (1000 + 16 * stream), 0xac151400u + host};
}

static struct calib_srcid with_pid(struct calib_srcid id, unsigned stream)
{
	id.log |= 777 + stream;
	return id;
}

static size_t dgram_open(struct sim_run *run, uint32_t service, struct sim_moment when,
                         unsigned stream)
{
	const struct sim_xtc top = {0, proc(CALIB_LEVEL_EVENT, 1, stream), TYPE(T_XTC, 0)};
	struct sim_buf *buf = &run->buf;

	buf->len = 0;
	sim_buf_u32(buf, when.nsec);
	sim_buf_u32(buf, when.sec);
	sim_buf_u32(buf, service << 24 | 0x1234);
	sim_buf_u32(buf, when.fiducial);
	sim_buf_u32(buf, 0);
	return sim_xtc_open(buf, &top);
}

static void set_word(struct sim_buf *buf, size_t at, uint32_t value)
{
	if (!buf->failed)
		calib_put_le32(buf->at + at, value);
}

static void add_word(struct sim_buf *buf, size_t at, uint32_t bits)
{
	if (!buf->failed)
		calib_put_le32(buf->at + at, calib_le32(buf->at + at) | bits);
}

/* ---- records of Configure and BeginCalibCycle ---- */

static bool in_stream(const struct sim_det *det, unsigned stream)
{
	return det->control == (stream >= SIM_CONTROL_STREAM);
}

static void aliases(struct sim_run *run, unsigned stream)
{
	const struct sim_xtc head = {0, proc(CALIB_LEVEL_CONTROL, 0, stream), TYPE(T_ALIAS, 1)};
	size_t at = sim_xtc_open(&run->buf, &head), count = run->buf.len;
	uint32_t n = 0;

	sim_buf_u32(&run->buf, 0);
	for (int i = 0; i < run->ndets; i++) {
		if (!in_stream(&run->det[i], stream))
			continue;
		sim_buf_u32(&run->buf, run->det[i].src.log);
		sim_buf_u32(&run->buf, run->det[i].src.phy);
		sim_buf_text(&run->buf, run->det[i].alias, 32);
		n++;
	}
	set_word(&run->buf, count, n);
	sim_xtc_close(&run->buf, at);
}

/* PartitionConfig v2: one word of BLD mask, then the sources */
static void partition(struct sim_run *run, unsigned stream)
{
	const struct sim_xtc head = {0, proc(CALIB_LEVEL_CONTROL, 0, stream), TYPE(T_PARTITION, 2)};
	size_t at = sim_xtc_open(&run->buf, &head), count = run->buf.len + 4;
	uint32_t n = 0;

	sim_buf_u32(&run->buf, 1);
	sim_buf_u32(&run->buf, 0);
	sim_buf_u32(&run->buf, 0);
	for (int i = -1; i < run->ndets; i++) {
		if (i >= 0 ? !in_stream(&run->det[i], stream) : stream >= SIM_CONTROL_STREAM)
			continue;
		sim_buf_u32(&run->buf, (uint32_t)CALIB_LEVEL_SOURCE << 24);
		sim_buf_u32(&run->buf, i < 0 ? evr_phy : run->det[i].src.phy);
		sim_buf_u32(&run->buf, 0);
		n++;
	}
	set_word(&run->buf, count, n);
	sim_xtc_close(&run->buf, at);
}

/* EvrConfig v7 with the codes, no pulses and no outputs */
static void evr_config(struct sim_run *run, unsigned stream)
{
	const struct sim_xtc head = {0, with_pid((struct calib_srcid){1u << 24, evr_phy}, stream),
				     TYPE(T_EVRCONFIG, 7)};
	size_t at = sim_xtc_open(&run->buf, &head);

	sim_buf_u32(&run->buf, (uint32_t)run->ncodes);
	sim_buf_u32(&run->buf, 0);
	sim_buf_u32(&run->buf, 0);
	for (int i = 0; i < run->ncodes; i++) {
		uint8_t *p = sim_buf_room(&run->buf, 44);

		if (p != NULL) {
			calib_put_le16(p, run->code[i].code);
			calib_put_le16(p + 2, i == 0);		/* the first one reads out */
			snprintf((char *)p + 24, 16, "code %u", run->code[i].code);
		}
	}
	sim_buf_room(&run->buf, 12);				/* sequencer */
	sim_xtc_close(&run->buf, at);
}

static const char *const label10ka[5] = {
	"dark Fixed High Gain", "dark Fixed Medium Gain", "dark Fixed Low Gain",
	"dark Auto High to Low", "dark Auto Medium to Low"
};

const char *sim_label(const struct sim_run *run, int i, unsigned step, char name[96])
{
	const struct sim_det *det = &run->det[i];

	if (det->ngains != 5)
		return NULL;
	/* "MfxEndstation-0|Epix10ka2M-0 offset scan" */
	snprintf(name, 96, "%s offset scan", det->name);
	for (char *p = name; *p != ' '; p++)
		*p = (char)(*p == '.' ? '-' : *p == ':' ? '|' : *p);
	return label10ka[sim_gain(run, det, step)];
}

/* RunControlConfig v4: the number of the step as a control, the gain as a label */
static void run_control(struct sim_run *run, unsigned stream, unsigned step)
{
	const struct sim_xtc head = {0, proc(CALIB_LEVEL_CONTROL, 0, stream),
				     TYPE(T_RUNCONTROL, 4)};
	size_t at = sim_xtc_open(&run->buf, &head), count;
	const struct calib_sim_plan *plan = run->plan;
	double value = step;
	uint64_t bits;
	uint32_t labels = 0;

	memcpy(&bits, &value, sizeof bits);
	sim_buf_u32(&run->buf, 1u << 31 | (uint32_t)(plan->events / plan->steps & 0x1fffffff));
	sim_buf_room(&run->buf, 12);
	sim_buf_u32(&run->buf, plan->steps > 1);
	sim_buf_u32(&run->buf, 0);
	count = run->buf.len;
	sim_buf_u32(&run->buf, 0);
	if (plan->steps > 1) {
		sim_buf_text(&run->buf, "step", 128);
		sim_buf_u32(&run->buf, 0xffffffffu);
		sim_buf_u32(&run->buf, (uint32_t)bits);
		sim_buf_u32(&run->buf, (uint32_t)(bits >> 32));
	}
	for (int i = 0; i < run->ndets && plan->steps > 1; i++) {
		char name[96];
		const char *text = sim_label(run, i, step, name);

		if (text == NULL)
			continue;
		sim_buf_text(&run->buf, name, 128);
		sim_buf_text(&run->buf, text, 256);
		labels++;
	}
	set_word(&run->buf, count, labels);
	sim_xtc_close(&run->buf, at);
}

static size_t segment_open(struct sim_run *run, unsigned host, unsigned stream)
{
	const struct sim_xtc head = {0, proc(CALIB_LEVEL_SEGMENT, host, stream), TYPE(T_XTC, 0)};

	return sim_xtc_open(&run->buf, &head);
}

static void config_leaf(struct sim_run *run, int i, unsigned stream, unsigned step)
{
	const struct sim_det *det = &run->det[i];
	const struct sim_xtc head = {0, with_pid(det->src, stream),
				     TYPE(det->kind->ctype, det->cversion)};
	size_t seg = segment_open(run, 0x20 + (unsigned)i, stream);
	size_t at = sim_xtc_open(&run->buf, &head);

	sim_config(&run->buf, det, sim_gain(run, det, step));
	sim_xtc_close(&run->buf, at);
	sim_xtc_close(&run->buf, seg);
}

void sim_transition(struct sim_run *run, enum sim_service service, struct sim_moment when,
                    unsigned stream, unsigned step)
{
	size_t top = dgram_open(run, service, when, stream);
	bool first = service == SIM_CONFIGURE;

	if (service == SIM_BEGINRUN)
		set_word(&run->buf, 16, run->plan->run);
	if (first) {
		aliases(run, stream);
		partition(run, stream);
	}
	if (first || service == SIM_BEGINCYCLE)
		run_control(run, stream, step);
	if (first && stream < SIM_CONTROL_STREAM) {
		size_t seg = segment_open(run, 0x10, stream);

		evr_config(run, stream);
		sim_xtc_close(&run->buf, seg);
	}
	for (int i = 0; i < run->ndets; i++) {
		const struct sim_det *det = &run->det[i];
		/* settings that change are recorded again where they change */
		bool again = service == SIM_BEGINCYCLE && step > 0 &&
			     sim_gain(run, det, step) != sim_gain(run, det, step - 1);

		if (in_stream(det, stream) && (first || again))
			config_leaf(run, i, stream, step);
	}
	sim_xtc_close(&run->buf, top);
}

/* ---- events ---- */

enum sim_what sim_what(const struct sim_run *run, const struct sim_det *det, uint64_t event)
{
	const struct calib_sim_plan *p = run->plan;
	uint32_t who = det->src.phy;

	if (sim_chance(sim_hash(p->seed, who, SIM_DROP, event), p->drop))
		return SIM_DROPPED;
	if (sim_chance(sim_hash(p->seed, who, SIM_DAMAGE, event), p->damage))
		return SIM_DAMAGED;
	if (sim_chance(sim_hash(p->seed, who, SIM_BRIGHT, event), p->bright))
		return SIM_ISBRIGHT;
	return SIM_GOOD;
}

static bool has_code(const struct sim_run *run, int i, uint64_t event)
{
	return sim_chance(sim_hash(run->plan->seed, run->code[i].code, SIM_CODE, event),
			  run->code[i].fraction);
}

static void evr_data(struct sim_run *run, const struct sim_event *evt, unsigned stream)
{
	const struct sim_xtc head = {0, with_pid((struct calib_srcid){1u << 24, evr_phy}, stream),
				     TYPE(T_EVRDATA, 4)};
	size_t seg = segment_open(run, 0x10, stream), at = sim_xtc_open(&run->buf, &head);
	size_t count = run->buf.len;
	uint32_t n = 0;

	sim_buf_u32(&run->buf, 0);
	for (int i = 0; i < run->ncodes; i++)
		if (has_code(run, i, evt->index)) {
			sim_buf_u32(&run->buf, evt->fiducial);
			sim_buf_u32(&run->buf, 0x11 + n);
			sim_buf_u32(&run->buf, run->code[i].code);
			n++;
		}
	set_word(&run->buf, count, n);
	if (run->h5 != NULL && !run->buf.failed)
		sim_h5_codes(run->h5, evt, run->buf.at + count);
	sim_xtc_close(&run->buf, at);
	sim_xtc_close(&run->buf, seg);
}

/* Which bit, and whether the payload is garbage or zeros, changes from case to case. */
static uint32_t damaged(struct sim_run *run, const struct sim_det *det, uint64_t event)
{
	static const uint32_t bits[4] = {DAMAGE_OUT_OF_SYNCH, DAMAGE_USER | 0xd1000000u,
					 DAMAGE_INCOMPLETE, DAMAGE_DROPPED};
	uint64_t h = sim_hash(run->plan->seed, det->src.phy, SIM_GARBAGE, event);
	uint8_t *p = sim_buf_room(&run->buf, det->payload);

	for (size_t i = 0; p != NULL && (h & 4) && i < det->payload; i++)
		p[i] = (uint8_t)sim_hash(h, 0, SIM_GARBAGE, i);
	return bits[h & 3];
}

static bool has_beam(const struct sim_run *run, uint64_t event)
{
	uint8_t codes[sizeof run->code / sizeof *run->code];
	size_t n = 0;

	for (int i = 0; i < run->ncodes; i++)
		if (has_code(run, i, event))
			codes[n++] = run->code[i].code;
	return calib_codes_beam(codes, n);
}

static void whole(struct sim_run *run, int i, const struct sim_event *evt, bool bright)
{
	static const uint16_t range_bits[3] = {0, 0x4000, 0xc000};
	const struct sim_det *det = &run->det[i];
	bool pack = run->plan->compress && sim_can_pack(det);
	struct sim_buf *buf = pack ? &run->spare : &run->buf;
	unsigned gain = sim_gain(run, det, evt->step);

	sim_model_frame(det->model, evt->index, bright,
			run->plan->light > 0 && has_beam(run, evt->index), run->frame);
	if (det->truth != NULL && !evt->lost)
		sim_truth_add(det->truth, run->frame, bright);
	for (size_t k = 0; det->ngains == 3 && gain > 0 && k < det->npixels; k++)
		run->frame[k] |= range_bits[gain];
	if (pack)
		buf->len = 0;
	sim_payload(buf, det, evt, run->frame);
	if (run->h5 != NULL && !buf->failed)
		sim_h5_frame(run->h5, i, evt, 0, buf->at + buf->len - det->payload);
	if (pack && !buf->failed)
		sim_packed(&run->buf, det, run->spare.at, run->spare.len);
	run->buf.failed |= run->spare.failed;
}

static void frame_leaf(struct sim_run *run, int i, const struct sim_event *evt, unsigned stream)
{
	const struct sim_det *det = &run->det[i];
	enum sim_what what = sim_what(run, det, evt->index);
	struct sim_xtc head = {0, with_pid(det->src, stream),
			       TYPE(det->kind->dtype, det->kind->dversion)};
	size_t seg, at;
	uint32_t damage = 0;

	if (what == SIM_DROPPED) {	/* an object of type Any names the sender only */
		const struct sim_xtc any = {DAMAGE_DROPPED, proc(CALIB_LEVEL_SEGMENT,
					    0x20 + (unsigned)i, stream), TYPE(T_ANY, 0)};

		sim_xtc_close(&run->buf, sim_xtc_open(&run->buf, &any));
		add_word(&run->buf, 20, DAMAGE_DROPPED);
		return;
	}
	if (run->plan->compress && sim_can_pack(det) && what != SIM_DAMAGED)
		head.type |= COMPRESSED;
	seg = segment_open(run, 0x20 + (unsigned)i, stream);
	at = sim_xtc_open(&run->buf, &head);
	if (what == SIM_DAMAGED) {
		damage = damaged(run, det, evt->index);
		if (run->h5 != NULL)
			sim_h5_frame(run->h5, i, evt, damage, NULL);
	} else {
		whole(run, i, evt, what == SIM_ISBRIGHT);
	}
	set_word(&run->buf, at, damage);
	/* bit 15 on a container would close it to readers */
	add_word(&run->buf, 20, damage == DAMAGE_INCOMPLETE ? DAMAGE_CONTAINS
							    : damage & 0xffffff);
	sim_xtc_close(&run->buf, at);
	sim_xtc_close(&run->buf, seg);
}

void sim_l1accept(struct sim_run *run, const struct sim_event *evt, unsigned stream)
{
	const struct sim_moment when = {evt->sec, evt->nsec,
		evt->fiducial | (uint32_t)(evt->index + 1) << 17};
	size_t top = dgram_open(run, SIM_L1ACCEPT, when, stream);

	set_word(&run->buf, 16, 1);		/* readout group 0 */
	if (stream < SIM_CONTROL_STREAM)
		evr_data(run, evt, stream);
	for (int i = 0; i < run->ndets; i++)
		if (in_stream(&run->det[i], stream))
			frame_leaf(run, i, evt, stream);
	sim_xtc_close(&run->buf, top);
}

uint64_t sim_l1_size(const struct sim_run *run, const struct sim_event *evt, unsigned stream)
{
	uint64_t size = HEADER;

	if (stream < SIM_CONTROL_STREAM) {
		size += 2 * XTC + 4;
		for (int i = 0; i < run->ncodes; i++)
			size += has_code(run, i, evt->index) ? 12 : 0;
	}
	for (int i = 0; i < run->ndets; i++)
		if (in_stream(&run->det[i], stream))
			size += sim_what(run, &run->det[i], evt->index) == SIM_DROPPED
					? XTC : 2 * XTC + run->det[i].payload;
	return size;
}

/* ---- --codes, --gains ---- */

int sim_codes_parse(struct sim_run *run, const char *text, struct calib_err *err)
{
	char **items;
	size_t n;
	int rc = calib_list_parse(&items, &n, text, err);

	if (rc < 0)
		return rc;
	if (n > sizeof run->code / sizeof run->code[0])
		rc = calib_fail(err, CALIB_EINVAL, "--codes: at most 64 codes, '%s' has %zu", text,
				n);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		char *colon = strchr(items[i], ':');
		double fraction = 1;
		long code = 0;

		if (colon != NULL)
			*colon = '\0';
		rc = calib_parse_long(&code, items[i], 1, 255, "--codes", err);
		if (rc >= 0 && colon != NULL)
			rc = calib_parse_double(&fraction, colon + 1, "--codes", err);
		if (rc >= 0 && !(fraction >= 0 && fraction <= 1))
			rc = calib_fail(err, CALIB_EINVAL, "--codes: the fraction '%s' of code %ld "
					"is not from 0 to 1", colon + 1, code);
		run->code[i] = (struct sim_code){(uint8_t)code, fraction};
		run->ncodes++;
	}
	free(items);
	return rc;
}

int sim_gains_parse(struct sim_run *run, const char *text, struct calib_err *err)
{
	char **items;
	size_t n;
	int rc = calib_list_parse(&items, &n, text != NULL ? text : "", err);

	if (rc < 0)
		return rc;
	if (n > sizeof run->gain / sizeof run->gain[0])
		rc = calib_fail(err, CALIB_EINVAL, "--gains: at most 256 numbers, '%s' has %zu",
				text, n);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		long gain = 0;

		rc = calib_parse_long(&gain, items[i], 0, 4, "--gains", err);
		run->gain[i] = (unsigned)gain;
		run->ngains++;
	}
	for (int d = 0; d < run->ndets && rc >= 0; d++)
		for (int i = 0; i < run->ngains && rc >= 0; i++)
			if (run->det[d].ngains > 1 && run->gain[i] >= run->det[d].ngains)
				rc = calib_fail(err, CALIB_EINVAL, "--gains: %s has gain ranges 0 "
						"to %u, not %u", run->det[d].name,
						run->det[d].ngains - 1, run->gain[i]);
	free(items);
	return rc;
}

unsigned sim_gain(const struct sim_run *run, const struct sim_det *det, unsigned step)
{
	if (det->ngains == 1)
		return 0;
	return run->ngains > 0 ? run->gain[step % (unsigned)run->ngains] : step % det->ngains;
}
