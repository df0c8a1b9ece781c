/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_store.c - names, finder, groups and HISTORY against the golden data */
#include "test.h"

#include <unistd.h>

#include "base/out.h"
#include "base/path.h"
#include "det/det.h"
#include "store/ctype.h"
#include "store/dir.h"
#include "store/history.h"
#include "store/reference.h"

static char *slurp(const char *name)
{
	char path[4096], *text;
	FILE *f;
	long n;

	if (test_golden(name, path) == NULL)
		return NULL;
	f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	n = ftell(f);
	assert_true(n > 0);
	rewind(f);
	text = malloc((size_t)n + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)n, f), n);
	text[n] = '\0';
	fclose(f);
	return text;
}

/* ---- a reader of just the JSON of finder.json: lists, objects, texts, numbers ---- */

static char *past(char *p)
{
	while (*p != '\0' && strchr(" \t\r\n,:", *p) != NULL)
		p++;
	return p;
}

/* The text at p, cut out; *next behind it.  The golden names hold no escapes. */
static char *text_at(char *p, char **next)
{
	char *end;

	p = past(p);
	assert_int_equal(*p, '"');
	end = strchr(p + 1, '"');
	assert_non_null(end);
	*end = '\0';
	*next = past(end + 1);
	return p + 1;
}

/* Behind the next "key": */
static char *key_at(char *p, const char *key)
{
	char quoted[64];

	snprintf(quoted, sizeof quoted, "\"%s\":", key);
	p = strstr(p, quoted);
	assert_non_null(p);
	return past(p + strlen(quoted));
}

struct golden_case {
	char *name;
	struct calib_dirfiles files;
	char *names[64];
	char *lookups, *reference, *effective;	/* where they begin */
};

/* The next case, or false; files are listed in the order given, then sorted. */
static bool next_case(char **p, struct golden_case *c)
{
	char *q = strstr(*p, "\"name\":");
	size_t n = 0;

	if (q == NULL)
		return false;
	memset(c, 0, sizeof *c);
	q = key_at(q, "name");
	c->lookups = key_at(q, "lookups");
	c->reference = key_at(q, "status_reference");
	c->effective = key_at(q, "effective");
	*p = strstr(c->effective, "\"name\":");	/* now: text_at() leaves NULs behind */
	if (*p == NULL)
		*p = c->effective + strlen(c->effective);
	c->name = text_at(q, &q);
	q = past(key_at(q, "files") + 1);
	while (*q != ']') {
		c->names[n++] = text_at(q, &q);
		assert_true(n < 64);
		assert_int_equal(calib_dirfiles_add(&c->files, c->names[n - 1], NULL), 0);
	}
	calib_dirfiles_sort(&c->files);
	return true;
}

static void every_lookup_finds_the_file_expected(void **state)
{
	char *text = slurp("deploy/finder.tsv"), *json = slurp("deploy/finder.json"), *row, *save;
	struct golden_case c;
	char *p = json;
	size_t rows = 0;
	bool any = false;

	(void)state;
	if (text == NULL || json == NULL)
		skip();
	memset(&c, 0, sizeof c);
	strtok_r(text, "\n", &save);
	while ((row = strtok_r(NULL, "\n", &save)) != NULL) {
		char *name = row, *run = strchr(name, '\t') + 1, *want = strchr(run, '\t') + 1;
		const struct calib_dirfile *f;

		run[-1] = want[-1] = '\0';
		want[strcspn(want, "\t")] = '\0';
		while (!any || strcmp(c.name, name) != 0) {
			calib_dirfiles_release(&c.files);
			assert_true(next_case(&p, &c));
			any = true;
		}
		f = calib_dirfiles_find(&c.files, (uint32_t)strtoul(run, NULL, 10));
		if (strcmp(f ? f->name : "-", want) != 0)
			fail_msg("%s run %s: %s, expected %s", name, run, f ? f->name : "-", want);
		rows++;
	}
	assert_true(rows == 879);
	calib_dirfiles_release(&c.files);
	free(text);
	free(json);
}

/* "effective": {"1-end.data": [[1, 49], [61, 9999]], ...} against the spans of the same file. */
static void check_effective(struct golden_case *c)
{
	struct calib_span *spans = NULL;
	size_t n = 0, seen = 0;
	char *q = past(c->effective + 1);

	assert_int_equal(calib_dirfiles_spans(&c->files, &spans, &n, NULL), 0);
	while (*q != '}') {
		const char *name = text_at(q, &q);

		assert_int_equal(*q, '[');
		for (q = past(q + 1); *q != ']'; q = past(q + 1)) {
			uint32_t begin = (uint32_t)strtoul(past(q + 1), &q, 10);
			uint32_t end = (uint32_t)strtoul(past(q), &q, 10);
			bool found = false;

			q = past(q);
			assert_int_equal(*q, ']');
			for (size_t i = 0; i < n; i++)
				found |= spans[i].begin == begin && spans[i].end == end
				         && strcmp(c->files.file[spans[i].index].name, name) == 0;
			if (!found)
				fail_msg("%s: %s does not rule exactly %u..%u", c->name, name,
				         begin, end);
			seen++;
		}
		q = past(q + 1);
	}
	assert_int_equal(seen, n);
	free(spans);
}

static void effective_runs_are_those_of_the_finder(void **state)
{
	char *json = slurp("deploy/finder.json"), *p = json;
	struct golden_case c;
	size_t cases = 0;

	(void)state;
	if (json == NULL)
		skip();
	for (; next_case(&p, &c); cases++) {
		check_effective(&c);
		calib_dirfiles_release(&c.files);
	}
	assert_true(cases == 72);
	free(json);
}

static void the_reference_panel_is_reproduced_with_its_faults(void **state)
{
	char *json = slurp("deploy/finder.json"), *p = json;
	struct golden_case c;
	size_t rows_seen = 0;

	(void)state;
	if (json == NULL)
		skip();
	while (next_case(&p, &c)) {
		struct calib_reference *rows = NULL;
		size_t n = 0, i = 0;
		char *q = c.reference;

		assert_int_equal(calib_reference_list(&rows, &n, c.names, NULL), 0);
		for (q = *q == '[' ? past(q + 1) : NULL; q != NULL && *q != ']'; i++) {
			const char *name = text_at(past(q + 1), &q);
			long begin = strtol(q, &q, 10), end = strtol(past(q), &q, 10);

			q = past(past(q) + 1);
			assert_true(i < n);
			if (strcmp(rows[i].name, name) != 0 || rows[i].shown_begin != begin
			    || rows[i].shown_end != end)
				fail_msg("%s: %s %ld..%ld, expected %s %ld..%ld", c.name,
				         rows[i].name, (long)rows[i].shown_begin,
				         (long)rows[i].shown_end, name, begin, end);
			rows_seen++;
		}
		assert_true(*c.reference != '[' || i == n);
		free(rows);
		calib_dirfiles_release(&c.files);
	}
	assert_true(rows_seen == 209);
	free(json);
}

/* The effective runs against the finder, run by run, on many random directories. */
static void spans_agree_with_a_search_for_each_run(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 40; round++) {
		struct calib_dirfiles files = CALIB_DIRFILES_INIT;
		struct calib_span *spans = NULL;
		size_t n = 0, k = 0;

		for (int i = 0; i < round; i++) {
			uint32_t b = (seed = seed * 1664525 + 1013904223) >> 18;
			uint32_t e = (seed = seed * 1664525 + 1013904223) >> 18;
			char name[64];

			snprintf(name, sizeof name, e % 3 ? "%u-%u.data" : "%u-end.data", b, e);
			assert_int_equal(calib_dirfiles_add(&files, name, NULL), 0);
		}
		calib_dirfiles_sort(&files);
		assert_int_equal(calib_dirfiles_spans(&files, &spans, &n, NULL), 0);
		for (uint32_t run = 0; run <= CALIB_RUN_MAX; run++) {
			const struct calib_dirfile *f = calib_dirfiles_find(&files, run), *g = NULL;

			while (k < n && spans[k].end < run)
				k++;
			if (k < n && spans[k].begin <= run)
				g = &files.file[spans[k].index];
			assert_ptr_equal(f, g);
		}
		free(spans);
		calib_dirfiles_release(&files);
	}
}

static void irregular_names_are_explained(void **state)
{
	static const struct {
		const char *name;
		enum calib_name kind;
		const char *why;
	} want[] = {
		{"1-end.data", CALIB_NAME_GOOD, NULL},
		{"123.data", CALIB_NAME_BAD, "there is no dash between two run numbers"},
		{"HISTORY.data", CALIB_NAME_BAD, "there is no dash between two run numbers"},
		{"a-5.data", CALIB_NAME_BAD, "the first run is not a number"},
		{"-5.data", CALIB_NAME_BAD, "the first run is not a number"},
		{"5 -10.data", CALIB_NAME_BAD, "the first run is not a number"},
		{"5-END.data", CALIB_NAME_BAD, "the last run is neither a number nor 'end'"},
		{"5-.data", CALIB_NAME_BAD, "the last run is neither a number nor 'end'"},
		{"5--3.data", CALIB_NAME_BAD, "the last run is neither a number nor 'end'"},
		{"1-5-9.data", CALIB_NAME_BAD, "the last run is neither a number nor 'end'"},
		{"10-5.data", CALIB_NAME_GOOD, "the range is reversed, the file is never used"},
		{"4294967295-end.data", CALIB_NAME_GOOD,
		 "the first run is beyond 9999, which part of the analysis cannot read"},
		{"4294967296-end.data", CALIB_NAME_BAD, "the first run is not a number"},
		{".data", CALIB_NAME_BAD, "there is no dash between two run numbers"},
		{"data", CALIB_NAME_OTHER, NULL},
		{"", CALIB_NAME_OTHER, NULL},
		{"HISTORY", CALIB_NAME_OTHER, NULL},
		{"1-end.data-2015-04-17T10:00:00", CALIB_NAME_OTHER, NULL},
		{".1-end.data.99-0.tmp", CALIB_NAME_OTHER, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		struct calib_range r;
		const char *why = "untouched";

		assert_int_equal(calib_name_parse(want[i].name, &r, &why), want[i].kind);
		if (want[i].why == NULL)
			assert_null(why);
		else
			assert_string_equal(why, want[i].why);
	}
}

static void equal_ranges_fall_to_the_smallest_name(void **state)
{
	static const char *const names[] = {"5-end.data", "05-end.data", "005-end.data"};
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(calib_dirfiles_add(&files, names[i], NULL), 0);
	calib_dirfiles_sort(&files);
	assert_string_equal(calib_dirfiles_find(&files, 9)->name, "005-end.data");
	assert_non_null(strstr(files.file[0].why, "the same runs"));
	calib_dirfiles_release(&files);
}

static void groups_are_those_of_the_analysis(void **state)
{
	char *text = slurp("deploy/source_group.tsv"), *row, *save;
	size_t rows = 0;

	(void)state;
	if (text == NULL)
		skip();
	strtok_r(text, "\n", &save);
	for (; (row = strtok_r(NULL, "\n", &save)) != NULL; rows++) {
		char *source = strsep(&row, "\t"), *want;
		const char *got = calib_dir_group_of(source);

		strsep(&row, "\t");
		strsep(&row, "\t");
		want = strsep(&row, "\t");
		if (strcmp(got ? got : "UNDEFINED", want) != 0)
			fail_msg("%s: %s, expected %s", source, got ? got : "UNDEFINED", want);
	}
	assert_true(rows >= 159);
	free(text);
}

static void the_registry_names_the_same_groups(void **state)
{
	const struct calib_det *det;

	(void)state;
	for (size_t i = 0; (det = calib_det_at(i)) != NULL; i++) {
		char source[64];
		const char *group;

		if (strcmp(det->device, "Opal1600") == 0)
			continue;	/* the analysis knows no group for it */
		snprintf(source, sizeof source, "DetLab.0:%s.0", det->device);
		group = calib_dir_group_of(source);
		assert_non_null(group);
		assert_string_equal(group, det->group);
	}
}

static void paths_compose_and_split(void **state)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_dir_parts parts;
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	assert_int_equal(calib_dir_type_path(&path, "/a b/calib", "DetInfo(XppGon.0:Cspad.0)",
	                                     "pedestals", &err), 0);
	assert_string_equal(path.s, "/a b/calib/CsPad::CalibV1/XppGon.0:Cspad.0/pedestals");
	calib_str_add(&path, "/1-end.data");
	assert_int_equal(calib_dir_split(&parts, path.s, &err), 0);
	assert_string_equal(parts.calib, "/a b/calib");
	assert_string_equal(parts.group, "CsPad::CalibV1");
	assert_string_equal(parts.source, "XppGon.0:Cspad.0");
	assert_string_equal(parts.type, "pedestals");
	assert_string_equal(parts.name, "1-end.data");
	free(parts.calib);
	assert_int_equal(calib_dir_split(&parts, "C::V/s:D.0/t/1-2.data", &err), 0);
	assert_string_equal(parts.calib, ".");
	free(parts.calib);
	assert_int_equal(calib_dir_split(&parts, "s:D.0/t/1-2.data", &err), CALIB_EINVAL);
	assert_int_equal(calib_dir_split(&parts, "calib/group/s/t/1-2.data", NULL), CALIB_EINVAL);
	assert_int_equal(calib_dir_type_path(&path, "c", "../X:Cspad.0", "pedestals", NULL),
	                 CALIB_EINVAL);
	assert_int_equal(calib_dir_type_path(&path, "c", "X.0:Cspad.0", "..", NULL), CALIB_EINVAL);
	assert_int_equal(calib_dir_type_path(&path, "c", "EBeam", "pedestals", NULL), CALIB_EINVAL);
	calib_str_release(&path);
}

static void types_belong_to_detectors(void **state)
{
	(void)state;
	assert_non_null(calib_ctype_for("pedestals", "AmoETOF.0:Acqiris.0"));
	assert_null(calib_ctype_for("pixel_rms", "AmoETOF.0:Acqiris.0"));
	assert_non_null(calib_ctype_for("hex_table", "AmoETOF.0:Acqiris.0"));
	assert_non_null(calib_ctype_for("pixel_offset", "M.0:Epix10ka2M.0"));
	assert_null(calib_ctype_for("pixel_offset", "XppGon.0:Cspad.0"));
	assert_int_equal(calib_ctype_for("center", "XppGon.0:Cspad.0")->count, 96);
	assert_int_equal(calib_ctype_for("center", "XppGon.0:Cspad2x2.0")->count, 6);
	assert_null(calib_ctype_find("pedestal"));
	for (size_t i = 0; calib_ctype_at(i) != NULL; i++)
		assert_non_null(strstr(calib_ctype_names(), calib_ctype_at(i)->name));
}

/* ---- HISTORY ---- */

static void every_dialect_is_read_and_written_back(void **state)
{
	char *text = slurp("deploy/HISTORY.sample"), *line, *save;
	struct calib_str back = CALIB_STR_INIT;
	bool seen[CALIB_NDIALECTS] = {false};

	(void)state;
	if (text == NULL)
		skip();
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct calib_history record;
		int rc = calib_history_parse(&record, line, "sample", NULL);

		assert_int_equal(rc, *line != '#');
		if (rc == 0)
			continue;
		assert_string_equal(record.value[CALIB_H_USER], "poc");
		assert_string_equal(record.value[CALIB_H_HOST], "psana1201");
		assert_string_equal(record.value[CALIB_H_CPTIME], "2015-04-17T12:46:40");
		seen[record.dialect] = true;
		assert_int_equal(calib_history_format(&back, &record, NULL), 0);
		assert_string_equal(back.s, line);
		calib_history_release(&record);
	}
	for (int i = 0; i < CALIB_NDIALECTS; i++)
		assert_true(seen[i]);
	calib_str_release(&back);
	free(text);
}

static void blanks_and_colons_stay_in_values(void **state)
{
	struct calib_history r;

	(void)state;
	assert_int_equal(calib_history_parse(&r, "file:1-end.data      copy_of:/a b/c:d.txt  "
		"exp:xppi0613  run:0001  app:x           user:u  host:h  "
		"cptime:2015-04-17T12:46:40  zone:PDT  comment:seen by user:me, run:5 ", "x", NULL),
		1);
	assert_string_equal(r.value[CALIB_H_COPY_OF], "/a b/c:d.txt");
	assert_string_equal(r.value[CALIB_H_RUN], "0001");
	assert_string_equal(r.value[CALIB_H_USER], "u");
	assert_string_equal(r.value[CALIB_H_COMMENT], "seen by user:me, run:5");
	calib_history_release(&r);
}

static void what_is_no_record_is_named(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_history r;

	(void)state;
	assert_int_equal(calib_history_parse(&r, "  ", "x", &err), 0);
	assert_int_equal(calib_history_parse(&r, "hello", "HISTORY:7", &err), CALIB_EFORMAT);
	assert_string_equal(err.msg, "HISTORY:7: 'hello' does not begin with file:");
	assert_int_equal(calib_history_parse(&r, "file:", "x", NULL), 1);
	assert_string_equal(r.value[CALIB_H_FILE], "");
	calib_history_release(&r);
}

/* Fixed user, host, time and zone give the reference's line to the byte. */
static void our_record_is_the_reference_s(void **state)
{
	static const char want[] = "file:173-end.data    copy_of:./work/clb-xppi0613-r0173-"
				   "peds-ave-XppGon.0:Cspad.0.txt  exp:xppi0613  run:0173  "
				   "comment:calibrun-dark  user:poc  host:psana1201  "
				   "cptime:2015-04-17T12:46:40  zone:PDT";
	static const char gone[] = "file:9-12.data       cmd:rm    comment:single-file-manager  "
				   "user:poc  host:psana1201  cptime:2015-04-17T12:46:40  zone:PDT";
	struct calib_history_note note = {"173-end.data",
		"./work/clb-xppi0613-r0173-peds-ave-XppGon.0:Cspad.0.txt", "xppi0613",
		"calibrun-dark", 173, false, 1429300000};
	struct calib_str line = CALIB_STR_INIT;

	(void)state;
	setenv("CALIB_USER", "poc", 1);
	setenv("CALIB_HOST", "psana1201", 1);
	setenv("TZ", "PST8PDT,M3.2.0,M11.1.0", 1);
	assert_int_equal(calib_history_line(&line, &note, NULL), 0);
	assert_string_equal(line.s, want);
	note = (struct calib_history_note){"9-12.data", NULL, NULL, "single-file-manager", -1,
		true, 1429300000};
	assert_int_equal(calib_history_line(&line, &note, NULL), 0);
	assert_string_equal(line.s, gone);
	calib_str_release(&line);
}

/* A line is added whole; after one that was cut off it begins a new one. */
static void lines_are_appended_whole(void **state)
{
	char path[] = "/tmp/calibhistory.XXXXXX", got[64];
	int fd = mkstemp(path);
	size_t n;
	FILE *f;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "cut", 3), 3);
	close(fd);
	for (int i = 0; i < 2; i++)
		assert_int_equal(calib_append_line(path, "one", 0, (gid_t)-1, NULL), 0);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(got, 1, sizeof got - 1, f);
	got[n] = '\0';
	fclose(f);
	unlink(path);
	assert_string_equal(got, "cut\none\none\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_lookup_finds_the_file_expected),
		cmocka_unit_test(effective_runs_are_those_of_the_finder),
		cmocka_unit_test(the_reference_panel_is_reproduced_with_its_faults),
		cmocka_unit_test(spans_agree_with_a_search_for_each_run),
		cmocka_unit_test(irregular_names_are_explained),
		cmocka_unit_test(equal_ranges_fall_to_the_smallest_name),
		cmocka_unit_test(groups_are_those_of_the_analysis),
		cmocka_unit_test(the_registry_names_the_same_groups),
		cmocka_unit_test(paths_compose_and_split),
		cmocka_unit_test(types_belong_to_detectors),
		cmocka_unit_test(every_dialect_is_read_and_written_back),
		cmocka_unit_test(blanks_and_colons_stay_in_values),
		cmocka_unit_test(what_is_no_record_is_named),
		cmocka_unit_test(our_record_is_the_reference_s),
		cmocka_unit_test(lines_are_appended_whole),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
