/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_site.c - calibtools.yaml: what is read, what is refused, where it is said */
#include "test.h"

#include "algo/dark.h"
#include "base/in.h"
#include "conf/site.h"
#include "conf/yaml.h"

static struct calib_site *parse(const char *text)
{
	struct calib_site *site = NULL;
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_site_parse(&site, text, strlen(text), "t.yaml", &err) < 0)
		fail_msg("%s", err.msg);
	return site;
}

static void assert_refused_n(const char *text, size_t n, const char *want)
{
	struct calib_site *site = NULL;
	struct calib_err err = CALIB_ERR_INIT;

	assert_int_equal(calib_site_parse(&site, text, n, "t.yaml", &err), CALIB_EINVAL);
	assert_null(site);
	if (strncmp(err.msg, want, strlen(want)) != 0)
		fail_msg("'%s' does not begin with '%s'", err.msg, want);
}

static void assert_refused(const char *text, const char *want)
{
	assert_refused_n(text, strlen(text), want);
}

static void check_value(const struct calib_site *s, enum calib_site_scope scope, const char *name,
                        const char *key, const char *text, unsigned line)
{
	const struct calib_site_value *v = calib_site_find(s, scope, name, key, 0);

	assert_non_null(v);
	assert_string_equal(v->text, text);
	assert_int_equal(v->line, line);
}

static void values_have_sections_and_lines(void **state)
{
	struct calib_site *s = parse("# of a site\n"
	                             "root: [/a, '/b c']\n"
	                             "num_events: 500\n"
	                             "dirmode: 02770\n"
	                             "event_code:\n"
	                             "- 40\n"
	                             "- -43\n"
	                             "queues:\n"
	                             "  milano: {account: 'lcls:{exp}', time: 1:00:00}\n"
	                             "thr_rms: auto\n"
	                             "max_shift: 20\n"
	                             "detectors:\n"
	                             "  CSPAD:\n"
	                             "    max_shift: 30\n"
	                             "    thr_rms: 8.5\n"
	                             "  XppGon.0:Cspad.0:\n"
	                             "    max_shift: 4e1\n");

	(void)state;
	check_value(s, CALIB_SITE_ALL, NULL, "root", "/a", 2);
	assert_string_equal(calib_site_find(s, CALIB_SITE_ALL, NULL, "root", 1)->text, "/b c");
	assert_null(calib_site_find(s, CALIB_SITE_ALL, NULL, "root", 2));
	check_value(s, CALIB_SITE_ALL, NULL, "num_events", "500", 3);
	check_value(s, CALIB_SITE_ALL, NULL, "dirmode", "02770", 4);
	assert_string_equal(calib_site_find(s, CALIB_SITE_ALL, NULL, "event_code", 1)->text, "-43");
	check_value(s, CALIB_SITE_QUEUE, "milano", "account", "lcls:{exp}", 9);
	check_value(s, CALIB_SITE_QUEUE, "milano", "time", "1:00:00", 9);
	check_value(s, CALIB_SITE_DETECTOR, "cspad", "thr_rms", "8.5", 15);
	assert_null(calib_site_find(s, CALIB_SITE_DETECTOR, "Opal1000", "thr_rms", 0));
	assert_null(calib_site_find(s, CALIB_SITE_ALL, NULL, "account", 0));
	assert_true(calib_site_number(s, "XppGon.0:Cspad.0", "CSPAD", "max_shift", 1) == 40);
	assert_true(calib_site_number(s, "XppGon.0:Cspad.1", "CSPAD", "max_shift", 1) == 30);
	assert_true(calib_site_number(s, NULL, "Opal1000", "max_shift", 1) == 20);
	assert_true(calib_site_number(s, NULL, NULL, "max_bad", 0.25) == 0.25);
	assert_true(calib_site_number(NULL, "a:b", "CSPAD", "max_bad", 0.25) == 0.25);
	/* a word is no number */
	assert_true(calib_site_number(s, NULL, NULL, "thr_rms", 3) == 3);
	calib_site_free(s);
}

static void an_empty_file_sets_nothing(void **state)
{
	static const char *const texts[] = {"", "\n\n", "# nothing\n", "---\n", "---\n...\n", "{}"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct calib_site *s = parse(texts[i]);

		assert_null(calib_site_at(s, 0));
		calib_site_free(s);
	}
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct { const char *text, *want; } list[] = {
		{"quue: a", "t.yaml:1: 'quue' is not a key, did you mean 'queue'?"},
		{"\n\nmax-bad: 0.1", "t.yaml:3: 'max-bad' is not a key, did you mean 'max_bad'?"},
		{"Root: /a", "t.yaml:1: 'Root' is not a key, did you mean 'root'?"},
		{"detector:\n  CSPAD: {thr_rms: 1}", "t.yaml:1: 'detector' is not a key, did you "
		 "mean 'detectors'?"},
		{"acocunt: x", "t.yaml:1: 'acocunt' is not a key, did you mean 'account'?"},
		{"colour: blue", "t.yaml:1: 'colour' is not a key, see calibtools.yaml(5)"},
		{"detectors:\n  CSPAD:\n    thrrms: 1", "t.yaml:3: 'thrrms' is not a key, did you "
		 "mean 'thr_rms'?"},
		{"detectors:\n  CSPAD:\n    queue: 1", "t.yaml:3: 'queue' does not belong to a "
		 "detector"},
		{"queues:\n  q: {root: /a}", "t.yaml:2: 'root' does not belong to a queue"},
		{"queues:\n  q: {max_bad: 1}", "t.yaml:2: 'max_bad' does not belong to a queue"},
		{"num_events: many", "t.yaml:1: num_events: 'many' is not a whole number from 0"},
		{"num_events: 1.5", "t.yaml:1: num_events: '1.5' is not a whole number"},
		{"num_events: -1", "t.yaml:1: num_events: '-1' is not a whole number from 0"},
		{"num_events: '5'", "t.yaml:1: num_events: '5' in quotes is a text, expected a"},
		{"num_events:", "t.yaml:1: num_events: there is no value, expected a whole"},
		{"num_events: ~", "t.yaml:1: num_events: there is no value"},
		{"num_events: [1, 2]", "t.yaml:1: num_events: a list stands here, expected a"},
		{"max_bad: 1.01", "t.yaml:1: max_bad: '1.01' is not a number from 0 to 1"},
		{"max_bad: nan", "t.yaml:1: max_bad: 'nan' is not a number"},
		{"max_bad: 10%", "t.yaml:1: max_bad: '10%' is not a number"},
		{"thr_int_max: .inf", "t.yaml:1: thr_int_max: '.inf' is not a number"},
		{"thr_int_max: inf", "t.yaml:1: thr_int_max: 'inf' is not a number"},
		{"thr_rms: -1", "t.yaml:1: thr_rms: '-1' is not a number from 0 to 1e+09 or the "
		 "word auto"},
		{"dirmode: 0999", "t.yaml:1: dirmode: '0999' is not an octal mode"},
		{"dirmode: rwx", "t.yaml:1: dirmode: 'rwx' is not an octal mode"},
		{"tasks: 0", "t.yaml:1: tasks: '0' is not a whole number from 1 to 2000"},
		{"engine: pbs", "t.yaml:1: engine: 'pbs' is not one of: slurm lsf local"},
		{"sigma: plain robust", "t.yaml:1: sigma: 'plain robust' is not one of"},
		{"event_code: 40;43", "t.yaml:1: event_code: '40;43' is not event codes"},
		{"event_code: [40, 300]", "t.yaml:1: event_code: '300' is not event codes"},
		{"root: ''", "t.yaml:1: root: '' is not a name: it is empty"},
		{"root: ~/data", "t.yaml:1: root: '~/data': ~ is not expanded"},
		{"root: []", "t.yaml:1: the list is empty"},
		{"root: [[/a]]", "t.yaml:1: root: a list stands here"},
		{"root: {a: b}", "t.yaml:1: root: a mapping stands here"},
		{"root: /{exp}", "t.yaml:1: root: '/{exp}': {exp} is not known, only plain text"},
		{"calibdir: {root}/x", "t.yaml:1: not YAML"},
		{"calibdir: '{rot}/x'", "t.yaml:1: calibdir: '{rot}/x': {rot} is not known, only "
		 "root ins exp user"},
		{"calibdir: '{root/x'", "t.yaml:1: calibdir: '{root/x': a { and its } do not"},
		{"workdir: 'a}'", "t.yaml:1: workdir: 'a}': a { and its } do not match"},
		{"queue: -q", "t.yaml:1: queue: '-q' begins like an option"},
		{"queue: a b", "t.yaml:1: queue: 'a b' is not a name without blanks"},
		{"queue: \"a\\nb\"", "t.yaml:1: queue: the value has a control character"},
		{"queue: \"a\\0b\"", "t.yaml:1: a value has a NUL character"},
		{"queue: a\nmem: 1\nqueue: b", "t.yaml:3: 'queue' is set in line 1 already"},
		{"detectors:\n  CSPAD: {per: asic}\n  cspad: {per: asic}", "t.yaml:3: 'cspad' is "
		 "in line 2 already"},
		{"detectors:\n  CSPAD:\n    per: asic\n    per: asic", "t.yaml:4: 'per' is set in "
		 "line 3 already"},
		{"detectors:\n  A=B: {per: asic}", "t.yaml:2: 'A=B' is no name of a detector"},
		{"detectors:", "t.yaml:1: detectors: a value stands here, expected a mapping"},
		{"detectors: [CSPAD]", "t.yaml:1: detectors: a list stands here"},
		{"detectors:\n  CSPAD: 5", "t.yaml:2: CSPAD: a value stands here, expected the "
		 "keys"},
		{"detectors:\n  CSPAD: {per: {a: b}}", "t.yaml:2: per: a mapping stands here"},
		{"- a\n", "t.yaml:1: a list, expected lines of the form 'key: value'"},
		{"hello\n", "t.yaml:1: 'hello' is not of the form 'key: value'"},
		{"queue:a\n", "t.yaml:1: 'queue:a' is not of the form 'key: value'"},
		{"[a]: b", "t.yaml:1: a list cannot be a key"},
		{"queues:\n\tq: {tasks: 1}", "t.yaml:2: the line is indented with a tab"},
		{"queues:\n  \tq: {tasks: 1}", "t.yaml:2: the line is indented with a tab"},
		{"queue: a\n---\nqueue: b", "t.yaml:2: a second document begins"},
		{"queue: &x a", "t.yaml:1: anchors and aliases"},
		{"queue: *x", "t.yaml:1: anchors and aliases"},
		{"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]", "t.yaml:1: anchors and aliases"},
		{"queue: !!str a", "t.yaml:1: tags (!) are not read"},
		{"? a\n? b\n", "t.yaml:1: 'a' is not a key"},
		{"queue: 'a", "t.yaml:"},
		{"queue: [a", "t.yaml:"},
		{"queue: a\n bad: b", "t.yaml:2: not YAML"},
		{"queue: \"\xff\xfe\"", "t.yaml: byte 8: "},
		{"queue: a\x01", "t.yaml: byte 8: "},
		{"a: {b: {c: {d: {e: f}}}}", "t.yaml:1: nested too deeply"},
		{"[[[[[[[[[[[[", "t.yaml:1: a list, expected lines"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		assert_refused(list[i].text, list[i].want);
}

static void what_is_too_large_is_refused(void **state)
{
	size_t n = CALIB_YAML_MAX_BYTES + 1;
	char *big = malloc(n), *p = big;

	(void)state;
	assert_non_null(big);
	memset(big, '#', n);
	assert_refused_n(big, n, "t.yaml: larger than 1048576 bytes");
	for (int i = 0; i < CALIB_YAML_MAX_NODES + 1; i++)
		p += snprintf(p, 20, "k%d: 1\n", i);
	assert_refused_n(big, (size_t)(p - big), "t.yaml:4097: more than 4096 entries");
	/* deep flow: refused long before any stack is short */
	memset(big, '{', 100000);
	assert_refused_n(big, 100000, "t.yaml:1: a mapping cannot be a key");
	free(big);
}

static void the_form_of_calibman_is_told_apart(void **state)
{
	static const char *const ours[] = {"queue: a\n", "# x\n\nroot:\n  - /a\n", "---\n", "{}",
		"detectors: {}", "queue:a", "- a"};
	static const char *const theirs[] = {"", "# x\n", "EXPERIMENT_NAME xppi0613\n",
		"junk\nBATCH_DARK_END    5\n", "DETECTOR_CBX_STATE:0     True\n",
		"SITE_NAME S3DF: ours\n", "SITE_NAME\t1\r\n", "MASK_PIX_RMSNLO\t5\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		assert_true(calib_site_is(ours[i], strlen(ours[i])));
	for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
		assert_false(calib_site_is(theirs[i], strlen(theirs[i])));
}

static void check_for(const char *text, const char *source, const char *name, const char *want)
{
	char buf[64];
	const char *got = calib_limits_for(text, source, name, buf);

	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
}

static void limits_are_of_the_nearest_name(void **state)
{
	const char *text = "8, CSPAD=10,XppGon.0:Cspad.0=12 ,opal1000=auto";

	(void)state;
	check_for(text, NULL, NULL, "8");
	check_for(text, "XppGon.0:Cspad.1", "CSPAD", "10");
	check_for(text, "XppGon.0:Cspad.0", "CSPAD", "12");
	check_for(text, NULL, "Opal1000", "auto");
	check_for(text, NULL, "Opal100", "8");
	check_for("CSPAD=10", NULL, "Opal1000", NULL);
	check_for("", NULL, "Opal1000", NULL);
}

static void check_over(const char *under, const char *over, const char *want)
{
	struct calib_str out = CALIB_STR_INIT;

	calib_limits_over(&out, under, over);
	assert_string_equal(out.s, want);
	calib_str_release(&out);
}

static void a_value_for_all_leaves_nothing_below_it(void **state)
{
	(void)state;
	check_over("8,CSPAD=10", "9", "9");
	check_over("8,CSPAD=10,Zyla=1", "cspad=11", "8,Zyla=1,cspad=11");
	check_over("8", "CSPAD=11,7", "CSPAD=11,7");
	check_over(NULL, "CSPAD=11", "CSPAD=11");
	check_over("CSPAD=11", NULL, "CSPAD=11");
	check_over("CSPAD=11", "", "CSPAD=11");
	check_over(NULL, NULL, "");
}

static void limits_are_checked_one_by_one(void **state)
{
	static const struct { const char *text, *want; } list[] = {
		{"x", "--k: 'x' is not a number from 0 to 1"}, {"", "--k: '' is not a number"},
		{"A=0,", "--k: '' is not"}, {"0.1,0.2", "--k: '0.1,0.2': two values for all det"},
		{"CSPAD=2", "--k: CSPAD: '2' is not a number from 0 to 1"},
		{"CSPAD=", "--k: CSPAD: '' is not a number"}, {"=1", "--k: '=1': the name of"},
		{"a=1,0.5,A=0", "--k: 'a=1,0.5,A=0': two values for"},
		{"0.1,CSPAD:0.2", "--k: '0.1,CSPAD:0.2': two values"},
	};
	const struct calib_site_key *k = calib_site_key_find("max_bad");
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	assert_int_equal(calib_limits_check(k, "0.1, CSPAD=1,a.0:b.0=0", "--k", &err), CALIB_OK);
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		calib_err_clear(&err);
		assert_int_equal(calib_limits_check(k, list[i].text, "--k", &err), CALIB_EINVAL);
		if (strncmp(err.msg, list[i].want, strlen(list[i].want)) != 0)
			fail_msg("'%s': '%s'", list[i].text, err.msg);
	}
}

static void limits_of_a_file_are_one_text(void **state)
{
	struct calib_site *s = parse("detectors: {CSPAD: {per: segment}}\nper: asic\n");
	struct calib_str out = CALIB_STR_INIT;

	(void)state;
	calib_site_limits(&out, s, "per");
	assert_string_equal(out.s, "asic,CSPAD=segment");
	calib_str_release(&out);
	calib_site_free(s);
}

static void names_in_braces_are_put_in(void **state)
{
	struct calib_str out = CALIB_STR_INIT;

	(void)state;
	calib_site_expand(&out, "{root}/{ins}/{exp}/{user}/{exp}x",
	                  &(struct calib_site_fields){"/r", "xppi0613", NULL});
	assert_string_equal(out.s, "/r/xpp/xppi0613/{user}/xppi0613x");
	calib_str_release(&out);
}

static char *whole(const char *path)
{
	struct calib_str text = CALIB_STR_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_in_text(path, &text, &err) < 0)
		fail_msg("%s", err.msg);
	return text.s;
}

/* Every word that a key allows stands in its paragraph. */
static void check_words(const char *paragraph, const struct calib_site_key *k)
{
	const char *end = strstr(paragraph + 1, "\n.It");
	size_t len = end != NULL ? (size_t)(end - paragraph) : strlen(paragraph);
	char text[1000], word[32];

	snprintf(text, sizeof text, "%.*s", (int)len, paragraph);
	for (const char *p = k->words; p != NULL && *p != '\0'; p += strspn(p, " ")) {
		snprintf(word, sizeof word, "%.*s", (int)strcspn(p, " "), p);
		if (strstr(text, word) == NULL)
			fail_msg("the manual lacks the word %s of %s", word, k->name);
		p += strcspn(p, " ");
	}
}

/* The manual has a paragraph for each key, in the order of the table, that names its programs and
 * what it may be; the example sets it, or shows how. */
static void manual_and_example_have_the_keys_of_the_table(void **state)
{
	char *man = whole("man/calibtools.yaml.5");
	char *example = whole("scripts/examples/calibtools.yaml");
	const struct calib_site_key *k;
	const char *at = strstr(man, ".Ss Directories and files");
	char want[300];
	size_t n = 0, items = 0;

	(void)state;
	assert_non_null(at);
	for (const char *p = at; (p = strstr(p, "\n.It Cm ")) != NULL; p++)
		items++;
	for (; (k = calib_site_key_at(n)) != NULL; n++) {
		snprintf(want, sizeof want, "\n.It Cm %s\n.Pq %s\n", k->name, k->programs);
		at = strstr(at, want);
		if (at == NULL) {
			fail_msg("the manual lacks, or has not in this order: %s", want);
			return;
		}
		check_words(at, k);
		snprintf(want, sizeof want, "\n%s:", k->name);
		if (strstr(example, want) == NULL) {
			snprintf(want, sizeof want, "\n#%s: ", k->name);
			if (strstr(example, want) == NULL)
				fail_msg("the example lacks %s", k->name);
		}
	}
	assert_int_equal(items, n);
	free(man);
	free(example);
}

/* As it is, and with the # taken from every line of a key. */
static void the_example_is_read_in_full(void **state)
{
	char *example = whole("scripts/examples/calibtools.yaml"), *out, *to;
	struct calib_site *s = parse(example);
	size_t all = 0;

	(void)state;
	calib_site_free(s);
	out = to = calloc(1, strlen(example) + 1);
	assert_non_null(out);
	for (const char *p = example; *p != '\0'; p++)
		if (*p != '#' || (p > example && p[-1] != '\n') || p[1] == ' ')
			*to++ = *p;
	s = parse(out);
	for (size_t i = 0; calib_site_key_at(i) != NULL; i++) {
		const struct calib_site_key *k = calib_site_key_at(i);

		if (calib_site_find(s, CALIB_SITE_ALL, NULL, k->name, 0) == NULL)
			fail_msg("%s", k->name);
		all++;
	}
	assert_true(all > 30);
	calib_site_free(s);
	free(out);
	free(example);
}

static void every_word_of_algo_is_an_algorithm(void **state)
{
	const char *words = calib_site_key_find("algo")->words;
	char word[32];
	int n = 0;

	(void)state;
	for (const char *p = words; *p != '\0'; p += strspn(p, " "), n++) {
		snprintf(word, sizeof word, "%.*s", (int)strcspn(p, " "), p);
		assert_true(calib_algo_parse(word) >= 0);
		p += strcspn(p, " ");
	}
	assert_int_equal(n, CALIB_NALGOS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_have_sections_and_lines),
		cmocka_unit_test(an_empty_file_sets_nothing),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(the_form_of_calibman_is_told_apart),
		cmocka_unit_test(limits_are_of_the_nearest_name),
		cmocka_unit_test(a_value_for_all_leaves_nothing_below_it),
		cmocka_unit_test(limits_are_checked_one_by_one),
		cmocka_unit_test(limits_of_a_file_are_one_text),
		cmocka_unit_test(names_in_braces_are_put_in),
		cmocka_unit_test(manual_and_example_have_the_keys_of_the_table),
		cmocka_unit_test(the_example_is_read_in_full),
		cmocka_unit_test(every_word_of_algo_is_an_algorithm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
