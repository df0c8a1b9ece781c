/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/commands.h - a change as commands for sh */
#ifndef CALIB_STORE_COMMANDS_H
#define CALIB_STORE_COMMANDS_H
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "store/record.h"

struct calib_command {
	const char *calib, *input, *history;
	mode_t dirmode, filemode;
	bool newdir;			/* no command so far has made the directory */
};

/* calib_command_path - a blank, and a path as one word that is no option */
void calib_command_path(struct calib_str *text, const char *path);
/* calib_command_add - the commands of one operation */
CALIB_MUST_CHECK
int calib_command_add(struct calib_str *text, const struct calib_command *command,
                      const struct calib_op *op, struct calib_err *err);
#endif
