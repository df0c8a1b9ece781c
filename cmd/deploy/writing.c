/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/writing.c - options and last steps of the verbs that write */
#include "deploy/deploy.h"

#include <errno.h>
#include <grp.h>
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

static mode_t parse_mode(const struct argp_state *state, const char *option, const char *arg)
{
	char *end;
	long mode = strtol(arg, &end, 8);

	if (*arg < '0' || *arg > '7' || *end != '\0' || mode <= 0 || mode > 07777)
		argp_error(state, "%s: '%s' is not an octal mode from 1 to 7777", option, arg);
	return (mode_t)mode;
}

static gid_t parse_group(const struct argp_state *state, const char *arg)
{
	const struct group *group = getgrnam(arg);
	long id = 0;

	if (group != NULL)
		return group->gr_gid;
	if (calib_parse_long(&id, arg, 0, 0x7fffffff, "--group", NULL) < 0)
		argp_error(state, "--group: '%s' is neither a group nor a number", arg);
	return (gid_t)id;
}

static error_t parse_access(int key, char *arg, struct argp_state *state)
{
	struct calib_change_params *p = &((struct calib_deploy_params *)state->input)->change;

	switch (key) {
	case KEY_GROUP:   p->group = parse_group(state, arg); return 0;
	case KEY_DIRMODE: p->dirmode = parse_mode(state, "--dirmode", arg); return 0;
	case KEY_FILEMODE:
		p->filemode = parse_mode(state, "--filemode", arg);
		p->keep_mode = false;
		return 0;
	default:          return ARGP_ERR_UNKNOWN;
	}
}

const struct argp deploy_access_argp = {access_options, parse_access, NULL, NULL, NULL, NULL,
	NULL};

static error_t parse_checks(int key, char *arg, struct argp_state *state)
{
	struct calib_deploy_params *p = state->input;
	const struct calib_limit *limit;
	char option[32];

	if (key == KEY_FORCE) {
		p->force = true;
		return 0;
	}
	if (key < KEY_LIMIT || key > KEY_LAST_LIMIT
	    || (limit = calib_limit_at((size_t)(key - KEY_LIMIT))) == NULL)
		return ARGP_ERR_UNKNOWN;
	snprintf(option, sizeof option, "--%s", limit->name);
	*calib_limit_value(&p->limits, limit) = cli_double(state, option, arg, limit->lo,
	                                                   limit->hi);
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
		snprintf(twin[i], sizeof twin[i], "%s", limit->name);
		for (char *p = twin[i]; *p != '\0'; p++)
			*p = *p == '-' ? '_' : *p;
		options[n++] = (struct argp_option){twin[i], 0, NULL,
			OPTION_ALIAS | OPTION_HIDDEN, NULL, 5};
	}
	return &argp;
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
