/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/deploy.c - bring constants into a calibration directory: all of them, or none */
#include "store/deploy.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "det/det.h"
#include "store/check.h"
#include "store/dir.h"

struct entry {
	char *file;			/* as given */
	char *refused;			/* the reason, or NULL */
	struct calib_str source, typedir, target;
	struct calib_range range;
	const char *name;		/* last component of target */
	void *bytes;			/* NULL: read again when they are written */
	size_t n;
	struct calib_print print;
	bool exists;			/* there is a target already */
	bool unchanged, written;
	size_t op;			/* of the change */
	size_t values;			/* pixels, 0: it has none */
};

struct calib_deploy {
	struct calib_deploy_params p;
	struct entry *list;
	size_t n, room;
	char **gone;			/* files to be deleted, ngone of them */
	size_t ngone, room_gone;
};

struct calib_deploy_params calib_deploy_defaults(void)
{
	return (struct calib_deploy_params){
		.change = {.verb = "put", .dirmode = 02775, .filemode = 0664, .keep_mode = true,
		           .group = (gid_t)-1, .history = "HISTORY", .comment = "calib-deploy"},
		.limits = calib_limits_standard(),
		.run = -1};
}

int calib_deploy_new(struct calib_deploy **result, const struct calib_deploy_params *params,
                     struct calib_err *err)
{
	struct calib_deploy *d;

	if (*params->change.history != '\0'
	    && (calib_dir_component("HISTORY file", params->change.history, err) < 0))
		return CALIB_EINVAL;
	d = calib_alloc(1, sizeof *d, "deployment", err);
	if (d == NULL)
		return CALIB_ENOMEM;
	d->p = *params;
	*result = d;
	return CALIB_OK;
}

static void release_entry(struct entry *e)
{
	calib_str_release(&e->source);
	calib_str_release(&e->typedir);
	calib_str_release(&e->target);
	free(e->bytes);
	free(e->refused);
	free(e->file);
}

void calib_deploy_free(struct calib_deploy *deploy)
{
	if (deploy == NULL)
		return;
	for (size_t i = 0; i < deploy->n; i++)
		release_entry(&deploy->list[i]);
	for (size_t i = 0; i < deploy->ngone; i++)
		free(deploy->gone[i]);
	free(deploy->gone);
	free(deploy->list);
	free(deploy);
}

/* ---- one item ---- */

/* "10-5": the reference deploys it, nobody will ever read it; only with force. */
static int parse_range(const struct calib_deploy *d, struct entry *e, const char *text,
                       struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	struct calib_str name = CALIB_STR_INIT;
	int rc = calib_range_parse(&e->range, text, &why);

	if (rc < 0 && d->p.force) {
		calib_str_addf(&name, "%s.data", text);
		if (calib_name_parse(name.s, &e->range, NULL) == CALIB_NAME_GOOD) {
			calib_log(CALIB_WARNING, "%s (deployed because of --force)", why.msg);
			rc = CALIB_OK;
		}
		calib_str_release(&name);
	}
	return rc < 0 ? calib_fail(err, rc, "%s: %s", e->file, why.msg) : CALIB_OK;
}

static int compose(const struct calib_deploy *d, struct entry *e,
                   const struct calib_deploy_item *item, struct calib_err *err)
{
	char range[24];
	int rc = parse_range(d, e, item->range, err);

	if (rc >= 0)
		rc = calib_dir_source(&e->source, item->source, err);
	if (rc >= 0)
		rc = calib_dir_type_path(&e->typedir, d->p.change.calib, e->source.s, item->type,
		                         err);
	if (rc < 0)
		return rc;
	calib_str_addf(&e->target, "%s/%s.data", e->typedir.s,
		       calib_range_format(&e->range, range));
	rc = calib_str_check(&e->target, err);
	if (rc >= 0 && e->target.len >= PATH_MAX)
		rc = calib_fail(err, CALIB_EINVAL, "'%.40s...': the path would have %zu bytes, at "
		                "most %d are allowed", e->target.s, e->target.len, PATH_MAX - 1);
	e->name = calib_path_base(e->target.s);
	return rc;
}

/* What is in a file need not stay in memory; a pipe can be read only once. */
static void forget(struct entry *e)
{
	struct stat st;

	e->print = calib_print_bytes(e->bytes, e->n);
	if (strcmp(e->file, "-") == 0 || stat(e->file, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	free(e->bytes);
	e->bytes = NULL;
}

static int fill(const struct calib_deploy *d, struct entry *e,
                const struct calib_deploy_item *item, struct calib_err *err)
{
	struct calib_check check = {.calib = d->p.change.calib, .type = item->type,
		.limits = item->own ? item->limits : d->p.limits, .values = &e->values,
		.force = d->p.force};
	int rc = compose(d, e, item, err);

	if (rc >= 0)
		rc = calib_read_file(item->file, &e->bytes, &e->n, err);
	if (rc < 0)
		return rc;
	check.path = strcmp(item->file, "-") == 0 ? "standard input" : item->file;
	check.source = e->source.s;
	check.run = e->range.begin;
	rc = calib_check_content(&check, e->bytes, e->n, err);
	forget(e);
	return rc;
}

int calib_deploy_add(struct calib_deploy *deploy, const struct calib_deploy_item *item,
                     struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	void *list = deploy->list;
	struct entry *e;
	int rc;

	if (calib_grow(&list, &deploy->room, deploy->n + 1, sizeof *e, "deployment", err) < 0)
		return CALIB_ENOMEM;
	deploy->list = list;
	e = &deploy->list[deploy->n];
	*e = (struct entry){.source = CALIB_STR_INIT, .typedir = CALIB_STR_INIT,
		.target = CALIB_STR_INIT};
	e->file = calib_strdup(item->file, err);
	if (e->file == NULL)
		return CALIB_ENOMEM;
	deploy->n++;
	rc = fill(deploy, e, item, &why);
	if (rc == CALIB_ENOMEM)
		return calib_fail(err, rc, "%s", why.msg);
	if (rc < 0 && (e->refused = calib_strdup(why.msg, err)) == NULL)
		return CALIB_ENOMEM;
	return CALIB_OK;
}

/* ---- all items ---- */

/* A link is neither followed nor replaced: who made it shall say what is meant. */
static int check_file(const char *path, struct calib_err *err)
{
	struct stat st;

	if (lstat(path, &st) != 0 || S_ISREG(st.st_mode))
		return CALIB_OK;
	return calib_fail(err, CALIB_EINVAL, "%s: is there and not a regular file%s", path,
	                  S_ISLNK(st.st_mode) ? ", but a symbolic link: delete it first" : "");
}

static int check_writable(const struct calib_deploy *d, const struct entry *e,
                          struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	int rc = calib_dir_beneath(d->p.change.calib, e->target.s, err);

	if (rc >= 0)
		rc = calib_dir_writable(e->typedir.s, err);
	if (rc >= 0)
		rc = check_file(e->target.s, err);
	if (rc >= 0 && *d->p.change.history != '\0') {
		calib_path_join(&path, e->typedir.s, d->p.change.history);
		rc = calib_str_check(&path, err);
	}
	if (rc >= 0 && path.len > 0)
		rc = check_file(path.s, err);
	if (rc >= 0)
		rc = calib_dir_writable(d->p.change.calib, err);
	calib_str_release(&path);
	return rc;
}

/* Is the same content there already?  What cannot be read is different. */
static void compare(struct entry *e)
{
	struct calib_print now = calib_print_file(e->target.s);

	e->exists = now.there;
	e->unchanged = now.there && calib_print_equal(&now, &e->print);
}

static int check_twice(const struct calib_deploy *d, size_t i, struct calib_err *err)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(d->list[k].target.s, d->list[i].target.s) == 0)
			return calib_fail(err, CALIB_EINVAL, "'%s' and '%s' are both to become %s",
			                  d->list[k].file, d->list[i].file, d->list[i].target.s);
	return CALIB_OK;
}

/* Constants of one source that come together are of one size, or of one for each gain range. */
static int check_sizes(const struct calib_deploy *d, size_t i, struct calib_err *err)
{
	const struct entry *e = &d->list[i];
	const struct calib_det *det = calib_det_of_source(e->source.s);
	size_t gains = det != NULL && det->gains > 1 ? (size_t)det->gains : 1;

	for (size_t k = 0; k < i; k++) {
		const struct entry *o = &d->list[k];

		if (e->values == 0 || o->values == 0 || strcmp(e->source.s, o->source.s) != 0
		    || e->values == o->values || e->values == o->values * gains
		    || e->values * gains == o->values)
			continue;
		if (!d->p.force)
			return calib_fail(err, CALIB_ESHAPE, "'%s' has %zu values, '%s' of the "
			                  "same source has %zu (--force deploys both all "
			                  "the same)",
			                  e->file, e->values, o->file, o->values);
		calib_log(CALIB_WARNING, "'%s' has %zu values, '%s' of the same source has %zu",
		          e->file, e->values, o->file, o->values);
	}
	return CALIB_OK;
}

/* Who rules which run of one type directory. */
struct rule {
	struct calib_dirfiles files;
	struct calib_span *spans;
	size_t n;
};

static size_t index_of(const struct calib_dirfiles *files, const char *name)
{
	size_t i = 0;

	while (i < files->n && strcmp(files->file[i].name, name) != 0)
		i++;
	return i;
}

/* As it is, or with d: as it will be. */
static int load_rule(struct rule *r, const char *typedir, const struct calib_deploy *d,
                     struct calib_err *err)
{
	int rc = calib_dirfiles_list(&r->files, typedir, err);

	for (size_t i = 0; d != NULL && i < d->n && rc >= 0; i++) {
		const struct entry *e = &d->list[i];

		if (strcmp(e->typedir.s, typedir) == 0
		    && index_of(&r->files, e->name) == r->files.n)
			rc = calib_dirfiles_add(&r->files, e->name, err);
	}
	calib_dirfiles_sort(&r->files);
	return rc < 0 ? rc : calib_dirfiles_spans(&r->files, &r->spans, &r->n, err);
}

static void release_rule(struct rule *r)
{
	free(r->spans);
	calib_dirfiles_release(&r->files);
}

/* Runs that a's file i rules and of those b's file k: "5-9,12-end". */
static void overlap(struct calib_str *text, const struct rule *a, size_t i, const struct rule *b,
                    size_t k)
{
	bool open = b->files.file[k].range.end == CALIB_RUN_END
	            && a->files.file[i].range.end == CALIB_RUN_END;

	calib_str_clear(text);
	for (size_t x = 0; x < a->n; x++)
		for (size_t y = 0; y < b->n; y++) {
			const struct calib_span *s = &a->spans[x], *t = &b->spans[y];
			struct calib_range r = {s->begin > t->begin ? s->begin : t->begin,
			                        s->end < t->end ? s->end : t->end};
			char one[24];

			if (s->index != i || t->index != k || r.begin > r.end)
				continue;
			if (open && r.end == CALIB_RUN_MAX)
				r.end = CALIB_RUN_END;
			calib_str_addf(text, "%s%s", text->len ? "," : "",
			               calib_range_format(&r, one));
		}
}

/* The wish: this file rules all runs of its range. */
static void wish(struct rule *w, struct calib_dirfile *f, struct calib_span *s)
{
	uint32_t last = f->range.end < CALIB_RUN_MAX ? f->range.end : CALIB_RUN_MAX;

	*s = (struct calib_span){f->range.begin, last, 0};
	*w = (struct rule){{f, 1, 1, 0}, s, s->begin <= last};
}

static int report_hiding(const struct calib_deploy *d, const struct entry *e,
                         struct calib_err *err)
{
	struct rule before = {CALIB_DIRFILES_INIT, NULL, 0}, after = before, wanted;
	struct calib_str text = CALIB_STR_INIT;
	struct calib_dirfile self = {(char *)(uintptr_t)e->name, CALIB_NAME_GOOD, e->range, NULL};
	struct calib_span all;
	int rc = load_rule(&before, e->typedir.s, NULL, err);
	size_t me;

	if (rc >= 0)
		rc = load_rule(&after, e->typedir.s, d, err);
	wish(&wanted, &self, &all);
	me = index_of(&after.files, e->name);
	for (size_t i = 0; i < after.files.ngood && rc >= 0; i++) {
		if (i == me)
			continue;
		overlap(&text, &wanted, 0, &after, i);
		if (text.len > 0)
			calib_log(CALIB_WARNING, "%s: is hidden for runs %s by %s", e->target.s,
				  text.s, after.files.file[i].name);
	}
	for (size_t i = 0; i < before.files.ngood && rc >= 0 && me < after.files.ngood; i++) {
		if (strcmp(before.files.file[i].name, e->name) == 0)
			continue;
		overlap(&text, &after, me, &before, i);
		if (text.len > 0)
			calib_log(CALIB_WARNING, "%s: hides %s for runs %s", e->target.s,
				  before.files.file[i].name, text.s);
	}
	calib_str_release(&text);
	release_rule(&after);
	release_rule(&before);
	return rc;
}

/* One refused item of one is the error; of several each is named, then counted. */
static int check_refused(const struct calib_deploy *d, struct calib_err *err)
{
	size_t refused = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (d->list[i].refused == NULL)
			continue;
		refused++;
		if (d->n == 1)
			return calib_fail(err, CALIB_EINVAL, "%s", d->list[i].refused);
		calib_log(CALIB_ERROR, "%s", d->list[i].refused);
	}
	if (refused > 0)
		return calib_fail(err, CALIB_EINVAL, "%zu of %zu files are refused, nothing is "
		                  "deployed", refused, d->n);
	return CALIB_OK;
}

int calib_deploy_check(struct calib_deploy *deploy, struct calib_err *err)
{
	int rc = check_refused(deploy, err);

	for (size_t i = 0; i < deploy->n && rc >= 0; i++) {
		rc = check_twice(deploy, i, err);
		if (rc >= 0)
			rc = check_sizes(deploy, i, err);
		if (rc >= 0)
			rc = check_writable(deploy, &deploy->list[i], err);
		if (rc < 0)
			break;
		compare(&deploy->list[i]);
		if (deploy->p.change.no_replace && deploy->list[i].exists
		    && !deploy->list[i].unchanged)
			rc = calib_fail(err, CALIB_EEXIST, "%s: exists already",
			                deploy->list[i].target.s);
	}
	for (size_t i = 0; i < deploy->n && rc >= 0; i++)
		rc = report_hiding(deploy, &deploy->list[i], err);
	return rc;
}

/* ---- writing ---- */

int calib_deploy_delete(struct calib_deploy *deploy, const char *file, struct calib_err *err)
{
	void *list = deploy->gone;

	for (size_t i = 0; i < deploy->ngone; i++)
		if (strcmp(deploy->gone[i], file) == 0)
			return CALIB_OK;
	if (calib_grow(&list, &deploy->room_gone, deploy->ngone + 1, sizeof(char *), "files", err)
	    < 0)
		return CALIB_ENOMEM;
	deploy->gone = list;
	deploy->gone[deploy->ngone] = calib_strdup(file, err);
	return deploy->gone[deploy->ngone++] != NULL ? CALIB_OK : CALIB_ENOMEM;
}

/* Does an item become that file? */
static bool is_target(const struct calib_deploy *d, const char *file)
{
	struct calib_str path = CALIB_STR_INIT;
	bool found = false;

	calib_path_join(&path, d->p.change.calib, file);
	for (size_t i = 0; i < d->n; i++)
		found |= strcmp(d->list[i].target.s, path.s) == 0;
	calib_str_release(&path);
	return found;
}

static int add_gone(const struct calib_deploy *d, struct calib_change *change,
                    struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < d->ngone && rc >= 0; i++)
		if (!is_target(d, d->gone[i]))
			rc = calib_change_delete(change, d->gone[i], err);
	return rc;
}

static int add_change(const struct calib_deploy *d, struct entry *e, struct calib_change *change,
                      struct calib_err *err)
{
	struct calib_str below = CALIB_STR_INIT;
	struct calib_change_file file = {.bytes = e->bytes, .n = e->n, .print = &e->print,
		.input = e->file, .run = d->p.run < 0 ? (long)e->range.begin : d->p.run};
	int rc = calib_dir_type_path(&below, "", e->source.s,
	                             calib_path_base(e->typedir.s), err);

	if (rc >= 0) {
		calib_str_addf(&below, "/%s", e->name);
		rc = calib_str_check(&below, err);
	}
	file.file = below.s;
	e->op = calib_change_record(change)->n;
	if (rc >= 0)
		rc = calib_change_put(change, &file, err);
	e->unchanged = rc == 0;
	calib_str_release(&below);
	return rc;
}

static void note_written(struct calib_deploy *d, const struct calib_change *change)
{
	const struct calib_record *record = calib_change_record(change);

	for (size_t i = 0; i < d->n; i++)
		d->list[i].written = !d->list[i].unchanged && d->list[i].op < record->n
		                     && record->op[d->list[i].op].applied;
}

int calib_deploy_write(struct calib_deploy *deploy, struct calib_str *commands,
                       struct calib_err *err)
{
	struct calib_change *change = NULL;
	size_t changed = deploy->ngone;
	int rc;

	for (size_t i = 0; i < deploy->n; i++)
		changed += !deploy->list[i].unchanged;
	if (changed == 0)	/* not even the time of a directory changes */
		return CALIB_OK;
	rc = calib_change_new(&change, &deploy->p.change, err);
	for (size_t i = 0; i < deploy->n && rc >= 0; i++)
		rc = add_change(deploy, &deploy->list[i], change, err);
	if (rc >= 0)
		rc = add_gone(deploy, change, err);
	if (rc >= 0 && deploy->p.change.dry_run)
		rc = calib_change_commands(change, commands, err);
	else if (rc >= 0)
		rc = calib_change_commit(change, err);
	if (change != NULL)
		note_written(deploy, change);
	calib_change_free(change);
	return rc < 0 ? rc : CALIB_OK;
}

bool calib_deploy_result(const struct calib_deploy *deploy, size_t i,
                         struct calib_deploy_result *result)
{
	for (size_t k = 0; k < deploy->n; k++) {
		const struct entry *e = &deploy->list[k];

		if (e->refused != NULL || i-- > 0)
			continue;
		*result = (struct calib_deploy_result){e->file, e->target.s, e->unchanged,
			e->written};
		return true;
	}
	return false;
}
