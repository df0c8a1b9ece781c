/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/commands.c - a change as commands for sh, which give the same files */
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "store/change.h"
#include "store/commands.h"
#include "store/dir.h"

void calib_command_path(struct calib_str *text, const char *path)
{
	struct calib_str safe = CALIB_STR_INIT;

	calib_str_addf(&safe, "%s%s", *path == '-' ? "./" : "", path);
	calib_str_addc(text, ' ');
	calib_str_quote_sh(text, safe.failed ? path : safe.s);
	calib_str_release(&safe);
}

/* "install -d" makes each directory of its list with the mode, mkdir -p only the last. */
static void make_dirs(struct calib_str *text, const struct calib_command *c, const char *dir)
{
	struct calib_str up = CALIB_STR_INIT, list = CALIB_STR_INIT, head = CALIB_STR_INIT;
	struct stat st;

	calib_str_add(&up, dir);
	while (!up.failed && stat(up.s, &st) != 0 && strcmp(up.s, ".") != 0
	       && strcmp(up.s, "/") != 0) {
		calib_str_clear(&head);
		calib_command_path(&head, up.s);
		calib_str_add(&head, list.s);
		calib_str_clear(&list);
		calib_str_add(&list, head.s);
		calib_str_clear(&head);
		calib_path_dir(&head, up.s);
		calib_str_clear(&up);
		calib_str_add(&up, head.s);
	}
	if (list.len > 0)
		calib_str_addf(text, "install -d -m %04o%s\n", (unsigned)c->dirmode, list.s);
	calib_str_release(&head);
	calib_str_release(&list);
	calib_str_release(&up);
}

static void add_two(struct calib_str *text, const char *what, const char *from, const char *to)
{
	calib_str_add(text, what);
	calib_command_path(text, strcmp(from, "-") == 0 ? "/dev/stdin" : from);
	calib_command_path(text, to);
	calib_str_addc(text, '\n');
}

int calib_command_add(struct calib_str *text, const struct calib_command *c,
                      const struct calib_op *op, struct calib_err *err)
{
	struct calib_str target = CALIB_STR_INIT, dir = CALIB_STR_INIT, beside = CALIB_STR_INIT;
	bool kept = *op->backup != '\0';

	calib_path_join(&target, c->calib, op->file);
	calib_path_dir(&dir, target.s);
	calib_path_join(&beside, dir.s, op->backup);
	if (op->kind == CALIB_OP_DELETE && kept) {
		add_two(text, "mv", target.s, beside.s);
	} else if (op->kind == CALIB_OP_DELETE) {
		calib_str_add(text, "rm");
		calib_command_path(text, target.s);
		calib_str_addc(text, '\n');
	} else {
		if (c->newdir)
			make_dirs(text, c, dir.s);
		if (kept)
			add_two(text, "cp -p", target.s, beside.s);
		add_two(text, "cp", c->input, target.s);
		if (op->kind == CALIB_OP_NEW) {
			calib_str_addf(text, "chmod %04o", (unsigned)c->filemode);
			calib_command_path(text, target.s);
			calib_str_addc(text, '\n');
		}
	}
	if (*c->history != '\0' && *op->history != '\0') {
		calib_path_join(&beside, dir.s, c->history);
		calib_str_add(text, "printf '%s\\n' ");
		calib_str_quote_sh(text, op->history);
		calib_str_add(text, " >>");
		calib_str_quote_sh(text, beside.s);
		calib_str_addc(text, '\n');
	}
	calib_str_release(&beside);
	calib_str_release(&dir);
	calib_str_release(&target);
	return calib_str_check(text, err);
}
