/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/nda/math.c - calib-nda math: A op B */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "nda/arith.h"
#include "nda/verbs.h"

struct opts {
	struct cli cli;
	struct nda_input input;
	struct cli_output output;
	struct nda_args args;
	int op;
};

static void check_args(struct argp_state *state, struct opts *o)
{
	size_t want;

	if (o->args.n < 2)
		argp_error(state, "expected A OPERATION B, or A not, or A abs");
	o->op = calib_op_parse(o->args.list[1]);
	if (o->op < 0)
		argp_error(state,
			   "'%s' is not an operation: add sub mul div min max and or xor not abs "
			   "eq ne lt le gt ge are",
			   o->args.list[1]);
	want = calib_op_is_unary((enum calib_op)o->op) ? 2 : 3;
	if (o->args.n != want)
		argp_error(state, "'%s' takes %s", o->args.list[1],
			   want == 2 ? "one operand, before it" : "two operands, one on each side");
	if (want == 3 && !strcmp(o->args.list[0], "-") && !strcmp(o->args.list[2], "-"))
		argp_error(state, "standard input '-' can be read only once");
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
	case ARGP_KEY_ARG: nda_args_add(state, &o->args, arg); return 0;
	case ARGP_KEY_END: check_args(state, o); return 0;
	default:           return ARGP_ERR_UNKNOWN;
	}
}

/* A number on the command line: a whole one where it is written so. */
static bool parse_number(struct calib_nda *nda, const char *text, int *rc, struct calib_err *err)
{
	double v;
	long w;

	if (calib_parse_double(&v, text, "number", NULL) < 0)
		return false;
	if (calib_parse_long(&w, text, -__LONG_MAX__ - 1, __LONG_MAX__, "number", NULL) >= 0) {
		*rc = calib_nda_alloc(nda, CALIB_I64, 0, NULL, err);
		if (*rc >= 0)
			*(int64_t *)nda->data = w;
	} else {
		*rc = calib_nda_alloc(nda, CALIB_F64, 0, NULL, err);
		if (*rc >= 0)
			*(double *)nda->data = v;
	}
	return true;
}

/* One operand that is a number or the only array of a file. */
static int load_operand(struct calib_nda *nda, const char *arg, const struct nda_input *input,
                        struct calib_err *err)
{
	struct nda_stream stream;
	int rc = CALIB_OK;

	if (parse_number(nda, arg, &rc, err))
		return rc;
	rc = nda_stream_open(&stream, arg, input, err);
	if (rc >= 0)
		rc = nda_stream_next(&stream, nda, err);
	nda_stream_close(&stream);
	return rc < 0 ? rc : CALIB_OK;
}

/* The operation for each array of the stream; the other operand stays. */
struct work {
	const struct opts *o;
	struct calib_nda other;
	bool stream_is_b;
	struct nda_sink sink;
};

static int calculate(void *ctx, const struct nda_stream *stream, struct calib_nda *nda,
                     struct calib_err *err)
{
	struct work *w = ctx;
	struct calib_nda out = CALIB_NDA_INIT;
	enum calib_op op = (enum calib_op)w->o->op;
	int rc = w->stream_is_b ? calib_arith(&out, &w->other, op, nda, err)
		: calib_arith(&out, nda, op, &w->other, err);

	if (rc < 0)
		calib_err_wrap(err, "%s", stream->in ? calib_in_name(stream->in) : stream->path);
	else
		rc = nda_sink_put(&w->sink, &out, err);
	calib_nda_release(&out);
	return rc;
}

int nda_math(int argc, char **argv)
{
	static const struct argp_child children[] = {{&nda_input_argp, 0, NULL, 0},
		{&cli_output_argp, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		NULL,
		parse,
		"A OPERATION [B]",
		"Calculate element by element.  A and B are files, '-' or numbers (a negative "
		"number "
		"after '--').  OPERATION: add sub mul div min max; and or xor (bits); eq ne lt le "
		"gt ge "
		"(1 = true); without B: not (1 where A is 0) abs.\v"
		"Example: calib-nda math image.npy sub pedestals.data -o clean.npy",
		children,
		NULL,
		NULL};
	struct opts o = {{0}, NDA_INPUT_INIT, CLI_OUTPUT_INIT, {0}, -1};
	struct work w = {.o = &o, .other = CALIB_NDA_INIT};
	struct calib_err err = CALIB_ERR_INIT;
	struct nda_args stream = {NULL, 1, 0};
	double ignored;
	int rc;

	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &o);
	/* A is the stream, unless it is a number or B stands for standard input */
	w.stream_is_b = o.args.n == 3
			&& (calib_parse_double(&ignored, o.args.list[0], "A", NULL) >= 0
			    || strcmp(o.args.list[2], "-") == 0);
	stream.list = &o.args.list[w.stream_is_b ? 2 : 0];
	rc = nda_sink_open(&w.sink, &o.output, &o.cli, &err);
	if (rc >= 0 && o.args.n == 3)
		rc = load_operand(&w.other, o.args.list[w.stream_is_b ? 0 : 2], &o.input, &err);
	if (rc >= 0)
		rc = nda_each(&stream, &o.input, &(struct nda_each){calculate, &w}, &err);
	rc = nda_sink_finish(&w.sink, rc, &err);
	calib_nda_release(&w.other);
	free(o.args.list);
	return cli_finish(rc, &err);
}
