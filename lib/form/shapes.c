/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/shapes.c - lists of shapes, and which form a file has */
#include "form/shapes.h"

#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/mem.h"
#include "form/shapes_int.h"

static void release_roi(struct calib_roi *r)
{
	free(r->v);
	free(r->ring);
}

void calib_shapes_release(struct calib_shapes *s)
{
	for (size_t i = 0; i < s->n; i++)
		release_roi(&s->list[i]);
	free(s->list);
	free(s->grow);
	free(s->name);
	*s = (struct calib_shapes)CALIB_SHAPES_INIT;
}

static void *copy_of(const void *from, size_t n, size_t size, struct calib_err *err)
{
	void *to = calib_alloc(n, size, "shape", err);

	if (to != NULL && n > 0)
		memcpy(to, from, n * size);
	return to;
}

int calib_shapes_add(struct calib_shapes *s, const struct calib_roi *roi, struct calib_err *err)
{
	struct calib_roi r = *roi;
	void *list = s->list;
	int rc = calib_roi_check(roi, err);

	if (rc >= 0 && s->n == CALIB_SHAPES_MAX)
		rc = calib_fail(err, CALIB_EINVAL, "more than %d shapes", CALIB_SHAPES_MAX);
	if (rc >= 0)
		rc = calib_grow(&list, &s->room, s->n + 1, sizeof *s->list, "shapes", err);
	s->list = list;
	if (rc < 0)
		return rc;
	r.v = copy_of(roi->v, roi->n, sizeof *roi->v, err);
	r.ring = roi->ring != NULL ? copy_of(roi->ring, roi->nrings, sizeof *roi->ring, err) : NULL;
	if (r.v == NULL || (roi->ring != NULL && r.ring == NULL)) {
		release_roi(&r);
		return CALIB_ENOMEM;
	}
	s->list[s->n++] = r;
	return CALIB_OK;
}

/* ---- forms ---- */

typedef int reader(struct calib_shapes *s, const struct shapes_input *in, struct calib_err *err);
typedef int writer(struct calib_str *t, const struct calib_shapes *s,
                   const struct calib_shapes_hints *hints, struct calib_err *err);

/* A row for each form; the first whose look is right reads a file, the last takes what is left. */
static bool looks_json(const char *text) { return *text == '{'; }
static bool looks_svg(const char *text) { return *text == '<'; }

/* A line "badNAME/..." or "key = value" before anything that a shape begins with. */
static bool looks_crystfel(const char *text)
{
	for (const char *line = text; *line != '\0'; line = *line != '\0' ? line + 1 : line) {
		size_t name;

		line += strspn(line, " \t\r");
		name = strcspn(line, " \t\r\n=/");
		if (*line != ';' && *line != '#' && *line != '\n' && *line != '\0')
			return strncmp(line, "seg=", 4) != 0
			       && ((line[name] == '/'
			            && strcspn(line, "=") < strcspn(line, "\n"))
			           || line[name + strspn(line + name, " \t")] == '=');
		if (*line == ';')
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

static bool looks_any(const char *text)
{
	(void)text;
	return true;
}

static const struct form {
	const char *word;
	bool (*looks)(const char *text);
	reader *read;
	writer *write;
} forms[CALIB_SHAPES_NFORMS] = {
	[CALIB_SHAPES_JSON] = {"json", looks_json, shapes_read_json, shapes_write_json},
	[CALIB_SHAPES_SVG] = {"svg", looks_svg, shapes_read_svg, shapes_write_svg},
	[CALIB_SHAPES_CRYSTFEL] = {"crystfel", looks_crystfel, shapes_read_crystfel,
		shapes_write_crystfel},
	[CALIB_SHAPES_TEXT] = {"text", looks_any, shapes_read_text, shapes_write_text},
};

int calib_shapes_form_parse(const char *word)
{
	for (int i = 0; i < CALIB_SHAPES_NFORMS; i++)
		if (strcmp(forms[i].word, word) == 0)
			return i;
	return -1;
}

static enum calib_shapes_form form_of(const char *text)
{
	static const enum calib_shapes_form order[] = {CALIB_SHAPES_JSON, CALIB_SHAPES_SVG,
		CALIB_SHAPES_CRYSTFEL};

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	text += strspn(text, " \t\r\n");
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (forms[order[i]].looks(text))
			return order[i];
	return CALIB_SHAPES_TEXT;
}

int calib_shapes_read(struct calib_shapes *s, const char *text, size_t n, const char *name,
                      const struct calib_shapes_hints *hints, struct calib_err *err)
{
	char *copy = calib_alloc(n + 1, 1, "shapes", err);
	struct shapes_input in = {copy, n, name, hints};
	int rc = CALIB_OK;

	if (copy == NULL)
		return CALIB_ENOMEM;
	memcpy(copy, text, n);
	if (memchr(copy, '\0', n) != NULL)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: is no text, a NUL byte is in it", name);
	if (rc >= 0 && s->name == NULL && (s->name = calib_strdup(name, err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0) {
		s->form = form_of(copy);
		rc = forms[s->form].read(s, &in, err);
	}
	free(copy);
	return rc;
}

int calib_shapes_load(struct calib_shapes *s, const char *path,
                      const struct calib_shapes_hints *hints, struct calib_err *err)
{
	void *bytes = NULL;
	size_t n = 0;
	int rc = calib_read_file(path, &bytes, &n, err);

	if (rc >= 0)
		rc = calib_shapes_read(
			s, bytes, n, strcmp(path, "-") == 0 ? "standard input" : path, hints, err);
	free(bytes);
	return rc;
}

int calib_shapes_format(struct calib_str *text, const struct calib_shapes *s,
                        enum calib_shapes_form form, const struct calib_shapes_hints *hints,
                        struct calib_err *err)
{
	int rc = forms[form].write(text, s, hints, err);

	return rc < 0 ? rc : calib_str_check(text, err);
}

int shapes_cannot(const struct calib_shapes *s, const struct calib_roi *r, const char *form,
                  const char *what, struct calib_err *err)
{
	return calib_fail(err, CALIB_EINVAL, "%s:%u: %s has no place in %s; convert it to another "
	                  "form, or make the mask of it", s->name != NULL ? s->name : "shapes",
	                  r->line, what, form);
}
