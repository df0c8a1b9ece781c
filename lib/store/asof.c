/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/asof.c - what a type directory held at an earlier time */
#include "store/asof.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/path.h"
#include "store/history.h"

/* A backup is made just before its file is replaced, the record is written just after: seconds. */
enum { SLACK = 10 };

/* A name that was ever there and holds the run. */
struct candidate {
	char *name;
	bool current;			/* is there now */
	bool known, there;		/* HISTORY tells of the time before, and what */
	time_t replaced;		/* by the first record after, 0: by none */
	struct kept {			/* a backup, name NULL: there is none */
		char *name;
		time_t saved;
		unsigned number;	/* of several within a second */
	} after, before;		/* the first one after the time, the last one before */
	char *since;
};
struct search {
	struct candidate *list;
	size_t n, room;
	uint32_t run;
	time_t when;
};

static bool holds_run(const struct search *s, const char *name)
{
	struct calib_range r;

	return calib_name_parse(name, &r, NULL) == CALIB_NAME_GOOD && r.begin <= s->run
	       && s->run <= r.end;
}

/* *c: NULL when the name does not hold the run. */
static int get_candidate(struct search *s, const char *name, struct candidate **c,
                         struct calib_err *err)
{
	void *list = s->list;

	*c = NULL;
	if (!holds_run(s, name))
		return CALIB_OK;
	for (size_t i = 0; i < s->n && *c == NULL; i++)
		if (strcmp(s->list[i].name, name) == 0)
			*c = &s->list[i];
	if (*c != NULL)
		return CALIB_OK;
	if (calib_grow(&list, &s->room, s->n + 1, sizeof *s->list, "names", err) < 0)
		return CALIB_ENOMEM;
	s->list = list;
	*c = &s->list[s->n];
	**c = (struct candidate){.name = calib_strdup(name, err)};
	if ((*c)->name == NULL)
		return CALIB_ENOMEM;
	s->n++;
	return CALIB_OK;
}

/* ---- HISTORY ---- */

static int take_record(void *ctx, const struct calib_history *record, struct calib_err *err)
{
	struct search *s = ctx;
	const char *when = record->value[CALIB_H_CPTIME], *cmd = record->value[CALIB_H_CMD];
	struct candidate *c;
	time_t t;
	int rc = get_candidate(s, record->value[CALIB_H_FILE], &c, err);

	if (rc < 0 || c == NULL || when == NULL
	    || !calib_time_parse(&t, when, record->value[CALIB_H_ZONE]))
		return rc;
	if (t > s->when) {
		if (c->replaced == 0 || t < c->replaced)
			c->replaced = t;
		return CALIB_OK;
	}
	c->known = true;
	c->there = cmd == NULL || strcmp(cmd, "rm") != 0;
	free(c->since);
	c->since = calib_strdup(when, err);
	return c->since != NULL ? CALIB_OK : CALIB_ENOMEM;
}

/* ---- files and backups ---- */

/* "1-end.data-2015-04-17T10:00:00.1": the name before, the time and the number behind. */
static bool split_backup(const char *name, struct calib_str *stem, time_t *t, unsigned *number)
{
	const char *at = strstr(name, ".data-");
	char when[20] = "";

	if (at == NULL || strlen(at + 6) < 19)
		return false;
	memcpy(when, at + 6, 19);
	if (!calib_time_parse(t, when, NULL))
		return false;
	*number = at[25] == '.' ? (unsigned)strtoul(at + 26, NULL, 10) : 0;
	calib_str_clear(stem);
	calib_str_addn(stem, name, (size_t)(at - name) + 5);
	return !stem->failed && (at[25] == '\0' || at[25] == '.');
}

static bool is_later(const struct kept *a, time_t t, unsigned number)
{
	return a->saved != t ? a->saved > t : a->number > number;
}

static int take_backup(struct search *s, const char *name, const char *stem, time_t t,
                       unsigned number, struct calib_err *err)
{
	struct candidate *c;
	struct kept *k;
	int rc = get_candidate(s, stem, &c, err);

	if (rc < 0 || c == NULL)
		return rc;
	k = t > s->when ? &c->after : &c->before;
	if (k->name != NULL && is_later(k, t, number) == (k == &c->before))
		return CALIB_OK;
	free(k->name);
	*k = (struct kept){calib_strdup(name, err), t, number};
	return k->name != NULL ? CALIB_OK : CALIB_ENOMEM;
}

static int take_names(struct search *s, char *const *names, struct calib_err *err)
{
	struct calib_str stem = CALIB_STR_INIT;
	struct candidate *c;
	int rc = CALIB_OK;

	for (; *names != NULL && rc >= 0; names++) {
		time_t t;
		unsigned number;

		if (split_backup(*names, &stem, &t, &number)) {
			rc = take_backup(s, *names, stem.s, t, number, err);
			continue;
		}
		rc = get_candidate(s, *names, &c, err);
		if (rc >= 0 && c != NULL)
			c->current = true;
	}
	calib_str_release(&stem);
	return rc;
}

/* ---- the answer ---- */

/* What the file held then; NULL: nobody kept it. */
static const char *content_of(const struct candidate *c)
{
	if (c->after.name != NULL && (c->replaced == 0 || c->after.saved <= c->replaced + SLACK))
		return c->after.name;
	/* in the middle of being replaced: saved just before, recorded just after */
	if (c->after.name == NULL && c->before.name != NULL && c->replaced != 0
	    && c->replaced - c->before.saved <= SLACK)
		return c->before.name;
	return c->replaced == 0 && c->current ? c->name : NULL;
}

static bool was_there(const struct search *s, const struct candidate *c, const char *typedir)
{
	const char *content = c->after.name != NULL ? c->after.name : c->current ? c->name : NULL;
	struct calib_str path = CALIB_STR_INIT;
	struct stat st;
	bool there;

	if (c->known)
		return c->there;
	if (content == NULL)
		return false;
	calib_path_join(&path, typedir, content);
	there = !path.failed && stat(path.s, &st) == 0 && st.st_mtime <= s->when;
	calib_str_release(&path);
	return there;
}

static int add_past(struct calib_asof *asof, const struct candidate *c, struct calib_err *err)
{
	const char *content = content_of(c);
	struct calib_past *p = &asof->past[asof->n];

	p->name = calib_strdup(c->name, err);
	p->content = content != NULL ? calib_strdup(content, err) : NULL;
	p->since = c->since != NULL ? calib_strdup(c->since, err) : NULL;
	asof->n++;
	if (p->name == NULL || (content != NULL && p->content == NULL)
	    || (c->since != NULL && p->since == NULL))
		return CALIB_ENOMEM;
	return calib_dirfiles_add(&asof->files, c->name, err);
}

/* past in the order of files, which calib_dirfiles_sort() has changed. */
static void order_past(struct calib_asof *asof)
{
	for (size_t i = 0; i < asof->n && i < asof->files.n; i++)
		for (size_t k = i; k < asof->n; k++)
			if (strcmp(asof->past[k].name, asof->files.file[i].name) == 0) {
				struct calib_past swap = asof->past[i];

				asof->past[i] = asof->past[k];
				asof->past[k] = swap;
				break;
			}
}

static void release_search(struct search *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->list[i].name);
		free(s->list[i].after.name);
		free(s->list[i].before.name);
		free(s->list[i].since);
	}
	free(s->list);
}

int calib_asof_load(struct calib_asof *asof, const char *typedir, const char *history,
                    uint32_t run, time_t when, struct calib_err *err)
{
	struct search s = {.run = run, .when = when};
	struct calib_str path = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = CALIB_OK;

	if (!calib_is_dir(typedir))
		return CALIB_OK;
	calib_path_join(&path, typedir, history);
	rc = calib_str_check(&path, err);
	if (rc >= 0 && calib_is_file(path.s))
		rc = calib_history_each(path.s, take_record, &s, err);
	if (rc >= 0)
		rc = calib_dir_names(&names, &n, typedir, err);
	if (rc >= 0)
		rc = take_names(&s, names, err);
	if (rc >= 0 && (asof->past = calib_alloc(s.n, sizeof *asof->past, "names", err)) == NULL)
		rc = CALIB_ENOMEM;
	for (size_t i = 0; i < s.n && rc >= 0; i++)
		if (was_there(&s, &s.list[i], typedir))
			rc = add_past(asof, &s.list[i], err);
	calib_dirfiles_sort(&asof->files);
	order_past(asof);
	calib_names_free(names);
	release_search(&s);
	calib_str_release(&path);
	return rc;
}

void calib_asof_release(struct calib_asof *asof)
{
	for (size_t i = 0; i < asof->n; i++) {
		free(asof->past[i].name);
		free(asof->past[i].content);
		free(asof->past[i].since);
	}
	free(asof->past);
	calib_dirfiles_release(&asof->files);
	*asof = (struct calib_asof)CALIB_ASOF_INIT;
}

const struct calib_past *calib_asof_find(const struct calib_asof *asof, uint32_t run)
{
	const struct calib_dirfile *f = calib_dirfiles_find(&asof->files, run);

	return f != NULL ? &asof->past[f - asof->files.file] : NULL;
}
