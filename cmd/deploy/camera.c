/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/camera.c - are constants of the same camera as the data of a run?
 *
 * What is known of the constants: the comments that calib-dark wrote into them, their shape, the
 * statistics they were made from, where HISTORY leads to them, and the data of their dark run. */
#include "deploy/camera.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/table.h"
#include "deploy/rundata.h"
#include "det/det.h"
#include "nda/h5.h"
#include "nda/nda.h"
#include "store/ctype.h"
#include "store/history.h"

/* Name of the text in the statistics that tells the hardware. */
#define PANELS_TEXT "panels"

struct constants {
	struct calib_str source, panels, shape;
	size_t pixels;
	char *statistics;		/* file, or NULL */
	long dark;			/* -1: not known */
};

/* ---- what is known of the constants ---- */

/* "# SOURCE      XppGon.0:Cspad.0" among the comments at the beginning. */
static int read_comments(struct constants *c, const char *path, struct calib_err *err)
{
	struct calib_in *in = NULL;
	const uint8_t *bytes = NULL;
	long n = 0;
	int rc = calib_in_open(&in, path, err);

	if (rc >= 0 && (n = calib_in_peek(in, &bytes, CALIB_IN_PEEK, err)) < 0)
		rc = (int)n;
	for (const char *p = (const char *)bytes, *end = p + n; n > 0 && p < end && *p == '#';) {
		const char *line = memchr(p, '\n', (size_t)(end - p));
		size_t len = line != NULL ? (size_t)(line - p) : (size_t)(end - p);

		if (len > 9 && strncmp(p, "# SOURCE ", 9) == 0) {
			const char *word = p + 9;

			while (word < p + len && *word == ' ')
				word++;
			calib_str_clear(&c->source);
			calib_str_addn(&c->source, word, (size_t)(p + len - word));
		}
		if (line == NULL)
			break;
		p = line + 1;
	}
	calib_in_close(in);
	return rc < 0 ? rc : calib_str_check(&c->source, err);
}

static void read_shape(struct constants *c, const char *path, const char *type)
{
	const struct calib_ctype *t = calib_ctype_find(type);
	struct calib_nda nda = CALIB_NDA_INIT;
	char text[128];

	if (t != NULL && t->form == CALIB_CTYPE_PIXELS
	    && calib_nda_load(&nda, path, NULL, NULL) >= 0) {
		c->pixels = nda.size;
		calib_str_add(&c->shape, calib_nda_shape_text(nda.ndim, nda.dim, text));
	}
	calib_nda_release(&nda);
}

/* "work/clb-xppi0613-r0173-peds-ave-X.txt": the statistics are beside it, with stat for ave. */
static char *statistics_of(const char *input)
{
	const char *what = strstr(calib_path_base(input), "-peds-"), *rest;
	struct calib_str s = CALIB_STR_INIT;
	char *name = NULL;

	rest = what != NULL ? strchr(what + 6, '-') : NULL;
	if (rest != NULL && calib_path_suffix(rest, ".txt")) {
		calib_str_addn(&s, input, (size_t)(what + 6 - input));
		calib_str_add(&s, "stat");
		calib_str_addn(&s, rest, strlen(rest) - 4);
		calib_str_add(&s, ".h5");
		if (!s.failed && calib_is_file(s.s))
			name = calib_strdup(s.s, NULL);
	}
	calib_str_release(&s);
	return name;
}

static int read_history(struct constants *c, const struct calib_dir_parts *parts,
                        struct calib_err *err)
{
	struct calib_history record = CALIB_HISTORY_INIT;
	const char *names[1] = {parts->name};
	struct calib_str path = CALIB_STR_INIT;
	int rc;

	calib_str_addf(&path, "%s/%s/%s/%s/HISTORY", parts->calib, parts->group, parts->source,
	               parts->type);
	rc = calib_str_check(&path, err);
	if (rc >= 0 && calib_is_file(path.s))
		rc = calib_history_last(path.s, names, 1, &record, err);
	if (record.value[CALIB_H_RUN] != NULL
	    && calib_parse_long(&c->dark, record.value[CALIB_H_RUN], 0, 999999, "run", NULL) < 0)
		c->dark = -1;
	if (record.value[CALIB_H_COPY_OF] != NULL)
		c->statistics = statistics_of(record.value[CALIB_H_COPY_OF]);
	calib_history_release(&record);
	calib_str_release(&path);
	return rc;
}

/* The statistics remember the hardware; else the data of the dark run tell. */
static void read_panels(struct constants *c, struct rundata *data, const char *source)
{
	struct rundata_camera camera = RUNDATA_CAMERA_INIT;
	struct calib_h5 *h5 = NULL;
	char *text = NULL;

	if (c->statistics != NULL && calib_h5_open(&h5, c->statistics, NULL) >= 0) {
		if (calib_h5_get_text(h5, PANELS_TEXT, &text, NULL) >= 0)
			calib_str_add(&c->panels, text);
		calib_h5_close(h5);
		free(text);
	}
	if (c->panels.len == 0 && c->dark >= 0
	    && rundata_camera(&camera, data, (unsigned)c->dark, source, NULL) >= 0)
		calib_str_add(&c->panels, camera.panels.s);
	rundata_camera_release(&camera);
}

/* ---- the comparison ---- */

static int put(struct calib_table *t, const char *what, const char *constants, const char *run,
               bool same, size_t *different)
{
	bool known = *constants != '\0' && *run != '\0';

	*different += known && !same;
	calib_table_text(t, what);
	calib_table_text(t, constants);
	calib_table_text(t, run);
	calib_table_text(t, !known ? "unknown" : same ? "same" : "different");
	return calib_table_row(t);
}

/* The constants may have a value for each of several gain ranges. */
static int compare(struct calib_table *t, const struct constants *c,
                   const struct rundata_camera *run, const char *source, size_t *different)
{
	const struct calib_det *det = calib_det_of_source(source);
	size_t gains = det != NULL && det->gains > 1 ? (size_t)det->gains : 1;
	bool fits = c->pixels == run->pixels || c->pixels == gains * run->pixels;
	int rc = put(t, "panels", c->panels.s, run->panels.s,
	             strcmp(c->panels.s, run->panels.s) == 0, different);

	if (rc >= 0)
		rc = put(t, "shape", c->shape.s, run->shape.s, fits, different);
	if (rc >= 0)
		rc = put(t, "source", c->source.s, source, strcmp(c->source.s, source) == 0,
		         different);
	return rc;
}

static int print(const struct constants *c, const struct rundata_camera *run, const char *source,
                 bool json, const char *path, struct calib_err *err)
{
	static const char *const columns[] = {"what", "constants", "run", "verdict", NULL};
	struct calib_out *out = NULL;
	struct calib_table t;
	size_t different = 0;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	calib_table_begin(&t, out, columns, json, err);
	rc = deploy_end(out, compare(&t, c, run, source, &different), err);
	if (rc >= 0 && different > 0)
		rc = calib_fail(err, CALIB_ESHAPE, "%s: is not of the camera of the run, see the "
		                "rows marked different", path);
	return rc;
}

int camera_check(const char *path, const struct deploy_where *where, const char *source,
                 unsigned run, bool json, struct calib_err *err)
{
	struct constants c = {CALIB_STR_INIT, CALIB_STR_INIT, CALIB_STR_INIT, 0, NULL, -1};
	struct rundata_camera camera = RUNDATA_CAMERA_INIT;
	struct calib_dir_parts parts = {NULL, NULL, NULL, NULL, NULL};
	struct calib_str plain = CALIB_STR_INIT;
	struct rundata data = RUNDATA_INIT;
	int rc = calib_dir_source(&plain, source, err);

	if (rc >= 0)
		rc = calib_path_regular(path, err);
	if (rc >= 0)
		rc = calib_dir_split(&parts, path, err);
	if (rc >= 0)
		rc = rundata_open(&data, where, err);
	if (rc >= 0)
		rc = rundata_camera(&camera, &data, run, plain.s, err);
	if (rc >= 0)
		rc = read_comments(&c, path, err);
	if (rc >= 0)
		rc = read_history(&c, &parts, err);
	if (rc >= 0) {
		read_shape(&c, path, parts.type);
		read_panels(&c, &data, plain.s);
		rc = print(&c, &camera, plain.s, json, path, err);
	}
	rundata_close(&data);
	rundata_camera_release(&camera);
	calib_str_release(&c.source);
	calib_str_release(&c.panels);
	calib_str_release(&c.shape);
	calib_str_release(&plain);
	free(c.statistics);
	free(parts.calib);
	return rc;
}
