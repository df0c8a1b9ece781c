/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calib-scan.c - what is in a run: sources, event codes, files; which runs and experiments
 * there are; pixels are never read */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "scan/scan.h"

enum { KEY_CODES = CLI_KEY_OWN, KEY_FILES, KEY_STEPS, KEY_DUMP, KEY_LIST, KEY_RUNS,
       KEY_EXPERIMENTS, KEY_INSTRUMENTS, KEY_ALL, KEY_DARK, KEY_RUN_TABLE, KEY_FOLLOW };

static const struct argp_option options[] = {
	{"codes", KEY_CODES, NULL, 0, "event codes and in how many events they are", 2},
	{"files", KEY_FILES, NULL, 0, "files of the run", 2},
	{"steps", KEY_STEPS, NULL, 0, "calibration cycles: events, and what the scan had set", 2},
	{"dump", KEY_DUMP, "N", OPTION_ARG_OPTIONAL, "tree of the first N datagrams of every file "
	 "(default 10)", 2},
	{"runs", KEY_RUNS, NULL, 0, "runs of the experiment, all or those of -r; with -d those "
	 "that have any of these detectors", 2},
	{"all", KEY_ALL, NULL, 0, "with --runs -d: runs that have every one of the detectors", 2},
	{"dark", KEY_DARK, NULL, 0, "with --runs: runs that look dark", 2},
	{"run-table", KEY_RUN_TABLE, "FILE", 0, "with --runs: add type, comment and sources "
	 "of the site's data base, exported as a table with tabs", 2},
	{"follow", KEY_FOLLOW, NULL, 0, "go on with new files of the run of -r, or new runs of the "
	 "experiment, as they appear", 2},
	{"experiments", KEY_EXPERIMENTS, "INS", OPTION_ARG_OPTIONAL, "experiments below the root "
	 "of the data, all or of an instrument", 2},
	{"instruments", KEY_INSTRUMENTS, NULL, 0, "instruments below the root of the data", 2},
	{"list-detectors", KEY_LIST, NULL, 0, "the detectors this version knows; needs no run", 2},
	{0}
};

static void add_file(struct scan_opts *o, const char *name, struct argp_state *state)
{
	const char **list = realloc(o->files, (o->nfiles + 1) * sizeof *list);

	if (list == NULL)
		argp_failure(state, 1, 0, "out of memory");
	o->files = list;
	o->files[o->nfiles++] = name;
}

/* What is printed is one of several tables; keys of the others are refused. */
static void choose(struct scan_opts *o, int key, const struct argp_state *state)
{
	if (o->what != 0 && o->what != key)
		argp_error(state, "one of --codes, --files, --steps, --dump, --runs, "
		           "--experiments, --instruments, --list-detectors at a time");
	o->what = key;
}

/* Lists are of what is there; the other tables are of a run. */
typedef int scan_list(const struct scan_opts *, struct calib_err *);

static scan_list *list_of(int what)
{
	static const struct { int key; scan_list *list; } lists[] = {
		{KEY_LIST, scan_detectors}, {KEY_RUNS, scan_runs},
		{KEY_EXPERIMENTS, scan_experiments}, {KEY_INSTRUMENTS, scan_instruments},
	};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (lists[i].key == what)
			return lists[i].list;
	return NULL;
}

/* --follow is of a directory: what takes more than a listing is not known of a run that begins. */
static void check_follow(struct scan_opts *o, const struct argp_state *state)
{
	if (o->what == 0)
		o->what = o->set.run != NULL ? KEY_FILES : KEY_RUNS;
	o->follow_files = o->what == KEY_FILES;
	if (o->what != KEY_FILES && o->what != KEY_RUNS)
		argp_error(state, "--follow goes with --files and --runs");
	else if (o->nfiles > 0 || (o->set.exp == NULL && o->set.xtcdir == NULL))
		argp_error(state, "--follow: of which experiment? -e EXP, or -x DIR");
	else if (o->follow_files && o->set.run == NULL)
		argp_error(state, "--follow --files: of which run? -r RUN");
	else if (o->set.detectors != NULL || o->dark || o->run_table != NULL
	         || o->set.scan_events >= 0 || o->set.num_events > 0)
		argp_error(state, "--follow looks into no run: leave out -d, -m, -n, --dark, "
		           "--run-table");
}

/* Do the options fit each other? */
static void check(struct scan_opts *o, const struct argp_state *state)
{
	bool named = o->set.exp != NULL || o->set.xtcdir != NULL;

	if (o->what == 0 && o->run_table != NULL)
		o->what = KEY_RUNS;
	if (o->follow)
		check_follow(o, state);
	if (o->what != KEY_RUNS && (o->all || o->dark || o->run_table != NULL))
		argp_error(state, "%s goes with --runs",
		           o->all ? "--all" : o->dark ? "--dark" : "--run-table");
	if (o->all && o->set.detectors == NULL)
		argp_error(state, "--all: every one of which detectors? add -d DETS");
	if (o->what == KEY_EXPERIMENTS && o->nfiles == 1 && o->instrument == NULL)
		o->instrument = o->files[--o->nfiles];	/* --experiments INS, without the = */
	if (list_of(o->what) != NULL && o->what != KEY_LIST && o->nfiles > 0)
		argp_error(state, "'%s': a list is of directories, not of files", o->files[0]);
	if (o->what == KEY_RUNS && !named)
		argp_error(state, "runs of which experiment? -e EXP, or -x DIR");
	if (list_of(o->what) == NULL && o->nfiles == 0 && !named)
		argp_error(state, "which run? -e EXP -r RUN, or the names of xtc files");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct scan_opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->set;
		state->child_inputs[1] = &o->cli;
		state->child_inputs[2] = &o->config;
		return 0;
	case KEY_DUMP:
		o->dump = arg ? cli_long(state, "--dump", arg, 1, 1000000000) : 10;
		choose(o, key, state);
		return 0;
	case KEY_EXPERIMENTS:
		o->instrument = arg;
		/* fall through */
	case KEY_CODES:
	case KEY_FILES:
	case KEY_STEPS:
	case KEY_RUNS:
	case KEY_INSTRUMENTS:
	case KEY_LIST:
		choose(o, key, state);
		return 0;
	case KEY_ALL:       o->all = true; return 0;
	case KEY_FOLLOW:    o->follow = true; return 0;
	case KEY_DARK:      o->dark = true; return 0;
	case KEY_RUN_TABLE: o->run_table = arg; return 0;
	case ARGP_KEY_ARG:
		add_file(o, arg, state);
		return 0;
	case ARGP_KEY_END:
		check(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

typedef int scan_table(const struct scan_opts *, struct calib_src *, struct calib_err *);

static scan_table *table_of(int what)
{
	static const struct { int key; scan_table *table; } tables[] = {
		{KEY_CODES, scan_codes}, {KEY_FILES, scan_files}, {KEY_STEPS, scan_steps},
		{KEY_DUMP, scan_dump},
	};

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (tables[i].key == what)
			return tables[i].table;
	return scan_sources;
}

static int scan_run(const struct scan_opts *o, struct calib_err *err)
{
	struct calib_src_opts open;
	struct calib_src *src = NULL;
	const char *problem;
	bool bad = false;
	int rc = cli_src_opts(&open, &o->set, o->files, o->nfiles, err);

	open.control = true;
	if (rc >= 0)
		rc = calib_src_open(&src, &open, err);
	if (rc >= 0)
		cli_smd_note(&o->set, src);
	if (rc >= 0)
		rc = table_of(o->what)(o, src, err);
	for (size_t i = 0; src != NULL && (problem = calib_src_problem(src, i)) != NULL; i++) {
		calib_log(CALIB_ERROR, "%s", problem);
		bad = true;
	}
	calib_src_close(src);
	free((void *)(uintptr_t)open.runs);
	return rc >= 0 && bad ? CALIB_EFORMAT : rc;
}

int main(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&cli_dataset, 0, "The run:", 1}, {&cli_common_table, 0, NULL, 9},
		{&cli_config_argp, 0, NULL, 0}, {0}
	};
	static const struct argp argp = {
		options,
		parse,
		"[FILE...]",
		"List the sources of a run: type, detector, shape, events with data. Looks at the "
		"first 10 "
		"events unless -m says (-m 0: all); reads headers only."
		"\vFILE is an XTC file, an HDF5 file, or FILE.h5:/path/to/dataset.\n\n"
		"Example: calib-scan -e xppi0613 -r 173 -m 0",
		children,
		NULL,
		NULL};
	struct scan_opts o = {.set = CLI_DATASET_INIT, .config = CLI_CONFIG_INIT};
	struct calib_err err = CALIB_ERR_INIT;
	int rc;

	cli_start();
	cli_parse(&argp, argc, argv, &o);
	/* a list needs no -r, as named files need none */
	if (o.what != KEY_LIST
	    && cli_dataset_check(&o.set, list_of(o.what) ? 1 : o.nfiles, &err) < 0)
		cli_usage(&argp, err.msg);
	cli_config_must(&o.config, "calib-scan", &argp);
	o.root_given = o.set.root;
	rc = cli_config_dataset(&o.config, &o.set, &err);
	if (rc >= 0 && o.follow)
		rc = scan_follow(&o, &err);
	else if (rc >= 0)
		rc = list_of(o.what) ? list_of(o.what)(&o, &err) : scan_run(&o, &err);
	free(o.files);
	cli_config_free(&o.config);
	return cli_finish(rc, &err);
}
