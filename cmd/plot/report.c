/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/plot/report.c - calib-plot --report: the page of a dark run */
#include "plot/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "nda/h5.h"
#include "render/page.h"
#include "store/dir.h"

#define STAT "-stat-"			/* in the name of statistics */
extern const char cmd_plot_report_css[], cmd_plot_report_js[];

/* ---- reading ---- */

static int read_texts(struct report *r, struct calib_h5 *h5)
{
	const struct { const char *name; char **to; } texts[] = {{"exp", &r->exp},
		{"source", &r->source}, {"detector", &r->detector}, {"version", &r->version},
		{"algo", &r->algo}, {"parameters", &r->parameters}, {"options", &r->options},
		{"inputs", &r->inputs}, {"events_used", &r->events}, {"group", &r->group},
		{"configuration", &r->configuration}, {"verdict", &r->verdict},
		{"verdict_rows", &r->verdict_rows}};

	/* what a file does not say is not told: other programs' statistics have arrays only */
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (calib_h5_get_text(h5, texts[i].name, texts[i].to, NULL) < 0)
			*texts[i].to = NULL;
	if (calib_h5_get_int(h5, "run", &r->run, NULL) < 0)
		r->run = -1;
	if (calib_h5_get_int(h5, "frames", &r->frames, NULL) < 0)
		r->frames = -1;
	return CALIB_OK;
}

static int read_arrays(struct report *r, struct calib_h5 *h5, struct calib_err *err)
{
	static const char *const names[REPORT_NARRAYS] = {"ave", "rms", "min", "max", "trace"};
	struct calib_err why = CALIB_ERR_INIT;

	for (int i = 0; i < REPORT_NARRAYS; i++) {
		int rc = calib_h5_get(h5, names[i], &r->array[i], &why);

		if (rc < 0 && (i <= REPORT_RMS || rc == CALIB_ENOMEM))
			return calib_fail(err, rc, "%s: is no statistics of calib-dark: %s",
					  r->file, why.msg);
		if (rc >= 0 && i < REPORT_TRACE && r->array[i].size != r->array[0].size)
			return calib_fail(err, CALIB_ESHAPE, "%s: %s has %zu values, ave %zu",
					  r->file, names[i], r->array[i].size, r->array[0].size);
	}
	return CALIB_OK;
}

static int read_status(struct report *r, const char *path, struct calib_err *err)
{
	struct calib_nda_hints hints = {.typed = true, .type = CALIB_U64};
	struct calib_nda raw = CALIB_NDA_INIT;
	int rc = calib_nda_load(&raw, path, &hints, err);

	if (rc >= 0 && raw.size != r->array[REPORT_AVE].size)
		rc = calib_fail(err, CALIB_ESHAPE, "%s: %zu values, the statistics have %zu", path,
		                raw.size, r->array[REPORT_AVE].size);
	if (rc >= 0 && (rc = calib_nda_convert(&r->status, &raw, CALIB_U64, err)) < 0)
		calib_err_wrap(err, "%s", path);
	calib_nda_release(&raw);
	return rc;
}

/* The file of a type that is in force for the run: 1, 0 none; nothing to go by is none, too. */
static int in_force(struct calib_str *path, const struct report *r, const char *type,
                    struct calib_err *err)
{
	int rc;

	if (r->calib == NULL || r->source == NULL || r->run < 0)
		return 0;
	rc = calib_dir_find(path, r->calib, r->source, type, (uint32_t)r->run, err);
	if (rc > 0 && calib_path_regular(path->s, err) < 0)
		rc = CALIB_ESYS;
	return rc;
}

/* Unreadable ones are no reason to fail. */
static int read_ruling(struct report *r, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	int rc = in_force(&r->ruling_path, r, "pedestals", &why);

	if (rc > 0)
		rc = calib_nda_load(&r->ruling, r->ruling_path.s, NULL, &why);
	if (rc == CALIB_ENOMEM)
		return calib_fail(err, rc, "%s", why.msg);
	if (rc < 0)
		calib_log(CALIB_WARNING, "the constants in force are not compared: %s", why.msg);
	if (r->ruling.size > 0 && r->ruling.size != r->array[REPORT_AVE].size) {
		calib_log(CALIB_WARNING, "%s: %zu values, the run has %zu: not compared",
		          r->ruling_path.s, r->ruling.size, r->array[REPORT_AVE].size);
		calib_nda_release(&r->ruling);
	}
	return CALIB_OK;
}

struct calib_nda report_gain(const struct report *r, const struct calib_nda *all, size_t gain)
{
	const struct calib_nda *ave = &r->array[REPORT_AVE];
	size_t size = ave->size / r->parts.gains;
	int skip = r->parts.gains > 1 ? 1 : 0;
	struct calib_nda one = CALIB_NDA_INIT;

	calib_nda_view(&one, all->type, ave->ndim - skip, ave->dim + skip,
	               (uint8_t *)all->data + gain * size * calib_dtype_size(all->type));
	return one;
}

/* Pixels where the geometry has them. */
static int assemble(struct report *r, const struct cli_geo *geo, struct calib_err *err)
{
	struct calib_nda one = report_gain(r, &r->array[REPORT_AVE], 0);
	int rc = plot_by_geometry(&r->view, geo, &one, r->file, err);

	if (rc > 1)
		return calib_fail(err, CALIB_ESHAPE, "%s: %zu pixels, the geometry has %zu",
		                  r->file, one.size, one.size / (size_t)rc);
	r->assembled = rc > 0;
	return rc;
}

/* A geometry that is asked for must fit; the one in force need not. */
static int arrange(struct report *r, const struct plot_opts *o, struct calib_err *err)
{
	struct calib_nda one = report_gain(r, &r->array[REPORT_AVE], 0);
	struct calib_err why = CALIB_ERR_INIT;
	struct cli_geo geo = CLI_GEO_INIT;
	int rc;

	if (o->view == PLOT_VIEW_TABLE)
		return calib_view_table(&r->view, &one, err);
	if (cli_geo_given(&o->from)) {
		rc = cli_geo_path(&r->geometry_path, &o->from, err);
		return rc < 0 ? rc : assemble(r, &o->from, err);
	}
	rc = in_force(&r->geometry_path, r, "geometry", &why);
	geo.path = r->geometry_path.s;
	if (rc > 0)
		rc = assemble(r, &geo, &why);
	if (rc == CALIB_ENOMEM)
		return calib_fail(err, rc, "%s", why.msg);
	if (rc < 0)
		calib_log(CALIB_WARNING, "the pictures are without geometry: %s", why.msg);
	return rc > 0 ? rc : calib_view_table(&r->view, &one, err);
}

int report_load(struct report *r, const struct plot_opts *o, struct calib_err *err)
{
	struct calib_h5 *h5 = NULL;
	int rc;

	*r = (struct report){.file = o->array, .calib = o->constants, .status_file = o->status,
		.ruling_path = CALIB_STR_INIT, .geometry_path = CALIB_STR_INIT,
		.view = CALIB_VIEW_INIT};
	calib_h5_start();
	rc = calib_h5_open(&h5, o->array, err);
	if (rc < 0)
		return rc;
	rc = read_texts(r, h5);
	if (rc >= 0)
		rc = read_arrays(r, h5, err);
	calib_h5_close(h5);
	if (rc >= 0 && o->status != NULL)
		rc = read_status(r, o->status, err);
	if (rc >= 0)
		rc = read_ruling(r, err);
	if (rc >= 0)
		calib_parts_of(&r->parts, r->source != NULL ? calib_det_of_source(r->source) : NULL,
		               &r->array[REPORT_AVE]);
	r->woven = rc >= 0 && r->array[REPORT_AVE].ndim == 3 && r->array[REPORT_AVE].dim[2] == 2;
	if (r->woven)
		r->parts = (struct calib_parts){1, 2, r->array[REPORT_AVE].size / 2, NULL};
	return rc < 0 ? rc : arrange(r, o, err);
}

void report_release(struct report *r)
{
	char *texts[] = {r->exp, r->source, r->detector, r->version, r->algo, r->parameters,
		r->options, r->inputs, r->events, r->configuration, r->verdict, r->verdict_rows,
		r->group};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(texts[i]);
	for (int i = 0; i < REPORT_NARRAYS; i++)
		calib_nda_release(&r->array[i]);
	calib_nda_release(&r->status);
	calib_nda_release(&r->ruling);
	calib_str_release(&r->ruling_path);
	calib_str_release(&r->geometry_path);
	calib_view_release(&r->view);
}

/* ---- the head ---- */

void report_cell(struct calib_str *s, const char *text)
{
	calib_str_add(s, "<td>");
	calib_str_quote_html(s, text != NULL && *text != '\0' ? text : "-");
	calib_str_add(s, "</td>");
}

void report_number(struct calib_str *s, const char *format, double v)
{
	char text[64];

	snprintf(text, sizeof text, format, v);
	calib_str_addf(s, "<td class=\"num\">%s</td>", isnan(v) ? "-" : text);
}

static void row(struct calib_str *s, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	calib_str_addf(s, "<tr><th scope=\"row\">%s</th><td>", name);
	for (const char *p = text; *p != '\0';) {	/* a line for each line */
		size_t n = strcspn(p, "\n");
		struct calib_str one = CALIB_STR_INIT;

		calib_str_addn(&one, p, n);
		for (size_t i = 0; i < one.len; i++)
			if (one.s[i] == '\t')
				one.s[i] = ' ';
		if (p != text && n > 0)
			calib_str_add(s, "<br>");
		calib_str_quote_html(s, one.s);
		calib_str_release(&one);
		p += n + (p[n] == '\n');
	}
	calib_str_add(s, "</td></tr>\n");
}

/* Rows of "word value limit verdict text" of calib-dark. */
static void put_verdict(struct calib_str *s, const struct report *r)
{
	if (r->verdict_rows == NULL)
		return;
	calib_str_add(s, "<h2>Is the run dark?</h2>\n<p>Verdict: <strong>");
	calib_str_quote_html(s, r->verdict != NULL ? r->verdict : "not known");
	calib_str_add(s,
		      "</strong></p>\n<div class=\"scroll\"><table>\n<thead><tr><th>Check</th><th>"
		      "Value</th><th>Limit</th><th>Result</th><th></th></tr></thead>\n<tbody>\n");
	for (const char *p = r->verdict_rows; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		calib_str_add(s, "<tr>");
		for (size_t at = 0, k = 0; k < 5 && at <= n; k++) {
			size_t len = strcspn(p + at, "\t\n");
			struct calib_str one = CALIB_STR_INIT;

			calib_str_addn(&one, p + at, len);
			report_cell(s, one.s);
			calib_str_release(&one);
			at += len + 1;
		}
		calib_str_add(s, "</tr>\n");
		p += n + (p[n] == '\n');
	}
	calib_str_add(s, "</tbody></table></div>\n");
}

static void put_head(struct calib_str *s, const struct report *r)
{
	char number[32];

	calib_str_add(s, "<h2>The run</h2>\n<div class=\"scroll\"><table>\n");
	row(s, "Experiment", r->exp);
	snprintf(number, sizeof number, "%lld", (long long)r->run);
	row(s, "Run", r->run >= 0 ? number : NULL);
	row(s, "Source", r->source);
	row(s, "Detector", r->detector);
	row(s, "Group", r->group);
	snprintf(number, sizeof number, "%lld", (long long)r->frames);
	row(s, "Arrays averaged", r->frames >= 0 ? number : NULL);
	row(s, "Events used", r->events);
	row(s, "Algorithm", r->algo);
	row(s, "Limits", r->parameters);
	row(s, "Options", r->options);
	row(s, "Input files", r->inputs);
	row(s, "Configuration", r->configuration);
	row(s, "Geometry of the pictures", r->assembled ? r->geometry_path.s : NULL);
	row(s, "calibtools", r->version);
	calib_str_add(s, "</table></div>\n");
}

/* The file beside the statistics: "-ave-" for "-stat-"; false when they have another name. */
static bool beside(struct calib_str *file, const struct report *r, const char *part)
{
	const char *mark = strstr(r->file, STAT);
	size_t tail = mark != NULL ? strlen(mark + strlen(STAT)) : 0;

	if (mark == NULL)
		return false;
	calib_str_addn(file, r->file, (size_t)(mark - r->file));
	calib_str_add(file, part);
	calib_str_addn(file, mark + strlen(STAT), tail > 3 ? tail - 3 : tail);
	calib_str_add(file, ".txt");
	return true;
}

static void put_file(struct calib_str *s, const char *what, const char *path)
{
	uint64_t bytes;
	uint32_t crc;

	if (!calib_is_file(path) || calib_in_sum(path, &bytes, &crc, NULL) < 0)
		return;
	calib_str_add(s, "<tr>");
	report_cell(s, what);
	report_cell(s, path);
	calib_str_addf(s, "<td class=\"num\">%llu</td><td class=\"num\">%08x</td></tr>\n",
	               (unsigned long long)bytes, crc);
}

/* What the run has made: the statistics, and what lies beside them. */
static void put_files(struct calib_str *s, const struct report *r)
{
	static const struct { const char *what, *part; } list[] = {{"pedestals", "-ave-"},
		{"noise (rms)", "-rms-"}};

	calib_str_add(s, "<h2>Files</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th></th><th>"
	              "File</th><th>Bytes</th><th>CRC-32</th></tr></thead>\n<tbody>\n");
	put_file(s, "statistics", r->file);
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		struct calib_str file = CALIB_STR_INIT;

		if (beside(&file, r, list[i].part) && !file.failed)
			put_file(s, list[i].what, file.s);
		calib_str_release(&file);
	}
	if (r->status_file != NULL)
		put_file(s, "status of the pixels", r->status_file);
	calib_str_add(s, "</tbody></table></div>\n");
}

/* part NULL: the status */
static void put_deploy(struct calib_str *s, const struct report *r, const char *type,
                       const char *part)
{
	struct calib_str line = CALIB_STR_INIT, file = CALIB_STR_INIT;

	if (part == NULL)
		calib_str_add(&file, r->status_file);
	else if (!beside(&file, r, part))
		return;
	calib_str_add(&line, "calib-deploy put ");
	if (r->calib != NULL) {
		calib_str_add(&line, "-c ");
		calib_str_quote_sh(&line, r->calib);
	} else {
		calib_str_add(&line, "-e ");
		calib_str_quote_sh(&line, r->exp != NULL ? r->exp : "EXP");
	}
	calib_str_add(&line, " -s ");
	calib_str_quote_sh(&line, r->source);
	calib_str_addf(&line, " -t %s -v %lld-end ", type, (long long)r->run);
	calib_str_quote_sh(&line, file.s);
	calib_str_quote_html(s, line.s);
	calib_str_addc(s, '\n');
	s->failed = s->failed || line.failed || file.failed;
	calib_str_release(&file);
	calib_str_release(&line);
}

/* What brings the same numbers again, and what deploys them. */
static void put_commands(struct calib_str *s, const struct report *r)
{
	struct calib_str line = CALIB_STR_INIT;

	calib_str_add(s, "<h2>Commands</h2>\n<p>The same again, compared bit by bit:</p>\n<pre>");
	calib_str_add(&line, "calib-dark --reproduce ");
	calib_str_quote_sh(&line, r->file);
	calib_str_quote_html(s, line.s);
	calib_str_add(s, "</pre>\n");
	calib_str_release(&line);
	if (r->source != NULL && r->run >= 0 && strstr(r->file, STAT) != NULL) {
		calib_str_add(s, "<p>Deploy them:</p>\n<pre>");
		put_deploy(s, r, "pedestals", "-ave-");
		put_deploy(s, r, "pixel_rms", "-rms-");
		if (r->status_file != NULL)
			put_deploy(s, r, "pixel_status", NULL);
		calib_str_add(s, "</pre>\n");
	}
}

int report_write(const struct plot_opts *o, struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT, title = CALIB_STR_INIT;
	struct report r;
	int rc = report_load(&r, o, err);

	if (o->title != NULL)
		calib_str_add(&title, o->title);
	else
		calib_str_addf(&title, "Dark run %s %lld, %s", r.exp != NULL ? r.exp : "",
			       (long long)r.run,
			       r.source != NULL ? r.source : calib_path_base(o->array));
	if (rc >= 0)
		rc = calib_str_check(&title, err);
	calib_page_begin(&s, &(struct calib_page){title.s, cmd_plot_report_css, true});
	if (rc >= 0) {
		put_head(&s, &r);
		put_verdict(&s, &r);
		rc = report_tables(&s, &r, err);
	}
	if (rc >= 0)
		rc = report_pictures(&s, &r, err);
	if (rc >= 0) {
		put_files(&s, &r);
		put_commands(&s, &r);
		calib_str_add(&s, "<script>\n");
		calib_str_add(&s, cmd_plot_report_js);
		calib_str_add(&s, "</script>\n");
		calib_page_end(&s);
		rc = calib_str_check(&s, err);
	}
	if (rc >= 0)
		rc = calib_out_text(o->output, o->cli.keep ? CALIB_OUT_KEEP : 0, &s, err);
	report_release(&r);
	calib_str_release(&title);
	calib_str_release(&s);
	return rc;
}
