/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/bench/geo.c - geometry file to pixel coordinates and an image, one thread
 * usage: geo */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "geo/coords.h"

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop(const struct calib_err *err)
{
	fprintf(stderr, "geo: %s\n", err->msg);
	exit(1);
}

/* n sensors in columns, all turned and tilted about the three axes. */
static void make_text(struct calib_str *text, const char *segment, int n, const int step[2])
{
	calib_str_clear(text);
	for (int i = 0; i < n; i++)
		calib_str_addf(text, "CAMERA 0 %s %d %d %d %d %d 0 0 0.%03d -0.%03d 0.%03d\n",
			       segment, i, i % 4 * step[0], i / 4 * step[1], i, i % 4 * 90, 100 + i,
			       50 + i, 20 + i);
	calib_str_add(text, "IP 0 CAMERA 0 0 0 -100000 90 0 0 1.5 0 0\n");
}

/* Seconds for load and coordinates, and for the image of one array of 'pixels'. */
static void once(const struct calib_str *text, double took[2])
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	struct calib_nda rows = CALIB_NDA_INIT, cols = CALIB_NDA_INIT, image = CALIB_NDA_INIT;
	struct calib_nda values = CALIB_NDA_INIT;
	struct calib_geo_view view = {CALIB_GEO_PSANA, false, false};
	struct calib_geo_grid grid = {0, {0, 0}, CALIB_GEO_PSANA};
	double t = now_s();

	if (calib_geo_read(&geo, text->s, text->len, "bench", 0, &err) < 0
	    || calib_geo_layout(&l, &geo, geo.top, &err) < 0
	    || calib_geo_coords(xyz, &geo, &l, &view, &err) < 0)
		stop(&err);
	took[0] = now_s() - t;
	grid.pix = l.scale;
	if (calib_geo_index(&rows, &cols, xyz, &grid, &err) < 0
	    || calib_nda_alloc(&values, CALIB_F32, 1, &l.size, &err) < 0)
		stop(&err);
	for (size_t i = 0; i < l.size; i++)
		((float *)values.data)[i] = (float)i;
	t = now_s();
	if (calib_geo_image(&image, &rows, &cols, &values, 0, &err) < 0)
		stop(&err);
	took[1] = now_s() - t;
	for (int k = 0; k < 3; k++)
		calib_nda_release(&xyz[k]);
	calib_nda_release(&rows);
	calib_nda_release(&cols);
	calib_nda_release(&image);
	calib_nda_release(&values);
	calib_geo_layout_release(&l);
	calib_geo_release(&geo);
}

int main(void)
{
	static const struct { const char *name, *segment; int n, step[2]; double limit; } rows[] = {
		{"CSPAD", "SENS2X1:V1", 32, {45000, 23000}, 40},
		{"16 x 512x1024", "JUNGFRAU:V1", 16, {80000, 40000}, 120},
	};
	struct calib_str text = CALIB_STR_INIT;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		double best[2] = {1e9, 1e9}, took[2];

		make_text(&text, rows[i].segment, rows[i].n, rows[i].step);
		for (int k = 0; k < 7; k++) {
			once(&text, took);
			for (int j = 0; j < 2; j++)
				best[j] = took[j] < best[j] ? took[j] : best[j];
		}
		printf("%-14s load and coordinates %6.1f ms (limit %.0f), image of one frame %5.1f "
		       "ms\n",
		       rows[i].name, best[0] * 1e3, rows[i].limit, best[1] * 1e3);
	}
	calib_str_release(&text);
	return 0;
}
