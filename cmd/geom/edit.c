/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/edit.c - calib-geom set, move, tilt: a geometry with one object changed */
#include <string.h>

#include "base/parse.h"
#include "geom/geom.h"
#include "store/geofile.h"

enum { KEY_PRECISE = CLI_KEY_OWN, KEY_VALUE };
enum { NVALUES = 9 };

struct opts {
	struct cli cli;
	struct cli_geo which;
	const char *object, *out;
	double value[NVALUES]; /* x0 y0 z0, rot_z rot_y rot_x, tilt_z tilt_y tilt_x */
	bool given[NVALUES];
	bool precise;
	size_t nargs, want; /* numbers as arguments; 0: only options */
	size_t first;       /* where those begin in value */
};

static const char *const names[NVALUES] = {"x0",    "y0",     "z0",     "rot_z", "rot_y",
					   "rot_x", "tilt_z", "tilt_y", "tilt_x"};

static void take(struct opts *o, struct argp_state *state, const char *arg)
{
	static const char *const what[] = {"x", "y", "z"};
	size_t i = o->first + o->nargs;

	if (o->object == NULL) {
		o->object = arg;
		return;
	}
	if (o->nargs == o->want)
		argp_error(state, "'%s': no further argument is expected", arg);
	/* tilts are called in the order x y z and stored as z y x */
	if (o->first == 6)
		i = 8 - o->nargs;
	o->value[i] = cli_double(state, what[o->nargs % 3], arg, -1e12, 1e12);
	o->given[i] = true;
	o->nargs++;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	if (key >= KEY_VALUE && key < KEY_VALUE + NVALUES) {
		int i = key - KEY_VALUE;

		o->value[i] = cli_double(state, names[i], arg, -1e12, 1e12);
		o->given[i] = true;
		return 0;
	}
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->which;
		state->child_inputs[1] = &o->cli;
		return 0;
	case 'o': o->out = arg; return 0;
	case KEY_PRECISE: o->precise = true; return 0;
	case ARGP_KEY_ARG: take(o, state, arg); return 0;
	case ARGP_KEY_END:
		if (o->object == NULL)
			argp_error(state, "which object? NAME:INDEX, as QUAD:V1:0");
		if (o->want > 0 && o->nargs != o->want)
			argp_error(state, "%zu numbers are expected behind the object", o->want);
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static void apply(struct calib_geoobj *obj, const struct opts *o)
{
	double *const to[NVALUES] = {&obj->at[0],   &obj->at[1],   &obj->at[2],
				     &obj->rot[2],  &obj->rot[1],  &obj->rot[0],
				     &obj->tilt[2], &obj->tilt[1], &obj->tilt[0]};

	for (size_t i = 0; i < NVALUES; i++)
		if (o->given[i])
			*to[i] = o->want > 0 ? *to[i] + o->value[i] : o->value[i];
}

static int edit(const struct opts *o, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_str text = CALIB_STR_INIT;
	size_t obj = 0;
	int rc = cli_geo_load(&geo, &o->which, err);

	if (rc >= 0)
		rc = geom_find(&obj, &geo, o->object, err);
	if (rc >= 0 && geo.obj[obj].parent == NULL)
		rc = calib_fail(err, CALIB_EINVAL,
				"%s is the root, which has no line in the file; "
				"change the object below it",
				o->object);
	if (rc >= 0) {
		apply(&geo.obj[obj], o);
		calib_geo_format(&text, &geo, o->precise);
		rc = calib_out_text(o->out, o->cli.keep ? CALIB_OUT_KEEP : 0, &text, err);
	}
	calib_str_release(&text);
	calib_geo_release(&geo);
	return rc;
}

#define OUT_OPTIONS                                                                                \
	{"output", 'o', "FILE", 0, "write to FILE (default '-', standard output)", 1},             \
	{                                                                                          \
		"precise", KEY_PRECISE, NULL, 0,                                                   \
			"keep all digits (default: whole um, 0.001 and 0.00001 "                   \
			"degrees)",                                                                \
			1                                                                          \
	}

static const struct argp_child children[] = {
	{&cli_geo, 0, NULL, 0}, {&cli_common, 0, NULL, 0}, {0}};

static int run(const struct argp *argp, int argc, char **argv, size_t want, size_t first)
{
	struct opts o = {.which = CLI_GEO_INIT, .out = "-", .want = want, .first = first};
	struct calib_err err = CALIB_ERR_INIT;
	bool any = false;

	cli_parse(argp, argc, argv, &o);
	for (size_t i = 0; i < NVALUES; i++)
		any |= o.given[i];
	if (!any)
		cli_usage(argp, "nothing to set; give --x0, --rot_z, --tilt_z ...");
	return cli_finish(edit(&o, &err), &err);
}

int geom_set(int argc, char **argv)
{
	static const struct argp_option options[] = {
		OUT_OPTIONS,
		{"x0", KEY_VALUE, "UM", 0, "origin in the parent's frame", 0},
		{"y0", KEY_VALUE + 1, "UM", 0, "origin", 0},
		{"z0", KEY_VALUE + 2, "UM", 0, "origin", 0},
		{"rot_z", KEY_VALUE + 3, "DEG", 0, "design rotation", 0},
		{"rot_y", KEY_VALUE + 4, "DEG", 0, "design rotation", 0},
		{"rot_x", KEY_VALUE + 5, "DEG", 0, "design rotation", 0},
		{"tilt_z", KEY_VALUE + 6, "DEG", 0, "correction of the rotation", 0},
		{"tilt_y", KEY_VALUE + 7, "DEG", 0, "correction of the rotation", 0},
		{"tilt_x", KEY_VALUE + 8, "DEG", 0, "correction of the rotation", 0},
		{0}};
	static const struct argp argp = {
		options,
		parse,
		"NAME:INDEX",
		"Set parameters of an object; those not given stay. The new geometry goes to "
		"standard "
		"output.\vExample: calib-geom set CSPAD:V2:0 --z0=-120000 -g 0-end.data",
		children,
		NULL,
		NULL};

	return run(&argp, argc, argv, 0, 0);
}

int geom_move(int argc, char **argv)
{
	static const struct argp_option options[] = {OUT_OPTIONS, {0}};
	static const struct argp argp = {
		options,
		parse,
		"NAME:INDEX DX DY DZ",
		"Move an object by um in its parent's frame. The new geometry goes to standard "
		"output."
		"\vNegative numbers stand after '--'.\n"
		"Example: calib-geom move -g 0-end.data -- QUAD:V1:0 120 -35 0",
		children,
		NULL,
		NULL};

	return run(&argp, argc, argv, 3, 0);
}

int geom_tilt(int argc, char **argv)
{
	static const struct argp_option options[] = {OUT_OPTIONS, {0}};
	static const struct argp argp = {
		options,
		parse,
		"NAME:INDEX TX TY TZ",
		"Add degrees to the tilts of an object about x, y and z. The new geometry goes to "
		"standard output.\vNegative numbers stand after '--'.\n"
		"Example: calib-geom tilt -g 0-end.data -- QUAD:V1:0 0 0 -0.15",
		children,
		NULL,
		NULL};

	return run(&argp, argc, argv, 3, 6);
}
