/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/page.h - the frame of our HTML pages: one file that loads nothing, in light and dark,
 * on paper and at the width of a telephone
 *
 * Colours are variables of CSS for what a page adds: --page --text --soft --line --empty, and --a
 * --b --c --d for marks in drawings (a and c strong, b and d their pale companions). */
#ifndef CALIB_RENDER_PAGE_H
#define CALIB_RENDER_PAGE_H
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct calib_page {
	const char *title;		/* of the window and the first heading, not escaped yet */
	const char *style;		/* more rules of CSS, or NULL */
	bool scripts;			/* inline ones may run, and images of data: URIs be shown */
};
/* calib_page_begin - up to and with the first heading; calib_page_end closes the page */
void calib_page_begin(struct calib_str *s, const struct calib_page *page);
void calib_page_end(struct calib_str *s);

/* calib_page_words - n words of four bytes for a script of the page, as <script id="ID"> of base64
 * of zlib; planes: first all first bytes, then all second ones ..., which makes floats smaller id:
 * a plain word. */
CALIB_MUST_CHECK
int calib_page_words(struct calib_str *s, const char *id, const void *words, size_t n, bool planes,
                     struct calib_err *err);
#endif
