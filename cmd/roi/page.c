/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/roi/page.c - the page of calib-roi edit */
#include "roi/edit.h"

int edit_page(struct calib_str *text, const struct edit_data *data, const struct edit_opts *o,
              struct calib_err *err)
{
	(void)text, (void)data, (void)o;
	return calib_fail(err, CALIB_EINVAL, "give -o FILE.svg");
}
