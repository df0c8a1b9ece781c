/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/runs.c - the runs of an experiment
 *
 * Of a run that nothing is asked of but its files, none is opened: a thousand runs are listed in
 * the time of a directory listing. */
#include <stdlib.h>
#include <strings.h>

#include "base/log.h"
#include "scan/scan.h"

struct listing {
	const struct scan_opts *o;
	struct calib_src_opts open;
	struct calib_runs runs;
	struct scan_notes notes;
	struct calib_selection *wanted;	/* -d; remembers what any run had */
	struct calib_table table;
	bool peek;			/* the runs are opened */
	bool bad;			/* something of it failed, and was logged */
};

const char *const scan_run_columns[] = {"run", "files", "bytes", "first", "last", "detectors",
	"dark", "events", "form", "state", NULL};

static void count_cell(struct calib_table *t, bool known, unsigned long long value)
{
	if (known)
		calib_table_unsigned(t, value);
	else
		calib_table_text(t, NULL);
}

int scan_run_row(struct calib_table *t, unsigned number, const struct calib_run *run,
                 const struct scan_peek *peek, const struct scan_note *note, bool noted)
{
	static const char *const dark[] = {NULL, "no", "yes"};
	char time[40];

	calib_table_unsigned(t, number);
	calib_table_unsigned(t, run ? run->nfiles : 0);
	calib_table_unsigned(t, run ? run->bytes : 0);
	calib_table_text(t, run ? scan_date(run->first, time) : NULL);
	calib_table_text(t, run ? scan_date(run->last, time) : NULL);
	calib_table_text(t, peek->detectors.len ? peek->detectors.s : NULL);
	calib_table_text(t, dark[peek->dark + 1]);
	count_cell(t, peek->events >= 0, (unsigned long long)peek->events);
	calib_table_text(t, run == NULL ? NULL : run->hdf5 ? "HDF5" : "XTC");
	calib_table_text(t, run == NULL ? "missing" : run->in_progress ? "writing" : "complete");
	for (int k = 0; k < SCAN_NOTES && noted; k++)
		calib_table_text(t, note ? note->cell[k] : NULL);
	return calib_table_row(t);
}

/* The site's word counts as well: a shutter leaves no trace in the event codes. */
static bool is_dark(const struct scan_peek *peek, const struct scan_note *note)
{
	const char *type = note ? note->cell[SCAN_TYPE] : NULL;

	return peek->dark == 1 || (type != NULL && strcasecmp(type, "dark") == 0);
}

/* One row, if the run is one of those asked for; run NULL: it has no files. */
static int one_run(struct listing *l, unsigned number, const struct calib_run *run,
                   const struct scan_note *note, struct calib_err *err)
{
	struct scan_peek peek = {CALIB_STR_INIT, 0, 0, -1, -1};
	int rc = CALIB_OK;
	bool keep;

	if (l->peek && run != NULL) {
		rc = scan_peek_run(&peek, l->o, run, l->wanted, err);
		l->bad |= rc < 0;
		if (err->code == CALIB_OK)	/* logged, the other runs can be listed */
			rc = CALIB_OK;
	}
	keep = !l->o->dark || is_dark(&peek, note);
	if (l->wanted != NULL)
		keep &= run != NULL && (l->o->all ? peek.missed == 0 : peek.missed < peek.items);
	if (rc >= 0 && keep)
		rc = scan_run_row(&l->table, number, run, &peek, note,
		                  l->o->run_table != NULL);
	calib_str_release(&peek.detectors);
	return rc;
}

/* Both lists are sorted by run. */
static int merge(struct listing *l, struct calib_err *err)
{
	const struct calib_runs *runs = &l->runs;
	const struct scan_notes *notes = &l->notes;
	size_t i = 0, k = 0;
	int rc = CALIB_OK;

	while (rc >= 0 && (i < runs->n || k < notes->n)) {
		const struct calib_run *run = i < runs->n ? &runs->run[i] : NULL;
		const struct scan_note *note = k < notes->n ? &notes->row[k] : NULL;

		if (run != NULL && note != NULL && run->run != note->run) {
			if (run->run < note->run)
				note = NULL;
			else
				run = NULL;
		}
		i += run != NULL;
		k += note != NULL;
		if (run != NULL)
			rc = one_run(l, run->run, run, note, err);
		else if (l->open.nruns == 0
		         || calib_runs_have(l->open.runs, l->open.nruns, note->run))
			rc = one_run(l, note->run, NULL, note, err);
	}
	return rc;
}

/* What -d names and no run has is a mistake more often than a finding. */
static int none_has(const struct listing *l, struct calib_err *err)
{
	struct calib_str list = CALIB_STR_INIT;
	const char *item;

	for (size_t i = 0; l->wanted && (item = calib_selection_missed(l->wanted, i)); i++)
		calib_str_addf(&list, "%s%s", i ? ", " : "", item);
	if (list.len > 0)
		calib_fail(err, CALIB_ENOTFOUND, "no run listed has %s; 'calib-scan -r RUN' shows "
		           "what is in a run", list.s);
	calib_str_release(&list);
	return err->code;
}

/* With a table, a run that was named may be missing on disk. */
static int find_runs(struct listing *l, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	struct calib_src_opts every = l->open;
	int rc = calib_runs_list(&l->runs, &l->open, &why);

	every.nruns = 0;
	if (rc == CALIB_ENOTFOUND && l->o->run_table != NULL && l->open.nruns > 0
	    && calib_runs_list(&l->runs, &every, NULL) >= 0) {
		calib_runs_release(&l->runs);
		return CALIB_OK;
	}
	if (rc == CALIB_ENOTFOUND && l->open.xtcdir == NULL && l->open.nruns == 0)
		return calib_fail(err, rc, "%s; 'calib-scan --experiments' lists what is there",
		                  why.msg);
	if (rc < 0)
		return calib_fail(err, rc, "%s", why.msg);
	if (l->runs.n == 0)
		calib_log(CALIB_WARNING, "no runs yet: the directory has no XTC or HDF5 files of "
		          "this experiment");
	return rc;
}

int scan_runs(const struct scan_opts *o, struct calib_err *err)
{
	/* the last three with --run-table only */
	static const char *const columns[] = {"run", "files", "bytes", "first", "last",
		"detectors", "dark", "events", "form", "state", "type", "comment", "sources", NULL};
	struct listing l = {.o = o, .notes.text = CALIB_STR_INIT};
	int rc = cli_src_opts(&l.open, &o->set, NULL, 1, err);	/* 1: -r may be missing */

	l.open.nfiles = 0;
	l.peek = o->set.detectors || o->dark || o->set.scan_events >= 0 || o->set.num_events > 0;
	if (rc >= 0 && o->run_table != NULL)
		rc = scan_notes_read(&l.notes, o->run_table, err);
	if (rc >= 0 && o->set.detectors != NULL)
		rc = calib_selection_parse(&l.wanted, o->set.detectors, err);
	if (rc >= 0)
		rc = find_runs(&l, err);
	if (rc >= 0)
		rc = scan_begin(&l.table, o->run_table ? columns : scan_run_columns, o, err);
	if (rc >= 0)
		rc = scan_end(&l.table, merge(&l, err), err);
	if (rc >= 0)
		rc = none_has(&l, err);
	calib_runs_release(&l.runs);
	scan_notes_release(&l.notes);
	calib_selection_free(l.wanted);
	free((void *)(uintptr_t)l.open.runs);
	return rc >= 0 && l.bad ? CALIB_EFORMAT : rc;
}
