/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/bench/h5.c - "h5 FILE": all events of a compressed CSPAD run, by our chunks and by H5Dread
 * FILE is made when it is not there.  Prints MB/s of raw data and ratios. */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "det/det.h"

enum { EVENTS = 64, PIXELS = 32 * 185 * 388, BLOCK = 8, RUNS = 5 };
static const hsize_t frame[] = {32, 185, 388};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "h5: %s\n", what);
	exit(1);
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* As calib-sim has it: pedestals of 1000 ADU, 125 more by ASIC and 62 more by pixel, and noise of
 * 3 ADU. */
static void fill(int16_t *v, int event)
{
	for (uint64_t i = 0; i < PIXELS; i++) {
		uint64_t fixed = mix(i), asic = mix(i / (185 * 194) + 99);
		uint64_t x = mix(i * EVENTS + (uint64_t)event + 1234567);
		int noise = 0;

		for (int k = 0; k < 8; k++)
			noise += (int)(x >> 8 * k & 3) + (int)(x >> (8 * k + 4) & 1);
		v[i] = (int16_t)(1000 + (int)(asic % 126) + (int)(fixed % 63) + noise - 16);
	}
}

/* As stacks have it, a chunk an event; as the Translator has it, elements that are frames. */
static void make(const char *path)
{
	hsize_t dim[] = {EVENTS, 32, 185, 388}, one[] = {1, 32, 185, 388}, two = 2, n = EVENTS;
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	hid_t a = H5Pcreate(H5P_DATASET_CREATE), b = H5Pcreate(H5P_DATASET_CREATE);
	hid_t type = H5Tarray_create2(H5T_STD_I16LE, 3, frame);
	hid_t sa = H5Screate_simple(4, dim, NULL), sb = H5Screate_simple(1, &n, NULL);
	int16_t *v = malloc(2 * PIXELS * sizeof *v);
	hid_t stack, list = -1;

	H5Pset_chunk(a, 4, one);
	H5Pset_chunk(b, 1, &two);
	H5Pset_shuffle(a);
	H5Pset_shuffle(b);
	H5Pset_deflate(a, 1);
	H5Pset_deflate(b, 1);
	stack = H5Dcreate2(file, "stack", H5T_STD_I16LE, sa, H5P_DEFAULT, a, H5P_DEFAULT);
	list = H5Dcreate2(file, "list", type, sb, H5P_DEFAULT, b, H5P_DEFAULT);
	for (hsize_t i = 0; i < EVENTS; i += 2) {
		hsize_t at[] = {i, 0, 0, 0}, count[] = {2, 32, 185, 388}, k = 2;
		hid_t ma = H5Screate_simple(4, count, NULL), mb = H5Screate_simple(1, &k, NULL);

		fill(v, (int)i);
		fill(v + PIXELS, (int)i + 1);
		H5Sselect_hyperslab(sa, H5S_SELECT_SET, at, NULL, count, NULL);
		H5Sselect_hyperslab(sb, H5S_SELECT_SET, at, NULL, &k, NULL);
		if (H5Dwrite(stack, H5T_NATIVE_INT16, ma, sa, H5P_DEFAULT, v) < 0
		    || H5Dwrite(list, type, mb, sb, H5P_DEFAULT, v) < 0)
			die("cannot write");
		H5Sclose(ma);
		H5Sclose(mb);
	}
	H5Dclose(stack);
	H5Dclose(list);
	H5Sclose(sa);
	H5Sclose(sb);
	H5Tclose(type);
	H5Pclose(a);
	H5Pclose(b);
	H5Fclose(file);
	free(v);
}

/* Event by event, with room for a chunk. */
static double by_library(const char *path, const char *name, uint64_t *check)
{
	hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
	hid_t access = H5Pcreate(H5P_DATASET_ACCESS), set, space, type, memory;
	hsize_t at[4] = {0}, count[] = {1, 32, 185, 388};
	int16_t *v = malloc(PIXELS * sizeof *v);
	double t = now();

	H5Pset_chunk_cache(access, 521, (size_t)3 * 2 * PIXELS, 1.0);
	set = H5Dopen2(file, name, access);
	space = H5Dget_space(set);
	type = strcmp(name, "list") == 0 ? H5Tarray_create2(H5T_NATIVE_INT16, 3, frame)
	                                 : H5Tcopy(H5T_NATIVE_INT16);
	memory = H5Screate_simple(H5Sget_simple_extent_ndims(space), count, NULL);
	for (at[0] = 0; at[0] < EVENTS; at[0]++) {
		H5Sselect_hyperslab(space, H5S_SELECT_SET, at, NULL, count, NULL);
		if (H5Dread(set, type, memory, space, H5P_DEFAULT, v) < 0)
			die("H5Dread failed");
		*check += (uint16_t)v[at[0] * 1000];
	}
	t = now() - t;
	H5Sclose(memory);
	H5Tclose(type);
	H5Sclose(space);
	H5Dclose(set);
	H5Pclose(access);
	H5Fclose(file);
	free(v);
	return t;
}

/* Blocks of frames, as calib-dark takes them. */
static void flush(const struct calib_layout *l, struct calib_frame *f, int n, uint64_t first,
                  int threads, uint64_t *check)
{
	struct calib_frame *list[BLOCK] = {NULL};

	for (int i = 0; i < n; i++)
		list[i] = &f[i];
	if (calib_frames_load(list, (size_t)n, threads, NULL) < 0)
		die("cannot load");
	for (int i = 0; i < n; i++) {
		uint16_t w;

		if (calib_frame_read(&f[i], &l[i], (first + (uint64_t)i) * 1000, 1, &w, NULL) < 0)
			die("cannot read");
		*check += w;
		calib_frame_release(&f[i]);
	}
}

static double by_chunks(const char *path, const char *name, int threads, uint64_t *check)
{
	struct calib_layout l[BLOCK];
	struct calib_frame f[BLOCK];
	struct calib_src *src = NULL;
	const struct calib_evt *evt;
	char file[4200];
	const char *files = file;
	struct calib_src_opts opts = {.files = &files, .nfiles = 1};
	uint64_t done = 0;
	int n = 0;
	double t = now();

	snprintf(file, sizeof file, "%.4000s:/%s", path, name);
	if (calib_src_open(&src, &opts, NULL) < 0)
		die("cannot open the run");
	while (calib_src_next(src, &evt, NULL) == 1) {
		if (calib_det_layout(&l[n], &evt->objects[0], evt->cfg, NULL) != 1
		    || calib_frame_open(&f[n], &l[n], &evt->objects[0], NULL) < 0)
			die("no frame");
		if (++n == BLOCK) {
			flush(l, f, n, done, threads, check);
			done += (uint64_t)n;
			n = 0;
		}
	}
	flush(l, f, n, done, threads, check);
	t = now() - t;
	calib_src_close(src);
	return t;
}

int main(int argc, char **argv)
{
	static const char *const names[] = {"stack", "list"};
	static const double limit[] = {2.5, 3.5};

	if (argc != 2)
		die("usage: h5 FILE");
	if (access(argv[1], R_OK) != 0)
		make(argv[1]);
	for (int k = 0; k < 2; k++) {
		double best[3] = {1e9, 1e9, 1e9};
		uint64_t check[3];

		for (int r = 0; r < RUNS; r++)
			for (int j = 0; j < 3; j++) {
				double t;

				check[j] = 0;
				t = j == 0 ? by_library(argv[1], names[k], &check[0])
				           : by_chunks(argv[1], names[k], j, &check[j]);
				best[j] = t < best[j] ? t : best[j];
			}
		if (check[0] != check[1] || check[0] != check[2])
			die("different pixels");
		printf("HDF5 %-5s H5Dread %4.0f MB/s", names[k], 2e-6 * PIXELS * EVENTS / best[0]);
		for (int j = 1; j < 3; j++)
			printf("; %d threads %4.0f MB/s, %.2f x (limit %.1f)", j,
			       2e-6 * PIXELS * EVENTS / best[j], best[0] / best[j], limit[j - 1]);
		puts("");
	}
	return 0;
}
