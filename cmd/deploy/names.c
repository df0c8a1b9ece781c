/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/names.c - files to work on: arguments or standard input; asking before it */
#include "deploy/deploy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/in.h"

static const struct argp_option options[] = {
	{"null", '0', NULL, 0, "names on standard input end with NUL instead of newline", 3},
	{"yes", 'y', NULL, 0, "do not ask", 3},
	{0}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct deploy_names *names = state->input;
	char **more;

	switch (key) {
	case '0': names->zero = true; return 0;
	case 'y': names->yes = true; return 0;
	case ARGP_KEY_ARG:
		if (*arg == '\0')
			argp_error(state, "the name of a file is empty");
		more = realloc(names->arg, (names->n + 1) * sizeof *more);
		if (more == NULL)
			argp_failure(state, 1, 0, "out of memory");
		names->arg = more;
		names->arg[names->n++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (names->n == 0 && isatty(STDIN_FILENO))
			argp_error(state, "which files? Name them, or give their names on "
			           "standard input");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp deploy_names_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

int deploy_each_row(bool zero, int (*each)(void *ctx, char *row, unsigned long number,
                                           struct calib_err *err),
                    void *ctx, struct calib_err *err)
{
	struct calib_str row = CALIB_STR_INIT;
	struct calib_in *in = NULL;
	unsigned long number = 1;
	int rc = calib_in_open(&in, "-", err);

	while (rc >= 0) {
		const uint8_t *bytes, *end;
		long n = calib_in_peek(in, &bytes, 1, err);
		size_t used;

		if (n <= 0) {
			rc = n < 0 ? (int)n : rc;
			break;
		}
		end = memchr(bytes, zero ? '\0' : '\n', (size_t)n);
		used = end ? (size_t)(end - bytes) : (size_t)n;
		calib_str_addn(&row, (const char *)bytes, used);
		rc = calib_str_check(&row, err);
		if (rc >= 0)
			rc = calib_in_skip(in, used + (end != NULL), err);
		if (rc < 0 || end == NULL)
			continue;
		if (row.len > 0)
			rc = each(ctx, row.s, number, err);
		number++;
		calib_str_clear(&row);
	}
	if (rc >= 0 && row.len > 0)
		rc = each(ctx, row.s, number, err);
	calib_in_close(in);
	calib_str_release(&row);
	return rc;
}

int deploy_each_name(const struct deploy_names *names,
                     int (*each)(void *ctx, char *name, unsigned long number,
                                 struct calib_err *err),
                     void *ctx, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (names->n == 0)
		return deploy_each_row(names->zero, each, ctx, err);
	for (size_t i = 0; i < names->n && rc >= 0; i++)
		rc = each(ctx, names->arg[i], i + 1, err);
	return rc;
}

int deploy_confirm(const struct deploy_names *names, const char *question, struct calib_err *err)
{
	int c, first;

	if (names->yes || !isatty(STDIN_FILENO))
		return CALIB_OK;
	fprintf(stderr, "%s: %s? [y/N] ", program_invocation_short_name, question);
	first = c = getchar();
	while (c != '\n' && c != EOF)
		c = getchar();
	if (first == 'y' || first == 'Y')
		return CALIB_OK;
	return calib_fail(err, CALIB_EINVAL, "not confirmed, nothing is done");
}
