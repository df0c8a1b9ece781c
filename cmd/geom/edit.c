/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/edit.c - calib-geom set, move, tilt: a geometry with one object changed */
#include <math.h>

#include "geom/verbs.h"

enum { KEY_PAR = CLI_KEY_OWN + 0x80, KEY_DX = KEY_PAR + CALIB_GEO_NPARS, KEY_DY, KEY_DZ, KEY_FULL,
       KEY_REST };

enum edit { SET, MOVE, TILT };

struct opts {
	struct cli cli;
	struct cli_geo from;
	enum edit edit;
	const char *object, *output;
	double value[CALIB_GEO_NPARS];	/* NaN: not given */
	bool full, rest, given;
};

static void note(struct opts *o, int par, double value)
{
	o->value[par] = value;
	o->given = true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;
	int par;
	char name[16];

	if (key >= KEY_PAR && key < KEY_PAR + CALIB_GEO_NPARS) {
		snprintf(name, sizeof name, "--%s", calib_geo_par_names[key - KEY_PAR]);
		note(o, key - KEY_PAR, cli_double(state, name, arg, -CALIB_GEO_MAX, CALIB_GEO_MAX));
		return 0;
	}
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->from;
		state->child_inputs[1] = &o->cli;
		return 0;
	case KEY_DX:
	case KEY_DY:
	case KEY_DZ:	/* tilts stand in the file in the order z y x */
		par = o->edit == MOVE ? CALIB_GEO_X0 + key - KEY_DX
				      : CALIB_GEO_TILT_X - (key - KEY_DX);
		note(o, par, cli_double(state, key == KEY_DX ? "--dx" : key == KEY_DY ? "--dy"
		                        : "--dz", arg, -CALIB_GEO_MAX, CALIB_GEO_MAX));
		return 0;
	case KEY_FULL: o->full = true; return 0;
	case KEY_REST: o->rest = true; return 0;
	case 'o':      o->output = arg; return 0;
	case ARGP_KEY_ARG:
		if (o->object != NULL)
			argp_error(state, "'%s': only one object can be given; -g names the "
			           "geometry file", arg);
		o->object = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->object == NULL)
			argp_error(state,
				   "which object? NAME:INDEX, as QUAD:V1:0; 'calib-geom info' "
				   "lists them");
		if (!o->given && !o->rest)
			argp_error(state, "nothing to change: %s", o->edit == SET ? "give --x0, "
			           "--rot_z, --tilt_x ..." : "give --dx, --dy or --dz");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static int edit(const struct opts *o, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_geo_object *object;
	size_t at;
	int rc = cli_geo_load(&geo, &o->from, err);

	if (rc >= 0)
		rc = calib_geo_get(&at, &geo, o->object, err);
	if (rc >= 0 && geo.object[at].parent == NULL)
		rc = calib_fail(err, CALIB_EINVAL, "%s is the root: no line of the file places it; "
		                "change the objects below it", o->object);
	for (int i = 0; i < CALIB_GEO_NPARS && rc >= 0; i++) {
		object = &geo.object[at];
		if (!isnan(o->value[i]))
			object->par[i] = o->edit == SET ? o->value[i]
				: object->par[i] + o->value[i];
		else if (o->rest)
			object->par[i] = 0;
	}
	if (rc >= 0)
		rc = geom_save(&geo, o->output, o->full, &o->cli, err);
	calib_geo_release(&geo);
	return rc;
}

static int run(const struct argp *argp, int argc, char **argv, enum edit what)
{
	struct opts o = {.from = CLI_GEO_INIT, .edit = what, .output = "-"};
	struct calib_err err = CALIB_ERR_INIT;

	for (int i = 0; i < CALIB_GEO_NPARS; i++)
		o.value[i] = NAN;
	cli_parse(argp, argc, argv, &o);
	return cli_finish(edit(&o, &err), &err);
}

#define OUTPUT_OPTIONS                                                                             \
	{"output",                                                                                 \
	 'o',                                                                                      \
	 "FILE",                                                                                   \
	 0,                                                                                        \
	 "write the new geometry to FILE (default '-', "                                           \
	 "standard output)",                                                                       \
	 4},                                                                                       \
		{"full",                                                                           \
		 KEY_FULL,                                                                         \
		 NULL,                                                                             \
		 0,                                                                                \
		 "write numbers with all their digits, not in whole um and 3 or "                  \
		 "5 decimals of a degree",                                                         \
		 4},                                                                               \
	{                                                                                          \
		0                                                                                  \
	}
static const struct argp_child children[] = {{&cli_geo_argp, 0, NULL, 0},
	{&cli_common, 0, NULL, 0}, {0}};

int geom_set(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"x0", KEY_PAR + CALIB_GEO_X0, "UM", 0, "origin in the frame of the parent", 2},
		{"y0", KEY_PAR + CALIB_GEO_Y0, "UM", 0, NULL, 2},
		{"z0", KEY_PAR + CALIB_GEO_Z0, "UM", 0, NULL, 2},
		{"rot_z", KEY_PAR + CALIB_GEO_ROT_Z, "DEG", 0, "design rotation about z", 2},
		{"rot-z", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
		{"rot_y", KEY_PAR + CALIB_GEO_ROT_Y, "DEG", 0, "about y", 2},
		{"rot-y", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
		{"rot_x", KEY_PAR + CALIB_GEO_ROT_X, "DEG", 0, "about x", 2},
		{"rot-x", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
		{"tilt_z", KEY_PAR + CALIB_GEO_TILT_Z, "DEG", 0, "correction of the rotation about "
		 "z", 2},
		{"tilt-z", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
		{"tilt_y", KEY_PAR + CALIB_GEO_TILT_Y, "DEG", 0, "about y", 2},
		{"tilt-y", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
		{"tilt_x", KEY_PAR + CALIB_GEO_TILT_X, "DEG", 0, "about x", 2},
		{"tilt-x", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
		{"others-zero", KEY_REST, NULL, 0, "numbers that are not given become 0 instead of "
		 "staying", 3},
		OUTPUT_OPTIONS
	};
	static const struct argp argp = {options, parse, "OBJECT", "Give an object another place: "
		"origin, rotation, tilt.  What is not given stays.  The new geometry goes to "
		"standard output, comments and all.\v"
		"Example: calib-geom set QUAD:V1:0 --x0 -5500 -g old.data -o new.data", children,
		NULL, NULL};

	return run(&argp, argc, argv, SET);
}

int geom_move(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"dx", KEY_DX, "UM", 0, "add to x0, in the frame of the parent", 2},
		{"dy", KEY_DY, "UM", 0, "add to y0", 2},
		{"dz", KEY_DZ, "UM", 0, "add to z0", 2},
		OUTPUT_OPTIONS
	};
	static const struct argp argp = {
		options,
		parse,
		"OBJECT",
		"Move an object by so many um, in "
		"the frame of its parent.  The new geometry goes to standard output, comments and "
		"all.\vExample: calib-geom move QUAD:V1:0 --dx 110 --dy -55 -g old.data -o "
		"new.data",
		children,
		NULL,
		NULL};

	return run(&argp, argc, argv, MOVE);
}

int geom_tilt(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"dx", KEY_DX, "DEG", 0, "add to tilt_x", 2},
		{"dt_x", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
		{"dy", KEY_DY, "DEG", 0, "add to tilt_y", 2},
		{"dt_y", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
		{"dz", KEY_DZ, "DEG", 0, "add to tilt_z", 2},
		{"dt_z", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 2},
		OUTPUT_OPTIONS
	};
	static const struct argp argp = {
		options,
		parse,
		"OBJECT",
		"Tilt an object by so many degrees "
		"about the axes of its parent.  The new geometry goes to standard output, comments "
		"and all.\vExample: calib-geom tilt SENS2X1:V1:3 --dz 0.05 -g old.data -o new.data",
		children,
		NULL,
		NULL};

	return run(&argp, argc, argv, TILT);
}
