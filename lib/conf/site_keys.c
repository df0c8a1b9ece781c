/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/conf/site_keys.c - the table of keys of calibtools.yaml, and what fits them */
#include "conf/site.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"

#define ALL CALIB_SITE_ALL
#define QUEUE CALIB_SITE_QUEUE
#define DET CALIB_SITE_DETECTOR
#define READERS "calibrun calib-scan calib-dark calib-deploy"
#define FLAGGERS "calibrun calib-hotpix"

/* To add one: a row, its paragraph in man/calibtools.yaml.5, a line in scripts/examples, and the
 * program that uses it. */
static const struct calib_site_key keys[] = {
	/* where things are */
	{"root", CALIB_SITE_PATH, 0, 0, NULL, NULL, true, ALL, READERS},
	{"calibdir", CALIB_SITE_PATH, 0, 0, NULL, "root ins exp user", false, ALL,
	 "calibrun calib-deploy"},
	{"workdir", CALIB_SITE_PATH, 0, 0, NULL, "root ins exp user", false, ALL, "calibrun"},
	{"record", CALIB_SITE_PATH, 0, 0, NULL, "root ins exp user", false, ALL, "calibrun"},
	{"group", CALIB_SITE_TEXT, 0, 0, NULL, NULL, false, ALL, "calibrun calib-deploy"},
	{"dirmode", CALIB_SITE_MODE, 1, 07777, NULL, NULL, false, ALL, "calibrun calib-deploy"},
	{"filemode", CALIB_SITE_MODE, 1, 07777, NULL, NULL, false, ALL, "calibrun calib-deploy"},
	/* which events */
	{"num_events", CALIB_SITE_INT, 0, 2147483647, NULL, NULL, false, ALL, "calibrun"},
	{"skip_events", CALIB_SITE_INT, 0, 2147483647, NULL, NULL, false, ALL, "calibrun"},
	{"scan_events", CALIB_SITE_INT, 0, 2147483647, NULL, NULL, false, ALL, "calibrun"},
	{"event_code", CALIB_SITE_CODES, -255, 255, NULL, NULL, true, ALL, "calibrun"},
	/* how they are averaged */
	{"algo", CALIB_SITE_WORD, 0, 0, "robust plain gated2016 calibrun2024 jungfrau epix10ka",
	 NULL, false, ALL, "calibrun calib-dark"},
	{"threads", CALIB_SITE_INT, 1, 64, NULL, NULL, false, ALL, "calibrun calib-dark"},
	/* batch jobs */
	{"engine", CALIB_SITE_WORD, 0, 0, "slurm lsf local", NULL, false, ALL, "calibrun"},
	{"queue", CALIB_SITE_TEXT, 0, 0, NULL, NULL, false, ALL, "calibrun"},
	{"account", CALIB_SITE_TEXT, 0, 0, NULL, "ins exp user", false, QUEUE, "calibrun"},
	{"reservation", CALIB_SITE_TEXT, 0, 0, NULL, "ins exp user", false, QUEUE, "calibrun"},
	{"time", CALIB_SITE_TEXT, 0, 0, NULL, NULL, false, QUEUE, "calibrun"},
	{"mem", CALIB_SITE_TEXT, 0, 0, NULL, NULL, false, QUEUE, "calibrun"},
	{"tasks", CALIB_SITE_INT, 1, 2000, NULL, NULL, false, QUEUE, "calibrun"},
	/* which pixels are bad */
	{"thr_rms", CALIB_SITE_LIMIT, 0, 1e9, "auto", NULL, false, DET, FLAGGERS},
	{"thr_rms_min", CALIB_SITE_REAL, -1e9, 1e9, NULL, NULL, false, DET, FLAGGERS},
	{"thr_int_min", CALIB_SITE_REAL, -1e9, 1e9, NULL, NULL, false, DET,
	 FLAGGERS " calib-dark"},
	{"thr_int_max", CALIB_SITE_REAL, -1e9, 1e9, NULL, NULL, false, DET,
	 FLAGGERS " calib-dark"},
	{"intnlo", CALIB_SITE_REAL, 0, 1e9, NULL, NULL, false, DET, FLAGGERS},
	{"intnhi", CALIB_SITE_REAL, 0, 1e9, NULL, NULL, false, DET, FLAGGERS},
	{"rmsnlo", CALIB_SITE_REAL, 0, 1e9, NULL, NULL, false, DET, FLAGGERS},
	{"rmsnhi", CALIB_SITE_REAL, 0, 1e9, NULL, NULL, false, DET, FLAGGERS},
	{"sigma", CALIB_SITE_WORD, 0, 0, "plain robust", NULL, false, DET, FLAGGERS},
	{"per", CALIB_SITE_WORD, 0, 0, "detector segment asic", NULL, false, DET, FLAGGERS},
	{"fraction", CALIB_SITE_REAL, 0, 1, NULL, NULL, false, DET, FLAGGERS},
	/* what may be deployed */
	{"max_bad", CALIB_SITE_REAL, 0, 1, NULL, NULL, false, DET, FLAGGERS " calib-deploy"},
	{"max_flipped", CALIB_SITE_REAL, 0, 1, NULL, NULL, false, DET, "calibrun calib-deploy"},
	{"max_moved", CALIB_SITE_REAL, 0, 1, NULL, NULL, false, DET, "calibrun calib-deploy"},
	{"max_shift", CALIB_SITE_REAL, 0, 1e9, NULL, NULL, false, DET, "calibrun calib-deploy"},
};

const struct calib_site_key *calib_site_key_at(size_t i)
{
	return i < sizeof keys / sizeof *keys ? &keys[i] : NULL;
}

const struct calib_site_key *calib_site_key_find(const char *name)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

/* Is text one of words separated by blanks? */
static bool is_word(const char *words, const char *text, size_t n)
{
	for (const char *p = words; p != NULL && *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (len == n && strncmp(p, text, n) == 0)
			return true;
		p += len;
	}
	return false;
}

void calib_site_expects(struct calib_str *out, const struct calib_site_key *k)
{
	switch (k->kind) {
	case CALIB_SITE_TEXT: calib_str_add(out, "a name without blanks"); return;
	case CALIB_SITE_PATH: calib_str_add(out, "the name of a file or directory"); return;
	case CALIB_SITE_WORD: calib_str_addf(out, "one of: %s", k->words); return;
	case CALIB_SITE_INT:
		calib_str_addf(out, "a whole number from %.0f to %.0f", k->lo, k->hi);
		return;
	case CALIB_SITE_REAL:
		calib_str_addf(out, "a number from %g to %g", k->lo, k->hi);
		return;
	case CALIB_SITE_LIMIT:
		calib_str_addf(out, "a number from %g to %g or the word %s", k->lo, k->hi,
		               k->words);
		return;
	case CALIB_SITE_MODE: calib_str_add(out, "an octal mode such as 02775"); return;
	case CALIB_SITE_CODES:
		calib_str_addf(out, "event codes such as 40 or 40,-43, each from %.0f to %.0f",
		               k->lo, k->hi);
		return;
	}
}

/* {root} and the like are those of the key, and every { is closed. */
static int check_fields(const struct calib_site_key *k, const char *text, const char *where,
                        struct calib_err *err)
{
	for (const char *p = strpbrk(text, "{}"); p != NULL; p = strpbrk(p, "{}")) {
		size_t n = strcspn(p + 1, "{}");

		if (*p == '}' || p[1 + n] != '}')
			return calib_fail(err, CALIB_EINVAL, "%s: '%.80s': a { and its } do not "
			                  "match", where, text);
		if (!is_word(k->fields, p + 1, n))
			return calib_fail(err, CALIB_EINVAL, "%s: '%.80s': {%.*s} is not known, "
			                  "only %s", where, text, (int)(n < 40 ? n : 40), p + 1,
			                  k->fields ? k->fields : "plain text is allowed here");
		p += n + 2;
	}
	return CALIB_OK;
}

static int check_text(const struct calib_site_key *k, const char *text, const char *where,
                      struct calib_err *err)
{
	bool blanks = k->kind == CALIB_SITE_PATH;
	size_t n = strlen(text);

	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return calib_fail(err, CALIB_EINVAL, "%s: the value has a control "
			                  "character", where);
	if (n == 0 || text[0] == ' ' || text[n - 1] == ' ' || (!blanks && strchr(text, ' ')))
		return calib_fail(err, CALIB_EINVAL, "%s: '%.80s' is not %s", where, text,
		                  blanks ? "a name: it is empty, or a blank is at its edge"
		                         : "a name without blanks");
	if (n > 4000)
		return calib_fail(err, CALIB_EINVAL, "%s: the value is longer than 4000 bytes",
		                  where);
	if (text[0] == '-')
		return calib_fail(err, CALIB_EINVAL, "%s: '%.80s' begins like an option", where,
		                  text);
	if (blanks && text[0] == '~')
		return calib_fail(err, CALIB_EINVAL, "%s: '%.80s': ~ is not expanded, write the "
		                  "name in full, or with {user}", where, text);
	return check_fields(k, text, where, err);
}

static bool codes_fit(const struct calib_site_key *k, const char *text)
{
	char **items = NULL;
	size_t n = 0;
	long code;
	bool fit = calib_list_parse(&items, &n, text, NULL) >= 0 && n > 0;

	for (size_t i = 0; fit && i < n; i++)
		fit = calib_parse_long(&code, items[i], (long)k->lo, (long)k->hi, "", NULL) >= 0;
	free(items);
	return fit;
}

static bool fits(const struct calib_site_key *k, const char *text)
{
	double real = NAN;
	long whole;
	char *end;

	if (strlen(text) > 63 && k->kind != CALIB_SITE_CODES)	/* as long as limits may be */
		return false;
	switch (k->kind) {
	case CALIB_SITE_WORD: return is_word(k->words, text, strlen(text)) && !strchr(text, ' ');
	case CALIB_SITE_INT:
		return calib_parse_long(&whole, text, (long)k->lo, (long)k->hi, "", NULL) >= 0;
	case CALIB_SITE_LIMIT:
		if (strcmp(text, k->words) == 0)
			return true;
		/* fall through */
	case CALIB_SITE_REAL:
		return calib_parse_double(&real, text, "", NULL) >= 0 && real >= k->lo
		       && real <= k->hi;
	case CALIB_SITE_MODE:
		whole = strtol(text, &end, 8);
		return *text >= '0' && *text <= '7' && *end == '\0' && whole >= (long)k->lo
		       && whole <= (long)k->hi;
	case CALIB_SITE_CODES: return codes_fit(k, text);
	default:               return false;
	}
}

int calib_site_check(const struct calib_site_key *k, const char *text, const char *where,
                     struct calib_err *err)
{
	struct calib_str wanted = CALIB_STR_INIT;
	int rc;

	if (k->kind == CALIB_SITE_TEXT || k->kind == CALIB_SITE_PATH)
		return check_text(k, text, where, err);
	if (fits(k, text))
		return CALIB_OK;
	calib_site_expects(&wanted, k);
	rc = calib_fail(err, CALIB_EINVAL, "%s: '%.80s' is not %s", where, text, wanted.s);
	calib_str_release(&wanted);
	return rc;
}

/* ---- limits: 8,CSPAD=10 ---- */

/* The item at p: name (NULL: for all) and value, with their lengths; returns the next one. */
struct item { const char *name, *value; size_t name_len, value_len; };

static const char *next_item(const char *p, struct item *item)
{
	size_t len = strcspn(p, ","), lead = strspn(p, " ");
	const char *text = p + (lead < len ? lead : len), *end = p + len, *eq;

	while (end > text && end[-1] == ' ')
		end--;
	eq = memchr(text, '=', (size_t)(end - text));
	*item = (struct item){eq != NULL ? text : NULL, eq != NULL ? eq + 1 : text,
		eq != NULL ? (size_t)(eq - text) : 0,
		(size_t)(end - (eq != NULL ? eq + 1 : text))};
	return p[len] == ',' ? p + len + 1 : NULL;
}

static bool same_name(const struct item *a, const char *name, size_t n)
{
	return a->name != NULL && a->name_len == n && strncasecmp(a->name, name, n) == 0;
}

/* Is the item's name in a text as well?  NULL name: a value for all. */
static bool has_name(const char *text, const struct item *item, const char *before)
{
	struct item other;

	for (const char *p = text; p != NULL && p != before;) {
		p = next_item(p, &other);
		if (item->name == NULL ? other.name == NULL
		                       : same_name(&other, item->name, item->name_len))
			return true;
	}
	return false;
}

int calib_limits_check(const struct calib_site_key *k, const char *text, const char *where,
                       struct calib_err *err)
{
	for (const char *p = text, *next; p != NULL; p = next) {
		struct item item;
		char value[64], place[200];
		int rc;

		next = next_item(p, &item);
		if (item.name != NULL && (item.name_len == 0 || item.name_len >= 128))
			return calib_fail(err, CALIB_EINVAL, "%s: '%.80s': the name of a detector "
			                  "belongs before =", where, text);
		if (item.value_len >= sizeof value)
			return calib_fail(err, CALIB_EINVAL, "%s: '%.80s' is too long", where,
			                  text);
		if (has_name(text, &item, p))
			return calib_fail(err, CALIB_EINVAL, "%s: '%.80s': two values for %.*s",
			                  where, text, item.name ? (int)item.name_len : 13,
			                  item.name ? item.name : "all detectors");
		snprintf(value, sizeof value, "%.*s", (int)item.value_len, item.value);
		snprintf(place, sizeof place, "%.60s%s%.*s", where, item.name ? ": " : "",
		         (int)item.name_len, item.name ? item.name : "");
		rc = calib_site_check(k, value, place, err);
		if (rc < 0)
			return rc;
	}
	return CALIB_OK;
}

bool calib_limits_name(const char *text, size_t i, char buf[128], char value[64])
{
	struct item item;

	for (const char *p = text; p != NULL && *text != '\0';) {
		p = next_item(p, &item);
		if (item.name == NULL || i-- > 0)
			continue;
		snprintf(buf, 128, "%.*s", (int)item.name_len, item.name);
		if (value != NULL)
			snprintf(value, 64, "%.*s", (int)item.value_len, item.value);
		return true;
	}
	return false;
}

const char *calib_limits_for(const char *text, const char *source, const char *name, char buf[64])
{
	struct item item, best = {0};
	int rank = 0;

	for (const char *p = text; p != NULL && *text != '\0';) {
		int mine;

		p = next_item(p, &item);
		mine = item.name == NULL ? 1
			: source != NULL && same_name(&item, source, strlen(source)) ? 3
			: name != NULL && same_name(&item, name, strlen(name)) ? 2 : 0;
		if (mine > rank) {
			rank = mine;
			best = item;
		}
	}
	if (rank == 0)
		return NULL;
	snprintf(buf, 64, "%.*s", (int)best.value_len, best.value);
	return buf;
}

static void add_item(struct calib_str *out, size_t start, const struct item *item)
{
	calib_str_addf(out, "%s%.*s%s%.*s", out->len > start ? "," : "", (int)item->name_len,
	               item->name ? item->name : "", item->name ? "=" : "",
	               (int)item->value_len, item->value);
}

void calib_limits_over(struct calib_str *out, const char *under, const char *over)
{
	size_t start = out->len;
	struct item item;
	const char *p;

	p = over != NULL && *over != '\0' ? over : NULL;
	under = p != NULL && has_name(p, &(struct item){NULL, NULL, 0, 0}, NULL) ? NULL : under;
	for (const char *q = under != NULL && *under != '\0' ? under : NULL; q != NULL;) {
		q = next_item(q, &item);
		if (p == NULL || !has_name(p, &item, NULL))
			add_item(out, start, &item);
	}
	while (p != NULL) {
		p = next_item(p, &item);
		add_item(out, start, &item);
	}
}
