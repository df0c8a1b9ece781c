/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/bench/geo.c - a geometry loaded and evaluated, and an image of one frame
 * usage: geo FILE RUNS; prints the least ms of load + coordinates, of indexes, of an image. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "store/geofile.h"

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

struct times {
	double coords, index, image;
};

static void least(double *best, double ms)
{
	*best = *best == 0 || ms < *best ? ms : *best;
}

static int once(const char *path, struct times *best, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_geocells cells = CALIB_GEOCELLS_INIT;
	struct calib_geogrid grid = {0};
	size_t dim[3], n = 0;
	double *x = NULL, from = now_ms();
	float *frame = NULL, *image = NULL;
	int rc = calib_geo_load(&geo, path, err);

	if (rc >= 0)
		rc = calib_geo_shape(&geo, geo.top, dim, &n, err);
	if (rc >= 0) {
		x = malloc(3 * n * sizeof *x);
		frame = calloc(n, sizeof *frame);
		rc = calib_geo_coords(&geo, geo.top, &(struct calib_geoview){0}, x, x + n,
				      x + 2 * n, err);
		least(&best->coords, now_ms() - from);
	}
	if (rc >= 0) {
		from = now_ms();
		grid.pitch = calib_geo_pitch(&geo, geo.top);
		rc = calib_geo_cells(&cells, x, x + n, n, &grid, err);
		least(&best->index, now_ms() - from);
	}
	if (rc >= 0) {
		image = calloc(cells.rows * cells.cols, sizeof *image);
		calib_geo_image(&cells, frame, 0, image);
		from = now_ms();
		calib_geo_image(&cells, frame, 0, image);
		least(&best->image, now_ms() - from);
	}
	free(image);
	free(frame);
	free(x);
	calib_geocells_release(&cells);
	calib_geo_release(&geo);
	return rc;
}

int main(int argc, char **argv)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct times best = {0};
	int rc = argc == 3 ? 0 : -1;

	for (long i = 0; rc >= 0 && i < strtol(argv[2], NULL, 10); i++)
		rc = once(argv[1], &best, &err);
	if (rc < 0)
		fprintf(stderr, "geo: %s\n", argc == 3 ? err.msg : "usage: geo FILE RUNS");
	else
		printf("%.1f %.1f %.1f\n", best.coords, best.index, best.image);
	return rc < 0;
}
