/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/reproduce.c - --reproduce: is what a statistics file holds what comes out again?
 *
 * The options are those in the file; the results are not written but compared with its arrays, bit
 * by bit, and its texts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/table.h"
#include "dark/output.h"

struct dark_reproduction {
	const char *path;
	struct calib_h5 *h5;
	char *source, *options, *inputs, *version, *detector;
	char **args;
	size_t nargs;
	int64_t step;
	struct calib_out *out;
	struct calib_table table;
	bool compared;			/* the result was made again */
	size_t differing;
};

/* One argument a line; they point into options.  Of the detectors only that of the file. */
static int split_options(struct dark_reproduction *r, struct calib_err *err)
{
	size_t lines = 0, room = strlen(r->source) + 16;
	char *save = NULL;

	for (const char *p = r->options; *p != '\0'; p++)
		lines += *p == '\n';
	/* the program's name, the detector, and NULL besides */
	r->args = calib_alloc(lines + 3, sizeof *r->args, "options", err);
	r->detector = calib_alloc(room, 1, "options", err);
	if (r->args == NULL || r->detector == NULL)
		return CALIB_ENOMEM;
	r->args[r->nargs++] = (char *)(uintptr_t)"calib-dark";
	snprintf(r->detector, room, "--detector=%s", r->source);
	r->args[r->nargs++] = r->detector;
	for (char *line = strtok_r(r->options, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "--detector=", 11) != 0)
			r->args[r->nargs++] = line;
	if (strcmp(r->args[r->nargs - 1], "-") == 0)
		return calib_fail(err, CALIB_EINVAL, "%s was made from standard input, which "
		                  "cannot be read again", r->path);
	return CALIB_OK;
}

/* Inputs that are not as they were: path, bytes, time. */
static void check_inputs(const struct dark_reproduction *r)
{
	char *copy = calib_strdup(r->inputs, NULL), *save = NULL;

	for (char *line = copy ? strtok_r(copy, "\n", &save) : NULL; line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *bytes = strchr(line, '\t'), *time = bytes ? strchr(bytes + 1, '\t') : NULL;
		struct stat st;

		if (time == NULL)
			continue;
		*bytes++ = *time++ = '\0';
		if (stat(line, &st) != 0)
			calib_log(CALIB_WARNING, "%s: is not there any more", line);
		else if ((long long)st.st_size != atoll(bytes))
			calib_log(CALIB_WARNING, "%s: had %s bytes, has %lld now", line, bytes,
			          (long long)st.st_size);
		else if (atoll(time) != 0 && (long long)st.st_mtime != atoll(time))
			calib_log(CALIB_WARNING, "%s: was written again since: its time was %s, is "
			          "%lld now", line, time, (long long)st.st_mtime);
	}
	free(copy);
}

int dark_reproduce_open(struct dark_reproduction **reproduction, const char *path, bool json,
                        struct calib_err *err)
{
	static const char *const columns[] = {"array", "state", "values", "first", "was",
		"is", NULL};
	struct dark_reproduction *r = calib_alloc(1, sizeof *r, "reproduction", err);
	int rc = r ? CALIB_OK : CALIB_ENOMEM;

	*reproduction = r;
	if (rc >= 0)
		r->path = path;
	rc = rc < 0 ? rc : calib_h5_open(&r->h5, path, err);
	rc = rc < 0 ? rc : calib_h5_get_text(r->h5, "source", &r->source, err);
	rc = rc < 0 ? rc : calib_h5_get_text(r->h5, "inputs", &r->inputs, err);
	rc = rc < 0 ? rc : calib_h5_get_text(r->h5, "version", &r->version, err);
	rc = rc < 0 ? rc : calib_h5_get_int(r->h5, "step", &r->step, err);
	rc = rc < 0 ? rc : calib_h5_get_text(r->h5, "options", &r->options, err);
	if (rc < 0)
		return calib_err_wrap(err, "%s: is no statistics file that says how it was made",
		                      path);
	if (strcmp(r->version, CALIB_VERSION) != 0)
		calib_log(CALIB_WARNING, "%s: was made by version %s, this is %s", path, r->version,
		          CALIB_VERSION);
	rc = split_options(r, err);
	if (rc >= 0)
		check_inputs(r);
	if (rc >= 0)
		rc = calib_out_open(&r->out, "-", 0, err);
	if (rc >= 0)
		calib_table_begin(&r->table, r->out, columns, json, err);
	return rc;
}

char **dark_reproduce_args(const struct dark_reproduction *r, size_t *n)
{
	*n = r->nargs;
	return r->args;
}

/* ---- comparison ---- */

static int tell(struct dark_reproduction *r, const char *name, const char *state, size_t values,
                long long first, const char *was, const char *is)
{
	calib_table_text(&r->table, name);
	calib_table_text(&r->table, state);
	calib_table_unsigned(&r->table, values);
	if (first >= 0)
		calib_table_int(&r->table, first);
	else
		calib_table_text(&r->table, NULL);
	calib_table_text(&r->table, was);
	calib_table_text(&r->table, is);
	r->differing += strcmp(state, "identical") != 0;
	return calib_table_row(&r->table);
}

static int compare_arrays(struct dark_reproduction *r, const char *name,
                          const struct calib_nda *was, const struct calib_nda *is)
{
	size_t width = calib_dtype_size(is->type), n = 0, first = 0;
	const char *a = was->data, *b = is->data;
	char old[160], new[160];

	if (was->type != is->type || !calib_nda_same_shape(was, is)) {
		char dims[2][128];

		snprintf(old, sizeof old, "%s %s", calib_dtype_name(was->type),
		         calib_nda_shape_text(was->ndim, was->dim, dims[0]));
		snprintf(new, sizeof new, "%s %s", calib_dtype_name(is->type),
		         calib_nda_shape_text(is->ndim, is->dim, dims[1]));
		return tell(r, name, "differs", is->size, -1, old, new);
	}
	for (size_t i = 0; i < is->size; i++)
		if (memcmp(a + i * width, b + i * width, width) != 0) {
			first = n == 0 ? i : first;
			n++;
		}
	if (n == 0)
		return tell(r, name, "identical", 0, -1, NULL, NULL);
	snprintf(old, sizeof old, "%.17g", calib_nda_get(was, first));
	snprintf(new, sizeof new, "%.17g", calib_nda_get(is, first));
	return tell(r, name, "differs", n, (long long)first, old, new);
}

static int compare_with(struct dark_reproduction *r, const char *name,
                        const struct calib_nda *is, struct calib_err *err)
{
	struct calib_nda was = CALIB_NDA_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	int rc = calib_h5_get(r->h5, name, &was, &why);

	r->compared = true;
	if (rc == CALIB_ENOTFOUND)
		rc = tell(r, name, "not in the file", is->size, -1, NULL, NULL);
	else if (rc < 0)
		rc = calib_fail(err, rc, "%s: %s", r->path, why.msg);
	else
		rc = compare_arrays(r, name, &was, is);
	calib_nda_release(&was);
	return rc;
}

/* How it was made, not what came out. */
static bool is_origin(const char *name)
{
	static const char *const names[] = {"version", "options", "inputs"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int compare_text(struct dark_reproduction *r, const char *name, const char *is,
                        struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	char *was = NULL;
	int rc = is_origin(name) ? 1 : calib_h5_get_text(r->h5, name, &was, &why);

	if (rc == 1)
		return CALIB_OK;
	if (rc == CALIB_ENOMEM)
		rc = calib_fail(err, rc, "%s", why.msg);
	else if (rc < 0)
		rc = tell(r, name, "not in the file", 1, -1, NULL, is);
	else if (strcmp(was, is) == 0)
		rc = tell(r, name, "identical", 0, -1, NULL, NULL);
	else
		rc = tell(r, name, "differs", 1, -1, was, is);
	free(was);
	return rc;
}

static int compare_int(struct dark_reproduction *r, const char *name, int64_t is,
                       struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	int64_t was = 0;
	int rc = calib_h5_get_int(r->h5, name, &was, &why);
	char old[32], new[32];

	if (rc == CALIB_ENOMEM)
		return calib_fail(err, rc, "%s", why.msg);
	snprintf(old, sizeof old, "%lld", (long long)was);
	snprintf(new, sizeof new, "%lld", (long long)is);
	if (rc < 0)
		return tell(r, name, "not in the file", 1, -1, NULL, new);
	return was == is ? tell(r, name, "identical", 0, -1, NULL, NULL)
	                 : tell(r, name, "differs", 1, -1, old, new);
}

int dark_put(const struct dark_sink *to, const char *name, const struct calib_nda *nda,
             struct calib_err *err)
{
	return to->h5 != NULL ? calib_h5_put(to->h5, name, nda, err)
	                      : compare_with(to->again, name, nda, err);
}

int dark_put_text(const struct dark_sink *to, const char *name, const char *text,
                  struct calib_err *err)
{
	return to->h5 != NULL ? calib_h5_put_text(to->h5, name, text, err)
	                      : compare_text(to->again, name, text, err);
}

int dark_put_int(const struct dark_sink *to, const char *name, int64_t value,
                 struct calib_err *err)
{
	return to->h5 != NULL ? calib_h5_put_int(to->h5, name, value, err)
	                      : compare_int(to->again, name, value, err);
}

bool dark_reproduce_is(const struct dark_reproduction *r, const struct dark_product *p)
{
	return r->step == p->step && strcmp(r->source, p->source) == 0;
}

int dark_reproduce_close(struct dark_reproduction *r, int rc, struct calib_err *err)
{
	if (r == NULL)
		return rc;
	if (r->out != NULL && calib_out_commit(r->out, rc < 0 ? NULL : err) < 0 && rc >= 0)
		rc = err->code;
	if (rc >= 0 && !r->compared)
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: its options do not give a result for "
		                "%s any more", r->path, r->source);
	if (rc >= 0 && r->differing > 0)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: %zu of its arrays and texts come out "
		                "differently", r->path, r->differing);
	if (r->h5 != NULL)
		calib_h5_close(r->h5);
	free(r->source);
	free(r->options);
	free(r->inputs);
	free(r->version);
	free(r->detector);
	free(r->args);
	free(r);
	return rc;
}
