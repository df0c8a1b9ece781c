/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/scan/steps.c - calibration cycles: how many events each has, and what the scan had set */
#include <stdlib.h>

#include "base/str.h"
#include "scan/scan.h"

struct step { unsigned run; int number; uint64_t events; struct calib_str controls; };

/* "lxt=1.5; MfxEndstation-0|Epix10ka2M-0 offset scan=dark Fixed High Gain" */
static int name_step(struct step *s, const struct calib_evt *evt, struct calib_err *err)
{
	struct calib_control *rows = NULL;
	size_t n = 0;
	int rc = calib_control_read(&rows, &n, evt->cfg, err);

	*s = (struct step){evt->run, evt->step, 0, CALIB_STR_INIT};
	for (size_t i = 0; i < n; i++) {
		calib_str_addf(&s->controls, "%s%s=", i > 0 ? "; " : "", rows[i].name);
		if (rows[i].label)
			calib_str_add(&s->controls, rows[i].text);
		else
			calib_str_addf(&s->controls, "%.10g", rows[i].value);
	}
	free(rows);
	return rc < 0 ? rc : calib_str_check(&s->controls, err);
}

static int print(struct calib_table *t, struct step *s)
{
	calib_table_int(t, s->run);
	calib_table_int(t, s->number);
	calib_table_int(t, (long long)s->events);
	calib_table_text(t, s->controls.len ? s->controls.s : NULL);
	calib_str_release(&s->controls);
	return calib_table_row(t);
}

int scan_steps(const struct scan_opts *o, struct calib_src *src, struct calib_err *err)
{
	static const char *const columns[] = {"run", "step", "events", "controls", NULL};
	uint64_t limit = scan_limit(o, 0);
	struct step s = {0, -1, 0, CALIB_STR_INIT};
	struct calib_filter filter;
	struct calib_table table;
	const struct calib_evt *evt;
	bool open = false;
	int rc = scan_filter(&filter, o, err);

	if (rc < 0 || (rc = scan_begin(&table, columns, o, err)) < 0)
		return rc;
	for (uint64_t n = 0; rc >= 0 && (limit == 0 || n < limit); n++) {
		rc = calib_filter_next(&filter, src, &evt, err);
		if (rc <= 0)
			break;
		if (open && (evt->step != s.number || evt->run != s.run)) {
			rc = print(&table, &s);
			open = false;
		}
		if (rc >= 0 && !open)
			rc = name_step(&s, evt, err);
		open = true;
		s.events++;
	}
	if (rc >= 0 && open)
		rc = print(&table, &s);
	calib_str_release(&s.controls);
	return scan_end(&table, rc, err);
}
