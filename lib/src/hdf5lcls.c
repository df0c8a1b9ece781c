/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/hdf5lcls.c - files of the LCLS Translator, and of o2o-translate before it
 *
 * /Configure:0000/Run:0000/CalibCycle:0000/<type>/<source>/{time, _mask, _damage, data sets}.
 * Source: lcls-psana/Translator src/, lcls-psana/psddl_hdf2psana src/, slac-lcls/lcls1
 * PSHdf5Input/src. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "src/hdf5.h"

enum { SECTION_ROWS = 185, SECTION_COLUMNS = 388, TYPE_CSPAD = 28, TYPE_CAMERA = 2,
	TYPE_PNCCD = 11, TYPE_EVR = 19, TYPE_RAYONIX_CONFIG = 73,
	TYPE_JUNGFRAU_CONFIG = 107 };

/* Group names of event types, the TypeId and version in XTC files, and the data set of pixels. */
static const struct type { const char *group; uint16_t type, version; const char *set; } types[] = {
	{"CsPad::ElementV1", TYPE_CSPAD, 1, "data"}, {"CsPad::ElementV2", TYPE_CSPAD, 2, "data"},
	{"CsPad::DataV1", TYPE_CSPAD, 1, "data"}, {"CsPad::DataV2", TYPE_CSPAD, 2, "data"},
	{"CsPad2x2::ElementV1", 41, 1, "data"}, {"CsPad::MiniElementV1", 41, 1, "data"},
	{"Camera::FrameV1", TYPE_CAMERA, 1, "image"},
	{"Princeton::FrameV1", 17, 1, "data"}, {"Princeton::FrameV2", 17, 2, "data"},
	{"Andor::FrameV1", 61, 1, "data"}, {"Andor3d::FrameV1", 97, 1, "data"},
	{"Fli::FrameV1", 56, 1, "data"}, {"Pimax::FrameV1", 81, 1, "data"},
	{"PNCCD::FrameV1", TYPE_PNCCD, 1, "data"}, {"PNCCD::FramesV1", TYPE_PNCCD, 1, "data"},
	{"Epix::ElementV1", 75, 1, "frame"}, {"Epix::ElementV2", 75, 2, "frame"},
	{"Epix::ElementV3", 75, 3, "frame"}, {"Jungfrau::ElementV1", 108, 1, "frame"},
	{"Timepix::DataV1", 50, 1, "image"}, {"Timepix::DataV2", 50, 2, "image"},
	{"Imp::ElementV1", 67, 1, "samples"},
	{"EvrData::DataV3", TYPE_EVR, 3, NULL}, {"EvrData::DataV4", TYPE_EVR, 4, NULL},
};

static const struct type *type_of(const char *group)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].group, group) == 0)
			return &types[i];
	return NULL;
}

/* ---- names of groups ---- */

/* "<group>/<name>" */
static const char *below(struct calib_str *out, const char *group, const char *name)
{
	calib_str_clear(out);
	calib_str_addf(out, "%s/%s", group, name);
	return out->s;
}

/* "Configure" and "Configure:..." are both used. */
static bool named(const char *name, const char *word)
{
	size_t n = strlen(word);

	return strncmp(name, word, n) == 0 && (name[n] == '\0' || name[n] == ':');
}

static bool probe(hid_t file)
{
	char **names;
	bool found = false;
	size_t n;

	if (calib_h5_children(file, "/", &names, &n, NULL) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		found |= named(names[i], "Configure");
	calib_names_free(names);
	return found;
}

/* The part of a path that its Configure group is. */
static size_t configure_length(const char *path)
{
	return 1 + strcspn(path + 1, "/");
}

/* ---- steps ---- */

static int add_step(struct calib_h5run *run, const char *path, struct calib_err *err)
{
	size_t room = run->nsteps;
	void *list = run->steps;
	char *copy = calib_strdup(path, err);

	/* two more than there are, the last one for the NULL */
	if (copy == NULL
	    || calib_grow(&list, &room, run->nsteps + 2, sizeof(char *), "steps", err) < 0) {
		free(copy);
		return CALIB_ENOMEM;
	}
	run->steps = list;
	run->steps[run->nsteps++] = copy;
	run->steps[run->nsteps] = NULL;
	return CALIB_OK;
}

/* Descend by the names of the levels; what is below the last one is a step. */
static int find_steps(struct calib_h5run *run, const char *group, const char *const *level,
                      struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	char **names;
	size_t n;
	int rc = calib_h5_children(run->file, group, &names, &n, err);

	if (rc < 0)
		return calib_err_wrap(err, "%s", run->name);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (!named(names[i], level[0]))
			continue;
		below(&path, strcmp(group, "/") ? group : "", names[i]);
		rc = level[1] ? find_steps(run, path.s, level + 1, err)
		              : add_step(run, path.s, err);
	}
	calib_names_free(names);
	calib_str_release(&path);
	return rc;
}

static int steps(struct calib_h5run *run, struct calib_err *err)
{
	static const char *const levels[] = {"Configure", "Run", "CalibCycle", NULL};

	return find_steps(run, "/", levels, err);
}

/* ---- configurations ---- */

static bool number(const struct calib_h5run *run, const char *group, const char *member,
                   uint32_t *value)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_h5col col;
	int64_t v = 0;
	bool ok = calib_h5col_open(&col, run->file, below(&path, group, "config"), member, 1);

	if (ok) {
		ok = calib_h5col_read(&col, 0, 1, &v);
		calib_h5col_close(&col);
	}
	if (ok)
		*value = (uint32_t)v;
	calib_str_release(&path);
	return ok;
}

/* Source of an exact name, or of the numbers beside it. */
static bool source_of(hid_t group, const char *name, struct calib_srcid *id)
{
	struct calib_address a;
	uint64_t packed = 0;
	hid_t attribute = -1;
	bool ok = strstr(name, "__") == NULL;

	if (ok && calib_address_parse(&a, name, NULL) >= 0 && a.level == CALIB_LEVEL_SOURCE
	    && a.exact) {
		*id = (struct calib_srcid){CALIB_LEVEL_SOURCE << 24, (uint32_t)a.part[0] << 24
		                           | (uint32_t)a.part[1] << 16 | (uint32_t)a.part[2] << 8
		                           | (uint32_t)a.part[3]};
		return true;
	}
	if (ok && H5Aexists(group, "_xtcSrc") > 0)
		attribute = H5Aopen(group, "_xtcSrc", H5P_DEFAULT);
	ok = attribute >= 0 && H5Aread(attribute, H5T_NATIVE_UINT64, &packed) >= 0
		&& (packed & 0xffffffff) >> 24 == CALIB_LEVEL_SOURCE;
	if (attribute >= 0)
		H5Aclose(attribute);
	*id = (struct calib_srcid){(uint32_t)packed, (uint32_t)(packed >> 32)};
	return ok;
}

static bool source_of_path(const struct calib_h5run *run, const char *path, struct calib_srcid *id)
{
	hid_t group = H5Gopen2(run->file, path, H5P_DEFAULT);
	bool ok = group >= 0 && source_of(group, calib_path_base(path), id);

	if (group >= 0)
		H5Gclose(group);
	return ok;
}

/* A configuration as it is in XTC files, of which only what we use is filled in: the gain mode of a
 * Jungfrau, the binning of a Rayonix. */
struct config_member { const char *name; unsigned at, bytes; bool needed; };
struct config_type {
	const char *name;
	uint16_t type, version;
	size_t size;
	struct config_member member[7];
};

static const struct config_type config_types[] = {
	{"Jungfrau::ConfigV1", TYPE_JUNGFRAU_CONFIG, 1, 36,
	 {{"numberOfModules", 0, 4, true}, {"numberOfRowsPerModule", 4, 4, true},
	  {"numberOfColumnsPerModule", 8, 4, true}, {"biasVoltage", 12, 4, false},
	  {"gainMode", 16, 2, false}, {"speedMode", 18, 2, false}, {0}}},
	{"Rayonix::ConfigV1", TYPE_RAYONIX_CONFIG, 1, 60,
	 {{"binning_f", 0, 1, true}, {"binning_s", 1, 1, true}, {0}}},
	{"Rayonix::ConfigV2", TYPE_RAYONIX_CONFIG, 2, 60,
	 {{"binning_f", 0, 1, true}, {"binning_s", 1, 1, true}, {0}}},
};

static int add_config(struct calib_h5run *run, const struct config_type *t, const char *group,
                      struct calib_err *err)
{
	struct calib_object o = {.type = t->type, .version = t->version};
	uint8_t *mem;

	if (!source_of_path(run, group, &o.src))
		return CALIB_OK;
	mem = calib_alloc(t->size, 1, "configuration", err);
	if (mem == NULL)
		return CALIB_ENOMEM;
	for (const struct config_member *m = t->member; m->name != NULL; m++) {
		uint32_t value = 0;

		if (!number(run, group, m->name, &value) && m->needed) {
			free(mem);
			return CALIB_OK;
		}
		for (unsigned i = 0; i < m->bytes; i++)
			mem[m->at + i] = (uint8_t)(value >> 8 * i);
	}
	o.place = (struct calib_place){-1, 0, t->size, mem, run->name};
	return calib_src_cfg_add(run->src, &o, mem, err);
}

static int take_type(struct calib_h5run *run, const struct config_type *t, const char *group,
                     struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT, source = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = CALIB_OK;

	below(&path, group, t->name);
	if (calib_h5_has(run->file, path.s))
		rc = calib_h5_children(run->file, path.s, &names, &n, err);
	if (rc >= 0 && n > 0)
		rc = calib_src_cfg_begin(run->src, n, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = add_config(run, t, below(&source, path.s, names[i]), err);
	calib_names_free(names);
	calib_str_release(&source);
	calib_str_release(&path);
	return rc;
}

/* The configurations of a group that somebody needs. */
static int take_configs(struct calib_h5run *run, const char *group, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < sizeof config_types / sizeof *config_types && rc >= 0; i++)
		rc = take_type(run, &config_types[i], group, err);
	return rc;
}

/* ---- CSPAD ---- */

/* Section masks of the four quads from the configuration, 0 if there is none (hdf5.md A.6.1). */
static uint32_t roi_of(const struct calib_h5run *run, const char *group)
{
	struct calib_str path = CALIB_STR_INIT;
	const char *source = calib_path_base(group);
	uint32_t roi = 0, asics = 0;

	for (int v = 5; v >= 1 && roi == 0; v--) {
		calib_str_clear(&path);
		calib_str_addf(&path, "%.*s/CsPad::ConfigV%d/%s", (int)configure_length(group),
		               group, v, source);
		if (!number(run, path.s, "roiMask", &roi)
		    && number(run, path.s, "asicMask", &asics))
			roi = (asics & 15) == 1 ? 0x03030303 : 0xffffffff;
	}
	calib_str_release(&path);
	return roi;
}

static int is_cspad_stack(const struct calib_array_type *a, uint16_t version)
{
	int want = version == 1 ? 4 : 3;

	return a->ndim == want && a->dim[want - 2] == SECTION_ROWS
	       && a->dim[want - 1] == SECTION_COLUMNS && a->dim[0] <= (version == 1 ? 4 : 32)
	       && (version != 1 || a->dim[1] <= 8);
}

/* The stack of stored sections becomes an array of 32, of which some are stored. */
static bool set_cspad(struct calib_h5run *run, struct calib_h5source *s, const char *group)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_array_type *a = &s->array;
	bool ok = is_cspad_stack(a, s->version) != 0;
	uint64_t one = ok && s->version == 1 ? a->dim[1] : 0;

	if (ok) {
		a->nsections = (int)(s->version == 1 ? a->dim[0] * a->dim[1] : a->dim[0]);
		a->ndim = 3;
		a->dim[0] = 32;
		a->dim[1] = SECTION_ROWS;
		a->dim[2] = SECTION_COLUMNS;
		a->dim[3] = 0;
		below(&path, group, "element");
		calib_h5col_open(&s->col[COL_QUAD], run->file, path.s, "quad", CALIB_H5_QUADS);
		calib_h5col_open(&s->col[COL_SECTIONS], run->file, path.s, "sectionMask",
		                 CALIB_H5_QUADS);
		s->roi = roi_of(run, group);
		if (s->roi == 0 && s->version == 1)	/* no configuration: the first ones */
			s->roi = ((1u << one) - 1) * 0x01010101u;
	}
	calib_str_release(&path);
	return ok;
}

int calib_h5lcls_sections(const struct calib_h5source *s, const struct calib_h5entry *e,
                          struct calib_array_type *array)
{
	bool elements = s->col[COL_QUAD].set >= 0, masks = s->col[COL_SECTIONS].set >= 0;
	size_t nquads = elements ? s->col[COL_QUAD].width : 4;
	bool seen[32] = {false};
	int n = 0;

	for (size_t i = 0; i < nquads; i++) {
		unsigned quad = elements ? e->quad[i] : (unsigned)i;
		unsigned mask = masks ? e->sections[i] : s->roi >> 8 * (quad & 3) & 255;

		for (unsigned k = 0; k < 8; k++) {
			if (!(mask >> k & 1))
				continue;
			if (quad > 3 || n == array->nsections || seen[8 * quad + k])
				return 0;
			seen[8 * quad + k] = true;
			array->section[n++] = (uint8_t)(8 * quad + k);
		}
	}
	return n == array->nsections;
}

/* ---- sources ---- */

/* Are the data of a group corrected already?  (hdf5.md A.6.3) */
static const char *corrected(const struct calib_h5run *run, const char *group)
{
	struct calib_str path = CALIB_STR_INIT;
	hid_t id = H5Gopen2(run->file, group, H5P_DEFAULT);
	const char *why = NULL;
	struct calib_h5col mode;
	int64_t v[64 * 32] = {0};
	char key[64] = "", **names = NULL;
	size_t n = 0;

	if (id >= 0 && calib_h5_text(id, "_eventKeyStr", key, sizeof key)
	    && strcmp(key, "calibrated") == 0)
		why = "the file marks them as calibrated";
	if (id >= 0)
		H5Gclose(id);
	calib_str_addf(&path, "%.*s/CalibStore", (int)configure_length(group), group);
	if (why == NULL && calib_h5_has(run->file, path.s)
	    && calib_h5_children(run->file, path.s, &names, &n, NULL) >= 0)
		for (size_t i = 0; i < n && why == NULL; i++) {
			calib_str_clear(&path);
			calib_str_addf(&path, "%.*s/CalibStore/%s/%s", (int)configure_length(group),
			               group, names[i], calib_path_base(group));
			if (calib_h5_has(run->file, path.s))
				why = "the file holds the constants that were applied to them";
		}
	calib_names_free(names);
	if (why == NULL && calib_h5col_open(&mode, run->file, below(&path, group, "common_mode"),
	                                    NULL, 64)) {
		n = mode.n < 32 ? (size_t)mode.n : 32;
		if (calib_h5col_read(&mode, 0, n, v))
			for (size_t i = 0; i < n * mode.width; i++)
				if (v[i] != 0)
					why = "their common mode was subtracted";
		calib_h5col_close(&mode);
	}
	calib_str_release(&path);
	return why;
}

static void open_columns(struct calib_h5run *run, struct calib_h5source *s, const char *group)
{
	static const struct { int column; const char *set, *member; } list[] = {
		{COL_SEC, "time", "seconds"}, {COL_NSEC, "time", "nanoseconds"},
		{COL_FIDUCIAL, "time", "fiducials"}, {COL_TICKS, "time", "ticks"},
		{COL_VECTOR, "time", "vector"}, {COL_DAMAGE, "_damage", "bits"},
		{COL_MASK, "_mask", NULL},
	};
	struct calib_str path = CALIB_STR_INIT;

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		calib_h5col_open(&s->col[list[i].column], run->file,
		                 below(&path, group, list[i].set), list[i].member, 1);
	calib_str_release(&path);
}

/* What a type says beyond the shape of its data set. */
static bool set_details(struct calib_h5run *run, struct calib_h5source *s, const char *group)
{
	struct calib_array_type *a = &s->array;
	struct calib_str path = CALIB_STR_INIT;
	struct calib_h5col depth;
	int64_t bits = 0;

	if (s->type == TYPE_CSPAD)
		return set_cspad(run, s, group);
	if (s->type == TYPE_PNCCD && a->ndim == 2 && a->dim[1] == 512 * 512) {
		a->ndim = 3;
		a->dim[1] = a->dim[2] = 512;
	}
	if (s->type == TYPE_CAMERA && s->n > 0
	    && calib_h5col_open(&depth, run->file, below(&path, group, "data"), "depth", 1)) {
		if (calib_h5col_read(&depth, 0, 1, &bits) && bits > 0 && bits <= 16)
			a->bits = (int)bits;
		calib_h5col_close(&depth);
	}
	calib_str_release(&path);
	return true;
}

/* ---- event codes ---- */

struct fifo { uint32_t high, low, code; };

static hid_t fifo_type(void)
{
	hid_t one = H5Tcreate(H5T_COMPOUND, sizeof(struct fifo)), list, all;

	H5Tinsert(one, "timestampHigh", offsetof(struct fifo, high), H5T_NATIVE_UINT32);
	H5Tinsert(one, "timestampLow", offsetof(struct fifo, low), H5T_NATIVE_UINT32);
	H5Tinsert(one, "eventCode", offsetof(struct fifo, code), H5T_NATIVE_UINT32);
	list = H5Tvlen_create(one);
	all = H5Tcreate(H5T_COMPOUND, sizeof(hvl_t));
	H5Tinsert(all, "fifoEvents", 0, list);
	H5Tclose(list);
	H5Tclose(one);
	return all;
}

/* As in XTC: u32 n, then n x (fiducial, ticks, code).  The fiducial is in either half of the
 * time stamp, depending on the writer; files with short times have none: there every code counts,
 * as the place in the file is all that joins it to an event. */
static long pack_codes(struct calib_h5source *s, const hvl_t *list, uint32_t fiducial,
                       struct calib_err *err)
{
	const struct fifo *f = list->p;
	size_t n = list->len < 65536 ? list->len : 65536;
	bool known = s->col[COL_FIDUCIAL].set >= 0;
	void *payload = s->payload;
	int rc = calib_grow(&payload, &s->payload_room, 4 + 12 * n, 1, "event codes", err);

	s->payload = payload;
	if (rc < 0)
		return rc;
	calib_put_le32(s->payload, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		uint8_t *at = s->payload + 4 + 12 * i;
		bool own = !known || f[i].high == fiducial || f[i].low == fiducial;

		calib_put_le32(at, own ? fiducial : f[i].high);
		calib_put_le32(at + 4, f[i].low == fiducial ? f[i].high : f[i].low);
		calib_put_le32(at + 8, f[i].code);
	}
	return (long)(4 + 12 * n);
}

long calib_h5lcls_codes(struct calib_h5source *s, uint64_t i, uint32_t fiducial,
                        struct calib_err *err)
{
	hid_t type = fifo_type(), space = H5Dget_space(s->codes), memory;
	hsize_t start = i, one = 1;
	hvl_t list = {0, NULL};
	long rc;

	memory = H5Screate_simple(1, &one, NULL);
	if (H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &one, NULL) < 0
	    || H5Dread(s->codes, type, memory, space, H5P_DEFAULT, &list) < 0) {
		rc = calib_h5_error(err, "event codes", "fifoEvents", "read them");
	} else {
		rc = pack_codes(s, &list, fiducial, err);
		H5Dvlen_reclaim(type, memory, H5P_DEFAULT, &list);
	}
	H5Sclose(memory);
	H5Sclose(space);
	H5Tclose(type);
	return rc;
}

static int open_codes(struct calib_h5run *run, struct calib_h5source *s, const char *group)
{
	struct calib_str path = CALIB_STR_INIT;
	hid_t space;
	hsize_t n = 0;

	s->codes = calib_h5_has(run->file, below(&path, group, "data"))
		? H5Dopen2(run->file, path.s, H5P_DEFAULT) : -1;
	calib_str_release(&path);
	if (s->codes < 0)
		return 0;
	space = H5Dget_space(s->codes);
	if (H5Sget_simple_extent_ndims(space) != 1
	    || H5Sget_simple_extent_dims(space, &n, NULL) != 1)
		n = 0;
	H5Sclose(space);
	s->n = n;
	return n > 0;
}

/* ---- groups ---- */

/* The data set of a group of unknown type that looks most like pixels: arrays of two or more
 * dimensions, the largest; NULL: none. */
static const char *largest(struct calib_h5run *run, const char *group, char *const *names,
                           size_t n)
{
	struct calib_str path = CALIB_STR_INIT;
	const char *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < n; i++) {
		hid_t set = -1, type;

		if (strcmp(names[i], "time") == 0 || names[i][0] == '_')
			continue;
		if (calib_h5_has(run->file, below(&path, group, names[i])))
			set = H5Dopen2(run->file, path.s, H5P_DEFAULT);
		if (set < 0)
			continue;
		type = H5Dget_type(set);
		if (H5Tget_class(type) == H5T_ARRAY && H5Tget_array_ndims(type) >= 2
		    && H5Tget_size(type) > most) {
			most = H5Tget_size(type);
			best = names[i];
		}
		H5Tclose(type);
		H5Dclose(set);
	}
	calib_str_release(&path);
	return best;
}

/* Pixels of a known type, else of one that is known by the path only. */
static int open_pixels(struct calib_h5run *run, struct calib_h5source *s, const char *group,
                       const char *set, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	const char *why = corrected(run, group);
	int rc;

	below(&path, group, set);
	rc = calib_h5_has(run->file, path.s)
		? calib_h5set_open(&s->set, run, run->file, path.s, err) : 0;
	if (s->set != NULL) {
		s->array = *calib_h5set_array(s->set);
		s->n = calib_h5set_events(s->set);
		if (s->type == CALIB_TYPE_ARRAY) {	/* the same in every calib cycle */
			const char *name = strstr(path.s, "/CalibCycle");

			name = name ? strchr(name + 1, '/') : NULL;
			rc = calib_h5run_name(run, name ? name + 1 : path.s, &s->id, err);
		}
		if (rc >= 0 && !set_details(run, s, group))
			rc = calib_fail(err, CALIB_EFORMAT, "%s:%s: is not the array of a CSPAD",
			                run->name, path.s);
		if (rc >= 0 && why != NULL)
			rc = calib_h5run_why(run, s->id, why, err);
		rc = rc < 0 ? rc : 1;
	}
	calib_str_release(&path);
	return rc;
}

static int open_group(struct calib_h5run *run, struct calib_h5source *s, const char *group,
                      struct calib_err *err)
{
	struct calib_str parent = CALIB_STR_INIT;
	const struct type *t;
	const char *set = NULL;
	char **names = NULL;
	size_t n = 0;
	int rc = calib_h5_children(run->file, group, &names, &n, err);

	calib_path_dir(&parent, group);
	t = type_of(calib_path_base(parent.s));
	if (rc >= 0 && t != NULL && source_of_path(run, group, &s->id)) {
		s->type = t->type;
		s->version = t->version;
		set = t->set;
	} else if (rc >= 0) {
		t = NULL;
		set = largest(run, group, names, n);
	}
	open_columns(run, s, group);
	if (rc >= 0 && s->type == TYPE_EVR)
		rc = open_codes(run, s, group);
	else if (rc >= 0 && set != NULL)
		rc = open_pixels(run, s, group, set, err);
	else if (rc >= 0)
		rc = 0;
	calib_names_free(names);
	calib_str_release(&parent);
	return rc;
}

int calib_h5lcls_group(struct calib_h5run *run, const char *group, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_h5source *s;
	int rc = calib_h5_has(run->file, below(&path, group, "time"));

	calib_str_release(&path);
	if (rc == 0)
		return 0;
	s = calib_h5run_add(run, err);
	if (s == NULL)
		return CALIB_ENOMEM;
	rc = open_group(run, s, group, err);
	if (rc <= 0)
		calib_h5run_undo(run);
	return rc;
}

/* All sources of a type in a calib cycle.  What cannot be read of one is no reason to leave the
 * others out. */
static int open_type(struct calib_h5run *run, const char *group, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	char **names;
	size_t n;
	int rc = calib_h5_children(run->file, group, &names, &n, NULL);

	if (rc < 0)
		return CALIB_OK;	/* a data set, or a link to nothing */
	for (size_t i = 0; i < n && rc >= 0; i++) {
		struct calib_err why = CALIB_ERR_INIT;

		rc = calib_h5lcls_group(run, below(&path, group, names[i]), &why);
		if (rc == CALIB_ENOMEM) {
			calib_fail(err, rc, "%s", why.msg);
		} else if (rc < 0) {
			calib_src_note(run->src, why.msg);
			rc = CALIB_OK;
		}
	}
	calib_names_free(names);
	calib_str_release(&path);
	return rc < 0 ? rc : CALIB_OK;
}

/* A calib cycle in a file of its own that is not there. */
static void missing_cycle(struct calib_h5run *run, const char *step, const struct calib_err *why)
{
	struct calib_err err = CALIB_ERR_INIT;
	const char *file = NULL, *object = NULL;
	char target[2048];
	H5L_info_t info;
	unsigned flags;

	if (H5Lget_info(run->file, step, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_EXTERNAL
	    && H5Lget_val(run->file, step, target, sizeof target, H5P_DEFAULT) >= 0
	    && H5Lunpack_elink_val(target, info.u.val_size, &flags, &file, &object) >= 0)
		calib_fail(&err, CALIB_ENOTFOUND, "%s:%s: is in the file '%s', which is missing or "
		           "damaged", run->name, step, file);
	calib_src_note(run->src, err.code ? err.msg : why->msg);
}

static int sources(struct calib_h5run *run, const char *step, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	struct calib_str path = CALIB_STR_INIT;
	size_t k = run->step_at - 1, length = configure_length(step);
	char **names, *configure;
	size_t n;
	int rc = CALIB_OK;

	if (k == 0 || strncmp(run->steps[k - 1], step, length + 1) != 0) {
		configure = strndup(step, length);
		rc = configure ? take_configs(run, configure, err) : CALIB_ENOMEM;
		free(configure);
	}
	if (rc < 0)
		return rc;
	if (calib_h5_children(run->file, step, &names, &n, &why) < 0) {
		missing_cycle(run, step, &why);
		return CALIB_OK;
	}
	rc = take_configs(run, step, err);
	if (rc >= 0)
		rc = calib_h5control(run, step, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		if (strncmp(names[i], "Epics::", 7) != 0
		    && strncmp(names[i], "ControlData::", 13) != 0)
			rc = open_type(run, below(&path, step, names[i]), err);
	calib_names_free(names);
	calib_str_release(&path);
	return rc;
}

const struct calib_h5form calib_h5_lcls = {"LCLS", probe, steps, sources, NULL, false};
