/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/share.c - --part: what one of N tasks knows of each source; --merge: their union
 *
 * A share is an HDF5 file of its own for every source: sums of the gain ranges p0, p1, ..., and all
 * that the output says besides.  Shares of one run have the same text "identity". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "dark/output.h"
#include "dark/run.h"
#include "nda/h5.h"

enum { NSUMS = 8, NNUMBERS = 5, NPARAMS = 18, NSHAPE = 4 + 2 * CALIB_NDA_MAXDIM };

/* ---- the arrays of a file ---- */

struct array { const char *name; enum calib_dtype type; void **data; };

static void list_sums(struct array list[NSUMS], struct calib_dark_sums *s)
{
	const struct array all[NSUMS] = {{"s1", CALIB_I64, (void **)&s->acc.s1},
		{"s2", CALIB_U64, (void **)&s->acc.s2}, {"n", CALIB_U32, (void **)&s->acc.n},
		{"nlo", CALIB_U32, (void **)&s->acc.nlo}, {"nhi", CALIB_U32, (void **)&s->acc.nhi},
		{"min", CALIB_U16, (void **)&s->acc.min}, {"max", CALIB_U16, (void **)&s->acc.max},
		{"badgain", CALIB_U32, (void **)&s->badgain}};

	memcpy(list, all, sizeof all);
}

static void pack_params(double v[NPARAMS], const struct calib_dark_params *p)
{
	const double all[NPARAMS] = {p->algo, p->data_mask, p->gain_mask, p->gain_bits, p->int_lo,
		p->int_hi, (double)p->stage_events[0], (double)p->stage_events[1], p->stage_gate[0],
		p->stage_gate[1], (double)p->block, p->frac_lo, p->frac_hi, p->nsigma, p->gate_k,
		p->gate_min, p->drop_k, p->check};

	memcpy(v, all, sizeof all);
}

static void unpack_params(struct calib_dark_params *p, const double v[NPARAMS])
{
	*p = (struct calib_dark_params){.algo = (enum calib_algo)v[0], .data_mask = (uint16_t)v[1],
		.gain_mask = (uint16_t)v[2], .gain_bits = (uint16_t)v[3], .int_lo = v[4],
		.int_hi = v[5], .stage_events = {(uint64_t)v[6], (uint64_t)v[7]},
		.stage_gate = {(int)v[8], (int)v[9]}, .block = (uint64_t)v[10], .frac_lo = v[11],
		.frac_hi = v[12], .nsigma = v[13], .gate_k = v[14], .gate_min = v[15],
		.drop_k = v[16], .check = v[17] != 0, .threads = 1};
}

/* ---- writing ---- */

/* "p0/s1" */
static int put(struct calib_h5 *h5, size_t part, const char *prefix, const char *name,
               enum calib_dtype type, size_t n, const void *data, struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	char path[64];

	if (data == NULL || n == 0)
		return CALIB_OK;
	snprintf(path, sizeof path, "p%zu/%s%s", part, prefix, name);
	calib_nda_view(&nda, type, 1, &n, (void *)(uintptr_t)data);
	return calib_h5_put(h5, path, &nda, err);
}

static int put_sums(struct calib_h5 *h5, size_t part, const char *prefix,
                    const struct calib_dark_sums *sums, size_t n, struct calib_err *err)
{
	struct calib_dark_sums s = *sums;
	struct array list[NSUMS];
	int rc = CALIB_OK;

	list_sums(list, &s);
	for (size_t i = 0; i < NSUMS && rc >= 0; i++)
		rc = put(h5, part, prefix, list[i].name, list[i].type, n, *list[i].data, err);
	return rc;
}

static int put_drops(struct calib_h5 *h5, size_t part, const struct calib_dark_state *state,
                     struct calib_err *err)
{
	size_t n = 3 * state->ndrops;
	double *v = calib_alloc(n, sizeof *v, "bright events", err);
	int rc = v ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < state->ndrops && rc >= 0; i++) {
		v[3 * i] = (double)state->drops[i].frame;
		v[3 * i + 1] = state->drops[i].segment;
		v[3 * i + 2] = state->drops[i].sigma;
	}
	if (rc >= 0)
		rc = put(h5, part, "", "drops", CALIB_F64, n, v, err);
	free(v);
	return rc;
}

/* Of its blocks those up to the last one with frames. */
static int put_trace(struct calib_h5 *h5, size_t k, const struct calib_trace *t,
                     struct calib_err *err)
{
	size_t n = t->nblocks, all = n * t->nsegments;
	int64_t head[2] = {(int64_t)t->per, (int64_t)n};
	uint64_t *epochs = calib_alloc(2 * t->nepochs, sizeof *epochs, "trace", err);
	int rc = epochs ? put(h5, k, "trace_", "head", CALIB_I64, 2, head, err) : CALIB_ENOMEM;
	const struct { const char *name; enum calib_dtype type; size_t n; const void *data; }
		list[] = {{"sum", CALIB_I64, all, t->sum}, {"lit", CALIB_I64, all, t->lit},
		{"top", CALIB_I32, all, t->top}, {"n", CALIB_U32, n, t->n},
		{"on", CALIB_U32, n, t->non}, {"off", CALIB_U32, n, t->noff},
		{"noise", CALIB_F64, t->nsegments, t->noise},
		{"epochs", CALIB_U64, 2 * t->nepochs, epochs}};

	for (size_t i = 0; i < t->nepochs && rc >= 0; i++) {
		epochs[2 * i] = t->epoch[i].frame;
		epochs[2 * i + 1] = t->epoch[i].id;
	}
	for (size_t i = 0; i < sizeof list / sizeof *list && rc >= 0; i++)
		rc = put(h5, k, "trace_", list[i].name, list[i].type, list[i].n, list[i].data, err);
	free(epochs);
	return rc;
}

static int put_part(struct calib_h5 *h5, size_t k, const struct dark_part *p, size_t n,
                    struct calib_err *err)
{
	struct calib_dark_state state;
	int64_t numbers[NNUMBERS] = {p->range, p->run, 0, 0, (int64_t)p->settled};
	double params[NPARAMS];
	int rc;

	calib_dark_export(p->dark, &state);
	numbers[2] = (int64_t)state.frames;
	numbers[3] = (int64_t)state.used;
	pack_params(params, &p->params);
	rc = put(h5, k, "", "numbers", CALIB_I64, NNUMBERS, numbers, err);
	if (rc >= 0)
		rc = put(h5, k, "", "params", CALIB_F64, NPARAMS, params, err);
	if (rc >= 0)
		rc = put_sums(h5, k, "", &state.kept, n, err);
	if (rc >= 0)
		rc = put_sums(h5, k, "gone_", &state.gone, n, err);
	if (rc >= 0)
		rc = put(h5, k, "", "med", CALIB_F32, n, state.med, err);
	if (rc >= 0)
		rc = put(h5, k, "", "absdev", CALIB_F32, n, state.absdev, err);
	if (rc >= 0 && state.trace != NULL)
		rc = put_trace(h5, k, state.trace, err);
	return rc < 0 ? rc : put_drops(h5, k, &state, err);
}

/* What must be the same in all shares. */
static int identify(struct calib_str *s, const struct dark_run *r, const struct dark_source *src)
{
	calib_str_addf(s, "%s\n%u\n%s\n%ld\n", r->exp, r->number, src->name, r->o->shares);
	for (size_t i = 0; i < src->nparts; i++) {
		const struct calib_dark_params *p = &src->part[i]->params;

		calib_str_addf(s, "%d %llu %s %.17g %.17g %.17g %.17g %.17g\n", src->part[i]->range,
		               (unsigned long long)src->part[i]->accepted,
		               calib_algo_name(p->algo), p->int_lo, p->int_hi, p->gate_k,
		               p->gate_min, p->drop_k);
	}
	calib_str_add(s, r->options.s);
	calib_str_add(s, src->events.s);
	calib_str_add(s, r->inputs.s);
	return calib_str_check(s, NULL);
}

static int put_source(struct calib_h5 *h5, const struct dark_run *r, const struct dark_source *s,
                      struct calib_err *err)
{
	const struct calib_layout *l = &s->layout;
	struct calib_str identity = CALIB_STR_INIT;
	struct calib_nda nda = CALIB_NDA_INIT;
	int64_t shape[NSHAPE] = {l->dtype, l->bits, (int64_t)l->nsegments, l->ndim};
	int rc = identify(&identity, r, s);
	const struct { const char *name, *text; } texts[] = {{"version", CALIB_VERSION},
		{"exp", r->exp}, {"source", s->name}, {"detector", s->det->name},
		{"inputs", r->inputs.s}, {"options", r->options.s}, {"events_used", s->events.s},
		{"configuration", s->configuration.s}, {"identity", identity.s},
		{"absent", r->absent.s}};
	const struct { const char *name; int64_t value; } numbers[] = {{"run", r->number},
		{"part", r->o->share}, {"parts", r->o->shares}, {"type", s->type},
		{"type_version", s->version}, {"gain_ranges", (int64_t)s->nparts}};

	for (size_t i = 0; i < sizeof texts / sizeof *texts && rc >= 0; i++)
		rc = calib_h5_put_text(h5, texts[i].name, texts[i].text, err);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers && rc >= 0; i++)
		rc = calib_h5_put_int(h5, numbers[i].name, numbers[i].value, err);
	calib_nda_view(&nda, CALIB_I64, 1, (size_t[]){5}, (void *)(uintptr_t)s->counts);
	if (rc >= 0)
		rc = calib_h5_put(h5, "counts", &nda, err);
	for (int i = 0; i < l->ndim; i++)
		shape[4 + i] = (int64_t)l->dim[i];
	calib_nda_view(&nda, CALIB_I64, 1, (size_t[]){NSHAPE}, shape);
	if (rc >= 0)
		rc = calib_h5_put(h5, "shape", &nda, err);
	calib_nda_view(&nda, CALIB_F64, 1, (size_t[]){2}, (void *)(uintptr_t)s->pitch);
	if (rc >= 0)
		rc = calib_h5_put(h5, "pitch", &nda, err);
	for (size_t k = 0; k < s->nparts && rc >= 0; k++)
		rc = put_part(h5, k, s->part[k], l->size, err);
	calib_str_release(&identity);
	return rc;
}

int dark_share_write(struct dark_run *r, struct dark_source *s, struct calib_err *err)
{
	struct dark_product product = {.exp = r->exp, .source = s->name, .run = r->number,
		.step = -1, .verdict = "-"};
	struct calib_str name = CALIB_STR_INIT;
	struct calib_h5 *h5 = NULL;
	char what[64];
	int rc;

	for (size_t k = 0; k < s->nparts; k++)
		if (s->part[k]->failed || s->part[k]->dark == NULL)
			return CALIB_OK;	/* said before */
	snprintf(what, sizeof what, "part-%ld-of-%ld", r->o->share, r->o->shares);
	rc = dark_make_dir(r->o, err);
	if (rc >= 0)
		rc = dark_name(&name, r->o, &product, what, ".h5", err);
	if (rc >= 0)
		rc = calib_h5_create(&h5, name.s, r->o->cli.keep ? CALIB_OUT_KEEP : 0, err);
	if (rc >= 0)
		rc = put_source(h5, r, s, err);
	if (rc >= 0)
		rc = calib_h5_commit(h5, err);
	else if (h5 != NULL)
		calib_h5_close(h5);
	if (rc >= 0)
		rc = dark_row(name.s, &product, "part", "-");
	calib_str_release(&name);
	return rc;
}

/* ---- reading ---- */

/* A file of a share, and what it is of. */
struct share { const char *path; char *source, *identity, *absent; int64_t part, parts; };

static int open_share(struct calib_h5 **h5, const struct share *s, struct calib_err *err)
{
	return calib_h5_open(h5, s->path, err);
}

static int read_head(struct share *s, struct calib_err *err)
{
	struct calib_h5 *h5 = NULL;
	int rc = open_share(&h5, s, err);

	if (rc >= 0)
		rc = calib_h5_get_text(h5, "source", &s->source, err);
	if (rc >= 0)
		rc = calib_h5_get_text(h5, "identity", &s->identity, err);
	if (rc >= 0)
		rc = calib_h5_get_text(h5, "absent", &s->absent, err);
	if (rc >= 0)
		rc = calib_h5_get_int(h5, "part", &s->part, err);
	if (rc >= 0)
		rc = calib_h5_get_int(h5, "parts", &s->parts, err);
	if (h5 != NULL)
		calib_h5_close(h5);
	return rc < 0 ? calib_err_wrap(err, "%s is no share of calib-dark --part", s->path) : rc;
}

static int by_place(const void *a, const void *b)
{
	const struct share *x = a, *y = b;
	int source = strcmp(x->source, y->source);

	return source != 0 ? source : (x->part > y->part) - (x->part < y->part);
}

/* n numbers of an array; CALIB_EFORMAT when it has another type or length. */
static int get(struct calib_nda *nda, struct calib_h5 *h5, const char *name,
               enum calib_dtype type, size_t n, struct calib_err *err)
{
	int rc = calib_h5_get(h5, name, nda, err);

	if (rc >= 0 && (nda->type != type || nda->size != n))
		rc = calib_fail(err, CALIB_EFORMAT, "%s: %zu values of type %s, %zu of %s expected",
		                name, nda->size, calib_dtype_name(nda->type), n,
		                calib_dtype_name(type));
	return rc;
}

static int read_shape(struct dark_source *s, struct calib_h5 *h5, struct calib_err *err)
{
	struct calib_layout *l = &s->layout;
	struct calib_nda nda = CALIB_NDA_INIT;
	int rc = get(&nda, h5, "shape", CALIB_I64, NSHAPE, err);
	const int64_t *v = nda.data;
	bool good = rc >= 0 && v[0] >= 0 && v[0] < CALIB_NDTYPES && v[3] > 0
		&& v[3] <= CALIB_NDA_MAXDIM - 2 && v[2] > 0;

	l->size = 1;
	for (int i = 0; good && i < (int)v[3]; i++) {
		l->dim[i] = (size_t)v[4 + i];
		good = v[4 + i] > 0 && calib_mul_size(&l->size, l->size, l->dim[i], "pixels",
		                                      NULL) >= 0;
	}
	good = good && l->size % (size_t)v[2] == 0;
	if (good) {
		l->dtype = (enum calib_dtype)v[0];
		l->bits = (int)v[1];
		l->nsegments = (size_t)v[2];
		l->segment = l->size / l->nsegments;
		l->ndim = (int)v[3];
		l->det = s->det;
	}
	calib_nda_release(&nda);
	return rc >= 0 && !good ? calib_fail(err, CALIB_EFORMAT, "shape: cannot be") : rc;
}

static int get_text(struct calib_str *to, struct calib_h5 *h5, const char *name,
                    struct calib_err *err)
{
	char *text = NULL;
	int rc = calib_h5_get_text(h5, name, &text, err);

	calib_str_clear(to);
	if (rc >= 0)
		calib_str_add(to, text);
	free(text);
	return rc < 0 ? rc : calib_str_check(to, err);
}

static int read_source(struct dark_run *r, struct dark_source *s, struct calib_h5 *h5,
                       int64_t *nparts, struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	int64_t run = 0, type = 0, version = 0;
	char *exp = NULL, *source = NULL, *detector = NULL;
	int rc = calib_h5_get_text(h5, "exp", &exp, err);

	rc = rc < 0 ? rc : calib_h5_get_text(h5, "source", &source, err);
	rc = rc < 0 ? rc : calib_h5_get_text(h5, "detector", &detector, err);
	rc = rc < 0 ? rc : get_text(&r->inputs, h5, "inputs", err);
	rc = rc < 0 ? rc : get_text(&r->options, h5, "options", err);
	rc = rc < 0 ? rc : get_text(&s->events, h5, "events_used", err);
	rc = rc < 0 ? rc : get_text(&s->configuration, h5, "configuration", err);
	rc = rc < 0 ? rc : calib_h5_get_int(h5, "run", &run, err);
	rc = rc < 0 ? rc : calib_h5_get_int(h5, "type", &type, err);
	rc = rc < 0 ? rc : calib_h5_get_int(h5, "type_version", &version, err);
	rc = rc < 0 ? rc : calib_h5_get_int(h5, "gain_ranges", nparts, err);
	if (rc >= 0) {
		snprintf(r->exp, sizeof r->exp, "%s", exp);
		snprintf(s->name, sizeof s->name, "%s", source);
		r->number = (unsigned)run;
		s->type = (uint16_t)type;
		s->version = (uint16_t)version;
		s->det = calib_det_by_name(detector);
		s->have_layout = true;
		rc = s->det == NULL || *nparts < 1 || *nparts > DARK_MAXRANGES
			? calib_fail(err, CALIB_EFORMAT, "%s: unknown detector", detector)
			: read_shape(s, h5, err);
	}
	rc = rc < 0 ? rc : get(&nda, h5, "counts", CALIB_I64, 5, err);
	if (rc >= 0)
		memcpy(s->counts, nda.data, sizeof s->counts);
	calib_nda_release(&nda);
	rc = rc < 0 ? rc : get(&nda, h5, "pitch", CALIB_F64, 2, err);
	if (rc >= 0)
		memcpy(s->pitch, nda.data, sizeof s->pitch);
	calib_nda_release(&nda);
	free(exp);
	free(source);
	free(detector);
	return rc;
}

/* The arrays of one gain range; state points into them. */
struct loaded { struct calib_nda nda[2 * NSUMS + 14]; size_t n; struct calib_dark_drop *drops;
	struct calib_epoch *epochs; };

static const struct calib_nda *load(struct loaded *l, struct calib_h5 *h5, size_t part,
                                    const char *prefix, const char *name, enum calib_dtype type,
                                    size_t n, struct calib_err *err)
{
	struct calib_nda *nda = &l->nda[l->n];
	char path[64];
	int rc;

	snprintf(path, sizeof path, "p%zu/%s%s", part, prefix, name);
	rc = calib_h5_get(h5, path, nda, err);
	if (rc == CALIB_ENOTFOUND) {
		calib_err_clear(err);
		return NULL;
	}
	if (rc < 0)
		return NULL;
	l->n++;
	if (nda->type == type && (n == 0 || nda->size == n))
		return nda;
	calib_fail(err, CALIB_EFORMAT, "%s: %zu values of type %s, %zu of %s expected", path,
	           nda->size, calib_dtype_name(nda->type), n, calib_dtype_name(type));
	return NULL;
}

static void load_sums(struct loaded *l, struct calib_dark_sums *sums, struct calib_h5 *h5,
                      size_t part, const char *prefix, size_t n, struct calib_err *err)
{
	struct array list[NSUMS];

	list_sums(list, sums);
	for (size_t i = 0; i < NSUMS && err->code == CALIB_OK; i++) {
		const struct calib_nda *nda = load(l, h5, part, prefix, list[i].name, list[i].type,
		                                   n, err);

		*list[i].data = nda ? nda->data : NULL;
	}
}

static void load_drops(struct loaded *l, struct calib_dark_state *state, struct calib_h5 *h5,
                       size_t part, struct calib_err *err)
{
	const struct calib_nda *nda = load(l, h5, part, "", "drops", CALIB_F64, 0, err);
	const double *v = nda ? nda->data : NULL;
	size_t n = nda ? nda->size / 3 : 0;

	if (n == 0 || (l->drops = calib_alloc(n, sizeof *l->drops, "bright events", err)) == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		l->drops[i] = (struct calib_dark_drop){(uint64_t)v[3 * i], (uint32_t)v[3 * i + 1],
			v[3 * i + 2]};
	state->drops = l->drops;
	state->ndrops = n;
}

/* false: it has none, or is not what it should be. */
static bool load_trace(struct loaded *l, struct calib_trace *t, struct calib_h5 *h5, size_t part,
                       size_t nsegments, struct calib_err *err)
{
	const struct calib_nda *head = load(l, h5, part, "trace_", "head", CALIB_I64, 2, err), *e;
	const int64_t *v = head ? head->data : NULL;
	size_t n = v ? (size_t)v[1] : 0, all = 0;

	if (v == NULL)
		return false;
	*t = (struct calib_trace){.nsegments = nsegments, .per = (uint64_t)v[0], .nblocks = n};
	const struct { const char *name; enum calib_dtype type; bool wide; void **data; } list[] = {
		{"sum", CALIB_I64, true, (void **)&t->sum},
		{"lit", CALIB_I64, true, (void **)&t->lit},
		{"top", CALIB_I32, true, (void **)&t->top}, {"n", CALIB_U32, false, (void **)&t->n},
		{"on", CALIB_U32, false, (void **)&t->non},
		{"off", CALIB_U32, false, (void **)&t->noff}};

	if (v[0] < 1 || v[1] < 0 || (v[0] & (v[0] - 1)) != 0
	    || calib_mul_size(&all, n, nsegments, "trace", NULL) < 0)
		calib_fail(err, CALIB_EFORMAT, "a trace that cannot be");
	for (size_t i = 0; i < sizeof list / sizeof *list && n > 0 && err->code == CALIB_OK; i++) {
		const struct calib_nda *nda = load(l, h5, part, "trace_", list[i].name,
		                                   list[i].type, list[i].wide ? all : n, err);

		if (nda == NULL)
			calib_fail(err, CALIB_EFORMAT, "its trace is not complete");
		else
			*list[i].data = nda->data;
	}
	head = load(l, h5, part, "trace_", "noise", CALIB_F64, nsegments, err);
	e = load(l, h5, part, "trace_", "epochs", CALIB_U64, 0, err);
	t->nepochs = e ? e->size / 2 : 0;
	l->epochs = calib_alloc(t->nepochs, sizeof *l->epochs, "trace", err);
	for (size_t i = 0; i < t->nepochs && l->epochs != NULL; i++)
		l->epochs[i] = (struct calib_epoch){((const uint64_t *)e->data)[2 * i],
			((const uint64_t *)e->data)[2 * i + 1]};
	t->epoch = l->epochs;
	t->noise = head ? head->data : NULL;
	return err->code == CALIB_OK && t->noise != NULL && t->epoch != NULL;
}

/* The numbers of a part; the first share makes the part and its engine. */
static int part_of(struct dark_source *s, struct dark_part **part,
                   const struct calib_nda *numbers, const struct calib_nda *params,
                   struct calib_err *err)
{
	const struct calib_layout *l = &s->layout;
	const struct calib_dark_shape shape = {.dtype = l->dtype, .size = l->size,
		.nsegments = l->nsegments, .segment = l->segment};
	const int64_t *v = numbers->data;
	int rc;

	if (v[0] < -1 || v[0] >= s->det->gains || v[2] < 0 || v[3] < 0 || v[4] < 0)
		return calib_fail(err, CALIB_EFORMAT, "numbers of a gain range that cannot be");
	*part = dark_source_part(s, (int)v[0], -1);
	if (*part != NULL)
		return CALIB_OK;
	rc = dark_source_new_part(s, part, (int)v[0], -1, err);
	if (rc < 0)
		return rc;
	(*part)->run = (unsigned)v[1];
	(*part)->settled = (uint64_t)v[4];
	unpack_params(&(*part)->params, params->data);
	if ((unsigned)(*part)->params.algo >= CALIB_NALGOS)
		return calib_fail(err, CALIB_EFORMAT, "an algorithm that cannot be");
	return calib_dark_new(&(*part)->dark, &shape, &(*part)->params, err);
}

static int add_range(struct dark_source *s, struct calib_h5 *h5, size_t k, struct calib_err *err)
{
	struct loaded l = {.n = 0};
	struct calib_dark_state state = {0};
	struct calib_trace trace;
	size_t n = s->layout.size;
	const struct calib_nda *numbers = load(&l, h5, k, "", "numbers", CALIB_I64, NNUMBERS, err);
	const struct calib_nda *params = load(&l, h5, k, "", "params", CALIB_F64, NPARAMS, err);
	const struct calib_nda *med = load(&l, h5, k, "", "med", CALIB_F32, n, err);
	const struct calib_nda *absdev = load(&l, h5, k, "", "absdev", CALIB_F32, n, err);
	struct dark_part *part = NULL;

	load_sums(&l, &state.kept, h5, k, "", n, err);
	load_sums(&l, &state.gone, h5, k, "gone_", n, err);
	if (err->code == CALIB_OK)
		load_drops(&l, &state, h5, k, err);
	if (err->code == CALIB_OK && load_trace(&l, &trace, h5, k, s->layout.nsegments, err))
		state.trace = &trace;
	if (err->code == CALIB_OK && (numbers == NULL || params == NULL || !state.kept.acc.max))
		calib_fail(err, CALIB_EFORMAT, "sums are missing");
	if (err->code == CALIB_OK && part_of(s, &part, numbers, params, err) >= 0) {
		state.frames = (uint64_t)((const int64_t *)numbers->data)[2];
		state.used = (uint64_t)((const int64_t *)numbers->data)[3];
		state.med = med ? med->data : NULL;
		state.absdev = absdev ? absdev->data : NULL;
		if (calib_dark_import(part->dark, &state, err) < 0)
			part->failed = true;
	}
	for (size_t i = 0; i < l.n; i++)
		calib_nda_release(&l.nda[i]);
	free(l.drops);
	free(l.epochs);
	return err->code;
}

static int add_share(struct dark_run *r, struct dark_source *s, const struct share *share,
                     struct calib_err *err)
{
	struct calib_h5 *h5 = NULL;
	int64_t nparts = 0;
	int rc = open_share(&h5, share, err);

	if (rc >= 0)
		rc = read_source(r, s, h5, &nparts, err);
	for (size_t k = 0; rc >= 0 && k < (size_t)nparts; k++)
		rc = add_range(s, h5, k, err);
	if (h5 != NULL)
		calib_h5_close(h5);
	return rc < 0 ? calib_err_wrap(err, "%s", share->path) : rc;
}

/* ---- the union ---- */

/* All parts of one source once, and all of one run? */
static int check_shares(const struct share *list, size_t n, struct calib_err *err)
{
	struct calib_str lack = CALIB_STR_INIT;
	int64_t parts = list[0].parts;
	size_t at = 0;

	for (size_t i = 1; i < n && err->code == CALIB_OK; i++)
		if (strcmp(list[i].identity, list[0].identity) != 0)
			calib_fail(err, CALIB_EINVAL, "%s and %s are not shares of the same run, "
			           "files, options and number of parts", list[0].path,
			           list[i].path);
		else if (list[i].part == list[i - 1].part)
			calib_fail(err, CALIB_EINVAL, "%s and %s are the same part %lld of %lld",
			           list[i - 1].path, list[i].path, (long long)list[i].part,
			           (long long)parts);
	for (int64_t k = 1; k <= parts && err->code == CALIB_OK; k++)
		if (at < n && list[at].part == k)
			at++;
		else if (lack.len < 200)
			calib_str_addf(&lack, "%s%lld", lack.len ? ", " : "", (long long)k);
	if (lack.len > 0)
		calib_fail(err, CALIB_ENOTFOUND, "%s: of %lld parts these are missing: %s",
		           list[0].source, (long long)parts, lack.s);
	calib_str_release(&lack);
	return err->code;
}

static int unite(struct dark_run *r, const struct share *list, size_t n, struct calib_err *err)
{
	struct dark_source *s;
	int rc = check_shares(list, n, err);

	if (rc < 0)
		return rc;
	r->sources.list = s = calib_alloc(1, sizeof *s, "source", err);
	if (s == NULL)
		return CALIB_ENOMEM;
	s->configuration = s->events = (struct calib_str)CALIB_STR_INIT;
	r->sources.n = 1;
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = add_share(r, s, &list[i], err);
	for (size_t k = 0; k < s->nparts && rc >= 0; k++) {
		calib_dark_united(s->part[k]->dark);
		rc = calib_dark_finish(s->part[k]->dark, &s->part[k]->result, err);
		calib_dark_shrink(s->part[k]->dark);
	}
	if (rc >= 0)
		rc = dark_products(r, s, err);
	dark_sources_free(&r->sources);
	r->sources = (struct dark_sources){0};
	return rc;
}

/* What no share has had, as the run as a whole would have said it. */
static void name_absent(struct dark_run *r, const struct share *share)
{
	char *save = NULL;

	for (char *line = strtok_r(share->absent, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		calib_log(CALIB_ERROR, "%s", line);
		r->failed = true;
	}
}

/* Every source by itself; one that fails does not keep the others from being done. */
static int unite_all(const struct dark_opts *o, struct share *list, size_t n,
                     struct calib_err *err)
{
	struct dark_run r = {.o = o, .inputs = CALIB_STR_INIT, .options = CALIB_STR_INIT,
		.only_step = -1};
	size_t end, sources = 0;

	qsort(list, n, sizeof *list, by_place);
	if (n > 0)
		name_absent(&r, &list[0]);
	for (size_t at = 0; at < n; at = end) {
		struct calib_err why = CALIB_ERR_INIT;

		for (end = at + 1; end < n && strcmp(list[end].source, list[at].source) == 0;)
			end++;
		if (o->out != NULL && sources++ > 0)
			return calib_fail(err, CALIB_EINVAL, "-o takes one source, the parts are "
			                  "of %s and %s", list[0].source, list[at].source);
		if (unite(&r, list + at, end - at, &why) >= 0)
			continue;
		calib_log(CALIB_ERROR, "%s", why.msg);
		r.failed = true;
	}
	calib_str_release(&r.inputs);
	calib_str_release(&r.options);
	return r.failed ? CALIB_EFORMAT : CALIB_OK;
}

int dark_merge(const struct dark_opts *o, struct calib_err *err)
{
	struct share *list = calib_alloc(o->nfiles, sizeof *list, "parts", err);
	int rc = list ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < o->nfiles && rc >= 0; i++) {
		list[i].path = o->files[i];
		rc = read_head(&list[i], err);
	}
	if (rc >= 0)
		rc = unite_all(o, list, o->nfiles, err);
	for (size_t i = 0; list != NULL && i < o->nfiles; i++) {
		free(list[i].source);
		free(list[i].identity);
		free(list[i].absent);
	}
	free(list);
	return rc;
}
