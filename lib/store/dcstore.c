/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/dcstore.c - the HDF5 calibration store: reading */
#include "store/dcstore.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "nda/h5.h"

/* Source: lcls-psana/PSCalib src/GlobalUtils.py (dic_calib_name_to_type) */
static const char *const type_names[] = {
	"pedestals", "pixel_status", "pixel_rms", "pixel_gain", "pixel_mask", "pixel_bkgd",
	"common_mode", "geometry", "pixel_offset", "status_data", "status_extra"
};

const char *calib_dcstore_types(size_t i)
{
	return i < sizeof type_names / sizeof *type_names ? type_names[i] : NULL;
}

static bool is_type(const char *name)
{
	for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
		if (strcmp(type_names[i], name) == 0)
			return true;
	return false;
}

/* ---- single values ---- */

static int member(struct calib_str *name, const char *group, const char *part,
                  struct calib_err *err)
{
	calib_path_join(name, group, part);
	return calib_str_check(name, err);
}

/* A text that may be missing: *text NULL. */
static int get_text(struct calib_h5 *h5, const char *group, const char *part, char **text,
                    struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	int rc = member(&name, group, part, err);

	*text = NULL;
	if (rc >= 0 && calib_h5_is_text(h5, name.s))
		rc = calib_h5_get_text(h5, name.s, text, err);
	calib_str_release(&name);
	return rc;
}

/* A number that may be missing: *value is left alone. */
static int get_number(struct calib_h5 *h5, const char *group, const char *part, double *value,
                      struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	struct calib_nda nda = CALIB_NDA_INIT;
	int rc = member(&name, group, part, err);

	if (rc >= 0 && calib_h5_contains(h5, name.s) && !calib_h5_is_text(h5, name.s)) {
		rc = calib_h5_get(h5, name.s, &nda, err);
		if (rc >= 0 && nda.size == 1)
			*value = calib_nda_get(&nda, 0);
		calib_nda_release(&nda);
	}
	calib_str_release(&name);
	return rc;
}

/* ---- versions, ranges, types ---- */

static int by_number(const void *pa, const void *pb)
{
	const struct calib_dcversion *a = pa, *b = pb;

	return (a->number > b->number) - (a->number < b->number);
}

/* The number stands in the group; a writer in Python 3 may have left it out of all but the first
 * version, so the name of the group is as good. */
static int load_version(struct calib_dcrange *r, struct calib_h5 *h5, const char *group,
                        const char *name, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_dcversion v = {-1, NAN};
	double number = -1;
	int rc = member(&path, group, name, err);

	if (rc >= 0 && *name == 'v'
	    && calib_parse_long(&v.number, name + 1, 0, 999999999, "version", NULL) < 0)
		v.number = -1;
	if (rc >= 0)
		rc = get_number(h5, path.s, "version", &number, err);
	if (rc >= 0)
		rc = get_number(h5, path.s, "tsprod", &v.made, err);
	if (number >= 0 && number < 1e9)
		v.number = (long)number;
	if (rc >= 0 && v.number < 0)
		calib_log(CALIB_WARNING, "%s: not a version of constants, passed over", path.s);
	else if (rc >= 0)
		r->version[r->nversions++] = v;
	calib_str_release(&path);
	return rc;
}

static int load_versions(struct calib_dcrange *r, struct calib_h5 *h5, const char *group,
                         struct calib_err *err)
{
	char **names = NULL;
	size_t n = 0;
	int rc = calib_h5_names(h5, group, true, &names, &n, err);

	if (rc >= 0 && (r->version = calib_alloc(n, sizeof *r->version, group, err)) == NULL)
		rc = CALIB_ENOMEM;
	for (size_t i = 0; i < n && rc >= 0; i++)
		if (*names[i] != '_')	/* _history, _parameters */
			rc = load_version(r, h5, group, names[i], err);
	calib_names_free(names);
	if (rc >= 0 && r->nversions > 1)
		qsort(r->version, r->nversions, sizeof *r->version, by_number);
	return rc;
}

static void release_range(struct calib_dcrange *r)
{
	free(r->name);
	free(r->exp);
	free(r->run);
	free(r->version);
}

/* 1 a range, 0 a group that is none. */
static int load_range(struct calib_dcrange *r, struct calib_h5 *h5, const char *group,
                      const char *name, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT, parameters = CALIB_STR_INIT;
	double preset = 0;
	char *end = NULL;
	int rc = member(&path, group, name, err);

	*r = (struct calib_dcrange){.begin = NAN, .end = NAN};
	if (rc >= 0)
		rc = member(&parameters, path.s, "_parameters", err);
	if (rc >= 0 && (r->name = calib_strdup(name, err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = get_number(h5, path.s, "begin", &r->begin, err);
	if (rc >= 0)
		rc = get_text(h5, path.s, "end", &end, err);
	if (rc >= 0 && end == NULL)
		rc = get_number(h5, path.s, "end", &r->end, err);
	else if (rc >= 0 && strcmp(end, "end") == 0)
		r->end = INFINITY;
	if (rc >= 0)
		rc = get_number(h5, path.s, "versdef", &preset, err);
	r->preset = preset > 0 && preset < 1e9 ? (long)preset : 0;
	if (rc >= 0)
		rc = get_text(h5, parameters.s, "experiment", &r->exp, err);
	if (rc >= 0)
		rc = get_text(h5, parameters.s, "run", &r->run, err);
	if (rc >= 0 && (isnan(r->begin) || isnan(r->end)))
		calib_log(CALIB_WARNING, "%s: has no begin and end, passed over", path.s);
	else if (rc >= 0 && (rc = load_versions(r, h5, path.s, err)) >= 0)
		rc = 1;
	free(end);
	calib_str_release(&parameters);
	calib_str_release(&path);
	return rc;
}

/* Rising priority: begin, then the wider one first. */
static int by_priority(const void *pa, const void *pb)
{
	const struct calib_dcrange *a = pa, *b = pb;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	if (a->end != b->end)
		return a->end > b->end ? -1 : 1;
	return strcmp(b->name, a->name);
}

static int load_type(struct calib_dctype *t, struct calib_h5 *h5, const char *name,
                     struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = member(&path, "/", name, err);

	if (rc >= 0)
		rc = calib_h5_names(h5, path.s, true, &names, &n, err);
	if (rc >= 0 && (t->range = calib_alloc(n, sizeof *t->range, name, err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0 && (t->name = calib_strdup(name, err)) == NULL)
		rc = CALIB_ENOMEM;
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (*names[i] == '_')
			continue;
		rc = load_range(&t->range[t->n], h5, path.s, names[i], err);
		if (rc > 0)
			t->n++;
		else
			release_range(&t->range[t->n]);
	}
	if (rc >= 0 && t->n > 1)
		qsort(t->range, t->n, sizeof *t->range, by_priority);
	calib_names_free(names);
	calib_str_release(&path);
	return rc < 0 ? rc : CALIB_OK;
}

/* ---- the file ---- */

static int load_types(struct calib_dcstore *store, struct calib_h5 *h5, struct calib_err *err)
{
	char **names = NULL;
	size_t n = 0;
	int rc = calib_h5_names(h5, "/", true, &names, &n, err);

	if (rc >= 0 && (store->type = calib_alloc(n, sizeof *store->type, "types", err)) == NULL)
		rc = CALIB_ENOMEM;
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (*names[i] == '_')
			continue;
		if (!is_type(names[i])) {
			calib_log(CALIB_WARNING, "%s: '%s' is not a calibration type, passed over",
			          store->path, names[i]);
			continue;
		}
		rc = load_type(&store->type[store->n++], h5, names[i], err);
	}
	calib_names_free(names);
	return rc;
}

static int load_head(struct calib_dcstore *store, struct calib_h5 *h5, struct calib_err *err)
{
	const struct { const char *name; char **text; } texts[] = {
		{"dettype", &store->dettype}, {"detname", &store->detname},
		{"detid", &store->detid}, {"predecessor", &store->predecessor},
		{"successor", &store->successor},
	};
	int rc = get_number(h5, "/", "tscfile", &store->created, err);

	for (size_t i = 0; i < sizeof texts / sizeof *texts && rc >= 0; i++)
		rc = get_text(h5, "/", texts[i].name, texts[i].text, err);
	if (rc >= 0 && store->dettype == NULL && store->detid == NULL)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: is an HDF5 file, but not a calibration "
		                "store: it has no texts dettype and detid", store->path);
	return rc;
}

int calib_dcstore_load(struct calib_dcstore *store, const char *path, struct calib_err *err)
{
	struct calib_h5 *h5 = NULL;
	int rc = calib_h5_open(&h5, path, err);

	*store = (struct calib_dcstore)CALIB_DCSTORE_INIT;
	store->created = NAN;
	if (rc >= 0 && (store->path = calib_strdup(path, err)) == NULL)
		rc = CALIB_ENOMEM;
	if (rc >= 0)
		rc = load_head(store, h5, err);
	if (rc >= 0)
		rc = load_types(store, h5, err);
	if (h5 != NULL)
		calib_h5_close(h5);
	if (rc < 0)
		calib_dcstore_release(store);
	return rc < 0 ? rc : CALIB_OK;
}

void calib_dcstore_release(struct calib_dcstore *store)
{
	for (size_t i = 0; i < store->n; i++) {
		struct calib_dctype *t = &store->type[i];

		for (size_t k = 0; k < t->n; k++)
			release_range(&t->range[k]);
		free(t->range);
		free(t->name);
	}
	free(store->type);
	free(store->path);
	free(store->dettype);
	free(store->detname);
	free(store->detid);
	free(store->predecessor);
	free(store->successor);
	*store = (struct calib_dcstore)CALIB_DCSTORE_INIT;
}

/* ---- looking up ---- */

const struct calib_dctype *calib_dcstore_type(const struct calib_dcstore *store, const char *name)
{
	for (size_t i = 0; i < store->n; i++)
		if (strcmp(store->type[i].name, name) == 0)
			return &store->type[i];
	return NULL;
}

const struct calib_dcrange *calib_dctype_find(const struct calib_dctype *type, double time)
{
	for (size_t i = type->n; i-- > 0;)
		if (type->range[i].begin <= time && time <= type->range[i].end)
			return &type->range[i];
	return NULL;
}

const struct calib_dcrange *calib_dctype_of_run(const struct calib_dctype *type, const char *exp,
                                                long run)
{
	const struct calib_dcrange *best = NULL;

	for (size_t i = 0; i < type->n; i++) {
		const struct calib_dcrange *r = &type->range[i];
		long first;

		/* who wrote without data at hand knew no run, and said 0 */
		if (r->run == NULL || r->exp == NULL || strcmp(r->exp, "unknown") == 0
		    || calib_parse_long(&first, r->run, 0, 0x7fffffff, "run", NULL) < 0
		    || (exp != NULL && strcmp(exp, r->exp) != 0))
			continue;
		if (first <= run)
			best = r;
	}
	return best;
}

long calib_dcrange_version(const struct calib_dcrange *range, long number)
{
	long want = number != 0 ? number : range->preset;

	for (size_t i = 0; i < range->nversions && want != 0; i++)
		if (range->version[i].number == want)
			return want;
	if (want != 0 || range->nversions == 0)
		return -1;
	return range->version[range->nversions - 1].number;
}

int calib_dcstore_get(const struct calib_dcstore *store, const struct calib_dctype *type,
                      const struct calib_dcrange *range, long version, struct calib_dcdata *data,
                      struct calib_err *err)
{
	struct calib_str name = CALIB_STR_INIT;
	struct calib_h5 *h5 = NULL;
	int rc;

	calib_str_addf(&name, "/%s/%s/v%04ld/data", type->name, range->name, version);
	rc = calib_str_check(&name, err);
	if (rc >= 0)
		rc = calib_h5_open(&h5, store->path, err);
	if (rc >= 0 && calib_h5_is_text(h5, name.s))
		rc = calib_h5_get_text(h5, name.s, &data->text, err);
	else if (rc >= 0)
		rc = calib_h5_get(h5, name.s, &data->nda, err);
	if (h5 != NULL)
		calib_h5_close(h5);
	calib_str_release(&name);
	return rc;
}

void calib_dcdata_release(struct calib_dcdata *data)
{
	calib_nda_release(&data->nda);
	free(data->text);
	data->text = NULL;
}

/* ---- history ---- */

typedef int (*each_fn)(void *ctx, const char *where, double time, const char *text,
                       struct calib_err *err);

static int list_history(struct calib_h5 *h5, const char *where, each_fn each, void *ctx,
                        struct calib_err *err)
{
	struct calib_str group = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0;
	int rc = member(&group, where, "_history", err);

	if (rc >= 0 && calib_h5_contains(h5, group.s))
		rc = calib_h5_names(h5, group.s, false, &names, &n, err);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		char *text = NULL;
		double time = NAN;

		if (calib_parse_double(&time, names[i], "time", NULL) < 0)
			time = NAN;
		rc = get_text(h5, group.s, names[i], &text, err);
		if (rc >= 0)
			rc = each(ctx, where, time, text != NULL ? text : "", err);
		free(text);
	}
	calib_names_free(names);
	calib_str_release(&group);
	return rc;
}

int calib_dcstore_history(const struct calib_dcstore *store, each_fn each, void *ctx,
                          struct calib_err *err)
{
	struct calib_str where = CALIB_STR_INIT;
	struct calib_h5 *h5 = NULL;
	int rc = calib_h5_open(&h5, store->path, err);

	if (rc >= 0)
		rc = list_history(h5, "/", each, ctx, err);
	for (size_t i = 0; i < store->n && rc >= 0; i++) {
		const struct calib_dctype *t = &store->type[i];

		rc = member(&where, "/", t->name, err);
		if (rc >= 0)
			rc = list_history(h5, where.s, each, ctx, err);
		for (size_t k = 0; k < t->n && rc >= 0; k++) {
			calib_str_clear(&where);
			calib_str_addf(&where, "/%s/%s", t->name, t->range[k].name);
			rc = calib_str_check(&where, err);
			if (rc >= 0)
				rc = list_history(h5, where.s, each, ctx, err);
		}
	}
	if (h5 != NULL)
		calib_h5_close(h5);
	calib_str_release(&where);
	return rc;
}

/* ---- names ---- */

/* "DetInfo(XppGon.0:Cspad.0)": "cspad". */
static int device_of(struct calib_str *out, const char *source, struct calib_err *err)
{
	const char *dev = strchr(source, ':');
	size_t n = dev != NULL ? strcspn(++dev, ".") : 0;

	calib_str_clear(out);
	for (size_t i = 0; i < n; i++)
		calib_str_addc(out, (char)tolower((unsigned char)dev[i]));
	if (n == 0)
		return calib_fail(err, CALIB_EINVAL, "source '%s': expected a detector such as "
		                  "XppGon.0:Cspad.0", source);
	return calib_str_check(out, err);
}

/* The one store of a directory. */
static int only_store(struct calib_str *path, const char *dir, const char *device,
                      struct calib_err *err)
{
	struct calib_str found = CALIB_STR_INIT;
	char **names = NULL;
	size_t n = 0, count = 0, len = strlen(device);
	int rc = calib_dir_names(&names, &n, dir, err);

	for (size_t i = 0; i < n && rc >= 0; i++)
		if (strncmp(names[i], device, len) == 0 && names[i][len] == '-'
		    && calib_path_suffix(names[i], ".h5")) {
			calib_path_join(&found, dir, names[i]);
			count++;
		}
	if (rc >= 0)
		rc = calib_str_check(&found, err);
	if (rc >= 0 && count == 0)
		rc = calib_fail(err, CALIB_ENOTFOUND, "%s: has no store of a %s", dir, device);
	else if (rc >= 0 && count > 1)
		rc = calib_fail(err, CALIB_EINVAL, "%s: has %zu stores of a %s, say which by its "
		                "panel numbers (--id) or name the file", dir, count, device);
	if (rc >= 0) {
		calib_str_clear(path);
		calib_str_add(path, found.s);
		rc = calib_str_check(path, err);
	}
	calib_names_free(names);
	calib_str_release(&found);
	return rc;
}

int calib_dcstore_name(struct calib_str *path, const char *dir, const char *source, const char *id,
                       struct calib_err *err)
{
	struct calib_str device = CALIB_STR_INIT, sub = CALIB_STR_INIT, name = CALIB_STR_INIT;
	bool plain = strncmp(source, "DetInfo(", 8) != 0;
	int rc = device_of(&device, source, err);
	bool panels = strcmp(device.s, "epix100a") == 0 || strcmp(device.s, "jungfrau") == 0;

	if (rc >= 0)
		calib_path_join(&sub, dir, device.s);
	for (const char *p = id != NULL ? id : plain ? source : source + 8;
	     rc >= 0 && *p != '\0' && (id != NULL || *p != ')'); p++)
		if (*p == '/')
			rc = calib_fail(err, CALIB_EINVAL, "'%s' cannot be part of a file's name",
			                id != NULL ? id : source);
		else
			calib_str_addc(&name, *p == ':' ? '-' : *p);
	if (rc >= 0 && panels && id == NULL) {
		rc = calib_str_check(&sub, err);
		rc = rc < 0 ? rc : only_store(path, sub.s, device.s, err);
	} else if (rc >= 0) {
		calib_str_clear(path);
		calib_str_addf(path, "%s/%s-%s.h5", sub.s, device.s, name.s);
		rc = calib_str_check(path, err);
	}
	calib_str_release(&name);
	calib_str_release(&sub);
	calib_str_release(&device);
	return rc;
}
