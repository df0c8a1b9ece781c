/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/nda/verbs.h - what the verbs of calib-nda share: reading and writing streams of arrays */
#ifndef CALIB_CMD_NDA_VERBS_H
#define CALIB_CMD_NDA_VERBS_H
#include "cli.h"
#include "cliout.h"
#include "nda/nda.h"

int nda_info(int argc, char **argv);
int nda_convert(int argc, char **argv);
int nda_compare(int argc, char **argv);
int nda_stat(int argc, char **argv);
int nda_hist(int argc, char **argv);
int nda_math(int argc, char **argv);
int nda_slice(int argc, char **argv);
int nda_stack(int argc, char **argv);
int nda_cat(int argc, char **argv);
int nda_gains(int argc, char **argv);

/* --raw --strict --dtype */
struct nda_input {
	struct calib_nda_hints hints;
	int dtype;			/* -1: as in the file */
};
#define NDA_INPUT_INIT {{false, false, CALIB_F32, 0, {0}, false}, -1}
extern const struct argp nda_input_argp;

/* The file arguments, in order; none is standard input. */
struct nda_args { const char **list; size_t n, room; };
void nda_args_add(struct argp_state *state, struct nda_args *args, const char *arg);
void nda_args_default(struct argp_state *state, struct nda_args *args);

/* A stream of arrays: every array of one input. */
struct nda_stream {
	const char *path;
	const struct nda_input *input;
	struct calib_in *in;		/* NULL: an HDF5 dataset */
	enum calib_form form;		/* of the last array */
	size_t count;
};
CALIB_MUST_CHECK
int nda_stream_open(struct nda_stream *stream, const char *path, const struct nda_input *input,
                    struct calib_err *err);
/* nda_stream_next - 1 an array, 0 the end; an input without any array is an error */
CALIB_MUST_CHECK
int nda_stream_next(struct nda_stream *stream, struct calib_nda *nda, struct calib_err *err);
void nda_stream_close(struct nda_stream *stream);

/* Where arrays go: the file appears at nda_sink_finish(). */
struct nda_sink {
	const struct cli_output *output;
	const struct cli *cli;
	struct calib_out *out;
	struct calib_nda_form form;
	size_t count;
};
CALIB_MUST_CHECK
int nda_sink_open(struct nda_sink *sink, const struct cli_output *output, const struct cli *cli,
                  struct calib_err *err);
CALIB_MUST_CHECK
int nda_sink_put(struct nda_sink *sink, const struct calib_nda *nda, struct calib_err *err);
/* nda_sink_finish - rc < 0: give up; returns rc or what went wrong now */
CALIB_MUST_CHECK
int nda_sink_finish(struct nda_sink *sink, int rc, struct calib_err *err);

/* nda_each - call work() for every array of every input; it may change the array */
struct nda_each {
	int (*work)(void *ctx, const struct nda_stream *stream, struct calib_nda *nda,
	            struct calib_err *err);
	void *ctx;
};
CALIB_MUST_CHECK
int nda_each(const struct nda_args *args, const struct nda_input *input,
             const struct nda_each *each, struct calib_err *err);
#endif
