/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/stack.c - an npy stack (events,...) into constants
 *
 * Arrays are read by tile wherever the engine asks, so a stack must be a file: what comes through
 * a pipe or compressed is copied to one without a name first. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "dark/run.h"

struct stack {
	const char *name;
	int fd;
	uint64_t data;			/* offset of the first array */
	bool copied;			/* from a pipe: the number of arrays counted as unknown */
	enum calib_dtype file, type;	/* of the elements: in the file; as the engine takes them */
	size_t nframes, size, bytes;	/* arrays; elements and bytes of one */
	int ndim;			/* of one array */
	size_t dim[CALIB_NDA_MAXDIM];
	size_t settled;			/* arrays that --settle leaves out; in skip */
	size_t skip, every, first, n;	/* arrays of a block: skip + every * (first + i) */
	const uint64_t *list;		/* or by number */
};

bool dark_is_stack(const char *path)
{
	struct calib_in *in = NULL;
	const uint8_t *b;
	bool npy = calib_in_open(&in, path, NULL) >= 0 && calib_in_peek(in, &b, 6, NULL) >= 6
		&& memcmp(b, "\x93NUMPY", 6) == 0;

	calib_in_close(in);
	return npy;
}

/* Element i of the bytes as the engine wants it. */
static void convert(const struct stack *s, const uint8_t *from, size_t n, void *values)
{
	struct calib_nda view = CALIB_NDA_INIT;
	uint16_t *word = values;
	double *real = values;

	calib_nda_view(&view, s->file, 1, &n, (void *)(uintptr_t)from);
	for (size_t i = 0; i < n; i++)
		if (s->type == CALIB_F64)
			real[i] = calib_nda_get(&view, i);
		else if (s->file == CALIB_U8 || s->file == CALIB_BOOL)
			word[i] = from[i];
		else	/* exact: fits() has seen all */
			word[i] = (uint16_t)(int32_t)calib_nda_get(&view, i);
}

static int pread_all(const struct stack *s, void *buf, size_t n, uint64_t at,
                     struct calib_err *err)
{
	for (size_t got = 0; got < n;) {
		ssize_t k = pread(s->fd, (char *)buf + got, n - got, (off_t)(at + got));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return calib_fail_sys(err, "%s: cannot read", s->name);
		if (k == 0)
			return calib_fail(err, CALIB_ETRUNC, "%s: ends inside an array", s->name);
		got += (size_t)k;
	}
	return CALIB_OK;
}

static int read_pixels(void *ctx, size_t i, size_t first, size_t n, void *values,
                       struct calib_err *err)
{
	enum { PART = 2048 };	/* elements */
	const struct stack *s = ctx;
	size_t width = calib_dtype_size(s->file);
	uint64_t number = s->list ? s->list[i] : s->first + i;
	uint64_t at = s->data + (s->skip + s->every * number) * (uint64_t)s->bytes + first * width;
	uint8_t part[PART * 8];

	if (s->file == CALIB_U16 || s->file == CALIB_I16)
		return pread_all(s, values, n * width, at, err);
	for (size_t a = 0; a < n; a += PART) {
		size_t k = n - a < PART ? n - a : PART;
		size_t out = a * (s->type == CALIB_F64 ? sizeof(double) : sizeof(uint16_t));
		int rc = pread_all(s, part, k * width, at + a * width, err);

		if (rc < 0)
			return rc;
		convert(s, part, k, (char *)values + out);
	}
	return CALIB_OK;
}

/* Integers of other sizes whose values all fit into 16 bits are taken as such: numpy makes int64
 * of what is not told otherwise. */
static int narrow(struct stack *s, struct calib_err *err)
{
	enum { PART = 2048 };
	size_t width = calib_dtype_size(s->file);
	uint64_t total = (uint64_t)s->nframes * s->size;
	double min = 0, max = 0;
	uint8_t part[PART * 8];

	for (uint64_t i = 0; i < total; i += PART) {
		size_t n = total - i < PART ? (size_t)(total - i) : PART;
		struct calib_nda view = CALIB_NDA_INIT;
		int rc = pread_all(s, part, n * width, s->data + i * width, err);

		if (rc < 0)
			return rc;
		calib_nda_view(&view, s->file, 1, &n, part);
		for (size_t k = 0; k < n; k++) {
			double v = calib_nda_get(&view, k);

			min = v < min ? v : min;
			max = v > max ? v : max;
		}
	}
	if (min >= 0 && max <= UINT16_MAX)
		s->type = CALIB_U16;
	else if (min >= INT16_MIN && max <= INT16_MAX)
		s->type = CALIB_I16;
	else
		calib_log(CALIB_WARNING, "%s: has values from %.0f to %.0f, more than 16 bits: "
		          "they are taken as real numbers", s->name, min, max);
	return CALIB_OK;
}

/* What the stream still has, into a file without a name. */
static int copy(struct stack *s, struct calib_in *in, struct calib_err *err)
{
	FILE *spool = tmpfile();
	const uint8_t *bytes;
	long k = 0;

	s->fd = spool ? dup(fileno(spool)) : -1;
	if (s->fd < 0) {
		calib_fail_sys(err, "cannot create a temporary file for %s", s->name);
		if (spool != NULL)
			fclose(spool);
		return CALIB_ESYS;
	}
	while ((k = calib_in_peek(in, &bytes, 1, err)) > 0) {
		if (fwrite(bytes, 1, (size_t)k, spool) < (size_t)k)
			k = calib_fail_sys(err, "cannot copy %s to a temporary file", s->name);
		else
			k = calib_in_skip(in, (uint64_t)k, err);
		if (k < 0)
			break;
	}
	if (fclose(spool) != 0 && k >= 0)
		k = calib_fail_sys(err, "cannot copy %s to a temporary file", s->name);
	s->data = 0;
	s->copied = true;
	return (int)k;
}

static int open_stack(struct stack *s, const char *path, struct calib_err *err)
{
	struct calib_nda shape = CALIB_NDA_INIT;
	struct calib_in *in = NULL;
	struct stat st;
	int rc = calib_in_open(&in, path, err);
	uint64_t room;

	s->fd = -1;
	if (rc >= 0)
		s->name = calib_in_name(in);
	if (rc >= 0 && calib_nda_probe(in, err) != CALIB_FORM_NPY)
		rc = calib_fail(err, CALIB_EFORMAT, "%s is no npy stack of arrays (events,...)",
				s->name);
	if (rc >= 0)
		rc = calib_npy_begin(&shape, in, err);
	if (rc >= 0 && (shape.ndim < 2 || shape.size == 0))
		rc = calib_fail(err, CALIB_ESHAPE,
				"%s: a stack has at least two dimensions, (events,...), "
				"and is not empty",
				s->name);
	if (rc >= 0) {
		s->file = shape.type;
		s->type = shape.type == CALIB_BOOL ? CALIB_U8 : shape.type;
		s->type = s->type <= CALIB_I16 && s->type != CALIB_I8 ? s->type : CALIB_F64;
		s->nframes = shape.dim[0];
		s->size = shape.size / shape.dim[0];
		s->bytes = s->size * calib_dtype_size(shape.type);
		s->ndim = shape.ndim - 1;
		memcpy(s->dim, shape.dim + 1, (size_t)s->ndim * sizeof *s->dim);
		s->data = calib_in_tell(in);
		s->fd = strcmp(path, "-") == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
		if (s->fd >= 0 && (fstat(s->fd, &st) < 0 || !S_ISREG(st.st_mode)
		                   || calib_path_suffix(path, ".gz"))) {
			close(s->fd);
			s->fd = -1;
		}
	}
	if (rc >= 0 && s->fd < 0)
		rc = copy(s, in, err);
	room = rc >= 0 && fstat(s->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	if (rc >= 0 && (room < s->data || (room - s->data) / s->bytes < s->nframes))
		rc = calib_fail(err, CALIB_ETRUNC, "%s: ends after %llu of %zu arrays", s->name,
		                (unsigned long long)((room - s->data) / s->bytes), s->nframes);
	if (rc >= 0 && s->type == CALIB_F64 && !calib_dtype_is_float(s->file))
		rc = narrow(s, err);
	calib_in_close(in);
	s->name = strcmp(path, "-") ? path : "standard input";
	return rc;
}

/* Which arrays: -s, --every, -n. */
static int choose(struct stack *s, const struct dark_opts *o, struct calib_err *err)
{
	s->skip = (size_t)o->set.skip_events;
	s->every = (size_t)o->every;
	s->n = s->skip < s->nframes ? (s->nframes - s->skip + s->every - 1) / s->every : 0;
	if (o->set.num_events > 0 && s->n > (size_t)o->set.num_events)
		s->n = (size_t)o->set.num_events;
	if (s->n == 0)
		return calib_fail(err, CALIB_ENOTFOUND,
				  "%s: no array is left: it has %zu, %zu are skipped", s->name,
				  s->nframes, s->skip);
	return CALIB_OK;
}

/* --settle: leave out the head. */
static int settle(struct stack *s, const struct dark_opts *o, const struct calib_dark_shape *shape,
                  struct calib_err *err)
{
	struct calib_settling found = {(size_t)o->settle, 0, 0};
	uint64_t list[CALIB_SETTLE_FRAMES];
	struct calib_dark_block block = {0, read_pixels, s, NULL};
	struct calib_dark_params params;
	size_t head;
	int rc = dark_params(&params, o, dark_algo(o, NULL, s->type == CALIB_F64),
	                     s->type == CALIB_U8 ? 8 : 16, err);

	if (rc < 0 || o->settle == 0)
		return rc;
	if (o->settle == DARK_SETTLE_AUTO) {
		block.nframes = calib_settle_wants(s->n, list, &head);
		s->list = list;
		rc = calib_settle_find(&found, shape, &params, &block, head, err);
		s->list = NULL;
	}
	if (rc >= 0 && found.frames >= s->n)
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: --settle %ld leaves none of %zu arrays",
		                s->name, o->settle, s->n);
	if (rc < 0)
		return rc;
	s->settled = found.frames;
	s->skip += s->settled * s->every;
	s->n -= s->settled;
	if (found.frames > 0)
		calib_log(CALIB_WARNING, "%s: the first %zu arrays are left out%s", s->name,
		          found.frames, o->settle == DARK_SETTLE_AUTO ? ": they settle" : "");
	return CALIB_OK;
}

static int add_all(struct stack *s, struct calib_dark *dark, struct calib_err *err)
{
	struct calib_dark_block block = {0, read_pixels, s, NULL};
	int rc = CALIB_OK;

	s->list = NULL;
	for (s->first = 0; s->first < s->n && rc >= 0; s->first += block.nframes) {
		block.nframes = s->n - s->first < 64 ? s->n - s->first : 64;
		rc = calib_dark_add(dark, &block, err);
	}
	s->first = 0;
	return rc;
}

static int run_engine(struct stack *s, const struct calib_dark_params *p, struct calib_dark *dark,
                      struct calib_err *err)
{
	uint64_t list[1024 + 128];
	/* what came through a pipe counts as of unknown length: the sample is its head */
	size_t n = calib_dark_wants(p, s->copied ? 0 : s->n, list, sizeof list / sizeof *list);
	struct calib_dark_block block = {n > s->n ? s->n : n, read_pixels, s, NULL};
	int rc = CALIB_OK;

	s->list = list;
	if (n > 0)
		rc = calib_dark_sample(dark, &block, s->n, err);
	if (rc >= 0)
		rc = add_all(s, dark, err);
	if (rc >= 0)
		rc = calib_dark_pending(dark, &s->list, &block.nframes, err);
	return rc >= 0 && block.nframes > 0 ? calib_dark_add_back(dark, &block, err) : rc;
}

struct texts { struct calib_str inputs, options, events; };

/* Names and numbers of the result: from -e -r -d, as far as they are given. */
static void describe(struct dark_product *p, const struct stack *s, const struct dark_opts *o,
                     struct texts *t)
{
	struct stat st;

	*p = (struct dark_product){.exp = o->set.exp ? o->set.exp : "exp", .type = "",
		.source = o->set.detectors ? o->set.detectors : "stack", .dtype = s->type,
		.ndim = s->ndim, .bits = s->type == CALIB_U8 ? 8 : 16,
		.step = -1, .nresults = 1, .nsegments = s->ndim >= 3 ? s->dim[0] : 1,
		.configuration = "", .settled = {s->settled}, .verdict = "-"};
	p->det = calib_det_of_source(p->source);
	memcpy(p->dim, s->dim, sizeof p->dim);
	p->counts[0] = (int64_t)(s->nframes < s->skip + s->n * s->every ? s->nframes
	                                                               : s->skip + s->n * s->every);
	p->counts[1] = (int64_t)(s->skip - s->settled * (s->every - 1));
	p->counts[4] = (int64_t)s->n;
	if (fstat(s->fd, &st) < 0)
		memset(&st, 0, sizeof st);
	p->segment = s->size / p->nsegments;
	dark_add_path(&t->inputs, s->name);
	calib_str_addf(&t->inputs, "\t%lld\t%lld\n", (long long)st.st_size,
	               (long long)(s->copied ? 0 : st.st_mtime));
	calib_str_addf(&t->events, "-\t-\t%zu\t%llu\t%zu\t-\t%zu\t-\n", s->n,
	               (unsigned long long)s->settled, s->skip, s->skip + (s->n - 1) * s->every);
	p->inputs = t->inputs.s;
	p->events = t->events.s;
	p->options = t->options.s;
}

static int process(struct stack *s, const struct dark_opts *o, struct calib_err *err)
{
	struct dark_product product;
	struct calib_dark_params params;
	struct calib_dark_result result;
	struct calib_dark *dark = NULL;
	struct calib_dark_shape shape = {s->type, s->size, 1, s->size, 0, {0}, {0}};
	struct texts t = {CALIB_STR_INIT, CALIB_STR_INIT, CALIB_STR_INIT};
	struct calib_range *runs = NULL;
	size_t nruns = 0;
	int rc;

	if (s->ndim >= 3) {
		shape.nsegments = s->dim[0];
		shape.segment = s->size / s->dim[0];
	}
	rc = settle(s, o, &shape, err);
	if (rc >= 0)
		rc = dark_options_text(&t.options, o, NULL, NULL, err);
	describe(&product, s, o, &t);
	if (rc >= 0)
		rc = o->set.run ? calib_runs_parse(&runs, &nruns, o->set.run, err) : CALIB_OK;
	product.run = nruns > 0 ? runs[0].begin : 0;
	free(runs);
	if (rc >= 0)
		rc = dark_params(&params, o, dark_algo(o, NULL, s->type == CALIB_F64),
				 product.bits, err);
	if (rc >= 0)
		rc = dark_limits(&params, o, product.source, product.det
		                 ? product.det : calib_det_by_name(product.source), err);
	if (rc >= 0 && o->algo < 0 && s->type == CALIB_F64)
		calib_log(CALIB_INFO, "%s: real numbers, averaged by the algorithm plain",
		          product.source);
	if (rc >= 0)
		rc = calib_dark_new(&dark, &shape, &params, err);
	if (rc >= 0)
		rc = run_engine(s, &params, dark, err);
	if (rc >= 0)
		rc = calib_dark_finish(dark, &result, err);
	product.params = &params;
	product.result[0] = &result;
	if (rc >= 0) {
		calib_log(CALIB_INFO, "%s: %llu of %lld arrays averaged", product.source,
		          (unsigned long long)result.used, (long long)product.counts[0]);
		if (s->type == CALIB_F64 && params.stage_gate[0] == 0 && params.stage_gate[1] == 0)
			dark_note_nan(product.source, &result, s->size);
		rc = dark_write(o, &product, err);
	}
	calib_dark_free(dark);
	calib_str_release(&t.inputs);
	calib_str_release(&t.options);
	calib_str_release(&t.events);
	return rc;
}

int dark_stack(const struct dark_opts *o, const char *path, struct calib_err *err)
{
	struct stack s = {.name = path, .fd = -1};
	int rc;

	if (o->set.codes != NULL)
		return calib_fail(err, CALIB_EINVAL, "-f: a stack of arrays has no event codes");
	if (o->shares > 0)
		return calib_fail(err, CALIB_EINVAL, "--part: a stack of arrays is not shared out");
	rc = open_stack(&s, path, err);
	if (rc >= 0)
		rc = choose(&s, o, err);
	if (rc >= 0)
		rc = process(&s, o, err);
	if (s.fd >= 0)
		close(s.fd);
	return rc;
}
