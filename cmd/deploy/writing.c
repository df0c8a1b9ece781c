/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/writing.c - options and last steps of the verbs that write */
#include "deploy/deploy.h"

#include <grp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"

static const struct argp_option change_options[] = {
	{"dry-run", KEY_DRY_RUN, NULL, 0, "print the commands for sh that would do it, change "
	 "nothing", 4},
	{"dry_run", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 4},
	{"no-backup", KEY_NO_BACKUP, NULL, 0, "keep no copy of what is replaced or deleted: it "
	 "cannot be undone", 4},
	{"no_backup", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 4},
	{"comment", KEY_COMMENT, "TEXT", 0, "for HISTORY (default calib-deploy, "
	 "or calib-deploy- and the verb)", 6},
	{"history-file", KEY_HISTORY_FILE, "NAME", 0, "empty: none (default HISTORY)", 6},
	{"history_file", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 6},
	{0}
};

static error_t parse_change(int key, char *arg, struct argp_state *state)
{
	struct calib_change_params *p = &((struct calib_deploy_params *)state->input)->change;

	switch (key) {
	case KEY_DRY_RUN:      p->dry_run = true; return 0;
	case KEY_NO_BACKUP:    p->no_backup = true; return 0;
	case KEY_COMMENT:
		if (strncmp(arg, "undo", 4) == 0 || strncmp(arg, "redo", 4) == 0)
			argp_error(state, "--comment: '%s' is what the verb undo writes", arg);
		p->comment = arg;
		return 0;
	case KEY_HISTORY_FILE: p->history = arg; return 0;
	default:               return ARGP_ERR_UNKNOWN;
	}
}

const struct argp deploy_change_argp = {change_options, parse_change, NULL, NULL, NULL, NULL,
	NULL};

static const struct argp_option access_options[] = {
	{"group", KEY_GROUP, "NAME", 0, "group of what is created (default that of the "
	 "calibration directory)", 7},
	{"dirmode", KEY_DIRMODE, "MODE", 0, "mode of new directories (default 2775)", 7},
	{"filemode", KEY_FILEMODE, "MODE", 0,
	 "mode of files (default 0664 for new ones; others keep theirs)", 7},
	{0}
};

static error_t parse_access(int key, char *arg, struct argp_state *state)
{
	struct deploy_typed *t = state->input;

	switch (key) {
	case KEY_GROUP:    t->group = arg; return 0;
	case KEY_DIRMODE:  t->dirmode = arg; return 0;
	case KEY_FILEMODE: t->filemode = arg; return 0;
	default:           return ARGP_ERR_UNKNOWN;
	}
}

const struct argp deploy_access_argp = {access_options, parse_access, NULL, NULL, NULL, NULL,
	NULL};

/* "max_bad" of "max-bad": the key of a limit in the configuration, and its twin. */
static void limit_key(char key[32], const struct calib_limit *limit)
{
	snprintf(key, 32, "%s", limit->name);
	for (char *p = key; *p != '\0'; p++)
		*p = *p == '-' ? '_' : *p;
}

static error_t parse_checks(int key, char *arg, struct argp_state *state)
{
	struct deploy_typed *t = state->input;
	const struct calib_limit *limit;
	char option[34], name[32];

	if (key == KEY_FORCE) {
		t->params->force = true;
		return 0;
	}
	if (key < KEY_LIMIT || key > KEY_LAST_LIMIT
	    || (limit = calib_limit_at((size_t)(key - KEY_LIMIT))) == NULL)
		return ARGP_ERR_UNKNOWN;
	snprintf(option, sizeof option, "--%s", limit->name);
	limit_key(name, limit);
	t->given[key - KEY_LIMIT] = cli_limit_arg(state, option, name, arg);
	return 0;
}

/* Each limit has a twin with underscores, like all options. */
const struct argp *deploy_checks_argp(void)
{
	static struct argp_option options[2 * (KEY_LAST_LIMIT - KEY_LIMIT + 1) + 2] = {
		{"force", KEY_FORCE, NULL, 0, "deploy in spite of doubts about the content", 4}};
	static const struct argp argp = {options, parse_checks, NULL, NULL, NULL, NULL, NULL};
	static char twin[KEY_LAST_LIMIT - KEY_LIMIT + 1][32];
	const struct calib_limit *limit;
	int n = 1;

	for (int i = 0; (limit = calib_limit_at((size_t)i)) != NULL; i++) {
		options[n++] = (struct argp_option){limit->name, KEY_LIMIT + i, limit->arg, 0,
			limit->help, 5};
		limit_key(twin[i], limit);
		options[n++] = (struct argp_option){twin[i], 0, NULL,
			OPTION_ALIAS | OPTION_HIDDEN, NULL, 5};
	}
	return &argp;
}

/* ---- what was typed, and what was not ---- */

static int parse_group(gid_t *gid, const char *where, const char *arg, struct calib_err *err)
{
	const struct group *group = getgrnam(arg);
	long id = 0;

	if (group != NULL)
		id = (long)group->gr_gid;
	else if (calib_parse_long(&id, arg, 0, 0x7fffffff, "", NULL) < 0)
		return calib_fail(err, CALIB_EINVAL, "%s: '%s' is neither a group nor a number",
		                  where, arg);
	*gid = (gid_t)id;
	return CALIB_OK;
}

/* A value as typed, else of environment or file; *where: for messages. */
static const char *either(const struct cli_config *config, const char *given, const char *key,
                          struct calib_str *where)
{
	const char *text;

	calib_str_clear(where);
	calib_str_addf(where, "%s", given != NULL ? "--" : "");
	text = given != NULL ? given : cli_config_text(config, key, where);
	calib_str_addf(where, "%s%s", given != NULL ? "" : ": ", key);
	return text;
}

static int take_mode(mode_t *mode, const struct cli_config *config, const char *given,
                     const char *key, struct calib_err *err)
{
	struct calib_str where = CALIB_STR_INIT;
	const char *text = either(config, given, key, &where);
	int rc = text == NULL ? CALIB_OK
	                      : calib_site_check(calib_site_key_find(key), text, where.s, err);

	if (rc >= 0 && text != NULL)
		*mode = (mode_t)strtol(text, NULL, 8);
	calib_str_release(&where);
	return rc;
}

int deploy_typed_take(struct deploy_typed *t, const struct cli_config *config,
                      struct calib_err *err)
{
	struct calib_change_params *p = &t->params->change;
	struct calib_str where = CALIB_STR_INIT;
	const char *group = either(config, t->group, "group", &where);
	int rc = group == NULL ? CALIB_OK : parse_group(&p->group, where.s, group, err);
	const struct calib_limit *limit;
	char key[32];

	calib_str_release(&where);
	if (rc >= 0)
		rc = take_mode(&p->dirmode, config, t->dirmode, "dirmode", err);
	if (rc >= 0)
		rc = take_mode(&p->filemode, config, t->filemode, "filemode", err);
	if (t->filemode != NULL || cli_config_text(config, "filemode", NULL) != NULL)
		p->keep_mode = false;
	for (size_t i = 0; rc >= 0 && (limit = calib_limit_at(i)) != NULL; i++) {
		limit_key(key, limit);
		cli_config_limits(&t->limit[i], config, key, t->given[i], NULL, NULL, NULL);
		rc = calib_str_check(&t->limit[i], err);
	}
	return rc;
}

struct calib_limits deploy_typed_limits(const struct deploy_typed *t, const char *source)
{
	struct calib_limits limits = t->params->limits;
	const struct calib_limit *limit;

	for (size_t i = 0; (limit = calib_limit_at(i)) != NULL; i++) {
		double v = cli_limit_real(t->limit[i].s, source, calib_det_of_source(source));

		if (!isnan(v))
			*calib_limit_value(&limits, limit) = v;
	}
	return limits;
}

void deploy_typed_release(struct deploy_typed *t)
{
	for (size_t i = 0; i < sizeof t->limit / sizeof *t->limit; i++)
		calib_str_release(&t->limit[i]);
}

/* ---- doing it ---- */

static void print_results(const struct calib_deploy *deploy)
{
	struct calib_deploy_result r;

	for (size_t i = 0; calib_deploy_result(deploy, i, &r); i++) {
		if (r.unchanged)
			calib_log(CALIB_WARNING, "%s: has this content already, left alone",
			          r.path);
		if (r.written)
			printf("%s\n", r.path);
	}
}

int deploy_write(struct calib_deploy *deploy, const struct calib_deploy_params *params,
                 struct calib_err *err)
{
	struct calib_str commands = CALIB_STR_INIT;
	int rc = calib_deploy_check(deploy, err);

	if (rc >= 0)
		rc = calib_deploy_write(deploy, &commands, err);
	print_results(deploy);
	if (rc >= 0 && params->change.dry_run)
		fputs(commands.s, stdout);
	calib_str_release(&commands);
	return rc;
}

int deploy_commit(struct calib_change *change, const struct calib_change_params *params,
                  bool actions, struct calib_err *err)
{
	const struct calib_record *record = calib_change_record(change);
	struct calib_str commands = CALIB_STR_INIT;
	int rc;

	if (params->dry_run)
		rc = calib_change_commands(change, &commands, err);
	else
		rc = calib_change_commit(change, err);
	fputs(commands.s, stdout);
	for (size_t i = 0; i < record->n; i++)
		if (record->op[i].applied)
			printf("%s%s/%s\n", !actions ? "" : record->op[i].kind == CALIB_OP_DELETE
			       ? "removed\t" : "restored\t", params->calib, record->op[i].file);
	calib_str_release(&commands);
	return rc;
}
