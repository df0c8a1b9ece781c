/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/path.h - names of files and directories */
#ifndef CALIB_BASE_PATH_H
#define CALIB_BASE_PATH_H
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/* calib_path_join - out = dir/name, with one slash; dir "" gives name alone */
void calib_path_join(struct calib_str *out, const char *dir, const char *name);
/* calib_path_base - last component of a path (pointer into it) */
const char *calib_path_base(const char *path);
/* calib_path_dir - everything before the last slash, "." when there is none */
void calib_path_dir(struct calib_str *out, const char *path);
/* calib_path_has - does a component of path equal name? (/reg/d/ffb/cxi has "ffb") */
bool calib_path_has(const char *path, const char *name);
/* calib_path_suffix - does the name end in suffix (".npy")? */
bool calib_path_suffix(const char *path, const char *suffix);
/* calib_is_dir, calib_is_file - a directory / a regular file, links followed */
bool calib_is_dir(const char *path);
bool calib_is_file(const char *path);
/* calib_path_regular - CALIB_OK, or why what is there cannot be constants: not a regular file (one
 * that is read would wait for ever at a pipe), or nothing at all */
CALIB_MUST_CHECK
int calib_path_regular(const char *path, struct calib_err *err);

/* calib_path_existing - the deepest part of path that exists; "." or "/" when nothing of it does */
void calib_path_existing(struct calib_str *out, const char *path);

/* calib_make_dirs - create path and its missing parents
 * mode:  permission bits of the directories created, set in spite of the umask;
 *        0 = 0777 less the umask; of one that gets an ACL from the directory above only the
 *        bits of 07000 are set
 * group: of the directories created; (gid_t)-1 leaves it to the system; a group that
 *        cannot be set is not an error
 * An existing directory is left alone; something else of that name is CALIB_ESYS. */
CALIB_MUST_CHECK
int calib_make_dirs(const char *path, mode_t mode, gid_t group, struct calib_err *err);

/* calib_dir_names - the entries of a directory but "." and "..", sorted by byte value
 * *names: NULL-terminated; give it to calib_names_free().  CALIB_ENOTFOUND when there is no
 * such directory. */
CALIB_MUST_CHECK
int calib_dir_names(char ***names, size_t *n, const char *path, struct calib_err *err);
void calib_names_free(char **names);
#endif
