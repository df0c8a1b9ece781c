/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/select.c - what -d selects: detector names, sources, patterns, aliases */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "det/det.h"

enum kind { BY_NAME, BY_ADDRESS, BY_ALIAS };

struct item {
	const char *text;
	enum kind kind;
	const struct calib_det *det;
	struct calib_address address;
	bool hit;
};

struct calib_selection {
	char **texts;
	size_t n;
	struct item item[];
};

static void parse_item(struct item *item, const char *text)
{
	item->text = text;
	item->det = calib_det_by_name(text);
	if (item->det != NULL)
		item->kind = BY_NAME;
	else if (calib_address_parse(&item->address, text, NULL) >= 0)
		item->kind = BY_ADDRESS;
	else
		item->kind = BY_ALIAS;
}

int calib_selection_parse(struct calib_selection **result, const char *text,
                          struct calib_err *err)
{
	struct calib_selection *sel;
	char **texts = NULL;
	size_t n = 0;
	int rc = calib_list_parse(&texts, &n, text, err);

	if (rc >= 0 && n == 0)
		rc = calib_fail(err, CALIB_EINVAL, "no detector is named in '%s'; known names: %s",
				text, calib_det_names());
	if (rc < 0) {
		free(texts);
		return rc;
	}
	sel = calib_alloc(1, sizeof *sel + n * sizeof sel->item[0], "selection", err);
	if (sel == NULL) {
		free(texts);
		return CALIB_ENOMEM;
	}
	sel->texts = texts;
	sel->n = n;
	for (size_t i = 0; i < n; i++)
		parse_item(&sel->item[i], texts[i]);
	*result = sel;
	return CALIB_OK;
}

void calib_selection_free(struct calib_selection *sel)
{
	if (sel == NULL)
		return;
	free(sel->texts);
	free(sel);
}

static bool hits(const struct item *item, const struct calib_src *src, struct calib_srcid id,
                 uint16_t type)
{
	struct calib_srcid named;

	/* an alias is meant literally, even when it looks like something else */
	if (src != NULL && calib_src_by_alias(src, item->text, &named))
		return calib_srcid_equal(named, id);
	switch (item->kind) {
	case BY_NAME:
		return calib_det_of(id, type) == item->det;
	case BY_ADDRESS:
		return calib_address_match(&item->address, id);
	default:
		return false;
	}
}

bool calib_selection_has(struct calib_selection *sel, const struct calib_src *src,
                         struct calib_srcid id, uint16_t type)
{
	bool any = false;

	for (size_t i = 0; i < sel->n; i++)
		if (hits(&sel->item[i], src, id, type))
			any = sel->item[i].hit = true;
	return any;
}

bool calib_selection_exact(struct calib_selection *sel, const struct calib_src *src,
                           struct calib_srcid id)
{
	struct calib_srcid named;
	bool any = false;

	for (size_t i = 0; i < sel->n; i++) {
		struct item *item = &sel->item[i];
		bool alias = src != NULL && calib_src_by_alias(src, item->text, &named);

		if (alias ? calib_srcid_equal(named, id)
			  : item->kind == BY_ADDRESS && item->address.exact
				    && calib_address_match(&item->address, id))
			any = item->hit = true;
	}
	return any;
}

const char *calib_selection_missed(const struct calib_selection *sel, size_t i)
{
	for (size_t k = 0; k < sel->n; k++)
		if (!sel->item[k].hit && i-- == 0)
			return sel->item[k].text;
	return NULL;
}

bool calib_selection_known(const char *text)
{
	struct item item = {0};

	parse_item(&item, text);
	return item.kind != BY_ALIAS;
}
