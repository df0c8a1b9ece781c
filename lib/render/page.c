/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/page.c - the frame of our HTML pages */
#include "render/page.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"

static const char before_policy[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"style-src 'unsafe-inline'";
static const char scripts_too[] = "; script-src 'unsafe-inline'; img-src data: blob:";

static const char style[] =
	"<style>\n"
	":root { --page: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; "
	"--empty: #f3f5f7; --a: #2f6fb2; --b: #8fb8e0; --c: #2d7d5a; --d: #93cdb1; }\n"
	"@media (prefers-color-scheme: dark) { :root { --page: #14171a; --text: #e6e9ec; "
	"--soft: #9aa5b1; --line: #3a424b; --empty: #1f2429; --a: #5b9bd8; --b: #31587d; "
	"--c: #58b58c; --d: #2c5e49; } }\n"
	"* { box-sizing: border-box; }\n"
	"body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--page); "
	"color: var(--text); font: 1rem/1.45 system-ui, sans-serif; }\n"
	"h1 { font-size: 1.4rem; overflow-wrap: anywhere; }\n"
	"h2 { font-size: 1.15rem; margin: 2rem 0 .3rem; overflow-wrap: anywhere; }\n"
	"h3 { font-size: 1rem; margin: 1rem 0 .2rem; overflow-wrap: anywhere; }\n"
	"p { margin: .2rem 0; overflow-wrap: anywhere; }\n"
	"small, .soft { color: var(--soft); font-weight: normal; }\n"
	".scroll { overflow-x: auto; }\n"
	"table { border-collapse: collapse; font-size: .85rem; }\n"
	"th, td { border-bottom: 1px solid var(--line); padding: .2rem .7rem .2rem 0; "
	"text-align: left; vertical-align: top; }\n"
	"td.num { text-align: right; font-variant-numeric: tabular-nums; }\n"
	"summary { cursor: pointer; }\n"
	"@media print { :root { --page: #fff; --text: #000; --soft: #444; --line: #999; "
	"--empty: #f3f5f7; --a: #2f6fb2; --b: #8fb8e0; --c: #2d7d5a; --d: #93cdb1; }\n"
	"body { max-width: none; padding: 0; } h2, h3 { break-after: avoid; } "
	"tr, svg { break-inside: avoid; } .scroll { overflow: visible; }\n"
	"svg, img { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }\n";

void calib_page_begin(struct calib_str *s, const struct calib_page *page)
{
	calib_str_add(s, before_policy);
	if (page->scripts)
		calib_str_add(s, scripts_too);
	calib_str_add(s, "\">\n");
	calib_str_add(s, style);
	if (page->style != NULL)
		calib_str_add(s, page->style);
	calib_str_add(s, "</style>\n<title>");
	calib_str_quote_html(s, page->title);
	calib_str_add(s, "</title>\n</head>\n<body>\n<h1>");
	calib_str_quote_html(s, page->title);
	calib_str_add(s, "</h1>\n");
}

void calib_page_end(struct calib_str *s)
{
	calib_str_add(s, "</body>\n</html>\n");
}

static void to_planes(uint8_t *out, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 4; k++)
			out[k * n + i] = p[4 * i + k];
}

int calib_page_words(struct calib_str *s, const char *id, const void *words, size_t n, bool planes,
                     struct calib_err *err)
{
	uLongf room = compressBound((uLong)(4 * n));
	uint8_t *packed = calib_alloc(room, 1, "page", err);
	uint8_t *woven = packed != NULL && planes ? calib_alloc(n, 4, "page", err) : NULL;
	int rc = packed != NULL && (woven != NULL || !planes) ? CALIB_OK : CALIB_ENOMEM;

	if (rc >= 0 && planes)
		to_planes(woven, words, n);
	if (rc >= 0 && compress2(packed, &room, planes ? woven : words, (uLong)(4 * n), 6) != Z_OK)
		rc = calib_fail(err, CALIB_ELIB, "the page cannot be compressed");
	if (rc >= 0) {
		calib_str_addf(s, "<script type=\"application/octet-stream\" id=\"%s\">", id);
		calib_str_add_base64(s, packed, room);
		calib_str_add(s, "</script>\n");
	}
	free(woven);
	free(packed);
	return rc;
}
