/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/diff.c - calib-deploy diff: what changed from one set of constants to the next */
#include "deploy/deploy.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algo/delta.h"
#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/table.h"
#include "det/parts.h"
#include "nda/nda.h"
#include "render/quick.h"
#include "store/ctype.h"

enum { KEY_RMS = KEY_LOOK, KEY_NSIGMA, KEY_PLOT };

struct opts {
	struct cli cli;
	struct deploy_where where;
	const char *file[2], *source, *type, *rms, *plot;
	long run[2];			/* -1: not given */
	double nsigma;
};

static const struct argp_option options[] = {
	{"source", 's', "SRC", 0, "source, e.g. XppGon.0:Cspad.0 (default: of the path)", 2},
	{"type", 't', "TYPE", 0, "calibration type, e.g. pedestals (default: of the path)", 2},
	{"run", 'r', "A,B", 0, "compare the constants that rule two runs", 2},
	{"rms", KEY_RMS, "FILE", 0, "noise of the pixels (default: the pixel_rms that rule with "
	 "the old constants; where there are none, the spread of the differences)", 3},
	{"nsigma", KEY_NSIGMA, "K", 0, "a pixel changed when it did by more than K times its "
	 "noise; 0: by anything (default 5)", 3},
	{"plot", KEY_PLOT, "FILE", 0, "write a picture of new - old (PNG), sensors beside each "
	 "other; of a status: red what turned bad, blue what turned good", 3},
	{0}
};

static void parse_pair(struct opts *o, const struct argp_state *state, const char *arg)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range *runs = NULL;
	size_t n = 0;

	if (calib_runs_parse(&runs, &n, arg, &err) < 0)
		cli_usage_error(state, &err);
	if (n != 2 || runs[0].begin != runs[0].end || runs[1].begin != runs[1].end)
		argp_error(state, "--run: '%s' is not two runs, such as 12,17", arg);
	o->run[0] = runs[0].begin;
	o->run[1] = runs[1].begin;
	free(runs);
}

static void check_opts(const struct opts *o, const struct argp_state *state)
{
	bool dir = o->where.calib != NULL || o->where.exp != NULL;

	if (o->run[0] >= 0 && (!dir || o->source == NULL || o->type == NULL))
		argp_error(state, "-r A,B needs -c DIR or -e EXP, -s SOURCE and -t TYPE");
	if (o->run[0] >= 0 && o->file[0] != NULL)
		argp_error(state, "give either two files, or -r A,B");
	if (o->run[0] < 0 && o->file[1] == NULL)
		argp_error(state, "two files are needed, the old one first, or -r A,B");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		o->where.optional = true;
		state->child_inputs[0] = &o->where;
		state->child_inputs[1] = &o->cli;
		return 0;
	case 's':        o->source = arg; return 0;
	case 't':        o->type = arg; return 0;
	case 'r':        parse_pair(o, state, arg); return 0;
	case KEY_RMS:    o->rms = arg; return 0;
	case KEY_PLOT:   o->plot = arg; return 0;
	case KEY_NSIGMA: o->nsigma = cli_double(state, "--nsigma", arg, 0, 1e9); return 0;
	case ARGP_KEY_ARG:
		if (o->file[1] != NULL)
			argp_error(state, "'%s': only two files can be compared", arg);
		o->file[o->file[0] != NULL] = arg;
		return 0;
	case ARGP_KEY_END: check_opts(o, state); return 0;
	default:         return ARGP_ERR_UNKNOWN;
	}
}

/* ---- what is compared ---- */

struct pair {
	struct calib_str path[2], rms;	/* rms empty: there is none */
	struct calib_str source, type;	/* empty: not known */
	struct calib_nda nda[2], noise;
};

static void release(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		calib_str_release(&p->path[i]);
		calib_nda_release(&p->nda[i]);
	}
	calib_str_release(&p->rms);
	calib_str_release(&p->source);
	calib_str_release(&p->type);
	calib_nda_release(&p->noise);
}

/* The file of a type that rules a run; CALIB_ENOTFOUND: none. */
static int ruling(struct calib_str *path, const char *calib, const char *source, const char *type,
                  long run, struct calib_err *err)
{
	int rc = calib_dir_find(path, calib, source, type, (uint32_t)run, err);

	if (rc == 0)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: no file for run %ld", path->s, run);
	return rc < 0 ? rc : calib_path_regular(path->s, err);
}

/* The noise of that time, empty when there is none. */
static void ruling_noise(struct pair *p, const char *calib, long run)
{
	if (ruling(&p->rms, calib, p->source.s, "pixel_rms", run, NULL) < 0)
		calib_str_clear(&p->rms);
}

static int of_runs(struct pair *p, const struct opts *o, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	int rc = deploy_calib(&calib, &o->where, err);

	if (rc >= 0 && !calib_is_dir(calib.s))
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such calibration directory",
		                calib.s);
	for (int i = 0; i < 2 && rc >= 0; i++)
		rc = ruling(&p->path[i], calib.s, o->source, o->type, o->run[i], err);
	if (rc >= 0)
		rc = calib_dir_source(&p->source, o->source, err);
	calib_str_add(&p->type, o->type);
	if (rc >= 0 && strcmp(p->path[0].s, p->path[1].s) == 0)
		calib_log(CALIB_WARNING, "both runs are ruled by %s", p->path[0].s);
	if (rc >= 0 && o->rms == NULL)
		ruling_noise(p, calib.s, o->run[0]);
	calib_str_release(&calib);
	return rc;
}

/* The path of a file in a calibration directory tells its source and type. */
static int of_files(struct pair *p, const struct opts *o, struct calib_err *err)
{
	struct calib_dir_parts parts = {NULL, NULL, NULL, NULL, NULL};
	struct calib_range r = {0, 0};
	int rc = CALIB_OK;

	for (int i = 0; i < 2; i++)
		calib_str_add(&p->path[i], o->file[i]);
	for (int i = 0; i < 2 && parts.calib == NULL; i++)
		if (calib_dir_split(&parts, o->file[i], NULL) < 0)
			parts.calib = NULL;
	if (o->source != NULL)
		rc = calib_dir_source(&p->source, o->source, err);
	else if (parts.calib != NULL)
		calib_str_add(&p->source, parts.source);
	if (o->type != NULL || parts.calib != NULL)
		calib_str_add(&p->type, o->type ? o->type : parts.type);
	/* a backup has the name of its file at its beginning */
	if (rc >= 0 && o->rms == NULL && parts.calib != NULL) {
		char *behind = strstr(parts.name, ".data-");

		if (behind != NULL)
			behind[5] = '\0';
		if (calib_name_parse(parts.name, &r, NULL) == CALIB_NAME_GOOD)
			ruling_noise(p, parts.calib, r.begin);
	}
	free(parts.calib);
	return rc;
}

/* In the unit of the noise. */
static bool is_of_noise(const char *type)
{
	static const char *const types[] = {"", "pedestals", "pixel_bkgd", "pixel_offset",
		"dark_min", "dark_max", "pixel_min", "pixel_max"};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

static int load_noise(struct pair *p, const struct opts *o, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	const char *path = o->rms != NULL ? o->rms : p->rms.s;
	int rc;

	if (*path == '\0' || (o->rms == NULL && !is_of_noise(p->type.s)))
		return CALIB_OK;
	rc = calib_nda_load(&p->noise, path, NULL, &why);
	if (rc >= 0 && p->noise.size != p->nda[0].size)
		rc = calib_fail(&why, CALIB_ESHAPE, "%s: %zu values, the constants have %zu", path,
		                p->noise.size, p->nda[0].size);
	if (rc < 0 && o->rms != NULL)
		return calib_fail(err, rc, "%s", why.msg);
	if (rc < 0) {
		calib_log(CALIB_WARNING, "%s; the spread of the differences is taken as the noise",
		          why.msg);
		calib_nda_release(&p->noise);
	}
	return CALIB_OK;
}

static int load(struct pair *p, const struct opts *o, struct calib_err *err)
{
	const struct calib_ctype *type = calib_ctype_find(p->type.s);
	struct calib_nda_hints hints = {.typed = type != NULL && type->bad != CALIB_BAD_NONE};
	char shape[2][128];
	int rc = CALIB_OK;

	hints.type = hints.typed ? type->type : CALIB_F32;
	for (int i = 0; i < 2 && rc >= 0; i++)
		rc = calib_nda_load(&p->nda[i], p->path[i].s, &hints, err);
	if (rc >= 0 && p->nda[0].size != p->nda[1].size)
		rc = calib_fail(err, CALIB_ESHAPE, "%s has the shape %s, %s %s: they cannot be "
		                "compared", p->path[0].s,
		                calib_nda_shape_text(p->nda[0].ndim, p->nda[0].dim, shape[0]),
		                p->path[1].s,
		                calib_nda_shape_text(p->nda[1].ndim, p->nda[1].dim, shape[1]));
	return rc < 0 ? rc : load_noise(p, o, err);
}

/* ---- rows ---- */

struct report {
	struct calib_table table;
	const struct opts *o;
	struct calib_parts parts;
	size_t pixels, changed;
	double *before, *after, *rms, *work;	/* values of a part; rms NULL: not known */
	uint64_t *old, *new;			/* words of a part */
};

static void put_head(struct report *r, long segment, size_t gain)
{
	struct calib_table *t = &r->table;

	if (segment < 0)
		calib_table_text(t, "all");
	else
		calib_table_int(t, segment);
	calib_table_text(t, r->parts.names ? r->parts.names[gain] : NULL);
}

static void put_counts(struct report *r, size_t pixels, size_t changed)
{
	calib_table_unsigned(&r->table, pixels);
	calib_table_unsigned(&r->table, changed);
	calib_table_real(&r->table, "%.6f", (double)changed / (double)pixels);
}

static int put_values(struct report *r, long segment, size_t gain, size_t n)
{
	struct calib_table *t = &r->table;
	struct calib_delta c;

	calib_delta_values(&c, r->before, r->after, r->rms, n, r->o->nsigma, r->work);
	put_head(r, segment, gain);
	calib_table_text(t, NULL);
	put_counts(r, n, c.changed);
	calib_table_text(t, NULL);
	calib_table_text(t, NULL);
	calib_table_real(t, "%.6g", c.mean);
	calib_table_real(t, "%.6g", c.median);
	calib_table_real(t, "%.6g", c.largest);
	calib_table_real(t, "%.6g", c.sigma);
	r->changed += segment < 0 ? c.changed : 0;
	return calib_table_row(t);
}

/* All bits together, then those that changed anywhere. */
static int put_bits(struct report *r, long segment, size_t gain, size_t n)
{
	struct calib_table *t = &r->table;
	struct calib_bitdelta c;
	char text[24];
	int rc;

	calib_delta_bits(&c, r->old, r->new, n);
	put_head(r, segment, gain);
	calib_table_text(t, "any");
	put_counts(r, n, c.changed);
	calib_table_unsigned(t, c.worse);
	calib_table_unsigned(t, c.better);
	rc = calib_table_row(t);
	for (unsigned bit = 0; bit < 64 && rc >= 0; bit++) {
		if (c.gained[bit] + c.lost[bit] == 0)
			continue;
		put_head(r, segment, gain);
		snprintf(text, sizeof text, "%" PRIu64, UINT64_C(1) << bit);
		calib_table_text(t, text);
		put_counts(r, n, c.gained[bit] + c.lost[bit]);
		calib_table_unsigned(t, c.gained[bit]);
		calib_table_unsigned(t, c.lost[bit]);
		rc = calib_table_row(t);
	}
	r->changed += segment < 0 ? c.changed : 0;
	return rc;
}

/* Status words as they are; of a mask, a pixel that is bad has the bit 1. */
static int load_words(struct calib_nda words[2], const struct pair *p, bool mask,
                      struct calib_err *err)
{
	int rc = CALIB_OK;

	for (int i = 0; i < 2 && rc >= 0; i++) {
		rc = calib_nda_convert(&words[i], &p->nda[i], CALIB_U64, err);
		if (rc < 0)
			calib_err_wrap(err, "%s", p->path[i].s);
		for (size_t k = 0; rc >= 0 && mask && k < words[i].size; k++)
			((uint64_t *)words[i].data)[k] = ((uint64_t *)words[i].data)[k] == 0;
	}
	return rc;
}

static int load_values(struct calib_nda values[3], const struct pair *p, struct calib_err *err)
{
	const struct calib_nda *from[3] = {&p->nda[0], &p->nda[1], &p->noise};
	int rc = CALIB_OK;

	for (int i = 0; i < 3 && rc >= 0; i++)
		if (from[i]->data != NULL)
			rc = calib_nda_convert(&values[i], from[i], CALIB_F64, err);
	return rc;
}

static void select_part(struct report *r, const struct calib_nda part[3], bool words, size_t first)
{
	if (words) {
		r->old = (uint64_t *)part[0].data + first;
		r->new = (uint64_t *)part[1].data + first;
		return;
	}
	r->before = (double *)part[0].data + first;
	r->after = (double *)part[1].data + first;
	r->rms = part[2].data != NULL ? (double *)part[2].data + first : NULL;
}

/* Of each gain range all of it, then its segments. */
static int put_parts(struct report *r, const struct calib_nda part[3], bool words)
{
	int (*put)(struct report *, long, size_t, size_t) = words ? put_bits : put_values;
	size_t n = r->parts.pixels, all = n * r->parts.segments;
	int rc = CALIB_OK;

	for (size_t g = 0; g < r->parts.gains && rc >= 0; g++) {
		select_part(r, part, words, g * all);
		rc = put(r, -1, g, all);
		for (size_t s = 0; s < r->parts.segments && r->parts.segments > 1 && rc >= 0; s++) {
			select_part(r, part, words, g * all + s * n);
			rc = put(r, (long)s, g, n);
		}
	}
	return rc;
}

static int print(struct report *r, const struct calib_nda part[3], bool words,
                 struct calib_err *err)
{
	static const char *const columns[] = {"segment", "gain", "bit", "pixels", "changed",
		"fraction", "gained", "lost", "mean", "median", "largest", "sigma", NULL};
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	calib_table_begin(&r->table, out, columns, r->o->cli.json, err);
	return deploy_end(out, put_parts(r, part, words), err);
}

static int compare_arrays(struct pair *p, const struct calib_ctype *type, const struct opts *o,
                          struct calib_err *err)
{
	struct calib_nda part[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	struct report r = {.o = o, .pixels = p->nda[1].size};
	bool words = type != NULL && type->bad != CALIB_BAD_NONE;
	int rc = words ? load_words(part, p, type->bad == CALIB_BAD_ZERO, err)
		: load_values(part, p, err);

	calib_parts_of(&r.parts, *p->source.s ? calib_det_of_source(p->source.s) : NULL,
	               &p->nda[1]);
	r.work = rc < 0 ? NULL : calib_alloc(r.pixels, sizeof *r.work, "differences", err);
	if (rc >= 0 && r.work == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0 && r.pixels == 0)
		rc = calib_fail(err, CALIB_ESHAPE, "%s: has no values", p->path[1].s);
	if (rc >= 0)
		rc = print(&r, part, words, err);
	if (rc >= 0 && r.changed > 0)
		rc = calib_fail(err, CALIB_EINVAL, words ? "%zu of %zu pixels have another status"
		                : "%zu of %zu values changed by more than %g sigma", r.changed,
		                r.pixels, o->nsigma);
	free(r.work);
	for (int i = 0; i < 3; i++)
		calib_nda_release(&part[i]);
	return rc;
}

/* A picture of new - old; of a status or mask of what turned bad or good. */
static int plot(const struct pair *p, const struct calib_ctype *type, const struct opts *o,
                struct calib_err *err)
{
	bool words = type != NULL && type->bad != CALIB_BAD_NONE;
	struct calib_nda word[2] = {CALIB_NDA_INIT, CALIB_NDA_INIT};
	struct calib_str title = CALIB_STR_INIT;
	struct calib_quick quick = {&p->nda[1], &p->nda[0], NULL, NULL, 0};
	uint8_t *bytes = NULL;
	size_t n = 0;
	int rc = words ? load_words(word, p, type->bad == CALIB_BAD_ZERO, err) : CALIB_OK;

	for (int i = 0; i < 2 && rc >= 0 && words; i++)
		for (size_t k = 0; k < word[i].size; k++)
			((uint64_t *)word[i].data)[k] = ((uint64_t *)word[i].data)[k] != 0;
	if (words) {
		word[1].ndim = p->nda[1].ndim;	/* the shape, for the table of sensors */
		memcpy(word[1].dim, p->nda[1].dim, sizeof word[1].dim);
		quick.values = &word[1];
		quick.minus = &word[0];
	}
	calib_str_addf(&title, "%s minus %s", p->path[1].s, p->path[0].s);
	quick.title = title.s;
	if (rc >= 0)
		rc = calib_str_check(&title, err);
	if (rc >= 0)
		rc = calib_quick_png(&bytes, &n, NULL, &quick, err);
	if (rc >= 0)
		rc = calib_out_text(o->plot, o->cli.keep ? CALIB_OUT_KEEP : 0,
		                    &(struct calib_str){(char *)bytes, n, n, false}, err);
	free(bytes);
	calib_str_release(&title);
	calib_nda_release(&word[0]);
	calib_nda_release(&word[1]);
	return rc;
}

/* A geometry has its own program for its meaning. */
static int compare_texts(const struct pair *p, struct calib_err *err)
{
	void *bytes[2] = {NULL, NULL};
	size_t n[2] = {0, 0};
	int rc = CALIB_OK;

	for (int i = 0; i < 2 && rc >= 0; i++)
		rc = calib_read_file(p->path[i].s, &bytes[i], &n[i], err);
	if (rc >= 0 && (n[0] != n[1] || memcmp(bytes[0], bytes[1], n[0]) != 0))
		rc = calib_fail(err, CALIB_EINVAL, "%s and %s differ: 'calib-geom diff' tells by "
		                "how much a geometry does", p->path[0].s, p->path[1].s);
	free(bytes[0]);
	free(bytes[1]);
	return rc;
}

static int diff(const struct opts *o, struct calib_err *err)
{
	struct pair p = {{CALIB_STR_INIT, CALIB_STR_INIT}, CALIB_STR_INIT, CALIB_STR_INIT,
		CALIB_STR_INIT, {CALIB_NDA_INIT, CALIB_NDA_INIT}, CALIB_NDA_INIT};
	int rc = o->run[0] >= 0 ? of_runs(&p, o, err) : of_files(&p, o, err);
	const struct calib_ctype *type = calib_ctype_find(p.type.s);

	if (rc >= 0 && type == NULL && p.type.len > 0)
		calib_log(CALIB_WARNING, "'%s' is not a calibration type of the analysis",
		          p.type.s);
	if (rc >= 0 && type != NULL && type->form == CALIB_CTYPE_TEXT)
		rc = compare_texts(&p, err);
	else if (rc >= 0 && (rc = load(&p, o, err)) >= 0) {
		if (o->plot != NULL)
			rc = plot(&p, type, o, err);
		if (rc >= 0)
			rc = compare_arrays(&p, type, o, err);
	}
	release(&p);
	return rc;
}

int deploy_diff(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&deploy_where_argp, 0, NULL, 0}, {&cli_common_table, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {options, parse, "[OLD NEW]",
		"Compare two sets of constants, as a whole and by segment and gain range: pixels "
		"that changed by more than their noise, and of a status the bits gained and lost. "
		"Exit status 1 when they differ.\v"
		"Example: calib-deploy diff -e xppi0613 -s XppGon.0:Cspad.0 -t pedestals -r 12,173",
		children, NULL, NULL};
	struct opts o = {.run = {-1, -1}, .nsigma = 5};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(diff(&o, &err), &err);
}
