/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/convert.c - calib-geom convert: a geometry in the forms of other programs */
#include <string.h>

#include "base/in.h"
#include "base/str.h"
#include "form/crystfel.h"
#include "form/psf.h"
#include "geom/geom.h"
#include "store/geofile.h"

enum { KEY_TO = CLI_KEY_OWN, KEY_PRECISE, KEY_FRAME, KEY_FROM };

struct opts {
	struct cli cli;
	struct cli_geo which;
	struct calib_geoview view;
	const struct calib_crystfel_type *from; /* NULL: a geometry file */
	const char *out;
	size_t form;
	bool precise;
};

static int to_json(struct calib_str *text, const struct calib_geo *geo, const struct opts *o,
		   struct calib_err *err)
{
	const char *sep = "[";

	(void)o;
	for (size_t i = 0; i < geo->n; i++) {
		const struct calib_geoobj *obj = &geo->obj[i];
		const double v[] = {obj->at[0],   obj->at[1],   obj->at[2],
				    obj->rot[2],  obj->rot[1],  obj->rot[0],
				    obj->tilt[2], obj->tilt[1], obj->tilt[0]};
		static const char *const name[] = {"x0",    "y0",     "z0",     "rot_z", "rot_y",
						   "rot_x", "tilt_z", "tilt_y", "tilt_x"};

		if (obj->parent == NULL)
			continue;
		calib_str_addf(text, "%s{\"parent\":", sep);
		calib_str_quote_json(text, obj->parent);
		calib_str_addf(text, ",\"parent_index\":%u,\"object\":", obj->parent_ind);
		calib_str_quote_json(text, obj->name);
		calib_str_addf(text, ",\"index\":%u", obj->ind);
		for (int k = 0; k < 9; k++)
			calib_str_addf(text, ",\"%s\":%.17g", name[k], v[k]);
		calib_str_addc(text, '}');
		sep = ",\n";
	}
	calib_str_add(text, "]\n");
	return calib_str_check(text, err);
}

static int to_psana(struct calib_str *text, const struct calib_geo *geo, const struct opts *o,
		    struct calib_err *err)
{
	calib_geo_format(text, geo, o->precise);
	return calib_str_check(text, err);
}

static int to_crystfel(struct calib_str *text, const struct calib_geo *geo, const struct opts *o,
		       struct calib_err *err)
{
	return calib_crystfel_format(text, geo, &o->view, err);
}

static int to_psf(struct calib_str *text, const struct calib_geo *geo, const struct opts *o,
		  struct calib_err *err)
{
	return calib_psf_format(text, geo, &o->view, err);
}

static const struct {
	const char *name;
	int (*format)(struct calib_str *text, const struct calib_geo *geo, const struct opts *o,
		      struct calib_err *err);
} forms[] = {{"crystfel", to_crystfel}, {"psf", to_psf}, {"json", to_json}, {"psana", to_psana}};
enum { NFORMS = sizeof forms / sizeof forms[0] };

static const struct argp_option options[] = {
	{"to", KEY_TO, "FORM", 0, "crystfel, psf, json or psana", 1},
	{"from", KEY_FROM, "DET", 0,
	 "read a CrystFEL file of an epix10ka, jungfrau, cspad, cspadv2 or "
	 "pnccd",
	 1},
	{"frame", KEY_FRAME, "FRAME", 0, "of crystfel and psf: lab (default) or psana", 1},
	{"output", 'o', "FILE", 0, "write to FILE (default '-', standard output)", 1},
	{"precise", KEY_PRECISE, NULL, 0, "psana: keep all digits", 1},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->which;
		state->child_inputs[1] = &o->cli;
		return 0;
	case KEY_TO:
		for (o->form = 0; o->form < NFORMS; o->form++)
			if (strcmp(forms[o->form].name, arg) == 0)
				return 0;
		argp_error(state, "--to: '%s' is not crystfel, psf, json or psana", arg);
		return 0;
	case KEY_FRAME:
		if (strcmp(arg, "lab") != 0 && strcmp(arg, "psana") != 0)
			argp_error(state, "--frame: '%s' is not lab or psana", arg);
		o->view.lab = arg[0] == 'l';
		return 0;
	case KEY_FROM:
		o->from = calib_crystfel_type(arg);
		if (o->from == NULL)
			argp_error(state,
				   "--from: '%s' is not epix10ka, jungfrau, cspad, cspadv2 or "
				   "pnccd",
				   arg);
		return 0;
	case 'o': o->out = arg; return 0;
	case KEY_PRECISE: o->precise = true; return 0;
	case ARGP_KEY_ARG: o->which.file = cli_only_arg(state, o->which.file, arg); return 0;
	case ARGP_KEY_END:
		if (o->form == NFORMS)
			argp_error(state, "--to FORM is needed: crystfel, psf, json or psana");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* A geometry of ours, or one of CrystFEL. */
static int load(struct calib_geo *geo, const struct opts *o, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT, text = CALIB_STR_INIT;
	int rc;

	if (o->from == NULL)
		return cli_geo_load(geo, &o->which, err);
	rc = cli_geo_path(&path, &o->which, err);
	if (rc >= 0)
		rc = calib_in_text(path.s, &text, err);
	if (rc >= 0)
		rc = calib_crystfel_parse(geo, text.s, text.len, path.s, o->from, err);
	calib_str_release(&text);
	calib_str_release(&path);
	return rc;
}

static int convert(const struct opts *o, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_str text = CALIB_STR_INIT;
	int rc = load(&geo, o, err);

	if (rc >= 0)
		rc = forms[o->form].format(&text, &geo, o, err);
	if (rc >= 0)
		rc = calib_out_text(o->out, o->cli.keep ? CALIB_OUT_KEEP : 0, &text, err);
	calib_str_release(&text);
	calib_geo_release(&geo);
	return rc;
}

int geom_convert(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&cli_geo, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		options,
		parse,
		"[FILE]",
		"Write a geometry for other programs: panels of CrystFEL, position and pixel "
		"vectors, "
		"a list of objects. The corners of panels are pixel centres.\v"
		"Example: calib-geom convert --to crystfel 0-end.data -o cspad.geom",
		children,
		NULL,
		NULL};
	struct opts o = {.which = CLI_GEO_INIT, .view = {.lab = true}, .out = "-", .form = NFORMS};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(convert(&o, &err), &err);
}
