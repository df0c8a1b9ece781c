/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/look.c - a type directory as the verbs that look at it see it */
#include "deploy/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"

/* First of n sorted names that is not before text. */
static size_t lower_bound(char *const *names, size_t n, const char *text)
{
	size_t lo = 0;

	while (n > 0) {
		size_t half = n / 2;

		if (strcmp(names[lo + half], text) < 0) {
			lo += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return lo;
}

/* "<name>-<time>" of every file; names sorted. */
static int count_backups(struct look_type *look, const char *typedir, struct calib_err *err)
{
	struct calib_str prefix = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = calib_dir_names(&names, &n, typedir, err);

	for (size_t i = 0; i < look->files.n && rc >= 0; i++) {
		calib_str_clear(&prefix);
		calib_str_addf(&prefix, "%s-", look->files.file[i].name);
		rc = calib_str_check(&prefix, err);
		for (size_t k = rc < 0 ? n : lower_bound(names, n, prefix.s);
		     k < n && strncmp(names[k], prefix.s, prefix.len) == 0; k++)
			look->note[i].backups++;
	}
	calib_names_free(names);
	calib_str_release(&prefix);
	return rc;
}

struct named { const char *name; size_t index; };

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* The last record of every file, which are in another order than their names. */
static int load_records(struct look_type *look, const char *path, struct calib_err *err)
{
	size_t n = look->files.n;
	struct named *order = calib_alloc(n, sizeof *order, "list of files", err);
	const char **names = calib_alloc(n, sizeof *names, "list of files", err);
	struct calib_history *record = calib_alloc(n, sizeof *record, "list of files", err);
	int rc = order != NULL && names != NULL && record != NULL ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < n && rc >= 0; i++)
		order[i] = (struct named){look->files.file[i].name, i};
	if (rc >= 0) {
		qsort(order, n, sizeof *order, by_name);
		for (size_t i = 0; i < n; i++)
			names[i] = order[i].name;
		rc = calib_history_last(path, names, n, record, err);
		for (size_t i = 0; i < n; i++)
			look->note[order[i].index].record = record[i];
	}
	free(record);
	free(names);
	free(order);
	return rc;
}

static int load_notes(struct look_type *look, const char *typedir, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	int rc;

	look->note = calib_alloc(look->files.n, sizeof *look->note, "list of files", err);
	if (look->note == NULL)
		return CALIB_ENOMEM;
	rc = count_backups(look, typedir, err);
	calib_path_join(&path, typedir, "HISTORY");
	if (rc >= 0)
		rc = calib_str_check(&path, err);
	if (rc >= 0 && calib_is_file(path.s)) {
		rc = load_records(look, path.s, &why);
		if (rc == CALIB_ENOMEM)
			calib_fail(err, rc, "%s", why.msg);
		else if (rc < 0)
			calib_log(CALIB_ERROR, "%s", why.msg);
		rc = rc == CALIB_ENOMEM ? rc : rc < 0;
	}
	calib_str_release(&path);
	return rc;
}

int look_load(struct look_type *look, const char *typedir, bool notes, struct calib_err *err)
{
	int rc = deploy_list(&look->files, typedir, err), unread = rc;

	if (rc >= 0)
		rc = calib_dirfiles_spans(&look->files, &look->spans, &look->nspans, err);
	if (rc >= 0)
		calib_spans_group(look->spans, look->nspans);
	if (rc >= 0 && notes && look->files.n > 0)
		rc = load_notes(look, typedir, err);
	return rc < 0 ? rc : rc + unread;
}

void look_release(struct look_type *look)
{
	for (size_t i = 0; look->note != NULL && i < look->files.n; i++)
		calib_history_release(&look->note[i].record);
	free(look->note);
	free(look->spans);
	calib_dirfiles_release(&look->files);
	*look = (struct look_type)LOOK_TYPE_INIT;
}
