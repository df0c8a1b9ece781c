/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/check.c - calib-deploy check: what is wrong in a calibration directory */
#include "deploy/deploy.h"

#include "base/table.h"
#include "deploy/coverage.h"
#include "store/audit.h"

enum { KEY_NAMES = KEY_LOOK, KEY_LEVEL, KEY_EXPERIMENT };

struct opts {
	struct cli cli;
	struct deploy_where where;
	struct deploy_filter filter;
	struct calib_audit audit;
	struct coverage_opts coverage;	/* with --experiment */
	bool experiment;
	enum calib_audit_level least;
};

static const struct argp_option options[] = {
	{"names", KEY_NAMES, NULL, 0, "names, links and permissions only, no content is read", 3},
	{"level", KEY_LEVEL, "LEVEL", 0, "least to report: note, warning or error (default note)",
	 3},
	{"max-bad", KEY_MAX_BAD, "F", 0, "largest fraction of bad pixels (default 0.10)", 3},
	{"dirmode", KEY_DIRMODE, "MODE", 0, "mode directories should have (default 2775)", 3},
	{"filemode", KEY_FILEMODE, "MODE", 0, "mode files should have (default 0664)", 3},
	{"group", KEY_GROUP, "NAME", 0, "group they should belong to (default that of the "
	 "calibration directory)", 3},
	{"experiment", KEY_EXPERIMENT, NULL, 0, "instead, for cron: a line for every run and "
	 "detector without constants, or with default or too old ones", 4},
	{0}
};

static void parse_level(struct opts *o, const struct argp_state *state, const char *arg)
{
	int level = calib_audit_level_parse(arg);

	if (level < 0)
		argp_error(state, "--level: '%s' is none of note, warning, error", arg);
	o->least = (enum calib_audit_level)level;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	struct calib_audit *a = &o->audit;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->filter;
		state->child_inputs[2] = &o->coverage;
		state->child_inputs[3] = &o->cli;
		return 0;
	case KEY_NAMES:      a->names_only = true; return 0;
	case KEY_LEVEL:      parse_level(o, state, arg); return 0;
	case KEY_MAX_BAD:    a->max_bad = cli_double(state, "--max-bad", arg, 0, 1); return 0;
	case KEY_DIRMODE:    a->dirmode = deploy_parse_mode(state, "--dirmode", arg); return 0;
	case KEY_FILEMODE:   a->filemode = deploy_parse_mode(state, "--filemode", arg); return 0;
	case KEY_GROUP:      a->group = deploy_parse_group(state, arg); return 0;
	case KEY_EXPERIMENT: o->experiment = true; return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': no argument is expected", arg);
		return 0;
	case ARGP_KEY_END:
		if (!o->experiment && coverage_given(&o->coverage))
			argp_error(state, "-r, --max-runs and --max-hours need --experiment");
		return 0;
	default:             return ARGP_ERR_UNKNOWN;
	}
}

struct report {
	const struct opts *o;
	struct calib_table table;
	size_t count[CALIB_NAUDIT];
};

static int put_finding(void *ctx, const struct calib_finding *f, struct calib_err *err)
{
	struct report *r = ctx;
	struct calib_table *t = &r->table;

	(void)err;
	r->count[f->level]++;
	if (f->level < r->o->least)
		return CALIB_OK;
	calib_table_text(t, calib_audit_level_name(f->level));
	calib_table_text(t, f->problem);
	calib_table_text(t, f->group);
	calib_table_text(t, f->source);
	calib_table_text(t, f->type);
	calib_table_text(t, f->file);
	calib_table_text(t, f->text);
	return calib_table_row(t);
}

static int check_type(void *ctx, const struct deploy_type *type, struct calib_err *err)
{
	struct report *r = ctx;
	struct calib_audit audit = r->o->audit;

	audit.each = put_finding;
	audit.ctx = r;
	return calib_audit_type(&audit, type->group, type->source, type->type, err);
}

/* The tree above the types only where nothing is selected: it is of no detector. */
static int check_all(struct report *r, const char *calib, struct calib_err *err)
{
	struct deploy_filter filter = r->o->filter;
	struct calib_audit audit = r->o->audit;
	int rc = CALIB_OK;

	audit.each = put_finding;
	audit.ctx = r;
	if (filter.detectors == NULL && filter.sources == NULL && filter.types == NULL) {
		rc = calib_audit_tree(&audit, err);
		filter.quiet = true;	/* what cannot be read is among the findings */
	}
	if (rc >= 0)
		rc = deploy_walk(calib, &filter, check_type, r, err);
	return rc < 0 ? rc : CALIB_OK;
}

static int check(struct opts *o, const char *calib, struct calib_err *err)
{
	static const char *const columns[] = {"level", "problem", "group", "source", "type", "file",
		"text", NULL};
	struct report r = {.o = o};
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	o->audit.calib = calib;
	calib_table_begin(&r.table, out, columns, o->cli.json, err);
	rc = deploy_end(out, check_all(&r, calib, err), err);
	if (rc >= 0 && r.count[CALIB_AUDIT_ERROR] + r.count[CALIB_AUDIT_WARNING] > 0)
		rc = calib_fail(err, CALIB_EINVAL, "%s: %zu errors, %zu warnings and %zu notes",
		                calib, r.count[CALIB_AUDIT_ERROR], r.count[CALIB_AUDIT_WARNING],
		                r.count[CALIB_AUDIT_NOTE]);
	return rc;
}

static int run(struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	int rc = deploy_calib(&calib, &o->where, err);

	if (rc >= 0 && o->experiment)
		rc = coverage_report(calib.s, &o->where, &o->filter, &o->coverage, o->cli.json,
		                     true, err);
	else if (rc >= 0)
		rc = check(o, calib.s, err);
	calib_str_release(&calib);
	return rc;
}

int deploy_check(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&deploy_filter_argp, 0, NULL, 0},
		{&coverage_argp, 0, NULL, 0}, {&cli_common_table, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {options, parse, NULL,
		"List what is wrong in a calibration directory: names that are never used, files "
		"that others hide, wrong shapes, unreadable or empty files, links that lead "
		"nowhere, wrong groups and modes, duplicates. Exit status 1 when there is an error "
		"or a warning; notes do no harm.\v"
		"Example: calib-deploy check -e xppi0613 --level warning",
		children, NULL, NULL};
	struct opts o = {.audit = {.max_bad = 0.10, .dirmode = 02775, .filemode = 0664,
		.group = (gid_t)-1}, .coverage = COVERAGE_DEFAULTS};
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_parse(&argp, argc, argv, &o);
	rc = run(&o, &err);
	coverage_release(&o.coverage);
	return cli_finish(rc, &err);
}
