/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/plot/load.c - from files to the cells of a picture */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "plot/plot.h"

static size_t side(const struct calib_nda *index)
{
	const uint32_t *v = index->data;
	uint32_t most = 0;

	for (size_t i = 0; i < index->size; i++)
		most = v[i] > most ? v[i] : most;
	return (size_t)most + 1;
}

int plot_by_geometry(struct calib_view *view, const struct cli_geo *from,
                     const struct calib_nda *values, const char *name, struct calib_err *err)
{
	static const struct calib_geo_view psana = {CALIB_GEO_PSANA, false, false};
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_geo_layout layout = CALIB_GEO_LAYOUT_INIT;
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	struct calib_nda row = CALIB_NDA_INIT, col = CALIB_NDA_INIT;
	char shape[2][128];
	int rc = cli_geo_load(&geo, from, err);

	if (rc >= 0)
		rc = calib_geo_layout(&layout, &geo, geo.top, err);
	if (rc >= 0 && (layout.size == 0 || values->size % layout.size != 0))
		rc = calib_fail(
			err, CALIB_ESHAPE, "%s: shape %s, the geometry has %zu pixels, %s", name,
			calib_nda_shape_text(values->ndim, values->dim, shape[0]), layout.size,
			calib_nda_shape_text(layout.ndim, layout.dim, shape[1]));
	if (rc >= 0)
		rc = calib_geo_coords(xyz, &geo, &layout, &psana, err);
	if (rc >= 0)
		rc = calib_geo_index(&row, &col, xyz, &(struct calib_geo_grid){
		                     layout.scale, {0, 0}, CALIB_GEO_PSANA}, err);
	if (rc >= 0)
		rc = calib_view_cells(view, side(&row), side(&col), row.data, col.data, row.size,
		                      err);
	if (rc >= 0)
		rc = (int)(values->size / layout.size);
	for (int k = 0; k < 3; k++)
		calib_nda_release(&xyz[k]);
	calib_nda_release(&row);
	calib_nda_release(&col);
	calib_geo_layout_release(&layout);
	calib_geo_release(&geo);
	return rc;
}

static int arrange(struct plot *p, const struct plot_opts *o, struct calib_err *err)
{
	int view = o->view >= 0 ? o->view : cli_geo_given(&o->from) ? PLOT_VIEW_IMAGE
		: PLOT_VIEW_TABLE;
	int rc;

	if (view == PLOT_VIEW_IMAGE) {
		rc = plot_by_geometry(&p->view, &o->from, &p->values, o->array, err);
		if (rc > 1)
			calib_log(CALIB_WARNING, "%s: has %d gain ranges, the first is shown: "
			          "calib-nda slice takes another", o->array, rc);
	} else {
		rc = view == PLOT_VIEW_TABLE ? calib_view_table(&p->view, &p->values, err)
			: calib_view_flat(&p->view, &p->values, err);
	}
	if (rc >= 0)
		calib_view_turn(&p->view, (int)o->quarters, o->mirror);
	if (rc >= 0 && o->window[1] > 0) {
		p->row0 = (size_t)o->window[0];
		p->col0 = (size_t)o->window[2];
		rc = calib_view_window(&p->view, (size_t)o->window[0], (size_t)o->window[1],
		                       (size_t)o->window[2], (size_t)o->window[3], err);
	}
	return rc;
}

/* Pixels that a mask (0) or a status (not 0) calls bad. */
static int add_bad(struct plot *p, const char *path, bool zero_is_bad, struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	char shape[2][128];
	int rc = calib_nda_load(&nda, path, NULL, err);

	if (rc >= 0 && (nda.size == 0 || p->values.size % nda.size != 0))
		rc = calib_fail(err, CALIB_ESHAPE, "%s: shape %s, the array has %s", path,
		                calib_nda_shape_text(nda.ndim, nda.dim, shape[0]),
		                calib_nda_shape_text(p->values.ndim, p->values.dim, shape[1]));
	if (rc >= 0 && p->bad == NULL
	    && (p->bad = calib_alloc(p->values.size, 1, "bad pixels", err)) == NULL)
		rc = CALIB_ENOMEM;
	for (size_t i = 0; i < p->values.size && rc >= 0; i++)
		p->bad[i] |= (calib_nda_get(&nda, i % nda.size) != 0) != zero_is_bad;
	calib_nda_release(&nda);
	return rc;
}

static struct calib_picture_source source_of(const struct plot *p)
{
	return (struct calib_picture_source){&p->view, &p->values,
		p->minus.size > 0 ? &p->minus : NULL, p->bad};
}

int plot_shrunk(struct calib_picture *picture, const struct plot *p, double rows, double cols,
                struct calib_err *err)
{
	struct calib_picture_source source = source_of(p);
	size_t n = 1;

	while ((double)((p->view.rows + n - 1) / n) > rows
	       || (double)((p->view.cols + n - 1) / n) > cols)
		n++;
	return calib_picture_make(picture, &source, n, err);
}

/* Differences are seen around 0, a few whole numbers as they are. */
static int choose_colours(struct plot *p, const struct plot_opts *o, struct calib_err *err)
{
	struct calib_cmap map = o->map;
	bool around_0 = o->minus != NULL && !o->range_given;
	int rc = calib_scale_range(p->colours.range, &o->scale, &p->full, err);

	if (rc >= 0 && !o->map_given)
		rc = calib_cmap_get(&map, o->minus != NULL ? "coolwarm" : "viridis", err);
	if (rc < 0)
		return rc;
	p->colours.log = o->colours.log;
	p->colours.gamma = o->colours.gamma;
	if (around_0) {
		double a = p->colours.range[0], b = p->colours.range[1], far = -a > b ? -a : b;

		p->colours.range[0] = -far;
		p->colours.range[1] = far;
	}
	if (p->colours.log)
		calib_colours_log(&p->colours, &p->full);
	calib_palette(p->rgb, &map, o->bad, o->under, o->over);
	return CALIB_OK;
}

int plot_load(struct plot *p, const struct plot_opts *o, struct calib_err *err)
{
	struct calib_picture_source source;
	int rc = calib_nda_load(&p->values, o->array, NULL, err);

	if (rc >= 0 && o->minus != NULL)
		rc = calib_nda_load(&p->minus, o->minus, NULL, err);
	if (rc >= 0 && o->mask != NULL)
		rc = add_bad(p, o->mask, true, err);
	if (rc >= 0 && o->status != NULL)
		rc = add_bad(p, o->status, false, err);
	if (rc >= 0 && (rc = arrange(p, o, err)) == CALIB_ESHAPE && p->values.size == 0)
		rc = calib_fail(err, CALIB_ESHAPE, "%s: the array is empty", o->array);
	source = source_of(p);
	if (rc >= 0)
		rc = calib_picture_make(&p->full, &source, 0, err);
	if (rc >= 0 && p->full.shrink > 1)
		calib_log(CALIB_WARNING,
			  "%s: %zux%zu pixels are more than can be shown; each cell is "
			  "the mean of %zux%zu",
			  o->array, p->view.rows, p->view.cols, p->full.shrink, p->full.shrink);
	if (rc >= 0 && p->full.count[CALIB_CELL_GOOD] == 0)
		calib_log(CALIB_WARNING, "%s: has no good value", o->array);
	if (rc >= 0)
		rc = choose_colours(p, o, err);
	if (rc >= 0)
		rc = calib_spectrum_of(&p->spectrum, &p->full, p->colours.range, (size_t)o->bins,
				       err);
	return rc;
}

void plot_release(struct plot *p)
{
	calib_nda_release(&p->values);
	calib_nda_release(&p->minus);
	free(p->bad);
	calib_view_release(&p->view);
	calib_picture_release(&p->full);
	calib_picture_release(&p->shown);
	calib_spectrum_release(&p->spectrum);
}
