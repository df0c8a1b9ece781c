/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/table.c - calib-geom table: the sensors of a CSPAD side by side */
#include <stdlib.h>

#include "algo/geotable.h"
#include "base/parse.h"
#include "geom/geom.h"

enum { KEY_GAPS = CLI_KEY_OWN };

struct opts {
	struct cli cli;
	struct geom_output out;
	struct calib_geogaps gaps;
	bool given;
	const char *array;
};

static void parse_gaps(const struct argp_state *state, struct opts *o, const char *arg)
{
	char **item = NULL;
	size_t n = 0, *const to[] = {&o->gaps.chip, &o->gaps.quad, &o->gaps.sensor};
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_list_parse(&item, &n, arg, &err) < 0)
		cli_usage_error(state, &err);
	if (n != 3)
		argp_error(state, "--gaps: '%s' is not three numbers CHIP,QUAD,SENSOR", arg);
	for (size_t i = 0; i < 3; i++)
		*to[i] = (size_t)cli_long(state, "--gaps", item[i], 0, 10000);
	free(item);
	o->given = true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->out;
		state->child_inputs[1] = &o->cli;
		return 0;
	case KEY_GAPS: parse_gaps(state, o, arg); return 0;
	case ARGP_KEY_ARG: o->array = cli_only_arg(state, o->array, arg); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static int table(const struct opts *o, struct calib_err *err)
{
	const char *path = o->array ? o->array : "-";
	struct calib_nda in = CALIB_NDA_INIT, out = CALIB_NDA_INIT;
	int rc = calib_nda_load(&in, path, NULL, err);

	if (rc >= 0) {
		rc = calib_geotable(&out, &in, o->given ? &o->gaps : NULL, err);
		if (rc < 0)
			calib_err_wrap(err, "%s", path);
	}
	if (rc >= 0)
		rc = geom_save(&out, &o->out, &o->cli, err);
	calib_nda_release(&out);
	calib_nda_release(&in);
	return rc;
}

int geom_table(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"gaps", KEY_GAPS, "CHIP,QUAD,SENSOR", 0,
		 "empty columns between chips and between quads, rows between sensors (default: "
		 "3,6,6; CSPAD2x2 3,0,20)",
		 0},
		{0}};
	static const struct argp_child children[] = {
		{&geom_output_argp, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {options,
					 parse,
					 "[ARRAY]",
					 "The table of all sensors: the sensors of a CSPAD or "
					 "CSPAD2x2 array side by side, a "
					 "column for each quad, without any geometry.\v"
					 "Example: calib-geom table average.npy -o table.npy",
					 children,
					 NULL,
					 NULL};
	struct opts o = {.out = GEOM_OUTPUT_INIT};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(table(&o, &err), &err);
}
