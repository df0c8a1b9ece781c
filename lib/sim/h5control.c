/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/h5control.c - the scan record of a calibration cycle in the form of the Translator */
#include <hdf5.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "sim/hdf5.h"

struct control { char name[128]; int32_t index; double value; };
struct label { char name[128], value[256]; };

static hid_t text(size_t size)
{
	hid_t type = H5Tcopy(H5T_C_S1);

	H5Tset_size(type, size);
	return type;
}

static void insert(hid_t type, const char *name, size_t at, hid_t member)
{
	H5Tinsert(type, name, at, member);
	H5Tclose(member);
}

/* The type is used up. */
static bool put(hid_t group, const char *name, hid_t type, size_t n, const void *rows)
{
	hsize_t dim = n;
	hid_t space = H5Screate_simple(1, &dim, NULL);
	hid_t create = H5Pcreate(H5P_DATASET_CREATE);
	hid_t id;
	bool ok;

	H5Pset_obj_track_times(create, false);	/* the same plan, the same bytes */
	id = H5Dcreate2(group, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
	ok = id >= 0 && (n == 0 || H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows) >= 0);
	if (id >= 0)
		H5Dclose(id);
	H5Pclose(create);
	H5Sclose(space);
	H5Tclose(type);
	return ok;
}

static bool put_controls(hid_t group, unsigned step)
{
	struct control row;
	hid_t type = H5Tcreate(H5T_COMPOUND, sizeof row);

	memset(&row, 0, sizeof row);	/* what lies between the members is written, too */
	memcpy(row.name, "step", 4);
	row.index = -1;
	row.value = step;
	insert(type, "name", offsetof(struct control, name), text(sizeof row.name));
	insert(type, "index", offsetof(struct control, index), H5Tcopy(H5T_NATIVE_INT32));
	insert(type, "value", offsetof(struct control, value), H5Tcopy(H5T_NATIVE_DOUBLE));
	return put(group, "pvControls", type, 1, &row);
}

static bool put_labels(hid_t group, const struct sim_run *run, unsigned step)
{
	struct label rows[CALIB_SIM_MAXDETS];
	hid_t type = H5Tcreate(H5T_COMPOUND, sizeof *rows);
	size_t n = 0;

	memset(rows, 0, sizeof rows);
	for (int i = 0; i < run->ndets; i++) {
		char name[96];
		const char *value = sim_label(run, i, step, name);

		if (value == NULL)
			continue;
		snprintf(rows[n].name, sizeof rows[n].name, "%s", name);
		snprintf(rows[n].value, sizeof rows[n].value, "%s", value);
		n++;
	}
	insert(type, "name", offsetof(struct label, name), text(sizeof rows->name));
	insert(type, "value", offsetof(struct label, value), text(sizeof rows->value));
	return put(group, "pvLabels", type, n, rows);
}

bool sim_h5_control(int64_t at, const struct sim_run *run, unsigned step)
{
	hid_t type = H5Gcreate2(at, "ControlData::ConfigV4", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	hid_t group = type < 0 ? -1 : H5Gcreate2(type, "Control", H5P_DEFAULT, H5P_DEFAULT,
	                                         H5P_DEFAULT);
	bool ok = group >= 0 && put_controls(group, step) && put_labels(group, run, step);

	if (group >= 0)
		H5Gclose(group);
	if (type >= 0)
		H5Gclose(type);
	return ok;
}
