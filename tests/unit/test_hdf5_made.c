/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_hdf5_made.c - data sets of many layouts: our bytes against those of H5Dread */
#include "hdf5_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include "det/det.h"

enum { SHUFFLE = 1, DEFLATE = 2, FLETCHER = 4, ARRAY = 8, HOLES = 32, MASKED = 64, LATE = 128,
	ODD = 256, SCALE = 1024 };
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
		for (int i = 0; src && i < 20 && calib_src_next(src, &evt, &err) == 1; i++) {
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
	static const H5Z_class2_t blosc = {H5Z_CLASS_T_VERS, 32001, 1, 1, "blosc", NULL, NULL,
		copy};
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
	};

	return cmocka_run_group_tests_name("hdf5_made", tests, make_dir, remove_dir);
}
