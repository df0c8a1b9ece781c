/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/lists.h - the runs of an experiment and the experiments of a site, from directories only:
 * no file is opened */
#ifndef CALIB_SRC_LISTS_H
#define CALIB_SRC_LISTS_H
#include "src/src.h"

/* A run: its files of one kind, in the order of calib_src_file(). */
struct calib_run {
	unsigned run;
	const struct calib_file *file;
	size_t nfiles;
	uint64_t bytes;
	int64_t first, last;		/* oldest and newest time of the files, s since 1970 */
	bool in_progress;		/* one of them is still being written */
	bool hdf5;			/* there are HDF5 files only */
};
struct calib_runs {
	struct calib_run *run;		/* ascending */
	size_t n;
	struct calib_file *file;
	size_t nfiles;
};
/* calib_runs_list - the runs of opts->exp (or of the directory opts->xtcdir), those of opts->runs
 * or all; control streams included.  CALIB_ENOTFOUND: no such directory, or none of the runs named
 * (the sentence says which are there).  No runs at all is no error. */
CALIB_MUST_CHECK
int calib_runs_list(struct calib_runs *runs, const struct calib_src_opts *opts,
                    struct calib_err *err);
void calib_runs_release(struct calib_runs *runs);

struct calib_experiment {
	char *instrument, *name;	/* as spelled in the directories */
	char *dir;			/* of XTC files, else of HDF5 files; NULL: none seen */
	long runs;			/* -1: not known */
	int64_t last;			/* newest time of the last run's files; -1: not known */
};
struct calib_experiments { struct calib_experiment *list; size_t n, room; };
/* calib_experiments_list - experiments <root>/<instrument>/<experiment>, sorted
 * root:       NULL as in struct calib_src_opts
 * instrument: in any case; NULL: all.  One that is not there is CALIB_ENOTFOUND.
 * look:       also runs and last, which take a listing of every experiment's files
 * A directory is an experiment when it has a directory of XTC or HDF5 files, or is named after its
 * instrument.  An experiment that is there under two spellings of the instrument counts once.
 * What may not be read is not known, and no error. */
CALIB_MUST_CHECK
int calib_experiments_list(struct calib_experiments *list, const char *root,
                           const char *instrument, bool look, struct calib_err *err);
void calib_experiments_release(struct calib_experiments *list);
#endif
