/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/hdf5.c - the HDF5 file of a run, in the form of the LCLS Translator
 *
 *   /Configure:0000/Run:0000/CalibCycle:0000/<type>/<source>/{time, _damage, _mask, ...}
 *
 * A source group comes into being with its first entry.  Entries wait until they fill a chunk,
 * which is written in one piece: memory depends on the detectors, not on the events.
 * Source: lcls-psana/Translator src/, data/default_psana.cfg (chunks, filters, attributes) */
#include "sim/hdf5.h"

#include <ctype.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "nda/h5.h"

enum { TARGET = 1703936, TARGET_TIME = 16384, MAX_CHUNK = 10649600, MIN_OBJECTS = 50,
       MAX_OBJECTS = 2048 };
enum { SET_TIME, SET_DAMAGE, SET_MASK, SET_FIRST, MAXSETS = SET_FIRST + SIM_H5_MAXCOLS };
enum { NPRESENT = 256, FIFO_EVENT = 12 };

static const struct sim_h5member time_members[] = {
	{.name = "seconds", .type = SIM_U32, .at = 0},
	{.name = "nanoseconds", .type = SIM_U32, .at = 4},
	{.name = "ticks", .type = SIM_U32, .at = 8},
	{.name = "fiducials", .type = SIM_U32, .at = 12},
	{.name = "control", .type = SIM_U32, .at = 16},
	{.name = "vector", .type = SIM_U32, .at = 20},
	{0}};
#define FLAG(n_, b_, w_) {.name = n_, .type = SIM_U8, .at = 0, .bit = b_, .bits = w_}
static const struct sim_h5member damage_members[] = {
	{.name = "bits", .type = SIM_U32, .at = 0}, FLAG("DroppedContribution", 1, 1),
	FLAG("OutOfOrder", 12, 1), FLAG("OutOfSynch", 13, 1), FLAG("UserDefined", 14, 1),
	FLAG("IncompleteContribution", 15, 1), FLAG("userBits", 24, 8), {0}};
static const struct sim_h5member fifo_members[] = {
	{.name = "timestampHigh", .type = SIM_U32, .at = 0},
	{.name = "timestampLow", .type = SIM_U32, .at = 4},
	{.name = "eventCode", .type = SIM_U32, .at = 8}, {0}};

/* A data set of events and the chunk that is being filled. */
struct set {
	const char *name;
	hid_t type, id;			/* id -1: not created in this calib cycle */
	size_t size, chunk, pending;
	hsize_t n;			/* written */
	uint8_t *room;
	bool shuffle;
};

struct source {
	const char *group;		/* NULL: not translated */
	const struct sim_det *det;	/* NULL: event codes */
	char name[64];
	uint64_t src;
	struct sim_h5col col[SIM_H5_MAXCOLS];
	struct set set[MAXSETS];
	int nsets;
	bool open;
};

struct sim_h5 {
	struct sim_run *run;
	struct calib_out *out;
	struct calib_err err;		/* the first failure */
	hid_t level[4];			/* file, Configure, Run, CalibCycle */
	int depth;
	struct source source[CALIB_SIM_MAXDETS + 2];
	int nsources;			/* the last one: event codes */
	uint8_t *codes;			/* memory that entries of event codes point to */
	int deflate;
};

/* Returns whether ok; remembers the failure if not. */
static bool check(struct sim_h5 *h, bool ok, const char *what)
{
	char text[160];

	if (ok || h->err.code < 0)
		return ok;
	return calib_fail(&h->err, CALIB_ELIB, "%s: HDF5 cannot write %s (%s)",
			  calib_out_name(h->out), what, calib_h5_reason(text)) >= 0;
}

/* ---- types ---- */

static hid_t num_type(enum sim_h5num type)
{
	const hsize_t four_by_eight[2] = {4, 8};
	hid_t text;

	switch (type) {
	case SIM_U8:  return H5Tcopy(H5T_STD_U8LE);
	case SIM_I8:  return H5Tcopy(H5T_STD_I8LE);
	case SIM_U16: return H5Tcopy(H5T_STD_U16LE);
	case SIM_I16: return H5Tcopy(H5T_STD_I16LE);
	case SIM_U32: return H5Tcopy(H5T_STD_U32LE);
	case SIM_I32: return H5Tcopy(H5T_STD_I32LE);
	case SIM_F32: return H5Tcopy(H5T_IEEE_F32LE);
	case SIM_F64: return H5Tcopy(H5T_IEEE_F64LE);
	case SIM_SECTIONS: return H5Tarray_create2(H5T_STD_I8LE, 2, four_by_eight);
	default:
		text = H5Tcopy(H5T_C_S1);
		H5Tset_size(text, H5T_VARIABLE);
		return text;
	}
}

/* The type is used up. */
static hid_t array_of(hid_t type, int ndim, const size_t *dim)
{
	hsize_t d[4] = {0};
	hid_t array;

	if (ndim == 0)
		return type;
	for (int i = 0; i < ndim; i++)
		d[i] = dim[i];
	array = H5Tarray_create2(type, (unsigned)ndim, d);
	H5Tclose(type);
	return array;
}

/* An enumeration with the values 0, 1, ...; the type is used up. */
static hid_t enum_of(hid_t type, const char *labels)
{
	hid_t all = H5Tenum_create(type);
	uint8_t value[4] = {0};

	for (const char *p = labels; *p != '\0'; value[0]++) {
		size_t n = strcspn(p, " ");
		char word[32];

		snprintf(word, sizeof word, "%.*s", (int)n, p);
		H5Tenum_insert(all, word, value);
		p += n + (p[n] == ' ');
	}
	H5Tclose(type);
	return all;
}

static hid_t record_type(const struct sim_h5member *members)
{
	hid_t all = H5Tcreate(H5T_COMPOUND, sim_h5_record_size(members));
	size_t end = 0;

	for (const struct sim_h5member *m = members; m->name != NULL; m++) {
		const size_t n = m->n;
		hid_t type = m->nested != NULL ? record_type(m->nested) : num_type(m->type);

		if (m->labels != NULL)
			type = enum_of(type, m->labels);
		type = array_of(type, n > 0, &n);
		H5Tinsert(all, m->name, sim_h5_place(m, &end), type);
		H5Tclose(type);
	}
	return all;
}

/* A compound of one member: a list of any length. */
static hid_t codes_type(void)
{
	hid_t one = record_type(fifo_members), list = H5Tvlen_create(one);
	hid_t all = H5Tcreate(H5T_COMPOUND, sizeof(hvl_t));

	H5Tinsert(all, "fifoEvents", 0, list);
	H5Tclose(list);
	H5Tclose(one);
	return all;
}

/* ---- groups and attributes ---- */

/* The value has the type in memory, too. */
static void put_attr(struct sim_h5 *h, hid_t at, const char *name, hid_t type, const void *value)
{
	hid_t space = H5Screate(H5S_SCALAR);
	hid_t id = H5Acreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT);

	check(h, id >= 0 && H5Awrite(id, type, value) >= 0, name);
	if (id >= 0)
		H5Aclose(id);
	H5Sclose(space);
}

static void put_u32(struct sim_h5 *h, hid_t at, const char *name, uint32_t value)
{
	put_attr(h, at, name, H5T_NATIVE_UINT32, &value);
}

static void put_text(struct sim_h5 *h, hid_t at, const char *name, const char *text)
{
	hid_t type = num_type(SIM_TEXT);

	put_attr(h, at, name, type, &text);
	H5Tclose(type);
}

/* The group of a source, below that of its type. */
static hid_t source_group(struct sim_h5 *h, hid_t at, const char *group, const struct source *s)
{
	const uint8_t no = 0;
	bool is_new = H5Lexists(at, group, H5P_DEFAULT) <= 0;
	hid_t type = is_new ? H5Gcreate2(at, group, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)
			    : H5Gopen2(at, group, H5P_DEFAULT);
	hid_t id = type < 0 ? -1
			    : H5Gcreate2(type, s->name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

	if (check(h, id >= 0, group)) {
		if (is_new)
			put_attr(h, type, "_ndarray", H5T_NATIVE_UINT8, &no);
		put_attr(h, id, "_xtcSrc", H5T_NATIVE_UINT64, &s->src);
		put_text(h, id, "_eventKeyStr", "");
		put_text(h, id, "_groupKeyStr", "");
		put_u32(h, id, "_schemaVersion", 0);
	}
	if (type >= 0)
		H5Gclose(type);
	return id;
}

static void put_config(struct sim_h5 *h, const struct source *s, unsigned step)
{
	struct sim_buf *buf = &h->run->spare;
	const struct sim_h5member *members;
	const char *name = sim_h5_config(s->det, &members);
	hid_t group, space, type, create, id;
	uint8_t *record;

	if (name == NULL || h->err.code < 0)
		return;
	buf->len = 0;
	sim_config(buf, s->det, sim_gain(h->run, s->det, step));
	record = calib_alloc(1, sim_h5_record_size(members), "configuration", &h->err);
	if (record == NULL || sim_buf_check(buf, &h->err) < 0) {
		free(record);
		return;
	}
	sim_h5_record(record, members, buf->at, buf->at, s->det);
	group = source_group(h, h->level[h->depth], name, s);
	space = H5Screate(H5S_SCALAR);
	type = record_type(members);
	create = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_obj_track_times(create, false);	/* the same plan, the same bytes */
	id = H5Dcreate2(group, "config", type, space, H5P_DEFAULT, create, H5P_DEFAULT);
	check(h, id >= 0 && H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, record) >= 0, name);
	if (id >= 0)
		H5Dclose(id);
	H5Pclose(create);
	H5Tclose(type);
	H5Sclose(space);
	if (group >= 0)
		H5Gclose(group);
	free(record);
}

void sim_h5_begin(struct sim_h5 *h, struct sim_moment when, unsigned step)
{
	static const char *const names[] = {"Configure:0000", "Run:0000"};
	char name[32];
	hid_t id;

	snprintf(name, sizeof name, "CalibCycle:%04u", step);
	id = H5Gcreate2(h->level[h->depth], h->depth < 2 ? names[h->depth] : name, H5P_DEFAULT,
			H5P_DEFAULT, H5P_DEFAULT);
	if (!check(h, id >= 0, name))
		return;
	h->level[++h->depth] = id;
	put_u32(h, id, "start.seconds", when.sec);
	put_u32(h, id, "start.nanoseconds", when.nsec);
	for (int i = 0; i + 1 < h->nsources; i++) {
		const struct source *s = &h->source[i];
		bool changed = h->depth == 3 && step > 0 &&
			sim_gain(h->run, s->det, step) != sim_gain(h->run, s->det, step - 1);

		if (s->group != NULL && (h->depth == 1 || changed))
			put_config(h, s, step);
	}
	if (h->depth == 3 && h->run->plan->steps > 1)
		check(h, sim_h5_control(id, h->run, step), "the scan record");
}

/* ---- data sets ---- */

static hid_t create_plist(const struct sim_h5 *h, const struct set *set)
{
	hid_t create = H5Pcreate(H5P_DATASET_CREATE);
	hsize_t chunk = set->chunk;

	H5Pset_obj_track_times(create, false);
	H5Pset_chunk(create, 1, &chunk);
	if (h->deflate > 0) {
		if (set->shuffle)
			H5Pset_shuffle(create);
		H5Pset_deflate(create, (unsigned)h->deflate);
	}
	return create;
}

static void open_source(struct sim_h5 *h, struct source *s)
{
	const hsize_t none = 0, unlimited = H5S_UNLIMITED;
	hid_t group = source_group(h, h->level[h->depth], s->group, s);
	hid_t space = H5Screate_simple(1, &none, &unlimited);
	hid_t access = H5Pcreate(H5P_DATASET_ACCESS);

	H5Pset_chunk_cache(access, 0, 0, 1);	/* chunks are written whole, once */
	s->open = true;
	for (int i = 0; i < s->nsets; i++) {
		struct set *set = &s->set[i];
		hid_t create = create_plist(h, set);

		set->n = 0;
		set->pending = 0;
		set->id = H5Dcreate2(group, set->name, set->type, space, H5P_DEFAULT, create,
				     access);
		check(h, set->id >= 0, set->name);
		H5Pclose(create);
	}
	H5Pclose(access);
	H5Sclose(space);
	if (group >= 0)
		H5Gclose(group);
}

static void flush(struct sim_h5 *h, struct set *set)
{
	hsize_t total = set->n + set->pending, start = set->n, count = set->pending;
	hid_t file, memory;

	if (count == 0 || h->err.code < 0)
		return;
	if (!check(h, H5Dset_extent(set->id, &total) >= 0, set->name))
		return;
	file = H5Dget_space(set->id);
	memory = H5Screate_simple(1, &count, NULL);
	H5Sselect_hyperslab(file, H5S_SELECT_SET, &start, NULL, &count, NULL);
	check(h, H5Dwrite(set->id, set->type, memory, file, H5P_DEFAULT, set->room) >= 0,
	      set->name);
	H5Sclose(memory);
	H5Sclose(file);
	set->n = total;
	set->pending = 0;
}

static void close_source(struct sim_h5 *h, struct source *s)
{
	for (int i = 0; i < s->nsets && s->open; i++) {
		if (s->set[i].id < 0)
			continue;
		flush(h, &s->set[i]);
		check(h, H5Dclose(s->set[i].id) >= 0, s->set[i].name);
		s->set[i].id = -1;
	}
	s->open = false;
}

void sim_h5_end(struct sim_h5 *h, struct sim_moment when)
{
	hid_t id = h->level[h->depth];

	if (h->err.code < 0 || h->depth == 0)
		return;
	for (int i = 0; i < h->nsources; i++)
		close_source(h, &h->source[i]);
	put_u32(h, id, "end.seconds", when.sec);
	put_u32(h, id, "end.nanoseconds", when.nsec);
	check(h, H5Gclose(id) >= 0, "a group");
	h->level[h->depth--] = -1;
}

/* ---- entries ---- */

/* Where the k-th piece of a column begins in the payload. */
static size_t piece(const struct sim_h5col *c, const uint8_t *payload, size_t k)
{
	size_t at = k;

	if (c->by_quad)
		for (at = 0; at < c->parts; at++)
			if ((payload[at * c->stride + 7] & 3) == k)
				break;
	return c->at + at * c->stride;
}

static void put_column(uint8_t *out, const struct sim_h5col *c, const uint8_t *payload,
                       const struct sim_det *det)
{
	size_t size = c->members != NULL ? sim_h5_record_size(c->members) : c->part;

	for (size_t k = 0; k < c->parts; k++, out += size) {
		const uint8_t *from = payload + piece(c, payload, k);

		if (c->members != NULL)
			sim_h5_record(out, c->members, payload, from, det);
		else if (size > 0)
			memcpy(out, from, size);
	}
}

static uint8_t *next(const struct set *set)
{
	return set->room + set->pending * set->size;
}

/* The three data sets that all sources have. */
static void put_common(struct source *s, const struct sim_event *evt, uint32_t damage, bool valid)
{
	const uint32_t time[6] = {evt->sec, evt->nsec, 0x1234, evt->fiducial, SIM_L1ACCEPT,
				  (uint32_t)(evt->index + 1) & 0x7fff};
	uint8_t word[4];

	for (int i = 0; i < 6; i++)
		calib_put_le32(next(&s->set[SET_TIME]) + 4 * i, time[i]);
	calib_put_le32(word, damage);
	sim_h5_record(next(&s->set[SET_DAMAGE]), damage_members, word, word, NULL);
	*next(&s->set[SET_MASK]) = valid;
}

static void advance(struct sim_h5 *h, struct source *s)
{
	for (int i = 0; i < s->nsets; i++)
		if (++s->set[i].pending == s->set[i].chunk)
			flush(h, &s->set[i]);
}

void sim_h5_frame(struct sim_h5 *h, int i, const struct sim_event *evt, uint32_t damage,
                  const uint8_t *payload)
{
	struct source *s = &h->source[i];

	if (s->group == NULL || h->err.code < 0 || evt->lost)
		return;
	if (!s->open)
		open_source(h, s);
	put_common(s, evt, damage, payload != NULL);
	for (int k = SET_FIRST; k < s->nsets; k++) {
		memset(next(&s->set[k]), 0, s->set[k].size);
		if (payload != NULL)
			put_column(next(&s->set[k]), &s->col[k - SET_FIRST], payload, s->det);
	}
	advance(h, s);
}

void sim_h5_codes(struct sim_h5 *h, const struct sim_event *evt, const uint8_t *payload)
{
	struct source *s = &h->source[h->nsources - 1];
	struct set *list = &s->set[SET_FIRST], *present = &s->set[SET_FIRST + 1];
	size_t n = calib_le32(payload);
	hvl_t value = {.len = n};

	if (h->err.code < 0 || evt->lost)
		return;
	if (!s->open)
		open_source(h, s);
	put_common(s, evt, 0, true);
	value.p = h->codes + list->pending * (size_t)h->run->ncodes * FIFO_EVENT;
	memcpy(value.p, payload + 4, n * FIFO_EVENT);
	memcpy(next(list), &value, sizeof value);
	memset(next(present), 0, NPRESENT);
	for (size_t k = 0; k < n; k++)
		next(present)[calib_le32(payload + 4 + k * FIFO_EVENT + 8) % NPRESENT] = 1;
	advance(h, s);
}

/* ---- the file ---- */

/* Objects per chunk (hdf5.md A.8). */
static size_t chunk_size(size_t size, size_t target)
{
	size_t n = target / size;

	n = n < MIN_OBJECTS ? MIN_OBJECTS : n > MAX_OBJECTS ? MAX_OBJECTS : n;
	if (n * size > MAX_CHUNK)
		n = MAX_CHUNK / size;
	return n > 0 ? n : 1;
}

static void add_set(struct sim_h5 *h, struct source *s, const char *name, hid_t type)
{
	struct set *set = &s->set[s->nsets++];

	*set = (struct set){.name = name, .type = type, .id = -1, .size = H5Tget_size(type)};
	set->shuffle = strcmp(name, "_damage") != 0;
	if (!check(h, set->size > 0, name))
		return;
	set->chunk = chunk_size(set->size, strcmp(name, "time") == 0 ? TARGET_TIME : TARGET);
	set->room = calib_alloc(set->chunk, set->size, "chunk", &h->err);
}

static struct source *add_source(struct sim_h5 *h, const char *group, const char *name,
                                 struct calib_srcid src)
{
	struct source *s = &h->source[h->nsources++];

	s->group = group;
	s->src = (uint64_t)src.phy << 32 | src.log;
	snprintf(s->name, sizeof s->name, "%s", name);
	if (group != NULL) {
		add_set(h, s, "time", record_type(time_members));
		add_set(h, s, "_damage", record_type(damage_members));
		add_set(h, s, "_mask", num_type(SIM_U8));
	}
	return s;
}

static void add_sources(struct sim_h5 *h)
{
	static const char evr[] = "NoDetector.0:Evr.0";
	const size_t npresent = NPRESENT;
	struct source *s;

	for (int i = 0; i < h->run->ndets; i++) {
		const struct sim_det *det = &h->run->det[i];

		s = add_source(h, sim_h5_group(det), det->name, det->src);
		s->det = det;
		if (s->group == NULL)
			calib_log(CALIB_WARNING, "%s: %s data have no form in HDF5: left out of "
				  "the file, as the Translator does", det->name, det->kind->name);
		for (int k = 0, n = s->group ? sim_h5_columns(s->col, det) : 0; k < n; k++) {
			const struct sim_h5col *c = &s->col[k];
			hid_t one = c->members ? record_type(c->members) : num_type(c->type);

			add_set(h, s, c->name, array_of(one, c->ndim, c->dim));
		}
	}
	s = add_source(h, "EvrData::DataV4", evr, (struct calib_srcid){1u << 24, 0x100});
	add_set(h, s, "data", codes_type());
	add_set(h, s, "present", array_of(num_type(SIM_U8), 1, &npresent));
	h->codes = calib_alloc(s->set[SET_FIRST].chunk * (size_t)(h->run->ncodes + 1), FIFO_EVENT,
			       "event codes", &h->err);
}

/* No clock: the same plan gives the same bytes. */
static void root_attributes(struct sim_h5 *h)
{
	const struct calib_sim_plan *p = h->run->plan;
	hid_t root = h->level[0];
	char text[128];

	put_u32(h, root, ":schema:version", 5);
	put_text(h, root, ":schema:timestamp-format", "full");
	put_u32(h, root, ":schema:bld-shared-split", 1);
	put_u32(h, root, ":schema:bld-config-as-evt", 1);
	snprintf(text, sizeof text, "%08x-0000-4000-8000-%012llx", p->run,
		 (unsigned long long)p->seed & 0xffffffffffff);
	put_text(h, root, "UUID", text);
	put_text(h, root, "origin", "calib-sim");
	put_text(h, root, "created", "2013-06-14 00:00:00.000000000Z");
	put_text(h, root, "split_mode", "NoSplit");
	put_u32(h, root, "expNum", p->expnum > 0 ? (uint32_t)p->expnum : 0);
	put_text(h, root, "experiment", p->exp);
	snprintf(text, sizeof text, "%.3s", p->exp);
	for (char *c = text; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	put_text(h, root, "instrument", text);
	snprintf(text, sizeof text, "exp=%s:run=%u", p->exp, p->run);
	put_text(h, root, "jobName", text);
}

int sim_h5_open(struct sim_h5 **result, struct sim_run *run, const char *path,
                struct calib_err *err)
{
	struct sim_h5 *h = calib_alloc(1, sizeof *h, path, err);
	int rc;

	if (h == NULL)
		return CALIB_ENOMEM;
	*result = h;
	calib_h5_start();
	for (int i = 0; i < 4; i++)
		h->level[i] = -1;
	h->run = run;
	h->deflate = run->plan->deflate;
	rc = calib_out_open(&h->out, path, run->plan->flags | CALIB_OUT_PRIVATE, err);
	if (rc < 0)
		return rc;
	h->level[0] = H5Fcreate(calib_out_temp(h->out), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	if (check(h, h->level[0] >= 0, "the file")) {
		root_attributes(h);
		add_sources(h);
	}
	return sim_h5_check(h, err);
}

int sim_h5_check(const struct sim_h5 *h, struct calib_err *err)
{
	return h->err.code < 0 ? calib_fail(err, h->err.code, "%s", h->err.msg) : CALIB_OK;
}

/* All handles but the file's. */
static void close_all(struct sim_h5 *h)
{
	for (int i = 0; i < h->nsources; i++) {
		struct source *s = &h->source[i];

		close_source(h, s);
		for (int k = 0; k < s->nsets; k++) {
			H5Tclose(s->set[k].type);
			free(s->set[k].room);
		}
	}
	for (; h->depth > 0; h->depth--)
		H5Gclose(h->level[h->depth]);
	free(h->codes);
	h->codes = NULL;
	h->nsources = 0;
}

void sim_h5_abort(struct sim_h5 *h)
{
	if (h == NULL)
		return;
	close_all(h);
	if (h->level[0] >= 0)
		H5Fclose(h->level[0]);
	calib_out_abort(h->out);
	free(h);
}

int sim_h5_commit(struct sim_h5 *h, struct calib_err *err)
{
	int rc;

	close_all(h);
	check(h, H5Fclose(h->level[0]) >= 0, "the file");
	h->level[0] = -1;
	rc = sim_h5_check(h, err);
	if (rc >= 0) {
		rc = calib_out_commit(h->out, err);
		h->out = NULL;
	}
	sim_h5_abort(h);
	return rc;
}
