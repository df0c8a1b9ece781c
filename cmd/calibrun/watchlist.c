/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/watchlist.c - the runs that --watch wants, and the table of those it has seen */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/proc.h"
#include "calibrun/watch.h"

/* ---- the table ---- */

const struct watch_row *watch_find(const struct watch_table *t, unsigned run)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->row[mid].run < run)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->n && t->row[lo].run == run ? &t->row[lo] : NULL;
}

int watch_put(struct watch_table *t, const struct watch_row *row, struct calib_err *err)
{
	size_t at = t->n;
	void *list = t->row;

	while (at > 0 && t->row[at - 1].run >= row->run)
		at--;
	if (at < t->n && t->row[at].run == row->run) {
		t->row[at] = *row;
		return CALIB_OK;
	}
	if (calib_grow(&list, &t->room, t->n + 1, sizeof *row, "runs", err) < 0)
		return CALIB_ENOMEM;
	t->row = list;
	memmove(&t->row[at + 1], &t->row[at], (t->n - at) * sizeof *row);
	t->row[at] = *row;
	t->n++;
	return CALIB_OK;
}

bool watch_same_files(const struct watch_row *a, const struct watch_row *b)
{
	return a->nfiles == b->nfiles && a->bytes == b->bytes && a->newest == b->newest;
}

void watch_state(struct watch_row *row, const char *state, const char *text)
{
	snprintf(row->state, sizeof row->state, "%s", state);
	snprintf(row->text, sizeof row->text, "%s", *text ? text : "-");
	for (char *c = row->text; *c != '\0'; c++)
		*c = (unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c;
	row->time = calib_now();
}

static void name_table(struct calib_str *name, const struct run_params *p)
{
	calib_str_addf(name, "%s/%s%s-watch.txt", p->workdir.s, p->name_prefix, p->exp);
}

static const char header[] = "#run\tstate\ttries\tfiles\tbytes\tnewest\tmethod\ttime\ttext\n";

int watch_write(const struct run_params *p, const struct watch_table *t, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT, text = CALIB_STR_INIT;
	int rc;

	name_table(&name, p);
	calib_str_add(&text, header);
	calib_str_addf(&text, "%u\tbegin\n", t->from);
	for (size_t i = 0; i < t->n; i++) {
		const struct watch_row *r = &t->row[i];

		calib_str_addf(&text, "%u\t%s\t%d\t%zu\t%" PRIu64 "\t%" PRId64 "\t%08" PRIx32
		               "\t%" PRId64 "\t%s\n", r->run, r->state, r->tries, r->nfiles,
		               r->bytes, r->newest, r->method, r->time, r->text);
	}
	rc = calib_str_check(&name, err);
	if (rc >= 0)
		rc = calib_out_text(name.s, 0, &text, err);
	calib_str_release(&name);
	calib_str_release(&text);
	return rc;
}

static bool number(const char *cell, int base, unsigned long long *value)
{
	char *end;

	*value = strtoull(cell, &end, base);
	return end != cell && *end == '\0';
}

static bool parse_row(struct watch_table *t, struct watch_row *r, char *cell[9], int n)
{
	unsigned long long v[7];

	if (!number(cell[0], 10, &v[0]) || v[0] > 65535)
		return false;
	if (n == 2 && strcmp(cell[1], "begin") == 0) {
		t->from = (unsigned)v[0];
		return true;
	}
	if (n != 9)
		return false;
	for (int i = 2; i < 8; i++)
		if (!number(cell[i], i == 6 ? 16 : 10, &v[i - 1]))
			return false;
	*r = (struct watch_row){.run = (unsigned)v[0], .tries = v[1] < 1000 ? (int)v[1] : 1000,
		.nfiles = (size_t)v[2], .bytes = v[3], .newest = (int64_t)v[4],
		.method = (uint32_t)v[5], .time = (int64_t)v[6]};
	snprintf(r->state, sizeof r->state, "%s", cell[1]);
	snprintf(r->text, sizeof r->text, "%s", cell[8]);
	return true;
}

int watch_read(const struct run_params *p, struct watch_table *t, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT, text = CALIB_STR_INIT;
	char *save = NULL;
	int rc = CALIB_OK;
	size_t at = 0;

	*t = (struct watch_table){.from = 0};
	name_table(&name, p);
	t->begun = calib_is_file(name.s);
	if (t->begun)
		rc = calib_in_text(name.s, &text, err);
	for (char *line = rc >= 0 && text.len ? strtok_r(text.s, "\n", &save) : NULL;
	     line != NULL && rc >= 0; line = strtok_r(NULL, "\n", &save)) {
		struct watch_row row = {.run = 0};
		char *cell[10], *tab = NULL;
		int n = 0;

		at++;
		if (*line == '#')
			continue;
		for (char *c = strtok_r(line, "\t", &tab); c != NULL && n < 10;
		     c = strtok_r(NULL, "\t", &tab))
			cell[n++] = c;
		if (n == 0 || !parse_row(t, &row, cell, n))
			rc = calib_fail(err, CALIB_EFORMAT, "%s:%zu: is no row of this table: "
			                "remove the file, then -r says which runs are taken",
			                name.s, at);
		else if (n == 9)
			rc = watch_put(t, &row, err);
	}
	calib_str_release(&name);
	calib_str_release(&text);
	return rc;
}

/* ---- which runs ---- */

int watch_select_check(const char *select, struct calib_err *err)
{
	char **items = NULL;
	size_t n = 0;
	long code;
	int rc = calib_list_parse(&items, &n, select ? select : "dark", err);

	for (size_t i = 0; i < n && rc >= 0; i++)
		if (strcmp(items[i], "dark") != 0 && strcmp(items[i], "all") != 0
		    && strcmp(items[i], "stat") != 0 && (strncmp(items[i], "code=", 5) != 0
		        || calib_parse_long(&code, items[i] + 5, -255, 255, "code", NULL) < 0
		        || code == 0))
			rc = calib_fail(err, CALIB_EINVAL, "--select: '%s' is none of dark, stat, "
			                "all, code=N with N from 1 to 255, code=-N", items[i]);
	if (rc >= 0 && n == 0)
		rc = calib_fail(err, CALIB_EINVAL, "--select: the list is empty");
	free(items);
	return rc;
}

/* calib-scan of that run, with two more words (NULL: none); its rows in *out */
static int scan(const struct run_params *p, unsigned run, const char *const more[2],
                struct calib_str *out, struct calib_err *err)
{
	struct args a = {0};
	int status;

	args_add(&a, "calib-scan");
	args_pair(&a, "-e", p->exp);
	args_number(&a, "-r", run);
	args_pair(&a, "-x", p->xtcdir);
	args_pair(&a, "--root", p->root.len ? p->root.s : NULL);
	for (int i = 0; i < 2 && more[i] != NULL; i++)
		args_add(&a, more[i]);
	status = child_look(&a, out, err);
	args_free(&a);
	return status > 0 ? CALIB_EFORMAT : status;
}

/* Is there a row whose first cell is that number? */
static bool has_row(const char *table, long number)
{
	for (const char *line = table; line != NULL && *line != '\0';) {
		if (*line != '#' && strtol(line, NULL, 10) == number)
			return true;
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return false;
}

static int has_code(const struct run_params *p, unsigned run, long code, struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	int rc = scan(p, run, (const char *const[]){"--codes", NULL}, &out, err);
	bool has = rc >= 0 && has_row(out.s, code < 0 ? -code : code);

	calib_str_release(&out);
	if (rc < 0)
		return rc;
	if (has == (code < 0)) {
		calib_fail(err, CALIB_ENOTFOUND, "%s event has code %ld", has ? "an" : "no",
		           code < 0 ? -code : code);
		return 0;
	}
	return 1;
}

static int is_dark(const struct run_params *p, unsigned run, struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	int rc = scan(p, run, (const char *const[]){"--runs", "--dark"}, &out, err);
	bool dark = rc >= 0 && has_row(out.s, run);

	calib_str_release(&out);
	if (rc >= 0 && !dark)
		calib_fail(err, CALIB_ENOTFOUND, "it is not dark: its events have codes of beam");
	return rc < 0 ? rc : dark;
}

/* The source of a row of calib-dark whose fifth cell is "failed"; the table is cut up. */
static const char *failed_source(char *table)
{
	char *save = NULL;

	for (char *line = strtok_r(table, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *cell[5], *tab = NULL;
		int n = 0;

		for (char *c = strtok_r(line, "\t", &tab); c != NULL && n < 5;
		     c = strtok_r(NULL, "\t", &tab))
			cell[n++] = c;
		if (n == 5 && strcmp(cell[4], "failed") == 0)
			return cell[1];
	}
	return NULL;
}

/* What calib-dark says of the first arrays, whatever the codes of the events. */
static int is_quiet(const struct run_params *p, unsigned run, struct calib_err *err)
{
	enum { ARRAYS = 100 };
	struct calib_str out = CALIB_STR_INIT, dir = CALIB_STR_INIT;
	const char *source = NULL;
	struct args a = {0};
	int rc = work_temporary(&dir, err);

	args_add(&a, "calib-dark");
	args_pair(&a, "-e", p->exp);
	args_number(&a, "-r", run);
	args_pair(&a, "-d", p->detectors);
	args_number(&a, "-n", ARRAYS);
	args_number(&a, "-m", p->scan_events);
	args_pair(&a, "-x", p->xtcdir);
	args_pair(&a, "--root", p->root.len ? p->root.s : NULL);
	args_pair(&a, "-w", dir.s);
	if (rc >= 0) {
		rc = child_look(&a, &out, err);
		work_remove(dir.s);
		/* of some detectors is as good as of all */
		rc = rc > 0 && out.len == 0 ? CALIB_EFORMAT : rc < 0 ? rc : CALIB_OK;
	}
	if (rc >= 0)
		source = failed_source(out.s);
	if (source != NULL)
		calib_fail(err, CALIB_ENOTFOUND, "%s: it is not dark: calib-dark says why", source);
	args_free(&a);
	calib_str_release(&out);
	calib_str_release(&dir);
	return rc < 0 ? rc : source == NULL;
}

/* A run of other detectors is none that failed: its table of sources is there, and has no row. */
static int has_detector(const struct run_params *p, unsigned run, struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT, list = CALIB_STR_INIT, events = CALIB_STR_INIT;
	const char *row;
	int rc;

	calib_str_addf(&list, "--detector=%s", p->detectors);
	calib_str_addf(&events, "--scan_events=%ld", p->scan_events);
	rc = scan(p, run, (const char *const[]){list.s, events.s}, &out, err);
	row = strchr(out.s, '\n');
	if (row != NULL)	/* of some of them is as good as of all */
		rc = row[1] != '\0';
	calib_str_release(&out);
	calib_str_release(&list);
	calib_str_release(&events);
	return rc;
}

int watch_selected(const struct run_params *p, unsigned run, struct calib_err *err)
{
	const char *select = p->o->watch.select ? p->o->watch.select : "dark";
	char **items = NULL;
	size_t n = 0;
	int rc = calib_list_parse(&items, &n, select, err);
	int yes = rc < 0 ? rc : has_detector(p, run, err);

	for (size_t i = 0; i < n && rc >= 0 && yes > 0; i++) {
		long code = 0;

		if (strcmp(items[i], "dark") == 0)
			yes = is_dark(p, run, err);
		else if (strcmp(items[i], "stat") == 0)
			yes = is_quiet(p, run, err);
		else if (strncmp(items[i], "code=", 5) == 0
		         && calib_parse_long(&code, items[i] + 5, -255, 255, "code", err) >= 0)
			yes = has_code(p, run, code, err);
	}
	free(items);
	return rc < 0 ? rc : yes;
}
