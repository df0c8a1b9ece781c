/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_hdf5_made.c - data sets of many layouts: our bytes against those of H5Dread */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <hdf5.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "det/det.h"

enum { SHUFFLE = 1, DEFLATE = 2, FLETCHER = 4, ARRAY = 8, USERBLOCK = 16, HOLES = 32, MASKED = 64,
	LATE = 128, ODD = 256, LATEST = 512, SCALE = 1024 };
enum { ROWS = 9, COLUMNS = 14 };

/* chunk[0] 0: contiguous */
static const struct made { const char *name, *type; hsize_t n, chunk[3]; int how; } cases[] = {
	{"chunk of one", "<u2", 7, {1, ROWS, COLUMNS}, SHUFFLE | DEFLATE},
	{"chunk of three, one left over", "<i2", 10, {3, ROWS, COLUMNS}, SHUFFLE | DEFLATE},
	{"chunk longer than the set", "<u2", 5, {64, ROWS, COLUMNS}, SHUFFLE | DEFLATE},
	{"deflate only", "<i4", 10, {4, ROWS, COLUMNS}, DEFLATE},
	{"shuffle only", "<u4", 9, {2, ROWS, COLUMNS}, SHUFFLE},
	{"no filter", "<f8", 9, {2, ROWS, COLUMNS}, 0},
	{"checksum", "<u2", 9, {2, ROWS, COLUMNS}, SHUFFLE | DEFLATE | FLETCHER},
	{"big-endian chunks", ">u2", 9, {2, ROWS, COLUMNS}, SHUFFLE | DEFLATE},
	{"big-endian, contiguous", ">f8", 6, {0}, 0},
	{"big-endian, unfiltered", ">i4", 6, {4, ROWS, COLUMNS}, 0},
	{"contiguous", "<u2", 6, {0}, 0},
	{"contiguous u8", "<u1", 6, {0}, 0},
	{"contiguous f32", "<f4", 6, {0}, 0},
	{"contiguous, never written", "<i2", 4, {0}, LATE},
	{"u8", "<u1", 20, {3, ROWS, COLUMNS}, SHUFFLE | DEFLATE},
	{"i8", "<i1", 20, {3, ROWS, COLUMNS}, DEFLATE},
	{"f32", "<f4", 12, {5, ROWS, COLUMNS}, SHUFFLE | DEFLATE},
	{"f64", "<f8", 12, {5, ROWS, COLUMNS}, SHUFFLE | DEFLATE},
	{"i64", "<i8", 12, {5, ROWS, COLUMNS}, SHUFFLE | DEFLATE},
	{"parts of frames", "<u2", 9, {2, 4, 5}, SHUFFLE | DEFLATE},
	{"a user block", "<u2", 9, {2, ROWS, COLUMNS}, SHUFFLE | DEFLATE | USERBLOCK},
	{"a user block, contiguous", "<u2", 6, {0}, USERBLOCK},
	{"chunks that are not there", "<u2", 12, {2, ROWS, COLUMNS}, SHUFFLE | DEFLATE | HOLES},
	{"unfiltered chunks not there", "<u2", 12, {2, ROWS, COLUMNS}, HOLES},
	{"a chunk without its filters", "<u2", 12, {2, ROWS, COLUMNS}, SHUFFLE | DEFLATE | MASKED},
	{"12 bits in 16", "<u2", 8, {2, ROWS, COLUMNS}, SHUFFLE | DEFLATE | ODD},
	{"newest file format", "<u2", 10, {3, ROWS, COLUMNS}, SHUFFLE | DEFLATE | LATEST},
	{"another filter", "<u2", 8, {2, ROWS, COLUMNS}, SCALE},
	{"many small chunks", "<u2", 3000, {1, ROWS, COLUMNS}, SHUFFLE | DEFLATE},
	{"many small chunks, some not there", "<u2", 3000, {1, ROWS, COLUMNS},
	 SHUFFLE | DEFLATE | HOLES},
	{"many unfiltered chunks", "<u2", 3000, {1, ROWS, COLUMNS}, 0},
	{"frames as elements, 1", "<i2", 5, {1}, ARRAY | SHUFFLE | DEFLATE},
	{"frames as elements, 2", "<i2", 7, {2}, ARRAY | SHUFFLE | DEFLATE},
	{"frames as elements, 5", "<u2", 12, {5}, ARRAY | SHUFFLE | DEFLATE},
	{"frames as elements, 8", "<u2", 17, {8}, ARRAY | SHUFFLE | DEFLATE},
	{"frames as elements, 37", "<u2", 80, {37}, ARRAY | SHUFFLE | DEFLATE},
	{"frames as elements, big-endian", ">u2", 12, {5}, ARRAY | SHUFFLE | DEFLATE},
	{"frames as elements, unfiltered", "<u2", 12, {5}, ARRAY},
	{"frames as elements, contiguous", "<u2", 6, {0}, ARRAY},
};

static char dir[64];

/* HDF5 forgets an object header when the file it opens is damaged. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libhdf5";
}

static const char *in_dir(const char *name, char path[160])
{
	snprintf(path, 160, "%s/%s", dir, name);
	return path;
}

static hid_t type_of(const char *word, bool native)
{
	bool big = word[0] == '>' && !native;

	switch (word[1] << 8 | word[2]) {
	case 'u' << 8 | '1': return H5T_STD_U8LE;
	case 'i' << 8 | '1': return H5T_STD_I8LE;
	case 'u' << 8 | '2': return big ? H5T_STD_U16BE : H5T_STD_U16LE;
	case 'i' << 8 | '2': return big ? H5T_STD_I16BE : H5T_STD_I16LE;
	case 'u' << 8 | '4': return big ? H5T_STD_U32BE : H5T_STD_U32LE;
	case 'i' << 8 | '4': return big ? H5T_STD_I32BE : H5T_STD_I32LE;
	case 'i' << 8 | '8': return big ? H5T_STD_I64BE : H5T_STD_I64LE;
	case 'f' << 8 | '4': return big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE;
	default:             return big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE;
	}
}

/* Some numbers that fit every type, and bytes that differ. */
static void *numbers(const struct made *m, size_t n)
{
	size_t width = (size_t)(m->type[2] - '0');
	uint8_t *bytes = calloc(n, width);

	for (size_t i = 0; i < n; i++) {
		uint64_t x = (i * 2654435761u + 12345) % 4093;
		float f = (float)x / 4;
		double d = (double)x / 8;

		if (m->type[1] == 'f')
			memcpy(bytes + i * width, width == 4 ? (void *)&f : (void *)&d, width);
		else
			for (size_t k = 0; k < width; k++)
				bytes[i * width + k] = (uint8_t)(x >> 8 * k);
	}
	return bytes;
}

static hid_t new_file(const char *path, int how)
{
	hid_t create = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS), file;

	if (how & USERBLOCK)
		H5Pset_userblock(create, 512);
	if (how & LATEST)
		H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
	file = H5Fcreate(path, H5F_ACC_TRUNC, create, access);
	assert_true(file >= 0);
	H5Pclose(create);
	H5Pclose(access);
	return file;
}

static void set_filters(hid_t create, const struct made *m)
{
	if (m->chunk[0] > 0)
		H5Pset_chunk(create, m->how & ARRAY ? 1 : 3, m->chunk);
	if (m->how & SHUFFLE)
		H5Pset_shuffle(create);
	if (m->how & DEFLATE)
		H5Pset_deflate(create, 1);
	if (m->how & FLETCHER)
		H5Pset_fletcher32(create);
	if (m->how & SCALE)
		H5Pset_scaleoffset(create, H5Z_SO_INT, 0);
	if (!(m->how & ARRAY))
		H5Pset_fill_value(create, H5T_NATIVE_INT, &(int){77});
}

/* Write all events, or every other chunk of them. */
static void write_events(const struct made *m, hid_t set, hid_t memory, int rank)
{
	hsize_t dim[] = {m->n, ROWS, COLUMNS}, step = m->how & HOLES ? 2 * m->chunk[0] : m->n;
	hsize_t part = m->how & HOLES ? m->chunk[0] : m->n;
	uint8_t *v = numbers(m, (size_t)m->n * ROWS * COLUMNS);
	size_t size = ROWS * COLUMNS * (size_t)(m->type[2] - '0');
	hid_t space = H5Dget_space(set);

	for (hsize_t at = 0; at < m->n; at += step) {
		hsize_t start[3] = {at, 0, 0};
		hid_t ms;

		dim[0] = part < m->n - at ? part : m->n - at;
		ms = H5Screate_simple(rank, dim, NULL);
		H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, dim, NULL);
		assert_true(H5Dwrite(set, memory, ms, space, H5P_DEFAULT, v + at * size) >= 0);
		H5Sclose(ms);
	}
	if (m->how & MASKED) {	/* chunk 1 as it is, without its filters */
		hsize_t at[3] = {m->chunk[0], 0, 0};

		assert_true(H5Dwrite_chunk(set, H5P_DEFAULT, 3, at, (size_t)m->chunk[0] * size, v)
		            >= 0);
	}
	H5Sclose(space);
	free(v);
}

static void make_set(const struct made *m, const char *path)
{
	hsize_t dim[] = {m->n, ROWS, COLUMNS}, most[] = {H5S_UNLIMITED, ROWS, COLUMNS};
	int rank = m->how & ARRAY ? 1 : 3;
	hid_t file = new_file(path, m->how), create = H5Pcreate(H5P_DATASET_CREATE);
	hid_t space = H5Screate_simple(rank, dim, m->chunk[0] ? most : NULL), type, memory, set;

	set_filters(create, m);
	type = H5Tcopy(type_of(m->type, false));
	if (m->how & ODD)
		H5Tset_precision(type, 12);
	memory = H5Tcopy(type_of(m->type, true));
	if (m->how & ARRAY) {
		type = H5Tarray_create2(type, 2, dim + 1);
		memory = H5Tarray_create2(memory, 2, dim + 1);
	}
	set = H5Dcreate2(file, "set", type, space, H5P_DEFAULT, create, H5P_DEFAULT);
	if (set < 0)
		fail_msg("%s: cannot be made", m->name);
	if (!(m->how & LATE))
		write_events(m, set, memory, rank);
	H5Dclose(set);
	H5Tclose(type);
	H5Tclose(memory);
	H5Sclose(space);
	H5Pclose(create);
	H5Fclose(file);
}

static uint8_t *by_library(const struct made *m, const char *path)
{
	hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
	hid_t set = H5Dopen2(file, "set", H5P_DEFAULT), memory = H5Tcopy(type_of(m->type, true));
	hsize_t dim[] = {ROWS, COLUMNS};
	uint8_t *v = calloc((size_t)m->n * ROWS * COLUMNS, (size_t)(m->type[2] - '0'));

	if (m->how & ARRAY)
		memory = H5Tarray_create2(memory, 2, dim);
	assert_true(H5Dread(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, v) >= 0);
	H5Tclose(memory);
	H5Dclose(set);
	H5Fclose(file);
	return v;
}

static struct calib_src *open_set(const char *path, struct calib_err *err)
{
	char name[200];
	const char *names = name;
	struct calib_src_opts opts = {.files = &names, .nfiles = 1};
	struct calib_src *src = NULL;

	snprintf(name, sizeof name, "%s:/set", path);
	if (calib_src_open(&src, &opts, err) < 0)
		return NULL;
	return src;
}

/* A block of frames at a time, so that blocks straddle chunks. */
static void compare_block(const struct made *m, struct calib_frame *frame, size_t n, size_t first,
                          const uint8_t *want, int threads)
{
	size_t size = ROWS * COLUMNS * (size_t)(m->type[2] - '0');
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_frame *list[7] = {NULL};
	uint8_t *have = malloc(size);

	for (size_t i = 0; i < n; i++)
		list[i] = &frame[i];
	if (calib_frames_load(list, n, threads, &err) < 0)
		fail_msg("%s: %s", m->name, err.msg);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(frame[i].place.size, size);
		if (calib_place_read(&frame[i].place, 0, have, size, &err) < 0)
			fail_msg("%s: %s", m->name, err.msg);
		if (memcmp(have, want + (first + i) * size, size) != 0)
			fail_msg("%s: event %zu differs", m->name, first + i);
		calib_frame_release(&frame[i]);
	}
	free(have);
}

static void compare_pass(const struct made *m, struct calib_src *src, const uint8_t *want,
                         int threads)
{
	struct calib_frame frame[7];
	struct calib_layout layout;
	const struct calib_evt *evt;
	size_t n = 0, done = 0;

	while (calib_src_next(src, &evt, NULL) == 1) {
		assert_int_equal(evt->nobjects, 1);
		assert_int_equal(calib_det_layout(&layout, &evt->objects[0], evt->cfg, NULL), 1);
		assert_int_equal(layout.dim[0], ROWS);
		assert_int_equal(layout.dim[1], COLUMNS);
		assert_int_equal(calib_frame_open(&frame[n], &layout, &evt->objects[0], NULL), 0);
		if (++n == 7) {
			compare_block(m, frame, n, done, want, threads);
			done += n;
			n = 0;
		}
	}
	compare_block(m, frame, n, done, want, threads);
	assert_int_equal(done + n, m->n);
	assert_null(calib_src_problem(src, 0));
}

/* Everything of HDF5 that is open now. */
static hsize_t open_ids(void)
{
	static const H5I_type_t kinds[] = {H5I_FILE, H5I_GROUP, H5I_DATATYPE, H5I_DATASPACE,
		H5I_DATASET, H5I_ATTR, H5I_GENPROP_LST};
	hsize_t all = 0, n;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		all += H5Inmembers(kinds[i], &n) >= 0 ? n : 0;
	return all;
}

static void every_layout_gives_the_bytes_of_the_library(void **state)
{
	char path[160];

	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		struct calib_err err = CALIB_ERR_INIT;
		struct calib_src *src;
		uint8_t *want;
		hsize_t ids;

		make_set(&cases[k], in_dir("layout.h5", path));
		want = by_library(&cases[k], path);
		ids = open_ids();
		src = open_set(path, &err);
		if (src == NULL)
			fail_msg("%s: %s", cases[k].name, err.msg);
		compare_pass(&cases[k], src, want, 1);
		assert_int_equal(calib_src_rewind(src, NULL), CALIB_OK);
		compare_pass(&cases[k], src, want, 4);
		calib_src_close(src);
		assert_int_equal(open_ids(), ids);
		free(want);
		unlink(path);
	}
}

/* Chunks of parts of so many large frames that they cannot be read as one block. */
static void parts_of_many_large_frames_are_read_one_by_one(void **state)
{
	enum { N = 18, SIDE = 1024, PIXELS = SIDE * SIDE };
	hsize_t dim[] = {N, SIDE, SIDE}, chunk[] = {N - 1, SIDE / 2, SIDE / 2};
	uint16_t *v = malloc((size_t)N * PIXELS * sizeof *v), *have = malloc(PIXELS * sizeof *v);
	struct calib_err err = CALIB_ERR_INIT;
	hid_t file, create = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(3, dim, NULL);
	const struct calib_evt *evt;
	struct calib_src *src;
	char path[160];
	hid_t set;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < (size_t)N * PIXELS; i++)
		v[i] = (uint16_t)(i / 64 + i / PIXELS);
	file = new_file(in_dir("parts.h5", path), 0);
	H5Pset_chunk(create, 3, chunk);
	H5Pset_deflate(create, 1);
	set = H5Dcreate2(file, "set", H5T_STD_U16LE, space, H5P_DEFAULT, create, H5P_DEFAULT);
	assert_true(H5Dwrite(set, H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, v) >= 0);
	H5Dclose(set);
	H5Sclose(space);
	H5Pclose(create);
	H5Fclose(file);
	src = open_set(path, &err);
	for (; calib_src_next(src, &evt, NULL) == 1; n++) {
		struct calib_frame frame, *list = &frame;
		struct calib_layout layout;

		assert_int_equal(calib_det_layout(&layout, &evt->objects[0], evt->cfg, NULL), 1);
		assert_int_equal(calib_frame_open(&frame, &layout, &evt->objects[0], NULL), 0);
		assert_int_equal(calib_frames_load(&list, 1, 1, NULL), 0);
		assert_int_equal(calib_frame_read(&frame, &layout, 0, PIXELS, have, NULL), 0);
		assert_memory_equal(have, v + n * PIXELS, PIXELS * sizeof *v);
		calib_frame_release(&frame);
	}
	assert_int_equal(n, N);
	calib_src_close(src);
	free(have);
	free(v);
	unlink(path);
}

/* ---- files that are not as they should be ---- */

static void says(const char *path, const char *words)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_src *src = open_set(path, &err);

	assert_null(src);
	if (strstr(err.msg, words) == NULL || strncmp(err.msg, path, strlen(path)) != 0)
		fail_msg("'%s' expected, got: %s", words, err.msg);
}

static void truncated_files_are_told_at_any_length(void **state)
{
	char path[160], part[160];
	struct stat st;
	uint8_t *bytes;
	FILE *f;

	(void)state;
	make_set(&cases[1], in_dir("whole.h5", path));
	assert_int_equal(stat(path, &st), 0);
	bytes = malloc((size_t)st.st_size);
	f = fopen(path, "rb");
	assert_int_equal(fread(bytes, 1, (size_t)st.st_size, f), st.st_size);
	fclose(f);
	in_dir("part.h5", part);
	for (long n = 1; n < st.st_size; n += 1 + n / 8) {
		f = fopen(part, "wb");
		fwrite(bytes, 1, (size_t)n, f);
		fclose(f);
		says(part, n < 8 ? "is no HDF5 file or damaged" : "");
	}
	free(bytes);
	unlink(path);
	unlink(part);
}

/* Bytes of a small file turned over: a sentence or an event, but no crash.  The header of the data
 * set is left out: HDF5 1.10 reads beyond its own buffers when that is wrong. */
static void damaged_files_do_no_harm(void **state)
{
	char path[160];
	struct stat st;
	H5O_info_t info;
	hid_t whole;

	(void)state;
	make_set(&cases[1], in_dir("damaged.h5", path));
	assert_int_equal(stat(path, &st), 0);
	whole = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
	assert_true(H5Oget_info_by_name2(whole, "set", &info, H5O_INFO_BASIC | H5O_INFO_HDR,
	                                 H5P_DEFAULT) >= 0);
	H5Fclose(whole);
	for (long at = 0; at < st.st_size; at += 3) {
		struct calib_err err = CALIB_ERR_INIT;
		struct calib_frame frame, *list = &frame;
		const struct calib_evt *evt;
		struct calib_layout layout;
		struct calib_src *src;
		FILE *f;
		int c;

		if ((haddr_t)at >= info.addr && (haddr_t)at < info.addr + info.hdr.space.total)
			continue;
		f = fopen(path, "r+b");
		fseek(f, at, SEEK_SET);
		c = fgetc(f);
		fseek(f, at, SEEK_SET);
		fputc(c ^ 0xff, f);
		fclose(f);
		src = open_set(path, &err);
		for (int i = 0; src != NULL && i < 20 && calib_src_next(src, &evt, &err) == 1; i++) {
			if (calib_det_layout(&layout, &evt->objects[0], evt->cfg, &err) != 1
			    || layout.size > 1 << 20
			    || calib_frame_open(&frame, &layout, &evt->objects[0], &err) < 0)
				continue;
			if (calib_frames_load(&list, 1, 1, &err) < 0)
				assert_true(err.msg[0] != '\0');
			calib_frame_release(&frame);
		}
		calib_src_close(src);
		f = fopen(path, "r+b");
		fseek(f, at, SEEK_SET);
		fputc(c, f);
		fclose(f);
	}
	unlink(path);
}

static void a_damaged_chunk_is_named(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_frame frame, *list = &frame;
	const struct calib_evt *evt;
	struct calib_layout layout;
	struct calib_src *src;
	hsize_t at[3] = {0};
	char path[160];
	hid_t file, set;

	(void)state;
	make_set(&cases[0], in_dir("chunk.h5", path));
	file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
	set = H5Dopen2(file, "set", H5P_DEFAULT);
	assert_true(H5Dwrite_chunk(set, H5P_DEFAULT, 0, at, 20, "these are no numbers") >= 0);
	H5Dclose(set);
	H5Fclose(file);
	src = open_set(path, &err);
	assert_int_equal(calib_src_next(src, &evt, NULL), 1);
	assert_int_equal(calib_det_layout(&layout, &evt->objects[0], evt->cfg, NULL), 1);
	assert_int_equal(calib_frame_open(&frame, &layout, &evt->objects[0], NULL), 0);
	assert_int_equal(calib_frames_load(&list, 1, 1, &err), CALIB_EFORMAT);
	assert_non_null(strstr(err.msg, "a compressed chunk of 20 bytes is damaged"));
	calib_frame_release(&frame);
	calib_src_close(src);
	unlink(path);
}

static void what_is_written_now_is_told(void **state)
{
	char path[160];
	int fd;

	(void)state;
	make_set(&cases[0], in_dir("locked.h5", path));
	fd = open(path, O_RDONLY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	says(path, "is being written by another program (locked)");
	close(fd);
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "no hdf5", 7), 7);
	close(fd);
	says(path, "is no HDF5 file or damaged");
	unlink(path);
}

/* Filters cannot be missing in a file made here: one is registered only while it is written. */
static size_t copy(unsigned flags, size_t n, const unsigned *v, size_t bytes, size_t *room,
                   void **buf)
{
	(void)flags, (void)n, (void)v, (void)room, (void)buf;
	return bytes;
}

static void a_missing_filter_is_named(void **state)
{
	static const H5Z_class2_t blosc = {H5Z_CLASS_T_VERS, 32001, 1, 1, "blosc", NULL, NULL, copy};
	hsize_t dim[] = {4, ROWS, COLUMNS}, one[] = {1, ROWS, COLUMNS};
	hid_t file, create = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(3, dim, NULL);
	char path[160];
	hid_t set;

	(void)state;
	assert_true(H5Zregister(&blosc) >= 0);
	file = new_file(in_dir("blosc.h5", path), 0);
	H5Pset_chunk(create, 3, one);
	H5Pset_filter(create, 32001, H5Z_FLAG_MANDATORY, 0, NULL);
	set = H5Dcreate2(file, "set", H5T_STD_U16LE, space, H5P_DEFAULT, create, H5P_DEFAULT);
	assert_true(set >= 0);
	H5Dclose(set);
	H5Fclose(file);
	H5Pclose(create);
	H5Sclose(space);
	assert_true(H5Zunregister(32001) >= 0);
	says(path, "compressed with filter 32001 (blosc), which this HDF5 library lacks: repack");
	unlink(path);
}

/* ---- runs ---- */

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

/* One source lacks an event, the other has two exchanged, and equal times of other pulses are not
 * the same event. */
static void sources_are_joined_by_time(void **state)
{
	static const struct when a[] = {{1, 10, 3}, {1, 40, 12}, {1, 30, 9}, {1, 50, 15}};
	static const struct when b[] = {{1, 10, 3}, {1, 20, 6}, {1, 30, 9}, {1, 40, 12},
		{1, 50, 18}};
	static const struct { unsigned nsec, objects; } want[] = {{10, 2}, {20, 1}, {30, 2}, {40, 2},
		{50, 1}, {50, 1}};
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
		for (size_t i = 0; i < evt->nobjects; i++) {
			struct calib_layout layout;
			struct calib_frame frame, *list = &frame;
			uint16_t v[15];

			assert_int_equal(calib_det_layout(&layout, &evt->objects[i], evt->cfg, NULL),
			                 1);
			assert_int_equal(calib_frame_open(&frame, &layout, &evt->objects[i], NULL), 0);
			assert_int_equal(calib_frames_load(&list, 1, 1, NULL), 0);
			assert_int_equal(calib_frame_read(&frame, &layout, 0, 15, v, NULL), 0);
			assert_int_equal(v[14], evt->nsec);
			calib_frame_release(&frame);
		}
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
	assert_int_equal(layout.gain, 1);
	assert_non_null(layout.config);
	calib_src_close(src);
	unlink(path);
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/calib-hdf5-XXXXXX");
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_gives_the_bytes_of_the_library),
		cmocka_unit_test(parts_of_many_large_frames_are_read_one_by_one),
		cmocka_unit_test(truncated_files_are_told_at_any_length),
		cmocka_unit_test(damaged_files_do_no_harm),
		cmocka_unit_test(a_damaged_chunk_is_named),
		cmocka_unit_test(what_is_written_now_is_told),
		cmocka_unit_test(a_missing_filter_is_named),
		cmocka_unit_test(sources_are_joined_by_time),
		cmocka_unit_test(cycles_in_files_of_their_own_are_followed),
		cmocka_unit_test(runs_are_found_by_experiment),
		cmocka_unit_test(many_files_are_one_run),
		cmocka_unit_test(jungfrau_has_its_gain_and_value_bits),
	};

	return cmocka_run_group_tests_name("hdf5_made", tests, make_dir, remove_dir);
}
