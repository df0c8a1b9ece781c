/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/geom.h - what the verbs of calib-geom share */
#ifndef CALIB_CMD_GEOM_H
#define CALIB_CMD_GEOM_H
#include "cli.h"
#include "cligeo.h"
#include "nda/nda.h"

int geom_info(int argc, char **argv);
int geom_coords(int argc, char **argv);
int geom_index(int argc, char **argv);
int geom_image(int argc, char **argv);
int geom_mask(int argc, char **argv);
int geom_set(int argc, char **argv);
int geom_move(int argc, char **argv);
int geom_tilt(int argc, char **argv);
int geom_diff(int argc, char **argv);
int geom_check(int argc, char **argv);
int geom_convert(int argc, char **argv);
int geom_new(int argc, char **argv);
int geom_table(int argc, char **argv);
int geom_metrology(int argc, char **argv);
int geom_xlsx2txt(int argc, char **argv);

/* An object as the user names it, NAME:INDEX; NULL: the root. */
struct geom_object { const char *text; };
/* geom_find - its place in geo->obj; CALIB_ENOTFOUND lists the objects there are */
CALIB_MUST_CHECK
int geom_find(size_t *obj, const struct calib_geo *geo, const char *text, struct calib_err *err);
/* geom_is_object - may an argument be NAME:INDEX, rather than a file? */
bool geom_is_object(const char *text);

/* -o --format, for arrays */
struct geom_output {
	const char *path;
	struct calib_nda_form form;
};
#define GEOM_OUTPUT_INIT {"-", {CALIB_FORM_AUTO, NULL, NULL, false, true}}
extern const struct argp geom_output_argp;
/* geom_save - an array there; keep: as of struct cli */
CALIB_MUST_CHECK
int geom_save(const struct calib_nda *nda, const struct geom_output *out, const struct cli *cli,
              struct calib_err *err);

/* --frame --no-tilt --wide-centre */
extern const struct argp geom_view_argp;	/* of struct calib_geoview */
/* geom_coords_of - x, y, z [um] of the pixels in one array (3,...), shape of the data behind */
CALIB_MUST_CHECK
int geom_coords_of(struct calib_nda *xyz, const struct calib_geo *geo, size_t obj,
                   const struct calib_geoview *view, struct calib_err *err);
#endif
