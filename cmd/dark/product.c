/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/product.c - what became of a source: a result a gain range, or one */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algo/epix10ka.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "dark/run.h"

/* "XppGon.0:Cspad.0", with the gain range and the cycle where there are several. */
static char *part_name(const struct dark_source *s, const struct dark_part *p, char buf[128])
{
	int n = snprintf(buf, 128, "%s", s->name);

	if (p->range >= 0)
		n += snprintf(buf + n, 128 - (size_t)n, ", %s", s->det->ranges[p->range]);
	if (p->step >= 0)
		snprintf(buf + n, 128 - (size_t)n, ", cycle %d", p->step);
	return buf;
}

enum { FEW = 20 };	/* at 16 arrays the rms is 0.4 % low, at 8 it is 1.7 % */

void dark_note_nan(const char *name, const struct calib_dark_result *r, size_t size)
{
	size_t some = 0, all = 0;

	for (size_t i = 0; i < size; i++) {
		some += r->n[i] < r->used;
		all += r->n[i] == 0;
	}
	if (some > 0)
		calib_log(CALIB_WARNING, "%s: %zu pixels have values that are not numbers (NaN), "
		          "they are left out; %zu pixels have no other", name, some, all);
}

/* What went in and what did not, for the user and for the log. */
static void report(const struct dark_source *s, const struct dark_part *p)
{
	const struct calib_dark_result *result = &p->result;
	char name[128];

	part_name(s, p, name);
	calib_log(CALIB_INFO, "%s: %lld arrays averaged of %lld events read (%lld skipped, %lld "
	          "rejected by event code, %lld without data)", name, (long long)result->used,
	          (long long)s->counts[0], (long long)s->counts[1], (long long)s->counts[2],
	          (long long)s->counts[3]);
	if (p->settled > 0 && p->settled_off == 0)
		calib_log(CALIB_INFO, "%s: the first %llu arrays are left out (--settle)", name,
		          (unsigned long long)p->settled);
	else if (p->settled > 0)
		calib_log(CALIB_WARNING, "%s: the first %llu arrays are left out: they settle, "
		          "%+.1f times the noise of a pixel off at first", name,
		          (unsigned long long)p->settled, p->settled_off);
	if (p->params.algo == CALIB_ALGO_ROBUST && result->used < FEW)
		calib_log(CALIB_WARNING, "%s: %lld arrays are few: the rms comes out a little low, "
		          "and good pixels may be called flickering; take %d or more", name,
		          (long long)result->used, FEW);
	if (result->ndrops > 0 && !result->unstable)
		calib_log(CALIB_WARNING,
			  "%s: %zu bright or dim events left out, the first is array "
			  "%llu, %.1f sigma off in segment %u",
			  name, result->ndrops,
			  (unsigned long long)p->settled
			  + (unsigned long long)result->drops[0].frame,
			  result->drops[0].sigma, result->drops[0].segment);
	if (!calib_layout_words(&s->layout) && p->params.stage_gate[0] == 0
	    && p->params.stage_gate[1] == 0)
		dark_note_nan(name, result, s->layout.size);
	if (result->unstable)
		calib_log(CALIB_WARNING,
			  "%s: more than 20 %% of the events are bright or dim, none was "
			  "left out: the run is not dark, or drifts",
			  name);
}

/* ---- pedestals of the low ranges of the auto modes ---- */

enum { MOST = 4 };

/* The one or four files of a list, an array each. */
static int load_arrays(double *all[MOST], size_t *count, const char *list, size_t n,
                       struct calib_err *err)
{
	char **files = NULL;
	int rc = calib_list_parse(&files, count, list, err);

	if (rc >= 0 && *count != 1 && *count != MOST)
		rc = calib_fail(err, CALIB_EINVAL, "'%s': four files are expected, the offsets of "
		                "the high and the low range and their gains, or one, the offset "
		                "from the fixed low range", list);
	for (size_t i = 0; rc >= 0 && i < *count; i++) {
		struct calib_nda nda = CALIB_NDA_INIT;

		rc = calib_nda_load(&nda, files[i], NULL, err);
		if (rc >= 0 && nda.size != n)
			rc = calib_fail(err, CALIB_ESHAPE, "%s: %zu values, the detector has %zu "
			                "pixels", files[i], nda.size, n);
		if (rc >= 0 && (all[i] = calib_alloc(n, sizeof(double), "offsets", err)) == NULL)
			rc = CALIB_ENOMEM;
		for (size_t k = 0; k < n && rc >= 0; k++)
			all[i][k] = calib_nda_get(&nda, k);
		calib_nda_release(&nda);
	}
	free(files);
	return rc;
}

/* From the files of --low-ahl or --low-aml; *low is allocated, NULL when it is not asked for. */
static int low_pedestals(double **low, const char *list, const struct dark_source *s,
                         enum calib_epix10ka_range high, struct calib_err *err)
{
	double *all[MOST] = {NULL, NULL, NULL, NULL};
	size_t n = s->layout.size, count = 0;
	const struct dark_part *part;
	int rc = CALIB_OK;

	if (list == NULL)
		return CALIB_OK;
	rc = load_arrays(all, &count, list, n, err);
	part = dark_source_part(s, (int)(count == 1 ? CALIB_FL : high), -1);
	if (rc >= 0 && (part == NULL || part->result.ave == NULL))
		rc = calib_fail(err, CALIB_ENOTFOUND, "the pedestals of the low range need those "
		                "of %s, which are not in the run",
		                s->det->ranges[count == 1 ? CALIB_FL : high]);
	if (rc >= 0 && (*low = calib_alloc(n, sizeof **low, "pedestals", err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0 && count == MOST)
		calib_epix10ka_low(*low, part->result.ave, all[0], all[1], all[2], all[3], n);
	for (size_t i = 0; i < n && rc >= 0 && count == 1; i++)
		(*low)[i] = part->result.ave[i] + all[0][i];
	for (int i = 0; i < MOST; i++)
		free(all[i]);
	return rc;
}

/* ---- products ---- */

static struct dark_product product_of(const struct dark_run *r, const struct dark_source *s,
                                      const struct dark_part *p)
{
	const char *type = calib_data_type(s->type, s->version);
	struct dark_product product = {.exp = r->exp, .source = s->name, .type = type ? type : "",
		.det = s->det, .run = r->number, .step = p->step, .dtype = s->layout.dtype,
		.ndim = s->layout.ndim, .bits = s->layout.bits, .inputs = r->inputs.s,
		.options = r->options.s, .events = s->events.s,
		.configuration = s->configuration.s, .nsegments = s->layout.nsegments,
		.segment = s->layout.segment, .settled = {p->settled}, .verdict = "-",
		.pitch = {s->pitch[0], s->pitch[1]}, .params = &p->params, .nresults = 1,
		.result = {&p->result}};

	memcpy(product.dim, s->layout.dim, sizeof product.dim);
	memcpy(product.counts, s->counts, sizeof product.counts);
	return product;
}

/* One behind the other: (ranges, segments, rows, columns); one panel counts as a list of one. */
static void stack_shape(struct dark_product *product, const struct dark_source *s)
{
	int add = s->layout.ndim == 2 ? 2 : 1;

	memmove(product->dim + add, product->dim, (size_t)product->ndim * sizeof *product->dim);
	product->dim[0] = (size_t)s->det->gains;
	if (add == 2)
		product->dim[1] = 1;
	product->ndim += add;
}

static int all_ranges(struct dark_run *r, struct dark_source *s, struct calib_err *err)
{
	double *low[2] = {NULL, NULL};
	struct dark_product product = {0};
	size_t n = s->layout.size;
	int rc = CALIB_OK;

	for (int range = s->det->gains - 1; range >= 0; range--) {
		const struct dark_part *p = dark_source_part(s, range, -1);

		if (p != NULL)
			product = product_of(r, s, p);
	}
	product.nresults = s->det->gains;
	for (int range = 0; range < s->det->gains; range++) {
		const struct dark_part *p = dark_source_part(s, range, -1);

		product.result[range] = p ? &p->result : NULL;
		product.settled[range] = p ? p->settled : 0;
	}
	stack_shape(&product, s);
	if (s->det->gains == 7) {
		rc = low_pedestals(&low[0], r->o->low[0], s, CALIB_AHL_H, err);
		if (rc >= 0)
			rc = low_pedestals(&low[1], r->o->low[1], s, CALIB_AML_M, err);
		if (rc >= 0 && (low[0] == NULL || low[1] == NULL))
			calib_log(CALIB_WARNING, "%s: pedestals of %s are 0: a dark run has none, "
			          "they come from charge injection (--low-ahl, --low-aml)",
			          s->name, low[0] ? "AML-L" : low[1] ? "AHL-L" : "AHL-L and AML-L");
	}
	product.low[0] = low[0];
	product.low[1] = low[1];
	product.scratch = rc < 0 ? NULL : calib_alloc(n * (size_t)product.nresults, sizeof(double),
	                                              "results", err);
	if (rc >= 0 && product.scratch == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = dark_write(r->o, &product, err);
	free(product.scratch);
	free(low[0]);
	free(low[1]);
	return rc;
}

int dark_products(struct dark_run *r, struct dark_source *s, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (s->unusable > 0)
		calib_log(CALIB_WARNING, "%s: %llu arrays are damaged or not usable; the first: %s",
		          s->name, (unsigned long long)s->unusable, s->why);
	for (size_t i = 0; i < s->nparts; i++)
		if (s->part[i]->dark != NULL && !s->part[i]->failed)
			report(s, s->part[i]);
	if (s->det->gains > 1 && r->o->step == DARK_NO_STEPS)
		return all_ranges(r, s, err);
	for (size_t i = 0; i < s->nparts && rc >= 0; i++) {
		struct dark_part *p = s->part[i];
		struct dark_product product = product_of(r, s, p);

		if (p->dark == NULL || p->failed)
			continue;
		rc = dark_write(r->o, &product, err);
		calib_dark_free(p->dark);
		p->dark = NULL;
	}
	return rc;
}
