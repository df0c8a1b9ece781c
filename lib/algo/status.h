/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/algo/status.h - per-pixel quality of a dark run: criteria to status bits (dark.md 6.2) */
#ifndef CALIB_ALGO_STATUS_H
#define CALIB_ALGO_STATUS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "det/asics.h"

/* What a bit means, independent of the layout it is written in. */
enum calib_criterion {
	CALIB_RMS_HIGH, CALIB_RMS_LOW, CALIB_SATURATED, CALIB_COLD, CALIB_AVE_HIGH, CALIB_AVE_LOW,
	CALIB_GAIN_SWITCH, CALIB_FLICKER, CALIB_CONSTANT, CALIB_NO_VALUE,
	CALIB_NCRITERIA
};
const char *calib_criterion_text(enum calib_criterion c);	/* "rms high" */

/* Layouts of the status word.  Source: lcls-psana/ImgAlgos src/NDArrAverage.cpp (2015),
 * lcls-psana/Detector app/det_ndarr_raw_proc (2016), src/UtilsCalib.py (new). */
enum calib_bits { CALIB_BITS_NEW, CALIB_BITS_2015, CALIB_BITS_2016, CALIB_NBITS };
int calib_bits_parse(const char *word);			/* "new", "2015", "2016"; -1 */
const char *calib_bits_name(enum calib_bits layout);
/* calib_bits_value - the bit of a criterion in a layout; 0: the layout has none */
uint16_t calib_bits_value(enum calib_bits layout, enum calib_criterion c);

enum calib_rms_rule {
	CALIB_RMS_SIGMA,		/* -t not given: n-sigma rule */
	CALIB_RMS_ABSOLUTE,		/* -t X: rms > X */
	CALIB_RMS_NONE,			/* -t 0: nothing is flagged for high rms */
	CALIB_RMS_AUTO			/* -t auto: dark.md 1.5 */
};
enum calib_per { CALIB_PER_DETECTOR, CALIB_PER_SEGMENT, CALIB_PER_ASIC };

struct calib_status_params {
	enum calib_bits layout;
	enum calib_rms_rule rms_rule;
	double rms_hi, rms_lo;		/* ADU; rms > rms_hi, rms < rms_lo are bad */
	double ave_lo, ave_hi;		/* ADU; also the absolute bounds of the sigma limits */
	bool robust; /* median and 1.4826 MAD, else mean and standard deviation */
	enum calib_per per;
	double ave_nlo, ave_nhi, rms_nlo, rms_nhi;	/* n sigma; 0 = off */
	double fraction;		/* 0.1: counted values beyond the limits */
	bool counted; /* the fraction as calibrun 2024 has it: nlo > trunc(fraction *
		       * frames), and as 2016: float32; none of our own bits */
	bool a16;			/* with counted: the rule of 2016 */
};

/* Input arrays of one gain range; pointers may be NULL where the input has none. */
struct calib_status_input {
	size_t size;
	struct calib_asics asics;	/* shape */
	size_t nsegments, segment;	/* segments and pixels of one; 1 and size */
	const double *ave, *rms;
	const uint32_t *n, *nlo, *nhi, *nbadgain;
	uint64_t frames; /* arrays used (2024: less one): denominator of the fractions */
};

struct calib_status_summary {
	size_t count[CALIB_NCRITERIA];	/* pixels per criterion */
	size_t bad, size;		/* pixels with any bit */
	size_t missing; /* of segments that were in no event; they count as bad, too */
	double rms_max, rms_min, ave_max, ave_min;	/* limits of the whole detector (per
				 * detector), or the extremes over the parts */
};

/* calib_status - fill status[size] (0 = good) and the summary (may be NULL)
 * CALIB_EINVAL for reversed limits. */
CALIB_MUST_CHECK
int calib_status(const struct calib_status_input *in, const struct calib_status_params *params,
                 uint16_t *status, struct calib_status_summary *summary, struct calib_err *err);

/* calib_status_auto - automatic rms threshold of 2015 (dark.md 1.5) */
double calib_status_auto(const double *ave, const double *rms, size_t n, double thr_min,
                         double thr_max);
/* calib_status_missing - was the segment in no event? */
bool calib_status_missing(const struct calib_status_input *in, size_t segment);
/* calib_status_by_segment - pixels per criterion of one segment */
void calib_status_by_segment(const struct calib_status_input *in, enum calib_bits layout,
                             const uint16_t *status, size_t segment,
                             struct calib_status_summary *summary);
#endif
