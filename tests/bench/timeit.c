/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/bench/timeit.c - "timeit RUNS COMMAND...": median wall s, cpu s, peak KiB, on stdout
 * The command's own output goes to /dev/null.  Exits 1 when a run fails. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct sample { double wall, cpu; long peak; };

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

static int once(char **argv, struct sample *s)
{
	struct timespec a, b;
	struct rusage use;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &a);
	pid = fork();
	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY);

		dup2(fd, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid)
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &b);
	s->wall = (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
	s->cpu = seconds(use.ru_utime) + seconds(use.ru_stime);
	s->peak = use.ru_maxrss;
	return status != 0;
}

static int by_wall(const void *a, const void *b)
{
	double x = ((const struct sample *)a)->wall, y = ((const struct sample *)b)->wall;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct sample s[100];
	int runs = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (runs < 1 || runs > 100) {
		fprintf(stderr, "usage: timeit RUNS COMMAND...\n");
		return 2;
	}
	for (int i = 0; i < runs; i++)
		if (once(argv + 2, &s[i]) != 0) {
			fprintf(stderr, "timeit: %s failed\n", argv[2]);
			return 1;
		}
	qsort(s, (size_t)runs, sizeof s[0], by_wall);
	printf("%.3f %.3f %ld\n", s[runs / 2].wall, s[runs / 2].cpu, s[runs / 2].peak);
	return 0;
}
