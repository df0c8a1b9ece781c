/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/scan.h - the tables of calib-scan */
#ifndef CALIB_CMD_SCAN_H
#define CALIB_CMD_SCAN_H
#include "base/table.h"
#include "cli.h"
#include "det/det.h"
#include "src/src.h"

struct scan_opts {
	struct cli cli;
	struct cli_dataset set;
	const char **files;
	size_t nfiles;
	int what;			/* 0 the sources, else a key of the option */
	long dump;			/* datagrams */
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
/* scan_type - "CsPad::DataV2"; for other than image data pdsdata's name and the version */
char *scan_type(uint16_t type, uint16_t version, char buf[64]);
#endif
