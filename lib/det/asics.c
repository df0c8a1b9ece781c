/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/asics.c - the ASICs of an array of pixels */
#include "det/asics.h"

#include <string.h>

void calib_asics_of(struct calib_asics *asics, const struct calib_det *det,
                    const struct calib_nda *nda, size_t gains)
{
	int skip = gains > 1 && nda->ndim > 1 ? 1 : 0;
	int own = det != NULL ? det->ndim : 0;

	*asics = (struct calib_asics){.ndim = nda->ndim - skip};
	memcpy(asics->dim, nda->dim + skip, (size_t)asics->ndim * sizeof *asics->dim);
	if (asics->ndim >= 3 && (det == NULL || det->segmented || skip))
		asics->extent[0] = 1;
	if (det != NULL && own == asics->ndim)
		memcpy(asics->extent, det->asic, sizeof det->asic);
	else if (det != NULL && own + 1 == asics->ndim && skip)	/* a panel is a list of one */
		memcpy(asics->extent + 1, det->asic, (size_t)own * sizeof *asics->extent);
}

static size_t extent_of(const struct calib_asics *asics, int k)
{
	return asics->extent[k] != 0 ? asics->extent[k] : asics->dim[k];
}

static size_t along(const struct calib_asics *asics, int k)
{
	size_t a = extent_of(asics, k);

	return a != 0 ? (asics->dim[k] + a - 1) / a : 1;
}

size_t calib_asics_count(const struct calib_asics *asics)
{
	size_t n = 1;

	for (int k = 0; k < asics->ndim; k++)
		n *= along(asics, k);
	return n;
}

void calib_asics_box(const struct calib_asics *asics, size_t k, size_t *first, size_t *extent)
{
	for (int i = asics->ndim - 1; i >= 0; i--) {
		size_t a = extent_of(asics, i), parts = along(asics, i);

		first[i] = k % parts * a;
		extent[i] = asics->dim[i] - first[i] < a ? asics->dim[i] - first[i] : a;
		k /= parts;
	}
}

size_t calib_asics_pixels(const struct calib_asics *asics, size_t k, size_t *list)
{
	size_t first[CALIB_NDA_MAXDIM], extent[CALIB_NDA_MAXDIM], at[CALIB_NDA_MAXDIM] = {0}, n = 0;

	calib_asics_box(asics, k, first, extent);
	for (int i = 0; i < asics->ndim; i++)
		if (extent[i] == 0)
			return 0;
	for (;;) {
		size_t index = 0;
		int i;

		for (i = 0; i < asics->ndim; i++)
			index = index * asics->dim[i] + first[i] + at[i];
		list[n++] = index;
		for (i = asics->ndim - 1; i >= 0 && ++at[i] == extent[i]; i--)
			at[i] = 0;
		if (i < 0)
			return n;
	}
}
