/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/past.c - what was done to the files of a type directory */
#include "store/past.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "store/apply.h"
#include "store/dir.h"
#include "store/history.h"

/* A backup: <name>-YYYY-MM-DDTHH:MM:SS, or with .k behind it. */
struct backup {
	char *file;
	char time[20];
	long k;
	bool used;
};
struct backups {
	struct backup *list;
	size_t n, room;
};

static void release_past(struct calib_past *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->event[i].time);
		free(p->event[i].user);
		free(p->event[i].host);
		free(p->event[i].comment);
	}
	for (size_t i = 0; p->state != NULL && i <= p->n; i++)
		free(p->state[i].backup);
	free(p->event);
	free(p->state);
	free(p->done);
	free(p->undone);
	free(p->name);
}

void calib_pasts_release(struct calib_pasts *pasts)
{
	for (size_t i = 0; i < pasts->n; i++)
		release_past(&pasts->list[i]);
	free(pasts->list);
	free(pasts->typedir);
	*pasts = (struct calib_pasts)CALIB_PASTS_INIT;
}

/* The file of that name, added when it is new. */
static struct calib_past *past_of(struct calib_pasts *pasts, const char *name,
                                  struct calib_err *err)
{
	struct calib_past *p;
	void *list = pasts->list;

	for (size_t i = 0; i < pasts->n; i++)
		if (strcmp(pasts->list[i].name, name) == 0)
			return &pasts->list[i];
	if (calib_grow(&list, &pasts->room, pasts->n + 1, sizeof *p, "files", err) < 0)
		return NULL;
	pasts->list = list;
	p = &pasts->list[pasts->n];
	*p = (struct calib_past){.name = calib_strdup(name, err)};
	if (p->name == NULL)
		return NULL;
	pasts->n++;
	return p;
}

/* ---- events ---- */

/* "undo" 1, "undo-3" 3, "redo-2" -2, anything else 0 */
static int steps_of(const char *comment)
{
	int sign = strncmp(comment, "undo", 4) == 0 ? 1 : strncmp(comment, "redo", 4) == 0 ? -1 : 0;
	char *end;
	long n;

	if (sign == 0 || comment[4] == '\0')
		return sign;
	if (comment[4] != '-' || comment[5] < '1' || comment[5] > '9')
		return 0;
	n = strtol(comment + 5, &end, 10);
	return *end == '\0' && n < 1000000 ? sign * (int)n : 0;
}

/* At place i of the list. */
static int insert_event(struct calib_past *p, size_t i, const char *const text[4], bool removed,
                        struct calib_err *err)
{
	struct calib_event e = {.removed = removed};
	void *list = p->event;

	if (calib_grow(&list, &p->room, p->n + 1, sizeof e, "events", err) < 0)
		return CALIB_ENOMEM;
	p->event = list;
	e.time = calib_strdup(text[0] ? text[0] : "", err);
	e.user = calib_strdup(text[1] ? text[1] : "", err);
	e.host = calib_strdup(text[2] ? text[2] : "", err);
	e.comment = calib_strdup(text[3] ? text[3] : "", err);
	if (e.comment != NULL)
		e.steps = steps_of(e.comment);
	memmove(&p->event[i + 1], &p->event[i], (p->n - i) * sizeof e);
	p->event[i] = e;
	p->n++;
	return e.time && e.user && e.host && e.comment ? CALIB_OK : CALIB_ENOMEM;
}

static int take_record(void *ctx, const struct calib_history *r, struct calib_err *err)
{
	const char *const text[4] = {r->value[CALIB_H_CPTIME], r->value[CALIB_H_USER],
		r->value[CALIB_H_HOST], r->value[CALIB_H_COMMENT]};
	const char *name = r->value[CALIB_H_FILE];
	struct calib_range range;
	struct calib_pasts *pasts = ctx;
	struct calib_past *p;
	int rc;

	pasts->lines++;
	if (calib_dir_component("file", name, NULL) < 0
	    || calib_name_parse(name, &range, NULL) == CALIB_NAME_OTHER)
		return CALIB_OK;
	p = past_of(pasts, name, err);
	if (p == NULL)
		return CALIB_ENOMEM;
	rc = insert_event(p, p->n, text, r->dialect == CALIB_HISTORY_REMOVE, err);
	if (rc >= 0)
		p->event[p->n - 1].line = pasts->lines;
	return rc;
}

/* ---- backups ---- */

/* Where the time begins in "173-end.data-2015-04-17T10:00:00.2", else NULL. */
static const char *time_in(const char *name)
{
	static const char form[] = "-0000-00-00T00:00:00";
	const char *p = strstr(name, ".data-");

	p = p != NULL ? p + 5 : "";
	for (size_t i = 0; form[i] != '\0'; i++)
		if (form[i] == '0' ? p[i] < '0' || p[i] > '9' : p[i] != form[i])
			return NULL;
	p += sizeof form - 1;
	return *p == '\0' || *p == '.' ? p - (sizeof form - 2) : NULL;
}

static int add_backup(struct backups *b, const char *file, const char *time, struct calib_err *err)
{
	struct backup one = {.k = time[19] == '.' ? strtol(time + 20, NULL, 10) : 0};
	void *list = b->list;

	if (calib_grow(&list, &b->room, b->n + 1, sizeof one, "backups", err) < 0)
		return CALIB_ENOMEM;
	b->list = list;
	memcpy(one.time, time, 19);
	one.file = calib_strdup(file, err);
	b->list[b->n++] = one;
	return one.file ? CALIB_OK : CALIB_ENOMEM;
}

static int by_time(const void *pa, const void *pb)
{
	const struct backup *a = pa, *b = pb;
	int order = strcmp(a->time, b->time);

	return order != 0 ? order : (a->k > b->k) - (a->k < b->k);
}

/* Are there as many backups of this second as events of it that replaced a file, the first one of
 * all included?  If not, that one found none. */
static bool first_replaced(const struct calib_past *p, const struct backups *b)
{
	const char *time = p->event[0].time;
	size_t events = 0, backups = 0;

	for (size_t i = 0; i < p->n; i++)
		events += strcmp(p->event[i].time, time) == 0
		          && !(i > 0 && p->event[i - 1].removed);
	for (size_t i = 0; i < b->n; i++)
		backups += strcmp(b->list[i].time, time) == 0;
	return backups >= events;
}

/* What event i replaced: a backup of its very second, else the last one made since the event
 * before; NULL: there was no file, or no copy was kept. */
static struct backup *pair(const struct calib_past *p, size_t i, struct backups *b)
{
	const char *since = i > 0 ? p->event[i - 1].time : "", *time = p->event[i].time;
	struct backup *found = NULL;

	if (i > 0 && p->event[i - 1].removed)
		return NULL;
	for (size_t k = 0; k < b->n && (i > 0 || first_replaced(p, b)); k++)
		if (!b->list[k].used && strcmp(b->list[k].time, time) == 0)
			return &b->list[k];
	for (size_t k = 0; k < b->n; k++)
		if (!b->list[k].used && strcmp(b->list[k].time, time) < 0
		    && strcmp(b->list[k].time, since) > 0)
			found = &b->list[k];
	return found;
}

/* A backup that no event explains tells of one itself. */
static int add_unexplained(struct calib_past *p, struct backups *b, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t k = 0; k < p->n; k++) {
		struct backup *one = pair(p, k, b);

		if (one != NULL)
			one->used = true;
	}
	for (size_t i = 0; i < b->n && rc >= 0; i++) {
		const char *const text[4] = {b->list[i].time, NULL, NULL, NULL};
		size_t k = 0;

		if (b->list[i].used)
			continue;
		while (k < p->n && strcmp(p->event[k].time, b->list[i].time) <= 0)
			k++;
		rc = insert_event(p, k, text, false, err);
	}
	for (size_t i = 0; i < b->n; i++)
		b->list[i].used = false;
	return rc;
}

static int find_states(struct calib_past *p, struct backups *b, const char *typedir,
                       struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	int rc = add_unexplained(p, b, err);

	if (rc >= 0 && (p->state = calib_alloc(p->n + 1, sizeof *p->state, "states", err)) == NULL)
		rc = CALIB_ENOMEM;
	for (size_t i = 0; i < p->n && rc >= 0; i++) {
		bool gone = i > 0 && p->event[i - 1].removed;
		struct backup *one = pair(p, i, b);

		p->state[i].absent = gone || (i == 0 && one == NULL);
		if (one == NULL)
			continue;
		one->used = true;
		p->state[i].backup = calib_strdup(one->file, err);
		rc = p->state[i].backup ? CALIB_OK : CALIB_ENOMEM;
	}
	calib_path_join(&path, typedir, p->name);
	if (rc >= 0)
		rc = calib_str_check(&path, err);
	if (rc >= 0)
		p->state[p->n].absent = !calib_is_file(path.s);
	calib_str_release(&path);
	return rc;
}

/* ---- undo and redo ---- */

static int follow(struct calib_past *p, struct calib_err *err)
{
	p->done = calib_alloc(p->n + 1, sizeof *p->done, "states", err);
	p->undone = calib_alloc(p->n + 1, sizeof *p->undone, "states", err);
	if (p->done == NULL || p->undone == NULL)
		return CALIB_ENOMEM;
	p->done[p->ndone++] = 0;
	for (size_t i = 0; i < p->n; i++) {
		int steps = p->event[i].steps;

		if (steps == 0) {
			p->nundone = 0;
			p->done[p->ndone++] = i + 1;
		}
		for (; steps > 0 && p->ndone > 1; steps--)
			p->undone[p->nundone++] = p->done[--p->ndone];
		for (; steps < 0 && p->nundone > 0; steps++)
			p->done[p->ndone++] = p->undone[--p->nundone];
	}
	return CALIB_OK;
}

/* Which undo is the last that is not taken back. */
static void find_redo(struct calib_past *p)
{
	int back = 0;

	for (size_t i = p->n; i-- > 0 && p->event[i].steps != 0;) {
		if (p->event[i].steps < 0) {
			back -= p->event[i].steps;
		} else if (back > 0) {
			back -= p->event[i].steps;
		} else {
			p->last_undo = i;
			p->redo_steps = p->event[i].steps;
			return;
		}
	}
}

/* Files that have only backups to tell of them. */
static int add_named(struct calib_pasts *pasts, char *const *names, size_t n, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		const char *time = time_in(names[i]);

		if (time == NULL)
			continue;
		calib_str_clear(&name);
		calib_str_addn(&name, names[i], (size_t)(time - 1 - names[i]));
		rc = calib_str_check(&name, err);
		if (rc >= 0 && past_of(pasts, name.s, err) == NULL)
			rc = CALIB_ENOMEM;
	}
	calib_str_release(&name);
	return rc;
}

static int complete(struct calib_past *p, char *const *names, size_t n, const char *typedir,
                    struct calib_err *err)
{
	struct backups b = {NULL, 0, 0};
	size_t len = strlen(p->name);
	int rc = CALIB_OK;

	for (size_t k = 0; k < n && rc >= 0; k++)
		if (strncmp(names[k], p->name, len) == 0
		    && time_in(names[k]) == names[k] + len + 1)
			rc = add_backup(&b, names[k], names[k] + len + 1, err);
	if (b.n > 1)
		qsort(b.list, b.n, sizeof *b.list, by_time);
	if (rc >= 0)
		rc = find_states(p, &b, typedir, err);
	if (rc >= 0)
		rc = follow(p, err);
	if (rc >= 0)
		find_redo(p);
	for (size_t k = 0; k < b.n; k++)
		free(b.list[k].file);
	free(b.list);
	return rc;
}

int calib_pasts_load(struct calib_pasts *pasts, const char *typedir, const char *history,
                     struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct stat st;
	char **names = NULL;
	size_t n = 0;
	int rc = CALIB_OK;

	if ((pasts->typedir = calib_strdup(typedir, err)) == NULL)
		return CALIB_ENOMEM;
	calib_path_join(&path, typedir, history);
	rc = calib_str_check(&path, err);
	if (rc >= 0 && *history != '\0' && calib_is_file(path.s))
		rc = calib_history_each(path.s, take_record, pasts, err);
	if (rc >= 0 && pasts->lines > 0 && stat(path.s, &st) == 0)
		pasts->last = st.st_mtim;
	if (rc >= 0)
		rc = calib_dir_names(&names, &n, typedir, err);
	if (rc >= 0)
		rc = add_named(pasts, names, n, err);
	for (size_t i = 0; i < pasts->n && rc >= 0; i++)
		rc = complete(&pasts->list[i], names, n, typedir, err);
	calib_names_free(names);
	calib_str_release(&path);
	return rc;
}

/* "1429300000.000000001" of a file that was removed. */
static bool removal_stamp(struct timespec *stamp, const char *path)
{
	char text[64] = "", *end;
	ssize_t n = lgetxattr(path, CALIB_REMOVED_ATTR, text, sizeof text - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	stamp->tv_sec = (time_t)strtoll(text, &end, 10);
	if (*end != '.')
		return false;
	stamp->tv_nsec = strtol(end + 1, &end, 10);
	return *end == '\0';
}

/* No file tells: about when its line was written. */
static struct timespec line_stamp(const struct calib_pasts *pasts, const struct calib_event *event)
{
	struct tm tm = {.tm_isdst = -1};

	if (event->line > 0 && event->line == pasts->lines)
		return pasts->last;
	if (strptime(event->time, "%Y-%m-%dT%H:%M:%S", &tm) == NULL)
		return (struct timespec){0, 0};
	return (struct timespec){mktime(&tm), 999999999};
}

bool calib_past_stamp(struct timespec *stamp, const struct calib_pasts *pasts,
                      const struct calib_past *past, size_t event)
{
	bool gone = past->state[event + 1].absent, exact = !gone;
	const struct calib_state *s = &past->state[gone ? event : event + 1];
	const char *name = s->backup ? s->backup : !gone && event + 1 == past->n ? past->name : "";
	struct calib_str path = CALIB_STR_INIT;
	struct stat st = {.st_mode = 0};

	calib_path_join(&path, pasts->typedir, name);
	if (*name == '\0' || path.failed || lstat(path.s, &st) != 0) {
		*stamp = line_stamp(pasts, &past->event[event]);
		exact = false;
	} else {
		*stamp = gone ? st.st_ctim : st.st_mtim;
		if (gone)
			exact = removal_stamp(stamp, path.s);
	}
	calib_str_release(&path);
	return exact;
}
