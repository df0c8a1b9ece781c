/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_xtc_golden.c - every golden run gives exactly its events */
#include "golden_run.h"
#include "json.h"

/* Is the data object of this alias in the event, undamaged and not empty? */
static bool usable(const struct calib_src *src, const struct calib_evt *evt, struct calib_srcid id)
{
	(void)src;
	for (size_t i = 0; i < evt->nobjects; i++) {
		const struct calib_object *o = &evt->objects[i];

		if (calib_srcid_equal(o->src, id) && o->damage == 0 && o->place.size > 0)
			return true;
	}
	return false;
}

static void check_event(const struct calib_src *src, const struct calib_evt *evt,
                        const struct json *want, const struct json *dets, const char *run)
{
	const struct json *codes = json_get(want, "evcodes"), *good = json_get(want, "good");
	uint8_t have[256];
	bool has_evr;
	long n = calib_evr_codes(evt, have, sizeof have, &has_evr, NULL), k = 0;

	if (evt->sec != json_num(want, "sec") || evt->nsec != json_num(want, "nsec")
	    || evt->fiducial != json_num(want, "fiducials"))
		fail_msg("%s event %g: %u.%09u fid %u", run, json_num(want, "event"), evt->sec,
		         evt->nsec, evt->fiducial);
	for (const struct json *c = codes ? codes->child : NULL; c != NULL; c = c->next, k++)
		if (k >= n || have[k] != c->number)
			fail_msg("%s event %g: event codes differ", run, json_num(want, "event"));
	if (codes != NULL)
		assert_int_equal(n, k);
	for (const struct json *d = dets->child; d != NULL; d = d->next) {
		struct calib_srcid id;
		struct calib_address a;
		bool wanted = false;

		assert_int_equal(calib_address_parse(&a, json_str(d, "source"), NULL), CALIB_OK);
		for (const struct json *g = good->child; g != NULL; g = g->next)
			wanted |= strcmp(g->text, d->key) == 0;
		if (!calib_src_by_alias(src, d->key, &id))
			continue;
		assert_true(calib_address_match(&a, id));
		if (usable(src, evt, id) != wanted)
			fail_msg("%s event %g: %s is %s", run, json_num(want, "event"), d->key,
			         wanted ? "missing" : "there");
	}
}

/* Each event of expected.json in analysis order, psana_events times (split events twice). */
static void check_pass(struct calib_src *src, const struct json *all, const char *run)
{
	const struct json *dets = json_get(all, "detectors");
	const struct calib_evt *evt;
	uint64_t n = 0;

	for (const struct json *e = json_get(all, "events")->child; e != NULL; e = e->next) {
		int times = json_get(e, "psana_events") ? (int)json_num(e, "psana_events")
		                                        : json_true(e, "delivered");

		if (!json_true(e, "delivered"))
			times = 0;
		for (int i = 0; i < times; i++) {
			if (calib_src_next(src, &evt, NULL) != 1)
				fail_msg("%s: no event where %g was expected", run,
					 json_num(e, "event"));
			assert_int_equal(evt->index, n++);
			if (times == 1)
				check_event(src, evt, e, dets, run);
		}
	}
	if (calib_src_next(src, &evt, NULL) != 0)
		fail_msg("%s: an event too many", run);
}

static void golden_runs_give_exactly_their_events(void **state)
{
	char root[4096], **names = golden_runs(root);
	int runs = 0;

	(void)state;
	if (names == NULL)
		skip();
	for (char **name = names; *name != NULL; name++) {
		struct golden_run run;
		struct json *all;
		struct calib_src *src;
		bool damaged = strncmp(*name, "bad", 3) == 0 || strncmp(*name, "trunc", 5) == 0;

		if (!golden_open(&run, root, *name))
			continue;
		all = json_load(run.json);
		src = golden_src(&run);
		check_pass(src, all, *name);
		if (damaged != (calib_src_problem(src, 0) != NULL))
			fail_msg("%s: problem '%s'", *name, calib_src_problem(src, 0));
		assert_int_equal(calib_src_rewind(src, NULL), CALIB_OK);
		check_pass(src, all, *name);
		calib_src_close(src);
		json_free(all);
		golden_close(&run);
		runs++;
	}
	calib_names_free(names);
	assert_true(runs >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_runs_give_exactly_their_events),
	};

	return cmocka_run_group_tests_name("xtc_golden", tests, NULL, NULL);
}
