/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/nda/slice.c - calib-nda slice: a part of an array, as in Python: 3,:,0:10:2 */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"
#include "nda/verbs.h"

#define ABSENT (-__LONG_MAX__ - 1)

/* One item between commas: an index, begin:end:step, or "..." */
struct item { enum { INDEX, RANGE, REST } kind; long begin, end, step; };

struct opts {
	struct cli cli;
	struct nda_input input;
	struct cli_output output;
	struct nda_args args;
	struct item item[CALIB_NDA_MAXDIM + 1];
	int nitems;
};

static long parse_part(const struct argp_state *state, char *text)
{
	return *text == '\0' ? ABSENT
			     : cli_long(state, "slice", text, -1000000000000, 1000000000000);
}

static void parse_item(const struct argp_state *state, struct item *item, char *text)
{
	char *part[3] = {text, NULL, NULL};
	int n = 1;

	*item = (struct item){INDEX, ABSENT, ABSENT, 1};
	if (strcmp(text, "...") == 0) {
		item->kind = REST;
		return;
	}
	for (char *p = strchr(text, ':'); p != NULL; p = strchr(p, ':')) {
		*p++ = '\0';
		if (n == 3)
			argp_error(state, "a slice has the form BEGIN:END:STEP");
		part[n++] = p;
	}
	item->kind = n > 1 ? RANGE : INDEX;
	item->begin = parse_part(state, part[0]);
	if (n == 1 && item->begin == ABSENT)
		argp_error(state, "an index is missing");
	if (n > 1)
		item->end = parse_part(state, part[1]);
	if (n > 2 && *part[2] != '\0')
		item->step = parse_part(state, part[2]);
	if (item->step == 0)
		argp_error(state, "the step of a slice cannot be 0");
}

static void parse_spec(struct argp_state *state, struct opts *o, const char *spec)
{
	struct calib_str copy = CALIB_STR_INIT;
	int rest = 0;

	calib_str_add(&copy, spec);
	for (char *p = copy.s, *next; p != NULL; p = next) {
		next = strchr(p, ',');
		if (next != NULL)
			*next++ = '\0';
		if (o->nitems > CALIB_NDA_MAXDIM)
			argp_error(state, "'%s': more than %d items", spec, CALIB_NDA_MAXDIM);
		parse_item(state, &o->item[o->nitems], p);
		rest += o->item[o->nitems++].kind == REST;
	}
	if (rest > 1)
		argp_error(state, "'%s': '...' can stand only once", spec);
	calib_str_release(&copy);
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
	case ARGP_KEY_ARG:
		nda_args_add(state, &o->args, arg);
		return 0;
	case ARGP_KEY_END:
		if (o->args.n < 1 || o->args.n > 2)
			argp_error(state, "expected [FILE] SLICE, as in a.npy 3,:,0:10");
		parse_spec(state, o, o->args.list[--o->args.n]);
		nda_args_default(state, &o->args);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What is taken of one axis. */
struct axis { size_t first, count; long step; bool drop; };

static long clamp(long v, long n, long lo, long hi)
{
	if (v < 0)
		v += n;
	return v < lo ? lo : v > hi ? hi : v;
}

/* Python's rules: negative counts from the end, ranges are cut to what is there. */
static int resolve(struct axis *axis, const struct item *item, size_t dim, int k,
                   struct calib_err *err)
{
	long n = (long)dim, step = item->step, begin, end;

	if (item->kind == INDEX) {
		begin = item->begin < 0 ? item->begin + n : item->begin;
		if (begin < 0 || begin >= n)
			return calib_fail(err, CALIB_EINVAL,
					  "index %ld is outside axis %d of length %ld", item->begin,
					  k, n);
		*axis = (struct axis){(size_t)begin, 1, 1, true};
		return CALIB_OK;
	}
	if (step > 0) {
		begin = item->begin == ABSENT ? 0 : clamp(item->begin, n, 0, n);
		end = item->end == ABSENT ? n : clamp(item->end, n, 0, n);
	} else {
		begin = item->begin == ABSENT ? n - 1 : clamp(item->begin, n, -1, n - 1);
		end = item->end == ABSENT ? -1 : clamp(item->end, n, -1, n - 1);
	}
	long span = step > 0 ? end - begin : begin - end, width = step > 0 ? step : -step;

	*axis = (struct axis){0, span > 0 ? (size_t)((span - 1) / width + 1) : 0, step, false};
	if (axis->count > 0)
		axis->first = (size_t)begin;
	return CALIB_OK;
}

static int resolve_all(struct axis *axes, const struct opts *o, const struct calib_nda *nda,
                       struct calib_err *err)
{
	static const struct item all = {RANGE, ABSENT, ABSENT, 1};
	int given = o->nitems, at = 0, rc = CALIB_OK;

	for (int i = 0; i < o->nitems; i++)
		given -= o->item[i].kind == REST;
	if (given > nda->ndim)
		return calib_fail(err, CALIB_ESHAPE, "%d indices for an array of %d dimensions",
				  given, nda->ndim);
	for (int i = 0; i < o->nitems && rc >= 0; i++) {
		if (o->item[i].kind != REST) {
			rc = resolve(&axes[at], &o->item[i], nda->dim[at], at, err);
			at++;
			continue;
		}
		for (int n = nda->ndim - given; n > 0 && rc >= 0; n--, at++)
			rc = resolve(&axes[at], &all, nda->dim[at], at, err);
	}
	for (; at < nda->ndim && rc >= 0; at++)
		rc = resolve(&axes[at], &all, nda->dim[at], at, err);
	return rc;
}

static void copy(struct calib_nda *out, const struct calib_nda *nda, const struct axis *axes)
{
	size_t size = calib_dtype_size(nda->type), at[CALIB_NDA_MAXDIM] = {0};

	for (size_t i = 0; i < out->size; i++) {
		size_t from = 0;

		for (int k = 0; k < nda->ndim; k++)
			from = from * nda->dim[k] + (size_t)((long)axes[k].first
			                                     + (long)at[k] * axes[k].step);
		memcpy((char *)out->data + i * size, (const char *)nda->data + from * size, size);
		for (int k = nda->ndim - 1; k >= 0 && ++at[k] == axes[k].count; k--)
			at[k] = 0;
	}
}

struct work { const struct opts *o; struct nda_sink sink; };

static int slice(void *ctx, const struct nda_stream *stream, struct calib_nda *nda,
                 struct calib_err *err)
{
	struct work *w = ctx;
	struct axis axes[CALIB_NDA_MAXDIM];
	size_t dim[CALIB_NDA_MAXDIM] = {0};
	struct calib_nda out = CALIB_NDA_INIT;
	int ndim = 0, rc = resolve_all(axes, w->o, nda, err);

	for (int k = 0; k < nda->ndim && rc >= 0; k++)
		if (!axes[k].drop)
			dim[ndim++] = axes[k].count;
	if (rc >= 0)
		rc = calib_nda_alloc(&out, nda->type, ndim, dim, err);
	if (rc >= 0) {
		copy(&out, nda, axes);
		rc = nda_sink_put(&w->sink, &out, err);
	} else {
		calib_err_wrap(err, "%s", stream->in ? calib_in_name(stream->in) : stream->path);
	}
	calib_nda_release(&out);
	return rc;
}

int nda_slice(int argc, char **argv)
{
	static const struct argp_child children[] = {{&nda_input_argp, 0, NULL, 0},
		{&cli_output_argp, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		NULL,
		parse,
		"[FILE] SLICE",
		"A part of an array.  SLICE has an index or BEGIN:END:STEP per axis, separated by "
		"commas, "
		"with Python's rules: negative numbers count from the end ('--' goes before a "
		"SLICE that "
		"begins with '-'), '...' stands for the axes not mentioned.\v"
		"Example: calib-nda slice cspad.npy 3,:,0:194 -o asic.npy",
		children,
		NULL,
		NULL};
	struct opts o = {.input = NDA_INPUT_INIT, .output = CLI_OUTPUT_INIT};
	struct work w = {.o = &o};
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &o);
	rc = nda_sink_open(&w.sink, &o.output, &o.cli, &err);
	if (rc >= 0)
		rc = nda_each(&o.args, &o.input, &(struct nda_each){slice, &w}, &err);
	rc = nda_sink_finish(&w.sink, rc, &err);
	free(o.args.list);
	return cli_finish(rc, &err);
}
