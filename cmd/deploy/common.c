/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/common.c - which calibration directory, and which part of it */
#include "deploy/deploy.h"

#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/path.h"
#include "det/det.h"
#include "store/dir.h"

static const struct argp_option where_options[] = {
	{"calibdir", 'c', "DIR", 0, "calibration directory", 1},
	{"exp", 'e', "EXP", 0, "experiment: <root>/<ins>/<exp>/calib", 1},
	{"root", CLI_KEY_ROOT, "DIR", 0, "root for -e (default $SIT_PSDM_DATA, else "
	 "/sdf/data/lcls/ds or /reg/d/psdm)", 1},
	{0}
};

static error_t parse_where(int key, char *arg, struct argp_state *state)
{
	struct deploy_where *where = state->input;

	switch (key) {
	case 'c':          where->calib = arg; return 0;
	case 'e':          where->exp = arg; return 0;
	case CLI_KEY_ROOT: where->root = arg; return 0;
	case ARGP_KEY_END:
		if (where->calib == NULL && where->exp == NULL && !where->optional)
			argp_error(state, "which calibration directory? Give -c DIR or -e EXP");
		if (where->calib != NULL && *where->calib == '\0')
			argp_error(state, "--calibdir: the name is empty");
		return 0;
	default:           return ARGP_ERR_UNKNOWN;
	}
}

const struct argp deploy_where_argp = {where_options, parse_where, NULL, NULL, NULL, NULL, NULL};

int deploy_calib(struct calib_str *out, const struct deploy_where *where, struct calib_err *err)
{
	if (where->calib == NULL)
		return calib_dir_default(out, where->root, where->exp, err);
	calib_str_clear(out);
	calib_str_add(out, where->calib);
	while (out->len > 1 && !out->failed && out->s[out->len - 1] == '/')
		out->s[--out->len] = '\0';
	return calib_str_check(out, err);
}

static const struct argp_option filter_options[] = {
	{"detector", 'd', "DETS", 0, "only these detectors (CSPAD,Opal1000) or sources "
	 "(XppGon.0:Cspad.0) (default all)", 2},
	{"source", 's', "SRC", 0, "only these sources, separated by commas (default all)", 2},
	{"type", 't', "TYPE", 0, "only these types, separated by commas (default all)", 2},
	{0}
};

static error_t parse_filter(int key, char *arg, struct argp_state *state)
{
	struct deploy_filter *filter = state->input;

	switch (key) {
	case 'd': filter->detectors = arg; return 0;
	case 's': filter->sources = arg; return 0;
	case 't': filter->types = arg; return 0;
	default:  return ARGP_ERR_UNKNOWN;
	}
}

const struct argp deploy_filter_argp = {filter_options, parse_filter, NULL, NULL, NULL, NULL,
	NULL};

bool deploy_has_word(const char *list, const char *text)
{
	size_t len = strlen(text);

	for (const char *p = list; p != NULL; p = strchr(p, ',')) {
		p += strspn(p, ", \t");
		if (strncmp(p, text, len) == 0 && (p[len] == '\0' || strchr(", \t", p[len])))
			return true;
	}
	return false;
}

/* "DetInfo(XppGon.0:Cspad.0)" or the plain form in a list of sources. */
static bool has_source(const char *list, const char *source)
{
	struct calib_str full = CALIB_STR_INIT;
	bool found;

	calib_str_addf(&full, "DetInfo(%s)", source);
	found = deploy_has_word(list, source) || deploy_has_word(list, full.s);
	calib_str_release(&full);
	return found;
}

/* Words of -d: with a colon a source, else a detector of the registry. */
static int check_detectors(const char *list, struct calib_err *err)
{
	char **items = NULL;
	size_t n = 0;
	int rc = list ? calib_list_parse(&items, &n, list, err) : CALIB_OK;

	for (size_t i = 0; i < n && rc >= 0; i++)
		if (strchr(items[i], ':') == NULL && calib_det_by_name(items[i]) == NULL)
			rc = calib_fail(err, CALIB_ENOTFOUND, "no detector '%s', expected "
			                "one of: %s", items[i], calib_det_names());
	free(items);
	return rc;
}

/* By the device in the source, not by the group: what lies in a wrong group shall be seen. */
static bool has_detector(const char *list, const char *source)
{
	const struct calib_det *det = calib_det_of_source(source), *named;
	char **items = NULL;
	size_t n = 0;
	bool found = has_source(list, source);

	if (!found && det != NULL && calib_list_parse(&items, &n, list, NULL) >= 0)
		for (size_t i = 0; i < n; i++) {
			named = calib_det_by_name(items[i]);
			found |= named != NULL && strcmp(named->device, det->device) == 0;
		}
	free(items);
	return found;
}

struct walk {
	const struct deploy_filter *filter;
	int (*each)(void *ctx, const struct deploy_type *type, struct calib_err *err);
	void *ctx;
	struct deploy_type type;
};

/* Level 0: groups, 1: sources, 2: types. */
static bool wanted(const struct walk *w, int level, const char *name)
{
	const struct deploy_filter *f = w->filter;

	if (level == 0)
		return strstr(name, "::") != NULL;
	if (level == 1)
		return (f->detectors == NULL || has_detector(f->detectors, name))
		       && (f->sources == NULL || has_source(f->sources, name));
	return *name != '.' && (f->types == NULL || deploy_has_word(f->types, name));
}

static int walk_level(struct walk *w, int level, const char *dir, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = calib_dir_names(&names, &n, dir, err);

	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (!wanted(w, level, names[i]))
			continue;
		calib_path_join(&path, dir, names[i]);
		rc = calib_str_check(&path, err);
		if (rc < 0 || !calib_is_dir(path.s))
			continue;
		*(level == 0 ? &w->type.group : level == 1 ? &w->type.source : &w->type.type) =
			names[i];
		w->type.path = path.s;
		rc = level < 2 ? walk_level(w, level + 1, path.s, err)
			       : w->each(w->ctx, &w->type, err);
	}
	calib_names_free(names);
	calib_str_release(&path);
	return rc;
}

int deploy_walk(const char *calib, const struct deploy_filter *filter,
                int (*each)(void *ctx, const struct deploy_type *type, struct calib_err *err),
                void *ctx, struct calib_err *err)
{
	struct walk w = {filter, each, ctx, {NULL, NULL, NULL, NULL}};
	int rc = check_detectors(filter->detectors, err);

	return rc < 0 ? rc : walk_level(&w, 0, calib, err);
}
