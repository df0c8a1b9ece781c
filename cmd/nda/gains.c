/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/nda/gains.c - calib-nda gains: gain constants of a detector, ready to be deployed */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "det/det.h"
#include "nda/verbs.h"

enum { KEY_SHAPE = CLI_KEY_OWN, KEY_MODULES, KEY_FACTORS, KEY_MAP, KEY_LOW, MAXFACTORS = 7 };

struct opts {
	struct cli cli;
	struct nda_input input;
	struct cli_output output;
	const struct calib_det *det;
	int ndim;			/* of --shape */
	size_t dim[CALIB_NDA_MAXDIM];
	size_t modules;			/* 0: not given */
	size_t nfactors;
	double factor[MAXFACTORS];
	const char *map;
	double low;			/* 0: not given */
};

static const struct argp_option options[] = {
	{"detector", 'd', "DET", 0, "name (CSPAD, Epix10ka2M) or source of the detector", 1},
	{"shape", KEY_SHAPE, "R,C", 0, "rows and columns, where the detector does not fix them", 1},
	{"modules", KEY_MODULES, "N", 0, "modules of a Jungfrau, sensors of a DualAndor, frames of "
	 "a Uxi", 1},
	{"factors", KEY_FACTORS, "F,F,...", 0, "one factor for each gain range (default 1; "
	 "Epix10ka family 16.40,5.466,.164,16.40,5.466,.164,.164)", 1},
	{"map", KEY_MAP, "FILE", 0, "CSPAD, CSPAD2x2: pixels of low gain are 1, of high gain 0", 1},
	{"low", KEY_LOW, "FACTOR", 0, "--map: factor of pixels of low gain (default 6.85)", 1},
	{0}
};

static void parse_shape(struct opts *o, const struct argp_state *state, const char *arg)
{
	struct calib_err err = CALIB_ERR_INIT;
	char **items = NULL;
	size_t n = 0;

	if (calib_list_parse(&items, &n, arg, &err) < 0)
		cli_usage_error(state, &err);
	if (n < 2 || n > 3)
		argp_error(state, "--shape: '%s' is not ROWS,COLUMNS", arg);
	for (size_t i = 0; i < n; i++)
		o->dim[i] = (size_t)cli_long(state, "--shape", items[i], 1, 16384);
	o->ndim = (int)n;
	free(items);
}

static void parse_factors(struct opts *o, const struct argp_state *state, const char *arg)
{
	struct calib_err err = CALIB_ERR_INIT;
	char **items = NULL;

	if (calib_list_parse(&items, &o->nfactors, arg, &err) < 0)
		cli_usage_error(state, &err);
	if (o->nfactors == 0 || o->nfactors > MAXFACTORS)
		argp_error(state, "--factors: expected 1 to %d numbers, '%s' has %zu", MAXFACTORS,
			   arg, o->nfactors);
	for (size_t i = 0; i < o->nfactors; i++)
		o->factor[i] = cli_double(state, "--factors", items[i], 1e-9, 1e9);
	free(items);
}

static void parse_detector(struct opts *o, const struct argp_state *state, const char *arg)
{
	o->det = calib_det_by_name(arg);
	if (o->det == NULL)
		o->det = calib_det_of_source(arg);
	if (o->det == NULL)
		argp_error(state, "--detector: '%s' is neither a detector nor the source of one; "
			   "there are %s", arg, calib_det_names());
}

static bool has_map(const struct calib_det *det)
{
	return strcmp(det->name, "CSPAD") == 0 || strcmp(det->name, "CSPAD2x2") == 0;
}

static void check_options(const struct opts *o, const struct argp_state *state)
{
	if (o->det == NULL)
		argp_error(state, "-d DET is needed");
	else if (o->nfactors > 0 && o->nfactors != (size_t)o->det->gains)
		argp_error(state, "--factors: %s has %d gain range%s, %zu factor%s given",
			   o->det->name, o->det->gains, o->det->gains > 1 ? "s" : "",
			   o->nfactors, o->nfactors > 1 ? "s" : "");
	else if (o->map != NULL && o->nfactors > 0)
		argp_error(state, "--map and --factors exclude each other; --low is the factor");
	else if (o->map != NULL && !has_map(o->det))
		argp_error(state, "--map: %s has no gain of its own for each pixel, CSPAD and "
			   "CSPAD2x2 have", o->det->name);
	else if (o->map == NULL && o->low > 0)
		argp_error(state, "--low is the factor for --map, which is missing");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->input;
		state->child_inputs[1] = &o->output;
		state->child_inputs[2] = &o->cli;
		return 0;
	case 'd':         parse_detector(o, state, arg); return 0;
	case KEY_SHAPE:   parse_shape(o, state, arg); return 0;
	case KEY_MODULES:
		o->modules = (size_t)cli_long(state, "--modules", arg, 1, 32);
		return 0;
	case KEY_FACTORS: parse_factors(o, state, arg); return 0;
	case KEY_MAP:     o->map = arg; return 0;
	case KEY_LOW:     o->low = cli_double(state, "--low", arg, 1e-9, 1e9); return 0;
	case ARGP_KEY_ARG: argp_error(state, "'%s': no argument is expected", arg); return 0;
	case ARGP_KEY_END: check_options(o, state); return 0;
	default:           return ARGP_ERR_UNKNOWN;
	}
}

/* The dimensions of one gain range: those of the detector, where it has them, else ours. */
static int one_range(const struct opts *o, int *ndim, size_t *dim, struct calib_err *err)
{
	const struct calib_det *det = o->det;
	bool imp = strcmp(det->name, "Imp") == 0;
	int n = imp ? 2 : det->ndim;

	if (n < 2)
		return calib_fail(err, CALIB_EINVAL, "%s has no constants of pixels", det->name);
	for (int i = 0; i < n; i++)
		dim[i] = imp ? (i == 0 ? 4 : 1023) : det->dim[i];	/* detectors.md 7 */
	if (o->ndim > n)
		return calib_fail(err, CALIB_ESHAPE, "--shape: %s has %d dimensions, %d given",
				  det->name, n, o->ndim);
	if (o->modules > 0 && n != 3)
		return calib_fail(err, CALIB_ESHAPE, "--modules: %s has none", det->name);
	for (int i = 0; i < n; i++) {
		int k = i - (n - o->ndim);
		size_t given = k >= 0 ? o->dim[k] : 0;

		if (i == 0 && o->modules > 0)
			given = o->modules;
		if (dim[i] == 0 && given == 0)
			return calib_fail(err, CALIB_ESHAPE, "%s has no fixed shape: %s is needed",
					  det->name, n == 3 && i == 0 ? "--modules N"
					  : "--shape ROWS,COLUMNS");
		if (dim[i] != 0 && given != 0 && given != dim[i])
			return calib_fail(err, CALIB_ESHAPE, "%s: dimension %d of %s is %zu, not "
					  "%zu", i == 0 && o->modules > 0 ? "--modules" : "--shape",
					  i + 1, det->name, dim[i], given);
		dim[i] = dim[i] != 0 ? dim[i] : given;
	}
	*ndim = n;
	return CALIB_OK;
}

/* All ranges, 1 or their factors. */
static int make(struct calib_nda *gains, const struct opts *o, struct calib_err *err)
{
	size_t dim[CALIB_NDA_MAXDIM + 2] = {0}, ranges = (size_t)o->det->gains, first = 2, n;
	int ndim = 0, rc = one_range(o, &ndim, dim + first, err);
	float *v;

	if (rc < 0)
		return rc;
	if (ranges == MAXFACTORS && ndim == 2)	/* one panel: (7,1,352,384) */
		dim[--first] = 1;
	if (ranges > 1)
		dim[--first] = ranges;
	rc = calib_nda_alloc(gains, CALIB_F32, ndim + 2 - (int)first, dim + first, err);
	if (rc < 0)
		return rc;
	v = gains->data;
	n = gains->size / ranges;
	for (size_t r = 0; r < ranges; r++) {
		double f = o->nfactors > 0 ? o->factor[r]
		           : o->det->factor != NULL ? o->det->factor[r] : 1;

		for (size_t i = 0; i < n; i++)
			v[r * n + i] = (float)f;
	}
	return CALIB_OK;
}

/* How the values of a map lie: 0 as in the deployed file; 1 section by section (CSPAD2x2);
 * -1 neither. */
static int order(const struct calib_nda *map, const struct calib_nda *gains)
{
	bool two = gains->dim[gains->ndim - 1] == 2;
	int n = map->ndim;

	if (map->size != gains->size)
		return -1;
	if (!two)	/* 32x185x388, 4x8x185x388, 5920x388 */
		return n > 0 && map->dim[n - 1] == 388 ? 0 : -1;
	if (n > 0 && map->dim[n - 1] == 388)		/* 2x185x388, 370x388 */
		return 1;
	return n > 0 && (map->dim[n - 1] == 2 || map->dim[n - 1] == 776) ? 0 : -1;
}

static int apply(struct calib_nda *gains, const struct calib_nda *map, const struct opts *o,
                 struct calib_err *err)
{
	double low = o->low > 0 ? o->low : 6.85;	/* detectors.md 5.1 */
	size_t section = gains->size / 2;
	char got[128];
	int how = order(map, gains);

	if (how < 0) {
		calib_nda_shape_text(map->ndim, map->dim, got);
		return calib_fail(err, CALIB_ESHAPE, "%s: shape %s, a map of %s has %s", o->map,
				  got, o->det->name, strcmp(o->det->name, "CSPAD") == 0
				  ? "32x185x388" : "185x388x2 or 2x185x388");
	}
	for (size_t i = 0; i < map->size; i++) {
		double v = calib_nda_get(map, i);
		size_t at = how == 0 ? i : i % section * 2 + i / section;

		if (v != 0 && v != 1)
			return calib_fail(err, CALIB_EINVAL, "%s: value %zu is %g, not 0 (high "
					  "gain) or 1 (low gain)", o->map, i + 1, v);
		((float *)gains->data)[at] = (float)(1 + v * (low - 1));
	}
	return CALIB_OK;
}

static int apply_map(struct calib_nda *gains, const struct opts *o, struct calib_err *err)
{
	struct calib_nda map = CALIB_NDA_INIT;
	struct nda_stream stream;
	int rc;

	if (o->map == NULL)
		return CALIB_OK;
	rc = nda_stream_open(&stream, o->map, &o->input, err);
	if (rc >= 0)
		rc = nda_stream_next(&stream, &map, err);
	if (rc >= 0)
		rc = apply(gains, &map, o, err);
	nda_stream_close(&stream);
	calib_nda_release(&map);
	return rc;
}

int nda_gains(int argc, char **argv)
{
	static const struct argp_child children[] = {{&nda_input_argp, 0, NULL, 0},
		{&cli_output_argp, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		options, parse, NULL,
		"Write gain constants (pixel_gain) of a detector: ones, a factor for each gain "
		"range, or a factor where a map of CSPAD pixels says low gain.  Output is text as "
		"it is deployed, with %.6f unless --fmt says otherwise, if the name does not ask "
		"for another form.\v"
		"Example: calib-nda gains -d Epix10ka2M -o - | calib-deploy put -c calib -s "
		"MfxEndstation.0:Epix10ka2M.0 -t pixel_gain -v 12-end",
		children, NULL, NULL};
	struct opts o = {.input = NDA_INPUT_INIT, .output = CLI_OUTPUT_INIT};
	struct calib_nda gains = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	struct nda_sink sink = {0};
	int rc;

	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &o);
	if (o.output.form.form == CALIB_FORM_AUTO && strcmp(o.output.path, "-") == 0)
		o.output.form.form = CALIB_FORM_TEXT;
	if (o.output.form.format == NULL)
		o.output.form.format = "%.6f";
	o.output.form.no_meta = o.det->no_meta;
	o.output.form.no_origin = true;
	rc = make(&gains, &o, &err);
	if (rc >= 0)
		rc = apply_map(&gains, &o, &err);
	if (rc >= 0) {
		rc = nda_sink_open(&sink, &o.output, &o.cli, &err);
		if (rc >= 0)
			rc = nda_sink_put(&sink, &gains, &err);
		rc = nda_sink_finish(&sink, rc, &err);
	}
	calib_nda_release(&gains);
	return cli_finish(rc, &err);
}
