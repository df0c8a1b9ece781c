/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/tools/killat.c - run a program and kill it with SIGKILL before its N-th system call that
 * changes something on disk
 *
 * usage: killat N COMMAND [ARGUMENT...]
 * Exit status 0: it ended with 0 before its N-th such call; 137: killed; 77: the system allows no
 * tracing; else that of the program.  Between two such calls nothing on disk changes, so killing
 * before each of them is killing at any time. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/ptrace.h>

static bool is_change(const struct ptrace_syscall_info *info)
{
	static const long calls[] = {SYS_write, SYS_pwrite64, SYS_writev, SYS_fsync, SYS_fdatasync,
		SYS_renameat2, SYS_linkat, SYS_unlinkat, SYS_mkdirat, SYS_symlinkat, SYS_fchmod,
		SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_ftruncate, SYS_fsetxattr,
		SYS_fremovexattr, SYS_flock, SYS_utimensat, SYS_renameat,
#ifdef SYS_rename
		SYS_rename, SYS_link, SYS_unlink, SYS_mkdir, SYS_rmdir, SYS_chmod, SYS_chown,
		SYS_symlink, SYS_creat,
#endif
	};
	unsigned long long flags = 0;

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if ((long)info->entry.nr == calls[i])
			return true;
	if ((long)info->entry.nr == SYS_openat)
		flags = info->entry.args[2];
#ifdef SYS_open
	else if ((long)info->entry.nr == SYS_open)
		flags = info->entry.args[1];
#endif
	return (flags & (O_CREAT | O_TRUNC)) != 0;
}

static int step(pid_t pid, long wanted)
{
	struct ptrace_syscall_info info;
	long seen = 0;
	int status, pass = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)pass) != 0)
			return 77;
		if (waitpid(pid, &status, 0) != pid)
			return 77;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		pass = 0;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			pass = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
			continue;
		}
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) <= 0)
			return 77;
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY && is_change(&info) && ++seen == wanted) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return 137;
		}
	}
}

int main(int argc, char **argv)
{
	long wanted = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	int status;
	pid_t pid;

	if (wanted < 1) {
		fprintf(stderr, "usage: killat N COMMAND [ARGUMENT...]\n");
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(77);
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return 77;
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
	           (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) != 0)
		return 77;
	return step(pid, wanted);
}
