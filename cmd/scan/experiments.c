/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/experiments.c - instruments and experiments below the root of the data */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "scan/scan.h"

/* Most often the root is another one. */
static void say_when_empty(const struct calib_experiments *found)
{
	if (found->n == 0)
		calib_log(CALIB_WARNING, "no experiments; they are expected as "
		          "<root>/<instrument>/<experiment>/xtc (--root)");
}

static bool has(const struct calib_experiments *list, const struct calib_experiment *e)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->list[i].name, e->name) == 0
		    && strcasecmp(list->list[i].instrument, e->instrument) == 0)
			return true;
	return false;
}

/* What another root has besides; *more is used up. */
static int join(struct calib_experiments *all, struct calib_experiments *more,
                struct calib_err *err)
{
	size_t before = all->n;
	struct calib_experiments first = {all->list, before, 0};
	void *list = all->list;
	int rc = calib_grow(&list, &all->room, before + more->n + 1, sizeof *more->list,
	                    "experiments", err);

	all->list = first.list = list;
	for (size_t i = 0; rc >= 0 && i < more->n; i++)
		if (!has(&first, &more->list[i])) {
			all->list[all->n++] = more->list[i];
			more->list[i] = (struct calib_experiment){NULL, NULL, NULL, 0, 0};
		}
	calib_experiments_release(more);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	const struct calib_experiment *x = a, *y = b;
	int order = strcasecmp(x->instrument, y->instrument);

	return order != 0 ? order : strcmp(x->name, y->name);
}

/* Of all roots in their order: an experiment counts where -e finds it.  A root that is not there,
 * or lacks the instrument, is one the others may make up for. */
static int list_all(struct calib_experiments *all, const struct scan_opts *o,
                    const char *instrument, bool look, struct calib_err *err)
{
	struct calib_str root = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	size_t roots = 0;
	bool any = false;
	int rc = CALIB_OK;

	*all = (struct calib_experiments){NULL, 0, 0};
	while (rc >= 0 && o->root_given == NULL && cli_config_roots(&root, &o->config, roots)) {
		struct calib_experiments more;
		int one;

		calib_err_clear(&why);
		one = calib_experiments_list(&more, root.s, instrument, look, &why);

		roots++;
		if (one >= 0)
			rc = join(all, &more, err);
		else if (one != CALIB_ENOTFOUND)
			rc = calib_fail(err, one, "%s", why.msg);
		any |= one >= 0;
	}
	calib_str_release(&root);
	if (roots == 0)
		return calib_experiments_list(all, o->set.root, instrument, look, err);
	if (rc >= 0 && !any)
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s", why.msg);
	if (rc < 0)
		calib_experiments_release(all);
	else if (all->n > 0)
		qsort(all->list, all->n, sizeof *all->list, by_name);
	return rc;
}

int scan_experiments(const struct scan_opts *o, struct calib_err *err)
{
	static const char *const columns[] = {"instrument", "experiment", "directory", "runs",
		"last", NULL};
	struct calib_experiments found;
	struct calib_table table;
	int rc = list_all(&found, o, o->instrument, true, err);

	if (rc < 0)
		return rc;
	say_when_empty(&found);
	rc = scan_begin(&table, columns, o, err);
	if (rc >= 0) {
		for (size_t i = 0; i < found.n && rc >= 0; i++) {
			const struct calib_experiment *e = &found.list[i];
			char time[40];

			calib_table_text(&table, e->instrument);
			calib_table_text(&table, e->name);
			calib_table_text(&table, e->dir);
			if (e->runs >= 0)
				calib_table_int(&table, e->runs);
			else
				calib_table_text(&table, NULL);
			calib_table_text(&table, e->last >= 0 ? scan_date(e->last, time) : NULL);
			rc = calib_table_row(&table);
		}
		rc = scan_end(&table, rc, err);
	}
	calib_experiments_release(&found);
	return rc;
}

int scan_instruments(const struct scan_opts *o, struct calib_err *err)
{
	static const char *const columns[] = {"instrument", "experiments", NULL};
	struct calib_experiments found;
	struct calib_table table;
	int rc = list_all(&found, o, NULL, false, err);

	if (rc < 0)
		return rc;
	say_when_empty(&found);
	rc = scan_begin(&table, columns, o, err);
	if (rc >= 0) {
		for (size_t i = 0, k; i < found.n && rc >= 0; i = k) {
			const char *name = found.list[i].instrument;

			/* of two spellings the one in lower case, which sorts last */
			for (k = i; k < found.n && !strcasecmp(name, found.list[k].instrument); k++)
				if (strcmp(found.list[k].instrument, name) > 0)
					name = found.list[k].instrument;
			calib_table_text(&table, name);
			calib_table_unsigned(&table, k - i);
			rc = calib_table_row(&table);
		}
		rc = scan_end(&table, rc, err);
	}
	calib_experiments_release(&found);
	return rc;
}
