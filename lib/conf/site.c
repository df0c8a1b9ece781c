/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/conf/site.c - calibtools.yaml: read, and looked up */
#include "conf/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/in.h"
#include "base/mem.h"
#include "base/parse.h"
#include "conf/calibman.h"
#include "conf/yaml.h"

struct calib_site { char *file; struct calib_site_value *value; size_t n, room; };

/* The sections: queues.<name>.<key>, detectors.<name>.<key>. */
static const struct { const char *name, *of; enum calib_site_scope scope; } sections[] = {
	{"queues", "queue", CALIB_SITE_QUEUE},
	{"detectors", "detector", CALIB_SITE_DETECTOR},
};

static const char *section_of(enum calib_site_scope scope)
{
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (sections[i].scope == scope)
			return sections[i].of;
	return "file";
}

/* ---- the nearest key, for one that is not known ---- */

enum { MAX_KEY = 32 };

/* How many letters are other, missing, too many or the wrong way round; long words are far from
 * all. */
static size_t distance(const char *a, const char *b)
{
	size_t row[3][MAX_KEY + 1], n = strlen(a), m = strlen(b);

	if (n > MAX_KEY || m > MAX_KEY)
		return MAX_KEY;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = row[i % 3], *last = row[(i + 2) % 3], *older = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);

			best = last[j] + 1 < best ? last[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
			    && older[j - 2] + 1 < best)
				best = older[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m];
}

static void consider(const char **best, size_t *least, const char *key, const char *name)
{
	size_t d = distance(key, name);

	if (d < *least && d <= 1 + strlen(name) / 3) {
		*least = d;
		*best = name;
	}
}

/* Of the keys that may stand in the scope. */
static const char *nearest(const char *text, enum calib_site_scope scope)
{
	const struct calib_site_key *k;
	const char *best = NULL;
	size_t least = MAX_KEY;
	char key[MAX_KEY + 2];

	snprintf(key, sizeof key, "%s", text);
	for (char *c = key; *c != '\0'; c++)	/* as the options are written */
		*c = *c == '-' ? '_' : *c >= 'A' && *c <= 'Z' ? (char)(*c + ('a' - 'A')) : *c;
	for (size_t i = 0; (k = calib_site_key_at(i)) != NULL; i++)
		if (scope == CALIB_SITE_ALL || k->scope == scope)
			consider(&best, &least, key, k->name);
	for (size_t i = 0; scope == CALIB_SITE_ALL && i < sizeof sections / sizeof *sections; i++)
		consider(&best, &least, key, sections[i].name);
	return best;
}

/* ---- nodes to values ---- */

struct taking { struct calib_site *site; const struct calib_yaml *doc; size_t i; };

static const struct calib_yaml_node *now(const struct taking *t)
{
	return t->i < t->doc->n ? &t->doc->node[t->i] : NULL;
}

static int fail_at(const struct taking *t, const struct calib_yaml_node *n, struct calib_err *err,
                   const char *what)
{
	return calib_fail(err, CALIB_EINVAL, "%s:%u: %.200s", t->site->file, n->line, what);
}

static int add_value(struct taking *t, const struct calib_site_key *k,
                     enum calib_site_scope scope, const char *name,
                     const struct calib_yaml_node *n, struct calib_err *err)
{
	struct calib_site *s = t->site;
	struct calib_site_value v = {k, scope, NULL, NULL, n->line};
	void *list = s->value;
	int rc = calib_grow(&list, &s->room, s->n + 1, sizeof v, "configuration", err);

	if (rc < 0)
		return rc;
	s->value = list;
	v.text = calib_strdup(n->text, err);
	v.name = name != NULL ? calib_strdup(name, err) : NULL;
	if (v.text == NULL || (name != NULL && v.name == NULL)) {
		free(v.text);
		free(v.name);
		return CALIB_ENOMEM;
	}
	s->value[s->n++] = v;
	return CALIB_OK;
}

/* A scalar that is the value of k. */
static int take_scalar(struct taking *t, const struct calib_site_key *k,
                       enum calib_site_scope scope, const char *name, struct calib_err *err)
{
	const struct calib_yaml_node *n = now(t);
	bool number = k->kind == CALIB_SITE_INT || k->kind == CALIB_SITE_REAL;
	struct calib_str where = CALIB_STR_INIT, wanted = CALIB_STR_INIT;
	int rc = CALIB_OK;

	t->i++;
	calib_str_addf(&where, "%s:%u: %s", t->site->file, n->line, k->name);
	calib_site_expects(&wanted, k);
	if (n->kind != CALIB_YAML_SCALAR)
		rc = calib_fail(err, CALIB_EINVAL, "%s: %s stands here, expected %s (a text that "
		                "begins with { or [ needs quotes)", where.s,
		                calib_yaml_kind_name(n->kind), wanted.s);
	else if (n->plain && (*n->text == '\0' || !strcmp(n->text, "~")
	                      || !strcasecmp(n->text, "null")))
		rc = calib_fail(err, CALIB_EINVAL, "%s: there is no value, expected %s; a key "
		                "that is not to be set is left out", where.s, wanted.s);
	else if (number && !n->plain)
		rc = calib_fail(err, CALIB_EINVAL, "%s: '%.80s' in quotes is a text, expected %s",
		                where.s, n->text, wanted.s);
	else
		rc = calib_site_check(k, n->text, where.s, err);
	if (rc >= 0)
		rc = add_value(t, k, scope, name, n, err);
	calib_str_release(&where);
	calib_str_release(&wanted);
	return rc;
}

static int take_list(struct taking *t, const struct calib_site_key *k, struct calib_err *err)
{
	const struct calib_yaml_node *head = now(t), *n;
	int rc = CALIB_OK;

	t->i++;
	n = now(t);
	if (n == NULL || n->depth <= head->depth)
		return fail_at(t, head, err, "the list is empty");
	while (rc >= 0 && (n = now(t)) != NULL && n->depth > head->depth)
		rc = take_scalar(t, k, CALIB_SITE_ALL, NULL, err);
	return rc;
}

static int unknown_key(const struct taking *t, enum calib_site_scope scope, struct calib_err *err)
{
	const struct calib_yaml_node *n = now(t);
	const struct calib_site_key *k = calib_site_key_find(n->key);
	const char *near = nearest(n->key, scope);

	if (k != NULL)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: '%s' does not belong to a %s: write "
		                  "it in the first column", t->site->file, n->line, k->name,
		                  section_of(scope));
	if (near != NULL)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: '%.60s' is not a key, did you mean "
		                  "'%s'?", t->site->file, n->line, n->key, near);
	return calib_fail(err, CALIB_EINVAL, "%s:%u: '%.60s' is not a key, see "
	                  CALIB_SITE_NAME "(5)", t->site->file, n->line, n->key);
}

static int take_key(struct taking *t, enum calib_site_scope scope, const char *name,
                    struct calib_err *err)
{
	const struct calib_yaml_node *n = now(t);
	const struct calib_site_key *k = calib_site_key_find(n->key);

	if (k == NULL || (scope != CALIB_SITE_ALL && k->scope != scope))
		return unknown_key(t, scope, err);
	if (k->list && n->kind == CALIB_YAML_LIST)
		return take_list(t, k, err);
	return take_scalar(t, k, scope, name, err);
}

/* Names differ in more than case: detectors are found in any. */
static int check_name(const struct taking *t, size_t section, enum calib_site_scope scope,
                      struct calib_err *err)
{
	const struct calib_yaml_node *n = now(t);
	const struct calib_yaml *d = t->doc;
	bool fits = strlen(n->key) < 128 && strpbrk(n->key, ",= ") == NULL;

	for (const char *c = n->key; *c != '\0'; c++)
		fits &= (unsigned char)*c >= 0x20 && *c != 0x7f;
	if (!fits)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: '%.60s' is no name of a %s",
		                  t->site->file, n->line, n->key, section_of(scope));
	for (size_t i = section + 1; i < t->i; i++)
		if (d->node[i].depth == n->depth && strcasecmp(d->node[i].key, n->key) == 0)
			return calib_fail(err, CALIB_EINVAL, "%s:%u: '%.60s' is in line %u "
			                  "already", t->site->file, n->line, n->key,
			                  d->node[i].line);
	return CALIB_OK;
}

static int take_section(struct taking *t, enum calib_site_scope scope, struct calib_err *err)
{
	size_t section = t->i;
	const struct calib_yaml_node *head = now(t), *n;
	int rc = CALIB_OK;

	if (head->kind != CALIB_YAML_MAP)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: %s: %s stands here, expected a "
		                  "mapping: a %s, and below it, indented, its keys",
		                  t->site->file, head->line, head->key,
		                  calib_yaml_kind_name(head->kind), section_of(scope));
	t->i++;
	while (rc >= 0 && (n = now(t)) != NULL && n->depth > head->depth) {
		const struct calib_yaml_node *key;

		rc = check_name(t, section, scope, err);
		if (rc >= 0 && n->kind != CALIB_YAML_MAP)
			rc = calib_fail(err, CALIB_EINVAL, "%s:%u: %.60s: %s stands here, expected "
			                "the keys of this %s, indented", t->site->file, n->line,
			                n->key, calib_yaml_kind_name(n->kind), section_of(scope));
		t->i++;
		while (rc >= 0 && (key = now(t)) != NULL && key->depth > n->depth)
			rc = take_key(t, scope, n->key, err);
	}
	return rc;
}

static int take_all(struct calib_site *site, const struct calib_yaml *doc, struct calib_err *err)
{
	struct taking t = {site, doc, 0};
	int rc = CALIB_OK;

	while (rc >= 0 && now(&t) != NULL) {
		size_t s = 0;

		while (s < sizeof sections / sizeof *sections
		       && strcmp(now(&t)->key, sections[s].name) != 0)
			s++;
		rc = s < sizeof sections / sizeof *sections
			? take_section(&t, sections[s].scope, err)
			: take_key(&t, CALIB_SITE_ALL, NULL, err);
	}
	return rc;
}

int calib_site_parse(struct calib_site **result, const char *bytes, size_t n, const char *name,
                     struct calib_err *err)
{
	struct calib_yaml doc = CALIB_YAML_INIT;
	struct calib_site *site = calib_alloc(1, sizeof *site, "configuration", err);
	int rc = CALIB_OK;

	*result = NULL;
	if (site == NULL)
		return CALIB_ENOMEM;
	site->file = calib_strdup(name, err);
	if (site->file == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = calib_yaml_parse(&doc, bytes, n, name, err);
	if (rc >= 0)
		rc = take_all(site, &doc, err);
	calib_yaml_release(&doc);
	if (rc < 0)
		calib_site_free(site);
	else
		*result = site;
	return rc;
}

int calib_site_read(struct calib_site **site, const char *path, struct calib_err *err)
{
	struct calib_in *in = NULL;
	char *bytes;
	long n = 0;
	int rc;

	*site = NULL;
	if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such file", path);
	bytes = calib_alloc(CALIB_YAML_MAX_BYTES + 1, 1, "configuration", err);
	if (bytes == NULL)
		return CALIB_ENOMEM;
	rc = calib_in_open(&in, path, err);
	if (rc >= 0)
		n = calib_in_read(in, bytes, CALIB_YAML_MAX_BYTES + 1, err);
	calib_in_close(in);
	if (rc >= 0)
		rc = n < 0 ? (int)n : calib_site_parse(site, bytes, (size_t)n, path, err);
	free(bytes);
	return rc;
}

void calib_site_free(struct calib_site *site)
{
	if (site == NULL)
		return;
	for (size_t i = 0; i < site->n; i++) {
		free(site->value[i].text);
		free(site->value[i].name);
	}
	free(site->value);
	free(site->file);
	free(site);
}

/* A line of confpars-calibman.txt begins with the name of a parameter and a blank, one of ours with
 * a word and a colon. */
bool calib_site_is(const char *bytes, size_t n)
{
	int first = -1;

	for (const char *p = bytes, *end = bytes + n; p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = 0;
		char word[64];

		stop = stop != NULL ? stop : end;
		while (p < stop && strchr(" \t\r", *p) != NULL && *p != '\0')
			p++;
		while (p + len < stop && len < sizeof word - 1 && !strchr(" \t\r", p[len]))
			len++;
		snprintf(word, sizeof word, "%.*s", (int)len, p);
		if (calib_par_kind(word) >= 0)
			return false;
		if (first < 0 && len > 0 && *p != '#')
			first = strchr("{[-\"'%&*!|>", *p) || memchr(p, ':', len) != NULL;
		p = stop < end ? stop + 1 : end;
	}
	return first == 1;
}

/* ---- looking up ---- */

const char *calib_site_file(const struct calib_site *site)
{
	return site != NULL ? site->file : NULL;
}

const struct calib_site_value *calib_site_at(const struct calib_site *site, size_t i)
{
	return site != NULL && i < site->n ? &site->value[i] : NULL;
}

const struct calib_site_value *calib_site_find(const struct calib_site *site,
                                               enum calib_site_scope scope, const char *name,
                                               const char *key, size_t i)
{
	for (size_t v = 0; site != NULL && v < site->n; v++) {
		const struct calib_site_value *value = &site->value[v];

		if (value->scope == scope && strcmp(value->key->name, key) == 0
		    && (scope == CALIB_SITE_ALL
		        || (name != NULL && strcasecmp(value->name, name) == 0))
		    && i-- == 0)
			return value;
	}
	return NULL;
}

double calib_site_number(const struct calib_site *site, const char *source, const char *detector,
                         const char *key, double otherwise)
{
	const struct calib_site_value *v = calib_site_find(site, CALIB_SITE_DETECTOR, source, key,
	                                                   0);
	double number = otherwise;

	if (v == NULL)
		v = calib_site_find(site, CALIB_SITE_DETECTOR, detector, key, 0);
	if (v == NULL)
		v = calib_site_find(site, CALIB_SITE_ALL, NULL, key, 0);
	if (v != NULL && calib_parse_double(&number, v->text, key, NULL) < 0)
		number = otherwise;
	return number;
}

void calib_site_limits(struct calib_str *out, const struct calib_site *site, const char *key)
{
	const struct calib_site_value *v = calib_site_find(site, CALIB_SITE_ALL, NULL, key, 0);
	bool any = v != NULL;

	calib_str_add(out, any ? v->text : "");
	for (size_t i = 0; (v = calib_site_at(site, i)) != NULL; i++) {
		if (v->scope != CALIB_SITE_DETECTOR || strcmp(v->key->name, key) != 0)
			continue;
		calib_str_addf(out, "%s%s=%s", any ? "," : "", v->name, v->text);
		any = true;
	}
}

void calib_site_expand(struct calib_str *out, const char *text,
                       const struct calib_site_fields *f)
{
	char ins[8] = "";

	if (f->exp != NULL)
		snprintf(ins, sizeof ins, "%.3s", f->exp);
	const struct { const char *name, *value; } known[] = {{"{root}", f->root},
		{"{ins}", f->exp ? ins : NULL}, {"{exp}", f->exp}, {"{user}", f->user}};

	while (*text != '\0') {
		size_t used = 0;

		for (size_t i = 0; i < sizeof known / sizeof *known && used == 0; i++)
			if (known[i].value != NULL
			    && strncmp(text, known[i].name, strlen(known[i].name)) == 0) {
				calib_str_add(out, known[i].value);
				used = strlen(known[i].name);
			}
		if (used == 0)
			calib_str_addc(out, *text++);
		text += used;
	}
}
