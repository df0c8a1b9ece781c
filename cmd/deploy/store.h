/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/store.h - calib-deploy store: its options, and its actions */
#ifndef CALIB_CMD_DEPLOY_STORE_H
#define CALIB_CMD_DEPLOY_STORE_H
#include "deploy/deploy.h"
#include "store/dcstore.h"

struct store_opts;
struct store_action {
	const char *name;
	int (*run)(const struct store_opts *o, struct calib_err *err);
	bool typed, get, input, ranged;	/* needs -t; a time; a file to add; --range */
};

struct store_opts {
	struct cli cli;
	struct deploy_where where;
	const struct store_action *action;
	const char *word, *file, *input, *output;	/* texts point into argv */
	const char *source, *id, *type, *range, *comment, *predecessor, *successor;
	double time, begin, until;	/* NAN: not given; until INFINITY: open */
	long run, edition;		/* < 0: not given; 0: not given */
	bool force;
};

/* store_action - by its name; NULL: there is none */
const struct store_action *store_action(const char *name);
/* store_path - the file; common: of all experiments instead of the one */
CALIB_MUST_CHECK
int store_path(struct calib_str *path, const struct store_opts *o, bool common,
               struct calib_err *err);
/* store_run_time - of the first event of the run, from its data */
CALIB_MUST_CHECK
int store_run_time(double *time, const struct store_opts *o, struct calib_err *err);
#endif
