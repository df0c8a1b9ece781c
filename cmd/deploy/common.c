/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/common.c - which calibration directory, and which part of it */
#include "deploy/deploy.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "det/det.h"
#include "store/ctype.h"

static const struct argp_option where_options[] = {
	{"calibdir", 'c', "DIR", 0, "calibration directory", 1},
	{"exp", 'e', "EXP", 0, "experiment: <root>/<ins>/<exp>/calib", 1},
	{"root", CLI_KEY_ROOT, "DIR", 0, "root for -e (default that of calibtools.yaml, else "
	 "$SIT_PSDM_DATA, /sdf/data/lcls/ds or /reg/d/psdm)", 1},
	{0}
};

/* Verbs look things up as long as they run. */
static struct calib_site *loaded;

static void free_loaded(void)
{
	calib_site_free(loaded);
}

static error_t parse_where(int key, char *arg, struct argp_state *state)
{
	struct deploy_where *where = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &where->config; return 0;
	case 'c':          where->calib = arg; return 0;
	case 'e':          where->exp = arg; return 0;
	case CLI_KEY_ROOT: where->root = arg; return 0;
	case ARGP_KEY_END:
		if (where->calib == NULL && where->exp == NULL && !where->optional)
			argp_error(state, "which calibration directory? Give -c DIR or -e EXP");
		if (where->calib != NULL && *where->calib == '\0')
			argp_error(state, "--calibdir: the name is empty");
		cli_config_must(&where->config, "calib-deploy", state->root_argp);
		loaded = where->config.site;
		atexit(free_loaded);
		return 0;
	default:           return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child where_children[] = {{&cli_config_argp, 0, NULL, 0}, {0}};
const struct argp deploy_where_argp = {where_options, parse_where, NULL, NULL, where_children, NULL,
	NULL};

int deploy_calib(struct calib_str *out, const struct deploy_where *where, struct calib_err *err)
{
	if (where->calib == NULL)
		return cli_config_calib(out, &where->config, where->root, where->exp, NULL, err);
	calib_str_clear(out);
	calib_str_add(out, where->calib);
	while (out->len > 1 && !out->failed && out->s[out->len - 1] == '/')
		out->s[--out->len] = '\0';
	return calib_str_check(out, err);
}

/* A type we do not know is more likely a slip than a new one: say so, search all the same. */
static void doubt_type(const char *type)
{
	if (calib_ctype_find(type) == NULL)
		calib_log(CALIB_WARNING, "'%s' is not a calibration type of the analysis", type);
}

int deploy_type_dir(struct calib_str *dir, const struct deploy_where *where, const char *source,
                    const char *type, bool must_be, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	int rc = deploy_calib(&calib, where, err);

	if (rc >= 0 && must_be && !calib_is_dir(calib.s))
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such calibration directory",
		                calib.s);
	if (rc >= 0)
		rc = calib_dir_type_path(dir, calib.s, source, type, err);
	if (rc >= 0)
		doubt_type(type);
	calib_str_release(&calib);
	return rc;
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

mode_t deploy_parse_mode(const struct argp_state *state, const char *option, const char *arg)
{
	char *end;
	long mode = strtol(arg, &end, 8);

	if (*arg < '0' || *arg > '7' || *end != '\0' || mode <= 0 || mode > 07777)
		argp_error(state, "%s: '%s' is not an octal mode from 1 to 7777", option, arg);
	return (mode_t)mode;
}

gid_t deploy_parse_group(const struct argp_state *state, const char *arg)
{
	const struct group *group = getgrnam(arg);
	long id = 0;

	if (group != NULL)
		return group->gr_gid;
	if (calib_parse_long(&id, arg, 0, 0x7fffffff, "--group", NULL) < 0)
		argp_error(state, "--group: '%s' is neither a group nor a number", arg);
	return (gid_t)id;
}

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

bool deploy_wants(const struct deploy_filter *f, const char *source)
{
	return (f->detectors == NULL || has_detector(f->detectors, source))
	       && (f->sources == NULL || has_source(f->sources, source));
}

struct walk {
	const struct deploy_filter *filter;
	int (*each)(void *ctx, const struct deploy_type *type, struct calib_err *err);
	void *ctx;
	struct deploy_type type;
	int unread;			/* what could not be read, and was logged */
};

/* Level 0: groups, 1: sources, 2: types. */
static bool wanted(const struct walk *w, int level, const char *name)
{
	const struct deploy_filter *f = w->filter;

	if (level == 0)
		return strstr(name, "::") != NULL;
	if (level == 1)
		return deploy_wants(f, name);
	return *name != '.' && (f->types == NULL || deploy_has_word(f->types, name));
}

static int walk_level(struct walk *w, int level, const char *dir, struct calib_err *err);

/* An entry of a directory, if it is wanted and a directory. */
static int walk_entry(struct walk *w, int level, const char *path, const char *name,
                      struct calib_err *err)
{
	int rc;

	if (!calib_is_dir(path)) {
		if (access(path, F_OK) == 0 || errno == ENOENT || errno == ELOOP)
			return CALIB_OK;	/* a file, or a link that leads nowhere */
		if (!w->filter->quiet)
			calib_log(CALIB_ERROR, "%s: cannot look at it: %s", path, strerror(errno));
		w->unread++;
		return CALIB_OK;
	}
	*(level == 0 ? &w->type.group : level == 1 ? &w->type.source : &w->type.type) = name;
	w->type.path = path;
	rc = level < 2 ? walk_level(w, level + 1, path, err) : w->each(w->ctx, &w->type, err);
	if (level == 2 && rc > 0) {
		w->unread += rc;
		rc = CALIB_OK;
	}
	return rc;
}

/* A directory that cannot be read leaves the others to be listed. */
static int walk_level(struct walk *w, int level, const char *dir, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = calib_dir_names(&names, &n, dir, &why);

	if (rc < 0 && (level == 0 || rc == CALIB_ENOMEM))
		return calib_fail(err, rc, "%s", why.msg);
	if (rc < 0) {
		if (!w->filter->quiet)
			calib_log(CALIB_ERROR, "%s", why.msg);
		w->unread++;
		return CALIB_OK;
	}
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (!wanted(w, level, names[i]))
			continue;
		calib_path_join(&path, dir, names[i]);
		rc = calib_str_check(&path, err);
		if (rc >= 0)
			rc = walk_entry(w, level, path.s, names[i], err);
	}
	calib_names_free(names);
	calib_str_release(&path);
	return rc;
}

int deploy_walk(const char *calib, const struct deploy_filter *filter,
                int (*each)(void *ctx, const struct deploy_type *type, struct calib_err *err),
                void *ctx, struct calib_err *err)
{
	struct walk w = {filter, each, ctx, {NULL, NULL, NULL, NULL}, 0};
	int rc = check_detectors(filter->detectors, err);

	if (rc >= 0)
		rc = walk_level(&w, 0, calib, err);
	return rc < 0 ? rc : w.unread;
}

int deploy_list(struct calib_dirfiles *files, const char *typedir, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	int rc = calib_dirfiles_list(files, typedir, &why);

	if (rc == CALIB_ENOMEM)
		return calib_fail(err, rc, "%s", why.msg);
	if (rc < 0)
		calib_log(CALIB_ERROR, "%s", why.msg);
	return rc < 0;
}

int deploy_end(struct calib_out *out, int rc, struct calib_err *err)
{
	int done;

	if (rc < 0) {
		calib_out_abort(out);
		return rc;
	}
	done = calib_out_commit(out, err);
	if (done < 0 || rc == 0)
		return done;
	return calib_fail(err, CALIB_ESYS, "%d of the files and directories could not be read, see "
	                  "above: the list is not complete", rc);
}
