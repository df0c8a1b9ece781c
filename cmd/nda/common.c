/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/nda/common.c - options, input and output that the verbs of calib-nda share */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "nda/verbs.h"

enum { KEY_RAW = CLI_KEY_OWN, KEY_STRICT, KEY_DTYPE };

static const struct argp_option input_options[] = {
	{"raw", KEY_RAW, "TYPE:N,N,...", 0,
	 "input is raw data of this type and shape, as "
	 "float32:32,185,388",
	 1},
	{"strict", KEY_STRICT, NULL, 0,
	 "text: values that do not fit, or another shape than stated, "
	 "are errors",
	 1},
	{"dtype", KEY_DTYPE, "TYPE", 0,
	 "convert what is read to this type, as uint16 (default: "
	 "as in the file)",
	 1},
	{0}};

static int parse_type(const struct argp_state *state, const char *option, const char *word)
{
	int type = calib_dtype_parse(word);

	if (type < 0)
		argp_error(state, "%s: '%s' is not a type; float32, uint16, int64 ... are", option,
			   word);
	return type;
}

/* "float32:32,185,388" */
static void parse_raw(const struct argp_state *state, struct calib_nda_hints *hints,
                      const char *arg)
{
	char type[32];
	const char *colon = strchr(arg, ':');
	char **items = NULL;
	size_t n = 0;
	struct calib_err err = CALIB_ERR_INIT;

	if (colon == NULL || (size_t)(colon - arg) >= sizeof type)
		argp_error(state, "--raw: '%s' is not TYPE:N,N,...", arg);
	snprintf(type, sizeof type, "%.*s", (int)(colon - arg), arg);
	hints->type = (enum calib_dtype)parse_type(state, "--raw", type);
	if (calib_list_parse(&items, &n, colon + 1, &err) < 0)
		cli_usage_error(state, &err);
	if (n > CALIB_NDA_MAXDIM)
		argp_error(state, "--raw: '%s' has more than %d dimensions", arg, CALIB_NDA_MAXDIM);
	for (size_t i = 0; i < n; i++)
		hints->dim[i] = (size_t)cli_long(state, "--raw", items[i], 1, 1000000000);
	hints->ndim = (int)n;
	hints->raw = true;
	free(items);
}

static error_t parse_input(int key, char *arg, struct argp_state *state)
{
	struct nda_input *in = state->input;

	switch (key) {
	case KEY_RAW:    parse_raw(state, &in->hints, arg); return 0;
	case KEY_STRICT: in->hints.strict = true; return 0;
	case KEY_DTYPE:  in->dtype = parse_type(state, "--dtype", arg); return 0;
	case ARGP_KEY_SUCCESS:
		if (in->dtype >= 0 && !in->hints.raw) {
			in->hints.typed = true;
			in->hints.type = (enum calib_dtype)in->dtype;
		}
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}
const struct argp nda_input_argp = {input_options, parse_input, NULL, NULL, NULL, NULL, NULL};

void nda_args_add(struct argp_state *state, struct nda_args *args, const char *arg)
{
	struct calib_err err = CALIB_ERR_INIT;
	void *list = args->list;

	if (calib_grow(&list, &args->room, args->n + 1, sizeof *args->list, "arguments", &err) < 0)
		cli_usage_error(state, &err);
	args->list = list;
	args->list[args->n++] = arg;
}

void nda_args_default(struct argp_state *state, struct nda_args *args)
{
	size_t standard = 0;

	if (args->n == 0)
		nda_args_add(state, args, "-");
	for (size_t i = 0; i < args->n; i++)
		standard += strcmp(args->list[i], "-") == 0;
	if (standard > 1)
		argp_error(state, "standard input '-' can be read only once");
}

int nda_stream_open(struct nda_stream *stream, const char *path, const struct nda_input *input,
                    struct calib_err *err)
{
	*stream = (struct nda_stream){path, input, NULL, CALIB_FORM_H5, 0};
	return calib_nda_is_h5(path) ? CALIB_OK : calib_in_open(&stream->in, path, err);
}

static int read_stream(struct nda_stream *stream, struct calib_nda *nda, struct calib_err *err)
{
	int form;

	if (stream->in == NULL) {
		int rc = stream->count > 0 ? 0 : calib_nda_load(nda, stream->path, NULL, err);

		return rc < 0 ? rc : stream->count == 0;
	}
	form = calib_nda_probe(stream->in, err);
	if (form < 0)
		return form;
	stream->form = stream->input->hints.raw ? CALIB_FORM_RAW : (enum calib_form)form;
	return calib_nda_read(nda, stream->in, &stream->input->hints, err);
}

int nda_stream_next(struct nda_stream *stream, struct calib_nda *nda, struct calib_err *err)
{
	const char *name = stream->in != NULL ? calib_in_name(stream->in) : stream->path;
	int rc = read_stream(stream, nda, err), type = stream->input->dtype;

	if (rc == 0 && stream->count == 0)
		return calib_fail(err, CALIB_ETRUNC, "%s: empty, an array was expected", name);
	if (rc > 0 && type >= 0 && (enum calib_dtype)type != nda->type
	    && calib_nda_convert(nda, nda, (enum calib_dtype)type, err) < 0)
		rc = err->code, calib_err_wrap(err, "%s", name);
	stream->count += rc > 0;
	return rc;
}

void nda_stream_close(struct nda_stream *stream)
{
	calib_in_close(stream->in);
	stream->in = NULL;
}

int nda_sink_open(struct nda_sink *sink, const struct cli_output *output, const struct cli *cli,
                  struct calib_err *err)
{
	int rc;

	*sink = (struct nda_sink){output, cli, NULL, output->form, 0};
	rc = cli_output_form(&sink->form, output, err);
	if (rc >= 0 && sink->form.form != CALIB_FORM_H5)
		rc = calib_out_open(&sink->out, output->path, cli->keep ? CALIB_OUT_KEEP : 0, err);
	return rc < 0 ? rc : CALIB_OK;
}

int nda_sink_put(struct nda_sink *sink, const struct calib_nda *nda, struct calib_err *err)
{
	if (sink->count++ > 0 && sink->form.form != CALIB_FORM_NPY
	    && sink->form.form != CALIB_FORM_RAW)
		return calib_fail(err, CALIB_EINVAL,
				  "%s: only npy and raw hold more than one array",
				  sink->output->path);
	if (sink->out == NULL)
		return calib_nda_save(nda, sink->output->path, &sink->form,
		                      sink->cli->keep ? CALIB_OUT_KEEP : 0, err);
	return calib_nda_write(nda, sink->out, &sink->form, err);
}

int nda_sink_finish(struct nda_sink *sink, int rc, struct calib_err *err)
{
	if (rc < 0)
		calib_out_abort(sink->out);
	else if (sink->out != NULL)
		rc = calib_out_commit(sink->out, err);
	sink->out = NULL;
	return rc;
}

int nda_each(const struct nda_args *args, const struct nda_input *input,
             const struct nda_each *each, struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	int rc = CALIB_OK;

	for (size_t i = 0; i < args->n && rc >= 0; i++) {
		struct nda_stream stream;

		rc = nda_stream_open(&stream, args->list[i], input, err);
		while (rc >= 0 && (rc = nda_stream_next(&stream, &nda, err)) > 0)
			rc = each->work(each->ctx, &stream, &nda, err);
		nda_stream_close(&stream);
	}
	calib_nda_release(&nda);
	return rc;
}
