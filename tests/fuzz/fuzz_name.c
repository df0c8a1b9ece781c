/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_name.c - names, addresses, ranges, lists and numbers: one short text each */
#include "fuzz.h"

#include <math.h>

#include "base/parse.h"
#include "base/str.h"
#include "nda/number.h"
#include "src/src.h"
#include "store/dir.h"

static void try_filename(const char *text)
{
	struct calib_file f = {0}, again = {0};
	size_t len = 0, len2 = 0;
	char name[128];

	if (!calib_filename_parse(text, &f, &len))
		return;
	CHECK(len > 0 && len < strlen(text));
	if (len > 40)
		return;
	snprintf(name, sizeof name, "%.*s-r%04u-s%02u-c%02u.xtc%s", (int)len, text, f.run,
	         f.stream, f.chunk, f.in_progress ? ".inprogress" : "");
	CHECK(calib_filename_parse(name, &again, &len2));
	CHECK(len2 == len && again.run == f.run && again.stream == f.stream
	      && again.chunk == f.chunk && again.in_progress == f.in_progress);
}

/* An address matches the source it was made for, and its printed name means the same. */
static void try_address(const char *text)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_address a, again;
	struct calib_srcid id = {0, 0};
	char name[128];
	int rc = calib_address_parse(&a, text, &err);

	fuzz_check_err(rc, &err);
	if (rc < 0)
		return;
	CHECK(a.level >= -1 && a.level <= CALIB_LEVEL_REPORTER);
	id.log = (uint32_t)(a.level < 0 ? CALIB_LEVEL_SOURCE : a.level) << 24;
	id.phy = a.phy;
	for (int i = 0; i < 4 && a.level == CALIB_LEVEL_SOURCE; i++) {
		CHECK(a.part[i] >= -1 && a.part[i] <= 255);
		id.phy |= (uint32_t)(a.part[i] < 0 ? 0 : a.part[i]) << (24 - 8 * i);
	}
	CHECK(calib_address_match(&a, id));
	if (!a.exact)
		return;
	calib_source_name(id, name, sizeof name);
	if (calib_address_parse(&again, name, NULL) >= 0)
		CHECK(again.level == a.level && calib_address_match(&again, id));
}

static void try_range(const char *text)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range r, again;
	char buf[24];
	int rc = calib_range_parse(&r, text, &err);

	fuzz_check_err(rc, &err);
	if (rc < 0)
		return;
	CHECK(r.begin <= CALIB_RUN_MAX && r.begin <= r.end);
	CHECK(r.end <= CALIB_RUN_MAX || r.end == CALIB_RUN_END);
	CHECK(calib_range_parse(&again, calib_range_format(&r, buf), NULL) >= 0);
	CHECK(again.begin == r.begin && again.end == r.end);
}

static void try_runs(const char *text)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_range *r = NULL, *again = NULL;
	struct calib_str line = CALIB_STR_INIT;
	size_t n = 0, n2 = 0;
	int rc = calib_runs_parse(&r, &n, text, &err);

	fuzz_check_err(rc, &err);
	if (rc < 0)
		return;
	CHECK(n > 0);
	for (size_t i = 0; i < n; i++) {
		CHECK(r[i].begin <= r[i].end && r[i].end != CALIB_RUN_END);
		calib_str_addf(&line, "%s%u-%u", i ? "," : "", r[i].begin, r[i].end);
	}
	CHECK(calib_runs_parse(&again, &n2, line.s, NULL) >= 0 && n2 == n);
	CHECK(memcmp(r, again, n * sizeof *r) == 0);
	calib_str_release(&line);
	free(again);
	free(r);
}

static void try_codes(const char *text)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_codes c, again;
	struct calib_str line = CALIB_STR_INIT;
	int rc = calib_codes_parse(&c, text, &err);

	fuzz_check_err(rc, &err);
	if (rc < 0)
		return;
	CHECK(c.n <= sizeof c.code && (c.n > 0 || !c.invert));
	calib_str_add(&line, c.n > 0 ? "" : "0");	/* all events */
	for (size_t i = 0; i < c.n; i++) {
		CHECK(c.code[i] > 0);
		calib_str_addf(&line, "%s%s%u", i ? "," : "", c.invert ? "-" : "", c.code[i]);
	}
	CHECK(calib_codes_parse(&again, line.s, NULL) >= 0 && again.n == c.n);
	CHECK(again.invert == c.invert && memcmp(again.code, c.code, c.n) == 0);
	calib_str_release(&line);
}

static void try_list(const char *text)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_str line = CALIB_STR_INIT;
	char **items = NULL, **again = NULL;
	size_t n = 0, n2 = 0;

	fuzz_check_err(calib_list_parse(&items, &n, text, &err), &err);
	CHECK(items != NULL && items[n] == NULL);
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(items[i]);

		CHECK(len > 0 && strchr(items[i], ',') == NULL);
		CHECK(!strchr(" \t", items[i][0]) && !strchr(" \t", items[i][len - 1]));
		calib_str_addf(&line, "%s%s", i ? "," : "", items[i]);
	}
	CHECK(calib_list_parse(&again, &n2, line.s, NULL) >= 0 && n2 == n);
	for (size_t i = 0; i < n; i++)
		CHECK(strcmp(items[i], again[i]) == 0);
	calib_str_release(&line);
	free(again);
	free(items);
}

static void try_constants_name(const char *text)
{
	struct calib_range r = {0, 0}, again = {0, 0};
	const char *why = "";
	enum calib_name kind = calib_name_parse(text, &r, &why);
	char buf[24], name[40];

	CHECK(kind == CALIB_NAME_OTHER || kind == CALIB_NAME_BAD || kind == CALIB_NAME_GOOD);
	CHECK(kind != CALIB_NAME_BAD || (why != NULL && *why != '\0'));
	CHECK(calib_name_parse(text, &again, NULL) == kind);
	if (kind != CALIB_NAME_GOOD || r.begin > CALIB_RUN_MAX || r.begin > r.end)
		return;
	snprintf(name, sizeof name, "%s.data", calib_range_format(&r, buf));
	CHECK(calib_name_parse(name, &again, NULL) == CALIB_NAME_GOOD);
	CHECK(again.begin == r.begin && again.end == r.end);
}

/* The same as strtod, of the characters that a decimal number or its words can have. */
static void try_strtod(const uint8_t *data, size_t size)
{
	char *copy = fuzz_copy(data, size), ref[400], *tail;
	const char *stop = NULL;
	double v = calib_strtod(copy, copy + size, &stop), want;
	size_t n = 0;

	CHECK(stop >= copy && stop <= copy + size);
	while (n < size && n < sizeof ref - 1 && copy[n] != '\0'
	       && strchr("+-.0123456789eEnNaAiIfFtTyY", copy[n])) {
		ref[n] = copy[n];
		n++;
	}
	ref[n] = '\0';
	want = strtod(ref, &tail);
	if (n < sizeof ref - 1) {
		CHECK(stop - copy == tail - ref);
		CHECK(isnan(want) ? isnan(v) : v == want && signbit(v) == signbit(want));
	}
	free(copy);
}

static void try_numbers(const char *text)
{
	struct calib_err err = CALIB_ERR_INIT;
	char back[32];
	long v = 0, again = 0;
	double d;
	int rc = calib_parse_long(&v, text, -1000000, 1000000000, "number", &err);

	fuzz_check_err(rc, &err);
	if (rc >= 0) {
		CHECK(v >= -1000000 && v <= 1000000000);
		snprintf(back, sizeof back, "%ld", v);
		CHECK(calib_parse_long(&again, back, v, v, "number", NULL) >= 0 && again == v);
	}
	calib_err_clear(&err);
	rc = calib_parse_clong(&v, text, 0, 65535, "number", &err);
	fuzz_check_err(rc, &err);
	CHECK(rc < 0 || (v >= 0 && v <= 65535));
	calib_err_clear(&err);
	rc = calib_parse_double(&d, text, "number", &err);
	fuzz_check_err(rc, &err);
}

/* A format that is accepted prints as printf does, and within the room promised. */
static void try_format(const char *format)
{
	static const double values[] = {0, -0.0, 1, -1.5, 2.5, 0.125, 9.9999995, 1234567.891,
		-1e-5, 0.00012345, 5e-324, 1e15, 1.7976931348623157e308};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_number number;
	char got[CALIB_NUMBER_ROOM], want[CALIB_NUMBER_ROOM];
	int rc = calib_number_parse(&number, format, &err);

	fuzz_check_err(rc, &err);
	for (size_t i = 0; rc >= 0 && i < sizeof values / sizeof *values; i++) {
		char *end = calib_number_real(got, &number, values[i], false);

		CHECK(end > got && end < got + sizeof got);
		*end = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		if (strchr("dis", number.conv) == NULL) {
			snprintf(want, sizeof want, format, values[i]);
			CHECK(strcmp(got, want) == 0);
		}
#pragma GCC diagnostic pop
		end = calib_number_int(got, &number, (calib_wide)INT64_MIN + (calib_wide)i);
		CHECK(end > got && end < got + sizeof got);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	fuzz_begin();
	try_filename(text);
	try_address(text);
	try_range(text);
	try_runs(text);
	try_codes(text);
	try_list(text);
	try_constants_name(text);
	try_strtod(data, size);
	try_numbers(text);
	try_format(text);
	free(text);
	return 0;
}
