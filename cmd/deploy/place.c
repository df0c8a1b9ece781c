/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/place.c - files given by path, as places in calibration directories */
#include "deploy/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "deploy/deploy.h"
#include "store/dir.h"

static int check_calib(const char *real, const char *found, const char *path, const char *calib,
                       struct calib_err *err)
{
	char *want = calib != NULL ? realpath(calib, NULL) : NULL;
	int rc = CALIB_OK;

	if (real == NULL)
		rc = calib_fail_sys(err, "%s: cannot follow the name", path);
	else if (calib != NULL && (want == NULL || strcmp(want, real) != 0))
		rc = calib_fail(err, CALIB_EINVAL, "%s: is not a file of the calibration directory "
		                "%s", path, calib);
	else if (calib == NULL && strcmp(calib_path_base(real), "calib") != 0)
		rc = calib_fail(err, CALIB_EINVAL, "%s: %s is not called calib: is it a "
		                "calibration directory? Then name it with -c", path, found);
	free(want);
	return rc;
}

int place_of(struct place *place, const char *path, const char *calib, struct calib_err *err)
{
	struct calib_dir_parts p;
	struct calib_str file = CALIB_STR_INIT;
	int rc = calib_dir_split(&p, path, err);

	if (rc < 0)
		return rc;
	calib_str_addf(&file, "%s/%s/%s/%s", p.group, p.source, p.type, p.name);
	rc = calib_str_check(&file, err);
	if (rc >= 0)
		rc = calib_dir_component("source", p.source, err);
	if (rc >= 0)
		rc = calib_dir_component("type", p.type, err);
	if (rc >= 0)
		rc = calib_dir_component("file", p.name, err);
	if (rc >= 0)
		rc = check_calib(place->real = realpath(p.calib, NULL), p.calib, path, calib, err);
	if (rc >= 0)
		rc = calib_dir_beneath(p.calib, path, err);
	if (rc >= 0)
		place->calib = calib_strdup(calib != NULL ? calib : p.calib, err);
	if (rc >= 0)
		place->file = calib_strdup(file.s, err);
	free(p.calib);
	calib_str_release(&file);
	return rc < 0 ? rc : place->calib && place->file ? CALIB_OK : CALIB_ENOMEM;
}

void place_release(struct place *place)
{
	free(place->calib);
	free(place->real);
	free(place->file);
	*place = (struct place)PLACE_INIT;
}

int places_add(struct places *places, const struct place *place, struct calib_err *err)
{
	struct place own = PLACE_INIT;
	void *list = places->list;

	for (size_t i = 0; i < places->n; i++)
		if (strcmp(places->list[i].file, place->file) == 0
		    && strcmp(places->list[i].real, place->real) == 0)
			return CALIB_OK;
	if (calib_grow(&list, &places->room, places->n + 1, sizeof own, "files", err) < 0)
		return CALIB_ENOMEM;
	places->list = list;
	own.calib = calib_strdup(place->calib, err);
	own.real = calib_strdup(place->real, err);
	own.file = calib_strdup(place->file, err);
	places->list[places->n++] = own;
	return own.calib && own.real && own.file ? CALIB_OK : CALIB_ENOMEM;
}

void places_release(struct places *places)
{
	for (size_t i = 0; i < places->n; i++)
		place_release(&places->list[i]);
	free(places->list);
	*places = (struct places){NULL, 0, 0};
}

bool places_has(const struct places *places, size_t n, const char *real)
{
	for (size_t k = 0; k < n; k++)
		if (strcmp(places->list[k].real, real) == 0)
			return true;
	return false;
}

int places_delete(const struct places *places, const struct calib_change_params *params,
                  struct calib_err *err)
{
	int rc = CALIB_OK;

	for (size_t i = 0; i < places->n && rc >= 0; i++) {
		const char *calib = places->list[i].calib;
		struct calib_change_params p = *params;
		struct calib_change *change = NULL;

		if (places_has(places, i, places->list[i].real))
			continue;
		p.calib = calib;
		rc = calib_change_new(&change, &p, err);
		for (size_t k = i; k < places->n && rc >= 0; k++)
			if (strcmp(places->list[k].real, places->list[i].real) == 0)
				rc = calib_change_delete(change, places->list[k].file, err);
		if (rc >= 0)
			rc = deploy_commit(change, &p, false, err);
		calib_change_free(change);
	}
	return rc;
}
