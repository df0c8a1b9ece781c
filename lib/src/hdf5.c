/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/hdf5.c - HDF5 files as a run: the sources of a step merged into events
 *
 * Of every source only a window of times, masks and damages is in memory, whatever the number
 * of events.  Times of a source may be out of order by a few events, as in XTC streams. */
#include "src/hdf5.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "nda/h5.h"
#include "nda/nda.h"

static const uint64_t NONE = UINT64_MAX;

static struct calib_h5run *h5(const struct calib_src *src)
{
	return src->run;
}

/* ---- what the forms use ---- */

struct calib_h5source *calib_h5run_add(struct calib_h5run *run, struct calib_err *err)
{
	void *list = run->source;
	struct calib_h5source *s;

	if (calib_grow(&list, &run->source_room, run->nsources + 1, sizeof *s, "sources", err) < 0)
		return NULL;
	run->source = list;
	s = &run->source[run->nsources++];
	*s = (struct calib_h5source){.version = 1, .type = CALIB_TYPE_ARRAY, .codes = -1};
	for (int i = 0; i < NCOLS; i++)
		s->col[i] = (struct calib_h5col){-1, -1, 1, 0};
	return s;
}

void calib_h5run_undo(struct calib_h5run *run)
{
	struct calib_h5source *s = &run->source[--run->nsources];

	calib_h5set_close(s->set);
	if (s->codes >= 0)
		H5Dclose(s->codes);
	for (int i = 0; i < NCOLS; i++)
		calib_h5col_close(&s->col[i]);
	free(s->window);
	free(s->payload);
}

int calib_h5run_set(struct calib_h5run *run, const char *path, struct calib_h5source **source,
                    struct calib_err *err)
{
	struct calib_h5source *s = calib_h5run_add(run, err);
	int rc;

	if (s == NULL)
		return CALIB_ENOMEM;
	rc = calib_h5set_open(&s->set, run, run->file, path, err);
	if (rc >= 0)
		rc = calib_h5run_name(run, path, &s->id, err);
	if (rc >= 0 && run->form->corrected != NULL)
		rc = calib_h5run_why(run, s->id, run->form->corrected, err);
	if (rc < 0) {
		calib_h5run_undo(run);
		return rc;
	}
	s->array = *calib_h5set_array(s->set);
	s->n = calib_h5set_events(s->set);
	/* NaN of floats; smalldata marks integers, too */
	s->marks = run->form->marks && (calib_dtype_is_float((enum calib_dtype)s->array.dtype)
	                                || run->form->corrected != NULL);
	*source = s;
	return CALIB_OK;
}

int calib_h5run_name(struct calib_h5run *run, const char *name, struct calib_srcid *id,
                     struct calib_err *err)
{
	if (calib_src_by_alias(run->src, name, id))
		return CALIB_OK;
	/* NoDetector.0:NoDevice.<n> */
	*id = (struct calib_srcid){CALIB_LEVEL_SOURCE << 24,
	                           (run->nameless & 0xff00) << 8 | (run->nameless & 0xff)};
	run->nameless++;
	return calib_src_add_alias(run->src, *id, name, err);
}

const struct calib_array_type *calib_h5run_array(struct calib_h5run *run,
                                                 const struct calib_array_type *type,
                                                 struct calib_err *err)
{
	struct calib_h5array *a;

	for (a = run->arrays; a != NULL; a = a->next)
		if (memcmp(&a->type, type, sizeof *type) == 0)
			return &a->type;
	a = calib_alloc(1, sizeof *a, "array type", err);
	if (a == NULL)
		return NULL;
	a->type = *type;
	a->next = run->arrays;
	run->arrays = a;
	return &a->type;
}

int calib_h5run_why(struct calib_h5run *run, struct calib_srcid id, const char *why,
                    struct calib_err *err)
{
	void *list = run->why;
	int rc;

	for (size_t i = 0; i < run->nwhy; i++)
		if (calib_srcid_equal(run->why[i].id, id))
			return CALIB_OK;
	rc = calib_grow(&list, &run->why_room, run->nwhy + 1, sizeof *run->why, "sources", err);
	run->why = list;
	if (rc >= 0)
		run->why[run->nwhy++] = (struct calib_h5why){id, why};
	return rc;
}

/* ---- files and steps ---- */

static void close_step(struct calib_h5run *run)
{
	while (run->nsources > 0)
		calib_h5run_undo(run);
}

static void close_file(struct calib_h5run *run)
{
	close_step(run);
	calib_names_free(run->steps);
	run->steps = NULL;
	run->nsteps = run->step_at = 0;
	if (run->file >= 0)
		H5Fclose(run->file);
	run->file = -1;
}

static herr_t find_words(unsigned n, const H5E_error2_t *record, void *ctx)
{
	const char **words = ctx;

	(void)n;
	if (record->desc != NULL && strstr(record->desc, words[0]) != NULL)
		words[1] = words[0];
	return 0;
}

/* Why a file cannot be opened, by the words of the library. */
static int cannot_open(const char *name, struct calib_err *err)
{
	static const struct { const char *words, *why; } known[] = {
		{"unable to lock file", "is being written by another program (locked)"},
		{"already open for write", "is being written by another program, or was left "
		 "unfinished by one (if none is running: h5clear -s FILE)"},
		{"truncated file", "is incomplete: it ends before the end that it announces"},
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		const char *words[2] = {known[i].words, NULL};

		H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_words, words);
		if (words[1] != NULL)
			return calib_fail(err, CALIB_EFORMAT, "%s: %s", name, known[i].why);
	}
	return calib_fail(err, CALIB_EFORMAT, "%s: is no HDF5 file or damaged", name);
}

static int open_file(struct calib_h5run *run, const struct calib_file *f, struct calib_err *err)
{
	hid_t access = H5Pcreate(H5P_FILE_ACCESS);
	int rc = CALIB_OK;

	H5Pset_fapl_sec2(access);
#if H5_VERSION_GE(1, 10, 7)
	H5Pset_file_locking(access, true, true);	/* ignored where disks know no locks */
#endif
	run->name = f->path;
	run->path = f->inside;
	run->file = H5Fopen(f->path, H5F_ACC_RDONLY, access);
	if (run->file < 0)
		rc = cannot_open(f->path, err);
	H5Pclose(access);
	if (rc < 0)
		return rc;
	run->form = calib_h5form_of(run->file);
	if (run->src->evt.run != f->run) {
		run->src->evt.run = f->run;
		run->src->evt.step = -1;
	}
	if (run->path == NULL && run->form->steps != NULL)
		return run->form->steps(run, err);
	run->nsteps = 1;
	return CALIB_OK;
}

static int ready(struct calib_h5run *run, struct calib_err *err)
{
	for (size_t i = 0; i < run->nsources; i++) {
		struct calib_h5source *s = &run->source[i];

		s->window = calib_alloc(CALIB_H5_WINDOW, sizeof *s->window, "events", err);
		if (s->window == NULL)
			return CALIB_ENOMEM;
		s->shared = calib_h5run_array(run, &s->array, err);
		if (s->shared == NULL)
			return CALIB_ENOMEM;
		for (int c = 0; c < NCOLS; c++)
			if (s->col[c].set >= 0 && s->col[c].n < s->n)
				s->n = s->col[c].n;
	}
	return CALIB_OK;
}

static int open_step(struct calib_h5run *run, struct calib_err *err)
{
	const char *step = run->steps ? run->steps[run->step_at] : NULL;
	int rc;

	run->step_at++;
	run->src->evt.step = step ? run->src->evt.step + 1 : 0;
	rc = calib_h5form_sources(run, step, err);
	return rc < 0 ? rc : ready(run, err);
}

/* The next step that has sources; 0 after the last. */
static int next_step(struct calib_h5run *run, struct calib_err *err)
{
	const struct calib_files *files = &run->src->files;
	struct calib_err why = CALIB_ERR_INIT;
	int rc = CALIB_OK;

	while (run->nsources == 0) {
		if (run->file >= 0 && run->step_at < run->nsteps) {
			rc = open_step(run, &why);
		} else {
			close_file(run);
			if (run->file_at == files->n)
				return 0;
			rc = open_file(run, &files->file[run->file_at++], &why);
		}
		if (rc >= 0)
			continue;
		close_file(run);
		if (rc == CALIB_ENOMEM || files->n == 1)
			return calib_fail(err, rc, "%s", why.msg);
		calib_src_note(run->src, why.msg);	/* the other files are still good */
		calib_err_clear(&why);
	}
	return 1;
}

/* ---- windows ---- */

static struct calib_h5entry *entry(const struct calib_h5source *s, uint64_t i)
{
	return &s->window[i - s->first];
}

static void put(const struct calib_h5source *s, int column, struct calib_h5entry *e,
                const int64_t *v)
{
	uint32_t *const field[] = {[COL_SEC] = &e->sec, [COL_NSEC] = &e->nsec,
		[COL_FIDUCIAL] = &e->fiducial, [COL_TICKS] = &e->ticks, [COL_VECTOR] = &e->vector,
		[COL_DAMAGE] = &e->damage};

	if (column == COL_MASK) {
		e->valid = *v != 0;
	} else if (column == COL_QUAD || column == COL_SECTIONS) {
		for (size_t k = 0; k < s->col[column].width; k++)
			(column == COL_QUAD ? e->quad : e->sections)[k] = (uint8_t)v[k];
	} else if (column == COL_SEC && s->packed) {
		e->sec = (uint32_t)(*v >> 32);
		e->nsec = (uint32_t)*v;
	} else {
		*field[column] = (uint32_t)*v;
	}
}

/* Columns of events [from, from + k) behind what the window has. */
static bool read_window(struct calib_h5run *run, struct calib_h5source *s, uint64_t from, size_t k)
{
	for (size_t i = 0; i < k; i++)
		*entry(s, from + i) = (struct calib_h5entry){.valid = true};
	for (int c = 0; c < NCOLS; c++) {
		size_t width = s->col[c].width;

		if (s->col[c].set < 0)
			continue;
		if (!calib_h5col_read(&s->col[c], from, k, run->numbers))
			return false;
		for (size_t i = 0; i < k; i++)
			put(s, c, entry(s, from + i), run->numbers + i * width);
	}
	s->have += k;
	return true;
}

/* Have the next events of a source in its window, and its next one in front. */
static void look_ahead(struct calib_h5run *run, struct calib_h5source *s)
{
	for (;;) {
		uint64_t end = s->first + s->have, want = s->n - s->at;
		size_t keep = (size_t)(end - s->at), room = CALIB_H5_WINDOW - keep;

		want = want < CALIB_H5_AHEAD ? want : CALIB_H5_AHEAD;
		if (keep < want) {
			memmove(s->window, entry(s, s->at), keep * sizeof *s->window);
			s->first = s->at;
			s->have = keep;
			room = s->n - end < room ? (size_t)(s->n - end) : room;
			if (!read_window(run, s, end, room)) {
				struct calib_err err = CALIB_ERR_INIT;

				calib_h5_error(&err, run->name, "time", "read the times of events; "
				               "their source is left out");
				calib_src_note(run->src, err.msg);
				s->n = s->at;
			}
		}
		if (s->at == s->n || !entry(s, s->at)->taken)
			return;
		s->at++;
	}
}

static bool has_fiducial(const struct calib_h5source *s)
{
	return s->col[COL_FIDUCIAL].set >= 0;
}

static bool earlier(const struct calib_h5entry *a, const struct calib_h5entry *b)
{
	return a->sec != b->sec ? a->sec < b->sec : a->nsec < b->nsec;
}

/* The event of s that belongs to the one at the front of lead, NONE if there is none near. */
static uint64_t partner(const struct calib_h5source *s, const struct calib_h5source *lead)
{
	const struct calib_h5entry *a = entry(lead, lead->at);
	bool fiducials = has_fiducial(s) && has_fiducial(lead);
	uint64_t end = s->first + s->have;

	for (uint64_t i = s->at; i < end && i < s->at + CALIB_H5_AHEAD && s->at < s->n; i++) {
		const struct calib_h5entry *b = entry(s, i);

		if (!b->taken && b->sec == a->sec && b->nsec == a->nsec
		    && (!fiducials || a->fiducial == b->fiducial))
			return i;
	}
	return NONE;
}

/* ---- events ---- */

static void note(struct calib_h5run *run, const struct calib_err *err)
{
	calib_src_note(run->src, err->msg);
}

/* Data that cannot be delivered are an object without any. */
static int fill_pixels(struct calib_h5run *run, struct calib_h5source *s, struct calib_object *o,
                       struct calib_err *err)
{
	struct calib_array_type array;
	struct calib_err why = CALIB_ERR_INIT;
	int rc = calib_h5set_event(s->set, s->found, o, &why);

	o->array = s->shared;
	if (rc >= 0 && s->array.nsections > 0) {
		array = s->array;
		rc = calib_h5lcls_sections(s, entry(s, s->found), &array);
		o->array = rc > 0 ? calib_h5run_array(run, &array, err) : s->shared;
		if (o->array == NULL)
			return CALIB_ENOMEM;
		if (rc == 0)
			rc = calib_fail(&why, CALIB_EFORMAT, "%s: event %llu: the CSPAD sections "
			                "named in it are not those stored", run->name,
			                (unsigned long long)s->found);
	}
	if (rc >= 0 && s->marks)
		rc = calib_h5set_blank(s->set, o, &why) == 1 ? 0 : (int)why.code ? why.code : 1;
	else if (rc >= 0)
		rc = 1;
	if (rc == CALIB_ENOMEM)
		return calib_fail(err, rc, "%s", why.msg);
	if (rc < 0)
		note(run, &why);
	if (rc <= 0) {
		o->place.size = 0;
		o->slab = NULL;
	}
	return CALIB_OK;
}

static int fill_codes(struct calib_h5run *run, struct calib_h5source *s, struct calib_object *o,
                      struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	long n = calib_h5lcls_codes(s, s->found, entry(s, s->found)->fiducial, &why);

	if (n == CALIB_ENOMEM)
		return calib_fail(err, (int)n, "%s", why.msg);
	if (n < 0)
		note(run, &why);
	o->place = (struct calib_place){-1, 0, n > 0 ? (size_t)n : 0, s->payload, run->name};
	return CALIB_OK;
}

static int fill(struct calib_h5run *run, struct calib_h5source *s, struct calib_object *o,
                struct calib_err *err)
{
	struct calib_h5entry *e = entry(s, s->found);

	e->taken = true;
	*o = (struct calib_object){.src = s->id, .type = s->type, .version = s->version,
		.damage = e->damage, .place = {-1, 0, 0, NULL, run->name}};
	if (s->set == NULL)
		return e->valid ? fill_codes(run, s, o, err) : CALIB_OK;
	o->array = s->shared;
	return e->valid ? fill_pixels(run, s, o, err) : CALIB_OK;
}

/* The next event of the open step; 0 when there is none. */
static int next_event(struct calib_h5run *run, struct calib_err *err)
{
	struct calib_src *src = run->src;
	struct calib_evt *evt = &src->evt;
	const struct calib_h5source *lead = NULL;
	const struct calib_h5entry *e;
	int rc = calib_src_room(src, run->nsources, err);

	for (size_t i = 0; i < run->nsources && rc >= 0; i++) {
		struct calib_h5source *s = &run->source[i];

		look_ahead(run, s);
		if (s->at == s->n)
			continue;
		if (lead == NULL || earlier(entry(s, s->at), entry(lead, lead->at)))
			lead = s;
	}
	if (lead == NULL || rc < 0)
		return rc;
	e = entry(lead, lead->at);
	evt->sec = e->sec;
	evt->nsec = e->nsec;
	evt->fiducial = e->fiducial;
	evt->ticks = e->ticks;
	evt->vector = e->vector;
	evt->offset = lead->at;
	evt->nobjects = 0;
	for (size_t i = 0; i < run->nsources; i++)
		run->source[i].found = partner(&run->source[i], lead);
	for (size_t i = 0; i < run->nsources && rc >= 0; i++)
		if (run->source[i].found != NONE)
			rc = fill(run, &run->source[i], &src->objects[evt->nobjects++], err);
	if (rc < 0)
		return rc;
	evt->objects = src->objects;
	evt->cfg = src->cfg;
	evt->index = src->stats.events++;
	src->stats.datagrams++;
	return 1;
}

static int advance(struct calib_src *src, struct calib_err *err)
{
	struct calib_h5run *run = h5(src);
	int rc;

	while ((rc = next_step(run, err)) > 0) {
		rc = next_event(run, err);
		if (rc != 0)
			return rc;
		close_step(run);
	}
	return rc;
}

/* ---- the run ---- */

static int open_run(struct calib_src *src, const struct calib_src_opts *opts,
                    struct calib_err *err)
{
	struct calib_h5run *run = calib_alloc(1, sizeof *run, "run", err);

	(void)opts;
	if (run == NULL)
		return CALIB_ENOMEM;
	src->run = run;
	run->src = src;
	run->file = -1;
	calib_h5_start();
	run->numbers = calib_alloc((size_t)CALIB_H5_WINDOW * CALIB_H5_QUADS, sizeof(int64_t),
	                           "events", err);
	src->evt = (struct calib_evt){.step = -1, .run = src->files.file[0].run};
	return run->numbers ? calib_h5pool_new(&run->pool, err) : CALIB_ENOMEM;
}

static void rewind_run(struct calib_src *src)
{
	struct calib_h5run *run = h5(src);

	close_file(run);
	run->file_at = 0;
	run->nameless = 0;
	src->evt = (struct calib_evt){.step = -1, .run = src->files.file[0].run};
}

static void close_run(struct calib_src *src)
{
	struct calib_h5run *run = h5(src);

	if (run == NULL)
		return;
	close_file(run);
	while (run->fds != NULL) {
		run->fds->holders = 1;
		calib_h5fd_drop(run, run->fds);
	}
	for (struct calib_h5array *a = run->arrays, *next; a != NULL; a = next) {
		next = a->next;
		free(a);
	}
	calib_h5pool_free(run->pool);
	free(run->why);
	free(run->source);
	free(run->numbers);
	free(run);
}

static const char *calibrated(const struct calib_src *src, struct calib_srcid id)
{
	const struct calib_h5run *run = h5(src);

	for (size_t i = 0; i < run->nwhy; i++)
		if (calib_srcid_equal(run->why[i].id, id))
			return run->why[i].why;
	return NULL;
}

const struct calib_src_kind calib_src_hdf5 = {open_run, advance, rewind_run, close_run, calibrated};
