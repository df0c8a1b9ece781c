/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_judge.c - from the trace and the results of a run to a verdict
 *
 * Everything is in units of the noise of a pixel of its segment, measured between frames so that
 * what all pixels have in common is not in it.  A level may differ between calibration cycles and
 * runs (epochs) without light: all checks look at differences inside of one. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algo/dark.h"
#include "algo/dark_check.h"
#include "base/mem.h"
#include "base/median.h"

/* The limits.  Why:
 *   codes     that the accelerator delivers is no proof of light behind a closed shutter
 *   beam      a shift of 0.2 is 1 ADU of 5: seen in an image, and below what a rms shows
 *   bright    robust leaves them out; one in five is its limit for a run that is not stable
 *   scatter   all pixels together move by several times what one of them does: common modes of
 *             the known detectors are 2 at most, and light of an FEL differs by 10 to 100 %
 *   segment   common mode is alike in all segments of a detector; light is not
 *   tail      noise has equal tails, photons add to the upper one: in 1000 frames 3.2 sigma are
 *             expected on both sides, a photon of 6.4 sigma in every pixel doubles one of them
 *   settling  frames; they are no light, and --settle leaves them out
 *   drift     from 1 on the mean of all frames fits the first and the last ones no better than
 *             one half of the noise; at 3 the constants are of no part of the run */
static const struct calib_check_limit limits[CALIB_NCHECKS] = {
	[CALIB_CHECK_CODES] = {"codes", INFINITY, INFINITY, ""},
	[CALIB_CHECK_BEAM] = {"beam", 0.1, 0.2, "close the shutter, or choose the events without "
			      "beam (-f 162, or -f -140)"},
	[CALIB_CHECK_BRIGHT] = {"bright", 0.01, 0.2, "look for stray light, or choose the events "
				"without beam (-f)"},
	[CALIB_CHECK_SCATTER] = {"scatter", 2, 4, "close the shutter and take another run"},
	[CALIB_CHECK_SEGMENT] = {"segment", 5, 20, "look for a light leak at that segment"},
	[CALIB_CHECK_TAIL] = {"tail", 1.4, 2, "close the shutter and take another run"},
	[CALIB_CHECK_SETTLING] = {"settling", 0, INFINITY, "--settle auto leaves them out, or -s"},
	[CALIB_CHECK_DRIFT] = {"drift", 1, 3, "wait until the detector is stable and take another "
			       "run, or use a part of this one (-s, -n)"},
};

enum {
	SURE = 6,			/* standard errors that a difference must have */
	FEW = 16,			/* frames: less say nothing of drift or settling */
	FEW_SCATTER = 8,		/* frames for scatter, and for bright ones */
	FEW_TAILS = 32,			/* frames for a tail */
	TAIL_PIXELS = 64, TAIL_SAMPLE = 4096,	/* pixels of a segment */
	LEAST_HEAD = 4,			/* frames: fewer are dim or bright by chance */
	LOCAL = 64,			/* frames that are compared with and without beam */
	PIECES = 8			/* of an epoch, for drift */
};
#define HEAD_LEVEL 0.25			/* a block is settled when it is this near */
#define HEAD_OFFSET 0.5			/* and a head begins at least so far off */
#define HEAD_PART 4			/* it is at most a fourth of the epoch */
#define SEGMENT_FLOOR 0.2		/* to scatter less is to be quiet */
#define BRIGHT_FLOOR 0.1		/* the frame-to-frame scatter is taken as this at least */

const struct calib_check_limit *calib_check_limit(enum calib_check check)
{
	return &limits[check];
}

const char *calib_state_name(enum calib_state state)
{
	static const char *const names[] = {"ok", "warning", "failed"};

	return names[state];
}

/* ---- blocks of an epoch ---- */

/* Blocks [begin, end) lie in one epoch. */
struct span { size_t begin, end; };

/* The i-th epoch; blocks in which another begins belong to none. */
static struct span span_of(const struct calib_trace *t, size_t i)
{
	uint64_t from = t->epoch[i].frame;
	uint64_t to = i + 1 < t->nepochs ? t->epoch[i + 1].frame : UINT64_MAX;
	struct span s = {(size_t)(from / t->per + (from % t->per != 0 && i > 0)), t->nblocks};

	if (to / t->per < s.end)
		s.end = (size_t)(to / t->per);
	while (s.begin < s.end && t->n[s.begin] == 0)
		s.begin++;
	s.begin = s.begin > s.end ? s.end : s.begin;
	return s;
}

/* Work of one segment: its values in a span. */
struct work {
	const struct calib_trace *t;
	size_t segment;
	double *v, *tmp;		/* room for all blocks */
};

static size_t take(const struct work *w, struct span s)
{
	size_t n = 0;

	for (size_t j = s.begin; j < s.end; j++)
		if (w->t->n[j] > 0)
			w->v[n++] = calib_trace_value(w->t, j, w->segment);
	return n;
}

static double median_copy(const struct work *w, const double *v, size_t n)
{
	memcpy(w->tmp, v, n * sizeof *v);
	return calib_median(w->tmp, n);
}

double calib_trace_jitter(const double *v, size_t n, double *work)
{
	for (size_t i = 0; i + 1 < n; i++)
		work[i] = fabs(v[i + 1] - v[i]);
	return CALIB_SIGMA_OF_MAD * calib_median(work, n > 0 ? n - 1 : 0) / sqrt(2);
}

static double jitter(const struct work *w, const double *v, size_t n)
{
	return calib_trace_jitter(v, n, w->tmp);
}

/* ---- settling ---- */

/* Values at the beginning that are off by themselves. */
static size_t prefix(const struct calib_head_rule *r, const double *v, size_t n, double sign,
                     double sigmas)
{
	double limit = fmax(HEAD_LEVEL * r->noise, sigmas * r->scatter);
	size_t i = 0;

	while (i < n && sign * (v[i] - r->base) > limit)
		i++;
	return i;
}

static size_t count_off(const struct calib_head_rule *r, const double *v, size_t n, double sign,
                        double limit)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += sign * (v[i] - r->base) > limit;
	return count;
}

size_t calib_head_find(const struct calib_head_rule *r, const double *v, size_t n, double *offset)
{
	double sign = n > 0 && v[0] < r->base ? -1 : 1;
	double limit = fmax(HEAD_LEVEL * r->noise, SURE * r->scatter / sqrt((double)r->group));
	size_t head = prefix(r, v, n, sign, SURE), next = r->group;

	*offset = 0;
	while (head > 0 && head + next <= n
	       && count_off(r, v + head, next, sign, limit) * 4 >= 3 * next)
		head += next;
	if (head > 0)
		head += prefix(r, v + head, n - head, sign, SURE / 2);
	/* what has not settled by then drifts; a few may be bright by chance */
	if (n == 0 || sign * (v[0] - r->base) < HEAD_OFFSET * r->noise || head * r->per < LEAST_HEAD
	    || head + r->group > r->most)
		return 0;
	*offset = (v[0] - r->base) / r->noise;
	return head;
}

/* Blocks at the beginning of the span that are off; *offset in units of noise. */
static size_t head_of_segment(const struct work *w, struct span s, double *offset)
{
	size_t n = take(w, s), group = w->t->per >= 8 ? 1 : 8 / (size_t)w->t->per;
	struct calib_head_rule rule = {.noise = w->t->noise[w->segment], .group = group,
		.most = n / HEAD_PART, .per = w->t->per};

	*offset = 0;
	if (n * w->t->per < FEW || n < 2 * group)
		return 0;
	rule.base = median_copy(w, w->v + n / 2, n - n / 2);
	rule.scatter = jitter(w, w->v + n / 2, n - n / 2);
	return calib_head_find(&rule, w->v, n, offset);
}

/* The head of the first epoch, in blocks, over all segments. */
static size_t head_blocks(const struct calib_trace *t, struct work *w, double *offset,
                          size_t *segment)
{
	struct span s = span_of(t, 0);
	size_t head = 0;

	*offset = 0;
	*segment = 0;
	for (w->segment = 0; w->segment < t->nsegments; w->segment++) {
		double off;
		size_t n = head_of_segment(w, s, &off);

		head = n > head ? n : head;
		if (fabs(off) > fabs(*offset)) {
			*offset = off;
			*segment = w->segment;
		}
	}
	return head;
}

static int work_new(struct work *w, const struct calib_trace *t, struct calib_err *err)
{
	*w = (struct work){.t = t, .v = calib_alloc(t->nblocks + 1, sizeof(double), "trace", err),
		.tmp = calib_alloc(t->nblocks + 1, sizeof(double), "trace", err)};

	return w->v && w->tmp ? CALIB_OK : CALIB_ENOMEM;
}

static void work_free(struct work *w)
{
	free(w->v);
	free(w->tmp);
}

uint64_t calib_trace_head(const struct calib_trace *t, double *offset, size_t *segment,
                          struct calib_err *err)
{
	struct work w;
	uint64_t head = 0;

	*offset = 0;
	*segment = 0;
	if (t->nepochs == 0 || t->nblocks == 0)
		return 0;
	if (work_new(&w, t, err) >= 0)
		head = head_blocks(t, &w, offset, segment) * t->per;
	work_free(&w);
	return head;
}

/* ---- all checks ---- */

struct judge {
	const struct calib_trace *t;
	const struct calib_dark_result *r;
	const struct calib_dark_shape *shape;
	struct work w;
	size_t head;			/* blocks */
	double *scatter;		/* [segment], of a frame, in ADU */
	bool drops, kept_bright;
	struct calib_finding *found;
};

static void set_value(struct judge *j, enum calib_check check, double value)
{
	const struct calib_check_limit *l = &limits[check];
	struct calib_finding *f = &j->found[check];

	f->judged = true;
	f->value = value;
	f->state = value > l->fail ? CALIB_STATE_FAILED
	           : value > l->warn ? CALIB_STATE_WARNING : CALIB_STATE_OK;
	f->limit = f->state == CALIB_STATE_FAILED ? l->fail : l->warn;
}

__attribute__((format(printf, 3, 4)))
static void say(struct judge *j, enum calib_check check, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(j->found[check].text, sizeof j->found[check].text, format, args);
	va_end(args);
}

static void check_codes(struct judge *j)
{
	unsigned long long on = 0, off = 0;

	for (size_t b = 0; b < j->t->nblocks; b++) {
		on += j->t->non[b];
		off += j->t->noff[b];
	}
	if (on + off == 0) {
		say(j, CALIB_CHECK_CODES, "the data have no event codes");
		return;
	}
	set_value(j, CALIB_CHECK_CODES, (double)on / (double)(on + off));
	say(j, CALIB_CHECK_CODES, "%llu of %llu events have codes of beam%s", on, on + off,
	    on == 0 ? "" : off == 0 ? ": whether the shutter was closed they do not tell, and "
	    "light that never changes would not be seen" : "");
}

/* Frames with and without beam, compared where they are near to each other in time. */
struct contrast { double weight, sum; };

static void add_group(struct contrast *c, const struct work *w, struct span s)
{
	double on = 0, off = 0, lit = 0, dark = 0, weight;

	for (size_t b = s.begin; b < s.end; b++) {
		size_t at = b * w->t->nsegments + w->segment;

		if (w->t->non[b] + w->t->noff[b] < w->t->n[b])
			continue;	/* light unknown of some */
		on += w->t->non[b];
		off += w->t->noff[b];
		lit += (double)w->t->lit[at];
		dark += (double)(w->t->sum[at] - w->t->lit[at]);
	}
	if (on == 0 || off == 0)
		return;
	weight = on * off / (on + off);
	c->weight += weight;
	c->sum += weight * (lit / on - dark / off) / CALIB_TRACE_UNIT;
}

enum kind { WITH_BEAM, WITHOUT, MIXED, KINDS };

static enum kind kind_of(const struct calib_trace *t, size_t b)
{
	return t->non[b] == t->n[b] ? WITH_BEAM : t->noff[b] == t->n[b] ? WITHOUT : MIXED;
}

/* Scatter of single frames as it counts for a mean: outliers are in it, but not what is between
 * frames with beam and without. */
static double deviation(const struct work *w, struct span s)
{
	double sum = 0;
	size_t all = 0;

	for (int kind = 0; kind < KINDS; kind++) {
		size_t n = 0;
		double med;

		for (size_t b = s.begin; b < s.end; b++)
			if (w->t->n[b] > 0 && kind_of(w->t, b) == (enum kind)kind)
				w->v[n++] = calib_trace_value(w->t, b, w->segment);
		med = median_copy(w, w->v, n);
		for (size_t i = 0; i < n; i++)
			sum += (w->v[i] - med) * (w->v[i] - med);
		all += n;
	}
	return all > 0 ? sqrt(sum / (double)all * (double)w->t->per) : 0;
}

static void check_beam(struct judge *j)
{
	const struct calib_trace *t = j->t;
	size_t group = t->per < LOCAL ? LOCAL / (size_t)t->per : 1, worst = 0;
	double value = 0, shift = 0;
	bool any = false;

	for (j->w.segment = 0; j->w.segment < t->nsegments; j->w.segment++) {
		struct contrast c = {0, 0};
		double d, sigma = 0, noise = t->noise[j->w.segment];

		for (size_t i = 0; i < t->nepochs; i++) {
			struct span s = span_of(t, i);

			for (size_t b = s.begin; b < s.end; b += group)
				add_group(&c, &j->w, (struct span){b, b + group < s.end ? b + group
				                                                    : s.end});
			sigma = fmax(sigma, deviation(&j->w, s));
		}
		if (c.weight < 4)
			continue;
		any = true;
		d = c.sum / c.weight;
		if (fabs(d) > SURE * sigma / sqrt(c.weight) && fabs(d) / noise > value) {
			value = fabs(d) / noise;
			worst = j->w.segment;
			shift = d;
		}
	}
	if (!any) {
		say(j, CALIB_CHECK_BEAM, "too few events with beam beside others to compare");
		return;
	}
	set_value(j, CALIB_CHECK_BEAM, value);
	if (value > 0)
		say(j, CALIB_CHECK_BEAM, "segment %zu: beam moves its level by %.2f ADU, %.2f "
		    "times the noise of a pixel", worst, shift, value);
	else
		say(j, CALIB_CHECK_BEAM, "no segment has another level with beam than without");
}


/* Median of the pieces of a span, one after the other; how many. */
static size_t pieces_of(const struct work *w, struct span s, double piece[PIECES], size_t *length)
{
	size_t n = take(w, s), k = n * w->t->per / 8;

	k = k > PIECES ? PIECES : k;
	k = k > n ? n : k;
	*length = k > 0 ? n / k : 0;
	for (size_t i = 0; i < k; i++)
		piece[i] = median_copy(w, w->v + i * n / k, (i + 1) * n / k - i * n / k);
	return k;
}

static struct span without_head(const struct judge *j, size_t epoch)
{
	struct span s = span_of(j->t, epoch);

	s.begin += epoch == 0 ? j->head : 0;
	s.begin = s.begin > s.end ? s.end : s.begin;
	return s;
}

/* Scatter around the median of the surroundings.  Up to 20 % of bright events, which robust leaves
 * out, do not count: 80 % of a Gaussian are within 1.2816 sigma. */
static double scatter_of(struct judge *j, size_t epoch)
{
	double piece[PIECES];
	size_t length, n, k = pieces_of(&j->w, without_head(j, epoch), piece, &length);

	n = take(&j->w, without_head(j, epoch));
	if (n * j->t->per < FEW_SCATTER)
		return 0;
	if (k == 0) {
		k = 1;
		piece[0] = median_copy(&j->w, j->w.v, n);
	}
	for (size_t i = 0; i < n; i++)
		j->w.v[i] = fabs(j->w.v[i] - piece[i * k / n]);
	return calib_kth(j->w.v, n, (n - 1) * 4 / 5) / 1.2816;
}

static void measure_scatter(struct judge *j)
{
	for (j->w.segment = 0; j->w.segment < j->t->nsegments; j->w.segment++) {
		double s = 0;

		for (size_t i = 0; i < j->t->nepochs; i++)
			s = fmax(s, scatter_of(j, i));
		j->scatter[j->w.segment] = s * sqrt((double)j->t->per);
	}
}

static void check_scatter(struct judge *j)
{
	const struct calib_trace *t = j->t;
	double value = 0, most = 0;
	size_t worst = 0;

	for (size_t k = 0; k < t->nsegments; k++)
		if (j->scatter[k] / t->noise[k] > value) {
			value = j->scatter[k] / t->noise[k];
			most = j->scatter[k];
			worst = k;
		}
	set_value(j, CALIB_CHECK_SCATTER, value);
	say(j, CALIB_CHECK_SCATTER, "segment %zu: its level moves by %.2f times the noise of a "
	    "pixel from event to event", worst, value);
	if (t->nsegments < 3) {
		say(j, CALIB_CHECK_SEGMENT, "fewer than three segments to compare");
		return;
	}
	/* reorders them: this is their last use */
	most /= fmax(calib_median(j->scatter, t->nsegments), SEGMENT_FLOOR * t->noise[worst]);
	set_value(j, CALIB_CHECK_SEGMENT, most);
	say(j, CALIB_CHECK_SEGMENT, "segment %zu moves %.1f times as much from event to event as "
	    "half of the segments do", worst, most);
}

static void check_drift(struct judge *j)
{
	const struct calib_trace *t = j->t;
	double value = 0, range = 0;
	size_t worst = 0;
	bool any = false;

	for (j->w.segment = 0; j->w.segment < t->nsegments; j->w.segment++)
		for (size_t i = 0; i < t->nepochs; i++) {
			double piece[PIECES], lo = INFINITY, hi = -INFINITY, error;
			size_t length, k = pieces_of(&j->w, without_head(j, i), piece, &length);

			for (size_t p = 0; p < k; p++) {
				lo = fmin(lo, piece[p]);
				hi = fmax(hi, piece[p]);
			}
			if (k < 2)
				continue;
			any = true;
			error = 1.25 * jitter(&j->w, j->w.v, take(&j->w, without_head(j, i)))
				/ sqrt((double)length);
			if (hi - lo <= SURE * error)
				continue;
			if ((hi - lo) / t->noise[j->w.segment] > value) {
				value = (hi - lo) / t->noise[j->w.segment];
				range = hi - lo;
				worst = j->w.segment;
			}
		}
	if (!any) {
		say(j, CALIB_CHECK_DRIFT, "fewer than %d events in a row: too few to tell", FEW);
		return;
	}
	set_value(j, CALIB_CHECK_DRIFT, value);
	if (value > 0)
		say(j, CALIB_CHECK_DRIFT, "segment %zu: its level drifts by %.2f ADU over the run, "
		    "%.2f times the noise of a pixel", worst, range, value);
	else
		say(j, CALIB_CHECK_DRIFT, "no drift beyond the noise");
}

/* Is the largest frame of block b far above its surroundings, in any segment? */
static bool is_bright(struct judge *j, size_t b, const double *centre, size_t pieces,
                      struct span s, double sigmas)
{
	size_t i = (b - s.begin) * pieces / (s.end - s.begin);

	for (size_t k = 0; k < j->t->nsegments; k++) {
		double w = fmax(j->scatter[k], BRIGHT_FLOOR * j->t->noise[k]);
		double top = (double)j->t->top[b * j->t->nsegments + k] / CALIB_TRACE_UNIT;

		if (top - centre[k * PIECES + i] > sigmas * w)
			return true;
	}
	return false;
}

static uint64_t count_bright(struct judge *j)
{
	const struct calib_trace *t = j->t;
	double *centre = calib_alloc(t->nsegments * PIECES, sizeof *centre, "trace", NULL);
	double sigmas = j->r->frames < 32 ? 2 * SURE : SURE;	/* few tell little of the width */
	uint64_t n = 0;

	for (size_t i = 0; centre != NULL && i < t->nepochs; i++) {
		struct span s = without_head(j, i);
		size_t length, pieces = 0;

		for (j->w.segment = 0; j->w.segment < t->nsegments; j->w.segment++) {
			double *c = centre + j->w.segment * PIECES;

			pieces = pieces_of(&j->w, s, c, &length);
			if (pieces == 0) {
				pieces = 1;
				c[0] = median_copy(&j->w, j->w.v, take(&j->w, s));
			}
		}
		for (size_t b = s.begin; b < s.end; b++)
			n += t->n[b] > 0 && is_bright(j, b, centre, pieces, s, sigmas);
	}
	free(centre);
	return n;
}

static void check_bright(struct judge *j)
{
	const struct calib_dark_result *r = j->r;
	unsigned long long n = count_bright(j), all = r->frames, gone = j->drops ? r->ndrops : 0;

	if (all < FEW_SCATTER && gone == 0) {
		say(j, CALIB_CHECK_BRIGHT, "fewer than %d events: too few to tell", FEW_SCATTER);
		return;
	}
	j->kept_bright = n > gone;
	n = n > gone ? n : gone;
	set_value(j, CALIB_CHECK_BRIGHT, (double)n / (double)all);
	if (n == 0 || j->kept_bright)
		say(j, CALIB_CHECK_BRIGHT, "%llu of %llu events are bright%s", n, all, n == 0 ? ""
		    : gone > 0 ? ", some are in the constants" : ", they are in the constants");
	else
		say(j, CALIB_CHECK_BRIGHT, "%llu of %llu events are bright or dim, they are left "
		    "out", n, all);
	if (j->head > 0 && n > 0)
		j->found[CALIB_CHECK_BRIGHT].advice = "those that settle are among them";
	if (!r->unstable)
		return;
	set_value(j, CALIB_CHECK_BRIGHT, 1);
	if (j->head > 0)
		j->found[CALIB_CHECK_BRIGHT].advice = "those that settle are among them: "
			"--settle auto leaves them out first";
	say(j, CALIB_CHECK_BRIGHT, "more than 20 %% of the %llu events are bright or dim, none "
	    "was left out", all);
}

/* Upper tail of a segment in units of the lower one; 0: too few pixels tell. */
static double tail_of(const struct judge *j, size_t segment, double *v)
{
	const struct calib_dark_result *r = j->r;
	size_t n = j->shape->segment, step = n / TAIL_SAMPLE + 1, k = 0;
	bool is_unsigned = r->min.type != CALIB_I16;

	for (size_t i = segment * n; i < (segment + 1) * n; i += step) {
		double lo = calib_nda_get(&r->min, i), hi = calib_nda_get(&r->max, i);

		/* what cannot be lower, or higher, has no tail */
		if (r->rms[i] == 0 || (is_unsigned && (lo <= 0 || hi >= 65535)))
			continue;
		/* values are whole numbers: the tails end half a step further */
		v[k++] = (hi - r->ave[i] + 0.5) / (r->ave[i] - lo + 0.5);
	}
	return k < TAIL_PIXELS || 2 * k * step < n ? 0 : calib_median(v, k);
}

static void check_tail(struct judge *j)
{
	double *v = calib_alloc(TAIL_SAMPLE + 1, sizeof *v, "tails", NULL), value = 0;
	enum calib_state bright = j->found[CALIB_CHECK_BRIGHT].state;
	size_t worst = 0;

	if (j->r->frames < FEW_TAILS)
		say(j, CALIB_CHECK_TAIL, "fewer than %d events: too few to tell", FEW_TAILS);
	else if (j->head > 0 || j->found[CALIB_CHECK_DRIFT].state != CALIB_STATE_OK
	         || j->r->unstable || j->kept_bright)
		say(j, CALIB_CHECK_TAIL, "not looked at: the extremes are those of %s",
		    j->head > 0 ? "the events that settle" : bright != CALIB_STATE_OK
		    || j->found[CALIB_CHECK_DRIFT].state == CALIB_STATE_OK ? "the bright events"
		    : "the drift");
	else if (v != NULL) {
		for (size_t k = 0; k < j->t->nsegments; k++) {
			double tail = tail_of(j, k, v);

			worst = tail > value ? k : worst;
			value = fmax(value, tail);
		}
		if (value > 0)
			set_value(j, CALIB_CHECK_TAIL, value);
		if (value > 0)
			say(j, CALIB_CHECK_TAIL, "segment %zu: the upper tail of half of its "
			    "pixels is %.2f times as wide as the lower one or wider", worst, value);
		else
			say(j, CALIB_CHECK_TAIL, "too few pixels tell");
	}
	free(v);
}

static void check_settling(struct judge *j)
{
	double offset;
	unsigned long long frames;
	size_t segment;

	j->head = head_blocks(j->t, &j->w, &offset, &segment);
	frames = j->head * j->t->per;
	set_value(j, CALIB_CHECK_SETTLING, (double)frames);
	if (j->head > 0)
		say(j, CALIB_CHECK_SETTLING, "the first %llu events are settling, segment %zu is "
		    "%+.2f times the noise of a pixel off at first", frames, segment, offset);
	else
		say(j, CALIB_CHECK_SETTLING, "no events at the beginning are off");
}

enum calib_state calib_dark_judge(struct calib_finding found[CALIB_NCHECKS],
                                  const struct calib_dark_result *r,
                                  const struct calib_dark_shape *shape, bool drops)
{
	struct judge j = {.t = r->trace, .r = r, .shape = shape, .drops = drops, .found = found};
	enum calib_state worst = CALIB_STATE_OK;

	for (int c = 0; c < CALIB_NCHECKS; c++) {
		found[c] = (struct calib_finding){.check = (enum calib_check)c,
			.limit = limits[c].warn, .advice = limits[c].advice};
		say(&j, (enum calib_check)c, "not looked at: there are too few events, or real "
		    "numbers");
	}
	if (j.t == NULL || j.t->nblocks == 0 || j.t->nepochs == 0)
		return worst;
	j.scatter = calib_alloc(j.t->nsegments, sizeof *j.scatter, "trace", NULL);
	if (work_new(&j.w, j.t, NULL) >= 0 && j.scatter != NULL) {
		check_codes(&j);
		check_beam(&j);
		check_settling(&j);
		measure_scatter(&j);
		check_bright(&j);
		check_drift(&j);
		check_tail(&j);
		check_scatter(&j);
	}
	work_free(&j.w);
	free(j.scatter);
	for (int c = 0; c < CALIB_NCHECKS; c++)
		worst = found[c].state > worst ? found[c].state : worst;
	return worst;
}
