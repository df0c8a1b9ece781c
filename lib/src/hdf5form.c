/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/hdf5form.c - forms of HDF5 files: which of their data sets are events
 *
 * Sources: antonbarty/cheetah source/libcheetah/src/saveCXI.cpp, saveFrame.cpp; lcls-psana/psocake
 * psocake/xtc2cxi.py; slac-lcls/btx btx/processing/peak_finder.py; slac-lcls/smalldata_tools. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "src/hdf5.h"

enum { MAX_DETECTORS = 64 };

/* ---- CXI ---- */

static bool probe_cxi(hid_t file)
{
	return calib_h5_has(file, "/entry_1");
}

/* Events that were really written: of the attribute numEvents, else those with a time. */
static uint64_t written_events(const struct calib_h5run *run, const struct calib_h5source *s,
                               const char *path, const char *group)
{
	hid_t set = H5Dopen2(run->file, path, H5P_DEFAULT), attribute = -1;
	struct calib_str time = CALIB_STR_INIT;
	struct calib_h5col col;
	uint64_t n = s->n;
	int64_t v = 0;

	if (set >= 0 && H5Aexists(set, "numEvents") > 0)
		attribute = H5Aopen(set, "numEvents", H5P_DEFAULT);
	if (attribute >= 0 && (H5Aread(attribute, H5T_NATIVE_INT64, &v) < 0 || v < 0))
		v = 0;
	if (attribute >= 0)
		H5Aclose(attribute);
	if (set >= 0)
		H5Dclose(set);
	if (v > 0)
		return (uint64_t)v < n ? (uint64_t)v : n;
	calib_str_addf(&time, "%s/machineTime", group);
	if (calib_h5col_open(&col, run->file, time.s, NULL, 1)) {
		n = n < col.n ? n : col.n;
		for (v = 0; n > 0 && calib_h5col_read(&col, n - 1, 1, &v) && v == 0;)
			n--;
		calib_h5col_close(&col);
	}
	calib_str_release(&time);
	return n > 0 ? n : s->n;	/* no event has a time: they all count */
}

static void cxi_columns(struct calib_h5run *run, struct calib_h5source *s, const char *path)
{
	static const char *const groups[] = {"/LCLS", "/instrument"};
	static const struct { int column; const char *name; } list[] = {
		{COL_SEC, "machineTime"}, {COL_NSEC, "machineTimeNanoSeconds"},
		{COL_FIDUCIAL, "fiducial"},
	};
	const char *group = groups[calib_h5_has(run->file, groups[0]) ? 0 : 1];
	struct calib_str name = CALIB_STR_INIT;

	s->n = written_events(run, s, path, group);
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		struct calib_h5col *col = &s->col[list[i].column];

		calib_str_clear(&name);
		calib_str_addf(&name, "%s/%s", group, list[i].name);
		calib_h5col_open(col, run->file, name.s, NULL, 1);
		if (col->set >= 0 && col->n < s->n)	/* not one of every event */
			calib_h5col_close(col);
	}
	calib_str_release(&name);
}

/* Cheetah keeps raw data in a group of that name. */
static bool is_raw(const struct calib_h5run *run, const char *path)
{
	struct calib_str raw = CALIB_STR_INIT, group = CALIB_STR_INIT;
	bool same;

	calib_path_dir(&group, path);
	calib_str_addf(&raw, "%s/raw/data", group.s);
	same = strcmp(calib_path_base(group.s), "raw") == 0
		|| calib_h5_same(run->file, path, raw.s);
	calib_str_release(&group);
	calib_str_release(&raw);
	return same;
}

static int add_cxi(struct calib_h5run *run, const char *path, struct calib_err *err)
{
	struct calib_h5source *s;
	int rc = calib_h5run_set(run, path, &s, err);

	if (rc >= 0)
		cxi_columns(run, s, path);
	if (rc >= 0 && !is_raw(run, path))
		rc = calib_h5run_why(run, s->id, "files of this form (CXI) hold data that are "
		                     "corrected already, as a rule", err);
	return rc;
}

static int sources_cxi(struct calib_h5run *run, const char *step, struct calib_err *err)
{
	char path[80];
	int rc = CALIB_OK;

	(void)step;
	for (int i = 1; i <= MAX_DETECTORS && rc >= 0; i++) {
		snprintf(path, sizeof path, "/entry_1/instrument_1/detector_%d/data", i);
		if (!calib_h5_has(run->file, path))
			break;
		rc = add_cxi(run, path, err);
	}
	for (int i = 1; i <= MAX_DETECTORS && rc >= 0 && run->nsources == 0; i++) {
		snprintf(path, sizeof path, "/entry_1/data_%d/data", i);
		if (!calib_h5_has(run->file, path))
			break;
		rc = add_cxi(run, path, err);
	}
	if (rc >= 0 && run->nsources == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: has no detector data at "
		                "/entry_1/instrument_1/detector_1/data or /entry_1/data_1/data",
		                run->name);
	return rc;
}

/* ---- Cheetah's files of one event ---- */

static bool probe_cheetah(hid_t file)
{
	return calib_h5_has(file, "/data/rawdata0");
}

static int sources_cheetah(struct calib_h5run *run, const char *step, struct calib_err *err)
{
	struct calib_h5source *s;
	char path[32];
	int rc = CALIB_OK;

	(void)step;
	for (int i = 0; i < MAX_DETECTORS && rc >= 0; i++) {
		snprintf(path, sizeof path, "/data/rawdata%d", i);
		if (!calib_h5_has(run->file, path))
			break;
		rc = calib_h5run_set(run, path, &s, err);
	}
	return rc;
}

/* ---- smalldata ---- */

static bool probe_smalldata(hid_t file)
{
	return calib_h5_has(file, "/event_time") && calib_h5_has(file, "/fiducials");
}

static void smalldata_columns(struct calib_h5run *run, struct calib_h5source *s)
{
	s->packed = calib_h5col_open(&s->col[COL_SEC], run->file, "/event_time", NULL, 1);
	calib_h5col_open(&s->col[COL_FIDUCIAL], run->file, "/fiducials", NULL, 1);
}

/* Is it an array of every event?  Its first dimension counts as many. */
static bool is_stack(hid_t file, const char *path, hsize_t events)
{
	hid_t set = H5Dopen2(file, path, H5P_DEFAULT), space;
	hsize_t dim[H5S_MAX_RANK] = {0};
	int rank;

	if (set < 0)
		return false;
	space = H5Dget_space(set);
	rank = H5Sget_simple_extent_dims(space, dim, NULL);
	H5Sclose(space);
	H5Dclose(set);
	return rank >= 3 && (events == 0 || dim[0] == events);
}

struct found { void *names; size_t n, room; hid_t file; hsize_t events; };

static herr_t visit(hid_t file, const char *name, const H5O_info_t *info, void *ctx)
{
	struct found *f = ctx;
	char path[1024];

	(void)file;
	if (info->type != H5O_TYPE_DATASET || strlen(name) + 2 > sizeof path)
		return 0;
	snprintf(path, sizeof path, "/%s", name);
	if (!is_stack(f->file, path, f->events))
		return 0;
	if (calib_grow(&f->names, &f->room, f->n + 2, sizeof(char *), "data sets", NULL) < 0
	    || (((char **)f->names)[f->n] = calib_strdup(path, NULL)) == NULL)
		return -1;
	f->n++;
	return 0;
}

/* Data sets of three or more dimensions; events > 0: of so many events. */
static int find_stacks(const struct calib_h5run *run, hsize_t events, struct found *f,
                       struct calib_err *err)
{
	*f = (struct found){NULL, 0, 0, run->file, events};
	if (H5Ovisit1(run->file, H5_INDEX_NAME, H5_ITER_INC, visit, f) >= 0)
		return CALIB_OK;
	return calib_h5_error(err, run->name, "", "list the file");
}

static void forget(struct found *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(((char **)f->names)[i]);
	free(f->names);
}

static int sources_smalldata(struct calib_h5run *run, const char *step, struct calib_err *err)
{
	static const char *const no_data[] = {"/Sums/", "/UserDataCfg/"};
	struct calib_h5col time;
	struct found f = {NULL, 0, 0, -1, 0};
	int rc = CALIB_OK;

	(void)step;
	if (!calib_h5col_open(&time, run->file, "/event_time", NULL, 1))
		return calib_fail(err, CALIB_EFORMAT, "%s:/event_time: is no list of times",
		                  run->name);
	if (time.n > 0)
		rc = find_stacks(run, time.n, &f, err);
	calib_h5col_close(&time);
	for (size_t i = 0; i < f.n && rc >= 0; i++) {
		const char *path = ((char **)f.names)[i];
		struct calib_h5source *s;

		if (strncmp(path, no_data[0], strlen(no_data[0])) == 0
		    || strncmp(path, no_data[1], strlen(no_data[1])) == 0)
			continue;
		rc = calib_h5run_set(run, path, &s, err);
		if (rc >= 0)
			smalldata_columns(run, s);
	}
	forget(&f);
	if (rc >= 0 && run->nsources == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: has no arrays of events", run->name);
	return rc;
}

/* ---- other files ---- */

static bool probe_store(hid_t file)
{
	return calib_h5_has(file, "/dettype") && calib_h5_has(file, "/detname")
	       && calib_h5_has(file, "/detid");
}

static int sources_store(struct calib_h5run *run, const char *step, struct calib_err *err)
{
	(void)step;
	return calib_fail(err, CALIB_EFORMAT, "%s: is a store of calibration constants, it has no "
	                  "events", run->name);
}

static bool probe_single(hid_t file)
{
	return calib_h5_has(file, "/data/data");
}

static int sources_single(struct calib_h5run *run, const char *step, struct calib_err *err)
{
	struct calib_h5source *s;

	(void)step;
	return calib_h5run_set(run, "/data/data", &s, err);
}

static bool probe_any(hid_t file)
{
	(void)file;
	return true;
}

/* Without a path there must be no choice. */
static int sources_any(struct calib_h5run *run, const char *step, struct calib_err *err)
{
	struct calib_str list = CALIB_STR_INIT;
	struct calib_h5source *s;
	struct found f;
	int rc = find_stacks(run, 0, &f, err);

	(void)step;
	for (size_t i = 0; i < f.n && i < 8; i++)
		calib_str_addf(&list, "%s%s", i ? ", " : "", ((char **)f.names)[i]);
	if (f.n > 8)
		calib_str_add(&list, " ...");
	if (rc >= 0 && f.n == 1) {
		calib_log(CALIB_INFO, "%s: reading %s", run->name, list.s);
		rc = calib_h5run_set(run, list.s, &s, err);
	} else if (rc >= 0) {
		rc = calib_fail(err, CALIB_EINVAL, "%s: which data set?  Name it as FILE:/path; of "
		                "three or more dimensions it has %s", run->name,
		                f.n ? list.s : "none");
	}
	forget(&f);
	calib_str_release(&list);
	return rc;
}

/* ---- a data set that was asked for ---- */

/* A data set of an LCLS group brings times, masks and its source with it. */
static bool lcls_path(struct calib_h5run *run)
{
	struct calib_str group = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	bool done;

	calib_path_dir(&group, run->path);
	done = calib_h5lcls_group(run, group.s, &why) > 0;
	if (done && (run->source[run->nsources - 1].set == NULL
	             || strcmp(calib_h5set_name(run->source[run->nsources - 1].set), run->path)
	                        != 0)) {
		calib_h5run_undo(run);
		done = false;
	}
	calib_str_release(&group);
	return done;
}

static int asked_for(struct calib_h5run *run, struct calib_err *err)
{
	const struct calib_h5form *form = run->form;
	struct calib_h5source *s;
	int rc;

	if (!calib_h5_has(run->file, run->path))
		return calib_fail(err, CALIB_ENOTFOUND, "%s: has no data set '%s', or it is a link "
		                  "to a file that is missing", run->name, run->path);
	if (form == &calib_h5_lcls && lcls_path(run))
		return CALIB_OK;
	if (form->sources == sources_cxi)
		return add_cxi(run, run->path, err);
	rc = calib_h5run_set(run, run->path, &s, err);
	if (rc >= 0 && form->sources == sources_smalldata)
		smalldata_columns(run, s);
	return rc;
}

/* First match wins (hdf5.md). */
static const struct calib_h5form others[] = {
	{"DCStore", probe_store, NULL, sources_store, NULL, false},
	{"CXI", probe_cxi, NULL, sources_cxi, NULL, false},
	{"Cheetah", probe_cheetah, NULL, sources_cheetah, "files of this form (Cheetah) hold data "
	 "that are corrected already, as a rule", false},
	{"single", probe_single, NULL, sources_single, NULL, true},
	{"smalldata", probe_smalldata, NULL, sources_smalldata, "files of this form (smalldata) "
	 "hold data that are corrected already, as a rule", true},
	{"generic", probe_any, NULL, sources_any, NULL, true},
};

const struct calib_h5form *calib_h5form_of(hid_t file)
{
	size_t i = 0;

	if (calib_h5_lcls.probe(file))
		return &calib_h5_lcls;
	while (!others[i].probe(file))
		i++;
	return &others[i];
}

int calib_h5form_sources(struct calib_h5run *run, const char *step, struct calib_err *err)
{
	return run->path ? asked_for(run, err) : run->form->sources(run, step, err);
}
