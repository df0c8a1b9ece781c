/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/store/reference.c - what calibman's status panel makes of a type directory */
#include "store/reference.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LAST_RUN 9999

/* Python's int(): blanks around, a sign, digits; numbers beyond 10^17 are cut there. */
static bool python_int(const char *text, size_t n, int64_t *value)
{
	bool minus = false, any = false;
	int64_t v = 0;

	while (n > 0 && strchr(" \t", text[n - 1]) != NULL)
		n--;
	while (n > 0 && (*text == ' ' || *text == '\t'))
		text++, n--;
	if (n > 0 && (*text == '+' || *text == '-'))
		minus = *text == '-', text++, n--;
	for (; n > 0 && *text >= '0' && *text <= '9'; text++, n--, any = true)
		v = v < 10000000000000000 ? v * 10 + (*text - '0') : v;
	*value = minus ? -v : v;
	return any && n == 0;
}

static bool parse(struct calib_reference *row, const char *name)
{
	size_t len = strlen(name);
	const char *dash, *end = name + len - 5;

	if (len < 5 || strcmp(end, ".data") != 0 || (dash = strchr(name, '-')) == NULL)
		return false;
	row->name = name;
	row->shown_begin = row->shown_end = -1;
	if (memchr(dash + 1, '-', (size_t)(end - dash - 1)) != NULL
	    || !python_int(name, (size_t)(dash - name), &row->begin))
		return false;
	row->end = LAST_RUN;
	return strcmp(dash + 1, "end.data") == 0
	       || python_int(dash + 1, (size_t)(end - dash - 1), &row->end);
}

static int by_priority(const void *pa, const void *pb)
{
	const struct calib_reference *a = pa, *b = pb;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	if (a->end != b->end)
		return a->end > b->end ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Each tested run sets the range of the one file found for it. */
static void show(struct calib_reference *rows, size_t n, int64_t run)
{
	for (size_t i = n; i-- > 0;)
		if (rows[i].begin <= run && run <= rows[i].end) {
			rows[i].shown_begin = rows[i].begin;
			rows[i].shown_end = run;
			return;
		}
}

int calib_reference_list(struct calib_reference **rows, size_t *n, char *const *names,
                         struct calib_err *err)
{
	size_t count = 0, room = 1;
	struct calib_reference *list;

	while (names[room - 1] != NULL)
		room++;
	list = calib_alloc(room, sizeof *list, "list of files", err);
	if (list == NULL)
		return CALIB_ENOMEM;
	for (size_t i = 0; names[i] != NULL; i++)
		count += parse(&list[count], names[i]);
	qsort(list, count, sizeof *list, by_priority);
	for (size_t i = 0; i < count; i++)
		show(list, count, list[i].begin - 1);
	show(list, count, LAST_RUN);
	if (count > 0)
		show(list, count, list[count - 1].end);
	*rows = list;
	*n = count;
	return CALIB_OK;
}

const char *calib_reference_group(const char *detector, const char *group)
{
	static const char *const other[][2] = {
		{"iStar", "iStar::CalibV1"}, {"Alvium", "Alvium::CalibV1"},
		{"Epix10k", "Epix10k::CalibV1"}
	};

	for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
		if (strcmp(other[i][0], detector) == 0)
			return other[i][1];
	return group;
}
