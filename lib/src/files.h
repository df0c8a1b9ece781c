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
void calib_files_release(struct calib_files *files);
#endif
