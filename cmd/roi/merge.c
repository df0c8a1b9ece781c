/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/merge.c - calib-roi merge: status, masks, sensors and shapes to one mask */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/table.h"
#include "roi/roi.h"

enum { KEY_STATUS = ROI_KEY_VERB, KEY_STATUS_BITS, KEY_NEIGHBOURS };

struct opts {
	struct roi_opts roi;		/* and: the masks */
	const char **status;
	size_t nstatus, status_room;
	uint64_t bits;			/* --status-bits */
	long neighbours;		/* 0, 4, 8 */
};

static void add_status(struct opts *o, const struct argp_state *state, const char *arg)
{
	struct calib_err err = CALIB_ERR_INIT;
	void *p = (void *)o->status;

	if (calib_grow(&p, &o->status_room, o->nstatus + 1, sizeof *o->status, "names", &err) < 0)
		argp_failure(state, 1, 0, "%s", err.msg);
	o->status = p;
	o->status[o->nstatus++] = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	long bits;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->roi.output;
		state->child_inputs[1] = &o->roi.cli;
		state->child_inputs[2] = &o->roi.from;
		return 0;
	case KEY_STATUS: add_status(o, state, arg); return 0;
	case KEY_STATUS_BITS:
		if (calib_parse_clong(&bits, arg, 1, INT64_MAX, "--status-bits", NULL) < 0)
			argp_error(state, "--status-bits: '%s' is not a number above 0 (0x1f is)",
				   arg);
		o->bits = (uint64_t)bits;
		return 0;
	case KEY_NEIGHBOURS:
		o->neighbours = cli_long(state, "--neighbours", arg, 4, 8);
		if (o->neighbours != 4 && o->neighbours != 8)
			argp_error(state, "--neighbours: '%s' is not 4 or 8", arg);
		return 0;
	case ARGP_KEY_ARG: return roi_parse_common(ROI_KEY_AND, arg, state, &o->roi);
	default:           return roi_parse_common(key, arg, state, &o->roi);
	}
}

/* ---- contributors ---- */

/* How many of them mask a pixel, and the last one that does. */
struct tally { uint16_t *times, *last; struct calib_nda mask; };
struct part { const char *name; size_t masked, alone; };
struct parts { struct part *list; size_t n, room; };

static int begin(struct tally *t, const struct calib_nda *like, struct calib_err *err)
{
	int rc;

	if (t->mask.size > 0)
		return CALIB_OK;
	rc = calib_nda_like(&t->mask, like, CALIB_U8, err);
	if (rc >= 0)
		memset(t->mask.data, 1, t->mask.size);
	t->times = calib_alloc(like->size, sizeof *t->times, "counts", err);
	t->last = t->times ? calib_alloc(like->size, sizeof *t->last, "counts", err) : NULL;
	return rc < 0 ? rc : t->last != NULL ? CALIB_OK : CALIB_ENOMEM;
}

static int take(struct tally *t, struct parts *parts, const char *name,
                const struct calib_nda *mask, struct calib_err *err)
{
	const uint8_t *v = mask->data;
	void *p = parts->list;
	char a[128], b[128];
	int rc = begin(t, mask, err);

	if (rc >= 0 && mask->size != t->mask.size)
		rc = calib_fail(err, CALIB_ESHAPE, "%s: shape %s, the mask has %s", name,
		                calib_nda_shape_text(mask->ndim, mask->dim, a),
		                calib_nda_shape_text(t->mask.ndim, t->mask.dim, b));
	if (rc >= 0)
		rc = calib_grow(&p, &parts->room, parts->n + 1, sizeof *parts->list, "parts", err);
	parts->list = p;
	if (rc < 0)
		return rc;
	parts->list[parts->n] = (struct part){name, 0, 0};
	for (size_t i = 0; i < mask->size; i++)
		if (v[i] == 0) {
			((uint8_t *)t->mask.data)[i] = 0;
			parts->list[parts->n].masked++;
			t->times[i]++;
			t->last[i] = (uint16_t)parts->n;
		}
	parts->n++;
	return CALIB_OK;
}

/* ---- status ---- */

/* Ranges of the array that count: of an Epix10ka's seven the first five, else all. */
static int status_to_mask(struct calib_nda *mask, const struct calib_nda *status, uint64_t bits,
                          size_t pixels, const char *path, struct calib_err *err)
{
	const uint64_t *v = status->data;
	size_t gains = pixels > 0 ? status->size / pixels : 1, used = gains == 7 ? 5 : gains;
	size_t dim[CALIB_NDA_MAXDIM];
	int drop = gains > 1 && status->ndim > 1 && status->dim[0] == gains, rc;
	char shape[128];

	if (pixels == 0 || gains == 0 || gains * pixels != status->size)
		return calib_fail(err, CALIB_ESHAPE,
				  "%s: shape %s is not that of a detector of %zu "
				  "pixels, nor one for each of its gain ranges",
				  path, calib_nda_shape_text(status->ndim, status->dim, shape),
				  pixels);
	memcpy(dim, status->dim, sizeof dim);
	if (gains > 1 && !drop)		/* flattened: so many lines less */
		dim[0] /= gains;
	rc = calib_nda_alloc(mask, CALIB_U8, status->ndim - drop, dim + drop, err);
	for (size_t i = 0; i < pixels && rc >= 0; i++) {
		uint64_t word = 0;

		for (size_t g = 0; g < used; g++)
			word |= v[g * pixels + i];
		((uint8_t *)mask->data)[i] = (word & bits) == 0;
	}
	return rc;
}

/* Pixels of the detector: as the geometry or another mask says, else an array of four dimensions
 * has the gain ranges first. */
static size_t pixels_of(const struct calib_nda *status, size_t known)
{
	if (known > 0)
		return known;
	if (status->ndim == 4
	    && (status->dim[0] == 7 || status->dim[0] == 3 || status->dim[0] == 5))
		return status->size / status->dim[0];
	return status->size;
}

static int take_status(struct tally *t, struct parts *parts, const char *path, uint64_t bits,
                       struct calib_err *err)
{
	struct calib_nda_hints hints = {.typed = true, .type = CALIB_U64};
	struct calib_nda raw = CALIB_NDA_INIT, status = CALIB_NDA_INIT, mask = CALIB_NDA_INIT;
	int rc = calib_nda_load(&raw, path, &hints, err);

	if (rc >= 0 && (rc = calib_nda_convert(&status, &raw, CALIB_U64, err)) < 0)
		calib_err_wrap(err, "%s", path);
	if (rc >= 0)
		rc = status_to_mask(&mask, &status, bits, pixels_of(&status, t->mask.size), path,
				    err);
	if (rc >= 0)
		rc = take(t, parts, path, &mask, err);
	calib_nda_release(&mask);
	calib_nda_release(&status);
	calib_nda_release(&raw);
	return rc;
}

/* ---- all of it ---- */

static int take_geometry(struct tally *t, struct parts *parts, const struct opts *o,
                         const struct roi_place *place, struct calib_err *err)
{
	struct calib_shapes s = CALIB_SHAPES_INIT;
	struct calib_nda mask = CALIB_NDA_INIT;
	int rc = calib_nda_like(&mask, &place->row, CALIB_U8, err);

	if (rc >= 0)
		memset(mask.data, 1, mask.size);
	if (rc >= 0)
		rc = begin(t, &mask, err);
	if (rc >= 0 && o->roi.bits > 0) {
		rc = roi_sensor_mask(&mask, place, o->roi.bits, err);
		if (rc >= 0)
			rc = take(t, parts, "sensors", &mask, err);
	}
	if (rc >= 0 && o->roi.nshapes > 0) {
		rc = roi_shapes(&s, &o->roi, place, err);
		if (rc >= 0)
			rc = roi_apply(&mask, place, &s, err);
		if (rc >= 0)
			rc = take(t, parts, "shapes", &mask, err);
	}
	calib_nda_release(&mask);
	calib_shapes_release(&s);
	return rc;
}

static int grow(struct tally *t, struct parts *parts, const struct opts *o,
                const struct roi_place *place, struct calib_err *err)
{
	struct roi_segments seg = roi_segments(&t->mask, place);
	struct calib_nda grown = CALIB_NDA_INIT;
	int rc = calib_nda_like(&grown, &t->mask, CALIB_U8, err);

	if (rc >= 0)
		memcpy(grown.data, t->mask.data, t->mask.size);
	for (size_t i = 0; i < seg.n && rc >= 0; i++)
		rc = calib_roi_grow((uint8_t *)grown.data + i * seg.step, &seg.grid, 1,
		                    o->neighbours == 4 ? CALIB_ROI_RHOMBUS : CALIB_ROI_SQUARE, err);
	for (size_t i = 0; i < grown.size && rc >= 0; i++)	/* those it adds only */
		((uint8_t *)grown.data)[i] |= !((uint8_t *)t->mask.data)[i];
	if (rc >= 0)
		rc = take(t, parts, "neighbours", &grown, err);
	calib_nda_release(&grown);
	return rc;
}

/* On standard output, or on standard error when the mask is there. */
static int report(const struct opts *o, const struct tally *t, struct parts *parts,
                  struct calib_err *err)
{
	static const char *const columns[] = {"part", "masked", "alone", NULL};
	bool standard = strcmp(o->roi.output.path, "-") == 0;
	struct calib_out *out = NULL;
	struct calib_table table;
	size_t masked = 0;
	int rc = calib_out_open(&out, "-", standard ? CALIB_OUT_STDERR : 0, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < t->mask.size; i++) {
		masked += t->times[i] > 0;
		if (t->times[i] == 1)
			parts->list[t->last[i]].alone++;
	}
	calib_table_begin(&table, out, columns, o->roi.cli.json, err);
	for (size_t i = 0; i <= parts->n && rc >= 0; i++) {
		bool last = i == parts->n;

		calib_table_text(&table, last ? "all" : parts->list[i].name);
		calib_table_int(&table, (long long)(last ? masked : parts->list[i].masked));
		if (last)
			calib_table_text(&table, NULL);
		else
			calib_table_int(&table, (long long)parts->list[i].alone);
		rc = calib_table_row(&table);
	}
	if (rc >= 0)
		return calib_out_commit(out, err);
	calib_out_abort(out);
	return rc;
}

static int merge(const struct opts *o, struct calib_err *err)
{
	struct roi_place place = ROI_PLACE_INIT;
	struct tally t = {NULL, NULL, CALIB_NDA_INIT};
	struct parts parts = {NULL, 0, 0};
	struct calib_nda mask = CALIB_NDA_INIT;
	bool has_geometry = cli_geo_given(&o->roi.from);
	uint32_t crc;
	int rc = has_geometry ? roi_place_open(&place, &o->roi.from, err) : CALIB_OK;

	if (rc >= 0 && has_geometry)
		rc = take_geometry(&t, &parts, o, &place, err);
	for (size_t i = 0; i < o->roi.nand && rc >= 0; i++) {
		rc = roi_load_mask(&mask, &crc, o->roi.and[i], err);
		if (rc >= 0)
			rc = take(&t, &parts, o->roi.and[i], &mask, err);
	}
	for (size_t i = 0; i < o->nstatus && rc >= 0; i++)
		rc = take_status(&t, &parts, o->status[i], o->bits, err);
	if (rc >= 0 && o->neighbours > 0)
		rc = grow(&t, &parts, o, has_geometry ? &place : NULL, err);
	if (rc >= 0)
		rc = roi_save(&t.mask, &o->roi, has_geometry ? place.crc : 0, err);
	if (rc >= 0)
		rc = report(o, &t, &parts, err);
	calib_nda_release(&mask);
	calib_nda_release(&t.mask);
	free(t.times);
	free(t.last);
	free(parts.list);
	roi_place_close(&place);
	return rc;
}

int roi_merge(int argc, char **argv)
{
	static const struct argp_option options[] = {
		ROI_OPT_SHAPES,
		ROI_OPT_BITS("default 0, none"),
		{"status", KEY_STATUS, "FILE", 0,
		 "pixel_status: words that are not 0 are masked, of "
		 "several gain ranges what is bad in any (Epix10ka: in the first five); may be "
		 "given "
		 "again",
		 2},
		{"status-bits", KEY_STATUS_BITS, "BITS", 0, "only these bits of it (default all)",
		 2},
		{"neighbours", KEY_NEIGHBOURS, "4|8", 0,
		 "mask the neighbours of masked pixels, too, on "
		 "the same sensor",
		 2},
		{0}};
	static const struct argp_child children[] = {{&cli_output_argp, 0, NULL, 0},
		{&cli_common_table, 0, NULL, 0}, {&cli_geo_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		options,
		parse,
		"[MASK...]",
		"Join status, masks of the "
		"detector, bits of its sensors and shapes to one mask: 1 what all of them keep. A "
		"table "
		"tells how many pixels each masks, and how many it masks alone.\v"
		"Example: calib-roi merge --status 12-end.data user-mask.npy -g 0-end.data -b 15 "
		"--neighbours 8 -o mask.txt",
		children,
		NULL,
		NULL};
	struct opts o = {.roi = ROI_OPTS_INIT, .bits = UINT64_MAX};
	struct calib_err err = CALIB_ERR_INIT;
	bool geometry;
	int rc;

	cli_parse(&argp, argc, argv, &o);
	geometry = cli_geo_given(&o.roi.from);
	if (!geometry && (o.roi.nshapes > 0 || o.roi.bits > 0))
		cli_usage(&argp, "shapes and bits need a geometry: -g FILE");
	if (o.roi.nand == 0 && o.nstatus == 0 && o.roi.nshapes == 0 && o.roi.bits <= 0)
		cli_usage(&argp, "nothing to join: give masks, --status, -s or -b");
	rc = merge(&o, &err);
	free((void *)o.status);
	roi_opts_release(&o.roi);
	return cli_finish(rc, &err);
}
