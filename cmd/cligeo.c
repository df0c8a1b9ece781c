/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/cligeo.c - which geometry: a file, or the one in force for a run */
#include "cligeo.h"

#include "base/parse.h"
#include "cli.h"
#include "store/dir.h"
#include "store/geofile.h"

static const struct argp_option options[] = {
	{"geometry", 'g', "FILE", 0, "geometry file (default '-', standard input)", 3},
	{"calibdir", 'c', "DIR", 0, "with -r and -d: calibration directory to search", 3},
	{"exp", 'e', "EXP", 0, "with -r and -d: experiment whose calibration directory it is", 3},
	{"run", 'r', "RUN", 0, "run whose geometry is meant", 3},
	{"detector", 'd', "SRC", 0, "its source, as XppGon.0:Cspad.0", 3},
	{"root", CLI_KEY_ROOT, "DIR", 0, "data root where -e searches", 3},
	{0}};

static void check(const struct argp_state *state, const struct cli_geo *g)
{
	bool search = g->calib || g->exp || g->source || g->run >= 0;

	if (search && g->file)
		argp_error(state, "-g names the geometry; -c -e -r -d would search for another");
	if (search && (g->source == NULL || g->run < 0 || (g->calib == NULL && g->exp == NULL)))
		argp_error(state, "the geometry of a run needs -r RUN, -d SOURCE, and -c DIR or "
				  "-e EXP");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cli_geo *g = state->input;

	switch (key) {
	case 'g': g->file = arg; return 0;
	case 'c': g->calib = arg; return 0;
	case 'e': g->exp = arg; return 0;
	case 'r': g->run = cli_long(state, "--run", arg, 0, CALIB_RUN_MAX); return 0;
	case 'd': g->source = arg; return 0;
	case CLI_KEY_ROOT: g->root = arg; return 0;
	case ARGP_KEY_END: check(state, g); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cli_geo = {options, parse, NULL, NULL, NULL, NULL, NULL};

static int search(struct calib_str *path, const struct cli_geo *g, struct calib_err *err)
{
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	struct calib_str calib = CALIB_STR_INIT;
	const struct calib_dirfile *file;
	int rc = CALIB_OK;

	if (g->calib)
		calib_str_add(&calib, g->calib);
	else
		rc = calib_dir_default(&calib, g->root, g->exp, err);
	if (rc >= 0)
		rc = calib_str_check(&calib, err);
	if (rc >= 0)
		rc = calib_dir_type_path(path, calib.s, g->source, "geometry", err);
	if (rc >= 0)
		rc = calib_dirfiles_list(&files, path->s, err);
	file = rc >= 0 ? calib_dirfiles_find(&files, (uint32_t)g->run) : NULL;
	if (rc >= 0 && file == NULL)
		rc = calib_fail(err, CALIB_ENOTFOUND,
				"%s: no geometry for run %ld; 'calib-geom new' makes one", path->s,
				g->run);
	if (file != NULL)
		calib_str_addf(path, "/%s", file->name);
	calib_dirfiles_release(&files);
	calib_str_release(&calib);
	return rc;
}

int cli_geo_path(struct calib_str *path, const struct cli_geo *which, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (which->run >= 0)
		rc = search(path, which, err);
	else
		calib_str_add(path, which->file ? which->file : "-");
	return rc < 0 ? rc : calib_str_check(path, err);
}

int cli_geo_load(struct calib_geo *geo, const struct cli_geo *which, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	int rc = cli_geo_path(&path, which, err);

	if (rc >= 0)
		rc = calib_geo_load(geo, path.s, err);
	calib_str_release(&path);
	return rc;
}
