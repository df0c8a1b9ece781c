/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/hdf5control.c - the scan record of a calibration cycle, as it is in XTC files
 *
 * ControlData::ConfigV1 to V4 / Control: compounds pvControls {name, index, value} and pvLabels
 * {name, value}; texts of fixed or variable length.
 * Source: FilipeMaia/psdmrepo psddl_hdf2psana data/control-h5.ddl.xml, H5DataTypes. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "src/hdf5.h"

enum { TYPE_CONTROL = 10, VERSION = 4, HEADER = 28, NAME = 128, TEXT = 256, MAX_ROWS = 10000,
       CONTROL = NAME + 12, LABEL = NAME + TEXT };

/* A data set of compounds; one that is not there has no rows. */
struct rows { hid_t set, type; size_t n; };

static struct rows open_rows(hid_t file, const char *group, const char *name)
{
	struct calib_str path = CALIB_STR_INIT;
	struct rows r = {-1, -1, 0};
	hid_t space;
	hssize_t n;

	calib_str_addf(&path, "%s/%s", group, name);
	if (calib_str_check(&path, NULL) >= 0 && calib_h5_has(file, path.s))
		r.set = H5Dopen2(file, path.s, H5P_DEFAULT);
	calib_str_release(&path);
	if (r.set < 0)
		return r;
	r.type = H5Dget_type(r.set);
	space = H5Dget_space(r.set);
	n = H5Sget_simple_extent_npoints(space);
	H5Sclose(space);
	if (H5Tget_class(r.type) == H5T_COMPOUND && n > 0 && n <= MAX_ROWS)
		r.n = (size_t)n;
	return r;
}

static void close_rows(struct rows *r)
{
	if (r->type >= 0)
		H5Tclose(r->type);
	if (r->set >= 0)
		H5Dclose(r->set);
}

/* One member of all rows, as the type in memory says; false: there is none. */
static bool read_member(const struct rows *r, const char *member, hid_t memory, size_t size,
                        void *out)
{
	hid_t one;
	bool ok;

	if (H5Tget_member_index(r->type, member) < 0)
		return false;
	one = H5Tcreate(H5T_COMPOUND, size);
	H5Tinsert(one, member, 0, memory);
	ok = H5Dread(r->set, one, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) >= 0;
	H5Tclose(one);
	return ok;
}

/* Texts of a member into the rows at 'to', 'stride' bytes apart. */
static bool read_texts(const struct rows *r, const char *member, uint8_t *to, size_t room,
                       size_t stride)
{
	int index = H5Tget_member_index(r->type, member);
	hid_t type = index < 0 ? -1 : H5Tget_member_type(r->type, (unsigned)index);
	bool text = type >= 0 && H5Tget_class(type) == H5T_STRING;
	bool any = text && H5Tis_variable_str(type) > 0;
	hid_t memory = text ? H5Tcopy(H5T_C_S1) : -1;
	size_t size = any ? sizeof(char *) : room;
	char *all = text ? calib_alloc(r->n, size, "scan record", NULL) : NULL;
	bool ok = all != NULL;

	if (ok) {
		H5Tset_size(memory, any ? H5T_VARIABLE : room);
		H5Tset_cset(memory, H5Tget_cset(type));
	}
	ok = ok && read_member(r, member, memory, size, all);
	for (size_t i = 0; i < r->n && ok; i++) {
		char *value = all + i * size;

		if (any)
			memcpy(&value, all + i * size, sizeof value);
		if (value != NULL)
			memcpy(to + i * stride, value, strnlen(value, room - 1));
		if (any)
			H5free_memory(value);
	}
	free(all);
	if (memory >= 0)
		H5Tclose(memory);
	if (type >= 0)
		H5Tclose(type);
	return ok;
}

static bool read_controls(const struct rows *r, uint8_t *to)
{
	int32_t *index = calib_alloc(r->n, sizeof *index, "scan record", NULL);
	double *value = calib_alloc(r->n, sizeof *value, "scan record", NULL);
	bool ok = index && value && read_texts(r, "name", to, NAME, CONTROL)
		&& read_member(r, "value", H5T_NATIVE_DOUBLE, sizeof *value, value);

	if (ok && !read_member(r, "index", H5T_NATIVE_INT32, sizeof *index, index))
		memset(index, 0xff, r->n * sizeof *index);
	for (size_t i = 0; i < r->n && ok; i++) {
		uint64_t bits;

		memcpy(&bits, &value[i], sizeof bits);
		calib_put_le32(to + i * CONTROL + NAME, (uint32_t)index[i]);
		calib_put_le32(to + i * CONTROL + NAME + 4, (uint32_t)bits);
		calib_put_le32(to + i * CONTROL + NAME + 8, (uint32_t)(bits >> 32));
	}
	free(index);
	free(value);
	return ok;
}

/* The record as ConfigV4, whose rows have room for the texts of all versions. */
static int add_record(struct calib_h5run *run, const char *group, struct calib_err *err)
{
	struct rows controls = open_rows(run->file, group, "pvControls");
	struct rows labels = open_rows(run->file, group, "pvLabels");
	size_t size = HEADER + controls.n * CONTROL + labels.n * LABEL;
	struct calib_object o = {.type = TYPE_CONTROL, .version = VERSION,
		.src = {CALIB_LEVEL_CONTROL << 24, 0}};
	uint8_t *mem = calib_alloc(size, 1, "scan record", err), *to = mem + HEADER;
	int rc = mem ? CALIB_OK : CALIB_ENOMEM;

	if (rc >= 0 && controls.n > 0 && read_controls(&controls, to))
		to += controls.n * CONTROL;
	else
		controls.n = 0;
	if (rc < 0 || labels.n == 0 || !read_texts(&labels, "name", to, NAME, LABEL)
	    || !read_texts(&labels, "value", to + NAME, TEXT, LABEL))
		labels.n = 0;
	if (rc >= 0) {
		calib_put_le32(mem + 16, (uint32_t)controls.n);
		calib_put_le32(mem + 24, (uint32_t)labels.n);
		o.place = (struct calib_place){-1, 0, size, mem, run->name};
		rc = calib_src_cfg_begin(run->src, 1, err);
		if (rc >= 0)
			rc = calib_src_cfg_add(run->src, &o, mem, err);
		else
			free(mem);
	}
	close_rows(&controls);
	close_rows(&labels);
	return rc;
}

int calib_h5control(struct calib_h5run *run, const char *step, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (int version = 4; version >= 1; version--) {
		calib_str_clear(&path);
		calib_str_addf(&path, "%s/ControlData::ConfigV%d/Control", step, version);
		rc = calib_str_check(&path, err);
		if (rc < 0 || !calib_h5_has(run->file, path.s))
			continue;
		rc = add_record(run, path.s, err);
		break;
	}
	calib_str_release(&path);
	return rc;
}
