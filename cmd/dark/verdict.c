/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/verdict.c - is the run dark?  The verdict on a product: rows, messages, and where it is
 * kept in the statistics file */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/table.h"
#include "dark/output.h"

static struct { struct calib_out *out; struct calib_table table; } rows;

int dark_verdicts_begin(const struct dark_opts *o, struct calib_err *err)
{
	static const char *const columns[] = {"source", "check", "value", "limit", "state",
		"sentence", NULL};
	int rc;

	if (o->verdict == NULL)
		return CALIB_OK;
	rc = calib_out_open(&rows.out, o->verdict, o->cli.keep ? CALIB_OUT_KEEP : 0, err);
	if (rc >= 0)
		calib_table_begin(&rows.table, rows.out, columns, o->cli.json, err);
	return rc;
}

int dark_verdicts_end(struct calib_err *err)
{
	struct calib_out *out = rows.out;

	rows.out = NULL;
	return out != NULL ? calib_out_commit(out, err) : CALIB_OK;
}

/* "FH: ", "cycle 3: " where a source has several results. */
static const char *which(char buf[64], const struct dark_product *p, int k)
{
	buf[0] = '\0';
	if (p->nresults > 1)
		snprintf(buf, 64, "%s: ", p->det->ranges[k]);
	else if (p->step >= 0)
		snprintf(buf, 64, "cycle %d: ", p->step);
	return buf;
}

void dark_judge(struct dark_verdict *v, const struct dark_product *p)
{
	const struct calib_dark_shape shape = {.dtype = p->dtype, .size = p->nsegments * p->segment,
		.nsegments = p->nsegments, .segment = p->segment};
	bool drops = p->params->algo == CALIB_ALGO_ROBUST && p->params->drop_k > 0;

	*v = (struct dark_verdict){.state = CALIB_STATE_OK};
	for (int k = 0; k < p->nresults; k++) {
		enum calib_state state;

		if (p->result[k] == NULL || p->result[k]->trace == NULL)
			continue;
		state = calib_dark_judge(v->found[k], p->result[k], &shape, drops);
		v->any = v->has[k] = true;
		v->state = state > v->state ? state : v->state;
	}
}

const char *dark_verdict_name(const struct dark_verdict *v)
{
	return v->any ? calib_state_name(v->state) : "-";
}

/* A number as it stands in a row. */
static const char *number(char buf[32], double value, bool known)
{
	if (!known || isinf(value))
		return "-";
	snprintf(buf, 32, "%.4g", value);
	return buf;
}

/* The sentence of a finding, with what to do about it. */
static void sentence(struct calib_str *s, const struct dark_product *p, int k,
                     const struct calib_finding *f)
{
	char text[64];

	calib_str_addf(s, "%s%s", which(text, p, k), f->text);
	if (f->state != CALIB_STATE_OK && f->advice[0] != '\0')
		calib_str_addf(s, "; %s", f->advice);
}

static int add_row(const struct dark_product *p, int k, const struct calib_finding *f,
                   struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	char text[32];
	int rc;

	sentence(&s, p, k, f);
	rc = calib_str_check(&s, err);
	calib_table_text(&rows.table, p->source);
	calib_table_text(&rows.table, calib_check_limit(f->check)->name);
	calib_table_text(&rows.table, number(text, f->value, f->judged));
	calib_table_text(&rows.table, number(text, f->limit, true));
	calib_table_text(&rows.table, calib_state_name(f->state));
	calib_table_text(&rows.table, s.s);
	calib_str_release(&s);
	return rc < 0 ? rc : calib_table_row(&rows.table);
}

static void complain(const struct dark_product *p, int k, const struct calib_finding *f,
                     bool drops)
{
	struct calib_str s = CALIB_STR_INIT;

	/* of events that robust finds bright the report says more */
	if (f->state == CALIB_STATE_OK || (f->check == CALIB_CHECK_BRIGHT && drops))
		return;
	sentence(&s, p, k, f);
	calib_log(CALIB_WARNING, "%s: %s%s (%s %.3g, limit %.3g)", p->source,
	          f->state == CALIB_STATE_FAILED ? "not a good dark run: " : "", s.s,
	          calib_check_limit(f->check)->name, f->value, f->limit);
	calib_str_release(&s);
}

int dark_verdict_tell(const struct dark_verdict *v, const struct dark_product *p,
                      struct calib_err *err)
{
	bool drops = p->params->algo == CALIB_ALGO_ROBUST && p->params->drop_k > 0;
	int rc = CALIB_OK;

	for (int k = 0; k < p->nresults; k++)
		for (int c = 0; c < CALIB_NCHECKS && v->has[k] && rc >= 0; c++) {
			complain(p, k, &v->found[k][c], drops);
			if (rows.out != NULL)
				rc = add_row(p, k, &v->found[k][c], err);
		}
	return rc;
}

/* ---- in the statistics file ---- */

static void name_of(char name[64], const struct dark_product *p, int k, const char *what)
{
	snprintf(name, 64, "%s%s%s", what, p->nresults > 1 ? "_" : "",
	         p->nresults > 1 ? p->det->ranges[k] : "");
}

static int put_trace(const struct dark_sink *to, const struct dark_product *p, int k,
                     const struct calib_trace *t, struct calib_err *err)
{
	size_t n = t->nblocks, nseg = t->nsegments;
	float *v = calib_alloc(n * nseg, sizeof *v, "trace", err);
	struct calib_nda nda = CALIB_NDA_INIT;
	char name[64];
	int rc = v ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < n * nseg && rc >= 0; i++)
		v[i] = (float)calib_trace_value(t, i / nseg, i % nseg);
	name_of(name, p, k, "trace");
	calib_nda_view(&nda, CALIB_F32, 2, (size_t[]){n, nseg}, v);
	if (rc >= 0 && n > 0)
		rc = dark_put(to, name, &nda, err);
	free(v);
	name_of(name, p, k, "trace_events");
	calib_nda_view(&nda, CALIB_U32, 1, &n, t->n);
	if (rc >= 0 && n > 0)
		rc = dark_put(to, name, &nda, err);
	name_of(name, p, k, "trace_beam");
	calib_nda_view(&nda, CALIB_U32, 1, &n, t->non);
	if (rc >= 0 && n > 0)
		rc = dark_put(to, name, &nda, err);
	name_of(name, p, k, "trace_noise");
	calib_nda_view(&nda, CALIB_F64, 1, &nseg, t->noise);
	if (rc >= 0)
		rc = dark_put(to, name, &nda, err);
	name_of(name, p, k, "trace_block");
	return rc < 0 ? rc : dark_put_int(to, name, (int64_t)t->per, err);
}

int dark_verdict_put(const struct dark_sink *to, const struct dark_verdict *v,
                     const struct dark_product *p, struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (int k = 0; k < p->nresults && rc >= 0; k++) {
		for (int c = 0; c < CALIB_NCHECKS && v->has[k]; c++) {
			const struct calib_finding *f = &v->found[k][c];
			char value[32], limit[32];

			calib_str_addf(&s, "%s\t%s\t%s\t%s\t", calib_check_limit(f->check)->name,
			               number(value, f->value, f->judged),
			               number(limit, f->limit, true), calib_state_name(f->state));
			sentence(&s, p, k, f);
			calib_str_addc(&s, '\n');
		}
		if (v->has[k])
			rc = put_trace(to, p, k, p->result[k]->trace, err);
	}
	if (rc >= 0)
		rc = calib_str_check(&s, err);
	if (rc >= 0)
		rc = dark_put_text(to, "verdict", dark_verdict_name(v), err);
	if (rc >= 0)
		rc = dark_put_text(to, "verdict_rows", s.s, err);
	calib_str_release(&s);
	return rc;
}
