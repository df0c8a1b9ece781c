/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/h5.h - arrays and texts in HDF5 files of our own (statistics, partial results) */
#ifndef CALIB_NDA_H5_H
#define CALIB_NDA_H5_H
#include <stdint.h>
#include <sys/types.h>

#include "nda/nda.h"

struct calib_h5;

/* calib_h5_create - a new file that appears whole at calib_h5_commit(); flags as out.h */
CALIB_MUST_CHECK
int calib_h5_create(struct calib_h5 **file, const char *path, int flags, struct calib_err *err);
CALIB_MUST_CHECK
int calib_h5_open(struct calib_h5 **file, const char *path, struct calib_err *err);
/* calib_h5_edit - a copy of an existing file to add to, or a new file where there is none: it takes
 * the place of the old one at calib_h5_commit() */
CALIB_MUST_CHECK
int calib_h5_edit(struct calib_h5 **file, const char *path, struct calib_err *err);
CALIB_MUST_CHECK
int calib_h5_commit(struct calib_h5 *file, struct calib_err *err);	/* frees file */
/* calib_h5_access - mode and group of the file being made, as calib_out_access() */
void calib_h5_access(struct calib_h5 *file, mode_t mode, gid_t group);
void calib_h5_close(struct calib_h5 *file);	/* reading; a file being created is given up */

/* Names are paths; missing groups are created.  Arrays are stored contiguous, native types
 * little-endian, so that h5py and h5dump read them.  Texts (UTF-8) and single numbers are
 * attributes of the root group when the name has no slash, scalar datasets when it has. */
CALIB_MUST_CHECK
int calib_h5_put(struct calib_h5 *file, const char *name, const struct calib_nda *nda,
                 struct calib_err *err);
CALIB_MUST_CHECK
int calib_h5_put_text(struct calib_h5 *file, const char *name, const char *text,
                      struct calib_err *err);
CALIB_MUST_CHECK
int calib_h5_put_int(struct calib_h5 *file, const char *name, int64_t value,
                     struct calib_err *err);
/* calib_h5_get - CALIB_ENOTFOUND when there is no such dataset */
CALIB_MUST_CHECK
int calib_h5_get(struct calib_h5 *file, const char *name, struct calib_nda *nda,
                 struct calib_err *err);
/* calib_h5_get_text - free() *text */
CALIB_MUST_CHECK
int calib_h5_get_text(struct calib_h5 *file, const char *name, char **text,
                      struct calib_err *err);
CALIB_MUST_CHECK
int calib_h5_get_int(struct calib_h5 *file, const char *name, int64_t *value,
                     struct calib_err *err);

/* calib_h5_put_fixed - a dataset of one text of fixed length, padded with NULs: numpy's S<n> */
CALIB_MUST_CHECK
int calib_h5_put_fixed(struct calib_h5 *file, const char *name, const char *text,
                       struct calib_err *err);
/* calib_h5_is_text - is there a dataset of one text of that name? */
bool calib_h5_is_text(struct calib_h5 *file, const char *name);
/* calib_h5_contains - is there anything of that name? */
bool calib_h5_contains(struct calib_h5 *file, const char *name);
/* calib_h5_names - what a group has, sorted by byte value; links to elsewhere are left out
 * groups: the groups only, else the datasets only.  *names as of calib_dir_names().
 * CALIB_ENOTFOUND when there is no such group. */
CALIB_MUST_CHECK
int calib_h5_names(struct calib_h5 *file, const char *group, bool groups, char ***names, size_t *n,
                   struct calib_err *err);
/* calib_h5_remove - a dataset, or a group with all in it; its space is not given back */
CALIB_MUST_CHECK
int calib_h5_remove(struct calib_h5 *file, const char *name, struct calib_err *err);

/* calib_h5_start - before the first call of HDF5 in any file: its errors are ours to word, and its
 * clean-up at exit, which dies on a file that a full disk cut short, does not take place */
void calib_h5_start(void);
/* calib_h5_reason - why the last call of HDF5 failed, in the system's words where it quotes them;
 * returns text, or a fixed one */
const char *calib_h5_reason(char text[160]);
#endif
