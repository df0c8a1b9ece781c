/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/audit.c - what is wrong in a calibration directory */
#include "store/audit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/in.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "det/det.h"
#include "nda/nda.h"
#include "store/change.h"
#include "store/check.h"
#include "store/ctype.h"
#include "store/dir.h"
#include "store/history.h"

/* One row a problem.  To add one: a row here, a finding below, a case in deploy-check.sh. */
enum problem { UNREADABLE, NOT_FILE, EMPTY, DANGLING, LOOP, CONTENT, SHAPE, NAME, HIDDEN,
	WRONG_GROUP, WRONG_TYPE, MODE, OWNER, HISTORY_BAD, UNFINISHED, OVERLAP, LINK,
	DUPLICATE, UNDOCUMENTED, STRAY, NOTHING };
static const struct { enum calib_audit_level level; const char *word, *meaning; } problems[] = {
	[UNREADABLE] = {CALIB_AUDIT_ERROR, "unreadable", "cannot be read"},
	[NOT_FILE] = {CALIB_AUDIT_ERROR, "not-a-file", "is a directory, pipe or device"},
	[EMPTY] = {CALIB_AUDIT_ERROR, "empty", "has no bytes"},
	[DANGLING] = {CALIB_AUDIT_ERROR, "dangling", "is a link to what is not there"},
	[LOOP] = {CALIB_AUDIT_ERROR, "loop", "is a link that leads to itself"},
	[SHAPE] = {CALIB_AUDIT_WARNING, "shape", "has another size than its pedestals"},
	[CONTENT] = {CALIB_AUDIT_ERROR, "content", "the analysis would not take it: shape, values"},
	[NAME] = {CALIB_AUDIT_WARNING, "name", "is never used, or not everywhere, for its name"},
	[HIDDEN] = {CALIB_AUDIT_WARNING, "hidden", "rules no run, others hide it"},
	[WRONG_GROUP] = {CALIB_AUDIT_WARNING, "group", "is not the group of this source"},
	[WRONG_TYPE] = {CALIB_AUDIT_WARNING, "type", "is not a type of this source"},
	[MODE] = {CALIB_AUDIT_WARNING, "mode", "has other permissions than it should"},
	[OWNER] = {CALIB_AUDIT_WARNING, "owner-group", "belongs to another user group"},
	[HISTORY_BAD] = {CALIB_AUDIT_WARNING, "history", "HISTORY has lines that are no records"},
	[UNFINISHED] = {CALIB_AUDIT_WARNING, "unfinished", "a change was interrupted"},
	[OVERLAP] = {CALIB_AUDIT_NOTE, "overlap", "others rule some of its runs"},
	[LINK] = {CALIB_AUDIT_NOTE, "link", "leads out of the calibration directory"},
	[DUPLICATE] = {CALIB_AUDIT_NOTE, "duplicate", "has the same bytes as another"},
	[UNDOCUMENTED] = {CALIB_AUDIT_NOTE, "undocumented", "HISTORY does not know it"},
	[STRAY] = {CALIB_AUDIT_NOTE, "stray", "does not belong here"},
	[NOTHING] = {CALIB_AUDIT_NOTE, "no-constants", "has no file that is used"},
};

const char *calib_audit_problems(size_t i, const char **meaning)
{
	if (i >= sizeof problems / sizeof *problems)
		return NULL;
	*meaning = problems[i].meaning;
	return problems[i].word;
}

static const char *const levels[CALIB_NAUDIT] = {"note", "warning", "error"};

const char *calib_audit_level_name(enum calib_audit_level level)
{
	return levels[level];
}

int calib_audit_level_parse(const char *word)
{
	for (int i = 0; i < CALIB_NAUDIT; i++)
		if (strcmp(levels[i], word) == 0)
			return i;
	return -1;
}

/* Where in the tree, and the sums of the files seen. */
struct sum { uint64_t hash; size_t bytes; const char *name; };
struct place {
	const struct calib_audit *audit;
	const char *group, *source, *type;
	const char *path;		/* of the directory in hand */
	gid_t owner;
	struct sum *sums;		/* a hash table of nsums slots, a power of two */
	size_t nsums;
};

__attribute__((format(printf, 5, 6)))
static int find(const struct place *p, enum problem problem, const char *file,
                struct calib_err *err, const char *format, ...)
{
	struct calib_finding f = {problems[problem].level, problems[problem].word, p->group,
		p->source, p->type, file, NULL};
	char text[600];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	f.text = text;
	return p->audit->each(p->audit->ctx, &f, err);
}

/* ---- permissions ---- */

/* Missing rights to read keep people from the constants, missing rights of the group keep others
 * from replacing them, rights of all to write invite accidents.  Other differences do no harm. */
static int check_mode(const struct place *p, const char *file, const struct stat *st,
                      struct calib_err *err)
{
	mode_t want = S_ISDIR(st->st_mode) ? p->audit->dirmode : p->audit->filemode;
	mode_t have = st->st_mode & 07777, need = want & (S_ISDIR(st->st_mode) ? 0555 : 0444);
	int rc = CALIB_OK;

	if ((have & need) != need)
		rc = find(p, MODE, file, err, "mode %04o: not everybody can read it, expected %04o",
		          (unsigned)have, (unsigned)want);
	else if ((have & 0002) != 0 && (want & 0002) == 0)
		rc = find(p, MODE, file, err, "mode %04o: everybody can change it, expected %04o",
		          (unsigned)have, (unsigned)want);
	else if ((want & 0020) != 0 && (have & 0020) == 0)
		rc = find(p, MODE, file, err, "mode %04o: the group cannot change it, expected "
		          "%04o", (unsigned)have, (unsigned)want);
	else if (S_ISDIR(st->st_mode) && (want & 02000) != 0 && (have & 02000) == 0)
		rc = find(p, MODE, file, err, "mode %04o: new files get the group of their writer, "
		          "expected %04o", (unsigned)have, (unsigned)want);
	if (rc >= 0 && st->st_gid != p->owner)
		rc = find(p, OWNER, file, err, "belongs to group %lu, expected %lu",
		          (unsigned long)st->st_gid, (unsigned long)p->owner);
	return rc;
}

/* ---- names and ranges ---- */

/* The files that rule runs of file i, in words: "50-60.data, 70-end.data and 3 more".  There are
 * no more spans than runs. */
static void rulers(struct calib_str *text, const struct calib_dirfiles *files,
                   const struct calib_span *spans, size_t n, size_t i)
{
	enum { MOST = 3 };
	const struct calib_range *r = &files->file[i].range;
	size_t count = 0, last = files->n;

	for (size_t k = 0; k < n; k++) {
		if (spans[k].index == i || spans[k].end < r->begin || spans[k].begin > r->end
		    || spans[k].index == last)
			continue;
		last = spans[k].index;
		if (count++ < MOST)
			calib_str_addf(text, "%s%s", count > 1 ? ", " : "", files->file[last].name);
	}
	if (count > MOST)
		calib_str_addf(text, " and %zu more", count - MOST);
}

/* spans by run; ruled: how many runs are ruled by file i. */
static int check_range(const struct place *p, const struct calib_dirfiles *files,
                       const struct calib_span *spans, size_t n, size_t i, size_t ruled,
                       struct calib_err *err)
{
	const struct calib_dirfile *f = &files->file[i];
	struct calib_str others = CALIB_STR_INIT;
	uint64_t wanted;
	int rc = CALIB_OK;

	if (f->range.begin > f->range.end || f->range.begin > CALIB_RUN_MAX)
		return CALIB_OK;	/* its name was found */
	wanted = (f->range.end > CALIB_RUN_MAX ? CALIB_RUN_MAX : f->range.end)
	         - (uint64_t)f->range.begin + 1;
	if (ruled < wanted) {
		rulers(&others, files, spans, n, i);
		rc = calib_str_check(&others, err);
	}
	if (rc >= 0 && ruled == 0)
		rc = find(p, HIDDEN, f->name, err, "rules no run: its runs are ruled by %s",
		          others.s);
	else if (rc >= 0 && ruled < wanted)
		rc = find(p, OVERLAP, f->name, err, "rules %zu of its %llu runs, the others are "
		          "ruled by %s", ruled, (unsigned long long)wanted,
		          others.s);
	calib_str_release(&others);
	return rc;
}

static int check_ranges(const struct place *p, const struct calib_dirfiles *files,
                        struct calib_err *err)
{
	struct calib_span *spans = NULL;
	size_t n = 0, *count = calib_alloc(files->n + 1, sizeof *count, "run ranges", err);
	int rc = count != NULL ? calib_dirfiles_spans(files, &spans, &n, err) : CALIB_ENOMEM;

	for (size_t k = 0; k < n && rc >= 0; k++)
		count[spans[k].index] += spans[k].end - spans[k].begin + 1;
	for (size_t i = 0; i < files->n && rc >= 0; i++) {
		const struct calib_dirfile *f = &files->file[i];

		if (f->why != NULL)
			rc = find(p, NAME, f->name, err, "%s", f->why);
		if (rc >= 0 && f->kind == CALIB_NAME_GOOD)
			rc = check_range(p, files, spans, n, i, count[i], err);
	}
	free(spans);
	free(count);
	return rc;
}

/* ---- what the files are ---- */

static bool leads_out(const char *calib, const char *path)
{
	char *root = realpath(calib, NULL), *real = realpath(path, NULL);
	size_t len = root != NULL ? strlen(root) : 0;
	bool out = root != NULL && real != NULL
	           && (strncmp(real, root, len) != 0 || (real[len] != '/' && len > 1));

	free(root);
	free(real);
	return out;
}

/* A link that leads nowhere or out; 1 go on, 0 there is nothing behind it. */
static int check_link(const struct place *p, const char *path, const char *name,
                      struct calib_err *err)
{
	struct stat st;
	int rc;

	if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
		return 1;
	if (stat(path, &st) == 0) {
		rc = leads_out(p->audit->calib, path) ? find(p, LINK, name, err, "is a link that "
		     "leads out of the calibration directory") : CALIB_OK;
		return rc < 0 ? rc : 1;
	}
	if (errno == ELOOP)
		return find(p, LOOP, name, err, "is a link that leads to itself");
	if (errno == ENOENT || errno == ENOTDIR)
		return find(p, DANGLING, name, err, "is a link to what is not there");
	return find(p, UNREADABLE, name, err, "cannot be looked at: %s", strerror(errno));
}

/* FNV-1a (G. Fowler, L. Noll, K.-P. Vo); equal sums are compared byte by byte. */
static uint64_t sum_of(const unsigned char *bytes, size_t n)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * 1099511628211u;
	return h;
}

static bool same_bytes(const struct place *p, const char *name, const void *bytes, size_t n)
{
	struct calib_str path = CALIB_STR_INIT;
	void *other = NULL;
	size_t m = 0;
	bool same;

	calib_path_join(&path, p->path, name);
	same = !path.failed && calib_read_file(path.s, &other, &m, NULL) >= 0 && m == n
	       && memcmp(other, bytes, n) == 0;
	free(other);
	calib_str_release(&path);
	return same;
}

static int check_duplicate(const struct place *p, const char *name, const void *bytes, size_t n,
                           struct calib_err *err)
{
	struct sum s = {sum_of(bytes, n), n, name};
	size_t at = s.hash & (p->nsums - 1);

	for (; p->sums[at].name != NULL; at = (at + 1) & (p->nsums - 1))
		if (p->sums[at].hash == s.hash && p->sums[at].bytes == n
		    && same_bytes(p, p->sums[at].name, bytes, n))
			return find(p, DUPLICATE, name, err, "has the same bytes as %s",
			            p->sums[at].name);
	p->sums[at] = s;
	return CALIB_OK;
}

/* Values of an array; 0: it cannot be read. */
static size_t size_of(const char *path)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	size_t n = calib_is_file(path) && calib_nda_load(&nda, path, NULL, NULL) >= 0 ? nda.size
		: 0;

	calib_nda_release(&nda);
	return n;
}

/* A camera of no fixed size may have been binned, or read in part, in between: its noise and status
 * are then not those of the pixels of its pedestals. */
static int check_size(const struct place *p, const char *path, const struct calib_dirfile *f,
                      struct calib_err *err)
{
	const struct calib_det *det = calib_det_of_source(p->source);
	const struct calib_ctype *type = calib_ctype_for(p->type, p->source);
	struct calib_str other = CALIB_STR_INIT;
	size_t mine, theirs = 0, gains;
	int rc;

	if (det == NULL || type == NULL || type->form != CALIB_CTYPE_PIXELS
	    || strcmp(p->type, "pedestals") == 0)
		return CALIB_OK;
	rc = calib_dir_find(&other, p->audit->calib, p->source, "pedestals", f->range.begin, NULL);
	if (rc > 0)
		theirs = size_of(other.s);
	mine = theirs > 0 ? size_of(path) : 0;
	gains = det->gains > 1 ? (size_t)det->gains : 1;
	rc = CALIB_OK;
	if (mine > 0 && mine != theirs && mine * gains != theirs && mine != theirs * gains)
		rc = find(p, SHAPE, f->name, err, "has %zu values, the pedestals that rule run %u, "
		          "%s, have %zu", mine, f->range.begin, calib_path_base(other.s), theirs);
	calib_str_release(&other);
	return rc;
}

static int check_bytes(const struct place *p, const char *path, const struct calib_dirfile *f,
                       struct calib_err *err)
{
	struct calib_check check = {.path = f->name, .source = p->source,
		.type = p->type, .run = f->range.begin,
		.limits = {p->audit->max_bad, 0, 1, 1}};
	struct calib_err why = CALIB_ERR_INIT;
	void *bytes = NULL;
	size_t n = 0, skip = strlen(f->name) + 2;
	int rc = calib_read_file(path, &bytes, &n, &why);

	if (rc == CALIB_ENOMEM)
		rc = calib_fail(err, rc, "%s", why.msg);
	else if (rc < 0)
		rc = find(p, UNREADABLE, f->name, err, "cannot be read: %s", strerror(why.sys));
	else if (calib_ctype_for(p->type, p->source) == NULL)
		rc = check_duplicate(p, f->name, bytes, n, err);
	else if ((rc = calib_check_content(&check, bytes, n, &why)) == CALIB_ENOMEM)
		rc = calib_fail(err, rc, "%s", why.msg);
	else {
		/* the sentence begins with the name, which has a column of its own */
		rc = rc < 0 ? find(p, CONTENT, f->name, err, "%s", strlen(why.msg) > skip
		                   && strncmp(why.msg, f->name, skip - 2) == 0 ? why.msg + skip
		                   : why.msg) : check_size(p, path, f, err);
		if (rc >= 0)
			rc = check_duplicate(p, f->name, bytes, n, err);
	}
	free(bytes);
	return rc;
}

static int check_regular(const struct place *p, const char *path, const struct stat *st,
                         const struct calib_dirfile *f, struct calib_err *err)
{
	int rc = check_mode(p, f->name, st, err);

	if (rc < 0)
		return rc;
	if (st->st_size == 0)
		return find(p, EMPTY, f->name, err, "has no bytes");
	if (access(path, R_OK) != 0)
		return find(p, UNREADABLE, f->name, err, "cannot be read: %s", strerror(errno));
	return p->audit->names_only ? CALIB_OK : check_bytes(p, path, f, err);
}

static int check_file(const struct place *p, const struct calib_dirfile *f, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct stat st;
	int rc;

	calib_path_join(&path, p->path, f->name);
	rc = calib_str_check(&path, err);
	if (rc >= 0)
		rc = check_link(p, path.s, f->name, err);
	if (rc > 0 && stat(path.s, &st) == 0)
		rc = S_ISREG(st.st_mode) ? check_regular(p, path.s, &st, f, err)
			: find(p, NOT_FILE, f->name, err, "is not a regular file");
	calib_str_release(&path);
	return rc < 0 ? rc : CALIB_OK;
}

/* ---- HISTORY ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Constants that no record names. */
static int check_records(const struct place *p, const char *path,
                         const struct calib_dirfiles *files, struct calib_err *err)
{
	const char **names = calib_alloc(files->n, sizeof *names, "names", err);
	struct calib_history *record = calib_alloc(files->n, sizeof *record, "names", err);
	struct calib_err why = CALIB_ERR_INIT;
	int rc = names != NULL && record != NULL ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < files->ngood && rc >= 0; i++)
		names[i] = files->file[i].name;
	if (rc >= 0 && files->ngood > 0) {
		qsort(names, files->ngood, sizeof *names, by_text);
		/* what is no record was found before; a HISTORY that is not there knows none */
		if (calib_history_last(path, names, files->ngood, record, &why) == CALIB_ENOMEM)
			rc = calib_fail(err, CALIB_ENOMEM, "%s", why.msg);
	}
	for (size_t i = 0; i < files->ngood && rc >= 0; i++)
		if (record[i].text == NULL)
			rc = find(p, UNDOCUMENTED, names[i], err, "HISTORY has no record of it");
	for (size_t i = 0; record != NULL && i < files->ngood; i++)
		calib_history_release(&record[i]);
	free(record);
	free(names);
	return rc;
}

static int check_history(const struct place *p, const struct calib_dirfiles *files,
                         struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	unsigned long records = 0, bad = 0;
	struct stat st;
	int rc;

	calib_path_join(&path, p->path, "HISTORY");
	rc = calib_str_check(&path, err);
	if (rc >= 0 && lstat(path.s, &st) == 0) {
		rc = check_link(p, path.s, "HISTORY", err);
		if (rc > 0 && stat(path.s, &st) == 0 && !S_ISREG(st.st_mode))
			rc = find(p, NOT_FILE, "HISTORY", err, "is not a regular file");
		else if (rc > 0 && calib_history_count(path.s, &records, &bad, &why) < 0)
			rc = find(p, UNREADABLE, "HISTORY", err, "cannot be read: %s",
			          why.sys ? strerror(why.sys) : why.msg);
		else if (rc > 0)
			rc = check_mode(p, "HISTORY", &st, err);
	}
	if (rc >= 0 && bad > 0)
		rc = find(p, HISTORY_BAD, "HISTORY", err, "%lu of its %lu lines are no records",
		          bad, records + bad);
	if (rc >= 0 && bad == 0)
		rc = check_records(p, path.s, files, err);
	calib_str_release(&path);
	return rc;
}

/* ---- directories ---- */

/* "1-end.data-2015-04-17T10:00:00": a content that was replaced. */
static bool is_backup(const char *name)
{
	const char *at = strstr(name, ".data-");
	time_t t;
	char when[20] = "";

	snprintf(when, sizeof when, "%s", at != NULL ? at + 6 : "");
	return at != NULL && strlen(when) == 19 && calib_time_parse(&t, when, NULL);
}

static int check_strays(const struct place *p, char *const *names, struct calib_err *err)
{
	int rc = CALIB_OK;

	for (; *names != NULL && rc >= 0; names++) {
		size_t len = strlen(*names);

		if (calib_name_parse(*names, &(struct calib_range){0, 0}, NULL) != CALIB_NAME_OTHER
		    || strcmp(*names, "HISTORY") == 0 || is_backup(*names))
			continue;
		if (**names == '.' && len > 4 && strcmp(*names + len - 4, ".tmp") == 0)
			rc = find(p, STRAY, *names, err, "is left over from a program that was "
			          "killed while it wrote");
		else
			rc = find(p, STRAY, *names, err, "is neither constants nor HISTORY nor a "
			          "backup");
	}
	return rc;
}

static int check_directory(const struct place *p, struct calib_err *err)
{
	struct stat st;

	return stat(p->path, &st) == 0 ? check_mode(p, NULL, &st, err) : CALIB_OK;
}

static int check_names(struct place *p, char *const *names, struct calib_err *err)
{
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	int rc = CALIB_OK;

	for (char *const *n = names; *n != NULL && rc >= 0; n++)
		rc = calib_dirfiles_add(&files, *n, err);
	calib_dirfiles_sort(&files);
	for (p->nsums = 2; p->nsums < 2 * files.n; p->nsums *= 2)
		;
	if (rc >= 0 && (p->sums = calib_alloc(p->nsums, sizeof *p->sums, "sums", err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = check_strays(p, names, err);
	if (rc >= 0)
		rc = check_ranges(p, &files, err);
	for (size_t i = 0; i < files.ngood && rc >= 0; i++)
		rc = check_file(p, &files.file[i], err);
	if (rc >= 0)
		rc = check_history(p, &files, err);
	if (rc >= 0 && files.ngood == 0)
		rc = find(p, NOTHING, NULL, err, "has no file that is used");
	free(p->sums);
	calib_dirfiles_release(&files);
	return rc;
}

static gid_t owner_of(const struct calib_audit *audit)
{
	struct stat st;

	if (audit->group != (gid_t)-1)
		return audit->group;
	return stat(audit->calib, &st) == 0 ? st.st_gid : (gid_t)-1;
}

int calib_audit_type(const struct calib_audit *audit, const char *group, const char *source,
                     const char *type, struct calib_err *err)
{
	struct place p = {.audit = audit, .group = group, .source = source, .type = type,
		.owner = owner_of(audit)};
	struct calib_str path = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc;

	calib_str_addf(&path, "%s/%s/%s/%s", audit->calib, group, source, type);
	rc = calib_str_check(&path, err);
	if (rc < 0)
		return rc;
	p.path = path.s;
	rc = check_directory(&p, err);
	if (rc >= 0 && calib_ctype_find(type) == NULL)
		rc = find(&p, WRONG_TYPE, NULL, err, "is not a calibration type, nothing reads it");
	else if (rc >= 0 && calib_ctype_for(type, source) == NULL)
		rc = find(&p, WRONG_TYPE, NULL, err, "is not a calibration type of this detector");
	if (rc >= 0 && calib_dir_names(&names, &n, path.s, &why) < 0)
		rc = why.code == CALIB_ENOMEM ? calib_fail(err, CALIB_ENOMEM, "%s", why.msg)
			: find(&p, UNREADABLE, NULL, err, "cannot be read: %s", strerror(why.sys));
	else if (rc >= 0)
		rc = check_names(&p, names, err);
	calib_names_free(names);
	calib_str_release(&path);
	return rc;
}

/* ---- the tree above ---- */

/* Level 0: the calibration directory, 1: a group, 2: a source. */
static int check_level(struct place *p, int level, struct calib_err *err);

static int check_entry(struct place *p, int level, const char *path, const char *name,
                       struct calib_err *err)
{
	struct place below = *p;
	const char *group;
	int rc = check_link(p, path, name, err);

	if (rc <= 0)
		return rc;
	if (!calib_is_dir(path))
		return find(p, STRAY, name, err, "is not a directory");
	if (*name == '.' || (level == 0 && strstr(name, "::") == NULL)) {
		/* stores of HDF5 files lie beside the groups: cspad/cspad-*.h5 */
		return level == 0 && *name != '.' ? CALIB_OK
			: find(p, STRAY, name, err, "is not looked at by the analysis");
	}
	below.path = path;
	*(level == 0 ? &below.group : level == 1 ? &below.source : &below.type) = name;
	if (level == 2)
		return CALIB_OK;
	group = level == 1 ? calib_dir_group_of(name) : NULL;
	if (level == 1 && group == NULL)
		rc = find(&below, WRONG_GROUP, NULL, err, "is not a source whose group is known, "
		          "the analysis does not find it");
	else if (level == 1 && strcmp(group, p->group) != 0)
		rc = find(&below, WRONG_GROUP, NULL, err, "belongs into the group %s, the analysis "
		          "does not find it here", group);
	return rc < 0 ? rc : check_level(&below, level + 1, err);
}

static int check_level(struct place *p, int level, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = check_directory(p, err);

	if (rc >= 0 && (rc = calib_dir_names(&names, &n, p->path, &why)) < 0)
		rc = level == 0 || rc == CALIB_ENOMEM ? calib_fail(err, rc, "%s", why.msg)
			: find(p, UNREADABLE, NULL, err, "cannot be read: %s", strerror(why.sys));
	for (size_t i = 0; i < n && rc >= 0; i++) {
		calib_path_join(&path, p->path, names[i]);
		rc = calib_str_check(&path, err);
		if (rc >= 0)
			rc = check_entry(p, level, path.s, names[i], err);
	}
	calib_names_free(names);
	calib_str_release(&path);
	return rc;
}

int calib_audit_tree(const struct calib_audit *audit, struct calib_err *err)
{
	struct place p = {.audit = audit, .path = audit->calib, .owner = owner_of(audit)};
	struct calib_records records = CALIB_RECORDS_INIT;
	int n = calib_change_interrupted(&records, audit->calib, err);
	int rc = n < 0 ? n : CALIB_OK;

	for (int i = 0; i < n && rc >= 0; i++) {
		const struct calib_record *r = &records.list[i];

		rc = find(&p, UNFINISHED, NULL, err, "%s by %s on %s, %s, was interrupted; the "
		          "next put, copy, move, delete or undo finishes it", r->verb, r->user,
		          r->host, r->time);
	}
	calib_records_release(&records);
	return rc < 0 ? rc : check_level(&p, 0, err);
}
