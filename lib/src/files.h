/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/files.h - which files make up a run (private to lib/src) */
#ifndef CALIB_SRC_FILES_H
#define CALIB_SRC_FILES_H
#include "src/src.h"

#define CALIB_FIRST_CONTROL_STREAM 80u

/* XTC files sorted by run, stream, chunk; or HDF5 files by run, in the order given. */
struct calib_files {
	struct calib_file *file;	/* path and inside are owned */
	size_t n, room;
	bool hdf5;
};
/* calib_files_find - by name or by experiment, run and directory (src.h: calib_src_opts) */
CALIB_MUST_CHECK
int calib_files_find(struct calib_files *files, const struct calib_src_opts *opts,
                     struct calib_err *err);
/* calib_files_list - all files of an experiment, XTC and HDF5, of the runs of opts->runs or of
 * every run when there are none; of a run that has both, the XTC files.  Listings and stat only;
 * no file at all is an error when runs were named, else not. */
CALIB_MUST_CHECK
int calib_files_list(struct calib_files *files, const struct calib_src_opts *opts,
                     struct calib_err *err);
/* calib_files_add - live: a file that turned up, at its place; *at: which
 * Pointers into files->file are void afterwards, those to its texts are not. */
CALIB_MUST_CHECK
int calib_files_add(struct calib_files *files, const struct calib_file *file, size_t *at,
                    struct calib_err *err);
void calib_files_release(struct calib_files *files);
/* calib_files_named - does -x name one file, or one set of a file, and no directory? */
bool calib_files_named(const char *xtcdir);

/* What differs between the two kinds of files a run may have. */
struct calib_filekind {
	const char *name, *dir;		/* dir: in the experiment's directory */
	bool (*parse)(const char *name, struct calib_file *file, size_t *prefix_len);
};
extern const struct calib_filekind calib_filekinds[2];	/* XTC, HDF5 */

/* calib_data_root - root; NULL: SIT_PSDM_DATA, /sdf/data/lcls/ds, /reg/d/psdm */
const char *calib_data_root(const char *root);
/* calib_filename_belongs - is name[0..len), as calib_filename_parse() gives it, of the experiment?
 * Old style e<number>-..., new style <experiment>-...; a directory belongs to one experiment, so
 * without a number (-1) every e<number> is accepted. */
bool calib_filename_belongs(const char *exp, long expnum, const char *name, size_t len);
#endif
