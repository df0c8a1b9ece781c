/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/json.h - as much JSON as the golden files need, for tests
 * A value is a tree of nodes; a test that meets bad JSON stops. */
#ifndef CALIB_TEST_JSON_H
#define CALIB_TEST_JSON_H
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct json {
	char kind;		/* { [ " # (number) t f n */
	char *key, *text;	/* text: string, or the number as written */
	double number;
	struct json *child, *next;
};

static inline void json_die(const char *at)
{
	fprintf(stderr, "bad JSON at: %.40s\n", at);
	exit(1);
}

static inline char *json_string(const char **p)
{
	char *out = malloc(strlen(*p) + 1), *q = out;

	for ((*p)++; **p != '"'; (*p)++) {
		if (**p == '\0')
			json_die("end");
		if (**p != '\\') {
			*q++ = **p;
			continue;
		}
		(*p)++;
		if (**p == 'u') {
			*q++ = (char)strtol((char[]){(*p)[3], (*p)[4], 0}, NULL, 16);
			*p += 4;
		} else {
			*q++ = **p == 'n' ? '\n' : **p == 't' ? '\t' : **p == 'r' ? '\r' : **p;
		}
	}
	(*p)++;
	*q = '\0';
	return out;
}

static inline void json_blank(const char **p)
{
	*p += strspn(*p, " \t\r\n");
}

static inline struct json *json_value(const char **p)
{
	struct json *v = calloc(1, sizeof *v), **tail = &v->child;

	json_blank(p);
	v->kind = **p;
	if (**p == '{' || **p == '[') {
		char close = **p == '{' ? '}' : ']';

		for ((*p)++, json_blank(p); **p != close; json_blank(p)) {
			char *key = NULL;

			if (close == '}') {
				key = json_string(p);
				json_blank(p);
				if (*(*p)++ != ':')
					json_die(*p);
			}
			*tail = json_value(p);
			(*tail)->key = key;
			tail = &(*tail)->next;
			json_blank(p);
			if (**p == ',')
				(*p)++, json_blank(p);
			else if (**p != close)
				json_die(*p);
		}
		(*p)++;
	} else if (**p == '"') {
		v->text = json_string(p);
	} else if (strchr("tfnNI", **p) != NULL && **p) {
		v->number = **p == 'I' ? strtod("inf", NULL) : 0;
		*p += strspn(*p, "abcdefghijklmnopqrstuvwxyzNI");
	} else {
		size_t n = strspn(*p, "+-.0123456789eEI");

		if (n == 0)
			json_die(*p);
		v->kind = '#';
		v->text = strndup(*p, n);
		v->number = strtod(*p, NULL);
		*p += n;
	}
	return v;
}

static inline struct json *json_load(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n = 0, room = 1 << 16;
	char *text = malloc(room);
	const char *p = text;
	struct json *v;

	if (f == NULL)
		json_die(path);
	for (size_t k; (k = fread(text + n, 1, room - n - 1, f)) > 0;) {
		n += k;
		if (room - n < 2)
			text = realloc(text, room *= 2);
	}
	fclose(f);
	text[n] = '\0';
	p = text;
	v = json_value(&p);
	free(text);
	return v;
}

static inline void json_free(struct json *v)
{
	while (v != NULL) {
		struct json *next = v->next;

		json_free(v->child);
		free(v->key);
		free(v->text);
		free(v);
		v = next;
	}
}

static inline struct json *json_get(const struct json *v, const char *key)
{
	for (struct json *c = v ? v->child : NULL; c != NULL; c = c->next)
		if (c->key != NULL && strcmp(c->key, key) == 0)
			return c;
	return NULL;
}

static inline double json_num(const struct json *v, const char *key)
{
	const struct json *c = json_get(v, key);

	return c && c->kind == '#' ? c->number : -1;
}

static inline const char *json_str(const struct json *v, const char *key)
{
	const struct json *c = json_get(v, key);

	return c && c->kind == '"' ? c->text : "";
}

static inline bool json_true(const struct json *v, const char *key)
{
	const struct json *c = json_get(v, key);

	return c && c->kind == 't';
}
#endif
