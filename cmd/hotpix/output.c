/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/hotpix/output.c - status and mask files, the summary, the table of thresholds */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/str.h"
#include "hotpix/hotpix.h"

/* The file of a source: mask-hot-thr-<T>ADU (2015) or peds-sta (2024), peds-msk, peds-cmo. */
enum kind { STATUS, MASK, CMODE };

static const struct { const char *what, *file, *type; } kinds[] = {
	[STATUS] = {"status", "peds-sta", "pixel_status"},
	[MASK] = {"mask", "peds-msk", "pixel_mask"},
	[CMODE] = {"common mode", "peds-cmo", "common_mode"},
};

static int name_file(struct calib_str *name, const struct hotpix_opts *o,
                     const struct hotpix_result *r, enum kind kind, struct calib_err *err)
{
	const struct hotpix_input *p = r->input;
	const char *base = calib_path_base(p->name), *at = strstr(base, "-peds-stat-");
	const char *rms = r->limits->thr_rms;
	double thr = rms != NULL && strcmp(rms, "auto") != 0 ? strtod(rms, NULL) : 0;
	char stem[128];

	if (at != NULL)
		snprintf(stem, sizeof stem, "%.*s", (int)(at - base), base);
	else
		snprintf(stem, sizeof stem, "clb-%s-r%04u", p->exp ? p->exp : "exp", p->run);
	calib_str_addf(name, "%s/%s%s", o->workdir, o->names2024 ? "results/" : "", stem);
	if (kind == STATUS && !o->names2024)
		calib_str_addf(name, "-mask-hot-thr-%.2fADU", thr);
	else
		calib_str_addf(name, "-%s", kinds[kind].file);
	calib_str_addf(name, "-%s.txt", p->source ? p->source : "stack");
	return calib_str_check(name, err);
}

/* "1 rms high, 2 rms low, ..." */
static void describe_bits(struct calib_str *s, enum calib_bits layout)
{
	for (unsigned bit = 1; bit <= 512; bit *= 2)
		for (int c = 0; c < CALIB_NCRITERIA; c++)
			if (calib_bits_value(layout, (enum calib_criterion)c) == bit)
				calib_str_addf(s, "%s%u %s", bit > 1 ? ", " : "", bit,
				               calib_criterion_text((enum calib_criterion)c));
}

/* What the pixels were held against: of any file it can be seen how it was made. */
static void describe_limits(struct calib_str *s, const struct calib_status_params *q)
{
	static const char *const per[] = {"detector", "segment", "asic"};
	const struct { const char *name; double n; } sigmas[] = {{"intnlo", q->ave_nlo},
		{"intnhi", q->ave_nhi}, {"rmsnlo", q->rms_nlo}, {"rmsnhi", q->rms_nhi}};

	calib_str_add(s, "LIMITS      thr_rms ");
	switch (q->rms_rule) {
	case CALIB_RMS_AUTO:  calib_str_add(s, "auto"); break;
	case CALIB_RMS_SIGMA: calib_str_add(s, "by rmsnhi"); break;
	case CALIB_RMS_NONE:  calib_str_add(s, "0"); break;
	default:              calib_str_addf(s, "%.10g", q->rms_hi);
	}
	calib_str_addf(s, ", thr_rms_min %.10g, thr_int_min %.10g, thr_int_max %.10g", q->rms_lo,
	               q->ave_lo, q->ave_hi);
	for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++)
		calib_str_addf(s, ", %s %.10g", sigmas[i].name, sigmas[i].n);
	calib_str_addf(s, ", sigma %s, per %s, fraction %.10g", q->robust ? "robust" : "plain",
	               per[q->per], q->fraction);
}

static int save(const struct hotpix_opts *o, const struct hotpix_result *r, const char *path,
                struct calib_nda *nda, enum kind kind, struct calib_err *err)
{
	const struct hotpix_input *p = r->input;
	struct calib_str bits = CALIB_STR_INIT, limits = CALIB_STR_INIT;
	char lines[4][160];
	const char *comments[7] = {lines[0], lines[1], lines[2], lines[3], NULL, NULL, NULL};
	struct calib_nda_form form = {.form = CALIB_FORM_AUTO, .format = "%d",
		.comments = comments,
		.no_meta = kind == CMODE || (p->det != NULL && p->det->no_meta),
		.no_origin = true};
	int flags = o->cli.keep ? CALIB_OUT_KEEP : 0, rc;

	snprintf(lines[0], sizeof lines[0], "EXPERIMENT  %s", p->exp ? p->exp : "");
	snprintf(lines[1], sizeof lines[1], "RUN         %04u", p->run);
	snprintf(lines[2], sizeof lines[2], "SOURCE      %s", p->source ? p->source : "");
	snprintf(lines[3], sizeof lines[3], "ARR_TYPE    %s", kinds[kind].what);
	if (kind == STATUS) {
		calib_str_addf(&bits, "BITS        layout %s: ", calib_bits_name(o->layout));
		describe_bits(&bits, o->layout);
		describe_limits(&limits, r->params);
		comments[4] = bits.s;
		comments[5] = limits.s;
	}
	rc = calib_str_check(&bits, err);
	if (rc >= 0)
		rc = calib_str_check(&limits, err);
	if (rc >= 0)
		rc = calib_nda_save(nda, path, &form, flags, err);
	calib_str_release(&bits);
	calib_str_release(&limits);
	return rc;
}

static int make_mask(struct calib_nda *mask, const struct hotpix_result *r, struct calib_err *err)
{
	int rc = calib_nda_like(mask, &r->input->ave, CALIB_U8, err);
	uint8_t *good = mask->data;

	for (size_t i = 0; rc >= 0 && i < mask->size; i++)
		good[i] = r->status[i] == 0;
	return rc;
}

/* Mode 3: the largest correction and the largest mean of a bank are four times the noise of a good
 * pixel, in banks of 128.  Source: lcls-psana/CalibManager of 2016; detectors.md 5.5. */
static int make_cmode(struct calib_nda *cmode, const struct hotpix_result *r,
                      struct calib_err *err)
{
	const double *rms = r->input->rms.data;
	long double total = 0;
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < r->input->rms.size; i++)
		if (r->status[i] == 0) {
			total += rms[i];
			n++;
		}
	if (n == 0)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: no pixel is good, common_mode cannot "
		                  "be made", r->input->source);
	rc = calib_nda_alloc(cmode, CALIB_F64, 1, (size_t[]){4}, err);
	if (rc < 0)
		return rc;
	double limit = ceil(4 * (double)(total / (long double)n));

	memcpy(cmode->data, (double[]){3, limit, limit, 128}, 4 * sizeof(double));
	return CALIB_OK;
}

static int put(const struct hotpix_opts *o, const struct hotpix_result *r, enum kind kind,
               const char *path, struct calib_table *rows, struct calib_err *err)
{
	const struct hotpix_input *p = r->input;
	struct calib_range range = {p->run, CALIB_RUN_END};
	struct calib_str name = CALIB_STR_INIT;
	struct calib_nda nda = CALIB_NDA_INIT;
	char text[24];
	int rc = CALIB_OK;

	if (path == NULL) {
		rc = name_file(&name, o, r, kind, err);
		path = name.s;
	}
	if (kind == MASK && rc >= 0)
		rc = make_mask(&nda, r, err);
	else if (kind == CMODE && rc >= 0)
		rc = make_cmode(&nda, r, err);
	else if (rc >= 0)
		calib_nda_view(&nda, CALIB_U16, p->ave.ndim, p->ave.dim,
		               (void *)(uintptr_t)r->status);
	if (rc >= 0)
		rc = save(o, r, path, &nda, kind, err);
	if (rc >= 0 && name.len > 0) {
		if (o->range != NULL)
			rc = calib_range_parse(&range, o->range, err);
		calib_table_text(rows, name.s);
		calib_table_text(rows, p->source);
		calib_table_text(rows, kinds[kind].type);
		calib_table_text(rows, calib_range_format(&range, text));
		rc = rc < 0 ? rc : calib_table_row(rows);
	}
	calib_nda_release(&nda);
	calib_str_release(&name);
	return rc;
}

int hotpix_write(const struct hotpix_opts *o, const struct hotpix_result *r,
                 struct calib_table *rows, struct calib_err *err)
{
	const char *path = o->workdir ? NULL : o->out;
	bool besides = o->mask_only && o->workdir != NULL;
	int rc = CALIB_OK;

	if (path != NULL && strcmp(path, "-") == 0)
		rc = cli_no_terminal(path, "the status", err);
	if (rc >= 0 && o->workdir != NULL) {
		struct calib_str dir = CALIB_STR_INIT;

		calib_path_join(&dir, o->workdir, o->names2024 ? "results" : "");
		rc = calib_make_dirs(dir.s, 0, (gid_t)-1, err);
		calib_str_release(&dir);
	}
	if (rc >= 0)
		rc = put(o, r, o->mask_only && !besides ? MASK : STATUS, path, rows, err);
	if (rc >= 0 && besides)
		rc = put(o, r, MASK, NULL, rows, err);
	if (rc >= 0 && o->mask != NULL)
		rc = put(o, r, MASK, o->mask, rows, err);
	if (rc >= 0 && o->workdir != NULL && r->input->det != NULL && r->input->det->common_mode)
		rc = put(o, r, CMODE, NULL, rows, err);
	return rc;
}

/* ---- summary ---- */

struct lines { struct calib_table table; const struct hotpix_result *r; };

static int summary_rows(struct lines *l, const struct calib_status_summary *s, long segment,
                        bool by_segment)
{
	enum calib_bits layout = l->r->params->layout;
	int rc = CALIB_OK;

	for (int c = -1; c < CALIB_NCRITERIA && rc >= 0; c++) {
		unsigned bit = c < 0 ? 0 : calib_bits_value(layout, (enum calib_criterion)c);
		size_t n = c < 0 ? s->bad : s->count[c];

		if (c >= 0 && bit == 0)
			continue;
		if (by_segment)
			calib_table_int(&l->table, segment);
		calib_table_int(&l->table, bit);
		calib_table_text(&l->table,
				 c < 0 ? "any" : calib_criterion_text((enum calib_criterion)c));
		calib_table_int(&l->table, (long long)n);
		calib_table_real(&l->table, "%.6f", (double)n / (double)s->size);
		rc = calib_table_row(&l->table);
	}
	return rc;
}

/* One line for a log: who is bad, and for what. */
static int summary_line(const struct hotpix_result *r, struct calib_err *err)
{
	const struct calib_status_summary *s = &r->summary;
	struct calib_str text = CALIB_STR_INIT;
	const char *sep = ": ";
	int rc;

	calib_str_addf(&text, "%s: %zu of %zu pixels are bad (%.3f %%)",
	               r->input->source ? r->input->source : r->input->name, s->bad, s->size,
	               100 * (double)s->bad / (double)s->size);
	for (int c = 0; c < CALIB_NCRITERIA; c++)
		if (s->count[c] > 0) {
			calib_str_addf(&text, "%s%s %zu", sep,
			               calib_criterion_text((enum calib_criterion)c), s->count[c]);
			sep = ", ";
		}
	rc = calib_str_check(&text, err);
	if (rc >= 0)
		calib_log(CALIB_INFO, "%s", text.s);
	calib_str_release(&text);
	return rc;
}

int hotpix_missing(const struct hotpix_result *r, struct calib_err *err)
{
	const struct hotpix_input *p = r->input;
	struct calib_str list = CALIB_STR_INIT;
	int rc;

	for (size_t k = 0; k < p->in.nsegments; k++) {
		bool missing = false;

		for (size_t range = 0; range < p->nranges && !missing; range++) {
			struct calib_status_input in;

			missing = hotpix_range(&in, p, range) && calib_status_missing(&in, k);
		}
		if (missing)
			calib_str_addf(&list, "%s%zu", list.len ? ", " : "", k);
	}
	rc = calib_str_check(&list, err);
	if (rc >= 0)
		calib_log(CALIB_WARNING, "%s: %zu pixels are of segments without any data (%s of "
		          "0 to %zu): they are flagged", p->source ? p->source : p->name,
		          r->summary.missing, list.s, p->in.nsegments - 1);
	calib_str_release(&list);
	return rc;
}

int hotpix_summary(const struct hotpix_opts *o, const struct hotpix_result *r,
                   struct calib_err *err)
{
	static const char *const columns[] = {"bit", "meaning", "pixels", "fraction", NULL};
	static const char *const by_segment[] = {"segment", "bit", "meaning", "pixels", "fraction",
		NULL};
	const struct calib_status_input *in = &r->input->in;
	bool data_on_stdout = o->workdir != NULL || strcmp(o->out, "-") == 0;
	struct lines l = {.r = r};
	struct calib_status_summary s;
	struct calib_out *out = NULL;
	int rc;

	if (data_on_stdout && !o->by_segment)
		return summary_line(r, err);
	rc = calib_out_open(&out, "-", data_on_stdout ? CALIB_OUT_STDERR : 0, err);
	if (rc < 0)
		return rc;
	calib_table_begin(&l.table, out, o->by_segment ? by_segment : columns, o->cli.json, err);
	if (!o->by_segment)
		rc = summary_rows(&l, &r->summary, 0, false);
	/* segments of the second gain range follow those of the first, as in the array */
	for (size_t k = 0; o->by_segment && k < in->nsegments * r->input->nranges && rc >= 0; k++) {
		calib_status_by_segment(in, r->params->layout, r->status, k, &s);
		rc = summary_rows(&l, &s, (long)k, true);
	}
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

/* ---- --suggest ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(const double *v, size_t n)
{
	return 0.5 * (v[(n - 1) / 2] + v[n / 2]);
}

struct spectrum { double *rms, *work; size_t n; double median, sigma; };

/* The noise of the live pixels: those with an rms. */
static int spectrum(struct spectrum *s, const struct hotpix_input *p, struct calib_err *err)
{
	const double *rms = p->rms.data;

	s->rms = calib_alloc(p->rms.size, sizeof *s->rms, "rms", err);
	s->work = calib_alloc(p->rms.size, sizeof *s->work, "rms", err);
	if (s->rms == NULL || s->work == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < p->rms.size; i++)
		if (rms[i] > 0)
			s->rms[s->n++] = rms[i];
	if (s->n == 0)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: no pixel has any noise", p->name);
	qsort(s->rms, s->n, sizeof *s->rms, by_value);
	s->median = middle(s->rms, s->n);
	for (size_t i = 0; i < s->n; i++)
		s->work[i] = fabs(s->rms[i] - s->median);
	qsort(s->work, s->n, sizeof *s->work, by_value);
	s->sigma = 1.4826 * middle(s->work, s->n);
	return CALIB_OK;
}

static size_t above(const struct spectrum *s, double threshold)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->rms[mid] > threshold)
			hi = mid;
		else
			lo = mid + 1;
	}
	return s->n - lo;
}

int hotpix_suggest(const struct hotpix_opts *o, const struct hotpix_input *p,
                   const struct calib_status_params *q, struct calib_err *err)
{
	static const char *const columns[] = {"threshold", "pixels", "fraction", "rule", NULL};
	static const double steps[] = {3, 4, 5, 6, 8, 10, 15, 20, 50, 100};
	struct spectrum s = {NULL, NULL, 0, 0, 0};
	struct calib_table table;
	struct calib_out *out = NULL;
	int rc = spectrum(&s, p, err);

	if (rc >= 0)
		rc = calib_out_open(&out, "-", 0, err);
	if (rc >= 0)
		calib_table_begin(&table, out, columns, o->cli.json, err);
	for (size_t i = 0; i <= sizeof steps / sizeof *steps && rc >= 0; i++) {
		bool last = i == sizeof steps / sizeof *steps;
		double t = last ? calib_status_auto(p->ave.data, p->rms.data, p->rms.size,
						    q->ave_lo, q->ave_hi)
				: s.median + steps[i] * s.sigma;
		char rule[80];

		if (last)
			snprintf(rule, sizeof rule, "automatic (-t auto)");
		else
			snprintf(rule, sizeof rule, "median %.4g + %g sigma%s", s.median, steps[i],
			         steps[i] == 8 ? ", suggested" : "");
		calib_table_real(&table, "%.3f", t);
		calib_table_int(&table, (long long)above(&s, t));
		calib_table_real(&table, "%.6f", (double)above(&s, t) / (double)p->rms.size);
		calib_table_text(&table, rule);
		rc = calib_table_row(&table);
	}
	free(s.rms);
	free(s.work);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}
