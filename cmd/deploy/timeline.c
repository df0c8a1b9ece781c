/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/timeline.c - calib-deploy status --html: which file rules which run, as one page
 *
 * No script and no network: bars are SVG whose unit is a run, so that nothing is rounded here; the
 * same is told in words and tables below them. */
#include "deploy/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/out.h"
#include "base/path.h"
#include "base/proc.h"
#include "render/page.h"

static const char style[] =
	".axis { position: relative; height: 1.4rem; font-size: .75rem; color: var(--soft); }\n"
	".axis span { position: absolute; border-left: 1px solid var(--line); "
	"padding-left: 2px; }\n"
	"svg { display: block; width: 100%; height: 1.6rem; background: var(--empty); "
	"border: 1px solid var(--line); }\n"
	"rect { stroke: var(--page); stroke-width: 1px; vector-effect: non-scaling-stroke; }\n"
	"rect.n0 { fill: var(--a); stroke: var(--a); }\n"
	"rect.n1 { fill: var(--b); stroke: var(--b); }\n"
	"rect.n2 { fill: var(--c); stroke: var(--c); }\n"
	"rect.n3 { fill: var(--d); stroke: var(--d); }\n"
	"td.time, td.file { white-space: nowrap; }\n";

struct page {
	struct calib_out *out;
	const struct calib_range *runs;
	size_t nruns;
	uint32_t axis;			/* runs 0 .. axis - 1 are drawn */
	size_t ntypes, nfiles;
	char *source;			/* of the section begun, or NULL */
	struct calib_str text;
};

/* ---- first pass: how far the axis goes ---- */

static uint32_t last_named(const struct calib_dirfiles *files)
{
	uint32_t last = 0;

	for (size_t i = 0; i < files->ngood; i++) {
		const struct calib_range *r = &files->file[i].range;

		if (r->begin <= CALIB_RUN_MAX && r->begin > last)
			last = r->begin;
		if (r->end <= CALIB_RUN_MAX && r->end > last)
			last = r->end;
	}
	return last;
}

static int measure_type(void *ctx, const struct deploy_type *type, struct calib_err *err)
{
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	struct page *p = ctx;
	uint32_t last;

	/* what cannot be read is said in the second pass */
	if (calib_dirfiles_list(&files, type->path, NULL) == CALIB_ENOMEM)
		return calib_fail(err, CALIB_ENOMEM, "%s: out of memory", type->path);
	last = last_named(&files);
	p->axis = last > p->axis ? last : p->axis;
	p->nfiles += files.n;
	p->ntypes++;
	calib_dirfiles_release(&files);
	return CALIB_OK;
}

/* Some room behind the last run that is named: what is open goes on. */
static void round_axis(struct page *p)
{
	for (size_t i = 0; i < p->nruns; i++)
		if (p->runs[i].end > p->axis)
			p->axis = p->runs[i].end;
	p->axis += p->axis / 10 + 10;
	if (p->axis > CALIB_RUN_MAX + 1)
		p->axis = CALIB_RUN_MAX + 1;
}

/* ---- second pass ---- */

static int flush(struct page *p, struct calib_err *err)
{
	int rc = calib_str_check(&p->text, err);

	if (rc >= 0)
		rc = calib_out_write(p->out, p->text.s, p->text.len, err);
	calib_str_clear(&p->text);
	return rc;
}

/* About eight ticks, 1, 2 or 5 times a power of ten apart. */
static void add_axis(struct page *p)
{
	static const uint32_t steps[] = {1, 2, 5};
	uint32_t step = 1;

	for (uint32_t ten = 1, i = 0; p->axis / step > 8; i++) {
		ten *= i > 0 && i % 3 == 0 ? 10 : 1;
		step = ten * steps[i % 3];
	}
	calib_str_add(&p->text, "<div class=\"axis\" aria-hidden=\"true\">");
	for (uint32_t run = 0; run < p->axis; run += step)
		calib_str_addf(&p->text, "<span style=\"left:%.3f%%\">%u</span>",
		               100.0 * run / p->axis, run);
	calib_str_add(&p->text, "</div>\n");
}

static int begin_source(struct page *p, const struct deploy_type *type, struct calib_err *err)
{
	struct calib_str *s = &p->text;
	struct calib_str key = CALIB_STR_INIT;
	int rc;

	calib_str_addf(&key, "%s/%s", type->group, type->source);
	rc = calib_str_check(&key, err);
	if (rc >= 0 && (p->source == NULL || strcmp(p->source, key.s) != 0)) {
		calib_str_add(s, p->source != NULL ? "</section>\n" : "");
		calib_str_add(s, "<section>\n<h2>");
		calib_str_quote_html(s, type->source);
		calib_str_add(s, " <small>");
		calib_str_quote_html(s, type->group);
		calib_str_add(s, "</small></h2>\n");
		add_axis(p);
		free(p->source);
		p->source = calib_strdup(key.s, err);
		rc = p->source != NULL ? CALIB_OK : CALIB_ENOMEM;
	}
	calib_str_release(&key);
	return rc;
}

static bool shown(const struct page *p, const struct calib_span *span)
{
	for (size_t k = 0; k < p->nruns; k++)
		if (span->begin <= p->runs[k].end && p->runs[k].begin <= span->end)
			return true;
	return p->nruns == 0;
}

static bool any_shown(const struct page *p, const struct calib_span *span, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (shown(p, &span[i]))
			return true;
	return n == 0 && p->nruns == 0;
}

static void add_bars(struct page *p, const struct deploy_type *type, const struct look_type *look)
{
	struct calib_str *s = &p->text;

	calib_str_addf(s, "<svg role=\"img\" viewBox=\"0 0 %u 10\" preserveAspectRatio=\"none\" "
	               "aria-label=\"", p->axis);
	calib_str_quote_html(s, type->type);
	calib_str_addf(s, ": runs 0 to %u, see the table below\">\n", p->axis - 1);
	for (size_t i = 0; i < look->nspans; i++) {
		const struct calib_span *span = &look->spans[i];
		const struct calib_dirfile *f = &look->files.file[span->index];
		uint32_t end = span->end < p->axis ? span->end : p->axis - 1;
		struct calib_range r = {span->begin, span->end};
		char text[24];

		if (!shown(p, span) || span->begin > end)
			continue;
		if (f->range.end == CALIB_RUN_END && r.end == CALIB_RUN_MAX)
			r.end = CALIB_RUN_END;
		calib_str_addf(s, "<rect class=\"n%zu\" x=\"%u\" y=\"0\" width=\"%u\" "
		               "height=\"10\"><title>", span->index % 4, span->begin,
		               end - span->begin + 1);
		calib_str_quote_html(s, f->name);
		calib_str_addf(s, ": runs %s</title></rect>\n", calib_range_format(&r, text));
	}
	calib_str_add(s, "</svg>\n");
}

static int by_run(const void *a, const void *b)
{
	uint32_t x = ((const struct calib_span *)a)->begin;
	uint32_t y = ((const struct calib_span *)b)->begin;

	return (x > y) - (x < y);
}

static const char *one_run(uint32_t run, char text[24])
{
	snprintf(text, 24, "%u", run);
	return text;
}

/* "No constants for runs 0-44, 61-72": of any file, also of those that are not shown.  Sorts the
 * spans by run for a moment. */
static void add_gaps(struct page *p, struct look_type *look)
{
	enum { MOST = 12 };
	uint32_t next = 0;
	size_t gaps = 0;

	if (look->nspans > 1)
		qsort(look->spans, look->nspans, sizeof *look->spans, by_run);
	for (size_t i = 0; i <= look->nspans; i++) {
		bool end = i == look->nspans;
		uint32_t begin = end ? CALIB_RUN_MAX + 1 : look->spans[i].begin;
		struct calib_range r = {next, end ? CALIB_RUN_END : begin - 1};
		char text[24];

		if (begin > next && gaps++ < MOST)
			calib_str_addf(&p->text, "%s%s", gaps == 1 ? "<p>No constants for runs "
			               : ", ", r.begin == r.end ? one_run(r.begin, text)
			               : calib_range_format(&r, text));
		next = end ? next : look->spans[i].end + 1;
	}
	calib_spans_group(look->spans, look->nspans);
	if (gaps > MOST)
		calib_str_addf(&p->text, " and %zu more ranges", gaps - MOST);
	calib_str_add(&p->text, gaps > 0 ? ".</p>\n" : "<p>Constants for every run.</p>\n");
}

static void add_cell(struct calib_str *s, const char *kind, const char *text)
{
	calib_str_add(s, "<td");
	if (*kind != '\0')
		calib_str_addf(s, " class=\"%s\"", kind);
	calib_str_addc(s, '>');
	calib_str_quote_html(s, text != NULL && *text != '\0' ? text : "-");
	calib_str_add(s, "</td>");
}

static void add_file(struct page *p, const struct deploy_type *type, const struct look_type *look,
                     size_t i, const struct calib_span *span, size_t n)
{
	const struct calib_dirfile *f = &look->files.file[i];
	const struct calib_history *record = &look->note[i].record;
	struct calib_str path = CALIB_STR_INIT, runs = CALIB_STR_INIT;
	struct calib_str *s = &p->text;
	struct stat st;
	char text[40];

	calib_path_join(&path, type->path, f->name);
	if (f->kind == CALIB_NAME_GOOD)
		calib_spans_text(&runs, &look->files, span, n, i);
	calib_str_add(s, "<tr>");
	add_cell(s, "file", f->name);
	calib_str_add(s, "<td>");
	calib_str_quote_html(s, runs.len > 0 ? runs.s : "none");
	if (f->why != NULL || (runs.len == 0 && f->kind == CALIB_NAME_GOOD)) {
		calib_str_add(s, ": ");
		calib_str_quote_html(s, f->why != NULL ? f->why : "hidden by other files");
	}
	calib_str_add(s, "</td>");
	if (stat(path.s, &st) == 0) {
		calib_str_addf(s, "<td class=\"num\">%lld</td>", (long long)st.st_size);
		add_cell(s, "time", calib_time_format(st.st_mtime, "%Y-%m-%d %H:%M", text,
		         sizeof text));
	} else {
		calib_str_add(s, "<td>-</td><td>not there</td>");
	}
	add_cell(s, "time", record->value[CALIB_H_CPTIME]);
	add_cell(s, "", record->value[CALIB_H_USER]);
	add_cell(s, "", record->value[CALIB_H_RUN]);
	add_cell(s, "", record->value[CALIB_H_COMMENT]);
	calib_str_add(s, "</tr>\n");
	calib_str_release(&path);
	calib_str_release(&runs);
}

static int add_files(struct page *p, const struct deploy_type *type, const struct look_type *look,
                     struct calib_err *err)
{
	const struct calib_span *span = look->spans;
	size_t left = look->nspans;
	int rc = CALIB_OK;

	calib_str_addf(&p->text, "<details%s><summary>Files, highest priority last"
	               "</summary>\n<div class=\"scroll\"><table>\n<thead><tr><th>File</th>"
	               "<th>Rules runs</th><th>Bytes</th><th>Modified</th><th>Deployed</th>"
	               "<th>By</th><th>Run</th><th>Comment</th></tr></thead>\n<tbody>\n",
	               look->files.n <= 20 ? " open" : "");
	for (size_t i = 0; i < look->files.n && rc >= 0; i++) {
		size_t n = calib_spans_of(span, left, i);

		if (any_shown(p, span, n))
			add_file(p, type, look, i, span, n);
		span += n;
		left -= n;
		rc = flush(p, err);
	}
	calib_str_add(&p->text, "</tbody></table></div></details>\n");
	return rc;
}

static int put_type(void *ctx, const struct deploy_type *type, struct calib_err *err)
{
	struct look_type look = LOOK_TYPE_INIT;
	struct page *p = ctx;
	int rc = look_load(&look, type->path, true, err), unread = rc;

	if (rc >= 0)
		rc = begin_source(p, type, err);
	if (rc >= 0) {
		calib_str_add(&p->text, "<h3>");
		calib_str_quote_html(&p->text, type->type);
		calib_str_addf(&p->text, " <small>%zu file%s</small></h3>\n", look.files.n,
		               look.files.n == 1 ? "" : "s");
		add_bars(p, type, &look);
		add_gaps(p, &look);
	}
	if (rc >= 0 && look.files.n > 0)
		rc = add_files(p, type, &look, err);
	if (rc >= 0)
		rc = flush(p, err);
	look_release(&look);
	return rc < 0 ? rc : unread;
}

static int put_page(struct page *p, const char *calib, const struct deploy_filter *filter,
                    struct calib_err *err)
{
	struct calib_str title = CALIB_STR_INIT;
	char when[40];
	int rc, unread;

	calib_str_addf(&title, "Constants in %s", calib);
	rc = calib_str_check(&title, err);
	calib_page_begin(&p->text, &(struct calib_page){title.s, style, false});
	calib_str_release(&title);
	if (rc < 0)
		return rc;
	calib_str_addf(&p->text, "<p class=\"soft\">%zu files of %zu sources and types, "
	               "%s.</p>\n<p>A bar shows the runs that a file rules. Of the files that hold "
	               "a run, the one that begins last rules; of those, the one that ends "
	               "first.</p>\n", p->nfiles, p->ntypes,
	               calib_time_format(calib_now(), "%Y-%m-%d %H:%M:%S %Z", when, sizeof when));
	unread = rc = deploy_walk(calib, filter, put_type, p, err);
	if (rc < 0)
		return rc;
	calib_str_add(&p->text, p->source != NULL ? "</section>\n" : "<p>There are none.</p>\n");
	if (unread > 0)
		calib_str_addf(&p->text, "<p><strong>Not complete: %d of the files and directories "
		               "could not be read.</strong></p>\n", unread);
	calib_page_end(&p->text);
	rc = flush(p, err);
	return rc < 0 ? rc : unread;
}

int deploy_timeline(const char *calib, const struct deploy_filter *filter,
                    const struct calib_range *runs, size_t n, const char *path,
                    struct calib_err *err)
{
	struct page p = {.runs = runs, .nruns = n, .text = CALIB_STR_INIT};
	struct deploy_filter quiet = *filter;
	int rc;

	quiet.quiet = true;
	rc = deploy_walk(calib, &quiet, measure_type, &p, err);

	if (rc >= 0)
		rc = calib_out_open(&p.out, path, 0, err);
	if (rc >= 0) {
		round_axis(&p);
		rc = deploy_end(p.out, put_page(&p, calib, filter, err), err);
	}
	calib_str_release(&p.text);
	free(p.source);
	return rc;
}
