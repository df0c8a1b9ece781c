/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/record.c - --record FILE: a line a run in a file of the whole site
 *
 * Fields of the table that calibrun of 2014 to 2016 wrote into a data base, but for its id; the
 * exit status is ours.  As there, a record that cannot be written is no reason to fail.
 * Source: lcls-psana/CalibManager src/NotificationDB.py. */
#include <stdio.h>
#include <string.h>

#include "base/out.h"
#include "base/proc.h"
#include "calibrun/calibrun.h"

static void add_cell(struct calib_str *line, const char *text)
{
	if (line->len > 0)
		calib_str_addc(line, '\t');
	if (*text == '\0')
		calib_str_addc(line, '-');
	for (; *text != '\0'; text++)
		calib_str_addc(line, (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

void record_of_site(const struct run_params *p, const struct outcome *o)
{
	struct calib_str line = CALIB_STR_INIT, header = CALIB_STR_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	char date[16], hour[16], zone[16], user[256], host[256], cwd[4096], run[16];
	time_t now = calib_now();
	const struct { const char *name, *text; } fields[] = {
		{"#date", calib_time_format(now, "%Y-%m-%d", date, sizeof date)},
		{"time", calib_time_format(now, "%H:%M:%S", hour, sizeof hour)},
		{"zone", calib_time_format(now, "%Z", zone, sizeof zone)},
		{"user", calib_user(user, sizeof user)}, {"host", calib_host(host, sizeof host)},
		{"cwd", calib_work_dir(cwd, sizeof cwd)}, {"exp", p->exp}, {"run", run},
		{"dets", p->detectors}, {"version", CALIB_VERSION},
		{"status", o->err.code == CALIB_OK ? "0" : "1"},
	};

	snprintf(run, sizeof run, "%u", o->run);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		add_cell(&header, fields[i].name);
		add_cell(&line, fields[i].text);
	}
	if (calib_str_check(&header, &err) < 0 || calib_str_check(&line, &err) < 0
	    || calib_append_row(p->o->record, header.s, line.s, &err) < 0)
		record(CALIB_WARNING, "calibrun", "--record: %s; run %u is not in the record",
		       err.msg, o->run);
	calib_str_release(&header);
	calib_str_release(&line);
}
