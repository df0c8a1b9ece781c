/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/src.c - a run, whatever its files are: what all kinds of runs have in common */
#include "src/src.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "src/run.h"
#include "src/xtcrun.h"

#define MAX_PROBLEMS 100

struct calib_stored { struct calib_stored *next; struct calib_object object; uint8_t *mem; };

void calib_src_note(void *ctx, const char *sentence)
{
	struct calib_src *src = ctx;
	void *list = src->problem;
	char *copy;

	if (src->nproblems == MAX_PROBLEMS) {
		src->more_problems++;
		return;
	}
	copy = calib_strdup(sentence, NULL);
	if (copy == NULL || calib_grow(&list, &src->problem_room, src->nproblems + 1,
	                               sizeof copy, "problems", NULL) < 0) {
		free(copy);
		src->more_problems++;
		return;
	}
	src->problem = list;
	src->problem[src->nproblems++] = copy;
}

static void forget_problems(struct calib_src *src)
{
	for (size_t i = 0; i < src->nproblems; i++)
		free(src->problem[i]);
	src->nproblems = 0;
	src->more_problems = 0;
}

/* ---- configuration ---- */

const struct calib_object *calib_cfgset_find(const struct calib_cfgset *set,
                                             struct calib_srcid id, uint16_t type,
                                             uint16_t version)
{
	for (size_t i = 0; set != NULL && i < set->n; i++) {
		const struct calib_object *o = set->object[i];

		if (o->type == type && o->version == version && calib_srcid_equal(o->src, id))
			return o;
	}
	return NULL;
}

const struct calib_object *calib_cfgset_at(const struct calib_cfgset *set, size_t i)
{
	return set != NULL && i < set->n ? set->object[i] : NULL;
}

/* Put one object into a set under construction: replaces its predecessor from before this
 * transition (index < set->old); of two in one transition the first counts. */
static void place_object(struct calib_cfgset *set, const struct calib_object *o)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct calib_object *x = set->object[i];

		if (x->type == o->type && x->version == o->version
		    && calib_srcid_equal(x->src, o->src)) {
			if (i < set->old)
				set->object[i] = o;
			return;
		}
	}
	set->object[set->n++] = o;
}

int calib_src_cfg_begin(struct calib_src *src, size_t more, struct calib_err *err)
{
	struct calib_cfgset *set;
	size_t old = src->cfg ? src->cfg->n : 0;

	set = calib_alloc(1, sizeof *set + (old + more) * sizeof set->object[0], "configuration",
	                  err);
	if (set == NULL)
		return CALIB_ENOMEM;
	set->older = src->sets;
	src->sets = set;
	set->n = set->old = old;
	if (old > 0)
		memcpy(set->object, src->cfg->object, old * sizeof set->object[0]);
	src->cfg = set;
	return CALIB_OK;
}

int calib_src_cfg_add(struct calib_src *src, const struct calib_object *object, uint8_t *mem,
                      struct calib_err *err)
{
	struct calib_stored *s = calib_alloc(1, sizeof *s, "configuration", err);

	if (s == NULL) {
		free(mem);
		return CALIB_ENOMEM;
	}
	s->object = *object;
	s->mem = mem;
	s->next = src->stored;
	src->stored = s;
	place_object(src->sets, &s->object);
	return CALIB_OK;
}

/* ---- aliases ---- */

int calib_src_add_alias(struct calib_src *src, struct calib_srcid id, const char *name,
                        struct calib_err *err)
{
	void *list = src->alias;
	struct calib_srcid other;
	char *copy;

	if (name[0] == '\0' || calib_src_by_alias(src, name, &other)
	    || calib_src_alias(src, id) != NULL)
		return CALIB_OK;
	if (calib_grow(&list, &src->alias_room, src->naliases + 1, sizeof src->alias[0], "aliases",
	               err) < 0)
		return CALIB_ENOMEM;
	src->alias = list;
	copy = calib_strdup(name, err);
	if (copy == NULL)
		return CALIB_ENOMEM;
	src->alias[src->naliases++] = (struct calib_alias){id, copy};
	return CALIB_OK;
}

static void forget_aliases(struct calib_src *src)
{
	for (size_t i = 0; i < src->naliases; i++)
		free(src->alias[i].name);
	src->naliases = 0;
}

const char *calib_src_alias(const struct calib_src *src, struct calib_srcid id)
{
	for (size_t i = 0; i < src->naliases; i++)
		if (calib_srcid_equal(src->alias[i].id, id))
			return src->alias[i].name;
	return NULL;
}

bool calib_src_by_alias(const struct calib_src *src, const char *alias, struct calib_srcid *id)
{
	for (size_t i = 0; i < src->naliases; i++)
		if (strcmp(src->alias[i].name, alias) == 0) {
			*id = src->alias[i].id;
			return true;
		}
	return false;
}

/* ---- events ---- */

int calib_src_room(struct calib_src *src, size_t n, struct calib_err *err)
{
	void *list = src->objects;
	int rc = calib_grow(&list, &src->objects_room, n, sizeof *src->objects, "event", err);

	src->objects = list;
	return rc;
}

int calib_src_next(struct calib_src *src, const struct calib_evt **evt, struct calib_err *err)
{
	struct calib_err local = CALIB_ERR_INIT;
	int rc = src->pending ? 1 : src->kind->advance(src, err ? err : &local);

	src->pending = false;
	*evt = rc == 1 ? &src->evt : NULL;
	return rc;
}

/* ---- open and close ---- */

static void free_configs(struct calib_src *src)
{
	for (struct calib_cfgset *s = src->sets, *older; s != NULL; s = older) {
		older = s->older;
		free(s);
	}
	for (struct calib_stored *s = src->stored, *next; s != NULL; s = next) {
		next = s->next;
		free(s->mem);
		free(s);
	}
}

/* Read up to the first event: configurations and aliases are known then. */
static int start(struct calib_src *src, struct calib_err *err)
{
	struct calib_err local = CALIB_ERR_INIT;
	int rc;

	src->stats = (struct calib_src_stats){0};
	rc = src->kind->advance(src, err ? err : &local);
	src->pending = rc == 1;
	src->configured = src->cfg;
	return rc < 0 ? rc : CALIB_OK;
}

int calib_src_rewind(struct calib_src *src, struct calib_err *err)
{
	forget_problems(src);
	src->kind->rewind(src);
	forget_aliases(src);
	src->cfg = NULL;	/* the objects stay: their addresses were promised until close */
	return start(src, err);
}

int calib_src_open(struct calib_src **result, const struct calib_src_opts *opts,
                   struct calib_err *err)
{
	struct calib_src *src = calib_alloc(1, sizeof *src, "run", err);
	int rc;

	if (src == NULL)
		return CALIB_ENOMEM;
	rc = opts->live ? calib_follow_open(src, opts, err)
	                : calib_files_find(&src->files, opts, err);
	src->kind = src->files.hdf5 ? &calib_src_hdf5 : &calib_src_xtc;
	if (rc >= 0)
		rc = src->kind->open(src, opts, err);
	if (rc >= 0)
		rc = start(src, err);
	if (rc < 0) {
		calib_src_close(src);
		return rc;
	}
	*result = src;
	return CALIB_OK;
}

void calib_src_close(struct calib_src *src)
{
	if (src == NULL)
		return;
	src->kind->close(src);
	calib_follow_close(src);
	forget_problems(src);
	forget_aliases(src);
	free_configs(src);
	free(src->problem);
	free(src->alias);
	free(src->objects);
	calib_files_release(&src->files);
	free(src);
}

const char *calib_src_problem(const struct calib_src *src, size_t i)
{
	return i < src->nproblems ? src->problem[i] : NULL;
}

const struct calib_file *calib_src_file(const struct calib_src *src, size_t i)
{
	return i < src->files.n ? &src->files.file[i] : NULL;
}

void calib_src_stats(const struct calib_src *src, struct calib_src_stats *stats)
{
	*stats = src->stats;
}

const struct calib_cfgset *calib_src_configs(const struct calib_src *src)
{
	return src->configured;
}

const char *calib_src_calibrated(const struct calib_src *src, struct calib_srcid id)
{
	return src->kind->calibrated(src, id);
}
