/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/control.c - the scan record of a calibration cycle: what was set, and what it is called
 *
 * u32 control, reserved, nsec, sec, controls, monitors [, labels]; then the rows of each.
 * Source: lcls-psana/psddldata data/control.ddl. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "src/src.h"

enum { TYPE_CONTROL = 10, MAX_ROWS = 10000 };

/* Sizes by version: header, name of a control, row of a control, of a monitor, of a label. */
static const struct { size_t header, name, control, monitor, label; } sizes[] = {
	{0, 0, 0, 0, 0}, {24, 32, 44, 52, 0}, {28, 32, 44, 52, 96}, {28, 32, 44, 52, 96},
	{28, 128, 140, 148, 384},
};

static void take_name(char to[CALIB_CONTROL_TEXT], const uint8_t *from, size_t n)
{
	n = n < CALIB_CONTROL_TEXT - 1 ? n : CALIB_CONTROL_TEXT - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

static int bad_size(const struct calib_object *o, struct calib_err *err)
{
	return calib_fail(err, CALIB_EFORMAT, "%s: byte %llu: the scan record does not fit into "
	                  "its %zu bytes", o->place.file, (unsigned long long)o->place.offset,
	                  o->place.size);
}

/* One row at byte 'at': a control with its value, or a label with its text. */
static int read_row(struct calib_control *row, const struct calib_object *o, size_t at, bool label,
                    struct calib_err *err)
{
	size_t name = sizes[o->version].name;
	size_t n = label ? sizes[o->version].label : sizes[o->version].control;
	uint8_t bytes[384];
	int rc = calib_place_read(&o->place, at, bytes, n, err);

	if (rc < 0)
		return rc;
	*row = (struct calib_control){.label = label};
	take_name(row->name, bytes, name);
	if (label) {
		take_name(row->text, bytes + name, n - name);
		return CALIB_OK;
	}
	row->value = calib_lef64(bytes + name + 4);
	if (calib_le32(bytes + name) != UINT32_MAX) {	/* an element of an array */
		size_t len = strlen(row->name);

		snprintf(row->name + len, sizeof row->name - len, "[%u]", calib_le32(bytes + name));
	}
	return CALIB_OK;
}

int calib_control_read(struct calib_control **rows, size_t *n, const struct calib_cfgset *cfg,
                       struct calib_err *err)
{
	const struct calib_object *o, *found = NULL;
	uint8_t head[28] = {0};
	uint32_t controls, monitors, labels;
	size_t at;
	int rc;

	*rows = NULL;
	*n = 0;
	for (size_t i = 0; (o = calib_cfgset_at(cfg, i)) != NULL; i++)
		if (o->type == TYPE_CONTROL && o->version >= 1 && o->version <= 4)
			found = o;	/* the newest version wins */
	if ((o = found) == NULL)
		return CALIB_OK;
	rc = calib_place_read(&o->place, 0, head, sizes[o->version].header, err);
	if (rc < 0)
		return rc;
	controls = calib_le32(head + 16);
	monitors = calib_le32(head + 20);
	labels = calib_le32(head + 24);
	if (controls > MAX_ROWS || monitors > MAX_ROWS || labels > MAX_ROWS)
		return bad_size(o, err);
	*rows = calib_alloc((size_t)controls + labels, sizeof **rows, "scan record", err);
	if (*rows == NULL)
		return CALIB_ENOMEM;
	at = sizes[o->version].header;
	for (size_t i = 0; i < controls && rc >= 0; i++, at += sizes[o->version].control)
		rc = read_row(&(*rows)[(*n)++], o, at, false, err);
	at += monitors * sizes[o->version].monitor;
	for (size_t i = 0; i < labels && rc >= 0; i++, at += sizes[o->version].label)
		rc = read_row(&(*rows)[(*n)++], o, at, true, err);
	if (rc < 0) {
		free(*rows);
		*rows = NULL;
		*n = 0;
	}
	return rc;
}
