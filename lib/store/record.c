/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/record.c - what a change of a calibration directory is about to do */
#include "store/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "store/dir.h"

#define FORM "#calib-deploy change, form 1"

static const char *const kinds[] = {"new", "replace", "delete"};

/* ---- contents ---- */

/* FNV-1a, 64 bits (G. Fowler, L. C. Noll, K.-P. Vo). */
struct calib_print calib_print_bytes(const void *bytes, size_t n)
{
	struct calib_print print = {true, n, UINT64_C(14695981039346656037)};
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		print.sum = (print.sum ^ p[i]) * UINT64_C(1099511628211);
	return print;
}

struct calib_print calib_print_file(const char *path)
{
	struct calib_print print = {calib_is_file(path), 0, 0};
	void *bytes = NULL;
	size_t n = 0;

	if (print.there && calib_read_file(path, &bytes, &n, NULL) >= 0)
		print = calib_print_bytes(bytes, n);
	free(bytes);
	return print;
}

bool calib_print_equal(const struct calib_print *a, const struct calib_print *b)
{
	return a->there == b->there && (!a->there || (a->size == b->size && a->sum == b->sum));
}

/* ---- one record ---- */

static void release_op(struct calib_op *op)
{
	free(op->file);
	free(op->backup);
	free(op->history);
}

void calib_record_release(struct calib_record *record)
{
	for (size_t i = 0; i < record->n; i++)
		release_op(&record->op[i]);
	free(record->op);
	free(record->time);
	free(record->user);
	free(record->host);
	free(record->verb);
	free(record->stamp);
	free(record->history);
	*record = (struct calib_record)CALIB_RECORD_INIT;
}

static char *copy(const char *text, struct calib_err *err)
{
	return calib_strdup(text != NULL ? text : "", err);
}

int calib_record_add(struct calib_record *record, const struct calib_op *op,
                     struct calib_err *err)
{
	struct calib_op own = *op;
	void *list = record->op;

	if (calib_grow(&list, &record->room, record->n + 1, sizeof own, "change", err) < 0)
		return CALIB_ENOMEM;
	record->op = list;
	own.file = copy(op->file, err);
	own.backup = copy(op->backup, err);
	own.history = copy(op->history, err);
	record->op[record->n++] = own;
	return own.file && own.backup && own.history ? CALIB_OK : CALIB_ENOMEM;
}

static void add_print(struct calib_str *text, const struct calib_print *print)
{
	if (print->there)
		calib_str_addf(text, "\t%" PRIu64 ":%016" PRIx64, print->size, print->sum);
	else
		calib_str_add(text, "\t-");
}

static void add_cell(struct calib_str *text, const char *cell)
{
	calib_str_addf(text, "\t%s", *cell ? cell : "-");
}

int calib_record_format(struct calib_str *text, const struct calib_record *record,
                        struct calib_err *err)
{
	calib_str_clear(text);
	calib_str_addf(text, FORM "\ntime\t%s\nuser\t%s\nhost\t%s\nverb\t%s\nstamp\t%s\n"
	               "history\t%s\n", record->time, record->user, record->host, record->verb,
	               record->stamp, *record->history ? record->history : "-");
	for (size_t i = 0; i < record->n; i++) {
		const struct calib_op *op = &record->op[i];

		calib_str_addf(text, "op\t%s", kinds[op->kind]);
		add_cell(text, op->file);
		add_cell(text, op->backup);
		add_print(text, &op->before);
		add_print(text, &op->after);
		add_cell(text, op->history);
		calib_str_addc(text, '\n');
	}
	calib_str_addf(text, "end\t%zu\n", record->n);
	return calib_str_check(text, err);
}

/* ---- reading ---- */

/* The next cell of a line, cut out; "" for "-" and past the end. */
static char *next_cell(char **p)
{
	char *cell = *p, *end = cell + strcspn(cell, "\t");

	*p = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return strcmp(cell, "-") == 0 ? end : cell;
}

static bool parse_print(struct calib_print *print, const char *text)
{
	char *end;

	*print = (struct calib_print){*text != '\0', 0, 0};
	if (*text == '\0')
		return true;
	print->size = strtoull(text, &end, 10);
	if (*end != ':')
		return false;
	print->sum = strtoull(end + 1, &end, 16);
	return *end == '\0';
}

/* <group>/<source>/<type>/<name>: four components, none of which leads elsewhere. */
static bool is_below(const char *file)
{
	struct calib_str part = CALIB_STR_INIT;
	int n = 0;
	bool good = true;

	for (const char *p = file; good; p++, n++) {
		size_t len = strcspn(p, "/");

		calib_str_clear(&part);
		calib_str_addn(&part, p, len);
		good = !part.failed && calib_dir_component("part", part.s, NULL) >= 0;
		p += len;
		if (*p == '\0')
			break;
	}
	calib_str_release(&part);
	return good && n == 3;
}

static int parse_op(struct calib_record *record, char *p, struct calib_err *err)
{
	struct calib_op op = {.kind = CALIB_OP_NEW};
	const char *kind = next_cell(&p);
	bool good = true;

	while (op.kind <= CALIB_OP_DELETE && strcmp(kinds[op.kind], kind) != 0)
		op.kind++;
	op.file = next_cell(&p);
	op.backup = next_cell(&p);
	good = parse_print(&op.before, next_cell(&p)) && parse_print(&op.after, next_cell(&p));
	op.history = next_cell(&p);
	if (!good || op.kind > CALIB_OP_DELETE || !is_below(op.file)
	    || (*op.backup != '\0' && calib_dir_component("backup", op.backup, NULL) < 0))
		return calib_fail(err, CALIB_EFORMAT, "is no operation");
	return calib_record_add(record, &op, err);
}

static int parse_line(struct calib_record *record, char *line, bool *ended, struct calib_err *err)
{
	const struct { const char *key; char **value; } texts[] = {
		{"time", &record->time}, {"user", &record->user}, {"host", &record->host},
		{"verb", &record->verb}, {"stamp", &record->stamp},
		{"history", &record->history}};
	const char *key = next_cell(&line);
	long n;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(key, texts[i].key) == 0 && *texts[i].value == NULL) {
			*texts[i].value = copy(next_cell(&line), err);
			return *texts[i].value ? CALIB_OK : CALIB_ENOMEM;
		}
	if (strcmp(key, "op") == 0)
		return parse_op(record, line, err);
	if (strcmp(key, "end") == 0 && calib_parse_long(&n, line, 0, 1L << 30, key, NULL) >= 0
	    && (size_t)n == record->n) {
		*ended = true;
		return CALIB_OK;
	}
	return calib_fail(err, CALIB_EFORMAT, "is none of a change");
}

int calib_record_parse(struct calib_record *record, char *text, const char *where,
                       struct calib_err *err)
{
	unsigned long number = 1;
	bool ended = false;
	int rc = CALIB_OK;

	for (char *line = text, *next; *line != '\0' && rc >= 0 && !ended; line = next, number++) {
		size_t len = strcspn(line, "\n");
		struct calib_err why = CALIB_ERR_INIT;

		next = line + len + (line[len] != '\0');
		line[len] = '\0';
		if (number == 1)
			rc = strcmp(line, FORM) == 0 ? CALIB_OK
			     : calib_fail(&why, CALIB_EFORMAT, "is not '%s'", FORM);
		else
			rc = parse_line(record, line, &ended, &why);
		if (rc < 0)
			calib_fail(err, rc, "%s: line %lu %s", where, number, why.msg);
	}
	if (rc >= 0 && (!ended || record->time == NULL || record->user == NULL
	                || record->host == NULL || record->verb == NULL
	                || record->stamp == NULL || record->history == NULL))
		rc = calib_fail(err, CALIB_EFORMAT, "%s: is not complete", where);
	return rc;
}

/* ---- all of a directory ---- */

/* ".deploy.1234.begin", ".deploy.1234.ready" */
static bool parse_name(struct calib_record *record, const char *name)
{
	const size_t len = strlen(CALIB_RECORD_NAME);
	char *end;

	if (strncmp(name, CALIB_RECORD_NAME, len) != 0 || name[len] != '.'
	    || name[len + 1] < '1' || name[len + 1] > '9')
		return false;
	record->pid = strtol(name + len + 1, &end, 10);
	record->ready = strcmp(end, ".ready") == 0;
	return record->ready || strcmp(end, ".begin") == 0;
}

static int load_one(struct calib_records *records, const char *dir, const char *name,
                    struct calib_err *err)
{
	struct calib_record record = CALIB_RECORD_INIT;
	struct calib_str path = CALIB_STR_INIT, text = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	void *list = records->list;
	int rc = CALIB_OK;

	if (!parse_name(&record, name))
		return CALIB_OK;
	calib_path_join(&path, dir, name);
	rc = calib_str_check(&path, &why);
	if (rc >= 0)
		rc = calib_in_text(path.s, &text, &why);
	if (rc >= 0)
		rc = calib_record_parse(&record, text.s, path.s, &why);
	if (rc >= 0)
		rc = calib_grow(&list, &records->room, records->n + 1, sizeof record, "changes",
		                &why);
	if (rc >= 0) {
		records->list = list;
		records->list[records->n++] = record;
	} else {
		calib_record_release(&record);
		if (rc == CALIB_ENOMEM)
			calib_fail(err, rc, "%s", why.msg);
		else
			calib_log(CALIB_WARNING, "%s, passed over", why.msg);
	}
	calib_str_release(&text);
	calib_str_release(&path);
	return rc == CALIB_ENOMEM ? rc : CALIB_OK;
}

int calib_records_load(struct calib_records *records, const char *calib, struct calib_err *err)
{
	char **names = NULL;
	size_t n = 0;
	int rc = CALIB_OK;

	calib_records_release(records);
	if (calib_is_dir(calib))
		rc = calib_dir_names(&names, &n, calib, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = load_one(records, calib, names[i], err);
	calib_names_free(names);
	return rc;
}

void calib_records_release(struct calib_records *records)
{
	for (size_t i = 0; i < records->n; i++)
		calib_record_release(&records->list[i]);
	free(records->list);
	*records = (struct calib_records)CALIB_RECORDS_INIT;
}
