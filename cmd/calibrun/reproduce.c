/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/reproduce.c - --reproduce LOG: the command of a log again, its work files compared
 *
 * The log says the command, where it was given, and size and check sum of every work file, so the
 * files themselves need not be there any more.  Nothing is deployed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/in.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/table.h"
#include "calibrun/look.h"

/* What follows the time and the level in a line of calibrun's log; NULL: it is of another. */
static const char *after(const char *line, const char *what)
{
	static const char who[] = "(info) calibrun: ";
	const char *at = strstr(line, who);

	if (at == NULL || at - line != 20)	/* "2014-05-13 16:53:20 " */
		return NULL;
	at += strlen(who);
	return strncmp(at, what, strlen(what)) == 0 ? at + strlen(what) : NULL;
}

/* The lines end with NUL, where they had a newline. */
struct logged { struct calib_str text; const char *command, *directory; };

static const char *next_line(const struct logged *l, const char *line)
{
	const char *next = line == NULL ? l->text.s : line + strlen(line) + 1;

	return next < l->text.s + l->text.len ? next : NULL;
}

static int read_log(struct logged *l, const char *path, struct calib_err *err)
{
	int rc = calib_in_text(path, &l->text, err);

	for (size_t i = 0; i < l->text.len; i++)
		if (l->text.s[i] == '\n')
			l->text.s[i] = '\0';
	for (const char *line = NULL; rc >= 0 && (line = next_line(l, line)) != NULL;) {
		const char *command = after(line, "command: ");
		const char *dir = after(line, "current directory: ");

		/* the log of two calls in the same second: the last one */
		l->command = command != NULL ? command : l->command;
		l->directory = dir != NULL ? dir : l->directory;
	}
	if (rc >= 0 && (l->command == NULL || l->directory == NULL))
		rc = calib_fail(err, CALIB_EFORMAT, "%s: is no log of calibrun with its command "
		                "and current directory", path);
	return rc;
}

/* The same options again; what is said last counts. */
static int run_again(const struct logged *l, const char *workdir, struct calib_err *err)
{
	struct calib_str out = CALIB_STR_INIT;
	struct args a = {0};
	char **words = NULL;
	size_t n = 0;
	int rc = calib_words_parse(&words, &n, l->command, err);

	if (rc >= 0 && n == 0)
		rc = calib_fail(err, CALIB_EFORMAT, "the command of the log is empty");
	args_add(&a, "calibrun");
	for (size_t i = 1; i < n && rc >= 0; i++)
		args_add(&a, words[i]);
	args_add(&a, "--reproducing");
	args_add(&a, "--no-report");
	args_pair(&a, "-w", workdir);
	if (rc >= 0)
		rc = child_look(&a, &out, err);
	args_free(&a);
	free(words);
	calib_str_release(&out);
	return rc > 0 ? CALIB_EFORMAT : rc;
}

/* "w/clb-a.txt (12 bytes, crc32 00ff00ff)" */
struct sum { char name[256]; unsigned long long bytes; unsigned long crc; };

static bool parse_sum(struct sum *s, const char *text)
{
	const char *open = strrchr(text, '(');
	char *end;

	if (open == NULL || open - text < 2)
		return false;
	snprintf(s->name, sizeof s->name, "%.*s", (int)(open - text - 1), text);
	memmove(s->name, calib_path_base(s->name), strlen(calib_path_base(s->name)) + 1);
	s->bytes = strtoull(open + 1, &end, 10);
	if (strncmp(end, " bytes, crc32 ", 14) != 0)
		return false;
	s->crc = strtoul(end + 14, NULL, 16);
	return true;
}

static int compare(struct calib_table *t, const struct sum *s, const char *workdir, bool *same,
                   struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	const char *state = "missing";
	uint64_t bytes = 0;
	uint32_t crc = 0;
	int rc = CALIB_OK;

	/* a report tells of the constants in force, which are others by now */
	if (calib_path_suffix(s->name, ".html"))
		return CALIB_OK;
	calib_path_join(&path, workdir, s->name);
	if (calib_is_file(path.s)) {
		rc = calib_in_sum(path.s, &bytes, &crc, err);
		state = bytes == s->bytes && crc == s->crc ? "identical" : "differs";
	}
	*same &= strcmp(state, "identical") == 0;
	calib_table_text(t, s->name);
	calib_table_text(t, state);
	calib_table_unsigned(t, s->bytes);
	calib_table_unsigned(t, bytes);
	calib_str_release(&path);
	return rc < 0 ? rc : calib_table_row(t);
}

/* A name that the log has twice is compared as it was in the end. */
static bool comes_again(const struct logged *l, const char *line, const struct sum *s)
{
	struct sum later;

	while ((line = next_line(l, line)) != NULL) {
		const char *text = after(line, "work file ");

		if (text != NULL && parse_sum(&later, text) && strcmp(later.name, s->name) == 0)
			return true;
	}
	return false;
}

static int compare_all(const struct logged *l, const char *path, const char *workdir,
                       struct calib_err *err)
{
	static const char *const columns[] = {"file", "state", "bytes", "again", NULL};
	struct calib_out *out = NULL;
	struct calib_table t;
	bool same = true;
	size_t n = 0;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc < 0)
		return rc;
	calib_table_begin(&t, out, columns, false, err);
	for (const char *line = NULL; rc >= 0 && (line = next_line(l, line)) != NULL;) {
		const char *file = after(line, "work file ");
		struct sum s;

		if (file == NULL || !parse_sum(&s, file) || comes_again(l, line, &s))
			continue;
		rc = compare(&t, &s, workdir, &same, err);
		n++;
	}
	if (rc >= 0)
		rc = calib_out_commit(out, err);
	else
		calib_out_abort(out);
	if (rc >= 0 && n == 0)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: has no work files to compare; a run "
		                  "by jobs has them in the log of its job", path);
	if (rc >= 0 && !same)
		return calib_fail(err, CALIB_EFORMAT, "the files differ: has the data, the program "
		                  "or a file it reads changed since?");
	return rc;
}

int reproduce(const char *path, struct calib_err *err)
{
	struct logged log = {CALIB_STR_INIT, NULL, NULL};
	struct calib_err why = CALIB_ERR_INIT;
	struct calib_str dir = CALIB_STR_INIT;
	int rc = read_log(&log, path, err);

	if (rc >= 0 && chdir(log.directory) != 0)
		rc = calib_fail_sys(err, "%s: cannot go to the directory of the call",
		                    log.directory);
	if (rc >= 0)
		rc = work_temporary(&dir, err);
	if (rc >= 0) {
		/* one that failed then fails now; what it made is compared all the same */
		if (run_again(&log, dir.s, &why) < 0)
			fprintf(stderr, "calibrun: the command ended with an error: %s\n", why.msg);
		rc = compare_all(&log, path, dir.s, err);
		work_remove(dir.s);
	}
	calib_str_release(&log.text);
	calib_str_release(&dir);
	return rc;
}
