/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/run.c - a run into constants: passes over the events, all detectors at once
 *
 *   1. headers only: which sources there are, how many good arrays each has
 *   2. the sample, for algorithms that have one
 *   3. all arrays, in blocks
 *   4. arrays taken out as bright that must be added again (rare)
 * Memory does not depend on the number of events, and pixels are read once but for the sample. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "dark/dark.h"
#include "dark/source.h"
#include "src/src.h"

struct run {
	const struct dark_opts *o;
	struct calib_src_opts open;
	struct calib_src *src;
	struct calib_selection *sel;
	struct calib_filter filter;
	struct calib_codes codes;
	struct dark_sources sources;
	struct calib_str others;	/* image sources that were not asked for */
	struct calib_str left_out;	/* a line for each source asked for that is not processed */
	struct calib_str inputs;
	char exp[64];
	unsigned number;		/* of the run, of the first one of several */
	uint64_t total;			/* events the first pass found */
	bool failed;			/* something of one source failed, and was said */
};

/* One source fails, the others go on. */
static void give_up(struct run *r, struct dark_source *s, struct calib_err *err)
{
	calib_log(CALIB_ERROR, "%s", err->msg);
	calib_err_clear(err);
	dark_source_clear(s);
	s->failed = true;
	r->failed = true;
}

/* ---- walking over the events ---- */

struct pass {
	const char *text;		/* for the progress display */
	bool finding;			/* the first pass: sources are not known yet */
	/* what to do with a good array, which the callee owns, and with an event without one */
	int (*take)(struct run *r, struct dark_source *s, struct dark_frame *frame,
	            struct calib_err *err);
	void (*gap)(struct dark_source *s);
};

static bool full(const struct run *r, const struct dark_source *s)
{
	return s->failed || (r->o->set.num_events > 0
	                     && s->taken >= (uint64_t)r->o->set.num_events);
}

static const struct calib_object *object_of(const struct dark_source *s,
                                            const struct calib_evt *evt)
{
	for (size_t i = 0; i < evt->nobjects; i++)
		if (evt->objects[i].type == s->type
		    && calib_srcid_equal(evt->objects[i].src, s->id))
			return &evt->objects[i];
	return NULL;
}

static bool asked_for(const struct run *r, const struct calib_object *o,
                      const struct calib_det *det)
{
	return r->sel == NULL ? det->image
	                      : calib_selection_has(r->sel, r->src, o->src, o->type);
}

/* A source that is named by -d and delivers no images: say what it delivers. */
static void note_useless(struct run *r, const struct calib_object *o)
{
	char name[64], type[16];

	if (r->sel == NULL || o->place.size == 0
	    || !calib_selection_exact(r->sel, r->src, o->src))
		return;
	calib_source_name(o->src, name, sizeof name);
	if (strstr(r->left_out.s, name) == NULL)
		calib_str_addf(&r->left_out, "%s: its data are of type %s version %u, no images "
			       "that this version can read\n", name,
			       calib_type_name(o->type, type), o->version);
}

/* A new source of images: ours when it was asked for. */
static int find_sources(struct run *r, const struct calib_evt *evt, struct calib_err *err)
{
	for (size_t i = 0; i < evt->nobjects; i++) {
		const struct calib_object *o = &evt->objects[i];
		const struct calib_det *det = calib_det_of(o->src, o->type);
		char name[64];

		if (det == NULL)
			note_useless(r, o);
		if (det == NULL || dark_sources_find(&r->sources, o) != NULL)
			continue;
		if (!asked_for(r, o, det)) {
			calib_source_name(o->src, name, sizeof name);
			if (strstr(r->others.s, name) == NULL)
				calib_str_addf(&r->others, "%s%s (%s)", r->others.len ? ", " : "",
					       name, det->name);
			continue;
		}
		if (dark_sources_add(&r->sources, o, det, err) < 0)
			return err->code;
	}
	return CALIB_OK;
}

static int visit(struct run *r, const struct pass *pass, struct dark_source *s,
                 const struct calib_evt *evt, struct calib_err *err)
{
	const struct calib_object *object = object_of(s, evt);
	struct dark_frame frame;
	int rc = object ? dark_source_open(s, object, evt->cfg, &frame, err) : 0;

	if (rc == 0 && pass->gap != NULL)
		pass->gap(s);
	if (rc <= 0)
		return rc;
	if (s->good++ % (uint64_t)r->o->every != 0) {
		calib_frame_release(&frame.frame);
		return CALIB_OK;
	}
	rc = pass->take(r, s, &frame, err);
	s->taken++;
	return rc;
}

/* The first pass leaves a source's numbers as they were at its last array. */
static void count(const struct run *r, struct dark_source *s)
{
	uint64_t passed = r->filter.read - r->filter.skipped - r->filter.rejected;

	s->usable = s->good;
	s->accepted = s->taken;
	s->counts[0] = (int64_t)r->filter.read;
	s->counts[1] = (int64_t)r->filter.skipped;
	s->counts[2] = (int64_t)r->filter.rejected;
	s->counts[3] = (int64_t)(passed - s->usable);
	s->counts[4] = (int64_t)s->accepted;
}

/* Look for sources in this event?  -m limits it; without -m all events are looked at. */
static bool still_finding(const struct run *r, const struct pass *pass)
{
	uint64_t seen = r->filter.read - r->filter.skipped;

	return pass->finding && (r->o->set.scan_events <= 0
	                         || seen <= (uint64_t)r->o->set.scan_events);
}

/* Beyond -m: a source asked for that begins here is left out, and said so. */
static void note_late(struct run *r, const struct calib_evt *evt)
{
	unsigned long long number = r->filter.read - r->filter.skipped;

	for (size_t i = 0; i < evt->nobjects; i++) {
		const struct calib_object *o = &evt->objects[i];
		const struct calib_det *det = calib_det_of(o->src, o->type);
		char name[64];

		if (det == NULL || dark_sources_find(&r->sources, o) != NULL
		    || !asked_for(r, o, det))
			continue;
		calib_source_name(o->src, name, sizeof name);
		if (strstr(r->left_out.s, name) != NULL)
			continue;
		calib_str_addf(&r->left_out,
			       "%s (%s): its first data are in event %llu, only %ld were looked at "
			       "for detectors: -m %llu finds it, -m 0 looks at all\n",
			       name, det->name, number, r->o->set.scan_events, number);
	}
}

/* All sources of one event; *more: does any source want another event? */
static int visit_all(struct run *r, const struct pass *pass, const struct calib_evt *evt,
                     bool *more, struct calib_err *err)
{
	*more = still_finding(r, pass);
	if (*more && find_sources(r, evt, err) < 0)
		return err->code;
	if (pass->finding && !*more) {
		note_late(r, evt);
		*more = r->sel != NULL && calib_selection_missed(r->sel, 0) != NULL;
	}
	for (size_t i = 0; i < r->sources.n; i++) {
		struct dark_source *s = &r->sources.list[i];
		struct calib_err why = CALIB_ERR_INIT;

		if (full(r, s))
			continue;
		if (visit(r, pass, s, evt, &why) < 0)
			give_up(r, s, &why);
		if (pass->finding)
			count(r, s);
		*more |= !full(r, s);
	}
	return CALIB_OK;
}

static int walk(struct run *r, const struct pass *pass, struct calib_err *err)
{
	const struct calib_evt *evt;
	bool more = true;
	int rc;

	r->filter = (struct calib_filter){.skip = (uint64_t)r->o->set.skip_events,
		.codes = r->codes};
	for (size_t i = 0; i < r->sources.n; i++)
		dark_source_rewind(&r->sources.list[i]);
	rc = pass->finding ? CALIB_OK : calib_src_rewind(r->src, err);
	while (rc >= 0 && more && (rc = calib_filter_next(&r->filter, r->src, &evt, err)) > 0) {
		rc = visit_all(r, pass, evt, &more, err);
		if (r->total > 0)
			cli_progress(&r->o->cli, pass->text, (double)r->filter.read,
			             (double)r->total + 1);
	}
	if (rc >= 0 && r->total > 0)
		cli_progress(&r->o->cli, pass->text, 1, 1);
	/* events read after a source's last array belong to its numbers, unless -n ended it */
	for (size_t i = 0; pass->finding && i < r->sources.n; i++)
		if (!full(r, &r->sources.list[i]))
			count(r, &r->sources.list[i]);
	return rc;
}

/* ---- the passes ---- */

static int take_nothing(struct run *r, struct dark_source *s, struct dark_frame *frame,
                        struct calib_err *err)
{
	(void)r, (void)s, (void)err;
	calib_frame_release(&frame->frame);
	return CALIB_OK;
}

/* The arrays whose numbers are in s->wanted. */
static int take_wanted(struct run *r, struct dark_source *s, struct dark_frame *frame,
                       struct calib_err *err)
{
	(void)r, (void)err;
	if (s->nextwanted == s->nwanted || s->wanted[s->nextwanted] != s->taken) {
		calib_frame_release(&frame->frame);
		return CALIB_OK;
	}
	s->nextwanted++;
	dark_source_keep(s, frame);
	return CALIB_OK;
}

static int flush(struct dark_source *s, struct calib_err *err)
{
	struct calib_dark_block block = dark_source_block(s);
	int rc = s->nblock > 0 ? calib_dark_add(s->dark, &block, err) : CALIB_OK;

	dark_source_clear(s);
	return rc;
}

static size_t block_size(const struct dark_frame *frame)
{
	return frame->frame.owned ? DARK_BLOCK_UNPACKED : DARK_BLOCK;
}

static int take_all(struct run *r, struct dark_source *s, struct dark_frame *frame,
                    struct calib_err *err)
{
	(void)r;
	dark_source_keep(s, frame);
	return s->nblock >= block_size(frame) ? flush(s, err) : CALIB_OK;
}

static int take_back(struct run *r, struct dark_source *s, struct dark_frame *frame,
                     struct calib_err *err)
{
	size_t most = block_size(frame);
	struct calib_dark_block block;
	int rc = take_wanted(r, s, frame, err);

	if (rc < 0 || s->nblock < most)
		return rc;
	block = dark_source_block(s);
	rc = calib_dark_add_back(s->dark, &block, err);
	dark_source_clear(s);
	return rc;
}

static void gap(struct dark_source *s)
{
	calib_dark_gap(s->dark);
}

/* The engine of each source, and which arrays it wants to see first. */
static int prepare(struct run *r, struct dark_source *s, struct calib_err *err)
{
	const struct calib_layout *l = &s->layout;
	struct calib_dark_shape shape = {l->dtype, l->size, l->nsegments, l->segment};
	size_t room = 1024 + DARK_BLOCK;
	int rc;

	if (s->accepted == 0)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: no good array in %lld events%s%s",
				  s->name, (long long)s->counts[0],
				  s->unusable ? "; the first was: " : "", s->why);
	rc = dark_params(&s->params, r->o, l->bits, err);
	if (s->params.data_mask == 0xffff)
		s->params.data_mask = l->data_mask;
	if (rc >= 0)
		rc = calib_dark_new(&s->dark, &shape, &s->params, err);
	if (rc >= 0 && (s->wanted = calib_alloc(room, sizeof *s->wanted, "sample", err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc < 0)
		return rc;
	s->nwanted = calib_dark_wants(&s->params, s->accepted, s->wanted, room);
	return dark_source_room(s, s->nwanted > DARK_BLOCK ? s->nwanted : DARK_BLOCK, err);
}

/* Call for every source that is still in; what fails is that source's alone. */
static void each(struct run *r, int (*work)(struct run *r, struct dark_source *s,
                                            struct calib_err *err))
{
	for (size_t i = 0; i < r->sources.n; i++) {
		struct calib_err why = CALIB_ERR_INIT;

		if (!r->sources.list[i].failed
		    && work(r, &r->sources.list[i], &why) < 0)
			give_up(r, &r->sources.list[i], &why);
	}
}

static int sample(struct run *r, struct dark_source *s, struct calib_err *err)
{
	struct calib_dark_block block = dark_source_block(s);
	int rc = s->nwanted > 0 ? calib_dark_sample(s->dark, &block, s->accepted, err) : CALIB_OK;

	(void)r;
	dark_source_clear(s);
	return rc < 0 ? calib_err_wrap(err, "%s", s->name) : CALIB_OK;
}

static int last_block(struct run *r, struct dark_source *s, struct calib_err *err)
{
	(void)r;
	return flush(s, err);
}

static int pending(struct run *r, struct dark_source *s, struct calib_err *err)
{
	const uint64_t *frames;
	void *list = s->wanted;
	size_t room = 0, n;
	int rc = calib_dark_pending(s->dark, &frames, &n, err);

	(void)r;
	s->nwanted = s->nextwanted = 0;
	if (rc < 0 || n == 0)
		return rc;
	free(list);
	list = s->wanted = NULL;
	rc = calib_grow(&list, &room, n, sizeof *s->wanted, "arrays", err);
	if (rc < 0)
		return rc;
	s->wanted = list;
	memcpy(s->wanted, frames, n * sizeof *frames);
	s->nwanted = n;
	return CALIB_OK;
}

static int add_rest_back(struct run *r, struct dark_source *s, struct calib_err *err)
{
	struct calib_dark_block block = dark_source_block(s);
	int rc = s->nblock > 0 ? calib_dark_add_back(s->dark, &block, err) : CALIB_OK;

	(void)r;
	dark_source_clear(s);
	return rc;
}

static bool any_wanted(const struct run *r)
{
	for (size_t i = 0; i < r->sources.n; i++)
		if (!r->sources.list[i].failed && r->sources.list[i].nwanted > 0)
			return true;
	return false;
}

/* ---- the end ---- */

/* What went in and what did not, for the user and for the log. */
static void report(const struct dark_source *s, const struct calib_dark_result *result)
{
	calib_log(CALIB_INFO, "%s: %lld arrays averaged of %lld events read (%lld skipped, %lld "
	          "rejected by event code, %lld without data)", s->name, (long long)result->used,
	          (long long)s->counts[0], (long long)s->counts[1], (long long)s->counts[2],
	          (long long)s->counts[3]);
	if (s->unusable > 0)
		calib_log(CALIB_WARNING, "%s: %llu arrays are damaged or not usable; the first: %s",
		          s->name, (unsigned long long)s->unusable, s->why);
	if (result->ndrops > 0 && !result->unstable)
		calib_log(CALIB_WARNING,
			  "%s: %zu bright or dim events left out, the first is array "
			  "%llu, %.1f sigma off in segment %u",
			  s->name, result->ndrops, (unsigned long long)result->drops[0].frame,
			  result->drops[0].sigma, result->drops[0].segment);
	if (result->unstable)
		calib_log(CALIB_WARNING,
			  "%s: more than 20 %% of the events are bright or dim, none was "
			  "left out: the run is not dark, or drifts",
			  s->name);
}

static int finish(struct run *r, struct dark_source *s, struct calib_err *err)
{
	const char *type = calib_data_type(s->type, s->version);
	struct dark_product product = {.exp = r->exp, .source = s->name, .type = type ? type : "",
		.det = s->det, .run = r->number, .dtype = s->layout.dtype, .ndim = s->layout.ndim,
		.bits = s->layout.bits, .inputs = r->inputs.s, .params = &s->params};
	struct calib_dark_result result;
	int rc = calib_dark_finish(s->dark, &result, err);

	memcpy(product.dim, s->layout.dim, sizeof product.dim);
	memcpy(product.counts, s->counts, sizeof product.counts);
	if (rc < 0)
		return calib_err_wrap(err, "%s", s->name);
	report(s, &result);
	return dark_write(r->o, &product, &result, err);
}

/* ---- opening ---- */

static int name_run(struct run *r, struct calib_err *err)
{
	const struct calib_file *file = calib_src_file(r->src, 0);
	struct calib_file parsed;
	size_t n = 0;

	r->number = r->open.nruns > 0 ? r->open.runs[0].begin : file ? file->run : 0;
	if (r->o->set.exp != NULL)
		snprintf(r->exp, sizeof r->exp, "%s", r->o->set.exp);
	else if (file != NULL && calib_filename_parse(calib_path_base(file->path), &parsed, &n))
		snprintf(r->exp, sizeof r->exp, "%.*s", (int)n, calib_path_base(file->path));
	else
		snprintf(r->exp, sizeof r->exp, "exp");
	calib_str_clear(&r->inputs);
	for (size_t i = 0; (file = calib_src_file(r->src, i)) != NULL; i++)
		calib_str_addf(&r->inputs, "%s\t%llu\t%lld\n", file->path,
		               (unsigned long long)file->size, (long long)file->mtime);
	return calib_str_check(&r->inputs, err);
}

/* The first pass, and again with the control streams when something is missing without. */
static int find(struct run *r, struct calib_err *err)
{
	static const struct pass pass = {"reading headers", true, take_nothing, NULL};
	int rc;

	for (int control = 0; control < 2; control++) {
		r->open.control = control == 1;
		rc = calib_src_open(&r->src, &r->open, err);
		if (rc >= 0)
			rc = name_run(r, err);
		if (rc >= 0)
			rc = walk(r, &pass, err);
		if (rc < 0)
			return rc;
		if (control == 1 || (r->sel != NULL ? calib_selection_missed(r->sel, 0) == NULL
		                                    : r->sources.n > 0))
			break;
		calib_src_close(r->src);
		r->src = NULL;
		dark_sources_free(&r->sources);
		r->sources = (struct dark_sources){0};
		calib_str_clear(&r->others);
		calib_str_clear(&r->left_out);
	}
	r->total = r->filter.read;
	return CALIB_OK;
}

static void name_left_out(struct run *r)
{
	char *save = NULL;

	for (char *line = r->left_out.len ? strtok_r(r->left_out.s, "\n", &save) : NULL;
	     line != NULL; line = strtok_r(NULL, "\n", &save)) {
		calib_log(CALIB_ERROR, "%s", line);
		r->failed = true;
	}
}

/* What was asked for and is not in the run. */
static int name_missing(struct run *r, struct calib_err *err)
{
	const char *item;
	const char *range =
		r->o->set.scan_events > 0 ? "the first events looked at (-m)" : "the run";

	if (r->filter.read > 0 && r->filter.read == r->filter.skipped + r->filter.rejected)
		return calib_fail(err, CALIB_ENOTFOUND,
				  "no event is left of the %llu in the run: %llu are "
				  "skipped (-s), %llu do not have the event codes asked for (-f)",
				  (unsigned long long)r->filter.read,
				  (unsigned long long)r->filter.skipped,
				  (unsigned long long)r->filter.rejected);
	if (r->filter.read == 0 && calib_src_problem(r->src, 0) != NULL)
		return calib_fail(err, CALIB_EFORMAT, "no event can be read: %s",
		                  calib_src_problem(r->src, 0));
	if (r->filter.read == 0)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: the run has no events",
		                  calib_src_file(r->src, 0)->path);
	for (size_t i = 0; i < r->sources.n; i++)
		if (r->sources.list[i].failed) {
			calib_log(CALIB_ERROR, "%s", r->sources.list[i].why);
			r->failed = true;
		}
	name_left_out(r);
	for (size_t i = 0; r->sel != NULL
	     && (item = calib_selection_missed(r->sel, i)) != NULL; i++) {
		calib_log(CALIB_ERROR, "%s: not in %s; it has %s", item, range,
			  r->others.len      ? r->others.s
			  : r->sources.n > 0 ? "the others asked for only"
					     : "no image detector");
		r->failed = true;
	}
	if (r->sources.n > 0)
		return CALIB_OK;
	if (r->left_out.len > 0)
		return calib_fail(err, CALIB_ENOTFOUND, "no detector asked for has data in %s",
				  range);
	return r->failed ? CALIB_ENOTFOUND
	                 : calib_fail(err, CALIB_ENOTFOUND, "%s has no image detector", range);
}

static int process(struct run *r, struct calib_err *err)
{
	static const struct pass first = {"sample", false, take_wanted, NULL};
	static const struct pass main_pass = {"averaging", false, take_all, NULL};
	static const struct pass with_gaps = {"averaging", false, take_all, gap};
	static const struct pass again = {"averaging", false, take_back, NULL};
	bool gaps = r->o->algo == CALIB_ALGO_PLAIN && r->o->compat;
	int rc = CALIB_OK;

	if (r->o->out != NULL && r->sources.n > 1)
		return calib_fail(err, CALIB_EINVAL,
				  "-o takes one source, the run has %zu of those "
				  "asked for (%s, %s, ...): choose one with -d",
				  r->sources.n, r->sources.list[0].name, r->sources.list[1].name);
	each(r, prepare);
	if (any_wanted(r))
		rc = walk(r, &first, err);
	each(r, sample);
	if (rc >= 0)
		rc = walk(r, gaps ? &with_gaps : &main_pass, err);
	each(r, last_block);
	each(r, pending);
	if (rc >= 0 && any_wanted(r)) {
		rc = walk(r, &again, err);
		each(r, add_rest_back);
	}
	if (rc < 0)
		return rc;
	each(r, finish);
	return CALIB_OK;
}

/* Sources in the order of the registry, as calibrun has always processed them. */
static int by_detector(const void *a, const void *b)
{
	const struct dark_source *x = a, *y = b;

	if (x->det != y->det)
		for (size_t i = 0; calib_det_at(i) != NULL; i++)
			if (calib_det_at(i) == x->det || calib_det_at(i) == y->det)
				return calib_det_at(i) == x->det ? -1 : 1;
	return strcmp(x->name, y->name);
}

int dark_run(const struct dark_opts *o, struct calib_err *err)
{
	struct run r = {.o = o, .others = CALIB_STR_INIT, .left_out = CALIB_STR_INIT,
		.inputs = CALIB_STR_INIT};
	const char *problem;
	int rc = cli_src_opts(&r.open, &o->set, o->files, o->nfiles, err);

	if (rc >= 0 && o->set.codes != NULL)
		rc = calib_codes_parse(&r.codes, o->set.codes, err);
	if (rc >= 0 && o->set.detectors != NULL)
		rc = calib_selection_parse(&r.sel, o->set.detectors, err);
	if (rc >= 0)
		rc = find(&r, err);
	if (rc >= 0)
		rc = name_missing(&r, err);
	if (rc >= 0 && r.sources.n > 1)
		qsort(r.sources.list, r.sources.n, sizeof *r.sources.list, by_detector);
	if (rc >= 0)
		rc = process(&r, err);
	for (size_t i = r.filter.read == 0 ? 1 : 0;
	     r.src != NULL && (problem = calib_src_problem(r.src, i)) != NULL; i++) {
		calib_log(CALIB_ERROR, "%s", problem);
		r.failed = true;
	}
	dark_sources_free(&r.sources);
	calib_src_close(r.src);
	calib_selection_free(r.sel);
	calib_str_release(&r.others);
	calib_str_release(&r.left_out);
	calib_str_release(&r.inputs);
	free((void *)(uintptr_t)r.open.runs);
	return rc >= 0 && r.failed ? CALIB_EFORMAT : rc;
}
