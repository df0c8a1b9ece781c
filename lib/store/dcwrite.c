/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/dcwrite.c - the HDF5 calibration store: writing
 *
 * A change is made to a copy that then takes the place of the file, so that a reader sees the old
 * store or the new one.  What is written has the types the public reader knows: texts of fixed
 * length, double, int64, each a dataset of one element. */
#include "store/dcstore.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/proc.h"
#include "nda/h5.h"

/* A store that is being changed. */
struct edit {
	struct calib_h5 *h5;
	const char *path;
	int lock;
	bool created;
	struct calib_str name;		/* of the member in hand */
};

static const char *member(struct edit *e, const char *group, const char *part)
{
	calib_path_join(&e->name, group, part);
	return e->name.s;
}

static int put_number(struct edit *e, const char *group, const char *part, enum calib_dtype type,
                      const void *value, struct calib_err *err)
{
	struct calib_nda nda;

	calib_nda_view(&nda, type, 1, (size_t[]){1}, (void *)(uintptr_t)value);
	return calib_h5_put(e->h5, member(e, group, part), &nda, err);
}

static int put_real(struct edit *e, const char *group, const char *part, double value,
                    struct calib_err *err)
{
	return put_number(e, group, part, CALIB_F64, &value, err);
}

static int put_int(struct edit *e, const char *group, const char *part, int64_t value,
                   struct calib_err *err)
{
	return put_number(e, group, part, CALIB_I64, &value, err);
}

static int put_text(struct edit *e, const char *group, const char *part, const char *text,
                    struct calib_err *err)
{
	return calib_h5_put_fixed(e->h5, member(e, group, part), text, err);
}

/* A record is named after its time; a second one of the same time comes a millisecond later. */
static int put_record(struct edit *e, const char *group, const char *text, struct calib_err *err)
{
	struct calib_str history = CALIB_STR_INIT;
	double time = (double)calib_now();
	char name[40];
	int rc;

	calib_path_join(&history, group, "_history");
	do {
		snprintf(name, sizeof name, "%.6f", time);
		time += 0.001;
	} while (!history.failed && calib_h5_contains(e->h5, member(e, history.s, name)));
	rc = calib_str_check(&history, err);
	if (rc >= 0)
		rc = put_text(e, history.s, name, text, err);
	calib_str_release(&history);
	return rc;
}

static int record(struct edit *e, const char *group, struct calib_str *text, struct calib_err *err)
{
	int rc = calib_str_check(text, err);

	if (rc >= 0)
		rc = put_record(e, group, text->s, err);
	calib_str_release(text);
	return rc;
}

/* ---- begin and end of a change ---- */

/* Only one at a time changes the stores of a directory: the second starts from what the first made.
 * Where the file system knows no locks there is none. */
static int lock_directory(const char *path)
{
	struct calib_str dir = CALIB_STR_INIT;
	int fd = -1;

	calib_path_dir(&dir, path);
	if (!dir.failed)
		fd = open(dir.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
		;
	calib_str_release(&dir);
	return fd;
}

static int begin_edit(struct edit *e, const char *path, bool create, struct calib_err *err)
{
	int rc;

	*e = (struct edit){.path = path, .lock = lock_directory(path), .name = CALIB_STR_INIT};
	e->created = access(path, F_OK) != 0 && errno == ENOENT;
	if (e->created && !create)
		return calib_fail(err, CALIB_ENOTFOUND, "%s: no such file", path);
	rc = calib_h5_edit(&e->h5, path, err);
	if (rc >= 0 && !e->created && !calib_h5_is_text(e->h5, "/dettype")
	    && !calib_h5_is_text(e->h5, "/detid"))
		rc = calib_fail(err, CALIB_EFORMAT, "%s: is an HDF5 file, but not a calibration "
		                "store: it has no texts dettype and detid", path);
	return rc;
}

static int end_edit(struct edit *e, int rc, struct calib_err *err)
{
	if (rc >= 0)
		rc = calib_str_check(&e->name, err);
	if (rc >= 0)
		rc = calib_h5_commit(e->h5, err);
	else if (e->h5 != NULL)
		calib_h5_close(e->h5);
	if (e->lock >= 0)
		close(e->lock);
	calib_str_release(&e->name);
	return rc;
}

/* ---- adding ---- */

/* "epix100a-3925999616-..." is cut at the first dash. */
static int put_head(struct edit *e, const struct calib_dcadd *add, struct calib_err *err)
{
	struct calib_str base = CALIB_STR_INIT, detname = CALIB_STR_INIT;
	const char *dettype = add->dettype, *detid = add->detid;
	char *dash;
	int rc;

	calib_str_add(&base, calib_path_base(e->path));
	if (!base.failed && calib_path_suffix(base.s, ".h5"))
		base.s[base.len -= 3] = '\0';
	dash = base.failed ? NULL : strchr(base.s, '-');
	if (dash != NULL && (dettype == NULL || detid == NULL)) {
		*dash = '\0';
		dettype = dettype ? dettype : base.s;
		detid = detid ? detid : dash + 1;
	}
	rc = calib_str_check(&base, err);
	if (rc >= 0 && (dettype == NULL || detid == NULL || *dettype == '\0' || *detid == '\0'))
		rc = calib_fail(err, CALIB_EINVAL, "%s: the name of a new store is that of its "
		                "detector, such as cspad-XppGon.0-Cspad.0.h5", e->path);
	if (rc >= 0)
		rc = put_text(e, "/", "dettype", dettype, err);
	if (rc >= 0)
		rc = put_text(e, "/", "detid", detid, err);
	calib_str_addf(&detname, "%s-%s", dettype ? dettype : "", detid ? detid : "");
	if (rc >= 0)
		rc = calib_str_check(&detname, err);
	if (rc >= 0)
		rc = put_text(e, "/", "detname", detname.s, err);
	/* the public writer takes the time of the first constants, not of the file */
	if (rc >= 0)
		rc = put_real(e, "/", "tscfile", add->begin, err);
	if (rc >= 0 && add->predecessor != NULL)
		rc = put_text(e, "/", "predecessor", add->predecessor, err);
	if (rc >= 0 && add->successor != NULL)
		rc = put_text(e, "/", "successor", add->successor, err);
	calib_str_release(&detname);
	calib_str_release(&base);
	return rc;
}

static int put_type(struct edit *e, const char *type, struct calib_err *err)
{
	struct calib_str group = CALIB_STR_INIT, text = CALIB_STR_INIT;
	int rc = CALIB_OK;

	calib_str_addf(&group, "/%s", type);
	if (!group.failed && !calib_h5_contains(e->h5, group.s)) {
		calib_str_addf(&text, "add ctype %s: ", type);
		rc = record(e, "/", &text, err);
		if (rc >= 0)
			rc = put_text(e, group.s, "ctype", type, err);
	}
	calib_str_release(&group);
	return rc;
}

/* The range is there: is it of the same times?  The name holds whole seconds only. */
static int check_range(struct edit *e, const struct calib_dcadd *add, const char *group,
                       struct calib_err *err)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	double begin = NAN, end = INFINITY;
	int rc = calib_h5_get(e->h5, member(e, group, "begin"), &nda, err);

	if (rc >= 0 && nda.size == 1)
		begin = calib_nda_get(&nda, 0);
	if (rc >= 0 && !calib_h5_is_text(e->h5, member(e, group, "end"))) {
		rc = calib_h5_get(e->h5, member(e, group, "end"), &nda, err);
		end = rc >= 0 && nda.size == 1 ? calib_nda_get(&nda, 0) : NAN;
	}
	calib_nda_release(&nda);
	if (rc >= 0 && (begin != add->begin || end != add->end))
		rc = calib_fail(err, CALIB_EEXIST, "%s: range '%s' is that of the times %.6f to "
		                "%.6f, and cannot also be that of %.6f to %.6f", e->path, group,
		                begin, end, add->begin, add->end);
	return rc;
}

/* *group: its path. */
static int put_range(struct edit *e, const struct calib_dcadd *add, struct calib_str *group,
                     struct calib_err *err)
{
	struct calib_str type = CALIB_STR_INIT, key = CALIB_STR_INIT, text = CALIB_STR_INIT;
	const char *exp = add->exp ? add->exp : "unknown";
	char run[24];
	int rc;

	snprintf(run, sizeof run, "%ld", add->run < 0 ? 0 : add->run);
	calib_str_addf(&type, "/%s", add->type);
	calib_str_addf(&key, "%.0f-", floor(add->begin));
	calib_str_addf(&key, isinf(add->end) ? "end" : "%.0f", ceil(add->end));
	calib_path_join(group, type.s, key.s);
	rc = calib_str_check(group, err);
	if (rc >= 0 && calib_h5_contains(e->h5, group->s)) {
		rc = check_range(e, add, group->s, err);
	} else if (rc >= 0) {
		calib_str_addf(&text, "add range %s: exp=%s:run=%s", key.s, exp, run);
		rc = record(e, type.s, &text, err);
		if (rc >= 0)
			rc = put_real(e, group->s, "begin", add->begin, err);
		if (rc >= 0)
			rc = isinf(add->end) ? put_text(e, group->s, "end", "end", err)
				: put_real(e, group->s, "end", add->end, err);
		if (rc >= 0)
			rc = put_text(e, group->s, "range", key.s, err);
		if (rc >= 0)
			rc = put_int(e, group->s, "versdef", 0, err);
		if (rc >= 0)
			rc = put_text(e, group->s, "_parameters/experiment", exp, err);
		if (rc >= 0)
			rc = put_text(e, group->s, "_parameters/run", run, err);
	}
	calib_str_release(&key);
	calib_str_release(&type);
	return rc;
}

static int highest_version(struct edit *e, const char *group, long *highest, struct calib_err *err)
{
	char **names = NULL;
	size_t n = 0;
	int rc = calib_h5_names(e->h5, group, true, &names, &n, err);

	*highest = 0;
	for (size_t i = 0; i < n; i++) {
		long number;

		if (*names[i] == 'v' && calib_parse_long(&number, names[i] + 1, 0, 999999998,
		                                         "version", NULL) >= 0
		    && number > *highest)
			*highest = number;
	}
	calib_names_free(names);
	return rc;
}

static int put_version(struct edit *e, const struct calib_dcadd *add, const char *range,
                       long *version, struct calib_err *err)
{
	struct calib_str group = CALIB_STR_INIT, text = CALIB_STR_INIT;
	long number = add->version;
	int rc = CALIB_OK;

	if (number == 0) {
		rc = highest_version(e, range, &number, err);
		number++;
	}
	calib_str_addf(&group, "%s/v%04ld", range, number);
	if (rc >= 0)
		rc = calib_str_check(&group, err);
	if (rc >= 0 && calib_h5_contains(e->h5, group.s))
		rc = calib_fail(err, CALIB_EEXIST, "%s: '%s' exists already, leave out the version "
		                "to get a new one", e->path, group.s);
	if (rc >= 0)
		rc = put_int(e, group.s, "version", number, err);
	if (rc >= 0)
		rc = put_real(e, group.s, "tsprod", (double)calib_now(), err);
	if (rc >= 0 && add->data->text != NULL)
		rc = put_text(e, group.s, "data", add->data->text, err);
	else if (rc >= 0)
		rc = calib_h5_put(e->h5, member(e, group.s, "data"), &add->data->nda, err);
	calib_str_addf(&text, "add version %ld: %s", number, add->comment ? add->comment : "");
	if (rc >= 0)
		rc = record(e, range, &text, err);
	*version = number;
	calib_str_release(&text);
	calib_str_release(&group);
	return rc;
}

static int check_add(const struct calib_dcadd *add, struct calib_err *err)
{
	const char *name;
	size_t i = 0;

	while ((name = calib_dcstore_types(i)) != NULL && strcmp(name, add->type) != 0)
		i++;
	if (name == NULL)
		return calib_fail(err, CALIB_EINVAL, "a store has no constants of type '%s'",
		                  add->type);
	if (!isfinite(add->begin) || add->begin < 0 || add->begin > 1e11 || isnan(add->end)
	    || add->end < add->begin || (isfinite(add->end) && add->end > 1e11))
		return calib_fail(err, CALIB_EINVAL, "time %.6f to %.6f: expected seconds since "
		                  "1970, the end not before the begin", add->begin, add->end);
	return CALIB_OK;
}

int calib_dcstore_add(const char *path, const struct calib_dcadd *add, long *version,
                      struct calib_err *err)
{
	struct calib_str range = CALIB_STR_INIT;
	struct edit e;
	int rc = check_add(add, err);

	if (rc < 0)
		return rc;
	rc = begin_edit(&e, path, true, err);
	if (rc >= 0 && e.created) {
		calib_h5_access(e.h5, add->mode, add->group);
		rc = put_head(&e, add, err);
	}
	if (rc >= 0)
		rc = put_type(&e, add->type, err);
	if (rc >= 0)
		rc = put_range(&e, add, &range, err);
	if (rc >= 0)
		rc = put_version(&e, add, range.s, version, err);
	calib_str_release(&range);
	return end_edit(&e, rc, err);
}

/* ---- other changes ---- */

/* The group meant, which must be there; *parent: the one that has it. */
static int find_group(struct edit *e, const char *type, const char *range, long version,
                      struct calib_str *group, struct calib_str *parent, struct calib_err *err)
{
	int rc;

	calib_str_add(parent, "/");
	calib_str_addf(group, "/%s", type);
	if (range != NULL) {
		calib_str_add(parent, type);
		calib_str_addf(group, "/%s", range);
	}
	if (version > 0) {
		calib_str_addf(parent, "/%s", range);
		calib_str_addf(group, "/v%04ld", version);
	}
	rc = calib_str_check(group, err);
	if (rc >= 0)
		rc = calib_str_check(parent, err);
	if (rc >= 0 && (*type == '_' || (range != NULL && *range == '_')
	                || !calib_h5_contains(e->h5, group->s)))
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: has no '%s'", e->path, group->s);
	return rc;
}

int calib_dcstore_remove(const char *path, const char *type, const char *range, long version,
                         const char *comment, struct calib_err *err)
{
	struct calib_str group = CALIB_STR_INIT, parent = CALIB_STR_INIT, text = CALIB_STR_INIT;
	struct edit e;
	int rc = begin_edit(&e, path, false, err);

	if (rc >= 0)
		rc = find_group(&e, type, range, version, &group, &parent, err);
	if (rc >= 0)
		rc = calib_h5_remove(e.h5, group.s, err);
	if (version > 0)
		calib_str_addf(&text, "del version %ld", version);
	else if (range != NULL)
		calib_str_addf(&text, "del range %s", range);
	else
		calib_str_addf(&text, "del ctype %s", type);
	if (comment != NULL)
		calib_str_addf(&text, ": %s", comment);
	if (rc >= 0)
		rc = record(&e, parent.s, &text, err);
	calib_str_release(&text);
	calib_str_release(&parent);
	calib_str_release(&group);
	return end_edit(&e, rc, err);
}

int calib_dcstore_preset(const char *path, const char *type, const char *range, long version,
                         struct calib_err *err)
{
	struct calib_str group = CALIB_STR_INIT, parent = CALIB_STR_INIT, text = CALIB_STR_INIT;
	struct edit e;
	int rc = begin_edit(&e, path, false, err);

	if (rc >= 0)
		rc = find_group(&e, type, range, version, &group, &parent, err);
	calib_str_clear(&group);
	calib_str_addf(&group, "/%s/%s", type, range);
	if (rc >= 0 && calib_h5_contains(e.h5, member(&e, group.s, "versdef")))
		rc = calib_h5_remove(e.h5, e.name.s, err);
	if (rc >= 0)
		rc = put_int(&e, group.s, "versdef", version, err);
	calib_str_addf(&text, "set default version %ld", version);
	if (rc >= 0)
		rc = record(&e, group.s, &text, err);
	calib_str_release(&text);
	calib_str_release(&parent);
	calib_str_release(&group);
	return end_edit(&e, rc, err);
}
