/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/run.c - the files of a run: streams, chunks, steps, and the order of datagrams
 *
 * Time counts in fiducials of 1/360 s.  Every stream holds every transition; event e is in
 * stream e mod N.  The loop runs twice when the end is to be cut off: the first pass only adds
 * up sizes, to know which events of the last file will be lost. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/path.h"
#include "sim/hdf5.h"
#include "sim/smd.h"

enum { FIDUCIALS = 131040, HZ = 360, FIRST_FIDUCIAL = 8000 };
#define FIRST_SECOND 1371168000u	/* 2013-06-14 00:00:00 UTC */

struct stream {
	unsigned number;
	struct calib_out *out, *small;	/* small: --smd */
	uint64_t size;			/* of the file so far */
};

struct writer {
	struct sim_run *run;
	const struct calib_sim_plan *plan;
	struct stream stream[CALIB_SIM_MAXSTREAMS + 1];
	unsigned nstreams, chunk;
	uint64_t extra;			/* fiducials spent on transitions */
	struct calib_out *table;	/* truth.tsv */
	bool dry;			/* add up sizes only */
	uint64_t total;			/* dry: of the file that will be cut */
	uint64_t limit;			/* size of that file; UINT64_MAX: whole */
	uint64_t done;
	struct timespec start;		/* live: time 0 of the run */
	struct calib_str path;
};

static struct sim_moment moment(uint64_t ticks)
{
	return (struct sim_moment){FIRST_SECOND + (uint32_t)(ticks / HZ),
		(uint32_t)(ticks % HZ * 1000000000u / HZ),
		(uint32_t)((FIRST_FIDUCIAL + ticks) % FIDUCIALS)};
}

/* The file that --truncate shortens: the last chunk of the last DAQ stream. */
static bool is_cut(const struct writer *w, const struct stream *s)
{
	return s->number == w->plan->streams - 1 && w->chunk == w->plan->chunks - 1;
}

/* small: of the small-data file */
static void file_name(struct writer *w, unsigned stream, unsigned chunk, bool small)
{
	const struct calib_sim_plan *p = w->plan;

	calib_str_clear(&w->path);
	calib_str_addf(&w->path, "%s/%.3s/%s/xtc/%s", p->root, p->exp, p->exp,
		       small ? "smalldata/" : "");
	if (p->expnum >= 0)
		calib_str_addf(&w->path, "e%03ld", p->expnum);
	else
		calib_str_add(&w->path, p->exp);
	calib_str_addf(&w->path, "-r%04u-s%02u-c%02u%s.xtc", p->run, stream, chunk,
		       small ? ".smd" : "");
}

static int open_file(struct writer *w, struct calib_out **out, unsigned stream, bool small,
                     struct calib_err *err)
{
	int rc;

	file_name(w, stream, w->chunk, small);
	rc = calib_str_check(&w->path, err);
	return rc < 0 ? rc : calib_out_open(out, w->path.s, w->plan->flags
	                                    | (w->plan->live > 0 ? CALIB_OUT_GROWING : 0), err);
}

static int open_chunk(struct writer *w, unsigned chunk, struct calib_err *err)
{
	int rc = CALIB_OK;

	w->chunk = chunk;
	for (unsigned i = 0; i < w->nstreams && rc >= 0; i++) {
		w->stream[i].size = 0;
		if (w->dry || w->plan->hdf5 == CALIB_SIM_HDF5)
			continue;
		rc = open_file(w, &w->stream[i].out, w->stream[i].number, false, err);
		if (rc >= 0 && w->plan->smd)
			rc = open_file(w, &w->stream[i].small, w->stream[i].number, true, err);
	}
	return rc;
}

static int commit(struct calib_out **out, struct calib_err *err)
{
	struct calib_out *o = *out;

	*out = NULL;
	return o != NULL ? calib_out_commit(o, err) : CALIB_OK;
}

static int close_chunk(struct writer *w, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (unsigned i = 0; i < w->nstreams && rc >= 0; i++) {
		if (w->dry && is_cut(w, &w->stream[i]))
			w->total = w->stream[i].size;
		rc = commit(&w->stream[i].out, err);
		if (rc >= 0)
			rc = commit(&w->stream[i].small, err);
	}
	return rc;
}

/* Datagrams that are not whole in the large file are not in the small one. */
static int put_small(struct writer *w, struct stream *s, uint64_t offset, struct calib_err *err)
{
	const struct sim_buf *buf = &w->run->buf;
	uint8_t *room;
	size_t n;

	w->run->spare.len = 0;
	room = sim_buf_room(&w->run->spare, buf->len + CALIB_SMD_ADDED);
	if (room == NULL)
		return sim_buf_check(&w->run->spare, err);
	n = calib_smd_dgram(room, buf->at, buf->len, offset);
	return calib_out_write(s->small, room, n, err);
}

/* The datagram in run->buf; what lies behind the limit is not written. */
static int put(struct writer *w, struct stream *s, struct calib_err *err)
{
	uint64_t n = w->run->buf.len, room = UINT64_MAX;
	int rc = sim_buf_check(&w->run->buf, err);

	if (rc < 0)
		return rc;
	if (is_cut(w, s))
		room = s->size < w->limit ? w->limit - s->size : 0;
	s->size += n;
	if (s->out == NULL)
		return CALIB_OK;
	rc = calib_out_write(s->out, w->run->buf.at, n < room ? n : room, err);
	if (rc >= 0 && s->small != NULL && n <= room)
		rc = put_small(w, s, s->size - n, err);
	if (rc >= 0 && w->plan->live > 0)
		rc = calib_out_flush(s->out, err);
	if (rc >= 0 && w->plan->live > 0 && s->small != NULL)
		rc = calib_out_flush(s->small, err);
	return rc;
}

/* live: the time of the data is that of the clock, counted from the start */
static void pace(const struct writer *w, uint64_t ticks)
{
	struct timespec until = w->start;
	double wait = (double)ticks / HZ;

	if (w->plan->live <= 0 || w->dry)
		return;
	wait /= w->plan->live;
	until.tv_sec += (time_t)wait;
	until.tv_nsec += (long)(1e9 * (wait - floor(wait)));
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static int all_streams(struct writer *w, enum sim_service service, uint64_t ticks,
                       unsigned step, struct calib_err *err)
{
	int rc = CALIB_OK;

	pace(w, ticks);
	for (unsigned i = 0; i < w->nstreams && rc >= 0; i++) {
		sim_transition(w->run, service, moment(ticks), w->stream[i].number, step);
		rc = put(w, &w->stream[i], err);
	}
	return rc;
}

/* A level of the HDF5 file begins or ends with a transition. */
static void h5_begin(struct writer *w, uint64_t ticks, unsigned step)
{
	if (w->run->h5 != NULL)
		sim_h5_begin(w->run->h5, moment(ticks), step);
}

static void h5_end(struct writer *w, uint64_t ticks)
{
	if (w->run->h5 != NULL)
		sim_h5_end(w->run->h5, moment(ticks));
}

static uint64_t event_ticks(const struct writer *w, uint64_t event)
{
	return HZ + (uint64_t)((double)event * HZ / w->plan->rate + 0.5) + w->extra;
}

/* Count, and enter in truth.tsv what became of every frame of an event. */
static int note(struct writer *w, const struct sim_event *evt, struct calib_err *err)
{
	static const char *const name[] = {"good", "bright", "damaged", "dropped"};
	int rc = CALIB_OK;

	for (int i = 0; i < w->run->ndets && rc >= 0; i++) {
		struct sim_det *det = &w->run->det[i];
		bool lost = evt->lost && !det->control;

		if (w->table != NULL)
			rc = sim_truth_row(w->table, det,
					   lost ? "lost" : name[sim_what(w->run, det, evt->index)],
					   (long long)evt->index, -1, err);
	}
	return rc;
}

static int one_event(struct writer *w, uint64_t index, unsigned step, struct calib_err *err)
{
	struct sim_moment when = moment(event_ticks(w, index));
	struct sim_event evt = {index, step, (unsigned)(index % w->plan->streams), when.sec,
				when.nsec, when.fiducial, false};
	struct stream *s = &w->stream[evt.stream];
	int rc;

	if (w->dry) {
		s->size += sim_l1_size(w->run, &evt, s->number);
		return CALIB_OK;
	}
	pace(w, event_ticks(w, index));
	evt.lost = is_cut(w, s) && w->limit != UINT64_MAX &&
		   s->size + sim_l1_size(w->run, &evt, s->number) > w->limit;
	rc = note(w, &evt, err);
	if (rc >= 0) {
		sim_l1accept(w->run, &evt, s->number);
		rc = put(w, s, err);
	}
	evt.lost = false;		/* the control stream is whole */
	if (rc >= 0 && w->plan->control) {
		s = &w->stream[w->nstreams - 1];
		sim_l1accept(w->run, &evt, s->number);
		rc = put(w, s, err);
	}
	if (rc >= 0 && w->run->h5 != NULL)
		rc = sim_h5_check(w->run->h5, err);
	if (w->plan->progress != NULL)
		w->plan->progress(w->plan->ctx, ++w->done, w->plan->events);
	return rc;
}

/* A chunk ends with Disable, the next begins with Enable. */
static int next_chunk(struct writer *w, uint64_t ticks, unsigned step, struct calib_err *err)
{
	int rc = all_streams(w, SIM_DISABLE, ticks, step, err);

	if (rc >= 0)
		rc = close_chunk(w, err);
	if (rc >= 0)
		rc = open_chunk(w, w->chunk + 1, err);
	if (rc >= 0)
		rc = all_streams(w, SIM_ENABLE, ticks + HZ / 2, step, err);
	w->extra += HZ;
	return rc;
}

static int one_step(struct writer *w, unsigned step, struct calib_err *err)
{
	const struct calib_sim_plan *p = w->plan;
	uint64_t first = p->events * step / p->steps, end = p->events * (step + 1) / p->steps;
	int rc;

	h5_begin(w, event_ticks(w, first) - HZ / 2, step);
	rc = all_streams(w, SIM_BEGINCYCLE, event_ticks(w, first) - HZ / 2, step, err);
	if (rc >= 0)
		rc = all_streams(w, SIM_ENABLE, event_ticks(w, first) - HZ / 4, step, err);
	for (int i = 0; i < w->run->ndets && !w->dry; i++)
		if (w->run->det[i].ngains > 1)
			sim_model_gain(w->run->det[i].model,
				       sim_gain(w->run, &w->run->det[i], step));
	for (uint64_t e = first; e < end && rc >= 0; e++) {
		/* a chunk with more files to come ends before this event */
		while (rc >= 0 && w->chunk + 1 < p->chunks &&
		       e >= p->events * (w->chunk + 1) / p->chunks)
			rc = next_chunk(w, event_ticks(w, e), step, err);
		if (rc >= 0)
			rc = one_event(w, e, step, err);
	}
	/* fewer events than chunks: the rest of the chunks is empty */
	while (rc >= 0 && step + 1 == p->steps && w->chunk + 1 < p->chunks)
		rc = next_chunk(w, event_ticks(w, end), step, err);
	if (rc >= 0)
		rc = all_streams(w, SIM_DISABLE, event_ticks(w, end) + HZ / 4, step, err);
	if (rc >= 0)
		rc = all_streams(w, SIM_ENDCYCLE, event_ticks(w, end) + HZ / 2, step, err);
	h5_end(w, event_ticks(w, end) + HZ / 2);
	w->extra += 2 * HZ;
	for (int i = 0; i < w->run->ndets && rc >= 0 && !w->dry; i++)
		if (w->run->det[i].truth != NULL)
			rc = sim_truth_step(w->run->det[i].truth, &w->run->det[i], step, err);
	return rc;
}

static int pass(struct writer *w, struct calib_err *err)
{
	int rc = open_chunk(w, 0, err);

	w->extra = 0;
	h5_begin(w, 0, 0);
	if (rc >= 0)
		rc = all_streams(w, SIM_CONFIGURE, 0, 0, err);
	h5_begin(w, HZ / 4, 0);
	if (rc >= 0)
		rc = all_streams(w, SIM_BEGINRUN, HZ / 4, 0, err);
	for (unsigned k = 0; k < w->plan->steps && rc >= 0; k++)
		rc = one_step(w, k, err);
	if (rc >= 0)
		rc = all_streams(w, SIM_ENDRUN, event_ticks(w, w->plan->events), 0, err);
	for (int level = 0; level < 2; level++)		/* Run, Configure */
		h5_end(w, event_ticks(w, w->plan->events));
	if (rc >= 0)
		rc = close_chunk(w, err);
	for (unsigned i = 0; i < w->nstreams; i++) {
		calib_out_abort(w->stream[i].out);
		calib_out_abort(w->stream[i].small);
		w->stream[i].out = w->stream[i].small = NULL;
	}
	return rc;
}

/* Files of the same run that this one would not replace would be read together with it. */
static int no_leftovers(struct writer *w, const char *dir, bool written, struct calib_err *err)
{
	char **names, stem[300];
	size_t n, len;
	int rc;

	file_name(w, 0, 0, false);
	snprintf(stem, sizeof stem, "%s", calib_path_base(w->path.s));
	len = strlen(stem) - strlen("-s00-c00.xtc") + 2;	/* "...-r0173-s" */
	rc = calib_dir_names(&names, &n, dir, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n && rc >= 0; i++) {
		struct calib_file f;
		size_t prefix;
		bool ours;

		if (strncmp(names[i], stem, len) != 0)
			continue;
		ours = written && calib_filename_parse(names[i], &f, &prefix)
			&& f.chunk < w->plan->chunks
			&& (f.stream < w->plan->streams
			    || (f.stream == SIM_CONTROL_STREAM && w->plan->control));
		if (!ours)
			rc = calib_fail(err, CALIB_EEXIST,
					"%s/%s: belongs to an earlier form of run "
					"%u and would be read with the new one; remove it first",
					dir, names[i], w->plan->run);
	}
	calib_names_free(names);
	return rc;
}

/* The directory of the large or the small files, in which we write or do not. */
static int make_place(struct writer *w, bool small, bool written, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	int rc;

	file_name(w, 0, 0, small);
	calib_path_dir(&dir, w->path.s);
	rc = calib_str_check(&dir, err);
	if (rc >= 0 && written)
		rc = calib_make_dirs(dir.s, 0, (gid_t)-1, err);
	if (rc >= 0 && (written || calib_is_dir(dir.s)))
		rc = no_leftovers(w, dir.s, written, err);
	calib_str_release(&dir);
	return rc;
}

static int make_places(struct writer *w, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (w->plan->hdf5 != CALIB_SIM_HDF5)
		rc = make_place(w, false, true, err);
	if (rc >= 0 && w->plan->hdf5 != CALIB_SIM_HDF5)
		rc = make_place(w, true, w->plan->smd, err);
	if (rc >= 0 && w->plan->truth != NULL)
		rc = calib_make_dirs(w->plan->truth, 0, (gid_t)-1, err);
	if (rc >= 0 && w->plan->truth != NULL) {
		calib_path_join(&w->path, w->plan->truth, "truth.tsv");
		rc = calib_str_check(&w->path, err);
		if (rc >= 0)
			rc = calib_out_open(&w->table, w->path.s, w->plan->flags, err);
		if (rc >= 0)
			rc = calib_out_printf(w->table, err, "#source\twhat\tevent\tpixel\n");
	}
	return rc;
}

static int open_h5(struct writer *w, struct calib_err *err)
{
	const struct calib_sim_plan *p = w->plan;
	struct calib_str dir = CALIB_STR_INIT;
	int rc;

	if (p->hdf5 == CALIB_SIM_XTC)
		return CALIB_OK;
	calib_str_addf(&dir, "%s/%.3s/%s/hdf5", p->root, p->exp, p->exp);
	rc = calib_str_check(&dir, err);
	if (rc >= 0)
		rc = calib_make_dirs(dir.s, 0, (gid_t)-1, err);
	calib_str_addf(&dir, "/%s-r%04u.h5", p->exp, p->run);
	if (rc >= 0)
		rc = calib_str_check(&dir, err);
	if (rc >= 0)
		rc = sim_h5_open(&w->run->h5, w->run, dir.s, err);
	calib_str_release(&dir);
	return rc;
}

static int close_h5(struct sim_run *run, struct calib_err *err)
{
	struct sim_h5 *h5 = run->h5;

	run->h5 = NULL;
	return h5 != NULL ? sim_h5_commit(h5, err) : CALIB_OK;
}

static int prepare(struct sim_run *run, struct calib_err *err)
{
	const struct calib_sim_plan *p = run->plan;
	size_t largest = 0;
	int rc = CALIB_OK;

	for (int i = 0; i < run->ndets && rc >= 0; i++) {
		struct sim_det *det = &run->det[i];

		largest = det->npixels > largest ? det->npixels : largest;
		rc = sim_model_new(&det->model, det, p, err);
		if (rc >= 0 && p->truth != NULL)
			rc = sim_truth_new(&det->truth, det, p, err);
	}
	if (rc >= 0) {
		run->frame = calib_alloc(largest + 1, sizeof *run->frame, "frame", err);
		rc = run->frame == NULL ? CALIB_ENOMEM : CALIB_OK;
	}
	return rc;
}

static int finish_truth(struct writer *w, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (w->plan->truth == NULL)
		return rc;
	for (int i = 0; i < w->run->ndets && rc >= 0; i++) {
		rc = sim_truth_save(w->run->det[i].truth, &w->run->det[i], err);
		if (rc >= 0)
			rc = sim_truth_pixels(w->table, &w->run->det[i], err);
	}
	if (rc >= 0) {
		rc = calib_out_commit(w->table, err);
		w->table = NULL;
	}
	return rc;
}

static int check_numbers(const struct calib_sim_plan *p, struct calib_err *err)
{
	const struct { const char *name; double value, lo, hi; } real[] = {
		{"--noise", p->noise, 0, 200}, {"--hot", p->hot, 0, 1}, {"--dead", p->dead, 0, 1},
		{"--noisy", p->noisy, 0, 1}, {"--stuck", p->stuck, 0, 1},
		{"--flicker", p->flicker, 0, 1}, {"--bright", p->bright, 0, 1},
		{"--drop", p->drop, 0, 1}, {"--damage", p->damage, 0, 1},
		{"--rate", p->rate, 0.001, 360}, {"--streams", p->streams, 1, CALIB_SIM_MAXSTREAMS},
		{"--live", p->live, 0, 1e6},
		{"--chunks", p->chunks, 1, CALIB_SIM_MAXCHUNKS}, {"--steps", p->steps, 1, 256},
		{"--modules", p->modules, 1, 32}, {"--run", p->run, 1, 9999},
		{"the sum of the fractions of pixels",
		 p->hot + p->dead + p->noisy + p->stuck + p->flicker, 0, 1},
		{"--light", p->light, 0, 16000}, {"--drift", p->drift, 0, 16000},
		{"--settling", p->settling, 0, 16000},
		{"--size", (double)p->rows, 0, 16384}, {"--size", (double)p->cols, 0, 16384},
	};

	for (size_t i = 0; i < sizeof real / sizeof real[0]; i++)
		if (!(real[i].value >= real[i].lo && real[i].value <= real[i].hi))
			return calib_fail(err, CALIB_EINVAL, "%s: %g is not from %g to %g",
					  real[i].name, real[i].value, real[i].lo, real[i].hi);
	if (p->exp == NULL || strlen(p->exp) < 4 || strlen(p->exp) > 64 ||
	    strspn(p->exp, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
		    strlen(p->exp))
		return calib_fail(err, CALIB_EINVAL, "-e: '%s' is no experiment name, such as "
				  "xppi0613", p->exp != NULL ? p->exp : "");
	if (p->deflate < 0 || p->deflate > 9)
		return calib_fail(err, CALIB_EINVAL, "--deflate: %d is not from 0 to 9",
				  p->deflate);
	if (p->smd && p->hdf5 == CALIB_SIM_HDF5)
		return calib_fail(err, CALIB_EINVAL,
				  "--smd needs the XTC files that --hdf5=only leaves out");
	if (p->truncate > 0 && p->compress)
		return calib_fail(err, CALIB_EINVAL,
				  "--truncate and --compress exclude each other");
	return CALIB_OK;
}

static bool has_hdf5(const struct sim_run *run)
{
	for (int i = 0; i < run->ndets; i++)
		if (sim_h5_group(&run->det[i]) != NULL)
			return true;
	return false;
}

static int make_run(struct sim_run *run, const struct calib_sim_plan *plan, struct calib_err *err)
{
	int rc = check_numbers(plan, err);

	run->plan = plan;
	if (rc >= 0)
		rc = sim_dets_parse(run->det, plan, err);
	if (rc >= 0) {
		run->ndets = rc;
		rc = sim_codes_parse(run, plan->codes, err);
	}
	if (rc >= 0)
		rc = sim_gains_parse(run, plan->gains, err);
	for (int i = 0; rc >= 0 && i < run->ndets; i++)
		if (plan->light_segment >= (long)run->det[i].nsegments)
			rc = calib_fail(err, CALIB_EINVAL, "--light: segment %ld, the segments of "
			                "%s are 0 to %zu", plan->light_segment,
			                run->det[i].kind->name, run->det[i].nsegments - 1);
	if (rc >= 0 && plan->hdf5 == CALIB_SIM_HDF5 && !has_hdf5(run))
		rc = calib_fail(err, CALIB_EINVAL, "--hdf5=only: the Translator has no form for "
				"'%s'", plan->detectors);
	return rc;
}

static void free_run(struct sim_run *run)
{
	for (int i = 0; i < run->ndets; i++) {
		sim_model_free(run->det[i].model);
		sim_truth_free(run->det[i].truth);
	}
	free(run->frame);
	sim_buf_release(&run->buf);
	sim_buf_release(&run->spare);
	sim_h5_abort(run->h5);
	free(run);
}

int calib_sim_check(const struct calib_sim_plan *plan, struct calib_err *err)
{
	struct sim_run *run = calib_alloc(1, sizeof *run, "run", err);
	int rc;

	if (run == NULL)
		return CALIB_ENOMEM;
	rc = make_run(run, plan, err);
	free_run(run);
	return rc < 0 ? rc : CALIB_OK;
}

/* How much of the last file stays. */
static int find_limit(struct writer *w, struct calib_err *err)
{
	int rc;

	w->limit = UINT64_MAX;
	if (w->plan->truncate == 0)
		return CALIB_OK;
	w->dry = true;
	rc = pass(w, err);
	w->dry = false;
	if (rc >= 0 && w->plan->truncate >= w->total)
		rc = calib_fail(err, CALIB_EINVAL, "--truncate: the last file has only %llu bytes",
				(unsigned long long)w->total);
	w->limit = w->total - w->plan->truncate;
	return rc;
}

int calib_sim_write(const struct calib_sim_plan *plan, struct calib_err *err)
{
	struct sim_run *run = calib_alloc(1, sizeof *run, "run", err);
	struct writer *w = calib_alloc(1, sizeof *w, "run", err);
	int rc = run == NULL || w == NULL ? CALIB_ENOMEM : make_run(run, plan, err);

	if (rc >= 0) {
		w->run = run;
		w->plan = plan;
		w->path = (struct calib_str)CALIB_STR_INIT;
		for (unsigned i = 0; i < plan->streams; i++)
			w->stream[w->nstreams++].number = i;
		if (plan->control)
			w->stream[w->nstreams++].number = SIM_CONTROL_STREAM;
		rc = find_limit(w, err);
		if (rc >= 0)
			rc = make_places(w, err);
		if (rc >= 0)
			rc = prepare(run, err);
		if (rc >= 0)
			rc = open_h5(w, err);
		clock_gettime(CLOCK_MONOTONIC, &w->start);
		if (rc >= 0)
			rc = pass(w, err);
		if (rc >= 0)
			rc = close_h5(run, err);
		if (rc >= 0)
			rc = finish_truth(w, err);
		calib_out_abort(w->table);
		calib_str_release(&w->path);
	}
	free(w);
	if (run != NULL)
		free_run(run);
	return rc < 0 ? rc : CALIB_OK;
}
