/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/dir.c - the calibration directory */
#include "store/dir.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"

/* Devices in the order they are looked for, with the group the analysis reads.  This table,
 * not the registry of image detectors, names the groups: it also knows digitizers and Evr.
 * Source: lcls-psana/PSCalib src/GlobalUtils.py */
static const struct {
	const char *device, *group;
} groups[] = {
	{"Cspad", "CsPad::CalibV1"},
	{"Cspad2x2", "CsPad2x2::CalibV1"},
	{"pnCCD", "PNCCD::CalibV1"},
	{"Princeton", "Princeton::CalibV1"},
	{"Andor", "Andor::CalibV1"},
	{"Epix100a", "Epix100a::CalibV1"},
	{"Epix10k", "Epix10ka::CalibV1"},
	{"Epix", "Epix::CalibV1"},
	{"Opal1000", "Camera::CalibV1"},
	{"Opal2000", "Camera::CalibV1"},
	{"Opal4000", "Camera::CalibV1"},
	{"Opal8000", "Camera::CalibV1"},
	{"Tm6740", "Camera::CalibV1"},
	{"OrcaFl40", "Camera::CalibV1"},
	{"Fccd960", "Camera::CalibV1"},
	{"Acqiris", "Acqiris::CalibV1"},
	{"Imp", "Imp::CalibV1"},
	{"Quartz4A150", "Camera::CalibV1"},
	{"Rayonix", "Camera::CalibV1"},
	{"Evr", "EvrData::CalibV1"},
	{"Fccd", "Camera::CalibV1"},
	{"Timepix", "Timepix::CalibV1"},
	{"Fli", "Fli::CalibV1"},
	{"Pimax", "Pimax::CalibV1"},
	{"DualAndor", "Andor3d::CalibV1"},
	{"Jungfrau", "Jungfrau::CalibV1"},
	{"Zyla", "Camera::CalibV1"},
	{"ControlsCamera", "Camera::CalibV1"},
	{"Epix10ka", "Epix10ka::CalibV1"},
	{"Uxi", "Uxi::CalibV1"},
	{"Pixis", "Pixis::CalibV1"},
	{"Epix10ka2M", "Epix10ka2M::CalibV1"},
	{"Epix10kaQuad", "Epix10kaQuad::CalibV1"},
	{"StreakC7700", "Camera::CalibV1"},
	{"Archon", "Camera::CalibV1"},
	{"iStar", "Camera::CalibV1"},
	{"Alvium", "Camera::CalibV1"},
};

const char *calib_dir_group_of(const char *source)
{
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		size_t len = strlen(groups[i].device);

		for (const char *p = strchr(source, ':'); p != NULL; p = strchr(p + 1, ':'))
			if (strncmp(p + 1, groups[i].device, len) == 0 && p[1 + len] == '.')
				return groups[i].group;
	}
	return NULL;
}

int calib_dir_default(struct calib_str *out, const char *root, const char *exp,
                      struct calib_err *err)
{
	static const char *const known[] = {"/sdf/data/lcls/ds", "/reg/d/psdm"};
	size_t len = strlen(exp);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)exp[i]) && exp[i] != '_' && exp[i] != '-')
			len = 0;
	if (len < 4)
		return calib_fail(err, CALIB_EINVAL, "experiment '%s': expected a name such as "
		                  "xppi0613", exp);
	if (root == NULL)
		root = getenv("SIT_PSDM_DATA");
	if (root == NULL || *root == '\0')
		root = !calib_is_dir(known[0]) && calib_is_dir(known[1]) ? known[1] : known[0];
	calib_str_clear(out);
	calib_str_addf(out, "%s/%.3s/%s/calib", root, exp, exp);
	return calib_str_check(out, err);
}

int calib_dir_component(const char *what, const char *text, struct calib_err *err)
{
	bool bad = *text == '\0' || strlen(text) > 255 || strcmp(text, ".") == 0
	           || strcmp(text, "..") == 0;

	for (const char *p = text; *p; p++)
		bad |= *p == '/' || iscntrl((unsigned char)*p);
	if (bad)
		return calib_fail(err, CALIB_EINVAL, "%s '%s' cannot be the name of a directory or "
		                  "file", what, text);
	return CALIB_OK;
}

int calib_dir_source(struct calib_str *out, const char *source, struct calib_err *err)
{
	size_t len = strlen(source);
	int rc;

	calib_str_clear(out);
	if (len > 9 && strncmp(source, "DetInfo(", 8) == 0 && source[len - 1] == ')')
		calib_str_addn(out, source + 8, len - 9);
	else
		calib_str_add(out, source);
	rc = calib_str_check(out, err);
	return rc < 0 ? rc : calib_dir_component("source", out->s, err);
}

int calib_dir_type_path(struct calib_str *out, const char *calib, const char *source,
                        const char *type, struct calib_err *err)
{
	struct calib_str plain = CALIB_STR_INIT;
	const char *group;
	int rc = calib_dir_component("type", type, err);

	if (rc >= 0)
		rc = calib_dir_source(&plain, source, err);
	if (rc >= 0 && (group = calib_dir_group_of(plain.s)) == NULL)
		rc = calib_fail(err, CALIB_EINVAL, "source '%s': no calibration group is known for "
		                "it, expected a detector such as XppGon.0:Cspad.0", source);
	if (rc >= 0) {
		calib_path_join(out, calib, group);
		calib_str_addf(out, "/%s/%s", plain.s, type);
		rc = calib_str_check(out, err);
	}
	calib_str_release(&plain);
	return rc;
}

/* Cut the last component off; NULL when there is none. */
static char *cut_last(char *path)
{
	size_t len = strlen(path);
	char *slash;

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL || slash[1] == '\0')
		return NULL;
	*slash = '\0';
	return slash + 1;
}

int calib_dir_split(struct calib_dir_parts *parts, const char *path, struct calib_err *err)
{
	struct calib_str copy = CALIB_STR_INIT;
	struct calib_dir_parts p = {0};

	/* a leading "./" makes the shortest case, four components, like the others */
	calib_str_addf(&copy, "%s%s", *path == '/' ? "" : "./", path);
	if (calib_str_check(&copy, err) < 0)
		return CALIB_ENOMEM;
	if ((p.name = cut_last(copy.s)) == NULL || (p.type = cut_last(copy.s)) == NULL
	    || (p.source = cut_last(copy.s)) == NULL || (p.group = cut_last(copy.s)) == NULL
	    || strstr(p.group, "::") == NULL) {
		calib_str_release(&copy);
		return calib_fail(err, CALIB_EINVAL, "%s: expected a path such as calib/"
		                  "CsPad::CalibV1/XppGon.0:Cspad.0/pedestals/1-end.data", path);
	}
	p.calib = copy.s;
	if (*path != '/' && p.calib[1] == '/')
		memmove(p.calib, p.calib + 2, strlen(p.calib + 2) + 1);
	*parts = p;
	return CALIB_OK;
}

/* ---- names ---- */

/* Digits that fit 32 bits; *p is left behind them. */
static bool parse_number(const char **p, uint32_t *value)
{
	uint64_t v = 0;
	const char *q = *p;

	while (*q >= '0' && *q <= '9' && v <= UINT32_MAX)
		v = v * 10 + (uint64_t)(*q++ - '0');
	if (q == *p || v > UINT32_MAX)
		return false;
	*p = q;
	*value = (uint32_t)v;
	return true;
}

enum calib_name calib_name_parse(const char *name, struct calib_range *range, const char **why)
{
	size_t len = strlen(name), stem = len - 5;
	struct calib_range r = {0, CALIB_RUN_END};
	const char *p = name, *remark = NULL;
	enum calib_name kind = CALIB_NAME_GOOD;

	if (len < 5 || strcmp(name + stem, ".data") != 0)
		kind = CALIB_NAME_OTHER;
	else if (memchr(name, '-', stem) == NULL)
		remark = "there is no dash between two run numbers";
	else if (!parse_number(&p, &r.begin) || *p++ != '-')
		remark = "the first run is not a number";
	else if (strcmp(p, "end.data") != 0
	         && (!parse_number(&p, &r.end) || strcmp(p, ".data") != 0))
		remark = "the last run is neither a number nor 'end'";
	if (remark != NULL)
		kind = CALIB_NAME_BAD;
	else if (kind == CALIB_NAME_GOOD && r.begin > r.end)
		remark = "the range is reversed, the file is never used";
	if (kind == CALIB_NAME_GOOD && remark == NULL && r.begin > CALIB_RUN_MAX)
		remark = "the first run is beyond 9999, which part of the analysis cannot read";
	if (kind == CALIB_NAME_GOOD)
		*range = r;
	if (why != NULL)
		*why = remark;
	return kind;
}

/* ---- lists of files ---- */

int calib_dirfiles_add(struct calib_dirfiles *files, const char *name, struct calib_err *err)
{
	struct calib_dirfile f = {NULL, CALIB_NAME_OTHER, {0, 0}, NULL};
	void *list = files->file;

	f.kind = calib_name_parse(name, &f.range, &f.why);
	if (f.kind == CALIB_NAME_OTHER)
		return CALIB_OK;
	if (calib_grow(&list, &files->room, files->n + 1, sizeof f, "list of files", err) < 0)
		return CALIB_ENOMEM;
	files->file = list;
	f.name = calib_strdup(name, err);
	if (f.name == NULL)
		return CALIB_ENOMEM;
	files->file[files->n++] = f;
	files->ngood += f.kind == CALIB_NAME_GOOD;
	return CALIB_OK;
}

/* Rising priority: the last one that contains a run rules it. */
static int by_priority(const void *pa, const void *pb)
{
	const struct calib_dirfile *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind == CALIB_NAME_GOOD ? -1 : 1;
	if (a->kind == CALIB_NAME_BAD)
		return strcmp(a->name, b->name);
	if (a->range.begin != b->range.begin)
		return a->range.begin < b->range.begin ? -1 : 1;
	if (a->range.end != b->range.end)
		return a->range.end > b->range.end ? -1 : 1;
	return strcmp(b->name, a->name);
}

void calib_dirfiles_sort(struct calib_dirfiles *files)
{
	struct calib_dirfile *f = files->file;

	if (files->n > 1)
		qsort(f, files->n, sizeof *f, by_priority);
	/* 05-end.data and 5-end.data: the analysis takes either, we the smaller name */
	for (size_t i = 0; i + 1 < files->ngood; i++)
		if (f[i].range.begin == f[i + 1].range.begin
		    && f[i].range.end == f[i + 1].range.end)
			f[i].why = "another file names the same runs, the analysis may take either";
}

int calib_dirfiles_list(struct calib_dirfiles *files, const char *typedir, struct calib_err *err)
{
	char **names = NULL;
	size_t n = 0;
	int rc;

	calib_dirfiles_release(files);
	if (!calib_is_dir(typedir))
		return CALIB_OK;
	rc = calib_dir_names(&names, &n, typedir, err);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = calib_dirfiles_add(files, names[i], err);
	calib_names_free(names);
	calib_dirfiles_sort(files);
	return rc;
}

void calib_dirfiles_release(struct calib_dirfiles *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->file[i].name);
	free(files->file);
	*files = (struct calib_dirfiles)CALIB_DIRFILES_INIT;
}

const struct calib_dirfile *calib_dirfiles_find(const struct calib_dirfiles *files, uint32_t run)
{
	for (size_t i = files->ngood; i-- > 0;)
		if (files->file[i].range.begin <= run && run <= files->file[i].range.end)
			return &files->file[i];
	return NULL;
}

int calib_dir_find(struct calib_str *path, const char *calib, const char *source,
                   const char *type, uint32_t run, struct calib_err *err)
{
	struct calib_dirfiles files = CALIB_DIRFILES_INIT;
	const struct calib_dirfile *f = NULL;
	int rc = calib_dir_type_path(path, calib, source, type, err);

	if (rc >= 0)
		rc = calib_dirfiles_list(&files, path->s, err);
	if (rc >= 0 && (f = calib_dirfiles_find(&files, run)) != NULL) {
		calib_str_addf(path, "/%s", f->name);
		rc = calib_str_check(path, err);
	}
	calib_dirfiles_release(&files);
	return rc < 0 ? rc : f != NULL;
}

static int by_run(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The ruler can change only where a range begins and behind where one ends. */
int calib_dirfiles_spans(const struct calib_dirfiles *files, struct calib_span **spans, size_t *n,
                      struct calib_err *err)
{
	size_t ncut = 0, count = 0, room = 2 * files->ngood + 1;
	uint32_t *cut = calib_alloc(room, sizeof *cut, "run ranges", err);
	struct calib_span *list = calib_alloc(room, sizeof *list, "run ranges", err);

	if (cut == NULL || list == NULL) {
		free(cut);
		free(list);
		return CALIB_ENOMEM;
	}
	for (size_t i = 0; i < files->ngood; i++) {
		const struct calib_range *r = &files->file[i].range;

		if (r->begin <= CALIB_RUN_MAX)
			cut[ncut++] = r->begin;
		if (r->end < CALIB_RUN_MAX)
			cut[ncut++] = r->end + 1;
	}
	qsort(cut, ncut, sizeof *cut, by_run);
	for (size_t i = 0; i < ncut; i++) {
		uint32_t last = i + 1 < ncut ? cut[i + 1] - 1 : CALIB_RUN_MAX;
		const struct calib_dirfile *f = calib_dirfiles_find(files, cut[i]);
		size_t index = f ? (size_t)(f - files->file) : 0;

		if (f == NULL || (i + 1 < ncut && cut[i + 1] == cut[i]))
			continue;
		if (count > 0 && list[count - 1].index == index
		    && list[count - 1].end + 1 == cut[i])
			list[count - 1].end = last;
		else
			list[count++] = (struct calib_span){cut[i], last, index};
	}
	free(cut);
	*spans = list;
	*n = count;
	return CALIB_OK;
}

void calib_spans_text(struct calib_str *out, const struct calib_dirfiles *files,
                      const struct calib_span *spans, size_t n, size_t index)
{
	bool open = files->file[index].range.end == CALIB_RUN_END;

	for (size_t i = 0; i < n; i++) {
		struct calib_range r = {spans[i].begin, spans[i].end};
		char text[24];

		if (spans[i].index != index)
			continue;
		if (open && r.end == CALIB_RUN_MAX)
			r.end = CALIB_RUN_END;
		if (out->len > 0)
			calib_str_addc(out, ',');
		calib_str_add(out, calib_range_format(&r, text));
	}
}

int calib_dir_deepest(struct calib_str *dir, const char *path, struct calib_err *err)
{
	struct calib_str up = CALIB_STR_INIT;
	struct stat st;
	int rc;

	calib_str_add(dir, path);
	while (stat(dir->s, &st) != 0 && errno == ENOENT && strcmp(dir->s, ".") != 0
	       && strcmp(dir->s, "/") != 0) {
		calib_path_dir(&up, dir->s);
		calib_str_clear(dir);
		calib_str_add(dir, up.s);
	}
	rc = calib_str_check(dir, err);
	calib_str_release(&up);
	return rc;
}

int calib_dir_writable(const char *path, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT;
	int rc = calib_dir_deepest(&dir, path, err);

	if (rc >= 0 && access(dir.s, W_OK | X_OK) != 0)
		rc = calib_fail_sys(err, "%s: cannot write in the directory '%s'", path, dir.s);
	else if (rc >= 0 && !calib_is_dir(dir.s))
		rc = calib_fail(err, CALIB_EINVAL, "%s: '%s' is not a directory", path, dir.s);
	calib_str_release(&dir);
	return rc;
}

int calib_dir_beneath(const char *calib, const char *path, struct calib_err *err)
{
	struct calib_str up = CALIB_STR_INIT, dir = CALIB_STR_INIT;
	char *root = realpath(calib, NULL), *real = NULL;
	size_t len = root ? strlen(root) : 0;
	int rc = CALIB_OK;

	if (root == NULL)	/* not there: nothing below it can be a link */
		return CALIB_OK;
	calib_path_dir(&up, path);
	rc = calib_str_check(&up, err);
	if (rc >= 0)
		rc = calib_dir_deepest(&dir, up.s, err);
	if (rc >= 0 && (real = realpath(dir.s, NULL)) == NULL)
		rc = calib_fail_sys(err, "%s: cannot follow the name", dir.s);
	if (rc >= 0 && (strncmp(real, root, len) != 0
	                || (real[len] != '/' && real[len] != '\0' && strcmp(root, "/") != 0)))
		rc = calib_fail(err, CALIB_EINVAL, "%s: leads out of the calibration directory, to "
		                "%s", path, real);
	free(real);
	free(root);
	calib_str_release(&dir);
	calib_str_release(&up);
	return rc;
}
