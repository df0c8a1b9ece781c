/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_hdf5_run.c - sources, steps and files of HDF5 runs that are made here */
#include "hdf5_file.h"

#include "det/det.h"

static void add_text(hid_t group, const char *name, const char *text)
{
	hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), id;

	H5Tset_size(type, strlen(text));
	id = H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
	H5Awrite(id, type, text);
	H5Aclose(id);
	H5Sclose(space);
	H5Tclose(type);
}

struct when { uint32_t sec, nsec, fiducial; };

static void add_list(hid_t group, const char *name, hid_t type, hsize_t n, const void *v)
{
	hid_t space = H5Screate_simple(1, &n, NULL);
	hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

	assert_true(set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, v) >= 0);
	H5Dclose(set);
	H5Sclose(space);
}

/* A source of a calib cycle whose pixels are all its event's nanoseconds. */
static void add_source(hid_t cycle, const char *path, const char *pixels, const struct when *t,
                       hsize_t n)
{
	hid_t links = H5Pcreate(H5P_LINK_CREATE), group, time, frame;
	hsize_t dim[] = {3, 5};
	uint16_t *v = malloc(n * 15 * 2);

	H5Pset_create_intermediate_group(links, 1);
	group = H5Gcreate2(cycle, path, links, H5P_DEFAULT, H5P_DEFAULT);
	time = H5Tcreate(H5T_COMPOUND, sizeof *t);
	H5Tinsert(time, "seconds", 0, H5T_NATIVE_UINT32);
	H5Tinsert(time, "nanoseconds", 4, H5T_NATIVE_UINT32);
	H5Tinsert(time, "fiducials", 8, H5T_NATIVE_UINT32);
	frame = H5Tarray_create2(H5T_NATIVE_UINT16, 2, dim);
	for (hsize_t i = 0; i < n * 15; i++)
		v[i] = (uint16_t)t[i / 15].nsec;
	add_list(group, "time", time, n, t);
	add_list(group, pixels, frame, n, v);
	H5Tclose(frame);
	H5Tclose(time);
	H5Gclose(group);
	H5Pclose(links);
	free(v);
}

static hid_t new_run(const char *name, char path[160])
{
	hid_t file = new_file(in_dir(name, path), 0);

	H5Gclose(H5Gcreate2(file, "Configure:0000", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
	H5Gclose(H5Gcreate2(file, "Configure:0000/Run:0000", H5P_DEFAULT, H5P_DEFAULT,
	                    H5P_DEFAULT));
	return file;
}

static hid_t new_cycle(hid_t file, const char *name)
{
	char path[100];

	snprintf(path, sizeof path, "Configure:0000/Run:0000/%s", name);
	return H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

#define OPAL "Camera::FrameV1/CxiEndstation.0:Opal1000.1"
#define TM "Camera::FrameV1/CxiDg1.0:Tm6740.0"

static struct calib_src *open_dir(const char *exp, unsigned run, const char *xtcdir,
                                  struct calib_err *err)
{
	struct calib_range range = {run, run};
	struct calib_src_opts opts = {.exp = exp, .runs = &range, .nruns = 1, .xtcdir = xtcdir,
		.root = dir};
	struct calib_src *src = NULL;

	return calib_src_open(&src, &opts, err) < 0 ? NULL : src;
}

/* All pixels are the event's nanoseconds. */
static void check_pixels(const struct calib_evt *evt, size_t i)
{
	const struct calib_object *o = &evt->objects[i];
	struct calib_layout layout;
	struct calib_frame frame, *list = &frame;
	uint16_t v[15];

	assert_int_equal(calib_det_layout(&layout, o, evt->cfg, NULL), 1);
	assert_int_equal(calib_frame_open(&frame, &layout, o, NULL), 0);
	assert_int_equal(calib_frames_load(&list, 1, 1, NULL), 0);
	assert_int_equal(calib_frame_read(&frame, &layout, 0, 15, v, NULL), 0);
	for (size_t k = 0; k < 15; k++)
		assert_int_equal(v[k], evt->nsec);
	calib_frame_release(&frame);
}

/* One source lacks an event, the other has two exchanged, and equal times of other pulses are not
 * the same event. */
static void sources_are_joined_by_time(void **state)
{
	static const struct when a[] = {{1, 10, 3}, {1, 40, 12}, {1, 30, 9}, {1, 50, 15}};
	static const struct when b[] = {{1, 10, 3}, {1, 20, 6}, {1, 30, 9}, {1, 40, 12},
		{1, 50, 18}};
	static const struct { unsigned nsec, objects; } want[] = {{10, 2}, {20, 1}, {30, 2},
		{40, 2}, {50, 1}, {50, 1}};
	struct calib_err err = CALIB_ERR_INIT;
	char path[160], name[200];
	const char *names = name;
	struct calib_src_opts opts = {.files = &names, .nfiles = 1};
	hid_t file = new_run("joined-r0005.h5", path), cycle = new_cycle(file, "CalibCycle:0000");
	const struct calib_evt *evt;
	struct calib_src *src = NULL;
	size_t n = 0;

	(void)state;
	add_source(cycle, OPAL, "image", a, 4);
	add_source(cycle, TM, "image", b, 5);
	H5Gclose(cycle);
	H5Fclose(file);
	snprintf(name, sizeof name, "%s", path);
	if (calib_src_open(&src, &opts, &err) < 0)
		fail_msg("%s", err.msg);
	for (; calib_src_next(src, &evt, NULL) == 1; n++) {
		assert_true(n < 6);
		assert_int_equal(evt->nsec, want[n].nsec);
		assert_int_equal(evt->nobjects, want[n].objects);
		assert_int_equal(evt->step, 0);
		for (size_t i = 0; i < evt->nobjects; i++)
			check_pixels(evt, i);
	}
	assert_int_equal(n, 6);
	calib_src_close(src);
	unlink(path);
}

/* The master file has links; a file that is missing is a problem, the others are read. */
static void cycles_in_files_of_their_own_are_followed(void **state)
{
	static const struct when t[] = {{1, 10, 3}, {1, 20, 6}};
	struct calib_err err = CALIB_ERR_INIT;
	char path[160], part[160], exp[160], ins[160], links[160];
	hid_t file, cycle;
	const struct calib_evt *evt;
	struct calib_src *src;
	int n = 0;

	(void)state;
	mkdir(in_dir("xpp", ins), 0777);
	mkdir(in_dir("xpp/xppsplit", exp), 0777);
	mkdir(in_dir("xpp/xppsplit/hdf5", links), 0777);
	for (int i = 0; i < 3; i += 2) {
		char name[80];

		snprintf(name, sizeof name, "xpp/xppsplit/hdf5/xppsplit-r0012_cc%04d.h5", i);
		file = new_file(in_dir(name, part), 0);
		cycle = H5Gcreate2(file, "cycle", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
		add_source(cycle, OPAL, "image", t, 2);
		H5Gclose(cycle);
		H5Fclose(file);
	}
	file = new_run("xpp/xppsplit/hdf5/xppsplit-r0012.h5", path);
	for (int i = 0; i < 3; i++) {
		char name[80], link[80];

		snprintf(name, sizeof name, "xppsplit-r0012_cc%04d.h5", i);
		snprintf(link, sizeof link, "Configure:0000/Run:0000/CalibCycle:%04d", i);
		H5Lcreate_external(name, "cycle", file, link, H5P_DEFAULT, H5P_DEFAULT);
	}
	H5Fclose(file);
	src = open_dir("xppsplit", 12, NULL, &err);
	if (src == NULL)
		fail_msg("%s", err.msg);
	for (; calib_src_next(src, &evt, NULL) == 1; n++) {
		assert_int_equal(evt->run, 12);
		assert_int_equal(evt->step, n < 2 ? 0 : 2);
	}
	assert_int_equal(n, 4);
	assert_non_null(calib_src_problem(src, 0));
	assert_non_null(strstr(calib_src_problem(src, 0), "'xppsplit-r0012_cc0001.h5', which is "
	                       "missing"));
	assert_null(calib_src_problem(src, 1));
	calib_src_close(src);
}

/* XTC files win, the word h5 asks for the others, a directory may be given. */
static void runs_are_found_by_experiment(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;
	char path[160], text[200];
	struct calib_src *src;
	FILE *f;

	(void)state;
	src = open_dir("xppsplit", 12, in_dir("xpp/xppsplit/hdf5", path), &err);
	assert_non_null(src);
	assert_non_null(strstr(calib_src_file(src, 0)->path, "hdf5/xppsplit-r0012.h5"));
	calib_src_close(src);
	assert_null(open_dir("xppsplit", 13, ":h5", &err));
	assert_non_null(strstr(err.msg, "no HDF5 files of run 13; the directory has runs 12"));
	calib_err_clear(&err);
	assert_null(open_dir("xppsplit", 13, NULL, &err));
	assert_non_null(strstr(err.msg, "xppsplit/xtc: no such directory"));
	calib_err_clear(&err);
	mkdir(in_dir("xpp/xppsplit/xtc", path), 0777);
	f = fopen(in_dir("xpp/xppsplit/xtc/e1-r0012-s00-c00.xtc", path), "w");
	fclose(f);
	src = open_dir("xppsplit", 12, NULL, &err);
	assert_non_null(src);
	assert_non_null(strstr(calib_src_file(src, 0)->path, ".xtc"));
	calib_src_close(src);
	snprintf(text, sizeof text, "exp=xppsplit:run=12:h5");
	src = open_dir(NULL, 12, text, &err);
	assert_non_null(src);
	assert_non_null(strstr(calib_src_file(src, 0)->path, "hdf5/xppsplit-r0012.h5"));
	calib_src_close(src);
}

/* More files than may stay open: one run, in the order given. */
static void many_files_are_one_run(void **state)
{
	enum { FILES = 150 };
	char path[FILES][160];
	const char *names[FILES];
	struct calib_src_opts opts = {.files = names, .nfiles = FILES};
	struct calib_frame frame[FILES], *list[FILES];
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_layout layout;
	const struct calib_evt *evt;
	struct calib_src *src = NULL;
	int n = 0;

	(void)state;
	for (int i = 0; i < FILES; i++) {
		char name[64];
		uint16_t v[6] = {(uint16_t)i, (uint16_t)i, 1, 2, 3, 4};
		hsize_t dim[] = {2, 3};
		hid_t file, space = H5Screate_simple(2, dim, NULL), set;

		snprintf(name, sizeof name, "LCLS_2014_May13_r0010_170000_%x.h5", FILES - i);
		names[i] = in_dir(name, path[i]);
		file = new_file(path[i], 0);
		H5Gclose(H5Gcreate2(file, "data", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
		set = H5Dcreate2(file, "data/rawdata0", H5T_STD_U16LE, space, H5P_DEFAULT,
		                 H5P_DEFAULT, H5P_DEFAULT);
		H5Dwrite(set, H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, v);
		H5Dclose(set);
		H5Sclose(space);
		H5Fclose(file);
	}
	if (calib_src_open(&src, &opts, &err) < 0)
		fail_msg("%s", err.msg);
	for (; calib_src_next(src, &evt, NULL) == 1; n++) {
		assert_int_equal(evt->run, 10);
		assert_int_equal(calib_det_layout(&layout, &evt->objects[0], evt->cfg, NULL), 1);
		assert_int_equal(calib_frame_open(&frame[n], &layout, &evt->objects[0], NULL), 0);
		list[n] = &frame[n];
	}
	assert_int_equal(n, FILES);
	assert_int_equal(calib_frames_load(list, FILES, 2, NULL), 0);
	for (int i = 0; i < n; i++) {
		uint16_t v[6];

		assert_int_equal(calib_frame_read(&frame[i], &layout, 0, 6, v, NULL), 0);
		assert_int_equal(v[0], i);
		calib_frame_release(&frame[i]);
		unlink(path[i]);
	}
	calib_src_close(src);
}

static void jungfrau_has_its_gain_and_value_bits(void **state)
{
	static const struct when t[] = {{1, 10, 3}};
	struct { uint32_t n, rows, columns, bias; uint16_t gain, speed; } c = {1, 3, 5, 200, 3, 0};
	char path[160];
	const char *names = path;
	struct calib_src_opts opts = {.files = &names, .nfiles = 1};
	struct calib_err err = CALIB_ERR_INIT;
	hid_t file = new_run("jungfrau-r0001.h5", path), links = H5Pcreate(H5P_LINK_CREATE);
	hid_t cycle = new_cycle(file, "CalibCycle:0000"), group, type, space, set;
	const struct calib_evt *evt;
	struct calib_gain gain;
	struct calib_layout layout;
	struct calib_src *src = NULL;

	(void)state;
	H5Pset_create_intermediate_group(links, 1);
	group = H5Gcreate2(file, "Configure:0000/Jungfrau::ConfigV1/CxiEndstation.0:Jungfrau.0",
	                   links, H5P_DEFAULT, H5P_DEFAULT);
	type = H5Tcreate(H5T_COMPOUND, sizeof c);
	H5Tinsert(type, "numberOfModules", 0, H5T_NATIVE_UINT32);
	H5Tinsert(type, "numberOfRowsPerModule", 4, H5T_NATIVE_UINT32);
	H5Tinsert(type, "numberOfColumnsPerModule", 8, H5T_NATIVE_UINT32);
	H5Tinsert(type, "biasVoltage", 12, H5T_NATIVE_UINT32);
	H5Tinsert(type, "gainMode", 16, H5T_NATIVE_UINT16);
	H5Tinsert(type, "speedMode", 18, H5T_NATIVE_UINT16);
	space = H5Screate(H5S_SCALAR);
	set = H5Dcreate2(group, "config", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &c);
	H5Dclose(set);
	H5Sclose(space);
	H5Tclose(type);
	H5Gclose(group);
	H5Pclose(links);
	add_source(cycle, "Jungfrau::ElementV1/CxiEndstation.0:Jungfrau.0", "frame", t, 1);
	add_text(cycle, "note", "x");
	H5Gclose(cycle);
	H5Fclose(file);
	if (calib_src_open(&src, &opts, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(calib_src_next(src, &evt, NULL), 1);
	assert_int_equal(calib_det_layout(&layout, &evt->objects[0], evt->cfg, NULL), 1);
	assert_int_equal(layout.data_mask, 0x3fff);
	assert_int_equal(calib_det_gain(&gain, &layout, NULL), 1);
	assert_int_equal(gain.range, 1);
	assert_non_null(layout.config);
	calib_src_close(src);
	unlink(path);
}

/* ---- detectors ---- */

/* A source of n events of any array; every stored element counts up from 0. */
static hid_t add_array(hid_t cycle, const char *path, const char *pixels, hid_t element,
                       const struct when *t, hsize_t n)
{
	hid_t links = H5Pcreate(H5P_LINK_CREATE), group, time;
	size_t words = (size_t)n * H5Tget_size(element) / 2;
	uint16_t *v = malloc(words * 2);

	H5Pset_create_intermediate_group(links, 1);
	group = H5Gcreate2(cycle, path, links, H5P_DEFAULT, H5P_DEFAULT);
	time = H5Tcreate(H5T_COMPOUND, sizeof *t);
	H5Tinsert(time, "seconds", 0, H5T_NATIVE_UINT32);
	H5Tinsert(time, "nanoseconds", 4, H5T_NATIVE_UINT32);
	for (size_t i = 0; i < words; i++)
		v[i] = (uint16_t)(i % (words / n) / 1000);
	add_list(group, "time", time, n, t);
	add_list(group, pixels, element, n, v);
	H5Tclose(time);
	H5Pclose(links);
	free(v);
	return group;
}

struct quad { uint32_t quad, mask; };

static void add_elements(hid_t group, const struct quad *q, hsize_t nquads, hsize_t n, bool masks)
{
	hid_t one = H5Tcreate(H5T_COMPOUND, sizeof *q), type;

	H5Tinsert(one, "quad", 0, H5T_NATIVE_UINT32);
	if (masks)
		H5Tinsert(one, "sectionMask", 4, H5T_NATIVE_UINT32);
	type = H5Tarray_create2(one, 1, &nquads);
	add_list(group, "element", type, n, q);
	H5Tclose(type);
	H5Tclose(one);
}

static void add_roi(hid_t file, const char *config, const char *member, uint32_t value)
{
	hid_t links = H5Pcreate(H5P_LINK_CREATE), group, type, space = H5Screate(H5S_SCALAR), set;
	char path[120];

	snprintf(path, sizeof path, "Configure:0000/%s/CxiDs1.0:Cspad.0", config);
	H5Pset_create_intermediate_group(links, 1);
	group = H5Gcreate2(file, path, links, H5P_DEFAULT, H5P_DEFAULT);
	type = H5Tcreate(H5T_COMPOUND, 4);
	H5Tinsert(type, member, 0, H5T_NATIVE_UINT32);
	set = H5Dcreate2(group, "config", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value);
	H5Dclose(set);
	H5Tclose(type);
	H5Sclose(space);
	H5Gclose(group);
	H5Pclose(links);
}

/* Which stored section each of the 32 is, by its first pixel; -1: not stored.  false: no data. */
static bool stored_sections(const char *path, int stored[32])
{
	struct calib_src_opts opts = {.files = &path, .nfiles = 1};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_frame frame, *list = &frame;
	const struct calib_evt *evt;
	struct calib_src *src = NULL;
	struct calib_layout l;
	size_t n = 185 * 388;

	if (calib_src_open(&src, &opts, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(calib_src_next(src, &evt, NULL), 1);
	assert_int_equal(evt->nobjects, 1);
	if (evt->objects[0].place.size == 0) {
		assert_non_null(strstr(calib_src_problem(src, 0), "CSPAD sections"));
		calib_src_close(src);
		return false;
	}
	assert_null(calib_src_problem(src, 0));
	assert_int_equal(calib_det_layout(&l, &evt->objects[0], evt->cfg, NULL), 1);
	assert_int_equal(l.size, 32 * n);
	assert_int_equal(l.nsegments, 32);
	assert_int_equal(calib_frame_open(&frame, &l, &evt->objects[0], NULL), 0);
	assert_int_equal(calib_frames_load(&list, 1, 1, NULL), 0);
	for (size_t s = 0; s < 32; s++) {
		uint16_t v[2000];

		assert_int_equal(calib_frame_read(&frame, &l, s * n, 2000, v, NULL), 0);
		stored[s] = v[1999] == 0 ? -1 : (int)((v[0] * 1000u + 999) / n);
	}
	calib_frame_release(&frame);
	calib_src_close(src);
	return true;
}

/* Quads in DAQ order; masks from the elements, from either kind of configuration, or from none. */
static void sections_of_a_cspad_are_where_they_belong(void **state)
{
	static const struct when t[] = {{1, 10, 0}};
	static const struct quad q[] = {{3, 0x81}, {0, 0x06}};
	static const struct {
		const char *type, *config, *member;
		uint32_t value;
		int ndim;
		hsize_t dim[4];
		bool masks, fits;
		int at[4];			/* sections of the stored ones, in order */
	} list[] = {
		{"CsPad::ElementV2", NULL, NULL, 0, 3, {4, 185, 388}, true, true, {24, 31, 1, 2}},
		{"CsPad::ElementV2", "CsPad::ConfigV5", "roiMask", 0x30000005, 3, {4, 185, 388},
		 false, true, {28, 29, 0, 2}},
		{"CsPad::ElementV2", "CsPad::ConfigV5", "roiMask", 0x30000007, 3, {4, 185, 388},
		 false, false, {0}},
		{"CsPad::ElementV1", "CsPad::ConfigV1", "asicMask", 1, 4, {2, 2, 185, 388}, false,
		 true, {24, 25, 0, 1}},
		{"CsPad::ElementV1", NULL, NULL, 0, 4, {2, 2, 185, 388}, false, true,
		 {24, 25, 0, 1}},
	};

	(void)state;
	for (size_t k = 0; k < sizeof list / sizeof list[0]; k++) {
		char path[160], group[120];
		hid_t file = new_run("cspad-r0001.h5", path), cycle, type, id;
		int stored[32];

		cycle = new_cycle(file, "CalibCycle:0000");
		type = H5Tarray_create2(H5T_NATIVE_INT16, (unsigned)list[k].ndim, list[k].dim);
		snprintf(group, sizeof group, "%s/CxiDs1.0:Cspad.0", list[k].type);
		id = add_array(cycle, group, "data", type, t, 1);
		add_elements(id, q, 2, 1, list[k].masks);
		if (list[k].config != NULL)
			add_roi(file, list[k].config, list[k].member, list[k].value);
		H5Gclose(id);
		H5Tclose(type);
		H5Gclose(cycle);
		H5Fclose(file);
		assert_int_equal(stored_sections(path, stored), list[k].fits);
		for (int s = 0; s < 4 && list[k].fits; s++)
			assert_int_equal(stored[list[k].at[s]], s);
		unlink(path);
	}
}

static void odd_shapes_become_the_detectors(void **state)
{
	static const struct when t[] = {{1, 10, 0}};
	hsize_t ccd[] = {4, 512 * 512}, four = 4, samples = 20;
	char path[160];
	const char *names = path;
	struct calib_src_opts opts = {.files = &names, .nfiles = 1};
	hid_t file = new_run("shapes-r0001.h5", path), cycle = new_cycle(file, "CalibCycle:0000");
	hid_t type = H5Tarray_create2(H5T_NATIVE_UINT16, 2, ccd), one, wrapped;
	const struct calib_evt *evt;
	struct calib_layout l;
	struct calib_src *src = NULL;

	(void)state;
	H5Gclose(add_array(cycle, "PNCCD::FrameV1/Camp.0:pnCCD.0", "data", type, t, 1));
	H5Tclose(type);
	one = H5Tarray_create2(H5T_NATIVE_UINT16, 1, &four);
	wrapped = H5Tcreate(H5T_COMPOUND, 8);
	H5Tinsert(wrapped, "channels", 0, one);
	type = H5Tarray_create2(wrapped, 1, &samples);
	H5Gclose(add_array(cycle, "Imp::ElementV1/XcsEndstation.0:Imp.1", "samples", type, t, 1));
	H5Tclose(type);
	H5Tclose(wrapped);
	H5Tclose(one);
	H5Gclose(cycle);
	H5Fclose(file);
	assert_int_equal(calib_src_open(&src, &opts, NULL), 0);
	assert_int_equal(calib_src_next(src, &evt, NULL), 1);
	assert_int_equal(evt->nobjects, 2);
	assert_int_equal(calib_det_layout(&l, &evt->objects[0], evt->cfg, NULL), 1);
	assert_int_equal(l.ndim, 2);
	assert_int_equal(l.dim[0], 20);
	assert_int_equal(l.dim[1], 4);
	assert_int_equal(calib_det_layout(&l, &evt->objects[1], evt->cfg, NULL), 1);
	assert_int_equal(l.ndim, 3);
	assert_int_equal(l.dim[2], 512);
	assert_int_equal(l.nsegments, 4);
	calib_src_close(src);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_are_joined_by_time),
		cmocka_unit_test(cycles_in_files_of_their_own_are_followed),
		cmocka_unit_test(runs_are_found_by_experiment),
		cmocka_unit_test(many_files_are_one_run),
		cmocka_unit_test(jungfrau_has_its_gain_and_value_bits),
		cmocka_unit_test(sections_of_a_cspad_are_where_they_belong),
		cmocka_unit_test(odd_shapes_become_the_detectors),
	};

	return cmocka_run_group_tests_name("hdf5_run", tests, make_dir, remove_dir);
}
