/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/out.h - output files that appear whole or not at all
 *
 * The only way a file of ours comes into being: a hidden temporary file
 * .<name>.<pid>-<n>.tmp in the target's directory, written, synced, renamed over the
 * target.  A signal handler may call calib_out_unlink_pending(). */
#ifndef CALIB_BASE_OUT_H
#define CALIB_BASE_OUT_H
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"

enum calib_out_flags {
	CALIB_OUT_KEEP = 1,	/* an existing target is an error (CALIB_EEXIST) */
	CALIB_OUT_GZIP = 2,	/* compress; else by the suffix .gz of the name */
	CALIB_OUT_STDERR = 8,	/* "-" is standard error */
	CALIB_OUT_PRIVATE = 4,	/* by name: another library writes calib_out_temp() */
	CALIB_OUT_GROWING = 16,	/* the temporary file is <target>.inprogress, for all to see */
	CALIB_OUT_INHERIT = 32	/* an ACL that the directory gives to new files decides, instead of
				 * the mode of calib_out_access() */
};

struct calib_out;

/* calib_out_open - "-" is standard output
 * A target that exists and is not a regular file (a pipe, /dev/null) is written directly;
 * a symbolic link is followed.  The new file gets the mode, ACL and group of the one it
 * replaces, else 0666 less the umask, or what the default ACL of the directory says. */
CALIB_MUST_CHECK
int calib_out_open(struct calib_out **out, const char *path, int flags, struct calib_err *err);
CALIB_MUST_CHECK
int calib_out_write(struct calib_out *out, const void *bytes, size_t n, struct calib_err *err);
CALIB_MUST_CHECK
int calib_out_printf(struct calib_out *out, struct calib_err *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* calib_out_buffer - room for n <= 65536 bytes to be filled in place, then
 * calib_out_advance() by the bytes used */
CALIB_MUST_CHECK
int calib_out_buffer(struct calib_out *out, char **room, size_t n, struct calib_err *err);
void calib_out_advance(struct calib_out *out, size_t n);
/* calib_out_flush - hand over what was written so far: readers of a growing file, of a pipe */
CALIB_MUST_CHECK
int calib_out_flush(struct calib_out *out, struct calib_err *err);
/* calib_out_access - mode and group the file shall have; mode 0, group -1: as above */
void calib_out_access(struct calib_out *out, mode_t mode, gid_t group);
/* calib_out_time - time of last modification that the file shall have */
void calib_out_time(struct calib_out *out, struct timespec time);
const char *calib_out_name(const struct calib_out *out);	/* target, for messages */
const char *calib_out_temp(const struct calib_out *out);	/* CALIB_OUT_PRIVATE only */

/* calib_out_text - a whole file of a text; flags as of calib_out_open() */
CALIB_MUST_CHECK
int calib_out_text(const char *path, int flags, const struct calib_str *text,
                   struct calib_err *err);
/* calib_out_prepare - all bytes written and synced, only the rename is left: lets a caller
 * make several files ready before the first of them appears */
CALIB_MUST_CHECK
int calib_out_prepare(struct calib_out *out, struct calib_err *err);
/* calib_out_commit - prepare if need be, then make the file appear; frees out in any case */
CALIB_MUST_CHECK
int calib_out_commit(struct calib_out *out, struct calib_err *err);
void calib_out_abort(struct calib_out *out);			/* NULL allowed */

/* calib_out_unlink_pending - remove the temporary files of this process
 * Async-signal-safe; for the signal handler and the exit hook of a program. */
void calib_out_unlink_pending(void);

/* calib_sync_dir - the directory of a file, so that a new name in it outlives a loss of power */
void calib_sync_dir(const char *path);

/* calib_append_line - add one whole line to a file in one write
 * What cannot be written whole is not written; a last line without its end gets one before.
 * The file is locked meanwhile (flock); a lock held by another for over a second is not waited
 * for.  line: without the newline.  The file is created with the given mode (0: 0666 less the
 * umask) and group (-1: the system's choice). */
CALIB_MUST_CHECK
int calib_append_line(const char *path, const char *line, mode_t mode, gid_t group,
                      struct calib_err *err);
/* calib_append_row - the same to a table: an empty or new file gets the header line before it, in
 * the same write. */
CALIB_MUST_CHECK
int calib_append_row(const char *path, const char *header, const char *line,
                     struct calib_err *err);
#endif
