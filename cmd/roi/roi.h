/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/roi.h - what the verbs of calib-roi share */
#ifndef CALIB_CMD_ROI_H
#define CALIB_CMD_ROI_H
#include "cli.h"
#include "cligeo.h"
#include "cliout.h"
#include "form/shapes.h"
#include "geo/coords.h"

int roi_image(int argc, char **argv);
int roi_draw(int argc, char **argv);
int roi_mask(int argc, char **argv);
int roi_nda(int argc, char **argv);
int roi_edit(int argc, char **argv);
int roi_convert(int argc, char **argv);
int roi_merge(int argc, char **argv);
/* roi_old - the letters of roicon: calib-roi -p 1|2|3 ... */
int roi_old(int argc, char **argv);

/* Options of the verbs; each has those of its children. */
struct roi_opts {
	struct cli cli;
	struct cli_geo from;
	struct cli_output output;
	const char *array;		/* -i; NULL: none */
	const char *mask_image;		/* -m */
	const char *const *shapes;	/* -s, nshapes of them */
	size_t nshapes, shapes_room;
	const char *const *and;		/* --and, nand of them */
	size_t nand, and_room;
	long bits;			/* -b; -1: not given */
	bool invert;
};
#define ROI_OPTS_INIT {.from = CLI_GEO_INIT, .output = CLI_OUTPUT_INIT, .bits = -1}
/* roi_parse_common - -i -m -s -b --and --invert; ARGP_ERR_UNKNOWN: another key */
error_t roi_parse_common(int key, char *arg, struct argp_state *state, struct roi_opts *o);
void roi_opts_release(struct roi_opts *o);
enum { ROI_KEY_AND = CLI_KEY_OWN, ROI_KEY_INVERT, ROI_KEY_VERB };
/* Their rows for the tables of options. */
#define ROI_OPT_ARRAY(what) {"array", 'i', "NDA", 0, what, 2}
#define ROI_OPT_SHAPES                                                                             \
	{                                                                                          \
		"shapes", 's', "FILE", 0,                                                          \
			"shapes: text, lines of CorAna's editor, JSON of "                         \
			"the LCLS-II editor, SVG, or a .geom file with bad regions of CrystFEL; "  \
			"may be given again; "                                                     \
			"'-' is standard input",                                                   \
			2                                                                          \
	}
#define ROI_OPT_BITS(otherwise) {"bits", 'b', "BITS", 0, "sensor mask: 1 edges, 2 wide pixels, 4 " \
	"not bonded, 8 and their neighbours, 16 all eight; the sum of them (" otherwise ")", 2}

/* A geometry, and where its pixels are. */
struct roi_place {
	struct calib_geo geo;
	struct calib_geo_layout layout;
	struct calib_nda xyz[3], row, col;
	size_t rows, cols;		/* of the image */
	uint32_t crc;			/* of the rows and columns */
};
#define ROI_PLACE_INIT {CALIB_GEO_INIT, CALIB_GEO_LAYOUT_INIT, \
	{CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT}, CALIB_NDA_INIT, CALIB_NDA_INIT, 0, 0, 0}
CALIB_MUST_CHECK
int roi_place_open(struct roi_place *place, const struct cli_geo *from, struct calib_err *err);
void roi_place_close(struct roi_place *place);
struct calib_shapes_hints roi_hints(const struct roi_place *place);

/* roi_shapes - all files of -s as one list; place NULL: no geometry */
CALIB_MUST_CHECK
int roi_shapes(struct calib_shapes *shapes, const struct roi_opts *o,
               const struct roi_place *place, struct calib_err *err);
/* roi_draw_image - mask of an image, 1 keep; shapes of sensors and in um are CALIB_EINVAL */
CALIB_MUST_CHECK
int roi_draw_image(struct calib_nda *mask, const struct calib_shapes *shapes, size_t rows,
                   size_t cols, struct calib_err *err);
/* roi_apply - mask of the pixels of a geometry by shapes of every space, with their bits and grow
 */
CALIB_MUST_CHECK
int roi_apply(struct calib_nda *mask, const struct roi_place *place,
              const struct calib_shapes *shapes, struct calib_err *err);
/* roi_sensor_mask - and the bits of the sensors */
CALIB_MUST_CHECK
int roi_sensor_mask(struct calib_nda *mask, const struct roi_place *place, long bits,
                    struct calib_err *err);
/* roi_image_of - an array as the image of a geometry; NULL: of ones */
CALIB_MUST_CHECK
int roi_image_of(struct calib_nda *image, const struct roi_place *place,
                 const struct calib_nda *array, struct calib_err *err);

/* roi_load_image - an array of any form, or PNG; roi_load_mask - 0 and 1 of a file: array of any
 * form, or PNG; other values count as 1 and are told.  *crc: of the geometry it was drawn on, 0 not
 * stated. */
CALIB_MUST_CHECK
int roi_load_image(struct calib_nda *image, uint32_t *crc, const char *path,
                   struct calib_err *err);
CALIB_MUST_CHECK
int roi_load_mask(struct calib_nda *mask, uint32_t *crc, const char *path, struct calib_err *err);
/* roi_check_crc - a warning when a mask or shapes were made on another geometry */
void roi_check_crc(const char *what, uint32_t crc, const struct roi_place *place);
/* roi_and - mask = mask AND the mask of a file, of the same number of values */
CALIB_MUST_CHECK
int roi_and(struct calib_nda *mask, const char *path, struct calib_err *err);
/* roi_save - with the mark of the geometry among the comments, 0: none */
CALIB_MUST_CHECK
int roi_save(const struct calib_nda *nda, const struct roi_opts *o, uint32_t crc,
             struct calib_err *err);
/* roi_segments - the sensors of an array, for neighbours: by the geometry, or its last two
 * dimensions */
struct roi_segments { size_t n, step; struct calib_roi_grid grid; };
struct roi_segments roi_segments(const struct calib_nda *mask, const struct roi_place *place);
#endif
