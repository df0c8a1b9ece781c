/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/dark.h - the parts of calib-dark: options, sources of frames, output files */
#ifndef CALIB_CMD_DARK_H
#define CALIB_CMD_DARK_H
#include "algo/dark.h"
#include "cli.h"
#include "det/det.h"

struct dark_opts {
	struct cli cli;
	struct cli_dataset set;
	const char **files;		/* run files, or one array stack */
	size_t nfiles;
	int algo;			/* enum calib_algo */
	bool compat, names2024;
	double int_lo, int_hi;		/* NAN: the detector's default */
	const char *stages, *gate;	/* texts, checked by dark_params() */
	long block;			/* 0: the algorithm's default */
	double drop_k;
	long every, threads;
	const char *out, *workdir, *range, *prefix;
};

/* dark_params - parameters of the engine for a detector of that many bits */
CALIB_MUST_CHECK
int dark_params(struct calib_dark_params *params, const struct dark_opts *opts, int bits,
                struct calib_err *err);

/* What is known of one source when its statistics are done. */
struct dark_product {
	const char *exp, *source, *type; /* "xppi0613", "XppGon.0:Cspad.0", "CsPad::DataV2" */
	const struct calib_det *det;	/* NULL: array stack */
	unsigned run;
	enum calib_dtype dtype;
	int ndim, bits;
	size_t dim[CALIB_NDA_MAXDIM];
	int64_t counts[5];		/* events read, skipped, rejected, without data, accepted */
	const char *inputs;		/* one line a file: path, bytes, time */
	const struct calib_dark_params *params;
};

/* dark_write - the files of one source in the work directory, a row on stdout for each, or with
 * -o the arrays one after the other */
CALIB_MUST_CHECK
int dark_write(const struct dark_opts *opts, const struct dark_product *product,
               const struct calib_dark_result *result, struct calib_err *err);
/* dark_rows_begin, dark_rows_end - around all dark_write() of a program run */
CALIB_MUST_CHECK
int dark_rows_begin(const struct dark_opts *opts, struct calib_err *err);
CALIB_MUST_CHECK
int dark_rows_end(struct calib_err *err);

/* dark_run, dark_stack - process a run, or a stack of arrays ("-" = standard input)
 * Return CALIB_OK, or < 0 when anything failed; what failed for one source alone was said. */
CALIB_MUST_CHECK
int dark_run(const struct dark_opts *opts, struct calib_err *err);
/* dark_is_stack - does the file begin like .npy (also inside gzip)? */
bool dark_is_stack(const char *path);
CALIB_MUST_CHECK
int dark_stack(const struct dark_opts *opts, const char *path, struct calib_err *err);
#endif
