/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/ruling.c - new constants against those in force
 *
 * Light in the dark run, another gain, another detector: they show as a change that noise and
 * temperature do not make. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/median.h"
#include "base/mem.h"
#include "base/path.h"
#include "det/det.h"
#include "store/content.h"
#include "store/dir.h"

/* Constants of a type that rule the run; 1 loaded, 0 there are none, or they cannot be read: that
 * is a reason to deploy new ones, not to refuse them. */
static int load(const struct calib_check *k, const char *type, struct calib_nda *nda,
                struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	int rc = calib_dir_find(&path, k->calib, k->source, type, k->run, &why);

	if (rc > 0 && (calib_path_regular(path.s, &why) < 0
	               || calib_nda_load(nda, path.s, NULL, &why) < 0))
		rc = why.code;
	if (rc < 0 && rc != CALIB_ENOMEM) {
		calib_log(CALIB_WARNING, "%s: is not compared with the %s in force: %s", k->path,
		          type, why.msg);
		rc = 0;
	}
	calib_str_release(&path);
	return rc < 0 ? calib_fail(err, rc, "%s", why.msg) : rc;
}

/* A file may be for each gain range, or one for all of them. */
static bool same_pixels(const struct content *c, const struct calib_nda *old)
{
	const struct calib_det *det = calib_det_of_source(c->check->source);
	size_t gains = det != NULL && det->gains > 1 ? (size_t)det->gains : 1;

	return c->nda.size == old->size || c->nda.size == old->size * gains
	       || c->nda.size * gains == old->size;
}

/* What was made of data of this source has the shape of these: their binning was changed. */
static int check_size(const struct content *c, const struct calib_nda *old, const char *type,
                      struct calib_err *err)
{
	char now[128], before[128];

	if (same_pixels(c, old))
		return CALIB_OK;
	calib_nda_shape_text(c->nda.ndim, c->nda.dim, now);
	calib_nda_shape_text(old->ndim, old->dim, before);
	if (!c->named)
		return calib_fail(err, CALIB_ESHAPE, "%s: shape %s, the %s in force for run %u "
		                  "have %s: another detector, or another binning?",
		                  c->check->path, now, type, c->check->run, before);
	calib_log(CALIB_WARNING, "%s: shape %s, the %s in force for run %u have %s: the change is "
	          "not checked", c->check->path, now, type, c->check->run, before);
	return CALIB_OK;
}

/* ---- pedestals ---- */

/* Of one gain range: n pixels from the first on. */
struct shift {
	size_t first, n;
	size_t used;			/* pixels that are good and have noise */
	double median;			/* of |change| / rms */
	double moved;			/* fraction that changed by more than CALIB_MOVED_RMS */
	double apart;			/* fraction that did so otherwise than the median pixel */
};

struct old {
	struct calib_nda peds, rms, status;	/* status: size 0 when there is none */
};

static bool is_used(const struct old *old, size_t i)
{
	double rms = calib_nda_get(&old->rms, i), peds = calib_nda_get(&old->peds, i);

	return isfinite(rms) && rms > 0 && isfinite(peds)
	       && (old->status.size == 0 || calib_nda_get(&old->status, i) == 0);
}

static void measure(const struct content *c, const struct old *old, double *v, struct shift *s)
{
	size_t m = 0, moved = 0, apart = 0;
	double common = 0;

	for (size_t i = s->first; i < s->first + s->n; i++)
		if (is_used(old, i))
			v[m++] = calib_nda_get(&c->nda, i) - calib_nda_get(&old->peds, i);
	if ((s->used = m) == 0)
		return;
	common = calib_kth(v, m, m / 2);
	m = 0;
	for (size_t i = s->first; i < s->first + s->n; i++) {
		double d = calib_nda_get(&c->nda, i) - calib_nda_get(&old->peds, i);
		double rms = calib_nda_get(&old->rms, i);

		if (!is_used(old, i))
			continue;
		moved += fabs(d) > CALIB_MOVED_RMS * rms;
		apart += fabs(d - common) > CALIB_MOVED_RMS * rms;
		v[m++] = fabs(d) / rms;
	}
	s->median = calib_kth(v, m, m / 2);
	s->moved = (double)moved / (double)m;
	s->apart = (double)apart / (double)m;
}

/* " of gain range FM", or nothing where there is one range. */
static void name_range(char text[64], const struct content *c, int range)
{
	const struct calib_det *det = calib_det_of_source(c->check->source);

	text[0] = '\0';
	if (det != NULL && det->ranges != NULL && range < det->gains)
		snprintf(text, 64, " of gain range %s", det->ranges[range]);
}

static int judge(const struct content *c, const struct shift *s, int range, struct calib_err *err)
{
	const struct calib_check *k = c->check;
	const struct calib_limits *lim = &k->limits;
	char where[64];

	name_range(where, c, range);
	if (s->used == 0)
		return CALIB_OK;
	if (lim->shift > 0 && s->median > lim->shift)
		return calib_fail(err, CALIB_EINVAL, "%s: the pedestals%s differ from those in "
		                  "force for run %u by %.1f times the rms (median), more than "
		                  "--max-shift %g, and %.1f %% of the pixels by more than %g "
		                  "rms: light in the run, or another gain?", k->path, where,
		                  k->run, s->median, lim->shift, 100 * s->moved,
		                  CALIB_MOVED_RMS);
	if (lim->moved < 1 && s->apart > lim->moved)
		return calib_fail(err, CALIB_EINVAL, "%s: %.1f %% of the pedestals%s have left "
		                  "those in force for run %u by more than %g rms otherwise than "
		                  "the median pixel, more than --max-moved %g; all differ by "
		                  "%.1f times the rms (median): light on a part, or another gain?",
		                  k->path, 100 * s->apart, where, k->run, CALIB_MOVED_RMS,
		                  lim->moved, s->median);
	return CALIB_OK;
}

/* Each gain range by itself: two that are swapped are few among seven. */
static int compare_peds(const struct content *c, const struct old *old, struct calib_err *err)
{
	const struct calib_det *det = calib_det_of_source(c->check->source);
	size_t n = c->nda.size;
	size_t gains = det != NULL && det->gains > 1 && n % (size_t)det->gains == 0
	               && c->nda.ndim > det->ndim ? (size_t)det->gains : 1;
	double *v = calib_alloc(n / gains, sizeof *v, "pedestals", err);
	int rc = v ? CALIB_OK : CALIB_ENOMEM;

	for (size_t g = 0; g < gains && rc >= 0; g++) {
		struct shift s = {g * (n / gains), n / gains, 0, 0, 0, 0};

		measure(c, old, v, &s);
		rc = judge(c, &s, gains > 1 ? (int)g : 99, err);
	}
	free(v);
	return rc;
}

static int check_pedestals(const struct content *c, struct calib_err *err)
{
	struct old old = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	const struct calib_check *k = c->check;
	int rc = load(k, "pedestals", &old.peds, err);

	if (rc > 0)
		rc = check_size(c, &old.peds, "pedestals", err);
	if (rc >= 0 && old.peds.size == c->nda.size) {
		rc = load(k, "pixel_rms", &old.rms, err);
		if (rc == 0)
			calib_log(CALIB_WARNING, "%s: no pixel_rms is in force for run %u, the "
			          "change of the pedestals is not checked", k->path, k->run);
		if (rc > 0 && old.rms.size == c->nda.size)
			rc = load(k, "pixel_status", &old.status, err);
		if (old.status.size != c->nda.size)
			calib_nda_release(&old.status);
		if (rc >= 0 && old.rms.size == c->nda.size)
			rc = compare_peds(c, &old, err);
	}
	calib_nda_release(&old.status);
	calib_nda_release(&old.rms);
	calib_nda_release(&old.peds);
	return rc < 0 ? rc : CALIB_OK;
}

/* ---- status ---- */

static int check_status(const struct content *c, struct calib_err *err)
{
	const struct calib_check *k = c->check;
	struct calib_nda old = CALIB_NDA_INIT;
	size_t gained = 0, lost = 0, n = c->nda.size;
	int rc = load(k, k->type, &old, err);

	if (rc > 0)
		rc = check_size(c, &old, k->type, err);
	for (size_t i = 0; rc >= 0 && old.size == n && i < n; i++) {
		bool bad = calib_nda_get(&c->nda, i) != 0, was = calib_nda_get(&old, i) != 0;

		gained += bad && !was;
		lost += was && !bad;
	}
	if (rc >= 0 && k->limits.flipped < 1
	    && (double)(gained + lost) > k->limits.flipped * (double)n)
		rc = calib_fail(err, CALIB_EINVAL, "%s: against the %s in force for run %u %zu "
		                "pixels turn bad and %zu good, %.1f %% of all, more than "
		                "--max-flipped %g", k->path, k->type, k->run, gained, lost,
		                100 * (double)(gained + lost) / (double)n, k->limits.flipped);
	calib_nda_release(&old);
	return rc < 0 ? rc : CALIB_OK;
}

/* ---- others: only their size ---- */

static int check_other(const struct content *c, struct calib_err *err)
{
	const char *const types[] = {c->check->type, "pedestals"};
	struct calib_nda old = CALIB_NDA_INIT;
	int rc = CALIB_OK;

	for (size_t i = 0; i < 2 && rc >= 0 && old.size == 0; i++) {
		rc = load(c->check, types[i], &old, err);
		if (rc > 0)
			rc = check_size(c, &old, types[i], err);
	}
	calib_nda_release(&old);
	return rc < 0 ? rc : CALIB_OK;
}

int calib_check_ruling(struct content *c, struct calib_err *err)
{
	if (c->check->calib == NULL)
		return CALIB_OK;
	if (strcmp(c->check->type, "pedestals") == 0)
		return check_pedestals(c, err);
	if (c->ctype != NULL && c->ctype->bad == CALIB_BAD_NONZERO)
		return check_status(c, err);
	return check_other(c, err);
}
