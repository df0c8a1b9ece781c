/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/filter.c - events to skip and event codes to keep, with the books kept */
#include "src/src.h"

static int passes(const struct calib_codes *codes, const struct calib_evt *evt,
                  struct calib_err *err)
{
	uint8_t have[256];
	bool has_evr;
	long n = calib_evr_codes(evt, have, sizeof have, &has_evr, err);

	if (n < 0)
		return (int)n;
	for (long i = 0; i < n; i++)
		for (size_t k = 0; k < codes->n; k++)
			if (have[i] == codes->code[k])
				return !codes->invert;
	return codes->invert;
}

int calib_filter_next(struct calib_filter *filter, struct calib_src *src,
                      const struct calib_evt **evt, struct calib_err *err)
{
	int rc;

	while ((rc = calib_src_next(src, evt, err)) == 1) {
		filter->read++;
		if (filter->read <= filter->skip) {
			filter->skipped++;
			continue;
		}
		if (filter->codes.n == 0)
			return 1;
		rc = passes(&filter->codes, *evt, err);
		if (rc != 0)
			return rc;
		filter->rejected++;
	}
	return rc;
}

int calib_filter_check(const struct calib_filter *f, const struct calib_src *src,
                       struct calib_err *err)
{
	if (f->read > 0 && f->read == f->skipped + f->rejected)
		return calib_fail(err, CALIB_ENOTFOUND,
				  "no event is left of the %llu in the run: %llu are "
				  "skipped (-s), %llu do not have the event codes asked for (-f)",
				  (unsigned long long)f->read, (unsigned long long)f->skipped,
				  (unsigned long long)f->rejected);
	if (f->read == 0 && calib_src_problem(src, 0) != NULL)
		return calib_fail(err, CALIB_EFORMAT, "no event can be read: %s",
		                  calib_src_problem(src, 0));
	if (f->read == 0)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: the run has no events",
		                  calib_src_file(src, 0)->path);
	return CALIB_OK;
}
