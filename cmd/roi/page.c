/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/page.c - the page of calib-roi edit
 *
 * The values of the pixels, and the cell of each, are in it as float32 and int32, byte by byte and
 * as differences so that they deflate well; the page inflates them itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "render/page.h"
#include "roi/edit.h"

/* What scripts/embed.sh makes of the files beside this one. */
extern const char cmd_roi_edit_html[], cmd_roi_edit_css[], cmd_roi_edit_js[], cmd_roi_shapes_js[],
	cmd_roi_svg_js[], cmd_roi_view_js[];

static int put_values(struct calib_str *s, const struct calib_nda *array, struct calib_err *err)
{
	float *v = calib_alloc(array->size, sizeof *v, "page", err);
	int rc;

	if (v == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < array->size; i++)
		v[i] = (float)calib_nda_get(array, i);
	rc = calib_page_words(s, "values", v, array->size, true, err);
	free(v);
	return rc;
}

static int put_cells(struct calib_str *s, const struct roi_place *p, struct calib_err *err)
{
	const uint32_t *row = p->row.data, *col = p->col.data;
	uint32_t *d = calib_alloc(p->row.size, sizeof *d, "page", err), before = 0;
	int rc;

	if (d == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; i < p->row.size; i++) {
		uint32_t cell = (uint32_t)(row[i] * p->cols + col[i]);

		d[i] = cell - before;
		before = cell;
	}
	rc = calib_page_words(s, "cells", d, p->row.size, true, err);
	free(d);
	return rc;
}

/* In a script element only "<" could end it. */
static void put_json(struct calib_str *s, const char *text)
{
	struct calib_str quoted = CALIB_STR_INIT;

	calib_str_quote_json(&quoted, text);
	for (const char *p = quoted.s; *p != '\0'; p++)
		if (*p == '<')
			calib_str_add(s, "\\u003c");
		else
			calib_str_addc(s, *p);
	s->failed = s->failed || quoted.failed;
	calib_str_release(&quoted);
}

static void put_map(struct calib_str *s, const char *name, const struct calib_cmap *map)
{
	calib_str_addf(s, "\"%s\":\"", name);
	for (size_t i = 0; i < 256; i++) {
		const uint8_t *c = map->rgb[calib_cmap_index(map->n, ((double)i + 0.5) / 256)];

		calib_str_addf(s, "%02x%02x%02x", c[0], c[1], c[2]);
	}
	calib_str_addc(s, '"');
}

/* All of them, and the one that was asked for, which may be turned round. */
static void put_maps(struct calib_str *s, const struct edit_opts *o)
{
	struct calib_cmap map;
	const char *name;

	calib_str_add(s, ",\"maps\":{");
	for (size_t k = 0; (name = calib_cmap_name(k)) != NULL; k++)
		if (calib_cmap_get(&map, name, NULL) >= 0 && strcmp(name, o->cmap) != 0) {
			put_map(s, name, &map);
			calib_str_addc(s, ',');
		}
	put_map(s, o->cmap, &o->map);
	calib_str_addc(s, '}');
}

static int put_data(struct calib_str *s, const struct edit_data *d, const struct edit_opts *o,
                    struct calib_err *err)
{
	const struct calib_geo_layout *l = &d->place->layout;
	struct calib_str shapes = CALIB_STR_INIT;
	struct calib_shapes_hints hints = roi_hints(d->place);
	struct calib_geo_grid grid = {l->scale, {0, 0}, CALIB_GEO_PSANA};
	double range[2], beam[2];
	int rc = calib_scale_range(range, &o->scale, d->picture, err);

	if (rc >= 0)
		rc = calib_shapes_format(&shapes, d->shapes, CALIB_SHAPES_TEXT, &hints, err);
	calib_geo_point(beam, d->place->xyz, &grid, 0, 0, true);
	calib_str_addf(
		s,
		"<script type=\"application/json\" id=\"data\">{\"rows\":%zu,\"cols\":%zu,"
		"\"segRows\":%zu,\"segCols\":%zu,\"stride\":%zu,\"centre\":[%.6g,%.6g],"
		"\"crc\":\"%08x\",\"range\":[%.7g,%.7g],\"log\":%s,\"map\":\"%s\",\"shapes\":",
		d->place->rows, d->place->cols, l->rows, l->cols, l->leaf[0].stride, beam[1] - 0.5,
		beam[0] - 0.5, d->place->crc, range[0], range[1], o->colours.log ? "true" : "false",
		o->cmap);
	put_json(s, shapes.s);
	put_maps(s, o);
	calib_str_add(s, "}</script>\n");
	calib_str_release(&shapes);
	return rc;
}

int edit_page(struct calib_str *s, const struct edit_data *d, const struct edit_opts *o,
              struct calib_err *err)
{
	static const char *const scripts[] = {cmd_roi_shapes_js, cmd_roi_svg_js, cmd_roi_view_js,
		cmd_roi_edit_js};
	struct calib_str title = CALIB_STR_INIT;
	int rc;

	calib_str_addf(&title, "Mask editor: %s", o->roi.array != NULL
	               ? calib_path_base(o->roi.array) : "sensors");
	rc = calib_str_check(&title, err);
	calib_page_begin(s, &(struct calib_page){title.s, cmd_roi_edit_css, true});
	calib_str_add(s, cmd_roi_edit_html);
	if (rc >= 0)
		rc = put_data(s, d, o, err);
	if (rc >= 0)
		rc = put_values(s, d->array, err);
	if (rc >= 0)
		rc = put_cells(s, d->place, err);
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		calib_str_add(s, "<script>\n");
		calib_str_add(s, scripts[i]);
		calib_str_add(s, "</script>\n");
	}
	calib_page_end(s);
	calib_str_release(&title);
	return rc < 0 ? rc : calib_str_check(s, err);
}
