/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/child.c - run one of our programs, without a shell */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "calibrun/calibrun.h"

void args_add(struct args *args, const char *text)
{
	char *copy = calib_strdup(text, NULL);
	void *list = args->list;

	/* room for the NULL at the end */
	if (copy == NULL || calib_grow(&list, &args->room, args->n + 2, sizeof copy, "arguments",
	                               NULL) < 0) {
		free(copy);
		args->failed = true;
		return;
	}
	args->list = list;
	args->list[args->n++] = copy;
	args->list[args->n] = NULL;
}

void args_pair(struct args *args, const char *option, const char *value)
{
	if (value == NULL)
		return;
	args_add(args, option);
	args_add(args, value);
}

void args_number(struct args *args, const char *option, long value)
{
	char text[24];

	snprintf(text, sizeof text, "%ld", value);
	if (value >= 0)
		args_pair(args, option, text);
}

void args_free(struct args *args)
{
	for (size_t i = 0; i < args->n; i++)
		free(args->list[i]);
	free(args->list);
	*args = (struct args){0};
}

/* The program beside this one, so that an installation is used as a whole; else by PATH. */
void child_program(struct calib_str *path, const char *name)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	struct calib_str dir = CALIB_STR_INIT;

	if (n > 0) {
		self[n] = '\0';
		calib_path_dir(&dir, self);
		calib_path_join(path, dir.s, name);
	}
	if (n <= 0 || access(path->s, X_OK) != 0) {
		calib_str_clear(path);
		calib_str_add(path, name);
	}
	calib_str_release(&dir);
}

static void exec_child(const char *program, char **argv, const int in[2], const int out[2],
                       const int errs[2])
{
	/* our handlers end with exec; what nohup has set to be ignored stays so */
	setenv("CALIB_LOG_LEVELS", "1", 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);	/* nobody averages for a calibrun that is gone */
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(errs[1], STDERR_FILENO);
	execvp(program, argv);
	dprintf(STDERR_FILENO, "%s: cannot start: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* A line of the child's stderr, "calib-dark: warning: text": its level, and where the text begins;
 * what bears no level is an error. */
static enum calib_log_level line_level(const char *who, const char *line, const char **text)
{
	size_t n = strlen(who);

	*text = line;
	if (strncmp(line, who, n) == 0) {
		if (line[n] == ' ')	/* "calib-deploy put: " */
			n += 1 + strcspn(line + n + 1, ": ");
		*text = strncmp(line + n, ": ", 2) == 0 ? line + n + 2 : line;
	}
	for (enum calib_log_level l = CALIB_DEBUG; l < CALIB_ERROR; l++) {
		const char *name = calib_log_name(l);

		n = strlen(name);
		if (strncmp(*text, name, n) == 0 && strncmp(*text + n, ": ", 2) == 0) {
			*text += n + 2;
			return l;
		}
	}
	return CALIB_ERROR;
}

struct talk {
	const char *who, *input;
	bool quiet;			/* its stderr becomes no records */
	bool progress;			/* what follows is of a line of progress */
	int in, out, errs;		/* our ends; -1 closed */
	struct calib_str *text;		/* of its stdout */
	struct calib_str line, first;	/* of its stderr; first: error */
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void take_line(struct talk *t)
{
	const char *text;
	enum calib_log_level level = line_level(t->who, t->line.s, &text);

	if (!t->quiet)
		record(level, t->who, "%s", text);
	if (level == CALIB_ERROR && t->first.len == 0)
		calib_str_add(&t->first, t->quiet ? text : t->line.s);
}

/* Lines end with a newline; each state of a line of progress begins with a carriage return. */
static void take_errs(struct talk *t, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != '\n' && bytes[i] != '\r') {
			calib_str_addn(&t->line, bytes + i, 1);
			continue;
		}
		if (t->line.len > 0 && t->progress)
			session_progress("%s: %s", t->who, t->line.s);
		else if (t->line.len > 0)
			take_line(t);
		t->progress = bytes[i] == '\r';
		calib_str_clear(&t->line);
	}
}

static void read_end(struct talk *t, int *fd, bool is_out)
{
	char buf[65536];
	ssize_t n = read(*fd, buf, sizeof buf);

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0)
		close_end(fd);
	else if (is_out)
		calib_str_addn(t->text, buf, (size_t)n);
	else
		take_errs(t, buf, (size_t)n);
}

static void talk(struct talk *t)
{
	while (t->out >= 0 || t->errs >= 0 || t->in >= 0) {
		struct pollfd p[3] = {
			{t->in, POLLOUT, 0}, {t->out, POLLIN, 0}, {t->errs, POLLIN, 0}};

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents != 0) {
			ssize_t n = t->input && *t->input ? write(t->in, t->input, strlen(t->input))
							  : -1;

			t->input += n > 0 ? n : 0;
			if (n < 0 || *t->input == '\0')
				close_end(&t->in);
		}
		if (p[1].revents != 0)
			read_end(t, &t->out, true);
		if (p[2].revents != 0)
			read_end(t, &t->errs, false);
	}
	if (t->line.len > 0)
		take_errs(t, "\n", 1);
}

static int wait_for(pid_t pid, const struct talk *t, struct calib_err *err)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return calib_fail_sys(err, "cannot wait for %s", t->who);
	if (WIFSIGNALED(status)) {
		calib_fail(err, CALIB_EFORMAT, "%s was ended by signal %d (%s)", t->who,
		           WTERMSIG(status), strsignal(WTERMSIG(status)));
		return 128 + WTERMSIG(status);
	}
	if (WEXITSTATUS(status) != 0)
		calib_fail(err, CALIB_EFORMAT, "%s", t->first.len ? t->first.s : t->who);
	return WEXITSTATUS(status);
}

static int run(const struct args *args, const char *input, bool quiet, struct calib_str *out,
               struct calib_err *err)
{
	int in[2] = {-1, -1}, outs[2] = {-1, -1}, errs[2] = {-1, -1}, rc;
	struct calib_str program = CALIB_STR_INIT;
	struct talk t = {.who = args->n > 0 ? args->list[0] : "", .input = input ? input : "",
		.quiet = quiet, .text = out, .line = CALIB_STR_INIT, .first = CALIB_STR_INIT};
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
	pid_t pid;

	if (args->failed)
		return calib_fail(err, CALIB_ENOMEM, "out of memory");
	child_program(&program, t.who);
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(outs, O_CLOEXEC) < 0 || pipe2(errs, O_CLOEXEC) < 0)
		return calib_fail_sys(err, "cannot run %s", t.who);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return calib_fail_sys(err, "cannot run %s", t.who);
	if (pid == 0)
		exec_child(program.s, args->list, in, outs, errs);
	close(in[0]);
	close(outs[1]);
	close(errs[1]);
	t.in = in[1], t.out = outs[0], t.errs = errs[0];
	sigaction(SIGPIPE, &ignore, &old);	/* it may end without reading its input */
	talk(&t);
	sigaction(SIGPIPE, &old, NULL);
	rc = wait_for(pid, &t, err);
	if (rc == 0)
		rc = calib_str_check(out, err);
	calib_str_release(&t.line);
	calib_str_release(&t.first);
	calib_str_release(&program);
	return rc;
}

int child_run(const struct args *args, const char *input, struct calib_str *out,
              struct calib_err *err)
{
	return run(args, input, false, out, err);
}

int child_talk(const struct args *args, const char *input, struct calib_str *out,
               struct calib_err *err)
{
	return run(args, input, true, out, err);
}

int child_look(const struct args *args, struct calib_str *out, struct calib_err *err)
{
	return run(args, NULL, true, out, err);
}
