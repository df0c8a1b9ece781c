/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/dump.c - --dump: the tree of the first datagrams of every file */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "scan/scan.h"
#include "src/xtc.h"

struct dump {
	struct calib_table table;
	const struct calib_dgram *dgram;
	const char *file;
	bool bad;
};

/* The level of a container or leaf, its type, source, damage and size. */
static int row(struct dump *d, const struct calib_object *x, int depth)
{
	const struct calib_dgram *g = d->dgram;
	uint64_t offset = x ? x->place.offset - CALIB_XTC_HEADER : g->offset;
	char time[40], type[64], source[96], damage[16], fiducial[16];

	calib_table_text(&d->table, d->file);
	calib_table_int(&d->table, (long long)offset);
	calib_table_int(&d->table, depth);
	calib_table_text(&d->table, calib_service_name(g->service));
	calib_table_text(&d->table, scan_time(g->sec, g->nsec, time));
	snprintf(fiducial, sizeof fiducial, "%u", g->fiducial);
	calib_table_text(&d->table, fiducial);
	calib_table_text(&d->table, x ? scan_type(x->type, x->version, type) : "Dgram");
	calib_table_text(&d->table, x ? calib_source_text(x->src, source, sizeof source) : NULL);
	snprintf(damage, sizeof damage, "0x%x", x ? x->damage : g->damage);
	calib_table_text(&d->table, damage);
	calib_table_int(&d->table, x ? (long long)x->place.size + CALIB_XTC_HEADER
	                             : (long long)g->size);
	return calib_table_row(&d->table);
}

static int on_leaf(void *ctx, const struct calib_object *leaf, int depth)
{
	return row(ctx, leaf, depth);
}

static void on_container(void *ctx, const struct calib_object *xtc, int depth)
{
	struct dump *d = ctx;

	if (row(d, xtc, depth) < 0)
		d->bad = true;
}

static void on_bad(void *ctx, const char *sentence)
{
	struct dump *d = ctx;

	calib_log(CALIB_ERROR, "%s", sentence);
	d->bad = true;
}

static int dump_file(struct dump *d, const struct calib_file *file, long n, struct calib_err *err)
{
	struct calib_walk walk = {on_leaf, on_bad, on_container, d};
	struct calib_xtcfile xtc;
	struct calib_dgram g;
	uint64_t at = 0;
	int rc = calib_xtcfile_open(&xtc, file->small ? file->small : file->path, err);

	if (rc < 0)
		return rc;
	d->dgram = &g;
	d->file = xtc.name;
	for (long i = 0; i < n && (rc = calib_xtc_dgram(&xtc, at, &g, err)) > 0; i++) {
		rc = row(d, NULL, 0);
		if (rc >= 0)
			rc = calib_xtc_leaves(&xtc, &g, &walk, err);
		if (rc < 0)
			break;
		at = g.offset + g.size;
	}
	d->dgram = NULL;
	calib_xtcfile_close(&xtc);
	return rc < 0 ? rc : CALIB_OK;
}

int scan_dump(const struct scan_opts *o, struct calib_src *src, struct calib_err *err)
{
	static const char *const columns[] = {"file",   "offset",   "depth", "service",
					      "time",   "fiducial", "type",  "source",
					      "damage", "bytes",    NULL};
	struct dump d = {.bad = false};
	const struct calib_file *f = calib_src_file(src, 0);
	int rc;

	if (f != NULL && f->hdf5)
		return calib_fail(err, CALIB_EINVAL, "%s: --dump shows XTC files; h5dump shows "
		                  "this one", f->path);
	rc = scan_begin(&d.table, columns, o, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; (f = calib_src_file(src, i)) != NULL; i++) {
		struct calib_err why = CALIB_ERR_INIT;

		if (dump_file(&d, f, o->dump, &why) >= 0)
			continue;
		calib_log(CALIB_ERROR, "%s", why.msg);
		d.bad = true;
	}
	rc = scan_end(&d.table, CALIB_OK, err);
	return rc >= 0 && d.bad ? CALIB_EFORMAT : rc;
}
