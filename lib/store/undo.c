/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/undo.c - put back what changes have replaced or deleted */
#include "store/undo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "store/dir.h"
#include "store/past.h"

/* One type directory. */
struct place {
	char *below;			/* group/source/type */
	struct calib_pasts pasts;
};

/* One file that may go back, or forth. */
struct step {
	const struct place *place;
	const struct calib_past *past;
	size_t event;			/* that is undone, or the undo that is taken back */
	size_t state;			/* where it leads to */
	int steps;
	struct timespec stamp;
	bool exact;			/* all files of the change have this stamp */
	bool removal;			/* the event left no file */
	bool chosen;
	char comment[32];
};

struct calib_undo {
	struct calib_undo_params p;
	struct place *place;
	size_t nplace, room_place;
	struct step *step;
	size_t n, room;
};

int calib_undo_new(struct calib_undo **undo, const struct calib_undo_params *params,
                   struct calib_err *err)
{
	struct calib_undo *u = calib_alloc(1, sizeof *u, "undo", err);

	if (u == NULL)
		return CALIB_ENOMEM;
	u->p = *params;
	*undo = u;
	return CALIB_OK;
}

void calib_undo_free(struct calib_undo *undo)
{
	if (undo == NULL)
		return;
	for (size_t i = 0; i < undo->nplace; i++) {
		calib_pasts_release(&undo->place[i].pasts);
		free(undo->place[i].below);
	}
	free(undo->step);
	free(undo->place);
	free(undo);
}

int calib_undo_look(struct calib_undo *undo, const char *calib, const char *below,
                    const char *history, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	struct place place = {NULL, CALIB_PASTS_INIT};
	void *list = undo->place;
	int rc = calib_grow(&list, &undo->room_place, undo->nplace + 1, sizeof place, "undo", err);

	if (rc < 0)
		return rc;
	undo->place = list;
	place.below = calib_strdup(below, err);
	calib_path_join(&dir, calib, below);
	rc = place.below ? calib_str_check(&dir, err) : CALIB_ENOMEM;
	if (rc >= 0)
		rc = calib_pasts_load(&place.pasts, dir.s, history, err);
	undo->place[undo->nplace++] = place;
	calib_str_release(&dir);
	return rc;
}

/* ---- what can be done ---- */

static bool later(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* One step back, or, to a time, as many as are younger. */
static bool back(const struct calib_undo *u, const struct calib_past *p, struct step *s)
{
	size_t at = p->ndone - 1;

	while (at > 0) {
		if (u->p.to != NULL && strcmp(p->event[p->done[at] - 1].time, u->p.to) <= 0)
			break;
		at--;
		if (u->p.to == NULL)
			break;
	}
	s->steps = (int)(p->ndone - 1 - at);
	s->event = p->done[p->ndone - 1] - 1;
	s->state = p->done[at];
	return s->steps > 0;
}

/* As many steps forth as the last undo went back. */
static bool forth(const struct calib_past *p, struct step *s)
{
	s->steps = p->redo_steps;
	if (s->steps == 0 || (size_t)s->steps > p->nundone)
		return false;
	s->event = p->last_undo;
	s->state = p->undone[p->nundone - (size_t)s->steps];
	return true;
}

static int add_step(struct calib_undo *u, const struct place *place, const struct calib_past *p,
                    struct calib_err *err)
{
	struct step s = {.place = place, .past = p};
	void *list = u->step;
	const char *word = u->p.redo ? "redo" : "undo";

	if (!(u->p.redo ? forth(p, &s) : back(u, p, &s)))
		return CALIB_OK;
	s.exact = calib_past_stamp(&s.stamp, &place->pasts, p, s.event);
	s.removal = p->state[s.event + 1].absent;
	if (s.steps == 1)
		snprintf(s.comment, sizeof s.comment, "%s", word);
	else
		snprintf(s.comment, sizeof s.comment, "%s-%d", word, s.steps);
	if (calib_grow(&list, &u->room, u->n + 1, sizeof s, "undo", err) < 0)
		return CALIB_ENOMEM;
	u->step = list;
	u->step[u->n++] = s;
	return CALIB_OK;
}

/* ---- what belongs to one change ---- */

static bool same_words(const struct calib_event *a, const struct calib_event *b)
{
	return strcmp(a->time, b->time) == 0 && strcmp(a->user, b->user) == 0
	       && strcmp(a->host, b->host) == 0
	       && (strcmp(a->comment, b->comment) == 0
	           || (a->steps > 0 && b->steps > 0) || (a->steps < 0 && b->steps < 0));
}

/* The files of one change share its stamp; removals that have lost it have only the words of
 * HISTORY, and follow what was written. */
static bool same_change(const struct step *a, const struct step *b)
{
	if (a->exact && b->exact)
		return a->stamp.tv_sec == b->stamp.tv_sec && a->stamp.tv_nsec == b->stamp.tv_nsec;
	if (!same_words(&a->past->event[a->event], &b->past->event[b->event]))
		return false;
	return a->removal == b->removal
	       || (a->removal ? later(a->stamp, b->stamp) : later(b->stamp, a->stamp));
}

static void choose(struct calib_undo *u)
{
	struct step *last = NULL, *written = NULL;

	for (size_t i = 0; i < u->n; i++)
		if (last == NULL || later(u->step[i].stamp, last->stamp))
			last = &u->step[i];
	/* of a last change that removed as well, what it wrote is the youngest of its words */
	for (size_t i = 0; last != NULL && last->removal && i < u->n; i++)
		if (!u->step[i].removal && same_change(last, &u->step[i])
		    && (written == NULL || later(u->step[i].stamp, written->stamp)))
			written = &u->step[i];
	for (size_t i = 0; i < u->n; i++)
		u->step[i].chosen = u->p.to != NULL
			|| (same_change(last, &u->step[i])
			    && (written == NULL || same_change(written, &u->step[i])));
}

/* ---- adding it to the change ---- */

static int restore(const struct step *s, struct calib_change *change, const char *file,
                   struct calib_err *err)
{
	const struct calib_state *state = &s->past->state[s->state];
	struct calib_change_file put = {.file = file, .run = -1};
	struct calib_str path = CALIB_STR_INIT;
	struct calib_print print;
	struct calib_range range;
	int rc;

	if (state->backup == NULL)
		return calib_fail(err, CALIB_EINVAL, "%s/%s: no copy of what it held was kept, it "
		                  "cannot be put back", s->place->pasts.typedir, s->past->name);
	calib_path_join(&path, s->place->pasts.typedir, state->backup);
	rc = calib_str_check(&path, err);
	if (calib_name_parse(s->past->name, &range, NULL) == CALIB_NAME_GOOD)
		put.run = (long)range.begin;
	print = calib_print_file(path.s);
	if (rc >= 0 && !print.there)
		rc = calib_fail(err, CALIB_EINVAL, "%s: is not a file", path.s);
	put.print = &print;
	put.input = path.s;
	if (rc >= 0)
		rc = calib_change_put(change, &put, err);
	calib_str_release(&path);
	return rc;
}

static int add_one(const struct step *s, struct calib_change *change, struct calib_err *err)
{
	struct calib_str file = CALIB_STR_INIT, path = CALIB_STR_INIT;
	int rc;

	calib_path_join(&file, s->place->below, s->past->name);
	calib_path_join(&path, s->place->pasts.typedir, s->past->name);
	rc = calib_str_check(&file, err);
	if (rc >= 0)
		rc = calib_str_check(&path, err);
	calib_change_comment(change, s->comment);
	if (rc >= 0 && !s->past->state[s->state].absent)
		rc = restore(s, change, file.s, err);
	else if (rc >= 0 && calib_is_file(path.s))
		rc = calib_change_delete(change, file.s, err);
	calib_str_release(&path);
	calib_str_release(&file);
	return rc;
}

int calib_undo_add(struct calib_undo *undo, struct calib_change *change, struct calib_err *err)
{
	size_t chosen = 0;
	int rc = CALIB_OK;

	for (size_t i = 0; i < undo->nplace; i++)
		for (size_t k = 0; k < undo->place[i].pasts.n && rc >= 0; k++) {
			const struct calib_past *p = &undo->place[i].pasts.list[k];

			if (undo->p.name == NULL || strcmp(undo->p.name, p->name) == 0)
				rc = add_step(undo, &undo->place[i], p, err);
		}
	if (rc >= 0)
		choose(undo);
	for (size_t i = 0; i < undo->n && rc >= 0; i++)
		if (undo->step[i].chosen) {
			rc = add_one(&undo->step[i], change, err);
			chosen++;
		}
	if (rc >= 0 && chosen == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "there is nothing to %s",
		                undo->p.redo ? "redo" : "undo");
	return rc < 0 ? rc : CALIB_OK;
}
