/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/conf/yaml.c - the part of YAML that a configuration needs, by libyaml */
#include "conf/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"

struct open { enum calib_yaml_kind kind; size_t first; char *key; unsigned key_line; };
/* open: mappings and lists not yet ended; key: of the member whose value comes next */
struct reader {
	struct calib_yaml *doc;
	const char *name;
	struct open open[CALIB_YAML_MAX_DEPTH + 1];
	unsigned depth, documents;
};

const char *calib_yaml_kind_name(enum calib_yaml_kind kind)
{
	static const char *const names[] = {"a value", "a mapping", "a list"};

	return names[kind];
}

static unsigned line_of(const yaml_event_t *e)
{
	return (unsigned)e->start_mark.line + 1;
}

/* libyaml says of a tab only that no token can begin with it. */
static int check_tabs(const char *bytes, size_t n, const char *name, struct calib_err *err)
{
	unsigned line = 1;

	for (const char *p = bytes, *end = bytes + n; p < end; line++) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		bool tab = false;

		for (; p < end && (*p == ' ' || *p == '\t'); p++)
			tab |= *p == '\t';
		if (tab && p < end && strchr("\r\n#", *p) == NULL)
			return calib_fail(err, CALIB_EINVAL, "%s:%u: the line is indented with a "
			                  "tab, YAML takes blanks only", name, line);
		p = stop != NULL ? stop + 1 : end;
	}
	return CALIB_OK;
}

/* Is the key there already, in the mapping that is open? */
static int check_key(const struct reader *r, const char *key, unsigned line,
                     struct calib_err *err)
{
	const struct calib_yaml *d = r->doc;

	for (size_t i = r->open[r->depth - 1].first; i < d->n; i++)
		if (d->node[i].depth == r->depth - 1 && strcmp(d->node[i].key, key) == 0)
			return calib_fail(err, CALIB_EINVAL, "%s:%u: '%.40s' is set in line %u "
			                  "already", r->name, line, key, d->node[i].line);
	return CALIB_OK;
}

static int add(struct reader *r, enum calib_yaml_kind kind, const yaml_event_t *e,
               struct calib_err *err)
{
	struct calib_yaml *d = r->doc;
	struct open *in = &r->open[r->depth - 1];
	void *list = d->node;
	struct calib_yaml_node node = {.kind = kind, .depth = r->depth - 1};
	int rc;

	if (d->n >= CALIB_YAML_MAX_NODES)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: more than %d entries, a "
		                  "configuration has fewer", r->name, line_of(e),
		                  CALIB_YAML_MAX_NODES);
	rc = calib_grow(&list, &d->room, d->n + 1, sizeof node, "configuration", err);
	if (rc < 0)
		return rc;
	d->node = list;
	if (kind == CALIB_YAML_SCALAR) {
		const char *text = (const char *)e->data.scalar.value;

		if (strlen(text) != e->data.scalar.length)
			return calib_fail(err, CALIB_EINVAL, "%s:%u: a value has a NUL character",
			                  r->name, line_of(e));
		node.text = calib_strdup(text, err);
		if (node.text == NULL)
			return CALIB_ENOMEM;
		node.plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	}
	node.key = in->key;
	node.line = in->key != NULL ? in->key_line : line_of(e);
	in->key = NULL;
	d->node[d->n++] = node;
	return CALIB_OK;
}

/* A scalar where a mapping wants a key. */
static int take_key(struct reader *r, const yaml_event_t *e, struct calib_err *err)
{
	struct open *in = &r->open[r->depth - 1];
	const char *text = (const char *)e->data.scalar.value;
	int rc = check_key(r, text, line_of(e), err);

	if (rc < 0)
		return rc;
	if (*text == '\0' || strlen(text) != e->data.scalar.length)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: a key is empty", r->name, line_of(e));
	in->key = calib_strdup(text, err);
	in->key_line = line_of(e);
	return in->key != NULL ? CALIB_OK : CALIB_ENOMEM;
}

static int take_scalar(struct reader *r, const yaml_event_t *e, struct calib_err *err)
{
	if (r->depth == 0) {
		/* a file of comments with a "---" has one empty scalar */
		if (e->data.scalar.length == 0)
			return CALIB_OK;
		return calib_fail(err, CALIB_EINVAL, "%s:%u: '%.40s' is not of the form "
		                  "'key: value'", r->name, line_of(e),
		                  (const char *)e->data.scalar.value);
	}
	if (r->open[r->depth - 1].kind == CALIB_YAML_MAP && r->open[r->depth - 1].key == NULL)
		return take_key(r, e, err);
	return add(r, CALIB_YAML_SCALAR, e, err);
}

static int take_start(struct reader *r, enum calib_yaml_kind kind, const yaml_event_t *e,
                      struct calib_err *err)
{
	int rc = CALIB_OK;

	if (r->depth == 0 && kind == CALIB_YAML_LIST)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: a list, expected lines of the form "
		                  "'key: value'", r->name, line_of(e));
	if (r->depth > 0 && r->open[r->depth - 1].kind == CALIB_YAML_MAP
	    && r->open[r->depth - 1].key == NULL)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: %s cannot be a key", r->name,
		                  line_of(e), calib_yaml_kind_name(kind));
	if (r->depth >= CALIB_YAML_MAX_DEPTH)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: nested too deeply", r->name,
		                  line_of(e));
	if (r->depth > 0)
		rc = add(r, kind, e, err);
	if (rc >= 0)
		r->open[r->depth++] = (struct open){kind, r->doc->n, NULL, 0};
	return rc;
}

/* What no configuration of ours needs. */
static int check_extras(struct reader *r, const yaml_event_t *e, struct calib_err *err)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor, tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor, tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor, tag = e->data.mapping_start.tag;
		break;
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents++ == 0)
			return CALIB_OK;
		return calib_fail(err, CALIB_EINVAL, "%s:%u: a second document begins, a "
		                  "configuration is one", r->name, line_of(e));
	default:
		break;
	}
	if (anchor != NULL || e->type == YAML_ALIAS_EVENT)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: anchors and aliases (& and *) are "
		                  "not read: write the value out, a text that begins with & or "
		                  "* in quotes", r->name, line_of(e));
	if (tag != NULL)
		return calib_fail(err, CALIB_EINVAL, "%s:%u: tags (!) are not read: write the "
		                  "value alone, a text that begins with ! in quotes", r->name,
		                  line_of(e));
	return CALIB_OK;
}

static int take(struct reader *r, const yaml_event_t *e, struct calib_err *err)
{
	int rc = check_extras(r, e, err);

	if (rc < 0)
		return rc;
	switch (e->type) {
	case YAML_SCALAR_EVENT:         return take_scalar(r, e, err);
	case YAML_SEQUENCE_START_EVENT: return take_start(r, CALIB_YAML_LIST, e, err);
	case YAML_MAPPING_START_EVENT:  return take_start(r, CALIB_YAML_MAP, e, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:    r->depth--; return CALIB_OK;
	default:                        return CALIB_OK;
	}
}

static int fail_yaml(const yaml_parser_t *p, const struct reader *r, struct calib_err *err)
{
	size_t line = p->problem_mark.line + 1;

	/* what is not closed is named where it begins, not where the file ends */
	if (p->context != NULL && p->problem != NULL && strstr(p->problem, "end of stream"))
		line = p->context_mark.line + 1;
	if (p->error == YAML_MEMORY_ERROR)
		return calib_fail(err, CALIB_ENOMEM, "%s: out of memory", r->name);
	if (p->error == YAML_READER_ERROR)	/* libyaml knows no line of it */
		return calib_fail(err, CALIB_EINVAL, "%s: byte %zu: %s", r->name,
		                  p->problem_offset, p->problem);
	return calib_fail(err, CALIB_EINVAL, "%s:%zu: not YAML: %s%s%s (a text with ': ' in it, or "
	                  "{ or [ at its beginning, needs quotes)", r->name, line,
	                  p->context ? p->context : "", p->context ? ", " : "",
	                  p->problem ? p->problem : "no reason is known");
}

static int read_events(yaml_parser_t *p, struct reader *r, struct calib_err *err)
{
	bool end = false;
	int rc = CALIB_OK;

	while (rc >= 0 && !end) {
		yaml_event_t e;

		if (!yaml_parser_parse(p, &e))
			return fail_yaml(p, r, err);
		end = e.type == YAML_STREAM_END_EVENT;
		rc = take(r, &e, err);
		yaml_event_delete(&e);
	}
	return rc;
}

int calib_yaml_parse(struct calib_yaml *doc, const char *bytes, size_t n, const char *name,
                     struct calib_err *err)
{
	struct reader r = {.doc = doc, .name = name};
	yaml_parser_t parser;
	int rc = CALIB_OK;

	*doc = (struct calib_yaml)CALIB_YAML_INIT;
	if (n > CALIB_YAML_MAX_BYTES)
		rc = calib_fail(err, CALIB_EINVAL, "%s: larger than %zu bytes, a configuration is "
		                "smaller", name, CALIB_YAML_MAX_BYTES);
	if (rc >= 0)
		rc = check_tabs(bytes, n, name, err);
	if (rc < 0)
		return rc;
	if (!yaml_parser_initialize(&parser))
		return calib_fail(err, CALIB_ENOMEM, "%s: out of memory", name);
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, n);
	rc = read_events(&parser, &r, err);
	yaml_parser_delete(&parser);
	for (unsigned i = 0; i <= CALIB_YAML_MAX_DEPTH; i++)
		free(r.open[i].key);
	if (rc < 0)
		calib_yaml_release(doc);
	return rc;
}

void calib_yaml_release(struct calib_yaml *doc)
{
	for (size_t i = 0; i < doc->n; i++) {
		free(doc->node[i].key);
		free(doc->node[i].text);
	}
	free(doc->node);
	*doc = (struct calib_yaml)CALIB_YAML_INIT;
}
