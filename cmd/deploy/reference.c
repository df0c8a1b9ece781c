/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/reference.c - calib-deploy status --reference: the panel of calibman, as text */
#include "deploy/deploy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/out.h"
#include "base/path.h"
#include "det/det.h"
#include "store/reference.h"

struct panel {
	struct calib_out *out;
	const struct deploy_filter *filter;
	const char *group;		/* a group directory contains this */
	struct calib_str source;	/* "cspad.": a source in lower case contains this */
	int unread;			/* directories that cannot be read, and were logged */
};

static int put_files(struct panel *p, char *const *names, struct calib_err *err)
{
	struct calib_reference *rows = NULL;
	size_t n = 0;
	int rc = calib_reference_list(&rows, &n, names, err);

	for (size_t i = 0; i < n && rc >= 0; i++) {
		const struct calib_reference *r = &rows[i];

		if (r->shown_begin < 0)
			rc = calib_out_printf(p->out, err, "%16s%-14s  file is not used\n", "",
			                      r->name);
		else
			rc = calib_out_printf(p->out, err,
			                      "%16s%-14s  run range %04lld - %04lld\n", "",
			                      r->name, (long long)r->shown_begin,
			                      (long long)r->shown_end);
	}
	free(rows);
	return rc;
}

static bool wanted(const struct panel *p, int level, const char *name)
{
	struct calib_str lower = CALIB_STR_INIT;
	bool found;

	if (level == 0)
		return strstr(name, p->group) != NULL;
	if (level == 2)
		return p->filter->types == NULL || deploy_has_word(p->filter->types, name);
	for (const char *c = name; *c != '\0'; c++)
		calib_str_addc(&lower, (char)tolower((unsigned char)*c));
	found = strstr(lower.s, p->source.s) != NULL;
	calib_str_release(&lower);
	return found && (p->filter->sources == NULL
	                 || deploy_has_word(p->filter->sources, name));
}

/* Level 0: groups, 1: sources, 2: types, 3: files. */
static int put_level(struct panel *p, int level, const char *dir, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_err why = CALIB_ERR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = calib_dir_names(&names, &n, dir, &why);

	if (rc < 0 && (level == 0 || rc == CALIB_ENOMEM))
		return calib_fail(err, rc, "%s", why.msg);
	if (rc < 0) {
		calib_log(CALIB_ERROR, "%s", why.msg);
		p->unread++;
		return CALIB_OK;
	}

	if (level == 3)
		rc = put_files(p, names, err);
	for (size_t i = 0; i < n && rc >= 0 && level < 3; i++) {
		if (!wanted(p, level, names[i]))
			continue;
		calib_path_join(&path, dir, names[i]);
		rc = calib_str_check(&path, err);
		if (rc < 0 || !calib_is_dir(path.s))
			continue;
		rc = calib_out_printf(p->out, err, "%*s%s    \n", 4 * (level + 1), "", names[i]);
		if (rc >= 0)
			rc = put_level(p, level + 1, path.s, err);
	}
	calib_names_free(names);
	calib_str_release(&path);
	return rc;
}

static int put_detector(struct panel *p, const char *calib, const struct calib_det *det,
                        struct calib_err *err)
{
	char line[86];
	int rc;

	memset(line, '-', 85);
	line[85] = '\0';
	p->group = calib_reference_group(det->name, det->group);
	calib_str_clear(&p->source);
	for (const char *c = det->name; *c != '\0'; c++)
		calib_str_addc(&p->source, (char)tolower((unsigned char)*c));
	calib_str_addc(&p->source, '.');
	rc = calib_str_check(&p->source, err);
	if (rc >= 0)
		rc = calib_out_printf(p->out, err, "%s\nContent of: %s for detector: %s\n", line,
		                      calib, det->name);
	return rc < 0 ? rc : put_level(p, 0, calib, err);
}

/* All of calibrun's own detectors, or those of -d, in the fixed order. */
static int put_all(struct panel *p, const char *calib, struct calib_err *err)
{
	const char *list = p->filter->detectors;
	const struct calib_det *det;
	struct calib_str low = CALIB_STR_INIT;
	int rc = CALIB_OK;

	for (const char *c = list; c != NULL && *c != '\0'; c++)
		calib_str_addc(&low, (char)tolower((unsigned char)*c));
	for (size_t i = 0; rc >= 0 && (det = calib_det_at(i)) != NULL; i++) {
		char name[32] = "";

		for (size_t k = 0; k < sizeof name - 1 && det->name[k] != '\0'; k++)
			name[k] = (char)tolower((unsigned char)det->name[k]);
		if (list != NULL ? deploy_has_word(low.s, name) : det->calibrun)
			rc = put_detector(p, calib, det, err);
	}
	calib_str_release(&low);
	return rc;
}

int deploy_reference(const char *calib, const struct deploy_filter *filter,
                     struct calib_err *err)
{
	struct panel p = {NULL, filter, NULL, CALIB_STR_INIT, 0};
	int rc = calib_out_open(&p.out, "-", 0, err);

	if (rc < 0)
		return rc;
	rc = put_all(&p, calib, err);
	calib_str_release(&p.source);
	return deploy_end(p.out, rc < 0 ? rc : p.unread, err);
}
