/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/output.h - the files of a product (private to cmd/dark/output.c, defaults.c) */
#ifndef CALIB_CMD_DARK_OUTPUT_H
#define CALIB_CMD_DARK_OUTPUT_H
#include "base/str.h"
#include "dark/dark.h"

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
             const char *range);
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
