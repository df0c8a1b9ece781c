/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/limits.c - the limits of constants */
#include "store/limits.h"

#define AT(field) offsetof(struct calib_limits, field)

static const struct calib_limit limits[] = {
	{"max-bad", "F", AT(bad), 0, 1, 0.10, "largest fraction of bad pixels (default 0.10)"},
	{"max-shift", "X", AT(shift), 0, 1e9, 20, "largest median change of the pedestals, in "
	 "units of the rms of the pixel; 0 = any (default 20)"},
	{"max-moved", "F", AT(moved), 0, 1, 0.25, "largest fraction of pixels whose pedestal "
	 "changed by more than 5 rms from the common change; 1 = any (default 0.25)"},
	{"max-flipped", "F", AT(flipped), 0, 1, 0.05, "largest fraction of pixels that turn good "
	 "or bad; 1 = any (default 0.05)"},
};

const struct calib_limit *calib_limit_at(size_t i)
{
	return i < sizeof limits / sizeof limits[0] ? &limits[i] : NULL;
}

double *calib_limit_value(struct calib_limits *values, const struct calib_limit *limit)
{
	return (double *)(void *)((char *)values + limit->at);
}

struct calib_limits calib_limits_standard(void)
{
	struct calib_limits values = {0, 0, 0, 0};
	const struct calib_limit *limit;

	for (size_t i = 0; (limit = calib_limit_at(i)) != NULL; i++)
		*calib_limit_value(&values, limit) = limit->standard;
	return values;
}
