/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/scan.h - the tables of calib-scan */
#ifndef CALIB_CMD_SCAN_H
#define CALIB_CMD_SCAN_H
#include "base/str.h"
#include "base/table.h"
#include "cli.h"
#include "config.h"
#include "det/det.h"
#include "src/lists.h"
#include "src/src.h"

struct scan_opts {
	struct cli cli;
	struct cli_dataset set;
	struct cli_config config;
	const char *root_given;		/* --root; set.root may be of config */
	const char **files;
	size_t nfiles;
	int what;			/* 0 the sources, else a key of the option */
	long dump;			/* datagrams */
	const char *instrument;		/* --experiments, NULL: all */
	const char *run_table;		/* --run-table */
	bool all, dark;			/* of --runs */
	bool follow, follow_files;	/* --follow: of new files, else of new runs */
};

/* Each prints one table on standard output; src is open where it is given. */
CALIB_MUST_CHECK
int scan_sources(const struct scan_opts *opts, struct calib_src *src, struct calib_err *err);
CALIB_MUST_CHECK
int scan_codes(const struct scan_opts *opts, struct calib_src *src, struct calib_err *err);
CALIB_MUST_CHECK
int scan_files(const struct scan_opts *opts, struct calib_src *src, struct calib_err *err);
CALIB_MUST_CHECK
int scan_steps(const struct scan_opts *opts, struct calib_src *src, struct calib_err *err);
CALIB_MUST_CHECK
int scan_dump(const struct scan_opts *opts, struct calib_src *src, struct calib_err *err);
CALIB_MUST_CHECK
int scan_detectors(const struct scan_opts *opts, struct calib_err *err);
CALIB_MUST_CHECK
int scan_runs(const struct scan_opts *opts, struct calib_err *err);
/* scan_follow - new files or new runs as they appear; returns only when something fails */
CALIB_MUST_CHECK
int scan_follow(const struct scan_opts *opts, struct calib_err *err);
CALIB_MUST_CHECK
int scan_experiments(const struct scan_opts *opts, struct calib_err *err);
CALIB_MUST_CHECK
int scan_instruments(const struct scan_opts *opts, struct calib_err *err);

/* What the events of a run say of it (cmd/scan/peek.c). */
struct scan_peek {
	struct calib_str detectors;	/* names, in the order of --list-detectors */
	size_t items, missed;		/* items of -d, and those the run does not have */
	int dark;			/* 1 looks dark, 0 does not, -1 not known */
	long long events;		/* -1: the run has more than were looked at */
};
/* scan_peek_run - look at the first events; wanted: -d of all runs, remembers what was found
 * What is wrong with the files is logged; < 0 then, with err only for the rest. */
CALIB_MUST_CHECK
int scan_peek_run(struct scan_peek *peek, const struct scan_opts *opts,
                  const struct calib_run *run, struct calib_selection *wanted,
                  struct calib_err *err);

/* A table of runs from the site's data base (cmd/scan/runtable.c). */
enum { SCAN_TYPE, SCAN_COMMENT, SCAN_SOURCES, SCAN_NOTES };
struct scan_note { unsigned run; const char *cell[SCAN_NOTES]; };	/* NULL: not there */
struct scan_notes { struct scan_note *row; size_t n, room; struct calib_str text; };
/* scan_notes_read - rows by run, one a run; scan_notes_release() also after a failure */
CALIB_MUST_CHECK
int scan_notes_read(struct scan_notes *notes, const char *path, struct calib_err *err);
void scan_notes_release(struct scan_notes *notes);

/* scan_file_row, scan_run_row - one row of --files, of --runs; run NULL: it has no files; noted:
 * with the columns of a table of the site, note NULL: it lacks the run */
extern const char *const scan_file_columns[], *const scan_run_columns[];
CALIB_MUST_CHECK
int scan_file_row(struct calib_table *table, const struct calib_file *file);
CALIB_MUST_CHECK
int scan_run_row(struct calib_table *table, unsigned number, const struct calib_run *run,
                 const struct scan_peek *peek, const struct scan_note *note, bool noted);

/* scan_begin, scan_end - a table on standard output; scan_end returns rc or what went wrong */
CALIB_MUST_CHECK
int scan_begin(struct calib_table *table, const char *const *columns,
               const struct scan_opts *opts, struct calib_err *err);
CALIB_MUST_CHECK
int scan_end(struct calib_table *table, int rc, struct calib_err *err);
/* scan_filter - -s and -f; the events to look at: -m, else 'otherwise' (0 = all) */
CALIB_MUST_CHECK
int scan_filter(struct calib_filter *filter, const struct scan_opts *opts, struct calib_err *err);
uint64_t scan_limit(const struct scan_opts *opts, uint64_t otherwise);
/* scan_time - "2015-04-17T12:46:40.123456789Z" */
char *scan_time(uint32_t sec, uint32_t nsec, char buf[40]);
/* scan_date - the time of a file, "2015-04-17T12:46:40Z" */
char *scan_date(int64_t sec, char buf[40]);
/* scan_type - "CsPad::DataV2"; for other than image data pdsdata's name and the version */
char *scan_type(uint16_t type, uint16_t version, char buf[64]);
#endif
