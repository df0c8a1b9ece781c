/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/describe.c - calib-geom info, diff, check: geometries as tables */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/table.h"
#include "geo/check.h"
#include "geo/diff.h"
#include "geom/verbs.h"

enum { KEY_COMMENTS = CLI_KEY_OWN + 0xc0, KEY_SUMMARY, KEY_ALL, KEY_AGAINST, KEY_MAX_SHIFT,
       KEY_MAX_TURN };

struct opts {
	struct cli cli;
	struct cli_geo from;
	const char *output, *file[2], *against;
	int nfiles;
	bool comments, summary, all;
	double max_shift, max_turn;
	const struct calib_det *det;
	struct calib_table table;
};
#define OPTS_INIT {.from = CLI_GEO_INIT, .output = "-", .max_shift = INFINITY, .max_turn = INFINITY}

#define OUTPUT_OPTION {"output", 'o', "FILE", 0, "write the rows to FILE (default '-', standard " \
	"output)", 4}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case KEY_COMMENTS:  o->comments = true; return 0;
	case KEY_SUMMARY:   o->summary = true; return 0;
	case KEY_ALL:       o->all = true; return 0;
	case KEY_AGAINST:   o->against = arg; return 0;
	case KEY_MAX_SHIFT: o->max_shift = cli_double(state, "--max-shift", arg, 0, 1e12); return 0;
	case KEY_MAX_TURN:  o->max_turn = cli_double(state, "--max-turn", arg, 0, 360); return 0;
	case 'o':           o->output = arg; return 0;
	default:            return ARGP_ERR_UNKNOWN;
	}
}

/* info and check: one file, or one that is looked up. */
static error_t parse_one(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->from;
		state->child_inputs[1] = &o->cli;
		return 0;
	case ARGP_KEY_ARG:
		if (o->from.path != NULL)
			argp_error(state, "'%s': only one geometry can be given", arg);
		o->from.path = arg;
		return 0;
	default: return parse(key, arg, state);
	}
}

/* Begin a table, let work() fill it, and make it appear. */
static int run_table(struct opts *o, const char *const *columns,
                     int (*work)(struct opts *o, struct calib_err *err), struct calib_err *err)
{
	struct calib_out *out = NULL;
	int result = 0, rc = calib_out_open(&out, o->output, o->cli.keep ? CALIB_OUT_KEEP : 0, err);

	if (rc < 0)
		return rc;
	calib_table_begin(&o->table, out, columns, o->cli.json, err);
	rc = result = work(o, err);
	if (rc >= 0)
		rc = calib_out_commit(out, err);
	else
		calib_out_abort(out);
	return rc < 0 ? rc : result;
}

static const char *const info_columns[] = {"object", "parent", "x0", "y0", "z0", "rot_z", "rot_y",
	"rot_x", "tilt_z", "tilt_y", "tilt_x", "type", "children", "rows", "cols", "pixel",
	"line", NULL};

static int info_row(struct calib_table *t, const struct calib_geo *geo, size_t i)
{
	const struct calib_geo_object *o = &geo->object[i];
	struct calib_str name = CALIB_STR_INIT;
	int rc;

	calib_geo_name(&name, geo, i, true);
	calib_table_text(t, name.s);
	calib_str_clear(&name);
	if (o->parent != NULL)
		calib_str_addf(&name, "%s:%ld", o->parent, o->parent_index);
	calib_table_text(t, name.s);
	for (int k = 0; k < CALIB_GEO_NPARS; k++)
		calib_table_real(t, "%.12g", o->par[k]);
	calib_table_text(t, calib_geo_is_seg(geo, i) ? calib_seg_name(&o->seg) : NULL);
	calib_table_int(t, (long long)o->nchildren);
	calib_table_int(t, (long long)o->seg.rows);
	calib_table_int(t, (long long)o->seg.cols);
	calib_table_real(t, "%.9g", calib_geo_is_seg(geo, i) ? o->seg.scale : (double)NAN);
	calib_table_int(t, o->line);
	rc = calib_table_row(t);
	calib_str_release(&name);
	return rc;
}

static int info_objects(struct opts *o, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	int rc = cli_geo_load(&geo, &o->from, err);

	for (size_t i = rc >= 0 ? geo.top : CALIB_GEO_NONE; i != CALIB_GEO_NONE && rc >= 0;
	     i = calib_geo_next(&geo, geo.top, i))
		rc = info_row(&o->table, &geo, i);
	calib_geo_release(&geo);
	return rc;
}

static const char *const comment_columns[] = {"comment", NULL};

static int info_comments(struct opts *o, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	int rc = cli_geo_load(&geo, &o->from, err);

	for (size_t i = 0; i < geo.ncomments && rc >= 0; i++) {
		calib_table_text(&o->table, geo.comment[i]);
		rc = calib_table_row(&o->table);
	}
	calib_geo_release(&geo);
	return rc;
}

static const char *const summary_columns[] = {"file", "root", "objects", "sensors", "type", "shape",
	"pixels", "pixel", "image_rows", "image_cols", "z_min", "z_max", "comments", NULL};

static int info_summary(struct opts *o, struct calib_err *err)
{
	struct geom g = GEOM_INIT;
	struct calib_geo_grid grid;
	struct calib_table *t = &o->table;
	struct calib_str name = CALIB_STR_INIT;
	double end[2], z[2] = {NAN, NAN};
	char shape[128];
	int rc = geom_open(&g, &o->from, NULL, err);

	if (rc >= 0)
		rc = geom_cells(&g, &(struct geom_view)GEOM_VIEW_INIT,
		                &(struct geom_grid)GEOM_GRID_INIT, &grid, err);
	if (rc >= 0) {
		const uint32_t *rows = g.rows.data, *cols = g.cols.data;

		end[0] = end[1] = 0;
		for (size_t i = 0; i < g.layout.size; i++) {
			end[0] = fmax(end[0], rows[i]);
			end[1] = fmax(end[1], cols[i]);
			z[0] = fmin(z[0], ((double *)g.xyz[2].data)[i]);
			z[1] = fmax(z[1], ((double *)g.xyz[2].data)[i]);
		}
		calib_table_text(t, g.geo.file);
		calib_geo_name(&name, &g.geo, g.geo.top, false);
		calib_table_text(t, name.s);
		calib_table_int(t, (long long)g.geo.n);
		calib_table_int(t, (long long)g.layout.n);
		calib_table_text(t, calib_seg_name(&g.geo.object[g.layout.leaf[0].object].seg));
		calib_table_text(t, calib_nda_shape_text(g.layout.ndim, g.layout.dim, shape));
		calib_table_int(t, (long long)g.layout.size);
		calib_table_real(t, "%.9g", g.layout.scale);
		calib_table_int(t, (long long)end[0] + 1);
		calib_table_int(t, (long long)end[1] + 1);
		calib_table_real(t, "%.9g", z[0]);
		calib_table_real(t, "%.9g", z[1]);
		calib_table_int(t, (long long)g.geo.ncomments);
		rc = calib_table_row(t);
	}
	calib_str_release(&name);
	geom_close(&g);
	return rc;
}

int geom_info(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"comments", KEY_COMMENTS, NULL, 0, "instead: the comments of the file", 2},
		{"summary", KEY_SUMMARY, NULL, 0, "instead: one row for the whole: sensors, shape, "
		 "size of the image, range of z", 2},
		OUTPUT_OPTION, {0}
	};
	static const struct argp_child children[] = {{&cli_geo_argp, 0, NULL, 0},
		{&cli_common_table, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		options,
		parse_one,
		"[FILE]",
		"The objects of a geometry, "
		"from the root down, children in the order of the arrays: origin [um], rotation "
		"and "
		"tilt [deg], and of sensors type, rows, columns and pixel [um].\v"
		"Example: calib-geom info 0-end.data",
		children,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_parse(&argp, argc, argv, &o);
	if (o.comments)
		rc = run_table(&o, comment_columns, info_comments, &err);
	else if (o.summary)
		rc = run_table(&o, summary_columns, info_summary, &err);
	else
		rc = run_table(&o, info_columns, info_objects, &err);
	return cli_finish(rc, &err);
}

static const char *const move_columns[] = {"object", "change", "dx0", "dy0", "dz0", "dangle_z",
	"dangle_y", "dangle_x", "shift_x", "shift_y", "shift_z", "turn", NULL};

static int move_row(struct calib_table *t, const struct calib_geo_move *m,
		    const struct calib_geo *a, const struct calib_geo *b)
{
	static const char *const words[] = {"same", "moved", "only_old", "only_new"};
	bool both = m->a != CALIB_GEO_NONE && m->b != CALIB_GEO_NONE;
	struct calib_str name = CALIB_STR_INIT;

	if (m->a != CALIB_GEO_NONE)
		calib_geo_name(&name, a, m->a, true);
	else
		calib_geo_name(&name, b, m->b, true);
	calib_table_text(t, name.s);
	calib_table_text(t, words[m->change]);
	for (int k = 0; k < 6; k++)
		calib_table_real(t, k < 3 ? "%.3f" : "%.5f", both ? m->par[k] : (double)NAN);
	for (int k = 0; k < 3; k++)
		calib_table_real(t, "%.3f", both ? m->shift[k] : (double)NAN);
	calib_table_real(t, "%.5f", both ? m->turn : (double)NAN);
	calib_str_release(&name);
	return calib_table_row(t);
}

static const char *const overall_columns[] = {"sensors", "shift_x", "shift_y", "shift_z", "turn",
	"rms_x", "rms_y", "rms_z", NULL};

static int overall_row(struct calib_table *t, const struct calib_geo_overall *all)
{
	calib_table_int(t, (long long)all->sensors);
	for (int k = 0; k < 3; k++)
		calib_table_real(t, "%.2f", all->shift[k]);
	calib_table_real(t, "%.3f", all->turn);
	for (int k = 0; k < 3; k++)
		calib_table_real(t, "%.2f", all->rms[k]);
	return calib_table_row(t);
}

static int diff(struct opts *o, struct calib_err *err)
{
	struct calib_geo a = CALIB_GEO_INIT, b = CALIB_GEO_INIT;
	struct calib_geo_diff d = CALIB_GEO_DIFF_INIT;
	int result = 0, rc = calib_geo_load(&a, o->file[0], 0, err);

	if (rc >= 0)
		rc = calib_geo_load(&b, o->file[1], 0, err);
	if (rc >= 0)
		rc = result = calib_geo_diff(&d, &a, &b, err);
	if (rc >= 0 && o->summary)
		rc = overall_row(&o->table, &d.overall);
	for (size_t i = 0; i < d.n && rc >= 0 && !o->summary; i++)
		if (o->all || d.move[i].change != CALIB_GEO_SAME)
			rc = move_row(&o->table, &d.move[i], &a, &b);
	calib_geo_diff_release(&d);
	calib_geo_release(&a);
	calib_geo_release(&b);
	return rc < 0 ? rc : result;
}

static error_t parse_diff(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->cli;
		return 0;
	case ARGP_KEY_ARG:
		if (o->nfiles == 2)
			argp_error(state, "'%s': expected two files", arg);
		o->file[o->nfiles++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->nfiles != 2)
			argp_error(state, "expected two files, the old and the new one");
		if (strcmp(o->file[0], "-") == 0 && strcmp(o->file[1], "-") == 0)
			argp_error(state, "standard input '-' can be read only once");
		return 0;
	default: return parse(key, arg, state);
	}
}

/* Status 1 when there is something to tell. */
static int finish(int rc, const struct calib_err *err)
{
	int status = cli_finish(rc, err);

	return status != 0 ? status : rc > 0;
}

int geom_diff(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"all", KEY_ALL, NULL, 0, "list also objects that did not change", 2},
		{"summary", KEY_SUMMARY, NULL, 0,
		 "instead: one row for all sensors as one body: mean "
		 "shift, mean turn, what is left",
		 2},
		OUTPUT_OPTION,
		{0}};
	static const struct argp_child children[] = {{&cli_common_table, 0, NULL, 0}, {0}};
	static const struct argp argp = {options, parse_diff, "OLD NEW", "What moved between two "
		"geometries, new minus old: the numbers of each object [um, deg], and where its "
		"pixels went in the frame of the detector.  Exit status 1 when something did.\v"
		"Example: calib-geom diff old.data new.data", children, NULL, NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_parse(&argp, argc, argv, &o);
	rc = run_table(&o, o.summary ? overall_columns : move_columns, diff, &err);
	return finish(rc, &err);
}

static const char *const check_columns[] = {"level", "line", "object", "text", NULL};

struct report { struct opts *o; const struct calib_geo *geo; };

static int report_row(struct calib_table *t, const char *level, const struct calib_geo *geo,
                      size_t object, const char *text)
{
	struct calib_str name = CALIB_STR_INIT;

	calib_table_text(t, level);
	if (object != CALIB_GEO_NONE && geo->object[object].line > 0)
		calib_table_int(t, geo->object[object].line);
	else
		calib_table_text(t, NULL);
	if (object != CALIB_GEO_NONE)
		calib_geo_name(&name, geo, object, true);
	calib_table_text(t, name.s);
	calib_table_text(t, text);
	calib_str_release(&name);
	return calib_table_row(t);
}

static int report_finding(void *ctx, const struct calib_geo_finding *f, struct calib_err *err)
{
	struct report *r = ctx;

	(void)err;
	return report_row(&r->o->table, f->level == CALIB_GEO_WARNING ? "warning" : "note", r->geo,
	                  f->object, f->text);
}

/* One object that moved; a warning when further than allowed.  Returns 1 for that. */
static int report_move(struct opts *o, const struct calib_geo_move *m, const struct calib_geo *old,
                       const struct calib_geo *geo)
{
	const double *s = m->shift;
	bool far =
		!(hypot(hypot(s[0], s[1]), s[2]) <= o->max_shift && fabs(m->turn) <= o->max_turn);
	struct calib_str text = CALIB_STR_INIT;
	int rc;

	if (m->change == CALIB_GEO_MOVED) {
		calib_str_addf(&text, "moved by %.1f %.1f %.1f um, turned by %.5f deg", s[0], s[1],
		               s[2], m->turn);
	} else {
		calib_str_add(&text, m->change == CALIB_GEO_NEW ? "is new: " : "is gone: ");
		calib_geo_name(&text, m->change == CALIB_GEO_NEW ? geo : old,
		               m->change == CALIB_GEO_NEW ? m->b : m->a, true);
		far = true;
	}
	rc = report_row(&o->table, far ? "warning" : "note", geo, m->b, text.s);
	calib_str_release(&text);
	return rc < 0 ? rc : far;
}

static int check_against(struct opts *o, const struct calib_geo *geo, struct calib_err *err)
{
	struct calib_geo old = CALIB_GEO_INIT;
	struct calib_geo_diff d = CALIB_GEO_DIFF_INIT;
	int warnings = 0, rc = calib_geo_load(&old, o->against, o->from.lcls2 ? CALIB_SEG_LCLS2 : 0,
	                                      err);

	if (rc >= 0)
		rc = calib_geo_diff(&d, &old, geo, err);
	for (size_t i = 0; i < d.n && rc >= 0; i++)
		if (d.move[i].change != CALIB_GEO_SAME) {
			rc = report_move(o, &d.move[i], &old, geo);
			warnings += rc > 0;
		}
	calib_geo_diff_release(&d);
	calib_geo_release(&old);
	return rc < 0 ? rc : warnings;
}

static int check(struct opts *o, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct report r = {o, &geo};
	long warnings = 0;
	int rc = cli_geo_load(&geo, &o->from, err), more;

	if (rc >= 0) {
		warnings = calib_geo_check(&geo, o->det, report_finding, &r, err);
		rc = warnings < 0 ? (int)warnings : CALIB_OK;
	}
	if (rc >= 0 && o->against != NULL) {
		more = check_against(o, &geo, err);
		rc = more < 0 ? more : CALIB_OK;
		warnings += more;
	}
	calib_geo_release(&geo);
	return rc < 0 ? rc : warnings > 0;
}

/* -d alone is what the file shall be of, not a lookup. */
static error_t parse_check(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	const char *det = o->from.detector;

	if (key != ARGP_KEY_END)
		return parse_one(key, arg, state);
	if (det != NULL) {
		o->det = strchr(det, ':') ? calib_det_of_source(det) : calib_det_by_name(det);
		if (o->det == NULL)
			argp_error(state, "-d %s: no such detector, expected one of: %s", det,
			           calib_det_names());
	}
	if (o->from.path != NULL || (o->from.run < 0 && !o->from.calib && !o->from.exp))
		o->from.detector = NULL;
	return 0;
}

int geom_check(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"against", KEY_AGAINST, "OLD", 0, "also list what moved since this geometry", 2},
		{"max-shift", KEY_MAX_SHIFT, "UM", 0,
		 "a larger shift is a warning (default: none "
		 "is)",
		 2},
		{"max-turn", KEY_MAX_TURN, "DEG", 0,
		 "a larger turn is a warning (default: none is)", 2},
		OUTPUT_OPTION,
		{0}};
	static const struct argp_child children[] = {{&cli_geo_argp, 0, NULL, 0},
		{&cli_common_table, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		options,
		parse_check,
		"[FILE]",
		"Is a geometry what it "
		"should be?  Order and indices of the objects, number, size and type of the "
		"sensors "
		"(of the detector named by -d), sensors over each other.  Exit status 1 on a "
		"warning.\vExample: calib-geom check new.data -d CSPAD --against old.data",
		children,
		NULL,
		NULL};
	struct opts o = OPTS_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_parse(&argp, argc, argv, &o);
	rc = run_table(&o, check_columns, check, &err);
	return finish(rc, &err);
}
