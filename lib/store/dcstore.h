/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/dcstore.h - the HDF5 calibration store: constants of one detector by time
 *
 * A file holds types, a type holds ranges of time, a range holds versions:
 * /<type>/<begin>-<end>/v<NNNN>/data.  Times are seconds since 1970, ends are inclusive.
 * Source: lcls-psana/PSCalib src/DCStore.py, DCType.py, DCRange.py, DCVersion.py, DCBase.py,
 * DCUtils.py, DCFileName.py. */
#ifndef CALIB_STORE_DCSTORE_H
#define CALIB_STORE_DCSTORE_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "nda/nda.h"

struct calib_dcversion { long number; double made; };	/* made: NAN when not recorded */

struct calib_dcrange {
	char *name;			/* of the group: "1471285222-end" */
	double begin, end;		/* exact; end INFINITY where it is open */
	long preset;			/* the default version; 0: the last */
	char *exp, *run;		/* as recorded, or NULL */
	struct calib_dcversion *version; /* ascending */
	size_t nversions;
};

/* The ranges of one type in rising priority: the last one that holds a time rules it. */
struct calib_dctype {
	char *name;
	struct calib_dcrange *range;
	size_t n;
};

struct calib_dcstore {
	char *path, *dettype, *detname, *detid, *predecessor, *successor;	/* or NULL */
	double created;			/* NAN when not recorded */
	struct calib_dctype *type;	/* by name */
	size_t n;
};
#define CALIB_DCSTORE_INIT {NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0}

/* calib_dcstore_load - what a file has, without the constants themselves
 * A group that is none of the store's is passed over with a warning.  CALIB_EFORMAT: an HDF5 file
 * of another kind. */
CALIB_MUST_CHECK
int calib_dcstore_load(struct calib_dcstore *store, const char *path, struct calib_err *err);
void calib_dcstore_release(struct calib_dcstore *store);

/* calib_dcstore_type - NULL: the store has none of that name */
const struct calib_dctype *calib_dcstore_type(const struct calib_dcstore *store, const char *name);
/* calib_dctype_find - the range that rules a time; NULL: none */
const struct calib_dcrange *calib_dctype_find(const struct calib_dctype *type, double time);
/* calib_dctype_of_run - by the run numbers that the ranges record, for those of the experiment
 * (NULL: any): the one that begins last of those that begin at or before the run; NULL: none */
const struct calib_dcrange *calib_dctype_of_run(const struct calib_dctype *type, const char *exp,
                                                long run);
/* calib_dcrange_version - number asked for (0: the default, else the last); -1: there is none */
long calib_dcrange_version(const struct calib_dcrange *range, long number);

/* What a version holds: an array or a text. */
struct calib_dcdata {
	struct calib_nda nda;
	char *text;			/* not NULL: a text */
};
#define CALIB_DCDATA_INIT {CALIB_NDA_INIT, NULL}
CALIB_MUST_CHECK
int calib_dcstore_get(const struct calib_dcstore *store, const struct calib_dctype *type,
                      const struct calib_dcrange *range, long version, struct calib_dcdata *data,
                      struct calib_err *err);
void calib_dcdata_release(struct calib_dcdata *data);

/* calib_dcstore_history - every record of the file: where "/", "/<type>" or "/<type>/<range>" */
CALIB_MUST_CHECK
int calib_dcstore_history(const struct calib_dcstore *store,
                          int (*each)(void *ctx, const char *where, double time,
                                      const char *text, struct calib_err *err),
                          void *ctx, struct calib_err *err);

/* What is written. */
struct calib_dcadd {
	const char *dettype, *detid;	/* of a new file; NULL: from its name */
	const char *predecessor, *successor;	/* of a new file; may be NULL */
	const char *type;		/* one of calib_dcstore_types() */
	double begin, end;		/* end INFINITY: open */
	const char *exp;		/* NULL: "unknown" */
	long run;			/* < 0: "0" */
	long version;			/* 0: the next */
	const char *comment;		/* NULL: "" */
	const struct calib_dcdata *data;
	mode_t mode;			/* of a new file */
	gid_t group;			/* -1: the system's choice */
};
/* calib_dcstore_types - names of the types a store can have; NULL past the end */
const char *calib_dcstore_types(size_t i);
/* calib_dcstore_add - add a version; the file appears whole, what was there before is kept in it
 * *version: its number.  CALIB_EEXIST: the range has that version. */
CALIB_MUST_CHECK
int calib_dcstore_add(const char *path, const struct calib_dcadd *add, long *version,
                      struct calib_err *err);
/* calib_dcstore_remove - a version (range and version given), a range, or a whole type (NULL, 0)
 * The rest of the file is as before.  CALIB_ENOTFOUND: there is none. */
CALIB_MUST_CHECK
int calib_dcstore_remove(const char *path, const char *type, const char *range, long version,
                         const char *comment, struct calib_err *err);
/* calib_dcstore_preset - make a version the default of its range; 0: the last */
CALIB_MUST_CHECK
int calib_dcstore_preset(const char *path, const char *type, const char *range, long version,
                         struct calib_err *err);

/* calib_dcstore_name - <dir>/<dettype>/<dettype>-<id>.h5 of a source
 * id NULL: the name of the source; an Epix100a or Jungfrau has panel numbers instead, and if id is
 * NULL the one store there is in <dir>/<dettype> (CALIB_ENOTFOUND: none; CALIB_EINVAL: several, or
 * a source without a device). */
CALIB_MUST_CHECK
int calib_dcstore_name(struct calib_str *path, const char *dir, const char *source, const char *id,
                       struct calib_err *err);
#endif
