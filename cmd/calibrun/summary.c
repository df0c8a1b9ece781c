/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/summary.c - what came of the runs, as a table and in words */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/median.h"
#include "base/mem.h"
#include "base/table.h"
#include "calibrun/calibrun.h"
#include "det/det.h"
#include "nda/h5.h"

struct numbers { int64_t count[5], used, drops; size_t pixels, bad; };

static int read_numbers(struct numbers *n, const struct rows *rows, const struct row *stat,
                        struct calib_err *err)
{
	const struct row *status = rows_find(rows, stat->source, "pixel_status");
	struct calib_nda counts = CALIB_NDA_INIT, words = CALIB_NDA_INIT;
	struct calib_h5 *h5 = NULL;
	char *drops = NULL;
	int rc = calib_h5_open(&h5, stat->file, err);

	*n = (struct numbers){{0}, 0, 0, 0, 0};
	if (rc >= 0)
		rc = calib_h5_get(h5, "counts", &counts, err);
	if (rc >= 0)
		rc = calib_h5_get_int(h5, "frames", &n->used, err);
	if (rc >= 0)
		rc = calib_h5_get_text(h5, "dropped_events", &drops, err);
	for (const char *p = drops; p != NULL && (p = strchr(p, '\n')) != NULL; p++)
		n->drops++;
	for (size_t i = 0; i < 5 && rc >= 0 && i < counts.size; i++)
		n->count[i] = (int64_t)calib_nda_get(&counts, i);
	if (h5 != NULL)
		calib_h5_close(h5);
	if (rc >= 0 && status != NULL)
		rc = calib_nda_load(&words, status->file, NULL, err);
	n->pixels = words.size;
	for (size_t i = 0; i < words.size; i++)
		n->bad += calib_nda_get(&words, i) != 0;
	free(drops);
	calib_nda_release(&counts);
	calib_nda_release(&words);
	return rc;
}

static int summary_rows(struct calib_table *t, const struct run_params *p,
                        const struct outcome *o, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < o->rows.n && rc >= 0; i++) {
		const struct row *r = &o->rows.list[i];
		const struct calib_det *det = calib_det_of_source(r->source);
		struct numbers n;

		if (strcmp(r->type, "statistics") != 0)
			continue;
		rc = read_numbers(&n, &o->rows, r, err);
		calib_table_text(t, p->exp);
		calib_table_int(t, o->run);
		calib_table_text(t, r->source);
		calib_table_text(t, det ? det->name : NULL);
		calib_table_text(t, r->range);
		for (size_t k = 0; k < 5; k++)
			calib_table_int(t, n.count[k]);
		calib_table_int(t, n.used);
		calib_table_int(t, n.drops);
		if (r->left_out) {	/* it could not be flagged */
			calib_table_text(t, NULL);
			calib_table_text(t, NULL);
		} else {
			calib_table_int(t, (long long)n.pixels);
			calib_table_int(t, (long long)n.bad);
		}
		calib_table_text(t, o->deployed && !r->left_out ? "yes" : "no");
		rc = rc < 0 ? rc : calib_table_row(t);
	}
	return rc;
}

int summary_table(const struct run_params *p, const struct outcome *runs, size_t n,
                struct calib_err *err)
{
	static const char *const columns[] = {"exp", "run", "source", "detector", "range", "read",
		"skipped", "rejected", "nodata", "accepted", "used", "dropped", "pixels", "bad",
		"deployed", NULL};
	struct calib_table t;
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, p->o->summary, 0, err);

	if (rc < 0)
		return rc;
	calib_table_begin(&t, out, columns, false, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = summary_rows(&t, p, &runs[i], err);
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

/* ---- in words ---- */

/* Of the values that are numbers; nan: there are none, or it cannot be said. */
static double median_of(struct calib_h5 *h5, const char *name)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	double *v = NULL, median = NAN;
	size_t n = 0;

	if (calib_h5_get(h5, name, &nda, NULL) >= 0)
		v = calib_alloc(nda.size, sizeof *v, "median", NULL);
	for (size_t i = 0; v != NULL && i < nda.size; i++) {
		v[n] = calib_nda_get(&nda, i);
		n += isfinite(v[n]) != 0;
	}
	if (n > 0)
		median = calib_median(v, n);
	free(v);
	calib_nda_release(&nda);
	return median;
}

/* Over gain ranges there is no one level. */
static void add_medians(struct calib_str *s, const struct row *stat)
{
	const struct calib_det *det = calib_det_of_source(stat->source);
	struct calib_h5 *h5 = NULL;
	double level, noise;

	if ((det != NULL && det->gains > 1) || calib_h5_open(&h5, stat->file, NULL) < 0)
		return;
	level = median_of(h5, "ave");
	noise = median_of(h5, "rms");
	calib_h5_close(h5);
	if (isfinite(level) && isfinite(noise))
		calib_str_addf(s, ", median pedestal %.1f ADU, median noise %.2f ADU", level,
		               noise);
}

/* The error record about a source, without its name; a part of the lines, *n bytes. */
static const char *error_about(const struct outcome *o, const char *source, size_t *n)
{
	for (const char *line = o->errors.s; *line != '\0'; line += *n + (line[*n] != '\0')) {
		const char *at = strstr(line, source);
		size_t len = strlen(source);

		*n = strcspn(line, "\n");
		if (at == NULL || at >= line + *n)
			continue;
		if (at == line && strncmp(line + len, ": ", 2) == 0) {
			*n -= len + 2;
			return line + len + 2;
		}
		return line;
	}
	return NULL;
}

/* Is that line "<calib>/<group>/<source>/<type>/<range>.data"?  *dir: bytes before /<type> */
static bool file_of(const char *line, size_t n, const char *source, const char *type,
                    size_t *dir)
{
	struct calib_str middle = CALIB_STR_INIT;
	const char *at;
	bool is;

	calib_str_addf(&middle, "/%s/%s/", source, type);
	at = memmem(line, n, middle.s, middle.len);
	is = at != NULL
		&& memchr(at + middle.len, '/', n - (size_t)(at - line) - middle.len) == NULL;
	*dir = is ? (size_t)(at - line) + 1 + strlen(source) : 0;
	calib_str_release(&middle);
	return is;
}

/* The types whose files were written, and where; types that were in force already. */
static void add_files(struct calib_str *s, const struct run_params *p, const struct outcome *o,
                      const char *source)
{
	struct calib_str written = CALIB_STR_INIT, kept = CALIB_STR_INIT, where = CALIB_STR_INIT;
	const char *type;

	for (size_t t = 0; (type = run_params_deployed(p, t)) != NULL; t++) {
		const struct row *row = rows_find(&o->rows, source, type);
		struct calib_str *to = &kept;
		size_t n, dir;

		for (const char *line = o->files.s; row != NULL && *line != '\0';
		     line += n + (line[n] != '\0')) {
			n = strcspn(line, "\n");
			if (!file_of(line, n, source, type, &dir))
				continue;
			to = &written;
			calib_str_clear(&where);
			calib_str_addn(&where, line, dir);
		}
		if (row != NULL)
			calib_str_addf(to, "%s%s for %s", to->len ? ", " : "", type, row->range);
	}
	if (written.len > 0)
		calib_str_addf(s, "; deployed: %s, in %s", written.s, where.s);
	if (kept.len > 0)
		calib_str_addf(s, "; in force already: %s", kept.s);
	calib_str_release(&written);
	calib_str_release(&kept);
	calib_str_release(&where);
}

static int add_source(struct calib_str *s, const struct run_params *p, const struct outcome *o,
                      const struct row *stat, struct calib_err *err)
{
	const char *why = NULL;
	struct numbers n;
	size_t len = 0;
	int rc = read_numbers(&n, &o->rows, stat, err);

	if (rc < 0)
		return rc;
	calib_str_addf(s, "  %s: %lld arrays averaged of %lld events read", stat->source,
	               (long long)n.used, (long long)n.count[0]);
	if (n.pixels > 0 && !stat->left_out)
		calib_str_addf(s, ", %zu of %zu pixels bad (%.3f %%)", n.bad, n.pixels,
		               100.0 * (double)n.bad / (double)n.pixels);
	add_medians(s, stat);
	if (stat->left_out)
		why = error_about(o, stat->source, &len);
	else if (!o->deployed && p->o->deploy && o->err.code != CALIB_OK)
		why = o->err.msg, len = strlen(why);
	if (why != NULL)
		calib_str_addf(s, "; not deployed: %.*s\n", (int)len, why);
	else if (!p->o->deploy || !o->deployed || stat->left_out)
		calib_str_addf(s, "; not deployed%s\n", p->o->deploy ? "" : ", -D was not given");
	else {
		add_files(s, p, o, stat->source);
		calib_str_addc(s, '\n');
	}
	return CALIB_OK;
}

static int add_run(struct calib_str *s, const struct run_params *p, const struct outcome *o,
                   struct calib_err *err)
{
	bool done = o->err.code == CALIB_OK;
	int rc = CALIB_OK;

	calib_str_addf(s, "%s run %u: %s%s\n", p->exp, o->run, done ? "done" : "failed: ",
	               done ? "" : o->err.msg);
	for (size_t i = 0; i < o->rows.n && rc >= 0; i++)
		if (strcmp(o->rows.list[i].type, "statistics") == 0)
			rc = add_source(s, p, o, &o->rows.list[i], err);
	return rc;
}

int summary_text(const struct run_params *p, const struct outcome *runs, size_t n,
                 struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = add_run(&s, p, &runs[i], err);
	if (rc >= 0)
		rc = calib_out_text(p->o->summary_text, 0, &s, err);
	calib_str_release(&s);
	return rc;
}
