/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calib-plot.c - pictures of arrays: files, and on the terminal */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/path.h"
#include "plot/plot.h"
#include "plot/report.h"

enum { KEY_VIEW = CLI_KEY_OWN, KEY_RANGE, KEY_LOG, KEY_GAMMA, KEY_CMAP, KEY_WINDOW, KEY_RING,
       KEY_MINUS, KEY_ROT90, KEY_MIRROR, KEY_BINS, KEY_LOG_COUNTS, KEY_STAT, KEY_MASK, KEY_STATUS,
       KEY_BAD, KEY_UNDER, KEY_OVER, KEY_SCALE, KEY_SHRINK, KEY_BARE, KEY_GREY16, KEY_SIZE,
       KEY_TITLE, KEY_PREVIEW, KEY_BOXES, KEY_REPORT,
       KEY_CONSTANTS };

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0,
	 "picture to write: .png, .svg, .pdf or .html; '-' is standard "
	 "output, PNG",
	 2},
	{"report", KEY_REPORT, NULL, 0,
	 "ARRAY is a statistics file of calib-dark: write the report of "
	 "the run (.html), with --status and --constants",
	 2},
	{"constants", KEY_CONSTANTS, "DIR", 0,
	 "with --report: calibration directory to compare with", 2},
	{"preview", KEY_PREVIEW, "KIND", OPTION_ARG_OPTIONAL,
	 "show it on the terminal: as it can, or "
	 "true, 256, ascii, sixel; without KIND only on a terminal",
	 2},
	{"bare", KEY_BARE, NULL, 0, "pixels only, one for each of the array (PNG)", 2},
	{"grey16", KEY_GREY16, NULL, 0, "pixels only, 16 bits of grey, for other programs (PNG)",
	 2},
	{"scale", KEY_SCALE, "N", 0, "with --bare: N x N pixels for each", 2},
	{"shrink", KEY_SHRINK, "N", 0, "with --bare: one pixel for N x N of them", 2},
	{"size", KEY_SIZE, "W,H", 0, "size of an annotated picture (default 900,1000)", 2},
	{"title", KEY_TITLE, "TEXT", 0, "instead of the name of the file", 2},
	{"boxes", KEY_BOXES, "FILE", 0,
	 "write a table of the texts of the picture and their places", 2},
	{"view", KEY_VIEW, "HOW", 0,
	 "image: by the geometry (default with one); table: sensors "
	 "beside each other (default); flat: lines of the last dimension",
	 3},
	{"window", KEY_WINDOW, "R0:R1,C0:C1", 0, "only these rows and columns of the picture", 3},
	{"rot90", KEY_ROT90, "N", 0, "turn by N times 90 degrees, against the clock", 3},
	{"mirror", KEY_MIRROR, NULL, 0, "exchange left and right", 3},
	{"minus", KEY_MINUS, "FILE", 0, "subtract this array; the colours go around 0", 3},
	{"mask", KEY_MASK, "FILE", 0, "pixels that are 0 there are bad", 3},
	{"status", KEY_STATUS, "FILE", 0, "pixels that are not 0 there are bad", 3},
	{"ring", KEY_RING, "X,Y,R", 0, "draw a circle: column, row, radius; may be given again", 3},
	{"range", KEY_RANGE, "RANGE", 0,
	 "values of the colours: auto (default), minmax, A:B, q:A:B "
	 "(quantiles), sigma:A:B (from mean + A sigma), reference (as calibman)",
	 4},
	{"log", KEY_LOG, NULL, 0, "colours go with the logarithm", 4},
	{"gamma", KEY_GAMMA, "G", 0, "colours go with the G-th power", 4},
	{"cmap", KEY_CMAP, "NAME", 0,
	 "viridis, plasma, inferno, magma, cividis, gray, jet, hot, "
	 "turbo, coolwarm, lcls2-1 to lcls2-8; _r behind it for the reverse",
	 4},
	{"bad-colour", KEY_BAD, "RRGGBB", 0, "of bad pixels (default ff00ff)", 4},
	{"under", KEY_UNDER, "RRGGBB", 0, "of values below the range (default: end of the map)", 4},
	{"over", KEY_OVER, "RRGGBB", 0, "of values above it", 4},
	{"bins", KEY_BINS, "N", 0, "of the spectrum (default 100; for whole numbers as they are)",
	 4},
	{"hist", KEY_LOG_COUNTS, NULL, 0, "logarithmic counts in the spectrum", 4},
	{"stat", KEY_STAT, "HOW", 0,
	 "pixels (default); reference: from the bins, with calibman's "
	 "errors",
	 4},
	{0}};

/* Numbers with commas or colons between, exactly n. */
static bool read_numbers(double *v, size_t n, const char *arg, const char *between)
{
	for (size_t i = 0; i < n; i++) {
		const char *stop;

		v[i] = calib_strtod(arg, arg + strlen(arg), &stop);
		if (stop == arg || !isfinite(v[i])
		    || (i + 1 < n ? *stop != between[i] : *stop != '\0'))
			return false;
		arg = stop + 1;
	}
	return true;
}

static uint32_t parse_colour(const struct argp_state *state, const char *option, const char *arg)
{
	uint32_t v = 0;

	for (const char *p = arg; *p != '\0'; p++) {
		const char *digits = "0123456789abcdefABCDEF", *d = strchr(digits, *p);

		if (d == NULL || strlen(arg) != 6)
			argp_error(state, "%s: '%s' is not six digits, RRGGBB", option, arg);
		v = v * 16 + (uint32_t)(d - digits < 16 ? d - digits : d - digits - 6);
	}
	return v;
}

static void parse_window(struct plot_opts *o, const struct argp_state *state, const char *arg)
{
	double v[4];

	if (!read_numbers(v, 4, arg, ":,:"))
		argp_error(state, "--window: '%s' is not R0:R1,C0:C1", arg);
	for (int i = 0; i < 4; i++) {
		if (v[i] < 0 || v[i] > 1e9 || v[i] != floor(v[i])
		    || (i % 2 == 1 && v[i] <= v[i - 1]))
			argp_error(state, "--window: '%s' is not R0:R1,C0:C1 with R0 < R1, C0 < C1",
				   arg);
		o->window[i] = (long)v[i];
	}
}

static void parse_ring(struct plot_opts *o, const struct argp_state *state, const char *arg)
{
	double v[3];

	if (!read_numbers(v, 3, arg, ",,") || v[2] < 0)
		argp_error(state, "--ring: '%s' is not X,Y,R", arg);
	if (o->nrings == PLOT_RINGS)
		argp_error(state, "--ring: at most %d", PLOT_RINGS);
	o->ring[o->nrings++] = (struct calib_plot_ring){v[0], v[1], v[2]};
}

static int parse_word(const struct argp_state *state, const char *option, const char *arg,
                      const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(arg, words[i]) == 0)
			return i;
	argp_error(state, "%s: '%s' is not known, see --help", option, arg);
	return -1;
}

static void parse_scale(struct plot_opts *o, const struct argp_state *state, const char *arg)
{
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_scale_parse(&o->scale, arg, &err) < 0)
		cli_usage_error(state, &err);
	o->range_given = o->scale.kind != CALIB_SCALE_AUTO;
}

static void parse_cmap(struct plot_opts *o, const struct argp_state *state, const char *arg)
{
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_cmap_get(&o->map, arg, &err) < 0)
		cli_usage_error(state, &err);
	o->map_given = true;
}

static void parse_size(struct plot_opts *o, const struct argp_state *state, const char *arg)
{
	double v[2];

	if (!read_numbers(v, 2, arg, ",") || v[0] < 200 || v[1] < 200 || v[0] > 20000
	    || v[1] > 20000)
		argp_error(state, "--size: '%s' is not W,H of 200 to 20000", arg);
	o->size[0] = (long)v[0];
	o->size[1] = (long)v[1];
}

static void check(const struct argp_state *state, struct plot_opts *o)
{
	static const char *const suffixes[] = {".png", ".svg", ".pdf", ".html"};
	bool known = o->output == NULL || strcmp(o->output, "-") == 0;

	if (o->array == NULL)
		o->array = "-";
	for (size_t i = 0; i < 4 && !known; i++)
		known = calib_path_suffix(o->output, suffixes[i]);
	if (!known)
		argp_error(state, "-o: '%s' ends in none of .png .svg .pdf .html", o->output);
	if (o->report && (o->output == NULL || !calib_path_suffix(o->output, ".html")))
		argp_error(state, "--report writes a page: give -o FILE.html");
	if (o->output == NULL && o->preview < 0)
		argp_error(state, "where to?  -o FILE or --preview");
	if ((o->bare || o->grey16) && o->output != NULL && !calib_path_suffix(o->output, ".png")
	    && strcmp(o->output, "-") != 0)
		argp_error(state, "--bare and --grey16 make PNG");
	if (o->view == PLOT_VIEW_IMAGE && !cli_geo_given(&o->from))
		argp_error(state, "--view=image needs a geometry: -g FILE");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const views[] = {"table", "image", "flat", NULL};
	static const char *const stats[] = {"pixels", "reference", NULL};
	static const char *const previews[] = {"true", "256", "ascii", "sixel", NULL};
	struct plot_opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->from;
		state->child_inputs[1] = &o->cli;
		return 0;
	case 'o':            o->output = arg; return 0;
	case KEY_VIEW:       o->view = parse_word(state, "--view", arg, views); return 0;
	case KEY_RANGE:      parse_scale(o, state, arg); return 0;
	case KEY_LOG:        o->colours.log = true; return 0;
	case KEY_GAMMA: o->colours.gamma = cli_double(state, "--gamma", arg, 0.01, 100); return 0;
	case KEY_CMAP:       parse_cmap(o, state, arg); return 0;
	case KEY_WINDOW:     parse_window(o, state, arg); return 0;
	case KEY_RING:       parse_ring(o, state, arg); return 0;
	case KEY_MINUS:      o->minus = arg; return 0;
	case KEY_ROT90:      o->quarters = cli_long(state, "--rot90", arg, -3, 3); return 0;
	case KEY_MIRROR:     o->mirror = true; return 0;
	case KEY_BINS:       o->bins = cli_long(state, "--bins", arg, 1, 1000); return 0;
	case KEY_LOG_COUNTS: o->log_counts = true; return 0;
	case KEY_STAT:
		o->reference_stat = parse_word(state, "--stat", arg, stats) == 1;
		return 0;
	case KEY_MASK:       o->mask = arg; return 0;
	case KEY_STATUS:     o->status = arg; return 0;
	case KEY_BAD:        o->bad = parse_colour(state, "--bad-colour", arg); return 0;
	case KEY_UNDER:      o->under = (long)parse_colour(state, "--under", arg); return 0;
	case KEY_OVER:       o->over = (long)parse_colour(state, "--over", arg); return 0;
	case KEY_SCALE:      o->enlarge = cli_long(state, "--scale", arg, 1, 100); return 0;
	case KEY_SHRINK:     o->shrink = cli_long(state, "--shrink", arg, 1, 1000); return 0;
	case KEY_BARE:       o->bare = true; return 0;
	case KEY_GREY16:     o->grey16 = true; return 0;
	case KEY_SIZE:       parse_size(o, state, arg); return 0;
	case KEY_TITLE:      o->title = arg; return 0;
	case KEY_CONSTANTS:  o->constants = arg; return 0;
	case KEY_REPORT:     o->report = true; return 0;
	case KEY_BOXES:      o->boxes = arg; return 0;
	case KEY_PREVIEW:
		o->preview = arg != NULL ? parse_word(state, "--preview", arg, previews)
			: (int)PREVIEW_ASK;
		return 0;
	case ARGP_KEY_ARG: o->array = cli_only_arg(state, o->array, arg); return 0;
	case ARGP_KEY_END: check(state, o); return 0;
	default:           return ARGP_ERR_UNKNOWN;
	}
}

static int picture(const struct plot_opts *o, struct calib_err *err)
{
	struct plot p = {.colours = CALIB_COLOURS_INIT};
	bool data = o->output != NULL && strcmp(o->output, "-") == 0;
	int rc = data ? cli_no_terminal("-", "a picture", err) : CALIB_OK;

	/* never into a pipe or file unless it is asked for in so many words */
	bool preview = o->preview >= 0 && (o->preview != PREVIEW_ASK
		|| isatty(data ? STDERR_FILENO : STDOUT_FILENO));

	p.full = p.shown = (struct calib_picture)CALIB_PICTURE_INIT;
	if (rc >= 0)
		rc = plot_load(&p, o, err);
	if (rc >= 0 && o->output != NULL)
		rc = plot_write(&p, o, err);
	if (rc >= 0 && preview)
		rc = plot_preview(&p, o, err);
	plot_release(&p);
	return rc;
}

static int run(const struct plot_opts *o, struct calib_err *err)
{
	return o->report ? report_write(o, err) : picture(o, err);
}

int main(int argc, char **argv)
{
	static const struct argp_child children[] = {{&cli_geo_argp, 0, NULL, 0},
		{&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		options,
		parse,
		"[ARRAY]",
		"Show an array as a picture, with "
		"axes, colour bar, spectrum and statistics, or its pixels only; as a file or on "
		"the "
		"terminal.\v"
		"Example: calib-plot -g 0-end.data average.npy -o average.png",
		children,
		NULL,
		NULL};
	struct plot_opts o = {.from = CLI_GEO_INIT,
			      .view = -1,
			      .scale = {CALIB_SCALE_AUTO, 0, 0},
			      .colours = CALIB_COLOURS_INIT,
			      .bad = 0xff00ff,
			      .under = -1,
			      .over = -1,
			      .enlarge = 1,
			      .size = {900, 1000},
			      .preview = -1};
	struct calib_err err = CALIB_ERR_INIT;

	cli_start();
	o.from.standard = true;
	cli_parse(&argp, argc, argv, &o);
	return cli_finish(run(&o, &err), &err);
}
