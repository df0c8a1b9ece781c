/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/plot/report.h - what a report of a dark run is made of */
#ifndef CALIB_CMD_PLOT_REPORT_H
#define CALIB_CMD_PLOT_REPORT_H
#include "det/det.h"
#include "det/parts.h"
#include "nda/nda.h"
#include "plot/plot.h"
#include "render/spectrum.h"

enum report_array { REPORT_AVE, REPORT_RMS, REPORT_MIN, REPORT_MAX, REPORT_TRACE, REPORT_NARRAYS };

/* What is known of one source of one run. */
struct report {
	const char *file;		/* of the statistics */
	char *exp, *source, *detector, *version, *algo, *parameters, *options, *inputs, *events;
	char *configuration, *verdict, *verdict_rows, *group;
	int64_t run, frames;
	struct calib_nda array[REPORT_NARRAYS];
	struct calib_nda status;	/* words, size 0: none */
	struct calib_nda ruling;	/* pedestals in force for the run, size 0: none */
	struct calib_str ruling_path;
	struct calib_parts parts;
	bool woven;			/* of a CSPAD2x2: its two sensors lie in each other */
	struct calib_str geometry_path;
	struct calib_view view;		/* of the pictures of one gain range */
	bool assembled;			/* by the geometry, else sensors beside each other */
	const char *calib;		/* calibration directory, or NULL */
	const char *status_file;	/* of --status, or NULL */
};
/* report_load - from -stat- file, --status, -c; release in any case */
CALIB_MUST_CHECK
int report_load(struct report *r, const struct plot_opts *o, struct calib_err *err);
void report_release(struct report *r);
/* report_write - the page */
CALIB_MUST_CHECK
int report_write(const struct plot_opts *o, struct calib_err *err);

/* report_tables - numbers, bad pixels, sensors, files in force; report_parts - those by sensors
 * and ASICs; report_pictures - pictures of each gain range, and what the script needs */
CALIB_MUST_CHECK
int report_tables(struct calib_str *s, const struct report *r, struct calib_err *err);
CALIB_MUST_CHECK
int report_parts(struct calib_str *s, const struct report *r, struct calib_err *err);
CALIB_MUST_CHECK
int report_pictures(struct calib_str *s, const struct report *r, struct calib_err *err);
/* report_spectrum - its steps; log: of the counts
 * report_trace - the level event by event
 * report_profiles - noise along rows and columns of the sensors beside each other, whose rows are
 * straight; bad of each pixel, or NULL */
void report_spectrum(struct calib_str *s, const struct calib_spectrum *spectrum, bool log_counts);
void report_trace(struct calib_str *s, const struct report *r);
void report_profiles(struct calib_str *s, const struct calib_nda *rms,
                     const struct calib_view *view, const uint8_t *bad);
/* report_gain - one gain range of an array of the run, without copying it; all arrays are in the
 * order of the averages, whatever their shape */
struct calib_nda report_gain(const struct report *r, const struct calib_nda *all, size_t gain);
/* report_bit - what a bit of the status means */
const char *report_bit(int bit);
/* report_cell - <td> with a text or a number */
void report_cell(struct calib_str *s, const char *text);
void report_number(struct calib_str *s, const char *format, double v);
#endif
