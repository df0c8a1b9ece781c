/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/run.h - a run that is being processed (private to cmd/dark/run.c, find.c, product.c) */
#ifndef CALIB_CMD_DARK_RUN_H
#define CALIB_CMD_DARK_RUN_H
#include "base/str.h"
#include "dark/dark.h"
#include "dark/source.h"
#include "src/src.h"

struct dark_run {
	const struct dark_opts *o;
	struct calib_src_opts open;
	struct calib_src *src;
	struct calib_selection *sel;
	struct calib_filter filter;
	struct calib_codes codes;
	struct dark_sources sources;
	struct calib_str others;	/* image sources that were not asked for */
	struct calib_str left_out;	/* a line for each source asked for that is not processed */
	struct calib_str absent;	/* a line for each thing asked for that is not there */
	struct calib_str inputs, options;
	char exp[64];
	unsigned number;		/* of the run, of the first one of several */
	uint64_t total;			/* events the first pass found */
	int only_step;			/* this round is of one cycle; -1: of all */
	int first_step, last_step;	/* that have good arrays */
	int ncycles;			/* the largest of a good array, and one */
	bool failed;			/* something of one source failed, and was said */
	bool waiting;			/* for the first file of the run, which was said */
	/* what the codes of the event that was looked at last say */
	uint64_t light_event;
	enum calib_light light;
	/* the scan label of the cycle that was looked at last */
	unsigned label_run;
	int label_step, label_range;	/* range it names; -1: none, -2: charge injection */
};

/* dark_find_sources - new sources of images in an event: ours when they were asked for */
CALIB_MUST_CHECK
int dark_find_sources(struct dark_run *run, const struct calib_evt *evt, struct calib_err *err);
/* dark_note_late - a source asked for that begins beyond -m */
void dark_note_late(struct dark_run *run, const struct calib_evt *evt);
/* dark_name_missing - after the first pass: say what was asked for and cannot be processed
 * CALIB_OK when there is something to process. */
CALIB_MUST_CHECK
int dark_name_missing(struct dark_run *run, struct calib_err *err);
/* dark_check_source - after the first pass: can it be processed? */
CALIB_MUST_CHECK
int dark_check_source(const struct dark_run *run, const struct dark_source *source,
                      struct calib_err *err);
/* dark_label_range - the gain range that the label of the event's cycle names, as label_range */
int dark_label_range(struct dark_run *run, const struct dark_source *source,
                     const struct calib_evt *evt);

/* ---- cmd/dark/live.c: runs that are being written, and as many arrays as it takes ---- */

/* dark_live_opts - how to open the run */
void dark_live_opts(struct dark_run *run);
/* dark_gauge_take - a good array of the first pass with --until-error; sets part->enough */
CALIB_MUST_CHECK
int dark_gauge_take(struct dark_run *run, struct dark_source *source, struct dark_part *part,
                    struct dark_frame *frame, struct calib_err *err);
/* dark_gauge_end - after that pass: say how well the pedestals are known, free the engines */
CALIB_MUST_CHECK
int dark_gauge_end(struct dark_run *run, struct dark_source *source, struct dark_part *part,
                   struct calib_err *err);
/* dark_shape - what the engine of an algorithm needs to know of the arrays of a source */
CALIB_MUST_CHECK
int dark_shape(struct calib_dark_shape *shape, const struct dark_run *run,
               const struct dark_source *source, const struct dark_part *part,
               enum calib_algo algo, struct calib_dark_params *params, struct calib_err *err);
/* dark_engine - a new engine of an algorithm for the arrays of a source, and its parameters */
CALIB_MUST_CHECK
int dark_engine(const struct dark_run *run, const struct dark_source *source,
                const struct dark_part *part, enum calib_algo algo,
                struct calib_dark_params *params, struct calib_dark **dark,
                struct calib_err *err);
/* dark_options_text - the options that decide the result, one a line as the command takes them
 * open, src: the runs they name and their files, NULL for a stack */
CALIB_MUST_CHECK
int dark_options_text(struct calib_str *text, const struct dark_opts *opts,
                      const struct calib_src_opts *open, const struct calib_src *src,
                      struct calib_err *err);
/* dark_add_path - a name that means the same in every directory, as long as it is of a file here */
void dark_add_path(struct calib_str *text, const char *path);
/* dark_events_text - which events the results of a source are of: source->events */
CALIB_MUST_CHECK
int dark_events_text(struct dark_source *source, struct calib_err *err);

/* dark_product - write what became of a source: its gain ranges together, or one part */
CALIB_MUST_CHECK
int dark_products(struct dark_run *run, struct dark_source *source, struct calib_err *err);
/* dark_share_write - the share of a source, when all of its arrays were added */
CALIB_MUST_CHECK
int dark_share_write(struct dark_run *run, struct dark_source *source, struct calib_err *err);
#endif
