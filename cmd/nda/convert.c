/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/nda/convert.c - calib-nda convert, stack, cat: arrays in, arrays out */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nda/verbs.h"

struct opts {
	struct cli cli;
	struct nda_input input;
	struct cli_output output;
	struct nda_args args;
};
#define OPTS_INIT {{0}, NDA_INPUT_INIT, CLI_OUTPUT_INIT, {0}}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->input;
		state->child_inputs[1] = &o->output;
		state->child_inputs[2] = &o->cli;
		return 0;
	case ARGP_KEY_ARG: nda_args_add(state, &o->args, arg); return 0;
	case ARGP_KEY_END: nda_args_default(state, &o->args); return 0;
	default:           return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&nda_input_argp, 0, NULL, 0},
					     {&cli_output_argp, 0, NULL, 0},
					     {&cli_common, 0, NULL, 0},
					     {0}};

static int put(void *ctx, const struct nda_stream *stream, struct calib_nda *nda,
               struct calib_err *err)
{
	(void)stream;
	return nda_sink_put(ctx, nda, err);
}

int nda_convert(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		parse,
		"[FILE...]",
		"Write arrays in another form or type.  Several arrays become a stream of npy "
		"arrays.\v"
		"Example: calib-nda convert --fmt %.3f pedestals.npy -o 0-end.data",
		children,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	struct nda_sink sink;
	int rc;

	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &o);
	rc = nda_sink_open(&sink, &o.output, &o.cli, &err);
	if (rc >= 0)
		rc = nda_each(&o.args, &o.input, &(struct nda_each){put, &sink}, &err);
	rc = nda_sink_finish(&sink, rc, &err);
	free(o.args.list);
	return cli_finish(rc, &err);
}

/* Arrays joined in memory: the bytes of each follow those of the one before. */
struct joined {
	struct calib_nda first;		/* type and shape; its data are not used */
	bool stack;
	size_t count, rows, bytes, room;
	void *data;
};

static int join(void *ctx, const struct nda_stream *stream, struct calib_nda *nda,
                struct calib_err *err)
{
	struct joined *j = ctx;
	char want[128], have[128];
	size_t bytes = nda->size * calib_dtype_size(nda->type);
	int skip = !j->stack, rc;

	if (!j->stack && nda->ndim == 0)
		return calib_fail(err, CALIB_ESHAPE, "%s: a single value has no axis to follow",
		                  stream->path);
	if (j->stack && nda->ndim == CALIB_NDA_MAXDIM)
		return calib_fail(err, CALIB_ESHAPE, "%s: %d dimensions, one more is not possible",
		                  stream->path, nda->ndim);
	if (j->count++ == 0)
		calib_nda_view(&j->first, nda->type, nda->ndim, nda->dim, NULL);
	if (nda->type != j->first.type)
		return calib_fail(err, CALIB_ESHAPE,
				  "%s: type %s, the first array is %s (use --dtype)", stream->path,
				  calib_dtype_name(nda->type), calib_dtype_name(j->first.type));
	if (nda->ndim != j->first.ndim || (nda->ndim > skip
	    && memcmp(nda->dim + skip, j->first.dim + skip,
	              (size_t)(nda->ndim - skip) * sizeof *nda->dim) != 0))
		return calib_fail(err, CALIB_ESHAPE,
				  "%s: shape %s does not fit that of the first array, %s",
				  stream->path, calib_nda_shape_text(nda->ndim, nda->dim, have),
				  calib_nda_shape_text(j->first.ndim, j->first.dim, want));
	j->rows += j->stack ? 1 : nda->dim[0];
	rc = calib_grow(&j->data, &j->room, j->bytes + bytes, 1, "joined array", err);
	if (rc < 0)
		return rc;
	memcpy((char *)j->data + j->bytes, nda->data, bytes);
	j->bytes += bytes;
	return CALIB_OK;
}

static int write_joined(struct joined *j, const struct opts *o, struct calib_err *err)
{
	size_t dim[CALIB_NDA_MAXDIM] = {0}, used = j->stack ? (size_t)j->first.ndim
		: (size_t)j->first.ndim - 1;
	struct calib_nda all;
	struct nda_sink sink;
	int rc = nda_sink_open(&sink, &o->output, &o->cli, err);

	dim[0] = j->rows;
	memcpy(dim + 1, j->first.dim + !j->stack, used * sizeof *dim);
	calib_nda_view(&all, j->first.type, (int)used + 1, dim, j->data);
	if (rc >= 0)
		rc = nda_sink_put(&sink, &all, err);
	return nda_sink_finish(&sink, rc, err);
}

static int run_join(int argc, char **argv, const struct argp *argp, bool stack)
{
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	struct joined j = {.first = CALIB_NDA_INIT, .stack = stack};
	int rc;

	argp_parse(argp, argc, argv, ARGP_NO_HELP, NULL, &o);
	rc = nda_each(&o.args, &o.input, &(struct nda_each){join, &j}, &err);
	if (rc >= 0)
		rc = calib_grow(&j.data, &j.room, 1, 1, "joined array", &err);
	if (rc >= 0)
		rc = write_joined(&j, &o, &err);
	free(j.data);
	free(o.args.list);
	return cli_finish(rc, &err);
}

int nda_stack(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		parse,
		"[FILE...]",
		"Arrays of one shape and type into one array with a new first axis.\v"
		"Example: calib-nda stack gain0.npy gain1.npy gain2.npy -o gains.npy",
		children,
		NULL,
		NULL};

	return run_join(argc, argv, &argp, true);
}

int nda_cat(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		parse,
		"[FILE...]",
		"Arrays one after the other along the first axis; the other axes must agree.\v"
		"Example: calib-nda cat quad0.npy quad1.npy quad2.npy quad3.npy -o cspad.npy",
		children,
		NULL,
		NULL};

	return run_join(argc, argv, &argp, false);
}
