/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/defaults.c - constants that do not come from the data: zeros and a geometry for a
 * detector that subtracts its dark image itself, nominal gains */
#include <math.h>
#include <stdio.h>

#include "base/out.h"
#include "dark/output.h"
#include "geo/new.h"

/* Zeros in the shape of the data, as pedestals. */
static int write_zeros(const struct dark_opts *o, const struct dark_product *p, const char *range,
                       struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	int rc = calib_nda_alloc(&nda, CALIB_F32, p->ndim, p->dim, err);

	if (rc >= 0)
		rc = dark_write_text(o, p, "zero", "pedestals", "%.0f", &nda, range, err);
	calib_nda_release(&nda);
	return rc;
}

/* "89" where the binning is even, else "44.5": how the names of matrices have always been. */
static const char *pitch_text(const struct dark_product *p, int axis, char text[32])
{
	double binning = p->pitch[axis] / p->det->pitch;
	bool even = fmod(binning, 2) == 0;

	snprintf(text, 32, even ? "%.0f" : "%.1f", p->pitch[axis]);
	return text;
}

/* One matrix of pixels around the beam.  Where it stands is not known: the origin is 0. */
static int write_geometry(const struct dark_opts *o, const struct dark_product *p,
                          const char *range, struct calib_err *err)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_str name = CALIB_STR_INIT, s = CALIB_STR_INIT;
	char pitch[2][32];
	int rc;

	calib_str_addf(&s, "TITLE      Default geometry of the %s\nEXPERIMENT %s\n"
	               "RUN        %04u\nDETECTOR   %s\nCALIB_TYPE geometry\n"
	               "COMMENT:01 pitch as binned; the place of the detector is not known\n",
	               p->det->name, p->exp, p->run, p->source);
	rc = calib_str_check(&s, err);
	if (rc >= 0)
		rc = calib_geo_comments(&geo, s.s, err);
	if (rc >= 0)
		rc = calib_geo_columns(&geo, err);
	if (rc >= 0)
		rc = calib_geo_matrix(&geo, 1, p->dim, (const char *const[]){
		                      pitch_text(p, 0, pitch[0]), pitch_text(p, 1, pitch[1])}, err);
	if (rc >= 0)
		rc = dark_name(&name, o, p, "geometry", ".txt", err);
	if (rc >= 0)
		rc = calib_geo_save(&geo, name.s, false, o->cli.keep ? CALIB_OUT_KEEP : 0, err);
	if (rc >= 0)
		rc = dark_row(name.s, p, "geometry", range);
	calib_str_release(&name);
	calib_str_release(&s);
	calib_geo_release(&geo);
	return rc;
}

/* One value a gain range, in the shape of the constants. */
static int write_ranges(const struct dark_opts *o, const struct dark_product *p, const char *what,
                        const char *type, const char *format, const double *value,
                        struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	size_t ranges = (size_t)p->det->gains, n;
	int rc = calib_nda_alloc(&nda, CALIB_F32, p->ndim, p->dim, err);
	float *v = nda.data;

	n = nda.size / ranges;
	for (size_t r = 0; r < ranges && rc >= 0; r++)
		for (size_t i = 0; i < n; i++)
			v[r * n + i] = (float)value[r];
	if (rc >= 0)
		rc = dark_write_text(o, p, what, type, format, &nda, "0-end", err);
	calib_nda_release(&nda);
	return rc;
}

/* The analysis wants the gains of a detector with gain ranges, and the offsets of a Jungfrau, or it
 * corrects nothing.  They are for runs from 0 on, so that better ones are never hidden. */
static int write_gains(const struct dark_opts *o, const struct dark_product *p,
                       struct calib_err *err)
{
	static const double ones[] = {1, 1, 1}, zeros[] = {0, 0, 0};
	int rc;

	if (p->det->factor != NULL)
		return write_ranges(o, p, "gain", "pixel_gain", "%.6f", p->det->factor, err);
	rc = write_ranges(o, p, "gain", "pixel_gain", "%.0f", ones, err);
	return rc < 0 ? rc : write_ranges(o, p, "offset", "pixel_offset", "%.0f", zeros, err);
}

int dark_write_defaults(const struct dark_opts *o, const struct dark_product *p,
                        const char *range, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (o->zeropeds && p->pitch[0] > 0)
		rc = write_zeros(o, p, range, err);
	if (rc >= 0 && o->deploygeo && p->pitch[0] > 0)
		rc = write_geometry(o, p, range, err);
	if (rc >= 0 && o->default_gains && p->nresults > 1)
		rc = write_gains(o, p, err);
	return rc;
}
