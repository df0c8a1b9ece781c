/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/cligeo.c - which geometry: a file, or the one that is valid for a run */
#include "cligeo.h"

#include <string.h>

#include "base/path.h"
#include "det/det.h"
#include "store/dir.h"

static const struct argp_option options[] = {
	{"geometry", 'g', "FILE", 0, "geometry file", 1},
	{"run", 'r', "RUN", 0,
	 "instead of -g: run whose geometry is looked up, with -d and -c or "
	 "-e",
	 1},
	{"detector", 'd', "DET", 0,
	 "its source (XppGon.0:Cspad.0), or its name (CSPAD) where there "
	 "is one of it",
	 1},
	{"calibdir", 'c', "DIR", 0, "calibration directory to look in", 1},
	{"exp", 'e', "EXP", 0, "experiment, to look in <root>/<ins>/<exp>/calib", 1},
	{"root", CLI_KEY_ROOT, "DIR", 0,
	 "root for -e (default $SIT_PSDM_DATA, else "
	 "/sdf/data/lcls/ds or /reg/d/psdm)",
	 1},
	{"lcls2", CLI_KEY_LCLS2, NULL, 0,
	 "wide pixels of EPIX10KA:V1 and JUNGFRAU:V2 as LCLS-II "
	 "has them",
	 1},
	{0}};

bool cli_geo_given(const struct cli_geo *geo)
{
	return geo->path != NULL || geo->run >= 0 || geo->detector != NULL || geo->calib != NULL
	       || geo->exp != NULL;
}

static void check(const struct argp_state *state, const struct cli_geo *geo)
{
	bool looked_up = geo->run >= 0 || geo->detector != NULL || geo->calib != NULL
	                 || geo->exp != NULL;

	if (geo->path != NULL && looked_up)
		argp_error(state, "give either a geometry file, or -r RUN -d DET with -c DIR or "
		           "-e EXP");
	if (looked_up && (geo->run < 0 || geo->detector == NULL
	                  || (geo->calib == NULL && geo->exp == NULL)))
		argp_error(state, "to look a geometry up: -r RUN, -d DET, and -c DIR or -e EXP");
	if (!cli_geo_given(geo) && !geo->standard)
		argp_error(state,
			   "which geometry? -g FILE, or -r RUN -d DET with -c DIR or -e EXP");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cli_geo *geo = state->input;

	switch (key) {
	case 'g':           geo->path = arg; return 0;
	case 'd':           geo->detector = arg; return 0;
	case 'c':           geo->calib = arg; return 0;
	case 'e':           geo->exp = arg; return 0;
	case CLI_KEY_ROOT:  geo->root = arg; return 0;
	case CLI_KEY_LCLS2: geo->lcls2 = true; return 0;
	case 'r':
		geo->run = cli_long(state, "--run", arg, 0, (long)CALIB_RUN_END - 1);
		return 0;
	case ARGP_KEY_SUCCESS: check(state, geo); return 0;
	default:            return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cli_geo_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

/* The file of one source; 1 found, 0 none for the run. */
static int rules(struct calib_str *path, const char *calib, const char *source, uint32_t run,
                 struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	const struct calib_dirfile *f = NULL;
	int rc = calib_dir_type_path(&dir, calib, source, "geometry", err);

	if (rc >= 0)
		rc = calib_dirfiles_list(&files, dir.s, err);
	if (rc >= 0)
		f = calib_dirfiles_find(&files, run);
	if (f != NULL) {
		calib_path_join(path, dir.s, f->name);
		rc = calib_str_check(path, err);
	}
	calib_dirfiles_release(&files);
	calib_str_release(&dir);
	return rc < 0 ? rc : f != NULL;
}

/* The sources of a detector that have a geometry for the run; there should be one. */
static int of_detector(struct calib_str *path, const char *calib, const struct calib_det *det,
                       uint32_t run, struct calib_err *err)
{
	struct calib_str group = CALIB_STR_INIT, found = CALIB_STR_INIT, at = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0, count = 0;
	int rc;

	calib_path_join(&group, calib, det->group);
	rc = calib_str_check(&group, err);
	if (rc >= 0 && calib_is_dir(group.s))
		rc = calib_dir_names(&names, &n, group.s, err);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		const struct calib_det *other = calib_det_of_source(names[i]);

		if (other == NULL || strcmp(other->device, det->device) != 0)
			continue;
		calib_str_clear(&at);
		rc = rules(&at, calib, names[i], run, err);
		if (rc > 0) {
			calib_str_addf(&found, "%s%s", count++ > 0 ? " " : "", names[i]);
			calib_str_clear(path);
			calib_str_add(path, at.s);
		}
	}
	if (rc >= 0 && count > 1)
		rc = calib_fail(err, CALIB_EINVAL,
				"-d %s: there are %zu with a geometry, name one: "
				"%s",
				det->name, count, found.s);
	calib_names_free(names);
	calib_str_release(&at);
	calib_str_release(&found);
	calib_str_release(&group);
	return rc < 0 ? rc : count > 0;
}

static int look_up(struct calib_str *path, const struct cli_geo *geo, const char *calib,
                   struct calib_err *err)
{
	const struct calib_det *det = calib_det_by_name(geo->detector);
	struct calib_str source = CALIB_STR_INIT;
	int rc;

	if (!calib_is_dir(calib))
		return calib_fail(err, CALIB_ENOTFOUND,
				  "%s: there is no such calibration directory", calib);
	if (strchr(geo->detector, ':') == NULL && det == NULL)
		return calib_fail(err, CALIB_ENOTFOUND, "-d %s: neither a source such as "
		                  "XppGon.0:Cspad.0 nor one of: %s", geo->detector,
		                  calib_det_names());
	if (strchr(geo->detector, ':') == NULL) {
		rc = of_detector(path, calib, det, (uint32_t)geo->run, err);
	} else {
		rc = calib_dir_source(&source, geo->detector, err);
		if (rc >= 0)
			rc = rules(path, calib, source.s, (uint32_t)geo->run, err);
	}
	if (rc == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: no geometry of %s for run %ld; "
		                "'calib-geom new' makes a default one, -g FILE takes it", calib,
		                geo->detector, geo->run);
	calib_str_release(&source);
	return rc;
}

int cli_geo_path(struct calib_str *path, const struct cli_geo *geo, struct calib_err *err)
{
	struct calib_str calib = CALIB_STR_INIT;
	int rc = CALIB_OK;

	calib_str_clear(path);
	if (geo->path != NULL || !cli_geo_given(geo)) {
		calib_str_add(path, geo->path != NULL ? geo->path : "-");
		return calib_str_check(path, err);
	}
	if (geo->calib != NULL)
		calib_str_add(&calib, geo->calib);
	else
		rc = calib_dir_default(&calib, geo->root, geo->exp, err);
	if (rc >= 0)
		rc = calib_str_check(&calib, err);
	if (rc >= 0)
		rc = look_up(path, geo, calib.s, err);
	calib_str_release(&calib);
	return rc < 0 ? rc : CALIB_OK;
}

int cli_geo_load(struct calib_geo *out, const struct cli_geo *geo, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	int rc = cli_geo_path(&path, geo, err);

	if (rc >= 0)
		rc = calib_geo_load(out, path.s, geo->lcls2 ? CALIB_SEG_LCLS2 : 0, err);
	calib_str_release(&path);
	return rc;
}
