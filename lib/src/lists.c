/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/lists.c - the runs of an experiment and the experiments of a site */
#include "src/lists.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "src/files.h"

enum { RUNS = 65536, NKINDS = sizeof calib_filekinds / sizeof calib_filekinds[0] };

/* ---- runs ---- */

static void add_to_run(struct calib_run *r, const struct calib_file *f)
{
	if (r->nfiles == 0)
		*r = (struct calib_run){.run = f->run, .file = f, .first = f->mtime,
			.last = f->mtime, .hdf5 = f->hdf5};
	r->nfiles++;
	r->bytes += f->size;
	r->first = f->mtime < r->first ? f->mtime : r->first;
	r->last = f->mtime > r->last ? f->mtime : r->last;
	r->in_progress |= f->in_progress;
}

int calib_runs_list(struct calib_runs *runs, const struct calib_src_opts *opts,
                    struct calib_err *err)
{
	struct calib_src_opts all = *opts;
	struct calib_files files;
	int rc;

	*runs = (struct calib_runs){NULL, 0, NULL, 0};
	all.control = true;
	rc = calib_files_list(&files, &all, err);
	if (rc < 0)
		return rc;
	runs->file = files.file;
	runs->nfiles = files.n;
	runs->run = calib_alloc(files.n, sizeof *runs->run, "runs", err);
	if (runs->run == NULL) {
		calib_runs_release(runs);
		return CALIB_ENOMEM;
	}
	for (size_t i = 0; i < files.n; i++) {
		if (i == 0 || files.file[i].run != files.file[i - 1].run)
			runs->n++;
		add_to_run(&runs->run[runs->n - 1], &files.file[i]);
	}
	return CALIB_OK;
}

void calib_runs_release(struct calib_runs *runs)
{
	struct calib_files files = {runs->file, runs->nfiles, runs->nfiles, false};

	calib_files_release(&files);
	free(runs->run);
	*runs = (struct calib_runs){NULL, 0, NULL, 0};
}

/* ---- experiments ---- */

static void free_experiment(struct calib_experiment *e)
{
	free(e->instrument);
	free(e->name);
	free(e->dir);
}

void calib_experiments_release(struct calib_experiments *list)
{
	for (size_t i = 0; i < list->n; i++)
		free_experiment(&list->list[i]);
	free(list->list);
	*list = (struct calib_experiments){NULL, 0, 0};
}

/* The newest time of the files of a run, -1 when there are none. */
static int64_t newest(const char *dir, char *const *names, const struct calib_filekind *kind,
                      unsigned run)
{
	struct calib_str path = CALIB_STR_INIT;
	int64_t last = -1;

	for (; *names != NULL; names++) {
		struct calib_file f = {0};
		struct stat st;
		size_t len;

		if (!kind->parse(*names, &f, &len) || f.run != run)
			continue;
		calib_path_join(&path, dir, *names);
		if (stat(path.s, &st) == 0 && (int64_t)st.st_mtime > last)
			last = st.st_mtime;
	}
	calib_str_release(&path);
	return last;
}

/* The runs of an experiment met so far, and the last of them. */
struct tally { uint8_t seen[RUNS / 8]; long last; };

/* Count the runs of one directory that are not there yet. */
static int count_runs(struct calib_experiment *e, const char *dir,
                      const struct calib_filekind *kind, struct tally *t, struct calib_err *err)
{
	char **names = NULL;
	size_t n = 0, len;
	long last = t->last;
	int rc = calib_dir_names(&names, &n, dir, err);

	for (size_t i = 0; i < n && rc >= 0; i++) {
		struct calib_file f = {0};

		if (!kind->parse(names[i], &f, &len) || f.run >= RUNS
		    || !calib_filename_belongs(e->name, -1, names[i], len))
			continue;
		e->runs += !(t->seen[f.run / 8] >> f.run % 8 & 1);
		t->seen[f.run / 8] |= (uint8_t)(1 << f.run % 8);
		last = (long)f.run > last ? (long)f.run : last;
	}
	if (last > t->last)
		e->last = newest(dir, names, kind, (unsigned)last);
	t->last = last;
	calib_names_free(names);
	return rc;
}

/* Directory, runs and time of one experiment.  Many are closed to other groups: not an error. */
static int look_into(struct calib_experiment *e, const char *path, bool look,
                     struct calib_err *err)
{
	struct tally *t = calib_alloc(1, sizeof *t, "runs", err);
	struct calib_str dir = CALIB_STR_INIT;
	int rc = CALIB_OK;

	if (t == NULL)
		return CALIB_ENOMEM;
	t->last = -1;
	e->runs = e->last = -1;
	for (size_t i = 0; i < NKINDS && rc >= 0; i++) {
		struct calib_err why = CALIB_ERR_INIT;

		calib_path_join(&dir, path, calib_filekinds[i].dir);
		if (!calib_is_dir(dir.s))
			continue;
		if (e->dir == NULL && (e->dir = calib_strdup(dir.s, err)) == NULL)
			rc = CALIB_ENOMEM;
		if (rc < 0 || !look)
			continue;
		e->runs = e->runs < 0 ? 0 : e->runs;
		rc = count_runs(e, dir.s, &calib_filekinds[i], t, &why);
		if (rc == CALIB_ENOMEM) {
			calib_fail(err, rc, "%s", why.msg);
		} else if (rc < 0) {
			e->runs = e->last = -1;
			rc = CALIB_OK;
			break;
		}
	}
	calib_str_release(&dir);
	free(t);
	return rc;
}

/* The experiments of one directory of an instrument. */
static int add_instrument(struct calib_experiments *list, const char *root, const char *ins,
                          bool look, struct calib_err *err)
{
	struct calib_str top = CALIB_STR_INIT, path = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = CALIB_OK;

	calib_path_join(&top, root, ins);
	if (calib_is_dir(top.s) && calib_dir_names(&names, &n, top.s, NULL) == CALIB_ENOMEM)
		rc = calib_fail(err, CALIB_ENOMEM, "%s: out of memory for its names", top.s);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		struct calib_experiment e = {NULL, NULL, NULL, -1, -1};
		size_t len = strlen(ins);
		bool named = strncasecmp(names[i], ins, len) == 0 && names[i][len] != '\0';
		void *rows = list->list;

		calib_path_join(&path, top.s, names[i]);
		if (names[i][0] == '.' || !calib_is_dir(path.s))
			continue;
		e.instrument = calib_strdup(ins, err);
		e.name = calib_strdup(names[i], err);
		rc = e.instrument && e.name ? look_into(&e, path.s, look, err) : CALIB_ENOMEM;
		if (rc >= 0 && (named || e.dir != NULL))
			rc = calib_grow(&rows, &list->room, list->n + 1, sizeof e, "experiments",
			                err);
		list->list = rows;
		if (rc >= 0 && (named || e.dir != NULL))
			list->list[list->n++] = e;
		else
			free_experiment(&e);
	}
	calib_names_free(names);
	calib_str_release(&top);
	calib_str_release(&path);
	return rc;
}

/* Lower case first, where calib_files_find() looks first; then what shows its files. */
static int by_name(const void *a, const void *b)
{
	const struct calib_experiment *x = a, *y = b;
	int order = strcasecmp(x->instrument, y->instrument);

	if (order == 0)
		order = strcmp(x->name, y->name);
	if (order == 0)
		order = (x->dir == NULL) - (y->dir == NULL);
	return order ? order : strcmp(y->instrument, x->instrument);
}

static void sort_and_thin(struct calib_experiments *list)
{
	size_t k = 0;

	if (list->n > 0)
		qsort(list->list, list->n, sizeof list->list[0], by_name);
	for (size_t i = 0; i < list->n; i++) {
		struct calib_experiment *e = &list->list[i], *last = k ? &list->list[k - 1] : NULL;

		if (last && strcasecmp(last->instrument, e->instrument) == 0
		    && strcmp(last->name, e->name) == 0)
			free_experiment(e);
		else
			list->list[k++] = *e;
	}
	list->n = k;
}

static int no_instrument(const char *root, const char *ins, char *const *names,
                         struct calib_err *err)
{
	struct calib_str there = CALIB_STR_INIT, path = CALIB_STR_INIT;

	for (; *names != NULL; names++) {
		calib_path_join(&path, root, *names);
		if (**names != '.' && calib_is_dir(path.s))
			calib_str_addf(&there, "%s%s", there.len ? ", " : "", *names);
	}
	calib_fail(err, CALIB_ENOTFOUND, "%s: no instrument '%s'; %s%s", root, ins,
	           there.len ? "there are " : "it has no directories", there.s);
	calib_str_release(&there);
	calib_str_release(&path);
	return CALIB_ENOTFOUND;
}

int calib_experiments_list(struct calib_experiments *list, const char *root,
                           const char *instrument, bool look, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	char **names = NULL;
	bool found = instrument == NULL;
	size_t n = 0;
	int rc;

	*list = (struct calib_experiments){NULL, 0, 0};
	root = calib_data_root(root);
	rc = calib_dir_names(&names, &n, root, &why);
	if (rc < 0)
		return calib_fail(err, rc, "%s (--root says where the data are)", why.msg);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (names[i][0] == '.' || (instrument && strcasecmp(names[i], instrument) != 0))
			continue;
		found = true;
		rc = add_instrument(list, root, names[i], look, err);
	}
	if (!found)
		rc = no_instrument(root, instrument, names, err);
	calib_names_free(names);
	if (rc < 0)
		calib_experiments_release(list);
	else
		sort_and_thin(list);
	return rc;
}
