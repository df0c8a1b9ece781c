/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/preflight.c - what hinders a run, seen before any work is done
 *
 * A table of checks, each of which sees what there is and says it in a sentence.  Those that are
 * quick are made before every run; a detector that is missing hinders only itself, so that check
 * is not one of them. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/table.h"
#include "calibrun/batch.h"
#include "calibrun/look.h"
#include "det/det.h"
#include "store/dir.h"

/* Text of the averages, the rms and the status words, and the statistics, rounded up: bytes a
 * pixel in the work directory, and of what is deployed. */
enum { WORK_BYTES = 64, DEPLOY_BYTES = 24 };

/* What calib-scan tells of one source. */
struct found { char source[128], gains[64]; const struct calib_det *det; uint64_t pixels; };
struct scan { struct found *list; size_t n, room; struct calib_err err; };

struct flight_plan {
	const struct run_params *p;
	struct scan scan;
	struct calib_str text;		/* the sentence of the check that is being made */
};

/* ---- the sources ---- */

/* "32x185x388"; 0: unknown */
static uint64_t pixels_of(const char *shape)
{
	uint64_t n = 1;
	char *end;

	for (;; shape = end + 1) {
		unsigned long dim = strtoul(shape, &end, 10);

		if (end == shape || dim == 0 || n > UINT64_MAX / dim)
			return 0;
		n *= dim;
		if (*end != 'x')
			return n;
	}
}

static int add_found(struct scan *scan, char *line, struct calib_err *err)
{
	enum { SOURCE = 0, SHAPE = 5, GAINS = 7, COLUMNS = 12 };
	char *cell[COLUMNS], *save = NULL;
	void *list = scan->list;
	struct found *f;
	int n = 0;

	for (char *c = strtok_r(line, "\t", &save); c != NULL && n < COLUMNS;
	     c = strtok_r(NULL, "\t", &save))
		cell[n++] = c;
	if (*line == '#' || n < COLUMNS)
		return CALIB_OK;
	if (calib_grow(&list, &scan->room, scan->n + 1, sizeof *f, "sources", err) < 0)
		return CALIB_ENOMEM;
	scan->list = list;
	f = &scan->list[scan->n++];
	snprintf(f->source, sizeof f->source, "%s", cell[SOURCE]);
	snprintf(f->gains, sizeof f->gains, "%s", cell[GAINS]);
	f->pixels = pixels_of(cell[SHAPE]);
	f->det = calib_det_of_source(f->source);
	return CALIB_OK;
}

/* events: how many are looked at, 0: all of them */
static int scan_run(struct scan *scan, const struct run_params *p, long events,
                    struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	struct args a = {0};
	char *save = NULL;
	int rc = CALIB_OK, status;

	args_add(&a, "calib-scan");
	run_args(&a, p);
	args_number(&a, "-m", events);
	status = child_look(&a, &out, &scan->err);
	args_free(&a);
	scan->err.code = status == 0 ? CALIB_OK : CALIB_EFORMAT;
	for (char *line = out.len ? strtok_r(out.s, "\n", &save) : NULL; line != NULL && rc >= 0;
	     line = strtok_r(NULL, "\n", &save))
		rc = add_found(scan, line, err);
	calib_str_release(&out);
	return rc;
}

static enum flight of_error(struct flight_plan *f, const struct calib_err *err)
{
	calib_str_add(&f->text, err->msg);
	return FLIGHT_FAILED;
}

/* ---- the checks ---- */

/* A chunk that is not there loses its events, the others can be used. */
static void missing_chunks(struct calib_str *text, const struct calib_src *src)
{
	const struct calib_file *f, *last = NULL;

	for (size_t i = 0; (f = calib_src_file(src, i)) != NULL; i++) {
		bool same = last != NULL && last->run == f->run && last->stream == f->stream;
		unsigned next = same ? last->chunk + 1 : 0;

		if (!f->hdf5 && f->chunk > next)
			calib_str_addf(text, "; chunk %u of stream %u is missing", next,
			               f->stream);
		if (f->size == 0)
			calib_str_addf(text, "; %s is empty", f->path);
		last = f;
	}
}

static enum flight see_files(struct flight_plan *f)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_str odd = CALIB_STR_INIT;
	struct calib_src_opts open;
	struct calib_src *src = NULL;
	const struct calib_file *file;
	enum flight state;
	uint64_t bytes = 0;
	size_t n = 0;
	int rc = run_params_files(f->p, f->p->runs, &open, &err);

	if (rc >= 0)
		rc = calib_src_open(&src, &open, &err);
	for (; rc >= 0 && (file = calib_src_file(src, n)) != NULL; n++)
		bytes += file->size;
	if (rc >= 0)
		missing_chunks(&odd, src);
	for (size_t i = 0; rc >= 0 && (file = calib_src_file(src, i)) != NULL; i++)
		if (file->in_progress)
			rc = calib_fail(&err, CALIB_EINVAL, "%s: the run is still being written",
			                file->path);
	if (rc >= 0)
		calib_str_addf(&f->text, "%zu file%s, %.3f GB%s", n, n == 1 ? "" : "s",
		               1e-9 * (double)bytes, odd.s);
	state = rc < 0 ? of_error(f, &err) : odd.len > 0 ? FLIGHT_WARNING : FLIGHT_OK;
	calib_src_close(src);
	calib_str_release(&odd);
	free((void *)(uintptr_t)open.runs);
	return state;
}

static enum flight see_detectors(struct flight_plan *f)
{
	if (f->scan.err.code < 0)
		return of_error(f, &f->scan.err);
	for (size_t i = 0; i < f->scan.n; i++)
		calib_str_addf(&f->text, "%s%s", i ? ", " : "", f->scan.list[i].source);
	return FLIGHT_OK;
}

/* Is name one of the words, separated by commas? */
static bool has_word(const char *words, const char *name)
{
	size_t n = strlen(name);

	for (const char *w = words; w != NULL; w = strchr(w, ',') ? strchr(w, ',') + 1 : NULL)
		if (strncmp(w, name, n) == 0 && (w[n] == ',' || w[n] == '\0'))
			return true;
	return false;
}

/* A dark of several gain ranges needs calib cycles, or runs, of all that can be set. */
static enum flight see_gains(struct flight_plan *f)
{
	struct scan whole = {.err = CALIB_ERR_INIT};
	struct calib_err err = CALIB_ERR_INIT;
	enum flight state = FLIGHT_OK;
	int rc = f->p->multi ? scan_run(&whole, f->p, 0, &err) : CALIB_OK;

	for (size_t i = 0; i < whole.n && rc >= 0; i++) {
		const struct found *s = &whole.list[i];
		size_t missing = 0;

		for (int k = 0; s->det != NULL && k < s->det->settable; k++) {
			if (has_word(s->gains, s->det->ranges[k]))
				continue;
			if (missing == 0)
				calib_str_addf(&f->text, "%s%s has no events of ",
				               f->text.len > 0 ? "; " : "", s->source);
			calib_str_addf(&f->text, "%s%s", missing++ > 0 ? "," : "",
			               s->det->ranges[k]);
		}
		if (missing > 0)
			state = FLIGHT_FAILED;
	}
	free(whole.list);
	if (rc < 0)
		return of_error(f, &err);
	if (state == FLIGHT_FAILED)
		calib_str_add(&f->text, f->p->o->partial ? ": defaults are taken for them"
		              : ": give the other runs of the dark as in -r 12,13,14, or "
		              "--partial");
	else
		calib_str_add(&f->text, f->p->multi ? "all are in the data"
		              : "the detectors have one gain range");
	return state == FLIGHT_FAILED && f->p->o->partial ? FLIGHT_WARNING : state;
}

static enum flight see_space(struct flight_plan *f, const char *dir, unsigned per_pixel,
                             struct calib_err *err)
{
	struct calib_str there = CALIB_STR_INIT;
	uint64_t need = 0;
	struct statvfs v;
	double have = -1;

	for (size_t i = 0; i < f->scan.n; i++) {
		const struct found *s = &f->scan.list[i];
		unsigned gains = s->det != NULL && s->det->gains > 1 ? (unsigned)s->det->gains : 1;

		need += s->pixels <= UINT64_MAX / 2048 ? s->pixels * gains * per_pixel : 0;
	}
	calib_path_existing(&there, dir);
	if (calib_str_check(&there, err) >= 0 && statvfs(there.s, &v) == 0)
		have = (double)v.f_bavail * (double)v.f_frsize;
	calib_str_release(&there);
	if (have < 0) {
		calib_str_addf(&f->text, "%s: how much space is free cannot be told", dir);
		return FLIGHT_WARNING;
	}
	calib_str_addf(&f->text, "%s: %.3f GB are free, about %.3f GB are needed", dir,
	               1e-9 * have, 1e-9 * (double)need);
	return have < (double)need ? FLIGHT_FAILED : FLIGHT_OK;
}

static enum flight see_directory(struct flight_plan *f, const char *dir, unsigned per_pixel)
{
	struct calib_err err = CALIB_ERR_INIT;

	return calib_dir_writable(dir, &err) < 0 ? of_error(f, &err)
	       : see_space(f, dir, per_pixel, &err);
}

static enum flight see_work(struct flight_plan *f)
{
	return see_directory(f, f->p->workdir.s, WORK_BYTES);
}

static enum flight see_calib(struct flight_plan *f)
{
	if (!f->p->o->deploy) {
		calib_str_addf(&f->text, "%s: nothing is deployed without -D", f->p->calibdir.s);
		return FLIGHT_OK;
	}
	return see_directory(f, f->p->calibdir.s, DEPLOY_BYTES);
}

/* Only root may give files to a group it is no member of. */
static enum flight see_group(struct flight_plan *f)
{
	const char *name = f->p->o->group;
	const struct group *g = name != NULL ? getgrnam(name) : NULL;
	gid_t mine[1024];
	int n = getgroups(1024, mine);
	char *end = NULL;
	unsigned long id = g != NULL ? g->gr_gid : name != NULL ? strtoul(name, &end, 10) : 0;
	bool member = geteuid() == 0 || getegid() == (gid_t)id;

	for (int i = 0; i < n; i++)
		member |= mine[i] == (gid_t)id;
	if (name == NULL) {
		calib_str_add(&f->text, "that of the calibration directory");
		return FLIGHT_OK;
	}
	if (g == NULL && (end == name || *end != '\0')) {
		calib_str_addf(&f->text, "%s: there is no such group", name);
		return FLIGHT_FAILED;
	}
	calib_str_addf(&f->text, "%s%s", name, member ? "" : ": you are no member of it");
	return member ? FLIGHT_OK : FLIGHT_FAILED;
}

static enum flight see_queue(struct flight_plan *f)
{
	const struct batch_opts *o = &f->p->o->batch;
	struct calib_err err = CALIB_ERR_INIT;
	const struct engine *e;
	long count[4];

	if (!batch_wanted(o)) {
		calib_str_add(&f->text, "none: the run is processed here");
		return FLIGHT_OK;
	}
	e = engine_find(o->engine, &err);
	if (e == NULL || e->queue(o->wish.queue, count, &err) < 0)
		return of_error(f, &err);
	calib_str_addf(&f->text, "%s of %s: %ld of %ld processors are free, %ld jobs run, %ld wait",
	               o->wish.queue, e->name, count[0], count[1], count[2], count[3]);
	return FLIGHT_OK;
}

static const struct check {
	const char *name;
	enum flight (*see)(struct flight_plan *plan);
	bool quick;
} checks[] = {
	{"files", see_files, false}, {"detectors", see_detectors, false},
	{"gain ranges", see_gains, false}, {"work directory", see_work, true},
	{"calibration directory", see_calib, true}, {"group", see_group, true},
	{"queue", see_queue, true},
};
enum { NCHECKS = sizeof checks / sizeof *checks };

static int begin(struct flight_plan *f, const struct run_params *p, struct calib_err *err)
{
	*f = (struct flight_plan){.p = p, .scan.err = CALIB_ERR_INIT, .text = CALIB_STR_INIT};
	return scan_run(&f->scan, p, p->scan_events, err);
}

static void end(struct flight_plan *f)
{
	free(f->scan.list);
	calib_str_release(&f->text);
}

int preflight_run(const struct run_params *p, struct calib_table *t, struct calib_err *err)
{
	static const char *const states[] = {"ok", "warning", "failed"};
	struct flight_plan f;
	int rc = begin(&f, p, err), failed = 0;

	for (size_t i = 0; i < NCHECKS && rc >= 0; i++) {
		enum flight state;

		calib_str_clear(&f.text);
		state = checks[i].see(&f);
		failed += state == FLIGHT_FAILED;
		calib_table_unsigned(t, p->run);
		calib_table_text(t, checks[i].name);
		calib_table_text(t, states[state]);
		calib_table_text(t, f.text.s);
		rc = calib_table_row(t);
	}
	end(&f);
	return rc < 0 ? rc : failed;
}

int preflight_quick(const struct run_params *p, struct calib_err *err)
{
	struct flight_plan f;
	int rc = begin(&f, p, err);

	for (size_t i = 0; i < NCHECKS && rc >= 0; i++) {
		calib_str_clear(&f.text);
		if (!checks[i].quick || checks[i].see(&f) != FLIGHT_FAILED)
			continue;
		rc = calib_fail(err, CALIB_ESYS, "%s: %s", checks[i].name, f.text.s);
	}
	end(&f);
	return rc;
}
