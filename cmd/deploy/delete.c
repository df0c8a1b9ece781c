/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/delete.c - calib-deploy delete: remove constants, so that it can be undone */
#include "deploy/deploy.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "deploy/place.h"
#include "store/dir.h"

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct calib_deploy_params params;
	struct deploy_names names;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->names;
		state->child_inputs[2] = &o->params;
		state->child_inputs[3] = &o->cli;
		return 0;
	case ARGP_KEY_END:
		if (!o->names.yes && !o->params.change.dry_run && !isatty(STDIN_FILENO))
			argp_error(state, "-y is needed where nobody can be asked; nothing is "
			           "deleted");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

struct listing {
	struct opts *o;
	const char *calib;		/* NULL: that of each path */
	struct places places;
};

/* Only what is a file of constants, or is called so. */
static int add_name(void *ctx, char *name, unsigned long number, struct calib_err *err)
{
	struct listing *l = ctx;
	struct calib_range range;
	struct place place = PLACE_INIT;
	struct stat st;
	int rc = place_of(&place, name, l->calib, err);

	(void)number;
	if (rc >= 0 && lstat(name, &st) != 0)
		rc = calib_fail_sys(err, "%s: cannot delete", name);
	if (rc >= 0
	    && calib_name_parse(calib_path_base(place.file), &range, NULL) == CALIB_NAME_OTHER)
		rc = calib_fail(err, CALIB_EINVAL, "%s: is no file of constants, their names end "
		                "in .data", name);
	if (rc >= 0)
		rc = places_add(&l->places, &place, err);
	place_release(&place);
	return rc;
}

static int delete_all(struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT, question = CALIB_STR_INIT;
	struct listing l = {.o = o};
	int rc = CALIB_OK;

	if (o->where.calib != NULL || o->where.exp != NULL) {
		rc = deploy_calib(&calib, &o->where, err);
		l.calib = calib.s;
	}
	if (rc >= 0)
		rc = deploy_each_name(&o->names, add_name, &l, err);
	calib_str_addf(&question, "delete %zu file%s", l.places.n, l.places.n == 1 ? "" : "s");
	if (rc >= 0 && l.places.n > 0 && !o->params.change.dry_run)
		rc = deploy_confirm(&o->names, question.s, err);
	o->params.change.verb = "delete";
	if (rc >= 0)
		rc = places_delete(&l.places, &o->params.change, err);
	places_release(&l.places);
	free(o->names.arg);
	calib_str_release(&question);
	calib_str_release(&calib);
	return rc;
}

int deploy_delete(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&deploy_names_argp, 0, NULL, 0},
		{&deploy_change_argp, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {NULL, parse, "[PATH...]",
		"Delete files of constants, named as arguments or on standard input, of the "
		"directory of -c or -e, or of any that is called calib. Each stays as a copy with "
		"the time added to its name. Prints the paths deleted.\v"
		"Example: calib-deploy status --paths -c calib -t geometry | "
		"calib-deploy delete -y", children, NULL, NULL};
	struct opts o = {.where.optional = true, .params = calib_deploy_defaults()};
	struct calib_err err = CALIB_ERR_INIT;

	o.params.change.comment = "calib-deploy-delete";
	cli_parse(&argp, argc, argv, &o);
	return cli_finish(delete_all(&o, &err), &err);
}
