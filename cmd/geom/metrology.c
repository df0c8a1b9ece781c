/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/metrology.c - calib-geom metrology, xlsx2txt: measured corners into constants */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/log.h"
#include "base/out.h"
#include "base/path.h"
#include "base/proc.h"
#include "form/metro.h"
#include "form/xlsx.h"
#include "geom/verbs.h"

enum { KEY_LAYOUT = CLI_KEY_OWN, KEY_COMPAT, KEY_EXP, KEY_DET, KEY_TXY, KEY_TOZ, KEY_ROT, KEY_QOFF,
       KEY_QUADS, KEY_FLAT, KEY_AS_MEASURED, KEY_CAMERA, KEY_IP, KEY_CHECK };

struct opts {
	struct cli cli;
	const char *file, *out, *exp, *det;
	int layout;			/* row of layouts, -1: not said */
	bool check;
	struct calib_metro_opts m;
	struct calib_metro_limits limits;
	double ip[4];
};

static const struct layout {
	const char *name;
	enum calib_metro_layout layout;
	const char *det, *center;	/* NULL: geometry only */
	double within;			/* deg, of --check */
} layouts[] = {
	{"cspad-v1", CALIB_METRO_CSPAD_V1, "CSPAD-CXI", "center", 10},
	{"cspad-v2", CALIB_METRO_CSPAD_V2, "CSPAD-XPP", "center_global", 10},
	{"cspad2x2", CALIB_METRO_CSPAD2X2, "CSPAD2X2", NULL, 10},
	{"epix10ka2m", CALIB_METRO_EPIX10KA2M, "Epix10ka2M", NULL, 45},
};
enum { NLAYOUTS = sizeof layouts / sizeof *layouts };

static const struct argp_option options[] = {
	{"layout", KEY_LAYOUT, "NAME", 0,
	 "cspad-v1 (CXI, quads that move), cspad-v2 (XPP, fixed), cspad2x2 or epix10ka2m", 1},
	{"output", 'o', "DIR", 0, "write the constants into DIR; without it only the tables", 1},
	{"check", KEY_CHECK, NULL, 0, "only judge the points, in the order of the file", 1},
	{"txy", KEY_TXY, "UM", 0, "tolerance of diagonals and opposite sides (default 60)", 1},
	{"toz", KEY_TOZ, "UM", 0, "tolerance of the fourth corner's height (default 100)", 1},
	{"n90", 'n', "N", 0, "cspad-v2: the detector is turned by N times 90 deg", 1},
	{"compat", KEY_COMPAT, NULL, 0, "repeat the errors of the old programs: points of a "
	 "detector turned by 90 or 270 deg, coordinates cut instead of rounded", 1},
	{"exp", KEY_EXP, "EXP", 0, "experiment, for the heading (default Any)", 1},
	{"det", KEY_DET, "NAME", 0, "detector, for the heading", 1},
	{"rot", KEY_ROT, "N", 0, "epix10ka2m: place of quad 0, 0 (upper left) to 3", 2},
	{"qoff", KEY_QOFF, "N", 0, "epix10ka2m: the quad that was measured first, 0 to 3", 2},
	{"quads", KEY_QUADS, NULL, 0, "epix10ka2m: quads between sensors and camera", 2},
	{"flat", KEY_FLAT, NULL, 0, "epix10ka2m: do not use the heights", 2},
	{"as-measured", KEY_AS_MEASURED, NULL, 0, "epix10ka2m: neither centre nor level", 2},
	{"ip", KEY_IP, "X,Y,Z,A", 0,
	 "epix10ka2m: place [um] and azimuth [deg] of the camera (default 0,0,10000,90)", 2},
	{0}
};

static void parse_ip(const struct argp_state *state, double ip[4], char *arg)
{
	char *save = NULL;
	int n = 0;

	for (char *p = strtok_r(arg, ",", &save); p != NULL; p = strtok_r(NULL, ",", &save), n++)
		if (n < 4)
			ip[n] = cli_double(state, "--ip", p, -1e9, 1e9);
	if (n != 4)
		argp_error(state, "--ip: expected four numbers X,Y,Z,AZIMUTH");
}

static int layout_of(const struct argp_state *state, const char *arg)
{
	for (int i = 0; i < NLAYOUTS; i++)
		if (strcmp(layouts[i].name, arg) == 0)
			return i;
	argp_error(state, "--layout: '%s' is none of cspad-v1, cspad-v2, cspad2x2, epix10ka2m",
	           arg);
	return -1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:   state->child_inputs[0] = &o->cli; return 0;
	case KEY_LAYOUT:      o->layout = layout_of(state, arg); return 0;
	case 'o':             o->out = arg; return 0;
	case KEY_CHECK:       o->check = true; return 0;
	case KEY_TXY:         o->limits.side = cli_double(state, "--txy", arg, 0, 1e6); return 0;
	case KEY_TOZ:         o->limits.plane = cli_double(state, "--toz", arg, 0, 1e6); return 0;
	case 'n':             o->m.n90 = (int)cli_long(state, "--n90", arg, 0, 3); return 0;
	case KEY_COMPAT:      o->m.compat = true; return 0;
	case KEY_EXP:         o->exp = arg; return 0;
	case KEY_DET:         o->det = arg; return 0;
	case KEY_ROT:         o->m.rot = (int)cli_long(state, "--rot", arg, 0, 3); return 0;
	case KEY_QOFF:        o->m.qoff = (int)cli_long(state, "--qoff", arg, 0, 3); return 0;
	case KEY_QUADS:       o->m.quads = true; return 0;
	case KEY_FLAT:        o->m.flat = true; return 0;
	case KEY_AS_MEASURED: o->m.as_measured = true; return 0;
	case KEY_IP:          parse_ip(state, o->ip, arg); return 0;
	case ARGP_KEY_ARG:    o->file = cli_only_arg(state, o->file, arg); return 0;
	case ARGP_KEY_END:
		if (o->layout < 0)
			argp_error(state, "--layout says which points are which corners");
		return 0;
	default:              return ARGP_ERR_UNKNOWN;
	}
}

/* ---- points ---- */

static bool is_workbook(const char *name)
{
	return calib_path_suffix(name, ".xlsx");
}

/* What was left out of a workbook, on stderr. */
static void tell(struct calib_str *said)
{
	char *save = NULL;

	for (char *line = said->len ? strtok_r(said->s, "\n", &save) : NULL; line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		calib_log(CALIB_INFO, "%s", line);
	calib_str_release(said);
}

static int read_workbook(struct calib_metro_texts *t, const char *name, struct calib_err *err)
{
	struct calib_str said = CALIB_STR_INIT;
	struct calib_xlsx book;
	int rc = calib_xlsx_read(&book, name, err);

	if (rc < 0)
		return rc;
	rc = calib_metro_texts_make(t, &book, name, &said, err);
	tell(&said);
	calib_xlsx_release(&book);
	return rc;
}

/* The text of a file, or of a workbook that makes one. */
static int read_points(struct calib_metro_points *p, const struct opts *o, struct calib_err *err)
{
	const char *name = o->file ? o->file : "-";
	struct calib_metro_texts texts = {.n = 0};
	struct calib_str text = CALIB_STR_INIT;
	int rc = is_workbook(name) ? read_workbook(&texts, name, err)
		: calib_in_text(name, &text, err);

	if (rc >= 0 && texts.n > 1)
		rc = calib_fail(err, CALIB_EINVAL, "%s: has %zu detectors, one a sheet: "
		                "'calib-geom xlsx2txt' makes a text of each", name, texts.n);
	if (rc >= 0)
		rc = calib_metro_points_parse(p, texts.n ? texts.list[0].text.s : text.s, name,
		                              o->m.compat, err);
	if (rc >= 0 && p->rounded > 0)
		calib_log(CALIB_WARNING, "%s: %zu coordinates are no whole um, they are %s", name,
		          p->rounded, o->m.compat ? "cut" : "rounded");
	calib_metro_texts_release(&texts);
	calib_str_release(&text);
	return rc;
}

/* ---- constants ---- */

static int save(const struct opts *o, const char *what, const char *um, struct calib_str *text,
                struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	int rc;

	calib_str_addf(&name, "%s/%s%s-0-end.data", o->out, what, um);
	rc = calib_str_check(text, err);
	if (rc >= 0)
		rc = calib_out_text(name.s, o->cli.keep ? CALIB_OUT_KEEP : 0, text, err);
	if (rc >= 0)
		calib_log(CALIB_INFO, "%s", name.s);
	calib_str_clear(text);
	calib_str_release(&name);
	return rc;
}

static int save_all(const struct opts *o, const struct calib_metro *m, struct calib_err *err)
{
	const struct layout *l = &layouts[o->layout];
	char date[64], user[256];
	const struct calib_metro_title title = {
		calib_time_format(calib_now(), "%Y-%m-%d %H:%M:%S %Z", date, sizeof date),
		calib_user(user, sizeof user), o->exp ? o->exp : "Any", o->det ? o->det : l->det,
		o->file};
	struct calib_str text = CALIB_STR_INIT;
	int rc = calib_make_dirs(o->out, 02775, (gid_t)-1, err);

	if (rc >= 0 && l->center != NULL) {
		calib_metro_center(&text, m, false);
		rc = save(o, l->center, "_um", &text, err);
	}
	if (rc >= 0 && l->center != NULL) {
		calib_metro_center(&text, m, true);
		rc = save(o, l->center, "", &text, err);
	}
	if (rc >= 0 && l->center != NULL) {
		calib_metro_tilt(&text, m);
		rc = save(o, "tilt", "", &text, err);
	}
	calib_metro_geometry(&text, m, l->layout, &title, o->m.quads, o->ip);
	if (rc >= 0)
		rc = save(o, "geometry", "", &text, err);
	calib_str_release(&text);
	return rc;
}

/* The tables first, whatever is wrong with the points: they show what. */
static int evaluate(const struct opts *o, const struct calib_metro_points *p, struct calib_err *err)
{
	const struct layout *l = &layouts[o->layout];
	struct calib_str out = CALIB_STR_INIT, check = CALIB_STR_INIT, doubts = CALIB_STR_INIT;
	struct calib_metro m;
	int warnings = calib_metro_check(&check, p->list, p->n, l->within, &o->limits, err);
	int rc = warnings < 0 ? warnings : CALIB_OK;

	if (rc >= 0 && !o->check)
		rc = calib_metro_evaluate(&m, p->list, p->n, &o->m, err);
	if (rc >= 0 && !o->check) {
		if (l->layout != CALIB_METRO_EPIX10KA2M)
			calib_metro_flatness(&out, &m);
		calib_metro_tables(&out, &m, l->layout == CALIB_METRO_EPIX10KA2M);
		warnings += calib_metro_doubts(&doubts, p->list, p->n, &m, l->layout);
	}
	calib_str_add(&out, check.s);
	fputs(out.s, stdout);
	if (rc >= 0 && o->out != NULL && !o->check)
		rc = save_all(o, &m, err);
	for (char *line = doubts.s, *save_at = NULL; doubts.len > 0
	     && (line = strtok_r(save_at ? NULL : line, "\n", &save_at)) != NULL;)
		calib_log(CALIB_WARNING, "%s", line);
	if (rc >= 0 && warnings > 0)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: %d warning%s: the measurement is out of "
		                "tolerance, see the tables", o->file ? o->file : "-", warnings,
		                warnings > 1 ? "s" : "");
	calib_str_release(&out);
	calib_str_release(&check);
	calib_str_release(&doubts);
	return rc;
}

int geom_metrology(int argc, char **argv)
{
	static const struct argp_child children[] = {{&cli_common, 0, NULL, 9}, {0}};
	static const struct argp argp = {options, parse, "[FILE]",
		"Judge an optical metrology of a detector, and make its constants: tables of "
		"sides, angles and flatness, then center, tilt and geometry."
		"\vFILE is the text of the points, or the workbook (.xlsx).  The exit status is 1 "
		"when something is out of tolerance.\n\n"
		"Example: calib-geom metrology --layout cspad-v1 metrology.xlsx -o consts",
		children, NULL, NULL};
	struct opts o = {.layout = -1, .limits = {60, 100}, .ip = {0, 0, 10000, 90},
		.m.camera = {78000, -4150}};
	struct calib_metro_points p = {NULL, 0, 0, 0};
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	calib_log_set_level(CALIB_INFO);
	cli_parse(&argp, argc, argv, &o);
	o.m.layout = layouts[o.layout].layout;
	rc = read_points(&p, &o, &err);
	if (rc >= 0)
		rc = evaluate(&o, &p, &err);
	calib_metro_points_release(&p);
	return cli_finish(rc, &err);
}

/* ---- workbooks ---- */

struct book_opts { struct cli cli; const char *file, *out; };

static const struct argp_option book_options[] = {
	{"output", 'o', "FILE", 0,
	 "name of the text (default metrology.txt); of several, FILE-N.txt for sheet N", 1},
	{0}
};

static error_t parse_book(int key, char *arg, struct argp_state *state)
{
	struct book_opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &o->cli; return 0;
	case 'o':           o->out = arg; return 0;
	case ARGP_KEY_ARG:  o->file = cli_only_arg(state, o->file, arg); return 0;
	case ARGP_KEY_END:
		if (o->file == NULL)
			argp_error(state, "name the workbook");
		return 0;
	default:            return ARGP_ERR_UNKNOWN;
	}
}

/* "metrology.txt" of the quads, "metrology-2.txt" of a sheet */
static void name_text(struct calib_str *name, const char *out, unsigned sheet)
{
	const char *dot = strrchr(calib_path_base(out), '.');

	if (sheet == 0 || strcmp(out, "-") == 0)
		calib_str_add(name, out);
	else
		calib_str_addf(name, "%.*s-%u%s", dot ? (int)(dot - out) : (int)strlen(out), out,
		               sheet, dot ? dot : "");
}

int geom_xlsx2txt(int argc, char **argv)
{
	static const struct argp_child children[] = {{&cli_common, 0, NULL, 9}, {0}};
	static const struct argp argp = {book_options, parse_book, "FILE",
		"The points of a metrology workbook (.xlsx) as text: columns A, B and C of each "
		"sheet."
		"\vExample: calib-geom xlsx2txt metrology.xlsx -o metrology.txt",
		children, NULL, NULL};
	struct book_opts o = {.out = "metrology.txt"};
	struct calib_metro_texts texts = {.n = 0};
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	calib_log_set_level(CALIB_INFO);
	cli_parse(&argp, argc, argv, &o);
	rc = read_workbook(&texts, o.file, &err);
	for (size_t i = 0; i < texts.n && rc >= 0; i++) {
		struct calib_str name = CALIB_STR_INIT;

		name_text(&name, o.out, texts.list[i].sheet);
		rc = calib_out_text(name.s, o.cli.keep ? CALIB_OUT_KEEP : 0, &texts.list[i].text,
		                    &err);
		if (rc >= 0 && strcmp(name.s, "-") != 0)
			printf("%s\n", name.s);
		calib_str_release(&name);
	}
	calib_metro_texts_release(&texts);
	return cli_finish(rc, &err);
}
