/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/output.c - the files of calib-dark and the rows that name them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/table.h"
#include "dark/dark.h"
#include "nda/h5.h"

static struct {
	struct calib_out *out;
	struct calib_table table;
} rows;

int dark_rows_begin(const struct dark_opts *opts, struct calib_err *err)
{
	static const char *const columns[] = {"file", "source", "type", "range", NULL};
	int rc;

	if (opts->out != NULL)
		return CALIB_OK;
	rc = calib_out_open(&rows.out, "-", 0, err);
	if (rc >= 0)
		calib_table_begin(&rows.table, rows.out, columns, opts->cli.json, err);
	return rc;
}

int dark_rows_end(struct calib_err *err)
{
	struct calib_out *out = rows.out;

	rows.out = NULL;
	return out ? calib_out_commit(out, err) : CALIB_OK;
}

static int row(const char *file, const struct dark_product *p, const char *type,
               const char *range)
{
	calib_table_text(&rows.table, file);
	calib_table_text(&rows.table, p->source);
	calib_table_text(&rows.table, type);
	calib_table_text(&rows.table, range);
	return calib_table_row(&rows.table);
}

/* The number format each algorithm's own program wrote. */
static const char *number_format(enum calib_algo algo)
{
	static const char *const formats[CALIB_NALGOS] = {
		[CALIB_ALGO_ROBUST] = "%.3f", [CALIB_ALGO_PLAIN] = "%.9g",
		[CALIB_ALGO_GATED2016] = "%8.2f", [CALIB_ALGO_CALIBRUN2024] = "%8.2f",
	};

	return formats[algo];
}

static void view(struct calib_nda *nda, const struct dark_product *p, enum calib_dtype type,
                 const void *data)
{
	calib_nda_view(nda, type, p->ndim, p->dim, (void *)(uintptr_t)data);
}

/* <dir>/[results/]<prefix><exp>-r<run4>-peds-<what>-<source><ext> */
static int name_file(struct calib_str *name, const struct dark_opts *o,
                     const struct dark_product *p, const char *what, const char *ext,
                     struct calib_err *err)
{
	calib_str_clear(name);
	calib_str_addf(name, "%s/%s%s%s-r%04u-peds-%s-%s%s", o->workdir,
	               o->names2024 ? "results/" : "", o->prefix, p->exp, p->run, what, p->source,
	               ext);
	return calib_str_check(name, err);
}

static int write_text(const struct dark_opts *o, const struct dark_product *p, const char *what,
                      const char *type, const char *format, const struct calib_nda *nda,
                      const char *range, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	char lines[5][160];
	const char *comments[6] = {lines[0], lines[1], lines[2], lines[3], lines[4], NULL};
	struct calib_nda_form form = {CALIB_FORM_TEXT, format, comments,
		p->det != NULL && p->det->no_meta, true};
	int flags = o->cli.keep ? CALIB_OUT_KEEP : 0, rc;

	snprintf(lines[0], sizeof lines[0], "EXPERIMENT  %s", p->exp);
	snprintf(lines[1], sizeof lines[1], "RUN         %04u", p->run);
	snprintf(lines[2], sizeof lines[2], "SOURCE      %s", p->source);
	snprintf(lines[3], sizeof lines[3], "ARR_TYPE    %s", what);
	snprintf(lines[4], sizeof lines[4], "STATISTICS  %lld events, algorithm %s",
	         (long long)p->counts[4], calib_algo_name(p->params->algo));
	rc = name_file(&name, o, p, what, ".txt", err);
	if (rc >= 0)
		rc = calib_nda_save(nda, name.s, &form, flags, err);
	if (rc >= 0 && type != NULL)
		rc = row(name.s, p, type, range);
	calib_str_release(&name);
	return rc;
}

static void describe_params(struct calib_str *s, const struct calib_dark_params *p)
{
	calib_str_addf(s, "int_lo=%.17g int_hi=%.17g", p->int_lo, p->int_hi);
	switch (p->algo) {
	case CALIB_ALGO_ROBUST:
		calib_str_addf(s, " gate=%.17g,%.17g drop_bright=%.17g", p->gate_k, p->gate_min,
		               p->drop_k);
		break;
	case CALIB_ALGO_PLAIN:
		calib_str_addf(s, " stages=%llu,%llu gate=%d,%d",
		               (unsigned long long)p->stage_events[0],
		               (unsigned long long)p->stage_events[1], p->stage_gate[0],
		               p->stage_gate[1]);
		break;
	default:
		calib_str_addf(s, " block=%llu quantiles=%.17g,%.17g nsigma=%.17g data_mask=0x%x",
		               (unsigned long long)p->block, p->frac_lo, p->frac_hi, p->nsigma,
		               p->data_mask);
	}
	if (p->compat)
		calib_str_add(s, " compat");
}

static int put_texts(struct calib_h5 *h5, const struct dark_product *p,
                     const struct calib_dark_result *r, struct calib_err *err)
{
	struct calib_str params = CALIB_STR_INIT, drops = CALIB_STR_INIT;
	int rc;

	describe_params(&params, p->params);
	for (size_t i = 0; i < r->ndrops; i++)
		calib_str_addf(&drops, "%llu\t%u\t%.2f\n", (unsigned long long)r->drops[i].frame,
		               r->drops[i].segment, r->drops[i].sigma);
	const struct { const char *name, *text; } texts[] = {
		{"version", CALIB_VERSION}, {"exp", p->exp}, {"source", p->source},
		{"detector", p->det ? p->det->name : ""}, {"group", p->det ? p->det->group : ""},
		{"type", p->type}, {"algo", calib_algo_name(p->params->algo)},
		{"parameters", params.s}, {"inputs", p->inputs}, {"dropped_events", drops.s},
	};
	const struct { const char *name; int64_t value; } ints[] = {
		{"run", p->run}, {"bits", p->bits}, {"frames", (int64_t)r->used},
		{"counter", (int64_t)r->counter}, {"unstable", r->unstable},
	};

	rc = calib_str_check(&params, err);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0] && rc >= 0; i++)
		rc = calib_h5_put_text(h5, texts[i].name, texts[i].text, err);
	for (size_t i = 0; i < sizeof ints / sizeof ints[0] && rc >= 0; i++)
		rc = calib_h5_put_int(h5, ints[i].name, ints[i].value, err);
	calib_str_release(&params);
	calib_str_release(&drops);
	return rc;
}

struct field { const char *name; enum calib_dtype type; const void *data; };

/* The arrays in the order of the stream. */
static size_t fields(struct field f[7], const struct calib_dark_result *r)
{
	const struct field all[7] = {
		{"ave", CALIB_F64, r->ave}, {"rms", CALIB_F64, r->rms}, {"n", CALIB_U32, r->n},
		{"nlo", CALIB_U32, r->nlo}, {"nhi", CALIB_U32, r->nhi},
		{"min", r->min.type, r->min.data}, {"max", r->max.type, r->max.data},
	};

	memcpy(f, all, sizeof all);
	return 7;
}

static int put_array(struct calib_h5 *h5, const struct dark_product *p, const char *name,
                     enum calib_dtype type, const void *data, struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT;

	view(&nda, p, type, data);
	return calib_h5_put(h5, name, &nda, err);
}

static void view_counts(struct calib_nda *nda, const struct dark_product *p)
{
	calib_nda_view(nda, CALIB_I64, 1, (size_t[]){5}, (void *)(uintptr_t)p->counts);
}

static int write_stat(const struct dark_opts *o, const struct dark_product *p,
                      const struct calib_dark_result *r, const char *range,
                      struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	struct calib_nda counts = CALIB_NDA_INIT;
	struct calib_h5 *h5 = NULL;
	struct field f[7];
	size_t n = fields(f, r);
	int rc = name_file(&name, o, p, "stat", ".h5", err);

	if (rc >= 0)
		rc = calib_h5_create(&h5, name.s, o->cli.keep ? CALIB_OUT_KEEP : 0, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = put_array(h5, p, f[i].name, f[i].type, f[i].data, err);
	if (rc >= 0 && r->med != NULL)
		rc = put_array(h5, p, "med", CALIB_F32, r->med, err);
	if (rc >= 0 && r->absdev != NULL)
		rc = put_array(h5, p, "absdev", CALIB_F32, r->absdev, err);
	view_counts(&counts, p);
	if (rc >= 0)
		rc = calib_h5_put(h5, "counts", &counts, err);
	if (rc >= 0)
		rc = put_texts(h5, p, r, err);
	if (rc >= 0)
		rc = calib_h5_commit(h5, err);
	else if (h5 != NULL)
		calib_h5_close(h5);
	if (rc >= 0)
		rc = row(name.s, p, "statistics", range);
	calib_str_release(&name);
	return rc;
}

static int write_stream(const struct dark_opts *o, const struct dark_product *p,
                        const struct calib_dark_result *r, struct calib_err *err)
{
	static const struct calib_nda_form form = {.form = CALIB_FORM_NPY};
	struct calib_nda nda = CALIB_NDA_INIT;
	struct calib_out *out = NULL;
	struct field f[7];
	size_t n = fields(f, r);
	int rc = cli_no_terminal(o->out, "the statistics", err);

	if (rc >= 0)
		rc = calib_out_open(&out, o->out, o->cli.keep ? CALIB_OUT_KEEP : 0, err);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		view(&nda, p, f[i].type, f[i].data);
		rc = calib_nda_write(&nda, out, &form, err);
	}
	view_counts(&nda, p);
	if (rc >= 0)
		rc = calib_nda_write(&nda, out, &form, err);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

int dark_write(const struct dark_opts *o, const struct dark_product *p,
               const struct calib_dark_result *r, struct calib_err *err)
{
	const char *format = number_format(p->params->algo);
	struct calib_str dir = CALIB_STR_INIT;
	struct calib_range range = {p->run, CALIB_RUN_END};
	struct calib_nda nda = CALIB_NDA_INIT;
	char text[24];
	int rc;

	if (o->out != NULL)
		return write_stream(o, p, r, err);
	if (o->range != NULL && calib_range_parse(&range, o->range, err) < 0)
		return CALIB_EINVAL;
	calib_range_format(&range, text);
	calib_path_join(&dir, o->workdir, o->names2024 ? "results" : "");
	rc = calib_make_dirs(dir.s, 0, (gid_t)-1, err);
	calib_str_release(&dir);
	view(&nda, p, CALIB_F64, r->ave);
	if (rc >= 0)
		rc = write_text(o, p, "ave", "pedestals", format, &nda, text, err);
	view(&nda, p, CALIB_F64, r->rms);
	if (rc >= 0)
		rc = write_text(o, p, "rms", "pixel_rms", format, &nda, text, err);
	view(&nda, p, r->max.type, r->max.data);
	if (rc >= 0 && o->names2024)
		rc = write_text(o, p, "max", NULL, p->dtype == CALIB_F64 ? NULL : "%d", &nda, text,
				err);
	view(&nda, p, r->min.type, r->min.data);
	if (rc >= 0 && o->names2024)
		rc = write_text(o, p, "min", NULL, p->dtype == CALIB_F64 ? NULL : "%d", &nda, text,
				err);
	if (rc >= 0)
		rc = write_stat(o, p, r, text, err);
	return rc;
}
