/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/nda/describe.c - calib-nda info, stat, hist, compare: arrays in, rows out */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/table.h"
#include "nda/compare.h"
#include "nda/elem.h"
#include "nda/verbs.h"
#include "render/spectrum.h"

enum { KEY_SEGMENT = CLI_KEY_OWN + 0x40, KEY_BINS, KEY_RANGE, KEY_ABS, KEY_REL };

struct opts {
	struct cli cli;
	struct nda_input input;
	const char *output;
	struct nda_args args;
	bool per_segment;
	long bins;
	double range[2];		/* NaN: from the data */
	double abs, rel;		/* negative: not given */
	struct calib_table table;
};
#define OPTS_INIT {.input = NDA_INPUT_INIT, .output = "-", .bins = 100, .range = {NAN, NAN}, \
	.abs = -1, .rel = -1}

#define OUTPUT_OPTION {"output", 'o', "FILE", 0, "write the rows to FILE (default '-', standard " \
	"output)", 2}
static const struct argp_option info_options[] = {OUTPUT_OPTION, {0}};
static const struct argp_option stat_options[] = {
	OUTPUT_OPTION,
	{"per-segment", KEY_SEGMENT, NULL, 0, "one row for each index of the first axis", 2},
	{0}
};
static const struct argp_option hist_options[] = {
	OUTPUT_OPTION,
	{"bins", KEY_BINS, "N", 0, "number of bins of equal width (default 100)", 2},
	{"range", KEY_RANGE, "LOW,HIGH", 0,
	 "where the bins begin and end (default: the smallest and "
	 "the largest value)",
	 2},
	{0}};
static const struct argp_option compare_options[] = {
	OUTPUT_OPTION,
	{"abs", KEY_ABS, "X", 0, "values agree when |a-b| <= X + REL*|b| (default: bits and types "
	 "must be equal)", 2},
	{"rel", KEY_REL, "REL", 0, "see --abs", 2},
	{0}
};

static void parse_range(const struct argp_state *state, struct opts *o, const char *arg)
{
	const char *comma = strchr(arg, ','), *stop;

	if (comma == NULL)
		argp_error(state, "--range: '%s' is not LOW,HIGH", arg);
	o->range[0] = calib_strtod(arg, comma, &stop);
	if (stop != comma || comma == arg || !isfinite(o->range[0]))
		argp_error(state, "--range: '%s' is not LOW,HIGH", arg);
	o->range[1] = cli_double(state, "--range", comma + 1, -1e300, 1e300);
	if (!(o->range[0] < o->range[1]))
		argp_error(state, "--range: '%s': LOW must be below HIGH", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->input;
		state->child_inputs[1] = &o->cli;
		return 0;
	case 'o':          o->output = arg; return 0;
	case KEY_SEGMENT:  o->per_segment = true; return 0;
	case KEY_BINS:     o->bins = cli_long(state, "--bins", arg, 1, 100000000); return 0;
	case KEY_RANGE:    parse_range(state, o, arg); return 0;
	case KEY_ABS:      o->abs = cli_double(state, "--abs", arg, 0, 1e300); return 0;
	case KEY_REL:      o->rel = cli_double(state, "--rel", arg, 0, 1e300); return 0;
	case ARGP_KEY_ARG: nda_args_add(state, &o->args, arg); return 0;
	case ARGP_KEY_END: nda_args_default(state, &o->args); return 0;
	default:           return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{&nda_input_argp, 0, NULL, 0}, {&cli_common_table, 0, NULL, 0}, {0}
};

/* Numbers of one array, or one segment of it. */
struct summary {
	size_t values, finite, nan, inf, zero;
	double min, max, mean, std, median;	/* of the finite values */
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* room: n doubles, used for the finite values in order */
static void summarise(struct summary *s, const struct calib_nda *nda, size_t first, size_t n,
                      double *room)
{
	double sum = 0;
	size_t k = 0;

	*s = (struct summary){.values = n, .min = NAN, .max = NAN, .mean = NAN, .std = NAN,
		.median = NAN};
	calib_elem_reals(room, nda, first, n);
	for (size_t i = 0; i < n; i++) {
		s->nan += isnan(room[i]) != 0;
		s->inf += isinf(room[i]) != 0;
		s->zero += room[i] == 0;
		if (isfinite(room[i]))
			room[k++] = room[i];
	}
	s->finite = k;
	if (k == 0)
		return;
	qsort(room, k, sizeof *room, by_value);
	s->min = room[0];
	s->max = room[k - 1];
	s->median = k % 2 ? room[k / 2] : room[k / 2 - 1] / 2 + room[k / 2] / 2;
	for (size_t i = 0; i < k; i++)
		sum += room[i];
	s->mean = sum / (double)k;
	sum = 0;
	for (size_t i = 0; i < k; i++)
		sum += (room[i] - s->mean) * (room[i] - s->mean);
	s->std = sqrt(sum / (double)k);
}

static const char *digits_of(const struct calib_nda *nda)
{
	return nda->type == CALIB_F32 ? "%.9g" : "%.17g";
}

/* Smallest and largest of 64-bit integers, which a double may not hold. */
static void info_wide(struct calib_table *t, const struct calib_nda *nda)
{
	const int64_t *s = nda->data;
	const uint64_t *u = nda->data;
	bool is_signed = nda->type == CALIB_I64;
	size_t min = 0, max = 0;

	for (size_t i = 1; i < nda->size; i++) {
		if (is_signed ? s[i] < s[min] : u[i] < u[min])
			min = i;
		if (is_signed ? s[i] > s[max] : u[i] > u[max])
			max = i;
	}
	if (is_signed) {
		calib_table_int(t, s[min]);
		calib_table_int(t, s[max]);
	} else {
		calib_table_unsigned(t, u[min]);
		calib_table_unsigned(t, u[max]);
	}
}

static const char *const info_columns[] = {"file", "form", "dtype", "shape", "values", "min", "max",
	"nan", NULL};

static int info_row(void *ctx, const struct nda_stream *stream, struct calib_nda *nda,
                    struct calib_err *err)
{
	struct calib_table *t = &((struct opts *)ctx)->table;
	char shape[128];
	double min = NAN, max = NAN;
	size_t nan = 0;

	(void)err;
	for (size_t i = 0; i < nda->size; i += CALIB_ELEM_BLOCK) {
		double v[CALIB_ELEM_BLOCK];
		size_t n = nda->size - i < CALIB_ELEM_BLOCK ? nda->size - i : CALIB_ELEM_BLOCK;

		calib_elem_reals(v, nda, i, n);
		for (size_t k = 0; k < n; k++) {
			nan += isnan(v[k]) != 0;
			min = fmin(min, v[k]);	/* fmin and fmax pass over NaN */
			max = fmax(max, v[k]);
		}
	}
	calib_table_text(t, stream->path);
	calib_table_text(t, calib_form_name(stream->form));
	calib_table_text(t, calib_dtype_name(nda->type));
	calib_table_text(t, calib_nda_shape_text(nda->ndim, nda->dim, shape));
	calib_table_int(t, (long long)nda->size);
	if (nda->size > 0 && (nda->type == CALIB_I64 || nda->type == CALIB_U64)) {
		info_wide(t, nda);
	} else {
		calib_table_real(t, digits_of(nda), min);
		calib_table_real(t, digits_of(nda), max);
	}
	calib_table_int(t, (long long)nan);
	return calib_table_row(t);
}

static const char *const stat_columns[] = {"file", "segment", "values", "min", "max", "mean", "std",
	"median", "nan", "inf", "zero", NULL};

static int stat_row(struct opts *o, const char *file, long segment, const struct calib_nda *nda,
                    const struct summary *s)
{
	struct calib_table *t = &o->table;

	calib_table_text(t, file);
	if (segment < 0)
		calib_table_text(t, NULL);
	else
		calib_table_int(t, segment);
	calib_table_int(t, (long long)s->values);
	calib_table_real(t, digits_of(nda), s->min);
	calib_table_real(t, digits_of(nda), s->max);
	calib_table_real(t, "%.9g", s->mean);
	calib_table_real(t, "%.9g", s->std);
	calib_table_real(t, "%.9g", s->median);
	calib_table_int(t, (long long)s->nan);
	calib_table_int(t, (long long)s->inf);
	calib_table_int(t, (long long)s->zero);
	return calib_table_row(t);
}

static int stat_rows(void *ctx, const struct nda_stream *stream, struct calib_nda *nda,
                     struct calib_err *err)
{
	struct opts *o = ctx;
	size_t n = o->per_segment && nda->ndim > 1 ? nda->dim[0] : 1;
	size_t part = n > 0 ? nda->size / n : 0;
	double *room = calib_alloc(part, sizeof *room, "values", err);
	struct summary s;
	int rc = room != NULL ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		summarise(&s, nda, i * part, part, room);
		rc = stat_row(o, stream->path, o->per_segment ? (long)i : -1, nda, &s);
	}
	free(room);
	return rc;
}

static const char *const hist_columns[] = {"file", "low", "high", "count", NULL};

static int hist_row(struct opts *o, const char *file, double low, double high, size_t count)
{
	calib_table_text(&o->table, file);
	calib_table_real(&o->table, "%.9g", low);
	calib_table_real(&o->table, "%.9g", high);
	calib_table_int(&o->table, (long long)count);
	return calib_table_row(&o->table);
}

static void find_range(const struct calib_nda *nda, double *low, double *high)
{
	*low = INFINITY;
	*high = -INFINITY;
	for (size_t i = 0; i < nda->size; i++) {
		double v = calib_nda_get(nda, i);

		if (isfinite(v)) {
			*low = fmin(*low, v);
			*high = fmax(*high, v);
		}
	}
	if (!(*low <= *high)) {		/* as numpy: no value, or a single one */
		*low = 0;
		*high = 1;
	} else if (*low == *high) {
		*low -= 0.5;
		*high += 0.5;
	}
}

static void count_values(struct calib_spectrum *s, const struct calib_nda *nda)
{
	for (size_t i = 0; i < nda->size; i += CALIB_ELEM_BLOCK) {
		double v[CALIB_ELEM_BLOCK];
		size_t n = nda->size - i < CALIB_ELEM_BLOCK ? nda->size - i : CALIB_ELEM_BLOCK;

		calib_elem_reals(v, nda, i, n);
		calib_spectrum_add(s, v, n);
	}
}

static int hist_rows(void *ctx, const struct nda_stream *stream, struct calib_nda *nda,
                     struct calib_err *err)
{
	struct opts *o = ctx;
	struct calib_spectrum s = CALIB_SPECTRUM_INIT;
	double low = o->range[0], high = o->range[1];
	int rc;

	if (isnan(low))
		find_range(nda, &low, &high);
	rc = calib_spectrum_begin(&s, low, high, (size_t)o->bins, err);
	if (rc >= 0) {
		count_values(&s, nda);
		rc = hist_row(o, stream->path, NAN, low, (size_t)s.below);
	}
	for (size_t k = 0; k < s.nbins && rc >= 0; k++)
		rc = hist_row(o, stream->path, calib_spectrum_edge(&s, k),
		              calib_spectrum_edge(&s, k + 1), (size_t)s.count[k]);
	if (rc >= 0)
		rc = hist_row(o, stream->path, high, NAN, (size_t)s.above);
	calib_spectrum_release(&s);
	return rc;
}

static int run_table(struct opts *o, const char *const *columns, struct nda_each each)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, o->output, o->cli.keep ? CALIB_OUT_KEEP : 0, &err);

	if (rc >= 0) {
		calib_table_begin(&o->table, out, columns, o->cli.json, &err);
		rc = nda_each(&o->args, &o->input, &each, &err);
		if (rc >= 0)
			rc = calib_out_commit(out, &err);
		else
			calib_out_abort(out);
	}
	free(o->args.list);
	return cli_finish(rc, &err);
}

int nda_info(int argc, char **argv)
{
	static const struct argp argp = {info_options,
					 parse,
					 "[FILE...]",
					 "One row for each array: file, form, type, shape, number "
					 "of values, smallest and largest "
					 "value, number of NaN.\vExample: calib-nda info *.data",
					 children,
					 NULL,
					 NULL};
	struct opts o = OPTS_INIT;

	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &o);
	return run_table(&o, info_columns, (struct nda_each){info_row, &o});
}

int nda_stat(int argc, char **argv)
{
	static const struct argp argp = {
		stat_options,
		parse,
		"[FILE...]",
		"One row for each array or segment: minimum, maximum, mean, standard deviation and "
		"median "
		"of the finite values; number of NaN, of infinite values and of zeros.\v"
		"Example: calib-nda stat --per-segment pedestals.data",
		children,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;

	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &o);
	return run_table(&o, stat_columns, (struct nda_each){stat_rows, &o});
}

int nda_hist(int argc, char **argv)
{
	static const struct argp argp = {
		hist_options,
		parse,
		"[FILE...]",
		"Histogram of each array.  A bin has its low edge, the last one both; the first "
		"and the "
		"last row count what is outside.  NaN is not counted.\v"
		"Example: calib-nda hist --bins 50 --range 0,10 pixel_rms.data",
		children,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;

	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &o);
	return run_table(&o, hist_columns, (struct nda_each){hist_rows, &o});
}

static const char *const compare_columns[] = {"a", "b", "result", "values", "differ", "max_abs",
	"max_rel", "where", NULL};

/* One array of one input */
static int load_one(struct calib_nda *nda, const char *path, const struct nda_input *input,
                    struct calib_err *err)
{
	struct nda_stream stream;
	int rc = nda_stream_open(&stream, path, input, err);

	if (rc >= 0)
		rc = nda_stream_next(&stream, nda, err);
	nda_stream_close(&stream);
	return rc < 0 ? rc : CALIB_OK;
}

static int compare_row(struct opts *o, const struct calib_nda *a, const struct calib_nda *b,
                       const struct calib_nda_diff *diff, bool same)
{
	struct calib_table *t = &o->table;
	char place[128];

	(void)b;
	calib_table_text(t, o->args.list[0]);
	calib_table_text(t, o->args.list[1]);
	calib_table_text(t, same ? "same" : "differ");
	calib_table_int(t, (long long)a->size);
	calib_table_int(t, (long long)diff->differ);
	calib_table_real(t, "%.9g", diff->max_abs);
	calib_table_real(t, "%.9g", diff->max_rel);
	calib_table_text(t, diff->differ > 0 ? calib_elem_place(a, diff->where, place) : NULL);
	return calib_table_row(t);
}

/* Returns 0 same, 1 differ, or an error. */
static int compare(struct opts *o, struct calib_err *err)
{
	struct calib_nda a = CALIB_NDA_INIT, b = CALIB_NDA_INIT;
	struct calib_nda_diff diff;
	struct calib_out *out = NULL;
	int result = 0, rc = load_one(&a, o->args.list[0], &o->input, err);

	if (rc >= 0)
		rc = load_one(&b, o->args.list[1], &o->input, err);
	if (rc >= 0) {
		rc = result = calib_nda_compare(&a, &b, o->abs, o->rel, &diff, err);
		if (rc < 0)
			calib_err_wrap(err, "%s, %s", o->args.list[0], o->args.list[1]);
	}
	if (rc >= 0)
		rc = calib_out_open(&out, o->output, o->cli.keep ? CALIB_OUT_KEEP : 0, err);
	if (rc >= 0) {
		calib_table_begin(&o->table, out, compare_columns, o->cli.json, err);
		rc = compare_row(o, &a, &b, &diff, result == 0);
		if (rc >= 0)
			rc = calib_out_commit(out, err);
		else
			calib_out_abort(out);
	}
	calib_nda_release(&a);
	calib_nda_release(&b);
	return rc < 0 ? rc : result;
}

static error_t parse_compare(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	if (key == ARGP_KEY_END && o->args.n != 2)
		argp_error(state, "expected two files");
	return parse(key, arg, state);
}

int nda_compare(int argc, char **argv)
{
	static const struct argp argp = {
		compare_options,
		parse_compare,
		"A B",
		"Do two arrays agree?  Exit status 0 when they do, 1 when not.  One row: files, "
		"result, "
		"values, how many differ, largest difference, largest relative difference, where.\v"
		"Example: calib-nda compare --abs 0.01 old.data new.data",
		children,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	int rc, status;

	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &o);
	rc = compare(&o, &err);
	free(o.args.list);
	status = cli_finish(rc, &err);
	return status != 0 ? status : rc > 0;
}
