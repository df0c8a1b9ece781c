/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/look.c - the work files of a run, removing them, and what hinders a run */
#include "calibrun/look.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/table.h"
#include "conf/site.h"
#include "det/det.h"

enum { KEY_FILES = 0x700, KEY_CLEAN, KEY_PREFLIGHT, KEY_YES, KEY_REPRODUCE, KEY_REPRODUCING };

static const struct argp_option options[] = {
	{"files", KEY_FILES, NULL, 0, "print the work files of the run and their state", 1},
	{"clean", KEY_CLEAN, NULL, 0, "remove the work files of the run", 1},
	{"preflight", KEY_PREFLIGHT, NULL, 0,
	 "print what would hinder the run: files, detectors, directories, group, space, queue", 1},
	{"reproduce", KEY_REPRODUCE, "LOG", 0,
	 "run the command of that log again, without deploying, and compare the work files", 1},
	{"reproducing", KEY_REPRODUCING, NULL, OPTION_HIDDEN, NULL, 1},
	{"yes", KEY_YES, NULL, 0, "do not ask before files are removed", 1},
	{0}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct look_opts *o = state->input;

	switch (key) {
	case KEY_FILES:     o->files = true; return 0;
	case KEY_CLEAN:     o->clean = true; return 0;
	case KEY_PREFLIGHT: o->preflight = true; return 0;
	case KEY_YES:       o->yes = true; return 0;
	case KEY_REPRODUCE: o->reproduce = arg; return 0;
	case KEY_REPRODUCING: o->reproducing = true; return 0;
	default:            return ARGP_ERR_UNKNOWN;
	}
}

const struct argp look_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

int look_check(const struct run_opts *o, struct calib_err *err)
{
	if (o->look.files + o->look.clean + o->look.preflight > 1)
		return calib_fail(err, CALIB_EINVAL,
		                  "--files, --clean and --preflight: give one of them");
	if (o->look.clean && (o->process || o->deploy))
		return calib_fail(err, CALIB_EINVAL, "--clean removes work files, -P and -D make "
		                  "and use them: call it without them (-P removes old ones "
		                  "itself)");
	return CALIB_OK;
}

/* ---- the work files ---- */

/* A file that is there, is recorded, or should be. */
struct seen { struct work_file file; bool here, recorded; };
struct list { struct seen *seen; size_t n, room; };

static struct seen *find(struct list *list, const struct work_file *f)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->seen[i].file.name, f->name) == 0)
			return &list->seen[i];
	return NULL;
}

static int add(struct list *list, const struct work_file *f, struct seen **added,
               struct calib_err *err)
{
	void *seen = list->seen;

	*added = find(list, f);
	if (*added != NULL)
		return CALIB_OK;
	if (calib_grow(&seen, &list->room, list->n + 1, sizeof *list->seen, "files", err) < 0)
		return CALIB_ENOMEM;
	list->seen = seen;
	*added = &list->seen[list->n++];
	(*added)->file = *f;
	return CALIB_OK;
}

static int add_files(struct list *list, const struct run_params *p, struct calib_err *err)
{
	struct work_file *files = NULL;
	struct seen *s;
	size_t n = 0;
	int rc = work_recorded(p, &files, &n, err);

	for (size_t i = 0; i < n && rc >= 0; i++)
		if ((rc = add(list, &files[i], &s, err)) >= 0)
			s->recorded = true;
	free(files);
	files = NULL;
	n = 0;
	if (rc >= 0 && calib_is_dir(p->workdir.s))
		rc = work_files(p, &files, &n, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		if ((rc = add(list, &files[i], &s, err)) >= 0)
			s->here = true;
	free(files);
	return rc;
}

static bool has_type(const struct list *list, const char *source, const char *type)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->seen[i].file.source, source) == 0
		    && strcmp(list->seen[i].file.type, type) == 0)
			return true;
	return false;
}

/* What -P makes of every source, whatever the detector. */
static int add_expected(struct list *list, const struct run_params *p, const char *source,
                        struct calib_err *err)
{
	const struct { const char *type, *form; } wanted[] = {
		{"pedestals", "peds-ave-%s.txt"}, {"pixel_rms", "peds-rms-%s.txt"},
		{"pixel_status", NULL}, {"statistics", "peds-stat-%s.h5"},
		{"report", "peds-report-%s.html"},
	};
	const struct calib_det *det = calib_det_of_source(source);
	char limit[64];
	const char *given = calib_limits_for(p->thr_rms, source, det ? det->name : NULL, limit);
	double thr = given == NULL || strcmp(given, "auto") == 0 ? 0 : strtod(given, NULL);
	int rc = CALIB_OK;

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted && rc >= 0; i++) {
		const char *stem = calib_path_base(p->prefix.s);
		struct work_file f = {.bytes = 0};
		struct seen *s;

		if (has_type(list, source, wanted[i].type)
		    || (p->o->no_report && strcmp(wanted[i].type, "report") == 0))
			continue;
		if (wanted[i].form == NULL)
			snprintf(f.name, sizeof f.name, "%smask-hot-thr-%.2fADU-%s.txt", stem, thr,
			         source);
		else
			snprintf(f.name, sizeof f.name, "%s%.*s%s%s", stem,
			         (int)strcspn(wanted[i].form, "%"), wanted[i].form, source,
			         strrchr(wanted[i].form, '.'));
		snprintf(f.source, sizeof f.source, "%s", source);
		snprintf(f.type, sizeof f.type, "%s", wanted[i].type);
		rc = add(list, &f, &s, err);
	}
	return rc;
}

/* The sources of the run itself; where it cannot be read its files are all there is to tell. */
static int add_sources(struct list *list, const struct run_params *p, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	struct calib_str out = CALIB_STR_INIT;
	struct args a = {0};
	char *save = NULL;
	int status, rc = CALIB_OK;

	args_add(&a, "calib-scan");
	run_args(&a, p);
	args_number(&a, "-m", p->scan_events);
	status = child_look(&a, &out, &why);
	args_free(&a);
	if (status != 0)
		fprintf(stderr, "calibrun: run %u: %s\n", p->run, why.msg);
	for (char *line = out.len ? strtok_r(out.s, "\n", &save) : NULL; line != NULL && rc >= 0;
	     line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, "\t")] = '\0';
		if (*line != '#')
			rc = add_expected(list, p, line, err);
	}
	calib_str_release(&out);
	return status < 0 ? calib_fail(err, status, "%s", why.msg) : rc;
}

/* Of the completion record, of an earlier call that did not end, or not there. */
static const char *state_of(const struct seen *s, const struct stat *st)
{
	if (st == NULL)
		return s->recorded ? "lost" : "missing";
	if (!s->recorded)
		return "unfinished";
	return (uint64_t)st->st_size == s->file.bytes ? "complete" : "changed";
}

static int print_file(struct calib_table *t, const struct run_params *p, const struct seen *s)
{
	struct calib_str path = CALIB_STR_INIT;
	const struct passwd *pw;
	struct stat st;
	char text[64];
	bool is;

	calib_path_join(&path, p->workdir.s, s->file.name);
	is = stat(path.s, &st) == 0;
	calib_table_unsigned(t, p->run);
	calib_table_text(t, path.s);
	calib_table_text(t, s->file.source);
	calib_table_text(t, s->file.type);
	calib_table_text(t, state_of(s, is ? &st : NULL));
	calib_str_release(&path);
	if (!is) {
		for (int i = 0; i < 4; i++)
			calib_table_text(t, NULL);
		return calib_table_row(t);
	}
	calib_table_unsigned(t, (unsigned long long)st.st_size);
	calib_table_text(t, calib_time_format(st.st_mtime, "%Y-%m-%dT%H:%M:%S%z", text,
	                                      sizeof text));
	pw = getpwuid(st.st_uid);
	snprintf(text, sizeof text, "%u", (unsigned)st.st_uid);
	calib_table_text(t, pw != NULL ? pw->pw_name : text);
	snprintf(text, sizeof text, "%04o", (unsigned)(st.st_mode & 07777));
	calib_table_text(t, text);
	return calib_table_row(t);
}

static int print_files(struct calib_table *t, const struct run_params *p, struct calib_err *err)
{
	struct list list = {0};
	int rc = add_files(&list, p, err);

	if (rc >= 0)
		rc = add_sources(&list, p, err);
	for (size_t i = 0; i < list.n && rc >= 0; i++)
		rc = print_file(t, p, &list.seen[i]);
	free(list.seen);
	return rc;
}

/* ---- removing them ---- */

/* On a terminal a word is asked for; elsewhere the option is word enough. */
static bool agreed(const struct run_params *p)
{
	char answer[16] = "";

	if (p->o->look.yes || !isatty(STDIN_FILENO))
		return true;
	fprintf(stderr, "Remove the work files of run %u of %s for %s in %s? [y/N] ", p->run,
	        p->exp, p->detectors, p->workdir.s);
	return fgets(answer, sizeof answer, stdin) != NULL && strcspn(answer, "yY") == 0;
}

static int clean(const struct run_params *p, struct calib_err *err)
{
	struct calib_str removed = CALIB_STR_INIT;
	int lock, rc = CALIB_OK;

	if (!calib_is_dir(p->workdir.s))
		return calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such work directory",
		                  p->workdir.s);
	if (!agreed(p))
		return calib_fail(err, CALIB_EINVAL, "nothing is removed");
	lock = work_lock(p, err);
	if (lock < 0)
		return lock;
	rc = work_clean(p, &removed, err);
	work_unlock(p, lock);
	fputs(removed.s, stdout);
	calib_str_release(&removed);
	return rc;
}

/* ---- all runs ---- */

static int open_table(struct calib_table *t, const struct run_opts *o, struct calib_err *err)
{
	static const char *const files[] = {"run", "file", "source", "type", "state", "bytes",
		"time", "owner", "mode", NULL};
	static const char *const checks[] = {"run", "check", "state", "text", NULL};
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc >= 0)
		calib_table_begin(t, out, o->look.files ? files : checks, false, err);
	return rc;
}

int look_answer(struct run_params *p, struct calib_err *err)
{
	const struct look_opts *o = &p->o->look;
	struct calib_table table = {0};
	int rc = o->clean ? CALIB_OK : open_table(&table, p->o, err);
	size_t failed = 0;

	for (size_t i = 0; i < p->njobs && rc >= 0; i++) {
		rc = run_params_select(p, i, err);
		if (rc >= 0)
			rc = o->clean ? clean(p, err) : o->files ? print_files(&table, p, err)
			     : preflight_run(p, &table, err);
		failed += rc > 0 ? (size_t)rc : 0;
	}
	if (table.out != NULL && rc >= 0)
		rc = calib_out_commit(table.out, err);
	else if (table.out != NULL)
		calib_out_abort(table.out);
	if (rc >= 0 && failed > 0)
		return calib_fail(err, CALIB_EFORMAT, "%zu check%s failed: see above", failed,
		                  failed > 1 ? "s" : "");
	return rc;
}
