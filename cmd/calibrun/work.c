/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/work.c - the files of a run in the work directory: lock, clean-up, completion record
 *
 * Only what this call, or a call whose record is complete, has written is ever deployed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/in.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/parse.h"
#include "base/path.h"
#include "calibrun/calibrun.h"

/* ---- rows ---- */

int rows_add(struct rows *rows, const char *file, const char *source, const char *type,
             const char *range, struct calib_err *err)
{
	void *list = rows->list;
	struct row *r;

	if (calib_grow(&list, &rows->room, rows->n + 1, sizeof *rows->list, "rows", err) < 0)
		return CALIB_ENOMEM;
	rows->list = list;
	r = &rows->list[rows->n];
	*r = (struct row){calib_strdup(file, err), calib_strdup(source, err),
		calib_strdup(type, err), calib_strdup(range, err), false};
	rows->n++;
	return r->file && r->source && r->type && r->range ? CALIB_OK : CALIB_ENOMEM;
}

/* One line of a table into its cells; returns how many. */
static int cells(char *line, char *cell[], int room)
{
	int n = 0;

	for (char *p = line; p != NULL && n < room; n++) {
		cell[n] = p;
		p = strchr(p, '\t');
		if (p != NULL)
			*p++ = '\0';
	}
	return n;
}

int rows_parse(struct rows *rows, const char *table, struct calib_err *err)
{
	char *copy = calib_strdup(table, err), *save = NULL, *cell[4];
	int rc = copy ? CALIB_OK : CALIB_ENOMEM;

	for (char *line = copy ? strtok_r(copy, "\n", &save) : NULL; line != NULL && rc >= 0;
	     line = strtok_r(NULL, "\n", &save))
		if (*line != '#' && cells(line, cell, 4) == 4)
			rc = rows_add(rows, cell[0], cell[1], cell[2], cell[3], err);
	free(copy);
	return rc;
}

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		free(rows->list[i].file);
		free(rows->list[i].source);
		free(rows->list[i].type);
		free(rows->list[i].range);
	}
	free(rows->list);
	*rows = (struct rows){0};
}

const struct row *rows_find(const struct rows *rows, const char *source, const char *type)
{
	for (size_t i = 0; i < rows->n; i++)
		if (!rows->list[i].left_out && strcmp(rows->list[i].source, source) == 0
		    && strcmp(rows->list[i].type, type) == 0)
			return &rows->list[i];
	return NULL;
}

/* ---- lock ---- */

static void lock_name(struct calib_str *name, const struct run_params *p)
{
	calib_str_addf(name, "%s/.%s%s-r%s.lock", p->workdir.s, p->name_prefix, p->exp, p->run4);
}

int work_flock(const char *name, struct calib_err *err)
{
	struct stat here, there;
	int fd = -1, rc = CALIB_OK;

	for (;;) {
		bool locked;

		fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
		if (fd < 0)
			rc = calib_fail_sys(err, "%s: cannot create", name);
		else if (!locked && errno == EWOULDBLOCK)
			rc = calib_fail(err, CALIB_EEXIST, "%s: is locked by another calibrun",
			                name);
		else if (!locked)
			rc = calib_fail_sys(err, "%s: cannot lock", name);
		/* the other one may have removed the name between open and flock */
		if (rc < 0 || (fstat(fd, &here) == 0 && stat(name, &there) == 0
		               && here.st_ino == there.st_ino))
			break;
		close(fd);
	}
	if (rc < 0 && fd >= 0)
		close(fd);
	return rc < 0 ? rc : fd;
}

int work_lock(const struct run_params *p, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	int fd;

	lock_name(&name, p);
	fd = work_flock(name.s, err);
	calib_str_release(&name);
	if (fd != CALIB_EEXIST)
		return fd;
	calib_err_clear(err);
	return calib_fail(err, CALIB_EEXIST, "another calibrun works on run %u of %s in %s: wait "
	                  "for it, or give this one its own -w", p->run, p->exp, p->workdir.s);
}

void work_unlock(const struct run_params *p, int fd)
{
	struct calib_str name = CALIB_STR_INIT;

	lock_name(&name, p);
	unlink(name.s);
	close(fd);
	calib_str_release(&name);
}

/* ---- files of an earlier call ---- */

static void record_name(struct calib_str *name, const struct run_params *p)
{
	calib_str_addf(name, "%speds-done.txt", p->prefix.s);
}

/* Kinds of files and what they are deployed as, after "clb-xppi0613-r0173-". */
static const struct { const char *begin, *type; } kinds[] = {
	{"peds-ave-", "pedestals"}, {"peds-rms-", "pixel_rms"}, {"peds-stat-", "statistics"},
	{"peds-report-", "report"},
	{"peds-msk-", "pixel_mask"}, {"peds-gain-", "pixel_gain"},
	{"peds-offset-", "pixel_offset"}, {"peds-rcm-", "rms without common mode"},
	{"peds-zero-", "pedestals"}, {"peds-cmo-", "common_mode"}, {"geometry-", "geometry"},
};

const char *work_kind(const char *rest, char source[128])
{
	const char *from = NULL, *type = NULL, *dot = strrchr(rest, '.');

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strncmp(rest, kinds[i].begin, strlen(kinds[i].begin)) == 0) {
			from = rest + strlen(kinds[i].begin);
			type = kinds[i].type;
		}
	if (from == NULL && strncmp(rest, "mask-hot-thr-", 13) == 0
	    && (from = strstr(rest, "ADU-")) != NULL) {
		from += 4;
		type = "pixel_status";
	}
	if (from == NULL || dot == NULL || dot < from
	    || (strcmp(dot, ".txt") != 0 && strcmp(dot, ".h5") != 0
	        && strcmp(dot, ".html") != 0))
		return NULL;
	snprintf(source, 128, "%.*s", (int)(dot - from), from);
	return type;
}

/* ---- a directory of its own ---- */

int work_temporary(struct calib_str *dir, struct calib_err *err)
{
	const char *base = getenv("TMPDIR");

	calib_str_addf(dir, "%s/calibrun.XXXXXX", base && *base == '/' ? base : "/tmp");
	if (calib_str_check(dir, err) < 0)
		return CALIB_ENOMEM;
	return mkdtemp(dir->s) != NULL ? CALIB_OK
		: calib_fail_sys(err, "%s: cannot make a work directory", dir->s);
}

void work_remove(const char *dir)
{
	struct calib_str path = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;

	(void)!calib_dir_names(&names, &n, dir, NULL);
	for (size_t i = 0; i < n; i++) {
		calib_path_join(&path, dir, names[i]);
		unlink(path.s);
	}
	rmdir(dir);
	calib_names_free(names);
	calib_str_release(&path);
}

/* ---- completion record ---- */

/* The record as it is: NULL text when there is none. */
static int read_record(const struct run_params *p, struct calib_str *text, struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	int rc;

	record_name(&name, p);
	rc = calib_is_file(name.s) ? calib_in_text(name.s, text, err) : CALIB_OK;
	calib_str_release(&name);
	return rc;
}

static const char record_header[] = "#file\tsource\ttype\trange\tbytes\tcrc32\n";

/* Lines of earlier calls that concern other detectors. */
static void keep_others(const struct run_params *p, const struct rows *rows, char *old,
                        struct calib_str *text)
{
	char *save = NULL, *cell[6];

	for (char *line = strtok_r(old, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		struct calib_str copy = CALIB_STR_INIT;

		calib_str_add(&copy, line);
		if (*line != '#' && cells(line, cell, 6) == 6 && !run_params_selects(p, cell[1])
		    && rows_find(rows, cell[1], cell[2]) == NULL)
			calib_str_addf(text, "%s\n", copy.s);
		calib_str_release(&copy);
	}
}

int work_complete(const struct run_params *p, const struct rows *rows, struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT, old = CALIB_STR_INIT, name = CALIB_STR_INIT;
	int rc = read_record(p, &old, err);

	calib_str_add(&text, record_header);
	if (rc >= 0 && old.len > 0)
		keep_others(p, rows, old.s, &text);
	for (size_t i = 0; i < rows->n && rc >= 0; i++) {
		const struct row *r = &rows->list[i];
		uint64_t bytes;
		uint32_t crc;

		if (r->left_out)
			continue;
		rc = calib_in_sum(r->file, &bytes, &crc, err);
		if (rc >= 0)
			record(CALIB_INFO, "calibrun", "work file %s (%llu bytes, crc32 %08x)",
			       r->file, (unsigned long long)bytes, crc);
		/* beside the record: the work directory may have another name by then */
		calib_str_addf(&text, "%s\t%s\t%s\t%s\t%llu\t%08x\n",
		               calib_path_base(r->file), r->source, r->type,
		               r->range, (unsigned long long)bytes, crc);
	}
	record_name(&name, p);
	if (rc >= 0)
		rc = calib_out_text(name.s, 0, &text, err);
	calib_str_release(&text);
	calib_str_release(&old);
	calib_str_release(&name);
	return rc;
}

/* What the record says of the selected detectors goes before their files do. */
static int forget(const struct run_params *p, struct calib_err *err)
{
	static const struct rows none;
	struct calib_str name = CALIB_STR_INIT;
	bool is;

	record_name(&name, p);
	is = calib_is_file(name.s);
	calib_str_release(&name);
	return is ? work_complete(p, &none, err) : CALIB_OK;
}

int work_files(const struct run_params *p, struct work_file **list, size_t *n,
               struct calib_err *err)
{
	const char *stem = calib_path_base(p->prefix.s), *type;
	struct work_file *files = NULL;
	char **names = NULL, source[128];
	size_t count = 0, len = strlen(stem), k = 0;
	int rc = calib_dir_names(&names, &count, p->workdir.s, err);

	*list = NULL;
	*n = 0;
	if (rc >= 0 && (files = calib_alloc(count + 1, sizeof *files, "files", err)) == NULL)
		rc = CALIB_ENOMEM;
	for (size_t i = 0; i < count && rc >= 0; i++) {
		if (strncmp(names[i], stem, len) != 0
		    || (type = work_kind(names[i] + len, source)) == NULL
		    || !run_params_selects(p, source))
			continue;
		snprintf(files[k].type, sizeof files[k].type, "%s", type);
		snprintf(files[k].source, sizeof files[k].source, "%s", source);
		snprintf(files[k].name, sizeof files[k].name, "%s", names[i]);
		k++;
	}
	calib_names_free(names);
	if (rc < 0) {
		free(files);
		return rc;
	}
	*list = files;
	*n = k;
	return CALIB_OK;
}

int work_clean(const struct run_params *p, struct calib_str *removed, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct work_file *files = NULL;
	size_t n = 0, done = 0;
	int rc = forget(p, err);

	if (rc >= 0)
		rc = work_files(p, &files, &n, err);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		calib_str_clear(&path);
		calib_path_join(&path, p->workdir.s, files[i].name);
		if (unlink(path.s) != 0 && errno != ENOENT)
			rc = calib_fail_sys(err, "%s: cannot remove what an earlier call left",
			                    path.s);
		else if (removed != NULL)
			calib_str_addf(removed, "%s\n", path.s);
		done++;
	}
	if (done > 0 && rc >= 0)
		record(CALIB_INFO, "calibrun", "removed %zu files of an earlier call", done);
	calib_str_release(&path);
	free(files);
	return rc;
}

int work_recorded(const struct run_params *p, struct work_file **list, size_t *n,
                  struct calib_err *err)
{
	struct calib_str old = CALIB_STR_INIT;
	char *save = NULL, *cell[6];
	int rc = read_record(p, &old, err);
	struct work_file *f;
	size_t room = 0;
	void *files = NULL;

	*n = 0;
	for (char *line = old.len > 0 && rc >= 0 ? strtok_r(old.s, "\n", &save) : NULL;
	     line != NULL && rc >= 0; line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#' || cells(line, cell, 6) != 6 || !run_params_selects(p, cell[1]))
			continue;
		rc = calib_grow(&files, &room, *n + 1, sizeof *f, "files", err);
		if (rc < 0)
			break;
		f = (struct work_file *)files + (*n)++;
		f->bytes = strtoull(cell[4], NULL, 10);
		f->crc = (uint32_t)strtoul(cell[5], NULL, 16);
		snprintf(f->name, sizeof f->name, "%s", calib_path_base(cell[0]));
		snprintf(f->source, sizeof f->source, "%s", cell[1]);
		snprintf(f->type, sizeof f->type, "%s", cell[2]);
	}
	calib_str_release(&old);
	*list = files;
	return rc;
}

static int check_file(const char *path, const struct work_file *f, struct calib_err *err)
{
	uint64_t bytes;
	uint32_t crc;
	int rc = calib_in_sum(path, &bytes, &crc, err);

	if (rc >= 0 && (bytes != f->bytes || crc != f->crc))
		return calib_fail(err, CALIB_EFORMAT, "%s: has changed since calibrun -P wrote it: "
		                  "run -P again", path);
	return rc;
}

int work_completed(const struct run_params *p, struct rows *rows, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct work_file *files;
	size_t n;
	int rc = work_recorded(p, &files, &n, err);

	for (size_t i = 0; i < n && rc >= 0; i++) {
		calib_str_clear(&path);
		calib_path_join(&path, p->workdir.s, files[i].name);
		rc = calib_str_check(&path, err);
		if (rc >= 0)
			rc = check_file(path.s, &files[i], err);
		if (rc >= 0)
			rc = rows_add(rows, path.s, files[i].source, files[i].type, p->range, err);
	}
	calib_str_release(&path);
	free(files);
	if (rc >= 0 && rows->n == 0)
		return calib_fail(err, CALIB_ENOTFOUND,
				  "nothing to deploy: no finished processing of run %u "
				  "for %s in %s; add -P",
				  p->run, p->detectors, p->workdir.s);
	return rc;
}
