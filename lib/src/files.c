/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/files.c - experiments, directories and files of a run, XTC or HDF5
 *
 * Source: lcls-psana/XtcInput src/XtcFileName.cpp, slac-lcls/lcls1 IData, ExpNameDb. */
#include "src/files.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/in.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "nda/nda.h"
#include "src/small.h"

/* What the dataset text and the options together ask for. */
struct query {
	char *exp;			/* experiment name, or NULL */
	long expnum;			/* -1 when no table names it */
	char *instrument;		/* from the table, or NULL */
	char *dir;			/* xtc directory, or NULL */
	struct calib_range *runs, *streams;
	size_t nruns, nstreams;
	bool hdf5;			/* only HDF5 files are wanted */
	bool smd;			/* small-data files are welcome */
	bool control;			/* control streams, too */
};

static void query_release(struct query *q)
{
	free(q->exp);
	free(q->instrument);
	free(q->dir);
	free(q->runs);
	free(q->streams);
}

/* -<letter><digits> at the end of name[0..*len); cuts it off. */
static bool cut_number(const char *name, size_t *len, char letter, unsigned *value)
{
	size_t k = *len;
	unsigned long v = 0;

	while (k > 0 && isdigit((unsigned char)name[k - 1]))
		k--;
	if (k == *len || k < 2 || name[k - 1] != letter || name[k - 2] != '-' || *len - k > 9)
		return false;
	for (size_t i = k; i < *len; i++)
		v = v * 10 + (unsigned long)(name[i] - '0');
	*value = (unsigned)v;
	*len = k - 2;
	return true;
}

bool calib_filename_parse(const char *name, struct calib_file *file, size_t *prefix_len)
{
	size_t len = strcspn(name, ".");
	const char *tail = name + len;

	if (strcmp(tail, ".xtc") != 0 && strcmp(tail, ".xtc.inprogress") != 0)
		return false;
	file->in_progress = tail[4] != '\0';
	if (!cut_number(name, &len, 'c', &file->chunk)
	    || !cut_number(name, &len, 's', &file->stream)
	    || !cut_number(name, &len, 'r', &file->run) || len < 2)
		return false;
	*prefix_len = len;
	return true;
}

/* "<experiment>-r0012.h5" */
static bool parse_h5name(const char *name, struct calib_file *file, size_t *prefix_len)
{
	size_t len = strcspn(name, ".");

	if (strcmp(name + len, ".h5") != 0 || !cut_number(name, &len, 'r', &file->run) || len < 2)
		return false;
	*prefix_len = len;
	return true;
}

size_t calib_filename_prefix(const char *name)
{
	struct calib_file file;
	size_t len = 0;

	return calib_filename_parse(name, &file, &len) || parse_h5name(name, &file, &len) ? len : 0;
}

/* The run in any name of an HDF5 file: "-r0010", "_r0010", "run240"; 0 without one. */
static unsigned run_in_name(const char *name)
{
	unsigned run = 0;

	for (const char *p = name; *p != '\0'; p++) {
		const char *digits = NULL;
		long v;
		char text[8];
		size_t n;

		if ((*p == '-' || *p == '_') && p[1] == 'r')
			digits = p + 2;
		else if (strncmp(p, "run", 3) == 0)
			digits = p + 3;
		n = digits ? strspn(digits, "0123456789") : 0;
		if (n == 0 || n >= sizeof text)
			continue;
		memcpy(text, digits, n);
		text[n] = '\0';
		if (calib_parse_long(&v, text, 0, 9999999, "", NULL) >= 0)
			run = (unsigned)v;
	}
	return run;
}

/* By content; the signature may be behind a user block.  A name counts when the content does not:
 * a file that should be one and is not is better named than read as something else. */
static bool is_hdf5(const char *path)
{
	static const char signature[] = "\211HDF\r\n\032\n";
	FILE *f = calib_is_file(path) ? fopen(path, "rb") : NULL;
	bool found = false;
	char head[8];

	for (long at = 0; f != NULL && !found && at <= 1048576; at = at ? 2 * at : 512)
		found = fseek(f, at, SEEK_SET) == 0 && fread(head, 1, 8, f) == 8
			&& memcmp(head, signature, 8) == 0;
	if (f != NULL)
		fclose(f);
	return found || calib_path_suffix(path, ".h5") || calib_path_suffix(path, ".hdf5")
	       || calib_path_suffix(path, ".cxi");
}

static void free_file(struct calib_file *f)
{
	free((char *)(uintptr_t)f->path);
	free((char *)(uintptr_t)f->inside);
	free((char *)(uintptr_t)f->small);
}

/* Append a file whose size and time are known. */
static int keep_file(struct calib_files *files, const char *path, const struct calib_file *parsed,
                     struct calib_err *err)
{
	struct calib_file f = *parsed;
	void *list = files->file;

	f.path = calib_strdup(path, err);
	f.inside = parsed->inside ? calib_strdup(parsed->inside, err) : NULL;
	if (f.path == NULL || (parsed->inside != NULL && f.inside == NULL)
	    || calib_grow(&list, &files->room, files->n + 1, sizeof f, "list of files", err) < 0) {
		free_file(&f);
		return CALIB_ENOMEM;
	}
	files->file = list;
	files->file[files->n++] = f;
	return CALIB_OK;
}

static int add_file(struct calib_files *files, const char *path, const struct calib_file *parsed,
                    struct calib_err *err)
{
	struct calib_file f = *parsed;
	struct stat st;

	if (stat(path, &st) != 0)
		return calib_fail_sys(err, "%s: cannot open", path);
	if (!S_ISREG(st.st_mode))
		return calib_fail(err, CALIB_EINVAL, "%s: is not a regular file", path);
	f.size = (uint64_t)st.st_size;
	f.mtime = st.st_mtime;
	return keep_file(files, path, &f, err);
}

void calib_files_release(struct calib_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free_file(&files->file[i]);
	free(files->file);
	*files = (struct calib_files){NULL, 0, 0, false};
}

/* One line "271 XPP xpptut13" of the experiment table into q if it is the one.  By name the
 * last match counts, by number the first. */
static void match_line(struct query *q, char *line, bool by_number)
{
	char *save = NULL, *num = strtok_r(line, " \t\r", &save);
	char *ins = num ? strtok_r(NULL, " \t\r", &save) : NULL;
	char *name = ins ? strtok_r(NULL, " \t\r", &save) : NULL;
	long n;

	if (name == NULL || calib_parse_long(&n, num, 0, 1000000000, "", NULL) < 0)
		return;
	if (by_number ? (q->expnum != n || q->instrument != NULL) : strcmp(name, q->exp) != 0)
		return;
	free(q->instrument);
	q->instrument = strdup(ins);
	q->expnum = n;
	if (by_number) {
		free(q->exp);
		q->exp = strdup(name);
	}
}

/* $SIT_DATA is a list of directories; each may hold ExpNameDb/experiment-db.dat. */
static void consult_table(struct query *q, bool by_number)
{
	const char *dirs = getenv("SIT_DATA");

	while (dirs != NULL && *dirs != '\0') {
		struct calib_str path = CALIB_STR_INIT;
		size_t len = strcspn(dirs, ":");
		struct calib_in *in = NULL;
		char line[512];
		long n = 0;

		calib_str_addn(&path, dirs, len);
		calib_str_add(&path, "/ExpNameDb/experiment-db.dat");
		if (calib_is_file(path.s) && calib_in_open(&in, path.s, NULL) >= 0) {
			const uint8_t *p;

			while ((n = calib_in_peek(in, &p, sizeof line - 1, NULL)) > 0) {
				const uint8_t *nl = memchr(p, '\n', (size_t)n);
				size_t k = nl ? (size_t)(nl - p) : (size_t)n;

				memcpy(line, p, k < sizeof line - 1 ? k : sizeof line - 1);
				line[k < sizeof line - 1 ? k : sizeof line - 1] = '\0';
				match_line(q, line, by_number);
				if (calib_in_skip(in, k + (nl != NULL), NULL) < 0)
					break;
			}
			calib_in_close(in);
		}
		calib_str_release(&path);
		dirs += len + (dirs[len] == ':');
	}
}

static int set_exp(struct query *q, const char *text, struct calib_err *err)
{
	const char *slash = strchr(text, '/');
	const char *name = slash ? slash + 1 : text;
	long n;

	if (*name == '\0' || strlen(name) > 64 || strchr(name, '/'))
		return calib_fail(err, CALIB_EINVAL,
				  "experiment '%s': expected a name such as xppi0613", text);
	free(q->exp);
	q->exp = calib_strdup(name, err);
	if (q->exp == NULL)
		return CALIB_ENOMEM;
	q->expnum = -1;
	if (calib_parse_long(&n, name, 0, 1000000000, "", NULL) >= 0) {
		q->expnum = n;
		consult_table(q, true);
		if (q->instrument == NULL)
			return calib_fail(err, CALIB_ENOTFOUND,
					  "experiment number %ld is not in the "
					  "experiment table ($SIT_DATA)",
					  n);
	} else {
		consult_table(q, false);
	}
	return CALIB_OK;
}

static int set_ranges(struct calib_range **list, size_t *n, const char *text,
                      struct calib_err *err)
{
	free(*list);
	*list = NULL;
	*n = 0;
	return calib_runs_parse(list, n, text, err);
}

/* One item of a dataset text, blanks trimmed. */
static int set_item(struct query *q, const char *item, struct calib_err *err)
{
	static const char *const hints[] = {"live", "xtc", ""};
	static const char *const others[] = {"shmem", "idx", "rax", "one-stream"};
	const char *value = strchr(item, '=');

	if (strncmp(item, "exp=", 4) == 0)
		return set_exp(q, value + 1, err);
	if (strncmp(item, "run=", 4) == 0)
		return set_ranges(&q->runs, &q->nruns, value + 1, err);
	if (strncmp(item, "stream=", 7) == 0)
		return set_ranges(&q->streams, &q->nstreams, value + 1, err);
	if (strncmp(item, "dir=", 4) == 0) {
		free(q->dir);
		q->dir = calib_strdup(value + 1, err);
		return q->dir ? CALIB_OK : CALIB_ENOMEM;
	}
	for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
		if (strcmp(item, hints[i]) == 0)
			return CALIB_OK;
	if (strcmp(item, "h5") == 0 || strcmp(item, "smd") == 0) {
		q->hdf5 |= *item == 'h';
		q->smd |= *item == 's';
		return CALIB_OK;
	}
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(item, others[i]) == 0)
			return calib_fail(err, CALIB_EINVAL,
					  "dataset: '%s' is not supported; the XTC "
					  "or HDF5 files of a run are read",
					  item);
	return CALIB_OK;	/* psana keeps unknown items and ignores them */
}

static int parse_dataset(struct query *q, const char *text, struct calib_err *err)
{
	char *copy = calib_strdup(text, err);
	int rc = copy ? CALIB_OK : CALIB_ENOMEM;

	for (char *item = copy, *next; rc >= 0 && item != NULL; item = next) {
		next = strchr(item, ':');
		if (next != NULL)
			*next++ = '\0';
		item += strspn(item, " \t");
		for (size_t k = strlen(item); k > 0 && strchr(" \t", item[k - 1]); k--)
			item[k - 1] = '\0';
		rc = set_item(q, item, err);
	}
	free(copy);
	return rc;
}

const struct calib_filekind calib_filekinds[] = {
	{"XTC", "xtc", calib_filename_parse}, {"HDF5", "hdf5", parse_h5name},
};

static const struct calib_filekind *const xtc_kind = &calib_filekinds[0];
static const struct calib_filekind *const hdf5_kind = &calib_filekinds[1];

const char *calib_data_root(const char *root)
{
	static const char *const builtin[] = {"/sdf/data/lcls/ds", "/reg/d/psdm"};
	const char *env = getenv("SIT_PSDM_DATA");

	if (root != NULL)
		return root;
	return env && *env ? env : builtin[calib_is_dir(builtin[0]) ? 0 : 1];
}

static bool try_dir(struct calib_str *dir, const char *root, const char *ins, const char *exp,
                    const struct calib_filekind *kind)
{
	calib_str_clear(dir);
	calib_str_addf(dir, "%s/%s/%s/%s", root, ins, exp, kind->dir);
	return calib_is_dir(dir->s);
}

/* <root>/<ins>/<exp>/xtc, the instrument as typed, in lower and in upper case; free() *result */
static int default_dir(char **result, const struct query *q, const char *root,
                       const struct calib_filekind *kind, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	char ins[3][16] = {"", "", ""};
	bool found = false;

	root = calib_data_root(root);
	for (int i = 0; i < 3; i++)
		snprintf(ins[i], sizeof ins[i], "%.*s", q->instrument ? 15 : 3,
		         q->instrument ? q->instrument : q->exp);
	for (char *p = ins[1]; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	for (char *p = ins[2]; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	for (int i = 0; i < 3 && !found; i++)
		found = try_dir(&dir, root, ins[i], q->exp, kind);
	if (!found) {
		calib_str_clear(&dir);
		calib_str_addf(&dir, "%s/%s/%s/%s", root, ins[1], q->exp, kind->dir);
		calib_fail(err, CALIB_ENOTFOUND,
			   "%s: no such directory (experiment '%s'; --root or "
			   "-x says where the data are)",
			   dir.s, q->exp);
	}
	*result = found ? calib_strdup(dir.s, err) : NULL;
	calib_str_release(&dir);
	return *result ? CALIB_OK : found ? CALIB_ENOMEM : CALIB_ENOTFOUND;
}

bool calib_filename_belongs(const char *exp, long expnum, const char *name, size_t len)
{
	char number[32];

	if (exp == NULL || (strlen(exp) == len && memcmp(name, exp, len) == 0))
		return true;
	if (expnum >= 0) {
		snprintf(number, sizeof number, "e%ld", expnum);
		return strlen(number) == len && memcmp(name, number, len) == 0;
	}
	return len >= 2 && name[0] == 'e' && strspn(name + 1, "0123456789") >= len - 1;
}

/* "11-14, 17" from a set of runs below 65536. */
static void list_runs(struct calib_str *out, const uint8_t *seen)
{
	for (unsigned r = 0; r < 65536; r++) {
		unsigned end = r;

		if (!(seen[r / 8] >> r % 8 & 1))
			continue;
		while (end + 1 < 65536 && (seen[(end + 1) / 8] >> (end + 1) % 8 & 1))
			end++;
		calib_str_addf(out, end > r ? "%s%u-%u" : "%s%u", out->len ? ", " : "", r, end);
		r = end;
	}
}

static int missing_runs(const struct query *q, const char *dir, const char *what,
                        const uint8_t *seen, struct calib_err *err)
{
	struct calib_str there = CALIB_STR_INIT, wanted = CALIB_STR_INIT;

	list_runs(&there, seen);
	for (size_t i = 0; i < q->nruns; i++)
		calib_str_addf(&wanted, q->runs[i].begin == q->runs[i].end ? "%s%u" : "%s%u-%u",
		               i ? "," : "", q->runs[i].begin, q->runs[i].end);
	calib_fail(err, CALIB_ENOTFOUND, "%s: no %s files of run %s; the directory has %s%s%s%s",
		   dir, what, wanted.s, there.len ? "runs " : "no ",
		   there.len ? "" : what, there.len ? "" : " files at all", there.s);
	calib_str_release(&there);
	calib_str_release(&wanted);
	return CALIB_ENOTFOUND;
}

/* Is it a file, and one of those wanted?  Without a list, every run is. */
static bool wanted(const struct query *q, const struct calib_file *f)
{
	if (q->nruns > 0 && !calib_runs_have(q->runs, q->nruns, f->run))
		return false;
	if (q->nstreams > 0)
		return calib_runs_have(q->streams, q->nstreams, f->stream);
	return q->control || f->stream < CALIB_FIRST_CONTROL_STREAM;
}

/* The files of one directory; seen: which runs it has, wanted or not. */
static int collect_dir(struct calib_files *files, const struct query *q, const char *dir,
                       const struct calib_filekind *kind, uint8_t *seen, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = calib_dir_names(&names, &n, dir, err);

	for (size_t i = 0; i < n && rc >= 0; i++) {
		struct calib_file f = {.hdf5 = kind == hdf5_kind};
		struct stat st;
		size_t len;

		if (!kind->parse(names[i], &f, &len)
		    || !calib_filename_belongs(q->exp, q->expnum, names[i], len))
			continue;
		if (f.run < 65536)
			seen[f.run / 8] |= (uint8_t)(1 << f.run % 8);
		if (!wanted(q, &f))
			continue;
		calib_path_join(&path, dir, names[i]);
		if (stat(path.s, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		f.size = (uint64_t)st.st_size;
		f.mtime = st.st_mtime;
		rc = keep_file(files, path.s, &f, err);
	}
	calib_names_free(names);
	calib_str_release(&path);
	return rc;
}

static int scan_dir(struct calib_files *files, const struct query *q, const char *dir,
                    const struct calib_filekind *kind, struct calib_err *err)
{
	uint8_t *seen = calib_alloc(8192, 1, "runs", err);
	int rc = seen ? collect_dir(files, q, dir, kind, seen, err) : CALIB_ENOMEM;

	if (rc >= 0 && files->n == 0)
		rc = missing_runs(q, dir, kind->name, seen, err);
	free(seen);
	return rc;
}

static int by_place(const void *a, const void *b)
{
	const struct calib_file *x = a, *y = b;

	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	if (x->stream != y->stream)
		return x->stream < y->stream ? -1 : 1;
	if (x->chunk != y->chunk)
		return x->chunk < y->chunk ? -1 : 1;
	return x->in_progress - y->in_progress;
}

int calib_files_add(struct calib_files *files, const struct calib_file *file, size_t *at,
                    struct calib_err *err)
{
	int rc = keep_file(files, file->path, file, err);
	struct calib_file new;
	size_t i;

	if (rc < 0)
		return rc;
	new = files->file[files->n - 1];
	for (i = files->n - 1; i > 0 && by_place(&files->file[i - 1], &new) > 0; i--)
		files->file[i] = files->file[i - 1];
	files->file[i] = new;
	*at = i;
	return CALIB_OK;
}

/* A chunk may be there under both names while it is renamed: the final name wins. */
static void sort_and_thin(struct calib_files *files)
{
	size_t k = 0;

	if (files->n > 0)
		qsort(files->file, files->n, sizeof files->file[0], by_place);
	for (size_t i = 0; i < files->n; i++) {
		struct calib_file *f = &files->file[i], *last = k ? &files->file[k - 1] : NULL;

		if (last && f->in_progress && !last->in_progress && f->run == last->run
		    && f->stream == last->stream && f->chunk == last->chunk)
			free_file(f);
		else
			files->file[k++] = *f;
	}
	files->n = k;
}

/* "file.h5:/path", or a file that is one; *inside: the path, or NULL. */
static int named_hdf5(struct calib_files *files, const char *name, size_t at,
                      struct calib_err *err)
{
	size_t len = calib_h5_split(name);
	struct calib_file f = {.chunk = (unsigned)at, .hdf5 = true,
		.inside = len ? name + len + 1 : NULL};
	char *path = len ? strndup(name, len) : calib_strdup(name, err);
	int rc = path ? CALIB_OK : CALIB_ENOMEM;

	if (rc >= 0) {
		f.run = run_in_name(calib_path_base(path));
		rc = add_file(files, path, &f, err);
	}
	free(path);
	return rc;
}

/* A small-data file stands for its large one. */
static int named_small(struct calib_files *files, const char *name, struct calib_err *err)
{
	struct calib_file f = {0};
	char *large = calib_small_large(name);
	size_t len;
	int rc = CALIB_OK;

	if (large == NULL)
		rc = calib_fail(err, CALIB_ENOMEM, "out of memory for a name");
	else if (!calib_is_file(large))
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: the large file it is of, %s, is not "
		                "there", name, large);
	if (rc >= 0 && !calib_filename_parse(calib_path_base(large), &f, &len))
		f = (struct calib_file){0};
	if (rc >= 0)
		rc = add_file(files, large, &f, err);
	if (rc >= 0) {
		struct calib_file *last = &files->file[files->n - 1];

		last->small = calib_strdup(name, err);
		rc = last->small ? CALIB_OK : CALIB_ENOMEM;
	}
	free(large);
	return rc;
}

static int named_files(struct calib_files *files, const char *const *names, size_t n,
                       struct calib_err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct calib_file f = {0};
		bool hdf5 = calib_h5_split(names[i]) > 0 || is_hdf5(names[i]);
		size_t len;
		int rc;

		if (i > 0 && hdf5 != files->hdf5)
			return calib_fail(err, CALIB_EINVAL, "%s: XTC and HDF5 files cannot be "
			                  "read as one run", names[i]);
		files->hdf5 = hdf5;
		if (!calib_filename_parse(calib_path_base(names[i]), &f, &len))
			f = (struct calib_file){0};	/* foo.xtc is stream 0 of run 0 */
		if (!hdf5 && strstr(calib_path_base(names[i]), ".smd.xtc") != NULL)
			rc = named_small(files, names[i], err);
		else
			rc = hdf5 ? named_hdf5(files, names[i], i, err)
				: add_file(files, names[i], &f, err);
		if (rc < 0)
			return rc;
	}
	return CALIB_OK;
}

/* opts.xtcdir is the text of -x: ":items", a whole dataset, a file, or a directory. */
static int apply_xtcdir(struct query *q, const char *text, struct calib_err *err)
{
	if (text[0] == ':' || (strchr(text, '=') != NULL && !calib_is_dir(text)))
		return parse_dataset(q, text, err);
	q->dir = calib_strdup(text, err);
	return q->dir ? CALIB_OK : CALIB_ENOMEM;
}

static int find_kind(struct calib_files *files, const struct query *q,
                     const struct calib_src_opts *opts, const struct calib_filekind *kind,
                     struct calib_err *err)
{
	char *dir = NULL;
	int rc = q->dir ? CALIB_OK : default_dir(&dir, q, opts->root, kind, err);

	files->hdf5 = kind == hdf5_kind;
	if (rc >= 0)
		rc = scan_dir(files, q, q->dir ? q->dir : dir, kind, err);
	free(dir);
	return rc;
}

/* XTC files are the run itself, HDF5 files a translation of it. */
static int find_any(struct calib_files *files, const struct query *q,
                    const struct calib_src_opts *opts, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	int rc = q->hdf5 ? CALIB_ENOTFOUND : find_kind(files, q, opts, xtc_kind, &why);

	if (rc == CALIB_ENOTFOUND && (q->hdf5 || q->nstreams == 0))
		rc = find_kind(files, q, opts, hdf5_kind, q->hdf5 ? err : NULL);
	if (rc < 0 && why.code != CALIB_OK)
		return calib_fail(err, why.code, "%s", why.msg);
	return rc;
}

/* What the options and the dataset text among them ask for. */
static int set_query(struct query *q, const struct calib_src_opts *opts, struct calib_err *err)
{
	int rc = opts->exp ? set_exp(q, opts->exp, err) : CALIB_OK;

	q->control = opts->control;
	if (rc >= 0 && opts->nruns > 0) {
		q->runs = calib_alloc(opts->nruns, sizeof *q->runs, "run list", err);
		if (q->runs == NULL)
			return CALIB_ENOMEM;
		memcpy(q->runs, opts->runs, opts->nruns * sizeof *q->runs);
		q->nruns = opts->nruns;
	}
	if (rc >= 0 && opts->xtcdir != NULL)
		rc = apply_xtcdir(q, opts->xtcdir, err);
	return rc;
}

static int by_query(struct calib_files *files, struct query *q, const struct calib_src_opts *opts,
                    struct calib_err *err)
{
	int rc = set_query(q, opts, err);

	if (rc >= 0 && q->nruns == 0)
		rc = calib_fail(err, CALIB_EINVAL, "no run number was given (-r RUN)");
	if (rc >= 0 && q->dir == NULL && q->exp == NULL)
		rc = calib_fail(err, CALIB_EINVAL, "no experiment was given (-e EXP)");
	return rc < 0 ? rc : find_any(files, q, opts, err);
}

int calib_src_dir(char **dir, const struct calib_src_opts *opts, struct calib_err *err)
{
	struct query q = {.expnum = -1};
	int rc = set_query(&q, opts, err);

	*dir = NULL;
	if (rc >= 0 && q.dir == NULL && q.exp == NULL)
		rc = calib_fail(err, CALIB_EINVAL, "no experiment was given (-e EXP)");
	if (rc >= 0 && q.dir != NULL)
		rc = (*dir = calib_strdup(q.dir, err)) != NULL ? CALIB_OK : CALIB_ENOMEM;
	else if (rc >= 0)
		rc = default_dir(dir, &q, opts->root, q.hdf5 ? hdf5_kind : xtc_kind, err);
	query_release(&q);
	return rc;
}

bool calib_files_named(const char *xtcdir)
{
	return xtcdir != NULL && (calib_is_file(xtcdir) || calib_nda_is_h5(xtcdir));
}

int calib_files_find(struct calib_files *files, const struct calib_src_opts *opts,
                     struct calib_err *err)
{
	struct query q = {.expnum = -1};
	int rc;

	*files = (struct calib_files){NULL, 0, 0, false};
	if (opts->nfiles > 0)
		rc = named_files(files, opts->files, opts->nfiles, err);
	else if (calib_files_named(opts->xtcdir))
		rc = named_files(files, &opts->xtcdir, 1, err);
	else
		rc = by_query(files, &q, opts, err);
	if (rc < 0)
		calib_files_release(files);
	else
		sort_and_thin(files);
	for (size_t i = 0; i < files->n && (q.smd || opts->smd); i++)
		if (!files->hdf5 && files->file[i].small == NULL)
			files->file[i].small = calib_small_find(files->file[i].path);
	query_release(&q);
	return rc;
}

/* XTC files are the run itself: the HDF5 file of such a run is no part of it.  Sorted before. */
static void drop_translations(struct calib_files *files)
{
	size_t k = 0;

	for (size_t i = 0, end; i < files->n; i = end) {
		bool xtc = false;

		for (end = i; end < files->n && files->file[end].run == files->file[i].run; end++)
			xtc |= !files->file[end].hdf5;
		for (size_t j = i; j < end; j++)
			if (xtc && files->file[j].hdf5)
				free_file(&files->file[j]);
			else
				files->file[k++] = files->file[j];
	}
	files->n = k;
}

/* Both kinds, as far as there are directories of them. */
static int list_kinds(struct calib_files *files, const struct query *q, const char *root,
                      struct calib_err *err)
{
	uint8_t *seen = calib_alloc(8192, 1, "runs", err);
	struct calib_err why = CALIB_ERR_INIT;
	char *first = NULL;
	int rc = seen ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = q->hdf5 ? 1 : 0; i < 2 && rc >= 0; i++) {
		char *dir = q->dir ? calib_strdup(q->dir, err) : NULL;

		if (q->dir == NULL && default_dir(&dir, q, root, &calib_filekinds[i], &why) < 0)
			continue;
		rc = dir ? collect_dir(files, q, dir, &calib_filekinds[i], seen, err)
			: CALIB_ENOMEM;
		if (first == NULL)
			first = dir;
		else
			free(dir);
	}
	if (rc >= 0 && first == NULL)
		rc = calib_fail(err, why.code, "%s", why.msg);
	if (rc >= 0 && files->n == 0 && q->nruns > 0)
		rc = missing_runs(q, first, "XTC or HDF5", seen, err);
	free(first);
	free(seen);
	return rc;
}

int calib_files_list(struct calib_files *files, const struct calib_src_opts *opts,
                     struct calib_err *err)
{
	struct query q = {.expnum = -1};
	int rc;

	*files = (struct calib_files){NULL, 0, 0, false};
	rc = set_query(&q, opts, err);
	if (rc >= 0 && q.dir == NULL && q.exp == NULL)
		rc = calib_fail(err, CALIB_EINVAL, "no experiment was given (-e EXP)");
	if (rc >= 0)
		rc = list_kinds(files, &q, opts->root, err);
	if (rc < 0) {
		calib_files_release(files);
	} else {
		sort_and_thin(files);
		drop_translations(files);
	}
	query_release(&q);
	return rc;
}
