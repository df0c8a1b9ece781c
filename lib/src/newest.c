/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/newest.c - the newest run of an experiment */
#include "src/files.h"

/* The files are sorted: those of a run stand together. */
static void look_newest(struct calib_newest *newest, const struct calib_files *files)
{
	for (size_t i = 0, next; i < files->n; i = next) {
		long run = (long)files->file[i].run;
		bool data = false, growing = false;

		for (next = i; next < files->n && (long)files->file[next].run == run; next++) {
			data |= files->file[next].stream < CALIB_FIRST_CONTROL_STREAM;
			growing |= files->file[next].in_progress;
		}
		if (growing && run > newest->growing)
			newest->growing = run;
		else if (!growing && data && run > newest->run)
			newest->run = run;
	}
}

int calib_src_newest(struct calib_newest *newest, const struct calib_src_opts *opts,
                     struct calib_err *err)
{
	const struct calib_range all = {0, CALIB_RUN_MAX};
	struct calib_src_opts every = *opts;
	struct calib_files files;
	int rc;

	*newest = (struct calib_newest){-1, -1};
	if (calib_files_named(opts->xtcdir))
		return calib_fail(err, CALIB_EINVAL, "%s: is one file and not a directory of "
		                  "runs: give its run number", opts->xtcdir);
	every.runs = &all, every.nruns = 1;
	every.control = true;	/* a run whose control stream is open is not finished either */
	rc = calib_files_list(&files, &every, err);
	if (rc < 0)
		return rc;
	look_newest(newest, &files);
	calib_files_release(&files);
	if (newest->run >= 0)
		return CALIB_OK;
	if (newest->growing >= 0)
		return calib_fail(err, CALIB_ENOTFOUND, "run %ld of %s is still being written and "
		                  "there is no finished one: wait for its end", newest->growing,
		                  opts->exp ? opts->exp : "the data set");
	return calib_fail(err, CALIB_ENOTFOUND, "%s: there is no run with data files",
	                  opts->exp ? opts->exp : "the data set");
}
