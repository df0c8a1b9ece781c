/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/dir.h - the calibration directory: names, and which file rules which run
 *
 * <calib>/<group>/<source>/<type>/<begin>-<end>.data; the rules are those of the analysis.
 * Source: lcls-psana/PSCalib src/CalibFileFinder.cpp, src/GlobalUtils.py. */
#ifndef CALIB_STORE_DIR_H
#define CALIB_STORE_DIR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/parse.h"
#include "base/str.h"

/* calib_dir_default - <root>/<first three letters of exp>/<exp>/calib
 * root NULL: SIT_PSDM_DATA, else the first of /sdf/data/lcls/ds, /reg/d/psdm that exists, else
 * the former.  CALIB_EINVAL for an impossible experiment name. */
CALIB_MUST_CHECK
int calib_dir_default(struct calib_str *out, const char *root, const char *exp,
                      struct calib_err *err);

/* calib_dir_group_of - group of a source: "CsPad::CalibV1"; NULL: the analysis knows none
 * The text ":<Device>." decides, case matters; DetInfo(...) around the source is allowed. */
const char *calib_dir_group_of(const char *source);

/* calib_dir_source - the directory name of a source: without DetInfo(...)
 * CALIB_EINVAL for a text that cannot be one component of a path. */
CALIB_MUST_CHECK
int calib_dir_source(struct calib_str *out, const char *source, struct calib_err *err);
/* calib_dir_component - is text fit to be one component of a path?  CALIB_EINVAL: no */
CALIB_MUST_CHECK
int calib_dir_component(const char *what, const char *text, struct calib_err *err);

/* calib_dir_type_path - <calib>/<group>/<source>/<type>
 * CALIB_EINVAL when the source belongs to no group. */
CALIB_MUST_CHECK
int calib_dir_type_path(struct calib_str *out, const char *calib, const char *source,
                        const char *type, struct calib_err *err);

/* What a path below a calibration directory means; the texts are copies in one allocation. */
struct calib_dir_parts {
	char *calib, *group, *source, *type, *name;
};
/* calib_dir_split - the last four components; calib is "." when there are no more
 * CALIB_EINVAL when there are fewer, or the group holds no "::".  free(parts->calib) */
CALIB_MUST_CHECK
int calib_dir_split(struct calib_dir_parts *parts, const char *path, struct calib_err *err);

/* What the finder makes of a name. */
enum calib_name {
	CALIB_NAME_OTHER,	/* not a constants file: HISTORY, backups, other suffixes */
	CALIB_NAME_BAD,		/* ends in .data but is never used */
	CALIB_NAME_GOOD		/* <begin>-<end>.data; may be reversed, then never used either */
};
/* calib_name_parse - *range: only with CALIB_NAME_GOOD; *why (may be NULL): static text, why
 * it is never used or suspicious, NULL when there is nothing to say */
enum calib_name calib_name_parse(const char *name, struct calib_range *range, const char **why);

/* One entry of a type directory. */
struct calib_dirfile {
	char *name;
	enum calib_name kind;		/* GOOD or BAD */
	struct calib_range range;	/* GOOD only */
	const char *why;		/* static remark, or NULL */
};
/* The constants of a type directory: GOOD ones first in rising priority (begin ascending,
 * end descending, name descending), then the BAD ones by name. */
struct calib_dirfiles {
	struct calib_dirfile *file;
	size_t n;		/* all */
	size_t ngood;
	size_t room;
};
#define CALIB_DIRFILES_INIT {NULL, 0, 0, 0}

/* calib_dirfiles_list - read a directory; a missing one is an empty list, as for the analysis */
CALIB_MUST_CHECK
int calib_dirfiles_list(struct calib_dirfiles *files, const char *typedir, struct calib_err *err);
/* calib_dirfiles_add - one more name; other files are passed over.  Call calib_dirfiles_sort()
 * before the list is searched. */
CALIB_MUST_CHECK
int calib_dirfiles_add(struct calib_dirfiles *files, const char *name, struct calib_err *err);
void calib_dirfiles_sort(struct calib_dirfiles *files);
void calib_dirfiles_release(struct calib_dirfiles *files);
/* calib_dirfiles_find - the file that rules a run; NULL: none */
const struct calib_dirfile *calib_dirfiles_find(const struct calib_dirfiles *files, uint32_t run);

/* calib_dir_find - the path of the file of a source and type that rules a run
 * 1 found; 0 none, and *path is that of the type directory. */
CALIB_MUST_CHECK
int calib_dir_find(struct calib_str *path, const char *calib, const char *source, const char *type,
                   uint32_t run, struct calib_err *err);

/* Runs begin..end (inclusive, 0..CALIB_RUN_MAX) are ruled by file[index]. */
struct calib_span {
	uint32_t begin, end;
	size_t index;
};
/* calib_dirfiles_spans - who rules which of the runs 0..9999, ascending, without the gaps
 * *spans: n of them, free() it. */
CALIB_MUST_CHECK
int calib_dirfiles_spans(const struct calib_dirfiles *files, struct calib_span **spans, size_t *n,
                      struct calib_err *err);
/* calib_spans_group - by file instead of by run: those of file 0 first, each file's ascending */
void calib_spans_group(struct calib_span *spans, size_t n);
/* calib_spans_of - how many spans at the beginning of a grouped list are of that file */
size_t calib_spans_of(const struct calib_span *spans, size_t n, size_t index);
/* calib_spans_text - "1-49,61-end": the spans of one file; "" when it rules no run */
void calib_spans_text(struct calib_str *out, const struct calib_dirfiles *files,
                      const struct calib_span *spans, size_t n, size_t index);

/* calib_dir_writable - may a directory of that name be written in, or made?  The deepest part of
 * the path that exists decides. */
CALIB_MUST_CHECK
int calib_dir_writable(const char *path, struct calib_err *err);

/* calib_dir_beneath - does the directory of path, links followed, lie below the directory calib?
 * What does not exist yet has no links.  CALIB_EINVAL: no, path would lead out of it. */
CALIB_MUST_CHECK
int calib_dir_beneath(const char *calib, const char *path, struct calib_err *err);
#endif
