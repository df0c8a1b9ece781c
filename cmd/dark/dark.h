/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/dark.h - the parts of calib-dark: options, sources of frames, output files */
#ifndef CALIB_CMD_DARK_H
#define CALIB_CMD_DARK_H
#include "algo/dark.h"
#include "cli.h"
#include "config.h"
#include "det/det.h"

struct dark_opts {
	struct cli cli;
	struct cli_dataset set;
	struct cli_config config;
	const char **files;		/* run files, or one array stack */
	size_t nfiles;
	int algo;			/* enum calib_algo; -1: not given */
	bool compat, names2024, partial, calibrated;
	bool common_mode, default_gains;
	long share, shares;		/* --part K/N; 0: all of the run */
	bool merge;			/* files are shares */
	bool zeropeds, deploygeo;	/* of detectors with a pitch in the registry */
	long step;			/* calibration cycle, DARK_ALL_STEPS, DARK_NO_STEPS */
	const char *low[2];		/* --low-ahl, --low-aml: four files each, or NULL */
	const char *int_lo, *int_hi;	/* for all detectors or some; NULL: the default */
	struct calib_str limit[2];	/* their texts, with environment and configuration file */
	const char *stages, *gate;	/* texts, checked by dark_params() */
	long block;			/* 0: the algorithm's default */
	double drop_k;
	bool dark_check;
	long settle;			/* arrays at the beginning of each part; DARK_SETTLE_AUTO */
	const char *verdict;		/* file of the verdict's rows, NULL: none */
	const char *reproduce;		/* statistics file to make again, NULL: none */
	struct dark_reproduction *again;	/* compare with it, write nothing */
	long every, threads;
	double live;			/* s without data that end a run; 0: it has ended */
	double until_error;		/* ADU; 0: all of the run */
	const char *out, *workdir, *range, *prefix;
};

enum { DARK_DROP_K = 6 };		/* --drop-bright unless given */
enum { DARK_NO_STEPS = -1, DARK_ALL_STEPS = -2, DARK_SETTLE_AUTO = -1 };

/* dark_algo - the algorithm for a detector (NULL: a stack): what was asked for, where
 * calibrun2024 means the detector's own program; robust, for real numbers plain, when nothing was
 */
enum calib_algo dark_algo(const struct dark_opts *opts, const struct calib_det *det, bool real);
/* dark_params - parameters of an algorithm for a detector of that many bits */
CALIB_MUST_CHECK
int dark_params(struct calib_dark_params *params, const struct dark_opts *opts,
                enum calib_algo algo, int bits, struct calib_err *err);
/* dark_limits - the intensity limits of a source (may be NULL) of a detector (may be NULL) */
CALIB_MUST_CHECK
int dark_limits(struct calib_dark_params *params, const struct dark_opts *opts, const char *source,
                const struct calib_det *det, struct calib_err *err);

/* What is known of one source when its statistics are done. */
struct dark_product {
	const char *exp, *source, *type; /* "xppi0613", "XppGon.0:Cspad.0", "CsPad::DataV2" */
	const struct calib_det *det;	/* NULL: array stack */
	unsigned run;
	int step;			/* -1: all */
	enum calib_dtype dtype;
	int ndim, bits;			/* shape of what is written */
	size_t dim[CALIB_NDA_MAXDIM];
	int64_t counts[5];		/* events read, skipped, rejected, without data, accepted */
	/* results, one behind the other along the first dimension when there are several; NULL: a
	 * gain range without data */
	const struct calib_dark_result *result[7];
	int nresults;
	const double *low[2];		/* pedestals of AHL-L and AML-L, NULL: none */
	void *scratch;			/* room for the array of one field of all results */
	double pitch[2];		/* of rows and columns [um]; 0: not known */
	size_t nsegments, segment;	/* of one result */
	const char *inputs;		/* one line a file: path, bytes, time */
	const char *options;		/* one line an option that decides the result */
	const char *events;		/* one line a result: which events it is of */
	const char *configuration;	/* lines of calib_det_identity() */
	uint64_t settled[7];		/* arrays left out at the beginning of each result */
	const char *verdict;		/* set by dark_write(); "-": there is none */
	const struct calib_dark_params *params;
};

/* dark_write - the files of one source in the work directory, a row on stdout for each, or with
 * -o the arrays one after the other */
CALIB_MUST_CHECK
int dark_write(const struct dark_opts *opts, const struct dark_product *product,
               struct calib_err *err);
/* dark_rows_begin, dark_rows_end - around all dark_write() of a program run */
CALIB_MUST_CHECK
int dark_rows_begin(const struct dark_opts *opts, struct calib_err *err);
CALIB_MUST_CHECK
int dark_rows_end(struct calib_err *err);

/* dark_note_nan - say that values of real data were left out because they are no numbers */
void dark_note_nan(const char *name, const struct calib_dark_result *result, size_t size);

/* dark_reproduce_open - what a statistics file says of how it was made; says which of the inputs
 * have changed.  To be closed also after an error. */
struct dark_reproduction;
CALIB_MUST_CHECK
int dark_reproduce_open(struct dark_reproduction **again, const char *path, bool json,
                        struct calib_err *err);
/* dark_reproduce_args - a command line */
char **dark_reproduce_args(const struct dark_reproduction *again, size_t *n);
/* dark_reproduce_close - rc: of the run; CALIB_EFORMAT when something came out differently */
CALIB_MUST_CHECK
int dark_reproduce_close(struct dark_reproduction *again, int rc, struct calib_err *err);

/* dark_run, dark_stack - process a run, or a stack of arrays ("-" = standard input)
 * Return CALIB_OK, or < 0 when anything failed; what failed for one source alone was said. */
CALIB_MUST_CHECK
int dark_run(const struct dark_opts *opts, struct calib_err *err);
/* dark_merge - the union of the shares that are named */
CALIB_MUST_CHECK
int dark_merge(const struct dark_opts *opts, struct calib_err *err);
/* dark_is_stack - does the file begin like .npy (also inside gzip)? */
bool dark_is_stack(const char *path);
CALIB_MUST_CHECK
int dark_stack(const struct dark_opts *opts, const char *path, struct calib_err *err);
#endif
