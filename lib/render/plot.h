/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/plot.h - an annotated picture by cairo: image with axes, colour bar, title, spectrum,
 * statistics; PNG, SVG or PDF
 *
 * Programs that use it link cairo; all others do not. */
#ifndef CALIB_RENDER_PLOT_H
#define CALIB_RENDER_PLOT_H
#include "base/str.h"
#include "render/picture.h"
#include "render/spectrum.h"

struct calib_plot_ring { double x, y, r; };	/* column, row, cells of the picture */

struct calib_plot {
	const struct calib_picture *picture;	/* what is shown */
	const struct calib_colours *colours;
	const uint8_t (*rgb)[3];		/* the palette, see calib_palette() */
	const struct calib_spectrum *spectrum;
	struct calib_spectrum_stat stat;
	const char *stat_name;			/* where the numbers come from: "pixels" */
	bool log_counts;
	const size_t *count;			/* pixels of each enum calib_cell */
	const char *title, *note;		/* any text; note below everything */
	double row0, col0;			/* row and column of the first cell, for the axes */
	double step;				/* pixels from cell to cell */
	const struct calib_plot_ring *ring;
	size_t nrings;
	double width, height;			/* of the whole [pixels, points] */
};

enum calib_plot_form { CALIB_PLOT_PNG, CALIB_PLOT_SVG, CALIB_PLOT_PDF };

/* Where a text stands: for tests that none is cut and none covers another. */
struct calib_plot_box { double x, y, w, h; char text[64]; };
struct calib_plot_boxes { struct calib_plot_box *box; size_t n, room; };

/* calib_plot_draw - the file, into bytes; boxes may be NULL, else free() its list
 * CALIB_EINVAL: smaller than 200 x 200. */
CALIB_MUST_CHECK
int calib_plot_draw(struct calib_str *bytes, enum calib_plot_form form,
                    const struct calib_plot *plot, struct calib_plot_boxes *boxes,
                    struct calib_err *err);
#endif
