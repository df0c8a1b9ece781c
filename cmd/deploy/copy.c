/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/copy.c - calib-deploy copy, move: constants of this or another directory, or of any
 * place, under the name they shall have */
#include "deploy/deploy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "deploy/place.h"
#include "store/commands.h"
#include "store/dir.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct calib_deploy_params params;
	struct deploy_typed typed;
	struct deploy_names names;
	const char *source, *type, *range;
	bool move;
};

static const struct argp_option options[] = {
	{"source", 's', "SRC", 0, "source they shall have (default that of the path)", 2},
	{"type", 't', "TYPE", 0, "type they shall have (default that of the path)", 2},
	{"runrange", 'v', "RANGE", 0, "runs they shall have: 123-567, 123-end, or 123, which is "
	 "123-end (default those of the name)", 2},
	{0}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range range;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->names;
		o->typed.params = &o->params;
		state->child_inputs[2] = &o->params;
		state->child_inputs[3] = state->child_inputs[4] = &o->typed;
		state->child_inputs[5] = &o->cli;
		return 0;
	case 's': o->source = arg; return 0;
	case 't': o->type = arg; return 0;
	case 'v': o->range = arg; return 0;
	case ARGP_KEY_END:
		if (deploy_typed_take(&o->typed, &o->where.config, &err) < 0)
			cli_usage_error(state, &err);
		if (o->range != NULL && calib_range_parse(&range, o->range, &err) < 0)
			cli_usage_error(state, &err);
		return 0;
	default:  return ARGP_ERR_UNKNOWN;
	}
}

/* ---- what becomes of a file ---- */

struct listing {
	struct opts *o;
	struct calib_deploy *deploy;
	size_t n;			/* files to be copied */
};

/* "173-end" of "173-end.data"; other names say no runs. */
static int range_of(struct calib_str *text, const char *name, const char *path,
                    struct calib_err *err)
{
	struct calib_range range;

	if (calib_name_parse(name, &range, NULL) != CALIB_NAME_GOOD)
		return calib_fail(err, CALIB_EINVAL, "%s: the name says no runs, give them with -v",
		                  path);
	calib_str_addn(text, name, strlen(name) - strlen(".data"));
	return calib_str_check(text, err);
}

static void doubt_group(const struct calib_dir_parts *p, const char *path)
{
	const char *group = calib_dir_group_of(p->source);

	if (group != NULL && strcmp(group, p->group) != 0)
		calib_log(CALIB_WARNING, "%s: lies in the group %s, the analysis looks for the "
		          "source in %s", path, p->group, group);
}

/* What the path does not say has to be given; HISTORY is the directory's own. */
static int add_name(void *ctx, char *name, unsigned long number, struct calib_err *err)
{
	struct listing *l = ctx;
	const struct opts *o = l->o;
	struct calib_deploy_item item = {.file = name, .source = o->source, .type = o->type,
		.range = o->range, .own = true};
	struct calib_dir_parts p = {NULL, NULL, NULL, NULL, NULL};
	struct calib_str range = CALIB_STR_INIT;
	int rc = CALIB_OK;

	(void)number;
	if (strcmp(calib_path_base(name), o->params.change.history) == 0) {
		calib_log(CALIB_WARNING, "%s: is no file of constants, passed over", name);
		return CALIB_OK;
	}
	if (o->source == NULL || o->type == NULL || o->range == NULL)
		rc = calib_dir_split(&p, name, err);
	if (rc < 0)
		return calib_err_wrap(err, "-s SOURCE, -t TYPE and -v RANGE are needed");
	if (o->source == NULL) {
		item.source = p.source;
		doubt_group(&p, name);
	}
	if (o->type == NULL)
		item.type = p.type;
	if (o->range == NULL)
		rc = range_of(&range, p.name, name, err);
	if (o->range == NULL)
		item.range = range.s;
	if (rc >= 0)
		rc = calib_path_regular(name, err);
	if (rc >= 0) {
		item.limits = deploy_typed_limits(&o->typed, item.source);
		rc = calib_deploy_add(l->deploy, &item, err);
	}
	l->n += rc >= 0;
	calib_str_release(&range);
	free(p.calib);
	return rc;
}

/* ---- what move deletes ---- */

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev
	       && x.st_ino == y.st_ino;
}

static int remove_file(const struct opts *o, const char *path, struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT;

	if (o->params.change.dry_run) {
		calib_command_path(&text, path);
		printf("rm%s\n", text.s);
		calib_str_release(&text);
		return CALIB_OK;
	}
	if (unlink(path) != 0)
		return calib_fail_sys(err, "%s: is copied, but cannot be deleted", path);
	return CALIB_OK;
}

/* Where each of the files to go is: constants of this directory leave it by the change that brings
 * them elsewhere in it, those of others by a change there, and other files just so. */
struct leaving {
	struct places places;
	const char **file;		/* of no directory; nfile of them */
	size_t nfile, room;
};

static int sort_one(struct leaving *l, const struct opts *o, struct calib_deploy *deploy,
                    const char *file, struct calib_err *err)
{
	struct place place = PLACE_INIT;
	struct calib_dir_parts p;
	void *list = l->file;
	char *here;
	int rc;

	if (calib_dir_split(&p, file, NULL) < 0) {
		if (calib_grow(&list, &l->room, l->nfile + 1, sizeof file, "files", err) < 0)
			return CALIB_ENOMEM;
		l->file = list;
		l->file[l->nfile++] = file;
		return CALIB_OK;
	}
	here = realpath(o->params.change.calib, NULL);
	rc = place_of(&place, file, p.calib, err);
	if (rc >= 0 && here != NULL && strcmp(place.real, here) == 0)
		rc = calib_deploy_delete(deploy, place.file, err);
	else if (rc >= 0)
		rc = places_add(&l->places, &place, err);
	place_release(&place);
	free(here);
	free(p.calib);
	return rc;
}

static int sort_all(struct leaving *l, const struct opts *o, struct calib_deploy *deploy,
                    struct calib_err *err)
{
	struct calib_deploy_result r;
	int rc = CALIB_OK;

	for (size_t i = 0; calib_deploy_result(deploy, i, &r) && rc >= 0; i++)
		if (!is_same_file(r.file, r.path))
			rc = sort_one(l, o, deploy, r.file, err);
	return rc;
}

/* Never before the copies are there. */
static int remove_inputs(struct leaving *l, const struct opts *o, struct calib_err *err)
{
	int rc = places_delete(&l->places, &o->params.change, err);

	for (size_t i = 0; i < l->nfile && rc >= 0; i++)
		rc = remove_file(o, l->file[i], err);
	return rc;
}

/* ---- doing it ---- */

static int do_all(struct opts *o, struct listing *l, struct calib_err *err)
{
	struct calib_str question = CALIB_STR_INIT;
	struct leaving leaving = {{NULL, 0, 0}, NULL, 0, 0};
	int rc = deploy_each_name(&o->names, add_name, l, err);

	if (rc >= 0 && l->n == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "no file was named that could be %s",
		                o->move ? "moved" : "copied");
	calib_str_addf(&question, "%s %zu file%s to %s", o->move ? "move" : "copy", l->n,
	               l->n == 1 ? "" : "s", o->params.change.calib);
	if (rc >= 0 && !o->params.change.dry_run)
		rc = deploy_confirm(&o->names, question.s, err);
	if (rc >= 0 && o->move)
		rc = sort_all(&leaving, o, l->deploy, err);
	if (rc >= 0)
		rc = deploy_write(l->deploy, &o->params, err);
	if (rc >= 0)
		rc = remove_inputs(&leaving, o, err);
	places_release(&leaving.places);
	free(leaving.file);
	calib_str_release(&question);
	return rc;
}

static int copy(struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	struct listing l = {.o = o};
	int rc = deploy_calib(&calib, &o->where, err);

	o->params.change.calib = calib.s;
	o->params.change.exp = o->where.exp;
	o->params.change.no_replace = o->cli.keep;
	o->params.change.verb = o->move ? "move" : "copy";
	if (o->params.change.comment == NULL)
		o->params.change.comment = o->move ? "calib-deploy-move" : "calib-deploy-copy";
	if (rc >= 0 && !o->params.change.dry_run)
		rc = calib_change_recover(calib.s, err);
	if (rc >= 0)
		rc = calib_deploy_new(&l.deploy, &o->params, err);
	if (rc >= 0)
		rc = do_all(o, &l, err);
	calib_deploy_free(l.deploy);
	free(o->names.arg);
	calib_str_release(&calib);
	return rc;
}

static int copy_main(int argc, char **argv, bool move, const char *doc)
{
	const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&deploy_names_argp, 0, NULL, 0},
		{&deploy_change_argp, 0, NULL, 0}, {&deploy_access_argp, 0, NULL, 0},
		{deploy_checks_argp(), 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}
	};
	const struct argp argp = {options, parse, "[PATH...]", doc, children, NULL, NULL};
	struct opts o = {.params = calib_deploy_defaults(), .move = move};
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	o.params.change.comment = NULL;
	cli_parse(&argp, argc, argv, &o);
	rc = copy(&o, &err);
	deploy_typed_release(&o.typed);
	return cli_finish(rc, &err);
}

int deploy_copy(int argc, char **argv)
{
	return copy_main(argc, argv, false,
		"Copy files of constants, named as arguments or on standard input, to the "
		"directory of -c or -e. Source, type and runs stay what their paths say, unless "
		"they are given; they are checked like those of put. Prints the paths written.\v"
		"Example: calib-deploy status --paths -c OLD/calib -t geometry | "
		"calib-deploy copy -c NEW/calib -v 0-end");
}

int deploy_move(int argc, char **argv)
{
	return copy_main(argc, argv, true,
		"Copy files as the verb copy does, and delete them where they were. Prints the "
		"paths written.\v"
		"Example: calib-deploy move -c calib -v 200-300 "
		"calib/Camera::CalibV1/XppEndstation.0:Opal1000.1/pedestals/200-end.data");
}
