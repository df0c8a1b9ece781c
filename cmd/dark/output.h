/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/output.h - the files of a product (private to cmd/dark/output.c, defaults.c) */
#ifndef CALIB_CMD_DARK_OUTPUT_H
#define CALIB_CMD_DARK_OUTPUT_H
#include "base/str.h"
#include "dark/dark.h"
#include "nda/h5.h"

/* Where all of a product goes: into a statistics file, or to be compared with one. */
struct dark_sink { struct calib_h5 *h5; struct dark_reproduction *again; };
CALIB_MUST_CHECK
int dark_put(const struct dark_sink *to, const char *name, const struct calib_nda *nda,
             struct calib_err *err);
CALIB_MUST_CHECK
int dark_put_text(const struct dark_sink *to, const char *name, const char *text,
                  struct calib_err *err);
CALIB_MUST_CHECK
int dark_put_int(const struct dark_sink *to, const char *name, int64_t value,
                 struct calib_err *err);
/* dark_reproduce_is - is it the product of the file? */
bool dark_reproduce_is(const struct dark_reproduction *again, const struct dark_product *product);

/* The verdict on a product, one for each of its results that has a trace. */
struct dark_verdict {
	enum calib_state state;		/* the worst */
	bool any, has[7];
	struct calib_finding found[7][CALIB_NCHECKS];
};
void dark_judge(struct dark_verdict *verdict, const struct dark_product *product);
/* dark_verdict_name - "ok", "warning", "failed"; "-": it was not asked for */
const char *dark_verdict_name(const struct dark_verdict *verdict);
/* dark_verdict_tell - warnings, and rows of --verdict */
CALIB_MUST_CHECK
int dark_verdict_tell(const struct dark_verdict *verdict, const struct dark_product *product,
                      struct calib_err *err);
/* dark_verdict_put - with the trace, into the statistics file */
CALIB_MUST_CHECK
int dark_verdict_put(const struct dark_sink *to, const struct dark_verdict *verdict,
                     const struct dark_product *product, struct calib_err *err);
/* dark_verdicts_begin, _end - around all products */
CALIB_MUST_CHECK
int dark_verdicts_begin(const struct dark_opts *opts, struct calib_err *err);
CALIB_MUST_CHECK
int dark_verdicts_end(struct calib_err *err);

/* dark_name - <dir>/[results/]<prefix><exp>-r<run4>-[step<NN>-]<what>-<source><ext> */
CALIB_MUST_CHECK
int dark_name(struct calib_str *name, const struct dark_opts *opts,
              const struct dark_product *product, const char *what, const char *ext,
              struct calib_err *err);
/* dark_make_dir - where the files go */
CALIB_MUST_CHECK
int dark_make_dir(const struct dark_opts *opts, struct calib_err *err);
/* dark_row - a row of standard output */
CALIB_MUST_CHECK
int dark_row(const char *file, const struct dark_product *product, const char *type,
             const char *range);		/* with product->verdict */
/* dark_write_text - an array as peds-<what>; with a type, its row */
CALIB_MUST_CHECK
int dark_write_text(const struct dark_opts *opts, const struct dark_product *product,
                    const char *what, const char *type, const char *format,
                    const struct calib_nda *nda, const char *range, struct calib_err *err);
/* dark_write_defaults - what the options ask for and does not come from the data */
CALIB_MUST_CHECK
int dark_write_defaults(const struct dark_opts *opts, const struct dark_product *product,
                        const char *range, struct calib_err *err);
#endif
