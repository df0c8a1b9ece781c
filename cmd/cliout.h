/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/cliout.h - where a command writes arrays, and in which form */
#ifndef CALIB_CMD_CLIOUT_H
#define CALIB_CMD_CLIOUT_H
#include "cli.h"
#include "nda/nda.h"

/* -o --format --fmt */
struct cli_output {
	const char *path;
	struct calib_nda_form form;
};
#define CLI_OUTPUT_INIT {"-", {CALIB_FORM_AUTO, NULL, NULL, false, false}}
extern const struct argp cli_output_argp;

/* cli_output_form - the form to write in: as told, else by the suffix of the name, npy on standard
 * output; binary data are refused to a terminal */
CALIB_MUST_CHECK
int cli_output_form(struct calib_nda_form *form, const struct cli_output *output,
                    struct calib_err *err);
/* cli_output_save - one array */
CALIB_MUST_CHECK
int cli_output_save(const struct calib_nda *nda, const struct cli_output *output,
                    const struct cli *cli, struct calib_err *err);
#endif
