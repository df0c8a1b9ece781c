/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/place.h - files given by path, as places in calibration directories */
#ifndef CALIB_CMD_DEPLOY_PLACE_H
#define CALIB_CMD_DEPLOY_PLACE_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "store/change.h"

struct place {
	char *calib;		/* the directory, as it is to be shown */
	char *real;		/* the same without links */
	char *file;		/* below it: group/source/type/name */
};

/* place_of - where a path is
 * calib: the directory it must be in; NULL: any that is called calib.  CALIB_EINVAL when the path
 * is none of constants, or leads elsewhere through a link or "..". */
CALIB_MUST_CHECK
int place_of(struct place *place, const char *path, const char *calib, struct calib_err *err);
void place_release(struct place *place);

#define PLACE_INIT {NULL, NULL, NULL}

struct places {
	struct place *list;
	size_t n, room;
};
/* places_add - a copy of it, once */
CALIB_MUST_CHECK
int places_add(struct places *places, const struct place *place, struct calib_err *err);
void places_release(struct places *places);
/* places_has - is there one in the directory with this real path? */
bool places_has(const struct places *places, size_t n, const char *real);
/* places_delete - one change for each directory; params->calib is that of each */
CALIB_MUST_CHECK
int places_delete(const struct places *places, const struct calib_change_params *params,
                  struct calib_err *err);
#endif
