/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/hotpix/hotpix.h - the parts of calib-hotpix: input, output, summary, suggestion */
#ifndef CALIB_CMD_HOTPIX_H
#define CALIB_CMD_HOTPIX_H
#include "algo/dark.h"
#include "algo/status.h"
#include "base/table.h"
#include "cli.h"
#include "config.h"
#include "det/det.h"
#include "nda/nda.h"

/* The thresholds, which may differ from detector to detector. */
enum hotpix_limit { HOTPIX_THR_RMS, HOTPIX_RMS_LO, HOTPIX_AVE_LO, HOTPIX_AVE_HI, HOTPIX_AVE_NLO,
	HOTPIX_AVE_NHI, HOTPIX_RMS_NLO, HOTPIX_RMS_NHI, HOTPIX_SIGMA, HOTPIX_PER, HOTPIX_FRACTION,
	HOTPIX_MAX_BAD, HOTPIX_NLIMITS };
/* Those of one detector. */
struct hotpix_limits {
	const char *thr_rms;		/* a number or "auto", in thr_text; NULL: none given */
	char thr_text[64];
	double rms_lo, ave_lo, ave_hi;	/* NAN: default */
	double ave_nlo, ave_nhi, rms_nlo, rms_nhi;	/* NAN: default */
	int robust, per;		/* -1: default */
	double fraction, max_bad;
};

struct hotpix_opts {
	struct cli cli;
	struct cli_config config;
	const char **files;		/* statistics */
	size_t nfiles;
	const char *ave, *rms;		/* or these two arrays */
	const char *detector;		/* NULL: as the statistics say */
	int algo;			/* -1: as the statistics say */
	const char *given[HOTPIX_NLIMITS];	/* options as typed; NULL: not given */
	struct calib_str limit[HOTPIX_NLIMITS];	/* with environment and configuration file */
	enum calib_bits layout;
	bool names2024, mask_only, by_segment, suggest;
	const char *out, *workdir, *mask, *range, *html;
};

/* hotpix_limit_given - an option with a threshold; a usage error when it is none
 * hotpix_limits_load - opts->limit of what was given, environment and opts->config
 * hotpix_limits_of - those of a source (may be NULL) of a detector (may be NULL)
 * hotpix_limits_why - what is wrong with two of them together; NULL: nothing */
void hotpix_limit_given(struct hotpix_opts *opts, enum hotpix_limit limit, const char *arg,
                        const struct argp_state *state);
CALIB_MUST_CHECK
int hotpix_limits_load(struct hotpix_opts *opts, struct calib_err *err);
void hotpix_limits_free(struct hotpix_opts *opts);
void hotpix_limits_of(struct hotpix_limits *limits, const struct hotpix_opts *opts,
                      const char *source, const struct calib_det *det);
const char *hotpix_limits_why(const struct hotpix_limits *limits,
                              const struct calib_status_params *params);

/* What one input holds; arrays are owned. */
struct hotpix_input {
	const char *name;		/* of the file */
	char *exp, *source, *algo_name, *det_name, *params;
	const struct calib_det *det;
	unsigned run;
	int bits;
	enum calib_algo algo;
	struct calib_nda ave, rms, n, nlo, nhi, nbadgain;	/* size 0: not there */
	uint64_t frames, counter;	/* arrays used; the count calibrun 2024 has */
	uint64_t accepted;		/* npy stream only */
	/* gain ranges along the first dimension of the arrays; 1: there is none */
	size_t nranges;
	uint64_t range_frames[7], range_counter[7];	/* of each; 0: it has no data */
	struct calib_status_input in;	/* views of the above, of the first range */
};
/* hotpix_range - views of one gain range; false: it has no data */
bool hotpix_range(struct calib_status_input *in, const struct hotpix_input *input, size_t range);

/* hotpix_read - statistics file, npy stream ("-": standard input), or the two arrays of -o */
CALIB_MUST_CHECK
int hotpix_read(struct hotpix_input *input, const struct hotpix_opts *opts, const char *path,
                struct calib_err *err);
void hotpix_free(struct hotpix_input *input);

/* hotpix_params - thresholds from limits and the defaults of dark.md 6.3 */
CALIB_MUST_CHECK
int hotpix_params(struct calib_status_params *params, const struct hotpix_opts *opts,
                  const struct hotpix_limits *limits, const struct hotpix_input *input,
                  struct calib_err *err);

/* A finished status. */
struct hotpix_result {
	const struct hotpix_input *input;
	const struct hotpix_limits *limits;
	const struct calib_status_params *params;
	const uint16_t *status;
	struct calib_status_summary summary;
};
/* hotpix_write - the status, the mask, as the options ask; rows for files in the work directory */
CALIB_MUST_CHECK
int hotpix_write(const struct hotpix_opts *opts, const struct hotpix_result *result,
                 struct calib_table *rows, struct calib_err *err);
/* hotpix_summary - bit, meaning, pixels, fraction, for the detector or every segment */
CALIB_MUST_CHECK
int hotpix_summary(const struct hotpix_opts *opts, const struct hotpix_result *result,
                   struct calib_err *err);
/* hotpix_missing - name the segments that sent nothing: flagged, and not held against the others */
CALIB_MUST_CHECK
int hotpix_missing(const struct hotpix_result *result, struct calib_err *err);
/* hotpix_page - --html: a page to choose thresholds by */
CALIB_MUST_CHECK
int hotpix_page(const struct hotpix_opts *opts, const struct hotpix_input *input,
                const struct calib_status_params *params, struct calib_err *err);
/* hotpix_suggest - candidate thresholds and what they flag, on standard output */
CALIB_MUST_CHECK
int hotpix_suggest(const struct hotpix_opts *opts, const struct hotpix_input *input,
                   const struct calib_status_params *params, struct calib_err *err);
#endif
