/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/history.c - HISTORY lines: append one, read four dialects */
#include "store/history.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/proc.h"

static const char *const keys[CALIB_H_NKEYS] = {
	"file", "copy_of", "cmd", "ctype", "exp", "run", "app", "comment", "user", "host", "cptime",
	"zone", "cwd"
};

/* Fields of a line in their order.  Time and zone count as one field of 29 columns, which they
 * always fill, so the padding is kept on the zone: 19 + 2 + 5 columns stand before its text. */
struct field {
	enum calib_history_key key;
	int width;
};
static const struct layout {
	const char *gap;
	const char *comment;	/* the key comments have here */
	struct field field[9];
	int n;
} layouts[CALIB_NDIALECTS] = {
	[CALIB_HISTORY_COPY] = {"  ", "comment:", {{CALIB_H_FILE, 14}, {CALIB_H_COPY_OF, 0},
		{CALIB_H_EXP, 8}, {CALIB_H_RUN, 4}, {CALIB_H_COMMENT, 10}, {CALIB_H_USER, 0},
		{CALIB_H_HOST, 0}, {CALIB_H_CPTIME, 0}, {CALIB_H_ZONE, 3}}, 9},
	[CALIB_HISTORY_REMOVE] = {"  ", "comment:", {{CALIB_H_FILE, 14}, {CALIB_H_CMD, 4},
		{CALIB_H_COMMENT, 10}, {CALIB_H_USER, 0}, {CALIB_H_HOST, 0},
		{CALIB_H_CPTIME, 0}, {CALIB_H_ZONE, 3}}, 7},
	[CALIB_HISTORY_APP] = {"  ", "comment:", {{CALIB_H_FILE, 14}, {CALIB_H_COPY_OF, 0},
		{CALIB_H_EXP, 8}, {CALIB_H_RUN, 0}, {CALIB_H_APP, 10}, {CALIB_H_USER, 0},
		{CALIB_H_HOST, 0}, {CALIB_H_CPTIME, 0}, {CALIB_H_ZONE, 3}}, 9},
	[CALIB_HISTORY_FILE] = {" ", "cmt:", {{CALIB_H_FILE, 14}, {CALIB_H_COPY_OF, 0},
		{CALIB_H_CTYPE, 0}, {CALIB_H_USER, 0}, {CALIB_H_HOST, 0}, {CALIB_H_CPTIME, 0},
		{CALIB_H_CWD, 0}}, 7},
};

const char *calib_history_key_name(enum calib_history_key key)
{
	return keys[key];
}

/* ---- reading ---- */

/* The key whose "key:" begins at text, or -1; *len: of the key with its colon. */
static int key_at(const char *text, size_t *len)
{
	for (int k = 0; k < CALIB_H_NKEYS; k++) {
		*len = strlen(keys[k]) + 1;
		if (strncmp(text, keys[k], *len - 1) == 0 && text[*len - 1] == ':')
			return k;
	}
	*len = 4;
	return strncmp(text, "cmt:", 4) == 0 ? CALIB_H_COMMENT : -1;
}

static void cut_blanks(char *begin, char *end)
{
	while (end > begin && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	*end = '\0';
}

/* A comment behind the time is free text up to the end of the line. */
static bool is_last(const struct calib_history *record, int key)
{
	return key == CALIB_H_COMMENT && record->value[CALIB_H_CPTIME] != NULL;
}

/* A key counts once, at the beginning of a word: a second "run:" belongs to the value it
 * stands in. */
static void split(struct calib_history *record, char *text)
{
	char *p = text, *value = NULL;
	bool last = false;

	while (*p != '\0' && !last) {
		size_t len;
		int key = p == text || p[-1] == ' ' || p[-1] == '\t' ? key_at(p, &len) : -1;

		if (key < 0 || record->value[key] != NULL) {
			p++;
			continue;
		}
		last = is_last(record, key);
		if (value != NULL)
			cut_blanks(value, p);
		p += len;
		record->value[key] = value = p;
	}
	if (value != NULL)
		cut_blanks(value, value + strlen(value));
}

int calib_history_parse(struct calib_history *record, const char *line, const char *where,
                        struct calib_err *err)
{
	const char *p = line + strspn(line, " \t\r");

	*record = (struct calib_history)CALIB_HISTORY_INIT;
	if (*p == '\0' || *p == '#')
		return 0;
	if (strncmp(p, "file:", 5) != 0)
		return calib_fail(err, CALIB_EFORMAT, "%s: '%.60s' does not begin with file:",
		                  where, p);
	record->text = calib_strdup(p, err);
	if (record->text == NULL)
		return CALIB_ENOMEM;
	split(record, record->text);
	if (record->value[CALIB_H_CMD] != NULL)
		record->dialect = CALIB_HISTORY_REMOVE;
	else if (record->value[CALIB_H_CTYPE] != NULL || record->value[CALIB_H_CWD] != NULL)
		record->dialect = CALIB_HISTORY_FILE;
	else if (record->value[CALIB_H_APP] != NULL)
		record->dialect = CALIB_HISTORY_APP;
	return 1;
}

void calib_history_release(struct calib_history *record)
{
	free(record->text);
	*record = (struct calib_history)CALIB_HISTORY_INIT;
}

/* No record is longer; of what is, the rest is passed over unseen. */
enum { LONGEST_LINE = 65536 };
/* Lines of one file that are named; the others are counted. */
enum { MOST_REPORTS = 5 };

/* The next line into *line; 1 a line, 2 one that is too long, cut off, 0 end of the file. */
static int next_line(struct calib_in *in, struct calib_str *line, struct calib_err *err)
{
	bool any = false;
	int kind = 1;

	calib_str_clear(line);
	for (;;) {
		const uint8_t *bytes, *end;
		long n = calib_in_peek(in, &bytes, 1, err);
		size_t used;
		int rc;

		if (n <= 0)
			return n < 0 ? (int)n : any ? kind : 0;
		any = true;
		end = memchr(bytes, '\n', (size_t)n);
		used = end ? (size_t)(end - bytes) : (size_t)n;
		if (line->len + used > LONGEST_LINE)
			kind = 2;
		else
			calib_str_addn(line, (const char *)bytes, used);
		rc = calib_str_check(line, err);
		if (rc >= 0)
			rc = calib_in_skip(in, used + (end != NULL), err);
		if (rc < 0 || end != NULL)
			return rc < 0 ? rc : kind;
	}
}

/* A NUL would hide the rest. */
static void show_nuls(struct calib_str *line)
{
	for (char *p = line->s; (p = memchr(p, '\0', (size_t)(line->s + line->len - p))) != NULL;)
		*p = '?';
}

struct reader {
	const char *path;
	unsigned long number, bad;	/* of the line; lines that are no records so far */
	int (*each)(void *ctx, const struct calib_history *record, struct calib_err *err);
	void *ctx;
	bool quiet;
};

static int report_line(struct reader *r, const char *why)
{
	if (++r->bad <= MOST_REPORTS && !r->quiet)
		calib_log(CALIB_WARNING, "%s, line passed over", why);
	return CALIB_OK;
}

static int read_line(struct reader *r, struct calib_str *line, int kind, struct calib_err *err)
{
	struct calib_history record = CALIB_HISTORY_INIT;
	struct calib_err bad = CALIB_ERR_INIT;
	struct calib_str where = CALIB_STR_INIT;
	int rc;

	calib_str_addf(&where, "%s:%lu", r->path, r->number);
	if (kind == 2) {
		calib_str_addf(&where, ": longer than %d bytes", LONGEST_LINE);
		rc = report_line(r, where.s);
	} else {
		show_nuls(line);
		rc = calib_history_parse(&record, line->s, where.s, &bad);
		if (rc == CALIB_EFORMAT)
			rc = report_line(r, bad.msg);
		else if (rc < 0)
			rc = calib_fail(err, rc, "%s", bad.msg);
		else if (rc > 0)
			rc = r->each(r->ctx, &record, err);
	}
	calib_history_release(&record);
	calib_str_release(&where);
	return rc;
}

static int read_all(struct reader *r, struct calib_err *err)
{
	struct calib_str line = CALIB_STR_INIT;
	struct calib_in *in = NULL;
	struct stat st;
	int rc, kind = 1;

	if (stat(r->path, &st) != 0 && errno == ENOENT)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: no such file", r->path);
	rc = calib_in_open(&in, r->path, err);
	while (rc >= 0 && kind > 0) {
		r->number++;
		rc = kind = next_line(in, &line, err);
		if (kind > 0)
			rc = read_line(r, &line, kind, err);
	}
	calib_in_close(in);
	calib_str_release(&line);
	return rc < 0 ? rc : CALIB_OK;
}

int calib_history_each(const char *path,
                       int (*each)(void *ctx, const struct calib_history *record,
                                   struct calib_err *err),
                       void *ctx, struct calib_err *err)
{
	struct reader r = {path, 0, 0, each, ctx, false};
	int rc = read_all(&r, err);

	if (r.bad > MOST_REPORTS)
		calib_log(CALIB_WARNING, "%s: %lu more lines are no records and were passed over",
		          path, r.bad - MOST_REPORTS);
	return rc;
}

static int count_record(void *ctx, const struct calib_history *record, struct calib_err *err)
{
	(void)record;
	(void)err;
	++*(unsigned long *)ctx;
	return CALIB_OK;
}

int calib_history_count(const char *path, unsigned long *records, unsigned long *bad,
                        struct calib_err *err)
{
	struct reader r = {path, 0, 0, count_record, records, true};
	int rc;

	*records = 0;
	rc = read_all(&r, err);
	*bad = r.bad;
	return rc;
}

/* ---- the last record of each file ---- */

struct last {
	const char *const *names;
	size_t n;
	struct calib_history *record;
};

static int by_text(const void *key, const void *member)
{
	return strcmp(key, *(const char *const *)member);
}

static int keep_last(void *ctx, const struct calib_history *record, struct calib_err *err)
{
	struct last *l = ctx;
	const char *const *at = bsearch(record->value[CALIB_H_FILE], l->names, l->n,
	                                sizeof *l->names, by_text);
	struct calib_history *kept;

	if (at == NULL)
		return CALIB_OK;
	kept = &l->record[at - l->names];
	calib_history_release(kept);
	return calib_history_copy(kept, record, err);
}

int calib_history_last(const char *path, const char *const *names, size_t n,
                       struct calib_history *record, struct calib_err *err)
{
	struct last l = {names, n, record};

	for (size_t i = 0; i < n; i++)
		record[i] = (struct calib_history)CALIB_HISTORY_INIT;
	return calib_history_each(path, keep_last, &l, err);
}

int calib_history_copy(struct calib_history *to, const struct calib_history *from,
                       struct calib_err *err)
{
	size_t room = 1;
	char *text;

	for (int k = 0; k < CALIB_H_NKEYS; k++)
		if (from->value[k] != NULL)
			room += strlen(from->value[k]) + 1;
	*to = (struct calib_history)CALIB_HISTORY_INIT;
	text = calib_alloc(room, 1, "HISTORY", err);
	if (text == NULL)
		return CALIB_ENOMEM;
	to->dialect = from->dialect;
	to->text = text;
	for (int k = 0; k < CALIB_H_NKEYS; k++)
		if (from->value[k] != NULL) {
			to->value[k] = text;
			text = stpcpy(text, from->value[k]) + 1;
		}
	return CALIB_OK;
}

/* ---- time ---- */

/* Digits of a time: YYYY-MM-DDTHH:MM:SS, or its beginning down to the day. */
static bool time_fields(struct tm *tm, const char *text, const char **rest)
{
	static const struct { int width; const char *before; } part[] = {
		{4, ""}, {2, "-"}, {2, "-"}, {2, "T "}, {2, ":"}, {2, ":"}
	};
	int value[6] = {0, 1, 1, 0, 0, 0};
	const char *p = text;

	for (int i = 0; i < 6; i++) {
		const char *q = p;
		int v = 0;

		if (*part[i].before != '\0') {
			if (*q == '\0' || strchr(part[i].before, *q) == NULL) {
				if (i < 3)
					return false;
				break;
			}
			q++;
		}
		for (int k = 0; k < part[i].width; k++, q++) {
			if (!isdigit((unsigned char)*q))
				return false;
			v = v * 10 + (*q - '0');
		}
		value[i] = v;
		p = q;
	}
	*tm = (struct tm){.tm_year = value[0] - 1900, .tm_mon = value[1] - 1, .tm_mday = value[2],
		.tm_hour = value[3], .tm_min = value[4], .tm_sec = value[5], .tm_isdst = -1};
	*rest = p;
	return value[1] >= 1 && value[1] <= 12 && value[2] >= 1 && value[2] <= 31
	       && value[3] < 24 && value[4] < 60 && value[5] <= 60;
}

/* Of the two readings of an hour that the clock shows twice, the one whose zone is named. */
static time_t local_time(struct tm tm, const char *zone)
{
	for (int dst = 0; zone != NULL && dst <= 1; dst++) {
		struct tm try = tm;
		time_t t;

		try.tm_isdst = dst;
		t = mktime(&try);
		if (try.tm_isdst == dst && try.tm_zone != NULL && strcmp(try.tm_zone, zone) == 0)
			return t;
	}
	return mktime(&tm);
}

bool calib_time_parse(time_t *t, const char *text, const char *zone)
{
	const char *rest;
	struct tm tm;
	long sec;

	if (*text == '@' && calib_parse_long(&sec, text + 1, 0, 253402300799, "time", NULL) >= 0) {
		*t = (time_t)sec;
		return true;
	}
	if (!time_fields(&tm, text, &rest))
		return false;
	if (strcmp(rest, "Z") == 0
	    || (*rest == '\0' && zone != NULL
	        && (strcmp(zone, "UTC") == 0 || strcmp(zone, "GMT") == 0)))
		*t = timegm(&tm);
	else if (*rest == '\0')
		*t = local_time(tm, zone);
	else
		return false;
	return true;
}

/* ---- writing ---- */

/* A blank before what reads like a key would end the value there. */
static void add_value(struct calib_str *line, const char *text, int width)
{
	size_t len;
	int n = 0;

	for (; text != NULL && *text; text++, n++)
		calib_str_addc(line, iscntrl((unsigned char)*text)
		                     || (*text == ' ' && key_at(text + 1, &len) >= 0) ? '?'
		               : *text);
	for (; n < width; n++)
		calib_str_addc(line, ' ');
}

int calib_history_format(struct calib_str *line, const struct calib_history *record,
                         struct calib_err *err)
{
	const struct layout *lay = &layouts[record->dialect];
	bool shown = false;

	calib_str_clear(line);
	for (int i = 0; i < lay->n; i++) {
		enum calib_history_key key = lay->field[i].key;

		if (i > 0)
			calib_str_add(line, lay->gap);
		shown |= key == CALIB_H_COMMENT;
		calib_str_addf(line, "%s:", keys[key]);
		add_value(line, record->value[key], lay->field[i].width);
	}
	if (!shown) {
		calib_str_addf(line, "%s%s", lay->gap, lay->comment);
		add_value(line, record->value[CALIB_H_COMMENT], 0);
	}
	return calib_str_check(line, err);
}

int calib_history_line(struct calib_str *line, const struct calib_history_note *note,
                       struct calib_err *err)
{
	struct calib_history record = CALIB_HISTORY_INIT;
	char user[64], host[256], cptime[40], zone[40], run[24] = "";

	if (note->run >= 0)
		snprintf(run, sizeof run, "%04ld", note->run);
	if (note->removed) {
		record.dialect = CALIB_HISTORY_REMOVE;
		record.value[CALIB_H_CMD] = "rm";
	}
	record.value[CALIB_H_FILE] = note->name;
	record.value[CALIB_H_COPY_OF] = note->input;
	record.value[CALIB_H_EXP] = note->exp;
	record.value[CALIB_H_RUN] = run;
	record.value[CALIB_H_COMMENT] = note->comment;
	record.value[CALIB_H_USER] = calib_user(user, sizeof user);
	record.value[CALIB_H_HOST] = calib_host(host, sizeof host);
	record.value[CALIB_H_CPTIME] = calib_time_format(note->time, "%Y-%m-%dT%H:%M:%S", cptime,
							 sizeof cptime);
	record.value[CALIB_H_ZONE] = calib_time_format(note->time, "%Z", zone, sizeof zone);
	return calib_history_format(line, &record, err);
}
