/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/deploy/storeact.c - calib-deploy store: what it does */
#include "deploy/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/table.h"
#include "det/det.h"
#include "nda/h5.h"
#include "store/check.h"
#include "store/ctype.h"

static int load(struct calib_dcstore *store, const struct store_opts *o, bool common,
                struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	int rc = store_path(&path, o, common, err);

	if (rc >= 0)
		rc = calib_dcstore_load(store, path.s, err);
	calib_str_release(&path);
	return rc;
}

/* ---- tables ---- */

typedef int (*fill_fn)(struct calib_table *t, const struct calib_dcstore *store,
                       const struct store_opts *o, struct calib_err *err);

static int print(const struct store_opts *o, const char *const *columns, fill_fn fill,
                 struct calib_err *err)
{
	struct calib_dcstore store = CALIB_DCSTORE_INIT;
	struct calib_out *out = NULL;
	struct calib_table t;
	int rc = load(&store, o, false, err);

	if (rc >= 0)
		rc = calib_out_open(&out, "-", 0, err);
	if (rc >= 0) {
		calib_table_begin(&t, out, columns, o->cli.json, err);
		rc = deploy_end(out, fill(&t, &store, o, err), err);
	}
	calib_dcstore_release(&store);
	return rc;
}

static int fill_info(struct calib_table *t, const struct calib_dcstore *store,
                     const struct store_opts *o, struct calib_err *err)
{
	(void)o;
	(void)err;
	calib_table_text(t, store->dettype);
	calib_table_text(t, store->detid);
	calib_table_text(t, store->detname);
	calib_table_real(t, "%.6f", store->created);
	calib_table_text(t, store->predecessor);
	calib_table_text(t, store->successor);
	calib_table_unsigned(t, store->n);
	calib_table_text(t, store->path);
	return calib_table_row(t);
}

static int info(const struct store_opts *o, struct calib_err *err)
{
	static const char *const columns[] = {"dettype", "detid", "detname", "first",
		"predecessor", "successor", "types", "file", NULL};

	return print(o, columns, fill_info, err);
}

/* Who rules what within a type: ranges in rising priority, versions ascending. */
static int fill_list(struct calib_table *t, const struct calib_dcstore *store,
                     const struct store_opts *o, struct calib_err *err)
{
	int rc = CALIB_OK;

	(void)err;
	for (size_t i = 0; i < store->n; i++)
		for (size_t k = 0; k < store->type[i].n; k++) {
			const struct calib_dcrange *r = &store->type[i].range[k];

			if (o->type != NULL && !deploy_has_word(o->type, store->type[i].name))
				continue;
			for (size_t v = 0; v < r->nversions && rc >= 0; v++) {
				long number = r->version[v].number;

				calib_table_text(t, store->type[i].name);
				calib_table_text(t, r->name);
				calib_table_real(t, "%.6f", r->begin);
				if (isinf(r->end))
					calib_table_text(t, "end");
				else
					calib_table_real(t, "%.6f", r->end);
				calib_table_int(t, number);
				calib_table_text(t, calib_dcrange_version(r, 0) == number ? "yes"
				                 : "no");
				calib_table_real(t, "%.6f", r->version[v].made);
				calib_table_text(t, r->exp);
				calib_table_text(t, r->run);
				rc = calib_table_row(t);
			}
		}
	return rc;
}

static int list(const struct store_opts *o, struct calib_err *err)
{
	static const char *const columns[] = {"type", "range", "begin", "end", "version",
		"default", "made", "exp", "run", NULL};

	return print(o, columns, fill_list, err);
}

static int put_record(void *ctx, const char *where, double time, const char *text,
                      struct calib_err *err)
{
	struct calib_table *t = ctx;
	char when[40];

	(void)err;
	calib_table_text(t, where);
	calib_table_real(t, "%.6f", time);
	calib_table_text(t, isfinite(time) && fabs(time) < 1e11
	                 ? calib_time_format((time_t)time, "%Y-%m-%dT%H:%M:%S", when, sizeof when)
	                 : NULL);
	calib_table_text(t, text);
	return calib_table_row(t);
}

static int fill_history(struct calib_table *t, const struct calib_dcstore *store,
                        const struct store_opts *o, struct calib_err *err)
{
	(void)o;
	return calib_dcstore_history(store, put_record, t, err);
}

static int history(const struct store_opts *o, struct calib_err *err)
{
	static const char *const columns[] = {"where", "seconds", "time", "record", NULL};

	return print(o, columns, fill_history, err);
}

/* ---- get ---- */

/* The range that rules, and its version; NULL with a sentence. */
static const struct calib_dcrange *look_up(const struct calib_dcstore *store,
                                           const struct store_opts *o, double time, long *version,
                                           struct calib_err *err)
{
	const struct calib_dctype *type = calib_dcstore_type(store, o->type);
	const struct calib_dcrange *r = NULL;

	if (type == NULL) {
		calib_fail(err, CALIB_ENOTFOUND, "%s: has no %s", store->path, o->type);
		return NULL;
	}
	if (!isnan(time))
		r = calib_dctype_find(type, time);
	else if ((r = calib_dctype_of_run(type, o->where.exp, o->run)) != NULL)
		r = calib_dctype_find(type, r->begin);
	if (r == NULL && !isnan(time))
		calib_fail(err, CALIB_ENOTFOUND, "%s: no %s for the time %.6f", store->path,
		           o->type, time);
	else if (r == NULL)
		calib_fail(err, CALIB_ENOTFOUND, "%s: no range of %s records a run up to %ld, give "
		           "--time, or -e and -r of a run whose data are there", store->path,
		           o->type, o->run);
	else if ((*version = calib_dcrange_version(r, o->edition)) < 0)
		calib_fail(err, CALIB_ENOTFOUND, o->edition != 0 ? "%s: range %s of %s has no "
		           "version %ld" : "%s: range %s of %s has no default version",
		           store->path, r->name, o->type, o->edition);
	else
		return r;
	return NULL;
}

static int get_from(const struct store_opts *o, bool common, double time,
                    struct calib_dcdata *data, struct calib_err *err)
{
	struct calib_dcstore store = CALIB_DCSTORE_INIT;
	const struct calib_dcrange *r = NULL;
	long version = 0;
	int rc = load(&store, o, common, err);

	if (rc >= 0 && (r = look_up(&store, o, time, &version, err)) == NULL)
		rc = CALIB_ENOTFOUND;
	if (rc >= 0)
		rc = calib_dcstore_get(&store, calib_dcstore_type(&store, o->type), r, version,
		                       data, err);
	if (rc >= 0)
		calib_log(CALIB_INFO, "%s: %s, range %s, version %ld", store.path, o->type, r->name,
		          version);
	calib_dcstore_release(&store);
	return rc;
}

/* Text formats as the public program writes them (lcls-psana/PSCalib app/dcs). */
static const char *text_format(const char *type)
{
	static const struct { const char *type, *format; } known[] = {
		{"pixel_mask", "%2d"}, {"pixel_status", "%5d"}, {"status_data", "%5d"},
		{"status_extra", "%5d"}, {"pedestals", "%.2f"},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].type, type) == 0)
			return known[i].format;
	return "%.6f";
}

static int save(const struct store_opts *o, const struct calib_dcdata *data, struct calib_err *err)
{
	struct calib_nda_form form = {.form = CALIB_FORM_AUTO, .format = text_format(o->type)};
	const char *path = o->output ? o->output : "-";
	int flags = o->cli.keep ? CALIB_OUT_KEEP : 0, rc;

	if (data->text != NULL) {
		struct calib_str text = {data->text, strlen(data->text), 0, false};

		return calib_out_text(path, flags, &text, err);
	}
	if (data->nda.ndim == 0 || calib_dtype_is_float(data->nda.type))
		form.format = strchr(form.format, 'd') != NULL ? NULL : form.format;
	else if (strchr(form.format, 'f') != NULL)
		form.format = NULL;
	rc = cli_no_terminal(path, "an array", err);
	return rc < 0 ? rc : calib_nda_save(&data->nda, path, &form, flags, err);
}

/* The store of the experiment, then the one of all. */
static int get(const struct store_opts *o, struct calib_err *err)
{
	struct calib_dcdata data = CALIB_DCDATA_INIT;
	struct calib_err why = CALIB_ERR_INIT, other = CALIB_ERR_INIT;
	double time = o->time;
	int rc = CALIB_OK;

	if (isnan(time) && o->where.exp != NULL
	    && store_run_time(&time, o, &other) < 0)
		calib_log(CALIB_WARNING, "%s; looking at the runs that the store records",
		          other.msg);
	rc = get_from(o, false, time, &data, &why);
	calib_err_clear(&other);
	if (rc < 0 && o->file == NULL && o->where.exp != NULL && o->where.calib == NULL
	    && get_from(o, true, time, &data, &other) >= 0)
		rc = CALIB_OK;
	else if (rc < 0)
		calib_fail(err, rc, "%s", why.msg);
	if (rc >= 0)
		rc = save(o, &data, err);
	calib_dcdata_release(&data);
	return rc;
}

/* ---- add ---- */

static const char *input_name(const struct store_opts *o)
{
	return o->input != NULL ? o->input : "-";
}

/* What the check needs to know the detector: the source, or any with the device of the store. */
static int source_of(struct calib_str *source, const struct store_opts *o, const char *path,
                     struct calib_err *err)
{
	const char *base = calib_path_base(path);
	char device[64];
	const struct calib_det *det;

	if (o->source != NULL)
		return calib_dir_source(source, o->source, err);
	snprintf(device, sizeof device, "%.*s", (int)strcspn(base, "-."), base);
	det = calib_det_by_name(device);
	calib_str_addf(source, "NoDetector.0:%s.0", det != NULL ? det->device : device);
	return calib_str_check(source, err);
}

static int read_text(struct calib_dcdata *data, const struct store_opts *o, struct calib_err *err)
{
	struct calib_str text = CALIB_STR_INIT;
	int rc = calib_in_text(input_name(o), &text, err);

	if (rc >= 0 && memchr(text.s, '\0', text.len) != NULL)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: is binary, a text was expected",
		                input_name(o));
	if (rc >= 0 && text.len == 0)
		rc = calib_fail(err, CALIB_EFORMAT, "%s: holds no data", input_name(o));
	if (rc >= 0 && (data->text = calib_strdup(text.s, err)) == NULL)
		rc = CALIB_ENOMEM;
	calib_str_release(&text);
	return rc;
}

/* In the element type that the analysis reads. */
static int read_array(struct calib_dcdata *data, const struct store_opts *o,
                      const struct calib_ctype *type, const char *source, struct calib_err *err)
{
	struct calib_check check = {.path = o->input ? o->input : "standard input",
		.source = source, .type = o->type, .limits = {1, 0, 1, 1}, .force = o->force};
	struct calib_nda nda = CALIB_NDA_INIT;
	int rc = calib_nda_load(&nda, input_name(o), NULL, err);

	if (rc >= 0)
		rc = calib_check_array(&check, &nda, err);
	if (rc >= 0)
		rc = calib_nda_convert(&data->nda, &nda, type->type, err);
	calib_nda_release(&nda);
	return rc;
}

static int read_data(struct calib_dcdata *data, const struct store_opts *o, const char *path,
                     struct calib_err *err)
{
	const struct calib_ctype *type = calib_ctype_find(o->type);
	struct calib_str source = CALIB_STR_INIT;
	int rc = source_of(&source, o, path, err);

	if (rc >= 0 && type == NULL)
		rc = calib_fail(err, CALIB_EINVAL, "'%s' is not a calibration type, expected one "
		                "of: %s", o->type, calib_ctype_names());
	if (rc >= 0)
		rc = type->form == CALIB_CTYPE_TEXT ? read_text(data, o, err)
			: read_array(data, o, type, source.s, err);
	calib_str_release(&source);
	return rc;
}

/* The directory of a store that is found by its source, with the group of the one above. */
static int make_place(const char *path, gid_t *group, struct calib_err *err)
{
	struct calib_str dir = CALIB_STR_INIT, up = CALIB_STR_INIT;
	struct stat st;
	int rc;

	*group = (gid_t)-1;
	calib_path_dir(&dir, path);
	calib_path_dir(&up, dir.s);
	rc = calib_str_check(&up, err);
	if (rc >= 0 && stat(up.s, &st) == 0)
		*group = st.st_gid;
	if (rc >= 0)
		rc = calib_make_dirs(dir.s, 02775, *group, err);
	calib_str_release(&up);
	calib_str_release(&dir);
	return rc;
}

static int add(const struct store_opts *o, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	struct calib_dcdata data = CALIB_DCDATA_INIT;
	struct calib_dcadd a = {.predecessor = o->predecessor, .successor = o->successor,
		.type = o->type, .begin = o->begin, .end = o->until, .exp = o->where.exp,
		.run = o->run, .version = o->edition, .comment = o->comment, .data = &data,
		.mode = 0664, .group = (gid_t)-1};
	long version = 0;
	int rc = store_path(&path, o, false, err);

	if (rc >= 0 && isnan(a.begin))
		rc = store_run_time(&a.begin, o, err);
	if (rc >= 0)
		rc = read_data(&data, o, path.s, err);
	if (rc >= 0 && o->file == NULL)
		rc = make_place(path.s, &a.group, err);
	if (rc >= 0)
		rc = calib_dcstore_add(path.s, &a, &version, err);
	if (rc >= 0)
		printf("%s\t%s\t%ld\n", path.s, o->type, version);
	calib_dcdata_release(&data);
	calib_str_release(&path);
	return rc;
}

/* ---- delete, default ---- */

static int delete(const struct store_opts *o, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	int rc = store_path(&path, o, false, err);

	if (rc >= 0 && o->edition > 0 && o->range == NULL)
		rc = calib_fail(err, CALIB_EINVAL, "--edition %ld of which range? Add --range NAME",
		                o->edition);
	if (rc >= 0)
		rc = calib_dcstore_remove(path.s, o->type, o->range, o->edition, o->comment, err);
	calib_str_release(&path);
	return rc;
}

static int preset(const struct store_opts *o, struct calib_err *err)
{
	struct calib_str path = CALIB_STR_INIT;
	int rc = store_path(&path, o, false, err);

	if (rc >= 0)
		rc = calib_dcstore_preset(path.s, o->type, o->range, o->edition, err);
	calib_str_release(&path);
	return rc;
}

/* ---- the table ---- */

static const struct store_action actions[] = {
	{"info", info, false, false, false, false},
	{"list", list, false, false, false, false},
	{"history", history, false, false, false, false},
	{"get", get, true, true, false, false},
	{"add", add, true, false, true, false},
	{"delete", delete, true, false, false, false},
	{"default", preset, true, false, false, true},
};

const struct store_action *store_action(const char *name)
{
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}
