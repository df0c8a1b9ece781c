/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/convert.c - calib-geom convert: geometries from and to other programs' files */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/in.h"
#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "form/crystfel.h"
#include "form/geoform.h"
#include "form/legacy.h"
#include "geom/verbs.h"
#include "store/dir.h"

enum { KEY_TO = CLI_KEY_OWN, KEY_FROM, KEY_FRAME, KEY_FIT, KEY_SEGMENT, KEY_TOLERANCE, KEY_FLIP,
       KEY_CLEN, KEY_FULL };

enum kind { AUTO, PSANA, CRYSTFEL, PSF, JSON, CHEETAH, LEGACY, NKINDS };
static const char *const kind_names[NKINDS] = {"auto", "psana", "crystfel", "psf", "json",
	"cheetah", "legacy"};

struct opts {
	struct cli cli;
	struct cli_geo from;
	const char *output;
	enum kind in, out;
	int frame;			/* -1: not given */
	int fit;			/* -1: not given */
	struct calib_crystfel crystfel;
	struct calib_pixmap pixmap;
	bool full;
};

static enum kind parse_kind(const struct argp_state *state, const char *option, const char *arg,
                            enum kind never)
{
	for (int k = PSANA; k < NKINDS; k++)
		if (strcmp(arg, kind_names[k]) == 0 && (enum kind)k != never)
			return (enum kind)k;
	argp_error(state, "%s: '%s' is not psana, crystfel, json, cheetah or %s", option, arg,
	           never == PSF ? "legacy" : "psf");
	return AUTO;
}

static int parse_word(const struct argp_state *state, const char *option, const char *arg,
                      const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(arg, words[i]) == 0)
			return i;
	argp_error(state, "%s: '%s' is not %s, %s%s%s", option, arg, words[0], words[1],
	           words[2] ? " or " : "", words[2] ? words[2] : "");
	return -1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->from;
		state->child_inputs[1] = &o->cli;
		return 0;
	case 'o':         o->output = arg; return 0;
	case KEY_TO:      o->out = parse_kind(state, "--to", arg, LEGACY); return 0;
	case KEY_FROM:    o->in = parse_kind(state, "--from", arg, PSF); return 0;
	case KEY_FULL:    o->full = true; return 0;
	case KEY_FLIP:    o->pixmap.flip_x = true; return 0;
	case KEY_CLEN:    o->crystfel.clen = true; return 0;
	case KEY_SEGMENT: o->crystfel.segment = o->pixmap.segment = arg; return 0;
	case KEY_FRAME:
		o->frame = parse_word(state, "--frame", arg,
		                      (const char *const[]){"psana", "lab", NULL});
		return 0;
	case KEY_FIT:
		o->fit = parse_word(state, "--fit", arg,
		                    (const char *const[]){"psana", "first", "all", NULL});
		return 0;
	case KEY_TOLERANCE:
		o->crystfel.tolerance = o->pixmap.tolerance =
			cli_double(state, "--tolerance", arg, 0, 1e6);
		return 0;
	case ARGP_KEY_ARG:
		if (o->from.path != NULL)
			argp_error(state, "'%s': only one geometry can be given", arg);
		o->from.path = arg;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* What a text is: its first line that says something. */
static enum kind kind_of_text(const struct calib_str *text)
{
	const char *p = text->s, *end = text->s + text->len;

	if (text->len >= 4 && memcmp(p, "\x89HDF", 4) == 0)
		return CHEETAH;
	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		stop = stop ? stop : end;
		while (p < stop && strchr(" \t\r", *p) != NULL)
			p++;
		if (p < stop && (*p == '[' || *p == '{'))
			return JSON;
		if (p < stop && (*p == ';' || (*p != '#' && memchr(p, '=', (size_t)(stop - p)))))
			return CRYSTFEL;
		if (p < stop && *p != '#')
			return PSANA;
		p = stop + 1;
	}
	return PSANA;
}

static int read_crystfel(struct calib_geo *geo, struct opts *o, const struct calib_str *text,
                         const char *name, struct calib_err *err)
{
	bool mirrored = false, exact = o->frame >= 0 || o->fit > 0;
	double worst = 0;
	long n;

	o->crystfel.fit = o->fit >= 0 ? (enum calib_crystfel_fit)o->fit
		: exact ? CALIB_CRYSTFEL_FIRST : CALIB_CRYSTFEL_PSANA;
	o->crystfel.frame = o->frame == CALIB_GEO_PSANA ? CALIB_GEO_PSANA : CALIB_GEO_LAB;
	n = calib_crystfel_read(geo, &worst, &mirrored, text->s, text->len, name, &o->crystfel,
				err);
	if (n >= 0 && mirrored)
		calib_log(CALIB_WARNING,
			  "%s: as psana's converter leaves the axes, the sensors come "
			  "out mirrored; --frame lab takes the file as one in the LAB frame",
			  name);
	if (n >= 0 && worst > 0.1 * geo->object[0].seg.scale)
		calib_log(CALIB_WARNING,
			  "%s: panels are up to %.1f um from their places in flat sensors "
			  "%s (--segment names another type)",
			  name, worst, geo->object[0].name);
	return n < 0 ? (int)n : CALIB_OK;
}

static int read_text(struct calib_geo *geo, struct opts *o, const char *path,
                     struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT;
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	int flags = o->from.lcls2 ? CALIB_SEG_LCLS2 : 0, rc = CALIB_OK;
	double worst;

	if (calib_h5_split(path) > 0)		/* a group in an HDF5 file */
		o->in = CHEETAH;
	else
		rc = calib_in_text(path, &text, err);

	if (rc >= 0 && o->in == AUTO)
		o->in = kind_of_text(&text);
	if (rc >= 0 && o->in == CRYSTFEL)
		rc = read_crystfel(geo, o, &text, name, err);
	else if (rc >= 0 && o->in == JSON)
		rc = calib_geojson_read(geo, text.s, text.len, name, flags, err);
	else if (rc >= 0 && o->in == CHEETAH) {
		o->pixmap.frame = o->frame == CALIB_GEO_PSANA ? CALIB_GEO_PSANA : CALIB_GEO_LAB;
		o->pixmap.frame_given = o->frame >= 0;
		rc = calib_pixmap_load(geo, &worst, path, &o->pixmap, err);
	} else if (rc >= 0) {
		rc = calib_geo_read(geo, text.s, text.len, name, flags, err);
	}
	calib_str_release(&text);
	return rc;
}

/* The file of a type that rules the run, if there is one. */
static int load_type(struct calib_legacy *legacy, enum calib_legacy_type type, const char *dir,
                     long run, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	const struct calib_dirfile *f = NULL;
	int rc;

	calib_path_join(&path, dir, calib_legacy_name(type));
	rc = calib_str_check(&path, err);
	if (rc >= 0)
		rc = calib_dirfiles_list(&files, path.s, err);
	if (rc >= 0)
		f = calib_dirfiles_find(&files, (uint32_t)run);
	if (f != NULL) {
		calib_str_addf(&path, "/%s", f->name);
		rc = calib_str_check(&path, err);
		if (rc >= 0)
			rc = calib_legacy_load(legacy, type, path.s, err);
	}
	calib_dirfiles_release(&files);
	calib_str_release(&path);
	return rc;
}

/* A directory <calib>/<group>/<source> with center/, tilt/ ... */
static int read_legacy(struct calib_geo *geo, const char *dir, long run, struct calib_err *err)
{
	struct calib_legacy legacy;
	bool any = false;
	int rc = CALIB_OK;

	calib_legacy_default(&legacy, strstr(dir, "Cspad2x2.") != NULL);
	for (int t = 0; calib_legacy_name((enum calib_legacy_type)t) != NULL && rc >= 0; t++)
		if (calib_legacy_count((enum calib_legacy_type)t, legacy.cspad2x2) > 0) {
			rc = load_type(&legacy, (enum calib_legacy_type)t, dir, run, err);
			any |= legacy.given[t];
		}
	if (rc >= 0 && !any)
		rc = calib_fail(err, CALIB_ENOTFOUND,
				"%s: no center, tilt, offset ... for run %ld: a "
				"directory <calib>/CsPad::CalibV1/<source> was expected",
				dir, run);
	return rc < 0 ? rc : calib_legacy_geometry(geo, &legacy, err);
}

/* That directory of the source and the calibration directory that are given. */
static int legacy_dir(struct calib_str *dir, const struct cli_geo *from, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT, source = CALIB_STR_INIT, type = CALIB_STR_INIT;
	int rc = calib_dir_source(&source, from->detector, err);

	if (rc >= 0 && from->calib != NULL)
		calib_str_add(&calib, from->calib);
	else if (rc >= 0)
		rc = calib_dir_default(&calib, from->root, from->exp, err);
	if (rc >= 0)
		rc = calib_dir_type_path(&type, calib.s, source.s, calib_legacy_name(0), err);
	if (rc >= 0) {
		calib_path_dir(dir, type.s);
		rc = calib_str_check(dir, err);
	}
	calib_str_release(&type);
	calib_str_release(&source);
	calib_str_release(&calib);
	return rc;
}

/* The geometry of the arguments, in whichever form. */
static int read_any(struct calib_geo *geo, struct opts *o, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	bool looked_up = o->from.path == NULL && cli_geo_given(&o->from);
	int rc = CALIB_OK;

	if (o->in == LEGACY && looked_up) {
		rc = legacy_dir(&path, &o->from, err);
		if (rc >= 0)
			rc = read_legacy(geo, path.s, o->from.run, err);
	} else {
		rc = cli_geo_path(&path, &o->from, err);
		if (rc >= 0 && calib_is_dir(path.s) && (o->in == AUTO || o->in == LEGACY)) {
			o->in = LEGACY;
			rc = read_legacy(geo, path.s, 0, err);
		} else if (rc >= 0 && o->in == LEGACY) {
			rc = calib_fail(err, CALIB_EINVAL, "%s: older constants are a directory "
			                "<calib>/CsPad::CalibV1/<source>", path.s);
		} else if (rc >= 0) {
			rc = read_text(geo, o, path.s, err);
		}
	}
	calib_str_release(&path);
	return rc;
}

/* Where a converted file comes from, with the keys of psana's converter. */
static void add_header(struct calib_str *s, const struct calib_geo *geo)
{
	char when[32], user[64], host[256], dir[4096];

	calib_str_addf(s, "# TITLE      Geometry constants converted from CrystFEL by calibtools\n"
	               "# DATE_TIME  %s\n# AUTHOR     %s\n# CWD        %s\n# HOST       %s\n"
	               "# RELEASE    calibtools %s\n# CALIB_TYPE geometry\n# DETTYPE    %s\n",
	               calib_time_format(calib_now(), "%Y-%m-%dT%H:%M:%S", when, sizeof when),
	               calib_user(user, sizeof user), calib_work_dir(dir, sizeof dir),
	               calib_host(host, sizeof host), CALIB_VERSION, geo->object[0].name);
}

static int write_text(const struct calib_geo *geo, const struct opts *o, struct calib_err *err)
{
	enum calib_geo_frame frame = o->frame == CALIB_GEO_PSANA ? CALIB_GEO_PSANA : CALIB_GEO_LAB;
	bool as_psana = o->in == CRYSTFEL && o->crystfel.fit == CALIB_CRYSTFEL_PSANA && !o->full;
	struct calib_str text = CALIB_STR_INIT, header = CALIB_STR_INIT;
	int rc;

	if (o->out == CRYSTFEL)
		rc = calib_crystfel_text(&text, geo, frame, err);
	else if (o->out == PSF)
		rc = calib_psf_text(&text, geo, frame, err);
	else if (o->out == JSON)
		rc = calib_geojson_text(&text, geo, err);
	else if (as_psana) {
		add_header(&header, geo);
		rc = calib_crystfel_geometry(&text, geo, header.s, err);
	} else
		return geom_save(geo, o->output, o->full, &o->cli, err);
	if (rc >= 0)
		rc = calib_out_text(o->output, o->cli.keep ? CALIB_OUT_KEEP : 0, &text, err);
	calib_str_release(&header);
	calib_str_release(&text);
	return rc;
}

static int convert(struct opts *o, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	int rc = read_any(&geo, o, err);

	if (rc >= 0 && o->out == CHEETAH) {
		o->pixmap.frame = o->frame == CALIB_GEO_PSANA ? CALIB_GEO_PSANA : CALIB_GEO_LAB;
		rc = calib_pixmap_save(&geo, o->output, &o->pixmap,
				       o->cli.keep ? CALIB_OUT_KEEP : 0, err);
	} else if (rc >= 0) {
		rc = write_text(&geo, o, err);
	}
	calib_geo_release(&geo);
	return rc;
}

static const struct argp_option options[] = {
	{"to", KEY_TO, "FORM", 0,
	 "psana (default), crystfel (.geom), psf, json, cheetah (pixel map, "
	 "HDF5)",
	 2},
	{"from", KEY_FROM, "FORM", 0,
	 "psana, crystfel, json, cheetah, legacy (default: by content; a "
	 "directory is legacy)",
	 2},
	{"frame", KEY_FRAME, "NAME", 0,
	 "axes of the other program's file: lab (default when writing) "
	 "or psana.  Reading .geom without it keeps the axes as psana's converter does",
	 2},
	{"fit", KEY_FIT, "HOW", 0,
	 "reading .geom: a sensor's place is that of its first panel as "
	 "psana's converter has it (psana, default), exactly (first), or the mean of all (all)",
	 2},
	{"segment", KEY_SEGMENT, "TYPE", 0,
	 "reading: type of the sensors, as EPIX10KA:V1 (default: by "
	 "the size of the panels; cheetah: SENS2X1:V1)",
	 2},
	{"tolerance", KEY_TOLERANCE, "N", 0,
	 "reading: refuse panels further than this from their "
	 "place in the sensor [pixels] (default 1)",
	 2},
	{"flip-x", KEY_FLIP, NULL, 0, "cheetah: x has the other sign, as psgeom writes it", 2},
	{"use-clen", KEY_CLEN, NULL, 0,
	 "reading .geom: add a clen that is a number to the distance", 2},
	{"full", KEY_FULL, NULL, 0, "psana: write numbers with all their digits", 3},
	{"output", 'o', "FILE", 0, "write to FILE (default '-', standard output)", 3},
	{0}};

int geom_convert(int argc, char **argv)
{
	static const struct argp_child children[] = {{&cli_geo_argp, 0, NULL, 0},
		{&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		options,
		parse,
		"[FILE]",
		"Convert a geometry from or to the "
		"files of other programs; what one of them cannot express is an error.\v"
		"Example: calib-geom convert 0-end.data --to crystfel -o det.geom",
		children,
		NULL,
		NULL};
	struct opts o = {.from = CLI_GEO_INIT, .output = "-", .out = PSANA, .frame = -1, .fit = -1,
		.crystfel = CALIB_CRYSTFEL_INIT, .pixmap = CALIB_PIXMAP_INIT};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	if (o.out == CHEETAH && strcmp(o.output, "-") == 0)
		cli_usage(&argp, "a pixel map is an HDF5 file: give -o FILE.h5");
	if (o.fit == CALIB_CRYSTFEL_PSANA && o.frame >= 0 && o.out == PSANA)
		cli_usage(&argp, "--fit psana keeps the axes of the file: leave --frame out");
	return cli_finish(convert(&o, &err), &err);
}
