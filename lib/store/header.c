/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/header.c - what the comment lines of array text say of it
 *
 * "# KEY  value" before the first number.  Source: lcls-psana/PSCalib src/NDArrIO.py,
 * lcls-psana/Detector src/UtilsCalib.py, lcls-psana/ImgAlgos src/NDArrAverage.cpp. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "store/content.h"
#include "store/dir.h"

/* The words that say what an array is, and the types it may become. */
static const struct {
	const char *word, *types;
} kinds[] = {
	{"ave", " pedestals pixel_bkgd pixel_offset "},
	{"average", " pedestals pixel_bkgd pixel_offset "},
	{"rms", " pixel_rms "},
	{"rms_cm", " pixel_rms "},
	{"status", " pixel_status status_extra status_data "},
	{"pixel status", " pixel_status status_extra status_data "},
	{"mask", " pixel_mask pixel_status "},
	{"mask of bad pixels", " pixel_mask pixel_status "},
	{"min", " dark_min pixel_min "},
	{"max", " dark_max pixel_max "},
	{"maximal values", " dark_max pixel_max "},
	{"sum of events", " "},
};

struct header {
	struct calib_str source, kind;
};

/* Key and value of "# KEY   value". */
static void take_line(struct header *h, const char *line, size_t len)
{
	size_t key, gap, value;
	struct calib_str text = CALIB_STR_INIT;

	if (len < 3 || line[1] != ' ')
		return;
	line += 2;
	len -= 2;
	for (key = 0; key < len && line[key] != ' ' && line[key] != '\t';)
		key++;
	for (gap = key; gap < len && (line[gap] == ' ' || line[gap] == '\t');)
		gap++;
	for (value = len; value > gap && strchr(" \t\r", line[value - 1]) != NULL;)
		value--;
	calib_str_addn(&text, line + gap, value - gap);
	if (key == 6 && memcmp(line, "SOURCE", key) == 0 && h->source.len == 0)
		calib_str_add(&h->source, text.s);
	else if (((key == 8 && memcmp(line, "ARR_TYPE", key) == 0)
	          || (key == 4 && memcmp(line, "TYPE", key) == 0)) && h->kind.len == 0)
		calib_str_add(&h->kind, text.s);
	calib_str_release(&text);
}

static void read_header(struct header *h, const char *bytes, size_t n)
{
	const char *end = bytes + n;

	for (const char *p = bytes; p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((stop ? stop : end) - p);

		if (len > 0 && *p == '#')
			take_line(h, p, len);
		else if (len > 0 && strspn(p, " \t\r") < len)
			break;
		p += len + 1;
	}
}

/* Only an address with a device that has constants: others may be aliases. */
static int check_source(struct content *c, const struct header *h, struct calib_err *err)
{
	struct calib_str source = CALIB_STR_INIT;
	int rc = calib_dir_source(&source, h->source.s, NULL);

	c->named = rc >= 0 && strcmp(source.s, c->check->source) == 0;
	if (rc >= 0 && !c->named && calib_dir_group_of(source.s) != NULL)
		rc = calib_fail(err, CALIB_EINVAL, "%s: is of '%s', as its line # SOURCE says, not "
		                "of '%s'", c->check->path, source.s, c->check->source);
	else
		rc = CALIB_OK;
	calib_str_release(&source);
	return rc;
}

static int check_kind(const struct content *c, const struct header *h, struct calib_err *err)
{
	char want[80];

	snprintf(want, sizeof want, " %s ", c->check->type);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcasecmp(kinds[i].word, h->kind.s) == 0
		    && strstr(kinds[i].types, want) == NULL)
			return calib_fail(err, CALIB_EINVAL, "%s: holds '%s', as its header says, "
			                  "no %s", c->check->path, h->kind.s, c->check->type);
	return CALIB_OK;
}

int calib_check_header(struct content *c, struct calib_err *err)
{
	struct header h = {CALIB_STR_INIT, CALIB_STR_INIT};
	int rc = CALIB_OK;

	read_header(&h, c->bytes, c->n);
	if (c->n > 0 && strchr(" \t\r\n", c->bytes[c->n - 1]) == NULL)
		rc = calib_fail(err, CALIB_ETRUNC, "%s: ends within its last line, is it cut off?",
		                c->check->path);
	if (rc >= 0)
		rc = check_source(c, &h, err);
	if (rc >= 0)
		rc = check_kind(c, &h, err);
	calib_str_release(&h.kind);
	calib_str_release(&h.source);
	return rc;
}
