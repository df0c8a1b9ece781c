/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_live.c - runs that are being written, event by event
 *
 * The reader calls back whenever it has to wait, and each time the recorder of this test writes its
 * next piece: no clock decides what is found when. */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "sim/sim.h"
#include "src/src.h"

#define RUN 7
#define SRC "src/xpp/xppi0613/xtc"
#define DST "dst/xpp/xppi0613/xtc"
enum { STREAMS = 4, CHUNKS = 2, EVENTS = 180, ROOM = 400 };	/* the last stream is control */

static char dir[] = "/tmp/calib-live-XXXXXX";

/* What an event is known by. */
struct mark { uint32_t sec, nsec, fiducial; unsigned stream, chunk; int step; size_t nobjects; };
struct trace { struct mark mark[ROOM]; size_t n; };

/* ---- the recorder ---- */

struct chunk { char name[64]; uint8_t *bytes; size_t n; };
static struct chunk run[STREAMS][CHUNKS];

struct recorder {
	uint32_t seed;
	int first;		/* >= 0: the other streams begin when half of this one is there */
	int stop;		/* >= 0: this stream ends in the middle of its second chunk */
	bool whole;		/* whole datagrams, and zeros behind them */
	bool bare;		/* chunks end without their Disable */
	bool pause;		/* nothing is written any more */
	size_t chunk[STREAMS], at[STREAMS];
	int fd[STREAMS];
	char path[STREAMS][256];
	int missing;		/* calls before there was a file */
	volatile int stopped;
};

static unsigned any(struct recorder *r, unsigned n)
{
	r->seed = r->seed * 1664525u + 1013904223u;
	return (r->seed >> 8) % n;
}

static size_t length(const struct recorder *r, int k, size_t c)
{
	return run[k][c].n - (r->bare && c + 1 < CHUNKS ? 40 : 0);
}

static bool finished(const struct recorder *r, int k)
{
	return r->chunk[k] == CHUNKS
	       || (k == r->stop && r->chunk[k] == 1 && r->at[k] > run[k][1].n / 2);
}

static void open_next(struct recorder *r, int k)
{
	bool final = any(r, 2);

	snprintf(r->path[k], sizeof r->path[k], "%s/%s%s", DST, run[k][r->chunk[k]].name,
	         final ? "" : ".inprogress");
	r->fd[k] = open(r->path[k], O_WRONLY | O_CREAT | O_EXCL, 0666);
	assert_true(r->fd[k] >= 0);
}

static void close_chunk(struct recorder *r, int k)
{
	char final[256];

	close(r->fd[k]);
	r->fd[k] = -1;
	snprintf(final, sizeof final, "%s/%s", DST, run[k][r->chunk[k]].name);
	assert_int_equal(rename(r->path[k], final), 0);
	r->chunk[k]++;
	r->at[k] = 0;
}

static size_t piece(struct recorder *r, int k)
{
	static const size_t sizes[] = {1, 19, 40, 41, 300, 3000, 5000};
	const struct chunk *c = &run[k][r->chunk[k]];
	size_t left = length(r, k, r->chunk[k]) - r->at[k], n = sizes[any(r, 7)];
	uint32_t extent;

	if (k == r->stop && n > 300)
		n = 300;
	if (r->whole) {
		memcpy(&extent, c->bytes + r->at[k] + 36, 4);
		n = 20 + (size_t)extent;
	}
	return n < left ? n : left;
}

/* Write one piece. */
static void record(void *ctx, const char *missing)
{
	struct recorder *r = ctx;
	int k = -1, open_streams[STREAMS], n = 0;
	size_t m, end;

	r->missing += missing != NULL;
	for (int i = 0; i < STREAMS; i++)
		if (!finished(r, i))
			open_streams[n++] = i;
	if (n == 0 || r->pause)
		return;
	k = open_streams[any(r, (unsigned)n)];
	if (r->first >= 0 && r->chunk[r->first] == 0
	    && r->at[r->first] < length(r, r->first, 0) - 200)
		k = r->first;
	if (r->fd[k] < 0)
		open_next(r, k);
	m = piece(r, k);
	end = r->at[k] + m + 60;
	if (r->whole && end < length(r, k, r->chunk[k]))
		assert_int_equal(ftruncate(r->fd[k], (off_t)end), 0);
	assert_int_equal(pwrite(r->fd[k], run[k][r->chunk[k]].bytes + r->at[k], m,
	                        (off_t)r->at[k]), (ssize_t)m);
	r->at[k] += m;
	if (r->at[k] == length(r, k, r->chunk[k]))
		close_chunk(r, k);
}

static void end_recorder(struct recorder *r)
{
	for (int k = 0; k < STREAMS; k++)
		if (r->fd[k] >= 0)
			close(r->fd[k]);
}

/* ---- the reader ---- */

static void empty(const char *path)
{
	char **names = NULL;
	size_t n = 0;
	char full[512];

	assert_int_equal(calib_make_dirs(path, 0, (gid_t)-1, NULL), CALIB_OK);
	assert_int_equal(calib_dir_names(&names, &n, path, NULL), CALIB_OK);
	for (size_t i = 0; i < n; i++) {
		snprintf(full, sizeof full, "%s/%s", path, names[i]);
		assert_int_equal(unlink(full), 0);
	}
	calib_names_free(names);
}

static struct recorder begin(uint32_t seed)
{
	empty(DST);
	return (struct recorder){.seed = seed, .first = -1, .stop = -1, .fd = {-1, -1, -1, -1}};
}

static const struct calib_range runs[] = {{RUN, RUN}};

/* A control stream's part of an event that was delivered before would be an event of its own. */
static bool control = true;

static struct calib_src *open_run(const char *where, struct recorder *r, double timeout)
{
	struct calib_src_opts o = {.exp = "xppi0613", .runs = runs, .nruns = 1, .xtcdir = where,
		.control = control};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_src *src = NULL;

	o.live = r != NULL;
	o.timeout = timeout;
	o.poll = 0.02;
	o.waiting = record;
	o.waiting_ctx = r;
	o.stop = r ? &r->stopped : NULL;
	if (calib_src_open(&src, &o, &err) < 0)
		fail_msg("%s", err.msg);
	return src;
}

static void walk(struct calib_src *src, struct trace *t)
{
	struct calib_err err = CALIB_ERR_INIT;
	const struct calib_evt *e;
	int rc;

	memset(t, 0, sizeof *t);
	while ((rc = calib_src_next(src, &e, &err)) == 1) {
		assert_true(t->n < ROOM);
		t->mark[t->n++] = (struct mark){e->sec, e->nsec, e->fiducial, e->stream, e->chunk,
			e->step, e->nobjects};
	}
	if (rc < 0)
		fail_msg("%s", err.msg);
}

static void walk_again(struct calib_src *src, struct trace *t)
{
	assert_int_equal(calib_src_rewind(src, NULL), CALIB_OK);
	walk(src, t);
}

static void what_is_there(const char *where, struct trace *t)
{
	struct calib_src *src = open_run(where, NULL, 0);

	walk(src, t);
	calib_src_close(src);
}

static void assert_same(const struct trace *a, const struct trace *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		if (memcmp(&a->mark[i], &b->mark[i], sizeof a->mark[i]) != 0)
			fail_msg("event %zu differs: fiducial %u of stream %u, step %d, and %u of "
			         "%u, %d", i, a->mark[i].fiducial, a->mark[i].stream,
			         a->mark[i].step, b->mark[i].fiducial, b->mark[i].stream,
			         b->mark[i].step);
}

static int by_time(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	return x->sec != y->sec ? (x->sec > y->sec) - (x->sec < y->sec)
	                        : (x->nsec > y->nsec) - (x->nsec < y->nsec);
}

static bool problem_has(const struct calib_src *src, const char *text)
{
	const char *p;

	for (size_t i = 0; (p = calib_src_problem(src, i)) != NULL; i++)
		if (strstr(p, text) != NULL)
			return true;
	return false;
}

/* ---- the tests ---- */

static void the_order_is_that_of_the_finished_run(void **state)
{
	struct trace want, got;

	(void)state;
	what_is_there(SRC, &want);
	assert_int_equal(want.n, EVENTS);
	for (uint32_t seed = 1; seed <= 2; seed++) {
		struct recorder r = begin(seed);
		struct calib_src *src = open_run(DST, &r, 20);

		assert_true(r.missing > 0);
		walk(src, &got);
		if (calib_src_late(src))
			walk_again(src, &got);
		assert_same(&want, &got);
		assert_true(calib_src_over(src));
		assert_null(calib_src_problem(src, 0));
		assert_null(calib_src_remark(src));
		for (size_t i = 0; i < STREAMS * CHUNKS; i++)
			assert_false(calib_src_file(src, i)->in_progress);
		assert_null(calib_src_file(src, STREAMS * CHUNKS));
		calib_src_close(src);
		end_recorder(&r);
	}
}

static void a_late_stream_is_told_of_and_loses_nothing(void **state)
{
	struct trace want, got, sorted;
	struct recorder r = begin(9);
	struct calib_src *src;

	(void)state;
	control = false;
	what_is_there(SRC, &want);
	r.first = 1;
	src = open_run(DST, &r, 20);
	walk(src, &got);
	assert_true(calib_src_late(src));
	sorted = got;
	qsort(sorted.mark, sorted.n, sizeof sorted.mark[0], by_time);
	assert_int_equal(got.n, want.n);
	for (size_t i = 1; i < sorted.n; i++)	/* none twice */
		assert_true(by_time(&sorted.mark[i - 1], &sorted.mark[i]) < 0);
	assert_true(by_time(&got.mark[0], &want.mark[1]) >= 0);	/* it was in another order */
	walk_again(src, &got);
	assert_false(calib_src_late(src));
	assert_same(&want, &got);
	control = true;
	calib_src_close(src);
	end_recorder(&r);
}

static void a_time_out_ends_with_what_is_complete(void **state)
{
	struct trace want, got;
	struct recorder r = begin(3);
	struct calib_src *src;
	size_t daq = 0;
	int fd;

	(void)state;
	r.stop = 1;
	src = open_run(DST, &r, 0.3);
	walk(src, &got);
	assert_true(calib_src_over(src));
	assert_true(problem_has(src, "run 7: nothing was written for 0.3 s, its end was not seen"));
	assert_true(problem_has(src, run[1][1].name));
	assert_false(problem_has(src, run[0][1].name));
	if (calib_src_late(src))
		walk_again(src, &got);
	what_is_there(DST, &want);
	assert_same(&want, &got);
	for (size_t i = 0; i < got.n; i++)
		daq += got.mark[i].stream < STREAMS;
	assert_true(daq > EVENTS * 2 / 3 && daq < EVENTS);

	/* what comes later is not seen any more: all passes are of the same events */
	fd = open(r.path[1], O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, run[1][1].bytes + r.at[1], run[1][1].n - r.at[1]),
	                 (ssize_t)(run[1][1].n - r.at[1]));
	close(fd);
	walk_again(src, &got);
	assert_same(&want, &got);
	assert_true(problem_has(src, "its end was not seen"));
	calib_src_close(src);
	end_recorder(&r);
}

/* A pass that was left early goes on with the run when it is taken up again. */
static void a_pass_may_end_early(void **state)
{
	struct trace want, got;
	const struct calib_evt *e;
	struct recorder r = begin(5);
	struct calib_src *src;

	(void)state;
	what_is_there(SRC, &want);
	src = open_run(DST, &r, 20);
	for (int i = 0; i < 5; i++)
		assert_int_equal(calib_src_next(src, &e, NULL), 1);
	assert_false(calib_src_over(src));
	walk_again(src, &got);
	if (calib_src_late(src))
		walk_again(src, &got);
	assert_same(&want, &got);
	calib_src_close(src);
	end_recorder(&r);
}

static void zeros_at_the_end_are_no_data_yet(void **state)
{
	struct trace want, got;
	struct recorder r = begin(2);
	struct calib_src *src;

	(void)state;
	what_is_there(SRC, &want);
	r.whole = true;
	src = open_run(DST, &r, 20);
	walk(src, &got);
	if (calib_src_late(src))
		walk_again(src, &got);
	assert_same(&want, &got);
	assert_null(calib_src_problem(src, 0));
	calib_src_close(src);
	end_recorder(&r);
}

static void chunks_may_end_without_disable(void **state)
{
	struct trace want, got;
	struct recorder r = begin(4);
	struct calib_src *src;

	(void)state;
	what_is_there(SRC, &want);
	r.bare = true;
	src = open_run(DST, &r, 20);
	walk(src, &got);
	if (calib_src_late(src))
		walk_again(src, &got);
	assert_same(&want, &got);
	calib_src_close(src);
	end_recorder(&r);
}

static void a_file_that_shrinks_is_a_problem_in_every_pass(void **state)
{
	struct trace got;
	struct recorder r = begin(6);
	struct calib_src *src;
	const struct calib_evt *e;

	(void)state;
	src = open_run(DST, &r, 0.3);
	assert_int_equal(calib_src_next(src, &e, NULL), 1);
	r.pause = true;
	for (int k = 0; k < STREAMS; k++)
		if (r.fd[k] >= 0)
			assert_int_equal(ftruncate(r.fd[k], 10), 0);
	walk(src, &got);
	assert_true(problem_has(src, "became shorter while it was followed"));
	walk_again(src, &got);
	assert_true(problem_has(src, "became shorter while it was followed"));
	calib_src_close(src);
	end_recorder(&r);
}

static void a_run_that_never_comes(void **state)
{
	struct recorder r = begin(1);
	struct calib_src_opts o = {.exp = "xppi0613", .runs = runs, .nruns = 1, .xtcdir = DST,
		.live = true, .timeout = 0.1, .poll = 0.02};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_src *src = NULL;

	(void)state;
	assert_int_equal(calib_src_open(&src, &o, &err), CALIB_ENOTFOUND);
	assert_non_null(strstr(err.msg, "no XTC files of run 7"));
	assert_non_null(strstr(err.msg, "waited for 0.1 s"));
	r.stopped = 1;
	o.stop = &r.stopped;
	calib_err_clear(&err);
	assert_int_equal(calib_src_open(&src, &o, &err), CALIB_ESYS);
}

static void the_item_live(void **state)
{
	(void)state;
	assert_true(calib_src_asks_live(":live"));
	assert_true(calib_src_asks_live("exp=xppi0613:run=7: live "));
	assert_true(calib_src_asks_live(":dir=/reg/d/ffb:live:stream=0-79"));
	assert_false(calib_src_asks_live(":dir=/live"));
	assert_false(calib_src_asks_live(":lively"));
	assert_false(calib_src_asks_live("/data/live"));
	assert_false(calib_src_asks_live("live"));
}

/* ---- around them ---- */

static size_t size_at(const struct chunk *c, size_t at)
{
	uint32_t extent;

	memcpy(&extent, c->bytes + at + 36, 4);
	return 20 + (size_t)extent;
}

static bool is_event(const struct chunk *c, size_t at)
{
	return at < c->n && (c->bytes[at + 11] & 15) == 12;
}

/* Every third event comes after the next one: what the look-ahead mends. */
static void disorder(struct chunk *c)
{
	uint8_t first[4096];
	int k = 0;

	for (size_t at = 0; at < c->n;) {
		size_t a = size_at(c, at), b = 0;

		if (is_event(c, at) && is_event(c, at + a) && ++k % 3 == 0) {
			b = size_at(c, at + a);
			assert_true(a <= sizeof first);
			memcpy(first, c->bytes + at, a);
			memmove(c->bytes + at, c->bytes + at + a, b);
			memcpy(c->bytes + at + b, first, a);
		}
		at += a + b;
	}
}

static int load_run(void **state)
{
	struct calib_sim_plan plan = CALIB_SIM_PLAN_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	char **names = NULL;
	size_t n = 0, prefix;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	plan.exp = "xppi0613";
	plan.run = RUN;
	plan.detectors = "Opal1000";
	plan.rows = plan.cols = 4;
	plan.events = EVENTS;
	plan.streams = STREAMS - 1;
	plan.chunks = CHUNKS;
	plan.steps = 3;
	plan.control = true;
	plan.root = "src";
	if (calib_sim_write(&plan, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(calib_dir_names(&names, &n, SRC, NULL), CALIB_OK);
	assert_int_equal(n, STREAMS * CHUNKS);
	for (size_t i = 0; i < n; i++) {
		struct calib_file f;
		struct chunk *c;
		char path[256];
		FILE *in;

		assert_true(calib_filename_parse(names[i], &f, &prefix));
		c = &run[f.stream < STREAMS ? f.stream : STREAMS - 1][f.chunk];
		snprintf(c->name, sizeof c->name, "%s", names[i]);
		snprintf(path, sizeof path, "%s/%s", SRC, names[i]);
		in = fopen(path, "rb");
		assert_non_null(in);
		c->bytes = malloc(1 << 20);
		c->n = fread(c->bytes, 1, 1 << 20, in);
		fclose(in);
		disorder(c);
		in = fopen(path, "wb");
		assert_non_null(in);
		assert_int_equal(fwrite(c->bytes, 1, c->n, in), c->n);
		assert_int_equal(fclose(in), 0);
	}
	calib_names_free(names);
	return 0;
}

static int forget_run(void **state)
{
	static const char *const dirs[] = {SRC, DST, "src/xpp/xppi0613", "dst/xpp/xppi0613",
		"src/xpp", "dst/xpp", "src", "dst"};

	(void)state;
	for (int k = 0; k < STREAMS; k++)
		for (int c = 0; c < CHUNKS; c++)
			free(run[k][c].bytes);
	empty(SRC);
	empty(DST);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		rmdir(dirs[i]);
	return chdir("/") == 0 ? rmdir(dir) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_is_that_of_the_finished_run),
		cmocka_unit_test(a_late_stream_is_told_of_and_loses_nothing),
		cmocka_unit_test(a_time_out_ends_with_what_is_complete),
		cmocka_unit_test(a_pass_may_end_early),
		cmocka_unit_test(zeros_at_the_end_are_no_data_yet),
		cmocka_unit_test(chunks_may_end_without_disable),
		cmocka_unit_test(a_file_that_shrinks_is_a_problem_in_every_pass),
		cmocka_unit_test(a_run_that_never_comes),
		cmocka_unit_test(the_item_live),
	};

	return cmocka_run_group_tests_name("live", tests, load_run, forget_run);
}
