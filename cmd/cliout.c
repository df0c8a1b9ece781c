/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/cliout.c - where a command writes arrays, and in which form */
#include "cliout.h"

#include <string.h>

#include "nda/number.h"

static const struct argp_option output_options[] = {
	{"output", 'o', "FILE", 0,
	 "write to FILE; its suffix .npy .txt .dat .data .h5 (and .gz) "
	 "selects the form (default '-', standard output, npy)",
	 2},
	{"format", CLI_KEY_FORMAT, "FORM", 0, "npy, text, text-bare or raw", 2},
	{"fmt", CLI_KEY_FMT, "FORMAT", 0,
	 "text: how to write a number, as %.3f or %d (default: as few "
	 "digits as bring the value back)",
	 2},
	{0}};

static error_t parse_output(int key, char *arg, struct argp_state *state)
{
	struct cli_output *out = state->input;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_number number;
	int form;

	switch (key) {
	case 'o':
		out->path = arg;
		return 0;
	case CLI_KEY_FORMAT:
		form = calib_form_parse(arg);
		if (form < 0)
			argp_error(state, "--format: '%s' is not npy, text, text-bare or raw", arg);
		out->form.form = (enum calib_form)form;
		return 0;
	case CLI_KEY_FMT:
		if (calib_number_parse(&number, arg, &err) < 0)
			cli_usage_error(state, &err);
		out->form.format = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}
const struct argp cli_output_argp = {output_options, parse_output, NULL, NULL, NULL, NULL, NULL};

int cli_output_form(struct calib_nda_form *form, const struct cli_output *output,
                    struct calib_err *err)
{
	int rc = CALIB_OK;

	*form = output->form;
	if (form->form == CALIB_FORM_AUTO) {
		rc = strcmp(output->path, "-") == 0 ? (int)CALIB_FORM_NPY
			: calib_form_of_name(output->path, err);
		if (rc < 0)
			return rc;
		form->form = (enum calib_form)rc;
	}
	if (form->form == CALIB_FORM_NPY || form->form == CALIB_FORM_RAW)
		rc = cli_no_terminal(output->path, "an array", err);
	return rc < 0 ? rc : CALIB_OK;
}

int cli_output_save(const struct calib_nda *nda, const struct cli_output *output,
                    const struct cli *cli, struct calib_err *err)
{
	struct calib_nda_form form;
	int rc = cli_output_form(&form, output, err);

	return rc < 0 ? rc : calib_nda_save(nda, output->path, &form,
	                                    cli->keep ? CALIB_OUT_KEEP : 0, err);
}
