/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/deploy.c - bring constants into a calibration directory: all of them, or none */
#include "store/deploy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/path.h"
#include "base/proc.h"
#include "store/check.h"
#include "store/dir.h"
#include "store/history.h"

struct entry {
	char *file;			/* as given */
	char *refused;			/* the reason, or NULL */
	struct calib_str source, typedir, target;
	struct calib_range range;
	const char *name;		/* last component of target */
	void *bytes;
	size_t n;
	bool exists;			/* there is a target already */
	bool unchanged, written;
	struct calib_out *out;
};

struct calib_deploy {
	struct calib_deploy_params p;
	gid_t newgroup;			/* of what is created */
	struct entry *list;
	size_t n, room;
};

int calib_deploy_new(struct calib_deploy **result, const struct calib_deploy_params *params,
                     struct calib_err *err)
{
	struct calib_deploy *d;
	struct stat st;

	if (*params->history != '\0'
	    && (calib_dir_component("HISTORY file", params->history, err) < 0))
		return CALIB_EINVAL;
	d = calib_alloc(1, sizeof *d, "deployment", err);
	if (d == NULL)
		return CALIB_ENOMEM;
	d->p = *params;
	d->newgroup = params->group;
	if (d->newgroup == (gid_t)-1 && stat(params->calib, &st) == 0)
		d->newgroup = st.st_gid;
	*result = d;
	return CALIB_OK;
}

static void release_entry(struct entry *e)
{
	calib_out_abort(e->out);
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
		rc = calib_dir_type_path(&e->typedir, d->p.calib, e->source.s, item->type, err);
	if (rc < 0)
		return rc;
	calib_str_addf(&e->target, "%s/%s.data", e->typedir.s,
		       calib_range_format(&e->range, range));
	rc = calib_str_check(&e->target, err);
	e->name = calib_path_base(e->target.s);
	return rc;
}

static int fill(const struct calib_deploy *d, struct entry *e,
                const struct calib_deploy_item *item, struct calib_err *err)
{
	struct calib_check check = {.calib = d->p.calib, .type = item->type,
		.max_bad = item->own ? item->max_bad : d->p.max_bad,
		.max_shift = item->own ? item->max_shift : d->p.max_shift, .force = d->p.force};
	int rc = compose(d, e, item, err);

	if (rc >= 0)
		rc = calib_read_file(item->file, &e->bytes, &e->n, err);
	if (rc < 0)
		return rc;
	check.path = strcmp(item->file, "-") == 0 ? "standard input" : item->file;
	check.source = e->source.s;
	check.run = e->range.begin;
	return calib_check_content(&check, e->bytes, e->n, err);
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

static int check_writable(const struct entry *e, struct calib_err *err)
{
	struct stat st;

	if (calib_dir_writable(e->typedir.s, err) < 0)
		return err->code;
	if (stat(e->target.s, &st) == 0 && !S_ISREG(st.st_mode))
		return calib_fail(err, CALIB_EINVAL, "%s: is there and not a regular file",
		                  e->target.s);
	return CALIB_OK;
}

/* Is the same content there already?  What cannot be read is different. */
static void compare(struct entry *e)
{
	void *old = NULL;
	size_t n = 0;

	e->exists = calib_is_file(e->target.s);
	if (e->exists && calib_read_file(e->target.s, &old, &n, NULL) >= 0)
		e->unchanged = n == e->n && (n == 0 || memcmp(old, e->bytes, n) == 0);
	free(old);
}

static int check_twice(const struct calib_deploy *d, size_t i, struct calib_err *err)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(d->list[k].target.s, d->list[i].target.s) == 0)
			return calib_fail(err, CALIB_EINVAL, "'%s' and '%s' are both to become %s",
			                  d->list[k].file, d->list[i].file, d->list[i].target.s);
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
			rc = check_writable(&deploy->list[i], err);
		if (rc < 0)
			break;
		compare(&deploy->list[i]);
		if (deploy->p.no_replace && deploy->list[i].exists && !deploy->list[i].unchanged)
			rc = calib_fail(err, CALIB_EEXIST, "%s: exists already",
			                deploy->list[i].target.s);
	}
	for (size_t i = 0; i < deploy->n && rc >= 0; i++)
		rc = report_hiding(deploy, &deploy->list[i], err);
	return rc;
}

/* ---- writing ---- */

static int prepare(const struct calib_deploy *d, struct entry *e, struct calib_err *err)
{
	bool set = !e->exists || !d->p.keep_mode;
	int rc = calib_make_dirs(e->typedir.s, d->p.dirmode, d->newgroup, err);

	if (rc >= 0)
		rc = calib_out_open(&e->out, e->target.s, 0, err);
	if (rc < 0)
		return rc;
	calib_out_access(e->out, set ? d->p.filemode : 0, e->exists ? d->p.group : d->newgroup);
	rc = calib_out_write(e->out, e->bytes, e->n, err);
	return rc < 0 ? rc : calib_out_prepare(e->out, err);
}

static int copy_file(const char *from, const char *to, struct calib_err *err)
{
	struct calib_out *out = NULL;
	struct stat st = {.st_mode = 0};
	void *bytes = NULL;
	size_t n = 0;
	int rc = calib_read_file(from, &bytes, &n, err);

	if (rc >= 0)
		rc = calib_out_open(&out, to, CALIB_OUT_KEEP, err);
	if (rc >= 0) {
		if (stat(from, &st) == 0)
			calib_out_access(out, st.st_mode & 07777, st.st_gid);
		rc = calib_out_write(out, bytes, n, err);
	}
	if (rc >= 0)
		rc = calib_out_commit(out, err);
	else
		calib_out_abort(out);
	free(bytes);
	return rc;
}

/* <name>.data-YYYY-MM-DDTHH:MM:SS, the form the analysis library's own writer leaves; a second
 * backup within the second gets .1 and so on behind it. */
static int backup(const struct entry *e, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	char when[40];
	int rc = 1;

	calib_time_format(calib_now(), "%Y-%m-%dT%H:%M:%S", when, sizeof when);
	for (unsigned k = 0; rc > 0; k++) {
		calib_str_clear(&name);
		calib_str_addf(&name, "%s-%s", e->target.s, when);
		if (k > 0)
			calib_str_addf(&name, ".%u", k);
		rc = calib_str_check(&name, err);
		if (rc < 0)
			break;
		/* a link costs no space; where the file system has none, a copy */
		if (linkat(AT_FDCWD, e->target.s, AT_FDCWD, name.s, AT_SYMLINK_FOLLOW) == 0
		    || errno == ENOENT)
			rc = CALIB_OK;
		else if (errno == EEXIST)
			rc = 1;
		else
			rc = copy_file(e->target.s, name.s, err);
	}
	calib_str_release(&name);
	return rc;
}

static int note(const struct calib_deploy *d, const struct entry *e, struct calib_err *err)
{
	struct calib_history_note n = {e->name, e->file, d->p.exp, d->p.comment,
		d->p.run < 0 ? (long)e->range.begin : d->p.run};
	struct calib_str path = CALIB_STR_INIT;
	int rc;

	if (*d->p.history == '\0')
		return CALIB_OK;
	calib_path_join(&path, e->typedir.s, d->p.history);
	rc = calib_str_check(&path, err);
	if (rc >= 0)
		rc = calib_history_append(path.s, &n, d->p.filemode, d->newgroup, err);
	calib_str_release(&path);
	return rc;
}

/* Only one at a time replaces files of a type directory, so that each has a backup of the one
 * before.  Where the file system knows no locks there is none. */
static int lock_directory(const struct entry *e)
{
	int fd = open(e->typedir.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
		;
	return fd;
}

static int commit(const struct calib_deploy *d, struct entry *e, struct calib_err *err)
{
	gid_t want = e->exists ? d->p.group : d->newgroup;
	struct calib_out *out = e->out;
	struct stat st;
	int rc = CALIB_OK;

	if (e->exists && !d->p.no_backup)
		rc = backup(e, err);
	if (rc < 0)
		return calib_err_wrap(err, "backup");
	e->out = NULL;	/* commit frees it in any case */
	rc = calib_out_commit(out, err);
	if (rc < 0)
		return rc;
	e->written = true;
	if (want != (gid_t)-1 && stat(e->target.s, &st) == 0 && st.st_gid != want)
		calib_log(CALIB_WARNING, "%s: cannot give it to group %lu, it belongs to %lu",
		          e->target.s, (unsigned long)want, (unsigned long)st.st_gid);
	return CALIB_OK;
}

int calib_deploy_write(struct calib_deploy *deploy, struct calib_err *err)
{
	struct calib_err late = CALIB_ERR_INIT;
	size_t done = 0, changed = 0;
	int rc = CALIB_OK, lock;

	for (size_t i = 0; i < deploy->n && rc >= 0; i++)
		if (!deploy->list[i].unchanged) {
			changed++;
			rc = prepare(deploy, &deploy->list[i], err);
		}
	for (size_t i = 0; i < deploy->n && rc >= 0; i++) {
		struct entry *e = &deploy->list[i];

		if (e->unchanged)
			continue;
		lock = lock_directory(e);
		e->exists = calib_is_file(e->target.s);
		rc = commit(deploy, e, err);
		/* the constants are in place: the others shall not miss theirs for a record */
		if (rc >= 0 && note(deploy, e, &late) < 0)
			calib_log(CALIB_DEBUG, "%s", late.msg);
		if (lock >= 0)
			close(lock);
		if (rc < 0 && done > 0)
			calib_err_wrap(err, "%zu of %zu files are deployed, then", done, changed);
		if (rc >= 0)
			done++;
	}
	for (size_t i = 0; i < deploy->n; i++) {	/* nothing half-written stays */
		calib_out_abort(deploy->list[i].out);
		deploy->list[i].out = NULL;
	}
	if (rc >= 0 && late.code != CALIB_OK)
		rc = calib_fail(err, late.code, "%s (the constants are deployed)", late.msg);
	return rc;
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
