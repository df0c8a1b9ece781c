/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/config.c - values that were not typed: environment CALIB_<KEY>, then calibtools.yaml */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "base/path.h"
#include "base/proc.h"
#include "src/files.h"
#include "store/dir.h"

static const struct argp_option config_options[] = {
	{"config", CLI_KEY_CONFIG, "FILE", 0, "configuration file (default calibtools.yaml here, "
	 "in $XDG_CONFIG_HOME, or in /etc)", 3},
	{0}
};

static error_t parse_config(int key, char *arg, struct argp_state *state)
{
	struct cli_config *config = state->input;

	if (key != CLI_KEY_CONFIG)
		return ARGP_ERR_UNKNOWN;
	config->file = arg;
	return 0;
}

const struct argp cli_config_argp = {config_options, parse_config, NULL, NULL, NULL, NULL, NULL};

/* ---- environment ---- */

static const char *env_name(const char *key, char buf[64])
{
	snprintf(buf, 64, "CALIB_%s", key);
	for (char *c = buf; *c != '\0'; c++)
		*c = *c >= 'a' && *c <= 'z' ? (char)(*c - ('a' - 'A')) : *c;
	return buf;
}

const char *cli_config_env(const char *key)
{
	char name[64];
	const char *text = getenv(env_name(key, name));

	return text != NULL && *text != '\0' ? text : NULL;
}

/* Directories of a list in the environment stand between colons, as in PATH. */
static int check_roots(const struct calib_site_key *k, const char *text, const char *where,
                       struct calib_err *err)
{
	struct calib_str one = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (const char *p = text; rc >= 0 && p != NULL;) {
		size_t n = strcspn(p, ":");

		calib_str_clear(&one);
		calib_str_addn(&one, p, n);
		rc = calib_str_check(&one, err);
		if (rc >= 0)
			rc = calib_site_check(k, one.s, where, err);
		p = p[n] == ':' ? p + n + 1 : NULL;
	}
	calib_str_release(&one);
	return rc;
}

static int check_env(const struct calib_site_key *k, struct calib_err *err)
{
	const char *text = cli_config_env(k->name);
	char where[96], name[64];
	int rc;

	if (text == NULL)
		return CALIB_OK;
	snprintf(where, sizeof where, "environment %s", env_name(k->name, name));
	if (k->kind == CALIB_SITE_PATH && k->list)
		return check_roots(k, text, where, err);
	if (k->scope != CALIB_SITE_DETECTOR)
		return calib_site_check(k, text, where, err);
	rc = calib_limits_check(k, text, where, err);
	return rc < 0 ? rc : cli_limit_known(text, where, err);
}

/* ---- the file ---- */

static bool there(struct calib_str *path, const char *dir, const char *below)
{
	calib_str_clear(path);
	calib_str_addf(path, "%s%s/" CALIB_SITE_NAME, dir, below);
	return !path->failed && calib_is_file(path->s);
}

bool cli_config_search(struct calib_str *path)
{
	const char *env = cli_config_env("config"), *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	calib_str_clear(path);
	calib_str_add(path, env != NULL ? env : CALIB_SITE_NAME);
	if (env != NULL || calib_is_file(path->s))
		return true;
	/* the standard of these directories: a relative name is not used, the default is .config */
	if (xdg != NULL && *xdg == '/' ? there(path, xdg, "")
	    : home != NULL && *home == '/' && there(path, home, "/.config"))
		return true;
	return there(path, "/etc", "");
}

/* A name of a detector or an address, as cli.md has them for -d; an alias is known to runs only. */
static bool known(const char *name)
{
	return strchr(name, ':') != NULL ? calib_det_of_source(name) != NULL
	                                 : calib_det_by_name(name) != NULL;
}

static int fail_unknown(const char *where, const char *name, struct calib_err *err)
{
	return calib_fail(err, CALIB_EINVAL, "%.120s: '%.40s' is neither a detector nor the "
	                  "address of one; known are %s", where, name, calib_det_names());
}

static int check_names(const struct calib_site *site, struct calib_err *err)
{
	const struct calib_site_value *v;
	char where[4200];

	for (size_t i = 0; (v = calib_site_at(site, i)) != NULL; i++) {
		if (v->scope != CALIB_SITE_DETECTOR || known(v->name))
			continue;
		snprintf(where, sizeof where, "%.4000s:%u", calib_site_file(site), v->line);
		return fail_unknown(where, v->name, err);
	}
	return CALIB_OK;
}

static bool is_user(const char *programs, const char *program)
{
	size_t n = strlen(program);
	const char *at = strstr(programs, program);

	return at != NULL && (at[n] == ' ' || at[n] == '\0');
}

int cli_config_take(struct cli_config *c, struct calib_site *site, const char *program,
                    struct calib_err *err)
{
	const struct calib_site_key *k;
	int rc = check_names(site, err);

	c->site = site;
	for (size_t i = 0; rc >= 0 && (k = calib_site_key_at(i)) != NULL; i++)
		if (program == NULL || is_user(k->programs, program))
			rc = check_env(k, err);
	return rc;
}

int cli_config_load(struct cli_config *c, const char *program, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_site *site = NULL;
	bool named = c->file != NULL || cli_config_env("config") != NULL;
	int rc = CALIB_OK;

	if (c->file != NULL)
		calib_str_add(&path, c->file);
	if (c->file != NULL || cli_config_search(&path)) {
		rc = calib_str_check(&path, err);
		if (rc >= 0)
			rc = calib_site_read(&site, path.s, err);
		if (rc == CALIB_ENOTFOUND && named)
			calib_err_wrap(err, c->file ? "--config" : "environment CALIB_CONFIG");
	}
	calib_str_release(&path);
	return rc < 0 ? rc : cli_config_take(c, site, program, err);
}

void cli_config_must(struct cli_config *c, const char *program, const struct argp *argp)
{
	struct calib_err err = CALIB_ERR_INIT;

	if (cli_config_load(c, program, &err) < 0)
		cli_usage(argp, err.msg);
}

void cli_config_free(struct cli_config *c)
{
	calib_site_free(c->site);
	c->site = NULL;
	calib_str_release(&c->root);
}

/* ---- values ---- */

static const char *from_env(const char *key, struct calib_str *origin)
{
	const char *text = cli_config_env(key);
	char name[64];

	if (text != NULL && origin != NULL)
		calib_str_addf(origin, "environment %s", env_name(key, name));
	return text;
}

static const char *from_file(const struct cli_config *c, enum calib_site_scope scope,
                             const char *name, const char *key, struct calib_str *origin)
{
	const struct calib_site_value *v = calib_site_find(c->site, scope, name, key, 0);

	if (v != NULL && origin != NULL)
		calib_str_addf(origin, "%s:%u", calib_site_file(c->site), v->line);
	return v != NULL ? v->text : NULL;
}

const char *cli_config_text(const struct cli_config *c, const char *key, struct calib_str *origin)
{
	const char *text = from_env(key, origin);

	return text != NULL ? text : from_file(c, CALIB_SITE_ALL, NULL, key, origin);
}

const char *cli_config_queue(const struct cli_config *c, const char *queue, const char *key,
                             struct calib_str *origin)
{
	const char *text = from_env(key, origin);

	if (text == NULL && queue != NULL)
		text = from_file(c, CALIB_SITE_QUEUE, queue, key, origin);
	return text != NULL ? text : from_file(c, CALIB_SITE_ALL, NULL, key, origin);
}

/* What is said of a key in one place; from NULL: the file, whose lines say it. */
struct level { const char *text, *from; };

static bool says(const struct level *l, const char *name)
{
	char other[128], value[64];

	if (l->text == NULL || name == NULL)
		return l->text != NULL && calib_limits_for(l->text, NULL, NULL, value) != NULL;
	for (size_t i = 0; calib_limits_name(l->text, i, other, NULL); i++)
		if (strcasecmp(other, name) == 0)
			return true;
	return false;
}

/* Where the value for a name, or that for all, comes from: the highest place that says it. */
static void add_origin(struct calib_str *origin, const struct cli_config *c, const char *key,
                       const struct level *levels, size_t n, const char *name)
{
	const struct calib_site_value *v;

	while (n > 0 && !says(&levels[n - 1], name))
		n--;
	if (n == 0)
		return;
	calib_str_addf(origin, "%s%s%s", origin->len > 0 ? ", " : "", name ? name : "",
	               name ? " " : "");
	if (levels[n - 1].from != NULL) {
		calib_str_add(origin, levels[n - 1].from);
		return;
	}
	v = calib_site_find(c->site, name ? CALIB_SITE_DETECTOR : CALIB_SITE_ALL, name, key, 0);
	if (v != NULL)
		calib_str_addf(origin, "%s:%u", calib_site_file(c->site), v->line);
}

void cli_config_limits(struct calib_str *out, const struct cli_config *c, const char *key,
                       const char *given, const char *under, const char *under_origin,
                       struct calib_str *origin)
{
	struct calib_str text = CALIB_STR_INIT, file = CALIB_STR_INIT, both = CALIB_STR_INIT;
	char name[64], env[80], detector[128];
	enum { UNDER, IN_FILE, IN_ENV, GIVEN, N };
	struct level all[N] = {[UNDER] = {under, under_origin}, [IN_FILE] = {NULL, NULL},
		[IN_ENV] = {cli_config_env(key), env}, [GIVEN] = {given, "command line"}};

	calib_site_limits(&file, c->site, key);
	snprintf(env, sizeof env, "environment %s", env_name(key, name));
	if (file.len > 0)
		all[IN_FILE].text = file.s;
	for (size_t i = 0; i < N; i++) {
		calib_str_clear(&both);
		calib_limits_over(&both, text.s, all[i].text);
		calib_str_clear(&text);
		calib_str_add(&text, both.s);
	}
	if (origin != NULL)
		add_origin(origin, c, key, all, N, NULL);
	for (size_t i = 0; origin != NULL && calib_limits_name(text.s, i, detector, NULL); i++)
		add_origin(origin, c, key, all, N, detector);
	calib_str_add(out, text.s);
	calib_str_release(&text);
	calib_str_release(&file);
	calib_str_release(&both);
}

double cli_config_number(const struct cli_config *c, const char *source, const char *key,
                         double otherwise)
{
	struct calib_str text = CALIB_STR_INIT;
	double v;

	cli_config_limits(&text, c, key, NULL, NULL, NULL, NULL);
	v = cli_limit_real(text.s, source, source ? calib_det_of_source(source) : NULL);
	calib_str_release(&text);
	return isnan(v) ? otherwise : v;
}

/* ---- root ---- */

/* The i-th root of environment or file. */
static bool next_root(struct calib_str *out, const struct cli_config *c, size_t i,
                      struct calib_str *origin)
{
	const char *env = cli_config_env("root");
	const struct calib_site_value *v = calib_site_find(c->site, CALIB_SITE_ALL, NULL, "root",
	                                                   i);

	calib_str_clear(out);
	if (origin != NULL)
		calib_str_clear(origin);
	if (env != NULL) {
		for (; i > 0 && env != NULL; i--) {
			env = strchr(env, ':');
			env = env != NULL ? env + 1 : NULL;
		}
		if (env != NULL)
			calib_str_addn(out, env, strcspn(env, ":"));
		if (origin != NULL)
			calib_str_add(origin, "environment CALIB_ROOT");
		return env != NULL;
	}
	if (v != NULL && origin != NULL)
		calib_str_addf(origin, "%s:%u", calib_site_file(c->site), v->line);
	calib_str_add(out, v != NULL ? v->text : "");
	return v != NULL;
}

static bool has_experiment(const char *root, const char *exp)
{
	struct calib_str dir = CALIB_STR_INIT;
	bool has = false;
	char ins[4];

	snprintf(ins, sizeof ins, "%.3s", exp);
	/* instruments are in lower case, in older trees in capitals */
	for (int capitals = 0; capitals < 2 && !has; capitals++) {
		for (char *c = ins; capitals && *c != '\0'; c++)
			*c = *c >= 'a' && *c <= 'z' ? (char)(*c - ('a' - 'A')) : *c;
		calib_str_clear(&dir);
		calib_str_addf(&dir, "%s/%s/%s", root, ins, exp);
		has = !dir.failed && calib_is_dir(dir.s);
	}
	calib_str_release(&dir);
	return has;
}

int cli_config_root(struct calib_str *out, const struct cli_config *c, const char *exp,
                    struct calib_str *origin, struct calib_err *err)
{
	size_t best = 0;
	int rank = -1, rc;

	for (size_t i = 0; rank < 2 && next_root(out, c, i, NULL); i++) {
		int mine = exp != NULL && has_experiment(out->s, exp) ? 2 : calib_is_dir(out->s);

		if (mine > rank) {
			rank = mine;
			best = i;
		}
	}
	rc = rank >= 0 && next_root(out, c, best, origin);
	return calib_str_check(out, err) < 0 ? CALIB_ENOMEM : rc;
}

bool cli_config_roots(struct calib_str *out, const struct cli_config *c, size_t i)
{
	return next_root(out, c, i, NULL);
}

void cli_config_expand(struct calib_str *out, const char *text, const char *root, const char *exp)
{
	char user[256];

	calib_site_expand(out, text, &(struct calib_site_fields){calib_data_root(root),
	                  exp != NULL && *exp != '\0' ? exp : NULL,
	                  calib_user(user, sizeof user)});
}

int cli_config_calib(struct calib_str *out, const struct cli_config *c, const char *root,
                     const char *exp, struct calib_str *origin, struct calib_err *err)
{
	const char *pattern = cli_config_text(c, "calibdir", origin);
	struct calib_str found = CALIB_STR_INIT;
	int rc = CALIB_OK;

	if (root == NULL && (rc = cli_config_root(&found, c, exp, NULL, err)) > 0)
		root = found.s;
	/* this also checks the name */
	if (rc >= 0)
		rc = calib_dir_default(out, root, exp, err);
	if (rc >= 0 && pattern != NULL) {
		calib_str_clear(out);
		cli_config_expand(out, pattern, root, exp);
		rc = calib_str_check(out, err);
	}
	calib_str_release(&found);
	return rc;
}

int cli_config_dataset(struct cli_config *c, struct cli_dataset *set, struct calib_err *err)
{
	int rc = set->root != NULL ? 0 : cli_config_root(&c->root, c, set->exp, NULL, err);

	if (rc > 0)
		set->root = c->root.s;
	return rc < 0 ? rc : CALIB_OK;
}

/* ---- limits ---- */

int cli_limit_known(const char *text, const char *where, struct calib_err *err)
{
	char name[128];

	for (size_t i = 0; calib_limits_name(text, i, name, NULL); i++)
		if (!known(name))
			return fail_unknown(where, name, err);
	return CALIB_OK;
}

const char *cli_limit_arg(const struct argp_state *state, const char *option, const char *key,
                          const char *arg)
{
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_limits_check(calib_site_key_find(key), arg, option, &err) < 0
	    || cli_limit_known(arg, option, &err) < 0)
		cli_usage_error(state, &err);
	return arg;
}

double cli_limit_real(const char *text, const char *source, const struct calib_det *det)
{
	char buf[64];
	const char *value = calib_limits_for(text ? text : "", source, det ? det->name : NULL, buf);
	double v = NAN;

	return value != NULL && calib_parse_double(&v, value, "", NULL) >= 0 ? v : NAN;
}
