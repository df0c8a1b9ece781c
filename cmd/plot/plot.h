/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/plot/plot.h - what calib-plot is told, and the picture it makes */
#ifndef CALIB_CMD_PLOT_H
#define CALIB_CMD_PLOT_H
#include "cli.h"
#include "cligeo.h"
#include "geo/coords.h"
#include "render/plot.h"
#include "render/term.h"

enum { PLOT_RINGS = 32 };
enum plot_view { PLOT_VIEW_TABLE, PLOT_VIEW_IMAGE, PLOT_VIEW_FLAT };

struct plot_opts {
	struct cli cli;
	struct cli_geo from;
	const char *array, *output;	/* output NULL: none */
	const char *minus, *mask, *status, *title, *boxes, *constants;
	int view;			/* -1: image with a geometry, else table */
	struct calib_scale scale;
	struct calib_colours colours;
	struct calib_cmap map;
	bool map_given, range_given;
	long window[4];			/* r0 r1 c0 c1; r1 0: not given */
	long quarters, bins, enlarge, shrink;
	bool mirror, bare, grey16, log_counts, reference_stat, report;
	uint32_t bad;
	long under, over;		/* colours, -1: ends of the map */
	struct calib_plot_ring ring[PLOT_RINGS];
	size_t nrings;
	long size[2];
	int preview;			/* -1 none, else enum calib_term, PREVIEW_ASK */
};
enum { PREVIEW_ASK = 100 };		/* what the terminal can do */

/* What is drawn, of one array. */
struct plot {
	struct calib_nda values, minus;
	uint8_t *bad;
	struct calib_view view;
	struct calib_picture full, shown;	/* shown: as large as the picture has room for */
	struct calib_colours colours;
	struct calib_spectrum spectrum;
	uint8_t rgb[256][3];
	size_t row0, col0;		/* of the window */
};

/* plot_load - array, what is subtracted, bad pixels, arrangement, values, range, spectrum */
CALIB_MUST_CHECK
int plot_load(struct plot *p, const struct plot_opts *o, struct calib_err *err);
void plot_release(struct plot *p);
/* plot_by_geometry - pixels of the first gain range where the geometry has them; name: of the
 * array, for messages.  Returns how many gain ranges values has. CALIB_ESHAPE: the geometry is of
 * another detector. */
CALIB_MUST_CHECK
int plot_by_geometry(struct calib_view *view, const struct cli_geo *from,
                     const struct calib_nda *values, const char *name, struct calib_err *err);
/* plot_shrunk - the picture with at most rows x cols cells */
CALIB_MUST_CHECK
int plot_shrunk(struct calib_picture *picture, const struct plot *p, double rows, double cols,
                struct calib_err *err);
/* plot_write - the file of -o */
CALIB_MUST_CHECK
int plot_write(struct plot *p, const struct plot_opts *o, struct calib_err *err);
/* plot_preview - on the terminal */
CALIB_MUST_CHECK
int plot_preview(struct plot *p, const struct plot_opts *o, struct calib_err *err);
#endif
