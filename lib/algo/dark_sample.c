/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/dark_sample.c - gates of the reference's programs from the first block of arrays
 * Source: lcls-psana/Detector src/UtilsCalib.py (DarkProc), src/UtilsJungfrauCalib.py,
 * src/UtilsEpix10kaCalib.py. */
#include <math.h>

#include "algo/dark_int.h"
#include "base/mem.h"
#include "kern/stat.h"

struct sample { struct calib_dark *dark; const struct calib_dark_block *block; };

/* The gate as the reference makes it: quantiles cut by the intensity limits, truncated to the
 * word type, widened by one where empty (there a pixel at 65535 wraps to 0), cut again. */
static void quantile_gate(struct calib_dark *d, size_t i, double qlo, double qhi)
{
	const struct calib_dark_params *p = &d->params;
	double glo = trunc(fmax(qlo, p->int_lo)), ghi = trunc(fmin(qhi, p->int_hi));

	if (!(ghi > glo)) {
		ghi += 1;
		if (p->compat && !d->is_signed && ghi > 65535)
			ghi = 0;
	}
	calib_dark_set_gate(d, i, fmax(p->int_lo, glo), fmin(p->int_hi, ghi));
}

static int gate_tile(void *ctx, size_t t, void *buffer, struct calib_err *err)
{
	struct sample *s = ctx;
	struct calib_dark *d = s->dark;
	const struct calib_tile *tile = &d->tile[t];
	size_t nf = s->block->nframes, n = tile->n;
	uint32_t *twice = buffer, *mad4 = twice + CALIB_TILE;
	uint16_t *qlo = (uint16_t *)(mad4 + CALIB_TILE), *qhi = qlo + CALIB_TILE;
	uint16_t *words = qhi + CALIB_TILE;
	const uint16_t *frame[1024];
	double shift = d->is_signed ? 32768 : 0;
	/* products in double, as the reference forms them */
	size_t klo = (size_t)floor((double)(nf - 1) * d->params.frac_lo);
	size_t khi = (size_t)ceil((double)(nf - 1) * d->params.frac_hi);
	int rc = calib_dark_load(d, s->block, 0, nf, tile, words, frame, NULL, err);

	if (rc < 0)
		return rc;
	if (d->is_signed)
		calib_kern_flip(words, nf * n);
	calib_kern_kth(frame, nf, n, klo, qlo);
	calib_kern_kth(frame, nf, n, khi, qhi);
	calib_kern_median(frame, nf, n, twice);
	calib_kern_mad(frame, nf, n, twice, mad4);
	for (size_t i = 0; i < n; i++) {
		d->med[tile->first + i] = (float)(twice[i] / 2.0 - shift);
		d->absdev[tile->first + i] = (float)(mad4[i] / 4.0);
		quantile_gate(d, tile->first + i, qlo[i] - shift, qhi[i] - shift);
	}
	return CALIB_OK;
}

int calib_quantile_sample(struct calib_dark *d, const struct calib_dark_block *block,
                          struct calib_err *err)
{
	struct sample s = {d, block};
	struct calib_tilejob job = {gate_tile, &s, 0, 0};
	int rc;

	if (block->nframes < 1 || block->nframes > 1024)
		return calib_fail(err, CALIB_EINVAL,
				  "a first block of %zu arrays, 1 to 1024 expected",
				  block->nframes);
	d->med = calib_alloc(d->shape.size, sizeof *d->med, "medians", err);
	d->absdev = calib_alloc(d->shape.size, sizeof *d->absdev, "medians", err);
	if (d->med == NULL || d->absdev == NULL)
		return CALIB_ENOMEM;
	if (d->params.compat && block->nframes < d->params.block)
		d->zero_frames = d->params.block - block->nframes;
	rc = calib_dark_new_gates(d, err);
	job.buffer = CALIB_TILE * (2 * sizeof(uint32_t) + (2 + block->nframes) * sizeof(uint16_t));
	return rc < 0 ? rc : calib_dark_tiles(d, &job, err);
}

/* +-nsigma times the mean rms of the panel around the averages, within the intensity limits. */
static void panel_gates(struct calib_dark *d, size_t segment)
{
	size_t first = segment * d->shape.segment, k = 0;
	const struct calib_dark_params *p = &d->params;
	long double total = 0;
	double ave, rms, h;

	for (size_t i = first; i < first + d->shape.segment; i++) {
		calib_dark_moments(d, i, &ave, &rms);
		if (rms >= 0.001 && rms <= 16000) {
			total += rms;
			k++;
		}
	}
	h = k > 0 ? p->nsigma * (double)(total / (long double)k) : 0;
	for (size_t i = first; i < first + d->shape.segment; i++) {
		calib_dark_moments(d, i, &ave, &rms);
		calib_dark_set_gate(d, i, trunc(fmax(ave - h, p->int_lo)),
		                    trunc(fmin(ave + h, p->int_hi)));
	}
}

int calib_epix10ka_sample(struct calib_dark *d, const struct calib_dark_block *block,
                          struct calib_err *err)
{
	int rc;

	if (block->nframes < 1)
		return calib_fail(err, CALIB_EINVAL, "one array is too few for the algorithm "
		                  "epix10ka, which leaves out the last; at least 2 expected");
	rc = calib_dark_sums(d, block, err);
	for (size_t s = 0; s < d->shape.nsegments && rc >= 0; s++)
		panel_gates(d, s);
	calib_dark_reset(d);
	return rc;
}
