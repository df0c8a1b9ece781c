/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/verbs.h - what the verbs of calib-geom share */
#ifndef CALIB_CMD_GEOM_VERBS_H
#define CALIB_CMD_GEOM_VERBS_H
#include "cli.h"
#include "cligeo.h"
#include "cliout.h"
#include "geo/coords.h"

int geom_info(int argc, char **argv);
int geom_coords(int argc, char **argv);
int geom_index(int argc, char **argv);
int geom_image(int argc, char **argv);
int geom_mask(int argc, char **argv);
int geom_table(int argc, char **argv);
int geom_set(int argc, char **argv);
int geom_move(int argc, char **argv);
int geom_tilt(int argc, char **argv);
int geom_diff(int argc, char **argv);
int geom_check(int argc, char **argv);
int geom_new(int argc, char **argv);
int geom_convert(int argc, char **argv);
int geom_metrology(int argc, char **argv);
int geom_xlsx2txt(int argc, char **argv);
int geom_rings(int argc, char **argv);
int geom_radial(int argc, char **argv);
int geom_align(int argc, char **argv);

/* --frame --no-tilt --wide-centre --zplane */
struct geom_view {
	struct calib_geo_view view;
	bool projected;			/* --zplane given */
	double zplane;			/* NaN: the mean of z */
};
#define GEOM_VIEW_INIT {{CALIB_GEO_PSANA, false, false}, false, 0}
extern const struct argp geom_view_argp;

/* --pix --off */
struct geom_grid {
	double pix;			/* 0: pixel of the detector */
	long offset[2];
};
#define GEOM_GRID_INIT {0, {0, 0}}
extern const struct argp geom_grid_argp;

/* geom_numbers - "A,B" as two numbers in lo..hi; a usage error otherwise */
void geom_numbers(const struct argp_state *state, const char *option, const char *arg,
                  double lo, double hi, double out[2]);

/* A geometry and the object of it that is asked for, with its sensors. */
struct geom {
	struct calib_geo geo;
	struct calib_geo_layout layout;
	struct calib_nda xyz[3], rows, cols;
};
#define GEOM_INIT {CALIB_GEO_INIT, CALIB_GEO_LAYOUT_INIT, \
	{CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT}, CALIB_NDA_INIT, CALIB_NDA_INIT}
/* geom_open - read it; object NULL: the top */
CALIB_MUST_CHECK
int geom_open(struct geom *g, const struct cli_geo *from, const char *object,
              struct calib_err *err);
/* geom_place - coordinates; geom_index_arrays - cells as well, and the grid they are of */
CALIB_MUST_CHECK
int geom_place(struct geom *g, const struct geom_view *view, struct calib_err *err);
CALIB_MUST_CHECK
int geom_cells(struct geom *g, const struct geom_view *view, const struct geom_grid *how,
               struct calib_geo_grid *grid, struct calib_err *err);
void geom_close(struct geom *g);

/* geom_save - a geometry as text on -o FILE; a warning when that rounds, unless full */
CALIB_MUST_CHECK
int geom_save(const struct calib_geo *geo, const char *path, bool full, const struct cli *cli,
              struct calib_err *err);
#endif
