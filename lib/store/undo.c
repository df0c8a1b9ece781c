/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/undo.c - put back what changes have replaced or deleted */
#include "store/undo.h"

#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "store/dir.h"

/* What is to become of one file. */
struct part {
	const struct calib_op *first, *last;	/* of the changes that are undone */
	struct calib_str undoes;
	void *bytes;				/* what it is to hold again */
	size_t n;
};

struct calib_undo {
	struct calib_records records;
	bool *marks;
	struct part *part;
	size_t n, room;
};

void calib_undo_free(struct calib_undo *undo)
{
	if (undo == NULL)
		return;
	for (size_t i = 0; i < undo->n; i++) {
		calib_str_release(&undo->part[i].undoes);
		free(undo->part[i].bytes);
	}
	free(undo->part);
	free(undo->marks);
	calib_records_release(&undo->records);
	free(undo);
}

/* ---- which operations ---- */

/* Operations of all records are numbered through: where those of record i begin. */
static size_t first_of(const struct calib_records *records, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < i; k++)
		n += records->list[k].n;
	return n;
}

/* "42.1,40.3" */
static void mark_undone(bool *marks, const struct calib_records *records, const char *undoes)
{
	while (*undoes >= '0' && *undoes <= '9') {
		char *end;
		unsigned long id = strtoul(undoes, &end, 10);
		size_t op = *end == '.' ? strtoul(end + 1, &end, 10) : SIZE_MAX;

		for (size_t i = 0; i < records->n; i++)
			if (records->list[i].id == id && op < records->list[i].n)
				marks[first_of(records, i) + op] = true;
		undoes = *end == ',' ? end + 1 : end;
	}
}

/* From the last to the first: what was taken back itself takes nothing back. */
int calib_undo_marks(bool **marks, const struct calib_records *records, struct calib_err *err)
{
	size_t n = first_of(records, records->n);

	*marks = calib_alloc(n + 1, sizeof **marks, "changes", err);
	if (*marks == NULL)
		return CALIB_ENOMEM;
	for (size_t i = records->n; i-- > 0;)
		for (size_t k = records->list[i].n; k-- > 0;)
			if (!(*marks)[--n])
				mark_undone(*marks, records, records->list[i].op[k].undoes);
	return CALIB_OK;
}

/* A component of group/source/type/name. */
static bool is_part(const char *file, int which, const char *want)
{
	size_t len = want ? strlen(want) : 0;

	if (want == NULL)
		return true;
	while (which-- > 0)
		file += strcspn(file, "/") + 1;
	return strncmp(file, want, len) == 0 && (file[len] == '/' || file[len] == '\0');
}

bool calib_undo_matches(const struct calib_undo_params *params, const struct calib_op *op)
{
	return is_part(op->file, 1, params->source) && is_part(op->file, 2, params->type)
	       && is_part(op->file, 3, params->name);
}

static bool is_eligible(const struct calib_undo *u, const struct calib_undo_params *params,
                        size_t i, size_t k)
{
	const struct calib_record *r = &u->records.list[i];
	const struct calib_op *op = &r->op[k];

	if (r->pid != 0 || u->marks[first_of(&u->records, i) + k]
	    || !calib_undo_matches(params, op))
		return false;
	if (params->redo)
		return *op->undoes != '\0' && strcmp(r->verb, "undo") == 0;
	return *op->undoes == '\0' && (params->to < 0 || r->id > (unsigned long)params->to);
}

/* Is there no later change of the file that is in force?  Takings back are none. */
static bool is_newest(const struct calib_undo *u, size_t i, const char *file)
{
	for (size_t k = i + 1; k < u->records.n; k++)
		for (size_t m = 0; m < u->records.list[k].n; m++)
			if (strcmp(u->records.list[k].op[m].file, file) == 0
			    && *u->records.list[k].op[m].undoes == '\0'
			    && !u->marks[first_of(&u->records, k) + m])
				return false;
	return true;
}

static int add_part(struct calib_undo *u, size_t i, size_t k, struct calib_err *err)
{
	const struct calib_record *r = &u->records.list[i];
	const struct calib_op *op = &r->op[k];
	void *list = u->part;
	size_t p = 0;

	while (p < u->n && strcmp(u->part[p].first->file, op->file) != 0)
		p++;
	if (p == u->n) {
		if (calib_grow(&list, &u->room, u->n + 1, sizeof *u->part, "undo", err) < 0)
			return CALIB_ENOMEM;
		u->part = list;
		u->part[u->n++] = (struct part){.undoes = CALIB_STR_INIT, .last = op};
	}
	u->part[p].first = op;	/* from the last to the first */
	calib_str_addf(&u->part[p].undoes, "%s%lu.%zu", u->part[p].undoes.len ? "," : "", r->id, k);
	return calib_str_check(&u->part[p].undoes, err);
}

static int choose(struct calib_undo *u, const struct calib_undo_params *params,
                  struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = u->records.n; i-- > 0 && rc >= 0;) {
		const struct calib_record *r = &u->records.list[i];

		for (size_t k = r->n; k-- > 0 && rc >= 0;) {
			if (!is_eligible(u, params, i, k))
				continue;
			if (params->redo && !is_newest(u, i, r->op[k].file))
				rc = calib_fail(err, CALIB_EINVAL, "%s: was changed after the undo "
				                "(%lu), it cannot be taken back", r->op[k].file,
				                r->id);
			if (rc >= 0)
				rc = add_part(u, i, k, err);
		}
		if (u->n > 0 && params->to < 0)
			break;
	}
	return rc;
}

/* ---- a copy that no record knows of: of another program, or older than the records ---- */

static bool is_known(const struct calib_records *records, const char *file, const char *backup)
{
	for (size_t i = 0; i < records->n; i++)
		for (size_t k = 0; k < records->list[i].n; k++) {
			const struct calib_op *op = &records->list[i].op[k];

			if (strcmp(op->file, file) == 0
			    && (strcmp(op->backup, backup) == 0
			        || (op->undoes[0] == '=' && strcmp(op->undoes + 1, backup) == 0)))
				return true;
		}
	return false;
}

/* The latest one of <name>-YYYY-MM-DDTHH:MM:SS, by its name; 1 found. */
static int latest_copy(const struct calib_undo *u, const char *calib, const char *file,
                       struct calib_str *backup, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT, dir = CALIB_STR_INIT;
	const char *name = calib_path_base(file);
	size_t n = 0, len = strlen(name);
	char **names = NULL;
	int rc;

	calib_path_join(&path, calib, file);
	calib_path_dir(&dir, path.s);
	rc = calib_str_check(&dir, err);
	if (rc >= 0 && calib_is_dir(dir.s))
		rc = calib_dir_names(&names, &n, dir.s, err);
	for (size_t i = n; i-- > 0 && backup->len == 0;)
		if (strncmp(names[i], name, len) == 0 && names[i][len] == '-'
		    && names[i][len + 1] >= '0' && names[i][len + 1] <= '9'
		    && !is_known(&u->records, file, names[i]))
			calib_str_add(backup, names[i]);
	calib_names_free(names);
	calib_str_release(&dir);
	calib_str_release(&path);
	return rc < 0 ? rc : backup->len > 0;
}

/* ---- adding them to the change ---- */

static int check_now(const struct part *p, const char *target, bool force, struct calib_err *err)
{
	struct calib_print now = calib_print_file(target);

	if (calib_print_equal(&now, &p->last->after))
		return CALIB_OK;
	if (!force)
		return calib_fail(err, CALIB_EINVAL, "%s: was changed by another program since, "
		                  "--force puts the old content back all the same (a copy of the "
		                  "present one is kept)", target);
	calib_log(CALIB_WARNING, "%s: was changed by another program since", target);
	return CALIB_OK;
}

static int read_copy(struct calib_str *path, const char *target, const char *backup,
                     void **bytes, size_t *n, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	int rc;

	calib_path_dir(&dir, target);
	calib_path_join(path, dir.s, backup);
	rc = calib_str_check(path, err);
	if (rc >= 0)
		rc = calib_read_file(path->s, bytes, n, err);
	calib_str_release(&dir);
	return rc;
}

static long run_of(const char *name)
{
	struct calib_range range;

	return calib_name_parse(name, &range, NULL) == CALIB_NAME_GOOD ? (long)range.begin : -1;
}

static int restore(struct part *p, struct calib_change *change, const char *target,
                   struct calib_err *err)
{
	struct calib_change_file file = {.file = p->first->file, .undoes = p->undoes.s,
		.run = run_of(calib_path_base(p->first->file))};
	struct calib_str path = CALIB_STR_INIT;
	struct calib_print print;
	int rc = CALIB_OK;

	if (*p->first->backup == '\0')
		rc = calib_fail(err, CALIB_EINVAL, "%s: no copy of what it held was kept, it "
		                "cannot be put back", target);
	if (rc >= 0)
		rc = read_copy(&path, target, p->first->backup, &p->bytes, &p->n, err);
	if (rc >= 0) {
		print = calib_print_bytes(p->bytes, p->n);
		if (!calib_print_equal(&print, &p->first->before))
			rc = calib_fail(err, CALIB_EINVAL, "%s: is not what %s held, it was "
			                "changed", path.s, target);
	}
	file.bytes = p->bytes;
	file.n = p->n;
	file.input = path.s;
	if (rc >= 0)
		rc = calib_change_put(change, &file, err);
	calib_str_release(&path);
	return rc;
}

static int add_one(struct part *p, struct calib_change *change, const char *calib, bool force,
                   struct calib_err *err)
{
	struct calib_str target = CALIB_STR_INIT;
	int rc;

	calib_path_join(&target, calib, p->first->file);
	rc = calib_str_check(&target, err);
	if (rc >= 0)
		rc = check_now(p, target.s, force, err);
	if (rc >= 0 && p->first->before.there)
		rc = restore(p, change, target.s, err);
	else if (rc >= 0 && calib_is_file(target.s))
		rc = calib_change_delete(change, p->first->file, p->undoes.s, err);
	calib_str_release(&target);
	return rc;
}

/* The one file that source, type and name say. */
static int add_unknown(struct calib_undo *u, struct calib_change *change, const char *calib,
                       const struct calib_undo_params *params, struct calib_err *err)
{
	struct calib_str file = CALIB_STR_INIT, backup = CALIB_STR_INIT, path = CALIB_STR_INIT;
	struct calib_str mark = CALIB_STR_INIT, target = CALIB_STR_INIT;
	struct calib_change_file put = {.run = run_of(params->name)};
	struct part *p = calib_alloc(1, sizeof *p, "undo", err);
	int rc = p ? calib_dir_type_path(&file, "", params->source, params->type, err)
	           : CALIB_ENOMEM;

	if (rc >= 0) {
		*p = (struct part){.undoes = CALIB_STR_INIT};
		u->part = p;
		u->n = u->room = 1;
		calib_str_addf(&file, "/%s", params->name);
		calib_path_join(&target, calib, file.s);
		rc = latest_copy(u, calib, file.s, &backup, err);
	}
	if (rc == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: there is nothing to undo", target.s);
	if (rc > 0)
		rc = read_copy(&path, target.s, backup.s, &p->bytes, &p->n, err);
	calib_str_addf(&mark, "=%s", backup.s);
	put.file = file.s;
	put.bytes = p ? p->bytes : NULL;
	put.n = p ? p->n : 0;
	put.input = path.s;
	put.undoes = mark.s;
	if (rc >= 0)
		rc = calib_change_put(change, &put, err);
	calib_str_release(&target);
	calib_str_release(&mark);
	calib_str_release(&path);
	calib_str_release(&backup);
	calib_str_release(&file);
	return rc < 0 ? rc : CALIB_OK;
}

int calib_undo_add(struct calib_undo **undo, struct calib_change *change, const char *calib,
                   const struct calib_undo_params *params, struct calib_err *err)
{
	struct calib_undo *u = calib_alloc(1, sizeof *u, "undo", err);
	int rc = u ? calib_records_load(&u->records, calib, true, err) : CALIB_ENOMEM;

	if (rc >= 0)
		rc = calib_undo_marks(&u->marks, &u->records, err);
	if (rc >= 0)
		rc = choose(u, params, err);
	for (size_t i = 0; rc >= 0 && i < u->n; i++)
		rc = add_one(&u->part[i], change, calib, params->force, err);
	if (rc >= 0 && u->n == 0) {
		if (params->source && params->type && params->name && !params->redo
		    && params->to < 0)
			rc = add_unknown(u, change, calib, params, err);
		else
			rc = calib_fail(err, CALIB_ENOTFOUND, "%s: there is nothing to %s", calib,
			                params->redo ? "redo" : "undo");
	}
	*undo = u;
	return rc < 0 ? rc : CALIB_OK;
}
