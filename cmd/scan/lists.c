/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/lists.c - event codes, files, and the registry of detectors */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "scan/scan.h"
#include "store/ctype.h"

int scan_begin(struct calib_table *table, const char *const *columns, const struct scan_opts *o,
               struct calib_err *err)
{
	struct calib_out *out = NULL;
	int rc = calib_out_open(&out, "-", 0, err);

	if (rc >= 0)
		calib_table_begin(table, out, columns, o->cli.json, err);
	return rc;
}

int scan_end(struct calib_table *table, int rc, struct calib_err *err)
{
	if (rc >= 0)
		return calib_out_commit(table->out, err);
	calib_out_abort(table->out);
	return rc;
}

int scan_filter(struct calib_filter *filter, const struct scan_opts *o, struct calib_err *err)
{
	*filter = (struct calib_filter){.skip = (uint64_t)o->set.skip_events};
	return o->set.codes ? calib_codes_parse(&filter->codes, o->set.codes, err) : CALIB_OK;
}

uint64_t scan_limit(const struct scan_opts *o, uint64_t otherwise)
{
	if (o->set.scan_events >= 0)
		return (uint64_t)o->set.scan_events;
	return o->set.num_events > 0 ? (uint64_t)o->set.num_events : otherwise;
}

char *scan_time(uint32_t sec, uint32_t nsec, char buf[40])
{
	time_t t = (time_t)sec;
	struct tm tm;
	size_t n = strftime(buf, 40, "%Y-%m-%dT%H:%M:%S", gmtime_r(&t, &tm));

	snprintf(buf + n, 40 - n, ".%09uZ", nsec % 1000000000u);
	return buf;
}

char *scan_date(int64_t sec, char buf[40])
{
	scan_time((uint32_t)sec, 0, buf);
	buf[19] = 'Z';		/* whole seconds */
	buf[20] = '\0';
	return buf;
}

char *scan_type(uint16_t type, uint16_t version, char buf[64])
{
	const char *data = calib_data_type(type, version);
	char name[16];

	if (data == NULL)
		data = calib_config_type(type, version);
	if (data != NULL)
		snprintf(buf, 64, "%s", data);
	else
		snprintf(buf, 64, "%sV%u", calib_type_name(type, name), version);
	return buf;
}

int scan_codes(const struct scan_opts *o, struct calib_src *src, struct calib_err *err)
{
	static const char *const columns[] = {"code", "events", NULL};
	uint64_t count[256] = {0}, limit = scan_limit(o, 0);
	struct calib_filter filter;
	struct calib_table table;
	const struct calib_evt *evt;
	int rc = scan_filter(&filter, o, err);

	for (uint64_t n = 0; rc >= 0 && (limit == 0 || n < limit); n++) {
		uint8_t codes[256];
		bool has_evr;
		long k = 0;

		rc = calib_filter_next(&filter, src, &evt, err);
		if (rc <= 0)
			break;
		k = calib_evr_codes(evt, codes, sizeof codes, &has_evr, err);
		if (k < 0)
			rc = (int)k;
		for (long i = 0; i < k; i++)
			count[codes[i]]++;
	}
	if (rc < 0 || (rc = scan_begin(&table, columns, o, err)) < 0)
		return rc;
	for (int i = 0; i < 256 && rc >= 0; i++) {
		if (count[i] == 0)
			continue;
		calib_table_int(&table, i);
		calib_table_int(&table, (long long)count[i]);
		rc = calib_table_row(&table);
	}
	return scan_end(&table, rc, err);
}

const char *const scan_file_columns[] = {"run", "stream", "chunk", "bytes", "time", "in_progress",
	"file", NULL};

int scan_file_row(struct calib_table *t, const struct calib_file *f)
{
	char time[40];

	calib_table_int(t, f->run);
	calib_table_int(t, f->stream);
	calib_table_int(t, f->chunk);
	calib_table_int(t, (long long)f->size);
	calib_table_text(t, scan_date(f->mtime, time));
	calib_table_text(t, f->in_progress ? "yes" : "no");
	calib_table_text(t, f->path);
	return calib_table_row(t);
}

int scan_files(const struct scan_opts *o, struct calib_src *src, struct calib_err *err)
{
	struct calib_table table;
	const struct calib_file *f;
	int rc = scan_begin(&table, scan_file_columns, o, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc >= 0 && (f = calib_src_file(src, i)) != NULL; i++)
		rc = scan_file_row(&table, f);
	return scan_end(&table, rc, err);
}

/* The calibration types a device has. */
static void list_types(struct calib_str *s, const char *device)
{
	char source[64];

	snprintf(source, sizeof source, "NoDetector.0:%s.0", device);
	for (size_t i = 0; calib_ctype_at(i) != NULL; i++) {
		const struct calib_ctype *t = calib_ctype_at(i);

		if (calib_ctype_find(t->name) == t && calib_ctype_for(t->name, source) != NULL)
			calib_str_addf(s, "%s%s", s->len ? " " : "", t->name);
	}
}

static int detector_row(struct calib_table *t, const struct calib_det *d, struct calib_err *err)
{
	struct calib_str shape = CALIB_STR_INIT, types = CALIB_STR_INIT, sources = CALIB_STR_INIT;
	int rc;

	for (int i = 0; i < d->ndim; i++) {
		if (i > 0)
			calib_str_addc(&shape, 'x');
		if (d->dim[i] > 0)
			calib_str_addf(&shape, "%zu", d->dim[i]);
		else
			calib_str_addc(&shape, '*');
	}
	list_types(&types, d->device);
	for (size_t i = 0; d->sources != NULL && d->sources[i] != NULL; i++)
		calib_str_addf(&sources, "%s%s", i ? " " : "", d->sources[i]);
	calib_table_text(t, d->name);
	calib_table_text(t, d->device);
	calib_table_text(t, d->type);
	calib_table_text(t, d->group);
	calib_table_text(t, shape.s);
	calib_table_int(t, d->gains);
	calib_table_text(t, types.s);
	calib_table_text(t, sources.s);
	rc = calib_table_row(t);
	if (rc >= 0)
		rc = calib_str_check(&types, err);
	calib_str_release(&shape);
	calib_str_release(&types);
	calib_str_release(&sources);
	return rc;
}

int scan_detectors(const struct scan_opts *o, struct calib_err *err)
{
	static const char *const columns[] = {"name", "device", "type", "group", "shape", "gains",
		"constants", "sources", NULL};
	struct calib_table table;
	char **names = NULL;
	size_t n = 0;
	int rc = o->set.detectors ? calib_list_parse(&names, &n, o->set.detectors, err) : CALIB_OK;

	for (size_t i = 0; i < n && rc >= 0; i++)
		if (calib_det_by_name(names[i]) == NULL)
			rc = calib_fail(err, CALIB_ENOTFOUND,
					"-d: '%s' is no detector; known are %s", names[i],
					calib_det_names());
	if (rc >= 0)
		rc = scan_begin(&table, columns, o, err);
	if (rc < 0) {
		free(names);
		return rc;
	}
	for (size_t i = 0; calib_det_at(i) != NULL && rc >= 0; i++) {
		bool wanted = n == 0;

		for (size_t k = 0; k < n; k++)
			wanted |= calib_det_by_name(names[k]) == calib_det_at(i);
		if (wanted)
			rc = detector_row(&table, calib_det_at(i), err);
	}
	free(names);
	return scan_end(&table, rc, err);
}
