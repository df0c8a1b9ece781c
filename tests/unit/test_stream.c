/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_stream.c - input streams with peek, output files that appear whole */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/in.h"
#include "base/out.h"
#include "base/path.h"

static char dir[] = "/tmp/calib-stream-XXXXXX";

static char *in_dir(const char *name)
{
	static char path[4][256];
	static int k;

	k = (k + 1) % 4;
	snprintf(path[k], sizeof path[k], "%s/%s", dir, name);
	return path[k];
}

static void put_file(const char *path, const void *bytes, size_t n)
{
	struct calib_out *out = NULL;

	assert_int_equal(calib_out_open(&out, path, 0, NULL), CALIB_OK);
	assert_int_equal(calib_out_write(out, bytes, n, NULL), CALIB_OK);
	assert_int_equal(calib_out_commit(out, NULL), CALIB_OK);
}

static size_t get_file(const char *path, char *buf, size_t room)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, room, f);
	fclose(f);
	return n;
}

static size_t entries(void)
{
	char **names = NULL;
	size_t n = 0;

	assert_int_equal(calib_dir_names(&names, &n, dir, NULL), CALIB_OK);
	calib_names_free(names);
	return n;
}

static void clean(void)
{
	char **names = NULL;
	size_t n = 0;

	assert_int_equal(calib_dir_names(&names, &n, dir, NULL), CALIB_OK);
	for (size_t i = 0; i < n; i++)
		unlink(in_dir(names[i]));
	calib_names_free(names);
}

static int setup(void **state)
{
	(void)state;
	clean();
	return 0;
}

/* Bytes that gzip can only half compress, longer than every window. */
static char *pattern(size_t n)
{
	char *p = malloc(n);
	uint32_t x = 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (char)(x >> 27);
	}
	return p;
}

static void what_is_written_is_read_back_plain_and_gzip(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 65535, 65536, 65537, 1000000};

	(void)state;
	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
		for (int gz = 0; gz < 2; gz++) {
			const char *path = in_dir(gz ? "a.txt.gz" : "a.txt");
			char *bytes = pattern(sizes[s] + 1), *got = malloc(sizes[s] + 10);
			struct calib_in *in = NULL;

			put_file(path, bytes, sizes[s]);
			assert_int_equal(calib_in_open(&in, path, NULL), CALIB_OK);
			assert_int_equal(calib_in_read(in, got, sizes[s] + 10, NULL), sizes[s]);
			assert_memory_equal(got, bytes, sizes[s]);
			assert_int_equal(calib_in_tell(in), sizes[s]);
			calib_in_close(in);
			free(bytes);
			free(got);
		}
}

static void gzip_members_one_after_the_other_are_one_stream(void **state)
{
	char all[4096], got[16];
	struct calib_in *in = NULL;
	size_t n;

	(void)state;
	put_file(in_dir("1.gz"), "abc", 3);
	put_file(in_dir("2.gz"), "defg", 4);
	n = get_file(in_dir("1.gz"), all, sizeof all);
	n += get_file(in_dir("2.gz"), all + n, sizeof all - n);
	put_file(in_dir("both"), all, n);
	assert_int_equal(calib_in_open(&in, in_dir("both"), NULL), CALIB_OK);
	assert_int_equal(calib_in_read(in, got, sizeof got, NULL), 7);
	assert_memory_equal(got, "abcdefg", 7);
	calib_in_close(in);
}

static void gzip_that_ends_too_early_is_an_error_at_every_length(void **state)
{
	char all[4096], got[4096];
	size_t n;

	(void)state;
	put_file(in_dir("1.gz"), "the whole text", 14);
	n = get_file(in_dir("1.gz"), all, sizeof all);
	for (size_t cut = 3; cut < n; cut++) {
		struct calib_err err = CALIB_ERR_INIT;
		struct calib_in *in = NULL;

		put_file(in_dir("cut"), all, cut);
		assert_int_equal(calib_in_open(&in, in_dir("cut"), &err), CALIB_OK);
		assert_int_equal(calib_in_read(in, got, sizeof got, &err), CALIB_ETRUNC);
		assert_non_null(strstr(err.msg, "cut: the gzip data end too early"));
		calib_in_close(in);
	}
	all[n - 6] ^= 1;
	put_file(in_dir("bad"), all, n);
	struct calib_in *in = NULL;

	assert_int_equal(calib_in_open(&in, in_dir("bad"), NULL), CALIB_OK);
	assert_int_equal(calib_in_read(in, got, sizeof got, NULL), CALIB_EFORMAT);
	calib_in_close(in);
}

static void peek_shows_and_skip_uses_up(void **state)
{
	char *bytes = pattern(300000);
	const uint8_t *p;
	struct calib_in *in = NULL;

	(void)state;
	put_file(in_dir("a"), bytes, 300000);
	assert_int_equal(calib_in_open(&in, in_dir("a"), NULL), CALIB_OK);
	for (size_t at = 0; at < 300000; at += 7777) {
		long n = calib_in_peek(in, &p, CALIB_IN_PEEK, NULL);

		assert_true(n >= CALIB_IN_PEEK || (size_t)n == 300000 - at);
		assert_memory_equal(p, bytes + at, (size_t)n);
		if (at + 7777 < 300000)
			assert_int_equal(calib_in_skip(in, 7777, NULL), CALIB_OK);
	}
	assert_int_equal(calib_in_skip(in, 300000, NULL), CALIB_ETRUNC);
	calib_in_close(in);
	free(bytes);
}

static void memory_is_a_stream_too(void **state)
{
	struct calib_in *in = NULL;
	char got[8];

	(void)state;
	assert_int_equal(calib_in_mem(&in, "hello", 5, "a test", NULL), CALIB_OK);
	assert_int_equal(calib_in_read(in, got, 3, NULL), 3);
	assert_int_equal(calib_in_skip(in, 3, NULL), CALIB_ETRUNC);
	assert_string_equal(calib_in_name(in), "a test");
	calib_in_close(in);
}

static void a_missing_file_or_a_directory_is_named(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_in *in = NULL;

	(void)state;
	assert_int_equal(calib_in_open(&in, "/nonexistent/x", &err), CALIB_ESYS);
	assert_string_equal(err.msg, "/nonexistent/x: cannot open: No such file or directory");
	calib_err_clear(&err);
	assert_int_equal(calib_in_open(&in, dir, &err), CALIB_EINVAL);
	assert_non_null(strstr(err.msg, "is a directory"));
}

static void nothing_appears_before_commit_and_nothing_stays_after_abort(void **state)
{
	struct calib_out *out = NULL;

	(void)state;
	assert_int_equal(calib_out_open(&out, in_dir("new"), 0, NULL), CALIB_OK);
	assert_int_equal(calib_out_printf(out, NULL, "%d\n", 12), CALIB_OK);
	assert_int_equal(calib_out_prepare(out, NULL), CALIB_OK);
	assert_int_not_equal(access(in_dir("new"), F_OK), 0);
	assert_int_equal(entries(), 1);
	calib_out_abort(out);
	assert_int_equal(entries(), 0);
}

static void a_replaced_file_keeps_its_mode_and_a_link_stays_a_link(void **state)
{
	struct stat st;
	char got[8];

	(void)state;
	put_file(in_dir("real"), "old", 3);
	chmod(in_dir("real"), 0640);
	assert_int_equal(symlink("real", in_dir("link")), 0);
	put_file(in_dir("link"), "new", 3);
	assert_int_equal(lstat(in_dir("link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(in_dir("real"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(get_file(in_dir("real"), got, sizeof got), 3);
	assert_memory_equal(got, "new", 3);
	assert_int_equal(entries(), 2);
}

static void keep_never_replaces_even_when_it_appears_meanwhile(void **state)
{
	struct calib_out *out = NULL;
	char got[8];

	(void)state;
	assert_int_equal(calib_out_open(&out, in_dir("x"), CALIB_OUT_KEEP, NULL), CALIB_OK);
	put_file(in_dir("x"), "other", 5);
	assert_int_equal(calib_out_commit(out, NULL), CALIB_EEXIST);
	assert_int_equal(get_file(in_dir("x"), got, sizeof got), 5);
	assert_int_equal(calib_out_open(&out, in_dir("x"), CALIB_OUT_KEEP, NULL), CALIB_EEXIST);
	assert_int_equal(entries(), 1);
}

static void a_device_is_written_directly(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_out *out = NULL;

	(void)state;
	assert_int_equal(calib_out_open(&out, "/dev/full", 0, &err), CALIB_OK);
	assert_int_equal(calib_out_write(out, "x", 1, &err), CALIB_OK);
	assert_int_equal(calib_out_commit(out, &err), CALIB_ESYS);
	assert_non_null(strstr(err.msg, "/dev/full: cannot write: No space left"));
	assert_int_equal(access("/dev/full", F_OK), 0);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct rlimit old, small = {8192, 8192};
	struct calib_out *out = NULL;
	char *bytes = pattern(100000), got[8];
	int rc;

	(void)state;
	put_file(in_dir("c"), "old", 3);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(calib_out_open(&out, in_dir("c"), 0, &err), CALIB_OK);
	rc = calib_out_write(out, bytes, 100000, &err);
	calib_out_abort(out);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(rc, CALIB_ESYS);
	assert_int_equal(get_file(in_dir("c"), got, sizeof got), 3);
	assert_int_equal(entries(), 1);
	free(bytes);
}

static void on_term(int sig)
{
	calib_out_unlink_pending();
	_exit(sig);
}

static void a_signal_leaves_no_temporary_file(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct calib_out *out = NULL;

		signal(SIGTERM, on_term);
		if (calib_out_open(&out, in_dir("y"), 0, NULL) < 0)
			_exit(1);
		raise(SIGTERM);
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), SIGTERM);
	assert_int_equal(entries(), 0);
}

static void two_writers_do_not_share_a_temporary_file(void **state)
{
	struct calib_out *a = NULL, *b = NULL;
	char got[8];

	(void)state;
	assert_int_equal(calib_out_open(&a, in_dir("z"), 0, NULL), CALIB_OK);
	assert_int_equal(calib_out_open(&b, in_dir("z"), 0, NULL), CALIB_OK);
	assert_int_equal(calib_out_write(a, "aaa", 3, NULL), CALIB_OK);
	assert_int_equal(calib_out_write(b, "bb", 2, NULL), CALIB_OK);
	assert_int_equal(calib_out_commit(b, NULL), CALIB_OK);
	assert_int_equal(calib_out_commit(a, NULL), CALIB_OK);
	assert_int_equal(get_file(in_dir("z"), got, sizeof got), 3);
	assert_int_equal(entries(), 1);
}

static void lines_appended_at_once_do_not_mix(void **state)
{
	char text[600], line[128], want[128];
	FILE *f;
	int count = 0;

	(void)state;
	for (int k = 0; k < 4; k++)
		if (fork() == 0) {
			for (int i = 0; i < 50; i++) {
				memset(text, 'a' + k, 99);
				text[99] = '\0';
				if (calib_append_line(in_dir("H"), text, 0664, (gid_t)-1, NULL) < 0)
					_exit(1);
			}
			_exit(0);
		}
	for (int k = 0; k < 4; k++) {
		int status;

		wait(&status);
		assert_int_equal(status, 0);
	}
	f = fopen(in_dir("H"), "r");
	while (fgets(line, sizeof line, f) != NULL) {
		memset(want, line[0], 99);
		want[99] = '\n';
		assert_memory_equal(line, want, 100);
		count++;
	}
	fclose(f);
	assert_int_equal(count, 200);
	struct stat st;

	assert_int_equal(stat(in_dir("H"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0664);
}

/* as many at once as find the file missing: one header, and no line in the middle of another */
static void rows_appended_at_once_have_one_header(void **state)
{
	char line[64];
	FILE *f;
	int rows = 0;

	(void)state;
	for (int k = 0; k < 8; k++)
		if (fork() == 0)
			_exit(calib_append_row(in_dir("R"), "# header", "row", NULL) < 0);
	for (int k = 0; k < 8; k++) {
		int status;

		wait(&status);
		assert_int_equal(status, 0);
	}
	f = fopen(in_dir("R"), "r");
	assert_non_null(fgets(line, sizeof line, f));
	assert_string_equal(line, "# header\n");
	while (fgets(line, sizeof line, f) != NULL) {
		assert_string_equal(line, "row\n");
		rows++;
	}
	fclose(f);
	assert_int_equal(rows, 8);
}

static void directories_get_their_mode_in_spite_of_the_umask(void **state)
{
	mode_t old = umask(077);
	struct stat st;

	(void)state;
	assert_int_equal(calib_make_dirs(in_dir("p/q/r/"), 02775, (gid_t)-1, NULL), CALIB_OK);
	umask(old);
	assert_int_equal(stat(in_dir("p/q"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 02775);
	assert_int_equal(stat(in_dir("p/q/r"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 02775);
	put_file(in_dir("file"), "x", 1);
	assert_int_equal(calib_make_dirs(in_dir("file/sub"), 0, (gid_t)-1, NULL), CALIB_ESYS);
	rmdir(in_dir("p/q/r"));
	rmdir(in_dir("p/q"));
	rmdir(in_dir("p"));
}

#define T(f) cmocka_unit_test_setup(f, setup)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_written_is_read_back_plain_and_gzip),
		T(gzip_members_one_after_the_other_are_one_stream),
		T(gzip_that_ends_too_early_is_an_error_at_every_length),
		T(peek_shows_and_skip_uses_up),
		T(memory_is_a_stream_too),
		T(a_missing_file_or_a_directory_is_named),
		T(nothing_appears_before_commit_and_nothing_stays_after_abort),
		T(a_replaced_file_keeps_its_mode_and_a_link_stays_a_link),
		T(keep_never_replaces_even_when_it_appears_meanwhile),
		T(a_device_is_written_directly),
		T(a_full_disk_leaves_the_old_file),
		T(a_signal_leaves_no_temporary_file),
		T(two_writers_do_not_share_a_temporary_file),
		T(lines_appended_at_once_do_not_mix),
		T(rows_appended_at_once_have_one_header),
		T(directories_get_their_mode_in_spite_of_the_umask),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	failed = cmocka_run_group_tests_name("stream", tests, NULL, NULL);
	clean();
	rmdir(dir);
	return failed;
}
