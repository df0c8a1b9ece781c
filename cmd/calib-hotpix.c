/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calib-hotpix.c - statistics of a dark run into pixel status and mask */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "hotpix/hotpix.h"

enum { KEY_AVE = CLI_KEY_OWN, KEY_RMS, KEY_SIGMA, KEY_PER, KEY_FRACTION, KEY_BITS, KEY_MASK,
       KEY_HTML, KEY_SUGGEST, KEY_MAX_BAD, KEY_BY_SEGMENT, KEY_NAMES, KEY_ALGO };

static const struct argp_option options[] = {
	{"ave", KEY_AVE, "FILE", 0, "average, instead of STAT (with --rms)", 1},
	{"rms", KEY_RMS, "FILE", 0, "rms, instead of STAT (with --ave)", 1},
	{"detector", 'd', "NAME", 0, "detector, where the input does not say it", 1},
	{"algo", KEY_ALGO, "NAME", 0, "algorithm the input was made with, where it does not say it",
	 1},
	{"thr_rms", 't', "ADU", 0,
	 "rms above is bad; 0: nothing is flagged for high rms; auto: as in "
	 "2015 (default: the rule of -u)",
	 2},
	{"thr-rms", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
	{"thr_rms_min", 'b', "ADU", 0, "rms below is bad (default 0.1)", 2},
	{"thr-rms-min", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
	{"thr_int_min", 'B', "ADU", 0, "average below is bad (default 2)", 2},
	{"thr-int-min", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
	{"thr_int_max", 'T', "ADU", 0, "average above is bad (default 2^bits-2, 65000 for 16 bits)",
	 2},
	{"thr-int-max", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
	{"intnlo", 'Z', "N", 0, "average more than N sigma below the others is bad (8)", 2},
	{"intnhi", 'U', "N", 0, "average more than N sigma above (8)", 2},
	{"rmsnlo", 'z', "N", 0, "rms more than N sigma below (8)", 2},
	{"rmsnhi", 'u', "N", 0, "rms more than N sigma above (8); 0 is off", 2},
	{"sigma", KEY_SIGMA, "WORD", 0,
	 "robust: median and 1.4826 MAD (default); plain: mean and "
	 "standard deviation",
	 2},
	{"per", KEY_PER, "WORD", 0,
	 "the others are those of the same asic (default), segment or "
	 "detector",
	 2},
	{"fraction", KEY_FRACTION, "F", 0,
	 "a pixel with more than F of its values beyond the limits is "
	 "bad (0.1)",
	 2},
	{"max-bad", KEY_MAX_BAD, "F", 0,
	 "write nothing when more than F of the pixels are bad (0.10)", 2},
	{"bits", KEY_BITS, "LAYOUT", 0, "layout of the status word: new (default), 2015 or 2016",
	 3},
	{"mask", KEY_MASK, "FILE", OPTION_ARG_OPTIONAL,
	 "write the mask (1 = good) to FILE as well; "
	 "without FILE: instead of the status, with -w besides",
	 3},
	{"output", 'o', "FILE", 0, "status; '-' is standard output (default)", 3},
	{"workdir", 'w', "DIR", 0, "write the status of each STAT into DIR and print a row for it",
	 3},
	{"names", KEY_NAMES, "YEAR", 0, "names of the files in DIR: 2015 (default) or 2024", 3},
	{"runrange", 'v', "RANGE", 0, "validity range in the printed rows (default RUN-end)", 3},
	{"by-segment", KEY_BY_SEGMENT, NULL, 0, "summary for every segment", 3},
	{"html", KEY_HTML, "FILE", 0,
	 "write a page with sliders for the thresholds that counts what they "
	 "flag, and no status",
	 3},
	{"suggest", KEY_SUGGEST, NULL, 0,
	 "print thresholds and what they would flag, write nothing", 3},
	{0}};

static void add_file(struct hotpix_opts *o, const char *name, struct argp_state *state)
{
	const char **list = realloc(o->files, (o->nfiles + 1) * sizeof *list);

	if (list == NULL)
		argp_failure(state, 1, 0, "out of memory");
	o->files = list;
	o->files[o->nfiles++] = name;
}

static error_t parse_words(int key, char *arg, struct argp_state *state)
{
	struct hotpix_opts *o = state->input;
	int word;

	switch (key) {
	case KEY_NAMES:
		if (strcmp(arg, "2015") != 0 && strcmp(arg, "2024") != 0)
			argp_error(state, "--names: '%s' is neither 2015 nor 2024", arg);
		o->names2024 = strcmp(arg, "2024") == 0;
		return 0;
	case KEY_BITS:
		word = calib_bits_parse(arg);
		if (word < 0)
			argp_error(state, "--bits: '%s' is none of new, 2015, 2016", arg);
		o->layout = (enum calib_bits)word;
		return 0;
	case KEY_ALGO:
		o->algo = calib_algo_parse(arg);
		if (o->algo < 0)
			argp_error(state, "--algo: '%s' is none of %s", arg, calib_algo_names());
		return 0;
	case KEY_MASK:
		o->mask = arg;
		o->mask_only = arg == NULL;
		return 0;
	case ARGP_KEY_ARG:
		add_file(o, arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool parse_limit(int key, const char *arg, const struct argp_state *state)
{
	static const struct { int key; enum hotpix_limit limit; } keys[] = {
		{'t', HOTPIX_THR_RMS}, {'b', HOTPIX_RMS_LO}, {'B', HOTPIX_AVE_LO},
		{'T', HOTPIX_AVE_HI}, {'Z', HOTPIX_AVE_NLO}, {'U', HOTPIX_AVE_NHI},
		{'z', HOTPIX_RMS_NLO}, {'u', HOTPIX_RMS_NHI}, {KEY_SIGMA, HOTPIX_SIGMA},
		{KEY_PER, HOTPIX_PER}, {KEY_FRACTION, HOTPIX_FRACTION},
		{KEY_MAX_BAD, HOTPIX_MAX_BAD},
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].key == key) {
			hotpix_limit_given(state->input, keys[i].limit, arg, state);
			return true;
		}
	return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct hotpix_opts *o = state->input;

	if (parse_limit(key, arg, state))
		return 0;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->cli;
		state->child_inputs[1] = &o->config;
		return 0;
	case KEY_AVE:        o->ave = arg; return 0;
	case KEY_RMS:        o->rms = arg; return 0;
	case KEY_BY_SEGMENT: o->by_segment = true; return 0;
	case KEY_SUGGEST:    o->suggest = true; return 0;
	case KEY_HTML:       o->html = arg; return 0;
	case 'd':            o->detector = arg; return 0;
	case 'o':            o->out = arg; return 0;
	case 'w':            o->workdir = arg; return 0;
	case 'v':            o->range = arg; return 0;
	default:           return parse_words(key, arg, state);
	}
}

static void check(const struct hotpix_opts *o, const struct argp *argp)
{
	const struct hotpix_input none = {.algo = CALIB_ALGO_ROBUST};
	struct hotpix_limits limits;
	struct calib_status_params params;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range range;
	const char *why = NULL;

	hotpix_limits_of(&limits, o, NULL, NULL);
	if (hotpix_params(&params, o, &limits, &none, &err) < 0
	    || (o->range != NULL && calib_range_parse(&range, o->range, &err) < 0))
		why = err.msg;
	else if (hotpix_limits_why(&limits, &params) != NULL)
		why = hotpix_limits_why(&limits, &params);
	else if ((o->ave == NULL) != (o->rms == NULL))
		why = "--ave and --rms belong together";
	else if (o->ave != NULL && o->nfiles > 0)
		why = "--ave and --rms stand instead of STAT";
	else if (o->nfiles > 1 && o->workdir == NULL)
		why = "several STAT need -w DIR";
	else if (o->detector != NULL && !calib_det_by_name(o->detector)
	         && !calib_det_of_source(o->detector))
		why = "-d: no such detector, see calib-scan --list-detectors";
	cli_usage(argp, why);
}

/* Most often a run with light, or a wrong event code: nobody wants such a mask. */
static int too_bad(const struct hotpix_result *r, struct calib_err *err)
{
	const struct calib_status_summary *s = &r->summary;
	size_t there = s->size - s->missing, bad = s->bad - s->missing;

	if (there == 0 || (double)bad <= r->limits->max_bad * (double)there)
		return CALIB_OK;
	return calib_fail(err, CALIB_EINVAL,
			  "%s: %zu of %zu pixels are bad (%.1f %%), more than %.1f "
			  "%%: wrong run, event code or threshold? --max-bad 1 writes it anyway",
			  r->input->source ? r->input->source : r->input->name, bad, there,
			  100 * (double)bad / (double)there, 100 * r->limits->max_bad);
}

static void add_up(struct calib_status_summary *all, const struct calib_status_summary *one)
{
	for (int c = 0; c < CALIB_NCRITERIA; c++)
		all->count[c] += one->count[c];
	all->bad += one->bad;
	all->size += one->size;
	all->missing += one->missing;
}

/* Each gain range by its own limits; one without data has status 0, as the analysis takes it. */
static int flag(const struct hotpix_input *input, const struct calib_status_params *params,
                uint16_t *status, struct calib_status_summary *all, struct calib_err *err)
{
	size_t size = input->ave.size / input->nranges;
	int rc = CALIB_OK;

	for (size_t range = 0; range < input->nranges && rc >= 0; range++) {
		struct calib_status_summary summary;
		struct calib_status_input in;

		if (!hotpix_range(&in, input, range))
			continue;
		rc = calib_status(&in, params, status + range * size, &summary, err);
		if (rc >= 0)
			add_up(all, &summary);
	}
	return rc;
}

/* The thresholds of this detector. */
static int prepare(const struct hotpix_opts *o, const struct hotpix_input *input,
                   struct hotpix_limits *limits, struct calib_status_params *params,
                   struct calib_err *err)
{
	const char *why;
	int rc;

	hotpix_limits_of(limits, o, input->source, input->det);
	rc = hotpix_params(params, o, limits, input, err);
	why = rc >= 0 ? hotpix_limits_why(limits, params) : NULL;
	return why == NULL ? rc : calib_fail(err, CALIB_EINVAL, "%s: %s",
	                                     input->source ? input->source : input->name, why);
}

static int one(const struct hotpix_opts *o, const char *path, struct calib_table *rows,
               struct calib_err *err)
{
	struct hotpix_input input;
	struct hotpix_limits limits;
	struct calib_status_params params;
	struct hotpix_result result = {.input = &input, .limits = &limits, .params = &params};
	uint16_t *status = NULL;
	int rc = hotpix_read(&input, o, path, err);

	if (rc >= 0)
		rc = prepare(o, &input, &limits, &params, err);
	if (rc >= 0 && o->html != NULL)
		rc = hotpix_page(o, &input, &params, err);
	if (rc >= 0 && (o->suggest || o->html != NULL)) {
		if (o->suggest)
			rc = hotpix_suggest(o, &input, &params, err);
		hotpix_free(&input);
		return rc;
	}
	if (rc >= 0
	    && (status = calib_alloc(input.ave.size, sizeof *status, "status", err)) == NULL)
		rc = CALIB_ENOMEM;
	result.status = status;
	if (rc >= 0)
		rc = flag(&input, &params, status, &result.summary, err);
	if (rc >= 0)
		rc = hotpix_summary(o, &result, err);
	if (rc >= 0 && result.summary.missing > 0)
		rc = hotpix_missing(&result, err);
	if (rc >= 0)
		rc = too_bad(&result, err);
	if (rc >= 0)
		rc = hotpix_write(o, &result, rows, err);
	free(status);
	hotpix_free(&input);
	return rc;
}

/* Every STAT; one that fails does not keep the others from being done. */
static int all(const struct hotpix_opts *o, struct calib_table *rows, struct calib_err *err)
{
	int worst = CALIB_OK;

	if (o->nfiles == 0)
		return one(o, o->ave ? NULL : "-", rows, err);
	for (size_t i = 0; i < o->nfiles; i++) {
		struct calib_err why = CALIB_ERR_INIT;
		int rc = one(o, o->files[i], rows, &why);

		if (rc >= 0)
			continue;
		worst = rc;
		calib_log(CALIB_ERROR, "%s", why.msg);
	}
	return worst;
}

int main(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&cli_common_table, 0, NULL, 9}, {&cli_config_argp, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {
		options,
		parse,
		"[STAT...]",
		"Flag the bad pixels of a dark run: status word (0 = good) and mask (1 = good)."
		"\vSTAT is the statistics file of calib-dark, or its npy stream (default: standard "
		"input).\n\nExample: calib-dark -e xppi0613 -r 173 -d CSPAD -o - | calib-hotpix -d "
		"CSPAD "
		"-o status.npy",
		children,
		NULL,
		NULL};
	static const char *const columns[] = {"file", "source", "type", "range", NULL};
	struct hotpix_opts o = {.config = CLI_CONFIG_INIT, .algo = -1, .out = "-"};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_table rows = {0};
	struct calib_out *out = NULL;
	int rc = CALIB_OK, rows_rc;

	cli_start();
	calib_log_set_level(CALIB_INFO);
	for (size_t i = 0; i < HOTPIX_NLIMITS; i++)
		o.limit[i] = (struct calib_str)CALIB_STR_INIT;
	cli_parse(&argp, argc, argv, &o);
	cli_config_must(&o.config, "calib-hotpix", &argp);
	rc = hotpix_limits_load(&o, &err);
	if (rc >= 0)
		check(&o, &argp);
	if (rc >= 0 && o.workdir != NULL && !o.suggest && o.html == NULL)
		rc = calib_out_open(&out, "-", 0, &err);
	if (out != NULL)
		calib_table_begin(&rows, out, columns, o.cli.json, &err);
	if (rc >= 0)
		rc = all(&o, &rows, &err);
	rows_rc = out ? calib_out_commit(out, &err) : CALIB_OK;
	free(o.files);
	hotpix_limits_free(&o);
	cli_config_free(&o.config);
	return cli_finish(rc < 0 ? rc : rows_rc, &err);
}
