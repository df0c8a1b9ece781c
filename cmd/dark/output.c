/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/output.c - the files of calib-dark and the rows that name them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/table.h"
#include "dark/output.h"

static struct {
	struct calib_out *out;
	struct calib_table table;
} rows;

int dark_rows_begin(const struct dark_opts *opts, struct calib_err *err)
{
	static const char *const columns[] = {"file", "source", "type", "range", "verdict",
		NULL};
	int rc = dark_verdicts_begin(opts, err);

	if (rc < 0 || opts->out != NULL || opts->again != NULL)
		return rc;
	rc = calib_out_open(&rows.out, "-", 0, err);
	if (rc >= 0)
		calib_table_begin(&rows.table, rows.out, columns, opts->cli.json, err);
	return rc;
}

int dark_rows_end(struct calib_err *err)
{
	struct calib_out *out = rows.out;

	int rc = dark_verdicts_end(err), rows_rc;

	rows.out = NULL;
	rows_rc = out ? calib_out_commit(out, err) : CALIB_OK;
	return rc < 0 ? rc : rows_rc;
}

int dark_row(const char *file, const struct dark_product *p, const char *type,
               const char *range)
{
	calib_table_text(&rows.table, file);
	calib_table_text(&rows.table, p->source);
	calib_table_text(&rows.table, type);
	calib_table_text(&rows.table, range);
	calib_table_text(&rows.table, p->verdict);
	return calib_table_row(&rows.table);
}

/* The number format each algorithm's own program wrote. */
static const char *number_format(enum calib_algo algo)
{
	static const char *const formats[CALIB_NALGOS] = {
		[CALIB_ALGO_ROBUST] = "%.3f", [CALIB_ALGO_PLAIN] = "%.9g",
		[CALIB_ALGO_GATED2016] = "%8.2f", [CALIB_ALGO_CALIBRUN2024] = "%8.2f",
		[CALIB_ALGO_JUNGFRAU] = "%.3f", [CALIB_ALGO_EPIX10KA] = "%.3f",
	};

	return formats[algo];
}

/* ---- arrays of a product ---- */

enum field { AVE, RMS, N, NLO, NHI, MIN, MAX, MED, ABSDEV, BADGAIN, RMS_CM };

/* What a result has of a field; false: nothing. */
static bool view_field(struct calib_nda *nda, const struct calib_dark_result *r, enum field f,
                       int ndim, const size_t *dim)
{
	const struct { enum calib_dtype type; const void *data; } fields[] = {
		[AVE] = {CALIB_F64, r->ave}, [RMS] = {CALIB_F64, r->rms}, [N] = {CALIB_U32, r->n},
		[NLO] = {CALIB_U32, r->nlo}, [NHI] = {CALIB_U32, r->nhi},
		[MIN] = {r->min.type, r->min.data}, [MAX] = {r->max.type, r->max.data},
		[MED] = {CALIB_F32, r->med}, [ABSDEV] = {CALIB_F32, r->absdev},
		[BADGAIN] = {CALIB_U32, r->nbadgain}, [RMS_CM] = {CALIB_F64, r->rms_cm},
	};

	calib_nda_view(nda, fields[f].type, ndim, dim, (void *)(uintptr_t)fields[f].data);
	return fields[f].data != NULL;
}

/* Gain ranges without data have pedestals and counts of 0 and an rms of 1, as the analysis takes it
 * where there are no constants. */
static void fill_default(const struct dark_product *p, struct calib_nda *all, int range,
                         enum field f, size_t size)
{
	double *values = (double *)all->data + (size_t)range * size;
	size_t bytes = size * calib_dtype_size(all->type);

	memset((char *)all->data + (size_t)range * bytes, 0, bytes);
	if (f == RMS || f == RMS_CM)
		for (size_t i = 0; i < size; i++)
			values[i] = 1;
	if (f == AVE && range >= 5 && p->low[range - 5] != NULL)
		memcpy(values, p->low[range - 5], size * sizeof *values);
}

/* The array of a field: 1, 0 when the algorithm has none.  Of several results they are put one
 * behind the other, until the next call. */
static int get_field(struct calib_nda *all, const struct dark_product *p, enum field f)
{
	struct calib_nda one = CALIB_NDA_INIT;
	bool any = false;
	size_t bytes, size;

	if (p->nresults == 1)
		return view_field(all, p->result[0], f, p->ndim, p->dim);
	for (int i = 0; i < p->nresults && !any; i++)
		any = p->result[i] && view_field(&one, p->result[i], f, p->ndim - 1, p->dim + 1);
	if (!any)
		return 0;
	calib_nda_view(all, one.type, p->ndim, p->dim, p->scratch);
	size = one.size;
	bytes = size * calib_dtype_size(one.type);
	for (int i = 0; i < p->nresults; i++)
		if (p->result[i] != NULL
		    && view_field(&one, p->result[i], f, p->ndim - 1, p->dim + 1))
			memcpy((char *)all->data + (size_t)i * bytes, one.data, bytes);
		else
			fill_default(p, all, i, f, size);
	return 1;
}

/* ---- files ---- */

/* <dir>/[results/]<prefix><exp>-r<run4>-[step<NN>-]<what>-<source><ext> */
int dark_name(struct calib_str *name, const struct dark_opts *o,
                     const struct dark_product *p, const char *what, const char *ext,
                     struct calib_err *err)
{
	calib_str_clear(name);
	calib_str_addf(name, "%s/%s%s%s-r%04u-", o->workdir, o->names2024 ? "results/" : "",
	               o->prefix, p->exp, p->run);
	if (p->step >= 0)
		calib_str_addf(name, "step%02d-", p->step);
	calib_str_addf(name, "%s-%s%s", what, p->source, ext);
	return calib_str_check(name, err);
}

int dark_write_text(const struct dark_opts *o, const struct dark_product *p, const char *what,
                      const char *type, const char *format, const struct calib_nda *nda,
                      const char *range, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	char lines[5][160];
	const char *comments[6] = {lines[0], lines[1], lines[2], lines[3], lines[4], NULL};
	char file[32];
	struct calib_nda_form form = {CALIB_FORM_TEXT, format, comments,
		p->det != NULL && p->det->no_meta, true};
	int flags = o->cli.keep ? CALIB_OUT_KEEP : 0, rc;

	snprintf(lines[0], sizeof lines[0], "EXPERIMENT  %s", p->exp);
	snprintf(lines[1], sizeof lines[1], "RUN         %04u", p->run);
	snprintf(lines[2], sizeof lines[2], "SOURCE      %s", p->source);
	snprintf(lines[3], sizeof lines[3], "ARR_TYPE    %s", what);
	snprintf(lines[4], sizeof lines[4], "STATISTICS  %lld events, algorithm %s",
	         (long long)p->counts[4], calib_algo_name(p->params->algo));
	snprintf(file, sizeof file, "peds-%s", what);
	rc = dark_name(&name, o, p, file, ".txt", err);
	if (rc >= 0)
		rc = calib_nda_save(nda, name.s, &form, flags, err);
	if (rc >= 0 && type != NULL)
		rc = dark_row(name.s, p, type, range);
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

/* "FH,FM": the gain ranges with data. */
static void describe_ranges(struct calib_str *s, const struct dark_product *p)
{
	for (int i = 0; p->nresults > 1 && i < p->nresults; i++)
		if (p->result[i] != NULL)
			calib_str_addf(s, "%s%s", s->len ? "," : "", p->det->ranges[i]);
}

/* Array number, segment and sigma of every event left out, with its gain range. */
static void describe_drops(struct calib_str *s, const struct dark_product *p)
{
	for (int k = 0; k < p->nresults; k++) {
		const struct calib_dark_result *r = p->result[k];

		for (size_t i = 0; r != NULL && i < r->ndrops; i++) {
			calib_str_addf(s, "%llu\t%u\t%.2f",
			               (unsigned long long)p->settled[k]
			               + (unsigned long long)r->drops[i].frame,
				       r->drops[i].segment, r->drops[i].sigma);
			calib_str_addf(s, p->nresults > 1 ? "\t%s\n" : "\n",
				       p->nresults > 1 ? p->det->ranges[k] : "");
		}
	}
}

static int put_texts(const struct dark_sink *to, const struct dark_product *p,
                     struct calib_err *err)
{
	struct calib_str params = CALIB_STR_INIT, drops = CALIB_STR_INIT, ranges = CALIB_STR_INIT;
	int64_t used = 0, counter = 0, unstable = 0;
	int rc;

	describe_params(&params, p->params);
	describe_drops(&drops, p);
	describe_ranges(&ranges, p);
	for (int i = 0; i < p->nresults; i++)
		if (p->result[i] != NULL) {
			used += (int64_t)p->result[i]->used;
			counter += (int64_t)p->result[i]->counter;
			unstable |= p->result[i]->unstable;
		}
	const struct { const char *name, *text; } texts[] = {
		{"version", CALIB_VERSION}, {"exp", p->exp}, {"source", p->source},
		{"detector", p->det ? p->det->name : ""}, {"group", p->det ? p->det->group : ""},
		{"type", p->type}, {"algo", calib_algo_name(p->params->algo)},
		{"parameters", params.s}, {"options", p->options}, {"inputs", p->inputs},
		{"events_used", p->events}, {"configuration", p->configuration},
		{"dropped_events", drops.s}, {"gain_ranges", ranges.s},
	};
	const struct { const char *name; int64_t value; } ints[] = {
		{"run", p->run}, {"bits", p->bits}, {"frames", used}, {"counter", counter},
		{"unstable", unstable}, {"step", p->step},
	};

	rc = calib_str_check(&params, err);
	if (rc >= 0)
		rc = calib_str_check(&drops, err);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0] && rc >= 0; i++)
		rc = dark_put_text(to, texts[i].name, texts[i].text, err);
	for (size_t i = 0; i < sizeof ints / sizeof ints[0] && rc >= 0; i++)
		rc = dark_put_int(to, ints[i].name, ints[i].value, err);
	calib_str_release(&params);
	calib_str_release(&drops);
	calib_str_release(&ranges);
	return rc;
}

/* Arrays used, and the algorithm's own count, of every gain range. */
static int put_range_counts(const struct dark_sink *to, const struct dark_product *p,
                            struct calib_err *err)
{
	int64_t frames[7] = {0}, counter[7] = {0};
	struct calib_nda nda = CALIB_NDA_INIT;
	size_t n = (size_t)p->nresults;
	int rc;

	if (n == 1)
		return CALIB_OK;
	for (size_t i = 0; i < n; i++)
		if (p->result[i] != NULL) {
			frames[i] = (int64_t)p->result[i]->used;
			counter[i] = (int64_t)p->result[i]->counter;
		}
	calib_nda_view(&nda, CALIB_I64, 1, &n, frames);
	rc = dark_put(to, "range_frames", &nda, err);
	calib_nda_view(&nda, CALIB_I64, 1, &n, counter);
	return rc < 0 ? rc : dark_put(to, "range_counter", &nda, err);
}

static void view_counts(struct calib_nda *nda, const struct dark_product *p)
{
	calib_nda_view(nda, CALIB_I64, 1, (size_t[]){5}, (void *)(uintptr_t)p->counts);
}

/* All that a statistics file holds of a product. */
static int put_all(const struct dark_sink *to, const struct dark_product *p,
                   const struct dark_verdict *verdict, struct calib_err *err)
{
	static const char *const names[] = {[AVE] = "ave", [RMS] = "rms", [N] = "n", [NLO] = "nlo",
		[NHI] = "nhi", [MIN] = "min", [MAX] = "max", [MED] = "med", [ABSDEV] = "absdev",
		[BADGAIN] = "nbadgain", [RMS_CM] = "rms_cm"};
	struct calib_nda nda = CALIB_NDA_INIT;
	int rc = CALIB_OK;

	for (int f = AVE; f <= RMS_CM && rc >= 0; f++) {
		rc = get_field(&nda, p, (enum field)f);
		if (rc > 0)
			rc = dark_put(to, names[f], &nda, err);
		calib_nda_release(&nda);
	}
	view_counts(&nda, p);
	if (rc >= 0)
		rc = dark_put(to, "counts", &nda, err);
	if (rc >= 0)
		rc = put_range_counts(to, p, err);
	if (rc >= 0)
		rc = put_texts(to, p, err);
	return rc < 0 ? rc : dark_verdict_put(to, verdict, p, err);
}

static int write_stat(const struct dark_opts *o, const struct dark_product *p,
                      const struct dark_verdict *verdict, const char *range,
                      struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	struct calib_h5 *h5 = NULL;
	int rc = dark_name(&name, o, p, "peds-stat", ".h5", err);

	if (rc >= 0)
		rc = calib_h5_create(&h5, name.s, o->cli.keep ? CALIB_OUT_KEEP : 0, err);
	if (rc >= 0)
		rc = put_all(&(struct dark_sink){h5, NULL}, p, verdict, err);
	if (rc >= 0)
		rc = calib_h5_commit(h5, err);
	else if (h5 != NULL)
		calib_h5_close(h5);
	if (rc >= 0)
		rc = dark_row(name.s, p, "statistics", range);
	calib_str_release(&name);
	return rc;
}

/* The arrays in the order of the stream; of several gain ranges the wrong gain bits as well, and
 * the rms without common mode when it was measured. */
static int write_stream(const struct dark_opts *o, const struct dark_product *p,
                        struct calib_err *err)
{
	static const enum field order[] = {AVE, RMS, N, NLO, NHI, MIN, MAX};
	static const struct calib_nda_form form = {.form = CALIB_FORM_NPY};
	struct calib_nda nda = CALIB_NDA_INIT;
	struct calib_out *out = NULL;
	int rc = cli_no_terminal(o->out, "the statistics", err);

	if (rc >= 0)
		rc = calib_out_open(&out, o->out, o->cli.keep ? CALIB_OUT_KEEP : 0, err);
	for (size_t i = 0; i < sizeof order / sizeof *order && rc >= 0; i++) {
		rc = get_field(&nda, p, order[i]);
		if (rc >= 0)
			rc = calib_nda_write(&nda, out, &form, err);
		calib_nda_release(&nda);
	}
	view_counts(&nda, p);
	if (rc >= 0)
		rc = calib_nda_write(&nda, out, &form, err);
	if (rc >= 0 && p->nresults > 1 && (rc = get_field(&nda, p, BADGAIN)) > 0)
		rc = calib_nda_write(&nda, out, &form, err);
	calib_nda_release(&nda);
	if (rc >= 0 && (rc = get_field(&nda, p, RMS_CM)) > 0)
		rc = calib_nda_write(&nda, out, &form, err);
	calib_nda_release(&nda);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

/* ---- all of a product ---- */

struct text_file { enum field field; const char *what, *type; bool only2024; };

static int write_texts(const struct dark_opts *o, const struct dark_product *p, const char *range,
                       struct calib_err *err)
{
	static const struct text_file files[] = {
		{AVE, "ave", "pedestals", false}, {RMS, "rms", "pixel_rms", false},
		{RMS_CM, "rcm", "rms_cm", false}, {MAX, "max", NULL, true},
		{MIN, "min", NULL, true},
	};
	bool zeros = o->zeropeds && p->pitch[0] > 0;
	struct calib_nda nda = CALIB_NDA_INIT;
	int rc = CALIB_OK;

	for (size_t i = 0; i < sizeof files / sizeof *files && rc >= 0; i++) {
		const char *format = files[i].type ? number_format(p->params->algo)
			: calib_dtype_is_float(p->dtype) ? NULL : "%d";
		const char *type = files[i].field == AVE && zeros ? "average" : files[i].type;

		if (files[i].only2024 && !o->names2024)
			continue;
		rc = get_field(&nda, p, files[i].field);
		if (rc > 0)
			rc = dark_write_text(o, p, files[i].what, type, format, &nda, range, err);
		calib_nda_release(&nda);
	}
	return rc < 0 ? rc : dark_write_defaults(o, p, range, err);
}

int dark_make_dir(const struct dark_opts *o, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	int rc;

	calib_path_join(&dir, o->workdir, o->names2024 ? "results" : "");
	rc = calib_make_dirs(dir.s, 0, (gid_t)-1, err);
	calib_str_release(&dir);
	return rc;
}

int dark_write(const struct dark_opts *o, const struct dark_product *product,
               struct calib_err *err)
{
	struct calib_range range = {product->run, CALIB_RUN_END};
	struct dark_product judged = *product;
	const struct dark_product *p = &judged;
	struct dark_verdict verdict;
	char text[24];
	int rc;

	dark_judge(&verdict, p);
	judged.verdict = dark_verdict_name(&verdict);
	if (o->again != NULL)
		return dark_reproduce_is(o->again, p)
			? put_all(&(struct dark_sink){NULL, o->again}, p, &verdict, err) : CALIB_OK;
	rc = dark_verdict_tell(&verdict, p, err);
	if (rc < 0 || o->out != NULL)
		return rc < 0 ? rc : write_stream(o, p, err);
	if (o->range != NULL && calib_range_parse(&range, o->range, err) < 0)
		return CALIB_EINVAL;
	calib_range_format(&range, text);
	rc = dark_make_dir(o, err);
	if (rc >= 0)
		rc = write_texts(o, p, text, err);
	return rc < 0 ? rc : write_stat(o, p, &verdict, text, err);
}
