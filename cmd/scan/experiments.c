/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/experiments.c - instruments and experiments below the root of the data */
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "scan/scan.h"

/* Most often the root is another one. */
static void say_when_empty(const struct calib_experiments *found)
{
	if (found->n == 0)
		calib_log(CALIB_WARNING, "no experiments; they are expected as "
		          "<root>/<instrument>/<experiment>/xtc (--root)");
}

int scan_experiments(const struct scan_opts *o, struct calib_err *err)
{
	static const char *const columns[] = {"instrument", "experiment", "directory", "runs",
		"last", NULL};
	struct calib_experiments found;
	struct calib_table table;
	int rc = calib_experiments_list(&found, o->set.root, o->instrument, true, err);

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
	int rc = calib_experiments_list(&found, o->set.root, NULL, false, err);

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
