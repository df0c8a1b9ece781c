/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/hotpix/page.c - calib-hotpix --html: choose a threshold by looking
 *
 * The rms and average of every pixel are in the page, as float32, so that it counts what a
 * threshold flags while it is moved: only a value within 1e-7 of a threshold may count otherwise.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/out.h"
#include "base/path.h"
#include "hotpix/hotpix.h"
#include "render/page.h"
#include "render/view.h"

extern const char cmd_hotpix_page_css[], cmd_hotpix_page_html[], cmd_hotpix_page_js[];

enum { SIDE = 1000 };			/* cells of the picture along a side */

static int put_floats(struct calib_str *s, const char *id, const double *v, size_t n,
                      struct calib_err *err)
{
	float *f = calib_alloc(n, sizeof *f, "page", err);
	int rc = f != NULL ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < n && rc >= 0; i++)
		f[i] = (float)v[i];
	if (rc >= 0)
		rc = calib_page_words(s, id, f, n, true, err);
	free(f);
	return rc;
}

/* The cell of each pixel + 1 in the picture of sensors beside each other, as differences. */
static int put_cells(struct calib_str *s, const struct hotpix_input *p, size_t size[2],
                     struct calib_err *err)
{
	struct calib_view view = CALIB_VIEW_INIT;
	uint32_t *cell = NULL, before = 0;
	size_t n = p->ave.size, side, shrink = 1;
	int rc = calib_view_table(&view, &p->ave, err);

	if (rc >= 0 && (cell = calib_alloc(n, sizeof *cell, "page", err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0) {
		side = view.rows > view.cols ? view.rows : view.cols;
		shrink = (side + SIDE - 1) / SIDE;
		size[0] = (view.rows + shrink - 1) / shrink;
		size[1] = (view.cols + shrink - 1) / shrink;
	}
	for (size_t r = 0; rc >= 0 && r < view.rows; r++)
		for (size_t c = 0; c < view.cols; c++) {
			size_t at = calib_view_at(&view, r, c);

			if (at != CALIB_NO_PIXEL)
				cell[at] = (uint32_t)(r / shrink * size[1] + c / shrink) + 1;
		}
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		uint32_t now = cell[i];

		cell[i] = now - before;
		before = now;
	}
	if (rc >= 0)
		rc = calib_page_words(s, "cells", cell, n, true, err);
	free(cell);
	calib_view_release(&view);
	return rc;
}

int hotpix_page(const struct hotpix_opts *o, const struct hotpix_input *p,
                const struct calib_status_params *q, struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT, title = CALIB_STR_INIT;
	size_t size[2] = {0, 0};
	int rc;

	calib_str_addf(&title, "Thresholds: %s", p->source != NULL ? p->source
	               : calib_path_base(p->name));
	rc = calib_str_check(&title, err);
	calib_page_begin(&s, &(struct calib_page){title.s, cmd_hotpix_page_css, true});
	calib_str_add(&s, cmd_hotpix_page_html);
	if (rc >= 0)
		rc = put_floats(&s, "rms", p->rms.data, p->rms.size, err);
	if (rc >= 0)
		rc = put_floats(&s, "ave", p->ave.data, p->ave.size, err);
	if (rc >= 0)
		rc = put_cells(&s, p, size, err);
	calib_str_addf(&s,
		       "<script type=\"application/json\" id=\"data\">{\"rows\":%zu,\"cols\":%zu,"
		       "\"rmsLow\":%.9g,\"aveLow\":%.9g,\"aveHigh\":%.9g}</script>\n<script>\n",
		       size[0], size[1], q->rms_lo, isfinite(q->ave_lo) ? q->ave_lo : 0.,
		       isfinite(q->ave_hi) ? q->ave_hi : 1e30);
	calib_str_add(&s, cmd_hotpix_page_js);
	calib_str_add(&s, "</script>\n");
	calib_page_end(&s);
	if (rc >= 0)
		rc = calib_str_check(&s, err);
	if (rc >= 0)
		rc = calib_out_text(o->html, o->cli.keep ? CALIB_OUT_KEEP : 0, &s, err);
	calib_str_release(&title);
	calib_str_release(&s);
	return rc;
}
