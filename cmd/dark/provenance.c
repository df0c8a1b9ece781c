/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/provenance.c - what decides a result, as text: options, and events */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "dark/run.h"

/* One line: no text of an option may make two of it. */
static void line(struct calib_str *s, const char *option, const char *value)
{
	size_t from;

	if (value == NULL)
		return;
	from = s->len;
	calib_str_addf(s, "%s%s", option, value);
	for (size_t i = from; i < s->len; i++)
		s->s[i] = s->s[i] == '\n' ? '?' : s->s[i];
	calib_str_addc(s, '\n');
}

void dark_add_path(struct calib_str *s, const char *path)
{
	struct calib_str whole = CALIB_STR_INIT;
	char *here = *path != '/' && access(path, F_OK) == 0 ? getcwd(NULL, 0) : NULL;

	if (here != NULL)
		calib_path_join(&whole, here, path);
	calib_str_add(s, here != NULL && !whole.failed ? whole.s : path);
	calib_str_release(&whole);
	free(here);
}

static void path_line(struct calib_str *s, const char *option, const char *path)
{
	struct calib_str whole = CALIB_STR_INIT;

	if (path == NULL)
		return;
	dark_add_path(&whole, path);
	line(s, option, whole.s);
	calib_str_release(&whole);
}

static void number_line(struct calib_str *s, const char *option, long value, long unless)
{
	if (value != unless)
		calib_str_addf(s, "%s%ld\n", option, value);
}

static void real_line(struct calib_str *s, const char *option, double value, double unless)
{
	if (!isnan(value) && value != unless)
		calib_str_addf(s, "%s%.17g\n", option, value);
}

static void flag_line(struct calib_str *s, const char *option, bool is)
{
	if (is)
		calib_str_addf(s, "%s\n", option);
}

/* The run: "last" is another one tomorrow. */
static void runs_line(struct calib_str *s, const struct calib_src_opts *open, const char *text)
{
	if (open == NULL || open->nruns == 0) {
		line(s, "--run=", text);
		return;
	}
	calib_str_add(s, "--run=");
	for (size_t i = 0; i < open->nruns; i++) {
		calib_str_addf(s, "%s%u", i > 0 ? "," : "", open->runs[i].begin);
		if (open->runs[i].end != open->runs[i].begin)
			calib_str_addf(s, "-%u", open->runs[i].end);
	}
	calib_str_addc(s, '\n');
}

static void set_lines(struct calib_str *s, const struct cli_dataset *set,
                      const struct calib_src_opts *open)
{
	const char *root = set->root;

	if (root == NULL && set->exp != NULL && set->xtcdir == NULL)
		root = getenv("SIT_PSDM_DATA");
	line(s, "--exp=", set->exp);
	runs_line(s, open, set->run);
	line(s, "--detector=", set->detectors);
	path_line(s, "--xtcdir=", set->xtcdir);
	path_line(s, "--root=", root != NULL && *root != '\0' ? root : NULL);
	number_line(s, "--num_events=", set->num_events, 0);
	number_line(s, "--skip_events=", set->skip_events, 0);
	number_line(s, "--scan_events=", set->scan_events, -1);
	line(s, "--event_code=", set->codes);
}

/* Files as they are read, not the small-data files that may stand for them. */
static void file_lines(struct calib_str *s, const struct dark_opts *o, const struct calib_src *src)
{
	const struct calib_file *file;

	flag_line(s, "--", o->nfiles > 0);
	for (size_t i = 0; src == NULL && i < o->nfiles; i++)
		path_line(s, "", o->files[i]);
	for (size_t i = 0; src != NULL && o->nfiles > 0
	     && (file = calib_src_file(src, i)) != NULL; i++) {
		dark_add_path(s, file->path);
		calib_str_addf(s, "%s%s\n", file->inside ? ":" : "",
		               file->inside ? file->inside : "");
	}
}

int dark_options_text(struct calib_str *s, const struct dark_opts *o,
                      const struct calib_src_opts *open, const struct calib_src *src,
                      struct calib_err *err)
{
	char settle[32];

	snprintf(settle, sizeof settle, "%ld", o->settle);
	set_lines(s, &o->set, open);
	line(s, "--algo=", o->algo < 0 ? NULL : calib_algo_name((enum calib_algo)o->algo));
	flag_line(s, "--compat", o->compat);
	line(s, "--stages=", o->stages);
	line(s, "--gate=", o->gate);
	number_line(s, "--block=", o->block, 0);
	line(s, "--thr_int_min=", o->int_lo != NULL && *o->int_lo ? o->int_lo : NULL);
	line(s, "--thr_int_max=", o->int_hi != NULL && *o->int_hi ? o->int_hi : NULL);
	flag_line(s, "--keep-bright", o->drop_k == 0);
	real_line(s, "--drop-bright=", o->drop_k > 0 ? o->drop_k : NAN, DARK_DROP_K);
	flag_line(s, "--common-mode", o->common_mode);
	number_line(s, "--every=", o->every, 1);
	if (o->step == DARK_ALL_STEPS)
		line(s, "--step=", "all");
	else
		number_line(s, "--step=", o->step, DARK_NO_STEPS);
	if (o->settle != 0)
		line(s, "--settle=", o->settle == DARK_SETTLE_AUTO ? "auto" : settle);
	flag_line(s, "--no-dark-check", !o->dark_check);
	flag_line(s, "--partial", o->partial);
	flag_line(s, "--calibrated", o->calibrated);
	line(s, "--low-ahl=", o->low[0]);
	line(s, "--low-aml=", o->low[1]);
	file_lines(s, o, src);
	return calib_str_check(s, err);
}

static void add_moment(struct calib_str *s, const struct dark_moment *m)
{
	calib_str_addf(s, "\t%llu\t%u.%09u", (unsigned long long)m->index, m->sec, m->nsec);
}

/* Range or '-', cycle or '-', arrays, left out as settling; number and time of the first and last
 * event. */
int dark_events_text(struct dark_source *s, struct calib_err *err)
{
	calib_str_clear(&s->events);
	for (size_t i = 0; i < s->nparts; i++) {
		const struct dark_part *p = s->part[i];

		calib_str_add(&s->events, p->range >= 0 ? s->det->ranges[p->range] : "-");
		if (p->step >= 0)
			calib_str_addf(&s->events, "\t%d", p->step);
		else
			calib_str_add(&s->events, "\t-");
		calib_str_addf(&s->events, "\t%llu\t%llu",
		               (unsigned long long)(p->accepted - p->settled),
		               (unsigned long long)p->settled);
		add_moment(&s->events, &p->first);
		add_moment(&s->events, &p->last);
		calib_str_addc(&s->events, '\n');
	}
	return calib_str_check(&s->events, err);
}
